"""(g) The ten commonest questions on five years of history, cold and warm, against one row per offering and night.

Both files hold the same truth: the other one is made from the published histories by a range join. Cold is the first
question to a file that was just opened, warm the median of the next ones. The naive queries know neither evidence nor
profiles nor ranges; where their answer must be ours all the same, it is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.commonest_questions import QUESTIONS
from benchmarks.contestant import stopwatch
from benchmarks.measuring import FLOOR, MIB, PEER, PROJECT, Case, Contestant, Results, Target, function, prepare

TITLE = "Ten questions"
MODULE = __name__
WARM_TIMES = 3


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """Each file is asked all ten in one process; the file is opened anew for each."""
    made = history_folder(folder, quick=quick)
    prepare(MODULE, "make_naive", made)

    def slowest(of: Results, times: str, *, monthly: bool = False) -> float:
        return max(of["project"].told[times][one.what] for one in QUESTIONS if one.monthly or not monthly)

    yield Case(
        f"{TITLE} on five years",
        [
            Contestant("project", PROJECT, "the published file, all ten, cold", function(MODULE, "ours", made)),
            Contestant("naive", PEER, "one row per night, all ten, cold", function(MODULE, "naive", made)),
            Contestant("floor", FLOOR, "open the published file, all ten times", function(MODULE, "opened", made)),
        ],
        [
            Target("each at most 100 ms warm", 100, lambda of: 1000 * slowest(of, "warm"), "ms"),
            Target("each at most 150 ms cold", 150, lambda of: 1000 * slowest(of, "cold"), "ms"),
            Target(
                "the monthly ones at most 30 ms warm", 30, lambda of: 1000 * slowest(of, "warm", monthly=True), "ms"
            ),
            Target("file under 10 MB", 10, lambda of: of["project"].told["size"] / 10**6, "MB"),
        ],
        _checks,
        _details,
    )


def history_folder(folder: Path, *, quick: bool) -> Path:
    """Where the made history is, built and published; made where it is not there yet."""
    nights, regions = (500, 60) if quick else (1825, 400)
    made = folder / f"history_{nights}_{regions}"
    if not (made / "gpu_census.duckdb").exists():
        prepare(MODULE, "make_history", made, nights, regions)
    return made


def _checks(of: Results) -> Sequence[str]:
    ours, naive = of["project"].told, of["naive"].told
    equal = [one.what for one in QUESTIONS if one.same and ours["answers"][one.what] == naive["answers"][one.what]]
    wanted = [one.what for one in QUESTIONS if one.same]
    return [
        f"{naive['nights']:,} rows, {naive['size'] / MIB:,.0f} MiB in the naive file; "
        f"{ours['intervals']:,} intervals, {ours['size'] / MIB:.1f} MiB in ours",
        f"answers that must be equal: {len(equal)} of {len(wanted)} are",
    ]


def _details(of: Results) -> Sequence[Sequence[str]]:
    rows = [["question", "project: cold, ms", "warm", "peer: cold, ms", "warm", "rows (ours)"]]
    ours, naive = of["project"].told, of["naive"].told
    for one in QUESTIONS:
        times = [f"{1000 * told[when][one.what]:.1f}" for told in (ours, naive) for when in ("cold", "warm")]
        rows.append([one.what, *times, str(ours["rows"][one.what])])
    return rows


def make_history(made: str, nights: str, regions: str) -> None:
    """Five years, built and published."""
    import duckdb

    from benchmarks.made_history import LAST, MadeHistory, build_census
    from gpu_census.warehouse.publish import publish

    folder = Path(made)
    folder.mkdir(parents=True, exist_ok=True)
    built = build_census(folder, MadeHistory(int(nights), int(regions)).state(), LAST)
    with duckdb.connect(str(built)) as connection:
        publish(connection, folder / "gpu_census.duckdb")


def make_naive(made: str) -> None:
    """The same truth with one row per offering and night, in order of time."""
    import duckdb

    path = Path(made) / "naive.duckdb"
    if path.exists():
        return
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"ATTACH '{Path(made) / 'gpu_census.duckdb'}' AS census (READ_ONLY)")
        connection.execute("""
            CREATE TABLE class AS
            SELECT accelerator_model, accelerator_class AS model_class
            FROM census.reference.profile_accelerator
            WHERE profile = 'extended'
        """)
        connection.execute("""
            CREATE TABLE night AS
            SELECT night.census_date, held.provider, held.source, held.region_code, fact.country_iso2,
                held.instance_type, held.accelerator_model, said.price_per_hour, said.currency
            FROM census.offering_history AS held
            JOIN (SELECT DISTINCT observed_on AS census_date FROM census.observation) AS night
                ON night.census_date >= held.valid_from
                AND night.census_date < coalesce(held.valid_to, DATE '9999-12-31')
            JOIN census.region_fact AS fact USING (provider, region_code)
            ASOF JOIN census.sighting_history AS said
                ON said.provider = held.provider AND said.source = held.source
                AND said.region_code = held.region_code AND said.instance_type = held.instance_type
                AND night.census_date >= said.valid_from
            ORDER BY census_date
        """)


def ours(made: str) -> dict[str, Any]:
    """The published file."""
    path = Path(made) / "gpu_census.duckdb"
    intervals = _one(path, "SELECT count(*) FROM offering_history")
    return _asked(path, {one.what: one.ours for one in QUESTIONS}) | {"intervals": intervals}


def naive(made: str) -> dict[str, Any]:
    """One row per night."""
    path = Path(made) / "naive.duckdb"
    nights = _one(path, "SELECT count(*) FROM night")
    return _asked(path, {one.what: one.naive for one in QUESTIONS}) | {"nights": nights}


def opened(made: str) -> dict[str, Any]:
    """What opening alone costs."""
    path = Path(made) / "gpu_census.duckdb"
    return _asked(path, {one.what: "FROM census" for one in QUESTIONS})


def _one(path: Path, query: str) -> int:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        return int(connection.execute(query).fetchall()[0][0])


def _asked(path: Path, queries: dict[str, str]) -> dict[str, Any]:
    """The time of each question to the file just opened and again after that; and the answers, to be compared."""
    import hashlib
    import statistics
    from time import perf_counter

    import duckdb

    told: dict[str, Any] = {"cold": {}, "warm": {}, "answers": {}, "rows": {}, "size": path.stat().st_size}
    for what, query in queries.items():
        began = perf_counter()
        with stopwatch:
            connection = duckdb.connect(str(path), read_only=True)
            rows = connection.execute(query).fetchall()
        told["cold"][what] = perf_counter() - began
        again = []
        for _ in range(WARM_TIMES):
            began = perf_counter()
            connection.execute(query).fetchall()
            again.append(perf_counter() - began)
        connection.close()
        told["warm"][what] = statistics.median(again)
        told["rows"][what] = len(rows)
        told["answers"][what] = hashlib.sha256(repr(sorted(rows, key=repr)).encode()).hexdigest()
    return told
