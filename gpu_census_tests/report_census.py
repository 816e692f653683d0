"""A published census for the tests of the report: a made-up cloud with hostile names in Iceland, and real regions.

Listed on three dates, so that countries come and go, with prices that nothing confirms and a region nobody observed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gpu_census.home import Home
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of, write_listing_files, write_source

DAY = date(2025, 3, 1)
CLOUD = 'o\'hare & <sons> "ltd"'
HOSTILE = [
    "</script><img src=x onerror=\"document.title='hit'\">",
    "<!--<script>document.title='hit'</script>",
    '"><svg onload="document.title=\'hit\'">',
    "' onmouseover='document.title=1' {braces} {{ 7*7 }} %s",
    "🚀 São Paulo 東京 \u2028\u202eabc",
]


def write_report_archive(root: Path) -> None:
    """The listings that the census is made of."""
    write_source(root, CLOUD, "hostile", title="<b>list</b>", url='javascript:alert("x")', settled=True)
    named = [{"region_code": f"r{n}", "region_name": name, "country_iso2": "IS"} for n, name in enumerate(HOSTILE)]
    sold = [{"region_code": f"r{n}", "instance_type": "x", "accelerator_label": "A100"} for n in range(len(HOSTILE))]
    sold.append({"region_code": "r0", "instance_type": "y", "accelerator_label": HOSTILE[0]})
    write_listing_files(root, CLOUD, "hostile", "2025-02-20", regions=named, offerings=sold)

    write_source(root, "aws", "offers", settled=True, regions_complete=True)
    first = [{"region_code": code} for code in ("us-east-1", "eu-west-1", "ap-southeast-1", "sa-east-1")]
    for day, labels in (
        ("2023-11-19", {"us-east-1": "A100", "eu-west-1": "V100", "ap-southeast-1": "V100"}),
        ("2024-11-16", {"us-east-1": "H100", "eu-west-1": "V100", "ap-southeast-1": "A100"}),
        (str(DAY), {"us-east-1": "H100", "eu-west-1": "T4", "ap-southeast-1": "H100"}),
    ):
        offers = [
            {"region_code": code, "instance_type": "p", "accelerator_label": told} for code, told in labels.items()
        ]
        write_listing_files(root, "aws", "offers", day, regions=first, offerings=offers)

    write_source(root, "azure", "prices", evidence="price")
    priced = [
        {"region_code": "norwayeast", "instance_type": "n", "accelerator_label": "H100", "price": 3, "currency": "USD"}
    ]
    write_listing_files(root, "azure", "prices", str(DAY), regions=[{"region_code": "norwayeast"}], offerings=priced)

    write_source(root, "huawei", "places", evidence="docs", regions_complete=True, settled=True)
    unasked = [{"region_code": code, "answered": "false"} for code in ("la-south-2", "sa-peru-1")]
    write_listing_files(root, "huawei", "places", str(DAY), regions=unasked)


def publish_report_census(root: Path) -> Home:
    """Build and publish it; the home that holds it."""
    archive = root / "archive"
    write_report_archive(archive)
    home = Home(root / "home").prepare()
    publish(census_of([archive], DAY), home.public_database)
    return home
