"""A price of a size in a region, in the form that the Retail Prices API and the price sheet of Azure China share.

What belongs here: which items speak of a virtual machine, and what a region's items say of its N-series. What does not:
getting them. The traps: one size has an item for each operating system and way of buying, and again for each date its
price has changed; Windows, spot and low priority are told apart only by words in names; 0 and 0.01 stand where no price
was set; dedicated hosts and Cloud Services share the sizes' names.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gpu_census.providers.azure.n_series import accelerators, is_n_series
from gpu_census.providers.contract import Offering

HIGHEST_PLACEHOLDER = 0.01
ELSEWHERE = ("DedicatedHost", "CloudServices")
SURPLUS = ("Spot", "Low Priority")


class PriceItem(msgspec.Struct, rename="camel", gc=False):
    """One price. The names may be null or empty; `arm_sku_name` is the size."""

    arm_region_name: str
    meter_id: str
    sku_id: str
    retail_price: float | None
    currency_code: str
    unit_of_measure: str | None
    effective_start_date: str | None
    product_name: str | None
    sku_name: str | None
    meter_name: str | None
    price_type: str = msgspec.field(name="type")
    arm_sku_name: str | None = None

    @property
    def size(self) -> str:
        """The size, without the blanks that some items end with."""
        return (self.arm_sku_name or "").strip()

    @property
    def is_n_series_machine(self) -> bool:
        """Whether it is a price of an accelerated virtual machine, whatever runs on it and however it is bought."""
        product = (self.product_name or "").replace(" ", "")
        return is_n_series(self.size) and not any(word in product for word in ELSEWHERE)

    @property
    def hourly_price(self) -> float | None:
        """The price of an hour of plain Linux, paid as it is used; None for any other price, and for a placeholder."""
        if self.price_type != "Consumption" or (self.unit_of_measure or "").strip() != "1 Hour":
            return None
        names = f"{self.sku_name} {self.meter_name}"
        if "Windows" in (self.product_name or "") or any(word in names for word in SURPLUS):
            return None
        price = self.retail_price or 0.0
        return price if HIGHEST_PLACEHOLDER < price < float("inf") else None


def n_series_offerings(region: str, items: Iterable[tuple[PriceItem, str]]) -> list[Offering]:
    """The N-series of a region, from its items and the digests of the answers that list them.

    A size that has only a price for Windows or spot, or none at all, is offered there all the same: presence never
    depends on a price, and the card is in that region whatever runs on it. The newest price holds.
    """
    best: dict[str, tuple[tuple[bool, str, float], PriceItem, str]] = {}
    for item, sha256 in items:
        if not item.is_n_series_machine:
            continue
        price = item.hourly_price
        # a placeholder is no news of the price before it; of two prices of one day the lower is the plain one
        rank = (price is not None, item.effective_start_date or "", -(price or 0.0))
        if item.size not in best or rank > best[item.size][0]:
            best[item.size] = (rank, item, sha256)
    return [
        Offering(
            region_code=region,
            instance_type=size,
            accelerator_label=label,
            accelerator_count=count,
            price=item.hourly_price,
            currency=item.currency_code if item.hourly_price is not None else None,
            payload_sha256=sha256,
        )
        for size, (_, item, sha256) in sorted(best.items())
        for label, count in accelerators(size)
    ]
