"""The one page to read before adding a provider.

A provider is a file (or a folder with one file per source) in this package, found by being there. It states one or
more sources. A source is a coroutine that asks and yields what the answers say:

    @source(title="…", evidence="price", hosts=("api.example.com",), url="https://example.com/prices", …)
    async def price_list(ask: Ask) -> AsyncIterator[Region | Offering]:
        answer = await ask.json("https://api.example.com/prices", as_type=Prices)
        for code in answer.body.regions:
            yield Region(code)
        …

The provider is named by the file (or folder), the source by the coroutine. A source does no I/O of its own, keeps no
state, reads no clock, and yields the same for the same answers. Presence never depends on a price. What it cannot
place it yields all the same: a new region is published as unlocated, an unknown label as unknown, and both reported.
The guide with a template is `README.md` beside this file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import msgspec

from gpu_census.census.vocabulary import EVIDENCE
from gpu_census.collect.ask import Answer, Ask
from gpu_census.errors import AskError
from gpu_census.reference.instance_types import accelerators_in

__all__ = [
    "Answer",
    "Ask",
    "AskError",
    "ListTypes",
    "Offering",
    "Region",
    "Source",
    "accelerators_in",
    "source",
]

# how the form of a source's answers is known
VERIFIED = ("recorded", "documented", "described")


class Region(msgspec.Struct, frozen=True):
    """A region that the source names. Country and partition only where the source itself says so.

    `answered`: whether it answered completely for this region, so that what it does not list there it does not have.
    A plain list of regions, which says nothing of accelerators, answers for none.
    """

    code: str
    name: str | None = None
    country_iso2: str | None = None
    cloud_partition: str = "public"
    answered: bool = True


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """An accelerator of an instance type in a region (and zone), in the provider's own words.

    `payload_sha256` is the `sha256` of the answer that lists it. `accelerator_count` is null where not said, a
    fraction for a part of a card. `status`: available, limited, sold_out, offered or by_request. `price` is per hour,
    as given. `service` names the managed service through which alone it is sold. Only whole regions are named:
    the source cuts zones to their region and passes on the zone.
    """

    region_code: str
    instance_type: str
    accelerator_label: str
    payload_sha256: str
    accelerator_count: float | None = None
    zone: str = ""
    service: str = ""
    status: str = "offered"
    price: float | None = None
    currency: str | None = None


ListTypes = Callable[[Ask], AsyncIterator[Region | Offering]]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One way of asking one cloud.

    `hosts` are the only hosts it may talk to, redirects and next links included; `*` stands for one label or part of
    one (`ec2.*.amazonaws.com`). `credentials` are environment variables: it runs where all are set, and always where
    it needs none; `optional_credentials` may be set or not. `shape_only`: its answers are known from a description
    alone, nobody saw one; it is asked only where GPU_CENSUS_SHAPE_ONLY names its provider, and is not counted as
    supported. `extra` is the optional dependency group that signs its requests. `throttled` is a word in the body of a
    refusal that means "ask again later", for clouds that say so with status 400. `scope`, `regions_complete` and
    `positive_only` say what its silence means. `gone_regions`, `gone_pairs` and `gone_share` are how much may vanish
    at once before an observation is suspicious.
    """

    provider: str
    name: str
    list_types: ListTypes
    title: str
    evidence: str
    hosts: tuple[str, ...]
    url: str
    verified: str
    licence: str = "facts only"
    scope: tuple[str, ...] = ("all",)
    regions_complete: bool = False
    positive_only: bool = False
    credentials: tuple[str, ...] = ()
    optional_credentials: tuple[str, ...] = ()
    shape_only: bool = False
    extra: str = ""
    notes: str = ""
    connections: int = 8
    throttled: str = ""
    gone_regions: float = 0.10
    gone_pairs: int = 3
    gone_share: float = 0.20


def source(
    *,
    title: str,
    evidence: str,
    hosts: tuple[str, ...],
    url: str,
    verified: str,
    licence: str = "facts only",
    scope: tuple[str, ...] = ("all",),
    regions_complete: bool = False,
    positive_only: bool = False,
    credentials: tuple[str, ...] = (),
    optional_credentials: tuple[str, ...] = (),
    shape_only: bool = False,
    extra: str = "",
    notes: str = "",
    connections: int = 8,
    throttled: str = "",
    gone_regions: float = 0.10,
    gone_pairs: int = 3,
    gone_share: float = 0.20,
) -> Callable[[ListTypes], Source]:
    """State a source; put on the coroutine that lists its types. The fields are those of `Source`."""
    if evidence not in EVIDENCE:
        raise ValueError(f"evidence is {evidence!r}; it must be one of {', '.join(EVIDENCE)}")
    if verified not in VERIFIED:
        raise ValueError(f"verified is {verified!r}; it must be one of {', '.join(VERIFIED)}")
    if shape_only and verified != "described":
        raise ValueError(f"shape_only means that no answer was ever seen, but verified is {verified!r}")
    stated = {name: value for name, value in locals().items() if name in Source.__dataclass_fields__}

    def state(list_types: ListTypes) -> Source:
        provider = list_types.__module__.removeprefix("gpu_census.providers.").split(".")[0]
        return Source(provider=provider, name=list_types.__name__, list_types=list_types, **stated)

    return state
