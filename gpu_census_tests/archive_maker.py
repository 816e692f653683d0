"""Make random archives for tests: valid folders (DESIGN 3.3) full of what a census can meet.

The same seed always writes the same bytes. A made world, in which regions and instance types come
and go, is seen by sources that err: they leave rows out, do not answer, list what is not there.
Only valid archives are made; broken ones are made where refusing is tested.

In one source an instance type keeps its label, count and service: the method does not say what a
change of them does to an interval.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from gpu_census_tests.archive_glitches import forget_at_once

NEW_PROVIDER = "nimbus"  # no reference table knows it
PROVIDERS = ("aws", "azure", "google", "alibaba", "huawei", "tencent")
FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2026, 4, 1)
GAPS = (1, 1, 1, 2, 3, 7, 8, 30, 90, 179, 180, 181, 230)
COUNTRIES = ("US", "CN", "DE", "JP", "BR", "IN", "FR", "HK", "KE", "AE")

# provider -> codes that a reference table may know: open, opt-in, Chinese, government, closed
KNOWN_REGIONS = {
    "aws": ("us-east-1", "eu-central-1", "af-south-1", "cn-north-1", "us-gov-west-1", "sa-east-1"),
    "azure": ("eastus", "germanywestcentral", "germanynorth", "chinanorth3", "japaneast"),
    "google": ("us-central1", "europe-west3", "asia-northeast1", "africa-south1", "us-central2"),
    "alibaba": ("cn-beijing", "eu-central-1", "ap-southeast-2", "ap-south-1", "us-east-1"),
    "huawei": ("cn-north-4", "ap-southeast-1", "af-north-1", "la-south-2", "ru-moscow-1"),
    "tencent": ("ap-beijing", "eu-frankfurt", "ap-mumbai", "sa-saopaulo", "ap-shanghai-fsi"),
    NEW_PROVIDER: (),
}


@dataclass(frozen=True)
class InstanceType:
    """An instance type and what a listing says of it; a label is picked once for each source."""

    name: str
    labels: tuple[str, ...]
    counts: tuple[str, ...] = ("", "8")
    service: str = ""


INSTANCE_TYPES = (
    InstanceType("v.large", ("V100", "NVIDIA Tesla V100", "nvidia-tesla-v100")),
    InstanceType("v.huge", ("V100",)),
    InstanceType("a.large", ("A100", "NVIDIA A100")),
    InstanceType("a.slice", ("A100",), ("0.25", "0.5")),
    InstanceType("h.large", ("H100", "NVIDIA H100")),
    InstanceType("e.large", ("A800",)),
    InstanceType("t.large", ("T4", "NVIDIA T4")),
    InstanceType("t.slice", ("T4",), ("0.125",)),
    InstanceType("x.large", ("GPU H",)),
    InstanceType("f.video", ("U30",), ("1",)),
    InstanceType("p.tpu", ("TPU v4", "Google TPU v4"), ("4",)),
    InstanceType("m.managed", ("H100",), ("8",), service="managed training"),
)
PARTITIONS = ("", "", "public", "china", "sovereign", "government")
STATUSES = ("", "", "", "offered", "available", "limited", "sold_out", "by_request")
REQUIRED_OF_AN_OFFERING = ("region_code", "instance_type", "accelerator_label")
SCOPE_TERMS = (None, "all", "all", "gpu", "nvidia", "TPU", "V100, A100")
SCOPE_LISTS = (["GPU"], ["all", "-TPU"], ["NVIDIA", "-A100"])


@dataclass(kw_only=True)
class _Region:
    code: str
    country_iso2: str
    cloud_partition: str
    sold: dict[str, tuple[date, date]]  # instance type -> first and last day, in truth
    last_day: date


@dataclass(kw_only=True)
class _Source:
    name: str
    evidence: str
    flags: dict[str, bool]
    scope: str | list[str] | None
    dates: list[date]
    care: float  # chance that a row which is true is listed
    labels: dict[str, str] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)


def make_archive(
    folder: Path,
    *,
    seed: int,
    providers: tuple[str, ...] = PROVIDERS,
    known_regions: dict[str, tuple[str, ...]] | None = None,
) -> Path:
    """Write a random archive into a new folder and return the folder."""
    rng = random.Random(seed)
    chosen = [*rng.sample(providers, k=rng.randint(0, 2)), NEW_PROVIDER]
    for provider in chosen:
        codes = (known_regions or KNOWN_REGIONS).get(provider, ())
        timeline = _timeline(rng)
        regions = _regions(rng, codes, timeline)
        for number in range(rng.randint(1, 4)):
            source = _source(rng, number, timeline)
            path = folder / provider / source.name
            _write_source(path, source, rng)
            for on in source.dates:
                _write_listing(path / on.isoformat(), source, regions, on, rng)
    forget_at_once(folder, seed=seed)
    return folder


def telling_dates(folder: Path) -> list[date]:
    """List dates worth asking of an archive: its own, and where rules of time begin to bite."""
    own = {date.fromisoformat(path.name) for path in folder.glob("*/*/*") if path.is_dir()}
    return sorted({on + timedelta(days=days) for on in own for days in (-1, 0, 1, 8, 180, 181)})


def _timeline(rng: random.Random) -> list[date]:
    """Dates on which anybody may look: from night to night, or with months between."""
    on = FIRST_DAY + timedelta(days=rng.randrange(900))
    gaps = GAPS if rng.random() < 0.6 else (1, 1, 2, 5)
    dates = [on]
    for _ in range(rng.randint(3, 11)):
        on += timedelta(days=rng.choice(gaps))
        if on <= LAST_DAY:
            dates.append(on)
    return dates


def _regions(rng: random.Random, codes: tuple[str, ...], timeline: list[date]) -> list[_Region]:
    countries = rng.sample(COUNTRIES, k=rng.randint(3, 5))
    known = rng.sample(codes, k=min(len(codes), rng.randint(0, 4)))
    invented = [f"made-{number}" for number in range(rng.randint(2, 4))]
    made = []
    for code in known + invented:
        new = code in invented
        types = rng.sample(INSTANCE_TYPES, k=rng.randint(0, 5))
        region = _Region(
            code=code,
            country_iso2=rng.choice([*countries, ""]) if new else "",
            cloud_partition=rng.choice(PARTITIONS) if new else "",
            sold={one.name: _life(rng, timeline) for one in types},
            last_day=rng.choice(timeline) if rng.random() < 0.25 else date.max,
        )
        made.append(region)
    return made


def _life(rng: random.Random, timeline: list[date]) -> tuple[date, date]:
    ends = (rng.choice([date.min, *timeline]), rng.choice([date.max, date.max, *timeline]))
    return min(ends), max(ends)


def _source(rng: random.Random, number: int, timeline: list[date]) -> _Source:
    shifted = timedelta(days=rng.choice((0, 0, 0, 1, 7, 8, 9, 200)))
    count = min(len(timeline), rng.randint(2, 8))
    return _Source(
        name=f"source_{number}",
        evidence=rng.choice(("stock", "offering", "docs", "price", "price")),
        flags={
            "settled": rng.random() < 0.4,
            "regions_complete": rng.random() < 0.5,
            "positive_only": rng.random() < 0.2,
        },
        scope=rng.choice((*SCOPE_TERMS, *SCOPE_LISTS)),
        dates=sorted(on + shifted for on in rng.sample(timeline, k=count)),
        care=rng.choice((0.6, 0.85, 1.0)),
        labels={one.name: rng.choice(one.labels) for one in INSTANCE_TYPES},
        counts={one.name: rng.choice(one.counts) for one in INSTANCE_TYPES},
    )


def _write_source(path: Path, source: _Source, rng: random.Random) -> None:
    path.mkdir(parents=True)
    lines = [f'title = "A made {source.evidence} listing"', f'evidence = "{source.evidence}"']
    for name, value in source.flags.items():
        if value or rng.random() < 0.5:  # false is the default and may be left unsaid
            lines.append(f"{name} = {str(value).lower()}")
    if isinstance(source.scope, str):
        lines.append(f'scope = "{source.scope}"')
    elif source.scope is not None:
        lines.append("scope = [" + ", ".join(f'"{term}"' for term in source.scope) + "]")
    (path / "source.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_listing(path: Path, source: _Source, regions: list[_Region], on: date, rng: random.Random) -> None:
    path.mkdir()
    named = [r for r in regions if on <= r.last_day and rng.random() < 0.5 + source.care / 2]
    named = named or [rng.choice(regions)]  # naming no region at all is no complete answer
    region_rows = [
        {
            "region_code": region.code,
            "region_name": f"Region {region.code}",
            "country_iso2": region.country_iso2,
            "cloud_partition": region.cloud_partition,
            "answered": "true" if rng.random() < 0.88 else "false",
        }
        for region in named
    ]
    # Now and then offerings stand in a region that regions.csv leaves out: they do not count.
    listed = named if rng.random() < 0.9 else regions
    offering_rows = [row for region in listed for row in _offerings(region, source, on, rng)]
    _write_rows(path / "regions.csv", region_rows, ("region_code", "answered"), rng)
    _write_rows(path / "offerings.csv", offering_rows, REQUIRED_OF_AN_OFFERING, rng)


def _offerings(region: _Region, source: _Source, on: date, rng: random.Random) -> list[dict[str, str]]:
    rows = []
    for one in INSTANCE_TYPES:
        first, last = region.sold.get(one.name, (date.max, date.max))
        if rng.random() > (source.care if first <= on <= last else 0.03):
            continue
        zones = rng.choice((("",), ("",), (f"{region.code}-a", f"{region.code}-b")))
        for zone in zones:
            priced = source.evidence == "price" and rng.random() < 0.7
            rows.append(
                {
                    "region_code": region.code,
                    "zone": zone,
                    "instance_type": one.name,
                    "service": one.service,
                    "accelerator_label": source.labels[one.name],
                    "accelerator_count": source.counts[one.name],
                    "status": rng.choice(STATUSES),
                    "price": f"{rng.randint(1, 90) / 4}" if priced else "",
                    "currency": "USD" if priced else "",
                }
            )
    return rows


def _write_rows(path: Path, rows: list[dict[str, str]], required: tuple[str, ...], rng: random.Random) -> None:
    """Write rows in any order; a column that is empty throughout may be left out."""
    kept = [
        name
        for name in (rows[0] if rows else required)
        if name in required or any(row[name] for row in rows) or rng.random() < 0.5
    ]
    rng.shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
