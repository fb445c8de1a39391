"""Hand in every known misconception as a student would, through the sandbox, and look at what is told.

    python scripts/feedback_sweep.py adaline tensors --pairs 100 --json sweep.json

Counted are the misconceptions named, unnamed and wrongly named, alone and two in one file, and the numbers
that a reader of each counterexample has to read. Exits 0 where at least 95 % are named and none wrongly.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.engine import grade
from grader.engine.catalog import Course, Mutant, load_course
from grader.engine.key import CacheFolder, KeyStore, decode_inputs
from grader.engine.show import size_of
from grader.intake import Submission, SubmittedFile
from grader.sandbox.client import Zygote
from grader.sandbox.inside.run import settle_torch
from grader.sandbox.start import checks_files, start_zygote
from grader.values import ArrayNode, DictNode, ListNode, Node, TensorNode, decode_node, materialise

LEAST_NAMED = 0.95
MOST_NUMBERS = 12
DEVICES = "on other devices"  # these are told by the line that mixes devices, not by a name


@dataclass(frozen=True)
class Told:
    """What was said about one misconception.

    Attributes:
        named: The misconceptions named by any of the exercise's checks.
        numbers: For each counterexample the numbers in its inputs.
        all_numbers: The same with the expected and the observed answer.
        seconds: How long the search for each counterexample took.
        patterns, rules: The sentences beside it.
    """

    misconception: str
    exercise: str
    verdicts: tuple[str, ...]
    named: tuple[str, ...]
    numbers: tuple[int, ...]
    all_numbers: tuple[int, ...]
    seconds: tuple[float, ...]
    patterns: tuple[str, ...]
    rules: tuple[str, ...]
    calls: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether it and nothing else was named."""
        return self.named == (self.misconception,)

    @property
    def wrong(self) -> bool:
        """Whether something else was named."""
        return bool(set(self.named) - {self.misconception})


class Sweeper:
    """One assignment with its key and a zygote, to hand misconceptions in to."""

    def __init__(
        self, course: Course, zygote: Zygote, store: KeyStore, seed: int = 0, cases: int = 100
    ) -> None:
        settle_torch()
        self.course = course
        self.zygote = zygote
        self.store = store
        self.key = store.get(course, seed, cases)
        for exercise in course.assignment.exercises:
            store.complete(course, self.key, exercise.name)

    def hand_in(self, source: str, mutants: Sequence[Mutant]) -> list[Told]:
        """What is told about each of these misconceptions, which `source` holds."""
        name = self.course.name
        file = SubmittedFile(f"{name}.py", "py", (source,))
        submission = Submission(name="sweep", digest="", files={name: file}, problems={})
        devices = ("cpu", "simulated") if any(mutant.device for mutant in mutants) else ("cpu",)
        grader = grade.SubmissionGrader(
            submission, {name: self.course}, lambda _: self.key, self.zygote, devices, complete=self._complete
        )
        return [self._told(grader, mutant) for mutant in mutants]

    def _complete(self, name: str, exercise: str) -> None:
        assert name == self.course.name
        self.store.complete(self.course, self.key, exercise)

    def _told(self, grader: grade.SubmissionGrader, mutant: Mutant) -> Told:
        seconds: list[float] = []
        with timed_searches(seconds):
            outcome = grader.outcome(self.course.name, mutant.exercise)
        wrong = [check for check in outcome.checks if check.verdict not in ("passed", "skipped")]
        found = [check.smallest for check in wrong if check.smallest is not None]
        inputs = [size_of(materialise(decode_inputs(one.inputs))) for one in found]
        answers = [count(decode_node(one.expected)) + count(decode_node(one.observed)) for one in found]
        return Told(
            misconception=mutant.name,
            exercise=mutant.exercise,
            verdicts=tuple(sorted({check.verdict for check in wrong})),
            named=tuple(sorted({m.name for check in wrong for m in check.diagnosis})),
            numbers=tuple(inputs),
            all_numbers=tuple(a + b for a, b in zip(inputs, answers, strict=True)),
            seconds=tuple(round(one, 3) for one in seconds),
            patterns=tuple(check.pattern for check in wrong if getattr(check, "pattern", None)),
            rules=tuple(check.rule for check in wrong if getattr(check, "rule", None)),
            calls=tuple(
                call(check, one) for check, one in zip((c for c in wrong if c.smallest), found, strict=True)
            ),
            reasons=tuple(check.reason for check in wrong if check.reason),
        )


