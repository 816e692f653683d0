"""OVHcloud: which flavors a Public Cloud project sees in which region, and whether they are in stock.

What belongs here: the project's regions and flavors. What does not: the order catalogue, which has prices and names no
region. The traps: what the API calls a region (`GRA11`) is one of several at a site (`GRA`), so it is passed on as a
zone; a flavor stands there again for Windows, and with a disk that can be resized (`-flex`); no field names the card.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source
from gpu_census.providers.tokens import fetched_token

API = "https://eu.api.ovh.com/v1/cloud/project"
TOKEN = "https://www.ovh.com/auth/oauth2/token"
CLIENT, SECRET, PROJECT = "OVH_CLIENT_ID", "OVH_CLIENT_SECRET", "OVH_CLOUD_PROJECT_SERVICE"
SITE = re.compile(r"([A-Z]{2,3}|[A-Z]+(?:-[A-Z]+){1,2}?)(?:-?\d+|-[A-Z]|-ARCHIVE)?")
# disks and processors by kind: what OVHcloud itself shows as accelerated
ACCELERATED = re.compile(r"gpu|fpga|\.t\d")


class Flavor(msgspec.Struct, rename="camel"):
    """A flavor in a region."""

    name: str
    region: str
    available: bool
    os_type: str = "linux"
    type: str = ""


@source(
    title="Flavors of a Public Cloud project by region",
    evidence="stock",
    hosts=("eu.api.ovh.com", "www.ovh.com"),
    url="https://eu.api.ovh.com/console/?section=%2Fcloud",
    verified="documented",
    # asked for one by one: a project without a word is not shown it
    scope=("all", "-H200"),
    credentials=(CLIENT, SECRET, PROJECT),
    notes="What one project sees, in the regions that are switched on for it. The credentials are those of an OAuth 2 "
    "service account that may read the project (publicCloudProject:apiovh:flavor/get and region/get). The form is that "
    "of the API's own schema.",
)
async def project_flavors(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every site that the project has a region at, and the accelerated flavors there."""
    sign = fetched_token(
        ask,
        TOKEN,
        lambda: {
            "grant_type": "client_credentials",
            "client_id": ask.credential(CLIENT),
            "client_secret": ask.credential(SECRET),
            "scope": "all",
        },
        advice=f"check {CLIENT} and {SECRET}: they are those of a service account",
    )
    project = f"{API}/{ask.credential(PROJECT)}"
    regions = await ask.json(f"{project}/region", as_type=list[str], sign=sign)
    answer = await ask.json(f"{project}/flavor", as_type=list[Flavor], sign=sign)
    flavors = answer.body
    if not regions.body or not any(flavor for flavor in flavors if not _is_accelerated(flavor)):
        wrong = f"no region, or no flavor without a GPU: not complete; check {PROJECT}"
        raise AskError(ask.provider, wrong, url=ask.redaction.url(answer.url))
    with_flavors = {site_of(flavor.region) for flavor in flavors}
    for code in sorted({site_of(region) for region in regions.body} | with_flavors):
        yield Region(code, answered=code in with_flavors)
        for offering in _offerings(code, [one for one in flavors if site_of(one.region) == code], answer.sha256):
            yield offering


def site_of(region: str) -> str:
    """`GRA` of `GRA11`, `EU-WEST-PAR` of itself; a local zone is none of a site's."""
    site = SITE.fullmatch(region)
    return site[1] if site else region


def _is_accelerated(flavor: Flavor) -> bool:
    return bool(accelerators_in("ovhcloud", _plain(flavor.name)) or ACCELERATED.search(flavor.type))


def _plain(name: str) -> str:
    return name.removeprefix("win-").removesuffix("-flex")


def _offerings(code: str, flavors: list[Flavor], sha256: str) -> list[Offering]:
    """The accelerated flavors of a site, once for each of its regions; in stock if any form of it is."""
    found: dict[tuple[str, str], Offering] = {}
    for flavor in flavors:
        name = _plain(flavor.name)
        before = found.get((flavor.region, name))
        if not _is_accelerated(flavor) or (before is not None and not flavor.available):
            continue
        known = accelerators_in("ovhcloud", name)
        label, count = known[0] if known else (name, None)
        found[flavor.region, name] = Offering(
            region_code=code,
            zone=flavor.region if flavor.region != code else "",
            instance_type=name,
            accelerator_label=label,
            accelerator_count=count,
            status="available" if flavor.available else "sold_out",
            payload_sha256=sha256,
        )
    return list(found.values())
