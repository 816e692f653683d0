"""Faults of the status line and the headers: refusals, redirects, headers that are wrong or too large."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from urllib.parse import urlsplit, urlunsplit

from gpu_census_tests.stand_in.reply import BODILESS, Reply
from gpu_census_tests.stand_in.seen import Seen

MOVED = "/moved-by-the-stand-in"
RETRY_AFTER = {"absurd": "99999999999999", "negative": "-5", "garbage": "soon, hopefully"}


def status(reply: Reply, code: int, value: str) -> Reply:
    """That status, with `value` as Retry-After: none where empty; seconds, `date+5`, `absurd`, `negative`, `garbage`.

    `date+5` stands for the HTTP date in 5 seconds.
    """
    text = RETRY_AFTER.get(value, value)
    if text.startswith(("date+", "date-")):
        text = formatdate(time.time() + float(text.removeprefix("date")), usegmt=True)
    headers = {"content-type": "application/json"} | ({"retry-after": text} if text else {})
    if code in BODILESS:
        return replace(reply, status=code, headers={}, content=b"")
    content = json.dumps({"error": {"code": code, "message": "played by the stand-in"}}).encode()
    return replace(reply, status=code, headers=headers, content=content)


def original(url: str) -> str:
    """The URL that a redirect within its host has moved."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.removeprefix(MOVED)))


def _redirected(reply: Reply, location: str, code: int = 302) -> Reply:
    headers = {"location": location, "content-type": "text/plain"}
    return replace(reply, status=code, headers=headers, content=b"elsewhere")


def _moved(seen: Seen) -> str:
    parts = urlsplit(seen.url)
    return urlunsplit(parts._replace(path=MOVED + parts.path))


def _redirect(reply: Reply, seen: Seen, value: str) -> Reply:
    """To another path of the same host, where the answer is; `value` is the status, 302 by default."""
    if urlsplit(seen.url).path.startswith(MOVED):
        return reply
    return _redirected(reply, _moved(seen), int(value or 302))


def _redirect_relative(reply: Reply, seen: Seen, value: str) -> Reply:
    """As `redirect`, the location without scheme and host."""
    if urlsplit(seen.url).path.startswith(MOVED):
        return reply
    return _redirected(reply, "/" + _moved(seen).split("/", 3)[3], int(value or 302))


def _redirect_loop(reply: Reply, seen: Seen, value: str) -> Reply:
    """To itself; a loop where it is played for ever."""
    return _redirected(reply, seen.url)


def _redirect_to(default: str, about: str) -> Callable[[Reply, Seen, str], Reply]:
    def redirect(reply: Reply, seen: Seen, value: str) -> Reply:
        parts = urlsplit(seen.url)
        here = {"host": seen.host, "path": parts.path, "query": parts.query, "port": urlsplit(seen.base).port}
        return _redirected(reply, (value or default).format_map(here))

    redirect.__doc__ = f"{about}; or to `value`, which may hold {{host}}, {{path}}, {{query}}, {{port}}."
    return redirect


def _header(reply: Reply, seen: Seen, value: str) -> Reply:
    """One more header, `value` being `name: text`; replaces what has that name."""
    name, _, text = value.partition(":")
    if not name.strip():
        raise ValueError(f"a header is `name: text`, not {value!r}")
    return replace(reply, headers=reply.headers | {name.strip().lower(): text.strip()})


def _huge_headers(reply: Reply, seen: Seen, value: str) -> Reply:
    """One header of `value` KiB, 256 by default."""
    return replace(reply, headers=reply.headers | {"x-huge": "h" * (int(value or 256) * 1024)})


def _content_type(reply: Reply, seen: Seen, value: str) -> Reply:
    """The content type `value`, `text/plain` by default; `none` for no content type."""
    headers = {name: text for name, text in reply.headers.items() if name != "content-type"}
    return replace(reply, headers=headers if value == "none" else headers | {"content-type": value or "text/plain"})


KINDS = {
    "redirect": _redirect,
    "redirect-relative": _redirect_relative,
    "redirect-loop": _redirect_loop,
    "redirect-elsewhere": _redirect_to("https://elsewhere.example{path}", "To another host"),
    "redirect-http": _redirect_to("http://{host}{path}?{query}", "To the same URL by plain http"),
    # by https, so that nothing but the address is wrong with them
    "redirect-loopback": _redirect_to("https://127.0.0.1/private", "To this machine"),
    "redirect-metadata": _redirect_to("https://169.254.169.254/latest/meta-data/", "To where clouds keep secrets"),
    "header": _header,
    "huge-headers": _huge_headers,
    "content-type": _content_type,
}
