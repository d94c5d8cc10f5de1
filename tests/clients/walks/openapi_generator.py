"""The walk with the client in Python that openapi-generator made.

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
        self.package = import_module(package)
        self.one, self.many = shape["one"], shape["many"]
        configuration = self.package.Configuration(host=url)
        api = getattr(self.package, f"{self.many.capitalize()}Api")
        self.api = api(self.package.ApiClient(configuration))

    def create(self, body: dict[str, Any], key: str) -> Answer:
        return self._call(f"create_{self.one}", self._body("Input", body), idempotency_key=key)

    def list(self, filters: dict[str, Any], limit: int, cursor: str | None) -> Answer:
        return self._call(f"list_{self.many}", limit=limit, cursor=cursor, **filters)

    def get(self, id: str, tag: str | None) -> Answer:
        return self._call(f"get_{self.one}", uuid.UUID(id), if_none_match=tag)

    def update(self, id: str, body: dict[str, Any], tag: str) -> Answer:
        changes = self._body("Changes", body)
        return self._call(f"update_{self.one}", uuid.UUID(id), changes, if_match=tag)

    def delete(self, id: str) -> Answer:
        return self._call(f"delete_{self.one}", uuid.UUID(id))

    def _body(self, ending: str, body: dict[str, Any]) -> Any:
        return getattr(self.package, f"{self.one.capitalize()}{ending}").from_dict(body)

    def _call(self, name: str, *arguments: Any, **named: Any) -> Answer:
        """Bodies as they came, and were read: models do not give back what is read-only."""
        try:
            answer = getattr(self.api, f"{name}_with_http_info")(*arguments, **named)
        except self.package.ApiException as error:
            problem = type(error.data).__name__ if error.data else None
            body = json.loads(error.body) if error.data else None
            return Answer(error.status, None, body, problem)
        body = json.loads(answer.raw_data) if answer.data else None
        headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
        return Answer(answer.status_code, headers.get("etag"), body)


shape = json.loads(sys.argv[3])
walk(Client(sys.argv[1], sys.argv[2], shape), shape, str(uuid.uuid4()))
