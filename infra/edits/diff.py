"""The difference of two texts, line by line, as `diff -u` shows it."""

import difflib
from collections.abc import Iterator
from typing import NamedTuple


class _Line(NamedTuple):
    indent: int
    key: int


def unified(old: str, new: str, name: str) -> Iterator[str]:
    """The lines of a unified diff without their ends; none if the texts are one.

    Nested text repeats its lines in many places. So a line is told by what it stands in, too,
    which finds what belongs together, and finds it at once.
    """
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, _keys(before), _keys(after), autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(3)):
        if number == 0:
            yield from (f"--- {name}", f"+++ {name}")
        (_, first, _, start, _), (_, _, last, _, end) = group[0], group[-1]
        yield f"@@ -{_range(first, last)} +{_range(start, end)} @@"
        for kind, one, other, here, there in group:
            if kind == "equal":
                yield from (f" {line}" for line in before[one:other])
            else:
                yield from (f"-{line}" for line in before[one:other])
                yield from (f"+{line}" for line in after[here:there])


def _keys(lines: list[str]) -> list[int]:
    """Each line as a number made of itself and of the lines that it stands in."""
    above: list[_Line] = []
    keys = []
    for line in lines:
        text = line.lstrip()
        indent, beside = len(line) - len(text), 0
        while above and text and above[-1].indent >= indent:
            beside = above.pop().key
        around = beside if text[:1] in "}]" else above[-1].key if above else 0
        keys.append(hash((around, line)))
        if text:
            above.append(_Line(indent, keys[-1]))
    return keys


def _range(start: int, end: int) -> str:
    return f"{start + 1},{end - start}" if end > start else f"{start},0"
