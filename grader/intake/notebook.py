"""The code cells of a Jupyter notebook, as the curriculum takes them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import msgspec

from grader.intake.model import MAX_CODE_BYTES, Unreadable, too_large

MAX_CELLS = 5_000

_CELL_MAGIC = re.compile(r"\s*^%%(?P<name>\w*)", re.MULTILINE)
_KEPT_MAGICS = {"time", "capture"}
_NOT_PYTHON = ("%", "!", "?")

_Text = str | list[str]


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: _Text = ""
    input: _Text = ""  # its name up to format 3


class _Worksheet(msgspec.Struct):
    cells: list[_Cell] = msgspec.field(default_factory=list)


class _Notebook(msgspec.Struct):
    cells: list[_Cell] | None = None
    worksheets: list[_Worksheet] | None = None  # up to format 3


def code_cells(data: bytes, shown: str) -> tuple[str, ...]:
    """What each code cell has to run, in order; `""` for one that is left out."""
    found = _parse(data, shown)
    cells = [_text(cell) for cell in _cells(found, shown) if cell.cell_type == "code"]
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"{shown} has {len(cells)} code cells; at most {MAX_CELLS} are read.")
    size = sum(len(cell.encode("utf-8", "surrogatepass")) for cell in cells)
    if size > MAX_CODE_BYTES:
        raise too_large(f"The code of {shown}", size, MAX_CODE_BYTES)
    return tuple(runnable(cell) for cell in cells)


def is_notebook(data: bytes) -> bool:
    """Whether a .py is a notebook that was renamed; no Python file begins like this."""
    return data.lstrip().startswith(b"{") and b'"nbformat"' in data and b'"cell_type"' in data


def runnable(cell: str) -> str:
    """A cell without what is not Python: lines keep their numbers, a cell that is left out becomes empty."""
    magic = _CELL_MAGIC.match(cell)
    if magic and magic["name"] not in _KEPT_MAGICS:
        return ""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("" if line.startswith(_NOT_PYTHON) else line for line in lines)


def _parse(data: bytes, shown: str) -> _Notebook:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(f"{shown} is saved as UTF-16. Save it from Jupyter and hand it in again.")
    try:
        return msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8), type=_Notebook)
    except RecursionError:
        reason = "it is nested too deeply"
    except (msgspec.MsgspecError, UnicodeError) as error:
        reason = str(error)
    raise Unreadable(
        f"{shown} is not a notebook that can be read: {reason}. Save it from Jupyter and hand it in again."
    )


def _cells(notebook: _Notebook, shown: str) -> Iterator[_Cell]:
    if notebook.cells is None and notebook.worksheets is None:
        raise Unreadable(
            f"{shown} has no cells where a notebook has them. Open it in Jupyter, save it, hand it in again."
        )
    yield from notebook.cells or ()
    for sheet in notebook.worksheets or ():
        yield from sheet.cells


def _text(cell: _Cell) -> str:
    text = cell.source or cell.input
    return text if isinstance(text, str) else "".join(text)
