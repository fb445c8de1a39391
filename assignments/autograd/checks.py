"""The checks of `autograd`: gradients, what backward leaves behind, steps in place."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from grader import kit
from grader.exercise import Assignment, rounding, within
from grader.strategies import EXACT, FLOAT, Data, Draw, Strategy, built, choice, edge, integer, just, tensor

autograd = Assignment("autograd", title="Autograd")

# A tensor of the caller's that may require grad, and may hold a gradient: nobody may rely on it or change it.
SOMEBODYS = {"requires_grad": (True, False), "grad": (True, False)}
WITH_GRADIENT = {"requires_grad": True, "grad": True}

FEW = 30  # cases of a side condition, where the shapes drawn tell less than in the essential check


# --- gradient_of_square -----------------------------------------------------------------------------------


def _six_x(x: Tensor, **_: Any) -> Tensor:
    """What the gradient of sum(3·x²) is in size."""
    return 6 * x.abs()


def _six_x_a_pass(x: Tensor, passes: int) -> Tensor:
    """The same, added up over the passes."""
    return passes * 6 * x.abs()


def _a_few_terms(**_: Any) -> int:
    return 8


DECIMALS = tensor("*shape", data=FLOAT)  # float64's last digits show in them, unlike in quarters

gradient_of_square = autograd.exercise("gradient_of_square", x=tensor("*shape"))


@gradient_of_square.check(
    points="0.5",
    essential=True,
    edges=[
        edge(x=torch.tensor(2.0)),
        edge(shape=(2,)),
        edge(shape=(2, 3)),
        edge(shape=(1,)),
        edge(shape=(2, 1)),
    ],
)
def gives_the_gradient_at_x(impl: Any, x: Tensor) -> Any:
    "The gradient of sum(3·x²) at x, one number for every element of x."
    return impl.gradient_of_square(x)


@gradient_of_square.check(
    points="0.15",
    x=tensor("*shape", **WITH_GRADIENT),
    edges=[edge(shape=(2,)), edge(shape=()), edge(shape=(2, 3))],
    cases=FEW,
)
def is_right_where_x_holds_a_gradient_already(impl: Any, x: Tensor) -> Any:
    "x may require grad and hold a `.grad` from earlier work. That is no part of your answer."
    return impl.gradient_of_square(x)


gradient_of_square.promises(
    kit.leaves_inputs_alone(
        "0.15", cases=FEW, x=tensor("*shape", **SOMEBODYS), edges=[edge(shape=(2,)), edge(shape=(2, 3))]
    ),
    kit.any_layout("0.1", cases=FEW),
    kit.keeps_dtype("0.05", cases=FEW, x=DECIMALS, error=rounding(_six_x, _a_few_terms)),
    kit.leaves_torch_alone("0.05", cases=FEW),
)


# --- accumulated_gradient ---------------------------------------------------------------------------------

accumulated_gradient = autograd.exercise("accumulated_gradient", x=tensor("*shape"), passes=integer(1, 5))


@accumulated_gradient.check(
    points="0.75",
    essential=True,
    edges=[
        edge(x=torch.tensor(2.0), passes=1),
        edge(x=torch.tensor(2.0), passes=2),
        edge(shape=(2,), passes=3),
        edge(shape=(2, 3), passes=2),
        edge(shape=(1,), passes=4),
    ],
)
def adds_up_over_the_passes(impl: Any, x: Tensor, passes: int) -> Any:
    "Every backward pass adds its gradient to what the leaf holds."
    return impl.accumulated_gradient(x, passes)


@accumulated_gradient.check(
    points="0.2",
    x=tensor("*shape", **SOMEBODYS),
    passes=just(0),
    dtypes=("float32", "float64"),
    edges=[edge(x=tensor("*shape"), shape=(2,)), edge(x=tensor("*shape", **WITH_GRADIENT), shape=(2,))],
    cases=FEW,
)
def gives_zeros_for_no_pass(impl: Any, x: Tensor, passes: int) -> Any:
    "Without a pass nothing was added up: zeros, with the shape and the dtype of x, whatever x's `.grad` holds."
    return impl.accumulated_gradient(x, passes)


@accumulated_gradient.check(
    points="0.15",
    x=tensor("*shape", **WITH_GRADIENT),
    edges=[edge(shape=(2,), passes=1), edge(shape=(2, 3), passes=2)],
    cases=FEW,
)
def starts_from_zero_whatever_x_holds(impl: Any, x: Tensor, passes: int) -> Any:
    "The passes are those of a leaf that begins without a gradient, even where x itself holds one."
    return impl.accumulated_gradient(x, passes)


accumulated_gradient.promises(
    kit.leaves_inputs_alone(
        "0.2", cases=FEW, x=tensor("*shape", **SOMEBODYS), edges=[edge(shape=(2,), passes=2)]
    ),
    kit.any_layout("0.1", cases=FEW),
    kit.keeps_dtype("0.05", cases=FEW, x=DECIMALS, error=rounding(_six_x_a_pass, _a_few_terms)),
    kit.leaves_torch_alone("0.05", cases=FEW),
)


# --- gradient_every_pass ----------------------------------------------------------------------------------

gradient_every_pass = autograd.exercise("gradient_every_pass", x=tensor("*shape"), passes=integer(1, 5))


@gradient_every_pass.check(
    points="0.9",
    essential=True,
    edges=[
        edge(shape=(2,), passes=1),
        edge(shape=(2,), passes=3),
        edge(shape=(2, 3), passes=4),
        edge(x=torch.tensor(2.0), passes=2),
        edge(shape=(1, 1), passes=1),
    ],
)
def shows_the_gradient_of_each_pass(impl: Any, x: Tensor, passes: int) -> Any:
    "One entry for each pass, in the first dimension, with the gradient that was seen after that pass alone."
    return impl.gradient_every_pass(x, passes)


@gradient_every_pass.check(
    points="0.15",
    x=tensor("*shape", **WITH_GRADIENT),
    edges=[edge(shape=(2,), passes=1), edge(shape=(2, 3), passes=2)],
    cases=FEW,
)
def starts_afresh_whatever_x_holds(impl: Any, x: Tensor, passes: int) -> Any:
    "The first pass starts without a gradient, even where x itself holds one."
    return impl.gradient_every_pass(x, passes)


gradient_every_pass.promises(
    kit.leaves_inputs_alone(
        "0.25", cases=FEW, x=tensor("*shape", **SOMEBODYS), edges=[edge(shape=(2,), passes=2)]
    ),
    kit.any_layout("0.1", cases=FEW),
    kit.keeps_dtype("0.05", cases=FEW, x=DECIMALS, error=rounding(_six_x, _a_few_terms)),
    kit.leaves_torch_alone("0.05", cases=FEW),
)


# --- partial_derivatives ----------------------------------------------------------------------------------

partial_derivatives = autograd.exercise("partial_derivatives", a=tensor("*shape"), b=tensor("*shape"))


@partial_derivatives.check(
    points="0.8",
    essential=True,
    edges=[edge(shape=(1,)), edge(shape=(2,)), edge(shape=(2, 3)), edge(shape=()), edge(shape=(2, 2))],
)
def gives_both_partial_derivatives(impl: Any, a: Tensor, b: Tensor) -> Any:
    "First the gradient for a, then the one for b, each shaped like its tensor."
    return impl.partial_derivatives(a, b)


@partial_derivatives.check(
    points="0.2",
    a=tensor("*shape", **SOMEBODYS),
    b=tensor("*shape", **SOMEBODYS),
    edges=[edge(shape=(2,)), edge(shape=(2, 3))],
    cases=FEW,
)
def is_right_where_a_and_b_hold_gradients_already(impl: Any, a: Tensor, b: Tensor) -> Any:
    "a and b may require grad and hold a `.grad` from earlier work. That is no part of your answer."
    return impl.partial_derivatives(a, b)


partial_derivatives.promises(
    kit.leaves_inputs_alone(
        "0.3",
        cases=FEW,
        a=tensor("*shape", **SOMEBODYS),
        b=tensor("*shape", **SOMEBODYS),
        edges=[edge(shape=(2,))],
    ),
    kit.any_layout("0.1", cases=FEW),
    kit.keeps_dtype(
        "0.05",
        cases=FEW,
        a=DECIMALS,
        b=DECIMALS,
        error=rounding(lambda a, b: (b.abs() + 2 * a.abs(), a.abs()), _a_few_terms),
    ),
    kit.leaves_torch_alone("0.05", cases=FEW),
)


# --- predict_without_graph --------------------------------------------------------------------------------


def _weight(draw: Draw, sides: tuple[int, int] = (2, 5), **options: Any) -> Tensor:
    """A vector or a matrix that requires grad, with as many rows as x has columns."""
    columns: tuple[str, ...] = draw.choice([(), ("m",)])
    return draw.tensor(("d", *columns), requires_grad=True, sides=sides, **options)


VECTOR = tensor("d", requires_grad=True)
MATRIX = tensor("d", "m", requires_grad=True)

predict_without_graph = autograd.exercise(
    "predict_without_graph", weight=built(_weight), x=tensor("n", "d", sides=(2, 5))
)


@predict_without_graph.check(
    points="0.5",
    essential=True,
    edges=[
        edge(weight=VECTOR, d=3, n=2),
        edge(weight=MATRIX, d=3, m=4, n=2),
        edge(weight=MATRIX, d=2, m=2, n=2),
    ],
)
def predicts_and_records_nothing(impl: Any, weight: Tensor, x: Tensor) -> Any:
    "The values of x @ weight, as a tensor that does not require grad."
    prediction = impl.predict_without_graph(weight, x)
    return {"prediction": prediction, "requires grad": getattr(prediction, "requires_grad", None)}


@predict_without_graph.check(
    points="0.1",
    weight=built(lambda draw: _weight(draw, (1, 2))),
    x=tensor("n", "d", sides=(1, 2)),
    edges=[
        edge(weight=MATRIX, d=3, m=2, n=1),
        edge(weight=MATRIX, d=2, m=1, n=3),
        edge(weight=VECTOR, d=2, n=1),
        edge(weight=MATRIX, d=1, m=1, n=1),
    ],
    cases=12,
)
def keeps_dimensions_of_size_one(impl: Any, weight: Tensor, x: Tensor) -> Any:
    "One row, or one column of weights, is a dimension like any other: it stays in the result."
    return impl.predict_without_graph(weight, x)


predict_without_graph.promises(
    kit.leaves_inputs_alone(
        "0.2",
        cases=FEW,
        weight=built(lambda draw: _weight(draw, grad=(False, True))),
        edges=[edge(weight=VECTOR, d=2, n=1), edge(weight=tensor("d", **WITH_GRADIENT), d=2, n=1)],
    ),
    kit.leaves_torch_alone("0.1", cases=FEW),
    kit.any_layout("0.05", cases=FEW),
    kit.keeps_dtype(
        "0.05",
        cases=FEW,
        weight=built(lambda draw: _weight(draw, data=FLOAT)),
        x=tensor("n", "d", sides=(2, 5), data=FLOAT),
        error=rounding(lambda weight, x: x.abs() @ weight.abs(), lambda weight, **_: len(weight)),
    ),
)


# --- sgd_update -------------------------------------------------------------------------------------------

SHAPES = (("n",), ("n", "m"), (1,), ("m", 1), ())
RATES = (0.5, 0.25, 0.125)  # with quarters as data every step is exact, however it is computed
IN_PLACE_LAYOUTS = ("transposed", "strided", "offset")  # nobody can write to an expanded tensor


def _params(draw: Draw, grad: tuple[bool, ...] = (True,), data: Data = EXACT) -> list[Tensor]:
    """Up to two leaves that hold a gradient or not, as grad says, and one that does: *some* may have none."""
    holds = [*(draw.choice(grad) for _ in range(draw.integer(0, 2))), True]
    return [draw.tensor(draw.choice(SHAPES), requires_grad=True, grad=g, data=data) for g in holds]


def _step_terms(params: list[Tensor], lr: float) -> list[Tensor]:
    """The absolute terms of each param after a step; no number of FLOAT, so no gradient, is larger than 50."""
    return [param.detach().abs() + lr * 50 for param in params]


def _params_with(*has_gradient: bool) -> Strategy:
    """One leaf for each entry, of distinct shapes; the entry says whether it holds a gradient."""
    shapes = (("n",), ("n", "m"), ("m",))
    return built(
        lambda draw: [
            draw.tensor(shape, requires_grad=True, grad=g)
            for shape, g in zip(shapes, has_gradient, strict=False)
        ]
    )


sgd_update = autograd.exercise("sgd_update", params=built(_params), lr=choice(*RATES))


@sgd_update.check(
    points="1",
    essential=True,
    edges=[edge(params=_params_with(True)), edge(params=_params_with(True, True), lr=0.25)],
)
def moves_every_param_against_its_gradient(impl: Any, params: list[Tensor], lr: float) -> Any:
    "Each of the tensors given is afterwards lr times its gradient lower."
    given = list(params)
    impl.sgd_update(params, lr)
    return [param.detach() for param in given]


@sgd_update.check(
    points="0.2",
    params=built(lambda draw: _params(draw, (False, True))),
    edges=[edge(params=_params_with(False, True)), edge(params=_params_with(True, False, True))],
    cases=FEW,
)
def skips_params_without_a_gradient(impl: Any, params: list[Tensor], lr: float) -> Any:
    "A param whose `.grad` is None took no part in the loss: it stays as it is, and the others still move."
    given = list(params)
    skipped = [param for param in params if param.grad is None]
    impl.sgd_update(params, lr)
    return {
        "params": [param.detach() for param in given],
        "those skipped require grad": [param.requires_grad for param in skipped],
    }


@sgd_update.check(
    points="0.25",
    edges=[edge(params=_params_with(True)), edge(params=_params_with(True, True, True))],
    cases=FEW,
)
def resets_every_gradient(impl: Any, params: list[Tensor], lr: float) -> Any:
    "After the step every `.grad` is None or zero; otherwise the next backward adds to it."
    given = list(params)
    impl.sgd_update(params, lr)
    return {"reset": [param.grad is None or not bool(param.grad.any()) for param in given]}


@sgd_update.check(
    points="0.2", edges=[edge(params=_params_with(True)), edge(params=_params_with(True, True))], cases=FEW
)
def earlier_views_see_the_step(impl: Any, params: list[Tensor], lr: float) -> Any:
    "The step is taken in the memory that a param has, so a view made before the call shows the new values."
    views = [param.detach() for param in params]
    impl.sgd_update(params, lr)
    return views


@sgd_update.check(
    points="0.2", edges=[edge(params=_params_with(True)), edge(params=_params_with(True, True))], cases=FEW
)
def params_stay_the_same_trainable_leaves(impl: Any, params: list[Tensor], lr: float) -> Any:
    "The list holds the same tensor objects as before; they are leaves and still require grad."
    given = list(params)
    impl.sgd_update(params, lr)
    return {
        "same objects": len(params) == len(given)
        and all(now is then for now, then in zip(params, given, strict=True)),
        "leaves": [param.is_leaf for param in given],
        "require grad": [param.requires_grad for param in given],
    }


@sgd_update.check(
    points="0.1",
    params=built(lambda draw: _params(draw, data=FLOAT)),
    error=rounding(_step_terms, _a_few_terms),
    edges=[edge(params=_params_with(True, True), n=2, m=3, lr=0.5)],  # a matrix that no view can flatten
    layouts=IN_PLACE_LAYOUTS,
    dtypes=("float64", "float32"),
    cases=FEW,
)
def works_on_any_layout_and_dtype(impl: Any, params: list[Tensor], lr: float) -> Any:
    "Params may be transposed, strided or offset views of something larger, and float32 or float64."
    given = list(params)
    impl.sgd_update(params, lr)
    return [param.detach() for param in given]


sgd_update.promises(kit.leaves_torch_alone("0.05", cases=FEW))


# --- move_product -----------------------------------------------------------------------------------------

# The target has the sign of the product and the rate is far below what diverges, so that neither variable
# passes near zero and the contract's 1e-4 is a hundred times what float32 loses.
move_product = autograd.exercise(
    "move_product",
    var_1=choice(3.0, 1.0, 2.5, 0.75, 4.0),
    var_2=choice(4.0, 2.0, 1.25, 3.5, 0.5),
    target=choice(15.0, 6.0, 2.0, 20.0),
    lr=choice(3e-3, 1e-3, 5e-3),
    steps=integer(1, 12),
)

FOUR_DIGITS = within(relative=1e-4)  # the contract's own figure


def _number(value: Any) -> Any:
    """A one-element tensor as the number that it holds; anything else unchanged."""
    return value.item() if isinstance(value, Tensor) and value.numel() == 1 else value


@move_product.check(
    points="1",
    essential=True,
    error=FOUR_DIGITS,
    edges=[
        edge(var_1=3.0, var_2=4.0, target=15.0, lr=3e-3, steps=1),
        edge(var_1=3.0, var_2=4.0, target=15.0, lr=3e-3, steps=2),
        edge(var_1=2.5, var_2=1.25, target=6.0, lr=5e-3, steps=3),
        edge(var_1=-3.0, var_2=-4.0, target=15.0, lr=3e-3, steps=2),
        edge(var_1=3.0, var_2=-4.0, target=-7.5, lr=3e-3, steps=2),
        edge(var_1=3.0, var_2=4.0, target=15.0, lr=3e-3, steps=101),
    ],
)
def moves_both_numbers_step_by_step(
    impl: Any, var_1: float, var_2: float, target: float, lr: float, steps: int
) -> Any:
    "Each step goes against the gradient at the place where both numbers are now."
    moved = impl.move_product(var_1, var_2, target, lr, steps)
    return [_number(value) for value in moved] if isinstance(moved, list | tuple) else moved


@move_product.check(
    points="0.2", error=FOUR_DIGITS, steps=just(0), edges=[edge(var_1=3.0, var_2=4.0)], cases=FEW
)
def stays_where_it_began_for_no_step(
    impl: Any, var_1: float, var_2: float, target: float, lr: float, steps: int
) -> Any:
    "Without a step both numbers are returned as they were given."
    moved = impl.move_product(var_1, var_2, target, lr, steps)
    return [_number(value) for value in moved] if isinstance(moved, list | tuple) else moved


@move_product.check(
    points="0.25",
    error=FOUR_DIGITS,
    edges=[edge(var_1=3.0, var_2=4.0, target=15.0, lr=3e-3, steps=1)],
    cases=FEW,
)
def returns_python_floats(impl: Any, var_1: float, var_2: float, target: float, lr: float, steps: int) -> Any:
    "The result is a pair of Python floats, not of tensors."
    return impl.move_product(var_1, var_2, target, lr, steps)


move_product.promises(kit.leaves_torch_alone("0.05", cases=FEW))


# --- linear_gradients -------------------------------------------------------------------------------------


def _linear_scale(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """The absolute terms of both gradients, added up."""
    errors = x.abs() @ weight.abs() + bias.abs() + y.abs()[:, None]  # (n, 1): at most this much a row
    return 2 * x.abs().T @ errors / len(x), 2 * errors.mean(0)


LINEAR_ROUNDING = rounding(scale=_linear_scale, terms=lambda x, **_: x.shape[0] + x.shape[1])
LINEAR_EDGES = [
    edge(n=3, d=2),
    edge(n=2, d=3),
    edge(n=2, d=2),
    edge(n=1, d=2),
    edge(n=4, d=1),
    edge(n=1, d=1),
]

linear_gradients = autograd.exercise(
    "linear_gradients",
    x=tensor("n", "d"),
    y=tensor("n"),
    weight=tensor("d", 1, requires_grad=True),
    bias=tensor(1, requires_grad=True),
)


@linear_gradients.check(points="1", essential=True, error=LINEAR_ROUNDING, edges=LINEAR_EDGES)
def gives_the_gradients_for_weight_and_bias(
    impl: Any, x: Tensor, y: Tensor, weight: Tensor, bias: Tensor
) -> Any:
    "The gradients of the mean squared error, shaped like weight and like bias."
    return impl.linear_gradients(x, y, weight, bias)


LEAVES_WITH_GRADIENTS = {
    "weight": tensor("d", 1, requires_grad=True, grad=(False, True)),
    "bias": tensor(1, requires_grad=True, grad=(False, True)),
}


@linear_gradients.check(
    points="0.2",
    error=LINEAR_ROUNDING,
    weight=tensor("d", 1, **WITH_GRADIENT),
    bias=tensor(1, **WITH_GRADIENT),
    edges=LINEAR_EDGES[:2],
    cases=FEW,
)
def is_right_where_the_leaves_hold_gradients_already(
    impl: Any, x: Tensor, y: Tensor, weight: Tensor, bias: Tensor
) -> Any:
    "What weight and bias hold in their `.grad` is no part of your answer."
    return impl.linear_gradients(x, y, weight, bias)


linear_gradients.promises(
    kit.leaves_inputs_alone(
        "0.4",
        cases=FEW,
        **LEAVES_WITH_GRADIENTS,
        edges=[
            edge(n=3, d=2),
            edge(n=3, d=2, weight=tensor("d", 1, **WITH_GRADIENT), bias=tensor(1, **WITH_GRADIENT)),
        ],
    ),
    kit.any_layout("0.2", cases=FEW, error=LINEAR_ROUNDING),
    kit.keeps_dtype("0.15", cases=FEW, error=LINEAR_ROUNDING),
    kit.leaves_torch_alone("0.05", cases=FEW),
)


# --- zero_parameters --------------------------------------------------------------------------------------


def _layer(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """An `nn.Linear` with these values; `weight: (m, d)`, `bias: (m,)` or None."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device=weight.device)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer


