"""Write docs/points.md: what every exercise is worth, from the assignments themselves.

python scripts/points.py
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from grader.engine.assemble import decimal_text  # noqa: E402
from grader.engine.catalog import Course, assignment_names, load_course  # noqa: E402

HEAD = """\
# Points

{exercises} exercises, {points} points. Written by `scripts/points.py`; a test keeps it current.

A check is earned or not; an exercise is the sum of its checks. Its *essential* check is the idea, and comes
first. The rest is for edges and good manners: other dtypes and layouts, sizes of 1 and 0, inputs left alone.
They are looked at once the essential check passes: a function that does nothing leaves its inputs alone too.

| assignment | exercises | checks | points | of these essential |
|---|---:|---:|---:|---:|
"""


def page(courses: list[Course]) -> str:
    """The whole page."""
    assignments = [course.assignment for course in courses]
    points = sum((assignment.points for assignment in assignments), Decimal(0))
    count = sum(len(assignment.exercises) for assignment in assignments)
    head = HEAD.format(exercises=count, points=decimal_text(points))
    return head + "".join(map(summary, courses)) + "".join(map(section, courses))


def summary(course: Course) -> str:
    """The assignment's row in the first table."""
    assignment = course.assignment
    essential = sum((exercise.essential.points for exercise in assignment.exercises), Decimal(0))
    share = round(100 * essential / assignment.points)
    return (
        f"| [{assignment.name}](../assignments/{assignment.name}/README.md) | {len(assignment.exercises)} "
        f"| {len(assignment.checks)} | {decimal_text(assignment.points)} | {share} % |\n"
    )


def section(course: Course) -> str:
    """The assignment's exercises."""
    rows = [
        f"| `{exercise.name}` | {decimal_text(exercise.points)} | {decimal_text(exercise.essential.points)} "
        f"| {exercise.essential.title} | {len(exercise.checks)} |\n"
        for exercise in course.assignment.exercises
    ]
    head = "| exercise | points | essential | for | checks |\n|---|---:|---:|---|---:|\n"
    return f"\n## {course.name}: {course.assignment.title}\n\n{head}{''.join(rows)}"


if __name__ == "__main__":
    text = page([load_course(name) for name in assignment_names()])
    (PROJECT / "docs" / "points.md").write_text(text, "utf-8")
