"""The first screen is true, and every link of a page leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.engine.catalog import PROJECT

PAGES = sorted(
    [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("assignments/*/README.md")]
)


def test_the_readme_shows_what_the_command_prints() -> None:
    command = [sys.executable, "scripts/readme_sample.py", "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_shows_the_command_of_its_sample() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    script = (PROJECT / "scripts" / "readme_sample.py").read_text("utf-8")
    command = re.search(r"^    \./grade\.sh (.*)$", text, re.MULTILINE)
    assert command is not None
    assert repr(tuple(command[1].split())).replace("'", '"') in script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    local = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    assert [link for link in local if not (page.parent / link).exists()] == []
