"""Grade one submission: run each exercise in a worker of its own, judge what came back, on this side of the border."""

from __future__ import annotations

import contextlib
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec
import numpy as np

from grader.compare import Difference
from grader.engine.catalog import Course, Mutant
from grader.engine.cuda import CudaRun
from grader.engine.devices import KNOWN
from grader.engine.diagnose import Observed, diagnose
from grader.engine.elsewhere import Elsewhere, judge_elsewhere
from grader.engine.figures import figure_json
from grader.engine.key import AnswerKey, CheckKey, judge_case
from grader.engine.shrink import Smallest, smallest
from grader.engine.telling import asks_the_same, words
from grader.engine.trouble import GUARD, NOTHING, explain, explain_loading
from grader.exercise import Check, Exercise
from grader.intake import Submission
from grader.model import VERDICTS_FROM_BEST, IsolationInfo, Verdict
from grader.sandbox import wire
from grader.sandbox.client import Budget, Worker, WorkerEndedError, Zygote
from grader.sandbox.inside.run import Implementation
from grader.sandbox.limits import MAX_KEPT, Limits
from grader.values import (
    DictNode,
    DtypeNode,
    MalformedError,
    Node,
    OpaqueNode,
    Raised,
    clean_text,
    decode_node,
    encode_node,
)

Standing = Literal["run", "missing", "not_attempted", "unloadable"]

IMPORT_CPU_S = 10.0
AGAIN_CPU_S = 10.0  # for all further imports of an exercise, one after each crash
SEARCH_CPU_S = 5.0  # of the submission while a counterexample is looked for; calls end the search long before
SEARCH_WALL_S = 30.0  # on the clock for all of an exercise's counterexamples
MAX_CELLS_TOLD = 5
FIGURE_CPU_S = 5.0  # of the submission for one figure
ELSEWHERE_CPU_S = 10.0  # for all of an exercise's checks on the simulated device, besides its own time


@dataclass(frozen=True)
class Failure:
    """A case in which an observation is wrong."""

    case: int
    difference: Difference
    observed: bytes


@dataclass(frozen=True)
class CheckOutcome:
    """What one check found."""

    check: Check
    verdict: Verdict
    devices: dict[str, Verdict] = field(default_factory=dict)
    reason: str | None = None
    failures: tuple[Failure, ...] = ()
    smallest: Smallest | None = None
    observations: tuple[bytes, ...] = ()
    raised: Raised | None = None
    output: str = ""
    cases: int = 0
    duration_s: float = 0.0
    diagnosis: tuple[Mutant, ...] = ()
    pattern: str | None = None
    rule: str | None = None
    trouble: str | None = None  # what an exception means, where its own words mislead
    ran: bool = True

    @property
    def failing(self) -> frozenset[int]:
        """The indices of the cases that fail."""
        return frozenset(failure.case for failure in self.failures)


@dataclass(frozen=True)
class ExerciseOutcome:
    """What one exercise came to; `problem` says why it could not be run at all."""

    course: Course
    exercise: Exercise
    standing: Standing
    checks: tuple[CheckOutcome, ...]
    problem: str | None = None
    isolation: IsolationInfo | None = None
    figures: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()  # about the file: cells of a notebook that did not run

    @property
    def right(self) -> bool:
        """Whether every check passed."""
        return self.standing == "run" and all(outcome.verdict == "passed" for outcome in self.checks)


@dataclass(frozen=True)
class LoadProblem:
    """Why a file could not be loaded: the sentence, and the exception where there was one."""

    sentence: str
    verdict: Verdict
    raised: Raised | None = None


