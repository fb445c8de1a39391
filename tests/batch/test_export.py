"""Gradebooks keep what was measured apart from what staff made of it, and show both."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from grader.batch.adjustments import Late, read_adjustments
from grader.batch.class_page import class_page, student_pages, summarise
from grader.batch.diff import changes, to_text
from grader.batch.formats import harmless, to_canvas, to_csv, to_gradescope, to_moodle
from grader.batch.gradebook import Gradebook, Row
from grader.batch.pseudonyms import Pseudonyms
from grader.commands.export import ExportRequest, run_export
from grader.errors import UsageError
from grader.model import to_json
from tests.batch.books import Book, check, report, ungradable

ADJUSTED = """
[late]
percent_a_day = "10"
at_most_percent = "50"
grace_days = "0.1"
[late.days]
ben = "1.5"
[[override]]
submission = "cy"
exercise = "a/x"
score = "3.5"
reason = "Right by the first wording."
[[struck]]
check = "a/x/bad"
credit = "all"
reason = "The hand-out did not say so."
"""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Four submissions: right, wrong in a bad check, partly right, unreadable."""
    made = Book(tmp_path / "out")
    made.add(report("ada", [check("good", of="3", points="3"), check("bad")]), ids=("11",))
    made.add(report("ben", [check("good", of="3", points="3"), check("bad", "failed", "0")]))
    made.add(report("cy", [check("good", "failed", "0", of="3", held="swaps"), check("bad", "skipped", "0")]))
    made.add(ungradable("dee", "There is nothing in it."))
    yield made
    made.store.close()


def rows(book: Book, text: str = "", *, pseudonyms: bool = False) -> dict[str, Row]:
    file = book.folder / "adjustments.toml"
    file.write_text(text)
    hidden = Pseudonyms(book.folder) if pseudonyms else None
    found = Gradebook(book.store, book.last(), read_adjustments(file), hidden).rows()
    return {row.person.name: row for row in found}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_without_adjustments_the_final_score_is_the_measured_one(book: Book) -> None:
    assert all((row.final, row.max_final) == (row.measured, row.max_measured) for row in rows(book).values())


def test_adjustments_change_the_final_score_and_leave_the_measured_one(book: Book) -> None:
    found = rows(book, ADJUSTED)
    assert {name: (row.measured, row.final) for name, row in found.items()} == {
        "ada": (Decimal(4), Decimal(4)),
        "ben": (Decimal(3), Decimal("3.2")),  # the struck check for all, then 2 days begun: 20 % of 4
        "cy": (Decimal(0), Decimal("3.5")),
        "dee": (None, None),
    }


def test_a_struck_check_that_counts_for_nobody_leaves_the_maximum(book: Book) -> None:
    found = rows(book, '[[struck]]\ncheck = "a/x/bad"\ncredit = "none"\nreason = "Wrong."\n')
    assert (found["ada"].final, found["ada"].max_final) == (3, 3)


def test_a_score_set_by_hand_gives_one_to_an_ungradable_submission(book: Book) -> None:
    found = rows(book, '[[override]]\nsubmission = "dee"\nscore = "2"\nreason = "On paper."\n')
    assert found["dee"].final == 2
    assert found["dee"].measured is None


def test_every_format_shows_each_adjustment(book: Book) -> None:
    found = list(rows(book, ADJUSTED).values())
    for text in (to_csv(found), to_canvas(found, "a"), to_moodle(found), to_gradescope(found)):
        for sentence in ("1.5 days late", "first wording", "did not say so", "There is nothing in it"):
            assert sentence in text
    assert table(to_csv(found))[1]["measured_score"] == "3"
    assert table(to_csv(found))[1]["score"] == "3.2"


def test_no_score_is_an_empty_cell_and_not_zero(book: Book) -> None:
    found = list(rows(book).values())
    assert table(to_csv(found))[3]["score"] == ""
    assert table(to_canvas(found, "a"))[4]["a"] == ""


