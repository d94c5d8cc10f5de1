"""What the embedded store keeps, whatever happens to its process, its disk and its file."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.stores import Filters, Page, Position, Scope, StoreUnavailable
from service.stores.sqlite import SQLiteStore
from tests.stores.conftest import FILTERS

ANN = Scope("todos", "ann")
NOON = 1_700_000_000_000
MOST_SECONDS = 25
"""API Gateway gives up after 29."""

WRITER = """
    import itertools, sys
    from pathlib import Path
    from service.stores import Position, Scope, StoreUnavailable, sqlite_file
    from service.stores.sqlite import SQLiteStore

    sqlite_file.WAIT_SECONDS = 600  # however long the machine pauses
    store = SQLiteStore(Path(sys.argv[1]), {})
    for n in itertools.count():
        id = f"{sys.argv[2]}-{n}"
        store.create(Scope("todos", "ann"), Position(n, id), {"id": id, "x": "x" * 500}, id, None)
        print(id, flush=True)
"""

OPENER = """
    import sys
    from pathlib import Path
    from service.stores import sqlite_file
    from service.stores.sqlite import SQLiteStore

    sqlite_file.WAIT_SECONDS = 600
    print("ready", flush=True)
    for line in sys.stdin:
        SQLiteStore(Path(line.rstrip()), {}).close()
        print("opened", flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "items.db"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections that stores opened, in order."""
    found: list[sqlite3.Connection] = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def recorded(*given: object, **options: object) -> sqlite3.Connection:
        found.append(connect(*given, **options))
        return found[-1]

    monkeypatch.setattr("service.stores.sqlite.sqlite3.connect", recorded)
    return found


@pytest.mark.parametrize("after_writes", [1, 20, 60])
def test_every_acknowledged_write_survives_kill_9(path: Path, after_writes: int) -> None:
    with writers(path, 2) as processes:
        acknowledged = [line_of(writer) for writer in processes for _ in range(after_writes)]
        for writer in processes:
            os.kill(writer.pid, signal.SIGKILL)
            # Its last line may be cut.
            acknowledged += writer.communicate()[0].split("\n")[:-1]
    with closing(SQLiteStore(path, {})) as store:
        assert [store.get(ANN, id).values["id"] for id in acknowledged] == acknowledged


def test_processes_share_one_file_and_none_starves(path: Path) -> None:
    with writers(path, 3) as processes:
        ids = [line_of(writer) for _ in range(40) for writer in processes]
    with closing(SQLiteStore(path, {})) as store:
        assert [store.get(ANN, id).values["id"] for id in ids] == ids


def test_processes_that_open_a_new_file_at_once_all_get_it(tmp_path: Path) -> None:
    with running(*[[OPENER]] * 4) as processes:
        for number in range(60):
            assert {line_of(process) for process in processes} == {"opened" if number else "ready"}
            for process in processes:
                assert process.stdin
                print(tmp_path / f"{number}.db", file=process.stdin, flush=True)


class Clock:
    """On which time passes only while somebody sleeps."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_locked_file_is_told_in_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.stores.sqlite_file.time", clock := Clock())
    store = SQLiteStore(path, {})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        put(store, "1")
    assert 5 < clock.now < MOST_SECONDS
    other.close()
    put(store, "1")
    store.close()


def test_a_full_disk_is_told_and_passes(path: Path) -> None:
    """A file may grow to 200 kB here; SQLite gets EFBIG where a full disk gives ENOSPC."""
    output = run(
        """
        import resource, signal, sys
        from pathlib import Path
        from service.stores import Position, Scope, StoreUnavailable
        from service.stores.sqlite import SQLiteStore

        store = SQLiteStore(Path(sys.argv[1]), {})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        written = 0
        try:
            while True:
                id = str(written)
                store.create(Scope("todos", "ann"), Position(0, id), {"x": "x" * 9000}, id, None)
                written += 1
        except StoreUnavailable as error:
            print(type(error.__cause__).__name__, written > 3)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        store.create(Scope("todos", "ann"), Position(0, "later"), {}, "t", None)
        print(len(store.list(Scope("todos", "ann"), {}, 100, None).items) == written + 1)
        """,
        path,
    )
    assert output.split() == ["OperationalError", "True", "True"]


def test_a_file_that_is_no_database_is_named_with_a_remedy(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list " * 100)
    with pytest.raises(StoreUnavailable, match=r"items\.db: file is not a database; move it away"):
        SQLiteStore(path, {})


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE contacts (name)")
    other.close()
    with pytest.raises(StoreUnavailable, match="written by another program"):
        SQLiteStore(path, {})


def test_a_damaged_file_is_an_outage_and_no_crash(path: Path) -> None:
    store = SQLiteStore(path, {})
    for n in range(50):
        put(store, str(n), title="x" * 500)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    with (
        pytest.raises(StoreUnavailable, match=r"malformed.*; restore a backup"),
        closing(SQLiteStore(path, {})) as store,
    ):
        store.get(ANN, "1")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="name another file"):
        SQLiteStore(tmp_path / "file" / "items.db", {})


def test_a_path_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="see that it is a file"):
        SQLiteStore(tmp_path, {})


def test_a_folder_that_cannot_be_written_is_told() -> None:
    """Not even root can write to /proc."""
    with pytest.raises(StoreUnavailable, match=r"/proc/items\.db"):
        SQLiteStore(Path("/proc/items.db"), {})


