"""The checks of `adaline`: what every exercise must do, as programs that run on any implementation.

Two kinds of data. Where all that happens is indexing, or sums of products of quarters, the answer is exact in
any order of operations and compared exactly. Where something is divided, or training takes several steps, the
check states its error bound; no learning rate exceeds 1 / (largest curvature), so rounding never grows.
"""

import csv
from pathlib import Path

import numpy as np
import torch

from grader import kit
from grader.exercise import Assignment, rounding, within
from grader.strategies import EXACT, LABELS, Data, built, choice, edge, integer, just, tensor

adaline = Assignment("adaline", title="ADALINE three times")

FEW = {"cases": 15}  # generic promises need no volume
FLOAT32 = ("float32",)  # all that models and trainings are given


def requires_grad(value):
    """Whether a tensor requires grad; anything else is no tensor."""
    return value.requires_grad if isinstance(value, torch.Tensor) else "no tensor"


def gradient_by(held, total):
    """The gradient of `total` by a tensor: zeros where no graph leads from one to the other.

    `held` may be what a property of a model makes anew whenever it is asked for, as a view of the model's own leaf.
    No graph leads to such a view, so the gradient by the leaf is carried over to it.
    """

    def by(tensor):
        return torch.autograd.grad(total, tensor, retain_graph=True, allow_unused=True)[0]

    if requires_grad(total) is not True or not held.requires_grad:
        return torch.zeros_like(held)
    gradient = by(held)
    if gradient is None and held._is_view() and (whole := by(held._base)) is not None:
        factors = torch.zeros_like(held, requires_grad=True)
        (carried,) = torch.autograd.grad(held, held._base, factors, create_graph=True)
        (gradient,) = torch.autograd.grad(carried, factors, whole)
    return torch.zeros_like(held) if gradient is None else gradient


def one_of_two(results, index):
    """That entry of a pair; anything else as it is, so that the comparison says what is wrong with it."""
    return results[index] if isinstance(results, list | tuple) and len(results) == 2 else results


# Right answers differ by a few float32 roundings of numbers up to a few hundred; mistakes by more than 0.01.
CLOSE = within(absolute=1e-4, relative=1e-5)

# Eighths between -1 and 1, telling ones with distinct rows. The curvature of a row's squared error is then at
# most 2 * (d + 1), which is 8 for the three features drawn at most.
SMALL = Data(
    "small",
    lambda rng, shape: rng.integers(-8, 9, shape) / 8.0,
    lambda start, count: ((7 * np.arange(count) + start + 9) % 17 - 8) / 8.0,
)


# --- mse_loss -----------------------------------------------------------------------------------------------

mse_loss = adaline.exercise("mse_loss", yhat=tensor("n", sides=(1, 8)), y=tensor("n", sides=(1, 8)))

SQUARES = rounding(scale=lambda yhat, y: ((yhat.abs() + y.abs()) ** 2).mean(), terms=lambda yhat, y: len(y))


@mse_loss.check(
    points="0.75",
    essential=True,
    error=SQUARES,
    edges=[
        edge(yhat=torch.tensor([1.0, 2.0, 3.0, 4.0]), y=torch.tensor([1.0, 0.0, 3.0, 0.0])),
        edge(yhat=torch.tensor([3.0, 1.0, 2.0]), y=torch.tensor([0.0, 1.0, 3.0])),
        edge(yhat=torch.tensor([3.0]), y=torch.tensor([1.0])),
    ],
)
def averages_the_squared_differences(impl, yhat, y):
    """The mean over all rows of (prediction - target) squared, as a 0-d tensor."""
    return impl.mse_loss(yhat, y)


@mse_loss.check(
    points="0.25",
    yhat=tensor("n", 1),
    y=tensor("n"),
    cases=12,
    edges=[
        edge(yhat=torch.tensor([[1.0], [2.0], [3.0]]), y=torch.tensor([1.0, 2.0, 3.0])),
        edge(yhat=torch.tensor([1.0, 2.0, 3.0]), y=torch.tensor([[1.0], [2.0], [3.0]])),
        edge(yhat=torch.tensor([1.0]), y=torch.tensor([1.0, 2.0, 3.0])),
        edge(yhat=torch.tensor([1.0, 2.0]), y=torch.tensor([1.0, 2.0, 3.0])),
        edge(yhat=torch.tensor([[1.0]]), y=torch.tensor([1.0])),
    ],
)
def refuses_shapes_that_differ(impl, yhat, y):
    """Shapes that differ raise a ValueError, before broadcasting can make (n, n) differences out of n."""
    return impl.mse_loss(yhat, y)


@mse_loss.check(
    points="0.25",
    cases=30,
    error=rounding(scale=lambda yhat, y: (0.0, 2 * (yhat.abs() + y.abs()) / len(y))),
    edges=[edge(yhat=torch.tensor([1.0, 3.0]), y=torch.tensor([0.0, 4.0]))],
)
def lets_gradients_flow_back(impl, yhat, y):
    """The loss is differentiable: its gradient reaches the predictions."""
    yhat = yhat.clone().requires_grad_()
    loss = impl.mse_loss(yhat, y)
    return {"the loss has a graph": requires_grad(loss) is True, "gradient": gradient_by(yhat, loss)}


mse_loss.promises(
    kit.leaves_inputs_alone("0.05", **FEW),
    kit.any_layout("0.05", error=SQUARES, **FEW),
    kit.keeps_dtype("0.05", error=SQUARES, **FEW),
    kit.same_answer_twice("0.05", error=CLOSE, **FEW),
    kit.leaves_torch_alone("0.05", edges=[edge(yhat=torch.ones(3, 1), y=torch.ones(3))], **FEW),
)


