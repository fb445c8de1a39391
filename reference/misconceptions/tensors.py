"""Known wrong ways to do the exercises of `tensors`. Each is the body a student would really write.

The docstring of a misconception is the explanation that a student reads when their answers are the same as its answers
in every case; the hint points at the idea. The bodies are kept as they come: loops, buffers, forgotten arguments.
"""

import numpy as np
import torch

from grader.exercise import misconception

# --- from_lists ---------------------------------------------------------------------------------------------


@misconception("from_lists", hint="What dtype does a tensor get when nobody names one, and what decides it?")
def leaves_the_dtype_to_the_numbers(rows, dtype=torch.float32):
    """Lets the numbers choose: whole numbers make an int64 tensor, whatever dtype was asked for."""
    return torch.tensor(rows)


@misconception("from_lists", hint="The function has a second argument. Where does your code use it?")
def makes_every_list_float32(rows, dtype=torch.float32):
    """Always gives float32, also when another dtype was asked for."""
    return torch.tensor(rows, dtype=torch.float32)


@misconception("from_lists", hint="How many dimensions does a single number have?")
def wraps_a_single_number(rows, dtype=torch.float32):
    """Turns a single number into a vector of length 1, shape (1,); a number has shape ()."""
    if not isinstance(rows, list):
        rows = [rows]
    return torch.tensor(rows, dtype=dtype)


@misconception("from_lists", hint="How many digits survive each step on the way from the list to the result?")
def rounds_to_float32_on_the_way(rows, dtype=torch.float32):
    """Makes a float32 tensor first and converts it afterwards, so a float64 result has only float32's digits."""
    return torch.tensor(rows, dtype=torch.float32).to(dtype)


@misconception("from_lists", hint="Which dtype does NumPy choose for Python floats, and what did the caller choose?")
def takes_numpys_dtype(rows, dtype=torch.float32):
    """Goes through a NumPy array and keeps its dtype: float64 for floats, int64 for whole numbers."""
    return torch.from_numpy(np.array(rows))


@misconception("from_lists", hint="The result should have as many dimensions as the lists have levels.")
def always_makes_a_matrix(rows, dtype=torch.float32):
    """Gives a matrix for everything: a plain list of n numbers becomes one column of shape (n, 1)."""
    tensor = torch.tensor(rows, dtype=dtype)
    return tensor if tensor.dim() == 2 else tensor.reshape(-1, 1)


# --- blank --------------------------------------------------------------------------------------------------


@misconception("blank", hint="If the fill is the whole number 3, which dtype does your tensor get?")
def lets_the_fill_choose_the_dtype(shape, fill, dtype=torch.float32):
    """Lets the fill value decide: a whole number makes an int64 tensor, whatever dtype was asked for."""
    return torch.full(shape, fill)


@misconception("blank", hint="The function has a third argument. Where does your code use it?")
def fills_float32_only(shape, fill, dtype=torch.float32):
    """Always gives float32, also when another dtype was asked for."""
    return torch.ones(shape) * fill


@misconception("blank", hint="Which value should be in every place?")
def fills_with_zeros(shape, fill, dtype=torch.float32):
    """Gives zeros whatever the fill value is."""
    return torch.zeros(shape, dtype=dtype)


@misconception("blank", hint="How many dimensions does a tensor of shape () have, and how many elements?")
def turns_the_empty_shape_into_one_element(shape, fill, dtype=torch.float32):
    """Treats the empty shape () like (1,): the result has a dimension that was not asked for."""
    if len(shape) == 0:
        shape = (1,)
    return torch.full(shape, fill, dtype=dtype)


@misconception("blank", hint="How long may the tuple be?")
def expects_rows_and_columns(shape, fill, dtype=torch.float32):
    """Reads exactly two numbers from the shape, so it works for matrices only."""
    rows, cols = shape
    return torch.full((rows, cols), fill, dtype=dtype)


@misconception("blank", hint="A size of 0 is allowed. What does a tensor with such a size hold?")
def refuses_a_size_of_zero(shape, fill, dtype=torch.float32):
    """Builds the tensor from nested lists; a size of 0 leaves nothing to nest, and the sizes after it are lost."""
    nested = fill
    for size in reversed(shape):
        nested = [nested] * size
    return torch.tensor(nested, dtype=dtype)


# --- counting -----------------------------------------------------------------------------------------------


@misconception("counting", hint="Which number comes first?")
def starts_at_zero(rows, cols):
    """Counts from 0, so every number is one too small."""
    return torch.arange(rows * cols).reshape(rows, cols)


@misconception("counting", hint="Is the end of a range part of the range?")
def stops_one_number_short(rows, cols):
    """Leaves out the last number, because the end of a range is exclusive, and then has too few to fill the shape."""
    return torch.arange(1, rows * cols).reshape(rows, cols)


@misconception("counting", hint="In which direction do you read a page: along the rows or down the columns?")
def counts_down_the_columns(rows, cols):
    """Fills column after column; the numbers should go row by row."""
    return torch.arange(1, rows * cols + 1).reshape(cols, rows).T


@misconception("counting", hint="What kind of numbers are used for counting?")
def counts_in_floats(rows, cols):
    """Gives float32 numbers; counting numbers should be int64."""
    return torch.linspace(1, rows * cols, rows * cols).reshape(rows, cols)


@misconception("counting", hint="Which comes first in a shape?")
def swaps_rows_and_cols(rows, cols):
    """Gives `cols` rows and `rows` columns."""
    return torch.arange(1, rows * cols + 1).reshape(cols, rows)


@misconception("counting", hint="What number follows the last one of the first row?")
def starts_again_in_every_row(rows, cols):
    """Every row counts from 1 again."""
    return torch.arange(1, cols + 1).repeat(rows, 1)


# --- shift_and_scale ----------------------------------------------------------------------------------------


@misconception("shift_and_scale", hint="Which of the two happens first?")
def scales_before_shifting(x, shift, scale):
    """Multiplies first and adds afterwards; the shift should be scaled too."""
    return x * scale + shift


@misconception("shift_and_scale", hint="Which of the two operators does Python evaluate first?")
def forgets_the_parentheses(x, shift, scale):
    """Without parentheses only the shift is scaled: this is x + (shift · scale)."""
    return x + shift * scale


@misconception("shift_and_scale", hint="What does the caller's tensor hold after the call?")
def writes_into_its_input(x, shift, scale):
    """Changes x itself: `+=` and `*=` on a tensor write into the caller's memory."""
    x += shift
    x *= scale
    return x


@misconception("shift_and_scale", hint="What does an underscore at the end of a method's name mean?")
def shifts_its_input_in_place(x, shift, scale):
    """The result is right, but x has been shifted: methods that end in an underscore write into the tensor."""
    return x.add_(shift) * scale


@misconception("shift_and_scale", hint="Whole numbers in, whole numbers out: where do yours become floats?")
def turns_whole_numbers_into_floats(x, shift, scale):
    """An int64 tensor comes back as float32, because it was combined with floats."""
    return (x + float(shift)) * float(scale)


@misconception("shift_and_scale", hint="Does your loop have something to go over for every shape?")
def goes_through_x_row_by_row(x, shift, scale):
    """Goes over the rows of x, so it fails where there are none: a single number, or a first size of 0."""
    return torch.stack([(row + shift) * scale for row in x])


# --- pairwise_sum -------------------------------------------------------------------------------------------


@misconception("pairwise_sum", hint="Which of a and b runs down the rows of the result?")
def puts_b_down_the_rows(a, b):
    """Gives the transpose: b runs down the rows and a along the columns."""
    return a + b[:, None]


@misconception("pairwise_sum", hint="How many sums are there when a has 2 elements and b has 3?")
def adds_position_by_position(a, b):
    """Adds elements at the same position only, which needs equal lengths and gives one dimension."""
    return a + b


@misconception("pairwise_sum", hint="What shape should the result have?")
def lists_the_sums_in_one_row(a, b):
    """Computes the right sums but strings them together in one dimension."""
    return (a[:, None] + b).reshape(-1)


@misconception("pairwise_sum", hint="Which operation combines the elements?")
def multiplies_the_pairs(a, b):
    """Gives the product of every pair, not the sum."""
    return a[:, None] * b


