"""Decides which questions are open on a case: takes the case as it is now, gives what changed.

Every function here is pure. The desk evaluates the whole case, never only the event that has just
come, so back-dated, corrected, repeated and disordered events come out right by themselves.
`engine.prompting` decides when a rule asks at all, for a live desk and a forecast alike; the
reasons for each decision are in docs/prompts.md, "When a rule asks".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff, When, at_instant, cutoff_at, end_of_day
from msp_rules.casework.visibility import CaseView, in_force
from msp_rules.casework.vocabulary import checked_supply
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import (
    ASKING,
    CRITICAL,
    asks_when_closed,
    due_soon_from,
    is_closed,
    timing_of,
    urgency_of,
)
from msp_rules.engine.prompting import (
    DueSoon as DueSoon,
)
from msp_rules.engine.verdict import Answer, Evaluation, Verdict
from msp_rules.errors import MspRulesError
from msp_rules.prompts.prompt import (
    Advanced,
    ChangeKind,
    DeskState,
    Ending,
    Identify,
    Prompt,
    PromptChange,
    PromptKey,
    PromptState,
    Timing,
    identities,
)
from msp_rules.rules.language.rule import Rule

_DUE_SOON: Final = DueSoon()
_ENDINGS: Final = {
    Verdict.MET: Ending.ANSWERED,
    Verdict.MET_LATE: Ending.ANSWERED,
    Verdict.EXPLAINED: Ending.EXPLAINED,
    Verdict.NOT_APPLICABLE: Ending.NOT_APPLICABLE,
    Verdict.CANNOT_TELL: Ending.CANNOT_TELL,
}
_RESOLVED: Final = frozenset({Ending.ANSWERED, Ending.EXPLAINED})
_SET_ASIDE: Final = frozenset({PromptState.DEFERRED, PromptState.PROMISED, PromptState.OVERRIDDEN})


def advance(
    engine: Engine, case: Case, state: DeskState, now: When, *, due_soon: DueSoon = _DUE_SOON
) -> Advanced:
    """Brings the desk's knowledge of a case up to a moment; tells what changed since the last one.

    Evaluates once. Call it after new events, and when `state.next_change` has come. A `now` before
    `state.as_of` counts as that moment: time never runs backwards. Raises MspRulesError where the
    state is that of another case, where `now` is not a moment (`moment_at`), and where the case's
    supply names what the vocabulary has not: no rule would ever ask about it.
    """
    as_of = cutoff_at(now)
    checked_supply(case.supply, engine.ruleset.vocabulary, is_of_source=True)
    if state.as_of is not None and as_of.instant < state.as_of:
        as_of = at_instant(state.as_of)
    return advance_view(engine, in_force(case, as_of), state, due_soon=due_soon)


def advance_view(
    engine: Engine, view: CaseView, state: DeskState, *, due_soon: DueSoon = _DUE_SOON
) -> Advanced:
    """Does what `advance` does, for a caller that has made the view of the case already.

    The view must not be older than `state.as_of`, and the state holds prompts of the engine's own
    rules only: any other would end as `gone`. Raises MspRulesError where the state is that of
    another case.
    """
    case, now = view.case, view.as_of
    if state.case != case.id:
        raise MspRulesError(
            "the desk was given the state of another case; keep one DeskState for each case id"
        )
    call = _Call(
        now=now.instant,
        day=now.day,
        rules=engine.rules_on(now.day),
        is_closed=is_closed(view),
        due_soon=due_soon,
        explanations=_recorded(case, now, state),
    )
    evaluation = engine.evaluate_view(view)
    questions, endings = _sort(evaluation, identities(view), call)
    crashed = {fault.rule for fault in evaluation.faults}
    prompts, changes = dict[PromptKey, Prompt](), list[PromptChange]()
    for key, old in state.prompts.items():
        if key in questions:
            continue
        # A rule that could not be computed says nothing: its prompts stay as they were.
        if old.stands and (key in endings or key.rule not in crashed):
            old = _ended(old, endings.get(key, Ending.GONE))
            changes.append(PromptChange(kind=ChangeKind.WITHDRAWN, prompt=old))
        prompts[key] = old
    for key, answer in questions.items():
        prompts[key], kind = _asked(state.prompts.get(key), key, answer, call)
        if kind is not None:
            changes.append(PromptChange(kind=kind, prompt=prompts[key]))
    known = DeskState(
        case=case.id,
        prompts=dict(sorted(prompts.items(), key=_by_rule_and_subject)),
        as_of=now.instant,
        next_change=_next_change(evaluation, prompts, call),
        faults=evaluation.faults,
    )
    changes.sort(key=lambda change: _by_rule_and_subject((change.prompt.key, change.prompt)))
    return Advanced(known, tuple(changes))


def ending_of(answer: Answer, rule: Rule, *, is_closed: bool) -> Ending | None:
    """Says why an answer asks nothing; None where it is a question."""
    if answer.verdict not in ASKING:
        return _ENDINGS[answer.verdict]
    if is_closed and not asks_when_closed(rule):
        return Ending.CASE_CLOSED
    return None


def with_event(case: Case, event: Event) -> Case:
    """Adds an event to a case; one that the case holds already changes nothing.

    For hosts that keep cases themselves. Raises MspRulesError for another event under the same id:
    a correction has an id of its own and names what it `supersedes`.
    """
    held = next((one for one in case.events if one.id == event.id), None)
    if held is None:
        return case._replace(events=(*case.events, event))
    if held._replace(line=0) != event._replace(line=0):
        raise MspRulesError(
            "the case holds another event with this id; give a correction an id of its own, and "
            'name the event that it corrects in "supersedes"'
        )
    return case


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """Holds what is the same for all prompts of one call."""

    now: int
    """The instant as of which the case is seen."""
    day: int
    """The day of that instant, as an ordinal."""
    rules: Mapping[str, Rule] = field(repr=False)
    """The enabled rules in the form of that day, by id."""
    is_closed: bool
    """True where the case surely is closed."""
    due_soon: DueSoon
    """The time before a limit at which a prompt becomes due soon."""
    explanations: frozenset[str]
    """Ids of the explanations that the desk handed out and that the record holds by now."""


def _recorded(case: Case, now: Cutoff, state: DeskState) -> frozenset[str]:
    """Finds the explanations that the desk handed out and that have come into the record."""
    handed_out = {prompt.explanation for prompt in state.awaiting_record}
    if not handed_out:
        return frozenset()
    return frozenset(
        event.id
        for event in case.events
        if event.id in handed_out
        and (when := event.recorded or event.moment) is not None
        and when.instant <= now.instant
    )


def _sort(
    evaluation: Evaluation, identify: Identify, call: _Call
) -> tuple[dict[PromptKey, Answer], dict[PromptKey, Ending]]:
    """Separates the answers that are questions from the endings that the others give."""
    questions, endings = dict[PromptKey, Answer](), dict[PromptKey, Ending]()
    for answer in evaluation.answers:
        key = identify(answer.rule, answer.subject)
        ending = ending_of(answer, call.rules[answer.rule], is_closed=call.is_closed)
        if ending is None:
            questions.setdefault(key, answer)
        else:
            endings[key] = ending
    return questions, endings


def _ended(old: Prompt, ending: Ending) -> Prompt:
    is_resolved = ending in _RESOLVED
    state = PromptState.RESOLVED if is_resolved else PromptState.WITHDRAWN
    return replace(old, state=state, ending=ending, until=None)


def _asked(
    old: Prompt | None, key: PromptKey, answer: Answer, call: _Call
) -> tuple[Prompt, ChangeKind | None]:
    """Gives the prompt of an answer that is a question, and what happened to it."""
    timing = timing_of(answer, call.now, call.due_soon)
    is_critical_now = urgency_of(call.rules[answer.rule], call.day) == CRITICAL
    kind = _what_happened(old, timing, call, is_critical_now=is_critical_now)
    # A prompt that nobody has seen yet becomes overdue as it is; others are asked once more, and
    # only once, of those who had seen it while there was time.
    is_anew = kind in (ChangeKind.RAISED, ChangeKind.RETURNED) or (
        kind is ChangeKind.OVERDUE and old is not None and old.state is not PromptState.RAISED
    )
    if old is None or is_anew:
        generation = 1 if old is None else old.generation + 1
        return _prompt(
            key, answer, timing, call, _Life(generation=generation, since=call.now)
        ), kind
    prompt = _prompt(key, answer, timing, call, old)
    if kind is None and prompt != old:
        kind = ChangeKind.CHANGED
    return prompt, kind


def _what_happened(
    old: Prompt | None, timing: Timing, call: _Call, *, is_critical_now: bool
) -> ChangeKind | None:
    """Says what makes a question more pressing than it was; None where nothing does."""
    if old is None or not old.stands:
        return ChangeKind.RAISED
    if old.until is not None and old.until <= call.now:
        return ChangeKind.RETURNED
    if is_critical_now and old.urgency != CRITICAL and not old.asks:
        # It was answered under the limits of a lesser urgency.
        return ChangeKind.RETURNED
    if old.explanation in call.explanations:
        # The record has the worker's reason, and still the question is open: it has lapsed.
        return ChangeKind.RETURNED
    if old.state in _SET_ASIDE or timing is old.timing:
        return None
    if timing is Timing.OVERDUE:
        return ChangeKind.OVERDUE
    if timing is Timing.DUE_SOON and old.timing is Timing.EARLY and old.asks:
        return ChangeKind.DUE_SOON
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """The life of a prompt that has just been raised; an older one's is in the prompt itself."""

    generation: int
    since: int
    state: PromptState = PromptState.RAISED
    heard: tuple[int, str] | None = None
    first_answer: int | None = None
    until: int | None = None
    code: str | None = None
    explanation: str | None = None


