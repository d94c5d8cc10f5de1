"""The to-do contract closed: to people, to services, to applications, or to several at once."""

import json
from pathlib import Path
from typing import Any

from service.contract.derivation import derive
from service.contract.document import read
from service.contract.model import Contract
from tests.contracts import TODOS

WAYS = [("person",), ("service",), ("key",), ("person", "key"), ("service", "key")]
"""The schemes that one operation can ask for."""

SCHEMES: dict[str, Any] = {
    "person": {"type": "openIdConnect", "openIdConnectUrl": "/.well-known/openid-configuration"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "service": {"type": "http", "scheme": "AWS4-HMAC-SHA256"},
}
FLOW = {
    "authorizationUrl": "https://sign-in.example/authorize",
    "tokenUrl": "https://sign-in.example/token",
    "scopes": {"todos/read": "Read your to-dos", "todos/write": "Change them"},
}
OAUTH: dict[str, Any] = {"type": "oauth2", "flows": {"authorizationCode": FLOW}}


def closed_contract(
    *schemes: str,
    person: dict[str, Any] = SCHEMES["person"],
    owner: str = "caller",
    identifier: str = "todos",
    open_to_all: tuple[str, ...] = (),
) -> Contract:
    """Each operation asks for all of these schemes, but for those that are `open_to_all`.

    People read and write by scopes below an identifier.
    """
    document = read(TODOS)
    known = {**SCHEMES, "person": person}
    document.data["components"]["securitySchemes"] = {name: known[name] for name in schemes}
    for methods in document.data["paths"].values():
        for method, operation in methods.items():
            scopes = {"person": [f"{identifier}/{'read' if method == 'get' else 'write'}"]}
            asked = {name: scopes.get(name, []) for name in schemes}
            is_open = operation["operationId"] in open_to_all
            operation["security"] = [] if is_open else [asked]
    if {"person", "service"} & {*schemes}:
        document.data["paths"]["/todos"]["x-owner"] = owner
    return derive(document)


def closed_file(file: Path, *schemes: str, **more: Any) -> Path:
    """The same, written to that file."""
    file.write_text(json.dumps(closed_contract(*schemes, **more).document.data))
    return file
