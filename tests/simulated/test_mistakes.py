"""Device bugs are refused or come out on the wrong device, and the line of the stray tensor is named."""

from __future__ import annotations

import inspect
import warnings

import pytest

from grader.sandbox.inside import simulated
from tests.simulated import mistakes
from tests.simulated.mistakes import WRONG
from tests.simulated.observing import difference, on_cpu, on_simulated

pytestmark = pytest.mark.skipif(bool(simulated.available()), reason=str(simulated.available()))

LINES = inspect.getsource(mistakes).splitlines()
WITH_A_LINE = [name for name, program in WRONG.items() if "# stray" in inspect.getsource(program)]
# The function's own source doesn't hold the line, its module's class does.
WITH_A_LINE += ["buffer_not_registered", "layers_in_a_plain_list", "constant_made_in_forward"]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    warnings.simplefilter("ignore")


@pytest.mark.parametrize("name", WRONG)
def test_device_bug_is_caught(name: str) -> None:
    expected = on_cpu(WRONG[name])
    result, run = on_simulated(WRONG[name])
    assert run.unsupported is None
    if isinstance(result, Exception):
        assert simulated.is_device_error(result)
    else:
        assert difference(expected, result) is not None


@pytest.mark.parametrize("name", WRONG)
def test_device_bug_is_right_on_the_cpu(name: str) -> None:
    """So nothing but the device can have caught it."""
    on_cpu(WRONG[name])


@pytest.mark.parametrize("name", WITH_A_LINE)
def test_message_names_the_line_that_made_the_stray_tensor(name: str) -> None:
    result, _ = on_simulated(WRONG[name])
    assert isinstance(result, simulated.DeviceMismatch)
    assert result.origin is not None
    assert LINES[result.origin.line - 1].endswith("# stray")
    assert f"line {result.origin.line}: `{result.origin.text}`" in str(result)


def test_result_on_the_cpu_names_the_line_that_made_it() -> None:
    result, _ = on_simulated(WRONG["result_built_of_a_list"])
    origin = simulated.origin_of(result)
    assert origin is not None
    assert origin.text == "return torch.tensor(a.x.tolist()).mean(1)"


def test_there_are_enough_mistakes() -> None:
    assert len(WRONG) >= 40
    assert len(WITH_A_LINE) >= 30
