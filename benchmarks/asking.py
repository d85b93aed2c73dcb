"""Asking adults what they want, or saying honestly why not, and what they answer."""

from __future__ import annotations

from typing import Final

from benchmarks.capacity import consider_advocacy
from benchmarks.lives import Life

QUESTIONS: Final = ("question_1", "question_2", "question_3")
_DOMAINS: Final = (
    "dignity", "health_emotional", "control", "participation", "social_economic", "relationships",
    "accommodation", "contribution",
)  # fmt: skip
_TEMPORARY_REASONS: Final = (
    "unsafe_to_ask", "no_safe_contact_yet", "emergency_action", "too_unwell",
    "communication_support_awaited", "police_advice",
)  # fmt: skip
_FINAL_REASONS: Final = ("declined_to_discuss", "referrer_no_contact", "representative_asked")
_REPRESENTATIVES: Final = ("family", "friend", "attorney_or_deputy", "care_act_advocate", "imca")


def ask_first(life: Life) -> None:
    """Asks as soon as that is safe; until then the record says why not, and until when."""
    r = life.record
    if r.slips(0.16):
        _do_not_ask(life)
        return
    if r.chance(0.04):
        r.add("outcomes_conversation", asked=r.pick(("dont_know", "not_recorded")))
        r.soon()
    elif r.chance(0.06):
        r.add(
            "outcomes_conversation",
            asked="not_asked",
            reason_not_asked=r.pick(_TEMPORARY_REASONS),
            reason_text=r.say("reason"),
            review_by=r.date_in(7, 9),
        )
        r.explain("DEC-02", "awaiting_information", life.concern, review_days=20)
        r.later(1, 3)
    ask(life, with_questions=not r.slips(0.45))


def ask(life: Life, *, with_questions: bool = False) -> None:
    """Asks the adult, or who speaks for them, what they want to happen."""
    r = life.record
    is_first = not life.outcomes
    is_silent = is_first and r.chance(0.06)
    is_left_there = is_silent and r.slips(0.3)
    is_for_adult = life.voice != "adult"
    r.add(
        "outcomes_conversation",
        asked="asked_none_expressed" if is_silent else "asked_expressed",
        with_=None if r.slips(0.05) else life.voice,
        with_is_source=("yes" if r.slips(0.03) else "no") if is_for_adult else None,
        interpreter_is_source="yes" if r.slips(0.005) else None,
        alone="no" if r.slips(0.12) else "yes",
        method=r.say("method") if r.chance(0.5) else None,
        communication_support=r.say_each("support", 1)
        if (is_silent and not is_left_there) or r.chance(0.2)
        else None,
        wishes_and_feelings=r.say("view") if is_for_adult and not r.slips(0.1) else None,
        question=QUESTIONS if with_questions else None,
    )
    if is_silent and not is_left_there:
        r.soon()
        consider_advocacy(life)
        r.later(0, 1)
        ask(life, with_questions=with_questions)
    elif is_first and not is_silent:
        express_outcomes(life)


def ask_at_the_end(life: Life) -> None:
    """Asks once more before the end, with the council's own questions."""
    r = life.record
    if not r.slips(0.45):
        ask(life, with_questions=True)


def _do_not_ask(life: Life) -> None:
    r = life.record
    if r.chance(0.25):
        r.excuse("ASK-01", life.concern)
        return
    if r.chance(0.3):
        r.add("outcomes_conversation", asked=r.pick(("dont_know", "not_recorded")))
        return
    is_temporary = r.chance(0.7)
    reason = r.pick(_TEMPORARY_REASONS if is_temporary else _FINAL_REASONS)
    r.add(
        "outcomes_conversation",
        asked="not_asked",
        with_=r.pick(_REPRESENTATIVES) if reason == "representative_asked" else None,
        reason_not_asked=None if r.slips(0.1) else reason,
        reason_text=None if r.slips(0.2) else r.say("reason"),
        review_by=r.date_in(4, 12) if is_temporary and not r.slips(0.15) else None,
        wishes_and_feelings=r.say("view") if reason == "representative_asked" else None,
    )
    if is_temporary and not r.slips(0.3):
        r.later(2, 6)
        ask(life)


def express_outcomes(life: Life) -> None:
    """One outcome of safety and one of the rest of life; sometimes only one of them."""
    r = life.record
    if r.slips(0.05):
        return  # the words were never written down
    kinds = ["safety", r.pick(("wellbeing", "wellbeing", "recovery", "justice_or_redress"))]
    if r.slips(0.3):
        kinds = [r.pick(kinds)]
    elif r.chance(0.05):
        kinds = ["safety"]
        r.explain("OUT-03", "agreed_with_adult")
    if r.chance(0.15):
        kinds.append("other")
    for kind in kinds:
        is_safety = kind == "safety"
        is_risky = not is_safety and r.chance(0.25)
        outcome = r.add(
            "outcome_expressed",
            text=None if r.slips(0.05) else r.say("safety" if is_safety else "wellbeing"),
            kind=None if r.slips(0.08) else kind,
            domain=("protection",) if is_safety else (r.pick(_DOMAINS),),
            voiced_by=life.voice,
            carries_risk="yes" if is_risky else r.pick(("no", "no", None)),
            document="DOC-17" if r.chance(0.03) else None,
        )
        life.outcomes.append(outcome)
        if is_risky and not r.slips(0.2):
            discuss_risk(life, outcome)


def discuss_risk(life: Life, outcome: str | None) -> None:
    """Weighs options, benefits and risks with the adult."""
    r = life.record
    options = r.say_each("option", 1 if r.slips(0.15) else 2 + r.roll(2))
    r.add(
        "risk_discussed",
        with_=life.voice,
        option=options,
        benefits_noted=None if r.slips(0.15) else "yes",
        risks_noted=None if r.slips(0.1) else "yes",
        chosen=options[0],
        adult_view=r.say("view"),
        mitigation=None if r.slips(0.15) else r.say("action"),
        outcome=outcome,
        informed_choice="yes" if r.chance(0.7) else None,
    )
