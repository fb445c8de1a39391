"""Which expected file a name stands for, forgiving case, copies and what platforms and browsers add."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from grader.intake.model import Kind

# Canvas: [name_][LATE_]userid_fileid_; where it hides names the user is anon_ and five characters.
_CANVAS_USER = r"(?:(?P<user>.*?)_)??(?P<late>LATE_)?(?P<id>\d+|anon_[0-9A-Za-z]{5})_"
CANVAS = re.compile(_CANVAS_USER + r"(?P<file>\d+)_(?P<name>.+)", re.DOTALL)
# Text and links that were typed into Canvas instead of a file.
CANVAS_TYPED = re.compile(_CANVAS_USER + r"(?P<name>(?:text|link)\.html)", re.DOTALL)
# Moodle: "First Last_12345_assignsubmission_file_", a folder or the beginning of each name.
MOODLE = re.compile(
    r"(?P<user>.*)_(?P<id>\d+)_(?:assignsubmission_)?(?P<what>file|onlinetext)(?:_(?P<name>.*))?", re.DOTALL
)

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2")
OTHER_ARCHIVES = (".rar", ".7z", ".tar.xz", ".txz", ".gz", ".xz", ".bz2", ".zst")

_CLUTTER = {
    "__MACOSX",
    "__pycache__",
    "node_modules",
    "venv",
    "env",
    "site-packages",
    "Thumbs.db",
    "desktop.ini",
}
_COPY_WORD = r"(?:copy|kopie|kopia|copie|copia|cópia|kopi)"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_COPY_SUFFIXES = (
    re.compile(r"\s*\((?P<n>\d{1,4})\)$"),  # browsers
    re.compile(rf"[-_ –]+{_COPY_WORD}[-_ ]*\(?(?P<n>\d{{0,4}})\)?$", re.IGNORECASE),  # file managers, Jupyter
    re.compile(r"[-_ ](?P<n>\d{1,2})$"),  # Canvas, Finder
    re.compile(rf"-(?P<n>){_UUID}$"),  # Canvas, from the eighth copy on
)
_COPY_PREFIX = re.compile(rf"^{_COPY_WORD}(?: \((?P<n>\d+)\))? (?:of|von|de|di|da) ", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Match:
    """How a name stands for an expected file; the smallest is the one that counts.

    Attributes:
        notebook: A .py counts before a notebook.
        distance: 0 the exact name, 1 but for case and separators, 2 a copy.
        age: The smaller, the newer: minus the number of the copy, minus the platform's number of the file.
    """

    notebook: bool
    distance: int
    age: tuple[int, int]
    stem: str

    @property
    def kind(self) -> Kind:
        return "ipynb" if self.notebook else "py"


def is_clutter(name: str) -> bool:
    """What computers leave beside the files that people write: hidden files, caches, environments."""
    return name.startswith(".") or name in _CLUTTER


def is_archive(name: str) -> bool:
    """Whether the name is that of an archive that can be read."""
    return name.lower().endswith(ARCHIVES)


def is_other_archive(name: str) -> bool:
    """Whether the name is that of an archive that can't be read here."""
    return not is_archive(name) and name.lower().endswith(OTHER_ARCHIVES)


def without_archive_suffix(name: str) -> str:
    """`hw.tar.gz` -> `hw`."""
    suffix = next((s for s in (*ARCHIVES, *OTHER_ARCHIVES) if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)]


def bare_name(name: str) -> str:
    """What a hand-in of this name is called: `s7.tar.gz`, `s7.py` or `s7` -> `s7`."""
    return name.rpartition(".")[0] if code_kind(name) else without_archive_suffix(name)


def code_kind(name: str) -> Kind | None:
    """ "py", "ipynb" or None, by the name's ending in any case."""
    ending = name.strip().lower().rpartition(".")[2]
    return "py" if ending == "py" else "ipynb" if ending == "ipynb" else None


def undecorated(name: str) -> tuple[str, int]:
    """A file's own name and the platform's number for it: `doe_123_456_a.py` -> `a.py`, 456."""
    name = unicodedata.normalize("NFC", name)
    if canvas := CANVAS.fullmatch(name):
        return canvas["name"], int(canvas["file"][:18])
    moodle = MOODLE.fullmatch(name)
    return (moodle["name"], 0) if moodle and moodle["name"] else (name, 0)


def match(name: str, expected: Sequence[str]) -> Match | None:
    """The expected file that this name stands for, if any."""
    kind = code_kind(name)
    if kind is None:
        return None
    notebook = kind == "ipynb"
    own, number = undecorated(name)
    for full_name in (unicodedata.normalize("NFC", name), own):
        base = full_name.strip().rpartition(".")[0]
        if base in expected:
            return Match(notebook, 0, (0, -number), base)
    by_canonical = {canonical(stem): stem for stem in reversed(expected)}
    copy = 0
    distance = 1
    while canonical(base) not in by_canonical:
        shorter = _strip_copy(base)
        if shorter is None:
            return None
        base, copy, distance = shorter[0], max(copy, shorter[1]), 2
    return Match(notebook, distance, (-copy, -number), by_canonical[canonical(base)])


def copy_age(name: str) -> tuple[int, int]:
    """As `Match.age`, for an archive: the smaller, the newer."""
    own, number = undecorated(name.rpartition("/")[2])
    base, copy = without_archive_suffix(own), 0
    while shorter := _strip_copy(base):
        base, copy = shorter[0], max(copy, shorter[1])
    return -copy, -number


def canonical(stem: str) -> str:
    """What is left when case and separators don't matter: `Word-Window` -> `word_window`."""
    return re.sub(r"[-_\s]+", "_", unicodedata.normalize("NFKC", stem).casefold().strip())


def near_miss(name: str, stem: str) -> float:
    """How much a name that stands for no expected file looks like one, from 0 to 1; under 0.75 it doesn't."""
    own = canonical(undecorated(name)[0].lower().removesuffix(".txt"))
    own = own.rpartition(".")[0] or own
    wanted = canonical(stem)
    if wanted in own or own in (wanted.replace("_", ""), wanted.split("_")[0]):
        return 0.9
    return difflib.SequenceMatcher(None, own[:100], wanted).ratio()


def _strip_copy(base: str) -> tuple[str, int] | None:
    for pattern in (*_COPY_SUFFIXES, _COPY_PREFIX):
        found = pattern.search(base)
        if found:
            number = int(found["n"] or 1) if _UUID not in pattern.pattern else 8
            return base[: found.start()] + base[found.end() :], number
    return None
