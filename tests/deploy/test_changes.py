"""Changes in words."""

from typing import Any

import pytest

from infra.deploy.changes import in_words, replaced, turned, unnamed
from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.model import Contract
from tests.contracts import TODOS, load


def change(action: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"Action": action, "LogicalResourceId": name, "ResourceType": f"AWS::{kind}", **more}


TABLE = change(
    "Modify", "Table", "DynamoDB::Table",
    PhysicalResourceId="TodoItems", Replacement="True",
    Details=[{"Target": {"Attribute": "Properties", "Name": "TableName"}}],
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([change("Add", "Api", "ApiGateway::RestApi")], "  add      Api  AWS::ApiGateway::RestApi"),
        ([change("Remove", "Topic", "SNS::Topic")], "  remove   Topic  AWS::SNS::Topic"),
        (
            [change("Modify", "Api", "X", Details=[{"Target": {"Name": "Body"}}])],
            "  change   Api  AWS::X: Body",
        ),
        ([TABLE], "  replace  Table  AWS::DynamoDB::Table: TableName"),
        (
            [change("Add", "Version0123abcd9f", "X"), change("Remove", "Version9876fedc00", "X")],
            "  renew    Version  AWS::X",
        ),
    ],
)  # fmt: skip
def test_a_change_is_one_line(changes: list[dict[str, Any]], words: str) -> None:
    assert [*in_words(changes)] == [words]


def test_a_table_that_gives_way_to_a_new_one_is_named() -> None:
    ((name, meaning),) = replaced([TABLE, change("Modify", "Api", "ApiGateway::RestApi")])
    assert name == "TodoItems"
    assert "The table {0} would be replaced by a new, EMPTY one." in meaning


def test_people_who_give_way_to_nobody_are_named() -> None:
    pool = TABLE | {"ResourceType": "AWS::Cognito::UserPool", "PhysicalResourceId": "eu_1"}
    ((name, meaning),) = replaced([pool])
    assert name == "eu_1"
    assert "none of its people can sign in" in meaning


def contract() -> Contract:
    return load(TODOS)


def test_an_update_that_turns_from_merging_to_replacing_is_named() -> None:
    document = read(TODOS)
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/TodoInput"}}}
    document.data["paths"]["/todos/{id}"]["put"]["requestBody"]["content"] = body
    replacing = derive(Document(document.data))
    ((name, meaning),) = turned(contract(), replacing)
    assert (name, meaning.split()[:2]) == ("updateTodo", ["updateTodo", "removes"])
    ((name, meaning),) = turned(replacing, contract())
    assert meaning.startswith("updateTodo keeps what a client does not send")
    assert [*turned(contract(), contract())] == []


def test_a_collection_whose_ids_become_integers_is_refused() -> None:
    document = read(TODOS)
    todo = document.data["components"]["schemas"]["Todo"]["properties"]
    todo["id"] = {
        "type": "integer", "format": "int64", "maximum": 9007199254740991, "readOnly": True,
    }  # fmt: skip
    (line,) = unnamed(contract(), derive(Document(document.data)))
    assert line.startswith("todos: the ids of the items that are there are uuids")
    assert [*unnamed(contract(), contract())] == []
