"""The scratch folder from outside: too full or not, and gone at the end."""

import os
from pathlib import Path

import pytest

from grader.sandbox import scratch
from grader.sandbox.limits import Limits

SMALL = Limits(scratch_mib=1, scratch_files=10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


def nest(folder: Path, depth: int) -> None:
    """Folders within folders, deeper than a path may be long."""
    here = os.getcwd()
    os.chdir(folder)
    for _ in range(depth):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    Path("file").touch()
    os.chdir(here)


def test_what_is_within_its_budgets_is_not_overdrawn(folder: Path):
    (folder / "inner").mkdir()
    (folder / "inner" / "file").write_bytes(bytes(1000))
    assert scratch.overdrawn(folder, SMALL) is None


def test_size_counts_over_all_folders(folder: Path):
    (folder / "inner").mkdir()
    for place in (folder, folder / "inner"):
        (place / "file").write_bytes(bytes(600 * 1024))
    assert scratch.overdrawn(folder, SMALL) == "it wrote more than 1 MiB"


def test_hole_is_no_size(folder: Path):
    with open(folder / "hole", "wb") as file:
        file.truncate(1 << 30)
    assert scratch.overdrawn(folder, SMALL) is None


def test_folders_count_as_files(folder: Path):
    for number in range(11):
        (folder / str(number)).mkdir()
    assert scratch.overdrawn(folder, SMALL) == "it made more than 10 files"


def test_depth_has_an_end(folder: Path):
    nest(folder, 60)
    assert scratch.overdrawn(folder, Limits()) == "it nested folders too deep in its working folder"
    scratch.remove(folder)


def test_remove_takes_deep_closed_and_linked_things(folder: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    nest(folder, 600)
    (folder / "link").symlink_to(outside)
    (folder / "closed").mkdir()
    (folder / "closed" / "within").mkdir()
    (folder / "closed" / "within").chmod(0)
    (folder / "closed").chmod(0)
    scratch.remove(folder)
    assert not folder.exists()
    assert (outside / "kept").exists()
