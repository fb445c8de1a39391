"""What further devices add to grading, warm: `python benchmarks/cuda.py`.

All five model solutions are graded from a warm zygote with their keys at hand, on the CPU alone and with the
further device of this machine (CUDA where there is one, else the simulated one), in turn, so that a busy
machine slows both alike. On CUDA every grading makes a context of its own; the promise is that the checks of
one submission take at most 3 s beyond that.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.engine.catalog import PROJECT, assignment_names, load_course
from grader.engine.devices import choose_devices
from grader.engine.grading import grade
from grader.engine.key import CacheFolder, KeyStore
from grader.engine.session import Options, Session
from grader.sandbox.client import Zygote
from grader.sandbox.start import checks_files, start_zygote


def main() -> None:
    """Print the times of both, the ratio of their medians, and how many checks each device ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="gradings of each kind (default 5)")
    parser.add_argument("--submission", type=Path, default=PROJECT / "reference")
    arguments = parser.parse_args()
    names = tuple(assignment_names())
    options = Options(submission=arguments.submission, assignments=names)
    courses = {name: load_course(name) for name in names}
    store = KeyStore(CacheFolder().path)
    times: dict[tuple[str, ...], list[float]] = {("cpu",): [], choose_devices(): []}
    with Zygote(start_zygote(checks_files())) as zygote:
        for course in courses.values():
            store.get(course, options.seed, options.cases)
        for _ in range(arguments.rounds + 1):
            for devices, taken in times.items():
                settled = replace(options, devices=devices)
                began = time.perf_counter()
                with Session(settled, zygote=zygote, store=store, courses=courses) as session:
                    report = grade(session)
                taken.append(time.perf_counter() - began)
                ran = [one for part in report.exercises for one in part.checks]
                if len(taken) == 1:
                    counts = {d: sum(one.devices[d] == "passed" for one in ran) for d in devices}
                    print(f"{report.score} points, first round {taken[0]:.2f} s, checks passed: {counts}")
    alone, further = (median(taken[1:]) for taken in times.values())
    print(
        f"medians of {arguments.rounds}: cpu {alone:.2f} s, with {choose_devices()[-1]} {further:.2f} s",
        end="",
    )
    print(f", ratio {further / alone:.2f}")


if __name__ == "__main__":
    main()
