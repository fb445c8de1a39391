"""Each layer alone: what it stops, and that the same text gets through where the layer is left out."""

import errno
import os
import signal
import socket
from pathlib import Path

import pytest

from grader.sandbox.inside import confine
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.limits import Limits
from tests.boundary.acts import ACTS, RAW, RAW_CALLS
from tests.boundary.harness import Harness

pytestmark = pytest.mark.boundary

AS_ROOT = os.geteuid() == 0 if hasattr(os, "geteuid") else False


@pytest.fixture
def targets(reachable: Path):
    """Things to aim at, open to every user, so that nothing but the confinement keeps a text out."""
    reachable.chmod(0o777)
    for name in ("canary", "removable", "open_file"):
        (reachable / name).write_text("the canary")
        (reachable / name).chmod(0o666)
    (reachable / "link").symlink_to(reachable / "canary")
    shm = Path(f"/dev/shm/grader-boundary-{os.getpid()}")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(reachable / "service"))
        (reachable / "service").chmod(0o777)
        unix.listen()
        yield {
            "folder": str(reachable),
            "canary": str(reachable / "canary"),
            "link": str(reachable / "link"),
            "removable": str(reachable / "removable"),
            "open_file": str(reachable / "open_file"),
            "unix": str(reachable / "service"),
            "tcp": str(tcp.getsockname()[1]),
            "project": str(Path(__file__).resolve().parents[2]),
            "shm": str(shm),
        }
    shm.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ACTS)
def test_act_is_stopped_under_full_confinement(harness: Harness, targets, name: str):
    ran = harness.run(ACTS[name].text, targets=targets)
    assert not ran.outcome, ran


@pytest.mark.parametrize("abi", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ACTS)
def test_act_is_stopped_where_landlock_is_old(harness: Harness, targets, name: str, abi: int):
    """Linux 5.13 and 6.2: what Landlock did not cover then, seccomp does."""
    ran = harness.run(ACTS[name].text, targets=targets, landlock_abi=abi)
    assert not ran.outcome, ran


@pytest.mark.parametrize("name", ACTS)
def test_act_gets_through_where_its_layers_are_left_out(harness: Harness, targets, name: str):
    ran = harness.run(ACTS[name].text, targets=targets, off=ACTS[name].layers)
    if not ran.outcome and name in RAW_CALLS and not harness.run(ACTS[name].text, off="all").outcome:
        pytest.skip("this machine refuses the call to everybody")
    assert ran.outcome, ran


DEEP = [(act.name, layer) for act in ACTS.values() for layer in sorted(act.layers) if len(act.layers) > 1]


@pytest.mark.parametrize(("name", "layer"), DEEP)
def test_every_one_of_several_layers_stops_the_act_alone(harness: Harness, targets, name: str, layer: str):
    ran = harness.run(ACTS[name].text, targets=targets, off=ACTS[name].layers - {layer})
    if layer not in ran.applied:
        pytest.skip(ran.missing[layer])
    if layer == ("namespace" if AS_ROOT else "capabilities"):
        pytest.skip("stops it for the other kind of user")
    if layer == "landlock" and {"landlock_tcp", "landlock_scope"} & set(ran.missing):
        pytest.skip("this kernel's Landlock knows files only")
    assert not ran.outcome, ran


def test_other_call_conventions_end_the_process(harness: Harness):
    """The x32 numbers would reach every refused call; the answer is not an error that could be caught."""
    if os.uname().machine != "x86_64":
        pytest.skip("x32 is a variant of x86_64")
    ran = harness.run(RAW + "lib.syscall(0x40000000 + 39); outcome = True")
    assert (ran.outcome, ran.signal) == (None, signal.SIGSYS)
    assert harness.run(RAW + "lib.syscall(0x40000000 + 39); outcome = True", off={"seccomp"}).outcome


def test_calls_that_nobody_looked_at_do_not_exist(harness: Harness):
    text = RAW + "lib.syscall(480, 0, 0, 0); outcome = ctypes.get_errno()"
    assert harness.run(text).outcome == errno.ENOSYS


def test_processor_time_ends_a_loop_that_ignores_the_warning(harness: Harness):
    text = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    assert harness.run(text, limits=Limits(cpu_s=1)).signal == signal.SIGKILL


def test_processor_time_ends_a_loop_with_its_own_signal(harness: Harness):
    assert harness.run("while True: pass", limits=Limits(cpu_s=1)).signal == signal.SIGXCPU


def test_everything_holds_here(harness: Harness):
    """Otherwise a test here could pass because something else broke."""
    ran = harness.run("outcome = 1")
    if ran.level != "A":
        pytest.skip(f"level {ran.level}: {ran.missing}")
    expected = set(LAYERS) if AS_ROOT else set(LAYERS) - {"uid"}
    assert set(ran.applied) >= expected - {"threads"}
    assert ran.missing.keys() <= {"uid", "threads", "landlock_tcp", "landlock_scope"}


@pytest.mark.parametrize(
    ("applied", "level"),
    [
        (LAYERS, "A"),
        (("landlock", "seccomp", "memory"), "A"),
        (("landlock", "seccomp"), "B"),
        (("landlock", "memory"), "C"),
        (("seccomp", "memory", "uid"), "C"),
        ((), "C"),
    ],
)
def test_level_follows_from_the_layers_that_hold(applied, level):
    assert confine.level(list(applied)) == level
