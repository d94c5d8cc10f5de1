"""The allowlist: the names that the local server may be called by, and the pages that may call it.

Any page that somebody has open can send requests to a server on their machine. The browser sends
the page's origin in `Origin`, and the name that it called in `Host`: a page may let its own name
resolve to this machine (DNS rebinding), and then has the same origin.
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
"""What pages without an origin of their own send: files, sandboxed frames."""

MOST_TOLD = 20
"""The most log lines about refused names: a stranger may send any number of them."""

Fields = Sequence[tuple[bytes, bytes]]
Values = tuple[str, ...]

_log = logging.getLogger(__name__)


class Refused(NamedTuple):
    """Something that is not allowed, and the option that would allow it."""

    kind: Kind
    remedy: str


@dataclass(frozen=True)
class Allowlist:
    """What is allowed in addition to the addresses and the pages of this machine.

    `hosts` are names: `example.com`, `.example.com` for it and its subdomains, or `*`.
    `origin` is one origin, `null`, or `*` for every origin.
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
"""Nothing is allowed in addition."""


class NotAllowed(GatewayProblem):
    """A request that an allowlist refuses."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.kind)
        self.detail = f"{refused.kind.detail} {refused.remedy}"


class Door:
    """Checks requests against an allowlist, and logs each refused name once.

    It logs them because nobody sees the response to a failed preflight.
    """

    def __init__(self, allowlist: Allowlist) -> None:
        self._refusal = lru_cache(maxsize=64)(allowlist.refusal)
        self._told: set[Refused] = set()

    def check(self, fields: Fields) -> None:
        """Raise NotAllowed if the header fields of a request are not allowed."""
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
    """An origin, normalised: lower case, no trailing dot, the scheme's default port written out."""

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
    """The name in lower case; a trailing dot does not make it another name (RFC 1034, 3.1)."""
    return name.lower().removesuffix(".")


def _is_of_host(origin: _Origin, host: str) -> bool:
    """Whether they match; browsers leave out the scheme's default port in either."""
    return origin.scheme in _PORTS and origin == _origin(f"{origin.scheme}://{host}")


def _is_localhost(name: str) -> bool:
    """Whether a name is localhost, which never resolves to another machine (RFC 6761, 6.3)."""
    return name == "localhost" or name.endswith(".localhost")


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return address.is_loopback if address is not None else _is_localhost(name)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a name is, if it is one: no page can let an address resolve to another."""
    try:
        return ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _shown_origin(text: str) -> str | None:
    return text if text == OPAQUE_ORIGIN or _ORIGIN.fullmatch(text) else None


def _remedy(option: str, value: str | None) -> str:
    """The option that would allow it. Only well-formed values are repeated, on a terminal."""
    if value is None or len(value) > 253:
        return f"See {option} in todo-api serve --help."
    return f"If you trust it, start the server with {option} {value}"
