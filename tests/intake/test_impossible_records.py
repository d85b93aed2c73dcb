"""Records that cannot be so: dates after the export or before the service, types nobody knows.

docs/readings.md, 9 and 10: each is a fault, and what it could answer is not known.
"""

import io
from datetime import date
from pathlib import Path

import pytest

from msp_rules.audit.request import ScanRequest
from msp_rules.casework.case import UNKNOWN_EVENTS, Case, Fault
from msp_rules.casework.moments import cutoff_at
from msp_rules.casework.plausible_dates import PlausibleDates, dates_from
from msp_rules.intake.case_json import case_document, case_from
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.reading import ReadOptions
from tests.support import scanning
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

HEAD = """<case_export xmlns="urn:msp-rules:case-export:1" version="1">
<header><reference_date>2026-03-31</reference_date></header>
<case id="SA-1"><adult ref="P"/>
<concern_raised id="e1" occurred="2026-01-05"/>
"""
TALK = "outcomes_conversation"
END = "</case></case_export>"
AFTER = "lies after the export"
EARLY = "lies before 1990-04-01, the earliest day that counts as possible"


def talk(
    occurred: str, more: str = "", name: str = "outcomes_conversation", number: int = 2
) -> str:
    return (
        f'<{name} id="e{number}" occurred="{occurred}"{more}><asked>asked_expressed</asked>'
        f"<with>adult</with></{name}>\n"
    )


def read(events: str, head: str = HEAD, **options: object) -> tuple[Case, list[Fault]]:
    reader = ExportReader(
        io.BytesIO(f"{head}{events}{END}".encode()),
        "x.xml",
        ReadOptions(**options),  # type: ignore[arg-type]
    )
    (case,) = reader
    return case, reader.faults


def verdicts(tmp_path: Path, events: str, head: str = HEAD, **more: object) -> dict[str, str]:
    """The verdicts of a scan by rule; of ASK-01, the one on the concern e1."""
    export = tmp_path / "x.xml"
    export.write_text(f"{head}{events}{END}", encoding="utf-8")
    request = ScanRequest(exports=(export,), ruleset=core_ruleset(), **more)  # type: ignore[arg-type]
    (result,), _ = scanning.scanned(request)
    return {one.rule: one.verdict for one in result.answers if one.subject in (None, "e1")}


@pytest.mark.parametrize(
    ("occurred", "trouble"),
    [
        ("2026-03-31", None),
        ("2026-03-31T23:59:59", None),
        ("2026-04-01", AFTER),
        ("2026-03-31T23:30:00+00:00", AFTER),  # half past midnight in London
        ("2062-01-06T11:00:00", AFTER),
        ("1990-04-01", None),
        ("1990-03-31T23:59:59", EARLY),
        ("1900-01-01", EARLY),
        ("1899-12-30", "lies before 1900"),
        ("0001-01-01", "lies before 1900"),
    ],
)
def test_a_date_that_cannot_be_is_a_fault_and_makes_the_event_unknown(
    occurred: str, trouble: str | None
) -> None:
    case, faults = read(talk(occurred))

    event = case.events[1]
    if trouble is None:
        assert (faults, event.is_certain, event.unknown) == ([], True, frozenset())
        return
    reason = f"occurred of outcomes_conversation: {trouble}"
    assert faults == [Fault(reason, "x.xml", 5, "SA-1", "e2")]
    assert (event.moment, event.recorded, event.is_certain) == (None, None, False)
    assert event.unknown == {"occurred"}


def test_without_a_reference_date_the_moment_of_the_scan_is_the_end_of_the_export() -> None:
    head = HEAD.replace("<reference_date>2026-03-31</reference_date>", "")

    _, at_end = read(talk("2026-02-01"), head, as_of=cutoff_at("2026-02-01"))
    _, after = read(talk("2026-02-01"), head, as_of=cutoff_at("2026-01-31"))
    _, without_any = read(talk("2062-02-01"), head)

    assert [one.reason for one in at_end] == []
    assert [one.reason for one in after] == [f"occurred of outcomes_conversation: {AFTER}"]
    assert [one.reason for one in without_any] == []


def test_an_earlier_moment_of_the_scan_makes_no_date_of_the_export_impossible() -> None:
    _, faults = read(talk("2026-03-31"), as_of=cutoff_at("2026-01-31"))

    assert faults == []


@pytest.mark.parametrize(
    ("recorded", "kept"),
    [("2026-01-06", True), ("2062-01-06", False), ("2026-04-01", False)],
)
def test_a_moment_of_recording_that_repeats_the_slip_does_not_hide_the_event(
    recorded: str, kept: bool
) -> None:
    case, _ = read(talk("2062-01-06", f' recorded="{recorded}"'))

    assert (case.events[1].recorded is not None) is kept


def test_a_ruleset_says_before_which_day_nothing_can_have_occurred() -> None:
    _, early = read(talk("2015-03-31"), dates=dates_from(date(2015, 4, 1)))
    _, soon_enough = read(talk("2015-04-01"), dates=dates_from(date(2015, 4, 1)))
    _, oldest = read(talk("1899-12-31"), dates=dates_from(date(1800, 1, 1)))

    assert [one.reason.rpartition(": ")[2] for one in early] == [EARLY.replace("1990", "2015")]
    assert soon_enough == []
    assert [one.reason.rpartition(": ")[2] for one in oldest] == ["lies before 1900"]
    assert core_ruleset().settings.dates == PlausibleDates()


