"""Correct but unusual ways to do the exercises of `training`. Each must get full marks."""

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from grader.exercise import alternative

# --- linear -----------------------------------------------------------------------------------------------------


@alternative("linear")
def by_torchs_own_function(x, weight, bias=None):
    """torch's function of the same name."""
    return F.linear(x, weight, bias)


@alternative("linear")
def by_einsum(x, weight, bias=None):
    """Einstein summation; a bias of zeros where there is none."""
    bias = torch.zeros(weight.shape[0], dtype=x.dtype, device=x.device) if bias is None else bias
    return torch.einsum("...i,oi->...o", x, weight) + bias


@alternative("linear")
def by_broadcasting_in_double(x, weight, bias=None):
    """Elementwise products in float64, summed over the last dimension, then back to the dtype of x."""
    out = (x.double().unsqueeze(-2) * weight.double()).sum(-1)
    if bias is not None:
        out = out + bias.double()
    return out.to(x.dtype)


@alternative("linear")
def by_loops(x, weight, bias=None):
    """A beginner's loops over rows and outputs, filling a tensor of its own."""
    rows = x.reshape(-1, x.shape[-1])
    out = torch.empty(rows.shape[0], weight.shape[0], dtype=x.dtype, device=x.device)
    for i in range(rows.shape[0]):
        for j in range(weight.shape[0]):
            total = 0.0
            for k in range(rows.shape[1]):
                total = total + rows[i, k] * weight[j, k]
            out[i, j] = total if bias is None else total + bias[j]
    return out.reshape(*x.shape[:-1], weight.shape[0])


@alternative("linear")
def by_numpy(x, weight, bias=None):
    """numpy inside, where the tensors allow it."""
    out = np.matmul(x.cpu().numpy(), weight.cpu().numpy().T)
    if bias is not None:
        out += bias.cpu().numpy()
    print("linear", out.shape)
    return torch.as_tensor(out, device=x.device)


@alternative("linear")
def by_a_module_with_these_numbers(x, weight, bias=None):
    """Copies the numbers into a real `nn.Linear` and asks it."""
    d_out, d_in = weight.shape
    layer = nn.Linear(d_in, d_out, bias=bias is not None, dtype=x.dtype, device=x.device)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
        return layer(x)


# --- sigmoid ----------------------------------------------------------------------------------------------------


@alternative("sigmoid")
def by_the_textbook_formula(z):
    """exp(-z) may become infinite here, but 1 / infinity is the right 0."""
    return 1 / (1 + torch.exp(-z))


@alternative("sigmoid")
def by_tanh(z):
    """A stretched and shifted tanh, which leaves an absolute error of one rounding near 0."""
    return 0.5 * (torch.tanh(0.5 * z) + 1)


@alternative("sigmoid")
def by_boolean_masks(z):
    """Each half of the curve by a formula of its own, written into a buffer of its own."""
    out = torch.zeros_like(z)
    positive = z >= 0
    out[positive] = 1 / (1 + torch.exp(-z[positive]))
    grown = torch.exp(z[~positive])
    out[~positive] = grown / (1 + grown)
    return out


@alternative("sigmoid")
def cut_off_at_sixty(z):
    """Limits z to where the function differs from 0 and 1 by less than any rounding."""
    return 1 / (1 + torch.exp(-z.clamp(-60, 60)))


@alternative("sigmoid")
def one_number_at_a_time(z):
    """Python's own exp, number by number, where it cannot overflow."""

    def logistic(v):
        return 1 / (1 + math.exp(-v)) if v > 0 else math.exp(v) / (1 + math.exp(v))

    return torch.tensor([logistic(v) for v in z.flatten().tolist()], dtype=z.dtype, device=z.device).reshape(z.shape)


@alternative("sigmoid")
def by_softmax_against_zero(z):
    """The first of two classes, the other one with the score 0."""
    return torch.softmax(torch.stack([z, torch.zeros_like(z)]), dim=0)[0]


