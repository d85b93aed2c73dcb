"""Cases from real reports in neighbouring tools, their essence in our own inputs: W01 to W42.

Each has a folder of inputs in tests/data/cases.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from lxml import etree

from msp_rules.cli.main import main
from msp_rules.intake.live_events import MessageReader
from msp_rules.rules.loading import load_ruleset
from tests.support.command_line import ROOT, Done, run_here

pytestmark = pytest.mark.slow

CASES = ROOT / "tests/data/cases"
Row = tuple[str | None, ...]


class Result:
    """A scan of a case, as a person asks for its parts."""

    def __init__(self, done: Done) -> None:
        self.code = done.returncode
        self.document: dict[str, Any] = json.loads(done.stdout)

    def of(self, *rules: str) -> list[Row]:
        """Case, rule, verdict and limit of the answers to some rules."""
        return [
            (case["case"], row["rule"], row["verdict"], row["due"])
            for case in self.document["cases"]
            for row in case["verdicts"]
            if row["rule"] in rules
        ]

    def rows(self, rule: str) -> list[dict[str, Any]]:
        rows = [row for case in self.document["cases"] for row in case["verdicts"]]
        return [row for row in rows if row["rule"] == rule]

    @property
    def faults(self) -> list[Row]:
        """Line, case, event and reason of every fault."""
        rows = self.document["faults"]
        return [(one["line"], one["case"], one["event"], one["reason"]) for one in rows]

    @property
    def is_complete(self) -> bool:
        return bool(self.document["manifest"]["complete"])


def scan(case: str, *words: str, form: str = "json", cwd: Path | None = None) -> Done:
    output = ("--quiet", "--identify", "--format", form, "--out", "-")
    return run_here("scan", *output, *words, cwd=cwd or CASES / case)


def judged(case: str, *words: str, cwd: Path | None = None) -> Result:
    done = scan(case, *words, cwd=cwd)
    assert done.stderr == ""
    return Result(done)


def copied(case: str, folder: Path) -> Path:
    return Path(shutil.copytree(CASES / case, folder / case))


def test_w01_a_zone_by_its_name_is_refused() -> None:
    done = scan("W01", "--mapping", "map.yaml", "--as-of", "2026-12-31", "t")

    assert (done.returncode, done.stdout) == (3, "")
    assert "date_format can't have %Z" in done.stderr


@pytest.mark.slow
def test_w02_a_conversation_of_2062_is_a_fault_and_never_counts_as_not_asked() -> None:
    found = judged("W02", "a.xml")

    assert [(case, event) for _, case, event, _ in found.faults] == [("SA-1", "e2")]
    assert [verdict for _, _, verdict, _ in found.of("ASK-01", "DQ-01")] == ["cannot_tell"] * 2
    assert found.code == 2


def test_w03_white_space_around_codes_and_references_changes_nothing() -> None:
    found = judged("W03", "--as-of", "2026-01-19", "a.xml")

    names = ("plain", "padded-rule", "padded-subject")
    assert found.of("ASK-01") == [(one, "ASK-01", "explained", "2026-01-07") for one in names]
    assert found.faults == []


def test_w05_a_blank_date_of_closing_is_an_open_case_and_no_fault() -> None:
    found = judged("W05", "--mapping", "map.yaml", "--as-of", "2026-03-31", "cases.csv")

    assert (found.code, found.faults, found.is_complete) == (0, [], True)
    assert found.of("CLO-03") == [
        ("C1", "CLO-03", "cannot_tell", None),
        ("C2", "CLO-03", "not_yet_due", None),
    ]


@pytest.mark.slow
def test_w06_a_text_beyond_every_limit_sets_its_own_case_aside_at_most(tmp_path: Path) -> None:
    folder = copied("W06", tmp_path)
    template = (folder / "a.template.xml").read_text()
    (folder / "a.xml").write_text(template.replace("@TEXT@", "x" * 11_000_000))

    one, two = (scan("W06", "--jobs", jobs, "a.xml", cwd=folder) for jobs in ("1", "2"))

    assert one == two
    found = Result(one)
    assert {"SA-1", "SA-3"} <= {case for case, *_ in found.of("ASK-01")}
    assert not any("well-formed" in str(reason) for *_, reason in found.faults)


@pytest.mark.slow
def test_w06_an_attachment_that_nothing_maps_does_no_harm(tmp_path: Path) -> None:
    folder = copied("W06", tmp_path)
    template = (folder / "vendor.template.xml").read_text()
    (folder / "vendor.xml").write_text(template.replace("@ATTACHMENT@", "QUJD" * 2_750_000))
    forms = str(ROOT / "docs/examples/mapping/forms.yaml")

    large = judged("W06", "--mapping", forms, "vendor.xml", cwd=folder)
    (folder / "vendor.xml").write_text(template.replace("@ATTACHMENT@", "QUJD"))
    small = judged("W06", "--mapping", forms, "vendor.xml", cwd=folder)

    assert large.document["cases"] == small.document["cases"] != []
    assert large.faults == small.faults


@pytest.mark.parametrize("name", ["micro.json", "dotnet.json", "go.json"])
def test_w07_fractions_of_a_second_as_other_systems_write_them_are_taken(name: str) -> None:
    message = MessageReader().read((CASES / "W07" / name).read_bytes())

    assert message.event.moment.date.isoformat() == "2026-01-05"


def test_w07_the_same_fractions_in_an_export_are_read() -> None:
    found = judged("W07", "a.xml")

    assert found.of("ASK-01") == [("SA-1", "ASK-01", "met", "2026-01-07")]
    assert (found.faults, found.is_complete) == ([], True)


def test_w08_every_test_of_junit_has_a_name_of_its_own_that_no_verdict_changes() -> None:
    def tests(*words: str) -> list[tuple[str, str]]:
        root = etree.fromstring(scan("W08", *words, "a.xml", form="junit").stdout.encode())
        return [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]

    now, later = tests("--all-rows"), tests("--all-rows", "--as-of", "2026-04-30")

    assert len({*now}) == len(now) > 100
    assert later == now


def test_w09_a_scan_without_findings_has_none_in_svrl() -> None:
    done = scan("W09", "a.xml", form="svrl")

    assert done.returncode == 0
    assert "successful-report" not in done.stdout
    assert "failed-assert" not in done.stdout
    assert 'name="complete: yes"' in done.stdout


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_w10_a_line_break_in_an_id_is_in_one_cell() -> None:
    rows = rows_of(scan("W10", "a.xml", form="csv").stdout)

    assert {len(row) for row in rows} == {len(rows[0])}
    assert {row[0] for row in rows[1:]} == {"SA\n1"}


def test_w10_a_line_break_in_the_name_of_a_waiver_is_in_one_cell(tmp_path: Path) -> None:
    folder = copied("W10", tmp_path)
    core = load_ruleset("msp-core", ())
    text = (folder / "overlay.yaml").read_text()
    text = text.replace("@VERSION@", core.version).replace("@SHA256@", core.sha256)
    (folder / "overlay.yaml").write_text(text)

    done = scan("W10", "--overlay", "overlay.yaml", "b.xml", form="csv", cwd=folder)

    rows = rows_of(done.stdout)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [row[8] for row in rows[1:] if row[8]] == ["own-council / north team\nmoves"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_w12_an_export_from_a_pipe_is_judged_as_the_same_bytes_in_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "a.xml"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes((CASES / "W12/a.xml").read_bytes()))
    writer.start()

    found = judged("W12", str(pipe))
    writer.join()

    assert found.document == judged("W12", "a.xml").document


@pytest.mark.parametrize("encoding", ["cp850", "cp1252", "latin-1", "ascii"])
def test_w14_a_console_gets_what_it_can_draw(encoding: str) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    err = io.StringIO()

    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["scan", str(CASES / "W14/a.xml")])

    out.flush()
    drawn = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert (ended.value.code, err.getvalue()) == (0, "")
    assert "Verdicts by rule" in drawn
    assert "?" not in drawn


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "code", "said"),
    [
        (
            "W15",
            3,
            'ov/features/a.feature:4: the sentence "a concern raised on DAY" takes no table',
        ),
        ("W16", 0, ""),
        ("W36", 3, "ov/features/a.feature:4: a scenario begins with Given, not And"),
    ],
)
def test_w15_w16_w36_features_mean_what_they_say(case: str, code: int, said: str) -> None:
    done = run_here("test", "ov", cwd=CASES / case)

    assert (done.returncode, done.stderr.rstrip()) == (code, said)
    assert ("1 scenario passed, 0 failed" in done.stdout) is (code == 0)


def test_w17_a_draft_never_takes_a_birth_for_an_id_or_a_date_of_something() -> None:
    done = run_here("mapping", "draft", "t", cwd=CASES / "W17")

    said = [line.split("#")[0] for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert not [line for line in said if "DOB" in line]
    assert any("occurred: {path: REVIEW" in line for line in said)


def test_w18_of_what_cannot_be_read_nothing_is_written() -> None:
    done = scan("W18", "a.xml")

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("a.xml:")


def test_w19_a_header_that_cannot_be_used_is_named_before_a_date_is_asked_for() -> None:
    bad, late = scan("W19", "a.xml"), scan("W19", "b.xml")

    assert (bad.returncode, bad.stderr) == (
        4,
        "a.xml:6: reference_date of the header is not a date (YYYY-MM-DD); give --as-of DATE\n",
    )
    assert (late.returncode, late.stderr) == (
        4,
        "b.xml: no header with a reference_date stands before the cases; give --as-of DATE\n",
    )


def test_w22_a_limit_beyond_the_last_year_is_unknown_and_the_other_case_is_judged() -> None:
    done = scan("W22", "--as-of", "9999-12-30", "a.xml")

    assert done.returncode in (0, 2)
    found = Result(done)
    assert ("SA-1", "ASK-01", "met", "2026-01-07") in found.of("ASK-01")
    assert {case["case"] for case in found.document["cases"]} == {"SA-1", "SA-2"}


def test_w24_a_workbook_in_the_strict_form_is_read() -> None:
    found = judged("W24", "--mapping", "map.yaml", "--as-of", "2026-03-31", "b.xlsx")

    assert [(case, verdict) for case, _, verdict, _ in found.of("ASK-01")] == [
        ("C1", "cannot_tell"),
        ("C2", "cannot_tell"),
    ]
    never = "is mapped, and no case of the export has it; it counts as not supplied"
    assert {str(reason).partition(" (")[0] for *_, reason in found.faults} == {
        f"outcomes_conversation.method {never}",
        f"outcomes_conversation.review_by {never}",
    }


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("b.xlsx", "it is a workbook (.xlsx): it is scanned with --mapping FILE"),
        ("f/cases.csv", "it is CSV, as it seems: it is scanned with --mapping FILE"),
        (
            "f",
            "the folder has no export (*.xml, *.xml.gz, *.zip); "
            "CSV files and workbooks are scanned with --mapping FILE",
        ),
    ],
)
def test_w26_tables_without_a_mapping_are_named_as_what_they_are(path: str, reason: str) -> None:
    done = scan("W26", path)

    assert (done.returncode, done.stderr) == (4, f"{Path(path).name}: {reason}\n")


def test_w27_an_attribute_that_no_field_may_have_is_told_as_such() -> None:
    found = judged("W27", "a.xml")

    assert found.of("ASK-01") == [("SA-1", "ASK-01", "met", "2026-01-07")]
    reason = "method of outcomes_conversation: has an attribute that no field may have"
    assert found.faults == [(12, "SA-1", "e2", reason)]


def test_w29_a_number_of_thousands_of_digits_is_one_fault() -> None:
    found = judged("W29", "a.xml")

    reason = "earlier_concerns_6_months of concern_raised: a number too large to be meant"
    assert found.faults == [(11, "SA-1", "e1", reason)]
    assert [case["case"] for case in found.document["cases"]] == ["SA-1"]


@pytest.mark.parametrize(
    "words", [("scan", "a.xml", "--out", ""), ("scan", ""), ("memory", "upgrade", "")]
)
def test_w33_an_empty_value_is_a_wrong_command_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = copied("W33", tmp_path)

    done = run_here(*words, cwd=folder)

    assert done.returncode == 64
    assert done.stderr == f'Error: an empty value stands after "{words[-2]}"\n'
    assert [one.name for one in folder.iterdir()] == ["a.xml"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_w34_a_full_disk_is_a_sentence() -> None:
    err = io.StringIO()

    with (
        Path("/dev/full").open("w") as full,
        redirect_stdout(full),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main(["scan", "--quiet", "--format", "json", "--out", "-", str(CASES / "W34/a.xml")])

    assert ended.value.code == 5
    assert err.getvalue() == "standard output can't be written: No space left on device\n"


def test_w42_files_of_a_system_beside_an_export_are_passed_over_and_counted() -> None:
    found = judged("W42", "f")

    assert (found.code, found.faults) == (0, [])
    assert [one["name"] for one in found.document["manifest"]["inputs"]] == ["a.xml"]
    assert [one["code"] for one in found.document["warnings"]] == ["passed_over"]


def test_w40_what_would_settle_an_answer_names_the_field_that_could_not_be_read() -> None:
    found = judged("W40", "a.xml")

    assert [reason for *_, reason in found.faults] == [
        "identified_adult of concern_raised: not one of the codes of identified_adult: "
        "yes, no, not_known"
    ]
    for rule in ("ASK-01", "OUT-04"):
        (row,) = found.rows(rule)
        wanted = {"event": "concern_raised", "fields": ["identified_adult"]}
        assert (row["verdict"], wanted in row["missing"]) == ("cannot_tell", True), rule


def test_w21_a_limit_that_no_record_can_settle_names_the_calendar_or_the_number() -> None:
    found = judged("W21", "a.xml")
    explained = [
        run_here("explain", "ASK-01", "a.xml", "--case", case, cwd=CASES / "W21").stdout
        for case in ("after-calendar", "before-values")
    ]

    after, before = found.rows("ASK-01")
    assert (after["verdict"], before["verdict"]) == ("cannot_tell", "cannot_tell")
    assert after["missing"] == [{"event": "calendar", "fields": ["bank_holidays"]}]
    assert before["missing"] == [{"event": "ruleset", "fields": ["ask_within"]}]
    assert "bank holidays are known from 2010-01-01 to 2028-12-31 only" in explained[0]
    assert "ask_within has no value for that day" in explained[1]
