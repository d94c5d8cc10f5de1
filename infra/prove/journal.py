"""The journal: what a proof creates, written to disk beforehand, so that the next one can clean up
after a proof that was killed."""

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.prove.connection import Patient
from infra.prove.exchanges import Request

Entry = dict[str, Any]


class Journal:
    """Writes one JSON object per line. `file` is None for no journal."""

    def __init__(self, file: Path | None, url: str) -> None:
        self.file = file
        self.url = url.rstrip("/")
        self._lock = threading.Lock()

    def begins(self, request: Request) -> str:
        """Record a create with an idempotency key, whose repetition shows what it made; name it."""
        create = uuid.uuid4().hex
        self._write(
            {
                "create": create,
                "target": request.target,
                "headers": dict(request.headers),
                "body": (request.body or b"").decode(),
                "caller": request.caller,
            }
        )
        return create

    def made(self, path: str, caller: int) -> None:
        self._write({"made": path, "caller": caller})

    def ended(self, create: str) -> None:
        """Record that it is known what a create made."""
        self._write({"ended": create})

    def gone(self, path: str) -> None:
        self._write({"gone": path})

    def done(self) -> None:
        """Remove the journal: nothing is left."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)

    def _write(self, entry: Entry) -> None:
        if self.file is None:
            return
        line = json.dumps({"url": self.url, **entry})
        with self._lock:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as opened:
                opened.write(f"{line}\n")

    def left(self) -> Iterator[Entry]:
        """What this API may still have: items, and creates of which the result is unknown."""
        if self.file is None or not self.file.exists():
            return
        entries = [_entry(line) for line in self.file.read_text("utf-8").splitlines()]
        ours = [each for each in entries if each.get("url") == self.url]
        over = {each[key] for each in ours for key in ("gone", "ended") if key in each}
        items = {each["made"]: each for each in ours if "made" in each}
        yield from (each for path, each in items.items() if path not in over)
        yield from (each for each in ours if "create" in each and each["create"] not in over)


def clean(journal: Journal, api: Patient) -> int:
    """Delete what a proof has left behind, and count the items. Raises Unreachable."""
    count = 0
    for entry in list(journal.left()):
        path = entry.get("made") or _remade(entry, api)
        if path is not None:
            answer = api.certainly(Request("DELETE", path, caller=entry["caller"]))
            count += 200 <= answer.status < 300
    journal.done()
    return count


def _remade(entry: Entry, api: Patient) -> str | None:
    """The path of the item that a create made, found by repeating it."""
    request = Request(
        "POST", entry["target"], entry["headers"], entry["body"].encode(), entry["caller"]
    )
    location = api.certainly(request).headers.get("location", "")
    id = location.rpartition("/")[2]
    return f"{entry['target']}/{id}" if id else None


def _entry(line: str) -> Entry:
    """The entry in a line; None if the line was cut short."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
