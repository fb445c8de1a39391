"""Search for a small telling counterexample: shrink with Hypothesis, then try telling numbers and sizes.

The submission runs in its worker and the reference here, on the same drawn cases.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from grader.engine.draw import HypothesisSource, for_check, number, profile, run_hypothesis
from grader.engine.key import CheckKey, answer, encode_case, judge_case
from grader.engine.shrink import Live, Smallest, is_raised, shows
from grader.exercise import Check
from grader.sandbox.client import WorkerEndedError
from grader.sandbox.inside.run import Implementation
from grader.strategies import Source
from grader.values import MalformedError

MAX_EXAMPLES = 60  # drawn until one fails
FILLING = (
    2**31
)  # the upper bound of the integers that say what a tensor is filled with; 0 is the telling filling


@dataclass(frozen=True)
class _Drawn:
    """One integer that was asked for while a case was drawn."""

    side: bool
    low: int
    high: int
    value: int


class _Recording(HypothesisSource):
    """Hypothesis's integers, noted."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__(data)
        self.drawn: list[_Drawn] = []

    def integer(self, low: int, high: int) -> int:
        return self._noted(False, low, high)

    def side(self, low: int, high: int) -> int:
        return self._noted(True, low, high)

    def _noted(self, side: bool, low: int, high: int) -> int:
        value = super().integer(low, high)
        self.drawn.append(_Drawn(side, low, high, value))
        return value


class _Retold:
    """The integers of an earlier case again, but the telling filling, and sides from `sides` where given."""

    def __init__(self, drawn: list[_Drawn], sides: Iterator[int] | None) -> None:
        self._drawn = iter(drawn)
        self._sides = sides

    def integer(self, low: int, high: int) -> int:
        """The integer drawn at this place, kept within the bounds."""
        noted = next(self._drawn, None)
        if high == FILLING or noted is None:
            return low
        return max(low, min(noted.value, high))

    def side(self, low: int, high: int) -> int:
        """The next telling size."""
        size = self.integer(low, high)
        return size if self._sides is None else max(low, min(next(self._sides), high))


class _EnoughError(BaseException):
    """The calls are used up or the worker is gone; no `Exception`, which Hypothesis takes for a failure."""


def search(
    check: Check, reference: Implementation, live: Live, seed: int, calls: int, raised: bool
) -> list[Smallest]:
    """Counterexamples, the most telling first: unequal sizes and 1, 2, 3 …, then what shrinking gave.

    Args:
        calls: How often the submission may be run.
        raised: Whether it is to fail by an exception, or by a wrong answer.
    """
    tries = _Tries(check, reference, live, seed, calls, raised)
    best: list[tuple[Smallest, list[_Drawn]]] = []

    def fails(data: st.DataObject) -> None:
        source = _Recording(data)
        found = tries.attempt(source)
        if found is not None:
            if not best or found.size <= best[0][0].size:
                best[:] = [(found, source.drawn)]
            raise AssertionError

    try:
        drawing = number(seed, check.assignment, check.exercise, *check.inputs)
        run_hypothesis(fails, profile(MAX_EXAMPLES, (Phase.generate, Phase.shrink)), drawing)
    except (AssertionError, _EnoughError, Flaky):
        pass  # stopped, or a submission whose answers don't repeat: what was found until then counts
    if not best or tries.gone:
        return []
    shrunk, drawn = best[0]
    tries.left = len(_RETOLD)
    return [*_retold(tries.attempt, drawn), shrunk]


_RETOLD: tuple[Callable[[], Iterator[int] | None], ...] = (
    lambda: itertools.count(2),
    lambda: itertools.count(1),
    lambda: None,
)


def _retold(attempt: Callable[[Source], Smallest | None], drawn: list[_Drawn]) -> list[Smallest]:
    try:
        tried = [attempt(_Retold(drawn, sides())) for sides in _RETOLD]
    except _EnoughError:
        return []
    return [one for one in tried if one is not None]


@dataclass
class _Tries:
    """Runs both sides on drawn cases, as long as calls are left.

    Once the worker is `gone`, dead or too slow, what was found may depend on the machine and does not count.
    """

    check: Check
    reference: Implementation
    live: Live
    seed: int
    left: int
    raised: bool
    gone: bool = False

    def attempt(self, source: Source) -> Smallest | None:
        """The case that `source` leads to, if it fails in the same way and so that a reader sees it."""
        inputs = encode_case(for_check(self.check, source))
        self.left -= 1
        if self.left < 0:
            raise _EnoughError
        case_seed = number(self.seed, self.check.id, "shrink") >> 31
        right = answer(self.check, self.reference, inputs, case_seed)
        key = CheckKey(self.check.id, [inputs], [case_seed], [right], {})
        try:
            observed = self.live(inputs, case_seed)
            difference = judge_case(self.check, key, 0, observed)
        except (WorkerEndedError, MalformedError):
            self.gone = True
            raise _EnoughError from None
        if difference is None:
            return None
        found = Smallest(inputs, right.observation, observed, difference, shrunk=True, seed=case_seed)
        return found if is_raised(found) == self.raised and shows(found) else None
