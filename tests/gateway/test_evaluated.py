"""What CloudFormation would evaluate is refused, with its line."""

import copy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.check import Refused, check
from infra.gateway.import_document import import_document
from tests.contracts import LIBRARY

PROPERTY = {"type": "string", "maxLength": 9}


def contract(tmp_path: Path, change: Any) -> Path:
    yaml = YAML(typ="rt", pure=True)
    tree = yaml.load(LIBRARY.read_text("utf-8"))
    change(tree)
    file = tmp_path / "contract.yaml"
    yaml.dump(tree, file)
    return file


def refused(file: Path) -> tuple[str, str]:
    """The line that is told, as it stands in the file, and the whole message."""
    with pytest.raises(Refused) as caught:
        check(file)
    (fault,) = caught.value.faults
    return file.read_text("utf-8").splitlines()[fault.line - 1].strip(), fault.text


def reader(tree: Any) -> Any:
    return tree["components"]["schemas"]["Reader"]["properties"]


@pytest.mark.parametrize("name", ["Ref", "Condition", "Fn::Sub", "Fn::Whatever"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: inner,
        lambda inner: {"type": "object", "properties": {"deep": inner}},
        lambda inner: {"type": "array", "items": inner},
        lambda inner: {"allOf": [inner]},
        lambda inner: {**inner, "nullable": True},
    ],
    ids=["property", "object", "array", "allOf", "nullable"],
)
def test_a_property_that_looks_like_a_function_is_refused(
    tmp_path: Path, name: str, wrap: Any
) -> None:
    def change(tree: Any) -> None:
        reader(tree)["more"] = wrap({"type": "object", "properties": {name: PROPERTY}})

    line, text = refused(contract(tmp_path, change))
    assert line.startswith((f"{name}:", f"'{name}':", f'"{name}":'))
    assert text == (
        f"CloudFormation would take {name!r} for a function of its own. Rename the property."
    )


def test_a_property_of_a_body_that_is_no_component_is_refused_too(tmp_path: Path) -> None:
    def change(tree: Any) -> None:
        body = tree["paths"]["/readers"]["post"]["requestBody"]["content"]["application/json"]
        reader(tree)["more"] = {"type": "object", "properties": {"Ref": PROPERTY}}
        body["schema"] = copy.deepcopy(tree["components"]["schemas"]["Reader"])

    line, text = refused(contract(tmp_path, change))
    assert line.startswith("Ref:")
    assert "Rename the property." in text


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: reader(tree)["name"].update(description="As {{resolve:ssm:name}}"),
        lambda tree: reader(tree).update(more={"type": "string", "enum": ["{{resolve:ssm:name}}"]}),
        lambda tree: tree["info"].update(version="{{resolve:ssm:version}}"),
    ],
    ids=["description", "enum", "version"],
)
def test_a_reference_to_a_secret_is_refused(tmp_path: Path, change: Any) -> None:
    line, text = refused(contract(tmp_path, change))
    assert "{{resolve:" in line
    assert text.endswith("Write it without '{{resolve:'.")


def test_a_value_may_be_called_as_a_function_is(tmp_path: Path) -> None:
    def change(tree: Any) -> None:
        reader(tree)["more"] = {"type": "string", "enum": ["Ref", "Fn::Sub", "Condition"]}

    assert import_document(check(contract(tmp_path, change)))


def test_what_is_not_imported_may_hold_anything(tmp_path: Path) -> None:
    def change(tree: Any) -> None:
        tree["info"]["description"] = "{{resolve:ssm:name}}"
        tree["components"]["schemas"]["Unused"] = {
            "type": "object",
            "properties": {"Ref": PROPERTY},
        }

    assert check(contract(tmp_path, change))
