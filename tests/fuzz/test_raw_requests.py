"""What a careless service answers 500 to, or takes without a word: each sent over a raw socket."""

from collections.abc import Iterator

import pytest

from tests.contracts import TODOS
from tests.fuzz.raw_requests import ID, ROWS, exchange, get, post, title
from tests.servers import serve


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("raw")
    with serve(TODOS, f"sqlite:///{folder}/items.db") as server:
        yield server.url


@pytest.mark.parametrize(
    ("request_", "status"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_careless_request_is_told_what_is_wrong(url: str, request_: bytes, status: int) -> None:
    got, headers, problem = exchange(url, request_)
    assert got == status, problem
    if status >= 400 and problem is not None:
        assert headers["content-type"] == "application/problem+json"
        assert problem["status"] == status
        assert problem["detail"]


def test_the_server_is_well_after_all_of_them(url: str) -> None:
    status, _, item = exchange(url, post(title('"Café ☕ 🎉"'.encode())))
    assert (status, item["title"]) == (201, "Café ☕ 🎉")


def test_405_names_every_method_of_the_path(url: str) -> None:
    assert exchange(url, get("/todos", method="PATCH"))[1]["allow"] == "GET, HEAD, POST"
    assert (
        exchange(url, get(f"/todos/{ID}", method="PATCH"))[1]["allow"] == "GET, HEAD, PUT, DELETE"
    )
