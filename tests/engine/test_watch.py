"""`grade --watch`: each save is graded, and only what changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.commands.grade import GradeRequest
from grader.commands.watch import Watcher, merged, run_watch
from grader.engine.catalog import PROJECT
from grader.engine.key import KeyStore
from grader.engine.session import Options
from grader.errors import UsageError
from grader.model import from_json
from grader.sandbox.client import Zygote
from grader.sandbox.start import checks_files, start_zygote
from tests.conftest import GradeText, reference

SUM = "\n\ndef mse_loss(yhat, y):\n    return ((yhat - y) ** 2).sum()\n"


def request(folder: Path, **changes: object) -> GradeRequest:
    fields: dict[str, object] = dict.fromkeys(GradeRequest.__dataclass_fields__)
    fields |= {
        "submission": folder,
        "assignments": (),
        "only": (),
        "color": False,
        "watch": True,
        "cases": 20,
        "seed": 0,
    }
    return GradeRequest(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "adaline.py").write_text(reference("adaline"), "utf-8")
    return folder


def watcher(folder: Path, zygote: Zygote, store: KeyStore, **changes: object) -> Watcher:
    asked = request(folder, **changes)
    options = Options(submission=folder, assignments=asked.assignments, only=asked.only, cases=20)
    return Watcher(asked, options, zygote, store)


def last_score(text: str) -> str:
    return [line for line in text.splitlines() if line.startswith("Score:")][-1]


def test_a_save_is_graded_and_an_unchanged_file_is_not(
    folder: Path, zygote: Zygote, store: KeyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    watching = watcher(folder, zygote, store, only=("mse_loss",))
    watching.look()
    assert last_score(capsys.readouterr().out) == "Score: 1.5 of 1.5 points"
    watching.look()
    (folder / "notes.txt").write_text("not graded", "utf-8")
    watching.look()
    assert capsys.readouterr().out == ""
    (folder / "adaline.py").write_text(reference("adaline") + SUM, "utf-8")
    watching.look()
    assert last_score(capsys.readouterr().out) == "Score: 0 of 1.5 points"


def test_only_the_assignment_that_was_saved_is_graded_again(
    folder: Path, zygote: Zygote, store: KeyStore, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (folder / "autograd.py").write_text(reference("autograd"), "utf-8")
    out = tmp_path / "report.json"
    watching = watcher(folder, zygote, store, only=("mse_loss", "gradient_of_square"), json_file=str(out))
    watching.look()
    assert [e.name for e in from_json(out.read_bytes()).exercises] == ["gradient_of_square", "mse_loss"]
    capsys.readouterr()
    (folder / "adaline.py").write_text(reference("adaline") + SUM, "utf-8")
    watching.look()
    printed = capsys.readouterr().out
    assert "mse_loss" in printed
    assert "gradient_of_square" not in printed
    whole = from_json(out.read_bytes())
    assert {e.name: e.status for e in whole.exercises} == {"gradient_of_square": "full", "mse_loss": "none"}
    assert whole.assignments == ["autograd", "adaline"]


def test_a_syntax_error_is_told_and_the_next_save_mends_it(
    folder: Path, zygote: Zygote, store: KeyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    watching = watcher(folder, zygote, store, only=("mse_loss",))
    for text, words in (
        ("def mse_loss(yhat, y:\n", "SyntaxError"),
        (reference("adaline"), "Score: 1.5 of 1.5 points"),
    ):
        (folder / "adaline.py").write_text(text, "utf-8")
        watching.look()
        assert words in capsys.readouterr().out


def test_a_file_that_is_gone_for_a_moment_is_waited_for(
    folder: Path, zygote: Zygote, store: KeyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    watching = watcher(folder, zygote, store, only=("mse_loss",))
    watching.look()
    file = folder / "adaline.py"
    file.rename(folder / "adaline.py~")
    capsys.readouterr()
    watching.look()
    (folder / "adaline.py~").rename(file)
    watching.look()
    assert capsys.readouterr().out == ""
    file.write_text(reference("adaline") + SUM, "utf-8")
    watching.look()
    assert last_score(capsys.readouterr().out) == "Score: 0 of 1.5 points"


def test_a_submission_that_never_was_there_is_said_at_once(
    tmp_path: Path, zygote: Zygote, store: KeyStore
) -> None:
    with pytest.raises(UsageError):
        watcher(tmp_path / "nowhere", zygote, store).look()


def test_ctrl_c_while_grading_is_passed_on(folder: Path) -> None:
    def interrupted() -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    asked = request(folder, only=("mse_loss",))
    options = Options(submission=folder, only=("mse_loss",), cases=20)
    with pytest.raises(KeyboardInterrupt):
        run_watch(asked, options, start_zygote(checks_files(["adaline"])), interrupted())


def test_merging_replaces_what_was_graded_again_and_sums_exactly(grade_text: GradeText) -> None:
    whole = grade_text("adaline", reference("adaline"), only=("mse_loss", "accuracy"), cases=20)
    again = grade_text("adaline", reference("adaline") + SUM, only=("mse_loss",), cases=20)
    both = merged(whole, again)
    assert [e.name for e in both.exercises] == [e.name for e in whole.exercises]
    assert (both.score, both.max_score) == ("1", "2.5")


def test_a_real_save_is_noticed_and_ctrl_c_ends_it(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "grader",
        "adaline",
        "--submission",
        str(folder),
        "--only",
        "mse_loss",
        "--watch",
    ]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert any(line.startswith("Score: 1.5") for line in process.stdout)
        assert process.stderr.readline().startswith("Watching ")
        for text in (reference("adaline") + SUM, reference("adaline") + SUM + "\n"):
            new = folder / ".adaline.py.swp"
            new.write_text(text, "utf-8")
            time.sleep(1)  # until the folder is watched; only a real clock can tell
            os.replace(new, folder / "adaline.py")
            assert any(line.startswith("Score: 0") for line in process.stdout)
        time.sleep(1)  # until it waits for the next save
    finally:
        process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert process.stderr.read() == ""
