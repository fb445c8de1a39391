from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.report import values
from grader.report.blocks import lay_out
from grader.report.counterexample import call_lines, split_call
from grader.report.text import clean, defuse, first_lines, wrap
from tests.report.runner import command_in
from tests.report.samples import tensor

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["nan", "-inf"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4)
            | st.sampled_from(["dtype", "shape", "values", "summary", "raised", "message", "type", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON, JSON)
def test_any_two_values_can_be_laid_side_by_side(one: object, other: object):
    for part in values.parts(one, other):
        for value in (part.expected, part.observed):
            assert isinstance(values.flat_text(value), str)
            assert isinstance(values.kind(value), str)
            block = values.cells(value)
            if block is not None:
                assert len(block.entries) == math.prod(block.shape)


@settings(deadline=None)
@given(JSON)
def test_value_does_not_differ_from_itself(value: object):
    again = values.parts(value, value)
    assert [part.label for part in again if part.differs and not _has_nan(value)] == []


def _has_nan(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_nan, value.values()))
    return any(map(_has_nan, value)) if isinstance(value, list) else value != value


@settings(deadline=None)
@given(st.text())
def test_cleaned_text_has_no_control_characters(text: str):
    assert all(char == "\n" or char.isprintable() for char in clean(text))


def test_lone_surrogate_is_shown_as_its_escape():
    assert clean("a\ud800b") == "a\\ud800b"
    clean("a\ud800b").encode()


@settings(deadline=None)
@given(
    st.text(alphabet=":# [errovs]\t\u00a0\u2003x"),
    st.sampled_from(["::error::x", "##[error]x", "  ::add-mask::s"]),
)
def test_defused_line_is_no_command(before: str, command: str):
    assert command_in(defuse(before + command)) is None


@settings(deadline=None)
@given(st.text(), st.integers(5, 60))
def test_wrapped_lines_keep_to_the_width(text: str, width: int):
    assert all(len(line) <= width for line in wrap(clean(text), width))


def test_lines_printed_in_every_case_are_told_once():
    assert first_lines("a\n" * 100 + "b\n", 5) == ["a  (100 times)", "b"]
    assert first_lines("a\nb\nc\nd\n", 2) == ["a", "b", "(2 more lines)"]
    assert first_lines("", 2) == []
    assert first_lines("a" * 50 + "\n" + "a" * 50, 2, 20) == ["aaaaaaaa…  (2 times)"]


@pytest.mark.parametrize(
    ("expected", "observed", "wrong"),
    [
        ([1.0, 2.0], [1.0, 2.0], []),
        ([1.0, 2.0], [1.0, 2.5], [1]),
        ([1.0, 0.3333333], [5.0, 0.3333334], [0]),  # rounding is not pointed at where something else is wrong
        ([1.0, 0.3333333], [1.0, 0.3333334], [1]),
        (["nan", 1.0], ["nan", "inf"], [1]),
        ([0, 1], [False, True], [0, 1]),
        ([None], [0], [0]),
    ],
)
def test_marks_stand_at_what_differs(expected: list[object], observed: list[object], wrong: list[int]):
    assert values.differing(expected, observed) == frozenset(wrong)


def test_numbers_get_the_digits_that_tell_them_apart():
    (part,) = values.parts(tensor([0.3333333]), tensor([0.3333334]))
    block, other = values.cells(part.expected), values.cells(part.observed)
    assert block is not None
    assert other is not None
    assert values.entry_texts(block, other, part.wrong) == ["0.3333333"]
    assert values.entry_texts(block) == ["0.33333"]


def test_dict_that_resembles_a_tensor_is_a_dict():
    assert values.is_tensor(tensor([[1.0]]))
    for shape, entries in (
        ([2], [1.0]),
        (["a"], [1.0]),
        ([True], [1.0]),
        ([1], [[1.0]]),
        ([-1], []),
        ([], {}),
    ):
        assert not values.is_tensor({"dtype": "float32", "shape": shape, "values": entries})


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=4), st.integers(12, 80), st.randoms(use_true_random=False))
def test_layout_keeps_all_entries_in_order_and_marks_those_that_differ(shape: list[int], width: int, random):
    count = math.prod(shape)
    texts = [str(random.randint(-99, 99)) for _ in range(count)] or ["0"]
    wrong = frozenset(index for index in range(len(texts)) if random.random() < 0.3)
    lines = lay_out(texts, shape, wrong, width)
    entries = [line for line in lines if line.strip("^ ")]
    if count and shape:
        assert "".join(entries).replace("[", " ").replace("]", " ").replace(",", " ").split() == texts
        marked = "".join(lines).count("^")
        assert marked == (sum(len(texts[i]) for i in wrong) if len(wrong) < count else 0)
        assert max(map(len, lines)) <= max(width, 3 + 2 * len(shape) + 2)


def test_carets_stand_under_the_entry():
    assert lay_out(["1.", "20.", "3."], [3], frozenset({1}), 40) == ["[1., 20., 3.]", "     ^^^"]


@pytest.mark.parametrize(
    ("call", "name", "arguments"),
    [
        ("f(x=[[1., 2.]], y=(3, 4))", "f", ["x=[[1., 2.]]", "y=(3, 4)"]),
        ("f(s='a, (b', t=\"it's, so\")", "f", ["s='a, (b'", 't="it\'s, so"']),
        ("f()", "f", []),
        ("no call", "no call", []),
    ],
)
def test_calls_are_split_at_their_own_commas(call: str, name: str, arguments: list[str]):
    assert split_call(call) == (name, arguments)


def test_long_call_has_an_argument_a_line():
    lines = call_lines("f(x=[1., 2., 3.], y=[1., 2., 3.])", 20)
    assert lines == ["f(", "  x=[1., 2., 3.],", "  y=[1., 2., 3.],", ")"]
