"""The house as a whole: who may import whom, and what the code may not know."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.contracts import CUSTOMERS, ROOT, TODOS, load
from tests.imports import COMPUTED, Import, imports_of, module_of


@dataclass(frozen=True)
class Room:
    """Modules of one folder. `.` is the folder's own `__init__.py`.

    Each may import the rows above its own, and what the room `sees` of the others, where `a.*`
    is every module of the room `a`. For types alone, under `if TYPE_CHECKING`, it may know
    `types` as well.
    """

    folder: str
    rows: str
    sees: str = ""
    types: str = ""
    loads: bool = False
    """Whether it loads what is no part of the house."""

    @property
    def order(self) -> dict[str, int]:
        """The row of each module, counted from the top."""
        rows = self.rows.strip().splitlines()
        return {self._full(name): row for row, names in enumerate(rows) for name in names.split()}

    def _full(self, name: str) -> str:
        return self.folder if name == "." else f"{self.folder}.{name}"

    def may(self, module: str, name: str, for_types: bool) -> bool:
        order = self.order
        if name in order:
            return order[name] < order[module]
        seen = {name, f"{name.rpartition('.')[0]}.*"} & {*self.sees.split()}
        if name == COMPUTED:
            return self.loads
        return bool(seen) or (for_types and name in self.types.split())


HOUSE = [
    Room(
        "service.stores",
        """
        .
        attributes fingerprints merge
        layout
        limits shards
        sizes connections signature sqlite_file
        client
        dynamodb sqlite
        sharded
        """,
    ),
    Room(
        "service.contract",
        """
        document paths rules
        numbers parts security view
        owners schemas
        item_schemas model
        headers
        stated
        lists
        collections
        derivation
        """,
        sees="service.problems service.stores service.stores.limits",
    ),
    Room("service", "loading", sees="service.contract.*", loads=True),
    Room(
        "service",
        """
        problems cors ids signatures
        bodies call cursors preconditions records
        callers functions operations routing
        validation
        hints
        matching invocation
        binding
        application wsgi
        proxy
        """,
        sees="service.contract.* service.loading service.stores service.stores.fingerprints"
        " service.stores.limits",
    ),
    Room(
        "service",
        "lambda_function",
        sees="service.application service.binding service.cors service.contract.* service.proxy"
        " service.loading service.stores service.stores.client service.stores.dynamodb"
        " service.stores.sharded service.stores.sqlite",
    ),
    Room(
        "infra",
        """
        console exits naming portability provider servers
        access page published
        site
        """,
        sees="infra.new.words service.contract.*",
    ),
    Room(
        "infra",
        "capacity",
        sees="service.contract.* service.problems service.stores service.stores.layout"
        " service.stores.limits",
    ),
    Room(
        "infra.edits",
        """
        diff nodes
        json_nodes style
        changes
        .
        """,
        sees="service.contract.*",
    ),
    Room("infra.package.standins", "docstring jsonschema local typing_extensions unused"),
    Room(
        "infra.complete",
        """
        notices
        draft
        problems preconditions schemas sign_in
        bodies lists operations
        answers
        .
        """,
        sees="infra.edits service.contract.* service.problems",
    ),
    Room(
        "infra.prove",
        """
        exchanges model samples subjects orders
        connection described steps tags
        calls journal meanings
        knowledge
        lists
        play
        races script shrinking
        prover
        """,
        sees="service.contract.* service.stores",
    ),
    Room("infra", "beside", sees="service.loading"),
    Room(
        "infra.new",
        """
        fields words
        sentences
        collection
        shared
        contract
        """,
        sees="infra.edits service.contract.* service.problems",
    ),
    Room(
        "infra.package",
        """
        data runtimes
        libraries
        .
        """,
        sees="infra.package.standins.* service.application service.contract.*",
    ),
    Room(
        "infra.gateway",
        """
        evaluated gateway_problems identity lines patterns responses secrets security_schemes
        throttle usage workers
        allowlist credentials groups imported issuer keys models protocol tokens
        import_document signatures
        authorizers
        event
        claims local
        """,
        sees="infra.site service.contract.* service.cors service.problems service.stores"
        " service.stores.limits",
        types="service.proxy",
    ),
    Room(
        "infra.sign_in",
        """
        people prefix signing_key
        pages tokens
        codes sign_in_request
        sign_in
        """,
        sees="infra.gateway.local infra.gateway.responses infra.gateway.secrets service.problems",
    ),
    Room(
        "infra.aws",
        """
        account pauses stage
        artifacts boundary buckets cloudformation drift encryption function pools tables
        indexes search
        outputs
        logs
        """,
        sees="infra.console service.stores.layout",
    ),
    Room("infra", "data", sees="service.contract.model"),
    Room("infra", "inclusion"),
    Room(
        "infra",
        """
        prices
        units
        sharding
        """,
        sees="infra.capacity service.contract.* service.stores.limits service.stores.merge"
        " service.stores.shards",
    ),
    Room(
        "infra.changes",
        """
        narrowing
        bill clients stage
        report
        """,
        sees="infra.gateway.import_document infra.inclusion infra.prices infra.units"
        " service.contract.* service.stores.shards",
    ),
    Room(
        "infra.kept",
        """
        judgement
        progress
        counting
        files tables
        """,
        sees="infra.aws.* infra.console infra.data infra.prices service.contract.*"
        " service.records service.stores service.stores.attributes",
    ),
    Room(
        "infra.callers",
        """
        counted people keys
        file_items items
        owners
        """,
        sees="infra.aws.* infra.console infra.sign_in.people service.contract.* service.stores"
        " service.stores.layout service.stores.shards",
    ),
    Room(
        "infra.deploy",
        """
        changes plan template
        room
        failures fill first_request parameters served sign_in states upload
        deployment
        confirmation current
        by_hand compatibility execution
        pipeline
        deployer
        """,
        sees="infra.aws.* infra.beside infra.callers.* infra.changes.*"
        " infra.console infra.gateway.import_document infra.gateway.throttle infra.kept.*"
        " infra.package infra.provider infra.sharding infra.site service.contract.* service.stores"
        " service.stores.attributes service.stores.layout service.stores.limits"
        " service.stores.shards",
    ),
    Room(
        "infra.destroy",
        """
        resources
        inventory
        destruction
        """,
        sees="infra.aws.* infra.console",
    ),
    Room(
        "infra",
        """
        subcommands
        aws_arguments parity
        callers_arguments callers_commands
        aws_commands
        """,
        sees="infra.aws.* infra.beside infra.callers.* infra.console infra.deploy.deployer"
        " infra.deploy.deployment"
        " infra.deploy.served infra.destroy.destruction infra.destroy.inventory infra.exits"
        " infra.prices infra.gateway.claims infra.package service.contract.model service.stores"
        " service.stores.shards",
    ),
    Room(
        "infra",
        """
        answers
        """,
        sees="infra.inclusion infra.portability service.contract.* service.cors service.problems",
    ),
    Room("infra", "generators", sees="infra.portability service.contract.*"),
    Room(
        "infra",
        "explain",
        sees="infra.capacity infra.deploy.template infra.gateway.import_document infra.prices"
        " infra.units service.contract.* service.stores.layout service.stores.shards",
    ),
    Room("infra", "skeletons", sees="service.contract.* service.signatures"),
    Room(
        "infra.check",
        """
        findings openapi
        reach
        repair words
        examination
        .
        """,
        sees="infra.answers infra.beside infra.deploy.template infra.gateway.import_document"
        " infra.generators infra.portability infra.servers infra.skeletons service.contract.*"
        " service.loading service.matching",
    ),
    Room(
        "infra",
        """
        contract_files complete_arguments diff_arguments new_arguments prove_arguments revisions
        complete_command diff_counting new_command prove_command
        diff_command
        """,
        sees="infra.check infra.complete infra.complete.notices infra.edits infra.edits.diff"
        " infra.exits infra.new.collection infra.new.contract infra.new.fields infra.new.words"
        " infra.subcommands"
        " infra.aws.* infra.changes.* infra.console infra.data infra.deploy.served infra.kept.*"
        " infra.prices infra.prove.* service.contract.*",
    ),
    Room(
        "infra",
        "admission",
        sees="infra.gateway.credentials infra.gateway.identity infra.gateway.issuer"
        " infra.gateway.keys infra.gateway.local infra.gateway.secrets infra.provider"
        " infra.sign_in.* service.contract.*",
    ),
    Room(
        "infra",
        "keys_arguments keys_command",
        sees="infra.aws_arguments infra.aws_commands infra.console infra.exits infra.subcommands"
        " infra.gateway.keys infra.gateway.secrets",
    ),
    Room(
        "infra",
        "hidden unfit",
        sees="infra.callers.counted infra.callers.file_items infra.kept.* service.contract.*"
        " service.stores",
    ),
    Room(
        "infra",
        "serve",
        sees="infra.admission infra.data infra.hidden infra.unfit infra.gateway.allowlist"
        " infra.gateway.import_document infra.gateway.lines infra.gateway.local"
        " infra.gateway.protocol infra.gateway.throttle infra.servers"
        " infra.site service.contract.* service.cors service.lambda_function service.stores"
        " service.stores.client service.stores.layout service.stores.shards",
    ),
    Room(
        "infra",
        """
        contract_arguments reload serve_arguments
        cli
        __main__
        """,
        sees="infra.access infra.beside infra.capacity infra.check infra.exits infra.explain"
        " infra.gateway.allowlist infra.gateway.import_document infra.gateway.throttle infra.serve"
        " infra.aws_arguments infra.aws_commands infra.callers_arguments"
        " infra.callers_commands infra.complete_arguments infra.complete_command"
        " infra.keys_arguments infra.keys_command infra.new_arguments infra.new_command"
        " infra.diff_arguments infra.diff_command infra.prove_arguments infra.prove_command"
        " infra.subcommands service.contract.* service.cors",
    ),
]
"""From the ground up. `infra.serve` alone calls the Lambda function; `service` knows no `infra`."""

FOLDERS = ("service", "infra", "tests")


def faults(module: str, imports: set[Import], house: list[Room]) -> list[str]:
    """What a module imports and may not."""
    room = next((room for room in house if module in room.order), None)
    return [
        each.name
        for each in sorted(imports, key=lambda each: each.name)
        if each.name.partition(".")[0] in FOLDERS or " " in each.name
        if room is None or not room.may(module, each.name, each.for_types)
    ]


def modules(root: Path) -> dict[str, Path]:
    paths = [path for folder in ("service", "infra") for path in (root / folder).rglob("*.py")]
    return {module_of(path, root): path for path in sorted(paths)}


MODULES = modules(ROOT)


def test_a_module_imports_only_what_stands_before_it() -> None:
    found = {each: faults(each, imports, HOUSE) for each, imports in all_imports().items()}
    assert {module: names for module, names in found.items() if names} == {}


def test_every_module_has_one_place_in_the_house() -> None:
    """A folder's `__init__.py` that holds its docstring alone needs none."""
    places = Counter(name for room in HOUSE for name in room.order)
    needed = {each for each, tree in trees().items() if len(tree.body) > 1}
    assert {each for each in MODULES if places[each] != (each in needed)} == set(), (
        "Give each a place in HOUSE, or take it out."
    )


