"""What has landed says what the live night said, for every source, also on bad nights; and makes the same listings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gpu_census.census.landed_listing import as_listings, landed_runs, read_day
from gpu_census.census.listing import put_together
from gpu_census.census.listing_files import INDEX
from gpu_census.collect.ask import Ask
from gpu_census.collect.landing import Landing, read_run
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay
from gpu_census.collect.night import Night, ask_clouds
from gpu_census.collect.observation import KILLED, NOTHING, observe
from gpu_census.collect.redaction import HIDDEN
from gpu_census.providers import live_sources
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census_tests.asking import DAY, HOST, URL, Cloud, everything_below, page
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Recorded, Recording, recording
from gpu_census_tests.stand_in.server import StandIn
from gpu_census_tests.stand_in_night import SOON, Nights, public_sources

# Oracle's signature needs a package that is in no extra: its source is read in a test of its own
SOURCES = [source for source in live_sources() if source.provider != "oracle"]
NAMES = [f"{source.provider}/{source.name}" for source in SOURCES]
LONGEST = "retail_price_walk"
LIMITS = replace(SOON, longest_wait_seconds=0.02)


def key_file(path: Path) -> str:
    """The key file of a service account that there is not."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = {"type": "service_account", "client_email": "a@example.com", "token_uri": "https://x", "private_key": pem}
    path.write_text(json.dumps(account | {"private_key_id": "k1"}))
    return str(path)


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Made-up credentials for every source that needs some."""
    names = {name for source in SOURCES for name in source.credentials}
    made_up = {name: f"made-up-{number}-{name.lower()[::-1]}" for number, name in enumerate(sorted(names))}
    made_up["GOOGLE_APPLICATION_CREDENTIALS"] = key_file(tmp_path_factory.mktemp("key") / "key.json")
    made_up["AZURE_TENANT_ID"] = "5f0c8e1a-77aa-4d0c-9d2e-1b1f0c6f3a77"
    # what stands in URLs is recorded as it is kept
    return made_up | dict.fromkeys(("GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "AZURE_SUBSCRIPTION_ID"), HIDDEN)


class Tokens:
    """Gives a token to whoever asks for one."""

    def give(self, method: str, url: str, body: bytes) -> Recorded | None:
        token = {"token_type": "Bearer", "expires_in": 3599, "access_token": "a-token-that-is-made-up"}
        return Recorded(url, json.dumps(token).encode()) if "oauth2" in url else None


def played(source: Source) -> Recording:
    """The recording of a source; its usual port is no part of a host's name."""
    found = recording(source.provider, source.name)
    return replace(found, answers=[replace(one, url=one.url.replace(":443/", "/")) for one in found.answers])


@dataclass
class Watched:
    """Sources that keep what they yield."""

    rows: dict[str, list[Any]] = field(default_factory=dict)

    def watch(self, source: Source) -> Source:
        """The source, watched."""
        rows = self.rows.setdefault(f"{source.provider}/{source.name}", [])

        async def list_types(ask: Ask) -> AsyncIterator[Region | Offering]:
            async for row in source.list_types(ask):
                rows.append(row)
                yield row

        return replace(source, list_types=list_types)


def live_night(
    root: Path,
    credentials: dict[str, str],
    faults: Sequence[Fault] = (),
    sources: Sequence[Source] = SOURCES,
    limits: Limits = LIMITS,
) -> tuple[dict[str, list[Any]], Night, Landing]:
    """A night against all recordings: what each source yielded, and where its answers are."""
    watched, landing = Watched(), Landing(root)
    plays = [*map(played, sources), Tokens()]
    with pytest.MonkeyPatch.context() as patch, StandIn(plays, faults=faults) as cloud:
        for name, secret in credentials.items():
            patch.setenv(name, secret)
        night = ask_clouds(
            [watched.watch(source) for source in sources],
            landing=landing,
            census_date=DAY,
            limits=limits,
            replay=Replay(cloud.base),
        )
    return watched.rows, night, landing


