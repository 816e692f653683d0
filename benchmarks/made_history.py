"""Five years of a census to ask questions of: 400 real regions, 60 types, two sources per provider.

An offering list of everything, and a price list of half the types in every second region. The state is made, not the
nights; it is the same in each run. Each (region, model) arrives one day and stays with gaps, the price of a type in a
region changes a few times, each source fails on twenty nights. Histories, models and the published file are then made
by the census's own code.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

from gpu_census.census.state import ANSWERED, IN_VAIN, OFFERING_KEY, PAPER_MODELS, SCHEMAS, State, nothing_told
from gpu_census.reference.tables import reference_table

LAST = date(2026, 11, 23)
FIRST_PROVIDER = "aws"
MODELS = ("V100", "A100", "H100", "T4", "A10", "L4", "H200", "B200", "P100", "K80", "L40S", "A800", "H800", "P4", "M60")
LISTS = (("offering_list", "offering", 60), ("price_list", "price", 30))
FAILED_NIGHTS = 20
Row = dict[str, Any]


@dataclass
class MadeHistory:
    """How much is made. With a price list in every second region: 30,000 things of two sources."""

    nights: int = 1825
    regions: int = 400
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})

    def day(self, number: int) -> date:
        """The date of a night; the last one is the census date."""
        return LAST - timedelta(days=self.nights - 1 - number)

    def places(self) -> list[Row]:
        """Real regions with their countries: AWS's, then those of the providers with the most regions."""
        known = reference_table("region").filter(pl.col("country_iso2").is_not_null())
        sizes = known.group_by("provider").len().with_columns(first=pl.col("provider") == FIRST_PROVIDER)
        sizes = sizes.sort("first", "len", "provider", descending=[True, True, False])
        ordered = sizes.join(known, on="provider", maintain_order="left_right").head(self.regions)
        names = ("provider", "region_code", "region_name", "country_iso2", "cloud_partition")
        return list(ordered.select(names).iter_rows(named=True))

    def state(self) -> State:
        """The state after all nights."""
        chance = random.Random(1)
        places = self.places()
        failed = {}
        for provider in sorted({place["provider"] for place in places}):
            for source, evidence, _ in LISTS:
                failed[provider, source] = sorted(chance.sample(range(30, self.nights - 1), FAILED_NIGHTS))
                self._add_source(provider, source, evidence, failed[provider, source], len(places))
        for number, place in enumerate(places):
            arrivals = {model: 0 if chance.random() < 0.6 else chance.randrange(self.nights - 120) for model in MODELS}
            for source, _, types in LISTS:
                if source == "price_list" and number % 2:
                    continue
                self._add_place(place, source, failed[place["provider"], source])
                for kind in range(types):
                    arrival = arrivals[MODELS[kind % len(MODELS)]]
                    self._add_thing(chance, place, source, kind, arrival, failed[place["provider"], source])
        tables = {
            name: pl.DataFrame(self.rows[name], schema=columns, strict=False)
            for name, columns in SCHEMAS.items()
            if self.rows[name]
        }
        tables["coverage"] = tables["coverage"].sort(pl.all())
        tables["days"] = tables["days"].sort("provider", "source", "observed_on")
        tables["spans"] = tables["spans"].sort("thing", "first_on")
        return State(**(vars(nothing_told()) | tables))

    def _add_source(self, provider: str, source: str, evidence: str, failed: list[int], places: int) -> None:
        key = {"provider": provider, "source": source}
        stated = {"title": "made", "evidence": evidence, "scope_terms": ["all"], "regions_complete": False}
        stated |= {"positive_only": False, "gone_regions": 0.1, "gone_pairs": 3, "gone_share": 0.2}
        self.rows["sources"].append(key | stated | dict.fromkeys(("url", "licence", "retrieved", "notes"), ""))
        for number in range(self.nights):
            told = 0 if number in failed else places
            digest = hashlib.sha256(f"{provider} {source} {number}".encode()).hexdigest()
            day = key | {"observed_on": self.day(number), "settled": False, "listed": told * 20, "whole_list": True}
            day |= {
                "payload_sha256": digest,
                "fault": "" if told else "no answer",
                "made_from": "archive",
                "parser": "",
            }
            counted = {"asked": places, "told": told, "accelerator_regions": told}
            self.rows["days"].append(day | counted | {f"{model.lower()}_regions": told for model in PAPER_MODELS})

    def _add_place(self, place: Row, source: str, failed: list[int]) -> None:
        key = {"provider": place["provider"], "source": source, "region_code": place["region_code"]}
        said = {name: place[name] for name in ("region_name", "country_iso2", "cloud_partition")}
        self.rows["told"].append(key | said | {"last_on": LAST})
        at = 0
        for night in [*failed, self.nights]:
            if night > at:
                self._cover(key, ANSWERED, at, night - 1)
            if night < self.nights:
                self._cover(key, IN_VAIN, night, night)
            at = night + 1

    def _cover(self, key: Row, kind: str, first: int, last: int) -> None:
        run = {"kind": kind, "first_on": self.day(first), "last_on": self.day(last)}
        self.rows["coverage"].append(key | run)

    def _add_thing(
        self, chance: random.Random, place: Row, source: str, kind: int, arrival: int, failed: list[int]
    ) -> None:
        model = MODELS[kind % len(MODELS)]
        thing = len(self.rows["things"]) + 1
        key = {"provider": place["provider"], "source": source, "region_code": place["region_code"]}
        name = {"instance_type": f"type.{kind}", "service": "", "accelerator_model": model, "unknown_label": ""}
        assert (*key, *name) == OFFERING_KEY
        self.rows["things"].append({"thing": thing} | key | name | {"resolution": "model"})
        edges = self._edges(chance, arrival)
        terms = {"accelerator_label": model, "accelerator_count": 8.0, "status": "offered"}
        for first, gone in zip(edges[::2], edges[1::2], strict=True):
            changes = [first, gone] if source == "offering_list" else self._price_changes(chance, first, gone)
            for begin, end in pairwise(changes):
                priced: Row = {"price_per_hour": None, "currency": None}
                if source == "price_list":
                    priced = {"price_per_hour": round(1 + kind / 4 + begin % 7 / 10, 2), "currency": "USD"}
                self._add_span({"thing": thing} | terms | priced, begin, end, failed)

    def _edges(self, chance: random.Random, arrival: int) -> list[int]:
        """First night and first night gone of every stay, in turn: up to three gaps of some weeks."""
        edges = [arrival]
        for begin in sorted(chance.sample(range(arrival + 5, self.nights - 60), chance.choice((0, 1, 1, 2, 3)))):
            if begin > edges[-1] + 5:
                edges += [begin, begin + chance.randrange(2, 50)]
        return [*edges, self.nights]

    @staticmethod
    def _price_changes(chance: random.Random, first: int, gone: int) -> list[int]:
        within = range(first + 1, gone)
        return [first, *sorted(chance.sample(within, min(len(within), chance.choice((0, 1, 2))))), gone]

    def _add_span(self, terms: Row, begin: int, end: int, failed: list[int]) -> None:
        """The nights from `begin` to before `end` on which there was an answer."""
        looks = [night for night in (begin, end - 1) if night not in failed]
        nights = end - begin - sum(begin <= night < end for night in failed)
        if len(looks) < 2 or nights < 1:  # a failed night at an edge: the stay is a night shorter there
            begin, end = begin + (begin in failed), end - (end - 1 in failed)
            nights = end - begin - sum(begin <= night < end for night in failed)
        if nights < 1 or begin in failed or end - 1 in failed:
            return
        run = {"first_on": self.day(begin), "last_on": self.day(end - 1), "sightings": nights}
        self.rows["spans"].append(terms | run)


