"""Reads rehearsals: made-up cases that are gone through step by step, with questions to learn by.

The events of a step are written as those of an example (`decode_examples`); one that says nothing
of when it happened, happened at its step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, cast

from msp_rules.casework.case import FieldValue
from msp_rules.casework.moments import parse_as_of
from msp_rules.errors import RulesetInvalid, SourceLocation
from msp_rules.rules.language.decode_examples import GIVEN, OF_ADULT, OF_CASE
from msp_rules.rules.language.names import MOMENT, Names
from msp_rules.rules.language.rule import Ruleset
from msp_rules.yaml_source.decode import (
    TEXT,
    Found,
    Record,
    Shape,
    list_of,
    needed,
    one_known,
    optional,
    optional_or,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Refused, Text, read_yaml

PAGE: Final = "page"
"""The page of the case, where no form is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingQuestion:
    """A question to whoever learns by a case, with an answer to compare theirs with."""

    ask: str
    """The question."""
    answer: str
    """The answer that the trainer expects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalStep:
    """One moment of a made-up case: what happens, and what is recorded of it."""

    at: str
    """The moment, as written: a date or a date-time."""
    happens: str
    """The story of this moment, in words."""
    given: tuple[Mapping[str, object], ...] = ()
    """The events that are recorded, as the examples of rules write them."""
    opens: str | None = None
    """The form that the worker opens, or `page`; None: that of the last event given, if any."""
    asks: tuple[str, ...] | None = None
    """The rules that ask here, the most pressing first; None where the case says nothing of it."""
    questions: tuple[TrainingQuestion, ...] = ()
    """The questions to whoever learns by it."""
    where: SourceLocation
    """The place of the step in its file."""

    @property
    def form(self) -> str | None:
        """The form that is open: an event type, or None for the page of the case."""
        if self.opens is not None:
            return None if self.opens == PAGE else self.opens
        return next(iter(self.given[-1])) if self.given else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A made-up case, step by step."""

    title: str
    """The name of the case."""
    about: tuple[str, ...]
    """The topics that it teaches, in a word or two each."""
    story: str
    """The background, in words."""
    case: Mapping[str, FieldValue] = field(default_factory=dict)
    """The attributes of the case, as written."""
    adult: Mapping[str, FieldValue] = field(default_factory=dict)
    """The attributes of the adult, as written."""
    steps: tuple[RehearsalStep, ...]
    """The steps, in order of time."""
    audited: str
    """The moment of the audit at the end."""
    not_evidenced: tuple[str, ...] | None = None
    """The rules that the audit finds not evidenced, or only in part; None where nothing is said."""


_ANY_RULE: Final[Shape[Names, str]] = one_known("rule", lambda names: names.rule_ids)
_RULE: Final[Shape[Names, str]] = _ANY_RULE.described({"type": "string"})
_FORM: Final[Shape[Names, str]] = one_known("form", lambda names: (PAGE, *names.vocabulary.events))
_ASK: Final = needed("ask", TEXT)
_ANSWER: Final = needed("answer", TEXT)
_QUESTION: Final[Record[Names]] = Record(what="a question", fields=(_ASK, _ANSWER))


def _question(found: Found[Names], _: Names) -> TrainingQuestion:
    return TrainingQuestion(ask=found[_ASK], answer=found[_ANSWER])


_AT: Final = needed("at", MOMENT)
_HAPPENS: Final = needed("happens", TEXT)
_GIVEN: Final = optional_or("given", GIVEN, ())
_OPENS: Final = optional("opens", _FORM)
_ASKS: Final = optional("asks", list_of(_RULE, "asks"))
_QUESTIONS: Final = optional_or("questions", list_of(_QUESTION.shape(_question), "questions"), ())
_STEP: Final = Record(
    what="a step",
    subject="the step",
    fields=(_AT, _HAPPENS, _GIVEN, _OPENS, _ASKS, _QUESTIONS),
)


def _step(found: Found[Names], _: Names) -> RehearsalStep:
    return RehearsalStep(
        at=found[_AT],
        happens=found[_HAPPENS],
        given=found[_GIVEN],
        opens=found[_OPENS],
        asks=found[_ASKS],
        questions=found[_QUESTIONS],
        where=found.block.where,
    )


