"""Random YAML texts: their data, written in every style, with a comment wherever one may stand."""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

WORDS = ["a", "b", "list", "404", "x-y", "/pets/{id}", "true", "it's", 'say "hi"', "a: b", "# c"]
SCALARS = st.one_of(
    st.sampled_from([*WORDS, "", "two words", "line\nline\n", "end\n  in\nspace", "é", "☃"]),
    st.integers(-5, 10**6),
    st.sampled_from([True, False, None, 1.5]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inside, max_size=4)
    ),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(st.sampled_from(WORDS), VALUES, min_size=1, max_size=5)


@dataclass
class Writer:
    """Writes data as YAML, as `draw` likes it."""

    draw: Any
    comments: list[str] = field(default_factory=list)

    def document(self, data: dict[str, Any]) -> str:
        start = self.draw(st.sampled_from(["", "---\n", "# first\n\n", "%YAML 1.2\n---\n"]))
        text: str = start + self._lines(data, 0)
        text += self.draw(st.sampled_from(["", "", "...\n", "# last\n"]))
        if self.draw(st.booleans()):
            text = text.replace("\n", "\r\n")
        ends = self.draw(st.integers(0, 4))
        return text if ends else text.rstrip()

    def _lines(self, value: Any, column: int) -> str:
        """A block mapping or list, from the start of a line to the end of its last one."""
        pad = " " * column
        lines = []
        for key in value:
            if self.draw(st.integers(0, 4)) == 0:
                lines.append(f"{pad}{self._comment()}\n" if self.draw(st.booleans()) else "\n")
            if isinstance(value, dict):
                lines.append(
                    f"{pad}{self._scalar(key, key=True)}:{self._value(value[key], column, 1)}"
                )
            else:
                lines.append(f"{pad}-{self._value(key, column, 0)}")
        return "".join(lines)

    def _value(self, value: Any, column: int, of_key: int) -> str:
        """What stands behind a colon or a dash, to the end of its last line."""
        if (not value and isinstance(value, dict | list)) or self.draw(st.integers(0, 3)) == 0:
            return f" {self._flow(value)}{self._end()}"
        if isinstance(value, dict | list):
            least = 0 if of_key and isinstance(value, list) else 1
            inside = column + self.draw(st.integers(least, 4))
            return self._end() + self._lines(value, inside)
        if isinstance(value, str) and "\n" in value and not value.startswith(" "):
            return self._literal(value, column)
        if value is None and self.draw(st.booleans()):
            return self._end()
        return f" {self._scalar(value)}{self._end()}"

    def _literal(self, value: str, column: int) -> str:
        header = "|" if value.endswith("\n") else "|-"
        if header == "|" and self.draw(st.booleans()):
            header = "|+"
        pad = " " * (column + self.draw(st.integers(1, 3)))
        lines = "".join(f"{pad}{line}\n" for line in value.removesuffix("\n").split("\n"))
        return f" {header}\n{lines}"

    def _flow(self, value: Any) -> str:
        space = self.draw(st.sampled_from(["", " "]))
        if isinstance(value, dict):
            inside = ", ".join(
                f"{self._quoted(key)}: {self._flow(each)}" for key, each in value.items()
            )
            return f"{{{space}{inside}{space}}}"
        if isinstance(value, list):
            return f"[{space}{', '.join(map(self._flow, value))}{space}]"
        return self._quoted(value) if isinstance(value, str) else json.dumps(value)

    def _quoted(self, value: str) -> str:
        plain = value.isalpha() and value.isascii() and value != "true"
        if plain and self.draw(st.booleans()):
            return value
        if "\n" not in value and self.draw(st.booleans()):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=self.draw(st.booleans()))

    def _scalar(self, value: Any, key: bool = False) -> str:
        if key and value == "404" and self.draw(st.booleans()):
            return "404"
        return self._quoted(value) if isinstance(value, str) else json.dumps(value)

    def _end(self) -> str:
        return f"  {self._comment()}\n" if self.draw(st.integers(0, 4)) == 0 else "\n"

    def _comment(self) -> str:
        comment = f"# comment {len(self.comments)} - of: this"
        self.comments.append(comment)
        return comment


def changed(value: Any, draw: Any, *, removing: bool) -> Any:
    """The value with a few changes inside of it."""
    if isinstance(value, dict) and value:
        kept = {
            key: changed(each, draw, removing=removing)
            for key, each in value.items()
            if not removing or draw(st.integers(0, 4))
        }
        new = [
            (key, draw(VALUES)) for key in ("new", "404 ", "newer") if draw(st.integers(0, 3)) == 0
        ]
        pairs = list(kept.items())
        for pair in new:
            pairs.insert(draw(st.integers(0, len(pairs))), pair)
        return dict(pairs)
    if isinstance(value, list) and value:
        elements = [
            changed(each, draw, removing=removing)
            for each in value
            if not removing or draw(st.integers(0, 4))
        ]
        for each in draw(st.lists(VALUES, max_size=2)):
            elements.insert(
                draw(st.integers(0 if removing else len(elements), len(elements))), each
            )
        return elements
    return draw(VALUES) if removing and draw(st.integers(0, 4)) == 0 else value
