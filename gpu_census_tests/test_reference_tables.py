"""The reference tables: what they must hold by the method, that they fit together, and that broken ones are refused.

Numbers are those of METHOD 1 and 5 and of the lists named there. What single labels mean, and that the bundled archive
is understood whole, is tested in `test_labels.py`.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

import polars as pl
import pytest

from gpu_census.reference.profiles import profile_accelerator_table, profile_table, read_profiles
from gpu_census.reference.tables import FOLDER, TABLES, reference_table

KEYS = {
    "country": ("country_iso2",),
    "accelerator": ("accelerator_model",),
    "accelerator_label": ("provider", "label"),
    "provider": ("provider",),
    "region": ("provider", "region_code"),
    "region_alias": ("provider", "alias", "valid_from"),
    "not_a_region": ("provider", "pattern"),
    "export_rule": ("accelerator_model", "rule", "destination_group", "effect", "valid_from"),
    "variant": ("variant",),
}
ALL_MODELS = set(reference_table("accelerator")["accelerator_model"])


def models_where(*conditions: pl.Expr | bool, **values: str) -> set[str]:
    return set(reference_table("accelerator").filter(*conditions, **values)["accelerator_model"])


def class_of(profile: str) -> dict[str, str]:
    found = profile_accelerator_table().filter(profile=profile)
    return dict(found.select("accelerator_model", "accelerator_class").rows())


@pytest.mark.parametrize("name", TABLES)
def test_each_table_loads_and_its_key_is_unique(name):
    table = reference_table(name)
    assert table.height > 10
    assert table.filter(pl.struct(KEYS[name]).is_duplicated()).rows() == []


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.csv")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_each_file_is_utf_8_with_as_many_cells_as_columns_and_no_stray_spaces(path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *cells = list(csv.reader(file))
    assert [row for row in cells if len(row) != len(header)] == []
    assert [cell for row in [header, *cells] for cell in row if cell != cell.strip()] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_where_it_is_from(name):
    assert reference_table(name).filter(pl.col("source").is_null()).rows() == []


def test_there_are_250_territories_and_the_universe_of_counts_is_199():
    country = reference_table("country")
    counted = set(country.filter("in_count_universe")["country_iso2"])
    members = set(country.filter("un_member")["country_iso2"])
    assert (country.height, len(members), len(counted)) == (250, 193, 199)
    assert counted == members | {"HK", "MO", "TW", "XK", "PS", "VA"}
    assert len(members) == 193


@pytest.mark.parametrize(
    ("group", "size", "inside", "outside"),
    [
        ("eu27", 27, "DE HR IE CY", "GB CH NO TR"),
        ("g77", 134, "CN IN SG SA PS", "US RU MX KR TW"),
        ("oecd", 38, "US MX CL CO CR TR IL KR", "CN BR IN SG RU"),
        ("g20", 19, "AR AU BR CA CN FR DE IN ID IT JP KR MX RU SA ZA TR GB US", "ES NL CH"),
        ("ldc", 44, "BD ET AF TZ", "VN KE BT"),  # Bhutan left the list in December 2023
    ],
)
def test_groups_of_countries_have_their_known_size_and_members(group, size, inside, outside):
    found = set(reference_table("country").filter(pl.col(group))["country_iso2"])
    assert len(found) == size
    assert set(inside.split()) <= found
    assert found.isdisjoint(outside.split())


def test_imf_advanced_and_unctad_developed_differ_where_the_paper_says():
    """METHOD 8: all North countries but India are IMF advanced, all South but Switzerland are not UNCTAD developed."""
    country = reference_table("country")
    since = dict(country.select("country_iso2", "imf_advanced_from").rows())
    advanced = {code for code, day in since.items() if day is not None and day <= date(2024, 10, 1)}
    assert len(advanced) == 41
    assert {"US", "JP", "SG", "HK", "MO", "TW", "KR", "HR", "AD", "PR"} <= advanced
    assert advanced.isdisjoint({"CN", "IN", "BR", "AE", "PL", "HU"})
    developed = dict(country.select("country_iso2", "unctad_developed_from").rows())
    assert developed["CH"] is not None
    assert developed["KR"] == date(2021, 7, 2)
    assert {developed[code] for code in ("CN", "SG", "IN", "BR", "HK", "TW")} == {None}


def test_the_united_states_and_china_are_the_superpowers_and_hong_kong_macao_and_taiwan_rows_of_their_own():
    country = reference_table("country")
    assert sorted(country.filter("superpower")["country_iso2"]) == ["CN", "US"]
    names = dict(country.select("country_iso2", "name_short_en").rows())
    assert {"HK", "MO", "TW", "XK"} <= set(names)
    assert len(set(names.values())) == 250


def test_every_country_code_used_anywhere_is_known():
    known = set(reference_table("country")["country_iso2"])
    used = {
        (name, column): set(reference_table(name)[column].drop_nulls()) - known
        for name in TABLES
        for column in reference_table(name).columns
        if column.endswith("country_iso2")
    }
    assert len(used) >= 8
    assert {place: codes for place, codes in used.items() if codes} == {}


def test_regions_aliases_labels_and_export_rules_name_what_exists():
    providers = set(reference_table("provider")["provider"])
    regions = set(reference_table("region").select("provider", "region_code").rows())
    assert {provider for provider, _ in regions} <= providers
    assert set(reference_table("region_alias").select("provider", "region_code").rows()) <= regions
    assert set(reference_table("not_a_region")["provider"]) <= providers | {""}
    assert set(reference_table("accelerator_label")["provider"]) <= providers | {""}
    assert set(reference_table("accelerator_label")["accelerator_model"].drop_nulls()) <= ALL_MODELS
    assert set(reference_table("export_rule")["accelerator_model"]) <= ALL_MODELS


def test_places_and_dates_of_regions_are_possible():
    region = reference_table("region")
    assert region.filter(pl.col("closed_on") <= pl.col("opened_on")).rows() == []
    assert region.filter((pl.col("region_status") == "closed") & pl.col("closed_on").is_null()).rows() == []
    assert region.filter(pl.col("latitude").is_null() != pl.col("longitude").is_null()).rows() == []
    metros = region.drop_nulls("metro").group_by("metro").agg(pl.col("country_iso2").n_unique())
    assert metros.filter(pl.col("country_iso2") > 1).rows() == []


def test_aws_and_azure_china_alone_are_the_china_partition():
    china = reference_table("region").filter(cloud_partition="china")
    assert Counter(china["provider"]) == {"aws": 2, "azure": 6}
    assert set(china["country_iso2"]) == {"CN"}
    assert set(china["operator_country_iso2"]) == {"US"}
    mainland = reference_table("region").filter(pl.col("provider").is_in(["alibaba", "huawei", "tencent"]))
    assert "china" not in set(mainland["cloud_partition"])


def test_training_class_is_4800_tpp_and_a_link_of_300_gb_a_second():
    """METHOD 5, for models whose figures are both known; the rest follow what they are sold for, and say so."""
    fast = (pl.col("tpp") >= 4800) & (pl.col("link_gbs") >= 300)
    known = pl.col("tpp").is_not_null() & pl.col("link_gbs").is_not_null()
    assert models_where(fast) == models_where(known, extended_class="training")
    short = pl.col("tpp").is_not_null() & (pl.col("tpp") < 4800) | (pl.col("link_gbs") < 300)
    assert models_where(short, extended_class="training") == set()
    light = {"TPU v4", "Trainium", "Ascend 910", "H20", "MI210"}
    assert light <= models_where(extended_class="training_light")
    assert models_where((pl.col("tpp") / 16 - pl.col("fp16_bf16_dense_tflops")).abs() > 0.1) == set()


def test_paper2024_counts_exactly_its_five_gpus_at_the_six_hyperscalers():
    counted = {model: kind for model, kind in class_of("paper2024").items() if kind != "not_counted"}
    assert counted == dict.fromkeys(("A100", "H100", "A800", "H800"), "training") | {"V100": "inference"}
    profile = profile_table().filter(profile="paper2024").row(0, named=True)
    assert sorted(profile["providers"]) == ["alibaba", "aws", "azure", "google", "huawei", "tencent"]
    assert sorted(profile["partitions"]) == ["china", "public"]
    assert sorted(profile["access"]) == ["open", "opt_in"]
    assert sorted(profile["evidence"]) == ["confirmed", "priced_only"]


def test_followup2025_counts_six_vendors_without_v100_and_older():
    classes = class_of("followup2025")
    vendors = ("NVIDIA", "Google", "Amazon", "Microsoft", "Alibaba", "Huawei")
    counted = {model for model, kind in classes.items() if kind != "not_counted"}
    assert counted <= models_where(pl.col("vendor").is_in(vendors))
    assert {"V100", "P100", "K80", "M60", "TPU v2", "MI300X", "Gaudi2"}.isdisjoint(counted)
    training = ("A100", "H20", "Trainium", "TPU v4", "Ascend 910", "Maia 100")
    assert {model: classes[model] for model in training} == dict.fromkeys(training, "training")
    assert (classes["T4"], classes["Inferentia"], classes["L4"]) == ("inference",) * 3
    profile = profile_table().filter(profile="followup2025").row(0, named=True)
    assert len(profile["providers"]) == 9
    assert {"ovhcloud", "hetzner", "exoscale"} <= set(profile["providers"])


def test_extended_counts_all_vendors_but_no_legacy_or_graphics_card_and_no_price_alone():
    classes = class_of("extended")
    assert {classes[model] for model in models_where(extended_class="training")} == {"training"}
    inference = models_where(pl.col("extended_class").is_in(["training_light", "inference"]))
    assert {classes[model] for model in inference} == {"inference"}
    rest = models_where(pl.col("extended_class").is_in(["legacy", "graphics"]))
    assert {classes[model] for model in rest} == {"not_counted"}
    assert {"K80", "P100", "M60"} <= rest
    assert {"V100", "MI300X", "Gaudi2"}.isdisjoint(rest)
    profile = profile_table().filter(profile="extended").row(0, named=True)
    assert (profile["providers"], profile["partitions"]) == (None, None)
    assert sorted(profile["excluded_provider_kinds"]) == ["marketplace", "reseller"]
    assert sorted(profile["access"]) == ["industry", "open", "opt_in"]
    assert profile["evidence"] == ["confirmed"]


@pytest.mark.parametrize("card", read_profiles(), ids=lambda card: card.profile)
def test_a_profile_uses_words_that_the_tables_know(card):
    """A misspelt class, vendor or provider would silently count nothing."""
    accelerators, providers = reference_table("accelerator"), reference_table("provider")
    assert {*card.training, *card.inference} <= set(accelerators[card.class_column])
    assert set(card.vendors or ()) <= set(accelerators["vendor"])
    assert set(card.providers or ()) <= set(providers["provider"])
    assert {row["profile"] for row in profile_table().to_dicts()} == {"paper2024", "followup2025", "extended"}
    assert set(class_of(card.profile)) == ALL_MODELS
