"""First deployments in accounts that are not ready for everything yet."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import TODOS
from tests.contracts.closed import closed_file
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.leftovers import left_clean, leftovers
from tests.engines import Strictness

STAGE = "fresh"
EMPTY = {"items": [], "count": 0}


@pytest.fixture
def cloud(strict_ministack: str) -> Iterator[Cloud]:
    with left_clean(strict_ministack, STAGE) as cloud:
        yield cloud


def answers(cloud: Cloud) -> bool:
    address = cloud.outputs(STAGE)["ApiUrl"] + "/todos"
    return bool(cloud.ask("GET", address).json == EMPTY)


def test_an_account_that_is_not_verified_gets_the_api_alone_and_later_its_page(
    cloud: Cloud, strict: Strictness
) -> None:
    strict.set(verified=False)
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 4
    assert "Distribution (AWS::CloudFront::Distribution) is CREATE_FAILED" in done.stderr
    assert "Open a case at https://console.aws.amazon.com/support/home#/" in done.stderr
    assert "Nothing serves yet." in done.stderr
    assert f"todo-api deploy --stage {STAGE} --page off" in done.stderr
    result = cloud.deploy(STAGE, TODOS, "--page", "off")
    assert "SiteUrl" not in result["outputs"]
    assert answers(cloud)
    strict.set()
    assert not cloud.deploy(STAGE, TODOS)["changed"], "what is left out stays as it was"
    site = cloud.deploy(STAGE, TODOS, "--page", "on")["outputs"]["SiteUrl"]
    assert cloud.ask("GET", site + "/").status == 301, "it wants TLS, which this engine has not"
    cloud.deploy(STAGE, TODOS, "--page", "off")
    assert answers(cloud)
    assert not any(STAGE in each for each in leftovers(cloud) if each.startswith("cloudfront"))


def test_whoever_is_there_to_ask_may_go_on_without_the_page(
    cloud: Cloud, strict: Strictness, tmp_path: Path
) -> None:
    """Of the first try, table and user pool are protected: both go before the second one."""
    strict.set(verified=False)
    contract = closed_file(tmp_path / "people.json", "person")
    words = [word for word in deploying(STAGE, contract) if word != "--yes"]
    done = cloud.typing("y", "y", words=[*words, "--json"])
    assert done.returncode == 0, done.stderr
    assert "Go on without the page?" in done.stderr
    for kind in ("table", "user pool"):
        assert len(re.findall(rf"removed +{kind} \S+, which was empty", done.stderr)) == 1
    outputs = json.loads(done.stdout)["outputs"]
    assert "SiteUrl" not in outputs
    assert cloud.ask("GET", outputs["ApiUrl"] + "/todos").status == 401
    assert f"cognito-idp {outputs['UserPoolId']}" in leftovers(cloud)
    assert [each for each in leftovers(cloud) if "cognito-idp" in each][1:] == []


def test_a_role_that_is_too_new_is_made_anew(cloud: Cloud, strict: Strictness) -> None:
    strict.set(slow_roles=2)
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 0, done.stderr
    assert "starting over: try 3 of 3" in done.stderr
    assert "removed            table TodoItems-fresh, which was empty" in done.stderr
    assert answers(cloud)


def test_a_role_that_stays_too_new_is_told(cloud: Cloud, strict: Strictness) -> None:
    strict.set(slow_roles=3)
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 4
    assert "cannot be assumed by Lambda" in done.stderr
    assert "Nothing serves yet." in done.stderr
    assert "is still serving" not in done.stderr
