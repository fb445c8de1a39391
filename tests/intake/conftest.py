"""Hand-ins to read: folders, zips and notebooks made of a few names and texts."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Files = Mapping[str, bytes | str]


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Files, mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            raw = data.encode() if isinstance(data, str) else data
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return buffer.getvalue()


def notebook_json(*cells: str | list[str], **more: object) -> str:
    written = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": written, **more})


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Writes files into a new folder, which is the hand-in."""

    def write(files: Files) -> Path:
        root = tmp_path / "s1042"
        root.mkdir(exist_ok=True)
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        return root

    return write


@pytest.fixture
def make_zip() -> Callable[[Files], bytes]:
    return zipped


@pytest.fixture
def make_tar() -> Callable[..., bytes]:
    return tarred


@pytest.fixture
def make_notebook() -> Callable[..., str]:
    return notebook_json
