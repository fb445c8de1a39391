"""Run a program on the CPU and on the simulated device, and put what came out side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from grader.sandbox.inside import simulated
from tests.simulated.programs import inputs

Program = Callable[[SimpleNamespace], Any]


def on_cpu(program: Program) -> Any:
    torch.manual_seed(7)
    return program(SimpleNamespace(**inputs()))


def on_simulated(program: Program) -> tuple[Any, simulated.Simulation]:
    """The result, or the exception that was raised; and what the simulation has to say about it."""
    placed = SimpleNamespace(**{name: simulated.place(tensor) for name, tensor in inputs().items()})
    torch.manual_seed(7)
    with simulated.simulation() as run:
        try:
            result = program(placed)
        except Exception as error:
            result = error
    if isinstance(result, Exception) and run.unsupported is None:
        run.unsupported = simulated.unsupported_reason(result)
    return result, run


def difference(cpu: Any, device: Any, path: str = "result") -> str | None:
    """The first place where they differ, counting every tensor that isn't on the device of its kind."""
    if isinstance(cpu, torch.Tensor):
        return _of_tensors(cpu, device, path)
    if type(cpu) is not type(device):
        return f"{path}: {type(cpu).__name__} and {device!r}"
    if isinstance(cpu, Mapping):
        cpu, device = list(cpu.values()), list(device.values())
    if isinstance(cpu, list | tuple):
        if len(cpu) != len(device):
            return f"{path}: {len(cpu)} and {len(device)} items"
        pairs = enumerate(zip(cpu, device, strict=True))
        return next((found for k, (c, d) in pairs if (found := difference(c, d, f"{path}[{k}]"))), None)
    if isinstance(cpu, np.ndarray):
        same = cpu.dtype == device.dtype and np.array_equal(cpu, device)
    elif isinstance(cpu, float):
        same = cpu == device or abs(cpu - device) <= 1e-5 * abs(cpu)
    else:
        same = cpu == device
    return None if same else f"{path}: {cpu!r} and {device!r}"


def _of_tensors(cpu: torch.Tensor, device: Any, path: str) -> str | None:
    if not isinstance(device, torch.Tensor) or not simulated.is_simulated(device):
        return f"{path}: {device!r} is not on the device"
    if cpu.requires_grad != device.requires_grad or cpu.is_leaf != device.is_leaf:
        return f"{path}: requires_grad or is_leaf differ"
    back = simulated.bring_back(device).detach()
    if (cpu.dtype, cpu.shape) != (back.dtype, back.shape):
        return f"{path}: {cpu.dtype} {tuple(cpu.shape)} and {back.dtype} {tuple(back.shape)}"
    same = torch.allclose(cpu.detach().double(), back.double(), rtol=1e-5, atol=1e-7)
    return None if same else f"{path}: {cpu} and {back}"
