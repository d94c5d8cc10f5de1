"""Schemathesis finds nothing in the other contracts either."""

from pathlib import Path

import pytest

from infra.new.collection import wish
from infra.new.contract import as_text, begun
from infra.new.fields import TYPES
from tests.contracts import ACTIONS, CUSTOMERS, LIBRARY, SIGNED_IN, TRAITS
from tests.contracts.editions import later
from tests.fuzz.finding import finds_nothing

pytestmark = pytest.mark.hypothesis


def test_schemathesis_finds_nothing_in_customers(tmp_path: Path, examples: int) -> None:
    finds_nothing(CUSTOMERS, tmp_path, examples)


def test_schemathesis_finds_nothing_in_openapi_3_1(tmp_path: Path, examples: int) -> None:
    """It gets the contract as its author wrote it; its 3.0 twin is the same contract."""
    finds_nothing(later(LIBRARY, tmp_path), tmp_path, examples)


def test_schemathesis_finds_nothing_in_a_contract_with_every_trait(
    tmp_path: Path, examples: int
) -> None:
    finds_nothing(TRAITS, tmp_path, examples)


def test_schemathesis_finds_nothing_in_functions(tmp_path: Path, examples: int) -> None:
    """Clearing what is done may have nothing to clear: it succeeds all the same."""
    finds_nothing(ACTIONS, tmp_path, examples)


def test_schemathesis_finds_nothing_signed_in(tmp_path: Path, examples: int) -> None:
    """Whether strangers are let in is asked by the access matrix: `ignored_auth` does not see
    openIdConnect."""
    finds_nothing(SIGNED_IN, tmp_path, examples // 2)


def test_schemathesis_finds_nothing_in_what_new_writes(tmp_path: Path, examples: int) -> None:
    """A collection with a property of every type, and every filter that there is."""
    texts = [f"{name.replace('-', '')}:{name}{'(a,b)' if name == 'enum' else ''}" for name in TYPES]
    texts += [f"{text.partition(':')[0]}s:{text.partition(':')[2]}[]" for text in texts]
    texts += ["must:string!", "may:text?", "stars:integer(1,5)=3"]
    filters = ["string", "integer", "boolean", "date", "datetime", "email", "uri", "uuid", "enum"]
    file = tmp_path / "contract.json"
    asked = wish("books", texts, filters, "integer", "bookId")
    file.write_bytes(as_text(begun([asked], "Anything"), ".json"))
    finds_nothing(file, tmp_path, examples // 4)
