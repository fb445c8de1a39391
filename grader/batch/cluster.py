"""Lanes on more than one machine, as tasks of Dask. Submissions go out by digest, reports come back as data.

The coordinator alone writes the store. A task whose worker is lost runs elsewhere; Dask sees to that, and
gives up after several workers, which then counts as a lane that died.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from grader.batch.job import Done, Job, content_digest
from grader.batch.lane import Warm
from grader.batch.pool import Died
from grader.batch.remote import LaneLostError, context_of, grade_remotely, isolation_here
from grader.engine.catalog import PROJECT
from grader.engine.isolation import demand_isolation
from grader.errors import GraderError, UsageError
from grader.model import IsolationInfo

AHEAD = 2  # jobs given for each lane, so that none waits for its next
WORKERS_WAIT_S = 300


class ClusterError(GraderError):
    """The cluster cannot be had, or does not work."""


class DaskPool:
    """Grades on the workers of a Dask scheduler.

    Args:
        client: Of `distributed`; closed with the pool.
    """

    def __init__(self, warm: Warm, client: Any, *, close_also: Any = None) -> None:
        self._client, self._close_also = client, close_also
        self._required = warm.options.require_isolation
        self._resources = {"GPU": 1} if "cuda" in warm.options.devices else None
        self._jobs: dict[Any, Job] = {}
        self._tries = 0
        self._distributed = _distributed()
        try:
            client.wait_for_workers(1, timeout=WORKERS_WAIT_S)
        except TimeoutError:
            self.close()
            raise ClusterError(f"No Dask worker came within {WORKERS_WAIT_S} s.") from None
        # A task rather than scattered data, which would be lost for good with the worker that holds it.
        self._context = client.submit(bytes, context_of(warm), pure=False)
        self.isolation: IsolationInfo | None = self._probe()

    def _probe(self) -> IsolationInfo:
        future = self._client.submit(isolation_here, self._context, pure=False, resources=self._resources)
        return msgspec.json.decode(future.result(), type=IsolationInfo)

    def has_room(self) -> bool:
        """Whether the workers could do with another job."""
        lanes: int = sum(self._client.nthreads().values())
        return len(self._jobs) < AHEAD * max(lanes, 1)

    def give(self, job: Job) -> None:
        """Submit a job, named by the digest of what was handed in."""
        self._tries += 1
        future = self._client.submit(
            grade_remotely,
            self._context,
            msgspec.msgpack.encode(job),
            key=f"grade-{content_digest(job.handed)[:32]}-{self._tries}",
            resources=self._resources,
            retries=0,
        )
        self._jobs[future] = job

    def answers(self) -> Iterator[tuple[Job, Done | Died]]:
        """What has come back."""
        if not self._jobs:
            return
        try:
            with self._client.as_current():
                self._distributed.wait(list(self._jobs), timeout=1, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return
        for future in [future for future in self._jobs if future.done()]:
            job = self._jobs.pop(future)
            try:
                answer, isolation = future.result()
            except (self._distributed.KilledWorker, LaneLostError) as error:
                yield job, Died(str(error))
                continue
            if self._required is not None:
                demand_isolation(msgspec.json.decode(isolation, type=IsolationInfo), self._required)
            yield job, msgspec.msgpack.decode(answer, type=Done)

    def close(self) -> None:
        """Take back what is not graded yet, and leave the cluster."""
        self._client.cancel(list(self._jobs))
        self._client.close()
        if self._close_also is not None:
            self._close_also.close()


def connect(address: str) -> Any:
    """A client of the scheduler at this address.

    Raises:
        ClusterError: It does not answer.
    """
    distributed = _distributed()
    try:
        return distributed.Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"--dask {address}: no Dask scheduler answers there ({error}).") from None


def dask_pool(warm: Warm, address: str) -> DaskPool:
    """A pool on the workers of a scheduler that is there."""
    return DaskPool(warm, connect(address))


def slurm_pool(warm: Warm, jobs: int) -> DaskPool:
    """A pool on Slurm jobs of its own, which end with it.

    Queue, account, memory and time come from dask-jobqueue's configuration (`~/.config/dask/jobqueue.yaml`);
    what that leaves open is one core and 2 GB a job.
    """
    _distributed()
    try:
        dask = importlib.import_module("dask")
        jobqueue = importlib.import_module("dask_jobqueue")
    except ImportError:
        raise UsageError("--slurm needs dask-jobqueue: pip install 'grader[cluster]'.") from None
    configured = {
        name: value for name, value in dask.config.get("jobqueue.slurm", {}).items() if value is not None
    }
    defaults = {"cores": 1, "memory": "2GB", "processes": 1}
    settled = {name: value for name, value in defaults.items() if name not in configured}
    prologue = [f"export PYTHONPATH={PROJECT}", *(configured.get("job-script-prologue") or [])]
    try:
        cluster = jobqueue.SLURMCluster(**settled, python=sys.executable, job_script_prologue=prologue)
        cluster.scale(jobs=jobs)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(f"--slurm: no job could be started: {error}.") from None
    return DaskPool(warm, cluster.get_client(), close_also=cluster)


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise UsageError("--dask and --slurm need Dask: pip install 'grader[cluster]'.") from None
