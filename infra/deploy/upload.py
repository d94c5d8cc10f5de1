"""The upload of the static site into the stage's bucket, and the invalidation at CloudFront."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import uuid4

from infra.aws.account import Account, explained
from infra.provider import Provider
from infra.site import site
from service.contract.document import Document

CACHE_CONTROL = "public, max-age=0, s-maxage=31536000, must-revalidate"
"""CloudFront keeps a file until a deployment invalidates it; browsers revalidate it each time."""

_MOVED = b'<!doctype html><meta http-equiv="refresh" content="0; url=/docs/"><title>Moved</title>'


@dataclass(frozen=True)
class Object:
    """One file as S3 stores it."""

    key: str
    content_type: str
    body: bytes

    @property
    def etag(self) -> str:
        """The ETag that S3 gives to an object that was uploaded in one piece."""
        return f'"{md5(self.body, usedforsecurity=False).hexdigest()}"'


def upload(
    account: Account,
    outputs: Mapping[str, str],
    contract: Path,
    document: Document,
    provider: Provider | None,
) -> int:
    """Upload the site that calls the stage's API, and lets people sign in at the provider if there
    is one; return how many objects changed."""
    bucket = account.client("s3")
    with explained():
        there = dict(_listing(bucket, outputs["SiteBucket"]))
        found = files(contract, document, outputs["ApiUrl"], provider)
        objects = {each.key: each for each in found}
        changed = [each for each in objects.values() if there.get(each.key) != each.etag]
        for each in changed:
            _put(bucket, outputs["SiteBucket"], each)
        gone = [key for key in there if key not in objects]
        for key in gone:
            bucket.delete_object(Bucket=outputs["SiteBucket"], Key=key)
        if changed or gone:
            _invalidate(account, outputs["DistributionId"])
    return len(changed) + len(gone)


def files(
    contract: Path, document: Document, api: str, provider: Provider | None = None
) -> Iterator[Object]:
    """The files of the site, which tell page, reference and clients the addresses of the API and
    of the sign-in."""
    for path, file in site(contract, document, api, provider).items():
        kind = dict(file.headers).get(b"content-type", b"text/html; charset=utf-8").decode()
        yield Object(_key(path), kind, _MOVED if path == "/docs" else file.body)


def _key(path: str) -> str:
    """The key of a path; CloudFront requests `index.html` for the root."""
    return path.removeprefix("/") or "index.html"


def _listing(s3: Any, bucket: str) -> Iterator[tuple[str, str]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from ((each["Key"], each["ETag"]) for each in page.get("Contents", ()))


def _put(s3: Any, bucket: str, file: Object) -> None:
    s3.put_object(
        Bucket=bucket,
        Key=file.key,
        Body=file.body,
        ContentType=file.content_type,
        CacheControl=CACHE_CONTROL,
    )


def _invalidate(account: Account, distribution: str) -> None:
    account.client("cloudfront").create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": uuid4().hex,
        },
    )
