"""How much each key has used of its quota this month, in a file that outlives the process."""

import sqlite3
import weakref
from pathlib import Path

FILE = "keys.usage.db"
"""Its name has a dot, unlike data files, which are named after a contract's title."""

_TABLE = "CREATE TABLE IF NOT EXISTS usage (key TEXT PRIMARY KEY, month TEXT, used INTEGER)"
_COUNT = (
    "INSERT INTO usage VALUES (:key, :month, 1) ON CONFLICT (key) DO UPDATE"
    " SET used = iif(month = :month, used + 1, 1), month = :month"
    " WHERE month <> :month OR used < :quota"
)


class Usage:
    """Counts requests; several processes count together, and if one is killed, its counts stay.

    If the machine fails they may be lost: nothing waits for the disk. It is not thread-safe.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def count(self, key: str, month: str, quota: int) -> bool:
        """Whether a quota admits one more request; each quota starts again with the month."""
        if quota < 1:
            return False
        if self._connection is None:
            self._connection = self._opened()
        asked = {"key": key, "month": month, "quota": quota}
        return self._connection.execute(_COUNT, asked).rowcount == 1

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_TABLE)
        return connection
