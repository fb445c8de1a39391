"""The checks of the assignment `tensors`.

Data are exact wherever an exercise computes something (quarters and small whole numbers, whose sums and
products have no rounding in float32), so that every order of operations gives the same bits. Averages and
decimal numbers are compared with a rounding error bound instead.

Each exercise has one essential check, on plain float32 tensors without sizes of 0. Dtypes, memory layouts,
empty tensors and good manners are checks of their own. They take the plainest inputs that show their point,
so that a forgotten case costs its own points and no others.
"""

from __future__ import annotations

from typing import Any, SupportsFloat

import numpy as np
import torch

from grader import kit
from grader.exercise import Assignment, Promise, rounding
from grader.strategies import (
    EXACT,
    FLOAT,
    Data,
    Draw,
    Edge,
    Strategy,
    array,
    built,
    choice,
    edge,
    integer,
    just,
    tensor,
)

tensors = Assignment("tensors", title="Tensors")

SOME = 24  # cases where one idea is looked at: a dtype, a layout, a kind of input
FEW = 8  # cases where the first one tells nearly everything

AT_LEAST_A_MATRIX = tensor("n", "d", "*rest", sides=(2, 4))  # what can be transposed

ANY_FLOAT = choice(torch.float64, torch.float32)

QUARTERS = choice(0.5, -1.5, 2.0, 0.25, -3.0, 1.0)


def repeatable(*refused: Edge, **options: Any) -> tuple[Promise, ...]:
    """Nothing is remembered, and torch's global settings stay, also where what is `refused` raises an error."""
    return (
        kit.same_answer_twice("0.05", cases=FEW, **options),
        kit.leaves_torch_alone("0.05", cases=FEW, edges=refused),
    )


def manners(leaves: str, *refused: Edge, **options: Any) -> tuple[Promise, ...]:
    """What nearly every exercise promises besides its answer; options are for the second call."""
    return kit.leaves_inputs_alone(leaves, cases=SOME), *repeatable(*refused, **options)


def empty(points: str, *edges: Edge, **options: Any) -> Promise:
    """Sizes of 0: such a tensor has a shape and a dtype like any other.

    The edges are float32; where strategies are given, they draw further small tensors of the dtypes given.
    """
    text = "A tensor with a size of 0 holds no elements, but it has a shape and a dtype like any other."
    cases = SOME if "dtypes" in options else len(edges)
    return kit.edge_cases(points, "handles_sizes_of_zero", text, *edges, cases=cases, **options)


def maybe_empty(*shape: str) -> Strategy:
    """A tensor with sizes from 0 to 2."""
    return tensor(*shape, sides=(0, 2))


FLOATS = ("float32", "float64")
EVERY_DTYPE = ("float32", "int64", "float64")


def whole_numbers(points: str, **options: Any) -> Promise:
    """int64 in, int64 out."""
    promise = kit.keeps_dtype(points, dtypes=("int64",), cases=SOME, **options)
    text = "int64 tensors give an int64 answer, with the same rules as for floats."
    return Promise("works_on_whole_numbers", text, promise.points, promise.make, promise.options)


def moves_every_digit(points: str, **inputs: Strategy) -> Promise:
    """float64 and int64 stay what they are. Decimals show who goes through float32 and back again."""
    return kit.keeps_dtype(points, dtypes=("float64", "int64"), cases=SOME, **inputs)


def values_of(result: Any) -> Any:
    """A tensor's values without its dtype, for a check that leaves the dtype to another one."""
    return result.double() if isinstance(result, torch.Tensor) else result


# --- from_lists ---------------------------------------------------------------------------------------------

WHOLE = [[3, 1, 2], [[1, 2, 3], [4, 5, 6]], [7], [[8], [9]], [[1, 2]]]
DECIMAL = [[0.1, 2.5, -3.3], [[0.1, 0.2, 0.3], [1.4, 1.5, 1.6]], [-0.7], [[0.3], [0.9]]]
BITS = [[True, False, True], [[True, False], [False, False], [True, True]], [1, 0, 0]]


def nested(numbers: list[Any], flattest: int = 0) -> Strategy:
    """A number, a list or a list of equally long lists, from `flattest` levels on, of these numbers."""

    def make(draw: Draw) -> Any:
        levels = draw.integer(flattest, 2)
        if levels == 0:
            return draw.choice(numbers)
        length = draw.size("length")
        if levels == 1:
            return [draw.choice(numbers) for _ in range(length)]
        return [[draw.choice(numbers) for _ in range(length)] for _ in range(draw.size("height"))]

    return built(make)


def fitting_dtype(draw: Draw) -> torch.dtype:
    """A dtype that the rows drawn before it fit."""
    first = draw.values["rows"]
    while isinstance(first, list):
        first = first[0]
    if isinstance(first, bool):
        return torch.bool
    if isinstance(first, int):
        return draw.choice((torch.float32, torch.float64, torch.int64))
    return draw.choice((torch.float64, torch.float32))


def of_each(numbers: list[Any]) -> list[Edge]:
    """One explicit case for each of these rows."""
    return [edge(rows=rows) for rows in numbers]


from_lists = tensors.exercise("from_lists", on_devices=False, rows=nested([0.5, -1.5, 2.25, 7.0], flattest=1))


@from_lists.check(
    points="0.5",
    essential=True,
    edges=[edge(rows=[0.5, 1.5, 2.5]), edge(rows=[[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]]), edge(rows=[0.5])],
)
def turns_numbers_into_a_tensor(impl, rows):
    "A list gives shape (n,), a list of lists (n, m); without a dtype, floats make float32."
    return impl.from_lists(rows)


@from_lists.check(points="0.1", rows=choice(0.5, -1.5, 2.25, 7.0), edges=of_each([2.5]), cases=FEW)
def makes_a_number_of_a_number(impl, rows):
    "A number that is in no list gives a tensor without dimensions: shape ()."
    return impl.from_lists(rows)


@from_lists.check(points="0.1", rows=nested([3, -7, 0, 12], flattest=1), edges=of_each(WHOLE), cases=SOME)
def makes_float32_of_whole_numbers(impl, rows):
    "Without a dtype the result is float32, also when all the numbers are whole."
    return impl.from_lists(rows)


@from_lists.check(
    points="0.15",
    rows=choice(nested([3, -7, 0, 12], 1), nested([0.1, -2.7, 31.3], 1), nested([True, False], 1)),
    dtype=built(fitting_dtype),
    edges=[
        *(edge(rows=rows, dtype=torch.int64) for rows in WHOLE[:3]),
        *(edge(rows=rows, dtype=torch.float64) for rows in WHOLE[:3] + DECIMAL),
        *(edge(rows=rows, dtype=torch.bool) for rows in BITS),
        *(edge(rows=rows, dtype=torch.float32) for rows in DECIMAL[:3]),
    ],
    cases=60,
)
def gives_the_dtype_asked_for(impl, rows, dtype):
    "The second argument decides the dtype: float32, float64, int64 or bool. In float64 all digits are kept."
    return impl.from_lists(rows, dtype)


