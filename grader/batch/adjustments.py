"""What staff decide after the fact: late policy, overrides, checks struck out. Kept in a file of their own.

A batch measures; `DIR/adjustments.toml` adjusts. The measured score never changes; every export shows both.

    [late]
    percent_a_day = "10"      # of the maximum
    at_most_percent = "50"
    grace_days = "0.1"

    [late.days]               # how late who was; a submission that the platform marks late counts as one day
    s1042 = "2.5"

    [[override]]
    submission = "s1042"
    exercise = "adaline/mse_loss"     # left out: the whole score
    score = "2"
    reason = "Right by the wording of the first hand-out."

    [[struck]]
    check = "adaline/mse_loss/refuses_shapes_that_differ"
    credit = "all"                    # its points for everybody; "none": it is taken out of the maximum
    reason = "The hand-out did not say so."
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, TypeVar

from grader.errors import UsageError

FILE = "adjustments.toml"
Credit = Literal["all", "none"]
_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Late:
    """What being late costs: percent of the maximum for each day begun after the grace."""

    percent_a_day: Decimal = Decimal(0)
    at_most_percent: Decimal = Decimal(100)
    grace_days: Decimal = Decimal(0)
    days: Mapping[str, Decimal] = field(default_factory=dict)

    def days_late(self, name: str, marked_late: bool) -> Decimal:
        """How late a submission was, in days."""
        return self.days.get(name, Decimal(int(marked_late)))

    def percent(self, days: Decimal) -> Decimal:
        """What so many days cost, in percent of the maximum."""
        if days <= self.grace_days:
            return Decimal(0)
        begun = (days - self.grace_days).to_integral_value("ROUND_CEILING")
        return min(begun * self.percent_a_day, self.at_most_percent)


@dataclass(frozen=True)
class Override:
    """A score that staff set by hand, for one exercise or for all of a submission."""

    submission: str
    exercise: str | None
    score: Decimal
    reason: str


@dataclass(frozen=True)
class Struck:
    """A check that turned out bad: its points go to everybody, or count for nobody."""

    check: str
    credit: Credit
    reason: str


@dataclass(frozen=True)
class Adjustments:
    """Everything that staff decided about one batch."""

    late: Late = field(default_factory=Late)
    overrides: tuple[Override, ...] = ()
    struck: tuple[Struck, ...] = ()


def read_adjustments(file: Path) -> Adjustments:
    """The adjustments in a file; none where there is no such file.

    Raises:
        UsageError: It cannot be understood; the sentence says which entry and why.
    """
    if not file.is_file():
        return Adjustments()
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: it cannot be read: {error}.") from None
    reader = _Reader(file)
    reader.only(data, ("late", "override", "struck"), "")
    return Adjustments(
        late=reader.late(reader.table(data, "late", "late")),
        overrides=reader.once(
            [reader.override(entry) for entry in reader.entries(data, "override")],
            lambda one: f"{one.submission!r}" + (f" with {one.exercise}" if one.exercise else ""),
        ),
        struck=reader.once(
            [reader.struck(entry) for entry in reader.entries(data, "struck")], lambda one: one.check
        ),
    )


@dataclass(frozen=True)
class _Reader:
    file: Path

    def wrong(self, what: str) -> UsageError:
        return UsageError(f"{self.file}: {what}")

    def entries(self, data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        entries = data.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self.wrong(f"write [[{name}]], and below it an entry's lines.")
        return entries

    def table(self, data: Mapping[str, Any], name: str, shown: str) -> dict[str, Any]:
        entry = data.get(name, {})
        if not isinstance(entry, dict):
            raise self.wrong(f"{name} = {entry!r}: write [{shown}], and below it its lines.")
        return entry

    def only(self, entry: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
        for name in entry:
            if name not in names:
                raise self.wrong(f"{where}{name!r} means nothing; there is {', '.join(names)}.")

    def once(self, entries: Sequence[_Entry], about: Callable[[_Entry], str]) -> tuple[_Entry, ...]:
        """The entries; of two about the same, nobody knows which was meant."""
        for name, count in Counter(about(entry) for entry in entries).items():
            if count > 1:
                raise self.wrong(f"{name} is adjusted {count} times; leave one.")
        return tuple(entries)

    def number(self, entry: Mapping[str, Any], name: str, default: Decimal, where: str) -> Decimal:
        value = entry.get(name, default)
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0:
            raise self.wrong(f"{where}{name} = {value!r} is no number from 0.")
        return number

    def text(self, entry: Mapping[str, Any], name: str, where: str) -> str:
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{where}{name} is missing; each entry needs one.")
        return value.strip()

    def late(self, entry: Mapping[str, Any]) -> Late:
        self.only(entry, ("percent_a_day", "at_most_percent", "grace_days", "days"), "[late] ")
        given = self.table(entry, "days", "late.days")
        return Late(
            percent_a_day=self.number(entry, "percent_a_day", Decimal(0), "[late] "),
            at_most_percent=self.number(entry, "at_most_percent", Decimal(100), "[late] "),
            grace_days=self.number(entry, "grace_days", Decimal(0), "[late] "),
            days={name: self.number(given, name, Decimal(0), "[late.days] ") for name in given},
        )

    def override(self, entry: dict[str, Any]) -> Override:
        self.only(entry, ("submission", "exercise", "score", "reason"), "[[override]] ")
        if "score" not in entry:
            raise self.wrong("[[override]] score is missing; each entry needs one.")
        return Override(
            submission=self.text(entry, "submission", "[[override]] "),
            exercise=self.text(entry, "exercise", "[[override]] ") if "exercise" in entry else None,
            score=self.number(entry, "score", Decimal(0), "[[override]] "),
            reason=self.text(entry, "reason", "[[override]] "),
        )

    def struck(self, entry: dict[str, Any]) -> Struck:
        self.only(entry, ("check", "credit", "reason"), "[[struck]] ")
        credit = entry.get("credit", "all")
        if credit not in ("all", "none"):
            raise self.wrong(f'[[struck]] credit = {credit!r}; write "all" or "none".')
        check, reason = self.text(entry, "check", "[[struck]] "), self.text(entry, "reason", "[[struck]] ")
        return Struck(check, credit, reason)
