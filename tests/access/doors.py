"""The two doors of the matrix: the service behind made events, and the local gateway."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from infra.gateway.import_document import import_document
from infra.gateway.keys import FILE, KeyFile, Keys, Plan
from infra.gateway.local import Gateway
from service.application import create_app
from service.proxy import Handler, create_handler
from service.stores.sqlite import SQLiteStore
from tests import callers
from tests.access.matrix import Reply
from tests.access.table import Sender, scopes
from tests.client import Client
from tests.contracts import load
from tests.gateway.client import GatewayClient
from tests.gateway.issuing import Issuer, hostile
from tests.gateway.signing import ROLE, USER, not_signed, signed
from tests.gateway.signing import hostile as hostile_signatures

CREDENTIALS = {"AIDAUSER": USER, "AROAROLE": ROLE}
"""By the owner that each is."""


class ServiceDoor:
    """Events as the gateway would send them, flawed ones too: it would let none of these in."""

    def __init__(self, handler: Handler) -> None:
        self.client = Client(handler)

    def send(
        self,
        sender: Sender,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Reply:
        context = self.client.event(method, target, None, {})["requestContext"]
        reply = self.client.request(
            method,
            target,
            headers=dict(headers),
            raw=None if body is None else body.decode(),
            requestContext={**context, **FLAWED.get(sender.flaw, _event)(sender)},
            stageVariables=callers.VARIABLES,
        )
        return Reply(reply.status, reply.headers, reply.body.encode())


def _event(sender: Sender) -> dict[str, Any]:
    match sender.kind:
        case "person":
            return callers.person(sender.owner, *sorted(sender.scopes))
        case "service":
            return callers.service(sender.owner)
    return {}


FLAWED: dict[str, Any] = {
    "an ID token": lambda each: callers.person(
        each.owner, *each.scopes, token_use="id", client_id=None
    ),
    "another client": lambda each: callers.person(each.owner, *each.scopes, client_id="other"),
    "scopes in a list": lambda each: callers.person(each.owner, scope=[*each.scopes]),
    "a user of an identity pool": lambda _: callers.service("AROAPOOL:x", cognitoIdentityId="1"),
}
"""What an event has for a caller whom no gateway should have let in."""


class GatewayDoor:
    """Requests as clients send them: tokens, signatures and keys, and hostile ones."""

    def __init__(self, gateway: Gateway, issuer: "ScopedIssuer", keys: Mapping[str, str]) -> None:
        self.client = GatewayClient(gateway)
        self.issuer = issuer
        self.keys = keys
        self.tokens: dict[Sender, str] = {}
        self.hostile = hostile(issuer)

    def send(
        self,
        sender: Sender,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Reply:
        fields = list(headers.items())
        if sender.key:
            fields.append(("X-Api-Key", self.keys[sender.key]))
        if sender.kind == "person":
            fields.append(("Authorization", self._authorization(sender)))
        if sender.kind == "service":
            good = signed(CREDENTIALS[sender.owner], method, target, fields, body)
            request = good
            if sender.flaw:
                known = hostile_signatures(CREDENTIALS[sender.owner], method, target, fields, body)
                request = {**known, **not_signed(good)}[sender.flaw]
            target, fields, body = request.target, request.headers, request.body
        answer = self.client.request(method, target, fields, body)
        return Reply(answer.status, answer.headers, answer.body)

    @property
    def secrets(self) -> set[str]:
        """What was sent and is nobody else's to know, names of people among it."""
        tokens = {each.rpartition(".")[2] for each in self.tokens.values()}
        people = {callers.subject(each.owner) for each in self.tokens} | {"ann", "bob"}
        signers = {each.access_key for each in CREDENTIALS.values()} | CREDENTIALS.keys()
        return tokens | people | signers | {*self.keys.values()}

    def _authorization(self, sender: Sender) -> str:
        if sender.flaw:
            return self.hostile[sender.flaw]
        if sender not in self.tokens:
            token = self.issuer.token(sender.owner, " ".join(sorted(sender.scopes)))
            self.tokens[sender] = f"Bearer {token}"
        return self.tokens[sender]


class ScopedIssuer(Issuer):
    """An issuer whose tokens have the scopes that one contract asks for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.scope = " ".join(sorted(scopes(path)))

    def claims(self, person: str = "ann", scope: str | None = None, **more: Any) -> dict[str, Any]:
        return super().claims(person, self.scope if scope is None else scope, **more)

    def token(self, person: str = "ann", scope: str | None = None, **more: Any) -> str:
        return super().token(person, self.scope if scope is None else scope, **more)


@contextmanager
def service_door(path: Path, folder: Path, lines: list[str]) -> Iterator[ServiceDoor]:
    contract = load(path)
    with closing(SQLiteStore(folder / "items.db", contract.filters)) as store:
        yield ServiceDoor(create_handler(create_app(contract, store), lines.append))


@contextmanager
def gateway_door(
    path: Path, folder: Path, lines: list[str], edit: Callable[[Any], object] = lambda _: None
) -> Iterator[GatewayDoor]:
    """With a good key, one that was revoked, and one that nobody made; `edit` changes the import
    document."""
    contract, issuer = load(path), ScopedIssuer(path)
    file = KeyFile(folder / FILE)
    keys = {name: file.create(name) for name in ("good", "revoked")}
    file.revoke("revoked")
    with closing(SQLiteStore(folder / "items.db", contract.filters)) as store:
        document = json.loads(json.dumps(import_document(contract)))
        edit(document)
        gateway = Gateway(
            create_handler(create_app(contract, store), lines.append),
            document,
            {},
            identity=issuer.identity,
            keys=Keys(file.path, Plan(rate=1e6, burst=10**6, quota=10**9)),
            credentials={each.access_key: each for each in CREDENTIALS.values()},
        )
        yield GatewayDoor(gateway, issuer, {**keys, "made up": "x" * 40})
