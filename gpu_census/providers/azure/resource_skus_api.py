"""Source `resource_skus_api`: the Resource SKUs API, what Azure offers in each region as one subscription sees it.

What belongs here: the list of locations, the list of SKUs, and reading sizes from it. What does not: the token
(`entra_token.py`). The traps: what a subscription may not deploy without asking is listed with a restriction, and is
offered all the same; every fraction of a GPU is stated as 1; a region that the subscription cannot see has no SKUs at
all, which is no answer; the unfiltered list is tens of megabytes, most of it capabilities of disks and CPUs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec

from gpu_census.collect.request import HIDDEN, Signer
from gpu_census.providers.azure.entra_token import CLIENT, SECRET, TENANT, entra_signer
from gpu_census.providers.azure.n_series import accelerators, is_n_series
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

API = "https://management.azure.com/subscriptions"
SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
MACHINES = "virtualMachines"

Offered = dict[tuple[str, str, str, str], Offering]


class Metadata(msgspec.Struct, rename="camel"):
    """What kind of location it is; logical ones are groups of regions."""

    region_type: str


class Location(msgspec.Struct, rename="camel"):
    """A location that the subscription sees."""

    name: str
    display_name: str
    metadata: Metadata
    type: str = "Region"


class Locations(msgspec.Struct, rename="camel"):
    """A page of locations."""

    value: list[Location]
    next_link: str | None = None


class Capability(msgspec.Struct):
    """Something that a SKU has, by name."""

    name: str
    value: str | None = None


class LocationInfo(msgspec.Struct):
    """The zones of a region that a SKU is in."""

    location: str
    zones: list[str] | None = None


class Sku(msgspec.Struct, rename="camel"):
    """A size, a disk, a host … Capabilities are kept as they came: they are read only of accelerated sizes."""

    resource_type: str
    locations: list[str]
    name: str | None = None
    location_info: list[LocationInfo] | None = None
    capabilities: msgspec.Raw = msgspec.Raw(b"null")


class Skus(msgspec.Struct, rename="camel"):
    """A page of SKUs."""

    value: list[Sku]
    next_link: str | None = None


@source(
    title="Resource SKUs API",
    evidence="offering",
    hosts=("management.azure.com", "login.microsoftonline.com"),
    url="https://learn.microsoft.com/rest/api/compute/resource-skus/list",
    verified="recorded",
    credentials=(SUBSCRIPTION, TENANT, CLIENT, SECRET),
    extra="azure",
    notes="What one subscription sees in the public cloud: sizes that it may not deploy are listed and count, previews "
    "and regions that are hidden from it are not. Azure Government and Azure China have APIs of their own. The "
    "credentials are those of an app registration with the role Reader on the subscription.",
)
async def resource_skus_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every physical location, answered for where it has sizes of any kind, and its accelerated sizes by zone."""
    sign = entra_signer(ask)
    names = await _regions(ask, sign)
    codes = {_plain(code): code for code in names}
    offered: Offered = {}
    with_sizes: set[str] = set()
    url = f"{_subscription(ask)}/providers/Microsoft.Compute/skus?api-version=2021-07-01"
    async for page in ask.pages(url, as_type=Skus, next_url=lambda body: _next(ask, body), sign=sign):
        for sku in page.body.value:
            if sku.resource_type == MACHINES:
                regions = [codes.setdefault(_plain(place), place) for place in sku.locations]
                with_sizes.update(regions)
                _add(offered, sku, regions, page.sha256)
    if not with_sizes:
        raise AskError(ask.provider, "no size in any region; check the role of the app", url=ask.redaction.url(url))
    for code in [*names, *sorted(with_sizes - set(names))]:
        yield Region(code, name=names.get(code), answered=code in with_sizes)
        for key in sorted(key for key in offered if key[0] == code):
            yield offered[key]
    if unseen := [code for code in names if code not in with_sizes]:
        ask.fault(f"no size of any kind, so not answered: {', '.join(unseen)}")


async def _regions(ask: Ask, sign: Signer) -> dict[str, str]:
    """The regions that the subscription sees, with their names; staging and canary ones are among them."""
    url = f"{_subscription(ask)}/locations?api-version=2022-12-01"
    names: dict[str, str] = {}
    async for page in ask.pages(url, as_type=Locations, next_url=lambda body: _next(ask, body), sign=sign):
        for place in page.body.value:
            if place.metadata.region_type != "Logical" and place.type == "Region":
                names[place.name] = place.display_name
    if not names:
        raise AskError(ask.provider, "no physical location is listed; check the role", url=ask.redaction.url(url))
    return names


def _add(offered: Offered, sku: Sku, regions: list[str], sha256: str) -> None:
    """Add an accelerated size, once for each zone, or without a zone where none is named."""
    size = (sku.name or "").strip()
    gpus = _gpus(sku)
    if not size or not (gpus or is_n_series(size)):
        return
    zones = {_plain(info.location): info.zones or () for info in sku.location_info or ()}
    for region in regions:
        for zone in sorted(zones.get(_plain(region), ())) or [""]:
            for label, count in accelerators(size, stated=gpus):
                offered[region, zone, size, label] = Offering(
                    region_code=region,
                    zone=zone,
                    instance_type=size,
                    accelerator_label=label,
                    accelerator_count=count,
                    payload_sha256=sha256,
                )


def _gpus(sku: Sku) -> float | None:
    """The number of GPUs that the SKU states; None where it states none."""
    if b'"GPUs"' not in bytes(sku.capabilities):
        return None
    stated = msgspec.json.decode(sku.capabilities, type=list[Capability])
    value = next((capability.value for capability in stated if capability.name == "GPUs"), None)
    try:
        return float(value or 0) or None
    except ValueError:
        return None


def _subscription(ask: Ask) -> str:
    return f"{API}/{quote(ask.credential(SUBSCRIPTION), safe='')}"


def _next(ask: Ask, page: Locations | Skus) -> str | None:
    """The next page; the subscription's ID is hidden in answers as they are kept, and must be put back into links."""
    return page.next_link and page.next_link.replace(HIDDEN, quote(ask.credential(SUBSCRIPTION), safe=""))


def _plain(location: str) -> str:
    """A location's name as it may be compared: some answers write `West US` or `WestUS`."""
    return location.replace(" ", "").lower()
