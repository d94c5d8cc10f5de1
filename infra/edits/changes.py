"""From old data to new data: the spans of a text to replace, and their replacements."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import orjson

from infra.edits.nodes import Entry, Node
from infra.edits.style import Style
from service.contract.document import Place


class Span(NamedTuple):
    """A range between two indexes, and the text to replace it with."""

    start: int
    end: int
    text: str


class CannotWrite(Exception):
    """A change cannot be written into this text; it has the pointer."""

    def __init__(self, place: Place) -> None:
        super().__init__("/".join(place))
        self.place = place


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: true is not 1, and 1 is not 1.0."""
    return _fixed(one) == _fixed(other)


def applied(text: str, spans: list[Span]) -> str:
    """A text with its spans replaced; of two at the same index, insertions come first."""
    parts: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        if span.start < at:
            raise CannotWrite(())
        parts += text[at : span.start], span.text
        at = span.end
    return "".join((*parts, text[at:]))


class Changes:
    """Finds the spans. Those of a value come before those of its container."""

    def __init__(self, text: str, style: Style) -> None:
        self.text = text
        self.style = style

    def of(self, node: Node, old: Any, new: Any, place: Place = ()) -> Iterator[Span]:
        """The spans inside a value that stays a mapping or a list, or does not change."""
        if node.anchored:
            node.becomes = new
        if same(old, new) and not node.tied:
            return
        if node.kind == "mapping":
            yield from self._mapping(node, old, new, place)
        elif node.kind == "sequence":
            yield from self._sequence(node, old, new, place)

    def _value(
        self, holder: Node, entry: Entry, old: Any, new: Any, place: Place
    ) -> Iterator[Span]:
        """The spans for the value after a key or a dash: changes inside it, or the whole of it."""
        if _changes_inside(entry.value, old, new):
            yield from self.of(entry.value, old, new, place)
        elif holder.flow:
            yield Span(entry.value.start, entry.value.end, self._flow(holder, new))
        else:
            yield self._behind(holder, entry, new)

    def _behind(self, holder: Node, entry: Entry, new: Any) -> Span:
        """A span that replaces a value; a comment on the line of the key or dash stays there."""
        if holder.kind == "mapping":
            column = holder.column + self.style.step
            text = self.style.behind_colon(new, holder.column)
        else:
            column = holder.column + 2
            text = f" {self.style.block(new, column)}"
        comment = self._line_behind(entry.end)
        if comment.strip() and isinstance(new, str):
            text = f" {self.style.scalar(new)}"  # a literal would absorb the comment
        line = self._line_behind(entry.head)
        start, end = entry.head, entry.end
        if line.lstrip().startswith("#"):
            start = entry.head + len(line)
            end = max(start, entry.end)
        elif comment.strip() and "\n" in text:
            text = f"{comment}{self._below(text, column)}"
            end += len(comment)
        return Span(start, end, self._below(text, column) if start > entry.head else text)

    def _below(self, text: str, column: int) -> str:
        """The text after a colon or a dash, on the next line if it cannot begin there."""
        return f"{self.style.newline}{' ' * column}{text[1:]}" if text.startswith(" ") else text

    # -- mappings ------------------------------------------------------------------------------

    def _mapping(
        self, node: Node, old: dict[str, Any], new: dict[str, Any], place: Place
    ) -> Iterator[Span]:
        own = _own(node, old, place)
        for name, entry in own.items():
            if name in new:
                yield from self._value(node, entry, old[name], new[name], (*place, name))
        merged = dict(_merged(node, place))
        for name in merged.keys() - new.keys():
            raise CannotWrite((*place, name))
        yield from self._removed(node, [each for name, each in own.items() if name not in new])
        before: list[Entry] = []
        waiting: dict[str, Any] = {}
        for name, value in new.items():
            if name in own:
                yield from self._added(node, before, own[name], self._pairs(node, waiting))
                before, waiting = [own[name]], {}
            elif name not in merged or not same(merged[name], value):
                waiting[name] = value
        yield from self._added(node, before, None, self._pairs(node, waiting))

    def _pairs(self, node: Node, pairs: dict[str, Any]) -> list[str]:
        each_alone = [{name: each} for name, each in pairs.items()]
        if not node.flow:
            return [self.style.block(each, node.column) for each in each_alone]
        if not self._is_json(node):
            return [self.style.inline(each)[1:-1] for each in each_alone]
        colon = ":" if self.style.compact else ": "
        return [
            f"{self.style.as_json(name, None)}{colon}{self._flow(node, each)}"
            for name, each in pairs.items()
        ]

    # -- sequences -----------------------------------------------------------------------------

    def _sequence(self, node: Node, old: list[Any], new: list[Any], place: Place) -> Iterator[Span]:
        removed: list[Entry] = []
        for first, last, start, end in _runs(old, new):
            both = min(last - first, end - start)
            for there, here in zip(range(first, first + both), range(start, end), strict=False):
                below = (*place, str(there))
                yield from self._value(node, node.entries[there], old[there], new[here], below)
            removed += node.entries[first + both : last]
            texts = [self._element(node, each) for each in new[start + both : end]]
            before = node.entries[: first + both][-1:]
            after = node.entries[first + both] if first + both < len(old) else None
            yield from self._added(node, before, after, texts)
        yield from self._removed(node, removed)

    def _element(self, node: Node, value: Any) -> str:
        if node.flow:
            return self._flow(node, value)
        return f"- {self.style.block(value, node.column + 2)}"

    # -- both ----------------------------------------------------------------------------------

    def _added(
        self, node: Node, before: list[Entry], after: Entry | None, texts: list[str]
    ) -> Iterator[Span]:
        """New entries after the previous one or, without one, before the next."""
        if not texts:
            return
        between = self._between(node)
        if before:
            at = before[0].end if node.flow else self._end_of_line(before[0].end)
            if at == len(self.text):
                yield from self._stripped(before[0].value)
            # A literal at the very end would lose its final line break.
            end = (
                self.style.newline
                if at == len(self.text) and f" |{self.style.newline}" in texts[-1]
                else ""
            )
            yield Span(at, at, "".join(f"{between}{text}" for text in texts) + end)
        elif after:
            yield Span(after.start, after.start, "".join(f"{text}{between}" for text in texts))

    def _stripped(self, node: Node) -> Iterator[Span]:
        """A span that keeps a block scalar at the end of the file from ending with a line break."""
        while node.entries:
            node = node.entries[-1].value
        if node.style in ("|", ">") and not node.text.endswith("\n"):
            header = self.text.index(node.style, node.start) + 1
            if "-" not in self.text[header : self._end_of_line(header)]:
                yield Span(header, header, "-")

    def _between(self, node: Node) -> str:
        """The text between two entries of a collection."""
        before = self._line_before(node.entries[0].start)
        line = f"{self.style.newline}{before if not before.strip() else ' ' * len(before)}"
        gaps = [
            self.text[one.end : other.start]
            for one, other in zip(node.entries, node.entries[1:], strict=False)
        ]
        if node.flow:
            blank_or_none = "" if self.style.compact else " "
            return f",{line}" if self._has_lines(node) else f",{blank_or_none}"
        blank = sum(gap.count("\n") > 1 and not gap.strip() for gap in gaps)
        return f"{self.style.newline}{line}" if blank * 2 > len(gaps) else line

    def _flow(self, holder: Node, value: Any) -> str:
        """A value for use in braces or brackets, on lines of its own if others are."""
        if not self._is_json(holder):
            return self.style.inline(value)
        lines = self._has_lines(holder)
        return self.style.as_json(
            value, self._line_before(holder.entries[0].start) if lines else None
        )

    def _has_lines(self, node: Node) -> bool:
        """Whether the entries of a flow collection are on lines of their own."""
        return "\n" in self.text[node.start : node.entries[0].start]

    def _is_json(self, node: Node) -> bool:
        """Whether a flow collection has quotes as in JSON."""
        while node.entries and node.entries[0].key is None:
            node = node.entries[0].value
        first = node.entries[0].key if node.entries else node
        return self.style.json or (first is not None and first.style == '"')

    def _removed(self, node: Node, removed: list[Entry]) -> Iterator[Span]:
        """Spans that remove whole lines; if a first entry after a dash goes, the next moves up."""
        kept = [each for each in node.entries if each not in removed]
        first = node.entries[0]
        if first in removed and (node.flow or self._line_before(first.start).strip()):
            yield Span(first.start, kept[0].start, "")
            removed = [each for each in removed if each.start > kept[0].start]
        for entry in removed:
            if node.flow:
                yield Span(node.entries[node.entries.index(entry) - 1].end, entry.end, "")
            else:
                yield self._lines(entry)

    def _lines(self, entry: Entry) -> Span:
        """The lines of an entry, from the line break before it: something may follow its end."""
        start = entry.start - len(self._line_before(entry.start))
        end = self._end_of_line(entry.end)
        if start == 0:
            return Span(0, self.text.find("\n", end) + 1, "")
        return Span(self._end_of_line(start - 1), end, "")

    def _line_before(self, index: int) -> str:
        return self.text[self.text.rfind("\n", 0, index) + 1 : index]

    def _line_behind(self, index: int) -> str:
        return self.text[index : self._end_of_line(index)]

    def _end_of_line(self, index: int) -> int:
        end = self.text.find("\n", index)
        if end < 0:
            return len(self.text)
        return end - 1 if end > 0 and self.text[end - 1] == "\r" else end


