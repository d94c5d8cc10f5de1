"""The name of an operation, and how its path identifies an item."""

import re
from collections.abc import Iterator
from itertools import chain, count

from infra.complete.draft import Draft, Mapping, plain, put_behind
from infra.complete.schemas import holders
from service.contract.document import ContractError
from service.contract.model import Operation
from service.contract.rules import Rule

_VERBS = {
    Rule.LIST: "list",
    Rule.CREATE: "create",
    Rule.GET: "get",
    Rule.REPLACE: "replace",
    Rule.MERGE: "update",
    Rule.DELETE: "delete",
}


def name_operation(draft: Draft, row: Operation, _: ContractError) -> None:
    """Name an operation: a verb and a noun if it has a rule, else the method and the path."""
    operation = draft.operation(row)
    if operation.get("operationId"):
        return
    if row.rule and row.of:
        noun = camel(row.of.name.rpartition("/")[2])
        name = _VERBS[row.rule] + (noun if row.rule is Rule.LIST else singular(noun))
    else:
        name = row.method + "".join(_words(row.path))
    numbered = chain((name,), (f"{name}{number}" for number in count(2)))
    free = next(each for each in numbered if plain(each) not in draft.ids)
    draft.ids.add(plain(free))
    put_behind(operation, ("tags",), {"operationId": free})


def describe_path(draft: Draft, row: Operation, _: ContractError) -> None:
    """Describe each parameter of a path, that of an item like its id."""
    described = {each["name"] for each in draft.parameters(row) if each["in"] == "path"}
    for name in re.findall(r"\{([^{}]+)\}", row.path):
        if name not in described:
            schema = _schema_of_id(row) if row.path.endswith(f"{{{name}}}") else None
            draft.add_parameter(
                row,
                {
                    "name": name,
                    "in": "path",
                    "required": True,
                    "schema": schema or {"type": "string"},
                },
            )


def _schema_of_id(row: Operation) -> Mapping | None:
    if row.of is None:
        return None
    if row.of.integer_ids:
        return {"type": "integer", "format": "int64"}
    return {"type": "string", "format": "uuid"}


def widen_ids(draft: Draft, row: Operation, _: ContractError) -> None:
    """Let an integer id have as many bits as JavaScript allows; generators assume 32 otherwise."""
    collection = row.collection
    item = draft.at(collection.place)
    for described in holders(draft, item, collection.id):
        schema = draft.resolved(described[collection.id])
        more = {"format": "int64", "maximum": 2**53 - 1}
        missing = {key: value for key, value in more.items() if key not in schema}
        put_behind(schema, ("type", "format", "minimum"), missing)


def widen_path(draft: Draft, row: Operation) -> None:
    """Let clients send every id that may exist."""
    if row.of is None or not row.of.integer_ids or row.objections:
        return
    for parameter in draft.parameters(row):
        schema = draft.resolved(parameter.get("schema"))
        if parameter["in"] == "path" and schema.get("type") == "integer" and "format" not in schema:
            put_behind(schema, ("type",), {"format": "int64"})


def singular(noun: str) -> str:
    for ending, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + one
    return noun.removesuffix("s") if not noun.endswith("ss") else noun


def _words(path: str) -> Iterator[str]:
    for segment in path.split("/"):
        yield ("By" if segment.startswith("{") else "") + camel(segment)


def camel(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", text)
    return "".join(word[0].upper() + word[1:] for word in words)
