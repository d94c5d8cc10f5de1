"""What CloudFormation would evaluate in an import document instead of leaving it unchanged.

It looks for its functions and for references to secrets and parameters in the whole template,
including the `Body` of an API. AWS: Intrinsic function reference; Get values stored in other
services using dynamic references (read 2026-11-26).
"""

from collections.abc import Iterator
from typing import Any

from service.contract.document import ContractError, Place

REFERENCE = "{{resolve:"


def evaluated(document: dict[str, Any], models: dict[str, str]) -> Iterator[ContractError]:
    """Whatever comes from the contract and would not stay unchanged.

    `models` maps each schema to the name of its model. The extensions of API Gateway do not come
    from the contract: they may call functions.
    """
    schemas = {model: name for name, model in models.items()}
    for part in ("info", "paths", "components"):
        for place, text, is_name in _texts(document[part], (part,)):
            if place[:2] == ("components", "schemas") and len(place) > 2:
                place = (*place[:2], schemas[place[2]], *place[3:])
            if is_name and (text in ("Ref", "Condition") or text.startswith("Fn::")):
                yield ContractError(
                    place,
                    f"CloudFormation would take {text!r} for a function of its own.",
                    "Rename the property.",
                    "evaluated",
                )
            if REFERENCE in text:
                yield ContractError(
                    place,
                    f"CloudFormation would put a value in place of {text[:80]!r}.",
                    f"Write it without '{REFERENCE}'.",
                    "evaluated",
                )


def _texts(node: Any, place: Place) -> Iterator[tuple[Place, str, bool]]:
    """Every string with its pointer into the contract, and whether it is a property's name."""
    match node:
        case {"oneOf": [_, schema]}:  # a nullable schema: in the contract it has this very pointer
            yield from _texts(schema, place)
        case dict():
            for key, value in node.items():
                if not key.startswith("x-amazon-apigateway-"):
                    yield (*place, key), key, True
                    yield from _texts(value, (*place, key))
        case list():
            for index, value in enumerate(node):
                yield from _texts(value, (*place, str(index)))
        case str():
            yield place, node, False
