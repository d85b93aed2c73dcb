"""A mapping file proposed from an export: it loads, reads, says its doubts, and leaks nothing."""

import csv
import gc
import gzip
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from benchmarks.export_generator import write_export
from msp_rules.authoring.mapping.draft.dates import DateForms
from msp_rules.authoring.mapping.draft.structure import read_structure
from msp_rules.authoring.mapping.draft.text import draft_mapping
from msp_rules.authoring.mapping.draft.walk import XmlWalk
from msp_rules.casework.case import Case, Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import open_cases
from tests.support.command_line import run_here
from tests.support.vendor_forms import write_row_sets, write_vendor_file

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
CANARY = "Zebulon"
SPREADSHEET = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)


def drafted(export: Path, folder: Path) -> tuple[str, CaseMapping]:
    text = draft_mapping(export, core_vocabulary())
    path = folder / "draft.yaml"
    path.write_text(text, "utf-8")
    return text, load_mapping(path, core_vocabulary())


def read_by(mapping: CaseMapping, export: Path) -> tuple[list[Case], list[Fault]]:
    with open_cases(export, mapping=mapping) as reader:
        return list(reader), reader.faults


def test_forms_are_drafted_so_that_ids_and_dates_are_read(tmp_path: Path) -> None:
    text, mapping = drafted(EXAMPLES / "forms.xml", tmp_path)
    cases, faults = read_by(mapping, EXAMPLES / "forms.xml")

    found = [
        (c.id, c.adult["ref"], [(e.id, e.moment.date.isoformat()) for e in c.events if e.moment])
        for c in cases
    ]
    # No day above 12 stands in these dates: the day is taken to come first, and the draft says so.
    assert found == [
        ("R-1", "P-1", [("f1-concern", "2026-01-05")]),
        ("R-2", "P-2", [("f1-concern", "2026-02-02")]),
    ]
    assert faults == []
    assert 'when: {"@type": "SG-01"}' in text
    assert "no name says what this is" in text
    assert "no day above 12 was seen, so day and month may be swapped" in text
    assert "Answer[@question=Q2]/Label" in text


def test_row_sets_are_drafted_with_their_keys(tmp_path: Path) -> None:
    text, mapping = drafted(EXAMPLES / "rows.xml", tmp_path)
    cases, _ = read_by(mapping, EXAMPLES / "rows.xml")

    assert [(c.id, [(e.id, e.type) for e in c.events]) for c in cases] == [
        ("C1", [("2-outcomes", "outcomes_conversation"), ("1-concern", "concern_raised")]),
        ("C2", [("1-outcomes", "outcomes_conversation"), ("2-concern", "concern_raised")]),
    ]
    assert '{record: "RowSets/Concerns/Row", key: "@case_fk", name: Concerns}' in text
    assert "outcomes_conversation needs asked, and no place was found for it" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["forms", "rows"])
def test_a_draft_is_checked_with_warnings_and_tried(name: str, tmp_path: Path) -> None:
    draft, export = tmp_path / "draft.yaml", EXAMPLES / f"{name}.xml"

    written = run_here("mapping", "draft", str(export), "--out", str(draft))
    checked = run_here("mapping", "check", str(draft))
    tried = run_here("mapping", "try", str(draft), str(export))

    assert (written.returncode, written.stderr) == (0, "")
    assert checked.returncode == 0
    assert "warning: this line says TODO, and so do" in checked.stdout
    assert tried.returncode in (0, 2)
    assert "2 cases, read to its end; as of 2026-03-31" in tried.stdout


def test_a_draft_does_not_overwrite_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine", "utf-8")

    done = run_here("mapping", "draft", str(EXAMPLES / "forms.xml"), "--out", str(path))

    assert (done.returncode, path.read_text("utf-8")) == (64, "mine")


