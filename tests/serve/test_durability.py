"""What was acknowledged is there, whatever happens to the server."""

import http.client
import signal
import threading
import time
from pathlib import Path

from tests.engines import free_port
from tests.servers import send, serve

KILLS = 4
SECONDS_BETWEEN_KILLS = 0.4


def test_no_acknowledged_write_is_lost_to_kill_9(tmp_path: Path) -> None:
    store, port = f"sqlite:///{tmp_path}/data.db", free_port()
    writers = [_Writer(port) for _ in range(4)]
    try:
        for _ in range(KILLS):
            with serve(store=store, port=port) as server:
                _wait_for_more(writers)
                time.sleep(SECONDS_BETWEEN_KILLS)
                server.stop(signal.SIGKILL)
    finally:
        for writer in writers:
            writer.stop.set()
    for writer in writers:
        writer.join(20)
    with serve(store=store, port=port) as server:
        kept = set()
        target = "/todos?limit=100"
        while target:
            page = server.get(target).json
            kept |= {item["id"] for item in page["items"]}
            target = f"/todos?limit=100&cursor={page['next']}" if "next" in page else ""
    acknowledged = {id for writer in writers for id in writer.acknowledged}
    assert len(acknowledged) > KILLS * len(writers)
    assert acknowledged <= kept


def _wait_for_more(writers: "list[_Writer]") -> None:
    """Until every writer has written since now."""
    before = [len(writer.acknowledged) for writer in writers]
    deadline = time.monotonic() + 20
    while any(len(w.acknowledged) <= n for w, n in zip(writers, before, strict=True)):
        assert time.monotonic() < deadline, "The writers cannot write"
        time.sleep(0.01)


class _Writer(threading.Thread):
    """Creates items for as long as there is a server."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.acknowledged: list[str] = []
        self.stop = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                while True:
                    answer = send(connection, "POST", "/todos", {"title": "Kept"})
                    assert answer.status == 201
                    self.acknowledged.append(answer.json["id"])
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
            finally:
                connection.close()
