"""The few Linux calls that Python has no name for, through the C library that is loaded anyway."""

import ctypes
import os
import sys

LINUX = sys.platform == "linux"
MACHINE = os.uname().machine if hasattr(os, "uname") else "unknown"

SYS_CLOSE_RANGE = 436  # one number on every architecture since Linux 5.x
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_SLAVE = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 19

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

CAP_DAC_READ_SEARCH = 2

_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


class Unavailable(Exception):
    """This machine lacks a layer; the text says why."""


def syscall(number: int, *arguments: object) -> int:
    """The raw system call; raises `OSError` where the kernel refuses."""
    return _checked(_library().syscall(ctypes.c_long(number), *arguments))


def prctl(option: int, value: object = 0) -> int:
    """`prctl(option, value, 0, 0, 0)`; raises `OSError` where the kernel refuses."""
    zero = ctypes.c_ulong(0)
    second = ctypes.c_ulong(value) if isinstance(value, int) else value
    return _checked(_library().prctl(option, second, zero, zero, zero))


def prctl_filter(program: object) -> None:
    """Attach a seccomp program (`SECCOMP_MODE_FILTER` is 2) to this thread and all that it starts."""
    zero = ctypes.c_ulong(0)
    _checked(_library().prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), program, zero, zero))


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` name for new ones."""
    _checked(_library().unshare(ctypes.c_int(flags)))


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or change how a mount spreads."""
    texts = [text.encode() if text is not None else None for text in (source, target, kind, options)]
    _checked(_library().mount(*texts[:3], ctypes.c_ulong(flags), texts[3]))


def keep_capabilities(mask: int) -> None:
    """Give up every capability outside `mask` (bits of the lower 32), for good once there is no exec."""
    if MACHINE not in _SYS_CAPSET:
        raise Unavailable(f"no number for capset on {MACHINE}")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted, inheritable: first the lower 32 bits of each, then the upper.
    sets = (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)
    syscall(_SYS_CAPSET[MACHINE], header, sets)


def close_all_but(keep: set[int]) -> None:
    """Close every descriptor that is not in `keep`."""
    low = 0
    for fd in [*sorted(keep), 1 << 31]:
        if low < fd:
            syscall(SYS_CLOSE_RANGE, ctypes.c_uint(low), ctypes.c_uint(fd - 1), ctypes.c_uint(0))
        low = fd + 1


def _library() -> ctypes.CDLL:
    if _libc is None:
        raise Unavailable(f"{sys.platform} is not Linux")
    return _libc


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
