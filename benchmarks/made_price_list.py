"""A made price list of EC2 in one region, in the columns and proportions of AWS's own: the same bytes every time.

Five lines before the header; per SKU one on-demand row and, where it can be reserved, twelve reserved ones; every field
that holds something quoted; about one SKU in eight stands in a Local Zone. Only one SKU of a type is plain Linux on
shared hardware, and some types have none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

REGION = "us-gov-west-1"
ZONE = "us-gov-west-1-phx-1"
HEAD = (
    '"FormatVersion","v1.0"\n"Disclaimer","Made up, for measuring only"\n"Publication Date","2026-11-01T00:00:00Z"\n'
    '"Version","20261101000000"\n"OfferCode","AmazonEC2"\n'
)
CAPACITIES = tuple(f"Instance Capacity - {size}" for size in
                   ("10xlarge", "12xlarge", "16xlarge", "18xlarge", "24xlarge", "2xlarge", "32xlarge", "4xlarge",
                    "8xlarge", "9xlarge", "large", "medium", "metal", "xlarge"))  # fmt: skip
COLUMNS = (
    *("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange"),
    *("EndingRange", "Unit", "PricePerUnit", "Currency", "RelatedTo", "LeaseContractLength", "PurchaseOption"),
    *("OfferingClass", "Product Family", "serviceCode", "Location", "Location Type", "Instance Type"),
    *("Current Generation", "Instance Family", "vCPU", "Physical Processor", "Clock Speed", "Memory", "Storage"),
    *("Network Performance", "Processor Architecture", "Storage Media", "Volume Type", "Max Volume Size"),
    *("Max IOPS/volume", "Max IOPS Burst Performance", "Max throughput/volume", "Provisioned", "Tenancy"),
    *("EBS Optimized", "Operating System", "License Model", "Group", "Group Description", "Transfer Type"),
    *("From Location", "From Location Type", "To Location", "To Location Type", "usageType", "operation"),
    *("AvailabilityZone", "CapacityStatus", "ClassicNetworkingSupport", "Dedicated EBS Throughput", "ECU"),
    *("Elastic Graphics Type", "Enhanced Networking Supported", "From Region Code", "GPU", "GPU Memory", "Instance"),
    *CAPACITIES,
    *("Intel AVX Available", "Intel AVX2 Available", "Intel Turbo Available", "MarketOption"),
    *("Normalization Size Factor", "Physical Cores", "Pre Installed S/W", "Processor Features", "Product Type"),
    *("Region Code", "Resource Type", "serviceName", "SnapshotArchiveFeeType", "To Region Code", "Volume API Name"),
    "VPC Networking Support",
)
SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge", "metal")
ACCELERATED = ("p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "g4dn", "g5", "g6", "g6f", "g6e", "g7e", "inf2", "trn1")
# sold by capacity block only, and a fraction of a GPU
UNPRICED, FRACTION = "p6-b200", "g6f"
OTHERS = tuple(f"{letter}{generation}{ending}" for letter in "cmr" for generation in range(5, 9)
               for ending in ("i", "a", "g", "gd", "id"))  # fmt: skip
TYPES = tuple(f"{family}.{size}" for family in (*ACCELERATED, *OTHERS) for size in SIZES)
SYSTEMS = ("Linux", "Windows", "RHEL", "SUSE", "Red Hat Enterprise Linux with HA", "Ubuntu Pro")
SOFTWARE = ("NA", "SQL Std", "SQL Web", "SQL Ent")
TENANCIES = ("Shared", "Dedicated", "Host")
CAPACITY = ("Used", "UnusedCapacityReservation", "AllocatedCapacityReservation")
LEASES = tuple((years, option, kind) for years in ("1yr", "3yr")
               for option in ("No Upfront", "Partial Upfront", "All Upfront")
               for kind in ("standard", "convertible"))  # fmt: skip


def make_price_list(path: Path, size: int) -> Path:
    """A price list of at least `size` bytes: first the plain SKU of every type, then all others over and over."""
    if path.exists():
        return path
    fresh = path.with_suffix(".tmp")
    written = 0
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        written += file.write(HEAD) + file.write(_line(dict(zip(COLUMNS, COLUMNS, strict=True))))
        for rows in _skus():
            written += file.write(rows)
            if written >= size:
                break
    return fresh.rename(path)


def _skus() -> Iterator[str]:
    forms = {place: [_form(name, place) for name in TYPES] for place in (REGION, ZONE)}
    for number, form in enumerate(forms[REGION]):
        system = "Windows" if TYPES[number].startswith(UNPRICED) else "Linux"
        yield form.rows(number, system, "NA", "Shared", "Used")
    others = list(product(SOFTWARE, SYSTEMS, TENANCIES, CAPACITY))[1:]
    number = len(TYPES)
    while True:
        for software, system, tenancy, capacity in others:
            for turn in range(len(TYPES)):
                place = ZONE if number % 8 == 0 else REGION
                yield forms[place][turn].rows(number, system, software, tenancy, capacity)
                number += 1


@dataclass(frozen=True)
class Form:
    """The rows of a type's SKU, with gaps for what differs from SKU to SKU."""

    on_demand: str
    reserved: str
    price: float

    def rows(self, number: int, system: str, software: str, tenancy: str, capacity: str) -> str:
        """The rows of one SKU."""
        price = self.price * (1 + number % 3 / 10)
        said = {
            "sku": hashlib.blake2b(number.to_bytes(8, "big"), digest_size=8).hexdigest().upper(),
            "system": system,
            "software": software,
            "tenancy": tenancy,
            "capacity": capacity,
            "operation": f"{number % 9999:04}",
            "price": f"{price:.10f}",
            "reserved": f"{price * 0.6:.10f}",
        }
        leased = capacity == "Used" and tenancy != "Host"
        return (self.on_demand + self.reserved if leased else self.on_demand) % said


