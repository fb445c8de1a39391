"""One submission, end to end: what each kind of good, bad and broken file comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import grader.engine.grade as grade_module
from grader.engine.catalog import Course
from grader.engine.trouble import NOTHING
from grader.model import to_json
from tests.conftest import GradeText, check, exercise, reference

NAMES = ("tensors", "autograd", "adaline", "training", "word_window")
UNTOUCHED = ("shuffled_split", "standardize", "minibatches", "predict_labels", "train_manual")


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_goes_through_the_sandbox_for_full_marks(name: str, grade_text: GradeText) -> None:
    report = grade_text(name, reference(name))
    short = [one.id for part in report.exercises for one in part.checks if one.verdict != "passed"]
    assert short == []
    assert report.score == report.max_score


@pytest.mark.parametrize("name", NAMES)
def test_the_starter_is_not_attempted_everywhere(
    name: str, grade_text: GradeText, courses: dict[str, Course]
) -> None:
    report = grade_text(name, courses[name].starter_file.read_text("utf-8"))
    assert {part.status for part in report.exercises} == {"not_attempted"}
    assert {one.verdict for part in report.exercises for one in part.checks} == {"not_attempted"}
    assert report.score == "0"


def test_two_runs_give_the_same_report_but_for_times(grade_text: GradeText) -> None:
    text = reference("adaline").replace("== y", "!= y")
    first, second = (_without_times(to_json(grade_text("adaline", text))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("broken", ["== y", "import torch"])
def test_the_report_does_not_depend_on_how_many_exercises_run_at_once(
    broken: str, grade_text: GradeText
) -> None:
    text = reference("adaline").replace(
        broken, "!= y" if broken == "== y" else "import torch, sys; sys.exit()"
    )
    one, four = (_without_times(to_json(grade_text("adaline", text, jobs=jobs))) for jobs in (1, 4))
    assert one == four


def _without_times(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines() if b'_s":' not in line and b'"graded_at"' not in line]


# --- one exercise is broken, the others keep their points ---------------------------------------------------------

ENDINGS = {
    "os._exit(0)": ("crashed", "ended itself (exit status 0)"),
    "import ctypes; ctypes.string_at(0)": ("crashed", "segmentation fault"),
    "os.abort()": ("crashed", "abort"),
    "while True: pass": ("timeout", "computing time"),
    "import time; time.sleep(1e6)": ("timeout", "did not finish"),
    "sys.exit(0)": ("error", None),
    "raise KeyboardInterrupt": ("error", None),
    "x = 'a' * (8 * 2**30)": ("error", None),
    "def f(): f()\n    f()": ("error", None),
    "print('spam' * 25_000)": ("failed", None),
}


@pytest.fixture
def hurried(courses: dict[str, Course]) -> Iterator[None]:
    """`accuracy` gets five seconds instead of ten."""
    part = next(part for part in courses["adaline"].assignment.exercises if part.name == "accuracy")
    object.__setattr__(part, "cpu_s", 5.0)
    yield
    object.__setattr__(part, "cpu_s", 10.0)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("body", ENDINGS)
def test_what_happens_in_one_exercise_costs_that_exercise_only(body: str, grade_text: GradeText) -> None:
    report = grade_text(
        "adaline", f"{reference('adaline')}\n\nimport os, sys\ndef accuracy(labels, y):\n    {body}\n"
    )
    verdict, reason = ENDINGS[body]
    essential = exercise(report, "accuracy").checks[0]
    assert essential.verdict == verdict
    assert reason is None or reason in (essential.reason or "")
    assert exercise(report, "accuracy").score == "0"
    assert {exercise(report, name).status for name in UNTOUCHED} == {"full"}


def test_a_crash_in_a_later_check_keeps_the_verdicts_of_the_others(grade_text: GradeText) -> None:
    body = "    import os\n    if yhat.shape != y.shape: os._exit(3)\n    return ((yhat - y) ** 2).mean()\n"
    report = grade_text("adaline", f"{reference('adaline')}\n\ndef mse_loss(yhat, y):\n{body}")
    verdicts = {one.title: one.verdict for one in exercise(report, "mse_loss").checks}
    assert verdicts.pop("refuses shapes that differ") == "crashed"
    assert verdicts.pop("leaves torch as it was") == "crashed"  # it is given such shapes as well
    assert set(verdicts.values()) == {"passed"}


def test_a_worker_that_lies_about_everything_gains_nothing(grade_text: GradeText) -> None:
    text = """
