"""Right answers to the exercises of `tensors` that look unlike the model solutions. Each must get full marks."""

import functools
import itertools
import math
import operator

import numpy as np
import torch
import torch.nn.functional as F

from grader.exercise import alternative


class ShapeBuilder:
    """A helper class, as some students like them: one size after the other."""

    def __init__(self):
        self.sizes = []

    def add(self, one, other):
        if one == other or other == 1:
            self.sizes.append(one)
        elif one == 1:
            self.sizes.append(other)
        else:
            raise IncompatibleShapes(one, other)


class IncompatibleShapes(ValueError):
    """An exception of one's own; it is a ValueError."""


def on_cpu_as_numpy(x):
    """The values as a NumPy array, wherever the tensor lives."""
    return x.detach().cpu().numpy()


def like(array, x):
    """A NumPy result as a tensor with the dtype and on the device of x."""
    return torch.as_tensor(np.ascontiguousarray(array) if np.ndim(array) else array).to(dtype=x.dtype, device=x.device)


# --- from_lists ---------------------------------------------------------------------------------------------


@alternative("from_lists")
def from_lists_through_numpy(rows, dtype=torch.float32):
    """Goes through a float64 NumPy array, which holds all the numbers exactly."""
    return torch.from_numpy(np.array(rows, dtype=np.float64)).to(dtype)


@alternative("from_lists")
def from_lists_by_hand(rows, dtype=torch.float32):
    """Allocates and fills with loops, one branch a level; prints on the way."""
    print("making a tensor of", rows)
    if not isinstance(rows, list):
        out = torch.zeros((), dtype=dtype)
        out.fill_(rows)
        return out
    if not isinstance(rows[0], list):
        out = torch.zeros(len(rows), dtype=dtype)
        for i in range(len(rows)):
            out[i] = rows[i]
        return out
    out = torch.zeros(len(rows), len(rows[0]), dtype=dtype)
    for i in range(len(rows)):
        for j in range(len(rows[0])):
            out[i, j] = rows[i][j]
    print("done:", out.shape)
    return out


@alternative("from_lists")
def from_lists_with_other_parameter_names(numbers, kind=torch.float32, **unused):
    """Other names for the parameters, and one more of them."""
    return torch.as_tensor(numbers, dtype=kind)


# --- blank --------------------------------------------------------------------------------------------------


@alternative("blank")
def blank_expanded(shape, fill, dtype=torch.float32):
    """One number, expanded to the shape: no memory for the others."""
    return torch.tensor(fill, dtype=dtype).expand(shape)


@alternative("blank")
def blank_from_a_flat_list(shape, fill, dtype=torch.float32):
    """As many copies of the number in a Python list, reshaped."""
    return torch.tensor([fill] * math.prod(shape), dtype=dtype).reshape(shape)


@alternative("blank")
def blank_filled_in_place(shape, fill, dtype=torch.float32):
    """Fresh memory, filled in place."""
    result = torch.empty(*shape, dtype=dtype) if shape else torch.empty((), dtype=dtype)
    result.fill_(fill)
    return result


# --- counting -----------------------------------------------------------------------------------------------


@alternative("counting")
def counting_with_two_loops(rows, cols):
    """Two loops and a counter."""
    table = torch.zeros((rows, cols), dtype=torch.int64)
    counter = 0
    for i in range(rows):
        for j in range(cols):
            counter += 1
            table[i, j] = counter
    return table


@alternative("counting")
def counting_by_running_sum(rows, cols):
    """The running sum of ones."""
    return torch.ones(rows * cols, dtype=torch.long).cumsum(0).view(rows, cols)


@alternative("counting")
def counting_by_broadcasting(rows, cols):
    """A column of row starts plus a row of steps; nothing is reshaped."""
    return torch.arange(0, rows * cols, cols).unsqueeze(1) + torch.arange(1, cols + 1)


# --- shift_and_scale ----------------------------------------------------------------------------------------


@alternative("shift_and_scale")
def shift_and_scale_multiplied_out(x, shift, scale):
    """The parentheses multiplied out."""
    return x * scale + shift * scale


@alternative("shift_and_scale")
def shift_and_scale_in_its_own_buffer(x, shift, scale):
    """Works in place, but on a copy of its own."""
    result = x.clone()
    result += shift
    result *= scale
    return result


