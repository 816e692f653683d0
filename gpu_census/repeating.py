"""Refresh no more than is needed: what is published already is not counted again.

Where nobody is asked, a refresh of the same inputs is not run at all. Where clouds are asked again on a census date,
they are asked first, and the census is counted again only if one of them answers something else. Imports nothing
heavy before something has to be run.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gpu_census import unchanged
from gpu_census.home import Home
from gpu_census.refreshed import Refreshed
from gpu_census.switches import clouds_from_environment, drawn_from_environment, offline_from_environment


@dataclass(frozen=True)
class Flow:
    """The flow over one home for one census date; no date is today's."""

    home: Home
    census_date: date | None
    archives: tuple[Path, ...]
    bundled: bool
    offline: bool

    def run(self, **how: Any) -> Refreshed:
        """Run it (`refresh.refresh`), whatever is published."""
        # a short run of many small objects: collecting them took a tenth of it
        gc.set_threshold(200_000, 50, 100)
        from gpu_census.refresh import refresh
        from gpu_census.terminal import refresh_progress

        with refresh_progress() as progress:
            return refresh(
                self.home.prepare(),
                census_date=self.census_date,
                archives=self.archives,
                bundled=self.bundled,
                offline=self.offline,
                progress=progress,
                **how,
            )

    def run_if_changed(self) -> Refreshed:
        """Run what the published census does not say yet, and note what it was made from."""
        on_date = self.census_date or datetime.now(UTC).date()
        asks_nobody = self.offline or offline_from_environment()
        inputs = unchanged.inputs_of(
            census_date=on_date,
            archives=self.archives,
            bundled=self.bundled,
            drawn=drawn_from_environment(),
            asked="nobody" if asks_nobody else ", ".join(sorted(clouds_from_environment() or ["all"])),
        )
        noted = unchanged.noted(self.home, inputs)
        again = None if noted is None or asks_nobody else self.run(counting=False)
        if noted and noted.landed == unchanged.landed_by(self.home, on_date) and (again is None or again.published):
            requests = again.requests if again else {}
            outcome = Refreshed(published=True, warnings=noted.warnings, requests=requests, swapped=False)
        elif again and again.published:
            counted = self.run(asking=False)
            outcome = replace(counted, warnings=again.warnings + counted.warnings, requests=again.requests)
        else:
            outcome = self.run()
        if outcome.published:
            unchanged.note_published(self.home, inputs, unchanged.landed_by(self.home, on_date), outcome.warnings)
        return outcome
