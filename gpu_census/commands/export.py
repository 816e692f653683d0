"""`gpu-census export DIR`: the published census as files. Writes nothing else, and asks nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Where to; made where there is none.")],
) -> None:
    """Write the published census as Parquet, CSV, GeoJSON and data package."""
    from gpu_census.exports.published import export as write
    from gpu_census.exports.published import open_published
    from gpu_census.home import current_home, sql_folder
    from gpu_census.terminal import step
    from gpu_census.warehouse.relations import base_relations
    from gpu_census.warehouse.sql_models import load_models

    with open_published(current_home()) as connection:
        exported = write(connection, folder.resolve(), load_models(sql_folder(), base_relations()), told=step)
    files = exported.swapped
    typer.echo(
        f"The census of {exported.census_date} in {folder}: {len(files.written)} files written, "
        f"{len(files.unchanged)} unchanged, {len(files.removed)} removed."
    )
    if exported.unplaced_regions:
        typer.echo(f"region.geojson leaves out {exported.unplaced_regions} regions whose place is not known.")
