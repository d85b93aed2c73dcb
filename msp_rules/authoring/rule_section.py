"""One rule as a section of the catalogue, in words that a safeguarding lead can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from msp_rules.authoring.catalogue_words import BASES, KINDS, QUESTIONS, WEIGHTS
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules.condition import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    ConceptUse,
    Condition,
    Due,
    DueEarliest,
    ExplanationGiven,
    NoneOf,
    Selection,
)
from msp_rules.rules.plain_names import bare_event_noun, code_in_words, event_noun, spaced
from msp_rules.rules.rule import Colour, Parameter, ParameterValue, Rule, Ruleset, Severity
from msp_rules.rules.wording import anchor_in_words, condition_in_words, due_in_words

_CONDITIONS: Final = (
    "applies_when",
    "expect",
    "due",
    "partly_when",
    "explained_when",
    "cannot_tell_when",
    "if_none",
    "red_when",
)


def rule_section(rule: Rule, ruleset: Ruleset) -> Iterator[str]:
    """The lines of a rule's section."""
    yield f'<a id="{rule.id}"></a>'
    yield f"## {rule.id}: {rule.title}"
    if not rule.is_enabled:
        yield from ("", "**Switched off at first**; a council may switch it on.")
    yield from ("", f"{_weight(rule)} {_questions(rule)}")
    yield from ("", "**Why**", "")
    yield from (f"- {ruleset.sources[cite.source]}: {cite.at}" for cite in rule.cites)
    yield from _concerned(rule, ruleset)
    yield from _block("What satisfies it", rule.expect, ruleset)
    yield from ("", "**By when**", "", *due_bullets(rule.due, is_each=rule.each is not None))
    yield from _block("What explains it", rule.explained_when, ruleset)
    yield from _block("What counts in part", rule.partly_when, ruleset)
    yield from _block("When the record itself does not know", rule.cannot_tell_when, ruleset)
    yield from _numbers(rule.parameters.values())
    yield from _colours(rule, ruleset)
    yield from _question(rule)
    yield from ("", "**In a report**", "", f"> {rule.finding.replace('{due}', '(the due day)')}")
    if rule.notes:
        yield from ("", "**How it is read**", "", rule.notes)
    yield from ("", f"**Entries that it looks at:** {_entries(rule)}.")
    yield from ("", _standing(rule, ruleset))


def bullets(node: Condition, ruleset: Ruleset, depth: int = 0) -> Iterator[str]:
    """A condition as a list, its parts beneath it; a concept is a link to its own words."""
    indent = "  " * depth
    match node:
        case AllOf() | AnyOf() | NoneOf() | AtLeastNOf():
            yield f"{indent}- {condition_in_words(node)}:"
            for part in node.of:
                yield from bullets(part, ruleset, depth + 1)
        case ConceptUse():
            title = ruleset.concepts[node.name].title
            at = f", as seen at {anchor_in_words(node.at)}" if node.at is not None else ""
            yield f"{indent}- [{title}](../rules.md#{node.name}){at}"
        case ExplanationGiven():
            yield f"{indent}- {condition_in_words(node)}{_passing(node.codes, ruleset)}"
        case _:
            yield f"{indent}- {condition_in_words(node)}"


def due_bullets(due: Due | None, *, is_each: bool) -> Iterator[str]:
    """When the evidence is due, as a list."""
    if due is None:
        yield "- on the day of this entry" if is_each else "- on the day from which it concerns"
    elif isinstance(due, DueEarliest):
        yield "- the earliest of these:"
        yield from (f"  - {due_in_words(part)}" for part in due.of)
    else:
        yield f"- {due_in_words(due)}"


def _weight(rule: Rule) -> str:
    floor = " A council may tighten it, not weaken it." if rule.is_floor else ""
    principles = ", ".join(rule.principles)
    kind, weight = KINDS[rule.kind], WEIGHTS[rule.severity]
    return f"It rests on {kind}. Weight: {weight}.{floor} Principles: {principles}."


def _questions(rule: Rule) -> str:
    if not rule.audit_questions:
        return "It feeds no audit question."
    if len(rule.audit_questions) == len(QUESTIONS):
        return "It feeds every audit question."
    rows = [f"{question} ({QUESTIONS[question]})" for question in rule.audit_questions]
    return f"It feeds {' and '.join(rows)}."


def _concerned(rule: Rule, ruleset: Ruleset) -> Iterator[str]:
    yield from ("", "**When it concerns a case**", "")
    if rule.each is not None:
        yield f"It answers once for each {bare_event_noun(rule.each)} (“this entry”)."
    else:
        yield "It answers once for the case."
    if rule.applies_when is None:
        yield "It concerns every one." if rule.each else "It concerns every case."
    else:
        yield "It concerns those with:" if rule.each is not None else "It concerns a case with:"
        yield from ("", *bullets(rule.applies_when, ruleset))
    if rule.if_none is not None:
        assert rule.each is not None
        yield from ("", f"Where there is not one {bare_event_noun(rule.each)}, it is asked for if:")
        yield ""
        if rule.if_none.applies_when is not None:
            yield from bullets(rule.if_none.applies_when, ruleset)
        yield from ("", "by then:", "", *due_bullets(rule.if_none.due, is_each=False))


