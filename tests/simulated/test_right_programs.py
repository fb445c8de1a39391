"""Right programs give on the device what they give on the CPU, and stay there; or they are skipped."""

from __future__ import annotations

import warnings

import pytest
import torch

from grader.sandbox.inside import simulated
from tests.simulated.observing import difference, on_cpu, on_simulated
from tests.simulated.programs import RIGHT

if simulated.available():
    pytest.skip(str(simulated.available()), allow_module_level=True)

# Torch picks a kernel for these that no CPU has.
SKIPPED = {"training: recurrent layer"}


@pytest.fixture(autouse=True)
def _quiet() -> None:
    warnings.simplefilter("ignore")


@pytest.mark.parametrize("name", RIGHT)
def test_right_program_agrees_with_the_cpu_or_is_skipped(name: str) -> None:
    expected = on_cpu(RIGHT[name])
    result, run = on_simulated(RIGHT[name])
    if name in SKIPPED:
        assert run.unsupported
        return
    assert run.unsupported is None
    assert run.mismatch is None
    if isinstance(result, Exception):
        raise result
    assert difference(expected, result) is None


def test_there_are_enough_programs() -> None:
    assert len(RIGHT) >= 150


OTHERS = {
    "device": torch.ones(2),
    "shape": simulated.place(torch.ones(3)),
    "dtype": simulated.place(torch.ones(2, dtype=torch.float64)),
    "value": simulated.place(torch.tensor([1.0, 2.0])),
    "requires_grad": simulated.place(torch.ones(2, requires_grad=True)),
    "type": [simulated.place(torch.ones(2))],
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_difference_would_be_seen(name: str) -> None:
    """The partner of the test above: it can fail."""
    assert difference(torch.ones(2), OTHERS[name]) is not None
    assert difference(torch.ones(2), simulated.place(torch.ones(2))) is None
