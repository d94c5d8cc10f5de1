"""Shards: a list of several is the list of one, whatever is asked and whoever writes."""

import random
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from service.stores import Page, Position, Scalar, Scope, StoreUnavailable
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import index_name, table_with
from service.stores.limits import MOST_PAGE_BYTES
from service.stores.merge import Merge, Shard, share
from service.stores.sharded import ShardedStore
from service.stores.shards import (
    MOST_SHARDS,
    index_in,
    indexes_in,
    keys_in,
    partitions_in,
    shard_of,
    shards_in,
)
from tests.engines import patient_client, patient_store
from tests.stores.conftest import FILTERS
from tests.stores.test_promises import PROFILE, StoreMachine, items, pages

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANN = Scope("todos", "ann")
NOON = 1_700_000_000_000
NUMBERS = (1, 4, 16)
ITEMS = 240
MILLISECONDS = 90


# -- keys and names ----------------------------------------------------------------------------


def test_an_item_has_its_shard_for_ever() -> None:
    """Another hash would lose the items that are kept."""
    ids = ["0cd50e38-cb30-470e-8c12-d6f58f3c1996", "7", "ü"]
    assert [[shard_of(id, number) for number in NUMBERS] for id in ids] == [
        [0, 1, 1], [0, 2, 2], [0, 1, 5]
    ]  # fmt: skip


def test_the_shards_of_random_ids_are_even() -> None:
    drawn = random.Random(0)  # noqa: S311
    ids = [str(uuid.UUID(int=drawn.getrandbits(128))) for _ in range(16_000)]
    counts = [0] * 16
    for id in ids:
        counts[shard_of(id, 16)] += 1
    assert 850 < min(counts) <= max(counts) < 1150


def test_with_one_shard_keys_and_names_are_what_they_are_without() -> None:
    keys = {"_byCreated": '["todos","ann"]', "_byColour": None}
    assert keys_in([1], "7", keys) == keys
    assert index_in(1, "byCreated") == "byCreated"
    assert partitions_in(1, '["todos","ann"]') == ['["todos","ann"]']


def test_each_number_of_shards_has_keys_of_its_own() -> None:
    keys = {"_byCreated": '["todos","ann"]', "_byColour": None}
    assert keys_in([1, 4], "7", keys) == {
        **keys,
        "_of4byCreated": '["todos","ann",2]',
        "_of4byColour": None,
    }


@pytest.mark.parametrize("name", ["created", "of4byCreated", "Of4", "_of4by", "4by", "by", "."])
def test_no_index_of_shards_is_one_of_a_filter(name: str) -> None:
    names = [index_in(number, index_name(name)) for number in range(1, MOST_SHARDS + 1)]
    assert [shards_in(each) for each in names] == [*range(1, MOST_SHARDS + 1)]
    assert all(not each.startswith("by") for each in names[1:])


@pytest.mark.parametrize("strange", ["offerby", "of", "theirs", "of4", "4by", "by4"])
def test_an_index_of_somebody_else_has_one_shard(strange: str) -> None:
    assert shards_in(strange) == 1


# -- the merge ---------------------------------------------------------------------------------


@given(
    shards=st.lists(st.sets(st.integers(0, 200), max_size=40), min_size=2, max_size=6),
    limit=st.integers(1, 30),
)
def test_a_merge_knows_the_newest_items_after_two_rounds(
    shards: list[set[int]], limit: int
) -> None:
    """However uneven they are; items are told apart by their shard, too."""
    every = sorted((f"{n:03d}#{of}" for of, each in enumerate(shards) for n in each), reverse=True)
    merge = Merge([Shard(str(of)) for of in range(len(shards))])
    rounds, asked = 0, share(limit, len(shards))
    while asking := merge.hiding(limit + 1):
        merge.take(asking, [answer(every, each, asked) for each in asking])
        rounds, asked = rounds + 1, limit + 1 - len(merge.known)
    assert rounds <= 2
    known = [each["_sort"]["S"] for each in merge.known]
    assert known[: limit + 1] == every[: limit + 1]


def answer(every: list[str], shard: Shard, limit: int) -> dict[str, Any]:
    left = [each for each in every if each.endswith(f"#{shard.partition}") and each < shard.last]
    found = [{"_sort": {"S": each}} for each in left[:limit]]
    return {"Items": found, **({"LastEvaluatedKey": found[-1]} if len(found) == limit else {})}


def test_each_shard_is_asked_for_a_little_more_than_its_part() -> None:
    assert [share(25, 4), share(25, 16), share(100, 4), share(1, 16)] == [13, 6, 36, 2]