def test_the_house_names_nothing_that_is_not_there() -> None:
    named = {
        name for room in HOUSE for name in [*room.order, *room.sees.split(), *room.types.split()]
    }
    rooms = {f"{room.folder}.*" for room in HOUSE}
    assert named - {*MODULES} - rooms == set()


def test_nothing_may_be_seen_that_nobody_looks_at() -> None:
    """A door that is not used is shut: what a room sees is what it imports today."""
    for room in HOUSE:
        names = {each.name for one in room.order for each in all_imports()[one]}
        rooms = {f"{name.rpartition('.')[0]}.*" for name in names}
        assert {*room.sees.split(), *room.types.split()} - names - rooms == set(), room.folder


def test_every_module_says_first_what_it_owns() -> None:
    assert [module for module, tree in trees().items() if not ast.get_docstring(tree)] == []


@cache
def all_imports() -> dict[str, set[Import]]:
    return {module: imports_of(path, ROOT) for module, path in MODULES.items()}


@cache
def trees() -> dict[str, ast.Module]:
    return {module: ast.parse(path.read_text("utf-8")) for module, path in MODULES.items()}


GENERIC = {
    "id": "the key of every item in the table, whatever its contract calls it",
    "title": "a member of every problem (RFC 9457) and of every contract's info",
    "description": "OpenAPI's and CloudFormation's own word",
    "email": "a format of JSON Schema, and where the alarms go",
    "address": "where a server or a store is",
    "createdAt": "the time of its creation, in whatever collection `new` writes",
    "updatedAt": "that of its last change",
    "phone": "a scope of OpenID Connect",
}
"""Names of a property that mean something else in the code."""