def landed_rows(source: Source, landing: Landing) -> tuple[list[Any], list[str]]:
    """What the newest run of a source says, without any credentials."""
    found = observe(source, landing, landing.newest(source.provider, source.name, 1)[0])
    return [*found.regions, *found.offerings], found.faults


def in_order(rows: list[Any]) -> list[Any]:
    return [row for kind in (Region, Offering) for row in rows if isinstance(row, kind)]


def unanswered(rows: list[Any]) -> list[Any]:
    """The rows as they are read where no accelerator is listed at all."""
    if any(isinstance(row, Offering) for row in rows):
        return rows
    return [msgspec.structs.replace(row, answered=False) for row in rows]


@pytest.fixture(scope="module")
def healthy(
    tmp_path_factory: pytest.TempPathFactory, credentials: dict[str, str]
) -> tuple[dict[str, list[Any]], Night, Landing]:
    """A night on which nothing is wrong."""
    return live_night(tmp_path_factory.mktemp("healthy"), credentials)


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_landed_run_says_what_the_live_one_said(
    healthy: tuple[dict[str, list[Any]], Night, Landing], source: Source
) -> None:
    rows, night, landing = healthy
    card = recording(source.provider, source.name).card
    live = in_order(rows[f"{source.provider}/{source.name}"])
    assert len(live) == card["regions"] + card["offerings"], [one for one in night.asked if one.source == source.name]
    found, faults = landed_rows(source, landing)
    assert found == unanswered(live)
    asked = next(one for one in night.asked if (one.provider, one.source) == (source.provider, source.name))
    assert [fault for fault in faults if fault != NOTHING] == asked.faults


def test_made_up_credentials_are_written_down_nowhere(
    healthy: tuple[dict[str, list[Any]], Night, Landing], credentials: dict[str, str]
) -> None:
    for path, content in everything_below(healthy[2].root).items():
        told = [name for name, secret in credentials.items() if secret != HIDDEN and secret.encode() in content]
        assert told == [], path
        assert b"a-token-that-is-made-up" not in content


BAD = {
    "refused": [Fault("503", nth=3, times=2), Fault("429", nth=9), Fault("404", nth=12, times=3), Fault("304", nth=20)],
    "broken": [Fault("reset", nth=4), Fault("short-body", nth=7, times=2), Fault("truncated", nth=11, times=4)],
    "other": [Fault("html", nth=2, times=6), Fault("empty-object", nth=11, times=6), Fault("empty", nth=20, times=9)],
    "less": [Fault("half-the-items", nth=5, times=9), Fault("no-items", nth=17, times=5)],
    "astray": [Fault("next-is-itself", times=None), Fault("redirect-elsewhere", nth=13, times=3)],
    "half": [Fault("500", nth=25, times=None)],
    "nothing": [Fault("empty-array", times=None)],
    "odd": [Fault("redirect", nth=2, times=9), Fault("bom", times=None), Fault("gzip", times=None)],
}
WALKS = ("less", "half")  # on these nights the longest walk is walked too


@pytest.mark.parametrize("name", BAD)
def test_a_bad_night_is_read_as_it_was(tmp_path: Path, credentials: dict[str, str], name: str) -> None:
    sources = [source for source in SOURCES if name in WALKS or source.name != LONGEST]
    # where every request fails from some moment on, one attempt in vain each is as good as four
    limits = replace(LIMITS, attempts=2) if name == "half" else LIMITS
    rows, night, landing = live_night(tmp_path, credentials, BAD[name], sources, limits)
    for source in sources:
        found, told = landed_rows(source, landing)
        assert found == unanswered(in_order(rows[f"{source.provider}/{source.name}"])), source.name
        live = next(one for one in night.asked if (one.provider, one.source) == (source.provider, source.name))
        assert bool(live.faults) <= bool(told)


