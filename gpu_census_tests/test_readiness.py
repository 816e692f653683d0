"""Which sources are asked from here: those whose credentials are set, and never seen ones only when they are named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gpu_census.assets.catalog import source_catalog
from gpu_census.collect.request import HIDDEN, Request
from gpu_census.providers import live_providers, live_sources, supported_providers
from gpu_census.providers.bearer import bearer
from gpu_census.providers.contract import Ask, Offering, Region, Source, source
from gpu_census.providers.readiness import SHAPE_ONLY, why_not_asked
from gpu_census_tests.stand_in.recordings import RecordedAsk, Recording

NEVER_SEEN = [source for source in live_sources() if source.shape_only]


async def nothing(ask: Ask) -> AsyncIterator[Region | Offering]:
    """A source that has nothing to say."""
    return
    yield Region("never")


def stated(**fields: object) -> Source:
    """A source with some fields."""
    usual = {
        "title": "T",
        "evidence": "docs",
        "hosts": ("a.example",),
        "url": "https://a.example",
        "verified": "described",
    }
    return source(**(usual | fields))(nothing)  # type: ignore[arg-type]


def test_there_are_sources_that_nobody_has_seen() -> None:
    assert {source.verified for source in NEVER_SEEN} == {"described"}


def test_a_provider_of_never_seen_sources_alone_is_not_supported() -> None:
    only = {source.provider for source in NEVER_SEEN} - {s.provider for s in live_sources() if not s.shape_only}
    assert set(live_providers()) - set(supported_providers()) == only
    assert {"runpod", "digitalocean"} <= set(supported_providers())


@pytest.mark.parametrize("never_seen", NEVER_SEEN, ids=lambda one: f"{one.provider}/{one.name}")
def test_a_never_seen_source_is_asked_only_when_its_provider_is_named(
    never_seen: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in never_seen.credentials:
        monkeypatch.setenv(name, "x" * 20)
    monkeypatch.delenv(SHAPE_ONLY, raising=False)
    assert f"{SHAPE_ONLY}={never_seen.provider}" in why_not_asked(never_seen)
    monkeypatch.setenv(SHAPE_ONLY, "another")
    assert why_not_asked(never_seen)
    monkeypatch.setenv(SHAPE_ONLY, f"another, {never_seen.provider}")
    assert why_not_asked(never_seen) == ""


def test_it_still_needs_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    never_seen = stated(shape_only=True, credentials=("SOME_TEST_KEY",))
    monkeypatch.setenv(SHAPE_ONLY, never_seen.provider)
    monkeypatch.delenv("SOME_TEST_KEY", raising=False)
    assert why_not_asked(never_seen) == "needs SOME_TEST_KEY"


def test_other_sources_do_not_depend_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHAPE_ONLY, raising=False)
    assert why_not_asked(stated()) == ""


@pytest.mark.parametrize("verified", ["recorded", "documented"])
def test_what_was_seen_is_not_shape_only(verified: str) -> None:
    with pytest.raises(ValueError, match="shape_only"):
        stated(shape_only=True, verified=verified)


def test_the_catalogue_of_sources_says_so() -> None:
    text = source_catalog()
    for never_seen in NEVER_SEEN:
        section = text.split(f"### {never_seen.name}\n", 1)[1].split("### ", 1)[0]
        assert f"{SHAPE_ONLY}={never_seen.provider}" in section
    assert text.count("never seen: off unless") == len(NEVER_SEEN)


def test_a_bearer_token_is_sent_as_it_is(tmp_path: Path) -> None:
    ask = RecordedAsk(Recording("hetzner", "locations", {}, []), tmp_path)
    request = Request(url="https://a.example")

    async def no_exchange(request: Request) -> bytes:
        raise AssertionError(request.url)

    async def signed() -> dict[str, str]:
        return dict(await bearer(ask, "SOME_TEST_KEY")(request, no_exchange))

    assert asyncio.run(signed()) == {"authorization": f"Bearer {HIDDEN}"}
