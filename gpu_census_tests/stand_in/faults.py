"""Which requests a fault is played on.

    Fault("429", value="2", nth=3)                        the third request of all is refused, once, for 2 seconds
    Fault("hang", host="api.example.com", times=None)     that host never answers
    Fault("no-items", url="https://*/prices*", times=2)   the first two requests whose URL fits
    Fault("change", change=lambda content: content[:99])  any change of the content

A fault counts the requests of its host and URL, every attempt and every hop, from 1. What the kinds play, and what
`value` means to each, is said in `kinds`. Several faults on one request are played one upon the other, in order.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gpu_census_tests.stand_in.kinds import KINDS, kind_named
from gpu_census_tests.stand_in.reply import Reply
from gpu_census_tests.stand_in.seen import Seen

CHANGE = "change"
FOR_EVER = None
SPELLED = re.compile(r"(?P<kind>[a-z0-9-]+)(=(?P<value>.*?))?(:(?P<host>[\w.*-]*):(?P<nth>\d+)(?P<times>\+|x\d+)?)?")


@dataclass(frozen=True)
class Fault:
    """A fault of some kind on the `nth` request to `host` (`""`: any; `*`: anything) whose original URL fits `url`.

    It is played `times` times in a row, `None` for ever. Raises `ValueError` for a kind that there is not.
    """

    kind: str
    value: str | float = ""
    nth: int = 1
    times: int | None = 1
    host: str = ""
    url: str = "*"
    change: Callable[[bytes], bytes] | None = None

    def __post_init__(self) -> None:
        if (self.kind == CHANGE) != (self.change is not None):
            raise ValueError("the kind `change` and a callable belong together")
        if self.kind != CHANGE and kind_named(self.kind) is None:
            raise ValueError(f"no kind of fault is called {self.kind!r}; there are {', '.join(KINDS)}, and any status")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("requests are counted from 1, and a fault is played at least once")

    def fits(self, seen: Seen) -> bool:
        """Whether it counts this request."""
        return fnmatch.fnmatchcase(seen.host, self.host or "*") and fnmatch.fnmatchcase(seen.url, self.url)

    def due(self, count: int) -> bool:
        """Whether it is played on the request with this number."""
        return self.nth <= count and (self.times is None or count < self.nth + self.times)

    def strike(self, reply: Reply, seen: Seen) -> Reply:
        """The reply with the fault; the very same where there is nothing to break."""
        if self.change is not None:
            content = self.change(reply.content)
            return reply if content == reply.content else replace(reply, content=content)
        kind = kind_named(self.kind)
        assert kind is not None
        struck = kind(reply, seen, str(self.value))
        return reply if struck == reply else struck


class Faults:
    """Counts requests for each fault, and keeps which were played."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._counts: Counter[int] = Counter()
        self._due: dict[Seen, list[int]] = {}
        self._played: set[int] = set()

    @property
    def unplayed(self) -> list[Fault]:
        """Those that were never played: a test that wants them to be proves nothing."""
        return [fault for place, fault in enumerate(self._faults) if place not in self._played]

    def count(self, seen: Seen) -> None:
        """Count a request; not to be called by two threads at once."""
        fitting = [place for place, fault in enumerate(self._faults) if fault.fits(seen)]
        self._counts.update(fitting)
        self._due[seen] = [place for place in fitting if self._faults[place].due(self._counts[place])]

    def strike(self, reply: Reply, seen: Seen) -> Reply:
        """Play the faults that are due on a request that was counted."""
        for place in self._due.pop(seen):
            struck = self._faults[place].strike(reply, seen)
            if struck is not reply:
                self._played.add(place)
                seen.faults += (self._faults[place].kind,)
            reply = struck
        return reply


def fault_spelled(text: str) -> Fault:
    """The fault that `kind[=value][:host:nth]` means; `3x5` is the third request and four more, `3+` all from it on."""
    found = SPELLED.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not of the form kind[=value][:host:nth]")
    times = found["times"] or "x1"
    return Fault(
        found["kind"],
        value=found["value"] or "",
        host=found["host"] or "",
        nth=int(found["nth"] or 1),
        times=FOR_EVER if times == "+" else int(times[1:]),
    )