# Whole numbers in the lists show who turns them into floats there; a dtype, who sets it as torch's default.
from_lists.promises(
    kit.leaves_inputs_alone(
        "0.05",
        cases=SOME,
        rows=choice(nested([3, -7, 0, 12], 1), nested([0.5, -1.5, 2.25, 7.0], 1)),
        edges=of_each([[0.5, 1.5, 2.5], [3, 1, 2], [[1, 2, 3], [4, 5, 6]]]),
    ),
    kit.same_answer_twice("0.05", cases=FEW),
    kit.leaves_torch_alone("0.05", cases=FEW, dtype=ANY_FLOAT),
)


# --- blank --------------------------------------------------------------------------------------------------


def shapes(low: int, high: int, sides: tuple[int, int] = (1, 4)) -> Strategy:
    """A tuple of `low` to `high` sizes."""
    return built(lambda draw: tuple(draw.size(f"side {i}", *sides) for i in range(draw.integer(low, high))))


blank = tensors.exercise(
    "blank",
    on_devices=False,
    shape=shapes(1, 3),
    fill=QUARTERS,
)


@blank.check(
    points="0.5",
    essential=True,
    edges=[
        edge(shape=(2, 3), fill=1.5),
        edge(shape=(4,), fill=-0.5),
        edge(shape=(2, 1, 3), fill=2.0),
        edge(shape=(1,), fill=0.0),
    ],
)
def fills_the_shape(impl, shape, fill):
    "A float32 tensor of that shape with the same number in every place."
    return impl.blank(shape, fill)


@blank.check(
    points="0.1",
    fill=integer(-9, 9),
    edges=[edge(shape=(2, 3), fill=7), edge(shape=(2,), fill=1), edge(shape=(), fill=7)],
    cases=SOME,
)
def makes_float32_of_a_whole_number(impl, shape, fill):
    "Without a dtype the result is float32, also when the fill is a whole number."
    return impl.blank(shape, fill)


@blank.check(
    points="0.15",
    fill=choice(7, 100, -2.5, 1),
    dtype=choice(torch.float64, torch.float32),
    edges=[
        edge(shape=(2, 3), fill=7, dtype=torch.float64),
        edge(shape=(3,), fill=0.1, dtype=torch.float64),
        edge(shape=(3,), fill=7, dtype=torch.float32),
        edge(shape=(4, 1), fill=0, dtype=torch.float64),
        edge(shape=(2, 0), fill=7, dtype=torch.float64),
        edge(shape=(), fill=7, dtype=torch.float64),
    ],
    cases=SOME,
)
def fills_with_the_dtype_asked_for(impl, shape, fill, dtype):
    "The third argument decides the dtype."
    return impl.blank(shape, fill, dtype)


@blank.check(points="0.1", shape=just(()), edges=[edge(fill=1.5)], cases=FEW)
def makes_a_single_number_of_the_empty_shape(impl, shape, fill):
    "The shape () belongs to a tensor without dimensions, which holds one number."
    return impl.blank(shape, fill)


blank.promises(
    empty("0.05", *(edge(shape=shape, fill=1.5) for shape in [(0,), (2, 0), (0, 3), (2, 0, 3)])),
    kit.same_answer_twice("0.05", cases=FEW),
    kit.leaves_torch_alone("0.05", cases=FEW, dtype=ANY_FLOAT),
)


# --- counting -----------------------------------------------------------------------------------------------


def whole_values_of(result: Any) -> Any:
    """Whole numbers as int64, whatever their dtype, so that the report shows the int64 that is asked for."""
    if not isinstance(result, torch.Tensor):
        return result
    whole = result.long()
    return whole if bool((whole == result).all()) else result


counting = tensors.exercise(
    "counting",
    on_devices=False,
    call=lambda impl, rows, cols: whole_values_of(impl.counting(rows, cols)),
    rows=integer(1, 6),
    cols=integer(1, 6),
)

TABLES = [
    edge(rows=2, cols=3),
    edge(rows=3, cols=3),
    edge(rows=1, cols=4),
    edge(rows=4, cols=1),
    edge(rows=5, cols=3),
]


@counting.check(points="0.65", essential=True, edges=TABLES)
def counts_from_one_row_by_row(impl, rows, cols):
    "1, 2, 3, … along the first row, then the second, up to rows · cols."
    return whole_values_of(impl.counting(rows, cols))


@counting.check(points="0.25", edges=TABLES, cases=SOME)
def counts_in_int64(impl, rows, cols):
    "The numbers are whole, so the dtype is int64."
    return impl.counting(rows, cols)


counting.promises(*repeatable())


# --- shift_and_scale ----------------------------------------------------------------------------------------

shift_and_scale = tensors.exercise(
    "shift_and_scale", x=tensor("n", "*rest"), shift=integer(-4, 4), scale=integer(-3, 3)
)


@shift_and_scale.check(
    points="0.5",
    essential=True,
    shift=QUARTERS,
    scale=QUARTERS,
    edges=[edge(n=3, rest=(), shift=1.0, scale=2.0), edge(n=2, rest=(3,), shift=-1, scale=3)],
)
def shifts_and_then_scales(impl, x, shift, scale):
    "Every element becomes (element + shift) · scale."
    return impl.shift_and_scale(x, shift, scale)


@shift_and_scale.check(
    points="0.1",
    x=tensor("*rest"),
    edges=[edge(rest=()), edge(rest=(1,)), edge(rest=(2, 1, 3)), edge(rest=(1, 2, 2, 2))],
    cases=SOME,
)
def works_on_any_shape(impl, x, shift, scale):
    "Elementwise means that the shape doesn't matter: a tensor without dimensions is shifted and scaled too."
    return impl.shift_and_scale(x, shift, scale)


shift_and_scale.promises(
    # Decimals: taking the shift off again would not bring them all back.
    kit.leaves_inputs_alone("0.1", cases=SOME, x=tensor("n", "*rest", data=FLOAT)),
    *repeatable(),
    kit.keeps_dtype(
        "0.05",
        cases=SOME,
        x=tensor("n", "*rest", data=FLOAT),
        shift=choice(0.1, -2.7, 3),  # 0.1 in a float32 tensor of one's own is another number
        scale=choice(0.3, -1.1, 2),
        error=rounding(lambda x, shift, scale: (x.abs() + abs(shift)) * abs(scale), lambda **_: 2),
    ),
    whole_numbers("0.05"),
    empty(
        "0.05",
        edge(n=0, rest=()),
        edge(n=0, rest=(3,)),
        edge(n=2, rest=(0,)),
        x=maybe_empty("n", "*rest"),
        dtypes=EVERY_DTYPE,
    ),
    kit.any_layout("0.05", x=AT_LEAST_A_MATRIX, cases=SOME),
)


# --- pairwise_sum -------------------------------------------------------------------------------------------

pairwise_sum = tensors.exercise("pairwise_sum", a=tensor("n"), b=tensor("m"))


@pairwise_sum.check(
    points="0.8",
    essential=True,
    edges=[edge(n=2, m=3), edge(n=3, m=3), edge(n=4, m=2), edge(n=1, m=4), edge(n=4, m=1), edge(n=1, m=1)],
)
def adds_every_pair(impl, a, b):
    "a[i] + b[j] is in row i and column j: a runs down the rows, b along the columns."
    return impl.pairwise_sum(a, b)


