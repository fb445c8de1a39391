"""Assignment tensors: making, combining, shaping and reading tensors.

Replace each `raise NotImplementedError` by your own code. What each exercise asks is said below and, with a
worked example, in the hand-out (README.md). Helpers of your own are welcome; leave names and parameters as
they are.

Three rules hold everywhere: tensors hold float32 or float64, and int64 where "also int64" is said; the
result has the dtype and lies on the device of the tensors given; and those tensors are afterwards as they
were before. All sizes are at least 1 unless "sizes may be 0" is said.
"""

import numpy as np  # noqa: F401
import torch

# --- making tensors ---


def from_lists(rows, dtype=torch.float32):
    """Make a tensor out of Python numbers.

    rows: a number, a list of numbers, or a list of equally long lists of numbers.
    dtype: torch.float32, torch.float64, torch.int64 or torch.bool; the numbers fit it, but may be of another
        type (whole numbers where floats are asked).
    Returns a tensor of that dtype, nested like rows: of shape (), (n,) or (n, m).
    """
    raise NotImplementedError


def blank(shape, fill, dtype=torch.float32):
    """Make a tensor with the same number in every place.

    shape: a tuple of ints, () included; sizes may be 0. fill: a number that fits the dtype.
    Returns a tensor of that shape and dtype.
    """
    raise NotImplementedError


def counting(rows, cols):
    """Make the table of the numbers 1, 2, 3, ... in reading order: along the first row, then the second ...

    rows, cols: ints, at least 1.
    Returns an int64 tensor of shape (rows, cols).
    """
    raise NotImplementedError


# --- element by element, and broadcasting ---


def shift_and_scale(x, shift, scale):
    """Add `shift` to every element and multiply what comes out by `scale`.

    x: any shape, () included; also int64 (then shift and scale are ints); sizes may be 0.
    shift, scale: Python numbers.
    Returns a tensor of x's shape.
    """
    raise NotImplementedError


def pairwise_sum(a, b):
    """Add every element of `a` to every element of `b`.

    a: (n,). b: (m,). Also int64; sizes may be 0.
    Returns a tensor of shape (n, m) with a[i] + b[j] in row i and column j.
    """
    raise NotImplementedError


def broadcast_shape(left, right):
    """Say which shape comes out when tensors of these two shapes are combined element by element.

    left, right: tuples of ints, of any lengths; sizes may be 0.
    Returns the broadcast shape as a tuple of ints.
    Raises ValueError if the two shapes don't fit.
    """
    raise NotImplementedError


def matrix_product(a, b):
    """Multiply matrices, or batches of matrices.

    a: (*batch_a, n, k). b: (*batch_b, k, m). Also int64; sizes may be 0.
    The batch dimensions, none or more, broadcast.
    Returns a tensor of shape (*batch, n, m).
    """
    raise NotImplementedError


def batched_outer(u, v):
    """Form the outer product of each row of `u` with the row of `v` at the same position.

    u: (B, n). v: (B, m). Also int64; sizes may be 0.
    Returns a tensor of shape (B, n, m) with u[k, i] * v[k, j] at [k, i, j].
    """
    raise NotImplementedError


# --- shapes and memory ---


def to_batches(x, batch_size):
    """Group consecutive rows into batches.

    x: (n, *rest); also int64. batch_size: an int, at least 1.
    Returns a tensor of shape (n / batch_size, batch_size, *rest), the rows in their order.
    Raises ValueError if batch_size does not divide n.
    """
    raise NotImplementedError


def swap_first_two(x):
    """Exchange the first two dimensions.

    x: (b, s, *rest); also int64; sizes may be 0.
    Returns a tensor of shape (s, b, *rest) with x[i, j] at [j, i].
    """
    raise NotImplementedError


def flat_view(x):
    """See x as one long row, in x's own memory.

    x: also int64.
    Returns a 1-D tensor with x's elements in row-major order (the last index runs fastest) that shares memory
    with x.
    Raises RuntimeError if x's memory can't be seen that way.
    """
    raise NotImplementedError


