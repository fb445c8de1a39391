"""What is taken from folders and single files, and what is said of the rest."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.intake import NoSuchSubmission, load_submission
from grader.intake.model import show

STEMS = ["tensors", "adaline"]
CODE = "x = 1\n"


def test_folder_gives_its_expected_files(write: Callable) -> None:
    got = load_submission(write({"adaline.py": CODE, "tensors.py": "y = 2", "notes.txt": "?"}), STEMS)
    assert (got.name, got.problem, dict(got.problems), got.notes) == ("s1042", None, {}, ())
    assert {stem: (file.name, file.kind, file.cells) for stem, file in got.files.items()} == {
        "adaline": ("adaline.py", "py", (CODE,)),
        "tensors": ("tensors.py", "py", ("y = 2",)),
    }


def test_missing_path_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(NoSuchSubmission, match="nowhere: no such file or folder") as raised:
        load_submission(tmp_path / "nowhere", STEMS)
    assert isinstance(raised.value, GraderError)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_impossible_path_is_the_callers_mistake(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSuchSubmission):
        load_submission(tmp_path / name, STEMS)


def test_empty_folder_is_ungradable(tmp_path: Path) -> None:
    got = load_submission(tmp_path, STEMS)
    assert got.problem == "There is nothing in it. Hand in tensors.py or adaline.py."


def test_folder_without_expected_files_says_what_is_there(write: Callable) -> None:
    got = load_submission(write({"main.py": CODE, "data/iris.csv": "1"}), STEMS)
    assert got.problem == "No expected file is there (tensors.py, adaline.py). Found: main.py, data/iris.csv."


def test_near_miss_is_asked_about_and_not_graded(write: Callable) -> None:
    got = load_submission(write({"adalin.py": CODE}), ["adaline"])
    assert not got.files
    assert "adaline.py is missing. Did you mean adalin.py? Then rename it to adaline.py." in got.problem


def test_near_miss_beside_a_good_file_is_a_note(write: Callable) -> None:
    got = load_submission(write({"adaline.py.txt": CODE, "tensors.py": CODE}), STEMS)
    assert got.problem is None
    assert got.notes == ("adaline.py is missing. Did you mean adaline.py.txt? Then rename it to adaline.py.",)


@pytest.mark.parametrize(
    "wrapping", ["hw1", "hw1/hw1", "Jane Doe_123456_assignsubmission_file_", "week 3/code"]
)
def test_wrapping_folders_are_looked_through(write: Callable, wrapping: str) -> None:
    got = load_submission(write({f"{wrapping}/adaline.py": CODE, "README.md": "hi"}), STEMS)
    assert got.files["adaline"].name == f"{wrapping}/adaline.py"
    assert got.notes == ()


def test_outermost_folder_with_an_expected_file_is_the_hand_in(write: Callable) -> None:
    got = load_submission(
        write({"adaline.py": CODE, "old/adaline.py": "old", "old/tensors.py": "old"}), STEMS
    )
    assert list(got.files) == ["adaline"]
    assert got.files["adaline"].source == CODE
    assert got.notes == ("old/tensors.py is left out; move it beside the other files if it is to be graded.",)


def test_a_deep_folder_is_looked_through_as_a_deep_archive_is(tmp_path: Path) -> None:
    """Gradescope unpacks archives, and some hold all folders from the disk's root on."""
    folder = tmp_path / "Users/ada/Documents/uni/machine learning/week 3/homework"
    folder.mkdir(parents=True)
    (folder / "adaline.py").write_text(CODE)
    assert load_submission(tmp_path, STEMS).files


def test_folders_beside_each_other_may_be_of_different_depth(write: Callable) -> None:
    got = load_submission(write({"hw1/tensors.py": "a", "hw2/src/adaline.py": "b"}), STEMS)
    assert {stem: file.source for stem, file in got.files.items()} == {"tensors": "a", "adaline": "b"}


