"""A machine to set up on: a copy of the scripts, a PATH of the test's making, and a pip without a network."""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.path.realpath(sys._base_executable)
TOOLS = ("sh", "cat", "cmp", "readlink", "dirname")  # all that the scripts use, but for Python

# Instead of the real one, which would bring torch: a project that needs one small package of our making.
PYPROJECT = """\
[project]
dependencies = ["pebble>=1,<2"]
[project.optional-dependencies]
dev = ["gravel>=1,<2"]
"""
MAIN = "import os, sys; print(sys.executable); print(*sys.argv[1:], sep='|'); print(os.getcwd())"


@dataclass
class Machine:
    """A project folder and what a start of `grade.sh` in it sees."""

    project: Path
    path: Path  # the only folder on the PATH
    env: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, script: str = "grade.sh", **options) -> subprocess.CompletedProcess[str]:
        command = [*options.pop("under", ()), self.project / script, *arguments]
        return subprocess.run(command, **self.streams(), timeout=300, check=False, **options)

    def start_in_the_background(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen([self.project / "grade.sh", *arguments], **self.streams())

    def streams(self) -> dict:
        env = {"PATH": str(self.path), "HOME": str(self.path.parent), **self.env}
        return {"env": env, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    def command(self, name: str, script: str) -> Path:
        """Put a command of this name on the PATH."""
        return executable(self.path / name, script)

    def has_python(self, name: str = "python3") -> None:
        self.command(name, f'exec {PYTHON} "$@"')


def executable(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def wheel(folder: Path, name: str, version: str) -> Path:
    """Make the smallest wheel that pip installs."""
    info = f"{name}-{version}.dist-info"
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh machine without a Python; the project's folder has spaces in its name."""
    project = tmp_path / "my course" / "the grader"
    shutil.copytree(ROOT / "setup", project / "setup", ignore=shutil.ignore_patterns("__pycache__"))
    for script in ("grade.sh", "test.sh"):
        shutil.copy(ROOT / script, project)
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "constraints.txt").write_text("pebble==1.0\ngravel==1.0\n")
    (project / "grader").mkdir()
    (project / "grader" / "__main__.py").write_text(MAIN)

    path = tmp_path / "bin"
    path.mkdir()
    for tool in TOOLS:
        (path / tool).symlink_to(shutil.which(tool) or pytest.skip(f"no {tool} here"))
    return Machine(project, path, pip_settings(tmp_path / "wheels"))


def pip_settings(wheels: Path) -> dict[str, str]:
    wheels.mkdir()
    for version in ("1.0", "1.5"):
        wheel(wheels, "pebble", version)
        wheel(wheels, "gravel", version)
    return {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine that is set up already, with a stand-in for the environment's Python; there is no other."""
    executable(machine.project / ".venv/bin/python", 'printf "%s|" "$PYTHONPATH" "$@"; echo; pwd')
    pins = (machine.project / "pyproject.toml").read_bytes() + (
        machine.project / "constraints.txt"
    ).read_bytes()
    (machine.project / ".venv/ready-run").write_bytes(pins)
    return machine
