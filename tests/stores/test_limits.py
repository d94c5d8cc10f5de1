"""Both stores keep and refuse the same: the engine says whether we count as it does."""

import uuid
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stores import Item, ItemTooLarge, Position, Scope, Store
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import whole
from service.stores.limits import MOST_ITEM_BYTES, MOST_PAGE_BYTES, MOST_WRITTEN, item_bytes
from service.stores.sizes import Sizes
from tests.stores.conftest import FILTERS, TABLE
from tests.stores.test_promises import documents

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOON = 1_700_000_000_000
TOKEN = "pMVLTQVC7hVdDbLSXqN7WQ"

SHAPES: dict[str, dict[str, Any]] = {
    "nothing else": {},
    "text": {"ascii": "abc", "two bytes": "ü" * 9, "four": "😀" * 9, "control": "\1" * 9, "": ""},
    "numbers": {
        "integers": [0, 1, 10, 99, 100, 101, 12300, 2**63 - 1, -1, -10, -100, -(2**63)],
        "floats": [0.5, 0.05, 1.25, 12.5, 1e-7, 1.5e100, -0.1, 3.141592653589793, 1e125],
    },
    "numbers beyond its reach": {"n": [5e-324, 1e300]},
    "constants": {"true": True, "false": False, "null": None},
    "lists and maps": {"l": [], "m": {}, "deep": [[{"a": [1, {"b": None}]}, "x"], {"ü": {"": []}}]},
    "filters": {"completed": True, "priority": 1, "colour": 'it\'s "1"\n'},
    "no entry in an index": {"colour": None},
    "an id of another name": {"bookId": "1"},
}


@pytest.fixture
def scope() -> Scope:
    return Scope("todos", uuid.uuid4().hex)


def size(scope: Scope, position: Position, values: dict[str, Any]) -> int:
    return item_bytes(whole(scope, FILTERS["todos"], position, values, TOKEN, TOKEN))


def padded(scope: Scope, position: Position, values: dict[str, Any], to: int) -> dict[str, Any]:
    """With as much text as makes the item that large."""
    values = {"id": position.id, **values, "pad": ""}
    return {**values, "pad": "x" * (to - size(scope, position, values))}


def new(n: int = 0) -> Position:
    return Position(NOON + n, uuid.uuid4().hex)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_item_of_400_kb_is_kept_and_one_byte_more_is_not(
    store: Store, scope: Scope, shape: str
) -> None:
    """AWS: Quotas in Amazon DynamoDB, item size."""
    position, other = new(), new()
    largest = padded(scope, position, SHAPES[shape], MOST_ITEM_BYTES)
    assert store.create(scope, position, largest, TOKEN, None) == Item(largest, TOKEN)
    larger = padded(scope, other, SHAPES[shape], MOST_ITEM_BYTES + 1)
    with pytest.raises(ItemTooLarge):
        store.create(scope, other, larger, TOKEN, None)


def test_an_item_grows_to_400_kb_and_not_by_one_byte_more(store: Store, scope: Scope) -> None:
    position = new()
    store.create(scope, position, {"id": position.id}, TOKEN, None)
    grown = padded(scope, position, {}, MOST_ITEM_BYTES)
    item = store.update(scope, position.id, {"pad": grown["pad"]}, TOKEN, None)
    with pytest.raises(ItemTooLarge):
        store.update(scope, position.id, {"pad": grown["pad"] + "x"}, TOKEN, None)
    assert store.get(scope, position.id) == item


@pytest.mark.parametrize(("total", "first"), [(MOST_PAGE_BYTES - 1, 3), (MOST_PAGE_BYTES + 1, 2)])
def test_a_page_stops_before_the_item_that_passes_1_mb(
    store: Store, scope: Scope, total: int, first: int
) -> None:
    """AWS: Query, LastEvaluatedKey."""
    for n, large in enumerate((350_000, 350_000, total - 700_000)):
        position = new(n)
        store.create(scope, position, padded(scope, position, {}, large), TOKEN, None)
    page = store.list(scope, {}, 100, None)
    assert len(page.items) == first
    assert (page.next is None) == (first == 3)


def test_1_mb_are_counted_before_the_second_filter(store: Store, scope: Scope) -> None:
    for n in range(6):
        position = new(n)
        shape = {"completed": False, "priority": n % 2}
        values = padded(scope, position, shape, 300_000)
        store.create(scope, position, values, TOKEN, None)
    page = store.list(scope, {"completed": False, "priority": 1}, 100, None)
    assert [item.values["priority"] for item in page.items] == [1, 1]
    page = store.list(scope, {"completed": False, "priority": 1}, 100, page.next)
    assert [item.values["priority"] for item in page.items] == [1]


def test_whoever_takes_less_than_a_page_goes_on_after_what_was_taken(
    store: Store, scope: Scope
) -> None:
    for n in range(6):
        position = new(n)
        values = {"id": position.id, "completed": False, "priority": n % 2, "n": n}
        store.create(scope, position, values, TOKEN, None)
    for filters, seen in (({}, [3, 2, 1, 0]), ({"completed": False, "priority": 1}, [1])):
        page = store.list(scope, filters, 6, None)
        rest = store.list(scope, filters, 6, page.position(1))
        assert [item.values["n"] for item in rest.items] == seen


@given(documents, st.sampled_from([None, True, 7, "none", '\1"ü😀']), st.text(max_size=8))
def test_a_size_is_never_estimated_too_low(notes: Any, colour: Any, owner: str) -> None:
    sizes, scope = Sizes(FILTERS), Scope("todos", owner)
    for values in ({"notes": notes}, {"notes": notes, "colour": colour, "priority": colour}):
        row = (orjson.dumps(values).decode(), TOKEN, None, NOON, "1", 1)
        assert sizes.at_most(scope, [row]) >= sizes.exactly(scope, row)


@pytest.mark.parametrize("removing", [False, True])
def test_an_update_sets_and_removes_300_attributes(
    store: Store, scope: Scope, removing: bool
) -> None:
    """The token and the key of a filter count. ministack holds an expression to 4,096 bytes."""
    position = new()
    names = [f"property {n}" for n in range(MOST_WRITTEN - 3)]
    values = {"id": position.id, "completed": False, **dict.fromkeys(names, 1)}
    store.create(scope, position, values, TOKEN, None)
    half = len(names) // 2 if removing else len(names)
    changes = {"completed": True, **dict.fromkeys(names[:half], 2)}
    item = store.update(scope, position.id, changes, TOKEN, None, removed=names[half:])
    assert item.values == {"id": position.id, **changes}


def test_a_list_takes_every_filter_that_a_table_has_an_index_for(
    dynamodb: "DynamoDBClient", scope: Scope
) -> None:
    """The first has its index; 18 stand in an expression, of which ministack takes 4,096 bytes."""
    filters = {"completed": False, **{f"{'x' * 30}{n}": False for n in range(18)}}
    store = DynamoDBStore(dynamodb, TABLE, {"todos": filters})
    position = new()
    store.create(scope, position, {"id": position.id}, TOKEN, None)
    assert len(store.list(scope, filters, 100, None).items) == 1
