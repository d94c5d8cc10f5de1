"""The template of a closed contract: who may call, and what of it makes a resource anew."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.aws.account import StackError
from infra.aws.stage import Stage
from infra.deploy.changes import strangers_may_read
from infra.deploy.parameters import check_access
from infra.gateway.keys import BURST, QUOTA, RATE
from infra.site import site
from tests.contracts import OPEN, TODOS, load
from tests.contracts.closed import closed_file
from tests.deploy.templates import PARAMETERS, Json, of_type, once_closed, rendered, resolved

DOMAIN = "https://todo-api-prod-111122223333.auth.eu-central-1.amazoncognito.com"
OUTPUTS_OF_PEOPLE = {"UserPoolId", "SignInUrl", "SignInClient", "DiscoveryUrl"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closed")


@pytest.fixture(scope="module")
def to_people(folder: Path) -> Path:
    return closed_file(folder / "people.json", "person")


@pytest.fixture(scope="module")
def to_applications(folder: Path) -> Path:
    return closed_file(folder / "keys.json", "key")


@pytest.fixture(scope="module")
def to_both(folder: Path) -> Path:
    return closed_file(folder / "both.json", "person", "key")


def kinds(resources: Mapping[str, Json]) -> set[str]:
    return {each["Type"] for each in resources.values()}


# -- what there is -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
def test_an_open_contract_has_nothing_of_people_and_keys(path: Path) -> None:
    template = rendered(path=path)
    there = kinds(template["Resources"])
    assert not {each for each in there if each.startswith("AWS::Cognito::")}
    assert not there & {"AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlan"}
    assert not {"SignUp", "Mfa", "KeyRate"} & template["Parameters"].keys()
    assert "Variables" not in template["Resources"]["ApiStage"]["Properties"]


def test_services_need_nothing_but_the_api(folder: Path) -> None:
    path = closed_file(folder / "service.json", "service")
    assert kinds(rendered(path=path)["Resources"]) == kinds(rendered()["Resources"])


def test_people_get_a_pool_that_outlives_the_stack(to_people: Path) -> None:
    pool = rendered(path=to_people)["Resources"]["UserPool"]
    table = rendered()["Resources"]["Table"]
    for key in ("DeletionPolicy", "UpdateReplacePolicy"):
        assert pool[key] == table[key]
    (prod,) = of_type(resolved(rendered(path=to_people)), "Cognito::UserPool").values()
    assert prod["DeletionProtection"] == "ACTIVE"
    assert prod["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert (prod["MfaConfiguration"], "EnabledMfas" in prod) == ("OFF", False)


@pytest.mark.parametrize(("asked", "mode"), [("optional", "OPTIONAL"), ("required", "ON")])
def test_a_second_factor_and_open_sign_up_are_asked_for(
    to_people: Path, asked: str, mode: str
) -> None:
    parameters = {**PARAMETERS, "SignUp": "open", "Mfa": asked}
    template = rendered(parameters, to_people)
    (pool,) = of_type(resolved(template, parameters), "Cognito::UserPool").values()
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == (mode, ["SOFTWARE_TOKEN_MFA"])


def test_the_page_is_a_public_client_with_short_tokens_and_no_password(to_people: Path) -> None:
    (client,) = of_type(resolved(rendered(path=to_people)), "Cognito::UserPoolClient").values()
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["AllowedOAuthScopes"] == ["openid", "email", "todos/read", "todos/write"]
    assert client["AccessTokenValidity"] == 15
    assert client["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert client["CallbackURLs"] == client["LogoutURLs"] == ["https://${Distribution.DomainName}/"]


@pytest.mark.parametrize(
    ("parameters", "address"),
    [({}, "http://localhost:8000/"), ({"Origin": "https://a.example"}, "https://a.example/")],
)
def test_without_a_page_people_come_back_to_somebody_elses(
    to_people: Path, parameters: dict[str, str], address: str
) -> None:
    given = {**PARAMETERS, "Page": "off", **parameters}
    resources = resolved(rendered(given, to_people), given)
    (client,) = of_type(resources, "Cognito::UserPoolClient").values()
    assert client["CallbackURLs"] == [address]


@pytest.mark.parametrize("identifier", ["todos", "Todos", "https://api.example.com/v1"])
def test_the_scopes_are_those_of_resource_servers_that_come_first(
    folder: Path, identifier: str
) -> None:
    path = closed_file(folder / "scopes.json", "person", identifier=identifier)
    load.cache_clear()
    resources = rendered(path=path)["Resources"]
    (name,) = of_type(resources, "Cognito::UserPoolResourceServer")
    server = resources[name]["Properties"]
    assert name.isalnum()
    assert server["Identifier"] == identifier
    assert [each["ScopeName"] for each in server["Scopes"]] == ["read", "write"]
    assert all(each["ScopeDescription"] for each in server["Scopes"])
    assert resources["UserPoolClient"]["DependsOn"] == [name]


def test_the_function_hears_of_the_client_by_the_stage(to_people: Path) -> None:
    stage = rendered(path=to_people)["Resources"]["ApiStage"]["Properties"]
    assert stage["Variables"] == {"client": {"Ref": "UserPoolClient"}}


def test_the_page_may_ask_the_domain_for_tokens(to_people: Path) -> None:
    def policy(template: Json) -> str:
        headers = resolved(template)["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
        told = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        return str(told["ContentSecurityPolicy"])

    api = "https://${Api}.execute-api.eu-central-1.amazonaws.com"
    assert policy(rendered(path=to_people)) == policy(rendered()).replace(api, f"{api} {DOMAIN}")
    assert DOMAIN not in policy(rendered())
    local = dict(site(TODOS, load(TODOS).document)["/"].headers)[b"content-security-policy"]
    assert "form-action 'none'" in local.decode()


def test_the_domain_of_the_policy_is_that_of_the_pool(to_people: Path) -> None:
    (domain,) = of_type(resolved(rendered(path=to_people)), "Cognito::UserPoolDomain").values()
    assert DOMAIN.startswith(f"https://{domain['Domain']}.auth.")


def test_keys_have_a_plan_and_no_value_stands_in_the_template(to_applications: Path) -> None:
    resources = resolved(rendered(path=to_applications))
    (key,) = of_type(resources, "ApiGateway::ApiKey").values()
    assert not {"Name", "Value"} & key.keys()
    (plan,) = of_type(resources, "ApiGateway::UsagePlan").values()
    assert plan["Quota"]["Period"] == "MONTH"
    assert plan["ApiStages"] == [{"ApiId": "${Api}", "Stage": "${ApiStage}"}]


def test_a_plan_lets_through_what_it_does_on_this_machine(to_applications: Path) -> None:
    declared = rendered(path=to_applications)["Parameters"]
    found = [declared[name]["Default"] for name in ("KeyRate", "KeyBurst", "KeyQuota")]
    assert found == [RATE, BURST, QUOTA]


def test_the_outputs_tell_how_people_and_applications_call(to_both: Path) -> None:
    told = rendered(path=to_both)["Outputs"].keys() - rendered()["Outputs"].keys()
    assert told == {*OUTPUTS_OF_PEOPLE, "ApiKeyId", "UsagePlanId"}


# -- a stage that was closed once --------------------------------------------------------------


def test_people_stay_when_the_contract_is_opened(to_people: Path) -> None:
    closed, opened = rendered(path=to_people), once_closed()
    assert opened["Resources"]["UserPool"] == closed["Resources"]["UserPool"]
    assert kinds(opened["Resources"]) - kinds(rendered()["Resources"]) == {"AWS::Cognito::UserPool"}
    assert once_closed(to_people) == closed


# -- what is made anew -------------------------------------------------------------------------


def test_another_pool_is_another_deployment(
    to_people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document names the pool by its logical id alone, which stays the same."""
    from infra.deploy import template as module

    def deployment() -> str:
        resources = rendered(path=to_people)["Resources"]
        return str(next(each for each in resources if each.startswith("ApiDeployment")))

    before = deployment()
    loaded = module._loaded

    def changed(file: Path) -> Json:
        found = loaded(file)
        for name in {"UserPool"} & found.get("Resources", {}).keys():
            found["Resources"][name]["Properties"]["UsernameAttributes"] = ["phone_number"]
        return found

    monkeypatch.setattr(module, "_loaded", changed)
    assert deployment() != before


