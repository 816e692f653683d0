"""The EC2 Query protocol, by AWS's own package: botocore writes the form, reads the XML and signs.

What belongs here: one operation in one region, its pages, and the signature (Signature Version 4). What does not: what
is asked, and sending. The traps: botocore would look for newer models under the user's home, so it is held to its own;
it reads any well-formed XML as an answer without content, so every answer type has a required field; a token signs in
only together with the temporary key it came with.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import msgspec

from gpu_census.collect.request import Exchange, Request, Signer
from gpu_census.providers.contract import Answer, Ask, AskError

if TYPE_CHECKING:
    from botocore.model import ServiceModel

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
SESSION_TOKEN = "AWS_SESSION_TOKEN"
SERVICE = "ec2"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
PAGES_AT_MOST = 200


class Page(msgspec.Struct, rename="pascal", kw_only=True):
    """An answer that may go on."""

    next_token: str | None = None


T = TypeVar("T", bound=msgspec.Struct)
SomePage = TypeVar("SomePage", bound=Page)


async def asked(ask: Ask, region: str, operation: str, *, as_type: type[T], **parameters: Any) -> Answer[T]:
    """The answer to an operation in a region. Raises `AskError` where there is none, or one of another form."""
    answer = await ask.content(
        f"https://{SERVICE}.{region}.amazonaws.com/",
        body=_form(operation, parameters),
        headers={"content-type": FORM},
        sign=sigv4_signer(ask, region),
    )
    from botocore.parsers import ResponseParserError, create_parser

    shape = _model().operation_model(operation).output_shape
    given = {"body": answer.body, "headers": {}, "status_code": 200}
    try:
        parsed = create_parser(_model().metadata["protocol"]).parse(given, shape)
        return Answer(msgspec.convert(parsed, as_type), answer.sha256, answer.url)
    except (ResponseParserError, msgspec.ValidationError) as error:
        begins = answer.body[:60].decode(errors="replace")
        wrong = f"{operation}: expected its XML answer ({str(error).splitlines()[0]}); it begins {begins!r}"
        raise AskError(ask.provider, wrong, url=answer.url) from None


async def every_page(
    ask: Ask, region: str, operation: str, *, as_type: type[SomePage], **parameters: Any
) -> AsyncIterator[Answer[SomePage]]:
    """Page after page; a token that comes back, or too many pages, is an `AskError`."""
    tokens: list[str] = []
    while True:
        added = {"NextToken": tokens[-1]} if tokens else {}
        page = await asked(ask, region, operation, as_type=as_type, **parameters, **added)
        yield page
        token = page.body.next_token
        if not token:
            return
        if token in tokens or len(tokens) >= PAGES_AT_MOST:
            wrong = "comes back to itself" if token in tokens else f"is longer than {PAGES_AT_MOST} pages"
            raise AskError(ask.provider, f"{operation}: the list {wrong}", url=page.url)
        tokens.append(token)


def sigv4_signer(ask: Ask, region: str) -> Signer:
    """A signer for EC2 in a region, with the credentials of this source."""

    async def sign(request: Request, exchange: Exchange) -> Mapping[str, str]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        key, secret = (ask.credential(name) for name in CREDENTIALS)
        credentials = Credentials(key, secret, ask.credential(SESSION_TOKEN) or None)
        signed = AWSRequest(request.method, request.url, headers=dict(request.headers), data=request.body)
        SigV4Auth(credentials, SERVICE, region).add_auth(signed)
        return {name: value for name, value in signed.headers.items() if name not in request.headers}

    return sign


def _form(operation: str, parameters: Mapping[str, Any]) -> bytes:
    from botocore.serialize import create_serializer

    model = _model()
    serialised = create_serializer(model.metadata["protocol"]).serialize_to_request(
        dict(parameters), model.operation_model(operation)
    )
    return urlencode(serialised["body"]).encode()


@cache
def _model() -> ServiceModel:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(SERVICE, "service-2"), SERVICE)
