"""The check of a contract: every fault that keeps it from being served, and every warning, with its
line."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

from infra.portability import advice
from infra.stack.template import check_size
from service.contract import Contract
from service.derivation import derive
from service.document import ContractError, Document, Json, Place, read


class Finding(NamedTuple):
    """What there is to say of a contract; `line` is 0 if it stands nowhere."""

    line: int
    text: str


class Refused(Exception):
    """A contract cannot be served."""

    def __init__(self, faults: list[Finding]) -> None:
        super().__init__(faults)
        self.faults = sorted(set(faults))


def check(file: Path) -> Contract:
    """The contract in a file that OpenAPI, this service and API Gateway accept. Raises Refused."""
    document = _read(file)
    if str(document.data.get("openapi")).startswith("3.0."):
        _refuse([*_broken_references(document), *_broken_structure(document)])
    try:
        contract = derive(document)
        check_size(contract)
    except ContractError as error:
        raise Refused([_fault(document, error)]) from error
    _refuse(list(_broken_meaning(contract.document)))
    return contract


def warnings(contract: Contract) -> list[Finding]:
    """What keeps no contract from being served, and yet some client from being made of it."""
    document = contract.document
    found = {
        Finding(document.line(place), f"Warning: {reason} {remedy}")
        for place, reason, remedy in advice(document)
    }
    return sorted(found)


def told(file: Path, findings: list[Finding]) -> str:
    """For people, a line each."""
    places = ((f"{file}:{line}" if line else str(file), text) for line, text in findings)
    return "".join(f"{place}: {text}\n" for place, text in places)


def _refuse(faults: list[Finding]) -> None:
    if faults:
        raise Refused(faults)


def _read(file: Path) -> Document:
    try:
        return read(file)
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
    line = mark.line + 1 if mark else getattr(error.__cause__, "lineno", 0)
    reason = getattr(error.__cause__, "problem", None)
    text = f"Not well-formed YAML: {reason}." if reason else error.reason
    return Finding(line, f"{text} {error.remedy}")


def _broken_references(document: Document) -> Iterator[Finding]:
    """Of them all, so that no tool goes looking for one in another file or on the network."""
    for place, node in _objects(document.data, ()):
        if isinstance(node.get("$ref"), str):
            try:
                document.resolve(place)
            except ContractError as error:
                yield _fault(document, error)


def _objects(node: Json, place: Place) -> Iterator[tuple[Place, dict[str, Json]]]:
    """Every object of a document with its place, save those inside of examples."""
    if isinstance(node, dict):
        yield place, node
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list) and key not in ("example", "default", "enum"):
            yield from _objects(value, (*place, str(key)))


def _broken_structure(document: Document) -> Iterator[Finding]:
    # Only this one of its two engines tells which alternative nearly fits.
    os.environ["OPENAPI_SPEC_VALIDATOR_SCHEMA_VALIDATOR_BACKEND"] = "jsonschema"
    # Imported here, as below: it takes half a second, and --help should not.
    from openapi_spec_validator import OpenAPIV30SpecValidator

    validator = OpenAPIV30SpecValidator.schema_validator
    # The other engine finds in milliseconds that nothing is wrong, where this one takes seconds.
    if jsonschema_rs.Draft4Validator(dict(validator.schema), validate_formats=True).is_valid(
        document.data
    ):
        return
    for error in validator.iter_errors(document.data):
        closest = _closest(error)
        place = tuple(str(key) for key in closest.absolute_path)
        yield _fault_of_openapi(document.line(place), closest.message)


def _closest(error: Any) -> Any:
    """Of the reasons why no alternative fits, the one deepest in the document.

    Nearly everything in OpenAPI may be a reference instead: that is never the reason.
    """
    reasons = [each for each in error.context or () if "$ref" not in each.message]
    if not reasons:
        return error
    return _closest(max(reasons, key=lambda each: len(each.absolute_path)))


def _broken_meaning(document: Document) -> Iterator[Finding]:
    """Such as defaults that break their own schema, for which it names no place."""
    from openapi_spec_validator import OpenAPIV30SpecValidator

    for error in OpenAPIV30SpecValidator(document.data).iter_errors():
        places = (place for place, node in _objects(document.data, ()) if node == error.schema)
        yield _fault_of_openapi(document.line(next(places, ())), error.message)


def _fault_of_openapi(line: int, message: str) -> Finding:
    short = message if len(message) < 240 else f"{message[:100]} ... {message[-120:]}"
    return Finding(line, f"OpenAPI 3.0: {short}. See https://spec.openapis.org/oas/v3.0.3.html")


def _fault(document: Document, error: ContractError) -> Finding:
    return Finding(document.line(error.place), f"{error.reason} {error.remedy}")
