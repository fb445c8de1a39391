"""`list`: assignments, exercises and points."""

from __future__ import annotations

from grader.engine.assemble import decimal_text
from grader.engine.catalog import assignment_names, load_course
from grader.report.text import plural


def run_list() -> int:
    """Print them to standard output, one exercise a line."""
    for name in assignment_names():
        assignment = load_course(name).assignment
        print(f"{name}  {decimal_text(assignment.points)} points  {assignment.title}")
        for exercise in assignment.exercises:
            points, checks = decimal_text(exercise.points), plural(len(exercise.checks), "check")
            print(f"    {exercise.name:<32}{points:>5} points  {checks:>9}")
    return 0
