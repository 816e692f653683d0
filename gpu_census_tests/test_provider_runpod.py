"""RunPod: what a data centre offers and what it has in stock, and a public endpoint nobody has recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.runpod import catalog_api as catalogue
from gpu_census.providers.runpod.catalog_api import catalog_api
from gpu_census.providers.runpod.graphql_stock import URL, graphql_stock
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.tables import reference_table
from gpu_census_tests.provider_rows import BROKEN, rows_of
from gpu_census_tests.stand_in.recordings import Recorded


def centres(*rows: dict[str, Any]) -> dict[str, Any]:
    """The catalogue's answer."""
    return {catalogue.URL: {"dataCenters": list(rows)}}


@pytest.mark.parametrize(
    ("level", "status"),
    [("HIGH", "available"), ("MEDIUM", "limited"), ("LOW", "limited"), ("NONE", "sold_out"), ("NEW", "offered")],
)
def test_stock_in_words(level: str, status: str, tmp_path: Path) -> None:
    told = centres({"id": "EU-RO-1", "gpuAvailability": [{"id": "NVIDIA L4", "availability": level}]})
    _, (found,), _ = rows_of(catalog_api, told, tmp_path)
    assert (found.accelerator_label, found.status, found.price) == ("NVIDIA L4", status, None)


def test_a_centre_without_gpus_has_answered(tmp_path: Path) -> None:
    told = centres({"id": "CA-MTL-1"}, {"id": "EU-RO-1", "gpuAvailability": [{"id": "NVIDIA L4"}]})
    regions, found, _ = rows_of(catalog_api, told, tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("CA-MTL-1", True), ("EU-RO-1", True)]
    assert [row.region_code for row in found] == ["EU-RO-1"]


@pytest.mark.parametrize("content", [*BROKEN, b'{"dataCenters": []}', b'{"dataCenters": [{"id": "CA-MTL-1"}]}'])
def test_no_gpu_anywhere_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(catalog_api, {catalogue.URL: content}, tmp_path)


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("NVIDIA A100 80GB PCIe", "A100"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("NVIDIA RTX A4500", "RTX A4500"),
        ("NVIDIA RTX 2000 Ada Generation", "RTX 2000 Ada"),
        ("NVIDIA RTX 5000 Ada Generation", "RTX 5000 Ada"),
        ("AMD Instinct MI300X OAM", "MI300X"),
    ],
)
def test_its_labels_are_known(label: str, model: str) -> None:
    assert resolve_label("runpod", label) == ("model", model)


def test_delaware_is_not_germany() -> None:
    known = reference_table("region").filter(provider="runpod")
    countries = dict(known.select("region_code", "country_iso2").rows())
    assert countries["US-DE-1"] == "US"
    assert {countries[code] for code in ("EUR-IS-1", "EU-RO-1", "OC-AU-1", "CA-MTL-1")} == {"IS", "RO", "AU", "CA"}


def posted(**answers: str) -> list[Recorded]:
    """Answers of the public endpoint, by a word of the question."""
    return [Recorded(URL, told.encode(), method="POST", body=word) for word, told in answers.items()]


def test_nothing_in_stock_is_no_error_and_no_evidence(tmp_path: Path) -> None:
    assert graphql_stock.shape_only
    assert graphql_stock.positive_only
    told = posted(
        dataCenters='{"data": {"dataCenters": [{"id": "EU-RO-1"}]}}',
        gpuTypes='{"data": {"gpuTypes": [{"id": "NVIDIA L4", "lowestPrice": {"stockStatus": null}}]}}',
    )
    (region,), found, ask = rows_of(graphql_stock, told, tmp_path)
    assert (region.answered, found, ask.faults) == (True, [], [])


@pytest.mark.parametrize("broken", ['{"errors": [{"message": "no"}]}', '{"data": {"gpuTypes": []}}', "{}", "<html>"])
def test_one_lost_question_is_a_centre_that_has_not_answered(broken: str, tmp_path: Path) -> None:
    told = posted(dataCenters='{"data": {"dataCenters": [{"id": "EU-RO-1"}]}}', gpuTypes=broken)
    (region,), found, ask = rows_of(graphql_stock, told, tmp_path)
    assert (region.answered, found) == (False, [])
    assert len(ask.faults) == 1


@pytest.mark.parametrize("broken", ['{"errors": [{"message": "no"}]}', '{"data": {"dataCenters": []}}', "{}", "<html>"])
def test_no_list_of_centres_is_an_error(broken: str, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(graphql_stock, posted(dataCenters=broken), tmp_path)
