"""Steps about mapping files: an auditor with the export of a system that nobody here knows."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from benchmarks.export_generator import write_export
from tests.support.command_line import Done, run_here
from tests.support.vendor_forms import (
    write_mapping,
    write_row_mapping,
    write_row_sets,
    write_vendor_file,
)

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "mapping"
REPORTS = Path(__file__).parents[2] / "tests" / "data" / "exports"


class Audit:
    """An export, its mapping file, and what was said of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.canonical: Path | None = None
        self.export = EXAMPLES / "forms.xml"
        self.mapping = EXAMPLES / "forms.yaml"
        self.as_of = ""
        self.done = Done(0, "", "")

    def scan(self, *words: str) -> Done:
        """A scan that writes its results as one JSON document."""
        return run_here("scan", *words, "--format", "json", "--out", "-", "--quiet")

    @property
    def result(self) -> dict[str, Any]:
        """The result document of the scan."""
        document: dict[str, Any] = json.loads(self.done.stdout)
        return document


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


@given(parsers.parse("the cases of a made-up council as {shape} of another system"))
def vendor_export(audit: Audit, shape: str) -> None:
    audit.canonical, forms = audit.folder / "canonical.xml", audit.folder / "forms.xml"
    write_export(audit.canonical, cases=12, seed=6)
    write_vendor_file(audit.canonical, forms)
    audit.export = forms
    if shape.startswith("row sets"):
        audit.export = audit.folder / "rows.xml"
        write_row_sets(forms, audit.export)


@given("a mapping file that describes all of them")
def whole_mapping(audit: Audit) -> None:
    audit.mapping = audit.folder / "forms.yaml"
    write_mapping(audit.mapping)
    if audit.export.stem == "rows":
        forms, audit.mapping = audit.mapping, audit.folder / "rows.yaml"
        write_row_mapping(forms, audit.mapping)


@given("a monthly report as the system dumps it")
def monthly_report(audit: Audit) -> None:
    audit.export, audit.mapping = audit.folder / "reports", audit.folder / "wide.yaml"
    shutil.copytree(REPORTS / "wide", audit.export)
    shutil.copy(REPORTS / "wide.yaml", audit.mapping)
    audit.canonical, audit.as_of = REPORTS / "truth.xml", "2026-03-31"


@given(parsers.parse('a file "{name}" beside it that the mapping does not read'))
def other_file(audit: Audit, name: str) -> None:
    (audit.export / name).write_text("ref,outcome\n1,2\n", "utf-8")


@given(parsers.parse('a mapping that looks for "{label}" there'))
def other_label(audit: Audit, label: str) -> None:
    text = audit.mapping.read_text("utf-8")
    wanted = '{"Asked what outcomes they want?": Yes - outcomes expressed}'
    assert wanted in text
    mistaken = wanted.replace("Yes - outcomes expressed", label)
    audit.mapping.write_text(text.replace(wanted, mistaken), "utf-8")


@given("the assumption that every concern is about an identified adult")
def identified(audit: Audit) -> None:
    with audit.mapping.open("a", encoding="utf-8") as stream:
        stream.write(
            "assume:\n  - {field: concern_raised.identified_adult, value: 'yes',\n"
            "     because: the form is about one adult, approved_by: lead, until: 2026-12-31}\n"
        )


@given("an export with concerns and conversations alone")
@given("its mapping file")
@given("an export whose sixteenth line has an answer that the mapping does not know")
@given(parsers.parse('an export whose fifteenth line has a source that the mapping calls "other"'))
def worked_example(audit: Audit) -> None:
    assert audit.export.parent == EXAMPLES


@given(parsers.parse('a mapping file with the field "{name}"'))
def mistyped(audit: Audit, name: str) -> None:
    text = audit.mapping.read_text("utf-8")
    audit.mapping = audit.folder / "forms.yaml"
    audit.mapping.write_text(text.replace("identified_adult", name), "utf-8")


@when("the auditor scans the export")
def scan(audit: Audit) -> None:
    words = ("--as-of", audit.as_of) if audit.as_of else ()
    audit.done = audit.scan(str(audit.export), "--mapping", str(audit.mapping), *words)


@when(parsers.parse("the auditor asks why {rule} answers as it does in case {case}"))
def ask_why(audit: Audit, rule: str, case: str) -> None:
    source = (str(audit.export), "--mapping", str(audit.mapping))
    audit.done = run_here("explain", rule, *source, "--case", case)


@when("the mapping file is checked")
def check(audit: Audit) -> None:
    audit.done = run_here("mapping", "check", str(audit.mapping))


@when("the mapping file is tried on the export")
def try_out(audit: Audit) -> None:
    audit.done = run_here("mapping", "try", "--json", str(audit.mapping), str(audit.export))


@when("a mapping file is drafted from it")
def draft(audit: Audit) -> None:
    audit.mapping = audit.folder / "draft.yaml"
    audit.done = run_here("mapping", "draft", str(audit.export), "--out", str(audit.mapping))


