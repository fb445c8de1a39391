"""Which lines of a notebook are run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import Submission, load_submission


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str | bytes], Submission]:
    def load(text: str | bytes) -> Submission:
        (tmp_path / "adaline.ipynb").write_bytes(text.encode() if isinstance(text, str) else text)
        return load_submission(tmp_path, ["adaline"])

    return load


def cells(got: Submission) -> tuple[str, ...]:
    return got.files["adaline"].cells


def test_code_cells_come_in_order_as_text_or_lines(load: Callable, make_notebook: Callable) -> None:
    got = load(make_notebook("a = 1", ["b = 2\n", "c = 3"], ""))
    assert cells(got) == ("a = 1", "b = 2\nc = 3", "")
    assert got.files["adaline"].kind == "ipynb"
    assert got.files["adaline"].source == "a = 1\nb = 2\nc = 3\n"


def test_only_code_cells_are_run(load: Callable) -> None:
    written = [{"cell_type": kind, "source": kind} for kind in ("markdown", "code", "raw", "heading")]
    assert cells(load(json.dumps({"nbformat": 4, "cells": written}))) == ("code",)


@pytest.mark.parametrize(
    ("cell", "run"),
    [
        ("%matplotlib inline\nx = 1", "\nx = 1"),
        ("!pip install torch\r\nx = 1", "\nx = 1"),
        ("x = 1\n?torch\ny = 2", "x = 1\n\ny = 2"),
        ("if x:\n    %time y", "if x:\n    %time y"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%time", ""),
        ("%%capture out --no-stderr\nx = 1", "\nx = 1"),
        ("\n\n%%time\nx = 1", "\n\n\nx = 1"),
        ("%%timeit\nx = 1", ""),
        ("%%bash\nrm -rf ~", ""),
        ("\n%%writefile a.py\nx = 1", ""),
        ("%%\nx = 1", ""),
        ("x = 1\n%%bash\ny", "x = 1\n\ny"),
        ("s = '''\n%d''' % 3", "s = '''\n"),
        ("x = '\x0c'\n\x0c%a", "x = '\x0c'\n\x0c%a"),
    ],
)
def test_magics_are_left_out_and_lines_keep_their_numbers(
    load: Callable, make_notebook: Callable, cell: str, run: str
) -> None:
    assert cells(load(make_notebook(cell, "z = 1"))) == (run, "z = 1")


def test_cells_that_are_left_out_keep_their_place(load: Callable, make_notebook: Callable) -> None:
    assert cells(load(make_notebook("%%html\n<b>", "x = 1"))) == ("", "x = 1")


def test_format_3_has_worksheets_and_input(load: Callable) -> None:
    old = [
        {
            "cells": [
                {"cell_type": "code", "input": ["x = 1\n", "y"]},
                {"cell_type": "markdown", "source": "#"},
            ]
        }
    ]
    old.append({"cells": [{"cell_type": "code", "input": "z = 3"}]})
    assert cells(load(json.dumps({"nbformat": 3, "worksheets": old}))) == ("x = 1\ny", "z = 3")


def test_outputs_of_any_shape_do_not_matter(load: Callable) -> None:
    outputs = [{"data": {"image/png": "A" * 10**6}}, None, 3, [[]]]
    text = json.dumps({"cells": [{"cell_type": "code", "source": "x", "outputs": outputs, "metadata": 7}]})
    assert cells(load("\ufeff" + text)) == ("x",)


def test_notebook_that_was_renamed_is_still_one(tmp_path: Path, make_notebook: Callable) -> None:
    (tmp_path / "adaline.py").write_text(make_notebook("x = 1"))
    got = load_submission(tmp_path, ["adaline"])
    assert (got.files["adaline"].kind, got.files["adaline"].cells) == ("ipynb", ("x = 1",))
    assert got.notes == ("adaline.py is a notebook; rename it to adaline.ipynb.",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Input data was truncated"),
        ("x = 1", "JSON is malformed"),
        ("[]", "Expected `object`, got `array`"),
        ('{"cells": 3}', "Expected `array | null`, got `int` - at `$.cells`"),
        ('{"cells": [{"cell_type": "code", "source": {"a": 1}}]}', "at `$.cells[0].source`"),
        ('{"nbformat": 4}', "has no cells where a notebook has them"),
        ('{"cells": [], "x": ' + "[" * 10**6, "nested too deeply"),
        ('{"a":' * 10**5 + "1" + "}" * 10**5, "nested too deeply"),
        (b'{"cells": [{"cell_type": "code", "source": "\xff"}]}', ""),
        ('{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', ""),
        ('{"cells": []}'.encode("utf-16"), "saved as UTF-16"),
    ],
)
def test_what_is_no_notebook_gets_a_sentence(load: Callable, text: str | bytes, reason: str) -> None:
    got = load(text)
    assert not got.files
    assert got.problem.startswith("adaline.ipynb ")
    assert reason in got.problem
    assert got.problem.endswith(".")


def test_sizes_are_capped(load: Callable, make_notebook: Callable) -> None:
    assert load(make_notebook("x = 1\n" * 10**5)).files
    assert load(make_notebook("x = 1\n" * 10**5, "x = 1\n" * 10**5)).problem.startswith(
        "The code of adaline.ipynb is 1.1 MiB; at most 1.0 MiB is read."
    )
    assert (
        load(make_notebook(*["x"] * 6000)).problem
        == "adaline.ipynb has 6000 code cells; at most 5000 are read."
    )
    assert load(b" " * 17 * 2**20).problem.startswith("adaline.ipynb is 17.0 MiB; at most 16.0 MiB is read.")
