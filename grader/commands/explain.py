"""`explain`: the whole story of one verdict."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.model import from_json
from grader.report.explain import explain


def run_explain(file: Path, check: str) -> int:
    """Print the story of a check to standard output."""
    try:
        report = from_json(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}. Give a file written by `grade --json`.") from None
    except msgspec.MsgspecError as error:
        raise UsageError(f"{file} is no grade report: {error}.") from None
    print(explain(report, check))
    return 0
