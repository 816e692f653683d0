"""Alibaba Cloud: the traps of its price files and of its API, the signature, and every way in which they fail."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gpu_census.collect.request import Request
from gpu_census.errors import AskError
from gpu_census.providers.alibaba.accelerated import accelerators
from gpu_census.providers.alibaba.ecs_answers import (
    DescribeAvailableResource,
    DescribeInstanceTypes,
    DescribeRegions,
)
from gpu_census.providers.alibaba.ecs_api import ecs_api
from gpu_census.providers.alibaba.price_files import newest_version, price_file_china, price_file_international
from gpu_census.providers.alibaba.signature import acs3_signer
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.scope import scope_models
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording, recording

PAGE = "https://www.aliyun.com/price/ecs/ecs-pricing/zh"
FILE = "https://g.alicdn.com/aliyun/ecs-price-info/2.0.421/price/download/instancePrice.json"
NAMED = b'<script src="https://g.alicdn.com/aliyun/ecs-price-info/2.0.421/price/x.js"></script>'
LISTED = [("cn-hangzhou-h", "ecs.g7.large", "WithStock"), ("cn-hangzhou-h", "ecs.gn6v-c8g1.2xlarge", "WithStock")]


def run(source: Source, answers: list[Recorded], folder: Path) -> tuple[list[Region], list[Offering], RecordedAsk]:
    """What a source makes of answers."""
    ask = RecordedAsk(Recording(source.provider, source.name, {}, answers), folder)

    async def rows() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    found = asyncio.run(rows())
    regions = [row for row in found if isinstance(row, Region)]
    return regions, [row for row in found if isinstance(row, Offering)], ask


def price_answers(prices: Mapping[str, Any], **fields: Any) -> list[Recorded]:
    body = {"currency": "CNY", "pricingInfo": prices} | fields
    return [Recorded(url=PAGE, content=NAMED), Recorded(url=FILE, content=json.dumps(body).encode())]


def hours(price: Any, period: Any = "1") -> dict[str, Any]:
    return {"hours": [{"price": price, "period": period}], "months": [], "years": []}


# --- price files


@pytest.mark.parametrize(
    ("page", "version"),
    [
        ("ecs-price-info/2.0.99/x ecs-price-info/2.0.421/y ecs-price-info/2.0.100/z", "2.0.421"),
        ("ecs-price-info/2.10.1/ ecs-price-info/2.9.999/", "2.10.1"),
        (r"https:\/\/g.alicdn.com\/aliyun\/ecs-price-info\/2.0.421\/price", "2.0.421"),
        ("aliyun%2Fecs-price-info%2F2.0.7%2Fprice", "2.0.7"),
        ("aliyun\\u002Fecs-price-info\\u002F2.0.8\\u002Fprice", "2.0.8"),
        ("ecs-price-info-intl/2.0.900/", None),
        ("ecs-price-info/latest/", None),
        ("", None),
    ],
)
def test_the_highest_version_wins_by_number(page: str, version: str | None) -> None:
    assert newest_version(page, "ecs-price-info") == version


def test_a_page_without_a_version_is_an_error_and_no_old_file_is_taken(tmp_path: Path) -> None:
    answers = [Recorded(url=PAGE, content=b"<html>are you human?</html>"), Recorded(url=FILE, content=b"{}")]
    with pytest.raises(AskError, match=r"names no version of ecs-price-info; look where|nothing in it is like"):
        run(price_file_china, answers, tmp_path)


@pytest.mark.parametrize(
    ("content", "status", "wrong"),
    [
        (b"<html>not found</html>", 404, "status 404"),
        (b"<html>busy</html>", 200, "not what was expected"),
        (b'{"currency":"CNY","pricingInfo":{"cn-beijing::ecs.gn6v-c8', 200, "not what was expected"),
        (b'{"currency":"CNY"}', 200, "pricingInfo"),
        (b'{"currency":"CNY","pricingInfo":{}}', 200, "found none among 0"),
        (b'{"currency":"CNY","pricingInfo":{"cn-beijing::ecs.c7.large::vpc::linux::optimized":{}}}', 200, "among 1"),
        (b'{"currency":"CNY","pricingInfo":{"cn-beijing|ecs.gn5-c4g1.xlarge|vpc":{}}}', 200, "compare the file"),
    ],
)
def test_a_price_file_of_another_form_is_an_error(content: bytes, status: int, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(AskError, match=wrong):
        run(price_file_china, [Recorded(PAGE, NAMED), Recorded(FILE, content, status=status)], tmp_path)


@pytest.mark.parametrize(
    ("entry", "price"),
    [
        (hours("26.5"), 26.5),
        (hours(26.5, 1), 26.5),
        (hours("0"), None),
        (hours("0.01"), None),
        (hours(""), None),
        (hours(None), None),
        (hours("-"), None),
        (hours("nan"), None),
        (hours("inf"), None),
        (hours("7.0", "7"), None),
        ({"hours": []}, None),
        ({"hours": None}, None),
        ({}, None),
    ],
)
def test_a_type_is_present_whatever_its_price(entry: dict[str, Any], price: float | None, tmp_path: Path) -> None:
    key = "cn-beijing::ecs.gn6v-c8g1.2xlarge::vpc::linux::optimized"
    _, offerings, _ = run(price_file_china, price_answers({key: entry}), tmp_path)
    assert [(row.price, row.currency) for row in offerings] == [(price, "CNY" if price else None)]


def test_only_linux_in_a_vpc_gives_the_price_in_any_order(tmp_path: Path) -> None:
    of = "cn-beijing::ecs.gn6v-c8g1.2xlarge::"
    prices = {
        f"{of}vpc::windows::optimized": hours("3"),
        f"{of}vpc::linux::optimized": hours("2"),
        f"{of}classic::linux::optimized": hours("4"),
        f"{of}vpc::linux::none": hours("5"),
        f"{of}vpc::linux::optimized::new": hours("6"),
    }
    for ordered in (prices, dict(reversed(prices.items()))):
        _, offerings, _ = run(price_file_china, price_answers(ordered), tmp_path)
        assert [(row.instance_type, row.price) for row in offerings] == [("ecs.gn6v-c8g1.2xlarge", 2.0)]


def test_a_price_without_a_currency_is_none(tmp_path: Path) -> None:
    key = "cn-beijing::ecs.gn6v-c8g1.2xlarge::vpc::linux::optimized"
    _, offerings, _ = run(price_file_china, price_answers({key: hours("2")}, currency=None), tmp_path)
    assert [(row.price, row.currency) for row in offerings] == [(None, None)]


def test_a_key_of_another_form_is_told(tmp_path: Path) -> None:
    prices: dict[str, Any] = {"cn-beijing::ecs.gn5-c4g1.xlarge": {}, "::ecs.gn5-c4g1.xlarge": {}, "cn-beijing": {}}
    regions, offerings, ask = run(price_file_china, price_answers(prices), tmp_path)
    assert [row.code for row in regions] == ["cn-beijing"]
    assert len(offerings) == 1
    assert ask.faults == ["2 of 3 keys name no region and type, the first '::ecs.gn5-c4g1.xlarge'"]


def test_types_that_only_look_accelerated_are_not() -> None:
    for name in (
        *("ecs.g6a.large", "ecs.ebmg6a.64xlarge", "ecs.sn1ne.large", "ecs.g7a.large", "ecs.sccg7.32xlarge"),
        *("ecs.f3-c16f1.4xlarge", "ecs.video-trans.26xlarge", "ecs.g7nex.large", "ecs.t6-c1m1.large"),
    ):
        assert accelerators(name) == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ecs.gn10x-8x.48xlarge", (("gn10x", None),)),
        ("ecs.ebmgn11v.96xlarge", (("ebmgn11v", None),)),
        ("ecs.sccgn9.48xlarge", (("sccgn9", None),)),
        ("ecs.vgn9i-m4.large", (("vgn9i", None),)),
        ("ecs.gp7-8x.48xlarge", (("gp7", None),)),
        ("ecs.ebman1.26xlarge", (("Hanguang 800", None),)),
        ("ecs.gn7-c13g1.26xlarge", (("A100", 8.0),)),
        ("ecs.vgn6i-m4-vws.xlarge", (("T4", 0.25),)),
    ],
)
def test_a_family_new_to_us_is_labelled_by_its_name(name: str, found: tuple[tuple[str, float | None], ...]) -> None:
    assert accelerators(name) == found


def test_a_new_family_is_reported_as_new() -> None:
    assert resolve_label("alibaba", "gn10x") == ("new", "unknown")


def test_the_scopes_can_be_read() -> None:
    for source in (price_file_china, price_file_international, ecs_api):
        covered = scope_models(source.scope, place=source.name)
        assert {"V100", "A100", "T4"} <= covered
        assert not {"H20", "H800", "unknown"} & covered


def test_a_large_price_file_is_read_quickly(tmp_path: Path) -> None:
    """About 30 MB, as the whole list may be: decoded once, and only accelerated types looked at."""
    ways = [
        f"{net}::{os}::{io}"
        for net in ("vpc", "classic")
        for os in ("linux", "windows")
        for io in ("optimized", "none")
    ]
    types = [f"ecs.c{n}.large" for n in range(400)] + ["ecs.gn6v-c8g1.2xlarge"]
    entry = {"hours": [{"price": "1.5", "period": "1"}], "months": [{"price": "9", "period": str(n)} for n in range(3)]}
    prices = {f"r-{r}::{name}::{way}": entry for r in range(30) for name in types for way in ways}
    answers = price_answers(prices)
    assert len(answers[1].content) > 10_000_000
    began = time.perf_counter()
    regions, offerings, _ = run(price_file_china, answers, tmp_path)
    assert (len(regions), len(offerings)) == (30, 30)
    assert time.perf_counter() - began < 30


def test_the_made_up_file_in_the_documented_form_is_read(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "alibaba" / "synthetic_instancePrice_gpu_2024-12-30.json"
    if not path.exists():
        pytest.skip(f"no {path.name}")
    answers = [Recorded(PAGE, NAMED), Recorded(FILE, path.read_bytes())]
    regions, offerings, ask = run(price_file_china, answers, tmp_path)
    assert {"cn-beijing", "cn-shanghai", "us-east-1"} <= {row.code for row in regions}
    keys = json.loads(path.read_text(encoding="utf-8"))["pricingInfo"]
    pairs = {tuple(key.split("::")[:2]) for key in keys if "gn" in key}
    assert {(row.region_code, row.instance_type) for row in offerings} == pairs
    assert not ask.faults


def test_what_is_accelerated_agrees_with_the_price_list_of_2024(shared_data: Path) -> None:
    path = shared_data / "alibaba" / "karpenter_on_demand_prices_2024-12-30.json"
    if not path.exists():
        pytest.skip(f"no {path.name}")
    types = {name for priced in json.loads(path.read_text(encoding="utf-8")).values() for name in priced}
    families = {name.split(".")[1].split("-")[0] for name in types if accelerators(name)}
    assert all("gn" in family for family in families)
    assert not {name for name in types if re.search(r"gn\d", name) and not accelerators(name)}


# --- the signed API


def listing(rows: list[tuple[str, str, str]], region: str = "cn-hangzhou") -> bytes:
    zones: dict[str, list[dict[str, str]]] = {}
    for zone, name, category in rows:
        zones.setdefault(zone, []).append({"Value": name, "Status": "Available", "StatusCategory": category})
    found = [
        {
            "ZoneId": zone,
            "RegionId": region,
            "AvailableResources": {
                "AvailableResource": [{"Type": "InstanceType", "SupportedResources": {"SupportedResource": types}}]
            },
        }
        for zone, types in zones.items()
    ]
    return json.dumps({"AvailableZones": {"AvailableZone": found}}).encode()


def catalogue(*types: tuple[str, int, str], token: str = "") -> bytes:
    listed = [{"InstanceTypeId": name, "GPUAmount": count, "GPUSpec": label} for name, count, label in types]
    return json.dumps({"InstanceTypes": {"InstanceType": listed}, "NextToken": token}).encode()


KNOWN = catalogue(("ecs.g7.large", 0, ""), ("ecs.gn6v-c8g1.2xlarge", 1, "NVIDIA V100"), ("ecs.g6.large", 0, ""))


def api_answers(
    post: bytes,
    pre: bytes | None = None,
    *,
    types: bytes = KNOWN,
    pre_status: int = 200,
    codes: tuple[str, ...] = ("cn-hangzhou",),
) -> list[Recorded]:
    regions = {"Regions": {"Region": [{"RegionId": code, "LocalName": code.title()} for code in codes]}}
    one = "https://ecs.*.aliyuncs.com/?RegionId={}&DestinationResource=InstanceType&InstanceChargeType={}"
    return [
        Recorded("https://ecs.aliyuncs.com/?AcceptLanguage=en-US", json.dumps(regions).encode()),
        Recorded("https://ecs.aliyuncs.com/?MaxResults=100", types),
        Recorded(one.format("cn-hangzhou", "PostPaid"), post),
        Recorded(one.format("cn-hangzhou", "PrePaid"), post if pre is None else pre, status=pre_status),
    ]


def test_every_zone_is_read_and_the_best_state_of_both_ways_of_paying_holds(tmp_path: Path) -> None:
    v100 = "ecs.gn6v-c8g1.2xlarge"
    post = [("h", v100, "WithoutStock"), ("i", v100, "ClosedWithStock"), ("j", v100, "ClosedWithoutStock")]
    pre = [("h", v100, "WithStock"), ("i", v100, "WithoutStock"), ("j", v100, "WithoutStock"), ("k", v100, "WithStock")]
    _, offerings, ask = run(ecs_api, api_answers(listing(post), listing(pre)), tmp_path)
    assert [(row.zone, row.status) for row in offerings] == [
        ("h", "available"),
        ("i", "limited"),
        ("j", "sold_out"),
        ("k", "available"),
    ]
    assert offerings[0].payload_sha256 != offerings[1].payload_sha256
    assert not ask.faults


@pytest.mark.parametrize(
    ("pre", "status", "told"),
    [
        (b'{"Code":"Throttling.User","Message":"Request was denied due to user flow control."}', 400, "status 400"),
        (b'{"AvailableZones":{"AvailableZone":[]}}', 200, "no type in any zone for PrePaid"),
        (b'{"AvailableZones":{"AvailableZone":[{"ZoneId":"cn-hangzhou-h"}]}}', 200, "no type in any zone"),
        (b"<html>busy</html>", 200, "not what was expected"),
        (b"<?xml version='1.0'?><DescribeAvailableResourceResponse/>", 200, "not what was expected"),
        (listing(LISTED)[:-20], 200, "not what was expected"),
        (b'{"RequestId":"0"}', 200, "AvailableZones"),
    ],
)
def test_a_region_with_one_way_of_paying_unanswered_is_not_answered(
    pre: bytes, status: int, told: str, tmp_path: Path
) -> None:
    regions, offerings, ask = run(ecs_api, api_answers(listing(LISTED), pre, pre_status=status), tmp_path)
    assert [(row.code, row.answered) for row in regions] == [("cn-hangzhou", False)]
    assert not offerings
    assert len(ask.faults) == 1
    assert ask.faults[0].startswith("cn-hangzhou: ")
    assert told in ask.faults[0]


def test_one_region_failing_leaves_the_others(tmp_path: Path) -> None:
    answers = api_answers(listing(LISTED), codes=("ap-nowhere-1", "cn-hangzhou"))
    regions, offerings, ask = run(ecs_api, answers, tmp_path)
    assert [(row.code, row.answered) for row in regions] == [("ap-nowhere-1", False), ("cn-hangzhou", True)]
    assert {row.region_code for row in offerings} == {"cn-hangzhou"}
    assert len(ask.faults) == 1


def test_a_lost_page_of_the_catalogue_is_an_error(tmp_path: Path) -> None:
    answers = api_answers(listing(LISTED), types=catalogue(("ecs.gn6v-c8g1.2xlarge", 1, "NVIDIA V100"), token="2"))
    with pytest.raises(AskError, match="NextToken=2: nothing is recorded"):
        run(ecs_api, answers, tmp_path)


def test_a_catalogue_that_ends_too_early_answers_for_no_region(tmp_path: Path) -> None:
    answers = api_answers(listing(LISTED), types=catalogue(("ecs.gn6v-c8g1.2xlarge", 1, "NVIDIA V100")))
    regions, offerings, ask = run(ecs_api, answers, tmp_path)
    assert [row.answered for row in regions] == [False]
    assert not offerings
    assert ask.faults == ["cn-hangzhou: the catalogue lacks 1 of 2 types listed here: pages of it are missing"]


def test_pages_that_come_back_to_themselves_are_an_error(tmp_path: Path) -> None:
    answers = api_answers(listing(LISTED), types=catalogue(("ecs.gn6v-c8g1.2xlarge", 1, "NVIDIA V100"), token="A"))
    again = Recorded("https://ecs.aliyuncs.com/?MaxResults=100&NextToken=A", catalogue(token="A"))
    with pytest.raises(AskError, match="comes back to itself"):
        run(ecs_api, [*answers, again], tmp_path)


@pytest.mark.parametrize(
    ("url", "content", "wrong"),
    [
        ("AcceptLanguage", b'{"Regions":{"Region":[]}}', "lists no region"),
        ("AcceptLanguage", b'{"Regions":[]}', "not what was expected"),
        ("AcceptLanguage", b"<html></html>", "not what was expected"),
        ("MaxResults", b'{"InstanceTypes":{"InstanceType":[]}}', "lists 0 types and none with a GPUAmount"),
        ("MaxResults", catalogue(("ecs.g7.large", 0, "")), "lists 1 types and none with a GPUAmount"),
    ],
)
def test_no_regions_or_no_catalogue_is_an_error(url: str, content: bytes, wrong: str, tmp_path: Path) -> None:
    answers = [Recorded(a.url, content) if url in a.url else a for a in api_answers(listing(LISTED))]
    with pytest.raises(AskError, match=wrong):
        run(ecs_api, answers, tmp_path)


def test_labels_are_the_providers_and_counts_are_of_real_cards(tmp_path: Path) -> None:
    types = catalogue(
        ("ecs.gn8v-8x.48xlarge", 8, "GPU H"),
        ("ecs.vgn6i-m4-vws.xlarge", 1, "NVIDIA T4"),
        ("ecs.vgn6i-m8-vws.2xlarge", 0, ""),
        ("ecs.gn5-c8g1.2xlarge", 1, ""),
        ("ecs.gn10x-8x.48xlarge", 8, ""),
        ("ecs.g6.large", 0, "NVIDIA V100"),
    )
    names = [item["InstanceTypeId"] for item in json.loads(types)["InstanceTypes"]["InstanceType"]]
    listed = [("h", name, "WithStock") for name in (*names, "ecs.gn7-c12g1.3xlarge")]
    _, offerings, _ = run(ecs_api, api_answers(listing(listed), types=types), tmp_path)
    assert {row.instance_type: (row.accelerator_label, row.accelerator_count) for row in offerings} == {
        "ecs.gn8v-8x.48xlarge": ("GPU H", 8.0),
        "ecs.vgn6i-m4-vws.xlarge": ("NVIDIA T4", 0.25),
        "ecs.vgn6i-m8-vws.2xlarge": ("T4", 0.5),
        "ecs.gn5-c8g1.2xlarge": ("P100", 1.0),
        "ecs.gn10x-8x.48xlarge": ("gn10x", 8.0),
        "ecs.gn7-c12g1.3xlarge": ("A100", 1.0),
    }


def test_an_account_without_credentials_is_asked_for_nothing() -> None:
    assert ecs_api.credentials == ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    assert not price_file_china.credentials


def test_the_official_examples_are_of_the_shape_that_is_read(shared_data: Path) -> None:
    shapes: dict[str, type[msgspec.Struct]] = {
        "DescribeRegions": DescribeRegions,
        "DescribeInstanceTypes": DescribeInstanceTypes,
        "DescribeAvailableResource": DescribeAvailableResource,
    }
    for action, shape in shapes.items():
        path = shared_data / "alibaba" / f"doc_example_{action}.json"
        if not path.exists():
            pytest.skip(f"no {path.name}")
        read = msgspec.json.decode(path.read_bytes(), type=shape)
        if isinstance(read, DescribeAvailableResource):
            (zone,) = read.available_zones.available_zone
            assert zone.zone_id == "cn-hangzhou-i"
            assert zone.available_resources is not None
            (kind,) = zone.available_resources.available_resource
            assert kind.supported_resources is not None
            assert kind.supported_resources.supported_resource[0].value == "ecs.g5.large"


# --- the signature


class KeyedAsk(RecordedAsk):
    """An `ask` with credentials."""

    def __init__(self, folder: Path, key_id: str, secret: str) -> None:
        super().__init__(Recording("alibaba", "ecs_api", {}, []), folder)
        self._keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": key_id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret}

    def credential(self, name: str) -> str:
        return self._keys[name]


def signed(request: Request, folder: Path, key_id: str, secret: str) -> Mapping[str, str]:
    async def exchange(inner: Request) -> bytes:
        raise AssertionError(f"{inner.url}: a signature needs no token")

    async def run_signer() -> Mapping[str, str]:
        return await acs3_signer(KeyedAsk(folder, key_id, secret))(request, exchange)

    return asyncio.run(run_signer())


def freeze(monkeypatch: pytest.MonkeyPatch, at: str, nonce: str) -> None:
    package = pytest.importorskip("alibabacloud_openapi_util.client")
    tea = pytest.importorskip("alibabacloud_tea_util.client")
    monkeypatch.setattr(package.Client, "get_timestamp", staticmethod(lambda: at))
    monkeypatch.setattr(tea.Client, "get_nonce", staticmethod(lambda: nonce))


def test_the_signature_is_the_documented_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The fixed example of Alibaba's page on signature V3."""
    freeze(monkeypatch, "2023-10-26T10:22:32Z", "3156853299f313e23d1673dc12e1703d")
    request = Request(
        url="https://ecs.cn-shanghai.aliyuncs.com/"
        "?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
        method="POST",
        headers={"x-acs-action": "RunInstances", "x-acs-version": "2014-05-26"},
    )
    headers = signed(request, tmp_path, "YourAccessKeyId", "YourAccessKeySecret")
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    assert headers["x-acs-date"] == "2023-10-26T10:22:32Z"


