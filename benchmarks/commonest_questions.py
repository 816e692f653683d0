"""The ten commonest questions to a census, put to the published file and to one row per offering and night."""

from __future__ import annotations

from dataclasses import dataclass

DAY, BEFORE = "DATE '2026-03-14'", "DATE '2026-02-14'"
NIGHT = f"night WHERE census_date = {DAY}"
# the month's last day, also of the month that the census ends in
MONTHS = "SELECT max(census_date) AS census_date FROM night GROUP BY date_trunc('month', census_date)"


@dataclass(frozen=True)
class Question:
    """One question to the published census and to one row per night; `same` where the answers must be equal."""

    what: str
    ours: str
    naive: str
    same: bool = False
    monthly: bool = False


QUESTIONS = (
    Question(
        "tiers of all countries today",
        "SELECT country_iso2, tier FROM compute_tier WHERE profile = 'extended'",
        "SELECT country_iso2, bool_or(model_class = 'training') FROM night JOIN class USING (accelerator_model) "
        "WHERE census_date = (SELECT max(census_date) FROM night) GROUP BY ALL",
    ),
    Question(
        "tiers of all countries on a day",
        f"SELECT country_iso2, tier FROM compute_tier_as_of({DAY}) WHERE profile = 'extended'",
        "SELECT country_iso2, bool_or(model_class = 'training') FROM night JOIN class USING (accelerator_model) "
        f"WHERE census_date = {DAY} GROUP BY ALL",
    ),
    Question(
        "one country's numbers on a day",
        f"SELECT * FROM country_census_as_of({DAY}) WHERE profile = 'extended' AND country_iso2 = 'DE'",
        "SELECT count(DISTINCT (provider, region_code)), count(DISTINCT provider), "
        "count(DISTINCT (provider, region_code)) FILTER (accelerator_model = 'H100') "
        f"FROM {NIGHT} AND country_iso2 = 'DE'",
    ),
    Question(
        "the evidence behind a country on a day",
        f"SELECT provider, region_code, accelerator_model, finding, evidence_on FROM finding_as_of({DAY}) "
        "WHERE country_iso2 = 'BR'",
        f"SELECT DISTINCT provider, region_code, accelerator_model, source FROM {NIGHT} AND country_iso2 = 'BR'",
    ),
    Question(
        "what a region offers on a day",
        f"SELECT instance_type FROM offering_as_of({DAY}) WHERE provider = 'aws' AND region_code = 'eu-west-1'",
        f"SELECT DISTINCT instance_type FROM {NIGHT} AND provider = 'aws' AND region_code = 'eu-west-1'",
        same=True,
    ),
    Question(
        "which countries have a model on a day",
        f"SELECT country_iso2, regions FROM country_accelerator_as_of({DAY}) "
        "WHERE profile = 'extended' AND accelerator_model = 'H100'",
        f"SELECT country_iso2, count(DISTINCT (provider, region_code)) FROM {NIGHT} AND accelerator_model = 'H100' "
        "GROUP BY ALL",
    ),
    Question(
        "when a model first came to each country",
        "SELECT country_iso2, min(valid_from) FROM offering_history JOIN region_fact USING (provider, region_code) "
        "WHERE accelerator_model = 'H100' GROUP BY ALL",
        "SELECT country_iso2, min(census_date) FROM night WHERE accelerator_model = 'H100' GROUP BY ALL",
        same=True,
    ),
    Question(
        "the price of a type in a region over time",
        "SELECT valid_from, price_per_hour FROM sighting_history WHERE provider = 'aws' AND region_code = 'eu-west-1' "
        "AND instance_type = 'type.2' AND price_per_hour IS NOT NULL ORDER BY ALL",
        "SELECT census_date, price_per_hour FROM night WHERE provider = 'aws' AND region_code = 'eu-west-1' "
        "AND instance_type = 'type.2' AND price_per_hour IS NOT NULL "
        "QUALIFY price_per_hour IS DISTINCT FROM lag(price_per_hour) OVER (ORDER BY census_date) ORDER BY ALL",
    ),
    Question(
        "how models spread, month by month",
        "SELECT month, accelerator_model, regions, countries FROM accelerator_diffusion WHERE profile = 'extended'",
        "SELECT census_date, accelerator_model, count(DISTINCT (provider, region_code)), count(DISTINCT country_iso2) "
        f"FROM night JOIN ({MONTHS}) USING (census_date) GROUP BY ALL",
        monthly=True,
    ),
    Question(
        "what changed in a month",
        f"SELECT * FROM census_change WHERE changed_on > {BEFORE} AND changed_on <= {DAY}",
        f"SELECT DISTINCT provider, region_code, accelerator_model FROM {NIGHT} EXCEPT "
        f"SELECT DISTINCT provider, region_code, accelerator_model FROM night WHERE census_date = {BEFORE}",
        monthly=True,
    ),
)
