"""The command line: exit codes, sentences, what goes where. In this process, with one zygote for all."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.cli import main
from grader.commands import grade as command
from grader.engine.catalog import PROJECT, Course
from grader.engine.grading import grade
from grader.engine.key import KeyStore
from grader.engine.session import Options, Session
from grader.model import GradeReport
from grader.sandbox.client import Zygote
from grader.sandbox.start import Started

CAREFUL = PROJECT / "examples" / "careful"
MISTAKEN = PROJECT / "examples" / "common_mistakes"


@dataclass
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The line that matters: the last on standard error."""
        return (self.err.strip().splitlines() or [""])[-1]


Start = Callable[..., Ended]


@pytest.fixture
def stand_ins() -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that were started instead of zygotes, which end when the command does."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


@pytest.fixture
def start(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    zygote: Zygote,
    store: KeyStore,
    courses: dict[str, Course],
    stand_ins: list[subprocess.Popen[bytes]],
) -> Start:
    """`start("adaline", "--seed", "7")`: the command in an empty folder, with the zygote at hand."""

    def no_zygote(_: object) -> Started:
        process = subprocess.Popen(["sleep", "600"], stderr=subprocess.PIPE)
        stand_ins.append(process)
        return Started(process, socket.socketpair()[0])

    def with_the_zygote_at_hand(options: Options, started: Started) -> GradeReport:
        with Session(options, started=started) as asked:
            asked.names  # noqa: B018 - refuses what cannot be graded
        with Session(options, zygote=zygote, store=store, courses=courses) as session:
            session._courses = None if options.assignments else courses
            return grade(session)

    monkeypatch.setattr(command, "start_zygote", no_zygote)
    monkeypatch.setattr(command, "grade_once", with_the_zygote_at_hand)
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GRADER_SEED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


# --- what cannot be carried out -----------------------------------------------------------------------------

