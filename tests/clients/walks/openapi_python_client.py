"""The walk with the client that openapi-python-client made.

Arguments: the package, the URL, and the shape of the walk in JSON.
"""

import json
import sys
import uuid
from importlib import import_module
from typing import Any

from walk import Answer, walk


class Client:
    def __init__(self, package: str, url: str, shape: dict[str, Any]) -> None:
        self.client = import_module(package).Client(base_url=url)
        self.models = import_module(f"{package}.models")
        self.api = f"{package}.api.{shape['many']}"
        self.many, self.one = shape["many"], shape["one"]

    def create(self, body: dict[str, Any], key: str) -> Answer:
        return self._call(f"create_{self.one}", body=self._body("Input", body), idempotency_key=key)

    def list(self, filters: dict[str, Any], limit: int, cursor: str | None) -> Answer:
        more = {} if cursor is None else {"cursor": cursor}
        return self._call(f"list_{self.many}", limit=limit, **filters, **more)

    def get(self, id: str, tag: str | None) -> Answer:
        more = {} if tag is None else {"if_none_match": tag}
        return self._call(f"get_{self.one}", uuid.UUID(id), **more)

    def update(self, id: str, body: dict[str, Any], tag: str) -> Answer:
        changes = self._body("Changes", body)
        return self._call(f"update_{self.one}", uuid.UUID(id), body=changes, if_match=tag)

    def delete(self, id: str) -> Answer:
        return self._call(f"delete_{self.one}", uuid.UUID(id))

    def _body(self, ending: str, body: dict[str, Any]) -> Any:
        return getattr(self.models, f"{self.one.capitalize()}{ending}").from_dict(body)

    def _call(self, name: str, *arguments: Any, **named: Any) -> Answer:
        operation = import_module(f"{self.api}.{name}")
        response = operation.sync_detailed(*arguments, client=self.client, **named)
        problem = type(response.parsed).__name__ if response.status_code >= 400 else None
        body = response.parsed.to_dict() if response.parsed is not None else None
        return Answer(response.status_code, response.headers.get("etag"), body, problem)


shape = json.loads(sys.argv[3])
walk(Client(sys.argv[1], sys.argv[2], shape), shape, str(uuid.uuid4()))