def _block(title: str, node: Condition | None, ruleset: Ruleset) -> Iterator[str]:
    if node is not None:
        yield from ("", f"**{title}**", "", *bullets(node, ruleset))


def _passing(codes: tuple[str, ...], ruleset: Ruleset) -> str:
    temporary = ruleset.settings.temporary_codes
    passing = [code_in_words(code) for code in codes if code in temporary]
    if not passing:
        return "; it stands until its date for looking again, without one for good"
    if len(passing) == len(codes):
        return "; it stands for a while"
    return f"; {' and '.join(passing)} {'stand' if passing[1:] else 'stands'} for a while"


def _numbers(parameters: Iterable[Parameter]) -> Iterator[str]:
    rows = [row for parameter in parameters for row in _rows(parameter)]
    if rows:
        yield from (
            "",
            "**Numbers**",
            "",
            "| name | value | since | may be set to | basis | from |",
        )
        yield from ("|---|---|---|---|---|---|", *rows)


def _rows(parameter: Parameter) -> Iterator[str]:
    low_high = f"{parameter.range[0]} to {parameter.range[1]}" if parameter.range else "any"
    for value in parameter.values:
        cells = (
            f"{spaced(parameter.name)} (`{parameter.name}`)",
            _amount(value, parameter),
            value.first_day.isoformat(),
            low_high,
            BASES[value.basis],
            value.source,
        )
        yield f"| {' | '.join(cells)} |"


def _amount(value: ParameterValue, parameter: Parameter) -> str:
    if isinstance(value.value, tuple):
        return ", ".join(code_in_words(code) for code in value.value)
    unit = parameter.unit or "count"
    if unit == "count":
        return str(value.value)
    words = spaced(unit)
    return f"{value.value} {words.removesuffix('s') if value.value == 1 else words}"


def _colours(rule: Rule, ruleset: Ruleset) -> Iterator[str]:
    yield from ("", "**Colour where it is not evidenced**", "")
    colour = rule.not_met_colour
    if rule.severity is Severity.PROMPT or colour is Colour.NONE:
        yield "None."
    else:
        yield f"{colour.value.capitalize()}."
    if rule.met_colour is Colour.NONE:
        yield "Where it is satisfied or explained, it colours nothing."
    if rule.red_when is not None:
        yield from ("Red where there is:", "", *bullets(rule.red_when, ruleset))


def _question(rule: Rule) -> Iterator[str]:
    prompt = rule.prompt
    roles = ", ".join(spaced(role) for role in prompt.roles)
    if prompt.ask_at == ("any",):
        steps = "any step"
    else:
        steps = ", ".join(event_noun(step) for step in prompt.ask_at)
    yield from ("", "**The question to a colleague**", "", f"> {prompt.summary}", "")
    yield f"Asked of: {roles}. Asked at: {steps}. Urgency: {prompt.urgency}."


def _entries(rule: Rule) -> str:
    """Every type of entry that a rule names, with what it means, as links to the vocabulary."""
    events, named = core_vocabulary().events, set[str]()
    if rule.each is not None:
        named.add(rule.each)
    for key in _CONDITIONS:
        named |= _types(getattr(rule, key))
    return "; ".join(
        f"[{bare_event_noun(name)}](../vocabulary.md#{name}) ({events[name].means.rstrip('.')})"
        for name in events
        if name in named
    )


def _types(node: object) -> set[str]:
    """The event types anywhere in a part of the tree."""
    if isinstance(node, tuple):
        return {name for part in node for name in _types(part)}
    if not is_dataclass(node):
        return set()
    own = {node.type} if isinstance(node, Selection) else set[str]()
    if isinstance(node, Selection) and node.not_followed_by is not None:
        own.add(node.not_followed_by)
    if isinstance(node, ExplanationGiven):
        own.add("explanation")
    return own | {name for one in fields(node) for name in _types(getattr(node, one.name))}


def _standing(rule: Rule, ruleset: Ruleset) -> str:
    keeps = [one.name for one in ruleset.suspensions if rule.id in one.keeps]
    goes_on = f" It goes on where: {'; '.join(keeps)}." if keeps else ""
    reason = f" ({rule.status_reason})" if rule.status_reason else ""
    return (
        f"*Revision {rule.revision}. Status: {rule.status}{reason}; to be looked at again by "
        f"{rule.review_by.isoformat()}; {len(rule.examples)} examples in its file.{goes_on}*"
    )
