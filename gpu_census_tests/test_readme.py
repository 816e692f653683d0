"""What the README and the documentation say is true: queries run, commands and options exist, tables are described."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest
import typer.main

from gpu_census.assets.catalog import catalog, source_catalog
from gpu_census.assets.plan import Plan
from gpu_census.cli import app
from gpu_census.home import BUNDLED_ARCHIVE, CHECKOUT, Home
from gpu_census.providers import live_sources
from gpu_census.reading import read_public
from gpu_census.reference.tables import reference_table
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, flags=re.S)
COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.S)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The bundled census, published into a home of its own."""
    home = Home(tmp_path_factory.mktemp("readme"))
    publish(census_of([BUNDLED_ARCHIVE], date(2026, 11, 23)), home.public_database)
    return home


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.splitlines()[0][:60])
def test_every_query_of_the_readme_runs_and_finds_something(published: Home, query: str) -> None:
    assert read_public(published, query).rows


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("gpu-census")])
def test_every_command_of_the_readme_is_understood(
    published: Home, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_archive").mkdir()
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    group = typer.main.get_command(app)
    context = group.make_context("gpu-census", list(words), resilient_parsing=False)
    name, subcommand, rest = group.resolve_command(context, [*words])  # type: ignore[attr-defined]
    parsed = subcommand.make_context(name, list(rest))
    if name == "sql" and not parsed.params["listed"]:
        assert read_public(published, parsed.params["query"]).rows


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command in COMMANDS if command.startswith("make ")]
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


def test_the_catalogue_of_tables_is_what_the_code_describes() -> None:
    """`python -m gpu_census.assets.catalog` writes it anew."""
    written = (CHECKOUT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert written == catalog(Plan((BUNDLED_ARCHIVE,)))


def test_the_catalogue_of_sources_is_what_the_provider_files_state() -> None:
    """The same command writes it."""
    assert (CHECKOUT / "docs" / "sources.md").read_text(encoding="utf-8") == source_catalog()


def test_the_credentials_that_the_readme_names_are_those_that_sources_need() -> None:
    table = README.split("| credentials in the environment |")[1].split("\n\n")[0]
    named = set(re.findall(r"`([A-Z0-9_]{5,})`", table))
    assert named == {name for source in live_sources() for name in (*source.credentials, *source.optional_credentials)}


def test_the_numbers_of_reference_rows_in_the_readme_are_right() -> None:
    told = re.search(r"(\d+) known regions,\s+(\d+) accelerator models, (\d+) countries", README)
    assert told
    counts = [reference_table(name).height for name in ("region", "accelerator", "country")]
    assert [int(number) for number in told.groups()] == counts


def test_every_path_that_the_readme_links_to_exists() -> None:
    for link in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (CHECKOUT / Path(link)).exists(), link


def test_the_census_printed_in_the_readme_is_the_one_of_the_bundled_archive(published: Home) -> None:
    from gpu_census import summary

    for profile, _, _, *counts in read_public(published, summary.TIERS).rows:
        north, south, desert = (f"{n} ({low}-{high})" for n, low, high in zip(*[iter(counts)] * 3, strict=True))
        row = next(line for line in README.splitlines() if line.startswith(f"│ {profile} "))
        assert [cell.strip() for cell in row.split("│")[4:7]] == [north, south, desert]
