"""The table of the sixteen moves on the grid, what is not in it, and the principles beside it.

Twenty-two cases, counted by hand: one for each of the sixteen moves, two more that became safer but
with lower wellbeing, one that stayed low, and one each with one position, with an end that is not
known, and with none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from lxml import html
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from msp_rules.reports.practice_labels import I_STATEMENTS, POSITIONS
from msp_rules.rules.language.rule import PRINCIPLES
from tests.builders.case import one_rule
from tests.builders.export import case_text, event_text, export_text
from tests.support.reported import report

pytestmark = pytest.mark.slow

CONCERN: Final = event_text("concern_raised", "c", "2026-01-05")
LOWERED: Final = ("high low", "low high")


def position(day: str, place: str, judge: str = "adult") -> str:
    wellbeing, _, safety = place.partition(" ")
    fields = f"<wellbeing>{wellbeing}</wellbeing>" if wellbeing else ""
    fields += f"<safety>{safety}</safety><judged_by>{judge}</judged_by>"
    return event_text("grid_position", f"g{day}", day, fields)


def moved(name: str, first: str, latest: str, judge: str = "adult") -> str:
    return case_text(
        name, CONCERN, position("2026-01-06", first), position("2026-03-01", latest, judge)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grid")
    cases = [
        moved(f"M-{first}-{latest}".replace(" ", "."), first, latest)
        for first in POSITIONS
        for latest in POSITIONS
    ]
    cases += [moved("L-1", *LOWERED, judge="imca"), moved("L-2", *LOWERED, judge="imca")]
    cases += [moved("S-1", "low low", "low low", judge="family")]
    cases += [case_text("ONE", CONCERN, position("2026-01-06", "low high"))]
    cases += [moved("HALF", "low low", " high"), case_text("NONE", CONCERN)]
    export = folder / "in.xml"
    export.write_text(export_text(cases), encoding="utf-8")
    report(export, folder / "out", "html", "xlsx", ruleset=one_rule(folder / "rules"))
    return folder / "out"


@pytest.fixture(scope="module")
def page(folder: Path) -> html.HtmlElement:
    found: html.HtmlElement = html.fromstring((folder / "report.html").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def book(folder: Path) -> Workbook:
    return load_workbook(folder / "report.xlsx")


TABLE: Final = [
    # First, then the latest: low low, low high, high low, high high; in all.
    ("wellbeing low, safety low", 2, 1, 1, 1, 5),
    ("wellbeing low, safety high", 1, 1, 1, 1, 4),
    ("wellbeing high, safety low", 1, 3, 1, 1, 6),
    ("wellbeing high, safety high", 1, 1, 1, 1, 4),
]


def said(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_the_page_has_all_sixteen_moves(page: html.HtmlElement) -> None:
    rows = page.xpath('//table[@id="by-move"]/tbody/tr')

    found = [(said(row[0]).lower(), *(int(said(cell)) for cell in row[1:])) for row in rows]
    assert found == [row[:5] for row in TABLE]
    moves = [cell.get("data-move") for row in rows for cell in row[1:]]
    assert moves == [f"{first} {latest}" for first in POSITIONS for latest in POSITIONS]


def test_beside_stand_what_is_not_in_it_who_judged_and_the_cases_to_ask_about(
    page: html.HtmlElement,
) -> None:
    (below,) = page.xpath('//div[@class="wide-grid"]')
    text = said(below)

    assert (
        "Not in the table: 1 case with one position only, 1 case with an end that is not known, "
        "1 case with no position on record." in text
    )
    # Sixteen by the adult, the two more by an IMCA, the one that stayed by family.
    assert "The latest position was judged by: adult 16, IMCA 2, family 1." in text
    links = below.xpath('.//p[@id="lowered"]/a')
    ids = {said(one) for one in links}
    assert len(ids) == 3
    assert {one.get("href") for one in links} == {f"#case-{name}" for name in ids}
    assert ids <= {said(one) for one in page.xpath("//article//h3//*[contains(@class, 'id')]")}


def test_each_principle_stands_with_its_statement_and_cases_lead_to_it(
    page: html.HtmlElement,
) -> None:
    rows = page.xpath('//table[@id="by-principle"]/tbody/tr')

    # The one rule serves empowerment: 22 cases with a concern and no contact, all due.
    assert [(row.get("id"), said(row[1])) for row in rows] == [
        ("principle-empowerment", "0 of 22 (0%)")
    ]
    assert I_STATEMENTS["empowerment"] in said(rows[0])
    assert "Care and Support Statutory Guidance, 14.13" in said(page)
    links = page.xpath('//article//a[@href="#principle-empowerment"]')
    assert len(links) == 22


def test_the_workbook_has_the_same_table(book: Workbook) -> None:
    rows = [*book["Grid"].iter_rows(min_row=2, values_only=True)]

    assert [row[1:7] for row in rows[:4]] == TABLE
    parts: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows[4:]:
        parts.setdefault(str(row[0]), []).append((row[1], row[6], row[7]))
    assert parts["Not in the table"] == [
        ("one position only", 1, None),
        ("an end that is not known", 1, None),
        ("no position on record", 1, None),
        ("no position that the source could supply", 0, None),
    ]
    assert parts["Latest position judged by"] == [
        ("adult", 16, None),
        ("IMCA", 2, None),
        ("family", 1, None),
    ]
    lowered = parts["Case"]
    assert {row[0] for row in lowered} == {"safer, but lower wellbeing"}
    moves = {row[0]: row[-4] for row in book["Cases"].iter_rows(min_row=2, values_only=True)}
    assert [moves[row[2]] for row in lowered] == [
        "wellbeing high, safety low to wellbeing low, safety high"
    ] * 3


def test_the_workbook_has_the_principles_in_all_and_for_each_case(book: Workbook) -> None:
    rows = [*book["Principles"].iter_rows(min_row=2, values_only=True)]
    heads = [cell.value for cell in book["Cases"][1]]
    at = heads.index("Principles, evidenced or explained")

    assert [row[:4] for row in rows] == [
        (name, I_STATEMENTS[name], 0, 22 if name == "empowerment" else 0) for name in PRINCIPLES
    ]
    assert {row[at] for row in book["Cases"].iter_rows(min_row=2, values_only=True)} == {
        "empowerment 0 of 1"
    }
