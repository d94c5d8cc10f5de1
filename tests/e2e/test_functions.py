"""Functions, deployed: they answer, with rights of their own, and a change of one goes live."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import ACTIONS
from tests.e2e.cloud import Cloud
from tests.e2e.leftovers import left_clean

STAGE = "actions"
MAIL = {
    "Sid": "Mail",
    "Effect": "Allow",
    "Action": "ses:SendEmail",
    "Resource": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/example.com",
}


@pytest.fixture
def cloud(strict_ministack: str) -> Iterator[Cloud]:
    with left_clean(strict_ministack, STAGE) as cloud:
        yield cloud


def test_functions_are_deployed_and_a_change_of_one_goes_live(cloud: Cloud, tmp_path: Path) -> None:
    contract = tmp_path / "actions.yaml"
    contract.write_bytes(ACTIONS.read_bytes())
    functions = contract.with_suffix(".py")
    functions.write_bytes(ACTIONS.with_suffix(".py").read_bytes())
    contract.with_suffix(".policy.json").write_text(json.dumps({"Statement": [MAIL]}))
    api = cloud.deploy(STAGE, contract, "--page", "off")["outputs"]["ApiUrl"]
    assert cloud.ask("GET", f"{api}/health").json == {"status": "ok"}
    made = cloud.ask("POST", f"{api}/todos", {"title": "Learn AWS"}).json
    done = cloud.ask("POST", f"{api}/todos/{made['id']}/complete")
    assert (done.status, done.json["completed"]) == (200, True)
    assert cloud.ask("POST", f"{api}/todos/{made['id']}/complete").status == 409

    functions.write_text(functions.read_text("utf-8").replace("done already", "done since long"))
    assert cloud.deploy(STAGE, contract, "--page", "off")["changed"]
    again = cloud.ask("POST", f"{api}/todos/{made['id']}/complete")
    assert again.json["title"] == "The to-do is done since long"
    assert cloud.ask("POST", f"{api}/todos/clear").json == {"cleared": 1, "more": False}
    role = cloud.client("iam").list_roles()["Roles"]
    names = [each["RoleName"] for each in role if STAGE in each["RoleName"]]
    policies = cloud.client("iam").list_role_policies(RoleName=names[0])["PolicyNames"]
    assert sorted(policies) == ["functions", "logs", "store"]
