"""Archives, honest and hostile: read by name, into memory, at a bounded cost."""

import io
import os
import stat
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import Submission, load_submission

STEMS = ["tensors", "adaline"]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Submission]:
    def load(data: bytes, name: str = "hw.zip") -> Submission:
        (tmp_path / name).write_bytes(data)
        before = sorted(tmp_path.rglob("*"))
        got = load_submission(tmp_path / name, STEMS)
        assert sorted(tmp_path.rglob("*")) == before  # nothing is unpacked
        return got

    return load


@pytest.mark.parametrize("prefix", ["", "hw/", "./hw/", "hw/hw/", "hw\\"])
def test_zip_is_read_through_wrapping_folders(load: Callable, make_zip: Callable, prefix: str) -> None:
    got = load(make_zip({f"{prefix}adaline.py": "x = 1", f"{prefix}data/iris.csv": "1"}))
    assert (got.name, got.problem) == ("hw", None)
    assert got.files["adaline"].cells == ("x = 1",)


@pytest.mark.parametrize(
    ("mode", "name"),
    [("w", "hw.tar"), ("w:gz", "hw.tar.gz"), ("w:gz", "hw.tgz"), ("w:bz2", "hw.tar.bz2"), ("w:gz", "hw.zip")],
)
def test_tars_are_read_and_what_they_are_is_seen_from_inside(
    load: Callable, make_tar: Callable, mode: str, name: str
) -> None:
    got = load(make_tar({"./hw/adaline.py": "x = 1"}, mode), name)
    assert (got.name, got.files["adaline"].cells) == ("hw", ("x = 1",))


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_all_formats_of_tar_are_read(load: Callable, format: int) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        info = tarfile.TarInfo("ein-langer-Ordner" * 5 + "/Übung/adaline.py")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"x = 1"))
    assert load(buffer.getvalue(), "hw.tar").files["adaline"].cells == ("x = 1",)


@pytest.mark.parametrize("make", ["make_zip", "make_tar"])
def test_empty_archives_have_nothing_in_them(
    load: Callable, make: str, request: pytest.FixtureRequest
) -> None:
    assert "nothing in it" in load(request.getfixturevalue(make)({})).problem


def test_archive_in_a_folder_is_opened(write: Callable, make_zip: Callable) -> None:
    got = load_submission(write({"hw.zip": make_zip({"hw/adaline.py": "x"}), "notes.pdf": "%"}), STEMS)
    assert got.files["adaline"].name == "hw.zip/hw/adaline.py"


def test_archive_beside_an_expected_file_is_left_alone(write: Callable, make_zip: Callable) -> None:
    got = load_submission(write({"hw.zip": make_zip({"tensors.py": "x"}), "adaline.py": "y"}), STEMS)
    assert list(got.files) == ["adaline"]


def test_of_two_archives_the_newer_copy_counts(write: Callable, make_zip: Callable) -> None:
    files = {"hw.zip": make_zip({"adaline.py": "old"}), "hw (1).zip": make_zip({"adaline.py": "new"})}
    got = load_submission(write(files), STEMS)
    assert got.files["adaline"].source == "new"
    assert got.notes == ("hw (1).zip/adaline.py counts; left out: hw.zip/adaline.py.",)


def test_an_archive_for_each_assignment(write: Callable, make_zip: Callable) -> None:
    files = {"a.zip": make_zip({"tensors.py": "1"}), "b.zip": make_zip({"hw/adaline.py": "2"})}
    got = load_submission(write(files), STEMS)
    assert {stem: file.source for stem, file in got.files.items()} == {"tensors": "1", "adaline": "2"}


def test_archives_are_opened_one_deep(load: Callable, make_zip: Callable) -> None:
    inner = make_zip({"adaline.py": "x"})
    assert load(make_zip({"inner.zip": inner})).files
    assert not load(make_zip({"middle.zip": make_zip({"inner.zip": inner})})).files


def test_archive_of_another_kind_says_what_to_do(write: Callable) -> None:
    root = write({"hw.rar": "Rar!\x1a\x07"})
    assert load_submission(root, STEMS).problem == (
        "No expected file is there (tensors.py, adaline.py). hw.rar can't be opened here. "
        "Hand in a .zip, or the files themselves."
    )
    assert load_submission(root / "hw.rar", STEMS).problem == (
        "hw.rar is not an archive that can be read. Hand in a .zip, or the files themselves."
    )


@pytest.mark.parametrize(
    "data", [b"", b"x = 1", b"PK", b"PK\3\4" + b"\0" * 100, b"\x1f\x8b\x08", b"BZh9", b"\0" * 90]
)
def test_what_is_no_archive_gets_a_sentence(load: Callable, data: bytes) -> None:
    problem = load(data).problem
    assert problem.startswith("hw.zip is ")
    assert problem.endswith("again.") or problem.endswith("themselves.")


@pytest.mark.boundary
@pytest.mark.parametrize(
    "path",
    [
        "../adaline.py",
        "/etc/adaline.py",
        "a/../../adaline.py",
        "C:\\adaline.py",
        "..\\adaline.py",
        "c:/adaline.py",
    ],
)
@pytest.mark.parametrize("make", ["make_zip", "make_tar"])
def test_paths_out_of_the_archive_are_left_out(
    load: Callable, make: str, path: str, request: pytest.FixtureRequest
) -> None:
    got = load(request.getfixturevalue(make)({path: "evil", "tensors.py": "x"}))
    assert list(got.files) == ["tensors"]
    assert "in the archive is left out: its path leads out of the archive." in got.notes[0]


@pytest.mark.boundary
def test_links_in_a_zip_are_not_followed(load: Callable) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("adaline.py")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    got = load(buffer.getvalue())
    assert got.problem == "adaline.py is a symbolic link, not a file. Hand in the file itself."


