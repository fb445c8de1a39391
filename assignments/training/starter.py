"""Assignment 4, training: layers, a small network, and the loop that teaches it.

Replace each `raise NotImplementedError` by your own code. Names and signatures stay as they are; helpers,
further classes and imports from torch, numpy and the standard library are welcome. The file is loaded
whenever it is graded, so keep experiments under `if __name__ == "__main__":`.
"""

from torch import nn

# --- what is trained ------------------------------------------------------------------------------------


def linear(x, weight, bias=None):
    """What an `nn.Linear` with this weight and bias does to x.

    x: (*, d_in), any number of dimensions, the last one of size d_in
    weight: (d_out, d_in)
    bias: (d_out,), or None for none
    Returns (*, d_out), of the dtype of x.
    """
    raise NotImplementedError


def sigmoid(z):
    """1 / (1 + exp(-z)) for each element of z, of any shape; right from -1000 to 1000, not only near 0.

    Returns a tensor of the shape and dtype of z.
    """
    raise NotImplementedError


class TwoLayerNetwork(nn.Module):
    """Two affine layers with bias, the second on the output of the first, nothing in between.

    `TwoLayerNetwork(d_in, d_hidden, d_out)` maps (n, d_in) by way of d_hidden numbers a row to (n, d_out).
    How you make the layers and what you call them is up to you.
    """

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        raise NotImplementedError

    def forward(self, x):
        raise NotImplementedError


class MultilayerPerceptron(nn.Module):
    """Affine to hidden_size, ReLU, affine back to input_size, sigmoid.

    Maps (n, input_size) to (n, input_size). Create the two affine layers in this order, and let them start
    as `nn.Linear` starts: then the same seed gives the same network everywhere.
    """

    def __init__(self, input_size, hidden_size):
        raise NotImplementedError

    def forward(self, x):
        raise NotImplementedError


def count_parameters(module):
    """How many numbers (scalars) in the parameters of a module can be trained, as an int.

    What is frozen does not count; what is used in several places counts once.
    """
    raise NotImplementedError


# --- training it ----------------------------------------------------------------------------------------


def train_step(model, x, y, loss_fn, optimizer):
    """One step of the optimizer that makes `loss_fn(model(x), y)` smaller.

    The optimizer already holds all of the model's parameters. Gradients that are there from before must not
    have any effect.
    Returns the loss before the update, as a Python float.
    """
    raise NotImplementedError


def train(model, x, y, loss_fn, optimizer, num_epochs):
    """num_epochs steps, each on all the data.

    Returns a list of num_epochs floats: the loss before each of the steps.
    """
    raise NotImplementedError


def train_minibatches(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """num_epochs passes through the data in mini-batches, one step for each mini-batch.

    Calls `torch.manual_seed(seed)` once, at the start. Each epoch draws its order by one `torch.randperm(n)`
    and cuts it, in order, into mini-batches of batch_size examples; the last may be smaller.
    Returns a list of num_epochs floats: the mean loss over the examples of that epoch, where the loss of
    each mini-batch is the one before its own update. `loss_fn` averages over the mini-batch it is given.
    """
    raise NotImplementedError


def evaluate(model, x, y, loss_fn):
    """The loss of the model on x and y, as a float, in evaluation mode and without building a graph.

    Afterwards the model is as it was: its parameters, their gradients, and the training flag of each module
    in it.
    """
    raise NotImplementedError


# --- three things to learn ------------------------------------------------------------------------------


def fit_vector():
    """Train a `TwoLayerNetwork()` until it maps (1, 2, 3) to (1, 2, 3, 4, 5), and return it.

    Each of the five outputs may be off by at most 0.05, whatever seed was set before the call.
    """
    raise NotImplementedError


def fit_sequence():
    """Train a module until it maps each row (a, b, c) to (a, b, c, c+1, c+2), and return it.

    It gets (B, 3) float32 tensors that hold whole numbers from -100 to 100, also rows it has never seen, and
    each output may be off by at most 0.1. What kind of module it is, and how you train it, is up to you.
    """
    raise NotImplementedError


def fit_ones(seed, num_epochs=10):
    """Train a `MultilayerPerceptron` to answer ones. Returns the list of its losses, floats, one an epoch.

    In this order, so that it can be repeated: `torch.manual_seed(seed)`; y, ones of shape (10, 5); x, y plus
    `torch.randn_like(y)`; a `MultilayerPerceptron(5, 3)`; Adam with rate 0.1. Then num_epochs steps on all
    of x and y with binary cross entropy, each loss taken before its update.
    """
    raise NotImplementedError