# -- on the engine -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(ministack: str) -> "Iterator[DynamoDBClient]":
    """Of an engine whose table has the indexes of every number of shards."""
    with closing(boto3.client("dynamodb", endpoint_url=ministack)) as patient:
        names = [name for number in NUMBERS for name in indexes_in(number, FILTERS)]
        patient.create_table(**table_with("Shards", names))
    with closing(patient_client(ministack)) as client:
        yield client


def store_of(client: "DynamoDBClient", *shards: int, **more: Any) -> DynamoDBStore:
    return patient_store(client, "Shards", FILTERS, *shards, **more)


@pytest.fixture(scope="module")
def crowd(client: "DynamoDBClient") -> Scope:
    """An owner of many items, several a millisecond, all with the keys of every number."""
    scope, drawn = Scope("todos", uuid.uuid4().hex), random.Random(1)  # noqa: S311
    store = store_of(client, *NUMBERS)
    for n in range(ITEMS):
        position = Position(NOON + drawn.randrange(MILLISECONDS), str(uuid.uuid4()))
        values = {"completed": n % 3 == 0, "priority": drawn.randrange(3), "colour": "red"}
        store.create(scope, position, {**values, "id": position.id}, f"t{n}", None)
    return scope


@pytest.mark.parametrize("limit", [25, 100])
@pytest.mark.parametrize("filters", [{}, {"completed": True}], ids=["all", "filtered"])
def test_every_page_is_that_of_one_shard(
    client: "DynamoDBClient", crowd: Scope, filters: dict[str, Scalar], limit: int
) -> None:
    one = walked(store_of(client, 1), crowd, filters, limit)
    assert sum(len(page.items) for page in one) in (ITEMS, -(-ITEMS // 3))
    for number in NUMBERS[1:]:
        found = walked(store_of(client, number), crowd, filters, limit)
        assert found == one
        assert [page.position(0) for page in found if page.items] == [
            page.position(0) for page in one if page.items
        ]


@pytest.mark.parametrize("limit", [25, 100])
def test_several_filters_find_what_those_of_one_shard_do(
    client: "DynamoDBClient", crowd: Scope, limit: int
) -> None:
    filters: dict[str, Scalar] = {"completed": True, "priority": 1}
    one, *others = (
        items(walked(store_of(client, number), crowd, filters, limit)) for number in NUMBERS
    )
    assert one
    assert others == [one, one]


def test_a_cursor_means_the_same_in_any_number_of_shards(
    client: "DynamoDBClient", crowd: Scope
) -> None:
    stores = [store_of(client, number) for number in NUMBERS]
    expected = items(walked(stores[0], crowd, {}, 100))
    found, after, turn = [], None, 0
    while turn == 0 or after:
        page = stores[turn % len(stores)].list(crowd, {}, 25, after)
        found += page.items
        after, turn = page.next, turn + 1
    assert found == expected


@pytest.mark.hypothesis
def test_a_store_with_shards_does_what_the_model_does(client: "DynamoDBClient") -> None:
    """With the keys of another number beside them, as on the way to it."""
    store = store_of(client, 4, 1)

    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(store)

    fewer = settings(PROFILE, max_examples=max(1, PROFILE.max_examples // 4))
    run_state_machine_as_test(Machine, settings=fewer)


def test_a_page_holds_no_more_than_1_mb(client: "DynamoDBClient") -> None:
    """Of items that each shard would have room for."""
    scope = Scope("todos", uuid.uuid4().hex)
    store = store_of(client, 16, shown={"todos": ("text", "completed", "priority", "colour")})
    ids = [str(uuid.uuid4()) for _ in range(9)]
    for n, id in enumerate(ids):
        store.create(scope, Position(NOON + n, id), {"text": "x" * 300_000}, f"t{n}", None)
    found = walked(store, scope, {}, 100)
    assert [len(page.items) for page in found] == [3, 3, 3]
    assert 3 * 300_000 < MOST_PAGE_BYTES < 4 * 300_000
    assert [item.values["id"] for page in found for item in page.items] == ids[::-1]


def test_a_round_of_queries_that_could_outlast_the_function_is_not_begun(
    client: "DynamoDBClient", crowd: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks again may find shards that are quicker."""
    monkeypatch.setattr("service.stores.sharded._LAST_ROUND_SECONDS", -1)
    hurried = ShardedStore(client, "Shards", FILTERS, shards=[4])
    with pytest.raises(StoreUnavailable, match="too long"):
        hurried.list(crowd, {}, 25, None)


def test_a_missing_index_is_a_deploy_on_its_way(client: "DynamoDBClient") -> None:
    with pytest.raises(StoreUnavailable, match="index: of2byCreated"):
        store_of(client, 2).list(ANN, {}, 10, None)


def walked(
    store: DynamoDBStore, scope: Scope, filters: Mapping[str, Scalar], limit: int
) -> list[Page]:
    return pages(lambda after: store.list(scope, filters, limit, after))
