"""Values as a student reads them."""

import torch

from grader.engine.show import call_text


def test_seven_digits_are_enough_where_they_tell_entries_apart() -> None:
    thirds = torch.tensor([1 / 3, 0.25], dtype=torch.float64)
    assert call_text("f", {"x": thirds}) == "f(x=[0.3333333, 0.25])"


def test_entries_that_differ_look_different() -> None:
    close = torch.tensor([0.5, 0.500000001, float("nan"), 2.0], dtype=torch.float64)
    closer = torch.tensor([1 / 3, 1 / 3 + 1e-13], dtype=torch.float64)
    assert call_text("f", {"x": close}) == "f(x=[0.5, 0.500000001, nan, 2.])"
    assert call_text("f", {"x": closer}) == "f(x=[0.33333333333333331, 0.33333333333343329])"