def _form(name: str, place: str) -> Form:
    said = _about(name, place) | {
        "SKU": "%(sku)s",
        "Tenancy": "%(tenancy)s",
        "Operating System": "%(system)s",
        "Pre Installed S/W": "%(software)s",
        "CapacityStatus": "%(capacity)s",
        "usageType": f"UGW1-BoxUsage:{name}",
        "operation": "RunInstances:%(operation)s",
    }
    on_demand = said | _term("JRTCKXETXF", "price", f"{name} Instance Hour") | {"TermType": "OnDemand"}
    leased = []
    for turn, (years, option, kind) in enumerate(LEASES):
        lease = {"TermType": "Reserved", "LeaseContractLength": years, "PurchaseOption": option, "OfferingClass": kind}
        leased.append(_line(said | _term(f"38NPMPTW{turn:02}", "reserved", f"(Amazon VPC), {name} reserved") | lease))
    return Form(_line(on_demand), "".join(leased), 0.05 * (1 + TYPES.index(name) % 97))


def _about(name: str, place: str) -> dict[str, str]:
    """What is said of a type in every row."""
    family, size = name.split(".")
    accelerated = family in ACCELERATED
    chip = family.startswith(("inf", "trn"))
    number = SIZES.index(size)
    group = "Machine Learning ASIC Instances" if chip else "GPU instance" if accelerated else "General purpose"
    return {
        "Product Family": "Compute Instance",
        "serviceCode": "AmazonEC2",
        "Location": "AWS GovCloud (US-West)",
        "Location Type": "AWS Region" if place == REGION else "AWS Local Zone",
        "Instance Type": name,
        "Current Generation": "Yes",
        "Instance Family": group,
        "vCPU": str(2 << number),
        "Physical Processor": "Intel Xeon Platinum 8488C",
        "Clock Speed": "2.4 GHz",
        "Memory": f"{8 << number} GiB",
        "Storage": "EBS only",
        "Network Performance": "Up to 12500 Megabit",
        "Processor Architecture": "64-bit",
        "License Model": "No License required",
        "Dedicated EBS Throughput": "Up to 10000 Mbps",
        "ECU": "NA",
        "Enhanced Networking Supported": "Yes",
        "GPU": "0.125" if family == FRACTION else str(max(1, number - 1)) if accelerated and not chip else "",
        "GPU Memory": "80 GB" if accelerated and not chip else "",
        "Intel AVX Available": "Yes",
        "Intel AVX2 Available": "Yes",
        "Intel Turbo Available": "Yes",
        "MarketOption": "OnDemand",
        "Normalization Size Factor": str(4 << number),
        "Processor Features": "Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo",
        "Region Code": place,
        "serviceName": "Amazon Elastic Compute Cloud",
        "VPC Networking Support": "true",
    }


def _term(term: str, price: str, what: str) -> dict[str, str]:
    return {
        "OfferTermCode": term,
        "RateCode": f"%(sku)s.{term}.6YS6EN2CT7",
        "PriceDescription": f"$%({price})s per %(system)s {what}",
        "EffectiveDate": "2026-11-01",
        "StartingRange": "0",
        "EndingRange": "Inf",
        "Unit": "Hrs",
        "PricePerUnit": f"%({price})s",
        "Currency": "USD",
    }


def _line(said: dict[str, str]) -> str:
    """A row; what is not said is an empty field without quotes, as AWS writes it."""
    return ",".join(f'"{said[name]}"' if said.get(name) else "" for name in COLUMNS) + "\n"
