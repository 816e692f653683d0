"""How the census grows: more providers, regions, years, and hours for nights. Not in `make bench`; see `docs/scale.md`.

    python -m benchmarks scale

The states are made as for `one_more_night`. An hourly census is measured as one with 24 times as many nights: its
tables know dates, and nothing but their number matters here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestant import stopwatch
from benchmarks.measuring import FRESH, MIB, PROJECT, Case, Contestant, Results, function

TITLE = "Scale"
MODULE = __name__


@dataclass(frozen=True)
class Size:
    """How much is made: regions and types are those of one provider."""

    what: str
    providers: int
    regions: int
    types: int
    nights: int

    def arguments(self) -> list[object]:
        """What `MadeYears` is made with."""
        return [value for name, value in asdict(self).items() if name != "what"]


SIZES = (
    Size("400 regions, 5 years", 8, 50, 64, 1825),
    Size("400 regions, 10 years", 8, 50, 64, 3650),
    Size("1,000 regions, 10 years", 25, 40, 64, 3650),
    Size("2,000 regions of 50 providers, 10 years", 50, 40, 64, 3650),
    Size("400 regions, 1 year of hours", 8, 50, 64, 8760),
    Size("400 regions, 5 years of hours", 8, 50, 64, 43_800),
    Size("2,000 regions of 50 providers, 10 years of hours", 50, 40, 64, 87_600),
)


# listings that one source has of its past
FILES = (1825, 3650, 14_600, 87_600)


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """Each size: one more night taken in; then all tables built, published and asked. Last, the listing files."""
    for size in (Size("6 regions", 2, 3, 8, 132),) if quick else SIZES:
        made = [FRESH, *size.arguments()]
        one_more = Contestant("night", PROJECT, "one more night", function(MODULE, "night", *made), at_most=1)
        whole = Contestant("build", PROJECT, "histories, models, file", function(MODULE, "build", *made), at_most=1)
        yield Case(f"{TITLE}: {size.what}", [one_more, whole], (), _told)
    yield Case(
        f"{TITLE}: one more listing beside those that a source has already",
        [
            Contestant(f"{count}", PROJECT, f"beside {count:,}", function(MODULE, "files", FRESH, count), at_most=3)
            for count in (FILES[:1] if quick else FILES)
        ],
    )


def _told(of: Results) -> Sequence[str]:
    night, build = of["night"].told, of["build"].told
    return [
        f"{night['intervals']:,} intervals, {night['index']:,} listings in the index, "
        f"{night['offerings']:,} offerings a night; state {night['state'] / MIB:.1f} MiB on disk",
        _parts("night", night),
        _parts("build", build),
        f"slowest models: {build['slowest']}",
        f"published file {build['file'] / MIB:.1f} MiB",
        f"tiers of all countries on a day: {1000 * build['asked']:.0f} ms warm",
    ]


def _parts(name: str, told: Any) -> str:
    return f"{name}: " + ", ".join(f"{part} {seconds:.2f} s" for part, seconds in told["parts"].items())


def _made(providers: str, regions: str, types: str, nights: str) -> Any:
    from gpu_census_tests.five_years import MadeYears

    return MadeYears(nights=int(nights), providers=int(providers), regions=int(regions), types=int(types))


def night(fresh: str, *size: str) -> dict[str, Any]:
    """The state after all nights takes in one more, and says every history. The listing files stay out of it."""
    from time import perf_counter

    from gpu_census.census.advance import advance
    from gpu_census.census.history import histories_of
    from gpu_census.census.state_files import read_state, write_state

    made = _made(*size)
    kept, new = Path(fresh) / "state", made.night(made.nights)
    write_state(kept, made.state())
    with stopwatch:
        times = [perf_counter()]
        state = read_state(kept)
        times.append(perf_counter())
        state = advance(state, new)
        times.append(perf_counter())
        tables = histories_of(state)
        times.append(perf_counter())
        write_state(kept, state)
        times.append(perf_counter())
    names = ("read_state", "advance", "histories_of", "write_state")
    return {
        "parts": {name: later - earlier for name, earlier, later in zip(names, times, times[1:], strict=False)},
        "intervals": tables.offering_history.height,
        "index": state.days.height,
        "offerings": new.offerings.height,
        "state": sum(path.stat().st_size for path in kept.iterdir()),
    }


def files(fresh: str, count: str) -> dict[str, Any]:
    """The listing of one night is written where many are; those are empty files, for only their names are looked at."""
    from datetime import timedelta

    from gpu_census.census.listing_files import read_index, write_listing
    from gpu_census_tests.five_years import FIRST, MadeYears

    nights, folder = int(count), Path(fresh)
    made = MadeYears(nights=nights, providers=1)
    before = made.state().days.rename({"observed_on": "census_date"})
    (provider,) = made.provider_names
    (source,) = made.sources["source"]
    kept = folder / provider / source
    kept.mkdir(parents=True)
    for number in range(nights):
        day = FIRST + timedelta(days=number)
        (kept / f"{day}.parquet").touch()
        (kept / f"{day}.regions.parquet").touch()
    write_listing(folder, provider, made.night(nights), keep=before)
    with stopwatch:
        index = read_index(folder, provider)
        write_listing(folder, provider, made.night(nights + 1), keep=index)
    return {}


def build(fresh: str, *size: str) -> dict[str, Any]:
    """Every table of the census from the state, the published file, and one question to it."""
    from datetime import timedelta
    from time import perf_counter

    import duckdb

    from benchmarks.made_history import build_census
    from gpu_census.warehouse.publish import publish
    from gpu_census_tests.five_years import FIRST

    made = _made(*size)
    state, last = made.state(), FIRST + timedelta(days=made.nights - 1)
    target = Path(fresh) / "gpu_census.duckdb"
    times: dict[str, float] = {}
    with stopwatch:
        path = build_census(Path(fresh), state, last, times)
        began = perf_counter()
        with duckdb.connect(str(path)) as connection:
            publish(connection, target)
        published = perf_counter() - began
    asked = []
    with duckdb.connect(str(target), read_only=True) as connection:
        for _ in range(3):
            began = perf_counter()
            connection.execute(f"FROM compute_tier_as_of(DATE '{last - timedelta(days=200)}')").fetchall()
            asked.append(perf_counter() - began)
    models = {name: seconds for name, seconds in times.items() if name not in ("histories", "tables")}
    slowest = sorted(models.items(), key=lambda one: -one[1])[:4]
    parts = {"histories": times["histories"], "into the database": times["tables"], "models": sum(models.values())}
    return {
        "parts": parts | {"publish": published},
        "slowest": ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest),
        "file": target.stat().st_size,
        "asked": sorted(asked)[1],
    }
