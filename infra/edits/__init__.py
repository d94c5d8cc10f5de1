"""Changes to the text of a document that keep its comments, order and style.

A change is made to plain data, and then to the text: what differs is replaced where its value is,
and the result is read again and compared with the data.
"""

from typing import Any

from infra.edits.changes import CannotWrite, Changes, applied, same
from infra.edits.json_nodes import compose_json
from infra.edits.nodes import compose
from infra.edits.style import style_of, style_of_json
from service.contract.document import ContractError, Document, Place, parse

__all__ = ["CannotWrite", "rewritten"]


def rewritten(content: bytes, suffix: str, old: Document, new: dict[str, Any]) -> bytes:
    """The content of a file, which was read as `old`, changed so that it has `new`.

    Raises CannotWrite, with the pointer, for a change that cannot be written into this text.
    """
    text = content.decode("utf-8")
    is_json = suffix == ".json"
    root = compose_json(text) if is_json else compose(text)
    style = style_of_json(text) if is_json else style_of(text, root)
    written = applied(text, list(Changes(text, style).of(root, old.data, new)))
    _check(written.encode(), suffix, new)
    return written.encode()


def _check(content: bytes, suffix: str, new: dict[str, Any]) -> None:
    """Check that the result can be read, and has what it should."""
    try:
        found = parse(content, suffix).data
    except ContractError as error:
        raise CannotWrite(error.place) from error
    if not same(found, new):
        raise CannotWrite(_difference(found, new))


def _difference(one: Any, other: Any) -> Place:
    """The pointer at which two values begin to differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in (*one, *other):
            if key not in one or key not in other:
                return (key,)
            if not same(one[key], other[key]):
                return (key, *_difference(one[key], other[key]))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (here, there) in enumerate(zip(one, other, strict=True)):
            if not same(here, there):
                return (str(index), *_difference(here, there))
    return ()
