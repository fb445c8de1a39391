"""What one check, and one exercise, has to tell a student: labelled lines of plain text, the same for every format."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from grader.model import CheckReport, Counterexample, ExerciseReport
from grader.report import values
from grader.report.blocks import lay_out
from grader.report.text import clean, first_lines, one_line, plural, shorten, wrap
from grader.report.values import Part

LABEL_WIDTH = 10
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


@dataclass(frozen=True)
class Fact:
    """Some lines under a label; the call stands without one."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """How much of everything is told.

    Attributes:
        width: Of a line, its label included.
        parts: How many differing parts of an answer.
        trace, printed: How many lines of a traceback, and of what was printed.
    """

    width: int = 78
    parts: int = 3
    trace: int = 12
    printed: int = 5


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
        return ("traceback", check.traceback)
    return ("reason", check.reason) if check.reason else None


def facts(check: CheckReport, told: Told | None = None, limits: Limits | None = None) -> list[Fact]:
    """Everything about one failing check, most telling first; what `told` holds already only by reference to it."""
    told, limits = told or Told(), limits or Limits()
    if not is_shown(check):
        return [_wrapped("note", why_not_shown(check), limits)]
    found = cause(check)
    if found is not None and found in told.causes:
        return [_wrapped("because", f"the same as for '{told.causes[found]}' above", limits)]
    if found is not None:
        told.causes[found] = title(check)
    return [*_what_happened(check, limits), *_why(check, limits), *_beside_it(check, told, limits)]


def _what_happened(check: CheckReport, limits: Limits) -> Iterator[Fact]:
    if check.explanation:
        yield _wrapped("asked", one_line(check.explanation, 600), limits)
    if check.counterexample:
        yield from counterexample_facts(check.counterexample, limits)
    if check.reason:
        yield _wrapped("reason", one_line(check.reason, 600), limits)
    if check.traceback:
        yield Fact("trace", tuple(trace_lines(check.traceback, limits)))


def _why(check: CheckReport, limits: Limits) -> Iterator[Fact]:
    if check.pattern:
        yield _wrapped("pattern", one_line(check.pattern), limits)
    for found in check.diagnosis:
        if found.explanation:
            yield _wrapped("because", one_line(found.explanation, 600), limits)
        if found.hint:
            yield _wrapped("hint", one_line(found.hint, 600), limits)


def _beside_it(check: CheckReport, told: Told, limits: Limits) -> Iterator[Fact]:
    verdicts = check.devices
    if len(set(verdicts.values())) > 1:
        told_apart = ", ".join(f"{VERDICT_WORDS[verdict]} on {name}" for name, verdict in verdicts.items())
        yield _wrapped("devices", one_line(told_apart), limits)
    if check.output.strip() and check.output not in told.printed:
        told.printed.add(check.output)
        lines = first_lines(check.output, limits.printed, _room(limits) - 2)
        yield Fact("printed", tuple(f"| {line}" for line in lines))


# --- the counterexample -----------------------------------------------------------------------------------------


def counterexample_facts(found: Counterexample, limits: Limits) -> Iterator[Fact]:
    """The call, what it should have given, what it gave, and the difference in a sentence."""
    if found.call:
        yield Fact("", tuple(call_lines(found.call, limits.width)))
    remarks = [f"{one_line(name, 60)}: {text}" for name, value in found.inputs.items() if (text := input_remark(value))]
    if remarks:
        yield _wrapped("where", "; ".join(remarks), limits)
    differing = values.parts(found.expected, found.observed)
    shown = [part for part in differing if part.differs] or differing
    for part in shown[: limits.parts]:
        yield Fact("expected", tuple(_side(part, part.expected, part.observed, limits, expected=True)))
        yield Fact("got", tuple(_side(part, part.observed, part.expected, limits, expected=False)))
    left = len(shown) - limits.parts
    if left > 0:
        yield Fact("", (f"({left} more of {plural(len(differing), 'part')} differ)",))
    if found.difference and not _says_it_all(shown):
        yield _wrapped("differs", one_line(found.difference, 600), limits)


def input_remark(value: Any) -> str:
    """What the call doesn't show of an input: an unusual dtype, the layout, a gradient."""
    more = values.remark(value)
    if values.is_tensor(value) and (value["dtype"] not in ("float32", "int64", "bool") or more):
        return f"{values.kind(value)}{'; ' if more else ''}{more}"
    return ""


