"""What a change does to clients: each seeded change is judged as its direction demands."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.changes.clients import Change, Effect, changes_for_clients
from service.contract.derivation import derive
from service.contract.document import Document
from service.contract.model import Contract
from tests.changes.contracts import Json, contract, data
from tests.changes.seeded import MORE, NARROWER, PERHAPS, STRING
from tests.contracts import ALL, SIGNED_IN, TODOS, load

PLACES: dict[str, Callable[[Json], Contract]] = {
    "createThing": lambda schema: contract(create=schema),
    "changeThing": lambda schema: contract(update=schema),
}
CASES = [
    (place, name, wide, narrow, effect)
    for place in PLACES
    for cases, effect in ((NARROWER, Effect.BREAKS), (PERHAPS, Effect.MAY_BREAK))
    for name, (wide, narrow) in cases.items()
]


def worst(old: Contract, new: Contract, direction: str) -> Effect | None:
    """The worst that a change does in one direction; None if it breaks nothing."""
    effects = {each.effect for each in changes_for_clients(old, new) if each.direction == direction}
    return next((each for each in (Effect.BREAKS, Effect.MAY_BREAK) if each in effects), None)


def ids(case: Any) -> str | None:
    return case.replace(" ", "-") if isinstance(case, str) else None


@pytest.mark.parametrize(("place", "name", "wide", "narrow", "effect"), CASES, ids=ids)
def test_a_request_is_broken_by_what_is_narrower(
    place: str,
    name: str,  # noqa: ARG001
    wide: Json,
    narrow: Json,
    effect: Effect,
) -> None:
    make = PLACES[place]
    assert worst(make(wide), make(narrow), "request") is effect
    assert worst(make(narrow), make(wide), "request") is None


@pytest.mark.parametrize(
    ("place", "name", "wide", "narrow", "effect"), CASES[: len(CASES) // 2], ids=ids
)
def test_an_answer_is_broken_by_what_is_wider(
    place: str,  # noqa: ARG001
    name: str,
    wide: Json,
    narrow: Json,
    effect: Effect,
) -> None:
    """That there are more values of a list breaks a client that knows them all, and no other."""
    due = Effect.MAY_BREAK if name.startswith("enum") else effect
    assert worst(contract(shown=narrow), contract(shown=wide), "response") is due
    assert worst(contract(shown=wide), contract(shown=narrow), "response") is None


@pytest.mark.parametrize(
    ("make", "direction"),
    [(PLACES["createThing"], "request"), (lambda schema: contract(shown=schema), "response")],
    ids=["request", "response"],
)
def test_another_pattern_may_break_whoever_meets_it(
    make: Callable[[Json], Contract], direction: str
) -> None:
    one, other = (make({**STRING, "pattern": each}) for each in ("^a", "^a|b"))
    assert worst(one, other, direction) is Effect.MAY_BREAK
    assert worst(other, one, direction) is Effect.MAY_BREAK


@pytest.mark.parametrize(
    ("old", "new", "request_", "response"),
    [
        (contract(), contract(), None, None),
        (contract(), contract(more=MORE), None, None),
        (contract(more=MORE), contract(), Effect.BREAKS, Effect.MAY_BREAK),
        (contract(), contract(sent=("value",)), Effect.BREAKS, None),
        (contract(sent=("value",)), contract(), None, None),
        (contract(), contract(required=("id", "value")), None, None),
        (contract(required=("id", "value")), contract(), None, Effect.BREAKS),
        (contract(), contract(filters=("colour",)), None, None),
        (contract(filters=("colour",)), contract(), Effect.BREAKS, None),
        (contract(), contract(success="200"), None, Effect.BREAKS),
        (
            contract(),
            contract(limit={"type": "integer", "minimum": 1, "maximum": 20}),
            Effect.BREAKS,
            None,
        ),
    ],
    ids=[
        "nothing", "property-added", "property-removed", "property-required",
        "property-no-longer-required", "property-always-shown", "property-not-always-shown",
        "filter-added", "filter-removed", "success-changed", "limit-lowered",
    ],
)  # fmt: skip
def test_parts_that_come_and_go_break_whom_they_should(
    old: Contract, new: Contract, request_: Effect | None, response: Effect | None
) -> None:
    assert worst(old, new, "request") is request_
    assert worst(old, new, "response") is response


def changed(change: Callable[[Json], object]) -> Contract:
    """The small contract with its data changed."""
    values = data()
    change(values)
    return derive(Document(values))


def told(new: Contract) -> list[Change]:
    return [each for each in changes_for_clients(contract(), new) if each.effect != Effect.ADDS]


def test_an_operation_that_is_gone_breaks() -> None:
    (change,) = told(changed(lambda values: values["paths"]["/things/{id}"].pop("delete")))
    assert change == (Effect.BREAKS, "DELETE /things/{id}", "operation", "is gone")


def test_an_operation_that_is_renamed_may_break_generated_clients() -> None:
    (change,) = told(
        changed(lambda values: values["paths"]["/things"]["get"].update(operationId="things"))
    )
    assert (change.effect, change.direction) == (Effect.MAY_BREAK, "operation")


def test_a_parameter_that_has_to_be_sent_breaks() -> None:
    more = {"name": "Tenant", "in": "header", "required": True, "schema": STRING}
    (change,) = told(
        changed(lambda values: values["paths"]["/things"]["get"]["parameters"].append(more))
    )
    assert change.text == "the parameter 'Tenant' has to be sent"


def test_a_path_parameter_may_be_called_otherwise() -> None:
    def rename(values: Json) -> None:
        paths = values["paths"]
        paths["/things/{thingId}"] = paths.pop("/things/{id}")
        for operation in paths["/things/{thingId}"].values():
            operation["parameters"] = [{**operation["parameters"][0], "name": "thingId"}]

    assert told(changed(rename)) == []


def test_an_update_that_turns_to_replacing_breaks() -> None:
    def put(body: str) -> Callable[[Json], None]:
        def change(values: Json) -> None:
            paths = values["paths"]
            taken = paths["/things"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            values["components"] = {"schemas": {"Input": taken, "Other": {**taken}}}
            reference = {"$ref": "#/components/schemas/Input"}
            paths["/things"]["post"]["requestBody"]["content"]["application/json"] = {
                "schema": reference
            }
            operation = paths["/things/{id}"].pop("patch")
            schema = {"$ref": f"#/components/schemas/{body}"}
            operation["requestBody"]["content"]["application/json"] = {"schema": schema}
            paths["/things/{id}"]["put"] = operation

        return change

    found = list(changes_for_clients(changed(put("Other")), changed(put("Input"))))
    assert [each.text for each in found] == ["what an update is not sent is gone from now on"]


def test_who_has_to_say_who_they_are_breaks() -> None:
    effects = {
        each.effect for each in changes_for_clients(load(TODOS), load(SIGNED_IN))
        if each.direction == "request"
    }  # fmt: skip
    assert Effect.BREAKS in effects


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_what_stays_as_it_is_breaks_nobody(path: Any) -> None:
    assert list(changes_for_clients(load(path), load(path))) == []
