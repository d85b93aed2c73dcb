"""The units of each measure: what is counted, of what, and what is left out for which reason."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from msp_rules.audit.measures.definitions import MEASURES, NEEDS
from msp_rules.audit.measures.units import units_of
from msp_rules.casework.case import Case, Event, FieldValue, Supply
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force

AS_OF: Final = parse_as_of("2026-06-30")


def event(kind: str, day: str, name: str = "", /, **fields: FieldValue) -> Event:
    moment = parse_moment(day)
    return Event(name or f"{kind} {day}", kind, moment, moment, fields)


def counted(measure: str, part: str, *events: Event, **parts: object) -> tuple[object, ...]:
    """The numerator, the denominator, and what was left out by reason, of one case."""
    case = Case("C", events, **parts)  # type: ignore[arg-type]
    found = [
        one for one in units_of(in_force(case, AS_OF)) if (one.measure, one.part) == (measure, part)
    ]
    base = [one for one in found if not one.left_out]
    out = Counter(one.left_out for one in found if one.left_out)
    return (sum(one.counts for one in base), len(base), *([dict(out)] if out else []))


CONCERN: Final = event("concern_raised", "2026-01-05", "c", source="police")
DECIDED: Final = event("s42_decided", "2026-01-08", result="s42_enquiry")
NO_ENQUIRY: Final = event("s42_decided", "2026-01-08", result="no_enquiry")
STARTED: Final = event("enquiry_started", "2026-01-09", kind="s42")
CLOSED: Final = event("case_closed", "2026-03-10")
EXPRESSED: Final = event("outcomes_conversation", "2026-01-08", asked="asked_expressed")
NONE: Final = event("outcomes_conversation", "2026-01-09", asked="asked_none_expressed")
NOT_ASKED: Final = event("outcomes_conversation", "2026-01-06", asked="not_asked")
MET: Final = event("outcome_reviewed", "2026-03-01", achieved="partial", outcome="o")
UNMET: Final = event("outcome_reviewed", "2026-03-01", achieved="not_achieved", outcome="o")


def concluded(capacity: str | None = None, **fields: FieldValue) -> Event:
    more = {} if capacity is None else {"lacked_capacity": capacity}
    return event("enquiry_concluded", "2026-03-09", **more, **fields)


@pytest.mark.parametrize(
    ("measure", "part", "events", "expected"),
    [
        # Asked on the day of the decision, a day after it, and not yet decided.
        ("M1", "asked", [CONCERN, DECIDED, EXPRESSED], (1, 1)),
        ("M1", "asked", [CONCERN, DECIDED, NONE], (0, 1)),
        ("M1", "asked", [CONCERN, DECIDED, NOT_ASKED], (0, 1)),
        ("M1", "asked", [CONCERN, EXPRESSED], (0, 0, {"not decided on yet": 1})),
        (
            *("M1", "asked"),
            [event("concern_raised", "2026-01-05", identified_adult="no"), DECIDED],
            (0, 0, {"no identified adult": 1}),
        ),
        ("M2", "asked_expressed", [STARTED, NONE, concluded()], (0, 1)),
        (
            *("M2", "asked_expressed"),
            [
                CONCERN,
                STARTED,
                event("outcomes_conversation", "2026-02-01", asked="asked_expressed"),
            ]
            + [concluded()],
            (1, 1),
        ),
        ("M2", "not_recorded", [STARTED, concluded()], (1, 1)),
        ("M2", "not_recorded", [STARTED], (0, 0)),
        ("M3", "achieved", [STARTED, EXPRESSED, MET, concluded()], (1, 1)),
        ("M3", "full", [STARTED, EXPRESSED, MET, concluded()], (0, 1)),
        ("M3", "achieved", [STARTED, EXPRESSED, UNMET, concluded()], (0, 1)),
        ("M3", "achieved", [STARTED, EXPRESSED, concluded()], (0, 0, {"no result on record": 1})),
        ("M3", "achieved", [STARTED, NONE, concluded()], (0, 0, {"no outcomes expressed": 1})),
        ("M4", "sought", [STARTED, NONE, concluded()], (1, 1)),
        ("M4", "sought", [STARTED, NOT_ASKED, concluded()], (0, 1)),
        ("M5", "sought_lacked", [STARTED, NONE, concluded("yes")], (1, 1)),
        ("M5", "sought_had", [STARTED, NONE, concluded("yes")], (0, 0)),
        ("M5", "sought_had", [STARTED, NONE, concluded("no")], (1, 1)),
        ("M5", "sought_had", [STARTED, NONE, concluded()], (0, 0, {"capacity not known": 1})),
        ("M5", "achieved_had", [STARTED, EXPRESSED, MET, concluded("no")], (1, 1)),
        ("M6", "considered", [STARTED], (0, 1)),
        (
            *("M6", "considered"),
            [STARTED, event("advocacy_considered", "2026-01-10", conclusion="not_needed")],
            (1, 1),
        ),
        (
            *("M6", "not_arranged"),
            [STARTED, event("advocacy_considered", "2026-01-10", conclusion="imca")],
            (1, 1),
        ),
        (
            *("M6", "not_arranged"),
            [STARTED, event("advocacy_considered", "2026-01-10", conclusion="imca")]
            + [event("advocate_status", "2026-01-11", state="referred")],
            (0, 1),
        ),
        ("M6", "supported", [STARTED, concluded("yes", supported_by=("imca",))], (1, 1)),
        (
            "M6",
            "supported",
            [STARTED, concluded("yes", supported_by=("other_professional",))],
            (0, 1),
        ),
        ("M6", "supported", [STARTED, concluded("no", supported_by=("imca",))], (0, 0)),
        ("M7", "asked", [CONCERN, NO_ENQUIRY, EXPRESSED], (1, 1)),
        ("M7", "asked", [CONCERN, NO_ENQUIRY, NONE], (0, 1)),
        ("M7", "asked", [CONCERN, DECIDED, EXPRESSED], (0, 0)),
        (
            *("M7", "route"),
            [event("s42_decided", "2026-01-08", result="no_enquiry", alternative_route=("none",))],
            (0, 1),
        ),
        (
            *("M7", "informed"),
            [event("s42_decided", "2026-01-08", result="no_enquiry", adult_informed="yes")],
            (1, 1),
        ),
        # The third day is in time, the fourth is not; so is no decision once three are over.
        ("M8", "decision", [CONCERN, DECIDED], (1, 1)),
        (
            "M8",
            "decision",
            [CONCERN, event("s42_decided", "2026-01-09", result="no_enquiry")],
            (0, 1),
        ),
        ("M8", "decision", [event("concern_raised", "2026-06-26")], (0, 1)),
        ("M8", "decision", [event("concern_raised", "2026-06-27")], (0, 0, {"not due yet": 1})),
        # 9 January to 10 March is 60 days.
        ("M8", "enquiry", [STARTED, CLOSED], (1, 1)),
        ("M8", "enquiry", [STARTED, event("case_closed", "2026-03-11")], (0, 1)),
        ("M8", "enquiry", [event("enquiry_started", "2026-05-01")], (0, 0, {"not due yet": 1})),
        ("M8", "enquiry", [event("enquiry_started", "2026-04-30")], (0, 1)),
        (
            *("M8", "plan"),
            [event("plan_made", "2025-12-29"), event("plan_reviewed", "2026-06-30")],
            (1, 1),
        ),
        ("M8", "plan", [event("plan_made", "2025-12-28")], (0, 1)),
        ("M8", "plan", [event("plan_made", "2025-12-29")], (0, 0, {"not due yet": 1})),
        (
            *("M8", "plan"),
            [event("plan_made", "2025-12-01"), CLOSED],
            (0, 0, {"closed before it was due": 1}),
        ),
        (
            "M9",
            "offered",
            [CLOSED, event("experience_feedback", "2026-03-10", offered="yes")],
            (1, 1),
        ),
        ("M9", "offered", [CLOSED], (0, 1)),
        ("M9", "offered", [event("experience_feedback", "2026-03-10", offered="yes")], (0, 0)),
        (
            *("M9", "safer"),
            [event("experience_feedback", "2026-03-10", answered="yes", felt_safer="partly")],
            (1, 1),
        ),
        (
            *("M9", "safer"),
            [event("experience_feedback", "2026-03-10", answered="yes")],
            (0, 0, {"not said": 1}),
        ),
        (
            *("M10", "reduced_or_removed"),
            [event("case_closed", "2026-03-10", risk_result="removed")],
            (1, 1),
        ),
        ("M10", "remained", [event("case_closed", "2026-03-10", risk_result="remained")], (1, 1)),
        (
            *("M10", "by_choice"),
            [event("case_closed", "2026-03-10", risk_result="remained")]
            + [event("risk_discussed", "2026-02-01", informed_choice="yes")],
            (1, 1),
        ),
        ("M10", "remained", [CLOSED], (0, 0, {"no result on record": 1})),
        (
            *("M10", "reduced"),
            [event("case_closed", "2026-03-10", risk_result="not_applicable")],
            (0, 0, {"not applicable": 1}),
        ),
        (
            *("M11", "domains"),
            [event("outcome_expressed", "2026-01-08", domain=("protection", "dignity"))],
            (1, 1),
        ),
        (
            *("M11", "domains"),
            [event("outcome_expressed", "2026-01-08", domain=("protection",))],
            (0, 1),
        ),
        (
            *("M11", "domains"),
            [event("outcome_expressed", "2026-01-08")],
            (0, 0, {"no domain on record": 1}),
        ),
        (
            *("M11", "safer_but_lower"),
            [event("grid_position", "2026-01-08", wellbeing="high", safety="low")]
            + [event("grid_position", "2026-03-08", wellbeing="low", safety="high")],
            (1, 1),
        ),
        (
            *("M11", "higher"),
            [event("grid_position", "2026-01-08", wellbeing="low", safety="low")],
            (0, 0, {"one position": 1}),
        ),
        ("M12", "meetings", [event("meeting_held", "2026-01-20", participation="written")], (1, 1)),
        ("M12", "meetings", [event("meeting_held", "2026-01-20", participation="none")], (0, 1)),
        ("M12", "meetings", [event("meeting_held", "2026-01-20")], (0, 0, {"not said": 1})),
        (
            *("M12", "contact_28_days"),
            [
                event("contact_with_adult", day)
                for day in ("2026-01-01", "2026-01-29", "2026-02-27")
            ],
            (1, 3),
        ),
        ("M13", "with_reason", [NOT_ASKED], (0, 1)),
        (
            *("M13", "with_reason"),
            [
                event(
                    "outcomes_conversation",
                    "2026-01-06",
                    asked="not_asked",
                    reason_not_asked="other",
                )
            ],
            (1, 1),
        ),
        ("M15", "both", [STARTED, EXPRESSED, concluded("no")], (1, 1)),
        ("M15", "both", [STARTED, EXPRESSED, concluded()], (0, 1)),
    ],
)
def test_what_counts(
    measure: str, part: str, events: list[Event], expected: tuple[object, ...]
) -> None:
    assert counted(measure, part, *events) == expected


@pytest.mark.parametrize(
    ("day", "later", "expected"),
    [
        ("2026-06-29", (), (1, 1)),
        ("2026-06-30", (), (0, 1)),
        ("2026-06-29", (EXPRESSED,), (0, 1)),
    ],
)
def test_a_temporary_reason_that_is_past_its_day(
    day: str, later: tuple[Event, ...], expected: tuple[int, int]
) -> None:
    reason = event(
        "outcomes_conversation", "2026-01-06", asked="not_asked", review_by=parse_moment(day)
    )

    assert counted("M13", "expired", reason, *later) == expected


def test_what_a_source_cannot_supply_is_left_out() -> None:
    supply = Supply(declared=True, types=frozenset({"enquiry_started", "enquiry_concluded"}))

    found = counted("M4", "sought", STARTED, concluded(), supply=supply)

    assert found == (0, 0, {"the source can't supply outcomes_conversation": 1})


def test_the_partner_is_whoever_raised_the_concern() -> None:
    case = Case("C", (CONCERN, DECIDED, EXPRESSED))

    (found,) = [one for one in units_of(in_force(case, AS_OF)) if one.measure == "M1"]

    assert (found.partner, found.capacity) == ("police", "not_known")


def test_every_need_names_a_measure_and_a_part() -> None:
    for measure, parts in NEEDS.items():
        assert set(parts) - {""} <= set(MEASURES[measure].parts)