pairwise_sum.promises(
    *manners("0.1"),
    kit.keeps_dtype(
        "0.1",
        cases=SOME,
        a=tensor("n", data=FLOAT),
        b=tensor("m", data=FLOAT),
        error=rounding(lambda a, b: a.abs()[:, None] + b.abs(), lambda **_: 2),
    ),
    whole_numbers("0.1"),
    empty(
        "0.15",
        edge(n=0, m=3),
        edge(n=3, m=0),
        edge(n=0, m=0),
        a=maybe_empty("n"),
        b=maybe_empty("m"),
        dtypes=EVERY_DTYPE,
    ),
    kit.any_layout("0.15", cases=SOME),
)


# --- broadcast_shape ----------------------------------------------------------------------------------------


def partner(sizes: tuple[int, ...] = (1, 2, 3, 5)) -> Strategy:
    """A shape that broadcasts with the shape `left`."""

    def make(draw: Draw) -> tuple[int, ...]:
        left = draw.values["left"]
        right: list[int] = []
        for place in range(1, draw.integer(0, 4) + 1):  # counted from the right
            stretched = place > len(left) or left[-place] == 1
            right.insert(0, draw.choice(sizes if stretched else (left[-place], 1)))
        return tuple(right)

    return built(make)


def misfit(draw: Draw) -> tuple[int, ...]:
    """A shape that differs from `left`, in which no size is 1, in at least one place."""
    left = draw.values["left"]
    right = [draw.choice((1, size)) for size in left][-draw.integer(1, len(left)) :]
    place = draw.integer(1, len(right))
    right[-place] = left[-place] + draw.integer(1, 3)
    return tuple([draw.integer(1, 3)] * draw.integer(0, 1) + right)


def shape_found(impl: Any, left: tuple[int, ...], right: tuple[int, ...]) -> Any:
    """The answer with plain ints for sizes: a torch.Size, or a tuple of NumPy's ints, equals one of ints."""
    shape = impl.broadcast_shape(left, right)
    if not isinstance(shape, tuple | list):
        return shape
    return [int(size) if isinstance(size, SupportsFloat) and size == int(size) else size for size in shape]


broadcast_shape = tensors.exercise(
    "broadcast_shape", on_devices=False, left=shapes(0, 4), right=partner(), call=shape_found
)


@broadcast_shape.check(
    points="1",
    essential=True,
    edges=[
        edge(left=(3, 1), right=(1, 4)),
        edge(left=(2, 3), right=(3,)),
        edge(left=(3,), right=(2, 3)),
        edge(left=(3, 3), right=(3,)),
        edge(left=(), right=(2,)),
        edge(left=(5, 1, 4), right=(3, 1)),
        edge(left=(2, 1), right=(3, 1, 4)),
        edge(left=(100_000, 1), right=(1, 10)),
        edge(left=(1000, 1), right=(1000, 3)),
    ],
)
def finds_the_shape_of_the_result(impl, left, right):
    "Compared from the right; missing sizes count as 1; where two differ, the 1 is stretched to the other."
    return shape_found(impl, left, right)


@broadcast_shape.check(
    points="0.5",
    left=shapes(1, 3, sides=(2, 4)),
    right=built(misfit),
    edges=[
        edge(left=(2,), right=(3,)),
        edge(left=(2, 3), right=(2,)),
        edge(left=(2, 3), right=(3, 2)),
        edge(left=(4, 1), right=(3, 4)),
        edge(left=(2, 3), right=(4, 3)),
        edge(left=(0,), right=(2,)),
    ],
    cases=60,
)
def refuses_shapes_that_do_not_fit(impl, left, right):
    "A ValueError where two sizes differ and neither is 1."
    return shape_found(impl, left, right)


@broadcast_shape.check(
    points="0.4",
    left=shapes(1, 3, sides=(0, 2)),
    right=partner(sizes=(0, 1, 2)),
    edges=[
        edge(left=(0,), right=(1,)),
        edge(left=(1, 3), right=(0, 1)),
        edge(left=(2, 0), right=(1,)),
        edge(left=(0,), right=(0,)),
        edge(left=(3, 1, 2), right=(0, 2)),
    ],
    cases=60,
)
def handles_sizes_of_zero(impl, left, right):
    "0 is a size like any other: a 1 is stretched to it, and no other size fits."
    return shape_found(impl, left, right)


broadcast_shape.promises(*repeatable(edge(left=(2,), right=(3,))))


# --- matrix_product -----------------------------------------------------------------------------------------

BATCHES = [  # shapes of a and b: no broadcasting first, then a missing batch, a batch of 1, and both at once
    (("B", "n", "k"), ("B", "k", "m")),
    (("B", "C", "n", "k"), ("B", "C", "k", "m")),
    (("B", "n", "k"), ("k", "m")),
    (("n", "k"), ("B", "k", "m")),
    (("B", "n", "k"), (1, "k", "m")),
    ((1, "n", "k"), ("B", "k", "m")),
    (("B", "n", "k"), ("C", "B", "k", "m")),
    (("B", 1, "n", "k"), ("C", "k", "m")),
]


def batched(side: int, low: int, high: int) -> Strategy:
    """One side of a product of the kinds `low` to `high` in BATCHES."""
    return built(lambda draw: draw.tensor(BATCHES[draw.size("kind", low, high)][side], sides=(1, 3)))


def kinds(low: int, high: int) -> list[Edge]:
    """One explicit case with distinct sizes for each of these kinds."""
    return [edge(kind=kind, B=2, C=3, n=2, k=3, m=4) for kind in range(low, high + 1)]


matrix_product = tensors.exercise("matrix_product", a=tensor("n", "k"), b=tensor("k", "m"))


@matrix_product.check(
    points="0.75",
    essential=True,
    edges=[edge(n=2, k=3, m=4), edge(n=2, k=2, m=2), edge(n=1, k=3, m=1), edge(n=3, k=1, m=2)],
)
def multiplies_two_matrices(impl, a, b):
    "Entry [i, j] is the sum of row i of a times column j of b."
    return impl.matrix_product(a, b)


@matrix_product.check(points="0.15", a=batched(0, 0, 1), b=batched(1, 0, 1), edges=kinds(0, 1), cases=SOME)
def multiplies_batches_item_by_item(impl, a, b):
    "With the same batch dimensions on both sides, each matrix of a meets the one of b at the same position."
    return impl.matrix_product(a, b)


@matrix_product.check(points="0.15", a=batched(0, 2, 7), b=batched(1, 2, 7), edges=kinds(2, 7), cases=60)
def broadcasts_the_batch(impl, a, b):
    "Batch dimensions that are 1 or missing on one side are stretched to the other side's."
    return impl.matrix_product(a, b)


@matrix_product.check(points="0.05", a=batched(0, 0, 7), b=batched(1, 0, 7), edges=kinds(0, 7), cases=SOME)
def leaves_its_inputs_alone(impl, a, b):
    "What you are given is afterwards as it was before: the same values and the same shape, batched or not."
    kit.attempt(
        lambda: impl.matrix_product(a, b)
    )  # who can't multiply batches loses the points for that elsewhere
    return {"a": kit.state(a), "b": kit.state(b)}


@matrix_product.check(
    points="0.05",
    a=batched(0, 0, 7),
    b=batched(1, 0, 7),
    edges=kinds(0, 7),
    dtypes=("float64",),
    cases=SOME,
)
def keeps_the_dtype_of_batches(impl, a, b):
    "A product of float64 batches is float64, whether the batch is broadcast or not."
    product = kit.attempt(lambda: impl.matrix_product(a, b))
    return product.dtype if isinstance(product, torch.Tensor) else a.dtype


