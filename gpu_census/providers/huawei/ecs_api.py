"""Huawei Cloud's signed ECS API: the flavors on sale in every region that the account has opened.

What belongs here: regions and projects from IAM, and the walk through a region's flavors. What does not: reading a
flavor (`flavor.py`), and the signature. The traps: a request names a project, not a region, and an account has a
project only in the regions it has opened; a region that is not opened answers 403, which is not "nothing there"; the
reference names no paging, public code pages by `marker`, so a list that ignores the marker must end the walk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from gpu_census.providers.contract import Answer, Ask, AskError, Offering, Region, source
from gpu_census.providers.huawei.flavor import Flavor, cards, on_sale
from gpu_census.providers.huawei.signature import CREDENTIALS, sdk_signer

IAM = "https://iam.myhuaweicloud.com/v3"
PAGE = 1000
PAGES_AT_MOST = 100
NOT_OPENED = b"APIGW.0802"

Listed = dict[str, tuple[Flavor, str]]


class IamRegion(msgspec.Struct):
    """A region of `GET /v3/regions`."""

    id: str
    type: str | None = None
    locales: dict[str, Any] | None = None

    @property
    def name(self) -> str | None:
        """Its name in English, which may be the code itself, else in Chinese."""
        names = [(self.locales or {}).get(language) for language in ("en-us", "zh-cn")]
        return next((name for name in names if isinstance(name, str) and name not in ("", self.id)), None)


class IamRegions(msgspec.Struct):
    """The answer of KeystoneListRegions."""

    regions: list[IamRegion]


class Project(msgspec.Struct):
    """A project; the one that stands for a region has its code for a name."""

    id: str
    name: str
    enabled: bool | None = True


class Projects(msgspec.Struct):
    """The answer of KeystoneListAuthProjects."""

    projects: list[Project]


class Flavors(msgspec.Struct):
    """One page of flavors."""

    flavors: list[Flavor]


@source(
    title="Huawei Cloud ECS API: flavors on sale by zone",
    evidence="offering",
    hosts=("iam.myhuaweicloud.com", "ecs.*.myhuaweicloud.com"),
    url="https://support.huaweicloud.com/intl/en-us/api-ecs/en-us_topic_0020212656.html",
    verified="documented",
    # as for the calculators: training chips are sold through ModelArts
    scope=("all", "-Ascend 910", "-Ascend 910B", "-Ascend 910C"),
    credentials=CREDENTIALS,
    extra="huawei",
    connections=4,
    notes=(
        "The account needs ecs:cloudServerFlavors:get. It answers only for regions that it has opened; the European "
        "site (eu-west-101) and regions of partners have accounts and hosts of their own. A row without a zone stands "
        "for the zones that the flavor does not name."
    ),
)
async def ecs_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions and projects from IAM, then the flavors of each project."""
    regions = await ask.json(f"{IAM}/regions", as_type=IamRegions, sign=sdk_signer(ask))
    # a private region is one customer's own
    listed = {region.id.strip(): region for region in regions.body.regions if region.type != "private"}
    if not listed:
        raise AskError(ask.provider, "IAM lists no region: ask again", url=regions.url)
    answer = await ask.json(f"{IAM}/auth/projects", as_type=Projects, sign=sdk_signer(ask))
    projects = {project.name.strip(): project.id for project in answer.body.projects if project.enabled is not False}

    async def read(code: str) -> Listed:
        if code not in projects:
            raise AskError(ask.provider, "the account has no project here: the region is not opened")
        return await _flavors(ask, code, projects[code])

    async for code, flavors in ask.each(sorted(listed), read):
        yield Region(code, name=listed[code].name, answered=flavors is not None)
        for offering in _offerings(code, flavors or {}):
            yield offering


async def _flavors(ask: Ask, code: str, project: str) -> Listed:
    """Every flavor of a region with the digest of the page that lists it; ends when a page brings nothing new."""
    url = f"https://ecs.{code}.myhuaweicloud.com/v1/{project}/cloudservers/flavors"
    found: Listed = {}
    marker: dict[str, str] = {}
    for _ in range(PAGES_AT_MOST):
        page = await _page(ask, url, project, marker)
        fresh = {flavor.id: (flavor, page.sha256) for flavor in page.body.flavors if flavor.id not in found}
        found |= fresh
        if not found:
            raise AskError(ask.provider, "no flavor at all: not complete", url=page.url)
        if not fresh or len(page.body.flavors) < PAGE:
            return found
        marker = {"marker": page.body.flavors[-1].id}
    raise AskError(ask.provider, f"the list of flavors is longer than {PAGES_AT_MOST} pages", url=url)


async def _page(ask: Ask, url: str, project: str, marker: dict[str, str]) -> Answer[Flavors]:
    try:
        return await ask.json(
            url,
            as_type=Flavors,
            parameters={"limit": str(PAGE)} | marker,
            headers={"x-project-id": project},
            sign=sdk_signer(ask),
        )
    except AskError as error:
        if error.status == 403 and NOT_OPENED in error.content:
            raise AskError(ask.provider, "the region is not opened in this account (APIGW.0802)", status=403) from None
        raise


def _offerings(code: str, flavors: Listed) -> list[Offering]:
    return [
        Offering(
            region_code=code,
            zone=zone,
            instance_type=name.strip(),
            accelerator_label=label,
            accelerator_count=count,
            status=status,
            payload_sha256=digest,
        )
        for name, (flavor, digest) in sorted(flavors.items())
        for zone, status in on_sale(flavor).items()
        for label, count in cards(flavor)
    ]
