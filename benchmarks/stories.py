"""Whole made-up cases: those that end with a decision, and those that become an enquiry."""

from __future__ import annotations

from typing import Final

from benchmarks.asking import ask, ask_first, discuss_risk
from benchmarks.capacity import consider_advocacy, consider_capacity
from benchmarks.closing import close, review_outcomes
from benchmarks.enquiries import enquire
from benchmarks.lives import (
    Life,
    answer_for_kind,
    decide,
    inform,
    involve_partner,
    raise_concern,
    wait_for_information,
)
from benchmarks.record import Profile, Record
from benchmarks.situations import be_a_duplicate, concern_an_organisation, die, reopen

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
    if r.chance(0.02):
        concern_an_organisation(life)
        return
    raise_concern(life)
    if r.chance(0.02):
        be_a_duplicate(life)
        return
    if r.chance(0.015):
        if r.slips(0.4):
            r.later(2, 9)
        else:
            r.later(0, 1)
        die(life)
        return
    is_covered = life.is_repeated and r.chance(0.25)
    is_enquiry = not is_covered and (r.chance(ENQUIRY_SHARE) or life.is_repeated)
    if is_covered:
        r.explain("SPC-05", "covered_elsewhere")
    elif life.is_repeated and r.slips(0.3):
        is_enquiry = False
    has_doubt = r.chance(0.3 if is_enquiry else 0.05)
    life.lacks_capacity = has_doubt and r.chance(0.55)
    is_late = r.slips(0.1)
    r.later(0, 1)
    if not is_late and not r.slips(0.05):
        ask_first(life)
    r.soon()
    consider_capacity(life, r.pick(("doubt", "doubt", "fluctuates")) if has_doubt else _calm(r))
    inform(life)
    if is_enquiry:
        enquire(life)
    else:
        _stop_at_decision(life)
    if life.is_closed and r.chance(0.05):
        reopen(life)
    if is_late:
        r.later(1, 6)
        ask(life)


def _calm(r: Record) -> str:
    return r.pick(("no_reason_to_doubt", "no_reason_to_doubt", "already_established"))


def _stop_at_decision(life: Life) -> None:
    r = life.record
    declines = not life.is_crime_suspected and r.chance(0.4 if life.is_self_neglect else 0.06)
    if declines or not r.slips(0.6):
        agree = "no" if declines else "yes"
        r.add("views_on_proceeding", about="enquiry", agree=agree, with_=life.voice)
    life.has_specialist = life.is_domestic and r.chance(0.2)
    answer_for_kind(life)
    if life.doubt is not None:
        _settle_doubt(life)
    if declines and life.is_self_neglect:
        _leave_a_door_open(life)
    if r.chance(0.05):
        wait_for_information(life)
    r.later(0, 1)
    has_actions = not r.chance(0.2)
    for outcome in life.outcomes:
        if has_actions and not r.slips(0.5):
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
    close(life, "adult_request" if declines else "no_further_action")


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


def _leave_a_door_open(life: Life) -> None:
    """An adult who neglects themselves says no: others think along, or they talk."""
    r = life.record
    if r.slips(0.4):
        return
    if r.chance(0.4):
        discuss_risk(life, None)
    involve_partner(life)
