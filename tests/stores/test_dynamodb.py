"""What goes over the wire to DynamoDB, one request an operation."""

import json
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from service.stores import Item, ItemMissing, ItemTooLarge, Page, Position, Scope, StoreUnavailable
from service.stores.client import create_client
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import index_name, table_definition
from tests.engines import patient_client
from tests.stores.conftest import FILTERS
from tests.stores.wire import serving

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANN = Scope("todos", "ann")
NOON = 1_700_000_000_000
VALUES = {"title": "Milk", "completed": False, "priority": 1, "colour": None}


@pytest.fixture
def table(ministack: str) -> Iterator[str]:
    """The name of an empty table."""
    name = f"Items-{uuid.uuid4()}"
    with closing(boto3.client("dynamodb", endpoint_url=ministack)) as patient:
        patient.create_table(**table_definition(name, FILTERS))
        yield name
        patient.delete_table(TableName=name)


@pytest.fixture
def client(ministack: str) -> "Iterator[DynamoDBClient]":
    with closing(patient_client(ministack)) as client:
        yield client


@pytest.fixture
def store(client: "DynamoDBClient", table: str) -> DynamoDBStore:
    return DynamoDBStore(client, table, FILTERS)


@pytest.fixture
def requests(client: "DynamoDBClient") -> list[str]:
    """The names of the operations sent, in order."""
    sent: list[str] = []
    client.meta.events.register(
        "before-send.dynamodb", lambda request, **_: sent.append(_operation(request))
    )
    return sent


def test_every_operation_is_one_request_and_none_is_a_scan(
    store: DynamoDBStore, requests: list[str]
) -> None:
    store.create(ANN, Position(NOON, "1"), VALUES, "t1", "request")
    store.create(ANN, Position(NOON, "1"), VALUES, "t2", "request")
    store.get(ANN, "1")
    store.update(ANN, "1", {"title": "Tea"}, "t3", ["t1"])
    store.list(ANN, {}, 10, None)
    store.list(ANN, {"completed": False}, 10, None)
    store.list(ANN, {"completed": False, "priority": 1}, 10, None)
    store.delete(ANN, "1", ["t3"], ["t1", "t2"])
    assert requests == [
        "PutItem", "PutItem", "GetItem", "UpdateItem", "Query", "Query", "Query", "DeleteItem"
    ]  # fmt: skip


def test_a_get_is_consistent(store: DynamoDBStore, client: "DynamoDBClient") -> None:
    """Without it a caller might not see the write that was just acknowledged."""
    asked: list[bool] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.GetItem",
        lambda params, **_: asked.append(params["ConsistentRead"]),
    )
    with pytest.raises(ItemMissing):
        store.get(ANN, "1")
    assert asked == [True]


def test_an_item_is_kept_under_its_own_names_beside_the_services(
    store: DynamoDBStore, client: "DynamoDBClient", table: str
) -> None:
    store.create(ANN, Position(NOON, "1"), VALUES, "t1", "fingerprint")
    assert stored(client, table, "1") == {
        "id": {"S": "1"},
        "title": {"S": "Milk"},
        "completed": {"BOOL": False},
        "priority": {"N": "1"},
        "colour": {"NULL": True},
        "_scope": {"S": '["todos","ann"]'},
        "_token": {"S": "t1"},
        "_request": {"S": "fingerprint"},
        "_sort": {"S": "001700000000000#1"},
        "_byCreated": {"S": '["todos","ann"]'},
        "_byCompleted": {"S": '["todos","ann","completed",false]'},
        "_byPriority": {"S": '["todos","ann","priority",1]'},
    }


def test_an_update_moves_the_item_to_the_index_of_its_new_value(
    store: DynamoDBStore, client: "DynamoDBClient", table: str
) -> None:
    store.create(ANN, Position(NOON, "1"), VALUES, "t1", None)
    store.update(ANN, "1", {"completed": True, "priority": None}, "t2", None)
    found = stored(client, table, "1")
    assert found["_byCompleted"] == {"S": '["todos","ann","completed",true]'}
    assert "_byPriority" not in found
    assert found["_request"] == {"S": "t1"}


def test_an_id_of_another_name_keeps_both_names(store: DynamoDBStore) -> None:
    store.create(ANN, Position(NOON, "1"), {"bookId": "1"}, "t1", None)
    assert store.get(ANN, "1").values == {"bookId": "1", "id": "1"}


def test_an_id_that_can_be_no_key_is_missing(store: DynamoDBStore) -> None:
    for id in ("", "x" * 1001):
        with pytest.raises(ItemMissing):
            store.get(ANN, id)