def build_census(folder: Path, state: State, last: date, times: dict[str, float] | None = None) -> Path:
    """The build database with all histories and models of a state; `times` is told how long each step took."""
    import duckdb

    from gpu_census.assets.plan import Plan
    from gpu_census.assets.reference import reference_rows
    from gpu_census.census.history import SCHEMAS as HISTORIES
    from gpu_census.census.history import histories_of
    from gpu_census.home import BUNDLED_ARCHIVE, Home
    from gpu_census.warehouse.build import begin_build, build_model, write_relation
    from gpu_census.warehouse.relations import REFERENCE_MODELS

    times = {} if times is None else times
    began = perf_counter()
    tables = histories_of(state)
    times["histories"] = perf_counter() - began
    plan = Plan((BUNDLED_ARCHIVE,), Home(folder), offline=True)
    path = folder / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        began = perf_counter()
        begin_build(connection, plan.relations["census"], last)
        for name in REFERENCE_MODELS:
            write_relation(connection, plan.relations[f"reference.{name}"], reference_rows(name))
        for name in HISTORIES:
            write_relation(connection, plan.relations[name], getattr(tables, name))
        times["tables"] = perf_counter() - began
        for model in plan.models:
            began = perf_counter()
            build_model(connection, model, plan.relations, plan.models)
            times[model.name] = perf_counter() - began
    return path
