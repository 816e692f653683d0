"""Azure's sources: walks through prices that lose pages, the sheet of Azure China, SKUs, and their token."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
import pytest

from gpu_census.collect.ask import Answer, Raw
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay, refuse_elsewhere
from gpu_census.collect.night import ask_clouds
from gpu_census.collect.observation import observe
from gpu_census.collect.request import Request
from gpu_census.errors import AskError
from gpu_census.providers.azure import retail_price_walk as walk_module
from gpu_census.providers.azure.china_price_sheet import SHEET, china_price_sheet
from gpu_census.providers.azure.entra_token import SCOPE, entra_signer
from gpu_census.providers.azure.n_series import accelerators, is_n_series
from gpu_census.providers.azure.price_item import PriceItem, n_series_offerings
from gpu_census.providers.azure.resource_skus_api import resource_skus_api
from gpu_census.providers.azure.retail_price_walk import SOLD_EVERYWHERE, Page, prices_url, retail_price_walk
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.scope import scope_models
from gpu_census_tests.stand_in.recordings import FOLDER, Recorded, RecordedAsk, Recording, recording
from gpu_census_tests.stand_in.server import StandIn

T = TypeVar("T")
MANAGEMENT = "https://management.azure.com/subscriptions/REDACTED"
LOCATIONS = f"{MANAGEMENT}/locations?api-version=2022-12-01"
SKUS = f"{MANAGEMENT}/providers/Microsoft.Compute/skus?api-version=2021-07-01"
FILE = "https://store.blob.core.chinacloudapi.cn/prices/AzureRetailPrices.csv?sig=x"
R1 = prices_url("armRegionName eq 'r1'")
SECOND = f"{R1}&$skip=1000"


class CheckedAsk(RecordedAsk):
    """Refuses what the client refuses: other hosts, and http."""

    hosts: tuple[str, ...] = ()

    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        refuse_elsewhere(self.provider, request.url, self.hosts, told=request.url)
        return await super()._read(request, read, large=large)


class Run:
    """What a source makes of some answers."""

    def __init__(self, source: Source, folder: Path, *answers: Recorded) -> None:
        self.ask = CheckedAsk(Recording(source.provider, source.name, {}, list(answers)), folder)
        self.ask.hosts = source.hosts

        async def rows() -> list[Region | Offering]:
            return [row async for row in source.list_types(self.ask)]

        found = asyncio.run(rows())
        self.regions = {row.code: row for row in found if isinstance(row, Region)}
        self.offerings = [row for row in found if isinstance(row, Offering)]
        self.answered = {code for code, region in self.regions.items() if region.answered}
        self.types = [row.instance_type for row in self.offerings]
        self.faults = self.ask.faults


def answer(url: str, body: Any, **more: Any) -> Recorded:
    return Recorded(url, json.dumps(body).encode(), **more)


@pytest.fixture
def only_r1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the regions of the reference table, so that only what the API names is asked."""
    nothing = walk_module.reference_table("region").head(0)
    monkeypatch.setattr(walk_module, "reference_table", lambda name: nothing)


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Standard_NC24ads_A100_v4", True),
        ("Standard_ND96isr_X900_v9 ", True),
        ("NC16dsxlRTX6Kv6", True),
        ("standard_nv6", True),
        ("Standard_NP10s", True),
        ("NVASv4_Type1", False),
        ("NVASv4-Type1", False),
        ("Standard_D2s_v3", False),
        ("None", False),
        ("", False),
    ],
)
def test_accelerated_sizes_are_known_by_their_name(name, is_one):
    assert is_n_series(name) is is_one


def test_what_is_known_of_a_size_goes_before_what_is_stated():
    assert accelerators("Standard_NV6ads_A10_v5", stated=1) == (("A10", 0.1667),)
    assert accelerators("Standard_ND128isr_GB300_v7", stated=4) == (("GB300", 4),)
    assert accelerators("Standard_ND96isr_X900_v9", stated=8) == (("Standard_ND96isr_X900_v9", 8),)
    assert accelerators("Standard_ND96isr_X900_v9") == (("Standard_ND96isr_X900_v9", None),)


