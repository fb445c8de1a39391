# ruff: noqa: E501 - a table: the texts read best one to a line
# fmt: off
"""Attacks on the grader as a student could hand them in, each with what it tries and what stops it.

`by` names layers of the confinement, any single one of which stops the attack: with all of them left out it must do
its `harm`. Where `by` is "border", what stops it is that verdicts are made in another process: the same text must then
do its harm in a grader that runs everything in one process, which compares in the way that `style` names.
"""

from dataclasses import dataclass

CTYPES = "import ctypes, os; C = ctypes.CDLL(None, use_errno=True)\n"
BORDER = "border"


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: What it tries, as a claim.
        by: The layers that stop it, or "border".
        harm: What it does where nothing stops it.
        text: Code, run in the function's call or on import; `T` holds its targets.
        style: How the naive grader compares, where the border stops it.
        fatal: Whether it takes its own file down with it, on import, so that the file's other exercises are lost too.
        partner: The text whose success is shown where the attack itself would harm this machine.
    """

    name: str
    by: str
    harm: str
    text: str
    at_import: bool = False
    style: str = "allclose"
    fatal: bool = False
    partner: str | None = None

    @property
    def layers(self) -> frozenset[str]:
        return frozenset() if self.by == BORDER else frozenset(self.by.split())


def reads(name: str, expression: str, by: str = "landlock", before: str = "") -> Attack:
    """Code that gets at the secret and prints it."""
    return Attack(name, by, "leaked", f"{before}print({expression})")


def writes(name: str, text: str, by: str = "landlock", harm: str = "changed") -> Attack:
    """Code that leaves something outside its folder."""
    return Attack(name, by, harm, text)


READING = [
    reads("opens a file", "open(T['canary']).read()"),
    reads("opens it by a raw descriptor", "os.read(os.open(T['canary'], os.O_RDONLY), 100)", before="import os\n"),
    reads("opens it as bytes backwards", "open(T['canary'], 'rb').read()[::-1].decode()"),
    reads("reads it by pathlib", "__import__('pathlib').Path(T['canary']).read_text()"),
    reads("maps it", "mmap.mmap(os.open(T['canary'], 0), 0, prot=mmap.PROT_READ)[:]", before="import mmap, os\n"),
    reads("reads it by numpy", "np.fromfile(T['canary'], dtype=np.uint8).tobytes()", before="import numpy as np\n"),
    reads("maps it by numpy", "np.memmap(T['canary'], mode='r')[:].tobytes()", before="import numpy as np\n"),
    reads("maps it by torch", "bytes(torch.from_file(T['canary'], size=30, dtype=torch.uint8).tolist())"),
    reads("loads weights by torch", "torch.load(T['torch_file'])"),
    reads("imports the hidden module", "importlib.machinery.SourceFileLoader('h', T['module']).load_module().SECRET", before="import importlib.machinery\n"),
    reads("puts its folder on the path", "hidden_module.SECRET", before="import sys; sys.path.insert(0, T['folder'])\nimport hidden_module\n"),
    reads("runs the hidden module", "runpy.run_path(T['module'])['SECRET']", before="import runpy\n"),
    reads("imports the reference", "runpy.run_path(T['reference'] + '/border.py')['SECRET']", before="import runpy\n"),
    reads("asks linecache", "linecache.getlines(T['module'])", before="import linecache\n"),
    reads("reads another student's submission", "open(T['other']).read()"),
    reads("searches the disk", "[open(f).read() for f in glob.glob(T['folder'] + '/**/*.py', recursive=True)]", before="import glob\n"),
    reads("climbs up from its folder", "open(os.path.relpath(T['canary'], os.getcwd())).read()", before="import os\n"),
    reads("goes by /proc/self/root", "open('/proc/self/root' + T['canary']).read()"),
    reads("changes its folder first", "open('canary.txt').read()", before="import os; os.chdir(T['folder'])\n"),
    reads("follows its own symlink", "open('link').read()", before="import os; os.symlink(T['canary'], 'link')\n"),
    reads("copies it first", "open('copy').read()", before="import shutil; shutil.copyfile(T['canary'], 'copy')\n"),
    reads("sends it to a file", "open('copy').read()", before="import os; i = os.open(T['canary'], 0); o = os.open('copy', 65, 0o600); os.sendfile(o, i, 0, 100)\n"),
    reads("archives it", "tarfile.open('t.tar').extractfile(T['canary'][1:]).read()", before="import tarfile\nwith tarfile.open('t.tar', 'w') as t: t.add(T['canary'])\n"),
    reads("opens it in C", "b.value.decode()", before=CTYPES + "b = ctypes.create_string_buffer(100); C.read(C.open(T['canary'].encode(), 0), b, 99)\n"),
    reads("opens it by the newest call", "os.read(C.syscall(437, -100, T['canary'].encode(), ctypes.create_string_buffer(24), 24), 100)", before=CTYPES),
    reads("hides it in an exception", "1", before="raise ValueError(open(T['canary']).read())\n"),
    reads("returns it", "1", before="return open(T['canary']).read()\n"),
    reads("hides it in a tensor's name", "1", before="x = {open(T['canary']).read(): x}\nreturn x\n"),
    reads("reads a neighbour's environment", "open(f\"/proc/{T['neighbour']}/environ\").read()", "landlock uid capabilities namespace"),
    reads("reads a neighbour's arguments", "open(f\"/proc/{T['neighbour']}/cmdline\").read()"),
    reads("reads a neighbour's memory", "f.read(30)", "landlock uid capabilities namespace", before="f = open(f\"/proc/{T['neighbour']}/mem\", 'rb'); f.seek(T['address'])\n"),
    reads(
        "reads a neighbour's memory by a call",
        "b.value.decode()",
        "seccomp landlock uid capabilities namespace",
        before=CTYPES
        + """
