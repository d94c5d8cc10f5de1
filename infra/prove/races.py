"""Races: many clients at once, whose responses some order has to explain."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier
from typing import TypeVar

from infra.prove import meanings, tags
from infra.prove.calls import Calls
from infra.prove.exchanges import Answer, Broken, Request, Unreachable
from infra.prove.lists import Lists
from infra.prove.orders import State, TooMany, explained
from infra.prove.play import Play
from infra.prove.steps import Planner, Step
from infra.prove.subjects import KEY, Subject
from service.contract.model import Operation
from service.stores import Values

CLIENTS = 16
_ROUNDS = 2
_CHURN = 8
"""How many steps each client takes while a list is walked."""

MakePlay = Callable[[], Play]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """One call of a race on one item, and its effect on the item."""

    subject: Subject
    operation: Operation
    request: Request
    accepted: tuple[list[str] | None, list[str]]
    changes: Values
    removed: Sequence[str]
    answer: Answer | None
    sent: float
    others: frozenset[str] = frozenset()
    """The tags in responses to writes."""

    @property
    def received(self) -> float:
        return math.inf if self.answer is None else self.answer.received

    @property
    def answered(self) -> bool:
        return self.answer is not None

    @property
    def writes(self) -> bool:
        succeeded = self.answer is None or self.answer.status == int(self.operation.success)
        return succeeded and self.operation.method != "get"

    def after(self, state: State) -> State | None:
        """The state after the call; without a response, the state if it was carried out."""
        if self.answer is not None and not self.writes:
            return state if self.answer.status == self._due(state) and self._fits(state) else None
        if self.operation.method == "delete" and state.values is None and self.answered:
            return state  # the service may have called its store twice
        if state.values is None or not self._accepts(state):
            return None
        if self.operation.method == "delete":
            return State(None, "")
        kept = {name: each for name, each in state.values.items() if name not in self.removed}
        after = State(kept | self.changes, (self.answer and self.answer.tag) or "")
        return after if self.answer is None or self._fits(after) else None

    def _due(self, state: State) -> int:
        if state.values is None:
            return 404
        if self.operation.method == "get":
            return int(self.operation.success)
        return int(self.operation.success) if self._accepts(state) else 412

    def _accepts(self, state: State) -> bool:
        """Whether the preconditions accept a state; an unseen tag differs from all seen ones."""
        wanted, unwanted = self.accepted
        if wanted is not None and not any(self._is(state, each) for each in wanted):
            return False
        return state.tag not in unwanted

    def _is(self, state: State, tag: str) -> bool:
        return tag == state.tag or (not state.tag and tag not in self.others)

    def _fits(self, state: State) -> bool:
        """Whether the response shows this state."""
        answer, shape = self.answer, self.operation.shown
        if state.values is None or answer is None or answer.status >= 300:
            return True
        if answer.tag is not None and not self._is(state, answer.tag):
            return False
        if shape is None or not answer.body:
            return True
        stamped = self.subject.collection.stamped_on_write
        due = meanings.shown(self.subject.collection, state.values, shape)
        due |= {name: meanings.UNBOUND for name in stamped if name in due}
        found = meanings.unwrapped(answer.json, shape)
        return found is not None and meanings.difference(due, found) is None


class Races:
    """Runs races on items of one subject, each on fresh items, in a play of its own."""

    def __init__(self, planner: Planner, subject: Subject, make_play: MakePlay) -> None:
        self.planner = planner
        self.subject = subject
        self.make_play = make_play
        self.undecided = 0
        """Races with too many orders."""

    @property
    def kinds(self) -> dict[str, Callable[[Play], None]]:
        """The kinds of races that the contract allows."""
        subject = self.subject
        found: dict[str, Callable[[Play], None]] = {}
        if subject.get and (subject.updates or subject.delete):
            found["writes"] = self.writes
        if subject.obeys(subject.create, KEY):
            found["repeats"] = self.repeats
        if subject.list and subject.identifies:
            found["walks"] = self.walks
        found["creates"] = self.creates
        return found

    def run(self, kind: str) -> None:
        """Raises Broken, Unreachable."""
        play = self.make_play()
        try:
            self.kinds[kind](play)
        except Broken as fault:
            fault.exchanges = fault.exchanges or list(play.calls.exchanges)
            fault.nonce = play.calls.nonce
            raise

    # -- one item ----------------------------------------------------------------------------------

    def writes(self, play: Play) -> None:
        """Sixteen clients read and write one item."""
        play.run([self._create()])
        (id,) = play.known.ids.values()
        record = play.known.model.records[id]
        first = State(dict(record.values), record.token)
        plans = [[self._write() for _ in range(_ROUNDS)] for _ in range(CLIENTS)]
        found = at_once(
            lambda n: list(self._client(play.calls, id, record.token, plans[n])), CLIENTS
        )
        last = self._called(play.calls, id, None, None)
        calls = [each for client in found for each in client]
        told = frozenset(each.answer.tag or "" for each in calls if each.answer and each.writes)
        calls = [replace(each, others=told | {first.tag}) for each in (*calls, last)]
        try:
            is_explained = explained(first, calls)
        except TooMany:
            self.undecided += 1
            return
        if not is_explained:
            raise Broken(
                f"{self.subject.name}: race of writes",
                f"No order of {len(calls)} calls on one item explains their responses: an update"
                " got lost, or a response shows what never existed.",
            )

    def _write(self) -> Step | None:
        """A random write; None for a get."""
        subject, random = self.subject, self.planner.random
        if subject.delete and random.random() < 0.05:
            return self.planner.delete(subject)
        return self.planner.update(subject) if subject.updates and random.random() < 0.8 else None

    def _client(
        self, calls: Calls, id: str, tag: str, steps: Sequence[Step | None]
    ) -> Iterator[Call]:
        """One client's calls; a write names the version that the client saw last, or none."""
        for step in steps:
            call = self._called(calls, id, step, tag)
            if call.answer is not None and call.answer.tag is not None:
                tag = call.answer.tag
            yield call

    def _called(self, calls: Calls, id: str, step: Step | None, tag: str | None) -> Call:
        subject = self.subject
        operation = subject.operations[step.operation] if step else subject.get
        if operation is None:
            raise LookupError("The collection has no get.")
        headers, accepted = calls.needed(operation), tags.accepted({})
        is_conditional = step is not None and "If-Match" in step.tags and tag
        if is_conditional and subject.obeys(operation, "If-Match"):
            headers["If-Match"] = f'"{tag}"'
            accepted = [tag or ""], []
        body = None
        if step is not None and operation.bodies:
            headers["Content-Type"] = step.media_type
            body = json.dumps(step.body, ensure_ascii=False).encode()
        request = Request(operation.method.upper(), subject.path(id), headers, body)
        sent = calls.now()
        answer = calls.answered(operation, request, repeats=step is None)
        changes, removed = meanings.effects(subject, operation, step) if step and body else ({}, [])
        return Call(subject, operation, request, accepted, changes, removed, answer, sent)

    # -- creates -----------------------------------------------------------------------------------

    def creates(self, play: Play) -> None:
        """Sixteen clients create one item each: none gets lost."""
        steps = [replace(self._create(), key=None) for _ in range(CLIENTS)]
        self._create_at_once(play, steps)
        self._expect_list(play)

    def repeats(self, play: Play) -> None:
        """Sixteen clients send the same create with the same key; sometimes with another body."""
        first = replace(self._create(), key=1)
        other = replace(self._create(), key=1, number=first.number)
        is_mixed = self.planner.random.random() < 0.5
        steps = [other if is_mixed and n % 3 == 0 else first for n in range(CLIENTS)]
        self._create_at_once(play, steps)
        self._expect_list(play)

    def _create_at_once(self, play: Play, steps: Sequence[Step]) -> None:
        subject, operation = self.subject, self.subject.create

        def create(n: int) -> Answer | None:
            request = play.create_request(steps[n], subject, operation)
            name = play.journal.begins(request) if steps[n].key is not None else None
            repeats = steps[n].key is not None
            answer = play.calls.answered(operation, request, repeats=repeats)
            if answer is not None and answer.status == int(operation.success):
                play.journal_created(subject, operation, answer)
            if name is not None:
                play.journal.ended(name)
            return answer

        answers = at_once(create, len(steps))
        # The successes show which body was first; only then can the others be judged.
        order = sorted(
            range(len(steps)),
            key=lambda n: getattr(answers[n], "status", 0) != int(operation.success),
        )
        play.known.in_order = False
        for n in order:
            answer = answers[n]
            if answer is None:
                play.lost += 1
            else:
                play.created(steps[n], subject, operation, answer)
        play.known.in_order = True

    def _expect_list(self, play: Play) -> None:
        if self.subject.list is not None:
            step = Step("list", self.subject.name, self.subject.list.id)
            play.lists.whole(step, self.subject, self.subject.list)

    # -- lists -------------------------------------------------------------------------------------

    def walks(self, play: Play) -> None:
        """One client walks through a list, the others play histories of their own."""
        operation = self.subject.list
        if operation is None:
            return
        play.run([self._create() for _ in range(5)])
        walks = [replace(self.planner.turn(self.subject), filters={}) for _ in range(3)]
        plays = [self.make_play() for _ in range(CLIENTS - 1)]
        histories = [self.planner.history(_CHURN) for _ in plays]

        def client(n: int) -> None:
            if n == len(plays):
                self._walk(play.lists, walks, operation)
            else:
                plays[n].run(histories[n])

        at_once(client, CLIENTS)

    def _walk(self, lists: Lists, walks: Sequence[Step], operation: Operation) -> None:
        for step in walks:
            lists.turn(step, self.subject, operation)
            while lists.walk is not None:
                lists.turn(step, self.subject, operation)

    def _create(self) -> Step:
        return self.planner.create(self.subject)


def at_once(work: Callable[[int], Result], clients: int) -> list[Result]:
    """The results of clients that begin at the same moment. Raises what the first one raises."""
    barrier = Barrier(clients)

    def start(n: int) -> Result:
        barrier.wait()
        return work(n)

    with ThreadPoolExecutor(clients) as pool:
        found = [pool.submit(start, n) for n in range(clients)]
    errors = [error for each in found if (error := each.exception()) is not None]
    for error in sorted(errors, key=lambda each: isinstance(each, Unreachable)):
        raise error
    return [each.result() for each in found]
