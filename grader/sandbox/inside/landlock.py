"""Landlock through the kernel's own interface: which files a process may open; no TCP, no signals to others.

Landlock restricts what is *opened* from then on; descriptors that are open stay usable. It covers neither
attributes (chmod, utime), nor stat, nor UDP and pathname sockets: the seccomp filter refuses those but stat.
Source: the kernel's Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

from grader.sandbox.inside import kernel

_SYS_CREATE_RULESET, _SYS_ADD_RULE, _SYS_RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_RESTRICT_SELF_LOG_SAME_EXEC_OFF = 1  # ABI 7: refusals are expected here and need no line in the audit log

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

READ = _READ_FILE | _READ_DIR
DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
SCRATCH = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_ON_A_FILE = DEVICE  # the kernel refuses a rule with any other right on what is no folder

Rule = tuple[int, int]  # an O_PATH descriptor, and what is allowed beneath it


def abi() -> int:
    """Version of the kernel's Landlock; raises `Unavailable` where it has none or it is switched off."""
    try:
        nothing, version = ctypes.c_void_p(None), ctypes.c_uint32(_CREATE_RULESET_VERSION)
        return kernel.syscall(_SYS_CREATE_RULESET, nothing, ctypes.c_size_t(0), version)
    except OSError as error:
        raise kernel.Unavailable(f"the kernel has no Landlock ({error.strerror})") from error


def gaps(version: int) -> dict[str, str]:
    """What Landlock of this ABI leaves to the other layers."""
    found = {}
    if version < 4:
        found["landlock_tcp"] = f"Landlock ABI {version} has no network rules; seccomp refuses every socket"
    if version < 6:
        found["landlock_scope"] = f"Landlock ABI {version} does not confine signals; seccomp refuses them"
    return found


def rule(path: str, access: int) -> Rule | None:
    """A rule for a path, `None` where it does not exist (a machine need not have every library folder)."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    is_folder = os.path.isdir(path)
    return fd, access if is_folder else access & _ON_A_FILE


def restrict(version: int, rules: Iterable[Rule]) -> None:
    """Confine this thread and all that it starts to `rules`; needs no_new_privs; nothing lifts it again."""
    handled = _handled(version)
    tcp, scoped = 0b11, 0b11  # bind and connect; abstract sockets and signals
    attributes = struct.pack("QQQ", handled, tcp, scoped)[: _attribute_bytes(version)]
    size, no_flags = ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    ruleset = kernel.syscall(_SYS_CREATE_RULESET, attributes, size, no_flags)
    kind = ctypes.c_int(_RULE_PATH_BENEATH)
    for fd, access in rules:
        beneath = struct.pack("=Qi", access & handled, fd)
        kernel.syscall(_SYS_ADD_RULE, ctypes.c_int(ruleset), kind, beneath, no_flags)
    flags = _RESTRICT_SELF_LOG_SAME_EXEC_OFF if version >= 7 else 0
    kernel.syscall(_SYS_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(flags))
    os.close(ruleset)


def _handled(version: int) -> int:
    """Every file right that this ABI knows: what is handled and not allowed by a rule is refused."""
    bits = 13 + (version >= 2) + (version >= 3) + (version >= 5)  # ABI 4 added the network alone
    return (1 << bits) - 1


def _attribute_bytes(version: int) -> int:
    return 8 if version < 4 else 16 if version < 6 else 24
