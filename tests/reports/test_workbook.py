"""The workbook leads from what to look at first to its rows, and prints on few pages."""

import json
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import Workbook, load_workbook

from benchmarks.export_generator import write_export
from msp_rules.reports.labels import APPLYING, COLOUR_WORDS, VERDICTS
from msp_rules.reports.practice_labels import WEIGHT_WORDS
from msp_rules.reports.workbook import document as workbook_document
from tests.support.hostile_export import hostile_rules, write_hostile_export
from tests.support.reported import report

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
A4_LANDSCAPE = (785, 520)
"""Width and height in points, within the margins and without the repeated head."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbook")
    report(DEMO, folder, "json", "xlsx")
    return folder


@pytest.fixture(scope="module")
def book(out: Path) -> Workbook:
    return load_workbook(out / "report.xlsx")


def column(book: Workbook, sheet: str, title: str) -> int:
    return [cell.value for cell in book[sheet][1]].index(title)


def test_rows_to_read_and_heads_are_as_high_as_their_texts(book: Workbook) -> None:
    sheet = book["Look first"]
    widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
    tall = 0
    for row in sheet.iter_rows():
        texts = [
            (len(cell.value), width)
            for cell, width in zip(row, widths, strict=True)
            if isinstance(cell.value, str)
        ]
        least = 15 * max(math.ceil(length / width) for length, width in texts)
        height = sheet.row_dimensions[row[0].row].height or 15
        assert height >= least
        tall += height > 15
    assert tall > 5
    heads = book["Questions"]
    assert heads.row_dimensions[1].height > 15


def test_it_opens_with_what_to_look_at_first(out: Path, book: Workbook) -> None:
    summary = json.loads((out / "results.json").read_bytes())["summary"]
    rows = list(book["Look first"].iter_rows(min_row=2, values_only=True))

    assert book.sheetnames[0] == "Look first"
    assert [row[0] for row in rows] == sorted(
        [row[0] for row in rows],
        key=["In all", "Not judged", "Agency and team", "Case", "Rule"].index,
    )
    numbers = {row[1]: row[2:4] for row in rows}
    assert numbers["Cases with a duty not evidenced"] == (summary["cases"]["statutory"], 37)
    assert numbers["Cases with a flag not evidenced"] == (summary["cases"]["flag"], 37)
    assert next(row for row in rows if row[0] == "Case")[1] == "MC-033"
    for row in (row for row in rows if row[0] == "Rule"):
        rates = summary["rules"][row[1]]
        assert row[2:4] == (rates["not_met"], rates["due"])
        assert row[6].endswith(("?", "."))


def links(out: Path) -> Iterator[tuple[str, str, str]]:
    """Each link of the book: sheet, cell, and the place that it leads to."""
    with zipfile.ZipFile(out / "report.xlsx") as packed:
        names = etree.fromstring(packed.read("xl/workbook.xml")).xpath(
            "//x:sheet/@name", namespaces=NS
        )
        for number, name in enumerate(names, start=1):
            sheet = etree.fromstring(packed.read(f"xl/worksheets/sheet{number}.xml"))
            for link in sheet.xpath("//x:hyperlink", namespaces=NS):
                yield name, link.get("ref"), link.get("location")


def test_each_link_leads_to_the_row_of_what_it_names(out: Path, book: Workbook) -> None:
    found = list(links(out))

    for sheet, cell, place in found:
        target, row = re.fullmatch(r"'(.+)'!A(\d+)", place).groups()
        assert book[target][f"A{row}"].value == book[sheet][cell].value, (sheet, cell)
    leads = {(sheet, place.split("'")[1]) for sheet, _, place in found}
    assert leads == {
        *(("Look first", "Cases"), ("Look first", "Rules"), ("Cases", "Verdicts")),
        *(("Verdicts", "Cases"), ("Verdicts", "Rules"), ("Cannot tell", "Rules")),
        ("Faults", "Cases"),
    }


def test_every_count_of_the_rules_is_that_of_the_rows_on_verdicts(book: Workbook) -> None:
    rule, verdict = column(book, "Verdicts", "Rule"), column(book, "Verdicts", "Verdict")
    listed = [
        (row[rule], row[verdict]) for row in book["Verdicts"].iter_rows(min_row=2, values_only=True)
    ]
    heads = [cell.value for cell in book["Rules"][1]]

    for row in book["Rules"].iter_rows(min_row=2, values_only=True):
        for title in ("not evidenced in the record", "evidenced", "cannot tell", "not yet due"):
            assert row[heads.index(title)] == listed.count((row[0], title)), (row[0], title)


def test_findings_say_what_to_ask_and_leave_room_for_a_note(book: Workbook) -> None:
    for sheet in ("Look first", "Cases", "Verdicts"):
        assert book[sheet][1][-1].value == "Note"
        assert {row[-1].value for row in book[sheet].iter_rows(min_row=2)} == {None}
    rows = list(book["Verdicts"].iter_rows(min_row=2, values_only=True))
    verdict, ask = column(book, "Verdicts", "Verdict"), column(book, "Verdicts", "To ask")
    asked = {row[verdict] for row in rows if row[ask]}
    assert asked == {
        *("not evidenced in the record", "partly evidenced", "evidenced late", "cannot tell"),
    }
    bases = [row[column(book, "Rules", "Numbers and their basis")] for row in book["Rules"].values]
    assert any("assumed by this project" in str(base) for base in bases)


def test_what_went_well_has_a_sheet_and_a_column(out: Path, book: Workbook) -> None:
    summary = json.loads((out / "results.json").read_bytes())["summary"]
    rows = list(book["Went well"].iter_rows(min_row=2, values_only=True))
    in_cases = column(book, "Cases", "Went well")

    assert rows[0][2:] == (summary["cases"]["practice"], 37)
    signs = [row[2] for row in rows if row[0] == "Sign of good practice"]
    assert sorted(signs) == sorted(summary["practice"].values())
    cases = list(book["Cases"].iter_rows(min_row=2, values_only=True))
    assert sum(row[in_cases] is not None for row in cases) == summary["cases"]["practice"]


def test_colours_have_formats_and_every_sheet_prints_landscape_on_few_pages(
    book: Workbook,
) -> None:
    pages = 0
    for sheet in book:
        width = sum(one.width for one in sheet.column_dimensions.values()) * 5.6
        scale = min(1.0, A4_LANDSCAPE[0] / width)
        pages += math.ceil(sheet.max_row * 15 * scale / A4_LANDSCAPE[1])
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
    assert pages <= 30
    for name in ("Cases", "Verdicts"):
        formulas = {
            formula
            for ranges in book[name].conditional_formatting
            for rule in ranges.rules
            for formula in rule.formula
        }
        assert {'"red"', '"amber"', '"green"', '"grey"'} <= formulas


def test_cases_to_look_at_first_are_found_beyond_what_the_workbook_lists(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_document, "MOST_ROWS", 3)

    report(DEMO, tmp_path, "xlsx")

    named = []
    for folder in (out, tmp_path):
        rows = load_workbook(folder / "report.xlsx")["Look first"].values
        named.append([row[1] for row in rows if row[0] == "Case"])
    assert named[0] == named[1]
    assert len(named[0]) == 20


def rows_of(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet, each by the heads of its columns."""
    heads, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The workbook of hostile cases with waivers, filters and faults, and of all answers."""
    folder = tmp_path_factory.mktemp("whole")
    write_hostile_export(DEMO, folder / "in.xml")
    ruleset = hostile_rules(folder)
    report(folder / "in.xml", folder / "out", "xlsx", ruleset=ruleset, all_rows=True)
    return load_workbook(folder / "out/report.xlsx")


def test_each_count_of_the_summary_is_that_of_the_rows_that_a_filter_shows(whole: Workbook) -> None:
    cases, verdicts = rows_of(whole, "Cases"), rows_of(whole, "Verdicts")
    said = {row["About"]: row["Value"] for row in rows_of(whole, "Summary")}
    kept = Counter(row["Verdict"] for row in verdicts if not row["Waived"])

    assert said["Cases"] == len(cases)
    assert said["Faults"] == len(rows_of(whole, "Faults"))
    assert said["Cases: closed"] == sum(row["Closed"] is not None for row in cases)
    assert said["Cases: open"] == sum(row["Closed"] is None for row in cases)
    for kind in ("section 42 enquiry", "other enquiry"):
        assert said[f"Cases: {kind}"] == sum(row["Enquiry"] == kind for row in cases)
    assert said["waived"] == sum(bool(row["Waived"]) for row in verdicts) > 0
    assert said["left out by local filters"] == sum(
        row["left out by filters"] for row in rows_of(whole, "Rules")
    )
    assert {words: said[words] for words in VERDICTS.values()} == {
        words: kept[words] for words in VERDICTS.values()
    }


def test_each_count_of_a_question_or_an_owner_is_that_of_its_cases_and_verdicts(
    whole: Workbook,
) -> None:
    cases, verdicts = rows_of(whole, "Cases"), rows_of(whole, "Verdicts")

    for asked in rows_of(whole, "Questions"):
        colours = Counter(row[asked["Question"]].removesuffix(" (suggested)") for row in cases)
        found = {words: asked[words] for words in COLOUR_WORDS.values()}
        assert found == {words: colours[colour] for colour, words in COLOUR_WORDS.items()}
        assert "none (suggested)" not in {row[asked["Question"]] for row in cases}
    for held in rows_of(whole, "Holders"):
        owner = (held["Agency"], held["Team"])
        answers = [row for row in verdicts if (row["Agency"], row["Team"]) == owner]
        counts = Counter(row["Verdict"] for row in answers if not row["Waived"])
        assert held["Cases"] == sum((row["Agency"], row["Team"]) == owner for row in cases)
        for verdict in APPLYING:
            assert held[VERDICTS[verdict]] == counts[VERDICTS[verdict]]
        not_due = counts["not yet due"] + counts["not applicable"]
        assert held["were due (base of rates)"] == counts.total() - not_due


def test_each_count_to_look_at_first_is_that_of_its_cases_and_verdicts(whole: Workbook) -> None:
    cases, verdicts = rows_of(whole, "Cases"), rows_of(whole, "Verdicts")
    found = [row for row in verdicts if not row["Waived"]]
    missing = [row for row in found if row["Verdict"] == "not evidenced in the record"]
    unsure = {row["Case"] for row in found if row["Verdict"] == "cannot tell"}
    heavy = {row["Case"] for row in missing if row["Weight"] in ("statutory", "flag")}
    weights = {name: {r["Case"] for r in missing if r["Weight"] == name} for name in WEIGHT_WORDS}

    first = rows_of(whole, "Look first")
    said = {row["Case, rule or number"]: row["Count"] for row in first if row["Part"] != "Case"}
    assert said["Cases with a duty not evidenced"] == len(weights["statutory"])
    assert said["Cases with a flag not evidenced"] == len(weights["flag"])
    assert said["Cases with a cannot tell"] == len(unsure)
    assert said["Cases in which something went well"] == sum(
        bool(row["Went well"]) for row in cases
    )
    assert said["Faults"] == len(rows_of(whole, "Faults"))
    owners = {row["Case"]: f"{row['Agency']} / {row['Team']}" for row in cases}
    for row in first:
        name, count = row["Case, rule or number"], row["Count"]
        if row["Part"] == "Agency and team":
            assert count == sum(owners[case] == name for case in heavy)
            assert row["Of"] == sum(owner == name for owner in owners.values())
        elif row["Part"] == "Case":
            assert count == sum(one["Case"] == name for one in missing)
        elif row["Part"] == "Rule":
            assert count == sum(one["Rule"] == name for one in missing)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The workbook of made-up cases, some of which moved on the grid, and not all of which tell."""
    folder = tmp_path_factory.mktemp("made-up")
    write_export(folder / "in.xml", cases=20, seed=3)
    text = (folder / "in.xml").read_text()
    supplies = "<supplies>concern_raised s42_decided outcomes_conversation.asked "
    supplies += "outcome_expressed outcome_reviewed wellbeing_safety_position</supplies>"
    (folder / "in.xml").write_text(text.replace("<cases>", f"{supplies}<cases>", 1))
    report(folder / "in.xml", folder / "out", "xlsx")
    return load_workbook(folder / "out/report.xlsx")


