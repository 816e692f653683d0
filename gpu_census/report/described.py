"""Charts in words, for those who cannot see them, and the list of contents."""

from __future__ import annotations

from collections.abc import Mapping

from gpu_census.report.diffusion import GENERATIONS
from gpu_census.report.facts import Facts
from gpu_census.report.language import Language, ranged
from gpu_census.report.vintages import HEADLINE

SECTIONS = ("countries", "spread", "operators", "changes", "rules", "replication", "knowledge", "method", "use")


def contents(facts: Facts, words: Language) -> list[tuple[str, str]]:
    """The sections after the first, each with its title."""
    counts = {}
    for tier in ("north", "south"):
        found = facts.present.in_tier(HEADLINE, tier)
        counts[tier] = ranged(found.count, found.at_least, found.at_most)
    first = ("tiers", words.say("tiers_section.title", **counts))
    return [first, *((section, words.say(f"{section}.title")) for section in SECTIONS)]


def spread_in_words(facts: Facts, words: Language) -> str:
    """How many countries each generation was seen in, and when first and last."""
    told = []
    for name, generation in GENERATIONS.items():
        seen = [row["first_seen_on"] for row in facts.arrivals if row["generation"] == generation]
        if seen:
            first, last = words.day(min(seen)), words.day(max(seen))
            told.append(words.say("spread.summary", model=name, count=len(seen), first=first, last=last))
    return " ".join(told)


def answers_in_words(facts: Facts, clouds: Mapping[str, str], words: Language) -> str:
    """In how many months each cloud answered, and when last."""
    told = []
    for provider, cloud in clouds.items():
        months = [row["month"] for row in facts.answers if row["provider"] == provider and row["state"] == "answered"]
        newest = f"{max(months):%Y-%m}" if months else words.say("words.unknown")
        told.append(words.say("knowledge.answers_summary", cloud=cloud, count=len(months), last=newest))
    return " ".join(told)


def evidence_in_words(facts: Facts, clouds: Mapping[str, str], words: Language) -> str:
    """How many regions of each cloud there is which evidence of."""
    told = []
    for provider, cloud in clouds.items():
        rows = [row for row in facts.evidence if row["provider"] == provider]
        parts = [f"{words.term('states', row['state'])} {row['regions']}" for row in rows]
        told.append(words.say("knowledge.evidence_summary", cloud=cloud, parts=words.say("words.comma").join(parts)))
    return " ".join(told)