def _prompt(
    key: PromptKey, answer: Answer, timing: Timing, call: _Call, life: _Life | Prompt
) -> Prompt:
    """Puts together the facts of an answer and the life that the prompt has had."""
    rule = call.rules[answer.rule]
    return Prompt(
        key=key,
        subject=answer.subject,
        summary=rule.prompt.summary,
        urgency=urgency_of(rule, call.day),
        ask_at=rule.prompt.ask_at,
        roles=rule.prompt.roles,
        severity=answer.severity,
        verdict=answer.verdict,
        timing=timing,
        due=answer.due,
        missing=answer.missing,
        evidence=answer.evidence,
        state=life.state,
        generation=life.generation,
        since=life.since,
        heard=life.heard,
        first_answer=life.first_answer,
        until=life.until,
        code=life.code,
        explanation=life.explanation,
    )


def _next_change(
    evaluation: Evaluation, prompts: Mapping[PromptKey, Prompt], call: _Call
) -> int | None:
    """Finds the next instant at which time alone may change an answer or a prompt."""
    moments = [] if evaluation.changes_at is None else [evaluation.changes_at]
    moments += [at for prompt in prompts.values() for at in _own_moments(prompt, call)]
    return min((moment for moment in moments if moment > call.now), default=None)


def _own_moments(prompt: Prompt, call: _Call) -> Iterator[int]:
    rule = call.rules.get(prompt.key.rule)
    if not prompt.stands or rule is None:
        return
    if prompt.until is not None:
        yield prompt.until
    if prompt.timing is Timing.EARLY and prompt.due is not None:
        yield due_soon_from(prompt.due, call.due_soon)
    demoted = _urgency_changes_at(rule, call.now)
    if demoted is not None:
        yield demoted


def _urgency_changes_at(rule: Rule, now: int) -> int | None:
    """Gives the next instant at which `urgency_of` gives something else, or None."""
    if rule.prompt.urgency != CRITICAL:
        return None
    after_review = end_of_day(rule.review_by.toordinal()).instant + 1
    return after_review if after_review > now else None


def _by_rule_and_subject(item: tuple[PromptKey, Prompt]) -> tuple[str, str]:
    return item[0].rule, item[0].subject or ""
