"""The commands about people and keys of a stage, on an engine that stands in for AWS."""

import json
from pathlib import Path

import pytest

from infra.aws.account import Account, StackError
from infra.aws.outputs import outputs
from infra.aws.stage import Stage
from infra.callers.keys import Keys
from infra.callers.people import People
from infra.cli import main
from tests.aws.stages import stand
from tests.contracts.closed import closed_file

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def stage(account: Account, tmp_path: Path) -> Stage:
    """Closed to all but people with a key."""
    return stand(account, "prod", closed_file(tmp_path / "closed.json", "person", "key"))


def test_people_are_invited_listed_and_found(account: Account, stage: Stage) -> None:
    people = People(account, stage)
    assert people.invite(ANN)
    assert not people.invite(ANN), "who has not come yet is invited again"
    (ann,) = people.list()
    assert (ann.address, ann.status) == (ANN, "invited")
    assert people.find(ANN) == people.find(ann.sub) == ann
    assert people.find(BOB) is None
    with pytest.raises(StackError, match=r"bob@example\.com has no account"):
        people.known(BOB)


def test_who_has_come_is_not_invited_again(account: Account, stage: Stage) -> None:
    people = People(account, stage)
    people.invite(ANN)
    confirm(account, stage, ANN)
    with pytest.raises(StackError, match=r"ann@example\.com has an account already, since"):
        people.invite(ANN)


def test_who_is_removed_is_gone(account: Account, stage: Stage) -> None:
    people = People(account, stage)
    people.invite(ANN)
    people.remove(people.known(ANN))
    assert [*people.list()] == []


def confirm(account: Account, stage: Stage, address: str) -> None:
    account.client("cognito-idp").admin_set_user_password(
        UserPoolId=outputs(account, stage)["UserPoolId"],
        Username=address,
        Password="Correct-horse-1",
        Permanent=True,
    )


def test_an_open_stage_has_neither_people_nor_keys(account: Account) -> None:
    stage = stand(account, "prod")
    with pytest.raises(StackError, match="Nobody signs in to stage prod"):
        People(account, stage)
    with pytest.raises(StackError, match="Stage prod asks for no key"):
        Keys(account, stage)


def test_the_command_invites_and_lists(
    account: Account,  # noqa: ARG001 - the environment names it
    stage: Stage,  # noqa: ARG001
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["people", "list"]) == 0
    assert "There are no people yet" in capsys.readouterr().err
    assert main(["people", "invite", ANN, BOB]) == 0
    assert "Tell them where to sign in" in capsys.readouterr().err
    assert main(["people", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["address"] for each in told} == {ANN, BOB}
    assert main(["people", "list"]) == 0
    assert ANN in capsys.readouterr().out


@pytest.mark.parametrize("words", [["invite"], ["remove", "ann"]])
def test_the_command_wants_addresses(words: list[str]) -> None:
    assert main(["people", *words]) == 2


# -- keys --------------------------------------------------------------------------------------


def test_keys_are_made_listed_and_revoked(account: Account, stage: Stage) -> None:
    keys = Keys(account, stage)
    (first,) = keys.list()
    value = keys.create("shop")
    assert len(value) >= 20
    assert {each.name for each in keys.list()} == {first.name, "shop"}
    with pytest.raises(StackError, match="There is a key shop already"):
        keys.create("shop")
    keys.revoke("shop")
    assert [*keys.list()] == [first]
    with pytest.raises(StackError, match=r"There is no key shop\. There are:"):
        keys.revoke("shop")
