"""The parameters of a deployment: what is asked for, what stays as it is, what the account has."""

from collections.abc import Mapping

from infra.package import default_architecture, default_runtime
from infra.stack.account import Account, StackError, explained
from infra.stack.boundary import NAME, boundary
from infra.stack.console import Tell
from infra.stack.stage import TABLE, Stage

_KEPT = ("TableName", "Architecture", "SnapStart", "Origin", "Page", "AlarmEmail")
"""What stays as it is unless a deployment says otherwise."""


def chosen(
    account: Account, stage: Stage, options: Mapping[str, str], there: Mapping[str, str], tell: Tell
) -> dict[str, str]:
    """Parameters of the template by name; those left out have its defaults.

    `there` are the parameters of the stage as it is, `options` those that are asked for.
    Raises StackError, CannotPackage.
    """
    runtime = options.get("Runtime") or default_runtime()
    parameters = {
        "TableName": stage.table,
        "Runtime": runtime,
        "Architecture": default_architecture(runtime),
        "Page": "on",
        **{name: there[name] for name in _KEPT if name in there},
        **options,
        "Stage": stage.name,
        "AccessLogs": _access_logs(account, tell),
        "Boundary": boundary(account, there.get("Boundary"), tell),
    }
    check(parameters)
    return parameters


def check(parameters: Mapping[str, str]) -> None:
    """Raises StackError for what would be refused, or of no use.

    AWS: Improving startup with SnapStart; Permissions boundaries for IAM entities.
    """
    if parameters.get("SnapStart") == "on" and parameters["Runtime"] == "python3.11":
        raise StackError(
            "Lambda has SnapStart for Python from python3.12 on. Choose --runtime python3.13, or"
            " leave --snap-start out."
        )
    table = parameters.get("TableName", TABLE)
    if parameters.get("Boundary") == "on" and not table.startswith(TABLE):
        raise StackError(
            f"The permissions boundary of this account, {NAME}, keeps the function to tables whose"
            f" names begin with {TABLE}. Choose --table-name {TABLE}-{table}, or have an"
            " administrator change the boundary."
        )


def _access_logs(account: Account, tell: Tell) -> str:
    """API Gateway writes logs with a role that an account has, or lacks, as a whole."""
    with explained():
        role = account.client("apigateway").get_account().get("cloudwatchRoleArn")
    if role:
        return "on"
    tell(
        "API Gateway's access logs stay off: this account lacks the role to write them. To have"
        " them, make a role that apigateway.amazonaws.com may assume, with the policy"
        " AmazonAPIGatewayPushToCloudWatchLogs; then `aws apigateway update-account"
        " --patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN`, and deploy again."
    )
    return "off"
