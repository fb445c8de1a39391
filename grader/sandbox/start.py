"""Start the zygote's process. Imports nothing heavy, so that a command can do it first and import torch meanwhile."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_DRIVER_FOLDERS = ("/usr/local/nvidia/lib64", "/usr/lib/wsl/lib")  # Kubernetes with a device plugin, WSL


@dataclass(frozen=True)
class Started:
    """A zygote's process, not yet ready, and our end of its control socket; a twin is nobody's process."""

    process: subprocess.Popen[bytes] | None
    control: socket.socket

    def end(self) -> bytes:
        """End it, with all its workers; its last words."""
        self.control.close()
        if self.process is None or self.process.stderr is None or self.process.stderr.closed:
            return b""
        try:
            self.process.wait(2)  # it leaves when the socket closes
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with self.process.stderr as words:
            os.set_blocking(words.fileno(), False)  # a twin holds it too and may live on
            return words.read() or b""


def clean_environment() -> dict[str, str]:
    """What the zygote sees of the environment: nothing but what makes its answers repeat."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "ATEN_CPU_CAPABILITY": "default",
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # half the pages to hand on at each fork; others ignore it
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        **_driver_folder(),
        **{name: os.environ[name] for name in ("CUDA_VISIBLE_DEVICES",) if name in os.environ},
    }


def _driver_folder() -> dict[str, str]:
    """Where the driver's libraries lie in some containers, whose own environment is all that says so."""
    found = [folder for folder in _DRIVER_FOLDERS if (Path(folder) / "libcuda.so.1").exists()]
    return {"LD_LIBRARY_PATH": ":".join(found)} if found else {}


def start_zygote(checks: Sequence[Path]) -> Started:
    """Start a zygote that will know the programs of these `checks.py` files."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-P", "-s", "-m", "grader.sandbox.inside.zygote", str(theirs.fileno())]
    process = subprocess.Popen(
        [*command, *map(str, checks)],
        env=clean_environment(),
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    theirs.close()
    return Started(process, ours)


def checks_files(names: Sequence[str] = (), folder: Path = PROJECT / "assignments") -> list[Path]:
    """The `checks.py` of these assignments, or of all; names that do not exist are left out."""
    wanted = names or sorted(path.parent.name for path in folder.glob("*/checks.py"))
    return [file for name in wanted if (file := folder / name / "checks.py").is_file()]
