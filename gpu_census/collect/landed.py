"""`ask` on a run that has been landed: the same questions, answered from the landing zone, without any network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from gpu_census.collect.ask import Answer, Ask, Raw, decoded
from gpu_census.collect.landing import Landing, Run
from gpu_census.collect.request import HIDDEN, Redaction, Request
from gpu_census.errors import AskError

T = TypeVar("T")


class LandedAsk(Ask):
    """Answers from one run. What the run did not ask, or asked in vain, is an `AskError` as it was then."""

    def __init__(self, landing: Landing, run: Run) -> None:
        super().__init__(run.begun.provider, run.begun.source, Redaction())
        self._landing = landing
        self._cards = run.last_attempts()
        self._turns: Counter[str] = Counter()

    def credential(self, name: str) -> str:
        """What stands in kept requests where a secret stood."""
        return HIDDEN

    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        told = self.redaction.url(request.url)
        key = self.redaction.key(request)
        card = self._cards.get((key, self._turns[key]))
        self._turns[key] += 1
        if card is None:
            raise AskError(self.provider, "was not asked in this run", url=told)
        if card.error:
            raise AskError(self.provider, card.error)
        status = 200 if card.status == 304 and card.sha256 else card.status or 0
        try:
            content = b"" if large and status == 200 else self._landing.read(card.sha256)
        except (OSError, ValueError) as error:
            raise AskError(self.provider, f"its landed answer cannot be read: {error}", url=told) from None
        kind = card.answer_headers.get("content-type", "")
        return decoded(
            self.provider, Raw(told, status, kind, card.sha256, self._landing.path(card.sha256), content), read
        )
