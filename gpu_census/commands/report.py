"""`gpu-census report`: the published census as pages to look at. Reads what is published, and asks nobody."""

from __future__ import annotations

from typing import Annotated

import typer

from gpu_census.commands.options import day


def report(
    *,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    date: Annotated[
        str, typer.Option(metavar="D", help="The census as of an earlier date (ISO), by today's knowledge.")
    ] = "",
) -> None:
    """Write the report, report.html and report.zh.html, beside the published database."""
    from gpu_census.home import current_home
    from gpu_census.report.publish import write_report

    pages = write_report(current_home(), day(date, "--date") if date else None)
    for path in pages.values():
        typer.echo(f"{path} ({path.stat().st_size / 2**20:.1f} MB)")
    if open_page:
        typer.launch(str(pages["en"]))
