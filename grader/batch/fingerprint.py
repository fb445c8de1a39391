"""What the verdict of each exercise depends on, as one digest an exercise.

A digest changes with every source that can change the verdict, and with nothing else that can be told apart
by reading: the statements of `checks.py`, of the model solution and of the misconceptions are followed from
an exercise to the names that it uses, so that mending one check leaves the other exercises' results valid.
The grader's own code counts as a whole.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from grader.engine.catalog import Course
from grader.engine.key import with_used
from grader.engine.session import Options, versions

GRADER = Path(__file__).resolve().parents[1]
JUDGING = (
    "engine",
    "sandbox",
    "intake",
)  # and the modules directly in grader/; reports and commands judge nothing

Fingerprints = dict[str, str]


def fingerprints(courses: Mapping[str, Course], options: Options) -> Fingerprints:
    """The digest of every exercise, by `assignment/exercise`."""
    common = _digest([code_digest(), *_settings(options)])
    return {
        f"{course.name}/{name}": digest
        for course in courses.values()
        for name, digest in _exercises(course, common, options.only).items()
        if not options.only or name in options.only
    }


def whole(digests: Fingerprints) -> str:
    """One digest of them all: of everything that a batch's verdicts depend on besides the submissions."""
    return _digest(f"{name}={digest}" for name, digest in sorted(digests.items()))


def changed(old: Fingerprints, new: Fingerprints) -> list[str]:
    """The exercises of `new` whose verdicts may differ under `old`, in the order of `new`."""
    return [name for name, digest in new.items() if old.get(name) != digest]


@cache
def code_digest() -> str:
    """A digest of the grader's own code, as far as it can change a verdict."""
    files = [*GRADER.glob("*.py"), *(file for folder in JUDGING for file in (GRADER / folder).rglob("*.py"))]
    own = [file for file in sorted(files) if file.name not in ("cli.py", "__main__.py")]
    return _digest(part for file in own for part in (str(file.relative_to(GRADER)), file.read_text("utf-8")))


def _settings(options: Options) -> Iterator[str]:
    import torch

    yield from (f"{name}={version}" for name, version in versions().items())
    yield from (
        f"seed={options.seed}",
        f"secret={options.secret}",
        f"cases={options.cases}",
        f"limits={options.limits}",
    )
    yield from (f"devices={options.devices}", torch.backends.cpu.get_cpu_capability())


def _exercises(course: Course, common: str, only: Sequence[str]) -> Fingerprints:
    checks = _Sources([course.checks_file])
    known = _Sources(_reference_files(course))
    files = [file.read_bytes().hex() for file in (*course.data_files, course.starter_file) if file.is_file()]
    variables = checks.exercise_variables()
    digests: Fingerprints = {}
    wanted = with_used(course, only) if only else [exercise.name for exercise in course.assignment.exercises]
    for exercise in course.assignment.exercises:  # what an exercise uses comes before it
        name = exercise.name
        if name not in wanted:
            continue
        statements = (
            checks.about(variables[name], set(variables.values())) if name in variables else checks.all()
        )
        roots = {name, *known.marked_for(name)}
        used = [digests.get(other, "") for other in exercise.uses]
        digests[name] = _digest(
            [common, name, *statements, "reference", *known.reached(roots), *used, *files]
        )
    return digests


def _reference_files(course: Course) -> list[Path]:
    if course.reference_file is None:
        return []
    return [
        course.reference_file,
        course.reference_file.parent / "misconceptions" / course.reference_file.name,
    ]


_BINDING = ast.Assign | ast.AnnAssign | ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom


class _Sources:
    """The top-level statements of some files, and which names each binds and uses."""

    def __init__(self, files: Sequence[Path]) -> None:
        trees = [ast.parse(file.read_text("utf-8")) for file in files if file.is_file()]
        self.statements = [node for tree in trees for node in tree.body if not _is_docstring(node)]
        self._dumped: dict[int, str] = {}
        self.bound = [set(_binds(node)) for node in self.statements]
        self.used = [_names(node) for node in self.statements]
        self.subjects = [_subject_names(node) for node in self.statements]
        self._binders: dict[str, set[int]] = {}
        for index, names in enumerate(self.bound):
            for name in names:
                self._binders.setdefault(name, set()).add(index)
        self._marked: dict[str, set[str]] = {}
        for node in self.statements:
            for text in _decorators_texts(node):
                self._marked.setdefault(text, set()).add(node.name)  # type: ignore[attr-defined]

    def exercise_variables(self) -> dict[str, str]:
        """By exercise, the variable that holds it: `mse = adaline.exercise("mse_loss")` is mse_loss: mse."""
        found = {}
        for node in self.statements:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                call, target = node.value, node.targets[0]
                named = call.args and isinstance(call.args[0], ast.Constant) and isinstance(target, ast.Name)
                if named and isinstance(call.func, ast.Attribute) and call.func.attr == "exercise":
                    found[str(call.args[0].value)] = target.id  # type: ignore[attr-defined]
        return found

    def marked_for(self, exercise: str) -> set[str]:
        """The misconceptions of an exercise, by name."""
        return self._marked.get(exercise, set())

    def about(self, variable: str, variables: set[str]) -> list[str]:
        """The statements about one exercise: those that mention its variable, and those that bind nothing."""
        own = set()
        for index, node in enumerate(self.statements):
            subject = self.subjects[index] & variables
            if (
                variable in subject
                or variable in self.bound[index]
                or (not subject and not isinstance(node, _BINDING))
            ):
                own.add(index)
        return self._with_all_used(own, variables - {variable})

    def reached(self, roots: set[str]) -> list[str]:
        """The statements that bind these names, and all that they use."""
        return self._with_all_used(
            {i for i, bound in enumerate(self.bound) if bound & roots or not bound}, set()
        )

    def _with_all_used(self, indices: set[int], beyond: set[str]) -> list[str]:
        """These statements and, again and again, those that bind names they use; not of `beyond`."""
        todo, seen = list(indices), set(indices)
        while todo:
            for name in self.used[todo.pop()] - beyond:
                new = self._binders.get(name, set()) - seen
                seen |= new
                todo += new
        return [self.dumped(index) for index in sorted(seen)]

    def all(self) -> list[str]:
        """All statements: for an exercise of which it can't be told which are about it."""
        return [self.dumped(index) for index in range(len(self.statements))]

    def dumped(self, index: int) -> str:
        """A statement without its comments and place."""
        if index not in self._dumped:
            self._dumped[index] = ast.dump(self.statements[index])
        return self._dumped[index]


def _names(*nodes: ast.AST) -> set[str]:
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


def _subject_names(node: ast.stmt) -> set[str]:
    """The names that say which exercise a statement is about: a definition's decorators, else all of it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return _names(*node.decorator_list)
    return _names(node)


def _decorators_texts(node: ast.stmt) -> set[str]:
    """The strings in a definition's decorators, of which one names the exercise of a misconception."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return set()
    parts = (part for decorator in node.decorator_list for part in ast.walk(decorator))
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def _binds(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    else:
        yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
