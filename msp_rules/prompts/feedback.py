"""Applies what a worker says to a prompt, and gives the event that the host has to record.

A misspelt word that must be on a list is refused: otherwise it would silently match nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msp_rules.casework.case import WITHHELD, Event, FieldValue
from msp_rules.casework.moments import at_instant, moment_of
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.prompts.policy import DEFAULT_POLICY, FeedbackPolicy, Policy, policy_of
from msp_rules.prompts.prompt import (
    ChangeKind,
    DeskState,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    FeedbackStatus,
    Prompt,
    PromptChange,
    PromptKey,
    PromptState,
)
from msp_rules.rules.language.catalogue import REASONS
from msp_rules.rules.language.conditions import ExplanationGiven, walk
from msp_rules.rules.language.rule import Rule, Ruleset

GENERAL_REASONS: Final = REASONS
"""Reasons that silence a prompt of any rule, and what they say to a worker. None of them explains
anything to an auditor."""

EXPLANATION: Final = "explanation"
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://msp-rules.org/prompt")
"""The namespace of ids that are made here: the same input gives the same id, on any machine."""

_STATES: Final = {
    FeedbackKind.SHOWN: PromptState.SHOWN,
    FeedbackKind.ACKNOWLEDGED: PromptState.ACKNOWLEDGED,
    FeedbackKind.ACCEPTED: PromptState.PROMISED,
    FeedbackKind.DEFERRED: PromptState.DEFERRED,
    FeedbackKind.OVERRIDDEN: PromptState.OVERRIDDEN,
}


NEEDS_REASON: Final = "reason"
"""The need of an answer that must give a reason from the list."""
NEEDS_WORDS: Final = "words"
"""The need of a reason that explains nothing without words of the worker."""
NEEDS_REVIEW: Final = "review_by"
"""The need of a reason that holds for a while only: the day by which it is reviewed."""
NEEDS: Final = (NEEDS_REASON, NEEDS_WORDS, NEEDS_REVIEW)
"""Every need that an answer may have."""


def hear(
    ruleset: Ruleset,
    state: DeskState,
    feedback: Feedback,
    *,
    policy: Policy = DEFAULT_POLICY,
) -> FeedbackResult:
    """Applies feedback to what the desk knows; the same feedback twice changes nothing.

    The policy says until when an answer silences the prompt while the record leaves it open.

    Of several answers to one generation the latest counts, whatever order they come in. The subject
    may be named by the id under which it was first recorded, or by that of its current version, as
    a card has both. Raises MspRulesError for feedback that says nothing: no reason, no moment, or a
    code or role that is on no list.
    """
    limits = policy_of(policy)
    _refuse_unreadable(feedback, ruleset.vocabulary)
    prompt = find_prompt(state, feedback.key)
    if prompt is None:
        return FeedbackResult(state, FeedbackStatus.UNKNOWN)
    explanation = _to_record(ruleset, prompt, feedback)
    mark = (feedback.at.instant, feedback.id)
    if prompt.generation == feedback.generation and prompt.heard == mark:
        return FeedbackResult(state, FeedbackStatus.REPEATED, explanation)
    if not prompt.stands or prompt.generation != feedback.generation:
        return FeedbackResult(state, FeedbackStatus.OUTDATED, explanation)
    if feedback.kind is FeedbackKind.SHOWN:
        return _seen(state, prompt)
    if prompt.heard is not None and mark < prompt.heard:
        earlier = _answered_before(ruleset, prompt, feedback, limits)
        return FeedbackResult(_with(state, earlier), FeedbackStatus.OUTDATED, explanation)
    if _lacks_reason(prompt, feedback, limits):
        return _seen(state, prompt, FeedbackStatus.INCOMPLETE)
    answered = replace(
        prompt,
        state=_STATES[feedback.kind],
        heard=mark,
        first_answer=_first_answer(prompt, feedback),
        until=returns_at(ruleset, prompt, feedback, limits),
        code=feedback.code,
        explanation=explanation.id if explanation is not None else None,
    )
    return FeedbackResult(_with(state, answered), FeedbackStatus.HEARD, explanation)


def returns_at(
    ruleset: Ruleset, prompt: Prompt, feedback: Feedback, policy: FeedbackPolicy = DEFAULT_POLICY
) -> int | None:
    """Gives the instant at which an answered prompt comes back if the record leaves it open.

    None: not by time alone. Answers to the same generation together silence it for no longer than
    one does: else it could be put off again and again without ever being asked.
    """
    urgency, at, office_close = prompt.urgency, feedback.at, ruleset.settings.office_close
    if feedback.kind is FeedbackKind.DEFERRED and feedback.until is not None:
        found: int | None = policy.deferral_ends(urgency, at, feedback.until)
    elif feedback.kind is FeedbackKind.ACCEPTED:
        found = policy.promise_ends(urgency, at, office_close)
    else:
        found = policy.returns_at(urgency, at)
    first = moment_of(at_instant(_first_answer(prompt, feedback)))
    return _earlier(found, policy.silent_until(urgency, first, office_close))


def _first_answer(prompt: Prompt, feedback: Feedback) -> int:
    at = feedback.at.instant
    return at if prompt.first_answer is None else min(at, prompt.first_answer)


def _answered_before(
    ruleset: Ruleset, prompt: Prompt, feedback: Feedback, policy: FeedbackPolicy
) -> Prompt:
    """Notes an answer that came after a later one: only how long it is silent may hang on it."""
    if _lacks_reason(prompt, feedback, policy):
        return prompt
    first = _first_answer(prompt, feedback)
    office_close = ruleset.settings.office_close
    latest = policy.silent_until(prompt.urgency, moment_of(at_instant(first)), office_close)
    return replace(prompt, first_answer=first, until=_earlier(prompt.until, latest))


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((at for at in (one, other) if at is not None), default=None)


def needs_of(
    ruleset: Ruleset, prompt: Prompt, feedback: Feedback, policy: FeedbackPolicy = DEFAULT_POLICY
) -> tuple[str, ...]:
    """Lists what feedback lacks, of `NEEDS`: to be heard, or to explain something to an auditor."""
    if _lacks_reason(prompt, feedback, policy):
        return (NEEDS_REASON,)
    rule = next((one for one in ruleset.rules if one.id == prompt.key.rule), None)
    if rule is None or feedback.kind is not FeedbackKind.OVERRIDDEN or feedback.code is None:
        return ()
    given = {NEEDS_WORDS: feedback.has_text, NEEDS_REVIEW: feedback.review_by is not None}
    wanted = needs_of_reason(ruleset, rule.as_on(feedback.at.day), feedback.code)
    return tuple(need for need in wanted if not given[need])


def needs_of_reason(ruleset: Ruleset, rule: Rule, code: str) -> tuple[str, ...]:
    """Lists what a reason needs to explain something; nothing where it explains nothing anyway."""
    if code not in accepted_codes(rule):
        return ()
    is_temporary = code in ruleset.settings.temporary_codes
    return (NEEDS_WORDS, NEEDS_REVIEW) if is_temporary else (NEEDS_WORDS,)


def change_of_answer(
    feedback: Feedback, before: DeskState, after: DeskState
) -> PromptChange | None:
    """Gives the change that an answer is for other screens; None where nothing was answered.

    `before` and `after` are what the desk knew before and after it heard the feedback. To be
    shown is not an answer.
    """
    if feedback.kind is FeedbackKind.SHOWN:
        return None
    for key, prompt in after.prompts.items():
        if prompt is not before.prompts.get(key) and not prompt.asks:
            return PromptChange(kind=ChangeKind.ANSWERED, prompt=prompt)
    return None


def _lacks_reason(prompt: Prompt, feedback: Feedback, policy: FeedbackPolicy) -> bool:
    is_bare = feedback.kind is FeedbackKind.ACKNOWLEDGED and feedback.code is None
    return is_bare and policy.of(prompt.urgency).needs_reason


def find_prompt(state: DeskState, key: PromptKey) -> Prompt | None:
    """Finds the prompt of a key, which may name its subject by the id of the current version."""
    return state.prompts.get(key) or next(
        (
            one
            for one in state.standing
            if one.key.rule == key.rule and one.subject is not None and one.subject == key.subject
        ),
        None,
    )


def accepted_codes(rule: Rule) -> tuple[str, ...]:
    """Gives the codes of an `explanation` event that the rule accepts, in its own order."""
    found = [node for node in walk(rule.explained_when) if isinstance(node, ExplanationGiven)]
    return tuple(dict.fromkeys(code for node in found for code in node.codes))


def made_id(*parts: object) -> uuid.UUID:
    """Makes an id that is the same for the same parts."""
    return uuid.uuid5(NAMESPACE, json.dumps(parts, ensure_ascii=False))


def refuse_other(word: str | None, words: Sequence[str], what: str) -> None:
    """Raises MspRulesError for a word that is not on the list.

    The message names the list and the nearest word, never the word itself, which may be anything.
    """
    if word in words:
        return
    hint = "" if word is None else did_you_mean(word, words)
    raise MspRulesError(f"{what} must be one of: {', '.join(words)}{hint}")


def _seen(
    state: DeskState, prompt: Prompt, heard_as: FeedbackStatus = FeedbackStatus.HEARD
) -> FeedbackResult:
    """Notes that a prompt was seen: no answer, so it never undoes what a worker has said."""
    if prompt.state is not PromptState.RAISED:
        is_news = heard_as is not FeedbackStatus.HEARD
        return FeedbackResult(state, heard_as if is_news else FeedbackStatus.REPEATED)
    return FeedbackResult(_with(state, replace(prompt, state=PromptState.SHOWN)), heard_as)


def _with(state: DeskState, prompt: Prompt) -> DeskState:
    prompts = {**state.prompts, prompt.key: prompt}
    return replace(state, prompts=prompts, next_change=_earlier(state.next_change, prompt.until))


def _to_record(ruleset: Ruleset, prompt: Prompt, feedback: Feedback) -> Event | None:
    """Makes the explanation that an override amounts to; None where the rule does not accept it."""
    rules = {rule.id: rule for rule in ruleset.as_on(feedback.at.day).enabled_rules}
    rule = rules.get(prompt.key.rule)
    if feedback.kind is not FeedbackKind.OVERRIDDEN or rule is None or feedback.code is None:
        return None
    if feedback.code not in accepted_codes(rule) or not feedback.has_text:
        return None  # a reason without words explains nothing (docs/readings.md, section 5)
    fields: dict[str, FieldValue] = {"rule": rule.id, "code": feedback.code, "text": WITHHELD}
    if prompt.subject is not None:
        fields["subject"] = prompt.subject
    if feedback.review_by is not None:
        fields["review_by"] = feedback.review_by
    return Event(
        id=f"{EXPLANATION}-{made_id(EXPLANATION, *prompt.key, feedback.id)}",
        type=EXPLANATION,
        moment=feedback.at,
        recorded=feedback.at,
        fields=fields,
        role=feedback.role,
    )


def _refuse_unreadable(feedback: Feedback, vocabulary: Vocabulary) -> None:
    if feedback.kind is FeedbackKind.DEFERRED:
        if feedback.until is None:
            raise MspRulesError('a "deferred" feedback needs "until": the moment to ask again')
        if feedback.until.instant <= feedback.at.instant:
            raise MspRulesError('"until" of a "deferred" feedback must be after its "at"')
    if feedback.kind is FeedbackKind.OVERRIDDEN or feedback.code is not None:
        codes = (*vocabulary.enums["explanation_code"], *GENERAL_REASONS)
        an = 'an "overridden"' if feedback.kind is FeedbackKind.OVERRIDDEN else "a"
        refuse_other(feedback.code, codes, f'the "code" of {an} feedback')
    if feedback.role is not None:
        refuse_other(feedback.role, vocabulary.enums["worker_role"], 'the "role" of a feedback')
