"""Put the facts into one self-contained page per language. The order of things; words, charts and maps have modules."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gpu_census import __version__
from gpu_census.report import charts, maps
from gpu_census.report.comparisons import answer_in_words, bounds_in_words, change_in_words
from gpu_census.report.described import answers_in_words, contents, evidence_in_words, spread_in_words
from gpu_census.report.diffusion import GENERATIONS
from gpu_census.report.embedded import as_json, script_data
from gpu_census.report.facts import Facts
from gpu_census.report.knowledge import STALE_AFTER_DAYS
from gpu_census.report.language import CODES, Language, language, ranged
from gpu_census.report.operators import KINDS
from gpu_census.report.regions import for_map
from gpu_census.report.sentences import first_screens
from gpu_census.report.vintages import HEADLINE, MODES, shade

TEMPLATES = Path(__file__).parent / "templates"
SHOWN_MODELS = ("V100", "A100", "H100", "H200", "B200")
EXAMPLE_SQL = """\
ATTACH 'gpu_census.duckdb' AS gpu_census (READ_ONLY);
USE gpu_census;
FROM compute_tier_as_of(DATE '{date}') WHERE profile = 'extended' AND tier <> 'desert';"""


def page(facts: Facts, code: str, *, other_file: str) -> str:
    """The page in one language, as HTML that asks for nothing else; `other_file` is the same in the other language."""
    words = language(code)
    names = {country["country_iso2"]: words.country(country) for country in facts.countries}
    screens = first_screens(facts, words)
    script = Markup(_file("page.js"))
    return (
        _environment()
        .get_template("page.html")
        .render(
            facts=facts,
            names=names,
            screens=screens,
            other=language(next(candidate for candidate in CODES if candidate != code)),
            other_file=other_file,
            version=__version__,
            **_wording(facts, names, words),
            **_tables(facts),
            **_drawn(facts, names, words),
            print_line=words.say("foot.print", date=facts.census_date, version=__version__).replace('"', "'"),
            style=Markup(_file("page.css").replace("/* maps */", maps.map_style(".map "))),
            script=script,
            script_digest=_digest(script),
            data=as_json(script_data(facts, screens, words)),
        )
    )


def _wording(facts: Facts, names: Mapping[str, str], words: Language) -> dict[str, Any]:
    """What templates call to put things into words."""
    return {
        "words": words,
        "say": words.say,
        "term": words.term,
        "ranged": ranged,
        "cloud": lambda provider: words.cloud(provider, facts.clouds.get(provider)),
        "answer": lambda row, column: answer_in_words(row, column, names, words),
        "bounds": bounds_in_words,
        "change": lambda row: change_in_words(row, words),
        "contents": contents(facts, words),
        "modes": list(MODES),
        "example_sql": EXAMPLE_SQL.format(date=facts.census_date.isoformat()),
    }


def _tables(facts: Facts) -> dict[str, Any]:
    """Orders and scales of the tables."""
    tiers = facts.present.tiers[HEADLINE]
    first = [model for model in SHOWN_MODELS if model in facts.models]
    return {
        # the models of the paper first, as in its Table 4, then what is newer and stronger
        "models": [*first, *(model for model in facts.models if model not in first)],
        "shown_models": SHOWN_MODELS,
        "most": max((row["any"][2] for row in facts.rows), default=1),
        "most_run": max((row[kind] for row in facts.operators for kind in KINDS), default=1),
        "kinds": KINDS,
        "stale_after": STALE_AFTER_DAYS,
        "in_order": [(country["country_iso2"], tiers[country["country_iso2"]]) for country in facts.countries],
        "others": sum(
            row["tier"] == "north" and row["in_count_universe"] and not row["superpower"] for row in tiers.values()
        ),
    }


def _drawn(facts: Facts, names: Mapping[str, str], words: Language) -> dict[str, Any]:
    """Maps and charts, and what they show in words."""
    tiers = facts.present.tiers[HEADLINE]
    shades = {code: shade(row) for code, row in tiers.items()}
    superpowers = [code for code, row in tiers.items() if row["superpower"]]
    clouds = {provider: words.cloud(provider, facts.clouds.get(provider)) for provider in _by_size(facts)}
    return {
        "tier_map": maps.draw_tiers(shades, names, superpowers),
        "region_map": maps.draw_ground() + maps.draw_regions(for_map(facts.regions, words)),
        "colours": {"tiers": maps.COLOURS, "points": maps.POINT_COLOURS, "states": charts.STATE_COLOURS},
        "hatch": maps.HATCH,
        "generations": maps.GENERATIONS,
        "spread": _spread(facts, words),
        "answers": charts.draw_answers(facts.answers, clouds),
        "answers_summary": answers_in_words(facts, clouds, words),
        "evidence": charts.draw_evidence(facts.evidence, clouds, words),
        "evidence_summary": evidence_in_words(facts, clouds, words),
    }


def _spread(facts: Facts, words: Language) -> dict[str, Any] | None:
    """The chart of arrivals; None where nothing is known of arrivals."""
    if not facts.arrivals:
        return None
    span = (facts.vintages[0].date.replace(month=1, day=1), facts.census_date)
    behind = charts.Backdrop(span, facts.thin, facts.rules, [vintage.date for vintage in facts.vintages])
    return {
        "chart": charts.draw_arrivals(facts.arrivals, GENERATIONS, behind, words),
        "summary": spread_in_words(facts, words),
        "rules": words.listed([words.day(day) for day in facts.rules if span[0] <= day <= span[1]]),
    }


def _by_size(facts: Facts) -> list[str]:
    """Clouds with a region, those with the most first."""
    counts: dict[str, int] = {}
    for region in facts.regions:
        counts[region["provider"]] = counts.get(region["provider"], 0) + 1
    return sorted(counts, key=lambda provider: (-counts[provider], provider))


def _digest(script: str) -> str:
    """The one script that the page's content policy lets run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
