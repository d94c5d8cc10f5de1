"""Generators: what in a served contract misleads code generators.

Each warning was seen with openapi-generator 7.26, datamodel-code-generator 0.89 or Swagger UI 5.
"""

import re
from collections.abc import Iterator

from infra.portability import Advice
from service.contract.document import Document, Place, place_of, references
from service.contract.item_schemas import merge_objections
from service.contract.model import Contract


def misleading(contract: Contract) -> Iterator[Advice]:
    """Everything in a contract of which generators make something other than its author means."""
    document = contract.document
    yield from _colliding_names(document)
    yield from _defaults_without_type(document)
    yield from _defaults_in_patches(contract)
    yield from _closed_answers(contract)
    yield from _examples_of_optional_headers(contract)


def _colliding_names(document: Document) -> Iterator[Advice]:
    """For a schema X, openapi-generator's Go makes `NewX`, `NewXWithDefaults`, `NullableX`."""
    schemas = document.data.get("components", {}).get("schemas", {})
    names = {_in_go(name): name for name in schemas}
    for made, name in names.items():
        found = re.fullmatch(r"(?:New|Nullable|NewNullable)(.+?)(?:WithDefaults)?", made)
        other = names.get(found[1]) if found else None
        if other is not None:
            yield Advice(
                ("components", "schemas", name),
                f"Clients in Go make a {made} of the schema {other!r}: with {name!r} beside it they"
                " do not compile.",
                f"Rename it, for example to '{_in_go(other)}Input'.",
            )


def _in_go(name: str) -> str:
    words = re.split(r"[^A-Za-z0-9]+", name)
    return "".join(word[:1].upper() + word[1:] for word in words)


def _defaults_without_type(document: Document) -> Iterator[Advice]:
    """openapi-generator's Java writes such a default without quotes."""
    for place, schema in document.schemas():
        if isinstance(schema.get("default"), str) and "allOf" in schema and "type" not in schema:
            yield Advice(
                (*place, "default"),
                "Clients in Java do not compile: without a type beside it they take this default"
                " for something other than text.",
                "Write 'type: string' beside it.",
            )


def _defaults_in_patches(contract: Contract) -> Iterator[Advice]:
    """Defaults in updates that a function answers: a rule refuses such an update."""
    for operation in contract.operations.values():
        if operation.function and operation.method == "patch":
            for place in operation.body_places.values():
                for fault in merge_objections(contract.document, place):
                    yield Advice(fault.place, fault.reason, fault.remedy)


def _closed_answers(contract: Contract) -> Iterator[Advice]:
    document = contract.document
    answers = _parts_of_answers(contract)
    for place, schema in document.schemas():
        is_shown = any(place[:length] in answers for length in range(len(place) + 1))
        if is_shown and schema.get("additionalProperties") is False:
            yield Advice(
                (*place, "additionalProperties"),
                "Responses are closed here: clients generated today will refuse them as soon as"
                " a property is added.",
                "Remove it; if a body shares the schema, describe the response by one of its own.",
            )


def _parts_of_answers(contract: Contract) -> set[Place]:
    """The responses of every operation, and everything that they refer to."""
    document = contract.document
    waiting: list[Place] = [
        (*each.place, "responses")
        for each in contract.operations.values()
        if "responses" in document.at(each.place)  # which OpenAPI 3.1 does not require
    ]
    found = set(waiting)
    while waiting:
        for _, reference in references(document.at(waiting.pop())):
            if (place := place_of(reference)) not in found:
                found.add(place)
                waiting.append(place)
    return found


def _examples_of_optional_headers(contract: Contract) -> Iterator[Advice]:
    """Examples on optional headers: Swagger UI's "Try it out" begins with them."""
    document = contract.document
    for operation in contract.operations.values():
        for index, _ in enumerate(document.at(operation.place).get("parameters", ())):
            place, header = document.resolve((*operation.place, "parameters", str(index)))
            if header.get("in") == "header" and not header.get("required"):
                for where in _examples(document, place):
                    yield Advice(
                        where,
                        f"Tools that try requests out send this example of {header['name']!r}"
                        " unasked.",
                        "Remove the example, and describe the header in words.",
                    )


def _examples(document: Document, parameter: Place) -> Iterator[Place]:
    data = document.at(parameter)
    yield from ((*parameter, key) for key in ("example", "examples") if key in data)
    if "schema" in data:
        place, schema = document.resolve((*parameter, "schema"))
        yield from ((*place, key) for key in ("example", "examples") if key in schema)
