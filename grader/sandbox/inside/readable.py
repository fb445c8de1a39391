"""Which files a worker may open though they are not its own: Python, its packages, shared libraries."""

import glob
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable
from typing import Literal

from grader.sandbox.inside import landlock

Devices = Literal["cpu", "cuda"]

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_PLAIN = ("/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom", "/dev/zero")
# What the driver and its libraries size themselves by, and where containers keep them.
_CUDA_READABLE = (
    "/proc/driver/nvidia",
    "/proc/driver/nvidia-uvm",
    "/proc/devices",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm/mmap_min_addr",
    "/proc/sys/vm/overcommit_memory",
    "/sys/bus/pci",
    "/sys/devices",
    "/usr/local/nvidia",
)
_CUDA_DEVICES = (
    "/dev/nvidia*",
    "/dev/nvidia-caps/*",
    "/dev/dxg",
)  # nvidiactl, nvidia0, nvidia-uvm, ...-tools


def shared_access(readable: Iterable[str]) -> dict[str, int]:
    """What every worker may open, as Landlock rights; the same for all, so the zygote prepares it once."""
    access = {path: landlock.READ for path in (*_python(), *_LIBRARIES, *_PLAIN, *readable)}
    access["/dev/null"] = landlock.DEVICE
    return access


def cuda_access() -> dict[str, int]:
    """What a worker that may use CUDA opens besides, its own entry of /proc among it: so not to be shared."""
    access = dict.fromkeys((*_CUDA_READABLE, "/proc/self"), landlock.READ)
    access |= {path: landlock.DEVICE for pattern in _CUDA_DEVICES for path in glob.glob(pattern)}
    access["/proc/self/task"] = landlock.READ | landlock.DEVICE  # the driver names its threads there
    return access


def open_to_others(path: str) -> bool:
    """Whether any user of the machine can read `path`; a path that does not exist hinders nobody."""
    real = os.path.realpath(path)
    if not os.path.exists(real):
        return True
    return bool(os.stat(real).st_mode & stat.S_IROTH) and reachable_by_others(real)


def reachable_by_others(path: str) -> bool:
    """Whether any user could open `path`, were it theirs: all that lies above lets them pass."""
    return all(os.stat(parent).st_mode & stat.S_IXOTH for parent in _parents(os.path.realpath(path)))


def _parents(path: str) -> list[str]:
    parents = []
    while path != os.path.dirname(path):
        path = os.path.dirname(path)
        parents.append(path)
    return parents


def _python() -> set[str]:
    """The standard library, the installed packages, and wherever torch and numpy came from."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {sysconfig.get_path(name) for name in names} | {os.path.join(sys.base_prefix, "lib")}
    imported = [sys.modules[name].__file__ for name in ("torch", "numpy") if name in sys.modules]
    return folders | {os.path.dirname(os.path.dirname(file)) for file in imported if file}
