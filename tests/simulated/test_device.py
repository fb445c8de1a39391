"""What the worker relies on: placing, the latch, whose fault it is, and that ordinary work is left alone."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from grader.sandbox.inside import simulated
from grader.sandbox.inside.simulated import registration

pytestmark = pytest.mark.skipif(bool(simulated.available()), reason=str(simulated.available()))

BASE = torch.arange(24.0).reshape(4, 6)
LAYOUTS = {
    "contiguous": BASE.clone(),
    "transposed": BASE.t(),
    "strided": BASE[::2, 1::2],
    "offset": BASE[1:, 2:],
    "expanded": BASE[0, :2, None].expand(2, 3),
    "0-d": BASE[2, 3],
    "empty": BASE[:0],
    "one-sized dims": BASE[1:2, None, 3:4],
    "bool": BASE > 3,
    "int64": BASE.long().t(),
    "float64": BASE.double()[:, 1],
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_placing_keeps_values_and_layout(name: str) -> None:
    tensor = LAYOUTS[name]
    placed = simulated.place(tensor)
    assert placed.device == torch.device("simulated", 0)
    assert type(placed) is torch.Tensor
    for kept in (placed, simulated.bring_back(placed)):
        assert (kept.shape, kept.stride(), kept.storage_offset()) == (
            tensor.shape,
            tensor.stride(),
            tensor.storage_offset(),
        )
        assert kept.dtype == tensor.dtype
    assert torch.equal(simulated.bring_back(placed), tensor)


def test_placing_copies_and_bringing_back_shares() -> None:
    tensor = torch.zeros(3)
    placed = simulated.place(tensor)
    with simulated.simulation():
        placed[1] = 5
    assert tensor.tolist() == [0, 0, 0]
    assert simulated.bring_back(placed).tolist() == [0, 5, 0]


def test_placing_keeps_requires_grad_and_grad() -> None:
    tensor = torch.ones(2, requires_grad=True)
    tensor.grad = torch.tensor([3.0, 4.0])
    placed = simulated.place(tensor)
    assert placed.is_leaf
    assert placed.requires_grad
    assert placed.grad is not None
    assert simulated.is_simulated(placed.grad)
    back = simulated.bring_back(placed)
    assert back.grad is not None
    assert back.grad.tolist() == [3, 4]
    assert not simulated.place(torch.ones(2)).requires_grad


def test_bringing_back_a_cpu_tensor_gives_it_back() -> None:
    tensor = torch.ones(2)
    assert simulated.bring_back(tensor) is tensor


# --- what the simulation remembers


def test_an_unknown_operation_is_remembered_though_the_submission_catches_it() -> None:
    x = simulated.place(torch.ones(2, 2))
    with simulated.simulation() as run:
        try:
            x.to_sparse()
        except Exception:
            result = x * 2
    assert simulated.is_simulated(result)
    assert run.unsupported is not None
    assert "sparse" in run.unsupported


def test_a_mismatch_is_remembered_though_the_submission_catches_it() -> None:
    x = simulated.place(torch.ones(2))
    with simulated.simulation() as run:
        try:
            x + torch.ones(2)
        except RuntimeError:
            x = x * 2
    assert isinstance(run.mismatch, simulated.DeviceMismatch)
    assert run.unsupported is None


def test_each_simulation_remembers_only_its_own() -> None:
    x = simulated.place(torch.ones(2, 2))
    with simulated.simulation() as first, pytest.raises(simulated.Unsupported):
        x.to_sparse()
    with simulated.simulation() as second:
        x + 1
    assert first.unsupported
    assert second.unsupported is None


def test_unknown_operator_of_another_library_is_unsupported() -> None:
    library = torch.library.Library("grader_test", "DEF")
    library.define("twice(Tensor x) -> Tensor")
    library.impl("twice", lambda x: x * 2, "CPU")
    x = simulated.place(torch.ones(2))
    with simulated.simulation() as run, pytest.raises(simulated.Unsupported):
        torch.ops.grader_test.twice(x)
    assert run.unsupported
    with simulated.simulation():
        assert torch.ops.grader_test.twice(torch.ones(2)).tolist() == [2, 2]


CORNERS: dict[str, Callable[[torch.Tensor], Any]] = {
    "data of a CPU parameter": lambda x: setattr(nn.Parameter(torch.ones(2)), "data", x),
    "resize": lambda x: x.clone().resize_(5),
    "device in a table": lambda x: {"cpu": 1, "cuda": 2}[x.device.type],
    "complex": lambda x: torch.view_as_complex(x.view(1, 2)),
    "pinned memory": lambda x: x.pin_memory(),
}


@pytest.mark.parametrize("name", CORNERS)
def test_corner_that_torch_or_we_do_not_know_is_unsupported(name: str) -> None:
    x = simulated.place(torch.ones(2))
    with simulated.simulation(), pytest.raises(Exception) as caught:  # noqa: PT011 - torch decides which
        CORNERS[name](x)
    assert simulated.unsupported_reason(caught.value), caught.value
    assert not simulated.is_device_error(caught.value)


@pytest.mark.parametrize("error", [ValueError("shapes differ"), RuntimeError("size mismatch"), KeyError("x")])
def test_ordinary_exceptions_are_the_programs_own(error: Exception) -> None:
    assert simulated.unsupported_reason(error) is None
    assert not simulated.is_device_error(error)


# --- whose line it was


def _compiled(file: str, text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"torch": torch}
    exec(compile(text, file, "exec"), names)
    return names


def test_line_is_the_submissions_also_where_it_calls_others() -> None:
    names = _compiled(
        "tensors.py", "import torch.nn as nn\ndef f(x):\n    layer = nn.Linear(2, 1)\n    return layer(x)\n"
    )
    x = simulated.place(torch.ones(3, 2))
    with (
        simulated.simulation(lambda file: file == "tensors.py"),
        pytest.raises(simulated.DeviceMismatch) as caught,
    ):
        names["f"](x)
    assert caught.value.origin is not None
    assert (caught.value.origin.file, caught.value.origin.line) == ("tensors.py", 3)


def test_check_that_mixes_devices_itself_is_unsupported() -> None:
    x = simulated.place(torch.ones(3))
    with simulated.simulation(lambda file: file == "tensors.py") as run, pytest.raises(simulated.Unsupported):
        x + torch.ones(3)
    assert run.unsupported is not None
    assert "check itself" in run.unsupported


def test_tensor_that_is_older_than_the_simulation_has_no_line_and_is_still_refused() -> None:
    x, old = simulated.place(torch.ones(3)), torch.ones(3)
    with simulated.simulation(lambda file: False), pytest.raises(simulated.DeviceMismatch) as caught:
        x + old
    assert caught.value.origin is None


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("device = 'cuda' if x.is_cuda else 'cpu'", True),
        ("if x.device.type == 'cuda': pass", True),
        ("if x.device == torch.device('cuda:0'): pass", True),
        ("if x.device.type in ('cpu', 'cuda'): pass", True),
        ("device = 'cuda' if torch.cuda.is_available() else 'cpu'", False),
        ("y = torch.zeros(3, device=x.device)", False),
        ("y = x.to('cuda')", False),
    ],
)
def test_code_that_asks_for_cuda_is_recognised(source: str, asks: bool) -> None:
    assert (simulated.asks_for_cuda(source) is not None) == asks


# --- random numbers


def test_same_seed_gives_other_numbers_on_the_device_and_the_cpu_stream_is_left_alone() -> None:
    torch.manual_seed(3)
    plain = [torch.randn(4), torch.randn(4)]
    with simulated.simulation():
        torch.manual_seed(3)
        first, on_device = torch.randn(4), torch.randn(4, device="simulated")
        second = torch.randn(4)
        torch.manual_seed(3)
        again = torch.randn(4, device="simulated")
    assert torch.equal(first, plain[0])
    assert torch.equal(second, plain[1])
    assert torch.equal(simulated.bring_back(on_device), simulated.bring_back(again))
    assert not torch.equal(simulated.bring_back(on_device), plain[0])


def test_seed_of_the_case_decides_what_the_device_draws() -> None:
    drawn = []
    for seed in (1, 1, 2):
        torch.default_generator.manual_seed(seed)
        with simulated.simulation():
            drawn.append(torch.rand(4, device="simulated").tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_dropout_draws_on_the_device() -> None:
    x = simulated.place(torch.ones(64))
    with simulated.simulation():
        torch.manual_seed(0)
        before = torch.get_rng_state()
        dropped = nn.functional.dropout(x, 0.5)
        assert torch.equal(torch.get_rng_state(), before)
    assert 0 < int((simulated.bring_back(dropped) == 0).sum()) < 64


def test_generator_of_the_device_works_on_it() -> None:
    with simulated.simulation():
        made = torch.Generator(device="simulated")
        assert isinstance(made, torch.Generator)
        assert isinstance(torch.Generator(), torch.Generator)
        assert made.device.type == "simulated"
        drawn = torch.rand(3, device="simulated", generator=made.manual_seed(1))
        again = torch.rand(3, device="simulated", generator=made.manual_seed(1))
        assert torch.equal(drawn, again)


# --- everything else is as it was


def test_simulation_leaves_torch_as_it_was() -> None:
    before = (
        torch.Generator,
        torch.UntypedStorage.clone,
        nn.Module._apply,
        torch.autograd.is_multithreading_enabled(),
    )
    with simulated.simulation(), pytest.raises(ZeroDivisionError):
        _ = 1 / 0
    after = (
        torch.Generator,
        torch.UntypedStorage.clone,
        nn.Module._apply,
        torch.autograd.is_multithreading_enabled(),
    )
    assert before == after
    assert "clone" not in vars(torch.UntypedStorage)
    assert not torch.accelerator.is_available()


def test_simulations_do_not_nest() -> None:
    with simulated.simulation() as outer, pytest.raises(RuntimeError), simulated.simulation():
        pass
    assert outer.unsupported is None


def test_device_can_be_looked_at_outside_a_simulation() -> None:
    x = simulated.place(torch.tensor([1.0, 2.0]))
    assert "device='simulated:0'" in repr(x)
    assert x.detach().requires_grad_().requires_grad
    with pytest.raises(TypeError, match="can't convert simulated:0 device type tensor to numpy"):
        np.asarray(x)


def test_memory_is_given_back() -> None:
    x = simulated.place(torch.ones(1000, 1000))
    with simulated.simulation():
        before = _resident_kib()
        for _ in range(200):
            x = x + 1
        assert _resident_kib() - before < 50_000
    assert float(simulated.bring_back(x)[0, 0]) == 201


def _resident_kib() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


ORDINARY = """
import os, sys, torch
from grader.sandbox.inside import simulated

