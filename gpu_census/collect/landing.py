"""The landing zone: every answer as it was received, and a card for every request.

    landing/objects/<aa>/<sha256>.zst                              a body, without its content encoding
    landing/runs/<provider>/<source>/<census_date>/<began>.jsonl   one run

Only this and the archives are sources of truth: everything else can be made again from them. What belongs here: what
concerns both. What does not: the form of a body (`objects`), the form of a run (`runs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from gpu_census.collect.objects import Objects
from gpu_census.collect.runs import PART, Begun, Card, Run, RunWriter, read_lines, read_run
from gpu_census.errors import CensusError
from gpu_census.leftovers import remove_leftovers

__all__ = ["Landing", "Run", "read_run"]


@dataclass(frozen=True)
class Landing:
    """A landing zone below `root`."""

    root: Path

    @cached_property
    def objects(self) -> Objects:
        """The bodies."""
        return Objects(self.root / "objects")

    def begin(self, provider: str, source: str, census_date: date, agent: str, replay: str = "") -> RunWriter:
        """Start the file of a run."""
        begun = Begun(
            provider=provider,
            source=source,
            census_date=census_date,
            began_at=datetime.now(UTC),
            agent=agent,
            replay=replay,
        )
        return RunWriter(self.root / "runs", begun)

    def providers(self) -> list[str]:
        """The providers that have been asked."""
        return sorted(path.name for path in (self.root / "runs").glob("*") if path.is_dir())

    def runs(self, provider: str, source: str = "*", census_date: str = "*") -> list[Path]:
        """The files of runs, oldest first within each source and date."""
        return sorted((self.root / "runs" / provider).glob(f"{source}/{census_date}/*.jsonl"))

    def newest(self, provider: str, source: str, count: int) -> list[Run]:
        """The newest runs of a source that can be read, newest first."""
        found = []
        for path in reversed(self.runs(provider, source)[-count:]):
            try:
                found.append(read_run(path))
            except CensusError:
                continue  # whoever needs this very run will say so
        return found

    def adopt(self) -> None:
        """Make what killed runs have landed readable, and remove their half-written bodies. Nobody may be asking."""
        remove_leftovers(self.objects.folder)
        for path in (self.root / "runs").glob(f"*/*/*/*{PART}"):
            if any(isinstance(line, Begun) for line in read_lines(path)):
                path.rename(path.with_suffix(""))
            else:
                path.unlink()

    def prune(self, days: int, today: date) -> int:
        """Delete runs that are older than `days`, and bodies that no run needs; returns the number of runs."""
        first = date.fromordinal(max(today.toordinal() - days, 1)).isoformat()
        files = sorted((self.root / "runs").glob("*/*/*/*.jsonl*"))
        old = {path for path in files if path.parent.name < first}
        for path in old:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        if old:
            kept = (line for path in files if path not in old for line in read_lines(path))
            needed = {line.sha256 for line in kept if isinstance(line, Card)}
            for path in self.objects.folder.glob("*/*.zst"):
                if path.stem not in needed:
                    path.unlink()
        return len(old)
