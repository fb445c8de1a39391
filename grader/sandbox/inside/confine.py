"""Confinement of a worker in layers, after the fork and before the first byte of a submission is compiled.

Every layer is tried; what this machine lacks is recorded with its reason and the rest still holds. `prepare`
does in the zygote, once, what would else follow every fork. What each layer promises: docs/isolation.md.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from grader.sandbox.inside import kernel, landlock, seccomp
from grader.sandbox.inside.kernel import Unavailable
from grader.sandbox.inside.readable import (
    Devices,
    cuda_access,
    open_to_others,
    reachable_by_others,
    shared_access,
)
from grader.sandbox.limits import MIB, Limits

if sys.platform == "linux":
    import resource

Level = Literal["A", "B", "C"]

_THROW_AWAY_UIDS = range(61184, 65520)  # systemd's range for users that exist only while a service runs
_READ_ANY_FILE = 1 << kernel.CAP_DAC_READ_SEARCH
_LEFT_OUT = "left out by a test"
_CUDA_DATA = 2048 * MIB  # of a context and the libraries of kernels, before a submission computes anything


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one worker may do; paths are absolute.

    Attributes:
        readable: Files and folders it may read besides Python, its packages and the shared libraries.
        writable: Its own scratch folders, where it may also make and remove files; of what lay there before,
            only symbolic links are left (to data files that are `readable`).
        keep_fds: Descriptors that stay open besides 0, 1 and 2.
        off: Layers left out, for tests that show what a layer is good for; never in a real run.
    """

    limits: Limits = field(default_factory=Limits)
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    keep_fds: tuple[int, ...] = ()
    devices: Devices = "cpu"
    off: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Prepared:
    """What is looked up, opened and built once, before any fork."""

    zygote: int
    rules: dict[str, landlock.Rule]
    landlock_abi: int  # 0: none
    filter: seccomp.Filter | None
    problems: dict[str, str]
    open_to_others: bool  # a worker that becomes another user can still read what it needs


@dataclass(frozen=True)
class Applied:
    """The layers that hold, those that don't with the reason, and the level that follows."""

    applied: tuple[str, ...]
    missing: dict[str, str]
    level: Level


@dataclass
class _Worker:
    """What a layer gets to see: the wish, what was prepared, and the layers that hold already."""

    policy: Policy
    prepared: Prepared
    applied: list[str] = field(default_factory=list)

    @property
    def reads_any_file(self) -> bool:
        """Whether another user could not read all that a worker needs, so that it takes a capability."""
        return not (self.prepared.open_to_others and all(map(open_to_others, self.policy.readable)))


def prepare(policy: Policy) -> Prepared:
    """Build the filter and the rules that all workers share; called by their parent, before it forks any."""
    if not kernel.LINUX:
        return Prepared(os.getpid(), {}, 0, None, {}, False)
    problems: dict[str, str] = {}
    access = shared_access(policy.readable)
    abi, filter_ = 0, None
    try:
        abi = landlock.abi()
    except Unavailable as reason:
        problems["landlock"] = str(reason)
    try:
        filter_ = seccomp.build()
    except Unavailable as reason:
        problems["seccomp"] = str(reason)
    rules = {path: rule for path in access if abi and (rule := landlock.rule(path, access[path]))}
    return Prepared(os.getpid(), rules, abi, filter_, problems, all(map(open_to_others, access)))


def confine(policy: Policy, prepared: Prepared) -> Applied:
    """Apply every layer to this process, a fresh fork with one thread; one that is missing raises nothing."""
    if not kernel.LINUX:
        return Applied((), dict.fromkeys(LAYERS, f"{sys.platform} is not Linux"), "C")
    worker = _Worker(policy, prepared)
    missing: dict[str, str] = {}
    for name, layer in _LAYERS.items():
        try:
            if name in policy.off:
                raise Unavailable(_LEFT_OUT)
            layer(worker)
            worker.applied.append(name)
        except (Unavailable, OSError, ValueError) as reason:
            missing[name] = str(reason)
    if "landlock" in worker.applied:
        missing |= landlock.gaps(prepared.landlock_abi)
    return Applied(tuple(worker.applied), missing, level(worker.applied))


def level(applied: Sequence[str]) -> Level:
    """A: files, network, processes and memory enforced; B: files and processes; C: anything less."""
    if not {"landlock", "seccomp"} <= set(applied):
        return "C"
    return "A" if "memory" in applied else "B"


def _oom_score(worker: _Worker) -> None:
    """Where the machine runs out of memory, the kernel ends a worker before anything else."""
    with open("/proc/self/oom_score_adj", "wb", buffering=0) as file:
        file.write(b"1000")


def _memory(worker: _Worker) -> None:
    """The bare worker's address space (CUDA: its data) plus the budget; no child could double it."""
    budget = worker.policy.limits.memory_mib * MIB
    with open("/proc/self/statm", "rb", buffering=0) as file:
        pages = file.read(100).split()
    if worker.policy.devices == "cuda":  # CUDA reserves far more address space than it uses
        _lower("RLIMIT_DATA", int(pages[5]) * resource.getpagesize() + _CUDA_DATA + budget)
    else:
        _lower("RLIMIT_AS", int(pages[0]) * resource.getpagesize() + budget)


def _rlimits(worker: _Worker) -> None:
    """Processor time, file size, open files; nothing of a core dump, of message queues, of locked memory."""
    limits = worker.policy.limits
    # The worker sets the soft limit anew for the import and for what follows; this is the most for both.
    _lower("RLIMIT_CPU", limits.cpu_s, 2 * limits.cpu_s + 1)
    _lower("RLIMIT_FSIZE", limits.file_mib * MIB)
    _lower("RLIMIT_NOFILE", limits.open_files)
    for name in ("RLIMIT_CORE", "RLIMIT_MSGQUEUE", "RLIMIT_RTPRIO", "RLIMIT_NICE"):
        _lower(name, 0)


