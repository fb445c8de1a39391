"""The seccomp filter: which system calls a worker may make, as a BPF program built once and attached often.

It allows by default, so that a new C library, torch or CUDA does not fail an honest student, and refuses what
`syscalls.py` lists; calls newer than that list do not exist in a worker. The program is a binary search over
ranges of numbers: short paths, so the kernel, which tries every call when it is attached, is soon done.
Source: the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

import ctypes
import errno
import struct

from grader.sandbox.inside import kernel, syscalls
from grader.sandbox.inside.readable import Devices

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS

_LOAD, _RETURN = 0x20, 0x06
_JUMP, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x05, 0x15, 0x35, 0x45

_ARCHITECTURE = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the table; AUDIT_ARCH_...
_X32_BIT = 0x40000000  # the x32 variant would reach every refused call under another number

_CLONE_THREAD = 0x00010000
_CLONE_NEW_NAMESPACE = 0x7E020000
_THE_WORKER = 0x7A7A7A7A  # stands for the worker's process id until `attach` knows it

# What undoes a layer: PDEATHSIG, DUMPABLE, KEEPCAPS, SECCOMP, SECUREBITS, MM, CAP_AMBIENT, PTRACER
_PRCTL_REFUSED = (1, 4, 8, 22, 28, 35, 47, 0x59616D61)
# F_SETOWN, F_SETSIG and F_SETOWN_EX make the kernel send signals to others; F_NOTIFY watches folders
_FCNTL_REFUSED = (8, 10, 15, 1026)
# TIOCSTI and TIOCLINUX type into a terminal; FIOSETOWN and SIOCSPGRP are F_SETOWN again
_IOCTL_REFUSED = (0x5412, 0x541C, 0x8901, 0x8902)

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant
Program = list[Instruction]


class Filter:
    """A program in memory, ready to be attached after a fork."""

    def __init__(self, program: Program) -> None:
        self._bytes = bytearray(b"".join(struct.pack("HBBI", *instruction) for instruction in program))
        self._pid_at = [8 * i + 4 for i, instruction in enumerate(program) if instruction[3] == _THE_WORKER]
        self._buffer = (ctypes.c_char * len(self._bytes)).from_buffer(self._bytes)
        # struct sock_fprog: a 16-bit length, padding, a pointer
        header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(self._buffer))
        self._header = ctypes.create_string_buffer(header, len(header))

    def attach(self, pid: int) -> None:
        """Confine this thread for good; signals may then go to process `pid` alone. Needs no_new_privs."""
        for offset in self._pid_at:
            struct.pack_into("I", self._bytes, offset, pid)
        kernel.prctl_filter(self._header)


def build(machine: str = kernel.MACHINE, devices: Devices = "cpu") -> Filter:
    """The filter for this machine; raises `Unavailable` where its system calls are not known here."""
    return Filter(assemble(machine, devices))


def assemble(machine: str, devices: Devices = "cpu") -> Program:
    """The instructions: the architecture first, then a search for the call's number."""
    if machine not in _ARCHITECTURE:
        raise kernel.Unavailable(f"there is no filter for {machine}")
    column, architecture = _ARCHITECTURE[machine]
    right_machine = [(_LOAD, 0, 0, 4), (_IF_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL)]
    return [*right_machine, (_LOAD, 0, 0, 0), *_search(_ranges(_actions(column, devices)))]


def _actions(column: int, devices: Devices) -> dict[int, Program]:
    """What is done at each number of a refused or an examined call."""
    actions = {}
    for group in syscalls.REFUSED.values():
        for pair in syscalls.numbers(group).values():
            if (number := pair[column]) is not None:
                actions[number] = _answer(_EPERM)
    for name, pair in syscalls.numbers(syscalls.EXAMINED).items():
        if (number := pair[column]) is not None:
            actions[number] = _EXAMINATIONS[name]
    if devices == "cuda":
        for name, pair in syscalls.numbers(syscalls.CUDA).items():
            if (number := pair[column]) is not None:
                actions[number] = _ONLY_LOCAL if name == "socket" else _answer(_ALLOW)
    return actions


