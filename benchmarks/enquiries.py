"""How made-up enquiries begin: risk, views, the decision, planning, and what others are asked."""

from __future__ import annotations

from typing import Final

from benchmarks.asking import ask
from benchmarks.capacity import (
    arrange_advocate,
    assess_capacity,
    consider_advocacy,
    decide_best_interests,
    let_advocate_speak,
)
from benchmarks.enquiry_work import carry_out, end, hold_meeting, oversee, report
from benchmarks.lives import (
    PARTNERS,
    Life,
    answer_for_kind,
    decide,
    involve_partner,
    keep_in_touch,
    share_information,
    wait_for_information,
)

_FORMS: Final = ("single_agency", "multi_agency", "multi_agency", "provider_led", "nhs_led")
_GROUNDS: Final = ("others_at_risk", "serious_harm_or_life", "prevent_or_detect_crime")
_LONGEST_EXEMPLARY_DAYS: Final = 52


def enquire(life: Life) -> None:
    """An enquiry from the adult's view on it to its end."""
    r = life.record
    opened = r.day
    assess_first_risk(life)
    if not r.slips(0.15):
        consider_advocacy(life)
        arrange_advocate(life)
    else:
        r.excuse("ADV-01")
    seek_views(life)
    answer_for_kind(life)
    r.later(0, 1)
    if r.chance(0.05):
        wait_for_information(life)
    is_other = r.chance(0.1)
    decide(life, "other_enquiry" if is_other else "s42_enquiry")
    is_conversation = r.chance(0.12)
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
    if r.is_over or life.is_closed or r.slips(0.06):
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


def seek_views(life: Life) -> None:
    """What the adult thinks of going ahead; against it, the ground for doing so is recorded."""
    r = life.record
    if r.slips(0.12):
        r.excuse("CON-01")
        return
    r.soon()
    is_against = not life.is_self_neglect and life.voice == "adult" and r.chance(0.12)
    is_unsafe = not is_against and r.chance(0.04)
    agree = "no" if is_against else "not_sought" if is_unsafe else "yes"
    if r.slips(0.1):
        agree = r.pick(("no", "partly", "not_sought"))
    views = r.add(
        "views_on_proceeding",
        about="enquiry",
        agree=agree,
        with_=life.voice,
        reason=r.say("view") if agree != "yes" and not r.slips(0.2) else None,
    )
    if agree == "yes" or r.slips(0.25):
        return
    told = "no_unsafe" if is_unsafe else "yes"
    override = r.add(
        "override_decided",
        views=views,
        ground=None if r.slips(0.1) else "asking_increases_risk" if is_unsafe else r.pick(_GROUNDS),
        legal_basis=None if r.slips(0.15) else r.say("basis"),
        authorised_by=r.say("lead"),
        person_told="not_yet" if r.slips(0.1) else told,
        rationale=r.say("rationale"),
    )
    share_information(life, override)


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
    is_declining = life.is_self_neglect and form != "conversation" and r.chance(0.4)
    if not r.slips(0.15):
        is_silent = r.slips(0.1)
        r.add(
            "response_decided",
            response=r.say("action"),
            why_proportionate=None if r.slips(0.12) else r.say("rationale"),
            less_intrusive_considered=None if r.slips(0.15) else "yes",
            adult_agrees=None
            if is_silent
            else "no"
            if is_declining
            else r.pick(("yes", "yes", "partly")),
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
    if r.chance(0.7) or (is_declining and not r.slips(0.4)):
        involve_partner(life)


def cause_enquiry(life: Life) -> None:
    """Asks another body to enquire, and hears back."""
    r = life.record
    agency = r.pick(PARTNERS)
    is_bare = r.slips(0.12)
    caused = r.add(
        "enquiry_caused",
        to_agency=agency,
        carries_views=None if is_bare or r.slips(0.15) else "yes",
        carries_capacity_view=None if is_bare or r.slips(0.2) else "yes",
        carries_period=None if is_bare or r.slips(0.1) else "yes",
        carries_issues=None if is_bare or r.slips(0.05) else "yes",
        due=r.date_in(10, 20),
    )
    r.later(4, 7)
    keep_in_touch(life, "update")
    if not r.slips(0.5):
        ask(life)
        oversee(life)
    if not r.slips(0.15):
        report(life, caused, agency, is_thin=is_bare)


def settle_capacity(life: Life) -> None:
    """A doubt leads to an assessment; where the adult lacks capacity, to best interests."""
    r = life.record
    if life.doubt is None:
        return
    r.later(1, 2)
    if r.slips(0.15):
        r.excuse("MCA-02", life.doubt)
        return
    decision = r.say("decision")
    kind = "protective_measure" if life.lacks_capacity else "taking_part_in_enquiry"
    considered = None if r.slips(0.15) else life.doubt
    if life.lacks_capacity and r.chance(0.6):
        part = "whether to take part in the enquiry"
        assess_capacity(life, "taking_part_in_enquiry", part, considered)
    assessment = assess_capacity(life, kind, decision, considered)
    if not life.lacks_capacity:
        return
    r.soon()
    if not r.slips(0.4):
        ask(life)
    if not r.slips(0.2):
        r.later(1, 3)
        decide_best_interests(life, kind, decision, assessment)
    let_advocate_speak(life)
