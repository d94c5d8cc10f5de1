"""Functions are held against the contract before anything is served."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.check import Refused, check, told_faults
from infra.skeletons import skeleton, skeletons
from service.binding import Unserved, bind
from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.model import Contract, Operation
from service.loading import NAME, load
from tests.contracts import ACTIONS, ROOT

GOOD = ACTIONS.with_suffix(".py").read_text("utf-8")

Bound = Callable[..., Contract]


@pytest.fixture
def bound(tmp_path: Path) -> Bound:
    """The example with functions of one's own. Raises Unserved."""

    def bound(functions: str, change: Callable[[Any], None] = lambda _: None) -> Contract:
        data = read(ACTIONS).data
        change(data)
        file = tmp_path / "requests.json"
        file.write_text(json.dumps(data))
        file.with_suffix(".py").write_text(functions)
        return bind(derive(read(file)), load(file))

    return bound


def parameters(data: Any, name: str) -> Any:
    path = {"completeTodo": "/todos/{id}/complete", "health": "/health"}[name]
    operation = next(iter(data["paths"][path].values()))
    return operation.setdefault("parameters", [])


def test_functions_are_put_to_the_rows_of_their_operations(bound: Bound) -> None:
    rows = bound(GOOD).operations
    by = {each.id: each.function.__name__ for each in rows.values() if each.function}
    assert by == {
        "health": "health",
        "clearTodos": "clear_todos",
        "completeTodo": "complete_todo",
    }
    assert [each.id for each in rows.values() if each.is_derived] == [
        *("listTodos", "createTodo", "getTodo", "deleteTodo")
    ]


@pytest.mark.parametrize(
    ("functions", "told"),
    [
        ("def helth(): return {}", "helth names no operation. Call it health, or, if it is a"),
        ("async def health(): return {}", "health is async, and nothing waits. Write plain def."),
        ("def health(): yield 1", "health yields. Return one value."),
        ("def health(*names): return {}", "health: *names cannot be called by name."),
        (
            "def health(name): return {}",
            "health: there is no 'name' to take. Take todos or caller.",
        ),
        ("def health(derived): return {}", "health: there is no 'derived' to take."),
        ("def health() -> int: return 1", "health answers 200 with object. Correct its return"),
        ("def health() -> None: pass", "health answers 200 with object."),
        ("def health(todos: str): return {}", "health: 'todos' is of type Items. Correct its"),
        ("def health(x: 'No'): return {}", "The types of health cannot be read: name 'No' is not"),
        ("def complete_todo(id: int): ...", "complete_todo: 'id' is a JSON string. Correct its"),
        ("def complete_todo(if_match): ...", "complete_todo: 'if_match' may be left out. Give it"),
        ("def create_todo(body: str): ...", "create_todo: 'body' is a JSON object. Correct its"),
        ("def delete_todo(id: str) -> Item: ...", "delete_todo answers 204 with nothing."),
        ("class Late(Problem): status = 409", "Late has the status 409 and the name 'internal-e"),
        (
            "class Late(Problem): status, name, title = 200, 'late', 'Late'",
            "Late has the status 200 and the name 'late'. Give it a status from 400 to 599",
        ),
    ],
)
def test_a_function_that_does_not_fit_is_refused_with_its_line(
    bound: Bound, functions: str, told: str
) -> None:
    with pytest.raises(Unserved) as refusal:
        bound(f"{GOOD}\n\n{functions}\n")
    line = GOOD.count("\n") + 3
    assert any(str(each).startswith(f"requests.py:{line}: {told}") for each in refusal.value.faults)


@pytest.mark.parametrize(
    ("functions", "line", "told"),
    [
        ("import json\n1 / 0\n", 2, "It cannot be loaded: ZeroDivisionError: division by zero."),
        ("def health(:\n", 1, "SyntaxError: invalid syntax."),
        ("\nimport no_such_library\n", 2, "ModuleNotFoundError: No module named 'no_such_library'"),
        ("import sys\n\nsys.exit(1)\n", 3, "It cannot be loaded: SystemExit: 1."),
    ],
)
def test_what_cannot_be_loaded_is_one_fault_with_its_line(
    bound: Bound, functions: str, line: int, told: str
) -> None:
    with pytest.raises(Unserved) as refusal:
        bound(functions)
    (fault,) = refusal.value.faults
    assert str(fault).startswith(f"requests.py:{line}: ")
    assert told in str(fault)


def test_two_parameters_with_one_name_are_refused_where_a_function_takes_it(bound: Bound) -> None:
    def add(data: Any) -> None:
        parameters(data, "completeTodo").append(
            {"name": "ID", "in": "query", "schema": {"type": "string"}}
        )

    with pytest.raises(Unserved, match="'id' is both id and ID"):
        bound(GOOD, add)


