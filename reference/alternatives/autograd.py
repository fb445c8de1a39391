"""Correct but unusual ways to do the exercises of `autograd`. Each must get full marks."""

import functools
from collections import namedtuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from grader.exercise import alternative

Partials = namedtuple("Partials", ["for_a", "for_b"])


def mean_squared_error(weight, bias, x, y):
    """For `torch.func`, which wants the loss as a function of the parameters."""
    return ((x @ weight + bias).flatten() - y).square().mean()


# gradient_of_square


@alternative("gradient_of_square")
def square_by_formula(x):
    """The closed form, with no autograd at all; requires grad where x does."""
    return 6 * x


@alternative("gradient_of_square")
def square_by_grad(x):
    """`torch.autograd.grad` on a detached clone."""
    mine = x.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(outputs=3 * mine * mine, inputs=mine, grad_outputs=torch.ones_like(mine))
    return gradient


@alternative("gradient_of_square")
def square_by_func(x):
    """The functional interface: a function in, its gradient function out."""
    return torch.func.grad(lambda t: 3 * (t * t).sum())(x.detach())


@alternative("gradient_of_square")
def square_element_by_element(x):
    """A leaf for each element, a loop over all of them, and prints."""
    results = []
    for number in x.detach().flatten().tolist():
        leaf = torch.tensor(number, dtype=x.dtype, requires_grad=True)
        loss = 3 * leaf**2
        loss.backward()
        print("gradient at", number, "is", leaf.grad)
        results.append(leaf.grad.item())
    return torch.tensor(results, dtype=x.dtype, device=x.device).reshape(x.shape)


@alternative("gradient_of_square")
def square_on_x_itself(x):
    """Works on x itself and puts everything back afterwards."""
    required, held = x.requires_grad, x.grad
    x.grad = None
    x.requires_grad_(True)
    (3 * x**2).sum().backward()
    result = x.grad
    x.requires_grad_(required)
    x.grad = held
    return result


@alternative("gradient_of_square")
def square_in_numpy(x):
    """The closed form in numpy, double precision, and back."""
    return torch.from_numpy(np.asarray(6 * x.detach().cpu().numpy().astype(np.float64))).to(x)


# accumulated_gradient


@alternative("accumulated_gradient")
def accumulated_by_formula(x, passes):
    """The closed form."""
    return passes * 6 * x


@alternative("accumulated_gradient")
def accumulated_by_hand(x, passes):
    """Adds up what `torch.autograd.grad` returns, in place, in a buffer of its own."""
    total = torch.zeros_like(x.detach())
    for _ in range(passes):
        leaf = nn.Parameter(x.detach())
        total += torch.autograd.grad(3 * leaf.pow(2).sum(), leaf)[0]
    return total


@alternative("accumulated_gradient")
def accumulated_through_one_graph(x, passes):
    """One graph for all passes, kept alive with retain_graph."""
    leaf = x.detach().clone().requires_grad_()
    leaf.grad = torch.zeros_like(leaf)
    loss = (3 * leaf**2).sum()
    for _ in range(passes):
        loss.backward(retain_graph=True)
    return leaf.grad


# gradient_every_pass


@alternative("gradient_every_pass")
def every_pass_expanded(x, passes):
    """One gradient, repeated without a copy by expanding it."""
    return (6 * x.detach()).expand(passes, *x.shape)


@alternative("gradient_every_pass")
def every_pass_with_none(x, passes):
    """Sets `.grad` to None in between, so no clone is needed."""
    leaf = torch.empty_like(x, requires_grad=False).copy_(x.detach()).requires_grad_()
    gradients = []
    for _ in range(passes):
        torch.sum(3 * leaf**2).backward()
        gradients.append(leaf.grad)
        leaf.grad = None
    return torch.stack(gradients, dim=0)


@alternative("gradient_every_pass")
def every_pass_into_a_buffer(x, passes):
    """Fills a result that was made before the loop; an optimizer does the zeroing."""
    leaf = nn.Parameter(x.detach().clone())
    optimizer = torch.optim.SGD([leaf], lr=1.0)
    result = torch.empty((passes,) + tuple(x.shape), dtype=x.dtype, device=x.device)
    for i in range(passes):
        optimizer.zero_grad(set_to_none=False)
        loss = (3 * leaf**2).sum()
        loss.backward()
        result[i] = leaf.grad
    return result


# partial_derivatives


@alternative("partial_derivatives")
def partials_by_formula(a, b):
    """Closed forms; the second is b's partner a itself, not even a copy, in a list."""
    return [b + 2 * a, a]


