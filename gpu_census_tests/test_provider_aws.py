"""What is special in AWS's public answers: the docs page, the price maps, the price lists and the spot advisor."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from gpu_census.errors import AskError
from gpu_census.providers.aws.accelerated import CLASSES, accelerators
from gpu_census.providers.aws.instance_types_page import instance_types_page
from gpu_census.providers.aws.price_list_file import NEEDED, OPTIONAL, PRICED, listed_types
from gpu_census.providers.aws.price_lists import price_list_china, price_list_govcloud
from gpu_census.providers.aws.price_map import price_map
from gpu_census.providers.aws.spot_advisor_feed import spot_advisor_feed
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording, recording

Read = tuple[dict[str, Region], list[Offering], list[str]]
LOCATIONS = "https://b0.p.awsstatic.com/locations/1.0/aws/current/locations.json"
MAP = "https://b0.p.awsstatic.com/pricing/2.0/meteredUnitMaps/ec2/USD/current/ec2-ondemand-without-sec-sel"


def read(source: Source, answers: list[Recorded], folder: Path) -> Read:
    """Regions by code, offerings and faults of a source that gets these answers."""
    ask = RecordedAsk(Recording(source.provider, source.name, {}, answers), folder)

    async def run() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    rows = asyncio.run(run())
    regions = {row.code: row for row in rows if isinstance(row, Region)}
    return regions, [row for row in rows if isinstance(row, Offering)], ask.faults


def changed(source: Source, url: str, change: Callable[[Recorded], Recorded]) -> list[Recorded]:
    """The recorded answers of a source, the ones with this in their URL changed."""
    answers = recording(source.provider, source.name).answers
    assert any(url in answer.url for answer in answers)
    return [change(answer) if url in answer.url else answer for answer in answers]


def pairs(offerings: list[Offering]) -> set[tuple[str, str]]:
    return {(row.instance_type, row.accelerator_label) for row in offerings}


def page(body: str) -> list[Recorded]:
    return [Recorded(instance_types_page.url, f"<html><body>{body}</body></html>".encode(), content_type="text/html")]


# --- the docs page


@pytest.mark.parametrize(
    "body",
    [
        "<h2>US East (Ohio) — <code>us-east-2</code></h2><ul><li>Accelerated computing: P5 | P5en*</li></ul>",
        "<h3>us-east-2 - US East (Ohio)</h3><div><div><p>Accelerated Computing: P5 | P5en</p></div></div>",
        "<h2>US East (Ohio) (us-east-2)</h2><table><tr><th>Accelerated computing</th><td>P5 | P5en</td></tr></table>",
        "<h2>US East (Ohio): us-east-2</h2><dl><dt>Accelerated computing</dt><dd>P5 | P5en</dd></dl>",
        "<h2>US East (Ohio) us-east-2</h2><h3>Accelerated computing</h3><ul><li>P5</li><li><p>P5en</p></li></ul>",
        "<details><summary>Ohio us-east-2</summary><ul><li>Accelerated: P5</li><li>Previous: P5en</li></ul></details>",
        "<table><caption>us-east-2</caption><tr><td>Accelerated</td><td><p>P5</p><p>P5en</p></td></tr></table>",
    ],
)
def test_the_page_is_read_whatever_tags_it_is_written_in(body: str, tmp_path: Path) -> None:
    regions, offerings, faults = read(instance_types_page, page(body), tmp_path)
    assert pairs(offerings) == {("p5", "H100"), ("p5en", "H200")}
    assert list(regions) == ["us-east-2"]
    assert regions["us-east-2"].name in ("US East (Ohio)", "Ohio", None)
    assert not faults


def test_what_stands_outside_a_section_belongs_to_no_region(tmp_path: Path) -> None:
    body = (
        "<ul><li>us-east-1</li><li>Accelerated: P4d</li></ul><h2>Ohio us-east-2</h2><ul><li>Accelerated: P5</li></ul>"
        "<h3>Local Zone us-east-2-cle-1</h3><ul><li>Accelerated: G4dn</li></ul><h2>More</h2><li>Accelerated: G5</li>"
    )
    regions, offerings, _ = read(instance_types_page, page(body), tmp_path)
    assert list(regions) == ["us-east-2"]
    assert pairs(offerings) == {("p5", "H100")}


def test_no_size_is_made_up_for_a_family(tmp_path: Path) -> None:
    answers = recording("aws", "instance_types_page").answers
    _, offerings, _ = read(instance_types_page, answers, tmp_path)
    assert offerings
    assert not [row.instance_type for row in offerings if re.search(r"[.*]", row.instance_type)]
    assert {row.accelerator_count for row in offerings} == {None}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("<h1>Sorry</h1><p>Something went wrong</p>", "nothing in it is like"),
        ("", "nothing in it is like"),
        ("<h2>us-east-1</h2><ul><li>General purpose: M7i</li></ul>", "none that is accelerated"),
        ("<h2>us-east-1</h2><div>P5 in a layout that nobody has seen</div>", "none that is accelerated"),
    ],
)
def test_a_page_of_another_form_is_refused(body: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(AskError, match=wrong):
        read(instance_types_page, page(body), tmp_path)


def test_a_section_without_families_has_not_answered(tmp_path: Path) -> None:
    answers = recording("aws", "instance_types_page").answers
    regions, _, faults = read(instance_types_page, answers, tmp_path)
    assert not regions["sa-west-9"].answered
    assert faults == ["sa-west-9: its section lists no family"]


# --- the price maps


def test_price_maps_say_what_was_not_answered(tmp_path: Path) -> None:
    regions, offerings, faults = read(price_map, recording("aws", "price_map").answers, tmp_path)
    assert not regions["mx-central-1"].answered
    assert [fault.split(":")[0] for fault in faults] == ["mx-central-1"]
    assert "cn-north-1" not in regions
    assert "us-west-2-lax-1" not in regions
    priced = {row.instance_type: row.price for row in offerings if row.region_code == "us-east-1"}
    assert priced["p6-b200.48xlarge"] is None
    assert priced["g6.xlarge"] is None
    assert "g5.xlarge" not in priced, "only Windows has it"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"<!DOCTYPE html><html>", "not what was expected"),
        (b'{"regions":{"US East (N. Virginia)":{"p5 48xlarge', "not what was expected"),
        (b'{"regions":{"US East (N. Virginia)":{}}}', "found none among 0"),
        (b'{"regions":{"EU (Paris)":{}}}', "came those of 'EU \\(Paris\\)'"),
        (b'{"manifest":{}}', "missing required field"),
    ],
)
def test_a_price_map_of_another_form_leaves_only_its_region_unanswered(body: bytes, wrong: str, tmp_path: Path) -> None:
    answers = changed(price_map, f"{MAP}/US%20East", lambda answer: replace(answer, content=body))
    regions, offerings, faults = read(price_map, answers, tmp_path)
    assert not regions["us-east-1"].answered
    assert regions["af-south-1"].answered
    assert not [row for row in offerings if row.region_code == "us-east-1"]
    assert [fault for fault in faults if fault.startswith("us-east-1") and re.search(wrong, fault)]


def test_a_previous_generation_that_fails_leaves_its_region_unanswered(tmp_path: Path) -> None:
    answers = changed(price_map, "previousgen-ondemand/US%20East", lambda answer: replace(answer, status=503))
    regions, *_ = read(price_map, answers, tmp_path)
    assert not regions["us-east-1"].answered


def test_it_is_told_when_no_location_has_a_previous_generation(tmp_path: Path) -> None:
    answers = changed(price_map, "previousgen-ondemand/", lambda answer: replace(answer, status=404))
    regions, _, faults = read(price_map, answers, tmp_path)
    assert regions["us-east-1"].answered
    assert "P3 and older may be missing" in faults[-1]


def test_no_time_stamp_is_sent_and_names_are_encoded(tmp_path: Path) -> None:
    ask = RecordedAsk(recording("aws", "price_map"), tmp_path)

    async def run() -> None:
        async for _ in price_map.list_types(ask):
            pass

    asyncio.run(run())
    assert not [request.url for request in ask.asked if "?" in request.url or re.search(r"[ ()]", request.url)]


def test_a_recorded_excerpt_of_a_price_map_is_read(shared_data: Path, tmp_path: Path) -> None:
    excerpt = (shared_data / "aws" / "price_map_excerpt_2026-09-10.json").read_bytes()
    (location,) = json.loads(excerpt)["regions"]
    places = {location: {"name": location, "code": "us-east-1", "type": "AWS Region"}}
    answers = [Recorded(LOCATIONS, json.dumps(places).encode()), Recorded(f"{MAP}/*/Linux/index.json", excerpt)]
    gone = Recorded(MAP.replace("ec2-ondemand-without-sec-sel", "previousgen-ondemand/*"), b"", status=404)
    _, offerings, _ = read(price_map, [*answers, gone], tmp_path)
    assert {(row.instance_type, row.price) for row in offerings} == {
        ("p5.48xlarge", 55.04),
        ("p4d.24xlarge", 21.957642),
    }


# --- the price lists


def test_the_price_list_keeps_what_others_drop(tmp_path: Path) -> None:
    regions, offerings, faults = read(price_list_china, recording("aws", "price_list_china").answers, tmp_path)
    beijing = {row.instance_type: row for row in offerings if row.region_code == "cn-north-1"}
    assert set(beijing) == {
        "p2.xlarge",
        "p3.2xlarge",
        "g6f.large",
        "p5e.48xlarge",
        "p9.96xlarge",
        "inf1.xlarge",
        "inf9.xlarge",
    }
    assert beijing["p5e.48xlarge"].price is None
    assert beijing["p5e.48xlarge"].currency is None
    assert beijing["p3.2xlarge"].price == 36.078, "neither the reserved, nor the dedicated, nor the Windows price"
    assert "cn-north-1-pkx-1" not in regions
    assert [fault.split(":")[0] for fault in faults] == ["cn-south-9"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda text: "<!DOCTYPE html>\n<html>\n", "none of its first 20 lines begins with SKU"),
        (lambda text: "", "begins ''"),
        (lambda text: text.replace('"Instance Type"', '"Type"'), "no column Instance Type"),
        (lambda text: text[: text.index('"MADEUP')], "lists no instance type of cn-northwest-1"),
        (lambda text: text.replace("cn-northwest-1", "cn-west-7"), "lists no instance type of cn-northwest-1"),
    ],
)
def test_a_price_list_of_another_form_leaves_only_its_region_unanswered(
    change: Callable[[str], str], wrong: str, tmp_path: Path
) -> None:
    answers = changed(
        price_list_china,
        "cn-northwest-1/index.csv",
        lambda answer: replace(answer, content=change(answer.content.decode()).encode()),
    )
    regions, offerings, faults = read(price_list_china, answers, tmp_path)
    assert not regions["cn-northwest-1"].answered
    assert regions["cn-north-1"].answered
    assert {row.region_code for row in offerings} == {"cn-north-1"}
    assert [fault for fault in faults if wrong in fault]


@pytest.mark.parametrize("lines", [0, 4, 7])
def test_the_header_is_found_wherever_it_stands(lines: int, tmp_path: Path) -> None:
    (answer,) = [one for one in recording("aws", "price_list_govcloud").answers if "us-gov-west-1" in one.url]
    listed = answer.content.decode().split("\n", 5)[5]
    if lines == 4:
        bare = io.StringIO()
        csv.writer(bare).writerows(csv.reader(io.StringIO(listed)))
        listed = bare.getvalue()
    path = tmp_path / "list.csv"
    path.write_text('"a, b","c"\n' * lines + listed, encoding="utf-8")
    assert len(listed_types(path, "us-gov-west-1")) == 4


def test_a_price_list_without_the_newest_column_is_read(tmp_path: Path) -> None:
    (name,) = OPTIONAL
    answers = changed(
        price_list_govcloud,
        "us-gov-west-1/index.csv",
        lambda answer: replace(answer, content=answer.content.replace(name.encode(), b"Whatever")),
    )
    _, offerings, faults = read(price_list_govcloud, answers, tmp_path)
    assert ("p5.48xlarge", 118.0) in {(row.instance_type, row.price) for row in offerings}
    assert not faults


def test_an_index_without_its_regions_is_refused(tmp_path: Path) -> None:
    index = recording("aws", "price_list_govcloud").answers[0]
    none = replace(index, content=index.content.replace(b"us-gov-", b"us-new-"))
    with pytest.raises(AskError, match="expected us-gov-east-1 and us-gov-west-1 in the index"):
        read(price_list_govcloud, [none], tmp_path)
    one = changed(
        price_list_govcloud, "region_index", lambda a: replace(a, content=a.content.replace(b"gov-e", b"n-e"))
    )
    regions, _, faults = read(price_list_govcloud, one, tmp_path)
    assert not regions["us-gov-east-1"].answered
    assert regions["us-gov-west-1"].answered
    assert faults == ["us-gov-east-1: not in the index"]


def test_genuine_fragments_of_the_price_list_use_the_words_that_are_looked_for(
    shared_data: Path, tmp_path: Path
) -> None:
    found: set[tuple[str, float | None]] = set()
    for path in sorted((shared_data / "aws").glob("price_list_offer_sample_*.json")):
        for region, rows in fragment(json.loads(path.read_text(encoding="utf-8"))):
            csv_path = tmp_path / f"{path.stem}_{region}.csv"
            csv_path.write_text(rows, encoding="utf-8")
            types = listed_types(csv_path, region)
            found |= {(one.instance_type, one.price) for one in types}
            assert all(accelerators(one.instance_type) == () for one in types if not one.gpus)
    assert ("p4d.24xlarge", 32.7726) in found, "not the 0 of its capacity block"
    assert ("p3.8xlarge", None) in found, "only Windows is in the fragment"


def fragment(offer: dict[str, dict]) -> Iterator[tuple[str, str]]:
    """The compute products of a JSON price list by region, written as the CSV form writes them."""
    names = {
        "Region Code": "regionCode",
        "Location Type": "locationType",
        "Instance Type": "instanceType",
        "Instance Family": "instanceFamily",
        "GPU": "gpu",
        "Tenancy": "tenancy",
        "Operating System": "operatingSystem",
        "CapacityStatus": "capacitystatus",
        "Pre Installed S/W": "preInstalledSw",
        "MarketOption": "marketoption",
    }
    assert set(names) >= {*NEEDED, *PRICED, *OPTIONAL} - {"TermType", "Unit", "PricePerUnit", "Currency"}
    by_region: dict[str, list[dict[str, str]]] = {}
    for sku, product in offer["products"].items():
        attributes = product["attributes"]
        if "instanceType" not in attributes:
            continue
        for term in offer["terms"].get("OnDemand", {}).get(sku, {}).values():
            for price in term["priceDimensions"].values():
                row = {column: attributes.get(name, "") for column, name in names.items()}
                ((currency, amount),) = price["pricePerUnit"].items()
                row |= {"SKU": sku, "TermType": "OnDemand", "Unit": price["unit"]}
                row |= {"PricePerUnit": amount, "Currency": currency}
                by_region.setdefault(attributes["regionCode"], []).append(row)
    for region, rows in sorted(by_region.items()):
        written = io.StringIO()
        writer = csv.DictWriter(written, ["SKU", *(name for name in rows[0] if name != "SKU")])
        writer.writeheader()
        writer.writerows(rows)
        yield region, written.getvalue()


def test_types_with_a_price_in_china_and_govcloud_are_all_known(shared_data: Path) -> None:
    listed = pl.read_csv(shared_data / "aws" / "cfnlint_pricing_api_gov_cn.csv", infer_schema=False)
    families = {name.split(".")[0] for name in listed["instance_type"]}
    accelerated = {name.split(".")[0] for name in listed["instance_type"] if accelerators(name)}
    looks = re.compile(r"(p\d|g\d|gr\d|inf|trn|dl|vt|f\d).*")
    assert {name for name in families if looks.fullmatch(name)} == accelerated


def test_an_unknown_type_is_accelerated_where_aws_says_so() -> None:
    assert CLASSES == ("gpu", "machine learning asic")
    assert accelerators("p9.large", instance_family="GPU instance") == (("p9.large", None),)
    assert accelerators("p9.large", gpus=2.0) == (("p9.large", 2.0),)
    assert accelerators("inf9.large", instance_family="Machine Learning ASIC Instances") == (("inf9.large", None),)
    assert accelerators("m5.large", instance_family="General purpose", gpus=0.0) == ()
    assert accelerators("p5.nano", gpus=1.0) == (("H100", 1.0),), "a size that the tables do not have"
    assert accelerators("g6f.large", gpus=1.0) == (("L4", 0.125),), "the tables have the fraction"


# --- the spot advisor


@pytest.mark.parametrize("body", [b"{}", b'{"spot_advisor": {}}', b'{"spot_advisor": {"us-east-1": {}}}', b"<html>"])
def test_a_feed_without_types_is_refused(body: bytes, tmp_path: Path) -> None:
    answers = changed(spot_advisor_feed, "", lambda answer: replace(answer, content=body))
    with pytest.raises(AskError):
        read(spot_advisor_feed, answers, tmp_path)


def test_a_region_that_the_feed_leaves_empty_has_not_answered(tmp_path: Path) -> None:
    regions, offerings, faults = read(spot_advisor_feed, recording("aws", "spot_advisor_feed").answers, tmp_path)
    assert not regions["mx-central-1"].answered
    assert faults == ["mx-central-1: no instance type is listed at all"]
    assert [row.instance_type for row in offerings].count("p3.2xlarge") == 1, "Linux and Windows are one listing"


def test_the_recorded_feed_is_read_as_the_archive_reads_it(shared_data: Path, tmp_path: Path) -> None:
    content = (shared_data / "aws" / "spot-advisor-data_2025-06-28.json").read_bytes()
    answers = changed(spot_advisor_feed, "", lambda answer: replace(answer, content=content))
    regions, offerings, faults = read(spot_advisor_feed, answers, tmp_path)
    archive = Path(__file__).parents[1] / "gpu_census" / "archive" / "aws" / "spot_advisor"
    (kept,) = archive.rglob("*offerings*.csv")
    expected = pl.read_csv(kept, infer_schema=False).select("region_code", "instance_type", "accelerator_label")
    assert len(regions) == 33
    assert not faults
    assert {(r.region_code, r.instance_type, r.accelerator_label) for r in offerings} == set(expected.iter_rows())
