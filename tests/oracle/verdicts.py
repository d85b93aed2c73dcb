"""The answer of every rule on every subject: the table of docs/readings.md, read row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import Cutoff
from msp_rules.rules.language.conditions import Condition, Due, NoLimit
from msp_rules.rules.language.rule import Colour, Period, Rule, Ruleset
from tests.oracle.conditions import holds
from tests.oracle.events import Found, find_anchor
from tests.oracle.limits import (
    applied_since,
    asks_for_silences,
    end_of_due,
    falls_after,
    first_held,
    is_surely_past,
    rests_on_assumed_alone,
    silences,
)
from tests.oracle.record import Entry, Record, Truth, all_of, any_of, negate
from tests.oracle.times import End, State, When, as_of_end, through
from tests.oracle.view import View

EVERYTHING = Supply()


class OracleAnswer(NamedTuple):
    """What the engine should say; `subject` is None for a once-per-case or null row."""

    rule: str
    subject: str | None
    verdict: str
    due: str | None
    colour: str


class Blocks(NamedTuple):
    """What a row asks: the rule's own blocks, or for a null row those of `if_none`."""

    applies: Condition | None
    due: Due | None
    is_null_row: bool


def oracle_answers(ruleset: Ruleset, case: Case, as_of: Cutoff) -> list[OracleAnswer]:
    """Every answer on a case, in no particular order."""
    record = Record(case, as_of_end(as_of))
    answers: list[OracleAnswer] = []
    for rule in ruleset.enabled_rules:
        answers += answers_of_rule(ruleset, rule, record)
    return answers


def answers_of_rule(ruleset: Ruleset, rule: Rule, record: Record) -> list[OracleAnswer]:
    if rule.each is None:
        blocks = Blocks(rule.applies_when, rule.due, is_null_row=False)
        return [answer(ruleset, rule, blocks, record, None)]
    subjects = record.of_type(rule.each)
    if not subjects:
        return [null_row(ruleset, rule, record)]
    blocks = Blocks(rule.applies_when, rule.due, is_null_row=False)
    return [
        answer(ruleset, rule, blocks, record, subject)
        if subject.is_sure
        else OracleAnswer(rule.id, subject.event.id, "cannot_tell", None, "grey")
        for subject in subjects
    ]


def null_row(ruleset: Ruleset, rule: Rule, record: Record) -> OracleAnswer:
    """The row of an `each` rule in a case that holds no subject."""
    assert rule.each is not None
    if rule.if_none is not None:
        blocks = Blocks(rule.if_none.applies_when, rule.if_none.due, is_null_row=True)
        return answer(ruleset, rule, blocks, record, None)
    view = view_on(ruleset, rule, record, None)
    is_stopped = is_suspended(ruleset, rule, view, State.NOT_YET) is True
    is_supplied = record.case.supply.has_type(rule.each) or is_stopped
    if is_supplied:
        return OracleAnswer(rule.id, None, "not_applicable", None, "none")
    return OracleAnswer(rule.id, None, "cannot_tell", None, "grey")


def answer(
    ruleset: Ruleset, rule: Rule, blocks: Blocks, record: Record, subject: Entry | None
) -> OracleAnswer:
    view = view_on(ruleset, rule, record, subject)
    due = limit_of(blocks, view)
    if not blocks.is_null_row and asks_for_silences(rule.expect):
        view = replace(view, evidence_until=ends_of_suspensions(ruleset, rule, view))
    if (
        isinstance(due, End)
        and not blocks.is_null_row
        and evidence_of(rule, blocks, view) is not True
    ):
        due = max([due, *ends_of_silences(rule.expect, view.up_to_suspension())], key=last_of)
    verdict = verdict_of(ruleset, rule, blocks, view, due)
    colour = colour_of(rule, blocks, view, verdict)
    text = due.text if isinstance(due, End) and verdict != "not_applicable" else None
    return OracleAnswer(rule.id, subject.event.id if subject else None, verdict, text, colour)


def view_on(ruleset: Ruleset, rule: Rule, record: Record, subject: Entry | None) -> View:
    at = When(record.as_of.day, record.as_of.last)
    return View(
        record,
        ruleset.settings,
        rule.id,
        subject,
        record.case.supply,
        stood_at=at,
        rules=frozenset(one.id for one in ruleset.rules),
    )


