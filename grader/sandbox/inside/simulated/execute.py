"""One operator on the device: refuse what CUDA refuses, compute on aliases on the CPU, place the results."""

from __future__ import annotations

from typing import Any

import torch

from grader.sandbox.inside.simulated import device, origin
from grader.sandbox.inside.simulated.device import DEVICE_NAME
from grader.sandbox.inside.simulated.errors import DeviceMismatch, Unsupported
from grader.sandbox.inside.simulated.rules import VIEW, WRITTEN, Rule, rule_of

Arguments = tuple[Any, ...]
Keywords = dict[str, Any]
# By address, since torch hands us another Python object for the same generator; kept alive so that none is
# used again.
_device_generators: dict[int, torch.Generator] = {}


def announce_generator(generator: torch.Generator) -> None:
    """Count this generator among those of the device."""
    _device_generators[generator._cdata] = generator  # type: ignore[attr-defined]


def execute(func: Any, args: Arguments, kwargs: Keywords) -> Any:
    """What `func` gives; raises DeviceMismatch where CUDA would refuse, Unsupported where we can't tell."""
    found = _Tensors()
    found.search(args)
    found.search(kwargs.values())
    target = kwargs.get("device")
    to_device = target.type == DEVICE_NAME if target is not None else bool(found.placed)
    rule = rule_of(func)
    _check_generator(kwargs.get("generator"), to_device)
    if not found.placed and not to_device:
        return _on_cpu(func, args, kwargs, found)
    if found.strange or not rule.known:
        raise Unsupported(f"{func} is not known on the simulated device")
    special = _SPECIAL.get(rule.name)
    if special is not None:
        return special(func, args, kwargs)
    if found.placed and found.cpu:
        _check_mix(rule, args, kwargs, found)
    return _compute(func, rule, args, kwargs, to_device, found)


class _Tensors:
    """The tensors among the arguments of a call, by device."""

    __slots__ = ("cpu", "placed", "strange")

    def __init__(self) -> None:
        self.cpu: list[torch.Tensor] = []
        self.placed: list[torch.Tensor] = []
        self.strange = False

    def search(self, items: Any) -> None:
        for item in items:
            if isinstance(item, torch.Tensor):
                if item.layout is not torch.strided:
                    self.strange = True
                if item.is_cpu:
                    self.cpu.append(item)
                elif device.is_simulated(item):
                    self.placed.append(item)
                else:
                    self.strange = True
            elif isinstance(item, list | tuple):
                self.search(item)


def _on_cpu(func: Any, args: Arguments, kwargs: Keywords, found: _Tensors) -> Any:
    """Ordinary work; its results say which line made them, or what they were made from."""
    result = func(*args, **kwargs)
    note = next((note for note in map(origin.note_of, found.cpu) if note), None) or origin.here()
    _mark(result, note)
    return result


def _mark(result: Any, note: origin.Note) -> None:
    if isinstance(result, torch.Tensor):
        origin.mark(result, note)
    elif isinstance(result, list | tuple):
        for item in result:
            _mark(item, note)


def _compute(
    func: Any, rule: Rule, args: Arguments, kwargs: Keywords, to_device: bool, found: _Tensors
) -> Any:
    fresh_out = {n for n in rule.out if isinstance(kwargs.get(n), torch.Tensor) and kwargs[n].numel() == 0}
    cpu_args = [_alias(item) for item in args]
    cpu_kwargs = {
        n: torch.empty_like(v, device="cpu") if n in fresh_out else _alias(v) for n, v in kwargs.items()
    }
    if to_device and "device" in kwargs:
        cpu_kwargs["device"] = torch.device("cpu")
    on_own_stream = rule.draws and to_device and kwargs.get("generator") is None
    if on_own_stream:
        origin.note_draw()
    result = (_draw if on_own_stream else _call)(func, cpu_args, cpu_kwargs)
    for name in fresh_out:
        device.set_storage(kwargs[name], device.on_device(cpu_kwargs[name]))
    if rule.moves_geometry:
        _move_geometry(args[0], cpu_args[0])
    if not to_device:
        _mark(result, origin.here())
    if len(rule.returns) == 1:
        return _result(rule, rule.returns[0], result, args, kwargs, to_device)
    if isinstance(result, tuple):
        pairs = zip(rule.returns, result, strict=True)
        return tuple(_result(rule, returned, item, args, kwargs, to_device) for returned, item in pairs)
    return result


def _alias(item: Any) -> Any:
    if isinstance(item, torch.Tensor):
        return item if item.is_cpu else _cpu_alias(item)
    if isinstance(item, list | tuple):
        return [_alias(inner) for inner in item]
    return item


def _cpu_alias(tensor: torch.Tensor) -> torch.Tensor:
    try:
        return device.on_cpu(tensor)
    except (RuntimeError, BufferError, ValueError) as error:
        raise Unsupported(
            f"a tensor of {tensor.dtype} has no place on the simulated device: {error}"
        ) from error


def _place(tensor: torch.Tensor) -> torch.Tensor:
    try:
        return device.on_device(tensor)
    except (RuntimeError, BufferError, ValueError) as error:
        raise Unsupported(
            f"a tensor of {tensor.dtype} has no place on the simulated device: {error}"
        ) from error


def _call(func: Any, args: list[Any], kwargs: Keywords) -> Any:
    try:
        return func(*args, **kwargs)
    except NotImplementedError as error:
        raise Unsupported(
            f"{func} has no kernel on the CPU, which the simulated device computes with"
        ) from error