@pytest.mark.slow
@pytest.mark.parametrize("in_rows", [False, True], ids=["forms", "rows"])
def test_a_system_that_names_things_as_the_vocabulary_does_is_drafted_nearly_whole(
    tmp_path: Path, *, in_rows: bool
) -> None:
    canonical, export, rows = (tmp_path / f"{n}.xml" for n in ("canonical", "forms", "rows"))
    write_export(canonical, cases=25, seed=4)
    write_vendor_file(canonical, export)
    if in_rows:
        write_row_sets(export, rows)
        export = rows

    _, mapping = drafted(export, tmp_path)
    cases, _ = read_by(mapping, export)

    counts = {rule.type for rule in mapping.events}
    concerns = [e for c in cases for e in c.events if e.type == "concern_raised"]
    assert len(cases) == 25
    assert {"concern_raised", "s42_decided", "outcome_expressed", "case_closed"} <= counts
    assert all(event.moment is not None for event in concerns)
    assert sum("source" in event.fields for event in concerns) > len(concerns) // 2


def spoilt(text: str) -> str:
    """Every label of the forms with a name in it, another in each case, and a text that recurs."""
    parts = text.split("<Referral ")
    return parts[0] + "".join(
        "<Referral "
        + part.replace("<Label>", f"<Label>{CANARY}{number} ")
        .replace("</Form>", _answers(number) + "</Form>")
        .replace("<Person ", f'<Person name="{CANARY} {number}" dob="0{number}/02/1950" ')
        for number, part in enumerate(parts[1:], start=1)
    )


def _answers(number: int) -> str:
    long = f"{CANARY} rang again to say that nobody had come, and that it had happened before"
    # Recurs, but in one case alone; recurs in both, but as a text; tells a question in one case.
    own = f'<Answer question="Q7"><Label>{CANARY} once</Label></Answer>' * 3 if number == 1 else ""
    odd = f'<Answer question="{CANARY}{number}"><Label>Yes</Label></Answer>' * 2
    return f'{own}{odd}<Answer question="Q9"><Label>{long}</Label></Answer>'


def test_nothing_that_stands_in_one_case_or_is_text_is_written(tmp_path: Path) -> None:
    export = tmp_path / "forms.xml"
    export.write_text(spoilt((EXAMPLES / "forms.xml").read_text("utf-8")), "utf-8")
    assert export.read_text("utf-8").count(CANARY) > 12

    text, _ = drafted(export, tmp_path)
    done = run_here("mapping", "draft", str(export))

    assert "Answer[@question=Q9]/Label (text, or many values)" in text
    assert "places are in too few cases to be named here" in text
    assert CANARY not in text
    assert CANARY not in done.stdout + done.stderr
    assert "1950" not in text


def test_kinds_of_record_that_stand_in_one_case_are_not_named(tmp_path: Path) -> None:
    text = (EXAMPLES / "forms.xml").read_text("utf-8")
    form = f'<Form type="{CANARY}" id="f8" completed="01/02/2026 10:00"/>'
    twice = form + form.replace("f8", "f9")
    export = tmp_path / "forms.xml"
    export.write_text(text.replace('<Person key="P-1"/>', f'<Person key="P-1"/>{twice}'), "utf-8")

    draft, _ = drafted(export, tmp_path)

    assert CANARY not in draft
    assert "1 kinds of record are in too few cases to be named here" in draft


def test_labels_that_recur_become_a_table_with_the_nearest_code(tmp_path: Path) -> None:
    rows = "".join(
        f'<Row pk="{n}" case_fk="C{n}" received="2026-01-{n + 10}" source="{label}"/>'
        for n, label in enumerate(["Police", "Police", "Hosp A", "Hosp A", "Aunt Jo"], start=1)
    )
    cases = "".join(f'<Row pk="C{n}" person_fk="P{n}"/>' for n in range(1, 6))
    export = tmp_path / "rows.xml"
    export.write_text(f"<X><Concerns>{rows}</Concerns><Cases>{cases}</Cases></X>", "utf-8")

    text, mapping = drafted(export, tmp_path)

    (event,) = mapping.events
    assert event.fields["source"].table is not None
    assert dict(event.fields["source"].table.codes) == {"Police": "police"}
    assert '# TODO: "Hosp A": which code?' in text
    assert "1 other values are too long, or in too few cases, to be shown" in text
    assert "Aunt" not in text


