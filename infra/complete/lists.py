"""Lists that clients can read to their end."""

from infra.complete.draft import Draft, Mapping, put_behind
from infra.complete.notices import Notice
from infra.complete.schemas import holders
from service.contract.document import ContractError
from service.contract.lists import LONGEST_FILTER, MOST_ITEMS, PAGE_SIZE
from service.contract.model import Operation

_CURSOR = r"^[A-Za-z0-9_-]{32}$"


def add_cursor(draft: Draft, row: Operation, _: ContractError) -> None:
    """The parameter that takes a cursor, and the one that takes a limit."""
    names = {parameter["name"] for parameter in draft.parameters(row)} | {*row.collection.names}
    if row.page and row.page.limit is None:
        name = next(each for each in ("limit", "pageSize", "maxResults") if each not in names)
        most = MOST_ITEMS if row.page.items is None else PAGE_SIZE
        draft.add_parameter(row, _limit(name, most))
    name = next(each for each in ("cursor", "pageToken", "nextToken") if each not in names)
    draft.add_parameter(
        row,
        {
            "name": name,
            "in": "query",
            "description": "Where the page before ended, as its `Link` says",
            "schema": {"type": "string", "minLength": 32, "maxLength": 32, "pattern": _CURSOR},
        },
    )


def _limit(name: str, default: int) -> Mapping:
    bounds = {"minimum": 1, "maximum": MOST_ITEMS, "default": default}
    return {
        "name": name,
        "in": "query",
        "description": "How many items a page holds at most",
        "schema": {"type": "integer", "format": "int32", **bounds},
    }


def describe_link(draft: Draft, row: Operation, _: ContractError) -> None:
    """The header that leads to the next page (RFC 8288)."""
    response = draft.success(row)
    if "headers" not in response:
        put_behind(response, ("description",), {"headers": {}})
    response["headers"]["Link"] = draft.shared(
        "headers",
        "Link",
        {
            "description": "The next page, relative to this one (RFC 8288);"
            " absent on the last page",
            "schema": {"type": "string", "maxLength": 2000},
        },
    )


def bound_limit(draft: Draft, _: Operation, fault: ContractError) -> None:
    """From 1 to what a page holds at most."""
    schema = draft.at(fault.place)
    most = schema.get("maximum", MOST_ITEMS + 1)
    if not 1 <= most <= MOST_ITEMS:
        draft.notices[Notice.BOUND] += 1
        most = MOST_ITEMS
    behind = ("type", "format", "minimum")
    for key, value in (("minimum", 1), ("maximum", most)):
        if key in schema:
            schema[key] = value
        else:
            put_behind(schema, behind, {key: value})
    default = schema.get("default")
    if isinstance(default, int) and not 1 <= default <= most:
        schema["default"] = min(max(default, 1), most)


def bound_filter(draft: Draft, row: Operation, fault: ContractError) -> None:
    """A value that fits into the key of an index, in the item and in every body."""
    name = _name_of(draft, row, fault)
    collection = row.collection
    schemas = [draft.at(collection.place)]
    for other in draft.contract.operations.values():
        if other.of is collection:
            content = draft.body(other).get("content", {})
            schemas += [each["schema"] for each in content.values() if "schema" in each]
    for described in (each for schema in schemas for each in holders(draft, schema, name)):
        schema = draft.resolved(described[name])
        if schema.get("maxLength", LONGEST_FILTER + 1) > LONGEST_FILTER:
            draft.notices[Notice.BOUND] += 1
            if "maxLength" in schema:
                schema["maxLength"] = LONGEST_FILTER
            else:
                put_behind(schema, ("type", "minLength"), {"maxLength": LONGEST_FILTER})


def say_exactly(draft: Draft, _: Operation, fault: ContractError) -> None:
    """A filter compares for equality, and could be taken for a search."""
    parameter = draft.at(fault.place)
    said = str(parameter.get("description", "")).rstrip()
    if "xactly this" in said:  # another list refers to it, and has said it
        return
    if not said:
        put_behind(parameter, ("name", "in"), {"description": f"Exactly this {parameter['name']}"})
    elif "\n" in said:
        parameter["description"] = f"{said}\n\nExactly this {parameter['name']}.\n"
    else:
        parameter["description"] = f"{said.removesuffix('.')}; exactly this {parameter['name']}"


def _name_of(draft: Draft, row: Operation, fault: ContractError) -> str:
    """The property whose schema stands at the place of a fault."""
    item = draft.at(row.collection.place)
    at = draft.at(fault.place)
    return next(
        name
        for name in row.collection.properties
        for each in holders(draft, item, name)
        if draft.resolved(each[name]) is at
    )
