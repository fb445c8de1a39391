"""`kill -9` at random moments; the long version is `python -m tests.batch.kills`."""

from __future__ import annotations

from pathlib import Path

from tests.batch.kills import run


def test_a_batch_that_is_killed_comes_to_the_same_reports(tmp_path: Path) -> None:
    chaos = run(tmp_path, submissions=12, kills=4, seed=7)
    assert chaos.kills == 4
    assert chaos.finished >= 1
