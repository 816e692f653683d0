"""The charts over time, as SVG drawn by Altair: arrivals in windows, and who answered when.

What belongs here: marks, scales and colours. Rows come from `diffusion` and `knowledge`, words from the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from gpu_census.report.language import Language
from gpu_census.report.published import Row

Datasets = dict[str, list[Row]]

INK, GRID = "#333333", "#dddddd"
GENERATION_COLOURS = {"v100": "#b35c00", "ampere": "#0a7373", "hopper": "#0b4a8f", "blackwell": "#4b0055"}
STATE_COLOURS = {"seen": "#0b4a8f", "stale": "#7f9fc4", "price": "#e8860c", "unobserved": "#ffffff"}
FONT = "system-ui, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
CONFIG = {
    "font": FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {"labelColor": INK, "titleColor": INK, "labelFontSize": 11, "titleFontWeight": "normal"},
}
VL_VERSION = "6.4"


def draw_arrivals(
    arrivals: Sequence[Row],
    *,
    panels: dict[str, str],
    thin: Sequence[tuple[date, date]],
    rules: Sequence[date],
    dates: Sequence[date],
    span: tuple[date, date],
    words: Language,
) -> Markup:
    """First arrivals, one panel for each generation: a bar from the last day without to the first day with it."""
    data: Datasets = {}
    ground = [{"from": start.isoformat(), "to": min(end, span[1]).isoformat()} for start, end in thin if end > span[0]]
    lines = [{"from": day.isoformat()} for day in rules if span[0] <= day <= span[1]]
    ticks = [{"from": day.isoformat()} for day in dates]
    behind = (_named(data, "ground", ground), _named(data, "rules", lines), _named(data, "dates", ticks))
    drawn = []
    for name, generation in panels.items():
        rows = [_window(row, span, words) for row in arrivals if row["generation"] == generation]
        if rows:
            front = (
                _named(data, f"{generation}-windows", [row for row in rows if row["known"]]),
                _named(data, generation, rows),
            )
            title = alt.Title(text=name, anchor="start", fontSize=13, color=GENERATION_COLOURS[generation])
            layers = _layers(GENERATION_COLOURS[generation], len(rows), behind, front, span, words)
            panel = alt.layer(*layers).properties(width=380, height=_height(len(rows)), title=title)
            drawn.append(_plain(panel))
    # composed as plain specifications: Altair would copy every panel several times over
    whole = {"concat": drawn, "columns": 2, "spacing": {"column": 70, "row": 14}}
    return _svg(whole, "arrivals", data) if drawn else Markup("")


def draw_answers(answers: Sequence[Row], clouds: Mapping[str, str]) -> Markup:
    """Clouds by month: a block where it answered, a thin line where the answer was carried forward."""
    rows = [{**_dated(row), "cloud": clouds[row["provider"]]} for row in answers if row["provider"] in clouds]
    data: Datasets = {}
    x = alt.X("month:T", title=None, axis=_time_axis())
    y = alt.Y(
        "cloud:N", title=None, sort=list(clouds.values()), axis=alt.Axis(ticks=False, domain=False, labelLimit=200)
    )
    layers = [
        alt.Chart(_named(data, state, [row for row in rows if row["state"] == state]))
        .mark_bar(height=thickness, color=colour)
        .encode(x=x, x2="end:T", y=y)
        for state, thickness, colour in (
            ("answered", 16, "#0b4a8f"),
            ("carried", 5, "#0b4a8f"),
            ("older", 2, "#8a8a8a"),
        )
    ]
    whole = alt.layer(*layers).properties(width=560, height=alt.Step(24))
    return _svg(_plain(whole), "answers", data) if rows else Markup("")


def draw_evidence(evidence: Sequence[Row], clouds: Mapping[str, str], words: Language) -> Markup:
    """Regions of each cloud by the best evidence there is of them."""
    order = {state: place for place, state in enumerate(STATE_COLOURS)}
    rows = [
        {
            "cloud": clouds[row["provider"]],
            "state": words.term("states", row["state"]),
            "regions": row["regions"],
            "order": order[row["state"]],
        }
        for row in evidence
    ]
    data: Datasets = {}
    names = [words.term("states", state) for state in STATE_COLOURS]
    chart = (
        alt.Chart(_named(data, "evidence", rows))
        .mark_bar(stroke="#555555", strokeWidth=0.8, height=16)
        .encode(
            x=alt.X("regions:Q", title=words.say("words.regions"), axis=alt.Axis(tickMinStep=1, gridColor=GRID)),
            y=alt.Y(
                "cloud:N",
                title=None,
                sort=list(clouds.values()),
                axis=alt.Axis(ticks=False, domain=False, labelLimit=200),
            ),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=names, range=list(STATE_COLOURS.values())),
                legend=None,
            ),
            order="order:Q",
        )
        .properties(width=420, height=alt.Step(24))
    )
    return _svg(_plain(chart), "evidence", data) if rows else Markup("")


def _layers(
    colour: str,
    count: int,
    behind: tuple[alt.NamedData, alt.NamedData, alt.NamedData],
    front: tuple[alt.NamedData, alt.NamedData],
    span: tuple[date, date],
    words: Language,
) -> list[alt.Chart]:
    """One generation: grey ground and rules behind, windows, sightings and names in front."""
    scale = alt.Scale(domain=[day.isoformat() for day in span], nice=False)
    start = alt.X("from:T", title=None, scale=scale, axis=_time_axis())
    seen = alt.X("to:T", title=None, scale=scale)
    axis = alt.Axis(tickMinStep=1, tickCount=6, gridColor="#eeeeee")
    y = alt.Y("rank:Q", title=words.say("spread.axis"), scale=alt.Scale(domain=[0, count + 1], nice=False), axis=axis)
    known = alt.Scale(domain=[True, False], range=["circle", "triangle-left"])
    sighting = alt.Chart(front[1]).mark_point(size=26, filled=True, opacity=1, color=colour)
    name = alt.Chart(front[1]).mark_text(align="left", dx=6, fontSize=8.5, color=INK)
    return [
        alt.Chart(behind[0]).mark_rect(color="#f0efeb").encode(x=start, x2="to:T"),
        alt.Chart(behind[1]).mark_rule(color="#aa3333", strokeWidth=0.8, strokeDash=[3, 2]).encode(x=start),
        alt.Chart(behind[2])
        .mark_rule(color=INK)
        .encode(x=start, y=alt.value(_height(count)), y2=alt.value(_height(count) - 5)),
        alt.Chart(front[0]).mark_bar(height=4, color=colour).encode(x=start, x2="to:T", y=y),
        sighting.encode(x=seen, y=y, shape=alt.Shape("known:N", scale=known, legend=None)),
        name.encode(x=seen, y=y, text="country:N"),
    ]


def _height(count: int) -> int:
    return max(60, 10 * (count + 1))


def _named(data: Datasets, name: str, rows: list[Row]) -> alt.NamedData:
    """Rows kept beside the chart: composing charts copies whatever they hold."""
    data[name] = rows
    return alt.NamedData(name)


def _window(row: Row, span: tuple[date, date], words: Language) -> Row:
    since = row["not_before_on"]
    return {
        "country": words.country(row),
        "rank": row["rank"],
        "known": since is not None,
        "from": max(since or row["first_seen_on"], span[0]).isoformat(),
        "to": max(row["first_seen_on"], span[0]).isoformat(),
    }


def _dated(row: Row) -> Row:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _time_axis() -> alt.Axis:
    return alt.Axis(format="%Y", tickCount="year", gridColor=GRID)


def _plain(chart: Any) -> dict[str, Any]:
    """The chart's specification without what belongs to the whole picture."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return {name: value for name, value in spec.items() if name not in ("$schema", "config")}


def _svg(spec: dict[str, Any], name: str, data: Datasets) -> Markup:
    """The chart as SVG, to stand in the page: no background, and ids that no other chart has."""
    # what measures text here knows other fonts than the reader's browser: wider labels need room
    padding = {"left": 34, "right": 34, "top": 5, "bottom": 5}
    drawn = vl_convert.vegalite_to_svg(
        {**spec, "config": CONFIG, "datasets": data, "padding": padding}, vl_version=VL_VERSION
    )
    drawn = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", drawn)
    # it is described in words beside it; to assistive technology it is one picture
    drawn = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn)
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))