PRODUCT = ("todo-api", "TodoItems")
"""The command's name, and the table's as the guide has it."""

PROPERTIES = {
    name
    for path in (TODOS, CUSTOMERS)
    for collection in load(path).collections.values()
    for name in collection.properties
}
OWN_WORDS = {"todo", *PROPERTIES} - {*GENERIC}
"""What only the contracts know."""


SOURCES = sorted(
    path
    for folder in ("service", "infra")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".json", ".yaml")
)


def test_the_code_does_not_know_what_an_item_is() -> None:
    """In comments and docstrings neither: an example there takes another contract's words."""
    found = {str(path.relative_to(ROOT)): own_words_in(path) for path in SOURCES}
    assert {path: words for path, words in found.items() if words} == {}


def own_words_in(path: Path) -> list[str]:
    text = re.sub("|".join(PRODUCT), "", path.read_text("utf-8")).lower()
    return [word for word in sorted(OWN_WORDS) if word.lower() in text]


def test_every_generic_word_is_one_of_a_contract_and_stands_in_the_code() -> None:
    text = "".join(path.read_text("utf-8").lower() for path in SOURCES)
    assert [word for word in GENERIC if word not in PROPERTIES or word.lower() not in text] == []


SMALL = [
    Room("service", "low\nhigh", types="service.lambda_function"),
    Room("service", "lambda_function", sees="service.low"),
    Room("infra.gateway", "local", sees="service.high"),
]

