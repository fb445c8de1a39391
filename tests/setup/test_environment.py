"""setup/environment.py: what counts as there, the pins, and the sentence for each kind of trouble."""

import errno
import importlib.util
import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from setup import environment

from .conftest import ROOT

PINS = {
    canonicalize_name(Requirement(line).name): Requirement(line)
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
}
NEEDS = environment.requirements(ROOT, "dev")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Pretend that a package is installed; importing it would fail."""

    def install(name: str, version: str) -> None:
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')\n")

    monkeypatch.syspath_prepend(tmp_path)
    return install


@pytest.mark.parametrize("version", ["1.2", "1.2.0", "1.10.3", "2.0", "2.9.0a0+50eac81", "2.13.0+cpu"])
def test_versions_in_the_range_will_do(installed, version: str) -> None:
    installed("pebble", version)
    assert environment.missing(["pebble>=1.2,<3"]) == []


@pytest.mark.parametrize("version", ["0.9", "1.1.9", "3.0", "10.0"])
def test_versions_outside_it_will_not(installed, version: str) -> None:
    installed("pebble", version)
    assert environment.missing(["pebble>=1.2,<3"]) == ["pebble>=1.2,<3"]


def test_absent_package_is_missing() -> None:
    assert environment.missing(["no-such-package>=1,<2"]) == ["no-such-package>=1,<2"]


@pytest.mark.parametrize("need", NEEDS)
def test_each_requirement_is_in_the_form_that_the_set_up_reads(need: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+,<[\d.]+", need)


@pytest.mark.parametrize("need", NEEDS)
def test_each_pin_lies_in_its_range(need: str) -> None:
    requirement = Requirement(need)
    (pin,) = PINS[canonicalize_name(requirement.name)].specifier
    assert pin.operator == "=="
    assert requirement.specifier.contains(pin.version)


def test_everything_that_comes_along_is_pinned() -> None:
    """Walks the requirements of what is installed here, so it speaks for this Python and this system."""
    todo, seen = [Requirement(need).name for need in NEEDS], set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            further = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue
        todo += [each.name for each in further if not each.marker or each.marker.evaluate({"extra": ""})]
    of_a_cuda_build = {name for name in seen if name.startswith(("nvidia-", "cuda-", "triton"))}
    assert len(seen) > len(NEEDS)
    assert seen - of_a_cuda_build <= PINS.keys()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full: "),
        ("OSError: [Errno 122] Disk quota exceeded: '/home/x'", "The disk is full: "),
        ("Retrying (Retry(total=4)) after connection broken by 'NewConnectionError('", "No network: "),
        ("There was a problem confirming the ssl certificate: SSLError(", "No network: "),
        ("'NameResolutionError('\nERROR: No matching distribution found for torch==2.13.0", "No network: "),
        ("ERROR: No matching distribution found for torch==2.13.0", "pip finds no torch==2.13.0 for Python "),
        ("    The user requested (constraint) torch==2.13.0", "pip finds no torch==2.13.0 for Python "),
    ],
)
def test_known_trouble_has_its_sentence(tmp_path: Path, output: str, sentence: str) -> None:
    said = environment.explain(f"Collecting torch\n{output}\n", tmp_path / ".venv")
    assert said.startswith(sentence)
    assert "\n" not in said
    assert said.endswith("then start again.")


def test_unknown_trouble_shows_its_last_line_and_keeps_the_rest(tmp_path: Path) -> None:
    said = environment.explain("first\nERROR: gremlins\n", tmp_path / ".venv")
    log = tmp_path / ".venv.log"
    assert said == (
        f"The set-up failed (ERROR: gremlins): {log} has the whole story; mend that, then start again."
    )
    assert log.read_text() == "first\nERROR: gremlins\n"


@pytest.mark.parametrize(
    ("code", "start"), [(errno.ENOSPC, "The disk is full: "), (errno.EIO, "The set-up failed")]
)
def test_trouble_with_files_is_a_sentence_too(monkeypatch, capsys, code: int, start: str) -> None:
    def fails(*_: object) -> str:
        raise OSError(code, "went wrong", "/some/file")

    monkeypatch.setattr(environment, "python_for", fails)
    assert environment.main(["run"]) == 3
    assert capsys.readouterr().err.startswith(start)


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_python_without_venv_or_pip_says_what_to_install(monkeypatch, tmp_path: Path, absent: str) -> None:
    """Debian and Ubuntu ship Python so."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == absent else find(name))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(
        environment.SetUpError, match=rf"lacks its .* apt install python{version}-venv\), then"
    ):
        environment._make(tmp_path / ".venv", tmp_path / ".venv/unfinished")


def test_environment_that_has_all_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["pytest>=1,<100"]\n')
    assert environment.python_for(tmp_path, "run") == sys.executable
    assert [file.name for file in tmp_path.iterdir()] == ["pyproject.toml"]


def test_folder_that_no_environment_may_have_is_named(monkeypatch, tmp_path: Path) -> None:
    root = tmp_path / "week 1:2"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\ndependencies = ["no-such-package>=1,<2"]\n')
    with pytest.raises(environment.SetUpError, match="week 1:2 has a ':' in its name"):
        environment.python_for(root, "run")
