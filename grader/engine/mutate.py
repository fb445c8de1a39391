"""Change the model solution mechanically, one place at a time: what no check notices is a gap in the checks.

The operators on expressions are cosmic-ray's; removing a statement is ours. A change that no check notices has
survived; it is caught by a new check, or recorded as equivalent in `reference/equivalent/NAME.toml` with its reason.
"""

from __future__ import annotations

import ast
import os
import signal
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

from grader.engine.catalog import Course
from grader.engine.key import AnswerKey, CheckKey, decode_inputs, judge_case
from grader.errors import AuthorError, GraderError
from grader.exercise import Check
from grader.sandbox.inside.run import Implementation, quiet, run_case, settle_torch

CPU_S = 20  # a change that loops for ever is noticed by its time


@dataclass(frozen=True)
class Change:
    """One mechanical change: of which definition, what the line was and became, and the whole file after it."""

    definition: str
    line: int
    before: str
    after: str
    source: str

    @property
    def label(self) -> str:
        """How it is named in lists: `definition: before -> after`."""
        return f"{self.definition}: {self.before} -> {self.after}"


def changes(source: str) -> Iterator[Change]:
    """Every change of every definition of a file, each once."""
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        text = "".join(lines[start : node.end_lineno])
        seen = {_meaning(text)}
        for mutated in [*_by_operators(text), *_without_statements(text)]:
            meaning = _meaning(mutated)
            if meaning is None or meaning in seen:
                continue
            seen.add(meaning)
            whole = "".join([*lines[:start], mutated, *lines[node.end_lineno or 0 :]])
            yield _change(node.name, start, text, mutated, whole)


def _change(name: str, start: int, text: str, mutated: str, whole: str) -> Change:
    old, new = text.splitlines(), mutated.splitlines()
    first = next(i for i, line in enumerate(old) if i >= len(new) or new[i] != line)
    after = new[first].strip() if first < len(new) and len(old) == len(new) else "(removed)"
    return Change(name, start + first + 1, old[first].strip(), after, whole)


def _meaning(text: str) -> str | None:
    """What a text says, without annotations and docstrings; None where it is no Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in [*node.args.args, *node.args.kwonlyargs]:
                argument.annotation = None
    return ast.dump(tree)


def _by_operators(text: str) -> Iterator[str]:
    try:
        from cosmic_ray import plugins
        from cosmic_ray.mutating import mutate_code
    except ImportError:
        raise GraderError(
            "--mutate needs the package cosmic-ray, which ./test.sh installs with what the tests need: "
            f'or run {sys.executable} -m pip install -c constraints.txt "cosmic-ray>=8.4,<9"'
        ) from None
    for name in sorted(plugins.operator_names()):
        kind = name.removeprefix("core/")
        if kind.startswith("Variable") or "Bit" in kind or "Shift" in kind:
            continue
        operator = plugins.get_operator(name)()
        for occurrence in range(1_000):
            mutated = mutate_code(text, operator, occurrence)
            if mutated is None:
                break
            yield mutated


def _without_statements(text: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        simple = isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Return | ast.Raise | ast.If)
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not simple or docstring:
            continue
        assert isinstance(node, ast.stmt)
        indent = " " * node.col_offset
        end = node.end_lineno or node.lineno
        yield "".join([*lines[: node.lineno - 1], f"{indent}pass\n", *lines[end:]])


@dataclass(frozen=True)
class Mutation:
    """The outcome of all changes: how many there were, and those that no check noticed."""

    count: int
    survivors: tuple[Change, ...]
    equivalent: dict[str, str]
    stale: tuple[str, ...]

    @property
    def unexplained(self) -> tuple[Change, ...]:
        """The survivors that nobody has recorded as equivalent."""
        return tuple(change for change in self.survivors if change.label not in self.equivalent)


_state: tuple[Course, AnswerKey] | None = None


def mutate(course: Course, key: AnswerKey) -> Mutation:
    """Run the checks on every change of the course's model solution."""
    global _state
    assert course.reference_file is not None
    _state = (course, key)
    every = list(changes(course.reference_file.read_text("utf-8")))
    with ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), get_context("fork"), max_tasks_per_child=None
    ) as pool:
        survived = list(pool.map(_survives, every, chunksize=4))
    survivors = tuple(change for change, alive in zip(every, survived, strict=True) if alive)
    equivalent = read_equivalent(course.reference_file.parent / "equivalent" / f"{course.name}.toml")
    labels = {change.label for change in survivors}
    stale = tuple(label for label in equivalent if label not in labels)
    return Mutation(len(every), survivors, equivalent, stale)


def read_equivalent(file: Path) -> dict[str, str]:
    """The changes recorded as equivalent, by label, with the reason of each.

    Raises:
        AuthorError: The file cannot be read, or an entry has no reason.
    """
    if not file.is_file():
        return {}
    try:
        entries = tomllib.loads(file.read_text("utf-8")).get("equivalent", [])
        found = {f"{e['definition']}: {e['before']} -> {e['after']}": e["reason"] for e in entries}
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise AuthorError(f"{file}: an entry needs definition, before, after and reason: {error}") from None
    return found


class _TooLongError(BaseException):
    pass


def _survives(change: Change) -> bool:
    assert _state is not None
    course, key = _state
    settle_torch()
    names = [exercise.name for exercise in course.assignment.exercises]
    touched = [change.definition] if change.definition in names else names
    exercises = [e for e in course.assignment.exercises if e.name in touched or set(e.uses) & set(touched)]
    signal.signal(signal.SIGVTALRM, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S * len(exercises))
    try:
        with quiet():
            names_of: dict[str, object] = {}
            exec(compile(change.source, "mutated reference", "exec", dont_inherit=True), names_of)
            impl = Implementation(names_of)
            return not any(
                _notices(check, key.checks[check.id], impl) for e in exercises for check in e.checks
            )
    except BaseException:
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise _TooLongError


def _notices(check: Check, key: CheckKey, impl: Implementation) -> bool:
    for index, (inputs, seed) in enumerate(zip(key.inputs, key.seeds, strict=True)):
        observed = run_case(check.program, impl, decode_inputs(inputs), seed)
        if judge_case(check, key, index, observed) is not None:
            return True
    return False
