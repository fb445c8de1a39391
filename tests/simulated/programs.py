"""Right programs: on the device each must give what it gives on the CPU, on the device of its inputs."""

from __future__ import annotations

import copy
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, TensorDataset


def inputs() -> dict[str, torch.Tensor]:
    """What every program gets, as attributes of its argument; all exact in float32."""
    x = torch.arange(1.0, 13.0).reshape(3, 4) / 4
    return {
        "x": x,
        "y": torch.flip(x, [0]).contiguous() - 1,
        "t": torch.arange(12.0).reshape(4, 3).t(),
        "v": torch.tensor([1.0, -2.0, 0.5, 4.0]),
        "p": torch.tensor([0.25, 0.5, 0.75, 0.125]),
        "z": torch.tensor([0.0, 1.0, 1.0, 0.0]),
        "n": torch.arange(12).reshape(3, 4) - 5,
        "i": torch.tensor([2, 0, 0]),
        "mask": torch.tensor([[True, False, True, False]] * 3),
        "w": torch.tensor([[0.5], [-0.25], [1.0], [2.0]], requires_grad=True),
        "b": torch.tensor([0.5], requires_grad=True),
        "s": torch.tensor(2.5),
        "batch": torch.arange(24.0).reshape(2, 3, 4),
        "expanded": torch.arange(3.0)[:, None].expand(3, 4),
        "d": x.double(),
        "empty": torch.empty(0, 4),
    }


def _linear(*sizes: int) -> nn.Linear:
    layer = nn.Linear(*sizes)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(layer.weight.numel()).reshape(layer.weight.shape) / 8 - 0.5)
        layer.bias.fill_(0.25)
    return layer


def _network(device: Any) -> nn.Sequential:
    return nn.Sequential(_linear(4, 3), nn.ReLU(), _linear(3, 1)).to(device)


def _sum_up(values: Any) -> Any:
    total = 0
    for value in values:
        total = total + value
    return total


CREATING = {
    "zeros with the device": lambda a: torch.zeros(3, device=a.x.device) + a.i,
    "ones with the device as text": lambda a: torch.ones(3, device=str(a.x.device)) + a.i,
    "full": lambda a: torch.full((2, 2), 1.5, device=a.x.device),
    "arange": lambda a: torch.arange(4, device=a.x.device) + a.v,
    "arange of floats": lambda a: torch.arange(0, 1, 0.25, dtype=torch.float64, device=a.x.device),
    "linspace": lambda a: torch.linspace(0, 1, 5, device=a.x.device),
    "eye": lambda a: torch.eye(4, device=a.x.device) @ a.v,
    "empty, then filled": lambda a: torch.empty(2, 3, device=a.x.device).fill_(2),
    "tensor of a list": lambda a: torch.tensor([1.0, 2, 3, 4], device=a.x.device) * a.v,
    "tensor of a number": lambda a: torch.tensor(3, device=a.x.device),
    "tensor of bools": lambda a: torch.tensor([True, False, True, False], device=a.x.device) & a.mask,
    "tensor that requires grad": lambda a: torch.tensor([1.0], device=a.x.device, requires_grad=True),
    "as_tensor of a list": lambda a: torch.as_tensor([1.0, 2], device=a.x.device),
    "as_tensor of an array": lambda a: torch.as_tensor(np.ones(4), device=a.x.device),
    "as_tensor of a tensor": lambda a: torch.as_tensor(a.x) + a.x,
    "tensor of 0-d tensors": lambda a: torch.tensor([a.x[0, 0], a.x[1, 1]], device=a.x.device),
    "zeros_like": lambda a: torch.zeros_like(a.x),
    "ones_like of another dtype": lambda a: torch.ones_like(a.x, dtype=torch.int64),
    "full_like": lambda a: torch.full_like(a.x, 2.0),
    "empty_like, then filled": lambda a: torch.empty_like(a.x).zero_(),
    "new_zeros": lambda a: a.x.new_zeros(2, 3),
    "new_ones": lambda a: a.x.new_ones((2,), dtype=torch.int64),
    "new_full": lambda a: a.x.new_full((2, 2), 7),
    "new_empty, then filled": lambda a: a.x.new_empty(2).fill_(1),
    "new_tensor": lambda a: a.x.new_tensor([1, 2, 3, 4]) + a.v,
    "made on the CPU, then moved": lambda a: torch.zeros(4).to(a.x.device) + a.v,
    "made on the CPU, then moved by keyword": lambda a: torch.zeros(4).to(device=a.x.device, dtype=a.d.dtype),
    "moved to where it is": lambda a: a.x.to(a.x.device),
    "moved to another tensor's place": lambda a: torch.ones(4).to(a.x) + a.v,
    "type_as": lambda a: torch.ones(4).type_as(a.v),
    "from numpy, then moved": lambda a: torch.from_numpy(np.ones(4, dtype="float32")).to(a.x.device) * a.v,
    "tril of ones": lambda a: torch.ones(3, 3, device=a.x.device).tril(),
    "meshgrid": lambda a: torch.meshgrid(a.p, a.v, indexing="ij"),
    "under `with device`": lambda a: _under_device(a),
}


def _under_device(a: SimpleNamespace) -> torch.Tensor:
    with a.x.device:
        return torch.zeros(4) + a.v