def _values(parameter: Tensor | None) -> Any:
    return parameter.detach() if isinstance(parameter, Tensor) else parameter


def _zero(impl: Any, weight: Tensor, bias: Tensor | None) -> nn.Linear:
    layer = _layer(weight, bias)
    impl.zero_parameters(layer)
    return layer


LAYER_EDGES = [edge(m=2, d=3), edge(m=1, d=1)]

zero_parameters = autograd.exercise("zero_parameters", call=_zero, weight=tensor("m", "d"), bias=tensor("m"))


@zero_parameters.check(points="0.4", essential=True, edges=LAYER_EDGES)
def weight_and_bias_are_zero(impl: Any, weight: Tensor, bias: Tensor | None) -> Any:
    "Both the weight and the bias of the layer are zero afterwards, in the shapes that they had."
    layer = _zero(impl, weight, bias)
    return {"weight": _values(layer.weight), "bias": _values(layer.bias)}


@zero_parameters.check(points="0.1", bias=just(None), edges=LAYER_EDGES, cases=FEW)
def works_for_a_layer_without_bias(impl: Any, weight: Tensor, bias: Tensor | None) -> Any:
    "A layer made with bias=False has None for its bias: the weight is zeroed, and there is still no bias."
    layer = _zero(impl, weight, bias)
    return {
        "weight": _values(layer.weight),
        "bias": _values(layer.bias),
        "gradients are recorded": torch.is_grad_enabled(),  # where an exception is caught on the way, too
    }


