"""Bad input: every problem said, with line, case and event; nothing that was good is lost."""

import io

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.reading import ReadLimits, ReadOptions

CONCERN = '<concern_raised id="e1" occurred="2026-01-05"><source>police</source></concern_raised>'
HEAD = """<?xml version="1.0"?>
<case_export xmlns="urn:msp-rules:case-export:1" version="1">
<header><reference_date>2026-03-31</reference_date></header>
"""
GOOD = '<case id="{}"><adult ref="P"/>' + CONCERN + "</case>\n"


def read(text: str | bytes, **limits: int) -> tuple[list[Case], ExportReader]:
    raw = text.encode() if isinstance(text, str) else text
    reader = ExportReader(io.BytesIO(raw), "x.xml", ReadOptions(limits=ReadLimits(**limits)))
    return list(reader), reader


def around(case: str) -> str:
    """An export with a good case before (line 4) and after the case, which starts on line 5."""
    return HEAD + GOOD.format("before") + case + "\n" + GOOD.format("after") + "</case_export>"


def with_event(event: str) -> str:
    return around(f'<case id="bad"><adult ref="P"/>{CONCERN}\n{event}</case>')


EVENTS = {
    "unknown event type": (
        '<concern_rased id="e2" occurred="2026-01-05"/>',
        'unknown event type; did the source mean "concern_raised"?',
        "e2",
    ),
    "bad code": (
        '<immediate_safety_check id="e2" occurred="2026-01-05"><result>sure</result>'
        "</immediate_safety_check>",
        "result of immediate_safety_check: not one of the codes of result: safe, action_taken, "
        "not_established",
        "e2",
    ),
    "bad flag": (
        '<adult_died id="e2" occurred="2026-01-05"><abuse_or_neglect_suspected>true'
        "</abuse_or_neglect_suspected></adult_died>",
        "abuse_or_neglect_suspected of adult_died: not one of the codes of "
        "abuse_or_neglect_suspected: yes, no, not_known",
        "e2",
    ),
    "date that does not exist": (
        '<adult_died id="e2" occurred="2026-02-30"/>',
        "occurred of adult_died: not a date (YYYY-MM-DD) or date-time that exists",
        "e2",
    ),
    "time that the clocks leave out": (
        '<adult_died id="e2" occurred="2026-03-29T01:30:00"/>',
        "occurred of adult_died: not a date (YYYY-MM-DD) or date-time that exists",
        "e2",
    ),
    "no date": ('<adult_died id="e2"/>', "adult_died has no date in occurred", "e2"),
    "bad recorded": (
        '<adult_died id="e2" occurred="2026-01-05" recorded="soon"/>',
        "recorded of adult_died: not a date (YYYY-MM-DD) or date-time that exists",
        "e2",
    ),
    "no id": ('<adult_died occurred="2026-01-05"/>', "adult_died has no readable id", None),
    "id used twice": (
        '<adult_died id="e1" occurred="2026-01-05"/>',
        "this event id was used before",
        "e1",
    ),
    "missing required field": (
        '<capacity_considered id="e2" occurred="2026-01-05"/>',
        "capacity_considered lacks view",
        "e2",
    ),
    "unknown field": (
        '<adult_died id="e2" occurred="2026-01-05"><abuse_suspected>yes</abuse_suspected>'
        "</adult_died>",
        'unknown field of adult_died; did the source mean "abuse_or_neglect_suspected"?',
        "e2",
    ),
    "unknown attribute": (
        '<adult_died id="e2" occured="x" occurred="2026-01-05"/>',
        'unknown attribute of adult_died; did the source mean "occurred"?',
        "e2",
    ),
    "bad void": (
        '<adult_died id="e2" occurred="2026-01-05" void="1"/>',
        "void of adult_died: not one of the codes of void: yes, no, not_known",
        "e2",
    ),
    "field twice": (
        '<explanation id="e2" occurred="2026-01-05"><rule>ASK-01</rule><rule>OUT-01</rule>'
        "<code>unsafe</code></explanation>",
        "rule of explanation: given more than once, but may not repeat",
        "e2",
    ),
    "dangling reference": (
        '<outcome_reviewed id="e2" occurred="2026-01-05"><outcome>e9</outcome>'
        "<achieved>full</achieved></outcome_reviewed>",
        "outcome of outcome_reviewed names no outcome_expressed of the case",
        "e2",
    ),
    "reference to another type": (
        '<outcome_reviewed id="e2" occurred="2026-01-05"><outcome>e1</outcome>'
        "<achieved>full</achieved></outcome_reviewed>",
        "outcome of outcome_reviewed names no outcome_expressed of the case",
        "e2",
    ),
    "dangling correction": (
        '<adult_died id="e2" occurred="2026-01-05" supersedes="e9"/>',
        "supersedes of adult_died names no event of the case",
        "e2",
    ),
    "circle of corrections": (
        '<adult_died id="e2" occurred="2026-01-05" supersedes="e2"/>',
        "this event supersedes itself",
        "e2",
    ),
    "withheld code": (
        '<immediate_safety_check id="e2" occurred="2026-01-05"><result withheld="yes"/>'
        "</immediate_safety_check>",
        "result of immediate_safety_check: only a text may be marked as withheld, and nothing else",
        "e2",
    ),
    "withheld perhaps": (
        '<plan_made id="e2" occurred="2026-01-05"><lead withheld="maybe"/></plan_made>',
        'lead of plan_made: withheld must be "yes"',
        "e2",
    ),
    "element inside a value": (
        '<plan_made id="e2" occurred="2026-01-05"><lead><b/></lead></plan_made>',
        "lead of plan_made: has other elements where a value is expected",
        "e2",
    ),
    "bad whole number": (
        '<concern_raised id="e2" occurred="2026-01-05"><earlier_concerns_6_months>-1'
        "</earlier_concerns_6_months></concern_raised>",
        "earlier_concerns_6_months of concern_raised: not a whole number",
        "e2",
    ),
    "bad date field": (
        '<plan_made id="e2" occurred="2026-01-05"><review_due>1/2/26</review_due></plan_made>',
        "review_due of plan_made: not a date of the form YYYY-MM-DD",
        "e2",
    ),
    "text between fields": (
        '<adult_died id="e2" occurred="2026-01-05">hello</adult_died>',
        "there is text between the fields of adult_died",
        "e2",
    ),
    "another namespace": (
        '<adult_died xmlns="urn:other" id="e2" occurred="2026-01-05"/>',
        "the case has an element of another namespace",
        None,
    ),
}


