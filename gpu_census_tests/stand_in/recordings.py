"""What the clouds answer in the tests: `recordings/<provider>/<source>/answers.toml` and the files beside it.

    [[answer]]
    url = "https://api.example.com/prices?region=r1"   # parameters in any order; `*` stands for anything
    method = "GET"                                      # the default
    body = "text that the request's body must hold"     # none by default
    status = 200                                        # the default
    headers = { etag = '"1"' }                          # none by default
    file = "prices_r1.json"                             # or  text = "..."  for a short one

The first answer that fits is given; where several have the same `url`, `method` and `body`, they are given one after
another and the last again and again. `[card]` says how the form is known (`known_from`), and what the answers must be
read as (`regions`, `offerings`: the number of rows, and `some`: a list of rows that must be among them).
"""

from __future__ import annotations

import fnmatch
import hashlib
import mimetypes
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from gpu_census.collect.ask import Answer, Ask, Raw, decoded
from gpu_census.collect.request import HIDDEN, Redaction, Request
from gpu_census.errors import AskError

T = TypeVar("T")
FOLDER = Path(__file__).parents[1] / "recordings"


@dataclass(frozen=True)
class Recorded:
    """One recorded answer."""

    url: str
    content: bytes
    method: str = "GET"
    body: str = ""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str, str]:
        """Answers of one place are given one after another."""
        return self.method, self.url, self.body

    def fits(self, method: str, url: str, body: bytes) -> bool:
        """Whether it answers this request."""
        return method == self.method and _fits(self.url, url) and re.sub(r"\s", "", self.body).encode() in _tight(body)


def _tight(body: bytes) -> bytes:
    return re.sub(rb"\s", b"", body)


def _fits(pattern: str, url: str) -> bool:
    asked, known = urlsplit(url), urlsplit(pattern)
    if not fnmatch.fnmatchcase(f"{asked.netloc}{asked.path}", f"{known.netloc}{known.path}"):
        return False
    wanted = sorted(parse_qsl(known.query, keep_blank_values=True))
    given = sorted(parse_qsl(asked.query, keep_blank_values=True))
    return "*" in known.query or wanted == given


@dataclass(frozen=True)
class Recording:
    """The recorded answers of one source."""

    provider: str
    source: str
    card: dict[str, Any]
    answers: list[Recorded]


def recording(provider: str, source: str, folder: Path = FOLDER) -> Recording:
    """The recording of one source."""
    path = folder / provider / source / "answers.toml"
    stated = tomllib.loads(path.read_text(encoding="utf-8"))
    answers = [_recorded(path.parent, dict(answer)) for answer in stated["answer"]]
    return Recording(provider, source, stated["card"], answers)


def recordings(folder: Path = FOLDER) -> Iterator[Recording]:
    """Every recording there is."""
    for path in sorted(folder.glob("*/*/answers.toml")):
        yield recording(path.parent.parent.name, path.parent.name, folder)


def _recorded(folder: Path, answer: dict[str, Any]) -> Recorded:
    name = answer.pop("file", "")
    text = answer.pop("text", "")
    content = (folder / name).read_bytes() if name else text.encode()
    guessed = mimetypes.guess_type(name)[0] if name else "text/plain"
    return Recorded(content=content, content_type=answer.pop("content_type", guessed or "application/json"), **answer)


class Answers:
    """Gives recorded answers in order; counts what each place has given."""

    def __init__(self, answers: list[Recorded]) -> None:
        self._answers = answers
        self._given: Counter[tuple[str, str, str]] = Counter()

    def give(self, method: str, url: str, body: bytes) -> Recorded | None:
        """The next answer to this request, None where nothing is recorded."""
        first = next((answer for answer in self._answers if answer.fits(method, url, body)), None)
        if first is None:
            return None
        turns = [answer for answer in self._answers if answer.place == first.place]
        turn = min(self._given[first.place], len(turns) - 1)
        self._given[first.place] += 1
        return turns[turn]


class RecordedAsk(Ask):
    """An `ask` that answers from a recording, without any network: for the tests of one provider file."""

    def __init__(self, recorded: Recording, folder: Path) -> None:
        super().__init__(recorded.provider, recorded.source, Redaction())
        self._answers = Answers(recorded.answers)
        self._folder = folder
        self.asked: list[Request] = []

    def credential(self, name: str) -> str:
        return HIDDEN

    async def _read(self, request: Request, read: Callable[[Raw], T], *, large: bool = False) -> Answer[T]:
        self.asked.append(request)
        found = self._answers.give(request.method, request.url, request.body)
        if found is None:
            raise AskError(self.provider, "nothing is recorded for this request", url=request.url)
        digest = hashlib.sha256(found.content).hexdigest()
        path = None
        if large:
            import zstandard

            path = self._folder / f"{digest}.zst"
            path.write_bytes(zstandard.compress(found.content))
        raw = Raw(request.url, found.status, found.content_type, digest, path, b"" if large else found.content)
        return decoded(self.provider, raw, read)
