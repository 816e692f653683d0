"""Huawei Cloud: the traps of its price calculator and of its flavors, the signature, and how either may fail."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gpu_census.collect.request import HIDDEN, Request, Signer
from gpu_census.errors import AskError
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census.providers.huawei.accelerator_card import read_card
from gpu_census.providers.huawei.calculator import Menu, ProductInfo
from gpu_census.providers.huawei.calculator_sites import calculator_china, calculator_international
from gpu_census.providers.huawei.ecs_api import Flavors, ecs_api
from gpu_census.providers.huawei.flavor import Flavor, cards, on_sale
from gpu_census.providers.huawei.signature import sdk_signer
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.scope import scope_models
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording, recording

API = "https://portal.huaweicloud.com/api/calculator/rest/cbc/portalcalculatornodeservice/v4/api"
IAM = "https://iam.myhuaweicloud.com/v3"
T4 = {"spec": "pi2.2xlarge.4", "imageSpec": "linux", "acceleratorCard": "1 * NVIDIA T4 / 1 * 16G"}


def run(source: Source, answers: list[Recorded], folder: Path) -> tuple[list[Region], list[Offering], RecordedAsk]:
    """What a source makes of answers."""
    ask = RecordedAsk(Recording(source.provider, source.name, {}, answers), folder)

    async def rows() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    found = asyncio.run(rows())
    regions = [row for row in found if isinstance(row, Region)]
    return regions, [row for row in found if isinstance(row, Offering)], ask


def menu(*regions: str, **fields: Any) -> Recorded:
    service = {"urlPath": "ecs", "regionOnline": {"regionList": list(regions)}}
    body = {"menuInfos": [{"subCategoryLists": [service]}], "global": {}, "regionsOfSite": {}} | fields
    return Recorded(url=f"{API}/menuInfo?*", content=json.dumps(body).encode())


def prices(region: str, body: Any) -> Recorded:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{API}/productInfo?urlPath=ecs&tag=general.online.portal&region={region}&tab=calc&sign=common"
    return Recorded(url=url, content=content)


def machines(*rows: dict[str, Any], region: str = "cn-north-4") -> dict[str, Any]:
    return {"product": {"ec2_vm": list(rows)}, "region": region, "tab": "calc"}


# --- cards


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("2 * NVIDIA T4 / 2 * 16G", ("NVIDIA T4", 2.0)),
        ("2*NVIDIAT4/2*16G", ("NVIDIAT4", 2.0)),
        ("NVIDIAT4", ("NVIDIAT4", None)),
        ("1/2 * NVIDIA T4 / 8G", ("NVIDIA T4", 0.5)),
        ("0.25 * NVIDIA T4", ("NVIDIA T4", 0.25)),
        ("'2 * HUAWEI Ascend 310'", ("HUAWEI Ascend 310", 2.0)),
        ("1 * NVIDIA M60-2Q / 2G", ("NVIDIA M60-2Q", None)),
        ("8 * NVIDIA V100(NVLink) / 8 * 32G", ("NVIDIA V100(NVLink)", 8.0)),
        ("0 * NVIDIA T4", ("NVIDIA T4", None)),
        ("1/0 * NVIDIA T4", ("1", None)),
        ("/", ("/", None)),
        ("0", None),
        ("--", None),
        ("", None),
    ],
)
def test_a_card_is_read_with_and_without_its_parts(text: str, card: tuple[str, float | None] | None) -> None:
    assert read_card(text) == card


def test_its_labels_are_known() -> None:
    assert resolve_label("huawei", "NVIDIAT4") == ("model", "T4")
    assert resolve_label("huawei", "m60_1q") == ("model", "M60")
    assert resolve_label("huawei", "HUAWEI Ascend 310") == ("model", "Ascend 310")
    assert resolve_label("huawei", "NVIDIA Professional Graphics Card")[0] == "masked"


def test_what_modelarts_sells_is_outside_the_scope() -> None:
    for source in (calculator_china, calculator_international, ecs_api):
        models = scope_models(source.scope, place=source.name)
        assert {"T4", "V100", "A100", "Ascend 310"} <= models
        assert not models & {"Ascend 910", "Ascend 910B", "Ascend 910C", "unknown"}


# --- calculator


def test_the_page_s_headers_are_sent(tmp_path: Path) -> None:
    *_, ask = run(calculator_china, [menu("cn-north-4"), prices("cn-north-4", machines(T4))], tmp_path)
    assert len(ask.asked) == 2
    assert {request.headers["origin"] for request in ask.asked} == {"https://www.huaweicloud.com"}


@pytest.mark.parametrize(
    ("plan", "price"),
    [
        ({"billingMode": "ONDEMAND", "amount": 4.25, "measureUnit": 4}, 4.25),
        ({"billingMode": "ONDEMAND", "amount": "4.25"}, 4.25),
        ({"billingMode": "ONDEMAND", "amount": "on request"}, None),
        ({"billingMode": "ONDEMAND", "amount": None}, None),
        ({"billingMode": "ONDEMAND", "amount": 0}, None),
        ({"billingMode": "ONDEMAND", "amount": 0.01}, None),
        ({"billingMode": "ONDEMAND", "amount": 100.0, "measureUnit": 0}, None),
        ({"billingMode": "MONTHLY", "amount": 2040.0}, None),
    ],
)
def test_presence_does_not_depend_on_a_price(plan: dict[str, Any], price: float | None, tmp_path: Path) -> None:
    answers = [menu("cn-north-4"), prices("cn-north-4", machines(T4 | {"planList": [plan]}))]
    _, (offering,), _ = run(calculator_china, answers, tmp_path)
    assert (offering.price, offering.currency) == (price, None if price is None else "CNY")


def test_a_type_is_named_by_its_code_without_the_operating_system_where_spec_is_missing(tmp_path: Path) -> None:
    row = {"resourceSpecCode": "pi2.2xlarge.4.win", "imageSpec": "win", "acceleratorCard": "NVIDIAT4"}
    _, (offering,), _ = run(calculator_china, [menu("cn-north-4"), prices("cn-north-4", machines(row))], tmp_path)
    assert (offering.instance_type, offering.accelerator_label) == ("pi2.2xlarge.4", "NVIDIAT4")


def test_an_unknown_type_that_says_it_has_a_gpu_goes_by_its_own_name(tmp_path: Path) -> None:
    rows = machines({"spec": "p9.large.8", "performType": "ecs.performType.GPU"}, {"spec": "c9.large.8"})
    _, offerings, _ = run(calculator_china, [menu("cn-north-4"), prices("cn-north-4", rows)], tmp_path)
    assert [(row.instance_type, row.accelerator_label) for row in offerings] == [("p9.large.8", "p9.large.8")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"product": None},
        {"product": {}},
        {"product": {"ec2_vm": []}},
        {"product": {"cce_cce.cluster": [{}]}},
        machines(T4, region="cn-east-3"),
        b"<html>login</html>",
        b'{"product": {"ec2_vm": [{"spec": "pi2',
        b"",
    ],
)
def test_a_region_without_a_whole_answer_has_not_answered(body: Any, tmp_path: Path) -> None:
    answers = [menu("cn-north-4", "cn-north-9"), prices("cn-north-4", body)]
    answers.append(prices("cn-north-9", machines(T4, region="cn-north-9")))
    regions, offerings, ask = run(calculator_china, answers, tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("cn-north-4", False), ("cn-north-9", True)]
    assert {offering.region_code for offering in offerings} == {"cn-north-9"}
    assert len(ask.faults) == 1
    assert ask.faults[0].startswith("cn-north-4: ")


@pytest.mark.parametrize("broken", [menu(), menu("cn-north-4", menuInfos=[]), Recorded(url=f"{API}/*", content=b"{}")])
def test_a_menu_of_another_form_is_an_error(broken: Recorded, tmp_path: Path) -> None:
    with pytest.raises(AskError, match=r"menu|menuInfos"):
        run(calculator_china, [Recorded(url=f"{API}/menuInfo?*", content=broken.content)], tmp_path)


def test_a_recorded_menu_names_regions_and_who_runs_them(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "huawei"
    content = (folder / "menuInfo_intl_en-us_2026-04-01.json").read_bytes()
    answers = [Recorded(url="https://portal-intl.huaweicloud.com/*/menuInfo?*", content=content)]
    regions, offerings, ask = run(calculator_international, answers, tmp_path)
    found = {region.code: region for region in regions}
    assert len(found) == 28
    assert len(ask.faults) == 28
    assert offerings == []
    assert found["ap-southeast-1"].name == "CN-Hong Kong"
    partner_run = {code for code, region in found.items() if region.cloud_partition == "partner"}
    assert partner_run == {"eu-west-0", "my-kualalumpur-1", "tr-central-201"}
    assert msgspec.json.decode(content, type=Menu).names["la-south-2"] == "LA-Santiago"
    other = (folder / "productInfo_cce_ap-southeast-1_2026-04-01.json").read_bytes()
    envelope = msgspec.json.decode(other, type=ProductInfo)
    assert envelope.region == "ap-southeast-1"
    assert envelope.product is not None
    assert envelope.product.machines is None


# --- flavors


GONE = {"cond__operation__status": "abandon"}
HIDING = "NVIDIA Professional Graphics Card"


def flavor(name: str, **specs: str) -> Flavor:
    return Flavor(name, {key.replace("__", ":"): value for key, value in specs.items()})


@pytest.mark.parametrize(
    ("specs", "zones"),
    [
        ({}, {"": "offered"}),
        ({"cond__operation__status": "sellout"}, {"": "sold_out"}),
        ({"cond__operation__status": "obt_sellout"}, {"": "sold_out"}),
        ({"cond__operation__status": "something new"}, {"": "offered"}),
        (GONE, {}),
        (GONE | {"cond__operation__az": "a1(normal),a2( sellout )"}, {"a1": "offered", "a2": "sold_out"}),
        ({"cond__operation__az": "a1(abandon), a2(normal)"}, {"": "offered", "a2": "offered"}),
        (GONE | {"cond__operation__az": "a1(abandon), a2()"}, {}),
    ],
)
def test_a_zone_s_state_overrides_the_region_s(specs: dict[str, str], zones: dict[str, str]) -> None:
    assert on_sale(flavor("p1.2xlarge.8", **specs)) == zones


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (flavor("p1.2xlarge.8", pci_passthrough__alias="nvidia-p100:1"), (("nvidia-p100", 1.0),)),
        (flavor("xx.1", pci_passthrough__alias="nvidia-a30:1,nvidia-a30:1, nvme-3t:2"), (("nvidia-a30", 2.0),)),
        (flavor("i3.8xlarge.8", pci_passthrough__alias="nvme-1600g:4"), ()),
        (flavor("g1.xlarge", pci_passthrough__gpu_specs="m60_1q:virt:1"), (("m60_1q", None),)),
        (flavor("g1.2xlarge", pci_passthrough__gpu_specs="m60:direct_graphics:1"), (("m60", 1.0),)),
        (flavor("xx.2", info__gpus='[{"name": "NVIDIA L4", "count": 2}]'), (("NVIDIA L4", 2.0),)),
        (flavor("xx.3", info__gpus="[broken", info__gpu__name="1 * NVIDIA L4 / 24G"), (("NVIDIA L4", 1.0),)),
        (
            flavor("xx.4", info__gpu__name=f"2 * {HIDING} / 16G", quota__gpu="nvidia-rtx5000"),
            (("nvidia-rtx5000", 2.0),),
        ),
        (flavor("xx.5", info__gpu__name=f"1 * {HIDING} / 16G"), ((HIDING, 1.0),)),
        (flavor("p2v.4xlarge.8", quota__gpu="nvidia-v100"), (("nvidia-v100", 2.0),)),
        (flavor("fp1.2xlarge.11", ecs__performancetype="fpga", pci_passthrough__alias="nvidia:1"), ()),
        (flavor("p9.large.8", hws__performancetype="gpu"), (("p9.large.8", None),)),
        (flavor("pi2.2xlarge.4"), (("T4", 1.0),)),
        (flavor("c3.2xlarge.2", ecs__performancetype="computingv3"), ()),
        (Flavor("c3.2xlarge.2", None), ()),
    ],
)
def test_a_card_stands_in_one_of_six_fields(given: Flavor, told: tuple[Any, ...]) -> None:
    assert cards(given) == told


def test_the_documented_example_is_read(shared_data: Path) -> None:
    content = (shared_data / "huawei" / "doc_example_cloudservers_flavors.json").read_bytes()
    (example,) = msgspec.json.decode(content, type=Flavors).flavors
    assert example.specs["ecs:performancetype"] == "computingv3"
    assert (cards(example), on_sale(example)) == ((), {"": "offered"})


# --- API


def iam(*codes: str) -> list[Recorded]:
    regions = {"regions": [{"id": code, "type": "public"} for code in codes]}
    projects = {"projects": [{"id": f"p-{code}", "name": code, "enabled": True} for code in codes]}
    return [
        Recorded(url=f"{IAM}/regions", content=json.dumps(regions).encode()),
        Recorded(url=f"{IAM}/auth/projects", content=json.dumps(projects).encode()),
    ]


def page(names: list[str], query: str = "limit=1000", code: str = "cn-north-4") -> Recorded:
    flavors = [{"id": name, "os_extra_specs": {"pci_passthrough:alias": "nvidia-t4:1"}} for name in names]
    url = f"https://ecs.{code}.myhuaweicloud.com/v1/p-{code}/cloudservers/flavors?{query}"
    return Recorded(url=url, content=json.dumps({"flavors": flavors}).encode())


FULL = [f"pi2.n{number:04}" for number in range(1000)]


def test_pages_are_walked_by_marker(tmp_path: Path) -> None:
    answers = [*iam("cn-north-4"), page(FULL), page(["pi2.last"], "limit=1000&marker=pi2.n0999")]
    (region,), offerings, ask = run(ecs_api, answers, tmp_path)
    assert region.answered
    assert len(offerings) == 1001
    assert ask.asked[-1].headers["x-project-id"] == "p-cn-north-4"


def test_a_list_that_ignores_the_marker_ends_the_walk(tmp_path: Path) -> None:
    (region,), offerings, ask = run(ecs_api, [*iam("cn-north-4"), page(FULL, "*")], tmp_path)
    assert region.answered
    assert (len(offerings), len(ask.asked)) == (1000, 4)


@pytest.mark.parametrize("answers", [[page([])], [page(FULL)], []])
def test_a_lost_page_or_an_empty_list_is_no_answer(answers: list[Recorded], tmp_path: Path) -> None:
    other = page(["pi2.2xlarge.4"], code="cn-east-3")
    regions, offerings, ask = run(ecs_api, [*iam("cn-north-4", "cn-east-3"), *answers, other], tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("cn-east-3", True), ("cn-north-4", False)]
    assert [offering.region_code for offering in offerings] == ["cn-east-3"]
    assert len(ask.faults) == 1


def test_a_region_that_is_not_opened_is_told_in_one_line(tmp_path: Path) -> None:
    recorded = recording("huawei", "ecs_api")
    regions, offerings, ask = run(ecs_api, recorded.answers, tmp_path)
    closed = {region.code for region in regions if not region.answered}
    assert closed == {"cn-east-3", "la-south-2"}
    assert not closed & {offering.region_code for offering in offerings}
    assert ask.faults == [
        "cn-east-3: the region is not opened in this account (APIGW.0802)",
        "la-south-2: the account has no project here: the region is not opened",
    ]


def test_no_region_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AskError, match="lists no region"):
        run(ecs_api, iam(), tmp_path)


# --- signature


def signed(sign: Signer, request: Request) -> dict[str, str]:
    async def no_exchange(request: Request) -> bytes:
        raise AssertionError(request.url)

    async def run() -> dict[str, str]:
        return dict(await sign(request, no_exchange))

    return asyncio.run(run())


def test_a_request_is_signed_as_huawei_s_own_package_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer import signer

    class Frozen(datetime):
        @classmethod
        def utcnow(cls) -> Frozen:
            return cls(2026, 11, 23, 1, 2, 3)

    monkeypatch.setattr(signer, "datetime", Frozen)
    ask = RecordedAsk(Recording("huawei", "ecs_api", {}, []), tmp_path)
    url = "https://ecs.cn-north-4.myhuaweicloud.com/v1/p1/cloudservers/flavors?limit=1000&marker=a%2Fb%20c"
    request = Request(url=url, headers={"x-project-id": "p1"})
    headers = signed(sdk_signer(ask), request)
    theirs = BasicCredentials(HIDDEN, HIDDEN, "p1").sign_request(
        SdkRequest(
            "GET", "https", request.host, "/v1/p1/cloudservers/flavors",
            query_params=[("limit", 1000), ("marker", "a/b c")], header_params={},
        )
    )  # fmt: skip
    assert headers == {name: theirs.header_params[name] for name in ("X-Sdk-Date", "Authorization")}
    canonical = "\n".join(
        (
            "GET", "/v1/p1/cloudservers/flavors/", "limit=1000&marker=a%2Fb%20c",
            "host:ecs.cn-north-4.myhuaweicloud.com", "x-project-id:p1", "x-sdk-date:20261123T010203Z", "",
            "host;x-project-id;x-sdk-date", hashlib.sha256(b"").hexdigest(),
        )
    )  # fmt: skip
    text = f"SDK-HMAC-SHA256\n20261123T010203Z\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(HIDDEN.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert headers["Authorization"] == (
        f"SDK-HMAC-SHA256 Access={HIDDEN}, SignedHeaders=host;x-project-id;x-sdk-date, Signature={signature}"
    )
