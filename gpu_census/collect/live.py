"""`ask` on a live night: through the polite client, within a budget, every answer landed before it is read."""

from __future__ import annotations

import asyncio
import email.utils
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

import tenacity

from gpu_census.collect.ask import Answer, Ask, Raw, decoded
from gpu_census.collect.client import Asker, Client, Received
from gpu_census.collect.landing import Card, Landing, ObjectWriter, RunWriter
from gpu_census.collect.limits import Limits
from gpu_census.collect.request import Redaction, Request
from gpu_census.errors import AskError

T = TypeVar("T")
PASSING = frozenset((408, 425, 429, 500, 502, 503, 504, *range(520, 530)))
UNREADABLE_ATTEMPTS = 2
BODY_TOLD = 2_000


@dataclass
class Budget:
    """What one provider may still cost tonight, over all its sources."""

    limits: Limits
    began: float = field(default_factory=time.monotonic)
    requests: int = 0

    def seconds_left(self) -> float:
        """Until the time budget is used up."""
        return self.limits.budget_seconds - (time.monotonic() - self.began)

    def spend(self, provider: str, told: str) -> None:
        """One more request. Raises `AskError` where the budget is used up."""
        self.requests += 1
        if self.requests > self.limits.budget_requests:
            raise AskError(provider, f"not asked: {self.limits.budget_requests} requests were sent tonight", url=told)
        if self.seconds_left() <= 0:
            raise AskError(provider, f"not asked: {self.limits.budget_seconds:g} s are used up tonight", url=told)


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
        self._landing = landing
        self._run = run
        self._budget = budget
        self._known = known
        self._answered = answered
        self._turns: Counter[str] = Counter()

    def credential(self, name: str) -> str:
        """The value of an environment variable; empty where it is not set."""
        return os.environ.get(name, "")

    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        request = replace(request, url=self._client.original(request.url))
        key = self.redaction.key(request)
        turn = self._turns[key]
        self._turns[key] += 1
        host = self._client.host(request.host, self._asker.connections)
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_is_passing),
            stop=lambda state: self._is_enough(state, host.failures),
            wait=self._wait,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    number = attempt.retry_state.attempt_number
                    answer = await self._attempt(request, read, (key, turn, number), large=large)
        except AskError as error:
            host.failures += error.passing
            raise
        host.failures = 0
        self._answered()
        return answer

    async def _attempt(
        self, request: Request, read: Callable[[Raw], T], which: tuple[str, int, int], *, large: bool
    ) -> Answer[T]:
        told = self.redaction.url(request.url)
        self._budget.spend(self.provider, told)
        known = self._known.get(which[0])
        sent = replace(request, headers=dict(request.headers) | _conditions(known))
        asked_at = datetime.now(UTC)
        try:
            async with asyncio.timeout(max(self._budget.seconds_left(), 0.0)):
                received, sha256 = await self._receive(sent, large=large, is_known=known is not None)
        except (AskError, TimeoutError) as error:
            wrong = error.told if isinstance(error, AskError) else "no answer before the time of tonight was used up"
            self._run.add(self._card(sent, which, asked_at, error=wrong))
            if isinstance(error, AskError):
                raise
            raise AskError(self.provider, wrong, url=told) from None
        if received.status == 304 and known is not None:
            sha256 = known.sha256
            received = replace(received, headers=known.answer_headers | dict(received.headers), size=known.size)
            content = b"" if large else await asyncio.to_thread(self._landing.read, sha256)
        else:
            content = received.content
        self._run.add(self._card(sent, which, asked_at, received=received, sha256=sha256))
        raw = raw_answer(told, received, sha256, self._landing, content, is_known=known is not None)
        try:
            return decoded(self.provider, raw, read)
        except AskError as error:
            throttled = bool(self._asker.throttled) and self._asker.throttled in error.content
            error.passing = error.status in PASSING or error.status == 200 or throttled
            error.wait_seconds = retry_after(received.headers)
            if throttled and error.wait_seconds is None:
                error.wait_seconds = self._client.limits.throttled_wait_seconds
            raise

    async def _receive(self, request: Request, *, large: bool, is_known: bool) -> tuple[Received, str]:
        """The answer, landed, and the digest of its body. An error's body is short, whatever was asked for."""
        writer: ObjectWriter
        if large:
            with self._landing.writer() as writer:
                received = await self._client.send(request, self._asker, sink=writer.write)
            if received.status == 200:
                return received, writer.sha256
        else:
            received = await self._client.send(request, self._asker)
        if received.status == 304 and is_known:
            return received, ""
        content = self.redaction.content(received.content)
        received = replace(received, content=content)
        return received, await asyncio.to_thread(self._landing.put, content)

    def _card(
        self,
        request: Request,
        which: tuple[str, int, int],
        asked_at: datetime,
        *,
        received: Received | None = None,
        sha256: str = "",
        error: str = "",
    ) -> Card:
        key, turn, attempt = which
        body = self.redaction.text(request.body.decode(errors="replace"))
        return Card(
            key=key,
            turn=turn,
            attempt=attempt,
            method=request.method,
            url=self.redaction.url(request.url),
            body=body[:BODY_TOLD],
            headers=self.redaction.headers(request.headers),
            asked_at=asked_at,
            answered_at=datetime.now(UTC),
            status=received.status if received else None,
            answer_headers=self.redaction.headers(received.headers) if received else {},
            sha256=sha256,
            size=received.size if received else 0,
            wire_size=received.wire_size if received else 0,
            error=error,
        )

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Twice as long each time, with jitter; at least as long as the cloud asks for, up to a cap."""
        limits = self._client.limits
        doubling = tenacity.wait_exponential(limits.first_wait_seconds, max=limits.longest_wait_seconds)
        jitter = tenacity.wait_random(0, limits.first_wait_seconds)
        return min(max(doubling(state) + jitter(state), _asked_wait(state) or 0.0), limits.longest_wait_seconds)

    def _is_enough(self, state: tenacity.RetryCallState, failures: int) -> bool:
        """No more attempts: too many, no time left, a host that fails one request after another, a page that stays."""
        limits = self._client.limits
        error = state.outcome.exception() if state.outcome else None
        unreadable = isinstance(error, AskError) and error.status == 200
        asks_too_long = (_asked_wait(state) or 0.0) > limits.longest_wait_seconds
        most = limits.attempts
        if unreadable or asks_too_long:
            most = min(most, UNREADABLE_ATTEMPTS)
        if failures >= limits.failures_in_a_row:
            most = 1
        return state.attempt_number >= most or self._budget.seconds_left() < self._wait(state)


def raw_answer(told: str, received: Received, sha256: str, landing: Landing, content: bytes, *, is_known: bool) -> Raw:
    """An answer as `ask` reads it: one that was confirmed by 304 is the one it confirms."""
    status = 200 if received.status == 304 and is_known else received.status
    kind = received.headers.get("content-type", "")
    return Raw(told, status, kind, sha256, landing.path(sha256), content)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the answer asks to wait, given as a number or as a date; None where it does not say."""
    text = headers.get("retry-after", "").strip()
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:
        pass
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


def known_answers(landing: Landing, provider: str, source: str, runs: int = 3) -> dict[str, Card]:
    """The newest good answer to each request that can be asked for conditionally, from the newest runs."""
    known: dict[str, Card] = {}
    for run in landing.newest(provider, source, runs):
        for card in reversed(run.cards):
            if card.status in (200, 304) and _conditions(card) and landing.path(card.sha256).exists():
                known.setdefault(card.key, card)
    return known


def _conditions(known: Card | None) -> dict[str, str]:
    told = known.answer_headers if known else {}
    names = {"etag": "if-none-match", "last-modified": "if-modified-since"}
    return {condition: told[name] for name, condition in names.items() if told.get(name)}


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, AskError) and error.passing


def _asked_wait(state: tenacity.RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.wait_seconds if isinstance(error, AskError) else None


def redaction_for(credentials: tuple[str, ...]) -> Redaction:
    """What hides the values that these environment variables have now."""
    return Redaction(os.environ.get(name, "") for name in credentials)
