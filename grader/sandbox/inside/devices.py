"""The devices besides the CPU that a check's program can run on, and what a run there showed.

The same functions serve the worker and, for the reference, the trusted side. `simulated` needs no GPU; `cuda`
is the real one, whose context is made by the first run in a process: nothing may fork from it afterwards.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch

from grader.sandbox import wire
from grader.sandbox.inside import simulated
from grader.sandbox.inside.run import Device, Program, run_case
from grader.values import Node, OpaqueNode, clean_text, encode_node

IsStudents = Callable[[str], bool]

CUDA_MEMORY = 2 * 2**30  # bytes of the card's memory that a submission may use


class AbsentDeviceError(Exception):
    """This machine does not have the device; the message says why."""


def missing(name: str) -> str | None:
    """Why the device called `name` cannot be used here, or None where it can."""
    if name == simulated.DEVICE_NAME:
        return simulated.available()
    if name == "cuda":
        return None if torch.cuda.is_available() else "this machine has no CUDA device that torch can use"
    return f"there is no device {name!r}"


def run_elsewhere(
    name: str, program: Program, impl: Any, inputs: Node, seed: int, is_students: IsStudents | None = None
) -> tuple[bytes, wire.Seen]:
    """The observation of one case on another device than the CPU, and what else was seen.

    Args:
        is_students: Whether a file name is the submission's, so that its lines can be named.
    Raises:
        AbsentDeviceError: The device is not here.
    """
    if reason := missing(name):
        raise AbsentDeviceError(reason)
    if name == "cuda":
        try:
            _start_cuda()
        except RuntimeError as error:  # the card's trouble, such as being full of others' work
            raise AbsentDeviceError(f"no context could be made: {_short(str(error))}") from error
        return _on_cuda(program, impl, inputs, seed), wire.Seen()
    return _on_simulated(program, impl, inputs, seed, is_students)


def warm_up() -> None:
    """Register the simulated device, and look up once what nearly every run on it asks of torch's operators."""
    if missing(simulated.DEVICE_NAME):
        return
    x = simulated.place(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    with simulated.simulation():
        layer = torch.nn.Linear(2, 2).to(x.device)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        y = torch.zeros(2, 2, device=x.device)
        for rows in torch.randperm(2).split(1):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(torch.sigmoid(torch.relu(layer(x[rows]))), y[rows])
            loss.backward()
            optimizer.step()
        z = torch.cat([x.T, torch.stack([x[0], x[:, 0]])])[:2].clone().reshape(-1, 2)
        z = torch.where(z > 1, (z - x.mean(0)) / x.std(0), torch.ones_like(z) @ z) ** 2
        z[0, :1] = x.sum(dim=1)[1:] * 2
        bool((z.abs() <= 1).any())
        loss.item()


# --- simulated ----------------------------------------------------------------------------------------------


def _on_simulated(
    program: Program, impl: Any, inputs: Node, seed: int, is_students: IsStudents | None
) -> tuple[bytes, wire.Seen]:
    runs: list[simulated.Simulation] = []
    refused: list[str] = []
    strays: list[wire.Origin | None] = []

    @contextlib.contextmanager
    def session() -> Iterator[None]:
        with simulated.simulation(is_students) as run:
            runs.append(run)
            yield

    def watched(impl: Any, **values: Any) -> Any:
        try:
            result = program(impl, **values)
        except Exception as error:
            refused.extend([str(error)] if simulated.is_device_error(error) else [])
            raise
        strays.extend(_origins(result))
        return result

    device = Device(simulated.DEVICE_NAME, simulated.place, simulated.bring_back, session)
    try:
        observation = run_case(watched, impl, inputs, seed, device)
    except Exception as error:  # from a tensor that cannot be brought back
        observation = encode_node(OpaqueNode("tensor", "it cannot be read"))
        return observation, wire.Seen(unsupported=_short(f"its result cannot be read there: {error}"))
    if not runs:
        return observation, wire.Seen(unsupported="the inputs cannot be put there")
    return observation, _seen(runs[0], refused, strays)


def _seen(run: simulated.Simulation, refused: list[str], strays: list[wire.Origin | None]) -> wire.Seen:
    mismatch = str(run.mismatch) if run.mismatch is not None else next(iter(refused), None)
    origin = run.mismatch.origin if run.mismatch is not None else None
    return wire.Seen(
        unsupported=_short(run.unsupported) if run.unsupported is not None else None,
        mismatch=_short(mismatch) if mismatch is not None else None,
        origin=_as_wire(origin),
        strays=strays[: wire.MAX_STRAYS],
        drew=_as_wire(run.drew),
    )


def _origins(result: Any) -> Iterator[wire.Origin | None]:
    """Where each CPU tensor of a result was made, in the order in which observations hold them."""
    if isinstance(result, torch.Tensor):
        if result.device.type == "cpu":
            yield _as_wire(simulated.origin_of(result))
    elif isinstance(result, list | tuple):
        for item in result:
            yield from _origins(item)
    elif isinstance(result, dict):
        for pair in result.items():
            yield from _origins(pair)


def _as_wire(origin: simulated.Origin | None) -> wire.Origin | None:
    if origin is None or not origin.by_student:
        return None
    return wire.Origin(_short(origin.file), origin.line, _short(origin.text))


def _short(text: str) -> str:
    return clean_text(text, 300)


# --- cuda ---------------------------------------------------------------------------------------------------


@cache
def _start_cuda() -> None:
    """Make this process's context, once, with a bound on the card's memory."""
    torch.cuda.init()
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, CUDA_MEMORY / whole), 0)


def _without_tf32() -> None:
    """For each case, since a file that is loaded later may have chosen otherwise, and its values are judged."""
    torch.set_float32_matmul_precision("highest")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False


def _on_cuda(program: Program, impl: Any, inputs: Node, seed: int) -> bytes:
    @contextlib.contextmanager
    def session() -> Iterator[None]:
        _without_tf32()
        torch.cuda.manual_seed(seed)
        yield
        torch.cuda.synchronize()  # so that an error of this case's kernels is this case's

    return run_case(
        program, impl, inputs, seed, Device("cuda", lambda tensor: _to_cuda(tensor), None, session)
    )


def _to_cuda(tensor: torch.Tensor) -> torch.Tensor:
    """A copy on the card with the same strides: all of the storage is copied, gaps and overlaps included."""
    flat = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
    placed: torch.Tensor = flat.cuda().as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())
    return placed
