"""Assignment 4, training: layers, a small network, and the loop that teaches it.

Everything here rests on one cycle. The model predicts, the loss says how wrong it was, `backward` works
out in which direction each parameter should move, and the optimizer moves it. The first half of the file
builds what is trained, the second half trains it, each function resting on the one before.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Loss = Callable[[Tensor, Tensor], Tensor]  # (prediction, target) -> 0-d, the mean over the batch


# --- what is trained ------------------------------------------------------------------------------------


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The affine map of an `nn.Linear`: `x: (*, d_in)`, `weight: (d_out, d_in)` -> `(*, d_out)`.

    The weight is stored one row an output, hence the transpose. Only the last dimension of x takes part:
    however many stand in front of it, each vector along the last one is mapped on its own.
    """
    product = x @ weight.T  # (*, d_in) @ (d_in, d_out) -> (*, d_out)
    return product if bias is None else product + bias  # (*, d_out) + (d_out,): one bias for all vectors


def sigmoid(z: Tensor) -> Tensor:
    """The logistic function 1 / (1 + exp(-z)) of every element, right for large |z| too.

    exp(z) overflows to infinity where z is large, and infinity over infinity is not a number. exp(-|z|)
    cannot: it lies between 0 and 1. So both halves of the curve are written with it, and each element
    takes its own.
    """
    small = torch.exp(-z.abs())
    return torch.where(z >= 0, 1 / (1 + small), small / (1 + small))


class TwoLayerNetwork(nn.Module):
    """Two affine layers, one after the other: `(*, d_in)` -> `(*, d_hidden)` -> `(*, d_out)`.

    With nothing between them they make one affine map, whose rank is at most the width in the middle.
    """

    def __init__(self, d_in: int = 3, d_hidden: int = 2, d_out: int = 5) -> None:
        super().__init__()  # first: it prepares the place in which modules and parameters are registered
        self.first = nn.Linear(d_in, d_hidden)
        self.second = nn.Linear(d_hidden, d_out)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.first(x)  # (*, d_hidden)
        answer: Tensor = self.second(hidden)  # (*, d_out)
        return answer


class MultilayerPerceptron(nn.Module):
    """Affine, ReLU, affine back to where it came from, sigmoid: `(n, input_size)` -> `(n, input_size)`."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)  # created first, so it draws its weights first
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.hidden(x))  # (n, hidden_size)
        return torch.sigmoid(self.output(hidden))  # (n, input_size), every entry between 0 and 1


def count_parameters(module: nn.Module) -> int:
    """How many numbers training may change; `parameters()` already gives a shared tensor only once."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


# --- training it ----------------------------------------------------------------------------------------


def train_step(
    model: nn.Module, x: Tensor, y: Tensor, loss_fn: Loss, optimizer: torch.optim.Optimizer
) -> float:
    """One step of the optimizer on (x, y); the loss that the model had before it."""
    optimizer.zero_grad()  # backward adds to what is in .grad, so what is left there has to go
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()  # a plain number: it keeps no graph alive


def train(
    model: nn.Module, x: Tensor, y: Tensor, loss_fn: Loss, optimizer: torch.optim.Optimizer, num_epochs: int
) -> list[float]:
    """`num_epochs` steps, each on all the data; the loss before each of them."""
    return [train_step(model, x, y, loss_fn, optimizer) for _ in range(num_epochs)]


def train_minibatches(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    loss_fn: Loss,
    optimizer: torch.optim.Optimizer,
    num_epochs: int,
    batch_size: int,
    seed: int,
) -> list[float]:
    """One step a mini-batch, in a new random order every epoch; each epoch's mean loss over its examples.

    The mean is over examples, not over batches: a last batch of one must not weigh as much as a full one.
    """
    torch.manual_seed(seed)  # once; every epoch then draws an order of its own
    n = len(x)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.split(torch.randperm(n), batch_size):  # the last one holds what is left
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / n)
    return losses


def evaluate(model: nn.Module, x: Tensor, y: Tensor, loss_fn: Loss) -> float:
    """The model's loss as it would be in use, and the model as it was: only looked at, never touched."""
    were_training = {module: module.training for module in model.modules()}
    model.eval()  # dropout lets everything through, normalisation uses what it has learnt
    with torch.no_grad():
        loss = loss_fn(model(x), y).item()
    for module, was_training in were_training.items():
        module.training = was_training  # one by one: .train() would also set the submodules
    return loss


# --- three things to learn ------------------------------------------------------------------------------


def fit_vector() -> TwoLayerNetwork:
    """A `TwoLayerNetwork` of default size that has learnt (1, 2, 3) -> (1, 2, 3, 4, 5).

    One pair only: the network is narrower in the middle than the vector, which does no harm here, because
    nothing is asked about any other vector.
    """
    x = torch.tensor([[1.0, 2.0, 3.0]])
    y = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    model = TwoLayerNetwork()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    train(model, x, y, nn.MSELoss(), optimizer, num_epochs=1000)
    return model


class SequenceNetwork(nn.Module):
    """Two affine layers, wide enough for three independent numbers, for inputs up to about 100 in size.

    A step that suits inputs near 1 is far too long for inputs near 100. So the numbers are made small on
    the way in and large again on the way out; in between the network learns in units of a hundred.
    """

    def __init__(self, hidden: int = 8, unit: float = 100.0) -> None:
        super().__init__()
        self.layers = TwoLayerNetwork(3, hidden, 5)
        self.unit = unit

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.layers(x / self.unit) * self.unit  # (B, 3) -> (B, 5)
        return answer


def fit_sequence() -> nn.Module:
    """A module that maps integer rows (a, b, c) to (a, b, c, c+1, c+2), not only those that it has seen.

    c+1 and c+2 are c and a constant, so the map is affine: nothing bends, and no ReLU is wanted. But a, b
    and c are three free numbers, and they do not fit through a layer of two.
    """
    model = SequenceNetwork()
    # The network works in hundreds, the loss counts in ones: that makes it steep, and wants short steps.
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    for _ in range(1500):
        x = torch.randint(-100, 101, (64, 3)).float()  # new rows every step: there is nothing to memorise
        c = x[:, 2:]  # (64, 1)
        y = torch.cat([x, c + 1, c + 2], dim=1)  # (64, 5)
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


def fit_ones(seed: int, num_epochs: int = 10) -> list[float]:
    """The losses of a perceptron that learns to answer ones, whatever noise it is given.

    Everything random is drawn from the one seed, in this order: the noise, then the two layers' weights.
    """
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    return train(model, x, y, nn.BCELoss(), optimizer, num_epochs)
