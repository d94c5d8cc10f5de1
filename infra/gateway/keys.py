"""The API keys of applications, and the usage plan that they share.

A file has the keys, without their values: a value is shown once, on creation. AWS: Usage plans
and API keys for REST APIs in API Gateway (read 2026-11-26).
"""

import json
import os
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from infra.gateway import usage
from infra.gateway.responses import Refusal
from infra.gateway.secrets import locked, replace_secret
from infra.gateway.throttle import TokenBucket
from infra.gateway.usage import Usage

FILE = "keys.json"

RATE = 10
BURST = 20
QUOTA = 100_000
"""The defaults of a plan for each key: requests a second, at once, and a month."""


@dataclass(frozen=True)
class Plan:
    """How many requests each key may send: `rate` a second in the long run, `burst` at once,
    `quota` in a calendar month in UTC."""

    rate: float = RATE
    burst: int = BURST
    quota: int = QUOTA


@dataclass(frozen=True)
class ApiKey:
    """One application's key; `digest` is the SHA-256 of its value."""

    id: str
    name: str
    created: str
    digest: str


class NameTaken(ValueError):
    """There already is a key of this name."""


class NoSuchKey(ValueError):
    """There is no key of this name."""


class KeyFile:
    """The file that holds the keys, which need not exist yet. One process at a time changes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[ApiKey]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        return [ApiKey(**each) for each in json.loads(content)["keys"]]

    def create(self, name: str) -> str:
        """Create a key and return its value. Raises NameTaken."""
        with locked(self.path.parent):
            keys = self.read()
            if any(each.name == name for each in keys):
                raise NameTaken(name)
            value = _random(40)
            created = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            self._write([*keys, ApiKey(_random(10).lower(), name, created, _digest(value))])
            return value

    def revoke(self, name: str) -> None:
        """Revoke the key of this name. Raises NoSuchKey."""
        with locked(self.path.parent):
            keys = self.read()
            kept = [each for each in keys if each.name != name]
            if len(kept) == len(keys):
                raise NoSuchKey(name)
            self._write(kept)

    def _write(self, keys: list[ApiKey]) -> None:
        content = {"keys": [asdict(each) for each in keys]}
        replace_secret(self.path, json.dumps(content, indent=2).encode())


class Keys:
    """The keys of a file as the gateway sees them: what another process writes is seen at once.

    It is not thread-safe.
    """

    def __init__(
        self, path: Path, plan: Plan = Plan(), now: Callable[[], float] = time.time
    ) -> None:
        self._file = KeyFile(path)
        self._plan = plan
        self._now = now
        self._seen: tuple[int, ...] | None = None
        self._keys: dict[str, ApiKey] = {}
        self._buckets: dict[str, TokenBucket] = {}
        self._usage = Usage(path.with_name(usage.FILE))

    def admitted(self, value: str) -> ApiKey:
        """The key with this value, if its plan admits another request. Raises Refusal."""
        self._look()
        key = self._keys.get(_digest(value))
        if key is None:
            raise Refusal("INVALID_API_KEY")
        if not self._bucket(key).take():
            raise Refusal("THROTTLED")
        if not self._usage.count(key.id, self._month(), self._plan.quota):
            raise Refusal("QUOTA_EXCEEDED")
        return key

    def _bucket(self, key: ApiKey) -> TokenBucket:
        if key.id not in self._buckets:
            self._buckets[key.id] = TokenBucket(self._plan.rate, self._plan.burst, self._now)
        return self._buckets[key.id]

    def _look(self) -> None:
        try:
            found = os.stat(self._file.path)
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._keys = {each.digest: each for each in self._file.read()}
            self._seen = seen

    def _month(self) -> str:
        return time.strftime("%Y-%m", time.gmtime(self._now()))


def _digest(value: str) -> str:
    return sha256(value.encode("utf-8", "surrogateescape")).hexdigest()


def _random(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))
