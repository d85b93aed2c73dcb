"""The desk: a case as it is now goes in, what changed for the worker comes out.

`advance` is a pure function. It looks at the whole case as it stands, never at the event that has
just come, so back-dated, corrected, repeated and disordered events come out right by themselves.

How a question that a rule asks of a worker ends; when it asks at all: `engine.questions`.

The reasons for each decision stand in docs/prompts.md, "When a rule asks".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Cutoff, at_instant, end_of_day
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import (
    ANY_STEP,
    ASKING,
    CRITICAL,
    WARNING,
    DueSoon,
    asks_when_closed,
    due_soon_from,
    is_closed,
    timing_of,
    urgency_of,
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

__all__ = [
    "ANY_STEP",
    "CRITICAL",
    "WARNING",
    "DueSoon",
    "due_soon_from",
    "ending_of",
    "is_closed",
    "timing_of",
    "urgency_changes_at",
    "urgency_of",
]

_ENDINGS: Final = {
    Verdict.MET: Ending.ANSWERED,
    Verdict.MET_LATE: Ending.ANSWERED,
    Verdict.EXPLAINED: Ending.EXPLAINED,
    Verdict.NOT_APPLICABLE: Ending.NOT_APPLICABLE,
    Verdict.CANNOT_TELL: Ending.CANNOT_TELL,
}


def ending_of(answer: Answer, rule: Rule, *, is_closed: bool) -> Ending | None:
    """Why an answer is no question (any more); None: it is one."""
    if answer.verdict not in ASKING:
        return _ENDINGS[answer.verdict]
    if is_closed and not asks_when_closed(rule):
        return Ending.CASE_CLOSED
    return None


def urgency_changes_at(rule: Rule, now: int) -> int | None:
    """The instant ahead at which `urgency_of` gives something else, or None."""
    if rule.prompt.urgency != CRITICAL:
        return None
    after_review = end_of_day(rule.review_by.toordinal()).instant + 1
    return after_review if after_review > now else None


_DUE_SOON: Final = DueSoon()
_RESOLVED: Final = frozenset({Ending.ANSWERED, Ending.EXPLAINED})
_SET_ASIDE: Final = frozenset({PromptState.DEFERRED, PromptState.OVERRIDDEN})
_HISTORY: Final = ("state", "generation", "since", "heard", "until", "code", "explanation")
"""The parts of a prompt that are its life, not its facts."""


def advance(
    engine: Engine, case: Case, state: DeskState, now: Cutoff, *, due_soon: DueSoon = _DUE_SOON
) -> Advanced:
    """What the desk knows of a case after a look at it, and the changes since the last look.

    Evaluates once. Call it after new events, and when `state.next_change` has come. A `now` before
    the last look counts as that look: time never runs backwards. Raises MspRulesError where the
    state is that of another case.
    """
    if state.case != case.id:
        raise MspRulesError(
            "the desk was given the state of another case; keep one DeskState for each case id"
        )
    if state.as_of is not None and now.instant < state.as_of:
        now = at_instant(state.as_of)
    view = in_force(case, now)
    look = _Look(
        now=now.instant,
        day=now.day,
        rules={rule.id: rule for rule in engine.ruleset.as_on(now.day).enabled_rules},
        is_closed=is_closed(view),
        due_soon=due_soon,
        explanations=_recorded(view.case, now, state),
    )
    evaluation = engine.evaluate_view(view)
    questions, endings = _sort(evaluation, identities(view), look)
    crashed = {fault.rule for fault in evaluation.faults}
    prompts, changes = dict[PromptKey, Prompt](), list[PromptChange]()
    for key, old in state.prompts.items():
        if key in questions:
            continue
        if old.stands and (key in endings or key.rule not in crashed):
            old = _ended(old, endings.get(key, Ending.GONE))
            changes.append(PromptChange(kind=ChangeKind.WITHDRAWN, prompt=old))
        prompts[key] = old
    for key, answer in questions.items():
        prompts[key], kind = _asked(state.prompts.get(key), key, answer, look)
        if kind is not None:
            changes.append(PromptChange(kind=kind, prompt=prompts[key]))
    known = DeskState(
        case=case.id,
        prompts=dict(sorted(prompts.items(), key=_by_rule_and_subject)),
        as_of=now.instant,
        next_change=_next_change(evaluation, prompts, look),
        faults=evaluation.faults,
    )
    changes.sort(key=lambda change: _by_rule_and_subject((change.prompt.key, change.prompt)))
    return Advanced(known, tuple(changes))


def with_event(case: Case, event: Event) -> Case:
    """The case with one event more; an event that it holds already changes nothing.

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
class _Look:
    """What one look at a case goes by."""

    now: int
    day: int
    rules: Mapping[str, Rule] = field(repr=False)
    is_closed: bool
    due_soon: DueSoon
    explanations: frozenset[str]


