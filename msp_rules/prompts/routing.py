"""Writes what a card says of its prompt for programs: key, timing, state, and what may be said.

It is for a program to read. CDS Hooks has no place for it, so it stands in a card's `extension`;
what has no value is left out, as CDS Hooks 3.0 wants of JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NotRequired, TypedDict

from msp_rules.casework.moments import Moment, iso_date, iso_instant
from msp_rules.prompts.feedback import GENERAL_REASONS, accepted_codes, needs_of_reason
from msp_rules.prompts.policy import FeedbackPolicy
from msp_rules.prompts.prompt import Prompt
from msp_rules.rules.language.rule import Rule, Ruleset

EXPLANATION_CODES: Final = "urn:msp-rules:explanation-code"
"""The system of the reasons that a rule accepts as an explanation."""
GENERAL_CODES: Final = "urn:msp-rules:override-reason"
"""The system of the reasons that any prompt may be overruled with."""


class MissingRecord(TypedDict):
    """An event that is missing."""

    event: str
    """The event type."""
    fields: NotRequired[list[str]]
    """The fields that it needs; left out where any such event will do."""


class Reason(TypedDict):
    """A reason that a worker can choose from, as a program reads it."""

    code: str
    """The code, as in `overrideReasons`."""
    system: str
    """The list that the code belongs to."""
    counts: bool
    """True where it explains something to an auditor once it has all that it needs."""
    needs: NotRequired[list[str]]
    """The needs of such a reason: `words`, `review_by`; left out where there are none."""


class AllowedAnswers(TypedDict):
    """The policy for questions of this urgency: what may be said, and for how long it holds."""

    reason_needed: bool
    """True where a prompt can't be acknowledged without the code of a reason."""
    put_off_working_days: int
    """The working days for which the prompt may be put off at most."""
    returns_after_working_days: NotRequired[int]
    """The working days after which an answered prompt is asked again; left out: never."""
    latest_put_off: NotRequired[str]
    """The last day to which it may be put off now."""
    promise_until: NotRequired[str]
    """The instant at which it would come back if it were promised now."""


class Routing(TypedDict):
    """The prompt's own key, timing, state and routing: what CDS Hooks has no place for."""

    rule: str
    """The id of the rule."""
    case: str
    """The id of the case."""
    key_subject: NotRequired[str]
    """The id under which the subject was first recorded; left out for the case as a whole."""
    subject: NotRequired[str]
    """The id of the subject's current version."""
    generation: int
    """The number of times that the worker has been asked, from 1."""
    state: str
    """The state: `raised` and `shown` ask; `promised`, `deferred`, `acknowledged` and `overridden`
    say what a worker answered, on whatever screen."""
    until: NotRequired[str]
    """The instant at which an answered prompt is asked again; left out: not by time alone."""
    allowed: AllowedAnswers
    """The policy for the answers to it."""
    reasons: list[Reason]
    """The reasons of `overrideReasons`, in the same order."""
    verdict: str
    """The verdict of the rule."""
    timing: str
    """Early, due soon or overdue."""
    due: NotRequired[str]
    """The limit."""
    ask_at: NotRequired[list[str]]
    """The steps at which the rule asks."""
    roles: NotRequired[list[str]]
    """The worker roles that it asks."""
    severity: str
    """The severity of the rule."""
    missing: NotRequired[list[MissingRecord]]
    """The records that would settle it."""
    language: NotRequired[str]
    """The language that was found, where one was asked for."""
    role_names: NotRequired[list[str]]
    """The names of the roles, where a council or language has names of its own."""


def routing_of(
    prompt: Prompt, rule: Rule, ruleset: Ruleset, policy: FeedbackPolicy, now: Moment | None
) -> Routing:
    """Gives the routing of a prompt; without `now`, nothing in it depends on the moment."""
    found: Routing = {
        "rule": prompt.key.rule,
        "case": prompt.key.case,
        "generation": prompt.generation,
        "state": prompt.state.value,
        "allowed": _allowed(prompt, ruleset, policy, now),
        "reasons": [*_reasons(rule, ruleset)],
        "verdict": prompt.verdict.value,
        "timing": prompt.timing.value,
        "severity": prompt.severity,
    }
    if prompt.until is not None:
        found["until"] = iso_instant(prompt.until)
    if prompt.key.subject is not None:
        found["key_subject"] = prompt.key.subject
    if prompt.subject is not None:
        found["subject"] = prompt.subject
    if prompt.due is not None:
        found["due"] = prompt.due.text
    if prompt.ask_at:
        found["ask_at"] = list(prompt.ask_at)
    if prompt.roles:
        found["roles"] = list(prompt.roles)
    if prompt.missing:
        found["missing"] = [_missing(one.event, one.fields) for one in prompt.missing]
    return found


def _allowed(
    prompt: Prompt, ruleset: Ruleset, policy: FeedbackPolicy, now: Moment | None
) -> AllowedAnswers:
    limits = policy.of(prompt.urgency)
    found: AllowedAnswers = {
        "reason_needed": limits.needs_reason,
        "put_off_working_days": limits.put_off_days,
    }
    if limits.returns_after_days is not None:
        found["returns_after_working_days"] = limits.returns_after_days
    if now is not None:
        office_close = ruleset.settings.office_close
        found["latest_put_off"] = iso_date(policy.last_day(prompt.urgency, now))
        found["promise_until"] = iso_instant(policy.promise_ends(prompt.urgency, now, office_close))
    return found


def _reasons(rule: Rule, ruleset: Ruleset) -> Iterator[Reason]:
    for code in accepted_codes(rule):
        needs = list(needs_of_reason(ruleset, rule, code))
        yield {"code": code, "system": EXPLANATION_CODES, "counts": True, "needs": needs}
    for code in GENERAL_REASONS:
        yield {"code": code, "system": GENERAL_CODES, "counts": False}


def _missing(event: str, fields: Sequence[str]) -> MissingRecord:
    found: MissingRecord = {"event": event}
    if fields:
        found["fields"] = list(fields)
    return found