@alternative("shift_and_scale")
def shift_and_scale_element_by_element(x, shift, scale):
    """A beginner's loop over a flat copy of the values."""
    flat = [(value + shift) * scale for value in x.reshape(-1).tolist()]
    return torch.tensor(flat, dtype=x.dtype, device=x.device).reshape(x.shape)


@alternative("shift_and_scale")
def shift_and_scale_in_float64(x, shift, scale):
    """Computes in float64 and converts back, also for whole numbers."""
    return ((x.to(torch.float64) + shift) * scale).to(x.dtype)


# --- pairwise_sum -------------------------------------------------------------------------------------------


@alternative("pairwise_sum")
def pairwise_sum_with_two_loops(a, b):
    """Two loops over a buffer of the right dtype and device."""
    out = torch.zeros(a.shape[0], b.shape[0], dtype=a.dtype, device=a.device)
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            out[i, j] = a[i] + b[j]
    return out


@alternative("pairwise_sum")
def pairwise_sum_of_a_grid(a, b):
    """Two full grids, added."""
    grid_a, grid_b = torch.meshgrid(a, b, indexing="ij")
    return grid_a + grid_b


@alternative("pairwise_sum")
def pairwise_sum_in_numpy(a, b):
    """NumPy's own outer sum."""
    return like(np.add.outer(on_cpu_as_numpy(a), on_cpu_as_numpy(b)), a)


@alternative("pairwise_sum")
def pairwise_sum_transposed_twice(a, b):
    """The transpose of the other way round: a view that is not contiguous."""
    return (b.reshape(-1, 1) + a).T


# --- broadcast_shape ----------------------------------------------------------------------------------------


@alternative("broadcast_shape")
def broadcast_shape_by_trying(left, right):
    """Lets torch combine two tensors of these shapes, and translates the error."""
    try:
        return (torch.zeros(()).expand(left) + torch.zeros(()).expand(right)).shape
    except RuntimeError as error:
        raise ValueError("these shapes don't fit") from error


@alternative("broadcast_shape")
def broadcast_shape_by_numpy(left, right):
    """NumPy has a function for it, and its exception is a ValueError."""
    return np.broadcast_shapes(tuple(left), tuple(right))


@alternative("broadcast_shape")
def broadcast_shape_with_a_class(left, right):
    """A helper class, an exception class of its own, and a list as the answer."""
    builder = ShapeBuilder()
    for one, other in itertools.zip_longest(reversed(left), reversed(right), fillvalue=1):
        builder.add(one, other)
    return builder.sizes[::-1]


@alternative("broadcast_shape")
def broadcast_shape_recursively(left, right):
    """Recursion from the right."""
    if not left or not right:
        return tuple(left) + tuple(right)
    one, other = left[-1], right[-1]
    if one != other and 1 not in (one, other):
        raise ValueError
    return broadcast_shape_recursively(left[:-1], right[:-1]) + (one * other if 1 in (one, other) else one,)


# --- matrix_product -----------------------------------------------------------------------------------------


@alternative("matrix_product")
def matrix_product_by_einsum(a, b):
    """einsum with an ellipsis for the batch."""
    return torch.einsum("...ij,...jk->...ik", a, b)


@alternative("matrix_product")
def matrix_product_by_broadcasting(a, b):
    """Every product of the sum at once, then the sum."""
    return (a.unsqueeze(-1) * b.unsqueeze(-3)).sum(dim=-2)


@alternative("matrix_product")
def matrix_product_with_three_loops(a, b):
    """Three loops, and a fourth over the batch."""
    batch = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    a = a.expand(*batch, n, k).reshape(math.prod(batch), n, k)
    b = b.expand(*batch, k, m).reshape(math.prod(batch), k, m)
    out = torch.zeros(math.prod(batch), n, m, dtype=a.dtype, device=a.device)
    for item in range(out.shape[0]):
        for i in range(n):
            for j in range(m):
                for inner in range(k):
                    out[item, i, j] += a[item, i, inner] * b[item, inner, j]
    return out.reshape(*batch, n, m)


@alternative("matrix_product")
def matrix_product_in_float64(a, b):
    """Accumulates in float64 and converts back."""
    return torch.matmul(a.double(), b.double()).to(a.dtype)


# --- batched_outer ------------------------------------------------------------------------------------------


@alternative("batched_outer")
def batched_outer_by_einsum(u, v):
    """einsum names the three dimensions."""
    return torch.einsum("bi,bj->bij", u, v)


