"""EC2 in AWS's price list, where the price maps do not reach: China, and GovCloud.

What belongs here: which index, which regions. What does not: reading a file (`price_list_file`). The traps: the China
index has its own host and path; GovCloud stands in the commercial index among a hundred Local and Wavelength Zones;
`cn-north-1-pkx-1` looks like a region and is none.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from gpu_census.providers.aws.accelerated import accelerators
from gpu_census.providers.aws.partition import partition_of
from gpu_census.providers.aws.price_list_file import RegionIndex, region_price_list
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

GUIDE = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2"
DOCUMENTED = f"{GUIDE}/reading-service-price-list-file-for-services.html"
CHINA_INDEX = "https://pricing.cn-north-1.amazonaws.com.cn/offers/v1.0/cn/AmazonEC2/current/region_index.json"
COMMERCIAL_INDEX = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/region_index.json"
CHINA_REGION = re.compile(r"cn-[a-z]+-\d")
GOVERNMENT_REGION = re.compile(r"us-gov-[a-z]+-\d")
NOTES = (
    "Every type that the price list names, with an on-demand price or without, so that capacity-block types and "
    "fractions are kept; retired families (P2, G2, G3) stay listed for years."
)


@source(
    title="EC2 price list of AWS China (CNY)",
    evidence="price",
    hosts=("pricing.cn-north-1.amazonaws.com.cn",),
    url=DOCUMENTED,
    verified="documented",
    notes=f"{NOTES} The host answers slowly from abroad.",
    connections=2,
)
async def price_list_china(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The newest list of Beijing and of Ningxia, and of any region that joins them."""
    async for row in _price_list(ask, CHINA_INDEX, CHINA_REGION, expected=("cn-north-1", "cn-northwest-1")):
        yield row


@source(
    title="EC2 price list of AWS GovCloud (US)",
    evidence="price",
    hosts=("pricing.us-east-1.amazonaws.com",),
    url=DOCUMENTED,
    verified="documented",
    notes=NOTES,
    connections=2,
)
async def price_list_govcloud(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The newest list of each GovCloud region in the commercial index."""
    expected = ("us-gov-east-1", "us-gov-west-1")
    async for row in _price_list(ask, COMMERCIAL_INDEX, GOVERNMENT_REGION, expected=expected):
        yield row


async def _price_list(
    ask: Ask, index_url: str, wanted: re.Pattern[str], *, expected: tuple[str, ...]
) -> AsyncIterator[Region | Offering]:
    index = await ask.json(index_url, as_type=RegionIndex)
    indexed = {code: region for code, region in sorted(index.body.regions.items()) if wanted.fullmatch(code)}
    if not indexed:
        told = ", ".join(sorted(index.body.regions)[:5]) or "none"
        raise AskError(ask.provider, f"expected {' and '.join(expected)} in the index, found {told}", url=index.url)
    for code in sorted(set(expected) - set(indexed)):
        ask.fault(f"{code}: not in the index")
        yield Region(code, cloud_partition=partition_of(code), answered=False)
    async for code, answer in ask.each(indexed, lambda code: region_price_list(ask, index_url, indexed[code])):
        yield Region(code, cloud_partition=partition_of(code), answered=answer is not None)
        if answer is None:
            continue
        for listed in answer.body:
            name = listed.instance_type
            for label, count in accelerators(name, instance_family=listed.instance_family, gpus=listed.gpus):
                yield Offering(
                    region_code=code,
                    instance_type=name,
                    accelerator_label=label,
                    accelerator_count=count,
                    price=listed.price,
                    currency=listed.currency,
                    payload_sha256=answer.sha256,
                )
