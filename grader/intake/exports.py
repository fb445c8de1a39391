"""The hand-ins of a class: a folder of folders, archives or files, git clones, a course platform's export.

- Gradescope: a folder for each submission beside `submission_metadata.yml`, which says whose it is;
- Canvas: all files in one folder; the student, LATE and two numbers in front of each name;
- Moodle: a folder for each student, `First Last_12345_assignsubmission_file_`, or that in front of each name.

Each may be the folder that was unpacked or the .zip as it came, which is then read in place.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.gradescope import METADATA, Submitted, read_metadata
from grader.intake.load import load_submission, ungradable
from grader.intake.model import MIB, NoSuchSubmission, Submission, show
from grader.intake.names import (
    CANVAS,
    CANVAS_TYPED,
    MOODLE,
    bare_name,
    code_kind,
    is_archive,
    is_other_archive,
)
from grader.intake.places import Place, place_at

MAX_METADATA_BYTES = 256 * MIB  # what every submission printed is in it
MAX_NAME_CHARS = 100
MAX_NAME_BYTES = 200  # file systems allow 255; the rest is for endings
_AGAIN = re.compile(r"-([1-7])(?:\.[^.]*)?$")  # Canvas, for a name that the student handed in before
_WINDOWS_KEEPS = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """One submission of a class, not read yet.

    Attributes:
        name: Unique in the class, whatever the case, and safe as the name of a folder.
        author: As the export or the name of the file gives it; several are joined by " & ".
        path: What `load_submission` takes: a folder, an archive, a file, or the whole class's folder or zip.
        members: The files in `path` that are this submission, if it is not all of it.
        late: The export says so; only Canvas's does.
        attempt: Which try it is, from 1, as far as the export shows it.
        ids: The authors' numbers on the platform (Gradescope: student ids), "" for one without.
        emails: The authors' addresses, where the export has them, in the same order.
        platform: "gradescope", "canvas" or "moodle", whose `ids` mean nothing to the others; "" for a folder.
    """

    name: str
    author: str
    path: Path
    members: tuple[str, ...] = ()
    late: bool = False
    attempt: int = 1
    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    platform: str = ""


def find_submissions(source: Path) -> list[Found]:
    """All submissions in a folder or an export, sorted by name; an empty list where there are none.

    What is neither a folder nor code nor an archive (a roster, a hidden file) is left out, unless a platform
    says whose it is. Nothing is read but the export's table of contents and metadata. Links are listed;
    `load_found` refuses them.

    Raises:
        NoSuchSubmission: Nothing is at `source`.
        Unreadable: It can't be opened, or is a zip that can't be read.
    """
    try:
        source.lstat()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        raise NoSuchSubmission(source) from None
    place = place_at(source)
    if place is None:
        return _named([Found(source.name, bare_name(source.name), source)])
    place = _unwrapped(place)
    found = _gradescope(place) if METADATA in place.tops else _by_names(place)
    return _named(sorted(found, key=lambda each: (each.name, each.path, each.members)))


def load_found(found: Found, expected: Sequence[str], known: Collection[str] = ()) -> Submission:
    """Read it as `load_submission` does, but refuse a link: who handed it in chose what it leads to."""
    if not found.members and found.path.is_symlink():
        return ungradable(
            found.name, f"{show(found.path.name)} is a symbolic link. Hand in what it leads to."
        )
    return load_submission(found.path, expected, name=found.name, known=known, members=found.members)


def _unwrapped(place: Place) -> Place:
    """What is in the one folder of a place, where that folder holds a class and is not itself a hand-in."""
    if len(place.tops) != 1 or not place.is_folder(only := next(iter(place.tops))) or MOODLE.fullmatch(only):
        return place
    inner = place.inner(only)
    folders = [top for top in inner.tops if inner.is_folder(top) or is_archive(top)]
    is_class = METADATA in inner.tops or any(_platform_name(top) for top in inner.tops)
    return inner if is_class or (len(folders) > 1 and not any(map(code_kind, inner.tops))) else place


def _platform_name(top: str) -> bool:
    return any(pattern.fullmatch(top) for pattern in (CANVAS, CANVAS_TYPED, MOODLE))


def _gradescope(place: Place) -> Iterator[Found]:
    metadata = read_metadata(place.read(METADATA, MAX_METADATA_BYTES))
    for top in place.tops:
        if top == METADATA:
            continue
        about = metadata.get(top, Submitted())
        authors = about.submitters
        yield replace(
            _whole(place, top),
            author=" & ".join(filter(None, (one.name or one.email or one.sid for one in authors))) or top,
            attempt=about.attempt,
            ids=tuple(one.sid for one in authors),
            emails=tuple(one.email for one in authors),
            platform="gradescope",
        )


def _by_names(place: Place) -> Iterator[Found]:
    """Canvas and Moodle give themselves away by the names; everything else is one submission each."""
    canvas: dict[tuple[str, str], list[re.Match[str]]] = defaultdict(list)
    moodle: dict[tuple[str, str], list[re.Match[str]]] = defaultdict(list)
    for top in place.tops:
        is_folder = place.is_folder(top)
        if place.is_link(top):
            yield Found(top, bare_name(top), place.path / top)
        elif not is_folder and (parsed := CANVAS.fullmatch(top) or CANVAS_TYPED.fullmatch(top)):
            canvas[parsed["user"] or "", parsed["id"]].append(parsed)
        elif parsed := MOODLE.fullmatch(top):
            moodle[parsed["user"], parsed["id"]].append(parsed)
        elif is_folder or code_kind(top) or is_archive(top) or is_other_archive(top):
            yield _whole(place, top)
    for (user, number), files in canvas.items():
        yield _canvas(place, user, number, files)
    for (user, number), parts in moodle.items():
        yield _moodle(place, user, number, parts)


def _canvas(place: Place, user: str, number: str, files: Sequence[re.Match[str]]) -> Found:
    return Found(
        name=f"{user}_{number}" if user else number,
        author=user or number,
        path=place.path,
        members=tuple(sorted(place.member(parsed.string) for parsed in files)),
        late=any(parsed["late"] for parsed in files),
        attempt=1 + max(int(again[1]) if (again := _AGAIN.search(parsed["name"])) else 0 for parsed in files),
        ids=(number,),
        platform="canvas",
    )


def _moodle(place: Place, user: str, number: str, parts: Sequence[re.Match[str]]) -> Found:
    """One student's files; a text typed into Moodle comes as a folder of its own, and counts only alone."""
    files = [parsed for parsed in parts if parsed["what"] == "file"] or list(parts)
    name = f"{user}_{number}"
    if len(files) == 1 and place.is_folder(files[0].string):
        whole = _whole(place, files[0].string)
        return replace(whole, name=name, author=user, ids=(number,), platform="moodle")
    members = tuple(sorted(place.member(parsed.string) for parsed in files))
    return Found(name, user, place.path, members, ids=(number,), platform="moodle")