matrix_product.promises(
    *repeatable(),
    kit.keeps_dtype(
        "0.05",
        cases=SOME,
        a=tensor("n", "k", data=FLOAT),
        b=tensor("k", "m", data=FLOAT),
        error=rounding(lambda a, b: a.abs() @ b.abs(), lambda a, b: a.shape[1]),
    ),
    # Only on the CPU: torch has no integer product on CUDA.
    whole_numbers("0.05", on_devices=False),
    empty(
        "0.05",
        edge(n=0, k=2, m=3),
        edge(n=2, k=0, m=3),
        edge(n=2, k=3, m=0),
        a=maybe_empty("n", "k"),
        b=maybe_empty("k", "m"),
        dtypes=FLOATS,
    ),
    kit.any_layout("0.1", cases=SOME),
)


# --- batched_outer ------------------------------------------------------------------------------------------

batched_outer = tensors.exercise("batched_outer", u=tensor("B", "n"), v=tensor("B", "m"))


@batched_outer.check(
    points="0.65",
    essential=True,
    edges=[
        edge(B=2, n=3, m=4),
        edge(B=3, n=2, m=2),
        edge(B=2, n=2, m=2),
        edge(B=1, n=2, m=3),
        edge(B=3, n=1, m=1),
    ],
)
def one_outer_product_for_each_row(impl, u, v):
    "u[k, i] · v[k, j] is at [k, i, j]: the batch stays, u runs down the rows and v along the columns."
    return impl.batched_outer(u, v)


batched_outer.promises(
    *manners("0.1"),
    kit.keeps_dtype(
        "0.1",
        cases=SOME,
        u=tensor("B", "n", data=FLOAT),
        v=tensor("B", "m", data=FLOAT),
        error=rounding(lambda u, v: u.abs()[:, :, None] * v.abs()[:, None, :]),
    ),
    # Only on the CPU: the product may be written as one of matrices, and torch has no integer one on CUDA.
    whole_numbers("0.1", on_devices=False),
    empty(
        "0.1",
        edge(B=0, n=2, m=3),
        edge(B=2, n=0, m=3),
        edge(B=2, n=3, m=0),
        u=maybe_empty("B", "n"),
        v=maybe_empty("B", "m"),
        dtypes=FLOATS,
    ),
    kit.any_layout("0.1", cases=SOME),
)


# --- to_batches ---------------------------------------------------------------------------------------------


def rows_for_batches(draw: Draw, data: Data = EXACT) -> torch.Tensor:
    """A tensor with `count` times `size` rows."""
    n = draw.size("count", 1, 4) * draw.size("size", 1, 4)
    return draw.tensor((n, "*rest"), data=data, sides=(1, 3))


def not_a_divisor(draw: Draw) -> int:
    """A batch size that does not divide the number of rows, possibly larger than it."""
    n = len(draw.values["x"])
    return draw.choice([size for size in range(2, 2 * n + 2) if n % size != 0])


to_batches = tensors.exercise(
    "to_batches", x=built(rows_for_batches), batch_size=built(lambda draw: draw.size("size", 1, 4))
)


@to_batches.check(
    points="0.8",
    essential=True,
    edges=[
        edge(count=2, size=3, rest=()),
        edge(count=3, size=2, rest=(2,)),
        edge(count=2, size=2, rest=(2, 3)),
        edge(count=1, size=4, rest=(2,)),
        edge(count=4, size=1, rest=(2,)),
        edge(count=1, size=1, rest=(1,)),
    ],
)
def groups_neighbouring_rows(impl, x, batch_size):
    "The first batch_size rows make the first batch, the next ones the second; the other dimensions stay."
    return impl.to_batches(x, batch_size)


@to_batches.check(
    points="0.25",
    x=tensor("n", "*rest"),
    batch_size=built(not_a_divisor),
    edges=[
        edge(n=5, rest=(), batch_size=2),
        edge(n=3, rest=(2,), batch_size=2),
        edge(n=2, rest=(3,), batch_size=4),
        edge(n=5, rest=(), batch_size=3),  # two rows are left over
        edge(n=7, rest=(2,), batch_size=4),  # three
    ],
    cases=SOME,
)
def refuses_rows_that_do_not_fill_the_batches(impl, x, batch_size):
    "A ValueError if batch_size does not divide n; a batch_size larger than n never does."
    return impl.to_batches(x, batch_size)


to_batches.promises(
    *manners("0.1", edge(x=torch.ones(5), batch_size=2)),
    moves_every_digit("0.1", x=built(lambda draw: rows_for_batches(draw, FLOAT))),
    kit.any_layout("0.15", cases=SOME),
)


# --- swap_first_two -----------------------------------------------------------------------------------------

swap_first_two = tensors.exercise("swap_first_two", x=tensor("b", "s"))


@swap_first_two.check(
    points="0.5",
    essential=True,
    edges=[edge(b=2, s=3), edge(b=3, s=3), edge(b=1, s=4), edge(b=4, s=1), edge(b=1, s=1)],
)
def exchanges_rows_and_columns(impl, x):
    "In a matrix, x[i, j] is afterwards at [j, i]."
    return impl.swap_first_two(x)


@swap_first_two.check(
    points="0.15",
    x=tensor("b", "s", "d", "*rest", sides=(1, 4)),
    edges=[edge(b=2, s=3, d=4, rest=()), edge(b=2, s=2, d=2, rest=()), edge(b=2, s=3, d=4, rest=(5,))],
    cases=SOME,
)
def leaves_the_other_dimensions_in_place(impl, x):
    "Only the first two dimensions change places, whatever comes after them."
    return impl.swap_first_two(x)


swap_first_two.promises(
    *manners("0.05"),
    moves_every_digit("0.1", x=tensor("b", "s", data=FLOAT)),
    empty(
        "0.05",
        edge(b=0, s=3),
        edge(b=3, s=0),
        edge(b=0, s=0),
        x=maybe_empty("b", "s"),
        dtypes=EVERY_DTYPE,
    ),
    kit.any_layout("0.05", cases=SOME),
)


# --- flat_view ----------------------------------------------------------------------------------------------

flat_view = tensors.exercise("flat_view", x=tensor("n", "*rest"))


def written_both_ways(impl, x):
    """What x holds after a write into the result, and the result after a write into x."""
    flat = impl.flat_view(x)
    kit.write_through(flat)
    x_after = kit.snapshot(x)
    kit.write_through(x)
    return {"x after writing to the result": x_after, "the result after writing to x": kit.snapshot(flat)}


@flat_view.check(
    points="0.65",
    essential=True,
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=()), edge(n=2, rest=(3, 4)), edge(n=1, rest=(1,))],
)
def shows_the_elements_as_one_row(impl, x):
    "One dimension, the elements in row-major order: the last index runs fastest."
    return impl.flat_view(x)


@flat_view.check(
    points="0.15",
    layouts=("contiguous", "offset"),
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=())],
    cases=60,
)
def shares_memory(impl, x):
    "What is written into the result is seen in x, and the other way round."
    return written_both_ways(impl, x)


