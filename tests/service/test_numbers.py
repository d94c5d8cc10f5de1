"""An integer has 64 bits and is kept exactly; `type: number` is a double."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.published import published
from infra.site import site
from service.contract.document import read
from tests.client import Client, Reply
from tests.contracts import LIBRARY, load

BOOK = {"name": "x", "genre": "poetry", "pages": 1}
OUTSIDE = [
    "9223372036854775808", "-9223372036854775809", "999999999999999999999999999999",
    "9.3e18", "-1e30", "18446744073709551616",
]  # fmt: skip
INSIDE = [
    ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ("9007199254740993", 2**53 + 1), ("-9.223372036854775808e18", -(2**63)), ("1e18", 10**18),
    ("36028797018963968.0", 2**55),
]  # fmt: skip


def acquire(library: Client, name: str, value: str) -> Reply:
    raw = f'{json.dumps(BOOK)[:-1]}, "{name}": {value}}}'
    return library.request("POST", "/books", raw=raw)


@pytest.mark.parametrize("text", OUTSIDE)
def test_an_integer_outside_of_64_bits_is_400(library: Client, text: str) -> None:
    for name, value, pointer in (
        ("copies", text, "/copies"),
        ("reprints", f"[1, {text}]", "/reprints/1"),
        ("size", f'{{"height": {text}}}', "/size/height"),
    ):
        reply = acquire(library, name, value)
        assert (reply.status, reply.errors[0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("text", [*OUTSIDE, "9" * 30, "9" * 5000])
def test_a_parameter_outside_of_64_bits_is_400(library: Client, text: str) -> None:
    reply = library.get(f"/books?copies={text}")
    assert (reply.status, reply.errors[0]["name"]) == (400, "copies")


@pytest.mark.parametrize(("text", "value"), INSIDE)
def test_an_integer_of_64_bits_comes_back_as_it_was_sent(
    library: Client, text: str, value: int
) -> None:
    reply = acquire(library, "copies", text)
    assert reply.json["copies"] == value
    assert f'"copies":{value},' in reply.body
    found = library.get(f"/books?copies={value}").json["items"]
    assert found == [reply.json]


def test_a_number_is_the_nearest_double(library: Client) -> None:
    for text in ("123456789012345678901234567890", "0.1", "1e300", "3.613168490437023e+16"):
        assert acquire(library, "price", text).json["price"] == float(text)


def test_the_bounds_of_every_number_are_published(tmp_path: Path) -> None:
    """In JSON and in YAML, so that what clients and fuzzing are made of agrees with the service."""
    document = load(LIBRARY).document
    files = site(LIBRARY, document)
    (tmp_path / "openapi.yaml").write_bytes(files["/openapi.yaml"].body)
    in_yaml: Any = read(tmp_path / "openapi.yaml").data
    assert json.loads(files["/openapi.json"].body) == in_yaml == document.data
    book = in_yaml["components"]["schemas"]["Book"]["properties"]
    bounds = {"format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1}
    assert book["copies"] == {"type": "integer", **bounds}
    assert book["reprints"]["items"] == {"type": "integer", **bounds}
    assert book["pages"]["maximum"] == 2**31 - 1
    assert book["price"]["format"] == "double"
    assert "# A contract in other words" in files["/openapi.yaml"].body.decode()


def test_a_contract_that_says_all_is_published_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(LIBRARY.read_text("utf-8"), "utf-8")
    assert published(file, read(file)) == file.read_bytes()
