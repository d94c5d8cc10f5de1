"""The file of the embedded store: its connections, whose turn it is to write, and its errors.

Each call has a transaction of its own, whichever thread it comes from. The thread of an event loop,
which must not block, lets many calls share one: `reading` for those that read, `begin` or
`begin_at_once`, `joined` and `commit` for those that write.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage

from . import StoreUnavailable

WAIT_SECONDS = 7.0
"""For the writers of this and other processes together; a lock favours none of them."""

_RETRY_SECONDS = 0.001

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked: end that, or wait",
    sqlite3.SQLITE_CANTOPEN: "see that it is a file, in a folder that can be written",
    sqlite3.SQLITE_CORRUPT: "restore a backup",
    sqlite3.SQLITE_FULL: "free some space",
    sqlite3.SQLITE_IOERR: "check the disk",
    sqlite3.SQLITE_LOCKED: "try again",
    sqlite3.SQLITE_NOMEM: "free some memory",
    sqlite3.SQLITE_NOTADB: "move it away, or name another file",
    sqlite3.SQLITE_PERM: "allow this user to read and write it",
    sqlite3.SQLITE_PROTOCOL: "try again",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
}
"""By the result codes of trouble with the file or the machine. Any other is a bug of ours."""


class SQLiteFile:
    """The file at `path`, which is made if need be, with its folder.

    Raises StoreUnavailable if it cannot be had.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._waiting: set[int] = set()  # threads that wait for their turn
        self._opened: list[sqlite3.Connection] = []
        self._idle: deque[sqlite3.Connection] = deque()
        self._group_reader: sqlite3.Connection | None = None
        self._lost: StoreUnavailable | None = None
        self._shared = _Shared()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.read() as database:
                deadline = time.monotonic() + WAIT_SECONDS
                _claim(database, "PRAGMA journal_mode = WAL", deadline)
            with self._facts():
                # Another process may be opening or closing the file; later on, `begin` waits.
                self._writer = self._connect(WAIT_SECONDS)
                self._writer.execute("PRAGMA busy_timeout = 0")
        except OSError as error:
            raise StoreUnavailable(f"{path}: {error}; name another file") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. No call may be in progress."""
        self._idle.clear()
        while self._opened:
            self._opened.pop().close()

    # -- a call alone --------------------------------------------------------------------------

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, undone by any exception."""
        if self._shared.joined:
            with self._join() as writer:
                yield writer
            return
        self.begin(time.monotonic())
        try:
            with self._facts():
                yield self._writer
                self._writer.execute("COMMIT")
        finally:
            self._end()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for one thread at a time, kept for the next."""
        with self._facts():
            if self._shared.joined:
                yield self._joined_writer()
                return
            if self._shared.reader is not None:
                yield self._shared.reader
                return
            try:
                reader = self._idle.pop()
            except IndexError:
                reader = self._connect(WAIT_SECONDS)
            try:
                yield reader
            finally:
                self._idle.append(reader)

    # -- many calls together -------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[bool]:
        """Whether this thread can read now without waiting; all its reads are from one moment."""
        reader = self._moment()
        if reader is None:
            yield False
            return
        self._shared.reader = reader
        try:
            yield True
        finally:
            self._shared.reader = None
            with suppress(sqlite3.Error):
                reader.execute("COMMIT")
            if reader.in_transaction:
                self._give_up_reader()

    def begin_at_once(self) -> bool:
        """Begin a group, if nobody is writing or waiting to write."""
        if self._waiting or not self._turn.acquire(blocking=False):
            return False
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            self._turn.release()
            return False
        return True

    def begin(self, since: float) -> None:
        """Begin a group for somebody who has been waiting `since`. Raises StoreUnavailable."""
        deadline = since + WAIT_SECONDS
        self._waiting.add(threading.get_ident())
        try:
            if not self._turn.acquire(timeout=max(0, deadline - time.monotonic())):
                raise StoreUnavailable(f"{self.path}: too many writers wait for their turn")
        finally:
            self._waiting.remove(threading.get_ident())
        try:
            with self._facts():
                _claim(self._writer, "BEGIN IMMEDIATE", deadline)
        except BaseException:
            self._turn.release()
            raise

    @contextmanager
    def joined(self, refused: StoreUnavailable | None = None) -> Iterator[None]:
        """Make this thread's writes part of the group that has begun, or refuse them."""
        self._shared.joined, self._shared.refused = True, refused
        try:
            yield
        finally:
            self._shared.joined, self._shared.refused = False, None

    def commit(self) -> None:
        """End the group: keep everything that it wrote, or nothing. Raises StoreUnavailable."""
        try:
            if self._lost is not None:
                raise self._lost
            with self._facts():
                self._writer.execute("COMMIT")
        finally:
            self._lost = None
            self._end()

    @contextmanager
    def _join(self) -> Iterator[sqlite3.Connection]:
        """One call of a group; undone by itself, unless SQLite undoes the whole transaction."""
        writer = self._joined_writer()
        with self._facts():
            writer.execute("SAVEPOINT call")
            try:
                yield writer
            except BaseException as error:
                self._take_back(error)
                raise
            writer.execute("RELEASE call")

    def _joined_writer(self) -> sqlite3.Connection:
        """The writer of the group. Raises StoreUnavailable if the group is refused, or lost."""
        refused = self._shared.refused or self._lost
        if refused is not None:
            raise refused
        return self._writer

    def _take_back(self, error: BaseException) -> None:
        """SQLite: "Response To Errors Within A Transaction": some errors undo all of it."""
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK TO call")
            self._writer.execute("RELEASE call")
        else:
            self._lost = StoreUnavailable(f"{self.path}: a neighbour's {error}; try again")
            self._lost.__cause__ = error

    def _moment(self) -> sqlite3.Connection | None:
        """A connection in a read transaction; None if one cannot be had at once."""
        try:
            self._group_reader = self._group_reader or self._connect(0)
            self._group_reader.execute("BEGIN")
            self._group_reader.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.Error:
            self._give_up_reader()
        return self._group_reader

    def _give_up_reader(self) -> None:
        """Drop the reader, which may still read from a moment that has passed."""
        if self._group_reader is not None:
            self._opened.remove(self._group_reader)
            self._group_reader.close()
            self._group_reader = None

    # -- what both need ------------------------------------------------------------------------

    def _end(self) -> None:
        try:
            if self._writer.in_transaction:
                with self._facts():
                    self._writer.execute("ROLLBACK")
        finally:
            self._turn.release()

    def _connect(self, patience: float) -> sqlite3.Connection:
        database = sqlite3.connect(
            self.path, timeout=patience, isolation_level=None, check_same_thread=False
        )
        try:
            database.execute("PRAGMA synchronous = FULL")
        except BaseException:
            database.close()
            raise
        self._opened.append(database)
        return database

    @contextmanager
    def _facts(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if remedy := _REMEDIES.get(_code(error)):
                if _code(error) == sqlite3.SQLITE_IOERR and _is_full(self.path.parent):
                    remedy = f"its disk is full: {_REMEDIES[sqlite3.SQLITE_FULL]}"
                raise StoreUnavailable(f"{self.path}: {error}; {remedy}") from error
            raise


class _Shared(threading.local):
    """What the calls of one thread have in common."""

    reader: sqlite3.Connection | None = None
    joined = False
    refused: StoreUnavailable | None = None


def _claim(database: sqlite3.Connection, statement: str, deadline: float) -> None:
    # SQLite waits longer from try to try, up to 100 ms, and so never meets the gap
    # between two writes of a busy neighbour; for WAL it does not wait at all. Short waits do.
    while True:
        try:
            database.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)


def _code(error: sqlite3.Error) -> int:
    """The primary result code; 0 for what the sqlite3 module itself found wrong."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_full(folder: Path) -> bool:
    """Whether the disk is full: SQLite notices that for files that it writes, not those it maps."""
    try:
        return not disk_usage(folder).free
    except OSError:
        return False
