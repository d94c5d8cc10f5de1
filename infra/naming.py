"""Naming: what readers call a collection, one of its items, and what can be done with them.

Paths tell which words; summaries and tags tell how people write them: of `/ebooks` and "Add an
e-book" one is an e-book. The title of a schema goes before that.
"""

import re
from collections.abc import Iterator

from infra.new.words import sentence, singular, words_of
from service.contract.document import Document, Json
from service.contract.model import Collection, Contract, Operation
from service.contract.parts import whole


def names_of(contract: Contract, collection: Collection) -> dict[str, str]:
    """What a collection is called, and one and several of its items; `about`, if a tag tells."""
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
    """What a button says: `Complete` for "Complete a to-do", where its row shows which one."""
    summary = str(contract.document.at(operation.place).get("summary", "")).strip(" .")
    things = "|".join(re.escape(names[each]) for each in ("one", "many"))
    short = re.sub(rf" (?:(?:a|an|the|this|one|all) )?(?:{things})$", "", summary, flags=re.I)
    return sentence(short) or sentence(" ".join(words_of(operation.id)))


def _summaries(contract: Contract, collection: Collection) -> Iterator[str]:
    for row in contract.operations.values():
        if row.of == collection:
            yield str(contract.document.at(row.place).get("summary", ""))


def _written(texts: list[str], name: str) -> str:
    """How the texts write a name: any of its letters may have a hyphen or a space before it."""
    pattern = r"\b" + r"[-_ ]?".join(map(re.escape, _letters(name))) + r"\b"
    for text in texts:
        if found := re.search(pattern, text, re.IGNORECASE):
            return found[0] if found[0].isupper() else found[0].lower()
    return ""


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _tag(contract: Contract, collection: Collection) -> dict[str, Json]:
    """The tag that this collection has for itself."""
    own, others = set[str](), set[str]()
    for row in contract.operations.values():
        tags = contract.document.at(row.place).get("tags", ())
        (own if row.path.startswith(collection.path) else others).update(tags)
    told = _tags(contract.document)
    name = next((each for each in told if each in own - others), next(iter(own - others), ""))
    return {"name": name, **told.get(name, {})} if name else {}


def _tags(document: Document) -> dict[str, dict[str, Json]]:
    return {each["name"]: each for each in document.data.get("tags", ())}