# --- shuffled_split -----------------------------------------------------------------------------------------


def rows_to_split(draw):
    return draw.tensor((draw.size("n", 2, 9), draw.size("d", 1, 3)))


def fractions_that_divide(draw):
    """Those whose share of n is a whole number, also in floating-point arithmetic."""
    n = draw.dims["n"]
    return draw.choice([f for f in (0.5, 0.25, 0.75) if (n * f).is_integer()] or [1 / n])


def fractions_that_round_down(draw):
    """Those whose share of n lies clearly between two whole numbers, at least one row on either side."""
    n = draw.dims["n"]
    fits = [
        f
        for f in (0.7, 0.8, 0.3, 0.6, 0.9, 0.625, 0.375)
        if 1 <= n * f <= n - 0.1 and 0.05 < n * f % 1 < 0.95
    ]
    return draw.choice(fits or [1.5 / n])


SEEDS = choice(123, 0, 1, 7, 42, 2024)

shuffled_split = adaline.exercise(
    "shuffled_split",
    x=built(rows_to_split),
    y=tensor("n", dtype=("float32",)),
    fraction=built(fractions_that_divide),
    seed=SEEDS,
)


@shuffled_split.check(
    points="1.2",
    essential=True,
    edges=[
        edge(n=4, d=1, fraction=0.5),
        edge(n=4, d=2, fraction=0.75, seed=1),
        edge(n=8, d=3, fraction=0.25, seed=7),
        edge(n=2, d=1, fraction=0.5, seed=0),
        edge(n=2, d=2, fraction=0.5, seed=7),
    ],
)
def splits_the_shuffled_rows(impl, x, y, fraction, seed):
    """One permutation after seeding: its first part trains, the rest tests, each x with its own y."""
    return impl.shuffled_split(x, y, fraction, seed)


@shuffled_split.check(
    points="0.2",
    fraction=built(fractions_that_round_down),
    cases=30,
    edges=[edge(n=5, d=2, fraction=0.7), edge(n=5, d=2, fraction=0.3, seed=1), edge(n=9, d=1, fraction=0.7)],
)
def rounds_the_number_of_training_rows_down(impl, x, y, fraction, seed):
    """There are int(n * fraction) training rows, and every other row is a test row."""
    return impl.shuffled_split(x, y, fraction, seed)


@shuffled_split.check(
    points="0.2",
    y=tensor("n", dtype=("int64", "int32", "float64", "bool"), data=LABELS),
    cases=30,
    edges=[edge(n=4, d=2)],
)
def takes_labels_of_any_dtype(impl, x, y, fraction, seed):
    """The labels may be integers, floats or bools, and stay what they are."""
    return impl.shuffled_split(x, y, fraction, seed)


shuffled_split.promises(
    kit.leaves_inputs_alone("0.1", **FEW),
    kit.any_layout("0.1", **FEW),
    kit.keeps_dtype("0.05", y=tensor("n"), **FEW),
    kit.same_answer_twice("0.1", **FEW),
    kit.leaves_torch_alone("0.05", y=tensor("n"), **FEW),
)


# --- standardize --------------------------------------------------------------------------------------------


def spread_out(rng, shape):
    """Quarters in columns whose standard deviation is at least 1: nothing is ill-conditioned."""
    values = rng.integers(-16, 17, shape) / 4.0
    zigzag = 6.0 * (np.arange(shape[0]) % 2)[:, None]
    return values + np.where(values.std(axis=0, ddof=1) < 1, zigzag, 0.0)


SPREAD = Data("spread", spread_out, EXACT.telling)


def far_apart(rng, shape):
    """Quarters of size 50 to 100 with signs that alternate down a column: deviations of more than 50."""
    signs = 1.0 - 2.0 * (np.arange(shape[0]) % 2)[:, None]
    return signs * rng.integers(200, 401, shape) / 4.0


FAR_APART = Data("far apart", far_apart, lambda start, count: (37.0 * np.arange(count) + start) % 101 - 50.0)

standardize = adaline.exercise(
    "standardize",
    x_train=built(lambda draw: draw.tensor((draw.size("n", 2, 8), draw.size("d", 1, 4)), data=SPREAD)),
    x_test=tensor("m", "d"),
)


def standardized_size(x, x_train):
    """The size of the terms of a standardized entry, whatever formula of the variance they come from."""
    mean, std = x_train.mean(0), x_train.std(0)
    largest = torch.maximum(x_train.abs().amax(0), x.abs().amax(0))
    return (1 + ((x - mean) / std).abs()) * (1 + largest / std) ** 2


TRAIN_ROUNDING = rounding(
    scale=lambda x_train, x_test: standardized_size(x_train, x_train),
    terms=lambda x_train, x_test: len(x_train),
)
TEST_ROUNDING = rounding(
    scale=lambda x_train, x_test: standardized_size(x_test, x_train),
    terms=lambda x_train, x_test: len(x_train),
)
EVEN_COLUMNS = torch.tensor([[0.0, 10.0], [2.0, 50.0], [4.0, 30.0]])  # means 2 and 30, deviations 2 and 20


@standardize.check(
    points="0.6",
    essential=True,
    error=TRAIN_ROUNDING,
    edges=[
        edge(x_train=EVEN_COLUMNS, x_test=torch.tensor([[2.0, 30.0], [6.0, 10.0]])),
        edge(x_train=torch.tensor([[1.0], [3.0]]), x_test=torch.tensor([[2.0]])),
        edge(n=3, d=3, m=2),
        edge(n=4, d=2, m=1),
    ],
)
def standardizes_the_training_rows(impl, x_train, x_test):
    """Every training column minus its mean, divided by its unbiased standard deviation."""
    return one_of_two(impl.standardize(x_train, x_test), 0)