def call(outcome: grade.CheckOutcome, found: Any) -> str:
    """The counterexample as a student reads it, in two lines."""
    from grader.engine.show import call_text

    inputs = materialise(decode_inputs(found.inputs))
    return f"{outcome.check.name}: {call_text(outcome.check.exercise, inputs)}: {found.difference.sentence}"


class timed_searches:
    """Note how long each search for a counterexample takes."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = seconds
        self.search = grade.smallest

    def __enter__(self) -> None:
        def search(*arguments: Any) -> Any:
            began = time.monotonic()
            try:
                return self.search(*arguments)
            finally:
                self.seconds.append(time.monotonic() - began)

        grade.smallest = search

    def __exit__(self, *_: object) -> None:
        grade.smallest = self.search


def count(node: Node) -> int:
    """How many numbers an answer holds."""
    if isinstance(node, TensorNode | ArrayNode):
        size = 1
        for side in node.shape:
            size *= side
        return size
    if isinstance(node, ListNode):
        return sum(map(count, node.items))
    if isinstance(node, DictNode):
        return sum(count(value) for _, value in node.items)
    return 1


# --- pairs -------------------------------------------------------------------------------------------------


def sample_pairs(course: Course, wanted: int, seed: int = 0) -> list[tuple[Mutant, Mutant]]:
    """`wanted` pairs of misconceptions of exercises that don't use each other, the same ones every time."""
    uses = dependences(course)
    drawn = random.Random(seed)
    found: dict[tuple[str, str], tuple[Mutant, Mutant]] = {}
    for _ in range(50 * wanted):
        if len(found) == wanted:
            break
        one, other = drawn.sample([m for m in course.misconceptions if not m.device], 2)
        if independent(one, other, uses):
            found.setdefault((one.name, other.name), (one, other))
    return list(found.values())


def dependences(course: Course) -> dict[str, set[str]]:
    """For each name that the model solution defines, all the names that it leads to."""
    assert course.reference_file is not None
    tree = ast.parse(course.reference_file.read_text("utf-8"))
    direct: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            direct[node.name] = names_in(node)
    reached = {name: set(names) for name, names in direct.items()}
    for _ in direct:
        reached = {
            name: names.union(*(reached.get(other, set()) for other in names))
            for name, names in reached.items()
        }
    for exercise in course.assignment.exercises:
        reached.setdefault(exercise.name, set()).update(exercise.uses)
    return reached


