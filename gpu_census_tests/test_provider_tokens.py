"""Keys in headers and tokens that are fetched first: what is sent, how often, and how it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from gpu_census.collect.request import HIDDEN, Request
from gpu_census.errors import AskError
from gpu_census.providers.tokens import fetched_token, key_in_header
from gpu_census_tests.stand_in.recordings import RecordedAsk, Recording

ASKED = Request(url="https://api.example.com/things")
TOKEN = "https://auth.example.com/token"


class Service:
    """A token service that notes what it is asked."""

    def __init__(self, content: bytes = b'{"access_token": "t1", "expires_in": 3600}', error: AskError | None = None):
        self.content, self.error = content, error
        self.asked: list[Request] = []

    async def exchange(self, request: Request) -> bytes:
        self.asked.append(request)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return self.content


@pytest.fixture
def ask(tmp_path: Path) -> RecordedAsk:
    return RecordedAsk(Recording("example", "things", {}, []), tmp_path)


def test_a_key_goes_into_the_header_of_the_providers_own(ask: RecordedAsk) -> None:
    sign = key_in_header(ask, "api_key", "EXAMPLE_KEY")
    assert asyncio.run(sign(ASKED, Service().exchange)) == {"api_key": HIDDEN}


@pytest.mark.parametrize("as_json", [False, True])
def test_one_token_is_fetched_for_many_requests_at_once(ask: RecordedAsk, as_json: bool) -> None:
    service = Service()
    fields = {"grant_type": "client_credentials", "client_id": "a b"}
    sign = fetched_token(ask, TOKEN, lambda: fields, advice="check it", as_json=as_json)

    async def many() -> list[dict[str, str]]:
        return [dict(one) for one in await asyncio.gather(*(sign(ASKED, service.exchange) for _ in range(5)))]

    assert asyncio.run(many()) == [{"authorization": "Bearer t1"}] * 5
    (request,) = service.asked
    assert (request.url, request.method) == (TOKEN, "POST")
    sent = (
        msgspec.json.decode(request.body) if as_json else {k: v[0] for k, v in parse_qs(request.body.decode()).items()}
    )
    assert sent == fields


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b'{"access_token": 5}'])
def test_an_answer_without_a_token_is_told_without_its_text(ask: RecordedAsk, content: bytes) -> None:
    sign = fetched_token(ask, TOKEN, dict, advice="check EXAMPLE_KEY")
    with pytest.raises(AskError, match=r"no token: the answer has another form; check EXAMPLE_KEY"):
        asyncio.run(sign(ASKED, Service(content).exchange))


def test_a_refusal_keeps_its_status_and_says_what_to_check(ask: RecordedAsk) -> None:
    refusal = AskError("example", "status 401", status=401)
    sign = fetched_token(ask, TOKEN, dict, advice="check EXAMPLE_KEY")
    with pytest.raises(AskError, match=r"status 401; check EXAMPLE_KEY") as told:
        asyncio.run(sign(ASKED, Service(error=refusal).exchange))
    assert told.value.status == 401
