"""A published table beside the census: the file is read strictly, the cells are ours or theirs, kappa is Cohen's.

The whole way is walked once: an archive made from a made-up table is refreshed in this process, and every cell of the
table is found again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from gpu_census.cli import app
from gpu_census.errors import CensusError
from gpu_census.home import Home
from gpu_census.refresh import refresh
from gpu_census.replication.agreement import cohens_kappa
from gpu_census.replication.published_table import read_published_table
from gpu_census.replication.statements import read_statements
from gpu_census.replication.table import Replication
from gpu_census_tests.small_census import write_listing_files, write_source

DAY = "2024-11-17"
# CN has more GPU regions than all that the table names: these hold an A800; in US and JP regions hold several models
TABLE = """\
country_iso2,regions,gpu_regions,h100_regions,a100_regions,v100_regions
US,9,7,3,6,5
CN,8,6,0,2,3
JP,3,2,0,2,2
IL,1,1,0,1,0
NL,2,1,1,1,1
BR,2,1,0,0,1
CL,1,1,0,0,1
RU,1,0,0,0,0
"""


def archive_of(table: str, archive: Path) -> Path:
    """An archive in which each country has just what the table says, at two of the clouds of the paper."""
    regions: dict[str, list[dict[str, str]]] = {"google": [], "tencent": []}
    offerings: dict[str, list[dict[str, str]]] = {"google": [], "tencent": []}
    for row in csv.DictReader(io.StringIO(table)):
        country = row["country_iso2"]
        provider = "tencent" if country == "CN" else "google"
        codes = [f"made-{country.lower()}-{number}" for number in range(int(row["regions"]))]
        gpu = codes[: int(row["gpu_regions"])]
        listed: dict[str, set[str]] = {code: set() for code in gpu}
        at = 0
        for model in ("V100", "A100", "H100"):  # one after another, so that they meet only where they have to
            for _ in range(int(row[f"{model.lower()}_regions"])):
                listed[gpu[at % len(gpu)]].add(model)
                at += 1
        regions[provider] += [{"region_code": code, "country_iso2": country} for code in codes]
        offerings[provider] += [
            {"region_code": code, "instance_type": model.lower(), "accelerator_label": model, "accelerator_count": "8"}
            for code, models in listed.items()
            for model in sorted(models or {"A800"})
        ]
    for provider in regions:
        write_source(archive, provider, "made_list", settled=True, regions_complete=True)
        write_listing_files(
            archive, provider, "made_list", DAY, regions=regions[provider], offerings=offerings[provider]
        )
    return archive


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The census of that archive, published by a whole refresh."""
    root = tmp_path_factory.mktemp("published")
    home = Home(root / "home").prepare()
    archive = archive_of(TABLE, root / "archive")
    outcome = refresh(home, census_date=date.fromisoformat(DAY), archives=[archive], bundled=False, offline=True)
    assert outcome.published, outcome.problems
    return home


