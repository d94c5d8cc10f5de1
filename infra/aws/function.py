"""The function of a stage, whose code may go live ahead of its stack.

CloudFormation takes half a minute or more for what Lambda does in seconds. So if only code changes,
a new version goes live when the alias is moved to it, and the stack is behind until it catches up.
The call that moves the alias also records this in its description; so whatever dies in between, the
alias describes what serves.
"""

import re
from base64 import b64encode
from pathlib import PurePosixPath
from typing import Any

from infra.aws.account import Account, StackError, explained, gone_is_fine
from infra.aws.pauses import pauses

ALIAS = "live"
"""The alias that API Gateway calls, as it is named in the template."""

_MARK = re.compile(r"Version (\d+) went live ahead of the stack: (\S+)")


class Function:
    """The function with this name, and its zips in a bucket."""

    def __init__(self, account: Account, name: str, bucket: str) -> None:
        self._client = account.client("lambda")
        self._name = name
        self._bucket = bucket

    def ahead(self) -> str | None:
        """The key of the zip that serves ahead of the stack; None if the stack's own serves.

        If the alias is moved by hand, or by CloudFormation, its version differs from the one in its
        description. If somebody has deleted it, or the function, that is reported as drift.
        """
        with gone_is_fine():
            alias = self._client.get_alias(FunctionName=self._name, Name=ALIAS)
            found = _MARK.fullmatch(alias.get("Description", ""))
            if found and found[1] == alias["FunctionVersion"]:
                return found[2]
        return None

    def serve(self, key: str) -> None:
        """Publish a zip of the bucket and move the alias to it. Raises StackError.

        Lambda publishes no new version of unchanged code: a second try changes nothing.
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
        """Make this zip the code of the next version. Raises StackError.

        CloudFormation publishes the code that is there, and does not replace it if its template has
        not changed: code from somebody else, or from a deployment that died, would go live.
        """
        with explained():
            if self._await("$LATEST")["CodeSha256"] != _sha256(key):
                self._client.update_function_code(
                    FunctionName=self._name, S3Bucket=self._bucket, S3Key=key
                )
                self._await("$LATEST")

    def _await(self, version: str) -> dict[str, Any]:
        """The configuration of a version, once it is ready: SnapStart may take minutes."""
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
    """The hash of a zip as Lambda has it; the zip's key contains it."""
    return b64encode(bytes.fromhex(PurePosixPath(key).stem)).decode()
