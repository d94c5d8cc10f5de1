"""An engine in a process of its own that answers as DynamoDB does, whatever it is asked.

python -m tests.benchmarks.engine              prints the port of this machine that it listens on
python -m tests.benchmarks.engine CERTIFICATE  speaks TLS, with that certificate and its key

It remembers the first item put, with whatever attributes a variant keeps beside the to-do's own,
and answers every read with that: so each variant reads what it writes, from an engine of its own.
"""

import json
import ssl
import sys
import zlib
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, ClassVar

from tests.benchmarks.cases import PAGE


class Conversation(StreamRequestHandler):
    """One connection, which stays open."""

    disable_nagle_algorithm = True
    answers: ClassVar[dict[str, bytes]] = {}

    def handle(self) -> None:
        while head := self._head():
            body = self.rfile.read(int(head["content-length"]))
            operation = head["x-amz-target"].rpartition(".")[2]
            if operation == "PutItem" and not self.answers:
                self.answers.update(answers_with(json.loads(body)["Item"]))
            self.wfile.write(self.answers[operation])

    def _head(self) -> dict[str, str]:
        """The headers of the next request; empty when there is none."""
        if not self.rfile.readline():
            return {}
        lines = iter(self.rfile.readline, b"\r\n")
        pairs = (line.decode().strip().split(": ", 1) for line in lines)
        return {name.lower(): value for name, value in pairs}


def answers_with(item: Any) -> dict[str, bytes]:
    """What is answered to each operation, head and body."""
    page = {"Items": [item] * PAGE, "Count": PAGE, "ScannedCount": PAGE}
    bodies = {
        "PutItem": {},
        "GetItem": {"Item": item},
        "UpdateItem": {"Attributes": item},
        "DeleteItem": {},
        "Query": page,
        "Scan": page,
    }
    return {name: as_answer(json.dumps(body).encode()) for name, body in bodies.items()}


def as_answer(body: bytes) -> bytes:
    """With the headers that DynamoDB sends."""
    head = (
        "HTTP/1.1 200 OK",
        "Server: Server",
        "Date: Thu, 26 Nov 2026 10:00:00 GMT",
        "Content-Type: application/x-amz-json-1.0",
        f"Content-Length: {len(body)}",
        "Connection: keep-alive",
        "x-amzn-RequestId: AB12CD34EF56GH78IJ90KL12MN34OP56QR78ST90UV12WX34YZ56",
        f"x-amz-crc32: {zlib.crc32(body)}",
    )
    return "\r\n".join([*head, "", ""]).encode() + body


class Engine(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def main(certificate: str | None) -> None:
    with Engine(("127.0.0.1", 0), Conversation) as engine:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            engine.socket = context.wrap_socket(engine.socket, server_side=True)
        sys.stdout.write(f"{engine.server_address[1]}\n")
        sys.stdout.flush()
        engine.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