@standardize.check(
    points="0.5",
    error=TEST_ROUNDING,
    edges=[
        edge(x_train=EVEN_COLUMNS, x_test=torch.tensor([[2.0, 30.0], [6.0, 10.0]])),
        edge(x_train=EVEN_COLUMNS, x_test=torch.tensor([[4.0, 70.0]])),
        edge(n=3, d=3, m=3),
        edge(n=4, d=2, m=1),
    ],
)
def uses_the_training_figures_for_the_test_rows(impl, x_train, x_test):
    """The test rows are shifted and scaled by the mean and deviation of the training rows, not their own."""
    return one_of_two(impl.standardize(x_train, x_test), 1)


standardize.promises(
    kit.leaves_inputs_alone("0.1", **FEW),
    # No expanded rows here: they are all equal, and a constant column cannot be standardized.
    kit.any_layout("0.1", layouts=("transposed", "strided", "offset"), error=CLOSE, **FEW),
    # Whoever adds 1e-8 to the deviation, as many do, is right; whoever computes in float32 is not.
    kit.keeps_dtype(
        "0.1",
        x_train=built(lambda draw: draw.tensor((draw.size("n", 2, 8), draw.size("d", 1, 4)), data=FAR_APART)),
        x_test=tensor("m", "d", data=FAR_APART),
        error=within(absolute=1e-8, relative=2e-8),
        **FEW,
    ),
    kit.same_answer_twice("0.05", error=CLOSE, **FEW),
    kit.leaves_torch_alone("0.05", **FEW),
)


# --- minibatches --------------------------------------------------------------------------------------------


def sizes_that_divide(draw):
    n = draw.values.get("n") or draw.dims["n"]
    return draw.choice([size for size in range(1, n + 1) if n % size == 0])


def sizes_that_leave_a_rest(draw):
    """Sizes for which the last mini-batch is smaller, those larger than n included."""
    n = draw.values.get("n") or draw.dims["n"]
    return draw.choice([size for size in (*range(2, n + 3), 2 * n + 3) if n % size])


def seeded_minibatches(impl, n, minibatch_size, seed):
    torch.manual_seed(seed)
    return impl.minibatches(n, minibatch_size)


minibatches = adaline.exercise(
    "minibatches",
    call=seeded_minibatches,
    on_devices=False,
    n=integer(1, 12),
    minibatch_size=built(sizes_that_divide),
    seed=SEEDS,
)


@minibatches.check(
    points="0.8",
    essential=True,
    edges=[
        edge(n=4, minibatch_size=2),
        edge(n=6, minibatch_size=3, seed=1),
        edge(n=6, minibatch_size=2),
        edge(n=3, minibatch_size=1, seed=7),
        edge(n=5, minibatch_size=5, seed=0),
        edge(n=1, minibatch_size=1),
    ],
)
def cuts_one_permutation_in_order(impl, n, minibatch_size, seed):
    """After torch.manual_seed(seed), the mini-batches one after the other are the next torch.randperm(n)."""
    return seeded_minibatches(impl, n, minibatch_size, seed)


@minibatches.check(
    points="0.35",
    minibatch_size=built(sizes_that_leave_a_rest),
    edges=[
        edge(n=3, minibatch_size=2),
        edge(n=5, minibatch_size=4, seed=1),
        edge(n=4, minibatch_size=3),
        edge(n=3, minibatch_size=4),
        edge(n=2, minibatch_size=10),
        edge(n=1, minibatch_size=2),
        edge(n=10, minibatch_size=4),
    ],
)
def keeps_the_smaller_last_minibatch(impl, n, minibatch_size, seed):
    """Where the size doesn't divide n, the last mini-batch holds the rows that are left."""
    return seeded_minibatches(impl, n, minibatch_size, seed)


@minibatches.check(
    points="0.3", cases=30, edges=[edge(n=4, minibatch_size=2), edge(n=8, minibatch_size=4, seed=1)]
)
def goes_on_with_the_generator(impl, n, minibatch_size, seed):
    """A second call draws the next permutation: each call draws exactly one, and nothing is seeded inside."""
    torch.manual_seed(seed)
    return {
        "first call": impl.minibatches(n, minibatch_size),
        "second call": impl.minibatches(n, minibatch_size),
    }


minibatches.promises(kit.leaves_torch_alone("0.05", **FEW))


# --- AdalineManual, AdalineAutograd, AdalineModule ----------------------------------------------------------


def put(held, values, name):
    """Set a model's tensor in place."""
    if not isinstance(held, torch.Tensor):
        raise TypeError(f"{name} is no tensor, but {type(held).__name__}")
    if held.shape != values.shape:
        raise ValueError(f"{name} has the shape {tuple(held.shape)}; {tuple(values.shape)} was expected")
    with torch.no_grad():
        held.copy_(values)


def plain_model(name):
    """How to make a model of the class `name`, which holds weight (d, 1) and bias (1,) itself."""

    def make(impl, weight, bias):
        model = getattr(impl, name)(len(weight))
        put(model.weight, weight, "weight")
        put(model.bias, bias, "bias")
        return model

    return make