@flat_view.check(
    points="0.15",
    x=tensor("n", "d", "*rest", sides=(2, 4)),
    layouts=("transposed", "expanded"),
    dtypes=EVERY_DTYPE,
    edges=[edge(n=2, d=3, rest=())],
    cases=SOME,
)
def refuses_where_no_view_exists(impl, x):
    "A RuntimeError where the elements don't lie at equal steps in row-major order, as in a transpose."
    return impl.flat_view(x)


@flat_view.check(
    points="0.1", layouts=("strided",), edges=[edge(n=3, rest=()), edge(n=2, rest=(3,))], cases=SOME
)
def views_whatever_can_be_viewed(impl, x):
    "A tensor need not be contiguous to be seen as one row: its elements only have to lie at equal steps."
    return written_both_ways(impl, x)


flat_view.promises(
    *manners("0.05", edge(x=torch.ones(2, 3).T)),
    kit.keeps_dtype("0.05", dtypes=("float64", "int64"), cases=SOME),
)


# --- flat_copy ----------------------------------------------------------------------------------------------

flat_copy = tensors.exercise("flat_copy", x=tensor("n", "*rest"))


@flat_copy.check(
    points="0.5",
    essential=True,
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=()), edge(n=2, rest=(3, 4)), edge(n=1, rest=(1,))],
)
def puts_the_elements_into_one_row(impl, x):
    "One dimension, the elements in row-major order: the last index runs fastest."
    return impl.flat_copy(x)


flat_copy.promises(
    *manners("0.05"),
    kit.shares_no_memory(
        "0.15", cases=60, layouts=("contiguous", "transposed", "strided", "offset"), dtypes=EVERY_DTYPE
    ),
    kit.any_layout("0.1", x=AT_LEAST_A_MATRIX, cases=SOME),
    moves_every_digit("0.05", x=tensor("n", "*rest", data=FLOAT)),
    empty(
        "0.05",
        edge(n=0, rest=()),
        edge(n=0, rest=(3,)),
        edge(n=2, rest=(0,)),
        x=maybe_empty("n", "*rest"),
        dtypes=EVERY_DTYPE,
    ),
)


# --- from_numpy_copy, from_numpy_shared ---------------------------------------------------------------------

ARRAY_DTYPES = ("float32", "float64", "int64", "int32")


def slice_of(array: np.ndarray, part: str) -> np.ndarray:
    """The whole array, every other element of its last dimension, or its transpose."""
    return {"whole": array, "every other": array[..., ::2] if array.ndim else array, "transpose": array.T}[
        part
    ]


def after_writing(tensor: Any, array: np.ndarray) -> dict[str, Any]:
    """Tensor and array after 1 was added to every element of the array, and then of the tensor."""
    array += 1
    tensor_after = values_of(kit.snapshot(tensor))
    kit.write_through(tensor)
    return {
        "the tensor after writing to the array": tensor_after,
        "the array after writing to the tensor": array,
    }


PARTS = [
    edge(rest=(), part="whole"),
    edge(rest=(5,), part="every other"),
    edge(rest=(2, 3), part="transpose"),
]

from_numpy_copy = tensors.exercise(
    "from_numpy_copy", on_devices=False, array=array("n", "*rest", dtype=ARRAY_DTYPES)
)


@from_numpy_copy.check(
    points="0.4",
    essential=True,
    array=array("n", "*rest", dtype="float32"),
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=()), edge(n=1, rest=(1,))],
)
def holds_the_arrays_numbers(impl, array):
    "A tensor with the shape and the values of the array."
    return impl.from_numpy_copy(array)


@from_numpy_copy.check(points="0.15", edges=[edge(n=2, rest=(3,)), edge(n=3, rest=())], cases=60)
def has_memory_of_its_own(impl, array):
    "What is written into the array later is not seen in the tensor, nor the other way round."
    return after_writing(impl.from_numpy_copy(array), array)


@from_numpy_copy.check(
    points="0.05",
    array=array("*rest", dtype=ARRAY_DTYPES),
    part=choice("every other", "transpose", "whole"),
    edges=PARTS,
    cases=SOME,
)
def takes_slices_and_single_numbers(impl, array, part):
    "An array may be a slice or a transpose of another, or have no dimensions at all."
    part_of_array = slice_of(array, part)
    return after_writing(impl.from_numpy_copy(part_of_array), part_of_array)


from_numpy_copy.promises(
    kit.keeps_dtype("0.1", cases=SOME, array=array("*rest", dtype=ARRAY_DTYPES[1:], data=FLOAT)),
    kit.leaves_inputs_alone("0.025", cases=FEW),
    kit.leaves_torch_alone("0.025", cases=FEW),
)

from_numpy_shared = tensors.exercise(
    "from_numpy_shared", on_devices=False, array=array("n", "*rest", dtype=ARRAY_DTYPES)
)


@from_numpy_shared.check(
    points="0.4",
    essential=True,
    array=array("n", "*rest", dtype="float32"),
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=()), edge(n=1, rest=(1,))],
)
def shows_the_arrays_numbers(impl, array):
    "A tensor with the shape and the values of the array."
    return impl.from_numpy_shared(array)


@from_numpy_shared.check(points="0.15", edges=[edge(n=2, rest=(3,)), edge(n=3, rest=())], cases=60)
def uses_the_arrays_memory(impl, array):
    "What is written into the array later is seen in the tensor, and the other way round."
    return after_writing(impl.from_numpy_shared(array), array)


@from_numpy_shared.check(
    points="0.05",
    array=array("*rest", dtype=ARRAY_DTYPES),
    part=choice("every other", "transpose", "whole"),
    edges=PARTS,
    cases=SOME,
)
def shares_slices_and_single_numbers(impl, array, part):
    "An array may be a slice or a transpose of another, or have no dimensions: it is shared all the same."
    part_of_array = slice_of(array, part)
    return after_writing(impl.from_numpy_shared(part_of_array), part_of_array)


from_numpy_shared.promises(
    kit.keeps_dtype("0.1", cases=SOME, array=array("n", "*rest", dtype=ARRAY_DTYPES[1:], data=FLOAT)),
    kit.leaves_inputs_alone("0.025", cases=FEW),
    kit.leaves_torch_alone("0.025", cases=FEW),
)


# --- to_numpy -----------------------------------------------------------------------------------------------

to_numpy = tensors.exercise("to_numpy", x=tensor("n", "*rest"))


@to_numpy.check(
    points="0.5",
    essential=True,
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=()), edge(n=1, rest=(1,)), edge(n=2, rest=(1, 3))],
)
def holds_the_tensors_numbers(impl, x):
    "A NumPy array with the tensor's shape, dtype and values."
    return impl.to_numpy(x)


@to_numpy.check(
    points="0.15", x=tensor("n", "*rest", requires_grad=True), edges=[edge(n=2, rest=(3,))], cases=SOME
)
def takes_a_tensor_that_requires_grad(impl, x):
    "A tensor that requires grad has numbers too, be it a leaf (as x) or the result of a computation (as 1 · x)."
    return {"x": impl.to_numpy(x), "1 · x": impl.to_numpy(1 * x)}


