"""What the steps of a deployment hand on: what is there, and which way leads on from it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.aws.account import Account, StackError
from infra.aws.function import Function
from infra.aws.stage import Stage
from infra.deploy.current import Current, Kept, Standing, settled, surveyed
from infra.deploy.deployment import Deployment
from infra.deploy.pipeline import CodeAlone, Unchanged, shortcut_to
from infra.deploy.plan import Start
from infra.deploy.states import State
from tests.aws.stages import nothing
from tests.contracts import TODOS, load
from tests.deploy.templates import PARAMETERS, rendered

DEV, PROD = Stage("dev"), Stage("prod")
STATE = State(rendered(), PARAMETERS, [])


@pytest.fixture
def deployment(account: Account) -> Deployment:
    return Deployment(account, DEV, TODOS, load(TODOS), {}, agreed=True, tell=nothing)


@pytest.fixture
def standing(account: Account) -> Callable[..., Standing]:
    def standing(ahead: str | None = None) -> Standing:
        return Standing(STATE, {}, True, Function(account, "todo-api-dev", "bucket"), ahead)

    return standing


def test_what_is_there_already_needs_nothing(standing: Callable[..., Standing]) -> None:
    assert shortcut_to(STATE, standing(), PROD) == Unchanged()


def test_code_that_is_ahead_needs_nothing(standing: Callable[..., Standing]) -> None:
    assert shortcut_to(STATE.recoded("b.zip"), standing("b.zip"), DEV) == Unchanged()


@pytest.mark.parametrize("ahead", [None, "b.zip"])
def test_other_code_alone_overtakes_the_stack(
    standing: Callable[..., Standing], ahead: str | None
) -> None:
    there = standing(ahead)
    shortcut = shortcut_to(STATE.recoded("c.zip"), there, DEV)
    assert isinstance(shortcut, CodeAlone)
    assert (shortcut.function, shortcut.code) == (there.function, "c.zip")


def test_the_code_of_the_stack_may_come_back_ahead_of_it(
    standing: Callable[..., Standing],
) -> None:
    shortcut = shortcut_to(STATE, standing("b.zip"), DEV)
    assert isinstance(shortcut, CodeAlone)
    assert shortcut.code == STATE.code


def test_production_is_always_as_its_stack_is(standing: Callable[..., Standing]) -> None:
    assert shortcut_to(STATE.recoded("b.zip"), standing(), PROD) is None


@pytest.mark.parametrize(
    "wanted",
    [STATE.reindexed([]), State(STATE.template, {**PARAMETERS, "ThrottleRate": "7"}, [])],
    ids=["an index less", "another rate"],
)
def test_more_than_code_takes_an_update_of_the_stack(
    standing: Callable[..., Standing], wanted: State
) -> None:
    assert shortcut_to(wanted.recoded("b.zip"), standing(), DEV) is None


def test_a_stage_that_is_not_there_begins_from_nothing(deployment: Deployment) -> None:
    assert settled(deployment) is None
    assert surveyed(deployment, None, DEV.table) == Current(None, None, None)


def test_a_stack_that_waits_for_a_decision_is_none_yet(deployment: Deployment) -> None:
    deployment.artifacts.create()
    assert deployment.propose(STATE, "CREATE")
    assert settled(deployment) is None


def test_a_table_that_was_kept_is_where_the_plan_begins(deployment: Deployment) -> None:
    make_table(deployment.account, DEV.tags)
    kept = Kept(DEV.table, [])
    assert surveyed(deployment, None, DEV.table) == Current(None, kept, Start([], None))


def test_people_that_were_kept_are_taken_over_with_their_table(deployment: Deployment) -> None:
    make_table(deployment.account, DEV.tags)
    pool = make_pool(deployment.account)
    make_pool(deployment.account, tags={})  # somebody else's
    kept = Kept(DEV.table, [], pool)
    current = surveyed(deployment, None, DEV.table)
    assert current == Current(None, kept, Start([], None))
    assert current.has_pool
    assert str(kept) == f"table TodoItems-dev and the user pool {pool}"


@pytest.mark.parametrize(("key", "asked"), [("0a1b", None), (None, "on"), (None, None)])
def test_before_all_else_a_stack_has_what_was_kept(key: str | None, asked: str | None) -> None:
    """A reference to a key that is not taken over would lead nowhere."""
    parameters = PARAMETERS | {"OwnKey": asked or ("on" if key else "off")}
    names = ["Table", *(["EncryptionKey"] if key else [])]
    template = State(rendered(parameters), parameters, []).data_only(*names).template
    kept = Kept(DEV.table, [], None, key)
    assert [each["LogicalResourceId"] for each in kept.imports] == names
    assert [*template["Resources"]] == names
    assert ("EncryptionKey" in str(template["Resources"]["Table"])) == bool(key)


@pytest.mark.parametrize(
    ("indexes", "shards"),
    [
        ([], 1),
        (["byCreated"], 1),
        (["of4byCreated", "of4byTitle"], 4),
        (["byTitle", "of4byCreated", "of4byTitle"], 4),
    ],
)
def test_a_kept_table_keeps_its_shards(indexes: list[str], shards: int) -> None:
    """Its stack, which knew their number, is gone; a change of them may have been on its way."""
    assert Kept(DEV.table, indexes).shards == shards


def test_a_deployment_that_died_is_continued_with_its_shards(deployment: Deployment) -> None:
    """Without them it would go back to the number that lists read."""
    assert deployment.again == "todo-api deploy --stage dev"
    asked = replace(deployment, options={"Shards": "4"})
    assert asked.again == "todo-api deploy --stage dev --shards 4"


def test_people_without_their_table_are_refused(deployment: Deployment) -> None:
    pool = make_pool(deployment.account)
    with pytest.raises(StackError, match=f"{pool} was kept for stage dev, and there is no table"):
        surveyed(deployment, None, DEV.table)


def test_of_several_pools_nobody_knows_the_right_one(deployment: Deployment) -> None:
    make_table(deployment.account, DEV.tags)
    for _ in range(2):
        make_pool(deployment.account)
    with pytest.raises(StackError, match="There are several user pools of stage dev"):
        surveyed(deployment, None, DEV.table)


def make_pool(account: Account, tags: dict[str, str] | None = None) -> str:
    own = {tag["Key"]: tag["Value"] for tag in DEV.tags}
    made = account.client("cognito-idp").create_user_pool(
        PoolName=DEV.stack, UserPoolTags=own if tags is None else tags
    )
    return str(made["UserPool"]["Id"])


def test_a_table_of_somebody_else_is_refused(deployment: Deployment) -> None:
    make_table(deployment.account, [])
    with pytest.raises(StackError, match="stage dev has not made it"):
        surveyed(deployment, None, DEV.table)


def test_people_who_were_deleted_by_hand_are_missed(
    deployment: Deployment, standing: Callable[..., Standing]
) -> None:
    there = replace(standing(), outputs={"UserPoolId": "eu-central-1_gone"})
    with pytest.raises(StackError, match="The user pool eu-central-1_gone is gone"):
        surveyed(deployment, there, "TodoItems")


def test_a_stage_that_stands_takes_over_no_other_table(
    deployment: Deployment, standing: Callable[..., Standing]
) -> None:
    there = standing()
    assert surveyed(deployment, there, "TodoItems-free") == Current(there, None, None)
    make_table(deployment.account, [], "TodoItems-taken")
    with pytest.raises(StackError, match="a stage that is up does not adopt one"):
        surveyed(deployment, there, "TodoItems-taken")


def make_table(account: Account, tags: list[dict[str, str]], name: str = DEV.table) -> None:
    account.client("dynamodb").create_table(
        TableName=name,
        Tags=tags,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
