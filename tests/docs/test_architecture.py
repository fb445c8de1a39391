"""The arrows of docs/architecture.md, read from its own table."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.engine.catalog import PROJECT, Course

GRADER = PROJECT / "grader"
PAGE = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
AUTHORS_IMPORTS = {"torch", "numpy", "grader.kit", "grader.exercise", "grader.strategies", "grader.values"}
UNREACHABLE_FROM_INSIDE = {"engine", "report", "batch", "intake", "commands", "cli", "compare", "reference"}
STAFFS_OWN_CODE = {"engine/catalog.py", "engine/mutate.py"}  # they run model solutions and misconceptions
RUNNING = {"exec", "eval", "__import__", "import_module", "run_path", "run_module", "exec_module"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(GRADER.rglob("*.py")):
        yield file.relative_to(GRADER).as_posix(), ast.parse(file.read_text("utf-8"))


def unit(dotted: str) -> str:
    """`grader.sandbox.inside.worker` -> `sandbox/inside`; `grader.model` -> `model`; `grader` -> `grader`."""
    parts = dotted.split(".")[1:]
    return "sandbox/inside" if parts[:2] == ["sandbox", "inside"] else (parts or ["grader"])[0]


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules that a file imports, dotted, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            module = node.module or ""
            inner = module in ("grader", "grader.sandbox") and {alias.name for alias in node.names} - {
                "__version__"
            }
            yield from (f"{module}.{name}" for name in sorted(inner)) if inner else [module]


def arrows() -> set[tuple[str, str]]:
    """From where to where in grader/ something is imported."""
    found = set()
    for file, tree in modules():
        origin = unit("grader." + file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        ours = {unit(name) for name in imported(tree) if name.split(".")[0] == "grader"}
        found |= {(origin, target) for target in ours - {origin}}
    return found


def table() -> dict[str, set[str]]:
    """What the page says that each module may import."""
    rows = re.findall(r"^\| `([\w/]+)` \|[^|]*\| ([^|]*) \|$", PAGE, re.MULTILINE)
    return {module: set(re.findall(r"`([^`]+)`", targets)) for module, targets in rows}


def test_every_import_is_in_the_pages_table() -> None:
    allowed = table()
    assert len(allowed) > 12
    assert [(a, b) for a, b in sorted(arrows()) if a != "__main__" and b not in allowed.get(a, ())] == []


def test_every_arrow_of_the_table_is_in_use() -> None:
    wanted = {(origin, target) for origin, targets in table().items() for target in targets}
    assert sorted(wanted - arrows()) == []


def test_every_part_of_the_grader_is_in_the_table() -> None:
    parts = {
        path.stem for path in GRADER.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert parts - set(table()) == {"__init__", "__main__"}


def test_the_page_names_no_folder_or_file_that_is_not_there() -> None:
    named = set(re.findall(r"`((?:engine|commands|sandbox|grader|scripts|tests)/[\w./]+)`", PAGE))
    assert len(named) > 8
    assert [
        name for name in sorted(named) if not ((PROJECT / name).exists() or (GRADER / name).exists())
    ] == []


@pytest.mark.parametrize(
    ("origin", "never"),
    [
        ("report", {"engine", "sandbox", "sandbox/inside"}),
        ("model", {"*"}),
        ("engine", {"report", "batch", "commands"}),
    ],
)
def test_an_arrow_that_the_design_rules_out_is_not_in_the_table(origin: str, never: set[str]) -> None:
    assert not (table()[origin] & never)
    assert never != {"*"} or not table()[origin]


def test_inside_reaches_nothing_that_a_submission_must_not_know() -> None:
    """Through any number of imports: what the zygote never loads, a worker cannot have in its memory."""
    reached, seen = {"sandbox/inside"}, set[str]()
    while reached - seen:
        origin = (reached - seen).pop()
        seen.add(origin)
        reached |= {target for a, target in arrows() if a == origin and a != "sandbox"}
    assert not reached & UNREACHABLE_FROM_INSIDE
    for file, tree in modules():
        if file.startswith("sandbox/"):
            assert not {name.split(".")[0] for name in imported(tree)} & UNREACHABLE_FROM_INSIDE


def runs_code(node: ast.AST) -> bool:
    """Whether this is a call that runs code which is not spelt out here; an import by a fixed name is."""
    if not isinstance(node, ast.Call) or (node.args and isinstance(node.args[0], ast.Constant)):
        return False
    return getattr(node.func, "id", getattr(node.func, "attr", "")) in RUNNING


def test_only_the_loader_inside_runs_a_submissions_code() -> None:
    running = {file for file, tree in modules() if any(runs_code(node) for node in ast.walk(tree))}
    outside = {file for file in running if not file.startswith("sandbox/inside/")}
    assert "sandbox/inside/loader.py" in running
    assert outside == STAFFS_OWN_CODE


def test_nothing_is_ever_unpickled() -> None:
    assert not [file for file, tree in modules() if {"pickle", "dill", "marshal"} & set(imported(tree))]
    assert not [
        file
        for file, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Attribute) and ast.unparse(call) in ("torch.load", "np.load")
    ]


def identifiers_and_texts(tree: ast.Module) -> Iterator[str]:
    """Names, and strings that are code rather than prose: a student's word in a sentence is no dependence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_exercise_and_no_assignment_is_named_in_the_grader(courses: dict[str, Course]) -> None:
    exercises = {exercise.name for course in courses.values() for exercise in course.assignment.exercises}
    ids = {
        f"{course.name}/{exercise.name}"
        for course in courses.values()
        for exercise in course.assignment.exercises
    }
    assert len(exercises) == 68
    named = [
        (file, text)
        for file, tree in modules()
        for text in identifiers_and_texts(tree)
        if text in exercises | ids
    ]
    assert named == []
    texts = {node.value for _, tree in modules() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not texts & set(courses)


def test_checks_import_only_what_the_worker_has(courses: dict[str, Course]) -> None:
    for course in courses.values():
        for name in imported(ast.parse(course.checks_file.read_text("utf-8"))):
            package = name.split(".")[0]
            assert name in AUTHORS_IMPORTS or package in {*sys.stdlib_module_names, "torch", "numpy"}, (
                course.name,
                name,
            )


def test_model_solutions_import_nothing_of_the_grader(courses: dict[str, Course]) -> None:
    for name in courses:
        tree = ast.parse(Path(PROJECT / "reference" / f"{name}.py").read_text("utf-8"))
        assert {module.split(".")[0] for module in imported(tree)} <= {
            *sys.stdlib_module_names,
            "torch",
            "numpy",
        }
