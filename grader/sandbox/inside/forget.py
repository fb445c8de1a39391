"""Leave of a `checks.py` only what its programs use: the rest must not be in a worker's memory.

Strategies, edges and error models are of use on the trusted side alone, and an error model often says nearly what the
right answer is. What a program itself needs stays, and a submission can find it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from grader.exercise import Assignment, Exercise


def forget_all_but(
    programs: Iterable[Callable[..., Any]], module: ModuleType, assignment: Assignment
) -> None:
    """Take from a module every name that no program reaches, and from its exercises all but how they are called."""
    reached = _Reached(vars(module))
    for program in programs:
        reached.add(program)
    for name in [name for name in vars(module) if not name.startswith("__") and name not in reached.names]:
        delattr(module, name)
    for exercise in assignment.exercises:
        exercise.checks.clear()
        exercise.figures.clear()
        dict.clear(exercise.inputs)  # type: ignore[arg-type]
    assignment.exercises.clear()


class _Reached:
    """The names of a module that functions use, one through the other; rather too many than too few."""

    def __init__(self, names_there: dict[str, Any]) -> None:
        self.names: set[str] = set()
        self._there = names_there
        self._seen: dict[int, Any] = {}

    def add(self, value: Any) -> None:
        """Add what a value uses, and what that uses in turn."""
        if id(value) in self._seen:
            return
        self._seen[id(value)] = value
        for part in _parts(value):
            self.add(part)
        if isinstance(value, CodeType):
            for name in (*value.co_names, *value.co_freevars):
                if name in self._there and name not in self.names:
                    self.names.add(name)
                    self.add(self._there[name])


def _parts(value: Any) -> list[Any]:
    """What a value holds, as far as code can be in it."""
    if isinstance(value, CodeType):
        return [constant for constant in value.co_consts if isinstance(constant, CodeType)]
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return [value.__code__, *cells, *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    if isinstance(value, MethodType | staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, property):
        return [value.fget, value.fset]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, Exercise):
        return [value.call]
    if isinstance(value, type):
        return (
            [*vars(value).values(), *value.__bases__]
            if not value.__module__.startswith(("torch", "numpy"))
            else []
        )
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []
