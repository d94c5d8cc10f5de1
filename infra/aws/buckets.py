"""A bucket with everything in it, including versions and delete markers."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, code, explained, gone_is_fine

_COUNTED_PAGES = 10
"""The most pages that are counted, of a thousand objects each."""


class Bucket:
    """A bucket of the account, whether it exists or not. A missing one is empty."""

    def __init__(self, account: Account, name: str) -> None:
        self.name = name
        self._s3 = account.client("s3")
        self._mine = {"Bucket": name, "ExpectedBucketOwner": account.id}

    def count(self, prefix: str = "") -> int | None:
        """How many objects and versions there are; None if more than 10,000."""
        counted = 0
        for number, page in enumerate(self._pages(prefix)):
            if number == _COUNTED_PAGES:
                return None
            counted += len(page)
        return counted

    def holds_more_than(self, folder: str) -> bool:
        """Whether there is anything outside a folder such as `prod/`. Raises StackError."""
        with gone_is_fine():
            pages = self._s3.get_paginator("list_object_versions")
            for page in pages.paginate(**self._mine, Delimiter="/"):
                folders = {each["Prefix"] for each in page.get("CommonPrefixes", ())}
                if folders - {folder} or _objects(page):
                    return True
        return False

    def empty(self, prefix: str = "") -> int:
        """Delete every version of every object, and return their number. Raises StackError."""
        deleted = 0
        for objects in self._pages(prefix):
            if objects:
                with explained():
                    answer = self._s3.delete_objects(
                        **self._mine, Delete={"Objects": objects, "Quiet": True}
                    )
                self._check(answer.get("Errors", []))
            deleted += len(objects)
        return deleted

    def close(self) -> None:
        """Let nobody write to it any more, whatever its policy allowed. Raises StackError."""
        arn = f"arn:{self._s3.meta.partition}:s3:::{self.name}"
        statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Sid": "Closed", **statement, "Resource": f"{arn}/*"}],
        }
        with gone_is_fine():
            self._s3.put_bucket_policy(**self._mine, Policy=json.dumps(policy))

    def delete(self) -> bool:
        """Delete the bucket if it is empty; return whether it is gone. Raises StackError."""
        with gone_is_fine():
            try:
                self._s3.delete_bucket(**self._mine)
            except ClientError as error:
                if code(error) != "BucketNotEmpty":
                    raise
                return False
        return True

    def _pages(self, prefix: str) -> Iterator[list[dict[str, str]]]:
        with gone_is_fine():
            pages = self._s3.get_paginator("list_object_versions")
            for page in pages.paginate(**self._mine, Prefix=prefix):
                yield _objects(page)

    def _check(self, errors: list[dict[str, str]]) -> None:
        if errors:
            first = errors[0]
            raise StackError(
                f"{len(errors)} objects of s3://{self.name} cannot be deleted; {first.get('Key')}:"
                f" {first.get('Code')} {first.get('Message', '')} Mend that, and run it again."
            )


def _objects(page: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"Key": each["Key"], "VersionId": each["VersionId"]}
        for kind in ("Versions", "DeleteMarkers")
        for each in page.get(kind, ())
    ]
