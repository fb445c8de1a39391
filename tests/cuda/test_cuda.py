"""Grading on a real card. Skipped where there is none; docs/cuda.md says whether it ever ran on one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import torch

from grader.engine.catalog import Course, Mutant, assignment_names, load_course
from grader.engine.cuda import CudaRun, _Holder
from grader.engine.devices import cases_elsewhere
from grader.engine.elsewhere import Elsewhere, judge_elsewhere
from grader.engine.key import CheckKey, KeyStore, add_misconceptions, judge_case
from grader.exercise import Check
from grader.intake import load_submission
from grader.model import CheckReport, GradeReport
from grader.sandbox import wire
from grader.sandbox.client import Budget, Zygote
from grader.sandbox.limits import Limits
from tests.conftest import GradeText, reference

if not torch.cuda.is_available():
    pytest.skip("this machine has no CUDA device", allow_module_level=True)

DEVICE = "cuda"
pytestmark = pytest.mark.cuda
BOTH = {"devices": ("cpu", DEVICE)}
NAMES = assignment_names()


def mutants(kind: str, *, device: bool = False) -> Iterator[object]:
    """The misconceptions or alternatives of all assignments, those about devices or the others."""
    for name in NAMES:
        for mutant in getattr(load_course(name), kind):
            if mutant.device == device:
                yield pytest.param(name, mutant, id=f"{name}/{mutant.name}")


# --- the context ------------------------------------------------------------------------------------------

MAKES_A_CONTEXT = "import torch\nassert torch.zeros(2, device='cuda').add(1).sum().item() == 2\n"


@pytest.mark.parametrize("off", ["nothing", "seccomp", "landlock", "memory", "rlimits", "uid"])
def test_a_confined_worker_makes_a_context(zygote: Zygote, off: str) -> None:
    """First of all; where it fails, that it passes without a layer says which one is in its way."""
    with zygote.worker(devices="cuda", off=frozenset({off} - {"nothing"})) as worker:
        load = wire.Load("context", "context.py", [MAKES_A_CONTEXT], [])
        assert worker.load(load, Budget(60, Limits(cpu_s=60))).problems == []


# --- right and wrong code ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_model_solutions_pass_there(name: str, grade_text: GradeText) -> None:
    report = grade_text(name, reference(name), **BOTH)
    found = [one.devices[DEVICE] for part in report.exercises for one in part.checks]
    assert report.score == report.max_score
    assert set(found) <= {"passed", "skipped"}
    assert "passed" in found


@pytest.mark.parametrize(("name", "mutant"), list(mutants("alternatives")))
def test_alternatives_pass_there(name: str, mutant: Mutant, grade_text: GradeText) -> None:
    report = grade_text(name, mutant.source, only=(mutant.exercise,), **BOTH)
    assert report.score == report.max_score


@pytest.mark.parametrize(("name", "mutant"), list(mutants("misconceptions", device=True)))
def test_device_mistakes_are_caught_there(name: str, mutant: Mutant, grade_text: GradeText) -> None:
    report = grade_text(name, mutant.source, only=(mutant.exercise,), **BOTH)
    found = [one.devices for one in report.exercises[0].checks]
    assert {one["cpu"] for one in found} == {"passed"}
    assert {"failed", "error"} & {one[DEVICE] for one in found}


class Card:
    """One worker that loads one misconception after another, and one that holds the model solutions."""

    def __init__(self, zygote: Zygote, store: KeyStore, courses: dict[str, Course]) -> None:
        self.keys = {name: store.get(courses[name], 0, 100) for name in courses}
        self.holder = _Holder(zygote, Limits(cpu_s=3600), tuple(courses.values()), frozenset())
        nothing = load_submission(courses["tensors"].reference_file, ("tensors",), known=["tensors"])
        self.reference = CudaRun(zygote, nothing, courses, Limits(), device=DEVICE)

    def check(self, check: Check, mutant: Mutant) -> Elsewhere:
        """What a check says of a misconception on the card."""
        key = self.keys[check.assignment].checks[check.id]
        count = min(cases_elsewhere(check), len(key.inputs))
        expected = self.reference._reference(check, key, count)
        load = wire.Load(f"{check.assignment}_{mutant.name}", mutant.where, [mutant.source], [])
        answers = self.holder.run(load, check, key, count, 30.0, DEVICE)
        return judge_elsewhere(check, key, expected, answers, DEVICE)


@pytest.fixture(scope="module")
def card(zygote: Zygote, store: KeyStore, courses: dict[str, Course]) -> Iterator[Card]:
    """The card, shared by the tests of this module."""
    made = Card(zygote, store, courses)
    yield made
    made.holder.close()
    made.reference.close()


def failing_early(check: Check, key: CheckKey, mutant: Mutant) -> bool:
    """Whether a misconception fails a check on the CPU in one of the cases that run on a further device."""
    wrong = key.misconceptions.get(mutant.name, {})
    return any(judge_case(check, key, i, data) for i, data in wrong.items() if i < cases_elsewhere(check))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mutant"), list(mutants("misconceptions")))
def test_what_fails_on_the_cpu_fails_there(
    name: str, mutant: Mutant, courses: dict[str, Course], card: Card
) -> None:
    key = card.keys[name]
    own = {id: part for id, part in key.checks.items() if id.split("/")[1] == mutant.exercise}
    if not any(part.misconceptions for part in own.values()):
        add_misconceptions(courses[name], mutant.exercise, own)
    for check in courses[name].assignment.checks:
        if check.exercise == mutant.exercise and failing_early(check, key.checks[check.id], mutant):
            assert card.check(check, mutant).verdict not in ("passed", "skipped"), check.id


# --- one exercise's accidents are its own -----------------------------------------------------------------


def tensors(grade_text: GradeText, body: str) -> GradeReport:
    """Three exercises of a submission whose `row_average` is written like this."""
    only = ("column_average", "row_average", "sum_over")
    return grade_text("tensors", f"{reference('tensors')}\n\n{body}", only=only, **BOTH)


def essentials(report: GradeReport) -> list[CheckReport]:
    return [part.checks[0] for part in report.exercises]


ACCIDENTS = {
    "out of memory": ("torch.empty(2**36, device=x.device)", "error"),
    "more than its share": ("torch.empty(2**30, device=x.device)", "error"),
    "an index that is not there": ("x[torch.full((1,), 10**6, device=x.device)]", "error"),
    "the end of its process": ("__import__('os')._exit(1)", "crashed"),
    "a hang": ("list(iter(int, 1))", "timeout"),
}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_on_the_card_costs_that_exercise_only(name: str, grade_text: GradeText) -> None:
    line, verdict = ACCIDENTS[name]
    body = f"def row_average(x):\n    if x.device.type != 'cpu': {line}\n    return x.mean(1)\n"
    found = {one.id.split("/")[1]: one.devices for one in essentials(tensors(grade_text, body))}
    assert found["row_average"] == {"cpu": "passed", "simulated": "skipped", "cuda": verdict}
    assert found["column_average"]["cuda"] == found["sum_over"]["cuda"] == "passed"


def test_a_file_that_starts_cuda_when_it_is_imported_is_graded(grade_text: GradeText) -> None:
    report = tensors(grade_text, "ON_THE_CARD = torch.zeros(2, device='cuda').sum().item()\n")
    assert report.score == report.max_score
    assert {one.devices["cuda"] for one in essentials(report)} == {"passed"}


# --- confinement and time ---------------------------------------------------------------------------------


def test_confinement_holds_with_the_device_files_open(zygote: Zygote) -> None:
    with zygote.worker(devices="cuda") as open_to_the_card, zygote.worker() as closed:
        assert open_to_the_card.ready.level == closed.ready.level


def test_the_checks_of_a_submission_take_three_seconds_beyond_the_context(
    zygote: Zygote, store: KeyStore, courses: dict[str, Course]
) -> None:
    card = Card(zygote, store, courses)
    try:
        solution = Mutant("nothing", "", "", "", reference("tensors"), "tensors.py")
        checks = [check for check in courses["tensors"].assignment.checks if check.on_devices]
        card.check(checks[0], solution)  # makes both contexts
        for check in checks:
            key = card.keys["tensors"].checks[check.id]
            card.reference._reference(check, key, min(cases_elsewhere(check), len(key.inputs)))
        began = time.monotonic()
        for check in checks:
            card.check(check, solution)
        assert time.monotonic() - began <= 3
    finally:
        card.holder.close()
        card.reference.close()
