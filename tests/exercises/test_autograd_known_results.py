"""The model solution of `autograd` gives the figures that the courses print."""

import pytest
import torch

from reference import autograd

AT_TWO = torch.tensor(2.0)


def test_gradient_of_3x_squared_at_2_is_12():
    """Source: the tutorial differentiates 3 x² at x = 2 and prints 12."""
    assert autograd.gradient_of_square(AT_TWO).item() == 12


@pytest.mark.parametrize(("passes", "printed"), [(1, 12), (2, 24)])
def test_second_backward_pass_makes_24_of_12(passes, printed):
    """Source: the tutorial calls backward a second time without zeroing and prints 24 where it had 12."""
    assert autograd.accumulated_gradient(AT_TWO, passes).item() == printed


def test_zeroed_in_between_every_pass_gives_12():
    """Source: the tutorial's reason for zero_grad; with it the second pass prints 12 again."""
    assert autograd.gradient_every_pass(AT_TWO, 2).tolist() == [12, 12]


@pytest.mark.parametrize(("steps", "printed"), [(1, ("3.0720", "4.0540")), (101, ("3.4505", "4.3472"))])
def test_product_of_3_and_4_moves_towards_15(steps, printed):
    """Source: the lab moves 3 and 4 towards the product 15 at rate 0.003; figures after 1 and 101 steps."""
    moved = autograd.move_product(3.0, 4.0, 15.0, 3e-3, steps)
    assert tuple(f"{value:.4f}" for value in moved) == printed
