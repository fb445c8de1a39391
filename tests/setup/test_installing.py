"""The set-up itself, with real virtual environments and a pip that finds a folder of small wheels."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PYTHON, ROOT, Machine, executable, wheel


def pebble(machine: Machine) -> str:
    """The version that the project's environment has."""
    python = machine.project / ".venv/bin/python"
    return subprocess.check_output([python, "-c", "import pebble; print(pebble.version)"], text=True).strip()


def test_fresh_machine_is_set_up_once(machine: Machine, tmp_path: Path) -> None:
    """First start: made and pinned. Second: nothing is said or installed. Later: what a change asks for."""
    machine.has_python()
    python = machine.project / ".venv/bin/python"

    first = machine.start("--submission", "my work", cwd=tmp_path)
    assert first.stdout.splitlines() == [str(python), "grade|--submission|my work", str(tmp_path)]
    assert first.stderr.startswith(f"Setting up once, in {machine.project}/.venv: ")
    assert pebble(machine) == "1.0"

    (machine.path / "python3").unlink()
    second = machine.start()
    assert (second.returncode, second.stderr) == (0, "")

    machine.has_python()
    (machine.project / "constraints.txt").write_text("pebble==1.5\ngravel==1.0\n")
    assert machine.start().returncode == 0
    assert pebble(machine) == "1.5"

    tests = machine.start("--version", script="test.sh")  # no pytest here; but gravel, which the tests need
    assert "No module named pytest" in tests.stderr
    subprocess.run([python, "-c", "import gravel"], check=True)

    (machine.project / ".venv/unfinished").touch()  # as an interrupted change leaves it
    (machine.project / ".venv/ready-run").unlink()
    left_over = executable(machine.project / ".venv/bin/left-over", "")
    assert machine.start().returncode == 0
    assert not left_over.exists()
    assert not (machine.project / ".venv/unfinished").exists()


def test_set_up_that_was_killed_is_begun_anew(machine: Machine) -> None:
    machine.has_python()
    half_made = machine.project / ".venv/bin/python"
    executable(half_made, "echo half-made; exit 1")
    (machine.project / ".venv/unfinished").touch()
    run = machine.start()
    assert run.returncode == 0, run.stderr
    assert half_made.is_symlink()


def test_environment_whose_python_is_gone_is_made_anew(ready: Machine) -> None:
    ready.has_python()
    python = ready.project / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/usr/bin/python3.removed")
    run = ready.start()
    assert run.returncode == 0, run.stderr
    assert python.resolve() == Path(PYTHON)


def test_two_starts_at_the_same_time_set_up_once(machine: Machine) -> None:
    machine.has_python()
    both = [machine.start_in_the_background(name) for name in ("list", "doctor")]
    said = [each.communicate(timeout=300) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert sorted(out.splitlines()[1] for out, _ in said) == ["doctor", "list"]
    assert "".join(err for _, err in said).count("Setting up once") == 1
    assert "".join(err for _, err in said).count("Another start is setting up; waiting for it.") == 1


def test_no_network_is_one_sentence(machine: Machine) -> None:
    machine.has_python()
    machine.env |= {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_RETRIES": "1"}
    machine.env["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple"  # nothing listens there
    run = machine.start()
    assert (run.returncode, run.stdout) == (3, "")
    start, *again, sentence = run.stderr.splitlines()
    assert start.startswith("Setting up once")
    assert set(again) == {"  The package index does not answer; trying again."}
    assert sentence.startswith("No network: ")
    assert (machine.project / ".venv/unfinished").exists()
    assert not list(machine.project.glob(".venv/ready-*"))


def test_environment_that_is_not_ours_is_left_alone(machine: Machine) -> None:
    machine.has_python()
    theirs = executable(machine.project / ".venv/bin/python", "exit 1")
    run = machine.start()
    assert run.returncode == 3
    assert run.stderr.splitlines()[-1] == (
        f"{machine.project}/.venv is in the way, and no environment that the grader can use:"
        " move it, then start again."
    )
    assert theirs.exists()


def unprivileged() -> list[str]:
    """Root may write anywhere: give that up."""
    if os.geteuid() != 0:
        return []
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("root, and no setpriv here")
    return [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


def test_read_only_folder_is_set_up_in_the_cache(machine: Machine, tmp_path: Path) -> None:
    machine.has_python()
    machine.env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    machine.project.chmod(0o555)
    run = machine.start(under=unprivileged())
    assert run.stdout.startswith(str(tmp_path / "cache/grader/the grader-")), run.stderr
    again = machine.start(under=unprivileged())
    assert (again.returncode, again.stderr) == (0, "")
    assert os.listdir(machine.project).count(".venv") == 0


def test_nowhere_to_write_is_one_sentence(machine: Machine, tmp_path: Path) -> None:
    machine.has_python()
    cache = tmp_path / "cache"
    cache.mkdir(0o555)
    machine.env["XDG_CACHE_HOME"] = str(cache)
    machine.project.chmod(0o555)
    run = machine.start(under=unprivileged())
    assert run.returncode == 3
    assert run.stderr == (
        f"Neither {machine.project} nor the cache folder {cache} can be written to: copy the project to a"
        " folder of your own, or name one in XDG_CACHE_HOME, then start again.\n"
    )


def test_full_disk_is_one_sentence(machine: Machine, tmp_path: Path) -> None:
    machine.has_python()
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=1m none "$1" && cp -R "$2" "$1" && exec "$1/the grader/grade.sh"'
    with_a_small_disk = ["unshare", "-rm", "sh", "-c", script, "sh", disk, machine.project]
    streams = machine.streams()
    streams["env"]["PATH"] += ":" + os.environ["PATH"]
    run = subprocess.run(with_a_small_disk, **streams, check=False)
    if "Setting up" not in run.stderr:
        pytest.skip(f"no small disk to be had here: {run.stderr}")
    assert run.returncode == 3
    assert run.stderr.splitlines()[-1].startswith("The disk is full: ")


def python_of_version(version: str) -> str:
    """A Python on the PATH or kept by pyenv."""
    kept = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    found = [*map(str, kept[-1:]), shutil.which(f"python{version}")]
    return found[0] or pytest.skip(f"no Python {version} here")


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_real_pins_install_on_each_python(version: str, tmp_path: Path) -> None:
    """From the real index, but for torch: a stand-in, whose local version pip prefers to the real one."""
    python = python_of_version(version)
    project = tmp_path / "project"
    shutil.copytree(ROOT / "setup", project / "setup")
    for name in ("grade.sh", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, project)
    (project / "grader").mkdir()
    (project / "grader/__main__.py").write_text(
        "import hypothesis, jinja2, msgspec, numpy, typer, watchfiles"
    )
    wheel(tmp_path, "torch", "2.13.0+stand.in")
    executable(tmp_path / "bin/python3", f'exec {python} "$@"')
    env = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    env["PIP_FIND_LINKS"] = f"{tmp_path} {env.get('PIP_FIND_LINKS', '')}"
    env.pop("VIRTUAL_ENV", None)
    run = subprocess.run([project / "grade.sh"], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_wheel_holds_the_grader_and_no_solutions(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = tmp_path.glob("grader-*.whl")
    listing = subprocess.check_output([sys.executable, "-m", "zipfile", "--list", built], text=True)
    assert "grader/cli.py" in listing
    assert "grader/assignments/adaline/checks.py" in listing
    assert "reference" not in listing
