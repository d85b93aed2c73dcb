"""Decodes one rule file into a `Rule`, or into problems that say where and what.

The fields of a rule are listed once, in `RULE`, with their keys and shapes; its schema follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final, NamedTuple

from msp_rules.errors import SourceLocation, did_you_mean
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.decode_conditions import CONDITION, DUE, RULE_DUE
from msp_rules.rules.language.decode_examples import RULE_EXAMPLE
from msp_rules.rules.language.decode_values import EVENT_TYPE, PARAMETERS, Parameters
from msp_rules.rules.language.names import DATE, FLAG, LOOSE_TEXT, WHOLE, Names, word_as
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import (
    PRINCIPLES,
    Citation,
    Colour,
    IfNone,
    Parameter,
    Period,
    Prompt,
    Rule,
    Severity,
    Touch,
)
from msp_rules.yaml_source.decode import (
    TEXT,
    Context,
    Found,
    Named,
    Record,
    Shape,
    checked,
    list_of,
    member_of,
    named,
    needed,
    one_known,
    one_of,
    optional,
    optional_or,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text

KINDS: Final = ("statutory", "national_return", "good_practice", "local")
STATUSES: Final = ("draft", "trial", "stable", "deprecated")
URGENCIES: Final = ("info", "warning", "critical")
LONGEST_SUMMARY: Final = 139  # CDS Hooks 3.0, "Card Attributes": fewer than 140
LONGEST_WORDS: Final = 280
"""The greatest length of `why` or `counts`, in characters: two sentences as long as a summary."""
_SENTENCE_ENDS: Final = re.compile(r"[.?!][\"”)]?(?=\s+[A-Z\"“])")
_PLACEHOLDER: Final = re.compile(r"\{[^}]*\}?")
_BLAME: Final = ("failed", "failure", "breach", "neglected to", "should have", "not done")
_COLOUR_OF: Final = {
    Severity.PROMPT: Colour.NONE,
    Severity.ADVICE: Colour.AMBER,
    Severity.FLAG: Colour.RED,
    Severity.STATUTORY: Colour.RED,
}


def read_rule(block: Block, names: Names) -> Rule | None:
    """Reads the rule of a file; None after noting what is wrong, every part having been tried."""
    found = RULE.open(block, names)
    names = _own_names(found, names)
    found.read_rest(names)
    parameters = found.get(_PARAMETERS, _NO_PARAMETERS)
    is_meant = _is_meant(found, parameters, names)
    if not found.is_sound or parameters.broken or not is_meant:
        return None
    return _rule(found, names)


def names_of_rule(block: Block, names: Names) -> Names:
    """Adds to the names of a file those that one rule's conditions may use: parameters, subject.

    Mistakes in the rule itself are not noted here: `read_rule` does that.
    """
    silent = replace(names, problems=Problems())
    return replace(_own_names(RULE.open(block, silent), silent), problems=names.problems)


def _own_names(found: Found[Names], names: Names) -> Names:
    found.read((_PARAMETERS, _EACH), names)
    parameters, each = found.get(_PARAMETERS, _NO_PARAMETERS), found.get(_EACH, None)
    broken = names.broken | parameters.broken
    if each is None and found.has(_EACH):
        broken |= {_EACH.key}
    return replace(
        names,
        each=each,
        parameters={**names.parameters, **parameters.found},
        code_lists=parameters.codes,
        broken=broken,
        literals=[],
    )


def _rule(found: Found[Names], names: Names) -> Rule:
    severity, colours = found[_SEVERITY], found[_COLOUR]
    return Rule(
        id=found[_RULE],
        title=found[_TITLE],
        kind=found[_KIND],
        severity=severity,
        is_floor=found[_FLOOR],
        principles=found[_PRINCIPLES],
        audit_questions=found[_QUESTIONS],
        cites=found[_CITES],
        status=found[_STATUS],
        review_by=found[_REVIEW_BY],
        parameters=_numbers_of(found, names),
        each=found[_EACH],
        applies_when=found[_APPLIES_WHEN],
        expect=found[_EXPECT],
        due=found[_DUE],
        partly_when=found[_PARTLY_WHEN],
        explained_when=found[_EXPLAINED_WHEN],
        cannot_tell_when=found[_CANNOT_TELL_WHEN],
        if_none=found[_IF_NONE],
        not_met_colour=colours.not_met or _COLOUR_OF[severity],
        red_when=colours.red_when,
        prompt=found[_PROMPT],
        finding=found[_FINDING],
        is_enabled=found[_ENABLED],
        examples=found[_EXAMPLES],
        where=found.block.where,
        revision=found[_REVISION],
        status_reason=found[_STATUS_REASON],
        notes=found[_NOTES],
        why=found[_WHY],
        counts=found[_COUNTS],
        met_colour=colours.met,
        partly_colour=colours.partly_met,
        touches=colours.touches,
        period=Period(first=found[_FIRST_DAY], last=found[_LAST_DAY]),
        places=_places(found.block),
        literals=tuple((one.where, one.value) for one in names.literals),
    )


def _numbers_of(found: Found[Names], names: Names) -> dict[str, Parameter]:
    """Gives the rule's own parameters, and those of the ruleset that it names."""
    own, used = found[_PARAMETERS].found, _parameters_named(found.block)
    return {
        name: parameter
        for name, parameter in names.parameters.items()
        if name in own or name in used
    }


