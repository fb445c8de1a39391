"""Tensors from the CPU to the simulated device and back, for the worker."""

from __future__ import annotations

from typing import Any

import torch

from grader.sandbox.inside.simulated.device import is_simulated, on_cpu, on_device, view_of
from grader.sandbox.inside.simulated.registration import require


def place(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of a CPU tensor on the device: same dtype, size, strides, offset, `requires_grad` and `.grad`.

    The whole storage is copied, so that gaps and overlaps of its layout come along. The result is a leaf.
    """
    require()
    placed = view_of(
        on_device(_whole(tensor).clone()), tensor.size(), tensor.stride(), tensor.storage_offset()
    )
    return _with_gradient(placed, tensor, place)


def bring_back(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the device as a CPU leaf on the same memory: layout, `requires_grad` and `.grad` alike.

    A tensor that isn't on the device is returned as it is.
    """
    if not is_simulated(tensor):
        return tensor
    storage = on_cpu(_whole(tensor))
    back = storage.as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())
    return _with_gradient(back, tensor, bring_back)


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    """All that a tensor's storage holds, in one dimension."""
    entries = tensor.untyped_storage().nbytes() // tensor.element_size()
    return view_of(tensor.detach(), [entries], [1], 0)


def _with_gradient(tensor: torch.Tensor, like: torch.Tensor, move: Any) -> torch.Tensor:
    tensor.requires_grad_(like.requires_grad)
    if like.is_leaf and like.grad is not None:
        tensor.grad = move(like.grad)
    return tensor
