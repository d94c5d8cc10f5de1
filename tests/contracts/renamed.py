"""A contract in nobody's words: every path, property, tag and operationId renamed at random."""

import random
import string
from typing import Any

from service.contract.document import read
from tests.contracts import TODOS

_PROTOCOL = ("Problem", "Fault", "TodoPage")
"""RFC 9457 says what the properties of problems are called, and a rule those of a page."""


class Renaming:
    """Names by what they were; `seed` makes them again."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._names: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self._new()
        return self._names[name]

    def _new(self) -> str:
        return "".join(self._random.choices(string.ascii_lowercase, k=9))

    def data(self) -> dict[str, Any]:
        """The contract of the to-dos, renamed."""
        data: dict[str, Any] = self._schemas(read(TODOS).data)
        data["paths"] = {
            "/".join(self[part] if part.isalpha() else part for part in path.split("/")): item
            for path, item in data["paths"].items()
        }
        return data

    def _schemas(self, node: Any, key: str = "") -> Any:
        if isinstance(node, list):
            return [self[each] if key == "required" else self._schemas(each) for each in node]
        if not isinstance(node, dict):
            return self[node] if key in ("operationId", "completed") else node
        if key == "properties":
            return {self[name]: self._schemas(each) for name, each in node.items()}
        return {
            name: each if name in _PROTOCOL else self._part(name, each)
            for name, each in node.items()
        }

    def _part(self, name: str, node: Any) -> Any:
        if name in ("example", "value") and isinstance(node, dict):
            return {self[each]: value for each, value in node.items()}
        if name == "name" and node == "completed":
            return self[node]
        if name == "tags":
            return []
        if name in ("summary", "links"):
            return {} if name == "links" else "An operation"
        return self._schemas(node, name)
