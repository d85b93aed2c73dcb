"""Reads what answers each expectation of the document a ruleset rests on (`coverage.yaml`).

A row has one answer: rules, a measure over many cases, a part of a case's result that shows it
without judging it, or a plain statement that nothing is checked, and why. What is not done is never
counted as done: a measure says whether it is implemented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from msp_rules.errors import SourceLocation
from msp_rules.rules.citations import need_ruleset
from msp_rules.rules.language.names import YES_OR_NO, Names
from msp_rules.rules.language.rule import CitedSource, Ruleset
from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Entry,
    Found,
    Record,
    Shape,
    as_block,
    as_text,
    checked,
    list_of,
    needed,
    one_known,
    optional,
    optional_or,
    read_entries,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Block, Node, Problems, Refused

FILE_NAME: Final = "coverage.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number over many cases."""

    id: str
    """The id of the measure."""
    title: str
    """The measure in words."""
    counts: tuple[str, ...]
    """The rules whose verdicts it counts; empty if it counts other things."""
    is_made: bool
    """True if this version computes it."""
    by: tuple[str, ...] = ()
    """The commands that compute it, each with its part ("measures M1"); empty where none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation; of its ways to be answered (`ANSWERS`) one is given."""

    id: str
    """The id of the expectation."""
    at: str
    """The part of the document."""
    says: str
    """The expectation, in our own words."""
    guidance: tuple[str, ...] = ()
    """The paragraphs of the guidance that it rests on."""
    rules: tuple[str, ...] = ()
    """The rules that answer it."""
    measure: str | None = None
    """The id of the measure that answers it."""
    shown: str | None = None
    """The part of a case's result that shows it, without judging it."""
    needs_a_person: str | None = None
    """The reason why a person has to judge it."""
    board_evidence: str | None = None
    """The evidence that a board would show."""
    note: str | None = None
    """A remark on the answer."""
    where: SourceLocation
    """The place of the entry in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """Rules that rest on more than the document."""

    rules: tuple[str, ...]
    """The ids of the rules."""
    why: str
    """The other sources that they rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every expectation of a document, and what answers it."""

    document: str
    """The source whose parts are listed."""
    guidance: str
    """The source whose paragraphs are named."""
    measures: Mapping[str, Measure]
    """The measures by id."""
    expectations: tuple[Expectation, ...]
    """The expectations, in the order of the document."""
    beyond: tuple[Beyond, ...]
    """Rules that rest on more than the document."""

    @property
    def rules_named(self) -> frozenset[str]:
        """Gives the rules that answer an expectation, or are among those beyond the document."""
        answering = [row.rules for row in self.expectations]
        answering += [row.rules for row in self.beyond]
        return frozenset(rule for rules in answering for rule in rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names(Names):
    """The names that the rows of a coverage may use."""

    cited: Mapping[str, CitedSource] = field(default_factory=dict)
    """The places of each source; a source that is not listed may be cited at any place."""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    document: str = ""
    """The source whose parts the rows are."""
    guidance: str = ""
    """The source whose paragraphs the rows name."""
    ids: dict[str, SourceLocation] = field(default_factory=dict)
    """Collects the ids of the rows, as they are read: each is used once."""


def read_coverage(
    main: Block, ruleset: Ruleset, cited: Mapping[str, CitedSource] | None, problems: Problems
) -> Coverage | None:
    """Reads the coverage of a ruleset; None, with a problem noted, where the file can't be read.

    With `cited`, every place that it names must be on that list.
    """
    names = _Names(
        problems=problems,
        vocabulary=ruleset.vocabulary,
        rule_ids=frozenset(rule.id for rule in ruleset.rules),
        sources=ruleset.sources,
        cited=cited or {},
    )
    try:
        return _read(main, ruleset, names)
    except Refused:
        return None


def _read(main: Block, ruleset: Ruleset, names: _Names) -> Coverage:
    found = _WHOLE.open(main, names)
    found.read((_COVERAGE, _DOCUMENT, _GUIDANCE, _MEASURES), names)
    need_ruleset(found, _COVERAGE, ruleset, names)
    found.need_sound()  # without these, what the rows name is not known
    names = replace(
        names,
        document=found[_DOCUMENT],
        guidance=found[_GUIDANCE],
        measures=found[_MEASURES],
    )
    found.read_rest(names)
    found.need_sound()
    coverage = Coverage(
        document=found[_DOCUMENT],
        guidance=found[_GUIDANCE],
        measures=found[_MEASURES],
        expectations=tuple(row for part in found[_PARTS] for row in part),
        beyond=found[_BEYOND],
    )
    _check_whole(coverage, main, names)
    return coverage


def _check_whole(coverage: Coverage, main: Block, names: _Names) -> None:
    """Notes rules and measures that no row names."""
    for rule in sorted(names.rule_ids - coverage.rules_named):
        message = f"no row names the rule {rule}; say what it answers, or put it under beyond"
        names.note(main.keys[_PARTS.key], "uncovered", message)
    used = {row.measure for row in coverage.expectations}
    measures = as_block(main.entries[_MEASURES.key], names, _MEASURES.key)
    for name in coverage.measures.keys() - used:
        names.note(measures.keys[name], "unused", f'no row names the measure "{name}"')


# Rules, sources and places.

_RULE: Final[Shape[Names, str]] = one_known("rule", lambda names: names.rule_ids)
_RULES: Final = list_of(_RULE.described({"type": "string"}), "rules")
_SOME_RULES: Final = list_of(
    _RULE.described({"type": "string"}),
    "rules",
    if_empty=("empty", "an answer names at least one rule"),
)
_SOURCE: Final[Shape[Names, str]] = one_known("source", lambda names: names.sources or {})


def _place_in(source: Callable[[_Names], str]) -> Shape[_Names, str]:
    def read(node: Node, names: _Names) -> str:
        place, cited = as_text(node, names), names.cited.get(source(names))
        if cited is not None and place not in cited.places:
            names.refuse_unknown(node.where, f"place in {source(names)}", place, cited.places)
        return place

    return Shape(read, lambda _: {"type": ["string", "number"]})


# Measures.

_TITLE: Final = needed("title", WORD)
_COUNTS: Final = needed("counts", _RULES)
_MADE: Final = needed("made", YES_OR_NO)
_BY: Final = optional_or("by", list_of(WORD, "by"), ())
_MEASURE_ROW: Final[Record[Names]] = Record(what="a measure", fields=(_TITLE, _COUNTS, _MADE, _BY))


def _measures(node: Node, names: Names) -> Mapping[str, Measure]:
    def read(entry: Entry) -> Measure:
        found = _MEASURE_ROW.read(entry.value, names)
        return Measure(
            id=entry.key,
            title=found[_TITLE],
            counts=found[_COUNTS],
            is_made=found[_MADE],
            by=found[_BY],
        )

    return read_entries(as_block(node, names, "measures"), read)


def _measures_schema(names: Names) -> Schema:
    return {"type": "object", "additionalProperties": _MEASURE_ROW.schema(names)}


# Rows: one expectation, one answer.


def _new_id(word: str, where: SourceLocation, names: _Names) -> str:
    if word in names.ids:
        message = f'"{word}" is used here again; first: line {names.ids[word].line}'
        names.refuse(where, "duplicate", message)
    names.ids[word] = where
    return word


_MEASURE_NAME: Final[Shape[_Names, str]] = one_known("measure", lambda names: names.measures)
_NEW_ID: Final[Shape[_Names, str]] = checked(TEXT, _new_id)
_ID: Final = needed("id", _NEW_ID)
_SAYS: Final = needed("says", TEXT)
_PARAGRAPHS: Final = optional_or(
    "guidance", list_of(_place_in(lambda names: names.guidance), "guidance"), ()
)
_BY_RULES: Final = optional_or("rules", _SOME_RULES, ())
_BY_MEASURE: Final = optional("measure", _MEASURE_NAME.described({"type": "string"}))
_SHOWN: Final = optional("shown", TEXT)
_BY_A_PERSON: Final = optional("needs_a_person", TEXT)
_BY_THE_BOARD: Final = optional("board_evidence", TEXT)
_NOTE: Final = optional("note", TEXT)
_ANSWERS: Final = (_BY_RULES, _BY_MEASURE, _SHOWN, _BY_A_PERSON, _BY_THE_BOARD)
ANSWERS: Final = tuple(one.key for one in _ANSWERS)
"""The ways to answer an expectation; each expectation uses exactly one."""
_EXPECTATION: Final[Record[_Names]] = Record(
    what="an expectation", fields=(_ID, _SAYS, _PARAGRAPHS, *_ANSWERS, _NOTE)
)


def _expectation(node: Node, names: _Names) -> Expectation:
    found = _EXPECTATION.open(node, names)
    found.need_sound()  # a misspelt answer must not be told as none at all, too
    answers = [one.key for one in _ANSWERS if found.has(one)]
    if len(answers) != 1:
        here = " and ".join(answers) or "none"
        message = f"an expectation has one answer, of {', '.join(ANSWERS)}; here: {here}"
        names.refuse(found.block.where, "answer", message)
    found.read_rest(names)
    found.need_sound()
    return Expectation(
        id=found[_ID],
        at="",  # its part says it
        says=found[_SAYS],
        guidance=found[_PARAGRAPHS],
        rules=found[_BY_RULES],
        measure=found[_BY_MEASURE],
        shown=found[_SHOWN],
        needs_a_person=found[_BY_A_PERSON],
        board_evidence=found[_BY_THE_BOARD],
        note=found[_NOTE],
        where=found.block.where,
    )


def _expectation_schema(names: _Names) -> Schema:
    one_answer = [{"required": [one.key]} for one in _ANSWERS]
    return {**_EXPECTATION.schema(names), "oneOf": one_answer}


_AT: Final = needed("at", _place_in(lambda names: names.document).described({"type": "string"}))
_EXPECTATIONS: Final = needed(
    "expectations", list_of(Shape(_expectation, _expectation_schema), "expectations")
)


def _part(found: Found[_Names], _: _Names) -> tuple[Expectation, ...]:
    return tuple(replace(row, at=found[_AT]) for row in found[_EXPECTATIONS])


_PART: Final = Record(what="a part", fields=(_AT, _EXPECTATIONS)).shape(_part)
_WHY: Final = needed("why", TEXT)
_BEYOND_RULES: Final = needed("rules", _SOME_RULES)
_BEYOND_ROW: Final = Record(what="a row beyond the document", fields=(_BEYOND_RULES, _WHY)).shape(
    lambda found, _: Beyond(rules=found[_BEYOND_RULES], why=found[_WHY])
)

_COVERAGE: Final = needed("coverage", WORD)
_DOCUMENT: Final = needed("document", _SOURCE.described({"type": "string"}))
_GUIDANCE: Final = needed("guidance", _SOURCE.described({"type": "string"}))
_MEASURES: Final = needed("measures", Shape(_measures, _measures_schema))
_PARTS: Final = needed("parts", list_of(_PART, "parts"))
_BEYOND: Final = needed("beyond", list_of(_BEYOND_ROW, "beyond"))
_WHOLE: Final[Record[_Names]] = Record(
    what="the coverage",
    fields=(_COVERAGE, _DOCUMENT, _GUIDANCE, _MEASURES, _PARTS, _BEYOND),
)


def coverage_schema(names: Names) -> Schema:
    """Describes coverage.yaml."""
    return _WHOLE.schema(_Names(problems=names.problems, vocabulary=names.vocabulary))
