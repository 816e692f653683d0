"""What every row of the census must look like, from a provider's listing to the histories.

Each column is described here once; checks, DuckDB comments and the Dagster UI read it from here. What the SQL
models produce is described in their own headers (`dbt_like_sql/`).

Dates are UTC days. Validity intervals are half open: `valid_from` is the first day, `valid_to` the first day on
which it no longer holds, null while it does.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from gpu_census.census import vocabulary
from gpu_census.reference.schemas import PlacedRegion

CODE = r"^\S(.*\S)?$"


class ListedRegion(pa.DataFrameModel):
    """A region as one source's list names it on one census date."""

    provider: str = pa.Field(str_matches=CODE, description="The cloud, by its name in the reference table")
    source: str = pa.Field(str_matches=CODE, description="Which of the provider's sources said so")
    census_date: pl.Date = pa.Field(description="The day the listing describes")
    region_code: str = pa.Field(str_matches=CODE, description="The provider's own code of the region")
    region_name: str = pa.Field(nullable=True, description="The provider's own name of the region")
    country_iso2: str = pa.Field(nullable=True, description="ISO 3166-1 alpha-2 code, or XK for Kosovo")
    cloud_partition: str = pa.Field(
        isin=vocabulary.PARTITIONS,
        description="Which separate part of the cloud the region belongs to",
    )
    answered: bool = pa.Field(
        description="Whether the source answered completely for this region, so that silence means absence"
    )

    class Config:
        """Checks over whole rows."""

        strict = True
        unique = ["provider", "source", "census_date", "region_code"]  # noqa: RUF012


class Listing(pa.DataFrameModel):
    """An accelerator as one source lists it in one region (and zone) on one census date."""

    provider: str = pa.Field(str_matches=CODE, description="The cloud, by its name in the reference table")
    source: str = pa.Field(str_matches=CODE, description="Which of the provider's sources said so")
    census_date: pl.Date = pa.Field(description="The day the listing describes")
    region_code: str = pa.Field(str_matches=CODE, description="The provider's own code of the region")
    zone: str = pa.Field(description="The provider's own code of the zone; empty where it names none")
    instance_type: str = pa.Field(str_matches=CODE, description="The provider's own name of what is rented")
    service: str = pa.Field(
        description="The managed service through which alone it is sold; empty for VMs and bare metal"
    )
    accelerator_label: str = pa.Field(str_matches=CODE, description="The accelerator in the provider's own words")
    accelerator_count: float = pa.Field(
        nullable=True,
        gt=0,
        description="Accelerators in one instance; below 1 for a fraction; null where not known",
    )
    status: str = pa.Field(isin=vocabulary.STATUSES, description="What the provider says of buying it")
    price: float = pa.Field(nullable=True, gt=0, description="List price per hour, as given")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the price")
    payload_sha256: str = pa.Field(str_matches=r"^[0-9a-f]{64}$", description="Digest of the answer it was read from")

    class Config:
        """Checks over whole rows."""

        strict = True
        unique = [  # noqa: RUF012
            "provider",
            "source",
            "census_date",
            "region_code",
            "zone",
            "instance_type",
            "service",
            "accelerator_label",
        ]


class Source(pa.DataFrameModel):
    """A source: what it is worth as evidence, and where it comes from."""

    provider: str = pa.Field(description="The cloud")
    source: str = pa.Field(description="The source's short name, unique within the provider")
    title: str = pa.Field(description="What it is, in words")
    evidence: str = pa.Field(isin=vocabulary.EVIDENCE, description="Evidence level: stock, offering, docs or price")
    evidence_rank: int = pa.Field(
        ge=1,
        le=3,
        description="1 for stock and offering, 2 for docs, 3 for price: smaller is better",
    )
    scope: str = pa.Field(description="The accelerators about which its silence means absence, as it states them")
    regions_complete: bool = pa.Field(description="Whether its list of regions leaves none out")
    positive_only: bool = pa.Field(description="Whether it proves only what it lists; its silence proves nothing")
    gone_regions: float = pa.Field(
        nullable=True, description="Share of its regions above which losing them at once is suspicious; null for never"
    )
    gone_pairs: int = pa.Field(description="(Region, model) pairs that a region may not lose at once unsuspected")
    gone_share: float = pa.Field(description="Share of its pairs that a region may not lose at once unsuspected")
    url: str = pa.Field(description="Where it can be read")
    licence: str = pa.Field(description="The licence it was published under")
    retrieved: str = pa.Field(description="When the bundled copy of its facts was taken")
    notes: str = pa.Field(description="What to know before relying on it")


class OfSource(pa.DataFrameModel):
    """Rows of one source of one provider."""

    provider: str = pa.Field(description="The cloud")
    source: str = pa.Field(description="Which of its sources says so")


class OfRegion(OfSource):
    """Rows of one source about one region."""

    region_code: str = pa.Field(description="The provider's own code of the region")


class OfOffering(OfRegion):
    """Rows of one source about one accelerator of one instance type in one region."""

    instance_type: str = pa.Field(description="The provider's own name of what is rented")
    service: str = pa.Field(description="Managed service through which alone it is sold; else empty")
    accelerator_model: str = pa.Field(description="The canonical model, or `unknown`")
    accelerator_label: str = pa.Field(description="The accelerator in the provider's own words")


class SourceScope(OfSource):
    """Which accelerator models a source's silence is about; no row for sources that prove only what they list."""

    accelerator_model: str = pa.Field(description="A model, or `unknown` for labels that map to none")


