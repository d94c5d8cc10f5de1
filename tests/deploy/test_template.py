"""The template with a contract in it: what is put in, and what of it makes a resource anew."""

import json
import re
from pathlib import Path

import pytest

from infra.deploy.template import render, with_indexes
from infra.gateway.import_document import import_document
from infra.site import site
from service.stores.layout import index_names, table_definition
from service.stores.shards import index_in
from tests.contracts import ALL, CUSTOMERS, LIBRARY, TODOS, load
from tests.deploy.templates import EVERYTHING, PARAMETERS, of_type, rendered, resolved

EVERY = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


# -- what is put in ----------------------------------------------------------------------------


@EVERY
def test_the_contract_decides_the_body_and_the_indexes(path: Path) -> None:
    contract = load(path)
    resources = rendered(PARAMETERS | {"Origin": "https://example.com"}, path)["Resources"]
    body = resources["Api"]["Properties"]["Body"]
    assert body["info"].pop("title") == {"Ref": "AWS::StackName"}  # the alarms look for it
    document = import_document(contract, "https://example.com")
    del document["info"]["title"]
    assert body == document
    definition = table_definition("", contract.filters)
    table = resources["Table"]["Properties"]
    for key in ("AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema", "BillingMode"):
        assert table[key] == definition[key]


def test_the_table_gets_only_the_indexes_that_are_asked_for() -> None:
    """CloudFormation refuses attributes that no key has."""
    assert index_names(load(TODOS).filters)[0] == "byCreated"
    for names in ([], ["byCreated"], index_names(load(TODOS).filters)):
        table = render(load(TODOS), PARAMETERS, names)["Resources"]["Table"]["Properties"]
        indexes = table.get("GlobalSecondaryIndexes", [])
        assert [each["IndexName"] for each in indexes] == names
        keys = {key["AttributeName"] for each in [table, *indexes] for key in each["KeySchema"]}
        assert {each["AttributeName"] for each in table["AttributeDefinitions"]} == keys


def test_the_same_arguments_give_the_same_template() -> None:
    first = rendered()
    first["Resources"].clear()
    assert json.dumps(rendered()) == json.dumps(rendered()) != json.dumps(first)


def test_a_parameter_without_a_value_is_told() -> None:
    with pytest.raises(KeyError, match="CodeKey"):
        rendered({name: value for name, value in PARAMETERS.items() if name != "CodeKey"})


