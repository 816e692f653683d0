"""Tencent Cloud's GPU documentation pages: names of zones, both languages, older layouts, and half-understood pages."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from gpu_census.archive.convert.tencent_pages import read_instance_types, read_regions
from gpu_census.errors import AskError
from gpu_census.providers.contract import Offering, Region
from gpu_census.providers.tencent.gpu_documentation_page import SITES, gpu_documentation_page
from gpu_census.providers.tencent.gpu_pages import GpuPage, read_page
from gpu_census.providers.tencent.zone_names import phrases_in
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording

ENGLISH = """<h2>Instance Specification</h2><h3>Computing GT4</h3><h4>AZs</h4>
<p>GT4 instances are available in Guangzhou Zones 3, 4, and 6, Shanghai Zone 4, and Nanjing Zone 1.</p>
<table><tr><th>Model</th><th>GPU<br>(NVIDIA Tesla A100 NVLink 40 GB)</th><th>GPU Video Memory</th></tr>
<tr><td>GT4.41XLARGE948</td><td>8</td><td>8 * 40 GB</td></tr></table>
<h3>Computing GN7</h3><p>GN7 instances are available in the following AZs:</p><ul>
<li><strong>GN7.LARGE20 and GN7.2XLARGE40</strong> instances are available in São Paulo Zone 1.</li>
<li><strong>Other GN7</strong> instances are available in Hong Kong Zone 2 and Silicon Valley Zones 1 and 2.</li></ul>
<table><tr><th>Model</th><th>GPU (NVIDIA Tesla T4)</th></tr><tr><td>GN7.LARGE20</td><td>1/4</td></tr>
<tr><td>GN7.2XLARGE40</td><td>1/2</td></tr><tr><td>GN7.5XLARGE80</td><td>1</td></tr></table>"""
RENDERING = """<h3>Rendering GNV4</h3><div><p>This instance type is sold through an allowlist.</p></div>
<p>GNV4 instances are available in Beijing Zone 5.</p>
<table><tr><th>Model</th><th>GPU (NVIDIA A10)</th></tr><tr><td>GNV4.3XLARGE44</td><td>1</td></tr></table>"""
ONE_TABLE = (
    "<table><tr><th>型号</th><th>GPU (NVIDIA A10)</th></tr><tr><td>PNV4.7XLARGE116</td><td>1颗</td></tr></table>"
)


def page(html: str) -> GpuPage:
    return read_page(LexborHTMLParser(html))


def placed(found: GpuPage) -> set[tuple[str, str]]:
    return {(name, zone.zone) for name in found.types for zone in found.zones_of(name)}


def run(pages: dict[str, str], folder: Path) -> tuple[list[Region], list[Offering], RecordedAsk]:
    answers = [Recorded(url=url, content=html.encode(), content_type="text/html") for url, html in pages.items()]
    ask = RecordedAsk(Recording("tencent", "gpu_documentation_page", {}, answers), folder)

    async def rows() -> list[Region | Offering]:
        return [row async for row in gpu_documentation_page.list_types(ask)]

    found = asyncio.run(rows())
    regions = [row for row in found if isinstance(row, Region)]
    return regions, [row for row in found if isinstance(row, Offering)], ask


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("为：广州三，四区、上海四/五区。", ["ap-guangzhou-3", "ap-guangzhou-4", "ap-shanghai-4", "ap-shanghai-5"]),
        ("南京一、二和三区，及重庆一区", ["ap-nanjing-1", "ap-nanjing-2", "ap-nanjing-3", "ap-chongqing-1"]),
        ("广州 3 区、弗吉尼亚二区", ["ap-guangzhou-3", "na-ashburn-2"]),
        ("in Beijing Zones 5, 6, and 7", ["ap-beijing-5", "ap-beijing-6", "ap-beijing-7"]),
        ("in Hong Kong Zones 1/2, São Paulo Zone 1", ["ap-hongkong-1", "ap-hongkong-2", "sa-saopaulo-1"]),
        ("火星二区", ["火星 2"]),
        ("同一区域内、华南地区、可用区", []),
    ],
)
def test_zones_by_name(text: str, zones: list[str]) -> None:
    found = phrases_in(text)
    assert found.understood
    assert [zone.zone for zone in found.zones] == zones


@pytest.mark.parametrize("text", ["第一区", "Zone 3 only", "Guangzhou Zone 3 and zone Zone 4"])
def test_a_zone_without_its_city_is_not_understood(text: str) -> None:
    assert not phrases_in(text).understood


def test_the_english_page_names_zones_of_families_and_of_single_types() -> None:
    found = page(ENGLISH)
    assert found.doubts == []
    assert found.types["GT4.41XLARGE948"] == ("NVIDIA Tesla A100 NVLink 40 GB", 8.0)
    assert found.types["GN7.LARGE20"] == ("NVIDIA Tesla T4", 0.25)
    assert placed(found) == {
        ("GT4.41XLARGE948", "ap-guangzhou-3"), ("GT4.41XLARGE948", "ap-guangzhou-4"),
        ("GT4.41XLARGE948", "ap-guangzhou-6"), ("GT4.41XLARGE948", "ap-shanghai-4"),
        ("GT4.41XLARGE948", "ap-nanjing-1"), ("GN7.LARGE20", "sa-saopaulo-1"), ("GN7.2XLARGE40", "sa-saopaulo-1"),
        ("GN7.5XLARGE80", "ap-hongkong-2"), ("GN7.5XLARGE80", "na-siliconvalley-1"),
        ("GN7.5XLARGE80", "na-siliconvalley-2"),
    }  # fmt: skip


def test_zones_in_a_last_column_hold_until_the_next() -> None:
    found = page(
        "<table><tr><th>型号</th><th>GPU（NVIDIA Tesla T4）</th><th>可用区</th></tr>"
        "<tr><td>GN7.5XLARGE80</td><td>1颗</td><td rowspan=2>广州三区</td></tr>"
        "<tr><td>GN7.8XLARGE128</td><td>1颗</td></tr><tr><td>GN7.LARGE20</td><td>1/4颗</td><td>-</td></tr></table>"
    )
    assert placed(found) == {("GN7.5XLARGE80", "ap-guangzhou-3"), ("GN7.8XLARGE128", "ap-guangzhou-3")}
    assert found.doubts == []


@pytest.mark.parametrize(
    ("cell", "card"),
    [
        ("NVIDIA GPU × 8", ("NVIDIA GPU", 8.0)),
        ("8 * NVIDIA GPU", ("NVIDIA GPU", 8.0)),
        ("NVIDIA A10", ("NVIDIA A10", None)),
        ("8 颗", ("PNV6", 8.0)),
        ("8", ("PNV6", 8.0)),
        ("-", ("PNV6", None)),
    ],
)
def test_the_card_may_stand_in_the_cell(cell: str, card: tuple[str, float | None]) -> None:
    html = f"<table><tr><th>型号</th><th>GPU</th></tr><tr><td>PNV6.32XLARGE1280</td><td>{cell}</td></tr></table>"
    assert page(html).types == {"PNV6.32XLARGE1280": card}


@pytest.mark.parametrize(
    ("text", "on_request"),
    [
        ("该实例暂时处于白名单开放，请联系售前。", {"PNV4"}),
        ("PNV4 现处于限量购买阶段。", {"PNV4"}),
        ("目前 vGPU 类型的实例处于内测阶段。", set()),
        ("白名单", set()),
        ("该实例公开售卖。", set()),
    ],
)
def test_what_is_sold_on_application(text: str, on_request: set[str]) -> None:
    assert page(f"<h3>计算型 PNV4</h3><p>{text}</p><p>可用区为：广州七区。</p>{ONE_TABLE}").on_request == on_request


@pytest.mark.parametrize(
    "text",
    [
        "PNV4 实例支持可用区见购买页。",
        "PNV4 实例支持可用区为：第七区。",
        "PNV4 实例支持可用区为：广州七区（已停售）。",
        "GN99 实例支持可用区为：广州七区。",
    ],
)
def test_what_is_not_understood_makes_the_page_no_answer(text: str, tmp_path: Path) -> None:
    computing, rendering = SITES[0]
    html = (
        f"<p>{text}</p>{ONE_TABLE}<h3>GN8</h3><p>GN8：北京二区</p>{ONE_TABLE.replace('PNV4.7XLARGE116', 'GN8.LARGE56')}"
    )
    regions, offerings, ask = run({computing: html, rendering: RENDERING}, tmp_path)
    assert regions
    assert not any(region.answered for region in regions)
    assert offerings == []
    assert ask.faults


def test_the_other_site_is_asked_where_a_page_is_lost(tmp_path: Path) -> None:
    english = dict(zip(SITES[1], (ENGLISH, RENDERING), strict=True))
    regions, offerings, ask = run({SITES[0][0]: ENGLISH, **english}, tmp_path)
    assert all(region.answered for region in regions)
    assert {row.status for row in offerings if row.instance_type == "GNV4.3XLARGE44"} == {"by_request"}
    assert [request.url for request in ask.asked] == [*SITES[0], *SITES[1]]
    assert len(ask.faults) == 1


@pytest.mark.parametrize("html", ["", "<html><div id=root></div><script src=app.js></script></html>", "<p>404</p>"])
def test_a_page_that_a_script_fills_is_an_error(html: str, tmp_path: Path) -> None:
    with pytest.raises(AskError, match="neither site"):
        run(dict.fromkeys((*SITES[0], *SITES[1]), html), tmp_path)


def as_html(markdown: str) -> str:
    """Headings and paragraphs of the Markdown; its tables are HTML already."""
    lines = []
    for line in markdown.splitlines():
        plain = line.strip()
        if heading := re.match(r"(#+)\s*(.*)", plain):
            level, title = len(heading[1]), re.sub(r"\[\]\(id:.*?\)", "", heading[2])
            lines.append(f"<h{level}>{title}</h{level}>")
        elif plain.startswith(("<", "</")) or not plain:
            lines.append(line)
        else:
            lines.append(f"<p>{plain.lstrip('->*! ')}</p>")
    return "\n".join(lines)


@pytest.mark.parametrize("date", ["2020-06-23", "2021-05-25"])
def test_the_archived_pages_are_read_as_the_archive_reads_them(date: str, shared_data: Path) -> None:
    folder = shared_data / "tencent"
    regions = read_regions((folder / "doc_cvm_regions_zones_zh_2021-06-02.md").read_text(encoding="utf-8"))
    markdown = (folder / f"doc_gpu_nvidia_instances_zh_{date}.md").read_text(encoding="utf-8")
    archived = list(read_instance_types(markdown, regions))
    found = page(as_html(markdown))
    assert found.doubts == []
    assert placed(found) == {(listed.instance_type, listed.zone) for listed in archived}
    for listed in archived:
        assert found.types[listed.instance_type] == (listed.accelerator_label, float(listed.accelerator_count))
    assert "GN7vw" in found.on_request