LAMBDA = "service.lambda_function"

SMUGGLED = {
    "from service.lambda_function import handler": LAMBDA,
    "from service import lambda_function": LAMBDA,
    "from service import low, lambda_function as innocent": LAMBDA,
    "import service.lambda_function": LAMBDA,
    "import service.lambda_function as innocent": LAMBDA,
    "from . import lambda_function": LAMBDA,
    "from .lambda_function import handler": LAMBDA,
    "import infra": "infra",
    "import infra.gateway.local as low": "infra.gateway.local",
    "from tests import client": "tests",
    "from service import *": "service",
    "import service\n\nservice.lambda_function.handler": LAMBDA,
    "import service.low\n\nservice.lambda_function.handler": LAMBDA,
    "import service.low\n\ns = service": "service",
    "import service.low\n\ngetattr(service, 'lambda_function')": "service",
    "def late():\n    from service import lambda_function": LAMBDA,
    "try:\n    from service import lambda_function\nexcept ImportError:\n    pass": LAMBDA,
    "import importlib\nimportlib.import_module('service.lambda_function')": LAMBDA,
    "import importlib as i\ni.import_module('.lambda_function', 'service')": LAMBDA,
    "from importlib import import_module as load\nload('service.lambda_function')": LAMBDA,
    "from importlib import import_module\nimport_module('service.' + 'x')": "computed",
    "from importlib import import_module\nload = import_module": "computed",
    "__import__('service.lambda_function')": LAMBDA,
    "load = __import__": "computed",
    "import pkgutil\npkgutil.resolve_name('service.lambda_function:handler')": LAMBDA,
    "import sys\nsys.modules['service.lambda_function']": "computed",
    "if not TYPE_CHECKING:\n    from infra.gateway import local": "infra.gateway.local",
    "TYPE_CHECKING = 1\nif TYPE_CHECKING:\n    import service.lambda_function": LAMBDA,
    "from a import TYPE_CHECKING\nif TYPE_CHECKING:\n    import service.lambda_function": LAMBDA,
    "import a as TYPE_CHECKING\nif TYPE_CHECKING:\n    import service.lambda_function": LAMBDA,
    "if TYPE_CHECKING:\n    pass\nelse:\n    from . import lambda_function": LAMBDA,
    "if TYPE_CHECKING:\n    from infra.gateway import local": "infra.gateway.local",
}
"""Ways to import what may not be, with what a module `service.high` is then accused of."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    for name in ("service.low", "service.high", "service.lambda_function", "infra.gateway.local"):
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def accused(root: Path, module: str, source: str) -> list[str]:
    path = root.joinpath(*module.split(".")).with_suffix(".py")
    path.write_text(source)
    return faults(module, imports_of(path, root), SMALL)


@pytest.mark.parametrize("source", SMUGGLED)
def test_no_way_of_writing_an_import_gets_past_the_walls(small: Path, source: str) -> None:
    assert any(SMUGGLED[source] in each for each in accused(small, "service.high", source))


ALLOWED = [
    "from service.low import x",
    "from service import low as l",
    "from . import low",
    "import service.low\n\nservice.low.x",
    "from .low import x\n\nx.lambda_function",
    "import json\nfrom importlib.metadata import version",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import lambda_function",
]


@pytest.mark.parametrize("source", ALLOWED)
def test_what_stands_before_a_module_may_be_imported_in_any_way(small: Path, source: str) -> None:
    assert accused(small, "service.high", source) == []


def test_nothing_imports_what_stands_beside_it_or_behind_it(small: Path) -> None:
    assert accused(small, "service.low", "from service import high") == ["service.high"]
    assert accused(small, "service.low", "from . import low") == ["service.low"]


def test_a_module_without_a_place_may_import_nothing_of_the_house(small: Path) -> None:
    assert accused(small, "service.new", "from service import low") == ["service.low"]


def test_a_folder_s_own_module_is_relative_to_itself(small: Path) -> None:
    init = small / "infra" / "gateway" / "__init__.py"
    init.write_text("from .local import x\nfrom ..site import y")
    found = faults("infra.gateway", imports_of(init, small), SMALL)
    assert found == ["infra.gateway.local", "infra.site"]
