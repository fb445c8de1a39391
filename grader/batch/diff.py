"""What a new run changed: whose score, by how much, and which checks are why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from grader.batch.formats import harmless
from grader.batch.pseudonyms import Pseudonyms
from grader.batch.store import Outcome, Run, Store
from grader.engine.assemble import decimal_text
from grader.model import CheckReport, GradeReport, from_json


@dataclass(frozen=True)
class Change:
    """One submission whose score or verdicts differ between two runs."""

    name: str
    author: str
    before: str | None
    after: str | None
    reasons: tuple[str, ...]


def changes(store: Store, old: Run, new: Run) -> Iterator[Change]:
    """Everybody whose score changed, by name, with the reasons."""
    before, after = store.outcomes(old.number), store.outcomes(new.number)
    for name in sorted({*before, *after}):
        change = _change(store, name, before.get(name), after.get(name))
        if change is not None:
            yield change


def _change(store: Store, name: str, old: Outcome | None, new: Outcome | None) -> Change | None:
    if old is not None and new is not None and old.result == new.result and old.error == new.error:
        return None
    first, second = _report(store, old), _report(store, new)
    scores = [report.score if report else None for report in (first, second)]
    known = (old, new)
    if scores[0] == scores[1] and None not in known:
        return None
    author = (new or old).person.author  # type: ignore[union-attr]
    return Change(name, author, scores[0], scores[1], tuple(_reasons(old, new, first, second)))


def hide(change: Change, pseudonyms: Pseudonyms) -> Change:
    """The same of somebody without a name; the reasons name checks only."""
    name = pseudonyms.name(change.name)
    return replace(change, name=name, author=name)


def _report(store: Store, outcome: Outcome | None) -> GradeReport | None:
    if outcome is None or outcome.result is None:
        return None
    return from_json(store.result(outcome.result).report)


def _reasons(
    old: Outcome | None, new: Outcome | None, first: GradeReport | None, second: GradeReport | None
) -> Iterator[str]:
    if old is None or new is None:
        yield "was not in the class then" if old is None else "is not in the class any more"
        return
    if old.content != new.content:
        yield "handed in again"
    for outcome, when in ((old, "then"), (new, "now")):
        if outcome.error:
            yield f"the grader failed on it {when}"
    before, after = _checks(first), _checks(second)
    for check in dict.fromkeys((*before, *after)):
        if (sentence := _check_change(before.get(check), after.get(check))) is not None:
            yield f"{check}: {sentence}"


def _checks(report: GradeReport | None) -> dict[str, CheckReport]:
    return {check.id: check for part in (report.exercises if report else []) for check in part.checks}


def _check_change(old: CheckReport | None, new: CheckReport | None) -> str | None:
    if old is None or new is None:
        one = old or new
        assert one is not None
        return f"is {'new' if old is None else 'gone'} ({one.points} of {one.max_points})"
    if old.points == new.points:
        return None
    of = new.max_points if old.max_points == new.max_points else f"{old.max_points}, now {new.max_points}"
    return f"{old.verdict} → {new.verdict}, {old.points} → {new.points} of {of}"


def to_text(found: list[Change], old: Run, new: Run) -> str:
    """For a reader at a terminal."""
    lines = []
    for change in found:
        lines.append(f"{change.name}: {_score(change.before)} → {_score(change.after)}{_by(change)}")
        lines += [f"    {reason}" for reason in change.reasons]
    lines.append(
        f"{len(found)} scores differ between run {old.number} ({old.started_at}) and run {new.number}."
    )
    return "\n".join(lines) + "\n"


def to_csv(found: list[Change]) -> str:
    """For a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["submission", "author", "score_before", "score_after", "reasons"])
    for change in found:
        row = [change.name, change.author, change.before or "", change.after or "", "; ".join(change.reasons)]
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue()


def _score(score: str | None) -> str:
    return "no score" if score is None else score


def _by(change: Change) -> str:
    if change.before is None or change.after is None:
        return ""
    difference = Decimal(change.after) - Decimal(change.before)
    return f" ({'+' if difference > 0 else '−'}{decimal_text(abs(difference))})"