def _places(block: Block) -> dict[str, SourceLocation]:
    places = dict(block.keys)
    prompt = block.entries[_PROMPT.key]
    if isinstance(prompt, Block):
        places[_SUMMARY.key] = prompt.entries[_SUMMARY.key].where
    return places


# What the parts of a rule must keep to among themselves.


def _is_meant(found: Found[Names], parameters: Parameters, names: Names) -> bool:
    """Tells whether the parts of a rule fit together; notes each that does not."""
    keys, is_meant = found.block.keys, True

    def note(where: SourceLocation, code: str, message: str) -> None:
        nonlocal is_meant
        names.note(where, code, message)
        is_meant = False

    used = _parameters_named(found.block)
    for name in sorted(parameters.found.keys() - used):
        # Named nowhere: perhaps because it, or its use, is misspelt.
        if did_you_mean(name, used - names.parameters.keys() - parameters.found.keys()):
            is_meant = False  # the use is misspelt, which is told where it stands
            continue
        message = f'parameter "{name}" is used nowhere in the rule'
        note(parameters.found[name].where, "unused", message)
    if found.get(_STATUS, None) == "deprecated" and not found.get(_STATUS_REASON, None):
        note(keys[_STATUS.key], "status", "a deprecated rule needs a status_reason")
    own = found.get(_QUESTIONS, ())
    for touch in found.get(_COLOUR, _Colours()).touches if found.has(_COLOUR) else ():
        for question in touch.questions:
            if question not in own:
                message = f"touches names {question}, which is not among the audit_questions"
                note(keys[_COLOUR.key], "touches", message)
    first, last = found.get(_FIRST_DAY, None), found.get(_LAST_DAY, None)
    if first is not None and last is not None and last < first:
        message = f"it ends on {last}, before it begins on {first}"
        note(keys[_LAST_DAY.key], "period", message)
    if found.has(_IF_NONE) and not found.has(_EACH):
        note(keys[_IF_NONE.key], "if_none", 'if_none goes with "each"')
    return is_meant


def _together(_: Names) -> Schema:
    deprecated = {"properties": {"status": {"const": "deprecated"}}, "required": ["status"]}
    return {
        "dependentRequired": {"if_none": ["each"]},
        "if": deprecated,
        "then": {"required": ["status_reason"]},
    }


def _parameters_named(node: Node) -> set[str]:
    """Finds every `$name` of a file, also in blocks that can't be read."""
    if isinstance(node, Text):
        return {node.value.removeprefix("$")} if node.value.startswith("$") else set()
    parts = node.items if isinstance(node, Items) else node.entries.values()
    return {name for part in parts for name in _parameters_named(part)}


# Words and texts.


def _words(what: str, known: Collection[str]) -> Shape[Context, tuple[str, ...]]:
    return list_of(one_of(what, known), f"{what}s")


def _revision(number: int, where: SourceLocation, names: Context) -> int:
    if number < 1:
        names.refuse(where, "number", "the first revision is 1")
    return number


def _refuse_blame(text: str, where: SourceLocation, names: Context) -> str:
    for word in _BLAME:
        if word in text.lower():
            message = f'"{word}" blames; say what is not evidenced in the record'
            names.refuse(where, "blame", message)
    return text


def _finding(text: str, where: SourceLocation, names: Context) -> str:
    for word in _PLACEHOLDER.findall(_refuse_blame(text, where, names)):
        if word != "{due}":
            names.refuse_unknown(where, "placeholder", word, ("{due}",))
    return text


def _summary(text: str, where: SourceLocation, names: Context) -> str:
    if len(text) > LONGEST_SUMMARY:
        message = f"the summary has {len(text)} characters; at most {LONGEST_SUMMARY}"
        names.refuse(where, "summary", message)
    if "?" not in text:
        names.refuse(where, "summary", "the summary must be a question: it has no question mark")
    return _refuse_blame(text, where, names)