@pytest.fixture(params=["whole", "made_up"])
def counted(request: pytest.FixtureRequest) -> Workbook:
    """Each of the two workbooks."""
    return request.getfixturevalue(request.param)


def parts_of(row: dict[str, Any], title: str) -> list[str]:
    """The parts of a cell that lists several."""
    return [part for part in (row[title] or "").split("; ") if part]


def test_each_count_of_what_cannot_be_told_is_that_of_the_verdicts_that_lack_it(
    counted: Workbook,
) -> None:
    verdicts = rows_of(counted, "Verdicts")
    unsure = [one for one in verdicts if one["Verdict"] == "cannot tell" and not one["Waived"]]

    rows = rows_of(counted, "Cannot tell")
    assert len(rows) > 10
    for row in rows:
        name = f"{row['Missing']}: {row['Field']}" if row["Field"] else row["Missing"]
        lacking = [
            one for one in unsure if one["Rule"] == row["Rule"] and name in parts_of(one, "Missing")
        ]
        assert row["Answers"] == len(lacking), row
    assert {one["Case"] for one in verdicts if one["Missing"]} <= {one["Case"] for one in unsure}
    for row in rows_of(counted, "Look first"):
        if "in which it is missing" in (row["About"] or ""):
            names = {row["Case, rule or number"]}
            if ": " not in row["Case, rule or number"]:  # its id or its date is the event
                names |= {f"{name}: {part}" for name in names for part in ("id", "occurred")}
            cases = {one["Case"] for one in unsure if names & set(parts_of(one, "Missing"))}
            assert row["Count"] == len(cases), row


