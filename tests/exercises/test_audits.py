"""Every exercise tests itself: each misconception is caught and named as itself, each alternative passes.

`scripts/audit_sweep.py` does the same with more cases under many seeds, by hand.
"""

from __future__ import annotations

import pytest

from grader.engine.audit import AssignmentAudit, audit
from grader.engine.catalog import Course

NAMES = ("tensors", "autograd", "adaline", "training", "word_window")
CASES = 30
LEAST_MISCONCEPTIONS_AN_EXERCISE = 3


@pytest.fixture(scope="module", params=NAMES)
def audited(request: pytest.FixtureRequest, courses: dict[str, Course]) -> tuple[Course, AssignmentAudit]:
    course = courses[request.param]
    return course, audit(course, 0, CASES)


def test_an_author_has_nothing_to_mend(audited: tuple[Course, AssignmentAudit]) -> None:
    _, result = audited
    assert result.problems == ()


def test_every_misconception_is_caught_and_named_as_itself(audited: tuple[Course, AssignmentAudit]) -> None:
    """One that is right on the CPU has no answers there to be named by."""
    course, result = audited
    assert [one.name for one in result.misconceptions if not one.caught] == []
    elsewhere = {mutant.name for mutant in course.misconceptions if mutant.device}
    named = {one.name: one.diagnosed_as for one in result.misconceptions}
    assert {
        name: ids for name, ids in named.items() if ids not in ((name,), () if name in elsewhere else (name,))
    } == {}


def test_every_alternative_passes(audited: tuple[Course, AssignmentAudit]) -> None:
    _, result = audited
    assert len(result.alternatives) >= 10
    assert {one.name: one.failed for one in result.alternatives if one.failed} == {}


def test_every_exercise_has_its_misconceptions(audited: tuple[Course, AssignmentAudit]) -> None:
    course, result = audited
    count = {exercise.name: 0 for exercise in course.assignment.exercises}
    for one in result.misconceptions:
        count[one.exercise] += 1
    assert {name: n for name, n in count.items() if n < LEAST_MISCONCEPTIONS_AN_EXERCISE} == {}


def test_a_misconception_says_what_happened_and_hints_in_a_sentence(courses: dict[str, Course]) -> None:
    for mutant in (mutant for course in courses.values() for mutant in course.misconceptions):
        assert mutant.explanation.endswith((".", "?", "!")), mutant.name
        assert mutant.hint.endswith((".", "?", "!")), mutant.name