def test_canvas_has_the_points_possible_in_its_second_row(book: Book) -> None:
    first, *rest = table(to_canvas(list(rows(book).values()), "ADALINE (7)"))
    assert first["Student"].strip() == "Points Possible"
    assert first["ADALINE (7)"] == "4"
    assert [row["Student"] for row in rest] == ["ada", "ben", "cy", "dee"]


@pytest.mark.parametrize(
    ("platform", "canvas", "moodle", "gradescope"),
    [
        ("canvas", {"ID": "77"}, {"Identifier": ""}, {"SID": ""}),
        ("moodle", {"ID": "", "SIS User ID": ""}, {"Identifier": "Participant 77"}, {"SID": ""}),
        ("gradescope", {"ID": "", "SIS User ID": "77"}, {"Identifier": "", "ID number": "77"}, {"SID": "77"}),
    ],
)
def test_a_number_is_given_only_to_the_platform_that_gave_it(
    book: Book, platform: str, canvas: dict[str, str], moodle: dict[str, str], gradescope: dict[str, str]
) -> None:
    """On another platform the same number can be somebody else's, who would get the score."""
    book.add(report("zoe", [check("good")]), ids=("77",), platform=platform)
    found = list(rows(book).values())
    written = (to_canvas(found, "a"), to_moodle(found), to_gradescope(found))
    for text, expected in zip(written, (canvas, moodle, gradescope), strict=True):
        row = table(text)[-1]
        assert {name: row[name] for name in expected} == expected


def test_moodle_takes_the_worksheet(book: Book) -> None:
    """The columns without which its import refuses the file: `importgradeslib.php`."""
    found = table(to_moodle(list(rows(book).values())))
    assert {"Identifier", "Grade", "Last modified (grade)", "Feedback comments"} <= set(found[0])
    assert {row["Last modified (grade)"] for row in found} == {"-"}


def test_canvas_keeps_its_notes_where_there_is_nothing_to_note(tmp_path: Path) -> None:
    made = Book(tmp_path / "out")
    made.add(report("ada", [check("good")]))
    assert "Notes" not in table(to_canvas(list(rows(made).values()), "a"))[0]


def test_a_group_has_a_row_for_each_author(book: Book) -> None:
    book.add(
        report("two", [check("good")]),
        author="Ada Lovelace & Charles Babbage",
        ids=("", "s2"),
        emails=("ada@example.org", ""),
        platform="gradescope",
    )
    found = list(rows(book).values())
    assert [tuple(row.values())[:4] for row in table(to_gradescope(found))[-2:]] == [
        ("Ada", "Lovelace", "", "ada@example.org"),
        ("Charles", "Babbage", "s2", ""),
    ]
    for text, column in ((to_canvas(found, "a"), "Student"), (to_moodle(found), "Full name")):
        assert [row[column] for row in table(text)[-2:]] == ["Ada Lovelace", "Charles Babbage"]
    assert table(to_csv(found))[-1]["ids"] == "s2"


def test_a_name_with_an_ampersand_is_one_name(book: Book) -> None:
    book.add(report("zz", [check("good")]), author="Smith & Wesson")
    assert table(to_canvas(list(rows(book).values()), "a"))[-1]["Student"] == "Smith & Wesson"


@pytest.mark.parametrize("name", ["=1+2", "@SUM(A1)", "+49", "\t=x"])
def test_a_name_is_no_formula(name: str) -> None:
    assert harmless(name).startswith("'") or name == "+49"
    assert harmless("-0.5") == "-0.5"