def _recorded(case: Case, now: Cutoff, state: DeskState) -> frozenset[str]:
    """The explanations that the desk handed out and that have come into the record."""
    handed_out = {prompt.explanation for prompt in state.awaiting_record}
    return frozenset(
        event.id
        for event in case.events
        if event.id in handed_out
        and (when := event.recorded or event.moment) is not None
        and when.instant <= now.instant
    )


def _sort(
    evaluation: Evaluation, identify: Identify, look: _Look
) -> tuple[dict[PromptKey, Answer], dict[PromptKey, Ending]]:
    """The answers that are questions, and why the others are none, by prompt."""
    questions, endings = dict[PromptKey, Answer](), dict[PromptKey, Ending]()
    for answer in evaluation.answers:
        key = identify(answer.rule, answer.subject)
        ending = ending_of(answer, look.rules[answer.rule], is_closed=look.is_closed)
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
    old: Prompt | None, key: PromptKey, answer: Answer, look: _Look
) -> tuple[Prompt, ChangeKind | None]:
    """The prompt of an answer that is a question, and what happened to it."""
    new = _fresh(key, answer, look, generation=old.generation + 1 if old is not None else 1)
    if old is None or not old.stands:
        return new, ChangeKind.RAISED
    if old.until is not None and old.until <= look.now:
        return new, ChangeKind.RETURNED
    if old.explanation in look.explanations:
        # The record has the worker's reason, and still the question is open: it has lapsed.
        return new, ChangeKind.RETURNED
    same_life = replace(new, **{name: getattr(old, name) for name in _HISTORY})
    if old.state not in _SET_ASIDE and new.timing is not old.timing:
        if new.timing is Timing.OVERDUE:
            # Asked once more, and only once, of those who had seen it while there was time.
            return (same_life if old.state is PromptState.RAISED else new), ChangeKind.OVERDUE
        if new.timing is Timing.DUE_SOON and old.timing is Timing.EARLY and old.asks:
            return same_life, ChangeKind.DUE_SOON
    return same_life, ChangeKind.CHANGED if same_life != old else None


def _fresh(key: PromptKey, answer: Answer, look: _Look, *, generation: int) -> Prompt:
    rule = look.rules[answer.rule]
    return Prompt(
        key=key,
        subject=answer.subject,
        summary=rule.prompt.summary,
        urgency=urgency_of(rule, look.day),
        ask_at=rule.prompt.ask_at,
        roles=rule.prompt.roles,
        severity=answer.severity,
        verdict=answer.verdict,
        timing=timing_of(answer, look.now, look.due_soon),
        due=answer.due,
        missing=answer.missing,
        evidence=answer.evidence,
        state=PromptState.RAISED,
        generation=generation,
        since=look.now,
    )


def _next_change(
    evaluation: Evaluation, prompts: Mapping[PromptKey, Prompt], look: _Look
) -> int | None:
    """The first instant ahead at which time alone may change an answer or a prompt."""
    moments = [] if evaluation.changes_at is None else [evaluation.changes_at]
    moments += [at for prompt in prompts.values() for at in _own_moments(prompt, look)]
    return min((moment for moment in moments if moment > look.now), default=None)


def _own_moments(prompt: Prompt, look: _Look) -> Iterator[int]:
    rule = look.rules.get(prompt.key.rule)
    if not prompt.stands or rule is None:
        return
    if prompt.until is not None:
        yield prompt.until
    if prompt.timing is Timing.EARLY and prompt.due is not None:
        yield due_soon_from(prompt.due, look.due_soon)
    demoted = urgency_changes_at(rule, look.now)
    if demoted is not None:
        yield demoted


def _by_rule_and_subject(item: tuple[PromptKey, Prompt]) -> tuple[str, str]:
    return item[0].rule, item[0].subject or ""