def _says_it_all(shown: Sequence[Part]) -> bool:
    """Whether the two lines above say as much: an exception, or two plain values under each other."""
    part = shown[0]
    if any(values.is_raised(value) for value in (part.expected, part.observed)):
        return True
    plain = (values.cells(part.expected), values.cells(part.observed))
    return len(shown) == 1 and all(block is not None and block.shape == () for block in plain) and not (
        values.kind(part.expected) or values.kind(part.observed)
    )


def _side(part: Part, value: Any, beside: Any, limits: Limits, *, expected: bool) -> list[str]:
    room = _room(limits)
    block, other = values.cells(value), values.cells(beside)
    lead = f"{part.label}: " if part.label else ""
    kind = values.kind(value)
    head = (lead + kind).strip()
    if values.is_raised(value):
        return wrap(lead + (f"{one_line(value['raised'])} is raised" if expected else values.flat_text(value)), room)
    if block is None:
        text = f"{lead}{kind}{'  ' if kind else ''}{values.flat_text(value)}"
        return wrap(text, room)
    texts = values.entry_texts(block, other if part.wrong else None, part.wrong)
    marks = frozenset() if expected else part.wrong
    lines = lay_out(texts, block.shape, marks, room - len(head) - 2 if head else room)
    if not head:
        return _fitting(lines, room)
    if len(lines) <= 2 and (len(lines) == 1 or "^" in lines[1]) and len(lines[0]) <= room - len(head) - 2:
        return [f"{head}  {lines[0]}", *(" " * (len(head) + 2) + line for line in lines[1:])]
    return _fitting([head, *lay_out(texts, block.shape, marks, room)], room)


def _fitting(lines: list[str], room: int) -> list[str]:
    return [piece for line in lines for piece in ([line] if len(line) <= room else wrap(line, room))]


def call_lines(call: str, width: int) -> list[str]:
    """A call in one line where it fits, else with each argument on a line of its own."""
    call = clean(call).replace("\n", " ")
    if len(call) <= width:
        return [call]
    name, arguments = split_call(call)
    if not arguments:
        return wrap(call, width)
    lines = [f"{name}("]
    for argument in arguments:
        lines += [f"  {line}" for line in wrap(f"{shorten(argument, 1200)},", width - 2)]
    return [*lines, ")"]


def split_call(call: str) -> tuple[str, list[str]]:
    """The name and the arguments of a call, split at the commas between them; no arguments where it is no call."""
    opening = call.find("(")
    if opening < 0 or not call.endswith(")"):
        return call, []
    arguments, depth, begin = [], 0, opening + 1
    quote = ""
    for position in range(opening + 1, len(call) - 1):
        char = call[position]
        if quote:
            quote = "" if char == quote and call[position - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            arguments.append(call[begin:position].strip())
            begin = position + 1
    last = call[begin:-1].strip()
    return call[:opening], [*arguments, last] if last else arguments


def trace_lines(traceback: str, limits: Limits) -> list[str]:
    """The end of a traceback, which is where the error is."""
    lines = clean(traceback).rstrip("\n").split("\n")
    shown = [shorten(line, _room(limits)) for line in lines[-limits.trace :]]
    return shown if len(lines) <= limits.trace else [f"({len(lines) - limits.trace} lines left out)", *shown]


def _room(limits: Limits) -> int:
    return max(20, limits.width - LABEL_WIDTH)


def _wrapped(label: str, text: str, limits: Limits) -> Fact:
    return Fact(label, tuple(wrap(text, _room(limits))))


def lines_of(told: Sequence[Fact]) -> list[str]:
    """Facts as plain lines, each label in a column of its own."""
    lines = []
    for fact in told:
        if not fact.label:
            lines += fact.lines
            continue
        for index, line in enumerate(fact.lines):
            lines.append(f"{fact.label if index == 0 else '':{LABEL_WIDTH}}{line}")
    return lines


# --- the exercise -----------------------------------------------------------------------------------------------


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


def unloadable(exercise: ExerciseReport) -> bool:
    """Whether the exercise could not be run at all, for a reason that is its file's."""
    return exercise.problem is not None and exercise.status == "none"
