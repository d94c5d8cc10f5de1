"""The patterns of the contracts mean the same to every engine, and what does not is warned of."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from infra.portability import advice, unportable
from service.contract.document import read
from tests.contracts import ALL, CUSTOMERS, SHIPPED, TODOS, load

BASIC_PLANE = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
INVISIBLE = [
    (0x00, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
    (0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F),
    (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFE, 0xFF00), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFF),
]  # fmt: skip
"""What a reader cannot see: white space, controls, zero-width, blank and variation characters."""

MIXTURES = [
    *("", "a", "Learn AWS", "\u2027", "\u2027\u2027", " é ", "\u200b\u200b", "\u200ba\u200b"),
    *("a\0", "\0a", "\0", "\u2028\u2027", "\n\n", "a\n", "\na", "☕", "🎉", " 🎉 "),
    *("\ufe0f", "☕\ufe0f", "À", "ÿ", "ß\n", "\u00a0à", "\u2027\0", "日本", "\u202eabc"),
]

NODE = Path(sys.prefix) / "node" / "bin" / "node"
"""The one that checks the page's modules."""

_SCRIPT = """
const { pattern, flags, texts } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const expression = new RegExp(pattern, flags);
console.log(texts.map((text) => (expression.test(text) ? 1 : 0)).join(""));
"""


def in_python(pattern: str, texts: list[str]) -> list[bool]:
    expression = re.compile(pattern)
    return [expression.search(text) is not None for text in texts]


def in_the_service(pattern: str, texts: list[str]) -> list[bool]:
    accepts = jsonschema_rs.Draft7Validator({"pattern": pattern}).is_valid
    return [accepts(text) for text in texts]


def in_node(pattern: str, texts: list[str], flags: str) -> list[bool]:
    told = subprocess.run(
        [NODE, "-e", _SCRIPT],
        input=json.dumps({"pattern": pattern, "flags": flags, "texts": texts}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [verdict == "1" for verdict in told.stdout.strip()]


def is_visible(text: str) -> bool:
    return "\0" not in text and any(
        not any(first <= ord(char) <= last for first, last in INVISIBLE) for char in text
    )


@pytest.mark.parametrize(("path", "name"), [(TODOS, "Title"), (CUSTOMERS, "Name")])
def test_every_engine_knows_which_text_can_be_seen(path: Path, name: str) -> None:
    pattern = read(path).data["components"]["schemas"][name]["pattern"]
    texts = [*BASIC_PLANE, *MIXTURES]
    expected = [is_visible(text) for text in texts]
    assert in_python(pattern, texts) == expected
    assert in_the_service(pattern, texts) == expected
    for flags in ("", "u", "v"):
        assert in_node(pattern, texts, flags) == expected


def patterns() -> Iterator[str]:
    found = {
        schema["pattern"]
        for path in ALL
        for _, schema in load(path).document.schemas()
        if "pattern" in schema
    }
    yield from sorted(found)


@pytest.mark.parametrize("pattern", patterns())
def test_every_engine_reads_a_pattern_of_the_contracts_alike(pattern: str) -> None:
    verdicts = in_python(pattern, BASIC_PLANE)
    assert in_the_service(pattern, BASIC_PLANE) == verdicts
    for flags in ("", "u"):
        assert in_node(pattern, BASIC_PLANE, flags) == verdicts


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_our_contracts_are_portable(path: Path) -> None:
    assert path.read_text("utf-8").isascii()
    assert [*advice(read(path))] == []


@pytest.mark.shipped
def test_the_contract_that_we_ship_is_portable() -> None:
    assert [*advice(read(SHIPPED))] == []


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"^[^\u0000]*$", r"\u0000"),
        (r"\u{1F600}", r"\u{1F600}"),
        (r"\xA0", r"\xA0"),
        (r"\x{A0}", r"\x{A0}"),
        (r"^\d+$", r"\d"),
        (r"[\w.]+", r"\w"),
        (r"\bword", r"\b"),
        (r"\p{L}", r"\p{L}"),
        (r"[\PL]", r"\PL"),
        (r"(a)\1", r"\1"),
        (r"(?<year>[0-9]+)", "(?<year>"),
        (r"(?P<year>[0-9]+)", "(?P<year>"),
        (r"(?<=a)b", "(?<="),
        (r"(?<!a)b", "(?<!"),
        (r"(?=a)b", "(?="),
        (r"(?!a)b", "(?!"),
        (r"(?i)abc", "(?i)"),
        (r"(?i:abc)", "(?i:"),
        (r"(?#abc)", "(?#"),
        (r"(?>a)", "(?>"),
        (r"a++", "++"),
        (r"a{2,3}+", "{2,3}+"),
        (r"\Aa", r"\A"),
        (r"a\Z", r"\Z"),
        (r"a\z", r"\z"),
        (r"[[:alpha:]]", "[:alpha:]"),
        (r"[a&&b]", "&&"),
        (r"[a[b]", "["),
        (r"[]a]", "]"),
        (r"a{,3}", "{,3}"),
        (r"\0", r"\0"),
        (r"\@", r"\@"),
        (r"a\-b", r"\-"),
        ("^a.c$", "."),
        ("a😀{0,2}", "😀{0,2}"),
        ("[😀-🙏]", "😀"),
        ("[\u2028-\u202f]", "U+2028"),
        ("[\ufeff]", "U+FEFF"),
    ],
)
def test_what_engines_read_differently_is_found_with_reason_and_remedy(
    pattern: str, found: str
) -> None:
    ((sign, reason, remedy), *_) = unportable(pattern)
    assert sign == found
    assert reason
    assert remedy.startswith("Write ")


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(?:a|b)?[A-Za-z0-9_\-]{2,3}$", r"\x00\x7F\t\n\r\f\v", r"\^\$\\\.\*\+\?\(\)\[\]\{\}\|\/",
        r"[(?=a)(?i)a++]+?", r"a*?b+?c??", "é☕[à-ÿ]", r"[^\]\[]", "😀", "[a-]{3}",
        "(?:😀)*", r"\.[.]",
    ],
)  # fmt: skip
def test_what_every_engine_reads_alike_is_not_warned_of(pattern: str) -> None:
    assert [*unportable(pattern)] == []
    assert re.compile(pattern)
