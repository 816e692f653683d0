"""What is told while something runs: a line for each phase, colours on a terminal only, and JSON at the end."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gpu_census import terminal
from gpu_census_tests.processes import environment_of
from gpu_census_tests.test_cli import COMMAND, gpu_census, made_up

COLOUR = re.compile(rb"\x1b\[[\d;]*\b(3[0-7]|4[0-7]|9[0-7]|38;|48;)[\d;]*m")
STEPS = ["census", "asking: aws 3", "asking: aws 9", "aws__listing", "azure__listing", "histories", "region", "finding"]


def test_each_phase_is_told_once_and_other_steps_are_not() -> None:
    lines: list[str] = []
    progress = terminal.plain_lines(lines.append)
    for step in [*STEPS, "finding", "published_database", "exports"]:
        progress(step, 0, 1)
    assert lines == [
        "asking the clouds",
        "reading the listings",
        "working out the histories",
        "counting",
        "checking and publishing",
        "writing the files",
    ]


@pytest.mark.parametrize("told", ["no cloud could be reached: counting", "waiting: another refresh runs"])
def test_what_a_person_must_know_is_told_in_its_own_words(told: str) -> None:
    lines: list[str] = []
    progress = terminal.plain_lines(lines.append)
    progress(told, 0, 1)
    progress(told, 1, 1)
    assert lines == [told]


def test_silence_ends_where_it_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.silence(), terminal.working("drawing"), terminal.refresh_progress() as progress:
        progress("histories", 1, 2)
        terminal.notes().print("a note")
        print("an answer")
    assert capsys.readouterr() == ("", "")
    with terminal.working("drawing"):
        terminal.notes().print("a note")
        print("an answer")
    assert capsys.readouterr() == ("an answer\n", "drawing\na note\n")


def on_a_terminal(script: str, **variables: str) -> bytes:
    """What lines of Python write on a terminal: standard output and error together."""
    ours, theirs = pty.openpty()
    environment = environment_of() | {"TERM": "xterm-256color"} | variables
    environment.pop("NO_COLOR", None) if "NO_COLOR" not in variables else None
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    told = b""
    try:
        while piece := os.read(ours, 65536):
            told += piece
    except OSError:  # Linux ends a terminal without a writer this way
        pass
    os.close(ours)
    assert process.wait(30) == 0, told
    return told


REFRESHING = """
import typer
from gpu_census import terminal
with terminal.refresh_progress() as progress:
    for number, step in enumerate(["histories", "finding", "exports"]):
        progress(step, number, 3)
with terminal.working("writing the files"):
    terminal.step("2 of 3, region")
    typer.echo("an answer")
    print("another")
terminal.step("told to nobody")
"""


def test_a_terminal_shows_a_bar_with_colours_and_no_colours_where_they_are_not_wanted() -> None:
    told = on_a_terminal(REFRESHING)
    assert COLOUR.search(told)
    assert b"told to nobody" not in told
    # an answer has lines of its own, and the clock does not come back
    assert re.search(rb"\x1b\[2Kan answer\r\nanother\r\n$", told), told
    for text in (b"exports", b"/3", b"writing the files: 2 of 3, region", b"an answer"):
        assert text in told
    plain = on_a_terminal(REFRESHING, NO_COLOR="1")
    assert COLOUR.search(plain) is None
    assert b"exports" in plain


@pytest.mark.slow
def test_a_refresh_tells_a_machine_what_came_of_it(tmp_path: Path) -> None:
    """Published; published again unchanged; and kept, because the archive is broken, in a way that is named."""
    archive, home = made_up(tmp_path / "archive", ["FR"]), tmp_path / "home"
    line = ["refresh", "--no-bundled-archive", "--archive", archive, "--census-date", "2024-02-01"]
    first = gpu_census(home, *line, "--json")
    told = json.loads(first.stdout)
    assert first.returncode == 0, first.stderr
    assert told | {"warnings": []} == {
        "published": True,
        "swapped": True,
        "census_date": "2024-02-01",
        "path": str(home / "public" / "gpu_census.duckdb"),
        "problems": [],
        "warnings": [],
        "requests": {},
    }
    assert [line for line in first.stderr.splitlines() if not line.startswith("warning")] == [
        "reading the listings",
        "working out the histories",
        "counting",
        "checking and publishing",
        "writing the files",
    ]
    again = json.loads(gpu_census(home, *line, "--json").stdout)
    assert (again["published"], again["swapped"]) == (True, False)

    published = (home / "public" / "gpu_census.duckdb").read_bytes()
    regions = archive / "madeup" / "source_0" / "2024-01-01" / "regions.csv"
    regions.write_text("region_code,answered,colour\nr1,true,red\n", encoding="utf-8")
    broken = gpu_census(home, *line, "--json")
    told = json.loads(broken.stdout)
    assert broken.returncode == 1
    assert (told["published"], told["swapped"], told["census_date"], told["path"]) == (False, False, None, None)
    assert f"{regions}: unknown column 'colour'" in told["problems"][0]
    quiet = gpu_census(home, *line, "--quiet")
    assert (quiet.returncode, quiet.stdout) == (1, "")
    assert quiet.stderr.startswith("error: ")
    assert f"{regions}: unknown column 'colour'" in quiet.stderr
    assert (home / "public" / "gpu_census.duckdb").read_bytes() == published


def test_wrong_usage_is_wrong_usage_for_a_machine_too(home: object, tmp_path: Path) -> None:
    result = gpu_census(tmp_path / "home", "refresh", "--provider", "nobody", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert "unknown provider 'nobody'" in result.stderr


def test_nothing_that_goes_into_a_pipe_has_colours(tmp_path: Path) -> None:
    line = [str(COMMAND), "--help"]
    told = subprocess.run(line, env=environment_of() | {"TERM": "xterm-256color"}, capture_output=True, check=True)
    assert b"\x1b" not in told.stdout
