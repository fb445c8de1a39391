"""What is known of each operator: what it writes and returns, and which CPU tensors it takes as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

FRESH, VIEW, WRITTEN = "fresh", "view", "written"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# CUDA takes any CPU tensor in these argument positions.
_CPU_WELCOME = {
    "index": (1,),
    "index_put": (1,),
    "index_put_": (1,),
    "_index_put_impl_": (1,),
    "_unsafe_index": (1,),
    "_unsafe_index_put": (1,),
    "copy_": (0, 1),
    "copy": (0, 1),
    "_copy_from": (0, 1),
    "_pack_padded_sequence": (1,),
    "_pad_packed_sequence": (1,),
    "_ctc_loss": (2, 3),
}
# It takes a 0-dimensional one in these, besides all that work entry by entry.
_SCALAR_WELCOME = _words("""
    masked_fill masked_fill_ fill fill_ index_fill index_fill_ index_put index_put_ _index_put_impl_
    rsub isclose mse_loss mse_loss_backward huber_loss smooth_l1_loss lerp lerp_ scalar_tensor
""")
# It takes none in these; what is in neither list is not decided here.
_SCALAR_REFUSED = _words("""
    stack cat dot mv mm addmm addmv bmm baddbmm binary_cross_entropy nll_loss_forward embedding gather
    scatter scatter_ scatter_add scatter_add_ index_select index_add index_add_ masked_select take
""")
# Kernels whose work is not on memory, or that make memory outside torch's allocators.
_UNKNOWN = _words("""
    resize_ resize_as_ _resize_output_ pin_memory _pin_memory _to_sparse
""")


@dataclass(frozen=True, slots=True)
class Rule:
    """How to run one operator."""

    name: str
    known: bool
    returns: tuple[tuple[str, int | str, bool], ...]  # kind, the argument that it is or views, a list?
    written: tuple[int | str, ...]
    out: tuple[str, ...]
    positions: tuple[str, ...]
    moves_geometry: bool
    takes_device: bool
    draws: bool
    cpu_welcome: tuple[int, ...]
    scalars: bool | None  # 0-dimensional CPU tensors: welcome, refused, or not known

    @property
    def is_view(self) -> bool:
        """Does any result share the memory of an argument that isn't written?"""
        return any(kind == VIEW for kind, _, _ in self.returns)


@cache
def rule_of(func: Any) -> Rule:
    """The rule of an operator, from its schema and tags."""
    schema = func._schema
    name = schema.name.split("::")[1]
    arguments = schema.arguments
    keys: list[int | str] = [a.name if a.kwarg_only else i for i, a in enumerate(arguments)]
    aliases = {
        s: key
        for a, key in zip(arguments, keys, strict=True)
        if a.alias_info
        for s in a.alias_info.before_set
    }
    written = tuple(k for a, k in zip(arguments, keys, strict=True) if a.alias_info and a.alias_info.is_write)
    tags = func.tags
    return Rule(
        name=name,
        known=func.namespace in ("aten", "prims", "prim") and name not in _UNKNOWN,
        returns=tuple(_return_kind(r, aliases) for r in schema.returns),
        written=written,
        out=tuple(a.name for a in arguments if a.is_out),
        positions=tuple(a.name for a in arguments if not a.kwarg_only),
        moves_geometry=torch.Tag.inplace_view in tags,
        takes_device=any(a.name == "device" for a in arguments),
        draws=torch.Tag.nondeterministic_seeded in tags,
        cpu_welcome=_CPU_WELCOME.get(name, ()),
        scalars=_scalars(name, tags),
    )


def _return_kind(result: Any, aliases: dict[str, int | str]) -> tuple[str, int | str, bool]:
    listed = "List" in str(result.type) or str(result.type).endswith("[]")
    info = result.alias_info
    if info is None:
        return FRESH, -1, listed
    source = next((aliases[s] for s in [*info.before_set, *info.after_set] if s in aliases), -1)
    return (WRITTEN if info.is_write else VIEW), source, listed


def _scalars(name: str, tags: Sequence[torch.Tag]) -> bool | None:
    if torch.Tag.pointwise in tags or name in _SCALAR_WELCOME or name.startswith("_foreach_"):
        return True
    return False if name in _SCALAR_REFUSED else None