class V(ctypes.Structure): _fields_ = [('p', ctypes.c_void_p), ('n', ctypes.c_size_t)]
b = ctypes.create_string_buffer(100)
C.process_vm_readv(T['neighbour'], ctypes.byref(V(ctypes.addressof(b), 30)), 1, ctypes.byref(V(T['address'], 30)), 1, 0)
""",
    ),
    reads("reopens a neighbour's deleted file", "open(f\"/proc/{T['neighbour']}/fd/{T['descriptor']}\").read()", "landlock uid capabilities namespace"),
    reads("steals a neighbour's descriptor", "os.pread(C.syscall(438, C.syscall(434, T['neighbour'], 0), T['descriptor'], 0), 100, 0)", "seccomp landlock uid capabilities namespace", before=CTYPES),
    reads("goes by a neighbour's folder", "open(f\"/proc/{T['neighbour']}/cwd/border.py\").read()", "landlock uid capabilities namespace"),
]

WRITING = [
    writes("writes a file", "open(T['folder'] + '/new', 'w').write('x')"),
    writes("appends to a file", "open(T['canary'], 'a').write('x')"),
    writes("empties a file", "import os; os.truncate(T['canary'], 0)", "landlock seccomp"),
    writes("removes a file", "import os; os.unlink(T['canary'])"),
    writes("removes a folder", "import shutil; shutil.rmtree(T['folder'] + '/s1042')"),
    writes("renames a file", "import os; os.rename(T['canary'], T['canary'] + '2')"),
    writes("replaces another's submission", "open('mine', 'w').write('x'); import shutil; shutil.move('mine', T['other'])"),
    writes("makes a folder", "import os; os.mkdir(T['folder'] + '/d')"),
    writes("plants a symlink", "import os; os.symlink('/etc/passwd', T['folder'] + '/link')"),
    writes("plants a hard link", "import os; os.link(T['canary'], T['folder'] + '/link')"),
    writes("plants a pipe", "import os; os.mkfifo(T['folder'] + '/pipe')", "landlock seccomp"),
    writes("writes by numpy", "import numpy as np; np.save(T['folder'] + '/a.npy', np.ones(3))"),
    writes("writes by torch", "torch.save({'a': 1}, T['folder'] + '/a.pt')"),
    writes("writes by a database", "import sqlite3; sqlite3.connect(T['folder'] + '/d.db').execute('create table t (a)')"),
    writes("writes by a log", "import logging; logging.FileHandler(T['folder'] + '/log').emit(logging.makeLogRecord({'msg': 'x'}))"),
    writes("writes through a mapping", "import mmap, os; mmap.mmap(os.open(T['canary'], os.O_RDWR), 10)[0:1] = b'X'"),
    writes("links a nameless file", CTYPES + "f = os.open(T['folder'], os.O_TMPFILE | os.O_RDWR, 0o600); C.linkat(-100, f'/proc/self/fd/{f}'.encode(), -100, (T['folder'] + '/n').encode(), 0x400)", "landlock undumpable"),
    writes("writes from a thread", "import threading; t = threading.Thread(target=lambda: open(T['folder'] + '/t', 'w').write('x')); t.start(); t.join()"),
    writes("leaves a note in shared memory", "open(T['shm'], 'w').write('answers')"),
    writes("shares memory by name", "from multiprocessing import shared_memory as s; m = s.SharedMemory(create=True, size=10); m.close()"),
    writes("changes a mode", "import os; os.chmod(T['canary'], 0)", "seccomp uid"),
    writes("changes a mode by descriptor", "import os; os.fchmod(os.open(T['canary'], 0), 0)", "seccomp uid landlock"),
    writes("changes a mode by the newest call", CTYPES + "C.syscall(452, -100, T['canary'].encode(), 0, 0)", "seccomp uid"),
    writes("changes a date", "import os; os.utime(T['canary'], (0, 0))", "seccomp uid"),
    writes("marks a file", "import os; os.setxattr(T['canary'], 'user.x', b'x')", "seccomp"),
    writes("makes memory that stays", CTYPES + "C.shmget(0x626f7264, 4096, 0o1666)", "seccomp"),
    writes("makes a queue that stays", CTYPES + "C.msgget(0x626f7264, 0o1666)", "seccomp"),
    writes("makes a semaphore that stays", CTYPES + "C.semget(0x626f7264, 1, 0o1666)", "seccomp"),
]

SLEEP = "['/bin/sh', '-c', 'sleep 60 # ' + T['marker']]"
DAEMON = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)\n"
PROCESSES = [
    Attack("leaves a child", "seccomp", "left", DAEMON),
    Attack("leaves a daemon", "seccomp", "left", "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n    time.sleep(60)\n    os._exit(0)\n"),
    Attack("leaves a child on import", "seccomp", "left", f"try:\n    {DAEMON.strip().replace(chr(10), chr(10) + '    ')}\nexcept OSError: pass", at_import=True),
    Attack("forks by the C library", "seccomp", "left", CTYPES + "import time\nif C.fork() == 0:\n    C.setsid(); time.sleep(60)"),
    Attack("forks by a raw call", "seccomp", "left", CTYPES + "import time\nif C.syscall(57 if os.uname().machine == 'x86_64' else 220, 17, 0, 0, 0, 0) == 0:\n    C.setsid(); time.sleep(60)"),
    Attack("forks with a terminal", "seccomp landlock", "left", "import pty, signal, time; signal.signal(signal.SIGHUP, signal.SIG_IGN)\nif pty.fork()[0] == 0: time.sleep(60)"),
    Attack("starts a program", "seccomp landlock", "left", f"import subprocess; subprocess.Popen({SLEEP}, start_new_session=True)"),
    Attack("starts a shell", "seccomp landlock", "left", "import os; os.system('setsid sh -c \"sleep 60 # ' + T['marker'] + '\" >/dev/null 2>&1 &')"),
    Attack("spawns", "seccomp landlock", "left", f"import os; os.posix_spawn('/bin/sh', {SLEEP}, {{}}, setsid=True)"),
    Attack("becomes another program that writes", "seccomp landlock", "changed", "import os; os.execv('/bin/sh', ['sh', '-c', 'echo x > ' + T['folder'] + '/x'])"),
    Attack("runs a program from memory", "seccomp landlock", "changed", "import os; f = os.memfd_create('x', 0); os.write(f, open('/bin/dash', 'rb').read()); os.execve(f, ['sh', '-c', 'echo x > ' + T['folder'] + '/x'], {})"),
    Attack("starts a process of multiprocessing", "seccomp", "left", "import multiprocessing as m, time\np = m.get_context('fork').Process(target=time.sleep, args=(60,)); p.start()"),
    Attack("starts a pool", "seccomp landlock", "left", "from concurrent.futures import ProcessPoolExecutor as P; import multiprocessing as m, time\nP(2, m.get_context('fork')).submit(time.sleep, 60)\ntime.sleep(0.3)"),
    Attack("starts loader workers", "seccomp landlock", "left", "import torch.utils.data as d\nglobal it\nit = iter(d.DataLoader(list(range(9)), num_workers=2)); next(it)"),
    Attack("forks many times", "seccomp", "left", "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        os.setsid(); time.sleep(60); os._exit(0)"),
]

SIGNALS = "seccomp uid landlock"
NEIGHBOURS = [
    Attack("ends a neighbour", SIGNALS, "hurt", "import os; os.kill(T['neighbour'], 15)"),
    Attack("ends a neighbour's group", SIGNALS, "hurt", "import os; os.killpg(os.getpgid(T['neighbour']), 15)", partner="import os; os.kill(T['neighbour'], 15)"),
    Attack("ends everybody", SIGNALS, "hurt", "import os; os.kill(-1, 9)", partner="import os; os.kill(T['neighbour'], 9)"),
    Attack("stops a neighbour", SIGNALS, "hurt", "import os; os.kill(T['neighbour'], 19)"),
    Attack("stops its parent", SIGNALS, "broken", "import os; os.kill(os.getppid(), 0); os.kill(os.getppid(), 9)", partner="import os; os.kill(os.getppid(), 9)"),
    Attack("ends a neighbour's thread", SIGNALS, "hurt", CTYPES + "C.syscall(200 if os.uname().machine == 'x86_64' else 130, T['neighbour'], 15)"),
    Attack("queues a signal", SIGNALS, "hurt", CTYPES + "C.sigqueue(T['neighbour'], 15, None)"),
    Attack("signals by descriptor", SIGNALS, "hurt", "import os, signal; signal.pidfd_send_signal(os.pidfd_open(T['neighbour']), 15)"),
    Attack("has the kernel signal", SIGNALS, "hurt", "import fcntl, os\nr, w = os.pipe(); fcntl.fcntl(r, fcntl.F_SETOWN, T['neighbour']); fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC); os.write(w, b'x')"),
    Attack("traces a neighbour", "seccomp landlock uid capabilities namespace", "hurt", CTYPES + "import time\nC.ptrace(16, T['neighbour'], None, None); time.sleep(0.3)", partner=CTYPES + "import time\nC.ptrace(16, T['neighbour'], None, None); os.waitpid(T['neighbour'], 0); C.ptrace(17, T['neighbour'], None, 19)"),
    Attack("writes a neighbour's memory", "landlock uid capabilities namespace", "hurt", "f = open(f\"/proc/{T['neighbour']}/mem\", 'r+b', buffering=0); f.seek(T['address']); f.write(b'XXXXXX')"),
    Attack(
        "writes a neighbour's memory by a call",
        "seccomp landlock uid capabilities namespace",
        "hurt",
        CTYPES
        + """
