"""Reads what the national return asks of each concluded enquiry, from codes alone.

Each answer is a label of `labels`. Where the entry `enquiry_concluded` answers, it stands; else the
entries of the enquiry do, as docs/national-return.md says for each table. What no entry holds is
"Not Recorded".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from msp_rules.audit.national_return.enquiries import Enquiry, day_of, sure
from msp_rules.audit.national_return.labels import (
    ABUSE_TYPES,
    ACHIEVED,
    ACHIEVED_NOT_RECORDED,
    ASKED,
    CAPACITY,
    CEASED,
    LOCATIONS,
    NOT_RECORDED,
    RISK_OUTCOMES,
    RISK_RESULTS,
    SOURCES,
)
from msp_rules.casework.case import Event
from msp_rules.casework.visibility import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludedAnswers:
    """The answers of one concluded enquiry, each a label of its table."""

    risk_types: tuple[str, ...]
    """The rows of SG2a, at least one."""
    locations: tuple[str, ...]
    """The rows of SG2b, at least one."""
    sources: tuple[str, ...]
    """The columns of SG2a and SG2b, at least one."""
    risk_outcome: str
    """The row of SG2c."""
    risk_result: str | None
    """The row of SG2e; None where no risk was identified."""
    stray_result: str | None
    """A result of the risk that is on record although none was identified (V6)."""
    capacity: str
    """The row of SG3a."""
    is_supported: bool
    """True where an advocate, family or a friend supported the adult."""
    asked: str
    """The row of the first part of SG4a."""
    achieved: str | None
    """The row of the second part; None where no outcomes were expressed."""
    has_stray_review: bool
    """True where a result of outcomes is on record although none were expressed (V1)."""
    is_ceased: bool
    """True where the record says that the enquiry ended because the adult asked for it (V7)."""
    is_request_on_record: bool
    """True where the adult's own request to end it is on record (V7)."""


_SUPPORTERS: Final = frozenset(("family", "friend", "care_act_advocate", "imca"))
"""The roles that "an advocate, family or friend" names; no deputy and no worker is among them."""
_FOUND: Final = RISK_OUTCOMES["risk_identified", "yes"], RISK_OUTCOMES["risk_identified", "no"]
_CONCLUSIONS: Final = {"lacks_capacity": "yes", "has_capacity": "no", "undetermined": "dont_know"}
_OF_ENQUIRIES: Final = (None, "taking_part_in_enquiry")
"""The kinds of decision whose assessment answers SG3a: about the enquiry, or not named."""


def answers_of(view: CaseView, enquiry: Enquiry) -> ConcludedAnswers:
    """Reads the answers of an enquiry that was concluded."""
    concerns = _concerns_of(view, enquiry)
    outcome, result, stray = _risk(view, enquiry)
    asked, achieved, has_stray = _personal(view, enquiry)
    return ConcludedAnswers(
        risk_types=_labels(concerns, "abuse_type", ABUSE_TYPES),
        locations=_labels(concerns, "location", LOCATIONS),
        sources=_labels(concerns, "source_of_risk", SOURCES),
        risk_outcome=outcome,
        risk_result=result,
        stray_result=stray,
        capacity=CAPACITY[_capacity(view, enquiry)],
        is_supported=_is_supported(view, enquiry),
        asked=asked,
        achieved=achieved,
        has_stray_review=has_stray,
        is_ceased=_is_ceased(enquiry),
        is_request_on_record=any(
            one.fields.get("agree") == "no" and one.fields.get("about") in (None, "enquiry")
            for one in _own(view, enquiry, "views_on_proceeding")
        ),
    )


def _concerns_of(view: CaseView, enquiry: Enquiry) -> tuple[Event, ...]:
    """Finds the concerns that an enquiry is about.

    They are those that the decision before it names; else those of its own time up to its start;
    else the newest before it; else all.
    """
    concerns = sure(view, "concern_raised")
    begun = enquiry.begun or enquiry.concluded
    for one in reversed(sure(view, "s42_decided")):
        if enquiry.since <= day_of(one) <= begun and one.fields.get("result") in (
            "s42_enquiry",
            "other_enquiry",
        ):
            named = one.fields.get("concern")
            references = [] if not isinstance(named, tuple) else [str(each) for each in named]
            meant = [
                each
                for reference in references
                for each in view.leads_to.get(reference, frozenset((reference,)))
            ]
            found = tuple(each for each in concerns if each.id in meant)
            if found:
                return found
            break
    before = tuple(one for one in concerns if day_of(one) <= begun)
    of_its_time = tuple(one for one in before if day_of(one) >= enquiry.since)
    return of_its_time or before[-1:] or concerns


