"""A contract of any number of collections: the to-dos, again and again, with their own schemas."""

import json
from typing import Any

from service.contract.document import read
from tests.contracts import TODOS

_OWN = ("Todo", "TodoInput", "TodoChanges", "TodoPage", "Title", "Description", "Completed")
"""The schemas that each collection has for itself; the others are everybody's, as problems are."""


def many(collections: int) -> dict[str, Any]:
    """The document of a contract with `/todos0`, `/todos1` and so on."""
    data = read(TODOS).data
    schemas = data["components"]["schemas"]
    once = json.dumps({"paths": data["paths"], "schemas": {name: schemas[name] for name in _OWN}})
    data["paths"] = {}
    for name in _OWN:
        del schemas[name]
    for number in range(collections):
        one = json.loads(_renamed(once, str(number)))
        data["paths"].update(one["paths"])
        schemas.update(one["schemas"])
    return data


def _renamed(text: str, number: str) -> str:
    """With the number behind each path, operationId and schema that would be there twice."""
    for name in _OWN:
        text = text.replace(f'schemas/{name}"', f'schemas/{name}{number}"')
        text = text.replace(f'"{name}":', f'"{name}{number}":')
    text = text.replace('"/todos', f'"/todos{number}')
    for id in ("listTodos", "createTodo", "getTodo", "updateTodo", "deleteTodo"):
        text = text.replace(f'"{id}"', f'"{id}{number}"')
    return text
