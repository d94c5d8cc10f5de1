"""What is sent of the page's scripts: their code and no word of their comments."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.site import FRONTEND, delivered

SCRIPTS = sorted(FRONTEND.rglob("*.js"))

_NODE = Path(sys.prefix) / "node" / "bin" / "node"
_TREE = """
const { parse } = require("internal/deps/acorn/acorn/dist/acorn");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const without = (key, value) => (["start", "end", "column"].includes(key) ? undefined : value);
console.log(JSON.stringify(texts.map((text) =>
  parse(text, { ecmaVersion: "latest", sourceType: "module", locations: true })
), without));
"""
"""Of each text its syntax tree, with the line of each node: by the parser inside of Node.js."""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_what_is_sent_has_the_syntax_tree_of_the_source(path: Path) -> None:
    source = path.read_bytes()
    sent = delivered(path.name, source)
    done = subprocess.run(
        [_NODE, "--expose-internals", "-e", _TREE],
        input=json.dumps([source.decode(), sent.decode()]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    one, other = json.loads(done.stdout)
    assert one == other
    assert sent.count(b"\n") == source.count(b"\n")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("// a\nb;", "\nb;"),
        ("  /** a */\nb;", "\nb;"),
        ("/**\n * a\n */\nb;", "\n\n\nb;"),
        ("  /** @type {A} */ b;", "b;"),
        ("b = /** @type {A} */ (c);", "b = (c);"),
        ("b = '/** c */';", "b = '/** c */';"),
        ("b; // a", "b; // a"),
    ],
)
def test_comments_and_indentation_are_left_out_and_lines_stay_where_they_are(
    text: str, sent: str
) -> None:
    assert delivered("a.js", text.encode()).decode() == sent


def test_style_sheets_and_pages_are_sent_without_indentation_and_empty_lines() -> None:
    assert delivered("a.css", b"a {\n  b: c;\n}\n\nd {}\n") == b"a {\nb: c;\n}\nd {}"
    assert delivered("a.html", b"<p>\n  a\n</p>") == b"<p>\na\n</p>"


def test_what_is_nothing_of_that_is_sent_as_it_is() -> None:
    assert delivered("a.svg", b"  /* a */") == b"  /* a */"