def module_model(impl, weight, bias):
    """An AdalineModule, whose nn.Linear holds a weight (1, d)."""
    model = impl.AdalineModule(len(weight))
    put(model.linear.weight, weight.T, "linear.weight")
    put(model.linear.bias, bias, "linear.bias")
    return model.to(weight.device)


def plain_parameters(model):
    return model.weight, model.bias


def module_parameters(model):
    return model.linear.weight, model.linear.bias


def detached(value):
    return value.detach() if isinstance(value, torch.Tensor) else value


FEATURES = {
    "x": built(lambda draw: draw.tensor((draw.size("n", 2, 6), draw.size("d", 1, 4)))),
    "weight": tensor("d", 1),
    "bias": tensor(1),
}
FORWARD_EDGES = [
    edge(
        x=torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]),
        weight=torch.tensor([[1.0], [10.0]]),
        bias=torch.ones(1),
    ),
    edge(x=torch.tensor([[1.0], [-2.0]]), weight=torch.tensor([[0.5]]), bias=torch.tensor([0.25])),
    edge(n=3, d=3),
    edge(n=4, d=1),
]


def check_forward(exercise, make, points, points_single):
    """The two checks of `forward`, which all three classes share."""

    @exercise.check(points=points, essential=True, edges=FORWARD_EDGES, cases=60)
    def predicts_the_net_input_of_every_row(impl, x, weight, bias):
        """With weight and bias set in place, forward gives one number a row: row times weight, plus bias."""
        return make(impl, weight, bias).forward(x)

    @exercise.check(points=points_single, x=tensor(1, "d"), cases=10, edges=[edge(d=2), edge(d=1)])
    def predicts_a_single_row(impl, x, weight, bias):
        """One row, (1, d), gives one prediction of shape (1,): a mini-batch can be that small."""
        return make(impl, weight, bias).forward(x)


def check_gradients(exercise, make, parameters, points):
    """forward is differentiable by weight and bias, which the check adds up with different factors a row."""

    @exercise.check(points=points, y=tensor("n"), cases=30, edges=[edge(n=2, d=1), edge(n=3, d=2)])
    def lets_gradients_flow_back(impl, x, y, weight, bias):
        """Predictions are differentiable by weight and bias: here the gradients of sum(y * forward(x))."""
        model = make(impl, weight, bias)
        yhat = model.forward(x)
        total = (y * yhat).sum()
        return {
            "the predictions have a graph": requires_grad(yhat) is True,
            "gradients": [gradient_by(held, total) for held in parameters(model)],
        }


make_manual, make_autograd = plain_model("AdalineManual"), plain_model("AdalineAutograd")
SIZES = {"d": integer(1, 6), "cases": 8, "edges": [edge(d=3), edge(d=1)], "on_devices": False}


def beginnings(make, d):
    """What a new model holds, whatever was done to another one, which holds on to what it was given."""
    other = make(d)
    for held in plain_parameters(other):
        put(held, torch.ones_like(held), "a tensor")
    weight, bias = plain_parameters(make(d))
    return {
        "ones in another model": [detached(held) for held in plain_parameters(other)],
        "weight": detached(weight),
        "bias": detached(bias),
        "weight requires grad": requires_grad(weight),
        "bias requires grad": requires_grad(bias),
    }


adaline_manual = adaline.exercise(
    "AdalineManual",
    call=lambda impl, x, weight, bias: make_manual(impl, weight, bias).forward(x),
    on_devices=False,
    **FEATURES,
)
check_forward(adaline_manual, make_manual, "0.8", "0.1")


@adaline_manual.check(points="0.2", **SIZES)
def starts_from_zero(impl, d):
    """A new model holds float32 zeros, weight (num_features, 1) and bias (1,), that require no grad."""
    return beginnings(impl.AdalineManual, d)


TARGETS = {"y": tensor("n")}
GRADIENT_EDGES = [
    edge(
        x=torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        y=torch.tensor([1.0, 0.0, 1.0, 0.0]),
        weight=torch.tensor([[1.0], [2.0]]),
        bias=torch.tensor([1.0]),
    ),
    edge(n=3, d=2, weight=torch.zeros(2, 1), bias=torch.zeros(1)),
    edge(n=3, d=3),
    edge(n=2, d=4),
    edge(n=5, d=1),
]


def negative_gradients(impl, x, y, weight, bias):
    model = make_manual(impl, weight, bias)
    return model.backward(x, (x @ weight + bias).flatten(), y)


@adaline_manual.check(points="0.35", error=CLOSE, edges=GRADIENT_EDGES, cases=60, **TARGETS)
def gives_the_negative_gradient_by_the_weight(impl, x, y, weight, bias):
    """First answer of backward: minus the gradient of the mean squared error by the weight, (d, 1)."""
    return one_of_two(negative_gradients(impl, x, y, weight, bias), 0)


@adaline_manual.check(points="0.25", error=CLOSE, edges=GRADIENT_EDGES, cases=60, **TARGETS)
def gives_the_negative_gradient_by_the_bias(impl, x, y, weight, bias):
    """Second answer of backward: minus the gradient by the bias, of shape (1,) or ()."""
    return without_axis(one_of_two(negative_gradients(impl, x, y, weight, bias), 1))


def without_axis(value):
    """(1,) and () count as the same shape."""
    return value[0] if isinstance(value, torch.Tensor) and value.shape == (1,) else value


