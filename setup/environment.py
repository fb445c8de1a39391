"""Find or make the environment that the grader runs in, and print its Python.

`grade.sh` and `test.sh` run this file with whatever Python they found, before anything is installed: so it
needs the standard library only. Progress and trouble go to stderr; trouble is one sentence that says what to
do, and exit 3.

    python -I setup/environment.py run|dev
"""

import errno
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The real file, not python3: where that moves on to a newer Python, an environment must break, not change.
BASE_PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
KINDS = ("run", "dev")  # to grade; to test the grader as well
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
FULL = (errno.ENOSPC, errno.EDQUOT)
LITTLE_BYTES = 20 * 2**20  # a disk with less room than this is why a step failed

DISK_FULL = (
    "The disk is full: the set-up needs a few GB in {folder} and in the folder for temporary files"
    " (TMPDIR); make room, then start again."
)
# What venv and pip write when something is wrong, and what that means to whoever reads it.
CAUSES = (
    (r"No space left on device|Disk quota exceeded", DISK_FULL),
    (
        r"NewConnectionError|NameResolutionError|ProxyError|SSLError|Connection(?:Reset|Refused)?Error"
        r"|ConnectTimeout|Read timed out|Network is unreachable|Temporary failure in name resolution",
        "No network: pip could not reach its package index; connect (or name an index that you can reach, in"
        " PIP_INDEX_URL), then start again.",
    ),
    (
        r"(?:No matching distribution found for|The user requested \(constraint\)) (?P<what>\S+)",
        "pip finds no {what} for Python {python} on this machine: use another of Python 3.11, 3.12 and 3.13,"
        " or name an index that has it ('Install' in README.md says how), then start again.",
    ),
)


class SetUpError(Exception):
    """The set-up can't go on; the text is the sentence for whoever started it."""


