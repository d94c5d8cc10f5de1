"""The lists of each service, and what in them belongs to one stage."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.aws.artifacts import Artifacts
from infra.aws.buckets import Bucket
from infra.aws.cloudformation import words
from infra.aws.encryption import EncryptionKey
from infra.aws.pools import Pool, pools_of
from infra.aws.search import Search, stages
from infra.aws.tables import Table

STACK = "CloudFormation stack"
TABLE = "DynamoDB table"
ENCRYPTION_KEY = "KMS key"
POOL = "user pool"
KEY = "API key"
PLAN = "usage plan"
API = "REST API"
WEB_ACL = "web ACL"
FUNCTION = "Lambda function"
ROLE = "IAM role"
BUCKET = "S3 bucket"
DISTRIBUTION = "distribution"
ACCESS_CONTROL = "origin access control"
HEADERS_POLICY = "headers policy"
ALARM = "alarm"
DASHBOARD = "dashboard"
TOPIC = "SNS topic"
BUDGET = "budget"
TRAIL = "trail"
LOGS = "log group"
ARTIFACTS = "artifacts"
ARTIFACT_BUCKET = "artifact bucket"
OTHER = "tagged resource"


@dataclass(frozen=True)
class Found:
    """One resource, and how to remove it alone: a command, or a page of AWS's console."""

    kind: str
    name: str
    remove: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind:22} {self.name}{f'  ({self.detail})' if self.detail else ''}"


def _stacks(search: Search) -> Iterator[Found]:
    if search.stack:
        name = search.stage.stack
        remove = f"aws cloudformation delete-stack --stack-name {name}"
        yield Found(STACK, name, remove, words(search.stack["StackStatus"]))


def _tables(search: Search) -> Iterator[Found]:
    """Tables, by the stack and by tag. The usual name proves nothing: others may use it too."""
    known = search.physical("AWS::DynamoDB::Table") | {
        arn.rpartition("/")[2] for arn in search.tagged if ":dynamodb:" in arn
    }
    for name in search.each("dynamodb", "list_tables", "TableNames"):
        table = Table(search.account, name)
        if name in known or (name == search.stage.table and search.owns(table.tags())):
            found = table.description()
            if not found:
                continue
            protected = ", protected" if found.get("DeletionProtectionEnabled") else ""
            remove = f"aws dynamodb delete-table --table-name {name}"
            yield Found(TABLE, name, remove, f"{table.items()}{protected}")


def _encryption_keys(search: Search) -> Iterator[Found]:
    """Keys, by the stack and by tag. A key scheduled for deletion counts as gone."""
    known = search.had("AWS::KMS::Key")
    known |= {arn.rpartition("/")[2] for arn in search.tagged if ":kms:" in arn}
    for id in sorted(known):
        if EncryptionKey(search.account, id).stays():
            remove = f"aws kms schedule-key-deletion --pending-window-in-days 30 --key-id {id}"
            yield Found(ENCRYPTION_KEY, id, remove)


def _of_gateway(kind: str, operation: str, remove: str) -> Callable[[Search], Iterator[Found]]:
    """A search in what API Gateway lists with tags; `remove` is the command that takes an id."""

    def search_all(search: Search) -> Iterator[Found]:
        for each in search.each("apigateway", operation, "items"):
            if search.is_own(each):
                yield Found(kind, each["id"], f"{remove} {each['id']}", each["name"])

    return search_all


def _pools(search: Search) -> Iterator[Found]:
    """User pools, by the stack and by tag, like tables."""
    known = search.physical("AWS::Cognito::UserPool")
    known |= {arn.rpartition("/")[2] for arn in search.tagged if ":cognito-idp:" in arn}
    known |= {pool.id for pool in pools_of(search.account, search.stage)}
    for id in sorted(known):
        pool = Pool(search.account, id)
        found = pool.description()
        if found:
            protected = ", protected" if found.get("DeletionProtection") == "ACTIVE" else ""
            remove = f"aws cognito-idp delete-user-pool --user-pool-id {id}"
            yield Found(POOL, id, remove, f"{pool.count()}{protected}")


def _web_acls(search: Search) -> Iterator[Found]:
    """Web ACLs; like budgets, they are looked for only if a stack had one."""
    tagged = any(":wafv2:" in arn for arn in search.tagged)
    if not tagged and not search.had("AWS::WAFv2::WebACL"):
        return
    ask = search.account.client("wafv2").list_web_acls
    page = ask(Scope="REGIONAL")
    while True:
        for each in page["WebACLs"]:
            if search.named(each["Name"]):
                remove = "console: WAF & Shield, Web ACLs: disassociate it, then delete it"
                yield Found(WEB_ACL, each["Name"], remove)
        if not page.get("NextMarker"):
            return
        page = ask(Scope="REGIONAL", NextMarker=page["NextMarker"])


