"""What the hand-outs show a student is what the model solutions answer."""

import doctest
import importlib
from pathlib import Path

import pytest
import torch
from torch import nn

ASSIGNMENTS = Path(__file__).resolve().parents[2] / "assignments"


def failed_examples(text: str, names: dict[str, object]) -> tuple[str, int]:
    """The report of the examples in a Markdown text that came out otherwise, and how many were tried."""
    test = doctest.DocTestParser().get_doctest(text.replace("```", "\n"), dict(names), "hand-out", None, None)
    said: list[str] = []
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    results = doctest.DocTestRunner(optionflags=options).run(test, out=said.append)
    return "".join(said), results.attempted


@pytest.mark.parametrize("assignment", sorted(path.parent.name for path in ASSIGNMENTS.glob("*/README.md")))
def test_examples_of_the_hand_out_are_true(assignment):
    solutions = vars(importlib.import_module(f"reference.{assignment}"))
    text = (ASSIGNMENTS / assignment / "README.md").read_text("utf-8")
    said, attempted = failed_examples(text, {"torch": torch, "nn": nn, **solutions})
    assert attempted > 10, "the hand-out shows hardly any examples"
    assert not said, said


def test_a_wrong_example_is_noticed():
    said, attempted = failed_examples("```python\n>>> 1 + 1\n3\n```\n", {})
    assert attempted == 1
    assert "Expected:\n    3" in said