def test_git_clone_with_a_folder_for_each_assignment(write: Callable) -> None:
    files = {
        "hw1/tensors.py": "a",
        "hw2/adaline.py": "b",
        ".git/adaline.py": "!",
        "hw1/__pycache__/adaline.py": "!",
    }
    got = load_submission(write(files), STEMS)
    assert {stem: file.source for stem, file in got.files.items()} == {"tensors": "a", "adaline": "b"}


def test_two_equally_good_files_are_not_chosen_between(write: Callable) -> None:
    got = load_submission(write({"a/adaline.py": "1", "b/adaline.py": "2", "a/tensors.py": "3"}), STEMS)
    assert list(got.files) == ["tensors"]
    assert (
        got.problems["adaline"] == "adaline.py is there 2 times: a/adaline.py and b/adaline.py. Hand in one."
    )


def test_what_computers_leave_behind_is_not_looked_at(write: Callable) -> None:
    files = {".ipynb_checkpoints/adaline.ipynb": "x", "__MACOSX/adaline.py": "x", "._adaline.py": "x"}
    assert "nothing in it" in load_submission(write(files), STEMS).problem


def test_exact_name_counts_before_copies_and_says_so(write: Callable) -> None:
    got = load_submission(write({"adaline.py": "exact", "adaline (2).py": "copy"}), STEMS)
    assert got.files["adaline"].source == "exact"
    assert got.notes == ("adaline.py counts; left out: adaline (2).py.",)


def test_newest_copy_counts_where_the_exact_name_is_missing(write: Callable) -> None:
    got = load_submission(
        write({"adaline (1).py": "1", "adaline (10).py": "10", "adaline (2).py": "2"}), STEMS
    )
    assert got.files["adaline"].source == "10"
    assert got.notes == ("adaline (10).py counts; left out: adaline (2).py, adaline (1).py.",)


def test_py_counts_before_notebook(write: Callable, make_notebook: Callable) -> None:
    got = load_submission(write({"adaline.ipynb": make_notebook("n = 1"), "adaline.py": CODE}), STEMS)
    assert got.files["adaline"].kind == "py"
    assert got.notes == ("adaline.py counts; left out: adaline.ipynb.",)


@pytest.mark.parametrize("name", ["main.py", "hw 3 final.py", "adalin.py"])
def test_single_file_is_taken_for_the_one_that_is_expected(write: Callable, name: str) -> None:
    got = load_submission(write({name: CODE}) / name, ["adaline"])
    assert got.files["adaline"].source == CODE
    assert got.notes == (f"{name} is taken for adaline.py, the only file that is asked for.",)


def test_single_file_is_not_taken_where_several_are_expected(write: Callable) -> None:
    got = load_submission(write({"main.py": CODE}) / "main.py", STEMS)
    assert got.problem == "No expected file is there (tensors.py, adaline.py). Found: main.py."


def test_single_file_of_another_assignment_is_not_taken(write: Callable) -> None:
    got = load_submission(write({"tensors.py": CODE}) / "tensors.py", ["adaline"], known=STEMS)
    assert not got.files


def test_single_file_gives_the_submission_its_name(write: Callable) -> None:
    path = write({"adaline.py": CODE}) / "adaline.py"
    assert load_submission(path, STEMS).name == "adaline"
    assert load_submission(path, STEMS, name="s7").name == "s7"


def test_current_folder_has_a_name(write: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write({"adaline.py": CODE}))
    assert load_submission(Path("."), STEMS).name == "s1042"


def test_one_bad_file_costs_only_itself(write: Callable) -> None:
    got = load_submission(write({"adaline.py": b"\xff", "tensors.py": CODE}), STEMS)
    assert list(got.files) == ["tensors"]
    assert list(got.problems) == ["adaline"]
    assert got.problem is None


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(path.parent)  # paths of sockets are short
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


def _link(path: Path) -> None:
    target = path.with_name("secret.txt")
    target.write_text("solution = 1")
    path.symlink_to(target)


def _hard_link(path: Path) -> None:
    target = path.with_name("secret.txt")
    target.write_text("solution = 1")
    path.hardlink_to(target)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


