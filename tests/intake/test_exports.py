"""The classes that course platforms export, as folders and as the zip that comes."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import Found, NoSuchSubmission, find_submissions, load_found

STEMS = ["tensors", "adaline"]

GRADESCOPE = {
    "submission_metadata.yml": """---
submission_409194023:
  :submitters:
  - :name: Zoë Müller
    :sid: '123456789'
    :email: zoe@example.edu
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :score: 2.0
  :history:
  - :id: 1
    :score: 1.0
  - :id: 2
    :score: 0.5
  :results:
    output: |-
      submission_1:
        :submitters:
        - :name: Mallory
          :sid: '666'
submission_500000001:
  :submitters:
  - :name: Alice O'Neil
    :sid: 111
    :email: alice@example.edu
  - :name: 'Bob ''B'' Bee'
    :sid: '222'
    :email: "bob\\x40example.edu"
submission_600000002:
  :submitters:
  - :sid: 333
  :score: 0.0
submission_700000003:
  :submitters: []
""",
    "submission_409194023/adaline.py": "a",
    "submission_500000001/hw/adaline.py": "b",
    "submission_500000001/hw/tensors.py": "b",
    "submission_600000002/adalin.py": "c",
    "submission_700000003/notes.txt": "d",
}
CANVAS = {
    "doejane_12345_678901_adaline.py": "a",
    "doejane_12345_678902_tensors-1.py": "a",
    "müllerzoë_LATE_12346_678903_adaline-2.py": "b",
    "anon_aB3x9_678904_homework.py": "c",
    "roejohn_12347_678905_hw.zip": b"",
    "typed_12348_text.html": "<p>my code</p>",
}
MOODLE = {
    "Jane Doe_123456_assignsubmission_file_/adaline.py": "a",
    "Jane Doe_123456_assignsubmission_onlinetext_/onlinetext.html": "see file",
    "Zoë Müller_123457_assignsubmission_file/hw/adaline.py": "b",
    "Zoë Müller_123457_assignsubmission_file/hw/data.csv": "b",
    "Participant_123458_assignsubmission_file_/solution.py": "c",
    "Only Text_123459_assignsubmission_onlinetext/onlinetext.html": "d",
}
MOODLE_FLAT = {
    "Jane Doe_123456_assignsubmission_file_adaline.py": "a",
    "Jane Doe_123456_assignsubmission_file_tensors.py": "a",
    "Old Style_123457_file_adaline.py": "b",
}


@pytest.fixture(params=["folder", "wrapped folder", "zip", "wrapped zip"])
def export(request: pytest.FixtureRequest, tmp_path: Path, write: Callable, make_zip: Callable) -> Callable:
    """Writes a class in one of the forms in which it comes."""

    def export(files: dict[str, str | bytes]) -> Path:
        if "wrapped" in request.param:
            files = {f"assignment_1_export/{name}": data for name, data in files.items()}
        if "folder" in request.param:
            return write(files)
        files = {**files, "__MACOSX/._x": "", ".DS_Store": ""}
        (tmp_path / "export.zip").write_bytes(make_zip(files))
        return tmp_path / "export.zip"

    return export


def by_name(source: Path) -> dict[str, Found]:
    return {found.name: found for found in find_submissions(source)}


def graded(found: Found, stems: list[str] = STEMS) -> dict[str, str]:
    return {stem: file.source for stem, file in load_found(found, stems).files.items()}


def test_gradescope(export: Callable) -> None:
    found = by_name(export(GRADESCOPE))
    assert [(each.author, each.attempt, each.ids, each.emails) for each in found.values()] == [
        ("Zoë Müller", 3, ("123456789",), ("zoe@example.edu",)),
        ("Alice O'Neil & Bob 'B' Bee", 1, ("111", "222"), ("alice@example.edu", "bob@example.edu")),
        ("333", 1, ("333",), ("",)),
        ("submission_700000003", 1, (), ()),
    ]
    assert [graded(each) for each in found.values()] == [
        {"adaline": "a"},
        {"adaline": "b", "tensors": "b"},
        {},
        {},
    ]
    assert load_found(
        found["submission_600000002"], ["adaline"]
    ).files  # the only file, and the only one asked for
    assert load_found(found["submission_700000003"], STEMS).problem


def test_canvas(export: Callable, make_zip: Callable) -> None:
    files = {**CANVAS, "roejohn_12347_678905_hw.zip": make_zip({"hw/adaline.py": "d"})}
    found = by_name(export(files))
    assert [(each.name, each.author, each.late, each.attempt, each.ids) for each in found.values()] == [
        ("anon_aB3x9", "anon_aB3x9", False, 1, ("anon_aB3x9",)),
        ("doejane_12345", "doejane", False, 2, ("12345",)),
        ("müllerzoë_12346", "müllerzoë", True, 3, ("12346",)),
        ("roejohn_12347", "roejohn", False, 1, ("12347",)),
        ("typed_12348", "typed", False, 1, ("12348",)),
    ]
    assert [graded(each) for each in found.values()] == [
        {},
        {"adaline": "a", "tensors": "a"},
        {"adaline": "b"},
        {"adaline": "d"},
        {},
    ]
    assert graded(found["anon_aB3x9"], ["adaline"]) == {"adaline": "c"}
    assert "typed_12348_text.html" in load_found(found["typed_12348"], STEMS).problem


def test_moodle(export: Callable) -> None:
    found = by_name(export(MOODLE))
    assert [(each.name, each.author, each.ids) for each in found.values()] == [
        ("Jane Doe_123456", "Jane Doe", ("123456",)),
        ("Only Text_123459", "Only Text", ("123459",)),
        ("Participant_123458", "Participant", ("123458",)),
        ("Zoë Müller_123457", "Zoë Müller", ("123457",)),
    ]
    assert [graded(each) for each in found.values()] == [{"adaline": "a"}, {}, {}, {"adaline": "b"}]
    assert graded(found["Participant_123458"], ["adaline"]) == {"adaline": "c"}


def test_moodle_without_folders(export: Callable) -> None:
    found = by_name(export(MOODLE_FLAT))
    assert [(name, each.author) for name, each in found.items()] == [
        ("Jane Doe_123456", "Jane Doe"),
        ("Old Style_123457", "Old Style"),
    ]
    assert [graded(each) for each in found.values()] == [{"adaline": "a", "tensors": "a"}, {"adaline": "b"}]


def test_folder_of_folders_archives_and_files(
    write: Callable, make_zip: Callable, make_tar: Callable
) -> None:
    root = write(
        {
            "s1/adaline.py": "1",
            "s2.zip": make_zip({"hw/adaline.py": "2"}),
            "s3.tar.gz": make_tar({"adaline.py": "3"}),
            "s4.py": "4",
            "s5.ipynb": "{}",
            "s6.rar": "Rar!",
            "s7/nothing.txt": "",
            "roster.csv": "s1,Jane",
            "README": "",
            ".git/config": "",
        }
    )
    (root / "s8").mkdir()
    found = by_name(root)
    assert list(found) == ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"]
    assert [graded(each, ["adaline"]) for each in found.values()] == [
        *({"adaline": str(number)} for number in range(1, 5)),
        *[{}] * 4,
    ]
    assert all(load_found(found[name], STEMS).problem for name in ["s5", "s6", "s7", "s8"])


def test_git_clones(write: Callable) -> None:
    root = write({"hw3-jane/adaline.py": "1", "hw3-jane/.git/HEAD": "", "hw3-zoë/src/adaline.py": "2"})
    found = by_name(root)
    assert {name: graded(each) for name, each in found.items()} == {
        "hw3-jane": {"adaline": "1"},
        "hw3-zoë": {"adaline": "2"},
    }


def test_one_submission_is_a_class_of_one(write: Callable) -> None:
    root = write({"jane/hw/adaline.py": "1", "jane/hw/data/a.csv": "2"})
    assert [graded(found) for found in find_submissions(root)] == [{"adaline": "1"}]
    assert [graded(found) for found in find_submissions(root / "jane/hw/adaline.py")] == [{"adaline": "1"}]


def test_nothing_to_find(tmp_path: Path) -> None:
    assert find_submissions(tmp_path) == []
    with pytest.raises(NoSuchSubmission):
        find_submissions(tmp_path / "nowhere")


@pytest.mark.boundary
def test_links_among_submissions_lead_nowhere(tmp_path: Path, write: Callable) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "adaline.py").write_text("solution")
    root = write({"honest/adaline.py": "1"})
    (root / "folder").symlink_to(tmp_path / "reference")
    (root / "file.py").symlink_to(tmp_path / "reference" / "adaline.py")
    (root / "deep").mkdir()
    (root / "deep" / "adaline.py").symlink_to(tmp_path / "reference" / "adaline.py")
    (root / "doe_1_2_adaline.py").symlink_to(tmp_path / "reference" / "adaline.py")
    found = {each.name: load_found(each, ["adaline"]) for each in find_submissions(root)}
    assert {name for name, got in found.items() if got.files} == {"honest"}
    assert set(found) == {"honest", "folder", "file", "deep", "doe_1_2_adaline"}
    assert all("symbolic link" in got.problem for name, got in found.items() if name != "honest")


@pytest.mark.boundary
def test_hostile_names_become_safe_folder_names(tmp_path: Path) -> None:
    names = [
        "../../x.py",
        "a/b.py",
        "CON.py",
        "nul.zip",
        "-rf.py",
        "x" * 300 + ".py",
        "\u202e.py",
        "é" * 150 + ".zip",
    ]
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name in [
            *names,
            "Jane.zip",
            "jane.py",
            "JANE/adaline.py",
            "e\u0301.py",
            "\u00e9.zip",
            "a b.py",
            "a?b.py",
        ]:
            archive.writestr(name, "")
    found = [each.name for each in find_submissions(tmp_path / "export.zip")]
    assert len({name.casefold() for name in found}) == len(found) == 14
    for name in found:
        folder = tmp_path / "out" / name
        folder.mkdir(parents=True)
        assert folder.resolve().parent == tmp_path / "out"
        assert not set(name) & set('<>:"/\\|?*')
        assert not name.startswith((".", "-", " "))
        assert name.split(".")[0].upper() not in {"CON", "NUL"}
        assert name.isprintable()


def test_names_do_not_depend_on_who_else_is_there(write: Callable) -> None:
    alone = find_submissions(write({"a?b/adaline.py": ""}))[0].name
    assert alone in by_name(write({"a_b/adaline.py": "", "A?b/adaline.py": ""}))


def test_same_numbers_with_other_names_are_other_people(write: Callable) -> None:
    root = write({"doe_1_10_adaline.py": "a", "roe_1_11_adaline.py": "b"})
    assert list(by_name(root)) == ["doe_1", "roe_1"]


def test_large_export_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for number in range(300):
            archive.writestr(f"s{number}/adaline.py", str(number))
    opened = []
    original = zipfile.ZipFile.__init__
    monkeypatch.setattr(
        zipfile.ZipFile,
        "__init__",
        lambda self, *args, **more: (opened.append(1), original(self, *args, **more))[1],
    )
    found = find_submissions(tmp_path / "export.zip")
    assert sorted(int(graded(each)["adaline"]) for each in found) == list(range(300))
    assert len(opened) == 1


def test_the_numbers_of_a_group_stay_with_their_authors(write: Callable) -> None:
    metadata = (
        "submission_7:\n  :submitters:\n  - :name: Grace Hopper\n    :sid:\n    :email: grace@example.org\n"
        "  - :name: Alan Kay\n    :sid: s7\n    :email:\n  :history: []\n"
    )
    root = write({"submission_metadata.yml": metadata, "submission_7/adaline.py": "x"})
    [found] = find_submissions(root)
    assert found.author == "Grace Hopper & Alan Kay"
    assert (found.ids, found.emails) == (("", "s7"), ("grace@example.org", ""))


def test_a_name_does_not_depend_on_where_the_class_lies(
    write: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write({"s1.py": "a", "S1/adaline.py": "b"})
    monkeypatch.chdir(root.parent)
    assert list(by_name(Path(root.name))) == list(by_name(root))


def test_of_two_with_one_name_neither_takes_the_others(write: Callable) -> None:
    """An override by hand is kept under the name: it must not pass to whoever comes to stand before."""
    alone = by_name(write({"s1.zip": ""}))
    both = by_name(write({"s1.zip": "", "s1.py": "x"}))
    assert list(alone) == ["s1"]
    assert len(both) == 2
    assert "s1" not in both


def test_somebody_elses_mark_is_no_way_to_their_name(write: Callable) -> None:
    marked = sorted(by_name(write({"s1.py": "a", "S1/adaline.py": "b"})))
    root = write({"s1.py": "a", "S1/adaline.py": "b", f"{marked[0]}/adaline.py": "c"})
    assert len(by_name(root)) == 3


def test_what_vanished_since_it_was_listed_is_said_to_be_gone(write: Callable) -> None:
    root = write({"a/adaline.py": "x", "b/adaline.py": "y", "c.zip": ""})
    found = find_submissions(root)
    shutil.rmtree(root)
    root.mkdir()
    for each in found:
        with pytest.raises(NoSuchSubmission):
            load_found(each, ["adaline"])