@pytest.mark.parametrize("separator", [";", "; ", "|", "\t"])
def test_a_name_is_no_formula_either_where_another_sign_separates_cells(separator: str) -> None:
    """A spreadsheet in German opens a .csv with `;` between its cells."""
    assert harmless(f"Ada{separator}=1+2") == f"Ada{separator}'=1+2"
    assert harmless("one; two; 3 points") == "one; two; 3 points"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[override]]\nsubmission = "a"\nscore = 1\n', "reason is missing"),
        ('[[struck]]\ncheck = "a"\nreason = "b"\ncredit = "half"\n', 'write "all" or "none"'),
        ("[late]\npercent_a_day = -1\n", "is no number from 0"),
        ("[lat]\n", "'lat' means nothing"),
        ("[[override\n", "cannot be read"),
        ("[override]\n", r"write \[\[override\]\]"),
        ('override = ["x"]\n', r"write \[\[override\]\]"),
        ("late = 5\n", r"write \[late\]"),
        ("[late]\ndays = 3\n", r"write \[late.days\]"),
        (
            2 * '[[override]]\nsubmission = "a"\nscore = 1\nreason = "r"\n',
            "'a' is adjusted 2 times; leave one",
        ),
        (2 * '[[struck]]\ncheck = "a/x/b"\nreason = "r"\n', "a/x/b is adjusted 2 times"),
    ],
)
def test_a_wrong_adjustment_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "adjustments.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=sentence):
        read_adjustments(file)


@pytest.mark.parametrize(
    ("days", "percent"), [("0.1", 0), ("0.2", 10), ("1.0", 10), ("1.1", 10), ("1.2", 20), ("9", 50)]
)
def test_days_are_counted_after_the_grace(days: str, percent: int) -> None:
    late = Late(percent_a_day=Decimal(10), at_most_percent=Decimal(50), grace_days=Decimal("0.1"))
    assert late.percent(Decimal(days)) == percent


def test_what_applies_to_nothing_is_said(book: Book) -> None:
    file = book.folder / "adjustments.toml"
    file.write_text('[late.days]\nnobody = 1\n[[struck]]\ncheck = "a/x/typo"\nreason = "r"\n')
    said = " ".join(Gradebook(book.store, book.last(), read_adjustments(file)).unused())
    assert "a/x/typo" in said
    assert "nobody" in said


def test_pseudonyms_hide_who_it_is_in_every_export_and_stay_the_same(book: Book) -> None:
    book.add(report("Zoë_Quux", [check("good")], files=["Zoë_Quux/work.py"]), author="Zoë Quux", ids=("99",))
    book.add(ungradable("Quux_2", "No expected file is there (a.py). Found: Zoë_Quux_final.py."))
    noted = report("Quux_3", [check("good", "error", "0")])
    problem = "Quux_3.py is not UTF-8: byte 0xe9 in line 1. Save it as UTF-8."
    failed = msgspec.structs.replace(noted.exercises[0].checks[0], traceback=problem)
    exercises = [msgspec.structs.replace(noted.exercises[0], checks=[failed])]
    book.add(msgspec.structs.replace(noted, notes=[problem], exercises=exercises))
    gradebook = Gradebook(
        book.store, book.last(), read_adjustments(book.folder / "none"), Pseudonyms(book.folder)
    )
    found = list(gradebook.rows())
    shown = [row.person.name for row in found]
    assert shown == sorted(shown)  # the order of the names would tell them
    texts = [to_csv(found), to_canvas(found, "a"), to_moodle(found), to_gradescope(found)]
    texts += [
        class_page(gradebook, summarise(gradebook)),
        *(name + page for name, page in student_pages(gradebook)),
    ]
    assert not [text for text in texts if "Zoë" in text or "Quux" in text]
    again = [
        row.person.name
        for row in Gradebook(book.store, book.last(), gradebook.adjustments, Pseudonyms(book.folder)).rows()
    ]
    assert again == [row.person.name for row in found]


