"""One attempt at a deployment: from what is there, step by step, to what is wished for."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.aws.account import Account, Declined, StackError
from infra.aws.artifacts import Artifacts
from infra.aws.buckets import Bucket
from infra.aws.cloudformation import CREATION_FAILED, ChangeSet, Kind, Stack, StackFailed
from infra.aws.drift import DETECTABLE, Detection
from infra.aws.function import Function
from infra.aws.indexes import Indexes
from infra.aws.stage import REGION_TAG
from infra.aws.tables import Table
from infra.capacity import capacity
from infra.console import Tell
from infra.deploy.changes import CODE_CHANGES, Change, incompatibilities
from infra.deploy.confirmation import agree
from infra.deploy.current import KeptTable, kept_table, live_in
from infra.deploy.desired import Wish
from infra.deploy.failures import DeploymentFailed, Serving
from infra.deploy.fill import fill
from infra.deploy.parameters import chosen
from infra.deploy.plan import CatchUp, Fill, Live, Mend, Reindex, Step, Update, goal, plan
from infra.deploy.states import State, States
from infra.deploy.template import encoded

BUILD = Path("build")
"""Where zips, and what they are made of, are kept between deployments."""

FUNCTION_SECONDS = 10
"""The function's timeout: so long after an update the version before may still be writing."""


@dataclass(frozen=True)
class Done:
    """What an attempt came to."""

    changed: bool
    filled: int
    """Items that got the keys of new filters."""