def test_each_count_of_what_went_well_is_that_of_its_cases_or_of_its_rules(
    counted: Workbook,
) -> None:
    cases, rules = rows_of(counted, "Cases"), rows_of(counted, "Rules")
    domains = Counter[str]()
    for row in cases:
        for part in parts_of(row, "Domains of outcomes"):
            name, _, count = part.rpartition(" ")
            domains[name] += int(count)
    of_cases = {
        "beyond protection": sum(row["Beyond protection"] or 0 for row in cases),
        "no domain recorded": sum(row["No domain recorded"] or 0 for row in cases),
        **domains,
    }
    outcomes = sum(row["Wanted outcomes"] or 0 for row in cases)
    moves = Counter(row["On the grid"] for row in cases if row["On the grid"])
    signs = Counter(sign for row in cases for sign in parts_of(row, "Went well"))

    kinds = Counter[str]()
    for row in rows_of(counted, "Went well"):
        kind, name, said = row["Part"], row["The record shows"], (row["Count"], row["Of"])
        kinds[kind] += 1
        if kind == "Wanted outcomes":
            assert said == (of_cases.pop(name), outcomes)
        elif kind == "On the grid":
            assert said == (moves.pop(name), sum(bool(row["On the grid"]) for row in cases))
        elif kind == "Sign of good practice":
            assert said == (signs.pop(name), len(cases))
        elif kind == "Cases":
            assert said == (sum(bool(row["Went well"]) for row in cases), len(cases))
        else:
            serving = [row for row in rules if name in row["Principles"].split(", ")]
            evidenced = sum(row["evidenced"] + row["explained"] for row in serving)
            assert said == (evidenced, sum(row["were due (base of rates)"] for row in serving))
    assert not signs
    assert not moves
    assert not +Counter(of_cases)
    assert kinds["Principle, answers that were due"] == 6
    assert kinds["Wanted outcomes"] > 3


def test_a_count_that_no_row_answers_says_why(counted: Workbook) -> None:
    notes = {row["About"]: row["Note"] for row in rows_of(counted, "Summary")}
    people = next(
        row for row in rows_of(counted, "Look first") if row["Case, rule or number"] == "People"
    )

    assert "report.html leads from each count to its cases" in notes["Sheet Coverage"]
    assert "counted by the adults' references, which are in no row" in people["About"]
