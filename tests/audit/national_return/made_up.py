"""Twenty cases for the tables of the national return, and what they are made of."""

from __future__ import annotations

from typing import Final

from msp_rules.audit.national_return.counting import year_named
from msp_rules.casework.case import Case, Event, FieldValue, Supply
from msp_rules.casework.moments import parse_as_of, parse_moment

AS_OF: Final = parse_as_of("2026-06-30")
YEAR: Final = year_named("2025-26")


def event(kind: str, day: str | None, name: str = "", /, **fields: FieldValue) -> Event:
    moment = None if day is None else parse_moment(day)
    return Event(
        name or f"{kind} {day}", kind, moment, moment, fields, is_certain=moment is not None
    )


def concern(day: str, **fields: FieldValue) -> Event:
    return event("concern_raised", day, f"concern {day}", **fields)


def started(day: str, kind: str = "s42") -> Event:
    return event("enquiry_started", day, f"start {day}", kind=kind)


def reported(day: str, finding: str, action: str, **fields: FieldValue) -> Event:
    return event("enquiry_reported", day, finding=finding, action_taken=action, **fields)


def asked(day: str, code: str) -> Event:
    return event("outcomes_conversation", day, asked=code)


def reviewed(day: str, code: str, outcome: str) -> Event:
    return event("outcome_reviewed", day, f"{outcome} {day}", achieved=code, outcome=outcome)


def concluded(day: str, **fields: FieldValue) -> Event:
    return event("enquiry_concluded", day, **fields)


def closed(day: str, result: str | None = None) -> Event:
    fields = {} if result is None else {"risk_result": result}
    return event("case_closed", day, **fields)


def case(name: str, adult: dict[str, FieldValue], *events: Event, **parts: object) -> Case:
    return Case(name, events, adult=adult, **parts)  # type: ignore[arg-type]


