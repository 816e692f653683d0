"""One source's trouble is its own; nobody is asked without a network; what is configured is checked."""

from __future__ import annotations

import asyncio
import errno
import gc
import re
import socket
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpcore
import pytest

from gpu_census.collect import connections, night, objects
from gpu_census.collect.ask import Ask
from gpu_census.collect.connections import PublicOnly, http_client, resolve
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits, limits_from_environment
from gpu_census.collect.network import Replay, host_allowed, is_public, refuse_elsewhere, replay_from_environment
from gpu_census.errors import AskError, CensusError, UsageError
from gpu_census_tests.asking import (
    BOTH,
    DAY,
    HOST,
    OTHER,
    QUICK,
    URL,
    Cloud,
    asked,
    at_once,
    faults_of,
    page,
    source_of,
    value,
)
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded
from gpu_census_tests.stand_in.server import StandIn


def test_one_provider_that_is_down_does_not_touch_another(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(URL), page(OTHER)]
    sources = [source_of(asked(URL), name="down"), source_of(asked(OTHER), name="up", provider="other", hosts=BOTH)]
    asked_night, _ = cloud.ask(*sources, faults=[Fault("reset", host=HOST, times=None)])
    assert len(faults_of(asked_night, "down")) == 1
    assert faults_of(asked_night, "up") == []


@pytest.mark.parametrize("error", [KeyError("x"), FileNotFoundError(2, "gone"), TimeoutError(), AssertionError()])
def test_an_error_in_a_provider_file_is_a_fault_of_that_source(cloud: Cloud, error: Exception) -> None:
    cloud.plays = [page(URL), page(f"{URL}?*")]

    async def broken(ask: Ask) -> Any:
        async for _ in ask.each([f"{URL}?{number}" for number in range(100)], lambda url: value(ask, url)):
            raise error

    asked_night, _ = cloud.ask(source_of(broken, name="broken"), source_of(asked(URL), name="fine"))
    assert faults_of(asked_night, "broken")[0].startswith(f"cannot be read: {type(error).__name__}")
    assert faults_of(asked_night, "fine") == []
    (run,) = cloud.runs("broken")
    assert run.ended is not None
    assert run.ended.requests == len(run.cards) <= 100


@pytest.mark.parametrize("when", [0, 1, 3])
def test_a_full_disk_stops_everything(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, when: int) -> None:
    cloud.plays = [page(f"{URL}?*")]
    left = iter(range(when))

    class Full:
        """Compresses to a disk that is full after some bodies."""

        def __init__(self, **how: Any) -> None:
            self.packer = packer(**how)

        def stream_writer(self, file: Any, closefd: bool) -> Any:
            self.file = file
            return self

        def write(self, piece: bytes) -> None:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.file.write(self.packer.compress(piece))

        def close(self) -> None:
            """Nothing is left to write."""

    packer = objects.zstandard.ZstdCompressor
    monkeypatch.setattr(objects.zstandard, "ZstdCompressor", Full)
    plays = Answers([Recorded(f"{URL}?{number}", f'{{"value": {number}}}'.encode()) for number in range(20)])
    many = at_once(*(f"{URL}?{number}" for number in range(20)))
    with pytest.raises(CensusError, match="No space left on device") as caught:
        cloud.ask(source_of(many, name="one"), source_of(many, name="two"), plays=plays)
    assert not isinstance(caught.value, AskError)
    assert not list(cloud.root.rglob("*.tmp"))
    cloud.landing.adopt()
    assert all(run.ended is None for name in ("one", "two") for run in cloud.runs(name))


