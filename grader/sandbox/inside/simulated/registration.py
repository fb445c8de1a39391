"""Making the device known to torch: a name, hooks, and kernels; once a process, and for good."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from grader.sandbox.inside.simulated import device
from grader.sandbox.inside.simulated.device import DEVICE_NAME
from grader.sandbox.inside.simulated.errors import Unsupported
from grader.sandbox.inside.simulated.run import run

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

_libraries: list[Any] = []  # torch forgets the kernels of a library that is gone


@cache
def available() -> str | None:
    """Register the device with torch, once a process; None when it can be used, else the reason why not.

    The place for it is the zygote: 6 ms there, but up to 60 ms in a fresh fork, since torch rewrites its
    table of operators and all pages of that have to be copied. It changes no ordinary work but for this:
    where code asks for torch's accelerator and not whether it is available, it is told "simulated".

    The backward pass comes first so that torch's autograd engine starts its device threads while there is no
    device, that is none at all, and nothing forks with threads; `simulation` then keeps every backward pass
    in the calling thread.
    """
    reason = _missing()
    if reason is not None:
        return reason
    torch.ones((), requires_grad=True).backward()
    _install_kernels()
    _register()
    if not device.is_simulated(device.on_device(torch.ones(1))):
        return f"torch {torch.__version__} doesn't let a tensor's device be chosen"
    return None


def _missing() -> str | None:
    version = torch.__version__
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is not None and accelerator.is_available():
        return "this machine has a real device, which is used instead"
    name = torch._C._get_privateuse1_backend_name()
    if name != "privateuseone":
        return f"torch's place for an own device is taken by '{name}'"
    from torch.utils import backend_registration

    parts = [
        getattr(backend_registration, "_setup_privateuseone_for_python_backend", None),
        getattr(torch._C, "_acc", None),
        getattr(torch._C, "_to_dlpack", None),
        getattr(torch.library.Library, "fallback", None),
    ]
    if None in parts:
        return f"torch {version} can't register a device from Python (2.13 can)"
    return None


def _register() -> None:
    from torch.utils import backend_registration

    hooks: Any = torch._C._acc.PrivateUse1Hooks

    class Hooks(hooks):  # type: ignore[misc]
        def is_available(self) -> bool:
            return device.module.active

        def is_built(self) -> bool:
            return True

        def has_primary_context(self, device_index: int) -> bool:
            return True

    setup: Any = backend_registration._setup_privateuseone_for_python_backend
    setup(DEVICE_NAME, backend_module=device.module, hook=Hooks())


def _install_kernels() -> None:
    open_library: Any = torch.library.Library
    everything, aten = open_library("_", "IMPL"), open_library("aten", "IMPL")
    everything.fallback(_fall_back, "PrivateUse1")
    for name in _PAST_THE_MODE:
        packet, _, overload = name.partition(".")
        func = getattr(getattr(torch.ops.aten, packet), overload or "default")
        aten.impl(name, _kernel(func), "PrivateUse1")
    _libraries.extend([everything, aten])


def _fall_back(func: Any, *args: Any, **kwargs: Any) -> Any:
    """For what torch does with its modes switched off, as in printing."""
    return run(func, args, kwargs)


def _kernel(func: Any) -> Any:
    return lambda *args, **kwargs: run(func, args, kwargs)


def require() -> None:
    """Register the device, or raise Unsupported with the reason why not."""
    reason = available()
    if reason is not None:
        raise Unsupported(reason)