@pytest.mark.parametrize("source", [retail_price_walk, china_price_sheet, resource_skus_api], ids=lambda one: one.name)
def test_scopes_name_what_there_is(source):
    covered = scope_models(source.scope, place=source.name)
    assert {"H100", "A100", "MI300X"} <= covered
    assert ("GB300" in covered) is (source is not retail_price_walk)


# --- prices -----------------------------------------------------------------------------------------------------------


def priced(number: int = 1, **fields: Any) -> dict[str, Any]:
    """An item as the API gives it."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": 3.673,
        "unitPrice": 3.673,
        "armRegionName": "r1",
        "location": "R One",
        "effectiveStartDate": "2023-11-01T00:00:00Z",
        "meterId": f"meter-{number}",
        "meterName": "NC24ads A100 v4",
        "productId": "P",
        "skuId": f"P/{number}",
        "productName": "Virtual Machines NCadsA100v4 Series",
        "skuName": "Standard_NC24ads_A100_v4",
        "serviceName": "Virtual Machines",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "armSkuName": "Standard_NC24ads_A100_v4",
    } | fields


def read(*items: dict[str, Any]) -> list[Offering]:
    return n_series_offerings("r1", [(msgspec.convert(item, PriceItem), f"{n}") for n, item in enumerate(items)])


@pytest.mark.parametrize(
    "fields",
    [
        {"productName": "Virtual Machines NCadsA100v4 Series Windows"},
        {"skuName": "Standard_NC24ads_A100_v4 Spot"},
        {"meterName": "NC24ads A100 v4 Low Priority"},
        {"unitOfMeasure": "1/Month"},
        {"unitOfMeasure": None},
        {"retailPrice": 0.0},
        {"retailPrice": 0.01},
        {"retailPrice": -1.0},
        {"retailPrice": None},
        {"type": "Reservation"},
        {"type": "DevTestConsumption"},
    ],
)
def test_a_size_without_a_plain_price_is_there_without_a_price(fields):
    assert [(row.instance_type, row.price, row.currency) for row in read(priced(**fields))] == [
        ("Standard_NC24ads_A100_v4", None, None)
    ]
    plain = read(priced(**fields | {"effectiveStartDate": "2026-01-01T00:00:00Z"}), priced())
    assert [(row.price, row.currency, row.payload_sha256) for row in plain] == [(3.673, "USD", "1")]


@pytest.mark.parametrize(
    "fields",
    [
        {"productName": "NCadsA100v4 Series Dedicated Host"},
        {"productName": "Virtual Machines NCadsA100v4 Series Cloud Services"},
        {"productName": "NCadsA100v4 Series CloudServices"},
        {"armSkuName": "NCadsA100v4_Type1"},
        {"armSkuName": "Standard_D2s_v3"},
        {"armSkuName": ""},
        {"armSkuName": None},
    ],
)
def test_what_is_no_accelerated_machine_is_left_out(fields):
    assert read(priced(**fields)) == []


def test_the_newest_price_holds_and_names_are_trimmed():
    old = priced(1, retailPrice=3.4, effectiveStartDate="2022-06-01T00:00:00Z")
    new = priced(2, retailPrice=4.0, effectiveStartDate="2024-06-01T00:00:00Z", armSkuName="Standard_NC24ads_A100_v4  ")
    lower = priced(3, retailPrice=3.9, effectiveStartDate="2024-06-01T00:00:00Z")
    for items in ([old, new, lower], [lower, new, old]):
        (row,) = read(*items)
        assert (row.instance_type, row.price, row.payload_sha256) == (
            "Standard_NC24ads_A100_v4",
            3.9,
            str(items.index(lower)),
        )


# --- walks ------------------------------------------------------------------------------------------------------------

D2 = priced(0, armSkuName=SOLD_EVERYWHERE, skuName="D2s v3", productName="Virtual Machines Dsv3 Series")
A, B, C, D, E = (priced(n, armSkuName=f"Standard_NC{n}_A100_v4", skuName=f"NC{n}") for n in range(10, 60, 10))
PLACES = {"Items": [D2], "NextPageLink": None, "Count": 1}
DISCOVERED = answer(prices_url(f"armSkuName eq '{SOLD_EVERYWHERE}'"), PLACES)
HTML = Recorded(R1, b"<html><body>Sign in</body></html>", content_type="text/html")


def page(*items: dict[str, Any], url: str = R1, link: str | None = None, **more: Any) -> Recorded:
    return answer(url, {"Items": list(items), "NextPageLink": link, "Count": len(items)}, **more)


def walks(folder: Path, *pages: Recorded) -> Run:
    """Walks of one region; a page is given in turn where it stands several times."""
    return Run(retail_price_walk, folder, DISCOVERED, *pages)


def asked(run: Run, url: str) -> int:
    return sum(request.url == url for request in run.ask.asked)


with_only_r1 = pytest.mark.usefixtures("only_r1")


@with_only_r1
def test_two_walks_that_agree_are_enough(tmp_path):
    run = walks(tmp_path, page(D2, A, link=SECOND), page(B, url=SECOND))
    assert run.regions == {"r1": Region("r1", name="R One")}
    assert run.types == ["Standard_NC10_A100_v4", "Standard_NC20_A100_v4"]
    assert (asked(run, R1), asked(run, SECOND)) == (2, 2)
    assert run.faults == []


@with_only_r1
@pytest.mark.parametrize("lost_in", [1, 2])
def test_a_page_lost_without_a_word_is_found_by_another_walk(tmp_path, lost_in):
    whole, half = page(D2, A, link=SECOND), page(D2, A)
    first = [half, whole] if lost_in == 1 else [whole, half]
    run = walks(tmp_path, *first, page(B, C, url=SECOND))
    assert run.types == ["Standard_NC10_A100_v4", "Standard_NC20_A100_v4", "Standard_NC30_A100_v4"]
    assert run.answered == {"r1"}
    assert asked(run, R1) == (3 if lost_in == 1 else 2)


@with_only_r1
def test_different_rows_lost_in_different_walks_are_put_together(tmp_path):
    run = walks(tmp_path, page(D2, A, B), page(D2, B, C), page(D2, A, C))
    assert run.types == ["Standard_NC10_A100_v4", "Standard_NC20_A100_v4", "Standard_NC30_A100_v4"]
    assert run.answered == {"r1"}
    assert asked(run, R1) == 3


@with_only_r1
@pytest.mark.parametrize("failing", [HTML, Recorded(R1, b"busy", status=503), Recorded(R1, b'{"Items": [')])
def test_a_walk_that_fails_is_told_and_made_good(tmp_path, failing):
    run = walks(tmp_path, page(D2, A), failing, page(D2, A))
    assert run.answered == {"r1"}
    assert run.types == ["Standard_NC10_A100_v4"]
    assert len(run.faults) == 1
    assert run.faults[0].startswith("r1: walk 2 was lost: https://prices.azure.com/")


@with_only_r1
def test_a_list_that_still_grows_after_four_walks_is_no_answer(tmp_path):
    run = walks(tmp_path, page(D2, A), page(D2, B), page(D2, C), page(D2, D), page(D2, E))
    assert run.regions == {"r1": Region("r1", name="R One", answered=False)}
    assert run.offerings == []
    assert asked(run, R1) == 4
    assert "no two walks agree" in run.faults[0]


@with_only_r1
def test_one_walk_alone_is_no_answer(tmp_path):
    run = walks(tmp_path, page(D2, A), HTML)
    assert run.answered == set()
    assert run.offerings == []
    assert asked(run, R1) == 4
    assert "too few walks to compare; walk 2 was lost" in run.faults[0]
    assert "begins '<html>" in run.faults[0]


@with_only_r1
def test_a_region_without_any_price_is_no_answer_and_one_without_accelerators_is(tmp_path):
    empty = walks(tmp_path, page())
    assert (empty.answered, len(empty.faults)) == (set(), 1)
    assert "no size has a price there" in empty.faults[0]
    plain = walks(tmp_path, page(D2))
    assert (plain.answered, plain.offerings, plain.faults) == ({"r1"}, [], [])


@with_only_r1
@pytest.mark.parametrize(
    ("link", "told"),
    [
        (R1, "comes back to itself"),
        (f"{SECOND}&$top=0", "$top=0"),
        (R1.replace("https:", "http:"), "only https"),
        ("https://prices.example.com/api/retail/prices?$skip=1000", "refused: 'prices.example.com'"),
        ("//169.254.169.254/", "refused"),
    ],
)
def test_a_link_that_leads_nowhere_or_elsewhere_is_not_followed(tmp_path, link, told):
    run = walks(tmp_path, page(D2, A, link=link), page(B, url=SECOND))
    assert run.answered == set()
    assert told in run.faults[0]
    assert {request.host for request in run.ask.asked} == {"prices.azure.com"}


@with_only_r1
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"Items": [D2], "NextPageLink": None, "Count": 2}, "2 items are announced, 1 came"),
        (
            {"Items": [D2 | {"armRegionName": "r2"}], "NextPageLink": None},
            "asked for r1, came 1 prices of other regions",
        ),
        ({"Items": [D2]}, "NextPageLink"),
        ({"NextPageLink": None}, "Items"),
        ({"Items": [{key: D2[key] for key in D2 if key != "retailPrice"}], "NextPageLink": None}, "retailPrice"),
        ([], "Expected `object`"),
    ],
)
def test_an_answer_of_another_form_is_never_read_as_nothing(tmp_path, body, told):
    run = walks(tmp_path, answer(R1, body))
    assert run.answered == set()
    assert told in run.faults[0]


def test_without_discovery_the_known_regions_are_asked(tmp_path):
    run = Run(retail_price_walk, tmp_path, page(D2 | {"armRegionName": "usgovtexas"}, url=_of("usgovtexas")))
    assert run.answered == {"usgovtexas"}
    assert run.regions["usgovtexas"].cloud_partition == run.regions["usdodeast"].cloud_partition == "government"
    assert run.regions["eastus"].cloud_partition == "public"
    assert not [code for code in run.regions if code.startswith("china")]
    assert run.faults[0].startswith("new regions are not looked for")


def _of(region: str) -> str:
    return prices_url(f"armRegionName eq '{region}'")


@with_only_r1
@pytest.mark.parametrize(
    "body", [{"Items": [], "NextPageLink": None}, {"Items": [D2], "NextPageLink": None, "Count": 9}]
)
def test_discovery_that_is_empty_or_short_is_told(tmp_path, body):
    run = Run(retail_price_walk, tmp_path, answer(DISCOVERED.url, body), page(D2, A))
    assert run.answered == set()
    assert run.faults[0].startswith("new regions are not looked for")


def test_a_hundred_full_pages_are_read_in_no_time():
    sizes = ["Standard_D4s_v5"] * 24 + ["Standard_NC24ads_A100_v4"]
    items = [priced(number, armSkuName=sizes[number % 25]) for number in range(1000)]
    content = json.dumps({"Items": items, "NextPageLink": None, "Count": 1000}).encode()

    async def walked() -> float:
        ask = RecordedAsk(Recording("azure", "retail_price_walk", {}, []), Path())

        async def pages(*_: Any, **__: Any) -> Any:
            for _ in range(100):
                yield Answer(msgspec.json.decode(content, type=Page), "", R1)

        ask.pages = pages  # type: ignore[method-assign]
        began = time.process_time()
        keys, kept = await walk_module._walk(ask, "r1")
        assert (len(keys), len(kept)) == (1000, 4000)
        return time.process_time() - began

    # about 0.2 s; twice the limit is left to a machine that is busy with other tests
    assert min(asyncio.run(walked()) for _ in range(3)) < 1.0


def test_items_recorded_by_others_are_read(shared_data, tmp_path):
    content = (shared_data / "azure" / "retail_prices_response_sample.json").read_bytes()
    recorded = msgspec.json.decode(content, type=Page)
    assert (len(recorded.items), recorded.count, recorded.next_page_link) == (7, 7, None)
    assert {item.size for item in recorded.items} == {"Standard_D4s_v5"}
    plain = [(item.arm_region_name, item.hourly_price) for item in recorded.items if item.hourly_price]
    assert sorted(plain) == [("eastus", 0.192), ("swedencentral", 0.204), ("westeurope", 0.23)]
    as_gpu = [msgspec.structs.replace(item, arm_sku_name="Standard_NC24ads_A100_v4") for item in recorded.items]
    assert [row.price for row in n_series_offerings("eastus", [(one, "") for one in as_gpu[3:4]])] == [None]


# --- Azure China ------------------------------------------------------------------------------------------------------

COLUMNS = (
    "serviceName,armRegionName,armSkuName,productName,skuName,meterName,meterId,skuId,type,unitOfMeasure,"
    "effectiveStartDate,currencyCode,retailPrice"
)
ROW = "Virtual Machines,chinanorth3,Standard_NC4as_T4_v3,NCasT4,NC4as T4 v3,NC4as,m,s,Consumption,1 Hour,2023,CNY,4.02"


def sheet(folder: Path, text: str | bytes, link: str = FILE) -> Run:
    content = text.encode() if isinstance(text, str) else text
    return Run(china_price_sheet, folder, answer(SHEET, {"DownloadUrl": link}), Recorded(FILE, content))


def test_columns_may_stand_in_any_order_and_be_more(tmp_path):
    for text in (f"{COLUMNS}\n{ROW}\n", f"term,{COLUMNS}\r\n1 Year,{ROW}\r\n", f"\ufeff{COLUMNS}\n{ROW}"):
        run = sheet(tmp_path, text)
        assert run.regions == {"chinanorth3": Region("chinanorth3", cloud_partition="china")}
        (row,) = run.offerings
        assert (row.accelerator_label, row.accelerator_count, row.price, row.currency) == ("T4", 1.0, 4.02, "CNY")


def test_quoted_fields_and_other_services_are_read_right(tmp_path):
    quoted = ROW.replace("NCasT4,", '"Virtual Machines, ""NCasT4"" Series",')
    other = ROW.replace("Virtual Machines", "Bandwidth").replace("chinanorth3", "CN Zone 1")
    run = sheet(tmp_path, f"{COLUMNS}\n{quoted}\n{other}\n")
    assert (list(run.regions), run.types) == (["chinanorth3"], ["Standard_NC4as_T4_v3"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{COLUMNS}\n", "no rows"),
        (f"{COLUMNS}\n{ROW}\n{ROW[:60]}", "breaks off"),
        (COLUMNS.replace("armSkuName", "ArmSku") + f"\n{ROW}\n", "no column armSkuName"),
        (COLUMNS.replace("serviceName", "service") + f"\n{ROW}\n", "no column serviceName"),
        (f"{COLUMNS}\n{ROW.replace('Virtual Machines', 'VM')}\n", "no price of a virtual machine"),
        (f"{COLUMNS}\n{ROW.replace('4.02', 'n/a')}\n", "retailPrice"),
        ("<html><body>Sign in</body></html>", "no column"),
        ('<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code></Error>', "no column"),
        (b"\xff\xfe\x00\x01" * 50, "cannot be read"),
        ("\n", "cannot be read"),
    ],
)
def test_a_sheet_of_another_form_is_an_error(tmp_path, text, told):
    with pytest.raises(AskError, match=told):
        sheet(tmp_path, text)


@pytest.mark.parametrize("body", [{}, {"DownloadUrl": None}, {"downloadUrl": FILE}, []])
def test_an_answer_without_an_address_is_an_error(tmp_path, body):
    with pytest.raises(AskError, match="not what was expected"):
        Run(china_price_sheet, tmp_path, answer(SHEET, body), Recorded(FILE, f"{COLUMNS}\n{ROW}\n".encode()))


@pytest.mark.parametrize(
    "link", ["", "http://store.blob.core.chinacloudapi.cn/x.csv", "https://blob.example.com/x.csv"]
)
def test_an_address_elsewhere_is_refused(tmp_path, link):
    with pytest.raises(AskError, match="refused"):
        sheet(tmp_path, "", link)


# --- SKUs -------------------------------------------------------------------------------------------------------------


def place(name: str, *, kind: str = "Physical", **more: Any) -> dict[str, Any]:
    return {"name": name, "displayName": name.upper(), "type": "Region", "metadata": {"regionType": kind}} | more


def sku(name: str, location: str = "r1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "virtualMachines",
        "name": name,
        "locations": [location],
        "locationInfo": [{"location": location, "zones": []}],
        "capabilities": [{"name": "vCPUs", "value": "8"}],
        "restrictions": [],
    } | more


def skus(folder: Path, *listed: dict[str, Any], places: tuple[dict[str, Any], ...] = (place("r1"),)) -> Run:
    return Run(
        resource_skus_api,
        folder,
        answer(LOCATIONS, {"value": places}),
        answer(SKUS, {"value": listed, "nextLink": None}),
    )


def test_restricted_sizes_are_offered(tmp_path):
    restricted = [{"type": "Location", "values": ["r1"], "reasonCode": "NotAvailableForSubscription"}]
    run = skus(tmp_path, sku("Standard_NC24ads_A100_v4", restrictions=restricted))
    assert [(row.instance_type, row.status) for row in run.offerings] == [("Standard_NC24ads_A100_v4", "offered")]


def test_a_region_without_sizes_is_no_answer_and_one_without_accelerators_is(tmp_path):
    disk = sku("Premium_LRS", "r2", resourceType="disks")
    run = skus(tmp_path, sku("Standard_D2s_v3"), disk, places=(place("r1"), place("r2"), place("r3")))
    assert run.answered == {"r1"}
    assert list(run.regions) == ["r1", "r2", "r3"]
    assert run.offerings == []
    assert run.faults == ["no size of any kind, so not answered: r2, r3"]


def test_logical_places_and_edge_zones_are_no_regions_and_hidden_ones_are(tmp_path):
    places = (place("r1"), place("europe", kind="Logical"), place("edge1", type="EdgeZone"), place("r1stg"))
    run = skus(tmp_path, sku("Standard_D2s_v3"), sku("Standard_NV6", "R 2"), places=places)
    assert list(run.regions) == ["r1", "r1stg", "R 2"]
    assert run.regions["R 2"] == Region("R 2")
    assert run.answered == {"r1", "R 2"}


def test_names_of_locations_are_compared_without_blanks_and_case(tmp_path):
    info = [{"location": "West US", "zones": ["2", "1"]}]
    run = skus(tmp_path, sku("Standard_NV6", "WestUS", locationInfo=info), places=(place("westus"),))
    assert [(row.region_code, row.zone) for row in run.offerings] == [("westus", "1"), ("westus", "2")]


@pytest.mark.parametrize(
    ("capabilities", "count"),
    [
        ([{"name": "GPUs", "value": "8"}], 8.0),
        ([{"name": "GPUs", "value": "0"}], None),
        ([{"name": "GPUs", "value": None}], None),
        ([{"name": "GPUs", "value": "many"}], None),
        ([], None),
        (None, None),
    ],
)
def test_the_number_of_gpus_is_a_capability(tmp_path, capabilities, count):
    run = skus(tmp_path, sku("Standard_ND96isr_X900_v9", capabilities=capabilities))
    assert [row.accelerator_count for row in run.offerings] == [count]
    other = skus(tmp_path, sku("Standard_E8ax_v7", capabilities=capabilities))
    assert [row.accelerator_label for row in other.offerings] == (["Standard_E8ax_v7"] if count else [])


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([answer(LOCATIONS, {"value": []})], "no physical location"),
        ([answer(LOCATIONS, {"value": [place("r1")]}), answer(SKUS, {"value": []})], "no size in any region"),
        ([answer(LOCATIONS, {"value": [place("r1")]}), answer(SKUS, {"values": []})], "value"),
        ([answer(LOCATIONS, {"value": [{"name": "r1", "displayName": "R"}]})], "metadata"),
        ([answer(LOCATIONS, {"error": {"code": "InvalidAuthenticationToken"}}, status=401)], "status 401"),
        ([answer(LOCATIONS, {"value": [place("r1")]}), Recorded(SKUS, b"<html>", content_type="text/html")], "<html>"),
        (
            [answer(LOCATIONS, {"value": [place("r1")]}), answer(SKUS, {"value": [sku("a")], "nextLink": SKUS})],
            "itself",
        ),
        (
            [
                answer(LOCATIONS, {"value": [place("r1")]}),
                answer(SKUS, {"value": [sku("a")], "nextLink": f"{SKUS}&$skiptoken=2"}),
            ],
            "nothing is recorded",
        ),
        (
            [
                answer(LOCATIONS, {"value": [place("r1")]}),
                answer(SKUS, {"value": [sku("a")], "nextLink": "https://management.example.com/x"}),
            ],
            "refused",
        ),
    ],
)
def test_a_list_that_is_not_whole_is_an_error(tmp_path, answers, told):
    with pytest.raises(AskError, match=told):
        Run(resource_skus_api, tmp_path, *answers)


def test_skus_and_locations_recorded_by_others_are_read(shared_data, tmp_path):
    folder = shared_data / "azure"
    run = Run(
        resource_skus_api,
        tmp_path,
        Recorded(LOCATIONS, (folder / "arm_locations.json").read_bytes()),
        Recorded(SKUS, (folder / "resource_skus_sample_eastus.json").read_bytes()),
    )
    assert len(run.regions) == 62
    assert run.regions["uaenorth"].name == "UAE North"
    assert run.answered == {"eastus"}
    found = [(row.zone, row.instance_type, row.accelerator_label, row.accelerator_count) for row in run.offerings]
    assert found == [("2", "Standard_NV6", "M60", 1.0), ("3", "Standard_NV6", "M60", 1.0)]
    assert {resolve_label("azure", row.accelerator_label)[0] for row in run.offerings} == {"model"}


# --- token ------------------------------------------------------------------------------------------------------------

TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "66666666-7777-4888-8999-aaaaaaaaaaaa"
SUBSCRIPTION = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
SECRET = "made up~for the+tests/1"
TOKEN = "made.up.token-0123456789"
TOKEN_URL = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
ISSUED = {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": TOKEN}
ASKED = Request(url=LOCATIONS)


class KeyedAsk(RecordedAsk):
    """An `ask` with credentials."""

    def credential(self, name: str) -> str:
        return {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET}[name]


class TokenService:
    """Plays the token service for a signer."""

    def __init__(self, answer: Any = ISSUED) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    async def exchange(self, request: Request) -> bytes:
        self.asked.append(request)
        await asyncio.sleep(0)
        if isinstance(self.answer, AskError):
            raise self.answer
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection or looks up a name fails."""

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was tried")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(socket, "create_connection", refused)


