"""Whatever fields a collection is asked for with: it is served."""

import json
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.check import check, examined
from infra.new.collection import IDS, Wish, wish
from infra.new.contract import added, as_text, begun
from infra.new.fields import TYPES, Field, Misused, filtered
from infra.new.words import pascal, words_of
from service.application import create_app
from service.contract.document import Document, parse
from service.contract.model import Contract
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.client import Client

FEW = settings().max_examples // 8
"""Each contract takes a while to make."""

NAMES = st.from_regex(r"[a-z]{3,8}([A-Z][a-z]{1,6}|_[a-z]{2,6}|[0-9])?", fullmatch=True)
ASKED = {
    "string": ["", "(1)", "(255)", "(90000)"],
    "text": ["", "(300)"],
    "integer": ["", "(0,0)", "(-5,3000000000)", "(7,9)", "=4"],
    "number": ["", "(0,1.5)", "(-3,-2)"],
    "boolean": ["", "=true"],
    "date": ["", "=2026-02-28"],
    "enum": ["(a,b)", "(on,no,1)", "(a b,é)", "(x,y)=y"],
}
"""What may stand behind a type."""


@st.composite
def fields(draw: st.DrawFn) -> str:
    type = draw(st.sampled_from(list(TYPES)))
    bounds, default, value = draw(st.sampled_from(ASKED.get(type, [""]))).partition("=")
    marks = "" if default else draw(st.sampled_from(["", "!", "?", "!?", "[]", "[]!"]))
    return f"{draw(NAMES)}:{type}{bounds}{marks}{default}{value}"


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """A collection with some of the filters that it can have."""
    name = draw(st.sampled_from(["books", "bookOrders", "news", "api-keys", "input"]))
    texts = draw(st.lists(fields(), min_size=1, max_size=6, unique_by=_schema_name))
    made = wish(name, texts, [], "uuid", "id")
    filters = [each.name for each in made.fields if can_filter(each) and draw(st.booleans())]
    return wish(name, texts, filters, draw(st.sampled_from(IDS)), "id")


def _schema_name(text: str) -> str:
    return pascal(words_of(text.partition(":")[0]))


def can_filter(field: Field) -> bool:
    try:
        filtered(field)
    except Misused:
        return False
    return True


@settings(max_examples=FEW, suppress_health_check=list(HealthCheck))
@given(wishes())
def test_every_collection_is_created_shown_listed_filtered_and_changed(asked: Wish) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "contract.json")
        file.write_bytes(as_text(begun([asked], "Anything"), ".json"))
        contract = check(file)
        assert examined(file).warnings == ()
        with closing(SQLiteStore(Path(folder, "items.db"), contract.filters)) as store:
            handler = create_handler(create_app(contract, store), lambda _: None)
            is_served(asked, contract, Client(handler, contract=contract))


def is_served(asked: Wish, contract: Contract, client: Client) -> None:
    schemas = contract.document.data["components"]["schemas"]
    item = schemas[next(name for name in schemas if f"{name}Input" in schemas)]
    names = [each.name for each in asked.fields]
    body = {name: item["example"][name] for name in names}
    created = client.post(asked.path, body)
    assert created.status == 201, created.body
    assert {name: created.json[name] for name in names} == body
    path = created.headers["location"].removeprefix("/prod")
    assert client.get(path).json == created.json
    least = {each.name: body[each.name] for each in asked.fields if each.required}
    assert client.post(asked.path, least).status == 201
    for name in asked.filters:
        value = body[name] if isinstance(body[name], str) else json.dumps(body[name])
        listed = client.get(f"{asked.path}?{urlencode({name: value})}")
        assert created.json["id"] in [each["id"] for each in listed.json["items"]]
    assert client.get(f"{asked.path}?limit=1").json["count"] == 1
    changes = next(each for name, each in schemas.items() if name.endswith("Changes"))["example"]
    changed = client.put(path, changes)
    assert changed.json == created.json | changes | {"updatedAt": changed.json["updatedAt"]}
    assert client.delete(path).status == 204


@settings(max_examples=FEW, suppress_health_check=list(HealthCheck))
@given(wishes())
def test_yaml_holds_it_all(asked: Wish) -> None:
    data = begun([asked], "Anything")
    assert parse(as_text(data, ".yaml"), ".yaml").data == data


def test_two_additions_are_one_of_two() -> None:
    one, other = (wish(name, ["name:string!"], [], "uuid", "id") for name in ("ones", "others"))
    begun_with_both = begun([one, other], "Anything")
    in_turn = added(Document(begun([one], "Anything")), [other]).data
    in_turn["info"] = begun_with_both["info"]
    assert json.dumps(in_turn) == json.dumps(begun_with_both)
