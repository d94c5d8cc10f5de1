"""Contracts that the tests serve: the suite's own, whatever stands in `openapi.yaml`.

Only tests with the mark `shipped` speak of `openapi.yaml` itself.
"""

from functools import cache
from pathlib import Path

from service.binding import bind
from service.contract.derivation import derive
from service.contract.document import read
from service.contract.model import Contract
from service.loading import load as load_functions

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "openapi.yaml"
TODOS = Path(__file__).with_name("todos.yaml")
CUSTOMERS = ROOT / "examples" / "customers.yaml"
ACTIONS = ROOT / "examples" / "actions.yaml"
LIBRARY = Path(__file__).with_name("library.yaml")
TRAITS = Path(__file__).with_name("traits.yaml")
"""With every shape of a role that a rule knows."""

STRANGER = Path(__file__).with_name("stranger.yaml")
"""As somebody has it who never heard of us: nothing of it is served as it is."""

SIGNED_IN = ROOT / "examples" / "todos-signed-in.yaml"
CLUB = Path(__file__).with_name("club.yaml")
"""With every sort of caller and of owner."""

OPEN = (TODOS, CUSTOMERS, LIBRARY, TRAITS)
CLOSED = (SIGNED_IN, CLUB)
"""To strangers: whoever calls these has to say who it is."""

ALL = (*OPEN, *CLOSED)


@cache
def load(path: Path) -> Contract:
    return bind(derive(read(path)), load_functions(path))
