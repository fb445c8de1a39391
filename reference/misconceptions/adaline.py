"""Known wrong ways to do the exercises of `adaline`. Each is the body that a student would really write."""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from grader.exercise import misconception

# --- mse_loss -------------------------------------------------------------------------------------------------


@misconception("mse_loss", hint="What does the M in MSE stand for?")
def sums_the_squares(yhat, y):
    """Adds the squared differences up and never divides by their number."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat - y) ** 2).sum()


@misconception("mse_loss", hint="Some books put a factor in front of the loss. Does this exercise?")
def halves_the_mean(yhat, y):
    """Multiplies the mean by one half, a convention of books that makes the gradient shorter."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return 0.5 * ((yhat - y) ** 2).mean()


@misconception("mse_loss", hint="Can errors of +1 and -1 cancel in a squared error?")
def averages_the_differences(yhat, y):
    """Averages the differences themselves: without the square, errors of opposite sign cancel."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return (yhat - y).mean()


@misconception("mse_loss", hint="What comes first: the square or the mean?")
def squares_the_mean_difference(yhat, y):
    """Takes the mean first and squares it afterwards, so that errors of opposite sign cancel."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return (yhat - y).mean() ** 2


@misconception("mse_loss", hint="How much does an error of 2 count for, compared with an error of 1?")
def averages_absolute_differences(yhat, y):
    """Computes the mean absolute error, which counts an error of 2 twice, not four times."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return (yhat - y).abs().mean()


@misconception("mse_loss", hint="Is there a root in the mean squared error?")
def takes_the_root(yhat, y):
    """Takes the square root at the end: that is the root mean squared error."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat - y) ** 2).mean().sqrt()


@misconception("mse_loss", hint="Is yhat² - y² the same as (yhat - y)²?")
def subtracts_the_squares(yhat, y):
    """Squares predictions and targets first and subtracts then; the product of the two is missing."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return (yhat**2 - y**2).mean()


@misconception("mse_loss", hint="How many squared differences are there, and by what do you divide?")
def divides_by_one_less(yhat, y):
    """Divides by n - 1, as for an unbiased variance; with a single row that is a division by zero."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat - y) ** 2).sum() / (len(y) - 1)


@misconception("mse_loss", hint="Is 1 / 2 * n the same as 1 / (2 * n)? And is there a 2 at all?")
def divides_in_the_wrong_place(yhat, y):
    """Writes 1 / 2 * n * sum, which Python reads as (1 / 2) * n * sum."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return 1 / 2 * len(y) * ((yhat - y) ** 2).sum()


@misconception("mse_loss", hint="How many numbers should a loss be?")
def returns_a_square_for_every_row(yhat, y):
    """Returns the n squared differences and leaves the averaging out."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return (yhat - y) ** 2


@misconception("mse_loss", hint="What is the shape of a single number: (1,) or ()?")
def keeps_a_dimension(yhat, y):
    """Keeps the dimension that the mean collapses: the result has the shape (1,), not ()."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat - y) ** 2).mean(dim=0, keepdim=True)


@misconception("mse_loss", hint="What is (3, 1) minus (3,)? Look at its shape.")
def lets_shapes_broadcast(yhat, y):
    """Never compares the shapes: (n, 1) minus (n,) silently gives all n * n differences."""
    return F.mse_loss(yhat, y)


@misconception("mse_loss", hint="Which exception does the exercise ask for?")
def asserts_equal_shapes(yhat, y):
    """Checks the shapes with assert, which raises AssertionError, not ValueError."""
    assert yhat.shape == y.shape, "shapes differ"
    return ((yhat - y) ** 2).mean()


@misconception("mse_loss", hint="Have (3, 1) and (3,) the same length? Have they the same shape?")
def compares_the_lengths_only(yhat, y):
    """Compares the lengths, and (n, 1) and (n,) have the same: such a pair still broadcasts."""
    if len(yhat) != len(y):
        raise ValueError("lengths differ")
    return ((yhat - y) ** 2).mean()


@misconception("mse_loss", hint="Have (1,) and (3,) the same number of dimensions? Do they broadcast?")
def compares_the_ranks_only(yhat, y):
    """Compares the numbers of dimensions, and (1,) and (n,) have the same: such a pair still broadcasts."""
    if yhat.dim() != y.dim():
        raise ValueError("dimensions differ")
    return ((yhat - y) ** 2).mean()


@misconception("mse_loss", hint="What should happen to a column (n, 1): is it repaired or refused?")
def flattens_a_column(yhat, y):
    """Flattens both first, so a column (n, 1) is accepted where a ValueError is asked."""
    yhat, y = yhat.reshape(-1), y.reshape(-1)
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat - y) ** 2).mean()


@misconception("mse_loss", hint="Can you call backward() on a Python float?")
def returns_a_number_without_history(yhat, y):
    """Ends with .item(): a Python float has no graph, so nothing can be trained with it."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat - y) ** 2).mean().item()


@misconception("mse_loss", hint="Does a new tensor made from a number know where the number came from?")
def wraps_the_loss_in_a_new_tensor(yhat, y):
    """Puts the value into a new tensor that requires grad: the way back to the predictions is cut."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    value = ((yhat - y) ** 2).mean().item()
    return torch.tensor(value, dtype=yhat.dtype, device=yhat.device, requires_grad=True)


@misconception("mse_loss", hint="Which dtype has a tensor made by torch.tensor(0.0)?")
def collects_in_float32(yhat, y):
    """Casts everything to float32, so float64 data come out as float32."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat.float() - y.float()) ** 2).mean()


@misconception("mse_loss", hint="Whose tensor does `-=` change?")
def subtracts_in_place(yhat, y):
    """Writes yhat -= y, which overwrites the caller's predictions (and fails where they require grad)."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    yhat -= y
    return (yhat**2).mean()


@misconception("mse_loss", hint="Which step of yours does autograd not see?")
def computes_the_loss_without_a_graph(yhat, y):
    """Computes the loss where no graph is kept (under no_grad, or from detached predictions)."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    return ((yhat.detach() - y) ** 2).mean()


@misconception("mse_loss", hint="How does a function say that it can't go on: by what it returns?")
def returns_the_exception(yhat, y):
    """Returns the exception as if it were the result; it has to be raised."""
    if yhat.shape != y.shape:
        return ValueError("shapes differ")
    return ((yhat - y) ** 2).mean()


@misconception("mse_loss", hint="How often does the loop run before the function returns?")
def returns_in_the_first_round(yhat, y):
    """Returns inside the loop, so only the first row counts."""
    if yhat.shape != y.shape:
        raise ValueError("shapes differ")
    total = 0
    for prediction, target in zip(yhat, y):
        total = total + (prediction - target) ** 2
        return total / len(y)



# --- shuffled_split -------------------------------------------------------------------------------------------


@misconception("shuffled_split", hint="After shuffling x, which label belongs to its first row?")
def leaves_the_labels_in_order(x, y, fraction, seed):
    """Shuffles the rows of x only: the labels stay where they were and no longer fit."""
    torch.manual_seed(seed)
    x = x[torch.randperm(len(x))]
    size = int(len(x) * fraction)
    return x[:size], x[size:], y[:size], y[size:]


@misconception("shuffled_split", hint="How many permutations does it take to keep rows and labels together?")
def draws_a_permutation_for_each(x, y, fraction, seed):
    """Draws one permutation for x and another one for y, so rows and labels no longer belong together."""
    torch.manual_seed(seed)
    x = x[torch.randperm(len(x))]
    y = y[torch.randperm(len(y))]
    size = int(len(x) * fraction)
    return x[:size], x[size:], y[:size], y[size:]


@misconception("shuffled_split", hint="If all rows of one class come first, what is in the test part?")
def splits_without_shuffling(x, y, fraction, seed):
    """Cuts the data as they come, without any shuffling."""
    size = int(len(x) * fraction)
    return x[:size], x[size:], y[:size], y[size:]


@misconception("shuffled_split", hint="What is the argument `seed` for?")
def never_seeds_the_split(x, y, fraction, seed):
    """Draws the permutation without seeding, so the split is another one each time."""
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="Does another seed give another split?")
def always_seeds_with_123(x, y, fraction, seed):
    """Seeds with 123 whatever seed is asked for."""
    torch.manual_seed(123)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="Which generator does torch.randperm draw from?")
def shuffles_with_numpy(x, y, fraction, seed):
    """Seeds and draws with numpy: a permutation, but not the one that torch.randperm gives."""
    np.random.seed(seed % 2**32)
    order = torch.from_numpy(np.random.permutation(len(x)))
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="Which part of the shuffled rows comes first: training or test?")
def takes_the_test_rows_first(x, y, fraction, seed):
    """Uses the first shuffled rows for testing and trains on what is left."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    cut = len(x) - int(len(x) * fraction)
    test, train = order[:cut], order[cut:]
    return x[train], x[test], y[train], y[test]


@misconception("shuffled_split", hint="`fraction` is whose share: that of training or that of testing?")
def gives_the_fraction_to_the_test(x, y, fraction, seed):
    """Takes `fraction` for the share of the test rows, so the training part has the size of the other."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = len(x) - int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="What does int() do to 3.5? And round()?")
def rounds_to_the_nearest(x, y, fraction, seed):
    """Rounds the number of training rows to the nearest whole number instead of down."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = round(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="What does int() do to 3.2? And math.ceil()?")
def rounds_up(x, y, fraction, seed):
    """Rounds the number of training rows up."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = math.ceil(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="Count: how many rows go in, and how many come out?")
def loses_the_row_at_the_cut(x, y, fraction, seed):
    """Starts the test part one row too late: the row at the cut is in neither part."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size + 1 :]], y[order[:size]], y[order[size + 1 :]]


@misconception("shuffled_split", hint="May a training row also be a test row?")
def uses_a_row_twice_at_the_cut(x, y, fraction, seed):
    """Starts the test part one row too early: the last training row is a test row as well."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    start = max(size - 1, 0)
    return x[order[:size]], x[order[start:]], y[order[:size]], y[order[start:]]


