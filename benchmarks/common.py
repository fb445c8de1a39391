"""What the benchmarks of batches share: synthetic classes, one measured run of the command, the machine."""

from __future__ import annotations

import contextlib
import os
import platform
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.engine.catalog import PROJECT, Course, load_course


@dataclass(frozen=True)
class Measured:
    """One command, with all processes that it waited for."""

    wall_s: float
    cpu_s: float
    peak_mib: float  # of the process itself: of a batch, the coordinator


def synthetic(courses: Sequence[Course], count: int, seed: int = 0) -> Iterator[dict[str, str]]:
    """`count` submissions as texts by file name, no two alike.

    Of each assignment a third is the model solution, the others a misconception or an alternative each.
    """
    drawing = random.Random(seed)
    texts = {course.name: _texts(course) for course in courses}
    for number in range(count):
        yield {
            f"{name}.py": f"# submission {number}\n{right if drawing.random() < 1 / 3 else drawing.choice(others)}"
            for name, (right, others) in texts.items()
        }


def _texts(course: Course) -> tuple[str, list[str]]:
    assert course.reference_file is not None
    known = [mutant for mutant in (*course.misconceptions, *course.alternatives) if not mutant.device]
    return course.reference_file.read_text("utf-8"), [mutant.source for mutant in known]


def write_class(folder: Path, submissions: Iterator[dict[str, str]]) -> Path:
    """Each submission as a folder."""
    for number, files in enumerate(submissions):
        place = folder / f"s{number:05}"
        place.mkdir(parents=True)
        for name, text in files.items():
            (place / name).write_text(text, "utf-8")
    return folder


def measure(command: Sequence[str], cwd: Path = PROJECT, env: dict[str, str] | None = None) -> Measured:
    """Run a command to its end and say what it took.

    Raises:
        RuntimeError: It failed; its last words.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    running = subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(running.pid, peak))
    watcher.start()
    _, errors = running.communicate()
    wall_s = time.monotonic() - began
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if running.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: exit {running.returncode}\n{errors[-3000:]}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall_s, cpu_s, peak[0])


def _watch(pid: int, peak: list[float]) -> None:
    """Note the highest memory of one process while it lives (the kernel's own mark counts its children's too)."""
    page_mib = os.sysconf("SC_PAGE_SIZE") / 2**20
    with contextlib.suppress(OSError):
        while resident := int(Path(f"/proc/{pid}/statm").read_text().split()[1]):
            peak[0] = max(peak[0], resident * page_mib)
            time.sleep(0.2)


def batch_command(source: Path, out: Path, *options: str) -> list[str]:
    """The batch, as anybody would start it."""
    return [sys.executable, "-m", "grader", "batch", str(source), *options, "--out", str(out)]


def machine() -> str:
    """Date, processor, cores and load, to be printed beside each result."""
    cpu = next(
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    )
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    date = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{date}, {cpu.partition(': ')[2]}, {cores} cores, load {load:.1f}, Python {platform.python_version()}"


def courses_of(names: Sequence[str]) -> list[Course]:
    """These assignments."""
    return [load_course(name) for name in names]
