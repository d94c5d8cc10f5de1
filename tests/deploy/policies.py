"""Policies: what no linter asks of a template, each as a function that yields the faults.

They look at the resources as `tests.deploy.templates.resolved` has them.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session

from infra.gateway.imported import INTEGRATION_SECONDS
from tests.contracts import ROOT
from tests.deploy.templates import Json, listed, of_type, statements

Resources = Mapping[str, Json]
Policy = Callable[[Resources], Iterator[str]]

USED = {
    ("dynamodb:DeleteItem", "${Table.Arn}"),
    ("dynamodb:GetItem", "${Table.Arn}"),
    ("dynamodb:PutItem", "${Table.Arn}"),
    ("dynamodb:Query", "${Table.Arn}/index/*"),
    ("dynamodb:UpdateItem", "${Table.Arn}"),
    # Lambda itself makes these two.
    ("logs:CreateLogStream", "${FunctionLogs.Arn}"),
    ("logs:PutLogEvents", "${FunctionLogs.Arn}"),
}
"""What the function does; `tests.least_privilege` holds it against the calls that it makes."""

TRACED = {("xray:PutTelemetryRecords", "*"), ("xray:PutTraceSegments", "*")}
"""What Lambda does besides where it traces. X-Ray has no resource that a policy could name."""


def broken(resources: Resources) -> dict[str, list[str]]:
    """The faults by the name of the policy; empty for a good template."""
    found = {policy.__name__: list(_faults(policy, resources)) for policy in POLICIES}
    return {name: faults for name, faults in found.items() if faults}


def _faults(policy: Policy, resources: Resources) -> Iterator[str]:
    try:
        yield from policy(resources)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"what it looks at is not there: {error!r}"


# -- Api ---------------------------------------------------------------------------------------


def body_is_whole(resources: Resources) -> Iterator[str]:
    """API Gateway imports OpenAPI 3.0 whose references all lead somewhere."""
    body = _body(resources)
    if not re.fullmatch(r"3\.0\.\d", body["openapi"]):
        yield f"openapi {body['openapi']}"
    if not body["paths"]:
        yield "no paths"
    for node in _objects(body):
        if isinstance(node.get("$ref"), str) and not _leads_somewhere(body, node["$ref"]):
            yield f"{node['$ref']} is not there"
    for name, method in _methods(body):
        if not method.get("responses") or "x-amazon-apigateway-integration" not in method:
            yield f"{name} has no responses or no integration"


def integrations_call_the_alias_by_post(resources: Resources) -> Iterator[str]:
    """AWS: Lambda is always called by POST, whatever the client's method."""
    for name, method in _methods(_body(resources)):
        integration = method.get("x-amazon-apigateway-integration", {})
        if integration.get("type") == "mock":
            continue
        if integration and integration.get("httpMethod") != "POST":
            yield f"{name} by {integration.get('httpMethod')}"
        if integration and "functions/${Alias}/invocations" not in integration.get("uri", ""):
            yield f"{name} calls {integration.get('uri')}"


def operations_are_validated(resources: Resources) -> Iterator[str]:
    body = _body(resources)
    validators = body["x-amazon-apigateway-request-validators"]
    for name, method in _methods(body):
        if "operationId" in method:
            of_api = body.get("x-amazon-apigateway-request-validator")
            chosen = method.get("x-amazon-apigateway-request-validator", of_api)
            validator = validators.get(chosen, {})
            if set(validator.values()) != {True} or len(validator) != 2:
                yield f"{name} is validated by {validator}"


def nothing_that_people_send_is_logged(resources: Resources) -> Iterator[str]:
    for name, stage in of_type(resources, "ApiGateway::Stage").items():
        for each in stage["MethodSettings"]:
            if each["DataTraceEnabled"] or each["LoggingLevel"] != "OFF":
                yield f"{name} has execution logs"
        for variable in re.findall(r"\$[\w.]+", str(stage.get("AccessLogSetting", ""))):
            if re.search(r"body|query|header|claims|input|validationError", variable, re.I):
                yield f"{name} logs {variable}"