# --- TwoLayerNetwork --------------------------------------------------------------------------------------------


@alternative("TwoLayerNetwork")
class sequential_itself(nn.Sequential):
    """Inherits from `nn.Sequential`, with no forward of its own."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__(nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out))


@alternative("TwoLayerNetwork")
class layers_made_backwards(nn.Module):
    """Other names, made in the other order."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.zweite = nn.Linear(d_hidden, d_out)
        self.erste = nn.Linear(d_in, d_hidden)

    def forward(self, x):
        print("forward of", x.shape)
        return self.zweite(self.erste(x))


@alternative("TwoLayerNetwork")
class parameters_by_hand(nn.Module):
    """Explicit parameters, the weights stored the other way round, the biases as rows, all zeros but the weights."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.b2 = nn.Parameter(torch.zeros(1, d_out))
        self.b1 = nn.Parameter(torch.zeros(1, d_hidden))
        self.w1 = nn.Parameter(torch.randn(d_in, d_hidden))
        self.w2 = nn.Parameter(torch.randn(d_hidden, d_out) / d_hidden**0.5)

    def forward(self, x):
        out = (x @ self.w1 + self.b1) @ self.w2 + self.b2
        return out.reshape(*x.shape[:-1], -1)


@alternative("TwoLayerNetwork")
class module_list(nn.Module):
    """Layers in an `nn.ModuleList`, gone through in a loop, computed in float64."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        sizes = [d_in, d_hidden, d_out]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])

    def forward(self, x):
        out = x.double()
        for layer in self.layers:
            out = F.linear(out, layer.weight.double(), layer.bias.double())
        return out.to(x.dtype)


@alternative("TwoLayerNetwork")
class affine_layer_of_its_own(nn.Module):
    """A layer class of its own, with the bias as one more column of the weight."""

    class Affine(nn.Module):
        def __init__(self, d_in, d_out):
            super().__init__()
            self.matrix = nn.Parameter(torch.rand(d_out, d_in + 1) - 0.5)

        def forward(self, x):
            return x @ self.matrix[:, :-1].T + self.matrix[:, -1]

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.parts = nn.ModuleDict({"in": self.Affine(d_in, d_hidden), "out": self.Affine(d_hidden, d_out)})

    def forward(self, x):
        return self.parts["out"](self.parts["in"](x))


@alternative("TwoLayerNetwork")
class bilinear_with_a_one(nn.Module):
    """The second layer is bilinear, and its other input is a 1: affine in the hidden numbers."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super(bilinear_with_a_one, self).__init__()
        self.add_module("a", nn.Linear(d_in, d_hidden))
        setattr(self, "b", nn.Bilinear(1, d_hidden, d_out))

    def forward(self, x):
        hidden = self.a(x)
        return self.b(torch.ones_like(hidden[..., :1]), hidden)


@alternative("TwoLayerNetwork")
class lazy_layers(nn.Module):
    """Lazy layers, which learn from the first input how many numbers come in."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layers = nn.Sequential(nn.LazyLinear(d_hidden), nn.LazyLinear(d_out))

    def forward(self, x):
        return self.layers(x)


# --- MultilayerPerceptron ---------------------------------------------------------------------------------------


@alternative("MultilayerPerceptron")
class one_sequential(nn.Module):
    """All four parts in one `nn.Sequential`."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(input_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, input_size), nn.Sigmoid()
        )

    def forward(self, x):
        return self.model(x)


@alternative("MultilayerPerceptron")
class registered_backwards(nn.Module):
    """Made in the right order, but registered in the other one; functional activations."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        first = nn.Linear(input_size, hidden_size)
        second = nn.Linear(hidden_size, input_size)
        self.second, self.first = second, first

    def forward(self, x):
        return F.sigmoid(F.relu(self.first(x)).matmul(self.second.weight.t()).add(self.second.bias))


