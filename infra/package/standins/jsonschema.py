"""The stand-in, in the Lambda's zip, for `jsonschema`, of which Connexion asks little.

It asks for classes to inherit from and to extend when it is imported, and at start for two things:
whether its list of routes is an OpenAPI document, which `infra.package` has asked the real library
by then, and for a resolver of references, of which that list has none. Anything beyond that is an
AttributeError. The library itself brings four others, and is a sixth of a cold start. This file
takes the place of the package and of two of its modules.
"""

from collections.abc import Callable
from typing import Any


class ValidationError(Exception):
    """Raised by nobody, as nothing is validated with this."""


class RefResolutionError(Exception):
    """Raised by nobody."""


class RefResolver:
    """Resolves nothing: there is nothing to resolve."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass


def _refuse(*_: Any) -> Any:
    raise AttributeError("jsonschema is not in the Lambda's zip: nothing is validated with it.")


class Draft4Validator:
    """Takes what is held against it for valid."""

    FORMAT_CHECKER = None
    VALIDATORS: dict[str, Callable[..., Any]] = dict.fromkeys(
        ("enum", "properties", "type"), _refuse
    )

    def __init__(self, schema: Any) -> None:
        pass

    def validate(self, instance: Any) -> None:
        pass


def extend(validator: Any, _: Any) -> Any:
    return validator
