"""Finds which rules a change touches, and what it does to one of their answers.

Findings and prompts appear, disappear or change. What is only set aside does not count as gone:
findings that are waived, filtered or switched off, or that can no longer be decided, have effects
of their own.

Only the rules that a change touches need to be answered twice. An answer follows from the case, the
moment, the rule's own forms with what suspends them, and the settings of the ruleset. Waivers then
set some aside. Where all of these are the same, so is the answer, but for one thing: an explanation
that names no rule may mean one that accepts explanations, by a slip, and which one that is follows
from the ids of all rules. So such rules are answered twice in a case that holds one which means
another rule after the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.casework.case import Case, Fault
from msp_rules.engine.prompting import ASKING
from msp_rules.engine.reasons import EXPLANATION, meant_by, named_rule
from msp_rules.engine.verdict import FINDINGS, Answer, Verdict
from msp_rules.rules.language.conditions import ExplanationGiven, walk
from msp_rules.rules.language.lock import meaning_of
from msp_rules.rules.language.rule import Prompt, Rule, Ruleset, Waiver


class State(StrEnum):
    """Tells how an answer counts."""

    FINDING = "finding"
    WAIVED = "waived"
    FILTERED = "filtered"
    SWITCHED_OFF = "switched_off"
    NO_SUCH_RULE = "no_such_rule"
    CANNOT_TELL = "cannot_tell"
    NOT_JUDGED = "not_judged"
    CLEAR = "clear"


class Effect(StrEnum):
    """Names what happened to a finding or prompt."""

    APPEARS = "appears"
    DISAPPEARS = "disappears"
    CHANGES = "changes"
    UNCHANGED = "unchanged"
    # From here on: where a finding went that is not there any more.
    WAIVED = "waived"
    FILTERED = "filtered"
    SWITCHED_OFF = "switched_off"
    NO_SUCH_RULE = "no_such_rule"
    CANNOT_TELL = "cannot_tell"
    NOT_JUDGED = "not_judged"


_GONE_TO: Final = {
    State.WAIVED: Effect.WAIVED,
    State.FILTERED: Effect.FILTERED,
    State.SWITCHED_OFF: Effect.SWITCHED_OFF,
    State.NO_SUCH_RULE: Effect.NO_SUCH_RULE,
    State.CANNOT_TELL: Effect.CANNOT_TELL,
    State.NOT_JUDGED: Effect.NOT_JUDGED,
}


class Side(NamedTuple):
    """One row before or after the change."""

    state: State
    """Tells how it counts."""
    verdict: Verdict | None = None
    """The verdict; None if there is no answer."""
    colour: str = "none"
    """Its audit colour."""
    severity: str = ""
    """The rule's severity."""
    asks: bool = False
    """True if it has an open prompt; a waiver sets a finding aside, not the question."""

    @property
    def weight(self) -> tuple[Verdict | None, str, str]:
        """The parts that make it another finding where they differ."""
        return self.verdict, self.colour, self.severity


class ChangedRow(NamedTuple):
    """One subject of one rule whose finding or prompt is not what it was."""

    rule: str
    """The id of the rule."""
    case: str
    """The id of the case."""
    subject: str | None
    """The id of the event; None for the case as a whole."""
    team: str | None
    """The team of the case; None where it does not say."""
    agency: str | None
    """The agency of the case; None where it does not say."""
    finding: Effect | None
    """The effect on the finding; None where there is none on either side."""
    prompt: Effect | None
    """The effect on the prompt; None where there is none on either side."""
    before: Side
    """The row under the rules as they are."""
    after: Side
    """The row under the rules as they would be."""


Key = tuple[str, str | None]
"""A rule id and a subject."""


def side_of(answer: Answer, *, may_ask: bool) -> Side:
    """Says how an answer counts, as far as it alone tells."""
    verdict = answer.verdict
    state = State.CLEAR
    if answer.waived is not None:
        state = State.WAIVED
    elif verdict in FINDINGS:
        state = State.FINDING
    elif verdict is Verdict.CANNOT_TELL:
        state = State.CANNOT_TELL
    asks = may_ask and verdict in ASKING
    return Side(state, verdict, answer.colour, answer.severity, asks)


def sides(
    answers: Sequence[Answer], faults: Sequence[Fault], silent: frozenset[str]
) -> dict[Key, Side]:
    """Gives the rows of one evaluation, by rule and subject; `silent` rules do not ask now."""
    found = {
        (one.rule, one.subject): side_of(one, may_ask=one.rule not in silent) for one in answers
    }
    for fault in faults:
        found[fault.rule or "", fault.event] = Side(State.NOT_JUDGED)
    return found