def replicate(home: Home, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("GPU_CENSUS_HOME", str(home.root))
    return CliRunner().invoke(app, ["replicate", *arguments])


def written(folder: Path, text: str) -> str:
    (folder / "published.csv").write_text(text, encoding="utf-8")
    return str(folder / "published.csv")


def test_an_archive_made_from_a_table_gives_every_cell_of_it_back(published, monkeypatch, tmp_path):
    result = replicate(published, monkeypatch, "--published", written(tmp_path, TABLE), "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    rows = list(csv.DictReader(io.StringIO(TABLE)))
    assert {(cell["country_iso2"], cell["column"]): cell["ours"] for cell in found["cells"]} == {
        (row["country_iso2"], column): int(number)
        for row in rows
        for column, number in row.items()
        if column != "country_iso2"
    }
    assert found["totals"] == {"equal": 40, "within_bounds": 0, "differs": 0}
    assert found["kappa"] == 1
    assert (found["territories"], found["census_date"], found["profile"]) == (250, DAY, "paper2024")
    assert found["providers_without_answer"] == ["alibaba", "aws", "azure", "huawei"]


def test_what_differs_is_told_cell_by_cell_and_only_the_columns_of_the_file_are_compared(
    published, monkeypatch, tmp_path
):
    told = written(tmp_path, "v100_regions, country_iso2,a100_regions\n5,US,7\n1,BR,1\n,CN,2\n")
    result = replicate(published, monkeypatch, "--published", told, "--format", "csv")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "country_iso2,column,published,ours,ours_at_least,ours_at_most,verdict",
        "BR,a100_regions,1,0,0,0,differs",
        "BR,v100_regions,1,1,1,1,equal",
        "CL,v100_regions,0,1,1,1,differs",
        "CN,a100_regions,2,2,2,2,equal",
        "IL,a100_regions,0,1,1,1,differs",
        "JP,a100_regions,0,2,2,2,differs",
        "JP,v100_regions,0,2,2,2,differs",
        "NL,a100_regions,0,1,1,1,differs",
        "NL,v100_regions,0,1,1,1,differs",
        "US,a100_regions,7,6,6,6,differs",
        "US,v100_regions,5,5,5,5,equal",
    ]
    assert "11 cells: 8 differs, 3 equal, 0 within bounds" in result.stderr
    # 245 of 250 tiers alike; BR is published as North, CL, IL, JP, NL as Desert
    by_chance = (3 * 5 + 0 * 2 + 247 * 243) / 250**2
    assert f"{(245 / 250 - by_chance) / (1 - by_chance):.3f}" in result.stderr


def test_without_the_columns_for_it_there_is_no_kappa(published, monkeypatch, tmp_path):
    only_v100 = written(tmp_path, "country_iso2,v100_regions\nUS,5\n")
    result = replicate(published, monkeypatch, "--published", only_v100)
    assert "No kappa of the tiers: it has neither a100_regions nor h100_regions" in result.stdout
    only_h100 = written(tmp_path, "country_iso2,h100_regions\nUS,3\n")
    result = replicate(published, monkeypatch, "--published", only_h100)
    assert "No kappa of the tiers: it has neither v100_regions nor gpu_regions" in result.stdout


def test_without_a_table_the_statements_are_printed_with_their_verdicts(published, monkeypatch):
    result = replicate(published, monkeypatch, "--format", "csv")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    _, statements = read_statements()
    assert {row["statement_id"] for row in rows} == {statement.id for statement in statements}
    now = [row["verdict"] for row in rows if row["study"] == "paper2024" and row["census_date"] == DAY]
    assert f"{now.count('differs')} differs" in result.stderr
    earlier = replicate(published, monkeypatch, "--date", "2024-11-16")
    assert earlier.exit_code == 0
    assert "followup2025 on 2024-11-16: 12 not observable." in earlier.stdout


def test_before_the_listing_nothing_is_there(published, monkeypatch, tmp_path):
    arguments = ["--published", written(tmp_path, TABLE), "--date", "2024-11-16", "--format", "json"]
    found = json.loads(replicate(published, monkeypatch, *arguments).stdout)
    assert {cell["ours"] for cell in found["cells"]} == {0}
    assert found["kappa"] == 0


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--date", "2024-11-18"], "after the published census of 2024-11-17"),
        (["--date", "17.11.2024"], "--date"),
        (["--profile", "extended"], "--profile goes with --published"),
        (["--published", "no such file.csv"], "no such file.csv"),
    ],
)
def test_wrong_usage_is_refused(published, monkeypatch, arguments, wrong):
    result = replicate(published, monkeypatch, *arguments)
    assert result.exit_code != 0
    assert wrong in f"{result.output} {result.exception}"


