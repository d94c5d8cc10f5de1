"""What stands in for DynamoDB: a table without a client, and HTTP below a real client."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.cases import MISSING_ID, PAGE, TODO


class StubTable:
    """What the boto3 `Table` of the guide answers, at no cost."""

    def put_item(self, **_: Any) -> dict[str, Any]:
        return {}

    def get_item(self, Key: dict[str, str]) -> dict[str, Any]:  # noqa: N803 - boto3's word
        return {} if Key["id"] == MISSING_ID else {"Item": TODO}

    def update_item(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": TODO}

    def delete_item(self, **_: Any) -> dict[str, Any]:
        return {}

    def scan(self) -> dict[str, Any]:
        return {"Items": [TODO] * PAGE}


class StubHttp:
    """Stands in for `URLLib3Session.send`, below botocore's signing, writing and reading.

    It remembers the first item put, with whatever attributes the variant keeps beside the
    to-do's own, and answers every read with that: so each variant reads what it writes.
    """

    def __init__(self) -> None:
        self._answers: dict[str, bytes] = {}

    def send(self, request: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if not self._answers:
            self._remember(json.loads(request.body)["Item"])
        body = self._answers[operation]
        headers: Any = {
            "content-type": "application/x-amz-json-1.0",
            "content-length": str(len(body)),
            "x-amzn-requestid": "AB12CD34EF56GH78IJ90KL12MN34OP56QR78ST90UV12WX34YZ56",
            "x-amz-crc32": str(zlib.crc32(body)),
        }
        return AWSResponse(request.url, 200, headers, _Raw(body))

    def _remember(self, item: Any) -> None:
        answers = {
            "PutItem": {},
            "GetItem": {"Item": item},
            "UpdateItem": {"Attributes": item},
            "DeleteItem": {},
            "Query": {"Items": [item] * PAGE, "Count": PAGE, "ScannedCount": PAGE},
            "Scan": {"Items": [item] * PAGE, "Count": PAGE, "ScannedCount": PAGE},
        }
        self._answers = {name: json.dumps(answer).encode() for name, answer in answers.items()}


class _Raw:
    """An answer's body, as urllib3 hands it to botocore."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


def stub_http() -> None:
    """Answer every request of every botocore client of this process from a `StubHttp`."""
    from botocore.httpsession import URLLib3Session

    http = StubHttp()

    def send(_: URLLib3Session, request: Any) -> Any:
        return http.send(request)

    URLLib3Session.send = send  # type: ignore[assignment, method-assign]