@dataclass
class SubmissionGrader:
    """Grades the exercises of one submission, each once; a file that cannot be loaded is tried once only."""

    submission: Submission
    courses: dict[str, Course]
    key: Callable[[str], AnswerKey]
    zygote: Zygote
    devices: Sequence[str] = ("cpu",)
    limits: Limits = field(default_factory=Limits)
    off: frozenset[str] = frozenset()
    complete: Callable[[str, str], None] = lambda assignment, exercise: None
    isolation: IsolationInfo | None = None
    judging: threading.RLock = field(default_factory=threading.RLock)
    _ahead: dict[tuple[str, str], Future[_ExerciseRun]] = field(default_factory=dict)
    _outcomes: dict[tuple[str, str], ExerciseOutcome] = field(default_factory=dict)
    _unloadable: dict[str, LoadProblem] = field(default_factory=dict)
    _cuda: CudaRun | None = None

    def outcome(self, assignment: str, name: str) -> ExerciseOutcome:
        """The outcome of one exercise."""
        if (assignment, name) not in self._outcomes:
            course = self.courses[assignment]
            exercise = next(exercise for exercise in course.assignment.exercises if exercise.name == name)
            self._outcomes[assignment, name] = self._grade(course, exercise)
        return self._outcomes[assignment, name]

    def _grade(self, course: Course, exercise: Exercise) -> ExerciseOutcome:
        stem = course.name
        if stem in self.submission.problems:
            self._unloadable[stem] = LoadProblem(self.submission.problems[stem], "error")
        elif stem not in self.submission.files:
            return self._not_run(course, exercise, "missing", f"{stem}.py was not handed in.")
        if stem in self._unloadable:
            return self.could_not_load(course, exercise)
        for used in exercise.uses:
            standing = self.outcome(stem, used).standing
            if standing in ("missing", "not_attempted"):
                words = {"missing": "is missing", "not_attempted": "is not written yet"}
                return self._not_run(
                    course, exercise, standing, f"{used}, which it needs, {words[standing]}."
                )
        ahead = self._ahead.pop((stem, exercise.name), None)
        run = ahead.result() if ahead else _ExerciseRun(self, course, exercise, self.key(stem))
        return self._settle(course, exercise, run.grade())

    def run_ahead(self, exercises: Sequence[tuple[str, str]], jobs: int) -> ThreadPoolExecutor:
        """Let workers run these exercises already, `jobs` at a time, while the outcomes of others are told.

        The threads only wait for workers: what this side computes, it computes one thing at a time (`judging`).
        """
        pool = ThreadPoolExecutor(jobs)
        for assignment, name in exercises:
            if assignment in self.submission.files:
                course = self.courses[assignment]
                exercise = next(one for one in course.assignment.exercises if one.name == name)
                run = _ExerciseRun(self, course, exercise, self.key(assignment))
                self._ahead[assignment, name] = pool.submit(run.observe)
        return pool

    def is_unloadable(self, stem: str) -> bool:
        """Whether it is known already that a file cannot be loaded."""
        return stem in self._unloadable

    def _settle(self, course: Course, exercise: Exercise, outcome: ExerciseOutcome) -> ExerciseOutcome:
        """Tell one root cause once: what follows from a failed essential check or a broken class is skipped."""
        if outcome.standing != "run":
            return outcome
        essential = next(o for o in outcome.checks if o.check.essential)
        if essential.raised is not None and essential.raised.unwritten:
            return self._not_run(course, exercise, "not_attempted", None)
        if essential.verdict == "passed":
            return outcome
        broken = [name for name in exercise.uses if not self.outcome(course.name, name).right]
        if broken and not any(o.diagnosis for o in outcome.checks):
            reason = f"{broken[0]} is not right yet, and this needs it; mend {broken[0]} first."
            checks = tuple(
                _skip(o, reason) if o.verdict != "passed" or o.check.requires_essential else o
                for o in outcome.checks
            )
            return replace(outcome, checks=checks)
        reason = f"'{essential.check.title}' comes first; this is looked at once that passes."
        checks = tuple(
            _skip(o, reason) if o.check.requires_essential and not o.check.essential else o
            for o in outcome.checks
        )
        return replace(outcome, checks=checks)

    def _not_run(
        self,
        course: Course,
        exercise: Exercise,
        standing: Standing,
        problem: str | None,
    ) -> ExerciseOutcome:
        checks = tuple(CheckOutcome(check, "not_attempted") for check in exercise.checks)
        return ExerciseOutcome(course, exercise, standing, checks, problem, self.isolation)

    def could_not_load(self, course: Course, exercise: Exercise) -> ExerciseOutcome:
        """The outcome of an exercise of a file that cannot be loaded."""
        problem = self._unloadable[course.name]
        checks = tuple(
            CheckOutcome(
                check,
                problem.verdict,
                reason=problem.sentence,
                raised=problem.raised,
                trouble=explain_loading(problem.raised) if problem.raised else None,
            )
            for check in exercise.checks
        )
        return ExerciseOutcome(course, exercise, "unloadable", checks, problem.sentence, self.isolation)

    def remember_unloadable(self, stem: str, problem: LoadProblem) -> LoadProblem:
        """Note that a file cannot be loaded, so that its other exercises need not find out again."""
        self._unloadable[stem] = problem
        return problem

    def limits_of(self, course: Course) -> Limits:
        """The budgets of an assignment's workers."""
        return course.assignment.limits or self.limits

    def start(self, course: Course, cpu_s: float) -> Worker:
        """A fresh worker for one exercise."""
        cpu_s = math.ceil(IMPORT_CPU_S + cpu_s + ELSEWHERE_CPU_S) + 1
        limits = replace(self.limits_of(course), cpu_s=cpu_s)
        # Open also to a worker that computes on the CPU, since a submission may start CUDA when it is imported.
        cuda: Literal["cpu", "cuda"] = "cuda" if "cuda" in self.devices else "cpu"
        return self.zygote.worker(limits, files=course.data_files, devices=cuda, off=self.off)

    def cuda(self) -> CudaRun:
        """The one worker, of the submission and of the reference, for everything that runs on CUDA."""
        with self.judging:
            if self._cuda is None:
                self._cuda = CudaRun(self.zygote, self.submission, self.courses, self.limits, self.off)
                self._cuda.judging = self.judging
            return self._cuda

    def close(self) -> None:
        """End what outlives an exercise."""
        if self._cuda is not None:
            self._cuda.close()


