"""A vendor's own XML, read by a mapping, is judged as the canonical export of the same cases."""

from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.casework.case import Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.main import main
from msp_rules.errors import InputUnreadable, RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import open_cases
from msp_rules.rules import load_ruleset
from msp_rules.rules.language.rule import Ruleset
from tests.support import scanning
from tests.support.vendor_forms import (
    write_mapping,
    write_readable_cases,
    write_row_mapping,
    write_row_sets,
    write_vendor_file,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "mapping"
CANONICAL = ROOT / "rulesets" / "msp-core" / "cases" / "made-up-council.xml"


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load_ruleset(ROOT / "rulesets" / "msp-core")


def scanned(
    ruleset: Ruleset, path: Path, mapping: Path | None
) -> tuple[list[CaseResult], ScanResult]:
    read = None if mapping is None else load_mapping(mapping, core_vocabulary())
    return scanning.judged(ScanRequest(exports=(path,), ruleset=ruleset, mapping=read))


def judged(results: list[CaseResult]) -> list[tuple[object, ...]]:
    """All of each result but its supply, where a mapping declares what an export leaves open."""
    names = [field.name for field in fields(CaseResult) if field.name != "supply"]
    return [tuple(getattr(one, name) for name in names) for one in results]


@pytest.mark.slow
def test_forms_and_questions_are_judged_as_the_canonical_export(
    ruleset: Ruleset, tmp_path: Path
) -> None:
    readable, vendor = tmp_path / "readable.xml", tmp_path / "vendor.xml"
    mapping = tmp_path / "mapping.yaml"
    _, first = scanned(ruleset, CANONICAL, None)
    unreadable = frozenset(fault.case for fault in first.tally.faults if fault.case is not None)
    write_readable_cases(CANONICAL, readable, unreadable)
    write_vendor_file(readable, vendor)
    write_mapping(mapping)

    mapped, job = scanned(ruleset, vendor, mapping)
    canonical, _ = scanned(ruleset, readable, None)

    assert len(mapped) > 30
    assert judged(mapped) == judged(canonical)
    assert job.tally.faults == []


@pytest.mark.slow
def test_row_sets_with_mixed_cases_are_judged_as_the_canonical_export(
    ruleset: Ruleset, tmp_path: Path
) -> None:
    generated, forms, rows = (tmp_path / f"{name}.xml" for name in ("generated", "forms", "rows"))
    mapping, row_mapping = tmp_path / "mapping.yaml", tmp_path / "rows.yaml"
    write_export(generated, cases=60, seed=7)
    write_vendor_file(generated, forms)
    write_row_sets(forms, rows)
    write_mapping(mapping)
    write_row_mapping(mapping, row_mapping)

    canonical, _ = scanned(ruleset, generated, None)
    by_forms, _ = scanned(ruleset, forms, mapping)
    by_rows, job = scanned(ruleset, rows, row_mapping)

    assert len(canonical) == 60
    assert by_forms == canonical
    assert by_rows == canonical
    assert job.tally.faults == []


def test_a_row_that_names_no_case_of_the_file_is_a_fault_with_its_line(
    ruleset: Ruleset, tmp_path: Path
) -> None:
    path, forms, mapping = (tmp_path / n for n in ("rows.xml", "forms.yaml", "rows.yaml"))
    path.write_text(
        "<Extract><Header><RunDate>31/03/2026</RunDate></Header>\n<Rows>\n"
        '<Form case_key="C-9"/></Rows>\n'
        '<Cases><Referral x_id="C-1"><Person ref="P"/></Referral></Cases></Extract>',
        "utf-8",
    )
    write_mapping(forms)
    write_row_mapping(forms, mapping)

    results, job = scanned(ruleset, path, mapping)

    reason = "a row names a case that is not in the file; it is not judged"
    assert [result.case for result in results] == ["C-1"]
    assert job.tally.faults == [Fault(reason, "rows.xml", 3)]


def test_a_label_that_did_not_map_is_a_fault_with_its_place_and_without_the_label(
    ruleset: Ruleset,
) -> None:
    results, job = scanned(ruleset, EXAMPLES / "forms.xml", EXAMPLES / "forms.yaml")

    assert [result.case for result in results] == ["R-1", "R-2"]
    (fault,) = job.tally.faults
    assert (fault.input, fault.line, fault.case, fault.event) == ("forms.xml", 16, "R-2", "f1")
    assert "identified_adult" in fault.reason
    assert "Perhaps" not in fault.reason


def test_a_document_type_is_refused(ruleset: Ruleset, tmp_path: Path) -> None:
    path = tmp_path / "vendor.xml"
    path.write_text('<!DOCTYPE Extract [<!ENTITY e "x">]><Extract/>', "utf-8")

    with pytest.raises(InputUnreadable, match="DOCTYPE"):
        scanned(ruleset, path, EXAMPLES / "forms.yaml")


def test_a_file_cut_short_keeps_its_whole_cases_and_says_so(
    ruleset: Ruleset, tmp_path: Path
) -> None:
    whole = (EXAMPLES / "forms.xml").read_bytes()
    path = tmp_path / "cut.xml"
    path.write_bytes(whole[: whole.index(b'<Form type="SG-01" id="f1" completed="02')])

    results, job = scanned(ruleset, path, EXAMPLES / "forms.yaml")

    assert [result.case for result in results] == ["R-1"]
    assert "ends early, after 1 complete cases" in job.tally.faults[-1].reason


def test_a_file_without_the_case_record_is_a_fault(ruleset: Ruleset, tmp_path: Path) -> None:
    path = tmp_path / "other.xml"
    path.write_text("<Extract><Header><RunDate>31/03/2026</RunDate></Header></Extract>", "utf-8")

    results, job = scanned(ruleset, path, EXAMPLES / "forms.yaml")

    assert results == []
    reason = "the file has no case record (Extract/Referrals/Referral)"
    assert job.tally.faults == [Fault(reason, "other.xml")]


def test_every_mistake_of_a_mapping_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    text = (EXAMPLES / "forms.yaml").read_text("utf-8")
    for right, wrong in (
        ("event: concern_raised", "event: concern_rased"),
        ("asked: {path", "askd: {path"),
        ("Police: police", "Police: polise"),
        ("ref: Person/@key", 'ref: "//Person"'),
        ('RunDate, date_format: "%d/%m/%Y"', 'RunDate, date_format: "%d/%m"'),
        ("codes: asked}", "codes: askes}"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    path = tmp_path / "wrong.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(RulesetInvalid) as refused:
        load_mapping(path, core_vocabulary())

    said = [str(p) for p in refused.value.problems if not p.is_warning]
    assert any(
        'unknown event type "concern_rased"; did you mean "concern_raised"?' in s for s in said
    )
    assert any('"askd"; did you mean "asked"?' in s for s in said)
    assert any("not a path" in s for s in said)
    assert any("date_format must name day, month and year" in s for s in said)
    assert all(s.startswith("wrong.yaml:") for s in said)


def test_the_worked_example_supplies_only_what_it_maps(ruleset: Ruleset) -> None:
    results, _ = scanned(ruleset, EXAMPLES / "forms.xml", EXAMPLES / "forms.yaml")

    kinds = {answer.verdict.value for result in results for answer in result.answers}
    assert "cannot_tell" in kinds


def test_the_worked_row_sets_bring_each_case_together() -> None:
    mapping = load_mapping(EXAMPLES / "rows.yaml", core_vocabulary())

    with open_cases(EXAMPLES / "rows.xml", mapping=mapping) as reader:
        cases = [
            (case.id, case.adult["ref"], [(e.id, dict(e.fields), e.line) for e in case.events])
            for case in reader
        ]

    concern = {"source": "police", "abuse_type": ("neglect_omission",)}
    assert cases == [
        ("C1", "P1", [("2-talk", {"asked": "asked_expressed"}, 6), ("1-concern", concern, 9)]),
        ("C2", "P2", [("1-talk", {"asked": "not_asked"}, 5), ("2-concern", concern, 10)]),
    ]
    assert reader.faults == []


@pytest.mark.slow
def test_a_mapping_is_checked_and_used_from_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as checked:
        main(["mapping", "check", str(EXAMPLES / "rows.yaml")])
    said = capsys.readouterr().out
    words = ["scan", "--mapping", str(EXAMPLES / "rows.yaml"), str(EXAMPLES / "rows.xml")]
    with pytest.raises(SystemExit) as scanned_:
        main(words)

    assert checked.value.code == 0
    assert "  no case_closed" in said.splitlines()
    assert scanned_.value.code == 0
    assert capsys.readouterr().out.startswith("2 cases, msp-core")


def test_far_down_a_file_a_fault_still_names_its_line(ruleset: Ruleset, tmp_path: Path) -> None:
    text, path = (EXAMPLES / "forms.xml").read_text("utf-8"), tmp_path / "forms.xml"
    path.write_text(text.replace("<Referrals>", "<Referrals>" + "\n" * 70_000), "utf-8")

    _, job = scanned(ruleset, path, EXAMPLES / "forms.yaml")

    (fault,) = job.tally.faults
    assert (fault.line, fault.case, fault.event) == (70_016, "R-2", "f1")


@pytest.mark.parametrize(
    ("source", "mapping", "day", "place"),
    [
        ("forms.xml", "forms.yaml", "31/03/2026", ("forms.xml", 4)),
        ("rows.xml", "rows.yaml", "2026-03-31", ("rows.xml", 3)),
        ("rows-csv", "rows-csv.yaml", "2026-03-31", ("extract.csv", 2)),
    ],
)
def test_a_reference_date_that_can_t_be_read_is_told_with_its_line(
    tmp_path: Path, source: str, mapping: str, day: str, place: tuple[str, int]
) -> None:
    target = tmp_path / source
    if (EXAMPLES / source).is_dir():
        shutil.copytree(EXAMPLES / source, target)
    else:
        shutil.copy(EXAMPLES / source, target)
    path = target / place[0] if target.is_dir() else target
    path.write_text(path.read_text("utf-8").replace(day, "soon"), "utf-8")

    with open_cases(target, mapping=load_mapping(EXAMPLES / mapping, core_vocabulary())) as reader:
        cases = list(reader)

    assert len(cases) == 2
    assert [(one.input, one.line) for one in reader.faults if one.case is None] == [place]


def test_names_that_are_not_ascii_can_be_mapped_and_joined(tmp_path: Path) -> None:
    export, path = tmp_path / "rows.xml", tmp_path / "rows.yaml"
    for source, target in (("rows.xml", export), ("rows.yaml", path)):
        text = (EXAMPLES / source).read_text("utf-8")
        target.write_text(
            text.replace("Answer", "Ateb\u00f4l").replace("Talks", "\u0174yl"), "utf-8"
        )

    with open_cases(export, mapping=load_mapping(path, core_vocabulary())) as reader:
        cases = list(reader)

    asked = [e.fields["asked"] for c in cases for e in c.events if e.type.startswith("outcomes")]
    assert (asked, reader.faults) == (["asked_expressed", "not_asked"], [])


def test_the_record_of_a_case_is_an_element(tmp_path: Path) -> None:
    text, path = (EXAMPLES / "forms.yaml").read_text("utf-8"), tmp_path / "wrong.yaml"
    path.write_text(text.replace("record: Extract/Referrals/Referral", 'record: "@x"'), "utf-8")

    with pytest.raises(RulesetInvalid, match=r"wrong.yaml:14:11: record must lead to an element"):
        load_mapping(path, core_vocabulary())