def main(arguments: Sequence[str]) -> int:
    """Print the Python to use and return 0, or say what to do and return 3 (2 when interrupted)."""
    (kind,) = arguments
    try:
        print(python_for(ROOT, kind))
    except SetUpError as problem:
        print(problem, file=sys.stderr)
        return 3
    except OSError as error:
        print(_sentence_for(error), file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("The set-up was interrupted; the next start does it again.", file=sys.stderr)
        return 2
    return 0


def python_for(root: Path, kind: str) -> str:
    """The Python that has what `kind` needs: this one as it is, else that of the project's own `.venv`."""
    needs = requirements(root, kind)
    if not _inside(root / ".venv") and not missing(needs):
        return sys.executable
    folder = _folder_for_venv(root)
    venv = folder / ".venv"
    if os.pathsep in str(venv):
        raise SetUpError(
            f"{root} has a {os.pathsep!r} in its name, which no virtual environment may have: rename it."
        )
    with _only_one(folder):
        if not is_ready(root, venv, kind):
            _make_ready(root, venv, kind, needs)
    return str(_python_in(venv))


def requirements(root: Path, kind: str) -> list[str]:
    """What pyproject.toml says that the grader needs to run; for `dev` also what its tests need."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    more = project["optional-dependencies"]["dev"] if kind == "dev" else []
    return [*project["dependencies"], *more]


def missing(needs: Sequence[str]) -> list[str]:
    """Those of `needs` ("name>=1.2,<3") that this Python's environment doesn't meet. Imports none of them."""
    return [need for need in needs if not _is_met(need)]


def _is_met(need: str) -> bool:
    name, *_ = re.split(r"[<>]", need)
    limits = dict(re.findall(r"(>=|<)([\d.]+)", need))
    try:
        have = _release(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False
    return _release(limits[">="]) <= have < _release(limits["<"])


def _release(version: str) -> tuple[int, ...]:
    """The numbers that a version starts with: 2.13.0+cpu -> (2, 13, 0), and 2.9.0a0+x -> (2, 9, 0)."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in numbers.group().split(".")) if numbers else ()


def _inside(venv: Path) -> bool:
    return Path(sys.prefix).resolve() == venv.resolve()


def _folder_for_venv(root: Path) -> Path:
    """The project's folder or, where nobody may write to it, one of the user's cache made for it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    own = cache / "grader" / f"{root.name}-{sha256(bytes(root)).hexdigest()[:12]}"
    for folder in (root, own):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / ".venv.lock").touch()
        except OSError as error:
            if error.errno not in READ_ONLY:
                raise
        else:
            return folder
    raise SetUpError(
        f"Neither {root} nor the cache folder {cache} can be written to: copy the project to a folder of your"
        " own, or name one in XDG_CACHE_HOME, then start again."
    )


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: of two starts at the same time one sets up and the other waits for it."""
    if os.name == "nt":  # no flock there; two first starts at the same time are the user's to avoid
        yield
        return
    import fcntl

    with (folder / ".venv.lock").open("a") as lock:  # closing it, or dying, gives the lock back
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is setting up; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_ready(root: Path, venv: Path, kind: str) -> bool:
    """Whether `venv` works and was filled from today's pyproject.toml and constraints.txt."""
    stamp = venv / f"ready-{kind}"
    return stamp.is_file() and stamp.read_bytes() == _pins(root) and _works(venv)


def _pins(root: Path) -> bytes:
    return (root / "pyproject.toml").read_bytes() + (root / "constraints.txt").read_bytes()


def _works(venv: Path) -> bool:
    """Whether its Python still starts, in a version that we know, and finds this folder's packages."""
    program = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        return (
            subprocess.run(
                [_python_in(venv), "-I", "-c", program], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def _python_in(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _make_ready(root: Path, venv: Path, kind: str, needs: Sequence[str]) -> None:
    """Make `venv`, or bring it up to date, and stamp it. An interrupted try leaves a mark, and is redone."""
    unfinished = venv / "unfinished"
    stamps = [venv / f"ready-{each}" for each in KINDS]
    ours = unfinished.exists() or any(stamp.exists() for stamp in stamps)
    _say(f"Setting up once, in {venv}: a few minutes.")
    if ours and (unfinished.exists() or not _works(venv)):
        shutil.rmtree(venv)
    if not venv.exists():
        _make(venv, unfinished)
    elif not _works(venv):
        raise SetUpError(
            f"{venv} is in the way, and no environment that the grader can use: move it, then start again."
        )
    elif ours:
        unfinished.touch()
    for stamp in stamps:
        stamp.unlink(missing_ok=True)
    _install(root, venv, needs)
    for stamp in stamps if kind == "dev" else stamps[:1]:
        stamp.write_bytes(_pins(root))
    unfinished.unlink(missing_ok=True)
    _say("Done.")


def _make(venv: Path, unfinished: Path) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetUpError(
            f"Python {version} ({sys.executable}) lacks its modules venv and pip: install them"
            f" (on Debian and Ubuntu: apt install python{version}-venv), then start again."
        )
    venv.mkdir()
    unfinished.touch()
    _run([BASE_PYTHON, "-I", "-m", "venv", str(venv)], venv)


def _install(root: Path, venv: Path, needs: Sequence[str]) -> None:
    """Install `needs` at the versions of constraints.txt; whence is up to pip's own settings."""
    pip = [str(_python_in(venv)), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run(
        [
            *pip,
            "install",
            "--no-user",
            "--progress-bar=off",
            f"--constraint={root / 'constraints.txt'}",
            *needs,
        ],
        venv,
    )


def _run(command: Sequence[str], venv: Path) -> None:
    """Run a step of the set-up, showing of its output what takes long; say what to do where it fails."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
    output = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        encoding="utf-8",
        errors="replace",
    ) as step:
        assert step.stdout
        for line in step.stdout:
            output.append(line)
            _show(line.strip())
    if step.returncode:
        raise SetUpError(explain("".join(output), venv))


def _show(line: str) -> None:
    if line.startswith(("Downloading", "Installing collected")):
        _say(f"  {line[:100]}")
    elif line.startswith("WARNING: Retrying"):
        _say("  The package index does not answer; trying again.")


def explain(output: str, venv: Path) -> str:
    """The sentence for a step that failed with this output, which is kept beside the environment."""
    facts = {"folder": venv.parent, "python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    if shutil.disk_usage(venv.parent).free < LITTLE_BYTES:  # venv does not pass on why its pip failed
        return DISK_FULL.format(**facts)
    for pattern, sentence in CAUSES:
        if found := re.search(pattern, output):
            return sentence.format(**facts, **found.groupdict())
    log = venv.parent / ".venv.log"
    with suppress(OSError):
        log.write_text(output, "utf-8")
    last = output.strip().rpartition("\n")[2] or "it was killed, perhaps for want of memory"
    return f"The set-up failed ({last}): {log} has the whole story; mend that, then start again."


def _sentence_for(error: OSError) -> str:
    if error.errno in FULL:
        return DISK_FULL.format(folder=error.filename or ROOT)
    return f"The set-up failed ({error.strerror}: {error.filename}): mend that, then start again."


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
