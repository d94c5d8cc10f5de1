"""The style of a YAML text, and new values in the same style."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from infra.edits.nodes import Node


@dataclass(frozen=True)
class Style:
    """The style of one text."""

    step: int = 2
    """Columns from a mapping to a mapping inside it."""
    dash: int = 2
    """Columns from a mapping to the dashes of a sequence inside it."""
    quote: str = "'"
    short_lists: bool = False
    """Whether lists of words are written in brackets."""
    newline: str = "\n"
    indent: str = "  "
    """The indent of each level of JSON."""
    json: bool = False
    """Whether the whole text is JSON."""
    compact: bool = False
    """Whether JSON on one line has no spaces."""
    ascii: bool = False

    def block(self, value: Any, column: int) -> str:
        """A value for a column: its first line without an indent.

        The value of a mapping's key is written by `behind_colon`.
        """
        if isinstance(value, dict) and value:
            lines = (
                f"{self.scalar(key)}:{self.behind_colon(each, column)}"
                for key, each in value.items()
            )
        elif isinstance(value, list) and value and not self._is_short(value):
            lines = (f"- {self.block(each, column + 2)}" for each in value)
        else:
            return (
                self.inline(value) if isinstance(value, dict | list) else self._text(value, column)
            )
        return f"{self.newline}{' ' * column}".join(lines)

    def behind_colon(self, value: Any, column: int) -> str:
        """What follows a key at a column, and its colon."""
        if isinstance(value, dict) and value:
            inside = column + self.step
        elif isinstance(value, list) and value and not self._is_short(value):
            inside = column + self.dash
        else:
            return f" {self.block(value, column + self.step)}"
        return f"{self.newline}{' ' * inside}{self.block(value, inside)}"

    def inline(self, value: Any) -> str:
        """A value on one line, for use in braces or brackets."""
        if isinstance(value, dict):
            pairs = (f"{self.inline(key)}: {self.inline(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, list):
            return f"[{', '.join(self.inline(each) for each in value)}]"
        if isinstance(value, str) and any(mark in value for mark in ",[]{}"):
            return self._quoted(value)
        return self.scalar(value)

    def as_json(self, value: Any, indent: str | None) -> str:
        """A value in JSON: on one line, or on several lines at an indent."""
        text = json.dumps(
            value,
            indent=None if indent is None else self.indent,
            separators=(",", ":") if self.compact and indent is None else None,
            ensure_ascii=self.ascii,
        )
        return text.replace("\n", f"{self.newline}{indent}") if indent is not None else text

    def scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return orjson.dumps(value).decode()
        return value if _is_plain(value) else self._quoted(value)

    def _text(self, value: Any, column: int) -> str:
        """A string; several lines as a literal block, if that loses nothing."""
        if not isinstance(value, str) or not _LITERAL.fullmatch(value):
            return self.scalar(value)
        header = "|" if value.endswith("\n") else "|-"
        lines = (f"{' ' * column}{line}" if line else "" for line in value.rstrip("\n").split("\n"))
        return self.newline.join((header, *lines))

    def _quoted(self, value: str) -> str:
        if self.quote == '"' or not _PRINTABLE.fullmatch(value):
            return _escaped(value)
        return "'" + value.replace("'", "''") + "'"

    def _is_short(self, value: list[Any]) -> bool:
        return self.short_lists and all(
            (isinstance(each, str) and len(each) < 40) or not isinstance(each, dict | list | str)
            for each in value
        )


_PLAIN = re.compile(r"[A-Za-z/$_][^\x00-\x1f:#\x7f-\U0010ffff]*(?<! )")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Words that are not strings without quotes; YAML 1.1 has more of them than 1.2."""
_PRINTABLE = re.compile(r"[ -~]*")
_LITERAL = re.compile(r"[!-~][ -~]*(?<! )\n(?:(?:[ -~]*(?<! ))\n)*(?:[ -~]*[!-~]\n?)")


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS


def _escaped(text: str) -> str:
    """A string in double quotes. JSON's escapes are YAML's, too, except for lone surrogates."""
    return orjson.dumps(text).decode().translate(_ODD)


_ODD = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE)}


def style_of(text: str, root: Node) -> Style:
    """The style in which most of a text is written."""
    steps, dashes, lists, quotes = (Counter[Any]() for _ in range(4))
    for node in _all(root):
        if node.style in ("'", '"'):
            quotes[node.style] += 1
        if node.kind == "sequence" and all(each.value.kind == "scalar" for each in node.entries):
            lists[node.flow] += bool(node.entries)
        if node.kind == "mapping" and not node.flow:
            for value in (entry.value for entry in node.entries):
                if value.kind in ("mapping", "sequence") and not value.flow:
                    (steps if value.kind == "mapping" else dashes)[value.column - node.column] += 1
    default = Style()
    step = _most(steps, default.step)
    return Style(
        step=step,
        dash=_most(dashes, step),
        quote=_most(quotes, default.quote),
        short_lists=_most(lists, default.short_lists),
        newline="\r\n" if "\r\n" in text else "\n",
    )


def style_of_json(text: str) -> Style:
    """The style of a text that is JSON as a whole."""
    indent = re.search(r"\n([ \t]+)\S", text)
    return Style(
        newline="\r\n" if "\r\n" in text else "\n",
        indent=indent[1] if indent else "  ",
        json=True,
        compact='": ' not in text,
        ascii=text.isascii(),
    )


def _all(node: Node) -> Iterator[Node]:
    yield node
    for entry in node.entries:
        if entry.key is not None:
            yield entry.key
        yield from _all(entry.value)


def _most(counted: Counter[Any], default: Any) -> Any:
    return counted.most_common(1)[0][0] if counted else default
