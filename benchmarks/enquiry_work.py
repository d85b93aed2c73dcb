"""The weeks of a made-up enquiry: contact kept, wishes asked again, a plan, findings, the end."""

from __future__ import annotations

from typing import Final

from benchmarks.asking import ask, discuss_risk
from benchmarks.capacity import decide_anew, let_advocate_speak
from benchmarks.closing import close, close_without_reply, review_outcomes
from benchmarks.lives import PARTNERS, Life, keep_in_touch
from benchmarks.situations import come_to_harm, die, hear_of_another_concern

_OVERSIGHT: Final = (
    "supervision",
    "supervision",
    "management_oversight",
    "principal_social_worker",
)


def hold_meeting(life: Life, purpose: str) -> None:
    """A meeting, with the adult in the way that suits them."""
    r = life.record
    with_reason = r.chance(0.12)
    is_without = with_reason or r.slips(0.15)
    routes = ("present", "present", "separate_conversation", "written")
    route = "advocate" if life.voice != "adult" else r.pick(routes)
    meeting = r.add(
        "meeting_held",
        purpose=purpose,
        adult_invited="no" if is_without else "yes",
        participation="none" if is_without else route,
        venue_considered=None if r.slips(0.3) else "yes",
        support=r.say_each("support", 1) if r.chance(0.4) else None,
        record_shared_with_adult=None if is_without or r.slips(0.15) else "yes",
        not_involved=r.pick(("adult_preferred_not", "police_advice")) if with_reason else None,
        reason_not_involved=r.say("reason") if with_reason else None,
    )
    if is_without and not with_reason:
        r.excuse("INV-01", meeting)


def oversee(life: Life) -> None:
    """Somebody thinks the work through with the practitioner."""
    r = life.record
    r.add("oversight", kind=r.pick(_OVERSIGHT))
    if r.chance(0.05):
        r.add("oversight", kind="legal_advice")


def report(
    life: Life,
    caused: str | None,
    agency: str,
    *,
    is_thin: bool = False,
    finding: str = "risk_identified",
) -> None:
    """The findings, with the adult's voice in them."""
    r = life.record
    life.found_risk = life.found_risk or finding == "risk_identified"
    r.add(
        "enquiry_reported",
        caused=caused,
        finding="inconclusive" if r.slips(0.2) else finding,
        action_taken="no" if r.slips(0.1) else "yes",
        ceased_at_adults_request="yes" if r.slips(0.03) else "no",
        voice_of_adult=None if r.slips(0.15) else "yes",
        outcomes_covered=None if is_thin or r.slips(0.15) else "yes",
        by_agency=agency,
    )


def carry_out(life: Life, last_day: int, *, is_brief: bool) -> None:
    """The weeks of the enquiry: risk weighed, contact kept, wishes asked again, a plan made."""
    r = life.record
    step = 0
    while (r.day < last_day or step < 2) and not r.is_over:
        r.later(5, 30 if r.slips(0.2) else 9)
        if not r.slips(0.1):
            keep_in_touch(life, "update" if step % 2 else "views")
        if step == 0 and not r.slips(0.2):
            discuss_risk(life, r.pick(life.outcomes) if life.outcomes else None)
        if step % 2 == 0 and not r.slips(0.25):
            oversee(life)
        if step % 2 == 0 and not r.slips(0.35):
            ask(life)
        if step == 1 and not is_brief and not r.chance(0.1) and not r.slips(0.15):
            make_plan(life)
        elif life.plan is not None and not r.slips(0.25):
            _review_plan(life, life.plan)
        if step == 2 and r.chance(0.5):
            hold_meeting(life, r.pick(("review", "outcomes", "large_scale")))
        _have_a_turn(life)
        if r.chance(0.006):
            die(life)
            return
        step += 1


def _have_a_turn(life: Life) -> None:
    """What happens now and then: wishes change, families meet, another concern comes in."""
    r = life.record
    if life.outcomes and r.chance(0.08):
        is_gone = len(life.outcomes) > 1 and r.chance(0.25)
        change = r.pick(("withdrawn", "merged")) if is_gone else "changed"
        r.add(
            "outcome_revised",
            outcome=life.outcomes[-1],
            change=change,
            into=life.outcomes[0] if change == "merged" else None,
            reason=r.say("view"),
            agreed_by=life.voice,
        )
        if is_gone:
            life.outcomes.pop()
    if r.chance(0.04):
        r.add("family_group_conference", accepted=r.pick(("yes", "no")))
    if r.chance(0.02):
        come_to_harm(life)
    if r.chance(0.02):
        hear_of_another_concern(life)
    if r.chance(0.1):
        r.add("risk_assessed", level=r.pick(("low", "medium")), others_at_risk="no")


def make_plan(life: Life) -> None:
    """A plan that the adult agreed to, with an action for every outcome."""
    r = life.record
    life.plan = r.add(
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
            plan=life.plan,
            text=r.say("action"),
            owner=None if r.slips(0.1) else r.pick(PARTNERS),
            adult_owned=r.pick(("yes", "no", None)),
            due=r.date_in(7, 21),
            done=r.date_in(0, 5) if is_done else None,
            outcome=outcome,
        )


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
    if life.lacks_capacity and life.fluctuates and r.chance(0.5):
        decide_anew(life)
    let_advocate_speak(life)
    life.risk_result = r.pick(("reduced", "reduced", "removed", "remained"))
    if not life.found_risk and r.chance(0.08):
        if not r.slips(0.4):
            r.add("risk_assessed", level="low", others_at_risk="no")
        report(life, None, "council", finding="no_risk_identified")
        life.risk_result = "removed" if r.slips(0.4) else "not_applicable"
    elif not r.slips(0.1):
        report(life, None, "council")
    if life.plan is not None and r.chance(0.06):
        close_without_reply(life)
        return
    review_outcomes(life)
    if r.chance(0.3):
        better = ("high", "high", "low")
        r.add(
            "grid_position",
            wellbeing=r.pick(better),
            safety=r.pick(better),
            judged_by=life.voice,
        )
    if life.plan is None and life.risk_result in ("reduced", "remained") and not r.slips(0.3):
        r.add("no_plan_needed", reason=r.say("reason"), adult_view="yes")
    if r.slips(0.1):
        return
    close(life, "outcomes_reviewed")
