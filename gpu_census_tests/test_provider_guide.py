"""The provider guide is true: its template and recording pass what every provider passes, and it leaves nothing out."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import inspect
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from gpu_census.cli import app
from gpu_census.collect.ask import Ask
from gpu_census.home import CHECKOUT
from gpu_census.providers import contract
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census_tests import test_provider_contract
from gpu_census_tests.stand_in import recordings

GUIDE = (Path(contract.__file__).parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", GUIDE, flags=re.S | re.M)
COMMANDS = [line for kind, block in BLOCKS if kind == "console" for line in block.splitlines() if line]
TEMPLATE = "gpu_census/providers/example_cloud.py"
RECORDING = "gpu_census_tests/recordings/example_cloud/catalogue/answers.toml"
OWN_TEST = "gpu_census_tests/test_provider_example_cloud.py"
ASSERTIONS = [
    (name, check)
    for name, check in vars(test_provider_contract).items()
    if name.startswith("test_") and "source" in inspect.signature(check).parameters
]


def block(name: str) -> str:
    """The one code block that says in its first line that it is the file `name`."""
    (found,) = [text for _, text in BLOCKS if text.startswith(f"# {name}\n")]
    return found


def load(name: str, path: Path, text: str) -> ModuleType:
    """A module of its own, made of a code block."""
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings that holds the guide's, which the contract test is made to look in."""
    answers = tmp_path / "recordings" / Path(RECORDING).relative_to("gpu_census_tests/recordings")
    answers.parent.mkdir(parents=True)
    answers.write_text(block(RECORDING), encoding="utf-8")
    read = partial(recordings.recording, folder=tmp_path / "recordings")
    monkeypatch.setattr(test_provider_contract, "recording", read)
    return tmp_path


@pytest.fixture
def template(folder: Path) -> Iterator[Source]:
    """The source that the guide's template states."""
    name = "gpu_census.providers.example_cloud"
    try:
        module = load(name, folder / "example_cloud.py", block(TEMPLATE))
        (source,) = [value for value in vars(module).values() if isinstance(value, Source)]
        yield source
    finally:
        sys.modules.pop(name, None)


def test_the_contract_test_has_assertions() -> None:
    assert len(ASSERTIONS) >= 5


@pytest.mark.parametrize("check", [check for _, check in ASSERTIONS], ids=[name for name, _ in ASSERTIONS])
def test_the_template_passes_what_every_provider_passes(
    check: Callable[..., None], template: Source, folder: Path
) -> None:
    wanted = inspect.signature(check).parameters
    check(**{name: value for name, value in {"source": template, "tmp_path": folder}.items() if name in wanted})


def test_the_template_is_named_as_the_guide_says(template: Source) -> None:
    assert (template.provider, template.name) == tuple(Path(RECORDING).parts[2:4])


def test_the_recording_plays_what_is_awkward() -> None:
    stated = tomllib.loads(block(RECORDING))
    assert any(answer.get("status", 200) != 200 for answer in stated["answer"])
    assert any("page=2" in answer["url"] for answer in stated["answer"])
    assert any(row.get("answered") is False for row in stated["card"]["some"])


def test_the_test_of_the_guide_passes(template: Source, folder: Path) -> None:
    module = load("gpu_census_tests.test_provider_example_cloud", folder / "own_test.py", block(OWN_TEST))
    try:
        tests = [value for name, value in vars(module).items() if name.startswith("test_")]
        assert len(tests) >= 2
        for one in tests:
            one(folder)
    finally:
        sys.modules.pop(module.__name__, None)


def test_every_python_block_can_be_read_and_only_imports_what_is_there(template: Source) -> None:
    for _, text in [found for found in BLOCKS if found[0] == "python"]:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gpu_census"):
                module = sys.modules.get(node.module) or importlib.import_module(node.module)
                assert all(hasattr(module, alias.name) for alias in node.names), node.module


def told_in(section: str) -> set[str]:
    """Words in code style in the first column of the tables under a heading, and the heads of these tables."""
    after = GUIDE.split(f"### {section}\n", 1)[1].split("\n#", 1)[0]
    cells = [line.split("|")[1] for line in after.splitlines() if line.startswith("|")]
    return {word for cell in cells for word in re.findall(r"`@?([\w.]+)", cell)}


def test_it_tells_every_field_of_the_contract() -> None:
    stated = {field.name for field in dataclasses.fields(Source)} - {"provider", "name", "list_types"}
    assert told_in("What a source states") == stated | {"source"}
    yielded = {*Region.__struct_fields__, *Offering.__struct_fields__}
    assert told_in("What it yields") == yielded | {"Region", "Offering"}


def test_it_tells_every_question_that_ask_can_put() -> None:
    not_for_sources = {"close", "original"}
    public = {name for name in vars(Ask) if not name.startswith("_")} - not_for_sources
    told = set(re.findall(r"ask\.(\w+)\(", GUIDE.split("### `ask`", 1)[1].split("\n## ", 1)[0]))
    assert told == public


def test_it_tells_every_way_of_knowing_a_form_and_every_table() -> None:
    assert told_in("`verified`") == set(contract.VERIFIED)
    rows = GUIDE.split("## Reference rows", 1)[1].split("\n## ", 1)[0]
    for name in re.findall(r"^\|(.*?)\|", rows, flags=re.M)[2:]:
        for table in re.findall(r"`([\w/]+)(?:/<provider>)?\.csv`", name):
            assert (CHECKOUT / "gpu_census" / "reference" / table).with_suffix(".csv").exists() or (
                CHECKOUT / "gpu_census" / "reference" / table
            ).is_dir(), table


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_understood(command: str) -> None:
    words = shlex.split(command)
    if words[0] == "gpu-census":
        group: Any = typer.main.get_command(app)
        context = group.make_context("gpu-census", words[1:], resilient_parsing=False)
        name, subcommand, rest = group.resolve_command(context, words[1:])
        subcommand.make_context(name, list(rest))
        return
    assert words[:3] == ["python", "-m", "pytest"]
    assert all((CHECKOUT / word).exists() for word in words if word.endswith(".py"))


def test_its_links_lead_somewhere() -> None:
    heads = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", GUIDE, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", GUIDE)) <= heads


def test_no_path_of_a_machine_is_in_it() -> None:
    assert not re.search(r"(?<![\w.>`/])/(work|home|tmp|root|Users)\b", GUIDE)
