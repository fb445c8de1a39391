"""A device with real values that needs no GPU: finds device bugs on any laptop.

Once, in the zygote: `available()` registers the device, or gives a reason why it can't be had. In a worker:

    inputs = [place(x) for x in inputs]
    with simulation(is_students) as run:      # is_students(file name) -> bool
        result = program(...)
    run.unsupported                           # not None: the check is skipped, whatever came out

What the device says about a check that passed on the CPU is only this: an exception that `is_device_error`, a
result on another device than the reference's, or, where the submission hid an exception (`run.mismatch`), any
other failure. Then `origin_of` a stray result, or the exception itself, names the line that made the stray
tensor. All else is our doubt and skips the check: `unsupported_reason` of an exception, a submission that
`asks_for_cuda`, another value.
"""

from grader.sandbox.inside.simulated.device import DEVICE_NAME, is_simulated
from grader.sandbox.inside.simulated.errors import (
    DeviceMismatch,
    Origin,
    Unsupported,
    asks_for_cuda,
    is_device_error,
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
    "is_device_error",
    "is_simulated",
    "origin_of",
    "place",
    "simulation",
    "unsupported_reason",
]
