"""Whatever the bytes and names: a submission or a sentence, never another exception."""

import contextlib
import io
import json
import random as randomness
import tarfile
import tempfile
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import GraderError
from grader.intake import Submission, find_submissions, load_found, load_submission
from grader.intake.model import JOINERS

STEMS = ["tensors", "adaline", "word_window"]
WITHOUT_JOINERS = {ord(char): None for char in JOINERS}

plain = settings(max_examples=100, deadline=None, database=None, derandomize=True)
names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
file_names = names | st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "doe_1_2_", "doe_LATE_1_2_", "A B_1_assignsubmission_file_", "x_"]),
    st.sampled_from([*STEMS, "Adaline", "adalin", "Word Window"]),
    st.sampled_from(["", " (1)", "-2", " copy", "_3", "(12)"]),
    st.sampled_from([".py", ".ipynb", ".PY", ".zip", ".tar.gz", ".txt", ".py/"[:3]]),
)
notebooks = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "source", "cell_type", "input", "worksheets"]) | st.text(), inner
        )
    ),
    max_leaves=15,
)


def assert_told(got: Submission) -> None:
    assert set(got.files) <= set(STEMS)
    assert not set(got.files) & set(got.problems)
    assert (got.problem is None) == bool(got.files)
    sentences = [*got.problems.values(), *got.notes, *([got.problem] if got.problem else [])]
    assert all(sentence.translate(WITHOUT_JOINERS).isprintable() for sentence in sentences)
    assert all(sentence.endswith((".", "?")) for sentence in sentences)
    for text in [*sentences, got.name, *(cell for file in got.files.values() for cell in file.cells)]:
        text.encode("utf-8", "surrogatepass")
    assert got.digest.startswith("sha256:")


def load_bytes(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as root:
        path = Path(root, name)
        path.write_bytes(data)
        assert_told(load_submission(path, STEMS))
        assert_told(load_submission(Path(root), STEMS))
        with contextlib.suppress(GraderError):
            find_submissions(path)


@plain
@given(st.sampled_from(["adaline.py", "adaline.ipynb", "hw.zip", "hw.tar", "hw.tgz", "hw"]), st.binary())
def test_any_bytes_are_told(name: str, data: bytes) -> None:
    load_bytes(name, data)


@plain
@given(st.data(), st.sampled_from(["make_zip", "make_tar", "make_bz2"]))
def test_any_damage_to_an_archive_is_told(data: st.DataObject, make: str) -> None:
    whole = bytearray(ARCHIVES[make])
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(whole) - 1))
        whole[position : position + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
        if not whole:
            return
    load_bytes("hw.zip", bytes(whole))


@plain
@given(notebooks)
def test_any_json_is_told(value: object) -> None:
    load_bytes("adaline.ipynb", json.dumps(value).encode())


@plain
@given(st.dictionaries(file_names, st.binary(max_size=30), max_size=6))
def test_any_names_in_a_folder_or_zip_are_told(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "class")
        folder.mkdir()
        with zipfile.ZipFile(Path(root, "class.zip"), "w") as archive:
            for name, data in files.items():
                (folder / name).write_bytes(data)
                archive.writestr(name, data)
        for source in (folder, Path(root, "class.zip")):
            assert_told(load_submission(source, STEMS))
            found = find_submissions(source)
            assert len({each.name.casefold() for each in found}) == len(found)
            for each in found:
                assert_told(load_found(each, STEMS))


@plain
@given(
    st.dictionaries(st.sampled_from(STEMS), st.text(max_size=20), min_size=1),
    st.randoms(use_true_random=False),
)
def test_digest_does_not_depend_on_order_or_container(
    files: dict[str, str], random: randomness.Random
) -> None:
    with tempfile.TemporaryDirectory() as root:
        digests = set()
        for number in range(3):
            order = list(files)
            random.shuffle(order)
            folder = Path(root, str(number))
            folder.mkdir()
            with zipfile.ZipFile(Path(root, f"{number}.zip"), "w") as archive:
                for stem in order:
                    (folder / f"{stem}.py").write_text(files[stem], "utf-8", newline="")
                    archive.writestr(f"hw/{stem}.py", files[stem])
            digests.add(load_submission(folder, order).digest)
            digests.add(load_submission(folder.with_suffix(".zip"), STEMS).digest)
        assert len(digests) == 1


def _archives() -> dict[str, bytes]:
    made = {}
    files = {"hw/adaline.py": b"x = 1\n" * 20, "tensors.py": b"y", "word_window.ipynb": b"{}"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    made["make_zip"] = buffer.getvalue()
    for key, mode in [("make_tar", "w"), ("make_bz2", "w:bz2")]:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        made[key] = buffer.getvalue()
    return made


ARCHIVES = _archives()
