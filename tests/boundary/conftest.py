"""Fixtures of the boundary's tests."""

from collections.abc import Iterator

import pytest

from grader.sandbox.inside import kernel
from tests.boundary.harness import Harness


@pytest.fixture(scope="session")
def harness() -> Iterator[Harness]:
    """One warm process for all tests of a layer."""
    if not kernel.LINUX:
        pytest.skip("the layers are Linux's")
    warm = Harness()
    yield warm
    warm.close()
