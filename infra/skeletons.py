"""Skeletons: an operation's function, ready to be pasted into the file of functions.

It passes mypy --strict unchanged, and answers that it has not been written yet (501).
"""

import keyword
import re
from collections.abc import Iterator, Sequence
from typing import Any

from service.contract.document import Document, Place
from service.contract.item_schemas import properties_of, required_of
from service.contract.model import Collection, Contract, Operation, Parameter
from service.contract.parts import whole
from service.signatures import Argument, Signatures

_SCALARS = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_WIDTH = 100


def skeleton(operation: Operation, contract: Contract) -> str:
    """A file with the function of one operation."""
    return skeletons([operation], contract)


def skeletons(operations: Sequence[Operation], contract: Contract) -> str:
    """A file with a function for each operation."""
    signatures = Signatures(contract)
    writers = [_Writer(each, contract, signatures) for each in operations]
    texts = [writer.text() for writer in writers]
    return "\n\n".join([_imports("".join(texts)), *texts])


def _imports(text: str) -> str:
    """The imports that the text needs, in ruff's order."""
    of_typing = [
        name
        for name in ("Any", "Literal", "NotRequired", "TypedDict")
        if re.search(rf"\b{name}\b", text)
    ]
    ours = [name for name in ("Item", "Items", "NotWritten") if re.search(rf"\b{name}\b", text)]
    typing = f"from typing import {', '.join(of_typing)}\n\n" if of_typing else ""
    return f"{typing}from service.functions import {', '.join(ours)}\n"


class _Writer:
    """Writes one function, and the types that it needs."""

    def __init__(self, operation: Operation, contract: Contract, signatures: Signatures) -> None:
        self.operation = operation
        self.contract = contract
        self.document = contract.document
        self.signatures = signatures
        self.name = signatures.name(operation)
        self.types = _Types(contract.document, _camel(self.name))

    def text(self) -> str:
        taken = list(self._taken())
        arguments = [self._argument(each) for each in taken if each.required]
        arguments += [self._argument(each) for each in taken if not each.required]
        answer = self._answer()
        head = f"def {self.name}({', '.join(arguments)}) -> {answer}:\n"
        if len(head) > _WIDTH:
            lines = "".join(f"    {each},\n" for each in arguments)
            head = f"def {self.name}(\n{lines}) -> {answer}:\n"
        return f"{self.types.text()}{head}{self._summary()}    raise NotWritten()\n"

    def _taken(self) -> Iterator[Argument]:
        """Each argument that has exactly one meaning; of collections, only the path's own."""
        own = self._collection()
        for meanings in self.signatures.arguments(self.operation).values():
            each = meanings[0]
            if len(meanings) > 1 or each.source in ("caller", "derived"):
                continue
            if each.source != "items" or each.collection == own:
                yield each

    def _collection(self) -> str | None:
        """The collection that the path belongs to, if its items can be kept."""
        above = [
            each
            for each in self.contract.collections.values()
            if f"{self.operation.path}/".startswith(f"{each.path}/")
        ]
        names = [each.name for each in above if self._may_have(each)]
        return max(names, key=len, default=None)

    def _may_have(self, collection: Collection) -> bool:
        """Whether items can be kept there, and the operation's callers have some."""
        asks = collection.caller in (None, self.operation.access.caller)
        return asks and not self.signatures.unkept(collection.name)

    def _argument(self, argument: Argument) -> str:
        if argument.source == "items":
            return f"{argument.name}: Items"
        if argument.parameter is None:
            return f"{argument.name}: {self._body()}"
        place = _declared(self.document, self.operation, argument.parameter)
        if place is None:  # one that is obeyed though the contract does not declare it
            return f"{argument.name}: str | None = None"
        type_ = self.types.of(place, "")
        if argument.required:
            return f"{argument.name}: {type_}"
        default = whole(self.document, place)[1].get("default")
        if default is None or isinstance(default, dict | list):
            optional = type_ if type_.endswith("None") else f"{type_} | None"
            return f"{argument.name}: {optional} = None"
        return f"{argument.name}: {type_} = {default!r}"

    def _body(self) -> str:
        places = dict.fromkeys(
            self.document.resolve(each)[0] for each in self.operation.body_places.values()
        )
        found = [self.types.of(each, "Body", sent=True) for each in places]
        return " | ".join(dict.fromkeys(found))

    def _answer(self) -> str:
        place = self.operation.answer
        if place is None:
            return "Any" if self._is_open() else "None"
        for collection in self.contract.collections.values():
            if self.document.resolve(place)[0] == collection.place:
                return "Item"
        return self.types.of(place, "Answer")

    def _is_open(self) -> bool:
        """Whether the success has content without a schema."""
        responses = (*self.operation.place, "responses", self.operation.success)
        try:
            return bool(self.document.resolve(responses)[1].get("content"))
        except KeyError:
            return False

    def _summary(self) -> str:
        text = str(self.document.at(self.operation.place).get("summary") or "")
        words = " ".join(text.split()).replace("\\", "").replace('"', "'").rstrip(".'")
        return f'    """{words[: _WIDTH - 12]}."""\n' if words else ""


