"""Capacity, best interests and advocates in made-up cases."""

from __future__ import annotations

from benchmarks.lives import Life


def consider_capacity(life: Life, view: str) -> None:
    """Is there reason to doubt capacity for decisions about this?"""
    r = life.record
    if r.slips(0.12):
        return
    considered = r.add(
        "capacity_considered",
        decision=None if r.slips(0.2) else r.say("decision"),
        decision_kind="taking_part_in_enquiry" if r.chance(0.6) else None,
        view=view,
        basis=r.say("reason") if r.chance(0.5) else None,
    )
    if view in ("doubt", "fluctuates"):
        life.doubt, life.fluctuates = considered, view == "fluctuates"


def consider_advocacy(life: Life) -> None:
    """Would the adult have substantial difficulty taking part, and who supports them?"""
    r = life.record
    if life.doubt is None:
        r.add(
            "advocacy_considered",
            no_difficulty="yes",
            conclusion="not_needed",
            imca_considered=r.pick(("no", None)),
            reason=None if r.slips(0.2) else r.say("reason"),
        )
    elif life.lacks_capacity:
        r.add(
            "advocacy_considered",
            difficulty=("understanding", "weighing"),
            conclusion=r.pick(("independent_advocate", "imca")),
            imca_considered=None if r.slips(0.2) else "yes",
            reason=r.say("reason"),
        )
    elif r.chance(0.15):
        r.add(
            "advocacy_considered",
            difficulty=("weighing",),
            conclusion="declined",
            reason=r.say("reason"),
        )
    else:
        _rely_on_a_person(life)


def _rely_on_a_person(life: Life) -> None:
    """Somebody the adult trusts supports them; one who is paid gives way to an advocate."""
    r = life.record
    gives_way = r.chance(0.15)
    r.add(
        "advocacy_considered",
        difficulty=(r.pick(("retaining", "communicating")),),
        appropriate_person=r.pick(("family", "friend")),
        appropriate_person_paid="yes" if gives_way or r.slips(0.04) else "no",
        appropriate_person_is_source="yes" if r.slips(0.03) else "no",
        adult_agrees="no" if r.slips(0.04) else "yes",
        conclusion="declined" if r.slips(0.05) else "appropriate_person",
        reason=r.say("reason"),
    )
    if gives_way:
        r.soon()
        r.add("advocate_status", kind="care_act", state="instructed")
        life.has_advocate = True


def arrange_advocate(life: Life) -> None:
    """An independent advocate for an adult who lacks capacity."""
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
    life.has_advocate = True


def assess_capacity(life: Life, kind: str, decision: str, considered: str | None) -> str:
    """A decision-specific assessment; now and then its parts lie in a linked document."""
    r = life.record
    result = "no" if life.lacks_capacity else "yes"
    in_document = r.chance(0.1)
    is_thin = in_document or r.slips(0.15)
    return r.add(
        "capacity_assessed",
        decision=None if r.slips(0.06) else decision,
        decision_kind=None if r.slips(0.06) else kind,
        considered=considered,
        support_given=None if is_thin else r.say_each("support", 2),
        understand=result,
        retain="yes",
        weigh=None if is_thin else result,
        communicate="yes",
        impairment=r.say("reason") if not r.slips(0.1) else None,
        link_made=None if is_thin else "yes",
        conclusion="lacks_capacity" if life.lacks_capacity else "has_capacity",
        document="DOC-4" if in_document else None,
    )


def decide_best_interests(life: Life, kind: str, decision: str, assessment: str | None) -> None:
    """A decision for an adult who lacks capacity; an urgent step first, the whole record after."""
    r = life.record
    if r.chance(0.08):
        r.add(
            "best_interests_decided",
            decision=decision,
            decision_kind=kind,
            assessment=assessment,
            wishes_and_feelings=r.say("view"),
            urgent="yes",
            follow_up=r.date_in(3, 5),
        )
        r.later(1, 2)
    is_restrictive = r.chance(0.2)
    r.add(
        "best_interests_decided",
        decision=decision,
        decision_kind=kind,
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


def decide_anew(life: Life) -> None:
    """A later decision of another kind, after capacity was looked at for it; or without that."""
    r = life.record
    decision, assessment = "whether to stay at the home", None
    if not r.slips(0.4):
        assessment = assess_capacity(life, "residence_or_care", decision, life.doubt)
        r.soon()
    decide_best_interests(life, "residence_or_care", decision, assessment)


def let_advocate_speak(life: Life) -> None:
    """What the advocate said on the adult's behalf enters the record."""
    r = life.record
    if life.has_advocate and not r.slips(0.3):
        r.add("advocate_contribution", kind="care_act", summary=r.say("view"))
