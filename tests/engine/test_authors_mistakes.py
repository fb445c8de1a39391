"""What an author writes wrongly is answered by one sentence with file and line, never by a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.engine.audit import audit
from grader.engine.catalog import load_course
from grader.errors import AuthorError

FILES = {
    "assignments/mini/starter.py": '''
def double(x):
    """Twice x."""
    raise NotImplementedError
''',
    "assignments/mini/checks.py": """
from grader.exercise import Assignment
from grader.strategies import edge, tensor

mini = Assignment("mini", title="Mini")
double = mini.exercise("double", x=tensor("n"))


@double.check(points="1", essential=True, edges=[edge(n=2)])
def doubles_every_entry(impl, x):
    "Twice each entry."
    return impl.double(x)
""",
    "reference/mini.py": "def double(x):\n    return 2 * x\n",
    "reference/misconceptions/mini.py": '''
@misconception("double", hint="How often?")
def squares(x):
    """Squares."""
    return x * x
''',
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    yield tmp_path
    shutil.rmtree(tmp_path)


def told(project: Path) -> str:
    """What an audit says, whether it ends early or not."""
    try:
        return "\n".join(audit(load_course("mini", folder=project / "assignments"), 0, 5).problems)
    except AuthorError as error:
        return str(error)


def test_what_is_written_rightly_needs_no_sentence(project: Path) -> None:
    assert told(project) == ""


@pytest.mark.parametrize(
    ("file", "before", "after", "sentence"),
    [
        ("checks", "impl.double(x)", "impl.double(x", "checks.py:12: SyntaxError: '(' was never closed"),
        ("checks", "import edge, tensor", "import edge, tensr", "checks.py:3: ImportError: cannot import"),
        ("checks", "(impl, x)", "(impl, x, k)", "checks.py:9: mini/double/doubles_every_entry: parameter 'k' has no"),
        ("checks", 'Assignment("mini"', 'Assignment("mine"', "its Assignment is called 'mine', its folder 'mini'"),
        ("checks", "edge(n=2)", 'edge(n="a")', "doubles_every_entry: its inputs cannot be drawn: ValueError"),
        ("checks", "essential=True,", "essential=True, judge=lambda c, e, o: 1 / 0,", "judge raises ZeroDivisionError"),
        ("checks", 'mini.exercise("double",', 'mini.exercise("double", uses=("nope",),', "uses='nope'; there is"),
        ("starter", "def double", "def doubel", "starter.py: it has no stub of double"),
        ("starter", "(x):", "(x)", "starter.py:2: SyntaxError: expected ':'"),
        ("starter", "raise NotImplementedError", "pass", "the stub of double does not raise NotImplementedError"),
        ("reference/mini", "2 * x", "2 * x + __import__('time').perf_counter_ns() % 977", "otherwise when asked again"),
        ("checks", "essential=True,", "essential=True, error=1e-3,", "error=0.001: give Within(…) or Rounding(…)"),
        ("misconceptions/mini", "x * x", "x *", "misconceptions/mini.py:5: SyntaxError: invalid syntax"),
        ("misconceptions/mini", '"double"', '"doubel"', "mini.py:3: misconception 'squares': no exercise 'doubel'"),
        ("misconceptions/mini", "def squares", "def double", "'double': the name is used twice; rename one"),
        ("misconceptions/mini", '"How', 'f"How', "misconception 'squares': write the exercise and the hint as plain"),
        ("misconceptions/mini", ', hint="How often?"', "", "misconception 'squares' has no hint"),
        ("misconceptions/mini", '    """Squares."""\n', "", "misconception 'squares' has no docstring"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(project: Path, file: str, before: str, after: str, sentence: str) -> None:
    [path] = [project / name for name in FILES if f"/{name}".endswith(f"/{file}.py")]
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))
    found = told(project)
    assert sentence in found
    assert "\n" not in found
