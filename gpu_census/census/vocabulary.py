"""The fixed words of the census: evidence levels, statuses, partitions, findings. One list each, used everywhere."""

from __future__ import annotations

# Order matters: the first is the best. Stock proves presence exactly as an offering does.
EVIDENCE_LEVEL = {"stock": 1, "offering": 1, "docs": 2, "price": 3}
EVIDENCE = tuple(EVIDENCE_LEVEL)

# Order matters: of several zones or sources, the first that applies is what a region says.
STATUSES = ("available", "limited", "offered", "sold_out", "by_request")
PARTITIONS = ("public", "china", "government", "sovereign", "partner")
ACCESS = ("open", "opt_in", "restricted", "industry", "unreleased")
REGION_STATUSES = ("open", "impaired", "closed")
FINDINGS = ("confirmed", "priced_only", "contradicted", "not_listed", "not_observed")
TIERS = ("north", "south", "desert")
REACH = {"training": 2, "inference": 1, "not_counted": 0}
CLASSES = tuple(REACH)
SALES = ("open", "by_request", "managed_service")
CHOICES = (
    "profile",
    "evidence",
    "territory",
    "managed",
    "by_request_and_restricted",
    "fractions",
    "training_light",
    "impaired",
    "operator",
)

UNKNOWN_MODEL = "unknown"
REFERENCE_SOURCE = "reference"
