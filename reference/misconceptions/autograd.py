"""Known wrong ways to do the exercises of `autograd`. Each is the body that a student would really write."""

import torch
from torch import nn

from grader.exercise import misconception

# gradient_of_square


@misconception("gradient_of_square", hint="x² brings a factor down as well. What is the derivative of x² alone?")
def forgets_the_power_rule(x):
    """Gives 3 x: the factor 3 is kept, the 2 that comes down from x² is missing."""
    return 3 * x


@misconception("gradient_of_square", hint="What happens to a constant factor when you differentiate?")
def forgets_the_factor(x):
    """Gives 2 x, the gradient of x²: the factor 3 of 3 x² is missing."""
    return 2 * x


@misconception("gradient_of_square", hint="A gradient is evaluated somewhere. Is it the same at x = 1 and at x = 2?")
def second_derivative(x):
    """Gives 6 everywhere, the derivative of 6 x: x itself no longer appears in it."""
    return torch.full_like(x, 6)


@misconception("gradient_of_square", hint="Is that the function, or how fast it changes?")
def value_instead_of_gradient(x):
    """Gives 3 x², which is what is added up, not its gradient."""
    return 3 * x.detach() ** 2


@misconception("gradient_of_square", hint="Which single number does the exercise start from: a sum or a mean?")
def gradient_of_the_mean(x):
    """Differentiates the mean of 3 x², so everything is divided by the number of elements."""
    leaf = x.detach().clone().requires_grad_()
    (3 * leaf**2).mean().backward()
    return leaf.grad


@misconception("gradient_of_square", hint="Whose `.grad` does backward add to here, and was there something in it?")
def backward_into_x(x):
    """Makes x itself require grad and calls backward on it, so x's own `.grad` is filled, on top of what it held."""
    x.requires_grad_()
    (3 * x**2).sum().backward()
    return x.grad.clone()


@misconception("gradient_of_square", hint="x belongs to the caller. Is it after your function what it was before?")
def throws_old_gradient_away(x):
    """Clears x's own `.grad` before the pass: the value is right, but what the caller had in there is lost."""
    x.requires_grad_()
    x.grad = None
    (3 * x**2).sum().backward()
    return x.grad.clone()


@misconception("gradient_of_square", hint="Does x require grad after your function, although it did not before?")
def leaves_x_requiring_grad(x):
    """Switches `requires_grad` on for the caller's x and never off again."""
    x.requires_grad_()
    return torch.autograd.grad((3 * x**2).sum(), x)[0]


@misconception("gradient_of_square", hint="Is a clone of a tensor that requires grad a leaf?")
def clone_that_is_no_leaf(x):
    """Clones x without detaching it: where x requires grad, the clone is no leaf and its `.grad` stays None."""
    mine = x.clone()
    mine.requires_grad_()
    (3 * mine**2).sum().backward()
    return mine.grad


# accumulated_gradient


@misconception("accumulated_gradient", hint="Does backward replace what `.grad` holds, or add to it?")
def zeroes_between_passes(x, passes):
    """Zeroes the gradient before each pass, so only the last pass is left, however many there were."""
    leaf = x.detach().clone().requires_grad_()
    leaf.grad = torch.zeros_like(leaf)
    for _ in range(passes):
        leaf.grad.zero_()
        (3 * leaf**2).sum().backward()
    return leaf.grad


@misconception("accumulated_gradient", hint="What does `.grad` hold before the first backward pass?")
def none_after_zero_passes(x, passes):
    """Returns `.grad` as it is; without any pass that is None, not zeros."""
    leaf = x.detach().clone().requires_grad_()
    for _ in range(passes):
        (3 * leaf**2).sum().backward()
    return leaf.grad


@misconception("accumulated_gradient", hint="How many passes does your loop make when none is asked for?")
def always_one_pass(x, passes):
    """Makes the first pass before the loop, so there is one even where none is asked for."""
    leaf = x.detach().clone().requires_grad_()
    (3 * leaf**2).sum().backward()
    for _ in range(passes - 1):
        (3 * leaf**2).sum().backward()
    return leaf.grad


@misconception("accumulated_gradient", hint="12, then 24. What comes third: 36 or 48?")
def doubles_every_pass(x, passes):
    """Takes 12, 24 for doubling; every pass adds the same amount."""
    if passes == 0:
        return torch.zeros_like(x)
    return 6 * x * 2 ** (passes - 1)


@misconception("accumulated_gradient", hint="What is the loss of the third pass: this pass's, or all three together?")
def adds_up_losses_too(x, passes):
    """Adds each pass's loss to the earlier ones and differentiates the running total every time."""
    leaf = x.detach().clone().requires_grad_()
    leaf.grad = torch.zeros_like(leaf)
    total = 0
    for _ in range(passes):
        total = total + (3 * leaf**2).sum()
        total.backward(retain_graph=True)
    return leaf.grad