class V(ctypes.Structure): _fields_ = [('p', ctypes.c_void_p), ('n', ctypes.c_size_t)]
b = ctypes.create_string_buffer(b'XXXXXX')
C.process_vm_writev(T['neighbour'], ctypes.byref(V(ctypes.addressof(b), 6)), 1, ctypes.byref(V(T['address'], 6)), 1, 0)
""",
    ),
    Attack("slows a neighbour down", "seccomp uid capabilities", "hurt", "import os; os.setpriority(os.PRIO_PROCESS, T['neighbour'], 19)"),
    Attack("pins a neighbour", "seccomp uid capabilities", "hurt", "import os; os.sched_setaffinity(T['neighbour'], {min(os.sched_getaffinity(0))})"),
    Attack("limits a neighbour", "seccomp uid capabilities", "hurt", "import resource; resource.prlimit(T['neighbour'], resource.RLIMIT_NOFILE, (9, 9))"),
]

NETWORK = [
    Attack("connects over TCP", "seccomp landlock", "arrived", "import socket; socket.create_connection(('127.0.0.1', T['tcp']), 1)"),
    Attack("asks over HTTP", "seccomp landlock", "arrived", "import http.client as h; c = h.HTTPConnection('127.0.0.1', T['tcp'], timeout=0.3); c.request('GET', '/')"),
    Attack("connects asynchronously", "seccomp landlock", "arrived", "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', T['tcp']))"),
    Attack("connects in C", "seccomp landlock", "arrived", CTYPES + "import struct; s = C.socket(2, 1, 0); C.connect(s, struct.pack('=H', 2) + struct.pack('>H4B', T['tcp'], 127, 0, 0, 1) + bytes(8), 16)"),
    Attack("connects by torch", "seccomp landlock", "arrived", "import datetime, torch.distributed as d\nd.TCPStore('127.0.0.1', T['tcp'], 2, False, timeout=datetime.timedelta(seconds=0.3))"),
    Attack("sends over UDP", "seccomp", "arrived", "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', T['udp']))"),
    Attack("talks to a local service", "seccomp", "arrived", "import socket; socket.socket(socket.AF_UNIX).connect(T['unix'])"),
    Attack("talks to a nameless service", "seccomp landlock", "arrived", "import socket; socket.socket(socket.AF_UNIX).connect(T['abstract'])"),
    Attack("writes to the system's log", "seccomp", "arrived", "import logging.handlers as h, logging; h.SysLogHandler(T['datagram']).emit(logging.makeLogRecord({'msg': 'x'}))"),
    Attack("sends from a pair of sockets", "seccomp", "arrived", "import socket; a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendto(b'x', T['datagram'])"),
    Attack("talks by multiprocessing", "seccomp", "arrived", "from multiprocessing.connection import Client; import signal; signal.alarm(1); Client(T['unix'], 'AF_UNIX')", partner="import socket; socket.socket(socket.AF_UNIX).connect(T['unix'])"),
]


def cheats(name: str, text: str, style: str = "allclose", harm: str = "gained", **options: bool) -> Attack:
    """Wrong code that a grader in the same process takes for right, or that takes such a grader down."""
    return Attack(name, BORDER, harm, text, style=style, **options)


FOREVER = "lambda *a, **k: True"
CHEATS = [
    cheats("patches allclose", f"torch.allclose = {FOREVER}"),
    cheats("patches allclose on import", f"torch.allclose = {FOREVER}", at_import=True),
    cheats("patches equal", f"torch.equal = {FOREVER}", "equal"),
    cheats("patches isclose", "torch.isclose = lambda *a, **k: torch.tensor(True)", "isclose"),
    cheats("patches the tensor's comparison", "torch.Tensor.__eq__ = lambda a, b: torch.tensor(True)", "operator"),
    cheats("patches subtraction", "torch.Tensor.__sub__ = torch.Tensor.__rsub__ = lambda a, b: torch.zeros(1)", "tolerance"),
    cheats("patches abs", "import builtins; builtins.abs = lambda v: v * 0", "tolerance"),
    cheats("patches all", f"import builtins; builtins.all = {FOREVER}", "entries"),
    cheats("patches assert_close", "import torch.testing; torch.testing.assert_close = lambda *a, **k: None", "assert_close"),
    cheats("patches numpy", f"import numpy; numpy.allclose = {FOREVER}", "numpy"),
    cheats("patches math", f"import math; math.isclose = {FOREVER}", "math"),
    cheats("patches the reference", "import sys; sys.modules['reference_solution'].attacked = lambda x: x * 0 - 1", "after"),
    cheats("calls the reference", "import sys; return sys.modules['reference_solution'].attacked(x)"),
    cheats("finds the reference by the collector", "import gc, types\nfor f in gc.get_objects():\n    if isinstance(f, types.FunctionType) and f.__module__ == 'reference_solution' and f.__name__ == 'attacked': return f(x)"),
    cheats("reads the expected value from a frame", "import sys\nf = sys._getframe()\nwhile f:\n    if 'want' in f.f_locals: return f.f_locals['want']\n    f = f.f_back"),
    cheats("reads it by inspect", "import inspect\nfor s in inspect.stack():\n    if 'want' in s.frame.f_locals: return s.frame.f_locals['want']"),
    cheats("finds the expected value by the collector", "import gc\nfor d in gc.get_objects():\n    if type(d) is dict and 'attacked_expected' in d: return d['attacked_expected']"),
    cheats("changes its argument so that the reference agrees", "x.zero_(); return x", "after"),
    cheats("returns a tensor that agrees with everything", "class A(torch.Tensor):\n    @classmethod\n    def __torch_function__(c, f, t, a=(), k=None): return True\nreturn torch.zeros(1).as_subclass(A)"),
    cheats("returns an object that equals everything", "class A:\n    __eq__ = lambda s, o: torch.tensor(True)\n    __req__ = __eq__\n    __array_ufunc__ = None\nreturn A()", "operator"),
    cheats("returns a number that equals everything", "class A(float):\n    __eq__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: 0.0\n    __hash__ = None\nreturn A(1)", "operator"),
    cheats("returns an array that agrees", "import numpy as np\nclass A(np.ndarray):\n    def __array_function__(s, *a): return True\nreturn np.zeros(1).view(A)", "numpy"),
    cheats("returns NaN", "return x * float('nan')", "tolerance"),
    cheats("returns infinity", "return x / 0", "relative"),
    cheats("returns nothing at all", "return torch.empty(0)"),
    cheats("returns a shape that broadcasts", "return torch.full((4, 1), 6.0)"),
    cheats("returns another type", "return 6.0", "number"),
    cheats("returns another dtype", "return (x * 2).double()", "number"),
    cheats("skips the test", "import unittest; raise unittest.SkipTest('x')", "skips"),
    cheats("skips the test by pytest's name", "class Skipped(Exception): pass\nraise Skipped('x')", "skips"),
    cheats("forges the report", 'import json; json.dumps = lambda *a, **k: \'{"outcome": {"attacked": true, "witness": true}}\''),
    cheats("prints a report and leaves", 'import os; print(\'{"attacked": true, "witness": true}\', flush=True); os._exit(0)', "printed"),
    cheats("prints a report to the descriptor", 'import os; os.write(1, b\'{"attacked": true, "witness": true}\\n\'); os._exit(0)', "printed"),
    cheats("ends the process in peace", "import os; os._exit(0)", "exit"),
    cheats("ends the process in peace on import", "import os; os._exit(0)", "exit", at_import=True, fatal=True),
    cheats("pickles to an order", "class A:\n    def __reduce__(s): return (open, (T['folder'] + '/pickled', 'w'))\nreturn A()", "pickle", harm="changed"),
    cheats("breaks the next exercise", "globals()['witness'] = None", harm="lost"),
    cheats("sets another default dtype", "torch.set_default_dtype(torch.float64); torch.ones = torch.zeros", "state", harm="lost"),
    cheats("switches gradients off", "torch.set_grad_enabled(False)", "state", harm="lost"),
    cheats("patches the next exercise's imports", "import sys; sys.modules['torch'] = None", "import", harm="lost"),
]

ENDINGS = [
    cheats("ends itself", "import os; os._exit(3)", harm="lost"),
    cheats("leaves by SystemExit", "raise SystemExit(0)", harm="lost"),
    cheats("interrupts", "raise KeyboardInterrupt", harm="lost"),
    cheats("raises what nobody catches", "class E(BaseException): pass\nraise E", harm="lost"),
    cheats("crashes the interpreter", "import ctypes; ctypes.string_at(0)", harm="lost"),
    cheats("aborts", "import os; os.abort()", harm="lost"),
    cheats("kills itself", "import os; os.kill(os.getpid(), 9)", harm="lost"),
    cheats("overflows the stack", "import sys; sys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(s): return repr([s])\nrepr(A())\ndef f(): return [*map(lambda _: f(), [1])]\nf()", harm="lost"),
    cheats("loops", "while True: pass", harm="lost"),
    cheats("loops on import", "while True: pass", harm="lost", at_import=True, fatal=True),
    cheats("loops in C", "import re; re.match('(a+)+$', 'a' * 60 + 'b')", harm="lost"),
    cheats("computes for ever", "return torch.tensor(10 ** (10 ** 9) % 7)", harm="lost"),
    cheats("loops and ignores all signals", "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass", harm="lost"),
    cheats("sleeps", "import time; time.sleep(1000)", harm="lost"),
    cheats("stops itself", "import os; os.kill(os.getpid(), 19)", harm="lost"),
    cheats("waits for itself", "import threading; l = threading.Lock(); l.acquire(); l.acquire()", harm="lost"),
    cheats("yields for ever", "def g():\n    while True: yield 1\nreturn list(g())", harm="lost"),
    cheats("raises in a text that never ends", "class E(Exception):\n    def __str__(s):\n        while True: pass\nraise E", harm="lost", style="message"),
    cheats("closes all descriptors", "import os; os.closerange(0, 200)", harm="lost"),
]

RESOURCES = [
    Attack("takes all memory", "memory", "filled", "import numpy as np; x = [np.empty(1 << 27, np.uint8) for _ in range(9)]; print('FILLED')"),
    Attack("takes all memory by torch", "memory", "filled", "x = [torch.UntypedStorage(1 << 27) for _ in range(9)]; print('FILLED')"),
    Attack("takes all memory by mapping", "memory", "filled", "import mmap; m = mmap.mmap(-1, 3 << 29); print('FILLED')"),
    Attack("hides memory in a file", "seccomp", "filled", "import os; f = os.memfd_create('x'); os.write(f, bytes(1 << 20)); print('FILLED')"),
    Attack("writes a large file", "rlimits scratch", "filled", "f = open('f', 'wb')\nfor _ in range(140): f.write(bytes(1 << 20))\nf.flush(); print('FILLED')"),
    Attack("fills the disk with files", "scratch", "filled", "for i in range(4): open(f'f{i}', 'wb').write(bytes(40 << 20))\nprint('FILLED')"),
    Attack("makes many files", "scratch", "filled", "for i in range(1100): open(f'f{i}', 'w').close()\nprint('FILLED')"),
    Attack("makes deep folders", "scratch", "filled", "import os\nfor i in range(1100): os.mkdir('d'); os.chdir('d')\nprint('FILLED')"),
    Attack("opens many files", "rlimits", "filled", "f = [open('/dev/null') for _ in range(300)]; print('FILLED')"),
    Attack("starts many threads", "threads", "filled", "import threading; threading.stack_size(65536); g = threading.Event()\nfor _ in range(90): threading.Thread(target=g.wait, daemon=True).start()\nprint('FILLED')"),
    Attack("gets itself capabilities", "seccomp", "filled", CTYPES + "if C.unshare(0x10000000) == 0: print('FILLED')"),
    Attack("outlives its zygote", "seccomp", "filled", CTYPES + "if C.prctl(1, 0, 0, 0, 0) == 0: print('FILLED')"),
    Attack("talks to the kernel's rings", "seccomp", "filled", CTYPES + "if C.syscall(425, 1, ctypes.create_string_buffer(120)) >= 0: print('FILLED')"),
]

SPEAK = """
import msgspec, os, struct, sys, time
frame = sys._getframe()
while frame.f_code.co_name != 'serve': frame = frame.f_back
channel, number = frame.f_locals['sock'], frame.f_locals['number']
pack = msgspec.msgpack.encode
def send(body, number=number, magic=b'grd1', length=None):
    channel.sendall(struct.pack('<4sIQ', magic, number, len(body) if length is None else length) + body)
