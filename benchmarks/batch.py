"""Classes of growing size: wall time, memory of the coordinator, size of the store; and CPU time against bare calls.

python -m benchmarks.batch --sizes 100 1000 10000 --only gradient_of_square sgd_update --plot scale.svg
python -m benchmarks.batch --against-bare 20 --assignments tensors autograd adaline training word_window
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import Measured, batch_command, courses_of, machine, measure, synthetic, write_class
from grader.engine.catalog import Course, implementation
from grader.engine.key import CacheFolder, KeyStore, decode_inputs
from grader.sandbox.inside.run import Implementation, quiet, settle_torch
from grader.values import materialise


def grade_class(
    courses: Sequence[Course], count: int, cases: int, folder: Path, only: Sequence[str] = ()
) -> tuple[Measured, float]:
    """What a batch over a synthetic class takes, and the size of its store in KiB."""
    source = write_class(folder / f"class{count}", synthetic(courses, count))
    out = folder / f"out{count}"
    names = [course.name for course in courses]
    chosen = [word for name in only for word in ("--only", name)]
    measured = measure(batch_command(source, out, *names, *chosen, "--cases", str(cases)))
    return measured, sum(file.stat().st_size for file in out.glob("batch.sqlite*")) / 1024


def scale(
    courses: Sequence[Course], sizes: Sequence[int], cases: int, only: Sequence[str]
) -> list[tuple[int, Measured, float]]:
    """One batch for each size of a class."""
    rows = []
    print(
        "| submissions | wall s | ms a submission | CPU ms a submission | coordinator MiB | store KiB a submission |"
    )
    print("|---|---|---|---|---|---|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            one, store = grade_class(courses, size, cases, Path(folder), only)
        rows.append((size, one, store))
        wall, cpu = 1000 * one.wall_s / size, 1000 * one.cpu_s / size
        print(
            f"| {size} | {one.wall_s:.1f} | {wall:.0f} | {cpu:.0f} | {one.peak_mib:.0f} | {store / size:.1f} |"
        )
    return rows


def bare_cpu_s(courses: Sequence[Course], submissions: Sequence[dict[str, str]], cases: int) -> float:
    """CPU seconds of the same programs on the same cases, called in this process with nothing around them."""
    settle_torch()
    keys = KeyStore(CacheFolder().path)
    total = 0.0
    for course in courses:
        key = keys.get(course, 0, cases)
        for number, files in enumerate(submissions):
            impl = implementation(files[f"{course.name}.py"], f"bare_{course.name}_{number}", course.name)
            total += _one_bare(course, key.checks, impl)
    return total


def _one_bare(course: Course, checks: dict[str, object], impl: Implementation) -> float:
    spent = 0.0
    for check in course.assignment.checks:
        key = checks[check.id]
        inputs = [materialise(decode_inputs(data)) for data in key.inputs]  # type: ignore[attr-defined]
        began = time.process_time()
        with quiet():
            for values in inputs:
                _call(check.program, impl, values)
        spent += time.process_time() - began
    return spent


def _call(program: object, impl: Implementation, values: dict[str, object]) -> None:
    with contextlib.suppress(Exception):  # wrong submissions raise
        program(impl, **values)  # type: ignore[operator]


def against_bare(courses: Sequence[Course], count: int, cases: int) -> None:
    """A batch's CPU time, its start taken off by a batch of one, against bare calls."""
    submissions = list(synthetic(courses, count))
    with tempfile.TemporaryDirectory() as folder:
        one, _ = grade_class(courses, 1, cases, Path(folder))
        all_of_them, _ = grade_class(courses, count + 1, cases, Path(folder))
    bare = bare_cpu_s(courses, submissions, cases)
    ours = all_of_them.cpu_s - one.cpu_s
    print(
        f"batch {ours / count:.2f} CPU s a submission (start {one.cpu_s:.1f} s), bare calls {bare / count:.2f}"
    )
    print(f"{ours / bare:.2f} times the bare calls; with the start {all_of_them.cpu_s / bare:.2f}")


def plot(rows: Sequence[tuple[int, Measured, float]], file: Path) -> None:
    """Wall time, memory and store against the size of the class, each as a part of its largest."""
    import pygal

    chart = pygal.XY(
        title="Batch against the size of the class", x_title="submissions", js=(), range=(0, 1.05)
    )
    lines = {
        "wall time": [(size, one.wall_s) for size, one, _ in rows],
        "coordinator's memory": [(size, one.peak_mib) for size, one, _ in rows],
        "store": [(size, store) for size, _, store in rows],
    }
    for name, points in lines.items():
        most = max(value for _, value in points)
        chart.add(f"{name} (1 = {most:.0f})", [(size, value / most) for size, value in points])
    chart.render_to_file(str(file))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assignments", nargs="+", default=["autograd"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[])
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--only", nargs="+", default=[], metavar="EXERCISE")
    parser.add_argument("--against-bare", type=int, default=0, metavar="SUBMISSIONS")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    courses = courses_of(arguments.assignments)
    print(machine())
    if arguments.sizes:
        rows = scale(courses, arguments.sizes, arguments.cases, arguments.only)
        if arguments.plot:
            plot(rows, arguments.plot)
    if arguments.against_bare:
        against_bare(courses, arguments.against_bare, arguments.cases)


if __name__ == "__main__":
    main()