def test_a_field_with_a_date_that_cannot_be_is_a_bad_field_and_a_date_to_come_is_not() -> None:
    plan = '<plan_made id="e2" occurred="2026-02-01"><review_due>{}</review_due></plan_made>'

    early, faults = read(plan.format("1900-01-01"))
    late, none = read(plan.format("2062-01-01"))

    assert faults == [Fault(f"review_due of plan_made: {EARLY}", "x.xml", 5, "SA-1", "e2")]
    assert (early.events[1].is_certain, early.events[1].unknown) == (True, {"review_due"})
    assert (none, late.events[1].unknown) == ([], frozenset())


def test_a_slip_of_the_year_never_turns_a_question_red_nor_hangs_together(tmp_path: Path) -> None:
    found = verdicts(tmp_path, talk("2062-01-06T11:00:00", ' recorded="2026-01-06T12:00:00"'))

    assert (found["ASK-01"], found["DQ-01"]) == ("cannot_tell", "cannot_tell")
    assert found["RISK-01"] == "not_met"  # no conversation could answer it


def test_what_another_event_answers_is_met_beside_it(tmp_path: Path) -> None:
    found = verdicts(tmp_path, talk("2062-01-06") + talk("2026-01-06", number=3))

    assert (found["ASK-01"], found["DQ-01"]) == ("met", "cannot_tell")


@pytest.mark.parametrize("name", ["outcomes_conversation", "outcome_conversation"])
def test_an_entry_made_in_error_or_corrected_is_listed_and_has_no_effect(
    tmp_path: Path, name: str
) -> None:
    void = talk("2062-01-06", ' void="yes"', name)
    corrected = talk("2062-01-06", "", name) + talk("2026-01-06", ' supersedes="e2"', number=3)

    _, faults = read(void)
    of_void, of_corrected = verdicts(tmp_path, void), verdicts(tmp_path, corrected)

    assert [one.event for one in faults] == ["e2"]
    assert (of_void["ASK-01"], of_void["DQ-01"]) == ("not_met", "met")
    assert (of_corrected["ASK-01"], of_corrected["DQ-01"]) == ("met", "met")


def test_an_event_of_a_misspelt_type_may_be_one_of_the_type_that_was_meant(tmp_path: Path) -> None:
    misspelt = talk("2026-01-06", "", "outcome_conversation")

    case, faults = read(misspelt)
    found = verdicts(tmp_path, misspelt)

    hint = 'unknown event type; did the source mean "outcomes_conversation"?'
    assert faults == [Fault(hint, "x.xml", 5, "SA-1", "e2")]
    assert (case.events[1].type, case.events[1].is_certain) == ("outcomes_conversation", False)
    assert case.unknown == frozenset()
    assert (found["ASK-01"], found["DQ-01"]) == ("cannot_tell", "cannot_tell")
    assert found["RISK-01"] == "not_met"


def test_an_event_of_a_type_near_no_other_is_a_fault_and_answers_nothing(tmp_path: Path) -> None:
    strange = '<telephone id="e2" occurred="2026-01-06"/>'

    case, faults = read(strange)
    found = verdicts(tmp_path, strange)

    assert faults == [Fault("unknown event type", "x.xml", 5, "SA-1", "e2")]
    assert ([one.id for one in case.events], case.unknown) == (["e1"], {UNKNOWN_EVENTS})
    assert (found["ASK-01"], found["DQ-01"]) == ("not_met", "cannot_tell")


def test_what_names_an_event_of_a_misspelt_type_names_no_stranger() -> None:
    outcome = '<outcome_expresed id="o1" occurred="2026-01-06"/>\n'
    review = (
        '<outcome_reviewed id="r1" occurred="2026-02-06"><outcome>o1</outcome>'
        "<achieved>full</achieved></outcome_reviewed>"
    )

    _, faults = read(outcome + review)

    assert [one.event for one in faults] == ["o1"]


def test_a_misspelt_type_is_seen_from_the_moment_on_at_which_it_was_recorded(
    tmp_path: Path,
) -> None:
    misspelt = talk("2026-01-06", ' recorded="2026-03-01"', "outcome_conversation")

    before = verdicts(tmp_path, misspelt, as_of="2026-02-28")
    after = verdicts(tmp_path, misspelt, as_of="2026-03-01")

    assert (before["ASK-01"], after["ASK-01"]) == ("not_met", "cannot_tell")


def test_a_case_in_doubt_is_the_same_after_json() -> None:
    case, _ = read(talk("2062-01-06") + talk("2026-02-30", number=3) + "<outcome_talk id='e4'/>")

    again = case_from(case_document(case))

    assert again.events == tuple(one._replace(line=0) for one in case.events)
    assert again.unknown == case.unknown


@pytest.mark.parametrize(
    ("occurred", "at", "is_sure"),
    [
        ("2062-01-06", None, True),  # nothing says when the document was made
        ("2062-01-06", "2026-03-31", False),
        ("2026-04-01T23:59:59", "2026-03-31", True),  # a day more than the end of that day
        ("2026-04-02T00:00:00", "2026-03-31", False),
        ("1990-04-01", None, True),
        ("1990-03-31", None, False),
    ],
)
def test_a_hosts_own_document_is_held_against_the_moment_at_which_it_was_made(
    occurred: str, at: str | None, is_sure: bool
) -> None:
    case, _ = read(talk("2026-01-06"))
    document = case_document(case)
    document["events"][1]["occurred"] = occurred
    document |= {} if at is None else {"at": at}

    event = case_from(document).events[1]

    assert event.is_certain is is_sure
    assert event.unknown == (frozenset() if is_sure else {"occurred"})
