"""Oracle Cloud's signed API: which shapes each region that the tenancy is subscribed to can launch.

What belongs here: the regions that the tenancy is subscribed to, and the shapes of each. What does not: the public
price files, whose shapes have no region. The traps: a shape is listed once for each availability domain; the most
wanted shapes are shown only once the account's limit was raised, so silence about them proves nothing; further pages
are told of in a header, so a full page is taken for an incomplete answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec

from gpu_census.collect.request import Signer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source
from gpu_census.providers.oracle.signature import CREDENTIALS, REGION, TENANCY, oci_signer

LIMIT = 1000
READY = "READY"


class Subscription(msgspec.Struct, rename="camel"):
    """A region that the tenancy is subscribed to."""

    region_name: str
    status: str = READY


class Shape(msgspec.Struct, rename="camel"):
    """A shape. The fields on GPUs are missing or empty where it has none."""

    shape: str
    gpus: int | None = None
    gpu_description: str | None = None


@source(
    title="Compute API: shapes by subscribed region",
    evidence="offering",
    hosts=("identity.*.oraclecloud.com", "iaas.*.oraclecloud.com"),
    url="https://docs.oracle.com/en-us/iaas/api/#/en/iaas/20160918/Shape/ListShapes",
    verified="described",
    shape_only=True,
    positive_only=True,
    credentials=CREDENTIALS,
    notes="What one tenancy may launch. Signing needs Oracle's package oci, which is large and not among the extras. "
    "The form is that of the API's reference; no answer was ever seen.",
)
async def shapes_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that the tenancy is subscribed to, and its shapes with a GPU."""
    sign = oci_signer(ask)
    tenancy, home = quote(ask.credential(TENANCY), safe=""), ask.credential(REGION)
    url = f"https://identity.{home}.oraclecloud.com/20160918/tenancies/{tenancy}/regionSubscriptions"
    listed = await ask.json(url, as_type=list[Subscription], sign=sign)
    if not listed.body:
        raise AskError(ask.provider, f"subscribed to no region; check {TENANCY}", url=ask.redaction.url(listed.url))

    async def read(code: str) -> list[Offering]:
        return await _shapes(ask, code, tenancy, sign)

    for one in listed.body:
        if one.status != READY:
            ask.fault(f"{one.region_name}: not asked, its subscription is {one.status}")
            yield Region(one.region_name, answered=False)
    async for code, offerings in ask.each([one.region_name for one in listed.body if one.status == READY], read):
        yield Region(code, answered=offerings is not None)
        for offering in offerings or ():
            yield offering


async def _shapes(ask: Ask, code: str, tenancy: str, sign: Signer) -> list[Offering]:
    """The shapes of a region that have a GPU, each once."""
    url = f"https://iaas.{code}.oraclecloud.com/20160918/shapes?compartmentId={tenancy}&limit={LIMIT}"
    answer = await ask.json(url, as_type=list[Shape], sign=sign)
    if not 0 < len(answer.body) < LIMIT:
        raise AskError(ask.provider, f"{len(answer.body)} shapes: not complete", url=ask.redaction.url(url))
    return [
        _offering(code, shape, answer.sha256)
        for shape in {shape.shape: shape for shape in answer.body}.values()
        if shape.gpus or accelerators_in("oracle", shape.shape)
    ]


def _offering(code: str, shape: Shape, sha256: str) -> Offering:
    known = accelerators_in("oracle", shape.shape)
    label, count = known[0] if known else (shape.gpu_description or shape.shape, None)
    return Offering(
        region_code=code,
        instance_type=shape.shape,
        accelerator_label=label,
        accelerator_count=float(shape.gpus) if shape.gpus else count,
        payload_sha256=sha256,
    )
