"""Five made years of nights, the same every time: as a state, and as the listings of one night.

For measuring how one more night, or a whole history, is taken in. Every region answers every night. Each instance type
is gone from each region for some nights in each third of the time, never together with the others of its model, so
that no night is suspicious; its price changes once, half way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from gpu_census.census.listing import SOURCE_SCHEMA, ProviderListing, empty
from gpu_census.census.schemas import ListedRegion, Listing
from gpu_census.census.state import ANSWERED, OFFERING_KEY, PAPER_MODELS, SCHEMAS, State, nothing_told

FIRST = date(2021, 1, 1)
SOURCE_NAME = "made"
THIRDS = 3
TYPES_OF_A_MODEL = 4
MODELS = (
    "V100",
    "A100",
    "H100",
    "H200",
    "B200",
    "T4",
    "L4",
    "L40S",
    "A10",
    "P100",
    "P4",
    "K80",
    "M60",
    "H20",
    "A30",
    "A40",
)
COUNTRIES = ("DE", "FR", "US", "CN", "JP", "BR", "IN", "KE", "SG", "GB")


@dataclass(frozen=True)
class MadeYears:
    """How much is made: by default 100,000 intervals and 24,000 offerings a night."""

    nights: int = 1825
    providers: int = 8
    regions: int = 50
    types: int = 64

    @property
    def sources(self) -> pl.DataFrame:
        """One source a provider, whose list of regions is complete."""
        stated = {"title": "made", "evidence": "offering", "scope_terms": ["all"], "regions_complete": True}
        stated |= {"positive_only": False, "gone_regions": 0.1, "gone_pairs": 3, "gone_share": 0.2}
        stated |= dict.fromkeys(("url", "licence", "retrieved", "notes"), "")
        rows = [stated | {"provider": provider, "source": SOURCE_NAME} for provider in self.provider_names]
        return pl.DataFrame(rows, schema=SOURCE_SCHEMA)

    @property
    def provider_names(self) -> list[str]:
        """Providers that no reference table knows."""
        return [f"made-{number}" for number in range(self.providers)]

    @property
    def places(self) -> pl.DataFrame:
        """Every region, and what is said of it each night."""
        rows = [
            (
                provider,
                SOURCE_NAME,
                f"region-{number:03}",
                f"Region {number}",
                COUNTRIES[number % len(COUNTRIES)],
                "public",
            )
            for provider in self.provider_names
            for number in range(self.regions)
        ]
        names = ("provider", "source", "region_code", "region_name", "country_iso2", "cloud_partition")
        return pl.DataFrame(rows, schema=names, orient="row")

    @property
    def gap(self) -> int:
        """For how many nights a type is gone at a time."""
        return max(4, self.nights // 48)

    @property
    def things(self) -> pl.DataFrame:
        """Every type in every region, the first night it is `gone` in the first third, and its two prices."""
        types = pl.DataFrame(
            [(f"type-{n:03}", MODELS[n // TYPES_OF_A_MODEL % len(MODELS)], n) for n in range(self.types)],
            schema=["instance_type", "accelerator_model", "n"],
            orient="row",
        )
        room = self.nights // THIRDS - TYPES_OF_A_MODEL * self.gap - 6
        where = pl.col("place") * 13 + pl.col("n") // TYPES_OF_A_MODEL * 7
        every = self.places.select("provider", "source", "region_code").with_row_index("place").join(types, how="cross")
        return every.select(
            *(column for column in every.columns if column not in ("place", "n")),
            (3 + where % room + pl.col("n") % TYPES_OF_A_MODEL * self.gap).cast(pl.Int64).alias("gone"),
            (1 + pl.col("n") / 4).alias("price"),
            (2 + pl.col("n") / 4).alias("new_price"),
        )

    def night(self, number: int, *, changed: int = 0) -> ProviderListing:
        """What all sources list on a night; about `changed` offerings are left out beyond those that are gone."""
        third = self.nights // THIRDS
        turn = min(number // third, THIRDS - 1)
        gone = (number - turn * third - pl.col("gone")).is_between(0, self.gap - 1)
        there = self.things.filter(~gone)
        if changed:
            there = there.filter(pl.int_range(pl.len()) % (there.height // changed) != 0)
        day = FIRST + timedelta(days=number)
        price = pl.col("price" if number < self.nights // 2 else "new_price")
        offerings = there.select(
            "provider",
            "source",
            "region_code",
            "instance_type",
            census_date=pl.lit(day),
            zone=pl.lit(""),
            service=pl.lit(""),
            accelerator_label="accelerator_model",
            accelerator_count=pl.lit(8.0),
            status=pl.lit("offered"),
            price=price,
            currency=pl.lit("USD"),
            payload_sha256=pl.lit(_digest(day)),
        )
        regions = self.places.with_columns(census_date=pl.lit(day), answered=pl.lit(True))
        return ProviderListing(
            sources=self.sources,
            observations=self._index(offerings, day),
            regions=regions.select(empty(ListedRegion).columns),
            offerings=offerings.select(empty(Listing).columns),
            quarantine=nothing_told().quarantine,
        )

    def _index(self, offerings: pl.DataFrame, day: date) -> pl.DataFrame:
        listed = offerings.group_by("provider", "source").agg(pl.len().cast(pl.Int64).alias("listed"))
        return listed.sort("provider").select(
            "provider",
            "source",
            census_date=pl.lit(day),
            settled=pl.lit(False),
            listed="listed",
            payload_sha256=pl.lit(_digest(day)),
            fault=pl.lit(""),
            made_from=pl.lit("archive"),
            parser=pl.lit(""),
            whole_list=pl.lit(True),
        )

    def state(self) -> State:
        """The state after all nights, made without any night; that it is what they make is tested."""
        things = self.things.with_row_index("thing", offset=1).with_columns(
            pl.lit("").alias("service"), pl.lit("").alias("unknown_label"), pl.lit("model").alias("resolution")
        )
        last = FIRST + timedelta(days=self.nights - 1)
        coverage = self.places.select("provider", "source", "region_code", kind=pl.lit(ANSWERED)).with_columns(
            first_on=pl.lit(FIRST), last_on=pl.lit(last)
        )
        tables = {
            "sources": self.sources,
            "days": self._days(),
            "told": self.places.with_columns(last_on=pl.lit(last)),
            "coverage": coverage.sort(pl.all()),
            "things": things.select("thing", *OFFERING_KEY, "resolution"),
            "spans": self._spans(things),
        }
        nothing = nothing_told()
        typed = {
            name: rows.select(pl.col(column).cast(dtype) for column, dtype in SCHEMAS[name].items())
            for name, rows in tables.items()
        }
        return State(**(vars(nothing) | typed))

    def _spans(self, things: pl.DataFrame) -> pl.DataFrame:
        """Stays of each thing, in two where its price changes."""
        third, half = self.nights // THIRDS, self.nights // 2
        ends = [(0, pl.col("gone") - 1)]
        ends += [
            (pl.col("gone") + turn * third + self.gap, pl.col("gone") + (turn + 1) * third - 1)
            for turn in range(THIRDS - 1)
        ]
        ends.append((pl.col("gone") + (THIRDS - 1) * third + self.gap, pl.lit(self.nights - 1)))
        parts = []
        for first, last in ends:
            stay = things.select("thing", "price", "new_price", first=first, last=last)
            early = stay.with_columns(last=pl.min_horizontal("last", pl.lit(half - 1))).drop("new_price")
            late = stay.with_columns(first=pl.max_horizontal("first", pl.lit(half))).drop("price")
            parts += [early, late.rename({"new_price": "price"}).select(early.columns)]
        labels = things.select("thing", accelerator_label="accelerator_model")
        spans = (
            pl.concat(parts, how="vertical_relaxed").filter(pl.col("first") <= pl.col("last")).join(labels, on="thing")
        )
        day = pl.lit(FIRST)
        return spans.select(
            "thing",
            "accelerator_label",
            accelerator_count=pl.lit(8.0),
            status=pl.lit("offered"),
            price_per_hour="price",
            currency=pl.lit("USD"),
            first_on=day + pl.duration(days="first"),
            last_on=day + pl.duration(days="last"),
            sightings=pl.col("last") - pl.col("first") + 1,
        ).sort("thing", "first_on")

    def _days(self) -> pl.DataFrame:
        """The index of all nights, and what is counted in each."""
        third = self.nights // THIRDS
        turns = pl.DataFrame({"turn": range(THIRDS)})
        gone = self.things.select("provider", "gone").join(turns, how="cross")
        begins = (pl.col("gone") + pl.col("turn") * third).alias("night")
        steps = pl.concat(
            [
                gone.select("provider", begins, step=pl.lit(-1)),
                gone.select("provider", begins + self.gap, step=pl.lit(1)),
            ]
        )
        nights = pl.DataFrame({"provider": self.provider_names}).join(
            pl.DataFrame({"night": range(self.nights)}, schema={"night": pl.Int64}), how="cross"
        )
        listed = (
            nights.join(
                steps.group_by("provider", "night").agg(pl.col("step").sum()), on=["provider", "night"], how="left"
            )
            .with_columns(pl.col("step").fill_null(0).cum_sum().over("provider", order_by="night"))
            .with_columns(listed=self.regions * self.types + pl.col("step"))
        )
        digests = [_digest(FIRST + timedelta(days=night)) for night in listed["night"]]
        models = {MODELS[n // TYPES_OF_A_MODEL % len(MODELS)] for n in range(self.types)}
        return listed.select(
            "provider",
            source=pl.lit(SOURCE_NAME),
            observed_on=pl.lit(FIRST) + pl.duration(days="night"),
            settled=pl.lit(False),
            listed="listed",
            whole_list=pl.lit(True),
            payload_sha256=pl.Series(digests, dtype=pl.String),
            fault=pl.lit(""),
            made_from=pl.lit("archive"),
            parser=pl.lit(""),
            asked=pl.lit(self.regions),
            told=pl.lit(self.regions),
            accelerator_regions=pl.lit(self.regions),
            **{f"{one.lower()}_regions": pl.lit(self.regions if one in models else 0) for one in PAPER_MODELS},
        ).sort("provider", "source", "observed_on")


def _digest(day: date) -> str:
    return hashlib.sha256(day.isoformat().encode()).hexdigest()