def files_of(nights: Nights, *, index: bool = True) -> dict[str, bytes]:
    """The listing files."""
    folder = nights.home.listing
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: content for path, content in found.items() if index or not path.endswith(INDEX)}


def nights_in(root: Path) -> Nights:
    """Nights of the public sources whose walks are short."""
    return Nights(root, [source for source in public_sources() if source.name != LONGEST], limits=LIMITS)


@pytest.fixture(scope="module")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A good night, a bad one, and one with two runs, of the public sources."""
    nights = nights_in(tmp_path_factory.mktemp("three") / "home")
    nights.night(DAY)
    nights.night(DAY + timedelta(days=1), faults=[Fault("503", nth=5, times=20), Fault("half-the-items", nth=30)])
    nights.night(DAY + timedelta(days=2), faults=[Fault("html", nth=2, times=9)])
    nights.night(DAY + timedelta(days=2))
    return nights


def test_rebuilding_gives_the_listings_of_the_live_night_byte_for_byte(three_nights: Nights, tmp_path: Path) -> None:
    live = files_of(three_nights)
    assert len(live) > 3 * 2 * len(three_nights.sources)
    assert three_nights.read() == []
    assert three_nights.read(anew=True) == []
    copy = nights_in(tmp_path / "home")
    shutil.copytree(three_nights.home.landing, copy.home.landing)
    copy.read()
    assert files_of(copy) == live
    assert copy.read(anew=True) == []


def test_the_same_answers_make_the_same_listings_in_another_home(tmp_path: Path) -> None:
    homes = [nights_in(tmp_path / name) for name in ("one", "other")]
    for nights in homes:
        nights.night(DAY)
    # the index tells of the runs themselves, and when they began
    first, second = (files_of(nights, index=False) for nights in homes)
    assert first == second
    assert len(first) > 2 * len(homes[0].sources)


# --- several runs on one date, of a made-up cloud


def regions_of(document: dict[str, Any], digest: str) -> list[Region | Offering]:
    rows: list[Region | Offering] = []
    for code, labels in document.items():
        rows.append(Region(code))
        rows += [
            Offering(region_code=code, instance_type=label, accelerator_label=label, payload_sha256=digest)
            for label in labels
        ]
    return rows


async def list_types(ask: Ask) -> AsyncIterator[Region | Offering]:
    async for part, answer in ask.each(["a", "b"], lambda part: ask.json(f"{URL}?{part}", as_type=dict[str, Any])):
        for row in regions_of(answer.body, answer.sha256) if answer else [Region(f"{part}1", answered=False)]:
            yield row


MADE_UP = Source(
    provider="cloud",
    name="list",
    list_types=list_types,
    title="T",
    evidence="price",
    hosts=(HOST,),
    url=URL,
    verified="described",
    regions_complete=True,
)
A, B = {"a1": ["A100", "H100"]}, {"b1": ["T4"], "b2": ["L4"]}


def run_of(cloud: Cloud, a: dict[str, Any], b: dict[str, Any], faults: Sequence[Fault] = ()) -> None:
    cloud.plays = [page(f"{URL}?a", json.dumps(a)), page(f"{URL}?b", json.dumps(b))]
    cloud.ask(MADE_UP, faults=faults)


def day_of(cloud: Cloud) -> tuple[dict[str, list[str]], bool, list[str]]:
    """What all runs of the date say together: labels by answered region, whether it is whole, and faults."""
    day = read_day(MADE_UP, DAY, landed_runs(cloud.landing, "cloud")["list", DAY], cloud.landing)
    labels = {
        code: [row.accelerator_label for row in rows] for code, (region, rows) in day.regions.items() if region.answered
    }
    return labels, day.whole, day.faults


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    made = Cloud(tmp_path, limits=LIMITS)
    run_of(made, A, B)
    return made


def test_a_later_complete_answer_replaces_an_earlier_one(cloud: Cloud) -> None:
    run_of(cloud, {"a1": ["A100", "H100", "B200"]}, {"b1": ["T4"], "b2": ["L4"], "b3": ["L40S"]})
    labels, whole, faults = day_of(cloud)
    assert labels == {"a1": ["A100", "H100", "B200"], "b1": ["T4"], "b2": ["L4"], "b3": ["L40S"]}
    assert whole
    assert faults == []


@pytest.mark.parametrize(
    ("a", "b", "faults"),
    [
        (A, B, [Fault("403", url="*?a", times=None)]),
        (A, B, [Fault("500", times=None)]),
        (A, B, [Fault("reset", times=None)]),
        (A, B, [Fault("empty-object", times=None)]),
        (A, B, [Fault("html", times=None)]),
        ({"a1": []}, B, []),
        ({}, {}, []),
        (A, {"b1": ["T4"]}, []),
        ({"a1": []}, {"b1": [], "b2": []}, []),
    ],
)
def test_a_later_answer_that_failed_or_lost_much_does_not(
    cloud: Cloud, a: dict[str, Any], b: dict[str, Any], faults: list[Fault]
) -> None:
    before, *_ = day_of(cloud)
    run_of(cloud, a, b, faults)
    labels, _, told = day_of(cloud)
    assert labels == before == A | B
    assert told


def test_each_row_of_a_listing_names_the_answer_it_was_read_from(cloud: Cloud) -> None:
    day = read_day(MADE_UP, DAY, landed_runs(cloud.landing, "cloud")["list", DAY], cloud.landing)
    listed = put_together("cloud", [as_listings("cloud", [day])]).offerings
    digests = dict(listed.select("region_code", "payload_sha256").unique().rows())
    answers = {"a1": json.dumps(A), "b1": json.dumps(B), "b2": json.dumps(B)}
    assert digests == {code: hashlib.sha256(answer.encode()).hexdigest() for code, answer in answers.items()}
    assert day.payload_sha256 not in digests.values()  # which is of the whole listing


def test_what_failed_first_is_filled_in_later(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, limits=LIMITS)
    run_of(cloud, A, B, [Fault("403", url="*?b")])
    assert day_of(cloud)[0] == A
    run_of(cloud, A, B, [Fault("403", url="*?a")])
    assert day_of(cloud)[0] == A | B


def test_a_run_that_was_killed_anywhere_is_usable(cloud: Cloud) -> None:
    (path,) = cloud.landing.runs("cloud")
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    by_key = {read_run(path).cards[number].url: number for number in range(2)}
    for count in range(1, 4):
        part = path.with_name(path.name + ".part")
        part.write_bytes(b"".join(lines[:count]) + lines[count][:30])
        path.unlink(missing_ok=True)
        cloud.landing.adopt()
        labels, whole, faults = day_of(cloud)
        landed = {url for url, number in by_key.items() if number + 1 < count}
        assert labels == (A if f"{URL}?a" in landed else {}) | (B if f"{URL}?b" in landed else {})
        assert not whole, "nothing is gone because a killed run does not name it"
        assert KILLED in faults
    run_of(cloud, A, B)
    assert day_of(cloud)[0] == A | B


def test_a_killed_night_of_every_source_is_read_and_the_next_is_as_ever(tmp_path: Path) -> None:
    nights = Nights(tmp_path / "home")  # the longest walk is walked, too
    nights.night(DAY)
    good = {path: content for path, content in files_of(nights, index=False).items() if "quarantine" not in path}
    landing = Landing(nights.home.landing)
    for provider in landing.providers():
        for path in landing.runs(provider):
            content = path.read_bytes()
            path.with_name(path.name + ".part").write_bytes(content[: len(content) * 2 // 3])
            path.unlink()
    landing.adopt()
    nights.read()
    offerings, regions = nights.listings().offerings, nights.listings().regions
    assert not regions.is_empty()
    assert set(offerings["region_code"]) <= set(regions.filter(regions["answered"])["region_code"])
    nights.night(DAY)
    again = {path: content for path, content in files_of(nights, index=False).items() if "quarantine" not in path}
    assert again == good