def test_a_whole_float_is_found_as_the_integer_it_is(store: DynamoDBStore) -> None:
    store.create(ANN, Position(NOON, "1"), {**VALUES, "priority": 1.0}, "t1", None)
    assert len(store.list(ANN, {"priority": 1}, 10, None).items) == 1


def test_true_and_one_are_two_filter_values(store: DynamoDBStore) -> None:
    store.create(ANN, Position(NOON, "1"), {**VALUES, "priority": True}, "t1", None)
    assert store.list(ANN, {"priority": 1}, 10, None).items == []


def test_no_owner_can_forge_the_list_of_another(store: DynamoDBStore) -> None:
    store.create(ANN, Position(NOON, "1"), VALUES, "t1", None)
    forged = Scope("todos", 'ann","completed",false]')
    assert store.list(forged, {}, 10, None) == Page([], None)


def test_several_filters_go_on_where_dynamodb_stopped(store: DynamoDBStore) -> None:
    for n in range(10):
        values = {**VALUES, "priority": n % 5}
        store.create(ANN, Position(NOON + n, str(n)), values, f"t{n}", None)
    filters = {"priority": 3, "completed": False}
    assert walk(store, filters, limit=2) == ["8", "3"]
    assert store.list(ANN, filters, 1, None) == Page([], Position(NOON + 9, "9"))


def test_an_item_older_than_a_property_counts_as_its_default(
    store: DynamoDBStore,
) -> None:
    older = {"completed": False, "priority": 1}
    store.create(ANN, Position(NOON, "1"), older, "t1", None)
    found = [
        len(store.list(ANN, {"completed": False, "colour": colour}, 10, None).items)
        for colour in ("none", "red")
    ]
    assert found == [1, 0]


def test_a_page_that_passes_a_megabyte_is_short_and_nothing_gets_lost(
    store: DynamoDBStore,
) -> None:
    for n in range(5):
        values = {**VALUES, "title": "x" * 390_000}
        store.create(ANN, Position(NOON + n, str(n)), values, f"t{n}", None)
    assert len(store.list(ANN, {}, 100, None).items) < 5
    assert walk(store, {}, limit=100) == ["4", "3", "2", "1", "0"]


def test_a_missing_table_is_named(client: "DynamoDBClient") -> None:
    with pytest.raises(StoreUnavailable, match="no table Elsewhere"):
        DynamoDBStore(client, "Elsewhere", FILTERS).get(ANN, "1")


def test_a_missing_index_is_a_deploy_on_its_way(client: "DynamoDBClient", table: str) -> None:
    store = DynamoDBStore(client, table, {"todos": {"dueOn": None}})
    with pytest.raises(StoreUnavailable, match="index: byDueOn"):
        store.list(ANN, {"dueOn": "2025-01-01"}, 10, None)


@pytest.mark.usefixtures("aws_environment")
def test_missing_credentials_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = create_client()
    with pytest.raises(StoreUnavailable, match="Unable to locate credentials"):
        DynamoDBStore(client, "Items", FILTERS).get(ANN, "1")
    client.close()


@pytest.mark.usefixtures("aws_environment")
def test_a_missing_region_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(StoreUnavailable, match="You must specify a region"):
        create_client()


def test_no_two_filters_share_an_index() -> None:
    filters = ["completed", "Completed", "created", "Created", "_x", "x"]
    assert index_name("completed") == "byCompleted"
    assert len({"byCreated", *map(index_name, filters)}) == len(filters) + 1


def stored(client: "DynamoDBClient", table: str, id: str) -> dict[str, Any]:
    return dict(client.get_item(TableName=table, Key={"id": {"S": id}})["Item"])


def walk(store: DynamoDBStore, filters: dict[str, Any], limit: int) -> list[str]:
    page = store.list(ANN, filters, limit, None)
    found = [item.values["id"] for item in page.items]
    while page.next:
        page = store.list(ANN, filters, limit, page.next)
        found += [item.values["id"] for item in page.items]
    return found


def _operation(request: Any) -> str:
    target: bytes | str = request.headers["X-Amz-Target"]
    return (target if isinstance(target, str) else target.decode()).partition(".")[2]


def test_an_item_grown_past_400_kb_is_told_as_too_large(store: DynamoDBStore) -> None:
    """Source: DynamoDB Developer Guide, "Quotas": item size."""
    item = store.create(ANN, Position(1, "1"), {"id": "1", "a": "x" * 390_000}, "t", None)
    with pytest.raises(ItemTooLarge):
        store.update(ANN, "1", {"b": "x" * 30_000}, "u", None)
    assert store.get(ANN, "1") == item