@misconception("accumulated_gradient", hint="Can backward walk through one graph twice?")
def one_graph_for_all_passes(x, passes):
    """Computes the loss once, before the loop: the first backward uses its graph up and the second one raises."""
    leaf = x.detach().clone().requires_grad_()
    leaf.grad = torch.zeros_like(leaf)
    loss = (3 * leaf**2).sum()
    for _ in range(passes):
        loss.backward()
    return leaf.grad


@misconception("accumulated_gradient", hint="On top of what do the gradients pile up: what does x's `.grad` hold already?")
def accumulates_in_x(x, passes):
    """Runs the passes on the caller's x, so they add to x's own `.grad` and to whatever was in it."""
    x.requires_grad_()
    for _ in range(passes):
        (3 * x**2).sum().backward()
    return torch.zeros_like(x) if x.grad is None else x.grad.clone()


# gradient_every_pass


@misconception("gradient_every_pass", hint="What has to happen to `.grad` between two passes?")
def never_zeroes(x, passes):
    """Doesn't zero in between, so entry i holds the sum of the first i + 1 gradients."""
    leaf = x.detach().clone().requires_grad_()
    seen = []
    for _ in range(passes):
        (3 * leaf**2).sum().backward()
        seen.append(leaf.grad.clone())
    return torch.stack(seen)


@misconception("gradient_every_pass", hint="How many different tensors are in your list?")
def keeps_the_zeroed_buffer(x, passes):
    """Stores `.grad` itself and then zeroes it: all entries are one tensor, and it ends up zero."""
    leaf = x.detach().clone().requires_grad_()
    seen = []
    for _ in range(passes):
        (3 * leaf**2).sum().backward()
        seen.append(leaf.grad)
        leaf.grad.zero_()
    return torch.stack(seen)


@misconception("gradient_every_pass", hint="Are the entries of your list different tensors, and is each zeroed in time?")
def same_buffer_every_pass(x, passes):
    """Stores `.grad` itself and never zeroes it: every entry is the one buffer that holds the final sum."""
    leaf = x.detach().clone().requires_grad_()
    seen = []
    for _ in range(passes):
        (3 * leaf**2).sum().backward()
        seen.append(leaf.grad)
    return torch.stack(seen)


@misconception("gradient_every_pass", hint="How many gradients were seen, and how many do you return?")
def last_pass_only(x, passes):
    """Returns the gradient of the last pass alone, without the dimension for the passes."""
    leaf = x.detach().clone().requires_grad_()
    for _ in range(passes):
        leaf.grad = None
        (3 * leaf**2).sum().backward()
    return leaf.grad


@misconception("gradient_every_pass", hint="One tensor is asked for. What turns a list of tensors into one?")
def list_of_gradients(x, passes):
    """Returns a Python list of gradients where one tensor is asked for."""
    leaf = x.detach().clone().requires_grad_()
    seen = []
    for _ in range(passes):
        leaf.grad = None
        (3 * leaf**2).sum().backward()
        seen.append(leaf.grad)
    return seen


@misconception("gradient_every_pass", hint="Do the gradients lie behind each other along an old dimension or a new one?")
def joins_along_the_first_dimension(x, passes):
    """Concatenates the gradients instead of stacking them, so there is no dimension for the passes."""
    leaf = x.detach().clone().requires_grad_()
    seen = []
    for _ in range(passes):
        leaf.grad = None
        (3 * leaf**2).sum().backward()
        seen.append(leaf.grad)
    return torch.cat(seen)


@misconception("gradient_every_pass", hint="Which dimension of the result counts the passes?")
def passes_last(x, passes):
    """Stacks along a new last dimension; the passes are to be the first one."""
    leaf = x.detach().clone().requires_grad_()
    seen = []
    for _ in range(passes):
        leaf.grad = None
        (3 * leaf**2).sum().backward()
        seen.append(leaf.grad)
    return torch.stack(seen, dim=-1)


@misconception("gradient_every_pass", hint="Whose `.grad` are you zeroing?")
def zeroes_the_callers_gradient(x, passes):
    """Works on the caller's x, whose own `.grad` is lost and whose `requires_grad` is on afterwards."""
    x.requires_grad_()
    seen = []
    for _ in range(passes):
        x.grad = None
        (3 * x**2).sum().backward()
        seen.append(x.grad)
    return torch.stack(seen)


# partial_derivatives


@misconception("partial_derivatives", hint="Which of the two comes first in the pair?")
def partials_swapped(a, b):
    """Returns the gradient for b first and the one for a second."""
    return a.detach(), b.detach() + 2 * a.detach()


@misconception("partial_derivatives", hint="In how many terms of f does a appear?")
def forgets_the_square_term(a, b):
    """Differentiates a · b only: the gradient of a² is missing."""
    return b.detach(), a.detach()


