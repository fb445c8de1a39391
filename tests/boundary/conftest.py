"""Fixtures of the boundary's tests."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.inside import kernel
from tests.boundary.harness import Harness


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest closes its own, so no worker could become another user."""
    folder = Path(tempfile.mkdtemp(prefix="border-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """Such a folder for one test."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def harness() -> Iterator[Harness]:
    """One warm process for all tests of a layer."""
    if not kernel.LINUX:
        pytest.skip("the layers are Linux's")
    warm = Harness()
    yield warm
    warm.close()
