"""A client that speaks ASGI to a gateway, in this process."""

import asyncio
from collections.abc import Sequence
from typing import Any

from infra.gateway.local import Gateway
from tests.servers import Answer

Fields = Sequence[tuple[str, str]]


class GatewayClient:
    """One request at a time, or in an event loop as many as are sent."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def request(
        self, method: str, target: str, headers: Fields = (), body: bytes | None = None
    ) -> Answer:
        return asyncio.run(self.send(method, target, headers, body))

    async def send(
        self, method: str, target: str, headers: Fields = (), body: bytes | None = None
    ) -> Answer:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.gateway(scope_of(method, target, headers, body), receive, send)
        start, *parts = sent
        fields: dict[str, str] = {}
        for name, value in start["headers"]:
            before = f"{fields[name.decode()]}, " if name.decode() in fields else ""
            fields[name.decode()] = before + value.decode("latin-1")
        return Answer(start["status"], fields, b"".join(part["body"] for part in parts))


def scope_of(method: str, target: str, headers: Fields, body: bytes | None) -> dict[str, Any]:
    path, _, query = target.partition("?")
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    if body is not None:
        fields.append((b"content-length", str(len(body)).encode()))
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": fields,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
