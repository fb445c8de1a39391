"""Running one operator during a simulation, and remembering what the submission could hide from us."""

from __future__ import annotations

from typing import Any

from grader.sandbox.inside.simulated.errors import DeviceMismatch, Origin, unsupported_reason
from grader.sandbox.inside.simulated.execute import execute


class Simulation:
    """What a run on the device was: `unsupported` names the first operation that the simulation doesn't know.

    It is kept here because a submission may catch the exception; `mismatch` is the first refusal, for the
    same reason. `drew` is the first line that drew from the device's own generator.
    """

    def __init__(self) -> None:
        self.unsupported: str | None = None
        self.mismatch: DeviceMismatch | None = None
        self.drew: Origin | None = None

    def remember(self, error: BaseException) -> None:
        """Keep what an exception says, if it is the first of its kind."""
        self.unsupported = self.unsupported or unsupported_reason(error)
        if isinstance(error, DeviceMismatch):
            self.mismatch = self.mismatch or error


_current: Simulation | None = None


def begin() -> Simulation:
    """Start remembering."""
    global _current
    if _current is not None:
        raise RuntimeError("a simulation is on already")
    _current = Simulation()
    return _current


def end() -> None:
    """Stop remembering."""
    global _current
    _current = None


def run(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`execute`, and what it raises is remembered."""
    try:
        return execute(func, args, kwargs)
    except Exception as error:
        if _current is not None:
            _current.remember(error)
        raise