@zero_parameters.check(points="0.15", edges=LAYER_EDGES, cases=FEW)
def parameters_stay_the_same_objects(impl: Any, weight: Tensor, bias: Tensor | None) -> Any:
    "An optimizer made before holds the layer's Parameters; they are still the layer's afterwards."
    layer = _layer(weight, bias)
    before = layer.weight, layer.bias
    impl.zero_parameters(layer)
    return {"same weight": layer.weight is before[0], "same bias": layer.bias is before[1]}


@zero_parameters.check(points="0.1", edges=LAYER_EDGES, cases=FEW)
def parameters_still_require_grad(impl: Any, weight: Tensor, bias: Tensor | None) -> Any:
    "The layer can be trained afterwards as before."
    layer = _zero(impl, weight, bias)
    return {name: parameter.requires_grad for name, parameter in layer.named_parameters()}


@zero_parameters.check(points="0.15", edges=LAYER_EDGES, cases=FEW)
def earlier_views_see_the_zeros(impl: Any, weight: Tensor, bias: Tensor | None) -> Any:
    "The zeros are written into the memory that the parameters have, so a view made before shows them."
    layer = _layer(weight, bias)
    views = [parameter.detach() for parameter in layer.parameters()]
    impl.zero_parameters(layer)
    return views


zero_parameters.promises(kit.leaves_torch_alone("0.1", cases=FEW))


