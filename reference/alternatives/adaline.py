"""Unusual but correct ways to do the exercises of `adaline`. Each must get full marks."""

from collections import OrderedDict
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from grader.exercise import alternative

# --- mse_loss -------------------------------------------------------------------------------------------------


@alternative("mse_loss")
def loss_by_a_loop(yhat, y):
    """Adds the squares up in a Python loop and divides by n."""
    if yhat.shape != y.shape:
        raise ValueError
    total = 0
    for prediction, target in zip(yhat, y):
        total = total + (prediction - target) ** 2
    return total / len(y)


@alternative("mse_loss")
def loss_by_torchs_own_function(yhat, y):
    """Asks F.mse_loss, after the shapes, and raises a subclass of ValueError."""

    class ShapeError(ValueError):
        pass

    if yhat.size() != y.size():
        raise ShapeError("no!")
    return F.mse_loss(y, yhat)


@alternative("mse_loss")
def loss_by_a_dot_product(yhat, y):
    """The error times itself, by einsum."""
    if tuple(yhat.shape) != tuple(y.shape):
        raise ValueError("shapes")
    error = y - yhat
    return torch.einsum("i,i->", error, error) / error.numel()


@alternative("mse_loss")
def loss_in_double_precision(yhat, y):
    """Computes in float64 and casts back: more exact than asked."""
    if yhat.shape != y.shape:
        raise ValueError("shapes")
    return ((yhat.double() - y.double()) ** 2).mean().to(yhat.dtype)


@alternative("mse_loss")
def loss_by_the_expanded_square(yhat, y):
    """a² - 2ab + b² instead of (a - b)²."""
    if yhat.shape != y.shape:
        raise ValueError("shapes")
    return (yhat.pow(2) - 2 * yhat * y + y.pow(2)).mean()


# --- shuffled_split -------------------------------------------------------------------------------------------


@alternative("shuffled_split")
def split_by_an_own_generator(x, y, fraction, seed):
    """Draws from a generator of its own with the same seed: the same permutation."""
    order = torch.randperm(x.size(0), generator=torch.Generator().manual_seed(seed))
    size = int(x.size(0) * fraction)
    return [x[order][:size], x[order][size:], y[order][:size], y[order][size:]]


class Parts(NamedTuple):
    x_train: torch.Tensor
    x_test: torch.Tensor
    y_train: torch.Tensor
    y_test: torch.Tensor


@alternative("shuffled_split")
def split_row_by_row(x, y, fraction, seed):
    """Collects rows in lists, stacks them, and returns a NamedTuple."""
    torch.manual_seed(seed)
    order = torch.randperm(len(y)).tolist()
    size = int(len(y) * fraction)
    rows, labels = [x[i] for i in order], [y[i] for i in order]
    return Parts(
        torch.stack(rows[:size]), torch.stack(rows[size:]), torch.stack(labels[:size]), torch.stack(labels[size:])
    )


@alternative("shuffled_split")
def split_by_seeding_twice(x, y, fraction, seed):
    """Seeds again before it shuffles y, which gives the same permutation as for x."""
    torch.manual_seed(seed)
    x = x[torch.randperm(len(x))]
    torch.manual_seed(seed)
    y = y[torch.randperm(len(y))]
    size = int(fraction * len(x))
    x_train, x_test = x.split([size, len(x) - size])
    y_train, y_test = y.split([size, len(y) - size])
    print("training rows:", size)
    return x_train, x_test, y_train, y_test


# --- standardize ----------------------------------------------------------------------------------------------


@alternative("standardize")
def standardize_with_numpy(x_train, x_test):
    """Goes through numpy, with ddof=1."""
    train, test = x_train.cpu().numpy(), x_test.cpu().numpy()
    mean, std = train.mean(axis=0), train.std(axis=0, ddof=1)
    scaled = [torch.from_numpy((part - mean) / std) for part in (train, test)]
    return [part.to(x_train.device) for part in scaled]


@alternative("standardize")
def standardize_column_by_column(x_train, x_test):
    """Loops over the columns and stacks them again."""
    train, test = [], []
    for column in range(x_train.shape[1]):
        std, mean = torch.std_mean(x_train[:, column])
        train.append((x_train[:, column] - mean) / std)
        test.append((x_test[:, column] - mean) / std)
    return torch.stack(train, 1), torch.stack(test, 1)


@alternative("standardize")
def standardize_by_mean_squares(x_train, x_test):
    """The variance as mean of squares minus square of mean, times n / (n - 1)."""
    n = len(x_train)
    mean = x_train.sum(0) / n
    std = (((x_train**2).sum(0) / n - mean**2) * n / (n - 1)).sqrt()
    return (x_train - mean) / std, (x_test - mean) / std


