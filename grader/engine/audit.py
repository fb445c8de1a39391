"""Are the checks good enough? Every misconception must be caught, every alternative must pass."""

from __future__ import annotations

import ast
import linecache
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

from grader.engine.catalog import Course, Mutant, at_fault, did_you_mean, implementation
from grader.engine.diagnose import Observed, diagnose
from grader.engine.elsewhere import Elsewhere, judge_elsewhere
from grader.engine.key import AnswerKey, CheckKey, decode_inputs, judge_case, make_key
from grader.errors import AuthorError
from grader.exercise import Check
from grader.sandbox import wire
from grader.sandbox.inside.devices import run_elsewhere
from grader.sandbox.inside.run import Implementation, quiet, run_case, settle_torch
from grader.values import Raised, SourceText, decode_node, submission_files

Audited = TypeVar("Audited")


@dataclass(frozen=True)
class MisconceptionAudit:
    """What became of one misconception: the checks that catch it, and what it was diagnosed as.

    One that is `device` is run on the simulated device, and `reason` is what a student then reads; `on_cpu` are the
    checks that catch it on the CPU already, where it should be right.
    """

    name: str
    exercise: str
    where: str
    caught_by: tuple[str, ...]
    diagnosed_as: tuple[str, ...]
    device: bool = False
    reason: str | None = None
    on_cpu: tuple[str, ...] = ()

    @property
    def caught(self) -> bool:
        """Whether any check fails it."""
        return bool(self.caught_by)


@dataclass(frozen=True)
class AlternativeAudit:
    """What became of one alternative: the first sentence of each check that fails it, by check."""

    name: str
    exercise: str
    where: str
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AssignmentAudit:
    """The audit of one assignment under one seed; `problems` are what an author has to mend."""

    assignment: str
    seed: int
    checks: int
    cases: int
    misconceptions: tuple[MisconceptionAudit, ...]
    alternatives: tuple[AlternativeAudit, ...]
    problems: tuple[str, ...]
    key_s: float

    @property
    def good(self) -> bool:
        """Whether nothing has to be mended."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The audit as plain data."""
        return asdict(self)


def audit(course: Course, seed: int, cases: int) -> AssignmentAudit:
    """Audit one assignment under one seed."""
    began = time.monotonic()
    key = make_key(course, seed, cases)
    key_s = time.monotonic() - began
    checks = {check.id: check for check in course.assignment.checks}
    plain = [mutant for mutant in course.misconceptions if not mutant.device]
    on_devices = [mutant for mutant in course.misconceptions if mutant.device]
    judged = [_misconception(course, key, checks, mutant) for mutant in plain]
    alternatives = tuple(_in_processes(_alternative, course, key, course.alternatives))
    misconceptions = (*judged, *_in_processes(_on_device, course, key, on_devices))
    problems = [*_authoring(course, key, checks), *_problems(misconceptions, alternatives, cases)]
    count = sum(len(part.inputs) for part in key.checks.values())
    return AssignmentAudit(
        course.name, seed, len(checks), count, misconceptions, alternatives, tuple(problems), key_s
    )


def _misconception(
    course: Course, key: AnswerKey, checks: dict[str, Check], mutant: Mutant
) -> MisconceptionAudit:
    observed: list[Observed] = []
    failing: set[tuple[str, int]] = set()
    for check in checks.values():
        if check.exercise != mutant.exercise:
            continue
        part = key.checks[check.id]
        wrong = part.misconceptions.get(mutant.name, {})
        answers = [wrong.get(index, answer.observation) for index, answer in enumerate(part.answers)]
        observed.append(Observed(check, part, answers))
        failing |= {
            (check.id, index) for index, data in wrong.items() if judge_case(check, part, index, data)
        }
    others = [m for m in course.misconceptions if m.exercise == mutant.exercise and not m.device]
    named = diagnose(observed, others, frozenset(failing))
    caught = tuple(sorted({check for check, _ in failing}))
    return MisconceptionAudit(
        mutant.name, mutant.exercise, mutant.where, caught, tuple(m.name for m in named)
    )


def _in_processes(
    work: Callable[[Mutant], Audited], course: Course, key: AnswerKey, mutants: Sequence[Mutant]
) -> list[Audited]:
    global _state
    _state = (course, key)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork")) as pool:
        return list(pool.map(work, mutants))


