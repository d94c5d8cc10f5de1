"""Credentials of services: access keys to sign requests with, of which one pair is made here.

The developer's own AWS credentials are never read.
"""

import json
import secrets
import string
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.gateway.secrets import write_secret

FILE = "credentials.json"


@dataclass(frozen=True)
class Credential:
    """An access key and its owner.

    `caller` is what AWS calls the signer: the id of a user, `AIDA…`, or the id of a role and the
    name of the session, `AROA…:session`. `token` is the session's. AWS: IAM identifiers, unique
    identifiers (read 2026-11-26).
    """

    access_key: str
    secret: str = field(repr=False)
    caller: str
    token: str | None = field(default=None, repr=False)


def local_credentials(folder: Path) -> Mapping[str, Credential]:
    """The credentials of a service on this machine, by access key; made on the first call."""
    path = folder / FILE
    with suppress(FileExistsError):
        write_secret(path, json.dumps(_made(), indent=2).encode())
    found = json.loads(path.read_bytes())
    credential = Credential(found["accessKeyId"], found["secretAccessKey"], found["userId"])
    return {credential.access_key: credential}


def _made() -> dict[str, str]:
    """A pair that has the form of AWS's, but cannot be mistaken for one."""
    return {
        "accessKeyId": f"LOCAL{_random(string.ascii_uppercase + '234567', 15)}",
        "secretAccessKey": _random(string.ascii_letters + string.digits, 40),
        "userId": f"AIDA{_random(string.ascii_uppercase + '234567', 17)}",
    }


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
