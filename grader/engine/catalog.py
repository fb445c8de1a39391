"""Find and load what staff wrote: assignments, model solutions, misconceptions and alternatives."""

from __future__ import annotations

import ast
import difflib
import sys
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.errors import AuthorError, UsageError
from grader.exercise import Assignment
from grader.sandbox.inside.run import Implementation, fresh_environment
from grader.sandbox.inside.zygote import load_assignment

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """The reference with one exercise replaced: by a misconception, or by an alternative.

    `source` is a whole submission, so that what is compared in this process is what a student could hand in. One
    that is `device` is right on the CPU and wrong on any other device.
    """

    name: str
    exercise: str
    explanation: str
    hint: str
    source: str
    where: str
    device: bool = False


@dataclass(frozen=True)
class Course:
    """An assignment with everything that staff know about it."""

    assignment: Assignment
    folder: Path
    reference_file: Path | None

    @property
    def name(self) -> str:
        """The assignment's name."""
        return self.assignment.name

    @property
    def checks_file(self) -> Path:
        """The file of its checks."""
        return self.folder / "checks.py"

    @property
    def starter_file(self) -> Path:
        """The file that students start from."""
        return self.folder / "starter.py"

    @cached_property
    def starter(self) -> str:
        """The text that students start from; empty where there is none."""
        return self.starter_file.read_text("utf-8") if self.starter_file.is_file() else ""

    @cached_property
    def data_files(self) -> tuple[Path, ...]:
        """Files that a submission may read in its working folder."""
        data = self.folder / "data"
        return tuple(sorted(path for path in data.iterdir() if path.is_file())) if data.is_dir() else ()

    @cached_property
    def misconceptions(self) -> tuple[Mutant, ...]:
        """The known wrong ways; read when a submission fails or a key is made."""
        return self._mutants("misconception")

    @cached_property
    def alternatives(self) -> tuple[Mutant, ...]:
        """The unusual right ways; read by the audit."""
        return self._mutants("alternative")

    def _mutants(self, kind: str) -> tuple[Mutant, ...]:
        if self.reference_file is None:
            return ()
        file = self.reference_file.parent / f"{kind}s" / self.reference_file.name
        return tuple(_mutants(file, kind, self.reference_file.read_text("utf-8"), self.assignment))

    @cached_property
    def reference(self) -> Implementation:
        """The model solution, to run programs on."""
        if self.reference_file is None:
            raise UsageError(
                f"There is no model solution of {self.name!r} here; --reference DIR says where it is."
            )
        text = self.reference_file.read_text("utf-8")
        return implementation(text, f"reference.{self.name}", str(self.reference_file))


def implementation(source: str, module_name: str, label: str) -> Implementation:
    """Run staff's own code, in this process, as one module; whatever ran here before, it starts from the same."""
    fresh_environment(0)
    module = types.ModuleType(module_name)
    module.__file__ = label
    sys.modules[module_name] = module
    try:
        exec(compile(source, label, "exec", dont_inherit=True), module.__dict__)
    except Exception as error:
        raise AuthorError(f"{label}: it cannot be run: {type(error).__name__}: {error}") from error
    return Implementation(module.__dict__)


def assignment_names(folder: Path = PROJECT / "assignments") -> list[str]:
    """The names of all assignments, in the order of the course: that of `order.txt`, the rest after it."""
    file = folder / "order.txt"
    order = file.read_text("utf-8").split() if file.is_file() else []
    names = sorted(path.parent.name for path in folder.glob("*/checks.py"))
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def load_course(
    name: str, *, folder: Path = PROJECT / "assignments", reference: Path | None = None
) -> Course:
    """Load an assignment and what is known about it.

    Args:
        folder: Where the assignments are.
        reference: Where model solutions, misconceptions and alternatives are; default beside the assignments.
    Raises:
        UsageError: There is no such assignment.
        AuthorError: A file of it is written wrongly.
    """
    checks = folder / name / "checks.py"
    if not checks.is_file():
        raise UsageError(f"No assignment {name!r}{did_you_mean(name, assignment_names(folder))}")
    reference = reference or folder.parent / "reference"
    solution = reference / f"{name}.py"
    try:
        assignment = load_assignment(checks)
    except Exception as error:
        raise at_fault(checks, error) from error
    if assignment.name != name:
        raise AuthorError(
            f"{_shown(checks)}: its Assignment is called {assignment.name!r}, its folder {name!r}."
        )
    return Course(assignment, folder / name, solution if solution.is_file() else None)


