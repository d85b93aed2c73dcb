"""Warns of what is valid in a mapping file but probably not what its author means.

It runs on a file without mistakes, and goes through its nodes and their decoded form side by side.
Every warning is sound, and none depends on an export: only `mapping try` can count the labels that
`unknown` hides.

A mapping also decides what the rules can tell. So the rules' own examples are evaluated again as
this source would export them, without the event types and fields that it has no way to deliver: the
warning repeats what the engine answers. Types and fields that the rules read are listed for that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Final

from msp_rules.authoring.examples import case_of
from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import Field, FieldKind
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.errors import Problem, SourceLocation
from msp_rules.intake.mapping.language import (
    CaseMapping,
    Condition,
    ConditionKind,
    EventRule,
    FieldPath,
    PathStep,
    SourceKind,
    ValueRule,
)
from msp_rules.rules.language.conditions import fields_read, selections
from msp_rules.rules.language.rule import Rule, Ruleset, Severity, asked_by
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml


def reads_of(ruleset: Ruleset) -> Mapping[str, frozenset[str]]:
    """Gives the fields that enabled rules and suspensions read, by event type.

    A type without fields in the result is only asked for as such: whether it is recorded.
    """
    found: dict[str, set[str | None]] = defaultdict(set)
    for rule in ruleset.enabled_rules:
        for kind, field in reads_of_rule(rule):
            found[kind].add(field)
    for suspension in ruleset.suspensions:
        for kind, field in fields_read(suspension.when, None):
            found[kind].add(field)
    return {
        kind: frozenset(field for field in fields if field is not None)
        for kind, fields in found.items()
    }


def asks_whether_recorded(ruleset: Ruleset) -> frozenset[str]:
    """Lists the event types of which some rule asks only whether there is one, or when."""
    plain = {
        one.type
        for rule in ruleset.enabled_rules
        for one in selections(asked_by(rule))
        if not (one.where or one.where_any or one.refers_to)
    }
    subjects = {rule.each for rule in ruleset.enabled_rules if rule.each is not None}
    return frozenset(plain | subjects)


def reads_of_rule(rule: Rule) -> Iterator[tuple[str, str | None]]:
    """Yields each event type that a rule reads, with a field, or with None for the type as such."""
    if rule.each is not None:
        yield rule.each, None
    yield from fields_read(asked_by(rule), rule.each)


_DATED: Final = (FieldKind.DATE, FieldKind.MOMENT)
_TODO: Final = re.compile(r"#\s*TODO\b")


def lint_mapping(path: Path, mapping: CaseMapping, ruleset: Ruleset) -> tuple[Problem, ...]:
    """Lists every warning about a mapping file that was read without a mistake, in file order."""
    problems = Problems()
    main = read_yaml(path, path.name, problems)
    if main is not None:
        _MappingLint(main, mapping, ruleset, problems).run()
    _lint_todo(path, problems)
    found = dict.fromkeys(problems.found)
    return tuple(sorted(found, key=lambda one: (one.where.line or 0, one.where.column or 0)))


def _lint_todo(path: Path, problems: Problems) -> None:
    """Warns of comments of a draft that still say TODO."""
    lines = path.read_text("utf-8").splitlines()
    places = [number for number, line in enumerate(lines, start=1) if _TODO.search(line)]
    if places:
        others = f", and so do {len(places) - 1} other lines" if len(places) > 1 else ""
        where = SourceLocation(path=path.name, line=places[0])
        problems.warn(where, "todo", f"this line says TODO{others}: is it right?")


class _MappingLint:
    """Checks one file."""

    def __init__(
        self, main: Block, mapping: CaseMapping, ruleset: Ruleset, problems: Problems
    ) -> None:
        self._main = main
        self._mapping = mapping
        self._ruleset = ruleset
        self._vocabulary = ruleset.vocabulary
        self._problems = problems
        self._dates: list[tuple[SourceLocation, str]] = []
        events = main.entries.get("events")
        items = events.items if isinstance(events, Items) else ()
        blocks = [item for item in items if isinstance(item, Block)]
        self._events = list(zip(blocks, mapping.events, strict=True))

    def run(self) -> None:
        """Notes every warning."""
        self._lint_tables()
        for block, rule in self._events:
            self._lint_conditions(block, rule)
            self._lint_dates(block, rule)
            self._lint_constants(block, rule)
        self._warn_of_dates()
        self._lint_assumptions()
        self._lint_ids()
        self._lint_use()

    def _warn(self, where: SourceLocation, code: str, message: str) -> None:
        self._problems.warn(where, code, message)

    def _lint_tables(self) -> None:
        tables = self._main.entries.get("codes")
        used = set(_names_of_tables(self._main))
        for name, table in tables.entries.items() if isinstance(tables, Block) else ():
            where = tables.keys[name] if isinstance(tables, Block) else table.where
            if name not in used:
                self._warn(where, "unused", f"no value uses the code table {name}")
            if not isinstance(table, Block):
                continue
            self._lint_unknown(name, table.entries["unknown"])
            labels = table.entries.get("labels")
            for label, place in labels.keys.items() if isinstance(labels, Block) else ():
                if label != label.strip() or not label:
                    message = (
                        "this label can never occur: it is empty, or has white space around it"
                    )
                    self._warn(place, "never", message)

    def _lint_unknown(self, table: str, node: Node) -> None:
        word = node.value if isinstance(node, Text) else ""
        if word in ("fault", ""):
            return
        becomes = "is left out" if word == "left_out" else f"becomes {word}"
        message = (
            f"a label that {table} does not know {becomes} silently; "
            '"unknown: fault" would name its line, "mapping try" counts it'
        )
        self._warn(node.where, "hidden", message)

    def _lint_conditions(self, block: Block, rule: EventRule) -> None:
        when = block.entries.get("when")
        for condition, node in self._wanted(rule, when):
            for item in _texts_of(node):
                if isinstance(item, Text) and (item.value != item.value.strip() or not item.value):
                    message = "this text can never occur: it is empty, or has white space around it"
                    self._warn(item.where, "never", message)
            fixed = _fixed_attribute(rule.record, condition.path)
            if fixed is not None and _never_takes(condition, fixed):
                message = f'this can never hold: the path itself asks for "{fixed}" there'
                self._warn(node.where, "never", message)
        for (one, node), (other, _) in combinations(self._wanted(rule, when), 2):
            if (
                one.path == other.path
                and _is_of_texts(one, other)
                and not one.values & other.values
            ):
                self._warn(node.where, "never", "this can never hold with the other text wanted")

    def _wanted(self, rule: EventRule, when: Node | None) -> list[tuple[Condition, Node]]:
        nodes: Iterable[Node] = when.items if isinstance(when, Items) else ()
        if isinstance(when, Block):
            nodes = when.entries.values()
        return list(zip(rule.conditions, nodes, strict=True))

    def _lint_dates(self, block: Block, rule: EventRule) -> None:
        envelope = {name: self._vocabulary.envelope[name] for name in ("occurred", "recorded")}
        self._lint_values(block, envelope)
        self._lint_values(block.entries.get("fields"), self._vocabulary.events[rule.type].fields)

    def _lint_values(self, node: Node | None, known: Mapping[str, Field]) -> None:
        if not isinstance(node, Block):
            return
        for name, value in node.entries.items():
            field = known.get(name)
            if field is None or field.kind not in _DATED or _says_format(value):
                continue
            self._dates.append((node.keys[name], name))

    def _warn_of_dates(self) -> None:
        """Warns once of all dates without a format, as a system usually writes them alike."""
        # The dates of a workbook's cells need none.
        if not self._dates or self._mapping.source.kind is SourceKind.XLSX:
            return
        (where, name), *others = self._dates
        more = f", and so have {len(others)} other dates" if others else ""
        message = (
            f"{name} has no date_format{more}: read as YYYY-MM-DD or YYYY-MM-DDThh:mm:ss, "
            "and all else is a fault"
        )
        self._warn(where, "date", message)

    def _lint_constants(self, block: Block, rule: EventRule) -> None:
        """Warns of a duty that rests on a value which the mapping states for every record."""
        fields = block.entries.get("fields")
        for name, node in fields.entries.items() if isinstance(fields, Block) else ():
            if rule.fields[name].constant is None or rule.fields[name].conditions:
                continue
            duties = [
                one.id
                for one in self._ruleset.enabled_rules
                if one.severity is Severity.STATUTORY and (rule.type, name) in reads_of_rule(one)
            ]
            if duties:
                message = (
                    f"{name} of {rule.type} is the same in every record, and a duty rests on it "
                    f"({', '.join(duties)}): map it, or say why under assume"
                )
                self._warn(node.where, "constant", message)

    def _lint_assumptions(self) -> None:
        """Warns of an assumption without a responsible person, or without an end."""
        assume = self._main.entries.get("assume")
        items = assume.items if isinstance(assume, Items) else ()
        for node, one in zip(items, self._mapping.assumptions, strict=True):
            lacking = [key for key in ("approved_by", "until") if getattr(one, key) is None]
            if lacking:
                message = f"the assumption about {one.about} lacks {' and '.join(lacking)}"
                self._warn(node.where, "assumed", message)

    def _lint_ids(self) -> None:
        for (_, one), (block, other) in combinations(self._events, 2):
            ids = one.envelope.get("id"), other.envelope.get("id")
            same_place = one.record == other.record and ids[0] == ids[1]
            if not same_place or _exclude_each_other(one, other):
                continue
            named = block.entries["record"]
            record = named.value if isinstance(named, Text) and named.value != "." else "record"
            both = "the same" if one.conditions == other.conditions else "a record that fits both"
            message = (
                f"{both} {record} is also {one.type}, with the same id: ids would "
                "collide; give one of them a suffix"
            )
            self._warn(block.keys["id"], "ids", message)
        for block, rule in self._events:
            is_constant = rule.envelope.get("id", ValueRule()).constant is not None
            # A case has one record of its own, and the items of a list are numbered.
            if is_constant and rule.record.steps and rule.items is None:
                self._warn(block.keys["id"], "ids", "every such event of a case gets the same id")

    def _lint_use(self) -> None:
        reads, plain = reads_of(self._ruleset), asks_whether_recorded(self._ruleset)
        mapped: dict[str, set[str]] = {}
        for _, rule in self._events:
            mapped.setdefault(rule.type, set()).update(rule.fields)
        for block, rule in self._events:
            read = reads.get(rule.type)
            name = self._ruleset.id
            if read is None:
                message = f"no rule of {name} reads {rule.type}"
                message += "; it counts only in other parts of a report"
                self._warn(block.where, "unread", message)
            elif read and rule.type not in plain and not read & mapped[rule.type]:
                fields = ", ".join(sorted(read))
                message = f"no field of {rule.type} that {name} reads is mapped; it reads {fields}"
                self._warn(block.where, "unread", message)


def _texts_of(node: Node) -> tuple[Node, ...]:
    """Gives the texts that a condition names, however it is written."""
    if isinstance(node, Block):
        named = [node.entries[key] for key in ("is", "contains") if key in node.entries]
        return tuple(text for one in named for text in _texts_of(one))
    return node.items if isinstance(node, Items) else (node,)


def _is_of_texts(*conditions: Condition) -> bool:
    """Tells whether conditions compare whole texts, of which a place has only one."""
    return all(one.wanted is ConditionKind.ONE_OF and one.parts is None for one in conditions)


def _never_takes(condition: Condition, text: str) -> bool:
    """Tells whether a condition can't hold because its place always has this text."""
    if condition.wanted is ConditionKind.ABSENT:
        return True
    return _is_of_texts(condition) and text not in condition.values