@pytest.mark.boundary
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_not_followed(load: Callable, kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("adaline.py")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    got = load(buffer.getvalue(), "hw.tar")
    assert not got.files
    assert "not a file. Hand in the file itself." in got.problem


@pytest.mark.boundary
@pytest.mark.parametrize("make", ["make_zip", "make_tar"])
def test_bombs_cost_no_memory(load: Callable, make: str, request: pytest.FixtureRequest) -> None:
    bomb = request.getfixturevalue(make)({"adaline.py": b"\0" * 100 * 2**20, "tensors.py": "x"})
    tracemalloc.start()
    try:
        got = load(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "adaline" not in got.files
    assert peak < 80 * 2**20  # a tar may be unpacked up to 64 MiB
    assert (
        "100.0 MiB" in got.problems["adaline"] if make == "make_zip" else "64.0 MiB unpacked" in got.problem
    )


@pytest.mark.boundary
def test_member_that_lies_about_its_size_is_not_believed(load: Callable, make_zip: Callable) -> None:
    data = make_zip({"adaline.py": b"#" * 3 * 2**20})
    lie = data.replace(struct.pack("<L", 3 * 2**20), struct.pack("<L", 10))
    assert not load(lie).files


@pytest.mark.boundary
def test_too_many_members_are_refused(load: Callable, make_zip: Callable, make_tar: Callable) -> None:
    members = {f"{number}.txt": "" for number in range(5000)} | {"adaline.py": "x"}
    sentence = "hw.zip has more than 1000 files in it. Hand in only the files asked for."
    assert load(make_zip(members)).problem == sentence
    assert load(make_tar(members)).problem == sentence


@pytest.mark.boundary
def test_huge_table_of_contents_is_not_read(load: Callable, make_zip: Callable) -> None:
    members = {f"{number}{'x' * 60_000}": "" for number in range(40)} | {"adaline.py": "x"}
    assert load(make_zip(members)).problem.startswith("hw.zip has too many files in it.")


def test_environments_and_caches_do_not_count_as_members(load: Callable, make_zip: Callable) -> None:
    members = {f"hw/.venv/lib/{number}.py": "" for number in range(3000)} | {"hw/adaline.py": "x"}
    assert load(make_zip(members)).files


def test_big_notebooks_in_archives_are_read(
    load: Callable, make_zip: Callable, make_notebook: Callable
) -> None:
    picture = os.urandom(4 * 2**20).hex()
    got = load(make_zip({"adaline.ipynb": make_notebook("x = 1", metadata={"picture": picture})}))
    assert got.files["adaline"].cells == ("x = 1",)


def test_last_of_two_members_with_one_name_counts(load: Callable) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("adaline.py", "first")
        archive.writestr("adaline.py", "last")
    got = load(buffer.getvalue())
    assert got.files["adaline"].source == "last"
    assert got.notes == ("adaline.py is in the archive more than once; the last one counts.",)


def test_names_that_differ_in_case_prefer_the_exact_one(load: Callable, make_zip: Callable) -> None:
    got = load(make_zip({"ADALINE.py": "a", "adaline.py": "b", "Adaline.py": "c"}))
    assert got.files["adaline"].source == "b"
    got = load(make_zip({"ADALINE.py": "a", "Adaline.py": "c"}))
    assert got.problems["adaline"] == "adaline.py is there 2 times: ADALINE.py and Adaline.py. Hand in one."


@pytest.mark.parametrize("name", ["a" * 60_000 + "/adaline.py", "x\x1b[2J/adaline.py", "\u202e/adaline.py"])
def test_absurd_names_are_left_out(load: Callable, make_zip: Callable, name: str) -> None:
    got = load(make_zip({name: "x", "tensors.py": "y"}))
    assert list(got.files) == ["tensors"]
    assert len(got.notes) == 1
    assert len(got.notes[0]) < 200
    assert got.notes[0].isprintable()


@pytest.mark.parametrize(
    "folder",
    [
        "作业/José 👩\u200d🔬",
        "課題\u3000提出",
        "حسین\u200cزاده",
        "Screenshot 9.41\u202fAM",
        "devoir\u00a01",
        "\u200fשלום",
        "\U0001fae8",
    ],
)
def test_names_in_any_script_are_fine(load: Callable, make_zip: Callable, folder: str) -> None:
    """Joiners, wide spaces and emoji newer than this Python are part of ordinary names."""
    got = load(make_zip({f"{folder}/adaline.py": "x"}))
    assert got.files["adaline"].source == "x"
    assert not got.notes


def test_password_is_said(load: Callable, make_zip: Callable) -> None:
    data = bytearray(make_zip({"adaline.py": "x"}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    assert load(bytes(data)).problem == (
        "adaline.py is protected by a password in the archive. Hand it in without one."
    )


def test_ways_of_packing_that_need_unbounded_memory_are_refused(load: Callable) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("adaline.py", "x")
    assert "packed in an unusual way" in load(buffer.getvalue()).problem


def test_member_without_a_name_is_left_out(load: Callable, make_zip: Callable) -> None:
    data = make_zip({"nameless": "x", "tensors.py": "y"}).replace(b"nameless", b"\0ameless")
    assert list(load(data).files) == ["tensors"]


def test_damaged_member_costs_only_itself(load: Callable) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("adaline.py", "damaged = 1")
        archive.writestr("tensors.py", "x")
    got = load(buffer.getvalue().replace(b"damaged = 1", b"DAMAGED = 1"))
    assert list(got.files) == ["tensors"]
    assert got.problems["adaline"].startswith("adaline.py is damaged (Bad CRC-32")
