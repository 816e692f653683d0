"""Honest ETag and Last-Modified: an answer that the asker already has is a 304.

Last-Modified is made from the content, so that another content has another date, also in another stand-in; as in
nginx, If-Modified-Since is met by that very date and no other.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from email.utils import formatdate

from gpu_census_tests.stand_in.reply import Reply
from gpu_census_tests.stand_in.seen import Seen

FIRST_SECOND = 1_500_000_000
SECONDS = 100_000_000


def conditional(reply: Reply, seen: Seen) -> Reply:
    """The reply with its validators, or the 304 that stands for it."""
    if seen.method not in ("GET", "HEAD") or reply.status != 200 or reply.stream:
        return reply
    digest = hashlib.sha256(reply.content).hexdigest()
    changed_on = formatdate(FIRST_SECOND + int(digest[:12], 16) % SECONDS, usegmt=True)
    headers = {"etag": f'"{digest[:32]}"', "last-modified": changed_on} | reply.headers
    known = seen.headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        same = bool(tags & {headers["etag"].removeprefix("W/"), "*"})
    else:
        same = seen.headers.get("if-modified-since") == headers["last-modified"]
    if not same:
        return replace(reply, headers=headers)
    kept = {name: headers[name] for name in ("etag", "last-modified")}
    return replace(reply, status=304, headers=kept, content=b"")