def test_the_published_database_holds_the_table_described_and_checked(published):
    """Statement by statement on the study's date and on the census date; here some of these are one."""
    _, statements = read_statements()
    with duckdb.connect(str(published.public_database), read_only=True) as connection:
        days = connection.execute("SELECT census_date, count(*) FROM replication GROUP BY ALL ORDER BY ALL").fetchall()
        of_paper = sum(statement.study == "paper2024" for statement in statements)
        assert days == [(date(2023, 11, 20), of_paper), (date(2024, 11, 17), len(statements))]
        comments = dict(
            connection.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'replication'"
            ).fetchall()
        )
        assert list(comments) == list(Replication.to_schema().columns)
        assert all(comments.values())
        status = connection.execute("SELECT passed FROM build_status WHERE relation = 'replication'").fetchall()
        assert status == [(True,)]
        told = {
            name: tuple(rest)
            for name, *rest in connection.execute(
                "SELECT statement_id, published, ours, verdict FROM replication WHERE census_date = '2024-11-17'"
            ).fetchall()
        }
        assert connection.execute(
            "SELECT count(*) FROM replication WHERE census_date < '2024-11-17' AND verdict <> 'not_observable'"
        ).fetchall() == [(0,)]
    assert told["paper2024.gpu_regions_cn"] == ("27", "6", "differs")
    assert told["paper2024.no_controlled_gpu_cn"] == ("0", "1", "differs")
    assert told["paper2024.h100_outside_us"] == ("NL", "NL", "equal")
    assert told["paper2024.more_a100_than_v100"] == ("US", "IL, US", "differs")
    assert told["paper2024.table_a100_without_v100"] == ("IL, IT, SE", "IL", "differs")
    assert told["paper2024.latin_america_no_better_than_v100"] == ("none", "none", "equal")
    assert told["paper2024.none_in_russia_and_iran"] == ("0", "0", "equal")
    assert told["followup2025.operated_eu"] == ("6", None, "not_observable")
    assert told["followup2025.no_longer_hosts"] == ("none", "none", "equal")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ":1: column 'country_iso2' is missing"),
        ("country_iso2\nUS\n", ":1: there is nothing to compare"),
        ("country_iso2,a800_regions\nCN,1\n", ":1: unknown column 'a800_regions'"),
        ("country_iso2,regions,regions\nCN,1,1\n", ":1: column 'regions' stands twice"),
        ("country_iso2,regions\nUK,1\n", ":2: country_iso2 is 'UK'"),
        ("country_iso2,regions\nGB,1\n\nGB,1\n", ":4: GB stands twice"),
        ("country_iso2,regions\nGB,-1\n", ":2: regions is '-1', which is no number of regions"),
        ("country_iso2,regions\nGB,1.5\n", ":2: regions is '1.5'"),
        ("country_iso2,regions\nGB,²\n", ":2: regions is '²'"),
        ("country_iso2,regions\nGB,9999999\n", ":2: regions is '9999999'"),
        ("country_iso2,regions\nGB,1,2\n", ":2: 3 cells, the header has 2"),
        ('country_iso2,regions\nGB,"1\n', ":2: not readable as CSV"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_its_line(tmp_path, text, wrong):
    path = Path(written(tmp_path, text))
    with pytest.raises(CensusError) as refused:
        read_published_table(path)
    assert str(refused.value).startswith(f"{path}{wrong}")


def test_a_file_of_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_bytes("\ufeffcountry_iso2,regions\r\n GB , 3\r\nXK,\r\n,\r\n".encode())
    assert read_published_table(path).rows == {"GB": {"regions": 3}, "XK": {"regions": None}}
    path.write_bytes("country_iso2,regions\nGB,é\n".encode("latin-1"))
    with pytest.raises(CensusError, match="not UTF-8"):
        read_published_table(path)


def judged(counts: Sequence[Sequence[int]]) -> tuple[list[str], list[str]]:
    """Two lists of judgements from a table of counts, one judge by row and the other by column."""
    pairs = [
        (str(row), str(column))
        for row, line in enumerate(counts)
        for column, times in enumerate(line)
        for _ in range(times)
    ]
    return [one for one, _ in pairs], [other for _, other in pairs]


@pytest.mark.parametrize(
    ("counts", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.4),
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.4915),
        ([[7, 0], [0, 3]], 1),
        ([[0, 5], [5, 0]], -1),
        ([[1, 1], [1, 1]], 0),
        ([[4]], 1),
    ],
)
def test_cohens_kappa_has_its_known_values(counts, kappa):
    assert cohens_kappa(*judged(counts)) == pytest.approx(kappa, abs=5e-5)


def test_cohens_kappa_refuses_what_cannot_be_compared():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        cohens_kappa(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="nothing was judged"):
        cohens_kappa([], [])