# --- minibatch_accumulated_gradient -----------------------------------------------------------------------


def _batch_scale(x: Tensor, y: Tensor, weight: Tensor, batch_size: int) -> Tensor:
    """The absolute terms of the gradient, added up."""
    return 2 * x.abs().T @ (x.abs() @ weight.abs() + y.abs()) / len(x)


BATCH_ROUNDING = rounding(scale=_batch_scale, terms=lambda x, **_: x.shape[0] + x.shape[1])


def _dividing(draw: Draw) -> int:
    """A batch size that divides the number of rows."""
    rows = draw.dims["n"]
    return int(draw.choice([size for size in range(1, rows + 1) if rows % size == 0]))


def _leaving_a_tail(draw: Draw) -> int:
    """A batch size after which a smaller last batch is left; there are at least three rows."""
    rows = draw.dims["n"]
    return int(draw.choice([size for size in range(2, rows) if rows % size]))


def _rows(low: int, high: int) -> Strategy:
    """x with low to high rows."""
    return built(lambda draw: draw.tensor((draw.size("n", low, high), "d")))


minibatch_accumulated_gradient = autograd.exercise(
    "minibatch_accumulated_gradient",
    x=_rows(1, 8),
    y=tensor("n"),
    weight=tensor("d"),
    batch_size=built(_dividing),
)