def _skip(outcome: CheckOutcome, reason: str) -> CheckOutcome:
    """The outcome without all that would be told of it."""
    return replace(
        outcome,
        verdict="skipped",
        reason=reason,
        failures=(),
        smallest=None,
        raised=None,
        diagnosis=(),
        pattern=None,
        rule=None,
        trouble=None,
    )


class _UnloadableError(Exception):
    def __init__(self, problem: LoadProblem) -> None:
        self.problem = problem


class _UndefinedError(Exception):
    pass


class _ExerciseRun:
    """One exercise on its way through the workers that it needs: one, and another after each crash."""

    def __init__(self, grader: SubmissionGrader, course: Course, exercise: Exercise, key: AnswerKey) -> None:
        self.grader = grader
        self.course = course
        self.exercise = exercise
        self.key = key
        limits = grader.limits_of(course)
        self.time = Budget(exercise.cpu_s, limits)
        self.importing = Budget(IMPORT_CPU_S, limits)
        self.elsewhere = Budget(ELSEWHERE_CPU_S, limits)
        self.drawing = Budget(FIGURE_CPU_S, limits)
        self.searching = Budget(SEARCH_CPU_S, limits)
        self.searching.wall_s = SEARCH_WALL_S
        self.kept = 0
        self.has_loaded = False
        self.worker: Worker | None = None
        self.observed: list[CheckOutcome] | None = None
        self.stopped = False
        self.figures: tuple[dict[str, Any], ...] = ()
        self.notes: tuple[str, ...] = ()

    def observe(self) -> _ExerciseRun:
        """Run all checks and judge what came back; what stops it is kept for `grade`."""
        if self.observed is not None or self.stopped or self.grader.is_unloadable(self.course.name):
            return self
        try:
            with quiet_numbers():
                on_cpu = [self._on_cpu(check) for check in self.exercise.checks]
                self.figures = tuple(self._drawn())
                self.observed = self._on_all_devices(on_cpu)
        except _UnloadableError as error:
            self.stopped = True
            self.grader.remember_unloadable(self.course.name, error.problem)
        except _UndefinedError:
            self.stopped = True
        finally:
            self._drop_worker()
        return self

    def grade(self) -> ExerciseOutcome:
        """The outcome: verdicts, diagnoses and counterexamples."""
        outcome = self._outcome()
        return replace(outcome, notes=self.notes)

    def _outcome(self) -> ExerciseOutcome:
        self.observe()
        if self.observed is None and self.grader.is_unloadable(self.course.name):
            return self.grader.could_not_load(self.course, self.exercise)
        if self.observed is None:
            file = self.grader.submission.files[self.course.name].name
            problem = f"{file} does not define {self.exercise.name}."
            return self.grader._not_run(self.course, self.exercise, "missing", problem)
        with self.grader.judging, quiet_numbers():
            told = self._with_counterexamples(self._diagnosed(self.observed))
        checks = tuple(replace(outcome, observations=(), failures=()) for outcome in told)
        self.observed = None
        isolation = self.grader.isolation
        return ExerciseOutcome(
            self.course, self.exercise, "run", checks, isolation=isolation, figures=self.figures
        )

    def _drawn(self) -> Iterator[dict[str, Any]]:
        """The exercise's figures, as far as the submission gives them; nothing is judged by them."""
        for figure in self.exercise.figures:
            ours = self.key.figures.get(figure.id)
            if ours is None or self.worker is None:
                continue
            try:
                request = wire.Run(figure.id, [encode_node(DictNode([]))], [0])
                answers = self.worker.run(request, self.drawing)
            except (WorkerEndedError, MalformedError):
                self._drop_worker()
                return
            for observed in answers.observations:
                with self.grader.judging:
                    drawn = figure_json(figure, observed, ours)
                if drawn is not None:
                    yield drawn

    def _with_counterexamples(self, outcomes: list[CheckOutcome]) -> list[CheckOutcome]:
        """Give each check that fails its smallest telling case; where the essential one fails, that one alone."""
        essential = next(o for o in outcomes if o.check.essential)
        told = [essential] if essential.verdict != "passed" else outcomes
        try:
            passed = essential.verdict == "passed"
            return [self._told(o, passed) if o in told and o.failures else o for o in outcomes]
        finally:
            self._drop_worker()

    @property
    def _reference(self) -> Implementation | None:
        """The model solution; a hand-out has none, only the key."""
        return self.course.reference if self.course.reference_file else None

    def _told(self, outcome: CheckOutcome, essential_passed: bool) -> CheckOutcome:
        """A failing check with all that is to be said about it."""
        outcome = self._with_counterexample(outcome)
        shown = _raised(decode_node(outcome.smallest.observed)) if outcome.smallest else None
        raised = shown or outcome.raised
        if outcome.devices.get("cpu") == "passed":
            return replace(outcome, raised=raised)
        observed = {failure.case: failure.observed for failure in outcome.failures}
        essential = self.key.checks[self.exercise.essential.id]
        beside = essential_passed and asks_the_same(outcome.check, self._reference, essential)
        key = self.key.checks[outcome.check.id]
        pattern, rule = words(key, observed, outcome.cases, essential if beside else None)
        trouble = explain(raised, self.exercise.name, self.course.starter) if raised else None
        if outcome.smallest and decode_node(outcome.smallest.observed) is None:
            trouble = NOTHING
        return replace(outcome, raised=raised, pattern=pattern, rule=rule, trouble=trouble)

    def _with_counterexample(self, outcome: CheckOutcome) -> CheckOutcome:
        check, key = outcome.check, self.key.checks[outcome.check.id]
        failing = {failure.case: (failure.observed, failure.difference) for failure in outcome.failures}

        self.searching.cpu_s = SEARCH_CPU_S  # for each check; what passes on the clock, all of them share

        def live(inputs: bytes, seed: int) -> bytes:
            try:
                answers = self._worker().run(wire.Run(check.id, [inputs], [seed]), self.searching)
            except (WorkerEndedError, _UnloadableError, _UndefinedError) as error:
                self._drop_worker()
                raise WorkerEndedError("timeout", "the search for a counterexample ended early") from error
            if not answers.observations:
                raise MalformedError("no observation")
            return answers.observations[0]

        try:
            on_cpu = outcome.devices.get("cpu", outcome.verdict) != "passed"
            found = smallest(check, key, failing, self._reference, live if on_cpu else None, self.key.seed)
            return replace(outcome, smallest=found)
        except (WorkerEndedError, _UnloadableError, _UndefinedError):
            self._drop_worker()
            return outcome

    def _on_all_devices(self, outcomes: list[CheckOutcome]) -> list[CheckOutcome]:
        """What passed on the CPU once more on the other devices, after the CPU's work, which it might disturb."""
        essential = next(o for o in outcomes if o.check.essential)
        further = [device for device in KNOWN[1:] if device in self.grader.devices]
        try:
            return [self._everywhere(o, further if essential.verdict == "passed" else []) for o in outcomes]
        finally:
            if further and any(o.verdict != "passed" for o in outcomes):
                self._drop_worker()  # counterexamples are looked for in one that has seen the CPU only

    def _everywhere(self, outcome: CheckOutcome, further: list[str]) -> CheckOutcome:
        """The outcome over all devices: those that are absent are skipped and change nothing."""
        found: dict[str, Verdict] = {**dict.fromkeys(KNOWN, "skipped"), "cpu": outcome.verdict}
        for device in further:
            if found["cpu"] != "passed":
                break
            there = self._elsewhere(outcome.check, device)
            found[device] = there.verdict
            if there.verdict not in ("passed", "skipped"):
                failures = tuple(Failure(*failure) for failure in there.failures)
                outcome = replace(
                    outcome, reason=there.reason, failures=failures, raised=there.raised, cases=there.cases
                )
            elif there.reason is not None and outcome.reason is None:
                outcome = replace(outcome, reason=f"Not judged on {device}: {there.reason}.")
        return replace(outcome, devices=found, verdict=_worst(found))

    def _elsewhere(self, check: Check, device: str) -> Elsewhere:
        """What one check comes to on a further device."""
        key = self.key.checks[check.id]
        if device == "cuda":
            return self.grader.cuda().check(check, key, self.exercise.cpu_s)
        count = len(key.elsewhere)
        if not any(key.elsewhere):
            return Elsewhere("skipped")
        if self.elsewhere.is_used_up:
            return Elsewhere("skipped", "there was no time left for it")
        try:
            request = wire.Run(check.id, key.inputs[:count], key.seeds[:count], device)
            answers = self._worker().run(request, self.elsewhere)
            with self.grader.judging:
                return judge_elsewhere(check, key, key.elsewhere, answers, device)
        except (WorkerEndedError, MalformedError, _UnloadableError, _UndefinedError) as error:
            self.elsewhere.use_up()
            self._drop_worker()
            return Elsewhere("skipped", f"the simulation broke off ({error})")

    def _on_cpu(self, check: Check) -> CheckOutcome:
        key = self.key.checks[check.id]
        if self.time.is_used_up:
            reason = "not run: the time for this exercise was used up before"
            return CheckOutcome(check, "timeout", reason=reason, ran=False)
        began = time.monotonic()
        printed = 0
        try:
            worker = self._worker()
            printed = worker.output_size()
            answers = worker.run(wire.Run(check.id, key.inputs, key.seeds), self.time)
            with self.grader.judging:
                outcome = self._kept(judge(check, key, answers))
        except (WorkerEndedError, MalformedError) as error:
            outcome = self._ended(check, error)
        output = self.worker.output(printed) if self.worker else ""
        if outcome.verdict in ("timeout", "crashed"):
            self._drop_worker()
        return replace(outcome, output=output, duration_s=time.monotonic() - began)

    def _kept(self, outcome: CheckOutcome) -> CheckOutcome:
        """The outcome as it is kept until the exercise is told: what is large, in words once there is much of it."""
        self.kept += sum(map(len, outcome.observations))
        if self.kept <= MAX_KEPT:
            return outcome
        failures = tuple(
            replace(failure, observed=in_short(failure.observed)) for failure in outcome.failures
        )
        return replace(outcome, failures=failures, observations=tuple(map(in_short, outcome.observations)))

    def _ended(self, check: Check, error: WorkerEndedError | MalformedError) -> CheckOutcome:
        if isinstance(error, MalformedError):
            return CheckOutcome(check, "crashed", reason=f"its process answered nonsense: {error}")
        if error.verdict == "timeout":
            self.time.use_up()
        return CheckOutcome(check, error.verdict, reason=error.reason)

    def _worker(self) -> Worker:
        """The worker at hand, or a new one with the file loaded."""
        if self.worker is None:
            self.worker = self.grader.start(self.course, self.exercise.cpu_s)
            ready = self.worker.ready
            self.grader.isolation = IsolationInfo(
                level=ready.level, applied=ready.applied, missing=ready.missing
            )
            self._load(self.worker)
        return self.worker

    def _load(self, worker: Worker) -> None:
        file = self.grader.submission.files[self.course.name]
        names = [self.exercise.name, *self.exercise.uses]
        try:
            request = wire.Load(self.course.name, file.name, list(file.cells), names)
            loaded = worker.load(request, self.importing)
        except WorkerEndedError as error:
            if self.has_loaded:
                raise
            sentence = f"{file.name} could not be loaded: {error.reason}. {GUARD}"
            raise _UnloadableError(LoadProblem(sentence, error.verdict)) from None
        if loaded.problems and file.kind == "py":
            raise _UnloadableError(load_problem(file.name, loaded.problems[0].raised))
        if not self.has_loaded:
            self.has_loaded = True
            self.importing = Budget(AGAIN_CPU_S, self.grader.limits_of(self.course))
        self.notes = tuple(cell_notes(file.name, loaded.problems))
        if self.exercise.name not in loaded.defined:
            raise _UndefinedError

    def _drop_worker(self) -> None:
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def _diagnosed(self, outcomes: list[CheckOutcome]) -> list[CheckOutcome]:
        """Name the misconceptions, from what was observed on the CPU, where they were run too."""
        wrong = [o for o in outcomes if o.devices.get("cpu", o.verdict) != "passed"]
        failing = frozenset((o.check.id, index) for o in wrong for index in o.failing)
        if not failing or any(o.verdict in ("timeout", "crashed") and o.ran for o in wrong):
            return outcomes  # a process that died did what no misconception does
        self.grader.complete(self.course.name, self.exercise.name)
        observed = [
            Observed(o.check, self.key.checks[o.check.id], o.observations) for o in outcomes if o.observations
        ]
        mutants = [m for m in self.course.misconceptions if m.exercise == self.exercise.name and not m.device]
        named = diagnose(observed, mutants, failing)
        return [
            replace(o, diagnosis=_relevant(named, self.key.checks[o.check.id], o))
            if o in wrong
            # It passes on the CPU and fails elsewhere, so the others, which show the mistake, will be skipped.
            else replace(o, diagnosis=tuple(named))
            if o.check.essential and o.verdict != "passed"
            else o
            for o in outcomes
        ]


