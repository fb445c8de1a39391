"""Errors of the submission's own code as a student reads them: their lines, the shapes at hand, what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.engine.meanings import meaning
from grader.values import Frame, Raised, clean_text

MAX_TRACEBACK = 4_096


def traceback_text(raised: Raised) -> str:
    """The submission's own frames, innermost last, the shapes of the tensors in the failing line, the exception."""
    lines: list[str] = []
    for frame in raised.frames:
        lines.append(f"{frame.file}, line {frame.line}, in {frame.function}")
        if frame.source:
            lines.append(f"    {frame.source}")
    if raised.frames and (named := named_tensors(raised.frames[-1])):
        lines.append("    where " + ", ".join(f"{name}: {text}" for name, text in named.items()))
    lines.append(f"{raised.name}: {raised.message}" if raised.message else raised.name)
    return clean_text("\n".join(lines), MAX_TRACEBACK)


def named_tensors(frame: Frame) -> dict[str, str]:
    """The tensors that the frame's line names, in the order in which it does, with dtype and shape."""
    source = frame.source[:300]
    places = {name: _place(name, source) for name in list(frame.variables)[:24]}
    named = sorted((place, name) for name, place in places.items() if place is not None)
    return {name: frame.variables[name] for _, name in named}


def _place(name: str, source: str) -> int | None:
    """Where a line names a variable (`x`, but not the end of `model.x`) or an attribute (`self.weight`)."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}\b", source)
    return found.start() if found else None


def explain(raised: Raised, exercise: str, contract: str | None = None) -> str | None:
    """What an exception means, where its own words are not enough; None where nothing can be added.

    Args:
        exercise: What the check called.
        contract: How it is called, `row_average(x)`; None where that is not known.
    """
    frame = raised.frames[-1] if raised.frames else None
    shapes: Mapping[str, str] = named_tensors(frame) if frame else {}
    said = meaning(raised.name, clean_text(raised.message, 1_000), frame.source if frame else "", shapes)
    if frame is not None:
        return said
    wrong_call = _wrong_call(raised, exercise, contract)
    if wrong_call is not None:
        return wrong_call
    outside = f"No line of yours raised this: it happened when the check used what {exercise} gave back."
    return f"{outside} {said}" if said else outside


_CALL = re.compile(
    r"(?:[\w<>]+\.)*(?P<name>\w+)\(\) "
    r"(missing \d+ required|takes .{0,60}positional argument|got an unexpected keyword|got multiple values)"
)


def _wrong_call(raised: Raised, exercise: str, contract: str | None) -> str | None:
    """The sentence for a call that does not fit the signature which the student wrote."""
    called = _CALL.match(clean_text(raised.message, 1_000))
    if raised.name != "TypeError" or called is None:
        return None
    name = called["name"]
    known = contract is not None and name == exercise
    how = f"It is called as {contract}." if known else "Compare its parameters with the starter's."
    counts_self = re.search(r"takes (\d+) positional arguments? but (\d+) w", raised.message)
    if name != exercise and counts_self and int(counts_self[2]) == int(counts_self[1]) + 1:
        how += " In a method the object itself is passed first: is `self` its first parameter?"
    return f"{name} could not be called: its parameters are not those of the exercise. {how}"
