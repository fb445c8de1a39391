"""How far a batch is: a bar on a terminal, elsewhere a line now and then; both on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 60.0


class BatchProgress:
    """Counts finished submissions. Draws the bar itself: no thread may be there when lanes are forked."""

    def __init__(self, total: int, finished: int = 0, stream: TextIO | None = None) -> None:
        self.total, self.finished, self._before = total, finished, finished
        self._stream = stream or sys.stderr
        self._began = self._told = time.monotonic()
        console = Console(file=self._stream)
        self._bar = _bar(console) if console.is_terminal else None
        if self._bar:
            self._task = self._bar.add_task("grading", total=total, completed=finished, rate="")

    def step(self, now: float | None = None) -> None:
        """One more submission is finished."""
        self.finished += 1
        self.show(now)

    def show(self, now: float | None = None) -> None:
        """Draw the bar again, or print a line if it is time for one."""
        now = time.monotonic() if now is None else now
        if self._bar:
            self._bar.update(self._task, completed=self.finished, rate=f"{self.rate(now):.1f}/s")
            self._bar.refresh()
        elif now - self._told >= LINE_EVERY_S:
            self._told = now
            print(self.line(now), file=self._stream, flush=True)

    def rate(self, now: float) -> float:
        """Submissions a second since this start."""
        return (self.finished - self._before) / max(now - self._began, 1e-9)

    def line(self, now: float) -> str:
        """Where we are, in one line."""
        rate = self.rate(now)
        left = _duration((self.total - self.finished) / rate) if rate else "unknown"
        return f"{self.finished} of {self.total} submissions, {rate:.1f} a second, time left {left}"

    def __enter__(self) -> BatchProgress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()


def _bar(console: Console) -> Progress:
    left = TimeRemainingColumn(compact=True, elapsed_when_finished=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        left,
    )
    return Progress(*columns, console=console, auto_refresh=False)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
