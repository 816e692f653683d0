"""Source `catalog_api`: which GPUs each data centre offers, by the REST catalogue.

What belongs here: the list of data centres with their GPUs. What does not: the community cloud, prices (they have no
place). The traps: the answer leaves `gpuAvailability` out where a data centre offers no GPU; `NONE` is offered and out
of stock; `US-DE-1` is Delaware: what country an id means is for the reference table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.bearer import bearer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

URL = "https://api.runpod.io/v2/catalog/datacenters?include=GPU_AVAILABILITY"
STATUS = {"HIGH": "available", "MEDIUM": "limited", "LOW": "limited", "NONE": "sold_out"}


class Stock(msgspec.Struct):
    """A GPU that a data centre offers."""

    id: str
    availability: str = ""


class DataCentre(msgspec.Struct, rename="camel"):
    """A data centre."""

    id: str
    name: str | None = None
    gpu_availability: list[Stock] | None = None


class Catalogue(msgspec.Struct, rename="camel"):
    """All data centres, on one page."""

    data_centers: list[DataCentre]


@source(
    title="REST catalogue of data centres with GPU availability",
    evidence="stock",
    hosts=("api.runpod.io",),
    url="https://docs.runpod.io/api-reference-v2/catalog/list-data-centers",
    verified="documented",
    credentials=("RUNPOD_API_KEY",),
    notes="The data centres of the secure cloud only. The reference page gives the fields and an example of each; no "
    "whole answer was seen.",
)
async def catalog_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every data centre and its GPUs."""
    answer = await ask.json(URL, as_type=Catalogue, sign=bearer(ask, "RUNPOD_API_KEY"))
    centres = {centre.id: centre for centre in answer.body.data_centers}
    if not any(centre.gpu_availability for centre in centres.values()):
        raise AskError(ask.provider, "no data centre offers any GPU, which cannot be: ask again", url=URL)
    for code, centre in centres.items():
        yield Region(code, name=centre.name)
        for stock in {stock.id: stock for stock in centre.gpu_availability or ()}.values():
            yield Offering(
                region_code=code,
                instance_type=stock.id,
                accelerator_label=stock.id,
                status=STATUS.get(stock.availability, "offered"),
                payload_sha256=answer.sha256,
            )
