"""Run one check's program on one case: the same function on the reference's side and on the submission's."""

from __future__ import annotations

import contextlib
import os
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from grader.sandbox.inside.compiler import keep_compiler_out
from grader.values import Node, Raised, encode_observation, materialise

Program = Callable[..., Any]


@dataclass(frozen=True)
class Device:
    """Where the tensors of a case are put, and how observations come back; the plain CPU by default."""

    name: str = "cpu"
    place: Callable[[torch.Tensor], torch.Tensor] | None = None
    bring_back: Callable[[torch.Tensor], torch.Tensor] | None = None
    session: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext


CPU = Device()


def settle_torch() -> None:
    """Set torch once a process so that its answers repeat: one thread, fresh memory filled, no TF32."""
    keep_compiler_out()
    torch.set_num_threads(1)
    # Also fills torch.empty with NaN. The public function imports the compiler first, which takes seconds.
    torch._C._set_deterministic_algorithms(True, warn_only=True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if not torch.cuda.is_available():
        # Else every torch.manual_seed keeps a stack trace for each device that is not there: 1 ms, and a leak.
        for absent in (torch.cuda, torch.xpu, torch.mtia):
            absent._is_in_bad_fork = lambda: True  # type: ignore[attr-defined]


def fresh_environment(seed: int) -> None:
    """Undo what the case before may have left behind, and seed all generators."""
    torch._C._set_grad_enabled(True)
    if torch.get_default_dtype() is not torch.float32:
        torch.set_default_dtype(torch.float32)
    # A default device is a mode on this stack; to ask for it by name takes fifty times as long, for every case.
    if torch._C._len_torch_function_stack() and torch.get_default_device().type != "cpu":
        torch.set_default_device(None)
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)  # the global generator is what students use
    random.seed(seed)


def run_case(program: Program, impl: Any, inputs: Node, seed: int, device: Device = CPU) -> bytes:
    """The encoded observation of `program` on `impl` for one case; an exception is an observation too."""
    fresh_environment(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            values = materialise(inputs, device.place)
            with device.session():
                result = program(impl, **values)
        except BaseException as error:
            result = Raised.of(error)
        return encode_observation(result, device.bring_back)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop what staff's own code prints while a key is made."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


class Implementation:
    """What a program sees: the names of one module."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError(f"{name} is not defined") from None
