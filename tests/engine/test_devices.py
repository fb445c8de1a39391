"""Further devices: what the simulated one may cost a submission, and what it never costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

import grader.engine.grade as grade_module
from grader.engine.catalog import Course
from grader.engine.cuda import CudaRun
from grader.engine.devices import THERE, choose_devices
from grader.engine.elsewhere import Elsewhere, judge_elsewhere
from grader.engine.key import AnswerKey, KeyStore
from grader.errors import UsageError
from grader.exercise import Check
from grader.intake import load_submission
from grader.model import CheckReport, GradeReport
from grader.sandbox import wire
from grader.sandbox.client import Zygote
from grader.sandbox.inside import devices as inside_devices
from grader.sandbox.inside.devices import missing
from grader.sandbox.limits import Limits
from grader.values import DictNode, MalformedError, Node, Raised, TensorNode, encode_node
from tests.conftest import GradeText, reference

pytestmark = pytest.mark.skipif(missing("simulated") is not None, reason=str(missing("simulated")))

# --- which devices ------------------------------------------------------------------------------------------


def test_the_default_is_what_is_here() -> None:
    further = "cuda" if torch.cuda.is_available() else "simulated"
    assert choose_devices() == ("cpu", further)


def test_the_cpu_always_comes_first() -> None:
    assert choose_devices("simulated") == ("cpu", "simulated")
    assert choose_devices("simulated, cpu") == ("cpu", "simulated")
    assert choose_devices("cpu") == ("cpu",)


@pytest.mark.parametrize(
    ("asked", "words"), [("gpu", "one of cpu, simulated, cuda"), ("cuda", "no CUDA device")]
)
def test_a_device_that_cannot_be_had_is_refused(asked: str, words: str) -> None:
    if asked == "cuda" and torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(UsageError, match=words):
        choose_devices(asked)


# --- the rule -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key(store: KeyStore, courses: dict[str, Course]) -> AnswerKey:
    return store.get(courses["tensors"], 0, 100)


@pytest.fixture(scope="module")
def row_average(courses: dict[str, Course]) -> Check:
    return next(
        c for c in courses["tensors"].assignment.checks if c.id == "tensors/row_average/averages_every_row"
    )


def vector(*numbers: float, device: str = THERE) -> TensorNode:
    return TensorNode("float32", (len(numbers),), torch.tensor(numbers).numpy().tobytes(), device)


RIGHT = vector(1.0, 2.0)
HERE = wire.Origin("tensors.py", 7, "total = torch.zeros(2)")
REFUSED = (
    "Expected all tensors to be on the same device, but found at least two devices, simulated:0 and cpu!"
)


def exception(name: str, message: str, **more: Any) -> Raised:
    return Raised((f"builtins.{name}", "builtins.Exception"), message, **more)


def verdict(row_average: Check, key: AnswerKey, observed: Node, seen: wire.Seen) -> Elsewhere:
    answers = wire.Answers([encode_node(observed)], None, [seen])
    expected = [encode_node(RIGHT)]
    return judge_elsewhere(row_average, key.checks[row_average.id], expected, answers, THERE_NAME)


THERE_NAME = "simulated"
ON_DEVICE = vector(1.0, 2.0, device=THERE_NAME)
ELSEWHERE = vector(5.0, 2.0, device=THERE_NAME)

FAULTS = {
    "refused": (exception("RuntimeError", REFUSED), wire.Seen(mismatch=REFUSED, origin=HERE), "error"),
    "refused by torch itself": (exception("RuntimeError", REFUSED), wire.Seen(), "error"),
    "on the cpu": (vector(1.0, 2.0, device="cpu"), wire.Seen(strays=[HERE]), "failed"),
    "on the cpu, and nobody knows whence": (vector(1.0, 2.0, device="cpu"), wire.Seen(), "failed"),
    "hidden, then another value": (ELSEWHERE, wire.Seen(mismatch=REFUSED, origin=HERE), "failed"),
    "another value, drawn there": (ELSEWHERE, wire.Seen(drew=HERE), "failed"),
    "hidden, then another exception": (
        exception("ValueError", "gave up"),
        wire.Seen(mismatch=REFUSED, origin=HERE),
        "error",
    ),
}
DOUBTS = {
    "another value": (ELSEWHERE, wire.Seen()),
    "another shape": (vector(1.0, device=THERE_NAME), wire.Seen()),
    "another exception": (exception("ZeroDivisionError", "no"), wire.Seen()),
    "another exception, and drawn there": (exception("ZeroDivisionError", "no"), wire.Seen(drew=HERE)),
    "not written": (exception("NotImplementedError", "", unwritten=True), wire.Seen()),
    "nothing": (None, wire.Seen()),
    "through numpy, which contracts allow": (
        exception("TypeError", "can't convert simulated:0 device type tensor to numpy."),
        wire.Seen(),
    ),
    "unknown operation": (exception("Exception", "?"), wire.Seen(unsupported="aten.x is not known")),
    "unknown operation, and on the cpu": (vector(1.0, 2.0, device="cpu"), wire.Seen(unsupported="aten.x")),
    "unknown operation, and refused": (
        exception("RuntimeError", REFUSED),
        wire.Seen("aten.x", REFUSED, HERE),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_device_is_blamed_for_fails(name: str, row_average: Check, key: AnswerKey) -> None:
    observed, seen, expected = FAULTS[name]
    found = verdict(row_average, key, observed, seen)
    assert found.verdict == expected
    assert found.reason
    if seen.origin or seen.drew or any(seen.strays):
        assert "tensors.py, line 7: `total = torch.zeros(2)`" in found.reason


@pytest.mark.parametrize("name", DOUBTS)
def test_everything_else_is_skipped(name: str, row_average: Check, key: AnswerKey) -> None:
    found = verdict(row_average, key, *DOUBTS[name])
    assert (found.verdict, found.failures) == ("skipped", ())
    assert found.reason


def test_the_right_answer_on_the_device_passes(row_average: Check, key: AnswerKey) -> None:
    assert verdict(row_average, key, ON_DEVICE, wire.Seen(mismatch=REFUSED)).verdict == "passed"


def test_an_account_that_is_missing_is_nonsense(row_average: Check, key: AnswerKey) -> None:
    answers = wire.Answers([encode_node(ON_DEVICE)])
    with pytest.raises(MalformedError):
        judge_elsewhere(row_average, key.checks[row_average.id], [encode_node(RIGHT)], answers, THERE_NAME)


def test_an_account_without_end_is_nonsense() -> None:
    import msgspec

    endless = wire.Answers([b""], None, [wire.Seen(strays=[HERE] * (wire.MAX_STRAYS + 1))])
    with pytest.raises(MalformedError):
        wire.decode(msgspec.msgpack.encode(endless), wire.Answers)
    with pytest.raises(MalformedError):
        wire.decode(msgspec.msgpack.encode(wire.Answers([], None, [wire.Seen("x" * 10_000)])), wire.Answers)


def test_a_forged_account_shows_no_control_characters(row_average: Check, key: AnswerKey) -> None:
    origin = wire.Origin("a\x1b[31m.py", 1, "\x07x")
    found = verdict(row_average, key, vector(1.0, 2.0, device="cpu"), wire.Seen(strays=[origin]))
    assert found.reason
    assert found.reason.isprintable()


# --- through the sandbox ------------------------------------------------------------------------------------

SIMULATED = {"devices": ("cpu", "simulated")}


def graded(grade_text: GradeText, body: str, name: str = "row_average", **options: Any) -> GradeReport:
    """The report on one exercise of `tensors`, written like this at the end of the model solution."""
    text = f"{reference('tensors')}\n\n{body}"
    return grade_text("tensors", text, only=(name,), **{**SIMULATED, **options})


def essential(report: GradeReport) -> CheckReport:
    return report.exercises[0].checks[0]


ZEROS = """
def row_average(x):
    total = torch.zeros(len(x), dtype=x.dtype)
    for column in x.T:
        total = total + column
    return total / x.shape[1]
