"""The zygote: a process that has imported torch and the checks, and forks workers. It never runs a submission's line.

Started by exec with a clean environment, so that nothing of the grader is in its memory. It obeys one control socket.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from grader.sandbox.limits import Limits

# cuBLAS repeats its sums in the same order with a fixed workspace only; nothing is kept in a home folder.
VISIBLE_CARDS = "CUDA_VISIBLE_DEVICES"
CUDA_ENVIRONMENT = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8", "CUDA_CACHE_DISABLE": "1"}


class Spawn(msgspec.Struct, tag="spawn", array_like=True, frozen=True):
    """Fork a worker; its socket and the descriptor of its output come along."""

    scratch: str
    limits: Limits
    devices: Literal["cpu", "cuda"] = "cpu"
    readable: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()


class Twin(msgspec.Struct, tag="twin", array_like=True, frozen=True):
    """Fork another zygote like this one, which obeys the socket that comes along and ends when that closes."""


class Finish(msgspec.Struct, tag="finish", array_like=True, frozen=True):
    """Kill a worker and tell how it ended."""

    pid: int


class Spawned(msgspec.Struct, tag="spawned", array_like=True, frozen=True):
    """A worker's process number; 0 if none could be forked."""

    pid: int


class Finished(msgspec.Struct, tag="finished", array_like=True, frozen=True):
    """How a worker ended, as `os.wait4` says."""

    status: int
    cpu_s: float


Command = Spawn | Twin | Finish
Reply = Spawned | Finished


def load_programs(files: list[str]) -> dict[str, Callable[..., Any]]:
    """The programs of the checks in these files, by the checks' ids; all else in the files is forgotten."""
    from grader.sandbox.inside.forget import forget_all_but

    programs: dict[str, Callable[..., Any]] = {}
    for file in map(Path, files):
        assignment = load_assignment(file)
        found = {check.id: check.program for check in assignment.checks}
        found |= {figure.id: figure.program for part in assignment.exercises for figure in part.figures}
        forget_all_but(found.values(), sys.modules[_module_name(file)], assignment)
        programs |= found
    return programs


def _module_name(checks: Path) -> str:
    return f"assignments.{checks.parent.name}.checks"


def load_assignment(checks: Path) -> Any:
    """The `Assignment` that a `checks.py` defines."""
    from grader.exercise import Assignment

    name = _module_name(checks)
    spec = importlib.util.spec_from_file_location(name, checks)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return next(value for value in vars(module).values() if isinstance(value, Assignment))


def warm_up() -> None:
    """Do once what every worker would do first: lazy imports, first calls."""
    import numpy.random  # noqa: F401
    import torch

    settled = torch.nn.Linear(2, 1)
    if not torch.version.cuda:  # a fork after the autograd engine has started is bad on CUDA builds
        torch.optim.SGD(settled.parameters(), lr=0.1)
        settled(torch.ones(3, 2)).sum().backward()
    torch.nn.functional.mse_loss(torch.ones(2), torch.zeros(2))
    torch.randperm(3)
    torch.zeros(1).half()  # float16 and embedding_bag look at /proc/cpuinfo once, which a worker may not open


def main(arguments: list[str]) -> None:
    """Serve the control socket whose number is the first argument, with the checks of the other arguments' files."""
    control = socket.socket(fileno=int(arguments[0]))
    gc.disable()  # imports make no garbage, and a tenth of their time would go into looking for some
    from grader.sandbox.inside import devices, worker  # noqa: F401 - before any fork: a confined worker cannot import it
    from grader.sandbox.inside.confine import Policy, prepare
    from grader.sandbox.inside.run import settle_torch

    programs = load_programs(arguments[1:])
    settle_torch()
    devices.warm_up()  # registers the simulated device, which takes ten times as long after a fork
    warm_up()
    project = str(Path(__file__).resolve().parents[3])
    sys.path[:] = [entry for entry in sys.path if entry not in ("", project)]
    prepared = prepare(Policy())
    gc.collect()
    gc.freeze()
    gc.enable()
    _serve(control, programs, prepared)


