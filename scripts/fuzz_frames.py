"""Malformed frames by the hundred thousand: `python scripts/fuzz_frames.py --frames 100000 --seed 0`.

Each is taken from the socket to the report. The first that raises anything but the protocol's own exceptions
is printed, with what repeats it.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grader.engine.catalog import load_course
from grader.engine.key import make_key
from tests.boundary import frames
from tests.boundary.stage import write_assignment


def main() -> int:
    """0 when every frame was refused or accepted, 1 at the first that broke something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_assignment(root, "no secret")
        course = load_course("border", folder=root / "assignments", reference=root / "reference")
        key = make_key(course, 0, 3, processes=1)
    check = course.assignment.exercises[0].checks[0]
    right = [answer.observation for answer in key.checks[check.id].answers]
    began, accepted = time.monotonic(), 0
    for number in range(options.frames):
        frame = frames.frame(random.Random(f"{options.seed}/{number}"), right)
        try:
            accepted += frames.swallow(frame, check, key)
        except BaseException:
            traceback.print_exc()
            print(f"frame {number} of seed {options.seed}: {frame[:300]!r}")
            return 1
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.frames} frames in {time.monotonic() - began:.0f} s, at most {most:.0f} MiB:")
    print(f"{accepted} accepted as answers, the rest refused, no other exception")
    return 0


if __name__ == "__main__":
    sys.exit(main())
