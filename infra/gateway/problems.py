"""The gateway's own problems: what goes wrong before the handler is called, or because it fails."""

from http import HTTPStatus

from service.problems import Kind, Problem, body_of

MALFORMED = Kind(
    "malformed-request", 400, "The request is no HTTP", "It could not be read. Nothing was changed."
)
TOO_SLOW = Kind(
    "request-timeout", 408, "The request took too long", "It did not arrive in time. Send it again."
)
BODY_TOO_LARGE = Kind(
    "content-too-large", 413, "The body is too large", "A body may have at most 10 MB."
)
HEADERS_TOO_LARGE = Kind(
    "headers-too-large",
    431,
    "The headers are too large",
    "The request line and headers may have at most 10240 bytes.",
)
HANDLER_FAILED = Kind(
    "bad-gateway", 502, "The service failed", "This is not your fault. Trying again may help."
)


class GatewayProblem(Problem):
    """A request that the gateway answers by itself."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        super().__init__()


def raw_answer(kind: Kind) -> bytes:
    """A whole HTTP answer, for a connection that will be closed."""
    body = body_of(GatewayProblem(kind))
    return (
        f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}\r\n"
        "content-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    ).encode() + body
