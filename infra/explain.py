"""Explain: one page for an operation, from its lines in the contract to what a call costs."""

from collections.abc import Iterator

from infra.capacity import Kept, example_kept, largest_kept
from infra.deploy.template import alarms
from infra.gateway.import_document import body_constraints
from infra.prices import AS_OF
from infra.units import cost, moving, sizes, units, units_of
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.contract.security import Kind
from service.stores.layout import BY_CREATED, index_name
from service.stores.shards import index_in

_CALLS = 1_000_000
_ACTIONS = {
    Rule.LIST: "Query",
    Rule.CREATE: "PutItem",
    Rule.GET: "GetItem",
    Rule.REPLACE: "UpdateItem",
    Rule.MERGE: "UpdateItem",
    Rule.DELETE: "DeleteItem",
}


def explained(contract: Contract, operation: Operation, file: str, shards: int = 1) -> str:
    """The page that explains an operation, with so many shards of each list."""
    document = contract.document
    head = f"{operation.id}: {operation.method.upper()} {operation.path}"
    lines = [f"{head}  ({file}:{document.line(operation.place)})"]
    if summary := document.at(operation.place).get("summary"):
        lines.append(f"  {summary}")
    for title, told in _parts(contract, operation, shards):
        lines += ["", title, *(f"  {each}" for each in told)]
    return "\n".join(lines) + "\n"


def _parts(
    contract: Contract, operation: Operation, shards: int
) -> Iterator[tuple[str, list[str]]]:
    yield "Answered by", [_answered_by(operation)]
    yield "May be called by", [_callers(operation)]
    yield "Answers", [_answers(operation)]
    yield from _checks(contract, operation)
    if operation.is_derived:
        yield "In the table", list(_table(contract, operation, shards))
    yield "Alarms that look at it", list(_alarms(operation))
    yield f"A million calls cost at most ({AS_OF})", list(_costs(contract, operation, shards))


def _answered_by(operation: Operation) -> str:
    if operation.function is not None:
        return f"the function {operation.function.__name__}"
    return f"the rule {operation.rule.value}" if operation.rule else "nothing: it wants a function"


def _callers(operation: Operation) -> str:
    access = operation.access
    who = {
        None: "anybody",
        Kind.PERSON: "people who signed in",
        Kind.SERVICE: "services with AWS credentials",
    }[access.caller]
    scopes = f", with {' and '.join(access.scopes)}" if access.scopes else ""
    key = ", in an application with a key" if access.key else ""
    own = operation.of is not None and operation.of.owned and operation.is_derived
    return f"{who}{scopes}{key}{', each for their own items' if own else ''}"


def _answers(operation: Operation) -> str:
    return f"{operation.success}; problems {', '.join(map(str, operation.problems))}"


def _checks(contract: Contract, operation: Operation) -> Iterator[tuple[str, list[str]]]:
    required = [each.name for each in operation.parameters if each.required]
    there = [f"{name} is there" for name in required]
    checks: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for of, each in body_constraints(contract):
        if of.id == operation.id:
            where = "the body" if each.place == "/" else each.place
            checks[each.at_gateway][f"{where}: {each.text}"] = None
    at_gateway, service = [*checks[True]], [*checks[False]]
    parameters = [each.name for each in (*operation.parameters, *operation.undeclared)]
    if parameters:
        service.insert(0, f"what stands in {', '.join(parameters)}")
    yield "Checked by the gateway, and by the service again", [*there, *at_gateway] or ["nothing"]
    yield "Checked by the service alone", service or ["nothing"]


def _table(contract: Contract, operation: Operation, shards: int) -> Iterator[str]:
    rule = operation.rule
    if rule is None:
        return
    resource = "its indexes" if rule is Rule.LIST else "the table"
    yield f"{_calls(rule, shards)}; IAM: dynamodb:{_ACTIONS[rule]} on {resource}"
    yield from _indexes(operation, shards)
    example = example_kept(contract, operation.collection)
    largest = largest_kept(contract, operation.collection)
    if largest is None:
        yield "units: unknown, as nothing creates items whose size the contract tells"
        return
    kind = "read" if rule in (Rule.LIST, Rule.GET) else "write"
    if example is not None:
        yield f"{kind} units with the contract's example: {_numbers(operation, example, shards)}"
    size = f"the largest item, {largest.units} KB"
    yield f"{kind} units with {size}: {_numbers(operation, largest, shards)}"


def _calls(rule: Rule, shards: int) -> str:
    if rule is Rule.LIST and shards > 1:
        return f"{shards} Queries at once, and rarely some of them again"
    return f"one {_ACTIONS[rule]}"


def _numbers(operation: Operation, item: Kept, shards: int) -> str:
    """The units of one call, in words."""
    if operation.rule is Rule.LIST:
        found = {
            n: units_of(operation, item, count=n, shards=shards).read for n in sizes(operation)
        }
        return ", ".join(f"{each:g} for a page of {n}" for n, each in found.items())
    least, most = (units_of(operation, item, moved) for moved in (0, None))
    changed = f", {most.write:g} if every filter's value changes" if most != least else ""
    return f"{least.read or least.write:g}{changed}"


def _indexes(operation: Operation, shards: int) -> Iterator[str]:
    filters = {name: index_in(shards, index_name(name)) for name in operation.collection.filters}
    every = index_in(shards, BY_CREATED)
    if operation.rule is Rule.LIST:
        yield f"reads {every}, from the newest item on"
        yield from (f"with the filter {name}: reads {index}" for name, index in filters.items())
        if len(filters) > 1:
            yield "with several filters: the index of the first, and the rest filters what it reads"
    elif operation.rule is not Rule.GET:
        yield f"writes {', '.join([every, *filters.values()])}"
        for name in moving(operation):
            yield f"twice to {filters[name]} if the filter's value changes"


def _alarms(operation: Operation) -> Iterator[str]:
    uses_table = operation.is_derived or operation.function is not None
    for name, (namespace, text) in alarms().items():
        if namespace != "AWS/DynamoDB" or uses_table:
            yield f"{name}: {text.partition('. ')[0]}."


def _costs(contract: Contract, operation: Operation, shards: int) -> Iterator[str]:
    calls = cost(contract, operation, _CALLS, shards)
    yield f"{calls.dollars:.2f} dollars: " + ", ".join(
        f"{name} {price:.2f}" for name, price in calls.parts.items()
    )
    if shards > 1 and operation.rule is Rule.LIST:
        yield "and a little more for pages that query some shards again"
    if not (operation.is_derived and units(contract, operation)):
        yield "and what its function does with the table"
