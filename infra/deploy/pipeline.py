"""The pipeline that brings a stack up: each step takes what the steps before it have found.

    settled      waits until nothing runs in the stack                  Standing, or None
    aimed        the parameters that it should have                     States
    surveyed     its table, its indexes, and what it serves             Current
    way_to       nothing to do, code alone, or the steps of a plan      Way
    confirmed    shows the changes, and asks                            ChangeSet, or None
    carry_out    the steps, each from the state that the previous left  Progress

If it dies in between, run it again: there is no state except AWS's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from infra.aws.account import Declined, StackError
from infra.aws.cloudformation import ChangeSet
from infra.aws.function import Function
from infra.aws.indexes import Indexes
from infra.aws.stage import REGION_TAG, Stage
from infra.beside import extras
from infra.deploy.by_hand import begun, tell_changes_by_hand
from infra.deploy.changes import (
    CODE_CHANGES,
    left_behind,
    strangers_may_read,
    unnamed,
)
from infra.deploy.compatibility import check_compatible
from infra.deploy.confirmation import confirm, confirm_turned, confirm_vanishing
from infra.deploy.current import Current, Standing, settled, surveyed
from infra.deploy.deployment import Deployment
from infra.deploy.execution import carry_out
from infra.deploy.parameters import check_access, chosen
from infra.deploy.plan import CatchUp, Step, Update, goal, plan
from infra.deploy.room import check_room
from infra.deploy.states import State, States
from infra.gateway.throttle import RATE
from infra.sharding import told


@dataclass(frozen=True)
class Done:
    """What was done to the stack."""

    changed: bool
    filled: int = 0
    """The number of items that were given the keys of new filters."""


@dataclass(frozen=True)
class Unchanged:
    """The stack is as it should be."""


@dataclass(frozen=True)
class CodeAlone:
    """Only code differs: it goes live in seconds, ahead of the stack."""

    function: Function
    code: str
    """The key of its zip."""


Way = Unchanged | CodeAlone | list[Step]


def bring_up(deployment: Deployment) -> Done:
    """Bring the stack up. Raises StackError, CannotPackage."""
    standing = settled(deployment)
    states = aimed(deployment, standing)
    current = surveyed(deployment, standing, states.table)
    states = _with_kept(deployment, current, states)
    _warn(deployment, current, states.parameters)
    match way_to(deployment, current, states):
        case Unchanged():
            return _left(deployment, standing, states.table)
        case CodeAlone(function, code):
            return _overtaken(deployment, function, code)
        case steps:
            change_set = confirmed(deployment, current, states, steps)
            progress = carry_out(deployment, current, states, steps, change_set)
            return Done(changed=True, filled=progress.filled)


# -- the steps ---------------------------------------------------------------------------------


def aimed(deployment: Deployment, standing: Standing | None) -> States:
    """The states that the stack may be brought to; afterwards the bucket for artifacts exists."""
    account, stage = deployment.account, deployment.stage
    there = standing.state.parameters if standing else {}
    check_access(deployment.contract.schemes, stage, deployment.options, there)
    parameters = chosen(account, stage, deployment.options, there, deployment.tell)
    deployment.artifacts.create()
    tags = [*stage.tags, {"Key": REGION_TAG, "Value": account.region}]
    further = extras(deployment.file)
    return States(deployment.artifacts, parameters, tags, deployment.contract, further)


def _with_kept(deployment: Deployment, current: Current, states: States) -> States:
    """The states, given what was kept: a table stays encrypted with its key, and its lists keep
    their shards.

    Raises StackError.
    """
    states = replace(states, has_pool=current.has_pool)
    if not current.kept:
        return states
    if "Shards" not in deployment.options:
        given = {**states.parameters, "Shards": str(current.kept.shards)}
        states = replace(states, parameters=given)
    if not current.kept.key:
        return states
    if deployment.options.get("OwnKey") == "off":
        raise StackError(
            f"The {current.kept} was kept for this stage. Deploy without --kms off, which takes all"
            " of it over, and then once more with it."
        )
    return replace(states, has_key=True, parameters={**states.parameters, "OwnKey": "on"})


def way_to(deployment: Deployment, current: Current, states: States) -> Way:
    """The way from what there is to the contract asked for. Raises StackError, CannotPackage."""
    steps = plan(current.start, deployment.contract, states.shards)
    if current.start:
        check_room(steps, current.start, deployment.contract, states.shards)
    standing = current.standing
    if standing is None:
        return steps
    if len(steps) == 1 and isinstance(only := steps[0], Update):
        shortcut = shortcut_to(states.of(only), standing, deployment.stage)
        if shortcut:
            return shortcut
    if standing.ahead and standing.ahead != standing.state.code:
        return [CatchUp(standing.ahead), *steps]
    return steps


def shortcut_to(wanted: State, standing: Standing, stage: Stage) -> Unchanged | CodeAlone | None:
    """A way without an update of the stack, if there is one.

    Code goes live by itself only on a stage whose stack may lag behind.
    """
    if wanted.agrees_with(standing.state.recoded(standing.code)):
        return Unchanged()
    differs_in_code = wanted.agrees_with(standing.state.recoded(wanted.code))
    if standing.function and stage.is_for_development and differs_in_code:
        return CodeAlone(standing.function, wanted.code)
    return None


def confirmed(
    deployment: Deployment, current: Current, states: States, steps: list[Step]
) -> ChangeSet | None:
    """Show all changes, and ask. The change set of a single step is kept for it.

    Raises Declined.
    """
    standing, kept = current.standing, current.kept
    detection = begun(deployment, standing)
    if kept:
        deployment.tell(f"Kept for this stage, and taken over now: the {kept}.")
    rate = int(states.parameters.get("ThrottleRate", RATE))
    for line in told(deployment.contract, rate, states.shards):
        deployment.tell(line)
    proposed = None if kept else _proposed(deployment, standing, states)
    changes = proposed.changes if proposed else []
    if len(steps) > 1:
        purposes = ", ".join(step.purpose for step in steps)
        deployment.tell(f"One step after another: {purposes}.")
    tell_changes_by_hand(deployment, standing, detection, changes)
    try:
        confirm(deployment, changes)
    except Declined:
        _withdraw(deployment, standing, proposed)
        raise
    if len(steps) > 1:
        _withdraw(deployment, standing, proposed)
        return None
    return proposed


def _proposed(
    deployment: Deployment, standing: Standing | None, states: States
) -> ChangeSet | None:
    """The changes of all steps together."""
    state = states.of(goal(deployment.contract, states.shards))
    return deployment.propose(state, "UPDATE" if standing else "CREATE")


def _withdraw(
    deployment: Deployment, standing: Standing | None, proposed: ChangeSet | None
) -> None:
    """Delete a change set, and a stack that consists of nothing else."""
    if proposed:
        deployment.stack.withdraw(proposed.id)
    if not standing:
        deployment.stack.delete(deployment.tell)


# -- nothing, or code alone --------------------------------------------------------------------


def _left(deployment: Deployment, standing: Standing | None, table: str) -> Done:
    Indexes(deployment.account, table).settle(deployment.tell)
    tell_changes_by_hand(deployment, standing, begun(deployment, standing), [])
    deployment.tell("The stack is as it should be.")
    return Done(changed=False)


def _overtaken(deployment: Deployment, function: Function, code: str) -> Done:
    """Let code overtake the stack. Raises Declined."""
    deployment.tell("Nothing but code has changed: it goes live ahead of the stack.")
    confirm(deployment, CODE_CHANGES)
    function.serve(code)
    return Done(changed=True)


# -- warnings ----------------------------------------------------------------------------------


def _warn(deployment: Deployment, current: Current, parameters: Mapping[str, str]) -> None:
    """Warn about what breaks current items and clients, and about an origin that is shut out.

    Raises StackError, Declined.
    """
    if current.start and current.start.contract:
        for line in unnamed(current.start.contract, deployment.contract):
            raise StackError(line)
        table, shards = parameters["TableName"], int(parameters["Shards"])
        check_compatible(deployment, current.start.contract, table, shards)
        confirm_turned(deployment, current.start.contract)
    if current.start:
        start = current.start
        confirm_vanishing(deployment, start.contract, parameters["TableName"], start.shards)
    readable = [*strangers_may_read(deployment.contract)]
    if parameters.get("SignUp") == "open" and readable:
        deployment.tell(
            f"Beware: any stranger may sign up, and could then read {', '.join(readable)}, which"
            " everybody shares. Write 'x-owner: caller' there, or use --sign-up invited."
        )
    outputs = current.standing.outputs if current.standing else {}
    for line in left_behind(outputs, parameters):
        deployment.tell(line)
    site = outputs.get("SiteUrl", "the stage's own page")
    origin = parameters["Origin"]
    if parameters["Page"] == "on" and origin not in ("*", site):
        deployment.tell(
            f"Beware: only pages of {origin} may call the API, and {site} may not: API Gateway"
            " can allow one origin, or all of them: --origin '*'"
        )
