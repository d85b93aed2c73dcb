"""What the exports really supplied: counted from the record, and said before anything else."""

import json
import re
from collections import Counter
from io import StringIO
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner
from lxml import etree, html
from openpyxl import load_workbook
from rich.console import Console

from benchmarks.export_generator import write_export
from msp_rules.audit.supply import Coverage, SupplyReader, coverage_from
from msp_rules.casework.case import WITHHELD, Case, Event, Supply
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.scan import scan as command
from msp_rules.reports.terminal import print_summary
from tests.builders.export import LAST_QUARTER, case_text, event_text, export_text
from tests.support.reported import report

pytestmark = pytest.mark.slow

CHECK = event_text(
    "immediate_safety_check",
    "e2",
    "2026-01-05",
    '<result>safe</result><action withheld="yes"/><action>rang the adult</action>',
)


def coverage(tmp_path: Path, *exports: str, jobs: int = 1) -> dict:
    files = []
    for number, text in enumerate(exports):
        files.append(tmp_path / f"in-{number}.xml")
        files[-1].write_text(text)
    out = tmp_path / "out"
    if jobs == 1:
        report(files, out, "json")
    else:
        options = ["--out", str(out), "--format", "json", "--quiet", "--jobs", str(jobs)]
        done = CliRunner().invoke(command, [*map(str, files), *options])
        assert done.exit_code in (0, 2), done.output
    return json.loads((out / "results.json").read_text())["coverage"]


def export(*crimes: str, first: int = 1, supplies: str | None = None) -> str:
    words = f"<supplies>{supplies}</supplies>" if supplies is not None else ""
    cases = [case_of_crime(f"C-{n}", crime) for n, crime in enumerate(crimes, start=first)]
    return export_text(cases, header=LAST_QUARTER + words)


def case_of_crime(case_id: str, crime: str) -> str:
    fields = f"<source>gp</source><crime_suspected>{crime}</crime_suspected>"
    concern = event_text("concern_raised", "e1", "2026-01-05", fields, attributes='role="worker"')
    return case_text(case_id, concern, CHECK, attributes='agency="council"')


@pytest.mark.slow
def test_values_given_withheld_and_unreadable_are_told_apart(tmp_path: Path) -> None:
    types = coverage(tmp_path, export("yes", "perhaps", "no"))["types"]

    concern, check = types["concern_raised"], types["immediate_safety_check"]
    assert (concern["events"], check["events"]) == (3, 3)
    assert concern["fields"]["crime_suspected"] == {"given": 2, "withheld": 0, "unreadable": 1}
    assert concern["fields"]["location"] == {"given": 0, "withheld": 0, "unreadable": 0}
    assert concern["fields"]["role"]["given"] == 3
    assert concern["fields"]["agency"]["given"] == 0
    assert check["fields"]["action"] == {"given": 3, "withheld": 3, "unreadable": 0}
    assert types["case"]["fields"]["agency"]["given"] == 3
    assert types["case"]["fields"]["team"]["given"] == 0
    assert types["plan_made"]["events"] == 0


def test_what_sources_declare_is_counted_by_case(tmp_path: Path) -> None:
    found = coverage(
        tmp_path,
        export("yes", "no", supplies="concern_raised immediate_safety_check.result"),
        export("no", first=3),
    )

    assert found["sources"] == [
        {"cases": 2, "supplies": ["concern_raised", "immediate_safety_check.result"]},
        {"cases": 1, "supplies": None},
    ]


def test_rules_that_rest_on_what_is_not_supplied_are_named_with_it(tmp_path: Path) -> None:
    found = coverage(tmp_path, export("yes", "no", supplies="concern_raised"))

    wanted = {(row["rule"], row["event"]): row["answers"] for row in found["wanted"]}
    assert wanted["ASK-01", "outcomes_conversation"] == 2


@pytest.mark.slow
def test_counts_are_those_of_the_record_and_the_same_in_two_processes(tmp_path: Path) -> None:
    write_export(tmp_path / "made.xml", cases=130, seed=5)
    text = (tmp_path / "made.xml").read_text()
    root = etree.fromstring(text.encode())
    events = [
        event for event in root.iterfind("{*}case/*") if etree.QName(event).localname != "adult"
    ]
    names = [etree.QName(event).localname for event in events]
    pairs = {
        (index, name, etree.QName(field).localname)
        for index, (event, name) in enumerate(zip(events, names, strict=True))
        for field in event
    }
    fields = Counter((name, field) for _, name, field in pairs)

    one, two = coverage(tmp_path, text), coverage(tmp_path, text, jobs=2)

    assert one == two
    counted = {n: row["events"] for n, row in one["types"].items() if n not in ("case", "adult")}
    assert +Counter(counted) == Counter(names)
    given = {
        (name, field): row["given"]
        for name, body in one["types"].items()
        for field, row in body["fields"].items()
        if name not in ("case", "adult") and field not in ("agency", "role")
    }
    assert +Counter(given) == fields


