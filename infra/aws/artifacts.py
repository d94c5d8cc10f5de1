"""The artifact bucket: the zips and templates of all stages of an account and region.

<stage>/code/<sha256>.zip         what Lambda runs
<stage>/template/<sha256>.json    what CloudFormation reads
<stage>/fill.json                 the progress of filling in old items
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, code, explained
from infra.aws.stage import PREFIX, Stage

_PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_SUFFIXES = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}
"""Suffixes of host names, by partition."""


class Artifacts:
    """One stage's objects in the bucket."""

    def __init__(self, account: Account, stage: Stage) -> None:
        self._account = account
        self._stage = stage
        self._s3 = account.client("s3")
        self.bucket = f"{PREFIX}artifacts-{account.id}-{account.region}"
        self._mine = {"Bucket": self.bucket, "ExpectedBucketOwner": account.id}

    def create(self) -> None:
        """Create the bucket, private and encrypted, or complete its settings. Raises StackError."""
        with explained():
            if not self.exists():
                self._s3.create_bucket(**self._creation())
            self._make_private()
            self._refuse_plain_http()

    def exists(self) -> bool:
        """Whether the bucket exists. Raises StackError if another account has the name."""
        try:
            self._s3.head_bucket(**self._mine)
        except ClientError as error:
            if code(error) in ("404", "NoSuchBucket"):
                return False
            if code(error) == "403":
                raise StackError(
                    f"The bucket {self.bucket} may not be read, or is another account's. Attach"
                    " infra/deployer-policy.json, or choose another region with --region."
                ) from error
            raise
        return True

    def put_zip(self, file: Path, digest: str) -> str:
        """Upload the zip unless it is there, and return its key."""
        key = f"{self._stage.name}/code/{digest}.zip"
        with explained():
            if not self._has(key):
                self._s3.put_object(**self._mine, Key=key, Body=file.read_bytes())
        return key

    def put_template(self, body: bytes) -> str:
        """Upload an encoded template, and return its URL for CloudFormation."""
        key = f"{self._stage.name}/template/{sha256(body).hexdigest()}.json"
        with explained():
            self._s3.put_object(**self._mine, Key=key, Body=body)
        return self._url(key)

    def told(self) -> str:
        """What remains of a deployment that was declined, in words."""
        name = self._stage.name
        return (
            f"What was uploaded for it stays in s3://{self.bucket}/{name}/: the next deployment"
            f" uses it, and `todo-api destroy --stage {name}` removes it."
        )

    def get(self, key: str) -> bytes | None:
        """An object of the bucket; None if it does not exist."""
        try:
            with explained():
                body: bytes = self._s3.get_object(**self._mine, Key=key)["Body"].read()
        except StackError as error:
            if isinstance(error.__cause__, ClientError) and code(error.__cause__) in (
                *("NoSuchKey", "NoSuchBucket", "404"),
            ):
                return None
            raise
        return body

    @property
    def fill_key(self) -> str:
        return f"{self._stage.name}/fill.json"

    def put(self, key: str, body: bytes) -> None:
        with explained():
            self._s3.put_object(**self._mine, Key=key, Body=body)

    def delete(self, key: str) -> None:
        with explained():
            self._s3.delete_object(**self._mine, Key=key)

    def _has(self, key: str) -> bool:
        try:
            self._s3.head_object(**self._mine, Key=key)
        except ClientError as error:
            if code(error) in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def _url(self, key: str) -> str:
        if self._account.emulator:
            return f"{self._account.emulator}/{self.bucket}/{key}"
        return address(self.bucket, key, self._account.region, self._s3.meta.partition)

    def _creation(self) -> dict[str, Any]:
        """The input of CreateBucket, which must not name us-east-1 (AWS: S3 CreateBucket)."""
        if self._account.region == "us-east-1":
            return {"Bucket": self.bucket}
        return {
            "Bucket": self.bucket,
            "CreateBucketConfiguration": {"LocationConstraint": self._account.region},
        }

    def _make_private(self) -> None:
        """Make the bucket private; since 2023 every bucket is encrypted."""
        found = self._found("get_public_access_block", "PublicAccessBlockConfiguration")
        if found != _PRIVATE:
            self._s3.put_public_access_block(**self._mine, PublicAccessBlockConfiguration=_PRIVATE)

    def _refuse_plain_http(self) -> None:
        found = self._found("get_bucket_policy", "Policy")
        if found is None or json.loads(found) != self._tls_only():
            self._s3.put_bucket_policy(**self._mine, Policy=json.dumps(self._tls_only()))

    def _found(self, operation: str, member: str) -> Any:
        """A setting of the bucket; None if it has none."""
        try:
            return getattr(self._s3, operation)(**self._mine)[member]
        except ClientError as error:
            if code(error) in ("NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration"):
                return None
            raise

    def _tls_only(self) -> dict[str, Any]:
        partition = self._account.client("s3").meta.partition
        arn = f"arn:{partition}:s3:::{self.bucket}"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }


def address(bucket: str, key: str, region: str, partition: str) -> str:
    """The URL of an object on AWS."""
    return f"https://{bucket}.s3.{region}.{_SUFFIXES.get(partition, 'amazonaws.com')}/{key}"
