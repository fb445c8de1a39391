"""The devices that a check's program can run on."""

from __future__ import annotations

from grader.sandbox.inside.run import Device


class AbsentDeviceError(Exception):
    """This machine does not have the device; the message says why."""


class Simulated(Device):
    """A device that exists in name only; see `grader.sandbox.inside.simulated`."""

    def unsupported(self) -> str | None:
        """The operation that the simulation does not know, if one was met."""
        return None


def find(name: str) -> Device:
    """The device called `name`.

    Raises:
        AbsentDeviceError: It is not here.
    """
    raise AbsentDeviceError(f"there is no device {name!r} on this machine")
