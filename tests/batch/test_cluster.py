"""Lanes on Dask workers: the same reports, whatever becomes of a worker."""

from __future__ import annotations

import importlib
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

distributed = pytest.importorskip("distributed")

from grader.batch.cluster import ClusterError, DaskPool, connect  # noqa: E402
from grader.batch.job import Job  # noqa: E402
from grader.batch.remote import Context, UnlikeError, isolation_here, unlike  # noqa: E402
from grader.engine.devices import choose_devices  # noqa: E402
from tests.batch.conftest import ONE, RunBatch, reports  # noqa: E402


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers of one lane each, in processes of their own."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as running:
        yield running


def client_of(cluster: Any) -> Any:
    return distributed.Client(cluster, set_as_default=False)


def test_a_batch_on_dask_comes_to_the_same_when_a_worker_is_killed(
    batch: RunBatch, class_folder: Path, tmp_path: Path, cluster: Any
) -> None:
    right = (class_folder / "right" / f"{ONE}.py").read_text()
    for number in range(6):
        (class_folder / f"more{number}").mkdir()
        (class_folder / f"more{number}" / f"{ONE}.py").write_text(f"# {number}\n{right}")
    batch()
    here = reports(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "here")
    killed: list[int] = []

    class Shot(DaskPool):
        def give(self, job: Job) -> None:
            super().give(job)
            if len(self._jobs) == 3 and not killed:
                killed.append(next(iter(self._client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

    tally = batch(pool=lambda warm, close: Shot(warm, client_of(cluster)))
    assert killed
    assert not tally.errors
    assert reports(tmp_path / "out") == here
    events = [json.loads(line)["event"] for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert events.count("graded") == len(here)
    with client_of(cluster) as client:
        waiting = client.run(lambda: len(importlib.import_module("grader.batch.remote")._idle))
    assert set(waiting.values()) == {0}  # a lane holds memory and keys, and the batch is over


class _Lost:
    """A client of a cluster that is no longer there."""

    def __init__(self, workers: dict[str, int] | Exception) -> None:
        self.workers = workers

    def nthreads(self) -> dict[str, int]:
        if isinstance(self.workers, Exception):
            raise self.workers
        return self.workers


@pytest.mark.parametrize(
    ("workers", "sentence"),
    [
        ({}, "No Dask worker has been there for 0 s. What is finished is kept"),
        (OSError("closed"), "connection to the Dask scheduler was lost. What is finished is kept"),
        (CancelledError(), "connection to the Dask scheduler was lost"),
    ],
)
def test_a_cluster_that_is_gone_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, workers: dict[str, int] | Exception, sentence: str
) -> None:
    monkeypatch.setattr("grader.batch.cluster.WORKERS_WAIT_S", 0)
    pool = DaskPool.__new__(DaskPool)
    pool._client, pool._jobs, pool._seen_workers_at = _Lost(workers), {}, time.monotonic() - 1
    with pytest.raises(ClusterError, match=sentence):
        pool.has_room()


def test_a_machine_without_a_gpu_can_have_others_use_theirs() -> None:
    assert choose_devices("cpu,cuda", here=False) == ("cpu", "cuda")


def test_gpu_checks_go_only_to_workers_that_offer_one(batch: RunBatch, cluster: Any) -> None:
    class Watched(DaskPool):
        def _probe(self) -> Any:
            assert self._resources == {"GPU": 1}
            raise ClusterError("seen")

    with pytest.raises(ClusterError, match="seen"):
        batch(pool=lambda warm, close: Watched(warm, client_of(cluster)), devices=("cpu", "cuda"))


def test_a_machine_with_another_grader_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from grader.batch import remote

    context = Context(
        assignments=(), only=(), seed=0, secret=False, cases=1, devices=("cpu",), courses=(), keys={},
        code=remote.code_digest(), versions={**remote.versions(), "torch": "0.1"},
    )  # fmt: skip
    assert "another version of torch" in str(unlike(context))
    import msgspec

    with pytest.raises(UnlikeError, match="another version of torch; scores could differ"):
        isolation_here(msgspec.msgpack.encode(context))


def test_an_address_where_nothing_answers_is_one_sentence() -> None:
    with pytest.raises(ClusterError, match="no Dask scheduler answers there"):
        connect("nonsense://127.0.0.1:1")
