"""`ask`, the only way out of a provider file.

A provider cannot tell whether its questions go to a cloud (`live`), to the landing zone (`landed`) or, in a test, to
a recording: all three answer through this class. What belongs here: how a question is put and an answer decoded.
What does not: sending, keeping, limits.
"""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urldefrag, urljoin

import msgspec
from selectolax.lexbor import LexborHTMLParser

from gpu_census.collect.html_page import parsed, refuse_deep
from gpu_census.collect.request import Redaction, Request, Signer, with_parameters
from gpu_census.errors import AskError

T = TypeVar("T")
Thing = TypeVar("Thing")
EACH_AT_ONCE = 32
PAGES_AT_MOST = 2_000
FIRST_BYTES = 200
FAULT_LETTERS = 2_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NOTHING_SHA256 = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class Raw:
    """An answer as it came: its bytes, or for a large one only the compressed file they are kept in."""

    url: str
    status: int
    content_type: str
    sha256: str
    path: Path | None
    content: bytes

    @property
    def is_empty(self) -> bool:
        """Whether nothing came at all, which is no answer to anything."""
        return self.sha256 == NOTHING_SHA256

    def told(self) -> str:
        """What it is, for an error: status, content type, first bytes."""
        begin = self.content[:FIRST_BYTES].decode(errors="replace")
        return f"status {self.status}, {self.content_type or 'no content type'}, begins {begin!r}"


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A decoded answer; `sha256` is the digest of the bytes it was read from."""

    body: T
    sha256: str
    url: str


class Ask(ABC):
    """Puts one source's questions. `faults` collects what was not answered, in words."""

    def __init__(self, provider: str, source: str, redaction: Redaction) -> None:
        self.provider = provider
        self.source = source
        self.redaction = redaction
        self.faults: list[str] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    async def json(self, url: str, *, as_type: type[T], **how: Any) -> Answer[T]:
        """The answer to one request, decoded from JSON into `as_type` (a `msgspec.Struct`, `dict` …).

        `how` may hold `parameters` (added to the query), `body` (bytes, or what is sent as JSON; makes it a POST),
        `method`, `headers` and `sign`. Raises `AskError` when there is no answer, or one of another form.
        """
        return await self._read(_request(url, **how), _decoder(as_type))

    async def html(self, url: str, *, must_hold: str = "", **how: Any) -> Answer[LexborHTMLParser]:
        """The page at `url`, parsed. Raises `AskError` where there is none.

        `must_hold` is a regular expression: a page without it is the wrong one, and is asked for once more.
        """
        return await self._read(_request(url, **how), lambda raw: parsed(_holding(raw, must_hold).content))

    async def text(self, url: str, *, must_hold: str = "", **how: Any) -> Answer[str]:
        """The answer as text; `must_hold` as for `html`."""
        return await self._read(_request(url, **how), lambda raw: _text(_holding(raw, must_hold)))

    async def content(self, url: str, **how: Any) -> Answer[bytes]:
        """The answer as bytes."""
        return await self._read(_request(url, **how), lambda raw: raw.content)

    async def file(self, url: str, **how: Any) -> Answer[Path]:
        """The answer as a file compressed with Zstandard, for what is too large to hold: `polars.scan_csv` reads it."""
        return await self._read(_request(url, **how), _path, large=True)

    async def pages(
        self, url: str, *, as_type: type[T], next_url: Callable[[T], str | None], **how: Any
    ) -> AsyncIterator[Answer[T]]:
        """Page after page, following `next_url`; a link that comes back, or too many pages, is an `AskError`."""
        seen: set[str] = set()
        here = with_parameters(url, how.pop("parameters", None) or {})
        while True:
            if here in seen or len(seen) >= PAGES_AT_MOST:
                wrong = "comes back to itself" if here in seen else f"is longer than {PAGES_AT_MOST} pages"
                raise AskError(self.provider, f"the list {wrong}", url=self.redaction.url(here))
            seen.add(here)
            page = await self.json(here, as_type=as_type, **how)
            yield page
            link = next_url(page.body)
            if not link:
                return
            try:
                here = urldefrag(self.original(urljoin(here, link))).url
            except ValueError:
                wrong = f"its link to the next page is no URL ({self.redaction.url(link)[:FIRST_BYTES]!r})"
                raise AskError(self.provider, wrong, url=self.redaction.url(here)) from None

    async def each(
        self, things: Iterable[Thing], read: Callable[[Thing], Awaitable[T]]
    ) -> AsyncIterator[tuple[Thing, T | None]]:
        """`read` every thing, many at once; pairs come in the order of `things`. What fails is None, and a fault."""
        gate = asyncio.Semaphore(EACH_AT_ONCE)

        async def one(thing: Thing) -> tuple[T | None, str]:
            async with gate:
                try:
                    return await read(thing), ""
                except AskError as error:
                    return None, f"{thing}: {error.told}"

        ordered = list(things)
        tasks = [asyncio.create_task(one(thing)) for thing in ordered]
        self._tasks.update(tasks)
        try:
            for thing, task in zip(ordered, tasks, strict=True):
                found, fault = await task
                if fault:
                    self.fault(fault)
                yield thing, found
        finally:
            await self._end(tasks)

    async def close(self) -> None:
        """Ask nothing more: a source that broke off may have left questions under way."""
        await self._end(list(self._tasks))

    async def _end(self, tasks: list[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.difference_update(tasks)

    def fault(self, text: str) -> None:
        """Note what was not answered, or not answered completely."""
        self.faults.append(self.redaction.text(text)[:FAULT_LETTERS])

    def original(self, url: str) -> str:
        """The URL that a link means; in a replay it may name the stand-in."""
        return url

    @abstractmethod
    def credential(self, name: str) -> str:
        """The value of an environment variable that the source names among its credentials."""

    @abstractmethod
    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        """Get an answer and read it; raises `AskError`."""


def decoded(provider: str, raw: Raw, read: Callable[[Raw], T], *, hide: Callable[[str], str] = str) -> Answer[T]:
    """An answer read by `read`. Raises `AskError` for any status but 200, and for what cannot be read.

    `hide` takes out of the error what must not be told.
    """
    if raw.status != 200:
        raise AskError(provider, hide(raw.told()), url=raw.url, status=raw.status, content=raw.content)
    try:
        return Answer(read(raw), raw.sha256, raw.url)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        wrong = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        told = hide(f"not what was expected ({wrong}): {raw.told()}")
        raise AskError(provider, told, url=raw.url, status=raw.status) from None


def _request(
    url: str,
    *,
    parameters: Mapping[str, str] | None = None,
    body: bytes | Mapping[str, Any] | None = None,
    method: str = "",
    headers: Mapping[str, str] | None = None,
    sign: Signer | None = None,
) -> Request:
    plain = Request(
        url=with_parameters(url, parameters or {}),
        method=method or ("GET" if body is None else "POST"),
        body=body if isinstance(body, bytes) else b"",
        headers=dict(headers or {}),
        sign=sign,
    )
    if body is None or isinstance(body, bytes):
        return plain
    typed = {"content-type": "application/json; charset=utf-8"} | dict(plain.headers)
    return replace(plain, body=msgspec.json.encode(body), headers=typed)


def _holding(raw: Raw, pattern: str) -> Raw:
    if pattern and not re.search(pattern.encode(), raw.content, re.IGNORECASE):
        raise ValueError(f"nothing in it is like {pattern!r}")
    return raw


def _decoder(as_type: type[T]) -> Callable[[Raw], T]:
    return lambda raw: msgspec.json.decode(raw.content.removeprefix(codecs.BOM_UTF8), type=as_type)


def _text(raw: Raw) -> str:
    refuse_deep(raw.content)  # it may be parsed
    return raw.content.decode("utf-8-sig", errors="replace")


def _path(raw: Raw) -> Path:
    assert raw.path is not None
    return raw.path
