"""The prefix: the path below which people sign in on this server, apart from the contract's."""

from collections.abc import Iterable, Sequence

DISCOVERY = "/.well-known/openid-configuration"
"""OpenID Connect Discovery 1.0, 4."""

KEYS = "/.well-known/jwks.json"
AUTHORIZE, TOKEN, REVOKE = "/oauth2/authorize", "/oauth2/token", "/oauth2/revoke"
LOGIN, LOGOUT = "/login", "/logout"

ALL = (DISCOVERY, KEYS, AUTHORIZE, TOKEN, REVOKE, LOGIN, LOGOUT)
"""The paths below it, as at Cognito (AWS: User pool endpoints and managed login reference,
read 2026-11-26).
"""


class NoPrefix(Exception):
    """A path of the contract takes every possible address; the message says which one."""


def free_prefix(paths: Iterable[str], base_path: str = "") -> str:
    """`/sign-in`, or `/sign-in-2` and so on: the first one that no path of an API could match.

    `paths` are those of a contract, served below `base_path`. Raises NoPrefix.
    """
    templates = [_segments(base_path + path) for path in paths]
    for first, *rest in templates:
        if _is_parameter(first) and any(_matches(rest, _segments(each)) for each in ALL):
            raise NoPrefix(
                f"The path '/{'/'.join([first, *rest])}' takes every address that a page to sign in"
                " could have. Serve the API below another one: --base-path /v1."
            )
    taken = {template[0] for template in templates}
    numbers = range(2, len(templates) + 3)
    names = ["sign-in", *(f"sign-in-{number}" for number in numbers)]
    return "/" + next(name for name in names if name not in taken)


def _matches(template: Sequence[str], segments: Sequence[str]) -> bool:
    return len(template) == len(segments) and all(
        _is_parameter(one) or one == other for one, other in zip(template, segments, strict=True)
    )


def _segments(path: str) -> Sequence[str]:
    return path.strip("/").split("/")


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")
