"""Reports for people name as many events as somebody reads; data files list them all."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import html
from openpyxl import load_workbook

from msp_rules.audit.case_audit import CaseAudit, CaseResult
from msp_rules.casework.case import Case
from msp_rules.casework.moments import cutoff_at
from msp_rules.intake.case_json import case_document
from msp_rules.reports.html.case import html_case
from msp_rules.reports.html.records import Records
from msp_rules.reports.labels import MOST_NAMED, words_of
from msp_rules.reports.workbook.cases import xlsx_rows
from tests.builders.case import case_of
from tests.builders.export import case_element, export_text
from tests.support.reported import core_rules, report
from tests.support.work import lines_run

pytestmark = pytest.mark.slow
MANY: Final = 500
MOST_GROWTH: Final = 2.3
NAMED: Final = re.compile(r"\(r\d+\)")
_RESULT: Final = {"achieved": "full", "view_of": "adult"}
OTHERS: Final = re.compile(r"and (\d+) more: results\.json \(--format json\) lists them all")


def reviewed(case_id: str, outcomes: int, reviews: int) -> Case:
    """Gives a case whose reviews name no outcome: every outcome rests on all of them."""
    return case_of(
        ("concern_raised", {"id": "c1", "occurred": "2025-07-31"}),
        *[
            ("outcome_expressed", {"id": f"o{n}", "occurred": "2025-08-01"})
            for n in range(outcomes)
        ],
        *[
            ("outcome_reviewed", {"id": f"r{n}", "occurred": "2026-02-01", **_RESULT})
            for n in range(reviews)
        ],
        ("case_closed", {"id": "z1", "occurred": "2026-02-10"}),
        case_id=case_id,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    cases = [reviewed(f"C-{count}", 1, count) for count in (MOST_NAMED, MOST_NAMED + 1, MANY)]
    export = folder / "export.xml"
    export.write_text(export_text([case_element(case_document(case)) for case in cases]))
    report(export, folder, "json", "csv", "html", "xlsx")
    return folder


@pytest.mark.parametrize(
    ("case", "others"),
    [("C-50", []), ("C-51", ["1"]), (f"C-{MANY}", ["450"])],
)
def test_of_more_events_than_somebody_reads_the_first_are_named_and_the_others_counted(
    out: Path, case: str, others: list[str]
) -> None:
    evidence = evidence_of(out, case)
    page = html.fromstring((out / "report.html").read_text())
    (item,) = page.xpath(f"//article[@id='case-{case}']//li[@data-r='OUT-06']")
    book = load_workbook(out / "report.xlsx", read_only=True)
    rows = book["Verdicts"].iter_rows(min_row=2, values_only=True)
    (cell,) = [str(row[9]) for row in rows if row[0] == case and row[3] == "OUT-06"]

    assert NAMED.findall(item.text_content()) == [f"({one})" for one in evidence[:MOST_NAMED]]
    assert OTHERS.findall(item.text_content()) == others
    assert cell.split()[:MOST_NAMED] == evidence[:MOST_NAMED]
    assert OTHERS.findall(cell) == others


def test_signs_of_good_practice_name_no_more_of_them_either(out: Path) -> None:
    page = html.fromstring((out / "report.html").read_text())
    (case,) = [one for one in results(out) if one["case"] == f"C-{MANY}"]
    signs = page.xpath(f"//article[@id='case-C-{MANY}']//ul[@class='well'][1]/li")

    counts = [len(ids) - MOST_NAMED for ids in case["practice"].values() if len(ids) > MOST_NAMED]
    assert [int(n) for one in signs for n in OTHERS.findall(one.text_content())] == counts
    assert counts


def test_data_files_list_them_all(out: Path) -> None:
    ids = [f"r{n}" for n in range(MANY)]

    assert sorted(evidence_of(out, f"C-{MANY}")) == sorted(ids)
    (line,) = [
        one
        for one in (out / "results.csv").read_text().splitlines()
        if one.startswith(f"C-{MANY},OUT-06,")
    ]
    assert sorted(line.split(",")[7].split()) == sorted(ids)


@pytest.mark.parametrize("render", [html_case, xlsx_rows], ids=["page", "workbook"])
def test_twice_the_outcomes_make_twice_as_much_to_write(render: Callable[..., bytes]) -> None:
    write = partial(render, words=words_of(core_rules()), all_rows=False)
    small, large = (audited(count) for count in (100, 200))
    write(small)

    lines = [lines_run(partial(write, case)) for case in (small, large)]
    size = [len(written(write(case))) for case in (small, large)]

    assert lines[1] < MOST_GROWTH * lines[0]
    assert size[1] < MOST_GROWTH * size[0]


def audited(count: int) -> CaseResult:
    audit = CaseAudit(core_rules(), "python")
    return audit.of(reviewed("C-1", count, count), cutoff_at("2026-03-31"))


def written(rendered: bytes) -> bytes:
    """Gives the text of a case on the page, else the bytes as they are."""
    if rendered[:1].isdigit():
        return rendered
    records = Records(io.BytesIO(), most=1)
    records.add(rendered)
    return "".join(records.texts()).encode()


def evidence_of(out: Path, case: str) -> list[str]:
    (found,) = [one for one in results(out) if one["case"] == case]
    (row,) = [one for one in found["verdicts"] if one["rule"] == "OUT-06"]
    return list(row["evidence"])


def results(out: Path) -> list[dict[str, Any]]:
    return list(json.loads((out / "results.json").read_bytes())["cases"])
