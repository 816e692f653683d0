"""STACKIT: articles in pages, flavors across zones, prices by other units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.stackit import API
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source

SOURCE = the_source("stackit", "price_list")
SERVER = f"{API}?productName=Server&language=en&pageSize=100"
GPU = f"{API}?productName=GPU%20Server&language=en&pageSize=100"
CPU = {"productName": "Server", "region": "eu01", "productSpecificAttributes": {"flavor": "c1.2"}}


def sku(flavor: str, *, metro: bool = False, **fields: Any) -> dict[str, Any]:
    attributes = {"flavor": flavor, "metro": metro}
    return {"productName": "GPU Server", "region": "eu01", "productSpecificAttributes": attributes} | fields


def told(*skus: dict[str, Any]) -> dict[str, Any]:
    return {SERVER: {"meta": {}, "data": [CPU]}, GPU: {"meta": {"nextCursor": ""}, "data": list(skus)}}


@pytest.mark.parametrize(
    ("flavor", "label", "count", "model"),
    [
        ("n1.14d.g1", "A100", 1.0, "A100"),
        ("n2.56d.g4", "L40S", 4.0, "L40S"),
        ("n3.104d.g8", "H100", 8.0, "H100"),
        ("n7.104d.g8", "n7.104d.g8", 8.0, "unknown"),
        ("n1.14d", "A100", None, "A100"),
    ],
)
def test_the_series_tells_the_card(flavor: str, label: str, count: float | None, model: str, tmp_path: Path) -> None:
    _, (found,), _ = rows_of(SOURCE, told(sku(flavor)), tmp_path)
    assert (found.accelerator_label, found.accelerator_count) == (label, count)
    assert resolve_label("stackit", label)[1] == model


def test_a_flavor_across_zones_is_a_row_of_its_own(tmp_path: Path) -> None:
    _, found, _ = rows_of(SOURCE, told(sku("n1.14d.g1"), sku("n1.14d.g1", metro=True)), tmp_path)
    assert [(row.region_code, row.zone) for row in found] == [("eu01", ""), ("eu01", "eu01-m")]


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({"unitBilling": "per hour", "prices": [{"value": "3.5", "currencyCode": "EUR"}]}, 3.5),
        ({"unitBilling": "per month", "prices": [{"value": "3.5", "currencyCode": "EUR"}]}, None),
        ({"unitBilling": "per hour", "prices": [{"value": "on request"}]}, None),
        ({"unitBilling": "per hour", "prices": []}, None),
    ],
)
def test_presence_does_not_depend_on_a_price(fields: dict[str, Any], price: float | None, tmp_path: Path) -> None:
    _, (found,), _ = rows_of(SOURCE, told(sku("n1.14d.g1", **fields)), tmp_path)
    assert (found.price, found.currency) == (price, "EUR" if price else None)


@pytest.mark.parametrize("lost", [SERVER, GPU])
@pytest.mark.parametrize("content", [*BROKEN, b'{"meta": {}, "data": []}'])
def test_either_product_empty_or_broken_is_an_error(lost: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(SOURCE, told(sku("n1.14d.g1")) | {lost: content}, tmp_path)


def test_a_lost_second_page_is_an_error(tmp_path: Path) -> None:
    first = {"meta": {"nextCursor": "b2"}, "data": [sku("n1.14d.g1")]}
    with pytest.raises(AskError):
        rows_of(SOURCE, told() | {GPU: first}, tmp_path)
