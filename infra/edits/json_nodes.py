"""The positions of values in a JSON text: the same tree as for a YAML text."""

import json
import re

from infra.edits.nodes import Entry, Node

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s:,{}\[\]"]+')


def compose_json(text: str) -> Node:
    """The tree of a text that is known to be valid."""
    return _Composer(text).node()


class _Composer:
    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.finditer(text)
        self.token = next(self.tokens)

    def node(self) -> Node:
        token = self.token
        if token[0] not in ("{", "["):
            self._go_on()
            return _scalar(token)
        node = Node("mapping" if token[0] == "{" else "sequence", *token.span(), flow=True)
        self._go_on()
        while self.token[0] not in ("}", "]"):
            node.entries.append(self._entry(node))
        node.end = self.token.end()
        self._go_on()
        return node

    def _entry(self, node: Node) -> Entry:
        start = self.token.start()
        if node.kind == "sequence":
            return Entry(start, start, self.node())
        key = self.node()
        return Entry(start, key.end, self.node(), key)

    def _go_on(self) -> None:
        self.token = next(self.tokens, self.token)


def _scalar(token: re.Match[str]) -> Node:
    quoted = token[0].startswith('"')
    text = json.loads(token[0]) if quoted else token[0]
    return Node("scalar", *token.span(), text=text, style='"' if quoted else None)
