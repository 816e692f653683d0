"""IBM Cloud's signed VPC API: the instance profiles of every region.

What belongs here: the list of regions, and the profiles that each region's own host lists. What does not: zones, which
are named differently for each account and hold no profiles of their own. The traps: a number or a model is given as a
fixed value or as a set of values; a region may be listed and closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source
from gpu_census.providers.tokens import fetched_token

KEY = "IBMCLOUD_API_KEY"
TOKEN = "https://iam.cloud.ibm.com/identity/token"
QUERY = "version=2026-01-20&generation=2"
GRANT = "urn:ibm:params:oauth:grant-type:apikey"


class ListedRegion(msgspec.Struct):
    """A region of the list."""

    name: str
    status: str = "available"


class Regions(msgspec.Struct):
    """All regions."""

    regions: list[ListedRegion]


class Number(msgspec.Struct):
    """A number that is fixed, or one of several."""

    value: float | None = None


class Words(msgspec.Struct):
    """One of several words."""

    values: list[str] = []


class Profile(msgspec.Struct):
    """An instance profile. The fields on GPUs are missing where it has none."""

    name: str
    gpu_count: Number | None = None
    gpu_model: Words | None = None


class Link(msgspec.Struct):
    """Where the list goes on."""

    href: str


class Profiles(msgspec.Struct):
    """A page of profiles."""

    profiles: list[Profile]
    next: Link | None = None


@source(
    title="VPC API: instance profiles by region",
    evidence="offering",
    hosts=("*.iaas.cloud.ibm.com", "iam.cloud.ibm.com"),
    url="https://cloud.ibm.com/apidocs/vpc/latest#list-instance-profiles",
    verified="documented",
    credentials=(KEY,),
    regions_complete=True,
    notes="The key needs no role beyond Viewer on VPC. Which zone of a region holds a profile is not told.",
)
async def vpc_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region, and its profiles with a GPU."""
    sign = fetched_token(
        ask, TOKEN, lambda: {"grant_type": GRANT, "apikey": ask.credential(KEY)}, advice=f"check {KEY}"
    )
    answer = await ask.json(f"https://us-south.iaas.cloud.ibm.com/v1/regions?{QUERY}", as_type=Regions, sign=sign)
    status = {region.name: region.status for region in answer.body.regions}
    if not status:
        raise AskError(ask.provider, "the list of regions is empty, which cannot be: ask again", url=answer.url)

    async def read(code: str) -> list[Offering]:
        found: list[Offering] = []
        is_empty = True
        url = f"https://{code}.iaas.cloud.ibm.com/v1/instance/profiles?{QUERY}"
        async for page in ask.pages(url, as_type=Profiles, next_url=_next, sign=sign):
            is_empty = is_empty and not page.body.profiles
            found += [offering for one in page.body.profiles for offering in _offerings(code, one, page.sha256)]
        if is_empty:
            raise AskError(ask.provider, "no profile at all, not even one without a GPU: not complete", url=url)
        return found

    for code in sorted(code for code, told in status.items() if told != "available"):
        ask.fault(f"{code}: not asked, its status is {status[code]}")
        yield Region(code, answered=False)
    async for code, offerings in ask.each([code for code, told in status.items() if told == "available"], read):
        yield Region(code, answered=offerings is not None)
        for offering in offerings or ():
            yield offering


def _next(page: Profiles) -> str | None:
    """The next page, with what every request must say."""
    if page.next is None:
        return None
    link = page.next.href
    return link if "version=" in link else f"{link}{'&' if '?' in link else '?'}{QUERY}"


def _offerings(code: str, profile: Profile, sha256: str) -> list[Offering]:
    """The profile's cards; one that names none is known by its name, or new."""
    if profile.gpu_count is None and profile.gpu_model is None:
        return []
    known = accelerators_in("ibm", profile.name)
    named = profile.gpu_model.values if profile.gpu_model else []
    count = profile.gpu_count.value if profile.gpu_count else None
    return [
        Offering(
            region_code=code,
            instance_type=profile.name,
            accelerator_label=label,
            accelerator_count=count,
            payload_sha256=sha256,
        )
        for label in sorted(set(named)) or [label for label, _ in known] or [profile.name]
    ]