class Deployment:
    """The way of the stack from what it is to what is wished for."""

    def __init__(self, account: Account, wish: Wish, tell: Tell) -> None:
        self._account = account
        self._wish = wish
        self._tell = tell
        self._stack = Stack(account, wish.stage.stack)
        self._artifacts = Artifacts(account, wish.stage)
        self._drift = Detection(account, wish.stage.stack)

    def run(self) -> Done:
        """Raises StackError, CannotPackage."""
        self._there = self._settled()
        wish, there = self._wish, self._there
        parameters = chosen(
            self._account, wish.stage, wish.options, there.parameters if there else {}, self._tell
        )
        self._artifacts.create()
        self._table = parameters["TableName"]
        self._indexes = Indexes(self._account, self._table)
        region = {"Key": REGION_TAG, "Value": self._account.region}
        tags = [*wish.stage.tags, region]
        self._states = States(self._artifacts, parameters, tags, wish.contract, BUILD)
        kept = None if there else kept_table(self._account, wish.stage, self._table)
        self._function = self._found_function()
        self._ahead = self._function.ahead() if self._function else None
        live = self._live(kept)
        self._serving: Serving = "the version before" if live and live.contract else "nothing"
        steps = plan(live, wish.contract)
        self._beware(live)
        if there and isinstance(step := steps[0], Update) and len(steps) == 1:
            wished = self._states.of(step)
            if wished.agrees_with(there.recoded(self._ahead or there.code)):
                return self._leave()
            if self._function and self._may_overtake(wished, there):
                return self._overtake(self._function, wished.code)
        self._begin_drift()
        if there and self._ahead and self._ahead != there.code:
            steps = [CatchUp(self._ahead), *steps]
        agreed = self._agree(steps, kept)
        if kept:
            self._adopt(kept)
        return Done(changed=True, filled=self._carry_out(live, steps, agreed))

    # -- what is -------------------------------------------------------------------------------

    def _settled(self) -> State | None:
        """What CloudFormation has, once nothing runs any more; None if there is no stack yet.

        A rollback that got stuck may have done so at an index that was not ready.
        """
        found = self._stack.finish(self._tell)
        table = self._stack.parameters().get("TableName")
        if found and table and found["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            Indexes(self._account, table).settle(self._tell)
        if found and table and found["StackStatus"] in CREATION_FAILED:
            Table(self._account, table).discard(self._wish.stage, self._tell)
        found = self._stack.settle(self._tell)
        if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
            return None
        self._detectable = found["StackStatus"] in DETECTABLE
        return State(self._stack.template(), self._stack.parameters(), found.get("Tags", []))

    def _live(self, kept: KeptTable | None) -> Live | None:
        if kept:
            return Live(kept.indexes, None)
        there = self._there
        if not there:
            return None
        if there.parameters["TableName"] != self._table:
            self._refuse_a_table_that_is_there()
            return None
        for name in self._indexes.strange():
            self._tell(f"The table has an index {name} that somebody else has made: it stays.")
        own = self._indexes.own()
        return live_in(there.template, self._ahead or there.code, self._artifacts, own)

    def _found_function(self) -> Function | None:
        name = self._stack.outputs().get("FunctionName")
        return Function(self._account, name, self._artifacts.bucket) if name else None

    def _refuse_a_table_that_is_there(self) -> None:
        """CloudFormation would fail over it, and takes tables over into new stacks only."""
        if Table(self._account, self._table).description():
            raise StackError(
                f"There is a table {self._table} already, and a stage that stands takes none over."
                " Choose a name that is free with --table-name; or, if the table was this stage's,"
                f" run `todo-api destroy --stage {self._wish.stage.name} --keep-data` and deploy"
                f" again with --table-name {self._table}."
            )

    # -- nothing, or code alone ----------------------------------------------------------------

    def _leave(self) -> Done:
        self._indexes.settle(self._tell)
        self._begin_drift()
        self._tell_drift([])
        self._tell("The stack is as it should be.")
        return Done(changed=False, filled=0)

    def _may_overtake(self, wished: State, there: State) -> bool:
        """Whether nothing but code differs, of a stage whose stack may be behind."""
        return self._wish.stage.is_for_development and wished.agrees_with(
            there.recoded(wished.code)
        )

    def _overtake(self, function: Function, code: str) -> Done:
        """Raises Declined."""
        self._tell("Nothing but code has changed: it goes live ahead of the stack.")
        try:
            agree(CODE_CHANGES, self._wish.agreed, self._tell)
        except Declined as declined:
            raise Declined(f"{declined} {self._artifacts.told()}") from declined
        function.serve(code)
        return Done(changed=True, filled=0)

    # -- agreeing ------------------------------------------------------------------------------

    def _beware(self, live: Live | None) -> None:
        if live and live.contract:
            for line in incompatibilities(live.contract, self._wish.contract):
                self._tell(f"Beware: {line}")
        site = self._stack.outputs().get("SiteUrl", "the stage's own page")
        origin = self._states.parameters["Origin"]
        if self._states.parameters["Page"] == "on" and origin not in ("*", site):
            self._tell(
                f"Beware: only pages of {origin} may call the API, and {site} may not: API Gateway"
                " lets one origin in, or every one. To let every one in: --origin '*'"
            )

    def _begin_drift(self) -> None:
        if self._there and self._detectable:
            self._drift.begin(self._tell)

    def _tell_drift(self, changes: list[Change]) -> None:
        """What somebody has changed by hand, before it is overwritten."""
        touched = {each["LogicalResourceId"] for each in changes}
        for each in self._drift.drifted(self._tell):
            if self._ahead and each.name == "Alias":
                continue  # no hand has moved it
            then = "may be set back now" if each.name in touched else "stays so"
            self._tell(f"By hand, {then}: {each.name} ({each.type}): {each.differences}")

    def _agree(self, steps: list[Step], kept: KeptTable | None) -> ChangeSet | None:
        """Show all that would change, and ask. A single step's change set is kept for it.

        Raises Declined.
        """
        if kept:
            self._tell(f"The table {kept.name} was kept for this stage: it is taken over.")
        if most := capacity(self._wish.contract):
            self._tell(str(most))
        proposed = None if kept else self._propose(self._states.of(goal(self._wish.contract)))
        if len(steps) > 1:
            purposes = ", ".join(step.purpose for step in steps)
            self._tell(f"One step after another: {purposes}.")
        self._tell_drift(proposed.changes if proposed else [])
        try:
            agree(proposed.changes if proposed else [], self._wish.agreed, self._tell)
        except Declined as declined:
            self._withdraw(proposed)
            raise Declined(f"{declined} {self._artifacts.told()}") from declined
        if len(steps) > 1:
            self._withdraw(proposed)
            return None
        return proposed

    def _withdraw(self, proposed: ChangeSet | None) -> None:
        """Without its change set a stack that is yet to be made is nothing but a name."""
        if proposed:
            self._stack.withdraw(proposed.id)
        if not self._there:
            self._stack.delete(self._tell)

    def _propose(
        self, state: State, imports: list[dict[str, Any]] | None = None
    ) -> ChangeSet | None:
        kind: Kind = "IMPORT" if imports else "UPDATE" if self._there else "CREATE"
        url = self._artifacts.put_template(encoded(state.template))
        return self._stack.propose(kind, url, state.parameters, state.tags, imports)

    # -- carrying out --------------------------------------------------------------------------

    def _adopt(self, kept: KeptTable) -> None:
        """Take the table over as it is (AWS: "Import AWS resources into a stack")."""
        identifier = {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": "Table",
            "ResourceIdentifier": {"TableName": kept.name},
        }
        self._indexes.settle(self._tell)
        self._tell(f"Take over {kept.name}:")
        state = self._states.of(Update("", None, tuple(kept.indexes)))
        self._execute(self._propose(state, [identifier]), state)

    def _carry_out(self, live: Live | None, steps: list[Step], agreed: ChangeSet | None) -> int:
        """The number of items that were filled in."""
        filled = 0
        if self._there and self._function:
            self._function.take(self._ahead or self._there.code)
        for step in steps:
            self._indexes.settle(self._tell)
            if len(steps) > 1:
                self._tell(f"{_sentence(step.purpose)}:")
            match step:
                case CatchUp(code) if self._there and self._function:
                    self._catch_up(self._there.recoded(code), self._function)
                case Fill():
                    filled = self._fill(step, served=bool(live and live.contract))
                case Mend(action, index):
                    (self._indexes.make if action == "make" else self._indexes.remove)(index)
                case Reindex() if self._there:
                    self._reach(self._there.reindexed(step.indexes))
                case Update():
                    self._make_room()
                    self._reach(self._states.of(step), agreed)
                    if step.contract is self._wish.contract:
                        self._serving = "the new version"
        self._indexes.settle(self._tell)
        return filled

    def _catch_up(self, state: State, function: Function) -> None:
        """A rollback may move the alias to where the stack has it, which serves older code."""
        try:
            self._reach(state)
        except DeploymentFailed:
            function.serve(state.code)
            raise

    def _fill(self, step: Fill, served: bool) -> int:
        if served:
            time.sleep(FUNCTION_SECONDS)
        filled = fill(self._account, self._artifacts, self._table, step.filters, self._tell)
        self._tell(f"  {filled} items filled in")
        return filled

    def _make_room(self) -> None:
        """Empty the bucket of a page that is to go: CloudFormation deletes no full one."""
        bucket = self._stack.outputs().get("SiteBucket")
        if bucket and self._states.parameters["Page"] == "off":
            Bucket(self._account, bucket).empty()

    def _reach(self, state: State, agreed: ChangeSet | None = None) -> None:
        self._execute(agreed or self._propose(state), state)

    def _execute(self, proposed: ChangeSet | None, state: State) -> None:
        if proposed is None:
            return
        try:
            self._stack.execute(proposed, self._tell)
        except StackFailed as failure:
            raise DeploymentFailed(failure, self._wish.stage, self._serving) from failure
        self._there = state


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
