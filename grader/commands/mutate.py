"""`audit --mutate`: mechanical changes of the model solution, and which of them no check notices."""

from __future__ import annotations

from typing import Any

from grader.engine.catalog import Course
from grader.engine.key import CacheFolder, KeyStore
from grader.engine.mutate import mutate


def run_mutate(course: Course, cases: int, out: Any) -> list[str]:
    """Print the survivors that nobody has explained; their labels."""
    key = KeyStore(CacheFolder().path).get(course, 0, cases)
    found = mutate(course, key)
    for change in found.unexplained:
        print(f"reference/{course.name}.py:{change.line}: survived: {change.label}", file=out)
    for label in found.stale:
        print(f"reference/equivalent/{course.name}.toml: no longer survives, remove it: {label}", file=out)
    explained = len(found.survivors) - len(found.unexplained)
    print(
        f"{course.name}: {found.count} changes of the reference, {found.count - len(found.survivors)} noticed, "
        f"{explained} recorded as equivalent, {len(found.unexplained)} unexplained",
        file=out,
        flush=True,
    )
    return [change.label for change in found.unexplained] + list(found.stale)
