"""Texts that users read, kept as files in `tests/snapshots/` and compared exactly.

`UPDATE_SNAPSHOTS=1 pytest tests/report` writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "snapshots"


def assert_snapshot(name: str, text: str) -> None:
    """Fail unless `text` is what the snapshot of this name holds."""
    file = FOLDER / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.exists(), f"there is no snapshot {name}; write it with UPDATE_SNAPSHOTS=1"
    assert text == file.read_text(encoding="utf-8")
