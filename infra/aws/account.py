"""The AWS account and the region that a command works in, and the errors that can stop it.

Errors:

    StackError               the command cannot go on; its message says what to do
    ├── AccountUnavailable   no credentials, no region, no permission, no response
    └── Declined             nobody agreed to what the command was going to do
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10)
_FIRST = _CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 2}))
"""The first call of a command soon fails if nobody answers."""

_PATHS = _CONFIG.merge(Config(s3={"addressing_style": "path"}))

_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws")


class StackError(Exception):
    """The command cannot go on; the message says why, and what to do."""


class AccountUnavailable(StackError):
    """AWS cannot be asked: credentials, region, permission or network are missing."""


class Declined(StackError):
    """Nobody agreed; nothing was changed."""


class Account:
    """Clients for one account and region. `AWS_ENDPOINT_URL` names an engine other than AWS."""

    def __init__(self, region: str | None = None) -> None:
        """Ask AWS who we are. Raises AccountUnavailable."""
        with explained():
            self._session: Any = boto3.Session(region_name=region)
            self._clients: dict[tuple[str, str | None], Any] = {}
            first: Any = self._session.client("sts", config=_FIRST)
            self.id: str = first.get_caller_identity()["Account"]
            self.region: str = first.meta.region_name

    def client(self, service: str, region: str | None = None) -> Any:
        """A client for the account's region, or for another one."""
        key = service, region
        if key not in self._clients:
            # An emulator's host name seldom has subdomains for buckets.
            config = _PATHS if service == "s3" and self.emulator else _CONFIG
            self._clients[key] = self._session.client(service, region_name=region, config=config)
        return self._clients[key]

    @cached_property
    def emulator(self) -> str | None:
        """The address of the engine that is used instead of AWS; None for AWS itself."""
        endpoint: str = self.client("cloudformation").meta.endpoint_url
        host = urlsplit(endpoint).hostname or ""
        return None if host.endswith(_AWS_HOSTS) else endpoint

    def __str__(self) -> str:
        where = f"account {self.id}, {self.region}"
        return f"{where}, at {self.emulator}" if self.emulator else where


@contextmanager
def explained() -> Iterator[None]:
    """Turn botocore's exceptions into a StackError that says what to do."""
    try:
        yield
    except ClientError as error:
        raise _refusal(error) from error
    except BotoCoreError as error:
        raise AccountUnavailable(_why(error)) from error


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Like `explained`, but treats a missing resource as success."""
    with explained():
        try:
            yield
        except ClientError as error:
            if code(error) not in _GONE:
                raise


_GONE = {
    *("ResourceNotFoundException", "NotFoundException", "NoSuchBucket", "NoSuchKey", "404"),
}


def code(error: ClientError) -> str:
    """AWS's name for an error, such as `NoSuchBucket`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _why(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return (
                "There are no AWS credentials. Run `aws configure` (or `aws sso login`), or set"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        case NoRegionError():
            return (
                "No AWS region is chosen. Use --region us-east-1 (or another one), or set"
                " AWS_DEFAULT_REGION."
            )
        case ProfileNotFound():
            return f"{error}. Correct AWS_PROFILE, or run `aws configure list-profiles`."
        case EndpointConnectionError() | ConnectTimeoutError() | HTTPClientError():
            return (
                f"AWS does not answer: {error} Check the network, the region and AWS_ENDPOINT_URL,"
                " and run the command again."
            )
    return f"{error} Check what `aws configure list` shows."


_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"}
_DENIED |= {"AuthorizationError"}  # SNS's name for it
_INVALID = {
    *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "AuthFailure"),
    *("UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
}


def _refusal(error: ClientError) -> StackError:
    name = code(error)
    told = error.response.get("Error", {}).get("Message", "")
    if name in _INVALID:
        return AccountUnavailable(
            f"AWS does not accept the credentials ({name}: {told}). Renew them: `aws sso login`,"
            " or `aws configure`; `aws sts get-caller-identity` shows whose they are."
        )
    if name in _DENIED:
        return AccountUnavailable(
            f"AWS does not allow {error.operation_name}: {told or name} The policies"
            " infra/deployer-policy.json and infra/deployer-stack-policy.json hold all that is"
            " needed, and infra/deployer-extras-policy.json what extras take: attach them, and run"
            " the command again."
        )
    return StackError(f"AWS refused {error.operation_name} ({name}): {told}")
