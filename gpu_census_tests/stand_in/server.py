"""A server on loopback that plays every cloud through `GPU_CENSUS_REPLAY`, politely or not.

    with StandIn(recordings(), faults=[Fault("503", nth=3)], delay=0.05, etags=True) as cloud:
        ...  # ask cloud.base
    assert cloud.most_at_once("api.example.com") <= 8 and not cloud.unrecorded and not cloud.unplayed

A request to `http://127.0.0.1:PORT/<host>/<path>?<query>` is answered with what is recorded for the original URL; one
for which nothing is recorded gets a 404. An error inside the stand-in is raised when it closes: no test may take it
for a fault that was asked for.
"""

from __future__ import annotations

import itertools
import select
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Protocol

from gpu_census_tests.stand_in.conditional import conditional
from gpu_census_tests.stand_in.faults import Fault, Faults
from gpu_census_tests.stand_in.kinds.statuses import original
from gpu_census_tests.stand_in.recordings import Answers, Recorded, Recording
from gpu_census_tests.stand_in.reply import Reply, send
from gpu_census_tests.stand_in.seen import Presence, Seen

STOP_SECONDS = 0.02


class Gives(Protocol):
    """Whatever answers requests: `Answers`, or what makes them up (`synthetic`)."""

    def give(self, method: str, url: str, body: bytes) -> Recorded | None:
        """The answer to this request, None where there is none. Never called by two threads at once."""


class StandIn:
    """The server; a context manager. Of several recordings that hold an answer the first one gives it."""

    def __init__(
        self,
        plays: Iterable[Recording | Gives],
        *,
        faults: Sequence[Fault] = (),
        delay: float = 0.0,
        etags: bool = False,
        port: int = 0,
        told: Callable[[Seen], None] = lambda seen: None,
    ) -> None:
        self._plays = [Answers(one.answers) if isinstance(one, Recording) else one for one in plays]
        self._faults = Faults(faults)
        self._delay = delay
        self._etags = etags
        self._port = port
        self._told = told
        self._giving = threading.Lock()
        self._presence = Presence()
        self.base = ""
        self.unrecorded: list[Seen] = []

    @property
    def seen(self) -> list[Seen]:
        """Every request, in the order they came."""
        return self._presence.seen

    @property
    def unplayed(self) -> list[Fault]:
        """The faults that no request has met."""
        return self._faults.unplayed

    def most_at_once(self, host: str = "") -> int:
        """The most requests to a host, or to all, that were being answered at one time."""
        return self._presence.most[host]

    def __enter__(self) -> StandIn:
        self._server = _Server(("127.0.0.1", self._port), self)
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(STOP_SECONDS,), name="stand-in")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join()
        if self._server.errors and kind is None:
            raise RuntimeError("the stand-in itself has failed") from self._server.errors[0]

    def play(self, seen: Seen, line: _Handler) -> None:
        """Answer one request."""
        line.leave = lambda: self._presence.leave(seen)
        self._presence.arrive(seen, line.gone, self._faults.count)
        try:
            reply = self._faults.strike(self._recorded(seen), seen)
            reply = conditional(reply, seen) if self._etags else reply
            seen.status = reply.status
            self._told(seen)
            line.end(send(reply, line, bodiless=seen.method == "HEAD"))
        except ConnectionError:
            line.end("closed")
        finally:
            line.leave()

    def _recorded(self, seen: Seen) -> Reply:
        with self._giving:
            url = original(seen.url)
            given = (one.give(seen.method, url, seen.body) for one in self._plays)
            found = next((answer for answer in given if answer is not None), None)
        if found is None:
            self.unrecorded.append(seen)
            return Reply(404, {"content-type": "text/plain"}, b"nothing is recorded for this", wait=self._delay)
        headers = {"content-type": found.content_type} | {name.lower(): text for name, text in found.headers.items()}
        return Reply(found.status, headers, found.content, wait=self._delay)


class _Server(socketserver.ThreadingTCPServer):
    """Accepts connections, a thread for each, and ends them all when it stops."""

    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.errors: list[BaseException] = []
        self.numbers = itertools.count()
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        lingers = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == struct.pack("ii", 1, 0)
        if lingers:
            request.close()  # a shutdown would send an orderly end before the reset
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.errors.append(error)

    def stop(self) -> None:
        """Accept no more, end every connection, wait for their threads."""
        self.shutdown()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it ended by itself
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, and is the `Line` that replies go out on."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    leave: Callable[[], None]

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.numbers)

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        host, _, rest = self.path.lstrip("/").partition("/")
        url = f"https://{host.lower().removesuffix(':443')}/{rest}"
        headers = {name.lower(): value for name, value in self.headers.items()}
        stand_in.play(Seen(self.command, url, headers, body, self.number, stand_in.base), self)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def write(self, piece: bytes) -> None:
        self.connection.sendall(piece)

    def pause(self, seconds: float) -> None:
        if seconds <= 0:
            return
        until = time.monotonic() + seconds
        self.connection.settimeout(seconds)
        try:
            if not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError("the asker has left")
            time.sleep(max(0.0, until - time.monotonic()))  # it asks on without waiting for the answer
        except TimeoutError:
            return
        finally:
            self.connection.settimeout(None)

    def gone(self) -> bool:
        """Whether the other side has hung up; asked by other threads."""
        try:
            readable = select.select([self.connection], [], [], 0)[0]
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True  # reset, or closed meanwhile

    def end(self, ending: str) -> None:
        """How the connection goes on after a reply."""
        self.close_connection = self.close_connection or ending != "kept"
        if ending == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; `told` does."""
