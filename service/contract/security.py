"""Who may call an operation: what `security` asks for, as both OpenAPI and API Gateway mean it.

    scheme in the contract                          who calls
    apiKey, header X-Api-Key                        an application with a key
    openIdConnect, or oauth2 authorizationCode      a person who signed in, with scopes
    http, AWS4-HMAC-SHA256                          a service with AWS credentials

An operation asks for a person or a service, not both, and optionally for a key as well.
Anything that API Gateway understands differently from OpenAPI is refused.

OpenAPI 3.0.3, Security Requirement Object and Security Scheme Object.
AWS: x-amazon-apigateway-authorizer object; Integrate a REST API with an Amazon Cognito user pool.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from service.contract.document import ContractError, Document, Faults, Place


class Kind(StrEnum):
    """The kind of caller that a token or a signature identifies. A key identifies no caller."""

    PERSON = "person"
    SERVICE = "service"


class Access(NamedTuple):
    """Who may call an operation."""

    caller: Kind | None = None
    """None if the caller need not be known."""
    scopes: tuple[str, ...] = ()
    """The scopes that a person's token must have, all of them."""
    key: bool = False
    """Whether an application's key is required as well."""


OPEN = Access()
"""Anybody may call."""


class PersonScheme(NamedTuple):
    """How people sign in. `discovery` is the openIdConnectUrl as written, None for oauth2."""

    name: str
    discovery: str | None
    scopes: Mapping[str, str]
    """The scopes that operations ask for, each with its description, or else its own name."""


class Schemes(NamedTuple):
    """The names of the schemes that operations use: at most one of each sort."""

    key: str | None = None
    person: PersonScheme | None = None
    service: str | None = None


UNUSED = Schemes()


@dataclass(frozen=True)
class Demand:
    """What one operation asks for, with the names of the schemes that ask."""

    access: Access = OPEN
    place: Place = ()
    """A pointer to the requirement."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The names of schemes by their sort: `key`, `person`, `service`."""
    is_clear: bool = True
    """Whether it is certain who may call; if not, nothing may be concluded from `access`."""


def demand_of(document: Document, operation: Place, faults: Faults) -> Demand:
    """What an operation asks for; what has no exact counterpart at API Gateway is a fault."""
    try:
        place, requirement = _requirement(document, operation)
    except ContractError as fault:
        faults.append(fault)
        return Demand(is_clear=False)
    demand = Demand(place=place)
    for name, scopes in requirement.items():
        try:
            demand = _with(document, demand, name, scopes, faults)
        except ContractError as fault:
            faults.append(fault)
            demand = replace(demand, is_clear=False)
    return demand


def schemes_of(document: Document, demands: Iterable[Demand], faults: Faults) -> Schemes:
    """The schemes that are used; a second one of a sort is a fault where it is first used."""
    demands = list(demands)
    names: dict[str, str] = {}
    told: set[str] = set()
    for demand in demands:
        for sort, name in demand.names.items():
            first = names.setdefault(sort, name)
            if name not in (first, *told):
                told.add(name)
                faults.append(
                    _fault(
                        demand.place,
                        f"{first!r} and {name!r} both mean {_MEANS[sort]}, and an API has one such"
                        " scheme.",
                        "Use one of them everywhere.",
                    )
                )
    scopes = dict.fromkeys(scope for each in demands for scope in each.access.scopes)
    person = _person(document, names["person"], scopes) if "person" in names else None
    return Schemes(names.get("key"), person, names.get("service"))


def together(accesses: Iterable[Access]) -> Access:
    """The access to methods that a path does not declare: strangers learn nothing about a closed
    path, but callers of any of its operations may learn which methods it allows."""
    accesses = list(accesses)
    if not accesses or OPEN in accesses:
        return OPEN
    callers = [each.caller for each in accesses if each.caller]
    scopes = dict.fromkeys(scope for each in accesses for scope in each.scopes)
    caller = Kind.PERSON if scopes else next(iter(callers), None)
    return Access(caller, tuple(scopes), all(each.key for each in accesses))


_MEANS = {
    "key": "a key",
    Kind.PERSON: "people who sign in",
    Kind.SERVICE: "services with AWS credentials",
}


