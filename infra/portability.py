r"""Portability: what can be served, and yet misleads the clients that others make of a contract.

A pattern is portable if Python, ECMA-262 (without a flag and with `u`), PCRE, RE2, Java, .NET and
Rust read it alike. What they share: literal characters, `\x00` to `\x7F`, `\t \n \r \f \v`, an
escape of what is syntax, classes of characters and ranges, `^ $ | ( ) (?:`, `* + ? {n,m}` and the
same with `?`. The source is each engine's own documentation.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.contract.document import Document, Place
from service.contract.schemas import FORMATS


class Advice(NamedTuple):
    """What to change, so that more clients understand the contract: where, why, and how."""

    place: Place
    reason: str
    remedy: str


def advice(document: Document) -> Iterator[Advice]:
    """Everything in a contract that is not portable."""
    for place, schema in document.schemas():
        if isinstance(schema.get("pattern"), str):
            for sign, reason, remedy in unportable(schema["pattern"]):
                text = f"The pattern has {sign}: {reason}."
                yield Advice((*place, "pattern"), text, remedy)
        if schema.get("format", "date") not in FORMATS:
            yield Advice(
                (*place, "format"),
                f"The format {schema['format']!r} has no effect: it is not known here.",
                f"Use a pattern, or one of {', '.join(sorted(FORMATS))}.",
            )


# -- patterns ----------------------------------------------------------------------------------

_ESCAPE = (
    r"\\(?:u\{[^}]*\}|u[0-9A-Fa-f]{4}|x\{[^}]*\}|x[0-9A-Fa-f]{2}|[pP](?:\{[^}]*\}|.)|k<[^>]*>"
    r"|[1-9]\d*|c.|.)"
)
_TOKEN = re.compile(
    rf"{_ESCAPE}|\(\?(?:P?<\w+>|P[=>]|<?[=!]|[a-zA-Z^-]*[:)]|.)"
    r"|\{,\d+\}|(?:[*+?]|\{\d+(?:,\d*)?\})\+|[^\x00-\uFFFF](?:[*+?]|\{\d+(?:,\d*)?\})|.",
    re.DOTALL,
)
_TOKEN_IN_CLASS = re.compile(rf"{_ESCAPE}|\[:\^?\w+:\]|&&|.", re.DOTALL)

_CHARACTER = 'the character itself: YAML reads "\\u00A0" in double quotes as one'
_LIST = "the characters, such as [0-9], [A-Za-z0-9_] or [ \\t\\r\\n]"
_PLAIN = "it without the backslash"

_RULES = [
    (r"\\u.*", "PCRE and RE2 (PHP, Go) cannot read it", f"\\x00 to \\x7F, or {_CHARACTER}"),
    (r"\\x(?:\{.*|[89A-Fa-f].)", "to some engines it is a byte", _CHARACTER),
    (r"\\[dDwWsSbB]", "some engines mean ASCII, others every script", _LIST),
    (r"\\[pP].*", "Python cannot read it, and JavaScript only with the flag u", _LIST),
    (r"\\(?:[1-9].*|k.*)|\(\?P=", "RE2 (Go) cannot refer back", "the pattern without"),
    (r"\(\?<[=!]", "RE2 and Rhino (Go, API Gateway) cannot look behind", "the pattern without"),
    (
        r"\(\?[=!]",
        "RE2 and Rust (Go, pydantic) cannot look ahead",
        "a pattern for each part of allOf",
    ),
    (r"\(\?P?<.*", "engines spell named groups differently", "a plain group"),
    (r"\(\?>|(?:[*+?]|\{.*\})\+", "JavaScript and RE2 (Go) do not have it", "the pattern without"),
    (
        r"\(\?[^:].*",
        "JavaScript has no flags or comments inside a pattern",
        "both cases, such as [Aa]",
    ),
    (r"\\A", "JavaScript cannot read it", "^"),
    (r"\\[zZ]", "JavaScript cannot read it", "$"),
    (r"\[:.*", "JavaScript takes it for the characters in it", _LIST),
    (r"\{,.*", "JavaScript takes it for the characters in it", "{0,…}"),
    (r"\\[^tnrfvx\W_]|\\c.", "engines read it differently", f"\\x00 to \\x7F, or {_CHARACTER}"),
    (r"\\[^\w^$\\.*+?()\[\]{}|/-]|\\_", "JavaScript with the flag u refuses it", _PLAIN),
    ("[\u2028\u2029]", "it ends a line of generated JavaScript", "a range that begins before it"),
    ("\ufeff", "Go refuses one inside a source file", "a range around it"),
]
"""What is not portable, why, and what to write."""

_IN_CLASS = [
    (
        r"[^\x00-\uFFFF]",
        "without the flag u JavaScript takes it for two",
        "alternatives, as (😀|😁)",
    ),
    (r"\]", "JavaScript ends the class with it", "it with a backslash"),
    (r"\[|&&", "Java takes it for a class inside the class", "it with a backslash"),
]
_OUT_OF_CLASS = [
    (r"\\-", "JavaScript with the flag u refuses it", _PLAIN),
    (r"\.", "engines disagree about which line ends it leaves out", "[^\\r\\n]"),
    (
        r"[^\x00-\uFFFF].+",
        "without the flag u JavaScript repeats half of the character",
        "it in a group, as (?:😀)*",
    ),
]


def unportable(pattern: str) -> Iterator[tuple[str, str, str]]:
    """What engines read differently: the text, why it matters, and what to write instead.

    Each reason once.
    """
    told = set()
    for sign, in_class in _signs(pattern):
        rules = [*_RULES, *(_IN_CLASS if in_class else _OUT_OF_CLASS)]
        for rule, reason, instead in rules:
            if re.fullmatch(rule, sign, re.DOTALL):
                if reason not in told:
                    yield _shown(sign), reason, f"Write {instead}."
                told.add(reason)
                break


def _signs(pattern: str) -> Iterator[tuple[str, bool]]:
    """Each sign, and whether it is inside a class."""
    at, in_class, first = 0, False, False
    while found := (_TOKEN_IN_CLASS if in_class else _TOKEN).match(pattern, at):
        sign, at = found[0], found.end()
        if in_class and sign == "]" and not first:
            in_class = False
        elif not in_class and sign == "[":
            in_class = first = True
        else:
            yield sign, in_class
            first = first and sign == "^"


def _shown(sign: str) -> str:
    return sign if sign.isprintable() else f"U+{ord(sign[0]):04X}"