def signed(service: TokenService, times: int = 1) -> list[dict[str, str]]:
    ask = KeyedAsk(Recording("azure", "resource_skus_api", {}, []), Path())

    async def run() -> list[dict[str, str]]:
        sign = entra_signer(ask)
        return [dict(one) for one in await asyncio.gather(*(sign(ASKED, service.exchange) for _ in range(times)))]

    return asyncio.run(run())


@pytest.mark.usefixtures("no_network")
def test_the_token_is_asked_for_once_as_the_package_would(monkeypatch):
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "login.example.com")
    service = TokenService()
    assert signed(service, times=5) == [{"authorization": f"Bearer {TOKEN}"}] * 5
    (request,) = service.asked
    assert (request.method, request.url) == ("POST", TOKEN_URL)
    assert request.headers == {"content-type": "application/x-www-form-urlencoded"}
    # as the protocol's documentation has it for the client credentials grant
    assert parse_qs(request.body.decode(), strict_parsing=True) == {
        "client_id": [CLIENT],
        "client_secret": [SECRET],
        "grant_type": ["client_credentials"],
        "scope": [SCOPE],
    }


@pytest.mark.usefixtures("no_network")
def test_a_token_that_has_ended_is_asked_for_anew_and_another_run_asks_for_its_own():
    short = TokenService(ISSUED | {"expires_in": 0})
    signed(short, times=3)
    assert len(short.asked) == 3
    service = TokenService()
    signed(service)
    signed(service)
    assert len(service.asked) == 2


