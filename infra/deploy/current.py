"""What a stage has before a deployment: an idle stack, a kept table, the contract it serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, code, explained
from infra.aws.cloudformation import CREATION_FAILED, outputs_in, parameters_in
from infra.aws.drift import DETECTABLE
from infra.aws.encryption import EncryptionKey
from infra.aws.function import Function
from infra.aws.indexes import Indexes
from infra.aws.pools import Pool, pools_of
from infra.aws.stage import TAG, Stage
from infra.aws.tables import Table
from infra.deploy.deployment import Deployment
from infra.deploy.plan import Start
from infra.deploy.served import served_contract
from infra.deploy.states import KEY, POOL, State
from service.stores.shards import shards_in


@dataclass(frozen=True)
class Standing:
    """A stack in which nothing runs, and its function."""

    state: State
    outputs: Mapping[str, str]
    detectable: bool
    """Whether CloudFormation can look for what somebody has changed by hand."""
    function: Function | None
    """None while there is only a table."""
    ahead: str | None
    """The key of the zip that serves ahead of the stack; None if the stack's own serves."""

    @property
    def code(self) -> str:
        """The key of the zip that serves."""
        return self.ahead or self.state.code


@dataclass(frozen=True)
class Kept:
    """A table that an earlier `destroy --keep-data` left for this stage, and its people."""

    table: str
    indexes: list[str]
    pool: str | None = None
    """The user pool's id; None if the stage never had one."""
    key: str | None = None
    """The id of the stage's own key that encrypts the table; None if there is none."""

    @property
    def shards(self) -> int:
        """The number that its lists had: of two numbers, the one with more indexes."""
        numbers = [shards_in(each) for each in self.indexes]
        return max(numbers, key=numbers.count, default=1)

    @property
    def imports(self) -> list[dict[str, Any]]:
        """What a change set imports (AWS: CreateChangeSet, ResourcesToImport)."""
        ids = (
            ("AWS::DynamoDB::Table", "Table", "TableName", self.table),
            ("AWS::Cognito::UserPool", POOL, "UserPoolId", self.pool),
            ("AWS::KMS::Key", KEY, "KeyId", self.key),
        )
        return [
            {"ResourceType": type, "LogicalResourceId": name, "ResourceIdentifier": {key: id}}
            for type, name, key, id in ids
            if id
        ]

    def __str__(self) -> str:
        key = f", encrypted with the key {self.key}," if self.key else ""
        pool = f" and the user pool {self.pool}" if self.pool else ""
        return f"table {self.table}{key if pool else key.rstrip(',')}{pool}"


@dataclass(frozen=True)
class Current:
    """All that a deployment begins from. Kept data is for a stack that does not exist yet."""

    standing: Standing | None
    kept: Kept | None
    start: Start | None
    """What the plan begins from; None if there is no table yet."""

    @property
    def has_pool(self) -> bool:
        """Whether there is a user pool already."""
        if self.standing:
            return self.standing.state.has_pool
        return bool(self.kept and self.kept.pool)


def settled(deployment: Deployment) -> Standing | None:
    """The stack, once nothing runs in it; None if there is none yet. Raises StackError."""
    stack = deployment.stack
    found = stack.finish(deployment.tell)
    if found:
        _clear(deployment, found)
    found = stack.settle(deployment.tell)
    if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None
    outputs = outputs_in(found)
    name = outputs.get("FunctionName")
    bucket = deployment.artifacts.bucket
    function = Function(deployment.account, name, bucket) if name else None
    return Standing(
        State(stack.template(), parameters_in(found), found.get("Tags", [])),
        outputs,
        found["StackStatus"] in DETECTABLE,
        function,
        function.ahead() if function else None,
    )


def surveyed(deployment: Deployment, standing: Standing | None, table: str) -> Current:
    """What there is, and what that means for a deployment with this table. Raises StackError."""
    if standing is None:
        kept = _kept(deployment.account, deployment.stage, table)
        start = Start(kept.indexes, None, shards=kept.shards) if kept else None
        return Current(None, kept, start)
    if standing.state.parameters["TableName"] != table:
        _refuse_a_table_that_is_there(deployment, table)
        return Current(standing, None, None)
    _refuse_lost_people(deployment, standing)
    return Current(standing, None, _start(deployment, standing, table))


