"""Kill a batch at random moments, again and again, and compare what it comes to with an undisturbed one.

    python -m tests.batch.kills --kills 100 --submissions 200 --seed 1

It stops with exit status 1 at the first difference: a report that is not the same, a result lost or kept twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from grader.engine.catalog import PROJECT, load_course
from tests.batch.conftest import ONE, reports

OPTIONS = (
    "--cases",
    "2",
    "--jobs",
    "2",
    "--only",
    "gradient_of_square",
    "--only",
    "sgd_update",
    "--require-isolation",
    "C",
)


def make_class(folder: Path, count: int) -> None:
    """`count` submissions, no two alike: right ones and all kinds of wrong ones."""
    course = load_course(ONE)
    texts = [
        (PROJECT / "reference" / f"{ONE}.py").read_text("utf-8"),
        *(m.source for m in course.misconceptions),
    ]
    for number in range(count):
        place = folder / f"s{number:04}"
        place.mkdir(parents=True)
        (place / f"{ONE}.py").write_text(f"# submission {number}\n{texts[number % len(texts)]}")


def start(source: Path, out: Path) -> subprocess.Popen[bytes]:
    """The command, as anybody would start it."""
    command = [sys.executable, "-m", "grader", "batch", str(source), ONE, "--out", str(out), *OPTIONS]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def graded(out: Path) -> int:
    """How many results the log tells of."""
    log = out / "log.jsonl"
    return log.read_bytes().count(b'"event": "graded"') if log.exists() else 0


def results(out: Path) -> dict[int, tuple[str, str]]:
    """What the store holds: by number, content and fingerprint."""
    file = out / "batch.sqlite"
    if not file.exists():
        return {}
    database = sqlite3.connect(file)
    try:
        return {row[0]: row[1:] for row in database.execute("SELECT id, content, fingerprint FROM results")}
    except sqlite3.OperationalError:  # killed before its tables were made
        return {}
    finally:
        database.close()


@dataclass
class Chaos:
    """A batch that is killed again and again."""

    source: Path
    out: Path
    expected: dict[str, object]
    random: random.Random
    kills: int = 0
    finished: int = 0
    killed_after: list[int] = field(default_factory=list)

    def kill_once(self) -> None:
        """Start it, kill it at a random moment, and see that nothing finished was lost."""
        before = results(self.out)
        running = start(self.source, self.out)
        self._wait_for_a_moment(running)
        running.kill()
        errors = (running.communicate()[1] or b"").decode()
        after = results(self.out)
        assert before.items() <= after.items(), f"lost: {before.keys() - after.keys()}"
        assert len(set(after.values())) == len(after), "a result is kept twice"
        if running.returncode == 0:
            self.compare()
            shutil.rmtree(self.out)
        else:
            assert running.returncode == -9, f"exit {running.returncode}: {errors}"
            self.kills += 1
            self.killed_after.append(len(after))

    def _wait_for_a_moment(self, running: subprocess.Popen[bytes]) -> None:
        """Three in ten while it starts or makes ready, else within a second of its first result."""
        began = time.monotonic()
        if self.random.random() < 0.3:
            end = began + self.random.uniform(0, 8)
            while time.monotonic() < end and running.poll() is None:
                time.sleep(0.01)
            return
        so_far = graded(self.out)
        while graded(self.out) == so_far and running.poll() is None:
            time.sleep(0.005)
        time.sleep(self.random.uniform(0, 1))

    def finish(self) -> None:
        """Let it come to its end, undisturbed."""
        running = start(self.source, self.out)
        errors = running.communicate()[1].decode()
        assert running.returncode == 0, f"exit {running.returncode}: {errors}"
        self.compare()

    def compare(self) -> None:
        """The reports must be those of the undisturbed batch, each result there once."""
        found = reports(self.out)
        assert found.keys() == self.expected.keys()
        different = [name for name in found if found[name] != self.expected[name]]
        assert not different, f"these differ: {different[:5]}"
        assert len(results(self.out)) == len(found)
        assert not list((self.out / "reports").glob(".*"))
        self.finished += 1


def run(folder: Path, submissions: int, kills: int, seed: int) -> Chaos:
    """So many kills over a class of this size."""
    source = folder / "class"
    make_class(source, submissions)
    undisturbed = start(source, folder / "undisturbed")
    errors = undisturbed.communicate()[1].decode()
    assert undisturbed.returncode == 0, errors
    chaos = Chaos(source, folder / "out", reports(folder / "undisturbed"), random.Random(seed))
    while chaos.kills < kills:
        chaos.kill_once()
    chaos.finish()
    return chaos


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        chaos = run(Path(folder), arguments.submissions, arguments.kills, arguments.seed)
    facts = {
        "kills": chaos.kills,
        "batches_compared": chaos.finished,
        "submissions": arguments.submissions,
        "results_at_kills": chaos.killed_after,
        "wall_s": round(time.monotonic() - began),
        "cores": len(os.sched_getaffinity(0)),
    }
    print(json.dumps(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
