"""Signing requests to Tencent Cloud (TC3-HMAC-SHA256), by Tencent's own package.

What belongs here: handing a request to the package's `AbstractClient`, of which Tencent's generated clients are made
in the same way, and taking the headers back. What does not: any signing. The traps: the package writes the body itself,
so the body must be what it would write (`written`); host and content type are signed and must arrive as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Ask, AskError

CREDENTIALS = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")


def written(parameters: Mapping[str, Any]) -> bytes:
    """Parameters as the package writes them."""
    return json.dumps(parameters).encode()


def tc3_signer(ask: Ask) -> Signer:
    """A signer with the credentials of this source; action, version and region are those of the request's headers."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        try:
            from tencentcloud.common.abstract_client import AbstractClient
            from tencentcloud.common.credential import Credential
            from tencentcloud.common.http.request import RequestInternal
            from tencentcloud.common.profile.client_profile import ClientProfile
            from tencentcloud.common.profile.http_profile import HttpProfile
        except ImportError:
            raise AskError(ask.provider, "cannot sign: install the extra, pip install 'gpu-census[tencent]'") from None
        credential = Credential(*(ask.credential(name) for name in CREDENTIALS))
        profile = ClientProfile(signMethod="TC3-HMAC-SHA256", httpProfile=HttpProfile(endpoint=request.host))
        client = AbstractClient(credential, request.headers.get("x-tc-region", ""), profile)
        client._service = request.host.partition(".")[0]
        client._apiVersion = request.headers["x-tc-version"]
        given = RequestInternal(request.host, request.method, urlsplit(request.url).path or "/", {})
        client._build_req_inter(request.headers["x-tc-action"], json.loads(request.body), given)
        if given.data.encode() != request.body:
            raise AskError(
                ask.provider, "cannot sign: the Tencent package writes the body in another way than expected"
            )
        return {name.lower(): value for name, value in given.header.items() if name.lower() != "host"}

    return sign