def limit_of(blocks: Blocks, view: View) -> End | State:
    """The limit; one left out is the day of the trigger."""
    if blocks.due is not None and not isinstance(blocks.due, NoLimit):
        return end_of_due(blocks.due, view)
    return applied_since(blocks.applies, view)


# --- the table --------------------------------------------------------------------------------


def concerns(ruleset: Ruleset, rule: Rule, blocks: Blocks, view: View, due: End | State) -> Truth:
    """Whether the rule applies and goes on: rows 1 and 2."""
    applies = True if blocks.applies is None else holds(blocks.applies, view)
    applies = all_of([applies, is_in_force(rule, blocks, view)])
    if blocks.is_null_row and due is State.UNKNOWN:
        # A suspended case's null rows do not apply, whatever the source supplies.
        due_as_supplied = limit_of(blocks, replace(view, supply=EVERYTHING))
        suspended = is_suspended(ruleset, rule, view, due_as_supplied)
    else:
        suspended = is_suspended(ruleset, rule, view, due)
    return all_of([applies, negate(suspended)])


def verdict_of(ruleset: Ruleset, rule: Rule, blocks: Blocks, view: View, due: End | State) -> str:
    applies = concerns(ruleset, rule, blocks, view, due)
    if applies is not True:
        return "cannot_tell" if applies is None else "not_applicable"  # rows 1 and 2
    evidence = evidence_of(rule, blocks, view)
    if evidence is True:
        return verdict_with_evidence(rule, blocks, view, due)  # rows 3 to 6
    explained = is_explained(rule, blocks, view)
    if explained is True:
        return "explained"  # row 7
    if explained is None or evidence is None:
        return "cannot_tell"  # rows 7 and 8
    if due is State.NOT_YET:
        return "not_yet_due"  # row 9
    if not isinstance(due, End):
        is_over = isinstance(blocks.due, NoLimit) and is_surely_past(blocks.applies, view)
        return verdict_past(rule, blocks, view) if is_over else "cannot_tell"  # row 10
    if view.record.as_of.last <= due.last:
        return "not_yet_due"  # row 11
    return verdict_past(rule, blocks, view)  # rows 12 to 14


def is_in_force(rule: Rule, blocks: Blocks, view: View) -> Truth:
    """Whether the subject's day, or that of what made the rule apply, lies in the rule's days."""
    if rule.period == Period():
        return True
    since = applied_since(blocks.applies, view)
    if isinstance(since, State):
        return False if since is State.NOT_YET else None
    first, last = rule.period.first or date.min, rule.period.last or date.max
    return first <= since.day <= last


def last_of(end: End) -> datetime:
    return end.last


def ends_of_silences(condition: Condition, view: View) -> list[End]:
    """The ends of the limits, last of each silence condition, that were not kept."""
    return [one.end for one in silences(condition, view)]


def verdict_with_evidence(rule: Rule, blocks: Blocks, view: View, due: End | State) -> str:
    if due is State.NOT_YET or isinstance(blocks.due, NoLimit):
        return "met"
    if not isinstance(due, End):
        return "cannot_tell"
    in_time = evidence_of(rule, blocks, view.up_to(due))
    if in_time is True:
        return "met"
    if in_time is None:
        return "cannot_tell"
    excused = is_excused(rule, blocks, view, due)
    if excused is None:
        return "cannot_tell"
    return "explained" if excused else "met_late"


def verdict_past(rule: Rule, blocks: Blocks, view: View) -> str:
    partly: Truth = False
    unsure: Truth = False
    if not blocks.is_null_row:
        partly = optional(rule.partly_when, view)
        unsure = optional(rule.cannot_tell_when, view)
    if unsure is not False:
        return "cannot_tell"
    part = any_of([partly, is_explained(rule, blocks, replace(view, is_weak=True))])
    if part is None:
        return "cannot_tell"
    return "partly_met" if part else "not_met"


def optional(block: Condition | None, view: View) -> Truth:
    """A block that does not hold where it is left out."""
    return False if block is None else holds(block, view)


