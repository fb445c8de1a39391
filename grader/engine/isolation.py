"""Whether the machine keeps submissions away from itself as well as was asked for."""

from __future__ import annotations

from grader.errors import GraderError
from grader.model import IsolationInfo

LEVELS = "ABC"


class IsolationError(GraderError):
    """The isolation that was required is not to be had here."""


def demand_isolation(isolation: IsolationInfo, required: str) -> None:
    """Refuse to go on below the level that is required.

    Raises:
        IsolationError: The machine does not offer it.
    """
    if LEVELS.index(isolation.level) > LEVELS.index(required):
        lacks = "; ".join(f"{layer}: {reason}" for layer, reason in isolation.missing.items())
        raise IsolationError(
            f"Isolation {required} is required, this machine gives {isolation.level} ({lacks}). "
            "`grader doctor` says more; a lower --require-isolation grades all the same."
        )