@alternative("standardize")
def standardize_with_a_tiny_number(x_train, x_test):
    """Adds 1e-8 to the deviation, a habit against division by zero."""
    mean, std = x_train.mean(0, keepdim=True), x_train.std(0, keepdim=True) + 1e-8
    return (x_train - mean) / std, (x_test - mean) / std


# --- minibatches ----------------------------------------------------------------------------------------------


@alternative("minibatches")
def minibatches_by_slicing(n, minibatch_size):
    """Slices the permutation in a loop over the starts."""
    order = torch.randperm(n)
    return [order[start : start + minibatch_size] for start in range(0, n, minibatch_size)]


@alternative("minibatches")
def minibatches_as_a_tuple(n, minibatch_size):
    """torch.split gives a tuple of views."""
    return torch.split(torch.randperm(n), minibatch_size)


@alternative("minibatches")
def minibatches_from_lists(n, minibatch_size):
    """Takes Python ints off a list until none is left."""
    left, batches = torch.randperm(n).tolist(), []
    while left:
        batches.append(torch.tensor(left[:minibatch_size]))
        left = left[minibatch_size:]
    return batches


# --- AdalineManual --------------------------------------------------------------------------------------------


@alternative("AdalineManual")
class ManualWithBuffers(nn.Module):
    """An nn.Module that holds weight and bias as buffers; einsum; a bias gradient of shape ()."""

    def __init__(self, num_features):
        super().__init__()
        self.register_buffer("weight", torch.zeros((num_features, 1)))
        self.register_buffer("bias", torch.zeros(1))

    def forward(self, x):
        return torch.einsum("nd,dk->n", x, self.weight) + self.bias

    def backward(self, x, yhat, y):
        slope = -2 * (yhat - y)
        return torch.einsum("n,nd->d", slope, x)[:, None] / len(y), slope.mean()


@alternative("AdalineManual")
class ManualWithLoops:
    """Works row by row and keeps frozen parameters."""

    def __init__(self, num_features):
        self.weight = nn.Parameter(torch.zeros(num_features, 1), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(1), requires_grad=False)

    def forward(self, x):
        return torch.stack([(row * self.weight[:, 0]).sum() + self.bias[0] for row in x])

    def backward(self, x, yhat, y):
        by_weight, by_bias = torch.zeros_like(self.weight), torch.zeros(())
        for row, error in zip(x, y - yhat):
            by_weight += 2 * error * row.view(-1, 1) / x.shape[0]
            by_bias += 2 * error / x.shape[0]
        return [by_weight, by_bias]


@alternative("AdalineManual")
class ManualInTheLecturesWay:
    """The gradients by yhat, weight and bias one after the other, negated at the end; addmm in forward."""

    def __init__(self, num_features):
        self.num_features = num_features
        self.weight = torch.zeros(num_features, 1, dtype=torch.float)
        self.bias = torch.zeros(1, dtype=torch.float)

    def forward(self, x):
        netinputs = torch.addmm(self.bias, x, self.weight)
        return netinputs.view(-1)

    def backward(self, x, yhat, y):
        grad_loss_yhat = 2 * (yhat - y)
        grad_loss_weights = torch.mm(x.t(), grad_loss_yhat.view(-1, 1)) / y.size(0)
        grad_loss_bias = torch.sum(grad_loss_yhat) / y.size(0)
        return (-1) * grad_loss_weights, (-1) * grad_loss_bias


@alternative("AdalineManual")
class ManualInDoubles(AdalineManual):
    """Computes everything in float64 and casts the answers back to float32."""

    def forward(self, x):
        return (x.double() @ self.weight.double() + self.bias.double()).float().reshape(len(x))

    def backward(self, x, yhat, y):
        error = (y.double() - yhat.double())[:, None]
        return (2 * (x.double() * error).mean(0)[:, None]).float(), (2 * error.mean(0)).float()


@alternative("AdalineManual")
def manual_model_of_closures(num_features):
    """No class at all: a function that makes a namespace of two tensors and two closures."""
    weight, bias = torch.zeros(num_features, 1), torch.zeros(1)

    def forward(x):
        return (x @ weight + bias)[:, 0]

    def backward(x, yhat, y):
        # the chain rule through autograd, for the predictions given
        leaf = yhat.clone().requires_grad_()
        (by_yhat,) = torch.autograd.grad(mse_loss(leaf, y), leaf)
        return -(by_yhat @ x)[:, None], -by_yhat.sum()

    return SimpleNamespace(weight=weight, bias=bias, forward=forward, backward=backward)


