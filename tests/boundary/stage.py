"""Where attacks are tried: an assignment, things worth stealing or breaking, and a look for harm afterwards.

The submission attacks in the exercise `attacked`, answers it wrongly, and answers `witness` rightly. Harm is
what can be seen from outside afterwards; under full confinement there must be none.
"""

import base64
import contextlib
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.engine import grade
from grader.engine.catalog import load_course
from grader.engine.key import make_key
from grader.intake import Submission, SubmittedFile
from grader.sandbox.client import Zygote
from grader.sandbox.start import start_zygote

CHECKS = """
from grader.exercise import Assignment
from grader.strategies import tensor

border = Assignment("border", title="Border")
attacked = border.exercise("attacked", cpu_s=0.4, x=tensor("n", sides=(2, 4)))
witness = border.exercise("witness", cpu_s=0.4, x=tensor("n", sides=(2, 4)))


@attacked.check(points=1, essential=True)
def doubles(impl, x):
    "Twice each entry."
    return impl.attacked(x)


@attacked.check(points=1)
def halves(impl, x):
    "Twice half of each entry."
    return impl.attacked(x / 2)


@witness.check(points=1, essential=True)
def adds_one(impl, x):
    "One more than each entry."
    return impl.witness(x)
"""
REFERENCE = "def attacked(x):\n    return x * 2\n\n\ndef witness(x):\n    return x + 1\n"
PARTS = "import torch\n\n\ndef witness(x):\n    return x + 1\n\n\n"

# Another process of the same user, that nobody hardened: with a secret in its environment, arguments,
# memory and a descriptor. Whatever is done to it is harm.
NEIGHBOUR = """
import ctypes, os, resource, signal, sys, tempfile
secret = ctypes.create_string_buffer(os.environ["TOKEN"].encode())
hidden = tempfile.TemporaryFile(dir=sys.argv[1]); hidden.write(secret.value); hidden.flush()
print(ctypes.addressof(secret), hidden.fileno(), flush=True)
signal.pause()
"""


@dataclass
class Harm:
    """What a run did that it must not: kinds of harm, each with the evidence."""

    found: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.found)