@misconception("partial_derivatives", hint="What is the derivative of a²?")
def square_without_its_two(a, b):
    """Takes a for the derivative of a²; it is 2 a."""
    return b.detach() + a.detach(), a.detach()


@misconception("partial_derivatives", hint="With b held fixed, what is the derivative of a · b for a?")
def forgets_the_product_term(a, b):
    """Differentiates a² only for a: the term a · b counts as constant there."""
    return 2 * a.detach(), a.detach()


@misconception("partial_derivatives", hint="What does `.grad` hold after the second backward?")
def one_backward_for_each(a, b):
    """Calls backward once for each partial; each call adds to both gradients, so both come out doubled."""
    a = a.detach().clone().requires_grad_()
    b = b.detach().clone().requires_grad_()
    f = (a * b + a**2).sum()
    f.backward(retain_graph=True)
    for_a = a.grad
    f.backward()
    return for_a, b.grad


@misconception("partial_derivatives", hint="Whose `.grad` is filled by your backward?")
def backward_into_a_and_b(a, b):
    """Makes the caller's a and b require grad and fills their `.grad`, on top of what was there."""
    a.requires_grad_()
    b.requires_grad_()
    (a * b + a**2).sum().backward()
    return a.grad.clone(), b.grad.clone()


@misconception("partial_derivatives", hint="There is one partial derivative for every element. Where did they go?")
def totals_of_the_partials(a, b):
    """Adds the partial derivatives of all elements up, so one number is left for each tensor."""
    a = a.detach()
    b = b.detach()
    return (b + 2 * a).sum(), a.sum()


# predict_without_graph


@misconception("predict_without_graph", hint="Does the result require grad? What would switch the recording off?")
def keeps_the_graph(weight, x):
    """Multiplies as in training: the result requires grad and holds on to the graph."""
    return x @ weight


@misconception("predict_without_graph", hint="Can weight still be trained after your function?")
def freezes_the_weight(weight, x):
    """Switches the weight's `requires_grad` off to get a result without a graph, and leaves it off."""
    weight.requires_grad_(False)
    return x @ weight


@misconception("predict_without_graph", hint="Is gradient recording still on for everybody else after your function?")
def switches_recording_off_for_good(weight, x):
    """Switches gradient recording off globally and never on again."""
    torch.set_grad_enabled(False)
    return x @ weight


@misconception("predict_without_graph", hint="Is a matrix product an elementwise product?")
def multiplies_elementwise(weight, x):
    """Multiplies element by element, so nothing is summed over the d features."""
    with torch.no_grad():
        return x * weight


@misconception("predict_without_graph", hint="Which dimensions have size 1 by accident, and are to stay?")
def squeezes_the_prediction(weight, x):
    """Squeezes the result: with one row or one column, a dimension that belongs there disappears."""
    with torch.no_grad():
        return (x @ weight).squeeze()


@misconception("predict_without_graph", hint="Is the result still a tensor?")
def returns_a_numpy_array(weight, x):
    """Gets rid of the graph by leaving PyTorch: the result is a numpy array, not a tensor."""
    return (x @ weight).detach().cpu().numpy()


# sgd_update


@misconception("sgd_update", hint="Towards the gradient is uphill.")
def climbs(params, lr):
    """Adds the gradient, so the loss goes up."""
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param += lr * param.grad
                param.grad = None


@misconception("sgd_update", hint="How long is a step of rate lr?")
def ignores_the_rate(params, lr):
    """Subtracts the whole gradient; the rate is not used."""
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= param.grad
                param.grad = None


@misconception("sgd_update", hint="What will the next backward add its gradients to?")
def leaves_the_gradients(params, lr):
    """Takes the step but doesn't reset the gradients, so the next backward adds to the old ones."""
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad


@misconception("sgd_update", hint="What is left in `.grad` at the moment of the step?")
def resets_before_the_step(params, lr):
    """Resets the gradients first and steps then, so the step has length zero."""
    for param in params:
        if param.grad is not None:
            param.grad.zero_()
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad


@misconception("sgd_update", hint="Does `=` change a tensor, or what a name stands for?")
def moves_only_a_local_name(params, lr):
    """Gives a local name to new tensors and resets those; the ones in the list keep their values and gradients."""
    for param in params:
        if param.grad is None:
            continue
        param = param - lr * param.grad
        param.grad = None


@misconception("sgd_update", hint="Are the tensors in the list afterwards the ones that were in it before?")
def puts_new_tensors_into_the_list(params, lr):
    """Replaces the list's entries by new tensors; the leaves that everybody else holds keep their old values."""
    for i, param in enumerate(params):
        if param.grad is not None:
            params[i] = (param - lr * param.grad).detach().requires_grad_()
            param.grad = None


