"""A small reference and archives written line by line, for cases worked out by hand.

Providers: `acme`, the reseller `shop`, and any other name, which the reference does not know. The
profile `wide` counts NVIDIA at acme, prices too; `strict` all but resellers, better than a price.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

from .census import OracleResult, oracle_census
from .reference import Accelerator, Country, OracleReference, Profile, Provider, Region

DAY = date(2025, 1, 1)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def _model(name: str, kind: str, vendor: str, wide: str) -> Accelerator:
    classes = {"wide_class": wide}
    return Accelerator(accelerator_model=name, kind=kind, vendor=vendor, classes=classes)


REFERENCE = OracleReference(
    countries=tuple(Country(country_iso2=code) for code in ("DE", "FR", "US")),
    accelerators=(
        _model("A100", "gpu", "NVIDIA", "training"),
        _model("V100", "gpu", "NVIDIA", "inference"),
        _model("M60", "gpu", "NVIDIA", "legacy"),
        _model("TPU v4", "asic", "Google", "training"),
    ),
    providers=(Provider(provider="acme"), Provider(provider="shop", kind="reseller")),
    regions=(
        Region(provider="acme", region_code="one", country_iso2="DE", metro="Berlin"),
        Region(provider="acme", region_code="two", country_iso2="FR", metro="Paris"),
        Region(provider="acme", region_code="new", country_iso2="US", opened_on=after(-50)),
        Region(provider="acme", region_code="old", country_iso2="US", closed_on=after(5)),
        Region(provider="shop", region_code="one", country_iso2="DE", metro="Berlin"),
        Region(provider="acme", region_code="never", country_iso2="US", opened_on=after(-50)),
    ),
    profiles=(
        Profile(
            profile="wide",
            providers=("acme",),
            vendors=("NVIDIA",),
            class_column="wide_class",
            evidence=("confirmed", "priced_only"),
        ),
        Profile(
            profile="strict",
            excluded_provider_kinds=("reseller",),
            class_column="wide_class",
        ),
    ),
    labels={("", "U30"): ("not_an_accelerator", ""), ("acme", "GPU H"): ("masked", "")},
)

# region -> None (not answered) or its rows; a row is a label, or a label and other columns
Told = dict[str, list | None]


class Archive:
    """An archive that a test writes line by line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def source(self, name: str, told: dict[int, Told], **stated: object) -> Archive:
        """Write a source; `told` maps days after DAY to what it said of each region."""
        provider, _, source = name.partition("/")
        path = self.folder / provider / source
        path.mkdir(parents=True)
        stated = {"title": name, "evidence": "offering", **stated}
        lines = [
            f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in stated.items()
        ]
        (path / "source.toml").write_text("\n".join(lines), encoding="utf-8")
        for days, regions in told.items():
            folder = path / after(days).isoformat()
            folder.mkdir()
            answers = [(code, str(rows is not None).lower()) for code, rows in regions.items()]
            _write(folder / "regions.csv", ["region_code", "answered"], answers)
            columns = ["region_code", "instance_type", "accelerator_label"]
            columns += ["status", "service", "accelerator_count"]
            rows = [_row(code, row) for code, rows in regions.items() for row in rows or ()]
            _write(folder / "offerings.csv", columns, rows)
        return self

    def on(self, days: int) -> OracleResult:
        return oracle_census([self.folder], census_date=after(days), reference=REFERENCE)

    def tiers(self, days: int, iso2: str = "DE", profile: str = "wide") -> tuple[str, ...]:
        row = self.on(days).compute_tier[profile, iso2]
        return tuple(row[f"tier{bound}"] for bound in ("_at_least", "", "_at_most_fleet", "_at_most"))

    def findings(self, days: int, code: str = "one") -> dict[str, str]:
        found = self.on(days).findings.values()
        return {f["accelerator_model"]: f["finding"] for f in found if f["region_code"] == code}

    def history(self, *models: str) -> list[tuple]:
        """Intervals, of some models or of all, as (not before, from, to, confirmed), in days after DAY."""
        rows = [r for r in self.on(999).offering_history if not models or r["accelerator_model"] in models]
        names = ("not_before_on", "valid_from", "valid_to")
        days = [tuple(r[n] and (r[n] - DAY).days for n in names) for r in rows]
        return [(*told, row["confirmed"]) for told, row in zip(days, rows, strict=True)]


def _row(code: str, row: str | tuple[str, dict]) -> list[object]:
    label, more = (row, {}) if isinstance(row, str) else row
    rest = [more.get(name, "") for name in ("status", "service", "accelerator_count")]
    return [code, f"type of {label}", label, *rest]


def _write(path: Path, columns: list[str], rows: list) -> None:
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([columns, *rows])