@pytest.mark.usefixtures("no_network")
def test_the_form_is_the_one_that_the_package_sends_by_its_own_transport(monkeypatch):
    aiohttp = pytest.importorskip("aiohttp")
    from azure.identity.aio import ClientSecretCredential

    sent: list[tuple[str, str, bytes, str]] = []

    async def request(session: Any, method: str, url: str, **how: Any) -> Any:
        form = how["data"]
        body = form()._value if isinstance(form, aiohttp.FormData) else form
        sent.append((method, url, body, dict(how["headers"])["Content-Type"]))
        raise aiohttp.ClientConnectionError("not sent")

    monkeypatch.setattr(aiohttp.ClientSession, "request", request)

    async def plain() -> None:
        async with ClientSecretCredential(TENANT, CLIENT, SECRET, retry_total=0) as credential:
            await credential.get_token(SCOPE)

    with pytest.raises(Exception, match="not sent"):
        asyncio.run(plain())
    service = TokenService()
    signed(service)
    (ours,) = service.asked
    ((method, url, body, kind),) = sent
    sent_form = body if isinstance(body, dict) else {key: one for key, (one,) in parse_qs(body.decode()).items()}
    assert (method, url, kind) == (ours.method, ours.url, ours.headers["content-type"])
    assert sent_form == {key: one for key, (one,) in parse_qs(ours.body.decode()).items()}


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "given",
    [
        {"error": "invalid_client", "error_description": f"the secret {SECRET} is wrong"},
        {"token_type": "Bearer", "access_token": TOKEN},
        {},
        [],
        b"<html>Sign in</html>",
        b"",
        AskError("azure", "status 401 where a token was to be had", url=TOKEN_URL, status=401),
    ],
)
def test_a_token_that_is_not_given_is_an_error_that_tells_nothing_secret(given, caplog, capfd):
    caplog.set_level(logging.WARNING)
    service = TokenService(given)
    with pytest.raises(AskError, match="no token") as error:
        signed(service)
    assert len(service.asked) == 1
    told = f"{error.value} {caplog.text} {''.join(capfd.readouterr())}"
    assert "AZURE_CLIENT_SECRET" in told
    assert SECRET not in told
    assert TOKEN not in told
    assert "get_token failed" not in told