COMPUTING = {
    "shift and scale": lambda a: (a.x + 2) * 3,
    "number first": lambda a: 1 - a.x / 2 + 2 ** a.n.clamp(0, 3),
    "power": lambda a: a.x**2 + a.x.pow(2) + torch.pow(2, a.v),
    "floor division and remainder": lambda a: (a.n // 2, a.n % 3, a.x % 1),
    "comparison": lambda a: ((a.x > 1), (a.x == a.y), (a.n != 0).long()),
    "0-d tensor of the CPU beside it": lambda a: a.x * torch.tensor(2.0) + torch.tensor(1.0),
    "0-d tensor of the CPU first": lambda a: torch.tensor(2.0) - a.x,
    "0-d tensor of the CPU, masked": lambda a: a.x.masked_fill(a.mask, torch.tensor(9.0)),
    "0-d tensor of the CPU in where": lambda a: torch.where(a.mask, a.x, torch.tensor(0.0)),
    "0-d tensor of the CPU in a comparison": lambda a: a.x > torch.tensor(1.0),
    "broadcasting": lambda a: a.v[:, None] + a.p[None, :],
    "matmul": lambda a: (a.x @ a.v, torch.matmul(a.batch, a.w.detach()), a.x.mm(a.y.t()), a.v.dot(a.p)),
    "batched matmul": lambda a: torch.bmm(a.batch, a.batch.transpose(1, 2)),
    "einsum": lambda a: torch.einsum("bij,kj->bik", a.batch, a.x),
    "outer product": lambda a: (torch.outer(a.v, a.p), torch.einsum("i,j->ij", a.v, a.p)),
    "tensordot": lambda a: torch.tensordot(a.batch, a.x, dims=([1, 2], [0, 1])),
    "sum over a dim": lambda a: (a.x.sum(0), a.x.sum(dim=-1, keepdim=True), a.n.sum()),
    "mean, std, var": lambda a: (a.x.mean(1), a.x.std(0), a.x.var(0, unbiased=False), torch.std_mean(a.x)),
    "max with indices": lambda a: (a.x.max(1), a.x.max(), a.x.argmax(0), a.x.amax((0, 1))),
    "sort, topk, unique": lambda a: (a.v.sort(), a.v.topk(2), a.i.unique(), a.v.argsort(descending=True)),
    "cumulative": lambda a: (a.x.cumsum(0), a.v.cumprod(0), a.v.cummax(0)),
    "norm": lambda a: (a.v.norm(), torch.linalg.norm(a.x, dim=1)),
    "any and all": lambda a: (a.mask.any(), a.mask.all(1), torch.any(a.n > 3)),
    "count": lambda a: (torch.count_nonzero(a.n), torch.bincount(a.i), a.mask.sum()),
    "pointwise": lambda a: (a.x.exp(), a.x.log(), a.v.abs().sqrt(), a.v.sign(), a.v.neg(), torch.sin(a.v)),
    "activations": lambda a: (torch.sigmoid(a.v), a.v.tanh(), F.relu(a.v), F.softmax(a.x, 1), F.gelu(a.v)),
    "stable sigmoid": lambda a: torch.where(a.v >= 0, 1 / (1 + (-a.v).exp()), a.v.exp() / (1 + a.v.exp())),
    "clamp": lambda a: (a.v.clamp(min=0), a.v.clamp(-1, 1), torch.clamp(a.v, max=a.p), a.v.clamp_min(0)),
    "where": lambda a: (torch.where(a.mask, a.x, a.y), torch.where(a.x > 1, a.x, 0.0), torch.where(a.mask)),
    "logical": lambda a: (a.mask & ~a.mask, a.mask.logical_or(a.x > 1), a.n & 3),
    "dtypes": lambda a: (
        a.x.double(),
        a.n.float(),
        a.x.to(torch.int64),
        a.mask.long(),
        a.x.type(torch.float64),
    ),
    "type by text": lambda a: a.n.to(dtype=torch.float32),
    "double beside float": lambda a: a.d + a.x,
    "distances": lambda a: torch.cdist(a.x, a.y),
    "round": lambda a: (a.x.round(), a.x.floor(), a.x.ceil().long(), a.x.trunc()),
    "losses": lambda a: (F.mse_loss(a.x, a.y), F.l1_loss(a.x, a.y), F.binary_cross_entropy(a.p, a.z)),
    "losses with logits": lambda a: (F.binary_cross_entropy_with_logits(a.v, a.z), F.cross_entropy(a.x, a.i)),
    "loss modules": lambda a: (
        nn.MSELoss()(a.x, a.y),
        nn.BCELoss()(a.p, a.z),
        nn.BCEWithLogitsLoss()(a.v, a.z),
    ),
    "loss that sums": lambda a: nn.MSELoss(reduction="sum")(a.x, a.y),
    "allclose and equal": lambda a: (torch.allclose(a.x, a.x), torch.equal(a.x, a.y), a.x.equal(a.x)),
    "one_hot": lambda a: F.one_hot(a.i, 4),
    "finite": lambda a: (torch.isfinite(a.x), torch.isnan(a.x).any(), torch.nan_to_num(a.x / 0)),
    "reductions of an empty tensor": lambda a: (a.empty.sum(), a.empty.sum(0), a.empty + 1, a.empty.shape),
    "linear algebra": lambda a: torch.linalg.solve(torch.eye(4, device=a.x.device) * 2, a.v),
    "histogram": lambda a: torch.histc(a.x, bins=4, min=0, max=4),
    "lerp and addcmul": lambda a: (torch.lerp(a.x, a.y, 0.5), torch.addcmul(a.x, a.x, a.y, value=2)),
    "result into an own tensor": lambda a: torch.add(a.x, a.y, out=torch.empty_like(a.x)),
    "result into an empty tensor": lambda a: torch.mul(a.x, 2, out=torch.empty(0, device=a.x.device)),
    "conv": lambda a: F.conv1d(a.batch, torch.ones(2, 3, 2, device=a.x.device)),
    "unfold": lambda a: a.x.unfold(1, 2, 1).sum(-1),
    "layer norm": lambda a: F.layer_norm(a.x, (4,)),
    "functional linear": lambda a: (F.linear(a.x, a.y), F.linear(a.batch, a.y, a.v[:3]), F.linear(a.v, a.x)),
    "broadcast tensors": lambda a: (torch.broadcast_tensors(a.v, a.x), torch.broadcast_to(a.v, (3, 4))),
    "vmap": lambda a: torch.vmap(lambda row: row * a.v)(a.x),
}

SHAPING = {
    "reshape and view": lambda a: (a.x.reshape(4, 3), a.x.view(-1), a.t.reshape(-1), a.x.flatten()),
    "transposes": lambda a: (a.x.t(), a.x.T, a.batch.transpose(0, 1), a.batch.permute(2, 0, 1), a.batch.mT),
    "squeeze": lambda a: (a.x[:, :1].squeeze(1), a.v.unsqueeze(0), a.v[None, :, None].squeeze()),
    "expand and repeat": lambda a: (a.v.expand(2, 4), a.v.repeat(2, 2), a.v.repeat_interleave(2)),
    "contiguous": lambda a: (a.t.contiguous(), a.t.is_contiguous(), a.t.stride(), a.expanded.stride()),
    "cat and stack": lambda a: (
        torch.cat([a.x, a.y]),
        torch.stack([a.v, a.p], dim=1),
        torch.hstack((a.v, a.p)),
    ),
    "cat of nothing new": lambda a: torch.cat([a.empty, a.x]),
    "stack of a row's parts": lambda a: torch.stack([row.mean() for row in a.x]),
    "split and chunk": lambda a: (
        a.v.split(3),
        a.x.chunk(2, dim=1),
        torch.tensor_split(a.v, 3),
        a.x.unbind(1),
    ),
    "flip and roll": lambda a: (a.x.flip(0), a.v.roll(1), torch.rot90(a.x)),
    "pad": lambda a: (
        F.pad(a.v, (1, 2)),
        F.pad(a.x, (0, 1, 1, 0), value=7.0),
        F.pad(a.batch, (1, 1), mode="reflect"),
    ),
    "pad_sequence": lambda a: pad_sequence([a.v, a.p[:2], a.z[:0]], batch_first=True, padding_value=9.0),
    "pad by hand": lambda a: _pad_by_hand([a.v, a.p[:2]]),
    "diagonal": lambda a: (a.x.diagonal(), torch.diag(a.v), a.x.trace()),
    "movedim, unflatten": lambda a: (
        a.batch.movedim(0, -1),
        a.x.unflatten(1, (2, 2)),
        a.batch.swapaxes(0, 2),
    ),
    "numbers of elements": lambda a: (a.x.numel(), len(a.x), a.x.shape, a.x.size(1), a.x.dim(), a.x.ndim),
    "layouts": lambda a: (a.t + 1, a.expanded * 2, a.x[1:, ::2].sum(), a.x[:, 1:].reshape(-1)),
    "view of a view": lambda a: (a.x[1:][:, 1:][0], a.t[1:].t()[::2], a.batch[1, :, 2]),
    "as_strided": lambda a: a.x[1:].as_strided((2, 2), (4, 1), 0),
    "view of a transposed tensor": lambda a: _refused(lambda: a.t.view(-1)),
    "in-place unsqueeze": lambda a: a.x.clone().unsqueeze_(0).transpose_(1, 2),
}


def _pad_by_hand(sequences: list[torch.Tensor]) -> torch.Tensor:
    out = sequences[0].new_full((len(sequences), max(map(len, sequences))), 0.0)
    for row, sequence in zip(out, sequences, strict=True):
        row[: len(sequence)] = sequence
    return out


def _refused(act: Any) -> str:
    try:
        act()
    except RuntimeError as error:
        return type(error).__name__
    return "nothing was raised"


INDEXING = {
    "integers and slices": lambda a: (a.x[0], a.x[-1, 2], a.x[:, 0], a.x[1:, ::2], a.x[..., -1], a.x[None]),
    "list": lambda a: (a.x[[0, 2, 2, -1]], a.x[[]], a.x[:, [1, 0]]),
    "index tensor of the device": lambda a: (a.x[a.i], a.x[:, a.i], a.x[a.i, a.i], a.x.index_select(0, a.i)),
    "index tensor of the CPU": lambda a: (a.x[torch.tensor([0, 2])], a.x[:, torch.tensor([True, False] * 2)]),
    "permutation of the CPU": lambda a: a.x[torch.randperm(3)].sort(0)[0],
    "numpy index": lambda a: a.x[np.array([1, 0])],
    "boolean mask": lambda a: (a.x[a.mask], a.x[a.x > 1], a.x.masked_select(a.mask), a.v[a.v > 100]),
    "0-d index of the device": lambda a: a.x[a.i[0]],
    "range and slices made of tensors": lambda a: (a.x[: a.i[0]], [a.x[k] for k in range(len(a.x))]),
    "gather, take": lambda a: (
        a.x.gather(1, a.i[:, None]),
        a.x.take(a.i),
        a.x.take_along_dim(a.i[:, None], 1),
    ),
    "scatter": lambda a: torch.zeros(3, 4, device=a.x.device).scatter_(1, a.i[:, None], 1.0),
    "index_add with repeats": lambda a: torch.zeros_like(a.x).index_add_(0, a.i, a.x),
    "iteration": lambda a: ([row.sum() for row in a.x], [v.item() for v in a.v], list(a.i), _sum_up(a.x)),
    "enumerate and zip": lambda a: [k * u * v for k, (u, v) in enumerate(zip(a.v, a.p, strict=True))],
    "nonzero": lambda a: (a.n.nonzero(), torch.nonzero(a.mask, as_tuple=True), torch.argwhere(a.n > 2)),
    "searchsorted": lambda a: torch.searchsorted(a.x[0].contiguous(), a.v),
    "embedding": lambda a: (F.embedding(a.i, a.x), F.embedding(a.i, a.x, padding_idx=0)),
}


def _assign(a: SimpleNamespace) -> list[torch.Tensor]:
    x = a.x.clone()
    x[0] = 0
    x[1, 1:3] = a.v[:2]
    x[x > 2] = -1
    x[[0, 2], 0] = 5.0
    x[:, 3] = torch.zeros(3)  # a copy between devices, which CUDA allows
    x[a.i, a.i] = torch.tensor(8.0)
    x[torch.tensor([1])] += 1
    return [x, x[0]]


def _in_place(a: SimpleNamespace) -> list[torch.Tensor]:
    x = a.x.clone()
    x += 1
    x.mul_(a.v).sub_(0.5, alpha=2).clamp_(max=5)
    x.addmm_(a.y, torch.eye(4, device=x.device))
    x.masked_fill_(a.mask, 0)
    torch.relu_(x)
    return [x, x.copy_(a.y), x.fill_(a.s), x.zero_()]


def _write_through_views(a: SimpleNamespace) -> list[torch.Tensor]:
    x = a.x.clone()
    x[0].zero_()
    x.view(-1)[5] = 9
    x.t()[3] += 1
    x.unbind(1)[1].mul_(2)
    x.split(2)[1].neg_()
    x.detach()[1, 1] = 100
    x.data[2] = 7
    x.diagonal().fill_(3)
    row = x[2]
    x.add_(1)
    return [x, row, x.reshape(-1)[-1]]


def _copies_are_apart(a: SimpleNamespace) -> list[torch.Tensor]:
    x = a.x.clone()
    copies = [
        x.clone(),
        x.t().contiguous(),
        x.t().reshape(-1),
        torch.tensor(x.tolist(), device=x.device),
        x + 0,
    ]
    copies += [x[a.i], x[[0]], x.to(torch.float64), copy.deepcopy(x), x.cpu().clone().to(x.device)]
    x.zero_()
    return copies


CHANGING = {
    "assignment": _assign,
    "in place": _in_place,
    "writing through views": _write_through_views,
    "copies are apart": _copies_are_apart,
    "copy_ from the CPU and back": lambda a: (
        a.x.clone().copy_(torch.ones(4)),
        torch.empty(4).copy_(a.v).tolist(),
    ),
    "swapped rows": lambda a: _swap_rows(a.x.clone()),
    "expanded then written": lambda a: a.expanded.clone().fill_diagonal_(7),
    "no_grad write to a leaf": lambda a: _shrink(a.w),
    "data of a leaf": lambda a: _shrink_data(a.w),
    "saved_tensors see a changed version": lambda a: _changed_after_use(a),
}


def _swap_rows(x: torch.Tensor) -> torch.Tensor:
    x[[0, 1]] = x[[1, 0]]
    return x


def _shrink(w: torch.Tensor) -> Any:
    seen = w.detach()
    with torch.no_grad():
        w -= 0.5 * w
        w[0] = 3
    return w, seen, w.requires_grad, w.is_leaf


def _shrink_data(w: torch.Tensor) -> Any:
    w.data -= 0.5
    w.data = w.data * 2
    return w, w.requires_grad, w.is_leaf


def _changed_after_use(a: SimpleNamespace) -> str:
    x = a.x.clone().requires_grad_()
    y = x.exp()
    y.add_(1)
    return _refused(lambda: y.sum().backward())


LEAVING = {
    "item": lambda a: (a.x[0, 0].item(), a.n.sum().item(), a.mask[0, 0].item(), a.d.sum().item()),
    "tolist": lambda a: (a.x.tolist(), a.n.tolist(), a.s.tolist(), a.mask.tolist(), a.t.tolist()),
    "float, int, bool": lambda a: (float(a.s), int(a.n[0, 0]), bool(a.x.sum() > 0), bool(a.mask[0, 1])),
    "if": lambda a: 1 if (a.x > 0).all() else 2,
    "format": lambda a: (f"{a.s:.3f}", f"{a.s.item()}", f"{a.x[0, 0]:>8.2f}"),
    "cpu numpy": lambda a: (a.x.cpu().numpy(), a.w.detach().cpu().numpy(), a.x.to("cpu").numpy()),
    "numpy, worked on, and back": lambda a: torch.from_numpy(a.x.cpu().numpy() * 2).to(a.x.device),
    "math": lambda a: math.sqrt(a.s * a.s),
    "range of a tensor": lambda a: list(range(a.i[0])),
    "printing": lambda a: len(f"{a.x} {a.n} {a.mask} {a.w} {a.s} {a.empty} {a.v[:0]!r}") > 100,
    "sum by python": lambda a: (sum(a.v), max(a.v), min(a.v), sorted(a.v.tolist())),
    "in": lambda a: (2.0 in a.x, 77 in a.n),
    "types": lambda a: (
        type(a.x) is torch.Tensor,
        isinstance(a.x, torch.Tensor),
        a.x.dtype,
        a.x.is_floating_point(),
    ),
    "is_leaf and grad_fn": lambda a: (a.w.is_leaf, (a.w * 2).grad_fn is not None, a.w.grad),
    "memory": lambda a: (a.x[0].data_ptr() == a.x.data_ptr(), a.x.storage_offset(), a.x[1].storage_offset()),
}


def _backward(a: SimpleNamespace) -> Any:
    loss = ((a.x @ a.w + a.b).squeeze(1) - a.v[:3]).pow(2).mean()
    loss.backward()
    again = (a.w**2).sum()
    again.backward()
    return a.w.grad, a.b.grad, loss.detach(), loss.requires_grad


def _accumulating(a: SimpleNamespace) -> Any:
    x = a.x.clone().detach().requires_grad_(True)
    seen = []
    for _ in range(3):
        (3 * x**2).sum().backward()
        seen.append(x.grad.clone())
    x.grad.zero_()
    x.grad = None
    (3 * x**2).sum().backward(retain_graph=False)
    return seen, x.grad


def _grad(a: SimpleNamespace) -> Any:
    loss = F.mse_loss((a.x @ a.w + a.b).view(-1), a.v[:3])
    first = torch.autograd.grad(loss, a.w, retain_graph=True)
    both = torch.autograd.grad(loss, [a.w, a.b])
    return first, both, a.w.grad


def _second_order(a: SimpleNamespace) -> Any:
    x = a.v.clone().requires_grad_()
    (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    return torch.autograd.grad(slope.sum(), x)


class _Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        return grad * 3 * x**2


def _own_function(a: SimpleNamespace) -> Any:
    x = a.v.clone().requires_grad_()
    _Cube.apply(x).sum().backward()
    return x.grad


def _through_views(a: SimpleNamespace) -> Any:
    x = a.x.clone().requires_grad_()
    y = x * 2
    y[1:, 1:] = 0
    y[:, 0] *= 3
    y.t()[3].mul_(5)
    (y**2).sum().backward()
    return x.grad, y


def _hooks(a: SimpleNamespace) -> Any:
    x = a.v.clone().requires_grad_()
    x.register_hook(lambda grad: grad * 2)
    y = x * x
    y.retain_grad()
    y.backward(torch.ones_like(y))
    return x.grad, y.grad


def _gradient_of_many(a: SimpleNamespace) -> Any:
    x = a.x.clone().requires_grad_()
    y = torch.cat(
        [F.pad(x, (1, 0)), torch.stack([x[0]] * 2).mean(0, keepdim=True).expand(1, 4).repeat(1, 2)[:, :5]]
    )
    z = torch.sigmoid(y)[[0, 1, 1]].index_select(1, a.i).tanh() + y.max(1)[0][:3, None].clamp(-1, 1)
    F.binary_cross_entropy(torch.sigmoid(z), torch.ones_like(z)).backward()
    return x.grad


def _minibatches(a: SimpleNamespace) -> Any:
    weight = a.w.detach().clone().view(-1).requires_grad_()
    total = torch.zeros_like(weight)
    for rows in torch.arange(3).split(2):
        loss = ((a.x[rows] @ weight - a.v[:3][rows]) ** 2).sum() / 3
        total += torch.autograd.grad(loss, weight)[0]
    return total


GRADIENTS = {
    "backward": _backward,
    "accumulated": _accumulating,
    "autograd.grad": _grad,
    "second order": _second_order,
    "an own autograd function": _own_function,
    "in-place through views": _through_views,
    "hooks": _hooks,
    "many operations": _gradient_of_many,
    "mini-batches": _minibatches,
    "detach": lambda a: ((a.x @ a.w).detach(), (a.x @ a.w).detach().requires_grad),
    "no_grad": lambda a: _no_grad(a),
    "inference_mode": lambda a: _inference(a),
    "requires_grad_ on a copy": lambda a: (a.x.detach().clone().requires_grad_().is_leaf, a.x.requires_grad),
    "leaf made of a leaf": lambda a: torch.tensor(a.w.tolist(), device=a.w.device, requires_grad=True),
    "jacobian": lambda a: torch.autograd.functional.jacobian(lambda x: x**2, a.v),
    "torch.func.grad": lambda a: torch.func.grad(lambda x: (3 * x**2).sum())(a.v),
    "grad of an unused tensor": lambda a: torch.autograd.grad(a.w.sum(), [a.w, a.b], allow_unused=True),
    "set grad by hand": lambda a: _set_grad(a.w),
}


def _no_grad(a: SimpleNamespace) -> Any:
    with torch.no_grad():
        return a.x @ a.w, (a.x @ a.w).requires_grad, torch.is_grad_enabled(), a.w.requires_grad


@torch.inference_mode()
def _inference(a: SimpleNamespace) -> Any:
    return (a.x @ a.w + 1).view(-1)[0] * 2


def _set_grad(w: torch.Tensor) -> Any:
    w.grad = torch.ones_like(w)
    w.grad += 1
    return w.grad


# --- training


def _adaline_by_hand(a: SimpleNamespace) -> Any:
    weight, bias = torch.zeros(4, 1, device=a.x.device), torch.zeros(1, device=a.x.device)
    torch.manual_seed(1)
    losses = []
    for _ in range(3):
        for rows in torch.randperm(3).split(2):
            x, y = a.x[rows], a.v[:3][rows]
            error = (x @ weight + bias).view(-1) - y
            weight -= 0.01 * 2 / len(y) * (x.t() @ error.view(-1, 1))
            bias -= 0.01 * 2 * error.mean()
        losses.append((((a.x @ weight + bias).view(-1) - a.v[:3]) ** 2).mean().item())
    return weight, bias, losses


def _adaline_with_grad(a: SimpleNamespace) -> Any:
    for _ in range(4):
        loss = torch.mean(((a.x @ a.w + a.b).reshape(-1) - a.v[:3]) ** 2)
        slope_w, slope_b = torch.autograd.grad(loss, (a.w, a.b))
        with torch.no_grad():
            a.w -= 0.01 * slope_w
            a.b.sub_(slope_b, alpha=0.01)
    return a.w, a.b, a.w.grad


def _train(a: SimpleNamespace, make: Any, steps: int = 4) -> Any:
    model = _network(a.x.device)
    optimizer = make(model.parameters())
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(a.x).squeeze(-1), a.v[:3])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, list(model.parameters()), model.training


def _adam_and_bce(a: SimpleNamespace) -> Any:
    model = nn.Sequential(_linear(4, 3), nn.ReLU(), _linear(3, 4), nn.Sigmoid()).to(a.x.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-1)
    loss_fn = nn.BCELoss()
    losses = []
    for _ in range(5):
        optimizer.zero_grad(set_to_none=False)
        loss = loss_fn(model(a.x), a.z.expand(3, 4))
        losses.append(float(loss))
        loss.backward()
        optimizer.step()
    return losses, [p.grad for p in model.parameters()]


class _WordWindow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embeds = nn.Embedding(6, 2, padding_idx=0)
        with torch.no_grad():
            self.embeds.weight.copy_(torch.arange(12.0).reshape(6, 2) / 8)
            self.embeds.weight[0] = 0
        self.hidden = nn.Sequential(_linear(6, 3), nn.Tanh())
        self.output = _linear(3, 1)
        self.register_buffer("scale", torch.ones(3))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        windows = inputs.unfold(1, 3, 1)
        vectors = self.embeds(windows).view(*windows.shape[:2], -1)
        return torch.sigmoid(self.output(self.hidden(vectors) * self.scale)).squeeze(2)


def _embedding_and_tanh(a: SimpleNamespace) -> Any:
    model = _WordWindow().to(a.x.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    tokens = (a.n.abs() % 6).repeat(1, 2)
    lengths = torch.tensor([6, 4, 2]).to(a.x.device)
    real = torch.arange(6, device=a.x.device)[None] < lengths[:, None]
    losses = []
    for _ in range(3):
        p = model(tokens)
        each = F.binary_cross_entropy(p, torch.ones_like(p), reduction="none")
        loss = (each * real).sum() / lengths.sum()
        model.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.embeds.weight, model.state_dict()["scale"]


def _evaluating(a: SimpleNamespace) -> Any:
    model = _network(a.x.device)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        loss = F.mse_loss(model(a.x).squeeze(1), a.v[:3]).item()
    model.train(was_training)
    return loss, [p.grad for p in model.parameters()], model.training


def _module_tools(a: SimpleNamespace) -> Any:
    model = _network(a.x.device)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        model[0].weight.zero_()
        model[2].bias.detach().zero_()
    twin_before = twin(a.x)
    twin.load_state_dict(model.state_dict())
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return twin_before, twin(a.x), count, model.to("cpu").double()[0].weight.dtype


def _moved_after_the_optimizer(a: SimpleNamespace) -> Any:
    model = nn.Sequential(_linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    before = model[0].weight
    model.to(a.x.device)
    model(a.x).sum().backward()
    optimizer.step()
    return model[0].weight, before is model[0].weight


def _hooks_survive_moving(a: SimpleNamespace) -> Any:
    layer, seen = _linear(4, 1), []
    layer.weight.register_hook(lambda grad: grad * 2)
    layer.bias.register_post_accumulate_grad_hook(lambda parameter: seen.append(parameter.grad.clone()))
    layer.weight.note = "mine"
    layer.to(a.x.device).to(a.x.device)
    layer(a.x).sum().backward()
    return layer.weight.grad, seen, layer.weight.note


def _own_parameters(a: SimpleNamespace) -> Any:
    class Affine(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 2) / 2)
            self.layers = nn.ModuleList([_linear(2, 2)])
            self.register_parameter("bias", nn.Parameter(torch.zeros(2)))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layers[0](x @ self.weight + self.bias)

    model = Affine().to(a.x.device)
    model(a.x).mean().backward()
    return (
        [p.grad for p in model.parameters()],
        isinstance(model.weight, nn.Parameter),
        len(list(model.parameters())),
    )


def _loader(a: SimpleNamespace) -> Any:
    return [x.sum(0) + y.sum() for x, y in DataLoader(TensorDataset(a.x, a.v[:3]), batch_size=2)]


def _packed(a: SimpleNamespace) -> Any:
    packed = pack_padded_sequence(a.batch, torch.tensor([3, 2]), batch_first=True)
    return pad_packed_sequence(packed, batch_first=True)[0]


TRAINING = {
    "ADALINE by hand": _adaline_by_hand,
    "ADALINE with autograd.grad": _adaline_with_grad,
    "linear layers with SGD": lambda a: _train(a, lambda p: torch.optim.SGD(p, lr=0.05)),
    "SGD with momentum and decay": lambda a: _train(
        a, lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=0.1)
    ),
    "SGD, one tensor at a time": lambda a: _train(a, lambda p: torch.optim.SGD(p, lr=0.05, foreach=False)),
    "SGD, all tensors at once": lambda a: _train(a, lambda p: torch.optim.SGD(p, lr=0.05, foreach=True)),
    "Adam, one tensor at a time": lambda a: _train(a, lambda p: torch.optim.Adam(p, lr=0.1, foreach=False)),
    "Adam, all tensors at once": lambda a: _train(a, lambda p: torch.optim.Adam(p, lr=0.1, foreach=True)),
    "AdamW": lambda a: _train(a, lambda p: torch.optim.AdamW(p, lr=0.1, amsgrad=True)),
    "RMSprop and Adagrad": lambda a: (_train(a, torch.optim.RMSprop), _train(a, torch.optim.Adagrad)),
    "Adam with binary cross entropy": _adam_and_bce,
    "embedding, window, tanh": _embedding_and_tanh,
    "evaluation": _evaluating,
    "module tools": _module_tools,
    "moved after the optimizer was made": _moved_after_the_optimizer,
    "hooks survive moving": _hooks_survive_moving,
    "parameters of one's own": _own_parameters,
    "clipped gradients": lambda a: _clipped(a),
    "data loader": _loader,
    "packed sequence": _packed,
    "recurrent layer": lambda a: _recurrent(a),
    "attention": lambda a: F.scaled_dot_product_attention(a.batch, a.batch, a.batch),
    "batch norm": lambda a: nn.BatchNorm1d(4).to(a.x.device)(a.x),
    "dropout, not training": lambda a: nn.Dropout(0.5).eval()(a.x),
    "scheduler": lambda a: _scheduled(a),
}


def _clipped(a: SimpleNamespace) -> Any:
    model = _network(a.x.device)
    model(a.x).sum().backward()
    return nn.utils.clip_grad_norm_(model.parameters(), 0.5), model[0].weight.grad


def _recurrent(a: SimpleNamespace) -> Any:
    torch.manual_seed(0)
    layer = nn.LSTM(4, 2, batch_first=True).to(a.x.device)
    output, _ = layer(a.batch)
    output.sum().backward()
    return output, layer.weight_hh_l0.grad


def _scheduled(a: SimpleNamespace) -> Any:
    optimizer = torch.optim.SGD([a.w], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    for _ in range(2):
        optimizer.zero_grad()
        a.w.sum().backward()
        optimizer.step()
        scheduler.step()
    return a.w, scheduler.get_last_lr()


# What introductory courses write in one line, in all the forms that it comes in.
COURSES = {
    "index none ellipsis": lambda a: (
        a.x[None, ..., None],
        a.batch[..., 0, :],
        a.batch[:, -1],
        a.x[::2, 1::2],
    ),
    "index list slice": lambda a: (a.batch[:, [0, 2], :], a.batch[[0, 1], [1, 2]], a.x[[True, False, True]]),
    "index mask row": lambda a: (a.x[a.x[:, 0] > 1], a.x[:, a.v > 0], a.x[~a.mask]),
    "index mixed cpu": lambda a: (
        a.x[torch.tensor(1)],
        a.x[torch.arange(2), torch.arange(2)],
        a.batch[:, torch.tensor([2, 0])],
        a.x[torch.tensor([0]), a.i[:1]],
    ),
    "index cpu long with slice": lambda a: a.x[1:, torch.tensor([0, 1])],
    "index bool cpu2d": lambda a: a.x[torch.ones(3, 4, dtype=torch.bool)],
    "index range": lambda a: a.x[range(2)],
    "where forms": lambda a: (
        torch.where(a.x > 1, 1.0, a.x),
        torch.where(a.x > 1, torch.tensor(1.0), torch.tensor(0.0)),
        torch.where(a.x > 1, 1, 0),
        a.x.where(a.mask, torch.tensor(0.0)),
        a.x.where(a.mask, 0),
    ),
    "where bcast": lambda a: torch.where(a.mask, a.v, a.x[:, :1]),
    "scatter forms": lambda a: (
        torch.zeros_like(a.x).scatter(1, a.i[:, None], a.x[:, :1]),
        torch.zeros_like(a.x).scatter_add(0, a.i[None, :].expand(1, 3), a.x[:1, :3]),
        torch.zeros_like(a.v).scatter_reduce(0, a.i, a.v[:3], reduce="amax"),
        torch.zeros(3, 4, device=a.x.device).index_copy(0, a.i[:1], a.x[:1]),
        torch.zeros_like(a.v).index_put((a.i,), a.v[:3], accumulate=True),
    ),
    "index fill": lambda a: (
        a.x.index_fill(0, a.i, 1.0),
        a.x.clone().index_fill_(1, a.i, torch.tensor(2.0)),
        a.x.masked_scatter(a.mask, a.y),
    ),
    "put": lambda a: a.x.clone().put_(a.i[:1], a.v[:1]),
    "stackers": lambda a: (
        torch.vstack([a.v, a.p]),
        torch.dstack([a.v, a.p]),
        torch.column_stack([a.v, a.p]),
        torch.concat([a.v, a.p]),
        torch.stack(list(a.x)),
        torch.cat(list(a.x.split(1, 0)), 0),
        torch.block_diag(a.x, a.y),
    ),
    "einsum forms": lambda a: (
        torch.einsum("ii->i", a.x[:, :3]),
        torch.einsum("ij,ij->", a.x, a.y),
        torch.einsum("bij,bjk->bik", a.batch, a.batch.mT),
        torch.einsum("...j,j->...", a.batch, a.v),
    ),
    "cums": lambda a: (
        a.x.cumsum(1),
        torch.cumprod(a.v, 0),
        a.v.logcumsumexp(0),
        a.v.cummin(0),
        torch.diff(a.v),
        torch.trapz(a.v),
    ),
    "sorts": lambda a: (
        torch.sort(a.v, descending=True),
        torch.topk(a.x, 2, dim=1, largest=False),
        a.v.kthvalue(2),
        torch.msort(a.v),
        a.x.median(1),
        a.v.median(),
        a.v.quantile(0.5),
        a.i.mode(),
        torch.unique(a.i, return_counts=True, return_inverse=True),
        torch.unique_consecutive(a.i, return_counts=True),
        a.v.argsort(),
    ),
    "pads": lambda a: (
        F.pad(a.x, (1, 1, 2, 0)),
        F.pad(a.batch, (1, 1), mode="replicate"),
        F.pad(a.batch, (1, 1), mode="circular"),
        nn.ZeroPad2d(1)(a.batch),
        nn.ConstantPad1d(2, 3.5)(a.x),
    ),
    "losses": lambda a: (
        nn.CrossEntropyLoss()(a.x, a.i),
        nn.CrossEntropyLoss(weight=a.p, label_smoothing=0.1, ignore_index=2)(a.x, a.i),
        nn.NLLLoss()(F.log_softmax(a.x, 1), a.i),
        F.smooth_l1_loss(a.x, a.y),
        F.huber_loss(a.x, a.y),
        F.kl_div(F.log_softmax(a.x, 1), F.softmax(a.y, 1), reduction="batchmean"),
        F.cosine_similarity(a.x, a.y),
        F.cosine_embedding_loss(a.x, a.y, torch.ones(3, device=a.x.device)),
        F.hinge_embedding_loss(a.x, a.x.sign()),
        F.poisson_nll_loss(a.x, a.y),
        F.gaussian_nll_loss(a.x, a.y, a.x + 1),
        F.margin_ranking_loss(a.v, a.p, a.v.sign()),
        F.triplet_margin_loss(a.x, a.y, a.x + 1),
        F.multi_margin_loss(a.x, a.i),
        F.multilabel_soft_margin_loss(a.x, a.mask.float()),
        F.soft_margin_loss(a.v, a.v.sign()),
        F.binary_cross_entropy(a.p, a.z, weight=a.p),
        nn.BCEWithLogitsLoss(pos_weight=a.p)(a.v, a.z),
    ),
    "cdist": lambda a: (
        torch.cdist(a.x, a.y, p=1),
        F.pairwise_distance(a.x, a.y),
        torch.dist(a.x, a.y),
        F.normalize(a.x, dim=1),
        a.x.renorm(2, 0, 1.0),
    ),
    "arange dev": lambda a: (
        torch.arange(len(a.x), device=a.x.device),
        torch.arange(a.x.size(0), dtype=a.x.dtype, device=a.x.device)[:, None] * a.x,
        torch.triu_indices(3, 3, device=a.x.device),
        torch.logspace(0, 1, 3, device=a.x.device),
        torch.full_like(a.x, math.pi),
        torch.empty_strided((2, 2), (1, 2), device=a.x.device).fill_(1.0),
    ),
    "tensor of tensors": lambda a: (
        torch.tensor([a.v[0], a.v[1]], device=a.x.device),
        torch.tensor([row.sum() for row in a.x], device=a.x.device),
        torch.tensor([float(q) for q in a.v]).to(a.x.device),
        torch.stack([q for q in a.v]),
        a.x.new_tensor([a.v[0].item(), 2]),
        torch.as_tensor([a.v[0], a.v[1]], device=a.x.device),
    ),
    "tensor copy": lambda a: (
        torch.tensor(a.x),
        torch.as_tensor(a.x),
        torch.tensor(a.x, dtype=torch.float64),
        torch.tensor(a.s, device=a.x.device),
        torch.asarray(a.x),
        a.x.new_tensor(a.v),
        torch.asarray([1.0, 2.0], device=a.x.device),
        torch.scalar_tensor(2.0, device=a.x.device),
    ),
    "strided": lambda a: (
        a.x.as_strided((2, 3), (1, 2)),
        torch.as_strided(a.v, (3, 2), (1, 1)),
        a.v.unfold(0, 2, 1),
        a.x.unfold(1, 3, 1),
        F.unfold(a.batch[None], (2, 2)),
        F.fold(F.unfold(a.batch[None], (2, 2)), (3, 4), (2, 2)),
        F.pixel_shuffle(a.batch.reshape(1, 4, 2, 3), 2),
    ),
    "news": lambda a: (
        a.x.new_zeros(3),
        a.x.new_ones(2, 2),
        a.x.new_full((2,), 3.0),
        a.x.new_empty(2).zero_(),
        a.x.new_zeros(2, dtype=torch.long),
        torch.zeros_like(a.mask, dtype=torch.float),
        torch.rand_like(a.x) < 2,
        torch.randint_like(a.x, 0, 1),
        a.x.new_empty_strided((2, 2), (2, 1)).zero_(),
    ),
    "movers": lambda a: (
        a.x.to(a.y),
        torch.ones(2).to(a.x.device, torch.float64),
        torch.ones(2).to(a.x.device, non_blocking=True),
        a.x.to("cpu").to(a.x.device),
        a.x.cpu().to(a.x),
        a.x.float(),
        a.x.half().float(),
        a.x.bfloat16().float(),
        a.x.int(),
        a.x.bool(),
        a.x.type(torch.long),
        a.x.to(a.x.device, copy=True),
        a.x.contiguous(memory_format=torch.contiguous_format),
        a.x.clone(memory_format=torch.preserve_format),
    ),
    "cpu0d": lambda a: (
        a.x + torch.tensor(1),
        a.x * torch.tensor(2.0, dtype=torch.float64),
        torch.maximum(a.x, torch.tensor(1.0)),
        a.x.clamp(min=torch.tensor(0.5)),
        torch.pow(a.x, torch.tensor(2)),
        torch.add(a.x, torch.tensor(2.0), alpha=3),
        a.x.fill_(torch.tensor(2.0)) if False else 0,
        torch.lerp(a.x, a.y, torch.tensor(0.5)),
        a.x.eq(torch.tensor(1.0)),
        torch.atan2(a.x, torch.tensor(1.0)),
        a.x.fmod(torch.tensor(2.0)),
        torch.xlogy(a.x, torch.tensor(2.0)),
        torch.isclose(a.x, torch.tensor(1.0)),
        a.x.logical_and(torch.tensor(True)),
        a.mask & torch.tensor(True),
    ),
    "cpu0d addc": lambda a: (
        torch.addcmul(a.x, a.y, torch.tensor(2.0)),
        torch.addcdiv(a.x, a.y, torch.tensor(2.0)),
    ),
    "acts": lambda a: (
        F.leaky_relu(a.v),
        F.elu(a.v),
        F.silu(a.v),
        F.softplus(a.v),
        F.hardtanh(a.v),
        F.logsigmoid(a.v),
        F.log_softmax(a.x, 1),
        nn.PReLU().to(a.x.device)(a.v),
        F.glu(a.x),
        F.softmin(a.x, 1),
        F.threshold(a.v, 0, 1),
        F.mish(a.v),
        F.selu(a.v),
        F.hardsigmoid(a.v),
        F.tanhshrink(a.v),
    ),
    "convs": lambda a: (
        nn.MaxPool1d(2)(a.batch),
        nn.AvgPool1d(2)(a.batch),
        F.conv2d(a.batch[None], torch.ones(1, 2, 2, 2, device=a.x.device)),
        F.max_pool2d(a.batch[None], 2),
        F.adaptive_avg_pool2d(a.batch[None], 1),
        F.interpolate(a.batch, scale_factor=2),
        F.interpolate(a.batch[None], size=(6, 8), mode="bilinear"),
        F.avg_pool2d(a.batch[None], 2),
        F.conv_transpose1d(a.batch, torch.ones(3, 2, 2, device=a.x.device)),
    ),
}

_OPTIMIZERS = {
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "RMSprop": {"centered": True, "momentum": 0.5},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "NAdam": {},
    "RAdam": {},
    "ASGD": {},
    "Rprop": {},
    "LBFGS": {"max_iter": 2},
    "Adafactor": {},
}


def _stepping(name: str, options: dict[str, Any]) -> Any:
    def program(a: SimpleNamespace) -> Any:
        model = _network(a.x.device)
        optimizer = getattr(torch.optim, name)(model.parameters(), **options)

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = F.mse_loss(model(a.x).squeeze(1), a.v[:3])
            loss.backward()
            return loss

        losses = [optimizer.step(closure).item() for _ in range(3)]
        return losses, [parameter.detach() for parameter in model.parameters()]

    return program


OPTIMIZERS = {name: _stepping(name, options) for name, options in _OPTIMIZERS.items()}


RIGHT = {
    f"{group}: {name}": program
    for group, programs in {
        "creating": CREATING,
        "computing": COMPUTING,
        "shaping": SHAPING,
        "indexing": INDEXING,
        "changing": CHANGING,
        "leaving": LEAVING,
        "gradients": GRADIENTS,
        "training": TRAINING,
        "courses": COURSES,
        "optimizers": OPTIMIZERS,
    }.items()
    for name, program in programs.items()
}
