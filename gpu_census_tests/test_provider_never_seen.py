"""Crusoe, Oracle and Volcengine: known from a description alone, so off unless asked for, and strict about the form."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from gpu_census.collect.request import Request
from gpu_census.errors import AskError
from gpu_census.providers import crusoe, volcengine
from gpu_census.providers.contract import accelerators_in
from gpu_census.providers.oracle.signature import CREDENTIALS, oci_signer
from gpu_census.providers.readiness import SHAPE_ONLY, why_not_asked
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source
from gpu_census_tests.stand_in.recordings import RecordedAsk, Recording

CRUSOE = the_source("crusoe", "machine_types_page")
ORACLE = the_source("oracle", "shapes_api")
VOLCENGINE = the_source("volcengine", "price_template")
IDENTITY = "https://identity.*.oraclecloud.com/20160918/tenancies/*/regionSubscriptions"
SHAPES = "https://iaas.us-ashburn-1.oraclecloud.com/20160918/shapes?*"
TEMPLATE = f"{volcengine.URL}?Action=ListTemplate&Version=2020-01-01&TemplateCode={volcengine.TEMPLATE}"


@pytest.mark.parametrize("source", [CRUSOE, ORACLE, VOLCENGINE], ids=lambda source: source.provider)
def test_it_is_not_asked_unless_its_provider_is_named(source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in source.credentials:
        monkeypatch.setenv(name, "set")
    monkeypatch.delenv(SHAPE_ONLY, raising=False)
    assert "known from a description only" in why_not_asked(source)
    monkeypatch.setenv(SHAPE_ONLY, f"other, {source.provider}")
    assert why_not_asked(source) == ""


# --- Crusoe


def page(*rows: str) -> dict[str, bytes]:
    return {crusoe.URL: f"<table>{''.join(f'<tr><td>{row}</td></tr>' for row in rows)}</table>".encode()}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("h100-80gb-sxm-ib.8x</td><td>us-east1-a", [("us-east1-a", "h100-80gb-sxm-ib.8x", "H100", 8.0)]),
        ("a40.2x</td><td>us-east1-a", [("us-east1-a", "a40.2x", "A40", 2.0)]),
        ("x900-99gb.4x</td><td>us-east1-b", [("us-east1-b", "x900-99gb.4x", "x900-99gb", 4.0)]),
        ("c1a.8x</td><td>us-east1-a", []),
        ("h200-141gb-sxm-ib.8x</td><td>soon", []),
    ],
)
def test_crusoe_a_row_names_types_and_zones(row: str, expected: Any, tmp_path: Path) -> None:
    told = page(row, "l40s-48gb.1x</td><td>eu-norway1-a")
    _, found, _ = rows_of(CRUSOE, told, tmp_path)
    rows = [(one.zone, one.instance_type, one.accelerator_label, one.accelerator_count) for one in found]
    assert [one for one in rows if one[0] != "eu-norway1-a"] == expected


@pytest.mark.parametrize("content", [*BROKEN, b"<table><tr><td>c1a.8x</td><td>us-east1-a</td></tr></table>"])
def test_crusoe_a_page_without_a_gpu_type_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(CRUSOE, {crusoe.URL: content}, tmp_path)


# --- Oracle


def told_by_oracle(shapes: Any, **region: str) -> dict[str, Any]:
    return {IDENTITY: [{"regionName": "us-ashburn-1"} | region], SHAPES: shapes}


@pytest.mark.parametrize("shapes", [*BROKEN, [{"shape": "VM.Standard2.1"}] * 1000])
def test_oracle_an_empty_or_a_full_page_is_no_answer(shapes: Any, tmp_path: Path) -> None:
    regions, found, ask = rows_of(ORACLE, told_by_oracle(shapes), tmp_path)
    assert ([region.answered for region in regions], found, len(ask.faults)) == ([False], [], 1)


def test_oracle_a_region_that_is_not_ready_is_not_asked(tmp_path: Path) -> None:
    regions, _, ask = rows_of(ORACLE, told_by_oracle([{"shape": "a"}], status="IN_PROGRESS"), tmp_path)
    assert [region.answered for region in regions] == [False]
    assert "its subscription is IN_PROGRESS" in ask.faults[0]


@pytest.mark.parametrize(
    ("shape", "model"),
    [
        ("VM.GPU2.1", "P100"), ("BM.GPU3.8", "V100"), ("BM.GPU4.8", "A100"), ("BM.GPU.A100-v2.8", "A100"),
        ("VM.GPU.A10.2", "A10"), ("BM.GPU.H100.8", "H100"), ("BM.GPU.MI300X.8", "MI300X"), ("BM.GPU.GB200.4", "GB200"),
    ],
)  # fmt: skip
def test_oracle_shapes_are_known_by_their_names(shape: str, model: str) -> None:
    ((label, _),) = accelerators_in("oracle", shape)
    assert resolve_label("oracle", label)[1] == model


@pytest.mark.skipif(importlib.util.find_spec("oci") is not None, reason="Oracle's package is installed")
def test_oracle_says_what_to_install(tmp_path: Path) -> None:
    ask = RecordedAsk(Recording("oracle", "shapes_api", {}, []), tmp_path)
    with pytest.raises(AskError, match="pip install oci"):
        asyncio.run(oci_signer(ask)(Request(url="https://iaas.us-ashburn-1.oraclecloud.com/"), lambda _: None))  # type: ignore[arg-type,return-value]
    assert ORACLE.credentials == CREDENTIALS


@pytest.mark.skipif(
    importlib.util.find_spec("oci") is None, reason="Oracle's package is not installed: pip install oci"
)
def test_oracle_signs_as_its_own_package_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ask = RecordedAsk(Recording("oracle", "shapes_api", {}, []), tmp_path)
    values = dict(
        zip(CREDENTIALS, ("ocid1.t", "ocid1.u", "aa:bb", key.decode().replace("\n", "\\n"), "r"), strict=True)
    )
    monkeypatch.setattr(ask, "credential", values.__getitem__)
    request = Request(url="https://iaas.us-ashburn-1.oraclecloud.com/20160918/shapes?limit=1000")
    headers = asyncio.run(oci_signer(ask)(request, lambda _: None))  # type: ignore[arg-type,return-value]
    assert set(headers) == {"date", "authorization"}
    assert 'keyId="ocid1.t/ocid1.u/aa:bb"' in headers["authorization"]
    assert 'headers="date (request-target) host"' in headers["authorization"]


# --- Volcengine


def told_by_volcengine(*rows: dict[str, Any], fillers: int = 12) -> dict[str, Any]:
    cpu = [row(f"ecs.g3i.{size}xlarge") for size in range(fillers)]
    template = json.dumps({"a": [{"b": cpu}, list(rows)]})
    return {TEMPLATE: {"Result": {"List": [{"Template": template}]}}}


def row(code: str, **fields: Any) -> dict[str, Any]:
    zones = json.dumps([{"ZoneCode": "cn-beijing-a"}])
    return {"Product": "ECS", "ConfigurationCode": code, "Region": "cn-beijing", "AvailableZone": zones} | fields


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (row("ecs.hpcpni3ln.45xlarge.month"), [("cn-beijing-a", "ecs.hpcpni3ln.45xlarge", "H20")]),
        (row("ecs.gni9.xlarge", AvailableZone="?"), [("", "ecs.gni9.xlarge", "gni9")]),
        (row("ecs.pni2.14xlarge"), [("cn-beijing-a", "ecs.pni2.14xlarge", "pni2")]),
        (row("ecs.hpcc3i.xlarge"), []),
        (row("ecs.gni9.xlarge", Product="EBS"), []),
        (row("ecs.gni9.xlarge", Region=""), []),
        (row("gni9"), []),
    ],
)
def test_volcengine_a_row_is_a_type_in_zones(told: dict[str, Any], expected: Any, tmp_path: Path) -> None:
    _, found, _ = rows_of(VOLCENGINE, told_by_volcengine(told), tmp_path)
    assert [(one.zone, one.instance_type, one.accelerator_label) for one in found] == expected


def test_volcengine_a_family_of_two_cards_stays_unknown() -> None:
    assert resolve_label("volcengine", "pni2") == ("masked", "unknown")


@pytest.mark.parametrize(
    "template",
    ["", "no JSON", "[]", json.dumps([row("ecs.gni9.xlarge")]), "[" * 100_000, json.dumps([row("ecs.a.b", Region=5)])],
)
def test_volcengine_a_short_or_broken_template_is_an_error(template: str, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(VOLCENGINE, {TEMPLATE: {"Result": {"List": [{"Template": template}]}}}, tmp_path)


@pytest.mark.parametrize("content", [*BROKEN, b'{"Result": {"List": []}}'])
def test_volcengine_no_template_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(VOLCENGINE, {TEMPLATE: content}, tmp_path)