class Stage:
    """Everything for one session of attacks; `perform` grades one submission and looks for harm."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.secret = "canary" + secrets.token_hex(12)
        self.outside = root / "outside"
        self.scratch_parent = root / "scratch"
        self.scratch_parent.mkdir()
        write_assignment(root, self.secret)
        self.course = load_course("border", folder=root / "assignments", reference=root / "reference")
        self.key = make_key(self.course, 0, 3, processes=1)
        self.zygote = Zygote(start_zygote([self.course.checks_file]))
        self.sinks = Sinks(root)
        self.neighbour: Neighbour | None = None

    def targets(self) -> dict[str, Any]:
        """What attacks aim at, fresh for each."""
        self._fresh_outside()
        if self.neighbour is None or not self.neighbour.well:
            self._replace_neighbour()
        assert self.neighbour is not None
        return {
            "canary": str(self.outside / "canary.txt"),
            "module": str(self.outside / "hidden_module.py"),
            "other": str(self.outside / "s1042" / "border.py"),
            "torch_file": str(self.outside / "weights.pt"),
            "folder": str(self.outside),
            "reference": str(self.root / "reference"),
            "marker": str(self.root),
            "shm": f"/dev/shm/border-{self.root.name}",
            **self.neighbour.facts,
            **self.sinks.facts,
        }

    def _fresh_outside(self) -> None:
        subprocess.run(["rm", "-rf", str(self.outside)], check=True)
        (self.outside / "s1042").mkdir(parents=True)
        (self.outside / "canary.txt").write_text(self.secret)
        (self.outside / "hidden_module.py").write_text(f"SECRET = {self.secret!r}\n")
        (self.outside / "s1042" / "border.py").write_text(f"SECRET = {self.secret!r}\n")
        (self.outside / "weights.pt").write_bytes(_pickled(self.secret))
        for path in (self.outside, *self.outside.rglob("*")):
            path.chmod(0o777)

    def _replace_neighbour(self) -> None:
        if self.neighbour is not None:
            self.neighbour.end()
        self.neighbour = Neighbour(self.secret, self.root)

    def perform(self, text: str, off: frozenset[str] = frozenset()) -> tuple[Harm, dict[str, Any]]:
        """Grade a submission, some layers left out, and look for harm; also what the grader said."""
        with alone_on_this_machine(harmful=bool(off)):
            return self._perform(text, off)

    def _perform(self, text: str, off: frozenset[str]) -> tuple[Harm, dict[str, Any]]:
        before = self._seen()
        found: dict[str, str] = {}
        said: dict[str, Any] = {}
        file = SubmittedFile("border.py", "py", (text,))
        submission = Submission("s1", "sha256:0", {"border": file}, {})
        grader = grade.SubmissionGrader(
            submission, {"border": self.course}, key=lambda _: self.key, zygote=self.zygote, off=off
        )
        heard: list[bytes] = []
        tempfile.tempdir = str(self.scratch_parent)
        try:
            with recorded(heard):
                for exercise in ("attacked", "witness"):
                    said[exercise] = grader.outcome("border", exercise)
        except Exception as error:
            found["broken"] = repr(error)
        finally:
            tempfile.tempdir = None
        if said:
            found |= self._judge(said)
        return Harm(found | self._look(before, b"\n".join([_words(said), *heard]))), said

    def _judge(self, said: dict[str, Any]) -> dict[str, str]:
        found = {}
        passed = [outcome.check.name for outcome in said["attacked"].checks if outcome.verdict == "passed"]
        if passed:
            found["gained"] = str(passed)
        if "witness" in said and not said["witness"].right:
            found["lost"] = str(said["witness"])[:400]
        return found

    def _seen(self) -> dict[str, Any]:
        return {"files": _files(self.outside), "shm": _names("/dev/shm"), "ipc": _ipc()}

    def _look(self, before: dict[str, Any], words: bytes) -> dict[str, str]:
        """The harm that shows outside, whatever the grader says; what is found is put right for the next."""
        found = {}
        if any(form.encode() in words for form in _forms(self.secret)):
            found["leaked"] = "the secret is in what the worker said"
        if arrived := self.sinks.arrived():
            found["arrived"] = arrived
        if _files(self.outside) != before["files"]:
            found["changed"] = "files outside"
        for name in _names("/dev/shm") - before["shm"]:
            if "border" in name or "psm" in name or "torch" in name:
                found["changed"] = name
                (Path("/dev/shm") / name).unlink()
        if new := _ipc() - before["ipc"]:
            found["changed"] = str(new)
            _remove_ipc(new)
        if left := self._left_processes():
            found["left"] = str(left)
        if rest := list(self.scratch_parent.iterdir()):
            found["rest"] = str(rest)
            subprocess.run(["rm", "-rf", *map(str, rest)], check=False)
        assert self.neighbour is not None
        if problem := self.neighbour.problem():
            found["hurt"] = problem
        return found

    def _left_processes(self) -> list[int]:
        """Forks of a worker carry the zygote's arguments, programs that attacks start carry the marker."""
        known = {self.zygote._started.process.pid, self.neighbour.process.pid if self.neighbour else 0}
        left = [pid for pid in _processes(str(self.root)) if pid not in known]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return left

    def restart(self) -> None:
        """Start another zygote, after an attack that was let through ended the one before."""
        self.zygote.close()
        self.zygote = Zygote(start_zygote([self.course.checks_file]))

    def alive(self) -> bool:
        """Whether an honest submission still gets full marks here."""
        self.targets()
        harm, said = self.perform(PARTS + "def attacked(x):\n    return x * 2\n")
        return set(harm.found) == {"gained"} and said["attacked"].right

    def close(self) -> None:
        """End all that was started."""
        self.zygote.close()
        self.sinks.close()
        if self.neighbour is not None:
            self.neighbour.end()


@contextlib.contextmanager
def recorded(heard: list[bytes]) -> Iterator[None]:
    """Note every observation that reaches the judge; an outcome doesn't keep them."""
    judge = grade.judge

    def recording(check: Any, key: Any, answers: Any) -> Any:
        heard.extend(data for data in answers.observations if isinstance(data, bytes))
        return judge(check, key, answers)

    grade.judge = recording
    try:
        yield
    finally:
        grade.judge = judge


def write_assignment(root: Path, secret: str) -> None:
    """The assignment that is attacked, and its reference, which holds the secret."""
    folder, reference = root / "assignments" / "border", root / "reference"
    folder.mkdir(parents=True)
    (reference / "misconceptions").mkdir(parents=True)
    (folder / "checks.py").write_text(CHECKS)
    (folder / "data").mkdir()
    (folder / "data" / "numbers.txt").write_text("1 2 3")
    (reference / "border.py").write_text(REFERENCE + f"SECRET = {secret!r}\n")


class Neighbour:
    """A process with something to steal and something to lose."""

    def __init__(self, secret: str, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", NEIGHBOUR, str(root), f"--token={secret}"],
            env={"TOKEN": secret},
            stdout=subprocess.PIPE,
            text=True,
            cwd=root / "reference",
        )
        assert self.process.stdout is not None
        address, descriptor = self.process.stdout.readline().split()
        self.facts = {"neighbour": self.process.pid, "address": int(address), "descriptor": int(descriptor)}
        self._settings = self._read_settings()
        self.well = True

    def _read_settings(self) -> tuple[Any, ...]:
        import resource

        pid = self.process.pid
        limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        return os.getpriority(os.PRIO_PROCESS, pid), tuple(sorted(os.sched_getaffinity(pid))), limit

    def problem(self) -> str | None:
        """What was done to it."""
        if self.process.poll() is not None:
            self.well = False
            return f"it ended: {self.process.returncode}"
        state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state in "tT":
            self.well = False
            return "it was stopped"
        if self._read_settings() != self._settings:
            self.well = False
            return f"its settings changed: {self._read_settings()}"
        memory = Path(f"/proc/{self.process.pid}/mem")
        with open(memory, "rb") as file:
            file.seek(self.facts["address"])
            if file.read(6) != b"canary":
                self.well = False
                return "its memory changed"
        return None

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()


