"""The trusted half of the probe: prepare what a worker tries to reach, let it try, believe what arrived."""

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from grader.errors import GraderError
from grader.sandbox.limits import Limits
from grader.sandbox.probe import ATTEMPTS, Targets


class BrokenPromiseError(GraderError):
    """A layer of the confinement reports itself and does not hold."""

    def __init__(self, broken: tuple[str, ...]) -> None:
        self.broken = broken
        super().__init__(
            f"This machine does not confine as it says: a worker {', '.join(broken)}. Nothing was graded. "
            "Please report this, with what `grader doctor` prints."
        )


def prove(probe: Callable[[Targets], Collection[str]], applied: Collection[str], limits: Limits) -> None:
    """Have a worker that holds no submission try to break out; the arguments are `broken_promises`'.

    Raises:
        BrokenPromiseError: It got through where a layer that it reports should have stopped it.
    """
    if broken := broken_promises(probe, applied, limits):
        raise BrokenPromiseError(broken)


def broken_promises(
    probe: Callable[[Targets], Collection[str]], applied: Collection[str], limits: Limits
) -> tuple[str, ...]:
    """The attempts that succeeded although a layer that the worker reports should have stopped them.

    Args:
        probe: Has a worker call `attempt_all` and returns what it says.
        applied: The layers that this worker reports.
        limits: Its budgets.

    Empty is right. Otherwise no result of this machine is to be trusted: a layer that reports itself and does
    not hold is worse than one that is missing.
    """
    with bait(limits) as (targets, arrivals):
        succeeded = {*probe(targets), *arrivals()}
    return tuple(
        name for name, (_, layers) in ATTEMPTS.items() if name in succeeded and _forbidden(layers, applied)
    )


def _forbidden(layers: frozenset[str], applied: Collection[str]) -> bool:
    return not layers or not layers.isdisjoint(applied)


@contextlib.contextmanager
def bait(limits: Limits) -> Iterator[tuple[Targets, Callable[[], set[str]]]]:
    """What to aim at, and a function that says afterwards which attempts left a trace; gone at the end.

    The folder is open to every user: what keeps a worker out is to be its confinement, not a mode.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-probe-")))
        folder.chmod(0o777)
        canary, removable = folder / "canary", folder / "removable"
        canary.write_text(secrets.token_hex(16))
        removable.touch()
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(folder / "service"))
        os.chmod(folder / "service", 0o777)
        unix.listen()
        targets = {
            "folder": str(folder),
            "canary": str(canary),
            "removable": str(removable),
            "tcp": str(tcp.getsockname()[1]),
            "udp": str(udp.getsockname()[1]),
            "unix": str(folder / "service"),
            "memory_mib": str(limits.memory_mib),
        }

        def arrivals() -> set[str]:
            found = {
                "connects over TCP": _arrived(tcp.accept),
                "sends over UDP": _arrived(lambda: udp.recv(1)),
                "connects to a local service": _arrived(unix.accept),
                "writes a file": (folder / "written").exists(),
                "removes a file": not removable.exists(),
            }
            return {name for name, there in found.items() if there}

        for listener in (tcp, udp, unix):
            listener.setblocking(False)
        yield targets, arrivals


def _arrived(take: Callable[[], object]) -> bool:
    try:
        take()
    except BlockingIOError:
        return False
    return True