@pytest.mark.parametrize(
    ("values", "form", "is_ambiguous"),
    [
        (["05/01/2026", "31/03/2026"], "%d/%m/%Y", False),
        (["31/01/2026", "01/31/2026"], None, False),
        (["01/13/2026", "02/28/2026"], "%m/%d/%Y", False),
        (["05/01/2026", "02/03/2026"], "%d/%m/%Y", True),
        (["2026-01-05", "2026-02-28"], "%Y-%m-%d", False),
        (["5 Jan 2026", "28 Feb 2026"], "%d %b %Y", False),
        (["05-01-2026 10:15:00", "31-01-2026 09:00:00"], "%d-%m-%Y %H:%M:%S", False),
        (["20260105", "20260231"], None, False),
        (["2026-01-05T10:15:00", "2026-01-05"], None, False),
        (["12345678", "99999999"], None, False),
        (["Police", "05/01/2026"], None, False),
    ],
)
def test_a_date_format_is_guessed_from_all_values(
    values: list[str], form: str | None, *, is_ambiguous: bool
) -> None:
    dates = DateForms()
    for value in values:
        dates.add(value)

    assert (dates.form, dates.is_ambiguous) == (form, is_ambiguous)


def test_iso_times_need_no_format() -> None:
    dates = DateForms()
    for value in ("2026-01-05T10:15:00", "2026-01-05", "2026-01-05T10:15:00+01:00"):
        dates.add(value)

    assert (dates.is_date, dates.is_iso_time) == (True, True)


