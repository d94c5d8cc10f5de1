"""Security as it can be served: only on request, since it changes how every client signs in.

People sign in with an authorization code, with scopes in Cognito's form, and applications send
their keys as X-Api-Key. Whether signing in is optional, which schemes are alternatives, and who
owns the items is left to the author.
"""

import re
from collections.abc import Iterator

from infra.complete.draft import Draft, Mapping, put_behind
from infra.complete.notices import Notice
from service.contract.document import Json
from service.contract.security import SCOPE

DISCOVERY = "/.well-known/openid-configuration"

_OF_EVERY_TOKEN = ("openid", "profile", "email", "phone", "offline_access")
"""Scopes that grant no access to an API. OpenID Connect Core 1.0, 5.4 and 11."""

_METHODS = ("get", "put", "post", "delete", "patch")


def ask_to_sign_in(draft: Draft) -> None:
    """Rewrite the schemes that operations use, and the scopes that they ask for."""
    schemes = _mapping(_mapping(draft.data.get("components")).get("securitySchemes"))
    used = {name for _, _, each in _requirements(draft.data) for name in each if name in schemes}
    people = {name for name in sorted(used) if _served(draft, draft.resolved(schemes[name]))}
    rename = _Scopes(draft)
    for holder, method, requirement in _requirements(draft.data):
        for name in people & requirement.keys():
            if isinstance(requirement[name], list):
                requirement[name] = rename.asked(requirement[name], method)
                rename.describe(draft.resolved(schemes[name]), requirement[name], holder)
    for name in people:
        rename.drop_others(draft.resolved(schemes[name]))


def _requirements(data: Mapping) -> Iterator[tuple[Mapping, str, Mapping]]:
    """Each requirement with its holder and the operation's method, empty at the top."""
    yield from ((data, "", each) for each in _list(data))
    for item in map(_mapping, _mapping(data.get("paths")).values()):
        for method in _METHODS:
            operation = _mapping(item.get(method))
            yield from ((operation, method, each) for each in _list(operation))


def _list(holder: Mapping) -> list[Mapping]:
    stated = holder.get("security")
    return [each for each in stated if isinstance(each, dict)] if isinstance(stated, list) else []


def _mapping(node: Json) -> Mapping:
    """The node if it is a mapping; what is broken is left for `check` to report."""
    return node if isinstance(node, dict) else {}


def _served(draft: Draft, scheme: Mapping) -> bool:
    """Make a scheme one that can be served, and say whether it is for people."""
    match scheme.get("type"):
        case "apiKey":
            _send_key(draft, scheme)
            return False
        case "http" if str(scheme.get("scheme")).upper() != "AWS4-HMAC-SHA256":
            draft.notices[Notice.TOKEN] += 1
            described = {key: scheme[key] for key in ("description",) if key in scheme}
            scheme.clear()
            scheme.update({"type": "openIdConnect", "openIdConnectUrl": DISCOVERY, **described})
        case "oauth2":
            _keep_code(draft, scheme)
    return scheme.get("type") in ("openIdConnect", "oauth2")


def _send_key(draft: Draft, scheme: Mapping) -> None:
    if scheme.get("in") != "header" or str(scheme.get("name")).lower() != "x-api-key":
        draft.notices[Notice.KEY] += 1
        scheme |= {"in": "header", "name": "X-Api-Key"}


def _keep_code(draft: Draft, scheme: Mapping) -> None:
    """Keep one flow, with the scopes and the addresses of the removed ones."""
    flows = scheme.get("flows")
    if not isinstance(flows, dict):
        return
    others = [name for name in flows if name != "authorizationCode" and not name.startswith("x-")]
    if not others and "authorizationCode" in flows:
        return
    draft.notices[Notice.FLOW] += max(len(others), 1)
    code: Mapping = {"authorizationUrl": "/oauth2/authorize", "tokenUrl": "/oauth2/token"}
    scopes: Mapping = {}
    for name in [*others, *(["authorizationCode"] if "authorizationCode" in flows else [])]:
        flow = _mapping(flows.pop(name))
        scopes |= _mapping(flow.get("scopes"))
        code |= {key: value for key, value in flow.items() if key != "scopes"}
    flows["authorizationCode"] = {**code, "scopes": scopes}


class _Scopes:
    """New names for scopes: IDENTIFIER/NAME, with the title of the API as the identifier."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        title = str(draft.data.get("info", {}).get("title", ""))
        self._identifier = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "api"
        self._renamed: dict[str, str] = {}

    def asked(self, scopes: list[Json], method: str) -> list[Json]:
        """The scopes to ask for instead: one at least, as ID tokens would be accepted otherwise."""
        own = [str(each) for each in scopes if each not in _OF_EVERY_TOKEN]
        if not own:
            self._draft.notices[Notice.NO_SCOPE] += 1
            name = {"get": "read", "": "use"}.get(method, "write")
            return [f"{self._identifier}/{name}"]
        return [*dict.fromkeys(map(self._named, own))]

    def _named(self, scope: str) -> str:
        if SCOPE.fullmatch(scope):
            return scope
        if scope not in self._renamed:
            self._draft.notices[Notice.SCOPE] += 1
            name = re.sub(r"[^\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+", ".", scope).strip(".") or "use"
            self._renamed[scope] = f"{self._identifier}/{name}"[:256]
        return self._renamed[scope]

    def describe(self, scheme: Mapping, scopes: list[Json], holder: Mapping) -> None:
        """Describe the new scopes with the texts of the old ones, if these are described."""
        described = self._described(scheme)
        old = {new: each for each, new in self._renamed.items()}
        for scope in scopes:
            if scheme.get("type") == "oauth2" and scope not in described:
                words = described.get(old.get(scope, ""), holder.get("summary") or scope)
                put_behind(described, tuple(described), {scope: words})

    def drop_others(self, scheme: Mapping) -> None:
        described = self._described(scheme)
        for each in self._renamed.keys() & described.keys():
            del described[each]

    def _described(self, scheme: Mapping) -> Mapping:
        """The descriptions of scopes, of oauth2."""
        flow = _mapping(_mapping(scheme.get("flows")).get("authorizationCode"))
        return _mapping(flow.get("scopes"))
