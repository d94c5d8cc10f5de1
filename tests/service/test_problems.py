"""Every error is a problem, and every problem stands in the contract."""

from typing import Any

import pytest

import service.stores.dynamodb
import service.stores.sqlite  # noqa: F401 - so that FACTS has every store's own
from service import functions, problems, stores
from service.contract.document import Place
from service.contract.schemas import schema_at
from service.problems import KINDS, Kind, Problem, body_of, problem_of, sample
from tests.client import Client
from tests.closed import response_place
from tests.contracts import ALL, TODOS, load

PROBLEM_JSON = "application/problem+json"


def subclasses(kind: type[Exception]) -> list[type[Exception]]:
    return [each for child in kind.__subclasses__() for each in (child, *subclasses(child))]


FACTS = subclasses(stores.StoreError)


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_of_a_store_is_a_problem_of_its_own(fact: type[Exception]) -> None:
    problem = problem_of(fact.__new__(fact))
    assert problem.kind is not problems.INTERNAL_ERROR


@pytest.mark.parametrize("fact", FACTS)
def test_a_narrower_fact_is_told_as_the_one_that_it_is_a_case_of(fact: type[Exception]) -> None:
    narrow = type("Narrow", (fact,), {})
    narrower: type[Exception] = type("Narrower", (narrow,), {})
    known, found = problem_of(fact.__new__(fact)), problem_of(narrower.__new__(narrower))
    assert (found.kind, found.headers) == (known.kind, known.headers)


@pytest.mark.parametrize("told", subclasses(Problem))
def test_a_problem_is_told_as_itself(told: type[Problem]) -> None:
    problem = told.__new__(told)
    assert problem_of(problem) is problem


def test_whatever_else_is_raised_is_a_500_that_says_nothing_of_it() -> None:
    problem = problem_of(ValueError("secret"))
    assert problem.kind.status == 500
    assert b"secret" not in body_of(problem)


@pytest.mark.parametrize("status", [400, 404, 405, 412, 413, 415, 422, 429, 500, 503])
def test_the_contract_shows_an_example_of_every_problem_as_it_is_sent(status: int) -> None:
    examples = list(_examples(load(TODOS).document.data["components"]["responses"]))
    kind = next(kind for kind in KINDS if kind.status == status)
    example = next(each for each in examples if each["status"] == status)
    assert example["type"] == f"urn:problem-type:{kind.name}"
    assert example["title"] == kind.title
    if status not in (400, 405):
        assert example == sample(status) | {"detail": kind.detail}


def _examples(responses: dict[str, Any]) -> Any:
    for response in responses.values():
        yield response["content"]["application/problem+json"]["example"]


def test_unavailable_says_when_to_come_back() -> None:
    problem = problem_of(stores.StoreUnavailable())
    assert problem.headers == {"Retry-After": "1"}


def test_a_problem_tells_every_fault_of_path_query_header_and_body_at_once(todos: Client) -> None:
    key = "x" * 256
    reply = todos.post("/todos?limit=1", {"title": "x" * 201, "completed": 1}, idempotency_key=key)
    places = [error.get("pointer") or (error["part"], error["name"]) for error in reply.errors]
    assert places == [("header", "Idempotency-Key"), ("query", "limit"), "/title", "/completed"]
    reply = todos.put("/todos/nothing", {"description": 1}, if_match="é")
    places = [error.get("pointer") or (error["part"], error["name"]) for error in reply.errors]
    assert places == [("path", "id"), ("header", "If-Match"), "/description"]


def test_a_problem_quotes_nothing_of_a_request_but_names(todos: Client) -> None:
    reply = todos.post("/todos", {"title": "secret" * 100, "completed": "secret"})
    assert reply.status == 400
    assert "secret" not in reply.body


def test_thousands_of_faults_make_a_small_answer(todos: Client) -> None:
    reply = todos.post("/todos", {f"p{i}": i for i in range(4000)})
    assert reply.status == 400
    assert len(reply.errors) == 100


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_problem_that_is_sent_satisfies_the_contracts_schema(path: Any, kind: Kind) -> None:
    contract = load(path)
    for operation in contract.operations.values():
        place: Place = ("paths", operation.path, operation.method, "responses")
        place = response_place(contract.document, place, kind.status)
        schema = schema_at(contract.document, (*place, "content", PROBLEM_JSON, "schema"))
        assert not list(schema.faults(sample(kind.status)))


def test_every_problem_class_is_a_kind_of_the_catalogue() -> None:
    """Save those of functions, which bring kinds of their own."""
    for kind in set(subclasses(Problem)) - set(subclasses(functions.Problem)):
        assert getattr(kind, "kind", None) in KINDS