def _clear(deployment: Deployment, found: dict[str, Any]) -> None:
    """Remove what keeps a failed stack from settling.

    A rollback may have got stuck at an index that was not ready, and a stack whose creation failed
    leaves a table and a user pool that are protected.
    """
    table = parameters_in(found).get("TableName")
    if table and found["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        Indexes(deployment.account, table).settle(deployment.tell)
    if table and found["StackStatus"] in CREATION_FAILED:
        Table(deployment.account, table).discard(deployment.stage, deployment.tell)
        for pool in pools_of(deployment.account, deployment.stage):
            pool.discard(deployment.stage, deployment.tell)


def _refuse_lost_people(deployment: Deployment, standing: Standing) -> None:
    """Refuse a stack whose pool is gone: CloudFormation would fail, also on what needs the pool."""
    id = standing.outputs.get("UserPoolId")
    if id and Pool(deployment.account, id).description() is None:
        raise StackError(
            f"The user pool {id} is gone: somebody has deleted it by hand. Amazon Cognito keeps it"
            " for 14 days: restore it in its console, and deploy again. To begin with new people,"
            f" run `todo-api destroy --stage {deployment.stage.name} --keep-data` first; the items"
            " of those who are gone stay, and `todo-api hand-over` gives them to others."
        )


def _refuse_a_table_that_is_there(deployment: Deployment, table: str) -> None:
    """Refuse an existing table, which CloudFormation could import into a new stack only."""
    if Table(deployment.account, table).description():
        raise StackError(
            f"There is a table {table} already, and a stage that is up does not adopt one. Choose"
            " a free name with --table-name; or, if the table was this stage's, run"
            f" `todo-api destroy --stage {deployment.stage.name} --keep-data` and deploy again with"
            f" --table-name {table}."
        )


def _start(deployment: Deployment, standing: Standing, table: str) -> Start:
    """Where a plan begins; the contract that is served is taken from the zip that serves."""
    there = Indexes(deployment.account, table)
    strange = there.strange()
    for name in strange:
        deployment.tell(f"The table has an index {name} that somebody else has made: it stays.")
    own, known = there.own(), standing.state.indexes
    serves = standing.state.has_function
    return Start(
        known,
        served_contract(deployment.artifacts, standing.code) if serves else None,
        stray=[name for name in own if name not in known],
        lost=[name for name in known if name not in own],
        shards=standing.state.shards,
        strange=strange,
    )


def _kept(account: Account, stage: Stage, table: str) -> Kept | None:
    """What was kept; None if nothing was. Table and people are taken over together, or not at
    all: neither means anything without the other. Raises StackError.
    """
    indexes = _kept_indexes(account, stage, table)
    pools = [each.id for each in pools_of(account, stage)]
    if len(pools) > 1:
        raise StackError(
            f"There are several user pools of stage {stage.name}, {' and '.join(pools)}, and its"
            " items belong to the people of one of them. Delete the others (`aws cognito-idp"
            " delete-user-pool --user-pool-id ID`), and deploy again."
        )
    if pools and indexes is None:
        raise StackError(
            f"The user pool {pools[0]} was kept for stage {stage.name}, and there is no table"
            f" {table} with the items of its people. Restore the table, or name it with"
            " --table-name; to begin without both, run"
            f" `todo-api destroy --stage {stage.name}` first."
        )
    if indexes is None:
        return None
    key = _kept_key(account, stage, table)
    return Kept(table, indexes, pools[0] if pools else None, key)


def _kept_key(account: Account, stage: Stage, table: str) -> str | None:
    """The stage's own key that encrypts its table; None if there is none. Raises StackError."""
    encryption = (Table(account, table).description() or {}).get("SSEDescription", {})
    arn = encryption.get("KMSMasterKeyArn")
    key = EncryptionKey(account, arn) if arn else None
    if key is None or not key.is_of(stage):
        return None
    if not key.stays():
        raise StackError(
            f"AWS is about to delete the key {key.id} of the table {table}, whose items nobody can"
            f" read then. Keep it with `aws kms cancel-key-deletion --key-id {key.id}` and `aws kms"
            f" enable-key --key-id {key.id}`, and deploy again."
        )
    return key.id


def _kept_indexes(account: Account, stage: Stage, name: str) -> list[str] | None:
    """The indexes of the table with this name, if it is this stage's; None if there is no table.

    Raises StackError for somebody else's table.
    """
    client = account.client("dynamodb")
    try:
        with explained():
            found = client.describe_table(TableName=name)["Table"]
            tags = client.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
    except StackError as error:
        if _missing(error):
            return None
        raise
    if {"Key": TAG, "Value": stage.name} not in tags:
        raise StackError(
            f"There is a table {name} already, and stage {stage.name} has not made it. Choose"
            f" another name with --table-name, or give it to the stage: `aws dynamodb"
            f" tag-resource --resource-arn {found['TableArn']} --tags"
            f" Key={TAG},Value={stage.name}` and deploy again."
        )
    return Indexes(account, name).own()


def _missing(error: StackError) -> bool:
    cause = error.__cause__
    return isinstance(cause, ClientError) and code(cause) == "ResourceNotFoundException"
