"""What is remembered of all listings read so far: enough to say every history, and to go on with the next listing.

What belongs here: the tables of a state and how a source is taken out of it. What does not: how listings come into it
(`advance`), what is said from it (`history`), where it is kept (`state_files`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from gpu_census.census.listing import SOURCE_SCHEMA
from gpu_census.census.schemas import Quarantine

SOURCE = ("provider", "source")
LISTING = (*SOURCE, "observed_on")
REGION = (*SOURCE, "region_code")
ANSWER = (*LISTING, "region_code")
MODEL = ("accelerator_model", "unknown_label")
OFFERING_KEY = (*REGION, "instance_type", "service", *MODEL)
TERMS = ("accelerator_label", "accelerator_count", "status", "price_per_hour", "currency")
PAPER_MODELS = ("V100", "A100", "H100")
COUNTED = ("asked", "told", "accelerator_regions", *(f"{model.lower()}_regions" for model in PAPER_MODELS))

# what a listing says of a region on a day; the first two name it, the first and the last are looks at what it offers
ANSWERED, IN_VAIN, LEFT_OUT = "answered", "in vain", "left out"

_TEXT: dict[str, Any] = {"provider": pl.String, "source": pl.String}
_REGION = _TEXT | {"region_code": pl.String}
_ANSWER = _TEXT | {"observed_on": pl.Date, "region_code": pl.String}
_RUN = {"first_on": pl.Date, "last_on": pl.Date}
_TERMS = {
    "accelerator_label": pl.String,
    "accelerator_count": pl.Float64,
    "status": pl.String,
    "price_per_hour": pl.Float64,
    "currency": pl.String,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "sources": SOURCE_SCHEMA,
    "quarantine": {name: column.dtype.type for name, column in Quarantine.to_schema().columns.items()},
    "set_aside": {name: column.dtype.type for name, column in Quarantine.to_schema().columns.items()},
    "days": _TEXT
    | {"observed_on": pl.Date, "settled": pl.Boolean, "listed": pl.Int64, "whole_list": pl.Boolean}
    | dict.fromkeys(("payload_sha256", "fault", "made_from", "parser"), pl.String)
    | dict.fromkeys(COUNTED, pl.UInt32),
    "told": _REGION
    | dict.fromkeys(("region_name", "country_iso2", "cloud_partition"), pl.String)
    | {"last_on": pl.Date},
    "coverage": _REGION | {"kind": pl.String} | _RUN,
    "things": {"thing": pl.UInt32} | dict.fromkeys((*OFFERING_KEY, "resolution"), pl.String),
    "spans": {"thing": pl.UInt32} | _TERMS | _RUN | {"sightings": pl.UInt32},
    "suspicious": _ANSWER | {"whole": pl.Boolean},
    "pending": _ANSWER | {"answered": pl.Boolean, "judged": pl.Boolean},
    "pending_offerings": {"observed_on": pl.Date}
    | dict.fromkeys(OFFERING_KEY, pl.String)
    | {"resolution": pl.String}
    | _TERMS,
}


@dataclass(frozen=True)
class State:
    """All listings read so far, as runs of days; what is final is not kept row by row.

    `sources` and `quarantine` are those of all listings, as they were last given; `set_aside` are the rows about what
    is no region. `days` has every listing as the index has it, and what was counted in it; `told` each different
    thing that was ever said of a region, and when last. `coverage` are runs of consecutive days on which a source
    said the same `kind` of thing of a region; `spans` are runs of looks in a row that saw a thing on the same terms,
    in order of thing and time; `suspicious` are answers that will never be used.

    `pending` are suspicious answers that the next ones may still bear out, with their `pending_offerings`; they are
    in no other table but `days` and `told`. Where not `judged`, it is the whole list that is suspicious.
    """

    sources: pl.DataFrame
    quarantine: pl.DataFrame
    set_aside: pl.DataFrame
    days: pl.DataFrame
    told: pl.DataFrame
    coverage: pl.DataFrame
    things: pl.DataFrame
    spans: pl.DataFrame
    suspicious: pl.DataFrame
    pending: pl.DataFrame
    pending_offerings: pl.DataFrame


TABLES = tuple(field.name for field in fields(State))


def nothing_told() -> State:
    """The state before the first listing."""
    return State(**{name: pl.DataFrame(schema=SCHEMAS[name]) for name in TABLES})


def without_sources(state: State, sources: pl.DataFrame) -> State:
    """The state as if some sources (`provider`, `source`) had never been read."""
    if sources.is_empty():
        return state
    left = {
        name: table.join(sources, on=SOURCE, how="anti")
        for name in TABLES
        if "source" in (table := getattr(state, name)).columns
    }
    things = left["things"]
    return replace(state, **left, spans=state.spans.join(things, on="thing", how="semi", maintain_order="left"))
