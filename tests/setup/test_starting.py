"""grade.sh up to the start of Python: from anywhere, with any arguments, at once, with the right Python."""

import re
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import ROOT, Machine, executable


def started_with(run: subprocess.CompletedProcess[str]) -> list[str]:
    """What the stand-in for Python got after `-m grader`, and the folder that it was started in."""
    arguments, folder = run.stdout.splitlines()
    return [*arguments.rstrip("|").split("|")[5:], folder]


def test_grade_is_the_default_command(ready: Machine, tmp_path: Path) -> None:
    run = ready.start("--submission", "my work", "adaline", cwd=tmp_path)
    assert started_with(run) == ["grade", "--submission", "my work", "adaline", str(tmp_path)]
    assert started_with(ready.start(cwd=tmp_path)) == ["grade", str(tmp_path)]


@pytest.mark.parametrize(
    "command", ["grade", "batch", "export", "explain", "audit", "handout", "list", "doctor"]
)
def test_commands_are_passed_through(ready: Machine, tmp_path: Path, command: str) -> None:
    assert started_with(ready.start(command, "a b", cwd=tmp_path)) == [command, "a b", str(tmp_path)]


def test_help_is_that_of_the_grader(ready: Machine, tmp_path: Path) -> None:
    assert started_with(ready.start("--help", cwd=tmp_path)) == ["--help", str(tmp_path)]


def test_modules_come_from_the_project_and_not_from_the_current_folder(
    ready: Machine, tmp_path: Path
) -> None:
    """A student's `random.py` beside the prompt must not become the grader's."""
    run = ready.start(cwd=tmp_path)
    assert run.stdout.startswith(f"{ready.project}|-P|-s|-m|grader|")


@pytest.mark.parametrize("relative", [False, True])
def test_works_through_symlinks(ready: Machine, tmp_path: Path, relative: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "direct").symlink_to(ready.project / "grade.sh")
    link = tmp_path / "elsewhere" / "grade"
    link.symlink_to("../direct" if relative else tmp_path / "direct")
    run = subprocess.run([link, "list"], **ready.streams(), check=True, cwd=tmp_path)
    assert started_with(run) == ["list", str(tmp_path)]


def test_works_by_name_from_its_own_folder(ready: Machine) -> None:
    run = subprocess.run(["sh", "grade.sh"], **ready.streams(), check=True, cwd=ready.project)
    assert started_with(run) == ["grade", str(ready.project)]


def test_exit_code_is_that_of_the_grader(ready: Machine) -> None:
    executable(ready.project / ".venv/bin/python", "exit 5")
    assert ready.start().returncode == 5


def test_second_start_costs_a_few_milliseconds(ready: Machine) -> None:
    """Measured: 3 ms; `import torch` is at least 1300. The bound leaves room for a busy machine."""

    def seconds(command: list[str | Path]) -> float:
        start = time.perf_counter()
        subprocess.run(command, **ready.streams(), check=True)
        return time.perf_counter() - start

    assert min(seconds([ready.project / "grade.sh"]) for _ in range(10)) < 0.1


def test_changed_pins_are_noticed(ready: Machine) -> None:
    ready.command("python3", 'case "$*" in *-c*) echo 3.12.1 ;; *) echo "set up: $3" >&2; exit 3 ;; esac')
    assert ready.start().returncode == 0
    (ready.project / "constraints.txt").write_text("pebble==1.5\ngravel==1.0\n")
    run = ready.start()
    assert (run.returncode, run.stderr) == (3, "set up: run\n")


def test_active_environment_that_has_all_is_used_as_it_is(machine: Machine, tmp_path: Path) -> None:
    active = tmp_path / "conda env"
    executable(active / "bin/python", f'[ "$4" = grader ] && echo started || {finds_itself("3.13.0")}')
    machine.has_python()
    machine.env["CONDA_PREFIX"] = str(active)
    assert machine.start().stdout == "started\n"
    assert not (machine.project / ".venv").exists()


def finds_itself(version: str) -> str:
    """A stand-in for a Python that has what is needed, as setup/environment.py would find."""
    return f'case "$*" in *-c*) echo {version} ;; *environment.py*) echo "$0" ;; esac'


def test_newer_python_by_another_name_is_found(machine: Machine) -> None:
    machine.command("python3", "echo 3.8.10")
    machine.command("python3.12", f'[ "$4" = grader ] && echo started || {finds_itself("3.12.1")}')
    assert machine.start().stdout == "started\n"


@pytest.mark.parametrize("version", ["2.7.18", "3.8.10", "3.10.13", "3.14.0"])
def test_wrong_python_is_named_with_those_that_will_do(machine: Machine, version: str) -> None:
    machine.command("python3", f"echo {version}")
    run = machine.start()
    assert run.returncode == 3
    assert run.stderr == (
        f"Python 3.11, 3.12 or 3.13 is needed, but python3 is {version}: install one of them"
        " (from python.org, conda or your system's packages), then start again.\n"
    )


def test_no_python_at_all(machine: Machine) -> None:
    run = machine.start()
    assert run.returncode == 3
    assert run.stderr.startswith(
        "Python 3.11, 3.12 or 3.13 is needed, and there is none on the PATH: install"
    )


def test_broken_python_is_passed_over(machine: Machine) -> None:
    """Version managers put commands on the PATH that only say that no such version is chosen."""
    machine.command("python3", "echo 'python3: command not found' >&2; exit 127")
    machine.command("python3.11", f'[ "$4" = grader ] && echo started || {finds_itself("3.11.7")}')
    assert machine.start().stdout == "started\n"


def test_versions_agree_between_the_files() -> None:
    shell = (ROOT / "setup/choose_python.sh").read_text()
    assert re.findall(r"^ +(3\S.*)\)$", shell, re.M) == ["3.11.* | 3.12.* | 3.13.*"]
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()


def test_scripts_are_clean() -> None:
    try:
        lint = subprocess.run(
            ["shellcheck", "-x", "grade.sh", "test.sh", "setup/choose_python.sh", ".ci/run"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("shellcheck is not installed")
    assert lint.stdout == ""
