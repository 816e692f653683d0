"""Tencent Cloud: the traps of its workbench and of its CVM API, the signature, and how either may fail."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from gpu_census.collect.request import HIDDEN, Request, Signer
from gpu_census.errors import AskError
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census.providers.tencent.cvm_api import RegionAnswer, ZoneAnswer, cvm_api
from gpu_census.providers.tencent.signature import tc3_signer, written
from gpu_census.providers.tencent.workbench_sites import workbench_china, workbench_international
from gpu_census.providers.tencent.zone_configs import Quota, offerings
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.scope import scope_models
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording, recording

HOST = "https://workbench.cloud.tencent.com"
FROZEN = 1_700_000_000
T4 = {"InstanceType": "GN7.5XLARGE80", "Gpu": 1, "GpuCount": 1, "Status": "SELL", "StatusCategory": "EnoughStock"}
CPU = {"InstanceType": "S5.MEDIUM2", "Gpu": 0, "GpuCount": 0, "Status": "SELL"}


def run(source: Source, answers: list[Recorded], folder: Path) -> tuple[list[Region], list[Offering], RecordedAsk]:
    """What a source makes of answers."""
    ask = RecordedAsk(Recording(source.provider, source.name, {}, answers), folder)

    async def rows() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    found = asyncio.run(rows())
    regions = [row for row in found if isinstance(row, Region)]
    return regions, [row for row in found if isinstance(row, Offering)], ask


def workbench(zones: dict[str, list[str]], rows: dict[str, Any]) -> list[Recorded]:
    """The list of regions, and what each zone answers: rows, an error, or bytes."""
    listed = [{"region": code, "zones": [{"zone": zone} for zone in names]} for code, names in zones.items()]
    body = {"code": 0, "data": {"Response": {"RegionSet": listed}}}
    answers = [Recorded(url=f"{HOST}/cgi/area/queryCvmRegion", method="POST", content=json.dumps(body).encode())]
    for zone, told in rows.items():
        response = {"InstanceTypeQuotaSet": told} if isinstance(told, list) else told
        content = told if isinstance(told, bytes) else json.dumps({"code": 0, "data": {"Response": response}}).encode()
        answers.append(Recorded(url=f"{HOST}/cgi/api?*", method="POST", body=f'["{zone}"]', content=content))
    return answers


def one_row(**fields: Any) -> Offering:
    """The offering of one row."""
    (found,) = offerings("r", [msgspec.convert(T4 | fields, Quota)], "0" * 64, currency="CNY")
    return found


# --- rows


@pytest.mark.parametrize(
    ("fields", "label", "count"),
    [
        ({"Externals": {"GPUDesc": "1 * NVIDIA T4"}}, "NVIDIA T4", 1.0),
        ({"Externals": {"GPUDesc": "1/4 * NVIDIA T4"}, "GpuCount": 0}, "NVIDIA T4", 0.25),
        ({"Externals": {"GPUDesc": "8 * NVIDIA V100, NVLink"}, "GpuCount": None, "Gpu": 8}, "NVIDIA V100", 8.0),
        ({"Externals": {"GPUDesc": ""}, "Remark": "2 * NVIDIA L20", "GpuCount": 2}, "NVIDIA L20", 2.0),
        ({"Externals": {"GPUDesc": {"a": 1}}}, "NVIDIA Tesla T4", 1.0),
        ({"Externals": None, "Remark": "4 * 3570GB NVMe SSD"}, "NVIDIA Tesla T4", 1.0),
        ({"InstanceType": "GN7.LARGE20", "GpuCount": 0}, "NVIDIA Tesla T4", 0.25),
        ({"InstanceType": "XNV9.LARGE20", "InstanceFamily": "XNV9"}, "XNV9", 1.0),
        ({"InstanceType": "XNV9.LARGE20", "GpuCount": 0, "Gpu": 4}, "XNV9", 4.0),
    ],
)
def test_the_card_is_told_in_a_text_or_known_by_its_type(fields: dict[str, Any], label: str, count: float) -> None:
    found = one_row(**fields)
    assert (found.accelerator_label, found.accelerator_count) == (label, count)


@pytest.mark.parametrize(
    ("status", "category", "told"),
    [
        ("SELL", "EnoughStock", "available"),
        ("SELL", "NormalStock", "available"),
        ("SELL", "UnderStock", "limited"),
        ("SELL", "WithoutStock", "sold_out"),
        ("SOLD_OUT", "EnoughStock", "sold_out"),
        ("SELL", "SomethingNew", "available"),
        ("MAINTENANCE", None, "offered"),
        (None, None, "offered"),
    ],
)
def test_stock_in_words(status: str | None, category: str | None, told: str) -> None:
    assert one_row(Status=status, StatusCategory=category).status == told


@pytest.mark.parametrize(
    ("way", "price", "told"),
    [
        ("POSTPAID_BY_HOUR", {"UnitPrice": 7.5, "ChargeUnit": "HOUR"}, 7.5),
        ("POSTPAID_BY_HOUR", {"UnitPrice": 7.5}, 7.5),
        ("POSTPAID_BY_HOUR", {"UnitPrice": 7.5, "ChargeUnit": "GB"}, None),
        ("POSTPAID_BY_HOUR", {"UnitPrice": 0.01}, None),
        ("POSTPAID_BY_HOUR", None, None),
        ("SPOTPAID", {"UnitPrice": 1.5}, None),
        ("PREPAID", {"OriginalPrice": 2500}, None),
    ],
)
def test_presence_does_not_depend_on_a_price(way: str, price: Any, told: float | None) -> None:
    found = one_row(InstanceChargeType=way, Price=price)
    assert (found.price, found.currency) == (told, None if told is None else "CNY")


def test_ways_of_paying_become_one_row_in_its_best_status() -> None:
    ways = [
        T4 | {"InstanceChargeType": "SPOTPAID", "Status": "SOLD_OUT"},
        T4 | {"InstanceChargeType": "POSTPAID_BY_HOUR", "StatusCategory": "UnderStock", "Price": {"UnitPrice": 7.5}},
        T4 | {"InstanceChargeType": "PREPAID", "Externals": {"GPUDesc": "1 * NVIDIA T4"}, "Status": "SOLD_OUT"},
    ]
    (found,) = offerings("r", msgspec.convert(ways, list[Quota]), "0" * 64, currency="USD")
    assert (found.status, found.price, found.accelerator_label) == ("limited", 7.5, "NVIDIA T4")


def test_masked_labels_and_the_scope() -> None:
    assert resolve_label("tencent", "NVIDIA GPU")[0] == "masked"
    for source in (workbench_china, workbench_international, cvm_api):
        models = scope_models(source.scope, place=source.name)
        assert {"A100", "T4", "H20"} <= models
        assert not models & {"A800", "H800", "unknown"}


# --- workbench


def test_zones_are_asked_once_each(tmp_path: Path) -> None:
    answers = workbench({"ap-nanjing": ["ap-nanjing-1", "ap-nanjing-1", ""]}, {"ap-nanjing-1": [T4]})
    (region,), (offering,), ask = run(workbench_china, answers, tmp_path)
    assert region.answered
    assert offering.zone == "ap-nanjing-1"
    assert len(ask.asked) == 2
    assert json.loads(ask.asked[1].body)["data"]["Filters"][1] == {"Name": "zone", "Values": ["ap-nanjing-1"]}


def test_a_closed_zone_is_empty_and_a_region_is_not(tmp_path: Path) -> None:
    zones = {"ap-hongkong": ["ap-hongkong-1", "ap-hongkong-2"], "ap-mumbai": ["ap-mumbai-1"], "ap-bangkok": []}
    rows: dict[str, Any] = {"ap-hongkong-1": [], "ap-hongkong-2": [CPU], "ap-mumbai-1": []}
    regions, found, ask = run(workbench_china, workbench(zones, rows), tmp_path)
    told = {region.code: region.answered for region in regions}
    assert told == {"ap-bangkok": False, "ap-hongkong": True, "ap-mumbai": False}
    assert found == []
    assert [fault.split(":")[0] for fault in ask.faults] == ["ap-bangkok", "ap-mumbai"]


@pytest.mark.parametrize(
    "broken",
    [
        {"Error": {"Code": "UnauthorizedOperation", "Message": "no"}},
        {"Error": {"Code": "RequestLimitExceeded", "Message": "slower"}},
        {"RequestId": "0"},
        [T4 | {"Zone": "ap-nanjing-9"}],
        b'{"code": 7, "msg": "not logged in"}',
        b"{}",
        b"<html>login</html>",
        b'{"code":0,"data":{"Response":{"InstanceTypeQuotaSet":[{"Inst',
        b"",
    ],
)
def test_one_lost_zone_is_a_region_that_has_not_answered(broken: Any, tmp_path: Path) -> None:
    zones = {"ap-nanjing": ["ap-nanjing-1", "ap-nanjing-2"], "ap-seoul": ["ap-seoul-1"]}
    answers = workbench(zones, {"ap-nanjing-1": [T4], "ap-nanjing-2": broken, "ap-seoul-1": [T4]})
    regions, found, ask = run(workbench_china, answers, tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("ap-nanjing", False), ("ap-seoul", True)]
    assert [offering.region_code for offering in found] == ["ap-seoul"]
    assert len(ask.faults) == 1
    assert ask.faults[0].startswith("ap-nanjing-2: ")


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"code": 1, "msg": "busy"}',
        b'{"code": 0, "data": {"Response": {"RegionSet": []}}}',
        b'{"code": 0, "data": {"Response": {"Error": {"Code": "A", "Message": "b"}}}}',
        b"<html>login</html>",
    ],
)
def test_no_list_of_regions_is_an_error(content: bytes, tmp_path: Path) -> None:
    answers = [Recorded(url=f"{HOST}/cgi/area/queryCvmRegion", method="POST", content=content)]
    with pytest.raises(AskError):
        run(workbench_china, answers, tmp_path)


# --- CVM API


def test_every_region_is_asked_at_its_own_host(tmp_path: Path) -> None:
    recorded = recording("tencent", "cvm_api")
    regions, found, ask = run(cvm_api, recorded.answers, tmp_path)
    assert {region.code for region in regions if region.answered} == {"ap-guangzhou", "ap-hongkong", "ap-xian-ec"}
    assert all(offering.price is None and offering.currency is None for offering in found)
    assert sorted(fault.split(":")[0] for fault in ask.faults) == ["ap-mumbai", "ap-shanghai-fsi", "eu-frankfurt"]
    # what a request is known by holds no headers, so the region must stand in its URL
    assert len({(request.method, request.url, request.body) for request in ask.asked}) == len(ask.asked) == 6
    assert all(request.host == f"cvm.{request.headers['x-tc-region']}.tencentcloudapi.com" for request in ask.asked[1:])


@pytest.mark.parametrize("response", [{}, {"RegionSet": []}, {"Error": {"Code": "AuthFailure", "Message": "no"}}])
def test_no_regions_at_all_are_an_error(response: dict[str, Any], tmp_path: Path) -> None:
    content = json.dumps({"Response": response}).encode()
    with pytest.raises(AskError, match=r"no region|AuthFailure"):
        run(cvm_api, [Recorded(url="https://region.tencentcloudapi.com/", method="POST", content=content)], tmp_path)


def test_the_official_examples_are_read(shared_data: Path) -> None:
    folder = shared_data / "tencent"
    listed = (folder / "doc_example_region_DescribeRegions.json").read_bytes()
    regions = msgspec.json.decode(listed, type=RegionAnswer).response.region_set or []
    assert {"ap-guangzhou", "ap-xian-ec", "eu-frankfurt"} <= {region.region for region in regions}
    assert {region.region_state for region in regions} == {"AVAILABLE"}
    rows = (folder / "doc_example_cvm_DescribeZoneInstanceConfigInfos.json").read_bytes()
    (row,) = msgspec.json.decode(rows, type=ZoneAnswer).response.instance_type_quota_set or []
    assert (row.zone, row.instance_type, row.status_category) == ("ap-guangzhou-6", "S2.SMALL1", "EnoughStock")
    assert offerings("ap-guangzhou", [row], "0" * 64, currency=None) == []


# --- signature


def signed(sign: Signer, request: Request) -> dict[str, str]:
    async def no_exchange(request: Request) -> bytes:
        raise AssertionError(request.url)

    async def run() -> dict[str, str]:
        return dict(await sign(request, no_exchange))

    return asyncio.run(run())


def request_to_sign() -> Request:
    headers = {
        "content-type": "application/json",
        "x-tc-action": "DescribeZoneInstanceConfigInfos",
        "x-tc-version": "2017-03-12",
        "x-tc-region": "ap-guangzhou",
    }
    body = written({"Filters": [{"Name": "zone", "Values": ["广州"]}]})
    return Request(url="https://cvm.ap-guangzhou.tencentcloudapi.com/", method="POST", body=body, headers=headers)


def test_a_request_is_signed_as_tencent_s_own_package_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tencentcloud.common import abstract_client
    from tencentcloud.common.common_client import CommonClient
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.http.request import ApiRequest
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile

    monkeypatch.setattr(abstract_client, "time", SimpleNamespace(time=lambda: FROZEN))
    sent: list[Any] = []

    def keep(self: Any, request: Any) -> None:
        sent.append(request)
        raise TimeoutError

    monkeypatch.setattr(ApiRequest, "send_request", keep)
    request = request_to_sign()
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=request.host))
    client = CommonClient("cvm", "2017-03-12", Credential(HIDDEN, HIDDEN), "ap-guangzhou", profile)
    with pytest.raises(TimeoutError):
        client.call_json(request.headers["x-tc-action"], json.loads(request.body))
    (theirs,) = sent
    assert theirs.data.encode() == request.body

    ours = signed(tc3_signer(RecordedAsk(Recording("tencent", "cvm_api", {}, []), tmp_path)), request)
    expected = {name.lower(): value for name, value in theirs.header.items()}
    assert expected.pop("host") == request.host
    del expected["x-tc-traceid"]  # new for every call, and not signed
    assert ours == expected
    assert request.headers.items() <= ours.items()

    canonical = (
        f"POST\n/\n\ncontent-type:application/json\nhost:{request.host}\n\ncontent-type;host\n"
        f"{hashlib.sha256(request.body).hexdigest()}"
    )
    scope = "2023-11-14/cvm/tc3_request"
    text = f"TC3-HMAC-SHA256\n{FROZEN}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{HIDDEN}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert ours["authorization"] == (
        f"TC3-HMAC-SHA256 Credential={HIDDEN}/{scope}, SignedHeaders=content-type;host, Signature={signature}"
    )


def test_a_body_that_the_package_would_write_otherwise_is_not_signed(tmp_path: Path) -> None:
    request = request_to_sign()
    tight = Request(url=request.url, method="POST", body=b'{"Product":"cvm"}', headers=request.headers)
    with pytest.raises(AskError, match="cannot sign"):
        signed(tc3_signer(RecordedAsk(Recording("tencent", "cvm_api", {}, []), tmp_path)), tight)