@then("every verdict is that of the canonical export")
def same_verdicts(audit: Audit) -> None:
    canonical = json.loads(audit.scan(str(audit.canonical)).stdout)

    assert canonical["cases"]
    assert audit.result["cases"] == canonical["cases"]
    assert audit.result["totals"] == canonical["totals"]


@then("whether the duty to enquire was decided cannot be told")
def decision_unknown(audit: Audit) -> None:
    assert verdicts_of(audit, "DEC-02") == {"cannot_tell"}


@then("nothing about decisions is called not evidenced")
def nothing_not_met(audit: Audit) -> None:
    for rule in ("DEC-01", "DEC-02", "DEC-03", "COM-01", "PLAN-01"):
        assert "not_met" not in verdicts_of(audit, rule)


def verdicts_of(audit: Audit, rule: str) -> set[str]:
    rows = [row for case in audit.result["cases"] for row in case["verdicts"]]
    return {row["verdict"] for row in rows if row["rule"] == rule}


@then(parsers.parse('{rule} is named as a rule that can\'t tell, for want of "{kind}"'))
def named_as_blind(audit: Audit, rule: str, kind: str) -> None:
    assert f"  {rule}: {kind}" in audit.done.stdout.splitlines()


@then(parsers.parse('the fault names line {line:d}, case {case} and the field "{field}"'))
def fault_with_place(audit: Audit, line: int, case: str, field: str) -> None:
    (fault,) = audit.result["faults"]
    assert (fault["line"], fault["case"], field in fault["reason"]) == (line, case, True)


@then(parsers.parse('the explanation names the field "{field}" of form {form}'))
def explained_by(audit: Audit, field: str, form: str) -> None:
    assert f"{form}: cannot tell {field}" in audit.done.stdout


@then(parsers.parse("it names line {line:d} of the export"))
def names_line(audit: Audit, line: int) -> None:
    assert audit.done.stderr.startswith(f"{audit.export.name}:{line}: ")


@then(parsers.parse("the auditor is asked whether {case} was meant"))
def case_suggested(audit: Audit, case: str) -> None:
    assert audit.done.returncode == 4
    assert f'did you mean "{case}"?' in audit.done.stderr


@then("the answer itself is not repeated")
def not_repeated(audit: Audit) -> None:
    assert "Perhaps" in audit.export.read_text("utf-8")
    assert "Perhaps" not in audit.done.stdout + audit.done.stderr


@then("one source of two did not map")
def hidden_counted(audit: Audit) -> None:
    (table,) = [one for one in audit.result["tables"] if one["table"] == "source"]
    assert (table["did_not_map"], table["values"], table["becomes"]) == (1, 2, "other")


@then(parsers.parse("the scan is refused with '{words}'"))
def refused(audit: Audit, words: str) -> None:
    assert (audit.done.returncode, audit.done.stdout) == (3, "")
    assert words in audit.done.stderr


@then("the draft reads every case with the date of its concern")
def draft_reads(audit: Audit) -> None:
    done = run_here("mapping", "try", "--json", str(audit.mapping), str(audit.export))
    document = json.loads(done.stdout)

    coverage = [(row["event"], row["events"]) for row in document["coverage"]]
    assert (document["cases"], coverage) == (2, [("concern_raised", 2)])
    assert document["faults"] == []


@then("each guess in it says that it is one")
def guesses_told(audit: Audit) -> None:
    lines = audit.mapping.read_text("utf-8").splitlines()
    guessed = ("name:", "  record:", "  id:", "  ref:", "reference_date:", "  - event:")
    found = [line for line in lines if line.startswith(guessed)]
    assert len(found) == len(guessed)
    assert all("# TODO: " in line for line in found)


@then("no answer that stands in one case alone is in the draft")
def no_single_answer(audit: Audit) -> None:
    text = audit.mapping.read_text("utf-8")
    for answer in ("Police", "Parish office", "Perhaps"):
        assert answer in audit.export.read_text("utf-8")
        assert answer not in text


@then("the scan is complete")
def is_complete(audit: Audit) -> None:
    assert (audit.done.returncode, audit.result["manifest"]["complete"]) == (0, True)
    assert audit.result["faults"] == []


@then(parsers.parse('the warnings name "{table}"'))
def warned_of(audit: Audit, table: str) -> None:
    assert [one["input"] for one in audit.result["warnings"]] == [table]


@then(parsers.parse('the fault says that no case has "{kind}"'))
def never_found(audit: Audit, kind: str) -> None:
    said = f"{kind} is mapped, and no case of the export has it"
    assert sum(fault["reason"].startswith(said) for fault in audit.result["faults"]) == 1
    assert audit.done.returncode == 2


@then("nothing about outcomes that were expressed is called not evidenced")
def outcomes_untold(audit: Audit) -> None:
    assert "not_met" not in verdicts_of(audit, "OUT-01")


@then(parsers.parse("the result names the assumption, with {events:d} events and the rule {rule}"))
def assumed(audit: Audit, events: int, rule: str) -> None:
    (one,) = audit.result["manifest"]["assumptions"]
    assert (one["about"], one["events"]) == ("concern_raised.identified_adult", events)
    assert rule in one["rules"]