@alternative("batched_outer")
def batched_outer_as_a_product_of_matrices(u, v):
    """An (n, 1) matrix times a (1, m) matrix, for each batch row."""
    return torch.bmm(u.unsqueeze(2), v.unsqueeze(1))


@alternative("batched_outer")
def batched_outer_with_loops(u, v):
    """A loop over the batch, into a buffer of its own; prints what it does."""
    out = u.new_empty((u.size(0), u.size(1), v.size(1)))
    for k in range(u.size(0)):
        print("row", k)
        for i in range(u.size(1)):
            out[k, i] = u[k, i] * v[k]
    return out


# --- to_batches ---------------------------------------------------------------------------------------------


@alternative("to_batches")
def to_batches_by_stacking(x, batch_size):
    """Cuts the rows into pieces and stacks them."""
    pieces = list(torch.split(x, batch_size))
    if len(pieces[-1]) != batch_size:
        raise ValueError(f"the last batch has only {len(pieces[-1])} rows")
    return torch.stack(pieces)


@alternative("to_batches")
def to_batches_by_unflattening(x, batch_size):
    """Splits the first dimension in two."""
    if len(x) % batch_size:
        raise ValueError("no multiple")
    return torch.unflatten(x, 0, (-1, batch_size))


@alternative("to_batches")
def to_batches_by_indexing(x, batch_size):
    """A table of row numbers as the index."""
    if x.shape[0] % batch_size != 0:
        raise ValueError(batch_size)
    numbers = torch.arange(x.shape[0], device=x.device).reshape(-1, batch_size)
    return x[numbers]


# --- swap_first_two -----------------------------------------------------------------------------------------


@alternative("swap_first_two")
def swap_first_two_by_permuting(x):
    """Names every dimension."""
    return x.permute(1, 0, *range(2, x.dim())).contiguous()


@alternative("swap_first_two")
def swap_first_two_with_loops(x):
    """Copies slice by slice into a buffer."""
    b, s = x.shape[:2]
    out = torch.empty((s, b) + tuple(x.shape[2:]), dtype=x.dtype, device=x.device)
    for i in range(b):
        for j in range(s):
            out[j, i] = x[i, j]
    return out


@alternative("swap_first_two")
def swap_first_two_in_numpy(x):
    """NumPy's swapaxes, whose result has no rows in one piece."""
    return like(np.swapaxes(on_cpu_as_numpy(x), 0, 1), x)


# --- flat_view ----------------------------------------------------------------------------------------------


@alternative("flat_view")
def flat_view_of_known_length(x):
    """view with the number of elements."""
    flat = x.view(x.numel())
    return flat


@alternative("flat_view")
def flat_view_that_checks_its_memory(x):
    """Reshapes, and raises if that turned out to be a copy."""
    flat = x.reshape(-1)
    if flat.untyped_storage().data_ptr() != x.untyped_storage().data_ptr():
        raise RuntimeError("this would be a copy")
    return flat


# --- flat_copy ----------------------------------------------------------------------------------------------


@alternative("flat_copy")
def flat_copy_of_a_contiguous_clone(x):
    """Clones in row-major order, then a view of the clone."""
    return x.clone(memory_format=torch.contiguous_format).view(-1)


@alternative("flat_copy")
def flat_copy_element_by_element(x):
    """A list of Python numbers, with dtype and device said again."""
    values = []
    for value in x.flatten():
        values.append(value.item())
    return torch.tensor(values, dtype=x.dtype, device=x.device)


@alternative("flat_copy")
def flat_copy_by_arithmetic(x):
    """Adds nothing, which makes a new tensor."""
    return x.flatten() + 0


# --- from_numpy_copy, from_numpy_shared, to_numpy -----------------------------------------------------------


@alternative("from_numpy_copy")
def from_numpy_copy_of_a_copy(array):
    """Copies on NumPy's side."""
    return torch.from_numpy(array.copy())


@alternative("from_numpy_copy")
def from_numpy_copy_by_cloning(array):
    """Copies on torch's side."""
    return torch.as_tensor(array).clone()


@alternative("from_numpy_shared")
def from_numpy_shared_by_as_tensor(array):
    """as_tensor shares when nothing has to be converted."""
    return torch.as_tensor(array)


