"""The meaning of a property, in plain English made from its name, and an example of it."""

import re
from typing import Any

from infra.new.fields import Field, Schema
from infra.new.words import plural, sentence, singular, with_article, words_of

_PARTICIPLE = re.compile(
    r".*[^e]ed|begun|born|bought|built|done|held|left|lent|lost|made|paid|read|sent|seen|sold|won"
)
_VERBS = {"is": "are", "was": "were", "has": "have", "can": "can", "may": "may", "needs": "need"}
_MOMENTS = ("date", "date-time")


def description(field: Field, item: str) -> str:
    """The description of a property of an item."""
    words = _words(field)
    if field.type == "boolean" and not field.is_list:
        verb, rest = _statement(words)
        return f"Whether the {item} {verb} {rest}"
    if field.type in _MOMENTS and (told := _moment(words, item)):
        return f"The day on which {told}" if field.type == "date" else f"When {told}"
    if _counts(field, words):
        return f"How many {' '.join(words)} the {item} has"
    if field.type == "uuid" and words[-1] == "id" and words[:-1]:
        return f"Names the {' '.join(words[:-1])} of the {item}"
    return f"The {' '.join(words)} of the {item}"


def filter_description(field: Field, items: str) -> str:
    """The description of the parameter that lists the items with one value of a property."""
    words = _words(field)
    if field.type == "boolean":
        verb, rest = _statement(words)
        several = _VERBS[verb]
        not_so = {"have": "do not", "need": "do not", "can": "cannot"}.get(
            several, f"{several} not"
        )
        return f"Only {items} that {several} {rest} (`true`) or that {not_so} (`false`)"
    if field.type in _MOMENTS and _moment(words, "item"):
        return f"Only {items} with exactly this `{field.name}`"
    if _counts(field, words):
        return f"Only {items} with exactly this many {' '.join(words)}"
    return f"Only {items} with this {' '.join(words)}"


def _words(field: Field) -> list[str]:
    words = words_of(field.name)
    return [*words, "address"] if field.type == "email" and words[-1] == "e-mail" else words


def _statement(words: list[str]) -> tuple[str, str]:
    """The verb of a statement that is true or false, and what follows it."""
    if words[0] not in _VERBS or not words[1:]:
        return "is", " ".join(words)
    verb, rest = words[0], " ".join(words[1:])
    is_one = verb == "has" and plural(words[-1]) != words[-1]
    return verb, with_article(rest) if is_one else rest


def _moment(words: list[str], item: str) -> str | None:
    """`the book was published` for `publishedAt`; None for a name without an event."""
    marked = words[-1] in ("at", "on") and words[1:]
    event = words[:-1] if marked else words
    if _PARTICIPLE.fullmatch(event[-1]):
        return f"the {item} was {' '.join(event)}"
    if not marked:
        return None
    verb = "" if singular(event[-1]) != event[-1] else "is "
    return f"the {item} {verb}{' '.join(event)}"


def _counts(field: Field, words: list[str]) -> bool:
    return field.schema["type"] == "integer" and singular(words[-1]) != words[-1]


# -- examples ------------------------------------------------------------------------------------

_EXAMPLES: dict[str, tuple[Any, Any]] = {
    "date": ("2026-11-22", "2026-12-24"),
    "date-time": ("2026-11-22T10:00:00.000Z", "2026-12-24T18:00:00.000Z"),
    "email": ("ada@example.com", "grace@example.com"),
    "uri": ("https://example.com/", "https://example.org/"),
    "uuid": ("3c9f1a52-6f0e-4a9b-8f57-2d1b6c0a7e14", "9d2e7b46-1c3a-4f80-b6e5-70a8c4d1f293"),
    "boolean": (True, False),
}


def examples(field: Field, item: str) -> tuple[Any, Any]:
    """Two values that the schema of a field accepts; there may be only one."""
    one, other = _values(field, field.schema.get("items", field.schema), item)
    return ([one], [one, other]) if field.is_list else (one, other)


def _values(field: Field, schema: Schema, item: str) -> tuple[Any, Any]:
    if field.type in _EXAMPLES:
        return _EXAMPLES[field.type]
    if "enum" in schema:
        return schema["enum"][0], schema["enum"][-1]
    if schema["type"] in ("integer", "number"):
        low, high = schema.get("minimum", 1), schema.get("maximum", 20)
        return low, min(high, low + 1)
    name = words_of(field.name)
    said = " ".join([*name[:-1], singular(name[-1])] if field.is_list else name)
    if field.type == "text":
        texts = (
            f"{sentence(said)} of {with_article(item)}",
            f"Another {said} of {with_article(item)}",
        )
    else:
        texts = sentence(with_article(said)), f"Another {said}"
    one, other = (each[: schema["maxLength"]].strip() for each in texts)
    return one, other
