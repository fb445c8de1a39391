"""Errors of the submission's own code as a student reads them: lines, shapes at hand, what it means."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Mapping

from grader.engine.meanings import meaning
from grader.values import Frame, Raised, clean_text

MAX_TRACEBACK = 4_096


def traceback_text(raised: Raised) -> str:
    """The submission's frames, innermost last, the shapes of tensors in the failing line, the exception."""
    lines: list[str] = []
    for (_, line), group in itertools.groupby(raised.frames, lambda frame: (frame.file, frame.line)):
        frame, *again = group  # a comprehension is a frame of its own, in the same line
        lines.append(f"{frame.file}, line {line}, in {frame.function}")
        if frame.source:
            lines.append(f"    {frame.source}")
        if any(other.function == frame.function for other in again):
            lines.append("    (again and again)")
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


def explain(raised: Raised, exercise: str, starter: str = "") -> str | None:
    """What an exception means, where its own words are not enough; None where nothing can be added.

    Args:
        exercise: What the check called.
        starter: The file that students start from, which has the right signatures.
    """
    frame = raised.frames[-1] if raised.frames else None
    shapes: Mapping[str, str] = named_tensors(frame) if frame else {}
    message = clean_text(raised.message, 1_000)
    if any("vmap(" in caller.source for caller in raised.frames) and "vmap" not in message:
        message = (
            f"vmap: {raised.name}: {message}"  # its shapes have a dimension more than the line's tensors
        )
    if frame is not None:
        return meaning(raised.name, message, frame.source, shapes)
    called = _CALL.match(message)
    if raised.name == "TypeError" and called is not None:
        return _wrong_call(called, exercise, starter)
    outside = (
        f"No line of yours raised this: it happened while the check used {exercise}, or what it gave back."
    )
    return " ".join(filter(None, (outside, meaning(raised.name, message, "", shapes))))


def explain_loading(raised: Raised) -> str | None:
    """What an exception means that a file raised when it was compiled or imported, and what to do about it."""
    source = raised.frames[-1].source if raised.frames else ""
    said = meaning(raised.name, clean_text(raised.message, 1_000), source, {})
    belongs_there = raised.name in _UNREADABLE or source.startswith(("import ", "from "))
    return " ".join(filter(None, (said, None if belongs_there else GUARD))) or None


_UNREADABLE = ("SyntaxError", "IndentationError", "TabError")


GUARD = 'Code that should not run when the file is imported belongs under `if __name__ == "__main__":`.'

NOTHING = "It gave back None: is a `return` missing, or is what it returns None?"


_CALL = re.compile(
    r"(?:[\w<>]+\.)*(?P<name>\w+)\(\) "
    r"(missing \d+ required|takes .{0,60}positional argument|got an unexpected keyword|got multiple values)"
)


def _wrong_call(called: re.Match[str], exercise: str, starter: str) -> str:
    """The sentence for a call that does not fit the signature which the student wrote."""
    contract = signature(starter, exercise, called["name"])
    how = (
        f"Its parameters are to be {contract}." if contract else "Compare its parameters with the starter's."
    )
    counts = re.search(r"takes (\d+) positional arguments? but (\d+) w", called.string)
    if called["name"] != exercise and counts and int(counts[2]) == int(counts[1]) + 1:
        how += " A method gets the object itself first: is `self` its first parameter?"
    return f"{called['name']} could not be called as the exercise says. {how}"


def signature(starter: str, exercise: str, name: str) -> str | None:
    """How the starter defines a function or a method of a class: `row_average(x)`; or None."""
    for node in ast.parse(starter).body:
        if getattr(node, "name", None) != exercise:
            continue
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        wanted = "__init__" if isinstance(node, ast.ClassDef) and name == exercise else name
        for function in inside:
            if isinstance(function, ast.FunctionDef) and function.name == wanted:
                return f"{wanted}({_without_annotations(function.args)})"
    return None


def _without_annotations(arguments: ast.arguments) -> str:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    return ast.unparse(arguments)
