"""The report page and the workbook say what results.json says, to everybody, and run nothing."""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree, html
from openpyxl import load_workbook

from msp_rules.cli.scan_command import scan as command
from msp_rules.reports import html_document, xlsx_document
from msp_rules.reports.palette import COLOURS, INKS, QUESTIONS, VERDICTS, share

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
SHEETS = ["Read me", "Rules", "Questions", "Cases", "Findings", "Faults"]


def scan(export: Path, out: Path, *options: str) -> Path:
    done = CliRunner().invoke(command, [str(export), "--out", str(out), "--quiet", *options])
    assert done.exit_code in (0, 2), done.output
    return out


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scan(DEMO, tmp_path_factory.mktemp("reports") / "out", "--all-rows")


@pytest.fixture(scope="module")
def page(out: Path) -> html.HtmlElement:
    return html.fromstring((out / "report.html").read_text())


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_counts_are_equal_in_every_file(out: Path, page: html.HtmlElement) -> None:
    document = json.loads((out / "results.json").read_text())
    totals = Counter(document["totals"]["verdicts"])
    with (out / "results.csv").open(newline="") as stream:
        in_csv = Counter(row["verdict"] for row in csv.DictReader(stream))
    in_page = {
        cell.get("data-verdict"): int(cell.text)
        for cell in page.xpath("//tr[@id='totals']/td[@data-verdict]")
    }
    said = [words(cell) for cell in page.xpath("//article//tbody/tr/td[2]")]
    book = load_workbook(out / "report.xlsx")
    rules = list(book["Rules"].iter_rows(min_row=2, min_col=4, values_only=True))
    sums = dict(zip(VERDICTS, (sum(column) for column in zip(*rules, strict=True)), strict=True))
    findings = Counter(row[3] for row in book["Findings"].iter_rows(min_row=2, values_only=True))

    assert totals["not_met"] > 0
    assert in_csv == totals
    assert in_page == sums == {verdict: totals[verdict] for verdict in VERDICTS}
    by_words = {words: totals[v] for v, words in VERDICTS.items() if totals[v]}
    assert Counter(said) == by_words
    assert findings == by_words
    cases = document["totals"]["cases"]
    assert len(page.xpath("//article")) == cases == book["Cases"].max_row - 1
    assert book["Faults"].max_row - 1 == len(document["faults"])


def test_holders_add_up_to_all_cases_and_findings(out: Path, page: html.HtmlElement) -> None:
    totals = json.loads((out / "results.json").read_text())["totals"]

    rows = page.xpath("//section[@aria-labelledby='holders']//tbody/tr")
    cases = sum(int(row.xpath("td[2]")[0].text) for row in rows)
    not_met = sum(int(words(row.xpath("td[3]")[0]).split()[0]) for row in rows)

    assert (cases, not_met) == (totals["cases"], totals["verdicts"]["not_met"])


