"""`gpu-census sources`: every source, what it answered, and which were not asked."""

from __future__ import annotations

from typing import Annotated

import typer

from gpu_census.commands.options import Format
from gpu_census.home import current_home

SOURCES = """
SELECT
    source_coverage.provider,
    source_coverage.source,
    source_coverage.evidence,
    CASE
        WHEN source_coverage.complete AND source_coverage.answered = 0 THEN 'lists ' || source_coverage.asked
        ELSE source_coverage.answered || ' of ' || source_coverage.asked
    END AS regions,
    CASE
        WHEN source_coverage.suspicious > 0 THEN 'suspicious in ' || source_coverage.suspicious || ' regions'
        WHEN source_coverage.complete THEN 'complete'
        WHEN source_coverage.fault = '' THEN 'in part'
        ELSE 'not complete: ' || left(source_coverage.fault, 80) || if(length(source_coverage.fault) > 80, '…', '')
    END AS state,
    CASE
        WHEN source_coverage.carried_from IS NOT NULL THEN source_coverage.carried_from
        WHEN source_coverage.complete OR source_coverage.answered > 0 THEN source_coverage.census_date
    END AS used,
    source_coverage.census_date - used AS age_days,
    CASE WHEN source.positive_only THEN 'proves only what it lists' ELSE source.scope END AS silence_means
FROM source_coverage
JOIN source USING (provider, source)
ORDER BY source_coverage.provider, source_coverage.source
"""


def sources(*, format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table) -> None:
    """List every source: evidence, how much it answered, how old what is used of it is, and who was not asked."""
    from gpu_census.printing import print_resting, print_rows
    from gpu_census.reading import read_public

    print_rows(read_public(current_home(), SOURCES), format.value)
    print_resting()
