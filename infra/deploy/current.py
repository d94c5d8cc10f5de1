"""What is live of a stage before a deployment: its table, its contract, or a table kept for it."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson
from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, code, explained
from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import Template
from infra.aws.indexes import Indexes
from infra.aws.stage import TAG, Stage
from infra.deploy.plan import Live
from service.contract.derivation import derive
from service.contract.document import ContractError, Document
from service.contract.model import Contract


@dataclass(frozen=True)
class KeptTable:
    """A table that an earlier `destroy --keep-data` left for this stage."""

    name: str
    indexes: list[str]


def live_in(template: Template, code: str, artifacts: Artifacts, there: Sequence[str]) -> Live:
    """What a stack serves, by its template and the key of the zip that serves. Raises StackError.

    The contract that is live is the one in the zip that is live: nothing else can tell it better.
    `there` are the indexes that the table has.
    """
    table = template["Resources"]["Table"]["Properties"]
    indexes = [each["IndexName"] for each in table.get("GlobalSecondaryIndexes", ())]
    served = "Function" in template["Resources"]
    return Live(
        indexes,
        served_contract(artifacts, code) if served else None,
        stray=[name for name in there if name not in indexes],
        lost=[name for name in indexes if name not in there],
    )


def kept_table(account: Account, stage: Stage, name: str) -> KeptTable | None:
    """The table of that name, if it is this stage's; None if there is none.

    Raises StackError for a table of somebody else.
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
    return KeptTable(name, Indexes(account, name).own())


def _missing(error: StackError) -> bool:
    cause = error.__cause__
    return isinstance(cause, ClientError) and code(cause) == "ResourceNotFoundException"


def served_contract(artifacts: Artifacts, key: str) -> Contract:
    """The contract in the zip of that key. Raises StackError."""
    body = artifacts.get(key)
    try:
        if body is None:
            raise StackError(f"s3://{artifacts.bucket}/{key} is gone.")
        with zipfile.ZipFile(BytesIO(body)) as archive:
            data: dict[str, Any] = orjson.loads(archive.read("openapi.json"))
        return derive(Document(data))
    except (StackError, ContractError, zipfile.BadZipFile, KeyError) as error:
        raise StackError(
            f"The contract that is live cannot be read: {error} Without it nobody can tell which"
            " items lack what. Take the stage away with `todo-api destroy --keep-data`, and"
            " deploy it again: its items are kept."
        ) from error
