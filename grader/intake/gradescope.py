"""Who handed in what, from Gradescope's `submission_metadata.yml`.

A whole YAML parser is not needed for four facts in a file that one program writes. The file also holds what
students printed, which must not be taken for facts: it is indented deeper than all that is read here.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

METADATA = "submission_metadata.yml"

_SUBMISSION = re.compile(r"(\S.*?):\s*")
_SECTION = re.compile(r" {2}:(\w+):.*")
_SUBMITTER = re.compile(r" {2,4}- :(\w+):(.*)")
_DETAIL = re.compile(r" {4,6}:(\w+):(.*)")


@dataclass
class Submitter:
    """One author; "" is what the metadata leave open."""

    name: str = ""
    sid: str = ""
    email: str = ""


@dataclass
class Submitted:
    """What the metadata say about one submission."""

    submitters: list[Submitter] = field(default_factory=list)
    attempt: int = 1


def read_metadata(data: bytes) -> dict[str, Submitted]:
    """The submissions by the names of their folders; what can't be understood is left out."""
    submissions: dict[str, Submitted] = {}
    current, section = Submitted(), ""
    for line in data.decode("utf-8", "replace").splitlines():
        if found := _SUBMISSION.fullmatch(line):
            current, section = submissions.setdefault(_plain(found[1]), Submitted()), ""
        elif found := _SECTION.fullmatch(line):
            section = found[1]
        elif section == "submitters" and (found := _SUBMITTER.fullmatch(line)):
            current.submitters.append(Submitter())
            _note(current.submitters[-1], found[1], _plain(found[2]))
        elif section == "submitters" and current.submitters and (found := _DETAIL.fullmatch(line)):
            _note(current.submitters[-1], found[1], _plain(found[2]))
        elif section == "history" and re.match(r" {2,4}- :", line):
            current.attempt += 1  # one entry for each earlier try
    return submissions


def _note(submitter: Submitter, key: str, value: str) -> None:
    if key in ("name", "sid", "email"):
        setattr(submitter, key, value)


def _plain(scalar: str) -> str:
    """The text of a YAML scalar on one line; of one that goes on in the next line, its beginning."""
    scalar = scalar.strip()
    if len(scalar) >= 2 and scalar[0] == scalar[-1] == "'":
        return scalar[1:-1].replace("''", "'")
    if len(scalar) >= 2 and scalar[0] == scalar[-1] == '"':
        try:
            return str(ast.literal_eval(scalar))  # its escapes are Python's too
        except (SyntaxError, ValueError):
            return scalar[1:-1]
    return "" if scalar in ("null", "~") else scalar.lstrip("\"'")
