"""The moment of a scan is held against the exports: warned of where it is odd, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.audit.request import ScanRequest
from msp_rules.casework.case import InputWarning
from msp_rules.errors import MomentTooEarly
from tests.builders.case import one_rule
from tests.support.command_line import run_here
from tests.support.scanning import scanned, written

pytestmark = pytest.mark.slow

OWN = "2026-03-31"


def export(folder: Path, *cases: str, own: str = OWN, name: str = "x.xml") -> Path:
    """Writes an export of cases, each given by the attributes of its one concern."""
    path = folder / name
    header = f"<reference_date>{own}</reference_date>" if own else ""
    body = "".join(
        f'<case id="{name}-{number}"><adult ref="P"/><concern_raised id="e1" {concern}/></case>\n'
        for number, concern in enumerate(cases)
    )
    path.write_text(
        '<case_export xmlns="urn:msp-rules:case-export:1" version="1">'
        f"<header>{header}</header>\n{body}</case_export>"
    )
    return path


def warnings(path: Path, as_of: str | None, jobs: int = 1) -> list[InputWarning]:
    request = ScanRequest(
        exports=(path,),
        ruleset=one_rule(path.parent / "rules"),
        as_of=as_of,
        formats=("jsonl",),
        jobs=jobs,
    )
    return written(request)[1].tally.warnings


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        (None, None),
        ("2026-03-31", None),
        ("2026-05-01", None),
        ("2026-05-02", "32 days after"),
        ("2026-02-28", None),
        ("2026-02-27", "32 days before"),
    ],
)
def test_a_moment_more_than_a_month_from_the_exports_own_date_is_warned_of(
    tmp_path: Path, as_of: str | None, days: str | None
) -> None:
    found = warnings(export(tmp_path, 'occurred="2026-01-05"'), as_of)

    reason = (
        f"judged as of {as_of}, {days} the export's own date 2026-03-31; "
        "is that the date that was meant?"
    )
    assert found == ([] if days is None else [InputWarning("far_as_of", reason, "x.xml")])


def test_an_export_without_a_date_of_its_own_has_no_moment_that_is_far(tmp_path: Path) -> None:
    assert warnings(export(tmp_path, 'occurred="2026-01-05"', own=""), "2027-03-31") == []


@pytest.mark.parametrize(("own", "codes"), [("2028-12-31", []), ("2029-01-01", ["calendar_ended"])])
def test_a_moment_after_the_last_known_bank_holidays_is_warned_of(
    tmp_path: Path, own: str, codes: list[str]
) -> None:
    found = warnings(export(tmp_path, 'occurred="2026-01-05"', own=own), None)

    assert [one.code for one in found] == codes


def test_a_moment_before_the_first_event_of_all_exports_is_refused(tmp_path: Path) -> None:
    first = export(tmp_path, 'occurred="2026-03-02"', name="a.xml")
    second = export(tmp_path, 'occurred="2026-03-04"', 'occurred="2026-03-03"', name="b.xml")
    rules = one_rule(tmp_path / "rules")

    def cases(as_of: str, *exports: Path) -> int:
        request = ScanRequest(exports=exports, ruleset=rules, as_of=as_of)
        return scanned(request)[1].tally.cases

    assert cases("2026-03-03", second) == 2
    assert cases("2026-03-02", second, first) == 3
    with pytest.raises(MomentTooEarly, match="before the first event of what was read"):
        cases("2026-03-02", second)
    with pytest.raises(MomentTooEarly):
        cases("1990-04-01", first, second)


def test_an_export_without_any_event_is_judged_as_of_any_moment(tmp_path: Path) -> None:
    assert [one.code for one in warnings(export(tmp_path), "1990-04-01")] == ["far_as_of"]


def test_the_refusal_is_one_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path, out = export(tmp_path, 'occurred="2026-01-05"'), tmp_path / "out"

    to_folder = run_here("scan", str(path), "--as-of", "2026-01-04", "--out", str(out))
    to_output = run_here(
        *("scan", str(path), "--as-of", "2026-01-04", "--format", "json", "--out", "-"),
    )

    for done in (to_folder, to_output):
        assert (done.returncode, done.stdout) == (64, ""), done.stderr
        assert done.stderr.splitlines()[-1].startswith("--as-of lies before the first event")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_odd_moments_of_recording_are_counted_and_warned_of(tmp_path: Path, jobs: int) -> None:
    path = export(
        tmp_path,
        'occurred="2026-01-05" recorded="2062-01-05"',
        'occurred="2026-01-05" recorded="2026-04-01"',
        'occurred="2026-01-05" recorded="2026-03-31T23:59:59"',
        'occurred="2026-01-05" recorded="2026-01-04"',
        'occurred="2026-01-05T10:00:00" recorded="2026-01-05T09:00:00"',
        'occurred="2026-01-05"',
    )

    assert warnings(path, None, jobs) == [
        InputWarning(
            "recorded_after_export",
            "2 events were recorded after the export; nothing counts before it was recorded",
            "x.xml",
        ),
        InputWarning(
            "recorded_before_occurring",
            "1 event was recorded before the day of occurring; is either date a slip?",
            "x.xml",
        ),
    ]
