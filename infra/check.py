"""The check of a contract: every fault that keeps it from being served, and every warning, with its
place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from infra.answers import unsent_headers, with_broken_promises
from infra.beside import extras, files
from infra.deploy.template import check_size
from infra.portability import advice
from service.binding import Unserved, bind
from service.contract.derivation import check_components, derive
from service.contract.document import (
    ContractError,
    Document,
    Json,
    Place,
    content_of,
    outermost,
    parse,
)
from service.contract.model import Contract
from service.contract.schemas import schema_at
from service.contract.view import view
from service.loading import Functions, load


class Finding(NamedTuple):
    """What there is to say of a contract; `line` is 0 where lines are unknown, as in JSON."""

    line: int
    text: str
    place: Place = ()
    file: Path | None = None
    """Where it stands, if that is not the contract's own file."""


class Refused(Exception):
    """A contract cannot be served."""

    def __init__(self, faults: list[Finding]) -> None:
        super().__init__(faults)
        self.faults = sorted(set(faults), key=lambda each: (str(each.file or ""), each[:3]))


def check(file: Path) -> Contract:
    """The contract in a file that OpenAPI, this service and API Gateway accept. Raises Refused."""
    document = view(contents(file)[1])
    with refusing(document):
        extras(file)
        return replace(_checked(document, load(file)), files=files(file))


@contextmanager
def refusing(document: Document) -> Iterator[None]:
    """Raises Refused for whatever is found wrong with a document."""
    try:
        yield
    except Unserved as error:
        raise Refused([_fault(document, each) for each in error.faults]) from error
    except ContractError as error:
        raise Refused([_fault(document, error)]) from error
    except RecursionError as error:
        text = "Its schemas are nested too deep to be understood. Move parts to components."
        raise Refused([Finding(0, text)]) from error


def _checked(document: Document, functions: Functions | None) -> Contract:
    hold_against_openapi(document.written)
    _refuse(list(_broken_defaults(document)))
    contract = with_broken_promises(derive(document))
    check_components(contract.document)
    contract = bind(contract, functions)
    check_size(contract)
    return contract


def hold_against_openapi(document: Document) -> None:
    """Hold a document, as it was written, against the schema of its version, if that is 3.0 or 3.1.

    Raises Refused.
    """
    if _version(document.data) not in _SPECIFICATIONS:
        return
    _refuse(list(_broken_references(document)))
    _refuse(list(_broken_structure(document)))
    _refuse(list(_misleading_references(document)))


def warnings(contract: Contract) -> list[Finding]:
    """What keeps no contract from being served, and yet some client from being made of it."""
    document = contract.document
    found = {
        Finding(document.line(place), f"Warning: {reason} {remedy}", document.origin(place))
        for place, reason, remedy in (*advice(document), *unsent_headers(contract))
    }
    return sorted(found)


def told(file: Path, findings: list[Finding]) -> str:
    """For people, a line each: after its line in YAML, after the keys that lead to it in JSON."""
    return "".join(f"{_where(file, each)}: {' '.join(each.text.split())}\n" for each in findings)


def _where(file: Path, finding: Finding) -> str:
    if finding.line:
        return f"{finding.file or file}:{finding.line}"
    keys = ".".join(finding.place)
    return f"{file}: {keys if keys.isprintable() else ascii(keys)}" if keys else str(file)


def _refuse(faults: list[Finding]) -> None:
    if faults:
        raise Refused(faults)


def contents(file: Path) -> tuple[bytes, Document]:
    """What is in a contract's file, and the document that it is. Raises Refused."""
    try:
        content = content_of(file)
        return content, parse(content, file.suffix)
    except FileNotFoundError:
        fault = Finding(0, "There is no such file. Correct the name of the contract's file.")
    except OSError as error:
        fault = Finding(0, f"It cannot be read: {error.strerror}. Name another file.")
    except ContractError as error:
        fault = _unreadable(error)
    raise Refused([fault])


def _unreadable(error: ContractError) -> Finding:
    """With the line that the parser of YAML or JSON stopped at."""
    mark = getattr(error.__cause__, "problem_mark", None)
    line = mark.line + 1 if mark else getattr(error.__cause__, "lineno", error.line)
    reason = getattr(error.__cause__, "problem", None)
    text = f"Not well-formed YAML: {reason}." if reason else error.reason
    return Finding(line, f"{text} {error.remedy}", error.place)


def _broken_references(document: Document) -> Iterator[Finding]:
    """Of them all, so that no tool goes looking for one in another file or on the network."""
    for place, node in _objects(document.data, ()):
        if isinstance(node.get("$ref"), str):
            try:
                document.resolve(place)
            except ContractError as error:
                yield _fault(document, error)


