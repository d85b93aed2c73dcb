"""MCA-01 to MCA-04 and ADV-01 to ADV-04, as read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.oracle.core import notions
from tests.oracle.core.record import (
    Due,
    Entry,
    Record,
    first,
    is_after,
    is_before,
    is_since,
    newest,
    order,
    working_days,
)
from tests.oracle.core.table import (
    Finding,
    Reason,
    at,
    counted_from,
    each,
    earlier,
    explanations,
    once,
)

IN_DOUBT: Final = ("doubt", "fluctuates")


def mca_01(record: Record) -> Finding | None:
    deciding = first(notions.decisions_to_enquire(record))
    if deciding is None:
        deciding = first(
            one
            for one in record.all("s42_decided")
            if one.has("result") and not one.says("result", "more_information")
        )
    due = None if deciding is None else at(deciding)
    considered = record.all("capacity_considered")
    thought = [one for one in considered if one.has("view") and not one.says("view", "not_known")]
    reasons = []
    enquired = notions.decisions_to_enquire(record)
    for one in record.saying("s42_decided", "result", "no_enquiry", "duplicate", "transferred"):
        mine = notions.owned_by(record)[one.id]
        if enquired or deciding is None or not is_since(deciding, one) or not mine:
            continue
        if record.refs(one, "concern") & record.later:
            continue  # it names a concern that came later still
        if all(one.day >= c.day and working_days(c, 1).keeps(one) for c in mine):
            reasons.append(Reason(one))
    by_limit = [one for one in considered if due is not None and due.keeps(one)]
    return Finding(
        due=due,
        full=first([*thought, *record.all("capacity_assessed")]),
        reasons=[*reasons, *explanations(record, "MCA-01", ())],
        is_unknown=any(one.says("view", "not_known") for one in newest(by_limit)),
        colour="red" if record.all("case_closed") else "amber",
    )


def mca_02(record: Record, doubt: Entry) -> Finding | None:
    if not doubt.says("view", *IN_DOUBT):
        return None
    answers = []
    for one in record.all("capacity_assessed"):
        names = record.ref(one, "considered")
        if (
            names == doubt.id
            and one.day >= doubt.day
            or names is None
            and one.day >= doubt.day
            and notions.same_kind(one, doubt)
        ):
            answers.append(one)
    answers += [
        one
        for one in record.saying("capacity_considered", "view", "no_reason_to_doubt")
        if is_after(one, doubt) and notions.same_kind(one, doubt)
    ]
    codes = (
        "not_reachable", "adult_declined", "hospital_admission", "awaiting_interpreter",
        "covered_elsewhere",
    )  # fmt: skip
    return Finding(
        due=working_days(doubt, 10),
        full=first(answers),
        reasons=explanations(record, "MCA-02", codes, doubt),
        colour="red" if record.all("case_closed") else "amber",
    )


KINDS: Final = (
    "taking_part_in_enquiry", "protective_measure", "residence_or_care", "finances", "contact",
    "information_sharing",
)  # fmt: skip


def mca_03(record: Record, assessment: Entry) -> Finding | None:
    if assessment.says("reported", "yes"):
        return None
    names = ("understand", "retain", "weigh", "communicate")
    tested = all(assessment.has(name) for name in names)
    some_no = any(assessment.says(name, "no") for name in names)
    every_one = all(assessment.says(name, "yes", "no") for name in names)
    is_named = assessment.has("decision") or assessment.says("decision_kind", *KINDS)
    others = [
        assessment.has("support_given"),
        tested and (some_no or every_one),
        not assessment.says("conclusion", "lacks_capacity")
        or (assessment.has("impairment") and assessment.says("link_made", "yes")),
    ]
    return Finding(
        due=at(assessment),
        full=assessment if is_named and all(others) else None,
        reasons=[
            *([Reason(assessment)] if assessment.has("document") else []),
            *explanations(record, "MCA-03", (), assessment),
        ],
        is_partly=is_named and any(others),
    )


def _best_interests(decided: Entry) -> list[bool]:
    return [
        decided.has("wishes_and_feelings"),
        decided.has("consulted"),
        decided.has("option"),
        decided.says("less_restrictive_considered", "yes"),
    ]


def mca_04(record: Record, decided: Entry) -> Finding | None:
    parts = _best_interests(decided)
    reasons = explanations(record, "MCA-04", (), decided)
    follow_up = decided.date("follow_up")
    if decided.says("urgent", "yes") and follow_up is not None:
        reasons.append(Reason(decided, follow_up))
        reasons += [
            Reason(one)
            for one in record.all("best_interests_decided")
            if is_after(one, decided) and one.id != decided.id and all(_best_interests(one))
        ]
    return Finding(
        due=at(decided),
        full=decided if all(parts) else None,
        reasons=reasons,
        is_partly=any(parts),
    )


def mca_04_without(record: Record) -> Finding | None:
    lacking = [
        one
        for one in record.saying("capacity_assessed", "conclusion", "lacks_capacity")
        if one.says("decision_kind", "protective_measure") or not one.has("decision_kind")
    ]
    plan = first(one for one in record.all("plan_made") if lacking and is_since(one, lacking[0]))
    closure = record.last_closure()
    due = earlier(*(at(one) for one in (plan, closure) if one is not None))
    due = counted_from(due, lacking[0]) if lacking else due
    protects = notions.lacks_capacity(record, "protective_measure", unnamed=False)
    applies = bool(record.all("plan_made")) and (protects or notions.lacks_capacity(record))
    return Finding(due=due, applies=applies)


def adv_01(record: Record) -> Finding | None:
    began = (
        first(record.saying("s42_decided", "result", "s42_enquiry")),
        first(record.saying("enquiry_started", "kind", "s42")),
    )
    if began == (None, None):
        return None
    considered = record.all("advocacy_considered")
    full = [
        one
        for one in considered
        if one.has("conclusion") and (not one.says("conclusion", "not_needed") or one.has("reason"))
    ]
    return Finding(
        due=earlier(*(None if one is None else working_days(one, 2) for one in began)),
        full=first(full),
        reasons=explanations(record, "ADV-01", ("emergency_action",)),
        is_partly=bool(considered),
        colour=_darkened(record),
    )


def _darkened(record: Record) -> str:
    went_on = [
        *record.all("enquiry_planned"),
        *record.all("enquiry_reported"),
        *record.standing_closure(),
    ]
    return "red" if went_on else "amber"


def is_suitable(record: Record, considered: Entry) -> bool:
    """A person is named who is not paid, not the source, and not refused with capacity."""
    refused = considered.says("adult_agrees", "no")
    return (
        considered.has("appropriate_person")
        and not considered.says("appropriate_person_paid", "yes")
        and not considered.says("appropriate_person_is_source", "yes")
        and (not refused or notions.lacks_capacity_for_taking_part(record))
    )


def names_need(record: Record, considered: list[Entry]) -> bool:
    """A difficulty without anybody suitable, or the conclusion that an advocate is needed."""
    if any(one.says("conclusion", "independent_advocate", "imca") for one in considered):
        return True
    has_difficulty, is_found = _difficulty_and_person(record, considered)
    if any(one.id in record.doubtful for one in considered):
        every = record.all("advocacy_considered")
        sure = newest(one for one in every if one.id not in record.doubtful)
        had_difficulty, was_found = _difficulty_and_person(record, sure)
        if had_difficulty != has_difficulty and was_found != is_found:
            return True  # two doubts, each by itself (section 11), don't make up a sure answer
    return has_difficulty and not is_found


def _difficulty_and_person(record: Record, considered: list[Entry]) -> tuple[bool, bool]:
    return (
        any(one.has("difficulty") for one in considered),
        any(is_suitable(record, one) for one in considered),
    )


def arranged(record: Record) -> list[Entry]:
    """Advocates referred or instructed, of a kind that arranges it."""
    return [
        one
        for one in record.saying("advocate_status", "state", "referred", "instructed")
        if not one.has("kind") or one.says("kind", "care_act", "imca", "court_appointed")
    ]


def _has_ended(need: Entry, end: Entry) -> bool:
    return is_since(end, need) and end is not need


def _need_limit(record: Record, latest: list[Entry]) -> Due:
    """Three days from the first consideration of the present need: nothing ended it by the newest.

    Where anything might have ended a need, the limit rests on the newest one as well.
    """
    considered = record.all("advocacy_considered")
    last = newest(considered)[-1]
    needs = [one for one in considered if names_need(record, [one])]
    ends = [one for one in considered if one not in needs] + arranged(record)
    past = [one for one in ends if is_before(one, last)]
    began = first(one for one in needs if not any(_has_ended(one, end) for end in past))
    due = working_days(began or latest[-1], 3)
    ended_by = [end for end in ends if any(_has_ended(one, end) for one in needs)]
    # What only may have ended a need by then leaves open from which one the days run.
    sure = [end for end in past if end.id not in record.doubtful]
    going_on = [one for one in needs if not any(_has_ended(one, end) for end in sure)]
    doubtful = [
        end.id
        for end in past
        if end.id in record.doubtful and any(_has_ended(one, end) for one in going_on)
    ]
    newest_too = [last.id] if ended_by else []
    return replace(due, rests_on=(*due.rests_on, *newest_too, *doubtful))


def adv_02(record: Record) -> Finding | None:
    latest = newest(record.all("advocacy_considered"))
    if not names_need(record, latest):
        return None
    lacks = notions.lacks_capacity_for_taking_part(record)
    declined = [
        *record.saying("advocacy_considered", "conclusion", "declined"),
        *record.saying("advocate_status", "state", "declined"),
    ]
    codes = ("emergency_action",) if lacks else ("emergency_action", "adult_declined")
    unavailable = [
        one
        for one in record.saying("advocate_status", "state", "unavailable")
        if one.says("escalated", "yes")
    ]
    return Finding(
        due=_need_limit(record, latest),
        full=first(arranged(record)),
        reasons=[
            *([] if lacks else [Reason(one) for one in declined]),
            *explanations(record, "ADV-02", codes),
        ],
        is_partly=bool(unavailable),
        colour=_darkened(record),
    )


def adv_03(record: Record) -> Finding | None:
    latest = newest(record.all("advocacy_considered"))
    relied = [
        one
        for one in latest
        if one.says("conclusion", "appropriate_person")
        or (one.has("appropriate_person") and not one.says("conclusion", "declined"))
    ]
    if not relied:
        return Finding(due=at(latest[-1]) if latest else None, applies=False)
    lacks = notions.lacks_capacity_for_taking_part(record)
    trusted = [
        one
        for one in latest
        if not one.says("appropriate_person_paid", "yes")
        and not one.says("appropriate_person_is_source", "yes")
    ]
    agreed = [one for one in latest if lacks or not one.says("adult_agrees", "no")]
    sure = [one for one in agreed if lacks or not one.says("adult_agrees", "not_sought")]
    full = first(one for one in sure if not one.says("adult_agrees", "no", "not_sought"))
    if full is None and sure:
        full = max([sure[0], notions.assessments_of_taking_part(record)[0]], key=order)
    concluded = [one for one in latest if one.says("conclusion", "independent_advocate", "imca")]
    independent = [
        one
        for one in record.saying("advocate_status", "state", "referred", "instructed")
        if not one.says("kind", "informal")
    ]
    since = [one for one in independent if is_since(one, latest[0])]
    in_place = newest(one for one in record.all("advocate_status") if is_since(latest[0], one))
    held = [one for one in in_place if one in independent]
    return Finding(
        due=at(latest[-1]),
        full=full if trusted and sure else None,
        reasons=[
            *(Reason(one) for one in concluded),
            *(Reason(one, rests_on=latest[0].id) for one in (*since, *held)),
            *explanations(record, "ADV-03", ()),
        ],
        is_partly=bool(trusted and agreed),
    )


def adv_04(record: Record) -> Finding | None:
    kinds = (
        record.all("enquiry_planned"),
        record.saying("meeting_held", "purpose", "planning"),
        record.all("plan_made"),
    )
    steps = [one for kind in kinds for one in kind]
    closure = record.last_closure()
    if not notions.lacks_capacity(record, "protective_measure", unnamed=False):
        if steps:
            return None  # whether one of them is the limit hangs on the assessment
        return Finding(due=None if closure is None else at(closure), applies=False)
    lacking = next(
        one
        for one in record.saying("capacity_assessed", "conclusion", "lacks_capacity")
        if one.says("decision_kind", "protective_measure")
    )
    # Each kind of step sets a limit of its own: the earliest is unknown where any of them is.
    firsts = [first(one for one in kind if is_since(one, lacking)) for kind in kinds]
    due = earlier(*(None if one is None else at(one) for one in (*firsts, closure)))
    thought = [
        *(
            one
            for one in record.saying("advocacy_considered", "imca_considered", "yes")
            if one.has("reason")
        ),
        *record.saying("advocacy_considered", "conclusion", "imca"),
        *record.saying("advocate_status", "kind", "imca"),
    ]
    return Finding(
        due=counted_from(due, lacking) if steps else due,
        full=first(thought),
        reasons=explanations(record, "ADV-04", ("covered_elsewhere",)),
        is_partly=bool(record.saying("advocacy_considered", "imca_considered", "yes")),
        colour="amber",
    )


RULES: Final = {
    "MCA-01": once(mca_01),
    "MCA-02": each("capacity_considered", mca_02, limit=lambda one: working_days(one, 10)),
    "MCA-03": each("capacity_assessed", mca_03, limit=at),
    "MCA-04": each("best_interests_decided", mca_04, mca_04_without),
    "ADV-01": once(adv_01),
    "ADV-02": once(adv_02),
    "ADV-03": once(adv_03),
    "ADV-04": once(adv_04),
}
