"""The charts: bars as long as the time or the number they stand for, axes with round ticks, words that fit."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from gpu_census.report import axes, charts
from gpu_census.report.diffusion import GENERATIONS
from gpu_census.report.language import language
from gpu_census_tests.report_census import HOSTILE

WORDS = language("en")
SPAN = (date(2023, 1, 1), date(2024, 12, 31))
BEHIND = charts.Backdrop(SPAN, [(date(2022, 12, 1), date(2023, 1, 31))], [date(2023, 11, 17), date(2025, 1, 1)], [])


def bars(drawn: str, colour: str) -> list[tuple[float, ...]]:
    found = re.findall(rf'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="{colour}"/>', drawn)
    return [tuple(map(float, one)) for one in found]


def words_of(drawn: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn)


def arrival(name: str, rank: int, since: date | None, seen: date, generation: str = "hopper") -> dict[str, Any]:
    return {
        "name_short_en": name,
        "name_short_zh": None,
        "generation": generation,
        "rank": rank,
        "not_before_on": since,
        "first_seen_on": seen,
    }


def test_an_arrival_is_a_bar_from_the_last_day_without_to_the_first_day_with_it() -> None:
    known = arrival("Ireland", 1, date(2023, 12, 31), date(2024, 6, 30))
    unknown = arrival("Peru", 2, None, date(2024, 12, 31))
    drawn = charts.draw_arrivals([known, unknown], GENERATIONS, BEHIND, WORDS)
    day = charts.PANEL / (SPAN[1] - SPAN[0]).days
    ((x, y, width, _),) = bars(drawn, charts.GENERATION_COLOURS["hopper"])
    assert (x, width) == pytest.approx((364 * day, 182 * day), abs=0.1)
    (circle,) = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert tuple(map(float, circle)) == pytest.approx((x + width, y + 2), abs=0.1)
    (triangle,) = re.findall(r'<path transform="translate\(([\d.]+) ([\d.]+)\)"', drawn)
    assert float(triangle[0]) == charts.PANEL
    assert float(triangle[1]) < float(circle[1])
    # the ground begins with the chart, and a rule of after it is not drawn
    assert bars(drawn, "#f0efeb") == [(0, 0, pytest.approx(30 * day, abs=0.1), 60)]
    (rules,) = re.findall(r'<path d="([^"]*)" stroke="#aa3333"', drawn)
    assert rules == f"M{320 * day:.4g} 0v60"
    assert words_of(drawn) == ["2023", "2024", "0", "1", "2", "3", "Countries", "Ireland", "Peru", "H100 · H200 · H20"]


def test_every_generation_has_a_panel_beside_or_below_the_others() -> None:
    rows = [arrival("Peru", 1, None, SPAN[1], generation) for generation in GENERATIONS.values()]
    drawn = charts.draw_arrivals(rows, GENERATIONS, BEHIND, WORDS)
    places = [tuple(map(float, one)) for one in re.findall(r'<g transform="translate\(([\d.]+) (\d+)\)"', drawn)]
    (left, top), (right, _), (_, bottom), last = places
    assert places == [(left, top), (right, top), (left, bottom), (right, bottom)]
    assert last == (right, bottom)
    width, height = map(int, re.findall(r'width="(\d+)" height="(\d+)" viewBox', drawn)[0])
    assert right > charts.PANEL + axes.room_for("Peru", charts.NAME_SIZE)
    assert charts.BESIDE + right + charts.PANEL + axes.room_for("Peru", charts.NAME_SIZE) < width
    assert charts.HEADING + bottom + 60 + axes.BELOW == height
    assert charts.draw_arrivals([], GENERATIONS, BEHIND, WORDS) == ""


def test_regions_stand_in_a_row_from_the_best_evidence_to_none() -> None:
    clouds = {"a": "Cloud A", "none": "Cloud of nothing", "b": "Cloud B"}
    evidence = [
        {"provider": "a", "state": "unobserved", "regions": 10},
        {"provider": "a", "state": "seen", "regions": 30},
        {"provider": "b", "state": "price", "regions": 1},
    ]
    drawn = charts.draw_evidence(evidence, clouds, WORDS)
    assert [bars(drawn, charts.STATE_COLOURS[state]) for state in charts.STATE_COLOURS] == [
        [(0, 4, 315, 16)],
        [],
        [(0, 28, 10.5, 16)],
        [(315, 4, 105, 16)],
    ]
    assert words_of(drawn) == [*map(str, range(0, 41, 5)), WORDS.say("words.regions"), "Cloud A", "Cloud B"]
    assert charts.draw_evidence([], clouds, WORDS) == ""


def test_months_are_thicker_the_better_they_are_known() -> None:
    months = [date(2023, 1, 1), date(2023, 2, 1), date(2023, 3, 1), date(2024, 1, 1)]
    answers = [
        {"provider": "a", "month": start, "end": end, "state": state}
        for start, end, state in zip(months, months[1:], ("answered", "carried", "older"), strict=False)
    ]
    drawn = charts.draw_answers(answers, {"a": "Cloud A"})
    assert [round(x * 365 / 560) for x, *_ in bars(drawn, "#0b4a8f")] == [0, 31]
    assert [height for *_, height in bars(drawn, "#0b4a8f")] == [16, 5]
    ((x, y, width, height),) = bars(drawn, "#8a8a8a")
    assert (x + width, y + height / 2) == pytest.approx((560, charts.ROW / 2), abs=0.1)
    assert words_of(drawn) == ["2023", "2024", "Cloud A"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_words(name: str) -> None:
    row = {"provider": "a", "month": SPAN[0], "end": SPAN[1], "state": "answered"}
    for drawn in (
        charts.draw_answers([row], {"a": name}),
        charts.draw_evidence([{"provider": "a", "state": "seen", "regions": 1}], {"a": name}, WORDS),
        charts.draw_arrivals([arrival(name, 1, None, SPAN[1])], GENERATIONS, BEHIND, WORDS),
    ):
        assert set(re.findall(r"<(\w+)", drawn)) <= {"svg", "g", "path", "rect", "circle", "text"}
        assert drawn.count("<svg") == 1


def test_long_names_are_shortened_to_the_room_there_is() -> None:
    assert axes.shortened("Azure", charts.NAMES) == "Azure"
    for name in ("A cloud of a very long name, Incorporated and Company", "云" * 40):
        short = axes.shortened(name, charts.NAMES)
        assert name.startswith(short[:-1])
        assert short.endswith("…")
        assert charts.NAMES - 12 < axes.room_for(short) <= charts.NAMES


@pytest.mark.parametrize(
    ("most", "count", "step"), [(0, 5, 1), (3, 5, 1), (18, 5, 5), (28, 5, 5), (55, 10, 5), (900, 10, 100)]
)
def test_ticks_stand_at_round_numbers(most: int, count: int, step: int) -> None:
    assert axes.round_step(most, count) == step
