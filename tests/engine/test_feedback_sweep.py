"""The feedback sweep in short: misconceptions handed in through the sandbox are named, pairs of them too."""

from __future__ import annotations

import pytest

from grader.engine.catalog import Course
from grader.engine.key import KeyStore
from grader.sandbox.client import Zygote
from scripts.feedback_sweep import (
    MOST_NUMBERS,
    Sweeper,
    dependences,
    good,
    independent,
    sample_pairs,
    summary,
    together,
)


@pytest.fixture(scope="module")
def sweeper(courses: dict[str, Course], zygote: Zygote, store: KeyStore) -> Sweeper:
    return Sweeper(courses["adaline"], zygote, store)


def test_misconceptions_are_named_and_none_wrongly(sweeper: Sweeper) -> None:
    sample = [m for m in sweeper.course.misconceptions if not m.device][::9]
    figures = summary([told for mutant in sample for told in sweeper.hand_in(mutant.source, [mutant])])
    assert figures["named"] == figures["misconceptions"] == len(sample)
    assert figures["wrongly_named"] == 0
    assert 0 < figures["median_numbers"] <= MOST_NUMBERS
    assert good(figures)


def test_two_misconceptions_in_one_file_are_both_named(sweeper: Sweeper) -> None:
    for one, other in sample_pairs(sweeper.course, 6):
        assert all(told.right for told in sweeper.hand_in(together(sweeper.course, one, other), [one, other]))


def test_the_model_solution_is_told_nothing(sweeper: Sweeper) -> None:
    mutant = sweeper.course.misconceptions[0]
    assert sweeper.course.reference_file is not None
    (told,) = sweeper.hand_in(sweeper.course.reference_file.read_text("utf-8"), [mutant])
    assert told.named == told.verdicts == told.numbers == ()
    assert not good(summary([told]))


def test_pairs_don_t_use_each_other_and_are_the_same_every_time(courses: dict[str, Course]) -> None:
    course = courses["adaline"]
    pairs = sample_pairs(course, 50)
    assert len(pairs) == 50
    assert pairs == sample_pairs(course, 50)
    uses = dependences(course)
    assert "minibatches" in uses["train_manual"] or "mse_loss" in uses["train_manual"]
    assert all(independent(one, other, uses) for one, other in pairs)
    assert not any(
        {one.exercise, other.exercise} == {"train_manual", "AdalineManual"} for one, other in pairs
    )
