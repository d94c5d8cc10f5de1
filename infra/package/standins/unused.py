"""The stand-in, in the Lambda's zip, for a module that is imported there and never used.

Connexion imports an HTTP client, a template engine, a YAML parser and a test client at its top,
Starlette a library for threads and one for forms, all for features that nothing here calls.
`infra.package.libraries` puts this file in their places. Every name can be imported from it,
inherited from and written into an annotation; to make an object of one, or to call it, raises
`NotInThePackage`.
"""

from typing import Any


class NotInThePackage(RuntimeError):
    """Something that was left out of the zip is used after all."""


class StandIn(type):
    """The type of every name here, and of whatever inherits from one."""

    def __getattr__(cls, name: str) -> Any:
        return _stand_in(name)

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise NotInThePackage(
            f"{cls.__module__}.{cls.__name__} is not in the Lambda's zip. "
            "Take its module out of STAND_INS in infra/package/libraries.py to ship it."
        )


def __getattr__(name: str) -> Any:
    return _stand_in(name)


def _stand_in(name: str) -> Any:
    if name.startswith("__"):  # a question of Python's own: "is there such a thing?"
        raise AttributeError(name)
    return StandIn(name, (), {"__module__": __name__})
