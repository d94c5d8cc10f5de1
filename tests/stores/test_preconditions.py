"""The versions that a write accepts, up to as many as a request may name."""

import uuid

import pytest

from service.stores import MOST_TOKENS, Position, Scope, Store, TokenStale

ANN = Scope("todos", "ann")
OTHERS = [f"other-{n}" for n in range(MOST_TOKENS)]


@pytest.fixture
def id(store: Store) -> str:
    """An item whose token is `now`."""
    id = uuid.uuid4().hex
    store.create(ANN, Position(0, id), {"id": id}, "now", None)
    return id


def test_as_many_versions_as_a_request_may_name_are_compared(store: Store, id: str) -> None:
    assert store.update(ANN, id, {"size": 1}, "now", ["now", *OTHERS[1:]], OTHERS).token == "now"
    store.delete(ANN, id, ["now", *OTHERS[1:]], OTHERS)


def test_the_last_of_many_versions_counts_as_the_first(store: Store, id: str) -> None:
    with pytest.raises(TokenStale):
        store.update(ANN, id, {"size": 1}, "new", None, [*OTHERS[1:], "now"])
    store.delete(ANN, id, [*OTHERS[1:], "now"])
