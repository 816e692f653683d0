"""Volcengine (ByteDance): which GPU types have a price in which zone.

What belongs here: the template behind the price calculator of its website. What does not: the prices, which stand in
another table, and stock, which needs an account. The traps: the template is JSON in a text in JSON, of any depth, and
so are the zones in it; a type that is sold by the month has another ending; no field names the card, only the family
does; the template's code is a detail of the website, so a short answer is taken for a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

URL = "https://www.volcengine.com/anonymous-api/trade/price"
TEMPLATE = "CLT7310571628986405164"
HEADERS = {"origin": "https://www.volcengine.com", "referer": "https://www.volcengine.com/pricing?product=ECS&tab=2"}
TYPE = re.compile(r"(ecs\.\w+\.[\w.-]+?)(?:\.month)?")
# families that hold cards by their name: pni2, gni3cl, ini2, hpcpni3ln, vgn2i, g1ve, g1ie …
GPU_FAMILY = re.compile(r"ecs\.(?:ebm)?(?:hpc)?(?:\w*ni\d\w*|vgn\d\w*|g\d(?:v|ve|ie|tl))\..+")
FEWEST_TYPES = 10


class Listed(msgspec.Struct, rename="pascal"):
    """One template."""

    template: str


class Templates(msgspec.Struct, rename="pascal"):
    """The templates that were asked for."""

    list_: list[Listed] = msgspec.field(name="List")


class Answered(msgspec.Struct, rename="pascal"):
    """The envelope."""

    result: Templates


class Row(msgspec.Struct, rename="pascal"):
    """A type in the zones of a region."""

    configuration_code: str
    region: str
    available_zone: str = ""


class Zone(msgspec.Struct, rename="pascal"):
    """A zone."""

    zone_code: str


@source(
    title="Price calculator's template: ECS types by zone",
    evidence="price",
    hosts=("www.volcengine.com",),
    url="https://www.volcengine.com/pricing?product=ECS&tab=2",
    verified="described",
    shape_only=True,
    scope=("gpu",),
    notes="Its ap-southeast-1 is in Malaysia. The form is known from code that reads it; no answer was ever seen.",
)
async def price_template(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that the template names, and the GPU types in its zones."""
    parameters = {"Action": "ListTemplate", "Version": "2020-01-01", "TemplateCode": TEMPLATE}
    answer = await ask.json(URL, as_type=Answered, parameters=parameters, headers=HEADERS)
    rows = _rows(ask, answer.body.result, answer.url)
    types = {row.configuration_code for row in rows}
    if len(types) < FEWEST_TYPES or all(GPU_FAMILY.fullmatch(name) for name in types):
        wrong = f"{len(types)} types, fewer than there must be: the template is another one now"
        raise AskError(ask.provider, wrong, url=answer.url)
    for code in sorted({row.region for row in rows}):
        yield Region(code)
        own = [row for row in rows if row.region == code]
        found = {(name, zone): None for row in own for name in _gpu_types(row) for zone in _zones(row) or [""]}
        for name, zone in found:
            known = accelerators_in("volcengine", name)
            label, count = known[0] if known else (name.split(".")[1], None)
            yield Offering(
                region_code=code,
                zone=zone,
                instance_type=name,
                accelerator_label=label,
                accelerator_count=count,
                payload_sha256=answer.sha256,
            )


def _rows(ask: Ask, templates: Templates, url: str) -> list[Row]:
    """Every ECS type of the first template, wherever it stands in it."""
    found: list[Row] = []
    try:
        waiting: list[Any] = [msgspec.json.decode(one.template) for one in templates.list_[:1]]
        while waiting:
            here = waiting.pop()
            if isinstance(here, list):
                waiting.extend(reversed(here))
            elif isinstance(here, dict):
                waiting.extend(reversed(here.values()))
                is_type = here.get("Product") == "ECS" and TYPE.fullmatch(str(here.get("ConfigurationCode")))
                found += [msgspec.convert(here, Row)] if is_type and here.get("Region") else []
    except (msgspec.MsgspecError, RecursionError):
        wrong = "the template is no JSON of the known form: the website has changed"
        raise AskError(ask.provider, wrong, url=url) from None
    return found


def _gpu_types(row: Row) -> list[str]:
    """The type without its way of paying, if it holds a card."""
    named = TYPE.fullmatch(row.configuration_code)
    name = named[1] if named else ""
    return [name] if accelerators_in("volcengine", name) or GPU_FAMILY.fullmatch(name) else []


def _zones(row: Row) -> list[str]:
    """The zones of a row; none where they cannot be read."""
    try:
        return [zone.zone_code for zone in msgspec.json.decode(row.available_zone, type=list[Zone])]
    except msgspec.MsgspecError:
        return []
