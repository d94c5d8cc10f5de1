"""The execution of a plan: its steps in order, each from the state that the previous one left."""

import time
from dataclasses import dataclass, replace

from infra.aws.buckets import Bucket
from infra.aws.cloudformation import ChangeSet, Kind, StackFailed
from infra.aws.function import Function
from infra.aws.indexes import Indexes
from infra.deploy.current import Current, Kept
from infra.deploy.deployment import Deployment
from infra.deploy.failures import DeploymentFailed, Serving
from infra.deploy.fill import begin_anew, fill
from infra.deploy.plan import CatchUp, Fill, Mend, Reindex, Step, Update
from infra.deploy.states import State, States
from infra.deploy.template import function_seconds
from service.contract.model import Contract


@dataclass(frozen=True)
class Progress:
    """The progress of a deployment."""

    state: State | None
    """What CloudFormation has; None while there is no stack."""
    serving: Serving
    filled: int = 0
    """Items that got the keys of new filters."""


def carry_out(
    deployment: Deployment,
    current: Current,
    states: States,
    steps: list[Step],
    agreed: ChangeSet | None,
) -> Progress:
    """Take every step; `agreed` is the change set of a single one. Raises StackError."""
    standing = current.standing
    served = current.start.contract if current.start else None
    function = standing.function if standing else None
    execution = _Execution(deployment, states, function, served)
    progress = Progress(
        standing.state if standing else None, "the version before" if served else "nothing"
    )
    if current.kept:
        progress = execution.with_kept(current.kept, progress)
    if standing and standing.function:
        standing.function.take(standing.code)
    for step in steps:
        execution.indexes.settle(deployment.tell)
        if len(steps) > 1:
            deployment.tell(f"{_sentence(step.purpose)}:")
        progress = execution.after(step, progress, agreed)
    execution.indexes.settle(deployment.tell)
    return progress


@dataclass(frozen=True)
class _Execution:
    """Each method takes the progress before it, and returns the progress after it."""

    deployment: Deployment
    states: States
    function: Function | None
    served: Contract | None
    """The contract that the previous version served."""

    @property
    def indexes(self) -> Indexes:
        return Indexes(self.deployment.account, self.states.table)

    def with_kept(self, kept: Kept, progress: Progress) -> Progress:
        """Take over table and people unchanged, in one change set (AWS: "Import AWS resources
        into a stack")."""
        self.indexes.settle(self.deployment.tell)
        self.deployment.tell(f"Take over the {kept}:")
        update = Update("", None, tuple(kept.indexes), shards=self.states.shards)
        state = self.states.of(update)
        proposed = self.deployment.propose(state, "IMPORT", kept.imports)
        return self._executed(proposed, state, progress)

    def after(self, step: Step, progress: Progress, agreed: ChangeSet | None) -> Progress:
        match step:
            case CatchUp(code) if progress.state and self.function:
                return self._caught_up(progress.state.recoded(code), self.function, progress)
            case Reindex() if progress.state:
                return self._reached(progress.state.reindexed(step.indexes), progress)
            case Mend("make"):
                self.indexes.make(step.index)
            case Mend("remove"):
                self.indexes.remove(step.index)
            case Fill():
                return self._filled(step, progress)
            case Update():
                return self._updated(step, progress, agreed)
        return progress

    def _caught_up(self, state: State, function: Function, progress: Progress) -> Progress:
        """Catch the stack up; a rollback may move the alias back to the stack's older code."""
        try:
            return self._reached(state, progress)
        except DeploymentFailed:
            function.serve(state.code)
            raise

    def _filled(self, step: Fill, progress: Progress) -> Progress:
        if progress.serving != "nothing" and self.served:
            time.sleep(function_seconds(self.served))  # the old version may write for so long
        account, artifacts = self.deployment.account, self.deployment.artifacts
        tell = self.deployment.tell
        filled = fill(account, artifacts, self.states.table, step.filters, tell, step.shards)
        tell(f"  {filled} items filled in")
        return replace(progress, filled=filled)

    def _updated(self, step: Update, progress: Progress, agreed: ChangeSet | None) -> Progress:
        self._make_room()
        state = self.states.of(step)
        proposed = agreed or self._proposed(state, progress)
        if proposed and progress.state:
            begin_anew(self.deployment.artifacts)
        after = self._executed(proposed, state, progress)
        is_last = step.contract is self.deployment.contract
        return replace(after, serving="the new version") if is_last else after

    def _make_room(self) -> None:
        """Empty the bucket of a page that is removed: CloudFormation deletes only empty buckets."""
        bucket = self.deployment.stack.outputs().get("SiteBucket")
        if bucket and self.states.parameters["Page"] == "off":
            Bucket(self.deployment.account, bucket).empty()

    def _reached(self, state: State, progress: Progress) -> Progress:
        return self._executed(self._proposed(state, progress), state, progress)

    def _proposed(self, state: State, progress: Progress) -> ChangeSet | None:
        kind: Kind = "UPDATE" if progress.state else "CREATE"
        return self.deployment.propose(state, kind)

    def _executed(self, proposed: ChangeSet | None, state: State, progress: Progress) -> Progress:
        if proposed is None:
            return progress
        try:
            self.deployment.stack.execute(proposed, self.deployment.tell)
        except StackFailed as failure:
            stage, again = self.deployment.stage, self.deployment.again
            raise DeploymentFailed(failure, stage, progress.serving, again) from failure
        return replace(progress, state=state)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