_AS_OF: Final = needed("as_of", MOMENT)
_NOT_EVIDENCED: Final = optional("not_evidenced", list_of(_RULE, "not_evidenced"))
_AUDIT: Final = Record(what="an audit", subject="the audit", fields=(_AS_OF, _NOT_EVIDENCED))
_Audit = tuple[str, tuple[str, ...] | None]


def _audit(found: Found[Names], _: Names) -> _Audit:
    return found[_AS_OF], found[_NOT_EVIDENCED]


_TITLE: Final = needed("title", TEXT)
_ABOUT: Final = needed("about", list_of(TEXT, "about"))
_STORY: Final = needed("story", TEXT)
_STEPS: Final = needed(
    "steps",
    list_of(_STEP.shape(_step), "steps", if_empty=("empty", "a rehearsal has one step at least")),
)
_AUDITED: Final = needed("audit", _AUDIT.shape(_audit))
_REHEARSAL: Final = Record(
    what="a rehearsal",
    subject="the rehearsal",
    fields=(_TITLE, _ABOUT, _STORY, OF_CASE, OF_ADULT, _STEPS, _AUDITED),
)


def rehearsal_schema(names: Names) -> Schema:
    """Describes the files of rehearsals."""
    return _REHEARSAL.schema(names)


def read_rehearsal(path: Path, ruleset: Ruleset) -> Rehearsal:
    """Reads a rehearsal; raises RulesetInvalid with all its mistakes, each with its line.

    Events, fields, codes and rules are those of the ruleset.
    """
    problems = Problems()
    main = read_yaml(path, path.name, problems)
    names = Names(
        problems=problems,
        vocabulary=ruleset.vocabulary,
        rule_ids=frozenset(rule.id for rule in ruleset.rules),
    )
    found = None if main is None else _read(main, names)
    if found is None or problems.has_errors:
        raise RulesetInvalid(problems.found)
    return found


def _read(main: Block, names: Names) -> Rehearsal | None:
    ids = list(_ids_in(main))
    _refuse_twins(ids, names)
    names = replace(names, event_ids=frozenset(one.value for one in ids))
    try:
        found = _REHEARSAL.read(main, names)
    except Refused:
        return None
    as_of, not_evidenced = found[_AUDITED]
    rehearsal = Rehearsal(
        title=found[_TITLE],
        about=found[_ABOUT],
        story=found[_STORY],
        case=cast("Mapping[str, FieldValue]", found[OF_CASE]),
        adult=cast("Mapping[str, FieldValue]", found[OF_ADULT]),
        steps=found[_STEPS],
        audited=as_of,
        not_evidenced=not_evidenced,
    )
    _check_order(rehearsal, found.place(_AUDITED), names)
    return rehearsal


def _ids_in(main: Block) -> Iterator[Text]:
    """Finds the ids that the steps give their events, as far as they are written as such."""
    for step in _items(main.entries.get(_STEPS.key)):
        given = step.entries.get(_GIVEN.key) if isinstance(step, Block) else None
        for event in _items(given):
            for body in event.entries.values() if isinstance(event, Block) else ():
                name = body.entries.get("id") if isinstance(body, Block) else None
                if isinstance(name, Text):
                    yield name


def _items(node: Node | None) -> tuple[Node, ...]:
    return tuple(node.items) if isinstance(node, Items) else ()


def _refuse_twins(ids: list[Text], names: Names) -> None:
    seen: dict[str, SourceLocation] = {}
    for one in ids:
        if one.value in seen:
            message = f'the id "{one.value}" stands twice; first: line {seen[one.value].line}'
            names.note(one.where, "twice", message)
        seen.setdefault(one.value, one.where)


def _check_order(rehearsal: Rehearsal, audit: SourceLocation, names: Names) -> None:
    """Notes steps, and an audit, that come before what went before them."""
    for earlier, later in pairwise(rehearsal.steps):
        if parse_as_of(later.at).instant < parse_as_of(earlier.at).instant:
            message = f"this step, at {later.at}, comes before the one above it, at {earlier.at}"
            names.note(later.where, "order", message)
    last = rehearsal.steps[-1].at
    if parse_as_of(rehearsal.audited).instant < parse_as_of(last).instant:
        message = f"the audit, as of {rehearsal.audited}, comes before the last step, at {last}"
        names.note(audit, "order", message)
