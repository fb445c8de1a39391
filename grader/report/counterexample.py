"""A counterexample in lines: the call, what it should have given, what it gave, the difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.model import Counterexample
from grader.report import values
from grader.report.blocks import lay_out
from grader.report.facts import Fact, Limits, room_of, wrapped
from grader.report.text import clean, one_line, plural, shorten, wrap
from grader.report.values import Part

# --- the counterexample -------------------------------------------------------------------------------------


def counterexample_facts(found: Counterexample, limits: Limits) -> Iterator[Fact]:
    """The call, what it should have given, what it gave, and the difference in a sentence."""
    if found.call:
        yield Fact("", tuple(call_lines(found.call, limits.width)))
    remarks = [
        f"{one_line(name, 60)}: {text}"
        for name, value in found.inputs.items()
        if (text := input_remark(value))
    ]
    if remarks:
        yield wrapped("where", "; ".join(remarks), limits)
    differing = values.parts(found.expected, found.observed)
    shown = [part for part in differing if part.differs] or differing
    for part in shown[: limits.parts]:
        yield from _both_sides(part, limits)
    left = len(shown) - limits.parts
    if left > 0:
        yield Fact("", (f"({left} more of {plural(len(differing), 'part')} differ)",))
    if found.difference and not _says_it_all(shown):
        yield wrapped("differs", one_line(found.difference, 600), limits)


def input_remark(value: Any) -> str:
    """What the call doesn't show of an input: an unusual dtype, the layout, a gradient."""
    more = values.remark(value)
    if values.is_tensor(value) and (value["dtype"] not in ("float32", "int64", "bool") or more):
        return f"{values.kind(value)}{'; ' if more else ''}{more}"
    return ""


def _says_it_all(shown: Sequence[Part]) -> bool:
    """Whether the two lines above say as much: an exception, or two plain values under each other."""
    part = shown[0]
    if any(values.is_raised(value) for value in (part.expected, part.observed)):
        return True
    plain = (values.cells(part.expected), values.cells(part.observed))
    return (
        len(shown) == 1
        and all(block is not None and block.shape == () for block in plain)
        and not (values.kind(part.expected) or values.kind(part.observed))
    )


def _both_sides(part: Part, limits: Limits) -> Iterator[Fact]:
    """The expected part and the one that came, laid out alike."""
    room = room_of(limits)
    expected, got = _Side.of(part, part.expected, part.observed), _Side.of(part, part.observed, part.expected)
    beside = expected.fits_beside(room) and got.fits_beside(room)
    single = not (expected.shape or got.shape)
    column = 0 if beside or single else max(map(len, (*expected.texts, *got.texts)), default=0)
    wanted, came = (
        tuple(expected.lines(room, beside, column, frozenset())),
        tuple(got.lines(room, beside, column, part.wrong)),
    )
    if wanted != came or values.cells(part.observed) is None:  # else what differs is no number
        yield Fact("expected", wanted)
    yield Fact("got", came)


@dataclass(frozen=True)
class _Side:
    """One side of a part: its heading, and its entries or, where it has none, some text."""

    head: str
    shape: tuple[int, ...]
    texts: tuple[str, ...]
    text: str

    @staticmethod
    def of(part: Part, value: Any, beside: Any) -> _Side:
        lead = f"{part.label}: " if part.label else ""
        block, other = values.cells(value), values.cells(beside)
        if block is None or values.is_raised(value):
            raised = values.is_raised(value) and value is part.expected
            text = f"{one_line(value['raised'])} is raised" if raised else values.flat_text(value)
            return _Side((lead + values.kind(value)).strip(), (), (), text)
        texts = values.entry_texts(block, other if part.wrong else None, part.wrong)
        return _Side((lead + values.kind(value)).strip(), block.shape, tuple(texts), "")

    def fits_beside(self, room: int) -> bool:
        """Whether the entries stand in one line with the heading, or there are none."""
        flat = self.text or (values.nested(self.texts, self.shape) if self.texts else "(no entries)")
        return bool(self.text) or len(self.head) + 2 + len(flat) <= room

    def lines(self, room: int, beside: bool, column: int, wrong: frozenset[int]) -> list[str]:
        """The heading and the entries, those in `wrong` marked."""
        gap = " " if self.head.endswith(":") else "  "
        lead = f"{self.head}{gap}" if self.head else ""
        if self.text:
            return wrap(lead + self.text, room)
        if beside:
            first, *marks = lay_out(self.texts, self.shape, wrong, room)
            return [lead + first, *(" " * len(lead) + line for line in marks)]
        laid_out = lay_out([text.rjust(column) for text in self.texts], self.shape, wrong, room, in_rows=True)
        return _fitting([self.head, *laid_out] if self.head else laid_out, room)


def _fitting(lines: list[str], room: int) -> list[str]:
    return [piece for line in lines for piece in ([line] if len(line) <= room else wrap(line, room))]


def call_lines(call: str, width: int) -> list[str]:
    """A call in one line where it fits, else with each argument on a line of its own."""
    call = clean(call).replace("\n", " ")
    if len(call) <= width:
        return [call]
    name, arguments = split_call(call)
    if not arguments:
        return wrap(call, width)
    lines = [f"{name}("]
    for argument in arguments:
        lines += [f"  {line}" for line in wrap(f"{shorten(argument, 1200)},", width - 2)]
    return [*lines, ")"]


def split_call(call: str) -> tuple[str, list[str]]:
    """The name and the arguments of a call, split at its commas; none where it is no call."""
    opening = call.find("(")
    if opening < 0 or not call.endswith(")"):
        return call, []
    arguments, depth, begin = [], 0, opening + 1
    quote = ""
    for position in range(opening + 1, len(call) - 1):
        char = call[position]
        if quote:
            quote = "" if char == quote and call[position - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            arguments.append(call[begin:position].strip())
            begin = position + 1
    last = call[begin:-1].strip()
    return call[:opening], [*arguments, last] if last else arguments