def _objects(
    node: Json, place: Place, named: bool = False
) -> Iterator[tuple[Place, dict[str, Json]]]:
    """Every object of a document with its place, save those inside of examples.

    `named` tells a map, whose keys are names and may be those of examples.
    """
    if isinstance(node, dict) and not named:
        yield place, node
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list) and (named or key not in _HOLD_DATA):
            yield from _objects(value, (*place, str(key)), not named and key == "properties")


_HOLD_DATA = ("example", "examples", "default", "enum", "const")


def _broken_structure(document: Document) -> Iterator[Finding]:
    """What the schema of OpenAPI finds."""
    for place, message in _structure(document.data):
        yield _fault_of_openapi(document, place, message)


def _misleading_references(document: Document) -> Iterator[Finding]:
    """References to what may not stand in their place: a response where a schema is due."""
    for place, message in _structure(_unfolded(document, document.data, ())):
        yield _fault_of_openapi(document, place, f"{message}; a reference leads to it")


def _unfolded(document: Document, node: Json, place: Place, named: bool = False) -> Json:
    """A copy that has in the place of each reference what it leads to, as that stands there."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str) and not named:
        return document.resolve(place)[1]
    if isinstance(node, list):
        return [_unfolded(document, each, (*place, str(i))) for i, each in enumerate(node)]
    if not isinstance(node, dict):
        return node
    return {
        key: value
        if key in _HOLD_DATA and not named
        else _unfolded(document, value, (*place, key), not named and key == "properties")
        for key, value in node.items()
    }


def _structure(data: Json) -> Iterator[tuple[Place, str]]:
    # It finds in milliseconds that nothing is wrong; the one that tells what is takes seconds.
    if not _quick_validator(_version(data)).is_valid(data):
        for error in _telling_validator(_version(data)).iter_errors(data):
            closest = _closest(error)
            yield tuple(str(key) for key in closest.absolute_path), closest.message
    elif _version(data) == "3.1":
        yield from _broken_schemas(data)


def _broken_schemas(data: Json) -> Iterator[tuple[Place, str]]:
    """Those of 3.1, of which its own structure says no more than that they are schemas."""
    validator = jsonschema_rs.validator_for({"$ref": _SCHEMAS_OF_3_1})
    for place, holder in outermost(data):
        for error in validator.iter_errors(holder[place[-1]]):
            yield (*place, *map(str, error.instance_path)), error.message


_SCHEMAS_OF_3_1 = "https://json-schema.org/draft/2020-12/schema"


def _version(data: Json) -> str:
    return str(data.get("openapi"))[:3]


@cache
def _quick_validator(version: str) -> Any:
    """Of the schema as a file, without the library that brings it: importing that takes longer than
    the rest of a start of the server."""
    name = f"openapi_spec_validator/resources/schemas/v{version}/schema.json"
    file = Path(str(distribution("openapi-spec-validator").locate_file(name)))
    return jsonschema_rs.validator_for(orjson.loads(file.read_bytes()), validate_formats=True)


def _telling_validator(version: str) -> Any:
    # Only this one of its two engines tells which alternative nearly fits.
    os.environ["OPENAPI_SPEC_VALIDATOR_SCHEMA_VALIDATOR_BACKEND"] = "jsonschema"
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    of_3_1 = version == "3.1"
    return (OpenAPIV31SpecValidator if of_3_1 else OpenAPIV30SpecValidator).schema_validator


_SPECIFICATIONS = {"3.0": "v3.0.3", "3.1": "v3.1.1"}
"""What is said of a version, by the name that its page has."""


def _closest(error: Any) -> Any:
    """Of the reasons why no alternative fits, the one deepest in the document.

    Nearly everything in OpenAPI may be a reference instead: that is never the reason.
    """
    reasons = [each for each in error.context or () if "$ref" not in each.message]
    if not reasons:
        return error
    return _closest(max(reasons, key=lambda each: len(each.absolute_path)))


def _broken_defaults(document: Document) -> Iterator[Finding]:
    for place, schema in document.schemas():
        if "default" in schema:
            for fault in schema_at(document, place).faults(schema["default"])[:1]:
                text = f"The default breaks its own schema: {fault.pointer} {fault.detail}."
                where = (*place, "default")
                yield Finding(
                    document.line(where), f"{text} Correct either.", document.origin(where)
                )


def _fault_of_openapi(document: Document, place: Place, message: str) -> Finding:
    short = message if len(message) < 240 else f"{message[:100]} ... {message[-120:]}"
    version = _version(document.data)
    page = f"https://spec.openapis.org/oas/{_SPECIFICATIONS[version]}.html"
    return Finding(document.line(place), f"OpenAPI {version}: {short}. See {page}", place)


def _fault(document: Document, error: ContractError) -> Finding:
    text = f"{error.reason} {error.remedy}"
    if error.file:
        return Finding(error.line, text, error.place, error.file)
    return Finding(document.line(error.place), text, document.origin(error.place))
