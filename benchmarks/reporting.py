"""(i) The report: both languages, from the published census of the bundled archive, as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import FLOOR, FRESH, MIB, PEER, PROJECT, Case, Contestant, Results, Target, function
from benchmarks.peers import why_missing
from benchmarks.whole_refresh import refreshed_home

TITLE = "Report"
MODULE = __name__
LIBRARIES = [sys.executable, "-c", "import duckdb, jinja2"]


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """No peer makes this page; beside it one plain map of the same census, drawn by the usual library."""
    home = refreshed_home(folder, quick=quick)
    yield Case(
        f"{TITLE}: English and Chinese, bundled archive",
        [
            Contestant("project", PROJECT, "`write_report`, with imports", function(MODULE, "project", home, FRESH)),
            Contestant("altair", PEER, "Altair: one table of tiers as one chart page, with imports",
                       function(MODULE, "one_chart", home, FRESH), missing=why_missing("altair")),
            Contestant("libraries", FLOOR, "`import duckdb, jinja2`", LIBRARIES),
        ],
        [Target("under 5 s", 5.0, lambda of: of["project"].seconds, "s")],
        _sizes,
    )  # fmt: skip


def _sizes(of: Results) -> Sequence[str]:
    sizes = [f"{name} {one.told['size'] / MIB:.2f} MiB" for name, one in of.items() if "size" in one.told]
    return [f"size: {', '.join(sizes)}"]


def project(home: str, fresh: str) -> dict[str, Any]:
    """The pages, beside a copy of the published file."""
    import shutil

    from gpu_census.home import Home
    from gpu_census.report.publish import write_report

    own = Home(Path(fresh))
    own.public_database.parent.mkdir()
    shutil.copy(Home(Path(home)).public_database, own.public_database)
    pages = write_report(own)
    return {"size": sum(path.stat().st_size for path in pages.values())}


def one_chart(home: str, fresh: str) -> dict[str, Any]:
    """The least that a page of the same census can be."""
    import altair
    import duckdb

    from gpu_census.home import Home

    with duckdb.connect(str(Home(Path(home)).public_database), read_only=True) as connection:
        rows = connection.execute("SELECT tier, count(*) FROM compute_tier WHERE profile = 'extended' GROUP BY ALL")
        values = [{"tier": tier, "countries": count} for tier, count in rows.fetchall()]
    page = Path(fresh) / "page.html"
    altair.Chart(altair.Data(values=values)).mark_bar().encode(x="countries:Q", y="tier:N").save(page)
    return {"size": page.stat().st_size}
