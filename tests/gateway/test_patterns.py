"""Which patterns stay in a model: those that API Gateway's engine reads as the service does.

The engine is taken to be Rhino. On Rhino 1.7.14 (Debian, 2026-11-26) 9,000 generated patterns that
are told here as readable refused none of 150 texts each that the service accepts.
"""

import pytest

from infra.gateway.models import model
from infra.gateway.patterns import readable
from service.contract.document import Document
from tests.contracts import TODOS, load

_INVISIBLE = "\\x00-\\x20\\x7F-\u00a0\u2000-\u200f\ufff0-\uffff"
VISIBLE = f"^[^\\x00]*([^{_INVISIBLE}]|[\u00c0-\u00ff\u2027])[^\\x00]*$"


@pytest.mark.parametrize(
    "pattern",
    [
        "", "^a|b$", "^[A-Za-z0-9_-]{32}$", r"^\+[1-9][0-9]{1,14}$", r"^[!-~]([ -~]*[!-~])?$",
        r"^\d{4}-\d{2}$", r"^(\w+\.)*\w+$", r"^(?!-)[a-z-]{1,63}$", "^(?=[a-z])[a-z0-9]+?$",
        r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$", r"[\s,]+", r"^\/x$",
        VISIBLE, r"^[^\x00]*$", r"\D+", "^(?:[^a])*$", r"^[^\n]*$",
    ],
)  # fmt: skip
def test_a_pattern_of_ecmascript_5_stays_in_the_model(pattern: str) -> None:
    assert readable(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        # not ECMAScript 5, or no pattern at all
        r"\p{L}", "(?<n>a)", "(?<!a)b", "(?<=a)b", "(?i)a", "[^]", "a{,2}", r"[\d-x]", r"\a",
        "(", "a)", "[a", "*a", "\\",
        # beyond the basic plane, or halves of such characters
        "\U0001f600", "[\U0001f600-\U0001f64f]", r"[\uD83D]", r"[^\uD800-\uDFFF]*",
        r"[^\u0000-\uFFFF]*",
        # one character for the service, two units for the gateway
        "^[^a]$", "^[^a]{1,3}$", r"^\D$", r"^[\w\W]$", "^(?:[^a]b)*$", "(?![^a])", "^[^b]*a[^a]$",
        # characters of which the engines think differently
        "^.$", "^.*$", r"\bx", r"^\S+$", r"^[^\s]$", r"(?!\s)", r"^(?=a)\w$",
        # a reference back compares units
        r"(a)\1",
    ],
)  # fmt: skip
def test_a_pattern_that_may_be_read_otherwise_is_left_to_the_service(pattern: str) -> None:
    assert not readable(pattern)


def test_a_pattern_that_is_left_out_takes_nothing_else_along() -> None:
    text = {"type": "string", "maxLength": 5, "pattern": "^.+$"}
    document = Document({"components": {"schemas": {"Text": text}}})
    place = ("components", "schemas", "Text")
    assert model(document, place, as_component=True) == {"type": "string", "maxLength": 5}


def test_the_pattern_of_a_title_is_checked_at_the_gateway() -> None:
    title = load(TODOS).document.data["components"]["schemas"]["Title"]
    assert readable(title["pattern"])
