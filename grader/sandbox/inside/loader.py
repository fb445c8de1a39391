"""Turn the text of a submission into a module, in the worker."""

from __future__ import annotations

import ast
import builtins
import dis
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
import types
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grader.values import Raised, SourceText, submission_files


@dataclass(frozen=True)
class LoadedFile:
    """The module's names, the cells that failed (number from 0), and the names that its own statements bind."""

    names: dict[str, Any]
    problems: tuple[tuple[int, Raised], ...]
    bound: frozenset[str]


def load(stem: str, file_name: str, cells: Sequence[str]) -> LoadedFile:
    """Run the cells of a file in one module, each on its own: a cell that fails leaves what it bound before."""
    module = types.ModuleType(stem)
    module.__file__ = file_name
    sys.modules[stem] = module
    problems: list[tuple[int, Raised]] = []
    bound: set[str] = set()
    for number, text in enumerate(cells):
        label = file_name if len(cells) == 1 else f"{file_name} cell {number + 1}"
        submission_files[label] = SourceText(text)
        linecache.cache[label] = (len(text), None, text.splitlines(True), label)
        try:
            code = _without_absent(text, compile(text, label, "exec", dont_inherit=True))
            bound |= bound_names(code)
            with _Placeholders(text):
                exec(code, module.__dict__)
        except BaseException as error:
            problems.append((number, Raised.of(error)))
    return LoadedFile(module.__dict__, tuple(problems), frozenset(bound))


def bound_names(code: types.CodeType) -> set[str]:
    """The names that the statements of a module bind themselves; a star import binds none."""
    return {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("STORE_NAME", "STORE_GLOBAL")
    }


# --- packages that are not there --------------------------------------------------------------------------------


def _without_absent(text: str, code: types.CodeType) -> types.CodeType:
    """The code without the top-level statements that only tell an absent package something.

    `matplotlib.use("Agg")` and `plt.rcParams["figure.dpi"] = 150` have no bearing on any answer, and would otherwise
    cost the whole file where there is no matplotlib.
    """
    imported = {
        str(instruction.argval).partition(".")[0]
        for instruction in dis.get_instructions(code)
        if instruction.opname == "IMPORT_NAME"
    }
    absent = {name for name in imported if name and _is_absent(name)}
    if not absent:
        return code
    tree = ast.parse(text)
    names = {
        alias.asname or alias.name.partition(".")[0]
        for statement in tree.body
        if absent & {name.partition(".")[0] for name in _imported(statement)}
        for alias in statement.names  # type: ignore[attr-defined]
    }
    tree.body = [statement for statement in tree.body if not _only_tells(statement, names)]
    return compile(tree, code.co_filename, "exec", dont_inherit=True)


def _is_absent(package: str) -> bool:
    if package in sys.modules:
        return isinstance(sys.modules[package], AbsentPackage)
    try:
        return package not in sys.stdlib_module_names and importlib.util.find_spec(package) is None
    except (ImportError, ValueError):
        return False


def _only_tells(statement: ast.stmt, names: set[str]) -> bool:
    """Whether a statement calls or sets something of these names and keeps nothing of it."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call) and _root(statement.value) in names
    if isinstance(statement, ast.Assign):
        return all(not isinstance(t, ast.Name) and _root(t) in names for t in statement.targets)
    return False


def _root(node: ast.AST) -> str | None:
    """The name that an expression such as `plt.figure(1).gca()[0]` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


class _Placeholders(importlib.abc.MetaPathFinder):
    """While a cell runs, its plain top-level imports of absent packages bind a placeholder that raises when used.

    Only those: an import inside `try` must fail as it would at home.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def roots(self) -> set[str]:
        """The packages that the cell imports plainly; taken from its text once one is missing."""
        roots = {
            name.partition(".")[0] for statement in ast.parse(self.text).body for name in _imported(statement)
        }
        return roots - sys.stdlib_module_names

    def __enter__(self) -> None:
        sys.meta_path.append(self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        root = fullname.partition(".")[0]
        known = sys.modules.get(root)
        if root not in self.roots or not (known is None or isinstance(known, AbsentPackage)):
            return None
        return importlib.util.spec_from_loader(fullname, _AbsentLoader(), is_package=True)


def _imported(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [statement.module]
    return []


class AbsentPackage(types.ModuleType):
    """A package that this machine does not have; whatever is taken from it raises when it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return AbsentName(f"{self.__name__}.{name}")


class AbsentName:
    """Something imported from an absent package."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _fail(self) -> Any:
        root = self._name.partition(".")[0]
        raise builtins.ModuleNotFoundError(
            f"No module named {root!r} where the grader runs: {self._name} was used"
        )

    def __getattr__(self, name: str) -> Any:
        return self._fail()

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self._fail()


class _AbsentLoader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return AbsentPackage(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""
