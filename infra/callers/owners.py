"""Whose items are whose on a stage: counted, handed over, and told where they vanish from view."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.aws.account import Account, Declined, StackError
from infra.aws.stage import Stage
from infra.callers.items import Counted, Items
from infra.callers.people import People
from infra.console import Tell, ask
from service.contract.model import Collection, Contract
from service.contract.security import Kind
from service.stores import OWNER, Scope

FORGOTTEN = (
    "Idempotency keys from before are forgotten: a create that is repeated with one makes a second"
    " item."
)


@dataclass(frozen=True)
class Vanishing:
    """Items of a collection that nobody sees any more, as others own them than who may call."""

    collection: str
    items: Counted
    why: str
    command: str
    """What brings them back into view."""

    def __str__(self) -> str:
        return (
            f"Nobody will see {self.items} of {self.collection} any more: {self.why} They stay in"
            f" the table. To hand them over: {self.command}"
        )


def vanishing(
    items: Items, stage: Stage, before: Contract | None, after: Contract
) -> Iterator[Vanishing]:
    """What vanishes when a stage is closed or opened. Raises StackError.

    `before` is the contract that is served; None where nobody knows, and everything is looked at.
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


@dataclass(frozen=True)
class HandOver:
    """Items of one collection that are to pass from an owner to another one."""

    account: Account
    stage: Stage
    contract: Contract
    """The one that the stage serves."""
    table: str
    tell: Tell

    def run(self, collection: str, source: str, to: str, agreed: bool) -> int:
        """How many items passed. Raises StackError, Declined."""
        self._check(collection, to)
        owner, heir = self._owner(source), self._heir(collection, to)
        if owner == heir:
            raise StackError(f"{source} and {to} are the same owner.")
        items = Items(self.account, self.table)
        there = items.owned_by(Scope(collection, owner))
        self.tell(f"{there} of /{collection} pass from {source} to {to}. {FORGOTTEN}")
        if there.number:
            self._confirm(heir, agreed)
        return items.hand_over(collection, owner, heir, self.tell)

    def _check(self, collection: str, to: str) -> None:
        known = self.contract.collections
        if collection not in known:
            raise StackError(
                f"Stage {self.stage.name} has no collection {collection}. It has:"
                f" {', '.join(known)}."
            )
        if known[collection].owned and to == OWNER:
            self.tell(f"Beware: what belongs to everyone in /{collection}, nobody sees at present.")
        if not known[collection].owned and to != OWNER:
            self.tell(f"Beware: everybody shares /{collection}, and sees what is everyone's alone.")

    def _owner(self, name: str) -> str:
        """Of an address its `sub`; whatever else was an owner once, somebody removed too."""
        return self._known(name) if "@" in name else name

    def _heir(self, collection: str, name: str) -> str:
        """Where each person has items of their own, it has to be somebody who is there."""
        is_for_people = self.contract.collections[collection].caller is Kind.PERSON
        if name != OWNER and (is_for_people or "@" in name):
            return self._known(name)
        return name

    def _known(self, name: str) -> str:
        return People(self.account, self.stage).known(name).sub

    def _confirm(self, heir: str, agreed: bool) -> None:
        """What was private becomes everybody's only by the stage's name."""
        if heir == OWNER:
            self.tell("Everybody who may call will see and change them.")
            if ask(f"Type the stage's name, {self.stage.name}, to go on:") != self.stage.name:
                raise Declined(
                    "Nothing was handed over: to give private items to everybody, type the"
                    " stage's name when asked, which --yes does not do."
                )
        elif not agreed and ask("Go on? [y/N]") not in ("y", "Y", "yes"):
            raise Declined("Nothing was handed over. To agree beforehand, use --yes.")
