"""Zygotes forked from a zygote: each on its own, none left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from grader.sandbox.client import Zygote, ZygoteError
from grader.sandbox.start import start_zygote

pytestmark = [pytest.mark.boundary, pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 30
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


def test_a_twin_works_after_the_zygote_that_it_is_forked_from_is_gone() -> None:
    first = Zygote(start_zygote([]))
    with Zygote(first.twin()) as twin:
        first.close()
        with twin.worker() as worker:
            assert worker.ready.level in ("A", "B", "C")


def test_a_twin_ends_when_its_socket_closes_and_its_workers_with_it() -> None:
    with Zygote(start_zygote([])) as first:
        twin = Zygote(first.twin())
        worker = twin.worker()
        zygote = parent_of(worker.pid)
        assert is_alive(zygote)
        twin.close()
        assert wait_until_gone(zygote)
        assert wait_until_gone(worker.pid)
        with pytest.raises(ZygoteError):
            worker.close()


def test_a_twin_hides_nobodys_death() -> None:
    """It must not hold the control socket of the zygote that it is forked from."""
    first = Zygote(start_zygote([]))
    with Zygote(first.twin()) as twin, twin.worker(), first.worker() as worker:
        os.kill(parent_of(worker.pid), signal.SIGKILL)
        with pytest.raises(ZygoteError):
            first.worker()
        worker._open = False  # it died with its zygote
    first.close()


def test_a_worker_of_a_twin_dies_with_the_twin() -> None:
    with Zygote(start_zygote([])) as first:
        twin = Zygote(first.twin())
        worker = twin.worker()
        os.kill(parent_of(worker.pid), signal.SIGKILL)
        assert wait_until_gone(worker.pid)
        with first.worker() as other:
            assert other.ready.applied
        worker._open = False
        worker.close()
        twin.close()
