"""The to-do contract closed: to people, to applications, or to both at once."""

import copy
import json
from pathlib import Path
from typing import Any

from service.contract.document import read
from tests.contracts import TODOS

SCHEMES = {
    "person": {"type": "openIdConnect", "openIdConnectUrl": "/.well-known/openid-configuration"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "service": {"type": "http", "scheme": "AWS4-HMAC-SHA256"},
}


def secured(file: Path, *schemes: str, owner: str | None = None, identifier: str = "todos") -> Path:
    """The contract in that file, with each operation asking for all of these schemes."""
    document = copy.deepcopy(read(TODOS).data)
    document["components"]["securitySchemes"] = {name: SCHEMES[name] for name in schemes}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            scope = f"{identifier}/{'read' if method == 'get' else 'write'}"
            operation["security"] = [
                {name: [scope] if name == "person" else [] for name in schemes}
            ]
    owned: dict[str, Any] = document["paths"]["/todos"]
    if schemes != ("key",):
        owned["x-owner"] = owner or "caller"
    file.write_text(json.dumps(document))
    return file