def test_it_is_what_the_official_client_would_send(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client_module = pytest.importorskip("alibabacloud_tea_openapi.client")
    models = pytest.importorskip("alibabacloud_tea_openapi.utils_models")
    runtime = pytest.importorskip("darabonba.runtime")
    sent: list[Any] = []

    def caught(request: Any, *_: Any) -> Any:
        sent.append(request)
        raise RuntimeError("not sent")

    monkeypatch.setattr(client_module.DaraCore, "do_action", caught)
    config = models.Config(
        access_key_id="key", access_key_secret="secret", endpoint="ecs.cn-hangzhou.aliyuncs.com", protocol="https"
    )
    query = {"RegionId": "cn-hangzhou", "NextToken": "a+b/c= d~é", "DestinationResource": "InstanceType"}
    params = models.Params(
        action="DescribeAvailableResource",
        version="2014-05-26",
        protocol="HTTPS",
        pathname="/",
        method="GET",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    with pytest.raises(Exception, match=r".*"):
        client_module.Client(config).do_request(params, models.OpenApiRequest(query=query), runtime.RuntimeOptions())
    official = {name.lower(): value for name, value in sent[0].headers.items()}
    freeze(monkeypatch, official["x-acs-date"], official["x-acs-signature-nonce"])
    ours = ("host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "authorization")
    from gpu_census.collect.request import with_parameters

    request = Request(
        url=with_parameters("https://ecs.cn-hangzhou.aliyuncs.com/", query),
        headers={name: value for name, value in official.items() if name not in ours},
    )
    headers = {name.lower(): value for name, value in signed(request, tmp_path, "key", "secret").items()}
    assert headers == {name: official[name] for name in ours if name != "host"}


def test_every_signed_call_names_its_operation_and_asks_for_json(tmp_path: Path) -> None:
    recorded = recording("alibaba", "ecs_api")
    *_, ask = run(ecs_api, recorded.answers, tmp_path)
    assert {request.headers["x-acs-action"] for request in ask.asked} == {
        "DescribeRegions",
        "DescribeInstanceTypes",
        "DescribeAvailableResource",
    }
    for request in ask.asked:
        assert request.headers["accept"] == "application/json"
        assert request.sign is not None
