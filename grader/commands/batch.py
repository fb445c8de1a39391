"""`batch`: the arguments of a batch to its exit code."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.grade import find_seed
from grader.errors import UsageError
from grader.sandbox.start import checks_files, start_zygote

if TYPE_CHECKING:
    from grader.batch.run import PoolMaker

GRADER_FAILED = 3


@dataclass(frozen=True)
class BatchArguments:
    """What the command line asks for; see `batch --help`."""

    source: Path
    assignments: tuple[str, ...]
    out: Path
    jobs: int | None
    regrade: bool
    only: tuple[str, ...]
    seed: int
    seed_file: Path | None
    cases: int
    require_isolation: str
    device: str | None
    reference: Path | None
    dask: str | None
    slurm: bool


def run_batch_command(arguments: BatchArguments) -> int:
    """Grade a class and say how it went; 0 when all have their reports, 3 where the grader failed."""
    seed, secret = find_seed(arguments.seed, arguments.seed_file)
    os.environ.pop("GRADER_SEED", None)  # no lane and no tool that is started needs to see it
    if not arguments.source.exists():
        raise UsageError(
            f"{arguments.source}: no such file or folder. Give the folder or the export of a class."
        )
    if arguments.dask and arguments.slurm:
        raise UsageError("--dask and --slurm: give one of them.")
    from grader.batch.jobs import default_jobs

    elsewhere = bool(arguments.dask or arguments.slurm)
    pool = _pool(arguments, jobs := arguments.jobs or default_jobs())
    # Now, so that it imports torch while this process does and makes the keys.
    started = None if elsewhere else start_zygote(checks_files(arguments.assignments))

    from grader.batch.run import BatchRequest, run_batch, tell
    from grader.engine.devices import choose_devices
    from grader.engine.session import Options

    options = Options(
        submission=arguments.source,
        assignments=arguments.assignments,
        only=arguments.only,
        seed=seed,
        secret=secret,
        cases=arguments.cases,
        devices=choose_devices(arguments.device, here=not elsewhere),
        require_isolation=arguments.require_isolation,
        reference=arguments.reference,
    )
    request = BatchRequest(
        options=options, out=arguments.out, jobs=jobs, regrade=arguments.regrade, pool=pool
    )
    try:
        tally = run_batch(request, started)
    finally:
        if started is not None:
            started.end()
    tell(tally, arguments.out)
    return GRADER_FAILED if tally.errors else 0


def _pool(arguments: BatchArguments, jobs: int) -> PoolMaker | None:
    """What grades elsewhere; None for the lanes of this machine."""
    if not (arguments.dask or arguments.slurm):
        return None
    if arguments.reference is not None:
        raise UsageError(
            "--reference works on this machine only; the other machines read their own project's."
        )
    from grader.batch.cluster import dask_pool, demand_dask, slurm_pool

    demand_dask(slurm=arguments.slurm)
    if arguments.dask:
        return lambda warm, close: dask_pool(warm, str(arguments.dask))
    return lambda warm, close: slurm_pool(warm, jobs)