def every_method_is_throttled(resources: Resources) -> Iterator[str]:
    for name, stage in of_type(resources, "ApiGateway::Stage").items():
        whole = [
            each
            for each in stage["MethodSettings"]
            if (each["HttpMethod"], each["ResourcePath"]) == ("*", "/*")
        ]
        if not whole or not 0 < float(whole[0]["ThrottlingRateLimit"]) <= 1000:
            yield f"{name} lets more through than an index of the table takes"


def snapshots_have_hashes(resources: Resources) -> Iterator[str]:
    """Under an unchanged name CloudFormation makes no new deployment and no new version."""
    for kind in ("ApiGateway::Deployment", "Lambda::Version"):
        for name in of_type(resources, kind):
            if not re.fullmatch(r"\w+?[0-9a-f]{12}", name):
                yield f"{name} has no hash"


# -- Function ----------------------------------------------------------------------------------


def function_ends_before_the_gateway(resources: Resources) -> Iterator[str]:
    for name, function in of_type(resources, "Lambda::Function").items():
        if not 8 <= function["Timeout"] < INTEGRATION_SECONDS:
            yield f"{name} may take {function['Timeout']} s"


def handler_is_there(resources: Resources) -> Iterator[str]:
    for name, function in of_type(resources, "Lambda::Function").items():
        module, _, attribute = function["Handler"].rpartition(".")
        file = ROOT / f"{module.replace('.', '/')}.py"
        if not file.is_file() or attribute not in _assigned(file.read_text("utf-8")):
            yield f"{name}: {function['Handler']} cannot be imported"


def only_this_api_may_invoke(resources: Resources) -> Iterator[str]:
    for name, permission in of_type(resources, "Lambda::Permission").items():
        if permission["Principal"] != "apigateway.amazonaws.com":
            yield f"{name} lets {permission['Principal']} invoke"
        if ":${Api}/" not in permission.get("SourceArn", ""):
            yield f"{name} has no SourceArn of this API"
        if permission.get("SourceAccount") != "111122223333":
            yield f"{name} has no SourceAccount"


def logs_end(resources: Resources) -> Iterator[str]:
    groups = of_type(resources, "Logs::LogGroup")
    for name, group in groups.items():
        if not group.get("RetentionInDays"):
            yield f"{name} is kept for ever"
    for name, function in of_type(resources, "Lambda::Function").items():
        if function["LoggingConfig"]["LogGroup"].strip("${}") not in groups:
            yield f"{name} makes a log group of its own"


# -- Role --------------------------------------------------------------------------------------


def role_has_no_wildcard(resources: Resources) -> Iterator[str]:
    for action, resource in allowed(resources):
        if "*" in action or (resource == "*" and (action, resource) not in TRACED):
            yield f"{action} on {resource}"


def role_names_real_actions(resources: Resources) -> Iterator[str]:
    """IAM takes an action that does not exist, and allows nothing by it."""
    for action, _ in allowed(resources):
        if "*" not in action and not exists(action):
            yield f"there is no {action}"


def role_allows_what_is_used(resources: Resources) -> Iterator[str]:
    found = {each for each in allowed(resources) if "*" not in each[0] and each[1] != "*"}
    for action, resource in sorted(USED - found):
        if not any("*" in each or end == "*" for each, end in allowed(resources)):
            yield f"{action} on {resource} is used, and not allowed"
    for action, resource in sorted(found - USED):
        if exists(action):
            yield f"{action} on {resource} is allowed, and not used"
    traces = {each for each in allowed(resources) if each in TRACED}
    if traces != (TRACED if _is_traced(resources) else set()):
        yield f"{sorted(traces)} is allowed, which is not what tracing takes"


def allowed(resources: Resources) -> set[tuple[str, str]]:
    """Every action with the resource that roles allow it on."""
    return {
        (action, resource)
        for role in of_type(resources, "IAM::Role").values()
        for policy in role["Policies"]
        for statement in statements(policy["PolicyDocument"])
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def exists(action: str) -> bool:
    """Whether the service has the operation; of these two it is also the action's name."""
    service, _, operation = action.partition(":")
    return operation in _operations(service)


@cache
def _operations(service: str) -> frozenset[str]:
    model = botocore.session.get_session().get_service_model(service)
    return frozenset(model.operation_names)


# -- Table -------------------------------------------------------------------------------------


def items_are_safe(resources: Resources) -> Iterator[str]:
    for name, table in of_type(resources, "DynamoDB::Table").items():
        recovery = table.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name} has no point-in-time recovery"
        if table.get("DeletionProtectionEnabled") is not True:
            yield f"{name} may be deleted"
        if resources[name].get("DeletionPolicy") != "RetainExceptOnCreate":
            yield f"{name} goes with its stack, or is in the way of a second attempt"
        if resources[name].get("UpdateReplacePolicy") != "Retain":
            yield f"{name} goes when it is replaced"


