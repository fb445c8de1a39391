"""Which devices a run uses."""

from __future__ import annotations

from grader.errors import UsageError

KNOWN = ("cpu", "simulated", "cuda")


def choose_devices(asked: str | None) -> tuple[str, ...]:
    """The devices to grade on: those asked for, else those that are here; the CPU always comes first.

    Raises:
        UsageError: One is unknown, or asked for and not here.
    """
    import torch

    if asked is None:
        return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for name in names:
        if name not in KNOWN:
            raise UsageError(f"--device {name}: it is one of {', '.join(KNOWN)}.")
    if "cuda" in names and not torch.cuda.is_available():
        raise UsageError("--device cuda: this machine has no CUDA device that torch can use.")
    return ("cpu", *(name for name in KNOWN if name in names and name != "cpu"))
