"""Model solutions of the assignment `tensors`: making, shaping, combining and reading tensors.

Written to be read. The shape of every intermediate result stands next to the line that makes it; the
letters are those of the hand-out. Everything works on float32 and float64 (and int64 where the hand-out
says so), on any device and for any memory layout, and leaves the tensors that it is given as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

Number = bool | int | float


# --- making tensors -----------------------------------------------------------------------------------------


def from_lists(rows: Number | Sequence[Any], dtype: torch.dtype = torch.float32) -> Tensor:
    """A tensor nested like `rows` (a number, a list, or a list of equally long lists), of the given dtype."""
    # Without dtype= the numbers would decide: Python ints make int64, Python floats the default dtype.
    return torch.tensor(rows, dtype=dtype)


def blank(shape: tuple[int, ...], fill: Number, dtype: torch.dtype = torch.float32) -> Tensor:
    """A tensor of the given shape with `fill` in every place; the shape `()` has a single place."""
    return torch.full(shape, fill, dtype=dtype)


def counting(rows: int, cols: int) -> Tensor:
    """The numbers 1 … rows·cols in reading order: int64 `(rows, cols)`."""
    # The end of arange is exclusive, so it has to be one more than the last number wanted.
    return torch.arange(1, rows * cols + 1).reshape(rows, cols)  # (rows·cols,) -> (rows, cols)


# --- elementwise operations and broadcasting ----------------------------------------------------------------


def shift_and_scale(x: Tensor, shift: float, scale: float) -> Tensor:
    """First add `shift` to every element, then multiply by `scale`; any shape."""
    # Both operators make a new tensor. `x += shift` would write into the caller's.
    return (x + shift) * scale


def pairwise_sum(a: Tensor, b: Tensor) -> Tensor:
    """Each element of `a` plus each of `b`: `(n,)`, `(m,)` -> `(n, m)`, `out[i, j] = a[i] + b[j]`."""
    return a[:, None] + b[None, :]  # (n, 1) + (1, m) -> (n, m): a runs down the rows, b along the columns


def broadcast_shape(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that tensors of the shapes `left` and `right` broadcast to; `ValueError` if they can't.

    Shapes are compared from the right. The shorter one is padded with ones on its left, then in every place
    the two sizes must be equal or one of them must be 1, and the other one wins. That is why 1 against 0
    gives 0.
    """
    rank = max(len(left), len(right))
    padded_left = (1,) * (rank - len(left)) + tuple(left)
    padded_right = (1,) * (rank - len(right)) + tuple(right)
    shape = []
    for size_left, size_right in zip(padded_left, padded_right, strict=True):
        if size_left != size_right and 1 not in (size_left, size_right):
            raise ValueError(f"{left} and {right} can't be broadcast: {size_left} against {size_right}")
        shape.append(size_right if size_left == 1 else size_left)
    return tuple(shape)


def matrix_product(a: Tensor, b: Tensor) -> Tensor:
    """Matrix product of the last two dimensions: `(*batch_a, n, k)`, `(*batch_b, k, m)` -> `(*batch, n, m)`.

    The batch dimensions broadcast as in any elementwise operation. The two `k` never do: they must be equal.
    """
    return a @ b


def batched_outer(u: Tensor, v: Tensor) -> Tensor:
    """An outer product a row: `(B, n)`, `(B, m)` -> `(B, n, m)`, `out[k, i, j] = u[k, i] * v[k, j]`."""
    return u[:, :, None] * v[:, None, :]  # (B, n, 1) * (B, 1, m) -> (B, n, m)


# --- shapes and memory --------------------------------------------------------------------------------------


