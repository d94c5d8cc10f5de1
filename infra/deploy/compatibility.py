"""Compatibility: a contract that breaks clients or kept items goes live only on request."""

from infra.aws.account import Declined
from infra.changes.report import Report, changes
from infra.console import ask
from infra.deploy.confirmation import YES
from infra.deploy.deployment import Deployment, KeptItems
from infra.kept.counting import count
from infra.kept.judgement import refused, told
from infra.kept.tables import ItemsInTable
from service.contract.model import Contract


def check_compatible(deployment: Deployment, before: Contract, table: str, shards: int = 1) -> None:
    """Show what the contract changes for current clients and items.

    Raises Declined, StackError.
    """
    if before.document.data == deployment.contract.document.data:
        return
    report = changes(before, deployment.contract, shards=shards)
    deployment.tell("The contract that is live would change.")
    for line in report.told():
        deployment.tell(f"  {line}")
    _check_clients(deployment, report)
    if report.narrowed:
        _check_items(deployment, report, ItemsInTable(deployment.account, table))


def _check_clients(deployment: Deployment, report: Report) -> None:
    if report.is_breaking and not deployment.may_break_clients:
        raise Declined(
            "Nothing was changed: clients of the contract that is live would break. Undo what"
            " breaks them; or, if no client depends on it, use --breaking."
        )


def _check_items(deployment: Deployment, report: Report, items: ItemsInTable) -> None:
    if deployment.kept_items is KeptItems.LEAVE or items.is_empty:
        return
    if deployment.kept_items is None:
        raise Declined(
            "Nothing was changed: there are items, and the new contract may refuse some of them."
            " To count those, and go on if there are none, use --kept-items count. To leave all"
            f" items as they are, use --kept-items leave. {items.costs}"
        )
    deployment.tell(items.costs)
    if not deployment.agreed and ask("Count them? [y/N]") not in YES:
        raise Declined("Nothing was counted or changed. To agree beforehand, use --yes.")
    tallies = count(items, deployment.contract, report.narrowed, deployment.tell)
    for line in told(tallies):
        deployment.tell(f"  {line}")
    if refused(tallies):
        raise Declined(
            "Nothing was changed: the new contract refuses items that are kept. Widen it, or change"
            " the items through the API; or use --kept-items leave to show them as they are."
        )
