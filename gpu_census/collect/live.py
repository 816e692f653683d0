"""`ask` on a live night: through the polite client, within a budget, every answer landed before it is read."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from gpu_census.collect.ask import Answer, Ask, Raw, decoded
from gpu_census.collect.budget import Budget
from gpu_census.collect.client import Asker, Client, Received
from gpu_census.collect.hosts import PASSING
from gpu_census.collect.landing import Landing
from gpu_census.collect.network import refuse_elsewhere
from gpu_census.collect.redaction import Redaction
from gpu_census.collect.request import Request, request_key
from gpu_census.collect.retrying import retry_after, retrying
from gpu_census.collect.runs import Card, RunWriter
from gpu_census.errors import AskError

T = TypeVar("T")
NOT_MODIFIED = 304
BODY_TOLD = 2_000
CONDITIONS = {"etag": "if-none-match", "last-modified": "if-modified-since"}


@dataclass(frozen=True)
class Attempt:
    """One attempt at one request: what its card tells of it before there is an answer."""

    request: Request
    told: str
    key: str
    turn: int
    number: int
    asked_at: datetime


class LiveAsk(Ask):
    """Asks one source of one cloud. `known` are the newest answers of earlier runs, to ask whether they still hold."""

    def __init__(
        self,
        source: str,
        *,
        asker: Asker,
        client: Client,
        landing: Landing,
        run: RunWriter,
        budget: Budget,
        known: Mapping[str, Card],
        answered: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(asker.provider, source, asker.redaction)
        self._asker = asker
        self._client = client
        self._objects = landing.objects
        self._run = run
        self._budget = budget
        self._known = dict(known)
        self._answered = answered
        self._turns: Counter[str] = Counter()

    def credential(self, name: str) -> str:
        """The value of an environment variable, without space around it; empty where it is not set."""
        return os.environ.get(name, "").strip()

    def original(self, url: str) -> str:
        """The URL that a link means, also where it names the stand-in."""
        return self._client.original(url)

    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        request = replace(request, url=self.original(request.url))
        told = self.redaction.url(request.url)
        refuse_elsewhere(self.provider, request.url, self._asker.hosts, told=told)
        key = request_key(request, self.redaction)
        turn = self._turns[key]
        self._turns[key] += 1
        host = self._client.host(request.host)
        try:
            async for state in retrying(self._client.limits, host, self._budget):
                with state:
                    host.refuse_unwell(self.provider, told)
                    self._budget.spend(self.provider, told)
                    number = state.retry_state.attempt_number
                    sent = replace(request, headers={**request.headers, **self._conditions(request, key)})
                    attempt = Attempt(sent, told, key, turn, number, datetime.now(UTC))
                    answer = await self._answer(attempt, read, large=large)
        except AskError as error:
            host.failed(error)
            raise
        host.answered()
        self._answered()
        return answer

    def _conditions(self, request: Request, key: str) -> Mapping[str, str]:
        return conditions(self._known.get(key)) if request.method == "GET" else {}

    async def _answer(self, attempt: Attempt, read: Callable[[Raw], T], *, large: bool) -> Answer[T]:
        """Ask once, land, read."""
        try:
            async with asyncio.timeout(max(self._budget.seconds_left(), 0.0)):
                received, sha256 = await self._receive(attempt, large=large)
        except (AskError, TimeoutError) as error:
            late = AskError(self.provider, "no answer before the time of tonight was used up", url=attempt.told)
            told = error if isinstance(error, AskError) else late
            self._run.add(self._card(attempt, error=told.told))
            raise told from None
        self._run.add(self._card(attempt, received=received, sha256=sha256))
        status = 200 if received.status == NOT_MODIFIED else received.status
        kind = received.headers.get("content-type", "")
        raw = Raw(attempt.told, status, kind, sha256, self._objects.path(sha256), received.content)
        try:
            return decoded(self.provider, raw, read, hide=self.redaction.text)
        except AskError as error:
            if received.status == NOT_MODIFIED:
                self._known.pop(attempt.key, None)  # what it confirms is of no use: the next attempt asks for all
            raise self._judged(error, received, attempt) from None

    async def _receive(self, attempt: Attempt, *, large: bool) -> tuple[Received, str]:
        """The answer, landed, and the digest of its body. An error's body is short, whatever was asked for."""
        if large:
            with self._objects.writer() as writer:
                hiding = self.redaction.hiding(writer.write)
                received = await self._client.send(attempt.request, self._asker, sink=hiding.write)
                hiding.end()
                if received.status != 200:
                    writer.discard()
            if received.status == 200:
                return received, writer.sha256
        else:
            received = await self._client.send(attempt.request, self._asker)
        if received.status == NOT_MODIFIED:
            return await self._confirmed(attempt, received, large=large)
        content = self.redaction.content(received.content)
        sha256 = await asyncio.to_thread(self._objects.put, content)
        return replace(received, content=content, size=len(content)), sha256

    async def _confirmed(self, attempt: Attempt, received: Received, *, large: bool) -> tuple[Received, str]:
        """The kept answer that a 304 confirms. Raises `AskError` where there is none, or it is damaged."""
        known = self._known.get(attempt.key)
        if known is None or not self._conditions(attempt.request, attempt.key):
            raise AskError(self.provider, "status 304, which was not asked for", url=attempt.told, passing=True)
        try:
            if large and not await asyncio.to_thread(self._objects.is_whole, known.sha256):
                raise ValueError("damaged")
            content = b"" if large else await asyncio.to_thread(self._objects.read, known.sha256)
        except (OSError, ValueError):
            del self._known[attempt.key]
            wrong = "not modified, but the kept answer is damaged"
            raise AskError(self.provider, wrong, url=attempt.told, passing=True) from None
        headers = known.answer_headers | dict(received.headers)
        return replace(received, headers=headers, content=content, size=known.size), known.sha256

    def _judged(self, error: AskError, received: Received, attempt: Attempt) -> AskError:
        """The error, and whether the same may be answered a little later."""
        throttled = bool(self._asker.throttled) and self._asker.throttled in error.content
        error.passing = error.status in PASSING or error.status == 200 or throttled
        error.wait_seconds = retry_after(received.headers)
        limits = self._client.limits
        if error.wait_seconds is not None and error.passing and error.status != 200:
            host = self._client.host(attempt.request.host)
            host.rest(min(error.wait_seconds, limits.longest_wait_seconds))
        elif throttled:
            error.wait_seconds = limits.throttled_wait_seconds
        return error

    def _card(self, attempt: Attempt, *, received: Received | None = None, sha256: str = "", error: str = "") -> Card:
        request = attempt.request
        return Card(
            key=attempt.key,
            turn=attempt.turn,
            attempt=attempt.number,
            method=request.method,
            url=attempt.told,
            body=self.redaction.text(request.body.decode(errors="replace"))[:BODY_TOLD],
            headers=self.redaction.headers(request.headers),
            asked_at=attempt.asked_at,
            answered_at=datetime.now(UTC),
            status=received.status if received else None,
            answer_headers=self.redaction.headers(received.headers) if received else {},
            sha256=sha256,
            size=received.size if received else 0,
            wire_size=received.wire_size if received else 0,
            error=error,
        )


def known_answers(landing: Landing, provider: str, source: str, runs: int = 3) -> dict[str, Card]:
    """The newest good answer to each request that can be asked for conditionally, from the newest runs."""
    known: dict[str, Card] = {}
    for run in landing.newest(provider, source, runs):
        for card in reversed(run.cards):
            if card.status in (200, NOT_MODIFIED) and conditions(card) and landing.objects.path(card.sha256).exists():
                known.setdefault(card.key, card)
    return known


def conditions(known: Card | None) -> dict[str, str]:
    """The headers that ask whether a kept answer still holds."""
    told = known.answer_headers if known else {}
    return {condition: told[name] for name, condition in CONDITIONS.items() if told.get(name)}


def redaction_for(credentials: tuple[str, ...]) -> Redaction:
    """What hides the values that these environment variables have now."""
    return Redaction(os.environ.get(name, "") for name in credentials)
