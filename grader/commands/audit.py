"""`audit`: are the checks good enough?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from grader.engine.assemble import decimal_text
from grader.engine.audit import AssignmentAudit, audit
from grader.engine.catalog import Course, assignment_names, load_course


def run_audit(
    names: tuple[str, ...],
    seeds: Iterable[int],
    cases: int,
    *,
    mutate: bool,
    json_file: str | None,
    table: bool,
) -> int:
    """Audit each assignment under each seed; 0 where nothing has to be mended."""
    out = sys.stderr if json_file == "-" else sys.stdout
    found: list[dict[str, Any]] = []
    good = True
    for name in names or assignment_names():
        course = load_course(name)
        for seed in seeds:
            result = audit(course, seed, cases)
            if table and seed == 0:
                print_table(result, out)
            print(*result.problems, sep="\n", end="\n" if result.problems else "", file=out)
            print(closing_line(course, result), file=out, flush=True)
            found.append(result.as_json())
            good &= result.good
        if mutate:
            from grader.commands.mutate import run_mutate

            survivors = run_mutate(course, cases, out)
            found.append({"assignment": name, "unexplained_survivors": survivors})
            good &= not survivors
    _write(json_file, found)
    return 0 if good else 1


def closing_line(course: Course, result: AssignmentAudit) -> str:
    """One assignment under one seed, in one line."""
    misconceptions = [m for m in result.misconceptions if not m.device]
    elsewhere = [m for m in result.misconceptions if m.device]
    alternatives = result.alternatives
    named = sum(m.diagnosed_as == (m.name,) for m in misconceptions)
    return (
        f"{result.assignment}, seed {result.seed}: {decimal_text(course.assignment.points)} points, "
        f"{result.checks} checks, {result.cases} cases; "
        f"{sum(m.caught for m in misconceptions)} of {len(misconceptions)} misconceptions caught, "
        f"{named} diagnosed as themselves; "
        f"{sum(m.caught for m in elsewhere)} of {len(elsewhere)} wrong on other devices caught there; "
        f"{sum(not a.failed for a in alternatives)} of {len(alternatives)} "
        f"alternatives pass; cold key {result.key_s:.1f} s"
    )


def print_table(result: AssignmentAudit, out: Any) -> None:
    """Misconceptions against the checks that catch them, an exercise at a time."""
    table = Table(title=f"{result.assignment}: which checks catch which misconception", title_justify="left")
    for heading in ("exercise", "misconception", "caught by", "diagnosed as"):
        table.add_column(heading, overflow="fold")
    for m in result.misconceptions:
        checks = ", ".join(check.rsplit("/", 1)[1] for check in m.caught_by) or "NOTHING"
        named = "itself" if m.diagnosed_as == (m.name,) else ", ".join(m.diagnosed_as) or "nothing"
        table.add_row(m.exercise, m.name, checks, m.reason if m.device else named)
    Console(file=out).print(table)


def _write(json_file: str | None, found: list[dict[str, Any]]) -> None:
    if json_file is None:
        return
    text = json.dumps(found, indent=2) + "\n"
    if json_file == "-":
        sys.stdout.write(text)
    else:
        Path(json_file).write_text(text, "utf-8")
