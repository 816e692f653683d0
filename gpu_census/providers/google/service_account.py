"""The signature of Compute API requests: a token that a service account signs itself.

What belongs here: getting that token from google-auth. What does not: requests. No token is fetched from anywhere:
Google accepts a JSON Web Token made on this machine, whose audience is the API. google-auth is needed only where
something is signed, so it is imported there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.errors import AskError

if TYPE_CHECKING:
    from google.auth.jwt import Credentials

KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"


def signed_by(key_file: str, *, audience: str) -> Signer:
    """A signer that reads the service account's key file when the first request is signed."""

    @cache
    def account() -> Credentials:
        return _account(key_file, audience)

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        account().before_request(None, request.method, request.url, headers)
        return headers

    return sign


def _account(key_file: str, audience: str) -> Credentials:
    try:
        from google.auth.exceptions import GoogleAuthError
        from google.auth.jwt import Credentials
    except ImportError:
        raise AskError("google", "google-auth is not installed; run pip install 'gpu-census[google]'") from None
    try:
        return Credentials.from_service_account_file(key_file, audience=audience)
    except (OSError, ValueError, AttributeError, TypeError, GoogleAuthError) as error:
        # the error's own text may hold the path or part of the file
        wrong = f"{KEY_FILE} does not name the JSON key file of a service account ({type(error).__name__}); create one"
        raise AskError("google", f"{wrong} with the role Compute Viewer and give its path") from None
