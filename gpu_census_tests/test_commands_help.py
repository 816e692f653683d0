"""The section `## Commands` of the README is what `--help` prints, and every command keeps the house's rules."""

from __future__ import annotations

import os
import subprocess
import sys

import typer.main

from gpu_census.cli import COMMANDS, app
from gpu_census.commands.help import commands_section
from gpu_census.home import CHECKOUT


def test_the_readme_shows_the_help_of_every_command() -> None:
    """`python -m gpu_census.commands.help` prints the section anew."""
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert "## Commands\n" in readme
    section = "## Commands\n" + readme.partition("## Commands\n")[2].partition("\n## ")[0]
    assert section.rstrip() == commands_section().rstrip()


def test_the_section_does_not_depend_on_the_terminal_it_is_written_in() -> None:
    for columns in ("40", "250"):
        line = [sys.executable, "-m", "gpu_census.commands.help"]
        told = subprocess.run(line, env=os.environ | {"COLUMNS": columns}, capture_output=True, text=True, check=True)
        assert told.stdout == commands_section()


def test_every_command_is_in_the_section_and_every_option_is_explained() -> None:
    group = typer.main.get_command(app)
    section = commands_section()
    assert list(group.commands) == [command.__name__ for command in COMMANDS]  # type: ignore[attr-defined]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert f"Usage: gpu-census {name} " in section
        assert command.help.endswith((".", ")")), name
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"
        assert "--quiet" in {option for parameter in command.params for option in parameter.opts}
