"""The simulation while it is on: a dispatch mode, kernels for what goes past it, and three patches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.sandbox.inside.simulated import device, origin
from grader.sandbox.inside.simulated.device import DEVICE_NAME
from grader.sandbox.inside.simulated.errors import DeviceMismatch, Unsupported, unsupported_reason
from grader.sandbox.inside.simulated.execute import announce_generator, execute


class Simulation:
    """What a run on the device was: `unsupported` names the first operation that the simulation doesn't know.

    It is kept here because a submission may catch the exception; `mismatch` is the first refusal, for the
    same reason.
    """

    def __init__(self) -> None:
        self.unsupported: str | None = None
        self.mismatch: DeviceMismatch | None = None


# Called past the mode while it is on, where torch builds a tensor from Python numbers. Torch doesn't find a
# fallback then, so these have kernels of their own.
_PAST_THE_MODE = (
    "empty.memory_format",
    "empty_strided",
    "_copy_from",
    "as_strided",
    "view",
    "_local_scalar_dense",
)

_current: Simulation | None = None
_library: Any = None
_aten: Any = None


def _run(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return execute(func, args, kwargs)
    except Exception as error:
        _latch(error)
        raise


def _latch(error: BaseException) -> None:
    if _current is None:
        return
    reason = unsupported_reason(error)
    if reason is not None and _current.unsupported is None:
        _current.unsupported = reason
    if isinstance(error, DeviceMismatch) and _current.mismatch is None:
        _current.mismatch = error


class _Mode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return _run(func, args, kwargs or {})


def _fall_back(func: Any, *args: Any, **kwargs: Any) -> Any:
    """For what torch does with its modes switched off, as in printing."""
    return _run(func, args, kwargs)


_generator_type: Any = type(torch._C.Generator)


class _AnyGenerator(_generator_type):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, torch._C.Generator)


class _Generator(torch._C.Generator, metaclass=_AnyGenerator):
    """`torch.Generator` that can also be the device's: one on the CPU that counts as being there."""

    def __new__(cls, device: Any = "cpu") -> Any:
        if torch.device(device).type != DEVICE_NAME:
            return torch._C.Generator(device)
        make: Any = super().__new__
        made = make(cls, "cpu")
        announce_generator(made)
        return made

    def __init__(self, device: Any = "cpu") -> None:
        pass

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return torch.device(DEVICE_NAME, 0)


def _clone_storage(storage: torch.UntypedStorage) -> torch.UntypedStorage:
    """`deepcopy` copies storages; torch has no allocator for the device, and would crash."""
    if storage.device.type != DEVICE_NAME:
        cloned: torch.UntypedStorage = _ordinary_clone(storage)
        return cloned
    whole = device.set_to(
        device.on_device(torch.empty(0, dtype=torch.uint8)), storage, 0, [storage.nbytes()], [1]
    )
    return device.on_device(device.on_cpu(whole).clone()).untyped_storage()


_ordinary_clone: Any = torch.UntypedStorage.clone


@contextmanager
def simulation(is_students: origin.IsStudents | None = None) -> Iterator[Simulation]:
    """While this is on, tensors on the device compute, and meet others only as CUDA allows.

    `is_students(file name)` says whose lines are the submission's; without it all but torch's own are. A
    stray CPU tensor that was made by no line of the submission makes the run unsupported: then the check is
    to blame.
    """
    global _current
    if _current is not None:
        raise RuntimeError("a simulation is on already")
    reason = device.available()
    if reason is not None:
        raise Unsupported(reason)
    _install()
    with ExitStack() as stack:
        stack.enter_context(patch.object(torch, "Generator", _Generator))
        stack.enter_context(patch.object(torch.UntypedStorage, "clone", _clone_storage))
        stack.enter_context(patch.object(device.module, "active", True))
        stack.enter_context(_parameters_keep_their_identity())
        stack.enter_context(torch.autograd.set_multithreading_enabled(False))
        origin.watch(is_students)
        run = _current = Simulation()
        stack.callback(_end)
        stack.enter_context(_Mode())  # type: ignore[no-untyped-call]
        try:
            yield run
        except Exception as error:
            _latch(error)
            raise


def _end() -> None:
    global _current
    _current = None
    origin.watch(None)


def _kernel(func: Any) -> Any:
    return lambda *args, **kwargs: _run(func, args, kwargs)


def _install() -> None:
    """The kernels of the device, for good; no CPU tensor ever meets them."""
    global _library, _aten
    if _library is None:
        open_library: Any = torch.library.Library
        _library = open_library("_", "IMPL")
        _library.fallback(_fall_back, "PrivateUse1")
        _aten = open_library("aten", "IMPL")
        for name in _PAST_THE_MODE:
            packet, _, overload = name.partition(".")
            func = getattr(getattr(torch.ops.aten, packet), overload or "default")
            _aten.impl(name, _kernel(func), "PrivateUse1")


@contextmanager
def _parameters_keep_their_identity() -> Iterator[None]:
    """Let `module.to(device)` leave the same Parameter objects, as it does on CUDA."""
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        yield
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