@misconception("sgd_update", hint="Does a view made before the step see the new values?")
def new_memory_behind_the_param(params, lr):
    """Assigns a new tensor to `.data`: the param is the same object, but earlier views still see the old memory."""
    for param in params:
        if param.grad is not None:
            param.data = param.data - lr * param.grad
            param.grad = None


@misconception("sgd_update", hint="Should the update be recorded as part of the computation?")
def update_is_recorded(params, lr):
    """Updates in place while autograd records, which PyTorch refuses for a leaf that requires grad."""
    for param in params:
        if param.grad is not None:
            param -= lr * param.grad
            param.grad = None


@misconception("sgd_update", hint="What is lr times None?")
def assumes_every_gradient(params, lr):
    """Takes for granted that every param has a gradient, and raises at the first one whose `.grad` is None."""
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad = None


@misconception("sgd_update", hint="One param has no gradient. What about those behind it?")
def stops_at_a_missing_gradient(params, lr):
    """Leaves the loop at the first param without a gradient, so the ones behind it don't move."""
    with torch.no_grad():
        for param in params:
            if param.grad is None:
                break
            param -= lr * param.grad
            param.grad = None


@misconception("sgd_update", hint="Which of the params is reset after the loop?")
def resets_the_last_only(params, lr):
    """Resets the gradient after the loop, where only the last param is left."""
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad
        param.grad = None


@misconception("sgd_update", hint="Can the params still be trained after the first step?")
def params_no_longer_trainable(params, lr):
    """Switches `requires_grad` off for the update and not on again."""
    for param in params:
        param.requires_grad_(False)
        if param.grad is not None:
            param -= lr * param.grad
            param.grad = None


# move_product


@misconception("move_product", hint="What does the second backward add its gradients to?")
def no_reset(var_1, var_2, target, lr, steps):
    """Never resets, so each step goes along the sum of all gradients so far; the first step alone is right."""
    first = torch.tensor(var_1, requires_grad=True)
    second = torch.tensor(var_2, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=lr)
    for _ in range(steps):
        loss = (target - first * second) ** 2
        loss.backward()
        optimizer.step()
    return first.item(), second.item()


@misconception("move_product", hint="What is left in `.grad` when the optimizer takes its step?")
def reset_between_backward_and_step(var_1, var_2, target, lr, steps):
    """Resets after backward and before the step: there is no gradient left to follow, and nothing moves."""
    first = torch.tensor(var_1, requires_grad=True)
    second = torch.tensor(var_2, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=lr)
    for _ in range(steps):
        loss = (target - first * second) ** 2
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    return first.item(), second.item()


@misconception("move_product", hint="How often are the variables moved? Which gradient is there the first time?")
def step_before_backward(var_1, var_2, target, lr, steps):
    """Takes one step too few, as where step comes before backward: the first time there is no gradient yet."""
    first = torch.tensor(var_1, requires_grad=True)
    second = torch.tensor(var_2, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=lr)
    for _ in range(steps):
        optimizer.step()
        optimizer.zero_grad()
        loss = (target - first * second) ** 2
        loss.backward()
    return first.item(), second.item()


@misconception("move_product", hint="When is the product computed, and when do the variables change?")
def stale_product(var_1, var_2, target, lr, steps):
    """Computes what is missing once, before the loop: every step still follows the first error."""
    missing = target - var_1 * var_2
    for _ in range(steps):
        gradient_1 = -2 * missing * var_2
        gradient_2 = -2 * missing * var_1
        var_1 = var_1 - lr * gradient_1
        var_2 = var_2 - lr * gradient_2
    return var_1, var_2


@misconception("move_product", hint="Which lines belong inside the loop: only backward and step?")
def graph_built_once(var_1, var_2, target, lr, steps):
    """Builds the product's graph once and goes back through it after the variables have moved, which raises."""
    first = torch.tensor(var_1, requires_grad=True)
    second = torch.tensor(var_2, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=lr)
    latent = first * second
    for _ in range(steps):
        loss = (target - latent) ** 2
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
    return first.item(), second.item()


@misconception("move_product", hint="Is the gradient for the second variable taken before or after the first has moved?")
def second_sees_the_moved_first(var_1, var_2, target, lr, steps):
    """Moves the first variable and then computes the second gradient from the moved one."""
    for _ in range(steps):
        var_1 = var_1 + lr * 2 * (target - var_1 * var_2) * var_2
        var_2 = var_2 + lr * 2 * (target - var_1 * var_2) * var_1
    return var_1, var_2


@misconception("move_product", hint="Is the loss smaller after one step?")
def away_from_the_target(var_1, var_2, target, lr, steps):
    """Follows the gradient uphill, so the product moves away from the target."""
    for _ in range(steps):
        error = target - var_1 * var_2
        var_1, var_2 = var_1 - lr * 2 * error * var_2, var_2 - lr * 2 * error * var_1
    return var_1, var_2