@misconception("shuffled_split", hint="Are the rows behind the cut those that the training part left out?")
def tests_on_the_unshuffled_rows(x, y, fraction, seed):
    """Takes the test rows from the data before shuffling, so training rows are among them."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    return x[order[:size]], x[size:], y[order[:size]], y[size:]


@misconception("shuffled_split", hint="Is the shuffled x shuffled a second time when you index it by the permutation?")
def shuffles_twice(x, y, fraction, seed):
    """Shuffles x and y, then picks from the shuffled ones by the same permutation again."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    x, y = x[order], y[order]
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="Is row i moved to place order[i], or fetched from there?")
def sends_rows_to_their_places(x, y, fraction, seed):
    """Moves row i to place order[i]: that is the inverse permutation."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    x_new, y_new = torch.empty_like(x), torch.empty_like(y)
    x_new[order], y_new[order] = x, y
    size = int(len(x) * fraction)
    return x_new[:size], x_new[size:], y_new[:size], y_new[size:]


@misconception("shuffled_split", hint="Does the order within the training rows count too?")
def sorts_the_picked_rows(x, y, fraction, seed):
    """Picks the right rows but puts them back into their old order."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    train, test = order[:size].sort().values, order[size:].sort().values
    return x[train], x[test], y[train], y[test]


@misconception("shuffled_split", hint="Can torch.randint draw the same row twice?")
def picks_rows_with_replacement(x, y, fraction, seed):
    """Draws row numbers by torch.randint: some rows come twice, others never."""
    torch.manual_seed(seed)
    order = torch.randint(len(x), (len(x),))
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="In which order are the four results asked for?")
def pairs_each_x_with_its_y(x, y, fraction, seed):
    """Returns x_train, y_train, x_test, y_test: the right four, in another order than asked."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    train, test = order[: int(len(x) * fraction)], order[int(len(x) * fraction) :]
    return x[train], y[train], x[test], y[test]


@misconception("shuffled_split", hint="Which dtype had the labels before, and which have they now?")
def turns_labels_into_floats(x, y, fraction, seed):
    """Converts the labels to float32, whatever they were."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    train, test = order[: int(len(x) * fraction)], order[int(len(x) * fraction) :]
    return x[train], x[test], y[train].float(), y[test].float()


@misconception("shuffled_split", hint="What is in the caller's x after x[:] = x[order]?")
def shuffles_the_data_in_place(x, y, fraction, seed):
    """Writes the shuffled rows back into x and y: the caller's data have changed their order."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    x[:], y[:] = x[order], y[order]
    size = int(len(x) * fraction)
    return x[:size].clone(), x[size:].clone(), y[:size].clone(), y[size:].clone()


@misconception("shuffled_split", hint="7 rows and a fraction of 0.5: how many rows train, and how many are left?")
def rounds_both_parts_down(x, y, fraction, seed):
    """Takes int(n * fraction) rows for training and int(n * (1 - fraction)) for testing: one may be left over."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    test = order[size : size + int(len(x) * (1 - fraction))]
    return x[order[:size]], x[test], y[order[:size]], y[test]


@misconception("shuffled_split", hint="Which function draws the permutation that is asked for?")
def sorts_random_numbers(x, y, fraction, seed):
    """Sorts random numbers: that is a permutation too, but not the one that torch.randperm gives."""
    torch.manual_seed(seed)
    order = torch.rand(len(x)).argsort()
    size = int(len(x) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="What does squeeze() do to the shape (2, 1)? And has it to?")
def drops_dimensions_of_size_one(x, y, fraction, seed):
    """Squeezes the parts: where there is one row or one feature, a dimension is missing."""
    torch.manual_seed(seed)
    order = torch.randperm(len(x))
    size = int(len(x) * fraction)
    parts = x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]
    return [part.squeeze() for part in parts]



# --- standardize ----------------------------------------------------------------------------------------------


@misconception("standardize", hint="May the test rows have a say in how they are scaled?")
def scales_test_rows_by_themselves(x_train, x_test):
    """Standardizes the test rows by their own mean and deviation instead of those of the training rows."""
    return (x_train - x_train.mean(0)) / x_train.std(0), (x_test - x_test.mean(0)) / x_test.std(0)


@misconception("standardize", hint="Would you know the test rows while you train?")
def measures_all_rows_together(x_train, x_test):
    """Takes mean and deviation over training and test rows together: the test rows leak into the training."""
    both = torch.cat([x_train, x_test])
    return (x_train - both.mean(0)) / both.std(0), (x_test - both.mean(0)) / both.std(0)


@misconception("standardize", hint="Does the standard deviation divide by n or by n - 1?")
def divides_by_the_biased_deviation(x_train, x_test):
    """Uses the biased standard deviation, which divides by n (as numpy's does), not by n - 1."""
    mean, std = x_train.mean(0), x_train.std(0, unbiased=False)
    return (x_train - mean) / std, (x_test - mean) / std


@misconception("standardize", hint="How many means are there: one, or one a column?")
def uses_one_mean_for_all_columns(x_train, x_test):
    """Takes mean and deviation over the whole table: one number each instead of one a column."""
    mean, std = x_train.mean(), x_train.std()
    return (x_train - mean) / std, (x_test - mean) / std


@misconception("standardize", hint="Are the columns on the same scale if all are divided by the same number?")
def uses_one_deviation_for_all_columns(x_train, x_test):
    """Centres each column by itself but divides all by the deviation of the whole table."""
    mean, std = x_train.mean(0), x_train.std()
    return (x_train - mean) / std, (x_test - mean) / std


@misconception("standardize", hint="Which dimension disappears when you average each column?")
def standardizes_every_row(x_train, x_test):
    """Averages along the rows: every row gets mean 0, not every column."""
    mean, std = x_train.mean(1, keepdim=True), x_train.std(1, keepdim=True)
    test_mean, test_std = x_test.mean(1, keepdim=True), x_test.std(1, keepdim=True)
    return (x_train - mean) / std, (x_test - test_mean) / test_std


@misconception("standardize", hint="What is the standard deviation of a column afterwards?")
def only_subtracts_the_mean(x_train, x_test):
    """Subtracts the mean and stops there: nothing is divided by the deviation."""
    mean = x_train.mean(0)
    return x_train - mean, x_test - mean


@misconception("standardize", hint="In which unit is the variance, if x is in cm?")
def divides_by_the_variance(x_train, x_test):
    """Divides by the variance, not by its root, the standard deviation."""
    mean, var = x_train.mean(0), x_train.var(0)
    return (x_train - mean) / var, (x_test - mean) / var


@misconception("standardize", hint="What does Python do first in a - b / c?")
def forgets_the_brackets(x_train, x_test):
    """Writes x - mean / std: without brackets the mean alone is divided."""
    mean, std = x_train.mean(0), x_train.std(0)
    return x_train - mean / std, x_test - mean / std


@misconception("standardize", hint="Deviation from what: from the mean, or from zero?")
def measures_the_distance_from_zero(x_train, x_test):
    """Divides by the root of the mean square of x itself, before the mean was subtracted."""
    mean, size = x_train.mean(0), (x_train**2).mean(0).sqrt()
    return (x_train - mean) / size, (x_test - mean) / size


@misconception("standardize", hint="Is scaling to 0 ... 1 the same as mean 0 and deviation 1?")
def scales_between_zero_and_one(x_train, x_test):
    """Scales by smallest and largest value: that is min-max normalisation."""
    low, high = x_train.min(0).values, x_train.max(0).values
    return (x_train - low) / (high - low), (x_test - low) / (high - low)


@misconception("standardize", hint="Which x_train do you measure: the one before or after its own scaling?")
def measures_after_scaling(x_train, x_test):
    """Overwrites x_train first and measures it then: its mean is 0 and its deviation 1 by now."""
    x_train = (x_train - x_train.mean(0)) / x_train.std(0)
    return x_train, (x_test - x_train.mean(0)) / x_train.std(0)


@misconception("standardize", hint="Both the shift and the scale come from the training rows. Do yours?")
def takes_only_the_mean_from_training(x_train, x_test):
    """Centres the test rows by the training mean but divides by their own deviation."""
    mean = x_train.mean(0)
    return (x_train - mean) / x_train.std(0), (x_test - mean) / x_test.std(0)


@misconception("standardize", hint="What does the caller find in x_train afterwards?")
def standardizes_in_place(x_train, x_test):
    """Uses -= and /= on the tensors given: the caller's data are overwritten."""
    mean, std = x_train.mean(0), x_train.std(0)
    x_train -= mean
    x_train /= std
    x_test -= mean
    x_test /= std
    return x_train, x_test


@misconception("standardize", hint="Which dtype do float64 data have afterwards?")
def standardizes_in_float32(x_train, x_test):
    """Makes everything float32 first, so float64 data come out as float32."""
    x_train, x_test = x_train.float(), x_test.float()
    mean, std = x_train.mean(0), x_train.std(0)
    return (x_train - mean) / std, (x_test - mean) / std


@misconception("standardize", hint="Which dtype do torch.zeros(d) and torch.tensor(0.5) have?")
def keeps_the_figures_in_float32(x_train, x_test):
    """Puts means and deviations into new float32 tensors, which rounds those of float64 data."""
    mean, std = torch.zeros_like(x_train[0]).float(), torch.zeros_like(x_train[0]).float()
    for column in range(x_train.shape[1]):
        mean[column] = x_train[:, column].mean()
        std[column] = x_train[:, column].std()
    return (x_train - mean) / std, (x_test - mean) / std



# --- minibatches ----------------------------------------------------------------------------------------------


@misconception("minibatches", hint="Are the rows in a new order in every epoch?")
def cuts_without_shuffling(n, minibatch_size):
    """Cuts 0 ... n - 1 as it is, without any permutation."""
    return list(torch.arange(n).split(minibatch_size))