@adaline_manual.check(
    points="0.15",
    error=CLOSE,
    cases=30,
    x=tensor("n", "d"),
    yhat=tensor("n"),
    edges=[
        edge(
            x=torch.tensor([[1.0], [2.0]]),
            yhat=torch.tensor([3.0, 1.0]),
            y=torch.tensor([1.0, 0.0]),
            weight=torch.zeros(1, 1),
            bias=torch.zeros(1),
        ),
        edge(n=1, d=2),
        edge(n=3, d=2),
    ],
    **TARGETS,
)
def judges_the_predictions_that_it_is_given(impl, x, yhat, y, weight, bias):
    """backward uses the x and yhat given to it, whatever the model would predict now or predicted before."""
    model = make_manual(impl, weight, bias)
    model.forward(x + 1)  # other rows: what backward needs comes with its own call
    answers = model.backward(x, yhat, y)
    return [one_of_two(answers, 0), without_axis(one_of_two(answers, 1))]


@adaline_manual.check(points="0.05", cases=15, edges=[edge(n=3, d=2)], **TARGETS)
def only_answers(impl, x, y, weight, bias):
    """The model, what it is given and torch's settings stay as they are; no answer requires grad."""
    model = make_manual(impl, weight, bias)
    yhat = model.forward(x)
    answers = model.backward(x, yhat, y)
    return {
        "weight": detached(model.weight),
        "bias": detached(model.bias),
        "x": kit.state(x),
        "yhat": detached(yhat),
        "y": kit.state(y),
        "answers require grad": [
            requires_grad(answer) for answer in (yhat, one_of_two(answers, 0), one_of_two(answers, 1))
        ],
        "gradients are recorded": torch.is_grad_enabled(),
        "default dtype": torch.get_default_dtype(),
    }


adaline_manual.promises(kit.leaves_inputs_alone("0.05", **FEW), kit.any_layout("0.05", **FEW))

adaline_autograd = adaline.exercise(
    "AdalineAutograd",
    call=lambda impl, x, weight, bias: detached(make_autograd(impl, weight, bias).forward(x)),
    on_devices=False,
    **FEATURES,
)
check_forward(adaline_autograd, make_autograd, "0.4", "0.05")


@adaline_autograd.check(points="0.2", **SIZES)
def starts_from_zero_and_requires_grad(impl, d):
    """A new model holds float32 zeros, weight (num_features, 1) and bias (1,), that require grad."""
    return beginnings(impl.AdalineAutograd, d)


check_gradients(adaline_autograd, make_autograd, plain_parameters, "0.2")
adaline_autograd.promises(
    kit.leaves_inputs_alone("0.05", **FEW),
    kit.any_layout("0.05", **FEW),
    kit.leaves_torch_alone("0.05", FLOAT32, **FEW),
)

adaline_module = adaline.exercise(
    "AdalineModule",
    call=lambda impl, x, weight, bias: detached(module_model(impl, weight, bias).forward(x)),
    **FEATURES,
)
check_forward(adaline_module, module_model, "0.4", "0.05")


@adaline_module.check(points="0.2", **SIZES)
def holds_a_linear_layer_of_zeros(impl, d):
    """A new model is an nn.Module; its nn.Linear `linear` holds zeros, registered as parameters.

    No other parameter has a say in the answer: it would take steps of its own in the training.
    """
    model = impl.AdalineModule(d)
    if not isinstance(model, torch.nn.Module):
        return "AdalineModule is no nn.Module"
    if not isinstance(getattr(model, "linear", None), torch.nn.Linear):
        return "the model has no nn.Linear called linear"
    registered = {id(parameter) for parameter in model.parameters()}
    weight, bias = module_parameters(model)
    others = {n: held for n, held in model.named_parameters() if held is not weight and held is not bias}
    total = model.forward(torch.ones(2, d)).sum()
    return {
        "other parameters in the answer": [n for n, held in others.items() if gradient_by(held, total).any()],
        "weight": detached(weight),
        "bias": detached(bias),
        "weight is a parameter": id(weight) in registered and requires_grad(weight),
        "bias is a parameter": id(bias) in registered and requires_grad(bias),
    }


check_gradients(adaline_module, module_model, module_parameters, "0.15")
adaline_module.promises(
    kit.leaves_inputs_alone("0.05", **FEW),
    kit.any_layout("0.05", **FEW),
    kit.same_answer_twice("0.05", **FEW),
    kit.leaves_torch_alone("0.05", FLOAT32, **FEW),
)


# --- train_manual, train_autograd, train_module -------------------------------------------------------------