ANN: Final[dict[str, FieldValue]] = {
    **{"ref": "P1", "age_band": "75-84", "gender": "female", "ethnicity": "white"},
    "support_reason": "physical",
}
BEN: Final[dict[str, FieldValue]] = {
    **{"ref": "P2", "age_band": "18-64", "gender": "male", "ethnicity": "black"},
    "support_reason": "learning_disability",
}
NOBODY: Final[dict[str, FieldValue]] = {}
AT_HOME: Final[dict[str, FieldValue]] = {
    **{"abuse_type": ("physical", "neglect_omission"), "location": "own_home"},
    "source_of_risk": ("known_to_adult",),
}
IN_A_HOME: Final[dict[str, FieldValue]] = {
    **{"abuse_type": ("organisational",), "location": "care_home_nursing"},
    "source_of_risk": ("service_provider", "unknown_to_adult"),
}
CASES: Final = (
    # 1. Ann: a whole section 42 enquiry, closed by its own entry on the last day of the year.
    case(
        "C01",
        ANN,
        concern("2025-04-01", **AT_HOME),
        asked("2025-04-02", "asked_expressed"),
        started("2025-04-03"),
        reported("2026-03-01", "risk_identified", "yes"),
        reviewed("2026-03-02", "full", "o1"),
        concluded("2026-03-31", lacked_capacity="yes", supported_by=("family",)),
        closed("2026-03-31", "reduced"),
    ),
    # 2. Ann again: the same person, another enquiry; her age is not on this record.
    case(
        "C02",
        {"ref": "P1", "gender": "female", "support_reason": "memory_and_cognition"},
        concern("2025-06-01", **IN_A_HOME),
        started("2025-06-02", "other"),
        reported("2025-07-01", "inconclusive", "no"),
    ),
    # 3. Ben: begun a day before the year, concluded by the closure on its first day.
    case("C03", BEN, concern("2025-03-30"), started("2025-03-31"), closed("2025-04-01")),
    # 4. Ben: concern on the last day, no enquiry.
    case("C04", BEN, concern("2026-03-31")),
    # 5. A concern on the day after the year: it counts nowhere.
    case("C05", BEN, concern("2026-04-01"), started("2026-04-02")),
    # 6. Two bodies were asked; the second report ends it, and says what was found.
    case(
        "C06",
        NOBODY,
        concern("2025-05-01", **AT_HOME),
        started("2025-05-02"),
        event("enquiry_caused", "2025-05-03", "a"),
        event("enquiry_caused", "2025-05-04", "b"),
        reported("2025-06-01", "no_risk_identified", "no", caused="a"),
        reported("2025-06-20", "risk_identified", "no", caused="b"),
        closed("2025-09-01", "remained"),
    ),
    # 7. One of two bodies has reported: it goes on.
    case(
        "C07",
        NOBODY,
        concern("2025-05-01"),
        started("2025-05-02"),
        event("enquiry_caused", "2025-05-03", "a"),
        event("enquiry_caused", "2025-05-04", "b"),
        reported("2025-06-01", "no_risk_identified", "no", caused="a"),
    ),
    # 8. Ceased because the adult asked for it, and their words are on record.
    case(
        "C08",
        {"age_band": "95+"},
        concern("2025-08-01"),
        started("2025-08-02"),
        event("views_on_proceeding", "2025-08-03", agree="no"),
        asked("2025-08-03", "asked_none_expressed"),
        concluded("2025-08-04", lacked_capacity="no", ceased_at_adults_request="yes"),
    ),
    # 9. Ceased in the same way, and their words are not on record (V7).
    case(
        "C09",
        NOBODY,
        concern("2025-08-01"),
        started("2025-08-02"),
        asked("2025-08-03", "not_asked"),
        concluded("2025-08-04", lacked_capacity="dont_know", ceased_at_adults_request="yes"),
    ),
    # 10. Action was taken, so it did not cease without any.
    case(
        "C10",
        NOBODY,
        concern("2025-08-01"),
        started("2025-08-02"),
        asked("2025-08-03", "dont_know"),
        reported("2025-08-04", "no_risk_identified", "yes", ceased_at_adults_request="yes"),
        event("views_on_proceeding", "2025-08-03", agree="no", about="enquiry"),
    ),
    # 11. An assessment about taking part says that capacity was lacked; an advocate was instructed.
    case(
        "C11",
        {"age_band": "85-94", "gender": "other", "ethnicity": "refused"},
        concern("2025-10-01"),
        started("2025-10-02"),
        event(
            "capacity_assessed",
            "2025-10-03",
            conclusion="lacks_capacity",
            decision_kind="taking_part_in_enquiry",
        ),
        event("advocate_status", "2025-10-04", state="instructed", kind="care_act"),
        asked("2025-10-05", "asked_expressed"),
        reviewed("2025-10-20", "full", "o1"),
        reviewed("2025-10-20", "not_achieved", "o2"),
        reported("2025-10-21", "risk_identified", "yes"),
        closed("2025-10-22", "removed"),
    ),
    # 12. The assessment is about money, so it says nothing here; outcomes, and no result (V1).
    case(
        "C12",
        {"age_band": "85-94"},
        concern("2025-10-01"),
        started("2025-10-02"),
        event(
            "capacity_assessed",
            "2025-10-03",
            conclusion="lacks_capacity",
            decision_kind="finances",
        ),
        asked("2025-10-05", "asked_expressed"),
        reported("2025-10-21", "no_risk_identified", "no"),
        closed("2025-10-22", "removed"),
    ),
    # 13. No reason to doubt capacity; the newest result of the one outcome counts.
    case(
        "C13",
        {"age_band": "65-74"},
        concern("2025-11-01"),
        started("2025-11-02"),
        event("capacity_considered", "2025-11-03", view="no_reason_to_doubt"),
        asked("2025-11-05", "asked_expressed"),
        reviewed("2025-11-20", "partial", "o1"),
        reviewed("2025-11-25", "not_achieved", "o1"),
        reported("2025-11-21", "inconclusive", "yes"),
    ),
    # 14. Two enquiries in one case: each has its own conversation and its own end.
    case(
        "C14",
        {"age_band": "18-64"},
        concern("2025-04-10"),
        asked("2025-04-10", "asked_none_expressed"),
        started("2025-04-11"),
        reported("2025-04-20", "no_risk_identified", "no"),
        concern("2025-12-01", **IN_A_HOME),
        asked("2025-12-01", "not_asked"),
        started("2025-12-02", "other"),
        reported("2025-12-20", "no_risk_identified", "no"),
    ),
    # 15. Concluded without a start on record; the decision says which kind it was (V5: no concern).
    case(
        "C15",
        NOBODY,
        event("s42_decided", "2025-09-01", result="s42_enquiry"),
        concluded("2025-09-30", supported_by=("advocate",)),
    ),
    # 16. A start without a kind, and no decision.
    case("C16", NOBODY, concern("2025-09-01"), event("enquiry_started", "2025-09-02")),
    # 17. Decided on, and not begun.
    case(
        "C17",
        {"age_band": "18-64"},
        concern("2025-09-01"),
        event("s42_decided", "2025-09-02", result="s42_enquiry"),
    ),
    # 18. A closure that was undone ends nothing.
    case(
        "C18",
        NOBODY,
        concern("2025-09-01"),
        started("2025-09-02"),
        closed("2025-10-01"),
        event("case_reopened", "2025-10-02"),
    ),
    # 19. The day of its start can't be read.
    case("C19", NOBODY, concern("2025-09-01"), event("enquiry_started", None, kind="s42")),
    # 20. Its source can't supply starts: the decision is one.
    case(
        "C20",
        {"age_band": "not_known"},
        concern("2025-09-01", **AT_HOME),
        event("s42_decided", "2025-09-02", result="other_enquiry", concern=("concern 2025-09-01",)),
        closed("2025-10-01"),
        supply=Supply(
            declared=True, types=frozenset({"concern_raised", "s42_decided", "case_closed"})
        ),
    ),
)
