"""What `todo-api new` writes is a contract that can be read, checked and served."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.check import check, examined
from infra.complete import complete
from service.contract.document import read
from service.contract.rules import Rule
from tests.commands import call
from tests.contracts import CUSTOMERS, LIBRARY, TODOS
from tests.contracts.editions import later
from tests.new.conftest import New

GOLDEN = Path(__file__).with_name("library.yaml")
BOOKS = "books title:string! pages:integer shelf:enum(a,b)=a publishedOn:date --filter shelf"
READERS = "readers name:string(80)! email:email! website:uri? tags:string[] --filter email"

Written = Callable[[str], Path]


def test_a_new_contract_reads_as_if_somebody_had_written_it(written: Written) -> None:
    """`tests/new/library.yaml` is for a person to read whenever it changes."""
    file = written(f"library.yaml --collection {BOOKS} --collection {READERS}")
    assert file.read_text("utf-8") == GOLDEN.read_text("utf-8")


def test_two_collections_at_once_are_as_good_as_one_after_the_other(written: Written) -> None:
    file = written(f"library.yaml --title Library --collection {BOOKS}")
    assert written(f"library.yaml --collection {READERS}") == file
    at_once = written(f"other.yaml --title Library --collection {BOOKS} --collection {READERS}")
    told = "Books and readers: create", "Books: create"
    assert file.read_text() == at_once.read_text().replace(*told)


def test_json_is_the_same_contract(written: Written) -> None:
    data = json.loads(written(f"library.json --collection {BOOKS}").read_text("utf-8"))
    assert data == read(written(f"library.yaml --collection {BOOKS}")).data


@pytest.mark.parametrize("ids", ["uuid", "integer"])
@pytest.mark.parametrize("parameter", ["id", "bookId", "book_id", "isbn"])
def test_every_operation_is_answered_by_its_rule_and_nothing_is_warned_of(
    written: Written, ids: str, parameter: str
) -> None:
    options = f"--ids {ids} --id-parameter {parameter}"
    file = written(f"library.yaml {options} --collection {BOOKS}")
    contract = check(file)
    assert {row.id: row.rule for row in contract.operations.values()} == {
        "listBooks": Rule.LIST,
        "createBook": Rule.CREATE,
        "getBook": Rule.GET,
        "updateBook": Rule.MERGE,
        "deleteBook": Rule.DELETE,
    }
    assert examined(file).warnings == ()
    (collection,) = contract.collections.values()
    assert collection.integer_ids == (ids == "integer")
    assert collection.id == ("isbn" if parameter == "isbn" else "id")


def test_complete_has_nothing_to_add(written: Written) -> None:
    document = read(written(f"library.yaml --collection {BOOKS} --collection {READERS}"))
    assert complete(document, concurrency=True, answers=True).data == document.data


# -- added to what is there ----------------------------------------------------------------------


@pytest.mark.parametrize("file", [TODOS, CUSTOMERS, LIBRARY], ids=lambda file: file.stem)
def test_what_is_there_stays_line_by_line(new: New, tmp_path: Path, file: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_bytes(file.read_bytes())
    before = check(own).operations.keys()
    assert new("own.yaml --collection orders title:string! paid:boolean=false").returncode == 0
    lines = iter(own.read_text("utf-8").splitlines())
    assert [line for line in file.read_text("utf-8").splitlines() if line not in lines] == []
    assert len(check(own).operations) == len(before) + 5
    document = read(own)
    assert complete(document).data == document.data


def test_what_all_collections_share_is_used_and_not_written_twice(written: Written) -> None:
    first = read(written(f"library.yaml --collection {BOOKS}")).data["components"]
    both = read(written(f"library.yaml --collection {READERS}")).data["components"]
    for kind, components in both.items():
        own = {name for name in components if name.startswith("Reader")}
        assert components.keys() - own == first[kind].keys()


def test_a_problem_of_another_name_is_used(new: New, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(LIBRARY.read_bytes())
    new("own.yaml --collection orders title:string!")
    components = read(tmp_path / "own.yaml").data["components"]
    assert {"Problem", "Fault"} & components["schemas"].keys() == set()
    content = components["responses"]["NotFound"]["content"]["application/problem+json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Failure"}


def test_a_parameter_that_means_something_else_is_left_alone(new: New, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    text = TODOS.read_text("utf-8")
    narrow = text.replace("pattern: '^[!-~]+$'", "pattern: '^[a-z]+$'")
    own.write_text(narrow)
    new("own.yaml --collection orders title:string!")
    assert "IdempotencyKey2:" in own.read_text("utf-8")


def test_names_that_are_taken_get_a_number(written: Written) -> None:
    file = written("library.yaml --collection books title:string! input:string page:integer")
    written("library.yaml --collection book-inputs title:string!")
    contract = check(file)
    assert "createBookInput" in contract.operations
    schemas = contract.document.data["components"]["schemas"]
    assert {"BookInput", "BookInputValue", "BookPage", "BookPageValue", "BookInput2"} <= {*schemas}


def test_a_contract_in_openapi_3_1_gets_its_own_words_for_null(new: New, tmp_path: Path) -> None:
    own = later(TODOS, tmp_path)
    new(f"{own.name} --collection orders title:string! note:text? size:enum(s,m)?")
    schemas = read(own).data["components"]["schemas"]
    assert schemas["OrderNote"]["type"] == ["string", "null"]
    assert schemas["OrderSize"]["enum"] == ["s", "m", None]
    assert len(check(own).operations) == 10


def test_a_contract_without_paths_gets_its_first_ones(new: New, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "components": {}}')
    new("own.json --collection orders title:string!")
    assert len(check(own).operations) == 5


def test_whoever_adds_is_told_what_speaks_of_other_items(new: New, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(TODOS.read_bytes())
    told = new("own.yaml --collection orders title:string!").stdout
    assert "components/responses/NotFound speaks of other items: There is no such" in told
    assert "BadRequest speaks" not in told
    assert "todo-api check own.yaml" in told
    again = new("own.yaml --collection bills title:string!").stdout
    assert "components/responses/NotFound" in again


def test_whoever_adds_is_told_where_nobody_has_to_sign_in(new: New, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    data = read(LIBRARY).data
    data["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "K"}}
    data["paths"]["/books"]["get"]["security"] = [{"key": []}]
    own.write_text(json.dumps(data))
    assert (
        "Nobody has to sign in for /orders" in new("own.json --collection orders a:string").stdout
    )


# -- refused -------------------------------------------------------------------------------------

REFUSED = {
    "a.yaml --collection books title:str!": "no type 'str'",
    "a.yaml --collection books title": "Write NAME:TYPE",
    "a.yaml --collection books 9lives:string": "not a name of a property",
    "a.yaml --collection books": "'books' has no property",
    "a.yaml --collection my/books title:string": "not a name of a collection",
    "a.yaml --collection ping title:string": "API Gateway answers /ping itself",
    "a.yaml --collection docs title:string": "the reference stands at /docs/",
    "a.yaml --collection books title:string title:text": "stands there twice",
    "a.yaml --collection books due_at:date dueAt:date": "stands there twice",
    "a.yaml --collection books id:string": "written by the service",
    "a.yaml --collection books createdAt:date-time": "written by the service",
    "a.yaml --collection books limit:integer": "what every list takes",
    "a.yaml --collection books title:string --filter author": "There are title",
    "a.yaml --collection books tags:string[] --filter tags": "several values",
    "a.yaml --collection books price:number --filter price": "no filter can compare",
    "a.yaml --collection books notes:text --filter notes": "too long to filter by",
    "a.yaml --collection books note:string? --filter note": "may be null",
    "a.yaml --filter note --collection books note:string": "goes behind the --collection",
    "a.yaml --collection books password:string!": "keep only a hash",
    "a.yaml --collection books title:string!=x": "need not be sent",
    "a.yaml --collection books pages:integer=many": "is not of type integer",
    "a.yaml --collection books stars:integer(1,5)=6": "the default must be at most 5",
    "a.yaml --collection books stars:integer(5,1)": "the least and the most",
    "a.yaml --collection books shelf:enum()": "name the values",
    "a.yaml --collection books shelf:enum(a,a)": "stands there twice",
    "a.yaml --collection books shelf:enum(a,b)=c": "the default must be",
    "a.yaml --collection books due:date(5)": "nothing in brackets",
    "a.yaml --collection books title:string(0)": "characters it has at most",
    "a.yaml --collection books t:string --collection books t:string": "is asked for twice",
    "a.yaml --id-parameter book-id --collection books t:string": "not a name of a path parameter",
    "a.yaml --collection books " + " ".join(f"p{n}:integer" for n in range(20))
    + " --filter " + " ".join(f"p{n}" for n in range(20)): "more indexes than a table has",
    "a.txt --collection books title:string": "has to end in .yaml, .yml and .json",
    "no/a.yaml --collection books title:string": "There is no folder no",
}  # fmt: skip


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_made_is_told_and_nothing_is_written(
    new: New, tmp_path: Path, arguments: str
) -> None:
    ended = new(arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert REFUSED[arguments] in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("openapi: [", "Not well-formed YAML"),
        ("", "The file holds no mapping"),
        ("swagger: '2.0'\ninfo: {title: x, version: '1'}\npaths: {}", "Convert it"),
        ("openapi: 3.0.3\npaths: {}", '"info" is a required property'),
        ("openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {/books: {}}", "already"),
        ("openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {'/books/{b}': {}}", "already"),
    ],
)
def test_a_file_that_cannot_be_added_to_stays_as_it_is(
    new: New, tmp_path: Path, content: str, reason: str
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(content)
    ended = new("own.yaml --collection books title:string!")
    assert ended.returncode in (1, 2)
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr
    assert own.read_text() == content


def test_a_title_is_for_a_new_file(new: New, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(TODOS.read_bytes())
    ended = new("own.yaml --title Mine --collection orders title:string!")
    assert (ended.returncode, "which stays" in ended.stderr) == (2, True)


def test_a_folder_that_takes_no_file_is_told(new: New, tmp_path: Path) -> None:
    (tmp_path / "taken.yaml").mkdir()
    ended = new("taken.yaml --collection orders title:string!")
    assert (ended.returncode, "Is a directory" in ended.stderr) == (1, True)


def test_the_help_teaches_by_examples_that_work(tmp_path: Path) -> None:
    """Each is run as it stands there."""
    told = call("new", "--help", cwd=tmp_path).stdout.replace("\n" + " " * 25, " ")
    lines = [shlex.split(line) for line in told.splitlines() if line.startswith("  todo-api new ")]
    assert len(lines) == 4
    for _, *arguments in lines:
        arguments = arguments[: next((i for i, a in enumerate(arguments) if a == "added"), None)]
        ended = call(*arguments, cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, ""), arguments
    for file in tmp_path.iterdir():
        check(file)