class Observation(OfSource):
    """One source's listing of one census date by itself: how much was asked, answered and listed."""

    observed_on: pl.Date = pa.Field(description="The census date of the listing")
    asked: int = pa.Field(ge=0, description="Regions the source was asked for")
    answered: int = pa.Field(ge=0, description="Regions it answered completely for, suspicious answers left out")
    suspicious: int = pa.Field(ge=0, description="Regions whose answer has lost so much at once that it is not used")
    complete: bool = pa.Field(description="Whether it answered all it was asked, unsuspected")
    used: bool = pa.Field(description="Whether anything of it is used")
    fault: str = pa.Field(description="What was not answered, in words; empty where nothing was missing")
    listed: int = pa.Field(ge=0, description="Rows it listed, duplicates and non-accelerators included")
    regions: int = pa.Field(ge=0, description="Real regions in its list")
    countries: int = pa.Field(ge=0, description="Countries and territories these regions are in")
    accelerator_regions: int = pa.Field(ge=0, description="Regions in which it lists any accelerator")
    v100_regions: int = pa.Field(ge=0, description="Regions in which it lists a V100")
    a100_regions: int = pa.Field(ge=0, description="Regions in which it lists an A100")
    h100_regions: int = pa.Field(ge=0, description="Regions in which it lists an H100")
    payload_sha256: str = pa.Field(description="Digest of the answer it was read from")
    parser: str = pa.Field(description="Version of the provider file that read it; empty for archives")


class SuspiciousAnswer(OfRegion):
    """An answer that has lost so much at once that it is taken for a fault: kept, and used for nothing."""

    observed_on: pl.Date = pa.Field(description="The census date of the answer")
    whole: bool = pa.Field(description="Whether the whole listing is suspicious, because its list of regions shrank")


class RegionFact(PlacedRegion):
    """What is known of a region whatever the date: from the reference table, else from the listings."""


class RegionHistory(OfRegion):
    """When each source listed each region, as intervals."""

    source: str = pa.Field(description="The source; `reference` where only the known opening date says so")
    not_before_on: pl.Date = pa.Field(
        nullable=True, description="The last complete list without it; null where there was none"
    )
    valid_from: pl.Date = pa.Field(description="First sighting")
    valid_to: pl.Date = pa.Field(nullable=True, description="First day it is gone; null while it is there")
    last_seen_on: pl.Date = pa.Field(description="Last sighting")
    confirmed: bool = pa.Field(description="False for an arrival seen only once yet")
    sightings: int = pa.Field(ge=0, description="Lists that named it")


class OfferingHistory(OfOffering):
    """When each source listed each accelerator of each instance type in each region, as intervals."""

    resolution: str = pa.Field(
        isin=["model", "masked", "new"],
        description="How the label was read: as a model, hidden by the provider, or not known yet",
    )
    not_before_on: pl.Date = pa.Field(
        nullable=True, description="The last complete answer without it; null at the first answer"
    )
    valid_from: pl.Date = pa.Field(description="First sighting")
    valid_to: pl.Date = pa.Field(nullable=True, description="First day it is gone; null while it is there")
    confirmed: bool = pa.Field(description="False for an arrival seen only once yet")
    sightings: int = pa.Field(ge=1, description="Answers that listed it")


class SightingHistory(OfOffering):
    """What each source said of each offering: one row per run of answers in a row that said the same."""

    accelerator_count: float = pa.Field(nullable=True, description="Accelerators in one instance; null if not known")
    status: str = pa.Field(isin=vocabulary.STATUSES, description="What the provider says of buying it")
    price_per_hour: float = pa.Field(nullable=True, description="Lowest list price per hour of its zones, as given")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the price")
    valid_from: pl.Date = pa.Field(description="First answer of the run")
    last_seen_on: pl.Date = pa.Field(description="Last answer of the run")
    valid_to: pl.Date = pa.Field(nullable=True, description="First answer of the next run; null for the newest")


class CoverageHistory(OfRegion):
    """When each source answered for each region: one row per run of answers on consecutive days."""

    answered: bool = pa.Field(description="Whether it answered completely, or was asked in vain")
    in_list: str = pa.Field(
        isin=["named", "not_yet", "no_longer"],
        description="Whether its list named the region; a complete list that did not is an answer too",
    )
    valid_from: pl.Date = pa.Field(description="First day of the run")
    evidence_on: pl.Date = pa.Field(description="Last day of the run")
    valid_to: pl.Date = pa.Field(nullable=True, description="First day of the next run; null for the newest")


class UnconfirmedSighting(OfRegion):
    """A sighting that the next complete answer did not repeat: kept, and counted nowhere."""

    instance_type: str = pa.Field(nullable=True, description="What was listed; null for the region itself")
    service: str = pa.Field(nullable=True, description="Managed service through which alone it is sold; else empty")
    accelerator_model: str = pa.Field(nullable=True, description="The canonical model, or `unknown`")
    accelerator_label: str = pa.Field(nullable=True, description="The accelerator in the provider's own words")
    seen_on: pl.Date = pa.Field(description="The one census date it was listed on")


class AcceleratorDebut(pa.DataFrameModel):
    """Since when each provider has listed each model anywhere: what any cloud had by a date."""

    provider: str = pa.Field(description="The cloud")
    accelerator_model: str = pa.Field(description="The canonical model")
    valid_from: pl.Date = pa.Field(description="First sighting in any region by any source")
    valid_to: pl.Date = pa.Field(nullable=True, description="Always null: a debut is never undone")


class Quarantine(OfSource):
    """A row that was listed and not used, with the reason."""

    census_date: pl.Date = pa.Field(nullable=True, description="The day the listing describes")
    region_code: str = pa.Field(nullable=True, description="The region the row names")
    reason: str = pa.Field(description="Why it was set aside")
    place: str = pa.Field(description="File and line, or answer, it came from")
    row_text: str = pa.Field(description="The row as it was, as JSON")
