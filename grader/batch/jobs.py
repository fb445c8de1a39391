"""How many lanes this machine has room for. Imports nothing heavy: it is asked before anything starts."""

from __future__ import annotations

import os
from pathlib import Path

LANE_MIB = 700  # a lane's zygote, its own pages, and a worker at work; measured with all assignments


def default_jobs() -> int:
    """As many lanes as there are cores, and as memory allows."""
    return max(1, min(len(os.sched_getaffinity(0)), available_mib() // LANE_MIB))


def available_mib() -> int:
    """Memory that is free for us: what the kernel says, and what is left of a container's limit."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:"))
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return free
    return min(free, (limit - used) // 2**20)
