"""The sentences of the first screen, for every date and way of counting: the script only chooses among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gpu_census.report.facts import Facts
from gpu_census.report.language import Language
from gpu_census.report.vintages import FOLLOW_UP, MODES, PAPER, Vintage, drawn

NAMED = 8  # countries that a sentence names one by one
GAP = "\0"


def first_screens(facts: Facts, words: Language) -> list[dict[str, Any]]:
    """What the first screen says and shows on each date, the earliest first."""
    names = {country["country_iso2"]: words.country(country) for country in facts.countries}
    screens = []
    for place, vintage in enumerate(facts.vintages):
        newest = vintage is facts.present
        before = facts.month_before if newest else facts.vintages[place - 1] if place else None
        screens.append(
            {
                "date": vintage.date.isoformat(),
                "label": _label(vintage, words, newest=newest),
                "modes": {mode: said(vintage, before, mode, names, words) for mode in MODES},
                "shades": {profile: drawn(vintage, profile) for profile in vintage.tiers},
            }
        )
    return screens


def said(vintage: Vintage, before: Vintage | None, mode: str, names: dict[str, str], words: Language) -> dict[str, Any]:
    """The sentence with its number and range, who runs them, and what moved."""
    reached, universe, day = vintage.reached(mode), vintage.universe(), words.day(vintage.date)
    lead = words.say(f"now.lead_{mode}", date=day, universe=universe, number=GAP).split(GAP)
    profile, _ = MODES[mode]
    return {
        "before": lead[0],
        "count": str(reached.count),
        "range": f"({reached.at_least}-{reached.at_most})",
        "after": lead[1],
        "who": words.say(
            "now.who",
            us=vintage.run_by(mode, "US"),
            cn=vintage.run_by(mode, "CN"),
            nobody=universe - reached.count,
        ),
        "moves": _moves(vintage, before, mode, names, words) if before else "",
        "frozen": words.say("now.frozen") if mode == "paper" else "",
        "profile": profile,
        "map": words.say(
            "now.map_label",
            date=day,
            north=vintage.in_tier(profile, "north").count,
            south=vintage.in_tier(profile, "south").count,
        ),
    }


def _moves(vintage: Vintage, before: Vintage, mode: str, names: dict[str, str], words: Language) -> str:
    came, went = vintage.moves_since(before, mode)
    day = words.day(before.date)
    if not came and not went:
        return words.say("now.no_moves", date=day)
    parts = [
        words.say(f"now.{kind}", countries=_named(codes, names, words))
        for kind, codes in (("came", came), ("went", went))
        if codes
    ]
    sentence = words.say("now.moves", date=day, moves=words.say("words.comma").join(parts))
    return f"{sentence} {words.say('now.moves_note')}"


def _named(codes: Iterable[str], names: dict[str, str], words: Language) -> str:
    found = [names[code] for code in codes]
    return words.listed(found) if len(found) <= NAMED else words.say("now.so_many", count=len(found))


def _label(vintage: Vintage, words: Language, *, newest: bool) -> str:
    day = words.day(vintage.date)
    if newest:
        return words.say("now.present", date=day)
    special = {PAPER: "now.the_paper", FOLLOW_UP: "now.the_followup"}
    return words.say(special[vintage.date], date=day) if vintage.date in special else day
