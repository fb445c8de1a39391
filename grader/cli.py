"""The command line: arguments to one call, and the outcome to an exit code."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")  # the bits of a product differ between capabilities
os.environ.setdefault("OMP_NUM_THREADS", "1")


def main() -> None:
    """Provisional."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] == "audit":
        from grader.engine.audit import audit
        from grader.engine.catalog import assignment_names, load_course

        seeds = range(int(arguments[arguments.index("--seeds") + 1])) if "--seeds" in arguments else [0]
        names = [a for a in arguments[1:] if not a.startswith("--") and not a.isdigit()]
        bad = 0
        for name in names or assignment_names():
            course = load_course(name)
            for seed in seeds:
                found = audit(course, seed, 100)
                named = sum(set(m.diagnosed_as) == {m.name} for m in found.misconceptions)
                print(*found.problems, sep="\n")
                print(
                    f"{name} seed {seed}: {found.checks} checks, {found.cases} cases, {len(found.misconceptions)} misconceptions, "
                    f"{sum(m.caught for m in found.misconceptions)} caught, {named} diagnosed as themselves; "
                    f"{len(found.alternatives)} alternatives, {sum(not a.failed for a in found.alternatives)} pass; "
                    f"{course.assignment.points} points; key {found.key_s:.1f} s"
                )
                bad += not found.good
        sys.exit(bool(bad))