def load_problem(file: str, raised: Raised) -> LoadProblem:
    """What a student reads where their file could not be loaded."""
    place = f"{file}, line {raised.frames[-1].line}" if raised.frames else file
    message = raised.message
    if found := re.fullmatch(
        r"(.*) \(([^()]+), line (\d+)\)", message, re.DOTALL
    ):  # how Python words a SyntaxError
        message, place = found[1], f"{file}, line {found[3]}"
    return LoadProblem(f"{place}: {raised.name}: {message}".rstrip(": "), "error", raised)


def cell_notes(file: str, problems: Sequence[wire.CellProblem]) -> Iterator[str]:
    """What is said of cells of a notebook that can't be compiled or that raised; the others count all the same."""
    for problem in problems[:MAX_CELLS_TOLD]:
        raised, cell = problem.raised, f"{file} cell {problem.cell + 1}"
        frame = next((frame for frame in raised.frames if frame.file == cell), None)
        place = f"{cell}, line {frame.line}" if frame else cell
        what = f"{raised.name}: {raised.message.split(f' ({cell}, line')[0]}".removesuffix(": ")
        yield f"{place}: {what.rstrip('.')}. The rest of this cell was not run; all other cells were."
    if len(problems) > MAX_CELLS_TOLD:
        yield f"{file}: {len(problems) - MAX_CELLS_TOLD} more cells were not run to their end."


