"""The to-do contract closed: each operation asks for a person, an application's key, or both."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.contracts import TODOS

PERSON = {"type": "openIdConnect", "openIdConnectUrl": "/.well-known/openid-configuration"}
KEY = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
FLOW = {
    "authorizationUrl": "https://sign-in.example/authorize",
    "tokenUrl": "https://sign-in.example/token",
    "scopes": {"todos/read": "Read your to-dos", "todos/write": "Change them"},
}
OAUTH: dict[str, Any] = {"type": "oauth2", "flows": {"authorizationCode": FLOW}}


def closed(
    file: Path,
    person: dict[str, Any] | None = PERSON,
    *,
    key: bool = False,
    owner: str = "caller",
    open_to_all: tuple[str, ...] = (),
) -> Path:
    """Written there. Operations that are `open_to_all`, by operationId, ask for nothing."""
    yaml = YAML()
    document = yaml.load(TODOS.read_text("utf-8"))
    schemes = {"person": person} if person else {}
    document["components"]["securitySchemes"] = {**schemes, **({"key": KEY} if key else {})}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            scope = f"todos/{'read' if method == 'get' else 'write'}"
            asked = {"person": [scope]} if person else {}
            if operation["operationId"] in open_to_all:
                operation["security"] = []
            else:
                operation["security"] = [{**asked, **({"key": []} if key else {})}]
    if person:
        document["paths"]["/todos"]["x-owner"] = owner
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(document, out)
    return file
