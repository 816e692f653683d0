"""(a) One region's price list of EC2, hundreds of megabytes of CSV: which types are there, at which price.

All read the same plain file. The project answers for every type that is listed, priced or not; the peer and bare polars
keep the plain on-demand rows. `as landed` reads the file as a night keeps it, compressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestant import stopwatch
from benchmarks.made_price_list import REGION, ZONE, make_price_list
from benchmarks.measuring import FLOOR, PEER, PROJECT, Case, Contestant, Results, Target, function, prepare
from benchmarks.peers import why_missing

TITLE = "AWS price list"
MODULE = __name__
MB = 10**6


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """The two sizes; memory must not grow from the one to the other."""
    peaks: list[float] = []
    for size, of_gpuhunt in ((2 if quick else 375, 0.6), (4 if quick else 1500, 0.4)):
        path = folder / f"price_list_{size}.csv"
        prepare(MODULE, "make", path, size * MB)
        targets = [
            Target(f"at most {of_gpuhunt} × gpuhunt", of_gpuhunt, lambda of: _times(of, "gpuhunt")),
            Target("at most 1.3 × bare polars", 1.3, lambda of: _times(of, "polars")),
        ]

        def grown(of: Results, peaks: list[float] = peaks) -> float:
            peaks.append(of["project"].peak_mib)
            return peaks[-1] / peaks[0]

        targets.append(Target("memory flat: at most 1.25 × that of the smaller file", 1.25, grown))
        yield Case(f"{TITLE} of {size} MB", _contestants(path), targets, _superset)


def _times(of: Results, other: str) -> float:
    return of["project"].seconds / of[other].seconds


def _contestants(path: Path) -> list[Contestant]:
    landed = path.with_name(f"{path.name}.zst")
    return [
        Contestant("project", PROJECT, "`listed_types`", function(MODULE, "project", path)),
        Contestant("gpuhunt", PEER, "gpuhunt's reader, without its API calls", function(MODULE, "gpuhunt", path),
                   missing=why_missing("gpuhunt", "boto3")),
        Contestant("polars", FLOOR, "bare `scan_csv`, the plain rows", function(MODULE, "polars", path)),
        Contestant("wc", FLOOR, "`wc -l`", ["wc", "-l", str(path)]),
        Contestant("as landed", PROJECT, "`listed_types`, Zstandard file", function(MODULE, "project", landed)),
    ]  # fmt: skip


def _superset(of: Results) -> Sequence[str]:
    if "gpuhunt" not in of:
        return []
    ours = {tuple(row) for row in of["project"].told["rows"]}
    peers = {tuple(row) for row in of["gpuhunt"].told["rows"]}
    more = len(of["project"].told["rows"]) - len(peers)
    return [
        f"rows (type, price) of gpuhunt in the region: {len(peers)}; not in ours: {len(peers - ours)} "
        f"({'met' if peers <= ours else 'MISSED'}: a superset); {more} more are listed by ours"
    ]


def make(path: str, size: str) -> None:
    """The plain file, and the compressed one as a night would keep it."""
    import zstandard

    made = make_price_list(Path(path), int(size))
    landed = Path(f"{path}.zst")
    if not landed.exists():
        with made.open("rb") as plain, landed.open("wb") as kept:
            zstandard.ZstdCompressor(level=3).copy_stream(plain, kept)


def project(path: str) -> dict[str, Any]:
    """What the census does."""
    from gpu_census.providers.aws.price_list_file import listed_types

    with stopwatch:
        types = listed_types(Path(path), REGION)
    return {"rows": [(one.instance_type, one.price) for one in types]}


def gpuhunt(path: str) -> dict[str, Any]:
    """What gpuhunt does with its cached file; the details that it asks the EC2 API for are left out."""
    from gpuhunt.providers.aws import AWSProvider

    class Offline(AWSProvider):
        def _fill_gpu_details(self, offers: list[Any]) -> None:
            return None

        def _with_spot_offers(self, offers: list[Any]) -> list[Any]:
            return offers

    reader = Offline(path)
    with stopwatch:
        offers = reader.get()
    return {"rows": [(one.instance_name, one.price) for one in offers if one.location != ZONE]}


def polars(path: str) -> dict[str, Any]:
    """The shortest query of polars that gives what gpuhunt gives."""
    import polars as pl

    from gpu_census.providers.aws.price_list_file import PLAIN

    with stopwatch:
        wanted = PLAIN | {"Region Code": (REGION,)}
        plain = [pl.col(name).fill_null("").is_in(words) for name, words in wanted.items()]
        rows = pl.scan_csv(path, skip_lines=5, infer_schema=False).filter(*plain)
        found = rows.select("Instance Type", "GPU", "PricePerUnit", "Currency").collect(engine="streaming")
    return {"types": found.height}