@alternative("MultilayerPerceptron")
class parameters_started_by_hand(nn.Module):
    """Explicit parameters, drawn as `nn.Linear` draws them; clamp for ReLU, the curve by its formula."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.w1, self.b1 = self.start(input_size, hidden_size)
        self.w2, self.b2 = self.start(hidden_size, input_size)

    @staticmethod
    def start(d_in, d_out):
        weight, bias = torch.empty(d_out, d_in), torch.empty(d_out)
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
        nn.init.uniform_(bias, -1 / math.sqrt(d_in), 1 / math.sqrt(d_in))
        return nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x):
        hidden = (x @ self.w1.T + self.b1).clamp(min=0)
        return 1 / (1 + torch.exp(-(hidden @ self.w2.T + self.b2)))


@alternative("MultilayerPerceptron")
class activations_in_place(nn.Module):
    """In-place activations, on buffers of its own."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.l1 = nn.Linear(input_size, hidden_size)
        self.act1 = nn.ReLU(inplace=True)
        self.l2 = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        return self.l2(self.act1(self.l1(x))).sigmoid_()


# --- count_parameters -------------------------------------------------------------------------------------------


@alternative("count_parameters")
def by_a_loop_over_shapes(module):
    """Multiplies the sizes of each shape, one parameter after the other."""
    total = 0
    for parameter in module.parameters():
        if parameter.requires_grad:
            size = 1
            for side in parameter.shape:
                size *= side
            total += size
    return total


@alternative("count_parameters")
def by_identity(module):
    """Walks through the modules itself and keeps track of what it has seen."""
    seen = {}
    for part in module.modules():
        for parameter in part._parameters.values():
            if parameter is not None and parameter.requires_grad:
                seen[id(parameter)] = parameter.nelement()
    return sum(seen.values())


@alternative("count_parameters")
def by_one_long_vector(module):
    """Puts all trained numbers into one vector and asks for its length."""
    trained = [p.detach().flatten() for p in module.parameters() if p.requires_grad]
    return len(torch.cat([torch.zeros(0), *trained]))


# --- train_step -------------------------------------------------------------------------------------------------


@alternative("train_step")
def resets_after_the_forward_pass(model, x, y, loss_fn, optimizer):
    """Reset between prediction and backward."""
    model.train()
    loss = loss_fn(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)


@alternative("train_step")
def resets_at_both_ends(model, x, y, loss_fn, optimizer):
    """Reset on the model, before and after, to zeros instead of None."""
    model.zero_grad(set_to_none=False)
    prediction = model(x)
    loss = loss_fn(prediction, y)
    loss.backward()
    optimizer.step()
    model.zero_grad(set_to_none=False)
    return loss.detach().cpu().numpy().item()


