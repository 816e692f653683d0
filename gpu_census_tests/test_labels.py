"""What providers' words mean: accelerator labels, region codes, scope terms; and that the bundled archive is clear.

The tables themselves are tested in `test_reference_tables.py`.
"""

from __future__ import annotations

import csv
import re

import pytest

from gpu_census.errors import ArchiveError
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.reference.labels import normalised, resolve_label
from gpu_census.reference.scope import scope_models
from gpu_census.reference.tables import reference_table

ALL_MODELS = set(reference_table("accelerator")["accelerator_model"])
LABELS_OF_A_MODEL = {
    "A100": "A100; NVIDIA A100; nvidia-tesla-a100; NVIDIA A100-SXM4-80GB; A100 80GB PCIe; nvidia-a100-80gb; A100-40GB",
    "H100": "H100; nvidia-h100-80gb; nvidia-h100-mega-80gb; NVIDIA H100 80GB HBM3; H100 NVL; H100 SXM",
    "V100": "V100; NVIDIA Tesla V100; nvidia-tesla-v100; Tesla V100-SXM2-16GB; V100-32GB",
    "A800": "A800; NVIDIA A800; A800-SXM4-80GB",
    "H800": "H800; NVIDIA H800",
    "H200": "H200; nvidia-h200-141gb",
    "T4": "T4; NVIDIA Tesla T4; nvidia-tesla-t4; nvidia-tesla-t4-vws; Tesla T4",
    "L4": "nvidia-l4; nvidia-l4-vws; L4",
    "P100": "nvidia-tesla-p100-vws; Tesla P100",
    "Gaudi": "Gaudi HL-205; Habana Gaudi; Gaudi",
    "Inferentia2": "Inferentia2; AWS Inferentia2",
    "Trainium": "Trainium; AWS Trainium",
    "TPU v4": "TPU v4; Google TPU v4; ct4p",
    "TPU v5e": "TPU v5e; ct5lp",
    "Radeon Pro V520": "AMD Radeon Pro V520; Radeon Pro V520",
    "RTX PRO 6000": "nvidia-rtx-pro-6000; RTX PRO 6000",
    "MI300X": "AMD Instinct MI300X; MI300X",
    "B200": "nvidia-b200; B200",
}