@misconception("pairwise_sum", hint="Which dtype does the tensor have that you write the sums into?")
def writes_the_sums_into_a_float32_buffer(a, b):
    """Collects the sums in a tensor made by torch.zeros, which is float32 whatever the inputs are."""
    out = torch.zeros(len(a), len(b))
    for i in range(len(a)):
        for j in range(len(b)):
            out[i, j] = a[i] + b[j]
    return out


@misconception("pairwise_sum", hint="What is there to stack when a is empty?")
def stacks_one_row_per_element(a, b):
    """Stacks one row for each element of a; when a is empty there is nothing to stack."""
    return torch.stack([element + b for element in a])


# --- broadcast_shape ----------------------------------------------------------------------------------------


@misconception("broadcast_shape", hint="From which end are the two shapes compared?")
def pads_with_ones_on_the_right(left, right):
    """Compares the shapes from the left and pads the shorter one on the right."""
    rank = max(len(left), len(right))
    left = tuple(left) + (1,) * (rank - len(left))
    right = tuple(right) + (1,) * (rank - len(right))
    result = []
    for a, b in zip(left, right):
        if a != b and a != 1 and b != 1:
            raise ValueError("incompatible")
        result.append(b if a == 1 else a)
    return tuple(result)


@misconception("broadcast_shape", hint="Can only one of the two shapes be stretched?")
def stretches_only_the_left_one(left, right):
    """Stretches the left shape to the right one but never the other way round."""
    if len(left) > len(right):
        raise ValueError("too many dimensions")
    padded = (1,) * (len(right) - len(left)) + tuple(left)
    for a, b in zip(padded, right):
        if a != b and a != 1:
            raise ValueError("incompatible")
    return tuple(right)


@misconception("broadcast_shape", hint="What happens where the two sizes differ and neither is 1?")
def takes_the_larger_size_everywhere(left, right):
    """Takes the larger of the two sizes everywhere, so shapes that don't fit are never refused."""
    rank = max(len(left), len(right))
    left = (1,) * (rank - len(left)) + tuple(left)
    right = (1,) * (rank - len(right)) + tuple(right)
    return tuple(max(a, b) for a, b in zip(left, right))


@misconception("broadcast_shape", hint="What size do 1 and 0 give: the larger one, or the one that is not 1?")
def forgets_sizes_of_zero(left, right):
    """Takes the larger size once the two fit, but 1 against 0 gives 0: it is the 1 that is stretched."""
    rank = max(len(left), len(right))
    left = (1,) * (rank - len(left)) + tuple(left)
    right = (1,) * (rank - len(right)) + tuple(right)
    for a, b in zip(left, right):
        if a != b and a != 1 and b != 1:
            raise ValueError("incompatible")
    return tuple(max(a, b) for a, b in zip(left, right))


@misconception("broadcast_shape", hint="Which exception is promised, and which one does the function you call raise?")
def lets_torchs_error_through(left, right):
    """Leaves the error to torch, which raises a RuntimeError; a ValueError was promised."""
    return torch.broadcast_shapes(left, right)


@misconception("broadcast_shape", hint="May the two tuples have different lengths?")
def wants_the_same_number_of_dimensions(left, right):
    """Refuses shapes of different length, although the shorter one can be padded."""
    if len(left) != len(right):
        raise ValueError("different number of dimensions")
    result = []
    for a, b in zip(left, right):
        if a != b and a != 1 and b != 1:
            raise ValueError("incompatible")
        result.append(b if a == 1 else a)
    return tuple(result)


@misconception("broadcast_shape", hint="What happens to the sizes that only the longer shape has?")
def cuts_to_the_shorter_shape(left, right):
    """Stops at the end of the shorter shape, so the first sizes of the longer one are missing."""
    result = []
    for a, b in zip(reversed(left), reversed(right)):
        if a != b and a != 1 and b != 1:
            raise ValueError("incompatible")
        result.append(b if a == 1 else a)
    return tuple(reversed(result))


@misconception("broadcast_shape", hint="What should the caller get when the shapes don't fit?")
def returns_none_where_nothing_fits(left, right):
    """Returns None for shapes that don't fit; an exception was promised."""
    try:
        return torch.broadcast_shapes(left, right)
    except RuntimeError:
        return None


# --- matrix_product -----------------------------------------------------------------------------------------


@misconception("matrix_product", hint="Each entry of a matrix product is a sum. What does it add up?")
def multiplies_elementwise(a, b):
    """Multiplies element by element, as `*` does; a matrix product sums over the inner dimension."""
    return a * b


@misconception("matrix_product", hint="Does the order of the two factors matter?")
def swaps_the_factors(a, b):
    """Multiplies in the other order, b times a."""
    return b @ a


@misconception("matrix_product", hint="Do the shapes (n, k) and (k, m) need a transpose to fit?")
def transposes_the_second_factor(a, b):
    """Transposes b first; the shapes (n, k) and (k, m) already fit as they are."""
    return a @ b.transpose(-2, -1)


@misconception("matrix_product", hint="How many dimensions may a and b have?")
def knows_plain_matrices_only(a, b):
    """Works for two matrices but not for batches of them."""
    return torch.mm(a, b)


@misconception("matrix_product", hint="How many dimensions may a and b have?")
def knows_one_batch_dimension_only(a, b):
    """Works only when both have exactly one batch dimension of the same size."""
    return torch.bmm(a, b)


@misconception("matrix_product", hint="Which item of a meets which item of b?")
def multiplies_every_item_with_every_item(a, b):
    """For batches it multiplies every matrix of a with every matrix of b; only partners should meet."""
    return torch.tensordot(a, b, dims=([-1], [-2]))


@misconception("matrix_product", hint="What if one side has a batch of 1 or no batch dimension at all?")
def never_stretches_a_batch(a, b):
    """Goes through both batches side by side and stops at the shorter one; a batch of 1 should be stretched."""
    if a.dim() == 2 and b.dim() == 2:
        return a @ b
    return torch.stack([never_stretches_a_batch(p, q) for p, q in zip(a, b)])


@misconception("matrix_product", hint="Which dtype should come out for float64 or int64 inputs?")
def multiplies_in_float32(a, b):
    """Converts both factors to float32 and leaves the product so."""
    return a.float() @ b.float()


# --- batched_outer ------------------------------------------------------------------------------------------


@misconception("batched_outer", hint="How many matrices should come out for a batch of B rows?")
def adds_up_the_batch(u, v):
    """Gives one matrix, the sum of all the outer products; each batch row should keep its own."""
    return torch.einsum("bi,bj->ij", u, v)


@misconception("batched_outer", hint="Which of u and v runs down the rows of each matrix?")
def puts_v_down_the_rows(u, v):
    """Every matrix is transposed: v runs down the rows and u along the columns."""
    return v[:, :, None] * u[:, None, :]


@misconception("batched_outer", hint="How many products are there when u's rows have 2 elements and v's have 3?")
def multiplies_partners_only(u, v):
    """Multiplies elements at the same position only, which needs equal sizes."""
    return u * v


@misconception("batched_outer", hint="Does an outer product add anything up?")
def gives_the_inner_product(u, v):
    """Gives one number a batch row, the inner product of the two rows."""
    return (u * v).sum(1)


@misconception("batched_outer", hint="Which row of v belongs to the first row of u?")
def combines_rows_across_the_batch(u, v):
    """Combines every row of u with every row of v; only rows at the same position belong together."""
    return u[:, None, :, None] * v[None, :, None, :]


@misconception("batched_outer", hint="Which dtype does the tensor have that you write the products into?")
def writes_the_products_into_a_float32_buffer(u, v):
    """Collects the products in a tensor made by torch.zeros, which is float32 whatever the inputs are."""
    out = torch.zeros(u.shape[0], u.shape[1], v.shape[1])
    for k in range(u.shape[0]):
        out[k] = u[k][:, None] * v[k]
    return out


@misconception("batched_outer", hint="What is there to stack when the batch is empty?")
def stacks_one_outer_product_per_row(u, v):
    """Stacks one outer product for each batch row; an empty batch leaves nothing to stack."""
    return torch.stack([torch.outer(p, q) for p, q in zip(u, v)])


# --- to_batches ---------------------------------------------------------------------------------------------