@pytest.mark.parametrize(
    ("id", "function"),
    [
        ("tellHealth", "tell_health"),
        ("service.tell-health", "tell_health"),
        ("getHTTPStatus", "get_http_status"),
        ("import", "import_"),
        ("2ndHealth", "n2nd_health"),
    ],
)
def test_a_function_has_its_operation_s_name_in_snake_case(
    bound: Bound, id: str, function: str
) -> None:
    def rename(data: Any) -> None:
        data["paths"]["/health"]["get"]["operationId"] = id

    assert bound(GOOD.replace("def health", f"def {function}"), rename).operations[id].function


def test_names_that_end_alike_are_told_apart_by_all_of_them(bound: Bound) -> None:
    def rename(data: Any) -> None:
        data["paths"]["/health"]["get"]["operationId"] = "service.clear"
        data["paths"]["/todos/clear"]["post"]["operationId"] = "todos.clear"

    functions = GOOD.replace("def health", "def service_clear").replace(
        "def clear_todos", "def todos_clear"
    )
    rows = bound(functions, rename).operations
    assert rows["service.clear"].function
    assert rows["todos.clear"].function


def test_an_operation_without_rule_and_function_is_refused(bound: Bound) -> None:
    with pytest.raises(Unserved) as refusal:
        bound(GOOD.replace("def health", "def _health"))
    assert [each.place for each in refusal.value.faults] == [("paths", "/health", "get")]


def test_a_contract_called_as_a_library_is_leaves_the_library_alone(bound: Bound) -> None:
    """It is loaded from its path, under a name of its own."""
    import requests

    assert bound(GOOD).operations["health"].function
    assert sys.modules["requests"] is requests
    assert sys.modules[NAME].__file__ != requests.__file__


def test_functions_may_be_a_folder_with_modules_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "api"
    folder.mkdir()
    (tmp_path / "api.json").write_text(json.dumps(read(ACTIONS).data))
    (folder / "todos.py").write_text(GOOD)
    (folder / "__init__.py").write_text("from .todos import clear_todos, complete_todo, health\n")
    contract = bind(derive(read(tmp_path / "api.json")), load(tmp_path / "api.json"))
    assert contract.operations["completeTodo"].function
    (folder / "todos.py").write_text(f"{GOOD}\n1 / 0\n")
    with pytest.raises(Unserved, match=rf"todos.py:{GOOD.count(chr(10)) + 2}: It cannot be loaded"):
        bind(derive(read(tmp_path / "api.json")), load(tmp_path / "api.json"))


def test_a_file_and_a_folder_of_functions_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("")
    (tmp_path / "api.py").write_text("")
    functions = load(tmp_path / "api.yaml")
    assert functions
    assert "Keep one of them." in str(functions.faults[0])


def test_check_tells_the_line_of_the_functions(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(ACTIONS.read_text("utf-8"))
    file.with_suffix(".py").write_text(f"{GOOD}\n\ndef helth() -> None: ...\n")
    with pytest.raises(Refused) as refusal:
        check(file)
    line = GOOD.count("\n") + 3
    expected = f"{file.with_suffix('.py')}:{line}: helth names no operation."
    assert told_faults(file, refusal.value.report).startswith(expected)


# -- skeletons -----------------------------------------------------------------------------------


def unwritten(contract: Contract) -> list[Operation]:
    return [each for each in contract.operations.values() if not each.has_rule]


def test_skeletons_pass_mypy_as_they_are(tmp_path: Path) -> None:
    contract = derive(read(ACTIONS))
    everything = [*contract.operations.values()]
    file = tmp_path / "pasted.py"
    file.write_text(skeletons(everything, contract))
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(file)]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Success"), file.read_text("utf-8") + done.stdout
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "E,F,I,UP", str(file)]
    assert subprocess.run(ruff, check=False).returncode == 0


def test_each_skeleton_stands_alone_and_is_bound(bound: Bound) -> None:
    contract = derive(read(ACTIONS))
    for each in unwritten(contract):
        alone = skeleton(each, contract)
        others = [other for other in unwritten(contract) if other is not each]
        assert bound(alone + skeletons(others, contract)).operations[each.id].function


def test_a_skeleton_has_types_for_what_it_takes_and_answers() -> None:
    contract = derive(read(ACTIONS))
    text = skeleton(contract.operations["completeTodo"], contract)
    head = "def complete_todo(id: str, todos: Items, if_match: str | None = None) -> Item:\n"
    assert head in text
    text = skeleton(contract.operations["createTodo"], contract)
    assert "class CreateTodoBody(TypedDict):\n    title: str\n" in text
    assert "body: CreateTodoBody, todos: Items, idempotency_key: str | None = None" in text


def test_a_type_that_holds_itself_is_written_once() -> None:
    data = read(ACTIONS).data
    data["components"]["schemas"]["Health"]["properties"]["parts"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Health"},
    }
    data["components"]["schemas"]["Health"]["properties"]["due-date"] = {"type": "string"}
    contract = derive(Document(data))
    text = skeleton(contract.operations["health"], contract)
    assert '"parts": NotRequired[list["HealthAnswer"]]' in text
    assert '"due-date": NotRequired[str]' in text