def _few_sentences(text: str, where: SourceLocation, names: Context) -> str:
    if len(text) > LONGEST_WORDS:
        message = f"this has {len(text)} characters; at most {LONGEST_WORDS}"
        names.refuse(where, "words", message)
    if len(_SENTENCE_ENDS.findall(text)) > 1:
        names.refuse(
            where, "words", "one or two sentences are enough here; notes has room for more"
        )
    return _refuse_blame(text, where, names)


WORDS_FOR_WORKERS: Final = checked(TEXT, _few_sentences).described(
    {
        "title": f"one or two sentences of at most {LONGEST_WORDS} characters",
        "type": "string",
        "maxLength": LONGEST_WORDS,
        "pattern": r"\S",
    }
)
"""The words of `why` and `counts`."""
_REVISION_NUMBER: Final = checked(WHOLE, _revision).described(
    {
        "title": "a whole number, 1 or more",
        "type": ["integer", "string"],
        "minimum": 1,
        "pattern": "^[1-9][0-9]*$",
    }
)
SUMMARY_TEXT: Final = checked(TEXT, _summary).described(
    {
        "title": f"a question of at most {LONGEST_SUMMARY} characters",
        "type": "string",
        "maxLength": LONGEST_SUMMARY,
        "pattern": r"\?",
    }
)
"""The question of a prompt."""


# Citations, the prompt, colours.


def _source(source: str, where: SourceLocation, names: Names) -> str:
    if names.sources is not None and source not in names.sources:
        names.refuse_unknown(where, "source", source, names.sources)
    return source


_SOURCE: Final = needed("source", word_as(_source).described(ref("text")))
_AT: Final = needed("at", LOOSE_TEXT)
_CITATION: Final = Record(what="a citation", fields=(_SOURCE, _AT)).shape(
    lambda found, _: Citation(source=found[_SOURCE], at=found[_AT], where=found.place(_AT))
)


def _steps(names: Names) -> tuple[str, ...]:
    return ("any", *names.vocabulary.events)


ASK_AT: Final[Named[Names, str]] = named("ask_at", one_known("event type", _steps))
"""A step at which a host may ask."""
_ROLE: Final[Shape[Names, str]] = one_known(
    "role", lambda names: names.vocabulary.enums["worker_role"]
)
_SUMMARY: Final = needed("summary", SUMMARY_TEXT)
_URGENCY: Final = needed("urgency", one_of("urgency", URGENCIES))
_ASK_AT: Final = needed("ask_at", list_of(ASK_AT, "event types"))
_ROLES: Final = needed("roles", list_of(_ROLE, "roles"))
_PROMPT_BLOCK: Final = Record(what="prompt", fields=(_SUMMARY, _URGENCY, _ASK_AT, _ROLES)).shape(
    lambda found, _: Prompt(
        summary=found[_SUMMARY],
        urgency=found[_URGENCY],
        ask_at=found[_ASK_AT],
        roles=found[_ROLES],
    )
)


class _Colours(NamedTuple):
    """The colours of verdicts, the condition that darkens `not_met`, and what mismatches touch."""

    not_met: Colour | None = None
    met: Colour | None = None
    partly_met: Colour | None = None
    red_when: tree.Condition | None = None
    touches: tuple[Touch, ...] = ()


_NOT_MET: Final = optional(
    "not_met", one_of("colour", ("red", "amber", "grey", "none")).then(Colour)
)
_MET: Final = optional("met", one_of("colour", ("none",)).then(Colour))
_PARTLY_MET: Final = optional("partly_met", one_of("colour", ("none",)).then(Colour))
_RED_WHEN: Final = optional("red_when", CONDITION)
_TOUCHING: Final = needed("when", CONDITION)
_TOUCHED: Final = needed("questions", _words("audit question", tuple(AUDIT_QUESTIONS)))
_TOUCH: Final = Record(what="an item of touches", fields=(_TOUCHING, _TOUCHED)).shape(
    lambda found, _: Touch(when=found[_TOUCHING], questions=found[_TOUCHED])
)
_TOUCHES: Final = optional_or("touches", list_of(_TOUCH, "touches"), ())
_COLOURS: Final = Record(
    what="colour", fields=(_NOT_MET, _MET, _PARTLY_MET, _RED_WHEN, _TOUCHES)
).shape(
    lambda found, _: _Colours(
        found[_NOT_MET], found[_MET], found[_PARTLY_MET], found[_RED_WHEN], found[_TOUCHES]
    )
)


# The blocks: what a rule asks of a record.


def _as_evidence(names: Names) -> Names:
    """Makes evidence about a subject count from the subject's day on."""
    return replace(names, from_subject_day=names.each is not None)


