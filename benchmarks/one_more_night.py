"""(f) One more night on five years of history: the state is read, the night taken in, every history said again.

400 regions, 64 types, 1,825 nights (`gpu_census_tests.five_years`); the night lists some 25,000 offerings. The peer is
a table with one row per offering and night, which gets the night's rows and says no history.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestant import stopwatch
from benchmarks.measuring import FLOOR, FRESH, PEER, PROJECT, Case, Contestant, Results, Target, function, prepare

TITLE = "One more night"
MODULE = __name__
NIGHTS, QUICK_NIGHTS = 1825, 132


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """From the state on disk to histories and the next state on disk."""
    nights = QUICK_NIGHTS if quick else NIGHTS
    made = folder / f"one_more_night_{nights}"
    if not (made / "state").exists():
        prepare(MODULE, "make", made, nights)
    yield Case(
        f"{TITLE}: {nights:,} nights before it",
        [
            Contestant("project", PROJECT, "state and listings to histories and state",
                       function(MODULE, "project", made, nights, FRESH)),
            Contestant("naive", PEER, "one row per night: insert the night", function(MODULE, "naive", made, FRESH)),
            Contestant("floor", FLOOR, "read the state's Parquet and the night's",
                       function(MODULE, "floor", made, nights)),
        ],
        [Target("under 0.5 s", 0.5, lambda of: of["project"].seconds, "s")],
        _shares,
    )  # fmt: skip


def _shares(of: Results) -> Sequence[str]:
    told = of["project"].told
    parts = [f"{name} {seconds:.3f} s" for name, seconds in told["parts"].items()]
    return [
        f"{told['intervals']:,} intervals, {told['offerings']:,} offerings that night",
        f"of which {', '.join(parts)}",
    ]


def make(made: str, nights: str) -> None:
    """A home whose state knows all nights but the last, and whose listing index names them all."""
    import duckdb
    import polars as pl

    from gpu_census.census.listing_files import write_listing
    from gpu_census.census.state_files import write_state
    from gpu_census_tests.five_years import MadeYears

    folder, count = Path(made), int(nights)
    years = MadeYears(nights=count)
    state = years.state()
    new = years.night(count)
    before = state.days.rename({"observed_on": "census_date"})
    for provider in years.provider_names:
        own = {
            name: getattr(new, name).filter(provider=provider)
            for name in ("sources", "observations", "regions", "offerings")
        }
        listing = type(new)(**own, quarantine=new.quarantine)
        write_listing(folder / "listing", provider, listing, keep=before.filter(provider=provider))
    with duckdb.connect(str(folder / "naive.duckdb")) as connection:
        rows = pl.concat([years.night(number).offerings for number in range(count - 9, count)])
        connection.register("rows", rows.__arrow_c_stream__())
        connection.execute("CREATE TABLE night AS FROM rows")
    write_state(folder / "state", state)


def project(made: str, nights: str, fresh: str) -> dict[str, Any]:
    """What the step `histories` does between reading and writing, part by part."""
    from time import perf_counter

    from gpu_census.census.history import histories_of
    from gpu_census.census.state_files import follow_listings, read_state, write_state
    from gpu_census_tests.five_years import MadeYears

    folder, kept = Path(made), Path(fresh) / "build" / "state"
    shutil.copytree(folder / "state", kept)
    providers = MadeYears(nights=int(nights)).provider_names
    with stopwatch:
        times = [perf_counter()]
        before = read_state(kept)
        times.append(perf_counter())
        state = follow_listings(folder / "listing", providers, before)
        times.append(perf_counter())
        tables = histories_of(state)
        times.append(perf_counter())
        write_state(kept, state)
        times.append(perf_counter())
    taken = state.days.height - before.days.height
    if taken != len(providers):
        raise RuntimeError(f"{taken} listings were taken in, not the {len(providers)} of one night")
    names = ("read_state", "follow_listings", "histories_of", "write_state")
    parts = {name: later - earlier for name, earlier, later in zip(names, times, times[1:], strict=False)}
    offerings = int(state.days.filter(observed_on=state.days["observed_on"].max())["listed"].sum())
    return {"parts": parts, "intervals": tables.offering_history.height, "offerings": offerings}


def naive(made: str, fresh: str) -> dict[str, Any]:
    """The night's files into a table that is on disk already."""
    import duckdb

    path = Path(fresh) / "naive.duckdb"
    shutil.copy(Path(made) / "naive.duckdb", path)
    with stopwatch, duckdb.connect(str(path)) as connection:
        connection.execute(f"INSERT INTO night FROM read_parquet({_offering_files(made)!r})")
    return {}


def floor(made: str, nights: str) -> dict[str, Any]:
    """Only the reading of what has to be read."""
    import polars as pl

    files = [*sorted((Path(made) / "state").glob("*.parquet")), *map(Path, _offering_files(made))]
    with stopwatch:
        rows = sum(pl.read_parquet(path, glob=False).height for path in files)
    return {"rows": rows}


def _offering_files(made: str) -> list[str]:
    return [str(path) for path in sorted(Path(made).glob("listing/*/*/20*.parquet")) if ".regions" not in path.name]
