"""The EC2 API: its traps, every way in which it fails, the signature, and a real server of its protocol (moto)."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import polars as pl
import pytest

from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay
from gpu_census.collect.night import ask_clouds
from gpu_census.collect.observation import observe
from gpu_census.collect.request import Request
from gpu_census.errors import AskError
from gpu_census.providers.aws.ec2_answers import DescribedType, Device, GpuInfo, accelerators
from gpu_census.providers.aws.ec2_api import ec2_api
from gpu_census.providers.aws.ec2_query import FORM, PAGES_AT_MOST, sigv4_signer
from gpu_census.providers.contract import Offering, Region
from gpu_census.reference.instance_types import resolve
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording, recording

Read = tuple[dict[str, Region], list[Offering], RecordedAsk]
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "",
}


def read(answers: list[Recorded], folder: Path) -> Read:
    """Regions by code and offerings that the source makes of these answers."""
    ask = RecordedAsk(Recording("aws", "ec2_api", {}, answers), folder)

    async def run() -> list[Region | Offering]:
        return [row async for row in ec2_api.list_types(ask)]

    rows = asyncio.run(run())
    regions = {row.code: row for row in rows if isinstance(row, Region)}
    return regions, [row for row in rows if isinstance(row, Offering)], ask


def changed(region: str, body: str, change: Callable[[Recorded], Recorded]) -> list[Recorded]:
    """The recorded answers, the ones of a region with this in their body changed."""
    answers = recording("aws", "ec2_api").answers
    assert any(f"ec2.{region}." in answer.url and body in answer.body for answer in answers)
    return [change(answer) if f"ec2.{region}." in answer.url and body in answer.body else answer for answer in answers]


def refused(answer: Recorded) -> Recorded:
    return replace(answer, status=500, content=b"<Response><Errors/></Response>")


# --- what is special


def test_each_type_is_described_once_where_it_is_offered(tmp_path: Path) -> None:
    *_, ask = read(recording("aws", "ec2_api").answers, tmp_path)
    described = [
        (request.host, name)
        for request in ask.asked
        for form in [parse_qs(request.body.decode())]
        if form["Action"] == ["DescribeInstanceTypes"]
        for key, (name,) in form.items()
        if key.startswith("Filter.1.Value")
    ]
    assert len(described) == len({name for _, name in described}) == 8
    assert ("ec2.us-west-1.amazonaws.com", "dl1.24xlarge") in described
    assert {host for host, name in described if name != "dl1.24xlarge"} == {"ec2.us-east-1.amazonaws.com"}


def test_regions_that_are_not_enabled_are_told_once_and_not_asked(tmp_path: Path) -> None:
    regions, _, ask = read(recording("aws", "ec2_api").answers, tmp_path)
    assert ask.faults[0] == "not opted in, so not asked: ap-south-2, mx-central-1"
    assert [fault.split(":")[0] for fault in ask.faults[1:]] == ["af-south-1"]
    assert [code for code, region in regions.items() if not region.answered] == [
        "af-south-1",
        "ap-south-2",
        "mx-central-1",
    ]
    assert not {request.host for request in ask.asked} & {"ec2.ap-south-2.amazonaws.com"}


def test_local_zones_are_no_zones_of_the_region(tmp_path: Path) -> None:
    _, offerings, _ = read(recording("aws", "ec2_api").answers, tmp_path)
    assert {row.zone for row in offerings if row.instance_type == "p9.96xlarge"} == {""}


@pytest.mark.parametrize(
    ("devices", "held"),
    [
        ([Device("H100", 8, 8, 1.0)], {"H100": 8.0}),
        ([Device("L4", 0, 1, 0.125)], {"L4": 0.125}),
        ([Device("L4", 0)], {"L4": None}),
        ([Device("A", 2), Device("A", 2), Device("B", 1)], {"A": 4.0, "B": 1.0}),
        ([Device("", 1)], {"x9.large": 1.0}),
        ([], {}),
    ],
)
def test_what_a_type_holds(devices: list[Device], held: dict[str, float | None]) -> None:
    assert accelerators(DescribedType("x9.large", gpu_info=GpuInfo(devices))) == held


def test_a_type_described_without_its_accelerator_is_known_from_the_tables() -> None:
    assert accelerators(DescribedType("p5.48xlarge")) == {"H100": 8.0}


# --- what fails


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><html><br></html>", b"<html></html>", b"", b"<?xml version='1.0'?><Desc"]
)
@pytest.mark.parametrize("asked", ["LocationType=region", "LocationType=availability-zone-id"])
def test_an_answer_of_another_form_leaves_only_its_region_unanswered(body: bytes, asked: str, tmp_path: Path) -> None:
    regions, offerings, ask = read(changed("us-west-1", asked, lambda a: replace(a, content=body)), tmp_path)
    assert not regions["us-west-1"].answered
    assert regions["us-east-1"].answered
    assert "us-west-1" not in {row.region_code for row in offerings}
    assert any(fault.startswith("us-west-1: https://ec2.us-west-1") for fault in ask.faults)


def test_a_lost_page_leaves_its_region_unanswered(tmp_path: Path) -> None:
    regions, offerings, _ = read(changed("us-east-1", "NextToken", refused), tmp_path)
    assert not regions["us-east-1"].answered
    assert regions["us-west-1"].answered
    assert "us-east-1" not in {row.region_code for row in offerings}


def test_an_empty_list_is_no_answer(tmp_path: Path) -> None:
    empty = f'<r xmlns="{NAMESPACE}"><instanceTypeOfferingSet/></r>'.encode()
    answers = changed("us-west-1", "LocationType=region", lambda a: replace(a, content=empty))
    regions, _, ask = read(answers, tmp_path)
    assert not regions["us-west-1"].answered
    assert "us-west-1: offers no instance type at all, which no region does" in ask.faults


def test_a_list_of_pages_that_comes_back_to_itself_ends(tmp_path: Path) -> None:
    first = next(a for a in recording("aws", "ec2_api").answers if a.body == "LocationType=region")
    regions, _, ask = read(changed("us-east-1", "NextToken", lambda a: replace(a, content=first.content)), tmp_path)
    assert not regions["us-east-1"].answered
    assert any("comes back to itself" in fault for fault in ask.faults)
    assert len(ask.asked) < PAGES_AT_MOST


def test_types_that_cannot_be_described_leave_every_region_that_offers_them_unanswered(tmp_path: Path) -> None:
    regions, offerings, ask = read(changed("us-west-1", "Action=DescribeInstanceTypes&", refused), tmp_path)
    assert not regions["us-west-1"].answered
    assert regions["us-east-1"].answered
    assert {row.region_code for row in offerings} == {"us-east-1", "eu-north-9"}
    assert any("some of its types were not described" in fault for fault in ask.faults)


def test_types_are_described_in_another_region_where_the_first_fails(tmp_path: Path) -> None:
    answers = changed("us-east-1", "Action=DescribeInstanceTypes&", refused)
    regions, offerings, _ = read(answers, tmp_path)
    assert not regions["eu-north-9"].answered
    types = next(
        a for a in recording("aws", "ec2_api").answers if a.url.startswith("https://ec2.us-east") and "Types&" in a.body
    )
    elsewhere = [replace(types, url=f"https://ec2.{code}.amazonaws.com/") for code in ("ca-central-1", "eu-north-9")]
    regions, offerings, _ = read([*answers, *elsewhere], tmp_path)
    assert regions["eu-north-9"].answered
    assert not regions["us-east-1"].answered, "p9 is offered nowhere else"
    assert {row.region_code for row in offerings} == {"us-west-1", "eu-north-9"}


def test_what_the_api_does_not_describe_is_told_and_taken_from_the_tables(tmp_path: Path) -> None:
    def without(answer: Recorded) -> Recorded:
        kept = re.sub(
            rb"<item>\s*<instanceType>(p9|p5|m7i).*?</instanceType>.*?\n        </item>",
            b"",
            answer.content,
            flags=re.S,
        )
        return replace(answer, content=kept)

    regions, offerings, ask = read(changed("us-east-1", "Action=DescribeInstanceTypes&", without), tmp_path)
    told = [fault for fault in ask.faults if "leaves out" in fault]
    assert regions["us-east-1"].answered
    assert {row.accelerator_label for row in offerings if row.instance_type == "p5.48xlarge"} == {"H100"}
    assert told == ["DescribeInstanceTypes leaves out what is offered: m7i.large, p5.48xlarge, p9.96xlarge"]


@pytest.mark.parametrize("content", [b"<html></html>", f'<r xmlns="{NAMESPACE}"><regionInfo/></r>'.encode()])
def test_without_a_list_of_regions_there_is_no_answer(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError, match="DescribeRegions"):
        read(changed("us-east-1", "DescribeRegions", lambda a: replace(a, content=content)), tmp_path)


# --- recorded listings


def test_recorded_offerings_are_read_as_the_archive_reads_them(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "aws" / "instance_type_offerings" / "2026-10-25"
    listed = {
        path.stem: [row["InstanceType"] for row in json.loads(path.read_bytes())] for path in folder.glob("*.json")
    }
    described = json.loads((shared_data / "aws" / "instance_types_accelerated_2026-10-25.json").read_bytes())
    zoned = json.loads((shared_data / "aws" / "instance_type_offerings_az_sample" / "us-east-1.json").read_bytes())
    every = {name: {"InstanceType": name} for types in listed.values() for name in types}
    infos = ("InstanceType", "GpuInfo", "NeuronInfo", "InferenceAcceleratorInfo", "MediaAcceleratorInfo")
    every |= {name: {key: row[key] for key in infos if key in row} for name, row in described.items()}
    regions, offerings, _ = read(list(_answers(listed, list(every.values()), zoned)), tmp_path)
    rows = [(code, name) for code, types in sorted(listed.items()) for name in types]
    expected = resolve(pl.DataFrame(rows, schema=["region_code", "instance_type"], orient="row"), provider="aws")
    counted = expected.with_columns(pl.col("accelerator_count").cast(pl.Float64))
    columns = ["region_code", "instance_type", "accelerator_label", "accelerator_count"]
    found = {tuple(getattr(row, name) for name in columns) for row in offerings if row.region_code != "us-east-1"}
    assert found == set(counted.filter(pl.col("region_code") != "us-east-1").select(columns).iter_rows())
    assert all(region.answered for region in regions.values())
    in_zones = {(row["InstanceType"], row["Location"]) for row in zoned if re.fullmatch(r"use1-az\d", row["Location"])}
    held = {row.instance_type for row in offerings if row.region_code == "us-east-1"}
    assert held == set(counted.filter(pl.col("region_code") == "us-east-1")["instance_type"])
    zones = {(row.instance_type, row.zone) for row in offerings if row.region_code == "us-east-1" and row.zone}
    assert zones == {pair for pair in in_zones if pair[0] in held}


def _answers(listed: dict[str, list[str]], described: list[dict], zoned: list[dict]) -> Iterator[Recorded]:
    def answer(code: str, body: str, rows: list[dict], tag: str) -> Recorded:
        url = f"https://ec2.{code}.amazonaws.com/"
        return Recorded(url, f'<r xmlns="{NAMESPACE}">{_xml({tag: rows})}</r>'.encode(), method="POST", body=body)

    codes = [{"RegionName": code, "OptInStatus": "opted-in"} for code in sorted(listed)]
    yield answer("us-east-1", "Action=DescribeRegions&", codes, "RegionInfo")
    for code, types in listed.items():
        offered = [{"InstanceType": name, "Location": code} for name in types]
        yield answer(code, "LocationType=region", offered, "InstanceTypeOfferingSet")
        here = zoned if code == "us-east-1" else []
        yield answer(code, "LocationType=availability-zone-id", here, "InstanceTypeOfferingSet")
        yield answer(code, "Action=DescribeInstanceTypes&", described, "InstanceTypeSet")


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(
            f"<{key[0].lower()}{key[1:]}>{_xml(one)}</{key[0].lower()}{key[1:]}>" for key, one in value.items()
        )
    if isinstance(value, list):
        return "".join(f"<item>{_xml(one)}</item>" for one in value)
    return escape(str(value))


# --- the signature


class Keyed(RecordedAsk):
    """An ask with credentials."""

    def __init__(self, folder: Path, **credentials: str) -> None:
        super().__init__(Recording("aws", "ec2_api", {}, []), folder)
        self.credentials = CREDENTIALS | credentials

    def credential(self, name: str) -> str:
        return self.credentials[name]


@pytest.mark.parametrize("token", ["", "AQoDYXdzEPT//////////wEXAMPLE"])
def test_the_signature_is_the_one_that_the_official_client_sends(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3
    from botocore.awsrequest import AWSResponse

    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
    sent = []

    def catch(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, _Body(b"<r><instanceTypeOfferingSet/></r>"))

    client = boto3.client(
        "ec2",
        region_name="ap-northeast-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=token or None,
    )
    client.meta.events.register("before-send.ec2", catch)
    client.describe_instance_type_offerings(LocationType="region", MaxResults=1000)
    (official,) = sent
    ask = Keyed(tmp_path, AWS_SESSION_TOKEN=token)
    request = Request(
        url="https://ec2.ap-northeast-1.amazonaws.com/",
        method="POST",
        body=official.body if isinstance(official.body, bytes) else official.body.encode(),
        headers={"content-type": FORM},
    )
    assert official.url == request.url
    assert _text(official.headers["Content-Type"]) == FORM

    async def no_exchange(_: Request) -> bytes:
        raise AssertionError("nothing is exchanged")

    added = asyncio.run(sigv4_signer(ask, "ap-northeast-1")(request, no_exchange))
    assert added["Authorization"] == _text(official.headers["Authorization"])
    assert added["X-Amz-Date"] == "20261123T040506Z"
    assert added.get("X-Amz-Security-Token", "") == token
    assert not any(secret in str(added) for secret in [CREDENTIALS["AWS_SECRET_ACCESS_KEY"]])


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


# --- a real server of the protocol

FEW_REGIONS = ("ap-northeast-3", "eu-west-3")


def test_a_night_against_moto_finds_what_the_official_client_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing-testing-testing")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    landing = Landing(tmp_path / "landing")
    with moto() as server, _few_regions_of(server) as base:
        expected = set(_accelerated_by_boto3(server))
        limits = Limits(first_wait_seconds=0.01, longest_wait_seconds=0.05)
        night = ask_clouds(
            [ec2_api], landing=landing, census_date=date(2026, 11, 23), limits=limits, replay=Replay(base)
        )
    (asked,) = night.asked
    (run,) = landing.newest("aws", "ec2_api", 1)
    seen = observe(ec2_api, landing, run)
    assert {region.code for region in seen.regions if region.answered} == set(FEW_REGIONS), asked.faults
    assert len(seen.regions) > 25
    assert {(row.region_code, row.instance_type) for row in seen.offerings} == expected
    assert len(expected) > 30
    assert not [fault for fault in seen.faults[1:] if "status 401" not in fault]
    assert {row.zone.split("-")[0] for row in seen.offerings} >= {"apne3", "euw3"}


@contextmanager
def moto() -> Iterator[str]:
    """A server of the EC2 protocol on loopback, with offerings as they were once recorded."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def _few_regions_of(server: str) -> Iterator[str]:
    """`http://127.0.0.1:PORT/<host>/<path>` as moto's `/<path>` of that host; of a few regions only, to be quick."""
    import httpx

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            _, host, path = self.path.split("/", 2)
            body = self.rfile.read(int(self.headers["content-length"]))
            if host.split(".")[1] not in FEW_REGIONS and b"Action=DescribeRegions" not in body:
                self._give(401, b"<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>")
                return
            names = ("authorization", "content-type", "x-amz-date")
            headers = {name: self.headers[name] for name in names} | {"host": host}
            given = httpx.post(f"{server}/{path}", content=body, headers=headers, timeout=30, trust_env=False)
            self._give(given.status_code, given.content)

        def _give(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "text/xml;charset=UTF-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        proxy.server_close()


def _accelerated_by_boto3(server: str) -> Iterator[tuple[str, str]]:
    import boto3
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    infos = {"GpuInfo", "NeuronInfo", "InferenceAcceleratorInfo", "MediaAcceleratorInfo", "FpgaInfo"}
    holding = {name for name, described in INSTANCE_TYPES.items() if infos & set(described)}
    for region in FEW_REGIONS:
        client = boto3.client(
            "ec2", region_name=region, endpoint_url=server, aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        for page in client.get_paginator("describe_instance_type_offerings").paginate(LocationType="region"):
            offered = {row["InstanceType"] for row in page["InstanceTypeOfferings"]}
            yield from ((region, name) for name in offered & holding)