@pytest.mark.parametrize(("event", "reason", "event_id"), EVENTS.values(), ids=EVENTS)
def test_bad_event_is_a_fault_with_its_place(event: str, reason: str, event_id: str | None) -> None:
    cases, reader = read(with_event(event))

    assert reader.faults == [Fault(reason, "x.xml", 6, "bad", event_id)]
    assert [case.id for case in cases] == ["before", "bad", "after"]
    assert cases[0].events == (cases[2].events[0]._replace(line=4),)
    assert reader.truncation_fault is None


CASES = {
    "no case id": (
        f'<case><adult ref="P"/>{CONCERN}</case>',
        "the case has no readable id",
        "?line-5",
    ),
    "no adult": (
        f'<case id="bad">{CONCERN}</case>',
        "the case has 0 adults; one is expected",
        "bad",
    ),
    "two adults": (
        f'<case id="bad"><adult ref="P"/><adult ref="Q"/>{CONCERN}</case>',
        "the case has 2 adults; one is expected",
        "bad",
    ),
    "adult without ref": (
        f'<case id="bad"><adult/>{CONCERN}</case>',
        "the adult has no ref",
        "bad",
    ),
    "unknown attribute of an adult": (
        f'<case id="bad"><adult ref="P" name="N. N."/>{CONCERN}</case>',
        "unknown attribute of adult",
        "bad",
    ),
    "a ref that is no attribute": (
        f'<case id="bad"><adult ref="P"><ref>Q</ref></adult>{CONCERN}</case>',
        "unknown field of adult",
        "bad",
    ),
    "bad agency": (
        f'<case id="bad" agency="x"><adult ref="P"/>{CONCERN}</case>',
        "agency of the case: not one of the codes of agency: council, nhs_acute, nhs_community, "
        "mental_health_trust, gp, ambulance, police, fire, probation, provider_residential, "
        "provider_homecare, housing, voluntary, advocacy, public, self, other",
        "bad",
    ),
    "unknown case attribute": (
        f'<case id="bad" taem="x"><adult ref="P"/>{CONCERN}</case>',
        'unknown attribute of a case; did the source mean "team"?',
        "bad",
    ),
    "bad age band": (
        f'<case id="bad"><adult ref="P"><age_band>7</age_band></adult>{CONCERN}</case>',
        "age_band of adult: not one of the codes of age_band: 18-64, 65-74, 75-84, 85-94, 95+, "
        "not_known",
        "bad",
    ),
    "case id used twice": (
        GOOD.format("before").strip(),
        "this case id was used before in the file; the second case is not judged",
        "before",
    ),
}


