"""A fault is told with the fewest calls that show it, as a script that shows it again."""

import subprocess
from contextlib import closing
from pathlib import Path

from infra.prove.connection import Api, Patient
from infra.prove.journal import Journal
from infra.prove.prover import Prover, Wishes
from tests.contracts import TODOS, load
from tests.prove.deployments import deployed, listening
from tests.prove.faults import LosesUpdates


def test_a_script_shows_the_fault_again(tmp_path: Path) -> None:
    """A stale update is answered 200: it takes a create, and one update at least."""
    contract = load(TODOS)
    with (
        deployed(contract, tmp_path / "items.db", LosesUpdates) as send,
        listening(send) as url,
        closing(Api(url)) as api,
    ):
        fault = (
            Prover(
                contract, Patient(api.send), url, Journal(None, url), Wishes(3, 300, shrinking=300)
            )
            .run()
            .fault
        )
        assert fault is not None
        assert fault.what == "updateTodo: status"
        assert fault.seen == "every time"
        assert 2 <= fault.script.count("curl ") <= 4
        done = subprocess.run(
            ["sh", "-e"],
            input=fault.script,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=True,
        )
    last = done.stdout.rpartition("HTTP/1.1 ")[2]
    assert last.startswith("200")
