"""The parameters of a deployment: those asked for, those kept, and those of the account."""

import re
from collections.abc import Mapping

from infra.aws.account import Account, StackError, explained
from infra.aws.boundary import NAME, boundary, tell_if_untraced
from infra.aws.stage import TABLE, Stage
from infra.console import Tell
from infra.package import default_architecture, default_runtime
from service.contract.security import Schemes

_KEPT = (
    *("TableName", "Runtime", "Architecture", "SnapStart", "Origin", "Page", "AlarmEmail"),
    *("LogRetentionDays", "ThrottleRate", "ThrottleBurst", "Shards"),
    *("SignUp", "Mfa", "KeyRate", "KeyBurst", "KeyQuota"),
    *("Tracing", "OwnKey", "BudgetDollars", "Firewall", "DataEvents"),
)
"""Parameters that keep their value unless a deployment sets them."""

_OF_PEOPLE = {"SignUp": "--sign-up", "Mfa": "--mfa"}
_OF_KEYS = {"KeyRate": "--key-rate", "KeyBurst": "--key-burst", "KeyQuota": "--key-quota"}

_RESERVED = re.compile(r"aws|amazon|cognito")
"""What the domain of sign-in pages, and so a stage's name, must not contain.

AWS: Configuring a user pool domain (Amazon Cognito).
"""

_INSECURE = re.compile(r"(?!https://|http://localhost(:\d+)?$|\*$)")
"""Origins to which a sign-in cannot return. AWS: CreateUserPoolClient, CallbackURLs."""

_DEFAULTS = {"Origin": "*", "Page": "on", "Shards": "1"}
"""Defaults of the template that a deployment itself reads."""


def chosen(
    account: Account, stage: Stage, options: Mapping[str, str], there: Mapping[str, str], tell: Tell
) -> dict[str, str]:
    """The parameters of the template by name; those left out have its defaults.

    `there` are the current parameters of the stage, `options` those that are asked for.
    Raises StackError, CannotPackage.
    """
    kept = {name: there[name] for name in _KEPT if name in there}
    runtime = options.get("Runtime") or kept.get("Runtime") or default_runtime()
    parameters = {
        **_DEFAULTS,
        "TableName": stage.table,
        "Runtime": runtime,
        "Architecture": default_architecture(runtime),
        **kept,
        **options,
        "Stage": stage.name,
        "AccessLogs": _access_logs(account, there.get("AccessLogs", "off"), tell),
        "Boundary": boundary(account, there.get("Boundary"), tell),
    }
    check(parameters)
    if parameters["Boundary"] == "on" and parameters.get("Tracing") == "on":
        tell_if_untraced(account, tell)
    return parameters


def check(parameters: Mapping[str, str]) -> None:
    """Raises StackError for parameters that would be refused, or have no effect.

    AWS: Improving startup with SnapStart; Permissions boundaries for IAM entities.
    """
    if parameters.get("SnapStart") == "on" and parameters["Runtime"] == "python3.11":
        raise StackError(
            "Lambda has SnapStart for Python from python3.12 on. Choose --runtime python3.13, or"
            " leave --snap-start out."
        )
    if parameters.get("BudgetDollars", "0") != "0" and not parameters.get("AlarmEmail"):
        raise StackError(
            "--budget tells somebody when costs rise, and nobody is named. Say --alarm-email"
            " ADDRESS as well."
        )
    table = parameters.get("TableName", TABLE)
    if parameters.get("Boundary") == "on" and not table.startswith(TABLE):
        raise StackError(
            f"The permissions boundary of this account, {NAME}, keeps the function to tables whose"
            f" names begin with {TABLE}. Choose --table-name {TABLE}-{table}, or have an"
            " administrator change the boundary."
        )


def check_access(
    schemes: Schemes, stage: Stage, options: Mapping[str, str], there: Mapping[str, str]
) -> None:
    """Raises StackError for options that the contract has no use for, or that would be refused.

    `there` are the current parameters of the stage.
    """
    for names, is_used, what in (
        (_OF_PEOPLE, schemes.person, "person"),
        (_OF_KEYS, schemes.key, "key"),
    ):
        asked = [option for name, option in names.items() if name in options]
        if asked and not is_used:
            raise StackError(
                f"No operation of the contract asks for a {what}. Give it security, or leave"
                f" {asked[0]} out."
            )
    origin = options.get("Origin", there.get("Origin", "*"))
    if schemes.person and _INSECURE.match(origin):
        raise StackError(
            f"Amazon Cognito does not redirect to {origin} after signing in: it requires https://,"
            " except for http://localhost. Choose another --origin."
        )
    if schemes.person and _RESERVED.search(stage.name):
        raise StackError(
            f"Amazon Cognito allows no sign-in domain with {stage.name!r} in it: aws, amazon and"
            " cognito are reserved. Choose another name with --stage."
        )


def _access_logs(account: Account, before: str, tell: Tell) -> str:
    """The access-log parameter: API Gateway needs a role for logs, one for the whole account.

    The log group of a stage that had access logs is kept, with its content.
    """
    trouble = _log_role_trouble(account)
    if not trouble:
        return "on"
    tell(
        f"API Gateway's access logs {'stay' if before == 'off' else 'go'} off: {trouble}. To have"
        " them, make a role that apigateway.amazonaws.com may assume, with the policy"
        " AmazonAPIGatewayPushToCloudWatchLogs; then `aws apigateway update-account"
        " --patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN`, and deploy again."
    )
    if before == "off":
        return "off"
    tell("What they held until now is kept: the log group stays until the stage is destroyed.")
    return "kept"


def _log_role_trouble(account: Account) -> str:
    """What is wrong with the account's role, in words; empty if nothing is."""
    with explained():
        role = account.client("apigateway").get_account().get("cloudwatchRoleArn")
        if not role:
            return "this account lacks the role to write them"
        path = f"/{role.partition(':role/')[2].rpartition('/')[0]}/".replace("//", "/")
        pages = account.client("iam").get_paginator("list_roles").paginate(PathPrefix=path)
        if any(each["Arn"] == role for page in pages for each in page["Roles"]):
            return ""
    return f"the role that this account has for them, {role}, does not exist"