def test_what_an_update_removes_counts_as_its_default_in_one_request(
    store: DynamoDBStore, client: "DynamoDBClient", table: str, requests: list[str]
) -> None:
    values = {**VALUES, "colour": "red", "completed": True, "notes": "x"}
    store.create(ANN, Position(NOON, "1"), values, "t1", None)
    removed = ["colour", "completed", "priority", "notes"]
    item = store.update(ANN, "1", {"title": "Tea"}, "t2", None, removed=removed)
    assert item.values == {"id": "1", "title": "Tea"}
    assert requests == ["PutItem", "UpdateItem"]
    found = stored(client, table, "1")
    assert found["_byColour"] == {"S": '["todos","ann","colour","none"]'}
    assert found["_byCompleted"] == {"S": '["todos","ann","completed",false]'}
    assert not {"_byPriority", *removed} & found.keys()


def test_a_list_brings_nothing_but_what_it_shows(
    client: "DynamoDBClient", table: str, store: DynamoDBStore
) -> None:
    store.create(ANN, Position(NOON, "1"), VALUES, "t1", None)
    answers: list[Any] = []
    client.meta.events.register(
        "after-call.dynamodb.Query", lambda parsed, **_: answers.append(parsed)
    )
    narrow = DynamoDBStore(client, table, FILTERS, {"todos": ("title", "completed", "dueOn")})
    page = narrow.list(ANN, {"completed": False, "priority": 1}, 10, None)
    assert page.items == [Item({"id": "1", "title": "Milk", "completed": False}, "t1")]
    [item] = answers[0]["Items"]
    assert {*item} == {"id", "title", "completed", "_token", "_sort"}


@pytest.mark.parametrize(("properties", "length"), [(698, 4095), (699, 0)])
@pytest.mark.usefixtures("aws_environment")
def test_a_list_of_a_collection_with_too_many_properties_brings_all(
    properties: int, length: int
) -> None:
    """AWS: an expression has at most 4 KB. ministack would take seconds to read it."""
    shown = ["id", *(f"property {n}" for n in range(properties))]
    asked: list[int] = []
    with empty_engine() as endpoint, closing(patient_client(endpoint)) as client:
        client.meta.events.register(
            "provide-client-params.dynamodb.Query",
            lambda params, **_: asked.append(len(params.get("ProjectionExpression", ""))),
        )
        wide = DynamoDBStore(client, "Items", FILTERS, {"todos": shown})
        assert wide.list(ANN, {}, 10, None) == Page([], None)
    assert asked == [length]