@alternative("partial_derivatives")
def partials_named(a, b):
    """A named tuple, from two calls of grad over one graph."""
    a, b = (t.detach().clone().requires_grad_() for t in (a, b))
    f = (a * b + a**2).sum()
    for_a = torch.autograd.grad(f, a, retain_graph=True)[0]
    return Partials(for_a=for_a, for_b=torch.autograd.grad(f, b)[0])


@alternative("partial_derivatives")
def partials_term_by_term(a, b):
    """Differentiates the two terms one after the other and lets backward add them."""
    first, second = a.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    (first * second).sum().backward()
    first.square().sum().backward()
    return first.grad, second.grad


# predict_without_graph


@alternative("predict_without_graph")
def predict_in_inference_mode(weight, x):
    """Inference mode in place of no_grad."""
    with torch.inference_mode():
        return torch.matmul(x, weight)


@alternative("predict_without_graph")
def predict_and_detach(weight, x):
    """Records, and cuts the graph off afterwards."""
    return (x @ weight).detach()


@alternative("predict_without_graph")
@torch.no_grad()
def predict_row_by_row(weight, x):
    """A loop over the rows under a decorator."""
    rows = []
    for row in x:
        rows.append((row * weight.T).sum(-1))
    return torch.stack(rows)


# sgd_update


@alternative("sgd_update")
def update_with_an_optimizer(params, lr):
    """Lets `torch.optim.SGD` take the step."""
    optimizer = torch.optim.SGD(params, lr=lr)
    optimizer.step()
    optimizer.zero_grad()


@alternative("sgd_update")
def update_through_data(params, lr):
    """The old style with `.data`, gradients set to zero and kept; returns the list."""
    for param in params:
        if param.grad is None:
            continue
        param.data -= lr * param.grad.data
        param.grad.zero_()
    return params


@alternative("sgd_update")
def update_through_detach(params, lr):
    """Writes through a detached view; then replaces each gradient, missing ones too, by zeros."""
    for param in filter(lambda p: p.grad is not None, params):
        param.detach().sub_(param.grad, alpha=lr)
    for param in params:
        param.grad = torch.zeros_like(param)


@alternative("sgd_update")
def update_by_copying(params, lr):
    """Computes all new values first and copies them in afterwards."""
    moved = [p.detach() - lr * p.grad if p.grad is not None else None for p in params]
    with torch.no_grad():
        for param, values in zip(params, moved):
            if values is not None:
                param.copy_(values)
    for param in params:
        param.grad = None


# move_product


@alternative("move_product")
def move_by_formula(var_1, var_2, target, lr, steps):
    """Plain Python with the gradients worked out on paper."""
    while steps > 0:
        pull = 2 * lr * (target - var_1 * var_2)
        var_1, var_2 = var_1 + pull * var_2, var_2 + pull * var_1
        steps -= 1
    return [var_1, var_2]


@alternative("move_product")
def move_and_reset_last(var_1, var_2, target, lr, steps):
    """One parameter that holds both numbers, in double precision; resets at the end of the loop; prints the loss."""
    both = nn.Parameter(torch.tensor([var_1, var_2], dtype=torch.float64))
    for step in range(steps):
        loss = F.mse_loss(both.prod(), torch.tensor(target, dtype=torch.float64))
        loss.backward()
        both.data.sub_(lr * both.grad)
        both.grad.zero_()
        print(f"step {step}: {loss.item():.4f}")
    return tuple(both.tolist())


@alternative("move_product")
def move_in_numpy(var_1, var_2, target, lr, steps):
    """numpy scalars, which are floats of a subclass."""
    v = np.array([var_1, var_2])
    for _ in range(steps):
        v = v - lr * -2 * (target - v.prod()) * v[::-1]
    return v[0], v[1]


# linear_gradients


@alternative("linear_gradients")
def linear_by_formula(x, y, weight, bias):
    """Closed forms, in a list, with the bias as the average error."""
    with torch.no_grad():
        error = torch.addmv(bias - y, x, weight.squeeze(1))
        return [(2 / len(y) * error @ x).unsqueeze(1), 2 * error.mean(dim=0, keepdim=True)]


@alternative("linear_gradients")
def linear_on_own_leaves(x, y, weight, bias):
    """backward on leaves of its own, y made a column, the library's loss."""
    w = weight.detach().clone().requires_grad_()
    b = bias.detach().clone().requires_grad_()
    F.mse_loss(x @ w + b, y.unsqueeze(1)).backward()
    return w.grad, b.grad


@alternative("linear_gradients")
def linear_puts_gradients_back(x, y, weight, bias):
    """backward on the given leaves, whose `.grad`s are kept aside and put back."""
    kept = weight.grad, bias.grad
    weight.grad, bias.grad = None, None
    loss = (((x @ weight + bias).reshape(-1) - y) ** 2).sum() / x.shape[0]
    loss.backward()
    result = weight.grad, bias.grad
    weight.grad, bias.grad = kept
    return result


