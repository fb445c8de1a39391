"""Put the feedback that the README shows into it, from a real run.

python scripts/readme_sample.py          # rewrite the block between the two marks
python scripts/readme_sample.py --check  # exit 1 where it is not what the command prints today
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
README = PROJECT / "README.md"
COMMAND = ("adaline", "--submission", "examples/common_mistakes")
SHOWN = "standardize"  # one mistake is enough to see what feedback looks like
BLOCK = re.compile(r"(<!-- sample:[^\n]*-->\n```text\n).*?(```\n<!-- /sample -->)", re.DOTALL)


def run() -> str:
    """What the command prints on a plain terminal of 80 columns."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(PROJECT)}
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GRADER_SEED"):
        environment.pop(name, None)
    command = [sys.executable, "-P", "-m", "grader", "grade", *COMMAND]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 1:
        raise SystemExit(
            f"The command should find mistakes and exit with 1, not {done.returncode}:\n{done.stderr}"
        )
    return done.stdout


def excerpt(printed: str) -> str:
    """The first mistake of one exercise in full, and the closing line."""
    stories = [part for part in printed.split("\n\n") if part.startswith(f"✗ {SHOWN} ")]
    if not stories:
        raise SystemExit(f"Nothing is said about {SHOWN}:\n{printed}")
    lines = stories[0].splitlines()
    own = next((at for at, line in enumerate(lines) if at and line[0] in "✗✓-"), len(lines))
    return "\n".join(["…", *lines[:own], "…", printed.rstrip().splitlines()[-1], ""])


def main(arguments: list[str]) -> int:
    """Rewrite the README, or compare."""
    text = README.read_text("utf-8")
    sample = excerpt(run())
    fresh = BLOCK.sub(lambda found: found[1] + sample + found[2], text)
    if sample not in fresh:
        raise SystemExit("README.md has no block between the marks of a sample.")
    if "--check" not in arguments:
        README.write_text(fresh, "utf-8")
    elif fresh != text:
        print(
            "README.md shows other feedback than the command: run scripts/readme_sample.py.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