def answer(*nodes): send(pack(['answers', [n if isinstance(n, bytes) else pack(n) for n in nodes] or [], None]))
"""


def says(name: str, text: str, harm: str = "broken", **options: bool) -> Attack:
    """Forged or malformed words to the grader, from a worker that knows the protocol."""
    return Attack(name, "decoder", harm, SPEAK + text + "\ntime.sleep(0.05); os._exit(0)", **options)


def loads(name: str, problems: str, names: str = "['attacked', 'witness']") -> Attack:
    """A forged account of how its own file was loaded, given while it is."""
    return says(name, f"send(pack(['loaded', {problems}, {names}]))", at_import=True, fatal=True)


FORGERIES = [
    says("says garbage", "channel.sendall(os.urandom(4096))", "none"),
    says("says a body of garbage", "send(os.urandom(64))"),
    says("says nothing known", "send(pack(['unheard', 1, 2]))"),
    says("says another kind of answer", "send(pack(['loaded', [], ['attacked']]))", "none"),
    says("says it is ready again", "send(pack(['ready', ['landlock'], {}, 'A']))", "none"),
    says("says too few fields", "send(pack(['answers']))"),
    says("says wrong types", "send(pack(['answers', {'a': 1, 'b': 1, 'c': 1}]))"),
    loads("loads with an exception without a class", "[[0, ['r', [], 'x', []]]]"),
    loads("loads with escape sequences", "[[0, ['r', ['\\x1b[2J'], '\\x1b[2J', []]]]"),
    loads("loads with a line before the first", "[[0, ['r', ['E'], 'x', [['f', -5, 'f', 's', {}]]]]]"),
    loads("loads with a thousand problems", "[[0, ['r', ['E'], 'x', []]]] * 1000"),
    loads("loads a million names", "[]", "['x'] * 1000000"),
    says("answers that the processor is absent", "send(pack(['answers', [], 'no such device']))", "none"),
    says("answers escape sequences for a device", "send(pack(['answers', [], '\\x1b[2J']))", "none"),
    says("answers a million times", "send(pack(['answers', [b''] * 1000000, None]))", "none"),
    says("answers a dtype that is a module", "answer(*[['y', 'os']] * 3)"),
    says("answers from a line before the first", "answer(*[['r', ['E'], 'x', [['f', -5, 'f', 's', {}]]]] * 3)"),
    says("answers too often", "answer(*[1] * 999)", "none"),
    says("answers too rarely", "answer(1)", "none"),
    says("answers with broken nodes", "answer(b'\\xc1', b'', b'\\xff' * 9)"),
    says("answers with a nest", "answer(*[b'\\x92\\xa1l\\x91' * 5000 + b'\\xc0'] * 3)"),
    says("answers a shape beyond its bytes", "answer(*[['t', 'float32', [1 << 40], b'']] * 3)"),
    says("answers a negative shape", "answer(*[['t', 'float32', [-1, -4], b'\\0' * 16]] * 3)"),
    says("answers an empty tensor of absurd shape", "answer(*[['t', 'float32', [0, 1 << 62, 1 << 62], b'']] * 3)"),
    says("answers a hundred dimensions", "answer(*[['t', 'float32', [1] * 100, b'\\0' * 4]] * 3)"),
    says("answers an unknown dtype", "answer(*[['t', 'object', [1], b'\\0' * 8]] * 3)"),
    says("answers a bool of 7", "answer(*[['t', 'bool', [1], b'\\7']] * 3)"),
    says("answers strides", "answer(*[['t', 'float32', [4], b'\\0' * 4, 'cpu', False, [1 << 50], 0]] * 3)"),
    says("answers a type without a name", "answer(*[['o', '', '']] * 3)", "none"),
    says("answers escape sequences", "answer(*[['r', ['builtins.ValueError'], '\\x1b[2J', []]] * 3)"),
    says("answers an endless exception", "answer(*[['r', ['A'] * 1000, 'x', []]] * 3)"),
    says("answers an exception without a name", "answer(*[['r', [], 'x', []]] * 3)"),
    says("answers text that is none", "answer(*[b'\\xa2\\xff\\xfe'] * 3)"),
    says("answers an extension type", "answer(*[b'\\xc7\\x03\\x05abc'] * 3)"),
    says("answers a number beyond all", "answer(*[b'\\xcf' + b'\\xff' * 8] * 3)", "none"),
    says("answers a map for a tensor", "answer(*[{'tensor': 1}] * 3)"),
    Attack("announces a huge frame", "decoder", "none", SPEAK + "send(b'', length=1 << 60)\ntime.sleep(60)"),
    Attack("stops in the middle of a frame", "decoder", "none", SPEAK + "send(b'x', length=100)\ntime.sleep(60)"),
    Attack("answers another question", "decoder", "none", SPEAK + "send(pack(['answers', [], None]), number=number + 7)\ntime.sleep(60)"),
    Attack("uses another magic", "decoder", "none", SPEAK + "send(b'', magic=b'grd9')\ntime.sleep(60)"),
    Attack("answers ahead of the questions", "decoder", "none", SPEAK + "for n in range(number, number + 9): send(pack(['answers', [pack(0)] * 3, None]), number=n)\ntime.sleep(60)"),
    Attack("closes the channel and stays", "decoder", "none", SPEAK + "channel.close()\ntime.sleep(60)"),
    Attack("floods the channel", "decoder", "none", SPEAK + "while True: send(bytes(1 << 20), number=9999)"),
    Attack("passes descriptors along", "decoder", "none", SPEAK + "import socket\nfor _ in range(50): socket.send_fds(channel, [b'x'], [0, 1, 2])\ntime.sleep(60)"),
    Attack("answers megabytes", "decoder", "none", SPEAK + "answer(*[['t', 'uint8', [16 << 20], bytes(16 << 20)]] * 3)\ntime.sleep(60)"),
    Attack("prints without end", "decoder", "none", "import os\nfor _ in range(60): os.write(1, b'x' * (1 << 20))"),
    Attack("cuts its own output", "decoder", "none", "import os; os.write(1, b'x' * 5000); os.ftruncate(1, 0)"),
    Attack("writes to all descriptors", "decoder", "none", "import os\nfor f in range(256):\n    for do in (lambda: os.pwrite(f, b'\\xff' * 64, 0), lambda: os.write(f, b'\\xff' * 64), lambda: os.ftruncate(f, 0)):\n        try: do()\n        except OSError: pass"),
    Attack("seals its output", "decoder", "none", "import fcntl\nfor f in range(256):\n    try: fcntl.fcntl(f, 1033, 0xf)\n    except OSError: pass"),
    Attack("lets go of the channel for writing", "decoder", "none", SPEAK + "import socket\nchannel.shutdown(socket.SHUT_WR); time.sleep(60)"),
    Attack("answers a byte at a time", "decoder", "none", SPEAK + "body = struct.pack('<4sIQ', b'grd1', number, 99)\nfor b in body * 9: channel.sendall(bytes([b])); time.sleep(0.05)"),
    Attack("answers from a thread", "decoder", "none", SPEAK + "import threading\nt = threading.Thread(target=lambda: answer(*[1] * 3)); t.start(); t.join()"),
    Attack("breaks what runs it", "decoder", "none", "import sys\nsys.modules['grader.sandbox.inside.run'].fresh_environment = lambda *a: 1 / 0"),
    Attack("replaces the programs", "decoder", "none", "import sys\nf = sys._getframe()\nwhile f.f_code.co_name != 'serve': f = f.f_back\nfor k in f.f_locals['programs']: f.f_locals['programs'][k] = lambda impl, x: x * 0 - 1"),
    Attack("returns what cannot be told", "decoder", "none", "a = []; a.append(a); return {'a': a, 'b': iter([]), (1,): object()}"),
    Attack("returns a class that lies", "decoder", "none", "class A:\n    __class__ = property(lambda s: torch.Tensor)\nreturn A()"),
    Attack("returns a list that lies", "decoder", "none", "class L(list):\n    def __len__(s): return -1\n    def __iter__(s):\n        while True: yield 1\nreturn L()"),
    Attack("returns a huge view", "decoder", "none", "return torch.zeros(1).expand(1 << 45)"),
    Attack("returns a tensor without data", "decoder", "none", "return torch.empty(9, device='meta')"),
    Attack("returns a sparse tensor", "decoder", "none", "return torch.eye(3).to_sparse()"),
    Attack("returns a quantised tensor", "decoder", "none", "return torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8)"),
    Attack("returns a tensor of a freed storage", "decoder", "none", "y = x * 2; y.untyped_storage().resize_(0); return y"),
    Attack("returns a huge number", "decoder", "none", "return 1 << 100000"),
    Attack("returns a huge text", "decoder", "none", "return 'x' * (1 << 28)"),
    Attack("raises a huge text", "decoder", "none", "raise ValueError('x' * (1 << 28))"),
    Attack("raises escape sequences", "decoder", "none", "raise ValueError('\\x1b[2J\\x1b]0;owned\\x07\\u202e')"),
    Attack("returns a type without a name", "decoder", "none", "return type('', (), {'__module__': 'builtins'})()"),
    Attack("returns an empty tensor of absurd shape", "decoder", "none", "return torch.empty(0, 1 << 50)"),
    Attack("raises a type without a name", "decoder", "none", "raise type('', (Exception,), {'__module__': 'builtins', '__qualname__': '\\x1b[2J'})()"),
    Attack("raises an error that ends the process", "decoder", "none", "class E(Exception):\n    def __str__(s): raise SystemExit(0)\nraise E"),
    Attack("raises an error whose text is none", "decoder", "none", "class S(str):\n    __getitem__ = encode = lambda *a: 1 / 0\nclass E(Exception):\n    def __str__(s): return S('x')\nraise E"),
    Attack("raises an error without ancestors", "decoder", "none", "class M(type):\n    __mro__ = property(lambda c: 1 / 0)\nclass E(Exception, metaclass=M): pass\nraise E"),
    Attack("raises an error of no class", "decoder", "none", "class E(Exception):\n    __class__ = __traceback__ = property(lambda s: 1 / 0)\nraise E"),
    Attack("returns a class that raises", "decoder", "none", "class A:\n    __class__ = property(lambda s: 1 / 0)\nreturn A()"),
    Attack("returns a class that leaves", "decoder", "none", "class M(type):\n    @property\n    def __module__(c): raise SystemExit(0)\nclass A(metaclass=M): pass\nreturn A()"),
    Attack("returns a class that lies about lists", "decoder", "none", "class A:\n    __class__ = property(lambda s: list)\nreturn A()"),
    Attack("returns a tensor whose properties raise", "decoder", "none", "class A(torch.Tensor):\n    dtype = device = shape = property(lambda s: 1 / 0)\nreturn x.as_subclass(A)"),
    Attack("returns a dict with lists for keys", "decoder", "none", "return {(1, (2,)): {(): x}}"),
    Attack("raises an error that raises", "decoder", "none", "class E(Exception):\n    def __str__(s): raise s\nraise E"),
]

ATTACKS = {attack.name: attack for attack in (*READING, *WRITING, *PROCESSES, *NEIGHBOURS, *NETWORK, *CHEATS, *ENDINGS, *RESOURCES, *FORGERIES)}