@alternative("linear_gradients")
def linear_by_func(x, y, weight, bias):
    """The functional interface, differentiating for two arguments at once."""
    gradient = torch.func.grad(functools.partial(mean_squared_error, x=x, y=y), argnums=(0, 1))
    return gradient(weight.detach(), bias.detach())


@alternative("linear_gradients")
def linear_with_an_augmented_column(x, y, weight, bias):
    """The bias as one more weight for a column of ones."""
    ones = torch.ones(len(x), 1, dtype=x.dtype, device=x.device)
    augmented = torch.cat([x, ones], dim=1)
    leaf = torch.cat([weight.detach(), bias.detach()[None]]).requires_grad_()
    gradient = torch.autograd.grad((augmented @ leaf - y[:, None]).pow(2).mean(), leaf)[0]
    return gradient[:-1], gradient[-1]


# zero_parameters


@alternative("zero_parameters")
def zeros_by_init(linear):
    """The library's initialiser; returns the layer."""
    for parameter in linear.parameters():
        nn.init.zeros_(parameter)
    return linear


@alternative("zero_parameters")
def zeros_through_detach(linear):
    """Writes through detached views and `.data`."""
    linear.weight.detach().zero_()
    if linear.bias is not None:
        linear.bias.data.fill_(0.0)


@alternative("zero_parameters")
def zeros_by_subtracting(linear):
    """Subtracts each parameter from itself, name by name."""
    with torch.no_grad():
        for name in ("weight", "bias"):
            parameter = getattr(linear, name, None)
            if parameter is not None:
                parameter -= parameter.clone()


# minibatch_accumulated_gradient


@alternative("minibatch_accumulated_gradient")
def all_rows_at_once(x, y, weight, batch_size):
    """The closed form over all rows; batches don't matter for the result."""
    return 2 * x.T @ (x @ weight - y) / len(y)


@alternative("minibatch_accumulated_gradient")
def batch_means_reweighted(x, y, weight, batch_size):
    """The batches' means, each weighted by its share of the rows, over indices."""
    leaf = nn.Parameter(weight.detach().clone())
    start = 0
    while start < len(x):
        rows = list(range(start, min(start + batch_size, len(x))))
        loss = F.mse_loss(x[rows] @ leaf, y[rows]) * (len(rows) / len(x))
        loss.backward()
        start += batch_size
    return leaf.grad


@alternative("minibatch_accumulated_gradient")
def batches_from_a_loader(x, y, weight, batch_size):
    """A data loader makes the batches; everything is done in double precision and cast back."""
    data = torch.utils.data.TensorDataset(x.double(), y.double())
    leaf = weight.detach().double().clone().requires_grad_()
    total = torch.zeros_like(leaf).detach()
    for rows, targets in torch.utils.data.DataLoader(data, batch_size=batch_size):
        total += torch.autograd.grad((rows @ leaf - targets).square().sum(), leaf)[0]
    return (total / len(x)).to(weight.dtype)


@alternative("sgd_update")
def update_the_old_way(params, lr):
    """Resets as optimizers long did: the gradient is detached in place, then zeroed."""
    for param in params:
        if param.grad is not None:
            param.data.add_(param.grad.data, alpha=-lr)
            param.grad.detach_()
            param.grad.zero_()


@alternative("sgd_update")
def update_all_at_once(params, lr):
    """The multi-tensor operations that optimizers use."""
    moving = [param for param in params if param.grad is not None]
    torch._foreach_add_([p.data for p in moving], [p.grad for p in moving], alpha=-lr)
    for param in moving:
        param.grad = None


@alternative("accumulated_gradient")
def accumulated_on_x_itself(x, passes):
    """Works on x itself and puts everything back, whatever happens."""
    required, held = x.requires_grad, x.grad
    try:
        x.grad = None
        x.requires_grad_(True)
        for _ in range(passes):
            (3 * x**2).sum().backward()
        return torch.zeros_like(x, requires_grad=False) if x.grad is None else x.grad
    finally:
        x.requires_grad_(required)
        x.grad = held


@alternative("minibatch_accumulated_gradient")
def gradient_of_every_row(x, y, weight, batch_size):
    """`vmap` of `grad`: a gradient for every row, batch by batch, averaged at the end."""
    each = torch.vmap(torch.func.grad(lambda w, row, target: (row @ w - target) ** 2), in_dims=(None, 0, 0))
    return torch.cat([each(weight, *batch) for batch in zip(x.split(batch_size), y.split(batch_size))]).mean(0)
