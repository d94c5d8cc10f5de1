"""The commands about callers: their output and their exit codes."""

import json
import sqlite3
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from infra.aws.account import Account, Declined, StackError
from infra.aws.outputs import outputs
from infra.callers.counted import Counted
from infra.callers.file_items import FileItems
from infra.callers.items import Items
from infra.callers.keys import Keys
from infra.callers.owners import FileOwners, HandOver, StageOwners
from infra.callers.people import ADDRESS, People, Person
from infra.console import ask, tell
from infra.deploy.served import live_contract, live_shards
from infra.exits import Exit
from service.contract.model import Contract
from service.stores import Scope

_KEEP, _DELETE = "keep", "delete"


def people(options: Namespace) -> int:
    """Invite, list or remove people. Raises StackError."""
    if options.action != "list" and not options.addresses:
        tell(f"No address is named. Write: todo-api people {options.action} ADDRESS")
        return Exit.MISUSED
    wrong = [each for each in options.addresses if not ADDRESS.fullmatch(each)]
    if wrong:
        tell(f"{wrong[0]!r} is not an e-mail address.")
        return Exit.MISUSED
    return _ACTIONS[options.action](options)


# -- people ------------------------------------------------------------------------------------


def _invite(options: Namespace) -> int:
    those = People(Account(options.region), options.stage)
    where = those.outputs.get("SiteUrl", those.outputs["ApiUrl"])
    for address in options.addresses:
        again = "" if those.invite(address) else " again"
        tell(f"{address} is invited{again}: a first password is on its way by e-mail.")
    tell(f"Tell them where to sign in, which the e-mail does not: {where}/")
    return Exit.DONE


def _list(options: Namespace) -> int:
    found = list(People(Account(options.region), options.stage).list())
    if options.json:
        sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
        return Exit.DONE
    for each in found:
        status = each.status if each.is_enabled else f"{each.status}, disabled"
        sys.stdout.write(f"{each.address:32}  {status:12}  since {each.since}  {each.sub}\n")
    if not found:
        tell("There are no people yet: todo-api people invite ADDRESS")
    return Exit.DONE


def _remove(options: Namespace) -> int:
    account = Account(options.region)
    those = People(account, options.stage)
    contract = live_contract(account, options.stage)
    items = Items(account, those.outputs["TableName"], live_shards(account, options.stage))
    for address in options.addresses:
        _remove_one(options, those, items, contract, those.known(address))
    return Exit.DONE


def _remove_one(
    options: Namespace, those: People, items: Items, contract: Contract, person: Person
) -> None:
    """Remove items first: if anything dies in between, a rerun finds the person and the rest."""
    owned = [name for name, each in contract.collections.items() if each.owned]
    counted = {name: items.owned_by(Scope(name, person.sub)) for name in owned}
    there = {name: each for name, each in counted.items() if each.number}
    told = ", ".join(f"{each} in /{name}" for name, each in there.items()) or "no items"
    tell(f"{person.address} has {told}.")
    what = (options.items or _asked_for(person)) if there else _KEEP
    heir = None if what in (_KEEP, _DELETE) else those.known(what)
    if not options.yes and ask(f"Remove {person.address}? [y/N]") not in ("y", "Y", "yes"):
        raise Declined("Nobody was removed. To agree beforehand, use --yes.")
    for name in there:
        if heir:
            items.hand_over(name, person.sub, heir.sub, tell)
        elif what == _DELETE:
            items.delete(name, person.sub, tell)
    those.remove(person)
    tell(f"{person.address} is removed.")
    if there and what == _KEEP:
        tell(
            f"The items stay, and nobody sees them. To give them to somebody: todo-api hand-over"
            f" --stage {options.stage.name} --collection NAME --from {person.sub} --to ADDRESS"
        )


def _asked_for(person: Person) -> str:
    answer = ask(
        f"What becomes of the items of {person.address}? keep, delete, or the address of who gets"
        " them:"
    )
    if not answer or (answer not in (_KEEP, _DELETE) and not ADDRESS.fullmatch(answer)):
        raise Declined(
            "Nobody was removed. Say what becomes of the items: --items keep, --items delete, or"
            " --items ADDRESS."
        )
    return answer


# -- keys --------------------------------------------------------------------------------------


def keys(options: Namespace) -> int:
    """Create, list or revoke the keys of a stage's applications. Raises StackError."""
    those = Keys(Account(options.region), options.stage)
    match options.action:
        case "create":
            value = those.create(options.name)
            tell("Send it as X-Api-Key. API Gateway may take a minute to know it.")
            sys.stdout.write(f"{options.name}  {value}\n")
        case "revoke":
            those.revoke(options.name)
            tell(f"{options.name} is revoked.")
        case _:
            for each in those.list():
                sys.stdout.write(f"{each.name:32}  {each.id}  since {each.created}\n")
    return Exit.DONE


# -- hand-over ---------------------------------------------------------------------------------


def hand_over(options: Namespace) -> int:
    """Give items of a stage to another owner. Raises StackError."""
    account = Account(options.region)
    table = outputs(account, options.stage)["TableName"]
    items = Items(account, table, live_shards(account, options.stage))
    contract = live_contract(account, options.stage)
    owners = StageOwners(account, options.stage)
    return _hand_over(HandOver(contract, items, owners, "stage", options.stage.name, tell), options)


def hand_over_in_file(options: Namespace, contract: Contract) -> int:
    """Give items of a SQLite file of this machine to another owner."""
    file = Path(options.store.removeprefix("sqlite:///"))
    over = HandOver(contract, FileItems(file), FileOwners(), "file", file.name, tell)
    try:
        return _hand_over(over, options)
    except StackError as error:
        tell(str(error))
        return Exit.FAILED
    except sqlite3.Error as error:
        tell(f"{file} cannot be used: {error}. It is the file that serve keeps its data in.")
        return Exit.UNAVAILABLE


def _hand_over(over: HandOver, options: Namespace) -> int:
    collection = options.collection.strip("/")
    try:
        passed = over.run(collection, options.source, options.to, options.yes)
    except KeyboardInterrupt:
        tell("\nStopped half-way. Run it again, and it goes on from there.")
        return Exit.INTERRUPTED
    if options.json:
        sys.stdout.write(json.dumps({"handedOver": passed}) + "\n")
    else:
        tell(f"{Counted(passed)} {'was' if passed == 1 else 'were'} handed over.")
    return Exit.DONE


_ACTIONS: dict[str, Callable[[Namespace], int]] = {
    "invite": _invite,
    "list": _list,
    "remove": _remove,
}
