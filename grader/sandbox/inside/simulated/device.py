"""The simulated device: what it is for torch, and tensors that change sides without moving.

A tensor on the device is a plain `torch.Tensor` whose memory is ordinary memory: torch is told, through a
DLPack capsule whose device field we rewrite, that it lies elsewhere. So types, parameters, storages, views
and version counters are torch's own, and every kernel that the device needs is the CPU's, run on an alias of
the same memory.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch

DEVICE_NAME = "simulated"
_CPU, _EXTENSION = 1, 12  # kDLCPU, kDLExtDev of the DLPack standard
_DEVICE_FIELD = 8  # offset of `device.device_type` in a DLTensor: it follows the data pointer
_DEVICE_SEED = 0x5EED_0DE1

_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
_int32_at = ctypes.c_int32.from_address
_to_dlpack: Any = getattr(torch._C, "_to_dlpack", None)
_from_dlpack: Any = getattr(torch._C, "_from_dlpack", None)
_cpu_kernels = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
_as_strided = torch.ops.aten.as_strided.default
_set_storage = torch.ops.aten.set_.source_Storage_storage_offset

# Random numbers on a device come from a generator of its own, so the same seed gives other numbers than on
# the CPU.
generator = torch.Generator()


class _DeviceModule:
    """What `torch.simulated` offers. The device counts as available only while a simulation is on."""

    active = False

    def is_available(self) -> bool:
        return self.active

    def is_initialized(self) -> bool:
        return True

    def device_count(self) -> int:
        return int(self.active)

    def current_device(self) -> int:
        return 0

    def _is_in_bad_fork(self) -> bool:
        return False

    def manual_seed_all(self, seed: int) -> None:
        generator.manual_seed((seed ^ _DEVICE_SEED) & 0x7FFF_FFFF_FFFF_FFFF)


module = _DeviceModule()


def is_simulated(tensor: torch.Tensor) -> bool:
    """Does the tensor claim to be on the simulated device?"""
    return tensor.device.type == DEVICE_NAME


def on_device(tensor: torch.Tensor) -> torch.Tensor:
    """The same memory, said to be on the device; strides kept, storage beginning at entry 0."""
    return _flip(tensor, _EXTENSION)


def on_cpu(tensor: torch.Tensor) -> torch.Tensor:
    """The same memory, said to be on the CPU; strides kept, no graph, storage beginning at entry 0."""
    return _flip(tensor, _CPU)


def _flip(tensor: torch.Tensor, kind: int) -> torch.Tensor:
    capsule = _to_dlpack(tensor)
    _int32_at(_capsule_pointer(capsule, b"dltensor") + _DEVICE_FIELD).value = kind
    flipped: torch.Tensor = _from_dlpack(capsule)
    return flipped


def view_of(base: torch.Tensor, size: Any, stride: Any, offset: Any) -> torch.Tensor:
    """A view of a tensor on the device, by geometry. The CPU's kernel does it, since it touches no data."""
    view: torch.Tensor = _as_strided.redispatch(_cpu_kernels, base, size, stride, offset)
    return view


def set_storage(tensor: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    """Let a tensor on the device have the storage and geometry of another, in place."""
    return set_to(tensor, source.untyped_storage(), source.storage_offset(), source.size(), source.stride())


def set_to(tensor: torch.Tensor, storage: Any, offset: Any, size: Any, stride: Any) -> torch.Tensor:
    """Let a tensor on the device have this storage (of the device) and geometry, in place."""
    _set_storage.redispatch(_cpu_kernels, tensor, storage, offset, size, stride)
    return tensor