@misconception("minibatches", hint="With 5 rows and mini-batches of 2, which row is never used?")
def drops_the_rest(n, minibatch_size):
    """Makes only full mini-batches: the rows that are left over are dropped."""
    order = torch.randperm(n)
    return [order[i * minibatch_size : (i + 1) * minibatch_size] for i in range(n // minibatch_size)]


@misconception("minibatches", hint="Where does range stop: at its end, or before it?")
def stops_one_minibatch_early(n, minibatch_size):
    """Lets the starts run up to n - minibatch_size, which range leaves out: the last mini-batch is missing."""
    order = torch.randperm(n)
    return [order[i : i + minibatch_size] for i in range(0, n - minibatch_size, minibatch_size)]


@misconception("minibatches", hint="Is minibatch_size how many rows a mini-batch has, or how many mini-batches there are?")
def takes_the_size_for_the_number(n, minibatch_size):
    """Makes minibatch_size mini-batches instead of mini-batches of that size."""
    return list(torch.randperm(n).tensor_split(minibatch_size))


@misconception("minibatches", hint="With 4 rows and mini-batches of 3, how large are the mini-batches?")
def balances_the_minibatches(n, minibatch_size):
    """Makes the right number of mini-batches but of nearly equal size, instead of full ones and a rest."""
    return list(torch.randperm(n).tensor_split(math.ceil(n / minibatch_size)))


@misconception("minibatches", hint="Which mini-batch may be smaller than the others: the first or the last?")
def puts_the_rest_first(n, minibatch_size):
    """Takes the smaller mini-batch off the front instead of leaving it for the end."""
    order = torch.randperm(n)
    rest = n % minibatch_size
    return ([order[:rest]] if rest else []) + [
        order[i : i + minibatch_size] for i in range(rest, n, minibatch_size)
    ]


@misconception("minibatches", hint="May a mini-batch have more than minibatch_size rows?")
def adds_the_rest_to_the_last(n, minibatch_size):
    """Adds the rows that are left over to the last full mini-batch, which is then too large."""
    order = torch.randperm(n)
    count = max(n // minibatch_size, 1)
    batches = [order[i * minibatch_size : (i + 1) * minibatch_size] for i in range(count)]
    batches[-1] = order[(count - 1) * minibatch_size :]
    return batches


@misconception("minibatches", hint="How often does each row number occur in an epoch?")
def fills_the_last_up(n, minibatch_size):
    """Fills the last mini-batch up with rows from the beginning, so some rows are used twice."""
    order = torch.randperm(n)
    missing = -n % minibatch_size
    return list(torch.cat([order, order.repeat(minibatch_size)[:missing]]).split(minibatch_size))


@misconception("minibatches", hint="How often does each row number occur in an epoch?")
def draws_with_replacement(n, minibatch_size):
    """Draws the rows of each mini-batch by torch.randint: some rows come twice, others never."""
    return [
        torch.randint(n, (min(minibatch_size, n - start),)) for start in range(0, n, minibatch_size)
    ]


@misconception("minibatches", hint="Can two mini-batches of one epoch share a row?")
def permutes_for_each_minibatch(n, minibatch_size):
    """Draws a new permutation for each mini-batch, so mini-batches of one epoch overlap."""
    return [
        torch.randperm(n)[: min(minibatch_size, n - start)] for start in range(0, n, minibatch_size)
    ]


@misconception("minibatches", hint="What is permuted: the rows, or only which mini-batch comes when?")
def shuffles_the_minibatches_only(n, minibatch_size):
    """Cuts the rows in their old order and shuffles the mini-batches: the same rows stay together for ever."""
    batches = list(torch.arange(n).split(minibatch_size))
    return [batches[i] for i in torch.randperm(len(batches)).tolist()]


@misconception("minibatches", hint="Does the order within a mini-batch still come from the permutation?")
def sorts_each_minibatch(n, minibatch_size):
    """Sorts the row numbers within each mini-batch."""
    return [batch.sort().values for batch in torch.randperm(n).split(minibatch_size)]


@misconception("minibatches", hint="What happens to the order of epoch 2 if every call seeds anew?")
def seeds_in_every_call(n, minibatch_size):
    """Seeds inside, so every call, and every epoch, gets the same order."""
    torch.manual_seed(123)
    return list(torch.randperm(n).split(minibatch_size))


@misconception("minibatches", hint="How many permutations does one call draw?")
def permutes_the_permutation(n, minibatch_size):
    """Shuffles the shuffled numbers once more: two permutations are drawn where one is asked."""
    order = torch.randperm(n)
    return list(order[torch.randperm(n)].split(minibatch_size))


@misconception("minibatches", hint="What type has an entry of the result?")
def returns_lists_of_ints(n, minibatch_size):
    """Gives lists of Python ints where index tensors are asked."""
    return [batch.tolist() for batch in torch.randperm(n).split(minibatch_size)]


@misconception("minibatches", hint="Which dtype does torch.randperm give, and which is left?")
def gives_int32_indices(n, minibatch_size):
    """Makes the row numbers int32 instead of int64."""
    return list(torch.randperm(n, dtype=torch.int32).split(minibatch_size))


@misconception("minibatches", hint="Which generator does numpy draw from?")
def permutes_with_numpy(n, minibatch_size):
    """Draws the permutation with numpy, which knows nothing of torch.manual_seed."""
    return list(torch.from_numpy(np.random.permutation(n)).split(minibatch_size))


@misconception("minibatches", hint="Where does the second mini-batch start?")
def slides_by_one(n, minibatch_size):
    """Starts each mini-batch one row after the last instead of minibatch_size rows after it."""
    order = torch.randperm(n)
    return [order[i : i + minibatch_size] for i in range(math.ceil(n / minibatch_size))]


@misconception("minibatches", hint="With 4 rows and mini-batches of 2: how many are there?")
def adds_an_empty_minibatch(n, minibatch_size):
    """Makes n // minibatch_size + 1 mini-batches, so the last is empty where the numbers divide."""
    order = torch.randperm(n)
    return [order[i * minibatch_size : (i + 1) * minibatch_size] for i in range(n // minibatch_size + 1)]


@misconception("minibatches", hint="With 5 rows and mini-batches of 4, how large are the mini-batches?")
def cuts_into_equal_chunks(n, minibatch_size):
    """Gives torch.chunk the right number of mini-batches; it makes them of equal size, not of minibatch_size."""
    return list(torch.chunk(torch.randperm(n), math.ceil(n / minibatch_size)))


@misconception("minibatches", hint="What else does a DataLoader draw from the generator?")
def lets_a_data_loader_shuffle(n, minibatch_size):
    """Lets a DataLoader shuffle the row numbers: it draws a seed of its own first, so its order is another one."""
    return list(torch.utils.data.DataLoader(torch.arange(n), minibatch_size, shuffle=True))



# --- AdalineManual --------------------------------------------------------------------------------------------


@misconception("AdalineManual", hint="Which rows does backward belong to: those of its own call?")
class remembers_the_rows_of_forward(AdalineManual):
    """Uses the rows that forward saw last, not those that backward is given."""

    def forward(self, x):
        self.rows = x
        return (x @ self.weight + self.bias).flatten()

    def backward(self, x, yhat, y):
        x = self.rows if len(getattr(self, "rows", ())) == len(y) else x
        slope = 2 * (y - yhat) / len(y)
        return x.T @ slope[:, None], slope.sum(0, keepdim=True)


@misconception("AdalineManual", hint="Which sign does backward return: that of the gradient, or the other?")
class returns_the_gradient_itself(AdalineManual):
    """backward returns the gradients; asked are the negative ones, which are added in the update."""

    def backward(self, x, yhat, y):
        error = (yhat - y).view(-1, 1)
        return 2 * x.T @ error / len(y), 2 * error.mean(0)


@misconception("AdalineManual", hint="What does the square leave in front when you differentiate it?")
class forgets_the_two(AdalineManual):
    """The factor 2 from differentiating the square is missing, so the gradients are half as long."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return x.T @ error / len(y), error.mean(0)


@misconception("AdalineManual", hint="The loss is a mean. What about its gradient?")
class sums_over_the_rows(AdalineManual):
    """Adds the rows' contributions up and doesn't divide by their number."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return 2 * x.T @ error, 2 * error.sum(0)


@misconception("AdalineManual", hint="The mean is over rows. By what do you divide?")
class divides_by_the_features(AdalineManual):
    """Divides by the number of features, not by the number of rows."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return 2 * x.T @ error / x.shape[1], 2 * error.sum(0) / x.shape[1]


@misconception("AdalineManual", hint="Is the bias gradient a mean, too?")
class sums_the_bias_gradient(AdalineManual):
    """The gradient by the weight is averaged, that by the bias is only summed."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return 2 * x.T @ error / len(y), 2 * error.sum(0)


@misconception("AdalineManual", hint="What changes in yhat when the bias grows by 1?")
class forgets_the_bias_gradient(AdalineManual):
    """The gradient by the bias is always zero: the bias is never learnt."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return 2 * x.T @ error / len(y), torch.zeros(1)


@misconception("AdalineManual", hint="Do both answers carry the minus sign?")
class flips_the_sign_of_the_bias(AdalineManual):
    """The gradient by the weight is negative as asked, that by the bias is not."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return 2 * x.T @ error / len(y), -2 * error.mean(0)


@misconception("AdalineManual", hint="Which of the two answers comes first?")
class returns_the_bias_first(AdalineManual):
    """Returns the gradient by the bias first and that by the weight second."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        return 2 * error.mean(0), 2 * x.T @ error / len(y)


@misconception("AdalineManual", hint="For which predictions are gradients asked: those given, or new ones?")
class predicts_again_in_backward(AdalineManual):
    """backward computes the predictions anew and ignores the yhat that it is given."""

    def backward(self, x, yhat, y):
        error = (y - self.forward(x)).view(-1, 1)
        return 2 * x.T @ error / len(y), 2 * error.mean(0)


@misconception("AdalineManual", hint="What shape has (n, 1) minus (n,)?")
class subtracts_columns_from_rows(AdalineManual):
    """Makes yhat a column but not y: the error is (n, n), and its mean over the rows mixes all of them."""

    def backward(self, x, yhat, y):
        error = y - yhat.view(-1, 1)
        return 2 * x.T @ error.mean(1, keepdim=True) / len(y), 2 * error.mean().view(1)


@misconception("AdalineManual", hint="Is the mean of a product the product of the means?")
class multiplies_the_means(AdalineManual):
    """Multiplies the mean error by the mean of each feature; asked is the mean of their products."""

    def backward(self, x, yhat, y):
        error = (y - yhat).mean()
        return 2 * error * x.mean(0).view(-1, 1), 2 * error.view(1)


@misconception("AdalineManual", hint="Is ADALINE's error taken before or after the threshold?")
class thresholds_before_the_error(AdalineManual):
    """Turns the predictions into labels before it takes the error: that is the perceptron's rule."""

    def backward(self, x, yhat, y):
        error = (y - (yhat > 0.5).float()).view(-1, 1)
        return 2 * x.T @ error / len(y), 2 * error.mean(0)


@misconception("AdalineManual", hint="What is the derivative of (y - yhat)²: does it know how large the error is?")
class uses_the_sign_of_the_error(AdalineManual):
    """Uses the sign of the error only: that is the gradient of the mean absolute error."""

    def backward(self, x, yhat, y):
        error = torch.sign(y - yhat).view(-1, 1)
        return x.T @ error / len(y), error.mean(0)


@misconception("AdalineManual", hint="Which shape has the weight, and which its gradient?")
class flattens_the_weight_gradient(AdalineManual):
    """The gradient by the weight has the shape (d,), not (d, 1): added to the weight it broadcasts to (d, d)."""

    def backward(self, x, yhat, y):
        return 2 * x.T @ (y - yhat) / len(y), 2 * (y - yhat).mean().view(1)


@misconception("AdalineManual", hint="Who makes the step: backward, or the training loop?")
class steps_in_backward(AdalineManual):
    """backward already adds the gradients to weight and bias, so the training loop makes the step twice."""

    def backward(self, x, yhat, y):
        error = (y - yhat).view(-1, 1)
        by_weight, by_bias = 2 * x.T @ error / len(y), 2 * error.mean(0)
        self.weight += 0.01 * by_weight
        self.bias += 0.01 * by_bias
        return by_weight, by_bias


@misconception("AdalineManual", hint="Which shape has x @ weight, and which is asked?")
class predicts_a_column(AdalineManual):
    """forward returns (n, 1): a column, not one number a row."""

    def forward(self, x):
        return x @ self.weight + self.bias


@misconception("AdalineManual", hint="What does squeeze() do to the shape (1, 1)?")
class squeezes_everything(AdalineManual):
    """forward ends with squeeze(), which for a single row also removes the row dimension."""

    def forward(self, x):
        return (x @ self.weight + self.bias).squeeze()


@misconception("AdalineManual", hint="What does the model predict for x = 0?")
class leaves_the_bias_out(AdalineManual):
    """forward never adds the bias."""

    def forward(self, x):
        return (x @ self.weight).view(-1)


@misconception("AdalineManual", hint="Does ADALINE's forward return net inputs or labels?")
class predicts_labels(AdalineManual):
    """forward returns labels 0 and 1: the threshold comes later, in predict_labels."""

    def forward(self, x):
        return ((x @ self.weight + self.bias).view(-1) > 0.5).float()


@misconception("AdalineManual", hint="Can ADALINE's net input be negative?")
class squashes_the_net_input(AdalineManual):
    """forward puts a sigmoid around the net input, as logistic regression does."""

    def forward(self, x):
        return torch.sigmoid(x @ self.weight + self.bias).view(-1)


@misconception("AdalineManual", hint="What should a new model predict before any training?")
class starts_at_random(AdalineManual):
    """A new model holds random numbers, not zeros."""

    def __init__(self, num_features):
        self.weight = torch.randn(num_features, 1)
        self.bias = torch.zeros(1)


@misconception("AdalineManual", hint="Do you need autograd where you compute the gradients yourself?")
class requires_grad_by_hand(AdalineManual):
    """weight and bias require grad, although the gradients are computed by hand."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.zeros(1, requires_grad=True)


@misconception("AdalineManual", hint="How many dimensions should the weight have?")
class holds_a_flat_weight(AdalineManual):
    """The weight has the shape (num_features,), not (num_features, 1)."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features)
        self.bias = torch.zeros(1)

    def forward(self, x):
        return x @ self.weight + self.bias


@misconception("AdalineManual", hint="Which dimension of the weight has the features?")
class holds_a_row_as_weight(AdalineManual):
    """The weight has the shape (1, num_features), as nn.Linear keeps it, not (num_features, 1)."""

    def __init__(self, num_features):
        self.weight = torch.zeros(1, num_features)
        self.bias = torch.zeros(1)

    def forward(self, x):
        return (x @ self.weight.T + self.bias).view(-1)


@misconception("AdalineManual", hint="Which shape has torch.tensor(0.0)?")
class holds_a_bias_without_dimension(AdalineManual):
    """The bias has the shape (), not (1,)."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1)
        self.bias = torch.tensor(0.0)


@misconception("AdalineManual", hint="Which dtype does np.zeros give?")
class holds_doubles(AdalineManual):
    """weight and bias come from numpy and are float64, which can't be multiplied with float32 data."""

    def __init__(self, num_features):
        self.weight = torch.from_numpy(np.zeros((num_features, 1)))
        self.bias = torch.from_numpy(np.zeros(1))


@misconception("AdalineManual", hint="Whose tensor does `-=` change?")
class changes_the_predictions(AdalineManual):
    """backward writes yhat -= y, which overwrites the predictions that it was given."""

    def backward(self, x, yhat, y):
        yhat -= y
        by_yhat = -2 * yhat[:, None] / len(y)
        return x.T @ by_yhat, by_yhat.sum(0)


@misconception("AdalineManual", hint="When is a default value made: at each call, or once?")
class shares_one_bias(AdalineManual):
    """The bias is made once (as a default value or in the class), and all models share it."""

    def __init__(self, num_features, bias=torch.zeros(1)):
        self.weight = torch.zeros(num_features, 1)
        self.bias = bias


@misconception("AdalineManual", hint="For whom else does torch.set_grad_enabled(False) hold, and how long?")
class switches_gradients_off(AdalineManual):
    """Switches gradients off for the whole program, where its own tensors simply need not require grad."""

    def __init__(self, num_features):
        torch.set_grad_enabled(False)
        super().__init__(num_features)



# --- train_manual ---------------------------------------------------------------------------------------------


@misconception("train_manual", hint="How many losses are asked for, whatever they are?")
def stops_when_the_loss_rises(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Stops after the first epoch whose loss is larger than that of the epoch before."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y)).split(minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(((model.forward(x) - y) ** 2).mean().item())
        if len(losses) > 1 and losses[-1] > losses[-2]:
            break
    return losses


@misconception("train_manual", hint="Is the loss taken before or after the epoch's updates?")
def records_the_loss_before_the_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the full-data loss at the start of each epoch, before its updates."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        losses.append(mse_loss(model.forward(x), y).item())
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
    return losses


@misconception("train_manual", hint="Over which rows is the loss of an epoch taken?")
def records_the_last_minibatch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the loss of the epoch's last mini-batch (before its update) for the loss of the epoch."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            yhat = model.forward(x[rows])
            by_weight, by_bias = model.backward(x[rows], yhat, y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(yhat, y[rows]).item())
    return losses


@misconception("train_manual", hint="While the batches go by, does the model stay the same?")
def averages_the_minibatch_losses(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Averages the losses of the mini-batches, each taken before its update; asked is one loss afterwards."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in minibatches(len(y), minibatch_size):
            yhat = model.forward(x[rows])
            total += mse_loss(yhat, y[rows]).item() * len(rows)
            by_weight, by_bias = model.backward(x[rows], yhat, y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(total / len(y))
    return losses


@misconception("train_manual", hint="How many losses should three epochs give?")
def records_a_loss_for_every_minibatch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Appends a loss inside the inner loop: one for each mini-batch, not one an epoch."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
            losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Does every epoch go through the rows in the same order?")
def seeds_in_every_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Every epoch goes through the rows in the same order: seeded anew, or one permutation for all."""
    losses = []
    for _ in range(num_epochs):
        torch.manual_seed(seed)
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="What is the argument `seed` for?")
def never_seeds_the_training(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Never seeds, so every run shuffles in another way."""
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Does another seed give another training?")
def trains_with_seed_123_always(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Seeds with 123 whatever seed is asked for."""
    torch.manual_seed(123)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="In which order does each epoch visit the rows?")
def never_shuffles(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Goes through the rows in their own order in every epoch."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.arange(len(y)).split(minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Which target belongs to the first row of the mini-batch?")
def shuffles_the_features_only(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the shuffled rows of x with the targets in their old order: they no longer belong together."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        start = 0
        for rows in minibatches(len(y), minibatch_size):
            targets = y[start : start + len(rows)]
            start += len(rows)
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), targets)
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Is each epoch's permutation applied to the rows as they were given?")
def shuffles_what_was_shuffled(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Keeps the shuffled rows and shuffles those again in the next epoch, so the orders pile up."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(y))
        x, y = x[order], y[order]
        for rows in torch.arange(len(y)).split(minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="What is in the caller's x after x[:] = x[order]?")
def shuffles_the_rows_in_place(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Writes the rows back in each epoch's order: steps are right, but the caller's data are reordered."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(y))
        shuffled_x, shuffled_y = x[order], y[order]
        for rows in torch.arange(len(y)).split(minibatch_size):
            yhat = model.forward(shuffled_x[rows])
            by_weight, by_bias = model.backward(shuffled_x[rows], yhat, shuffled_y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    if num_epochs > 0:
        x[:], y[:] = shuffled_x, shuffled_y
    return losses


@misconception("train_manual", hint="With 5 rows and mini-batches of 2, which row never makes a step?")
def skips_the_smaller_last_minibatch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains on full mini-batches only: the rows that are left over are skipped."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            if len(rows) < minibatch_size:
                continue
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="How many rows does the last mini-batch really have?")
def divides_the_rest_by_the_full_size(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Divides by minibatch_size also where the last mini-batch has fewer rows: its step is too short."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight * len(rows) / minibatch_size
            model.bias += learning_rate * by_bias * len(rows) / minibatch_size
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="backward already averages. Does the step need another division?")
def averages_a_second_time(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Divides the step by the number of rows once more, although backward gave a mean already."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight / len(rows)
            model.bias += learning_rate * by_bias / len(rows)
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="How many updates does an epoch of three mini-batches make?")
def updates_once_an_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """The update stands behind the inner loop, so only the last mini-batch of each epoch makes a step."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
        model.weight += learning_rate * by_weight
        model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="After the first update of an epoch, are the old predictions still the model's?")
def predicts_once_an_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Predicts all rows once at the start of an epoch: from the second mini-batch on, yhat is out of date."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        yhat = model.forward(x)
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], yhat[rows], y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="backward gives the negative gradient. Which way does -= go then?")
def climbs_the_loss(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Subtracts the negative gradients, and so goes uphill: the loss rises."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight -= learning_rate * by_weight
            model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Which of the parameters change during training?")
def never_updates_the_bias(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Updates the weight only; the bias stays what it was."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, _ = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="What happens if somebody asks for another learning rate?")
def fixes_the_learning_rate(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses 0.01 in the update, whatever learning rate is asked for."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += 0.01 * by_weight
            model.bias += 0.01 * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="How many steps does an epoch make with mini-batches of 2?")
def trains_on_all_rows_at_once(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Ignores minibatch_size: each epoch makes a single step on all rows."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        by_weight, by_bias = model.backward(x, model.forward(x), y)
        model.weight += learning_rate * by_weight
        model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="How many epochs are there in range(num_epochs + 1)?")
def trains_an_epoch_too_many(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Counts the epochs from 0 to num_epochs, which is one too many."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs + 1):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="How many epochs are there in range(1, num_epochs)?")
def trains_an_epoch_too_few(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Counts the epochs from 1 and stops before num_epochs, which is one too few."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(1, num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="How far is the return indented?")
def returns_after_one_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """The return stands inside the loop: training ends after the first epoch."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
        return losses
    return losses


@misconception("train_manual", hint="Which model does the caller look at afterwards?")
def trains_a_copy_of_the_model(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains a copy: the losses are right, but the model given stays untrained."""
    model = copy.deepcopy(model)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Where does the second epoch start from?")
def starts_over_in_every_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Sets weight and bias to zero at the start of each epoch, so nothing is carried over."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        model.weight.zero_()
        model.bias.zero_()
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Should training forget what the model has learnt before?")
def resets_the_model_first(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Sets weight and bias to zero before training, so what the model had learnt before is lost."""
    model.weight.zero_()
    model.bias.zero_()
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Which mini-batches does the second step know about?")
def piles_the_gradients_up(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Adds each mini-batch's gradients to those before and steps by the growing sum."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        sum_weight, sum_bias = torch.zeros_like(model.weight), torch.zeros_like(model.bias)
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            sum_weight += by_weight
            sum_bias += by_bias
            model.weight += learning_rate * sum_weight
            model.bias += learning_rate * sum_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="What should the caller get back?")
def returns_the_last_loss_only(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains as it should but returns the last loss only, not the list of all."""
    torch.manual_seed(seed)
    loss = None
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        loss = mse_loss(model.forward(x), y).item()
    return loss


@misconception("train_manual", hint="Which learning rate does the signature promise?")
def defaults_to_a_rate_of_one_tenth(model, x, y, num_epochs, learning_rate=0.1, seed=123, minibatch_size=10):
    """Changes the default of the learning rate from 0.01 to 0.1."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Which seed does the signature promise?")
def defaults_to_seed_0(model, x, y, num_epochs, learning_rate=0.01, seed=0, minibatch_size=10):
    """Changes the default of the seed from 123 to 0."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Which size of mini-batch does the signature promise?")
def defaults_to_minibatches_of_32(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=32):
    """Changes the default size of a mini-batch from 10 to 32."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="What does the rest of the caller's program do when gradients stay switched off?")
def leaves_gradients_switched_off(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Switches gradients off for the whole program and never on again."""
    torch.set_grad_enabled(False)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Is a loss of 0 a reason to return fewer losses?")
def stops_when_the_loss_is_small(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Stops once the loss is small, so there are fewer losses than epochs."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y)).split(minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(((model.forward(x) - y) ** 2).mean().item())
        if losses[-1] < 1e-6:
            break
    return losses


@misconception("train_manual", hint="How many losses are asked for after 3 epochs?")
def records_the_loss_before_training_too(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Puts the loss before any update first, so there is one loss more than epochs."""
    torch.manual_seed(seed)
    losses = [mse_loss(model.forward(x), y).item()]
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Is rounding a matter of the number, or of how it is printed?")
def rounds_the_losses(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Rounds the losses to four decimals."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(round(mse_loss(model.forward(x), y).item(), 4))
    return losses


@misconception("train_manual", hint="Do both gradients belong to the same predictions?")
def predicts_again_for_the_bias(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Predicts again once the weight is updated and takes the bias's gradient from there: two half steps."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            model.weight += learning_rate * model.backward(x[rows], model.forward(x[rows]), y[rows])[0]
            model.bias += learning_rate * model.backward(x[rows], model.forward(x[rows]), y[rows])[1]
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="Over which rows does a mini-batch's gradient average?")
def takes_the_gradient_of_all_rows(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Makes a step for each mini-batch, but with the gradient of all the rows."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for _ in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x, model.forward(x), y)
            model.weight += learning_rate * by_weight
            model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_manual", hint="After `weight = model.weight + step`, what does model.weight hold?")
def never_gives_the_model_its_new_weights(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Computes new values but never stores them in the model, which stays as it was, and so do the losses."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            by_weight, by_bias = model.backward(x[rows], model.forward(x[rows]), y[rows])
            weight = model.weight + learning_rate * by_weight  # noqa: F841
            bias = model.bias + learning_rate * by_bias  # noqa: F841
        losses.append(mse_loss(model.forward(x), y).item())
    return losses



# --- AdalineAutograd ------------------------------------------------------------------------------------------


@misconception("AdalineAutograd", hint="By which tensors do you want to differentiate?")
class holds_tensors_without_grad(AdalineAutograd):
    """weight and bias don't require grad, so autograd records nothing."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1)
        self.bias = torch.zeros(1)


@misconception("AdalineAutograd", hint="Is the weight the only thing that is learnt?")
class forgets_the_bias_requires_grad(AdalineAutograd):
    """Only the weight requires grad; the bias can't be learnt."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.zeros(1)


@misconception("AdalineAutograd", hint="Which step of forward does autograd not see?")
class predicts_without_a_graph(AdalineAutograd):
    """The predictions have no graph (as under no_grad, or through numpy): no way back to weight and bias."""

    def forward(self, x):
        with torch.no_grad():
            return (x @ self.weight + self.bias).view(-1)


@misconception("AdalineAutograd", hint="Which of the two sees the gradient if one was detached?")
class detaches_the_bias(AdalineAutograd):
    """Detaches the bias in forward: the gradient reaches the weight only."""

    def forward(self, x):
        return (x @ self.weight + self.bias.detach()).view(-1)


@misconception("AdalineAutograd", hint="Which shape has x @ weight, and which is asked?")
class predicts_a_column_with_graph(AdalineAutograd):
    """forward returns (n, 1): a column, not one number a row."""

    def forward(self, x):
        return x @ self.weight + self.bias


@misconception("AdalineAutograd", hint="What does squeeze() do to the shape (1, 1)?")
class squeezes_with_graph(AdalineAutograd):
    """forward ends with squeeze(), which for a single row also removes the row dimension."""

    def forward(self, x):
        return (x @ self.weight + self.bias).squeeze()


@misconception("AdalineAutograd", hint="What does the model predict for x = 0?")
class leaves_the_bias_out_of_the_graph(AdalineAutograd):
    """forward never adds the bias."""

    def forward(self, x):
        return (x @ self.weight).view(-1)


@misconception("AdalineAutograd", hint="Can ADALINE's net input be negative?")
class cuts_negative_net_inputs_off(AdalineAutograd):
    """forward puts a ReLU around the net input, so it is never negative."""

    def forward(self, x):
        return torch.relu(x @ self.weight + self.bias).view(-1)


@misconception("AdalineAutograd", hint="What should a new model predict before any training?")
class starts_at_random_with_grad(AdalineAutograd):
    """A new model holds small random numbers, not zeros."""

    def __init__(self, num_features):
        self.weight = (0.01 * torch.randn(num_features, 1)).requires_grad_()
        self.bias = torch.zeros(1, requires_grad=True)


@misconception("AdalineAutograd", hint="How many dimensions should the weight have?")
class holds_a_flat_weight_with_grad(AdalineAutograd):
    """The weight has the shape (num_features,), not (num_features, 1)."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, requires_grad=True)
        self.bias = torch.zeros(1, requires_grad=True)

    def forward(self, x):
        return x @ self.weight + self.bias


@misconception("AdalineAutograd", hint="Which shape has torch.tensor(0.0)?")
class holds_a_scalar_bias_with_grad(AdalineAutograd):
    """The bias has the shape (), not (1,)."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.tensor(0.0, requires_grad=True)


@misconception("AdalineAutograd", hint="When is a default value made: at each call, or once?")
class shares_one_bias_with_grad(AdalineAutograd):
    """The bias is made once (as a default value or in the class), and all models share it."""

    def __init__(self, num_features, bias=torch.zeros(1, requires_grad=True)):
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = bias


@misconception("AdalineAutograd", hint="By what is a detached weight differentiated?")
class detaches_the_weight(AdalineAutograd):
    """Uses weight.detach() or weight.data in forward: no gradient reaches the weight."""

    def forward(self, x):
        return (x @ self.weight.detach() + self.bias).view(-1)


@misconception("AdalineAutograd", hint="By which tensors can these predictions be differentiated?")
class makes_the_predictions_a_leaf(AdalineAutograd):
    """Computes with detached tensors and has the predictions require grad: a graph that leads nowhere."""

    def forward(self, x):
        return (x @ self.weight.detach() + self.bias.detach()).view(-1).requires_grad_()



# --- train_autograd -------------------------------------------------------------------------------------------


@misconception("train_autograd", hint="What does the list of losses keep alive if each still has its graph?")
def keeps_the_graph_in_the_losses(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Appends the loss tensors as they are: each keeps the graph of a whole forward pass alive."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y))
    return losses


@misconception("train_autograd", hint="What is in model.weight.grad afterwards, and what should be?")
def leaves_gradients_from_backward(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """The steps are right, but a gradient stays behind in `.grad`, where backward() puts it."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            model.weight.grad = model.bias.grad = None
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            with torch.no_grad():
                model.weight -= learning_rate * model.weight.grad
                model.bias -= learning_rate * model.bias.grad
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Does backward() replace what `.grad` holds, or add to it?")
def lets_backward_pile_up(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses backward() and never clears `.grad`: every step contains all earlier gradients."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            with torch.no_grad():
                model.weight -= learning_rate * model.weight.grad
                model.bias -= learning_rate * model.bias.grad
        losses.append(mse_loss(model.forward(x), y).item())
    model.weight.grad = model.bias.grad = None
    return losses


@misconception("train_autograd", hint="Could you train the model a second time?")
def switches_requires_grad_off(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Switches requires_grad off at the end, so the model can't be trained any further."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    model.weight.requires_grad_(False)
    model.bias.requires_grad_(False)
    return losses


@misconception("train_autograd", hint="Does a tensor computed under no_grad require grad?")
def rebinds_under_no_grad(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Binds new tensors under no_grad: they don't require grad, and the second step fails."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight = model.weight - learning_rate * by_weight
                model.bias = model.bias - learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="May a leaf that requires grad be changed in place while autograd watches?")
def updates_leaves_in_place_with_grad(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Changes the leaves in place while gradients are recorded, which autograd refuses."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            model.weight -= learning_rate * by_weight
            model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="autograd.grad gives the gradient itself. Which way is downhill?")
def adds_the_gradient(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Adds the gradients as in train_manual; but autograd gives them without the minus sign."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight += learning_rate * by_weight
                model.bias += learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Of which loss do you take the gradient: a sum or a mean?")
def differentiates_the_sum(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Differentiates the sum of the squared errors of the mini-batch, not their mean."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = ((model.forward(x[rows]) - y[rows]) ** 2).sum()
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Which rows does the loss of a step see?")
def differentiates_the_loss_of_all_rows(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Makes a step for each mini-batch, but each from the loss of all rows."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x), y)
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Do weight and bias step from the same loss?")
def takes_a_new_loss_for_the_bias(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Updates the weight, predicts again, and only then takes the gradient by the bias."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            for parameter in (model.weight, model.bias):
                loss = mse_loss(model.forward(x[rows]), y[rows])
                gradient = torch.autograd.grad(loss, parameter)[0]
                with torch.no_grad():
                    parameter -= learning_rate * gradient
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Which of the parameters change during training?")
def differentiates_by_the_weight_only(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the gradient by the weight only; the bias stays what it was."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight = torch.autograd.grad(loss, model.weight)[0]
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="How many updates does an epoch of three mini-batches make?")
def steps_behind_the_inner_loop(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """The update stands behind the inner loop, so only the last mini-batch of each epoch makes a step."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
        with torch.no_grad():
            model.weight -= learning_rate * by_weight
            model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Is the loss of an epoch taken before or after its updates, and over which rows?")
def records_the_loss_of_the_last_step(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the loss from which the last step was made: one mini-batch's, from before the step."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(loss.item())
    return losses


@misconception("train_autograd", hint="Does every epoch go through the rows in the same order?")
def seeds_autograd_in_every_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Every epoch goes through the rows in the same order: seeded anew, or one permutation for all."""
    losses = []
    for _ in range(num_epochs):
        torch.manual_seed(seed)
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="With 5 rows and mini-batches of 2, which row never makes a step?")
def skips_the_rest_with_autograd(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains on full mini-batches only: the rows that are left over are skipped."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(y))
        for i in range(len(y) // minibatch_size):
            rows = order[i * minibatch_size : (i + 1) * minibatch_size]
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="How long do gradients stay switched off?")
def switches_gradients_off_for_good(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Switches gradients off for the update and on before the next pass, but not on again at the end."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            torch.set_grad_enabled(True)
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            torch.set_grad_enabled(False)
            model.weight -= learning_rate * by_weight
            model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="What does autograd.grad return, also for a single tensor?")
def takes_the_tuple_for_the_gradient(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Multiplies what autograd.grad returns by the rate; it returns a tuple, also for one tensor."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight = torch.autograd.grad(loss, model.weight, retain_graph=True)
            by_bias = torch.autograd.grad(loss, model.bias)
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="Two calls on one loss: what does the first do to the graph?")
def frees_the_graph_too_early(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Calls autograd.grad twice on the same loss; the first call frees the graph that the second needs."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight = torch.autograd.grad(loss, model.weight)[0]
            by_bias = torch.autograd.grad(loss, model.bias)[0]
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses



@misconception("train_autograd", hint="Is the loss taken before or after the epoch's updates?")
def takes_the_loss_before_the_steps(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the full-data loss at the start of each epoch, before its updates."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        losses.append(mse_loss(model.forward(x), y).item())
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
    return losses


@misconception("train_autograd", hint="In which block does the line with return stand?")
def returns_within_the_epochs(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Returns inside the loop over the epochs, so training ends after the first."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
        return losses
    return losses


@misconception("train_autograd", hint="Are the rows in a new order in every epoch?")
def goes_through_the_rows_in_order(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Goes through the rows as they come: nothing is shuffled."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.arange(len(y)).split(minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="How many numbers does range(1, 3) give?")
def starts_counting_epochs_at_one(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Counts the epochs from 1 up to but not including num_epochs: one is missing."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(1, num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_autograd", hint="How many losses are asked for after 2 epochs of 3 mini-batches?")
def logs_a_loss_after_each_step(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Appends a loss after every mini-batch, not after every epoch."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * by_weight
                model.bias -= learning_rate * by_bias
            losses.append(mse_loss(model.forward(x), y).item())
    return losses


# --- AdalineModule --------------------------------------------------------------------------------------------


@misconception("AdalineModule", hint="Which numbers does nn.Linear start from?")
class starts_as_linear_does(AdalineModule):
    """Leaves the random numbers in place that nn.Linear starts from."""

    def __init__(self, num_features):
        nn.Module.__init__(self)
        self.linear = nn.Linear(num_features, 1)


@misconception("AdalineModule", hint="What does the new model predict for x = 0?")
class zeroes_the_weight_only(AdalineModule):
    """Sets the weight to zero but leaves the random bias of nn.Linear."""

    def __init__(self, num_features):
        nn.Module.__init__(self)
        self.linear = nn.Linear(num_features, 1)
        nn.init.zeros_(self.linear.weight)


@misconception("AdalineModule", hint="Which shape does nn.Linear return, and which is asked?")
class returns_the_column_of_linear(AdalineModule):
    """forward returns (n, 1), as nn.Linear does: a column, not one number a row."""

    def forward(self, x):
        return self.linear(x)


@misconception("AdalineModule", hint="What does squeeze() do to the shape (1, 1)?")
class squeezes_the_column_of_linear(AdalineModule):
    """forward ends with squeeze(), which for a single row also removes the row dimension."""

    def forward(self, x):
        return self.linear(x).squeeze()


@misconception("AdalineModule", hint="What is the layer called in the exercise?")
class calls_the_layer_fc(nn.Module):
    """The model has no layer named `linear`: it bears another name, or was never made."""

    def __init__(self, num_features):
        super().__init__()
        self.fc = nn.Linear(num_features, 1)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        return self.fc(x).view(-1)


@misconception("AdalineModule", hint="What does the model predict for x = 0?")
class makes_a_layer_without_bias(nn.Module):
    """The linear layer has no bias, so its prediction for x = 0 is always 0."""

    def __init__(self, num_features):
        super().__init__()
        self.linear = nn.Linear(num_features, 1, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, x):
        return self.linear(x).view(-1)


@misconception("AdalineModule", hint="What makes a class a module, and its layers' parameters its own?")
class is_no_module:
    """A plain class: its parameters are not registered, and an optimizer never sees them."""

    def __init__(self, num_features):
        self.linear = nn.Linear(num_features, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return self.linear(x).view(-1)


@misconception("AdalineModule", hint="What has to be called first in the __init__ of a module?")
class forgets_the_init_of_module(nn.Module):
    """Doesn't call super().__init__(), so no layer can be assigned."""

    def __init__(self, num_features):
        self.linear = nn.Linear(num_features, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return self.linear(x).view(-1)


@misconception("AdalineModule", hint="Which of its arguments is the number of inputs of nn.Linear?")
class swaps_inputs_and_outputs(AdalineModule):
    """Makes nn.Linear(1, num_features): one input and d outputs instead of the other way round."""

    def __init__(self, num_features):
        nn.Module.__init__(self)
        self.linear = nn.Linear(1, num_features)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)


@misconception("AdalineModule", hint="Can parameters be trained if they don't require grad?")
class freezes_the_zeros(AdalineModule):
    """Switches requires_grad off to set the weights to zero, and never on again."""

    def __init__(self, num_features):
        nn.Module.__init__(self)
        self.linear = nn.Linear(num_features, 1).requires_grad_(False)
        self.linear.weight.zero_()
        self.linear.bias.zero_()


@misconception("AdalineModule", hint="Can ADALINE's net input be negative?")
class ends_with_a_sigmoid(AdalineModule):
    """forward puts a sigmoid around the net input, as logistic regression does."""

    def forward(self, x):
        return torch.sigmoid(self.linear(x)).view(-1)


@misconception("AdalineModule", hint="Which step of forward does autograd not see?")
class predicts_under_no_grad(AdalineModule):
    """The predictions have no graph (as under no_grad, or through .data): no way back to the parameters."""

    @torch.no_grad()
    def forward(self, x):
        return self.linear(x).view(-1)


@misconception("AdalineModule", hint="Where do the weights live that are learnt?")
class makes_a_new_layer_in_forward(AdalineModule):
    """forward makes a new layer in each call and ignores the one that was made in __init__."""

    def forward(self, x):
        layer = nn.Linear(x.shape[1], 1)
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        return layer(x).view(-1)


# --- train_module ---------------------------------------------------------------------------------------------


@misconception("train_module", hint="Does backward() replace what `.grad` holds, or add to it?")
def never_calls_zero_grad(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Never clears the gradients: each step contains those of all mini-batches before."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="After how many backward passes must the gradients be cleared?")
def calls_zero_grad_once_an_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Clears the gradients once an epoch: within the epoch they pile up from step to step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="What is left of the gradients when step() looks at them?")
def clears_between_backward_and_step(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Clears the gradients between backward and step: the model never changes."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.zero_grad()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Which gradients does step() find if backward() comes after it?")
def steps_before_backward(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Steps before backward: every step uses the gradients of the mini-batch before, the first one none."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Is plain gradient descent allowed to remember earlier steps?")
def trains_with_momentum(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses SGD with momentum, which adds part of the earlier steps to each step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Which optimizer is asked for?")
def trains_with_adam(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses Adam, whose steps have another length than those of plain SGD."""
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="What does weight_decay do to the weights in each step?")
def trains_with_weight_decay(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Adds weight decay, which draws the parameters towards zero in each step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, weight_decay=0.01)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Which parameters does the optimizer know?")
def gives_the_optimizer_the_weight_only(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Gives the optimizer the weight only: the bias is never updated."""
    optimizer = torch.optim.SGD([model.linear.weight], lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="How many steps does an epoch of three mini-batches make?")
def steps_once_an_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Collects the gradients of all mini-batches and makes one step at the end of the epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model.forward(x[rows]), y[rows]).backward()
        optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="What is the `reduction` of the loss: mean or sum?")
def minimises_the_summed_loss(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses nn.MSELoss(reduction="sum"): steps and losses are larger by the number of rows."""
    loss_fn = nn.MSELoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            loss_fn(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(loss_fn(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="What is the shape of (n, 1) minus (n,)?")
def compares_a_column_with_a_row(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses the column (n, 1) that nn.Linear gives against y (n,): every prediction meets every target."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            F.mse_loss(model.linear(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(F.mse_loss(model.linear(x), y).item())
    return losses


@misconception("train_module", hint="What does the list of losses keep alive if each still has its graph?")
def appends_losses_with_graph(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Appends the loss tensors as they are: each keeps the graph of a whole forward pass alive."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y))
    return losses


@misconception("train_module", hint="Is the loss of an epoch taken before or after its steps?")
def records_the_running_mean(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Averages the losses of the mini-batches, each from before its step; asked is one loss afterwards."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        epoch = []
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            loss = mse_loss(model.forward(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            epoch.append(loss.item())
        losses.append(sum(epoch) / len(epoch))
    return losses


@misconception("train_module", hint="Is the loss of an epoch taken over one mini-batch or over all rows?")
def records_the_last_minibatch_after_its_step(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Takes the loss after the updates, but of the last mini-batch only."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x[rows]), y[rows]).item())
    return losses


@misconception("train_module", hint="Does every epoch go through the rows in the same order?")
def seeds_before_each_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Every epoch goes through the rows in the same order: seeded anew, or one permutation for all."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(num_epochs):
        torch.manual_seed(seed)
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="With 5 rows and mini-batches of 2, which row never makes a step?")
def drops_the_last_smaller_minibatch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains on full mini-batches only: the rows that are left over are skipped."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(y))
        for i in range(len(y) // minibatch_size):
            rows = order[i * minibatch_size : (i + 1) * minibatch_size]
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Does DataLoader draw the permutation that is asked for?")
def shuffles_with_a_data_loader(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Lets a DataLoader shuffle: it draws a seed of its own first, so its order is another one."""
    data = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(data, batch_size=minibatch_size, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for x_rows, y_rows in loader:
            optimizer.zero_grad()
            mse_loss(model.forward(x_rows), y_rows).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Which model does the caller look at afterwards?")
def trains_a_copy(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains a copy: the losses are right, but the model given stays untrained."""
    model = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="Which learning rate has an SGD that isn't told one?")
def forgets_the_learning_rate(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Makes the optimizer without the learning rate, so it takes its own default of 0.001."""
    optimizer = torch.optim.SGD(model.parameters())
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model(x), y).item())
    return losses


@misconception("train_module", hint="What is the argument `learning_rate` for?")
def always_trains_with_rate_001(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Trains with the rate 0.01 whatever is asked for."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model(x), y).item())
    return losses


@misconception("train_module", hint="Is the gradient itself used for the step, or a shortened one?")
def clips_the_gradients(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Clips long gradients to length 1 before the step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        losses.append(mse_loss(model(x), y).item())
    return losses



@misconception("train_module", hint="Is the loss taken before or after the epoch's updates?")
def takes_the_loss_too_early(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the full-data loss at the start of each epoch, before its updates."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        losses.append(mse_loss(model.forward(x), y).item())
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return losses


@misconception("train_module", hint="In which block does the line with return stand?")
def leaves_in_the_first_epoch(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Returns inside the loop over the epochs, so training ends after the first."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
        return losses
    return losses


@misconception("train_module", hint="Are the rows in a new order in every epoch?")
def keeps_the_rows_in_order(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Goes through the rows as they come: nothing is shuffled."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.arange(len(y)).split(minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="How many numbers does range(1, 3) give?")
def counts_epochs_from_one(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Counts the epochs from 1 up to but not including num_epochs: one is missing."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(1, num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@misconception("train_module", hint="How many losses are asked for after 2 epochs of 3 mini-batches?")
def appends_a_loss_for_each_step(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Appends a loss after every mini-batch, not after every epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            optimizer.zero_grad()
            mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
            losses.append(mse_loss(model.forward(x), y).item())
    return losses


# --- predict_labels -------------------------------------------------------------------------------------------


@misconception("predict_labels", hint="Which label has a net input that equals the threshold?")
def counts_the_threshold_in(yhat, threshold=0.5):
    """Uses >=, so a net input that equals the threshold gets 1."""
    return (yhat >= threshold).long()


@misconception("predict_labels", hint="Which dtype should labels have?")
def gives_float_labels(yhat, threshold=0.5):
    """Returns 0.0 and 1.0 instead of integers."""
    return (yhat > threshold).float()


@misconception("predict_labels", hint="Are True and False the labels that are asked for?")
def gives_bool_labels(yhat, threshold=0.5):
    """Returns the comparison itself, True and False instead of 1 and 0."""
    return yhat > threshold


@misconception("predict_labels", hint="How many bits has an int64?")
def gives_int32_labels(yhat, threshold=0.5):
    """Uses .int(), which gives int32."""
    return (yhat > threshold).int()


@misconception("predict_labels", hint="Which two labels are there: -1 and 1, or 0 and 1?")
def labels_with_minus_one(yhat, threshold=0.5):
    """Gives -1 below the threshold, as the perceptron does, instead of 0."""
    return torch.where(yhat > threshold, 1, -1)


@misconception("predict_labels", hint="What is the argument `threshold` for?")
def always_cuts_at_one_half(yhat, threshold=0.5):
    """Compares with 0.5 whatever threshold is asked for."""
    return (yhat > 0.5).long()


@misconception("predict_labels", hint="Which threshold does the signature promise?")
def cuts_at_zero_by_default(yhat, threshold=0.0):
    """Changes the default of the threshold from 0.5 to 0."""
    return (yhat > threshold).long()


@misconception("predict_labels", hint="Which side of the threshold gets 1?")
def swaps_the_labels(yhat, threshold=0.5):
    """Gives 1 below the threshold and 0 above it."""
    return (yhat < threshold).long()


@misconception("predict_labels", hint="What does round make of 2.7, and of -1.2?")
def rounds_the_net_input(yhat, threshold=0.5):
    """Rounds the net input to the nearest whole number, which may be 2 or -1, and ignores the threshold."""
    return torch.round(yhat).long()


@misconception("predict_labels", hint="Is 0.7 squashed by a sigmoid above the same threshold as 0.7 itself?")
def squashes_before_the_threshold(yhat, threshold=0.5):
    """Puts a sigmoid around the net input first, so 0.5 is compared with sigmoid(yhat), not with yhat."""
    return (torch.sigmoid(yhat) > threshold).long()


@misconception("predict_labels", hint="Which shape comes out if (2, 3) goes in?")
def flattens_the_labels(yhat, threshold=0.5):
    """Flattens the labels: the shape of the net inputs is lost."""
    return (yhat > threshold).long().reshape(-1)


@misconception("predict_labels", hint="Is `if` possible for more than one number at a time?")
def asks_if_the_tensor_is_greater(yhat, threshold=0.5):
    """Uses `if` on a whole tensor, which works for one element only."""
    if yhat > threshold:
        return torch.ones_like(yhat).long()
    return torch.zeros_like(yhat).long()


@misconception("predict_labels", hint="Does a loop over yhat see numbers, or rows?")
def loops_over_rows(yhat, threshold=0.5):
    """Loops over the first dimension, which gives single numbers for (n,) only."""
    return torch.tensor([1 if value > threshold else 0 for value in yhat], device=yhat.device)


@misconception("predict_labels", hint="What does the caller find in yhat afterwards?")
def thresholds_in_place(yhat, threshold=0.5):
    """Overwrites the net inputs with their labels."""
    above = yhat > threshold
    yhat[above] = 1
    yhat[~above] = 0
    return yhat.long()


@misconception("predict_labels", hint="Is a float64 number that lies just above 0.5 still above it in float32?")
def compares_in_float32(yhat, threshold=0.5):
    """Goes through float32 (or adds a small margin), so a float64 number just above the threshold gets 0."""
    return (yhat.float() > threshold).long()


@misconception("predict_labels", hint="Which elements of a transposed tensor lie side by side in memory?")
def views_as_one_row(yhat, threshold=0.5):
    """Flattens by view(-1), which can't be had of every memory layout."""
    return (yhat.view(-1) > threshold).long().view(yhat.shape)


@misconception("predict_labels", hint="For whom else does torch.set_grad_enabled(False) hold, and how long?")
def predicts_with_gradients_off(yhat, threshold=0.5):
    """Switches gradients off for the whole program and never on again."""
    torch.set_grad_enabled(False)
    return (yhat > threshold).long()



# --- accuracy -------------------------------------------------------------------------------------------------


@misconception("accuracy", hint="Is the result between 0 and 1, or between 0 and 100?")
def gives_a_percentage(labels, y):
    """Multiplies by 100."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return 100 * (labels == y).float().mean().item()


@misconception("accuracy", hint="A fraction of what?")
def counts_the_hits(labels, y):
    """Counts the right labels and doesn't divide by their number."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return float((labels == y).sum())


@misconception("accuracy", hint="Who else computes with the default dtype that you set?")
def sets_the_default_dtype(labels, y):
    """Sets the default dtype to float64 for the whole program."""
    torch.set_default_dtype(torch.float64)
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return (labels == y).to(torch.get_default_dtype()).mean().item()


@misconception("accuracy", hint="How does a function say that it can't go on: by what it returns?")
def returns_an_exception(labels, y):
    """Returns the exception as if it were the result; it has to be raised."""
    if labels.shape != y.shape:
        return ValueError("shapes differ")
    return (labels == y).double().mean().item()



@misconception("accuracy", hint="What is the accuracy if everything is right: 0 or 1?")
def gives_the_error_rate(labels, y):
    """Counts the wrong labels instead of the right ones."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return (labels != y).float().mean().item()


@misconception("accuracy", hint="What type has a mean: a tensor, or a Python float?")
def gives_a_tensor(labels, y):
    """Returns a 0-d tensor where a Python float is asked."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return (labels == y).float().mean()


@misconception("accuracy", hint="What is 3 // 4?")
def divides_whole_numbers(labels, y):
    """Gives 0 unless every label is right, as whole-number division of the hits by n does."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return float((labels == y).sum().item() // len(y))


@misconception("accuracy", hint="What does (3, 1) == (3,) compare with what?")
def compares_all_with_all(labels, y):
    """Never compares the shapes: (n, 1) against (n,) compares every label with every target."""
    return (labels == y).double().mean().item()


@misconception("accuracy", hint="Which exception does the exercise ask for?")
def asserts_the_shapes(labels, y):
    """Checks the shapes with assert, which raises AssertionError, not ValueError."""
    assert labels.shape == y.shape, "shapes differ"
    return (labels == y).double().mean().item()


@misconception("accuracy", hint="Have (3, 1) and (3,) the same length? Have they the same shape?")
def checks_the_lengths_only(labels, y):
    """Compares the lengths, and (n, 1) and (n,) have the same: such a pair still broadcasts."""
    if len(labels) != len(y):
        raise ValueError("lengths differ")
    return (labels == y).double().mean().item()


@misconception("accuracy", hint="What should happen to a column (n, 1): is it repaired or refused?")
def accepts_a_column(labels, y):
    """Flattens both first, so a column (n, 1) is accepted where a ValueError is asked."""
    labels, y = labels.reshape(-1), y.reshape(-1)
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return (labels == y).double().mean().item()


@misconception("accuracy", hint="Is a flower of class 0 that was labelled 0 a hit as well?")
def counts_hits_of_class_1_only(labels, y):
    """Counts the hits among class 1 only: a 0 that is labelled 0 isn't counted."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return (labels * y).sum().item() / len(y)


@misconception("accuracy", hint="Is 1 not equal to 1.0?")
def refuses_other_dtypes(labels, y):
    """Refuses labels and targets of different dtypes, though 1 equals 1.0."""
    if labels.shape != y.shape or labels.dtype != y.dtype:
        raise ValueError("labels and targets differ in shape or dtype")
    return (labels == y).double().mean().item()


@misconception("accuracy", hint="How exact is a result that was rounded to two decimals?")
def rounds_to_two_decimals(labels, y):
    """Rounds to two decimals, which is for printing only."""
    if labels.shape != y.shape:
        raise ValueError("shapes differ")
    return round((labels == y).double().mean().item(), 2)


# --- right on the CPU only ----------------------------------------------------------------------------------


@misconception("mse_loss", hint="Where does your total begin, and where is what you add?", device=True)
def total_begins_on_the_cpu(yhat, y):
    """Adds the squares to a one-element tensor that was made on the CPU."""
    if yhat.shape != y.shape:
        raise ValueError("the shapes differ")
    total = torch.zeros(1, dtype=yhat.dtype)
    for squared in (yhat - y) ** 2:
        total = total + squared.reshape(1)
    return (total / len(y)).squeeze()


@misconception("shuffled_split", hint="Is each of the four results where x and y were?", device=True)
def rows_moved_to_the_cpu(x, y, fraction, seed):
    """Moves the data to the CPU to index it there, and leaves the parts there."""
    x, y = x.cpu(), y.cpu()
    torch.manual_seed(seed)
    order = torch.randperm(len(y))
    size = int(len(y) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("shuffled_split", hint="Which generator draws for a GPU, and does the seed give the same numbers?", device=True)
def order_drawn_where_the_data_is(x, y, fraction, seed):
    """Draws the permutation on the device of the data, whose generator gives other numbers than the CPU's."""
    torch.manual_seed(seed)
    order = torch.randperm(len(y), device=y.device)
    size = int(len(y) * fraction)
    return x[order[:size]], x[order[size:]], y[order[:size]], y[order[size:]]


@misconception("standardize", hint="Means and deviations become what, on which device?", device=True)
def statistics_as_python_numbers(x_train, x_test):
    """Reads each column's mean and deviation as Python numbers and makes tensors of them, on the CPU."""
    means = torch.tensor([column.mean().item() for column in x_train.T], dtype=x_train.dtype)
    stds = torch.tensor([column.std().item() for column in x_train.T], dtype=x_train.dtype)
    return (x_train - means) / stds, (x_test - means) / stds


@misconception("AdalineModule", hint="Which of a module's tensors does .to(device) move?", device=True)
class ZeroOffsetIsNotRegistered(nn.Module):
    """Keeps a tensor as a plain attribute: .to(device) moves parameters and buffers, and nothing else."""

    def __init__(self, num_features):
        super().__init__()
        self.linear = nn.Linear(num_features, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.offset = torch.zeros(num_features)

    def forward(self, x):
        return self.linear(x - self.offset).flatten()


@misconception("AdalineModule", hint="forward makes a tensor. Where?", device=True)
class OnesInForward(nn.Module):
    """Makes a tensor in forward, on the CPU, whatever device its input is on."""

    def __init__(self, num_features):
        super().__init__()
        self.linear = nn.Linear(num_features, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        ones = torch.ones(len(x), 1)
        return (x @ self.linear.weight.T + ones * self.linear.bias).flatten()


@misconception("train_module", hint="Where is the target that you compare with?", device=True)
def targets_collected_on_the_cpu(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Makes new targets of the numbers of each mini-batch, on the CPU, while the predictions are elsewhere."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    torch.manual_seed(seed)
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y)).split(minibatch_size):
            target = torch.tensor([y[i].item() for i in rows], dtype=y.dtype)
            loss = ((model(x[rows]) - target) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(((model(x) - y) ** 2).mean().item())
    return losses


@misconception("train_module", hint="For which device does a generator draw?", device=True)
def permutation_on_the_inputs_device(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Draws the permutation for the device of x with a generator of the CPU, which only draws for the CPU."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y), generator=generator, device=x.device).split(minibatch_size):
            loss = ((model(x[rows]) - y[rows]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(((model(x) - y) ** 2).mean().item())
    return losses


@misconception("predict_labels", hint="Where are the zeros that you fill?", device=True)
def ones_written_into_cpu_zeros(yhat, threshold=0.5):
    """Writes into zeros that were made on the CPU, so the labels are there."""
    labels = torch.zeros(yhat.shape, dtype=torch.int64)
    labels[(yhat > threshold).cpu()] = 1
    return labels


@misconception("predict_labels", hint="torch.where takes three tensors. Where are they?", device=True)
def labels_chosen_from_cpu_tensors(yhat, threshold=0.5):
    """Chooses between zeros and ones that were made on the CPU."""
    ones = torch.ones(yhat.shape, dtype=torch.int64)
    zeros = torch.zeros(yhat.shape, dtype=torch.int64)
    return torch.where((yhat > threshold).reshape(yhat.shape), ones, zeros)


@misconception("standardize", hint="For whom does `set_default_dtype` change the dtype, and for how long?")
def standardize_sets_the_default_dtype(x_train, x_test):
    """Makes its new tensors fit the data by changing the dtype that every new tensor of the program gets."""
    torch.set_default_dtype(x_train.dtype)
    mean, std = x_train.mean(0), x_train.std(0)
    return (x_train - mean) / std, (x_test - mean) / std


@misconception("AdalineAutograd", hint="For whom does `set_default_dtype` change the dtype, and for how long?")
class AutogradSetsTheDefaultDtype:
    """Asks for precise gradients by changing the dtype that every new tensor of the program gets."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.zeros(1, requires_grad=True)

    def forward(self, x):
        torch.set_default_dtype(torch.float64)
        return (x @ self.weight + self.bias).flatten()


@misconception("AdalineModule", hint="Which parameters has an nn.Linear already, and how many has your model?")
class ModuleWithTwoBiases(nn.Module):
    """Adds a bias of its own to that of the linear layer, so that in training the answer moves twice as far."""

    def __init__(self, num_features):
        super().__init__()
        self.linear = nn.Linear(num_features, 1)
        self.bias = nn.Parameter(torch.zeros(1))
        with torch.no_grad():
            self.linear.weight.zero_()
            self.linear.bias.zero_()

    def forward(self, x):
        return self.linear(x).flatten() + self.bias


@misconception("AdalineManual", hint="Whose are the tensors that are assigned to the class, and not to self?")
class ManualKeepsItsTensorsInTheClass:
    """Assigns weight and bias to the class: there is one pair for all models, and a new one sets it to zero."""

    def __init__(self, num_features):
        type(self).weight = torch.zeros(num_features, 1)
        type(self).bias = torch.zeros(1)

    def forward(self, x):
        return (x @ self.weight + self.bias).flatten()

    def backward(self, x, yhat, y):
        errors = 2 * (y - yhat) / len(y)
        return (x.T @ errors)[:, None], errors.sum()


@misconception("AdalineAutograd", hint="Whose are the tensors that are assigned to the class, and not to self?")
class AutogradKeepsItsTensorsInTheClass:
    """Assigns weight and bias to the class: there is one pair for all models, and a new one sets it to zero."""

    def __init__(self, num_features):
        type(self).weight = torch.zeros(num_features, 1, requires_grad=True)
        type(self).bias = torch.zeros(1, requires_grad=True)

    def forward(self, x):
        return (x @ self.weight + self.bias).flatten()
