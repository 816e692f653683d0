"""Faults of what is said: another document, an empty one, a part of one, wrong links to the next page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from gpu_census_tests.stand_in.reply import Reply
from gpu_census_tests.stand_in.seen import Seen

HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>We will be back soon</h1></body></html>"
NEXT = re.compile(r"(odata)?next(page)?(link|url|uri|href|token|marker|cursor)?")


def _said(content: bytes, content_type: str, about: str) -> Callable[[Reply, Seen, str], Reply]:
    def say(reply: Reply, seen: Seen, value: str) -> Reply:
        return replace(reply, headers=reply.headers | {"content-type": content_type}, content=content)

    say.__doc__ = about
    return say


def _text(reply: Reply, seen: Seen, value: str) -> Reply:
    """The text `value` in place of the content."""
    return replace(reply, content=value.encode())


def _truncated(reply: Reply, seen: Seen, value: str) -> Reply:
    """The first half of the content, sent as if it were all."""
    return replace(reply, content=reply.content[: len(reply.content) // 2])


def _half_the_lines(reply: Reply, seen: Seen, value: str) -> Reply:
    """The first half of the lines, for what is no JSON."""
    lines = reply.content.splitlines(keepends=True)
    return replace(reply, content=b"".join(lines[: len(lines) // 2])) if len(lines) > 1 else reply


def _collections(thing: Any) -> Iterator[list[Any] | dict[str, Any]]:
    """The lists of a document, and the objects that are used like lists."""
    if isinstance(thing, list) or (isinstance(thing, dict) and all(isinstance(one, dict) for one in thing.values())):
        yield thing
    for inner in thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ():
        yield from _collections(inner)


def _keep_items(document: Any, share: float) -> bool:
    """Keep the first items of the longest collection, of a list before an object; whether any had to go."""
    items = max(_collections(document), key=lambda one: (len(one), isinstance(one, list)), default=[])
    surplus = list(items)[int(len(items) * share) :]
    if isinstance(items, list):
        del items[len(items) - len(surplus) :]
    else:
        for key in surplus:
            del items[key]
    return bool(surplus)


def _no_items(document: Any, seen: Seen, value: str) -> bool:
    """The longest list (or object used like one) is empty, all else is as recorded."""
    return _keep_items(document, 0)


def _half_the_items(document: Any, seen: Seen, value: str) -> bool:
    """The longest list (or object used like one) ends in its middle, all else is as recorded."""
    return _keep_items(document, 0.5)


def _links(thing: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Where a document names its next page."""
    for inner in thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ():
        yield from _links(inner)
    for name in list(thing) if isinstance(thing, dict) else ():
        plain = re.sub(r"[^a-z]", "", name.lower())
        if NEXT.fullmatch(plain) and not isinstance(thing[name], list | dict):
            yield thing, name


def _no_next_link(document: Any, seen: Seen, value: str) -> bool:
    """The next page is not named; with the value `null` its name is null, else it is left out."""
    found = [(holder, name) for holder, name in _links(document) if holder[name]]
    for holder, name in found:
        del holder[name]
        holder |= {name: None} if value == "null" else {}
    return bool(found)


def _next_is_itself(document: Any, seen: Seen, value: str) -> bool:
    """The next page is this page again; a token becomes one that is always the same."""
    found = list(_links(document))
    for holder, name in found:
        link = str(holder[name] or "https:")
        whole = seen.url if link.startswith("https:") else seen.url.removeprefix(f"https://{seen.host}")
        holder[name] = whole if link.startswith(("https:", "/")) else "again-and-again"
    return bool(found)


def _next_elsewhere(document: Any, seen: Seen, value: str) -> bool:
    """The next page is at another host, or at `value`."""
    places = list(_links(document))
    found = [(holder, name) for holder, name in places if str(holder[name] or "/").startswith(("https:", "/"))]
    for holder, name in found:
        holder[name] = value or f"https://elsewhere.example{urlsplit(seen.url).path}"
    return bool(found)


def _in_json(change: Callable[[Any, Seen, str], bool]) -> Callable[[Reply, Seen, str], Reply]:
    def in_json(reply: Reply, seen: Seen, value: str) -> Reply:
        try:
            document = json.loads(reply.content)
        except ValueError:
            return reply
        if not change(document, seen, value):
            return reply
        return replace(reply, content=json.dumps(document, ensure_ascii=False).encode())

    in_json.__doc__ = change.__doc__
    return in_json


KINDS = {
    "html": _said(HTML, "text/html; charset=utf-8", "A page in HTML, with the status that was to be."),
    "empty": _said(b"", "application/json", "Nothing, said properly."),
    "empty-object": _said(b"{}", "application/json", "An empty object."),
    "empty-array": _said(b"[]", "application/json", "An empty array."),
    "text": _text,
    "truncated": _truncated,
    "half-the-lines": _half_the_lines,
    "no-items": _in_json(_no_items),
    "half-the-items": _in_json(_half_the_items),
    "no-next-link": _in_json(_no_next_link),
    "next-is-itself": _in_json(_next_is_itself),
    "next-elsewhere": _in_json(_next_elsewhere),
}