def test_a_token_service_that_stumbles_may_be_asked_again():
    stumbles = AskError("azure", "status 503", url=TOKEN_URL, status=503, passing=True)
    with pytest.raises(AskError, match="status 503") as error:
        signed(TokenService(stumbles))
    assert error.value.passing


# --- a night ----------------------------------------------------------------------------------------------------------


def test_a_night_keeps_neither_token_nor_credentials_and_finds_its_second_page(tmp_path, monkeypatch):
    for name, value in {"SUBSCRIPTION": SUBSCRIPTION, "TENANT": TENANT, "CLIENT": CLIENT}.items():
        monkeypatch.setenv(f"AZURE_{name}_ID", value)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    known = recording("azure", "resource_skus_api")
    token = Recorded(TOKEN_URL, json.dumps(ISSUED).encode(), method="POST", body="client_credentials")
    plays = Recording("azure", "resource_skus_api", known.card, [token, *map(_with_subscription, known.answers)])
    landing = Landing(tmp_path / "landing")
    with StandIn([plays]) as cloud:
        night = ask_clouds(
            [resource_skus_api],
            landing=landing,
            census_date=date(2026, 11, 24),
            limits=Limits(first_wait_seconds=0.01, longest_wait_seconds=0.05, silence_seconds=5),
            replay=Replay(cloud.base),
        )
    assert not cloud.unrecorded
    assert [seen.url for seen in cloud.seen].count(TOKEN_URL) == 1
    (one,) = night.asked
    assert one.faults == ["no size of any kind, so not answered: francesouth"]
    kept = b"".join(path.read_bytes() for path in landing.root.rglob("*") if path.suffix in (".jsonl", ".json"))
    assert b"locations" in kept
    (run,) = landing.newest("azure", "resource_skus_api", 1)
    kept += b"".join(landing.objects.read(card.sha256) for card in run.last_attempts().values())
    for secret in (SUBSCRIPTION, TENANT, CLIENT, SECRET, TOKEN):
        assert secret.encode() not in kept
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID")
    found = observe(resource_skus_api, landing, run)
    assert (len(found.regions), len(found.offerings)) == (known.card["regions"], known.card["offerings"])


def _with_subscription(recorded: Recorded) -> Recorded:
    url = recorded.url.replace("REDACTED", SUBSCRIPTION)
    return Recorded(url, recorded.content.replace(b"REDACTED", SUBSCRIPTION.encode()))


def test_no_recording_holds_anything_recorded(shared_data):
    """What is committed was made by hand."""
    theirs = {path.read_bytes() for path in (shared_data / "azure").iterdir()}
    assert not theirs & {path.read_bytes() for path in (FOLDER / "azure").rglob("*") if path.is_file()}
