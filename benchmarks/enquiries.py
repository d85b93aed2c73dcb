"""How made-up enquiries go: planning, capacity, risk, meetings, a plan, and the end."""

from __future__ import annotations

from typing import Final

from benchmarks.lives import (
    Life,
    answer_for_kind,
    ask,
    close,
    consider_advocacy,
    decide,
    discuss_risk,
    keep_in_touch,
    review_outcomes,
)

_PARTNERS: Final = (
    "police", "nhs_community", "nhs_acute", "gp", "provider_homecare", "provider_residential",
    "housing", "mental_health_trust", "voluntary",
)  # fmt: skip
_FORMS: Final = ("single_agency", "multi_agency", "multi_agency", "provider_led", "nhs_led")
_GROUNDS: Final = ("others_at_risk", "serious_harm_or_life", "prevent_or_detect_crime")
_OVERSIGHT: Final = (
    "supervision", "supervision", "management_oversight", "principal_social_worker", "legal_advice",
)  # fmt: skip
_LONGEST_EXEMPLARY_DAYS: Final = 52


def enquire(life: Life) -> None:
    """An enquiry from the adult's view on it to its end."""
    r = life.record
    opened = r.day
    assess_first_risk(life)
    if not r.slips(0.15):
        consider_advocacy(life)
        _arrange_advocate(life)
    else:
        r.excuse("ADV-01")
    seek_views(life)
    answer_for_kind(life)
    r.later(0, 1)
    is_other = r.slips(0.1)
    decide(life, "other_enquiry" if is_other else "s42_enquiry")
    is_conversation = r.slips(0.15)
    r.soon()
    form = "conversation" if is_conversation else r.pick(_FORMS)
    r.add("enquiry_started", kind="other" if is_other else "s42", form=form)
    keep_in_touch(life, "explain")
    plan_enquiry(life, form)
    if r.is_over:
        return
    settle_capacity(life)
    if not is_conversation and r.chance(0.4):
        cause_enquiry(life)
    days = 60 + r.roll(140) if r.slips(0.2) else 24 + r.roll(_LONGEST_EXEMPLARY_DAYS - 24 - 12)
    carry_out(life, opened + days, is_brief=is_conversation)
    if r.is_over or r.slips(0.06):
        return  # drifts on
    end(life)


def assess_first_risk(life: Life) -> None:
    """Risk at the beginning, and where the adult stands on the grid."""
    r = life.record
    if not r.slips(0.2):
        r.add(
            "risk_assessed",
            level=r.pick(("low", "medium", "medium", "high")),
            others_at_risk=r.pick(("no", "no", "yes")),
            outcome=r.pick(life.outcomes) if life.outcomes and r.chance(0.2) else None,
        )
    if r.chance(0.3):
        r.add("grid_position", wellbeing="low", safety="low", judged_by=life.voice)


def _arrange_advocate(life: Life) -> None:
    r = life.record
    if life.doubt is None or not life.lacks_capacity:
        return
    life.voice = "care_act_advocate"
    if r.slips(0.15):
        r.excuse("ADV-02")
        return
    kind = r.pick(("care_act", "imca"))
    r.soon()
    r.add("advocate_status", kind=kind, state="referred")
    if r.slips(0.1):
        state = r.pick(("unavailable", "declined", "ended"))
        escalated = "yes" if state == "unavailable" and r.chance(0.5) else None
        r.add("advocate_status", kind=kind, state=state, escalated=escalated)
        return
    r.soon()
    r.add("advocate_status", kind=kind, state="instructed")


def seek_views(life: Life) -> None:
    """What the adult thinks of going ahead; against it, the ground for doing so is recorded."""
    r = life.record
    if r.slips(0.12):
        r.excuse("CON-01")
        return
    r.soon()
    is_against = not life.is_self_neglect and life.voice == "adult" and r.chance(0.08)
    agree = "no" if is_against else r.pick(("partly", "not_sought")) if r.slips(0.1) else "yes"
    views = r.add(
        "views_on_proceeding",
        about="enquiry",
        agree=agree,
        with_=life.voice,
        reason=r.say("view") if agree != "yes" and not r.slips(0.2) else None,
    )
    if agree == "yes" or r.slips(0.25):
        return
    override = r.add(
        "override_decided",
        views=views,
        ground=None if r.slips(0.1) else r.pick(_GROUNDS),
        legal_basis=None if r.slips(0.15) else r.say("basis"),
        authorised_by=r.say("lead"),
        person_told=r.pick(("not_yet", "no_unsafe")) if r.slips(0.1) else "yes",
        rationale=r.say("rationale"),
    )
    share_information(life, override)


def share_information(life: Life, override: str | None) -> None:
    """Tells another agency what it needs to know."""
    r = life.record
    r.add(
        "information_shared",
        with_agency=r.pick(_PARTNERS),
        what=None if r.slips(0.1) else "the concern and the adult's view of it",
        how=None if r.slips(0.1) else r.say("method"),
        basis=None if r.slips(0.15) else r.say("basis"),
        override=override,
    )


