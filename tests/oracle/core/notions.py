"""Notions that several rules share: who was asked, capacity of a decision, when work went on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tests.oracle.core.record import (
    MAX_TEMPORARY_REASON,
    Entry,
    Record,
    first,
    is_after,
    is_since,
    newest,
    order,
    working_days,
)
from tests.oracle.core.table import Reason, stands_until

PASSING: Final = {
    "unsafe_to_ask", "no_safe_contact_yet", "emergency_action", "too_unwell",
    "communication_support_awaited", "police_advice",
}  # fmt: skip
FINAL: Final = {
    "declined_to_discuss", "representative_asked", "organisational_concern_no_individual",
    "deceased", "duplicate",
}  # fmt: skip
TO_ENQUIRE: Final = ("s42_enquiry", "other_enquiry")
ADULT: Final = ("adult", "adult_or_representative")
ADVOCATES: Final = ("care_act_advocate", "imca")
REPRESENTATIVES: Final = (
    "adult_or_representative", "family", "friend", "attorney_or_deputy", *ADVOCATES,
)  # fmt: skip
SPEAKS_FOR: Final = ("adult", *REPRESENTATIVES)
TAKING_PART: Final = "taking_part_in_enquiry"


def was_asked(talk: Entry) -> bool:
    """The adult or a representative was asked, and not in the voice of the suspected source."""
    return (
        talk.says("asked", "asked_expressed", "asked_none_expressed")
        and not talk.says("with", "other_professional")
        and not talk.says("with_is_source", "yes")
    )


def asked(record: Record) -> list[Entry]:
    """The conversations in which somebody was asked."""
    return [one for one in record.all("outcomes_conversation") if was_asked(one)]


def reasons_not_asked(record: Record, from_day: int | None) -> list[Reason]:
    """The reasons of conversations for not asking, from a day onwards."""
    found = []
    for one in record.saying("outcomes_conversation", "asked", "not_asked"):
        if from_day is not None and one.day < from_day:
            continue
        reason = one.get("reason_not_asked")
        if reason in PASSING:
            found.append(Reason(one, stands_until(one, str(reason), PASSING)))
        elif reason == "referrer_no_contact":
            found.append(Reason(one, working_days(one, MAX_TEMPORARY_REASON).day))
        elif reason in FINAL:
            has_text = reason != "representative_asked" or one.has("wishes_and_feelings")
            found.append(Reason(one, None, has_text))
    return found


def lacks_capacity(record: Record, *kinds: str, unnamed: bool = True) -> bool:
    """The newest assessment about one of these kinds of decision says so."""
    about = [
        one
        for one in record.all("capacity_assessed")
        if one.says("decision_kind", *kinds) or (unnamed and not one.has("decision_kind"))
    ]
    found = newest(about)
    sure = newest(one for one in about if one.id not in record.doubtful)
    if found and max(found, key=order).id in record.doubtful:
        # Two that only may be the newest make up no sure answer; and where it isn't known which
        # is the newest, any may be as new (each doubt by itself, section 11).
        return not _is_lack(sure) and _is_lack(about)
    return _is_lack(found)


def _is_lack(assessments: Iterable[Entry]) -> bool:
    return any(one.says("conclusion", "lacks_capacity") for one in assessments)


def assessments_of_taking_part(record: Record) -> list[Entry]:
    """The newest that lack capacity for taking part."""
    return newest(
        one
        for one in record.saying("capacity_assessed", "conclusion", "lacks_capacity")
        if one.says("decision_kind", TAKING_PART) or not one.has("decision_kind")
    )


def lacks_capacity_for_taking_part(record: Record) -> bool:
    """An assessment that names no kind counts for taking part."""
    return lacks_capacity(record, TAKING_PART)


def same_kind(one: Entry, other: Entry) -> bool:
    """The same kind of decision, or either names none."""
    kind, another = one.get("decision_kind"), other.get("decision_kind")
    return kind is None or another is None or kind == another


def decisions_to_enquire(record: Record) -> list[Entry]:
    """The decisions whose result is an enquiry."""
    return record.saying("s42_decided", "result", *TO_ENQUIRE)


def work_went_on(record: Record) -> bool:
    """An enquiry was decided on or started, or the case closed."""
    return bool(
        decisions_to_enquire(record) or record.all("enquiry_started") or record.standing_closure()
    )


def planning_meetings(record: Record) -> list[Entry]:
    """Meetings of purpose planning or strategy."""
    return record.saying("meeting_held", "purpose", "planning", "strategy")


def owned_by(record: Record) -> dict[str, list[Entry]]:
    """Of each decision: the concerns that belong to it."""
    concerns = record.all("concern_raised")
    decided: set[str] = set()
    owned: dict[str, list[Entry]] = {}
    for decision in sorted(record.all("s42_decided"), key=order):
        named = record.refs(decision, "concern")
        if named:
            mine = [one for one in concerns if one.id in named]
        elif record.belonging is not None:
            near = newest(one for one in concerns if is_since(decision, one))
            mine = {"each": concerns, "none": [], "near": near}[record.belonging]
        else:
            open_ones = [
                one for one in concerns if one.id not in decided and is_since(decision, one)
            ]
            earliest = first(open_ones)
            mine = [] if earliest is None else [earliest]
        owned[decision.id] = mine
        if not decision.says("result", "more_information"):
            decided |= {one.id for one in mine}
    return owned


def deciding(record: Record, concern: Entry) -> list[Entry]:
    """The decisions that belong to a concern."""
    owned = owned_by(record)
    return [one for one in record.all("s42_decided") if concern in owned[one.id]]


def spoke(entry: Entry, roles: Iterable[str]) -> bool:
    """The person who took part has one of the roles, or the record does not say who it was."""
    return not entry.has("with") or entry.says("with", *roles)


def any_after(entries: Iterable[Entry], anchor: Entry) -> bool:
    """Tells whether one of them is later than an entry."""
    return any(is_after(one, anchor) for one in entries)
