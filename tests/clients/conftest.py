"""Running servers, one for each contract, and a contract that has grown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.clients.python import SHAPES
from tests.contracts import CUSTOMERS, SHIPPED, TODOS
from tests.servers import serve


@dataclass(frozen=True)
class Api:
    """A contract, and where it is served."""

    contract: Path
    url: str
    shape: dict[str, Any]


@pytest.fixture(
    scope="session",
    params=[pytest.param((SHIPPED, "todos"), marks=pytest.mark.shipped), (CUSTOMERS, "customers")],
    ids=["todos", "customers"],
)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Each of the contracts that come with the project, as it is."""
    contract, name = request.param
    folder = tmp_path_factory.mktemp(name)
    with serve(contract, f"sqlite:///{folder}/items.db") as server:
        yield Api(contract, server.url, SHAPES[name])


@pytest.fixture(scope="session")
def todos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The suite's own to-dos."""
    folder = tmp_path_factory.mktemp("todos")
    with serve(TODOS, f"sqlite:///{folder}/items.db") as server:
        yield Api(TODOS, server.url, SHAPES["todos"])


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The to-dos some releases later, with a property, a filter and a problem's member more."""
    folder = tmp_path_factory.mktemp("grown")
    contract = folder / "grown.yaml"
    data = YAML(typ="safe").load(TODOS)
    priority = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 9}
    schemas = data["components"]["schemas"]
    for name in ("Todo", "TodoInput"):
        schemas[name]["properties"]["priority"] = {**priority, "default": 0}
    schemas["Todo"]["required"].append("priority")
    schemas["TodoChanges"]["properties"]["priority"] = priority
    data["paths"]["/todos"]["get"]["parameters"].append(
        {"name": "priority", "in": "query", "schema": priority}
    )
    with contract.open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    with serve(contract, f"sqlite:///{folder}/items.db") as server:
        made = server.request("POST", "/todos", {"title": "Grown"})
        assert made.json["priority"] == 0
        server.request("DELETE", f"/todos/{made.json['id']}")
        yield Api(TODOS, server.url, SHAPES["todos"])
