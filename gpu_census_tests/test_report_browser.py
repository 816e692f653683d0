"""The report in a real Chromium that can reach nothing: drawn, and worked with by mouse, keyboard and address.

Skipped only where there is no browser. One page per test, one browser for all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from gpu_census.report.publish import write_report
from gpu_census_tests.report_census import HOSTILE, publish_report_census

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SIZES = {"phone": (390, 844), "laptop": (1366, 768)}
SERIOUS = {"serious", "critical"}
DESERT, NORTH, SOUTH, WHITE = "rgb(227, 225, 218)", "rgb(11, 74, 143)", "rgb(232, 134, 12)", "rgb(255, 255, 255)"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_report(publish_report_census(tmp_path_factory.mktemp("browser")))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        started = tool.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        )
        yield started
        started.close()


@pytest.fixture
def look(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    """Open the page; whatever it says on the console or asks for beside itself fails the test."""
    heard: list[str] = []
    opened: list[Any] = []

    def open_page(code: str = "en", *, size: str = "laptop", hash: str = "") -> Any:
        width, height = SIZES[size]
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: heard.append(request.url) if request.url.startswith("http") else None)
        page.goto(pages[code].as_uri() + hash)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()
    assert heard == []


def fill_of(page: Any, code: str) -> str:
    return str(page.eval_on_selector(f'#map [data-c="{code}"]', "shape => getComputedStyle(shape).fill"))


def countries(page: Any) -> list[str]:
    return list(page.eval_on_selector_all("#table tbody tr:not([hidden]) th", "cells => cells.map(c => c.textContent)"))


def test_the_map_is_drawn_in_the_colours_of_the_tiers(look: Any) -> None:
    page = look()
    assert [fill_of(page, code) for code in ("US", "IE", "FR", "PE")] == [NORTH, SOUTH, DESERT, WHITE]
    assert fill_of(page, "NO") == 'url("#desert-wide")'
    box = page.locator('#map [data-c="BR"]').bounding_box()
    assert box["width"] > 40
    assert page.locator(".map.regions circle").count() >= 4
    for chart in ("#spread .chart svg", "#answers svg", "#evidence .chart svg"):
        assert page.locator(chart).bounding_box()["height"] > 40


def test_the_first_screen_holds_sentence_map_country_and_trust(look: Any) -> None:
    page = look()
    for part in (".lead", "#map", "#mine", ".trust"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= SIZES["laptop"][1], part
    assert page.locator(".lead").inner_text() == (
        "On 1 March 2025, 3 (3-6) of 199 countries and territories let you rent an AI-training chip at home."
    )


def test_another_date_redraws_map_and_sentence(look: Any) -> None:
    page = look()
    page.select_option("#date", "2023-11-20")
    assert page.locator(".lead").inner_text().startswith("On 20 November 2023, 1 (1-2) of 199 ")
    assert [fill_of(page, code) for code in ("US", "SG", "IE", "IS")] == [NORTH, SOUTH, SOUTH, DESERT]
    assert page.locator("#earlier").is_disabled()
    page.click("#later")
    assert page.locator("#date").input_value() == "2023-12-31"
    page.click("text=Any AI chip")
    assert page.locator(".lead").inner_text().startswith("On 31 December 2023, 3 (")
    assert page.evaluate("location.hash") == "#d=2023-12-31&m=any"


def test_the_address_keeps_country_date_and_way_of_counting(look: Any) -> None:
    page = look(hash="#c=SG&d=2024-11-17&m=paper")
    assert page.locator("#mine-answer h4").inner_text() == "Singapore"
    assert page.locator("#date").input_value() == "2024-11-17"
    assert page.locator('input[value="paper"]').is_checked()
    assert "undercounts newer chips" in page.locator("#frozen").inner_text()
    page = look(hash="#c=constructor&d=1999-01-01&m=__proto__")
    assert page.locator("#mine-answer h4").count() == 0
    assert page.locator("#date").input_value() == "2025-03-01"


def test_my_country_is_found_by_typing_by_clicking_and_by_the_table(look: Any) -> None:
    page = look()
    page.fill("#country", "peru")
    page.press("#country", "Enter")
    assert "Huawei Cloud's region Lima was never observed" in page.locator("#mine-answer").inner_text()
    page.locator('#map circle[data-c="SG"]').click(force=True)
    assert page.locator("#mine-answer h4").inner_text() == "Singapore"
    assert "H100 · confirmed · offering list · 2025-03-01" in page.locator(".card .facts").first.inner_text()
    page.click("#table >> text=Ireland")
    assert page.locator("#mine-answer h4").inner_text() == "Ireland"
    page.fill("#country", "Atlantis")
    page.press("#country", "Enter")
    assert page.locator("#mine-answer").inner_text() == "No country or territory of that name."


def test_the_table_sorts_filters_and_downloads(look: Any) -> None:
    page = look()
    page.click("#table thead >> text=Country or territory")
    assert countries(page) == sorted(countries(page))
    page.focus("#table thead th:nth-child(3) button")
    page.keyboard.press("Enter")
    assert page.locator('#table th[aria-sort="descending"]').inner_text().startswith("Regions")
    assert countries(page)[0] == "Iceland"
    page.fill("#filter", "IRE")
    assert countries(page) == ["Ireland"]
    assert page.locator("#shown").inner_text() == "1 rows shown"
    with page.expect_download() as download:
        page.click("#download")
    told = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert download.value.suggested_filename == "gpu_census_countries_2025-03-01.csv"
    assert told.splitlines()[0].startswith("census_date,country_iso2,country_name,tier,regions,gpu_regions,")


def test_the_map_can_be_taken_away_with_its_date_range_and_licence(look: Any, browser: Any, tmp_path: Path) -> None:
    page = look(hash="#d=2024-11-17")
    with page.expect_download() as download:
        page.click("#save-map")
    assert download.value.suggested_filename == "gpu_census_map_2024-11-17.svg"
    download.value.save_as(tmp_path / "map.svg")
    picture = browser.new_page()
    picture.goto((tmp_path / "map.svg").as_uri())
    said = " ".join(picture.locator("text").all_text_contents())
    assert said.startswith("On 17 November 2024, 2 (")
    assert "The range is what the evidence leaves open" in said
    assert "Natural Earth, public domain" in said
    shapes = picture.eval_on_selector_all('path[data-c="US"]', "found => found.map(one => getComputedStyle(one).fill)")
    assert shapes == [NORTH]
    picture.screenshot(path=tmp_path / "map.png")
    picture.close()


def test_hostile_names_are_shown_and_do_nothing(look: Any) -> None:
    page = look(hash="#c=IS")
    shown = page.locator("#mine-answer").inner_text()
    assert HOSTILE[0] in shown
    page.mouse.move(100, 400)
    assert page.title() == "gpu_census: where AI chips can be rented, 1 March 2025"
    assert page.locator("img, iframe, [onload], [onerror], [onmouseover]").count() == 0


def test_the_chinese_page_is_chinese(look: Any) -> None:
    page = look("zh", hash="#c=PE")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.locator(".lead").inner_text() == (
        "截至2025年3月1日，199 个国家和地区中有 3 (3-6) 个在本土租得到 AI 训练芯片。"
    )
    assert (
        "华为云在 Lima 的区域从未观测到：如果那里有训练芯片，秘鲁就属于算力北方。"
        in page.locator("#mine-answer").inner_text()
    )
    page.fill("#country", "Iceland")
    page.press("#country", "Enter")
    assert page.locator("#mine-answer h4").inner_text() == "冰岛"
    page.click("text=English")
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("code", ["en", "zh"])
def test_on_a_phone_nothing_sticks_out_and_the_rest_is_folded(look: Any, code: str) -> None:
    page = look(code, size="phone")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]
    assert page.locator("details.fold[open]").count() == 0
    page.evaluate("location.hash = '#method'")
    page.wait_for_selector("#method details.fold[open]")


def test_on_paper_everything_is_unfolded_with_a_footer(look: Any, tmp_path: Path) -> None:
    page = look(size="phone")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.fold:not([open])").count() == 0
    page.emulate_media(media="print")
    assert page.locator("#choose").is_hidden()
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n") >= 8


@pytest.mark.parametrize(("code", "size"), [("en", "laptop"), ("zh", "phone")])
def test_assistive_technology_finds_nothing_serious(look: Any, code: str, size: str) -> None:
    page = look(code, size=size, hash="#c=IS")
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
    serious = [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
    assert serious == []
    assert len(found["passes"]) > 25
