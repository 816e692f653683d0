"""Regions with the evidence of what they list: for the map of regions, the country table and "my country".

What belongs here: rows read and ranked. How they are worded is in `country`, how they are drawn in `maps`.
"""

from __future__ import annotations

from typing import Any

from gpu_census.report.language import Language
from gpu_census.report.published import Published, Row
from gpu_census.report.vintages import HEADLINE

LEVELS = """
SELECT level.provider, level.region_code AS code, level.country_iso2, level.reach, level.reach_at_least,
    level.reach_at_most, fact.region_name, fact.city, fact.latitude, fact.longitude,
    fact.operator_country_iso2 AS operator, provider.name AS provider_name
FROM {region_level} AS level
JOIN region_fact AS fact USING (provider, region_code)
LEFT JOIN reference.provider AS provider USING (provider)
WHERE level.profile = ? AND level.country_iso2 IS NOT NULL
ORDER BY level.country_iso2, level.provider, level.region_code
"""
# the best first: what counts for more, then the stronger chip, then the better evidence
FINDINGS = """
SELECT finding.provider, finding.region_code AS code, finding.accelerator_model AS model, finding.finding,
    finding.evidence, finding.evidence_on, finding.stale, finding.payload_sha256 AS digest, finding.sources,
    coalesce(counted.reach, 0) AS reach, counted.native_class, chip.family, chip.tpp
FROM {finding} AS finding
LEFT JOIN reference.profile_accelerator AS counted
    ON counted.accelerator_model = finding.accelerator_model AND counted.profile = ?
LEFT JOIN reference.accelerator AS chip ON chip.accelerator_model = finding.accelerator_model
ORDER BY finding.provider, code, counted.reach DESC NULLS LAST, finding.finding = 'confirmed' DESC,
    chip.tpp DESC NULLS LAST, model
"""
NEWER_THAN_HOPPER = {"Blackwell", "Rubin"}
NOT_PRESENT = {"not_listed", "not_observed", "contradicted"}


def read_regions(published: Published) -> list[Row]:
    """Every region of the headline profile with its findings, the best first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for finding in published.rows(FINDINGS.format(finding=published.of("finding")), [HEADLINE]):
        found.setdefault((finding["provider"], finding["code"]), []).append(finding)
    regions = published.rows(LEVELS.format(region_level=published.of("region_level")), [HEADLINE])
    return [{**region, "findings": found.get((region["provider"], region["code"]), [])} for region in regions]


def place_of(region: Row) -> str:
    """Where a region is, in the words of its provider or of the reference table."""
    return str(region["city"] or region["region_name"] or region["code"])


def for_map(regions: list[Row], words: Language) -> list[Row]:
    """Regions as the map draws them: generation and mark of the best that is listed, and a title that says why."""
    drawn = []
    for region in regions:
        listed = [finding for finding in region["findings"] if finding["finding"] not in NOT_PRESENT]
        best = next((finding for finding in listed if finding["reach"]), None)
        observed = not any(finding["finding"] == "not_observed" for finding in region["findings"])
        generation = generation_of(best) if best else "none" if observed and region["findings"] else "unobserved"
        drawn.append(
            {
                **region,
                "generation": generation,
                "mark": _mark(best) if best else "confirmed" if generation == "none" else "open",
                "title": _title(region, best, generation, words),
            }
        )
    return drawn


def generation_of(finding: Row) -> str:
    """The generation under which the map and its legend know an accelerator."""
    model, family, training = finding["model"], finding["family"], finding["reach"] == 2
    if training and family in NEWER_THAN_HOPPER:
        return "blackwell"
    if training and family == "Hopper":
        return "hopper"
    if training and model in ("A100", "A800"):
        return "ampere"
    if training:
        return "other_training"
    return "v100" if model == "V100" else "inference"


def _mark(finding: Row) -> str:
    if finding["finding"] == "priced_only":
        return "price"
    return "stale" if finding["stale"] else "confirmed"


def _title(region: Row, best: Row | None, generation: str, words: Language) -> str:
    cloud = words.cloud(region["provider"], region["provider_name"])
    parts: list[Any] = [f"{cloud}, {place_of(region)} ({region['code']})"]
    if best:
        parts += [best["model"], words.term("findings", best["finding"]), words.term("evidence", best["evidence"])]
        parts += [words.day(best["evidence_on"]), (best["digest"] or "")[:12]]
    else:
        parts.append(words.term("generations", generation))
    return " · ".join(filter(None, parts))