def _declared(document: Document, operation: Operation, parameter: Parameter) -> Place | None:
    """The pointer to the schema of a parameter."""
    for owner in (operation.place, operation.place[:-1]):
        for index in range(len(document.at(owner).get("parameters", ()))):
            where, declared = document.resolve((*owner, "parameters", str(index)))
            if (declared["in"], declared["name"].lower()) == (
                parameter.place,
                parameter.name.lower(),
            ):
                return (*where, "schema")
    return None


class _Types:
    """Python's types for schemas; an object gets a TypedDict, under a name of the operation's."""

    def __init__(self, document: Document, prefix: str) -> None:
        self.document = document
        self.prefix = prefix
        self.written: list[str] = []
        self._names: dict[tuple[Place, bool], str] = {}
        self._open: set[str] = set()
        """The types that are still being written, as they may be recursive."""

    def text(self) -> str:
        return "".join(f"{each}\n\n" for each in self.written)

    def of(self, place: Place, name: str, *, sent: bool = False) -> str:
        """The type of a schema; `sent`, without what no client may send."""
        where, schema = whole(self.document, place)
        type_ = self._plain(where, schema, name, sent)
        return f"{type_} | None" if schema.get("nullable") and type_ != "Any" else type_

    def _plain(self, place: Place, schema: dict[str, Any], name: str, sent: bool) -> str:
        values = schema.get("enum")
        if values and all(isinstance(each, str) for each in values):
            return f"Literal[{', '.join(map(_quoted, values))}]"
        if schema.keys() & {"anyOf", "oneOf"}:
            return "Any"
        match schema.get("type"):
            case "array" if "items" in schema:
                return f"list[{self.of((*place, 'items'), f'{name}Item', sent=sent)}]"
            case "array":
                return "list[Any]"
            case "object":
                return self._object(place, schema, name, sent)
            case str() as scalar:
                return _SCALARS[scalar]
        return self._object(place, schema, name, sent) if "properties" in schema else "Any"

    def _object(self, place: Place, schema: dict[str, Any], name: str, sent: bool) -> str:
        properties = {
            each: where
            for each, (where, own) in properties_of(self.document, place).items()
            if not (sent and own.get("readOnly"))
        }
        if not properties:
            more = schema.get("additionalProperties")
            if isinstance(more, dict):
                return f"dict[str, {self.of((*place, 'additionalProperties'), name, sent=sent)}]"
            return "dict[str, Any]"
        key = (place, sent)
        if key not in self._names:
            self._names[key] = self._free(f"{self.prefix}{name}")
            self._open.add(self._names[key])
            self._write(self._names[key], place, properties, name, sent)
            self._open.remove(self._names[key])
        named = self._names[key]
        return _quoted(named) if named in self._open else named

    def _free(self, name: str) -> str:
        taken = set(self._names.values())
        number = 2
        found = name
        while found in taken:
            found, number = f"{name}{number}", number + 1
        return found

    def _write(
        self, name: str, place: Place, properties: dict[str, Place], part: str, sent: bool
    ) -> None:
        required = required_of(self.document, place)
        hints = {}
        for each, where in properties.items():
            hint = self.of(where, f"{part}{_camel(each)}", sent=sent)
            hints[each] = hint if each in required else f"NotRequired[{hint}]"
        if all(map(_is_attribute, hints)):
            lines = "".join(f"    {each}: {hint}\n" for each, hint in hints.items())
            self.written.append(f"class {name}(TypedDict):\n{lines}")
            return
        lines = "".join(f"        {_quoted(each)}: {hint},\n" for each, hint in hints.items())
        self.written.append(
            f"{name} = TypedDict(\n    {_quoted(name)},\n    {{\n{lines}    }},\n)\n"
        )


def _is_attribute(name: str) -> bool:
    """Whether a class may have it as it is: two leading underscores would change the name."""
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def _camel(name: str) -> str:
    words = re.split(r"[^A-Za-z0-9]+", name)
    return "".join(word[:1].upper() + word[1:] for word in words)


def _quoted(text: str) -> str:
    return '"' + text.encode("unicode_escape").decode().replace('"', '\\"') + '"'