def test_pseudonyms_hide_who_it_is_in_a_diff(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    book.begin("f2")
    book.add(report("ada", [check("good", "failed", "0")]))
    assert run_export(ExportRequest(book.folder, (), None, True, None, 1)) == 0
    told = capsys.readouterr().out
    assert "a/x/good" in told
    assert "ada" not in told


def test_a_diff_says_whose_score_changed_and_which_check_is_why(book: Book) -> None:
    first = book.last()
    book.begin("f2")
    book.add(report("ben", [check("good", of="3", points="3"), check("bad")]))
    book.add(report("cy", [check("good", of="3", points="3"), check("bad")]), content="handed in again")
    second = book.last()
    found = {change.name: change for change in changes(book.store, first, second)}
    assert set(found) == {"ben", "cy"}
    assert (found["ben"].before, found["ben"].after) == ("3", "4")
    assert found["ben"].reasons == ("a/x/bad: failed → passed, 0 → 1 of 1",)
    assert found["cy"].reasons[0] == "handed in again"
    assert "ben: 3 → 4 (+1)" in to_text(list(found.values()), first, second)


def test_the_class_page_names_whom_to_look_at_first(book: Book) -> None:
    book.add(report("eve", [check("good", "timeout", "0")]))
    book.add(report("fay", [check("good", "crashed", "0")]))
    book.fail("gus", "it broke")
    unread = report("kim", [check("good", "error", "0"), check("fine", "error", "0")])
    (part,) = unread.exercises
    part = msgspec.structs.replace(part, status="none", problem="a.py, line 1: SyntaxError: expected ':'")
    book.add(msgspec.structs.replace(unread, exercises=[part]))
    wrong = [check(f"c{n}", "failed", "0", seen="7") for n in range(3)]
    book.add(report("hal", wrong))
    book.add(report("ida", wrong))
    book.add(report("jo", wrong[:2]))
    gradebook = Gradebook(book.store, book.last(), read_adjustments(book.folder / "none"))
    found = summarise(gradebook)
    assert [(one.name, one.kind) for one in found.look_first()] == [
        *[
            ("gus", "grader error"),
            ("dee", "ungradable"),
            ("kim", "not loaded"),
            ("fay", "crashed"),
            ("eve", "timeout"),
            ("hal", "equal"),
        ]
    ]
    assert [one.name for one in found.by_holders()] == ["swaps"]
    page = class_page(gradebook, found)
    assert "http" not in page.split("</head>")[1].replace("http-equiv", "")
    assert 'href="students/ada.html"' in page


def test_wide_tables_can_be_scrolled_with_the_keyboard(book: Book) -> None:
    gradebook = Gradebook(book.store, book.last(), read_adjustments(book.folder / "none"))
    page = class_page(gradebook, summarise(gradebook))
    assert (
        page.count('class="scroll"')
        == page.count('class="scroll" tabindex="0" role="region" aria-label=')
        > 2
    )


def test_names_and_code_cannot_break_out_of_the_page(book: Book) -> None:
    bad = '"><script>alert(1)</script>'
    book.add(report("eve", [check("good", "failed", "0", seen=bad)]), author=bad)
    gradebook = Gradebook(book.store, book.last(), read_adjustments(book.folder / "none"))
    assert "<script" not in class_page(gradebook, summarise(gradebook))


def test_the_command_writes_every_format_into_the_folder(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    request = ExportRequest(
        book.folder, ("csv", "canvas", "moodle", "gradescope", "html"), None, False, None, None
    )
    assert run_export(request) == 0
    for line in capsys.readouterr().out.splitlines():
        assert Path(line).stat().st_size > 0
    assert {file.stem for file in (book.folder / "pages/students").iterdir()} == {"ada", "ben", "cy", "dee"}


def test_reports_of_made_up_books_are_reports(book: Book) -> None:
    assert json.loads(to_json(report("a", [check("good")])))["format"] == "grade-report"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
def test_a_class_of_two_thousand_opens_in_a_browser_without_complaint(tmp_path: Path) -> None:
    made = Book(tmp_path / "out")
    made.store._database.execute("PRAGMA synchronous = OFF")
    for number in range(2000):
        held = f"idea_{number % 37}" if number % 3 else ""
        made.add(
            report(f"s{number:04}", [check("good", "failed", "0", held=held), check("bad")]),
            author=f"Ünï {number}",
        )
    gradebook = Gradebook(made.store, made.last(), read_adjustments(tmp_path / "none"))
    page = tmp_path / "class.html"
    page.write_text(class_page(gradebook, summarise(gradebook)), "utf-8")
    made.store.close()
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    command += ["--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout.count('href="students/s') >= 2000
    assert "Content Security Policy" not in done.stderr
    assert "CONSOLE" not in done.stderr
