"""Which names stand for `adaline.py`, which win over others, and which are only asked about."""

import pytest

from grader.intake.names import match, near_miss

STEMS = ["tensors", "adaline", "word_window"]


@pytest.mark.parametrize(
    ("name", "stem", "distance"),
    [
        ("adaline.py", "adaline", 0),
        ("adaline.ipynb", "adaline", 0),
        ("Adaline.PY", "adaline", 1),
        ("word-window.py", "word_window", 1),
        ("Word Window.ipynb", "word_window", 1),
        ("adaline (1).py", "adaline", 2),
        ("adaline(12).py", "adaline", 2),
        ("adaline-1.py", "adaline", 2),
        ("adaline 2.py", "adaline", 2),
        ("adaline copy.py", "adaline", 2),
        ("adaline copy 3.py", "adaline", 2),
        ("adaline - Copy.py", "adaline", 2),
        ("adaline - Copy (2).py", "adaline", 2),
        ("adaline - Kopie.py", "adaline", 2),
        ("adaline-Copy1.ipynb", "adaline", 2),
        ("Copy of adaline.ipynb", "adaline", 2),
        ("word_window (1) (2).py", "word_window", 2),
        ("doejane_12345_678901_adaline.py", "adaline", 0),
        ("doejane_LATE_12345_678901_adaline-1.py", "adaline", 2),
        ("van_der_berg_12345_678901_word_window.py", "word_window", 0),
        ("anon_aB3x9_678901_adaline.py", "adaline", 0),
        ("LATE_anon_aB3x9_678901_Adaline.py", "adaline", 1),
        ("doe_1_2_adaline-0f0a3c9e-1111-2222-3333-0123456789ab.py", "adaline", 2),
        ("Jane Doe_123456_assignsubmission_file_adaline.py", "adaline", 0),
        ("José Núñez_123456_assignsubmission_file_adaline (1).ipynb", "adaline", 2),
    ],
)
def test_name_stands_for_its_file(name: str, stem: str, distance: int) -> None:
    found = match(name, STEMS)
    assert found is not None
    assert (found.stem, found.distance) == (stem, distance)


@pytest.mark.parametrize(
    "name",
    [
        "adalin.py",
        "adaline.txt",
        "adaline.py.txt",
        "adaline",
        "my_adaline.py",
        "adaline_final.py",
        "adaline.pyc",
    ],
)
def test_near_miss_does_not_count_but_is_recognised(name: str) -> None:
    assert match(name, STEMS) is None
    assert near_miss(name, "adaline") >= 0.75


@pytest.mark.parametrize(
    "name", ["main.py", "autograd.py", "utils.py", "setup.py", "notes.txt", "training.py"]
)
def test_another_name_is_no_near_miss(name: str) -> None:
    assert match(name, STEMS) is None
    assert all(near_miss(name, stem) < 0.75 for stem in STEMS)


def test_a_stem_that_ends_like_a_copy_is_itself() -> None:
    found = match("lab-2.py", ["lab", "lab_2"])
    assert found is not None
    assert found.stem == "lab_2"


def test_order_is_py_then_exact_then_case_then_newest_copy() -> None:
    names = [
        "adaline.py",
        "ADALINE.py",
        "adaline (10).py",
        "adaline (2).py",
        "adaline copy.py",
        "adaline.ipynb",
        "adaline (1).ipynb",
    ]
    assert sorted(reversed(names), key=lambda name: match(name, STEMS)) == names


def test_of_two_uploads_to_canvas_the_later_counts() -> None:
    assert match("doe_1_900_adaline.py", STEMS) > match("doe_1_950_adaline.py", STEMS)