@alternative("from_numpy_shared")
def from_numpy_shared_by_dlpack(array):
    """The protocol by which array libraries hand each other their memory."""
    return torch.from_dlpack(array)


@alternative("to_numpy")
def to_numpy_through_lists(x):
    """Python numbers, with the dtype and the shape said again."""
    kind = str(x.dtype).split(".")[-1]
    return np.array(x.detach().cpu().tolist(), dtype=kind).reshape(tuple(x.shape))


@alternative("to_numpy")
def to_numpy_forced(x):
    """The method's own switch for tensors that require grad or live elsewhere."""
    return x.numpy(force=True)


@alternative("to_numpy")
def to_numpy_copied(x):
    """A copy without recording, as an old tutorial has it."""
    with torch.no_grad():
        return np.array(x.data.cpu(), copy=True)


# --- sum_over, grand_total ----------------------------------------------------------------------------------


@alternative("sum_over")
def sum_over_with_a_loop(x, dim):
    """Adds slices to zeros of the right shape."""
    sizes = list(x.shape)
    del sizes[dim]
    total = torch.zeros(sizes, dtype=x.dtype, device=x.device)
    for piece in x.unbind(dim):
        total += piece
    return total


@alternative("sum_over")
def sum_over_the_last(x, dim):
    """Moves the dimension to the end and multiplies by ones there."""
    moved = x.movedim(dim, -1)
    return (moved * torch.ones_like(moved)).sum(dim=-1, keepdim=True).squeeze(-1)


@alternative("sum_over")
def sum_over_in_numpy(x, dim):
    """NumPy calls it axis."""
    return like(np.sum(on_cpu_as_numpy(x), axis=dim), x)


@alternative("grand_total")
def grand_total_of_python_numbers(x):
    """Exact summation of Python floats."""
    return math.fsum(x.flatten().tolist())


@alternative("grand_total")
def grand_total_in_numpy(x):
    """A NumPy float64, which is a subclass of float."""
    return np.float64(on_cpu_as_numpy(x).sum())


@alternative("grand_total")
def grand_total_one_dimension_at_a_time(x):
    """Sums the last dimension until none is left."""
    while x.dim() > 0:
        x = x.sum(-1)
    return float(x.item())


# --- row_average, column_average, channel_means -------------------------------------------------------------


@alternative("row_average")
def row_average_with_loops(x):
    """A beginner's two loops with prints."""
    n, d = x.shape
    averages = torch.zeros(n, dtype=x.dtype, device=x.device)
    for i in range(n):
        total = 0
        for j in range(d):
            total = total + x[i, j]
        print("row", i, "adds up to", total)
        averages[i] = total / d
    return averages


@alternative("row_average")
def row_average_as_a_product(x):
    """A product with a vector of 1/d."""
    weights = torch.full((x.shape[1],), 1 / x.shape[1], dtype=x.dtype, device=x.device)
    return x @ weights


@alternative("row_average")
def row_average_in_float64(x):
    """Averages in float64 and converts back."""
    return x.double().mean(dim=-1).to(x.dtype)


@alternative("column_average")
def column_average_by_einsum(x):
    """einsum sums the rows out."""
    return torch.einsum("ij->j", x) / len(x)


@alternative("column_average")
def column_average_as_a_running_mean(x):
    """A running mean over the rows."""
    mean = torch.zeros_like(x[0])
    for count, row in enumerate(x, start=1):
        mean = mean + (row - mean) / count
    return mean


@alternative("column_average")
def column_average_of_columns(x):
    """Column by column, in NumPy."""
    array = on_cpu_as_numpy(x)
    return like(np.array([array[:, j].mean() for j in range(array.shape[1])]), x)


@alternative("channel_means")
def channel_means_channel_by_channel(images):
    """A mean for each channel, stacked."""
    return torch.stack([images[:, channel].mean() for channel in range(images.shape[1])])


@alternative("channel_means")
def channel_means_of_rows(images):
    """Channels to the front, everything else flattened."""
    return images.transpose(0, 1).flatten(start_dim=1).mean(1)


@alternative("channel_means")
def channel_means_step_by_step(images):
    """The mean of means: right here, since all groups have the same size."""
    return images.mean(3).mean(2).mean(0)


# --- first_item, first_column, corner_of_each ---------------------------------------------------------------


@alternative("first_item")
def first_item_by_iterating(x):
    """The first thing that a loop over x gives."""
    for item in x:
        return item


