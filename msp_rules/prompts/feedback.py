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
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.prompts.prompt import (
    DeskState,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    FeedbackStatus,
    Prompt,
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
    FeedbackKind.DEFERRED: PromptState.DEFERRED,
    FeedbackKind.OVERRIDDEN: PromptState.OVERRIDDEN,
}


def hear(ruleset: Ruleset, state: DeskState, feedback: Feedback) -> FeedbackResult:
    """Applies feedback to what the desk knows; the same feedback twice changes nothing.

    Of several answers to one generation the latest counts, whatever order they come in. The subject
    may be named by the id under which it was first recorded, or by that of its current version, as
    a card has both. Raises MspRulesError for feedback that says nothing: no reason, no moment, or a
    code or role that is on no list.
    """
    _refuse_unreadable(feedback, ruleset.vocabulary)
    prompt = state.prompts.get(feedback.key) or _of_current_version(state, feedback.key)
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
        return FeedbackResult(state, FeedbackStatus.OUTDATED, explanation)
    until = feedback.until.instant if feedback.until is not None else None
    answered = replace(
        prompt,
        state=_STATES[feedback.kind],
        heard=mark,
        until=until if feedback.kind is FeedbackKind.DEFERRED else None,
        code=feedback.code if feedback.kind is FeedbackKind.OVERRIDDEN else None,
        explanation=explanation.id if explanation is not None else None,
    )
    moments = [at for at in (state.next_change, answered.until) if at is not None]
    known = replace(_with(state, answered), next_change=min(moments, default=None))
    return FeedbackResult(known, FeedbackStatus.HEARD, explanation)


def _of_current_version(state: DeskState, key: PromptKey) -> Prompt | None:
    """Finds the standing prompt about a subject whose current version has the id of a key."""
    return next(
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


def _seen(state: DeskState, prompt: Prompt) -> FeedbackResult:
    """Notes that a prompt was seen: no answer, so it never undoes what a worker has said."""
    if prompt.state is not PromptState.RAISED:
        return FeedbackResult(state, FeedbackStatus.REPEATED)
    return FeedbackResult(
        _with(state, replace(prompt, state=PromptState.SHOWN)), FeedbackStatus.HEARD
    )


def _with(state: DeskState, prompt: Prompt) -> DeskState:
    return replace(state, prompts={**state.prompts, prompt.key: prompt})


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
    if feedback.kind is FeedbackKind.OVERRIDDEN:
        codes = (*vocabulary.enums["explanation_code"], *GENERAL_REASONS)
        refuse_other(feedback.code, codes, 'the "code" of an "overridden" feedback')
    if feedback.role is not None:
        refuse_other(feedback.role, vocabulary.enums["worker_role"], 'the "role" of a feedback')
