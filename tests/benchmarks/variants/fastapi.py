"""FastAPI on uvicorn, over the service's own SQLite tables: `app` is what uvicorn serves.

    DATABASE   the file, with its tables

It is spared entity tags, idempotency, filters, timestamps that are parsed, CORS, the gateway's
part and a log line. Each endpoint is a plain function, so FastAPI calls it in a thread; a
connection a thread and one writer at a time are what sqlite3 likes best.
"""
# FastAPI is in this variant's own venv only, so its types are unknown here.
# mypy: disable-error-code="import-not-found,misc,untyped-decorator"

import base64
import os
import sqlite3
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query

from tests.benchmarks.cases import SCOPE
from tests.benchmarks.variants.models import Todo, TodoChanges, TodoInput, TodoPage

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(min_length=32, max_length=32, pattern="^[A-Za-z0-9_-]{32}$")]

_LIST = """
    SELECT created, id, properties FROM items INDEXED BY by_created
    WHERE (collection, owner) = (?, ?) AND (created, id) < (?, ?)
    ORDER BY created DESC, id DESC LIMIT ?"""
_SELECT = "SELECT properties FROM items WHERE id = ? AND (collection, owner) = (?, ?)"
_INSERT = "INSERT INTO items VALUES (?, ?, ?, ?, '', NULL, ?)"
_UPDATE = "UPDATE items SET properties = ? WHERE id = ?"

app = FastAPI()
_thread = threading.local()
_turn = threading.Lock()


class Page(TodoPage):
    next: str | None = None


@app.get("/todos")
def list_todos(limit: Limit = 50, cursor: Cursor | None = None) -> Page:
    after = _position(cursor) if cursor else (2**63 - 1, "")
    rows = _database().execute(_LIST, (*SCOPE, *after, limit + 1)).fetchall()
    items = [Todo.model_validate_json(properties) for *_, properties in rows[:limit]]
    more = _cursor(*rows[limit - 1][:2]) if len(rows) > limit else None
    return Page(items=items, count=len(items), next=more)


@app.post("/todos", status_code=201)
def create_todo(new: TodoInput) -> Todo:
    now = time.time()
    stamp = _timestamp(now)
    todo = Todo(id=uuid.uuid4(), **new.model_dump(), createdAt=stamp, updatedAt=stamp)
    with _turn, _database() as database:
        row = (str(todo.id), *SCOPE, int(now * 1000), todo.model_dump_json())
        database.execute(_INSERT, row)
    return todo


@app.get("/todos/{id}")
def get_todo(id: uuid.UUID) -> Todo:
    return _find(_database(), id)


@app.put("/todos/{id}")
def update_todo(id: uuid.UUID, changes: TodoChanges) -> Todo:
    sent = changes.model_dump(exclude_unset=True)
    with _turn, _database() as database:
        todo = _find(database, id)
        todo = todo.model_copy(update={**sent, "updatedAt": _timestamp(time.time())})
        database.execute(_UPDATE, (todo.model_dump_json(), str(id)))
    return todo


def _database() -> sqlite3.Connection:
    """This thread's connection."""
    if not hasattr(_thread, "database"):
        _thread.database = sqlite3.connect(os.environ["DATABASE"])
        _thread.database.execute("PRAGMA journal_mode = WAL")
        _thread.database.execute("PRAGMA synchronous = FULL")
    database: sqlite3.Connection = _thread.database
    return database


def _find(database: sqlite3.Connection, id: uuid.UUID) -> Todo:
    row = database.execute(_SELECT, (str(id), *SCOPE)).fetchone()
    if row is None:
        raise HTTPException(404, "There is no such to-do")
    return Todo.model_validate_json(row[0])


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _cursor(created: int, id: str) -> str:
    raw = created.to_bytes(8, "big") + uuid.UUID(id).bytes
    return base64.urlsafe_b64encode(raw).decode()


def _position(cursor: str) -> tuple[int, str]:
    raw = base64.urlsafe_b64decode(cursor)
    return int.from_bytes(raw[:8], "big"), str(uuid.UUID(bytes=raw[8:]))
