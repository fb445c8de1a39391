"""Encodings, newlines and sizes of a .py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import Submission, load_submission

HELLO = "name = 'Zoë'\n"


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes], Submission]:
    def load(data: bytes) -> Submission:
        (tmp_path / "adaline.py").write_bytes(data)
        return load_submission(tmp_path, ["adaline"])

    return load


@pytest.mark.parametrize(
    "data",
    [
        HELLO.encode(),
        HELLO.encode("utf-8-sig"),
        HELLO.replace("\n", "\r\n").encode(),
        HELLO.replace("\n", "\r").encode(),
    ],
)
def test_utf8_in_any_form_is_text(load: Callable, data: bytes) -> None:
    assert load(data).files["adaline"].cells == (HELLO,)


@pytest.mark.parametrize("named", ["utf-8", "UTF8", "utf_8", "ascii", "utf-8-sig"])
def test_naming_utf8_is_fine(load: Callable, named: str) -> None:
    assert HELLO in load(f"# -*- coding: {named} -*-\n{HELLO}".encode()).files["adaline"].source


@pytest.mark.parametrize("named", ["latin-1", "iso-8859-15", "cp1252", "Latin_1"])
def test_old_encodings_that_python_would_read_are_read(load: Callable, named: str) -> None:
    data = f"#!/usr/bin/python\n# vim: set fileencoding={named} :\n{HELLO}".encode("latin-1")
    assert HELLO in load(data).files["adaline"].source


@pytest.mark.parametrize(
    "named", ["utf-7", "utf-16", "rot13", "unicode_escape", "klingon", "hex", "punycode"]
)
def test_encodings_that_can_hide_something_are_refused(load: Callable, named: str) -> None:
    problem = load(f"# coding: {named}\nx = 1\n".encode()).problem
    assert problem == (
        f"adaline.py says in line 1 that it is written in {named}. Save it as UTF-8, take that line out, "
        "and hand it in again."
    )


def test_encoding_is_named_in_the_first_two_lines_only(load: Callable) -> None:
    assert load(b"x = 1\n# coding: utf-7\n").files
    assert load(b"\n\n# coding: utf-7\n").files
    assert not load(b"\n# coding: utf-7\n").files


def test_bytes_that_are_not_utf8_are_found(load: Callable) -> None:
    problem = load(b"x = 1\r\ny = 2\rname = 'Zo\xeb'\n").problem
    assert problem == (
        "adaline.py is not UTF-8: byte 0xeb in line 3 (byte 24 of the file). "
        "Save it as UTF-8 and hand it in again."
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_utf16_is_recognised(load: Callable, encoding: str) -> None:
    assert load(HELLO.encode(encoding)).problem == (
        "adaline.py is saved as UTF-16 or UTF-32. Save it as UTF-8 and hand it in again."
    )


@pytest.mark.parametrize("data", [b"x = 1\ny\0 = 2\n", "\ny = 1\n".encode("utf-16-be")[2:]])
def test_nul_bytes_are_no_text(load: Callable, data: bytes) -> None:
    assert load(data).problem.startswith("adaline.py has a NUL byte in line ")


def test_a_million_lines_fit_and_more_bytes_do_not(load: Callable) -> None:
    assert load(b"\n" * 10**6).files
    assert load(b"x=1\n" * 10**6).problem.startswith("adaline.py is 3.8 MiB; at most 1.0 MiB is read.")


def test_empty_file_counts_and_is_noted(load: Callable) -> None:
    got = load(b"")
    assert got.files["adaline"].cells == ("",)
    assert got.notes == ("adaline.py has no code in it.",)


def test_text_that_reads_otherwise_than_it_runs_is_noted_and_graded(load: Callable) -> None:
    got = load("x = 1\n# \u202e hidden\n".encode())
    assert got.files
    assert got.notes == (
        "adaline.py has an invisible character in line 2 (U+202E) that changes the direction of text: "
        "what is shown may not be what runs.",
    )


def test_emoji_and_other_scripts_are_not_noted(load: Callable) -> None:
    assert load("# 👩‍🔬 नमस्ते שלום\nπ = 3\n".encode()).notes == ()
