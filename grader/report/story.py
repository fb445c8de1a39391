"""What a check, and an exercise, has to tell a student, as labelled lines, the same in every format."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from grader.model import CheckReport, Counterexample, ExerciseReport, GradeReport
from grader.report import values
from grader.report.counterexample import counterexample_facts
from grader.report.facts import Fact, Limits, room_of, wrapped
from grader.report.text import clean, first_lines, one_line, plural, wrap

FAILING = ("failed", "error", "timeout", "crashed")
VERDICT_WORDS = {
    "passed": "passed",
    "failed": "failed",
    "error": "stopped by an error",
    "timeout": "out of time",
    "crashed": "its process died",
    "skipped": "skipped",
    "not_attempted": "not attempted",
}
_NOT_SHOWN = {
    "hidden": "This check is hidden: what it tries is not shown.",
    "after_due_date": "What it tries is shown after the due date.",
    "after_published": "What it tries is shown when the grades are published.",
}


@dataclass
class Told:
    """What an exercise has told already, and by which check, so that one root cause is told once."""

    causes: dict[Hashable, str] = field(default_factory=dict)
    printed: set[str] = field(default_factory=set)


def title(check: CheckReport) -> str:
    """The headline of a check, in one line."""
    return one_line(check.title, 120)


def points(check: CheckReport | ExerciseReport) -> str:
    """`0.5 of 1 points`."""
    if isinstance(check, CheckReport):
        return f"{check.points} of {check.max_points} points"
    return f"{check.score} of {check.max_score} points"


def is_shown(check: CheckReport) -> bool:
    """Whether a student may read more than the verdict now."""
    return check.visibility == "visible"


def why_not_shown(check: CheckReport) -> str:
    """The sentence that stands in for what may not be read."""
    return _NOT_SHOWN.get(check.visibility, _NOT_SHOWN["hidden"])


def cause(check: CheckReport) -> Hashable:
    """What two checks have in common that fail for one reason; None where nothing says so."""
    if check.diagnosis:
        return ("diagnosis", *(found.misconception for found in check.diagnosis))
    if check.traceback:
        return ("traceback", *_where_and_what(check.traceback))
    return ("reason", check.reason) if check.reason else None


def _where_and_what(traceback: str) -> list[str]:
    """The frames of a traceback and the name of the exception, whatever shapes its message names."""
    *above, last = traceback.strip().split("\n")
    return [*(line for line in above if ", line " in line), last.partition(":")[0]]


def by_cause(exercise: ExerciseReport) -> list[tuple[CheckReport, list[CheckReport]]]:
    """Its failing checks: the first of each root cause, each with the others that have it too."""
    groups: dict[Hashable, tuple[CheckReport, list[CheckReport]]] = {}
    for check in failing(exercise):
        found = cause(check) if is_shown(check) else None
        key = check.id if found is None else found
        groups.setdefault(key, (check, []))
        if groups[key][0] is not check:
            groups[key][1].append(check)
    return list(groups.values())


def facts(
    check: CheckReport, told: Told | None = None, limits: Limits | None = None, *, shown: bool | None = None
) -> list[Fact]:
    """All about a failing check, most telling first; what `told` holds already, by reference to it.

    `shown` says that this reader may see it, where that doesn't follow from its visibility.
    """
    told, limits = told or Told(), limits or Limits()
    if not (is_shown(check) if shown is None else shown):
        return [wrapped("note", why_not_shown(check), limits)]
    found = cause(check)
    if found is not None and found in told.causes:
        return [wrapped("because", f"the same as for '{told.causes[found]}' above", limits)]
    if found is not None:
        told.causes[found] = title(check)
    return [*_what_happened(check, limits), *_why(check, limits), *_beside_it(check, told, limits)]


def _what_happened(check: CheckReport, limits: Limits) -> Iterator[Fact]:
    if check.explanation:
        yield wrapped("asked", one_line(check.explanation, 600), limits)
    if check.counterexample:
        yield from counterexample_facts(check.counterexample, limits)
    trace = _untold(check.traceback or "", check.counterexample)
    if trace:
        yield Fact("trace", tuple(trace_lines(trace, limits)))
    if check.reason:
        label = "means" if check.traceback or check.counterexample else "reason"
        yield wrapped(label, one_line(check.reason, 600), limits)


def _why(check: CheckReport, limits: Limits) -> Iterator[Fact]:
    if check.rule:
        yield wrapped("when", one_line(check.rule), limits)
    if check.pattern:
        yield wrapped("pattern", one_line(check.pattern), limits)
    for found in check.diagnosis:
        if found.explanation:
            yield wrapped("because", one_line(found.explanation, 600), limits)
        if found.hint:
            yield wrapped("hint", one_line(found.hint, 600), limits)


def _beside_it(check: CheckReport, told: Told, limits: Limits) -> Iterator[Fact]:
    verdicts = check.devices
    if len(set(verdicts.values()) - {"skipped"}) > 1:  # a device that is absent is no news
        told_apart = ", ".join(f"{VERDICT_WORDS[verdict]} on {name}" for name, verdict in verdicts.items())
        yield wrapped("devices", one_line(told_apart), limits)
    if limits.printed and check.output.strip() and check.output not in told.printed:
        told.printed.add(check.output)
        lines = first_lines(check.output, limits.printed, room_of(limits) - 2)
        yield Fact("printed", tuple(f"| {line}" for line in lines))


def _untold(traceback: str, found: Counterexample | None) -> str:
    """The traceback without its last line, the message, where that is told as what the call gave."""
    observed: Any = found.observed if found else None
    above, _, last = traceback.rstrip("\n").rpartition("\n")
    told = values.is_raised(observed) and last.startswith(observed["raised"])
    return above if told else traceback


def trace_lines(traceback: str, limits: Limits) -> list[str]:
    """The end of a traceback, which is where the error is."""
    lines = [
        piece for line in clean(traceback).rstrip("\n").split("\n") for piece in wrap(line, room_of(limits))
    ]
    left = len(lines) - limits.trace
    while 0 < left < len(lines) - 1 and lines[left].startswith(" "):  # begin with a place, not within one
        left += 1
    return [f"({plural(left, 'line')} left out)", *lines[left:]] if left > 0 else lines


# --- the exercise -------------------------------------------------------------------------------------------


def failing(exercise: ExerciseReport) -> list[CheckReport]:
    """Its checks that ran and did not pass, in their order."""
    return [check for check in exercise.checks if check.verdict in FAILING]


def skipped(exercise: ExerciseReport) -> dict[str, list[CheckReport]]:
    """Its skipped checks by reason."""
    found: dict[str, list[CheckReport]] = {}
    for check in exercise.checks:
        if check.verdict == "skipped":
            found.setdefault(check.reason or "", []).append(check)
    return found


def points_of(checks: Iterable[CheckReport]) -> str:
    """`0.2 of 0.6 points`, summed exactly."""
    checks = list(checks)
    earned = sum((Decimal(check.points) for check in checks), Decimal(0))
    possible = sum((Decimal(check.max_points) for check in checks), Decimal(0))
    return f"{plain_decimal(earned)} of {plain_decimal(possible)} points"


def plain_decimal(value: Decimal) -> str:
    """`1.5`, `20`, never `1.50` or `2E+1`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def notes(report: GradeReport) -> list[str]:
    """Its notes but for those that are told as the reason why something could not be graded."""
    problems = [report.problem, *(exercise.problem for exercise in report.exercises if unloadable(exercise))]
    told = " ".join(filter(None, problems))
    return [note for note in report.notes if note not in told]


def not_loaded(exercise: ExerciseReport, limits: Limits) -> Iterator[Fact]:
    """Where the file of an exercise that could not be run goes wrong, and what that means."""
    check = next((check for check in exercise.checks if is_shown(check)), None)
    if check is None:
        return
    above = (check.traceback or "").rstrip("\n").rpartition("\n")[0]
    if above:
        yield Fact("trace", tuple(trace_lines(above, limits)))
    means = (check.reason or "").removeprefix(exercise.problem or "").strip()
    if means:
        yield wrapped("means", one_line(means, 600), limits)


def unloadable(exercise: ExerciseReport) -> bool:
    """Whether the exercise could not be run at all, for a reason that is its file's."""
    return exercise.problem is not None and exercise.status == "none"
