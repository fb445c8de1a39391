"""`grade --debug`: a counterexample under the terminal's own pdb."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.engine.catalog import PROJECT

WRONG = """
import torch


def mse_loss(yhat, y):
    if yhat.shape != y.shape:
        raise ValueError
    squares = (yhat - y) ** 2
    {stop}
    return squares.sum()
"""


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "grader", "grade", *arguments]
        self.process = subprocess.Popen(
            command, cwd=PROJECT, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
        )
        os.close(theirs)
        self.text = ""

    def until(self, words: str, wait_s: float = 120.0) -> str:
        """Read until these words are printed; what was printed since the last time."""
        begin, end = len(self.text), time.monotonic() + wait_s
        while words not in self.text[begin:]:
            assert time.monotonic() < end, self.text
            if select.select([self.ours], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.ours, 4096).decode("utf-8", "replace")
                except OSError:  # the other end is closed
                    assert words in self.text[begin:], self.text
        return self.text[begin:]

    def type(self, line: str) -> None:
        os.write(self.ours, f"{line}\n".encode())


def submitted(tmp_path: Path, stop: str) -> Path:
    file = tmp_path / "adaline.py"
    file.write_text(WRONG.format(stop=stop), "utf-8")
    return file


def test_a_breakpoint_in_the_students_file_works(tmp_path: Path) -> None:
    file = submitted(tmp_path, "breakpoint()")
    terminal = Terminal("adaline", "--submission", str(file), "--debug", "mse_loss")
    assert "mse_loss(yhat=[1., 2., 3., 4.], y=[1., 0., 3., 0.])" in terminal.until("(Pdb)")
    assert str(file) in terminal.text
    assert "got       20." in terminal.text
    terminal.type("p squares.tolist()")
    assert "[0.0, 4.0, 0.0, 16.0]" in terminal.until("(Pdb)")
    terminal.type("c")
    terminal.until("It ran to its end. The check saw: tensor(20.)")
    assert terminal.process.wait(30) == 1


def test_without_a_breakpoint_it_stops_where_the_exercise_begins(tmp_path: Path) -> None:
    terminal = Terminal("adaline", "--submission", str(submitted(tmp_path, "pass")), "--debug", "mse_loss")
    assert "if yhat.shape != y.shape" in terminal.until("(Pdb)")
    terminal.type("p y")
    assert "tensor([1., 0., 3., 0.])" in terminal.until("(Pdb)")
    terminal.type("c")
    terminal.until("It ran to its end")
    assert terminal.process.wait(30) == 1


def test_an_exception_is_looked_at_where_it_was_raised(tmp_path: Path) -> None:
    file = submitted(tmp_path, "squares @ torch.ones(7)  # breakpoint() is only a word here")
    terminal = Terminal("adaline", "--submission", str(file), "--debug", "mse_loss")
    assert "RuntimeError" in terminal.until("(Pdb)")
    terminal.type("p squares.shape")
    assert "torch.Size([4])" in terminal.until("(Pdb)")
    terminal.type("q")
    assert terminal.process.wait(30) == 1


def test_nothing_to_debug_is_said(tmp_path: Path) -> None:
    file = tmp_path / "adaline.py"
    file.write_text((PROJECT / "reference" / "adaline.py").read_text("utf-8"), "utf-8")
    terminal = Terminal("adaline", "--submission", str(file), "--debug", "mse_loss")
    terminal.until("there is nothing to debug")
    assert terminal.process.wait(30) == 0


@pytest.mark.parametrize("exercise", ["mse_loss"])
def test_without_a_terminal_one_sentence_says_so(tmp_path: Path, exercise: str) -> None:
    command = [sys.executable, "-m", "grader", "adaline", "--submission", str(submitted(tmp_path, "pass"))]
    done = subprocess.run(
        [*command, "--debug", exercise], cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 4
    assert done.stderr == "grader: --debug needs a terminal to talk to you, and standard input is none.\n"