def _labels(events: Iterable[Event], field: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    found = set[str]()
    for one in events:
        value = one.fields.get(field)
        codes = value if isinstance(value, tuple) else (value,)
        found.update(code for code in codes if isinstance(code, str))
    return tuple(label for code, label in labels.items() if code in found) or (NOT_RECORDED,)


def _risk(view: CaseView, enquiry: Enquiry) -> tuple[str, str | None, str | None]:
    """Gives the rows of SG2c and SG2e, and a result without a risk that was identified."""
    outcome = NOT_RECORDED
    for one in reversed(enquiry.reports):
        finding, action = one.fields.get("finding"), one.fields.get("action_taken")
        if isinstance(finding, str) and isinstance(action, str):
            outcome = RISK_OUTCOMES.get((finding, action), NOT_RECORDED)
            break
    has_action = any(one.fields.get("action_taken") == "yes" for one in enquiry.reports)
    if _is_ceased(enquiry) and not has_action:
        outcome = CEASED
    said = [
        RISK_RESULTS.get(str(one.fields.get("risk_result")))
        for one in sure(view, "case_closed")
        if (enquiry.begun or enquiry.concluded) <= day_of(one) <= enquiry.until
    ]
    result = next((one for one in reversed(said) if one is not None), None)
    if outcome in _FOUND:
        return outcome, result or NOT_RECORDED, None
    return outcome, None, result


def _is_ceased(enquiry: Enquiry) -> bool:
    entries = (*enquiry.reports, *((enquiry.conclusion,) if enquiry.conclusion else ()))
    said = [one.fields.get("ceased_at_adults_request") for one in entries]
    known = [one for one in said if one is not None]
    return bool(known) and known[-1] == "yes"


def _capacity(view: CaseView, enquiry: Enquiry) -> str:
    """Gives the code of SG3a."""
    said = None if enquiry.conclusion is None else enquiry.conclusion.fields.get("lacked_capacity")
    if isinstance(said, str):
        return said
    assessed = [
        one.fields.get("conclusion")
        for one in _own(view, enquiry, "capacity_assessed")
        if one.fields.get("decision_kind") in _OF_ENQUIRIES
    ]
    if assessed:
        return _CONCLUSIONS.get(str(assessed[-1]), "not_recorded")
    considered = [
        one.fields.get("view")
        for one in _own(view, enquiry, "capacity_considered")
        if one.fields.get("decision_kind") in _OF_ENQUIRIES
    ]
    # The Mental Capacity Act presumes capacity where nobody has reason to doubt it (s1(2)).
    of_views = {"no_reason_to_doubt": "no", "not_known": "dont_know"}
    return of_views.get(str(considered[-1]), "not_recorded") if considered else "not_recorded"


def _is_supported(view: CaseView, enquiry: Enquiry) -> bool:
    said = None if enquiry.conclusion is None else enquiry.conclusion.fields.get("supported_by")
    if isinstance(said, tuple) and said:
        return not _SUPPORTERS.isdisjoint(said)
    if any(
        one.fields.get("conclusion") == "appropriate_person"
        and one.fields.get("appropriate_person") in _SUPPORTERS
        for one in _own(view, enquiry, "advocacy_considered")
    ):
        return True
    if any(
        one.fields.get("state") == "instructed" for one in _own(view, enquiry, "advocate_status")
    ):
        return True
    return any(True for _ in _own(view, enquiry, "advocate_contribution"))


def _personal(view: CaseView, enquiry: Enquiry) -> tuple[str, str | None, bool]:
    """Gives the two answers of SG4a, and whether a result stands there without an outcome."""
    said = [one.fields.get("asked") for one in _own(view, enquiry, "outcomes_conversation")]
    known = [one for one in said if isinstance(one, str)]
    asked = next(
        (code for code in ("asked_expressed", "asked_none_expressed") if code in known),
        known[-1] if known else "not_recorded",
    )
    achieved = _achieved(view, enquiry)
    if asked != "asked_expressed":
        return ASKED[asked], None, achieved is not None
    return ASKED[asked], achieved or ACHIEVED_NOT_RECORDED, False


def _achieved(view: CaseView, enquiry: Enquiry) -> str | None:
    """Adds up the newest result of each outcome; None where no result is on record.

    A review that names no outcome is the result of all without one of their own.
    """
    newest: dict[object, object] = {}
    for one in sure(view, "outcome_reviewed"):
        if enquiry.since <= day_of(one) <= enquiry.until:
            newest[one.fields.get("outcome")] = one.fields.get("achieved")
    results = {
        ACHIEVED[code] for code in newest.values() if isinstance(code, str) and code in ACHIEVED
    }
    if not results:
        return None
    return results.pop() if len(results) == 1 else ACHIEVED["partial"]


def _own(view: CaseView, enquiry: Enquiry, name: str) -> Iterator[Event]:
    """Gives the entries of a type that belong to an enquiry, in order of time.

    What stands between a conclusion and the next start belongs to the next enquiry.
    """
    last = enquiry.until if enquiry.is_last else enquiry.concluded
    for one in sure(view, name):
        if enquiry.since <= day_of(one) <= last:
            yield one
