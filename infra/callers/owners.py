"""The owners of items: counting, handing over, and warnings of items that vanish from a stage."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from infra.aws.account import Account, Declined, StackError
from infra.aws.stage import Stage
from infra.callers.counted import Counted
from infra.callers.items import Items
from infra.callers.people import People
from infra.console import Tell, ask
from infra.sign_in.people import person
from service.contract.model import Collection, Contract
from service.contract.security import Kind
from service.stores import OWNER, Scope

FORGOTTEN = (
    "Idempotency keys from before are forgotten: a create that is repeated with one makes a second"
    " item."
)


@dataclass(frozen=True)
class Vanishing:
    """Items of a collection that nobody sees any more, as those who may call do not own them."""

    collection: str
    items: Counted
    why: str
    command: str
    """The command that brings them back into view."""

    def __str__(self) -> str:
        return (
            f"Nobody will see {self.items} of {self.collection} any more: {self.why} They stay in"
            f" the table. To hand them over: {self.command}"
        )


def vanishing(
    items: Items, stage: Stage, before: Contract | None, after: Contract
) -> Iterator[Vanishing]:
    """What vanishes when a stage is closed or opened. Raises StackError.

    `before` is the contract that is served; None if it is unknown, and everything is checked.
    """
    for name, collection in after.collections.items():
        old = before.collections.get(name) if before else None
        if before and (old is None or old.caller == collection.caller):
            continue
        found = _vanishing(items, stage, collection)
        if found.items.number:
            yield found


def _vanishing(items: Items, stage: Stage, collection: Collection) -> Vanishing:
    command = f"todo-api hand-over --stage {stage.name} --collection {collection.name}"
    everyone = Scope(collection.name, OWNER)
    if collection.caller is None:
        return Vanishing(
            collection.path,
            items.not_owned_by(everyone),
            "what belongs to one caller is hidden where everybody shares all.",
            f"{command} --from OWNER --to everyone",
        )
    whom = "ADDRESS" if collection.caller is Kind.PERSON else "SERVICE"
    return Vanishing(
        collection.path,
        items.owned_by(everyone),
        f"what belongs to everyone is hidden where each {collection.caller} has their own.",
        f"{command} --from everyone --to {whom}",
    )


class OwnedItems(Protocol):
    """The items of a stage's table or of a file."""

    def owned_by(self, scope: Scope) -> Counted: ...

    def hand_over(self, collection: str, owner: str, to: str, tell: Tell) -> int: ...


class Owners(Protocol):
    """Finds owners by the names that people use for them. Raises StackError."""

    def owner(self, name: str) -> str:
        """Any owner, even a former one: a person, a service, or everyone."""

    def person(self, name: str) -> str:
        """A person who can sign in."""


class StageOwners:
    """The owners of a stage: an e-mail address identifies a person with an account."""

    def __init__(self, account: Account, stage: Stage) -> None:
        self._account = account
        self._stage = stage

    def owner(self, name: str) -> str:
        return self.person(name) if "@" in name else name

    def person(self, name: str) -> str:
        return People(self._account, self._stage).known(name).sub


class FileOwners:
    """The owners in a file of this machine: a name that is not an id is one to sign in with."""

    def owner(self, name: str) -> str:
        return name if name == OWNER or _OF_SERVICE.fullmatch(name) else self.person(name)

    def person(self, name: str) -> str:
        found = person(name)
        if found is None:
            raise StackError(f"{name!r} is not a name to sign in with.")
        return name if _SUB.fullmatch(name) else found.sub


_SUB = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OF_SERVICE = re.compile("A(IDA|ROA)[0-9A-Z]+")


@dataclass(frozen=True)
class HandOver:
    """Hands items of one collection over from one owner to another."""

    contract: Contract
    """The contract that serves them."""
    items: OwnedItems
    owners: Owners
    kind: str
    """Whether the name is that of a `stage` or a `file`."""
    name: str
    tell: Tell

    def run(self, collection: str, source: str, to: str, agreed: bool) -> int:
        """Hand over, and return the number of items. Raises StackError, Declined."""
        self._check(collection, to)
        owner, heir = self.owners.owner(source), self._heir(collection, to)
        if owner == heir:
            raise StackError(f"{source} and {to} are the same owner.")
        there = self.items.owned_by(Scope(collection, owner))
        self.tell(f"{there} of /{collection} pass from {source} to {to}. {FORGOTTEN}")
        if there.number:
            self._confirm(heir, agreed)
        return self.items.hand_over(collection, owner, heir, self.tell)

    def _check(self, collection: str, to: str) -> None:
        known = self.contract.collections
        if collection not in known:
            raise StackError(
                f"The contract has no collection {collection}. It has: {', '.join(known)}."
            )
        if known[collection].owned and to == OWNER:
            self.tell(f"Beware: what belongs to everyone in /{collection}, nobody sees at present.")
        if not known[collection].owned and to != OWNER:
            self.tell(f"Beware: everybody shares /{collection}, and sees what is everyone's alone.")

    def _heir(self, collection: str, name: str) -> str:
        """The new owner; if each person has items of their own, it has to be an existing person."""
        is_for_people = self.contract.collections[collection].caller is Kind.PERSON
        if is_for_people and name != OWNER:
            return self.owners.person(name)
        return self.owners.owner(name)

    def _confirm(self, heir: str, agreed: bool) -> None:
        """Ask; to share private items with everybody, the name of their stage must be typed."""
        if heir == OWNER:
            self.tell("Everybody who may call will see and change them.")
            if ask(f"Type the {self.kind}'s name, {self.name}, to go on:") != self.name:
                raise Declined(
                    "Nothing was handed over: to give private items to everybody, type the"
                    f" {self.kind}'s name when asked, which --yes does not do."
                )
        elif not agreed and ask("Go on? [y/N]") not in ("y", "Y", "yes"):
            raise Declined("Nothing was handed over. To agree beforehand, use --yes.")
