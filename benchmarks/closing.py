"""How made-up cases end: how far the outcomes were met, the closure, and how it felt."""

from __future__ import annotations

from benchmarks.asking import ask_at_the_end
from benchmarks.lives import Life


def review_outcomes(life: Life) -> None:
    """How far each outcome was met, and in whose view; some adults would rather not say."""
    r = life.record
    life.is_reviewed = True
    is_unsaid = False
    for outcome in life.outcomes:
        if r.slips(0.15):
            r.excuse("CLO-01", outcome)
            continue
        if life.plan is not None and r.chance(0.03):
            r.explain("CLO-01", "adult_declined", outcome)
            is_unsaid = True
            continue
        achieved = r.pick(("full", "full", "partial", "partial", "not_achieved"))
        is_outside = achieved != "full" and not r.slips(0.2)
        is_given = achieved != "full" and not r.slips(0.2)
        reviewed = r.add(
            "outcome_reviewed",
            outcome=outcome,
            achieved=achieved,
            view_of="other_professional" if r.slips(0.12) else life.voice,
            safety_view=achieved if r.chance(0.6) else "full",
            wellbeing_view=None if r.slips(0.2) else r.pick(("full", "partial", "not_known")),
            reason_code=r.pick(("outside_our_power", "criminal_process")) if is_outside else None,
            reason=r.say("reason") if is_given else None,
        )
        if achieved != "full" and not is_outside and not is_given:
            r.excuse("CLO-02", reviewed)
    if is_unsaid and not r.slips(0.4):
        r.explain("DQ-01", "other")


def close(life: Life, reason: str) -> None:
    """Ends the case with the adult, and offers a say on how it felt."""
    r = life.record
    ask_at_the_end(life)
    r.soon()
    if life.plan is not None:
        r.add("enquiry_concluded", lacked_capacity="yes" if life.lacks_capacity else "no")
    view = r.pick(("agrees", "agrees", "agrees", "agrees", "disagrees"))
    is_shared = not r.slips(0.1)
    r.add(
        "case_closed",
        reason=reason,
        risk_result=None if r.slips(0.08) else life.risk_result,
        risk_reason=r.say("view")
        if life.risk_result in ("remained", "reduced") and not r.slips(0.2)
        else None,
        adult_view="not_sought" if not is_shared or r.slips(0.08) else view,
        view_explored=None if r.slips(0.3) else "yes",
        contact_point_given=None if not is_shared or r.slips(0.15) else "yes",
        informed=None if not is_shared or r.slips(0.15) else ("adult", "referrer"),
    )
    life.is_closed = True
    if r.slips(0.3):
        return
    if r.chance(0.06):
        r.explain("CLO-05", "adult_declined")
        return
    _offer_a_say(life)


def close_without_reply(life: Life) -> None:
    """Ends the case of an adult who could no longer be reached, and says so."""
    r = life.record
    for _ in range(2):
        r.later(1, 2)
        r.add("contact_with_adult", purpose="views", with_=life.voice, result="no_reply")
    r.explain("OUT-07", "other")
    r.add(
        "case_closed",
        reason="other",
        risk_result=life.risk_result,
        risk_reason=r.say("view"),
        adult_view="not_known",
        contact_point_given="yes",
        informed="referrer",
    )
    life.is_closed = True
    r.add("experience_feedback", offered="yes", answered="no")
    if life.outcomes and not r.slips(0.4):
        r.explain("DQ-01", "other")


def _offer_a_say(life: Life) -> None:
    r = life.record
    is_answered = r.chance(0.5)
    r.add(
        "experience_feedback",
        offered="no" if r.slips(0.1) else "yes",
        answered="yes" if is_answered else "no",
        respondent=life.voice if is_answered else None,
        independent=r.pick(("yes", "no")) if is_answered else None,
        felt_safer=r.pick(("yes", "yes", "no", "not_known")) if is_answered else None,
        felt_listened_to=r.pick(("yes", "yes", "yes", "partly")) if is_answered else None,
    )
