"""The difference of two texts, line by line, as `diff -u` shows it."""

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

_CONTEXT = 3
"""Unchanged lines around a change."""

Block = tuple[int, int, int, int]
"""Start and end in both texts."""


def unified(old: str, new: str, name: str) -> Iterator[str]:
    """The lines of a unified diff without their ends; none if the texts are equal.

    Nested text repeats its lines in many places. So a line is identified by its parents as well:
    this finds what belongs together, and finds it fast.
    """
    before, after = old.splitlines(), new.splitlines()
    changes = [*_changes(_keys(before), _keys(after))]
    for number, hunk in enumerate(_hunks(changes)):
        if number == 0:
            yield from (f"--- {name}", f"+++ {name}")
        yield from _told(hunk, before, after)


def _told(hunk: list[Block], before: list[str], after: list[str]) -> Iterator[str]:
    around = min(_CONTEXT, hunk[0][0])
    behind = min(_CONTEXT, len(before) - hunk[-1][1])
    first, last = hunk[0][0] - around, hunk[-1][1] + behind
    start, end = hunk[0][2] - around, hunk[-1][3] + behind
    yield f"@@ -{_range(first, last)} +{_range(start, end)} @@"
    at = first
    for one, other, here, there in hunk:
        yield from (f" {line}" for line in before[at:one])
        yield from (f"-{line}" for line in before[one:other])
        yield from (f"+{line}" for line in after[here:there])
        at = other
    yield from (f" {line}" for line in before[at:last])


def _range(start: int, end: int) -> str:
    return f"{start + 1},{end - start}" if end > start else f"{start},0"


def _hunks(changes: list[Block]) -> Iterator[list[Block]]:
    """Groups of changes that are so close to each other that they share context."""
    hunk = changes[:1]
    for last, each in pairwise(changes):
        if each[0] - last[1] > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(each)
    if hunk:
        yield hunk


def _keys(lines: list[str]) -> list[int]:
    """Each line as a number that depends on its text and its parents."""
    above: list[tuple[int, int]] = []
    keys = []
    for line in lines:
        text = line.lstrip()
        indent, beside = len(line) - len(text), 0
        while above and text and above[-1][0] >= indent:
            beside = above.pop()[1]
        around = beside if text[:1] in ("}", "]") else above[-1][1] if above else 0
        keys.append(hash((around, line)))
        if text:
            above.append((indent, keys[-1]))
    return keys


def _changes(before: list[int], after: list[int]) -> Iterator[Block]:
    """The differences between lines that both texts have once, in the same order."""
    at, start = 0, 0
    for one, here in (*_anchors(before, after), (len(before), len(after))):
        if before[at:one] != after[start:here]:
            matcher = difflib.SequenceMatcher(None, before[at:one], after[start:here], False)
            for kind, first, last, begin, end in matcher.get_opcodes():
                if kind != "equal":
                    yield at + first, at + last, start + begin, start + end
        at, start = one, here


def _anchors(before: list[int], after: list[int]) -> list[tuple[int, int]]:
    """The most lines that both have exactly once in the same order: the longest increasing
    subsequence, found by patience sorting."""
    once, alone = Counter(before), Counter(after)
    places = {key: index for index, key in enumerate(after) if alone[key] == 1}
    tops: list[int] = []
    piles: list[tuple[int, int]] = []
    below: dict[tuple[int, int], tuple[int, int] | None] = {}
    for index, key in enumerate(before):
        if once[key] == 1 and key in places:
            pair = (index, places[key])
            pile = bisect_left(tops, pair[1])
            below[pair] = piles[pile - 1] if pile else None
            tops[pile : pile + 1] = [pair[1]]
            piles[pile : pile + 1] = [pair]
    found: list[tuple[int, int]] = []
    last = piles[-1] if piles else None
    while last is not None:
        found.append(last)
        last = below[last]
    return found[::-1]
