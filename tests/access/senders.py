"""Everybody who sends requests in the matrix of one contract."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.access.doors import FLAWED
from tests.access.table import Sender, rows, scopes

NOBODY = Sender("nobody")
METER = Sender("a service", "service", "AIDAUSER")
ROLE = Sender("a role of services", "service", "AROAROLE")


def ann(path: Path) -> Sender:
    """She has made what is there, and may do everything that people may."""
    return Sender("the person", "person", "ann", scopes(path))


def makers(path: Path) -> dict[str, Sender]:
    return {"person": replace(ann(path), key="good"), "service": replace(METER, key="good")}


def people(path: Path) -> Iterator[Sender]:
    """Another one, and herself with each scope alone, and with every one but one."""
    every = scopes(path)
    yield ann(path)
    yield replace(ann(path), name="another person", owner="bob")
    yield replace(ann(path), name="the person without a scope that counts",
                  scopes=frozenset({"openid", "x/read"}))  # fmt: skip
    for scope in sorted(every):
        yield replace(ann(path), name=f"the person without {scope}", scopes=every - {scope})
        if len(every) > 2:
            yield replace(ann(path), name=f"the person with {scope}", scopes=frozenset({scope}))


def senders(path: Path) -> list[Sender]:
    """Everybody with and without a key, where a contract asks for anything; some with bad ones."""
    asked = rows(path)
    if not any(row.person or row.service or row.key for row in asked):
        return [NOBODY, ann(path), METER]
    everybody = [NOBODY, *people(path), METER, ROLE]
    found = [replace(each, key=key) for each in everybody for key in ("", "good")]
    if any(row.key for row in asked):
        few = (NOBODY, ann(path), METER)
        found += [replace(each, key=key) for each in few for key in ("revoked", "made up")]
    return found


def flawed(path: Path) -> list[Sender]:
    """Those of whom an event says what no gateway lets through."""
    return [
        replace(METER if "pool" in flaw else ann(path), name=f"somebody with {flaw}", flaw=flaw)
        for flaw in FLAWED
    ]
