"""Whatever stands anywhere in a contract: one line a kind, an exit code, and never a traceback."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.check import as_json, examined, told
from infra.cli import main
from infra.exits import Exit
from service.contract.document import read
from tests.contracts import LIBRARY, STRANGER, TODOS, TRAITS

CONTRACTS = [read(path).data for path in (TODOS, LIBRARY, TRAITS, STRANGER)]
KEYS = st.sampled_from([
    *("type", "properties", "items", "allOf", "anyOf", "oneOf", "not", "$ref", "required", "enum"),
    *("default", "in", "name", "schema", "content", "application/json", "responses", "200", "get"),
    *("post", "parameters", "format", "pattern", "maximum", "readOnly", "nullable", "x-a", "const"),
])  # fmt: skip
SCALARS = st.sampled_from([
    *(None, True, False, 0, -1, 1.5, 2**70, 1e300, "", "x", "object", "string", "array", "("),
    *("\u2028", "#/components/schemas/Todo", "#/info", "#/paths", "a" * 300),
])  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*place, key))


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, Any]:
    """A contract with other values, or none, at some places; some of them in OpenAPI 3.1."""
    data: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(CONTRACTS)))
    if draw(st.booleans()):
        data["openapi"] = "3.1.0"
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(data))))
        node: Any = data
        for key in way:
            node = node[key]
        if draw(st.booleans()):
            node[last] = draw(VALUES)
        else:
            del node[last]
    return data


PATIENT = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@PATIENT
@given(mutants())
def test_every_mutant_is_told_in_lines_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    file = tmp_path_factory.getbasetemp() / "mutant.json"
    file.write_text(json.dumps(data), "utf-8")
    report = examined(file)
    text, _, _ = told(file, report).partition("\nTo be written into")
    assert all(line.isprintable() for line in text.splitlines())
    assert orjson.loads(as_json(report)).keys() == {"operations", "faults"}


@PATIENT
@given(mutants())
def test_every_mutant_is_completed_once_and_for_all_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    file = tmp_path_factory.getbasetemp() / "completed.json"
    file.write_text(json.dumps(data), "utf-8")
    command = ["complete", str(file), "--write", "--answers", "--concurrency"]
    assert main(command) in (Exit.DONE, Exit.REFUSED)
    written = file.read_bytes()
    assert main(command) in (Exit.DONE, Exit.REFUSED)
    assert file.read_bytes() == written
