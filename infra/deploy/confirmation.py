"""The confirmation: nothing is changed before somebody has seen the changes and agreed."""

from infra.aws.account import Declined
from infra.callers.items import Items
from infra.callers.owners import FORGOTTEN, vanishing
from infra.console import ask
from infra.deploy.changes import Change, in_words, replaced, turned
from infra.deploy.deployment import Deployment
from service.contract.model import Contract

YES = ("y", "Y", "yes")


def confirm(deployment: Deployment, changes: list[Change]) -> None:
    """Show the changes and ask, unless they were agreed to beforehand. Raises Declined.

    If a table or a user pool would be replaced by an empty one, its name is asked for in any case.
    """
    for line in in_words(changes):
        deployment.tell(line)
    try:
        for name, meaning in replaced(changes):
            deployment.tell(meaning.format(name))
            _ask_to_replace(name)
        if not deployment.agreed:
            _ask_to_go_on()
    except Declined as declined:
        raise Declined(f"{declined} {deployment.artifacts.told()}") from declined


def confirm_turned(deployment: Deployment, before: Contract) -> None:
    """Ask in any case for the name of each update that changes from merge to replace, or back.

    Raises Declined.
    """
    for id, meaning in turned(before, deployment.contract):
        deployment.tell(f"Clients would lose data that rely on it: {meaning}")
        if ask(f"Type {id} to go on:") != id:
            raise Declined(
                "Nothing was changed. A PUT replaces if it takes the schema that create takes, and"
                " merges with any other: to leave it as it is, give it the schema that it had. To"
                " turn it type its name when asked, which --yes does not do."
            )


def confirm_vanishing(
    deployment: Deployment, before: Contract | None, table: str, shards: int
) -> None:
    """Ask in any case for each collection whose items nobody would see any more.

    Raises Declined, StackError.
    """
    items = Items(deployment.account, table, shards)
    for each in vanishing(items, deployment.stage, before, deployment.contract):
        deployment.tell(f"{each} {FORGOTTEN}")
        if ask(f"Type {each.collection} to go on:") != each.collection:
            raise Declined(
                "Nothing was changed. To have items vanish from view until they are handed over,"
                " type their collection when asked, which --yes does not do; or leave x-owner as it"
                " was."
            )


def _ask_to_replace(name: str) -> None:
    if ask(f"Type {name} to go on:") != name:
        raise Declined(
            "Nothing was changed. To keep the table leave --table-name out; to replace what is"
            " there type its name when asked, which --yes does not do."
        )


def _ask_to_go_on() -> None:
    answer = ask("Go on? [y/N]")
    if answer is None:
        raise Declined("There is no terminal to ask on. To agree beforehand, use --yes.")
    if answer not in YES:
        raise Declined("Nothing was changed.")
