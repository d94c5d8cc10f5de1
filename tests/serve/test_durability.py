"""What was acknowledged is there, whatever happens to the server."""

from pathlib import Path

from tests.engines import free_port
from tests.forked_servers import forked_servers
from tests.writers import kept, wait_for_more, writers

KILLS = 20
WRITERS = 12
WRITES_BETWEEN_KILLS = 4
"""Of each writer."""


def test_no_acknowledged_write_is_lost_to_kill_9(tmp_path: Path) -> None:
    path, port = tmp_path / "data.db", free_port()
    with forked_servers() as servers, writers(port, WRITERS) as writing:
        for _ in range(KILLS):
            server = servers.start(path, port)
            wait_for_more(writing, WRITES_BETWEEN_KILLS)
            servers.kill(server)
    acknowledged = {id for writer in writing for id in writer.acknowledged}
    assert len(acknowledged) >= KILLS * WRITERS * WRITES_BETWEEN_KILLS
    assert acknowledged <= kept(path)