to_numpy.promises(
    kit.keeps_dtype("0.1", dtypes=("float64", "int64"), x=tensor("n", "*rest", data=FLOAT), cases=SOME),
    empty(
        "0.05",
        edge(n=0, rest=()),
        edge(n=0, rest=(3,)),
        edge(n=2, rest=(0,)),
        x=maybe_empty("n", "*rest"),
        dtypes=EVERY_DTYPE,
    ),
    kit.any_layout("0.05", x=AT_LEAST_A_MATRIX, cases=SOME),
    kit.leaves_inputs_alone(
        "0.05", x=tensor("n", "*rest", requires_grad=(True, False), grad=(False, True)), cases=SOME
    ),
    *repeatable(),
)


# --- sum_over -----------------------------------------------------------------------------------------------


def dims(low: int, high: int) -> Strategy:
    """A dimension of x, in units of its rank: from -1 to 0 the negative ones, from 0 to 1 the others."""
    return built(lambda draw: draw.integer(low * draw.values["x"].ndim, high * draw.values["x"].ndim - 1))


sum_over = tensors.exercise("sum_over", x=tensor("n", "d"), dim=choice(0, 1))


@sum_over.check(
    points="0.5",
    essential=True,
    edges=[
        edge(n=2, d=3, dim=0),
        edge(n=2, d=3, dim=1),
        edge(n=3, d=3, dim=0),
        edge(n=1, d=4, dim=1),
        edge(n=4, d=1, dim=1),
    ],
)
def sums_over_the_given_dimension(impl, x, dim):
    "The dimension that you name is the one that disappears: for dim=0 a matrix (n, d) gives (d,)."
    return impl.sum_over(x, dim)


@sum_over.check(
    points="0.05",
    x=tensor("n", "*rest", sides=(1, 4)),
    dim=dims(0, 1),
    edges=[edge(n=3, rest=(), dim=0), edge(n=2, rest=(3, 4), dim=1), edge(n=2, rest=(3, 4), dim=2)],
    cases=SOME,
)
def works_for_any_number_of_dimensions(impl, x, dim):
    "A vector gives a tensor without dimensions, a tensor of three dimensions one of two."
    return impl.sum_over(x, dim)


@sum_over.check(
    points="0.1",
    x=tensor("n", "*rest", sides=(1, 4)),
    dim=dims(-1, 0),
    edges=[edge(n=2, rest=(3,), dim=-1), edge(n=2, rest=(3,), dim=-2), edge(n=2, rest=(3, 4), dim=-1)],
    cases=SOME,
)
def counts_negative_dimensions_from_the_end(impl, x, dim):
    "-1 is the last dimension, -2 the one before it."
    return impl.sum_over(x, dim)


sum_over.promises(
    *manners("0.05"),
    kit.keeps_dtype(
        "0.05",
        cases=SOME,
        x=tensor("n", "d", data=FLOAT),
        error=rounding(lambda x, dim: x.abs().sum(dim), lambda x, dim: x.shape[dim]),
    ),
    whole_numbers("0.05"),
    empty(
        "0.05",
        edge(n=0, d=3, dim=0),
        edge(n=0, d=3, dim=1),
        edge(n=3, d=0, dim=1),
        edge(n=3, d=0, dim=0),
        x=maybe_empty("n", "d"),
        dtypes=EVERY_DTYPE,
    ),
    kit.any_layout("0.05", cases=SOME),
)


# --- grand_total --------------------------------------------------------------------------------------------


def number_in(result: Any) -> Any:
    """The float in a number, a NumPy number or a tensor without dimensions; anything else unchanged."""
    plain = isinstance(result, int | float | np.number) or (
        isinstance(result, torch.Tensor) and result.ndim == 0
    )
    return float(result) if plain else result


grand_total = tensors.exercise(
    "grand_total", call=lambda impl, x: number_in(impl.grand_total(x)), x=tensor("n", "*rest")
)


@grand_total.check(
    points="0.5",
    essential=True,
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=()), edge(n=1, rest=(1,)), edge(n=2, rest=(3, 4))],
)
def adds_up_all_elements(impl, x):
    "One sum, over all dimensions."
    return number_in(impl.grand_total(x))


@grand_total.check(points="0.1", edges=[edge(n=2, rest=(3,))], cases=SOME, dtypes=("float32", "float64"))
def gives_a_python_float(impl, x):
    "A Python float, neither a tensor nor a NumPy number."
    return impl.grand_total(x)


@grand_total.check(points="0.1", edges=[edge(n=2, rest=(3,))], cases=SOME, dtypes=("int64",))
def gives_a_float_for_whole_numbers_too(impl, x):
    "The sum of an int64 tensor is a Python float as well."
    return impl.grand_total(x)


@grand_total.check(
    points="0.05",
    x=tensor("n", "*rest", data=FLOAT),
    dtypes=("float64",),
    error=rounding(lambda x: x.abs().sum(), lambda x: x.numel()),
    edges=[edge(n=2, rest=(3,)), edge(n=3, rest=())],
    cases=SOME,
)
def loses_no_digits_of_float64(impl, x):
    "A Python float has as many digits as float64, so none need be lost on the way."
    return number_in(impl.grand_total(x))


@grand_total.check(
    points="0.05",
    x=maybe_empty("n", "*rest"),
    edges=[edge(n=0, rest=()), edge(n=0, rest=(3,)), edge(n=2, rest=(0,))],
    dtypes=EVERY_DTYPE,
    cases=SOME,
)
def the_sum_of_no_numbers_is_a_float(impl, x):
    "The sum of no numbers is 0.0, of a float tensor a float as ever."
    total = impl.grand_total(x)
    started_from_an_int = type(total) is int and x.is_floating_point()
    return total if started_from_an_int else number_in(total)


grand_total.promises(
    *manners("0.05"),
    kit.any_layout("0.05", x=AT_LEAST_A_MATRIX, cases=SOME),
)


# --- row_average, column_average, channel_means -------------------------------------------------------------

MATRICES = [edge(n=2, d=3), edge(n=3, d=3), edge(n=4, d=2), edge(n=1, d=4), edge(n=4, d=1), edge(n=1, d=1)]

of_rows = rounding(lambda x: x.abs().mean(1), lambda x: x.shape[1])
row_average = tensors.exercise("row_average", x=tensor("n", "d"))


@row_average.check(points="0.6", essential=True, edges=MATRICES, error=of_rows)
def averages_every_row(impl, x):
    "One number for each row: the sum of its entries divided by how many they are."
    return impl.row_average(x)


row_average.promises(
    *manners("0.1", error=of_rows),
    kit.keeps_dtype("0.1", x=tensor("n", "d", data=FLOAT), cases=SOME, error=of_rows),
    kit.any_layout("0.1", cases=SOME, error=of_rows),
)

of_columns = rounding(lambda x: x.abs().mean(0), lambda x: x.shape[0])
column_average = tensors.exercise("column_average", x=tensor("n", "d"))


@column_average.check(points="0.6", essential=True, edges=MATRICES, error=of_columns)
def averages_every_column(impl, x):
    "One number for each column: the sum of its entries divided by how many they are."
    return impl.column_average(x)


column_average.promises(
    *manners("0.1", error=of_columns),
    kit.keeps_dtype("0.1", x=tensor("n", "d", data=FLOAT), cases=SOME, error=of_columns),
    kit.any_layout("0.1", cases=SOME, error=of_columns),
)

of_channels = rounding(
    lambda images: images.abs().mean((0, 2, 3)), lambda images: images.numel() // images.shape[1]
)
channel_means = tensors.exercise("channel_means", images=tensor("B", "C", "H", "W", sides=(1, 4)))