def _ranges(actions: dict[int, Program]) -> list[tuple[int, Program]]:
    """The first number of every range in which the same is done, ascending from 0."""
    starts = [(0, _answer(_ALLOW))]
    for number in range(syscalls.NEWEST + 1):
        action = actions.get(number, _answer(_ALLOW))
        if action != starts[-1][1]:
            starts.append((number, action))
    return [*starts, (syscalls.NEWEST + 1, _answer(_ENOSYS)), (_X32_BIT, _answer(_KILL))]


def _search(ranges: list[tuple[int, Program]]) -> Program:
    """Binary search; a jump of more than 255 instructions needs one of its own, which has no such bound."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _search(ranges[:middle]), _search(ranges[middle:])
    start = ranges[middle][0]
    if len(below) <= 255:
        return [(_IF_AT_LEAST, len(below), 0, start), *below, *above]
    return [(_IF_AT_LEAST, 0, 1, start), (_JUMP, 0, 0, len(below)), *below, *above]


def _answer(action: int) -> Program:
    return [(_RETURN, 0, 0, action)]


def _argument(index: int) -> int:
    """Offset of an argument's lower half in struct seccomp_data (both machines are little-endian)."""
    return 16 + 8 * index


def _unless(index: int, values: tuple[int, ...]) -> Program:
    """Allowed unless the argument is one of `values`."""
    tests = [(_IF_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [(_LOAD, 0, 0, _argument(index)), *tests, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]


def _only_null(index: int) -> Program:
    """Allowed only where the argument, a pointer, is null in both halves."""
    low, high = (_LOAD, 0, 0, _argument(index)), (_LOAD, 0, 0, _argument(index) + 4)
    allow, refuse = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)
    return [low, (_IF_EQUAL, 0, 3, 0), high, (_IF_EQUAL, 0, 1, 0), allow, refuse]


_ONLY_ITSELF: Program = [
    (_LOAD, 0, 0, _argument(0)),
    (_IF_EQUAL, 0, 1, _THE_WORKER),
    (_RETURN, 0, 0, _ALLOW),
    (_RETURN, 0, 0, _EPERM),
]
_ONLY_A_THREAD: Program = [
    (_LOAD, 0, 0, _argument(0)),
    (_IF_ANY_BIT, 0, 2, _CLONE_THREAD),
    (_IF_ANY_BIT, 1, 0, _CLONE_NEW_NAMESPACE),
    (_RETURN, 0, 0, _ALLOW),
    (_RETURN, 0, 0, _EPERM),
]
_ONLY_PROCESSOR_TIME: Program = [  # whose soft limit the worker sets for each step; the hard one stays
    (_LOAD, 0, 0, _argument(1)),
    (_IF_EQUAL, 0, 3, 0),  # RLIMIT_CPU
    (_LOAD, 0, 0, _argument(0)),
    (_IF_EQUAL, 0, 1, 0),  # of the calling process
    (_RETURN, 0, 0, _ALLOW),
    *_only_null(2),
]
_SEQPACKET = (
    0x5,
    0x805,
    0x80005,
    0x80805,
)  # alone, or not blocking, or closed on exec: a datagram needs no connect
_ONLY_LOCAL: Program = [
    (_LOAD, 0, 0, _argument(0)),
    (_IF_EQUAL, 0, 1 + len(_SEQPACKET), 1),  # AF_UNIX
    (_LOAD, 0, 0, _argument(1)),
    *[(_IF_EQUAL, len(_SEQPACKET) - i, 0, kind) for i, kind in enumerate(_SEQPACKET)],
    (_RETURN, 0, 0, _EPERM),
    (_RETURN, 0, 0, _ALLOW),
]
_EXAMINATIONS: dict[str, Program] = {
    "clone": _ONLY_A_THREAD,
    "clone3": _answer(_ENOSYS),  # its flags lie in memory, out of a filter's reach; libraries then use clone
    "kill": _ONLY_ITSELF,
    "tkill": _ONLY_ITSELF,
    "tgkill": _ONLY_ITSELF,
    "rt_sigqueueinfo": _ONLY_ITSELF,
    "rt_tgsigqueueinfo": _ONLY_ITSELF,
    "prctl": _unless(0, _PRCTL_REFUSED),
    "prlimit64": _ONLY_PROCESSOR_TIME,
    "ioctl": _unless(1, _IOCTL_REFUSED),
    "fcntl": _unless(1, _FCNTL_REFUSED),
    "sendto": _only_null(4),
}