TRAINING = {
    "x": built(lambda draw: draw.tensor((draw.size("n", 1, 8), draw.size("d", 1, 3)), data=SMALL)),
    "y": tensor("n", data=SMALL),
    "weight": tensor("d", 1, data=SMALL),
    "bias": tensor(1, data=SMALL),
    "num_epochs": integer(1, 3),
    "learning_rate": choice(0.125, 0.0625, 0.1),
    "seed": SEEDS,
    "minibatch_size": built(sizes_that_divide),
}
FROM_ZERO = {"weight": torch.zeros(1, 1), "bias": torch.zeros(1)}
WHOLE_BATCHES = [
    edge(
        x=torch.tensor([[1.0], [0.5]]),
        y=torch.tensor([1.0, 0.0]),
        minibatch_size=2,
        num_epochs=1,
        **FROM_ZERO,
    ),
    edge(n=4, d=2, minibatch_size=2, num_epochs=1),
    edge(n=4, d=2, minibatch_size=2, num_epochs=2, seed=1),
    edge(n=6, d=3, minibatch_size=3, num_epochs=3, seed=7),
    edge(n=3, d=3, minibatch_size=1, num_epochs=2),
    edge(n=4, d=1, minibatch_size=4, num_epochs=2, learning_rate=0.0625),
    edge(n=1, d=1, minibatch_size=1, num_epochs=3),
    # The loss is 0 from the start; that is no reason to stop either.
    edge(
        x=torch.tensor([[1.0], [0.5]]),
        y=torch.tensor([1.0, 0.5]),
        weight=torch.ones(1, 1),
        bias=torch.zeros(1),
        num_epochs=3,
        minibatch_size=1,
    ),
    # The loss rises from epoch to epoch; that is no reason to stop, nor to go back to the best weights so far.
    edge(
        x=torch.tensor([[1.0], [0.5], [-1.0]]),
        y=torch.tensor([1.0, -1.0, 1.0]),
        weight=torch.zeros(1, 1),
        bias=torch.tensor([0.5]),
        num_epochs=3,
        learning_rate=0.125,
        seed=7,
        minibatch_size=1,
    ),
]
A_REST = [
    edge(n=3, d=1, minibatch_size=2, num_epochs=1),
    edge(n=5, d=2, minibatch_size=4, num_epochs=2, seed=1),
    edge(n=3, d=2, minibatch_size=4, num_epochs=1),
    edge(n=2, d=2, minibatch_size=10, num_epochs=2),
    edge(n=1, d=1, minibatch_size=2, num_epochs=1),
    edge(n=7, d=3, minibatch_size=3, num_epochs=3, seed=42),
]
QUARTERS = Data(
    "quarters", EXACT.random, lambda start, count: ((11 * np.arange(count) + start) % 33 - 16) / 4.0
)
# Up to 24 updates of numbers around 1, each a few roundings of 6e-8, none of which grows. Right answers use
# less than 3 % of this bound and of those below (measured: all alternatives), mistakes more than twice it.
STEPS = within(absolute=1e-5)


def iris_for_training():
    """70 standardized flowers, as in the lecture: the same permutation twice, then the first 70 %."""
    with (Path(__file__).parent / "data" / "iris.csv").open(encoding="utf-8") as file:
        flowers = list(csv.DictReader(file))[50:]
    x = torch.tensor([[float(flower["sepal_width"]), float(flower["petal_length"])] for flower in flowers])
    y = torch.tensor([float(flower["species"] == "virginica") for flower in flowers])
    order = torch.randperm(100, generator=torch.Generator().manual_seed(123))
    train = order[order[:70]]
    return (x[train] - x[train].mean(0)) / x[train].std(0), y[train]


IRIS_X, IRIS_Y = iris_for_training()


def plain_losses(losses):
    """The losses as floats, with or without a graph."""
    return kit.numbers([detached(loss) for loss in losses]) if isinstance(losses, list | tuple) else losses


