"""What the charts stand on: where a value lies, axes with their ticks and labels, and how much room words need.

What belongs here: SVG that says nothing of the census. What is drawn between the axes is in `charts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from math import log
from unicodedata import east_asian_width

from markupsafe import Markup

INK, LINE, GRID = "#333333", "#888888", "#dddddd"
FONT = "system-ui, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
FONT_SIZE = 11
BELOW, TITLE_BELOW = 23, 15  # what stands under a frame: the labels, and a title below them

Ticks = Iterable[tuple[float, str]]


def over_time(span: tuple[date, date], width: float) -> Callable[[date], float]:
    """Where a day lies on an axis of this width."""
    start, end = span
    return lambda day: (day - start).days / max(1, (end - start).days) * width


def new_years(span: tuple[date, date]) -> list[date]:
    """The first days of the years within these days."""
    firsts = (date(year, 1, 1) for year in range(span[0].year, span[1].year + 1))
    return [first for first in firsts if first >= span[0]]


def round_step(most: int, count: int) -> int:
    """The distance between ticks from 0 to `most`: the round number by which there are about so many of them."""
    rounds = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]
    return min(rounds, key=lambda step: abs(log(step * count / max(1, most))))


def room_for(text: str, size: float = FONT_SIZE) -> float:
    """About how wide a text is; which fonts the reader has is not known, so rather too wide."""
    return sum(size if east_asian_width(character) in "WF" else 0.55 * size for character in text)


def shortened(text: str, room: float) -> str:
    """A text that fits into this room."""
    if room_for(text) <= room:
        return text
    return next(short for end in range(len(text), -1, -1) if room_for(short := f"{text[:end]}…") <= room)


def axis_below(ticks: Ticks, width: float, height: float, title: str = "") -> Markup:
    """The horizontal axis of a frame with its grid; labels at its ends stay inside."""
    ticks = list(ticks)
    at = [round(x) + 0.5 for x, _ in ticks]
    labels = [
        Markup('<text x="{:.4g}" y="16" text-anchor="{}">{}</text>').format(
            x, "start" if x <= 0 else "end" if x >= width else "middle", label
        )
        for x, label in ticks
    ]
    if title:
        labels.append(Markup('<text x="{:g}" y="31" text-anchor="middle">{}</text>').format(width / 2, title))
    grid, marks = (Markup("").join(f"M{x:g} {y}" for x in at) for y in (f"0v{height:g}", f"{height + 0.5:g}v5"))
    return Markup(
        '<path d="{grid}" stroke="{colour}"/><path d="{marks}M0 {bottom:g}h{width:g}" stroke="{line}"/>'
        '<g transform="translate(.5 {bottom:g})">{labels}</g>'
    ).format(
        grid=grid,
        colour=GRID,
        marks=marks,
        bottom=height + 0.5,
        width=width,
        line=LINE,
        labels=Markup("").join(labels),
    )


def axis_beside(ticks: Ticks, width: float, height: float, title: str) -> Markup:
    """The vertical axis of a frame with its grid."""
    ticks = list(ticks)
    at = [round(y) + 0.5 for y, _ in ticks]
    labels = [Markup('<text x="-7" y="{:.4g}">{}</text>').format(y + 3, label) for y, label in ticks]
    return Markup(
        '<path d="{grid}" stroke="#eeeeee"/><path d="{marks}M.5 0v{height:g}" stroke="{line}"/>'
        '<g text-anchor="end">{labels}</g>'
        '<text transform="translate(-25 {middle:g})rotate(-90)" text-anchor="middle">{title}</text>'
    ).format(
        grid="".join(f"M0 {y:g}h{width:g}" for y in at),
        marks="".join(f"M0 {y:g}h-5" for y in at),
        height=height,
        line=LINE,
        labels=Markup("").join(labels),
        middle=height / 2,
        title=title,
    )


def names_beside(names: Iterable[str], step: float) -> Markup:
    """Names in front of rows of this height."""
    labels = [
        Markup('<text x="-2" y="{:g}">{}</text>').format((place + 0.5) * step + 3, name)
        for place, name in enumerate(names)
    ]
    return Markup('<g text-anchor="end">{}</g>').format(Markup("").join(labels))


def picture(inside: Markup, *, left: float, right: float, top: float, bottom: float) -> Markup:
    """A chart to stand in the page: it is described in words beside it, so to assistive technology it is nothing."""
    width, height = round(left + right), round(top + bottom)
    return Markup(
        '<svg aria-hidden="true" focusable="false" width="{width}" height="{height}" '
        'viewBox="{x} {y} {width} {height}" font-family="{font}" font-size="{size}" fill="{ink}">{inside}</svg>'
    ).format(
        width=width,
        height=height,
        x=-round(left),
        y=-round(top),
        font=FONT,
        size=FONT_SIZE,
        ink=INK,
        inside=inside,
    )