def _says_format(value: Node) -> bool:
    """Tells whether a value needs no date format, or has one."""
    if not isinstance(value, Block):
        return False
    if {"date_format", "constant"} & value.entries.keys():
        return True
    first = value.entries.get("first")
    return isinstance(first, Items) and all(_says_format(one) for one in first.items)


def _names_of_tables(node: Node, *, is_top: bool = True) -> Iterator[str]:
    """Yields the names of the code tables that values use."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _names_of_tables(item, is_top=False)
    elif isinstance(node, Block):
        for key, value in node.entries.items():
            if key == "codes" and isinstance(value, Text):
                yield value.value
            elif not (is_top and key == "codes"):
                yield from _names_of_tables(value, is_top=False)


def _fixed_attribute(record: FieldPath, path: FieldPath) -> str | None:
    """Gives the value that a path already requires of the attribute that it ends in, or None."""
    steps = (*record.steps, *path.steps)
    if path.attribute is None or not steps:
        return None
    last: PathStep = steps[-1]
    return last.value if last.attribute == path.attribute else None


def _exclude_each_other(one: EventRule, other: EventRule) -> bool:
    """Tells whether no record can be both, as they require different values of one attribute."""
    return any(
        _exclude(mine, theirs)
        for mine in one.conditions
        for theirs in other.conditions
        if mine.path == theirs.path and mine.path.attribute is not None
    )


def _exclude(one: Condition, other: Condition) -> bool:
    """Tells whether two conditions on one attribute can't both hold."""
    if _is_of_texts(one, other):
        return not one.values & other.values
    return (one.wanted is ConditionKind.ABSENT) != (other.wanted is ConditionKind.ABSENT)


