"""Special situations of made-up cases: death, harm, duplicates, new concerns, no named adult."""

from __future__ import annotations

from benchmarks.asking import ask
from benchmarks.closing import close, review_outcomes
from benchmarks.lives import (
    Life,
    check_safety,
    decide,
    involve_partner,
    keep_in_touch,
    raise_concern,
)


def concern_an_organisation(life: Life) -> None:
    """A concern about how a place is run, with no one adult named; it is decided on and closed."""
    r = life.record
    raise_concern(life, is_organisational=True)
    r.add(
        "outcomes_conversation",
        asked="not_asked",
        reason_not_asked="organisational_concern_no_individual",
        reason_text=r.say("reason"),
    )
    r.later(0, 2)
    decide(life, "no_enquiry")
    involve_partner(life)
    r.later(1, 5)
    r.add("case_closed", reason="no_further_action", risk_result="not_applicable")


def be_a_duplicate(life: Life) -> None:
    """The same concern came in twice."""
    r = life.record
    r.later(0, 2)
    r.add("outcomes_conversation", asked="not_asked", reason_not_asked="duplicate")
    if r.chance(0.5):
        decide(life, "no_enquiry")
    elif not r.slips(0.3):
        r.explain("DEC-02", "other", life.concern)
    r.add("case_closed", reason="duplicate", risk_result="not_applicable")


def die(life: Life) -> None:
    """The adult dies; where abuse or neglect is suspected, a review by the board is considered."""
    r = life.record
    suspected = r.pick(("no", "no", "yes", "not_known"))
    doubtful = r.pick(("yes", "no", None))
    r.add(
        "adult_died",
        abuse_or_neglect_suspected=suspected,
        agencies_could_have_worked_better=doubtful,
    )
    r.later(1, 6)
    if suspected == "yes" and not r.slips(0.2):
        _consider_review(life)
    r.add("case_closed", reason="adult_died", risk_result="not_applicable")
    life.is_closed = True
    if life.outcomes and not life.is_reviewed and not r.slips(0.4):
        r.explain("DQ-01", "other")


def come_to_harm(life: Life) -> None:
    """Serious harm, with the question how agencies worked together."""
    r = life.record
    better = r.pick(("yes", "no"))
    r.add("serious_harm", agencies_could_have_worked_better=better)
    r.soon()
    if better == "yes" and not r.slips(0.3):
        _consider_review(life)


def _consider_review(life: Life) -> None:
    r = life.record
    r.add(
        "sar_considered",
        result=r.pick(("referred", "not_needed")),
        reason=None if r.slips(0.15) else r.say("reason"),
        family_engaged=r.pick(("yes", "no")),
    )


def hear_of_another_concern(life: Life) -> None:
    """One more concern while an enquiry is open: safe, asked, decided, and planned in with it."""
    r = life.record
    life.concern = r.add(
        "concern_raised", source="family", abuse_type="physical", identified_adult="yes"
    )
    life.is_anonymous = life.has_waited = False
    if r.slips(0.4):
        return
    check_safety(life)
    r.later(0, 1)
    ask(life)
    decide(life, "s42_enquiry")
    r.soon()
    r.add("enquiry_planned", with_adult="yes")


def reopen(life: Life) -> None:
    """A closed case resumes with a new concern, and ends again."""
    r = life.record
    r.later(5, 40)
    r.add("case_reopened", reason=r.say("reason"))
    life.is_closed, life.is_anonymous, life.has_waited = False, False, False
    r.soon()
    life.concern = r.add(
        "concern_raised", source="family", abuse_type="psychological", identified_adult="yes"
    )
    check_safety(life)
    if r.slips(0.4):
        return
    r.later(0, 1)
    ask(life)
    keep_in_touch(life, "explain")
    decide(life, "no_enquiry")
    r.later(1, 2)
    if not life.is_reviewed:
        review_outcomes(life)
    close(life, "no_further_action")
