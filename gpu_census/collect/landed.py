"""`ask` on a run that has been landed: the same questions, answered from the landing zone, without any network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gpu_census.collect.ask import Answer, Ask, Raw, decoded
from gpu_census.collect.landing import Landing, Run
from gpu_census.collect.network import Replay
from gpu_census.collect.request import HIDDEN, Redaction, Request, request_key
from gpu_census.errors import AskError

T = TypeVar("T")


class LandedAsk(Ask):
    """Answers from one run. What the run did not ask, or asked in vain, is an `AskError` as it was then."""

    def __init__(self, landing: Landing, run: Run) -> None:
        super().__init__(run.begun.provider, run.begun.source, Redaction())
        self._objects = landing.objects
        self._cards = run.last_attempts()
        self._replay = Replay(run.begun.replay) if run.begun.replay else None
        self._turns: Counter[str] = Counter()

    def credential(self, name: str) -> str:
        """What stands in kept requests where a secret stood."""
        return HIDDEN

    def original(self, url: str) -> str:
        """The URL that a link meant, also where it named the stand-in of then."""
        return self._replay.back(url) if self._replay else url

    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        request = replace(request, url=self.original(request.url))
        told = self.redaction.url(request.url)
        key = request_key(request, self.redaction)
        card = self._cards.get((key, self._turns[key]))
        self._turns[key] += 1
        if card is None:
            raise AskError(self.provider, "was not asked in this run", url=told)
        if card.error:
            raise AskError(self.provider, card.error)
        status = 200 if card.status == 304 else card.status or 0
        path = self._objects.path(card.sha256)
        try:
            whole = large and status == 200
            if whole and not path.exists():
                raise FileNotFoundError(f"{path} is not there")
            content = b"" if whole else self._objects.read(card.sha256)
        except (OSError, ValueError) as error:
            raise AskError(self.provider, f"its landed answer cannot be read: {error}", url=told) from None
        kind = card.answer_headers.get("content-type", "")
        return decoded(self.provider, Raw(told, status, kind, card.sha256, path, content), read)
