"""The section `## Commands` of the README, written from what `--help` prints.

`python -m gpu_census.commands.help` prints it; a test keeps the README equal to it.
"""

from __future__ import annotations

import sys
from html import escape

import typer.main

from gpu_census.cli import app

WIDTH = 100
HEADER = """\
## Commands

Exit status of every command: 0 done, 1 not done (and why, on standard error), 2 wrong usage. \
`gpu-census --install-completion` lets the shell complete commands, clouds, tables and profiles. \
Colours only on a terminal, and none where `NO_COLOR` is set. \
Written by `python -m gpu_census.commands.help` from what `--help` prints.
"""


def commands_section() -> str:
    """Every command with its `--help`, each folded under its first line, as Markdown."""
    group = typer.main.get_command(app)
    context = group.make_context("gpu-census", ["--help"], resilient_parsing=True, terminal_width=WIDTH)
    parts = [HEADER]
    for name in group.list_commands(context):  # type: ignore[attr-defined]
        command = group.get_command(context, name)  # type: ignore[attr-defined]
        text = command.get_help(command.make_context(name, [], parent=context, resilient_parsing=True))
        first = escape((command.help or "").split("\n")[0], quote=False)
        parts.append(
            f"<details><summary><code>gpu-census {name}</code>: {first}</summary>\n\n"
            f"```\n{text.rstrip()}\n```\n\n</details>\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(commands_section())
