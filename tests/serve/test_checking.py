"""`todo-api check` ends in a line for each fault, whatever the file holds."""

import copy
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.check import as_json, examined, told, told_faults
from service.contract.document import read
from tests.contracts import LIBRARY, TODOS

PETS = {"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": {}}
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n"
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


def checked(file: Path) -> str:
    """What is told of a file, "" if it is served. Anything but a report is a fault of ours."""
    report = examined(file)
    text = told(file, report)
    assert text.replace("\n", "").isprintable()
    assert all(each.kind != "contract" for each in report.findings)
    assert orjson.loads(as_json(report)).keys() == {"operations", "faults"}
    return told_faults(Path(file.name), report)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.yaml", b"", "c.yaml: The file holds no mapping"),
        ("empty.json", b"", "c.json:1: Not well-formed JSON"),
        ("list.json", b"[1]", "c.json: The file holds no mapping"),
        ("bytes.yaml", b"a: \x00\xff", "c.yaml: Not well-formed YAML"),
        ("bytes.json", b"\xff\x00", "c.json:1: Not well-formed JSON"),
        ("utf16.yaml", "a: 1".encode("utf-16"), "c.yaml: Not well-formed YAML"),
        ("bomb.yaml", BOMB.encode(), "c.yaml: The file unfolds to more than 500,000 values"),
        ("itself.yaml", b"openapi: 3.0.3\nx-a: &a {b: *a}", "c.yaml:1: OpenAPI 3.0"),
        ("deep.yaml", b"a: " + b"[" * 200 + b"]" * 200, "c.yaml:1: The file is nested more than"),
        ("deeper.yaml", b"a: " + b"[" * 999, "c.yaml: The file is nested more than 100 deep"),
        ("deep.json", b'{"a":' * 200 + b"1" + b"}" * 200, "c.json: a.a.a.a.a: The file is nested"),
        ("deeper.json", b"[" * 9999, "c.json:1: Not well-formed JSON"),
        ("large.json", b'"' + b"x" * 10_000_000, "c.json: The file is larger than 6,000,000"),
        ("large.yaml", b"a: b\n" * 2_000_000, "c.yaml: The file is larger than 1,000,000"),
        ("digits.yaml", b"a: " + b"9" * 5000, "c.yaml: Not well-formed YAML"),
        ("infinite.yaml", b"a: .inf", "c.yaml:1: A number is a date or another value that JSON"),
        ("surrogate.yaml", b'a: "\\ud800"', "c.yaml:1: '\\ud800' is a date or another value"),
        ("tag.yaml", b"a: !!python/object:os.system x", "c.yaml:1: 'x' is a date or another"),
        ("twice.yaml", b"200: a\n'200': b", "c.yaml:2: '200' appears twice here"),
        ("anchors.yaml", b"a: &x 1\nb: &x 2\nopenapi: 2", "c.yaml:3: The version 2 is not 3.0"),
        ("version.json", b'{"openapi": [3]}', "c.json: openapi: The version [3] is not 3.0"),
    ],
)
def test_whatever_the_file_holds_a_line_tells_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    file = tmp_path / f"c{Path(name).suffix}"
    file.write_bytes(content)
    assert checked(file).startswith(said)


def test_a_folder_is_no_contract(tmp_path: Path) -> None:
    assert "It cannot be read: Is a directory." in checked(tmp_path)


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ({"/pets": {"get": {}}}, 'c.json: paths./pets.get: OpenAPI 3.0: "responses" is a required'),
        ({"/pets": None}, 'c.json: paths./pets: OpenAPI 3.0: null is not of type "object"'),
        (
            {"/pets": {"get": {"responses": {"200": {"$ref": "#/info/title"}}}}},
            "c.json: paths./pets.get.responses.200: The reference '#/info/title' leads to what may",
        ),
        (
            {"/pets": {"get": {"responses": {"200": {"$ref": "#/nowhere"}}}}},
            "c.json: paths./pets.get.responses.200: There is nothing at #/nowhere.",
        ),
    ],
)
def test_in_json_the_keys_that_lead_to_it_are_the_place_of_a_fault(
    tmp_path: Path, paths: Any, said: str
) -> None:
    (tmp_path / "c.json").write_bytes(orjson.dumps({**PETS, "paths": paths}))
    assert checked(tmp_path / "c.json").startswith(said)


@pytest.mark.parametrize(
    "place",
    [
        ("paths", "/todos", "get", "responses", "200", "content", "application/json"),
        ("paths", "/todos/{id}", "get", "responses", "200", "content", "application/json"),
        ("paths", "/todos", "post", "requestBody", "content", "application/json"),
        ("components", "responses", "Problem", "content", "application/problem+json"),
        ("components", "parameters", "TodoId"),
    ],
    ids=" ".join,
)
def test_a_schema_that_openapi_leaves_out_is_asked_for(tmp_path: Path, place: Any) -> None:
    document = read(TODOS)
    document.at(place).pop("schema")
    document.at(place)["example"] = {}
    (tmp_path / "c.json").write_bytes(orjson.dumps(document.data))
    where = ".".join(place)
    assert checked(tmp_path / "c.json").startswith(f"c.json: {where}: ")


@cache
def contract_data(path: Path) -> Any:
    return read(path).data


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document but the top."""
    if place:
        yield place
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*place, key))


VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**19, "", "x", "\u2028", [], {}, [None], {"x": None}),
    *({"$ref": at} for at in ("#/info", "#/paths", "#/info/title", "#/", "x", 5, None)),
    *({"properties": {"a": {"allOf": [{"not": {}}]}}}, {"allOf": [{}]}, {"enum": [{}]}),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_no_change_of_a_contract_ends_in_anything_but_a_refusal(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    data = copy.deepcopy(contract_data(chance.choice([TODOS, LIBRARY])))
    *way, last = chance.choice(list(places(data)))
    node: Any = data
    for key in way:
        node = node[key]
    if chance.random() < 0.3:
        del node[last]
    else:
        node[last] = chance.choice(VALUES)
    (tmp_path / "c.json").write_bytes(orjson.dumps(data))
    checked(tmp_path / "c.json")