def flat_copy(x):
    """Copy x into one long row.

    x: also int64; sizes may be 0.
    Returns a 1-D tensor with x's elements in row-major order (the last index runs fastest) that never shares
    memory with x.
    """
    raise NotImplementedError


# --- NumPy ---


def from_numpy_copy(array):
    """Make a tensor out of a NumPy array, with memory of its own.

    array: a NumPy array of dtype float32, float64, int32 or int64 and any shape, () included.
    Returns a tensor of the same dtype, shape and values. Later changes of one are not seen in the other.
    """
    raise NotImplementedError


def from_numpy_shared(array):
    """Make a tensor that uses the memory of a NumPy array.

    array: a writable NumPy array of dtype float32, float64, int32 or int64 and any shape, () included.
    Returns a tensor of the same dtype, shape and values. Later changes of one are seen in the other.
    """
    raise NotImplementedError


def to_numpy(x):
    """Turn a tensor into a NumPy array.

    x: on any device, with or without requires_grad; also int64; sizes may be 0.
    Returns a NumPy array of the same dtype, shape and values. It may share x's memory or not.
    """
    raise NotImplementedError


# --- sums and means ---


def sum_over(x, dim):
    """Sum over one dimension, which disappears.

    x: at least one dimension; also int64; sizes may be 0. dim: an int; negative ones count from the end.
    Returns a tensor with one dimension less.
    """
    raise NotImplementedError


def grand_total(x):
    """Sum all elements.

    x: also int64; sizes may be 0.
    Returns a Python float.
    """
    raise NotImplementedError


def row_average(x):
    """Average each row.

    x: (n, d).
    Returns a tensor of shape (n,).
    """
    raise NotImplementedError


def column_average(x):
    """Average each column.

    x: (n, d).
    Returns a tensor of shape (d,).
    """
    raise NotImplementedError


def channel_means(images):
    """Average each channel over all images and all pixels.

    images: (B, C, H, W): B images with C channels of H by W pixels.
    Returns a tensor of shape (C,).
    """
    raise NotImplementedError


# --- indexing ---


def first_item(x):
    """Take the first item along the first dimension, which disappears.

    x: (n, *rest); also int64.
    Returns a tensor of shape rest.
    """
    raise NotImplementedError


def first_column(x):
    """Take the first entry along the second dimension, which disappears.

    x: (n, m, *rest); also int64.
    Returns a tensor of shape (n, *rest).
    """
    raise NotImplementedError


def corner_of_each(x):
    """Take the top left element of each matrix in a stack of matrices.

    x: (n, a, b); also int64.
    Returns a tensor of shape (n,).
    """
    raise NotImplementedError


def leading_rows(x, count):
    """Take the first `count` rows, or all of them if there are fewer.

    x: (n, d); also int64; sizes may be 0. count: an int, at least 0.
    Returns a tensor with these rows.
    """
    raise NotImplementedError


def pick_rows(x, indices):
    """Take the rows with the given numbers, in the given order.

    x: (n, d); also int64. indices: a list of row numbers that x has, in any order; the same one may occur
    several times, negative ones count from the end, and the list may be empty.
    Returns a tensor with one row for each number in the list.
    """
    raise NotImplementedError


def to_scalar(x):
    """Take the one number out of a tensor.

    x: any shape, () included; also int64.
    Returns a Python int for an int64 tensor, a Python float for any other.
    Raises ValueError unless x has exactly one element.
    """
    raise NotImplementedError


# --- sequences of unequal length ---


def pad_sequences(sequences, pad_value=0):
    """Put sequences of unequal length into the rows of one tensor, shorter ones filled up on the right.

    sequences: a list of at least one 1-D tensor, all of one dtype; also int64. Some may have length 0.
    pad_value: the number to fill up with; it fits the dtype.
    Returns a tensor of shape (number of sequences, length of the longest) and of the same dtype.
    """
    raise NotImplementedError
