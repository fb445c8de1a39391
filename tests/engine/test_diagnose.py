"""Naming what explains a submission: on every case, of all checks of the exercise, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from grader.engine.catalog import Mutant
from grader.engine.diagnose import Observed, diagnose
from grader.engine.key import Answer, CheckKey, decode_inputs, encode_case, judge_case
from grader.exercise import Assignment, Check
from grader.sandbox.inside.run import Implementation, quiet, run_case
from grader.strategies import tensor
from grader.values import SourceText, submission_files
from tests.conftest import GradeText, exercise, reference

Function = Callable[[torch.Tensor], Any]

lesson = Assignment("lesson")
double = lesson.exercise("double", x=tensor("n"))


@double.check(points=1, essential=True)
def doubles(impl: Any, x: torch.Tensor) -> Any:
    """Twice x."""
    return impl.double(x)


CHECK = double.checks[0]
VECTORS = [torch.arange(1.0, n + 1) for n in range(1, 13)]


def right(x: torch.Tensor) -> Any:
    return 2 * x


def triples_long(x: torch.Tensor) -> Any:
    return 3 * x if len(x) > 8 else 2 * x


def halves_short(x: torch.Tensor) -> Any:
    return x / 2 if len(x) < 5 else 2 * x


def triples(x: torch.Tensor) -> Any:
    return 3 * x


def halves(x: torch.Tensor) -> Any:
    return x / 2


def observations(check: Check, function: Function) -> list[bytes]:
    with quiet():
        impl = Implementation({"double": function})
        return [run_case(check.program, impl, decode_inputs(encode_case({"x": x})), 0) for x in VECTORS]


def named(submission: Function, known: Sequence[Function]) -> list[str]:
    """What a submission is diagnosed as, where these misconceptions are known."""
    answers = observations(CHECK, right)
    wrong = {
        f.__name__: {i: o for i, o in enumerate(observations(CHECK, f)) if o != answers[i]} for f in known
    }
    inputs = [encode_case({"x": x}) for x in VECTORS]
    key = CheckKey(CHECK.id, inputs, [0] * len(inputs), [Answer(o) for o in answers], wrong)
    observed = observations(CHECK, submission)
    failing = frozenset((CHECK.id, i) for i, o in enumerate(observed) if judge_case(CHECK, key, i, o))
    mutants = [Mutant(f.__name__, "double", "", "", "", "") for f in known]
    return [m.name for m in diagnose([Observed(CHECK, key, observed)], mutants, failing)]


def test_one_that_answers_the_same_everywhere_is_named() -> None:
    assert named(triples, [halves, triples, triples_long]) == ["triples"]


def test_one_that_fits_only_the_failing_cases_is_not_named() -> None:
    assert named(triples_long, [triples]) == []


def test_one_that_fits_only_some_failing_cases_is_not_named() -> None:
    assert named(triples, [triples_long]) == []


def test_two_together_are_named_where_both_are_needed() -> None:
    def both(x: torch.Tensor) -> Any:
        return triples_long(x) if len(x) > 8 else halves_short(x)

    assert named(both, [halves_short, triples_long, zeroes]) == ["halves_short", "triples_long"]


def zeroes(x: torch.Tensor) -> Any:
    return 0 * x


def test_two_that_are_each_hidden_somewhere_need_several_cases_each() -> None:
    def one_for_short_another_for_long(x: torch.Tensor) -> Any:
        return right(x) if len(x) == 7 else halves(x) if len(x) < 6 else triples(x)

    def hardly_ever_the_other(x: torch.Tensor) -> Any:
        return right(x) if len(x) == 7 else halves(x) if len(x) < 2 else triples(x)

    assert named(one_for_short_another_for_long, [halves, triples]) == ["halves", "triples"]
    assert named(hardly_ever_the_other, [halves, triples]) == []


def test_one_answer_to_everything_is_no_two_mistakes() -> None:
    def one_for_short(x: torch.Tensor) -> Any:
        return 1.0 if len(x) < 6 else right(x)

    def one_for_long(x: torch.Tensor) -> Any:
        return 1.0 if len(x) >= 6 else right(x)

    assert named(lambda x: 1.0, [one_for_short, one_for_long]) == []
    assert named(lambda x: float(len(x)), [lengths_of_short, lengths_of_long]) == [
        "lengths_of_short",
        "lengths_of_long",
    ]


def lengths_of_short(x: torch.Tensor) -> Any:
    return float(len(x)) if len(x) < 6 else right(x)


def lengths_of_long(x: torch.Tensor) -> Any:
    return float(len(x)) if len(x) >= 6 else right(x)


def test_two_pairs_that_fit_name_nothing() -> None:
    def both(x: torch.Tensor) -> Any:
        return triples_long(x) if len(x) > 8 else halves_short(x)

    def triples_long_too(x: torch.Tensor) -> Any:
        return triples_long(x)

    assert named(both, [halves_short, triples_long, triples_long_too]) == []


def test_an_unknown_mistake_is_not_named() -> None:
    assert named(lambda x: x + 1, [halves, triples, triples_long, halves_short]) == []


def test_a_right_submission_is_diagnosed_as_nothing() -> None:
    assert named(right, [halves, triples]) == []


def multiplies_a_column(x: torch.Tensor) -> Any:
    return torch.ones(1, 2) @ torch.ones(len(x) + 2, 1)


def multiplies_a_column_too(x: torch.Tensor) -> Any:
    return torch.ones(1, 2).matmul(torch.ones(len(x) + 2, 1))


def reshapes_to_a_square(x: torch.Tensor) -> Any:
    return x.reshape(100, 100)


def looks_for_a_layer(x: torch.Tensor) -> Any:
    return type("looks_for_a_layer", (), {})().layer


def test_an_error_may_speak_of_the_exercise_by_its_name() -> None:
    def looks_too(x: torch.Tensor) -> Any:
        return type("double", (), {})().layer

    assert named(looks_too, [looks_for_a_layer]) == ["looks_for_a_layer"]


def test_an_error_is_named_only_where_it_says_the_same() -> None:
    assert named(multiplies_a_column_too, [multiplies_a_column, halves]) == ["multiplies_a_column"]
    assert named(reshapes_to_a_square, [multiplies_a_column, halves]) == []


@pytest.mark.parametrize("statement", ["assert False, 'no'", "raise AssertionError('no')"])
def test_the_words_of_an_own_raise_do_not_matter(statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"def refuses(x):\n    {statement}\n"
    names: dict[str, Any] = {}
    exec(compile(source, "answer.py", "exec"), names)
    monkeypatch.setitem(submission_files, "answer.py", SourceText(source))

    def refuses_too(x: torch.Tensor) -> Any:
        raise AssertionError("in other words")

    def wanders_off(x: torch.Tensor) -> Any:
        raise ValueError("no")

    assert named(names["refuses"], [refuses_too]) == ["refuses_too"]
    assert named(names["refuses"], [wanders_off]) == []


def test_one_answer_to_everything_is_told_apart_in_an_exercise_of_several_checks(
    grade_text: GradeText,
) -> None:
    text = reference("adaline") + (
        "\n\ndef accuracy(labels, y):\n    if labels.shape != y.shape:\n        raise ValueError\n    return 0.0\n"
    )
    told = exercise(grade_text("adaline", text, only=("accuracy",)), "accuracy")
    assert told.checks[0].verdict == "failed"
    assert not any(check.diagnosis for check in told.checks)


def test_a_check_that_died_keeps_the_others_from_being_guessed_at(grade_text: GradeText) -> None:
    text = reference("adaline") + (
        "\n\ndef mse_loss(yhat, y):\n    while len(yhat) == 1 and yhat.requires_grad: pass\n"
        "    return ((yhat - y) ** 2).sum()\n"
    )
    told = exercise(grade_text("adaline", text, only=("mse_loss",), cases=20), "mse_loss")
    alive = exercise(
        grade_text("adaline", text.replace("while", "if"), only=("mse_loss",), cases=20), "mse_loss"
    )
    assert told.checks[0].verdict == "failed"
    assert {d.misconception for check in alive.checks for d in check.diagnosis} <= {"sums_the_squares"}
    assert not any(check.diagnosis for check in told.checks)
