"""The stand-in plays recordings as the clouds would, sees all that is asked, and counts faults as it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gpu_census.collect.network import Replay
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded, Recording, recordings
from gpu_census_tests.stand_in.server import Gives, StandIn
from gpu_census_tests.stand_in.synthetic import AzurePrices, Lost, Pages

A, B = "https://a.example.com/list?x=1&y=2", "https://b.example.com/"
PRICES = "https://prices.azure.com/api/retail/prices?api-version=2023-01-01-preview"


def answers() -> Answers:
    return Answers([Recorded(A, b"[1]"), Recorded(A, b"[2]"), Recorded(B, b"posted", method="POST", body='"page": 2')])


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def get(client: httpx.Client, cloud: StandIn, url: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(Replay(cloud.base).forth(url), headers=sent)


def test_recordings_are_played_by_their_original_url_and_in_turn(client: httpx.Client) -> None:
    with StandIn([Recording("p", "s", {}, []), answers()]) as cloud:
        said = [get(client, cloud, "https://A.example.com:443/list?y=2&x=1").text for _ in range(3)]
        posted = client.post(Replay(cloud.base).forth(B), content=b'{"page":2}', headers={"x-signed": "Yes"})
        headed = client.head(Replay(cloud.base).forth(A))
    assert said == ["[1]", "[2]", "[2]"]
    assert posted.text == "posted"
    assert [seen.url for seen in cloud.seen] == [*["https://a.example.com/list?y=2&x=1"] * 3, B, A]
    assert (cloud.seen[3].method, cloud.seen[3].body, cloud.seen[3].headers["x-signed"]) == (
        "POST",
        b'{"page":2}',
        "Yes",
    )
    assert cloud.seen[0].at <= cloud.seen[3].at
    assert {seen.connection for seen in cloud.seen} == {0}, "a kept connection"
    assert headed.status_code == 404
    assert [seen.method for seen in cloud.unrecorded] == ["HEAD"]


def test_every_committed_recording_is_played(client: httpx.Client) -> None:
    for recorded in recordings():
        with StandIn([recorded]) as cloud:
            for answer in recorded.answers:
                url = answer.url.replace("*", "any")
                found = client.request(answer.method, Replay(cloud.base).forth(url), content=answer.body.encode())
                assert found.status_code == answer.status, url
        assert not cloud.unrecorded


def test_an_error_of_the_stand_in_is_no_fault_that_was_asked_for(client: httpx.Client) -> None:
    class Broken:
        def give(self, method: str, url: str, body: bytes) -> Recorded | None:
            raise LookupError("broken")

    failed = pytest.raises(RuntimeError, match="itself has failed")
    with failed, StandIn([Broken()]) as cloud, pytest.raises(httpx.RemoteProtocolError):
        get(client, cloud, A)


def test_faults_count_requests_of_all_of_a_host_or_of_a_url(client: httpx.Client) -> None:
    faults = [
        Fault("500", nth=2),
        Fault("503", nth=2, times=2, host="b.example.com"),
        Fault("html", url="*page=2*", times=None),
        Fault("content-type", url="*page=2*", value="text/x", nth=2, times=None),
        Fault("no-items"),
        Fault("404", host="c.example.com"),
    ]
    urls = [B, B, B, B, *["https://d.example.com/?page=2"] * 2]
    with StandIn([Answers([Recorded("https://*.example.com/?*", b"{}")])], faults=faults) as cloud:
        said = [get(client, cloud, url) for url in urls]
    assert [answer.status_code for answer in said] == [200, 503, 503, 200, 200, 200]
    assert [seen.faults for seen in cloud.seen[1:]] == [
        ("500", "503"),
        ("503",),
        (),
        ("html",),
        ("html", "content-type"),
    ]
    assert said[5].headers["content-type"] == "text/x"
    assert cloud.unplayed == faults[4:], "there was nothing to empty, and nobody asked the last host"


def test_answers_that_are_known_already_are_not_sent_again(client: httpx.Client) -> None:
    with StandIn([answers()], etags=True) as cloud:
        first = get(client, cloud, A)
        tag, day = first.headers["etag"], first.headers["last-modified"]
        assert get(client, cloud, A, if_none_match=f'"other", W/{tag}').text == "[2]", "it has changed"
        second = get(client, cloud, A)
        assert second.headers["etag"] != tag
        assert second.headers["last-modified"] != day
        same = get(client, cloud, A, if_none_match=f'"other", W/{second.headers["etag"]}')
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", second.headers["etag"])
        assert get(client, cloud, A, if_modified_since=second.headers["last-modified"]).status_code == 304
        assert get(client, cloud, A, if_none_match='"other"', if_modified_since=day).status_code == 200
    with StandIn([answers()]) as cloud:
        assert "etag" not in get(client, cloud, A).headers
        assert get(client, cloud, A, if_none_match="*").status_code == 200


def test_a_changed_answer_is_sent_although_the_recorded_one_is_known(client: httpx.Client) -> None:
    with StandIn([Answers([Recorded(B, b"[1, 2]")])], faults=[Fault("no-items", nth=2)], etags=True) as cloud:
        tag = get(client, cloud, B).headers["etag"]
        assert get(client, cloud, B, if_none_match=tag).json() == []
        assert get(client, cloud, B, if_none_match=tag).status_code == 304


def test_the_most_at_once_is_counted_for_each_host() -> None:
    meeting = threading.Barrier(4, timeout=20)

    class Meeting:
        """Answers the four together; the stand-in gives one answer at a time, so they meet in the change."""

        def give(self, method: str, url: str, body: bytes) -> Recorded | None:
            return Recorded(url, b"{}")

    def meet(content: bytes) -> bytes:
        meeting.wait()
        return content + b" "

    with StandIn([Meeting()], faults=[Fault("change", change=meet, times=None)]) as cloud:
        urls = [Replay(cloud.base).forth(url) for url in (A, A, A, B)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda url: httpx.get(url, trust_env=False), urls))
    assert (cloud.most_at_once("a.example.com"), cloud.most_at_once("b.example.com"), cloud.most_at_once()) == (3, 1, 4)
    assert cloud.most_at_once("c.example.com") == 0


def test_many_requests_on_few_connections_are_never_counted_as_more() -> None:
    pages = Pages(300)

    async def ask_all(cloud: StandIn) -> list[int]:
        gate = asyncio.Semaphore(8)
        async with httpx.AsyncClient(trust_env=False) as client:

            async def one(url: str) -> int:
                async with gate:
                    return int((await client.get(Replay(cloud.base).forth(url))).json()["page"])

            return list(await asyncio.gather(*map(one, pages.urls)))

    with StandIn([pages], delay=0.01) as cloud:
        assert asyncio.run(ask_all(cloud)) == list(range(1, 301))
    assert 2 <= cloud.most_at_once(Pages.host) <= 8
    assert len({seen.connection for seen in cloud.seen}) <= 8


def test_it_ends_at_once_with_requests_under_way() -> None:
    def ask(url: str) -> None:
        with pytest.raises(httpx.TransportError):
            httpx.get(url, timeout=60, trust_env=False)

    with StandIn([answers()], faults=[Fault("hang", value=600)]) as cloud:
        thread = threading.Thread(target=ask, args=(Replay(cloud.base).forth(A),))
        thread.start()
        while not cloud.seen:
            time.sleep(0.01)
    thread.join(20)
    assert not thread.is_alive()
    assert not [one for one in threading.enumerate() if one.name.startswith("stand-in")]


def walk(client: httpx.Client, prices: Gives, region: str) -> list[dict[str, str]]:
    """The items of one region, by following links."""
    items: list[dict[str, str]] = []
    with StandIn([prices]) as cloud:
        link = f"{PRICES}&$filter=serviceName eq 'Virtual Machines' and armRegionName eq '{region}'"
        while link:
            page = get(client, cloud, link).json()
            items += page["Items"]
            link = page["NextPageLink"]
            assert page["Count"] == len(page["Items"])
            assert link is None or link.startswith("https://prices.azure.com:443/api/retail/prices?")
    return items


def test_azure_prices_are_many_and_lose_a_page_where_told(client: httpx.Client) -> None:
    prices = AzurePrices(["eastus", "westus"], pages=3, lost=Lost(page=1, walk=2, region="eastus"))
    whole, less, again = (walk(client, prices, "eastus") for _ in range(3))
    assert {item["armSkuName"] for item in whole} == prices.names()
    assert len({item["meterId"] for item in [*whole, *walk(client, prices, "westus")]}) == len(whole) * 2 == 6000
    assert again == whole
    assert less == whole[:1000] + whole[2000:]
    assert prices.names() - {item["armSkuName"] for item in less} == set(prices.names_of(1))
    assert {item["armRegionName"] for item in whole} == {"eastus"}
    assert walk(client, prices, "nowhere") == []
    with StandIn([prices]) as cloud:
        found = get(client, cloud, f"{PRICES}&$filter=armSkuName eq 'Standard_NC1ads_A100_v4'").json()
    assert [item["armRegionName"] for item in found["Items"]] == ["eastus", "westus"]
    assert found["NextPageLink"] is None


def test_it_can_be_started_by_hand() -> None:
    command = [sys.executable, "-m", "gpu_census_tests.stand_in", "--port", "0", "--pages", "2", "--fault", "html::2+"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUTF8": "1"}) as process:
        try:
            assert process.stdout
            found = re.match(r"GPU_CENSUS_REPLAY=(\S+)", process.stdout.readline())
            assert found
            urls = [Replay(found[1]).forth(url) for url in Pages(2).urls]
            said = [httpx.get(url, trust_env=False).text for url in urls]
        finally:
            process.send_signal(signal.SIGTERM)
        told = process.stdout.read()
    assert json.loads(said[0])["page"] == 1
    assert said[1].startswith("<!DOCTYPE html>")
    assert told == "200 GET https://pages.example.com/list?page=1\n200 GET https://pages.example.com/list?page=2 html\n"
    assert process.returncode == 0
