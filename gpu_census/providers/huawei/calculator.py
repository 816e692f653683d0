"""Huawei Cloud's price calculator: the ECS types that have a price in a region.

What belongs here: the menu, which names the regions, and the answer for one region, the same on both sites. What does
not: the two sites (`calculator_sites.py`). The traps: a region that fails may answer with an empty list or for another
region; the same type stands there once per operating system; menu and answers are not documented; `menuInfo` lists
regions that partners run, and regions in which the calculator sells nothing any more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from gpu_census.providers.contract import Answer, Ask, AskError, Offering, Region, accelerators_in
from gpu_census.providers.huawei.accelerator_card import Card, read_card

PLACEHOLDER = 0.01
HOUR = 4  # the menu's `measureID` for it
PARTNER_SITE = "ALLY_"
# the European site is Huawei's own
OWN_SITES = frozenset(("ALLY_HWCEU",))


class RegionOnline(msgspec.Struct):
    """Where a service is on sale."""

    region_list: list[str] = msgspec.field(name="regionList", default_factory=list)


class Service(msgspec.Struct, rename="camel"):
    """One service of the menu."""

    url_path: str | None = None
    region_online: RegionOnline | None = None


class Category(msgspec.Struct):
    """A group of services."""

    services: list[Service] = msgspec.field(name="subCategoryLists", default_factory=list)


class Menu(msgspec.Struct):
    """The answer of `menuInfo`."""

    categories: list[Category] = msgspec.field(name="menuInfos")
    names: dict[str, Any] = msgspec.field(name="global", default_factory=dict)
    regions_of_site: dict[str, list[str]] = msgspec.field(name="regionsOfSite", default_factory=dict)


class Plan(msgspec.Struct, rename="camel"):
    """One way of paying."""

    billing_mode: str | None = None
    amount: float | str | None = None
    measure_unit: int | str | None = None


class Machine(msgspec.Struct, rename="camel"):
    """One type with one operating system."""

    spec: str | None = None
    resource_spec_code: str | None = None
    accelerator_card: str | int | None = None
    perform_type: str | None = None
    image_spec: str | None = None
    plan_list: list[Plan] | None = None


class Products(msgspec.Struct):
    """What is on sale: for ECS, machines."""

    machines: list[Machine] | None = msgspec.field(name="ec2_vm", default=None)


class ProductInfo(msgspec.Struct):
    """The answer of `productInfo` for one region."""

    product: Products | None = None
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class Site:
    """One of Huawei Cloud's two sites."""

    api: str
    page: str
    language: str
    currency: str

    @property
    def headers(self) -> dict[str, str]:
        """What the site's own page sends."""
        return {"accept": "application/json", "origin": "https://www.huaweicloud.com", "referer": self.page}


async def list_priced(ask: Ask, site: Site) -> AsyncIterator[Region | Offering]:
    """The regions of the menu, and what has a price in each."""
    menu = await ask.json(
        f"{site.api}/menuInfo",
        as_type=Menu,
        parameters={"sign": "common", "language": site.language},
        headers=site.headers,
    )
    codes = _ecs_regions(ask, menu)
    partners = _run_by_partners(menu.body)

    async def read(code: str) -> Answer[ProductInfo]:
        return await _products(ask, site, code)

    async for code, answer in ask.each(codes, read):
        name = menu.body.names.get(code)
        yield Region(
            code,
            name=name if isinstance(name, str) else None,
            cloud_partition="partner" if code in partners else "public",
            answered=answer is not None,
        )
        for offering in _offerings(code, answer, site.currency) if answer else ():
            yield offering


def _ecs_regions(ask: Ask, menu: Answer[Menu]) -> list[str]:
    services = [service for category in menu.body.categories for service in category.services]
    online = [service.region_online for service in services if service.url_path == "ecs" and service.region_online]
    codes = sorted({code.strip() for one in online for code in one.region_list if code.strip()})
    if not codes:
        wrong = "the menu has no service `ecs` with a regionList: look at the calculator page for what it is called now"
        raise AskError(ask.provider, wrong, url=menu.url)
    return codes


def _run_by_partners(menu: Menu) -> set[str]:
    sites = [site for site in menu.regions_of_site if site.startswith(PARTNER_SITE) and site not in OWN_SITES]
    return {code for site in sites for code in menu.regions_of_site[site]}


async def _products(ask: Ask, site: Site, code: str) -> Answer[ProductInfo]:
    """What a region answers. Raises `AskError` where it is nothing, or about another region."""
    answer = await ask.json(
        f"{site.api}/productInfo",
        as_type=ProductInfo,
        parameters={
            "urlPath": "ecs",
            "tag": "general.online.portal",
            "region": code,
            "tab": "calc",
            "sign": "common",
        },
        headers=site.headers,
    )
    if answer.body.region not in (None, code):
        raise AskError(ask.provider, f"answered for {answer.body.region!r} instead", url=answer.url)
    if answer.body.product is None or not answer.body.product.machines:
        wrong = "no machine in ec2_vm: not complete (or the region is closed to new customers)"
        raise AskError(ask.provider, wrong, url=answer.url)
    return answer


def _offerings(code: str, answer: Answer[ProductInfo], currency: str) -> Iterator[Offering]:
    """Every accelerated type once, whatever operating systems it is listed with."""
    by_type: dict[str, list[Machine]] = {}
    for machine in (answer.body.product.machines if answer.body.product else None) or ():
        by_type.setdefault(_type(machine), []).append(machine)
    for instance_type, machines in sorted(by_type.items()):
        price = _price_per_hour(machines)
        for label, count in _cards(instance_type, machines) if instance_type else ():
            yield Offering(
                region_code=code,
                instance_type=instance_type,
                accelerator_label=label,
                accelerator_count=count,
                price=price,
                currency=currency if price is not None else None,
                payload_sha256=answer.sha256,
            )


def _type(machine: Machine) -> str:
    """`spec`, or the SKU's code without the operating system that ends it."""
    return (machine.spec or "").strip() or (machine.resource_spec_code or "").strip().rpartition(".")[0]


def _cards(instance_type: str, machines: Iterable[Machine]) -> tuple[Card, ...]:
    told = [card for machine in machines if (card := read_card(str(machine.accelerator_card or "")))]
    if told:
        return (told[0],)
    known = accelerators_in("huawei", instance_type)
    evident = any(word in (machine.perform_type or "").casefold() for machine in machines for word in ("gpu", "ascend"))
    return known or (((instance_type, None),) if evident else ())


def _price_per_hour(machines: Iterable[Machine]) -> float | None:
    """The lowest pay-per-use price with Linux; a Windows price holds a licence and is none of the machine."""
    plans = [
        plan
        for machine in machines
        if (machine.image_spec or "linux").casefold().startswith("linux")
        for plan in machine.plan_list or ()
        if plan.billing_mode == "ONDEMAND" and plan.measure_unit in (None, HOUR, str(HOUR))
    ]
    amounts = [amount for plan in plans if (amount := _number(plan.amount)) is not None and amount > PLACEHOLDER]
    return min(amounts, default=None)


def _number(amount: float | str | None) -> float | None:
    try:
        return float(amount) if amount is not None else None
    except ValueError:
        return None