def test_coverage_comes_first_and_cases_last(page: html.HtmlElement) -> None:
    assert [h.get("id") for h in page.xpath("//h2")] == [
        *("coverage", "first", "rules", "questions", "holders", "missing", "manifest", "cases")
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
    assert not page.xpath("//svg[not(@role='img' and @aria-label)]")
    assert len(ids) == len(set(ids))
    controls = page.xpath("//input/@id|//select/@id")
    assert controls == ["text", "only"]
    assert page.xpath("//label/@for") == controls
    assert {link[1:] for link in page.xpath("//a/@href")} <= set(ids)


def test_no_colour_stands_without_its_word(page: html.HtmlElement) -> None:
    for item in page.xpath("//ul[@class='q']/li"):
        word = "not rated" if item.get("class") == "none" else item.get("class")
        assert f": {word}" in words(item)
    assert len(page.xpath("//article[1]/ul/li")) == len(QUESTIONS)


def test_page_needs_no_network(out: Path, page: html.HtmlElement) -> None:
    assert not page.xpath("//link|//img|//iframe|//script[@src]")
    assert "://" not in (out / "report.html").read_text()


@pytest.mark.parametrize("name", INKS)
def test_every_ink_has_enough_contrast(name: str) -> None:
    lighter, darker = sorted((luminance(one) for one in INKS[name]), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance: WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_below_ten_there_is_no_percentage() -> None:
    assert [share(3, 9), share(3, 10)] == ["3 of 9", "3 of 10 (30%)"]


@pytest.mark.parametrize("case_id", ["=1+1", "+1", "-1", "@A1", "<script>alert(1)</script>"])
def test_an_id_runs_nowhere(tmp_path: Path, case_id: str) -> None:
    root = etree.parse(DEMO)
    case = root.find("{*}case")
    case.set("id", case_id)
    case.set("team", "<img src=x onerror=alert(2)>")
    root.write(tmp_path / "x.xml")

    out = scan(tmp_path / "x.xml", tmp_path / "out", "--identify")

    text = (out / "report.html").read_text()
    page = html.fromstring(text)
    assert len(page.xpath("//script")) == 1
    assert not page.xpath("//img")
    assert words(page.xpath("//article[1]/h3")[0]) == f"Case {case_id}"
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
    assert [cell.value for cell in book["Questions"][1]][2:] == list(COLOURS)


def test_same_scan_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    again = scan(DEMO, tmp_path / "again", "--all-rows", "--jobs", "2")

    for name in ("report.html", "report.xlsx"):
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_long_page_lists_what_has_most_to_look_at_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scan(DEMO, tmp_path / "whole")
    monkeypatch.setattr(html_document, "MOST_CASES", 2)
    monkeypatch.setattr(xlsx_document, "MOST_ROWS", 3)

    short = scan(DEMO, tmp_path / "short")

    page = html.fromstring((short / "report.html").read_text())
    before = html.fromstring((whole / "report.html").read_text())
    assert len(page.xpath("//article")) == 2
    cases = len(before.xpath("//article"))
    assert f"lists the 2 cases of {cases} with most" in words(page)
    assert all(one.get("data-open") == "1" for one in page.xpath("//article"))
    assert [words(c) for c in page.xpath("//tr[@id='totals']/td")] == [
        words(c) for c in before.xpath("//tr[@id='totals']/td")
    ]
    book = load_workbook(short / "report.xlsx")
    assert book["Findings"].max_row == 4
    said = [row[1] for row in book["Read me"].iter_rows(values_only=True)]
    assert "only the first 3; see results.csv" in said


def test_named_formats_choose_their_files(tmp_path: Path) -> None:
    out = scan(DEMO, tmp_path / "out", "--format", "json", "--format", "html")

    names = sorted(path.name for path in out.iterdir())
    assert names == ["manifest.json", "report.html", "results.json"]


def test_page_says_not_evidenced_and_never_not_done(out: Path) -> None:
    text = (out / "report.html").read_text()

    assert "not evidenced in the record" in text
    assert not re.search(r"\bnot done\b|\bfailed\b", text)


def test_counts_are_equal_in_the_files_for_tools(out: Path, tmp_path: Path) -> None:
    formats = ("svrl", "junit", "jsonl")
    tools = scan(DEMO, tmp_path / "t", "--all-rows", *(f"--format={name}" for name in formats))
    document = json.loads((out / "results.json").read_text())
    totals = document["totals"]["verdicts"]

    report = etree.parse(tools / "report.svrl")
    tests = etree.parse(tools / "junit.xml")
    lines = [json.loads(line) for line in (tools / "results.jsonl").read_text().splitlines()]

    names = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
    fired = report.xpath("//svrl:fired-rule/@role", namespaces=names)
    failed = report.xpath("//svrl:failed-assert/@role", namespaces=names)
    asked = ("not_met", "partly_met", "met_late", "cannot_tell")
    severe = [
        row
        for case in document["cases"]
        for row in case["verdicts"]
        if row["verdict"] == "not_met" and row["severity"] in ("flag", "statutory")
    ]
    assert Counter(fired) == totals == Counter(tests.xpath("//testcase/@classname"))
    assert Counter(failed) == {v: totals[v] for v in asked if v in totals}
    assert (
        len(tests.xpath("//failure"))
        == len(severe)
        == sum(int(count) for count in tests.xpath("//testsuite/@failures"))
    )
    assert len(tests.xpath("//skipped")) == totals["cannot_tell"]
    assert lines == document["cases"]


def test_a_place_in_the_schematron_report_finds_its_case(tmp_path: Path) -> None:
    root = etree.parse(DEMO)
    root.find("{*}case").set("id", "a'b\"<c>")
    root.write(tmp_path / "x.xml")

    out = scan(tmp_path / "x.xml", tmp_path / "out", "--format", "svrl", "--identify")

    places = etree.parse(out / "report.svrl").xpath("//@context")
    of_case = {place for place in places if "concat(" in place}
    assert of_case
    assert all(len(root.xpath(place)) == 1 for place in of_case)