def absent(rule: str, switches: Mapping[str, bool]) -> Side:
    """Adds the row of a rule that has none; `switches` says whether each rule is on."""
    if rule not in switches:
        return Side(State.NO_SUCH_RULE)
    return Side(State.CLEAR if switches[rule] else State.SWITCHED_OFF)


def finding_effect(before: Side, after: Side) -> Effect | None:
    """Names what happened to a finding; None where there is none on either side."""
    is_old, is_new = (side.state is State.FINDING for side in (before, after))
    if is_old and is_new:
        return Effect.UNCHANGED if before.weight == after.weight else Effect.CHANGES
    if is_new:
        return Effect.APPEARS
    if is_old:
        return _GONE_TO.get(after.state, Effect.DISAPPEARS)
    if after.state is State.WAIVED and before.state is not State.WAIVED:
        return Effect.WAIVED
    return None


def prompt_effect(
    before: Side, after: Side, old: Prompt | None, new: Prompt | None
) -> Effect | None:
    """Says what becomes of a prompt; it changes with its words, urgency, steps or roles."""
    if before.asks and after.asks:
        return Effect.UNCHANGED if old == new else Effect.CHANGES
    if after.asks:
        return Effect.APPEARS
    if before.asks:
        return _GONE_TO.get(after.state, Effect.DISAPPEARS)
    return None


def compared(
    before: Mapping[Key, Side], after: Mapping[Key, Side], switches: Sequence[Mapping[str, bool]]
) -> Iterator[tuple[Key, Side, Side]]:
    """Pairs the rows of both sides; `switches` are those before and after."""
    keys = [*before, *(key for key in after if key not in before)]
    for key in keys:
        old = before.get(key) or absent(key[0], switches[0])
        new = after.get(key) or absent(key[0], switches[1])
        yield key, old, new


def touched_rules(before: Ruleset, after: Ruleset) -> frozenset[str]:
    """Names all rules whose answers may differ, those that only one ruleset has included.

    In a case in which an explanation means another rule, `touched_by_names` may differ, too.
    """
    every = {rule.id for ruleset in (before, after) for rule in ruleset.rules}
    if before.settings != after.settings:
        return frozenset(every)
    old, new = _grounds(before), _grounds(after)
    return frozenset(name for name in every if old.get(name) != new.get(name))


def touched_by_names(before: Ruleset, after: Ruleset) -> frozenset[str]:
    """Names the rules that an explanation may mean by a slip, where the ids are not the same."""
    if before.rule_ids == after.rule_ids:
        return frozenset()
    every = (rule for ruleset in (before, after) for rule in ruleset.rules)
    return frozenset(rule.id for rule in every if _accepts_explanations(rule))


def means_another(case: Case, before: frozenset[str], after: frozenset[str]) -> bool:
    """Tells whether an explanation of a case means another rule by these ids than by those."""
    return any(
        not (named in before and named in after)
        and meant_by(named, before) != meant_by(named, after)
        for event in case.events
        if event.type == EXPLANATION and (named := named_rule(event)) is not None
    )


def _grounds(ruleset: Ruleset) -> dict[str, tuple[object, ...]]:
    """Gives what the answers of each rule follow from in every case, by its id."""
    grounds: dict[str, tuple[object, ...]] = {}
    for rule in ruleset.rules:
        stops = [(s.when, s.limit_after) for s in ruleset.suspensions if rule.id not in s.keeps]
        waivers = [_scope(one) for one in ruleset.waivers if rule.id in one.rules]
        grounds[rule.id] = (*_forms(rule), stops, waivers)
    return grounds


def _forms(rule: Rule) -> tuple[object, ...]:
    earlier = [(day, meaning_of(form)) for day, form in rule.earlier]
    return meaning_of(rule), rule.newest_from, earlier


def _accepts_explanations(rule: Rule) -> bool:
    forms = (rule, *(form for _, form in rule.earlier))
    return any(isinstance(node, ExplanationGiven) for form in forms for node in walk(form))


def _scope(waiver: Waiver) -> tuple[object, ...]:
    """Gives what a waiver sets aside; its reasons change no answer."""
    return (
        waiver.reasons.layer,
        waiver.name,
        waiver.teams,
        waiver.agencies,
        waiver.reasons.period,
    )
