"""The report says what the database says, in two languages, on one file each; hostile names are text in it.

Opened in a browser it is in `test_report_browser`; its shapes and pictures are in `test_report_maps`.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import string
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from gpu_census.cli import app
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import Home
from gpu_census.report.country import what_would_change
from gpu_census.report.embedded import as_json
from gpu_census.report.language import CODES, language
from gpu_census.report.publish import write_report
from gpu_census.report.published import Published
from gpu_census.report.vintages import vintages_of, worth_showing
from gpu_census_tests.report_census import CLOUD, DAY, HOSTILE, publish_report_census

LARGEST_BYTES = 3 * 2**20
TAGS_OF_ATTACKS = {"img", "iframe", "object", "embed", "link", "base"}
LATER_TABLES = (
    "accelerator_arrival",
    "accelerator_diffusion",
    "census_change",
    "tier_sensitivity",
    "compute_sovereignty",
)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return publish_report_census(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def pages(published: Home) -> dict[str, str]:
    return {code: path.read_text(encoding="utf-8") for code, path in write_report(published).items()}


def data_of(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Elements(page).scripts[0])
    return found


def asked(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.public_database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_first_sentence_is_the_databases_count_with_its_bounds(published: Home, pages: dict[str, str]) -> None:
    ranks = "list_position(['desert', 'south', 'north'], {})"
    counts = ", ".join(
        f"count(*) FILTER ({ranks.format(column)} = 3)" for column in ("tier", "tier_at_least", "tier_at_most")
    )
    (found,) = asked(published, f"SELECT {counts} FROM compute_tier WHERE profile = 'extended' AND in_count_universe")
    said = data_of(pages["en"])["screens"][-1]["modes"]["training"]
    assert found == (3, 3, 6)
    assert (said["count"], said["range"]) == ("3", "(3-6)")
    assert said["before"] == "On 1 March 2025, "
    assert said["after"] == " of 199 countries and territories let you rent an AI-training chip at home."
    assert said["who"] == "US companies run them in 2, Chinese companies in 0; in 196 nobody we ask does."
    assert '<span id="lead-count">3</span> <span class="bounds" id="lead-range">(3-6)</span>' in pages["en"]
    assert (
        data_of(pages["zh"])["screens"][-1]["modes"]["training"]["before"] == "截至2025年3月1日，199 个国家和地区中有 "
    )


def test_the_dates_to_choose_are_those_on_which_something_is_known(published: Home) -> None:
    with duckdb.connect(str(published.public_database), read_only=True) as connection:
        dates = worth_showing(Published(connection))
        assert [str(day) for day in dates] == [
            "2023-11-20",
            "2023-12-31",
            "2024-06-30",
            "2024-11-17",
            "2024-12-31",
            "2025-03-01",
        ]
        (before,) = vintages_of(Published(connection), dates[:1])
    assert {code for code, row in before.tiers["extended"].items() if row["tier"] == "north"} == {"US"}
    assert {code for code, row in before.tiers["extended"].items() if row["tier"] == "south"} == {"IE", "SG"}


def test_dates_asked_together_say_what_each_says_alone(published: Home) -> None:
    with duckdb.connect(str(published.public_database), read_only=True) as connection:
        census = Published(connection)
        # a date may be asked for twice: as one to choose, and as the month before
        dates = [*worth_showing(census), date(2025, 1, 29), date(2024, 12, 31)]
        together = vintages_of(census, dates)
        assert together == [vintages_of(census, [day])[0] for day in dates]
        assert [vintage.date for vintage in together] == dates
        for vintage in together:
            macro = f"compute_tier_as_of(DATE '{vintage.date}')"
            tiers = census.rows(f"SELECT profile, country_iso2, tier, tier_at_least, tier_at_most FROM {macro}")
            assert sum(map(len, vintage.tiers.values())) == len(tiers)
            assert all(vintage.tiers[row["profile"]][row["country_iso2"]].items() >= row.items() for row in tiers)


def test_what_moved_is_named_with_its_sign(pages: dict[str, str]) -> None:
    screens = {screen["date"]: screen["modes"] for screen in data_of(pages["en"])["screens"]}
    assert screens["2024-11-17"]["training"]["moves"].startswith("Since 30 June 2024: Singapore +.")
    assert screens["2025-03-01"]["training"]["moves"].startswith("Since 29 January 2025: Iceland +.")
    assert screens["2023-12-31"]["training"]["moves"] == "Since 20 November 2023: no country came or went."


@pytest.mark.parametrize("code", CODES)
def test_hostile_names_are_text(pages: dict[str, str], code: str) -> None:
    elements = Elements(pages[code])
    assert not {tag for tag, _ in elements.found} & TAGS_OF_ATTACKS
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    assert len(elements.scripts) == 2, "the data and the one script, whatever the names say"
    regions = [region["region"] for region in data_of(pages[code])["countries"]["IS"]["regions"]]
    assert all(any(name in region for region in regions) for name in HOSTILE)
    assert html.escape(CLOUD).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in pages[code]
    assert "javascript:" not in pages[code]


def test_json_cannot_end_its_element() -> None:
    name = "</script><!--&\u2028\u2029"
    assert not set(as_json([name])) & set("<>&\u2028\u2029")
    assert json.loads(as_json([name])) == [name]


@pytest.mark.parametrize("code", CODES)
def test_one_file_is_all_there_is(pages: dict[str, str], code: str) -> None:
    page = pages[code]
    assert len(page.encode()) < LARGEST_BYTES
    elements = Elements(page).found
    assert not [tag for tag, attributes in elements if attributes.get("src") or attributes.get("srcset")]
    outside = {attributes["href"] for _, attributes in elements if (attributes.get("href") or "#")[0] != "#"}
    assert outside == {"report.zh.html" if code == "en" else "report.html", "https://doi.org/10.1609/aies.v7i1.31683"}
    assert not re.findall(r"@import|url\((?!#)", page)
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {href[1:] for _, attributes in elements if (href := attributes.get("href") or "").startswith("#")}
    assert {link for link in links if "=" not in link} <= set(ids)


def test_the_same_database_gives_the_same_bytes(published: Home, pages: dict[str, str]) -> None:
    assert {code: path.read_text(encoding="utf-8") for code, path in write_report(published).items()} == pages


def test_the_languages_have_the_same_texts_and_places() -> None:
    def places(table: Any, key: str = "") -> dict[str, Any]:
        if isinstance(table, dict):
            return {
                name: told for part, value in table.items() for name, told in places(value, f"{key}.{part}").items()
            }
        if isinstance(table, list):
            return {key: len(table)}
        return {key: sorted(name for _, name, _, _ in string.Formatter().parse(table) if name is not None)}

    # names and statements whose English stands in the database itself
    own = re.compile(r"\.(clouds|statements|classifications|notes)\.")
    english, chinese = (
        {key: told for key, told in places(language(code).texts).items() if not own.match(key)} for code in CODES
    )
    # a month is a word in one language and a number in the other
    assert english == chinese


@pytest.mark.parametrize("code", CODES)
def test_every_published_statement_has_its_words_in_chinese(code: str) -> None:
    from gpu_census.replication.statements import read_statements

    studies, statements = read_statements()
    texts = language(code).texts
    assert set(studies) <= set(texts["studies"])
    if code == "zh":
        assert {statement.id for statement in statements} == set(texts["statements"])
        assert {statement.note for statement in statements if statement.note} <= set(texts["notes"])


def test_every_word_of_the_database_has_a_text() -> None:
    from gpu_census.assets.plan import Plan

    models = {model.name: model for model in Plan(()).models}

    def allowed(model: str, column: str) -> set[str]:
        (found,) = (one for one in models[model].columns if one.name == column)
        return {value for test in found.tests if test.kind == "accepted_values" for value in test.values}

    for group, model, column in (
        ("tiers", "compute_tier", "tier"),
        ("evidence", "source_coverage", "evidence"),
        ("kinds", "census_change", "kind"),
        ("causes", "census_change", "cause"),
        ("certainties", "census_change", "certainty"),
        ("stances", "compute_sovereignty", "stance"),
    ):
        words = allowed(model, column)
        assert words, (model, column)
        for code in CODES:
            assert words <= set(language(code).texts[group]), (code, group)


def test_my_country_says_what_would_change_its_tier(pages: dict[str, str]) -> None:
    countries = data_of(pages["en"])["countries"]
    assert countries["PE"]["change"] == [
        "Huawei Cloud's region Lima was never observed: if it had a training chip, Peru would be North."
    ]
    assert countries["NO"]["change"] == [
        "For Azure's region Oslo a price of H100 is published, which no offering list confirms: "
        "with it, Norway would be North."
    ]
    assert countries["SG"]["change"] == [
        "It rests on one region alone: if AWS no longer listed H100 in Singapore, Singapore would be Desert."
    ]
    assert countries["IS"]["change"] == ["5 regions each suffice for North: no single one decides."]
    assert countries["FJ"]["change"][0].startswith("No cloud we ask has a region in Fiji that we know of")
    assert len(countries) == 250


def test_the_regions_of_a_country_are_told_with_evidence_date_and_digest(
    published: Home, pages: dict[str, str]
) -> None:
    (told,) = data_of(pages["en"])["countries"]["SG"]["regions"]
    ((digest,),) = asked(published, "SELECT payload_sha256 FROM finding WHERE region_code = 'ap-southeast-1'")
    assert (told["model"], told["finding"], told["evidence"]) == ("H100", "confirmed", "offering list")
    assert (told["day"], told["stale"]) == ("2025-03-01", False)
    assert told["digest"] == (digest or "")[:12]


def test_a_tier_that_rests_on_old_evidence_says_so() -> None:
    words = language("en")
    country = {"name_short_en": "Ruritania", "name_short_zh": None}
    old = {
        "finding": "confirmed",
        "model": "V100",
        "reach": 1,
        "evidence_on": date(2024, 1, 1),
    }
    region = {
        "provider": "aws",
        "provider_name": "AWS",
        "code": "zz-1",
        "city": "Strelsau",
        "region_name": None,
        "reach": 1,
        "reach_at_least": 0,
        "reach_at_most": 2,
        "findings": [old],
    }
    tier = {"tier": "south", "tier_at_least": "desert", "tier_at_most": "north", "providers_asked": 1}
    said = what_would_change(country, tier, [region], words)
    assert said == [
        "AWS's region Strelsau was last observed on 1 January 2024, more than 180 days before: "
        "if it had got a training chip since, Ruritania would be North.",
        "Regions that list enough for South: 1, none of them confirmed in the last 180 days. By what is certain alone, "
        "Ruritania would be Desert.",
        "It rests on one region alone: if AWS no longer listed V100 in Strelsau, Ruritania would be Desert.",
    ]


def test_the_csv_of_the_table_holds_the_country_census(published: Home, pages: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(data_of(pages["en"])["csv"])))
    found = asked(
        published,
        "SELECT country_iso2, regions, gpu_regions, gpu_regions_at_least, gpu_regions_at_most, h100_regions "
        "FROM country_census WHERE profile = 'extended' AND regions > 0 ORDER BY country_iso2",
    )
    columns = ("country_iso2", "regions", "gpu_regions", "gpu_regions_at_least", "gpu_regions_at_most", "H100")
    told = sorted(tuple(row[column] for column in columns) for row in rows)
    assert told == [tuple(map(str, row)) for row in found]


def test_an_older_database_gives_a_page_that_says_what_is_missing(published: Home, tmp_path: Path) -> None:
    older = Home(tmp_path / "older").prepare()
    older.public_database.write_bytes(published.public_database.read_bytes())
    with duckdb.connect(str(older.public_database)) as connection:
        for table in LATER_TABLES:
            connection.execute(f"DROP TABLE {table}")
    page = write_report(older)["en"].read_text(encoding="utf-8")
    for section in ("spread", "changes", "rules", "replication"):
        assert language("en").say(f"{section}.missing") in page
    assert language("en").say("operators.no_stance") in page


def test_the_report_of_an_earlier_date_stands_beside_it(published: Home, pages: dict[str, str]) -> None:
    written = write_report(published, date(2024, 11, 17))
    assert [path.name for path in written.values()] == ["report.2024-11-17.html", "report.2024-11-17.zh.html"]
    said = data_of(written["en"].read_text(encoding="utf-8"))
    assert [screen["date"] for screen in said["screens"]][-1] == "2024-11-17"
    assert [region["model"] for region in said["countries"]["SG"]["regions"]] == ["A100"]
    assert said["countries"]["IS"]["regions"] == []
    assert published.public_database.with_name("report.html").read_text(encoding="utf-8") == pages["en"]
    with pytest.raises(UsageError, match="is after the census"):
        write_report(published, date(2025, 3, 2))


def test_the_command_writes_both_pages_and_refuses_what_it_cannot_do(
    published: Home, monkeypatch: pytest.MonkeyPatch, home: Home
) -> None:
    with pytest.raises(CensusError, match="no published census yet"):
        write_report(home)
    monkeypatch.setenv("GPU_CENSUS_HOME", str(published.root))
    done = CliRunner().invoke(app, ["report"])
    assert done.exit_code == 0
    assert "report.html" in done.output
    assert "report.zh.html" in done.output
    assert CliRunner().invoke(app, ["report", "--date", "17.11.2024"]).exit_code == 2
    assert DAY.isoformat() in Path(published.public_database.with_name("report.html")).read_text(encoding="utf-8")
