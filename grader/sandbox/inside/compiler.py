"""Keep torch's compiler out of processes that compile nothing.

Making the first optimizer imports `torch._dynamo`, only to be told that a function shall not be compiled: a second of
CPU time and 100 MB in each process. A stand-in answers that; anything else that is asked of it imports the real one.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from typing import Any

import torch

_NAME = "torch._dynamo"


class _Deferred(types.ModuleType):
    """Stands in for `torch._dynamo` until something of it is really needed."""

    @staticmethod
    def disable(function: Any = None, *_: Any, **__: Any) -> Any:
        """The function itself: nothing is compiled here."""
        return (lambda other: other) if function is None else function

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        """Nothing: there is no graph."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_real(), name)


class _Parts(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Puts the real one in place when a part of it is imported, as `torch.use_deterministic_algorithms` does."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not (fullname.startswith(f"{_NAME}.") and isinstance(sys.modules.get(_NAME), _Deferred)):
            return None
        real = _real()
        if fullname in sys.modules:  # it has imported this part itself
            return importlib.util.spec_from_loader(fullname, self)
        return importlib.machinery.PathFinder.find_spec(fullname, real.__path__)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return sys.modules[spec.name]

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing: it has run."""


def _real() -> types.ModuleType:
    sys.modules.pop(_NAME, None)
    vars(torch).pop("_dynamo", None)
    return importlib.import_module(_NAME)


def keep_compiler_out() -> None:
    """Install the stand-in, unless the compiler is there already."""
    if _NAME not in sys.modules:
        stand_in = _Deferred(_NAME)
        stand_in.__path__ = []
        sys.modules[_NAME] = stand_in
        torch._dynamo = stand_in
        sys.meta_path.insert(0, _Parts())
