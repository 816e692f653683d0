"""An HTML page, parsed; one that is nested absurdly deep is refused, for parsing it would take all night.

The parser's time grows with the square of the depth: 100,000 open elements take a quarter of a minute.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

DEPTH = 1_000
NOT_TEXT = b"\xef\xbb\xbf\0 \t\r\n"
TAGS = re.compile(rb"<(/?)([a-zA-Z][^\s/>]*)")
# elements without an end, and those that often go without one
UNENDED = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd td th tr thead tbody tfoot "
    b"colgroup option optgroup rt rp html head body".split()
)


def parsed(content: bytes) -> LexborHTMLParser:
    """The page. Raises `ValueError` where it is nested too deeply."""
    refuse_deep(content)
    return LexborHTMLParser(content)


def refuse_deep(content: bytes) -> None:
    """Raise `ValueError` where the content, if it is HTML, is nested too deeply."""
    if not content.lstrip(NOT_TEXT).startswith(b"<") or content.count(b"<") <= DEPTH:
        return
    depth = 0
    for tag in TAGS.finditer(content):
        if tag[2].lower() in UNENDED:
            continue
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > DEPTH:
            raise ValueError(f"HTML nested more than {DEPTH} deep")
