"""Device bugs as students write them: each must be refused, or come out on the wrong device.

The comment `# stray` marks the line that the verdict should name.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
CONSTANT = torch.tensor([1.0, 2.0, 3.0, 4.0])


def zeros_added(a: SimpleNamespace) -> Any:
    start = torch.zeros(4)  # stray
    return a.v + start


def ones_in_front(a: SimpleNamespace) -> Any:
    ones = torch.ones(3, 1)  # stray
    return torch.cat([ones, a.x], dim=1)


def buffer_filled_in_place(a: SimpleNamespace) -> Any:
    total = torch.zeros(4)  # stray
    for row in a.x:
        total += row
    return total


def zero_dimensional_total_in_place(a: SimpleNamespace) -> Any:
    total = torch.tensor(0.0)  # stray
    for value in a.v:
        total += value
    return total


def constant_of_a_list(a: SimpleNamespace) -> Any:
    weights = torch.tensor([0.1, 0.2, 0.3, 0.4])  # stray
    return (a.x * weights).sum(1)


def constant_of_the_module(a: SimpleNamespace) -> Any:
    return a.v + CONSTANT


def worked_on_before_it_meets(a: SimpleNamespace) -> Any:
    scale = torch.arange(4.0)  # stray
    scale = (scale + 1) / 2
    return a.v * scale.sqrt()


def result_left_on_the_cpu(a: SimpleNamespace) -> Any:
    return a.x.cpu().sum(0)


def result_built_of_floats(a: SimpleNamespace) -> Any:
    return torch.tensor([row.sum().item() for row in a.x])


def result_built_of_a_list(a: SimpleNamespace) -> Any:
    return torch.tensor(a.x.tolist()).mean(1)


def result_buffer_on_the_cpu(a: SimpleNamespace) -> Any:
    out = torch.empty(3)
    for k, row in enumerate(a.x):
        out[k] = row.mean()
    return out


def padded_buffer_on_the_cpu(a: SimpleNamespace) -> Any:
    out = torch.zeros(2, 4)
    out[0, :4] = a.v
    out[1, :2] = a.p[:2]
    return out


def result_through_numpy(a: SimpleNamespace) -> Any:
    return torch.from_numpy(a.x.cpu().numpy().mean(axis=1))


def numpy_without_cpu(a: SimpleNamespace) -> Any:
    return a.x.numpy()


def asarray_of_a_device_tensor(a: SimpleNamespace) -> Any:
    return np.asarray(a.x)


def numpy_function_on_a_device_tensor(a: SimpleNamespace) -> Any:
    return torch.tensor(np.exp(a.x), device=a.x.device)


def array_of_a_device_tensor(a: SimpleNamespace) -> Any:
    return np.array(a.x, dtype="float32")


def device_of_the_machine(a: SimpleNamespace) -> Any:
    return a.v + torch.ones(4, device=device)  # stray


def moved_to_the_device_of_the_machine(a: SimpleNamespace) -> Any:
    return a.x.to(device) * 2


def zeros_like_on_the_cpu(a: SimpleNamespace) -> Any:
    return torch.zeros_like(a.x, device="cpu")


def to_without_assignment(a: SimpleNamespace) -> Any:
    weights = torch.ones(4)  # stray
    weights.to(a.x.device)
    return a.x @ weights


def identity_matrix(a: SimpleNamespace) -> Any:
    eye = torch.eye(4)  # stray
    return a.x @ eye


def batched_product(a: SimpleNamespace) -> Any:
    other = torch.ones(2, 4, 1)  # stray
    return torch.bmm(a.batch, other)


def einsum_with_a_stray(a: SimpleNamespace) -> Any:
    return torch.einsum("ij,j->i", a.x, torch.ones(4))  # stray


def where_with_a_stray(a: SimpleNamespace) -> Any:
    return torch.where(a.x > 1, a.x, torch.zeros(3, 4))  # stray


def mask_made_on_the_cpu(a: SimpleNamespace) -> Any:
    mask = torch.ones(3, 4, dtype=torch.bool)  # stray
    return a.x.masked_fill(mask, 0)


def mask_by_lengths(a: SimpleNamespace) -> Any:
    positions = torch.arange(4)  # stray
    return positions[None, :] < a.i[:, None]


def masked_select_with_a_stray(a: SimpleNamespace) -> Any:
    return a.x.masked_select(torch.ones(3, 4) > 0)  # stray


def index_of_the_device_into_the_cpu(a: SimpleNamespace) -> Any:
    table = torch.arange(3.0)  # stray
    return table[a.i]


def index_select_with_a_cpu_index(a: SimpleNamespace) -> Any:
    return a.x.index_select(0, torch.tensor([0, 1]))  # stray


def gather_with_a_cpu_index(a: SimpleNamespace) -> Any:
    return a.x.gather(1, torch.zeros(3, 1, dtype=torch.int64))  # stray


def indexed_assignment_of_a_stray(a: SimpleNamespace) -> Any:
    x = a.x.clone()
    x[a.i] = torch.zeros(3, 4)  # stray
    return x


def embedding_of_cpu_tokens(a: SimpleNamespace) -> Any:
    tokens = torch.tensor([0, 1])  # stray
    return F.embedding(tokens, a.x)


def stacked_with_a_cpu_scalar(a: SimpleNamespace) -> Any:
    return torch.stack([a.s, torch.tensor(1.0)])  # stray


def stack_of_cpu_scalars(a: SimpleNamespace) -> Any:
    return torch.stack([torch.tensor(v.item()) for v in a.v])


def loss_against_cpu_targets(a: SimpleNamespace) -> Any:
    targets = torch.zeros(4)  # stray
    return F.binary_cross_entropy(a.p, targets)


def mean_squared_error_against_cpu_targets(a: SimpleNamespace) -> Any:
    return nn.MSELoss()(a.v, torch.ones(4))  # stray


def noise_on_the_cpu(a: SimpleNamespace) -> Any:
    return a.x + torch.randn(3, 4)  # stray


def generator_of_the_cpu(a: SimpleNamespace) -> Any:
    return torch.rand(4, device=a.x.device, generator=torch.Generator().manual_seed(1)) + a.v


def generator_of_the_device(a: SimpleNamespace) -> Any:
    return a.x[torch.randperm(3, generator=torch.Generator(device=a.x.device))]


def out_on_the_cpu(a: SimpleNamespace) -> Any:
    out = torch.empty(3, 4)  # stray
    return torch.add(a.x, a.y, out=out)


def padded_by_a_cpu_tensor(a: SimpleNamespace) -> Any:
    return torch.cat((a.v, torch.full((2,), 0.0)))  # stray


def equality_with_a_cpu_tensor(a: SimpleNamespace) -> Any:
    return torch.equal(a.x, torch.ones(3, 4))  # stray


def backward_from_a_cpu_gradient(a: SimpleNamespace) -> Any:
    (a.x @ a.w).backward(torch.ones(3, 1))
    return a.w.grad


def hidden_state_on_the_cpu(a: SimpleNamespace) -> Any:
    layer = nn.RNN(4, 3, batch_first=True).to(a.x.device)
    return layer(a.batch, torch.zeros(1, 2, 3))[0]


def taken_along_a_cpu_index(a: SimpleNamespace) -> Any:
    return a.x.take_along_dim(torch.zeros(3, 1, dtype=torch.int64), 1)


class _Unregistered(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.ones(4)  # stray
        self.linear = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x * self.scale)


def buffer_not_registered(a: SimpleNamespace) -> Any:
    return _Unregistered().to(a.x.device)(a.x)


class _Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(4, 4), nn.Linear(4, 1)]  # stray

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def layers_in_a_plain_list(a: SimpleNamespace) -> Any:
    return _Listed().to(a.x.device)(a.x)


class _Constant(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.tensor([1.0, 2.0, 3.0, 4.0])  # stray


def constant_made_in_forward(a: SimpleNamespace) -> Any:
    return _Constant().to(a.x.device)(a.x)


def model_not_moved(a: SimpleNamespace) -> Any:
    model = nn.Linear(4, 1)  # stray
    return model(a.x)


def data_moved_off_the_device(a: SimpleNamespace) -> Any:
    model = nn.Linear(4, 1).to(a.x.device)
    return model(a.x.cpu())  # stray


def gradient_of_the_cpu(a: SimpleNamespace) -> Any:
    a.w.grad = torch.zeros(4, 1)
    return a.w.grad


def hidden_by_except(a: SimpleNamespace) -> Any:
    try:
        return a.v + torch.zeros(4)
    except RuntimeError:
        return a.v.cpu()


def legacy_constructor(a: SimpleNamespace) -> Any:
    weights = torch.FloatTensor([1, 2, 3, 4])  # stray
    return a.x @ weights


def float_tensor_of_numbers(a: SimpleNamespace) -> Any:
    weights = torch.Tensor([1, 2, 3, 4])  # stray
    return a.v.dot(weights)


def labels_from_numpy(a: SimpleNamespace) -> Any:
    labels = torch.from_numpy(np.zeros(4, dtype="float32"))  # stray
    return ((a.v - labels) ** 2).mean()


WRONG = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == __name__
}
