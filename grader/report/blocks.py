"""Entries laid out in lines, with carets under those that differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class _Token:
    """One entry with the brackets and the comma around it; the entry itself is `text[start:stop]`."""

    text: str
    start: int
    stop: int
    marked: bool
    ends_row: bool


def lay_out(
    texts: Sequence[str], shape: Sequence[int], wrong: frozenset[int], width: int, *, in_rows: bool = False
) -> list[str]:
    """The entries as nested lists in lines of at most `width`, each marked line followed by a line of carets.

    One line where it fits; else one line for each row, in columns, broken further where a row is too wide.
    Where everything differs, nothing is marked: that would tell nothing. `in_rows` asks for columns at once.
    """
    if not shape:
        return [texts[0]]
    if math.prod(shape) == 0:
        return ["(no entries)"]
    marked = wrong if len(wrong) < len(texts) else frozenset()
    tokens = list(_tokens(texts, shape, marked, 0))
    if not in_rows and len(" ".join(token.text for token in tokens)) <= width:
        return _line(tokens, "")
    column = max(map(len, texts))
    padded = [text.rjust(column) for text in texts]
    tokens = list(_tokens(padded, shape, marked, len(shape)))
    return [line for row in _rows(tokens) for line in _broken(row, width, len(shape))]


def _tokens(
    texts: Sequence[str], shape: Sequence[int], marked: frozenset[int], indent: int
) -> Iterator[_Token]:
    steps = [math.prod(shape[axis:]) for axis in range(len(shape))]
    for index, text in enumerate(texts):
        opening = sum(index % step == 0 for step in steps)
        closing = sum((index + 1) % step == 0 for step in steps)
        before = "[" * opening
        if opening:
            before = before.rjust(indent)
        after = "]" * closing + ("," if index + 1 < len(texts) else "")
        bare = len(text) - len(text.lstrip())
        start = len(before) + bare
        stop = len(before) + len(text)
        yield _Token(before + text + after, start, stop, index in marked, bool(closing))


def _rows(tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    row: list[_Token] = []
    for token in tokens:
        row.append(token)
        if token.ends_row:
            yield row
            row = []


def _broken(row: Sequence[_Token], width: int, indent: int) -> Iterator[str]:
    line: list[_Token] = []
    used = 0
    margin = ""
    for token in row:
        if line and used + 1 + len(token.text) > width:
            yield from _line(line, margin)
            line, margin, used = [], " " * indent, indent
        used += len(token.text) + (1 if line else 0)
        line.append(token)
    yield from _line(line, margin)


def _line(tokens: Sequence[_Token], margin: str) -> list[str]:
    text, marks = margin, " " * len(margin)
    for index, token in enumerate(tokens):
        if index:
            text += " "
            marks += " "
        under = (" " * token.start + "^" * (token.stop - token.start)) if token.marked else ""
        text += token.text
        marks += under.ljust(len(token.text))
    return [text, marks.rstrip()] if marks.strip() else [text]
