"""Google's sources: zone names, tables of the documentation, articles of the catalogue, aggregated lists, signature."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gpu_census.collect.request import Request
from gpu_census.errors import AskError
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census.providers.google.billing_catalog import SERVICE, billing_catalog
from gpu_census.providers.google.compute_api import AUDIENCE, compute_api
from gpu_census.providers.google.gpu_zones_page import GPU_PAGE, gpu_zones_page
from gpu_census.providers.google.region_list import REGIONS_PAGE
from gpu_census.providers.google.regions_page import regions_page
from gpu_census.providers.google.service_account import signed_by
from gpu_census.providers.google.tpu_zones_page import TPU_PAGE, tpu_zones_page
from gpu_census.providers.google.zones import is_ai_zone, region_of, zones_in
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.scope import scope_models
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording

SOURCES = (gpu_zones_page, tpu_zones_page, regions_page, billing_catalog, compute_api)
PROJECT = "https://compute.googleapis.com/compute/v1/projects/REDACTED"
CATALOG_KEY = f"{SERVICE}?pageSize=5000&key=REDACTED"


class Run:
    """What a source makes of some answers."""

    def __init__(self, source: Source, folder: Path, *answers: Recorded) -> None:
        self.ask = RecordedAsk(Recording(source.provider, source.name, {}, list(answers)), folder)

        async def rows() -> list[Region | Offering]:
            return [row async for row in source.list_types(self.ask)]

        found = asyncio.run(rows())
        self.regions = {row.code: row for row in found if isinstance(row, Region)}
        self.offerings = [row for row in found if isinstance(row, Offering)]
        self.answered = {code for code, region in self.regions.items() if region.answered}
        self.types = {(row.zone or row.region_code, row.instance_type) for row in self.offerings}


def page(url: str, *tables: str, end: str = "</html>") -> Recorded:
    return Recorded(url, f"<html><body>{''.join(tables)}</body>{end}".encode(), content_type="text/html")


def table(heading: str, *rows: str) -> str:
    lines = [("th", heading), *(("td", row) for row in rows)]
    cells = ("".join(f"<{tag}>{cell}</{tag}>" for cell in line.split("|")) for tag, line in lines)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def answer(url: str, body: Any, **more: Any) -> Recorded:
    return Recorded(url, json.dumps(body).encode(), **more)


REGIONS = page(REGIONS_PAGE, table("Zones|Location|CPUs", "us-east1-b|Moncks Corner|x", "me-west1-a|Tel Aviv|x"))
GPU_HEADING = "Zone|Location|Zone type|GPU machine type"


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("europe-west4-a", "europe-west4"),
        ("europe-west4-ai1a", "europe-west4"),
        ("us-central1-ai1", "us-central1"),
        ("northamerica-northeast1-c", "northamerica-northeast1"),
        ("europe-west12-b", "europe-west12"),
        ("us-central1", None),
        ("tpu-v5-lite", None),
        ("a2-highgpu-1g", None),
        ("", None),
    ],
)
def test_a_zone_is_cut_to_its_region(zone, region):
    assert region_of(zone) == region
    assert is_ai_zone(zone) == ("-ai" in zone)


def test_zones_are_found_in_running_text():
    text = "us-east5-c (single tenant) us-west1-c,europe-west4-ai1a; not tpu-v5-lite or x-us-west1-a"
    assert zones_in(text) == ["us-east5-c", "us-west1-c", "europe-west4-ai1a"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_scopes_name_what_there_is(source):
    covered = scope_models(source.scope, place=source.name)
    assert ("TPU v6e" in covered, "H100" in covered, "P100" in covered) == {
        "gpu_zones_page": (False, True, False),
        "tpu_zones_page": (True, False, False),
    }.get(source.name, (True, True, True))


# --- page of GPUs -----------------------------------------------------------------------------------------------------


def test_regions_of_the_other_page_are_answered_for_as_without_gpu(tmp_path):
    run = Run(
        gpu_zones_page, tmp_path, page(GPU_PAGE, table(GPU_HEADING, "us-east1-c|here|Standard|• G2<br>")), REGIONS
    )
    assert run.answered == {"us-east1", "me-west1"}
    assert run.types == {("us-east1-c", "G2")}
    assert run.ask.faults == []


def test_without_the_other_page_silence_is_about_no_further_region(tmp_path):
    gpus = page(GPU_PAGE, table(GPU_HEADING, "us-east1-c|here|Standard|• G2<br>"))
    run = Run(gpu_zones_page, tmp_path, gpus, Recorded(REGIONS_PAGE, b"oops", status=500))
    assert run.answered == set(run.regions) == {"us-east1"}
    assert "status 500" in run.ask.faults[0]


@pytest.mark.parametrize(
    ("cell", "series"),
    [
        ("\n &nbsp;&nbsp;• A3 High<br />\n\n &nbsp;&nbsp;• N1+V100<br />\n", {"A3 High", "N1+V100"}),
        ("<ul><li>A3\n High</li><li><a href='/x'>N1</a>+V100</li></ul>", {"A3 High", "N1+V100"}),
        ("A100 80GB, T4", {"A100 80GB", "T4"}),
        ("<p>A4X&#8202;</p><p>A4\u200b<sup>2</sup> *</p>", {"A4X", "A4"}),
        ("—", set()),
        ("", set()),
    ],
)
def test_items_of_a_cell_are_set_apart_in_several_ways(tmp_path, cell, series):
    run = Run(gpu_zones_page, tmp_path, page(GPU_PAGE, table(GPU_HEADING, f"us-east1-c|x|y|{cell}")), REGIONS)
    assert {row.instance_type for row in run.offerings} == series


def test_an_older_layout_is_read_by_the_words_of_its_heading(tmp_path):
    older = table("GPU platforms|Zones", "T4, V100|us-east1-c, us-east1-d", "P4|me-west1-a")
    run = Run(gpu_zones_page, tmp_path, page(GPU_PAGE, older), REGIONS)
    assert run.types == {
        ("us-east1-c", "T4"),
        ("us-east1-c", "V100"),
        ("us-east1-d", "T4"),
        ("us-east1-d", "V100"),
        ("me-west1-a", "P4"),
    }
    assert run.regions["us-east1"].name == "Moncks Corner"


ROW = "us-east1-c|x|Standard|• G2"


@pytest.mark.parametrize(
    ("told", "tables"),
    [
        ("no table with a column of zones|nothing in it is like", [table("Series|Memory", "A4|1.4 TB")]),
        ("no table with a column of zones|nothing in it is like", ["<p>Sign in to continue</p>"]),
        ("no table with a column of zones|nothing in it is like", [table(GPU_HEADING)]),
        ("names us-east1-c and is not understood", [table(GPU_HEADING, ROW), table("Where|What", "us-east1-c|A4")]),
        ("names us-east1-c and is not understood", [table("Zone|Accelerators", "us-east1-c|A4")]),
        ("is not called as zones are", [table(GPU_HEADING, ROW, "Iowa A|x|Standard|• G2")]),
        ("has 3 cells where the heading has 4", [table(GPU_HEADING, ROW, "x|Standard|• G2")]),
    ],
)
def test_a_page_of_another_form_is_an_error_and_never_no_gpu(tmp_path, told, tables):
    with pytest.raises(AskError, match=told):
        Run(gpu_zones_page, tmp_path, page(GPU_PAGE, *tables), REGIONS)


@pytest.mark.parametrize("source", [gpu_zones_page, tpu_zones_page, regions_page], ids=lambda source: source.name)
def test_a_page_that_breaks_off_is_an_error(tmp_path, source):
    parts = {
        GPU_PAGE: table(GPU_HEADING, ROW),
        TPU_PAGE: table("TPU type (v4)|cores|Zones", "v4-8|8|us-east1-c"),
        REGIONS_PAGE: table("Zones|Location", "us-east1-b|x"),
    }
    with pytest.raises(AskError, match="breaks off"):
        Run(source, tmp_path, *(page(url, part, end="") for url, part in parts.items()))


def test_the_excerpt_of_the_page_is_read_whole(shared_data, tmp_path):
    html = (shared_data / "gcp" / "gpu_regions_zones_page_excerpt_2026-10.html").read_bytes()
    run = Run(gpu_zones_page, tmp_path, Recorded(GPU_PAGE, html, content_type="text/html"), REGIONS)
    assert len(run.offerings) == 77
    assert len({row.zone for row in run.offerings}) == 14
    assert {row.region_code for row in run.offerings} == {
        "asia-east1",
        "asia-northeast1",
        "europe-west4",
        "us-central1",
    }
    assert run.regions["europe-west4"].name == "Eemshaven, Netherlands, Europe"
    assert {resolve_label("google", row.accelerator_label)[0] for row in run.offerings} == {"model"}
    parts = [row for row in run.offerings if row.accelerator_count is not None]
    assert [(row.zone, row.instance_type) for row in parts] == [("us-central1-b", "G4 (Fractional GPU)")]


def test_the_excerpt_agrees_with_the_accelerator_types_of_two_months_before(shared_data, tmp_path):
    html = (shared_data / "gcp" / "gpu_regions_zones_page_excerpt_2026-10.html").read_bytes()
    run = Run(gpu_zones_page, tmp_path, Recorded(GPU_PAGE, html, content_type="text/html"), REGIONS)
    scope = scope_models(gpu_zones_page.scope, place="test")
    told = {(row.region_code, resolve_label("google", row.accelerator_label)[1]) for row in run.offerings}
    lines = (shared_data / "gcp" / "acceleratortyperegion_2026-08-10.csv").read_text().splitlines()[1:]
    listed = {(region, resolve_label("google", name)[1]) for name, region in (line.split(";")[:2] for line in lines)}
    regions = {region for region, _ in told}
    assert {pair for pair in told if pair[1] != "GB300"} - listed == set()
    assert {pair for pair in listed if pair[0] in regions and pair[1] in scope} - told == set()


# --- page of TPUs and page of regions ---------------------------------------------------------------------------------


def test_single_tenant_zones_are_by_request_unless_also_listed_for_all(tmp_path):
    zones = "us-east5-c (single tenant) us-west1-c (Single-tenant, except Spot quota) us-east5-a"
    tpus = page(
        TPU_PAGE,
        table("TPU type (v6e)|TPU v6e chips|Supported zones", f"All v6e configurations|varies|{zones}"),
        table("TPU type (v6e)|TPU v6e chips|Supported zones", "All v6e configurations|varies|us-west1-c"),
    )
    run = Run(tpu_zones_page, tmp_path, tpus, REGIONS)
    assert {row.zone: row.status for row in run.offerings} == {
        "us-east5-c": "by_request",
        "us-west1-c": "offered",
        "us-east5-a": "offered",
    }
    assert {(row.instance_type, row.accelerator_label) for row in run.offerings} == {("v6e", "v6e")}
    assert run.answered == {"us-east5", "us-west1", "us-east1", "me-west1"}


@pytest.mark.parametrize("word", ["TPU7x", "v6e", "v5p", "v5e", "v5litepod", "v4", "v3", "v2"])
def test_every_version_in_a_heading_is_a_known_label(word):
    resolution, model = resolve_label("google", word)
    assert resolution == "model"
    assert model.startswith("TPU")


TPU_HEADING = "TPU type (v4)|TPU v4 chips|Supported zones"


@pytest.mark.parametrize(
    ("told", "tables"),
    [
        ("no table headed 'TPU type", [table("Product|Price", "TPU|1")]),
        ("no table headed 'TPU type", [table(TPU_HEADING)]),
        ("names zones is not headed", [table(TPU_HEADING, "v4-8|4|us-east1-c"), table("Chip|Zone", "v9|us-east1-b")]),
        ("has no column of zones", [table("TPU type (v4)|Places", "v4-8|us-east1-c")]),
        ("has 2 cells where the heading has 3", [table(TPU_HEADING, "v4-8|us-east1-c")]),
    ],
)
def test_tpu_tables_of_another_form_are_an_error(tmp_path, told, tables):
    with pytest.raises(AskError, match=told):
        Run(tpu_zones_page, tmp_path, page(TPU_PAGE, *tables), REGIONS)


def test_the_place_of_a_region_is_that_of_a_standard_zone(tmp_path):
    listed = table("Zones|Location|CPUs", "europe-west4-ai1a|De Kooy|x", "europe-west4-b|Eemshaven|x", "us-x1-a|?|x")
    run = Run(regions_page, tmp_path, page(REGIONS_PAGE, listed))
    assert {code: (region.name, region.answered) for code, region in run.regions.items()} == {
        "europe-west4": ("Eemshaven", False)
    }


@pytest.mark.parametrize("tables", ["", table("Region|Place", "us-east1|x"), table("Zones|Location", "A|x")])
def test_a_page_without_regions_is_an_error(tmp_path, tables):
    with pytest.raises(AskError, match=r"no table with the columns Zones and Location|nothing in it is like"):
        Run(regions_page, tmp_path, page(REGIONS_PAGE, tables))


# --- billing catalogue ------------------------------------------------------------------------------------------------


def sku(
    description: str, *, regions=("us-east1",), group="GPU", usage="OnDemand", rates=((2, 0),), unit="h", currency="USD"
) -> dict[str, Any]:
    money = [{"unitPrice": {"currencyCode": currency, "units": str(whole), "nanos": nanos}} for whole, nanos in rates]
    return {
        "description": description,
        "category": {"resourceFamily": "Compute", "resourceGroup": group, "usageType": usage},
        "serviceRegions": list(regions),
        "pricingInfo": [{"pricingExpression": {"usageUnit": unit, "tieredRates": money}}],
    }


L4 = sku("Nvidia L4 GPU running in Iowa")


def catalog(*skus: dict[str, Any], token: str = "") -> Recorded:
    return answer(CATALOG_KEY, {"skus": skus, "nextPageToken": token})


@pytest.mark.parametrize(
    ("description", "article", "label", "model", "count"),
    [
        ("Nvidia Tesla A100 GPU running in Americas", "Nvidia Tesla A100 GPU", "Nvidia Tesla A100", "A100", 1),
        ("Nvidia Tesla A100 80GB GPU running in Sao Paulo", None, "Nvidia Tesla A100 80GB", "A100", 1),
        ("Nvidia H100 80GB Plus GPU running in Americas", None, "Nvidia H100 80GB Plus", "H100", 1),
        ("H200 141GB GPU running in Belgium", None, "H200 141GB", "H200", 1),
        ("A4 Nvidia B200 (1 gpu slice) running in Iowa", None, "A4 Nvidia B200 (1 gpu slice)", "B200", 1),
        ("RTX 6000 96GB running in Oregon", "RTX 6000 96GB", "RTX 6000 96GB", "RTX PRO 6000", 1),
        ("1/8 vGPU no lssd running in Iowa", None, "1/8 vGPU no lssd", "RTX PRO 6000", 0.125),
        ("TpuV5p running in Tokyo", "TpuV5p", "TpuV5p", "TPU v5p", 1),
        ("TPU7x running in Americas", "TPU7x", "TPU7x", "TPU7x", 1),
        ("Nvidia L4 GPU in Turin", "Nvidia L4 GPU", "Nvidia L4", "L4", 1),
        ("Nvidia GB900 Superchip", "Nvidia GB900 Superchip", "Nvidia GB900 Superchip", "unknown", 1),
    ],
)
def test_an_article_is_read_from_its_description(tmp_path, description, article, label, model, count):
    (row,) = Run(billing_catalog, tmp_path, catalog(sku(description))).offerings
    assert row.instance_type == article or article is None
    assert (row.accelerator_label, resolve_label("google", label)[1]) == (label, model)
    assert row.accelerator_count == count


@pytest.mark.parametrize(
    "other",
    [
        sku("Nvidia L4 GPU attached to Spot Preemptible VMs running in Iowa", usage="Preemptible"),
        sku("Spot Preemptible A4 Nvidia B200 (1 gpu slice) running in Americas"),
        sku("Commitment v1: Nvidia L4 GPU running in Iowa for 1 Year", usage="Commit1Yr"),
        sku("Reserved Nvidia Tesla A100 GPU in Milan", rates=((0, 0),)),
        sku("Reserved TpuV5p in Delhi in Calendar Mode", group="TPU"),
        sku("Capacity Optimized TpuV6e running in Columbus", group="TPU"),
        sku("DWS Defined Duration V6e running in Columbus", group="TPU"),
        sku("Nvidia H100 Mega 80GB GPU attached to DWS Defined Duration VMs running in Americas"),
        sku("A2 Instance Core running in Americas", group="CPU"),
    ],
    ids=lambda other: other["description"],
)
def test_other_ways_of_paying_prove_no_card_but_name_their_region(tmp_path, other):
    run = Run(billing_catalog, tmp_path, catalog(L4, other | {"serviceRegions": ["europe-west8"]}))
    assert [row.instance_type for row in run.offerings] == ["Nvidia L4 GPU"]
    assert run.answered == {"us-east1", "europe-west8"}


@pytest.mark.parametrize(
    ("changed", "price", "currency"),
    [
        ({"rates": ((2, 933908000),)}, 2.933908, "USD"),
        ({"rates": ((0, 0), (1, 500000000))}, 1.5, "USD"),  # a free tier first
        ({"rates": ((0, 0),)}, None, None),
        ({"rates": ((0, 10_000_000),)}, None, None),
        ({"rates": ()}, None, None),
        ({"unit": "mo"}, None, None),
        ({"rates": ((14_999, 0),), "currency": "IDR"}, 14_999.0, "IDR"),
    ],
)
def test_a_price_is_for_an_hour_as_given_and_its_lack_takes_nothing_away(tmp_path, changed, price, currency):
    (row,) = Run(billing_catalog, tmp_path, catalog(sku("Nvidia L4 GPU running in Iowa", **changed))).offerings
    assert (row.price, row.currency) == (price, currency)


def test_an_article_without_pricing_stays(tmp_path):
    (row,) = Run(billing_catalog, tmp_path, catalog(L4 | {"pricingInfo": []})).offerings
    assert row.price is None


def test_of_two_prices_for_one_article_the_lower_is_kept(tmp_path):
    prices = [((3, 0),), ((0, 0),), ((2, 0),)]
    skus = [sku("Nvidia L4 GPU running in Iowa", rates=rates) for rates in prices]
    assert [row.price for row in Run(billing_catalog, tmp_path, catalog(*skus)).offerings] == [2.0]


@pytest.mark.parametrize(
    ("told", "answers"),
    [
        ("no on-demand article", [catalog()]),
        ("no on-demand article", [catalog(sku("A2 Instance Core running in Iowa", group="CPU"))]),
        ("nothing is recorded", [catalog(L4, token="two")]),
        ("missing required field", [answer(CATALOG_KEY, {"error": "none"})]),
        ("not what was expected", [Recorded(CATALOG_KEY, b"<html>sign in</html>")]),
        ("not what was expected", [Recorded(CATALOG_KEY, json.dumps({"skus": [L4]}).encode()[:-9])]),
        ("status 403", [Recorded(CATALOG_KEY, b"{}", status=403)]),
    ],
)
def test_a_catalogue_that_is_not_whole_is_an_error(tmp_path, told, answers):
    with pytest.raises(AskError, match=told):
        Run(billing_catalog, tmp_path, *answers)


def test_a_recorded_catalogue_is_read(shared_data, tmp_path):
    recorded = json.loads((shared_data / "gcp" / "billing_catalog_skus_opencost_test.json").read_text())
    recorded["nextPageToken"] = ""
    run = Run(billing_catalog, tmp_path, answer(CATALOG_KEY, recorded))
    assert run.answered == {"us-central1", "us-east1", "us-west1", "asia-southeast1"}
    assert {(row.region_code, row.instance_type, row.price, row.currency) for row in run.offerings} == {
        (region, "Nvidia Tesla A100 GPU", 2.933908, "USD") for region in ("us-central1", "us-east1", "us-west1")
    }


# --- Compute API ------------------------------------------------------------------------------------------------------

Listed = dict[str, list[str] | str]


def scopes(kind: str, zones: Listed) -> dict[str, Any]:
    """Scopes of an aggregated list; a word instead of a list is the code of a warning."""
    return {
        f"zones/{zone}": {"warning": {"code": held}} if isinstance(held, str) else {kind: [{"name": n} for n in held]}
        for zone, held in zones.items()
    }


def regions(**more: Any) -> Recorded:
    items = [
        {"name": "us-east1", "zones": [f"https://x/zones/us-east1-{letter}" for letter in "bc"]},
        {"name": "me-west1", "zones": ["https://x/zones/me-west1-a"]},
    ]
    return answer(f"{PROJECT}/regions?*", {"items": items} | more)


def aggregated(kind: str, zones: Listed, *, token: str = "", **more: Any) -> Recorded:
    query = f"maxResults=500&returnPartialSuccess=true{f'&pageToken={token}' if token else ''}"
    return answer(f"{PROJECT}/aggregated/{kind}?{query}", {"items": scopes(kind, zones)} | more)


NONE = "NO_RESULTS_ON_PAGE"
MACHINES = aggregated("machineTypes", {zone: ["e2-small"] for zone in ("us-east1-b", "us-east1-c", "me-west1-a")})
CARDS: Listed = {"us-east1-b": ["nvidia-l4"], "us-east1-c": NONE, "me-west1-a": NONE}


def test_a_zone_without_results_on_a_page_is_answered_and_may_be_filled_later(tmp_path):
    first = aggregated("acceleratorTypes", CARDS, nextPageToken="p+2/=")
    second = aggregated("acceleratorTypes", CARDS | {"us-east1-b": NONE, "us-east1-c": ["ct6e"]}, token="p%2B2%2F%3D")
    run = Run(compute_api, tmp_path, regions(), first, second, MACHINES)
    assert run.answered == {"us-east1", "me-west1"}
    assert run.types == {("us-east1-b", "nvidia-l4"), ("us-east1-c", "ct6e")}
    assert run.ask.faults == []


@pytest.mark.parametrize(
    ("zones", "more", "answered", "told"),
    [
        ({"us-east1-c": "UNREACHABLE"}, {}, {"me-west1"}, "UNREACHABLE"),
        ({"us-east1-c": "SOMETHING_NEW"}, {}, {"me-west1"}, "SOMETHING_NEW"),
        ({}, {"unreachables": ["zones/us-east1-b"], "warning": {"code": "UNREACHABLE"}}, {"me-west1"}, "unreachable"),
        ({}, {"unreachables": ["regions/me-west1"]}, {"us-east1"}, "unreachable"),
        ({}, {"unreachables": ["zones/me-west1-ai1b"]}, {"us-east1"}, "unreachable"),
        ({}, {"warning": {"code": "PARTIAL_SUCCESS"}}, set(), "PARTIAL_SUCCESS"),
        ({}, {"warning": {"code": NONE}}, {"us-east1", "me-west1"}, ""),
    ],
)
def test_any_other_warning_leaves_its_region_unanswered_and_without_offerings(tmp_path, zones, more, answered, told):
    cards = aggregated("acceleratorTypes", CARDS | zones, **more)
    run = Run(compute_api, tmp_path, regions(), cards, MACHINES)
    assert run.answered == answered
    assert set(run.regions) == {"us-east1", "me-west1"}
    assert {row.region_code for row in run.offerings} <= answered
    assert len(run.ask.faults) == 2 - len(answered)
    assert all(told in fault for fault in run.ask.faults)


def test_a_zone_that_one_list_leaves_out_is_not_answered(tmp_path):
    cards = aggregated("acceleratorTypes", {zone: held for zone, held in CARDS.items() if zone != "me-west1-a"})
    run = Run(compute_api, tmp_path, regions(), cards, MACHINES)
    assert run.answered == {"us-east1"}
    assert run.ask.faults == [
        "me-west1: not answered completely (accelerator types of me-west1-a: not listed)",
    ]


def test_a_scope_with_neither_list_nor_warning_is_not_answered(tmp_path):
    cards = {"items": scopes("acceleratorTypes", CARDS) | {"zones/me-west1-a": {}, "global": {}}}
    run = Run(compute_api, tmp_path, regions(), answer(f"{PROJECT}/aggregated/acceleratorTypes?*", cards), MACHINES)
    assert run.answered == {"us-east1"}
    assert "neither a list nor a warning" in run.ask.faults[0]


@pytest.mark.parametrize(
    ("told", "answers"),
    [
        ("nothing is recorded", [regions(), aggregated("acceleratorTypes", CARDS, nextPageToken="lost"), MACHINES]),
        ("nothing is recorded", [regions(), aggregated("acceleratorTypes", CARDS)]),
        ("nothing is listed in any zone", [regions(), aggregated("acceleratorTypes", {}), MACHINES]),
        ("nothing is listed in any zone", [regions(), aggregated("acceleratorTypes", {"us-east1-b": NONE}), MACHINES]),
        ("list of regions is empty", [regions(items=[]), aggregated("acceleratorTypes", CARDS), MACHINES]),
        ("list of regions is not whole", [regions(warning={"code": "UNREACHABLE"})]),
        ("missing required field", [answer(f"{PROJECT}/regions?*", {"kind": "compute#regionList"})]),
        ("not what was expected", [Recorded(f"{PROJECT}/regions?*", b"<html>")]),
    ],
)
def test_lists_that_are_not_whole_are_an_error(tmp_path, told, answers):
    with pytest.raises(AskError, match=told):
        Run(compute_api, tmp_path, *answers)


def held(name: str, label: str = "", count: int = 0) -> dict[str, Any]:
    held = [{"guestAcceleratorType": label, "guestAcceleratorCount": count}] if label else []
    return {"name": name, "accelerators": held} if held else {"name": name}


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (held("a3-highgpu-8g", "nvidia-h100-80gb", 8), [("nvidia-h100-80gb", 8)]),
        (held("a9-hypergpu-8g", "nvidia-x900", 8), [("nvidia-x900", 8)]),
        (held("g4-standard-6", "nvidia-rtx-pro-6000", 1), [("nvidia-rtx-pro-6000", 0.125)]),
        (held("g4-standard-48", "nvidia-rtx-pro-6000", 1), [("nvidia-rtx-pro-6000", 1)]),
        (held("a4x-maxgpu-4g-metal"), [("GB300", 4)]),
        (held("ct5lp-hightpu-4t"), [("ct5lp", 4)]),
        (held("ct6e-standard-99t"), [("ct6e", None)]),
        (held("tpu9-standard-4t"), [("tpu9-standard-4t", None)]),
        (held("n2-standard-8"), []),
    ],
)
def test_a_machine_type_holds_what_it_says_or_what_is_known_of_it(tmp_path, machine, expected):
    listed = {"zones/us-east1-b": {"machineTypes": [machine]}}
    listed |= scopes("machineTypes", {"us-east1-c": ["e2-small"], "me-west1-a": ["e2-small"]})
    machines = answer(f"{PROJECT}/aggregated/machineTypes?*", {"items": listed})
    run = Run(compute_api, tmp_path, regions(), aggregated("acceleratorTypes", CARDS), machines)
    found = [
        (row.accelerator_label, row.accelerator_count) for row in run.offerings if row.instance_type != "nvidia-l4"
    ]
    assert found == expected


def test_a_zone_may_be_without_cards_but_not_without_machines(tmp_path):
    machines = aggregated("machineTypes", {"us-east1-b": ["e2-small"], "us-east1-c": ["e2-small"], "me-west1-a": NONE})
    run = Run(compute_api, tmp_path, regions(), aggregated("acceleratorTypes", CARDS), machines)
    assert run.answered == {"us-east1"}
    assert run.ask.faults == ["me-west1: not answered completely (machine types of me-west1-a: none)"]


def test_every_recorded_accelerator_type_is_read_and_known(shared_data, tmp_path):
    recorded = json.loads((shared_data / "gcp" / "accelerator_types_aggregated_sample.json").read_text())
    zones = [name.removeprefix("zones/") for name in recorded["items"]]
    asked = {"us-central1": [], "asia-northeast2": []}
    for zone in zones:
        asked[region_of(zone)].append(f"https://x/zones/{zone}")
    run = Run(
        compute_api,
        tmp_path,
        regions(items=[{"name": name, "zones": held} for name, held in asked.items()]),
        answer(f"{PROJECT}/aggregated/acceleratorTypes?*", recorded),
        aggregated("machineTypes", {zone: ["e2-small"] for zone in zones}),
    )
    assert run.answered == {"us-central1", "asia-northeast2"}
    assert {row.region_code for row in run.offerings} == {"us-central1"}
    assert len(run.offerings) == sum(len(scope.get("acceleratorTypes", [])) for scope in recorded["items"].values())
    assert ("us-central1-c", "nvidia-tesla-p4-vws") in run.types
    assert {resolve_label("google", row.accelerator_label)[0] for row in run.offerings} == {"model"}


# --- signature --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key_file(tmp_path_factory) -> Path:
    """The key file of a service account that nobody has."""
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.hazmat.primitives import serialization

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("keys") / "key.json"
    account = {
        "type": "service_account",
        "private_key_id": "k1",
        "private_key": private.decode(),
        "client_email": "census@example.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    path.write_text(json.dumps(account))
    return path


async def no_exchange(request: Request) -> bytes:
    raise AssertionError("no token is fetched")


def signed(path: Path) -> dict[str, str]:
    sign = signed_by(str(path), audience=AUDIENCE)
    return dict(asyncio.run(sign(Request(url="https://compute.googleapis.com/compute/v1/projects/p"), no_exchange)))


@pytest.fixture
def frozen(monkeypatch) -> Callable[[], datetime]:
    helpers = pytest.importorskip("google.auth._helpers")
    now = datetime(2026, 11, 24, 3, 0).replace(tzinfo=None)
    monkeypatch.setattr(helpers, "utcnow", lambda: now)
    return lambda: now


def test_the_signature_is_what_the_official_client_sends(key_file, frozen):
    from google.oauth2 import service_account

    client = service_account.Credentials.from_service_account_file(str(key_file)).with_always_use_jwt_access(True)
    client._create_self_signed_jwt(AUDIENCE)
    sent: dict[str, str] = {}
    client.before_request(None, "GET", "https://compute.googleapis.com/compute/v1/projects/p", sent)
    assert signed(key_file)["authorization"] == sent["authorization"]


def test_the_token_names_the_api_and_lasts_an_hour(key_file):
    jwt = pytest.importorskip("google.auth.jwt")
    scheme, _, token = signed(key_file)["authorization"].partition(" ")
    claims = jwt.decode(token, verify=False)
    assert scheme == "Bearer"
    assert claims["aud"] == AUDIENCE
    assert claims["iss"] == claims["sub"] == "census@example.iam.gserviceaccount.com"
    assert timedelta(seconds=claims["exp"] - claims["iat"]) == timedelta(hours=1)
    assert abs(datetime.fromtimestamp(claims["iat"], UTC) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("content", [None, "", "[]", '{"type": "authorized_user", "refresh_token": "s3cret"}'])
def test_a_key_file_of_another_form_is_told_without_its_content(tmp_path, content):
    pytest.importorskip("google.auth")
    path = tmp_path / "adc-of-somebody.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(AskError, match="GOOGLE_APPLICATION_CREDENTIALS does not name the JSON key file") as error:
        signed(path)
    assert "somebody" not in str(error.value)
    assert "s3cret" not in str(error.value)
