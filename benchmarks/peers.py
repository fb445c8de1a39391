"""The same 20 submissions under this project, plain pytest and gradescope-utils: submissions a second.

    python -m venv peers && peers/bin/pip install torch==2.13.0 numpy pytest==9.2.0 gradescope-utils==0.5.0
    python -m benchmarks.peers --peers peers/bin/python

The others start a process for each submission, as their users do, and run a dozen asserts. This project runs all
checks of the three exercises with 100 cases each, confined, over 100 submissions (each of the 20 five times, no two
alike), its own start included. All in one run, so that the ratio survives a busy machine.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.common import Measured, batch_command, courses_of, machine, measure, write_class
from grader.engine.catalog import Course

EXERCISES = ("row_average", "matrix_product", "AdalineManual")
RIGHT, WRONG = 14, 6

CHECKS = """
import torch
import tensors, adaline

X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
Y = torch.tensor([1.0, 0.0])

def model():
    made = adaline.AdalineManual(3)
    made.weight = torch.tensor([[1.0], [-1.0], [0.5]])
    made.bias = torch.tensor([0.5])
    return made
"""
ASSERTS = (
    "assert torch.allclose(tensors.row_average(X), torch.tensor([2.0, 6.0]))",
    "assert tensors.row_average(X).shape == (2,)",
    "assert tensors.row_average(X.double()).dtype == torch.float64",
    "assert torch.allclose(tensors.row_average(torch.ones(1, 4)), torch.ones(1))",
    "assert torch.allclose(tensors.matrix_product(X, X.T), X @ X.T)",
    "assert tensors.matrix_product(X, X.T).shape == (2, 2)",
    "assert torch.allclose(tensors.matrix_product(X, torch.ones(3, 1)), X.sum(1, keepdim=True))",
    "assert tensors.matrix_product(torch.ones(1, 1), torch.ones(1, 5)).shape == (1, 5)",
    "assert model().forward(X).shape[0] == 2",
    "assert torch.isfinite(model().forward(X)).all()",
    "assert len(model().backward(X, model().forward(X), Y)) == 2",
    "assert torch.isfinite(model().backward(X, model().forward(X), Y)[0]).all()",
)
GRADESCOPE = """
import json, unittest
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
"""


def submissions(tensors: Course, adaline: Course, copies: int) -> Iterator[dict[str, str]]:
    """`copies` times the 20, told apart by a comment."""
    right = {
        f"{c.name}.py": c.reference_file.read_text("utf-8") for c in (tensors, adaline) if c.reference_file
    }
    wrong = [
        m for c in (tensors, adaline) for m in c.misconceptions if m.exercise in EXERCISES and not m.device
    ]
    chosen = wrong[:: max(1, len(wrong) // WRONG)][:WRONG]
    twenty = [right] * RIGHT + [right | {f"{_assignment(m.exercise)}.py": m.source} for m in chosen]
    for number in range(copies * len(twenty)):
        yield {name: f"# submission {number}\n{text}" for name, text in twenty[number % len(twenty)].items()}


def _assignment(exercise: str) -> str:
    return "adaline" if exercise == "AdalineManual" else "tensors"


def write_peers(folder: Path) -> None:
    """The same dozen asserts for both."""
    tests = "".join(f"\ndef test_{n}():\n    {line}\n" for n, line in enumerate(ASSERTS))
    (folder / "test_submission.py").write_text(CHECKS + tests)
    methods = "".join(
        f"\n    @weight(1)\n    def test_{n}(self):\n        {line}\n" for n, line in enumerate(ASSERTS)
    )
    run = '\nsuite = unittest.defaultTestLoader.loadTestsFromTestCase(Tests)\nwith open("/dev/null", "w") as out:\n'
    run += "    JSONTestRunner(visibility='visible', stream=out).run(suite)\n"
    (folder / "run_tests.py").write_text(
        f"{GRADESCOPE}{CHECKS}\nclass Tests(unittest.TestCase):{methods}{run}"
    )


def time_peer(command: Sequence[str], handed_in: Sequence[Path]) -> Measured:
    """One process a submission, one after the other."""
    each = [measure(command, cwd=Path(command[-1]).parent, env=_environment(place)) for place in handed_in]
    return Measured(
        sum(one.wall_s for one in each), sum(one.cpu_s for one in each), max(one.peak_mib for one in each)
    )


def _environment(submission: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(submission), "OMP_NUM_THREADS": "1"}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peers", type=Path, required=True, help="the Python of an environment that has them"
    )
    parser.add_argument("--copies", type=int, default=5)
    parser.add_argument("--cases", type=int, default=100)
    arguments = parser.parse_args()
    tensors, adaline = courses_of(["tensors", "adaline"])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source = write_class(root / "class", submissions(tensors, adaline, arguments.copies))
        write_peers(root)
        places = sorted(source.iterdir())[: RIGHT + WRONG]
        print(machine())
        python, file = str(arguments.peers.absolute()), str(root / "run_tests.py")
        test = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(root / "test_submission.py")]
        measured = {"gradescope-utils": (time_peer([python, file], places), len(places))}
        measured["pytest"] = time_peer(test, places), len(places)
        only = [part for name in EXERCISES for part in ("--only", name)]
        command = batch_command(
            source, root / "out", "tensors", "adaline", *only, "--cases", str(arguments.cases)
        )
        measured["this project"] = measure(command), (RIGHT + WRONG) * arguments.copies
        _tell(measured)


def _tell(measured: dict[str, tuple[Measured, int]]) -> None:
    print("| tool | submissions | wall s each | CPU s each | submissions a second |\n|---|---|---|---|---|")
    for name, (one, count) in measured.items():
        print(
            f"| {name} | {count} | {one.wall_s / count:.3f} | {one.cpu_s / count:.3f} | {count / one.wall_s:.2f} |"
        )
    ours, count = measured["this project"]
    fastest = max(number / one.wall_s for name, (one, number) in measured.items() if name != "this project")
    print(f"\n{count / ours.wall_s / fastest:.1f} times the submissions a second of the fastest other")


if __name__ == "__main__":
    main()