def test_a_property_without_a_path_is_refused_at_start(path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be a filter"):
        SQLiteStore(path, {"todos": {'a"b': None}})


def test_items_survive_a_restart(path: Path) -> None:
    store = SQLiteStore(path, FILTERS)
    put(store, "1", title="Milk")
    store.close()
    store = SQLiteStore(path, FILTERS)
    assert store.get(ANN, "1").values["title"] == "Milk"
    store.close()


def test_a_new_filter_finds_what_was_written_before_it(path: Path) -> None:
    write_old_items(path)
    filters: Filters = {"todos": {"done": False, "colour": "it's"}}
    assert ids(path, filters, done=False) == ["none", "false"]
    assert ids(path, filters, done=True) == ["true"]
    assert ids(path, filters, colour="it's", done=True) == ["true"]


def test_a_changed_default_counts_at_once_and_leaves_no_second_index(path: Path) -> None:
    write_old_items(path)
    assert ids(path, {"todos": {"done": False}}, done=False) == ["none", "false"]
    assert ids(path, {"todos": {"done": True}}, done=True) == ["true", "none"]
    assert ids(path, {"todos": {"done": None}}, done=True) == ["true"]
    database = sqlite3.connect(path)
    (count,) = database.execute(
        "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'filter/%'"
    ).fetchone()
    database.close()
    assert count == 1


def test_true_and_one_are_two_filter_values(path: Path) -> None:
    store = SQLiteStore(path, {"todos": {"level": None}})
    values = {"true": True, "one": 1, "text": "1", "whole": 1.0, "null": None}
    for id, level in values.items():
        put(store, id, level=level)
    found = {
        id: [item.values["id"] for item in store.list(ANN, {"level": level}, 10, None).items]
        for id, level in (("true", True), ("text", "1"), ("one", 1))
    }
    assert found == {"true": ["true"], "text": ["text"], "one": ["whole", "one"]}
    store.close()


def test_the_largest_integer_is_found(path: Path) -> None:
    store = SQLiteStore(path, {"todos": {"size": None}})
    put(store, "1", size=2**63 - 1)
    assert len(store.list(ANN, {"size": 2**63 - 1}, 10, None).items) == 1
    store.close()


@pytest.mark.parametrize("filters", [{}, {"completed": True}, {"completed": True, "colour": "red"}])
def test_a_page_reads_an_index_in_its_order(
    path: Path, filters: dict[str, bool | str], opened: list[sqlite3.Connection]
) -> None:
    """No sort and no scan."""
    queries: list[str] = []
    with closing(SQLiteStore(path, FILTERS)) as store:
        reader = opened[0]
        reader.set_trace_callback(queries.append)
        assert store.list(ANN, filters, 10, Position(NOON, "1")) == Page([], None)
        reader.set_trace_callback(None)
        (plan,) = reader.execute(f"EXPLAIN QUERY PLAN {queries[0]}").fetchall()
    assert plan[3].startswith("SEARCH items USING INDEX")
    assert plan[3].endswith("(created,id)<(?,?))")


@pytest.mark.parametrize(
    "filters", [{}, {"completed": True}, {"completed": True, "colour": "none"}]
)
def test_a_page_costs_the_same_whatever_the_number_of_items(
    path: Path, filters: dict[str, bool | str], opened: list[sqlite3.Connection]
) -> None:
    costs = []
    with closing(SQLiteStore(path, FILTERS)) as store:
        for total in (200, 20_000):
            fill(path, total)
            middle = Position(total // 2, "")
            store.list(ANN, filters, 25, middle)  # reads the schema anew, as the file changed
            costs.append(steps(opened[0], lambda: store.list(ANN, filters, 25, middle)))  # noqa: B023
    assert costs[0] == costs[1] > 0


def test_no_thread_leaves_a_connection_behind(path: Path, opened: list[sqlite3.Connection]) -> None:
    with closing(SQLiteStore(path, {})) as store:
        put(store, "1")
        for _ in range(20):
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: store.get(ANN, "1"), range(8)))
    assert len(opened) <= 5


def put(store: SQLiteStore, id: str, **values: object) -> None:
    store.create(ANN, Position(NOON, id), {"id": id, **values}, f"token {id}", None)


def write_old_items(path: Path) -> None:
    store = SQLiteStore(path, {})
    put(store, "none")
    put(store, "false", done=False)
    put(store, "true", done=True)
    put(store, "null", done=None)
    store.close()


def ids(path: Path, filters: Filters, **asked: bool | str) -> list[str]:
    store = SQLiteStore(path, filters)
    page = store.list(ANN, asked, 10, None)
    store.close()
    return [item.values["id"] for item in page.items]


def fill(path: Path, total: int) -> None:
    database = sqlite3.connect(path)
    database.execute(
        """WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
        INSERT OR IGNORE INTO items
        SELECT i, 'todos', 'ann', i, i, NULL,
               json_object('id', i, 'completed', json(iif(i % 2, 'true', 'false'))) FROM n""",
        (total,),
    )
    database.commit()
    database.close()


def steps(database: sqlite3.Connection, work: Callable[[], object]) -> int:
    """How many instructions of SQLite's machine the work takes: no clock, no noise."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    database.set_progress_handler(step, 1)
    work()
    database.set_progress_handler(None, 0)
    return count


def run(script: str, *arguments: object) -> str:
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


@contextmanager
def writers(path: Path, count: int) -> "Iterator[list[subprocess.Popen[str]]]":
    """Processes that create items without a pause, and print each id once it is told."""
    with running(*([WRITER, str(path), str(n)] for n in range(count))) as processes:
        yield processes


@contextmanager
def running(*scripts: Sequence[str]) -> "Iterator[list[subprocess.Popen[str]]]":
    """Processes that run these scripts with their arguments, and are killed in the end."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for script, *arguments in scripts
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline().rstrip("\n")
    assert line, "the writer has ended"
    return line