def _fault(place: Place, reason: str, remedy: str) -> ContractError:
    return ContractError(place, reason, remedy, "security")


# -- requirements --------------------------------------------------------------------------------


def _requirement(document: Document, operation: Place) -> tuple[Place, Mapping[str, Any]]:
    """The one requirement of an operation, empty if it is open, and where it stands."""
    place: Place = (*operation, "security")
    if "security" not in document.at(operation):
        place = ("security",)
    holder = document.at(place[:-1])
    stated = holder.get("security", [])
    if not isinstance(stated, list) or not all(isinstance(each, dict) for each in stated):
        raise _fault(
            place, "This is not a list of requirements.", "Write one, or [] to require none."
        )
    if not stated:
        return place, {}
    if len(stated) > 1:
        raise _alternatives(place, stated)
    return (*place, "0"), stated[0]


def _alternatives(place: Place, stated: list[dict[str, Any]]) -> ContractError:
    if {} in stated:
        return _fault(
            (*place, str(stated.index({}))),
            "Signing in is optional here, and API Gateway would demand it.",
            "Remove {} to demand it, or write 'security: []' to open the operation.",
        )
    names = [" with ".join(map(repr, each)) for each in stated]
    return _fault(
        (*place, "1"),
        f"Either {' or '.join(names)} is enough here, and API Gateway would demand them all.",
        "Keep one requirement; a key may stand in it beside a person or a service.",
    )


def _with(document: Document, demand: Demand, name: str, scopes: Any, faults: Faults) -> Demand:
    """Add a scheme to a demand. Raises ContractError if the scheme identifies nobody."""
    place: Place = (*demand.place, name)
    sort = _sort(document, place, name, faults)
    if sort in demand.names:
        raise _fault(
            place,
            f"{demand.names[sort]!r} and {name!r} both mean {_MEANS[sort]}.",
            "Keep one of them.",
        )
    if sort != "key" and demand.access.caller:
        raise _fault(
            place,
            "A person and a service are demanded at once, and API Gateway would ask for one of"
            " them only.",
            "Keep one; a key may stand beside it.",
        )
    names = {**demand.names, sort: name}
    if sort == "key":
        access = demand.access._replace(key=True)
    elif sort == Kind.SERVICE:
        access = demand.access._replace(caller=Kind.SERVICE)
    else:
        asked = tuple(_scopes(document, place, name, scopes, faults))
        access = demand.access._replace(caller=Kind.PERSON, scopes=asked)
    if sort != Kind.PERSON and scopes:
        faults.append(
            _fault(
                place,
                f"{name!r} has no scopes: only people's tokens have some.",
                f"Write '{name}: []'.",
            )
        )
    return replace(demand, access=access, names=names)


# -- scopes --------------------------------------------------------------------------------------

SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}/[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")
"""IDENTIFIER/NAME: the name is what follows the last slash.

AWS: ResourceServerScopeType and CreateResourceServer of Amazon Cognito user pools.
"""


def _scopes(
    document: Document, place: Place, name: str, scopes: Any, faults: Faults
) -> Iterator[str]:
    if _scheme(document, place, name)[1].get("type") == "http":  # which has a fault of its own
        return
    if not isinstance(scopes, list) or not scopes:
        faults.append(
            _fault(
                place,
                f"{name!r} asks for no scope: API Gateway would take ID tokens only.",
                f"Write openIdConnect with a scope, such as {_example(place)}"
                " ('todo-api complete --sign-in' does).",
            )
        )
        return
    described = _described(document, name)
    for index, scope in enumerate(map(str, scopes)):
        where: Place = (*place, str(index))
        if not SCOPE.fullmatch(scope):
            faults.append(
                _fault(
                    where,
                    f"The scope {scope!r} is not written IDENTIFIER/NAME, as Cognito has them.",
                    f"Write it like {_example(place)} ('todo-api complete --sign-in' does).",
                )
            )
        elif described is not None and scope not in described:
            faults.append(
                _fault(
                    where,
                    f"{name!r} has no scope {scope!r}.",
                    f"Describe it in components/securitySchemes/{name}, or ask for another one.",
                )
            )
        else:
            yield scope


def _example(place: Place) -> str:
    """A sample scope for the operation."""
    match place:
        case ("paths", path, method, *_):
            identifier = path.split("/")[1].strip("{}") or "api"
            return f"{identifier}/{'read' if method == 'get' else 'write'}"
    return "api/read"


def _described(document: Document, name: str) -> Mapping[str, Any] | None:
    """The scopes of oauth2; openIdConnect describes none."""
    _, scheme = _scheme(document, (), name)
    if scheme.get("type") != "oauth2":
        return None
    flow = scheme.get("flows", {}).get(_FLOW)
    return None if flow is None else flow.get("scopes", {})


def _person(document: Document, name: str, scopes: Iterable[str]) -> PersonScheme:
    _, scheme = _scheme(document, (), name)
    described = _described(document, name) or {}
    return PersonScheme(
        name,
        scheme.get("openIdConnectUrl"),
        {scope: described.get(scope) or scope for scope in scopes},
    )


# -- schemes -------------------------------------------------------------------------------------

_FLOW = "authorizationCode"
_WRITTEN = "('todo-api complete --sign-in' does)"


def _scheme(document: Document, used: Place, name: str) -> tuple[Place, Mapping[str, Any]]:
    """A scheme and the pointer to it. Raises ContractError if it is not described."""
    if name not in document.data.get("components", {}).get("securitySchemes", {}):
        raise _fault(
            used,
            f"Nothing describes the scheme {name!r}: API Gateway would leave the operation open.",
            "Describe it in components/securitySchemes, or name one that stands there.",
        )
    return document.resolve(("components", "securitySchemes", name))


def _sort(document: Document, used: Place, name: str, faults: Faults) -> str:
    """The sort of a scheme: `key`, `person` or `service`. A scheme whose sort is clear, but which
    cannot be served as written, is a fault. Raises ContractError for any other scheme."""
    place, scheme = _scheme(document, used, name)
    match scheme.get("type"):
        case "apiKey":
            if scheme.get("in") != "header" or str(scheme.get("name")).lower() != "x-api-key":
                faults.append(_other_key(place, name, scheme))
            return "key"
        case "openIdConnect":
            return Kind.PERSON
        case "oauth2":
            faults += _flow_faults(place, name, scheme.get("flows", {}))
            return Kind.PERSON
        case "http":
            return _of_http(place, name, str(scheme.get("scheme")), faults)
    raise _fault(
        place,
        f"{name!r} is {scheme.get('type')}, which API Gateway does not check here.",
        "Write openIdConnect with a scope for people, http with AWS4-HMAC-SHA256 for services, or"
        " apiKey with X-Api-Key for applications.",
    )


def _other_key(place: Place, name: str, scheme: Mapping[str, Any]) -> ContractError:
    return _fault(
        place,
        f"API Gateway reads a key from X-Api-Key alone, and {name!r} names the"
        f" {scheme.get('in')} {scheme.get('name')!r}.",
        f"Write in: header, name: X-Api-Key {_WRITTEN}.",
    )


def _flow_faults(place: Place, name: str, flows: Mapping[str, Any]) -> Iterator[ContractError]:
    others = [each for each in flows if each != _FLOW and not each.startswith("x-")]
    if others or _FLOW not in flows:
        what = f"the flow {' and '.join(map(repr, others))}" if others else "no flow"
        yield _fault(
            (*place, "flows", *others[:1]),
            f"{name!r} has {what}, and people can only sign in here with {_FLOW}.",
            f"Keep {_FLOW} alone {_WRITTEN}.",
        )


def _of_http(place: Place, name: str, scheme: str, faults: Faults) -> str:
    if scheme.upper() == "AWS4-HMAC-SHA256":
        return Kind.SERVICE
    what = "a bearer token" if scheme.lower() == "bearer" else f"HTTP {scheme}"
    faults.append(
        _fault(
            (*place, "scheme"),
            f"{name!r} is {what}, and API Gateway lets people in by the scopes of their tokens.",
            f"Write openIdConnect with a scope {_WRITTEN}.",
        )
    )
    return Kind.PERSON
