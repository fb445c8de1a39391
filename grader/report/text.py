"""Make foreign text safe to show, and wrap it.

Whatever stands in a report may come from a submission: what it printed, the messages of its exceptions, the
names of its files. Here it loses everything that a terminal, a log or a reader could take for something else.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

_ASCII = {
    "✗": "x",
    "✓": "+",
    "·": "-",
    "…": "...",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "→": "->",
}
_ASCII |= {"×": "x", "≥": ">=", "≤": "<=", "≠": "!=", "−": "-", "²": "^2", "\N{NO-BREAK SPACE}": " "}
_JOINERS = "\u200c\u200d"  # parts of words in some scripts, and of emoji


def clean(text: str) -> str:
    r"""The text without control characters: `\n` stays, a tab becomes spaces, others are shown as escapes.

    That covers ANSI sequences, carriage returns, marks that turn the direction of writing, lone surrogates.
    """
    text = text.replace("\r\n", "\n").expandtabs(4)
    return "".join(c if c == "\n" or c.isprintable() or c in _JOINERS else _escape(c) for c in text)


def _escape(char: str) -> str:
    if unicodedata.category(char) == "Zs":
        return " "
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str, limit: int = 400) -> str:
    """The cleaned text in one line of at most `limit` characters."""
    return shorten(" ".join(clean(text).split()), limit)


def shorten(text: str, limit: int) -> str:
    """The text, its end replaced by "…" where it is longer than `limit`."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def defuse(line: str) -> str:
    """A line that no CI runner takes for a command: they begin with `::`, or have `##[` or `##vso[` anywhere.

    Source: `ActionCommand.cs` of GitHub's runner, which trims leading white space before it looks for `::`.
    """
    bare = line.lstrip()
    if bare.startswith("::"):
        line = line[: len(line) - len(bare)] + ": :" + bare[2:]
    return line.replace("##[", "## [").replace("##vso[", "## vso[")


def encodable(text: str, encoding: str) -> str:
    """The text in what `encoding` has: plain substitutes for our own signs, escapes for everything else."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = "".join(_ASCII.get(c, c) for c in text)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width`; its own line breaks and the indentation of its lines stay."""
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())][: width // 2]
        lines += textwrap.wrap(
            line, width, subsequent_indent=indent, break_on_hyphens=False, replace_whitespace=False
        ) or [""]
    return lines


def first_lines(text: str, count: int, limit: int = 200) -> list[str]:
    """The first lines of what was printed, each cut at `limit`, repeated ones once, and how many are left."""
    lines = list(_told_once(clean(text).rstrip("\n").split("\n"), limit)) if text.strip() else []
    shown = lines[:count]
    left = len(lines) - count
    return [*shown, f"({left} more {'line' if left == 1 else 'lines'})"] if left > 0 else shown


def _told_once(lines: list[str], limit: int) -> Iterator[str]:
    times = 0
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        times += 1
        if line != following:
            counted = "" if times == 1 else f"  ({times} times)"
            yield shorten(line, limit - len(counted)) + counted
            times = 0


def plural(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun if count == 1 else noun + 's'}"
