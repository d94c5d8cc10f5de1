"""The script of a fault: its calls as shell commands, which make items of their own."""

import re
import shlex
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from infra.prove.exchanges import NOBODY, Broken, Exchange

_SHOWN = 300
_HEAD = """\
#!/bin/sh
# {reason}
API={api}
KEY=prove-$(date +%s)
"""
_TAKE = {
    "ID": r"sed -n 's|^[Ll]ocation: .*/||p' answer | tr -d '\r'",
    "TAG": r"sed -n 's/^[Ee][Tt]ag: *//p' answer | tr -d '\r'",
    "CURSOR": r"sed -n 's/^[Ll]ink: *<\([^>]*\)>.*/\1/p' answer",
}
"""How a shell finds a value that the service chose, in a response with its headers."""


def script(fault: Broken, api: str, nonce: str, callers: int = 0) -> str:
    """Each call with its response. With callers, `$TOKEN` identifies the caller."""
    names: dict[str, str] = {nonce: "$KEY"}
    lines = [_HEAD.format(reason=fault.reason, api=shlex.quote(api))]
    for number, exchange in enumerate(fault.exchanges, 1):
        taken = dict(_chosen(exchange, number, fault.exchanges[number:]))
        lines += _call(exchange, number, names, bool(taken), callers)
        for value, (kind, name) in taken.items():
            names[value] = f"${name}"
            lines.append(f"{name}=$({_TAKE[kind]})")
        lines.append(f"# {_answered(exchange)}\n")
    lines.append(f"# {fault.what}\n# {fault.reason}")
    return "\n".join(lines) + "\n"


def _chosen(
    exchange: Exchange, number: int, later: Sequence[Exchange]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The values that the service chose in a response, and later calls send back."""
    headers = exchange.answer.headers if exchange.answer else {}
    sent = "\n".join(f"{each.request.target} {each.request.headers}" for each in later)
    id = urlsplit(headers.get("location", "")).path.rpartition("/")[2]
    link = re.search(r"<([^>]*)>", headers.get("link", ""))
    tag = headers.get("etag", "")
    if id and id.lower() in sent.lower():
        yield id, ("ID", f"ID{number}")
    if tag and tag in sent:
        yield tag, ("TAG", f"TAG{number}")
    if link and link[1] in sent:
        yield link[1], ("CURSOR", f"NEXT{number}")


def _call(
    exchange: Exchange, number: int, names: dict[str, str], is_kept: bool, callers: int
) -> Iterator[str]:
    request = exchange.request
    method = "-I" if request.method == "HEAD" else f"-X {request.method}"
    parts = [
        f"curl -sS {'' if method == '-I' else '-i '}{method}",
        f'"$API{_named(request.target, names)}"',
    ]
    parts += [f'-H "{name}: {_named(value, names)}"' for name, value in request.headers.items()]
    if callers and request.caller != NOBODY:
        token = "$TOKEN" if request.caller == 0 else f"$TOKEN{request.caller + 1}"
        parts.append(f'-H "Authorization: Bearer {token}"')
    if request.body is not None:
        parts.append(f"--data-binary {shlex.quote(request.body.decode())}")
    yield f"# {number}."
    yield " \\\n  ".join(parts) + (" | tee answer" if is_kept else "")


def _named(text: str, names: dict[str, str]) -> str:
    """A text for double quotes, with variables for what the service chose."""
    found = re.sub(r'([\\"$`])', r"\\\1", text)
    for value, name in names.items():
        escaped = re.sub(r'([\\"$`])', r"\\\1", value)
        found = found.replace(escaped, name).replace(escaped.upper(), name)
    return found


def _answered(exchange: Exchange) -> str:
    answer = exchange.answer
    if answer is None:
        return "was not answered"
    text = answer.body.decode(errors="replace").replace("\n", " ")
    return f"was answered {answer.status}: {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}"
