"""Signing with a token that is sent as it is: `Authorization: Bearer …`.

What belongs here: that one header, for every provider that needs no more. What does not: tokens that are fetched first,
and signatures.
"""

from __future__ import annotations

from collections.abc import Mapping

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Ask


def bearer(ask: Ask, variable: str) -> Signer:
    """The header that carries the token in an environment variable."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        return {"authorization": f"Bearer {ask.credential(variable)}"}

    return sign
