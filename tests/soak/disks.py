"""Disks: one that is full, and a file that another program keeps locked."""

import resource
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from threading import Event

from tests.forked_servers import Forked
from tests.servers import Answer
from tests.soak.ground import Api, Effort, Ground, at_once, told
from tests.soak.tally import Tally
from tests.writers import kept

DETAILS = "x" * 2000
MOST_CREATES = 2000
"""More than fit into what little room is left."""
ROOM = 200_000
"""Bytes by which no file may grow further."""

WRITERS = 4
LOCKED_SECONDS = (3, 8)
"""A write waits 7 s for its turn: the one lock it outwaits, of the other it is told."""


def full_disk(ground: Ground, effort: Effort) -> Tally:
    """Files may not grow: writes are refused, reads go on, and all is well with more room.

    A limit of the process stands for the end of the disk: SQLite gets EFBIG, where that gives
    ENOSPC.
    """
    tally, file = Tally(), ground.folder / "full.db"
    acknowledged: list[str] = []
    with ground.server(file) as server:
        for _ in effort.rounds():
            acknowledged += _fill(server, file, tally)
    tally.lost += sorted({*acknowledged} - kept(file))
    return tally


def _fill(server: Forked, file: Path, tally: Tally) -> list[str]:
    """The ids of what was acknowledged."""
    infinite = resource.RLIM_INFINITY
    found: list[str] = []
    most = max(each.stat().st_size for each in file.parent.glob(f"{file.name}*")) + ROOM
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, infinite))
    with Api(server.port) as api:
        while (answer := _create(api)).status == 201 and len(found) < MOST_CREATES:
            found.append(answer.json["id"])
        tally.expect(_is_outage(answer), f"a create without room got {told(answer)}")
        for id in found[-10:]:
            read = api.ask("GET", f"/todos/{id}")
            tally.hold(read.status == 200, f"a get without room got {told(read)}")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (infinite, infinite))
        answer = _create(api)
        if tally.survive(answer.status == 201, f"a create with room again got {told(answer)}"):
            found.append(answer.json["id"])
    tally.held += len(found)
    return found


def locked_file(ground: Ground, effort: Effort) -> Tally:
    """Another program holds the lock: writes wait or are told so in time, and reads go on."""
    tally, file = Tally(), ground.folder / "locked.db"
    acknowledged: list[str] = []
    with ground.server(file) as server:
        for number in effort.rounds():
            whole = LOCKED_SECONDS[number % 2]
            acknowledged += _lock(server, file, whole if effort.part >= 1 else 0.2, tally)
    tally.lost += sorted({*acknowledged} - kept(file))
    return tally


def _lock(server: Forked, file: Path, seconds: float, tally: Tally) -> list[str]:
    """The ids of what was acknowledged."""
    over = Event()

    def write() -> list[str]:
        found = []
        with Api(server.port) as api:
            while not over.is_set():
                answer = _create(api)
                if answer.status == 201:
                    found.append(answer.json["id"])
                else:
                    tally.expect(_is_outage(answer), f"a create got {told(answer)}")
        return found

    def read() -> list[str]:
        try:
            with Api(server.port) as api:
                _read_while_it_is_locked(api, file, seconds, tally)
                answer = _create(api)
        finally:
            over.set()
        good = tally.survive(answer.status == 201, f"a create afterwards got {told(answer)}")
        return [answer.json["id"]] if good else []

    works = [read, *[write] * WRITERS]
    acknowledged = [id for ids in at_once(lambda n: works[n](), len(works)) for id in ids]
    tally.held += len(acknowledged)
    return acknowledged


def _read_while_it_is_locked(api: Api, file: Path, seconds: float, tally: Tally) -> None:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=300)) as other:
        other.execute("BEGIN IMMEDIATE")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            answer = api.ask("GET", "/todos?limit=5")
            tally.hold(answer.status == 200, f"a list got {told(answer)}")


def _create(api: Api) -> Answer:
    return api.ask("POST", "/todos", {"title": "Kept", "description": DETAILS})


def _is_outage(answer: Answer) -> bool:
    return answer.status == 503 and int(answer.headers["retry-after"]) > 0
