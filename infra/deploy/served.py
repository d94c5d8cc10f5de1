"""The contract that a stage serves, from the zip that its function runs."""

import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import orjson

from infra.aws.account import Account, StackError
from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import Stack
from infra.aws.function import Function
from infra.aws.outputs import outputs
from infra.aws.stage import Stage
from infra.beside import is_function
from service.contract.derivation import derive
from service.contract.document import ContractError, Document
from service.contract.model import Contract


def live_contract(account: Account, stage: Stage) -> Contract:
    """The contract that a deployed stage serves, even ahead of its stack. Raises StackError."""
    artifacts = Artifacts(account, stage)
    told = outputs(account, stage)
    ahead = Function(account, told["FunctionName"], artifacts.bucket).ahead()
    key = ahead or Stack(account, stage.stack).parameters()["CodeKey"]
    return served_contract(artifacts, key)


def live_shards(account: Account, stage: Stage) -> int:
    """The number of shards that a stage's lists read. Raises StackError."""
    return int(Stack(account, stage.stack).parameters().get("Shards", "1"))


def served_contract(artifacts: Artifacts, key: str) -> Contract:
    """The contract in the zip with this key, with its functions, which are never run here.

    Raises StackError.
    """
    body = artifacts.get(key)
    try:
        if body is None:
            raise StackError(f"s3://{artifacts.bucket}/{key} is gone.")
        with zipfile.ZipFile(BytesIO(body)) as archive:
            data: dict[str, Any] = orjson.loads(archive.read("openapi.json"))
            files = {name: archive.read(name) for name in archive.namelist() if is_function(name)}
        return replace(derive(Document(data)), files=files)
    except (StackError, ContractError, zipfile.BadZipFile, KeyError) as error:
        raise StackError(
            f"The contract that is live cannot be read: {error} Without it nobody can tell which"
            " items lack what. Take the stage away with `todo-api destroy --keep-data`, and"
            " deploy it again: its items are kept."
        ) from error