def listed(column: str, table: str) -> set[tuple[str, str]]:
    """(provider, word) for every word in a column of the bundled archive."""
    found = set()
    for path in BUNDLED_ARCHIVE.glob(f"*/*/*/{table}.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {(path.parts[-4], row[column]) for row in csv.DictReader(file)}
    return found


def not_a_region(provider: str, code: str) -> bool:
    patterns = reference_table("not_a_region").select("provider", "pattern").rows()
    return any(of in ("", provider) and re.fullmatch(pattern, code) for of, pattern in patterns)


@pytest.mark.parametrize(("model", "labels"), LABELS_OF_A_MODEL.items(), ids=LABELS_OF_A_MODEL)
def test_a_model_has_many_names(model, labels):
    found = {label: resolve_label("acme", label) for label in labels.split("; ")}
    assert found == dict.fromkeys(found, ("model", model))


@pytest.mark.parametrize(
    ("provider", "label", "expected"),
    [
        ("google", "A2 Standard", ("model", "A100")),  # a machine series
        ("acme", "A2", ("model", "A2")),  # a card
        ("huawei", "Snt9B", ("model", "Ascend 910B")),
        ("acme", "Snt9B", ("new", "unknown")),  # Huawei's own word
        ("alibaba", "GPU H", ("masked", "unknown")),
        ("alibaba", "G49", ("masked", "unknown")),
        ("acme", "Hopper", ("masked", "unknown")),
        ("aws", "U30", ("not_an_accelerator", "unknown")),
        ("aws", "Xilinx Virtex UltraScale+ (VU47P)", ("not_an_accelerator", "unknown")),
        ("acme", "Warp Drive 9", ("new", "unknown")),
        ("acme", "NVIDIA", ("new", "unknown")),
        ("acme", "A1000", ("new", "unknown")),  # not an A100
        ("acme", "H10", ("new", "unknown")),
    ],
)
def test_a_label_may_be_a_providers_own_word_hidden_no_accelerator_or_new(provider, label, expected):
    assert resolve_label(provider, label) == expected


def test_case_punctuation_and_the_makers_name_make_no_other_model():
    assert {normalised(label) for label in ("NVIDIA Tesla V100", "tesla-v100", "V 100", "nvidia_v100")} == {"v100"}
    assert normalised("A100") != normalised("A10-0GB")
    assert normalised("NVIDIA") == "nvidia"  # nothing else would be left


def test_two_models_never_share_a_name():
    owners: dict[str, set[str]] = {}
    for model, aliases in reference_table("accelerator").select("accelerator_model", "aliases").rows():
        for name in [model, *(aliases.split(";") if aliases else ())]:
            owners.setdefault(normalised(name), set()).add(model)
    assert {name: models for name, models in owners.items() if len(models) > 1} == {}


def test_every_label_of_the_bundled_archive_is_understood():
    labels = listed("accelerator_label", "offerings")
    assert len(labels) > 50
    assert sorted(pair for pair in labels if resolve_label(*pair)[0] == "new") == []


def test_every_model_that_the_bundled_archive_lists_is_one_of_the_table():
    models = {resolve_label(*pair)[1] for pair in listed("accelerator_label", "offerings")}
    assert models - ALL_MODELS == {"unknown"}
    assert {"V100", "A100", "H100", "TPU v5e", "Gaudi"} <= models


@pytest.mark.parametrize("table", ["regions", "offerings"])
def test_every_region_code_of_the_bundled_archive_is_known_aliased_or_no_region(table):
    known = set(reference_table("region").select("provider", "region_code").rows())
    aliased = set(reference_table("region_alias").select("provider", "alias").rows())
    codes = listed("region_code", table)
    assert len(codes) > 100
    assert sorted(pair for pair in codes - known - aliased if not not_a_region(*pair)) == []


def test_no_region_of_the_reference_table_is_taken_for_none():
    regions = reference_table("region").select("provider", "region_code").rows()
    assert [pair for pair in regions if not_a_region(*pair)] == []


@pytest.mark.parametrize(
    ("provider", "code"),
    [
        ("aws", "us-west-2-lax-1a"),
        ("aws", "us-west-2-lax-1"),
        ("aws", "us-east-1-wl1-bos-wlz-1"),
        ("aws", "cn-north-1-pkx-1"),
        ("azure", "eastus2euap"),
        ("azure", "eastusstg"),
        ("azure", "attatlanta1"),
        ("google", "us-east7"),
        ("google", "us-central2"),
        ("alibaba", "cn-wuhan-lr"),
        ("alibaba", "cn-nanjing"),
    ],
)
def test_local_edge_and_internal_zones_are_no_regions(provider, code):
    assert not_a_region(provider, code)
    assert not not_a_region("acme", code)


@pytest.mark.parametrize(
    ("terms", "inside", "outside"),
    [
        (["all"], {"A100", "TPU v4", "unknown"}, set()),
        (["GPU"], {"A100", "MI300X"}, {"TPU v4", "Trainium", "unknown"}),
        (["nvidia"], {"A100", "K80"}, {"MI300X", "unknown"}),
        (["TPU"], {"TPU v2", "TPU v5p", "TPU7x"}, {"A100", "Maia 100", "unknown"}),
        (["V100", " a100 "], {"V100", "A100"}, {"H100", "unknown"}),
        (["all", "-TPU"], {"A100"}, {"TPU v2", "TPU7x", "unknown"}),
        (["-A100", "NVIDIA"], {"H100"}, {"A100"}),  # taking away wins in any order
        (["hopper"], {"H100", "H200", "H800", "H20", "GH200"}, {"A100", "B200"}),
    ],
)
def test_scope_terms_add_up_and_a_minus_takes_away(terms, inside, outside):
    covered = scope_models([term.strip() for term in terms], place="source.toml")
    assert inside <= covered
    assert outside.isdisjoint(covered)


def test_only_all_covers_labels_that_map_to_no_model():
    everything = scope_models(["all"], place="source.toml")
    kinds = [*set(reference_table("accelerator")["kind"])]
    assert everything - scope_models(kinds, place="source.toml") == {"unknown"}
    assert everything == ALL_MODELS | {"unknown"}


@pytest.mark.parametrize("term", ["A1000", "-nonsense", "", "tesla"])
def test_a_scope_term_that_names_nothing_is_refused_with_its_place(term):
    with pytest.raises(ArchiveError, match=r"^some/source\.toml: scope term '.*' is no kind"):
        scope_models(["all", term], place="some/source.toml")
