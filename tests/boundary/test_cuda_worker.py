"""What CUDA needs of a confined worker, on a machine without a card: the rules that don't ask the driver."""

from pathlib import Path

import pytest

from grader.sandbox import wire
from grader.sandbox.client import Budget, Zygote
from grader.sandbox.inside import landlock, readable
from grader.sandbox.limits import Limits
from grader.sandbox.start import clean_environment
from tests.boundary.harness import Harness

pytestmark = pytest.mark.boundary

NAMES_A_THREAD = """
import os, threading
with open(f"/proc/self/task/{os.getpid()}/comm", "w") as file:
    file.write("named")
def late():
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as file:
        file.write("later")
thread = threading.Thread(target=late)
thread.start()
thread.join()
outcome = [open(f"/proc/self/task/{os.getpid()}/comm").read().strip(), open("/proc/self/maps").read(5) != ""]
"""

BINDS_A_LOCAL_SOCKET = """
import os, socket
made = os.memfd_create("driver")
local = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
local.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
local.bind(f"\\0cuda-uvmfd-test-{os.getpid()}")
local.listen()
refused = []
for act in (lambda: local.accept(), lambda: local.connect("\\0x"), lambda: socket.socket(socket.AF_INET)):
    try:
        act()
    except PermissionError:
        refused.append(True)
outcome = len(refused)
"""


@pytest.mark.parametrize("devices", ["cpu", "cuda"])
def test_the_driver_can_name_its_threads(harness: Harness, devices: str) -> None:
    """Driver 570 does, and gives up where it can't; a change of user closes /proc/self to the process itself."""
    ran = harness.run(NAMES_A_THREAD, devices=devices)
    assert ran.outcome == (["named", True] if devices == "cuda" else None), ran


@pytest.mark.parametrize("devices", ["cpu", "cuda"])
def test_the_driver_can_bind_its_local_socket(harness: Harness, devices: str) -> None:
    ran = harness.run(BINDS_A_LOCAL_SOCKET, devices=devices)
    assert ran.outcome == (3 if devices == "cuda" else None), ran


@pytest.mark.parametrize("devices", ["cpu", "cuda"])
@pytest.mark.parametrize("path", ["/proc/devices", "/proc/meminfo", "/sys/devices/system/cpu/possible"])
def test_the_driver_can_look_at_the_machine(harness: Harness, devices: str, path: str) -> None:
    ran = harness.run(f"outcome = open({path!r}).read() != ''", devices=devices)
    assert ran.outcome == (True if devices == "cuda" else None), ran


def test_the_files_of_the_cards_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    there = ["/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]
    monkeypatch.setattr(readable.glob, "glob", lambda pattern: there if pattern == "/dev/nvidia*" else [])
    assert {readable.cuda_access()[path] for path in there} == {landlock.DEVICE}


def test_a_driver_in_a_folder_of_its_own_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "LD_LIBRARY_PATH" not in clean_environment()
    monkeypatch.setattr("grader.sandbox.start._DRIVER_FOLDERS", (str(tmp_path), "/nowhere"))
    (tmp_path / "libcuda.so.1").touch()
    assert clean_environment()["LD_LIBRARY_PATH"] == str(tmp_path)


def test_what_cuda_opens_is_not_shared_with_other_workers() -> None:
    assert not set(readable.cuda_access()) & set(readable.shared_access(()))


@pytest.mark.parametrize(
    ("devices", "name", "value"),
    [("cuda", "CUBLAS_WORKSPACE_CONFIG", ":4096:8"), ("cpu", "CUDA_VISIBLE_DEVICES", "")],
)
def test_a_worker_is_told_of_the_cards(zygote: Zygote, devices: str, name: str, value: str) -> None:
    text = f"import os\nassert os.environ[{name!r}] == {value!r}"
    with zygote.worker(devices=devices) as worker:
        assert worker.load(wire.Load("asks", "asks.py", [text], []), Budget(10, Limits())).problems == []
