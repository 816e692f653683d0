"""The three charts, as plain SVG: arrivals in windows, who answered when, and by what evidence regions are known.

What belongs here: marks and colours. Rows come from `diffusion` and `knowledge`, words from the language, axes from
`axes`. Bars and points need no library for charts: one would take longer to load and draw than all else in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from gpu_census.report import axes
from gpu_census.report.language import Language
from gpu_census.report.published import Row

GENERATION_COLOURS = {"v100": "#b35c00", "ampere": "#0a7373", "hopper": "#0b4a8f", "blackwell": "#4b0055"}
STATE_COLOURS = {"seen": "#0b4a8f", "stale": "#7f9fc4", "price": "#e8860c", "unobserved": "#ffffff"}
# by what is known of a month: how thick its bar is, and its colour
ANSWERS = {"answered": (16, "#0b4a8f"), "carried": (5, "#0b4a8f"), "older": (2, "#8a8a8a")}
ROW = 24  # the height of a cloud's row
MARGIN, NAMES = 34, 200  # beside a chart; the widest name of a cloud
# of the panels of arrivals: width, room above and beside, and how far apart they are
PANEL, HEADING, BESIDE, BETWEEN, BETWEEN_ROWS = 380, 23, 69, 104, 50
NAME_SIZE = 8.5
PLACED = Markup('<g transform="translate({:.4g} {})">{}</g>')
NOTHING_BEFORE = Markup('<path transform="translate({:.4g} {:.4g})" d="M-2.2 0l4.4-2.55v5.1z"/>')
WINDOW_ENDS = Markup('<circle cx="{:.4g}" cy="{:.4g}" r="2.55"/>')
LABEL = Markup('<text x="{:.4g}" y="{:.4g}">{}</text>')
BAR = Markup('<rect x="{:.4g}" y="{:.4g}" width="{:.4g}" height="{}" fill="{}"/>')


@dataclass(frozen=True)
class Backdrop:
    """What stands behind the arrivals of every generation: months hardly seen, export rules, dates to choose."""

    span: tuple[date, date]
    thin: Sequence[tuple[date, date]]
    rules: Sequence[date]
    dates: Sequence[date]


def draw_arrivals(arrivals: Sequence[Row], panels: Mapping[str, str], behind: Backdrop, words: Language) -> Markup:
    """First arrivals, one panel for each generation: a bar from the last day without to the first day with it."""
    shown = [
        (name, generation, rows)
        for name, generation in panels.items()
        if (rows := [row for row in arrivals if row["generation"] == generation])
    ]
    if not shown:
        return Markup("")
    x = axes.over_time(behind.span, PANEL)
    ends = [
        x(row["first_seen_on"]) + 6 + axes.room_for(words.country(row), NAME_SIZE)
        for _, _, rows in shown
        for row in rows
    ]
    beyond = max(0.0, max(ends) - PANEL)
    drawn, top = [], 0
    for pair in (shown[:2], shown[2:]):
        for column, (name, generation, rows) in enumerate(pair):
            panel = _panel(name, GENERATION_COLOURS[generation], rows, behind, words)
            drawn.append(PLACED.format(column * (PANEL + beyond + BETWEEN), top, panel))
        top += max((_height(rows) + BETWEEN_ROWS for _, _, rows in pair), default=0)
    columns = min(2, len(shown))
    right = columns * (PANEL + beyond) + (columns - 1) * BETWEEN + MARGIN
    bottom = top - BETWEEN_ROWS + axes.BELOW
    return axes.picture(Markup("").join(drawn), left=BESIDE, right=right, top=HEADING, bottom=bottom)


def draw_answers(answers: Sequence[Row], clouds: Mapping[str, str]) -> Markup:
    """Clouds by month: a block where it answered, a thin line where the answer was carried forward."""
    rows = [row for row in answers if row["provider"] in clouds]
    if not rows:
        return Markup("")
    width = 560
    span = (min(row["month"] for row in rows), max(row["end"] for row in rows))
    x = axes.over_time(span, width)
    middle = _rows_of(rows, clouds)
    bars = []
    for state, (thickness, colour) in ANSWERS.items():
        for row in (row for row in rows if row["state"] == state):
            start, end, y = x(row["month"]), x(row["end"]), middle[row["provider"]] - thickness / 2
            bars.append(BAR.format(start, y, end - start, thickness, colour))
    height = ROW * len(middle)
    axis = axes.axis_below([(x(day), str(day.year)) for day in axes.new_years(span)], width, height)
    return _by_cloud(axis, bars, [clouds[provider] for provider in middle], width=width, below=axes.BELOW)


def draw_evidence(evidence: Sequence[Row], clouds: Mapping[str, str], words: Language) -> Markup:
    """Regions of each cloud by the best evidence there is of them."""
    rows = [row for row in evidence if row["provider"] in clouds]
    if not rows:
        return Markup("")
    width = 420
    middle = _rows_of(rows, clouds)
    counts = {(row["provider"], row["state"]): row["regions"] for row in rows}
    most = max(sum(counts.get((provider, state), 0) for state in STATE_COLOURS) for provider in middle)
    step = axes.round_step(most, 10)
    most = -(-most // step) * step
    bars = []
    for provider, y in middle.items():
        before = 0
        for state, colour in STATE_COLOURS.items():
            if regions := counts.get((provider, state)):
                bars.append(BAR.format(before / most * width, y - 8, regions / most * width, 16, colour))
                before += regions
    ticks = [(count / most * width, str(count)) for count in range(0, most + 1, step)]
    axis = axes.axis_below(ticks, width, ROW * len(middle), title=words.say("words.regions"))
    outlined = [Markup('<g stroke="#555555" stroke-width=".8">{}</g>').format(Markup("").join(bars))]
    below = axes.BELOW + axes.TITLE_BELOW
    return _by_cloud(axis, outlined, [clouds[provider] for provider in middle], width=width, below=below)


def _rows_of(rows: Sequence[Row], clouds: Mapping[str, str]) -> dict[str, float]:
    """The middle of the row of each cloud that something is known of."""
    known = {row["provider"] for row in rows}
    return {provider: (place + 0.5) * ROW for place, provider in enumerate(filter(known.__contains__, clouds))}


def _by_cloud(axis: Markup, bars: Sequence[Markup], names: Sequence[str], *, width: float, below: float) -> Markup:
    """A chart of one row for each cloud."""
    names = [axes.shortened(name, NAMES) for name in names]
    inside = axis + axes.names_beside(names, ROW) + Markup("").join(bars)
    left = max(map(axes.room_for, names)) + 6
    return axes.picture(inside, left=left, right=width + MARGIN, top=5, bottom=ROW * len(names) + below)


def _panel(name: str, colour: str, rows: Sequence[Row], behind: Backdrop, words: Language) -> Markup:
    """One generation: grey ground and rules behind, windows, sightings and names in front."""
    x, (first, last) = axes.over_time(behind.span, PANEL), behind.span
    height = _height(rows)
    ranks = range(0, len(rows) + 2, axes.round_step(len(rows) + 1, 5))
    y = [height - 5 - rank / (len(rows) + 1) * (height - 10) for rank in range(len(rows) + 2)]
    windows, sightings, names = [], [], []
    for row in rows:
        since, seen, middle = row["not_before_on"], x(max(row["first_seen_on"], first)), y[row["rank"]]
        if since:
            begun = x(max(since, first))
            windows.append(BAR.format(begun, middle - 2, seen - begun, 4, colour))
        sightings.append((WINDOW_ENDS if since else NOTHING_BEFORE).format(seen, middle))
        names.append(LABEL.format(seen + 6, middle + 3, words.country(row)))
    ground = [(x(max(start, first)), x(min(end, last))) for start, end in behind.thin if end > first]
    return Markup("").join(
        (
            axes.axis_below([(x(day), str(day.year)) for day in axes.new_years(behind.span)], PANEL, height),
            axes.axis_beside([(y[rank], str(rank)) for rank in ranks], PANEL, height, words.say("spread.axis")),
            *(BAR.format(start, 0, end - start, height, "#f0efeb") for start, end in ground),
            Markup('<path d="{}" stroke="#aa3333" stroke-width=".8" stroke-dasharray="3 2"/>').format(
                "".join(f"M{x(day):.4g} 0v{height}" for day in behind.rules if first <= day <= last)
            ),
            Markup('<path d="{}" stroke="{}"/>').format(
                "".join(f"M{x(day):.4g} {height}v-5" for day in behind.dates), axes.INK
            ),
            *windows,
            Markup('<g fill="{}">{}</g>').format(colour, Markup("").join(sightings)),
            Markup('<g font-size="{}">{}</g>').format(NAME_SIZE, Markup("").join(names)),
            Markup('<text x="-34" y="-8" font-size="13" font-weight="bold" fill="{}">{}</text>').format(colour, name),
        )
    )


def _height(rows: Sequence[Row]) -> int:
    return max(60, 10 * (len(rows) + 1))
