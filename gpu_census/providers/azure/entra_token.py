"""The token of Azure's management API: fetched by azure-identity, over the client of this census.

What belongs here: handing azure-identity a transport that sends nothing itself. What does not: requests to the API. The
package's own connections, retries and discovery of other clouds are not used: it makes one request, to the token
service, and keeps the token in memory for as long as the signer lives. azure-identity is needed only where something is
signed, so it is imported there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.errors import AskError
from gpu_census.providers.contract import Ask

if TYPE_CHECKING:
    from azure.identity.aio import ClientSecretCredential

AUTHORITY = "login.microsoftonline.com"
SCOPE = "https://management.azure.com/.default"
TENANT, CLIENT, SECRET = "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"

Send = Callable[[Request], Awaitable[bytes]]


def entra_signer(ask: Ask) -> Signer:
    """A signer that fetches one token and uses it for as long as it holds."""
    one_at_a_time = asyncio.Lock()
    sending: list[Exchange] = []

    @cache
    def credential() -> ClientSecretCredential:
        return _credential(ask, lambda request: sending[-1](request))

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        async with one_at_a_time:
            # the package calls back while it is awaited, and must then send on behalf of this request
            sending[:] = [exchange]
            return {"authorization": f"Bearer {await _token(ask, credential)}"}

    return sign


async def _token(ask: Ask, credential: Callable[[], ClientSecretCredential]) -> str:
    try:
        from azure.core.exceptions import AzureError
    except ImportError:
        raise AskError(ask.provider, "cannot sign: install the extra, pip install 'gpu-census[azure]'") from None
    advice = f"check {TENANT}, {CLIENT} and {SECRET}: they are those of an app registration, with the role Reader"
    try:
        return str((await credential().get_token(SCOPE)).token)
    except AskError as error:
        told = f"no token: {error.told}; {advice}"
        raise AskError(ask.provider, told, status=error.status, passing=error.passing) from None
    except (AzureError, ValueError) as error:
        # the error's own text may hold what was sent
        raise AskError(ask.provider, f"no token ({type(error).__name__}); {advice}") from None


def _credential(ask: Ask, send: Send) -> ClientSecretCredential:
    from azure.core.pipeline.transport import AsyncHttpResponse, AsyncHttpTransport
    from azure.identity.aio import ClientSecretCredential

    # it would warn of every failure on its own, and log whole URLs
    logging.getLogger("azure").setLevel(logging.ERROR)

    class Received(AsyncHttpResponse):
        """An answer with status 200; for any other `send` raises."""

        def __init__(self, request: Any, content: bytes) -> None:
            super().__init__(request, None)
            self.status_code = 200
            self.content_type = "application/json"
            self._content = content

        def body(self) -> bytes:
            return self._content

    class Transport(AsyncHttpTransport):
        """Sends the package's one request, a form, by `send`."""

        async def send(self, request: Any, **config: Any) -> Received:
            form = urlencode(request.body).encode()
            headers = {"content-type": "application/x-www-form-urlencoded"}
            asked = Request(url=request.url, method=request.method, body=form, headers=headers)
            return Received(request, await send(asked))

        async def open(self) -> None:
            """Nothing is opened."""

        async def close(self) -> None:
            """Nothing was opened."""

        async def __aexit__(self, *error: object) -> None:
            """Nothing was opened."""

    # named here, or an environment variable would decide to whom the secret is sent
    return ClientSecretCredential(
        ask.credential(TENANT),
        ask.credential(CLIENT),
        ask.credential(SECRET),
        authority=AUTHORITY,
        transport=Transport(),
        retry_total=0,
    )
