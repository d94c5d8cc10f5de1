"""Preconditions: entity tags, and which versions of an item a write may find (RFC 9110, 13)."""

import re
from collections.abc import Sequence

from service.problems import InvalidRequest
from service.stores import MOST_TOKENS

_ENTITY_TAG = re.compile(r'(?:^|(?<=,))\s*(W/)?"([!#-~]*)"\s*(?=,|$)')
_ANY = "*"


def names(tags: str, token: str, *, weak: bool) -> bool:
    """Whether a list of entity tags names this version."""
    return tags.strip() == _ANY or token in _tokens(tags, weak=weak)


def accepted(wanted: str | None, known: str | None) -> tuple[list[str] | None, list[str]]:
    """The tokens that a write may find (None for any), and those that it may not, according to
    If-Match and If-None-Match.

    Whichever precondition fails, the response to a write is 412 (RFC 9110, 13.1.1 and 13.1.2).
    """
    if wanted is None and known is None:
        return None, []
    if known is not None and known.strip() == _ANY:
        return [], []
    expected = None if wanted is None or wanted.strip() == _ANY else _tokens(wanted, weak=False)
    unexpected = [] if known is None else _tokens(known, weak=True)
    _check_number("If-Match", expected or [])
    _check_number("If-None-Match", unexpected)
    return expected, unexpected


def _tokens(tags: str, *, weak: bool) -> list[str]:
    """The tokens in a list of entity tags, compared weakly or strongly (RFC 9110, 8.8.3.2)."""
    return [tag for prefix, tag in _ENTITY_TAG.findall(tags) if weak or not prefix]


def _check_number(name: str, tokens: Sequence[str]) -> None:
    if len(tokens) > MOST_TOKENS:
        detail = f"names more than {MOST_TOKENS} versions"
        raise InvalidRequest([{"detail": detail, "part": "header", "name": name}])