@channel_means.check(
    points="0.75",
    essential=True,
    edges=[
        edge(B=2, C=3, H=2, W=4),
        edge(B=2, C=2, H=2, W=2),
        edge(B=1, C=3, H=2, W=2),
        edge(B=3, C=1, H=1, W=1),
        edge(B=1, C=1, H=2, W=3),
    ],
    error=of_channels,
)
def averages_every_channel(impl, images):
    "One number for each channel, over all the images and all their pixels."
    return impl.channel_means(images)


channel_means.promises(
    *manners("0.1", error=of_channels),
    kit.keeps_dtype(
        "0.15", images=tensor("B", "C", "H", "W", data=FLOAT, sides=(1, 4)), cases=SOME, error=of_channels
    ),
    kit.any_layout("0.15", cases=SOME, error=of_channels),
)


# --- first_item, first_column, corner_of_each ---------------------------------------------------------------

first_item = tensors.exercise("first_item", x=tensor("n", "*rest", sides=(2, 5)))


@first_item.check(
    points="0.4",
    essential=True,
    edges=[
        edge(n=2, rest=(3,)),
        edge(n=3, rest=()),
        edge(n=3, rest=(3,)),
        edge(n=2, rest=(3, 4)),
        edge(n=1, rest=(3,)),
    ],
)
def takes_the_first_item(impl, x):
    "The first dimension disappears: of a matrix it is a row, of a vector a tensor of shape ()."
    return impl.first_item(x)


@first_item.check(
    points="0.05", x=tensor("n", 1, "*rest"), edges=[edge(n=2, rest=()), edge(n=2, rest=(3,))], cases=SOME
)
def keeps_the_other_dimensions(impl, x):
    "Only the first dimension disappears. The others stay, whatever their size."
    return impl.first_item(x)


first_item.promises(
    *manners("0.05"),
    moves_every_digit("0.05", x=tensor("n", "*rest", sides=(2, 5), data=FLOAT)),
    kit.any_layout("0.05", x=AT_LEAST_A_MATRIX, cases=SOME),
)

first_column = tensors.exercise("first_column", x=tensor("n", "m", sides=(2, 5)))


@first_column.check(
    points="0.4",
    essential=True,
    edges=[edge(n=2, m=3), edge(n=3, m=3), edge(n=4, m=2), edge(n=3, m=1)],
)
def takes_the_first_column(impl, x):
    "Of a matrix, the first entry of every row, in one dimension."
    return impl.first_column(x)


@first_column.check(
    points="0.1",
    x=tensor("n", "m", "d", "*rest", sides=(2, 4)),
    edges=[edge(n=2, m=3, d=4, rest=()), edge(n=3, m=3, d=3, rest=()), edge(n=2, m=3, d=4, rest=(5,))],
    cases=SOME,
)
def works_with_more_dimensions(impl, x):
    "It is the second dimension that disappears, whatever comes after it."
    return impl.first_column(x)


@first_column.check(
    points="0.05",
    x=choice(tensor(1, "m"), tensor("n", "m", 1)),
    edges=[edge(m=3), edge(m=1), edge(x=tensor("n", "m", 1), n=2, m=3)],
    cases=SOME,
)
def keeps_dimensions_of_size_one(impl, x):
    "Only the second dimension disappears. The others stay, also where their size is 1."
    return impl.first_column(x)


first_column.promises(
    *manners("0.05"),
    moves_every_digit("0.05", x=tensor("n", "m", sides=(2, 5), data=FLOAT)),
    kit.any_layout("0.05", cases=SOME),
)

corner_of_each = tensors.exercise("corner_of_each", x=tensor("n", "a", "b"))


@corner_of_each.check(
    points="0.6",
    essential=True,
    edges=[
        edge(n=3, a=2, b=2),
        edge(n=2, a=3, b=4),
        edge(n=3, a=3, b=3),
        edge(n=1, a=2, b=3),
        edge(n=4, a=1, b=1),
    ],
)
def takes_the_top_left_of_each_item(impl, x):
    "One number from each item: the one in its first row and first column."
    return impl.corner_of_each(x)


corner_of_each.promises(
    *manners("0.1"),
    moves_every_digit("0.1", x=tensor("n", "a", "b", data=FLOAT)),
    kit.any_layout("0.1", cases=SOME),
)


# --- leading_rows -------------------------------------------------------------------------------------------


leading_rows = tensors.exercise(
    "leading_rows",
    x=tensor("n", "d", sides=(2, 5)),
    count=built(lambda draw: draw.integer(1, len(draw.values["x"]) - 1)),
)


@leading_rows.check(
    points="0.5",
    essential=True,
    edges=[
        edge(n=4, d=3, count=2),
        edge(n=3, d=3, count=1),
        edge(n=2, d=5, count=1),
        edge(n=5, d=1, count=4),
    ],
)
def takes_as_many_rows_as_asked(impl, x, count):
    "The first `count` rows, in their order."
    return impl.leading_rows(x, count)


@leading_rows.check(
    points="0.1",
    count=just(0),
    edges=[edge(n=3, d=2), edge(n=1, d=1)],
    dtypes=EVERY_DTYPE,
    cases=SOME,
)
def takes_no_rows_for_zero(impl, x, count):
    "For count 0 the result has no rows, but still all the columns: shape (0, d)."
    return impl.leading_rows(x, count)


@leading_rows.check(
    points="0.1",
    count=built(lambda draw: len(draw.values["x"]) + draw.integer(0, 3)),
    edges=[edge(n=2, d=3, count=5), edge(n=2, d=3, count=3), edge(n=2, d=3, count=2)],
    cases=SOME,
)
def takes_all_rows_where_there_are_fewer(impl, x, count):
    "All of them when count is the number of rows or larger."
    return impl.leading_rows(x, count)


leading_rows.promises(
    *manners("0.05"),
    moves_every_digit("0.05", x=tensor("n", "d", sides=(2, 5), data=FLOAT)),
    empty(
        "0.05",
        edge(n=0, d=3, count=0),
        edge(n=3, d=0, count=2),
        edge(n=0, d=3, count=2),
        x=maybe_empty("n", "d"),
        count=built(lambda draw: len(draw.values["x"])),
        dtypes=EVERY_DTYPE,
    ),
    kit.any_layout("0.05", cases=SOME),
)


# --- pick_rows ----------------------------------------------------------------------------------------------


def distinct_rows(draw: Draw) -> list[int]:
    """Some row numbers of x in any order, each once."""
    left = list(range(len(draw.values["x"])))
    return [left.pop(draw.integer(0, len(left) - 1)) for _ in range(draw.integer(1, len(left)))]


def repeated_rows(draw: Draw) -> list[int]:
    """Two or more row numbers of x, which may repeat."""
    return [draw.integer(0, len(draw.values["x"]) - 1) for _ in range(draw.integer(2, 5))]


def rows_from_either_end(draw: Draw) -> list[int]:
    """Some row numbers of x, each row once, some of them counted from the end."""
    return [draw.choice((number - len(draw.values["x"]), number)) for number in distinct_rows(draw)]


pick_rows = tensors.exercise("pick_rows", x=tensor("n", "d"), indices=built(distinct_rows))


