"""The access matrix of a contract: who may call each operation, and whose items it reaches."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import orjson

from service.contract.model import Contract, Operation
from service.contract.security import Access, Kind

CALLERS = ("nobody", "key", "person", "service")
"""The callers in the columns: the last two have a key, and a person has every scope."""

_ANSWERED = "yes"


@dataclass(frozen=True)
class Row:
    """One operation, or the methods that a path does not declare: `id` is empty then."""

    methods: str
    path: str
    id: str
    access: Access
    items: str
    """`own`, `everyone`, or empty if there is no collection."""

    @property
    def asks(self) -> str:
        """What it asks of callers, in words."""
        asked = {None: [], Kind.SERVICE: ["a service"], Kind.PERSON: ["a person"]}
        found = list(asked[self.access.caller])
        if self.access.scopes:
            found[0] += f" with {', '.join(self.access.scopes)}"
        return " and ".join([*found, *(["a key"] if self.access.key else [])]) or "anybody"

    def answer(self, caller: str) -> str:
        """What a caller gets: `yes`, or the status of a refusal."""
        if self.access.caller is Kind.PERSON and caller != "person":
            return "401"
        if self.access.caller is Kind.SERVICE and caller != "service":
            return "403"
        if self.access.key and caller == "nobody":
            return "403"
        return _ANSWERED if self.id else "405"


def rows(contract: Contract) -> list[Row]:
    """The rows in the contract's order, and after each path's operations all other methods."""
    found: dict[str, list[Row]] = {}
    for operation in contract.operations.values():
        found.setdefault(operation.path, []).append(_row(contract, operation))
    return [row for path, each in found.items() for row in (*each, _others(contract, path))]


def as_json(contract: Contract) -> bytes:
    """The matrix as one JSON object on one line."""
    members = [
        {
            "methods": row.methods.split(", ") if row.id else [],
            "path": row.path,
            "operationId": row.id or None,
            "caller": row.access.caller,
            "scopes": row.access.scopes,
            "key": row.access.key,
            "items": row.items or None,
            "answers": {caller: row.answer(caller) for caller in CALLERS},
        }
        for row in rows(contract)
    ]
    return orjson.dumps({"title": contract.title, "operations": members})


def told(contract: Contract) -> str:
    """The matrix as a table for a terminal."""
    table = [tuple(each.upper() for each in _COLUMNS), *_cells(contract)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "".join(f"{line}\n" for line in _lines(table, widths)) + f"\n{_NOTE}\n"


def as_html(contract: Contract) -> bytes:
    """The same table for the reference, in the classes of Swagger UI's style sheet."""
    head = _html_row("th", _COLUMNS)
    body = "".join(_html_row("td", each) for each in _cells(contract))
    return (
        '<details class="wrapper"><summary>Who may call what</summary>'
        '<div class="overflow-x-auto" role="region" aria-label="Who may call what" tabindex="0">'
        f"<table><thead>{head}</thead><tbody>{body}</tbody></table></div>"
        f"<p>{escape(_NOTE)}</p></details>"
    ).encode()


_COLUMNS = ("methods", "path", "asks for", "items", *CALLERS)
_NOTE = """\
KEY, PERSON and SERVICE send a key, and PERSON has every scope. 401: sign in, or ask for a scope.
403: these credentials do not allow it. 405: no such method. Somebody else's item is answered like
a missing one."""


def _cells(contract: Contract) -> list[tuple[str, ...]]:
    return [
        (row.methods, row.path, row.asks, row.items or "-", *map(row.answer, CALLERS))
        for row in rows(contract)
    ]


def _html_row(tag: str, cells: tuple[str, ...]) -> str:
    """Swagger UI keeps cells close together; `pr3` is room to the right."""
    padded = (f'<{tag}><span class="pr3">{escape(each)}</span></{tag}>' for each in cells)
    return f"<tr>{''.join(padded)}</tr>"


def _lines(table: list[tuple[str, ...]], widths: list[int]) -> Iterator[str]:
    for row in table:
        padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _row(contract: Contract, operation: Operation) -> Row:
    method = operation.method.upper()
    methods = "GET, HEAD" if method == "GET" else method
    items = ""
    if (collection := _reached(contract, operation)) is not None:
        items = "own" if contract.collections[collection].owned else "everyone"
    return Row(methods, operation.path, operation.id, operation.access, items)


def _reached(contract: Contract, operation: Operation) -> str | None:
    """The collection that an operation belongs to, by its path."""
    above = [
        name
        for name, each in contract.collections.items()
        if f"{operation.path}/".startswith(f"{each.path}/")
    ]
    return max(above, key=len, default=None)


def _others(contract: Contract, path: str) -> Row:
    return Row("others", path, "", contract.undeclared(path), "")