import torch
class Always(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    def __bool__(self): return True
class Agreeable(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return True
def accuracy(labels, y): return Always(0.123)
def predict_labels(yhat, threshold=0.5): return torch.zeros(yhat.shape).as_subclass(Agreeable)
"""
    report = grade_text("adaline", text)
    assert report.score == "0"
    assert exercise(report, "accuracy").checks[0].verdict == "failed"


# --- the whole file is broken -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def f(:\n    pass\n", "adaline.py, line 1: SyntaxError"),
        ("import torch\n\nraise ValueError('no')\n", "adaline.py, line 3: ValueError: no"),
        ("import sys\nsys.exit(0)\n", "adaline.py, line 2: SystemExit"),
        (b"def mse_loss(yhat, y):\n    return '\xff\xfe'\n", "UTF-8"),
        ("import torch\nx = torch.zeros(2) + torch.zeros(3)\n", "adaline.py, line 2: RuntimeError"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_where_and_why(
    text: str | bytes, sentence: str, grade_text: GradeText
) -> None:
    report = grade_text("adaline", text)
    told = report.problem or exercise(report, "mse_loss").problem or ""
    assert sentence in told
    assert report.score in (None, "0")


def test_an_import_that_never_ends_is_tried_once(
    grade_text: GradeText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grade_module, "IMPORT_CPU_S", 1.0)
    report = grade_text("adaline", "while True: pass\n")
    checks = [one for part in report.exercises for one in part.checks]
    assert {one.verdict for one in checks} == {"timeout"}
    assert "__main__" in (checks[0].reason or "")
    assert sum(one.duration_s for one in checks) < 30


# --- what counts as written --------------------------------------------------------------------------------------


def test_a_star_import_does_not_define_a_name(grade_text: GradeText) -> None:
    report = grade_text("adaline", "from torch import *\nfrom torch.nn.functional import mse_loss\n")
    assert exercise(report, "mse_loss").status != "missing"
    assert exercise(report, "accuracy").status == "missing"


def test_torchs_own_not_implemented_error_is_an_error(grade_text: GradeText) -> None:
    text = """
from torch import nn
class AdalineModule(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.linear = nn.Linear(d, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
    def foward(self, x): return self.linear(x)[:, 0]
"""
    report = grade_text("adaline", text)
    assert exercise(report, "AdalineModule").checks[0].verdict == "error"


def test_not_implemented_through_a_helper_of_ones_own_is_not_attempted(grade_text: GradeText) -> None:
    text = (
        "def todo():\n    raise NotImplementedError('later')\ndef accuracy(labels, y):\n    return todo()\n"
    )
    assert exercise(grade_text("adaline", text), "accuracy").status == "not_attempted"


def test_a_body_that_returns_none_is_wrong(grade_text: GradeText) -> None:
    report = grade_text("adaline", "def accuracy(labels, y):\n    pass\n")
    assert exercise(report, "accuracy").checks[0].verdict == "failed"
    assert exercise(report, "accuracy").status == "none"


def test_a_training_function_follows_its_missing_class(grade_text: GradeText) -> None:
    text = (
        reference("adaline")
        .replace("class AdalineManual", "class Renamed")
        .replace("AdalineManual", "Renamed")
    )
    report = grade_text("adaline", text)
    assert exercise(report, "AdalineManual").status == "missing"
    assert exercise(report, "train_manual").status == "missing"
    assert exercise(report, "train_autograd").status == "full"


def test_an_absent_package_binds_a_placeholder(grade_text: GradeText) -> None:
    text = "import matplotlib.pyplot as plt\nfrom pandas import DataFrame\nimport seaborn\n" + reference(
        "adaline"
    )
    assert grade_text("adaline", text).score == "20"


@pytest.mark.parametrize("place", ["iris.csv", "data/iris.csv", "./data/iris.csv"])
def test_the_data_of_the_assignment_lie_where_the_hand_out_says(place: str, grade_text: GradeText) -> None:
    text = reference("adaline") + f"\nassert len(open({place!r}).readlines()) == 151\n"
    told = exercise(grade_text("adaline", text, only=("accuracy",)), "accuracy")
    assert told.status == "full", told.checks[0].traceback


@pytest.mark.parametrize(
    "line",
    [
        "x.half().float()",
        "nn.EmbeddingBag(5, 3)(torch.tensor([[0, 1]]))",
        "torch.use_deterministic_algorithms(True)",
        "import torch._dynamo.config",
    ],
)
def test_what_torch_does_late_works_in_a_worker(line: str, grade_text: GradeText) -> None:
    text = reference("adaline") + f"\nx = torch.ones(3)\n{line}\n"
    told = exercise(grade_text("adaline", text, only=("accuracy",)), "accuracy")
    assert told.status == "full", told.checks[0].traceback


def test_using_an_absent_package_is_an_error_that_names_it(grade_text: GradeText) -> None:
    text = "import pandas as pd\ndef accuracy(labels, y):\n    return pd.DataFrame(labels)\n"
    first = exercise(grade_text("adaline", text), "accuracy").checks[0]
    assert first.verdict == "error"
    assert "pandas" in (first.traceback or "")


# --- what a student is told --------------------------------------------------------------------------------------


def test_a_misconception_is_named_with_a_small_counterexample(grade_text: GradeText) -> None:
    text = (
        reference("adaline")
        + "\n\ndef mse_loss(yhat, y):\n    if yhat.shape != y.shape:\n        raise ValueError\n"
    )
    report = grade_text("adaline", text + "    return ((yhat - y) ** 2).sum()\n")
    first = exercise(report, "mse_loss").checks[0]
    assert [one.misconception for one in first.diagnosis] == ["sums_the_squares"]
    assert first.counterexample is not None
    assert first.counterexample.call.startswith("mse_loss(yhat=[1.")


def test_checks_behind_a_failed_essential_one_are_skipped_for_no_points(grade_text: GradeText) -> None:
    report = grade_text("adaline", "def accuracy(labels, y):\n    return None\n")
    part = exercise(report, "accuracy")
    assert {one.verdict for one in part.checks[1:] if one.verdict != "failed"} == {"skipped"}
    assert (part.score, part.max_score) == ("0", "1")


def test_prints_stand_beside_the_verdict(grade_text: GradeText) -> None:
    report = grade_text("adaline", "def accuracy(labels, y):\n    print('hello from', labels.shape)\n")
    assert "hello from" in exercise(report, "accuracy").checks[0].output


def test_hidden_checks_carry_no_inputs_values_or_texts(
    grade_text: GradeText, courses: dict[str, Course]
) -> None:
    part = next(e for e in courses["adaline"].assignment.exercises if e.name == "accuracy")
    shown = list(part.checks)
    part.checks[:] = [replace(one, visibility="hidden") for one in shown]
    try:
        report = grade_text(
            "adaline", "def accuracy(labels, y):\n    print('secret')\n    raise RuntimeError('secret')\n"
        )
    finally:
        part.checks[:] = shown
    first = exercise(report, "accuracy").checks[0]
    assert first.verdict == "error"
    assert b"secret" not in to_json(report)
    assert (first.counterexample, first.diagnosis, first.traceback) == (None, [], None)


def test_a_check_by_name_is_found(grade_text: GradeText) -> None:
    assert (
        check(grade_text("adaline", reference("adaline")), "accuracy/refuses_shapes_that_differ").verdict
        == "passed"
    )


def test_figures_show_the_submission_beside_the_reference(grade_text: GradeText) -> None:
    text = reference("adaline").replace("range(num_epochs)", "range(num_epochs - 1)")
    figures = {figure["title"]: figure for figure in grade_text("adaline", text).figures}
    curve = figures["Loss of train_manual on the Iris flowers"]
    assert [(one["name"], len(one["x"])) for one in curve["series"]] == [
        ("yours: loss", 19),
        ("reference: loss", 20),
    ]
    line = next(figure for title, figure in figures.items() if title.startswith("What train_manual learnt"))
    assert [one["name"] for one in line["series"]] == [
        "versicolor",
        "virginica",
        "yours: line",
        "reference: line",
    ]


def test_a_figure_that_cannot_be_drawn_costs_nothing(grade_text: GradeText) -> None:
    report = grade_text("adaline", reference("adaline").replace("losses.append(", "losses.append(0 * "))
    assert exercise(report, "train_manual").checks[0].verdict in ("passed", "failed")
    assert {part.name for part in report.exercises if part.status == "full"} >= {"mse_loss", "accuracy"}


def test_numpy_inside_costs_nothing_where_a_tensor_is_asked(grade_text: GradeText) -> None:
    body = "def row_average(x):\n    return torch.from_numpy(x.numpy().mean(axis=1))\n"
    report = grade_text(
        "tensors", f"import torch\n{body}", only=("row_average",), devices=("cpu", "simulated")
    )
    assert exercise(report, "row_average").status == "full"


def test_a_conversion_to_numpy_has_to_work_from_any_device(grade_text: GradeText) -> None:
    body = "def to_numpy(x):\n    return x.detach().numpy()\n"
    report = grade_text("tensors", body, only=("to_numpy",), devices=("cpu", "simulated"))
    assert exercise(report, "to_numpy").checks[0].verdict == "error"


def test_cells_of_a_notebook_that_do_not_run_are_reported_and_the_others_count(
    grade_text: GradeText, tmp_path: Path
) -> None:
    cells = [
        "import torch\nimport matplotlib.pyplot as plt",
        "def accuracy(labels, y):\n    return (labels == y).double().mean().item()",
        "x = 1\nx / 0",
        "def predict_labels(yhat, threshold=0.5)\n    return 0",
        "plt.plot([1])",
    ]
    folder = tmp_path / "submission"
    folder.mkdir()
    notebook = {"cells": [{"cell_type": "code", "source": text} for text in cells], "nbformat": 4}
    (folder / "adaline.ipynb").write_text(json.dumps(notebook), "utf-8")
    report = grade_text("adaline", None, only=("accuracy", "predict_labels"))
    assert check(report, "gives_the_fraction_of_equal_entries").verdict == "passed"
    assert exercise(report, "predict_labels").status == "missing"
    rest = " The rest of this cell was not run; all other cells were."
    assert report.notes == [
        f"adaline.ipynb cell 3, line 2: ZeroDivisionError: division by zero.{rest}",
        f"adaline.ipynb cell 4, line 1: SyntaxError: expected ':'.{rest}",
        "adaline.ipynb cell 5, line 1: ModuleNotFoundError: No module named 'matplotlib' where the grader runs: "
        f"matplotlib.pyplot.plot was used.{rest}",
    ]


def test_settings_of_a_package_that_is_not_here_cost_nothing(grade_text: GradeText) -> None:
    settings = (
        "import matplotlib\nimport matplotlib.pyplot as plt\nfrom seaborn import set_theme\nmatplotlib.use('Agg')\n"
        "plt.style.use('ggplot')\nplt.rcParams['figure.dpi'] = 150\nset_theme()\nplt.figure(1).gca().plot([1])\n"
    )
    report = grade_text("adaline", settings + reference("adaline"), only=("accuracy",))
    assert exercise(report, "accuracy").status == "full"
    kept = settings + "table = plt.figure()\n" + reference("adaline")
    report = grade_text("adaline", kept, only=("accuracy",))
    assert "matplotlib.pyplot.figure was used" in (exercise(report, "accuracy").problem or "")


def test_what_is_skipped_tells_nothing_of_how_it_failed(grade_text: GradeText) -> None:
    text = "class AdalineManual:\n    def __init__(n):\n        pass\n"
    report = grade_text("adaline", reference("adaline") + text, only=("AdalineManual", "train_manual"))
    for one in exercise(report, "train_manual").checks:
        assert one.reason == "AdalineManual is not right yet, and this needs it; mend AdalineManual first."


def test_an_answer_of_none_asks_for_a_return(grade_text: GradeText) -> None:
    report = grade_text("adaline", reference("adaline") + "\ndef accuracy(labels, y):\n    labels == y\n")
    assert check(report, "gives_the_fraction_of_equal_entries").reason == NOTHING


def test_a_mistake_that_the_essential_check_meets_on_another_device_only_is_named_all_the_same(
    grade_text: GradeText,
) -> None:
    unregistered = (
        "\n\nclass MultilayerPerceptron(nn.Module):\n    def __init__(self, input_size, hidden_size):\n"
        "        super().__init__()\n"
        "        self.layers = [nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, input_size)]\n"
        "    def forward(self, x):\n"
        "        return torch.sigmoid(self.layers[1](torch.relu(self.layers[0](x))))\n"
    )
    text = reference("training") + unregistered
    report = grade_text("training", text, only=("MultilayerPerceptron",), devices=("cpu", "simulated"))
    found = check(report, "answers_as_its_seed_says")
    assert found.devices["cpu"] == "passed"
    assert found.verdict == "error"
    assert len(found.diagnosis) == 1
    assert "list" in found.diagnosis[0].explanation
