"""A bucket with everything in it, including versions and delete markers."""

from collections.abc import Iterator
from typing import Any

from infra.aws.account import Account, StackError, explained, gone_is_fine

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

    def delete(self) -> None:
        """Delete the bucket, which must be empty. Raises StackError."""
        with gone_is_fine():
            self._s3.delete_bucket(**self._mine)

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