@pytest.mark.boundary
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Path.mkdir, "adaline.py is a folder, not a file. Hand in the file itself."),
        (_link, "adaline.py is a symbolic link, not a file. Hand in the file itself."),
        (_fifo, "adaline.py is a named pipe, not a file. Hand in the file itself."),
        (_socket, "adaline.py is a socket, not a file. Hand in the file itself."),
        (
            _hard_link,
            "adaline.py is a hard link: the file has another name elsewhere. Hand in a plain copy.",
        ),
        (
            _sparse,
            "adaline.py is 1048576.0 MiB; at most 1.0 MiB is read. Take out what doesn't belong to the code "
            "(data, outputs) and hand it in again.",
        ),
    ],
)
def test_only_plain_files_are_read(tmp_path: Path, make: Callable[[Path], None], sentence: str) -> None:
    make(tmp_path / "adaline.py")
    got = load_submission(tmp_path, STEMS)
    assert not got.files
    assert got.problems["adaline"] == sentence
    assert got.problem == sentence


@pytest.mark.boundary
def test_link_in_the_middle_of_a_path_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "adaline.py").write_text("solution = 1")
    (tmp_path / "s1").mkdir()
    (tmp_path / "s1" / "hw").symlink_to(tmp_path / "outside")
    assert not load_submission(tmp_path / "s1", STEMS).files
    assert not load_submission(tmp_path / "s1", STEMS, members=["hw/adaline.py"]).files
    # The partner: the same without a link is read.
    assert load_submission(tmp_path, STEMS, members=["outside/adaline.py"]).files


def test_folder_that_the_user_names_may_be_a_link(write: Callable, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(write({"adaline.py": CODE}))
    assert load_submission(tmp_path / "latest", STEMS).files


def test_digest_is_of_contents_and_not_of_decorations(write: Callable) -> None:
    root = write({"adaline.py": CODE, "tensors.py": "t"})
    digest = load_submission(root, STEMS).digest
    assert digest == load_submission(root, STEMS[::-1]).digest
    (root / "adaline.py").rename(root / "Adaline (1).py")
    (root / "other.txt").write_text("more")
    assert digest == load_submission(root, STEMS).digest
    (root / "Adaline (1).py").write_text("x = 2\n")
    assert digest != load_submission(root, STEMS).digest


def test_digest_tells_apart_missing_swapped_and_unreadable(write: Callable, tmp_path: Path) -> None:
    root = write({"adaline.py": "a", "tensors.py": "t"})
    digests = {load_submission(root, STEMS).digest, load_submission(root, ["adaline"]).digest}
    (root / "adaline.py").write_text("t")
    (root / "tensors.py").write_text("a")
    digests.add(load_submission(root, STEMS).digest)
    (root / "adaline.py").write_bytes(b"\0")
    digests.add(load_submission(root, STEMS).digest)
    (root / "adaline.py").unlink()
    digests.add(load_submission(root, STEMS).digest)
    assert len(digests) == 5
    assert all(digest.startswith("sha256:") and len(digest) == 71 for digest in digests)


def test_names_from_outside_are_safe_to_print(tmp_path: Path) -> None:
    for name in [b"bad\xff\x1b[31m.py", b"\xe2\x80\xae.py"]:
        (tmp_path / os.fsdecode(name)).write_text(CODE)
    got = load_submission(tmp_path, STEMS)
    assert got.problem.isprintable()
    got.problem.encode()


def test_joiners_in_a_name_stay_as_they_are() -> None:
    assert show("حسین\u200cزاده 👩\u200d🔬") == "حسین\u200cزاده 👩\u200d🔬"
    assert show("課題\u3000提出") == "課題 提出"


def test_many_files_do_not_hide_those_at_the_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.intake.folder.MAX_ENTRIES", 20)
    (tmp_path / "a").mkdir()
    for number in range(50):
        (tmp_path / "a" / f"{number}.csv").touch()
    (tmp_path / "adaline.py").write_text(CODE)
    got = load_submission(tmp_path, STEMS)
    assert got.files
    assert got.notes == ("Only the first 20 files of the folder were looked at.",)
