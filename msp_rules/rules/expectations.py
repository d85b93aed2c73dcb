"""What answers each expectation of the document that a ruleset rests on (`coverage.yaml`).

A row has one answer: rules, a measure over many cases, or a plain word that nothing is checked and
why. What is not done is never counted as done: a measure says whether it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.rules.citations import CitedSource, need_ruleset
from msp_rules.rules.language.names import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    check_keys,
    read_each,
)
from msp_rules.rules.language.rule import Ruleset
from msp_rules.yaml_source.nodes import Block, Node, Problems

FILE_NAME: Final = "coverage.yaml"
ANSWERS: Final = ("rules", "measure", "needs_a_person", "board_evidence")
MEASURE_KEYS: Final = ("title", "counts", "made")
EXPECTATION_KEYS: Final = ("id", "says", "guidance", *ANSWERS, "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number over many cases, the rules whose verdicts it counts, and whether it is made."""

    id: str
    title: str
    counts: tuple[str, ...]
    is_made: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation; of `rules`, `measure`, `needs_a_person`, `board_evidence` one is given."""

    id: str
    at: str
    says: str
    guidance: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    measure: str | None = None
    needs_a_person: str | None = None
    board_evidence: str | None = None
    note: str | None = None
    where: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """Rules that rest on more than the document, and what on."""

    rules: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every expectation of a document, in its order; `guidance` is the source of paragraphs."""

    document: str
    guidance: str
    measures: Mapping[str, Measure]
    expectations: tuple[Expectation, ...]
    beyond: tuple[Beyond, ...]

    @property
    def rules_named(self) -> frozenset[str]:
        """The rules that answer an expectation, or stand among those beyond the document."""
        answering = [row.rules for row in self.expectations]
        answering += [row.rules for row in self.beyond]
        return frozenset(rule for rules in answering for rule in rules)


def read_coverage(
    main: Block, ruleset: Ruleset, cited: Mapping[str, CitedSource] | None, problems: Problems
) -> Coverage | None:
    """The coverage of a ruleset; None, with a problem noted, where the file can't be read.

    With `cited`, every place that it names must be on that list.
    """
    names = Names(core_vocabulary(), problems)
    try:
        return _CoverageReader(main, ruleset, cited or {}, names).read()
    except Refused:
        return None


