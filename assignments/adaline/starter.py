"""Assignment adaline: the adaptive linear neuron, trained three times.

Replace each `raise NotImplementedError` by your own code. What each exercise asks is said below and, with a
worked example, in the hand-out (README.md). Helpers of your own are welcome; keep names and parameters.

In the shapes, n is the number of rows (examples) and d the number of columns (features). All of this is about
tensors of floats unless it says otherwise.
"""

import torch  # noqa: F401
from torch import nn


def mse_loss(yhat, y):
    """Mean squared error of the predictions `yhat` against the targets `y`.

    yhat, y: shape (n,), n at least 1, both float32 or both float64.
    Returns a 0-d tensor of the same dtype, through which gradients can flow back to `yhat`.
    Raises ValueError if the two shapes differ, (n, 1) against (n,) included.
    """
    raise NotImplementedError


def shuffled_split(x, y, fraction, seed):
    """Shuffle the rows of `x` and `y` together, then split them into training and test rows.

    x: (n, d). y: (n,), of any dtype, y[i] belonging to x[i]. fraction: between 0 and 1. seed: an int.
    The new order is what `torch.manual_seed(seed)` and then one `torch.randperm(n)` give. The first
    int(n * fraction) rows in this order are for training, all the others for testing, order kept.
    Returns x_train, x_test, y_train, y_test.
    """
    raise NotImplementedError


def standardize(x_train, x_test):
    """Bring the columns to a common scale, as measured on the training rows.

    x_train: (n, d), n at least 2, no column constant. x_test: (m, d).
    From every column of both, subtract the mean of that column in x_train, then divide by the
    standard deviation of that column in x_train (the unbiased one, which divides by n - 1).
    Returns both, in this order.
    """
    raise NotImplementedError


def minibatches(n, minibatch_size):
    """Cut the row numbers 0 ... n - 1, in a random order, into mini-batches.

    n, minibatch_size: ints, at least 1.
    The order is one `torch.randperm(n)`, drawn from PyTorch's generator as it stands (no seeding in here),
    and cut from front to back.
    Returns a list of int64 tensors with minibatch_size row numbers each; the last may have fewer.
    """
    raise NotImplementedError


class AdalineManual:
    """ADALINE with gradients that you work out yourself. Nothing in here requires grad."""

    def __init__(self, num_features):
        """Set `self.weight` to float32 zeros (num_features, 1) and `self.bias` to float32 zeros (1,)."""
        raise NotImplementedError

    def forward(self, x):
        """Net input of every row: `x` (n, d) -> (n,), x times weight plus bias."""
        raise NotImplementedError

    def backward(self, x, yhat, y):
        """*Negative* gradients of the mean squared error of `yhat` against `y`.

        x: (n, d). yhat: (n,), the predictions to use, as they are given. y: (n,).
        Returns a pair: by the weight, of shape (num_features, 1), and by the bias, of shape (1,) or ().
        """
        raise NotImplementedError


def train_manual(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Train an `AdalineManual` by mini-batch gradient descent, in place.

    x: (n, d). y: (n,). The minibatch_size may be larger than n.
    Seed PyTorch's generator with `seed` once. Then each epoch draws one `torch.randperm(n)` and goes through
    its mini-batches in order (the last may be smaller): forward, backward, update of weight and bias.
    Returns a list with one loss an epoch: the mean squared error over *all* rows, taken after the
    epoch's last update, as a float or a 0-d tensor. No epochs: an empty list.
    """
    raise NotImplementedError


class AdalineAutograd:
    """The same model, prepared for `torch.autograd.grad`: weight and bias require grad."""

    def __init__(self, num_features):
        """Set `self.weight` to float32 zeros (num_features, 1) and `self.bias` to float32 zeros (1,)."""
        raise NotImplementedError

    def forward(self, x):
        """Net input of every row: `x` (n, d) -> (n,), differentiable by weight and bias."""
        raise NotImplementedError


def train_autograd(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Train an `AdalineAutograd` just as `train_manual` does, with gradients from `torch.autograd.grad`.

    Afterwards `model.weight` and `model.bias` still require grad, and training has left no `.grad` on them.
    Returns the losses as `train_manual` does: floats, or 0-d tensors that hold no graph.
    """
    raise NotImplementedError


class AdalineModule(nn.Module):
    """The same model as a module: an `nn.Linear` named `linear` whose weight and bias start as zeros."""

    def __init__(self, num_features):
        raise NotImplementedError

    def forward(self, x):
        """Net input of every row: `x` (n, d) -> (n,)."""
        raise NotImplementedError


def train_module(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Train an `AdalineModule` just as `train_manual` does, with `zero_grad`, `backward` and plain SGD.

    The model comes without gradients. Returns the losses as `train_manual` does: floats, or 0-d
    tensors that hold no graph.
    """
    raise NotImplementedError


def predict_labels(yhat, threshold=0.5):
    """Class labels: 1 where `yhat` is strictly greater than `threshold`, 0 elsewhere.

    yhat: any shape. Returns an int64 tensor of that shape.
    """
    raise NotImplementedError


def accuracy(labels, y):
    """Which part of the labels is right?

    labels, y: (n,), n at least 1; their dtypes may differ (int64 against float32, say).
    Returns the fraction of entries that are equal, as a Python float from 0.0 to 1.0.
    Raises ValueError if the two shapes differ.
    """
    raise NotImplementedError
