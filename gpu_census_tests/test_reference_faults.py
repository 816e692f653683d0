"""A reference table that is broken on purpose is refused with an error that names the file and what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gpu_census.errors import ReferenceTableError
from gpu_census.reference import labels, profiles, tables

FOLDER = tables.FOLDER


def _forget() -> None:
    tables.reference_table.cache_clear()
    labels._known_labels.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the reference folder, which the loaders read instead of their own; forgotten afterwards."""
    copy = tmp_path / "reference"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for module in (tables, profiles):
        monkeypatch.setattr(module, "FOLDER", copy)
    _forget()
    yield copy
    _forget()


@pytest.fixture
def change(folder: Path) -> Callable[[str, str, str], Path]:
    """Replace a text that stands in a file once or more, the first time only."""

    def changed(name: str, old: str, new: str) -> Path:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return changed


def refused(load: Callable[[], object], *words: str) -> None:
    with pytest.raises(ReferenceTableError) as refusal:
        load()
    assert [word for word in words if word not in str(refusal.value)] == [], str(refusal.value)


def first_row(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8").splitlines()[1] + "\n"


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_copy_that_is_whole_loads(folder, name):
    assert tables.reference_table(name).height > 0
    labels.resolve_label("acme", "A100")


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_row_that_stands_twice_is_refused(folder, name):
    path = folder / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8") + first_row(folder, path.name), encoding="utf-8")
    refused(lambda: tables.reference_table(name), f"{name}.csv")


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_column_that_is_missing_or_not_known_is_refused(change, name):
    path = change(f"{name}.csv", "source", "sauce")
    refused(lambda: tables.reference_table(name), str(path), "missing or not known", "source")


@pytest.mark.parametrize(
    ("name", "old", "new", "word"),
    [
        ("country", "AE,ARE,784", "ae,ARE,784", "ae"),
        ("country", ",true,false,", ",perhaps,false,", "g77"),
        ("country", "2021-01-01", "2021-01-32", "2021-01-32"),
        ("country", "82000,2024", "many,2024", "many"),
        ("accelerator", ",gpu,", ",toaster,", "toaster"),
        ("accelerator", ",312,", ",fast,", "fast"),
        ("accelerator_label", ",masked,", ",hidden,", "hidden"),
        ("region", ",opt_in,", ",perhaps,", "perhaps"),
        ("region", ",china,", ",moon,", "moon"),
        ("region", ",19.08,72.88,", ",190.8,72.88,", "190.8"),
        ("region", "2022-03-30", "30.3.2022", "30.3.2022"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_and_shown(change, name, old, new, word):
    path = change(f"{name}.csv", old, new)
    refused(lambda: tables.reference_table(name), str(path), word)


def test_a_name_that_two_models_share_is_refused(change):
    """`A100 SXM` becomes `Tesla-H100`, which is the H100 in other punctuation."""
    change("accelerator.csv", "A100 SXM;", "Tesla-H100;")
    refused(lambda: labels.resolve_label("acme", "x"), "accelerator.csv", "A100", "H100")


def test_a_label_that_means_a_model_that_is_none_is_refused(change):
    change("accelerator_label.csv", ",model,B300,", ",model,B3000,")
    refused(lambda: labels.resolve_label("acme", "x"), "accelerator_label.csv", "B3000")


def test_a_hidden_label_that_names_a_model_is_refused(change):
    change("accelerator_label.csv", ",Hopper,masked,,", ",Hopper,masked,H100,")
    refused(lambda: labels.resolve_label("acme", "Hopper"), "accelerator_label.csv", "Hopper")


def test_a_pattern_that_is_no_regular_expression_is_refused(change):
    path = change("not_a_region.csv", ".+euap", "(.+euap")
    refused(lambda: tables.reference_table("not_a_region"), str(path), "(.+euap")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("profile = ", "colour = 'red'\nprofile = ", "colour"),
        ("title = ", "titel = ", "titel"),
        ('training = ["training"]', 'training = "training"', "training"),
        ('training = ["training"]', 'training = ["trainin"]', "trainin"),
        ('class_column = "paper2024_class"', 'class_column = "paper_class"', "paper_class"),
        ('vendors = ["NVIDIA"]', 'vendors = ["NVIDEA"]', "NVIDEA"),
        ('evidence = ["confirmed"', 'evidence = ["confirmd"', "confirmd"),
        ('profile = "paper2024"', 'profile = "paper2024', "line"),
    ],
)
def test_a_profile_that_states_what_is_not_known_is_refused(change, old, new, word):
    path = change("profiles/paper2024.toml", old, new)
    refused(lambda: (profiles.profile_table(), profiles.profile_accelerator_table()), str(path), word)
