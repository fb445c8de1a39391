"""Errors of the submission's own code, as a student reads them."""

from __future__ import annotations

from grader.values import Raised


def traceback_text(raised: Raised) -> str:
    """The submission's own frames, innermost last, with the shapes of the tensors at hand, then the exception."""
    lines: list[str] = []
    for frame in raised.frames:
        lines.append(f"{frame.file}, line {frame.line}, in {frame.function}")
        if frame.source:
            lines.append(f"    {frame.source}")
    if raised.frames and raised.frames[-1].variables:
        shown = ", ".join(f"{name}: {text}" for name, text in raised.frames[-1].variables.items())
        lines.append(f"    where {shown}")
    lines.append(f"{raised.name}: {raised.message}" if raised.message else raised.name)
    return "\n".join(lines)