def test_people_who_do_not_sign_in_are_no_reason_for_another_deployment() -> None:
    assert once_closed()["Resources"].keys() - {"UserPool"} == rendered()["Resources"].keys()


# -- what cannot be, or should be known --------------------------------------------------------


@pytest.mark.parametrize("option", ["SignUp", "Mfa", "KeyRate"])
def test_what_means_nothing_to_a_contract_is_refused(option: str) -> None:
    with pytest.raises(StackError, match="No operation of the contract asks for a"):
        check_access(load(TODOS).schemes, Stage("prod"), {option: "1"}, {})


def test_a_stage_whose_name_cognito_reserves_is_refused(to_people: Path) -> None:
    with pytest.raises(StackError, match="Choose another name with --stage"):
        check_access(load(to_people).schemes, Stage("awsdev"), {}, {})
    check_access(load(to_people).schemes, Stage("prod"), {"SignUp": "open"}, {})
    check_access(load(TODOS).schemes, Stage("awsdev"), {}, {})


@pytest.mark.parametrize("origin", ["http://example.com", "app://example"])
def test_an_origin_that_no_sign_in_comes_back_to_is_refused(to_people: Path, origin: str) -> None:
    schemes = load(to_people).schemes
    with pytest.raises(StackError, match="does not redirect to"):
        check_access(schemes, Stage("prod"), {}, {"Origin": origin})
    for other in ("*", "https://example.com", "http://localhost:8000"):
        check_access(schemes, Stage("prod"), {"Origin": other}, {"Origin": origin})
    check_access(load(TODOS).schemes, Stage("prod"), {"Origin": origin}, {})


def test_what_strangers_could_read_after_signing_up_is_named(folder: Path, to_people: Path) -> None:
    shared = closed_file(folder / "shared.json", "person", owner="everyone")
    assert [*strangers_may_read(load(shared))] == ["/todos"]
    assert [*strangers_may_read(load(to_people))] == []
    assert [*strangers_may_read(load(TODOS))] == []
