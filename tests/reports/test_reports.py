"""The report page and the workbook say what results.json says, to everybody, and run nothing."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree, html
from openpyxl import load_workbook

from msp_rules.cli.scan import scan as command
from msp_rules.reports.html import page as html_page
from msp_rules.reports.labels import COLOUR_WORDS, DARK, INKS, LIGHT, QUESTIONS, share
from msp_rules.reports.workbook import document as xlsx
from tests.support.core import core_ruleset
from tests.support.reported import FILES, report

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
ADDRESSES = {source.url for source in core_ruleset().cited.values()}
"""Where the sources of rules stand: the page leads nowhere else outside of itself."""
SHEETS = [
    *("Look first", "Summary", "Cases", "Verdicts", "Rules", "Questions", "Holders", "Went well"),
    *("Principles", "Grid", "Cannot tell", "Coverage", "Faults", "Manifest"),
]


def scan(export: Path, out: Path, *formats: str, all_rows: bool = False) -> Path:
    report(export, out, *formats, all_rows=all_rows)
    return out


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scan(DEMO, tmp_path_factory.mktemp("reports") / "out", all_rows=True)


@pytest.fixture(scope="module")
def page(out: Path) -> html.HtmlElement:
    return html.fromstring((out / "report.html").read_text())


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.slow
def test_holders_add_up_to_all_cases_and_findings(out: Path, page: html.HtmlElement) -> None:
    totals = json.loads((out / "results.json").read_text())["totals"]

    rows = page.xpath("//table[@id='by-holder']/tbody/tr")
    cases = sum(int(words(row.xpath("td[1]")[0])) for row in rows)
    not_met = sum(int(words(row.xpath("td[4]")[0]).split()[0]) for row in rows)

    assert (cases, not_met) == (totals["cases"], totals["verdicts"]["not_met"])


def test_what_to_look_at_comes_first_and_cases_last(page: html.HtmlElement) -> None:
    assert [h.get("id") for h in page.xpath("//h2")] == [
        *("first", "well", "questions", "holders", "rules", "missing", "faults"),
        *("coverage", "manifest", "texts", "cases"),
    ]


def test_page_can_be_read_by_everybody(page: html.HtmlElement) -> None:
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4")]
    ids = page.xpath("//@id")

    assert page.get("lang") == "en-GB"
    assert page.xpath("//title")[0].text.strip()
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    assert not page.xpath("//th[not(@scope)]")
    assert not page.xpath("//table[not(caption)]")
    assert page.xpath("//svg[@role='img']")
    assert not page.xpath("//svg[not(@role='img' and @aria-label) and not(@aria-hidden)]")
    assert len(ids) == len(set(ids))
    controls = page.xpath("//input/@id|//select/@id")
    assert controls == [
        *("text", "rule", "verdict", "weight", "principle", "question", "colour", "held"),
        *("state", "sign", "holds"),
    ]
    assert page.xpath("//label/@for") == controls
    links = set(page.xpath("//a/@href"))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert {link for link in links if not link.startswith("#")} <= ADDRESSES


def test_no_colour_stands_without_its_word(page: html.HtmlElement) -> None:
    for item in page.xpath("//ul[@class='q']/li"):
        word = "not rated" if item.get("class") == "none" else item.get("class")
        assert f": {word}" in words(item)
    assert len(page.xpath("//article")[0].xpath(".//ul[@class='q']/li")) == len(QUESTIONS)


def test_page_needs_no_network(out: Path, page: html.HtmlElement) -> None:
    assert not page.xpath("//link|//img|//iframe|//script[@src]")
    text = (out / "report.html").read_text()
    for address in ADDRESSES:  # somebody may follow these; the page itself fetches nothing
        text = text.replace(f'href="{address}"', "")
    assert "://" not in text


@pytest.mark.parametrize("inks", [INKS, LIGHT, DARK], ids=["ratings", "light", "dark"])
def test_every_ink_has_enough_contrast(inks: Mapping[str, tuple[str, str]]) -> None:
    for name, pair in inks.items():
        lighter, darker = sorted((luminance(one) for one in pair), reverse=True)

        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, name


def weight_of(case: Mapping[str, Any]) -> int:
    """The weight of what is not evidenced: a duty weighs as much as ten flags, and so on."""
    weights = {"statutory": 1000, "flag": 100, "advice": 10, "prompt": 1}
    rows = [row for row in case["verdicts"] if row["verdict"] == "not_met" and "waived" not in row]
    return sum(weights[row["severity"]] for row in rows)


def luminance(colour: str) -> float:
    """Relative luminance: WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_below_ten_there_is_no_percentage() -> None:
    assert [share(3, 9), share(3, 10)] == ["3 of 9", "3 of 10 (30%)"]
    assert [share(0, 900), share(900, 900)] == ["0 of 900 (0%)", "900 of 900 (100%)"]
    assert [share(1, 900), share(899, 900)] == ["1 of 900 (under 1%)", "899 of 900 (over 99%)"]


def test_no_percentage_stands_alone(page: html.HtmlElement) -> None:
    for style in page.xpath("//style|//script"):
        style.getparent().remove(style)
    text = words(page)
    shares = re.findall(r"(\d+) of (\d+) \((?:under |over )?\d+%\)", text)

    assert len(shares) > 10
    assert len(shares) == text.count("%")
    assert all(int(of) >= 10 for _, of in shares)