_state: tuple[Course, AnswerKey] | None = None


def _alternative(mutant: Mutant) -> AlternativeAudit:
    assert _state is not None
    course, key = _state
    settle_torch()
    checks = [check for check in course.assignment.checks if check.exercise == mutant.exercise]
    with quiet():
        impl = implementation(mutant.source, f"alternative_{mutant.name}", mutant.where)
        failed = [
            (check.id, sentence)
            for check in checks
            if (sentence := _fails(check, key.checks[check.id], impl))
        ]
        for check in checks:
            found = elsewhere(check, key.checks[check.id], impl, mutant.where)
            failed += [(check.id, f"on the simulated device: {found.reason}")] if found.failures else []
    return AlternativeAudit(mutant.name, mutant.exercise, mutant.where, tuple(failed))


def _on_device(mutant: Mutant) -> MisconceptionAudit:
    """One that is right on the CPU: the checks that catch it on the simulated device."""
    assert _state is not None
    course, key = _state
    settle_torch()
    linecache.cache[mutant.where] = (len(mutant.source), None, mutant.source.splitlines(True), mutant.where)
    submission_files[mutant.where] = SourceText(mutant.source)
    checks = [check for check in course.assignment.checks if check.exercise == mutant.exercise]
    with quiet():
        impl = implementation(mutant.source, f"device_{mutant.name}", mutant.where)
        on_cpu = tuple(check.id for check in checks if _fails(check, key.checks[check.id], impl))
        found = {check.id: elsewhere(check, key.checks[check.id], impl, mutant.where) for check in checks}
    caught = tuple(sorted(name for name, one in found.items() if one.failures))
    reason = found[caught[0]].reason if caught else None
    return MisconceptionAudit(mutant.name, mutant.exercise, mutant.where, caught, (), True, reason, on_cpu)


def elsewhere(check: Check, key: CheckKey, impl: Implementation, file: str) -> Elsewhere:
    """What a check comes to on the simulated device, for code of that file name in this process."""
    nodes = [decode_inputs(data) for data in key.inputs[: len(key.elsewhere)]]
    cases = zip(nodes, key.seeds, strict=False)
    ran = [run_elsewhere("simulated", check.program, impl, node, seed, file.__eq__) for node, seed in cases]
    answers = wire.Answers([observation for observation, _ in ran], None, [seen for _, seen in ran])
    return judge_elsewhere(check, key, key.elsewhere, answers, "simulated")


def _fails(check: Check, key: CheckKey, impl: Implementation) -> str | None:
    for index, (inputs, seed) in enumerate(zip(key.inputs, key.seeds, strict=True)):
        observed = run_case(check.program, impl, decode_inputs(inputs), seed)
        difference = judge_case(check, key, index, observed)
        if difference is not None:
            return f"case {index}: {difference.sentence}"
    return None


_AUTHORS_ERRORS = {
    "builtins.AttributeError",
    "builtins.NameError",
    "builtins.KeyError",
    "builtins.ImportError",
}


def _authoring(course: Course, key: AnswerKey, checks: dict[str, Check]) -> list[str]:
    """Mistakes in the checks themselves: no single essential one, a reference that fails, a check without cases."""
    problems = []
    for exercise in course.assignment.exercises:
        count = sum(check.essential for check in exercise.checks)
        if count != 1:
            problems.append(
                f"{course.name}/{exercise.name}: it has {count} essential checks; mark exactly one."
            )
    problems += _writing(course)
    problems += _unmarked_stubs(course, key)
    problems += _unrepeatable(course, key, checks)
    for check_id, part in key.checks.items():
        check = checks[check_id]
        if not part.inputs:
            problems.append(f"{check_id}: it has no cases.")
        if not check.explanation:
            problems.append(f"{check_id}: its program has no docstring, which a student would read.")
        for index, answer in enumerate(part.answers):
            node = decode_node(answer.observation)
            if isinstance(node, Raised) and node.classes[0] in _AUTHORS_ERRORS:
                problems.append(
                    f"{check_id}: the reference raises {node.name} on case {index}: {node.message}"
                )
                break
            if judged := judge_case(check, part, index, answer.observation):
                problems.append(
                    f"{check_id}: its own judge fails the reference on case {index}: {judged.sentence}"
                )
                break
    for figure, observation in key.figures.items():
        if isinstance(node := decode_node(observation), Raised):
            problems.append(f"{figure}: the reference cannot be drawn: {node.name}: {node.message}")
    return problems


