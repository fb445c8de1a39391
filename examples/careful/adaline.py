"""ADALINE, my solution."""

import torch
import torch.nn as nn


def check_shapes(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {tuple(a.shape)} and {tuple(b.shape)} differ")


def mse_loss(yhat, y):
    check_shapes(yhat, y)
    return torch.mean((yhat - y) ** 2)


def shuffled_split(x, y, fraction, seed):
    torch.manual_seed(seed)
    n = x.shape[0]
    shuffle_idx = torch.randperm(n)
    x, y = x[shuffle_idx], y[shuffle_idx]

    n_train = int(n * fraction)
    return x[:n_train], x[n_train:], y[:n_train], y[n_train:]


def standardize(x_train, x_test):
    mu = x_train.mean(dim=0)
    sigma = x_train.std(dim=0)
    # the test set gets the *training* statistics
    return (x_train - mu) / sigma, (x_test - mu) / sigma


def minibatches(n, minibatch_size):
    shuffle_idx = torch.randperm(n)
    return list(torch.split(shuffle_idx, minibatch_size))


class AdalineManual:
    def __init__(self, num_features):
        self.num_features = num_features
        self.weight = torch.zeros(num_features, 1, dtype=torch.float32)
        self.bias = torch.zeros(1, dtype=torch.float32)

    def forward(self, x):
        netinputs = torch.add(torch.mm(x, self.weight), self.bias)
        return netinputs.view(-1)

    def backward(self, x, yhat, y):
        # d/dyhat of (yhat - y)^2, then the chain rule: d yhat/d w = x, d yhat/d b = 1
        grad_loss_yhat = 2 * (yhat - y)

        grad_loss_weight = torch.mm(x.t(), grad_loss_yhat.view(-1, 1)) / y.size(0)
        grad_loss_bias = torch.sum(grad_loss_yhat) / y.size(0)

        # negative gradients!
        return -grad_loss_weight, -grad_loss_bias


def train_manual(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    cost = []
    torch.manual_seed(seed)

    for e in range(num_epochs):
        for minibatch in minibatches(y.size(0), minibatch_size):
            yhat = model.forward(x[minibatch])

            neg_grad_w, neg_grad_b = model.backward(x[minibatch], yhat, y[minibatch])

            model.weight += learning_rate * neg_grad_w
            model.bias += learning_rate * neg_grad_b

        curr_loss = mse_loss(model.forward(x), y)
        print("Epoch: %03d | MSE: %.5f" % (e + 1, curr_loss))
        cost.append(curr_loss)

    return cost


class AdalineAutograd:
    def __init__(self, num_features):
        self.num_features = num_features
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.zeros(1, requires_grad=True)

    def forward(self, x):
        netinputs = torch.add(torch.mm(x, self.weight), self.bias)
        return netinputs.view(-1)


def train_autograd(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    cost = []
    torch.manual_seed(seed)

    for e in range(num_epochs):
        for minibatch in minibatches(y.size(0), minibatch_size):
            loss = mse_loss(model.forward(x[minibatch]), y[minibatch])

            grad_w = torch.autograd.grad(loss, model.weight, retain_graph=True)[0]
            grad_b = torch.autograd.grad(loss, model.bias)[0]

            with torch.no_grad():
                model.weight -= learning_rate * grad_w
                model.bias -= learning_rate * grad_b

        with torch.no_grad():  # no graph needed for printing
            curr_loss = mse_loss(model.forward(x), y)
        print("Epoch: %03d | MSE: %.5f" % (e + 1, curr_loss))
        cost.append(curr_loss.item())

    return cost


class AdalineModule(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.linear = nn.Linear(num_features, 1)
        with torch.no_grad():
            self.linear.weight.zero_()
            self.linear.bias.zero_()

    def forward(self, x):
        return self.linear(x).view(-1)


def train_module(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    cost = []
    torch.manual_seed(seed)

    for e in range(num_epochs):
        for minibatch in minibatches(y.size(0), minibatch_size):
            optimizer.zero_grad()
            loss = mse_loss(model(x[minibatch]), y[minibatch])
            loss.backward()
            optimizer.step()

        with torch.no_grad():
            curr_loss = mse_loss(model(x), y)
        print("Epoch: %03d | MSE: %.5f" % (e + 1, curr_loss))
        cost.append(curr_loss.item())

    return cost


def predict_labels(yhat, threshold=0.5):
    ones = torch.ones_like(yhat, dtype=torch.int64)
    zeros = torch.zeros_like(yhat, dtype=torch.int64)
    return torch.where(yhat > threshold, ones, zeros)


def accuracy(labels, y):
    check_shapes(labels, y)
    return (labels == y).sum().item() / len(y)


if __name__ == "__main__":
    x = torch.randn(50, 2)
    y = (x[:, 0] > 0).float()
    x_train, x_test, y_train, y_test = shuffled_split(x, y, 0.7, 123)
    x_train, x_test = standardize(x_train, x_test)
    for model, train in [
        (AdalineManual(2), train_manual),
        (AdalineAutograd(2), train_autograd),
        (AdalineModule(2), train_module),
    ]:
        train(model, x_train, y_train, num_epochs=5)
        print("test accuracy:", accuracy(predict_labels(model.forward(x_test)), y_test))
