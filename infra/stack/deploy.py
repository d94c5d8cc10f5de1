"""The deployment of one stage, from the contract to an API that answers."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.package import package
from infra.stack.account import Account
from infra.stack.agreement import Declined, agree
from infra.stack.answer import first_answer
from infra.stack.artifacts import Artifacts
from infra.stack.changes import incompatibilities
from infra.stack.cloudformation import ChangeSet, Kind, Stack, StackFailed, Template
from infra.stack.console import Tell
from infra.stack.fill import fill
from infra.stack.live import KeptTable, kept_table, live_in
from infra.stack.outputs import outputs
from infra.stack.parameters import chosen
from infra.stack.plan import Fill, Live, Update, plan
from infra.stack.stage import REGION_TAG, Stage
from infra.stack.template import render
from infra.stack.upload import upload
from service.contract import Contract

BUILD = Path("build")
"""Where zips, and what they are made of, are kept between deployments."""

FUNCTION_SECONDS = 10
"""The function's timeout: so long after an update the version before may still be writing."""


@dataclass(frozen=True)
class Wish:
    """What is to be deployed."""

    file: Path
    contract: Contract
    stage: Stage
    options: Mapping[str, str]
    """Parameters of the template; what is left out stays as it is, or takes its default."""
    agreed: bool
    """Whether the changes were agreed to beforehand."""


@dataclass
class Result:
    """What a deployment came to."""

    stage: str
    region: str
    changed: bool = False
    filled: int = 0
    """Items that got the keys of new filters."""
    uploaded: int = 0
    """Files of the site that changed."""
    seconds: float = 0.0
    outputs: dict[str, str] = field(default_factory=dict)


def deploy(account: Account, wish: Wish, tell: Tell) -> Result:
    """Deploy, or find that nothing has to change. Raises StackError, CannotPackage."""
    began = time.monotonic()
    result = Result(wish.stage.name, account.region)
    tell(f"Deploying stage {wish.stage.name}: {account}")
    _Deployment(account, wish, tell).run(result)
    result.outputs = outputs(account, wish.stage)
    api = result.outputs["ApiUrl"]
    result.uploaded = upload(account, result.outputs, wish.file, wish.contract.document, api)
    result.changed = result.changed or result.uploaded > 0
    tell(first_answer(wish.contract, api))
    result.seconds = round(time.monotonic() - began, 1)
    return result