def test_a_packed_export_is_drafted_as_it_is(tmp_path: Path) -> None:
    packed = tmp_path / "forms.xml.gz"
    packed.write_bytes(gzip.compress((EXAMPLES / "forms.xml").read_bytes()))
    broken = tmp_path / "broken.xml.gz"
    broken.write_bytes(packed.read_bytes()[:-200])

    text, mapping = drafted(packed, tmp_path)
    done = run_here("mapping", "draft", str(broken))

    assert [rule.type for rule in mapping.events] == ["concern_raised"]
    assert "Draft of forms.xml.gz" in text
    assert (done.returncode, done.stdout) == (4, "")
    assert "damaged from here on" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE X [<!ENTITY e "x">]><X/>', "a DOCTYPE is refused"),
        ("<X><R i='1'/><R i='2'/>", "it is not well-formed XML from here on"),
        ("<X><R i='1'/></X>", "no record repeats"),
        ("<X>" + "<a>" * 70 + "</a>" * 70 + "</X>", "elements are nested more than 60 deep"),
        ("<X>" + "".join(f"<R{n}/>" for n in range(2_100)) + "</X>", "more than 2000 different"),
        ("no xml at all", "it is plain text, and no XML"),
    ],
    ids=["doctype", "cut short", "one case", "deep", "many paths", "no xml"],
)
def test_what_no_draft_can_be_made_of_is_said(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(text, "utf-8")

    done = run_here("mapping", "draft", str(path))

    assert (done.returncode, done.stdout) == (4, "")
    assert said in done.stderr


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(cases: int) -> int:
        path = tmp_path / f"{cases}.xml"
        with path.open("w", encoding="utf-8") as stream:
            stream.write("<X><H/><Cases>")
            for number in range(cases):
                day = f"{number % 28 + 1:02}/01/2026"
                note = "Much was said. " * 160
                stream.write(f'<Case n="{number}"><Form on="{day}"><N>{note}</N></Form></Case>')
            stream.write("</Cases></X>")
        gc.collect()
        tracemalloc.start()
        try:
            draft_mapping(path, core_vocabulary())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    core_vocabulary()
    small, large = peak(100), peak(1_100)

    assert large < small + 800_000  # hashes of ids and dates; the text has grown by 2.4 million


def test_csv_files_are_drafted_as_tables(tmp_path: Path) -> None:
    text, mapping = drafted(EXAMPLES / "rows-csv", tmp_path)
    cases, _ = read_by(mapping, EXAMPLES / "rows-csv")

    assert [(c.id, sorted(e.id for e in c.events)) for c in cases] == [
        ("C1", ["1-concern", "2-outcomes"]),
        ("C2", ["1-outcomes", "2-concern"]),
    ]
    assert '{record: talks, key: "Case key"}' in text
    assert 'reference_date: {path: "extract/extracted", date_format: "%Y-%m-%d"}' in text


def test_a_workbook_is_drafted_as_tables(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    for path in sorted((EXAMPLES / "rows-csv").glob("*.csv")):
        sheet = book.create_sheet(path.stem)
        for row in csv.reader(path.read_text("utf-8").splitlines()):
            sheet.append(row)
    export = tmp_path / "rows.xlsx"
    book.save(export)

    text, mapping = drafted(export, tmp_path)
    cases, _ = read_by(mapping, export)

    assert [(c.id, len(c.events)) for c in cases] == [("C1", 2), ("C2", 2)]
    assert "source: xlsx" in text


def test_a_flat_table_with_a_row_a_case_is_drafted_by_the_names_of_its_columns(
    tmp_path: Path,
) -> None:
    names = "case no,client id,forename,concern received,concern source,abuse type,"
    names += "s42 decision date,s42 decision result,date closed,worker"
    rows = [
        f"SG{n},P{n},{CANARY}{n},{n:02}/01/2026,{'Police' if n % 2 else 'GP'},"
        f"{'Financial' if n % 3 else 'Poor care'},{n:02}/02/2026,No enquiry,{n:02}/03/2026,"
        f"{CANARY} {n % 2}"
        for n in range(1, 29)
    ]
    export = tmp_path / "flat.csv"
    export.write_text("\n".join([names, *rows]) + "\n", "utf-8")

    text, mapping = drafted(export, tmp_path)
    cases, _ = read_by(mapping, export)

    tables = {
        (rule.type, name): dict(value.table.codes)
        for rule in mapping.events
        for name, value in rule.fields.items()
        if value.table is not None
    }
    assert tables == {
        ("concern_raised", "source"): {"Police": "police", "GP": "gp"},
        ("concern_raised", "abuse_type"): {"Financial": "financial_material"},
        ("s42_decided", "result"): {"No enquiry": "no_enquiry"},
    }
    assert '# TODO: "Poor care": which code?' in text
    assert [event.type for event in cases[0].events] == [
        "concern_raised",
        "s42_decided",
        "case_closed",
    ]
    assert CANARY not in text  # also where a worker's name recurs in many cases


def test_other_encodings_and_delimiters_of_csv_are_guessed(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for path in (EXAMPLES / "rows-csv").glob("*.csv"):
        text = path.read_text("utf-8").replace(",", ";").replace("P1", "P\u00e91")
        (folder / path.name).write_bytes(text.encode("windows-1252"))

    text, mapping = drafted(folder, tmp_path)
    cases, _ = read_by(mapping, folder)

    assert "encoding: windows-1252  # TODO" in text
    assert 'delimiter: ";"' in text
    assert [case.adult["ref"] for case in cases] == ["P\u00e91", "P2"]


def test_a_table_without_names_of_columns_is_refused_before_any_of_it_is_written(
    tmp_path: Path,
) -> None:
    export = tmp_path / "cases.csv"
    export.write_text(f"C1,{CANARY} Q,05/01/2026\nC2,{CANARY} R,06/01/2026\n", "utf-8")

    done = run_here("mapping", "draft", str(export))

    assert (done.returncode, done.stdout) == (4, "")
    assert "the first row of cases.csv seems to hold values" in done.stderr
    assert CANARY not in done.stderr


def test_no_value_of_a_table_is_written_that_stands_in_one_case(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for path in (EXAMPLES / "rows-csv").glob("*.csv"):
        head, *rows = path.read_text("utf-8").splitlines()
        marked = [f"{row},{CANARY}{path.stem}{n}" for n, row in enumerate(rows)]
        names = head + (',"Said\nby"' if path.stem == "talks" else ",Worker type")
        (folder / path.name).write_text("\n".join([names, *marked]), "utf-8")

    text, _ = drafted(folder, tmp_path)

    assert CANARY not in text
    assert "# not used: Said by" in text


def test_the_case_is_the_row_set_that_the_others_name() -> None:
    structure = read_structure(XmlWalk(EXAMPLES / "rows.xml"))

    assert structure.case == ("RowSets", "Cases", "Row")
    assert [join.record[1] for join in structure.joins] == ["Talks", "Concerns"]


@pytest.mark.parametrize("lines", [False, True], ids=["one document", "one object a line"])
def test_json_is_drafted_with_its_groups_and_lists(tmp_path: Path, *, lines: bool) -> None:
    export = EXAMPLES / "host.json"
    if lines:
        records = json.loads(export.read_text("utf-8"))["workflows"]
        export = tmp_path / "host.jsonl"
        export.write_text("\n".join(map(json.dumps, records)), "utf-8")

    text, mapping = drafted(export, tmp_path)
    cases, _ = read_by(mapping, export)

    assert "source: json" in text
    assert "by: episode  # TODO: 2 episodes?" in text
    assert '[answers, "Details of referral", "Who referred / in which role?"]' in text
    assert [(case.id, len(case.events)) for case in cases] == [("E-1", 5), ("E-2", 1)]
    assert cases[0].adult["ref"] == "P-1"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '{"a": [1, 2]}', "no record repeats"),
        ("a.json", '{"a": [{"b": 1}', "it is neither JSON nor JSON Lines"),
        ("a.json", "", "the file is empty"),
        ("a.csv", "", "the file is empty: no table has a row"),
        ("a.xml", SPREADSHEET, "it is a workbook saved as XML"),
        ("a.xls", SPREADSHEET, "it is XML (SpreadsheetML, perhaps) under the name of a workbook"),
        ("a.ods", "no workbook", "it is not a workbook"),
    ],
)
def test_what_is_no_such_export_is_named_as_what_it_is(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    export = tmp_path / name
    export.write_text(content, "utf-8")

    done = run_here("mapping", "draft", str(export))

    assert (done.returncode, done.stdout) == (4, "")
    assert said in done.stderr


def test_monthly_files_in_an_archive_are_one_table(tmp_path: Path) -> None:
    head = "Episode ref,Client ID,Date concern received,Date closed\n"
    months = {"Report January 2026.csv": "E1,P1,05/01/2026,\nE2,P2,16/01/2026 09:10,\n"}
    months["Report February 2026.csv"] = "E3,P3,20/02/2026,28/02/2026\nE4,P4,21/02/2026,\n"
    export = tmp_path / "months.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for name, rows in months.items():
            archive.writestr(name, f"Safeguarding report\n{head}{rows}Total: 2,,,\n")

    text, mapping = drafted(export, tmp_path)
    cases, faults = read_by(mapping, export)

    assert 'record: "Report *"' in text
    assert 'date_format: ["%d/%m/%Y", "%d/%m/%Y %H:%M"]' in text
    assert faults == []
    assert {case.id: [one.type for one in case.events] for case in cases} == {
        "E1": ["concern_raised"],
        "E2": ["concern_raised"],
        "E3": ["concern_raised", "case_closed"],
        "E4": ["concern_raised"],
    }
