"""Accelerators that are no Nvidia GPU: what clouds call them, whose they are, and where their makers are at home."""

from __future__ import annotations

import pytest

from gpu_census.reference.labels import resolve_label
from gpu_census.reference.profiles import profile_accelerator_table
from gpu_census.reference.tables import reference_table

VENDORS = {row["accelerator_model"]: row for row in reference_table("accelerator").iter_rows(named=True)}
WORDS = [
    (
        "google",
        "TPU v2; TPU v3; TPU v4; TPU v5e; TPU v5p; TPU v6e; Trillium; Ironwood; TPU7x; ct5lp; ct6e",
        "Google",
        "US",
    ),
    ("google", "Cloud TPU v5e; tpu-v6e-slice; TPU v7 (Ironwood); TPU 8t; TPU 8i", "Google", "US"),
    (
        "aws",
        "Trainium; AWS Trainium; Trainium2; AWS Trainium3; Inferentia; AWS Inferentia; Inferentia2",
        "Amazon",
        "US",
    ),
    ("azure", "Maia 100; Azure Maia 100; Maia 200", "Microsoft", "US"),
    ("aws", "Gaudi HL-205; Habana Gaudi", "Intel", "US"),
    ("ibm", "Gaudi-3; Intel Gaudi 3 AI Accelerator; Gaudi 2; HL-225H; HL-328", "Intel", "US"),
    ("vultr", "MI300X; AMD Instinct MI300X; AMD_MI325X; MI355X; AMD Instinct MI355X OAM; MI350X", "AMD", "US"),
    ("azure", "AMD Instinct MI25; MI210; MI250X; MI300A; MI308X", "AMD", "US"),
    (
        "huawei",
        "Ascend 310; Ascend 310P3; Ascend 910; Ascend 910B; Ascend910B; Snt9B; Snt9B23; 昇腾910B",
        "Huawei",
        "CN",
    ),
    ("acme", "Huawei Ascend 910C; Ascend 910B4; Ascend 950PR", "Huawei", "CN"),
    ("baidu", "Kunlun P800; P800; 昆仑芯P800; Kunlunxin P800; R200; Kunlun R200; Kunlun M100", "Baidu", "CN"),
    ("alibaba", "PPU; T-Head PPU; PPU 810E; Zhenwu 810E; 真武810E; 平头哥PPU; Hanguang 800", "Alibaba", "CN"),
]


@pytest.mark.parametrize(
    ("provider", "label", "vendor", "country"),
    [(provider, label, vendor, home) for provider, labels, vendor, home in WORDS for label in labels.split("; ")],
)
def test_a_word_resolves_to_a_model_of_its_vendor(provider: str, label: str, vendor: str, country: str) -> None:
    resolution, model = resolve_label(provider, label)
    assert resolution == "model", label
    assert (VENDORS[model]["vendor"], VENDORS[model]["vendor_country_iso2"]) == (vendor, country)


@pytest.mark.parametrize(
    ("provider", "series"), [("huawei", "Ascend"), ("baidu", "Kunlun"), ("baidu", "昆仑芯"), ("acme", "MI400 series")]
)
def test_the_name_of_a_series_is_no_model(provider: str, series: str) -> None:
    assert resolve_label(provider, series) == ("masked", "unknown")


def test_a_cloud_of_another_name_does_not_share_a_providers_own_word() -> None:
    assert resolve_label("acme", "PPU") == ("new", "unknown")
    assert resolve_label("acme", "Snt9B23") == ("new", "unknown")


@pytest.mark.parametrize(
    ("profile", "model", "counted_as"),
    [
        ("followup2025", "TPU v5p", "training"),
        ("followup2025", "Trainium2", "training"),
        ("followup2025", "Ascend 910B", "training"),
        ("followup2025", "Zhenwu 810E", "training"),
        ("followup2025", "Maia 100", "training"),
        ("followup2025", "Inferentia2", "inference"),
        ("followup2025", "MI300X", "not_counted"),
        ("followup2025", "Gaudi3", "not_counted"),
        ("followup2025", "Kunlun 3", "not_counted"),
        ("extended", "MI300X", "training"),
        ("extended", "Gaudi3", "training"),
        ("extended", "Kunlun 3", "training"),
        ("extended", "Kunlun M100", "inference"),
        ("paper2024", "TPU v5p", "not_counted"),
    ],
)
def test_the_profiles_count_them_by_vendor_and_class(profile: str, model: str, counted_as: str) -> None:
    row = profile_accelerator_table().filter(profile=profile, accelerator_model=model).row(0, named=True)
    assert row["accelerator_class"] == counted_as
