"""The function of a stage, whose code may go live ahead of its stack.

CloudFormation takes half a minute or more to bring about what Lambda does in seconds. So a change
of nothing but code goes live as a new version that the alias is moved to, and the stack is behind
until it catches up. The alias tells of it in the same call that moves it; so whatever dies in
between, what the alias tells is what serves.
"""

import re
from base64 import b64encode
from pathlib import PurePosixPath
from typing import Any

from infra.aws.account import Account, StackError, explained, gone_is_fine
from infra.aws.pauses import pauses

ALIAS = "live"
"""The alias that API Gateway calls; the template names it so."""

_MARK = re.compile(r"Version (\d+) went live ahead of the stack: (\S+)")


class Function:
    """The function of that name, and its zips in that bucket."""

    def __init__(self, account: Account, name: str, bucket: str) -> None:
        self._client = account.client("lambda")
        self._name = name
        self._bucket = bucket

    def ahead(self) -> str | None:
        """The key of the zip that serves ahead of the stack; None if the stack's own serves.

        Whoever moves the alias by hand, or by CloudFormation, leaves another version in it. That
        somebody has deleted it, or the function, is told as drift.
        """
        with gone_is_fine():
            alias = self._client.get_alias(FunctionName=self._name, Name=ALIAS)
            found = _MARK.fullmatch(alias.get("Description", ""))
            if found and found[1] == alias["FunctionVersion"]:
                return found[2]
        return None

    def serve(self, key: str) -> None:
        """Publish a zip of the bucket and move the alias to it. Raises StackError.

        Lambda publishes nothing new of what it has published last: a second try changes nothing.
        """
        self.take(key)
        with explained():
            made = self._client.publish_version(FunctionName=self._name, CodeSha256=_sha256(key))
            version = made["Version"]
            self._await(version)
            self._client.update_alias(
                FunctionName=self._name,
                Name=ALIAS,
                FunctionVersion=version,
                Description=f"Version {version} went live ahead of the stack: {key}",
            )

    def take(self, key: str) -> None:
        """Let the code that the next version is published of be that zip. Raises StackError.

        CloudFormation publishes what is there, and touches no code that its template leaves as it
        was: what somebody, or a deployment that died, has put there would go live with it.
        """
        with explained():
            if self._await("$LATEST")["CodeSha256"] != _sha256(key):
                self._client.update_function_code(
                    FunctionName=self._name, S3Bucket=self._bucket, S3Key=key
                )
                self._await("$LATEST")

    def _await(self, version: str) -> dict[str, Any]:
        """The configuration of a version that is ready: SnapStart may take minutes."""
        for _ in pauses():
            found: dict[str, Any] = self._client.get_function_configuration(
                FunctionName=self._name, Qualifier=version
            )
            states = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
            if "Failed" in states:
                why = found.get("StateReason") or found.get("LastUpdateStatusReason")
                raise StackError(f"Lambda could not make version {version} ready: {why}")
            if states[0] != "Pending" and states[1] != "InProgress":
                return found
        raise AssertionError("unreachable: the pauses do not end")


def _sha256(key: str) -> str:
    """As Lambda tells it; a key holds the hash of its zip."""
    return b64encode(bytes.fromhex(PurePosixPath(key).stem)).decode()
