"""A check's program as source that needs nothing of ours: what a student runs to see a verdict come about.

The text is put together from the program's own source and whatever it uses: imports, constants, helpers of
`checks.py` and of `grader.kit`. Where something can't be written down so, there is none, not a wrong one.
"""

from __future__ import annotations

import ast
import copy
import dis
import linecache
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from grader import kit
from grader.exercise import Check, Exercise

_IMPORTABLE = {*sys.stdlib_module_names, "torch", "numpy"}
_ATTEMPT = """def attempt(thunk):
    try:
        return thunk()
    except Exception as error:
        return error"""


def program_source(check: Check) -> str | None:
    """The source of a check's program, as the last function in it; None where it has none of its own."""
    return _source_of(check.program, check.exercise, ", ".join(check.inputs))


@lru_cache(1024)  # a class fails the same few checks over and over
def _source_of(program: Callable[..., Any], exercise: str, inputs: str) -> str | None:
    collector = _Collector()
    called = dict(_enclosed(program)).get("exercise")
    if program.__qualname__.startswith("_plain_call.") and _is_plain_call(called):
        return f"def call(impl, {inputs}):\n    return impl.{exercise}({inputs})"
    try:
        collector.add_function(program)
    except (_UnwritableError, OSError, SyntaxError):
        return None
    return "\n\n".join([*sorted(collector.imports), *collector.pieces.values()])


class _UnwritableError(Exception):
    """Something that a program uses has no source of its own."""


class _Collector:
    """Gathers what a function uses, each thing before what needs it."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.pieces: dict[str, str] = {}
        self.begun: dict[str, Any] = {}

    def add_function(self, function: Callable[..., Any], name: str | None = None) -> None:
        """Add a function or class and, before it, what it uses; under another name where one is given."""
        if not isinstance(function, FunctionType | type) or _is_ours(function):
            raise _UnwritableError
        enclosed = dict(_enclosed(function))
        text = _text_of(_definition(function), name or function.__name__, enclosed)
        self._add_uses(ast.parse(text), {**_globals(function), **enclosed})
        self.pieces[name or function.__name__] = text

    def _add_uses(self, tree: ast.Module, names: dict[str, Any]) -> None:
        for used in _global_names(tree):
            if used not in names:
                continue
            if used in self.begun and self.begun[used] is not names[used]:
                raise _UnwritableError
            if used not in self.begun or names[used] is kit:
                self.begun[used] = names[used]
                self._add(used, names[used], tree, names)

    def _add(self, name: str, value: Any, tree: ast.AST, names: dict[str, Any]) -> None:
        if value is kit:
            self._add_kit(name, tree)
        elif isinstance(value, ModuleType):
            self.imports.add(
                f"import {value.__name__} as {name}" if value.__name__ != name else f"import {name}"
            )
        elif isinstance(value, Exercise):
            self._add_exercise(name, value)
        elif value is kit.attempt:
            self.pieces[name] = _ATTEMPT
        elif isinstance(value, FunctionType | BuiltinFunctionType | type):
            self._add_defined(name, value)
        elif _is_plain(value):
            self.pieces[name] = f"{name} = {value!r}"
        else:
            self._add_assignment(name, names)

    def _add_defined(self, name: str, value: Any) -> None:
        package = str(value.__module__).partition(".")[0]
        if package in _IMPORTABLE:
            self.imports.add(f"from {value.__module__} import {value.__name__} as {name}")
        else:
            self.add_function(value, name)

    def _add_kit(self, name: str, tree: ast.AST) -> None:
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and _is_name(node.value, name)
        }
        for helper in sorted(used - self.begun.keys()):
            self.begun[helper] = getattr(kit, helper)
            self._add(helper, self.begun[helper], tree, vars(kit))
        self.imports.add("import types")
        # Other functions may use other helpers of it: they are added to what is there.
        self.pieces.setdefault(name, f"{name} = types.SimpleNamespace()")
        for helper in sorted(used):
            self.pieces[f"{name}.{helper}"] = f"{name}.{helper} = {helper}"

    def _add_exercise(self, name: str, exercise: Exercise) -> None:
        call = f"call_{exercise.name}"
        if _is_plain_call(exercise):
            self.pieces[call] = (
                f"def {call}(impl, **inputs):\n    return impl.{exercise.name}(*inputs.values())"
            )
        else:
            self.add_function(exercise.call, call)
        self.imports.add("import types")
        self.pieces[name] = f"{name} = types.SimpleNamespace(call={call})"

    def _add_assignment(self, name: str, names: dict[str, Any]) -> None:
        for node in _tree(names.get("__file__", "")).body:
            if isinstance(node, ast.Assign) and any(_is_name(target, name) for target in node.targets):
                self._add_uses(ast.parse(ast.unparse(node.value)), names)
                self.pieces[name] = ast.unparse(node)
                return
        raise _UnwritableError


def _is_plain_call(exercise: Any) -> bool:
    """Whether an exercise is called as a function with its inputs in their order."""
    return isinstance(exercise, Exercise) and exercise.call.__name__ == "plain_call"


def _definition(function: FunctionType | type) -> ast.AST:
    """Where a function or class is defined, in the tree of its module."""
    nodes = _definitions(_globals(function).get("__file__", ""))
    found = [node for node in nodes if _defines(node, function)]
    if len(found) != 1:
        raise _UnwritableError
    return found[0]


def _defines(node: ast.AST, function: FunctionType | type) -> bool:
    if isinstance(node, ast.ClassDef):
        return isinstance(function, type) and node.name == function.__name__
    if not isinstance(function, FunctionType):
        return False
    if isinstance(node, ast.Lambda):
        return function.__name__ == "<lambda>" and node.lineno == function.__code__.co_firstlineno
    if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
        return False
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first == function.__code__.co_firstlineno


@cache
def _definitions(file: str) -> list[ast.AST]:
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    return [node for node in ast.walk(_tree(file)) if isinstance(node, kinds)]


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse("".join(linecache.getlines(file)))


def _text_of(definition: ast.AST, name: str, enclosed: dict[str, Any]) -> str:
    """The source of a definition under another name, the plain values that it encloses written into it."""
    plain = _Inlined(enclosed).visit(copy.deepcopy(definition))
    if isinstance(plain, ast.Lambda):
        return f"{name} = {ast.unparse(plain)}"
    plain.name, plain.decorator_list = name, []
    return ast.unparse(plain)


class _Inlined(ast.NodeTransformer):
    def __init__(self, enclosed: dict[str, Any]) -> None:
        self.plain = {name: value for name, value in enclosed.items() if _is_plain(value)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name of a plain value as that value."""
        return ast.parse(repr(self.plain[node.id]), mode="eval").body if node.id in self.plain else node


def _globals(function: FunctionType | type) -> dict[str, Any]:
    return (
        function.__globals__ if isinstance(function, FunctionType) else vars(sys.modules[function.__module__])
    )


def _enclosed(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(function, FunctionType):
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            yield name, cell.cell_contents


def _global_names(tree: ast.Module) -> list[str]:
    """The names that a piece of source takes from its module, in their order."""
    future = ast.parse("from __future__ import annotations").body
    code = compile(ast.Module([*future, *tree.body], []), "<program>", "exec")
    return list(dict.fromkeys(_loaded(code)))


def _loaded(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _loaded(constant)


def _is_ours(function: FunctionType | type) -> bool:
    return function.__module__.partition(".")[0] == "grader" and function.__module__ != kit.__name__


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple | set):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(item) for pair in value.items() for item in pair)
    return value is None or isinstance(value, bool | int | float | str)
