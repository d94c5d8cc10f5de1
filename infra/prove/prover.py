"""The prover: histories and races in turn, until the time is up or a fault is found."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from infra.prove.calls import Calls, Settings
from infra.prove.connection import Patient
from infra.prove.exchanges import Broken
from infra.prove.journal import Journal
from infra.prove.play import Play
from infra.prove.races import Races
from infra.prove.samples import NoSample
from infra.prove.script import script
from infra.prove.shrinking import SECONDS, shrunk
from infra.prove.steps import Planner, Step
from infra.prove.subjects import Subject, subjects
from service.contract.model import Contract
from service.contract.security import Kind

_REPETITIONS = 5
"""How often a failed race is run again."""


@dataclass
class Fault:
    """Something that an API does differently from what its contract means."""

    what: str
    reason: str
    script: str
    seen: str
    """How often it was seen, in how many runs."""


@dataclass
class Outcome:
    """The result. Without a fault the contract is kept, as far as was checked."""

    seed: int
    requests: int = 0
    histories: int = 0
    races: int = 0
    undecided: int = 0
    """Races with too many orders to try."""
    throttled: int = 0
    unanswered: int = 0
    lost: int = 0
    """Creates without a response, and without a key to repeat them with."""
    lag: float = 0.0
    """The longest that a list did not show a write, in seconds."""
    skipped: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Paths of items that cannot be deleted."""
    fault: Fault | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {"kept": self.is_kept, **asdict(self)}

    @property
    def is_kept(self) -> bool:
        """Whether something was checked, and no fault found."""
        return self.fault is None and self.histories > 0


@dataclass(frozen=True)
class Wishes:
    """What to prove, and for how long."""

    seed: int
    seconds: float
    settings: Settings = field(default_factory=Settings)
    leaves: bool = False
    """Whether items that cannot be deleted may be created."""
    callers: int = 0
    """The number of people who call."""
    has_key: bool = False
    shrinking: float = SECONDS


