"""Mutants: modules of the service with one thing made wrong by a rule, not by hand."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MODULES = (
    "service/operations.py",
    "service/records.py",
    "service/preconditions.py",
    "service/stores/sqlite.py",
    "service/stores/dynamodb.py",
)

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}


@dataclass(frozen=True)
class Mutant:
    module: str
    line: int
    change: str
    source: str


def mutants(root: Path) -> Iterator[Mutant]:
    """Every one there is, in order."""
    for module in MODULES:
        tree = ast.parse((root / module).read_text("utf-8"))
        count = sum(1 for _ in _places(tree))
        for index in range(count):
            mutated = copy.deepcopy(tree)
            node = [*_places(mutated)][index]
            before = ast.unparse(node)
            _change(node)
            source = ast.unparse(ast.fix_missing_locations(mutated))
            line = getattr(node, "lineno", 0)
            yield Mutant(module, line, f"{before} → {ast.unparse(node)}", source)


def _places(tree: ast.Module) -> Iterator[ast.AST]:
    """What can be changed inside of functions."""
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    seen: set[int] = set()
    for function in functions:
        for statement in function.body:
            for node in ast.walk(statement):
                if id(node) not in seen and _can_change(node):
                    seen.add(id(node))
                    yield node


def _can_change(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[op]):
            return type(op) in _SWAPPED
        case ast.BoolOp(op=op):
            return type(op) in _SWAPPED
        case ast.BinOp(op=op):
            return type(op) in _SWAPPED
        case ast.Constant(value=bool() | int()):
            return True
        case ast.If():
            return True
    return False


def _change(node: ast.AST) -> None:
    match node:
        case ast.Compare(ops=[op]):
            node.ops = [_SWAPPED[type(op)]()]  # type: ignore[list-item]
        case ast.BoolOp(op=op):
            node.op = _SWAPPED[type(op)]()  # type: ignore[assignment]
        case ast.BinOp(op=op):
            node.op = _SWAPPED[type(op)]()  # type: ignore[assignment]
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value)):
            node.value = value + 1
        case ast.If():
            node.test = ast.UnaryOp(ast.Not(), node.test)
