"""Which modules of a tree a file imports, in whatever way that is written.

Beside the two statements these are attributes of an imported package (`service.proxy.Handler`
after `import service.cors`), and calls of `import_module` and its like; of these, one whose name
is computed is `COMPUTED`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPUTED = "a module whose name is computed"

_BY_NAME = {
    "__import__", "builtins.__import__", "importlib.__import__", "importlib.import_module",
    "pkgutil.resolve_name", "runpy.run_module", "sys.modules",
}  # fmt: skip


@dataclass(frozen=True)
class Import:
    """`for_types`: it stands under `if TYPE_CHECKING`, so it never runs."""

    name: str
    for_types: bool = False


def module_of(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path, root: Path) -> set[Import]:
    """A module of the tree by its own name, anything else as it is written."""
    module = module_of(path, root)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text("utf-8"))
    reader = _Reader(root, package, _is_typings(tree))
    for _ in range(2):  # a name may be used above the import that binds it
        reader.visit(tree)
    return reader.found


def _is_typings(tree: ast.Module) -> bool:
    """Whether TYPE_CHECKING is the one of `typing`, which is false when the program runs."""
    bindings = [
        (node, alias)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) == "TYPE_CHECKING"
    ]
    stored = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return "TYPE_CHECKING" not in stored and all(
        isinstance(node, ast.ImportFrom) and node.module == "typing" and not alias.asname
        for node, alias in bindings
    )


class _Reader(ast.NodeVisitor):
    """`_bound` has what the names of the file stand for: a module, or something in one."""

    def __init__(self, root: Path, package: str, typings: bool) -> None:
        self.found: set[Import] = set()
        self._root, self._package, self._typings = root, package, typings
        self._for_types = False
        self._bound: dict[str, str] = {}

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        outer = self._for_types
        named = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        self._for_types = outer or (named and self._typings)
        for each in node.body:
            self.visit(each)
        self._for_types = outer
        for each in node.orelse:
            self.visit(each)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name)
            top = alias.name.partition(".")[0]
            self._bound[alias.asname or top] = alias.name if alias.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self._absolute("." * node.level + (node.module or ""))
        for alias in node.names:
            full = f"{base}.{alias.name}"
            self._add(full if self._exists(full) else base)
            self._bound[alias.asname or alias.name] = full

    def visit_Call(self, node: ast.Call) -> None:
        named = node.args and isinstance(node.args[0], ast.Constant)
        if self._meant(node.func) in _BY_NAME and named:
            name = self._absolute(str(ast.literal_eval(node.args[0])).partition(":")[0])
            self._add(self._module_in(name) or name)
        else:
            self.visit(node.func)
        for each in [*node.args, *node.keywords]:
            self.visit(each)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        meant = self._meant(node)
        if meant is None:
            self.generic_visit(node)
        elif meant in _BY_NAME:
            self._add(COMPUTED)
        elif module := self._module_in(meant):
            self._add(module)

    def visit_Name(self, node: ast.Name) -> None:
        meant = self._meant(node)
        if meant in _BY_NAME:
            self._add(COMPUTED)
        elif meant and self._exists(meant):
            self._add(meant)

    def _add(self, name: str) -> None:
        self.found.add(Import(name, self._for_types))

    def _meant(self, node: ast.expr) -> str | None:
        """`s.proxy` is `service.proxy` where `s` is `service`; None if it is nothing imported."""
        if isinstance(node, ast.Name):
            known = node.id == "__import__"
            return node.id if known else self._bound.get(node.id)
        if isinstance(node, ast.Attribute) and (before := self._meant(node.value)):
            return f"{before}.{node.attr}"
        return None

    def _absolute(self, name: str) -> str:
        """A relative name from this package (PEP 328): one dot is the package itself."""
        below = name.lstrip(".")
        dots = len(name) - len(below)
        if not dots:
            return name
        parts = self._package.split(".")
        return ".".join([*parts[: len(parts) - dots + 1], *([below] if below else [])])

    def _module_in(self, name: str) -> str | None:
        """The longest part of a dotted name that is a module or a package of the tree."""
        return next((each for each in _shortened(name) if self._exists(each)), None)

    def _exists(self, name: str) -> bool:
        path = self._root.joinpath(*name.split("."))
        return path.with_suffix(".py").is_file() or path.is_dir()


def _shortened(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]
