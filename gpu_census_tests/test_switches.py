"""What environment variables switch: who is asked, and whether anything is drawn."""

from __future__ import annotations

import pytest

from gpu_census.assets.plan import Plan
from gpu_census.errors import CensusError
from gpu_census.providers import live_providers
from gpu_census.switches import drawn_from_environment, offline_from_environment


@pytest.mark.parametrize(("value", "drawn"), [("0", False), ("no", False), ("False", False), ("", True), ("1", True)])
def test_pages_are_drawn_unless_it_says_no(monkeypatch, value, drawn):
    monkeypatch.setenv("GPU_CENSUS_DRAW", value)
    assert drawn_from_environment() is drawn


@pytest.mark.parametrize(
    ("value", "offline"), [("", False), ("0", False), ("false", False), ("1", True), ("yes", True)]
)
def test_clouds_are_asked_unless_it_says_so(monkeypatch, value, offline):
    monkeypatch.setenv("GPU_CENSUS_OFFLINE", value)
    assert offline_from_environment() is offline


def test_only_the_named_clouds_are_asked(monkeypatch):
    monkeypatch.setenv("GPU_CENSUS_CLOUDS", " azure, aws,")
    assert Plan((), offline=False).asked == ["aws", "azure"]
    assert Plan((), offline=True).asked == []
    monkeypatch.delenv("GPU_CENSUS_CLOUDS")
    assert Plan((), offline=False).asked == live_providers()


def test_an_unknown_cloud_is_refused(monkeypatch):
    monkeypatch.setenv("GPU_CENSUS_CLOUDS", "aws,nimbus")
    with pytest.raises(CensusError, match="GPU_CENSUS_CLOUDS: no cloud 'nimbus'; there are alibaba, aws"):
        _ = Plan((), offline=False).asked