def test_events_and_their_fields_are_counted_by_type_whatever_holds_them() -> None:
    found = Coverage()
    fields = [{f"f{n % 7}": "x", f"g{n % 11}": WITHHELD} for n in range(100)]

    for n, named in enumerate(fields):
        held = MappingProxyType(named) if n % 2 else named
        case = Case("C", (Event("e", "t", None, None, held, agency="a"),))
        found.add(SupplyReader().read(case))

    assert found.given == Counter({("t", "agency"): 100}) + Counter(
        ("t", name) for named in fields for name in named
    )
    assert found.events == {"case": 100, "adult": 100, "t": 100}
    assert found.withheld.total() == 100
    assert found.unreadable == {("t", "occurred"): 100}


def test_sources_that_declare_the_same_are_one() -> None:
    found, reader = Coverage(), SupplyReader()

    for _ in range(2):
        supply = Supply(declared=True, fields={"plan_made": frozenset({"lead"})})
        found.add(reader.read(Case("C", (), supply=supply)))

    assert found.sources == {frozenset({"plan_made.lead"}): 2}


def test_a_gap_in_supply_is_said_to_people(tmp_path: Path) -> None:
    supplies = "concern_raised s42_decided plan_made"
    (tmp_path / "in.xml").write_text(export("yes", "no", supplies=supplies))

    scan = report(tmp_path / "in.xml", tmp_path, "html", "xlsx")

    page = html.fromstring((tmp_path / "report.html").read_text())
    (section,) = page.xpath("//section[@aria-labelledby='coverage']")
    said = [" ".join(item.text_content().split()) for item in section.xpath("ul/li")]
    assert said[0] == "2 of 2 cases come from an export that says what it supplies."
    assert said[1].startswith("Not supplied: check of immediate safety, conversation about")
    assert said[2] == (
        "Declared as supplied, but never present: decision on the duty to enquire, "
        "safeguarding plan."
    )
    rows = page.xpath("//table[@id='by-unsure']/tbody/tr")
    wants = {row.xpath("th/a")[0].text: row.xpath("td")[-1].text_content() for row in rows}
    assert "conversation about outcomes (2, not supplied)" in wants["ASK-01"]
    assert (
        said[3] == "Present, though the export says it is not supplied: check of immediate safety."
    )
    sheet = load_workbook(tmp_path / "report.xlsx")["Cannot tell"]
    assert ("ASK-01", 2, "no") in {(r[0], r[4], r[5]) for r in sheet.values}
    console = Console(file=StringIO(), width=200)
    print_summary(scan, console)
    summary = console.file.getvalue()
    kinds = len(core_vocabulary().events) + 2  # and the attributes of the case and of the adult
    assert f"coverage: 4 of {kinds} kinds of record are in the exports" in summary
    assert "not supplied: immediate_safety_check, outcomes_conversation, " in summary
    assert "present, though not declared as supplied: immediate_safety_check\n" in summary
    assert "declared as supplied, but never present: s42_decided, plan_made" in summary
    assert re.search(r"cannot tell at least once: \d+ rules \(.*ASK-01 2", summary)


def test_what_was_counted_goes_on_from_a_checkpoint() -> None:
    whole, first, reader = Coverage(), Coverage(), SupplyReader()
    supply = Supply(declared=True, types=frozenset({"t"}))
    cases = [
        Case("C", (Event("e", "t", None, None, {f"f{n % 3}": WITHHELD}),), supply=supply)
        for n in range(10)
    ]
    for case in cases:
        whole.add(reader.read(case))
    for case in cases[:4]:
        first.add(reader.read(case))

    later = coverage_from(json.loads(json.dumps(first.document())))
    for case in cases[4:]:
        again = case._replace(supply=Supply(declared=True, types=frozenset({"t"})))
        later.add(SupplyReader().read(again))

    assert later == whole