@alternative("AdalineManual")
class ManualInOneVector(AdalineManual):
    """One vector holds weight and bias, which are properties: new views of it each time."""

    def __init__(self, num_features):
        self.theta = torch.zeros(num_features + 1)

    @property
    def weight(self):
        return self.theta[:-1, None]

    @weight.setter
    def weight(self, value):
        self.theta[:-1] = value[:, 0]

    @property
    def bias(self):
        return self.theta[-1:]

    @bias.setter
    def bias(self, value):
        self.theta[-1:] = value



# --- train_manual ---------------------------------------------------------------------------------------------


@alternative("train_manual")
def training_that_binds_new_tensors(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Binds new tensors in each step, returns 0-d tensors in a tuple, and prints."""
    torch.manual_seed(seed)
    losses = ()
    for epoch in range(num_epochs):
        order = torch.randperm(y.size(0))
        for start in range(0, y.size(0), minibatch_size):
            rows = order[start : start + minibatch_size]
            yhat = model.forward(x[rows])
            by_weight, by_bias = model.backward(x[rows], yhat, y[rows])
            model.weight = model.weight + learning_rate * by_weight
            model.bias = model.bias + learning_rate * by_bias
            print("step", epoch, start)
        losses += (((model.forward(x) - y) ** 2).mean(),)
        print(f"Epoch {epoch + 1:03d} | MSE {losses[-1]:.5f}")
    return losses


@alternative("train_manual")
def training_through_data(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Updates through .data under no_grad, with a generator of its own, and shuffles whole copies."""
    generator = torch.Generator().manual_seed(seed)
    losses = []
    with torch.no_grad():
        for _ in range(num_epochs):
            order = torch.randperm(len(x), generator=generator)
            shuffled_x, shuffled_y = x[order], y[order]
            for x_rows, y_rows in zip(shuffled_x.split(minibatch_size), shuffled_y.split(minibatch_size)):
                by_weight, by_bias = model.backward(x_rows, model.forward(x_rows), y_rows)
                model.weight.data.add_(by_weight, alpha=learning_rate)
                model.bias.data.add_(by_bias, alpha=learning_rate)
            losses.append(float(((model.forward(x) - y) ** 2).sum()) / len(y))
    return losses


@alternative("train_manual")
def training_that_subtracts(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Takes the signs apart: negates what backward gives and subtracts it."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            gradients = [-part for part in model.backward(x[rows], model.forward(x[rows]), y[rows])]
            model.weight.sub_(learning_rate * gradients[0])
            model.bias.sub_(learning_rate * gradients[1])
        losses.append(mse_loss(y, model.forward(x)))
    return losses


# --- AdalineAutograd ------------------------------------------------------------------------------------------


@alternative("AdalineAutograd")
class AutogradWithParameters(nn.Module):
    """An nn.Module with two nn.Parameters; einsum in forward."""

    def __init__(self, num_features):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(num_features, 1))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.einsum("nd,dk->nk", x, self.weight)[:, 0] + self.bias


@alternative("AdalineAutograd")
class AutogradThatIsSwitchedOnLater:
    """Makes plain zeros and switches requires_grad on afterwards; adds the columns up in a loop."""

    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1)
        self.bias = torch.tensor([0.0])
        for parameter in (self.weight, self.bias):
            parameter.requires_grad_(True)

    def forward(self, x):
        netinput = self.bias.expand(len(x))
        for column in range(x.shape[1]):
            netinput = netinput + x[:, column] * self.weight[column, 0]
        return netinput


@alternative("AdalineAutograd")
class AutogradInOneVector(AdalineAutograd):
    """One leaf holds weight and bias, which are properties: new views of it each time."""

    def __init__(self, num_features):
        self.theta = torch.zeros(num_features + 1, requires_grad=True)

    weight = property(lambda self: self.theta[:-1, None])
    bias = property(lambda self: self.theta[-1:])

    def forward(self, x):
        return x @ self.theta[:-1] + self.theta[-1]


@alternative("AdalineAutograd")
class AutogradOnALinearLayer(nn.Module):
    """Keeps an nn.Linear, whose weight lies the other way round; weight is its transpose."""

    def __init__(self, num_features):
        super().__init__()
        self.layer = nn.Linear(num_features, 1)
        for parameter in self.layer.parameters():
            nn.init.zeros_(parameter)

    weight = property(lambda self: self.layer.weight.t())
    bias = property(lambda self: self.layer.bias)

    def forward(self, x):
        return self.layer(x).flatten()



# --- train_autograd -------------------------------------------------------------------------------------------


