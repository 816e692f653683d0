"""What the page carries for its script: JSON that cannot end the element it stands in, and the table as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from markupsafe import Markup

from gpu_census import __version__
from gpu_census.report.country import my_countries
from gpu_census.report.facts import Facts
from gpu_census.report.language import Language
from gpu_census.report.maps import map_style

CSV_COLUMNS = ("census_date", "country_iso2", "country_name", "tier", "regions")
CSV_COUNTS = [f"{kind}_regions{bound}" for kind in ("gpu", "training") for bound in ("", "_at_least", "_at_most")]


def as_json(value: Any) -> Markup:
    """JSON for a script element: nothing in it is markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def script_data(facts: Facts, screens: list[dict[str, Any]], words: Language) -> dict[str, Any]:
    """What the script works on."""
    return {
        "screens": screens,
        "countries": my_countries(facts.countries, facts.regions, facts.vintages, words),
        "tiers": words.texts["tiers"],
        "unknown": words.term("shades", "unknown"),
        "profiles": words.texts["profiles"],
        "mine": words.texts["mine"],
        "shown": words.say("countries.shown"),
        "map": {
            "style": map_style(),
            "notes": [
                f"{words.say('now.range_note')} {words.say('foot.borders')}",
                words.say("pictures.source", date=facts.census_date, version=__version__),
            ],
            "name": words.say("script.map_name"),
        },
        "csv": country_csv(facts),
        "csvName": f"{words.say('script.csv_name')}_{facts.census_date.isoformat()}.csv",
    }


def country_csv(facts: Facts) -> str:
    """The country table as CSV: the same numbers, bounds in columns of their own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*CSV_COLUMNS, *CSV_COUNTS, *facts.models])
    names = {country["country_iso2"]: country["name_short_en"] for country in facts.countries}
    for row in facts.rows:
        first = [facts.census_date, row["code"], names[row["code"]], row["tier"]["tier"], row["regions"]]
        models = [row["models"].get(model, 0) for model in facts.models]
        writer.writerow([*first, *row["any"], *row["training"], *models])
    return text.getvalue()
