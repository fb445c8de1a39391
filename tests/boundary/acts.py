# ruff: noqa: E501 - the texts read best one to a line
# fmt: off
"""What the layers are tried with: short texts, each with the layers that stop it."""

import os
from dataclasses import dataclass

RAW = "import ctypes, os\nlib = ctypes.CDLL(None, use_errno=True)\n"


@dataclass(frozen=True)
class Act:
    """A text that sets `outcome` to something true where it gets through.

    `by` are the layers that stop it; it gets through only where all of them are left out.
    """

    name: str
    by: str
    text: str

    @property
    def layers(self) -> frozenset[str]:
        return frozenset(self.by.split())


def raw(name: str, by: str, call: str, harmless: str = "") -> Act:
    """A raw call by its number on x86_64; it gets through if it fails with anything but EPERM and ENOSYS."""
    text = f"{RAW}r = lib.syscall({call})\noutcome = r >= 0 or ctypes.get_errno() not in (1, 38)\n{harmless}"
    return Act(name, by, text)


PORTABLE = [
    # files
    Act("reads a file", "landlock", "outcome = open(T['canary']).read()"),
    Act("lists a folder", "landlock", "import os; outcome = os.listdir(T['folder'])"),
    Act("reads through a symlink of the grader's", "landlock", "outcome = open(T['link']).read()"),
    Act("climbs out of its folder", "landlock", "outcome = open(__import__('os').path.relpath(T['canary'])).read()"),
    Act("reads the project", "landlock", "outcome = open(T['project'] + '/pyproject.toml').read()"),
    Act("reads the users of the machine", "landlock", "outcome = open('/etc/passwd').read()"),
    Act("lists the temporary folder", "landlock", "import os; outcome = os.listdir('/tmp')"),
    Act("reads where its memory lies", "landlock", "outcome = open('/proc/self/maps').read()"),
    Act("writes a file", "landlock", "outcome = open(T['folder'] + '/new', 'w').write('x')"),
    Act("leaves a note in shared memory", "landlock", "outcome = open(T['shm'], 'w').write('x')"),
    Act("appends to a file", "landlock", "outcome = open(T['open_file'], 'a').write('x')"),
    Act("empties a file", "landlock", "open(T['open_file'], 'r+').truncate(0); outcome = True"),
    Act("removes a file", "landlock", "import os; os.unlink(T['removable']); outcome = True"),
    Act("makes a folder", "landlock", "import os; os.mkdir(T['folder'] + '/dir'); outcome = True"),
    Act(
        "makes a symlink",
        "landlock",
        "import os; os.symlink(T['canary'], 'link'); outcome = os.path.islink('link')",
    ),
    Act("makes a pipe with a name", "landlock seccomp", "import os; os.mkfifo('fifo'); outcome = True"),
    Act("links a file into its folder", "landlock scratch", "import os; os.link(T['canary'], 'mine'); outcome = True"),
    Act("moves a file away", "landlock scratch", "import os; os.rename(T['removable'], 'mine'); outcome = True"),
    # attributes of files, which Landlock leaves to seccomp
    Act("changes a mode", "seccomp uid", "import os; os.chmod(T['canary'], 0); outcome = True"),
    Act("changes a date", "seccomp uid", "import os; os.utime(T['canary'], (0, 0)); outcome = True"),
    Act("hides a mode change in a descriptor", "seccomp uid landlock",
        "import os; os.fchmod(os.open(T['canary'], os.O_RDONLY), 0); outcome = True"),
    # processes
    Act("forks", "seccomp", "import os\npid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0); outcome = 1"),
    Act("spawns", "seccomp landlock",
        "import os; outcome = os.posix_spawn('/bin/true', ['true'], {})"),
    Act("runs a program", "seccomp landlock",
        "import subprocess; outcome = subprocess.run(['/bin/echo', 'x'], capture_output=True).stdout"),
    Act("runs a shell", "seccomp landlock", "import os; outcome = os.system('exit 7') == 7 << 8"),
    Act("becomes a program", "seccomp",
        "import os\ntry: os.execv('/nonexistent', ['x'])\nexcept FileNotFoundError: outcome = True"),
    Act("starts a pool", "seccomp",
        "import multiprocessing as m\nif __name__ == 'attack':\n"
        " p = m.get_context('fork').Process(target=print); p.start(); p.join(); outcome = p.exitcode == 0"),
    # others
    Act("signals its parent", "seccomp landlock uid", "import os; os.kill(os.getppid(), 0); outcome = True"),
    Act("slows its parent down", "seccomp uid capabilities",
        "import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 0); outcome = True"),
    Act("pins its parent", "seccomp uid capabilities",
        "import os; p = os.getppid(); os.sched_setaffinity(p, os.sched_getaffinity(p)); outcome = True"),
    Act("has the kernel signal its parent", "seccomp", """
import fcntl, os, signal
r, w = os.pipe()
fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid()); outcome = fcntl.fcntl(r, fcntl.F_GETOWN) == os.getppid()
"""),
    Act("traces its parent", "seccomp landlock uid capabilities namespace", RAW +
        "p = os.getppid(); outcome = lib.ptrace(0x4206, p, None, None) == 0; lib.ptrace(17, p, None, None)"),
    Act("reads its parent's memory", "landlock uid capabilities namespace", "import os; open(f'/proc/{os.getppid()}/mem'); outcome = 1"),
    Act("reads its parent's environment", "landlock uid capabilities namespace",
        "import os; outcome = 'canary' in open(f'/proc/{os.getppid()}/environ').read()"),
    Act("reads its parent's arguments", "landlock",
        "import os; outcome = open(f'/proc/{os.getppid()}/cmdline').read()"),
    # the network and local services
    Act("connects over TCP", "seccomp landlock",
        "import socket; socket.create_connection(('127.0.0.1', int(T['tcp'])), 1); outcome = True"),
    Act("listens on TCP", "seccomp landlock", "import socket; outcome = bool(socket.create_server(('127.0.0.1', 0)))"),
    Act("sends over UDP", "seccomp",
        "import socket; outcome = socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', int(T['tcp'])))"),
    Act("talks to a local service", "seccomp",
        "import socket; socket.socket(socket.AF_UNIX).connect(T['unix']); outcome = True"),
    Act("opens an abstract socket", "seccomp", "import socket; socket.socket(socket.AF_UNIX).bind('\\0x'); outcome = 1"),
    Act("makes a pair of sockets", "seccomp", "import socket; outcome = bool(socket.socketpair())"),
    Act("asks the kernel by netlink", "seccomp", "import socket; outcome = bool(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))"),
    # memory and what may be left behind
    Act("takes much memory", "memory", "x = bytearray(1200 << 20); outcome = True"),
    Act("maps much memory", "memory", "import mmap; outcome = bool(mmap.mmap(-1, 2 << 30))"),
    Act("takes much memory in torch", "memory", "import torch; outcome = torch.empty(1 << 29).numel()"),
    Act("hides memory in a descriptor", "seccomp", "import os; outcome = os.memfd_create('x') > 0"),
    Act("shares memory for ever", "seccomp", RAW + "outcome = (s := lib.shmget(0, 4096, 0o600)) >= 0; lib.shmctl(s, 0, None)"),
    Act("writes a large file", "rlimits", "outcome = open('f', 'wb').write(bytes(70 << 20))"),
    Act("makes a large hole", "rlimits", "open('f', 'wb').truncate(1 << 40); outcome = True"),
    Act("fills its folder", "scratch", "for i in range(4): open(f'f{i}', 'wb').write(bytes(40 << 20))\noutcome = True"),
    Act("makes many files", "scratch", "for i in range(1100): open(f'f{i}', 'w').close()\noutcome = True"),
    Act("hides much in deleted files", "scratch", """
import os
files, written = [], 0
for i in range(4):
    files.append(open(f'f{i}', 'wb', buffering=0)); written += files[-1].write(bytes(40 << 20)); os.unlink(f'f{i}')
outcome = written == 160 << 20
"""),
    Act("opens many files", "rlimits", "f = [open('/dev/null') for _ in range(300)]; outcome = True"),
    Act("dumps its core", "rlimits", "import resource as r; outcome = r.getrlimit(r.RLIMIT_CORE)[1] != 0"),
    Act("starts many threads", "threads", """
import threading
threading.stack_size(65536)  # else the address space ends first
gate = threading.Event()
threads = [threading.Thread(target=gate.wait, daemon=True) for _ in range(90)]
for t in threads: t.start()
outcome = True
"""),
    # its own confinement
    Act("raises a limit", "seccomp", "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (9, 9)); outcome = True"),
    Act("gets capabilities in a namespace", "seccomp", RAW + "outcome = lib.unshare(0x10000000) == 0"),
    Act("outlives its parent", "seccomp", RAW + "outcome = lib.prctl(1, 0, 0, 0, 0) == 0"),
    Act("becomes dumpable", "seccomp", RAW + "outcome = lib.prctl(4, 1, 0, 0, 0) == 0"),
    Act("may be dumped", "undumpable uid", RAW + "outcome = lib.prctl(3, 0, 0, 0, 0) == 1"),
    Act("is not bound to its parent", "dies_with_parent",
        RAW + "s = ctypes.c_int(); lib.prctl(2, ctypes.byref(s), 0, 0, 0); outcome = s.value != 9"),
    Act("holds open folders", "descriptors", """
import os, stat
for fd in range(3, 256):
    try:
        if stat.S_ISDIR(os.fstat(fd).st_mode): outcome = True
    except OSError: pass
"""),
    Act("watches other folders", "seccomp", RAW + "outcome = lib.inotify_init1(0) >= 0"),
]  # fmt: skip