@misconception("move_product", hint="What comes down when a square is differentiated?")
def half_the_gradient(var_1, var_2, target, lr, steps):
    """Leaves out the 2 from the square, so every step is half as long."""
    for _ in range(steps):
        error = target - var_1 * var_2
        var_1, var_2 = var_1 + lr * error * var_2, var_2 + lr * error * var_1
    return var_1, var_2


@misconception("move_product", hint="How often does your loop run for one step? For none?")
def one_step_too_many(var_1, var_2, target, lr, steps):
    """Runs the loop once more than asked for."""
    for _ in range(steps + 1):
        error = target - var_1 * var_2
        var_1, var_2 = var_1 + lr * 2 * error * var_2, var_2 + lr * 2 * error * var_1
    return var_1, var_2


@misconception("move_product", hint="Python floats are asked for. What gets a number out of a tensor?")
def returns_tensors(var_1, var_2, target, lr, steps):
    """Returns the two tensors themselves, not Python floats."""
    first = torch.tensor(var_1, requires_grad=True)
    second = torch.tensor(var_2, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        ((target - first * second) ** 2).backward()
        optimizer.step()
    return first, second


# linear_gradients


@misconception("linear_gradients", hint="Print the shape of the difference. Is it one number a row?")
def column_against_row(x, y, weight, bias):
    """Subtracts y `(n,)` from a prediction `(n, 1)`: broadcasting makes `(n, n)`, every prediction against every y."""
    loss = ((x @ weight + bias - y) ** 2).mean()
    return torch.autograd.grad(loss, (weight, bias))


@misconception("linear_gradients", hint="Where does backward put its gradients, and what was there before?")
def backward_into_the_leaves(x, y, weight, bias):
    """Uses backward: the gradients are added to the leaves' own `.grad`, which was to stay as it was."""
    loss = (((x @ weight + bias).squeeze(1) - y) ** 2).mean()
    loss.backward()
    return weight.grad.clone(), bias.grad.clone()


@misconception("linear_gradients", hint="What if somebody had something in these `.grad`s before?")
def tidies_up_too_much(x, y, weight, bias):
    """Uses backward and sets the leaves' `.grad` to None before and after, which loses what was in them."""
    weight.grad = bias.grad = None
    loss = (((x @ weight + bias).squeeze(1) - y) ** 2).mean()
    loss.backward()
    gradients = weight.grad, bias.grad
    weight.grad = bias.grad = None
    return gradients


@misconception("linear_gradients", hint="What would happen to your gradients if every row were there twice?")
def sum_of_squared_errors(x, y, weight, bias):
    """Differentiates the sum of the squared errors; the mean is asked for."""
    loss = (((x @ weight + bias).squeeze(1) - y) ** 2).sum()
    return torch.autograd.grad(loss, (weight, bias))


@misconception("linear_gradients", hint="What comes down when a square is differentiated?")
def errors_without_the_two(x, y, weight, bias):
    """Leaves out the 2 from the square, so both gradients are half as large."""
    error = (x @ weight + bias).detach() - y[:, None]
    return x.T @ error / len(x), error.mean(0)


@misconception("linear_gradients", hint="Is the error prediction minus y, or y minus prediction?")
def descent_direction(x, y, weight, bias):
    """Has the error the wrong way round: these are the directions of descent, the negative gradients."""
    error = y[:, None] - (x @ weight + bias).detach()
    return 2 * x.T @ error / len(x), 2 * error.mean(0)


@misconception("linear_gradients", hint="Over what is the mean taken: rows or features?")
def divides_by_the_features(x, y, weight, bias):
    """Divides by the number of features, where the mean is over the rows."""
    error = (x @ weight + bias).detach() - y[:, None]
    return 2 * x.T @ error / x.shape[1], 2 * error.sum(0) / x.shape[1]


@misconception("linear_gradients", hint="Does the mean concern only one of the two gradients?")
def bias_gradient_summed(x, y, weight, bias):
    """Averages the weight's gradient over the rows, but only adds the bias's up."""
    error = (x @ weight + bias).detach() - y[:, None]
    return 2 * x.T @ error / len(x), 2 * error.sum(0)


@misconception("linear_gradients", hint="What shapes do weight and bias have?")
def gradients_lose_a_dimension(x, y, weight, bias):
    """Has the right numbers in the wrong shapes: `(d,)` and `()`, not `(d, 1)` and `(1,)`."""
    error = (x @ weight + bias).detach().squeeze(1) - y
    return 2 * error @ x / len(x), 2 * error.mean()


@misconception("linear_gradients", hint="Which gradient comes first?")
def bias_first(x, y, weight, bias):
    """Returns the bias's gradient first and the weight's second."""
    loss = (((x @ weight + bias).squeeze(1) - y) ** 2).mean()
    return torch.autograd.grad(loss, (bias, weight))


# zero_parameters


@misconception("zero_parameters", hint="Is `linear.weight` afterwards the object that the optimizer knows?")
def new_parameters(linear):
    """Gives the layer new Parameters; whoever holds the old ones, an optimizer for one, never sees the zeros."""
    linear.weight = nn.Parameter(torch.zeros_like(linear.weight))
    if linear.bias is not None:
        linear.bias = nn.Parameter(torch.zeros_like(linear.bias))


@misconception("zero_parameters", hint="Does a view made before see the zeros?")
def new_memory_behind_the_parameters(linear):
    """Assigns new tensors to `.data`: the Parameters are the same, but earlier views keep the old memory."""
    linear.weight.data = torch.zeros_like(linear.weight)
    if linear.bias is not None:
        linear.bias.data = torch.zeros_like(linear.bias)


@misconception("zero_parameters", hint="Can the layer still be trained?")
def layer_no_longer_trainable(linear):
    """Switches `requires_grad` off in order to write, and not on again."""
    for parameter in linear.parameters():
        parameter.requires_grad_(False)
        parameter.zero_()


@misconception("zero_parameters", hint="What else does the layer add to its product?")
def forgets_the_bias(linear):
    """Zeroes the weight only."""
    with torch.no_grad():
        linear.weight.zero_()


@misconception("zero_parameters", hint="What is `linear.bias` in a layer made with bias=False?")
def assumes_a_bias(linear):
    """Takes the bias for granted, and raises for a layer that has none."""
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.zero_()


@misconception("zero_parameters", hint="Parameters, their gradients and copies of them are different things. Which of them is zeroed here?")
def zeroes_something_else(linear):
    """The weight and the bias keep their values: what is zeroed is something else, such as the gradients or a copy."""
    linear.zero_grad()


@misconception("zero_parameters", hint="Should the initialisation be recorded as part of the computation?")
def initialisation_is_recorded(linear):
    """Writes while autograd records, which PyTorch refuses for a leaf that requires grad."""
    for parameter in linear.parameters():
        parameter.zero_()


# minibatch_accumulated_gradient


@misconception("minibatch_accumulated_gradient", hint="Does a row in the small last batch count as much as the others?")
def average_of_averages(x, y, weight, batch_size):
    """Averages the batches' gradients of their means: the rows of a smaller last batch weigh too much."""
    gradients = []
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        leaf = weight.detach().clone().requires_grad_()
        ((rows @ leaf - targets) ** 2).mean().backward()
        gradients.append(leaf.grad)
    return torch.stack(gradients).mean(0)


@misconception("minibatch_accumulated_gradient", hint="You add up means. How many of them, and what is their total?")
def sum_of_averages(x, y, weight, batch_size):
    """Adds up the gradients of the batches' means without dividing, so more batches give a larger gradient."""
    leaf = weight.detach().clone().requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        ((rows @ leaf - targets) ** 2).mean().backward()
    return leaf.grad


@misconception("minibatch_accumulated_gradient", hint="Which rows are in no batch?")
def drops_the_last_rows(x, y, weight, batch_size):
    """Takes only full batches; the rows behind them never count."""
    leaf = weight.detach().clone().requires_grad_()
    leaf.grad = torch.zeros_like(leaf)
    for i in range(len(x) // batch_size):
        rows = x[i * batch_size : (i + 1) * batch_size]
        targets = y[i * batch_size : (i + 1) * batch_size]
        (((rows @ leaf - targets) ** 2).sum() / len(x)).backward()
    return leaf.grad


@misconception("minibatch_accumulated_gradient", hint="What is left of the earlier batches at the end?")
def last_batch_only(x, y, weight, batch_size):
    """Zeroes the gradient for every batch, so only the last one's share is left."""
    leaf = weight.detach().clone().requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        leaf.grad = None
        (((rows @ leaf - targets) ** 2).sum() / len(x)).backward()
    return leaf.grad


@misconception("minibatch_accumulated_gradient", hint="The mean over all rows divides by how many?")
def divides_by_the_batch_size(x, y, weight, batch_size):
    """Divides every batch's sum by the batch size; the mean over all the data divides by the number of rows."""
    leaf = weight.detach().clone().requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        (((rows @ leaf - targets) ** 2).sum() / batch_size).backward()
    return leaf.grad


@misconception("minibatch_accumulated_gradient", hint="A mean is asked for.")
def never_divides(x, y, weight, batch_size):
    """Adds up the squared errors of all rows and never divides by their number."""
    leaf = weight.detach().clone().requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        ((rows @ leaf - targets) ** 2).sum().backward()
    return leaf.grad


@misconception("minibatch_accumulated_gradient", hint="How many rows does the last batch have?")
def last_batch_counts_as_full(x, y, weight, batch_size):
    """Weighs every batch's mean with the full batch size, the smaller last one too."""
    leaf = weight.detach().clone().requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        (((rows @ leaf - targets) ** 2).mean() * batch_size / len(x)).backward()
    return leaf.grad


@misconception("minibatch_accumulated_gradient", hint="Does weight require grad after your function, and did it before?")
def weight_left_requiring_grad(x, y, weight, batch_size):
    """Switches `requires_grad` on for the caller's weight and leaves the gradient in its `.grad`."""
    weight.requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        (((rows @ weight - targets) ** 2).sum() / len(x)).backward()
    return weight.grad


@misconception("minibatch_accumulated_gradient", hint="Print the shape of the difference. Is it one number a row?")
def every_row_against_every_target(x, y, weight, batch_size):
    """Makes the prediction a column and subtracts a row from it, so every prediction meets every target."""
    leaf = weight.detach().clone().requires_grad_()
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        difference = rows @ leaf[:, None] - targets
        ((difference**2).mean() * len(rows) / len(x)).backward()
    return leaf.grad


# --- right on the CPU only ----------------------------------------------------------------------------------


@misconception("gradient_of_square", hint="What does torch.tensor do with the numbers it is given?", device=True)
def leaf_made_of_numbers(x):
    """Makes the leaf anew from the numbers of x, which puts it, and its gradient, on the CPU."""
    leaf = torch.tensor(x.tolist(), dtype=x.dtype, requires_grad=True)
    (3 * leaf**2).sum().backward()
    return leaf.grad


@misconception("accumulated_gradient", hint="Where is the tensor in which you add up?", device=True)
def adds_up_in_zeros_on_the_cpu(x, passes):
    """Adds the gradients up in zeros that were made on the CPU."""
    total = torch.zeros(x.shape, dtype=x.dtype)
    for _ in range(passes):
        total += 6 * x.detach()
    return total


@misconception("gradient_every_pass", hint="Where is the table whose rows you fill?", device=True)
def table_of_passes_on_the_cpu(x, passes):
    """Writes each pass's gradient into a table that was made on the CPU."""
    seen = torch.empty(passes, *x.shape, dtype=x.dtype)
    for i in range(passes):
        leaf = x.detach().clone().requires_grad_()
        (3 * leaf**2).sum().backward()
        seen[i] = leaf.grad
    return seen


@misconception("partial_derivatives", hint="Is everything that the formula multiplies on one device?", device=True)
def two_as_a_tensor_of_its_own(a, b):
    """Doubles a by a tensor of twos that was made on the CPU."""
    twos = torch.full(tuple(a.shape) or (1,), 2.0, dtype=a.dtype)
    return (b.detach() + (a.detach() * twos).reshape(a.shape)), a.detach().clone()


@misconception("predict_without_graph", hint="Did you need NumPy to leave the graph behind?", device=True)
def leaves_the_graph_through_numpy(weight, x):
    """Goes through NumPy to lose the graph, and comes back on the CPU."""
    return torch.from_numpy(x.detach().cpu().numpy() @ weight.detach().cpu().numpy())


@misconception("sgd_update", hint="Your learning rate became a tensor. Where?", device=True)
def rate_as_a_vector_on_the_cpu(params, lr):
    """Turns the rate into a one-element vector on the CPU; only a tensor without dimensions may come from there."""
    rate = torch.tensor([lr], dtype=params[0].dtype)
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= (rate * param.grad).reshape(param.shape)
                param.grad = None


@misconception("linear_gradients", hint="Where is the column of ones that you put in front of x?", device=True)
def bias_as_a_column_of_ones(x, y, weight, bias):
    """Puts a column of ones in front of x for the bias, and makes it on the CPU."""
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    wide = torch.cat([ones, x], dim=1)
    both = torch.cat([bias.detach().reshape(1, 1), weight.detach()])
    error = (wide @ both)[:, 0] - y
    gradient = 2 * wide.T @ error[:, None] / len(x)
    return gradient[1:], gradient[0]


@misconception("minibatch_accumulated_gradient", hint="Where does the gradient begin to which you add?", device=True)
def gradient_begins_on_the_cpu(x, y, weight, batch_size):
    """Adds each batch's share to zeros that were made on the CPU."""
    total = torch.zeros(len(weight), dtype=weight.dtype)
    for rows, targets in zip(x.split(batch_size), y.split(batch_size)):
        leaf = weight.detach().clone().requires_grad_()
        (((rows @ leaf - targets) ** 2).sum() / len(x)).backward()
        total = total + leaf.grad
    return total


# what somebody else relies on afterwards


@misconception("gradient_of_square", hint="Is gradient recording still on for everybody else after your function?")
def square_switches_recording_off(x):
    """Switches gradient recording off globally and never on again."""
    torch.set_grad_enabled(False)
    return 6 * x


@misconception("gradient_of_square", hint="How many digits does float64 have, and how many survive your conversions?")
def square_in_float32(x):
    """Computes in float32 and converts the result, so a float64 gradient has only float32's digits."""
    leaf = x.detach().float().requires_grad_()
    (3 * leaf**2).sum().backward()
    return leaf.grad.to(x.dtype)


@misconception("linear_gradients", hint="Is gradient recording still on for everybody else after your function?")
def linear_switches_recording_off(x, y, weight, bias):
    """Switches gradient recording off globally and never on again."""
    torch.set_grad_enabled(False)
    errors = x @ weight + bias - y[:, None]
    return 2 * x.T @ errors / len(x), 2 * errors.mean(0)


@misconception("sgd_update", hint="Can a param without a gradient still be trained after your step?")
def freezes_what_it_skips(params, lr):
    """Switches `requires_grad` off for the step and on again only for the params that had a gradient."""
    for param in params:
        param.requires_grad_(False)
        if param.grad is not None:
            param -= lr * param.grad
            param.grad = None
            param.requires_grad_(True)


@misconception("zero_parameters", hint="Which lines run after an exception, and which don't?")
def recording_stays_off_without_bias(linear):
    """Switches recording off; for a layer without bias an exception skips the line that switches it on again."""
    torch.set_grad_enabled(False)
    try:
        linear.weight.zero_()
        linear.bias.zero_()
        torch.set_grad_enabled(True)
    except AttributeError:
        pass


@misconception("predict_without_graph", hint="How many digits does float64 have, and how many survive your conversions?")
def predicts_in_float32(weight, x):
    """Computes in float32 and converts the result, so a float64 prediction has only float32's digits."""
    return (x.float() @ weight.detach().float()).to(x.dtype)


@misconception("sgd_update", hint="How many digits does float64 have, and how many survive your conversions?")
def steps_in_float32(params, lr):
    """Takes the step in float32 and copies the result back, so a float64 param has only float32's digits."""
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param.copy_(param.float() - lr * param.grad.float())
                param.grad = None


@misconception("gradient_of_square", hint="Which dtype do other people's new tensors have after your function?")
def square_sets_the_default_dtype(x):
    """Makes the dtype of x the default one for everybody and never sets it back."""
    torch.set_default_dtype(x.dtype)
    return 6 * x.detach()


@misconception("accumulated_gradient", hint="What is added up after no pass, whatever x held before?")
def own_gradient_for_no_pass(x, passes):
    """Without a pass gives what x itself holds in its `.grad`, which is from earlier work; no pass adds up to zero."""
    if passes == 0:
        return torch.zeros_like(x) if x.grad is None else x.grad.clone()
    return passes * 6 * x


@misconception("predict_without_graph", hint="What is inference going to do with weight's `.grad`?")
def prediction_clears_the_gradient(weight, x):
    """Clears weight's `.grad`, which prediction doesn't need; what the caller had in there is lost."""
    weight.grad = None
    with torch.no_grad():
        return x @ weight


@misconception("zero_parameters", hint="With what do you multiply, and where is it?", device=True)
def multiplies_by_zeros_on_the_cpu(linear):
    """Multiplies the weight by zeros that were made on the CPU."""
    with torch.no_grad():
        linear.weight.mul_(torch.zeros(linear.weight.shape))
        if linear.bias is not None:
            linear.bias.zero_()


@misconception("sgd_update", hint="When is reshape a view, and when a copy?")
def steps_in_a_flat_copy(params, lr):
    """Flattens each param by reshape and steps there: where its layout allows no view, that is a copy."""
    for param in params:
        if param.grad is not None:
            param.data.reshape(-1).sub_(lr * param.grad.reshape(-1))
            param.grad = None


@misconception("move_product", hint="For whom does `set_default_dtype` change the dtype, and for how long?")
def moves_with_another_default_dtype(var_1, var_2, target, lr, steps):
    """Works in float64 by changing the dtype that every new tensor of the program gets."""
    torch.set_default_dtype(torch.float64)
    for _ in range(steps):
        a, b = torch.tensor(var_1, requires_grad=True), torch.tensor(var_2, requires_grad=True)
        ((target - a * b) ** 2).backward()
        var_1, var_2 = var_1 - lr * a.grad.item(), var_2 - lr * b.grad.item()
    return var_1, var_2


@misconception("partial_derivatives", hint="For whom does `set_default_dtype` change the dtype, and for how long?")
def partials_set_the_default_dtype(a, b):
    """Makes its new tensors fit a by changing the dtype that every new tensor of the program gets."""
    torch.set_default_dtype(a.dtype)
    return b.detach() + 2 * a.detach(), a.detach().clone()
