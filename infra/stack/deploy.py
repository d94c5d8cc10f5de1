"""The deployment of one stage, from the contract to an API that answers."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.package import default_runtime, package
from infra.stack.account import Account, StackError, explained
from infra.stack.answer import first_answer
from infra.stack.artifacts import Artifacts
from infra.stack.changes import Change, in_words, incompatibilities, replaced_tables
from infra.stack.cloudformation import ChangeSet, Kind, Stack, StackFailed, Template
from infra.stack.console import Tell, ask
from infra.stack.fill import fill
from infra.stack.live import KeptTable, kept_table, live_in
from infra.stack.outputs import outputs
from infra.stack.plan import Fill, Live, Update, plan
from infra.stack.stage import Stage
from infra.stack.template import render
from infra.stack.upload import upload
from service.contract import Contract

BUILD = Path("build")
"""Where zips, and what they are made of, are kept between deployments."""

FUNCTION_SECONDS = 10
"""The function's timeout: so long after an update the version before may still be writing."""

_KEPT = ("TableName", "Architecture", "SnapStart", "Origin", "AlarmEmail")
"""Parameters that stay as they are unless a deployment says otherwise."""


class Declined(StackError):
    """Nobody said yes; nothing was changed."""


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
        self._parameters: dict[str, str] = {}
        self._exists = False

    def run(self, result: Result) -> None:
        found = self._stack.settle(self._tell)
        self._exists = found is not None and found["StackStatus"] != "REVIEW_IN_PROGRESS"
        there = self._stack.parameters() if self._exists else {}
        self._parameters = self._chosen(there)
        self._artifacts.create()
        kept = None if self._exists else self._kept_table()
        template = self._stack.template() if self._exists else {}
        live = self._live(template, there, kept)
        steps = plan(live, self._wish.contract)
        if live and live.contract:
            self._warn(live.contract)
        if len(steps) == 1 and self._is_there(steps[0], template, there):
            self._tell("The stack is as it should be.")
            return
        result.changed = True
        agreed = self._agree(steps, kept)
        if kept:
            self._adopt(kept)
        result.filled = self._carry_out(steps, agreed, waits=bool(live and live.contract))

    # -- what is, and what is wished for -------------------------------------------------------

    def _chosen(self, there: Mapping[str, str]) -> dict[str, str]:
        stage = self._wish.stage
        return {
            "TableName": stage.table,
            "Architecture": "arm64",
            "Runtime": default_runtime(),
            **{name: there[name] for name in _KEPT if name in there},
            **self._wish.options,
            "Stage": stage.name,
            "AccessLogs": self._access_logs(),
            "CodeBucket": self._artifacts.bucket,
        }

    def _access_logs(self) -> str:
        """API Gateway writes logs with a role that an account has, or lacks, as a whole."""
        with explained():
            role = self._account.client("apigateway").get_account().get("cloudwatchRoleArn")
        if role:
            return "on"
        self._tell(
            "API Gateway's access logs stay off: this account lacks the role to write them. To have"
            " them, make a role that apigateway.amazonaws.com may assume, with the policy"
            " AmazonAPIGatewayPushToCloudWatchLogs; then `aws apigateway update-account"
            " --patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN`, and deploy"
            " again."
        )
        return "off"

    def _kept_table(self) -> KeptTable | None:
        return kept_table(self._account, self._wish.stage, self._parameters["TableName"])

    def _live(
        self, template: Template, there: Mapping[str, str], kept: KeptTable | None
    ) -> Live | None:
        if kept:
            return Live(kept.indexes, None)
        if not self._exists or there["TableName"] != self._parameters["TableName"]:
            return None
        return live_in(template, there, self._artifacts)

    def _is_there(self, step: Update | Fill, template: Template, there: Mapping[str, str]) -> bool:
        if isinstance(step, Fill) or not self._exists:
            return False
        wanted, parameters = self._state(step)
        return (template, there) == (wanted, {**parameters})

    def _warn(self, live: Contract) -> None:
        for line in incompatibilities(live, self._wish.contract):
            self._tell(f"Beware: {line}")

    # -- one state of the stack ----------------------------------------------------------------

    def _state(self, update: Update) -> tuple[Template, dict[str, str]]:
        """The template of one state, and its parameters with defaults and all."""
        contract = update.contract or self._wish.contract
        parameters = {
            **self._parameters,
            "CodeKey": self._code(contract),
            "PendingFilters": json.dumps(update.pending) if update.pending else "",
        }
        template = json.loads(json.dumps(render(contract, parameters, update.indexes)))
        if update.contract is None:
            template = _table_only(template)
        declared = template["Parameters"]
        return template, {
            name: parameters.get(name, str(declared[name].get("Default", ""))) for name in declared
        }

    def _code(self, contract: Contract) -> str:
        built = package(
            contract.document,
            self._parameters["Runtime"],
            self._parameters["Architecture"],
            BUILD,
        )
        return self._artifacts.put_zip(built.path, built.sha256)

    def _propose(
        self, kind: Kind, template: Template, parameters: Mapping[str, str], **more: Any
    ) -> ChangeSet | None:
        url = self._artifacts.put_template(template)
        return self._stack.propose(kind, url, parameters, self._wish.stage.tags, **more)

    @property
    def _kind(self) -> Kind:
        return "UPDATE" if self._exists else "CREATE"

    # -- agreeing ------------------------------------------------------------------------------

    def _agree(self, steps: list[Update | Fill], kept: KeptTable | None) -> ChangeSet | None:
        """Show what would change and ask. One single step keeps its change set. Raises Declined."""
        proposed = None
        if kept:
            self._tell(f"The table {kept.name} of an earlier deployment is taken over.")
        else:
            last = [step for step in steps if isinstance(step, Update)][-1]
            proposed = self._propose(self._kind, *self._state(last))
        changes = proposed.changes if proposed else []
        for line in in_words(changes):
            self._tell(line)
        if len(steps) > 1:
            self._tell("One step after another: " + ", ".join(map(_words, steps)) + ".")
        try:
            self._ask(changes)
        except Declined:
            self._leave(proposed)
            raise
        if proposed and len(steps) > 1:
            self._stack.withdraw(proposed.id)
            return None
        return proposed

    def _ask(self, changes: list[Change]) -> None:
        for table in replaced_tables(changes):
            self._tell(
                f"The table {table} would give way to a new, EMPTY one. It stays in the account,"
                " and the API no longer shows its items."
            )
            if ask(f"Type {table} to go on:") != table:
                raise Declined("Nothing was changed. To keep the table, leave --table-name out.")
        if self._wish.agreed:
            return
        match ask("Go on? [y/N]"):
            case "y" | "Y" | "yes":
                return
            case None:
                raise Declined("Nobody is there to ask. To agree beforehand, say --yes.")
        raise Declined("Nothing was changed.")

    def _leave(self, proposed: ChangeSet | None) -> None:
        if proposed:
            self._stack.withdraw(proposed.id)
        if not self._exists:
            self._stack.delete(self._tell)

    # -- carrying out --------------------------------------------------------------------------

    def _adopt(self, kept: KeptTable) -> None:
        """Take the table over as it is (AWS: "Import AWS resources into a stack")."""
        template, parameters = self._state(Update("", None, tuple(kept.indexes)))
        identifier = {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": "Table",
            "ResourceIdentifier": {"TableName": kept.name},
        }
        self._execute(self._propose("IMPORT", template, parameters, imports=[identifier]))
        self._exists = True

    def _carry_out(self, steps: list[Update | Fill], agreed: ChangeSet | None, waits: bool) -> int:
        """The number of items that were filled in."""
        filled = 0
        for step in steps:
            if len(steps) > 1:
                self._tell(f"{_words(step).capitalize()}:")
            if isinstance(step, Fill):
                if waits:
                    time.sleep(FUNCTION_SECONDS)
                table = self._parameters["TableName"]
                filled = fill(self._account, self._artifacts, table, step.filters, self._tell)
                self._tell(f"  {filled} items filled in")
            else:
                self._execute(agreed or self._propose(self._kind, *self._state(step)))
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


def _words(step: Update | Fill) -> str:
    return "fill in the items that are there" if isinstance(step, Fill) else step.purpose