def plan_enquiry(life: Life, form: str) -> None:
    """Plans with the adult, shares what is needed, and asks others to enquire."""
    r = life.record
    r.later(0, 2)
    if not r.slips(0.12):
        r.add(
            "enquiry_planned",
            with_adult="no" if r.slips(0.2) else "yes",
            agreed_due=r.date_in(50, 60) if r.chance(0.7) else None,
        )
    if not r.slips(0.15):
        r.add(
            "response_decided",
            response=r.say("action"),
            why_proportionate=None if r.slips(0.12) else r.say("rationale"),
            less_intrusive_considered=None if r.slips(0.15) else "yes",
            adult_agrees=None if r.slips(0.1) else r.pick(("yes", "yes", "partly")),
            form=form,
        )
    if form == "conversation":
        return
    if not r.slips(0.3):
        keep_in_touch(life, "views")
    r.soon()
    if r.chance(0.6):
        hold_meeting(life, "planning" if r.chance(0.8) else "strategy")
    if r.chance(0.5):
        share_information(life, None)
    if r.chance(0.7):
        r.add(
            "partner_involved",
            partner=r.pick(_PARTNERS),
            part=r.say("part"),
            msp_evidence="not_judged" if r.slips(0.4) else r.pick(("yes", "yes", "part")),
        )


def cause_enquiry(life: Life) -> None:
    """Asks another body to enquire, and hears back."""
    r = life.record
    agency = r.pick(_PARTNERS)
    caused = r.add(
        "enquiry_caused",
        to_agency=agency,
        carries_views=None if r.slips(0.15) else "yes",
        carries_capacity_view=None if r.slips(0.2) else "yes",
        carries_period=None if r.slips(0.1) else "yes",
        carries_issues=None if r.slips(0.05) else "yes",
        due=r.date_in(10, 20),
    )
    r.later(4, 7)
    keep_in_touch(life, "update")
    if not r.slips(0.5):
        ask(life, is_again=True)
        r.add("oversight", kind=r.pick(_OVERSIGHT))
    if not r.slips(0.15):
        _report(life, caused, agency)


def _report(life: Life, caused: str | None, agency: str) -> None:
    r = life.record
    r.add(
        "enquiry_reported",
        caused=caused,
        finding="inconclusive" if r.slips(0.2) else "risk_identified",
        action_taken="no" if r.slips(0.1) else "yes",
        ceased_at_adults_request="yes" if r.slips(0.03) else "no",
        voice_of_adult=None if r.slips(0.15) else "yes",
        outcomes_covered=None if r.slips(0.15) else "yes",
        by_agency=agency,
    )


def hold_meeting(life: Life, purpose: str) -> None:
    """A meeting, with the adult in the way that suits them."""
    r = life.record
    is_without = r.slips(0.2)
    with_reason = is_without and r.chance(0.5)
    routes = ("present", "present", "separate_conversation", "written")
    route = "advocate" if life.voice != "adult" else r.pick(routes)
    meeting = r.add(
        "meeting_held",
        purpose=purpose,
        adult_invited="no" if is_without else "yes",
        participation="none" if is_without else route,
        venue_considered=None if r.slips(0.3) else "yes",
        support=r.say_each("support", 1) if r.chance(0.4) else None,
        record_shared_with_adult=None if r.slips(0.15) else "yes",
        not_involved=r.pick(("adult_preferred_not", "police_advice")) if with_reason else None,
        reason_not_involved=r.say("reason") if with_reason else None,
    )
    if is_without and not with_reason:
        r.excuse("INV-01", meeting)


def settle_capacity(life: Life) -> None:
    """A doubt leads to an assessment; where the adult lacks capacity, to best interests."""
    r = life.record
    if life.doubt is None:
        return
    r.later(1, 2)
    if r.slips(0.15):
        r.excuse("MCA-02", life.doubt)
        return
    result = "no" if life.lacks_capacity else "yes"
    is_thin = r.slips(0.15)
    decision = r.say("decision")
    assessment = r.add(
        "capacity_assessed",
        decision=None if r.slips(0.06) else decision,
        decision_kind="protective_measure" if life.lacks_capacity else "taking_part_in_enquiry",
        considered=None if r.slips(0.15) else life.doubt,
        support_given=None if is_thin else r.say_each("support", 2),
        understand=result,
        retain="yes",
        weigh=None if is_thin else result,
        communicate="yes",
        impairment=r.say("reason") if not r.slips(0.1) else None,
        link_made=None if is_thin else "yes",
        conclusion="lacks_capacity" if life.lacks_capacity else "has_capacity",
        document="DOC-4" if r.chance(0.1) else None,
    )
    if not life.lacks_capacity:
        return
    r.soon()
    ask(life, is_again=True)
    if not r.slips(0.12):
        r.later(1, 3)
        _decide_best_interests(life, assessment, decision)
    if not r.slips(0.2):
        r.add("advocate_contribution", kind="care_act", summary=r.say("view"))


