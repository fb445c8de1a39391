"""Mistakes that only show on another device, handed in as a student would: caught without a card, and explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from grader.engine.catalog import Mutant, assignment_names, load_course
from grader.sandbox.inside.devices import missing
from tests.conftest import GradeText

pytestmark = pytest.mark.skipif(missing("simulated") is not None, reason=str(missing("simulated")))


def mistakes() -> Iterator[Any]:
    for name in assignment_names():
        for mutant in load_course(name).misconceptions:
            if mutant.device:
                yield pytest.param(name, mutant, id=f"{name}/{mutant.name}")


def test_there_are_enough_of_them_in_every_assignment() -> None:
    found = [parameters.values[0] for parameters in mistakes()]
    assert len(found) >= 25
    assert set(found) == set(assignment_names())


@pytest.mark.parametrize(("name", "mutant"), list(mistakes()))
def test_a_device_mistake_is_caught_and_its_line_named(
    name: str, mutant: Mutant, grade_text: GradeText
) -> None:
    report = grade_text(name, mutant.source, only=(mutant.exercise,), devices=("cpu", "simulated"))
    checks = report.exercises[0].checks
    assert {one.devices["cpu"] for one in checks} == {"passed"}
    caught = [one for one in checks if one.verdict in ("failed", "error")]
    assert caught
    for one in caught:
        assert one.devices["simulated"] == one.verdict
        assert one.points == "0"
        named = re.search(rf"{name}\.py, line (\d+): `(.+?)`", one.reason or "", re.DOTALL)
        assert named, one.reason
        assert mutant.source.splitlines()[int(named[1]) - 1].strip().startswith(named[2].rstrip("…"))