def work():
    torch.manual_seed(5)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(5, 4)).square().mean().backward()
        optimizer.step()
    with torch.random.fork_rng():
        torch.rand(1)
    weights = [p.detach().numpy().tobytes() for p in model.parameters()]
    return weights, torch.accelerator.is_available(), repr(model)

before = work()
assert simulated.available() is None
assert simulated.available() is None
assert work() == before
with simulated.simulation():
    x = torch.ones(3, device="simulated", requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]
assert work() == before
threads = len(os.listdir("/proc/self/task"))
child = os.fork()
if child == 0:
    with simulated.simulation():
        (x * x).sum().backward()
    os._exit(0 if work() == before else 1)
assert os.waitpid(child, 0)[1] == 0
assert threads == int(sys.argv[1]), threads
"""


ALONE = """
import sys, torch
from grader.sandbox.inside import simulated

with simulated.simulation():
    layer = torch.nn.Linear(2, 1).to("simulated")
    print(layer(torch.ones(3, 2, device="simulated")).sum())
assert "torch._dynamo" not in sys.modules
"""


def _python(text: str, *arguments: str) -> str:
    """Run a text in a process of its own, in which nothing is registered yet."""
    environment = {"OMP_NUM_THREADS": "1", "PYTHONPATH": ".", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", text, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_registration_changes_no_ordinary_work_and_starts_no_thread() -> None:
    bare = _python("import os, torch; torch.ones(1); print(len(os.listdir('/proc/self/task')))")
    _python(ORDINARY, bare)


def test_simulation_does_not_import_the_compiler() -> None:
    """It takes a second, and writes files where a confined worker may not."""
    _python(ALONE)


def test_missing_registration_is_a_reason_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.utils import backend_registration

    monkeypatch.setattr(torch._C, "_get_privateuse1_backend_name", lambda: "privateuseone")
    assert registration._missing() is None
    monkeypatch.delattr(backend_registration, "_setup_privateuseone_for_python_backend")
    reason = registration._missing()
    assert reason is not None
    assert torch.__version__ in reason


def test_real_device_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    assert "real device" in (registration._missing() or "")


def test_warnings_of_torch_do_not_multiply() -> None:
    x = simulated.place(torch.ones(3))
    with warnings.catch_warnings(record=True) as seen, simulated.simulation():
        warnings.simplefilter("always")
        (x.clone().requires_grad_() * 2).sum().backward()
        nn.Linear(3, 1).to("simulated")(x)
    assert not seen
