"""Whole made-up cases: those that end with a decision, and those that become an enquiry."""

from __future__ import annotations

from typing import Final

from benchmarks.enquiries import enquire
from benchmarks.lives import (
    Life,
    answer_for_kind,
    ask,
    check_safety,
    close,
    consider_advocacy,
    consider_capacity,
    decide,
    inform,
    raise_concern,
    review_outcomes,
)
from benchmarks.record import Profile, Record

_TEAMS: Final = ("north", "south", "east", "hospital", "review")
_HOLDERS: Final = ("council", "council", "council", "council", "mental_health_trust")
_AGE_BANDS: Final = ("18-64", "18-64", "65-74", "75-84", "85-94", "95+", "not_known")
_GENDERS: Final = ("female", "female", "male", "male", "other", "not_known")
_ETHNICITIES: Final = ("white", "white", "white", "asian", "black", "mixed", "other", "refused")
_SUPPORT: Final = (
    "physical", "physical", "memory_and_cognition", "learning_disability", "mental_health",
    "sensory", "social", "none",
)  # fmt: skip
ENQUIRY_SHARE: Final = 0.4


def case_xml(number: int, seed: int, profile: Profile) -> str:
    """The `<case>` element of one made-up case."""
    record = Record(seed, number, profile)
    head = _head(record)
    _live(Life(record))
    return f"{head}{record.events_xml()}  </case>\n"


def _head(r: Record) -> str:
    parts = [
        f'  <case id="SA-{r.number:07}" agency="{r.pick(_HOLDERS)}" team="{r.pick(_TEAMS)}">\n'
        f'    <adult ref="P-{r.number:07}"><age_band>{r.pick(_AGE_BANDS)}</age_band>'
        f"<gender>{r.pick(_GENDERS)}</gender>"
    ]
    if r.chance(0.8):
        parts.append(f"<ethnicity>{r.pick(_ETHNICITIES)}</ethnicity>")
    parts.append(f"<support_reason>{r.pick(_SUPPORT)}</support_reason>")
    if r.chance(0.15):
        parts.append("<communication_needs>large print</communication_needs>")
    return "".join(parts) + "</adult>\n"


def _live(life: Life) -> None:
    r = life.record
    raise_concern(life)
    if r.slips(0.03):
        _be_a_duplicate(life)
        return
    if r.slips(0.02):
        _die(life)
        return
    is_enquiry = r.chance(ENQUIRY_SHARE)
    has_doubt = r.chance(0.3 if is_enquiry else 0.05)
    will_lack = has_doubt and r.chance(0.55)
    is_late = r.slips(0.1)
    r.later(0, 1)
    if not is_late and not r.slips(0.05):
        ask(life)
    r.soon()
    life.lacks_capacity = will_lack
    consider_capacity(life, r.pick(("doubt", "doubt", "fluctuates")) if has_doubt else _calm(r))
    inform(life)
    if is_enquiry:
        enquire(life)
    else:
        _stop_at_decision(life)
    if r.slips(0.03):
        _reopen(life)
    if is_late:
        r.later(1, 6)
        ask(life)


def _calm(r: Record) -> str:
    return r.pick(("no_reason_to_doubt", "no_reason_to_doubt", "already_established"))


def _stop_at_decision(life: Life) -> None:
    r = life.record
    if not r.slips(0.6):
        r.add("views_on_proceeding", about="enquiry", agree="yes", with_=life.voice)
    answer_for_kind(life)
    if life.doubt is not None:
        _settle_doubt(life)
    if r.slips(0.06):
        r.later(1, 2)
        decide(life, "more_information")
        r.later(2, 6)
    r.later(0, 1)
    for outcome in life.outcomes:
        if not r.slips(0.5):
            r.add(
                "plan_action",
                text=r.say("action"),
                owner=r.pick(("council", "police", "housing", "self", "voluntary")),
                adult_owned=r.pick(("yes", "no", None)),
                due=r.date_in(0, 2),
                done=r.date_in(0, 0),
                outcome=outcome,
            )
    if r.slips(0.04):
        return  # still waiting for the decision
    decide(life, "no_enquiry")
    if r.slips(0.25):
        return  # decided, and never closed
    if not r.slips(0.3):
        review_outcomes(life)
    close(life, r.pick(("no_further_action", "no_further_action", "adult_request")), "removed")


def _settle_doubt(life: Life) -> None:
    """A doubt in a brief case is settled by a second look, with support."""
    r = life.record
    life.doubt, life.lacks_capacity = None, False
    if r.slips(0.3):
        r.excuse("MCA-02")
        return
    r.soon()
    consider_capacity(life, "no_reason_to_doubt")
    if r.chance(0.3):
        consider_advocacy(life)


def _be_a_duplicate(life: Life) -> None:
    r = life.record
    r.later(0, 2)
    r.add("outcomes_conversation", asked="not_asked", reason_not_asked="duplicate")
    r.add("case_closed", reason="duplicate", risk_result="not_applicable")


def _die(life: Life) -> None:
    """The adult dies early on; sometimes abuse or neglect is suspected."""
    r = life.record
    r.later(0, 9)
    suspected = r.pick(("no", "no", "yes", "not_known"))
    doubtful = r.pick(("yes", "no", None))
    if r.chance(0.3):
        r.add("serious_harm", agencies_could_have_worked_better=doubtful)
        r.soon()
    r.add(
        "adult_died",
        abuse_or_neglect_suspected=suspected,
        agencies_could_have_worked_better=doubtful,
    )
    r.later(1, 10)
    if suspected == "yes" and not r.slips(0.2):
        r.add(
            "sar_considered",
            result=r.pick(("referred", "not_needed")),
            reason=r.say("reason"),
            family_engaged=r.pick(("yes", "no")),
        )
    r.add("case_closed", reason="adult_died", risk_result="not_applicable")


def _reopen(life: Life) -> None:
    r = life.record
    r.later(5, 40)
    r.add("case_reopened", reason=r.say("reason"))
    r.soon()
    r.add(
        "concern_raised",
        source="family",
        abuse_type="psychological",
        identified_adult="yes",
    )
    check_safety(life)
