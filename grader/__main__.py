"""`python -m grader`."""

import gc

# Importing torch makes half a million objects and no garbage: a tenth of its time went into looking for some.
gc.set_threshold(100_000, 20, 10)

from grader.cli import main  # noqa: E402

main()
