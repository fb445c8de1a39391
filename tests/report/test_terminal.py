from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.model import GradeReport
from grader.report.terminal import print_report
from tests.report import samples
from tests.report.checking import assert_valid
from tests.report.runner import commands_in
from tests.report.samples import KINDS
from tests.report.snapshots import assert_snapshot


def printed(report: GradeReport, *, width: int = 80, encoding: str = "utf-8", color: bool = False) -> str:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, newline="")
    console = Console(file=out, width=width, force_terminal=color, color_system="standard" if color else None)
    print_report(report, console)
    out.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_is_as_in_its_snapshot(kind: str):
    assert_snapshot(f"terminal/{kind}.txt", printed(KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_sample_is_a_valid_report(kind: str):
    assert_valid(KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [80, 60])
def test_no_line_is_wider_than_the_terminal(kind: str, width: int):
    # A command to copy stays in one line; what is taken apart for a runner's sake grows by a space or two.
    again = re.compile(r"^ +again |^ *: :|## \[")
    lines = [line for line in printed(KINDS[kind], width=width).split("\n") if not again.search(line)]
    assert [line for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("kind", KINDS)
def test_colour_adds_nothing_but_colour(kind: str):
    coloured = printed(KINDS[kind], color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == printed(KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_without_colour_there_is_no_control_character(kind: str):
    assert [char for char in printed(KINDS[kind]) if not (char.isprintable() or char == "\n")] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_that_lacks_our_signs_gets_plain_ones(kind: str, encoding: str):
    text = printed(KINDS[kind], encoding=encoding)
    assert "\\u" not in text.replace("\\u202e", "").replace("\\u2066", "")


@pytest.mark.parametrize("kind", KINDS)
def test_last_line_is_the_score(kind: str):
    *_, last = printed(KINDS[kind]).rstrip("\n").split("\n")
    assert last.startswith("No score" if kind == "ungradable" else "Score: ")


def test_nothing_printed_becomes_a_workflow_command():
    assert commands_in(samples.HOSTILE) == ["set-output", "error", "add-mask", "error"]  # the partner
    assert commands_in(printed(KINDS["hostile"])) == []
    assert all(commands_in(printed(KINDS["hostile"], width=width)) == [] for width in range(30, 110))


def test_markup_of_rich_is_shown_as_text():
    assert "[bold]rich[/bold]" in printed(KINDS["hostile"], color=True)


def test_diagnosis_is_told_once_for_all_checks_of_one_cause():
    text = printed(KINDS["wrong"])
    assert text.count("Averages over dim 0") == 1
    assert "1 more for the same reason · 0 of 0.2 points: averages decimal numbers" in " ".join(text.split())


def test_error_of_the_same_line_is_told_once_though_its_message_names_other_shapes():
    def error(name: str, size: int):
        trace = f"a.py, line 3, in f\n    x + y\nRuntimeError: size {size}"
        return samples.check(name, "error", traceback=trace)

    text = printed(samples.report(samples.exercise("f", error("one", 2), error("two", 3))))
    assert text.count("a.py, line 3") == 1
    assert "for the same reason · 0 of 0.5 points: two" in text


def test_two_errors_in_one_line_of_another_kind_are_both_told():
    one = samples.check("one", "error", traceback="a.py, line 3, in f\n    x\nNameError: x")
    two = samples.check("two", "error", traceback="a.py, line 3, in f\n    x\nTypeError: x")
    assert printed(samples.report(samples.exercise("f", one, two))).count("a.py, line 3") == 2


@pytest.mark.parametrize("word", ["42", "LATER", "dim 0"])
def test_what_may_not_be_seen_yet_is_not_printed(word: str):
    assert word in repr(KINDS["hidden"])  # the partner: it is there
    assert word not in printed(KINDS["hidden"])


def test_file_that_cannot_be_loaded_is_told_once_with_its_line_and_what_it_means():
    text = printed(KINDS["not_run"])
    assert text.count("SyntaxError") == 1
    assert text.count("    x = (1\n") == 1
    assert text.count("What is opened must be closed.") == 1


def test_a_note_that_is_the_problem_is_told_once():
    sentence = "adaline.py is not UTF-8: byte 0xe9 in line 1."
    more = {"status": "ungradable", "score": None, "problem": f"{sentence} Found: x.txt."}
    assert printed(samples.report(notes=[sentence], **more)).count("0xe9") == 1


def test_an_answer_without_a_visible_difference_is_shown_once():
    one = {"dtype": "float32", "shape": [2], "values": [1.0, 2.0]}
    elsewhere = samples.check(
        "adds", "failed", counterexample=samples.example("f(x=[1., 2.])", one, one, "It is on the CPU.")
    )
    text = printed(samples.report(samples.exercise("f", elsewhere)))
    assert "got       float32 (2,)  [1., 2.]\n  differs   It is on the CPU." in text
    assert "expected " not in text


def test_of_several_assignments_one_that_is_not_written_is_one_word():
    text = printed(KINDS["untouched"])
    assert "- Not attempted, all of it: tensors, word_window\n" in text
    assert "encode" not in text
    assert "- Missing, all of it: training (training.py was not handed in)\n" in text


def test_secret_seed_is_not_in_the_line_that_says_how_to_look_again():
    assert "--seed" not in printed(KINDS["secret_seed"])
    assert "--seed 7" in printed(KINDS["practice"])


def test_full_marks_are_one_line_an_exercise_and_the_score():
    lines = [line for line in printed(KINDS["full"]).split("\n") if line]
    assert lines == ["✓ tensor_facts · 0.75 of 0.75 points", "Score: 0.75 of 0.75 points"]