REFUSED = {
    "adaline --submission nowhere": "nowhere: no such file or folder. Give the path of the submission.",
    "adalin": "No assignment 'adalin'; did you mean 'adaline'?",
    "standardize": "No assignment 'standardize'; it is an exercise: adaline --only standardize.",
    f"{CAREFUL}": f"No assignment '{CAREFUL}'; to grade what is there, say --submission {CAREFUL}.",
    "pottery": "No assignment 'pottery'; there is tensors, autograd, adaline, training, word_window.",
    "adaline --only mse_los": "No exercise 'mse_los'; did you mean 'mse_loss'?",
    "adaline --seed abc": "Invalid value for '--seed': Input should be a valid integer",
    "adaline --seed -1": "greater than or equal to 0. See --help.",
    "adaline --cases 0": "greater than or equal to 1. See --help.",
    "adaline --seed-file nowhere": "nowhere: cannot be read. Give a file that holds one whole number.",
    "adaline --json nowhere/r.json": "nowhere/r.json: it cannot be written there; give a file in",
    "adaline --html .": "it cannot be written there; give a file in a folder that exists.",
    "adaline --min-score many": "--min-score many: it is a number of points.",
    "adaline --min-score nan": "--min-score nan: it is a number of points.",
    "adaline --device tpu": "--device tpu: it is one of cpu, simulated, cuda.",
    "adaline --require-isolation D": "'D' is not one of 'A', 'B', 'C'",
    "adaline --min-scor 1": "No such option: --min-scor",
    "adaline --debug mse_loss": "--debug needs a terminal to talk to you, and standard input is none.",
    "explain nowhere.json mse_loss": "nowhere.json: No such file or directory. Give a file written by",
    "audit adalin": "No assignment 'adalin'; did you mean 'adaline'?",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_a_command_that_makes_no_sense_is_refused_in_one_sentence(arguments: str, start: Start) -> None:
    ended = start(*arguments.split())
    assert ended.code == 4
    assert REFUSED[arguments] in ended.sentence
    assert ended.sentence.startswith("grader: ")
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_a_misspelt_command_makes_no_folder(start: Start, tmp_path: Path) -> None:
    assert start("adalin").code == 4
    assert list(tmp_path.iterdir()) == []


def test_an_empty_seed_file_is_no_public_seed(start: Start, tmp_path: Path) -> None:
    """Whoever gives a file wants a secret; the public seed in its place would be told to nobody."""
    (tmp_path / "seed.txt").write_text("\n")
    ended = start(*ONE, "--submission", CAREFUL, "--seed-file", "seed.txt")
    assert (ended.code, ended.sentence) == (4, "grader: seed.txt holds no whole number; a seed is one.")


def test_a_secret_seed_that_is_none_is_refused(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_SEED", "abc")
    ended = start("adaline", "--submission", CAREFUL)
    assert (ended.code, ended.sentence) == (4, "grader: GRADER_SEED holds no whole number; a seed is one.")


def test_a_report_that_is_no_report_is_refused(start: Start, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    ended = start("explain", "other.json", "mse_loss")
    assert (ended.code, "other.json is no grade report" in ended.sentence) == (4, True)


# --- nothing to grade ---------------------------------------------------------------------------------------


def test_an_empty_folder_is_nothing_to_grade(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = start("adaline", "--submission", "empty")
    assert ended.code == 5
    assert ended.out.splitlines() == [
        "✗ This submission cannot be graded: There is nothing in it. Hand in adaline.py.",
        "No score, which is not a score of 0 (of 20 points)",
    ]


def test_other_files_are_nothing_to_grade_and_named(start: Start, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "homework.py").write_text("x = 1\n")
    ended = start("--submission", "given", "--json", "-")
    assert ended.code == 5
    report = json.loads(ended.out)
    assert (report["status"], report["score"]) == ("ungradable", None)
    assert "homework.py" in report["problem"]


# --- a grading ----------------------------------------------------------------------------------------------

ONE = ("adaline", "--only", "mse_loss", "--cases", "10")


def test_full_marks_exit_with_zero(start: Start) -> None:
    ended = start(*ONE, "--submission", CAREFUL)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "Score: 1.5 of 1.5 points"


def test_less_exits_with_one(start: Start, tmp_path: Path) -> None:
    ended = start(*ONE, "--submission", MISTAKEN, "--html", str(tmp_path / "report.html"))
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[-1] == "Score: 1.25 of 1.5 points"
    again = f"./grade.sh --submission {MISTAKEN} adaline --only mse_loss"
    assert f"again     {again}" in ended.out
    assert f"Look again with <code>{again}</code>" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("ci", [True, False])
def test_a_log_gets_no_colours_even_where_they_are_forced(
    ci: bool, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    if ci:
        monkeypatch.setenv("CI", "true")
    assert ("\x1b[" in start(*ONE, "--submission", MISTAKEN).out) is not ci


@pytest.mark.parametrize(("least", "code"), [("1.25", 0), ("1.26", 1), ("0", 0), ("99", 1)])
def test_min_score_decides_the_exit_code(least: str, code: int, start: Start) -> None:
    assert start(*ONE, "--submission", MISTAKEN, "--min-score", least).code == code


def test_full_marks_are_enough_whatever_min_score_asks(start: Start) -> None:
    assert start(*ONE, "--submission", CAREFUL, "--min-score", "99").code == 0


def test_the_report_on_standard_output_is_all_that_is_there(start: Start) -> None:
    ended = start(*ONE, "--submission", MISTAKEN, "--json", "-")
    report = json.loads(ended.out)
    assert (report["format"], report["score"], report["seed"]) == ("grade-report", "1.25", 0)
    assert ended.code == 1


def test_files_are_written_beside_the_terminal(start: Start, tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "html", "junit", "gradescope", "summary")}
    options = [text for name, file in files.items() for text in (f"--{name}", file)]
    ended = start(*ONE, "--submission", MISTAKEN, *options)
    assert ended.out.splitlines()[-1] == "Score: 1.25 of 1.5 points"
    assert [name for name, file in files.items() if "mse_loss" not in file.read_text("utf-8")] == []
    assert sorted(tmp_path.iterdir()) == sorted(files.values()), "no half-written file is left"


def test_a_secret_seed_is_nowhere_in_the_report(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADER_SEED", "8675309")
    ended = start(*ONE, "--submission", MISTAKEN, "--json", "report.json")
    text = (tmp_path / "report.json").read_text("utf-8")
    assert json.loads(text)["seed"] is None
    assert "8675309" not in text + ended.out + ended.err


def test_a_seed_file_is_a_secret_too(start: Start, tmp_path: Path) -> None:
    (tmp_path / "seed.txt").write_text("8675309\n")
    ended = start(*ONE, "--submission", CAREFUL, "--seed-file", "seed.txt", "--json", "-")
    assert json.loads(ended.out)["seed"] is None
    assert "8675309" not in ended.out


def test_a_plain_terminal_gets_plain_text(start: Start) -> None:
    ended = start(*ONE, "--submission", MISTAKEN)
    assert "\x1b" not in ended.out
    # A command that is there to be copied stays in one line, however long the path in it.
    assert all(len(line) <= 100 for line in ended.out.splitlines() if not line.startswith("  again "))


@pytest.mark.parametrize(
    ("setting", "coloured"), [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)]
)
def test_no_color_is_respected(
    setting: dict[str, str], coloured: bool, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other escapes may stay (bold); a colour is a number from 30 on."""
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm-256color")
    ended = start(*ONE, "--submission", MISTAKEN)
    assert bool(re.search(r"\x1b\[(\d+;)*[39]\d", ended.out)) == coloured


def test_github_gets_annotations_and_a_summary(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    ended = start(*ONE, "--submission", MISTAKEN)
    assert "::error file=adaline.py" in ended.out
    assert "mse_loss" in (tmp_path / "summary.md").read_text("utf-8")


# --- without arguments --------------------------------------------------------------------------------------


def test_without_arguments_it_makes_a_submission_from_the_starters_and_grades_it(
    start: Start, tmp_path: Path, courses: dict[str, Course], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["grader", "--cases", "1"])
    monkeypatch.setattr(command, "grade_once", lambda options, started: _stop(started))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    made = {file.name: file.read_text("utf-8") for file in (tmp_path / "submission").iterdir()}
    assert made == {f"{name}.py": course.starter for name, course in courses.items()}


def _stop(started: Started) -> GradeReport:
    started.process.kill()
    started.process.wait()
    raise KeyboardInterrupt


def test_a_submission_that_is_there_is_never_touched(start: Start, tmp_path: Path) -> None:
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "adaline.py").write_text("import torch\n")
    ended = start(*ONE)
    assert (ended.code, ended.out.splitlines()[-1]) == (1, "Score: 0 of 1.5 points")
    assert (tmp_path / "submission" / "adaline.py").read_text() == "import torch\n"


def test_a_folder_that_cannot_be_written_is_said_so(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    ended = start("adaline")
    assert (ended.code, ended.sentence) == (
        4,
        "grader: submission/ can't be made here: Permission denied. Use --submission.",
    )


# --- help ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["grade", "--help"], ["batch", "--help"]])
def test_help_opens_with_examples(arguments: list[str], start: Start) -> None:
    ended = start(*arguments)
    assert ended.code == 0
    assert 0 < ended.out.index("Examples:") < ended.out.index("Options:")
    examples = ended.out.split("Examples:")[1].split("\n\n")[0].strip().splitlines()
    assert len(examples) > 1, "one a line"


def test_version_is_said(start: Start) -> None:
    assert start("--version").out.startswith("grader 0.")


def test_list_says_every_exercise_and_the_sum(start: Start, courses: dict[str, Course]) -> None:
    lines = start("list").out.splitlines()
    assert len([line for line in lines if line.startswith(" ")]) == 68
    assert [line.split()[:2] for line in lines if not line.startswith(" ")] == [
        [name, f"{course.assignment.points:.0f}"] for name, course in courses.items()
    ]


# --- as a process -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "| head -c 1"])
def test_whoever_reads_may_leave_early(redirection: str, tmp_path: Path) -> None:
    """A full disk is said; a reader that left, or never was, changes nothing about the exit code."""
    grading = f"'{sys.executable}' -P -m grader adaline --only mse_loss --cases 5 --submission '{MISTAKEN}'"
    script = f"set -o pipefail; {grading} {redirection}"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment, cwd=tmp_path, check=False
    )
    assert b"Traceback" not in done.stderr
    assert b"ignored" not in done.stderr
    assert done.returncode == (3 if "full" in redirection else 1)
