"""What the warm command costs, as ratios in one run: against `import torch`, and against bare calls of the same code.

    python benchmarks/grade.py [--runs 5]

Commands take turns (A, B, A, B, …), so a machine that slows down slows both; medians and the ratio pair by pair count.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")
os.environ.setdefault("OMP_NUM_THREADS", "1")

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))
FIT = ("fit_vector", "fit_sequence")


def run(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a whole command, its children included."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=PROJECT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, cpu


def compare_commands(title: str, arguments: list[str], runs: int) -> None:
    """Print a command's time beside that of `import torch`."""
    torch = [sys.executable, "-c", "import torch"]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "grader", "grade", *arguments, "--json", f"{folder}/report.json"]
        run(command)
        pairs = [(run(torch), run(command)) for _ in range(runs)]
    ratios = sorted(grade[0] / base[0] for base, grade in pairs)
    wall = statistics.median(grade[0] for _, grade in pairs)
    base = statistics.median(base[0] for base, _ in pairs)
    cpu = statistics.median(grade[1] for _, grade in pairs) / statistics.median(base[1] for base, _ in pairs)
    print(
        f"{title}: {wall:.2f} s wall, import torch {base:.2f} s; ratio wall median {statistics.median(ratios):.2f} "
        f"(min {ratios[0]:.2f}, max {ratios[-1]:.2f}), CPU {cpu:.2f}",
        flush=True,
    )


def without_training(names: list[str]) -> list[str]:
    """The exercises of these assignments but those that train for seconds."""
    from grader.engine.catalog import load_course

    exercises = [exercise.name for name in names for exercise in load_course(name).assignment.exercises]
    return [name for name in exercises if name not in FIT]


def bare_calls(names: list[str]) -> tuple[int, float]:
    """How many cases these assignments have, and the CPU seconds of running them bare, in this process."""
    from grader.engine.catalog import load_course
    from grader.engine.key import CacheFolder, KeyStore, decode_inputs
    from grader.sandbox.inside.run import run_case, settle_torch

    settle_torch()
    store, cases, spent = KeyStore(CacheFolder().path), 0, 0.0
    for name in names:
        course = load_course(name)
        key = store.get(course, 0, 100)
        for check in course.assignment.checks:
            if check.exercise in FIT:
                continue
            part = key.checks[check.id]
            inputs = [decode_inputs(data) for data in part.inputs]
            began = time.process_time()
            for node, seed in zip(inputs, part.seeds, strict=True):
                run_case(check.program, course.reference, node, seed)
            spent += time.process_time() - began
            cases += len(inputs)
    return cases, spent


def graded_cases(name: str) -> float:
    """CPU seconds of grading the same cases in workers, start-up of both sides not counted."""
    from grader.engine.grading import grade
    from grader.engine.session import Options, Session

    reference = PROJECT / "reference" / f"{name}.py"
    options = Options(submission=reference, assignments=(name,))
    with Session(options) as session:
        only = tuple(e.name for e in session.courses[name].assignment.exercises if e.name not in FIT)
        session.zygote.worker().close()
        for _ in range(2):
            with Session(
                Options(submission=reference, assignments=(name,), only=only),
                zygote=session.zygote,
                store=session.store,
            ) as again:
                began = _all_cpu(session)
                grade(again)
                spent = _all_cpu(session) - began
    return spent


def _all_cpu(session: object) -> float:
    """CPU seconds of this process and of the zygote with its ended workers."""
    pid = session.zygote._started.process.pid  # type: ignore[attr-defined]
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = sum(int(field) for field in fields[11:15])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {cores} cores, load {load:.1f}")
    compare_commands("adaline, careful", ["adaline", "--submission", "examples/careful"], runs)
    alone = ["--device", "cpu"]
    compare_commands(
        "adaline, careful, CPU only", ["adaline", "--submission", "examples/careful", *alone], runs
    )
    compare_commands(
        "adaline, common mistakes", ["adaline", "--submission", "examples/common_mistakes"], runs
    )
    compare_commands("all five", ["--submission", "reference"], runs)
    names = ["tensors", "autograd", "adaline", "training", "word_window"]
    only = [word for name in without_training(names) for word in ("--only", name)]
    compare_commands("all five without fit_*", ["--submission", "reference", *only], runs)
    compare_commands("all five without fit_*, CPU only", ["--submission", "reference", *only, *alone], runs)
    for name in names:
        cases, bare = bare_calls([name])
        graded = graded_cases(name)
        print(
            f"{name}: {cases} cases, bare calls {cases / bare:.0f} a second, graded {cases / graded:.0f} a second, "
            f"CPU ratio {graded / bare:.2f} (without fit_vector and fit_sequence)",
            flush=True,
        )


if __name__ == "__main__":
    main()
