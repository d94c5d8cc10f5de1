"""The positions of values in a YAML text: a tree of spans, made from the parser's events."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Node:
    """One value, or one key. `start` is where its text begins, anchor and tag included."""

    kind: str
    """`scalar`, `mapping`, `sequence` or `alias`."""
    start: int
    end: int
    """The index after its last character, without comments and blank lines below it."""
    flow: bool = False
    """Whether it is written in braces or brackets."""
    text: str = ""
    """The value of a scalar."""
    style: str | None = None
    """The quote, `|` or `>` that a scalar is written with."""
    column: int = 0
    """The column of the keys of a block mapping, or of the dashes of a block sequence."""
    entries: "list[Entry]" = field(default_factory=list)
    target: "Node | None" = None
    """The node that an alias refers to."""
    anchored: bool = False
    tied: bool = False
    """Whether it is or contains an alias or an anchor."""
    becomes: Any = ...
    """What an anchored value will be, once that is known: its aliases become the same."""

    @property
    def empty(self) -> bool:
        """A null that is not written at all."""
        return self.kind == "scalar" and self.style is None and not self.text


@dataclass(eq=False)
class Entry:
    """One key of a mapping with its value, or one element of a sequence."""

    start: int
    """The index of the key or the dash; of the value itself in a flow sequence."""
    head: int
    """The index after the colon or the dash."""
    value: Node
    key: Node | None = None

    @property
    def end(self) -> int:
        return self.head if self.value.empty else self.value.end

    @property
    def merges(self) -> bool:
        return self.key is not None and self.key.text == "<<" and self.key.style is None


def compose(text: str) -> Node:
    """The tree of a text with one document, which is known to be valid."""
    # Imported here: commands that change no file do not need a YAML parser.
    from ruamel.yaml import YAML

    return _Composer(text, YAML(typ="safe", pure=True).parse(text)).compose()


_COLON = re.compile(r"\s*:")
_BLANK = re.compile(r"(?:\s+|(?<=\s)#[^\n]*)*")
_PROPERTIES = re.compile(r"(?:[&!]\S*|\s+|(?<=\s)#[^\n]*)*")
_KEEPS_BLANK_LINES = re.compile(r"[|>][0-9]?\+")


class _Composer:
    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self.text = text
        self.events = events
        self.anchors: dict[str, Node] = {}

    def compose(self) -> Node:
        next(self.events)  # of the stream
        next(self.events)  # of the document
        return self._node(next(self.events))

    def _node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        match type(event).__name__:
            case "AliasEvent":
                return Node("alias", start, end, target=self.anchors[event.anchor], tied=True)
            case "ScalarEvent":
                node = Node("scalar", start, end, text=event.value, style=event.style)
                node.end = self._end_of_scalar(node)
            case "MappingStartEvent":
                node = Node("mapping", start, end, flow=event.flow_style)
            case _:
                node = Node("sequence", start, end, flow=event.flow_style)
        if event.anchor:
            node.anchored = node.tied = True
            self.anchors[event.anchor] = node
        if node.kind != "scalar":
            self._fill(node, bool(event.anchor or event.tag))
        return node

    def _fill(self, node: Node, described: bool) -> None:
        first = _PROPERTIES.match(self.text, node.start) if described else None
        node.column = self._column(first.end() if first else node.start)
        at = first.end() if first else node.start
        while not type(event := next(self.events)).__name__.endswith("EndEvent"):
            value = self._node(event)
            entry = self._pair(value) if node.kind == "mapping" else self._element(node, value, at)
            node.entries.append(entry)
            node.tied |= value.tied or entry.value.tied
            at = entry.end
        node.end = event.end_mark.index if node.flow or not node.entries else at

    def _pair(self, key: Node) -> Entry:
        colon = _COLON.match(self.text, key.end)
        head = colon.end() if colon else key.end
        return Entry(key.start, head, self._node(next(self.events)), key)

    def _element(self, node: Node, value: Node, at: int) -> Entry:
        if node.flow:
            return Entry(value.start, value.start, value)
        blank = _BLANK.match(self.text, at)
        dash = blank.end() if blank else at
        return Entry(dash, dash + 1, value)

    def _column(self, index: int) -> int:
        return index - (max(self.text.rfind("\n", 0, index), -1) + 1)

    def _end_of_scalar(self, node: Node) -> int:
        """The end of a scalar; blank lines below a block scalar count only if it keeps them."""
        if node.style not in ("|", ">"):
            return node.end
        written = self.text[node.start : node.end]
        header = written.partition("\n")[0]
        if _KEEPS_BLANK_LINES.search(header) or node.text.rstrip() != node.text.rstrip("\n"):
            return node.start + len(written.removesuffix("\n").removesuffix("\r"))
        return node.start + len(written.rstrip())
