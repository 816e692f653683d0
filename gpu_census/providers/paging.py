"""Lists that come in pages and say how many rows they have: read whole, or not at all.

What belongs here: counting what came against what was told, for every provider whose lists do that. What does not: how
a page links to the next, and what a row means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gpu_census.providers.contract import Ask, AskError

Page = TypeVar("Page")
Row = TypeVar("Row")


async def whole_list(
    ask: Ask,
    url: str,
    *,
    as_type: type[Page],
    rows: Callable[[Page], Sequence[Row]],
    next_url: Callable[[Page], str | None],
    total: Callable[[Page], int | None],
    **how: object,
) -> list[tuple[Row, str]]:
    """Every row with the digest of its page.

    Raises `AskError` where the list is empty, or has not as many rows as its first page says (`total` is None where
    that is not said). `how` is passed on with each request (`sign`, `headers` …).
    """
    pages = [page async for page in ask.pages(url, as_type=as_type, next_url=next_url, **how)]
    found = [(row, page.sha256) for page in pages for row in rows(page.body)]
    told = total(pages[0].body)
    if told is not None and told != len(found):
        raise AskError(ask.provider, f"{len(found)} rows where the list says {told}: not complete", url=url)
    if not found:
        raise AskError(ask.provider, "the list is empty, which cannot be: ask again", url=url)
    return found