@contextmanager
def empty_engine() -> Iterator[str]:
    """An engine that finds nothing, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"Items": []}')

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as endpoint:
        yield endpoint


def test_pages_go_on_after_what_was_brought(
    client: "DynamoDBClient", table: str, store: DynamoDBStore
) -> None:
    for n in range(5):
        store.create(ANN, Position(NOON + n, str(n)), VALUES, f"t{n}", None)
    narrow = DynamoDBStore(client, table, FILTERS, {"todos": ("title",)})
    assert walk(narrow, {}, limit=2) == ["4", "3", "2", "1", "0"]
    assert walk(narrow, {"completed": False, "priority": 1}, limit=2) == ["4", "3", "2", "1", "0"]


ONE_SHARD = [
    (
        'PutItem {"TableName":"Items","Item":{"title":{"S":"Milk"},"completed":{"BOOL":false},"pr'
        'iority":{"N":"1"},"id":{"S":"1"},"_scope":{"S":"[\\"todos\\",\\"ann\\"]"},"_token":{"S":"t1"'
        '},"_request":{"S":"r"},"_sort":{"S":"001700000000000#1"},"_byCreated":{"S":"[\\"todos\\",\\'
        '"ann\\"]"},"_byCompleted":{"S":"[\\"todos\\",\\"ann\\",\\"completed\\",false]"},"_byPriority":{'
        '"S":"[\\"todos\\",\\"ann\\",\\"priority\\",1]"},"_byColour":{"S":"[\\"todos\\",\\"ann\\",\\"colour\\'
        '",\\"none\\"]"}},"ConditionExpression":"attribute_not_exists(#id)","ExpressionAttributeNam'
        'es":{"#id":"id"},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}'
    ),
    'GetItem {"TableName":"Items","Key":{"id":{"S":"1"}},"ConsistentRead":true}',
    (
        'UpdateItem {"TableName":"Items","Key":{"id":{"S":"1"}},"ReturnValues":"ALL_NEW","Conditi'
        'onExpression":"#scope = :scope AND #token IN (:is0)","ExpressionAttributeNames":{"#scope'
        '":"_scope","#token":"_token","#0":"completed","#1":"priority","#2":"_token","#3":"_byCol'
        'our","#4":"_byCompleted","#5":"colour","#6":"_byPriority"},"ExpressionAttributeValues":{'
        '":scope":{"S":"[\\"todos\\",\\"ann\\"]"},":is0":{"S":"t1"},":0":{"BOOL":true},":1":{"NULL":t'
        'rue},":2":{"S":"t2"},":3":{"S":"[\\"todos\\",\\"ann\\",\\"colour\\",\\"none\\"]"},":4":{"S":"[\\"'
        'todos\\",\\"ann\\",\\"completed\\",true]"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD","'
        'UpdateExpression":"SET #0=:0,#1=:1,#2=:2,#3=:3,#4=:4 REMOVE #5,#6"}'
    ),
    (
        'Query {"TableName":"Items","IndexName":"byCreated","KeyConditionExpression":"#partition '
        '= :partition","ScanIndexForward":false,"Limit":26,"ExpressionAttributeNames":{"#partitio'
        'n":"_byCreated","#p0":"id","#p1":"title","#p2":"completed","#p3":"_token","#p4":"_sort"}'
        ',"ExpressionAttributeValues":{":partition":{"S":"[\\"todos\\",\\"ann\\"]"}},"ProjectionExpre'
        'ssion":"#p0,#p1,#p2,#p3,#p4"}'
    ),
    (
        'Query {"TableName":"Items","IndexName":"byCompleted","KeyConditionExpression":"#partitio'
        'n = :partition","ScanIndexForward":false,"Limit":26,"ExpressionAttributeNames":{"#partit'
        'ion":"_byCompleted","#p0":"id","#p1":"title","#p2":"completed","#p3":"_token","#p4":"_so'
        'rt"},"ExpressionAttributeValues":{":partition":{"S":"[\\"todos\\",\\"ann\\",\\"completed\\",tr'
        'ue]"}},"ProjectionExpression":"#p0,#p1,#p2,#p3,#p4","ExclusiveStartKey":{"id":{"S":"1"},'
        '"_byCompleted":{"S":"[\\"todos\\",\\"ann\\",\\"completed\\",true]"},"_sort":{"S":"001700000000'
        '000#1"}}}'
    ),
    (
        'Query {"TableName":"Items","IndexName":"byCompleted","KeyConditionExpression":"#partitio'
        'n = :partition","ScanIndexForward":false,"Limit":100,"ExpressionAttributeNames":{"#parti'
        'tion":"_byCompleted","#0":"priority","#p0":"id","#p1":"title","#p2":"completed","#p3":"_'
        'token","#p4":"_sort"},"ExpressionAttributeValues":{":partition":{"S":"[\\"todos\\",\\"ann\\"'
        ',\\"completed\\",true]"},":0":{"N":"1"}},"FilterExpression":"#0 = :0","ProjectionExpressio'
        'n":"#p0,#p1,#p2,#p3,#p4"}'
    ),
    (
        'DeleteItem {"TableName":"Items","Key":{"id":{"S":"1"}},"ConditionExpression":"#scope = :'
        'scope AND #token IN (:is0)","ExpressionAttributeNames":{"#scope":"_scope","#token":"_tok'
        'en"},"ExpressionAttributeValues":{":scope":{"S":"[\\"todos\\",\\"ann\\"]"},":is0":{"S":"t2"}'
        '},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}'
    ),
]
"""What a store sent before lists could have several shards, recorded from its code."""


@pytest.mark.usefixtures("aws_environment")
def test_without_shards_every_request_is_what_it_was_byte_for_byte() -> None:
    sent: list[str] = []
    with recording_engine(sent) as endpoint, closing(create_client(endpoint)) as client:
        store = DynamoDBStore(client, "Items", FILTERS, {"todos": ("title", "completed")})
        position = Position(NOON, "1")
        store.create(ANN, position, {"title": "Milk", "completed": False, "priority": 1}, "t1", "r")
        store.get(ANN, "1")
        changes = {"completed": True, "priority": None}
        store.update(ANN, "1", changes, "t2", ["t1"], removed=["colour"])
        store.list(ANN, {}, 25, None)
        store.list(ANN, {"completed": True}, 25, position)
        store.list(ANN, {"priority": 1, "completed": True}, 100, None)
        store.delete(ANN, "1", ["t2"])
    assert sent == ONE_SHARD


@contextmanager
def recording_engine(sent: list[str]) -> Iterator[str]:
    """An engine that has one item, and notes what it is asked."""
    item = {"id": {"S": "1"}, "_token": {"S": "t"}, "_scope": {"S": '["todos","ann"]'}}
    answers = {
        "Query": {"Items": []},
        "UpdateItem": {"Attributes": item},
        "GetItem": {"Item": item},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            operation = _operation(self)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(f"{operation} {body.decode()}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answers.get(operation, {})).encode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as endpoint:
        yield endpoint
