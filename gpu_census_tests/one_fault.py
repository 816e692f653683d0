"""A stand-in with one fault, and what comes of it on the wire: for the tests of the stand-in itself."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx

from gpu_census.collect.network import Replay
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded
from gpu_census_tests.stand_in.server import StandIn

URL = "https://api.example.com/list?page=1"
NEXT = "https://api.example.com/list?page=2"
ITEMS = {"Count": 4, "Items": [{"name": f"é{number}"} for number in range(4)], "NextPageLink": NEXT}
CONTENT = json.dumps(ITEMS, ensure_ascii=False).encode()
RECORDED = [Recorded(URL, CONTENT), Recorded("https://api.example.com/none", b""), Recorded(NEXT, b"last")]


@contextlib.contextmanager
def playing(kind: str, value: str | float = "", **how: Any) -> Iterator[StandIn]:
    """A stand-in with one fault, that must be played."""
    with StandIn([Answers(RECORDED)], faults=[Fault(kind, value=value, **how)]) as cloud:
        yield cloud
    assert not cloud.unplayed
    assert (kind,) in [seen.faults for seen in cloud.seen]


def forth(cloud: StandIn, url: str = URL) -> str:
    return Replay(cloud.base).forth(url)


def asked(kind: str, value: str | float = "") -> httpx.Response:
    """The first answer of a stand-in with one fault, body and all."""
    with playing(kind, value) as cloud:
        return httpx.get(forth(cloud), headers={"accept-encoding": "identity"}, trust_env=False)


def raw(kind: str, value: str | float = "", url: str = URL) -> tuple[httpx.Headers, bytes]:
    """Headers and body as they are on the wire, encoded."""
    with playing(kind, value) as cloud, httpx.stream("GET", forth(cloud, url), trust_env=False) as response:
        return response.headers, b"".join(response.iter_raw())


def wire(cloud: StandIn, url: str = URL, *, headers: str = "") -> tuple[bytes, bool]:
    """All that comes on a connection until it ends, and whether it was reset."""
    host, port = cloud.base.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        target = forth(cloud, url).removeprefix(cloud.base)
        connection.sendall(f"GET {target} HTTP/1.1\r\nhost: x\r\n{headers}\r\n".encode())
        try:
            while piece := connection.recv(2**16):
                received += piece
        except ConnectionResetError:
            return received, True
    return received, False
