"""A deployer who is no administrator: a user with the policies in `infra/`, and nothing else."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from infra.aws.boundary import NAME
from tests.deploy.deployer_policy import BOUNDARY, COMMANDS, STACK
from tests.e2e.cloud import Cloud

_HEARING = Path(__file__).with_name("hearing")


def hired(cloud: Cloud, calls: Path) -> Cloud:
    """The same cloud, used by a new user; each call of the commands is noted in a file."""
    iam = cloud.client("iam")
    user = f"deployer-{uuid4().hex}"
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        _policy(iam, NAME, BOUNDARY)
    iam.create_user(UserName=user)
    for file in (COMMANDS, STACK):
        policy = _policy(iam, f"{user}-{file.stem}", file)
        iam.attach_user_policy(UserName=user, PolicyArn=policy)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return replace(
        cloud,
        credentials={
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "PYTHONPATH": str(_HEARING),
            "TODO_API_CALLS": str(calls),
        },
    )


def heard(cloud: Cloud) -> list[tuple[str, str]]:
    """The service and the operation of every call so far."""
    text = Path(cloud.credentials["TODO_API_CALLS"]).read_text("utf-8")
    return [(service, name) for service, name in map(str.split, text.splitlines())]


def _policy(iam: Any, name: str, file: Path) -> str:
    made = iam.create_policy(PolicyName=name, PolicyDocument=file.read_text("utf-8"))
    arn: str = made["Policy"]["Arn"]
    return arn
