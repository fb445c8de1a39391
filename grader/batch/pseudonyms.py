"""Pseudonyms: names that tell nobody who it is, the same in every export of one batch."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import replace
from pathlib import Path

import msgspec

from grader.batch.store import Person
from grader.errors import UsageError
from grader.model import GradeReport, from_json, to_json

FILE = "pseudonyms.key"
LEFT_OUT = "What was handed in cannot be read; the reason names files and is left out here."


class Pseudonyms:
    """Names made with a secret that stays in the batch's folder: who has it can tell who is who."""

    def __init__(self, folder: Path) -> None:
        file = folder / FILE
        try:
            if not file.exists():
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                os.write(descriptor, os.urandom(32))
                os.close(descriptor)
            self._secret = file.read_bytes()
        except OSError as error:
            raise UsageError(
                f"{file}: the secret of the pseudonyms cannot be kept there: {error.strerror}."
            ) from None

    def name(self, name: str) -> str:
        """The pseudonym of a submission."""
        return (
            "p"
            + hmac.new(self._secret, name.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:10]
        )

    def person(self, person: Person) -> Person:
        """Somebody without their name, numbers and addresses."""
        pseudonym = self.name(person.name)
        return replace(person, name=pseudonym, author=pseudonym, ids=(), emails=())

    def report(self, report: GradeReport | None, person: Person) -> GradeReport | None:
        """A report in which neither the submission's name nor its files' names tell whose it is.

        What a student wrote into the code itself, and what it printed, stays as it is. Sentences about what
        was handed in quote names of files, and are left out wherever they stand.
        """
        if report is None:
            return None
        text = to_json(report).decode()
        for sentence in sorted([*report.notes, report.problem or ""], key=len, reverse=True):
            text = text.replace(_in_json(sentence), LEFT_OUT) if sentence else text
        plain = {f"{name}{ending}" for name in report.assignments for ending in (".py", ".ipynb")}
        telling = sorted(set(report.submission.files) - plain, key=len, reverse=True)
        for number, file in enumerate(telling, start=1):
            text = text.replace(_in_json(file), f"file{number}{Path(file).suffix}")
        clean = from_json(text.encode())
        pseudonym = self.name(person.name)
        about = msgspec.structs.replace(
            clean.submission, name=pseudonym, files=sorted(clean.submission.files)
        )
        return msgspec.structs.replace(clean, submission=about, notes=[])


def _in_json(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]
