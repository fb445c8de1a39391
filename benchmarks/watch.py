"""From save to verdict in watch mode, against `python -c "import torch"`.

    python benchmarks/watch.py [--saves 9]

Starts the real command on a copy of a model solution, saves the file again and again with one exercise
changed, and waits for the line with the score. Prints both medians and their ratio; exits 0 where it is at
most 0.35.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MOST = 0.35
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def import_torch_s(times: int) -> float:
    """The median time that a fresh Python takes to import torch, in seconds."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import torch"], check=True, env=ENVIRONMENT)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def until_score(process: subprocess.Popen[str]) -> str:
    """Read up to the line that ends a report."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Score:"):
            return line.strip()
    raise SystemExit("the watching process ended")


def save_to_verdict_s(folder: Path, saves: int) -> float:
    """The median time from a save to the printed score, in seconds; right and wrong answers take turns."""
    file = folder / "adaline.py"
    right = (PROJECT / "reference" / "adaline.py").read_text("utf-8")
    wrong = right + "\n\ndef mse_loss(yhat, y):\n    return ((yhat - y) ** 2).sum()\n"
    file.write_text(right, "utf-8")
    command = [
        sys.executable,
        "-m",
        "grader",
        "grade",
        "adaline",
        "--submission",
        str(folder),
        "--only",
        "mse_loss",
        "--watch",
    ]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    try:
        until_score(process)
        assert process.stderr is not None
        process.stderr.readline()  # "Watching …"
        time.sleep(1.0)  # until the file system is watched
        found = []
        for number in range(saves):
            began = time.perf_counter()
            file.write_text((wrong if number % 2 == 0 else right) + f"# {number}\n", "utf-8")
            until_score(process)
            found.append(time.perf_counter() - began)
            time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
    return statistics.median(found)


def main() -> int:
    """Measure and print; 0 where the ratio is small enough."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--saves", type=int, default=9)
    saves = parser.parse_args().saves
    torch_s = import_torch_s(saves)
    with tempfile.TemporaryDirectory() as folder:
        verdict_s = save_to_verdict_s(Path(folder), saves)
    ratio = verdict_s / torch_s
    print(
        f"import torch {torch_s:.2f} s, save to verdict {verdict_s:.2f} s: {ratio:.2f} times (at most {MOST})"
    )
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
