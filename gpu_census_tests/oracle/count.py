"""Counts, bounds and tiers of one date under one profile (METHOD 3, 5, 6).

Three variants of every count: `at_least`, the count itself (`counted`), `at_most`; and `fleet`,
which is `at_most` with the models that the same provider has.
"""

from __future__ import annotations

from datetime import date

from .evidence import Listed, finding_of, is_stale
from .labels import UNKNOWN
from .reference import Accelerator, Country, Profile, Region
from .world import Key, World

TRAINING, INFERENCE, NOTHING = 2, 1, 0
TIER = {TRAINING: "north", INFERENCE: "south", NOTHING: "desert"}
VARIANTS = ("at_least", "counted", "at_most", "fleet")
MODEL_COLUMNS = ("V100", "A100", "H100", "A800", "H800")


class ProfileCount:
    """The census of one date under one profile."""

    def __init__(
        self,
        *,
        world: World,
        profile: Profile,
        day: date,
        findings: dict[tuple[str, str, str], dict],
        listed: dict[Key, list[Listed]],
    ) -> None:
        self.world, self.profile, self.day = world, profile, day
        self.findings, self.listed = findings, listed
        self.models = {one.accelerator_model: one for one in world.reference.accelerators}
        self.regions = [key for key in sorted(listed) if self._has(world.regions[key])]
        self.classes = {variant: {key: self.region_class(key, variant) for key in self.regions} for variant in VARIANTS}

    def _has(self, region: Region) -> bool:
        profile = self.profile
        kinds = {p.provider: p.kind for p in self.world.reference.providers}
        return (
            _lets(profile.providers, region.provider)
            and kinds.get(region.provider, "") not in profile.excluded_provider_kinds
            and _lets(profile.partitions, region.cloud_partition or "public")
            and _lets(profile.access, region.access or "open")
        )

    def model_class(self, model: str) -> int:
        """Give the class of a model under the profile; NOTHING is not counted."""
        accelerator: Accelerator | None = self.models.get(model)
        if accelerator is None or not _lets(self.profile.vendors, accelerator.vendor):
            return NOTHING
        name = accelerator.classes.get(self.profile.class_column, "")
        if name in self.profile.training:
            return TRAINING
        return INFERENCE if name in self.profile.inference else NOTHING

    def eligible(self, key: Key, model: str, variant: str) -> list[Listed]:
        """List the standing rows of a model in a region that may count in a variant."""
        rows = [one for one in self.listed[key] if one.accelerator_model == model and not one.row.service]
        if variant in ("at_most", "fleet"):
            return rows
        rows = [one for one in rows if one.row.status != "by_request"]
        if variant == "at_least":
            return [one for one in rows if one.proves and one.confirmed and not one.stale]
        if rows and finding_of(self.world, key, model, rows, self.day) in self.profile.evidence:
            return rows
        return []

    def pair_class(self, key: Key, model: str, variant: str) -> int:
        """Give the class that one model brings a region in a variant."""
        rows = self.eligible(key, model, variant)
        if model == UNKNOWN:
            best = TRAINING if variant in ("at_most", "fleet") else NOTHING
        else:
            best = self.model_class(model)
        if not rows or best == NOTHING:
            return NOTHING
        return best if any(one.whole for one in rows) else INFERENCE

    def region_class(self, key: Key, variant: str) -> int:
        """Give the best class of a region in a variant."""
        models = {one.accelerator_model for one in self.listed[key]}
        best = max((self.pair_class(key, model, variant) for model in models), default=NOTHING)
        newest = self.world.newest_answer(key, self.day)
        if newest is not None and not is_stale(newest, day=self.day):
            return best
        if variant == "at_most":
            return max(best, self.best_listed())
        if variant == "fleet":
            return max(best, self.best_of_fleet(key[0]))
        return best

    def best_listed(self) -> int:
        """Give the best class that any public cloud had listed by the date."""
        by_now = {
            held.accelerator_model
            for spans in self.world.offering_spans.values()
            for held in spans
            if held.span.valid_from <= self.day
        }
        return max((self.model_class(model) for model in by_now), default=NOTHING)

    def best_of_fleet(self, provider: str) -> int:
        """Give the best class that a provider lists somewhere on the date."""
        models = [model for owner, _, model in self.findings if owner == provider]
        return max((self.model_class(model) for model in models), default=NOTHING)

    def in_country(self, country: Country, variant: str) -> list[Key]:
        """List the regions of a country with something counted in a variant."""
        return [
            key
            for key in self.regions
            if self.world.regions[key].country_iso2 == country.country_iso2 and self.classes[variant][key] != NOTHING
        ]

    def country_census(self, country: Country) -> dict:
        """Make the row of `country_census`."""
        regions = self.world.regions
        iso2 = country.country_iso2
        counted = self.in_country(country, "counted")
        row = {
            "census_date": self.day,
            "profile": self.profile.profile,
            "country_iso2": iso2,
            "country_name": country.country_name,
            "regions": sum(regions[key].country_iso2 == iso2 for key in self.regions),
            "gpu_regions": len(counted),
            "gpu_regions_at_least": len(self.in_country(country, "at_least")),
            "gpu_regions_at_most": len(self.in_country(country, "at_most")),
            "gpu_metros": len({(key[0], regions[key].metro or key[1]) for key in counted}),
            "gpu_providers": len({provider for provider, _ in counted}),
        }
        for model in MODEL_COLUMNS:
            row[f"{model.lower()}_regions"] = sum(
                regions[key].country_iso2 == iso2 and bool(self.eligible(key, model, "counted")) for key in self.regions
            )
        return row

    def compute_tier(self, country: Country) -> dict:
        """Make the row of `compute_tier`; what its row leaves open is left out here."""
        tiers = {}
        for variant in VARIANTS:
            classes = [self.classes[variant][key] for key in self.in_country(country, variant)]
            tiers[variant] = TIER[max(classes, default=NOTHING)]
        income = [value for start, value in country.wb_income if start <= self.day]
        return {
            "census_date": self.day,
            "profile": self.profile.profile,
            "country_iso2": country.country_iso2,
            "country_name": country.country_name,
            "tier": tiers["counted"],
            "tier_at_least": tiers["at_least"],
            "tier_at_most": tiers["at_most"],
            "tier_at_most_fleet": tiers["fleet"],
            "superpower": country.superpower,
            "in_count_universe": country.in_count_universe,
            "imf_advanced": _from(country.imf_advanced_from, self.day),
            "unctad_developed": _from(country.unctad_developed_from, self.day),
            "wb_income": income[-1] if income else "",
        }


def _lets(allowed: tuple[str, ...] | str, value: str) -> bool:
    return allowed == "all" or value in allowed or "all" in allowed


def _from(start: date | None, day: date) -> bool:
    return start is not None and start <= day
