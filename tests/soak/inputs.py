"""Inputs: what no client should send, and every text that one may."""

import random
from collections.abc import Iterator
from itertools import product
from string import ascii_letters, digits

from tests.fuzz.raw_requests import ROWS, exchange
from tests.soak.ground import Api, Effort, Ground, told
from tests.soak.tally import Tally

FIELDS = ("id", "createdAt", "updatedAt", "_token", "_scope", "_sort", "owner")
"""What the service writes, or nobody."""

TEXTS = 40
"""Of a round."""


def bad_requests(ground: Ground, effort: Effort) -> Tally:
    """Bytes that no HTTP library sends, JSON that is none, bodies that are too large or deep."""
    tally, url = Tally(), f"http://127.0.0.1:{ground.shared.port}"
    for _ in effort.rounds():
        for name, sent, status in ROWS:
            got, _headers, problem = exchange(url, sent)
            well = got == status and (problem is None or status < 400 or problem["status"] == got)
            tally.refuse(well, f"{name} got {got} instead of {status}")
    with Api(ground.shared.port) as api:
        answer = api.ask("GET", "/todos?limit=1")
        tally.hold(answer.status == 200, f"afterwards a list got {told(answer)}")
    return tally


def server_fields(ground: Ground, effort: Effort) -> Tally:
    """A client that sends what the service writes is refused, whatever it does with it."""
    tally = Tally()
    with Api(ground.shared.port) as api:
        path = f"/todos/{api.ask('POST', '/todos', {'title': 'Mine'}).json['id']}"
        for _ in effort.rounds():
            for name, (method, target) in product(FIELDS, (("POST", "/todos"), ("PUT", path))):
                answer = api.ask(method, target, {"title": "Mine", name: "5f0c6b1e"})
                tally.refuse(answer.status == 400, f"{method} with {name} got {told(answer)}")
        tally.hold("createdAt" in api.ask("GET", path).json, "the item is gone")
    return tally


def texts(ground: Ground, effort: Effort) -> Tally:
    """Text of any characters comes back as it was sent; surrogates and NUL are refused."""
    tally, chance = Tally(), random.Random(16)  # noqa: S311
    with Api(ground.shared.port) as api:
        for _ in effort.rounds():
            for _ in range(effort.of(TEXTS, 5)):
                _send_text(api, chance, tally)
            for bad in ("\\ud800", "\\udfff\\ud800", "\\u0000"):
                text = f'{{"title": "{bad}{chance.random()}"}}'
                answer = api.ask("POST", "/todos", text.encode())
                tally.refuse(answer.status == 400, f"{text} got {told(answer)}")
    return tally


def _send_text(api: Api, chance: random.Random, tally: Tally) -> None:
    sent = {"title": f"a{_text(chance, 199)}", "description": _text(chance, 2000)}
    made = api.ask("POST", "/todos", sent)
    if tally.hold(made.status == 201, f"{sent} got {told(made)}"):
        read = api.ask("GET", f"/todos/{made.json['id']}").json
        tally.hold({name: read[name] for name in sent} == sent, f"{sent} became {read}")


def _text(chance: random.Random, most: int) -> str:
    """Any characters but NUL and surrogates, half of them of few alphabets."""
    ranges = ((1, 0xD7FF), (0xE000, 0x10FFFF), (1, 0x7F), (0x300, 0x36F), (0x1F300, 0x1FAFF))
    size = chance.randrange(most)
    return "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(size))


def cursors(ground: Ground, effort: Effort) -> Tally:
    """A cursor that was changed is refused, or leads on in the same list."""
    tally = Tally()
    with Api(ground.shared.port) as api:
        for _ in range(2):
            api.ask("POST", "/todos", {"title": "Mine"})
        changed = list(_changed(api.ask("GET", "/todos?limit=1").json["next"]))
        for number in effort.rounds():
            for each in changed if effort.part >= 1 else changed[number::50]:
                answer = api.ask("GET", f"/todos?limit=1&cursor={each}")
                shows = answer.status == 200 and len(answer.json["items"]) < 2
                well = shows or (answer.status == 400 and answer.json["status"] == 400)
                tally.refuse(well, f"the cursor {each} got {told(answer)}")
    return tally


def _changed(cursor: str) -> Iterator[str]:
    """With one character changed, left out, or doubled."""
    for place, character in enumerate(cursor):
        before, after = cursor[:place], cursor[place + 1 :]
        for other in ascii_letters + digits + "-_":
            if other != character:
                yield f"{before}{other}{after}"
        yield before + after
        yield f"{before}{character}{character}{after}"
