"""Attempts to break out, made by a worker that holds no submission yet: do the layers it reports really hold?

Each attempt is harmless where it succeeds. The trusted side prepares what they aim at and judges: `proof.py`.
This half runs inside and needs nothing but the standard library.
"""

import contextlib
import ctypes
import mmap
import os
import socket
import stat
from collections.abc import Callable

from grader.sandbox.limits import MIB

# As the zygote sets them.
OWN_VARIABLES = {"HOME", "TMPDIR", "PATH", "LANG", "LC_CTYPE", "PYTHONBREAKPOINT"} | {
    "CUDA_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_CACHE_DISABLE",
}

_PTRACE_SEIZE, _PTRACE_DETACH = 0x4206, 17
_NO_SUCH_PROGRAM = "/nonexistent"

Targets = dict[str, str]


def attempt_all(targets: Targets) -> list[str]:
    """Make every attempt; the names of those that succeeded."""
    return [name for name, (attempt, _) in ATTEMPTS.items() if _succeeds(attempt, targets)]


def _succeeds(attempt: Callable[[Targets], bool], targets: Targets) -> bool:
    try:
        return attempt(targets)
    except (OSError, MemoryError, ValueError):
        return False


def _reads_a_file(targets: Targets) -> bool:
    with open(targets["canary"]) as file:
        return bool(file.read())


def _lists_a_folder(targets: Targets) -> bool:
    return bool(os.listdir(targets["folder"]))


def _writes_a_file(targets: Targets) -> bool:
    with open(os.path.join(targets["folder"], "written"), "w") as file:
        return bool(file.write("x"))


def _removes_a_file(targets: Targets) -> bool:
    os.unlink(targets["removable"])
    return True


def _changes_a_mode(targets: Targets) -> bool:
    os.chmod(targets["canary"], 0o644)
    return True


def _reads_the_parents_memory(targets: Targets) -> bool:
    with open(f"/proc/{os.getppid()}/mem", "rb"):
        return True


def _reads_the_parents_environment(targets: Targets) -> bool:
    with open(f"/proc/{os.getppid()}/environ", "rb") as file:
        return bool(file.read())


def _connects_over_tcp(targets: Targets) -> bool:
    with socket.create_connection(("127.0.0.1", int(targets["tcp"])), timeout=1):
        return True


def _sends_over_udp(targets: Targets) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return bool(sender.sendto(b"x", ("127.0.0.1", int(targets["udp"]))))


def _connects_to_a_local_service(targets: Targets) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(targets["unix"])
        return True


def _starts_a_process(targets: Targets) -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _starts_a_program(targets: Targets) -> bool:
    """That there is no such program is answered only to those who may start one."""
    with contextlib.suppress(FileNotFoundError):
        os.execv(_NO_SUCH_PROGRAM, ["x"])
    return True


def _signals_the_parent(targets: Targets) -> bool:
    os.kill(os.getppid(), 0)
    return True


def _traces_the_parent(targets: Targets) -> bool:
    library, parent = ctypes.CDLL(None), os.getppid()
    if library.ptrace(_PTRACE_SEIZE, parent, None, None) != 0:
        return False
    library.ptrace(_PTRACE_DETACH, parent, None, None)
    return True


def _shares_memory(targets: Targets) -> bool:
    library, private = ctypes.CDLL(None), 0
    segment = library.shmget(private, mmap.PAGESIZE, 0o600)
    return bool(segment >= 0 and library.shmctl(segment, 0, None) == 0)  # IPC_RMID


def _takes_more_memory(targets: Targets) -> bool:
    """Reserved, never touched: enough for the kernel to refuse it, harmless where it does not."""
    more = (int(targets["memory_mib"]) + 64) * MIB
    mmap.mmap(-1, more, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    return True


def _sees_the_environment(targets: Targets) -> bool:
    return not set(os.environ) <= OWN_VARIABLES


def _holds_a_folder(targets: Targets) -> bool:
    """A folder that was left open is a way around every rule about paths."""
    return any(_is_a_folder(descriptor) for descriptor in range(3, 256))


def _is_a_folder(descriptor: int) -> bool:
    try:
        return stat.S_ISDIR(os.fstat(descriptor).st_mode)
    except OSError:
        return False


# Each attempt with the layers of which any single one stops it; none: what every worker does stops it.
ATTEMPTS: dict[str, tuple[Callable[[Targets], bool], frozenset[str]]] = {
    "reads a file": (_reads_a_file, frozenset({"landlock"})),
    "lists a folder": (_lists_a_folder, frozenset({"landlock"})),
    "writes a file": (_writes_a_file, frozenset({"landlock"})),
    "removes a file": (_removes_a_file, frozenset({"landlock"})),
    "changes a mode": (_changes_a_mode, frozenset({"seccomp", "uid"})),
    "reads its parent's memory": (_reads_the_parents_memory, frozenset({"landlock", "uid"})),
    "reads its parent's environment": (_reads_the_parents_environment, frozenset({"landlock", "uid"})),
    "connects over TCP": (_connects_over_tcp, frozenset({"seccomp"})),
    "sends over UDP": (_sends_over_udp, frozenset({"seccomp"})),
    "connects to a local service": (_connects_to_a_local_service, frozenset({"seccomp"})),
    "starts a process": (_starts_a_process, frozenset({"seccomp"})),
    "starts a program": (_starts_a_program, frozenset({"seccomp"})),
    "signals its parent": (_signals_the_parent, frozenset({"seccomp", "uid"})),
    "traces its parent": (_traces_the_parent, frozenset({"seccomp", "landlock", "uid"})),
    "shares memory": (_shares_memory, frozenset({"seccomp"})),
    "takes more memory": (_takes_more_memory, frozenset({"memory"})),
    "sees the environment": (_sees_the_environment, frozenset()),
    "holds a folder": (_holds_a_folder, frozenset({"descriptors"})),
}