def at_fault(file: Path, error: Exception) -> AuthorError:
    """What went wrong in a file of staff's, in one sentence with its line."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)
    ]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, StopIteration):
        what = "it defines no Assignment."
    elif not isinstance(error, AuthorError):
        what = f"{type(error).__name__}: {what}"
    return AuthorError(f"{_shown(file)}{f':{line}' if line else ''}: {what}")


def _shown(file: Path) -> str:
    return str(file.relative_to(PROJECT)) if file.is_relative_to(PROJECT) else str(file)


def did_you_mean(name: str, known: list[str]) -> str:
    """`; did you mean 'row_average'?` where a known name is near, else what there is."""
    near = difflib.get_close_matches(name, known, 1, 0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there is {', '.join(known)}." if known else "."


def _mutants(file: Path, kind: str, base: str, assignment: Assignment) -> Iterator[Mutant]:
    if not file.is_file():
        return
    text = file.read_text("utf-8")
    try:
        tree = ast.parse(text, str(file))
    except SyntaxError as error:
        raise at_fault(file, error) from None
    lines = text.splitlines(keepends=True)
    marked = {id(node): mark for node in tree.body if (mark := _mark(node, kind, _shown(file)))}
    helpers = "".join(_text(node, lines) for node in tree.body if id(node) not in marked and _is_code(node))
    exercises = {exercise.name for exercise in assignment.exercises}
    names: set[str] = set()
    for node in tree.body:
        if id(node) not in marked:
            continue
        assert isinstance(node, ast.FunctionDef | ast.ClassDef)
        exercise, hint, device = marked[id(node)]
        where = f"{file.parent.parent.name}/{file.parent.name}/{file.name}:{node.lineno}"
        if exercise not in exercises:
            raise AuthorError(
                f"{where}: {kind} {node.name!r}: no exercise {exercise!r}{did_you_mean(exercise, sorted(exercises))}"
            )
        if node.name in names or node.name in exercises:
            raise AuthorError(f"{where}: {kind} {node.name!r}: the name is used twice; rename one.")
        names.add(node.name)
        body = _other_decorators(node, kind) + "".join(lines[node.lineno - 1 : node.end_lineno])
        source = f"{base}\n\n{helpers}\n\n{body}\n\n{exercise} = {node.name}\n"
        yield Mutant(node.name, exercise, ast.get_docstring(node) or "", hint, source, where, device)


def _mark(node: ast.stmt, kind: str, where: str) -> tuple[str, str, bool] | None:
    """The exercise, the hint, and whether it is about devices, of a definition that carries our decorator."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return None
    for decorator in node.decorator_list:
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Name)
            and decorator.func.id == kind
        ):
            try:
                options = {keyword.arg: ast.literal_eval(keyword.value) for keyword in decorator.keywords}
                exercise = ast.literal_eval(decorator.args[0])
            except (ValueError, IndexError):
                raise AuthorError(
                    f"{where}:{decorator.lineno}: {kind} {node.name!r}: write the exercise and the hint as plain texts."
                ) from None
            return exercise, options.get("hint", ""), options.get("device", False)
    return None


def _other_decorators(node: ast.FunctionDef | ast.ClassDef, kind: str) -> str:
    texts = (ast.unparse(decorator) for decorator in node.decorator_list)
    return "".join(f"@{text}\n" for text in texts if not text.startswith(f"{kind}("))


def _is_code(node: ast.stmt) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader")
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return not (docstring or ours or future)


def _text(node: ast.stmt, lines: list[str]) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return "".join(lines[first - 1 : node.end_lineno]) + (
        "\n" if not lines[(node.end_lineno or 1) - 1].endswith("\n") else ""
    )


def implementations(mutants: tuple[Mutant, ...]) -> dict[str, Any]:
    """Each mutant's implementation, by its name."""
    return {
        mutant.name: implementation(mutant.source, f"mutant_{mutant.name}", mutant.where)
        for mutant in mutants
    }
