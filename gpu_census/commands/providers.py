"""`gpu-census providers`: every cloud with what is counted of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gpu_census.commands.options import Format
from gpu_census.home import current_home

PROVIDERS = """
SELECT
    census.provider,
    provider.name,
    provider.headquarters_country_iso2 AS home,
    census.regions,
    census.gpu_regions,
    census.countries
FROM provider_census AS census
LEFT JOIN reference.provider AS provider USING (provider)
WHERE census.profile = 'extended'
ORDER BY census.regions DESC, census.provider
"""


def providers(*, format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table) -> None:
    """List every provider: regions, regions with a counted accelerator, countries."""
    from gpu_census.printing import print_rows
    from gpu_census.reading import read_public

    print_rows(read_public(current_home(), PROVIDERS), format.value)
