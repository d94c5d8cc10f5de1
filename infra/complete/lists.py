"""Lists that clients can read to their end."""

from infra.complete.draft import Draft, Mapping, put_behind, refers_beside
from infra.complete.notices import Notice
from infra.complete.schemas import holders
from service.contract.document import ContractError
from service.contract.lists import LONGEST_FILTER, MOST_ITEMS, PAGE_SIZE
from service.contract.model import Operation

_CURSOR = r"^[A-Za-z0-9_-]{32}$"


def add_cursor(draft: Draft, row: Operation, _: ContractError) -> None:
    """Add the parameter for a cursor, and the one for a limit."""
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
    """Describe the header with the link to the next page (RFC 8288)."""
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


def bound_limit(draft: Draft, row: Operation, fault: ContractError) -> None:
    """Bound the limit from 1 to the most that a page holds."""
    at = draft.at(fault.place)
    asked = [each for each in draft.parameters(row) if draft.resolved(each.get("schema")) is at]
    most = at.get("maximum", MOST_ITEMS + 1)
    if not 1 <= most <= MOST_ITEMS:
        draft.notices[Notice.BOUND] += 1
        most = MOST_ITEMS
    for schema in _bounded_here(draft, asked, "schema") or [at]:
        put_behind(schema, ("type", "format", "allOf"), {"minimum": 1})
        put_behind(schema, ("minimum",), {"maximum": most})
        default = at.get("default")
        if isinstance(default, int) and not 1 <= default <= most:
            schema["default"] = min(max(default, 1), most)


def bound_filter(draft: Draft, row: Operation, fault: ContractError) -> None:
    """Bound a filter's values, so that they fit into an index's key, in the item and every body."""
    name = _name_of(draft, row, fault)
    collection = row.collection
    schemas = [draft.at(collection.place)]
    for other in draft.contract.operations.values():
        if other.of is collection:
            content = draft.body(other).get("content", {})
            schemas += [each["schema"] for each in content.values() if "schema" in each]
    described = [each for schema in schemas for each in holders(draft, schema, name)]
    for schema in _bounded_here(draft, described, name):
        if schema.get("maxLength", LONGEST_FILTER + 1) > LONGEST_FILTER:
            draft.notices[Notice.BOUND] += 1
            put_behind(schema, ("type", "minLength", "allOf"), {"maxLength": LONGEST_FILTER})


def _bounded_here(draft: Draft, holding: list[Mapping], key: str) -> list[Mapping]:
    """The schemas to bound below a key; if others use a reference, the one beside it."""
    known = [each[key] for each in holding]
    references = {each["$ref"] for each in known if "$ref" in each}
    if any(refers_beside(draft, reference, known) for reference in references):
        for each in holding:
            if "$ref" in each[key]:
                each[key] = {"allOf": [each[key]]}
    return [draft.resolved(each[key]) for each in holding]


def say_exactly(draft: Draft, _: Operation, fault: ContractError) -> None:
    """Say that a filter compares for equality, as it could be taken for a search."""
    parameter = draft.at(fault.place)
    said = str(parameter.get("description", "")).rstrip()
    if "xactly this" in said:  # another list uses the same parameter, and has added it
        return
    if not said:
        put_behind(parameter, ("name", "in"), {"description": f"Exactly this {parameter['name']}"})
    elif "\n" in said:
        parameter["description"] = f"{said}\n\nExactly this {parameter['name']}.\n"
    else:
        parameter["description"] = f"{said.removesuffix('.')}; exactly this {parameter['name']}"


def _name_of(draft: Draft, row: Operation, fault: ContractError) -> str:
    """The property whose schema is at the pointer of a fault."""
    item = draft.at(row.collection.place)
    at = draft.at(fault.place)
    return next(
        name
        for name in row.collection.properties
        for each in holders(draft, item, name)
        if draft.resolved(each[name]) is at
    )
