"""Exoscale: one list, unsigned, whose families tell the cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.exoscale import URL, instance_types
from gpu_census.reference.instance_types import families_of
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of

CPU = {"family": "standard", "size": "tiny", "zones": ["ch-gva-2", "hr-zag-1"]}


def answer(*types: dict[str, Any]) -> dict[str, Any]:
    """The list, with a type without a GPU in two zones."""
    return {URL: {"instance-types": [CPU, *types]}}


def test_what_the_account_may_not_use_is_there_all_the_same(tmp_path: Path) -> None:
    told = answer({"family": "gpub300", "size": "huge", "gpus": 8, "authorized": False, "zones": ["ch-gva-2"]})
    _, (found,), _ = rows_of(instance_types, told, tmp_path)
    assert (found.accelerator_label, found.accelerator_count, found.status) == ("B300", 8.0, "offered")


def test_it_is_asked_unsigned_and_once(tmp_path: Path) -> None:
    regions, found, ask = rows_of(instance_types, answer(), tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("ch-gva-2", True), ("hr-zag-1", True)]
    assert found == []
    assert [(request.url, request.sign) for request in ask.asked] == [(URL, None)]


def test_a_new_family_is_its_own_label_and_a_type_twice_is_one(tmp_path: Path) -> None:
    new = {"family": "gpux900", "size": "small", "zones": ["hr-zag-1"]}
    _, (found,), _ = rows_of(instance_types, answer(new, new | {"gpus": 2}), tmp_path)
    assert (found.region_code, found.accelerator_label, found.accelerator_count) == ("hr-zag-1", "gpux900", 2.0)


def test_every_family_of_the_table_is_a_known_model() -> None:
    labels = families_of("exoscale")["accelerator_label"].to_list()
    assert len(labels) == 7
    assert {resolve_label("exoscale", label)[0] for label in labels} == {"model"}


@pytest.mark.parametrize(
    "content",
    [
        *BROKEN,
        b'{"instance-types": []}',
        b'{"instance-types": [{"family": "standard", "size": "tiny"}]}',
        json.dumps({"instance-types": [{"family": "gpu2", "size": "s", "zones": ["at-vie-1"]}]}).encode(),
    ],
)
def test_what_cannot_be_the_whole_list_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(instance_types, {URL: content}, tmp_path)