X86_64 = [
    raw("clone3", "seccomp", "435, None, 0"),
    raw("io_uring", "seccomp", "425, 1, None"),
    raw("bpf", "seccomp", "321, 0, None, 0"),
    raw("userfaultfd", "seccomp", "323, 1"),
    raw("keyctl", "seccomp", "250, 0, -3, 0"),
    raw("pidfd_open", "seccomp", "434, os.getppid(), 0"),
    raw("process_vm_readv", "seccomp", "310, os.getppid(), None, 0, None, 0, 0"),
    raw("mq_open", "seccomp", "240, b'/x', 0, 0, None"),
    raw("fchmodat2", "seccomp", "452, -1, b'', 0, 0x1000"),
    raw("open_by_handle_at", "seccomp", "304, -1, None, 0"),
    raw("setxattr", "seccomp", "188, b'.', b'user.x', b'', 0, 0"),
    raw("perf_event_open", "seccomp", "298, None, 0, -1, -1, 0"),
    raw("seccomp", "seccomp", "317, 2, 0, b'x'"),
    raw("a thread in a new namespace", "seccomp", "56, 0x10010f00 | 0x20000, 0, 0, 0, 0"),
]
RAW_CALLS = {act.name for act in X86_64}
ACTS = {act.name: act for act in PORTABLE + (X86_64 if os.uname().machine == "x86_64" else [])}
