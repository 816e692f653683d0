"""Signing with a key in a header of the provider's own, or with a token that is fetched first.

What belongs here: those two, for every provider that needs no more. What does not: `Authorization: Bearer` with a token
that is sent as it is (`bearer.py`), and signatures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import msgspec

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Ask, AskError

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
JSON = {"content-type": "application/json", "accept": "application/json"}


class Token(msgspec.Struct):
    """The answer of a token service, as OAuth 2 has it."""

    access_token: str


def key_in_header(ask: Ask, header: str, variable: str) -> Signer:
    """A header that carries the key in an environment variable."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        return {header: ask.credential(variable)}

    return sign


def fetched_token(
    ask: Ask, url: str, fields: Callable[[], Mapping[str, str]], *, advice: str, as_json: bool = False
) -> Signer:
    """A signer that fetches one token with a form (or JSON), and uses it for as long as the source asks.

    `fields` gives what is sent, and is called only when the token is fetched. `advice` says what to check where there
    is none.
    """
    one_at_a_time = asyncio.Lock()
    kept: list[str] = []

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        async with one_at_a_time:
            if not kept:
                kept.append(await _fetch(exchange))
        return {"authorization": f"Bearer {kept[0]}"}

    async def _fetch(exchange: Exchange) -> str:
        try:
            body = msgspec.json.encode(fields()) if as_json else urlencode(fields()).encode()
            asked = Request(url=url, method="POST", body=body, headers=JSON if as_json else FORM)
            content = await exchange(asked)
            return msgspec.json.decode(content, type=Token).access_token
        except AskError as error:
            told = f"no token: {error.told}; {advice}"
            raise AskError(ask.provider, told, status=error.status, passing=error.passing) from None
        except msgspec.MsgspecError:
            # the error's own text may hold what came
            raise AskError(ask.provider, f"no token: the answer has another form; {advice}") from None

    return sign
