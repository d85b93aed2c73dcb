"""Twenty cases, counted by hand: for each part of each measure which case counts, and which not.

Each case says what is in it; `BY_HAND` says for every part which cases are counted, which are of
the base and not counted, and which are left out for which reason. One with two units stands twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import pytest

from msp_rules.audit.case_reader import ReadCase
from msp_rules.audit.measures.counting import MeasureCounts, PartKey
from msp_rules.audit.measures.definitions import MEASURES
from msp_rules.casework.case import Case, Event, FieldValue
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force

AS_OF: Final = parse_as_of("2026-06-30")
COUNCIL: Final = "E10000016/council"
TRUST: Final = "E10000016/mental_health_trust"
KNOWN: Final = {"age_band": "75-84", "gender": "female", "ethnicity": "white"}


def event(kind: str, day: str, name: str = "", /, **fields: FieldValue) -> Event:
    moment = parse_moment(f"2026-{day}" if len(day) == 5 else day)
    return Event(name or f"{kind} {day}", kind, moment, moment, fields)


def concern(day: str, **fields: FieldValue) -> Event:
    return event("concern_raised", day, **fields)


def decided(day: str, result: str, **fields: FieldValue) -> Event:
    return event("s42_decided", day, result=result, **fields)


def begun(day: str) -> Event:
    return event("enquiry_started", day, kind="s42")


def asked(day: str, code: str, **fields: FieldValue) -> Event:
    return event("outcomes_conversation", day, asked=code, **fields)


def reviewed(day: str, achieved: str, **fields: FieldValue) -> Event:
    return event("outcome_reviewed", day, achieved=achieved, outcome="o", **fields)


def concluded(day: str, **fields: FieldValue) -> Event:
    return event("enquiry_concluded", day, **fields)


def closed(day: str, **fields: FieldValue) -> Event:
    return event("case_closed", day, **fields)


def grid(day: str, wellbeing: str, safety: str) -> Event:
    return event("grid_position", day, wellbeing=wellbeing, safety=safety)


class HandCase(NamedTuple):
    """A case with its agency, its adult, and colours of questions."""

    events: tuple[Event, ...]
    agency: str = COUNCIL
    adult: Mapping[str, str] = {}
    colours: Mapping[str, str] = {}


CASES: Final[Mapping[str, HandCase]] = {
    # All as it should be: asked before the decision, concluded in 43 days, met in full.
    "01": HandCase(
        (
            concern("01-05", source="gp"),
            asked("01-06", "asked_expressed"),
            event("outcome_expressed", "01-06", "o", domain=("control", "protection")),
            decided("01-07", "s42_enquiry"),
            begun("01-08"),
            event("advocacy_considered", "01-09", conclusion="not_needed"),
            reviewed("02-18", "full"),
            concluded("02-20", lacked_capacity="no"),
            closed("02-25", risk_result="reduced"),
            event("experience_feedback", "02-25", offered="yes", answered="yes", felt_safer="yes"),
        ),
        adult={"ref": "p", **KNOWN},
        colours={"Q1": "green", "Q2": "green"},
    ),
    # Asked in time, nothing wanted. Decided on the fourth day, concluded after 61 days.
    "02": HandCase(
        (
            concern("01-03", source="gp"),
            asked("01-05", "asked_none_expressed"),
            decided("01-07", "s42_enquiry"),
            begun("01-08"),
            event("advocacy_considered", "01-09", conclusion="imca"),
            event("advocate_status", "01-12", state="instructed"),
            concluded("03-10", lacked_capacity="yes", supported_by=("imca",)),
            closed("03-12", risk_result="removed"),
        ),
        adult={"ref": "q", "age_band": "95+", "gender": "not_known", "ethnicity": "refused"},
        colours={"Q1": "green", "Q2": "amber"},
    ),
    # Asked after the decision; not met; whether they had capacity is not known.
    "03": HandCase(
        (
            concern("01-05", source="police"),
            decided("01-06", "s42_enquiry"),
            asked("01-07", "asked_expressed"),
            event("outcome_expressed", "01-07", "o", domain=("protection",)),
            begun("01-07"),
            reviewed("02-27", "not_achieved", reason_code="declined"),
            concluded("03-01", lacked_capacity="dont_know"),
        ),
        agency=TRUST,
        colours={"Q1": "red"},
    ),
    # Not asked, for a reason that was to be looked at again by 1 February, and was not.
    "04": HandCase(
        (
            concern("01-05"),
            asked(
                *("01-05", "not_asked"),
                reason_not_asked="unsafe_to_ask",
                review_by=parse_moment("2026-02-01"),
            ),
            decided("01-08", "other_enquiry"),
            begun("01-08"),
            concluded("02-01"),
        ),
        colours={"Q1": "amber"},
    ),
    # No enquiry: asked, informed, and helped elsewhere.
    "05": HandCase(
        (
            concern("02-02", source="police"),
            asked("02-03", "asked_expressed"),
            decided(
                "02-03",
                "no_enquiry",
                adult_informed="yes",
                alternative_route=("community_support",),
            ),
        ),
        colours={"Q1": "none"},
    ),
    # No enquiry, and nothing else: the same person as in 01, known in part here.
    "06": HandCase(
        (
            concern("02-02", source="police"),
            decided("02-06", "no_enquiry", adult_informed="no", alternative_route=("none",)),
        ),
        agency=TRUST,
        adult={"ref": "p"},
        colours={"Q1": "grey"},
    ),
    # More information is waited for: decided on, and nobody asked.
    "07": HandCase((concern("06-01"), decided("06-04", "more_information"))),
    # Raised yesterday.
    "08": HandCase((concern("06-29"),)),
    # About no adult who is known.
    "09": HandCase(
        (concern("03-02", identified_adult="no"), decided("03-02", "no_enquiry")),
    ),
    # An enquiry of 29 days, still open; nobody thought of an advocate.
    "10": HandCase((begun("06-01"),)),
    # One of 61 days, still open.
    "11": HandCase((begun("04-30"),), agency=TRUST),
    # An advocate is needed and was not found; 60 days.
    "12": HandCase(
        (begun("05-01"), event("advocacy_considered", "05-05", conclusion="independent_advocate"))
    ),
    # A plan that was reviewed, on the last day.
    "13": HandCase((event("plan_made", "2025-12-01", "p"), event("plan_reviewed", "06-02"))),
    # One that was reviewed a day late.
    "14": HandCase((event("plan_made", "2025-12-01", "p"), event("plan_reviewed", "06-03"))),
    # One that is not due yet.
    "15": HandCase((event("plan_made", "05-01", "p"),)),
    # Closed before its plan was due. The risk remained, by choice; how it felt is not said.
    "16": HandCase(
        (
            event("plan_made", "2025-12-01", "p"),
            event("risk_discussed", "01-20", informed_choice="yes"),
            closed("02-01", risk_result="remained"),
            event("experience_feedback", "02-01", offered="yes", answered="yes"),
        )
    ),
    # The risk remained, and nobody knows why; a say was not offered.
    "17": HandCase(
        (
            closed("02-01", risk_result="remained"),
            event("experience_feedback", "02-01", offered="no"),
        ),
        agency=TRUST,
    ),
    # Three meetings: there, not there, not said. Contacts: 10 days, 49 days, and one of late.
    "18": HandCase(
        (
            event("meeting_held", "01-10", participation="present"),
            event("meeting_held", "02-10", participation="none"),
            event("meeting_held", "03-10"),
            event("contact_with_adult", "01-10"),
            event("contact_with_adult", "01-20"),
            event("contact_with_adult", "03-10", result="no_reply"),
            event("contact_with_adult", "03-11"),
            event("contact_with_adult", "06-20"),
        )
    ),
    # From low to high in both; and a wish of which nobody said what it is about. Closed, no result.
    "19": HandCase(
        (
            event("outcome_expressed", "01-06", "o"),
            grid("01-06", "low", "low"),
            grid("03-06", "high", "high"),
            closed("03-07"),
        )
    ),
    # Safer, and worse off. An enquiry of which nothing is on record but that it ended.
    "20": HandCase(
        (
            grid("01-06", "high", "low"),
            begun("01-07"),
            grid("03-06", "low", "high"),
            concluded("03-07"),
        )
    ),
}


class ByHand(NamedTuple):
    """The cases of a part, separated by blanks; of those left out by reason."""

    counted: str = ""
    others: str = ""
    left_out: Mapping[str, str] = {}


_NO_CAPACITY: Final = {"capacity not known": "03 04 20"}
_NO_RESULT: Final = {"no outcomes expressed": "02 04 20"}
BY_HAND: Final[Mapping[PartKey, ByHand]] = {
    # Decided on: 01, 02, 05 asked by then; 03 a day later; 04 said why not; 06, 07 nothing.
    ("M1", "asked"): ByHand(
        "01 02 05",
        "03 04 06 07",
        {"not decided on yet": "08", "no identified adult": "09"},
    ),
    # Concluded: 01, 02, 03, 04, 20.
    ("M2", "asked_expressed"): ByHand("01 03", "02 04 20"),
    ("M2", "asked_none_expressed"): ByHand("02", "01 03 04 20"),
    ("M2", "not_asked"): ByHand("04", "01 02 03 20"),
    ("M2", "dont_know"): ByHand("", "01 02 03 04 20"),
    ("M2", "not_recorded"): ByHand("20", "01 02 03 04"),
    ("M3", "achieved"): ByHand("01", "03", _NO_RESULT),
    ("M3", "full"): ByHand("01", "03", _NO_RESULT),
    ("M4", "sought"): ByHand("01 02 03", "04 20"),
    # 01 had capacity, 02 had not; of 03, 04 and 20 it is not known.
    ("M5", "sought_lacked"): ByHand("02", "", _NO_CAPACITY),
    ("M5", "sought_had"): ByHand("01", "", _NO_CAPACITY),
    ("M5", "expressed_lacked"): ByHand("", "02"),
    ("M5", "expressed_had"): ByHand("01"),
    ("M5", "achieved_lacked"): ByHand("", "", {"no outcomes expressed": "02"}),
    ("M5", "achieved_had"): ByHand("01"),
    # Begun: 01, 02, 03, 04, 10, 11, 12, 20.
    ("M6", "considered"): ByHand("01 02 12", "03 04 10 11 20"),
    ("M6", "not_arranged"): ByHand("12", "02"),
    ("M6", "supported"): ByHand("02"),
    # No enquiry: 05, 06, 09.
    ("M7", "asked"): ByHand("05", "06 09"),
    ("M7", "informed"): ByHand("05", "06 09"),
    ("M7", "route"): ByHand("05", "06 09"),
    # Days to the decision: 2, 4, 1, 3, 1, 4, 3, none of 1, 0.
    ("M8", "decision"): ByHand("01 03 04 05 07 09", "02 06", {"not due yet": "08"}),
    # Days: 43, 61, 53, 24, open 29, open 61, open 60, 59.
    ("M8", "enquiry"): ByHand("01 03 04 20", "02 11", {"not due yet": "10 12"}),
    ("M8", "plan"): ByHand("13", "14", {"not due yet": "15", "closed before it was due": "16"}),
    # Closed: 01, 02, 16, 17, 19.
    ("M9", "offered"): ByHand("01 16", "02 17 19"),
    ("M9", "safer"): ByHand("01", "", {"not said": "16"}),
    ("M10", "reduced_or_removed"): ByHand("01 02", "16 17", {"no result on record": "19"}),
    ("M10", "reduced"): ByHand("01", "02 16 17", {"no result on record": "19"}),
    ("M10", "removed"): ByHand("02", "01 16 17", {"no result on record": "19"}),
    ("M10", "remained"): ByHand("16 17", "01 02", {"no result on record": "19"}),
    ("M10", "by_choice"): ByHand("16", "17"),
    # One wish about control, too; one about protection alone; one about nobody knows what.
    ("M11", "domains"): ByHand("01", "03", {"no domain on record": "19"}),
    ("M11", "higher"): ByHand("19", "20"),
    ("M11", "safer_but_lower"): ByHand("20", "19"),
    ("M12", "meetings"): ByHand("18", "18", {"not said": "18"}),
    # 10 and 20 January; from 20 January to 11 March it is 50 days; from then to 20 June 101.
    ("M12", "contact_28_days"): ByHand("18", "18 18", {"not due yet": "18"}),
    ("M13", "with_reason"): ByHand("04"),
    ("M13", "expired"): ByHand("04"),
    ("M14", "Q1_green"): ByHand("01 02", "03 04 06"),
    ("M14", "Q1_amber"): ByHand("04", "01 02 03 06"),
    ("M14", "Q1_red"): ByHand("03", "01 02 04 06"),
    ("M14", "Q1_grey"): ByHand("06", "01 02 03 04"),
    ("M14", "Q2_green"): ByHand("01", "02"),
    ("M14", "Q2_amber"): ByHand("02", "01"),
    ("M14", "Q2_red"): ByHand("", "01 02"),
    ("M14", "Q2_grey"): ByHand("", "01 02"),
    # Both answered: 01, 02, and 03, where "not known" is the answer; 04 and 20 say nothing.
    ("M15", "both"): ByHand("01 02 03", "04 20"),
    # 06 is about the person of 01, who is known there: 19 people.
    ("M16", "all"): ByHand("01", "02 03 04 05 07 08 09 10 11 12 13 14 15 16 17 18 19 20"),
    ("M16", "age"): ByHand("01 02", "03 04 05 07 08 09 10 11 12 13 14 15 16 17 18 19 20"),
    ("M16", "gender"): ByHand("01", "02 03 04 05 07 08 09 10 11 12 13 14 15 16 17 18 19 20"),
    ("M16", "ethnicity"): ByHand("01 02", "03 04 05 07 08 09 10 11 12 13 14 15 16 17 18 19 20"),
}


@pytest.fixture(scope="module")
def counts() -> MeasureCounts:
    found = MeasureCounts()
    for name, one in CASES.items():
        case = Case(name, one.events, adult=dict(one.adult))
        found.add(ReadCase(case, in_force(case, AS_OF), one.agency, "x.xml"), one.colours)
    found.finish()
    return found


def parts() -> Iterator[PartKey]:
    return ((measure, part) for measure, one in MEASURES.items() for part in one.parts)


@pytest.mark.parametrize("key", [*parts()], ids=lambda key: " ".join(key))
def test_each_part_is_counted_as_by_hand(counts: MeasureCounts, key: PartKey) -> None:
    by_hand, found = BY_HAND.get(key, ByHand()), counts.parts[key]
    counted, others = Counter(by_hand.counted.split()), Counter(by_hand.others.split())

    assert found.counted == sorted({*counted})
    assert found.not_counted == sorted({*others})
    assert (found.numerator, found.denominator) == (
        counted.total(),
        counted.total() + others.total(),
    )
    assert counts.left_out[key] == {
        reason: len(cases.split()) for reason, cases in by_hand.left_out.items()
    }


def test_there_are_twenty_cases_and_every_measure_counts_some_of_them() -> None:
    assert len(CASES) == 20
    assert {measure for measure, _ in BY_HAND} == {*MEASURES}


def groups(counts: MeasureCounts, key: PartKey, grouping: str) -> dict[str, tuple[int, int]]:
    return {
        name: (one.numerator, one.denominator) for name, one in counts.groups[key][grouping].items()
    }


def test_what_was_asked_at_the_point_of_concern_is_divided_up_as_by_hand(
    counts: MeasureCounts,
) -> None:
    key = ("M1", "asked")

    # The trust has 03 and 06, neither asked by the decision; the council all others.
    assert groups(counts, key, "agency") == {COUNCIL: (3, 5), TRUST: (0, 2)}
    # 07 was raised in June.
    assert groups(counts, key, "quarter") == {"2026-Q1": (3, 6), "2026-Q2": (0, 1)}
    assert groups(counts, key, "capacity") == {"had": (1, 1), "lacked": (1, 1), "not_known": (1, 5)}
    # The police raised 03, 05 and 06; of 04 and 07 it is not recorded.
    assert groups(counts, key, "partner") == {
        "gp": (2, 2),
        "police": (1, 3),
        "not recorded": (0, 2),
    }


def test_concerns_without_an_enquiry_are_those_found_by_hand(counts: MeasureCounts) -> None:
    found = counts.no_enquiry

    assert found.all_concerns == 9
    assert {(one.case, one.result, one.was_told, one.was_asked) for one in found.concerns} == {
        ("05", "no_enquiry", "yes", "yes"),
        ("06", "no_enquiry", "no", "not recorded"),
        ("07", "more_information", "not recorded", "not recorded"),
        ("08", "not_decided", "not recorded", "not recorded"),
        ("09", "no_enquiry", "not recorded", "not recorded"),
    }


def test_outcomes_not_met_are_those_found_by_hand(counts: MeasureCounts) -> None:
    assert [tuple(one) for one in counts.not_met] == [
        ("03", "not_achieved", "declined", "not_known")
    ]
