"""What confinement costs a worker over the plain fork, in milliseconds: `python benchmarks/confinement.py`.

A worker is started by the real zygote and ended, with all layers and with none in turn, so that a busy machine
slows both alike. "start" is until the worker says that it is ready, "end" until it is reaped and its folder gone.
The promise is 5 ms a worker.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.sandbox.client import Zygote
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.start import PROJECT, start_zygote

ALL_OFF = frozenset(LAYERS)
NEEDS = {"seccomp": {"no_new_privileges"}, "landlock": {"no_new_privileges"}, "scratch": {"namespace"}}


def main() -> None:
    """Print one table for all layers together and one for each alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=100, help="workers of each kind (default 100)")
    workers = parser.parse_args().workers
    with Zygote(start_zygote([PROJECT / "assignments" / "tensors" / "checks.py"])) as zygote:
        with zygote.worker() as worker:
            print(f"level {worker.ready.level}; missing: {worker.ready.missing or 'nothing'}")
        confined, plain = in_turn(zygote, frozenset(), ALL_OFF, workers)
        print(f"{'':20}{'start':>8}{'end':>8}{'both':>8}   ms, medians of {workers}")
        for name, (start, end) in (("plain fork", plain), ("all layers", confined)):
            print(f"{name:20}{start:8.2f}{end:8.2f}{start + end:8.2f}")
        print(f"{'confinement':20}{confined[0] - plain[0]:8.2f}{confined[1] - plain[1]:8.2f}", end="")
        print(f"{sum(confined) - sum(plain):8.2f}")
        for layer in LAYERS:
            alone, plain = in_turn(zygote, ALL_OFF - {layer} - NEEDS.get(layer, set()), ALL_OFF, workers)
            print(f"  {layer:18}{alone[0] - plain[0]:8.2f}{alone[1] - plain[1]:8.2f}")


def in_turn(
    zygote: Zygote, one: frozenset[str], other: frozenset[str], workers: int
) -> list[tuple[float, float]]:
    """Median times to start and to end a worker, for both kinds."""
    times = [(life(zygote, one), life(zygote, other)) for _ in range(workers)]
    return [
        (median(start for start, _ in kind), median(end for _, end in kind))
        for kind in zip(*times, strict=True)
    ]


def life(zygote: Zygote, off: frozenset[str]) -> tuple[float, float]:
    """The times to start and to end one worker."""
    begin = time.perf_counter()
    worker = zygote.worker(off=off)
    ready = time.perf_counter()
    worker.close()
    return 1e3 * (ready - begin), 1e3 * (time.perf_counter() - ready)


if __name__ == "__main__":
    main()
