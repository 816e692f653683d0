"""What may be true of a country, and of a region: each property as it is counted, as it certainly is, as it may be.

A name may carry accelerator models: `lists H100, A800`, `more A100 than V100`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from gpu_census.replication.counts import Bounds, CountryCount, RegionCount

MODEL = r"[\w. -]+?"


class Truth(NamedTuple):
    """Whether something is true by our count, whether it certainly is, whether it may be."""

    ours: bool
    certain: bool
    possible: bool


def is_property(name: str) -> bool:
    """Whether a name is known."""
    return name in PLAIN or any(re.fullmatch(pattern, name) for pattern in WITH_MODELS)


def is_of_regions(name: str) -> bool:
    """Whether a property can be asked of a single region."""
    return name in ("region", "accelerator") or re.fullmatch(rf"lists {MODEL}(?:, {MODEL})*", name) is not None


def of_country(name: str, country: CountryCount) -> Truth:
    """Whether a property holds of a country."""
    if name in PLAIN:
        return PLAIN[name](country)
    for pattern, holds in WITH_MODELS.items():
        if found := re.fullmatch(pattern, name):
            return holds(country, *found.groups())
    raise ValueError(f"no property {name!r}")


def of_region(name: str, counted: RegionCount) -> Truth:
    """Whether a property holds of a region: that it exists, has a counted accelerator, lists one of some models."""
    if name == "region":
        return Truth(True, True, True)
    if name == "accelerator":
        return Truth(*(reach > 0 for reach in counted.reach))
    models = name.removeprefix("lists ").split(", ")
    return Truth(*(any(counted.models.get(model, Bounds())[at] > 0 for model in models) for at in range(3)))


def _range(holds: Callable[[int], bool], reach: Bounds) -> Truth:
    """A property of how far a country reaches: certain if it holds all the way from the least to the most."""
    between = [holds(level) for level in range(reach.at_least, reach.at_most + 1)]
    return Truth(holds(reach.ours), all(between), any(between))


def _has(count: Bounds) -> Truth:
    return Truth(count.ours > 0, count.at_least > 0, count.at_most > 0)


def _lists(country: CountryCount, models: str) -> Truth:
    every = [_has(country.models.get(model, Bounds())) for model in models.split(", ")]
    return Truth(*(any(truth[at] for truth in every) for at in range(3)))


def _more(country: CountryCount, more: str, fewer: str) -> Truth:
    a, b = country.models.get(more, Bounds()), country.models.get(fewer, Bounds())
    return Truth(a.ours > b.ours, a.at_least > b.at_most, a.at_most > b.at_least)


def _as_many(country: CountryCount, one: str, other: str) -> Truth:
    """As many of both, and not none of both."""
    a, b = country.models.get(one, Bounds()), country.models.get(other, Bounds())
    fixed = a.at_least == a.at_most == b.at_least == b.at_most > 0
    overlap = max(a.at_least, b.at_least) <= min(a.at_most, b.at_most)
    return Truth(a.ours == b.ours > 0, fixed, overlap and min(a.at_most, b.at_most) > 0)


def _without(country: CountryCount, there: str, missing: str) -> Truth:
    a, b = country.models.get(there, Bounds()), country.models.get(missing, Bounds())
    return Truth(a.ours > 0 == b.ours, a.at_least > 0 == b.at_most, a.at_most > 0 == b.at_least)


def _hedges(country: CountryCount) -> Truth:
    """Both American and Chinese clouds have a counted accelerator there."""
    us, cn = (_has(country.operated.get(operator, Bounds())) for operator in ("US", "CN"))
    return Truth(us.ours and cn.ours, us.certain and cn.certain, us.possible and cn.possible)


def _aligned(country: CountryCount) -> Truth:
    """American or Chinese clouds have a counted accelerator there, not both."""
    us, cn = (_has(country.operated.get(operator, Bounds())) for operator in ("US", "CN"))
    certain = (us.certain and not cn.possible) or (cn.certain and not us.possible)
    possible = (us.possible and not cn.certain) or (cn.possible and not us.certain)
    return Truth(us.ours != cn.ours, certain, possible)


PLAIN: dict[str, Callable[[CountryCount], Truth]] = {
    "region": lambda country: Truth(*[country.regions > 0] * 3),
    "accelerator": lambda country: _has(country.gpu_regions),
    "north": lambda country: _range(lambda level: level == 2, country.reach),
    "south": lambda country: _range(lambda level: level == 1, country.reach),
    "not desert": lambda country: _range(lambda level: level > 0, country.reach),
    "hedges": _hedges,
    "aligned": _aligned,
}
WITH_MODELS: dict[str, Callable[..., Truth]] = {
    rf"lists ({MODEL}) without ({MODEL})": _without,
    rf"lists ({MODEL}(?:, {MODEL})*)": _lists,
    rf"more ({MODEL}) than ({MODEL})": _more,
    rf"as many ({MODEL}) as ({MODEL})": _as_many,
}