@pytest.mark.slow
@pytest.mark.parametrize("case_id", ["=1+1", "+1", "-1", "@A1", "<script>alert(1)</script>"])
def test_an_id_runs_nowhere(tmp_path: Path, case_id: str) -> None:
    root = etree.parse(DEMO)
    case = root.find("{*}case")
    case.set("id", case_id)
    case.set("team", "<img src=x onerror=alert(2)>")
    root.write(tmp_path / "x.xml")

    out = scan(tmp_path / "x.xml", tmp_path / "out", "html", "xlsx")

    text = (out / "report.html").read_text()
    page = html.fromstring(text)
    assert len(page.xpath("//script[not(@type='application/json')]")) == 1
    assert not page.xpath("//img")
    assert f"Case {case_id}" in [words(one) for one in page.xpath("//article//h3")]
    assert "onerror" not in text
    cell = load_workbook(out / "report.xlsx")["Cases"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.removeprefix("'") == case_id


def test_workbook_is_ready_to_filter(out: Path) -> None:
    book = load_workbook(out / "report.xlsx")

    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.column_dimensions["A"].width > 5
    heads = [cell.value for cell in book["Questions"][1]][2:]
    assert heads == [*COLOUR_WORDS.values(), "explained, among the green"]


@pytest.mark.slow
def test_workbook_holds_days_as_days_and_numbers_as_numbers(out: Path) -> None:
    book = load_workbook(out / "report.xlsx")
    document = json.loads((out / "results.json").read_text())
    dues = [row["due"] for case in document["cases"] for row in case["verdicts"] if row["due"]]

    column = [cell.value for cell in book["Verdicts"][1]].index("Due (London time)") + 1
    cells = [
        row[0] for row in book["Verdicts"].iter_rows(min_row=2, min_col=column, max_col=column)
    ]
    found = [cell.value for cell in cells if cell.value is not None]
    assert all(isinstance(one, datetime) for one in found)
    assert [one.isoformat()[: min(len(due), 19)] for one, due in zip(found, dues, strict=True)] == [
        due[:19] for due in dues
    ]
    assert any(len(due) > 10 for due in dues)
    assert all(isinstance(row[3].value, int) for row in book["Rules"].iter_rows(min_row=2))
    parts = {(row[0].value, row[1].value): row[2].value for row in book["Manifest"].iter_rows()}
    assert parts["As of", None] == datetime.fromisoformat("2026-03-31")
    assert isinstance(parts["Inputs 1", "bytes"], int)


@pytest.mark.slow
def test_same_scan_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    formats = [f"--format={name}" for name in FILES]
    options = [
        "--out",
        str(tmp_path),
        "--quiet",
        "--all-rows",
        "--identify",
        "--jobs",
        "2",
        *formats,
    ]
    done = CliRunner().invoke(command, [str(DEMO), *options, "--matcher", "python", "--jobs", "2"])

    assert done.exit_code == 2, done.output
    for name in FILES.values():
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes(), name


@pytest.mark.slow
def test_long_page_holds_what_has_most_to_look_at_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_page, "MOST_PACKED", 2)
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)

    short = scan(DEMO, tmp_path / "short", "json", "html", "xlsx")

    page = html.fromstring((short / "report.html").read_text())
    document = json.loads((short / "results.json").read_text())
    cases = sorted(document["cases"], key=weight_of, reverse=True)
    assert [words(one) for one in page.xpath("//article//h3")] == [
        f"Case {one['case']}" for one in cases[:2]
    ]
    assert f"holds the 2 of {len(cases)} cases with most" in words(page)
    more = page.get_element_by_id("find").get("data-more")
    assert more == f"; {len(cases) - 2} more cases are in results.csv only"
    totals = {c.get("data-verdict"): words(c) for c in page.xpath("//tr[@id='totals']/td")}
    assert totals["not_met"] == str(document["totals"]["verdicts"]["not_met"])
    book = load_workbook(short / "report.xlsx")
    assert book["Verdicts"].max_row == 4
    said = [row[2] for row in book["Summary"].iter_rows(values_only=True)]
    assert "only the first 3; results.json and results.csv hold them all" in said


@pytest.mark.slow
def test_named_formats_choose_their_files(tmp_path: Path) -> None:
    options = [
        "--out",
        str(tmp_path),
        "--quiet",
        "--identify",
        "--format",
        "json",
        "--format",
        "html",
    ]
    CliRunner().invoke(command, [str(DEMO), *options])

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["manifest.json", "report.html", "results.json"]


def test_page_says_not_evidenced_and_never_not_done(out: Path) -> None:
    text = (out / "report.html").read_text()

    assert "not evidenced in the record" in text
    assert not re.search(r"\bnot done\b|\bfailed\b", text)


def test_a_place_in_the_schematron_report_finds_its_case(tmp_path: Path) -> None:
    root = etree.parse(DEMO)
    root.find("{*}case").set("id", "a'b\"<c>")
    root.write(tmp_path / "x.xml")

    out = scan(tmp_path / "x.xml", tmp_path / "out", "svrl")

    places = etree.parse(out / "report.svrl").xpath("//@context")
    of_case = {place for place in places if "concat(" in place}
    assert of_case
    assert all(len(root.xpath(place)) == 1 for place in of_case)
