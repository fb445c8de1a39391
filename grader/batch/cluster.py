"""Lanes on more than one machine, as tasks of Dask. Submissions go out by digest, reports come back as data.

The coordinator alone writes the store. A task whose worker is lost runs elsewhere; Dask sees to that, and
gives up after several workers, which then counts as a lane that died.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any

import msgspec

from grader.batch.job import Done, Job, content_digest
from grader.batch.lane import Warm
from grader.batch.pool import Died
from grader.batch.remote import (
    LaneLostError,
    context_name,
    context_of,
    end_lanes,
    grade_remotely,
    isolation_here,
)
from grader.engine.catalog import PROJECT
from grader.engine.isolation import demand_isolation
from grader.errors import GraderError, UsageError
from grader.model import IsolationInfo

AHEAD = 2  # jobs given for each lane, so that none waits for its next
WORKERS_WAIT_S = 300
GOES_ON = "What is finished is kept; the same command goes on."


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
        context = context_of(warm)
        self._name = context_name(context)
        self._seen_workers_at = time.monotonic()
        try:
            client.wait_for_workers(1, timeout=WORKERS_WAIT_S)
            # A task rather than scattered data, which would be lost for good with the worker that holds it.
            self._context = client.submit(bytes, context, pure=False)
            self.isolation: IsolationInfo | None = self._probe()
        except TimeoutError:
            self.close()
            offering = " that offers GPU=1" if self._resources else ""
            raise ClusterError(f"No Dask worker{offering} came within {WORKERS_WAIT_S} s.") from None
        except BaseException:
            self.close()
            raise

    def _probe(self) -> IsolationInfo:
        future = self._client.submit(isolation_here, self._context, pure=False, resources=self._resources)
        with self._scheduler_may_be_lost():
            return msgspec.json.decode(future.result(timeout=WORKERS_WAIT_S), type=IsolationInfo)

    def has_room(self) -> bool:
        """Whether the workers could do with another job."""
        with self._scheduler_may_be_lost():
            lanes: int = sum(self._client.nthreads().values())
        if lanes:
            self._seen_workers_at = time.monotonic()
        elif time.monotonic() - self._seen_workers_at > WORKERS_WAIT_S:
            raise ClusterError(f"No Dask worker has been there for {WORKERS_WAIT_S} s. {GOES_ON}")
        return len(self._jobs) < AHEAD * max(lanes, 1)

    @contextlib.contextmanager
    def _scheduler_may_be_lost(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:  # which is an OSError too
            raise
        except (OSError, CancelledError):
            raise ClusterError(f"The connection to the Dask scheduler was lost. {GOES_ON}") from None

    def give(self, job: Job) -> None:
        """Submit a job, named by the digest of what was handed in."""
        self._tries += 1
        with self._scheduler_may_be_lost():
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
        with contextlib.suppress(TimeoutError), self._scheduler_may_be_lost(), self._client.as_current():
            self._distributed.wait(list(self._jobs), timeout=1, return_when="FIRST_COMPLETED")
        for future in [future for future in self._jobs if future.done()]:
            job = self._jobs.pop(future)
            try:
                with self._scheduler_may_be_lost():
                    answer, isolation = future.result()
            except (self._distributed.KilledWorker, LaneLostError) as error:
                yield job, Died(str(error))
                continue
            if self._required is not None:
                demand_isolation(msgspec.json.decode(isolation, type=IsolationInfo), self._required)
            yield job, msgspec.msgpack.decode(answer, type=Done)

    def close(self) -> None:
        """Take back what is not graded yet, end the lanes, and leave the cluster."""
        with contextlib.suppress(OSError, CancelledError, RuntimeError):  # it may be lost already
            self._client.cancel(list(self._jobs))
            self._client.run(end_lanes, self._name, on_error="ignore")
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
    jobqueue, dask = _jobqueue(), importlib.import_module("dask")
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


def demand_dask(*, slurm: bool) -> None:
    """Say so at once where Dask is missing, and not when a class has been read.

    Raises:
        UsageError: It is.
    """
    _distributed()
    if slurm:
        _jobqueue()


# By their own names: what an index calls "grader" is another project.
_INSTALL = f"in the project's folder run {sys.executable} -m pip install -c constraints.txt distributed dask-jobqueue"


def _jobqueue() -> Any:
    try:
        return importlib.import_module("dask_jobqueue")
    except ImportError:
        raise UsageError(f"--slurm needs dask-jobqueue: {_INSTALL}.") from None


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise UsageError(f"--dask and --slurm need Dask: {_INSTALL}.") from None