def _functions(search: Search) -> Iterator[Found]:
    for each in search.each("lambda", "list_functions", "Functions"):
        name = each["FunctionName"]
        if search.named(name) or each["FunctionArn"] in search.tagged:
            yield Found(FUNCTION, name, f"aws lambda delete-function --function-name {name}")


def _roles(search: Search) -> Iterator[Found]:
    """Roles; IAM has no region, so only the tags identify them."""
    for each in search.each("iam", "list_roles", "Roles"):
        name = each["RoleName"]
        if search.named(name):
            tags = list(search.each("iam", "list_role_tags", "Tags", RoleName=name))
            if not search.elsewhere(tags):
                yield Found(ROLE, name, "console: IAM, Roles")


def _buckets(search: Search) -> Iterator[Found]:
    mine = {"Prefix": f"{search.stage.stack}-", "BucketRegion": search.account.region}
    for each in search.each("s3", "list_buckets", "Buckets", **mine):
        name = each["Name"]
        detail = _objects(Bucket(search.account, name).count())
        yield Found(BUCKET, name, f"aws s3 rb --force s3://{name}", detail)


def _distributions(search: Search) -> Iterator[Found]:
    client = search.account.client("cloudfront")
    for page in search.pages("cloudfront", "list_distributions"):
        for each in page["DistributionList"].get("Items") or ():
            named = search.stage.stack in each["Comment"].split()
            if not named and each["ARN"] not in search.tagged:
                continue
            tags = client.list_tags_for_resource(Resource=each["ARN"])["Tags"].get("Items", [])
            if not search.elsewhere(tags):
                remove = "console: CloudFront, Distributions: disable it, then delete it"
                yield Found(DISTRIBUTION, each["Id"], remove, each["DomainName"])


def _access_controls(search: Search) -> Iterator[Found]:
    for page in search.pages("cloudfront", "list_origin_access_controls"):
        for each in page["OriginAccessControlList"].get("Items") or ():
            if search.named(each["Name"]):
                yield Found(ACCESS_CONTROL, each["Name"], "console: CloudFront, Origin access")


def _headers_policies(search: Search) -> Iterator[Found]:
    ask = search.account.client("cloudfront").list_response_headers_policies
    page = ask(Type="custom")["ResponseHeadersPolicyList"]
    while True:
        for each in page.get("Items") or ():
            policy = each["ResponseHeadersPolicy"]
            name = policy["ResponseHeadersPolicyConfig"]["Name"]
            if search.named(name):
                yield Found(HEADERS_POLICY, name, "console: CloudFront, Policies, Response headers")
        if not page.get("NextMarker"):
            return
        page = ask(Type="custom", Marker=page["NextMarker"])["ResponseHeadersPolicyList"]


def _alarms(search: Search) -> Iterator[Found]:
    for each in search.each("cloudwatch", "describe_alarms", "MetricAlarms"):
        name = each["AlarmName"]
        if search.named(name) or each["AlarmArn"] in search.tagged:
            yield Found(ALARM, name, f"aws cloudwatch delete-alarms --alarm-names {name}")


def _dashboards(search: Search) -> Iterator[Found]:
    """Dashboards, which have neither region nor tag, and names of CloudFormation's choice."""
    known = search.had("AWS::CloudWatch::Dashboard")
    for each in search.each("cloudwatch", "list_dashboards", "DashboardEntries"):
        name = each["DashboardName"]
        if name in known or search.named(name):
            remove = f"aws cloudwatch delete-dashboards --dashboard-names {name}"
            yield Found(DASHBOARD, name, remove)


def _topics(search: Search) -> Iterator[Found]:
    for each in search.each("sns", "list_topics", "Topics"):
        arn = each["TopicArn"]
        name = arn.rpartition(":")[2]
        if search.named(name) or arn in search.tagged:
            yield Found(TOPIC, name, f"aws sns delete-topic --topic-arn {arn}")


def _budgets(search: Search) -> Iterator[Found]:
    """Budgets; they have no region, and are looked for only if a stack had one."""
    tagged = any(":budgets:" in arn for arn in search.tagged)
    if not tagged and not search.had("AWS::Budgets::Budget"):
        return
    id = search.account.id
    for each in search.each("budgets", "describe_budgets", "Budgets", AccountId=id):
        name = each["BudgetName"]
        if search.named(name):
            remove = f"aws budgets delete-budget --account-id {id} --budget-name {name}"
            yield Found(BUDGET, name, remove)