@minibatch_accumulated_gradient.check(
    points="1",
    essential=True,
    error=BATCH_ROUNDING,
    edges=[
        edge(n=4, d=3, batch_size=2),
        edge(n=2, d=3, batch_size=1),
        edge(n=6, d=2, batch_size=2),
        edge(n=3, d=2, batch_size=3),
        edge(n=1, d=1, batch_size=1),
    ],
)
def gives_the_gradient_over_all_rows(impl: Any, x: Tensor, y: Tensor, weight: Tensor, batch_size: int) -> Any:
    "The gradient of the mean squared error over all rows, however they are divided into batches."
    return impl.minibatch_accumulated_gradient(x, y, weight, batch_size)


@minibatch_accumulated_gradient.check(
    points="0.5",
    error=BATCH_ROUNDING,
    x=_rows(3, 8),
    batch_size=built(_leaving_a_tail),
    edges=[edge(n=3, d=2, batch_size=2), edge(n=5, d=2, batch_size=2), edge(n=5, d=1, batch_size=4)],
)
def a_smaller_last_batch_counts_row_by_row(
    impl: Any, x: Tensor, y: Tensor, weight: Tensor, batch_size: int
) -> Any:
    "Where the last batch is smaller, each of its rows counts as much as any other row."
    return impl.minibatch_accumulated_gradient(x, y, weight, batch_size)


@minibatch_accumulated_gradient.check(
    points="0.1",
    error=BATCH_ROUNDING,
    x=_rows(1, 4),
    batch_size=built(lambda draw: draw.dims["n"] + draw.integer(1, 3)),
    edges=[edge(n=3, d=2), edge(n=1, d=2)],
    cases=FEW,
)
def one_batch_may_hold_everything(impl: Any, x: Tensor, y: Tensor, weight: Tensor, batch_size: int) -> Any:
    "Where there are fewer rows than a batch holds, the first batch is also the last, and smaller."
    return impl.minibatch_accumulated_gradient(x, y, weight, batch_size)


minibatch_accumulated_gradient.promises(
    kit.leaves_inputs_alone("0.2", cases=FEW, edges=[edge(n=3, d=2, batch_size=2)]),
    kit.any_layout("0.1", cases=FEW, error=BATCH_ROUNDING),
    kit.keeps_dtype("0.05", cases=FEW, error=BATCH_ROUNDING),
    kit.leaves_torch_alone("0.05", cases=FEW),
)