def test_the_policy_of_the_page_is_that_of_the_local_server_and_the_api() -> None:
    served = dict(site(TODOS, load(TODOS).document)["/"].headers)
    local = served[b"content-security-policy"].decode()
    headers = resolved(rendered())["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    ours = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    api = "https://${Api}.execute-api.eu-central-1.amazonaws.com"
    assert ours == local.replace("connect-src 'self'", f"connect-src 'self' {api}")
    assert api in ours


@pytest.mark.parametrize("parameters", [PARAMETERS, EVERYTHING], ids=["least", "everything"])
def test_the_dashboard_is_json_that_names_what_is_there(parameters: dict[str, str]) -> None:
    resources = resolved(rendered(parameters), parameters)
    (dashboard,) = of_type(resources, "CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    titles = " ".join(each["properties"]["title"] for each in widgets)
    for word in ("Requests", "Errors", "Latency", "Cold starts", "function", "table"):
        assert word in titles
    alarms = next(each for each in widgets if each["type"] == "alarm")["properties"]["alarms"]
    assert {*alarms} == {f"${{{name}.Arn}}" for name in of_type(resources, "CloudWatch::Alarm")}


@pytest.mark.parametrize("shards", [1, 4])
def test_the_dashboard_shows_the_units_of_the_index_that_lists_read(shards: int) -> None:
    given = {**PARAMETERS, "Shards": str(shards)}
    (dashboard,) = of_type(resolved(rendered(given), given), "CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    metrics = [each for widget in widgets for each in widget["properties"].get("metrics", ())]
    shown = [each[5] for each in metrics if "GlobalSecondaryIndexName" in each]
    assert shown == [index_in(shards, "byCreated")] * 2


def test_the_access_log_is_one_json_object() -> None:
    (stage,) = of_type(resolved(rendered(), EVERYTHING), "ApiGateway::Stage").values()
    line = json.loads(stage["AccessLogSetting"]["Format"])
    assert {"requestId", "ip", "method", "resourcePath", "status", "latencyMs"} <= line.keys()
    assert line["extendedRequestId"] == "$context.extendedRequestId"  # AWS's support asks for it


def test_what_the_body_says_of_tls_stands_beside_it_as_well() -> None:
    """AWS: Security policies for REST APIs; one without the other is refused."""
    api = rendered()["Resources"]["Api"]["Properties"]
    body = api["Body"]
    assert api["SecurityPolicy"] == body["x-amazon-apigateway-security-policy"]
    assert api["EndpointAccessMode"] == body["x-amazon-apigateway-endpoint-access-mode"]


@pytest.mark.parametrize(
    ("suffix", "account", "alarms"),
    [
        ("amazonaws.com", "111122223333", 6),
        ("amazonaws.com.cn", "111122223333", 6),
        ("amazonaws.eu", "111122223333", 6),  # the European Sovereign Cloud
        ("localhost", "111122223333", 2),
        ("amazonaws.com", "000000000000", 2),
    ],
)
def test_every_partition_of_aws_has_all_alarms(suffix: str, account: str, alarms: int) -> None:
    here = {**PARAMETERS, "AWS::URLSuffix": suffix, "AWS::AccountId": account}
    assert len(of_type(resolved(rendered(), here), "CloudWatch::Alarm")) == alarms


@EVERY
def test_the_template_is_small_enough_for_cloudformation(path: Path) -> None:
    """A template may have 1 MB in S3. AWS: CloudFormation quotas."""
    assert len(json.dumps(rendered(path=path))) < 500_000


def test_without_its_page_a_stage_has_nothing_of_cloudfront_and_no_bucket() -> None:
    resources = resolved(rendered(), PARAMETERS | {"Page": "off"})
    left = {each["Type"] for each in resources.values()}
    gone = {each["Type"] for each in resolved(rendered()).values()} - left
    assert gone == {
        *("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::CloudFront::OriginAccessControl"),
        *("AWS::CloudFront::ResponseHeadersPolicy", "AWS::CloudFront::Distribution"),
    }


def test_other_indexes_change_nothing_but_the_table() -> None:
    template = rendered()
    other = with_indexes(template, ["byCreated"])
    assert other != template
    assert with_indexes(other, index_names(load(TODOS).filters)) == template
    for part in (template, other):
        del part["Resources"]["Table"]
    assert other == template


# -- what is made anew -------------------------------------------------------------------------


def hashed(parameters: dict[str, str], path: Path = TODOS) -> dict[str, str]:
    """The hashes by the names in front of them."""
    names = (
        re.fullmatch(r"(\w+?)([0-9a-f]{12})", name)
        for name in rendered(parameters, path)["Resources"]
    )
    return {match[1]: match[2] for match in names if match}


@pytest.mark.parametrize(
    ("parameter", "value", "changed"),
    [
        ("CodeKey", "prod/code/ffff.zip", {"FunctionVersion"}),
        ("Runtime", "python3.12", {"FunctionVersion"}),
        ("Architecture", "x86_64", {"FunctionVersion"}),
        ("SnapStart", "on", {"FunctionVersion"}),
        ("TableName", "Others", {"FunctionVersion"}),
        ("PendingFilters", "completed", {"FunctionVersion"}),
        ("Shards", "4", {"FunctionVersion"}),
        ("OtherShards", "4", {"FunctionVersion"}),
        ("Origin", "https://example.com", {"FunctionVersion", "ApiDeployment"}),
        ("CodeBucket", "another", set()),
        ("AlarmEmail", "someone@example.com", set()),
        ("AccessLogs", "on", set()),
        ("Boundary", "on", set()),
        ("LogRetentionDays", "7", set()),
        ("ThrottleRate", "100", set()),
        ("ThrottleBurst", "100", set()),
    ],
)
def test_a_parameter_makes_anew_what_holds_it_and_no_more(
    parameter: str, value: str, changed: set[str]
) -> None:
    before = hashed(PARAMETERS)
    after = hashed(PARAMETERS | {parameter: value})
    assert {name for name in before if before[name] != after[name]} == changed


def test_another_contract_is_another_deployment() -> None:
    found = [hashed(PARAMETERS, path)["ApiDeployment"] for path in (TODOS, CUSTOMERS, LIBRARY)]
    assert len({*found}) == 3


def test_references_follow_the_hashes() -> None:
    resources = rendered()["Resources"]
    deployment = resources["ApiStage"]["Properties"]["DeploymentId"]["Ref"]
    version, _ = resources["Alias"]["Properties"]["FunctionVersion"]["Fn::GetAtt"]
    assert resources[deployment]["Type"] == "AWS::ApiGateway::Deployment"
    assert resources[version]["Type"] == "AWS::Lambda::Version"
