"""What misleads those that generate clients is warned of, with its reason and its remedy."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.check import examined
from infra.generators import misleading
from service.contract.derivation import derive
from service.contract.document import Document, read
from tests.contracts import ACTIONS, ALL, SHIPPED, TODOS, load

SCHEMAS = ("components", "schemas")


def with_change(*place: str, **values: Any) -> Document:
    document = read(TODOS)
    document.at(place).update(values)
    return document


def warned(document: Document) -> list[tuple[str, ...]]:
    return [each.place for each in misleading(derive(document))]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_answers_of_our_contracts_are_closed_only_where_a_body_shares_them(path: Path) -> None:
    places = [each.place for each in misleading(load(path))]
    assert all(place[-1] == "additionalProperties" for place in places)
    assert not places or path.stem == "library"


@pytest.mark.shipped
def test_the_contract_that_we_ship_misleads_no_generator() -> None:
    assert [*misleading(load(SHIPPED))] == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["Pet", "NewPet"], ["NewPet"]),
        (["pet", "new_pet"], ["new_pet"]),
        (["Pet", "NewPetWithDefaults"], ["NewPetWithDefaults"]),
        (["Pet", "NullablePet"], ["NullablePet"]),
        (["Pet", "PetInput", "Newt", "NewOwner"], []),
    ],
)
def test_a_schema_that_a_go_client_names_otherwise_is_warned_of(
    names: list[str], told: list[str]
) -> None:
    document = with_change(*SCHEMAS, **{name: {"type": "object"} for name in names})
    assert [place[-1] for place in warned(document)] == told


def test_a_text_as_default_without_a_type_is_warned_of() -> None:
    description = (*SCHEMAS, "Todo", "properties", "description")
    document = read(TODOS)
    del document.at(description)["type"]
    assert warned(document) == [(*description, "default")]


@pytest.mark.parametrize("name", ["Todo", "TodoPage", "Problem", "Fault"])
def test_a_closed_answer_is_warned_of(name: str) -> None:
    """However it is reached: at once, inside of a page, of a problem, of a list inside of it."""
    document = with_change(*SCHEMAS, name, additionalProperties=False)
    assert warned(document) == [(*SCHEMAS, name, "additionalProperties")]


def test_an_example_of_an_optional_header_is_warned_of() -> None:
    header = ("components", "parameters", "IfMatch")
    assert {*warned(with_change(*header, example='"a"'))} == {(*header, "example")}
    schema = (*header, "schema")
    assert {*warned(with_change(*schema, example='"a"'))} == {(*schema, "example")}
    assert warned(with_change(*header, example='"a"', required=True)) == []


def test_a_default_in_a_patch_that_a_function_answers_is_warned_of(tmp_path: Path) -> None:
    """A rule refuses it."""
    data = YAML(typ="safe").load(ACTIONS)
    data["paths"]["/health"]["patch"] = {
        **data["paths"]["/health"]["get"],
        "operationId": "change",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"loud": {"type": "boolean", "default": False}},
            }}},
        },
    }  # fmt: skip
    file = tmp_path / "actions.yaml"
    YAML().dump(data, file)
    file.with_suffix(".py").write_text(
        ACTIONS.with_suffix(".py").read_text("utf-8")
        + "\n\ndef change(body: dict[str, bool]) -> dict[str, str]:\n    return {'status': 'ok'}\n"
    )
    warnings = [each for each in examined(file).warnings if each.place[-1] == "default"]
    assert [each.place[1:3] for each in warnings] == [("/health", "patch")]
    assert "'loud: false'" in warnings[0].text