def _changes_inside(node: Node, old: Any, new: Any) -> bool:
    """Whether a value stays of its kind, and changes only inside."""
    if node.kind == "alias":
        return node.target is not None and same(node.target.becomes, new)
    return _alike(old, new)


def _alike(old: Any, new: Any) -> bool:
    """Whether one value can become the other by changes inside it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return bool(old.keys() & new.keys()) or old == new
    if isinstance(old, list) and isinstance(new, list):
        return bool(old and new) or old == new
    return same(old, new)


def _own(node: Node, old: dict[str, Any], place: Place) -> dict[str, Entry]:
    """The entries of a mapping by their names as they were read."""
    entries = [each for each in node.entries if not each.merges]
    if len(entries) == len(node.entries) == len(old):
        return dict(zip(old, entries, strict=True))
    own = {each.key.text: each for each in entries if each.key}
    if not own.keys() <= old.keys():
        raise CannotWrite(place)
    return own


def _merged(node: Node, place: Place) -> Iterator[tuple[str, Any]]:
    """What `<<` merges into a mapping; for duplicate names, the first one counts."""
    for entry in node.entries:
        if entry.merges:
            sources = entry.value.entries if entry.value.kind == "sequence" else [entry]
            for source in reversed(sources):
                target = source.value.target
                if target is None or not isinstance(target.becomes, dict):
                    raise CannotWrite(place)
                yield from target.becomes.items()


def _runs(old: list[Any], new: list[Any]) -> Iterator[tuple[int, int, int, int]]:
    """Which elements became which, including equal ones, as they may contain aliases."""
    if len(old) <= len(new) and all(map(_alike, old, new)):
        yield 0, len(old), 0, len(new)
        return
    matcher = SequenceMatcher(None, [_fixed(each) for each in old], [_fixed(each) for each in new])
    for _, first, last, start, end in matcher.get_opcodes():
        yield first, last, start, end


def _fixed(value: Any) -> bytes:
    return b"" if value is ... else orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