def _trails(search: Search) -> Iterator[Found]:
    """Trails, listed only where a stack had one, as with budgets."""
    tagged = any(":cloudtrail:" in arn for arn in search.tagged)
    if not tagged and not search.had("AWS::CloudTrail::Trail"):
        return
    found = search.account.client("cloudtrail").describe_trails(includeShadowTrails=False)
    for name in (each["Name"] for each in found["trailList"]):
        if search.named(name):
            yield Found(TRAIL, name, f"aws cloudtrail delete-trail --name {name}")


def _log_groups(search: Search) -> Iterator[Found]:
    """Log groups: the stack's own, and those that Lambda and API Gateway create themselves."""
    own = f"{search.stage.stack}-"
    made = f"/aws/lambda/{own}"
    exact = search.had("AWS::Logs::LogGroup")
    exact |= {arn.split(":")[6] for arn in search.tagged if ":log-group:" in arn}
    for api in search.had("AWS::ApiGateway::RestApi"):
        exact.add(f"API-Gateway-Execution-Logs_{api}/{search.stage.name}")
    others = {name for name in exact if not name.startswith((own, made))}
    for prefix in (own, made, *sorted(others)):
        listed = search.each("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        for name in (each["logGroupName"] for each in listed):
            if prefix in (own, made, name):
                yield Found(LOGS, name, f"aws logs delete-log-group --log-group-name {name}")


def _artifacts(search: Search) -> Iterator[Found]:
    bucket = Bucket(search.account, Artifacts(search.account, search.stage).bucket)
    folder = f"{search.stage.name}/"
    counted = bucket.count(folder)
    if counted != 0:
        place = f"s3://{bucket.name}/{folder}"
        yield Found(ARTIFACTS, place, f"aws s3 rm --recursive {place}", _objects(counted))


def _artifact_bucket(search: Search) -> Iterator[Found]:
    """The artifact bucket, which is deleted with the last stage."""
    artifacts = Artifacts(search.account, search.stage)
    bucket = Bucket(search.account, artifacts.bucket)
    others = set(stages(search.account)) - {search.stage.name}
    if artifacts.exists() and not others and not bucket.holds_more_than(f"{search.stage.name}/"):
        yield Found(ARTIFACT_BUCKET, bucket.name, f"aws s3 rb --force s3://{bucket.name}")


def _objects(counted: int | None) -> str:
    if counted is None:
        return "more than 10,000 objects"
    return "1 object" if counted == 1 else f"{counted:,} objects"


def _unknown(search: Search) -> Iterator[Found]:
    """Resources of services without a list here. Their tag may outlive them by minutes."""
    for arn in sorted(search.tagged):
        service = arn.split(":")[2]
        if service not in _SERVICES:
            yield Found(OTHER, arn, "console: Tag Editor", "by its tag alone")


_SERVICES = {
    *("cloudformation", "dynamodb", "apigateway", "lambda", "iam", "s3", "cloudfront"),
    *("cloudwatch", "sns", "logs", "cognito-idp", "kms", "budgets", "wafv2"),
    "cloudtrail",
}
"""The services whose own lists are read, by their names in ARNs."""

LISTS: dict[str, Callable[[Search], Iterator[Found]]] = {
    STACK: _stacks,
    TABLE: _tables,
    ENCRYPTION_KEY: _encryption_keys,
    POOL: _pools,
    KEY: _of_gateway(KEY, "get_api_keys", "aws apigateway delete-api-key --api-key"),
    PLAN: _of_gateway(PLAN, "get_usage_plans", "aws apigateway delete-usage-plan --usage-plan-id"),
    API: _of_gateway(API, "get_rest_apis", "aws apigateway delete-rest-api --rest-api-id"),
    WEB_ACL: _web_acls,
    FUNCTION: _functions,
    ROLE: _roles,
    BUCKET: _buckets,
    DISTRIBUTION: _distributions,
    ACCESS_CONTROL: _access_controls,
    HEADERS_POLICY: _headers_policies,
    ALARM: _alarms,
    DASHBOARD: _dashboards,
    TOPIC: _topics,
    BUDGET: _budgets,
    TRAIL: _trails,
    LOGS: _log_groups,
    ARTIFACTS: _artifacts,
    ARTIFACT_BUCKET: _artifact_bucket,
    OTHER: _unknown,
}
"""Everything that is looked for, in the order in which it is reported."""
