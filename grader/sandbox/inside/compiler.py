"""Keep torch's compiler out of processes that compile nothing.

Making the first optimizer imports `torch._dynamo`, only to be told that a function shall not be compiled: a second of
CPU time and 100 MB in each process. A stand-in answers that; anything else that is asked of it imports the real one.
"""

from __future__ import annotations

import importlib
import sys
import types
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
        sys.modules.pop(_NAME, None)
        vars(torch).pop("_dynamo", None)
        return getattr(importlib.import_module(_NAME), name)


def keep_compiler_out() -> None:
    """Install the stand-in, unless the compiler is there already."""
    if _NAME not in sys.modules:
        stand_in = _Deferred(_NAME)
        stand_in.__path__ = []
        sys.modules[_NAME] = stand_in
        torch._dynamo = stand_in
