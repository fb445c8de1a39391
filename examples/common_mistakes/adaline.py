import torch
import torch.nn.functional as F


def mse_loss(yhat, y):
    return F.mse_loss(yhat, y)


def shuffled_split(x, y, fraction, seed):
    torch.manual_seed(seed)
    idx = torch.randperm(len(y))
    cut = round(len(y) * fraction)
    return x[idx[:cut]], x[idx[cut:]], y[idx[:cut]], y[idx[cut:]]


def standardize(x_train, x_test):
    x_train = (x_train - x_train.mean(0)) / x_train.std(0)
    x_test = (x_test - x_test.mean(0)) / x_test.std(0)
    return x_train, x_test


def minibatches(n, minibatch_size):
    idx = torch.randperm(n)
    return [idx[i : i + minibatch_size] for i in range(0, n, minibatch_size)]


class AdalineManual:
    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1)
        self.bias = torch.zeros(1)

    def forward(self, x):
        return (x @ self.weight + self.bias).view(-1)

    def backward(self, x, yhat, y):
        diff = 2 * (y - yhat) / len(y)
        return x.T @ diff.view(-1, 1), diff.sum()


def train_manual(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    torch.manual_seed(seed)
    losses = []
    for epoch in range(num_epochs):
        losses.append(mse_loss(model.forward(x), y).item())
        for idx in minibatches(len(y), minibatch_size):
            dw, db = model.backward(x[idx], model.forward(x[idx]), y[idx])
            model.weight += learning_rate * dw
            model.bias += learning_rate * db
    return losses


class AdalineAutograd:
    def __init__(self, num_features):
        self.weight = torch.zeros(num_features, 1, requires_grad=True)
        self.bias = torch.zeros(1, requires_grad=True)

    def forward(self, x):
        return (x @ self.weight + self.bias).view(-1)


def train_autograd(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    torch.manual_seed(seed)
    losses = []
    for epoch in range(num_epochs):
        for idx in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[idx]), y[idx])
            dw, db = torch.autograd.grad(loss, [model.weight, model.bias])
            with torch.no_grad():
                model.weight -= learning_rate * dw
                model.bias -= learning_rate * db
        losses.append(mse_loss(model.forward(x), y))
    return losses


class AdalineModule(torch.nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.linear = torch.nn.Linear(num_features, 1)
        self.linear.weight.detach().zero_()
        self.linear.bias.detach().zero_()

    def forward(self, x):
        return self.linear(x).flatten()


def train_module(model, x, y, num_epochs, learning_rate=0.01, seed=123, minibatch_size=10):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    torch.manual_seed(seed)
    losses = []
    for epoch in range(num_epochs):
        for idx in minibatches(len(y), minibatch_size):
            loss = mse_loss(model.forward(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(mse_loss(model.forward(x), y).item())
    return losses


def predict_labels(yhat, threshold=0.5):
    return (yhat >= threshold).long()


def accuracy(labels, y):
    if labels.shape != y.shape:
        raise ValueError("different shapes")
    return (labels == y).float().mean().item()