# -- Site --------------------------------------------------------------------------------------


def bucket_is_private(resources: Resources) -> Iterator[str]:
    for name, bucket in of_type(resources, "S3::Bucket").items():
        blocks = bucket.get("PublicAccessBlockConfiguration", {})
        if len(blocks) != 4 or not all(blocks.values()):
            yield f"{name} may become public"
    for name, statement in _bucket_statements(resources, "Allow"):
        if statement["Principal"] not in (_CLOUDFRONT, _CLOUDTRAIL):
            yield f"{name} allows {statement['Action']} to {statement['Principal']}"


def only_this_distribution_reads(resources: Resources) -> Iterator[str]:
    for name, statement in _bucket_statements(resources, "Allow"):
        if statement["Principal"] != _CLOUDFRONT:
            continue
        source = statement.get("Condition", {}).get("StringEquals", {}).get("AWS:SourceArn", "")
        if not source.endswith(":distribution/${Distribution}"):
            yield f"{name} lets every distribution of every account read"
    for name, config in _distributions(resources):
        for origin in config["Origins"]:
            if origin.get("OriginAccessControlId") != "${SiteAccess.Id}":
                yield f"{name} does not sign what it asks of the bucket"


def plain_http_is_refused(resources: Resources) -> Iterator[str]:
    for name, config in _distributions(resources):
        if config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "allow-all":
            yield f"{name} answers over http"
    over_tls = {
        name
        for name, statement in _bucket_statements(resources, "Deny")
        if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    }
    for name in of_type(resources, "S3::BucketPolicy").keys() - over_tls:
        yield f"the bucket of {name} answers over http"
    for name, api in of_type(resources, "ApiGateway::RestApi").items():
        if not api["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2_"):
            yield f"{name} speaks TLS older than 1.2"


def pages_have_security_headers(resources: Resources) -> Iterator[str]:
    for name, config in _distributions(resources):
        policy = config["DefaultCacheBehavior"].get("ResponseHeadersPolicyId", "").strip("${}")
        if policy not in of_type(resources, "CloudFront::ResponseHeadersPolicy"):
            yield f"{name} sends no security headers"
            continue
        headers = resources[policy]["Properties"]["ResponseHeadersPolicyConfig"]
        found = headers["SecurityHeadersConfig"]
        for header in (
            *("ContentSecurityPolicy", "ContentTypeOptions", "FrameOptions", "ReferrerPolicy"),
            "StrictTransportSecurity",
        ):
            if found.get(header, {}).get("Override") is not True:
                yield f"{policy} does not set {header}"
        if found.get("StrictTransportSecurity", {}).get("Preload"):
            yield f"{policy} asks for a place in browsers' lists, which is hard to undo"


_CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


# -- Trail -------------------------------------------------------------------------------------


def only_this_trail_writes(resources: Resources) -> Iterator[str]:
    """AWS: Amazon S3 bucket policy for CloudTrail."""
    trails = {each["TrailName"] for each in of_type(resources, "CloudTrail::Trail").values()}
    for name, statement in _bucket_statements(resources, "Allow"):
        if statement["Principal"] != _CLOUDTRAIL:
            continue
        equal = statement.get("Condition", {}).get("StringEquals", {})
        if equal.get("aws:SourceArn", "").rpartition(":trail/")[2] not in trails:
            yield f"{name} lets every trail of every account in"
        if statement["Action"] == "s3:PutObject" and (
            equal.get("s3:x-amz-acl") != "bucket-owner-full-control"
            or not statement["Resource"].endswith("/AWSLogs/111122223333/*")
        ):
            yield f"{name} lets CloudTrail write what is not the account's"


