"""`gpu-census replicate`: published statements, or a published table, beside this census. Writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gpu_census.commands.options import Format, day


def replicate(
    *,
    published: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Compare a published table cell by cell: a CSV file with country_iso2 and any of regions, "
            "gpu_regions, h100_regions, a100_regions, v100_regions.",
        ),
    ] = None,
    date: Annotated[
        str, typer.Option(metavar="D", help="As of this date (ISO); default the published census date.")
    ] = "",
    profile: Annotated[str, typer.Option(metavar="P", help="With --published: count under this profile.")] = "",
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table,
) -> None:
    """Compare published statements, or a published table, with this census."""
    from gpu_census.errors import UsageError
    from gpu_census.home import current_home
    from gpu_census.replication import printing

    home, on_day = current_home(), day(date, "--date") if date else None
    if published is not None:
        printing.print_comparison(home, published, day=on_day, profile=profile or "paper2024", form=format.value)
    elif profile:
        raise UsageError("--profile goes with --published; the statements of each study have a profile of their own")
    else:
        printing.print_statements(home, day=on_day, form=format.value)
