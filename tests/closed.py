"""Contracts with closed answers, for tests alone: there what no schema describes is a fault.

To clients answers stay open, so that one made today understands the properties of tomorrow.
"""

import copy
import re
from typing import Any

from service.contract.document import Document, Place
from service.contract.model import Contract
from service.contract.schemas import Fault, schema_at
from service.contract.stated import METHODS

_COMPONENTS = "#/components/schemas/"


class ClosedAnswers:
    """What each answer of a contract may hold."""

    def __init__(self, contract: Contract) -> None:
        self.operations = contract.operations.values()
        self.document = contract.document.compiled.setdefault("closed", closed(contract.document))

    def faults(self, method: str, path: str, status: int, kind: str, body: Any) -> list[Fault]:
        """What no schema describes of an answer; nothing of one to a path that there is not."""
        for operation in sorted(self.operations, key=lambda each: each.path != path):
            template = re.sub(r"{[^}]+}", "[^/]+", operation.path)
            if operation.method.upper() == method and re.fullmatch(template, path):
                responses = ("paths", operation.path, operation.method, "responses")
                place = response_place(self.document, responses, status)
                content = self.document.at((*place, "content"))
                spelled = kind if kind in content else "*/*"
                return schema_at(self.document, (*place, "content", spelled, "schema")).faults(body)
        return []


def response_place(document: Document, responses: Place, status: int) -> Place:
    """Where an answer is described: by its status, by its class, or as any other."""
    keys = (str(status), f"{status // 100}XX", "default")
    described = next(key for key in keys if key in document.at(responses))
    return document.resolve((*responses, described))[0]


def closed(document: Document) -> Document:
    """The contract with every object of an answer closed; what requests are held against stays."""
    data = copy.deepcopy(document.data)
    _Closing(data.get("components", {}).get("schemas", {})).close_answers(data)
    return Document(data)


class _Closing:
    """Makes a closed schema of each that an answer refers to, beside the one that is there."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self.schemas = schemas

    def close_answers(self, data: dict[str, Any]) -> None:
        paths = [
            response
            for operations in data["paths"].values()
            for key, operation in operations.items()
            if key in METHODS
            for response in operation["responses"].values()
        ]
        for response in (*paths, *data.get("components", {}).get("responses", {}).values()):
            for content in response.get("content", {}).values():
                content["schema"] = self._closed(content["schema"])

    def _closed(self, schema: dict[str, Any], whole: bool = True) -> dict[str, Any]:
        """`whole` tells an object from a part of one, which others complete."""
        if "$ref" in schema:
            return {**schema, "$ref": _COMPONENTS + self._named(schema["$ref"], whole)}
        made = dict(schema)
        if "properties" in schema:
            made["properties"] = {
                name: self._closed(each) for name, each in schema["properties"].items()
            }
            if whole and "allOf" not in schema:
                made.setdefault("additionalProperties", False)
        if "items" in schema:
            made["items"] = self._closed(schema["items"])
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                made[key] = [self._closed(each, whole and key != "allOf") for each in schema[key]]
        return made

    def _named(self, reference: str, whole: bool) -> str:
        name = reference.removeprefix(_COMPONENTS)
        closed = f"{'Closed' if whole else 'Part'}{name}"
        if closed not in self.schemas:
            self.schemas[closed] = {}  # it may hold itself
            self.schemas[closed].update(self._closed(self.schemas[name], whole))
        return closed