def trails_see_one_table(resources: Resources) -> Iterator[str]:
    """Whatever else a trail sees is paid for, too."""
    for name, trail in of_type(resources, "CloudTrail::Trail").items():
        if trail["IsMultiRegionTrail"] or trail["IncludeGlobalServiceEvents"]:
            yield f"{name} looks at more than its region"
        if not (trail["IsLogging"] and trail["EnableLogFileValidation"]):
            yield f"{name} records nothing that proves something"
        (selector,) = trail["AdvancedEventSelectors"]
        seen = {each["Field"]: each["Equals"] for each in selector["FieldSelectors"]}
        if seen != {
            "eventCategory": ["Data"],
            "resources.type": ["AWS::DynamoDB::Table"],
            "resources.ARN": ["${Table.Arn}"],
        }:
            yield f"{name} sees {seen}"


def what_a_trail_saw_outlives_it(resources: Resources) -> Iterator[str]:
    for name, trail in of_type(resources, "CloudTrail::Trail").items():
        bucket = trail["S3BucketName"].strip("${}")
        policies = of_type(resources, "S3::BucketPolicy").items()
        own = [policy for policy, each in policies if each["Bucket"] == trail["S3BucketName"]]
        for kept in (bucket, *own):
            if {resources[kept].get("DeletionPolicy"), resources[kept]["UpdateReplacePolicy"]} != {
                "Retain"
            }:
                yield f"{kept} goes with {name}, and its last files arrive later"
        rules = resources[bucket]["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
        if not any(each.get("ExpirationInDays") for each in rules):
            yield f"{bucket} keeps its files for ever"


_CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}


# -- Alarms ------------------------------------------------------------------------------------


def alarms_reach_somebody_and_say_what_to_do(resources: Resources) -> Iterator[str]:
    alarms = of_type(resources, "CloudWatch::Alarm")
    if len(alarms) < 6:
        yield f"only {len(alarms)} alarms"
    for name, alarm in alarms.items():
        if "Look first at " not in alarm.get("AlarmDescription", ""):
            yield f"{name} does not say what to look at first"
        if alarm.get("AlarmActions") != ["${AlarmTopic}"]:
            yield f"{name} reaches nobody"
        if alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name} goes off when nobody calls"


POLICIES: tuple[Policy, ...] = (
    body_is_whole,
    integrations_call_the_alias_by_post,
    operations_are_validated,
    nothing_that_people_send_is_logged,
    every_method_is_throttled,
    snapshots_have_hashes,
    function_ends_before_the_gateway,
    handler_is_there,
    only_this_api_may_invoke,
    logs_end,
    role_has_no_wildcard,
    role_names_real_actions,
    role_allows_what_is_used,
    items_are_safe,
    bucket_is_private,
    only_this_distribution_reads,
    plain_http_is_refused,
    pages_have_security_headers,
    only_this_trail_writes,
    trails_see_one_table,
    what_a_trail_saw_outlives_it,
    alarms_reach_somebody_and_say_what_to_do,
)


# -- what they look at -------------------------------------------------------------------------


def _is_traced(resources: Resources) -> bool:
    functions = of_type(resources, "Lambda::Function").values()
    return any(each["TracingConfig"]["Mode"] == "Active" for each in functions)


def _body(resources: Resources) -> Json:
    (api,) = of_type(resources, "ApiGateway::RestApi").values()
    body: Json = api["Body"]
    return body


def _methods(body: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in body["paths"].items():
        for method, declared in methods.items():
            yield f"{method.upper()} {path}", declared


def _objects(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict | list):
            yield from _objects(each)


def _leads_somewhere(body: Json, reference: str) -> bool:
    node: Any = body
    for key in reference.removeprefix("#/").split("/"):
        node = node.get(key) if isinstance(node, dict) else None
    return isinstance(node, dict)


def _assigned(source: str) -> set[str]:
    """The names that a module defines."""
    found = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    return found


def _bucket_statements(resources: Resources, effect: str) -> Iterator[tuple[str, Json]]:
    for name, policy in of_type(resources, "S3::BucketPolicy").items():
        for statement in statements(policy["PolicyDocument"]):
            if statement["Effect"] == effect:
                yield name, statement


def _distributions(resources: Resources) -> Iterator[tuple[str, Json]]:
    for name, each in of_type(resources, "CloudFront::Distribution").items():
        yield name, each["DistributionConfig"]