"""


def test_a_device_bug_fails_and_its_line_is_named(grade_text: GradeText) -> None:
    found = essential(graded(grade_text, ZEROS))
    assert found.devices == {"cpu": "passed", "simulated": "error", "cuda": "skipped"}
    assert (found.verdict, found.points) == ("error", "0")
    assert "`total = torch.zeros(len(x), dtype=x.dtype)`" in (found.reason or "")
    assert "tensors.py, line " in (found.reason or "")
    assert "grader." not in (found.traceback or "")
    assert found.counterexample is not None


def test_a_bug_that_is_hidden_in_a_try_is_found(grade_text: GradeText) -> None:
    body = (
        "def row_average(x):\n"
        "    try:\n        return x @ torch.full((x.shape[1],), 1 / x.shape[1], dtype=x.dtype)\n"
        "    except RuntimeError:\n        return x[:, 0] * 0\n"
    )
    found = essential(graded(grade_text, body))
    assert (found.devices["cpu"], found.devices["simulated"]) == ("passed", "failed")


def test_without_the_device_it_passes_and_nothing_is_lost(grade_text: GradeText) -> None:
    report = graded(grade_text, ZEROS, devices=("cpu",))
    assert report.score == report.max_score
    assert essential(report).devices == {"cpu": "passed", "simulated": "skipped", "cuda": "skipped"}


NEVER_BLAMED = {
    "asks for cuda": "    if x.is_cuda: raise RuntimeError('no')\n    return torch.zeros(len(x)) + x.mean(1)",
    "ends itself": "    import os\n    if x.device.type != 'cpu': os._exit(3)\n    return x.mean(1)",
    "raises": "    if x.device.type != 'cpu': raise ValueError('where am I')\n    return x.mean(1)",
    "gives up": "    if x.device.type != 'cpu': raise NotImplementedError\n    return x.mean(1)",
    "other values": "    return x.mean(1) + (x.device.type != 'cpu')",
    "unknown operation": "    return x.to_sparse().to_dense().mean(1) if x.device.type != 'cpu' else x.mean(1)",
    "counts its calls": "    row_average.calls = getattr(row_average, 'calls', 0) + 1\n    return x.mean(1)",
    "by way of the cpu": "    return x.cpu().mean(1).to(x.device)",
    "on x's device": "    return torch.zeros(len(x), dtype=x.dtype, device=x.device) + x.mean(1)",
}


@pytest.mark.parametrize("name", NEVER_BLAMED)
def test_what_is_right_on_the_cpu_and_no_device_bug_keeps_its_points(
    name: str, grade_text: GradeText
) -> None:
    report = graded(grade_text, f"def row_average(x):\n{NEVER_BLAMED[name]}\n")
    assert report.score == report.max_score
    assert {one.devices["simulated"] for one in report.exercises[0].checks} <= {"passed", "skipped"}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grade_module, "ELSEWHERE_CPU_S", 0.5)


@pytest.mark.usefixtures("hurried")
def test_what_hangs_on_the_simulated_device_only_costs_nothing(grade_text: GradeText) -> None:
    report = graded(
        grade_text, "def row_average(x):\n    while x.device.type != 'cpu': pass\n    return x.mean(1)\n"
    )
    assert report.score == report.max_score
    assert essential(report).devices["simulated"] == "skipped"


def test_a_check_that_fails_on_the_cpu_is_not_run_elsewhere(grade_text: GradeText) -> None:
    found = essential(graded(grade_text, "def row_average(x):\n    return torch.zeros(len(x)) + x.sum(1)\n"))
    assert found.devices == {"cpu": "failed", "simulated": "skipped", "cuda": "skipped"}


def test_what_the_device_left_behind_spoils_nothing_on_the_cpu(grade_text: GradeText) -> None:
    body = (
        "_made = {}\n"
        "def row_average(x):\n    return x.mean(1) + _made.setdefault(len(x), x.new_zeros(len(x)))\n"
    )
    report = graded(grade_text, body)
    assert {one.devices["cpu"] for one in report.exercises[0].checks} == {"passed"}
    assert essential(report).devices["simulated"] == "error"


# --- the shared worker, tried where there is no card: the same code on the simulated device -----------------


@pytest.fixture
def shared(zygote: Zygote, courses: dict[str, Course], tmp_path: Any) -> Iterator[Any]:
    """`shared(text)`: a `CudaRun` of a submission whose `tensors.py` ends like this."""
    running: list[CudaRun] = []

    def make(body: str) -> CudaRun:
        (tmp_path / "tensors.py").write_text(f"{reference('tensors')}\n\n{body}")
        submission = load_submission(tmp_path, ("tensors",), known=["tensors"])
        running.append(CudaRun(zygote, submission, courses, Limits(), device="simulated"))
        return running[-1]

    yield make
    for run in running:
        run.close()


def first_check(courses: dict[str, Course], name: str) -> Check:
    return next(part for part in courses["tensors"].assignment.exercises if part.name == name).essential


def verdicts(run: CudaRun, courses: dict[str, Course], key: AnswerKey, *names: str) -> list[str]:
    found = []
    for name in names:
        check = first_check(courses, name)
        found.append(run.check(check, key.checks[check.id], 5.0).verdict)
    return found


def test_one_worker_serves_all_exercises(shared: Any, courses: dict[str, Course], key: AnswerKey) -> None:
    run = shared(ZEROS)
    assert verdicts(run, courses, key, "column_average") == ["passed"]
    worker = run._theirs._worker.pid
    assert verdicts(run, courses, key, "row_average", "sum_over") == ["error", "passed"]
    assert run._theirs._worker.pid == worker


def test_what_ends_the_worker_costs_that_exercise_only(
    shared: Any, courses: dict[str, Course], key: AnswerKey
) -> None:
    run = shared("def row_average(x):\n    import os\n    os._exit(1)\n")
    names = ("column_average", "row_average", "row_average", "sum_over")
    assert verdicts(run, courses, key, *names) == ["passed", "crashed", "skipped", "passed"]


def test_an_exercise_without_tensors_needs_no_card(
    shared: Any, courses: dict[str, Course], key: AnswerKey
) -> None:
    run = shared("")
    assert verdicts(run, courses, key, "broadcast_shape", "counting") == ["skipped", "skipped"]
    assert run._theirs is None


def test_both_sides_answer_the_same_there(shared: Any, courses: dict[str, Course], key: AnswerKey) -> None:
    """What the trusted side's model solution answers on the device is what it answers in a worker."""
    run = shared("")
    for name in ("row_average", "pad_sequences", "batched_outer"):
        check = first_check(courses, name)
        part = key.checks[check.id]
        assert run._reference(check, part, len(part.elsewhere)) == part.elsewhere


def test_each_case_on_a_card_is_without_tf32() -> None:
    """Whatever a file that was loaded in the meantime has set, by the old names or the new ones."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    for chosen in (
        lambda: setattr(matmul, "allow_tf32", True),
        lambda: setattr(matmul, "fp32_precision", "tf32"),
        lambda: setattr(cudnn, "allow_tf32", True),
        lambda: torch.set_float32_matmul_precision("high"),
    ):
        chosen()
        inside_devices._without_tf32()
        assert not matmul.allow_tf32
        assert not cudnn.allow_tf32
        assert torch.get_float32_matmul_precision() == "highest"


def test_a_card_without_room_for_a_context_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "init", refuse)
    inside_devices._start_cuda.cache_clear()
    with pytest.raises(inside_devices.AbsentDeviceError, match="no context could be made: CUDA error"):
        inside_devices.run_elsewhere("cuda", lambda impl: None, None, DictNode([]), 0)