def _decide_best_interests(life: Life, assessment: str, decision: str) -> None:
    r = life.record
    is_restrictive = r.chance(0.2)
    r.add(
        "best_interests_decided",
        decision=decision,
        decision_kind="protective_measure",
        assessment=assessment,
        wishes_and_feelings=None if r.slips(0.12) else r.say("view"),
        consulted=None if r.slips(0.12) else ("family", "care_act_advocate"),
        option=None if r.slips(0.1) else r.say_each("option", 2),
        less_restrictive_considered=None if r.slips(0.15) else "yes",
        advocate_involved="yes",
        restriction="a keypad on the front door" if is_restrictive else None,
        dols_considered="yes" if is_restrictive and not r.slips(0.3) else None,
        urgent="no",
        follow_up=r.date_in(20, 40) if r.chance(0.4) else None,
    )


def carry_out(life: Life, last_day: int, *, is_brief: bool) -> None:
    """The weeks of the enquiry: risk weighed, contact kept, wishes asked again, a plan made."""
    r = life.record
    plan, step = None, 0
    while (r.day < last_day or step < 2) and not r.is_over:
        r.later(5, 30 if r.slips(0.2) else 9)
        if not r.slips(0.1):
            keep_in_touch(life, "update" if step % 2 else "views")
        if step == 0 and not r.slips(0.2):
            discuss_risk(life, r.pick(life.outcomes) if life.outcomes else None)
        if step % 2 == 0 and not r.slips(0.25):
            r.add("oversight", kind=r.pick(_OVERSIGHT))
        if step % 2 == 0 and not r.slips(0.35):
            ask(life, is_again=True)
        if step == 1 and not is_brief and not r.slips(0.15):
            plan = make_plan(life)
        elif plan is not None and not r.slips(0.25):
            _review_plan(life, plan)
        if step == 2 and r.chance(0.5):
            hold_meeting(life, r.pick(("review", "outcomes", "large_scale")))
        _have_a_turn(life)
        step += 1


def _have_a_turn(life: Life) -> None:
    """What happens now and then: wishes change, families meet, another concern comes in."""
    r = life.record
    if life.outcomes and r.chance(0.08):
        is_gone = r.slips(0.3)
        outcome = life.outcomes[-1]
        r.add(
            "outcome_revised",
            outcome=outcome,
            change=r.pick(("withdrawn", "merged")) if is_gone else "changed",
            into=life.outcomes[0] if is_gone and len(life.outcomes) > 1 else None,
            reason=r.say("view"),
            agreed_by=life.voice,
        )
        if is_gone:
            life.outcomes.pop()
    if r.chance(0.04):
        r.add("family_group_conference", accepted=r.pick(("yes", "no")))
    if r.slips(0.02):
        r.add("serious_harm", agencies_could_have_worked_better=r.pick(("yes", "no")))
    if r.slips(0.03):
        r.add("concern_raised", source="family", abuse_type="physical", identified_adult="yes")
    if r.chance(0.1):
        r.add("risk_assessed", level=r.pick(("low", "medium")), others_at_risk="no")


def make_plan(life: Life) -> str:
    """A plan that the adult agreed to, with an action for every outcome."""
    r = life.record
    plan = r.add(
        "plan_made",
        lead=None if r.slips(0.1) else r.say("lead"),
        adult_agreed=None if r.slips(0.12) else "yes",
        contingency=None if r.slips(0.2) else r.say("action"),
        review_due=None if r.slips(0.15) else r.date_in(28, 40),
    )
    for outcome in life.outcomes:
        if r.slips(0.2):
            continue
        is_done = r.chance(0.5)
        r.add(
            "plan_action",
            plan=plan,
            text=r.say("action"),
            owner=None if r.slips(0.1) else r.pick(_PARTNERS),
            adult_owned=r.pick(("yes", "no", None)),
            due=r.date_in(7, 21),
            done=r.date_in(0, 5) if is_done else None,
            outcome=outcome,
        )
    return plan


def _review_plan(life: Life, plan: str) -> None:
    r = life.record
    r.add(
        "plan_reviewed",
        plan=plan,
        changed=r.pick(("yes", "no")),
        adult_took_part="no" if r.slips(0.15) else "yes",
    )


def end(life: Life) -> None:
    """The findings, how far the outcomes were met, and the closure."""
    r = life.record
    r.later(1, 4)
    if not r.slips(0.1):
        _report(life, None, "council")
    review_outcomes(life)
    if r.chance(0.3):
        better = ("high", "high", "low")
        r.add(
            "grid_position",
            wellbeing=r.pick(better),
            safety=r.pick(better),
            judged_by=life.voice,
        )
    risk_result = r.pick(("reduced", "reduced", "removed", "remained"))
    if risk_result == "removed" and r.slips(0.4):
        r.add("no_plan_needed", reason=r.say("reason"), adult_view="yes")
    if r.slips(0.1):
        return
    close(life, "outcomes_reviewed", risk_result)