_NO_JUDGEMENT: Final = frozenset({Verdict.CANNOT_TELL, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blinded:
    """A rule that can't tell in some of its own examples, given what a source supplies."""

    rule: str
    """The id of the rule."""
    cases: int
    """The number of examples in which it can't tell."""
    of: int
    """The number of its examples."""
    is_wholly: bool
    """True if it judges none of them any more."""
    missing: tuple[Missing, ...]
    """The events and fields that it lacks."""


def blinded_rules(ruleset: Ruleset, supply: Supply) -> Iterator[Blinded]:
    """Finds the enabled rules that can't tell, in the order of the ruleset."""
    for rule in ruleset.enabled_rules:
        found = _blinded(rule, ruleset, supply)
        if found is not None:
            yield found


def _blinded(rule: Rule, ruleset: Ruleset, supply: Supply) -> Blinded | None:
    engine = Engine(replace(ruleset, rules=(rule,)), matcher="python", foresees=False)
    answered = cannot_tell = judged = 0
    missing: dict[Missing, None] = {}
    for example in rule.examples:
        if example.supplies is not None:
            continue
        case, as_of = case_of(example, ruleset.vocabulary)[0], parse_as_of(example.as_of)
        before = engine.evaluate(case, as_of).answers
        if not any(is_judged(answer) for answer in before):
            continue
        answered += 1
        after = engine.evaluate(as_supplied(case, supply), as_of).answers
        judged += any(is_judged(answer) for answer in after)
        unclear = [answer for answer in after if answer.verdict is Verdict.CANNOT_TELL]
        cannot_tell += bool(unclear)
        missing |= dict.fromkeys(row for answer in unclear for row in answer.missing)
    if not cannot_tell:
        return None
    return Blinded(
        rule=rule.id,
        cases=cannot_tell,
        of=answered,
        is_wholly=not judged,
        missing=tuple(row for row in missing if _lacks(row, supply)),
    )


def is_judged(answer: Answer) -> bool:
    """Tells whether an answer says anything about the case."""
    return answer.verdict not in _NO_JUDGEMENT


def as_supplied(case: Case, supply: Supply) -> Case:
    """Gives the case as a source would export it that supplies no more than this."""
    events = tuple(
        event._replace(
            fields={k: v for k, v in event.fields.items() if supply.has_field(event.type, k)}
        )
        for event in case.events
        if supply.has_type(event.type)
    )
    return case._replace(events=events, supply=supply)


def _lacks(row: Missing, supply: Supply) -> bool:
    """Tells whether a missing record is one that the source has no way to deliver."""
    if row.event in ("case", "adult"):  # no source says what it supplies of these
        return False
    if not supply.has_type(row.event):
        return True
    return any(not supply.has_field(row.event, name) for name in row.fields)
