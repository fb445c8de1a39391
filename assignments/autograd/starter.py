"""Autograd: what PyTorch records, what `backward` leaves behind, and how a step is taken.

Write each function's body in place of its `raise NotImplementedError`. The hand-out has an example for each one.
Names and parameters stay as they are; helpers of your own are welcome.
"""

import torch
from torch import Tensor, nn


def gradient_of_square(x: Tensor) -> Tensor:
    """Return the gradient of `sum(3 * x**2)` at x, shaped like x.

    x may require grad and may hold a `.grad` already, or neither. Both are afterwards as they were before.
    """
    raise NotImplementedError


def accumulated_gradient(x: Tensor, passes: int) -> Tensor:
    """Return the gradient that a leaf with the values of x holds after `passes` backward passes of `sum(3 * x**2)`.

    Nothing is zeroed between the passes. After 0 passes the answer is zeros, shaped like x. x itself (its `.grad`
    and whether it requires grad) stays as it was.
    """
    raise NotImplementedError


def gradient_every_pass(x: Tensor, passes: int) -> Tensor:
    """Return a tensor of shape `(passes, *x.shape)`: entry i is the gradient of `sum(3 * x**2)` seen after pass i.

    The gradient is zeroed between the passes; there is at least one pass. x stays as it was.
    """
    raise NotImplementedError


def partial_derivatives(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return the pair (gradient with respect to a, gradient with respect to b) of `f = sum(a * b + a**2)`.

    a and b are two different tensors of the same shape, and both stay as they were.
    """
    raise NotImplementedError


def predict_without_graph(weight: Tensor, x: Tensor) -> Tensor:
    """Return `x @ weight` as a tensor that does not require grad.

    x is `(n, d)`; weight is `(d,)` or `(d, m)`, requires grad, and still does so afterwards.
    """
    raise NotImplementedError


def sgd_update(params: list[Tensor], lr: float) -> None:
    """Take one step of gradient descent with rate lr, in place, on every tensor in params; then reset the gradients.

    The params are leaves that require grad, and stay the very same leaves. One whose `.grad` is None is skipped.
    Views that somebody made of a param before the call see its new values. After the call every `.grad` is None or
    zero. What the function returns is ignored.
    """
    raise NotImplementedError


def move_product(var_1: float, var_2: float, target: float, lr: float, steps: int) -> tuple[float, float]:
    """Minimise `(target - var_1 * var_2)**2` over both variables with `steps` >= 0 steps of SGD at rate lr.

    Return the two variables after the last step, as Python floats.
    """
    raise NotImplementedError


def linear_gradients(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of the mean squared error of `x @ weight + bias` against y, for weight and for bias.

    x is `(n, d)` and y is `(n,)`; weight `(d, 1)` and bias `(1,)` are leaves that require grad. The two gradients
    are shaped like weight and bias. The `.grad` of both leaves stays as it was.
    """
    raise NotImplementedError


def zero_parameters(linear: nn.Linear) -> None:
    """Set the weight and (if there is one) the bias of the layer to zero, in place.

    The layer keeps the same Parameter objects, they still require grad, and views that somebody made of them before
    see the zeros. What the function returns is ignored.
    """
    raise NotImplementedError


def minibatch_accumulated_gradient(x: Tensor, y: Tensor, weight: Tensor, batch_size: int) -> Tensor:
    """Return the gradient, with respect to weight, of the mean squared error of `x @ weight` over all the rows.

    Collect it over consecutive mini-batches of `batch_size` rows, the last of which may be smaller. x is `(n, d)`,
    y is `(n,)` and weight is `(d,)`; weight comes as a plain tensor and stays as it was.
    """
    raise NotImplementedError