def _whole(place: Place, top: str) -> Found:
    """All of a folder, an archive or a file; of a folder with one file, that file: any name will do."""
    author = bare_name(top)
    if place.zipped:
        return Found(top, author, place.path, tuple(place.tops[top]))
    if place.is_folder(top) and len(inside := place.names_in(top)) == 1 and code_kind(inside[0]):
        return Found(top, author, place.path / top, (inside[0],))
    return Found(top, author, place.path / top)


def _named(submissions: Sequence[Found]) -> list[Found]:
    """The same with names that are safe and, whatever the case, unique.

    All that would have the same name are marked: which of them came first says nothing about whose it is.
    """
    names = [_safe(bare_name(found.name)) for found in submissions]
    alike = Counter(name.casefold() for name in names)
    named: list[Found] = []
    taken: set[str] = set()
    for found, name in zip(submissions, names, strict=True):
        if alike[name.casefold()] > 1:
            name = _marked(name, "\n".join([found.name, *found.members]))
        while name.casefold() in taken:  # somebody chose a name that looks marked
            name = _marked(name, name)
        taken.add(name.casefold())
        named.append(replace(found, name=name, author=show(found.author)))
    return named


def _safe(name: str) -> str:
    """A name that every file system takes as one folder's; it stays as it is where it can."""
    name = unicodedata.normalize("NFC", name)
    text = name.encode("utf-8", "replace").decode()
    text = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in text)
    text = text[:MAX_NAME_CHARS].encode()[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    text = text.strip(" ").lstrip(".-~").rstrip(". ") or "submission"
    if _WINDOWS_KEEPS.fullmatch(text):
        text = f"_{text}"
    return text if text == name else _marked(text, name)


def _marked(text: str, original: str) -> str:
    """Told apart by its original, so that a name doesn't depend on who else is in the class."""
    return f"{text}-{hashlib.sha256(original.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"
