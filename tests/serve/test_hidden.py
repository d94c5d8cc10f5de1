"""Items that vanish from view when the contract of a file of data is closed or opened."""

from pathlib import Path

from tests.contracts import TODOS
from tests.contracts.closed import closed
from tests.people import Door
from tests.serve.test_admission import door
from tests.servers import serve


def test_serve_counts_what_nobody_sees(tmp_path: Path) -> None:
    contract = closed(tmp_path / "closed.yaml")
    store = f"sqlite:///{tmp_path / 'items.db'}"
    with serve(TODOS, store) as server:
        assert "Nobody sees" not in server.output
        assert server.request("POST", "/todos", {"title": "Everyone's"}).status == 201
    with serve(contract, store) as server:
        assert "Nobody sees 1 item of /todos: what belongs to everyone is hidden" in server.output
        assert "They stay in the file." in server.output
        someone: Door = door(server)
        token = someone.signed_in("Ada")["access_token"]
        bearing = {"Authorization": f"Bearer {token}"}
        assert server.request("POST", "/todos", {"title": "Ada's"}, bearing).status == 201
    with serve(TODOS, store) as server:
        assert "Nobody sees 1 item of /todos: what belongs to one caller is hidden" in server.output
