"""The one family of errors that the grader raises on purpose; each is one plain sentence for its reader."""


class GraderError(Exception):
    """Something expected went wrong; `str(error)` says what, where and what to do."""

    exit_code = 3


class UsageError(GraderError):
    """The command cannot be carried out as it was given."""

    exit_code = 4


class AuthorError(GraderError):
    """An assignment, its reference or its misconceptions are written wrongly."""
