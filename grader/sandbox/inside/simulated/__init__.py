"""A device with real values that needs no GPU: finds device bugs on any laptop.

In the worker, after the ordinary checks:

    reason = available()                      # registers the device; a reason not to go on, or None
    inputs = [place(x) for x in inputs]
    with simulation(is_students) as run:      # is_students(file name) -> bool
        result = program(...)
    run.unsupported                           # not None: the check is skipped, whatever came out

A tensor that came out is a CPU tensor where `result.device` says so (then `origin_of(result)` may name the
line that made it), else `bring_back(result)` is its value. What was raised is the submission's unless
`unsupported_reason` of it names our reason; and a failure of a submission that `asks_for_cuda` is no evidence
either.
"""

from grader.sandbox.inside.simulated.device import DEVICE_NAME, is_simulated
from grader.sandbox.inside.simulated.errors import (
    DeviceMismatch,
    Origin,
    Unsupported,
    asks_for_cuda,
    unsupported_reason,
)
from grader.sandbox.inside.simulated.mode import simulation
from grader.sandbox.inside.simulated.origin import origin_of
from grader.sandbox.inside.simulated.placing import bring_back, place
from grader.sandbox.inside.simulated.registration import available
from grader.sandbox.inside.simulated.run import Simulation

__all__ = [
    "DEVICE_NAME",
    "DeviceMismatch",
    "Origin",
    "Simulation",
    "Unsupported",
    "asks_for_cuda",
    "available",
    "bring_back",
    "is_simulated",
    "origin_of",
    "place",
    "simulation",
    "unsupported_reason",
]
