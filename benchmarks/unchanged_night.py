"""(e) A night on which nothing has changed: how much of a whole refresh is done again, and whether the file is swapped.

Start-up is what importing alone costs. The second case asks every public source of a stand-in that answers 304.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import CHECKOUT, FLOOR, FRESH, PEER, PROJECT, Case, Contestant, Results, Target, function
from benchmarks.refreshing import refreshed
from benchmarks.serving import stand_in
from benchmarks.whole_refresh import HOME, START, refresh_command, refreshed_home, small_archive

TITLE = "Unchanged night"
MODULE = __name__
SHARE = 0.05


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """From the archive, whose CPU is judged; and with live sources, where the file must stay."""
    line = refresh_command(small_archive(folder) if quick else None)
    left_out = "left out of --quick" if quick else ""
    home = {"GPU_CENSUS_HOME": str(refreshed_home(folder, quick=quick))}
    started = Contestant("start-up", FLOOR, "imports alone", START)
    yield Case(
        f"{TITLE}: bundled archive, offline",
        [
            Contestant("project", PROJECT, "`gpu-census refresh --offline` again", line, home, at_most=3),
            Contestant("first night", PEER, "the first night, empty home", line, HOME, missing=left_out, at_most=2),
            started,
        ],
        [Target("CPU beyond start-up at most 5 % of a first night's", SHARE, _share)],
    )
    recordings = CHECKOUT / "gpu_census_tests" / "recordings"
    archive = small_archive(folder) if quick else ""
    with stand_in("--etags", "--recordings", recordings) as base:
        yield Case(
            f"{TITLE}: every public source of the stand-in, one census date",
            [
                Contestant("project", PROJECT, "asked again, answered 304",
                           function(MODULE, "second_night", FRESH, base, archive), at_most=1),
                Contestant("first night", PEER, "asked the first time",
                           function(MODULE, "first_night", FRESH, base, archive), missing=left_out, at_most=1),
                started,
            ],
            [Target("published file swapped: never", 0, lambda of: float(of["project"].told["swapped"]))],
            _asked,
        )  # fmt: skip


def _share(of: Results) -> float:
    start = of["start-up"].cpu_seconds
    return (of["project"].cpu_seconds - start) / (of["first night"].cpu_seconds - start)


def _asked(of: Results) -> Sequence[str]:
    return [] if "first night" not in of else [f"CPU beyond start-up: {_share(of):.0%} of a first night's"]


def first_night(folder: str, base: str, archive: str) -> dict[str, Any]:
    """Every public source asked, nothing known before."""
    return _night(Path(folder) / "home", base, archive)


def second_night(folder: str, base: str, archive: str) -> dict[str, Any]:
    """The same on the same date once more; only that is timed."""
    home = Path(folder) / "home"
    _night(home, base, archive)
    published = home / "public" / "gpu_census.duckdb"
    before = published.stat().st_ino
    return _night(home, base, archive) | {"swapped": int(published.stat().st_ino != before)}


def _night(home: Path, base: str, archive: str) -> dict[str, Any]:
    line = refresh_command(Path(archive) if archive else None, offline=False)
    return refreshed(home, line, {"GPU_CENSUS_REPLAY": base, "GPU_CENSUS_OFFLINE": ""})