def _serve(control: socket.socket, programs: Any, prepared: Any) -> NoReturn:
    """Greet, then obey until the other end closes."""
    control.send(msgspec.msgpack.encode(Spawned(os.getpid())))
    twins: list[int] = []
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 2**16, 2)
        if not message:
            _leave(twins)
        command: Command = msgspec.msgpack.decode(message, type=Command)
        if isinstance(command, Spawn):
            reply: Reply = Spawned(_fork(command, descriptors, programs, prepared))
        elif isinstance(command, Twin):
            pid = _fork_twin(control, socket.socket(fileno=descriptors[0]), programs, prepared)
            twins += [pid] * bool(pid)
            reply = Spawned(pid)
        else:
            reply = _finish(command.pid)
        control.send(msgspec.msgpack.encode(reply))


def _fork_twin(control: socket.socket, its_own: socket.socket, programs: Any, prepared: Any) -> int:
    """Fork a twin; its process number, 0 where that is impossible."""
    with its_own:
        try:
            pid = os.fork()
        except OSError:
            return 0
        if pid == 0:
            try:
                control.close()  # a twin that held it would hide this zygote's death
                _serve(its_own, programs, replace(prepared, zygote=os.getpid()))
            finally:
                os._exit(70)
        return pid


def _leave(twins: list[int]) -> NoReturn:
    """End, after the twins that are ending too, so that their computing time is counted with this process's."""
    deadline = time.monotonic() + 1.0
    for twin in twins:
        while os.waitpid(twin, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.005)
    os._exit(0)


def _finish(pid: int) -> Finished:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return Finished(status, usage.ru_utime + usage.ru_stime)


def _fork(command: Spawn, descriptors: list[int], programs: Any, prepared: Any) -> int:
    try:
        pid = os.fork()
    except OSError:
        pid = 0
    else:
        if pid == 0:
            _become_worker(command, descriptors, programs, prepared)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _environment_of(devices: Literal["cpu", "cuda"]) -> dict[str, str]:
    """What CUDA is told: the cards that the grader may use, or that there is none, so that nothing looks for one."""
    if devices == "cpu":
        return {VISIBLE_CARDS: ""}
    return CUDA_ENVIRONMENT | {name: os.environ[name] for name in (VISIBLE_CARDS,) if name in os.environ}


def _become_worker(command: Spawn, descriptors: list[int], programs: Any, prepared: Any) -> NoReturn:
    confined = False
    try:
        from grader.sandbox import wire
        from grader.sandbox.inside import worker
        from grader.sandbox.inside.confine import Policy, confine

        channel, output = descriptors
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(command.scratch)
        policy = Policy(
            limits=command.limits,
            readable=command.readable,
            writable=(command.scratch,),
            keep_fds=(channel,),
            devices=command.devices,
            off=command.off,
        )
        applied = confine(policy, prepared)
        of_devices = _environment_of(command.devices)
        os.environ.clear()
        os.environ["PYTHONBREAKPOINT"] = (
            "0"  # nobody is there to answer a breakpoint() that was left in a file
        )
        os.environ.update(
            {"HOME": command.scratch, "TMPDIR": command.scratch, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        )
        os.environ.update(of_devices)
        worker.capture_output(command.limits.output_kib * 1024)
        sock = socket.socket(fileno=channel)
        wire.send(sock, 0, wire.Ready(list(applied.applied), applied.missing, applied.level))
        confined = True
        worker.serve(sock, programs)
    except BaseException:
        if not confined:  # afterwards it is the submission's doing, and a student reads what is printed
            import traceback

            traceback.print_exc()
    finally:
        os._exit(70)


if __name__ == "__main__":
    main(sys.argv[1:])
