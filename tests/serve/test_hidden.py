"""Items in a file of data that do not go with the contract: hidden by it, or refused."""

from pathlib import Path

from tests.contracts import TODOS
from tests.contracts.closed import closed_file
from tests.people import Door
from tests.serve.test_admission import door
from tests.servers import serve


def test_serve_counts_what_nobody_sees(tmp_path: Path) -> None:
    contract = closed_file(tmp_path / "closed.json", "person")
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


def test_serve_tells_of_items_that_the_contract_refuses(tmp_path: Path) -> None:
    contract, store = tmp_path / "openapi.yaml", f"sqlite:///{tmp_path / 'items.db'}"
    with serve(TODOS, store) as server:
        assert "refuses" not in server.output
        for title in ("short", "much longer than ten"):
            assert server.request("POST", "/todos", {"title": title}).status == 201
    text = TODOS.read_text("utf-8")
    contract.write_text(text.replace("maxLength: 200\n", "maxLength: 10\n", 1), "utf-8")
    with serve(contract, store) as server:
        assert "/todos: the contract refuses 1 of 2 items, such as " in server.output
        assert "/title must have at most 10 characters" in server.output
        assert "They are shown as they are." in server.output
