"""Which line of the student's code made a tensor on the CPU.

The line is kept on the tensor itself: torch keeps a tensor's Python object as long as the tensor, so an
attribute is the cheapest note that lives exactly as long as what it is about.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable
from types import FrameType

import torch

from grader.sandbox.inside.simulated.errors import Origin

IsStudents = Callable[[str], bool]
_NOTE = "_made_on_the_cpu_at"
_TORCH = os.path.dirname(torch.__file__)
_HERE = os.path.dirname(__file__)
# Set while a simulation is on: is this file name the submission's? None: anything but torch's and ours is.
is_students: IsStudents | None = None
Note = tuple[str, int, bool]
# Set while a simulation is on: the student's first line that had the device's own generator draw.
drew: Note | None = None


def note_of(tensor: torch.Tensor) -> Note | None:
    """The note that a tensor carries, if any."""
    note: Note | None = tensor.__dict__.get(_NOTE)
    return note


def mark(tensor: torch.Tensor, note: Note) -> None:
    """Note where a tensor was made, unless it says so already."""
    tensor.__dict__.setdefault(_NOTE, note)


def note_draw() -> None:
    """Note which line of the student has the device's generator draw, if it is the first one."""
    global drew
    if drew is None and (note := here())[2]:
        drew = note


def here() -> Note:
    """The innermost running line of the student, else the innermost that is neither torch's nor ours."""
    frame: FrameType | None = sys._getframe(1)
    other: Note = ("", 0, False)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_TORCH, _HERE)):
            if is_students is None or is_students(file):
                return file, frame.f_lineno, True
            if not other[1]:
                other = file, frame.f_lineno, False
        frame = frame.f_back
    return other


def origin_of(tensor: torch.Tensor) -> Origin | None:
    """Where a CPU tensor was made under the simulation; None if it is older, or not a CPU tensor."""
    return as_origin(note_of(tensor))


def as_origin(note: Note | None) -> Origin | None:
    """A note with the text of its line."""
    if note is None:
        return None
    file, line, by_student = note
    return Origin(file, line, linecache.getline(file, line).strip(), by_student)
