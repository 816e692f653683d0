"""Signing requests to Alibaba Cloud, V3 (ACS3-HMAC-SHA256), by Alibaba's own package.

What belongs here: handing a request to `alibabacloud_openapi_util` and taking the headers back. What does not: any
signing. The trap: every header that is signed must arrive as it was signed, so only headers that the source itself
sets are, and the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Ask, AskError

CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
ALGORITHM = "ACS3-HMAC-SHA256"


def acs3_signer(ask: Ask) -> Signer:
    """A signer with the credentials of this source."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        try:
            from alibabacloud_openapi_util.client import Client
            from alibabacloud_tea_util.client import Client as Tea
            from Tea.request import TeaRequest
        except ImportError:
            raise AskError(ask.provider, "cannot sign: install the extra, pip install 'gpu-census[alibaba]'") from None
        digest = Client.hash(request.body, ALGORITHM).hex()
        added = {
            "x-acs-date": Client.get_timestamp(),
            "x-acs-signature-nonce": Tea.get_nonce(),
            "x-acs-content-sha256": digest,
        }
        parts = urlsplit(request.url)
        given = TeaRequest()
        given.method = request.method
        given.pathname = parts.path or "/"
        given.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        given.headers = {"host": parts.netloc, **request.headers, **added}
        key_id, secret = (ask.credential(name) for name in CREDENTIALS)
        signed = Client.get_authorization(given, ALGORITHM, digest, key_id, secret)
        return added | {"Authorization": signed}

    return sign
