"""A stage that is closed to strangers: people, keys, services, the way back. In order."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import TODOS
from tests.contracts.closed import closed_file
from tests.deploy.deployer_policy import allowed
from tests.e2e.callers import (
    NOBODY,
    hostile_people,
    hostile_services,
    person,
    service,
    signing,
    with_key,
)
from tests.e2e.cloud import Answer, Cloud, deploying
from tests.e2e.deployer import heard, hired
from tests.e2e.key_forwarder import HOST, forwarding_keys
from tests.e2e.leftovers import leftovers
from tests.e2e.matrix import StageMatrix
from tests.e2e.signing_in import bearing, confirmed, signed_in
from tests.engines import Strictness, running

STAGE = "closed"
ANN, BOB = "ann@example.com", "bob@example.com"
SCOPES = ("todos/read", "todos/write")


@pytest.fixture(scope="module")
def cloud(
    aws_environment: None,  # noqa: ARG001 - the process inherits it
    strictness: Strictness,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cloud]:
    """The engine asks IAM about every call, and is used by a deployer who is no administrator."""
    folder = tmp_path_factory.mktemp("closed")
    certificate = folder / "ministack-tls" / "server.crt"
    guards = {
        "AUTH": "true", "USE_SSL": "1", "AWS_CA_BUNDLE": str(certificate), "MINISTACK_HOST": HOST,
    }  # fmt: skip
    with (
        running(folder, "https", guards, strictness) as endpoint,
        forwarding_keys(endpoint, certificate),
    ):
        yield hired(Cloud(endpoint, certificate), folder / "calls")


@pytest.fixture(scope="module")
def to_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return closed_file(tmp_path_factory.mktemp("contracts") / "people.json", "person")


@pytest.fixture(scope="module")
def tokens(cloud: Cloud) -> dict[str, str]:
    """Of each person, once the stage is there."""
    outputs = cloud.outputs(STAGE)
    return {each: signed_in(cloud, outputs, each, *SCOPES) for each in (ANN, BOB)}


def todos(cloud: Cloud) -> str:
    """Asked for anew each time: a new document is a new API with this engine, unlike with AWS."""
    return cloud.outputs(STAGE)["ApiUrl"] + "/todos"


def test_a_closed_stage_is_deployed_and_told_how_to_be_opened_to_people(
    cloud: Cloud, to_people: Path
) -> None:
    done = cloud.run(*deploying(STAGE, to_people))
    assert done.returncode == 0, done.stderr
    assert "GET /todos is answered with 401" in done.stderr
    assert "todo-api people invite ADDRESS --stage closed" in done.stdout
    assert not cloud.deploy(STAGE, to_people)["changed"]


def test_people_are_invited(cloud: Cloud) -> None:
    done = cloud.run("people", "invite", ANN, BOB, "--stage", STAGE)
    assert done.returncode == 0, done.stderr
    for address in (ANN, BOB):
        confirmed(cloud, STAGE, address)
    told = json.loads(cloud.run("people", "list", "--stage", STAGE, "--json").stdout)
    assert {each["address"]: each["status"] for each in told} == {
        ANN: "confirmed", BOB: "confirmed",
    }  # fmt: skip


def test_the_site_tells_where_people_sign_in(cloud: Cloud) -> None:
    outputs = cloud.outputs(STAGE)
    bucket = cloud.client("s3")

    def file(key: str) -> bytes:
        found: bytes = bucket.get_object(Bucket=outputs["SiteBucket"], Key=key)["Body"].read()
        return found

    assert outputs["SignInClient"] in file("config.js").decode()
    document = json.loads(file(".well-known/openid-configuration"))
    assert document["authorization_endpoint"].endswith("/oauth2/authorize")
    schemes = json.loads(file("openapi.json"))["components"]["securitySchemes"]
    assert schemes["person"]["openIdConnectUrl"] == outputs["DiscoveryUrl"]


def test_people_may_do_what_the_contract_says_and_nobody_else_wakes_the_function(
    cloud: Cloud, to_people: Path, tokens: dict[str, str]
) -> None:
    outputs = cloud.outputs(STAGE)
    ann, bob = (person(each, tokens[each], *SCOPES) for each in (ANN, BOB))
    partly = [
        person(ANN, signed_in(cloud, outputs, ANN, *scopes), *scopes)
        for scopes in ([], *([each] for each in SCOPES))
    ]
    everybody = [ann, bob, *partly, NOBODY, with_key(NOBODY, "made up", "x" * 40)]
    hostile = hostile_people(cloud, outputs, ANN, *SCOPES)
    assert len(hostile) == 13
    with service(cloud, "meter", is_allowed=True) as meter:
        matrix = StageMatrix(cloud, to_people, outputs, ann)
        assert matrix.unexpected([*everybody, signing(meter), *hostile]) == []
    for each in (ann, bob):
        emptied(cloud, bearing(tokens[each.sender.owner]))


def emptied(cloud: Cloud, headers: dict[str, str]) -> None:
    """The matrix leaves items behind, which the next tests do not count on."""
    every = todos(cloud)
    for each in cloud.ask("GET", f"{every}?limit=100", None, headers).json["items"]:
        assert cloud.ask("DELETE", f"{every}/{each['id']}", None, headers).status == 204


def test_two_people_work_beside_each_other(cloud: Cloud, tokens: dict[str, str]) -> None:
    every = todos(cloud)
    ann, bob = bearing(tokens[ANN]), bearing(tokens[BOB])
    made = cloud.ask("POST", every, {"title": "Ann's"}, ann)
    assert made.status == 201
    assert cloud.ask("POST", every, {"title": "Bob's"}, bob).status == 201
    assert titles(cloud.ask("GET", every, None, ann)) == ["Ann's"]
    assert titles(cloud.ask("GET", every, None, bob)) == ["Bob's"]
    one = f"{every}/{made.json['id']}"
    none = f"{every}/00000000-0000-4000-8000-000000000000"
    for method, body in (("GET", None), ("PUT", {"title": "x"}), ("DELETE", None)):
        theirs, nobodys = (cloud.ask(method, each, body, bob) for each in (one, none))
        assert theirs.status == nobodys.status == 404
    assert cloud.ask("GET", one, None, ann).json["title"] == "Ann's"


def breaking(contract: Path) -> list[str]:
    """Who called until now is asked to say who they are."""
    return [*deploying(STAGE, contract), "--breaking"]


def titles(answer: Answer) -> list[str]:
    return [each["title"] for each in answer.json["items"]]


def test_opening_a_stage_hides_what_is_private_and_asks_for_that(cloud: Cloud) -> None:
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 4
    assert "Nobody will see 2 items of /todos any more: what belongs to one caller" in done.stderr
    assert "todo-api hand-over --stage closed --collection todos" in done.stderr
    assert "Nothing was changed." in done.stderr
    assert cloud.typing("/todos", words=deploying(STAGE, TODOS)).returncode == 0
    assert cloud.ask("GET", todos(cloud)).json["items"] == []
    assert cloud.ask("POST", todos(cloud), {"title": "Everyone's"}).status == 201


def test_private_items_become_everybodys_by_the_name_of_the_stage(cloud: Cloud) -> None:
    words = ["hand-over", "--stage", STAGE, "--collection", "todos", "--from", ANN]
    words += ["--to", "everyone"]
    done = cloud.run(*words, "--yes")
    assert (done.returncode, "which --yes does not do" in done.stderr) == (4, True)
    done = cloud.typing(STAGE, words=words)
    assert done.returncode == 0, done.stderr
    assert {*titles(cloud.ask("GET", todos(cloud)))} == {"Ann's", "Everyone's"}


def test_closing_a_stage_gives_people_back_what_is_theirs(cloud: Cloud, to_people: Path) -> None:
    done = cloud.typing("/todos", words=breaking(to_people))
    assert done.returncode == 0, done.stderr
    assert "Nobody will see 2 items of /todos any more: what belongs to everyone" in done.stderr
    bob = bearing(signed_in(cloud, cloud.outputs(STAGE), BOB, *SCOPES))
    assert titles(cloud.ask("GET", todos(cloud), None, bob)) == ["Bob's"]
    words = ["hand-over", "--stage", STAGE, "--collection", "todos", "--from", "everyone"]
    done = cloud.run(*words, "--to", BOB, "--yes")
    assert done.returncode == 0, done.stderr
    assert {*titles(cloud.ask("GET", todos(cloud), None, bob))} == {"Ann's", "Bob's", "Everyone's"}


def test_who_is_removed_leaves_items_to_somebody(cloud: Cloud) -> None:
    words = ["people", "remove", BOB, "--stage", STAGE, "--yes"]
    assert cloud.run(*words).returncode == 4, "what becomes of the items has to be said"
    done = cloud.run(*words, "--items", ANN)
    assert done.returncode == 0, done.stderr
    ann = bearing(signed_in(cloud, cloud.outputs(STAGE), ANN, *SCOPES))
    assert len(titles(cloud.ask("GET", todos(cloud), None, ann))) == 3


def test_people_and_items_outlive_the_stage_and_come_back_together(
    cloud: Cloud, to_people: Path
) -> None:
    pool = cloud.outputs(STAGE)["UserPoolId"]
    done = cloud.run("destroy", "--stage", STAGE, "--keep-data", "--yes")
    assert done.returncode == 0, done.stderr
    left = {each for each in leftovers(cloud) if "artifacts" not in each}
    assert left == {f"cognito-idp {pool}", "dynamodb TodoItems-closed"}
    done = cloud.run(*deploying(STAGE, to_people))
    assert done.returncode == 0, done.stderr
    assert f"the table TodoItems-closed and the user pool {pool}" in done.stderr
    outputs = cloud.outputs(STAGE)
    assert outputs["UserPoolId"] == pool
    ann = bearing(signed_in(cloud, outputs, ANN, *SCOPES))
    assert len(titles(cloud.ask("GET", todos(cloud), None, ann))) == 3


def test_applications_call_with_keys_that_can_be_revoked(
    cloud: Cloud, tmp_path: Path, tokens: dict[str, str]
) -> None:
    contract = closed_file(tmp_path / "keys.json", "key")
    done = cloud.typing("/todos", words=breaking(contract))
    assert done.returncode == 0, done.stderr
    assert "GET /todos is answered with 403" in done.stderr
    made = {name: cloud.run("keys", "create", name, "--stage", STAGE) for name in ("shop", "gone")}
    values = {name: each.stdout.split()[1] for name, each in made.items()}
    assert cloud.run("keys", "revoke", "gone", "--stage", STAGE).returncode == 0
    shop = with_key(NOBODY, "good", values["shop"])
    others = [with_key(NOBODY, "revoked", values["gone"]), with_key(NOBODY, "made up", "x" * 40)]
    ann = person(ANN, tokens[ANN], *SCOPES)
    matrix = StageMatrix(cloud, contract, cloud.outputs(STAGE), shop)
    assert matrix.unexpected([shop, *others, NOBODY, ann]) == []


def test_services_call_with_a_signature(
    cloud: Cloud, tmp_path: Path, tokens: dict[str, str]
) -> None:
    contract = closed_file(tmp_path / "service.json", "service")
    done = cloud.typing("/todos", words=breaking(contract))
    assert done.returncode == 0, done.stderr
    with (
        service(cloud, "meter", is_allowed=True) as meter,
        service(cloud, "another-meter", is_allowed=True) as another,
        service(cloud, "stranger", is_allowed=False) as stranger,
    ):
        everybody = [signing(meter), signing(another), signing(stranger, "without a policy")]
        everybody += [NOBODY, with_key(NOBODY, "made up", "x" * 40)]
        everybody += [person(ANN, tokens[ANN], *SCOPES), *hostile_services(meter)]
        matrix = StageMatrix(cloud, contract, cloud.outputs(STAGE), signing(meter))
        assert matrix.unexpected(everybody) == []


def test_a_destroyed_stage_leaves_nobody(cloud: Cloud) -> None:
    done = cloud.run("destroy", "--stage", STAGE, "--yes")
    assert done.returncode == 0, done.stderr
    assert leftovers(cloud) == []


def test_the_commands_called_what_a_deployer_may_call(cloud: Cloud) -> None:
    missing, unused = allowed(heard(cloud))
    assert missing == []
    assert not {each for each in unused if each.startswith(("cognito-idp", "dynamodb:Query"))} - {
        "cognito-idp:DeleteUserPoolDomain"  # where a stack has left its domain behind
    }
