"""Draw the cases of a check with Hypothesis, from a seed: the edges first, then what its strategies describe.

Hypothesis decides about shapes, structure and edges by way of integers; bulk values come from generators seeded with
one of them (`grader.strategies`). It is imported only here and in `shrink`, since a warm run needs neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from grader.errors import AuthorError, GraderError
from grader.exercise import Check
from grader.strategies import Draw, Edge, Telling, draw_inputs

DRAWN_PHASES = (Phase.generate,)


def _draw_nothing_from_sources() -> None:
    """Keep Hypothesis from drawing numbers that stand in the source of whatever modules this process has loaded.

    It does so one time in forty, and has no setting for it: the same seed would give other cases in another process.
    """
    if hasattr(providers, "_get_local_constants"):
        nothing = type(providers._local_constants)()
        providers._get_local_constants = lambda: nothing
        providers.CONSTANTS_CACHE.cache.clear()


_draw_nothing_from_sources()

_integers: dict[tuple[int, int], st.SearchStrategy[int]] = {}


class HypothesisSource:
    """Integers from Hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self._draw = data.conjecture_data.draw

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high; shrinks towards low."""
        if low == high:
            return low
        strategy = _integers.get((low, high))
        if strategy is None:
            strategy = _integers[low, high] = st.integers(low, high)
        return self._draw(strategy)

    def side(self, low: int, high: int) -> int:
        """A size of a dimension."""
        return self.integer(low, high)


def profile(cases: int, phases: tuple[Phase, ...] = DRAWN_PHASES) -> settings:
    """The grader's own settings: nothing from the machine, the clock or an earlier run decides what is drawn."""
    return settings(
        settings.get_profile("default"),
        max_examples=cases,
        phases=phases,
        database=None,
        deadline=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


def number(*parts: object) -> int:
    """A 63-bit number that follows from the parts alone."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


def for_check(check: Check, source: Any, edge: Edge | None = None) -> dict[str, Any]:
    """The inputs of one case of a check."""
    pinned = edge.pinned if edge else {}
    dtypes = check.dtypes or ("float32",)
    layouts = check.layouts or ("contiguous",)
    return draw_inputs(check.inputs, Draw(source, pinned, dtypes, layouts))


def edge_cases(check: Check) -> list[dict[str, Any]]:
    """The explicit cases of a check; where it draws dtypes or layouts, one telling case of each instead."""
    cases = [for_check(check, Telling(), edge) for edge in check.edges]
    if not check.edges:
        cases = [
            for_check(check, _Nth(index))
            for index in range(max(len(check.dtypes or ()), len(check.layouts or ()), 1))
        ]
    return cases


class _Nth(Telling):
    """Like `Telling`, but of options it takes the n-th where there are as many."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self._index = index

    def integer(self, low: int, high: int) -> int:
        """The n-th choice of a short list, the lowest number of a long range."""
        return low + self._index if low + self._index <= high < 2**20 and low == 0 else low


def draw_cases(check: Check, seed: int, count: int) -> list[dict[str, Any]]:
    """`count` cases at most, fewer where the strategies know no more: the edges, then drawn ones.

    Args:
        seed: With the names of the check it determines every case.
    Raises:
        AuthorError: A strategy or an edge makes no sense.
    """
    try:
        return _cases(check, seed, count)
    except GraderError:
        raise
    except Exception as error:
        raise AuthorError(
            f"{check.id}: its inputs cannot be drawn: {type(error).__name__}: {error}"
        ) from error


def _cases(check: Check, seed: int, count: int) -> list[dict[str, Any]]:
    if check.cases == 1 and not check.edges:
        return _drawn(check, seed, 2)[
            -1:
        ]  # the only case is a fresh one; the first drawn is always the simplest
    cases = edge_cases(check)[:count] if check.cases is None or check.cases > 0 else []
    wanted = count - len(cases)
    return cases + _drawn(check, seed, wanted) if wanted > 0 else cases


def _drawn(check: Check, seed: int, count: int) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def collect(data: st.DataObject) -> None:
        cases.append(for_check(check, HypothesisSource(data)))

    run_hypothesis(collect, profile(count), number(seed, check.assignment, check.exercise, *check.inputs))
    return cases


def run_hypothesis(test: Callable[[st.DataObject], None], profile: settings, seed: int) -> None:
    """Run `test` as a property, with no name or source that could influence what is drawn."""
    given = hypothesis.given(st.data())(test)
    hypothesis.seed(seed)(profile(given))()