def test_nothing_is_left_open_and_no_task_behind(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(f"{URL}?*")]

    async def leaves(ask: Ask) -> Any:
        walk = ask.each([f"{URL}?{number}" for number in range(50)], lambda url: value(ask, url))
        async for _ in walk:
            break
        tasks.append(asyncio.all_tasks())
        raise ValueError

    tasks: list[set[asyncio.Task[Any]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faults = [Fault("reset", nth=2), Fault("short-body", nth=4), Fault("hang", nth=7), Fault("gzip-bomb", nth=9)]
        cloud.limits = replace(QUICK, silence_seconds=0.2, decoded_bytes=2**20)
        cloud.ask(
            source_of(leaves, name="leaves"), source_of(at_once(*(f"{URL}?{n}" for n in range(9)))), faults=faults
        )
        gc.collect()
    assert all(task.done() for task in tasks[0])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("asyncio")]


def test_it_runs_in_a_thread(cloud: Cloud) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(cloud.ask(asked(URL))[0]))
    thread.start()
    thread.join()
    assert faults_of(found[0]) == []


PRIVATE = """127.0.0.1 10.0.0.1 169.254.169.254 100.64.0.1 192.168.1.1 224.0.0.1 0.0.0.0 ::1 fe80::1%eth0 fd00::1 ::
ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 2002:7f00:1:: 64:ff9b::a9fe:a9fe"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses_are_never_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", never)
    with pytest.raises(httpcore.ConnectError, match="which is no public address"):
        asyncio.run(PublicOnly().connect_tcp(HOST, 443, timeout=1))
    assert not asyncio.run(connections.can_connect(HOST, QUICK, None))


async def never(*args: Any, **how: Any) -> Any:
    raise AssertionError("connected")


def test_public_addresses_are_tried_in_turn_and_only_they(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ["10.0.0.1", "8.8.8.8", "::1", "2001:4860:4860::8888", "9.9.9.9"]
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)
    tried: list[str] = []

    async def connect(self: Any, host: str, *args: Any) -> Any:
        tried.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(PublicOnly().connect_tcp(HOST, 443, timeout=1))
    assert tried == ["8.8.8.8", "2001:4860:4860::8888", "9.9.9.9"]
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")
    assert is_public("64:ff9b::8.8.8.8")


def test_a_live_client_resolves_by_itself(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """Without a stand-in and a proxy, an allow-listed name that points into a private network leads nowhere."""
    monkeypatch.setattr(connections, "proxies", list)
    monkeypatch.setattr(night, "can_connect", yes)
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)
    limits = replace(QUICK, attempts=1)
    found = night.ask_clouds([source_of(asked(URL))], landing=cloud.landing, census_date=DAY, limits=limits)
    assert "api.example.com is at 127.0.0.1, which is no public address" in faults_of(found)[0]


async def yes(*args: Any) -> bool:
    return True


def test_a_name_that_is_none_and_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="no host name"):
        asyncio.run(resolve("a..b", 443))
    hanging = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: hanging.wait(20) and [])
    with pytest.raises(httpcore.ConnectTimeout, match="cannot be resolved"):
        asyncio.run(PublicOnly().connect_tcp(HOST, 443, timeout=0.05))
    assert not asyncio.run(connections.can_connect(HOST, replace(QUICK, connect_seconds=0.05), None))
    hanging.set()


def test_without_a_network_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, waits: list[float]) -> None:
    monkeypatch.setattr(connections, "proxies", list)
    looked_up: list[str] = []

    def nothing(host: str, *args: Any, **how: Any) -> Any:
        looked_up.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    sources = [
        source_of(asked(URL), name="one", hosts=("*.example.com", HOST)),
        source_of(asked(URL), name="two", hosts=BOTH),
        source_of(asked(URL), name="three", provider="other", hosts=("c.example.com",)),
    ]
    found = night.ask_clouds(sources, landing=cloud.landing, census_date=DAY, limits=QUICK)
    assert not found.reached
    assert found.asked == []
    assert sorted(looked_up) == [HOST, "c.example.com"], "one host of each provider, once"
    assert waits == []
    assert not list(cloud.root.rglob("*.jsonl*"))


def test_a_stand_in_that_is_gone_is_no_network(cloud: Cloud) -> None:
    with StandIn([]) as stand_in:
        base = stand_in.base
    found = night.ask_clouds(
        [source_of(asked(URL))], landing=cloud.landing, census_date=DAY, limits=QUICK, replay=Replay(base)
    )
    assert not found.reached


def test_one_address_that_opens_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "9.9.9.9")]
    monkeypatch.setattr(connections, "proxies", list)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)

    async def open_(address: str, port: int) -> bool:
        if address == "8.8.8.8":
            await asyncio.Event().wait()
        return True

    monkeypatch.setattr(connections, "_opens", open_)
    assert asyncio.run(connections.can_connect(HOST, QUICK, None))


ELSEWHERE_BASES = """http://10.0.0.1:80 https://127.0.0.1:1 http://example.com 127.0.0.1:80 http://127.0.0.1:1/x - http://[::1
http://u@127.0.0.1:1 http://127.0.0.1:port http://127.0.0.1:1?x http://127.0.0.1.example.com http://0.0.0.0:1"""


