"""Whatever is taken away of what protects an operation turns a cell of the matrix red."""

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import service.callers
import service.functions
import service.operations
from service.stores import OWNER, Scope
from tests.access import table
from tests.access.doors import gateway_door, service_door
from tests.access.matrix import Matrix
from tests.access.senders import METER, NOBODY, ROLE, ann, makers
from tests.access.table import Sender, at_gateway, at_service
from tests.contracts import CLUB, SIGNED_IN

PATH = "/todos/{id}"


def few(path: Path) -> list[Sender]:
    """As many as it takes."""
    whole = ann(path)
    less = [replace(whole, name=each, scopes=whole.scopes - {each}) for each in whole.scopes]
    everybody = [NOBODY, whole, replace(whole, name="another", owner="bob"), *less, METER, ROLE]
    return [replace(each, key=key) for each in everybody for key in ("", "good")]


def at_the_service(path: Path, folder: Path, red: str) -> list[str]:
    """The cells of the path that a cell, in words, is about."""
    with service_door(path, folder, []) as door:
        matrix = Matrix(path, door, at_service, makers(path))
        return matrix.unexpected(few(path), [row for row in matrix.rows if row.path in red.split()])


def through_the_gateway(
    path: Path, folder: Path, edit: Callable[[Any], object], red: str
) -> list[str]:
    with gateway_door(path, folder, [], edit) as door:
        matrix = Matrix(path, door, at_gateway, makers(path))
        return matrix.unexpected(few(path), [row for row in matrix.rows if row.path in red.split()])


def without_scopes(event: Any, needed: frozenset[str]) -> Any:
    return REAL(event, needed=needed - needed)


REAL = service.callers._person


def test_without_the_services_own_look_at_scopes_one_of_two_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = "POST /todos by todos/read, no item: 2xx, not 403"
    assert red not in at_the_service(SIGNED_IN, tmp_path, red)
    monkeypatch.setattr(service.callers, "_person", without_scopes)
    assert red in at_the_service(SIGNED_IN, tmp_path, red)


OWNERS = {
    "operations": "GET /notes by another with a good key, no item: 2xx, with what is another's"
    ", not 2xx",
    "functions": "POST /notes/{noteId}/pin by the person, own item: 404, not 2xx",
}


@pytest.mark.parametrize(("module", "red"), OWNERS.items(), ids=OWNERS)
def test_without_the_owner_everybody_sees_everything(
    module: str, red: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        getattr(service, module),
        "scope_in",
        lambda _, collection: Scope(collection.name, OWNER),
    )
    assert red in at_the_service(CLUB, tmp_path, red)


def opened(path: str, method: str) -> Callable[[Any], object]:
    return lambda document: document["paths"][path][method].update(security=[])


EDITS: dict[str, tuple[Path, Callable[[Any], object], str]] = {
    "one authorizer": (
        SIGNED_IN,
        opened(PATH, "delete"),
        "DELETE /todos/{id} by nobody, another item: 500, not 401",
    ),
    "HEAD's security": (
        SIGNED_IN,
        opened(PATH, "head"),
        "HEAD /todos/{id} by nobody, another item: 500, not 401",
    ),
    "the security of a method that is not declared": (
        SIGNED_IN,
        opened("/todos", "put"),
        "PUT /todos by nobody, no item: 405, not 401",
    ),
    "a key": (CLUB, opened("/visits", "get"), "GET /visits by nobody, no item: 2xx, not 403"),
    "a signature": (
        CLUB,
        opened("/readings/{id}", "patch"),
        "PATCH /readings/{id} by nobody, another item: 500, not 403",
    ),
}


@pytest.mark.parametrize(("path", "edit", "said"), EDITS.values(), ids=EDITS)
def test_what_the_import_document_lacks_is_seen(
    path: Path, edit: Callable[[Any], object], said: str, tmp_path: Path
) -> None:
    assert said in through_the_gateway(path, tmp_path, edit, said)


def test_the_table_knows_nothing_of_what_it_is_held_against() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(Path(table.__file__).read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [each.name for each in node.names]
            imported |= {node.module or ""} if isinstance(node, ast.ImportFrom) else {*names}
    assert imported == {
        "collections.abc",
        "dataclasses",
        "functools",
        "pathlib",
        "typing",
        "ruamel.yaml",
    }


def test_the_table_reads_who_may_call_from_the_yaml() -> None:
    by_id = {row.id: row for row in table.rows(CLUB) if row.method != "head"}
    assert by_id["listNotes"].person == frozenset({"club/read"})
    assert (by_id["listNotes"].key, by_id["listNotes"].owned) == (True, True)
    assert by_id["createReading"].service
    assert by_id["pinNote"].owned
    assert not by_id["createNews"].owned
    assert by_id["getHealth"].person is None
    every = {(row.path, row.method) for row in table.rows(SIGNED_IN)}
    assert {("/todos", "head"), ("/todos", "put"), (PATH, "head"), (PATH, "post")} < every
