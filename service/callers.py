"""Callers: who sent a request, according to the gateway's event, for operations that need to know.

The gateway has checked the token or the signature. All scopes are checked here: for API Gateway,
any one of several is enough. Keys are not read: they identify an application, which owns no items.

AWS: Input format of a Lambda function for proxy integration; Integrate a REST API with an Amazon
Cognito user pool; IAM identifiers ("Unique identifiers").
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from service.call import Caller, CallerUnknown
from service.contract.security import Access, Kind
from service.problems import Forbidden
from service.stores import OWNER

Event = dict[str, Any]

_ROLE = "AROA"
"""What the unique id of a role begins with."""


def caller_reader(access: Access) -> Callable[[Event], Caller] | None:
    """The function that reads an operation's caller; None if the caller need not be known."""
    match access.caller:
        case Kind.PERSON:
            return partial(_person, needed=frozenset(access.scopes))
        case Kind.SERVICE:
            return _service
    return None


def _person(event: Event, *, needed: frozenset[str]) -> Caller:
    """The person in the token's claims. Raises Forbidden, CallerUnknown."""
    claims = _part(_part(event, "requestContext"), "authorizer").get("claims") or {}
    id = _named(claims.get("sub"))
    client = (event.get("stageVariables") or {}).get("client")
    if client is not None and claims.get("client_id") != client:
        raise Forbidden("The token was made for another application.")
    granted = claims.get("scope") if claims.get("token_use") == "access" else None
    scopes = frozenset(granted.split(" ") if isinstance(granted, str) else ())
    if missing := needed - scopes:
        raise Forbidden(f"The token lacks {' and '.join(sorted(missing))}.")
    return Caller(id, Kind.PERSON, id, scopes)


def _service(event: Event) -> Caller:
    """The service that signed: an assumed role is one caller, whatever the names of its
    sessions. Raises Forbidden, CallerUnknown."""
    identity = _part(_part(event, "requestContext"), "identity")
    if identity.get("cognitoIdentityId"):
        raise Forbidden("All users of an identity pool have one role, and would be one caller.")
    caller = _named(identity.get("caller"))
    id = caller.partition(":")[0] if caller.startswith(_ROLE) else caller
    return Caller(id, Kind.SERVICE, id)


def _part(node: dict[str, Any], name: str) -> dict[str, Any]:
    part = node.get(name)
    return part if isinstance(part, dict) else {}


def _named(value: Any) -> str:
    """A name that may own items: not empty, and not that of shared items. Raises CallerUnknown."""
    if not isinstance(value, str) or value in ("", OWNER):
        raise CallerUnknown()
    return value