class _CoverageReader:
    def __init__(
        self, main: Block, ruleset: Ruleset, cited: Mapping[str, CitedSource], names: Names
    ) -> None:
        self._main = main
        self._ruleset = ruleset
        self._rule_ids = {rule.id for rule in ruleset.rules}
        self._cited = cited
        self._names = names
        self._measures: dict[str, Measure] = {}
        self._ids: dict[str, SourceLocation] = {}
        self._document = self._guidance = ""

    def read(self) -> Coverage:
        names, entries = self._names, self._main.entries
        keys = ("coverage", "document", "guidance", "measures", "parts", "beyond")
        as_block(self._main, names, "the coverage", keys)
        need_ruleset(self._main, "coverage", self._ruleset, names)
        self._document = self._source(entries["document"])
        self._guidance = self._source(entries["guidance"])
        self._read_measures(entries["measures"])
        parts = as_items(entries["parts"], names, "parts").items
        rows = [row for part in read_each(parts, self._part) for row in part]
        beyond = read_each(as_items(entries["beyond"], names, "beyond").items, self._beyond)
        coverage = Coverage(
            document=self._document,
            guidance=self._guidance,
            measures=self._measures,
            expectations=tuple(rows),
            beyond=beyond,
        )
        self._check_whole(coverage)
        return coverage

    def _check_whole(self, coverage: Coverage) -> None:
        """Notes rules and measures that no row names."""
        problems, entries = self._names.problems, self._main.entries
        for rule in sorted(self._rule_ids - coverage.rules_named):
            message = f"no row names the rule {rule}; say what it answers, or put it under beyond"
            problems.error(self._main.keys["parts"], "uncovered", message)
        used = {row.measure for row in coverage.expectations}
        measures = entries["measures"]
        assert isinstance(measures, Block)
        for name in self._measures.keys() - used:
            problems.error(measures.keys[name], "unused", f'no row names the measure "{name}"')

    def _source(self, node: Node) -> str:
        source = as_text(node, self._names)
        if source not in self._ruleset.sources:
            raise self._names.unknown(node.where, "source", source, self._ruleset.sources)
        return source

    def _read_measures(self, node: Node) -> None:
        block = as_block(node, self._names, "measures")

        def read_one(name: str) -> Measure:
            row = as_block(block.entries[name], self._names, "a measure", MEASURE_KEYS)
            made = row.entries["made"]
            if as_text(made, self._names) not in ("yes", "no"):
                raise self._names.refuse(made.where, "flag", 'write "yes" or "no"')
            return Measure(
                id=name,
                title=as_text(row.entries["title"], self._names),
                counts=self._rules(row.entries["counts"]),
                is_made=as_text(made, self._names) == "yes",
            )

        self._measures = dict(zip(block.entries, read_each(block.entries, read_one), strict=True))

    def _part(self, node: Node) -> tuple[Expectation, ...]:
        block = as_block(node, self._names, "a part", ("at", "expectations"))
        at = self._place(block.entries["at"], self._document)
        items = as_items(block.entries["expectations"], self._names, "expectations").items
        return read_each(items, lambda item: self._expectation(item, at))

    def _expectation(self, node: Node, at: str) -> Expectation:
        names = self._names
        block = as_block(node, names, "an expectation")
        check_keys(block, names, "key of an expectation", EXPECTATION_KEYS)
        for key in ("id", "says"):
            if key not in block.entries:
                raise names.refuse(block.where, "lacking", f"an expectation lacks {key}")
        answers = [key for key in ANSWERS if key in block.entries]
        if len(answers) != 1:
            found = " and ".join(answers) or "none"
            message = f"an expectation has one answer, of {', '.join(ANSWERS)}; here: {found}"
            raise names.refuse(block.where, "answer", message)
        texts = {
            key: self._text(block.entries[key])
            for key in ("says", "needs_a_person", "board_evidence", "note")
            if key in block.entries
        }
        return Expectation(
            id=self._new_id(block.entries["id"]),
            at=at,
            guidance=self._paragraphs(block),
            rules=self._answering(block),
            measure=self._measure(block),
            where=block.where,
            **texts,
        )

    def _text(self, node: Node) -> str:
        text = as_text(node, self._names).strip()
        if not text:
            raise self._names.refuse(node.where, "empty", "a text is expected here")
        return text

    def _new_id(self, node: Node) -> str:
        word = self._text(node)
        if word in self._ids:
            first = self._ids[word].line
            message = f'"{word}" stands here again; first: line {first}'
            raise self._names.refuse(node.where, "duplicate", message)
        self._ids[word] = node.where
        return word

    def _paragraphs(self, block: Block) -> tuple[str, ...]:
        node = block.entries.get("guidance")
        if node is None:
            return ()
        items = as_items(node, self._names, "guidance").items
        return read_each(items, lambda item: self._place(item, self._guidance))

    def _place(self, node: Node, source: str) -> str:
        place, cited = as_text(node, self._names), self._cited.get(source)
        if cited is not None and place not in cited.places:
            raise self._names.unknown(node.where, f"place in {source}", place, cited.places)
        return place

    def _answering(self, block: Block) -> tuple[str, ...]:
        node = block.entries.get("rules")
        if node is None:
            return ()
        rules = self._rules(node)
        if not rules:
            raise self._names.refuse(node.where, "empty", "an answer names at least one rule")
        return rules

    def _rules(self, node: Node) -> tuple[str, ...]:
        def read_one(item: Node) -> str:
            rule = as_text(item, self._names)
            if rule not in self._rule_ids:
                raise self._names.unknown(item.where, "rule", rule, self._rule_ids)
            return rule

        return read_each(as_items(node, self._names, "rules").items, read_one)

    def _measure(self, block: Block) -> str | None:
        node = block.entries.get("measure")
        if node is None:
            return None
        name = as_text(node, self._names)
        if name not in self._measures:
            raise self._names.unknown(node.where, "measure", name, self._measures)
        return name

    def _beyond(self, node: Node) -> Beyond:
        block = as_block(node, self._names, "a row beyond the document", ("rules", "why"))
        return Beyond(rules=self._answering(block), why=self._text(block.entries["why"]))