@pytest.mark.parametrize(("case", "reason", "case_id"), CASES.values(), ids=CASES)
def test_bad_case_is_a_fault_and_the_others_stay(case: str, reason: str, case_id: str) -> None:
    cases, reader = read(around(case))

    assert reader.faults == [Fault(reason, "x.xml", 5, case_id)]
    assert [one.id for one in cases if one.id in ("before", "after")] == ["before", "after"]


UNREADABLE = {
    "empty": ("", "the file is empty"),
    "no XML": ("case,rule\n", "it is CSV, as it seems: it is scanned with --mapping FILE"),
    "another root": ("<cases/>", "its root is not <case_export>"),
    "another namespace": ('<case_export xmlns="urn:x" version="1"/>', "its root is not"),
    "another version": (HEAD.replace('version="1">', 'version="2">'), 'must be "1"'),
    "a DOCTYPE": ('<?xml version="1.0"?><!DOCTYPE x>' + HEAD[22:], "a DOCTYPE is refused"),
    "an entity bomb": ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "a DOCTYPE is refused"),
    "broken in the first case": (HEAD + '<case id="a"><adult', "not well-formed XML"),
    "too deep": (HEAD + "<case>" + "<a>" * 300 + "</a>" * 300, "not well-formed XML"),
}


@pytest.mark.parametrize(("text", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_file_without_a_whole_case_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputUnreadable, match=message):
        read(text)


def test_a_doctype_in_utf_16_is_refused_too() -> None:
    with pytest.raises(InputUnreadable, match="a DOCTYPE is refused"):
        read('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16"))


HEADERS = {
    "count": ("<cases>7</cases>", "the header announces 7 cases; 1 follow"),
    "bad count": ("<cases>two</cases>", "cases of the header is not a whole number"),
    "bad supply": (
        "<supplies>concern_raised outcome_expresed</supplies>",
        'supplies of the header names something unknown; did the source mean "outcome_expressed"?',
    ),
    "bad reference date": (
        "<reference_date>31.3.2026</reference_date>",
        "reference_date of the header is not a date (YYYY-MM-DD)",
    ),
    "unknown part": ("<perid/>", 'unknown part of the header; did the source mean "period"?'),
}


@pytest.mark.parametrize(("part", "reason"), HEADERS.values(), ids=HEADERS)
def test_bad_header_is_a_fault_of_the_file(part: str, reason: str) -> None:
    text = f'<case_export xmlns="urn:msp-rules:case-export:1" version="1"><header>{part}</header>'

    cases, reader = read(text + GOOD.format("a") + "</case_export>")

    assert [fault.reason for fault in reader.faults] == [reason]
    assert [case.id for case in cases] == ["a"]


def test_truncated_file_keeps_its_whole_cases_and_ends_as_incomplete() -> None:
    whole = HEAD + GOOD.format("a") + GOOD.format("b") + "</case_export>"
    end_of_first = len(HEAD + GOOD.format("a").strip())
    for length in range(end_of_first, len(whole)):
        cases, reader = read(whole[:length])

        assert cases[0].id == "a"
        assert reader.truncation_fault is not None
        assert reader.faults == []


def test_lines_stay_right_beyond_65535() -> None:
    filler = GOOD.format("c{}").replace(CONCERN, CONCERN + "\n" * 7)
    body = "".join(filler.format(i) for i in range(10_000))
    text = HEAD + body + GOOD.format("bad").replace(CONCERN, "\n<adult_died/>\n") + "</case_export>"
    expected = text[: text.index("<adult_died")].count("\n") + 1

    _, reader = read(text)

    assert expected > 65_535
    assert {fault.line for fault in reader.faults} == {expected}


def test_no_fault_repeats_what_the_record_holds() -> None:
    canary = "Canary1234"
    event = (
        f'<explanation id="e2" occurred="{canary}" role="{canary}" {canary}="{canary}">'
        f"{canary}<rule>{canary}</rule><code>{canary}</code><{canary}/><review_by>{canary}"
        f"</review_by></explanation><{canary}>{canary}</{canary}>"
    )

    _, reader = read(with_event(event))

    assert len(reader.faults) >= 7
    assert canary not in repr(reader.faults)