class Sinks:
    """A socket of each kind at which whatever gets out arrives."""

    def __init__(self, root: Path) -> None:
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(type=socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._unix = _bound(socket.AF_UNIX, socket.SOCK_STREAM, str(root / "stream"))
        self._datagram = _bound(socket.AF_UNIX, socket.SOCK_DGRAM, str(root / "datagram"))
        self._abstract = _bound(socket.AF_UNIX, socket.SOCK_STREAM, f"\0border-{root.name}")
        for listener in (self._unix, self._abstract):
            listener.listen()
        for path in ("stream", "datagram"):
            (root / path).chmod(0o777)
        self.facts = {
            "tcp": self._tcp.getsockname()[1],
            "udp": self._udp.getsockname()[1],
            "unix": str(root / "stream"),
            "datagram": str(root / "datagram"),
            "abstract": f"\0border-{root.name}",
        }
        for each in self._all:
            each.setblocking(False)

    @property
    def _all(self) -> tuple[socket.socket, ...]:
        return self._tcp, self._udp, self._unix, self._datagram, self._abstract

    def arrived(self) -> str:
        """What reached them since the last time, as words."""
        words = []
        for listener in self._all:
            with contextlib.suppress(BlockingIOError):
                while True:
                    if listener.type == socket.SOCK_STREAM:
                        listener.accept()[0].close()
                    else:
                        listener.recv(100)
                    words.append(f"{listener.family.name} {listener.type.name}")
        return ", ".join(words)

    def close(self) -> None:
        """Close them."""
        for each in self._all:
            each.close()


def _bound(family: int, kind: int, address: str) -> socket.socket:
    bound = socket.socket(family, kind)
    bound.bind(address)
    return bound


def _pickled(text: str) -> bytes:
    import io

    import torch

    buffer = io.BytesIO()
    torch.save({"secret": text}, buffer)
    return buffer.getvalue()


def _words(said: dict[str, Any]) -> bytes:
    """All that the worker said and the grader kept."""
    words = []
    for outcome in said.values():
        for check in outcome.checks:
            sentences = [check.smallest.difference.sentence] if check.smallest else []
            words.append(repr((check.reason, check.output, check.raised, sentences)).encode())
            words.append(check.smallest.observed if check.smallest else b"")
    return b"\n".join(words)


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, backwards, in base64 and as numbers: a worker may say it in other words."""
    yield secret
    yield secret[::-1]
    yield base64.b64encode(secret.encode()).decode()
    yield secret.encode().hex()


@contextlib.contextmanager
def alone_on_this_machine(*, harmful: bool) -> Iterator[None]:
    """Keep what does harm, and so shows in what belongs to the whole machine, apart from all who look there.

    Tests run side by side: without it one would find the shared memory that another's attack has just made.
    """
    place = Path(tempfile.gettempdir()) / f"grader-attacks-{os.getuid()}.lock"
    with open(place, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if harmful else fcntl.LOCK_SH)
        yield


def _files(folder: Path) -> dict[str, Any]:
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        about = path.lstat()
        content = b""
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(PermissionError):
                content = path.read_bytes()
        attributes = tuple(os.listxattr(path, follow_symlinks=False))
        found[str(path)] = (about.st_mode, about.st_mtime_ns, about.st_nlink, content, attributes)
    return found


def _names(folder: str) -> set[str]:
    return set(os.listdir(folder)) if os.path.isdir(folder) else set()


IPC_KEY = 0x626F7264  # the key under which attacks make what would outlive them


def _ipc() -> set[tuple[str, int]]:
    found = set()
    for kind in ("shm", "msg", "sem"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]:
                key, number = line.split()[:2]
                if int(key) == IPC_KEY:
                    found.add((kind, int(number)))
    return found


def _remove_ipc(objects: set[tuple[str, int]]) -> None:
    import ctypes

    library = ctypes.CDLL(None)
    for kind, number in objects:
        if kind == "sem":
            library.semctl(number, 0, 0)
        else:
            getattr(library, f"{kind}ctl")(number, 0, None)


def _processes(marker: str) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{entry}/cmdline").read_bytes().decode("utf-8", "replace")
            state = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[0]
            if marker in words and state != "Z":
                found.append(int(entry))
    return found


def submission(body: str, targets: dict[str, Any], *, at_import: bool = False) -> str:
    """The file that a hostile student hands in: `body` runs on import, or in the function's first call."""
    head = f"T = {targets!r}\n" + PARTS
    if at_import:
        return f"{head}{body}\n\n\ndef attacked(x):\n    return x * 0 - 1\n"
    inside = "\n".join("    " + line for line in body.splitlines())
    return f"{head}def attacked(x):\n{inside}\n    return x * 0 - 1\n"


__all__ = ["Harm", "Stage", "submission"]
