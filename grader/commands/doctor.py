"""`doctor`: what this machine offers, and what is missing."""

from __future__ import annotations

import os
import platform

from grader.engine.key import CacheFolder
from grader.engine.session import versions
from grader.sandbox.client import Zygote
from grader.sandbox.inside.devices import missing
from grader.sandbox.start import start_zygote


def run_doctor() -> int:
    """Print versions, devices and isolation layers; 0 where a submission can be graded at all."""
    import torch

    zygote = Zygote(start_zygote([]))
    try:
        with zygote.worker() as worker:
            ready = worker.ready
    finally:
        zygote.close()
    print("versions    " + ", ".join(f"{name} {version}" for name, version in versions().items()))
    print(f"machine     {platform.system()} {platform.release()}, {len(os.sched_getaffinity(0))} cores")
    cuda = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
    print(f"devices     cpu; simulated: {missing('simulated') or 'yes'}; cuda: {cuda}")
    print(f"isolation   level {ready.level}: {', '.join(ready.applied)}")
    for layer, reason in ready.missing.items():
        print(f"            without {layer}: {reason}")
    print(f"answer keys {CacheFolder().path or 'not kept: no private cache folder'}")
    return 0