def _as_reasons(names: Names) -> Names:
    return replace(_as_evidence(names), allows_reasons=True)


def _without_subject(names: Names) -> Names:
    return replace(names, each=None)


_EVIDENCE: Final = CONDITION.within(_as_evidence)
_REASONS: Final = CONDITION.within(_as_reasons)
_NONE_APPLIES: Final = needed("applies_when", CONDITION)
_NONE_DUE: Final = needed("due", DUE)
_IF_NONE_BLOCK: Final = (
    Record(what="if_none", fields=(_NONE_APPLIES, _NONE_DUE))
    .shape(lambda found, _: IfNone(applies_when=found[_NONE_APPLIES], due=found[_NONE_DUE]))
    .within(_without_subject)
)


# The fields of a rule.

_NO_PARAMETERS: Final = Parameters(found={}, codes={}, broken=frozenset())
_RULE: Final = needed("rule", TEXT)
_REVISION: Final = optional_or("revision", _REVISION_NUMBER, 1)
_TITLE: Final = needed("title", TEXT)
_KIND: Final = needed("kind", one_of("kind", KINDS))
_SEVERITY: Final = needed("severity", member_of("severity", Severity))
_FLOOR: Final = optional_or("floor", FLAG, False)
_PRINCIPLES: Final = needed("principles", _words("principle", PRINCIPLES))
_QUESTIONS: Final = needed("audit_questions", _words("audit question", tuple(AUDIT_QUESTIONS)))
_CITES: Final = needed(
    "cites", list_of(_CITATION, "cites", if_empty=("citation", "a rule needs a citation"))
)
_STATUS: Final = needed("status", one_of("status", STATUSES))
_STATUS_REASON: Final = optional("status_reason", TEXT)
_REVIEW_BY: Final = needed("review_by", DATE)
_ENABLED: Final = optional_or("enabled", FLAG, True)
_NOTES: Final = optional("notes", TEXT)
_WHY: Final = optional("why", WORDS_FOR_WORKERS)
_COUNTS: Final = optional("counts", WORDS_FOR_WORKERS)
_PARAMETERS: Final = optional_or("parameters", PARAMETERS, _NO_PARAMETERS)
_FIRST_DAY: Final = optional("from", DATE)
_LAST_DAY: Final = optional("until", DATE)
_EACH: Final = optional("each", EVENT_TYPE)
_APPLIES_WHEN: Final = optional("applies_when", CONDITION)
_EXPECT: Final = needed("expect", _EVIDENCE)
_DUE: Final = optional("due", RULE_DUE)
_PARTLY_WHEN: Final = optional("partly_when", _EVIDENCE)
_EXPLAINED_WHEN: Final = optional("explained_when", _REASONS)
_CANNOT_TELL_WHEN: Final = optional("cannot_tell_when", _EVIDENCE)
_IF_NONE: Final = optional("if_none", _IF_NONE_BLOCK)
_COLOUR: Final = optional_or("colour", _COLOURS, _Colours())
_PROMPT: Final = needed("prompt", _PROMPT_BLOCK)
FINDING_TEXT: Final = checked(TEXT, _finding)
"""The sentence of a rule for a report."""
_FINDING: Final = needed("finding", FINDING_TEXT)
_EXAMPLES: Final = needed("examples", list_of(RULE_EXAMPLE, "examples"))
RULE: Final[Record[Names]] = Record(
    what="a rule",
    subject="the rule",
    elsewhere=(
        *((key, "write from") for key in ("begins", "starts", "since")),
        *((key, "write until") for key in ("ends", "expires")),
        *((key, "write summary under prompt") for key in ("question", "summary")),
    ),
    fields=(
        *(_RULE, _REVISION, _TITLE, _KIND, _SEVERITY, _FLOOR, _PRINCIPLES, _QUESTIONS, _CITES),
        *(_STATUS, _STATUS_REASON, _REVIEW_BY, _ENABLED, _NOTES, _WHY, _COUNTS),
        *(
            _FIRST_DAY,
            _LAST_DAY,
            _PARAMETERS,
            _EACH,
            _APPLIES_WHEN,
            _EXPECT,
            _DUE,
            _PARTLY_WHEN,
            _EXPLAINED_WHEN,
        ),
        *(_CANNOT_TELL_WHEN, _IF_NONE, _COLOUR, _PROMPT, _FINDING, _EXAMPLES),
    ),
    lacks_beside_unknown=True,
)


def rule_schema(names: Names) -> Schema:
    """Describes a rule."""
    return {**RULE.schema(names), **_together(names)}
