"""Signing requests to Oracle Cloud Infrastructure, by Oracle's own package.

What belongs here: handing a request to the package's signer and taking the headers back. What does not: any signing,
and the package's client. The package is large and is no extra of this project: who wants to ask installs it himself.
"""

from __future__ import annotations

from collections.abc import Mapping

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Ask, AskError

TENANCY, USER = "OCI_CLI_TENANCY", "OCI_CLI_USER"
FINGERPRINT, KEY, REGION = "OCI_CLI_FINGERPRINT", "OCI_CLI_KEY_CONTENT", "OCI_CLI_REGION"
CREDENTIALS = (TENANCY, USER, FINGERPRINT, KEY, REGION)


def oci_signer(ask: Ask) -> Signer:
    """A signer with the credentials of this source."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        try:
            from oci._vendor.requests import Request as ToSign
            from oci.exceptions import ClientError
            from oci.signer import Signer as OciSigner
        except ImportError:
            raise AskError(ask.provider, "cannot sign: install Oracle's own package, pip install oci") from None
        tenancy, user, fingerprint, key = (ask.credential(name) for name in (TENANCY, USER, FINGERPRINT, KEY))
        try:
            # an environment variable may hold line ends as two letters
            signer = OciSigner(tenancy, user, fingerprint, None, private_key_content=key.replace("\\n", "\n"))
            signed = signer(ToSign(request.method, request.url, headers=dict(request.headers)).prepare())
        except (ClientError, ValueError, TypeError):
            # the error's own text may hold the key
            raise AskError(ask.provider, f"cannot sign: {KEY} is no private key in PEM form") from None
        return {name: signed.headers[name] for name in ("date", "authorization")}

    return sign