@alternative("train_step")
def gradients_set_by_hand(model, x, y, loss_fn, optimizer):
    """`torch.autograd.grad`, with the gradients put in their place by hand."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = loss_fn(model(x), y)
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    optimizer.step()
    return loss.item()


@alternative("train_step")
def by_a_closure(model, x, y, loss_fn, optimizer):
    """Lets the optimizer call back for loss and gradients."""

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


@alternative("train_step")
def a_float_of_ones_own(model, x, y, loss_fn, optimizer):
    """Returns a subclass of float, and measures the loss separately before it trains."""

    class Loss(float):
        def __repr__(self):
            return f"loss {float(self):.4f}"

    with torch.no_grad():
        before = Loss(loss_fn(model(x), y))
    for parameter in model.parameters():
        parameter.grad = None
    loss_fn(model(x), y).backward()
    optimizer.step()
    print(before)
    return before


# --- train ------------------------------------------------------------------------------------------------------


@alternative("train")
def loop_with_reset_at_the_end(model, x, y, loss_fn, optimizer, num_epochs):
    """Reset after each step: the model comes without gradients."""
    history = []
    model.train()
    for epoch in range(1, num_epochs + 1):
        loss = loss_fn(model(x), y)
        history += [loss.item()]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if epoch % 10 == 0:
            print(f"epoch {epoch}: {loss.item():.4f}")
    return history


@alternative("train")
def while_loop_to_a_tuple(model, x, y, loss_fn, optimizer, num_epochs):
    """A while loop that fills a tensor of its own; the answer is a tuple."""
    losses = torch.zeros(num_epochs)
    epoch = 0
    while epoch < num_epochs:
        optimizer.zero_grad(set_to_none=False)
        prediction = model.forward(x)
        loss = loss_fn(prediction, y)
        losses[epoch] = loss.detach()
        loss.backward()
        optimizer.step()
        epoch += 1
    return tuple(losses.tolist())


@alternative("train")
def losses_made_floats_at_the_end(model, x, y, loss_fn, optimizer, num_epochs):
    """Collects detached losses and turns them into floats at the very end."""
    losses = []
    for _ in range(num_epochs):
        loss = loss_fn(model(x), y)
        model.zero_grad()
        loss.backward()
        losses.append(loss.detach())
        optimizer.step()
    return [float(loss) for loss in losses]


# --- train_minibatches ------------------------------------------------------------------------------------------


@alternative("train_minibatches")
def slices_of_the_shuffled_data(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Shuffles copies of x and y by one permutation and takes slices of them."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(x.size(0))
        shuffled_x, shuffled_y = x[order], y[order]
        total = 0.0
        for start in range(0, x.size(0), batch_size):
            xb, yb = shuffled_x[start : start + batch_size], shuffled_y[start : start + batch_size]
            optimizer.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * xb.size(0)
        losses.append(total / x.size(0))
    return losses


@alternative("train_minibatches")
def generator_of_its_own(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """A generator of its own with the same seed, all orders drawn in advance, rows picked one by one."""
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(len(x), generator=generator).tolist() for _ in range(num_epochs)]
    losses = []
    for order in orders:
        per_example = []
        while order:
            rows, order = order[:batch_size], order[batch_size:]
            xb, yb = torch.stack([x[i] for i in rows]), torch.stack([y[i] for i in rows])
            loss = loss_fn(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            per_example += len(rows) * [loss.item()]
        losses.append(float(np.mean(per_example)))
    return losses


@alternative("train_minibatches")
def weighted_by_a_tensor(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Collects detached losses and batch sizes in tensors, in float32; `index_select` for the rows."""
    torch.manual_seed(seed)
    result = []
    for _ in range(num_epochs):
        batches = torch.split(torch.randperm(len(y)), batch_size)
        means = []
        for batch in batches:
            where = batch.to(x.device)
            loss = loss_fn(model(x.index_select(0, where)), y.index_select(0, where))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            means.append(loss.detach())
        sizes = torch.tensor([len(batch) for batch in batches], dtype=torch.float32, device=x.device)
        result.append(((torch.stack(means) * sizes).sum() / sizes.sum()).item())
    return result