def evidence_of(rule: Rule, blocks: Blocks, view: View) -> Truth:
    """Whether the full expectation holds; on a null row there is nothing to hold it."""
    if not blocks.is_null_row:
        return holds(rule.expect, view.up_to_suspension())
    assert rule.each is not None
    return False if view.supply.has_type(rule.each) else None


# --- colours ----------------------------------------------------------------------------------


def colour_of(rule: Rule, blocks: Blocks, view: View, verdict: str) -> str:
    """Section 6; and a limit whose number is assumed is amber at most, until `red_when` holds."""
    if verdict in ("not_applicable", "not_yet_due"):
        return "none"
    if verdict == "cannot_tell":
        return "grey"
    if verdict in ("met", "explained"):
        return "green" if rule.met_colour is None else rule.met_colour.value
    if verdict == "met_late":
        return "amber"
    if (
        verdict == "partly_met"
        and rule.partly_colour is not None
        and not blocks.is_null_row
        and optional(rule.partly_when, view) is True
    ):
        return rule.partly_colour.value
    if verdict == "partly_met":
        return "grey" if rule.not_met_colour is Colour.GREY else "amber"
    if optional(rule.red_when, view) is True:
        return "red"
    is_soft = (
        blocks.due is not None
        and not isinstance(blocks.due, NoLimit)
        and rests_on_assumed_alone(blocks.due, rule, view)
        and (blocks.is_null_row or is_assumed_silence(rule, blocks.due, view))
    )
    return "amber" if is_soft and rule.not_met_colour is Colour.RED else rule.not_met_colour.value


def is_assumed_silence(rule: Rule, due: Due, view: View) -> bool:
    """Whether the number is assumed by which a silence after the limit was too long, if one was."""
    end = end_of_due(due, view)
    assert isinstance(end, End)
    broken = silences(rule.expect, view.up_to_suspension())
    latest = max(broken, key=lambda one: one.end.last, default=None)
    if latest is None or latest.end.last <= end.last:
        return True
    parameter = rule.parameters.get(latest.limit.parameter or "")
    if parameter is None:
        return False
    started = [v for v in parameter.values if v.first_day <= latest.since]
    return bool(started) and started[-1].basis.value == "assumed"


# --- reasons ----------------------------------------------------------------------------------


def is_explained(rule: Rule, blocks: Blocks, view: View) -> Truth:
    """Whether a reason is accepted; what no source supplies is no reason."""
    seen = replace(view, supply=EVERYTHING, only_explanations=blocks.is_null_row)
    return optional(rule.explained_when, seen)


def is_excused(rule: Rule, blocks: Blocks, view: View, due: End) -> Truth:
    """Row 4: a reason given by the due moment that stood when the evidence came, after it."""
    came = first_held(lambda seen: evidence_of(rule, blocks, seen), view, due)
    if rule.explained_when is None:
        return False
    given = is_explained(rule, blocks, replace(view.up_to(due), is_weak=True))
    if isinstance(came, State):
        return False if given is False else None
    return is_explained(rule, blocks, replace(view.up_to(due), stood_at=came))


# --- suspensions ------------------------------------------------------------------------------


def ends_of_suspensions(ruleset: Ruleset, rule: Rule, view: View) -> tuple[End, ...]:
    """Where suspensions that surely hold set limits aside: open work is judged up to there."""
    whole = replace(view, subject=None, supply=Supply())
    found: list[End] = []
    for suspension in ruleset.suspensions:
        if rule.id in suspension.keeps or suspension.limit_after is None:
            continue
        start = find_anchor(suspension.limit_after, whole)
        if isinstance(start, Found) and holds(suspension.when, whole) is True:
            found.append(through(start.when))
    return tuple(found)


def is_suspended(ruleset: Ruleset, rule: Rule, view: View, due: End | State) -> Truth:
    answers: list[Truth] = []
    for suspension in ruleset.suspensions:
        if rule.id in suspension.keeps:
            continue
        # What a source has no way to say suspends nothing.
        whole = replace(view, subject=None, supply=Supply())
        held = holds(suspension.when, whole)
        if suspension.limit_after is None:
            answers.append(held)
        else:
            answers.append(all_of([held, falls_after(suspension.limit_after, whole, due)]))
    return any_of(answers)
