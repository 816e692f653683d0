"""What the stand-in has seen: every request, and how many of a host were being answered at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(eq=False)
class Seen:
    """One request, by its original URL; header names are in lower case.

    `at` is `time.monotonic()`, `connection` the number of the connection it came on. `status` is what was answered,
    `faults` are the kinds that were played on it, `base` is where the stand-in itself is found.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    connection: int
    base: str
    at: float = field(default_factory=time.monotonic)
    status: int = 0
    faults: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The original host."""
        return urlsplit(self.url).netloc


class Presence:
    """Counts the requests that are being answered, and keeps the most there were of each host, and of all (`""`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here: dict[Seen, Callable[[], bool]] = {}
        self._now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.seen: list[Seen] = []

    def arrive(self, seen: Seen, gone: Callable[[], bool], note: Callable[[Seen], None]) -> None:
        """A request is here; `note` is called with requests in the order of `seen`, one after another.

        `gone` tells whether its asker has hung up. All are asked that when one arrives: who gives up and asks again
        at once is not counted twice.
        """
        with self._lock:
            self.seen.append(seen)
            for other in [other for other, has_gone in self._here.items() if has_gone()]:
                self._remove(other)
            self._here[seen] = gone
            for host in ("", seen.host):
                self._now[host] += 1
                self.most[host] = max(self.most[host], self._now[host])
            note(seen)

    def leave(self, seen: Seen) -> None:
        """A request is answered; may be said more than once."""
        with self._lock:
            self._remove(seen)

    def _remove(self, seen: Seen) -> None:
        if self._here.pop(seen, None):
            self._now.subtract(["", seen.host])