@pytest.mark.parametrize("base", ELSEWHERE_BASES.split())
def test_only_this_machine_can_stand_in(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setenv("GPU_CENSUS_REPLAY", base)
    with pytest.raises(UsageError, match=r"only http://127\.0\.0\.1:PORT"):
        replay_from_environment()


def test_a_stand_in_is_mapped_to_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for base in ("http://127.0.0.1:8800", "http://localhost:8800/", "http://[::1]:8800"):
        monkeypatch.setenv("GPU_CENSUS_REPLAY", base)
        replay = replay_from_environment()
        assert replay is not None
        forth = replay.forth("https://API.example.com:443/a//b?x=%2F&y=/#z")
        assert forth == f"{base.rstrip('/')}/api.example.com/a//b?x=%2F&y=/"
        assert replay.back(forth) == "https://api.example.com/a//b?x=%2F&y=/"
        assert replay.back("https://api.example.com/a") == "https://api.example.com/a"
        assert replay.back(f"{base.rstrip('/')}1/api.example.com/a").startswith("http:")
    monkeypatch.setenv("GPU_CENSUS_REPLAY", "")
    assert replay_from_environment() is None


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "nan", "inf", "1e999", "0.0", "1,5"])
@pytest.mark.parametrize("name", ["BUDGET_SECONDS", "CONNECTIONS", "JSON_DEPTH"])
def test_a_limit_that_is_no_number_above_zero_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(f"GPU_CENSUS_{name}", text)
    with pytest.raises(UsageError, match=rf"^GPU_CENSUS_{name}={re.escape(text)}: must be a number above zero$"):
        limits_from_environment()


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_CENSUS_CONNECTIONS", "3")
    monkeypatch.setenv("GPU_CENSUS_BUDGET_SECONDS", "1.5")
    monkeypatch.setenv("GPU_CENSUS_LANDING_DAYS", "0")
    assert limits_from_environment() == Limits(connections=3, budget_seconds=1.5)


def test_hosts_are_whole_names_and_a_star_is_one_label() -> None:
    hosts = ("api.example.com", "ec2.*.amazonaws.com", "ecs-*.example.com")
    good = ["api.example.com", "API.example.com", "ec2.us-east-1.amazonaws.com", "ecs-cn.example.com"]
    bad = ["xapi.example.com", "api.example.com.", "apiXexample.com", "ec2.a.b.amazonaws.com", "ec2..amazonaws.com",
           "ecs-.example.com", "api.example.com\n", "", "ec2.a/b.amazonaws.com"]  # fmt: skip
    assert [host for host in good if not host_allowed(host, hosts)] == []
    assert [host for host in bad if host_allowed(host, hosts)] == []
    with pytest.raises(AskError, match="refused"):
        refuse_elsewhere("cloud", "https://8.8.8.8/", ("8.8.8.8",), told="x")


def test_a_client_never_follows_or_logs_by_itself() -> None:
    client = http_client(QUICK, Replay("http://127.0.0.1:1"))
    assert not client.follow_redirects
    assert not client.trust_env
    assert time.monotonic() > 0
    assert Landing(Path("x")).objects.folder == Path("x/objects")
