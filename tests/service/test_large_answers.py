"""A page is never larger than Lambda lets through, and nothing of it gets lost."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.contract.document import read
from service.proxy import Handler
from tests.client import Client
from tests.contracts import LIBRARY
from tests.service.conftest import ServeContract

LAMBDA_BYTES = 6 * 1024 * 1024
"""AWS: Lambda quotas, invocation payload of a synchronous answer."""


@pytest.fixture
def shelves(serve: ServeContract, tmp_path: Path) -> Client:
    """The library, with names of 9,000 characters and pages of 100 books."""
    data: Any = read(LIBRARY).data
    data["components"]["schemas"]["Book"]["properties"]["name"]["maxLength"] = 9000
    browse = data["paths"]["/books"]["get"]
    browse["parameters"][0]["schema"]["maximum"] = 100
    page = browse["responses"]["200"]["content"]["application/json"]["schema"]
    page["properties"]["count"]["maximum"] = 100
    (tmp_path / "shelves.json").write_bytes(orjson.dumps(data))
    return serve(tmp_path / "shelves.json")


def measured(client: Client, largest: list[int]) -> None:
    """Each answer is measured as Lambda sends it."""
    handler: Handler = client.handler

    def measuring(event: Any, context: Any) -> Any:
        answer = handler(event, context)
        largest.append(len(json.dumps(answer)))
        return answer

    client.handler = measuring


@pytest.mark.parametrize("character", ["\1", '"', "x"])
def test_every_page_can_be_sent_and_every_item_is_seen(shelves: Client, character: str) -> None:
    written = []
    for n in range(110):
        book = {"name": character * 9000, "genre": "travel", "pages": n + 1}
        reply = shelves.post("/books", book)
        assert reply.status == 201, reply.body
        written.append(reply.json["bookId"])
    sizes: list[int] = []
    measured(shelves, sizes)
    seen, target = [], "/books?limit=100"
    while target:
        page = shelves.get(target).json
        seen += [book["bookId"] for book in page["items"]]
        target = f"/books?limit=100&cursor={page['next']}" if "next" in page else ""
    assert max(sizes) <= LAMBDA_BYTES
    assert sorted(seen) == sorted(written)
    if character == "\1":
        assert max(sizes) > 0.95 * LAMBDA_BYTES  # so that the limit was met, and hardly undercut
