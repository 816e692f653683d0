"""Every provider file passes this by being there: recordings exist, hosts are listed, evidence is stated, and so on."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gpu_census.collect.network import host_allowed
from gpu_census.errors import AskError
from gpu_census.providers import live_sources
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census_tests.stand_in.recordings import FOLDER, RecordedAsk, recording

SOURCES = live_sources()
IO_MODULES = {"httpx", "requests", "socket", "subprocess", "urllib.request", "http", "os", "time", "datetime", "random"}
every_source = pytest.mark.parametrize("source", SOURCES, ids=[f"{one.provider}/{one.name}" for one in SOURCES])


def listed(source: Source, folder: Path) -> tuple[list[Region], list[Offering], RecordedAsk]:
    """What a source makes of its recording."""
    ask = RecordedAsk(recording(source.provider, source.name), folder)

    async def run() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    rows = asyncio.run(run())
    regions = [row for row in rows if isinstance(row, Region)]
    return regions, [row for row in rows if isinstance(row, Offering)], ask


@every_source
def test_it_reads_its_recording_as_the_recording_says(source: Source, tmp_path: Path) -> None:
    card = recording(source.provider, source.name).card
    regions, offerings, ask = listed(source, tmp_path)
    assert (len(regions), len(offerings)) == (card["regions"], card["offerings"]), ask.faults
    told = [{name: getattr(row, name) for name in row.__struct_fields__} for row in (*regions, *offerings)]
    for expected in card["some"]:
        assert any(expected.items() <= row.items() for row in told), (expected, told[:5])
    assert card["some"]
    assert card["known_from"]


@every_source
def test_it_says_the_same_twice(source: Source, tmp_path: Path) -> None:
    assert listed(source, tmp_path)[:2] == listed(source, tmp_path)[:2]


@every_source
def test_it_asks_only_the_hosts_it_lists_and_by_https(source: Source, tmp_path: Path) -> None:
    *_, ask = listed(source, tmp_path)
    assert ask.asked
    for request in ask.asked:
        assert urlsplit(request.url).scheme == "https"
        assert host_allowed(request.host, source.hosts), request.url
    assert all(not re.fullmatch(r"[*.]*|.*\*\.?(com|net|cn|org)", host) for host in source.hosts), "too wide"


@every_source
def test_every_row_is_keyed_once_and_proved_by_an_answer(source: Source, tmp_path: Path) -> None:
    regions, offerings, _ = listed(source, tmp_path)
    codes = [region.code for region in regions]
    assert len(codes) == len(set(codes)), "a region twice"
    keys = [(row.region_code, row.zone, row.instance_type, row.service, row.accelerator_label) for row in offerings]
    assert len(keys) == len(set(keys)), "an offering twice"
    assert {row.region_code for row in offerings} <= set(codes), "an offering in a region that was not named"
    assert all(re.fullmatch(r"[0-9a-f]{64}", row.payload_sha256) for row in offerings)


@every_source
def test_an_unanswered_request_is_told_and_never_read_as_nothing(source: Source, tmp_path: Path) -> None:
    """With every answer gone, no region may be said to have answered."""
    nothing = recording(source.provider, source.name)
    ask = RecordedAsk(type(nothing)(nothing.provider, nothing.source, nothing.card, []), tmp_path)

    async def run() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    try:
        rows = asyncio.run(run())
    except AskError:
        return
    assert not any(isinstance(row, Region) and row.answered for row in rows)
    assert not any(isinstance(row, Offering) for row in rows)
    assert ask.faults


@every_source
def test_its_file_has_no_input_or_output_of_its_own(source: Source) -> None:
    path = Path(inspect.getfile(source.list_types))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    used = {
        name for name in imported if name in IO_MODULES or name.split(".")[0] in IO_MODULES & sys.stdlib_module_names
    }
    assert not used
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"open", "print", "input", "exec", "eval"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@every_source
def test_it_states_itself_in_words(source: Source) -> None:
    assert source.title[0].isupper()
    assert source.url.startswith("https://")
    assert (inspect.getdoc(source.list_types) or "").strip()
    assert re.fullmatch(r"[a-z][a-z0-9_]*", source.name)
    assert bool(source.extra) <= bool(source.credentials)


def test_every_recording_belongs_to_a_source() -> None:
    recorded = {(path.parent.parent.name, path.parent.name) for path in FOLDER.glob("*/*/answers.toml")}
    assert recorded == {(source.provider, source.name) for source in SOURCES}
