"""The simulation while it is on: a dispatch mode, and what torch needs to be told besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.sandbox.inside.simulated import device, origin
from grader.sandbox.inside.simulated.device import DEVICE_NAME
from grader.sandbox.inside.simulated.execute import announce_generator
from grader.sandbox.inside.simulated.registration import require
from grader.sandbox.inside.simulated.run import Simulation, begin, end, run


class _Mode(TorchDispatchMode):
    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Else torch imports its compiler at the first operation: a second, and a folder for its files."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return run(func, args, kwargs or {})


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
    require()
    device.module.manual_seed_all(torch.default_generator.initial_seed())
    with ExitStack() as stack:
        remembering = begin()
        stack.callback(end)
        stack.enter_context(_replaced(torch, "Generator", _Generator))
        stack.enter_context(_replaced(torch.UntypedStorage, "clone", _clone_storage))
        stack.enter_context(_replaced(device.module, "active", True))
        stack.enter_context(_replaced(origin, "is_students", is_students))
        stack.enter_context(_replaced(origin, "drew", None))
        stack.enter_context(_parameters_keep_their_identity())
        stack.enter_context(torch.autograd.set_multithreading_enabled(False))
        stack.enter_context(_Mode())  # type: ignore[no-untyped-call]
        try:
            yield remembering
        except Exception as error:
            remembering.remember(error)
            raise
        finally:
            remembering.drew = origin.as_origin(origin.drew)


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Give an object another attribute for a while; one that it inherits is inherited again afterwards."""
    own = vars(owner)
    before, had = own.get(name), name in own
    setattr(owner, name, value)
    try:
        yield
    finally:
        if had:
            setattr(owner, name, before)
        else:
            delattr(owner, name)


def _restore(parameter: Any, attributes: dict[str, Any]) -> None:
    """Give a parameter back what swapping its tensor took: its attributes, and the hooks on its gradient."""
    vars(parameter).update(attributes)
    for hooks in ("_backward_hooks", "_post_accumulate_grad_hooks"):
        if getattr(parameter, hooks):
            setattr(parameter, hooks, getattr(parameter, hooks))


@contextmanager
def _parameters_keep_their_identity() -> Iterator[None]:
    """Let `module.to(device)`, and nothing else, swap what its Parameter objects hold.

    On CUDA it leaves the same objects, on which an optimizer may have its hand already; here torch would make
    others.
    """
    ordinary: Any = torch.nn.Module._apply
    future = torch.__future__

    def apply(module: torch.nn.Module, *args: Any, **kwargs: Any) -> torch.nn.Module:
        before = future.get_swap_module_params_on_conversion()
        future.set_swap_module_params_on_conversion(True)
        attributes = [(parameter, dict(vars(parameter))) for parameter in module.parameters(recurse=False)]
        try:
            applied: torch.nn.Module = ordinary(module, *args, **kwargs)
            return applied
        finally:
            future.set_swap_module_params_on_conversion(before)
            for parameter, own in attributes:
                _restore(parameter, own)

    with _replaced(torch.nn.Module, "_apply", apply):
        yield
