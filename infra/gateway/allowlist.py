"""The allowlist: by which names the local server may be called, and by whose pages.

Whatever page somebody has open can send requests to a server on their machine. The browser says
in `Origin` whose page it is, and in `Host` which name it was told to call: a page may have its own
name resolved to this machine (DNS rebinding), and is of the same origin then.
Fetch standard, "`Origin` header"; RFC 6454, 7; RFC 9110, 7.2 (`Host`).
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from infra.gateway.gateway_problems import HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED, GatewayProblem
from service.cors import ANY_ORIGIN
from service.problems import Kind

EVERY_HOST = "*"

OPAQUE_ORIGIN = "null"
"""What pages send that have no origin to name: files, sandboxed frames."""

MOST_TOLD = 20
"""Lines about refused names: a stranger may send any number of them."""

Fields = Sequence[tuple[bytes, bytes]]
Values = tuple[str, ...]

_log = logging.getLogger(__name__)


class Refused(NamedTuple):
    """What is not allowed, and the option that would allow it."""

    kind: Kind
    remedy: str


@dataclass(frozen=True)
class Allowlist:
    """What is allowed beside the address and the pages of this machine.

    `hosts` are names: `example.com`, `.example.com` for it and all below it, or `*`.
    `origin` is one origin, `null`, or `*` for every one.
    """

    hosts: Values = ()
    origin: str | None = None

    def refusal(self, hosts: Values, origins: Values) -> Refused | None:
        """Why a request with these values of `Host` and `Origin` is refused; None if it is not."""
        for host in hosts:
            if not self._allows_host(host):
                return Refused(HOST_NOT_ALLOWED, _remedy("--allow-host", _name(host)))
        for origin in origins:
            if not self._allows_origin(origin, hosts):
                return Refused(ORIGIN_NOT_ALLOWED, _remedy("--origin", _shown_origin(origin)))
        return None

    def _allows_host(self, host: str) -> bool:
        if EVERY_HOST in self.hosts:
            return True
        name = _name(host)
        if name is None:
            return False
        return _address(name) is not None or _is_localhost(name) or self._lists(name)

    def _lists(self, name: str) -> bool:
        return any(
            f".{name}".endswith(each) if each[:1] == "." else name == each
            for each in map(str.lower, self.hosts)
        )

    def _allows_origin(self, text: str, hosts: Values) -> bool:
        if self.origin in (ANY_ORIGIN, text):
            return True
        origin = _origin(text)
        return origin is not None and (
            _is_loopback(origin.name)
            or origin == _origin(self.origin or "")
            or any(_is_of_host(origin, host) for host in hosts)
        )


THIS_MACHINE = Allowlist()
"""Nothing more is allowed."""


class NotAllowed(GatewayProblem):
    """A request that an allowlist refuses."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.kind)
        self.detail = f"{refused.kind.detail} {refused.remedy}"


class Door:
    """Holds requests against an allowlist, and tells of each name that it refuses once.

    Nobody sees the answer to a preflight that failed.
    """

    def __init__(self, allowlist: Allowlist) -> None:
        self._refusal = lru_cache(maxsize=64)(allowlist.refusal)
        self._told: set[Refused] = set()

    def check(self, fields: Fields) -> None:
        """Raise NotAllowed, judging by the header fields of a request."""
        refused = self._refusal(_values(fields, b"host"), _values(fields, b"origin"))
        if refused is not None:
            self._tell(refused)
            raise NotAllowed(refused)

    def _tell(self, refused: Refused) -> None:
        if refused in self._told or len(self._told) == MOST_TOLD:
            return
        self._told.add(refused)
        _log.warning("Refused: %s. %s", refused.kind.title.lower(), refused.remedy)
        if len(self._told) == MOST_TOLD:
            _log.warning("Refused: more names will not be told of.")


def _values(fields: Fields, name: bytes) -> Values:
    return tuple(value.decode("latin-1") for field, value in fields if field == name)


# -- names and addresses -----------------------------------------------------------------------

_AUTHORITY = r"(\[[\w:.%]+\]|[\w.-]+)(?::(\d{1,5}))?"
_HOST = re.compile(_AUTHORITY, re.ASCII)
_ORIGIN = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]*)://{_AUTHORITY}", re.ASCII)
_PORTS = {"http": "80", "https": "443"}


class _Origin(NamedTuple):
    """In one spelling: lower case, no dot at the end, the scheme's own port written out."""

    scheme: str
    name: str
    port: str


def _origin(text: str) -> _Origin | None:
    found = _ORIGIN.fullmatch(text)
    if found is None:
        return None
    scheme = found[1].lower()
    return _Origin(scheme, _lowered(found[2]), found[3] or _PORTS.get(scheme, ""))


def _name(host: str) -> str | None:
    """The name or address in a `Host`, without its port; None if it is neither."""
    found = _HOST.fullmatch(host)
    return found and _lowered(found[1])


def _lowered(name: str) -> str:
    """A name with a dot at its end is the same name (RFC 1034, 3.1)."""
    return name.lower().removesuffix(".")


def _is_of_host(origin: _Origin, host: str) -> bool:
    """A browser leaves out the port that is the scheme's own, of either."""
    return origin.scheme in _PORTS and origin == _origin(f"{origin.scheme}://{host}")


def _is_localhost(name: str) -> bool:
    """RFC 6761, 6.3: never resolved to another machine."""
    return name == "localhost" or name.endswith(".localhost")


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return address.is_loopback if address is not None else _is_localhost(name)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """No page can have an address resolved to another one."""
    try:
        return ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _shown_origin(text: str) -> str | None:
    return text if text == OPAQUE_ORIGIN or _ORIGIN.fullmatch(text) else None


def _remedy(option: str, value: str | None) -> str:
    """Only what is well-formed is repeated: it goes to a terminal."""
    if value is None or len(value) > 253:
        return f"See {option} in todo-api serve --help."
    return f"If you trust it, start the server with {option} {value}"
