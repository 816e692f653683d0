"""Tencent's `InstanceTypeQuotaSet`: what a zone sells, as the workbench and the CVM API both answer it.

What belongs here: reading its rows. What does not: asking for them (`workbench.py`, `cvm_api.py`). The traps: a type
has one row for each way of paying; `GpuCount` is a fraction where a card is shared, while `Gpu` is not; the card stands
only in a free text that is often empty; and an error comes with status 200.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from gpu_census.census.vocabulary import STATUSES
from gpu_census.providers.contract import Ask, AskError, Offering, accelerators_in

CHARGE_TYPES = ("PREPAID", "POSTPAID_BY_HOUR", "SPOTPAID")
PLACEHOLDER = 0.01
ASK_AGAIN = ("RequestLimitExceeded", "InternalError")
STOCK = {"EnoughStock": "available", "NormalStock": "available", "UnderStock": "limited", "WithoutStock": "sold_out"}
# a label begins with a letter: `2 * 3570GB NVMe` are disks
CARD = re.compile(r"(?P<count>\d+(?:\.\d+|/[1-9]\d*)?)\s*[*×]\s*(?P<label>[^\W\d_][^*×;,/]*)")


class Price(msgspec.Struct, rename="pascal"):
    """What a type costs."""

    unit_price: float | None = None
    charge_unit: str | None = None


class Externals(msgspec.Struct):
    """Further properties, most of them not documented."""

    card: Any = msgspec.field(name="GPUDesc", default=None)


class Quota(msgspec.Struct, rename="pascal"):
    """One type in one zone, for one way of paying."""

    instance_type: str
    zone: str | None = None
    instance_family: str | None = None
    instance_charge_type: str | None = None
    status: str | None = None
    status_category: str | None = None
    gpu: float | None = None
    gpu_count: float | None = None
    remark: str | None = None
    externals: Externals | None = None
    price: Price | None = None


class Refusal(msgspec.Struct, rename="pascal"):
    """Why there is no answer."""

    code: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        # Refused with status 200, these would not be asked again; what cannot be decoded is.
        if self.code.startswith(ASK_AGAIN):
            raise ValueError(f"answered with an error: {self.code}: {self.message}")


class ZoneConfigs(msgspec.Struct, rename="pascal"):
    """The answer of DescribeZoneInstanceConfigInfos."""

    instance_type_quota_set: list[Quota] | None = None
    error: Refusal | None = None


def refused(ask: Ask, error: Refusal, url: str) -> AskError:
    """What an error says, which came with status 200."""
    return AskError(ask.provider, f"answered with an error: {error.code}: {error.message}", url=url)


def quotas(ask: Ask, answer: ZoneConfigs | None, url: str) -> list[Quota]:
    """The rows of an answer. Raises `AskError` for an error, and where there is neither error nor list."""
    if answer is not None and answer.error is not None:
        raise refused(ask, answer.error, url)
    if answer is None or answer.instance_type_quota_set is None:
        wrong = "neither InstanceTypeQuotaSet nor Error in the answer: compare it with the API reference"
        raise AskError(ask.provider, wrong, url=url)
    return answer.instance_type_quota_set


def offerings(code: str, rows: Iterable[Quota], digest: str, *, currency: str | None) -> list[Offering]:
    """Every accelerated type of each zone once, in its best status; prices only where the currency is known."""
    by_place: dict[tuple[str, str], list[Quota]] = {}
    for row in rows:
        if (row.gpu or 0) > 0 or (row.gpu_count or 0) > 0:
            by_place.setdefault(((row.zone or "").strip(), row.instance_type.strip()), []).append(row)
    found = []
    for (zone, instance_type), ways in sorted(by_place.items()):
        label, count = _card(instance_type, ways)
        price = _price_per_hour(ways) if currency else None
        found.append(
            Offering(
                region_code=code,
                zone=zone,
                instance_type=instance_type,
                accelerator_label=label,
                accelerator_count=count,
                status=min((_status(way) for way in ways), key=STATUSES.index),
                price=price,
                currency=currency if price is not None else None,
                payload_sha256=digest,
            )
        )
    return found


def _card(instance_type: str, ways: Sequence[Quota]) -> tuple[str, float | None]:
    """The provider's words for the card, else what the type is known for, else the family's name."""
    known = accelerators_in("tencent", instance_type)
    counts = [count for way in ways for count in (way.gpu_count, way.gpu) if count is not None and count > 0]
    told = [found for way in ways for text in _texts(way) if (found := CARD.search(text))]
    count = next((way.gpu_count for way in ways if way.gpu_count), None)
    if told:
        return told[0]["label"].strip(), count or float(Fraction(told[0]["count"])) or None
    if known:
        return known[0][0], count or known[0][1] or counts[0]
    family = next((way.instance_family for way in ways if way.instance_family), None)
    return family or instance_type.partition(".")[0], count or counts[0]


def _texts(way: Quota) -> list[str]:
    card = way.externals.card if way.externals else None
    return [text for text in (card, way.remark) if isinstance(text, str)]


def _status(way: Quota) -> str:
    if way.status == "SOLD_OUT":
        return "sold_out"
    # a category that is new to us says less than SELL does
    return STOCK.get(way.status_category or "") or ("available" if way.status == "SELL" else "offered")


def _price_per_hour(ways: Iterable[Quota]) -> float | None:
    prices = [
        way.price.unit_price
        for way in ways
        if way.instance_charge_type == "POSTPAID_BY_HOUR"
        and way.price is not None
        and way.price.charge_unit in (None, "", "HOUR")
        and way.price.unit_price is not None
        and way.price.unit_price > PLACEHOLDER
    ]
    return min(prices, default=None)
