"""Small classes of one assignment, and a batch over them in this process's own children."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.batch.coordinator import Tally
from grader.batch.run import BatchRequest, run_batch
from grader.engine.catalog import PROJECT
from grader.engine.session import Options
from grader.sandbox.start import start_zygote

ONE = "autograd"
CASES = 4


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of one assignment and of what is known about it, to be changed by a test."""
    root = tmp_path / "project"
    shutil.copytree(PROJECT / "assignments" / ONE, root / "assignments" / ONE)
    for part in (f"{ONE}.py", f"misconceptions/{ONE}.py", f"alternatives/{ONE}.py"):
        (root / "reference" / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / "reference" / part, root / "reference" / part)
    return root


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    """Four submissions: right, wrong, broken, and nothing at all."""
    folder = tmp_path / "class"
    right = (PROJECT / "reference" / f"{ONE}.py").read_text("utf-8")
    texts = {
        "right": right,
        "wrong": right + "\n\ndef gradient_of_square(x):\n    return x * x\n",
        "broken": "def (:\n",
    }
    for name, text in texts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / f"{ONE}.py").write_text(text)
    (folder / "nothing").mkdir()
    (folder / "nothing" / "notes.txt").write_text("I was ill.")
    return folder


RunBatch = Callable[..., Tally]


@pytest.fixture
def batch(class_folder: Path, tmp_path: Path) -> RunBatch:
    """`batch()` grades the class into `tmp_path / "out"`; keywords change the options or the request."""

    def run(
        *, project: Path | None = None, jobs: int = 1, pool: Any = None, regrade: bool = False, **options: Any
    ) -> Tally:
        settled = Options(submission=class_folder, assignments=(ONE,), cases=CASES, require_isolation=None)
        if project is not None:
            settled = replace(
                settled, assignments_folder=project / "assignments", reference=project / "reference"
            )
        settled = replace(settled, **options)
        checks = settled.assignments_folder / ONE / "checks.py"
        started = start_zygote([checks]) if pool is None else None
        request = BatchRequest(options=settled, out=tmp_path / "out", jobs=jobs, regrade=regrade, pool=pool)
        try:
            return run_batch(request, started)
        finally:
            if started is not None:
                started.end()

    return run


def reports(out: Path) -> dict[str, Any]:
    """All reports of a batch, without what differs between two runs on the same."""
    return {
        file.stem: timeless(json.loads(file.read_text())) for file in sorted((out / "reports").glob("*.json"))
    }


def timeless(value: Any) -> Any:
    """JSON without the fields that tell the time."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if not k.endswith("_s") and k != "graded_at"}
    return [timeless(item) for item in value] if isinstance(value, list) else value