@pick_rows.check(
    points="0.65",
    essential=True,
    edges=[
        edge(n=4, d=2, indices=[2, 0, 3]),
        edge(n=3, d=3, indices=[1, 2]),
        edge(n=3, d=2, indices=[2]),
        edge(n=2, d=4, indices=[1, 0]),
        edge(n=1, d=3, indices=[0]),
    ],
)
def picks_the_rows_in_the_order_of_the_list(impl, x, indices):
    "One row for each number, in the order of the list."
    return impl.pick_rows(x, indices)


@pick_rows.check(
    points="0.15",
    indices=built(repeated_rows),
    edges=[edge(n=3, d=2, indices=[1, 1]), edge(n=3, d=2, indices=[2, 0, 2, 2])],
    cases=SOME,
)
def picks_a_row_as_often_as_it_is_named(impl, x, indices):
    "A number that is in the list twice gives its row twice."
    return impl.pick_rows(x, indices)


@pick_rows.check(
    points="0.1",
    indices=built(rows_from_either_end),
    edges=[
        edge(n=3, d=2, indices=[-1]),
        edge(n=3, d=2, indices=[0, -2, -3]),
        edge(n=4, d=2, indices=[-1, 0, -3, 2]),
    ],
    cases=SOME,
)
def counts_negative_numbers_from_the_end(impl, x, indices):
    "-1 is the last row, -2 the one before it."
    return impl.pick_rows(x, indices)


@pick_rows.check(
    points="0.1",
    indices=just([]),
    edges=[edge(n=3, d=2), edge(n=1, d=1)],
    dtypes=EVERY_DTYPE,
    cases=SOME,
)
def picks_no_rows_for_an_empty_list(impl, x, indices):
    "An empty list gives a tensor without rows, but with all the columns: shape (0, d)."
    return impl.pick_rows(x, indices)


pick_rows.promises(
    kit.leaves_inputs_alone(
        "0.05",
        cases=SOME,
        indices=built(rows_from_either_end),
        edges=[edge(n=3, d=2, indices=[2, 0]), edge(n=3, d=2, indices=[0, -1])],
    ),
    *repeatable(),
    moves_every_digit("0.05", x=tensor("n", "d", data=FLOAT)),
    kit.any_layout("0.05", cases=SOME),
)


# --- to_scalar ----------------------------------------------------------------------------------------------

to_scalar = tensors.exercise("to_scalar", x=tensor(1))


@to_scalar.check(
    points="0.5",
    essential=True,
    x=tensor(1, data=FLOAT),
    dtypes=("float32", "float64"),
    edges=[edge(x=torch.tensor([2.5]))],
)
def takes_the_number_out(impl, x):
    "The one number in a float tensor, as a Python float."
    return impl.to_scalar(x)


@to_scalar.check(
    points="0.1",
    x=built(lambda draw: draw.tensor((1,) * draw.integer(0, 3))),
    edges=[edge(x=torch.tensor(2.5)), edge(x=torch.tensor([[2.5]])), edge(x=torch.tensor([[[-1.5]]]))],
    cases=SOME,
)
def takes_it_out_of_any_shape(impl, x):
    "One element can have any number of dimensions, even none: shapes (), (1,), (1, 1) …"
    return impl.to_scalar(x)


@to_scalar.check(points="0.1", dtypes=("int64",), edges=[edge(x=torch.tensor([7]))], cases=SOME)
def gives_an_int_for_an_integer_tensor(impl, x):
    "An int64 tensor gives a Python int."
    return impl.to_scalar(x)


@to_scalar.check(
    points="0.15",
    x=choice(
        tensor("m", sides=(2, 4)),
        tensor("n", "m", sides=(2, 3)),
        tensor(1, "m", sides=(2, 4)),
        tensor("m", 1, sides=(2, 4)),
    ),
    edges=[
        edge(x=torch.tensor([1.0, 2.0])),
        edge(x=torch.tensor([[1.0, 2.0]])),
        edge(x=torch.tensor([[1.0], [2.0]])),
    ],
    cases=SOME,
)
def refuses_several_elements(impl, x):
    "A ValueError for a tensor with more than one element, whatever its shape."
    return impl.to_scalar(x)


to_scalar.promises(*manners("0.05", edge(x=torch.ones(2))))


# --- pad_sequences ------------------------------------------------------------------------------------------


def of_lengths(*lengths: int) -> Strategy:
    """Sequences of these lengths."""
    return built(lambda draw: [draw.tensor((length,)) for length in lengths])


def ragged(shortest: int, data: Data = EXACT) -> Strategy:
    """One to four sequences, not all of length 0."""

    def make(draw: Draw) -> list[torch.Tensor]:
        lengths = [draw.integer(shortest, 5) for _ in range(draw.integer(1, 4))]
        if not any(lengths):
            lengths[-1] = 1
        return [draw.tensor((length,), data=data) for length in lengths]

    return built(make)


pad_sequences = tensors.exercise("pad_sequences", sequences=ragged(1))


@pad_sequences.check(
    points="0.75",
    essential=True,
    edges=[
        edge(sequences=of_lengths(2, 3, 1)),
        edge(sequences=of_lengths(3, 1)),
        edge(sequences=of_lengths(1, 4, 2, 4)),
        edge(sequences=of_lengths(3)),
    ],
)
def fills_up_the_shorter_ones_on_the_right(impl, sequences):
    "One row for each sequence, in their order, as long as the longest; zeros follow where a sequence ends."
    return impl.pad_sequences(sequences)


@pad_sequences.check(
    points="0.2",
    pad_value=choice(-1, 7, 0.5, -2.5),
    edges=[
        edge(sequences=of_lengths(2, 3, 1), pad_value=-1),
        edge(sequences=of_lengths(1, 3), pad_value=0.5),
    ],
    cases=SOME,
)
def fills_with_the_value_asked_for(impl, sequences, pad_value):
    "The second argument is the number to fill up with."
    return impl.pad_sequences(sequences, pad_value)


@pad_sequences.check(
    points="0.1",
    sequences=ragged(0),
    pad_value=choice(0, -1, 2),
    edges=[
        edge(sequences=of_lengths(2, 0, 1)),
        edge(sequences=of_lengths(0, 3)),
        edge(sequences=of_lengths(2, 0), pad_value=-1),
    ],
    cases=SOME,
)
def makes_a_row_of_a_sequence_of_length_zero(impl, sequences, pad_value):
    "A sequence without elements becomes a row that is all padding."
    return impl.pad_sequences(sequences, pad_value)


@pad_sequences.check(
    points="0.05",
    pad_value=choice(0.1, -2.7),
    edges=[edge(sequences=of_lengths(2, 3, 1))],
    dtypes=("float64",),
    cases=FEW,
)
def keeps_every_digit_of_the_pad_value(impl, sequences, pad_value):
    "Float64 sequences are filled up with all digits of the number that is asked for."
    padded = kit.attempt(lambda: impl.pad_sequences(sequences, pad_value))
    float64 = isinstance(padded, torch.Tensor) and padded.dtype == torch.float64
    return {
        "the padding has float32's digits": float64 and bool((padded == float(np.float32(pad_value))).any())
    }


pad_sequences.promises(
    *manners("0.1"),
    moves_every_digit("0.1", sequences=ragged(1, FLOAT)),
    kit.any_layout("0.1", cases=SOME),
)