def training_exercise(name, model_class, make, parameters, points, *, on_devices):
    """A training function with the checks that all three share; `points` are theirs, in order.

    Args:
        make: Makes the student's model from `impl, weight, bias`.
        parameters: Gives a model's weight and bias.
    """

    def train(impl, x, y, weight, bias, num_epochs, **settings):
        """What the training leaves behind, as data."""
        model = make(impl, weight, bias)
        losses = getattr(impl, name)(model, x, y, num_epochs, **settings)
        return {"model": model, "losses": losses}

    def steps(result):
        weight, bias = parameters(result["model"])
        return {"weight": detached(weight), "bias": detached(bias)}

    def all_of(result):
        return {**steps(result), "losses": plain_losses(result["losses"])}

    exercise = adaline.exercise(
        name,
        uses=(model_class,),
        call=lambda impl, **inputs: all_of(train(impl, **inputs)),
        on_devices=on_devices,
        **TRAINING,
    )
    points = iter(points.split())

    @exercise.check(points=next(points), essential=True, error=STEPS, edges=WHOLE_BATCHES, cases=20)
    def takes_the_right_steps(impl, **inputs):
        """Weight and bias after training: seeded once, a step for each mini-batch of each permutation."""
        return steps(train(impl, **inputs))

    @exercise.check(points=next(points), error=STEPS, edges=WHOLE_BATCHES, cases=20)
    def returns_the_loss_after_each_epoch(impl, **inputs):
        """One loss an epoch, over all rows, with the weight and bias that the epoch's last step left."""
        return plain_losses(train(impl, **inputs)["losses"])

    @exercise.check(
        points=next(points),
        error=STEPS,
        edges=A_REST,
        cases=14,
        minibatch_size=built(sizes_that_leave_a_rest),
    )
    def steps_on_a_smaller_last_minibatch_too(impl, **inputs):
        """The rows left over make a mini-batch of their own, averaged over as many rows as it has."""
        return steps(train(impl, **inputs))

    @exercise.check(
        points=next(points), cases=3, num_epochs=just(0), edges=[edge(n=2, d=1, minibatch_size=1)]
    )
    def does_nothing_in_no_epochs(impl, **inputs):
        """num_epochs=0: no losses, and the model stays as it is."""
        return all_of(train(impl, **inputs))

    # Larger numbers than elsewhere, so that a rate of 0.01 and the order of the rows show; the curvature is
    # at most 2 * (16 + 16 + 1) = 66, so nothing grows.
    @exercise.check(
        points=next(points),
        cases=5,
        error=within(absolute=2e-5, relative=1e-5),
        x=built(lambda draw: draw.tensor((draw.size("n", 11, 23), 2), data=QUARTERS)),
        y=tensor("n", data=QUARTERS),
        weight=tensor(2, 1),
        num_epochs=integer(2, 3),
        edges=[edge(n=21)],
    )
    def trains_with_the_defaults_of_the_signature(impl, x, y, weight, bias, num_epochs):
        """Without further arguments: learning rate 0.01, seed 123, mini-batches of 10."""
        return steps(train(impl, x, y, weight, bias, num_epochs))

    # 140 steps from zero: right answers differ by less than 1e-7, and the lecture prints five digits.
    @exercise.check(
        points=next(points), cases=1, error=within(absolute=5e-6), num_epochs=just(20), on_devices=False
    )
    def learns_to_tell_iris_flowers_apart(impl, num_epochs):
        """The lecture's training on 70 Iris flowers, from zero: rate 0.01, seed 123, mini-batches of 10."""
        start = {"weight": torch.zeros(2, 1), "bias": torch.zeros(1)}
        settings = {"learning_rate": 0.01, "seed": 123, "minibatch_size": 10}
        return all_of(train(impl, IRIS_X.clone(), IRIS_Y.clone(), num_epochs=num_epochs, **start, **settings))

    @exercise.check(points=next(points), cases=3, edges=[edge(n=4, d=2, minibatch_size=2, num_epochs=2)])
    def returns_losses_without_a_graph(impl, **inputs):
        """The losses are plain numbers. One that requires grad keeps its whole graph in memory."""
        losses = train(impl, **inputs)["losses"]
        entries = losses if isinstance(losses, list | tuple) else [losses]
        return {"losses that require grad": sum(requires_grad(loss) is True for loss in entries)}

    exercise.promises(
        kit.leaves_inputs_alone(next(points), cases=4),
        kit.any_layout(next(points), error=STEPS, cases=6),
        kit.leaves_torch_alone(next(points), FLOAT32, cases=2),
    )

    def trained_on_iris(impl):
        start = {"weight": torch.zeros(2, 1), "bias": torch.zeros(1)}
        settings = {"num_epochs": 20, "learning_rate": 0.01, "seed": 123, "minibatch_size": 10}
        return all_of(train(impl, IRIS_X.clone(), IRIS_Y.clone(), **start, **settings))

    @exercise.figure(
        title=f"Loss of {name} on the Iris flowers", x_label="epoch", y_label="mean squared error"
    )
    def loss_curve(impl):
        losses = [float(loss) for loss in trained_on_iris(impl)["losses"]]
        return {"loss": {"x": list(range(1, len(losses) + 1)), "y": losses}}

    @exercise.figure(
        title=f"What {name} learnt: where it changes its mind between the two species",
        x_label="sepal width (standardized)",
        y_label="petal length (standardized)",
        kind="scatter_lines",
    )
    def decision_line(impl):
        learnt = trained_on_iris(impl)
        (first, second), bias = learnt["weight"].flatten().tolist(), float(learnt["bias"])
        line = {"x": [-3.0, 3.0], "y": [(0.5 - bias - first * x) / second for x in (-3.0, 3.0)]}
        clouds = {}
        for label, species in enumerate(("versicolor", "virginica")):
            width, length = IRIS_X[label == IRIS_Y].T.tolist()
            clouds[species] = {"x": width, "y": length, "marks": "points"}
        return {**clouds, "line": line}

    return exercise, train


train_manual, manual_training = training_exercise(
    "train_manual",
    "AdalineManual",
    make_manual,
    plain_parameters,
    "1.6 0.5 0.35 0.1 0.1 0.1 0.05 0.05 0.05 0.05",
    on_devices=False,
)


@train_manual.check(points="0.05", cases=3, edges=[edge(n=4, d=2, minibatch_size=2)])
def leaves_a_model_that_requires_no_grad(impl, **inputs):
    """Gradients by hand need no graph: weight and bias don't require grad afterwards either."""
    return [requires_grad(held) for held in plain_parameters(manual_training(impl, **inputs)["model"])]


train_autograd, autograd_training = training_exercise(
    "train_autograd",
    "AdalineAutograd",
    make_autograd,
    plain_parameters,
    "1 0.3 0.2 0.05 0.05 0.1 0.05 0.05 0.05 0.05",
    on_devices=False,
)


@train_autograd.check(points="0.1", cases=3, edges=[edge(n=4, d=2, minibatch_size=2, num_epochs=2)])
def leaves_a_model_that_can_be_trained_on(impl, **inputs):
    """Weight and bias still require grad and hold no `.grad`: autograd.grad returns gradients instead."""
    held = plain_parameters(autograd_training(impl, **inputs)["model"])
    return {
        "require grad": [requires_grad(tensor) for tensor in held],
        "hold a gradient": [tensor.is_leaf and tensor.grad is not None for tensor in held],
    }


train_module, _ = training_exercise(
    "train_module",
    "AdalineModule",
    module_model,
    module_parameters,
    "1.4 0.35 0.25 0.05 0.1 0.1 0.1 0.05 0.05 0.05",
    on_devices=True,
)


# --- predict_labels -----------------------------------------------------------------------------------------

# Eighths that are no quarters: never equal to a threshold.
OFF_GRID = Data(
    "off the grid",
    lambda rng, shape: rng.integers(-16, 16, shape) / 4.0 + 0.125,
    lambda start, count: np.resize([0.375, 0.625, 1.125, -0.875, 0.125], count),
)
THRESHOLDS = choice(0.5, 0.0, -1.25, 1.0, 2.0)

predict_labels = adaline.exercise(
    "predict_labels", yhat=tensor("n", data=OFF_GRID, sides=(1, 8)), threshold=THRESHOLDS
)


