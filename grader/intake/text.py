"""From the bytes of a .py to its text, or to the sentence that says why not."""

from __future__ import annotations

import codecs
import re

from grader.intake.model import Unreadable

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#|$)")
_UTF16_OR_32 = (
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_BE,
)  # UTF-32-LE begins like UTF-16-LE
# Encodings that Python would read too and in which every byte is one character: nothing can hide in them.
_ONE_BYTE = {"iso8859-1", "iso8859-15", "cp1252"}
_TURNS_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069]")


def decode(data: bytes, shown: str) -> str:
    """Text with `\\n` newlines from UTF-8, or from an encoding that the file names and we trust."""
    if data.startswith(_UTF16_OR_32):
        raise Unreadable(f"{shown} is saved as UTF-16 or UTF-32. Save it as UTF-8 and hand it in again.")
    if (nul := data.find(b"\0")) >= 0:
        raise Unreadable(
            f"{shown} has a NUL byte in line {_line(data, nul)}: that is no text. "
            "Save it as plain text in UTF-8 and hand it in again."
        )
    encoding = "utf-8" if data.startswith(codecs.BOM_UTF8) else _named_encoding(data, shown)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{shown} is not {encoding.upper()}: byte 0x{data[error.start]:02x} in line "
            f"{_line(data, error.start)} (byte {error.start + 1} of the file). "
            "Save it as UTF-8 and hand it in again."
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def hidden_turn(text: str, where: str) -> str | None:
    """A remark on characters that make a text read otherwise than it runs; some scripts need them."""
    found = _TURNS_TEXT.search(text)
    if found is None:
        return None
    return (
        f"{where} has an invisible character in line {text.count(chr(10), 0, found.start()) + 1} "
        f"(U+{ord(found[0]):04X}) that changes the direction of text: what is shown may not be what runs."
    )


def _named_encoding(data: bytes, shown: str) -> str:
    """The encoding that one of the first two lines names, as Python would take it, if we trust it."""
    for number, line in enumerate(data.splitlines()[:2], start=1):
        if found := _COOKIE.match(line):
            return _trusted(found[1].decode("ascii", "replace"), shown, number)
        if not _BLANK.match(line):
            break
    return "utf-8"


def _trusted(named: str, shown: str, line: int) -> str:
    try:
        encoding = codecs.lookup(named.replace("_", "-")).name
    except LookupError:
        encoding = ""
    if encoding in ("utf-8", "utf-8-sig", "ascii"):
        return "utf-8"
    if encoding in _ONE_BYTE:
        return encoding
    raise Unreadable(
        f"{shown} says in line {line} that it is written in {named}. Save it as UTF-8, take that line out, "
        "and hand it in again."
    )


def _line(data: bytes, position: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", data[:position])) + 1
