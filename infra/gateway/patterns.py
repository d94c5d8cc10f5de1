"""Patterns: which regular expressions API Gateway's engine reads as the service does.

AWS names no engine. Its validator's messages are those of the Java library json-schema-validator,
which compiles patterns with Rhino: ECMAScript 5 over UTF-16 units, where a character beyond the
basic plane counts as two. What that might refuse, but the service accepts, is left to the service.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BASIC_PLANE = range(0x10000)
_SURROGATES = range(0xD800, 0xE000)
_ASCII = range(0x80)
_ANY = range(0x110000)


def readable(pattern: str) -> bool:
    """Whether the gateway's engine reads a pattern, and refuses nothing the service accepts."""
    try:
        return all(map(_fits, _Reader(pattern).alternatives()))
    except _Unreadable:
        return False


class _Unreadable(Exception):
    """A construct that the engines read differently, or that one of them cannot read."""


@dataclass(frozen=True)
class _Character:
    """One character, once or several times; `most` is None if there is no limit.

    `wide`: it may be a character beyond the basic plane.
    """

    wide: bool
    most: int | None

    @property
    def absorbs(self) -> bool:
        """Whether it matches any number of further UTF-16 units."""
        return self.wide and self.most is None


@dataclass(frozen=True)
class _Group:
    """Alternatives, once or several times. An anchor has no alternatives, a lookahead has some."""

    alternatives: "list[list[_Character | _Group]]"
    most: int | None = 0


_Sequence = list[_Character | _Group]


# -- one character, two units ------------------------------------------------------------------


def _fits(parts: _Sequence, before: bool = False, after: bool = False) -> bool:
    """Whether a sequence that matches a character also matches its two units.

    `before` and `after` say whether the parts around it absorb a unit.
    """
    absorbs = [before, *(isinstance(each, _Character) and each.absorbs for each in parts), after]
    return all(
        _part_fits(part, absorbs[index], absorbs[index + 2]) for index, part in enumerate(parts)
    )


def _part_fits(part: _Character | _Group, before: bool, after: bool) -> bool:
    if isinstance(part, _Character):
        return not part.wide or part.most is None or (part.most == 1 and (before or after))
    if part.most == 1:
        return all(_fits(each, before, after) for each in part.alternatives)
    return all(_fits(each) or (part.most is None and _is_one(each)) for each in part.alternatives)


def _is_one(parts: _Sequence) -> bool:
    """Whether it is a single character: an unlimited group of it matches two units in turn."""
    return len(parts) == 1 and isinstance(parts[0], _Character) and parts[0].most == 1


# -- reading -----------------------------------------------------------------------------------

_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??", re.ASCII)
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([tnvfr])|([dw])|([DW])|(s)|([^\w\s]))", re.ASCII
)
_LOOKS_AHEAD = re.compile(r"\(\?[=!]")
_SYNTAX = frozenset("^$.*+?()[]{}|")


class _Reader:
    r"""A pattern of ECMAScript 5, read from the left.

    Left out, since the engines disagree: `.` (line ends), `\b` and `\B` (letters that are not
    ASCII), `\S` (U+180E), backreferences, lookbehind, names, properties, characters beyond the
    basic plane; and, together with a lookahead, `\d`, `\w` and the like, which the service then
    reads as Unicode classes.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._looks_ahead = _LOOKS_AHEAD.search(pattern) is not None
        self._denied = False
        """Whether this is inside a negative lookahead, where matching more means accepting less."""

    def alternatives(self, end: str = "") -> list[_Sequence]:
        """The alternatives up to a closing bracket, or to the end. Raises _Unreadable."""
        found: list[_Sequence] = [[]]
        while not (self._take(end) if end else self._at == len(self._pattern)):
            if self._take("|"):
                found.append([])
            else:
                found[-1].append(self._part())
        return found

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _part(self) -> _Character | _Group:
        if self._take("^") or self._take("$"):
            return _Group([])
        for start, denies in (("(?=", False), ("(?!", True)):
            if self._take(start):
                return self._lookahead(denies)
        if self._take("(?:") or self._take("("):
            alternatives = self.alternatives(")")
            return _Group(alternatives, self._most())
        wide = self._class() if self._take("[") else self._character(exact=self._denied) is _ANY
        if wide and self._denied:
            raise _Unreadable
        return _Character(wide, self._most())

    def _lookahead(self, denies: bool) -> _Group:
        outside, self._denied = self._denied, self._denied or denies
        alternatives = self.alternatives(")")
        self._denied = outside
        return _Group(alternatives)

    def _most(self) -> int | None:
        """The upper limit of a quantifier; one without a quantifier."""
        found = _QUANTIFIER.match(self._pattern, self._at)
        if found is None:
            return 1
        self._at = found.end()
        sign, least, comma, most = found.groups()
        if sign:
            return 1 if sign == "?" else None
        return int(most or least) if most or not comma else None

    def _class(self) -> bool:
        """Whether the class whose bracket was read is wide."""
        negated = self._take("^")
        ranges = list(self._ranges(exact=negated or self._denied))
        if not ranges or (negated and any(map(_touches_surrogates, ranges))):
            raise _Unreadable
        return negated or any(each is _ANY for each in ranges)

    def _ranges(self, exact: bool) -> Iterator[range]:
        while not self._take("]"):
            first = self._character(exact, of_class=True)
            if self._pattern.startswith("-]", self._at) or not self._take("-"):
                yield first
                continue
            last = self._character(exact, of_class=True)
            if len(first) > 1 or len(last) > 1:
                raise _Unreadable
            yield range(first.start, last.stop)

    def _character(self, exact: bool, of_class: bool = False) -> range:
        """The characters that one character or escape matches. `exact`: no more on any gateway."""
        escape = _ESCAPE.match(self._pattern, self._at)
        if escape:
            self._at = escape.end()
            return _escaped(escape, exact, self._looks_ahead)
        sign = self._pattern[self._at : self._at + 1]
        if not sign or sign == "\\" or (not of_class and sign in _SYNTAX):
            raise _Unreadable
        self._at += 1
        return _one(ord(sign))


def _escaped(escape: re.Match[str], exact: bool, looks_ahead: bool) -> range:
    hexadecimal, several, others, space = escape[1] or escape[2], escape[4], escape[5], escape[6]
    if hexadecimal:
        return _one(int(hexadecimal, 16))
    if not (several or others or space):
        return _one(ord(escape[7] or " "))
    if looks_ahead or (space and exact):  # U+180E was a space in Unicode 6.2
        raise _Unreadable
    return _ANY if others else _ASCII


def _one(code: int) -> range:
    if code not in _BASIC_PLANE or code in _SURROGATES:
        raise _Unreadable
    return range(code, code + 1)


def _touches_surrogates(each: range) -> bool:
    return each.start < _SURROGATES.stop and each.stop > _SURROGATES.start