def names_in(node: ast.AST) -> set[str]:
    """The names that a piece of code mentions."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def independent(one: Mutant, other: Mutant, uses: Mapping[str, set[str]]) -> bool:
    """Whether neither exercise needs the other, in the model solution or in the misconceptions themselves."""
    if one.exercise == other.exercise:
        return False
    return other.exercise not in reached_by(one, uses) and one.exercise not in reached_by(other, uses)


def reached_by(mutant: Mutant, uses: Mapping[str, set[str]]) -> set[str]:
    """The names that a misconception leads to."""
    body = next(node for node in ast.parse(mutant.source).body if getattr(node, "name", None) == mutant.name)
    own = names_in(body)
    return own.union(uses.get(mutant.exercise, set()), *(uses.get(name, set()) for name in own))


def together(course: Course, one: Mutant, other: Mutant) -> str:
    """A file that holds both misconceptions."""
    assert course.reference_file is not None
    return one.source + other.source[len(course.reference_file.read_text("utf-8")) :]


# --- counting ----------------------------------------------------------------------------------------------


def summary(told: Sequence[Told]) -> dict[str, Any]:
    """The figures of some misconceptions."""
    numbers = [n for one in told for n in one.numbers]
    everything = [n for one in told for n in one.all_numbers]
    seconds = [s for one in told for s in one.seconds]
    return {
        "misconceptions": len(told),
        "named": sum(one.right for one in told),
        "unnamed": sum(not one.named for one in told),
        "wrongly_named": sum(one.wrong for one in told),
        "median_numbers": statistics.median(numbers or [0]),
        "worst_median_of_one": max(
            (statistics.median(one.numbers) for one in told if one.numbers), default=0
        ),
        "medians_above": sum(statistics.median(one.numbers) > MOST_NUMBERS for one in told if one.numbers),
        "median_with_answers": statistics.median(everything or [0]),
        "longest_search_s": max(seconds, default=0.0),
        "with_pattern": sum(bool(one.patterns) for one in told),
        "with_rule": sum(bool(one.rules) for one in told),
    }


def elsewhere_summary(told: Sequence[Told]) -> dict[str, Any]:
    """The figures of misconceptions that are right on the CPU."""
    return {
        "misconceptions": len(told),
        "told_by_line": sum(any(", line " in reason for reason in one.reasons) for one in told),
        "wrongly_named": sum(bool(one.named) for one in told),
    }


def print_unnamed(told: Sequence[Told]) -> None:
    """List what was not named as itself."""
    for one in told:
        if not one.right:
            print(f"    {one.exercise}: {one.misconception} is told as {', '.join(one.named) or 'nothing'}")


def good(figures: Mapping[str, Any]) -> bool:
    """Whether enough are named, none wrongly, and counterexamples are short."""
    enough = figures["named"] >= LEAST_NAMED * figures["misconceptions"]
    return bool(enough and not figures["wrongly_named"] and figures["median_numbers"] <= MOST_NUMBERS)


def sweep(
    name: str, zygote: Zygote, store: KeyStore, pairs: int, only: Sequence[str]
) -> Iterator[tuple[str, list[Told]]]:
    """What is told about each misconception of an assignment alone, then about pairs of them."""
    sweeper = Sweeper(load_course(name), zygote, store)
    chosen = [m for m in sweeper.course.misconceptions if not only or m.exercise in only]
    plain = [mutant for mutant in chosen if not mutant.device]
    elsewhere = [mutant for mutant in chosen if mutant.device]
    yield "alone", [told for mutant in plain for told in sweeper.hand_in(mutant.source, [mutant])]
    if elsewhere:
        yield DEVICES, [told for mutant in elsewhere for told in sweeper.hand_in(mutant.source, [mutant])]
    if pairs:
        sample = sample_pairs(sweeper.course, pairs)
        yield (
            "pairs",
            [told for pair in sample for told in sweeper.hand_in(together(sweeper.course, *pair), pair)],
        )


def main() -> int:
    """Sweep the assignments named on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignments", nargs="+")
    parser.add_argument("--pairs", type=int, default=40, help="pairs an assignment (default 40)")
    parser.add_argument("--only", action="append", default=[], metavar="EXERCISE")
    parser.add_argument("--json", metavar="FILE", help="everything that was told")
    arguments = parser.parse_args()
    zygote = Zygote(start_zygote(checks_files(arguments.assignments)))
    store = KeyStore(CacheFolder().path)
    result = 0
    everything: dict[str, Any] = {}
    with zygote:
        for name in arguments.assignments:
            for kind, told in sweep(name, zygote, store, arguments.pairs, arguments.only):
                figures = summary(told) if kind != DEVICES else elsewhere_summary(told)
                everything[f"{name} {kind}"] = {"figures": figures, "told": [asdict(one) for one in told]}
                print(
                    f"{name}, {kind}: " + ", ".join(f"{key} {value}" for key, value in figures.items()),
                    flush=True,
                )
                if kind != DEVICES:
                    print_unnamed(told)
                    result |= not good(figures)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(everything, indent=1), "utf-8")
    return result


if __name__ == "__main__":
    sys.exit(main())
