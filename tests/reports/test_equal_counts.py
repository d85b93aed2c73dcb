"""Every file of results says the same numbers: by rule, by verdict, and whether waived."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree, html
from openpyxl import Workbook, load_workbook
from pyarrow import parquet

from benchmarks.export_generator import write_export
from msp_rules.audit.result import ScanResult
from msp_rules.reports.labels import VERDICTS
from tests.builders.export import export_text
from tests.support.hostile_export import hostile_rules, write_hostile_export
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
SCHEMAS = Path(__file__).parents[1] / "data/schemas"
SVRL = {"s": "http://purl.oclc.org/dsdl/svrl"}
FINDINGS = ("not_met", "partly_met", "met_late", "cannot_tell")
BY_WORDS = {words: verdict for verdict, words in VERDICTS.items()}

Counts = Counter[tuple[str, str, bool]]
"""How often a rule gave a verdict, and whether that is waived."""


def in_json(document: dict) -> Counts:
    rows = [row for case in document["cases"] for row in case["verdicts"]]
    return Counter((row["rule"], row["verdict"], "waived" in row) for row in rows)


def in_csv(path: Path) -> Counts:
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return Counter((row["rule"], row["verdict"], bool(row["waived"])) for row in rows)


def in_parquet(path: Path) -> Counts:
    rows = parquet.read_table(path).to_pylist()
    return Counter((row["rule"], row["verdict"], bool(row["waived"])) for row in rows)


def in_cases_of(page: html.HtmlElement) -> Counts:
    items = page.xpath("//article//li[@data-r]")
    for item in items:
        words = VERDICTS[item.get("data-v")]
        waived = " (waived)" if item.get("data-w") else ""
        assert item.xpath("span")[0].text == words + waived
    return Counter((i.get("data-r"), i.get("data-v"), i.get("data-w") == "1") for i in items)


def in_table_of(page: html.HtmlElement) -> Counts:
    """What the page counts by rule; waived ones under no verdict."""
    counts: Counts = Counter()
    for row in page.xpath("//table[@id='by-rule']/tbody/tr"):
        for cell in row.xpath("td[@data-verdict]"):
            counts[row.get("data-rule"), cell.get("data-verdict"), False] += int(
                cell.text_content()
            )
    return +counts


def in_verdicts_of(book: Workbook) -> Counts:
    rows = book["Verdicts"].iter_rows(min_row=2, values_only=True)
    return Counter((row[3], BY_WORDS[row[5]], row[12] is not None) for row in rows)


def in_rules_of(book: Workbook) -> Counts:
    counts: Counts = Counter()
    for row in book["Rules"].iter_rows(min_row=2, values_only=True):
        for name, count in zip((*VERDICTS, "waived", "filtered"), row[3:13], strict=True):
            counts[row[0], name, False] = count
    return +counts


def in_svrl(path: Path) -> Counts:
    fired = etree.parse(path).xpath("//s:fired-rule[@flag]", namespaces=SVRL)
    roles = [(one.get("name"), one.get("role")) for one in fired]
    return Counter((r, role.removesuffix("-waived"), role.endswith("-waived")) for r, role in roles)


def in_junit(path: Path) -> Counts:
    tests = etree.parse(path).xpath("//testcase[@classname != 'fault']")
    return Counter(
        (one.get("name").split()[0], said[0].removeprefix("verdict: "), len(said) > 1)
        for one in tests
        for said in [one.findtext("system-out").split("; waived: ")]
    )


def grouped(counts: Counts, document: dict) -> Counts:
    """As tables by rule group them: what is waived under `waived`, and what filters left out."""
    found: Counts = Counter()
    for (rule, verdict, waived), count in counts.items():
        found[rule, "waived" if waived else verdict, False] += count
    for rule, count in document["totals"]["filtered"].items():
        found[rule, "filtered", False] += count
    return found


def assert_equal(scan: ScanResult, out: Path, *, all_rows: bool) -> Counts:
    document = json.loads((out / "results.json").read_text())
    page = html.fromstring((out / "report.html").read_text())
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    book = load_workbook(out / "report.xlsx")
    counts = in_json(document)

    assert in_json({"cases": lines}) == counts
    assert in_csv(out / "results.csv") == counts
    assert in_parquet(out / "results.parquet") == counts
    assert in_cases_of(page) == counts
    assert in_verdicts_of(book) == counts
    assert in_svrl(out / "report.svrl") == counts
    assert in_junit(out / "junit.xml") == counts
    by_rule = scan.tally.by_rule
    tallied = Counter({(r, v, False): n for r, found in by_rule.items() for v, n in found.items()})
    if not all_rows:
        tallied = Counter({key: n for key, n in tallied.items() if key[1] != "not_applicable"})
    assert Counter({key: n for key, n in counts.items() if not key[2]}) == tallied
    whole = in_table_of(page)
    assert_same_bases(document, page, book)
    assert whole == in_rules_of(book)
    if all_rows:
        assert whole == grouped(counts, document)
    assert_totals_agree(document, page, whole)
    assert_same_faults(document, page, book, out)
    assert_same_coverage(document, page, book)
    assert_valid(out)
    return counts


def assert_same_bases(document: dict, page: html.HtmlElement, book: Workbook) -> None:
    """What was due, by rule and by owner: the base of rates is one everywhere."""
    rules = {rule: row["due"] for rule, row in document["summary"]["rules"].items()}
    by_name = document["summary"]["agencies"].items()
    agencies = {name.replace("_", " "): row["due"] for name, row in by_name}
    rows = page.xpath("//table[@id='by-rule']/tbody/tr[@data-rule]")
    held = page.xpath("//table[@id='by-holder']/tbody/tr")
    in_rules = book["Rules"].iter_rows(min_row=2, values_only=True)
    base = [cell.value for cell in book["Rules"][1]].index("were due (base of rates)")
    in_holders = book["Holders"].iter_rows(min_row=2, values_only=True)

    assert {row.get("data-rule"): int(row.get("data-due")) for row in rows} == rules
    assert {row[0]: row[base] for row in in_rules} == rules
    by_agency: Counter[str] = Counter()
    for row in in_holders:
        by_agency[row[0] or ""] += row[-1]
    assert dict(by_agency) == agencies
    assert sum(int(row.get("data-due")) for row in held) == sum(agencies.values())


def assert_totals_agree(document: dict, page: html.HtmlElement, whole: Counts) -> None:
    totals: Counter[str] = Counter()
    for (_, what, _), count in whole.items():
        totals[what] += count
    cells = page.xpath("//tr[@id='totals']/td[@data-verdict]")
    said = document["totals"]
    sums = {"waived": sum(said["waived"].values()), "filtered": sum(said["filtered"].values())}

    assert (
        +Counter({cell.get("data-verdict"): int(cell.text_content()) for cell in cells}) == totals
    )
    assert +Counter({**said["verdicts"], **sums}) == totals


def assert_same_faults(document: dict, page: html.HtmlElement, book: Workbook, out: Path) -> None:
    reasons = Counter(fault["reason"] for fault in document["faults"])
    suites = etree.parse(out / "junit.xml")
    failed = etree.parse(out / "report.svrl").xpath(
        "//s:failed-assert[@role='fault']/s:text/text()", namespaces=SVRL
    )
    faults = book["Faults"].iter_rows(min_row=2, values_only=True)

    assert Counter(page.xpath("//table[@id='by-fault']//tr/td[5]/text()")) == reasons
    assert Counter(row[5] for row in faults) == reasons
    assert Counter(suites.xpath("//error/@message")) == reasons
    assert len(failed) == reasons.total()
    assert all(any(text.endswith(reason) for reason in reasons) for text in failed)
    declared = sum(int(one) for one in suites.xpath("//testsuite/@errors"))
    assert declared == reasons.total()


def assert_same_coverage(document: dict, page: html.HtmlElement, book: Workbook) -> None:
    types = {name: body["events"] for name, body in document["coverage"]["types"].items()}
    rows = page.xpath("//table[@id='by-type']/tbody/tr")
    in_page = {row.xpath("th/span/text()")[0]: int(row.xpath("td/@data-events")[0]) for row in rows}
    in_book: dict[str, int] = {}
    fields: dict[tuple[str, str], tuple[int, int, int]] = {}
    for row in book["Coverage"].iter_rows(min_row=2, values_only=True):
        if row[3] is None:
            in_book[row[1]] = row[5]
        else:
            fields[row[1], row[3]] = row[6:9]

    assert in_page == in_book == types
    assert fields == {
        (name, field): (one["given"], one["withheld"], one["unreadable"])
        for name, body in document["coverage"]["types"].items()
        for field, one in body["fields"].items()
    }


def assert_valid(out: Path) -> None:
    svrl = etree.RelaxNG(etree.parse(SCHEMAS / "svrl.rng"))
    junit = etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))
    svrl.assertValid(etree.parse(out / "report.svrl"))
    junit.assertValid(etree.parse(out / "junit.xml"))


@pytest.mark.slow
@pytest.mark.parametrize("all_rows", [True, False], ids=["all-rows", "without"])
def test_counts_are_equal_with_waivers_filters_faults_and_unknowns(
    tmp_path: Path, all_rows: bool
) -> None:
    write_hostile_export(DEMO, tmp_path / "in.xml")
    ruleset = hostile_rules(tmp_path)

    scan = report(tmp_path / "in.xml", tmp_path / "out", ruleset=ruleset, all_rows=all_rows)

    counts = assert_equal(scan, tmp_path / "out", all_rows=all_rows)
    shown = set(VERDICTS) if all_rows else set(VERDICTS) - {"not_applicable"}
    assert {verdict for _, verdict, _ in counts} == shown
    assert sum(count for (_, _, waived), count in counts.items() if waived) > 10
    assert scan.tally.filtered.total() > 10
    assert len(scan.tally.faults) > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_counts_are_equal_for_made_up_cases(tmp_path: Path, seed: int) -> None:
    profile = ("mixed", "noisy", "exemplary")[seed]
    write_export(tmp_path / "in.xml", cases=8, seed=seed, profile=profile)
    text = (tmp_path / "in.xml").read_text()
    if seed == 1:  # a source that supplies little, so that much cannot be told
        supplies = "<supplies>concern_raised s42_decided outcomes_conversation.asked</supplies>"
        text = text.replace("<cases>", f"{supplies}<cases>", 1)
    (tmp_path / "in.xml").write_text(text)

    scan = report(tmp_path / "in.xml", tmp_path / "out")

    counts = assert_equal(scan, tmp_path / "out", all_rows=False)
    assert counts.total() > 100
    assert (scan.tally.verdicts["cannot_tell"] > 50) == (seed == 1)


def test_an_export_without_cases_gives_sound_files(tmp_path: Path) -> None:
    (tmp_path / "in.xml").write_text(export_text())

    scan = report(tmp_path / "in.xml", tmp_path / "out")

    assert assert_equal(scan, tmp_path / "out", all_rows=False) == {}
    assert scan.tally.cases == 0


def test_failures_and_skipped_tests_are_those_of_the_verdicts(tmp_path: Path) -> None:
    report(DEMO, tmp_path, "json", "junit", "svrl")
    document = json.loads((tmp_path / "results.json").read_text())
    rows = [row for case in document["cases"] for row in case["verdicts"]]
    severe = [
        r for r in rows if r["verdict"] == "not_met" and r["severity"] in ("flag", "statutory")
    ]

    tests = etree.parse(tmp_path / "junit.xml")
    failed = etree.parse(tmp_path / "report.svrl").xpath(
        "//s:failed-assert[@flag]/@role", namespaces=SVRL
    )
    declared = sum(int(count) for count in tests.xpath("//testsuite/@failures"))
    assert len(tests.xpath("//failure")) == len(severe) == declared > 0
    assert len(tests.xpath("//skipped")) == sum(r["verdict"] == "cannot_tell" for r in rows) > 0
    assert Counter(failed) == Counter(r["verdict"] for r in rows if r["verdict"] in FINDINGS)


def test_files_for_tools_hold_the_manifest(tmp_path: Path) -> None:
    report(DEMO, tmp_path, "json", "junit", "svrl")
    manifest = json.loads((tmp_path / "results.json").read_text())["manifest"]

    suites = etree.parse(tmp_path / "junit.xml")
    properties = {p.get("name"): p.get("value") for p in suites.xpath("//property")}
    told = etree.parse(tmp_path / "report.svrl").xpath(
        "//s:fired-rule[@role = 'manifest']/@name", namespaces=SVRL
    )
    in_svrl = dict(one.split(": ", 1) for one in told)
    assert properties == in_svrl
    assert properties["ruleset.sha256"] == manifest["ruleset"]["sha256"]
    assert properties["inputs.1.sha256"] == manifest["inputs"][0]["sha256"]
    assert properties["complete"] == "no"
    assert properties["switched_off"].split(", ") == manifest["switched_off"]