@predict_labels.check(
    points="0.5",
    essential=True,
    edges=[
        edge(yhat=torch.tensor([0.25, 0.75, 2.0, -1.0]), threshold=0.5),
        edge(yhat=torch.tensor([0.25, 0.75, 2.0, -1.0]), threshold=1.0),
        edge(yhat=torch.tensor([0.25, -0.75]), threshold=0.0),
        edge(yhat=torch.tensor([0.75]), threshold=0.5),
    ],
)
def labels_what_exceeds_the_threshold(impl, yhat, threshold):
    """int64: 1 above the threshold, 0 below it."""
    return impl.predict_labels(yhat, threshold)


@predict_labels.check(
    points="0.15",
    cases=20,
    yhat=tensor("n", sides=(2, 8)),
    edges=[
        edge(yhat=torch.tensor([0.25, 0.5, 0.75]), threshold=0.5),
        edge(yhat=torch.tensor([1.0, 0.0]), threshold=1.0),
        edge(yhat=torch.tensor([0.0, 1.0]), threshold=0.0),
        edge(yhat=torch.tensor([0.5, 0.500000001], dtype=torch.float64), threshold=0.5),
    ],
)
def labels_the_threshold_itself_0(impl, yhat, threshold):
    """Strictly greater: a net input that equals the threshold gets 0, one that lies just above it 1."""
    return impl.predict_labels(yhat, threshold)


@predict_labels.check(
    points="0.1",
    cases=30,
    yhat=tensor("*rest", data=OFF_GRID),
    edges=[
        edge(rest=(2, 3)),
        edge(yhat=torch.tensor(0.75), threshold=0.5),
        edge(rest=(3, 1)),
        edge(rest=(1, 1)),
        edge(rest=(2, 1, 3)),
    ],
)
def keeps_any_shape(impl, yhat, threshold):
    """The labels have the shape of the net inputs, whatever that is."""
    return impl.predict_labels(yhat, threshold)


@predict_labels.check(
    points="0.1", cases=15, edges=[edge(yhat=torch.tensor([0.25, 0.75, 0.375, 0.625, -0.5, 1.5]))]
)
def takes_one_half_by_default(impl, yhat):
    """Without a threshold it is 0.5."""
    return impl.predict_labels(yhat)


predict_labels.promises(
    kit.leaves_inputs_alone("0.05", **FEW),
    kit.any_layout(
        "0.05", yhat=tensor("n", "*rest", data=OFF_GRID), edges=[edge(n=2, rest=(3,)), edge(n=3)], **FEW
    ),
    kit.leaves_torch_alone("0.05", **FEW),
)


# --- accuracy -----------------------------------------------------------------------------------------------

accuracy = adaline.exercise(
    "accuracy",
    labels=tensor("n", dtype=("int64",), data=LABELS, sides=(1, 9)),
    y=tensor("n", dtype=("int64",), data=LABELS, sides=(1, 9)),
)
# A fraction k / n, divided in float32 or in float64.
FRACTION = within(absolute=1e-6)
MISTAKES = [
    edge(labels=torch.tensor([1, 0, 1, 1]), y=torch.tensor([1, 0, 0, 1])),
    edge(labels=torch.tensor([0, 0, 1]), y=torch.tensor([1, 0, 0])),
    edge(labels=torch.tensor([1, 0]), y=torch.tensor([1, 0])),
    edge(labels=torch.tensor([1, 0]), y=torch.tensor([0, 1])),
    edge(labels=torch.tensor([1]), y=torch.tensor([1])),
]


@accuracy.check(points="0.45", essential=True, error=FRACTION, edges=MISTAKES)
def gives_the_fraction_of_equal_entries(impl, labels, y):
    """How many labels are right, divided by how many there are, as a Python float."""
    return impl.accuracy(labels, y)


@accuracy.check(
    points="0.2",
    error=FRACTION,
    cases=40,
    labels=tensor("n", dtype=("int64", "int32"), data=LABELS),
    y=tensor("n", dtype=("float32", "int32", "float64"), data=LABELS),
    edges=[edge(labels=torch.tensor([1, 0, 1]), y=torch.tensor([1.0, 1.0, 0.0]))],
)
def compares_labels_of_different_dtypes(impl, labels, y):
    """int64 labels can be compared with float32 targets: 1 equals 1.0."""
    return impl.accuracy(labels, y)


@accuracy.check(
    points="0.15",
    cases=12,
    labels=tensor("n", dtype=("int64",), data=LABELS),
    y=tensor("n", 1, dtype=("int64",), data=LABELS),
    edges=[
        edge(labels=torch.tensor([1, 0, 1]), y=torch.tensor([[1], [0], [1]])),
        edge(labels=torch.tensor([[1], [0], [1]]), y=torch.tensor([1, 0, 1])),
        edge(labels=torch.tensor([1, 0, 1]), y=torch.tensor([1])),
        edge(labels=torch.tensor([1, 0, 1]), y=torch.tensor([1, 0])),
        edge(labels=torch.tensor([1]), y=torch.tensor([[1]])),
    ],
)
def refuses_shapes_that_differ(impl, labels, y):  # noqa: F811
    """Shapes that differ raise a ValueError, before broadcasting compares every label with every target."""
    return impl.accuracy(labels, y)


accuracy.promises(
    kit.leaves_inputs_alone("0.05", **FEW),
    kit.any_layout("0.05", error=FRACTION, **FEW),
    kit.same_answer_twice("0.05", error=FRACTION, **FEW),
    kit.leaves_torch_alone(
        "0.05",
        y=tensor("n", dtype=("float64", "int64"), data=LABELS),
        edges=[edge(labels=torch.tensor([[1], [0]]), y=torch.tensor([1, 0]))],
        **FEW,
    ),
)