@alternative("train_minibatches")
def loader_with_a_given_order(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """A DataLoader that is told the order, with a generator of its own so that it draws nothing from the global one."""
    torch.manual_seed(seed)
    data = torch.utils.data.TensorDataset(x, y)
    losses = []
    for _ in range(num_epochs):
        loader = torch.utils.data.DataLoader(
            data, batch_size=batch_size, sampler=torch.randperm(len(x)).tolist(), generator=torch.Generator()
        )
        total = 0.0
        for xb, yb in loader:
            total += train_step(model, xb, yb, loss_fn, optimizer) * len(xb)
        losses.append(total / len(x))
    return losses


# --- evaluate ---------------------------------------------------------------------------------------------------


@alternative("evaluate")
@torch.no_grad()
def decorated(model, x, y, loss_fn):
    """`no_grad` as a decorator, the flags in a list, put back whatever happens."""
    before = [module.training for module in model.modules()]
    try:
        model.train(False)
        return float(loss_fn(model(x), y))
    finally:
        for module, flag in zip(model.modules(), before):
            module.training = flag


@alternative("evaluate")
def on_a_copy(model, x, y, loss_fn):
    """Evaluates a deep copy, so the model itself is never touched."""
    twin = copy.deepcopy(model).eval()
    with torch.inference_mode():
        return loss_fn(twin(x), y).item()


@alternative("evaluate")
def by_a_context_manager(model, x, y, loss_fn):
    """Only the modules in training mode are switched, one by one, and back again."""
    in_training = {module for module in model.modules() if module.training}
    for module in in_training:
        module.training = False
    with torch.set_grad_enabled(False):
        loss = loss_fn(model(x), y)
    for module in in_training:
        module.training = True
    return loss.item()


@alternative("evaluate")
def with_detached_parameters(model, x, y, loss_fn):
    """A functional call with detached parameters: nothing requires grad, so no graph comes about."""
    flags = {name: module.training for name, module in model.named_modules()}
    model.eval()
    detached = {name: parameter.detach() for name, parameter in model.named_parameters()}
    loss = loss_fn(torch.func.functional_call(model, detached, (x,)), y)
    for name, module in model.named_modules():
        module.training = flags[name]
    return loss.item()


# --- fit_vector -------------------------------------------------------------------------------------------------


@alternative("fit_vector")
def by_adam_until_it_fits():
    """Adam on a single vector, as long as the loss is not small enough."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.arange(1.0, 6.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    loss = float("inf")
    while loss > 1e-6:
        loss = train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


@alternative("fit_vector")
def with_a_seed_of_its_own():
    """Seeds for itself, uses momentum and the sum of squares, and returns the model in evaluation mode."""
    torch.manual_seed(42)
    model = TwoLayerNetwork(3, 2, 5)
    x = torch.tensor([[1.0, 2.0, 3.0]]).repeat(4, 1)
    y = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]).repeat(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0005, momentum=0.9)
    train(model, x, y, nn.MSELoss(reduction="sum"), optimizer, 500)
    return model.eval()


@alternative("fit_vector")
def by_lbfgs():
    """A second-order method, which needs a handful of steps."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=50, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return model


@alternative("fit_vector")
def bias_set_by_hand():
    """Solved, not trained: weights of zero and the last bias equal to the target."""
    model = TwoLayerNetwork()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        list(model.parameters())[-1].copy_(torch.arange(1.0, 6.0))
    return model


@alternative("fit_vector")
def frozen_afterwards():
    """Trained as usual, then frozen: nobody said that it has to go on learning."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    train(model, x, y, nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=0.01), 1000)
    return model.requires_grad_(False).eval()


# --- fit_sequence -----------------------------------------------------------------------------------------------


def _all_sorts_of_rows(count=256):
    x = torch.randint(-100, 101, (count, 3)).to(torch.float32)
    return x, torch.stack([x[:, 0], x[:, 1], x[:, 2], x[:, 2] + 1, x[:, 2] + 2], dim=1)


@alternative("fit_sequence")
def one_layer_by_sgd():
    """A single affine layer, by plain SGD on inputs as they are, the bias with a rate of its own."""
    model = nn.Linear(3, 5)
    groups = [{"params": [model.weight], "lr": 1e-4}, {"params": [model.bias], "lr": 0.05}]
    optimizer = torch.optim.SGD(groups, lr=1e-4)
    for _ in range(1500):
        train_step(model, *_all_sorts_of_rows(64), nn.MSELoss(reduction="mean"), optimizer)
    return model


@alternative("fit_sequence")
def by_least_squares():
    """Solved by least squares and copied into an ordinary layer, whose parameters are trainable."""
    x, y = _all_sorts_of_rows()
    ones = torch.ones(len(x), 1)
    solution = torch.linalg.lstsq(torch.cat([x, ones], dim=1).double(), y.double()).solution.float()
    model = nn.Linear(3, 5)
    with torch.no_grad():
        model.weight.copy_(solution[:3].T)
        model.bias.copy_(solution[3])
    return model


@alternative("fit_sequence")
def wide_network_by_lbfgs():
    """Two wide layers without anything in between, by L-BFGS on one large batch."""
    model = TwoLayerNetwork(3, 16, 5)
    x, y = _all_sorts_of_rows()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=400, tolerance_change=0, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return model


@alternative("fit_sequence")
def learns_what_is_added():
    """A module with a single learnt layer for the continuation, which passes a, b and c on as they are."""

    class Continue(nn.Module):
        def __init__(self):
            super().__init__()
            self.next = nn.Linear(1, 2)

        def forward(self, x):
            return torch.cat([x, self.next(x[:, 2:] / 100) * 100], dim=1)

    model = Continue()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    for _ in range(300):
        train_step(model, *_all_sorts_of_rows(), nn.MSELoss(), optimizer)
    return model


# --- fit_ones ---------------------------------------------------------------------------------------------------


@alternative("fit_ones")
def ones_with_a_loop_of_its_own(seed, num_epochs=10):
    """The loop written out, functional loss, reset after the step."""
    torch.manual_seed(seed)
    y = torch.full((10, 5), 1.0)
    x = torch.randn_like(y) + y
    net = MultilayerPerceptron(5, 3)
    adam = torch.optim.Adam(list(net.parameters()), lr=1e-1, betas=(0.9, 0.999))
    losses = []
    for _ in range(num_epochs):
        loss = F.binary_cross_entropy(net(x), y)
        loss.backward()
        adam.step()
        adam.zero_grad(set_to_none=False)
        losses.append(loss.item())
    return losses


@alternative("fit_ones")
def ones_with_the_formula(seed, num_epochs=10):
    """Binary cross entropy by its formula; Adam one parameter at a time."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, foreach=False)

    def cross_entropy(p, target):
        return -(target * torch.log(p) + (1 - target) * torch.log(1 - p + 1e-12)).mean()

    losses = ()
    for _ in range(num_epochs):
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        losses = (*losses, float(loss.detach()))
        optimizer.step()
    return losses


@alternative("fit_ones")
def ones_with_adam_by_hand(seed, num_epochs=10):
    """Adam written out, in float64, on parameters in float32."""
    torch.manual_seed(seed)
    y = torch.ones((10, 5))
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    parameters = list(model.parameters())
    mean = [torch.zeros_like(p, dtype=torch.float64) for p in parameters]
    square = [torch.zeros_like(p, dtype=torch.float64) for p in parameters]
    losses = []
    for step in range(1, num_epochs + 1):
        loss = nn.BCELoss()(model(x), y)
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, g, m, v in zip(parameters, gradients, mean, square):
                m.mul_(0.9).add_(0.1 * g.double())
                v.mul_(0.999).add_(0.001 * g.double() ** 2)
                p -= 0.1 * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
    return losses


@alternative("evaluate")
def prediction_through_numpy(model, x, y, loss_fn):
    """Goes through NumPy; the contract leaves the way free."""
    were_training = {module: module.training for module in model.modules()}
    model.eval()
    prediction = torch.from_numpy(model(x).detach().numpy())
    for module, was_training in were_training.items():
        module.training = was_training
    return loss_fn(prediction, y).item()


@alternative("TwoLayerNetwork")
class LayersWithNormalizedWeights(nn.Module):
    """Affine layers all the same: each weight is kept as a length and a direction."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.first = nn.utils.parametrizations.weight_norm(nn.Linear(d_in, d_hidden))
        self.second = nn.utils.parametrizations.weight_norm(nn.Linear(d_hidden, d_out))

    def forward(self, x):
        return self.second(self.first(x))


@alternative("TwoLayerNetwork")
class LayersWithWeightNormOfOld(nn.Module):
    """The same with the function that came before parametrizations, which recomputes the weights in a hook."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layers = nn.Sequential(
            nn.utils.weight_norm(nn.Linear(d_in, d_hidden)), nn.utils.weight_norm(nn.Linear(d_hidden, d_out))
        )

    def forward(self, x):
        return self.layers(x)
