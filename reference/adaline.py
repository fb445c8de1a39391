"""ADALINE, the adaptive linear neuron, written three times.

The net input of a row is an affine function of its features, `x @ weight + bias`, and training follows the
negative gradient of the mean squared error, one mini-batch at a time. The three versions differ only in who
works out the gradient: we do (`AdalineManual`), `torch.autograd.grad` does (`AdalineAutograd`), or
`nn.Module`, `backward` and an optimizer do (`AdalineModule`). Step by step they go through the same numbers.
"""

import torch
from torch import Tensor, nn


def mse_loss(yhat: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of predictions `yhat: (n,)` against targets `y: (n,)`, a 0-d tensor.

    Raises:
        ValueError: The shapes differ. Broadcasting would turn (n, 1) - (n,) into all n * n differences.
    """
    if yhat.shape != y.shape:
        raise ValueError(f"yhat has shape {tuple(yhat.shape)}, but y has shape {tuple(y.shape)}")
    return ((yhat - y) ** 2).mean()  # (n,) -> ()


def shuffled_split(x: Tensor, y: Tensor, fraction: float, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Shuffle the rows of `x: (n, d)` and `y: (n,)` together; the first `int(n * fraction)` are for training.

    Returns:
        `x_train, x_test, y_train, y_test`.
    """
    torch.manual_seed(seed)
    order = torch.randperm(len(y))  # (n,), every row number once
    size = int(len(y) * fraction)
    train, test = order[:size], order[size:]
    # One permutation indexes both, so each row keeps its own label.
    return x[train], x[test], y[train], y[test]


def standardize(x_train: Tensor, x_test: Tensor) -> tuple[Tensor, Tensor]:
    """Shift and scale every column so that the *training* rows have mean 0 and standard deviation 1.

    The test rows go through the same shift and scale: they stand for rows that nobody has seen yet,
    so nothing may be learned from them, not even their mean.
    """
    mean = x_train.mean(dim=0)  # (n, d) -> (d,)
    std = x_train.std(dim=0)  # (d,), unbiased: the sum of squares is divided by n - 1
    return (x_train - mean) / std, (x_test - mean) / std  # (., d) - (d,) -> (., d)


def minibatches(n: int, minibatch_size: int) -> list[Tensor]:
    """Row numbers 0 ... n - 1 in a new random order, cut into mini-batches; the last one may be smaller."""
    return list(torch.split(torch.randperm(n), minibatch_size))


class AdalineManual:
    """ADALINE whose gradient is worked out by hand."""

    def __init__(self, num_features: int) -> None:
        self.weight = torch.zeros(num_features, 1)
        self.bias = torch.zeros(1)

    def forward(self, x: Tensor) -> Tensor:
        """Net inputs of the rows: `x: (n, d)` -> `(n,)`."""
        return (x @ self.weight + self.bias).flatten()  # (n, d) @ (d, 1) + (1,) -> (n, 1) -> (n,)

    def backward(self, x: Tensor, yhat: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Negative gradients of the mean squared error of `yhat`, by the weight `(d, 1)` and the bias `(1,)`.

        The loss is `mean((yhat - y)**2)` and `yhat = x @ weight + bias`, so by the chain rule its derivatives
        are `2 * mean((yhat - y) * x_j)` by `weight_j` and `2 * mean(yhat - y)` by the bias. The minus sign
        is put into the error, `y - yhat`.
        """
        error = 2 * (y - yhat).view(-1, 1) / len(y)  # (n, 1), the negative gradient by each yhat
        return x.T @ error, error.sum(dim=0)  # (d, n) @ (n, 1) -> (d, 1) and (n, 1) -> (1,)


def train_manual(
    model: AdalineManual,
    x: Tensor,
    y: Tensor,
    num_epochs: int,
    learning_rate: float = 0.01,
    seed: int = 123,
    minibatch_size: int = 10,
) -> list[float]:
    """Train `model` on `x: (n, d)`, `y: (n,)` and return the loss over all the data after each epoch."""
    losses = []
    torch.manual_seed(seed)  # once: every epoch gets an order of its own, and a second run the same orders
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            yhat = model.forward(x[rows])
            step_weight, step_bias = model.backward(x[rows], yhat, y[rows])
            # backward gives the *negative* gradients: adding them goes downhill.
            model.weight += learning_rate * step_weight
            model.bias += learning_rate * step_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


class AdalineAutograd:
    """ADALINE whose gradient `torch.autograd.grad` works out, from the graph that `forward` leaves behind."""

    def __init__(self, num_features: int) -> None:
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.zeros(1, requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        """Net inputs of the rows: `x: (n, d)` -> `(n,)`, with the graph back to weight and bias."""
        return (x @ self.weight + self.bias).flatten()  # (n, d) @ (d, 1) + (1,) -> (n, 1) -> (n,)


def train_autograd(
    model: AdalineAutograd,
    x: Tensor,
    y: Tensor,
    num_epochs: int,
    learning_rate: float = 0.01,
    seed: int = 123,
    minibatch_size: int = 10,
) -> list[float]:
    """The same training as `train_manual`; the gradients come from `torch.autograd.grad`."""
    losses = []
    torch.manual_seed(seed)
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            # One call for both: it returns the gradients, and leaves every `.grad` alone.
            grad_weight, grad_bias = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():  # the update itself is no part of the next graph
                model.weight -= learning_rate * grad_weight
                model.bias -= learning_rate * grad_bias
        with torch.no_grad():
            losses.append(mse_loss(model.forward(x), y).item())
    return losses


class AdalineModule(nn.Module):
    """ADALINE as a PyTorch module: `nn.Linear` holds weight and bias and registers them as parameters."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(num_features, 1)
        # nn.Linear draws random numbers; all three versions start from zero.
        nn.init.zeros_(self.linear.weight)  # (1, d), that is (out, in): the layer is x @ weight.T + bias
        nn.init.zeros_(self.linear.bias)  # (1,)

    def forward(self, x: Tensor) -> Tensor:
        """Net inputs of the rows: `x: (n, d)` -> `(n,)`."""
        net_input: Tensor = self.linear(x)  # (n, d) -> (n, 1)
        return net_input.flatten()  # (n,)


def train_module(
    model: AdalineModule,
    x: Tensor,
    y: Tensor,
    num_epochs: int,
    learning_rate: float = 0.01,
    seed: int = 123,
    minibatch_size: int = 10,
) -> list[float]:
    """The same training again: `zero_grad`, `backward`, and an optimizer's `step`."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    torch.manual_seed(seed)
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            optimizer.zero_grad()  # backward adds to `.grad`; what the last step left there must go first
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(mse_loss(model.forward(x), y).item())
    return losses


def predict_labels(yhat: Tensor, threshold: float = 0.5) -> Tensor:
    """Class labels of net inputs of any shape: int64, 1 where `yhat` exceeds the threshold, else 0."""
    return (yhat > threshold).long()


def accuracy(labels: Tensor, y: Tensor) -> float:
    """Fraction of the entries of `labels: (n,)` that equal those of `y: (n,)`; their dtypes may differ.

    Raises:
        ValueError: The shapes differ.
    """
    if labels.shape != y.shape:
        raise ValueError(f"labels have shape {tuple(labels.shape)}, but y has shape {tuple(y.shape)}")
    return (labels == y).double().mean().item()
