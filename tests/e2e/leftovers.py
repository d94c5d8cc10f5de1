"""What an engine holds, service by service, asked through its own APIs and not through ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.cloud import Cloud

Client = Any


def leftovers(cloud: Cloud) -> list[str]:
    """`service name` of everything there is that a fresh engine has not."""
    return sorted(
        f"{service} {name}"
        for service, list_names in _SERVICES.items()
        for name in list_names(cloud.client(service))
        if not name.startswith(_ITS_OWN)
    )


@contextmanager
def left_clean(endpoint: str, stage: str) -> Iterator[Cloud]:
    """An engine on which nothing of a stage is left in the end."""
    cloud = Cloud(endpoint)
    yield cloud
    done = cloud.run("destroy", "--stage", stage, "--yes")
    assert done.returncode == 0, done.stderr
    assert [each for each in leftovers(cloud) if stage in each] == []


_ITS_OWN = ("arn:aws:iam::aws:", "AWSServiceRole", "Managed-")


def _pages(client: Client, operation: str, key: str, name: str) -> Iterator[str]:
    for page in client.get_paginator(operation).paginate():
        yield from (each[name] if name else each for each in page.get(key, ()))


def _cloudfront(client: Client) -> Iterator[str]:
    for each in client.list_distributions()["DistributionList"].get("Items", ()):
        yield each["Comment"]
    controls = client.list_origin_access_controls()["OriginAccessControlList"]
    yield from (each["Name"] for each in controls.get("Items", ()))
    policies = client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]
    for each in policies.get("Items", ()):
        yield each["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["Name"]


def _cloudformation(client: Client) -> Iterator[str]:
    for each in client.describe_stacks()["Stacks"]:
        if each["StackStatus"] != "DELETE_COMPLETE":
            yield each["StackName"]


def _cloudwatch(client: Client) -> Iterator[str]:
    yield from _pages(client, "describe_alarms", "MetricAlarms", "AlarmName")
    yield from _pages(client, "list_dashboards", "DashboardEntries", "DashboardName")


def _apigateway(client: Client) -> Iterator[str]:
    yield from _pages(client, "get_rest_apis", "items", "name")
    yield from _pages(client, "get_api_keys", "items", "name")
    yield from _pages(client, "get_usage_plans", "items", "name")


def _cognito(client: Client) -> Iterator[str]:
    for each in client.list_user_pools(MaxResults=60)["UserPools"]:
        yield each["Id"]


def _lambda(client: Client) -> Iterator[str]:
    yield from _pages(client, "list_functions", "Functions", "FunctionName")


def _sns(client: Client) -> Iterator[str]:
    yield from _pages(client, "list_topics", "Topics", "TopicArn")
    yield from _pages(client, "list_subscriptions", "Subscriptions", "SubscriptionArn")


_SERVICES: dict[str, Callable[[Client], Iterator[str]]] = {
    "apigateway": _apigateway,
    "cloudformation": _cloudformation,
    "cloudfront": _cloudfront,
    "cloudwatch": _cloudwatch,
    "cognito-idp": _cognito,
    "dynamodb": lambda client: _pages(client, "list_tables", "TableNames", ""),
    "iam": lambda client: _pages(client, "list_roles", "Roles", "RoleName"),
    "lambda": _lambda,
    "logs": lambda client: _pages(client, "describe_log_groups", "logGroups", "logGroupName"),
    "s3": lambda client: (each["Name"] for each in client.list_buckets()["Buckets"]),
    "sns": _sns,
}
