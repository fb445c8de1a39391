"""A small warm process that runs a text in a fork of itself, confined by the real layers, some left out.

It stands in for zygote and worker, so that a layer can be tested alone and its effect read directly. A text
finds its targets in the dictionary `T`; its last word is the variable `outcome`, plain data.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import grader.sandbox.probe  # noqa: F401 - warm, as in a zygote: a worker cannot read the project
from grader.sandbox.inside.confine import LAYERS, Policy, confine, prepare
from grader.sandbox.limits import Limits

PROJECT = Path(__file__).resolve().parents[2]
SCRATCH_PREFIX = "grader-boundary-"


@dataclass(frozen=True)
class Ran:
    """How a text ended: what it left in `outcome`, or the exception's text, or the signal that ended it."""

    outcome: Any
    error: str | None
    signal: int | None
    applied: tuple[str, ...]
    missing: dict[str, str]
    level: str
    output: str
    exit_status: int | None


class Harness:
    """The warm process; `run` may be called often."""

    def __init__(self) -> None:
        environment = {"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment | {"GRADER_SECRET": "the environment's canary"},
            text=True,
            cwd="/",
        )

    def run(
        self,
        text: str,
        *,
        off: frozenset[str] | set[str] | str = frozenset(),
        targets: dict[str, str] | None = None,
        limits: Limits | None = None,
        readable: tuple[str, ...] = (),
        files: dict[str, str] | None = None,
        seconds: float = 20,
        landlock_abi: int | None = None,
        devices: str = "cpu",
    ) -> Ran:
        """Run `text` in a fresh scratch folder that holds `files`; `off="all"` leaves out every layer."""
        scratch, data = tempfile.mkdtemp(prefix=SCRATCH_PREFIX), tempfile.mkdtemp(prefix=SCRATCH_PREFIX)
        for name, content in (files or {}).items():
            Path(data, name).write_text(content)
            Path(scratch, name).symlink_to(Path(data, name))
        left_out = LAYERS if off == "all" else tuple(off)
        order = {
            "text": text,
            "off": left_out,
            "targets": targets or {},
            "limits": asdict(limits or Limits()),
            "readable": (*readable, data),
            "scratch": scratch,
            "seconds": seconds,
            "landlock_abi": landlock_abi,
            "devices": devices,
        }
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return Ran(**json.loads(self._process.stdout.readline()))
        finally:
            shutil.rmtree(scratch)
            shutil.rmtree(data)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def _serve() -> None:
    import numpy.random  # noqa: F401
    import torch

    torch.nn.Linear(2, 1)(torch.ones(3, 2)).sum().backward()
    prepared = prepare(Policy())
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line), prepared)), flush=True)


def _run(order: dict[str, Any], prepared: Any) -> dict[str, Any]:
    reading, writing = os.pipe()
    output = os.memfd_create("output")
    pid = os.fork()
    if pid == 0:
        try:
            _child(order, prepared, writing, output)
        finally:
            os._exit(70)
    os.close(writing)
    said = _read_all(reading, order["seconds"])
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL if said is None else 0)
    _, status = os.waitpid(pid, 0)
    printed = os.pread(output, 4096, 0).decode("utf-8", "replace")
    os.close(output)
    words = [json.loads(word) for word in (said or "").splitlines()]
    confined, ended = [*words, {}, {}][:2]
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    exited = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
    seen = {"signal": number, "exit_status": exited, "output": printed}
    nothing = {"outcome": None, "error": None, "applied": (), "missing": {}, "level": "C"}
    return nothing | confined | ended | seen


def _read_all(descriptor: int, seconds: float) -> str | None:
    parts = b""
    while select.select([descriptor], [], [], seconds)[0]:
        part = os.read(descriptor, 65536)
        if not part:
            os.close(descriptor)
            return parts.decode()
        parts += part
    os.close(descriptor)
    return None


def _child(order: dict[str, Any], prepared: Any, channel: int, output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.setsid()
    os.chdir(order["scratch"])
    policy = Policy(
        limits=Limits(**order["limits"]),
        readable=tuple(order["readable"]),
        writable=(order["scratch"],),
        keep_fds=(channel,),
        devices=order["devices"],
        off=frozenset(order["off"]),
    )
    if order["landlock_abi"] is not None:  # what an older kernel would know
        prepared = replace(prepared, landlock_abi=min(order["landlock_abi"], prepared.landlock_abi))
    applied = confine(policy, prepared)
    os.environ.clear()
    os.environ.update(HOME=order["scratch"], TMPDIR=order["scratch"], PATH="/usr/bin:/bin")
    os.write(channel, json.dumps(asdict(applied)).encode() + b"\n")
    names: dict[str, Any] = {"__name__": "attack", "T": order["targets"], "outcome": None}
    try:
        exec(compile(order["text"], "attack.py", "exec"), names)
        said = {"outcome": names["outcome"]}
    except BaseException as error:
        said = {"error": f"{type(error).__name__}: {error}"[:500]}
    sys.stdout.flush()
    os.write(channel, json.dumps(said, default=repr).encode() + b"\n")
    os._exit(0)


if __name__ == "__main__":
    _serve()
