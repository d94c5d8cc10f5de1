"""What functions change of a stack: its timeout, and what its role may do."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts
from infra.aws.stage import Stage
from infra.beside import extras
from infra.check import Refused, check, told_faults
from infra.deploy.first_request import _request
from infra.deploy.served import served_contract
from infra.deploy.template import HAND_WRITTEN_SECONDS, function_seconds, render
from infra.package import default_runtime, package
from service.contract.derivation import derive
from service.contract.document import ContractError, Document
from service.stores.layout import index_names
from tests.benchmarks.packaged import MAKING, this_architecture
from tests.contracts import ACTIONS, TODOS, load
from tests.deploy.policies import allowed, broken
from tests.deploy.templates import PARAMETERS, resolved

MAIL = {
    "Sid": "Mail",
    "Effect": "Allow",
    "Action": "ses:SendEmail",
    "Resource": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/example.com",
}


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A contract with functions, in a folder of its own."""
    file = tmp_path / "actions.yaml"
    for suffix in (".yaml", ".py"):
        file.with_suffix(suffix).write_bytes(ACTIONS.with_suffix(suffix).read_bytes())
    return file


def template(file: Path) -> dict[str, Any]:
    contract = check(file)
    indexes = index_names(contract.filters)
    return resolved(render(contract, PARAMETERS, indexes, extras(file).statements))


def write(file: Path, *statements: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": statements}
    file.with_suffix(".policy.json").write_text(json.dumps(policy))


def test_functions_get_the_time_for_several_calls(contract: Path) -> None:
    function = template(contract)["Function"]["Properties"]
    assert function["Timeout"] == HAND_WRITTEN_SECONDS
    assert broken(template(contract)) == {}


def test_functions_get_a_policy_of_their_own(contract: Path) -> None:
    before = allowed(template(contract))
    write(contract, MAIL)
    role = template(contract)["FunctionRole"]["Properties"]
    assert [each["PolicyName"] for each in role["Policies"]] == ["store", "logs", "functions"]
    identity = "arn:aws:ses:eu-central-1:111122223333:identity/example.com"
    assert allowed(template(contract)) - before == {("ses:SendEmail", identity)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Sid": None}, "Statement 1: it has no Sid."),
        ({"Action": "*"}, "Statement 1: '*' as Action allows more than the functions need."),
        ({"Action": ["ses:*"]}, "Statement 1: '*' as Action allows more"),
        ({"Resource": "*"}, "Statement 1: '*' as Resource allows more"),
        ({"Resource": []}, "Statement 1: it has no Resource."),
        ({"Effect": "allow"}, "Statement 1: it has no Effect."),
        ({"NotAction": "ses:SendEmail"}, "Statement 1: NotAction allows whatever is not named."),
    ],
)
def test_a_policy_that_nobody_has_thought_through_is_refused(
    contract: Path, changes: dict[str, Any], told: str
) -> None:
    write(contract, MAIL | changes)
    with pytest.raises(ContractError) as refusal:
        extras(contract)
    assert str(refusal.value).startswith(f"actions.policy.json:1: {told}")


def test_check_tells_of_the_policy(contract: Path) -> None:
    contract.with_suffix(".policy.json").write_text("{\n,")
    with pytest.raises(Refused) as refusal:
        check(contract)
    expected = f"{contract.with_suffix('.policy.json')}:2: Not well-formed JSON"
    assert told_faults(contract, refusal.value.report).startswith(expected)


def test_what_is_live_is_packaged_again_with_its_own_functions(
    account: Account, contract: Path
) -> None:
    """A new filter is written by the version before, until the table is ready for it. It has the
    functions that it had, which nobody runs here."""
    wanted = check(contract)
    made = package(wanted, default_runtime(), this_architecture(), MAKING)
    artifacts = Artifacts(account, Stage("dev"))
    artifacts.create()
    key = artifacts.put_zip(made.path, made.sha256)
    served = served_contract(artifacts, key)
    assert served.files == wanted.files
    assert function_seconds(served) == HAND_WRITTEN_SECONDS
    again = package(served, default_runtime(), this_architecture(), MAKING)
    assert again.sha256 == made.sha256


def test_the_first_request_of_a_deployment_calls_no_function(contract: Path) -> None:
    assert _request(check(contract))[1:] == ("/todos", "200")
    data = check(contract).document.data
    alone = {**data, "paths": {"/health": data["paths"]["/health"]}}
    assert _request(derive(Document(alone))) == ("DELETE", "/health", "405")


def test_a_contract_without_functions_keeps_the_short_timeout() -> None:
    rendered = render(load(TODOS), PARAMETERS, [])
    assert rendered["Resources"]["Function"]["Properties"]["Timeout"] == 10
