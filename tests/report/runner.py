"""How GitHub's runner finds commands in a line of a log, as its source (`ActionCommand.cs`) has it."""

from __future__ import annotations

import re

COMMANDS = (
    "error warning notice debug group endgroup add-mask add-path set-env set-output save-state stop-commands"
)
KNOWN = {*COMMANDS.split(), "add-matcher", "remove-matcher", "echo", "secret"}


def command_in(line: str) -> str | None:
    """The command that the runner would carry out, either of today's form or of the older one."""
    bare = line.lstrip()
    if bare.startswith("::") and "::" in bare[2:]:
        name = bare[2:].partition("::")[0].partition(" ")[0]
        if name.lower() in KNOWN:
            return name
    older = re.search(r"##\[([^\] ]*)[^\]]*\]", line)
    return older[1] if older and older[1].lower() in KNOWN else None


def commands_in(text: str) -> list[str]:
    """All commands in a text, which a runner splits at every kind of line break."""
    return [name for line in re.split(r"\r\n|\r|\n", text) if (name := command_in(line))]