class _Deployment:
    """The way of the stack from what it is to what is wished for."""

    def __init__(self, account: Account, wish: Wish, tell: Tell) -> None:
        self._account = account
        self._wish = wish
        self._tell = tell
        self._stack = Stack(account, wish.stage.stack)
        self._artifacts = Artifacts(account, wish.stage)

    def run(self, result: Result) -> None:
        found = self._stack.settle(self._tell)
        self._exists = found is not None and found["StackStatus"] != "REVIEW_IN_PROGRESS"
        self._there = self._stack.parameters() if self._exists else {}
        self._template = self._stack.template() if self._exists else {}
        wish = self._wish
        self._parameters = chosen(self._account, wish.stage, wish.options, self._there, self._tell)
        self._artifacts.create()
        kept = None if self._exists else self._kept_table()
        live = self._live(kept)
        steps = plan(live, wish.contract)
        if not kept and len(steps) == 1 and self._is_there(steps[0]):
            self._tell("The stack is as it should be.")
            return
        agreed = self._agree(live, steps, kept)
        result.changed = True
        if kept:
            self._adopt(kept)
        result.filled = self._carry_out(live, steps, agreed)

    # -- what is -------------------------------------------------------------------------------

    def _kept_table(self) -> KeptTable | None:
        return kept_table(self._account, self._wish.stage, self._parameters["TableName"])

    def _live(self, kept: KeptTable | None) -> Live | None:
        if kept:
            return Live(kept.indexes, None)
        if not self._exists or self._there["TableName"] != self._parameters["TableName"]:
            return None
        return live_in(self._template, self._there, self._artifacts)

    def _is_there(self, step: Update | Fill) -> bool:
        if isinstance(step, Fill) or not self._exists:
            return False
        return self._state(step) == (self._template, self._there)

    # -- one state of the stack ----------------------------------------------------------------

    def _state(self, update: Update) -> tuple[Template, dict[str, str]]:
        """The template of one state, and every parameter of it."""
        contract = update.contract or self._wish.contract
        parameters = {
            **self._parameters,
            "CodeBucket": self._artifacts.bucket,
            "CodeKey": self._code(contract),
            "PendingFilters": json.dumps(update.pending) if update.pending else "",
        }
        template = render(contract, parameters, update.indexes)
        if update.contract is None:
            template = _table_only(template)
        declared = template["Parameters"]
        return template, {
            name: parameters.get(name, str(each.get("Default", "")))
            for name, each in declared.items()
        }

    def _code(self, contract: Contract) -> str:
        """The key of the zip that serves a contract."""
        runtime, architecture = self._parameters["Runtime"], self._parameters["Architecture"]
        built = package(contract.document, runtime, architecture, BUILD)
        return self._artifacts.put_zip(built.path, built.sha256)

    def _propose(
        self, update: Update, imports: list[dict[str, Any]] | None = None
    ) -> ChangeSet | None:
        template, parameters = self._state(update)
        kind: Kind = "IMPORT" if imports else "UPDATE" if self._exists else "CREATE"
        url = self._artifacts.put_template(template)
        # An import changes nothing of what it takes over, its tags included.
        region = {"Key": REGION_TAG, "Value": self._account.region}
        tags = [] if imports else [*self._wish.stage.tags, region]
        return self._stack.propose(kind, url, parameters, tags, imports)

    # -- agreeing ------------------------------------------------------------------------------

    def _agree(
        self, live: Live | None, steps: list[Update | Fill], kept: KeptTable | None
    ) -> ChangeSet | None:
        """Show all that would change, and ask. A single step's change set is kept for it.

        Raises Declined.
        """
        if live and live.contract:
            for line in incompatibilities(live.contract, self._wish.contract):
                self._tell(f"Beware: {line}")
        if kept:
            self._tell(f"The table {kept.name} was kept for this stage: it is taken over.")
        proposed = None if kept else self._propose(_last(steps))
        if len(steps) > 1:
            self._tell("One step after another: " + ", ".join(map(_words, steps)) + ".")
        try:
            agree(proposed.changes if proposed else [], self._wish.agreed, self._tell)
        except Declined:
            self._withdraw(proposed)
            raise
        if len(steps) > 1:
            self._withdraw(proposed)
            return None
        return proposed

    def _withdraw(self, proposed: ChangeSet | None) -> None:
        """Without its change set a stack that is yet to be made is nothing but a name."""
        if proposed:
            self._stack.withdraw(proposed.id)
        if not self._exists:
            self._stack.delete(self._tell)

    # -- carrying out --------------------------------------------------------------------------

    def _adopt(self, kept: KeptTable) -> None:
        """Take the table over as it is (AWS: "Import AWS resources into a stack")."""
        identifier = {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": "Table",
            "ResourceIdentifier": {"TableName": kept.name},
        }
        self._tell(f"Take over {kept.name}:")
        self._execute(self._propose(Update("", None, tuple(kept.indexes)), [identifier]))

    def _carry_out(
        self, live: Live | None, steps: list[Update | Fill], agreed: ChangeSet | None
    ) -> int:
        """The number of items that were filled in."""
        filled = 0
        for step in steps:
            if len(steps) > 1:
                self._tell(f"{_sentence(_words(step))}:")
            if isinstance(step, Fill):
                filled = self._fill(step, served=bool(live and live.contract))
            else:
                self._execute(agreed or self._propose(step))
        return filled

    def _fill(self, step: Fill, served: bool) -> int:
        if served:
            time.sleep(FUNCTION_SECONDS)
        table = self._parameters["TableName"]
        filled = fill(self._account, self._artifacts, table, step.filters, self._tell)
        self._tell(f"  {filled} items filled in")
        return filled

    def _execute(self, proposed: ChangeSet | None) -> None:
        if proposed is None:
            return
        try:
            self._stack.execute(proposed, self._tell)
        except StackFailed as failure:
            before = "The version before serves on." if self._exists else "Nothing was made."
            raise StackFailed(
                f"{failure}\n{before} Mend the cause, and run it again:"
                f" todo-api deploy --stage {self._wish.stage.name}\nEvery event:"
                f" aws cloudformation describe-stack-events --stack-name {self._stack.name}"
            ) from failure
        self._exists = True


def _table_only(template: Template) -> Template:
    """The stack before it has more than its table; an import may bring no outputs."""
    table = {**template["Resources"]["Table"], "DeletionPolicy": "Retain"}
    rest = {key: value for key, value in template.items() if key not in ("Resources", "Outputs")}
    return {**rest, "Resources": {"Table": table}}


def _last(steps: list[Update | Fill]) -> Update:
    return [step for step in steps if isinstance(step, Update)][-1]


def _words(step: Update | Fill) -> str:
    return "fill in the items that are there" if isinstance(step, Fill) else step.purpose


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