def _namespace(worker: _Worker) -> None:
    """A view of the mounts of its own, and where the grader is an ordinary user the right to mount in it."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_SLAVE)
        return
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "wb", buffering=0) as file:
            file.write(text.encode())


def _scratch(worker: _Worker) -> None:
    """A small file system in memory over each scratch folder: bounded as a whole, gone with the process."""
    if "namespace" not in worker.applied:
        raise Unavailable("needs a namespace for its mounts; the grader watches the folder's size instead")
    limits = worker.policy.limits
    options = f"size={limits.scratch_mib}m,nr_inodes={limits.scratch_files + 1},mode=700"
    for folder in worker.policy.writable:
        links = [(entry.path, os.readlink(entry.path)) for entry in os.scandir(folder) if entry.is_symlink()]
        is_current = os.path.samefile(folder, os.curdir)
        kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, options)
        for path, target in links:
            os.symlink(target, path)
        if is_current:
            os.chdir(folder)


def _uid(worker: _Worker) -> None:
    """Where the grader is root: a user that owns nothing but the scratch, a different one for each worker.

    A Python that other users cannot reach (one in root's home folder) is read with the one capability for it,
    which Landlock then confines to the same few files; without Landlock it is better to stay root with none.
    """
    if os.geteuid() != 0:
        raise Unavailable("only root can become another user")
    if not all(map(reachable_by_others, worker.policy.writable)):
        raise Unavailable("the folder that holds the scratch is closed to other users")
    if worker.reads_any_file:
        if not worker.prepared.landlock_abi or "landlock" in worker.policy.off:
            raise Unavailable("this Python is closed to other users, and no Landlock opens it safely")
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
    uid = _THROW_AWAY_UIDS[os.getpid() % len(_THROW_AWAY_UIDS)]
    for folder in worker.policy.writable:
        os.chown(folder, uid, uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _threads(worker: _Worker) -> None:
    """The kernel counts a user's threads together: this needs a user, or a namespace, of its own."""
    if os.geteuid() == 0:
        raise Unavailable("the kernel does not count root's threads")
    if not {"uid", "namespace"} & set(worker.applied):
        raise Unavailable("counted together with all other threads of this user, so not limited")
    _lower("RLIMIT_NPROC", worker.policy.limits.threads)


def _capabilities(worker: _Worker) -> None:
    """No capability but the reading one of `_uid`; those of root and of a namespace are gone for good."""
    kernel.keep_capabilities(_READ_ANY_FILE if "uid" in worker.applied and worker.reads_any_file else 0)


def _undumpable(worker: _Worker) -> None:
    """Other processes of the same user may not look into this one."""
    if worker.policy.devices == "cuda":  # a change of user has closed /proc/self to the process itself
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        raise Unavailable("CUDA has to read and write /proc/self")
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def _dies_with_parent(worker: _Worker) -> None:
    """After the change of user, which would undo it; a zygote that died before this line is noticed too."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker.prepared.zygote:
        os._exit(1)


def _no_new_privileges(worker: _Worker) -> None:
    """No set-uid program gives any back; Landlock and seccomp ask for it."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _landlock(worker: _Worker) -> None:
    """Files: what the zygote prepared, and its own scratch. TCP and signals where the kernel has them."""
    if not worker.prepared.landlock_abi:
        raise Unavailable(worker.prepared.problems["landlock"])
    own = dict.fromkeys(worker.policy.writable, landlock.SCRATCH)
    own |= {path: landlock.READ for path in worker.policy.readable if path not in worker.prepared.rules}
    if worker.policy.devices == "cuda":
        own |= cuda_access()
    rules = [rule for path, access in own.items() if (rule := landlock.rule(path, access))]
    landlock.restrict(worker.prepared.landlock_abi, [*worker.prepared.rules.values(), *rules])


def _descriptors(worker: _Worker) -> None:
    """Nothing that the zygote had open, the Landlock rules' folders among it."""
    kernel.close_all_but({0, 1, 2, *worker.policy.keep_fds})


def _seccomp(worker: _Worker) -> None:
    """System calls: no new process, no socket, no hand on others. Last: it refuses what the others needed."""
    if worker.prepared.filter is None:
        raise Unavailable(worker.prepared.problems["seccomp"])
    is_cuda = worker.policy.devices == "cuda"
    filter_ = seccomp.build(devices="cuda") if is_cuda else worker.prepared.filter
    filter_.attach(os.getpid())


def _lower(name: str, soft: int, hard: int | None = None) -> None:
    """Set a limit, never above what this process may have at most."""
    kind = getattr(resource, name)
    _, most = resource.getrlimit(kind)
    ceiling = most if most != resource.RLIM_INFINITY else max(soft, hard or 0)
    resource.setrlimit(kind, (min(soft, ceiling), min(soft if hard is None else hard, ceiling)))


_LAYERS: dict[str, Callable[[_Worker], None]] = {
    "oom_score": _oom_score,
    "memory": _memory,
    "rlimits": _rlimits,
    "namespace": _namespace,
    "scratch": _scratch,
    "uid": _uid,
    "threads": _threads,
    "capabilities": _capabilities,
    "undumpable": _undumpable,
    "dies_with_parent": _dies_with_parent,
    "no_new_privileges": _no_new_privileges,
    "landlock": _landlock,
    "descriptors": _descriptors,
    "seccomp": _seccomp,
}
LAYERS = tuple(_LAYERS)