@alternative("train_autograd")
def training_with_a_retained_graph(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Two calls of autograd.grad, the first with retain_graph; negative gradients that are added to .data."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            loss = F.mse_loss(model.forward(x[rows]), y[rows])
            by_weight = -torch.autograd.grad(loss, model.weight, retain_graph=True)[0]
            by_bias = -torch.autograd.grad(loss, model.bias)[0]
            model.weight.data += learning_rate * by_weight
            model.bias.data += learning_rate * by_bias
        losses.append(F.mse_loss(model.forward(x), y).detach())
    return losses


@alternative("train_autograd")
def training_with_weights_that_are_no_leaves(
    model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10
):
    """Binds weight - rate * gradient outside of no_grad: no leaves any more, but they require grad."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y)).split(minibatch_size):
            loss = mse_loss(model.forward(x[rows]), y[rows])
            by_weight, by_bias = torch.autograd.grad(loss, (model.weight, model.bias))
            model.weight = model.weight - learning_rate * by_weight
            model.bias = model.bias - learning_rate * by_bias
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@alternative("train_autograd")
def training_with_new_leaves(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Binds a new leaf in each step: detached and told to require grad."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y)).split(minibatch_size):
            loss = ((model.forward(x[rows]) - y[rows]) ** 2).sum() / len(rows)
            by_weight, by_bias = torch.autograd.grad(loss, (model.weight, model.bias))
            model.weight = (model.weight - learning_rate * by_weight).detach().requires_grad_()
            model.bias = (model.bias - learning_rate * by_bias).detach().requires_grad_()
        with torch.no_grad():
            losses.append(float(mse_loss(model.forward(x), y)))
    return losses


@alternative("train_autograd")
def training_with_grad_taken_away(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Uses backward() and takes .grad away again after each step, so that none is left behind."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model.forward(x[rows]), y[rows]).backward()
            for parameter in (model.weight, model.bias):
                parameter.detach().sub_(learning_rate * parameter.grad)
                parameter.grad = None
        losses.append(mse_loss(model.forward(x), y).detach().clone())
    return losses


# --- AdalineModule --------------------------------------------------------------------------------------------


@alternative("AdalineModule")
class ModuleZeroedThroughDetach(nn.Module):
    """The lecture's way to zero; squeeze of the last dimension only; a further attribute."""

    def __init__(self, num_features):
        super().__init__()
        self.num_features = num_features
        self.linear = nn.Linear(num_features, 1)
        self.linear.weight.detach().zero_()
        self.linear.bias.detach().zero_()

    def forward(self, x):
        return self.linear(x).squeeze(-1)


class ZeroLinear(nn.Linear):
    """A linear layer that starts from zero."""

    def reset_parameters(self):
        nn.init.constant_(self.weight, 0)
        nn.init.constant_(self.bias, 0)


@alternative("AdalineModule")
class ModuleWithASubclassOfLinear(nn.Module):
    """The layer is a subclass of nn.Linear, and forward uses its parameters without calling it."""

    def __init__(self, num_features):
        super().__init__()
        self.linear = ZeroLinear(num_features, 1)

    def forward(self, x):
        return x @ self.linear.weight[0] + self.linear.bias


@alternative("AdalineModule")
def module_made_by_a_function(num_features):
    """An nn.Sequential with a layer named linear, from a function."""
    model = nn.Sequential(OrderedDict(linear=nn.Linear(num_features, 1), flat=nn.Flatten(0)))
    nn.utils.vector_to_parameters(torch.zeros(num_features + 1), model.parameters())
    return model



# --- train_module ---------------------------------------------------------------------------------------------


@alternative("train_module")
def training_without_an_optimizer(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Updates the parameters by hand under no_grad; model.zero_grad() at the end of each step."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in minibatches(len(y), minibatch_size):
            mse_loss(model(x[rows]), y[rows]).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= learning_rate * parameter.grad
            model.zero_grad()
        losses.append(mse_loss(model(x), y).detach())
    return losses


@alternative("train_module")
def training_that_zeroes_first(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Zeroes before forward, keeping zeros instead of None; nn.MSELoss; train and eval modes; prints."""
    optimizer, loss_fn = torch.optim.SGD(model.parameters(), learning_rate), nn.MSELoss()
    torch.manual_seed(seed)
    losses = []
    for epoch in range(num_epochs):
        model.train()
        for rows in torch.randperm(len(y)).split(minibatch_size):
            optimizer.zero_grad(set_to_none=False)
            loss_fn(model(x[rows]), y[rows]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            losses.append(loss_fn(model(x), y))
        print(f"{epoch}: {losses[-1]}")
    return losses


@alternative("train_module")
def training_that_zeroes_last(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """Clears after the step, which is enough where the model comes without gradients."""
    optimizer = torch.optim.SGD([model.linear.weight, model.linear.bias], lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(y))
        for start in range(0, len(y), minibatch_size):
            rows = order[start : start + minibatch_size]
            ((y[rows] - model.forward(x[rows])) ** 2).mean().backward()
            optimizer.step()
            optimizer.zero_grad()
        losses.append(((y - model.forward(x)) ** 2).mean().item())
    return losses


@alternative("train_module")
def training_by_a_data_loader(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """A DataLoader that is told which rows to take, and autograd.grad in place of backward."""
    torch.manual_seed(seed)
    data, losses = torch.utils.data.TensorDataset(x, y), []
    for _ in range(num_epochs):
        order = torch.randperm(len(y)).tolist()
        loader = torch.utils.data.DataLoader(
            data, batch_size=minibatch_size, sampler=order, generator=torch.Generator()
        )
        for x_rows, y_rows in loader:
            parameters = list(model.parameters())
            gradients = torch.autograd.grad(mse_loss(model.forward(x_rows), y_rows), parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients):
                    parameter.copy_(parameter - learning_rate * gradient)
        losses.append(mse_loss(model.forward(x), y).item())
    return losses


@alternative("train_module")
def training_by_functional_calls(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    """torch.func: gradients by a function of the parameters, loaded back as a state; a generator of its own."""
    generator = torch.Generator().manual_seed(seed)

    def loss(parameters, rows):
        return mse_loss(torch.func.functional_call(model, parameters, (x[rows],)), y[rows])

    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(y), generator=generator).split(minibatch_size):
            parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
            gradients = torch.func.grad(loss)(parameters, rows)
            model.load_state_dict(
                {name: value - learning_rate * gradients[name] for name, value in parameters.items()}
            )
        losses.append(mse_loss(model(x), y).item())
    return losses



# --- predict_labels -------------------------------------------------------------------------------------------


@alternative("predict_labels")
def labels_by_where(yhat, threshold=0.5):
    """torch.where with two numbers."""
    return torch.where(yhat > threshold, 1, 0)


@alternative("predict_labels")
def labels_by_heaviside(yhat, threshold=0.5):
    """The sign of the distance, with everything below 0 cut off."""
    return torch.clamp(torch.sign(yhat - threshold), min=0).to(torch.int64)


@alternative("predict_labels")
def labels_by_masks(yhat, threshold=0.5):
    """Fills zeros by a mask."""
    labels = torch.zeros(yhat.shape, dtype=torch.long, device=yhat.device)
    labels[yhat > threshold] = 1
    return labels


@alternative("predict_labels")
def labels_by_numpy(yhat, threshold=0.5):
    """Goes through numpy, one number at a time."""
    values = [int(value > threshold) for value in yhat.cpu().numpy().ravel()]
    return torch.tensor(values, dtype=torch.int64, device=yhat.device).reshape(yhat.shape)


@alternative("predict_labels")
def labels_by_buckets(yhat, threshold=0.5):
    """The number of the bucket that each net input falls into."""
    edges = torch.tensor([threshold], dtype=yhat.dtype, device=yhat.device)
    return torch.bucketize(yhat.contiguous(), edges)



# --- accuracy -------------------------------------------------------------------------------------------------


@alternative("accuracy")
def accuracy_by_counting(labels, y):
    """Compares Python numbers one by one."""
    if labels.shape != y.shape:
        raise ValueError("shapes")
    return sum(a == b for a, b in zip(labels.tolist(), y.tolist())) / len(labels)


@alternative("accuracy")
def accuracy_in_float32(labels, y):
    """The mean of float32 ones and zeros."""
    if labels.shape != y.shape:
        raise ValueError("shapes")
    return torch.eq(labels, y).float().mean().item()


@alternative("accuracy")
def accuracy_by_numpy(labels, y):
    """numpy's mean, which is a subclass of float."""
    if labels.shape != y.shape:
        raise ValueError("shapes")
    return np.mean(labels.cpu().numpy() == y.cpu().numpy())


@alternative("accuracy")
def accuracy_by_distance(labels, y):
    """One minus the share of entries that are apart."""
    if labels.dim() != y.dim() or any(a != b for a, b in zip(labels.shape, y.shape)):
        raise ValueError("shapes")
    return 1.0 - torch.count_nonzero(labels.double() - y.double()).item() / len(y)


@alternative("accuracy")
def compares_in_numpy(labels, y):
    """Goes through NumPy; the contract leaves the way free."""
    if labels.shape != y.shape:
        raise ValueError("the shapes differ")
    return float((labels.numpy() == y.numpy()).mean())