def _draw(func: Any, args: list[Any], kwargs: Keywords) -> Any:
    """Run with the device's random numbers, and leave the CPU's generator as it was."""
    ordinary = torch.default_generator.get_state()
    torch.default_generator.set_state(device.generator.get_state())
    try:
        return _call(func, args, kwargs)
    finally:
        device.generator.set_state(torch.default_generator.get_state())
        torch.default_generator.set_state(ordinary)


def _argument(key: int | str, args: Arguments, kwargs: Keywords, rule: Rule) -> Any:
    if isinstance(key, str):
        return kwargs.get(key)
    return args[key] if key < len(args) else kwargs.get(rule.positions[key])


def _result(
    rule: Rule, returned: Any, result: Any, args: Arguments, kwargs: Keywords, to_device: bool
) -> Any:
    kind, source, _ = returned
    if kind == WRITTEN:
        return _argument(source, args, kwargs, rule)
    if not to_device:
        return result
    base = _argument(source, args, kwargs, rule) if kind == VIEW else None
    if isinstance(base, torch.Tensor) and not base.is_cpu:
        return _views(base, result)
    return _placed(result)


def _placed(result: Any) -> Any:
    if isinstance(result, torch.Tensor):
        return _place(result)
    if isinstance(result, list | tuple):
        return [_placed(item) for item in result]
    return result


def _views(base: torch.Tensor, result: Any) -> Any:
    if isinstance(result, list | tuple):
        return [_views(base, item) for item in result]
    if result.dtype != base.dtype or result.is_conj() or result.is_neg():
        raise Unsupported("a view of another dtype is not known on the simulated device")
    return device.view_of(
        base, result.size(), result.stride(), base.storage_offset() + result.storage_offset()
    )


def _move_geometry(tensor: torch.Tensor, alias: torch.Tensor) -> None:
    """Give a tensor the size and strides that an operator such as `unsqueeze_` gave its alias."""
    offset = tensor.storage_offset() + alias.storage_offset()
    device.set_to(tensor, tensor.untyped_storage(), offset, alias.size(), alias.stride())


# --- what CUDA refuses


def _check_generator(generator: Any, to_device: bool) -> None:
    if generator is None:
        return
    of_device = generator._cdata in _device_generators
    if of_device != to_device:
        asked, given = (DEVICE_NAME, "cpu") if to_device else ("cpu", DEVICE_NAME)
        raise DeviceMismatch(f"Expected a '{asked}' device type for generator but found '{given}'")


def _check_mix(rule: Rule, args: Arguments, kwargs: Keywords, found: _Tensors) -> None:
    """Raise unless every CPU tensor is one that CUDA takes in its place."""
    if rule.name in ("copy_", "copy", "_copy_from", "_to_copy"):
        return
    for key in [*range(len(args)), *kwargs]:
        value = _argument(key, args, kwargs, rule)
        strays = _strays(value)
        if strays and key not in rule.cpu_welcome:
            for stray in strays:
                _check_stray(rule, stray, key in rule.written)
    if rule.name.startswith(("index", "_index", "_unsafe_index")) and args[0].is_cpu:
        raise _mismatch(
            "indices should be either on cpu or on the same device as the indexed tensor (cpu)", args[0]
        )


def _strays(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value] if value.is_cpu else []
    if isinstance(value, list | tuple):
        return [stray for item in value for stray in _strays(item)]
    return []


def _check_stray(rule: Rule, stray: torch.Tensor, written: bool) -> None:
    if stray.dim() == 0 and not written:
        if rule.scalars:
            return
        if rule.scalars is None:
            raise Unsupported(f"whether {rule.name} takes a 0-dimensional CPU tensor is not known")
    both = f"found at least two devices, {DEVICE_NAME}:0 and cpu!"
    raise _mismatch(f"Expected all tensors to be on the same device, but {both}", stray)


def _mismatch(message: str, stray: torch.Tensor) -> Exception:
    """A mismatch that names the line which made the tensor; not the student's where that line isn't."""
    where = origin.origin_of(stray)
    if where is not None and not where.by_student:
        return Unsupported(f"the check itself mixes devices: {message}")
    return DeviceMismatch(message, where)


# --- operators without a CPU kernel to ask


def _do_as_strided(func: Any, args: Arguments, kwargs: Keywords) -> Any:
    return func.redispatch(device._cpu_kernels, *args, **kwargs)


def _do_copy_from(func: Any, args: Arguments, kwargs: Keywords) -> torch.Tensor:
    source, target = args[:2]
    _alias(target).copy_(_alias(source))
    result: torch.Tensor = target
    return result


def _do_pack(func: Any, args: Arguments, kwargs: Keywords) -> Any:
    """The sizes of a packed sequence's batches stay on the CPU."""
    data, sizes = func(_alias(args[0]), *args[1:], **kwargs)
    return _place(data), sizes


def _do_set(func: Any, args: Arguments, kwargs: Keywords) -> torch.Tensor:
    if func is not torch.ops.aten.set_.source_Storage_storage_offset or args[1].device.type != DEVICE_NAME:
        raise Unsupported(f"{func} is not known on the simulated device")
    result: torch.Tensor = func.redispatch(device._cpu_kernels, *args, **kwargs)
    return result


_SPECIAL = {
    "as_strided": _do_as_strided,
    "as_strided_": _do_as_strided,
    "_copy_from": _do_copy_from,
    "_pack_padded_sequence": _do_pack,
    "set_": _do_set,
}