class Prover:
    """Proves one API. `tell` is given lines of progress; `clock` returns the seconds."""

    def __init__(
        self,
        contract: Contract,
        api: Patient,
        url: str,
        journal: Journal,
        wishes: Wishes,
        tell: Callable[[str], object] = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.contract = contract
        self.api = api
        self.url = url
        self.journal = journal
        self.wishes = wishes
        self.tell = tell
        self.clock = clock
        self.outcome = Outcome(wishes.seed)
        self.subjects = self._subjects()
        self._plays: list[Play] = []
        self._told = self._began = clock()

    def run(self) -> Outcome:
        """Prove it. Raises Unreachable."""
        try:
            number = 0
            while self.subjects and self.outcome.fault is None and not self._is_over():
                number += 1
                self._history(Random(f"{self.wishes.seed}-{number}"))
                if self.outcome.fault is None:
                    self._race(number)
                self._progress()
        finally:
            self._close()
        self.journal.done()
        return self.outcome

    def _is_over(self) -> bool:
        return self.clock() - self._began >= self.wishes.seconds and self.outcome.races > 0

    def _subjects(self) -> list[Subject]:
        found = []
        for each in subjects(self.contract, self.wishes.settings.contract_only):
            if (reason := self._unprovable(each)) is not None:
                self._skip(each.name, reason)
                continue
            try:
                self._planner([each], Random(0)).history()
            except NoSample as error:
                self._skip(each.name, str(error))
            else:
                found.append(each)
        proven = {each.name for each in found}
        for name in self.contract.collections.keys() - proven:
            if not any(each.startswith(f"{name}:") for each in self.outcome.skipped):
                self._skip(name, "no rule creates its items")
        return found

    def _unprovable(self, subject: Subject) -> str | None:
        accesses = [each.access for each in subject.operations.values()]
        if any(each.caller is Kind.SERVICE for each in accesses):
            return "services call it, whose requests are signed"
        if any(each.caller for each in accesses) and not self.wishes.callers:
            return "people call it; --as NAME=ENVVAR says who"
        if any(each.key for each in accesses) and not self.wishes.has_key:
            return "it asks for a key; --key ENVVAR has it"
        if subject.delete is None and not self.wishes.leaves:
            return "nothing can delete its items; --leave proves it all the same"
        return None

    def _skip(self, name: str, reason: str) -> None:
        self.outcome.skipped.append(f"{name}: {reason}")
        self.tell(f"/{name} is left out: {reason}")

    # -- plays -------------------------------------------------------------------------------------

    def _planner(self, chosen: Sequence[Subject], random: Random) -> Planner:
        return Planner(self.contract.document, chosen, random, self.wishes.callers)

    def _play(self) -> Play:
        nonce = f"prove-{uuid.uuid4().hex[:16]}"
        calls = Calls(self.api, self.contract.document, self.wishes.settings, nonce)
        play = Play(calls, self.subjects, self.contract.filters, self.journal)
        self._plays.append(play)
        return play

    def _close(self) -> None:
        """Delete what all plays have made, and add up what they saw."""
        while self._plays:
            play = self._plays[-1]
            self.outcome.left += play.close()
            self.outcome.lag = max(self.outcome.lag, play.lists.lag)
            self.outcome.lost += play.lost
            self._plays.pop()
        self.outcome.requests = self.api.requests
        self.outcome.throttled = self.api.throttled
        self.outcome.unanswered = self.api.unanswered

    def _history(self, random: Random) -> None:
        chosen = random.sample(self.subjects, min(len(self.subjects), random.randint(1, 2)))
        steps = self._planner(chosen, random).history()
        self.outcome.histories += 1
        fault = self._played(steps)
        if fault is None:
            return
        self.tell(f"{fault.reason} Looking for the shortest way to show it …")
        shortest, came_back = shrunk(steps, fault, self._played, self.wishes.shrinking)
        seen = "every time" if came_back else "once: played again, the same steps did not show it"
        self._found(shortest, seen)

    def _played(self, steps: Sequence[Step]) -> Broken | None:
        play = self._play()
        try:
            play.run(steps)
        except Broken as fault:
            fault.nonce = play.calls.nonce
            return fault
        finally:
            self._close()
        return None

    def _race(self, number: int) -> None:
        """Run one race: each kind for each subject in turn."""
        alone = self.api.has_company
        random = Random(f"{self.wishes.seed}-race-{number}")
        subject = self.subjects[(number - 1) % len(self.subjects)]
        planner = Planner(self.contract.document, [subject], random)
        races = Races(planner, subject, self._play)
        kinds = list(races.kinds)
        kind = kinds[(number - 1) // len(self.subjects) % len(kinds)]
        fault = self._raced(races, kind)
        if fault is not None:
            self.tell(f"{fault.reason} Running the race again …")
            again = [self._raced(races, kind) for _ in range(_REPETITIONS)]
            seen = sum(each is not None for each in again) + 1
            fault.reason += " The calls were made by 16 clients at once, in about this order."
            self._found(fault, f"in {seen} of {_REPETITIONS + 1} races")
        self.outcome.undecided += races.undecided
        self.api.has_company = alone

    def _raced(self, races: Races, kind: str) -> Broken | None:
        self.outcome.races += 1
        try:
            races.run(kind)
        except Broken as fault:
            return fault
        finally:
            self._close()
        return None

    def _found(self, fault: Broken, seen: str) -> None:
        told = script(fault, self.url, fault.nonce, self.wishes.callers)
        self.outcome.fault = Fault(fault.what, fault.reason, told, seen)

    def _progress(self) -> None:
        if self.clock() - self._told >= 5:
            self._told = self.clock()
            self.tell(
                f"{self._told - self._began:.0f} s: {self.api.requests} requests,"
                f" {self.outcome.histories} histories, {self.outcome.races} races"
            )
