"""Races: many clients of one item or key, at one server or at two that share a file."""

import random
from collections.abc import Sequence
from contextlib import ExitStack
from uuid import uuid4

from tests.soak.ground import Api, Effort, Ground, at_once, in_turn, told
from tests.soak.tally import Tally

THREADS = 16
"""In a whole run, as many increments of each, and as many keys."""
INCREMENTS = 25
KEYS = 50


def lost_updates(ground: Ground, effort: Effort) -> Tally:
    """Threads count up one item, each change made to the version read: every one of them counts."""
    tally = Tally()
    for _ in effort.rounds():
        _count_up([ground.shared.port], effort, tally)
    return tally


def repeated_creates(ground: Ground, effort: Effort) -> Tally:
    """Threads send the same requests with the same keys: one item a key."""
    tally = Tally()
    for _ in effort.rounds():
        _repeat([ground.shared.port], effort, tally)
    return tally


def two_servers(ground: Ground, effort: Effort) -> Tally:
    """Both races, half of the threads at either of two servers of one file."""
    tally, file = Tally(), ground.folder / "two.db"
    with ExitStack() as stack:
        ports = [stack.enter_context(ground.server(file)).port for _ in range(2)]
        for _ in effort.rounds():
            _count_up(ports, effort, tally)
            _repeat(ports, effort, tally)
    return tally


def _count_up(ports: Sequence[int], effort: Effort, tally: Tally) -> None:
    threads, increments = effort.of(THREADS, 4), effort.of(INCREMENTS, 3)
    with Api(ports[0]) as api:
        path = f"/todos/{api.ask('POST', '/todos', {'title': '0'}).json['id']}"

        def count(number: int) -> list[str]:
            with in_turn(ports, number) as own:
                return [_increment(own, path, tally) for _ in range(increments)]

        tags = [tag for each in at_once(count, threads) for tag in each]
        counted, wanted = int(api.ask("GET", path).json["title"]), threads * increments
    tally.lost += [f"an update of {path}"] * (wanted - counted)
    tally.expect(len(set(tags)) == wanted, f"two versions of {path} have one tag")


def _increment(api: Api, path: str, tally: Tally) -> str:
    """The tag of the version that this made. Being refused as stale is a fault survived."""
    while True:
        read = api.ask("GET", path)
        title = str(int(read.json["title"]) + 1)
        condition = {"If-Match": read.headers["etag"]}
        answer = api.ask("PUT", path, {"title": title}, condition)
        if answer.status != 412:
            tally.hold(answer.status == 200, f"an update was answered {told(answer)}")
            return answer.headers.get("etag", "")
        tally.survive(True)


def _repeat(ports: Sequence[int], effort: Effort, tally: Tally) -> None:
    run = uuid4().hex
    keys = [f"{run}-{number}" for number in range(effort.of(KEYS, 4))]

    def create(number: int) -> dict[str, str]:
        with in_turn(ports, number) as api:
            return {key: _create(api, key, tally) for key in random.sample(keys, len(keys))}

    made = at_once(create, effort.of(THREADS, 4))
    for key in keys:
        ids = {each[key] for each in made}
        tally.expect(len(ids) == 1, f"{len(ids)} items were made with the key {key}")


def _create(api: Api, key: str, tally: Tally) -> str:
    answer = api.ask("POST", "/todos", {"title": key}, {"Idempotency-Key": key})
    tally.hold(answer.status == 201, f"a repeated create was answered {told(answer)}")
    return str(answer.json["id"])