@misconception("to_batches", hint="Which rows should be in the first batch?")
def deals_the_rows_like_cards(x, batch_size):
    """Deals the rows out one by one to all batches; neighbours should stay together."""
    n = x.shape[0]
    if n % batch_size:
        raise ValueError("batch_size must divide n")
    return x.reshape(batch_size, n // batch_size, *x.shape[1:]).transpose(0, 1)


@misconception("to_batches", hint="Which size comes first: the number of batches or the size of one?")
def swaps_number_and_size_of_the_batches(x, batch_size):
    """Makes `batch_size` batches; it should make batches of that size."""
    n = x.shape[0]
    if n % batch_size:
        raise ValueError("batch_size must divide n")
    return x.reshape(batch_size, n // batch_size, *x.shape[1:])


@misconception("to_batches", hint="What was promised for rows that don't fill a batch?")
def drops_the_incomplete_batch(x, batch_size):
    """Leaves out the rows that don't fill a batch; a ValueError was promised."""
    count = x.shape[0] // batch_size
    return x[: count * batch_size].reshape(count, batch_size, *x.shape[1:])


@misconception("to_batches", hint="Which exception was promised, and which one does reshape raise?")
def leaves_the_refusal_to_reshape(x, batch_size):
    """Lets reshape raise its own RuntimeError; a ValueError was promised."""
    return x.reshape(-1, batch_size, *x.shape[1:])


@misconception("to_batches", hint="What happens to the dimensions after the first?")
def flattens_the_rows(x, batch_size):
    """Merges the dimensions after the first into one; they should stay as they are."""
    n = x.shape[0]
    if n % batch_size:
        raise ValueError("batch_size must divide n")
    return x.reshape(n // batch_size, batch_size, -1)


@misconception("to_batches", hint="One tensor, or several?")
def gives_separate_tensors(x, batch_size):
    """Gives several tensors, one for each batch; one tensor with a batch dimension was asked for."""
    if x.shape[0] % batch_size:
        raise ValueError("batch_size must divide n")
    return torch.split(x, batch_size)


@misconception("to_batches", hint="Can a batch be smaller than batch_size?")
def shrinks_a_batch_that_is_too_large(x, batch_size):
    """Makes the batch smaller when there are too few rows; a ValueError was promised."""
    n = x.shape[0]
    batch_size = min(batch_size, n)
    if n % batch_size:
        raise ValueError("batch_size must divide n")
    return x.reshape(n // batch_size, batch_size, *x.shape[1:])


# --- swap_first_two -----------------------------------------------------------------------------------------


@misconception("swap_first_two", hint="Does reshape move any element?")
def reshapes_instead_of_transposing(x):
    """Gives the right shape, but reshape keeps all elements in their order; nothing has been exchanged."""
    return x.reshape(x.shape[1], x.shape[0], *x.shape[2:])


@misconception("swap_first_two", hint="Which two dimensions are meant when there are more than two?")
def swaps_the_last_two(x):
    """Exchanges the last two dimensions, which is the same only for a matrix."""
    return x.transpose(-2, -1)


@misconception("swap_first_two", hint="What shape does the caller's tensor have after the call?")
def transposes_the_callers_tensor(x):
    """Changes the shape of x itself: methods that end in an underscore work in place."""
    return x.transpose_(0, 1)


@misconception("swap_first_two", hint="How many dimensions may x have?")
def thinks_of_matrices_only(x):
    """Works for matrices and raises for tensors with more dimensions."""
    return x.permute(1, 0)


@misconception("swap_first_two", hint="Where should the dimensions after the second be afterwards?")
def moves_the_first_to_the_end(x):
    """Moves the first dimension to the last place, which is the same only for a matrix."""
    return x.movedim(0, -1)


@misconception("swap_first_two", hint="Where should the dimensions after the second be afterwards?")
def reverses_all_dimensions(x):
    """Reverses the order of all dimensions, which is the same only for a matrix."""
    return x.permute(*reversed(range(x.dim())))


@misconception("swap_first_two", hint="What is there to stack when the second dimension has size 0?")
def stacks_the_columns(x):
    """Stacks one slice for each position of the second dimension; with size 0 there is nothing to stack."""
    return torch.stack([x[:, j] for j in range(x.shape[1])])


# --- flat_view ----------------------------------------------------------------------------------------------


@misconception("flat_view", hint="What does reshape do where no view is possible, and what was promised?")
def copies_where_no_view_exists(x):
    """Silently gives a copy where a view is impossible; a RuntimeError was promised."""
    return x.reshape(-1)


@misconception("flat_view", hint="If you change an element of the result, does x change?")
def always_copies(x):
    """Always gives a copy, so a change of the result is not seen in x."""
    return x.reshape(-1).clone()


@misconception("flat_view", hint="What does contiguous() do with a tensor that isn't?")
def copies_what_is_not_contiguous(x):
    """Copies a tensor that is not contiguous first, so the view is of the copy and no longer of x."""
    return x.contiguous().view(-1)


@misconception("flat_view", hint="Does a tensor have to be contiguous to be viewed in one dimension?")
def refuses_what_is_not_contiguous(x):
    """Refuses every tensor that isn't contiguous, though some of them, like every other element of a vector, have a view."""
    if not x.is_contiguous():
        raise RuntimeError("x is not contiguous")
    return x.view(-1)


@misconception("flat_view", hint="How many dimensions does the result have?")
def makes_a_single_row(x):
    """Gives a matrix with a single row, shape (1, …); one dimension was asked for."""
    return x.view(1, -1)


@misconception("flat_view", hint="Is the order in memory always the row-major order of the elements?")
def reads_the_memory_in_its_order(x):
    """Goes through the memory in its own order, which is not the row-major order of a transposed tensor."""
    return x.as_strided((x.numel(),), (1,))


@misconception("flat_view", hint="Which exception was promised?")
def raises_another_exception(x):
    """Raises a ValueError where a view is impossible; a RuntimeError was promised."""
    try:
        return x.view(-1)
    except RuntimeError:
        raise ValueError("a view is impossible")


# --- flat_copy ----------------------------------------------------------------------------------------------


@misconception("flat_copy", hint="Does reshape always copy?")
def shares_whenever_it_can(x):
    """Shares memory with x whenever that is possible: reshape copies only where it has to."""
    return x.reshape(-1)


@misconception("flat_copy", hint="What does contiguous() do with a tensor that already is?")
def copies_only_what_is_not_contiguous(x):
    """Shares memory with a contiguous x: contiguous() copies only where it has to."""
    return x.contiguous().view(-1)


@misconception("flat_copy", hint="Does a clone lie in memory in another order than its original?")
def views_its_clone(x):
    """A clone keeps the memory order of the original, so view fails for a transposed tensor."""
    return x.clone().view(-1)


@misconception("flat_copy", hint="Which element follows the first one in row-major order?")
def copies_column_by_column(x):
    """Runs through the first dimension fastest, column by column; row-major runs through the last one fastest."""
    return x.permute(*reversed(range(x.dim()))).reshape(-1).clone()


@misconception("flat_copy", hint="Which dtype does a tensor get that is made from Python numbers?")
def rebuilds_it_from_python_numbers(x):
    """Goes through Python numbers, which forget the dtype: a float64 tensor comes back as float32."""
    return torch.tensor(x.reshape(-1).tolist())


@misconception("flat_copy", hint="Joining the rows takes away one dimension. Is that always enough?")
def joins_the_rows(x):
    """Joins the rows end to end, which takes away one dimension: right for a matrix only."""
    return torch.cat(list(x))


# --- from_numpy_copy ----------------------------------------------------------------------------------------


@misconception("from_numpy_copy", hint="If the array changes afterwards, does your tensor change too?")
def shares_the_arrays_memory(array):
    """Shares the array's memory, so a later change of the array shows up in the tensor."""
    return torch.from_numpy(array)


@misconception("from_numpy_copy", hint="Which dtype does the array have, and which the tensor?")
def copies_as_float32(array):
    """Makes every array float32; the array's own dtype should be kept."""
    return torch.tensor(array, dtype=torch.float32)


@misconception("from_numpy_copy", hint="Which dtype does a tensor get that is made from Python numbers?")
def copies_through_a_list(array):
    """Goes through Python numbers, which forget the dtype: float64 comes back as float32, int32 as int64."""
    return torch.tensor(array.tolist())


@misconception("from_numpy_copy", hint="Does ascontiguousarray copy an array that already is contiguous?")
def thinks_contiguous_means_copied(array):
    """np.ascontiguousarray copies only where it has to, so the memory of a contiguous array is still shared."""
    return torch.from_numpy(np.ascontiguousarray(array))


@misconception("from_numpy_copy", hint="How many dimensions does the array have, and how many the tensor?")
def puts_the_array_into_a_list(array):
    """Puts the array into a list first, which adds a dimension of size 1."""
    return torch.from_numpy(np.array([array]))


@misconception("from_numpy_copy", hint="What does the call do that should convert the array: does it always copy?")
def converts_without_copying(array):
    """Asks for float32, which copies only where the dtype changes: float32 arrays stay shared, others lose their dtype."""
    return torch.as_tensor(array, dtype=torch.float32)


# --- from_numpy_shared --------------------------------------------------------------------------------------


@misconception("from_numpy_shared", hint="If the array changes afterwards, does your tensor change too?")
def copies_the_array(array):
    """Copies the array: torch.tensor always makes memory of its own."""
    return torch.tensor(array)


@misconception("from_numpy_shared", hint="Can a tensor of another dtype use the same memory?")
def casts_to_float32(array):
    """Makes every array float32; for any other dtype that needs a copy, and the array's dtype is lost."""
    return torch.from_numpy(array).float()


@misconception("from_numpy_shared", hint="Which dtype does a tensor get that is made from Python numbers?")
def goes_through_a_list(array):
    """Goes through Python numbers: nothing is shared, and they forget the dtype."""
    return torch.tensor(array.tolist())


@misconception("from_numpy_shared", hint="What does ascontiguousarray do with a slice that skips elements?")
def makes_it_contiguous_first(array):
    """Makes the array contiguous first, which copies an array that isn't: the tensor then shares with the copy."""
    return torch.from_numpy(np.ascontiguousarray(array))


@misconception("from_numpy_shared", hint="Does the tensor have the array's shape?")
def shares_a_flat_array(array):
    """Gives a one-dimensional tensor; the array's shape should be kept."""
    return torch.from_numpy(array.ravel())


# --- to_numpy -----------------------------------------------------------------------------------------------


@misconception("to_numpy", hint="What does PyTorch say to numpy() on a tensor that requires grad?")
def converts_without_detaching(x):
    """Fails for a tensor that requires grad: it has to be detached from its history first."""
    return x.cpu().numpy()


@misconception("to_numpy", hint="Which dtype does x have, and which the array?")
def converts_to_float32(x):
    """Makes every array float32; x's dtype should be kept."""
    return x.detach().cpu().numpy().astype(np.float32)


@misconception("to_numpy", hint="Which dtype does NumPy choose for Python floats?")
def converts_through_a_list(x):
    """Goes through Python numbers, which forget the dtype: a float32 tensor becomes a float64 array."""
    return np.array(x.tolist())


@misconception("to_numpy", hint="Does x still require grad after the call?")
def switches_off_requires_grad(x):
    """Switches off requires_grad of the caller's own tensor."""
    x.requires_grad = False
    return x.cpu().numpy()


@misconception("to_numpy", hint="What is the type of your result?")
def gives_a_list(x):
    """Gives a Python list; a NumPy array was asked for."""
    return x.tolist()


@misconception("to_numpy", hint="What happens to a dimension of size 1?")
def squeezes_the_array(x):
    """Throws away dimensions of size 1."""
    return x.detach().cpu().numpy().squeeze()


# --- sum_over -----------------------------------------------------------------------------------------------


@misconception("sum_over", hint="Does the dimension you sum over disappear, or does it stay with size 1?")
def keeps_the_summed_dimension(x, dim):
    """Keeps the summed dimension with size 1; it should disappear."""
    return x.sum(dim, keepdim=True)


@misconception("sum_over", hint="Is `dim` the dimension that stays or the one that disappears?")
def keeps_only_the_given_dimension(x, dim):
    """Sums over all the other dimensions, so `dim` is the one that stays; it should be the one that disappears."""
    dim = dim % x.dim()
    return x.sum([d for d in range(x.dim()) if d != dim])


@misconception("sum_over", hint="Rows run along dimension 1. Which dimension disappears when you sum over dimension 0?")
def sums_over_the_other_dimension(x, dim):
    """Takes `dim` for the dimension that stays and sums over the other one, as if there were always two."""
    return x.sum(1 - dim)


@misconception("sum_over", hint="The function has a second argument. Where does your code use it?")
def sums_everything(x, dim):
    """Sums over all dimensions and gives a single number."""
    return x.sum()


@misconception("sum_over", hint="A sum or an average?")
def divides_by_the_size(x, dim):
    """Gives the average along the dimension; the sum was asked for."""
    return x.sum(dim) / x.shape[dim]


@misconception("sum_over", hint="Which dtype should the sum of whole numbers have?")
def sums_in_float32(x, dim):
    """Converts to float32 first, so int64 and float64 tensors lose their dtype."""
    return x.float().sum(dim)


@misconception("sum_over", hint="What do you return when the loop has nothing to add?")
def starts_from_a_python_zero(x, dim):
    """Starts from the number 0 and adds slices; where the dimension has size 0, that number is all that is returned."""
    total = 0
    for i in range(x.shape[dim]):
        total = total + x.select(dim, i)
    return total


@misconception("sum_over", hint="One sum for each line, or one for each step along it?")
def gives_running_sums(x, dim):
    """Gives the running sums, which keep the shape; only the last of them is the sum."""
    return x.cumsum(dim)


@misconception("sum_over", hint="From where does a negative dimension count?")
def ignores_the_sign_of_dim(x, dim):
    """Takes −1 for 1 and −2 for 2; a negative dimension counts from the end."""
    return x.sum(abs(dim))


# --- grand_total --------------------------------------------------------------------------------------------


@misconception("grand_total", hint="What is the type of your result?")
def leaves_the_total_in_a_tensor(x):
    """Gives a tensor without dimensions; a Python float was asked for."""
    return x.sum()


@misconception("grand_total", hint="Which Python type does item() give for an integer tensor?")
def gives_an_int_for_integers(x):
    """Gives a Python int for an int64 tensor; a float was asked for."""
    return x.sum().item()


@misconception("grand_total", hint="Over how many dimensions does your sum go?")
def sums_one_dimension_only(x):
    """Sums over the first dimension only."""
    return x.sum(0)


@misconception("grand_total", hint="What does Python's own sum add up when it is given a matrix?")
def adds_with_pythons_sum(x):
    """Python's sum adds up the rows, and a row of several numbers can't be turned into one float."""
    return float(sum(x))


@misconception("grand_total", hint="A sum or an average?")
def gives_the_average(x):
    """Gives the average of all elements."""
    return float(x.sum() / x.numel())


@misconception("grand_total", hint="What is the type of your result, exactly?")
def gives_a_numpy_number(x):
    """Gives a NumPy number of the tensor's own dtype; np.float32 is not a Python float."""
    return x.numpy().sum()


@misconception("grand_total", hint="What will the caller's next computation find when it wants a gradient?")
def switches_gradients_off_for_good(x):
    """The result is right, but recording of gradients is switched off for everything that comes afterwards."""
    torch.set_grad_enabled(False)
    return float(x.sum())


# --- row_average --------------------------------------------------------------------------------------------


@misconception("row_average", hint="Which dimension disappears when you average each row?")
def averages_down_the_columns(x):
    """Averages over dimension 0, so it gives one number a column."""
    return x.mean(0)


@misconception("row_average", hint="How many dimensions should the result have?")
def leaves_a_column_of_averages(x):
    """Keeps the averaged dimension: shape (n, 1) where (n,) was asked for."""
    return x.mean(1, keepdim=True)


@misconception("row_average", hint="How many numbers are in one row?")
def divides_by_the_number_of_rows(x):
    """Divides each row's sum by the number of rows; it should be the number of entries of a row."""
    return x.sum(1) / x.shape[0]


@misconception("row_average", hint="What makes an average out of a sum?")
def adds_up_each_row(x):
    """Gives the sum of each row and never divides."""
    return x.sum(1)


@misconception("row_average", hint="How many averages should there be?")
def averages_the_whole_matrix(x):
    """Gives one number for the whole matrix."""
    return x.mean()


@misconception("row_average", hint="Which dtype does a tensor get that is made from Python numbers?")
def collects_row_averages_as_numbers(x):
    """Collects Python numbers, which forget the dtype: float64 comes back as float32."""
    return torch.tensor([row.mean().item() for row in x])


@misconception("row_average", hint="What does the caller's tensor hold after the call?")
def divides_its_input(x):
    """Divides x itself: `/=` on a tensor writes into the caller's memory."""
    x /= x.shape[1]
    return x.sum(1)


@misconception("row_average", hint="Which tensors does torch's default dtype concern besides yours?")
def changes_the_default_dtype(x):
    """The result is right, but every tensor that is made afterwards is float64 by default."""
    torch.set_default_dtype(torch.float64)
    return torch.tensor([row.tolist() for row in x]).mean(1).to(x.dtype)


# --- column_average -----------------------------------------------------------------------------------------


@misconception("column_average", hint="Which dimension disappears when you average each column?")
def averages_along_the_rows(x):
    """Averages over dimension 1, so it gives one number a row."""
    return x.mean(1)


@misconception("column_average", hint="How many dimensions should the result have?")
def leaves_a_row_of_averages(x):
    """Keeps the averaged dimension: shape (1, d) where (d,) was asked for."""
    return x.mean(0, keepdim=True)


@misconception("column_average", hint="How many numbers are in one column?")
def divides_by_the_number_of_columns(x):
    """Divides each column's sum by the number of columns; it should be the number of entries of a column."""
    return x.sum(0) / x.shape[1]


@misconception("column_average", hint="How many columns are there, and how many does your loop visit?")
def visits_as_many_columns_as_rows(x):
    """Visits one column for each row, so it is right only for a square matrix."""
    return torch.stack([x[:, j].mean() for j in range(len(x))])


@misconception("column_average", hint="How many averages should there be?")
def averages_all_columns_together(x):
    """Gives one number for the whole matrix."""
    return x.mean()


@misconception("column_average", hint="What does the caller's tensor hold after the call?")
def adds_into_the_first_row(x):
    """Adds the rows up in x's first row: that row is a view, so the caller's tensor changes."""
    total = x[0]
    for row in x[1:]:
        total += row
    return total / len(x)


# --- channel_means ------------------------------------------------------------------------------------------


@misconception("channel_means", hint="One mean for each channel, or one for each channel of each image?")
def averages_each_image_alone(images):
    """Averages over the pixels only: one number for each channel of each image."""
    return images.mean(dim=(2, 3))


@misconception("channel_means", hint="In which of the four places does PyTorch keep the channels?")
def expects_the_channels_last(images):
    """Takes the last dimension for the channels; in PyTorch images are (B, C, H, W)."""
    return images.mean(dim=(0, 1, 2))


@misconception("channel_means", hint="What should each number of the result stand for?")
def gives_one_mean_per_image(images):
    """Gives one number for each image."""
    return images.mean(dim=(1, 2, 3))


@misconception("channel_means", hint="How many dimensions should the result have?")
def keeps_all_four_dimensions(images):
    """Keeps the averaged dimensions: shape (1, C, 1, 1) where (C,) was asked for."""
    return images.mean(dim=(0, 2, 3), keepdim=True)


@misconception("channel_means", hint="How many numbers does each mean add up?")
def divides_by_the_pixels_of_one_image(images):
    """Sums over all the images but divides by the pixels of a single one."""
    return images.sum(dim=(0, 2, 3)) / (images.shape[2] * images.shape[3])


@misconception("channel_means", hint="Does reshape move the elements of one channel next to each other?")
def reshapes_to_one_row_per_channel(images):
    """Reshapes to C rows without moving the channels to the front first, so a row mixes several channels."""
    return images.reshape(images.shape[1], -1).mean(1)


@misconception("channel_means", hint="How many images contribute to each mean?")
def looks_at_the_first_image_only(images):
    """Averages the first image only."""
    return images[0].mean(dim=(1, 2))


# --- first_item ---------------------------------------------------------------------------------------------


@misconception("first_item", hint="Does the first dimension disappear, or does it stay with size 1?")
def keeps_the_first_dimension(x):
    """Takes a range of one item, which keeps the dimension with size 1; an index takes it away."""
    return x[:1]


@misconception("first_item", hint="What does the colon select?")
def takes_the_first_of_the_second_dimension(x):
    """Takes the first entry along the last dimension; the first item is along the first."""
    return x[..., 0]


@misconception("first_item", hint="With which number does counting start in Python?")
def counts_items_from_one(x):
    """Takes the item with number 1, which is the second."""
    return x[1]


@misconception("first_item", hint="Which item does −1 stand for?")
def takes_the_last_item(x):
    """Takes the last item."""
    return x[-1]


@misconception("first_item", hint="Is an item always a single number?")
def takes_a_single_element(x):
    """Takes the very first element; the first item is everything that has 0 as its first index."""
    return x.reshape(-1)[0]


@misconception("first_item", hint="What happens to the other dimensions of size 1?")
def squeezes_the_item(x):
    """Squeezes the item, which throws away its own dimensions of size 1 too."""
    return x[:1].squeeze()


# --- first_column -------------------------------------------------------------------------------------------


@misconception("first_column", hint="What does x[:] alone give you?")
def takes_the_first_row(x):
    """Takes the first row: x[:] is all of x, so x[:][0] is the same as x[0]."""
    return x[:][0]


@misconception("first_column", hint="Does the second dimension disappear, or does it stay with size 1?")
def keeps_the_column_dimension(x):
    """Takes a range of one column, which keeps the dimension with size 1; an index takes it away."""
    return x[:, :1]


@misconception("first_column", hint="Which dimension is meant when there are more than two?")
def indexes_the_last_dimension(x):
    """Takes the first entry along the last dimension, which is the second only for a matrix."""
    return x[..., 0]


@misconception("first_column", hint="Which column does −1 stand for?")
def takes_the_last_column(x):
    """Takes the last column."""
    return x[:, -1]


@misconception("first_column", hint="With which number does counting start in Python?")
def counts_columns_from_one(x):
    """Takes the column with number 1, which is the second."""
    return x[:, 1]


@misconception("first_column", hint="What happens when there is only one row?")
def squeezes_the_column(x):
    """Squeezes the column, which also throws away a dimension of size 1 that belongs there."""
    return x[:, 0].squeeze()


# --- corner_of_each -----------------------------------------------------------------------------------------


@misconception("corner_of_each", hint="Which index stands for the top row?")
def takes_the_bottom_left(x):
    """Takes the bottom left corner."""
    return x[:, -1, 0]


@misconception("corner_of_each", hint="Which index stands for the leftmost column?")
def takes_the_top_right(x):
    """Takes the top right corner."""
    return x[:, 0, -1]


@misconception("corner_of_each", hint="Which of the three indices selects the item?")
def stays_in_the_first_item(x):
    """Takes the first column of the first item; there should be one number from each item."""
    return x[0, :, 0]


@misconception("corner_of_each", hint="How many of the three dimensions should be left?")
def takes_the_whole_top_row(x):
    """Takes the whole top row of each item."""
    return x[:, 0]


@misconception("corner_of_each", hint="What is left of a dimension when you take a range of one?")
def keeps_the_corner_dimensions(x):
    """Takes ranges of one row and one column, which keep their dimensions with size 1."""
    return x[:, :1, :1]


@misconception("corner_of_each", hint="What is the difference between an index and a list of one index?")
def indexes_with_lists(x):
    """Indexes with lists of one number, which leave a dimension of size 1."""
    return x[:, [0], [0]]


# --- leading_rows -------------------------------------------------------------------------------------------


@misconception("leading_rows", hint="Is the end of a range part of the range?")
def takes_one_row_too_many(x, count):
    """Takes one row too many, as if the end of a range had to be the number after it."""
    return x[: count + 1]


@misconception("leading_rows", hint="Which numbers do the first rows have?")
def counts_rows_from_one(x, count):
    """Starts at row number 1, so the very first row is missing."""
    return x[1 : count + 1]


@misconception("leading_rows", hint="Which dimension do the rows run along?")
def takes_columns(x, count):
    """Takes the first columns."""
    return x[:, :count]


@misconception("leading_rows", hint="Rows from the beginning or from the end?")
def takes_the_last_rows(x, count):
    """Takes rows from the end."""
    return x[-count:]


@misconception("leading_rows", hint="What does the contract say for a count larger than the number of rows?")
def insists_on_enough_rows(x, count):
    """Raises when count is larger than the number of rows; all rows were asked for then."""
    return x.narrow(0, 0, count)


@misconception("leading_rows", hint="How many rows are the first 0 rows?")
def takes_zero_for_all(x, count):
    """Gives all the rows when count is 0, because Python takes 0 for false."""
    return x[: count or None]


@misconception("leading_rows", hint="What is there to stack when no row is asked for?")
def stacks_the_rows(x, count):
    """Stacks the rows one by one; where there are none, there is nothing to stack."""
    return torch.stack([row for i, row in enumerate(x) if i < count])


# --- pick_rows ----------------------------------------------------------------------------------------------


@misconception("pick_rows", hint="In which order should the rows come?")
def sorts_the_indices(x, indices):
    """Gives the rows in the order of their numbers; they should come in the order of the list."""
    return x[sorted(i % len(x) for i in indices)]


@misconception("pick_rows", hint="What should happen to a number that is in the list twice?")
def drops_repeats(x, indices):
    """Gives every row only once, though the list names some of them several times."""
    return x[list(dict.fromkeys(indices))]


@misconception("pick_rows", hint="What is left of the list's order, and of its repeats, in a sorted set?")
def makes_a_sorted_set_of_the_list(x, indices):
    """Sorts the numbers and drops the repeats: the rows come in another order, each of them once."""
    return x[sorted(set(indices))]


@misconception("pick_rows", hint="Along which dimension does your list select?")
def picks_columns(x, indices):
    """Selects columns."""
    return x[:, indices]


@misconception("pick_rows", hint="Is a list of numbers one index or several?")
def takes_the_list_for_coordinates(x, indices):
    """Uses the numbers as the coordinates of one place; each should name a row of its own."""
    return x[tuple(indices)]


@misconception("pick_rows", hint="What is there to stack when the list is empty?")
def stacks_the_picked_rows(x, indices):
    """Stacks the rows one by one; an empty list leaves nothing to stack."""
    return torch.stack([x[i] for i in indices])


@misconception("pick_rows", hint="What does −1 mean as a row number, and does the function you call know?")
def selects_without_negatives(x, indices):
    """Uses a function that doesn't count negative numbers from the end, so they raise."""
    return torch.index_select(x, 0, torch.tensor(indices, dtype=torch.int64))


@misconception("pick_rows", hint="Does your loop go over the list or over the rows?")
def filters_the_rows(x, indices):
    """Goes through the rows and keeps those that are in the list: order, repeats and negative numbers are lost."""
    return x[[i for i in range(len(x)) if i in indices]]


@misconception("pick_rows", hint="What does the caller's list hold after the call?")
def uses_up_the_callers_list(x, indices):
    """The rows are right, but the numbers have been taken out of the caller's own list, which is empty afterwards."""
    picked = x[:0]
    while indices:
        picked = torch.cat([picked, x[[indices.pop(0)]]])
    return picked


# --- to_scalar ----------------------------------------------------------------------------------------------


@misconception("to_scalar", hint="What is the type of your result?")
def leaves_it_in_a_tensor(x):
    """Gives a tensor without dimensions; a Python number was asked for."""
    if x.numel() != 1:
        raise ValueError("not one element")
    return x.reshape(())


@misconception("to_scalar", hint="What was promised for a tensor of several elements?")
def takes_the_first_of_many(x):
    """Takes the first element of a tensor that has several; a ValueError was promised."""
    return x.reshape(-1)[0].item()


@misconception("to_scalar", hint="Which exception was promised, and which one does item() raise?")
def lets_items_error_through(x):
    """Leaves the error to item(), which raises a RuntimeError; a ValueError was promised."""
    return x.item()


@misconception("to_scalar", hint="Which Python number should an integer tensor give?")
def always_gives_a_float(x):
    """Gives a float for an integer tensor too; an int was asked for."""
    if x.numel() != 1:
        raise ValueError("not one element")
    return float(x)


@misconception("to_scalar", hint="Which Python number should a float tensor give?")
def cuts_off_the_fraction(x):
    """Always gives an int, so the digits after the point are lost."""
    if x.numel() != 1:
        raise ValueError("not one element")
    return int(x)


@misconception("to_scalar", hint="How many dimensions may a tensor with one element have?")
def accepts_vectors_only(x):
    """Accepts only the shape (1,); a tensor with one element can have any number of dimensions, even none."""
    if x.shape != (1,):
        raise ValueError("not one element")
    return x.item()


@misconception("to_scalar", hint="What does len count, and what does it say of a tensor without dimensions?")
def counts_rows_with_len(x):
    """len counts the first dimension only: it fails without dimensions and takes a row of several numbers for one."""
    if len(x) != 1:
        raise ValueError("not one element")
    return x[0].item()


@misconception("to_scalar", hint="What should the caller get for a tensor of several elements?")
def returns_none_for_many(x):
    """Returns None for a tensor of several elements; a ValueError was promised."""
    if x.numel() == 1:
        return x.item()


# --- pad_sequences ------------------------------------------------------------------------------------------


@misconception("pad_sequences", hint="On which side do the fill values go?")
def pads_on_the_left(sequences, pad_value=0):
    """Puts the fill values in front of the sequence; they should follow it."""
    longest = max(len(s) for s in sequences)
    padded = sequences[0].new_full((len(sequences), longest), pad_value)
    for i, s in enumerate(sequences):
        padded[i, longest - len(s) :] = s
    return padded


@misconception("pad_sequences", hint="Is the first sequence always the longest?")
def cuts_to_the_length_of_the_first(sequences, pad_value=0):
    """Gives every row the length of the first sequence, so longer ones lose their end."""
    length = len(sequences[0])
    padded = sequences[0].new_full((len(sequences), length), pad_value)
    for i, s in enumerate(sequences):
        padded[i, : len(s)] = s[:length]
    return padded


@misconception("pad_sequences", hint="How long may a sequence be?")
def pads_to_a_fixed_length(sequences, pad_value=0):
    """Makes every row the same fixed length, too long for some lists and too short for others."""
    padded = sequences[0].new_full((len(sequences), 4), pad_value)
    for i, s in enumerate(sequences):
        padded[i, : len(s)] = s[:4]
    return padded


@misconception("pad_sequences", hint="How long is the longest sequence?")
def cuts_to_the_shortest(sequences, pad_value=0):
    """Cuts every sequence to the shortest one; the shorter ones should be filled up."""
    shortest = min(len(s) for s in sequences)
    return torch.stack([s[:shortest] for s in sequences])


@misconception("pad_sequences", hint="The function has a second argument. Where does your code use it?")
def always_pads_with_zero(sequences, pad_value=0):
    """Always fills up with zeros."""
    return torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True)


@misconception("pad_sequences", hint="Is a sequence a row or a column of the result?")
def makes_columns_of_the_sequences(sequences, pad_value=0):
    """Gives the transpose: every sequence is a column."""
    return torch.nn.utils.rnn.pad_sequence(sequences, padding_value=pad_value)


@misconception("pad_sequences", hint="Which dtype does the tensor have that you write the sequences into?")
def writes_the_sequences_into_a_float32_buffer(sequences, pad_value=0):
    """Collects the sequences in a tensor made by torch.ones, which is float32 whatever the sequences are."""
    longest = max(len(s) for s in sequences)
    padded = torch.ones(len(sequences), longest) * pad_value
    for i, s in enumerate(sequences):
        padded[i, : len(s)] = s
    return padded


@misconception("pad_sequences", hint="What does the caller's list hold after the call?")
def replaces_the_callers_sequences(sequences, pad_value=0):
    """The result is right, but the padded sequences have been put into the caller's own list."""
    longest = max(len(s) for s in sequences)
    for i in range(len(sequences)):
        fill = sequences[i].new_full((longest - len(sequences[i]),), pad_value)
        sequences[i] = torch.cat([sequences[i], fill])
    return torch.stack(sequences)


@misconception("pad_sequences", hint="In which order should the sequences come out?")
def sorts_by_length(sequences, pad_value=0):
    """Puts the longest sequence first; the order of the list should be kept."""
    longest_first = sorted(sequences, key=len, reverse=True)
    return torch.nn.utils.rnn.pad_sequence(longest_first, batch_first=True, padding_value=pad_value)


@misconception("pad_sequences", hint="What becomes of a sequence without elements?")
def leaves_out_empty_sequences(sequences, pad_value=0):
    """Leaves out sequences without elements; they should become rows of fill values."""
    kept = [s for s in sequences if len(s) > 0]
    return torch.nn.utils.rnn.pad_sequence(kept, batch_first=True, padding_value=pad_value)


@misconception("pad_sequences", hint="When is the default value of a parameter made: at every call, or once?")
def remembers_earlier_sequences(sequences, pad_value=0, rows=[]):
    """Collects the rows in a default argument, which is made only once: a second call still holds those of the first."""
    rows.extend(sequences)
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad_value)


# --- right on the CPU only ----------------------------------------------------------------------------------


@misconception("shift_and_scale", hint="On which device does torch.full make its tensor?", device=True)
def shift_in_a_tensor_of_its_own(x, shift, scale):
    """Makes a tensor of shifts on the CPU, which can't be added to a tensor on another device."""
    shifts = torch.full(x.shape, shift, dtype=x.dtype)
    return (x + shifts) * scale


@misconception("pairwise_sum", hint="Where is the result that you fill, and where are a and b?", device=True)
def pairs_collected_on_the_cpu(a, b):
    """Fills a table that was made on the CPU, so the result is there wherever a and b are."""
    table = torch.zeros(len(a), len(b), dtype=a.dtype)
    for i, first in enumerate(a):
        for j, second in enumerate(b):
            table[i, j] = first + second
    return table


@misconception("batched_outer", hint="Where does a tensor lie that torch.ones makes?", device=True)
def outer_product_with_ones(u, v):
    """Repeats u by a product with ones, and makes the ones on the CPU."""
    ones = torch.ones(len(u), 1, v.shape[1], dtype=u.dtype)
    return (u[:, :, None] * ones) * v[:, None, :]


@misconception("to_batches", hint="Which device does torch.tensor(list of numbers) use?", device=True)
def batches_by_way_of_lists(x, batch_size):
    """Takes the numbers out into lists and makes a new tensor of them, on the CPU."""
    if len(x) % batch_size:
        raise ValueError("batch_size must divide the number of rows")
    rows = x.tolist()
    batches = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    return torch.tensor(batches, dtype=x.dtype)


@misconception("flat_copy", hint="What else does .cpu() change, besides making a copy?", device=True)
def copies_to_the_cpu(x):
    """Copies by moving to the CPU: from another device that does give a copy, but in the wrong place."""
    return x.cpu().reshape(-1).clone()


@misconception("to_numpy", hint="NumPy reads the CPU's memory. Where may x be?", device=True)
def array_without_the_cpu(x):
    """Drops the graph but leaves the tensor where it is; NumPy can't read it on another device."""
    return x.detach().numpy()


@misconception("sum_over", hint="Where does the tensor begin to which you add?", device=True)
def sum_begins_on_the_cpu(x, dim):
    """Adds the slices to zeros that were made on the CPU."""
    slices = x.unbind(dim)
    total = torch.zeros(x.select(dim, 0).shape, dtype=x.dtype) if slices else x.sum(dim)
    for part in slices:
        total = total + part
    return total


@misconception("grand_total", hint="Your total is a tensor. On which device?", device=True)
def total_in_a_tensor_on_the_cpu(x):
    """Adds the rows to a one-element tensor on the CPU."""
    total = torch.zeros(1, dtype=torch.float64)
    for value in x.reshape(-1).unbind():
        total += value.reshape(1)
    return float(total)


@misconception("row_average", hint="On which device does torch.zeros put its result?", device=True)
def averages_into_zeros(x):
    """Collects the averages in zeros that were made on the CPU, so the result is there."""
    averages = torch.zeros(x.shape[0], dtype=x.dtype)
    for i in range(x.shape[0]):
        averages[i] = x[i].sum() / x.shape[1]
    return averages


@misconception("column_average", hint="Is there a `.cpu()` left in your function?", device=True)
def cpu_left_in(x):
    """Moves the input to the CPU first, where the result then stays."""
    return x.cpu().mean(dim=0)


@misconception("channel_means", hint="Every `.item()` leaves the device. What brings the numbers back?", device=True)
def means_as_python_numbers(images):
    """Reads each mean as a Python number and makes a new tensor of them, on the CPU."""
    means = [images[:, c].mean().item() for c in range(images.shape[1])]
    return torch.tensor(means, dtype=images.dtype)


@misconception("pick_rows", hint="`torch.stack` of what, and where, if the rows are copied first?", device=True)
def rows_gathered_with_a_cpu_index(x, indices):
    """Gathers with an index tensor on the CPU; index_select wants it on the device of x."""
    return torch.index_select(x, 0, torch.tensor([i % len(x) for i in indices], dtype=torch.int64))


@misconception("pad_sequences", hint="On which device does torch.full make the table?", device=True)
def table_of_padding_on_the_cpu(sequences, pad_value=0):
    """Fills a table that was made on the CPU, so the result is there wherever the sequences are."""
    longest = max(len(sequence) for sequence in sequences)
    table = torch.full((len(sequences), longest), pad_value, dtype=sequences[0].dtype)
    for i, sequence in enumerate(sequences):
        table[i, : len(sequence)] = sequence
    return table


@misconception("pad_sequences", hint="Where is the padding that you put behind each sequence?", device=True)
def cpu_padding_behind_each(sequences, pad_value=0):
    """Puts a piece of padding that was made on the CPU behind each sequence; torch.cat takes one device only."""
    longest = max(len(sequence) for sequence in sequences)
    rows = []
    for sequence in sequences:
        padding = torch.full((longest - len(sequence),), pad_value, dtype=sequence.dtype)
        rows.append(torch.cat([sequence, padding]))
    return torch.stack(rows)


# --- what the caller's data and torch hold afterwards -------------------------------------------------------


@misconception("from_lists", hint="Whose list is `rows`, and what does it hold after the call?")
def turns_the_callers_numbers_into_floats(rows, dtype=torch.float32):
    """Writes floats into the caller's own list on the way; the tensor is right, the list is not what it was."""
    if isinstance(rows, list) and dtype.is_floating_point:
        for i, row in enumerate(rows):
            rows[i] = [float(number) for number in row] if isinstance(row, list) else float(row)
    return torch.tensor(rows, dtype=dtype)


@misconception("from_lists", hint="For whom does `set_default_dtype` change the dtype, and for how long?")
def sets_the_default_dtype(rows, dtype=torch.float32):
    """Makes the dtype asked for torch's default, and leaves it so for every tensor that is made afterwards."""
    if dtype.is_floating_point:
        torch.set_default_dtype(dtype)
    return torch.tensor(rows, dtype=dtype)


@misconception("shift_and_scale", hint="Is (x + shift) - shift always x, to the last digit?")
def shifts_and_shifts_back(x, shift, scale):
    """Shifts the caller's tensor in place and takes the shift off again: rounding doesn't bring every digit back."""
    x = x if x.is_contiguous() else x.clone()
    x.add_(shift)
    result = x * scale
    x.sub_(shift)
    return result


@misconception("pick_rows", hint="Whose list do you write the row numbers into?")
def rewrites_negative_numbers(x, indices):
    """Replaces the negative numbers in the caller's own list, which is another list afterwards."""
    for i, number in enumerate(indices):
        if number < 0:
            indices[i] = number + len(x)
    return x[indices]


@misconception("matrix_product", hint="Whose tensor does `unsqueeze_` give one more dimension, and for how long?")
def adds_a_batch_dimension_in_place(a, b):
    """Gives the caller's own b another dimension where a has a batch and b has none; it keeps it afterwards."""
    if b.dim() < a.dim():
        b.unsqueeze_(0)
    return a @ b


# --- digits lost on the way ---------------------------------------------------------------------------------


@misconception("shift_and_scale", hint="Which dtype has torch.tensor(0.1), and how many digits of 0.1 does it keep?")
def shifts_by_a_float32_tensor(x, shift, scale):
    """Puts shift and scale into tensors first. Those are float32, so in float64 a decimal has lost digits."""
    return ((x + torch.tensor(shift, device=x.device)) * torch.tensor(scale, device=x.device)).to(x.dtype)


@misconception("to_batches", hint="How many digits of a float64 number fit into float32, and do they come back?")
def batches_in_float32(x, batch_size):
    """Goes through float32 and casts back: the dtype is right, but a float64 number has lost digits."""
    if len(x) % batch_size != 0:
        raise ValueError("batch_size does not divide the number of rows")
    return x.float().reshape(-1, batch_size, *x.shape[1:]).to(x.dtype)


@misconception("swap_first_two", hint="Which dtype does torch.zeros make, and what does it do to a float64 number?")
def swaps_in_a_float32_buffer(x):
    """Collects the result in float32 and casts it at the end: a float64 number has lost digits by then."""
    swapped = torch.zeros(x.shape[1], x.shape[0], *x.shape[2:], device=x.device)
    for i in range(x.shape[0]):
        swapped[:, i] = x[i]
    return swapped.to(x.dtype)


@misconception("flat_copy", hint="Which dtype does torch.zeros make, and what does it do to a float64 number?")
def copies_into_a_float32_buffer(x):
    """Copies into a float32 tensor and casts it at the end: a float64 number has lost digits by then."""
    return torch.zeros(x.numel(), device=x.device).copy_(x.reshape(-1)).to(x.dtype)


@misconception("grand_total", hint="What does your loop return where there is nothing to add, and of which type is it?")
def starts_from_an_int(x):
    """Starts from the int 0, which is what comes back, not a float, where x has no elements."""
    total = 0
    for number in x.flatten().tolist():
        total += float(number)
    return total


@misconception("corner_of_each", hint="Which dtype does torch.tensor give to a list of Python floats?")
def corners_through_float32(x):
    """Makes a float32 tensor of the numbers and casts it at the end: a float64 number has lost digits by then."""
    return torch.tensor([item[0, 0].item() for item in x], device=x.device).to(x.dtype)


@misconception("pick_rows", hint="Which dtype does torch.zeros make, and what does it do to a float64 number?")
def picks_into_a_float32_buffer(x, indices):
    """Collects the rows in float32 and casts them at the end: a float64 number has lost digits by then."""
    rows = torch.zeros(len(indices), *x.shape[1:], device=x.device)
    for k, i in enumerate(indices):
        rows[k] = x[i]
    return rows.to(x.dtype)


@misconception("pad_sequences", hint="Which dtype does torch.full give to a float, and when do you cast it?")
def casts_the_table_at_the_end(sequences, pad_value=0):
    """Collects the sequences in float32 and casts at the end: a float64 number has lost digits by then."""
    longest = max(len(sequence) for sequence in sequences)
    table = torch.full((len(sequences), longest), float(pad_value), device=sequences[0].device)
    for i, sequence in enumerate(sequences):
        table[i, : len(sequence)] = sequence
    return table.to(sequences[0].dtype)


@misconception("blank", hint="Has a tensor without elements a dtype, and which one does yours have?")
def makes_every_empty_one_float32(shape, fill, dtype=torch.float32):
    """Where a size is 0 there is nothing to fill, and the dtype that was asked for is forgotten."""
    if 0 in shape:
        return torch.empty(shape)
    return torch.full(shape, fill, dtype=dtype)


@misconception("blank", hint="What decides the dtype of torch.tensor(7)?")
def lets_a_single_number_choose_its_dtype(shape, fill, dtype=torch.float32):
    """For the shape () the number itself decides the dtype: a whole one gives int64."""
    if shape == ():
        return torch.tensor(fill)
    return torch.full(shape, fill, dtype=dtype)


@misconception("matrix_product", hint="Which dtype has the tensor that you collect the products in?")
def collects_batches_in_float32(a, b):
    """Multiplies batches one by one into a float32 buffer; two matrices keep their dtype."""
    if a.ndim == 2 and b.ndim == 2:
        return a @ b
    batch = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = a.expand(*batch, *a.shape[-2:]), b.expand(*batch, *b.shape[-2:])
    products = torch.zeros(*batch, a.shape[-2], b.shape[-1], device=a.device)
    for index in np.ndindex(*batch):
        products[index] = a[index] @ b[index]
    return products


@misconception("matrix_product", hint="Which dtype does torch.zeros make?")
def makes_a_float32_product_of_no_numbers(a, b):
    """Where there is nothing to multiply it makes the answer itself, always in float32."""
    if a.numel() == 0 or b.numel() == 0:
        return torch.zeros(a.shape[0], b.shape[1], device=a.device)
    return a @ b


@misconception("to_batches", hint="Which lines still run once an exception was raised?")
def leaves_gradients_off_when_it_refuses(x, batch_size):
    """Switches gradients off and on again, but a raised ValueError leaves the function before the second line."""
    torch.set_grad_enabled(False)
    if len(x) % batch_size:
        raise ValueError(f"{batch_size} does not divide {len(x)}")
    batches = x.reshape(-1, batch_size, *x.shape[1:])
    torch.set_grad_enabled(True)
    return batches


@misconception("to_numpy", hint="Whose `requires_grad` can be switched at all, and whose follows from its graph?")
def switches_the_flag_for_a_moment(x):
    """Switches requires_grad off and on again, which only a leaf allows, not the result of a computation."""
    flag = x.requires_grad
    x.requires_grad_(False)
    array = x.cpu().numpy()
    x.requires_grad_(flag)
    return array


@misconception("grand_total", hint="How many digits has a float64 number, and how many are left in float32?")
def totals_in_float32(x):
    """Converts to float32 before adding up, so the sum of float64 numbers has lost half of its digits."""
    return x.to(torch.float32).sum().item()


@misconception("column_average", hint="For whom does `set_default_dtype` change the dtype, and for how long?")
def column_average_sets_the_default_dtype(x):
    """Makes its new tensors fit x by changing the dtype that every new tensor of the program gets."""
    torch.set_default_dtype(x.dtype)
    totals = torch.zeros(x.shape[1], device=x.device)
    for row in x:
        totals = totals + row
    return totals / len(x)


@misconception("first_column", hint="Which dimensions does squeeze remove, and should this one go?")
def squeezes_what_is_left(x):
    """Takes the column and removes a last dimension of size 1 besides."""
    column = x[:, 0]
    return column.squeeze(-1) if column.ndim > 1 else column


@misconception("leading_rows", hint="What can be stacked where there are no rows at all?")
def stacks_rows_that_may_not_be_there(x, count):
    """Stacks the first rows, unless none are asked for; a tensor without rows has nothing to stack either."""
    if count == 0:
        return x[:0]
    return torch.stack(list(x)[:count])


@misconception("pad_sequences", hint="Which dtype does torch.tensor give to a Python float?")
def rounds_the_pad_value(sequences, pad_value=0):
    """Makes a float32 tensor of the pad value first, so 0.1 has only float32's digits among float64 numbers."""
    filling = torch.tensor(float(pad_value), device=sequences[0].device)
    table = sequences[0].new_zeros(len(sequences), max(len(sequence) for sequence in sequences))
    for i, sequence in enumerate(sequences):
        table[i, : len(sequence)] = sequence
        table[i, len(sequence) :] = filling
    return table


@misconception("pick_rows", hint="Has a tensor without rows a dtype, and which one does yours have?")
def picks_none_in_float32(x, indices):
    """Makes the answer for an empty list itself, in float32, whatever x is."""
    if not indices:
        return torch.zeros(0, *x.shape[1:], device=x.device)
    return torch.stack([x[i] for i in indices])


@misconception("leading_rows", hint="Has a tensor without rows a dtype, and which one does yours have?")
def leads_with_none_in_float32(x, count):
    """Makes the answer for a count of 0 itself, in float32, whatever x is."""
    if count == 0:
        return torch.zeros(0, *x.shape[1:], device=x.device)
    return x[:count]


@misconception("pad_sequences", hint="What is the row of a sequence without elements filled with?")
def fills_a_row_without_elements_with_zeros(sequences, pad_value=0):
    """Treats a sequence of length 0 apart, and makes a row of zeros of it, whatever is to be filled in."""
    longest = max(len(sequence) for sequence in sequences)
    rows = []
    for sequence in sequences:
        if len(sequence) == 0:
            rows.append(sequence.new_zeros(longest))
        else:
            rows.append(torch.cat([sequence, sequence.new_full((longest - len(sequence),), pad_value)]))
    return torch.stack(rows)
