"""The seccomp program of both machines, run by a small interpreter: only one of them can be attached here."""

import errno
import struct

import pytest

from grader.sandbox.inside import kernel, seccomp, syscalls
from grader.sandbox.inside.readable import Devices

ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN = {"x86_64": 0, "aarch64": 1}
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
HONEST = {  # read, write, mmap, futex, openat, exit_group, rt_sigaction, close
    "x86_64": (0, 1, 9, 202, 257, 231, 13, 3),
    "aarch64": (63, 64, 222, 98, 56, 94, 134, 57),
}
MACHINES = pytest.mark.parametrize("machine", ARCHITECTURE)


def answer(
    machine: str, number: int, *arguments: int, architecture: int | None = None, devices: Devices = "cpu"
) -> int:
    """What the program returns for one call."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture or ARCHITECTURE[machine], 0, *padded)
    program, at, word = seccomp.assemble(machine, devices), 0, 0
    while True:
        code, yes, no, constant = program[at]
        at += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            (word,) = struct.unpack_from("<I", data, constant)
        elif code == 0x05:
            at += constant
        else:
            holds = {0x15: word == constant, 0x35: word >= constant, 0x45: bool(word & constant)}[code]
            at += yes if holds else no


def number_of(name: str, machine: str) -> int:
    texts = [*syscalls.REFUSED.values(), syscalls.EXAMINED]
    return next(pairs[name][COLUMN[machine]] for text in texts if name in (pairs := syscalls.numbers(text)))


@MACHINES
def test_every_listed_call_is_refused(machine):
    for group in syscalls.REFUSED.values():
        for name, pair in syscalls.numbers(group).items():
            if (number := pair[COLUMN[machine]]) is not None:
                assert answer(machine, number) == EPERM, name


@MACHINES
def test_cuda_gets_local_sockets_that_nobody_can_reach(machine):
    """Its driver doesn't start where it can't make a file in memory, or bind its local socket."""
    allowed = ("memfd_create", "setsockopt", "bind", "listen")
    for name in allowed:
        assert answer(machine, number_of(name, machine), devices="cuda") == ALLOW, name
    for family, wanted in ((1, ALLOW), (2, EPERM), (10, EPERM), (16, EPERM)):  # AF_UNIX, INET, INET6, NETLINK
        assert answer(machine, number_of("socket", machine), family, 0x80005, devices="cuda") == wanted
    for kind in (1, 2, 3, 0x80001, 0x80002):  # a datagram reaches others without `connect`
        assert answer(machine, number_of("socket", machine), 1, kind, devices="cuda") == EPERM
    assert answer(machine, number_of("socket", machine), 1, 5, devices="cuda") == ALLOW
    for group in syscalls.REFUSED.values():
        for name, pair in syscalls.numbers(group).items():
            if (number := pair[COLUMN[machine]]) is not None and name not in (*allowed, "socket"):
                assert answer(machine, number, devices="cuda") == EPERM, name


@MACHINES
def test_no_number_is_listed_twice(machine):
    texts = [*syscalls.REFUSED.values(), syscalls.EXAMINED]
    pairs = [pair for text in texts for pair in syscalls.numbers(text).values()]
    numbers = [pair[COLUMN[machine]] for pair in pairs if pair[COLUMN[machine]] is not None]
    assert len(numbers) == len(set(numbers))


@MACHINES
def test_what_every_program_needs_is_allowed(machine):
    assert {answer(machine, number) for number in HONEST[machine]} == {ALLOW}


@MACHINES
def test_unknown_calls_and_architectures(machine):
    assert answer(machine, syscalls.NEWEST + 1) == ENOSYS
    assert answer(machine, 0x40000000) == KILL
    assert answer(machine, 0, architecture=0x40000003) == KILL  # 32-bit x86


@MACHINES
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x3D0F00,), ALLOW),  # what pthread_create passes
        ("clone", (0x11,), EPERM),  # what fork passes
        ("clone", (0x3D0F00 | 0x10000000,), EPERM),
        ("clone3", (), ENOSYS),
        ("kill", (seccomp._THE_WORKER, 6), ALLOW),
        ("kill", (1, 0), EPERM),
        ("kill", (2**64 - 1, 9), EPERM),
        ("tgkill", (seccomp._THE_WORKER, 7, 6), ALLOW),
        ("prctl", (15,), ALLOW),
        ("prctl", (1,), EPERM),
        ("prctl", (0x59616D61,), EPERM),
        ("prlimit64", (0, 0, 4096), ALLOW),
        ("prlimit64", (0, 7, 0, 4096), ALLOW),
        ("prlimit64", (0, 7, 4096), EPERM),
        ("prlimit64", (0, 7, 1 << 32), EPERM),
        ("prlimit64", (5, 0, 4096), EPERM),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), EPERM),
        ("fcntl", (3, 3), ALLOW),
        ("fcntl", (3, 8), EPERM),
        ("sendto", (3, 4096, 10, 0, 0), ALLOW),
        ("sendto", (3, 4096, 10, 0, 4096), EPERM),
        ("sendto", (3, 4096, 10, 0, 1 << 40), EPERM),
    ],
)
def test_arguments_decide(machine, name, arguments, expected):
    assert answer(machine, number_of(name, machine), *arguments) == expected


def test_other_machines_have_no_filter():
    with pytest.raises(kernel.Unavailable, match="riscv64"):
        seccomp.assemble("riscv64")
