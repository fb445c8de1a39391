"""What was handed in, as text: a folder, an archive, one file or one notebook, neither run nor unpacked.

`load_submission` reads one hand-in; `find_submissions` lists those of a class, in the layouts that course
platforms export. Nothing here is written to disk, no link inside a hand-in is followed, and whatever is wrong
with it becomes a sentence in the `Submission`, never an exception.
"""

from grader.intake.exports import Found, find_submissions, load_found
from grader.intake.load import load_submission
from grader.intake.model import NoSuchSubmission, Submission, SubmittedFile

__all__ = [
    "Found",
    "NoSuchSubmission",
    "Submission",
    "SubmittedFile",
    "find_submissions",
    "load_found",
    "load_submission",
]