def _unrepeatable(course: Course, key: AnswerKey, checks: dict[str, Check]) -> Iterator[str]:
    """Checks whose cases the reference answers otherwise when they run once more, the last one first."""
    settle_torch()
    for check_id, part in key.checks.items():
        for index in reversed(range(len(part.inputs))):
            inputs = decode_inputs(part.inputs[index])
            with quiet():
                again = run_case(checks[check_id].program, course.reference, inputs, part.seeds[index])
            if judge_case(checks[check_id], part, index, again):
                yield (
                    f"{check_id}: the reference answers case {index} otherwise when asked again; "
                    "it or the check depends on chance, the clock or what ran before."
                )
                break


def _unmarked_stubs(course: Course, key: AnswerKey) -> Iterator[str]:
    """Stubs of the starter that would count as attempts, since they do not raise NotImplementedError."""
    try:
        ast.parse(course.starter)
        stubs = implementation(course.starter, f"starter_{course.name}", str(course.starter_file))
    except SyntaxError:
        return  # that is told where its text is looked at
    except AuthorError as error:
        yield str(error)
        return
    for exercise in course.assignment.exercises:
        check = next((check for check in exercise.checks if check.essential), None)
        part = key.checks[check.id] if check else None
        if check is None or part is None or not part.inputs or not hasattr(stubs, exercise.name):
            continue
        with quiet():
            found = decode_node(run_case(check.program, stubs, decode_inputs(part.inputs[0]), part.seeds[0]))
        if not (isinstance(found, Raised) and found.classes[0] == "builtins.NotImplementedError"):
            yield (
                f"assignments/{course.name}/starter.py: the stub of {exercise.name} does not raise "
                "NotImplementedError, so handing it in would count as an attempt."
            )


def _writing(course: Course) -> Iterator[str]:
    """Stubs that the starter lacks, exercises that are not there, mistakes that nothing is said about."""
    names = {exercise.name for exercise in course.assignment.exercises}
    try:
        stubs = {getattr(node, "name", "") for node in ast.parse(course.starter).body}
    except SyntaxError as error:
        yield str(at_fault(course.starter_file, error))
        stubs = names
    for exercise in course.assignment.exercises:
        if exercise.name not in stubs:
            yield f"assignments/{course.name}/starter.py: it has no stub of {exercise.name}."
        for other in exercise.uses:
            if other not in names:
                yield f"{course.name}/{exercise.name}: uses={other!r}{did_you_mean(other, sorted(names))}"
    for mutant in course.misconceptions:
        for missing in ("docstring", "hint"):
            if not (mutant.explanation if missing == "docstring" else mutant.hint):
                yield f"{mutant.where}: misconception {mutant.name!r} has no {missing}, which a student would read."


def _problems(
    misconceptions: Sequence[MisconceptionAudit], alternatives: Sequence[AlternativeAudit], cases: int
) -> list[str]:
    problems = []
    for m in misconceptions:
        if m.device:
            problems += _device_problems(m)
        elif not m.caught:
            problems.append(
                f"{m.where}: misconception {m.name!r} of {m.exercise} is never caught ({cases} cases a check)."
            )
        elif set(m.diagnosed_as) - {m.name}:
            others = ", ".join(sorted(set(m.diagnosed_as) - {m.name}))
            problems.append(f"{m.where}: misconception {m.name!r} of {m.exercise} is diagnosed as {others}.")
        elif not m.diagnosed_as:
            problems.append(f"{m.where}: misconception {m.name!r} of {m.exercise} is not recognised.")
    for alternative in alternatives:
        for check, sentence in alternative.failed:
            problems.append(
                f"{alternative.where}: alternative {alternative.name!r} fails {check}: {sentence}"
            )
    return problems


def _device_problems(m: MisconceptionAudit) -> list[str]:
    about = f"{m.where}: misconception {m.name!r} of {m.exercise}"
    if m.on_cpu:
        return [f"{about} is to be right on the CPU, and {m.on_cpu[0]} fails it there."]
    if not m.caught:
        return [f"{about} is never caught on the simulated device."]
    if not re.search(r"line \d", m.reason or ""):
        return [f"{about} is told without a line: {m.reason}"]
    return []
