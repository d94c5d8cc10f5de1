"""What stands in for DynamoDB where no client is measured: a table without one."""

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
