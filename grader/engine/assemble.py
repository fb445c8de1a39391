"""From outcomes to the grade report: points, statuses, what a reader is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import torch

from grader.engine.grade import CheckOutcome, ExerciseOutcome
from grader.engine.key import decode_inputs
from grader.engine.show import as_json, call_text, input_node
from grader.engine.shrink import Smallest
from grader.engine.trouble import traceback_text
from grader.model import CheckReport, Counterexample, Diagnosis, ExerciseReport, ExerciseStatus
from grader.program import program_source
from grader.values import clean_text, decode_node, materialise

MAX_SHOWN_OUTPUT = 4_096


@dataclass(frozen=True)
class ExerciseRow:
    """What the report says of an exercise besides its checks."""

    assignment: str
    name: str
    standing: str
    problem: str | None


def decimal_text(value: Decimal) -> str:
    """An exact decimal without an exponent or needless zeros."""
    return f"{value.normalize():f}" if value else "0"


def check_report(outcome: CheckOutcome, *, secret: bool = False) -> CheckReport:
    """The report of one check; hidden, it carries no inputs, values or texts; `secret`, no seed."""
    check = outcome.check
    hidden = check.visibility != "visible"
    smallest = None if hidden else outcome.smallest
    shown = None if smallest is None else counterexample(outcome, smallest, secret=secret)
    frames = outcome.raised.frames if outcome.raised and not hidden else ()
    place = frames[-1] if frames else None
    diagnosis = [
        Diagnosis(misconception=m.name, explanation=m.explanation, hint=m.hint) for m in outcome.diagnosis
    ]
    return CheckReport(
        id=check.id,
        title=check.title,
        verdict=outcome.verdict,
        devices=dict(outcome.devices),
        reason=None if hidden and outcome.verdict != "skipped" else _reason(outcome),
        points=decimal_text(check.points if outcome.verdict == "passed" else Decimal(0)),
        max_points=decimal_text(check.points),
        visibility=check.visibility,
        cases=outcome.cases,
        duration_s=round(outcome.duration_s, 4),
        counterexample=shown,
        diagnosis=[] if hidden else diagnosis,
        traceback=None if hidden or outcome.raised is None else traceback_text(outcome.raised),
        output="" if hidden else clean_text(outcome.output, MAX_SHOWN_OUTPUT),
        explanation="" if hidden else check.explanation,
        pattern=None if hidden else outcome.pattern,
        rule=None if hidden else outcome.rule,
        file=place.file if place else None,
        line=place.line if place else None,
    )


def _reason(outcome: CheckOutcome) -> str | None:
    """Why it came to its verdict, and what an exception means where its own words mislead."""
    return " ".join(filter(None, (outcome.reason, outcome.trouble))) or None


def counterexample(outcome: CheckOutcome, found: Smallest, *, secret: bool = False) -> Counterexample:
    """A failing case as a reader sees it."""
    inputs: Mapping[str, Any] = materialise(decode_inputs(found.inputs))
    return Counterexample(
        call=call_text(outcome.check.exercise, inputs),
        inputs={name: input_json(value) for name, value in inputs.items()},
        expected=as_json(decode_node(found.expected)),
        observed=as_json(decode_node(found.observed)),
        difference=clean_text(found.difference.sentence, 1000),
        shrunk=found.shrunk,
        program=None if outcome.devices.get("cpu") == "passed" else program_source(outcome.check),
        case_seed=None if secret else found.seed,
    )


def input_json(value: Any) -> Any:
    """An input as a JSON value, with what else makes a tensor: its layout, requires_grad, .grad."""
    found = as_json(input_node(value))
    if not isinstance(value, torch.Tensor) or not isinstance(found, dict):
        return found
    if not value.is_contiguous() or value.storage_offset():
        found |= {"strides": list(value.stride()), "offset": value.storage_offset()}
    if value.requires_grad:
        found["requires_grad"] = True
        if value.is_leaf and value.grad is not None:
            found["grad"] = as_json(input_node(value.grad))
    return found


def exercise_row(outcome: ExerciseOutcome) -> ExerciseRow:
    """What the report says of an exercise besides its checks."""
    return ExerciseRow(outcome.course.name, outcome.exercise.name, outcome.standing, outcome.problem)


def exercise_report(row: ExerciseRow, checks: Sequence[CheckReport]) -> ExerciseReport:
    """The report of one exercise from those of its checks."""
    score = total(check.points for check in checks)
    most = total(check.max_points for check in checks)
    return ExerciseReport(
        assignment=row.assignment,
        name=row.name,
        score=decimal_text(score),
        max_score=decimal_text(most),
        status=_status(row.standing, score, most),
        checks=list(checks),
        problem=row.problem,
    )


def _status(standing: str, score: Decimal, most: Decimal) -> ExerciseStatus:
    if standing == "missing":
        return "missing"
    if standing == "not_attempted":
        return "not_attempted"
    if score == most:
        return "full"
    return "partial" if score else "none"


def total(points: Iterable[str]) -> Decimal:
    """The exact sum of points written as text."""
    return sum(map(Decimal, points), Decimal(0))
