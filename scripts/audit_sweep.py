"""Audit every assignment under many seeds, and write what came of it to docs/audit.md.

    python scripts/audit_sweep.py                        # 20 seeds, 100 cases, all five
    python scripts/audit_sweep.py adaline --seeds 3 --no-page

Exits 0 where nothing has to be mended: every misconception caught, at least 95 % named as themselves, none as
another, every alternative with full marks.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")
os.environ.setdefault("OMP_NUM_THREADS", "1")
PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from grader.engine.audit import AssignmentAudit, audit  # noqa: E402
from grader.engine.catalog import assignment_names, load_course  # noqa: E402
from grader.engine.session import versions  # noqa: E402

LEAST_NAMED = 0.95

HEAD = """\
# Are the checks good enough?

`grader audit` for each assignment under {seeds} seeds (0 to {last}), {cases} cases a check. Written by
`scripts/audit_sweep.py` on {date}: {machine}.

| assignment | checks | cases, a seed | misconceptions | caught | named as themselves | named as another \
| alternatives | full marks | cold key, median |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""


@dataclass
class Tally:
    """What the audits of one assignment came to."""

    name: str
    audits: list[AssignmentAudit] = field(default_factory=list)

    @property
    def shown(self) -> int:
        """Misconceptions times seeds."""
        return sum(len(one.misconceptions) for one in self.audits)

    @property
    def caught(self) -> int:
        """Of these, those that some check failed."""
        return sum(m.caught for one in self.audits for m in one.misconceptions)

    @property
    def nameable(self) -> int:
        """Of these, those that are wrong on the CPU already: only there are misconceptions named."""
        return sum(not m.device for one in self.audits for m in one.misconceptions)

    @property
    def named(self) -> int:
        """Of the nameable, those diagnosed as themselves and nothing else."""
        return sum(m.diagnosed_as == (m.name,) for one in self.audits for m in one.misconceptions)

    @property
    def misnamed(self) -> int:
        """Of these, those diagnosed as another."""
        return sum(bool(set(m.diagnosed_as) - {m.name}) for one in self.audits for m in one.misconceptions)

    @property
    def failed_alternatives(self) -> int:
        """Alternatives times seeds that lost points."""
        return sum(bool(a.failed) for one in self.audits for a in one.alternatives)

    @property
    def good(self) -> bool:
        """Whether nothing has to be mended."""
        right = self.caught == self.shown and not self.misnamed and not self.failed_alternatives
        return right and self.named >= LEAST_NAMED * self.nameable

    def row(self) -> str:
        """Its row of the page's table."""
        first, seeds = self.audits[0], len(self.audits)
        times = sorted(one.key_s for one in self.audits)
        full = len(first.alternatives) * seeds - self.failed_alternatives
        cells = [
            self.name,
            first.checks,
            first.cases,
            len(first.misconceptions),
            f"{self.caught} of {self.shown}",
            f"{self.named} of {self.nameable}",
            self.misnamed,
            len(first.alternatives),
            f"{full} of {len(first.alternatives) * seeds}",
            f"{times[len(times) // 2]:.1f} s",
        ]
        return "| " + " | ".join(map(str, cells)) + " |\n"


def sweep(names: Sequence[str], seeds: int, cases: int) -> list[Tally]:
    """Audit each assignment under each seed, telling how it goes."""
    tallies = []
    for name in names:
        tally = Tally(name)
        course = load_course(name)
        for seed in range(seeds):
            began = time.monotonic()
            tally.audits.append(audit(course, seed, cases))
            print(
                f"{name}, seed {seed}: {time.monotonic() - began:.0f} s",
                *tally.audits[-1].problems,
                sep="\n    ",
            )
            sys.stdout.flush()
        tallies.append(tally)
    return tallies


def page(tallies: Sequence[Tally], seeds: int, cases: int) -> str:
    """The page, with every problem that an author has to mend below the table."""
    installed = ", ".join(f"{name} {version}" for name, version in versions().items())
    machine = f"{len(os.sched_getaffinity(0))} cores of {_processor()}, {platform.system()}; {installed}"
    today = datetime.datetime.now(datetime.UTC).date()
    head = HEAD.format(seeds=seeds, last=seeds - 1, cases=cases, date=today, machine=machine)
    problems = [
        f"- seed {one.seed}: {text}\n" for tally in tallies for one in tally.audits for text in one.problems
    ]
    found = "".join(["\nTo mend:\n\n", *problems]) if problems else "\nNothing to mend.\n"
    return head + "".join(tally.row() for tally in tallies) + found


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def main() -> int:
    """Read the arguments, sweep, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignments", nargs="*", help="default all")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--no-page", action="store_true", help="print the page instead of writing it")
    asked = parser.parse_args()
    tallies = sweep(asked.assignments or assignment_names(), asked.seeds, asked.cases)
    text = page(tallies, asked.seeds, asked.cases)
    if asked.no_page:
        print(text)
    else:
        (PROJECT / "docs" / "audit.md").write_text(text, "utf-8")
    return 0 if all(tally.good for tally in tallies) else 1


if __name__ == "__main__":
    sys.exit(main())
