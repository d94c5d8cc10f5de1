"""The embedded store: one SQLite file, safe against power cuts and with many writers.

An item is a row; its properties are JSON text. Every list has an index that holds it in
order, so a page costs the same whatever the number of items. A filter's index is made when
the file is opened, over the items that are there already.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from . import (
    Filters,
    Groups,
    Item,
    ItemMissing,
    ItemTooLarge,
    KeyReused,
    Page,
    Position,
    Scalar,
    Scope,
    StoreUnavailable,
    TokenStale,
    Values,
)
from .fingerprints import is_fingerprint
from .sizes import Row, Sizes
from .sqlite_file import SQLiteFile

_FORMAT = 1
"""`user_version` of a file whose tables are these."""

_MARK = f"PRAGMA user_version = {_FORMAT}"

_TABLES = (
    """CREATE TABLE items (
        id TEXT NOT NULL PRIMARY KEY,
        collection TEXT NOT NULL,
        owner TEXT NOT NULL,
        created INTEGER NOT NULL,
        token TEXT NOT NULL,
        request TEXT,
        properties TEXT NOT NULL
    )""",
    "CREATE INDEX by_created ON items (collection, owner, created, id)",
    _MARK,
)

_INSERT = "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
_ROW = "properties, token, request, created, id"
_SELECT = f"SELECT {_ROW}, 1 FROM items WHERE id = ? AND (collection, owner) = (?, ?)"  # noqa: S608
_SELECT_ANY = f"SELECT {_ROW}, (collection, owner) = (?, ?) FROM items WHERE id = ?"  # noqa: S608
_UPDATE = "UPDATE items SET token = ?, properties = ? WHERE id = ?"
_DELETE = "DELETE FROM items WHERE id = ?"
_NEWEST = Position(2**63 - 1, "")


class SQLiteStore:
    """Items in the file at `path`, which is made if need be, with its folder.

    Raises StoreUnavailable if the file cannot be had or is something else, ValueError for
    a filter whose name SQLite cannot express as a path.
    """

    def __init__(self, path: Path, filters: Filters) -> None:
        self._collections = tuple(filters)
        self._sizes = Sizes(filters)
        self._expressions = {
            (collection, name): _expression(name, default)
            for collection, names in filters.items()
            for name, default in names.items()
        }
        self._file = SQLiteFile(path)
        self.groups: Groups = self._file
        try:
            with self._file.write() as database:
                self._make_tables(database)
                self._make_indexes(database)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. No call may be in progress."""
        self._file.close()

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        text = _json(values)
        self._check_size(scope, (text, token, request, *position, 1))
        row = (position.id, *scope, position.created, token, request, text)
        with self._file.write() as database:
            if database.execute(_INSERT, row).rowcount:
                return Item(values, token)
            old = self._find(database, scope, position.id)
        return _made_by(old, request, position.id)

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        with self._file.read() as database:
            row = database.execute(_SELECT_ANY, (*scope, id)).fetchone()
        return None if row is None else _made_by(row if row[5] else None, request, id)

    def get(self, scope: Scope, id: str) -> Item:
        with self._file.read() as database:
            row = self._find(database, scope, id)
        if row is None:
            raise ItemMissing(id)
        return _item(row)

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        with self._file.write() as database:
            old = self._expect(database, scope, id, expected, unexpected)
            values = orjson.loads(old[0]) | changes
            for name in removed:
                values.pop(name, None)
            text = _json(values)
            self._check_size(scope, (text, token, *old[2:]))
            database.execute(_UPDATE, (token, text, id))
        return Item(values, token)

    def delete(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
    ) -> None:
        with self._file.write() as database:
            self._expect(database, scope, id, expected, unexpected)
            database.execute(_DELETE, (id,))

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        names = tuple(n for c, n in self._expressions if c == scope.collection and n in filters)
        keys = [_key(filters[name]) for name in names]
        start = after or _NEWEST
        # The first filter's value is looked up in the index, the others' are compared row by row.
        values = (*keys[1:], scope.owner, *keys[:1], *start, limit + 1)
        with (
            self._file.read() as database,
            closing(database.execute(self._query(scope.collection, names), values)) as rows,
        ):
            read, stopped = self._sizes.page(scope, rows.fetchmany)
        more = stopped or len(read) > limit
        del read[limit:]
        found = [row for row in read if row[5]]
        return Page(
            [_item(row) for row in found],
            _position(read[-1]) if more else None,
            lambda n: _position(found[n]),
        )

    def _query(self, collection: str, names: tuple[str, ...]) -> str:
        expressions = [self._expressions[collection, name] for name in names]
        index, indexed = "by_created", ""
        if names:
            index = _index_name(collection, names[0], expressions[0])
            indexed = f"AND {expressions[0]} = ?"
        kept = " AND ".join(f"ifnull({each} = ?, 0)" for each in expressions[1:]) or "1"
        return f"""
            SELECT {_ROW}, {kept}
            FROM items INDEXED BY {_identifier(index)}
            WHERE collection = {_literal(collection)} AND owner = ? {indexed}
              AND (created, id) < (?, ?)
            ORDER BY created DESC, id DESC LIMIT ?"""  # noqa: S608 - of the contract only quoted literals, of the caller nothing

    def _expect(
        self,
        database: sqlite3.Connection,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str],
    ) -> Row:
        row = self._find(database, scope, id)
        if row is None:
            raise ItemMissing(id)
        token = row[1]
        if (expected is not None and token not in expected) or token in unexpected:
            raise TokenStale(id)
        return row

    def _find(self, database: sqlite3.Connection, scope: Scope, id: str) -> Row | None:
        row: Row | None = database.execute(_SELECT, (id, *scope)).fetchone()
        return row

    def _check_size(self, scope: Scope, row: Row) -> None:
        if self._sizes.is_too_large(scope, row):
            raise ItemTooLarge(row[4])

    def _make_tables(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == _FORMAT:
            # Written again: a file or a disk that is full is reported now, not to a client.
            database.execute(_MARK)
            return
        if version or database.execute("SELECT 1 FROM sqlite_schema").fetchone():
            raise StoreUnavailable(
                f"{self._file.path}: written by another program, or by another version of this"
                " one; move it away, or name another file"
            )
        for statement in _TABLES:
            database.execute(statement)

    def _make_indexes(self, database: sqlite3.Connection) -> None:
        """Make one index for each filter; if a default changes, its index is replaced."""
        wanted = {
            _index_name(collection, name, expression): (
                f"ON items (owner, {expression}, created, id) "
                f"WHERE collection = {_literal(collection)}"
            )
            for (collection, name), expression in self._expressions.items()
        }
        ours = tuple(f"filter/{collection}/" for collection in self._collections)
        for (name,) in database.execute("SELECT name FROM sqlite_schema").fetchall():
            if name.startswith(ours) and name not in wanted:
                database.execute(f"DROP INDEX {_identifier(name)}")
        for name, definition in wanted.items():
            database.execute(f"CREATE INDEX IF NOT EXISTS {_identifier(name)} {definition}")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _made_by(row: Row | None, request: str | None, id: str) -> Item:
    if row is None or not (row[2] and request and is_fingerprint(row[2], request)):
        raise KeyReused(id)
    return _item(row)


def _item(row: Row) -> Item:
    return Item(orjson.loads(row[0]), row[1])


def _position(row: Row) -> Position:
    return Position(row[3], row[4])


def _index_name(collection: str, name: str, expression: str) -> str:
    return f"filter/{collection}/{name}/{sha256(expression.encode()).hexdigest()[:8]}"


def _expression(name: str, default: Scalar | None) -> str:
    """SQL for a property as a key; if an older item lacks it, the default counts."""
    if not name.isprintable() or '"' in name or "\\" in name:
        raise ValueError(f"SQLite has no path to a property named {name!r}: it cannot be a filter")
    path = _literal(f"$.{_identifier(name)}")
    return (
        f"CASE ifnull(json_type(properties, {path}), 'missing')"
        f" WHEN 'missing' THEN {'NULL' if default is None else _literal(_key(default))}"
        f" WHEN 'true' THEN {_literal(_key(True))} WHEN 'false' THEN {_literal(_key(False))}"
        f" WHEN 'text' THEN json_extract(properties, {path}, {path})"
        f" ELSE json_extract(properties, {path}) END"
    )


def _key(value: Scalar) -> str | int | bytes:
    """A filter's value as SQLite compares it, which has no booleans.

    `json_extract` cuts a single string off at U+0000, but not two strings, returned as an array.
    """
    if isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    return _json([value, value]) if isinstance(value, str) else value


def _literal(key: str | int | bytes) -> str:
    match key:
        case bytes():
            return f"x'{key.hex()}'"
        case int():
            return str(key)
        case str():
            return "'" + key.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