def _relevant(named: list[Mutant], key: CheckKey, outcome: CheckOutcome) -> tuple[Mutant, ...]:
    if not outcome.failing:
        return ()
    return tuple(m for m in named if outcome.failing & set(key.misconceptions.get(m.name, {})))


def _worst(devices: dict[str, Verdict]) -> Verdict:
    ran = [verdict for verdict in devices.values() if verdict != "skipped"]
    return max(ran, key=VERDICTS_FROM_BEST.index) if ran else "skipped"


def judge(check: Check, key: CheckKey, answers: wire.Answers) -> CheckOutcome:
    """The verdict on what a worker claims to have observed on the CPU.

    Raises:
        MalformedError: An observation is none.
    """
    if answers.skipped is not None:
        raise MalformedError("the processor is no device that could be absent")
    failures: list[Failure] = []
    for index, observed in enumerate(answers.observations):
        difference = judge_case(check, key, index, observed)
        if difference is not None:
            failures.append(Failure(index, difference, observed))
    observations = tuple(answers.observations)
    count = len(observations)
    if not failures:
        return CheckOutcome(check, "passed", observations=observations, cases=count)
    first = failures[0]
    raised = _raised(decode_node(first.observed))
    verdict: Verdict = "failed" if raised is None else ("not_attempted" if raised.unwritten else "error")
    return CheckOutcome(
        check,
        verdict,
        failures=tuple(failures),
        observations=observations,
        raised=raised,
        cases=count,
    )


def quiet_numbers() -> contextlib.AbstractContextManager[Any]:
    """While a submission's numbers are looked at: NumPy warns of some, on standard error."""
    return np.errstate(all="ignore")


def in_short(observation: bytes) -> bytes:
    """The observation, or what kind of thing it is where it is large; never equal to another then."""
    if len(observation) <= 256:
        return observation
    node = decode_node(observation)
    if isinstance(node, Raised):
        return encode_node(msgspec.structs.replace(node, message=clean_text(node.message, 100), frames=()))
    return encode_node(OpaqueNode("…", "more than the grader looks at"))


def _raised(node: Node) -> Raised | None:
    return node if isinstance(node, Raised) else None


__all__ = ["CheckOutcome", "DtypeNode", "ExerciseOutcome", "Failure", "SubmissionGrader", "judge"]
