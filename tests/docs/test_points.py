"""The points are what was decided, and the page says so."""

from __future__ import annotations

import runpy
from decimal import Decimal

import pytest

from grader.engine.catalog import PROJECT, Course

POINTS = {"tensors": 30, "autograd": 15, "adaline": 20, "training": 20, "word_window": 15}


def test_every_assignment_has_its_points_and_all_have_a_hundred(courses: dict[str, Course]) -> None:
    assert list(courses) == list(POINTS), "the order in which a course gives them"
    assert {name: course.assignment.points for name, course in courses.items()} == POINTS
    assert sum(POINTS.values()) == 100


def test_the_ideas_are_worth_half_of_the_course(courses: dict[str, Course]) -> None:
    exercises = [one for course in courses.values() for one in course.assignment.exercises]
    assert sum(one.essential.points for one in exercises) >= 50


def test_the_idea_is_worth_the_most_of_an_exercise(courses: dict[str, Course]) -> None:
    """A class of several methods has several ideas: its essential check may be worth less than half."""
    for exercise in (one for course in courses.values() for one in course.assignment.exercises):
        assert exercise.essential.points == max(check.points for check in exercise.checks)
        assert exercise.essential.points >= exercise.points * Decimal("0.4")


def test_an_exercise_has_one_essential_check_and_it_comes_first(courses: dict[str, Course]) -> None:
    for course in courses.values():
        for exercise in course.assignment.exercises:
            assert [check.essential for check in exercise.checks] == [True] + [False] * (
                len(exercise.checks) - 1
            )


@pytest.mark.parametrize("name", POINTS)
def test_the_starter_has_a_stub_for_every_exercise(name: str, courses: dict[str, Course]) -> None:
    text = courses[name].starter
    assert text.count("raise NotImplementedError") >= len(courses[name].assignment.exercises)
    for exercise in courses[name].assignment.exercises:
        assert f"def {exercise.name}(" in text or f"class {exercise.name}" in text


def test_every_check_is_worth_something(courses: dict[str, Course]) -> None:
    assert min(check.points for course in courses.values() for check in course.assignment.checks) > 0


def test_the_page_of_points_is_current(courses: dict[str, Course]) -> None:
    script = runpy.run_path(str(PROJECT / "scripts" / "points.py"))
    assert script["page"](list(courses.values())) == (PROJECT / "docs" / "points.md").read_text("utf-8")
