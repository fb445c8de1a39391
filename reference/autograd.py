"""Model solutions of `autograd`: what is recorded, what `backward` leaves behind, how a step is taken.

Autograd writes the operations on a tensor down only if that tensor *requires grad*. Tensors made by us
don't; so most functions here begin with a leaf of their own, which shares the caller's numbers but not the
caller's flags:

    leaf = x.detach().requires_grad_()

`detach` gives a new tensor object over the same memory, outside any graph and with no `.grad`. Whatever
`backward` leaves in `leaf.grad` therefore never shows in `x.grad`. The first four functions could as well
return a closed form (`6 * x`), and that would be right; they are written with autograd because that is what
they are meant to teach.
"""

import torch
from torch import Tensor, nn


def _leaf(x: Tensor) -> Tensor:
    """A tensor with the values of `x` that requires grad, begins a graph, and has a `.grad` of its own."""
    return x.detach().requires_grad_()


def _gradient(leaf: Tensor) -> Tensor:
    """What backward has added up in the leaf's `.grad` so far; None stands for zeros."""
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def gradient_of_square(x: Tensor) -> Tensor:
    """Gradient of `sum(3 x²)` at x, which is `6 x`: `x: (*shape)` -> `(*shape)`, same dtype."""
    leaf = _leaf(x)
    loss = (3 * leaf**2).sum()  # (*shape) -> (): backward starts from one number
    loss.backward()
    return _gradient(leaf)


def accumulated_gradient(x: Tensor, passes: int) -> Tensor:
    """What a leaf's `.grad` holds after `passes` backward passes of `sum(3 x²)`: `(*shape)` -> `(*shape)`.

    `backward` *adds* to `.grad`, which is None before the first one.
    """
    leaf = _leaf(x)
    for _ in range(passes):
        loss = (3 * leaf**2).sum()  # a new graph for each pass: backward frees the old one
        loss.backward()
    return _gradient(leaf)


def gradient_every_pass(x: Tensor, passes: int) -> Tensor:
    """The gradient seen after each pass, zeroed in between: `(*shape)` -> `(passes, *shape)`."""
    leaf = _leaf(x)
    seen = []
    for _ in range(passes):
        loss = (3 * leaf**2).sum()
        loss.backward()
        seen.append(_gradient(leaf))
        leaf.grad = None  # the next pass starts a new buffer; zero_() would empty the one just seen
    return torch.stack(seen)  # passes × (*shape) -> (passes, *shape)


def partial_derivatives(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """`(∂f/∂a, ∂f/∂b)` of `f = sum(a b + a²)`, that is `(b + 2 a, a)`; each shaped like a and b."""
    leaf_a, leaf_b = _leaf(a), _leaf(b)
    f = (leaf_a * leaf_b + leaf_a**2).sum()
    f.backward()
    return _gradient(leaf_a), _gradient(leaf_b)


def predict_without_graph(weight: Tensor, x: Tensor) -> Tensor:
    """`x @ weight`, with nothing recorded: `(n, d) @ (d,) -> (n,)` or `(n, d) @ (d, m) -> (n, m)`."""
    with torch.no_grad():
        return x @ weight


def sgd_update(params: list[Tensor], lr: float) -> None:
    """One step of gradient descent on every param that has a gradient, in place; then the gradients are gone.

    `-=` writes into the memory that the param already has, so views made earlier, optimizers and modules
    all see the new values. Without `no_grad` PyTorch refuses: a leaf that requires grad would become the
    result of an operation.
    """
    with torch.no_grad():
        for param in params:
            if param.grad is None:  # took no part in the loss
                continue
            param -= lr * param.grad
            param.grad = None


def move_product(var_1: float, var_2: float, target: float, lr: float, steps: int) -> tuple[float, float]:
    """Move two numbers downhill for `steps` steps of SGD, so that their product nears `target`."""
    first = torch.tensor(var_1, requires_grad=True)
    second = torch.tensor(var_2, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=lr)
    for _ in range(steps):
        loss = (target - first * second) ** 2  # from the current values, every time
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return first.item(), second.item()


def linear_gradients(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of the mean squared error of `x @ weight + bias` against y: a pair of `(d, 1)` and `(1,)`.

    `torch.autograd.grad` returns gradients and stores none, so the `.grad` of both leaves stays as it was.
    """
    prediction = (x @ weight + bias)[:, 0]  # (n, d) @ (d, 1) + (1,) -> (n, 1) -> (n,), like y
    loss = ((prediction - y) ** 2).mean()
    for_weight, for_bias = torch.autograd.grad(loss, (weight, bias))
    return for_weight, for_bias


def zero_parameters(linear: nn.Linear) -> None:
    """Set weight and bias (if there is one) to zero, in the memory that they have."""
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.zero_()


def minibatch_accumulated_gradient(x: Tensor, y: Tensor, weight: Tensor, batch_size: int) -> Tensor:
    """Gradient of the full-data mean squared error of `x @ weight`, one mini-batch at a time: -> `(d,)`.

    A sum over n rows is the sum of the batches' sums, whatever their sizes; a mean over n rows is *not* the
    mean of the batches' means, unless all have one size. So each batch contributes its sum of squares
    divided by n.
    """
    leaf = _leaf(weight)
    batches = zip(x.split(batch_size), y.split(batch_size), strict=True)  # the last may be smaller
    for rows, targets in batches:
        loss = ((rows @ leaf - targets) ** 2).sum() / len(x)
        loss.backward()  # adds this batch's share to leaf.grad
    return _gradient(leaf)
