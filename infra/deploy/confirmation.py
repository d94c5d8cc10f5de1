"""The confirmation: nothing is changed before somebody has seen what would be, and said yes."""

from infra.aws.account import Declined
from infra.console import Tell, ask
from infra.deploy.changes import Change, in_words, replaced_tables, turned
from infra.deploy.deployment import Deployment
from service.contract.model import Contract

YES = ("y", "Y", "yes")


def confirm(deployment: Deployment, changes: list[Change]) -> None:
    """Show the changes and ask, unless they were agreed to beforehand. Raises Declined.

    A table that would give way to an empty one is asked for by name in any case.
    """
    for line in in_words(changes):
        deployment.tell(line)
    try:
        for table in replaced_tables(changes):
            _ask_to_replace(table, deployment.tell)
        if not deployment.agreed:
            _ask_to_go_on()
    except Declined as declined:
        raise Declined(f"{declined} {deployment.artifacts.told()}") from declined


def confirm_turned(deployment: Deployment, before: Contract) -> None:
    """Ask, in any case, by the name of each update that turns from merging to replacing, or back.

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


def _ask_to_replace(table: str, tell: Tell) -> None:
    tell(
        f"The table {table} would give way to a new, EMPTY one. It stays in the account, and the"
        " API no longer shows its items."
    )
    if ask(f"Type {table} to go on:") != table:
        raise Declined(
            "Nothing was changed. To keep the table leave --table-name out; to replace it type its"
            " name when asked, which --yes does not do."
        )


def _ask_to_go_on() -> None:
    answer = ask("Go on? [y/N]")
    if answer is None:
        raise Declined("Nobody is there to ask. To agree beforehand, say --yes.")
    if answer not in YES:
        raise Declined("Nothing was changed.")
