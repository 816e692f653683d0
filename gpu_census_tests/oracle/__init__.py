"""An oracle of the census for the tests: METHOD, sections 1-6, in plain loops over plain data.

Here belongs the most literal reading of the method, written without sight of the pipeline: no
data frames, no SQL, no import from the package, no thought of speed. It is right where the
pipeline is right and differs where one of the two misread the method. It publishes nothing.

    reference.py  what the tables say: countries, accelerators, providers, regions, profiles
    archive.py    read archive folders as they are written
    labels.py     what a label means, what a scope covers
    suspicion.py  from which answers too much has gone at once: these are set aside
    intervals.py  observations in date order become intervals
    world.py      everything the archives say, over all dates
    evidence.py   what holds on one date: regions, listings not superseded, findings
    count.py      counts, bounds and tiers of one profile
    census.py     `oracle_census`, the door
    by_hand.py    a small reference and hand-written archives for the oracle's own tests
"""

from __future__ import annotations

from .census import OracleResult, census_of, oracle_census, read_world
from .reference import Accelerator, Country, OracleReference, Profile, Provider, Region

__all__ = [
    "Accelerator",
    "Country",
    "OracleReference",
    "OracleResult",
    "Profile",
    "Provider",
    "Region",
    "census_of",
    "oracle_census",
    "read_world",
]
