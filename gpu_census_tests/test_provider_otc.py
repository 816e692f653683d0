"""Open Telekom Cloud: one flavor under many systems, two forms of the list, prices in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gpu_census.errors import AskError
from gpu_census.providers.contract import accelerators_in
from gpu_census.providers.otc import Prices
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source

SOURCE = the_source("otc", "price_calculator")
URL = "https://calculator.otc-service.com/en/open-telekom-price-api/?serviceName=ecs&limitMax=5000"
CPU = {"opiFlavour": "s3.medium.1", "region": "eu-de", "priceAmount": "0.02 EUR", "unit": "h"}


def told(*items: dict[str, Any], count: int | None = None, flat: bool = False) -> dict[str, Any]:
    rows = [CPU, *items]
    stats = {"count": len(rows) if count is None else count}
    return {URL: {"response": {"stats": stats, "result": rows if flat else {"ecs": rows}}}}


def item(flavor: str = "p3.2xlarge.8", price: str = "3.1 EUR", **fields: Any) -> dict[str, Any]:
    return {"opiFlavour": flavor, "region": "eu-de", "priceAmount": price, "unit": "h"} | fields


@pytest.mark.parametrize("flat", [False, True])
def test_a_flavor_stands_once_at_the_price_without_a_licence(flat: bool, tmp_path: Path) -> None:
    _, (found,), _ = rows_of(SOURCE, told(item(price="3.500000 EUR"), item(), flat=flat), tmp_path)
    assert (found.accelerator_label, found.accelerator_count) == ("A100", 1.0)
    assert (found.price, found.currency) == (3.1, "EUR")


@pytest.mark.parametrize(
    "fields", [{"price": "0.000000 EUR"}, {"price": "-"}, {"price": ""}, {"unit": "mo"}, {"price": "on request"}]
)
def test_presence_does_not_depend_on_a_price(fields: dict[str, str], tmp_path: Path) -> None:
    _, (found,), _ = rows_of(SOURCE, told(item(**fields)), tmp_path)
    assert (found.price, found.currency) == (None, None)


@pytest.mark.parametrize(
    ("flavor", "label", "count"),
    [
        ("g7v.6xlarge.8", "A40", 0.5),
        ("p5e.40xlarge.12", "H100 NVL", 8.0),
        ("p2s.99xlarge.8", "V100", None),
        ("p9.2xlarge.8", "p9.2xlarge.8", None),
        ("PI2.4xlarge.4", "T4", 2.0),
    ],
)
def test_the_card_is_known_by_the_flavor(flavor: str, label: str, count: float | None, tmp_path: Path) -> None:
    _, (found,), _ = rows_of(SOURCE, told(item(flavor)), tmp_path)
    assert (found.accelerator_label, found.accelerator_count) == (label, count)


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_no_list_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(SOURCE, {URL: content}, tmp_path)


def test_fewer_rows_than_told_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(AskError, match="2 rows where the answer tells of 900"):
        rows_of(SOURCE, told(item(), count=900), tmp_path)


def test_the_envelope_recorded_for_another_service_has_the_form(shared_data: Path) -> None:
    content = (shared_data / "otc" / "price_api_apig_eu-ch2_2026-05-06.json").read_bytes()
    told = msgspec.json.decode(content, type=Prices).response
    assert isinstance(told.result, dict)
    assert (told.stats.count, len(told.result["apig"])) == (4, 4)
    assert {(one.region, one.price_amount, one.unit) for one in told.result["apig"]} == {
        ("eu-ch2", "0.000000 EUR", "h")
    }
    assert json.loads(content)["response"]["result"]["apig"][0]["opiFlavour"] == told.result["apig"][0].opi_flavour


@pytest.mark.parametrize("flavor", ["g6.4xlarge.4", "p5s.5xlarge.12", "p2v.2xlarge.8", "pi5e.2xlarge.4"])
def test_every_label_of_the_table_is_a_model(flavor: str) -> None:
    assert resolve_label("otc", accelerators_in("otc", flavor)[0][0])[0] == "model"
