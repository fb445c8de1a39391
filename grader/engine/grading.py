"""Grade one submission: run pytest on the checks of its assignments, closed to everything of the submission's."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest
import pytest_jsonreport.plugin

import grader.engine.plugin
from grader.engine.catalog import PROJECT
from grader.engine.plugin import SESSION, Reporter
from grader.engine.session import Session
from grader.errors import GraderError
from grader.model import GradeReport


class BrokenRunError(GraderError):
    """Pytest did not do what it was asked: our fault, whatever the reason."""


class _Sessioned:
    """Hands the session to pytest's configuration."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[SESSION] = self._session


_CLOSED = (  # to whatever lies about: no ini, no conftest, no rewriting, the project as root
    *("-c", str(Path(__file__).with_name("closed.ini")), "--rootdir", str(PROJECT)),
    *("--noconftest", "--import-mode=importlib", "--assert=plain", "--tb=short", "-q", "-s"),
)
_UNUSED = (  # of pytest's own plugins; some cost a second over torch's modules, all of them a part of each start
    *("cacheprovider", "unraisableexception", "threadexception", "faulthandler"),
    *("warnings", "logging", "doctest", "unittest", "pastebin", "setuponly", "setupplan", "stepwise"),
    *("recwarn", "monkeypatch", "pytester", "tmpdir", "debugging", "freeze_support"),
    *("python", "skipping", "subtests", "terminalprogress"),
)
_OURS = ("--json-report", "--json-report-file=none")
# As modules: by name, with -p, each would be looked for in the metadata of everything that is installed.
_PLUGINS = (grader.engine.plugin, pytest_jsonreport.plugin)


def grade(session: Session, extra: tuple[str, ...] = ()) -> GradeReport:
    """The grade report of a session's submission.

    Args:
        extra: Further arguments for pytest, such as `--junitxml`.
    Raises:
        KeyboardInterrupt: The run was interrupted.
        GraderError: Something is wrong with the request or with the grader.
    """
    if session.submission.problem is not None or not session.names:
        return session.ungradable()
    reporter = Reporter(session)
    files = [str(course.checks_file) for course in session.courses.values()]
    arguments = [*_CLOSED, *(f"-pno:{name}" for name in _UNUSED), *_OURS, *extra, *files]
    before = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    said = io.StringIO()
    try:
        with session.running_ahead(), contextlib.redirect_stdout(said):
            code = pytest.main(arguments, plugins=[*_PLUGINS, _Sessioned(session), reporter])
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return _checked(reporter, code, said.getvalue())


def _checked(reporter: Reporter, code: int | pytest.ExitCode, said: str) -> GradeReport:
    """The report, if pytest ran exactly the checks that it collected and nothing else went wrong."""
    report = reporter.report
    told = sum(len(exercise.checks) for exercise in report.exercises) if report else 0
    if (
        report is None
        or told != reporter.expected
        or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    ):
        faults = "\n".join(reporter.faults[:3]) or said.strip()[-3000:]
        raise BrokenRunError(
            f"The grading run broke ({told} of {reporter.expected} checks came back):\n{faults}"
        )
    return report
