"""Naming: what readers call a collection, one of its items, and what can be done with them.

Paths provide the words; summaries and tags show how people write them: from `/ebooks` and "Add an
e-book" follows that one is an e-book. The title of a schema takes precedence.
"""

import re
from collections.abc import Iterator

from infra.new.words import sentence, singular, words_of
from service.contract.document import Document, Json
from service.contract.model import Collection, Contract, Operation
from service.contract.parts import whole


def names_of(contract: Contract, collection: Collection) -> dict[str, str]:
    """The names of a collection, and of one and several of its items; `about`, if a tag says it."""
    tag = _tag(contract, collection)
    texts = [*_summaries(contract, collection), tag.get("name", "")]
    segment = collection.path.rpartition("/")[2]
    *most, last = words_of(segment) or [segment]
    many = _written(texts, segment) or " ".join([*most, last])
    one = _written(texts, "".join([*most, singular(last)])) or " ".join([*most, singular(last)])
    title = str(whole(contract.document, collection.place)[1].get("title", ""))
    return {
        "heading": sentence(many),
        "one": title.lower() if re.fullmatch(r"[A-Z]?[a-z]+([ -][A-Za-z]?[a-z]+)*", title) else one,
        "many": many,
        **({"about": tag["description"]} if tag.get("description") else {}),
    }


def label_of(contract: Contract, operation: Operation, names: dict[str, str]) -> str:
    """The text of a button: `Complete` for "Complete a to-do" in the row of that to-do."""
    summary = str(contract.document.at(operation.place).get("summary", "")).strip(" .")
    things = "|".join(re.escape(names[each]) for each in ("one", "many"))
    short = re.sub(rf" (?:(?:a|an|the|this|one|all) )?(?:{things})$", "", summary, flags=re.I)
    return sentence(short) or sentence(" ".join(words_of(operation.id)))


def _summaries(contract: Contract, collection: Collection) -> Iterator[str]:
    for row in contract.operations.values():
        if row.of == collection:
            yield str(contract.document.at(row.place).get("summary", ""))


def _written(texts: list[str], name: str) -> str:
    """A name as the texts write it: with a hyphen or a space before any of its letters."""
    pattern = r"\b" + r"[-_ ]?".join(map(re.escape, _letters(name))) + r"\b"
    for text in texts:
        if found := re.search(pattern, text, re.IGNORECASE):
            return found[0] if found[0].isupper() else found[0].lower()
    return ""


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _tag(contract: Contract, collection: Collection) -> dict[str, Json]:
    """The tag that only this collection has."""
    own, others = set[str](), set[str]()
    for row in contract.operations.values():
        tags = contract.document.at(row.place).get("tags", ())
        (own if row.path.startswith(collection.path) else others).update(tags)
    told = _tags(contract.document)
    name = next((each for each in told if each in own - others), next(iter(own - others), ""))
    return {"name": name, **told.get(name, {})} if name else {}


def _tags(document: Document) -> dict[str, dict[str, Json]]:
    return {each["name"]: each for each in document.data.get("tags", ())}
