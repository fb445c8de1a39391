"""Every budget of a worker, in one place: both sides import it, `docs/isolation.md` shows it as one table."""

from dataclasses import dataclass

MIB = 1024 * 1024

# What may cross the border, for every assignment: caps that protect the grader, not budgets of a submission.
# They follow from the memory that the whole grader may use; a right answer of the assignments is a thousand times
# smaller.
MAX_FRAME = 16 * MIB  # all observations of one check
MAX_OBSERVATIONS = 100_000  # of one check
MAX_KEPT = (
    3 * MIB
)  # of all observations of one exercise, until it is told: beyond it large ones are named only
MAX_VALUE_BYTES = 1 * MIB  # one tensor or array; a larger one is named, not looked at
MAX_NODES, MAX_DEPTH = 5_000, 16  # the parts of one observation, and how deep they nest
MAX_DIMS = 16  # of a tensor
MAX_TEXT = 4_096  # characters of an exception's message
MAX_CLASSES, MAX_FRAMES, MAX_VARIABLES = 12, 6, 12  # of an exception
MAX_PROBLEMS, MAX_DEFINED = 20, 200  # cells that failed, and names, of one file


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one worker may use up; an assignment overrides single fields with `dataclasses.replace`.

    The kernel enforces `cpu_s`, `memory_mib`, `file_mib`, `open_files`, `threads`; the trusted side watches
    the rest while it waits, and kills. New processes are not a budget: there are none.
    """

    cpu_s: int = 10  # of one exercise, and of the import before it
    wall_factor: int = 3  # wall clock: a guard against hanging, never what ends a program
    memory_mib: int = 1024  # address space over the bare worker's, which holds torch
    threads: int = 64  # of the one process
    open_files: int = 256
    file_mib: int = 64  # the largest single file, standard output included
    scratch_mib: int = 128  # all files in the working folder together
    scratch_files: int = 1000  # files and folders there
    output_kib: int = 64  # of what is printed, kept for the report

    @property
    def wall_s(self) -> int:
        """Seconds on the clock after which a silent worker is killed."""
        return self.wall_factor * self.cpu_s