def to_batches(x: Tensor, batch_size: int) -> Tensor:
    """Consecutive rows in groups: `(n, *rest)` -> `(n / batch_size, batch_size, *rest)`.

    Raises:
        ValueError: batch_size does not divide n.
    """
    n = x.shape[0]
    if n % batch_size != 0:
        raise ValueError(f"{n} rows can't be dealt into batches of {batch_size}")
    return x.reshape(n // batch_size, batch_size, *x.shape[1:])  # row-major order keeps neighbours together


def swap_first_two(x: Tensor) -> Tensor:
    """Exchange the first two dimensions: `(b, s, *rest)` -> `(s, b, *rest)`, `out[j, i] = x[i, j]`."""
    # reshape would give the same shape with the elements in their old order: a different tensor.
    return x.transpose(0, 1)


def flat_view(x: Tensor) -> Tensor:
    """The elements in row-major order as one dimension, in x's own memory.

    Raises:
        RuntimeError: x's elements don't lie in memory at equal steps in that order.
    """
    return x.view(-1)  # view never copies: it shares or raises


def flat_copy(x: Tensor) -> Tensor:
    """The elements in row-major order as one dimension, in memory of their own."""
    # reshape alone would share memory whenever it can; clone makes the copy certain.
    return x.reshape(-1).clone()


# --- NumPy --------------------------------------------------------------------------------------------------


def from_numpy_copy(array: np.ndarray) -> Tensor:
    """A tensor with the array's dtype and values and memory of its own."""
    return torch.tensor(array)  # torch.tensor always copies and, for an array, keeps its dtype


def from_numpy_shared(array: np.ndarray) -> Tensor:
    """A tensor over the array's own memory: a change of either is seen in both."""
    return torch.from_numpy(array)


def to_numpy(x: Tensor) -> np.ndarray:
    """A NumPy array with x's dtype and values, wherever x lives and whether or not it requires grad."""
    # detach gives a tensor without history, cpu one in memory that NumPy can read; neither changes x.
    return x.detach().cpu().numpy()


# --- sums and means -----------------------------------------------------------------------------------------


def sum_over(x: Tensor, dim: int) -> Tensor:
    """The sum that makes dimension `dim` disappear: `(…, d, …)` -> `(…, …)`; negative from the end."""
    return x.sum(dim)


def grand_total(x: Tensor) -> float:
    """The sum of all elements as a Python float."""
    return float(x.sum())  # x.sum(): (), and int64 for an int64 x, hence float() and not .item()


def row_average(x: Tensor) -> Tensor:
    """Mean of each row: `(n, d)` -> `(n,)`."""
    return x.mean(dim=1)  # dimension 1, of size d, disappears


def column_average(x: Tensor) -> Tensor:
    """Mean of each column: `(n, d)` -> `(d,)`."""
    return x.mean(dim=0)  # dimension 0, of size n, disappears


def channel_means(images: Tensor) -> Tensor:
    """Mean of each channel over all images and pixels: `(B, C, H, W)` -> `(C,)`."""
    return images.mean(dim=(0, 2, 3))  # everything but C disappears


# --- indexing -----------------------------------------------------------------------------------------------


def first_item(x: Tensor) -> Tensor:
    """The first item along the first dimension, which disappears: `(n, *rest)` -> `rest`."""
    return x[0]


def first_column(x: Tensor) -> Tensor:
    """The first entry along the second dimension, which disappears: `(n, m, *rest)` -> `(n, *rest)`."""
    return x[:, 0]


def corner_of_each(x: Tensor) -> Tensor:
    """The top-left element of each matrix in a stack: `(n, a, b)` -> `(n,)`."""
    return x[:, 0, 0]


def leading_rows(x: Tensor, count: int) -> Tensor:
    """The first `count` rows, or all of them where there are fewer."""
    return x[:count]  # the end of a range is exclusive and may lie beyond the last row


def pick_rows(x: Tensor, indices: list[int]) -> Tensor:
    """The rows with the given numbers, in the given order: `(n, d)`, k numbers -> `(k, d)`."""
    return x[indices]  # a list as index selects along the first dimension and always copies


def to_scalar(x: Tensor) -> int | float:
    """The one element of x as a Python number; `ValueError` unless there is exactly one."""
    if x.numel() != 1:
        raise ValueError(f"a tensor of shape {tuple(x.shape)} holds {x.numel()} elements, not 1")
    return x.item()


# --- sequences of unequal length ----------------------------------------------------------------------------


def pad_sequences(sequences: list[Tensor], pad_value: Number = 0) -> Tensor:
    """Stack 1-D tensors as rows, shorter ones filled up on the right: -> `(len(sequences), longest)`."""
    longest = max(len(sequence) for sequence in sequences)
    shape = (len(sequences), longest)
    padded = sequences[0].new_full(shape, pad_value)  # dtype and device are those of the sequences
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence  # row is a view of padded, so this writes into padded
    return padded
