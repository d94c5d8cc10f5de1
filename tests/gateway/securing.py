"""Contracts that are closed, each in one way or several, made of an open one."""

from typing import Any

from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.model import Contract
from tests.contracts import TODOS

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "person": {"type": "openIdConnect", "openIdConnectUrl": "https://issuer.example.com/pool"},
    "service": {"type": "http", "scheme": "AWS4-HMAC-SHA256"},
}
WAYS = [("person",), ("service",), ("key",), ("person", "key"), ("service", "key")]
READ, WRITE = ["todos/read"], ["todos/write"]


def secured(*names: str) -> Contract:
    """The to-dos, with these schemes on every operation: people read and write by scopes."""
    document = read(TODOS)
    document.data["components"]["securitySchemes"] = {name: SCHEMES[name] for name in names}
    owned = {"person", "service"} & {*names}
    document.data["paths"]["/todos"]["x-owner"] = "caller" if owned else "everyone"
    for method, operation in _operations(document):
        scopes = {"person": READ if method == "get" else WRITE}
        operation["security"] = [{name: scopes.get(name, []) for name in names}]
    return derive(document)


def _operations(document: Document) -> list[tuple[str, dict[str, Any]]]:
    return [
        (method, operation)
        for methods in document.data["paths"].values()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]
