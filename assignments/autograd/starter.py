"""Autograd: what PyTorch records, what `backward` leaves behind, and how a step is taken.

Write each function's body in place of its `raise NotImplementedError`; the hand-out has an example for each.
Names and parameters stay as they are; helpers of your own are welcome.
"""

import torch
from torch import nn


def gradient_of_square(x: torch.Tensor) -> torch.Tensor:
    """Return the gradient of `sum(3 * x**2)` at x, shaped like x.

    x may require grad and may hold a `.grad` already, or neither. Both are afterwards as they were before.
    """
    raise NotImplementedError


def accumulated_gradient(x: torch.Tensor, passes: int) -> torch.Tensor:
    """Return the gradient that a leaf holds after `passes` >= 0 backward passes of `sum(3 * x**2)`.

    The leaf has the values of x and starts without a gradient. Nothing is zeroed between the passes. After
    0 passes the answer is zeros, shaped like x. x itself (its `.grad` and whether it requires grad) stays
    as it was.
    """
    raise NotImplementedError


def gradient_every_pass(x: torch.Tensor, passes: int) -> torch.Tensor:
    """Return the gradients of `sum(3 * x**2)` seen after each of `passes` >= 1 passes, zeroed in between.

    The result is one tensor of shape `(passes, *x.shape)`. x stays as it was.
    """
    raise NotImplementedError


def partial_derivatives(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the pair (gradient with respect to a, gradient with respect to b) of `f = sum(a * b + a**2)`.

    a and b are two different tensors of the same shape, and both stay as they were.
    """
    raise NotImplementedError


def predict_without_graph(weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return `x @ weight` as a tensor that does not require grad.

    x is `(n, d)`; weight is `(d,)` or `(d, m)`, requires grad, and still does so afterwards.
    """
    raise NotImplementedError


def sgd_update(params: list[torch.Tensor], lr: float) -> None:
    """Take one step of gradient descent with rate lr, in place, and reset the gradients.

    The params are leaves that require grad, and stay the very same leaves. One whose `.grad` is None is
    skipped. Views that somebody made of a param before the call see its new values. After the call every
    `.grad` is None or zero. What the function returns is ignored.
    """
    raise NotImplementedError


def move_product(var_1: float, var_2: float, target: float, lr: float, steps: int) -> tuple[float, float]:
    """Minimise `(target - var_1 * var_2)**2` over both variables with `steps` >= 0 steps of SGD at rate lr.

    Return the two variables after the last step, as Python floats.
    """
    raise NotImplementedError


def linear_gradients(
    x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the gradients for weight and bias of the mean squared error of `x @ weight + bias` against y.

    x is `(n, d)` and y is `(n,)`; weight `(d, 1)` and bias `(1,)` are leaves that require grad. The two
    gradients are shaped like weight and bias. The `.grad` of both leaves stays as it was.
    """
    raise NotImplementedError


def zero_parameters(linear: nn.Linear) -> None:
    """Set the weight and (if there is one) the bias of the layer to zero, in place.

    The layer keeps the same Parameter objects, they still require grad, and views that somebody made of
    them before see the zeros. What the function returns is ignored.
    """
    raise NotImplementedError


def minibatch_accumulated_gradient(
    x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor, batch_size: int
) -> torch.Tensor:
    """Return the gradient for weight of the mean squared error of `x @ weight` against y, over all rows.

    Collect it over consecutive mini-batches of `batch_size` rows, the last of which may be smaller. x is
    `(n, d)`, y is `(n,)` and weight is `(d,)`; weight comes as a plain tensor and stays as it was.
    """
    raise NotImplementedError
