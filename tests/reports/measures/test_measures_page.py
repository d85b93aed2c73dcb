"""The page of the measures in a real browser, and what its funnel plots show."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import load_workbook

from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.measures.counting import count_measures
from msp_rules.audit.measures.document import measures_document
from msp_rules.audit.measures.published import published_document
from msp_rules.audit.measures.shares import NO_SHARE
from msp_rules.audit.publication import Scheme
from msp_rules.reports.measures.funnel_plot import BOX, funnel_plot
from msp_rules.reports.measures.page import measures_page
from msp_rules.reports.measures.workbook import MOST_CASES, measures_workbook
from tests.support.command_line import ROOT
from tests.support.core import core_ruleset
from tests.support.looked_at import looked_at

COUNCIL: Final = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
SOME: Final = ("M1", "M3", "M5")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("measures")
    found = count_measures(CaseFiles(exports=(COUNCIL,), ruleset=core_ruleset()))
    documents = {
        "restricted": measures_document(found, core_ruleset()),
        "published": published_document(found, core_ruleset(), Scheme.NEAREST_5),
    }
    for name, document in documents.items():
        # All look alike, and axe looks at each cell.
        document["measures"] = [one for one in document["measures"] if one["id"] in SOME]
        for table in (*document["no_enquiry"]["tables"], *document["not_met"]["tables"]):
            table["rows"] = table["rows"][:4]
        (folder / f"{name}.html").write_bytes(measures_page(document))
    return {name: folder / f"{name}.html" for name in documents}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("restricted", 1280, "light"), ("restricted", 400, "dark"), ("published", 400, "light")],
)
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    with looked_at(browser, pages[name], width, scheme) as page:
        assert page.locator("h1").count() == 1


@pytest.mark.slow
def test_what_is_published_opens_no_cases(pages: dict[str, Path]) -> None:
    text = pages["published"].read_text(encoding="utf-8")

    assert "MC-0" not in text
    assert 'class="who"' not in text
    assert "Rounded for publication" in text
    assert "not for publication" in pages["restricted"].read_text(encoding="utf-8")


def group(numerator: int, denominator: int) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "funnel": {}}


def test_a_funnel_plot_has_a_point_for_each_row_at_its_size_and_share() -> None:
    drawn = funnel_plot({"numerator": 30, "denominator": 60}, [group(10, 20), group(20, 40)])

    assert drawn is not None
    assert [one.number for one in drawn.points] == [1, 2]
    # Both have the share of all; the larger one lies at the right end.
    assert {one.y for one in drawn.points} == {drawn.middle}
    assert [one.x for one in drawn.points] == [318.0, 592.0]
    assert [value for _, value in drawn.ticks] == [0, 10, 20, 30, 40]


def test_limits_draw_together_the_larger_the_group() -> None:
    drawn = funnel_plot({"numerator": 30, "denominator": 60}, [group(10, 20), group(20, 40)])

    assert drawn is not None
    ends = {name: places(line) for name, line in drawn.lines.items()}
    first, last = ({name: one[at] for name, one in ends.items()} for at in (0, -1))
    assert first["high_95"] < last["high_95"] < drawn.middle < last["low_95"] < first["low_95"]
    assert last["high_998"] < last["high_95"]


def places(line: str) -> list[float]:
    return [float(point.split(",")[1]) for point in line.split(" ")]


def test_the_labels_of_points_that_lie_together_stand_apart() -> None:
    together = [group(20, 40) for _ in range(6)]
    drawn = funnel_plot({"numerator": 120, "denominator": 240}, together)

    assert drawn is not None
    labels = [one.label for one in drawn.points]
    assert all(
        abs(one[0] - other[0]) >= 14 or abs(one[1] - other[1]) >= 10
        for one, other in combinations(labels, 2)
    )


def test_the_labels_of_points_at_the_top_stand_on_the_drawing() -> None:
    at_the_top = [*(group(1, 1) for _ in range(7)), group(16, 18)]
    drawn = funnel_plot({"numerator": 23, "denominator": 25}, at_the_top)

    assert drawn is not None
    left, top, width, height = BOX
    height_of_a_number = 12
    assert all(left <= one.label[0] <= left + width - 14 for one in drawn.points)
    assert all(top + height_of_a_number <= one.label[1] <= top + height for one in drawn.points)


@pytest.mark.parametrize(("counted", "down"), [(0, 210.0), (60, 8.0)])
def test_where_all_or_none_count_all_points_lie_on_the_line(counted: int, down: float) -> None:
    groups = [group(counted // 3, 20), group(counted * 2 // 3, 40)]
    drawn = funnel_plot({"numerator": counted, "denominator": 60}, groups)

    assert drawn is not None
    assert {drawn.middle, *(one.y for one in drawn.points)} == {down}


def test_groups_without_limits_have_no_plot() -> None:
    whole = {"numerator": 3, "denominator": 6}

    assert funnel_plot(whole, [{"numerator": 3, "denominator": 6}]) is None
    assert funnel_plot(whole, []) is None


def test_a_number_of_very_many_cases_says_how_many_more_there_are() -> None:
    many = [f"C-{at}" for at in range(MOST_CASES + 3)]
    count = {"numerator": len(many), "others": 0, "denominator": len(many)} | dict(NO_SHARE)
    part = {"id": "asked", "title": "Asked", "counted": "", "of": "", "comparison": None}
    cases = {"counted": many, "not_counted": []}
    measure = {"id": "M1", "title": "Asked", "note": "", "excluded": {}}
    document = {
        **{"publication": None, "as_of": "2026-06-30", "cases": 1, "not_supplied": []},
        **{"not_counted": [], "faults": [], "surveys": []},
        "measures": [
            measure | {"parts": [part | count | {"cases": cases, "by": {}, "excluded": {}}]}
        ],
        **dict.fromkeys(("no_enquiry", "not_met"), {"tables": []}),
    }
    sheet = load_workbook(BytesIO(measures_workbook(document)))["Cases"]
    listed = [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]

    assert listed == [*many[:MOST_CASES], "and 3 more: measures.json has all"]
