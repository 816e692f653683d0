"""Signing requests to Huawei Cloud (SDK-HMAC-SHA256), by Huawei's own package.

What belongs here: handing a request to `huaweicloudsdkcore` and taking the headers back. What does not: any signing.
The trap: every header handed over is signed and must arrive unchanged, so only those that the source itself sets are,
and the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Ask, AskError

CREDENTIALS = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK")


def sdk_signer(ask: Ask) -> Signer:
    """A signer with the credentials of this source."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        try:
            from huaweicloudsdkcore.auth.credentials import BasicCredentials
            from huaweicloudsdkcore.sdk_request import SdkRequest
            from huaweicloudsdkcore.signer.signer import Signer as HuaweiSigner
        except ImportError:
            raise AskError(ask.provider, "cannot sign: install the extra, pip install 'gpu-census[huawei]'") from None
        parts = urlsplit(request.url)
        given = SdkRequest(
            method=request.method,
            schema=parts.scheme,
            host=parts.netloc,
            resource_path=parts.path or "/",
            query_params=parse_qsl(parts.query, keep_blank_values=True),
            header_params=dict(request.headers),
            body=request.body or None,
        )
        access_key, secret_key = (ask.credential(name) for name in CREDENTIALS)
        signed = HuaweiSigner(BasicCredentials(access_key, secret_key)).sign(given)
        return {name: signed.header_params[name] for name in ("X-Sdk-Date", "Authorization")}

    return sign