@alternative("first_item")
def first_item_copied(x):
    """A selection along dimension 0, cloned."""
    return x.select(0, 0).clone()


@alternative("first_column")
def first_column_by_unbinding(x):
    """All columns, of which the first."""
    return torch.unbind(x, dim=1)[0]


@alternative("first_column")
def first_column_row_by_row(x):
    """The first entry of each row, stacked."""
    return torch.stack([row[0] for row in x])


@alternative("corner_of_each")
def corner_of_each_by_flattening(x):
    """In row-major order the top left element comes first."""
    return x.reshape(len(x), -1)[:, 0]


@alternative("corner_of_each")
def corner_of_each_item_by_item(x):
    """Item by item, as Python numbers."""
    return torch.tensor([item[0][0].item() for item in x], dtype=x.dtype).to(x.device)


# --- leading_rows, pick_rows --------------------------------------------------------------------------------


@alternative("leading_rows")
def leading_rows_narrowed(x, count):
    """narrow, with the count cut to what is there."""
    return x.narrow(0, 0, min(count, x.shape[0]))


@alternative("leading_rows")
def leading_rows_by_mask(x, count):
    """A mask over the row numbers."""
    return x[torch.arange(x.shape[0], device=x.device) < count]


@alternative("pick_rows")
def pick_rows_by_index_select(x, indices):
    """index_select with the negative numbers translated."""
    numbers = torch.tensor([i if i >= 0 else i + len(x) for i in indices], dtype=torch.long, device=x.device)
    return torch.index_select(x, 0, numbers)


@alternative("pick_rows")
def pick_rows_one_by_one(x, indices):
    """Row by row into a buffer, which may have no rows."""
    picked = x.new_zeros((len(indices), *x.shape[1:]))
    for position in range(len(indices)):
        picked[position] = x[indices[position]]
    return picked


@alternative("pick_rows")
def pick_rows_by_a_product(x, indices):
    """Gathers along dimension 0 with an expanded index."""
    numbers = (torch.tensor(indices, dtype=torch.int64, device=x.device) % x.shape[0]).unsqueeze(1)
    return torch.gather(x, 0, numbers.expand(-1, x.shape[1]))


# --- to_scalar ----------------------------------------------------------------------------------------------


@alternative("to_scalar")
def to_scalar_by_unpacking(x):
    """Unpacks a list of one; unpacking any other raises a ValueError by itself."""
    (number,) = x.flatten().tolist()
    return number


@alternative("to_scalar")
def to_scalar_with_its_own_exception(x):
    """Multiplies the sizes up and raises a subclass of ValueError."""
    if functools.reduce(operator.mul, x.shape, 1) != 1:
        raise IncompatibleShapes(x.shape, 1)
    return on_cpu_as_numpy(x).item()


# --- pad_sequences ------------------------------------------------------------------------------------------


@alternative("pad_sequences")
def pad_sequences_with_the_library(sequences, pad_value=0):
    """The library's own function."""
    return torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_value=pad_value)


@alternative("pad_sequences")
def pad_sequences_one_by_one(sequences, pad_value=0):
    """Pads each one on the right, then stacks."""
    longest = max(map(len, sequences))
    return torch.stack([F.pad(s, (0, longest - s.shape[0]), value=pad_value) for s in sequences])


@alternative("pad_sequences")
def pad_sequences_of_python_numbers(sequences, pad_value=0):
    """Lists of Python numbers, with dtype and device said again."""
    longest = max(len(s) for s in sequences)
    rows = [s.tolist() + [pad_value] * (longest - len(s)) for s in sequences]
    return torch.tensor(rows, dtype=sequences[0].dtype, device=sequences[0].device)


@alternative("pad_sequences")
def pad_sequences_by_a_mask(sequences, pad_value=0):
    """All the elements in one row, put where a mask says."""
    lengths = torch.tensor([len(s) for s in sequences])
    mask = (torch.arange(int(lengths.max())) < lengths[:, None]).to(sequences[0].device)
    padded = torch.full(mask.shape, pad_value, dtype=sequences[0].dtype, device=sequences[0].device)
    padded[mask] = torch.cat(sequences)
    return padded


@alternative("matrix_product")
def multiplies_in_numpy(a, b):
    """Goes through NumPy; the contract leaves the way free."""
    return torch.from_numpy(np.matmul(a.numpy(), b.numpy()))
