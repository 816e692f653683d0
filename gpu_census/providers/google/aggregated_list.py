"""What Compute Engine's aggregated lists answer: every page names all zones and holds a part of their things.

What belongs here: the form of the answers, and walking one list to its end. What does not: what the things mean. The
traps: on each page, a zone without things *on that page* carries the warning NO_RESULTS_ON_PAGE, and may have some on
a later one; any other warning, or a place among `unreachables`, means that things are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from gpu_census.collect.ask import Ask
from gpu_census.collect.request import Signer
from gpu_census.errors import AskError

NO_RESULTS = "NO_RESULTS_ON_PAGE"
# nobody gets an instance of what is in these states; what is DEPRECATED is still sold
WITHDRAWN = ("OBSOLETE", "DELETED")


class Warned(msgspec.Struct):
    """A warning."""

    code: str = "a warning without code"


class Deprecation(msgspec.Struct):
    """Whether a thing is on its way out."""

    state: str = ""


class GuestAccelerator(msgspec.Struct, rename="camel"):
    """What a machine type holds."""

    guest_accelerator_type: str
    guest_accelerator_count: float | None = None


class Thing(msgspec.Struct):
    """An accelerator type or a machine type; only machine types may hold accelerators."""

    name: str
    accelerators: list[GuestAccelerator] = []
    deprecated: Deprecation = msgspec.field(default_factory=Deprecation)


class Scope(msgspec.Struct, rename="camel"):
    """A zone on one page: its things there, or a warning."""

    accelerator_types: list[Thing] | None = None
    machine_types: list[Thing] | None = None
    warning: Warned | None = None

    @property
    def things(self) -> list[Thing] | None:
        """Whichever of the two lists it is."""
        return self.accelerator_types if self.machine_types is None else self.machine_types


class Page(msgspec.Struct, rename="camel"):
    """One page of an aggregated list."""

    items: dict[str, Scope] = {}
    next_page_token: str = ""
    unreachables: list[str] = []
    warning: Warned | None = None


@dataclass
class Walk:
    """What one list held: things by zone, each with the answer it is from; and what it has not answered for."""

    things: dict[str, list[tuple[Thing, str]]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    missing_somewhere: str = ""

    def add(self, page: Page, sha256: str) -> None:
        """Take in one page."""
        self.missing |= {last_part(place): "unreachable" for place in page.unreachables}
        if page.warning and page.warning.code != NO_RESULTS and not page.unreachables:
            self.missing_somewhere = page.warning.code
        for name, scope in page.items.items():
            if not name.startswith("zones/"):
                continue
            zone = last_part(name)
            kept = [(thing, sha256) for thing in scope.things or [] if thing.deprecated.state not in WITHDRAWN]
            self.things.setdefault(zone, []).extend(kept)
            if scope.warning and scope.warning.code != NO_RESULTS:
                self.missing[zone] = scope.warning.code
            elif scope.things is None and not scope.warning:
                self.missing[zone] = "neither a list nor a warning"


async def walked(ask: Ask, url: str, *, sign: Signer) -> Walk:
    """An aggregated list to its end. Raises `AskError` for a page that is not answered, and for a list of nothing."""
    walk = Walk()
    async for page in ask.pages(url, as_type=Page, next_url=page_after(url), sign=sign):
        walk.add(page.body, page.sha256)
    if not any(walk.things.values()):
        wrong = "nothing is listed in any zone; check that the Compute Engine API is enabled for the project"
        raise AskError(ask.provider, wrong, url=ask.redaction.url(url))
    return walk


def page_after(url: str) -> Callable[[Page], str | None]:
    """The address of the page after one, None after the last."""
    return lambda page: f"{url}&pageToken={quote(page.next_page_token, safe='')}" if page.next_page_token else None


def last_part(address: str) -> str:
    """The name at the end of a resource's address."""
    return address.rstrip("/").rpartition("/")[2]
