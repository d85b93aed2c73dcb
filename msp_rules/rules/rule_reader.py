"""One rule file becomes a `Rule`, or problems that say where and what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

from msp_rules.casework.moment import parse_date, parse_moment
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules import condition as tree
from msp_rules.rules.condition_reader import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    is_whole,
    read_anchor,
    read_condition,
    read_limit,
)
from msp_rules.rules.rule import (
    Basis,
    Citation,
    Colour,
    Example,
    IfNone,
    Parameter,
    ParameterValue,
    Prompt,
    Rule,
    Severity,
)
from msp_rules.rules.yaml_source import Block, Node, Text, plain

KINDS: Final = ("statutory", "national_return", "good_practice", "local")
PRINCIPLES: Final = (
    "empowerment",
    "prevention",
    "proportionality",
    "protection",
    "partnership",
    "accountability",
)
QUESTIONS: Final = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "QM")
STATUSES: Final = ("draft", "trial", "stable", "deprecated")
URGENCIES: Final = ("info", "warning", "critical")
VERDICTS: Final = (
    "met",
    "explained",
    "met_late",
    "partly_met",
    "not_met",
    "not_yet_due",
    "not_applicable",
    "cannot_tell",
)
LONGEST_SUMMARY: Final = 140
UNITS: Final = (*(unit.value for unit in Unit), "count", "codes")
_NEEDED: Final = [
    "rule",
    "title",
    "kind",
    "severity",
    "principles",
    "audit_questions",
    "cites",
    "status",
    "review_by",
    "expect",
    "prompt",
    "finding",
    "examples",
]
_OPTIONAL: Final = [
    "floor",
    "status_reason",
    "enabled",
    "notes",
    "parameters",
    "each",
    "applies_when",
    "due",
    "partly_when",
    "explained_when",
    "cannot_tell_when",
    "if_none",
    "colour",
]
_BLAME: Final = ("failed", "failure", "breach", "neglected to", "should have", "not done")
_COLOUR_OF: Final = {
    Severity.PROMPT: Colour.NONE,
    Severity.ADVICE: Colour.AMBER,
    Severity.FLAG: Colour.RED,
    Severity.STATUTORY: Colour.RED,
}
Value = TypeVar("Value")


class RuleReader:
    """Reads one rule; every part is tried, so that all problems of the file are found."""

    def __init__(self, block: Block, names: Names, sources: Mapping[str, str]) -> None:
        self._block = block
        self._names = names
        self._sources = sources
        self._is_refused = False

    def read(self) -> Rule | None:
        """The rule, or None after noting what is wrong."""
        self._check_keys()
        if self._is_refused:
            return None
        names, entries = self._names, self._block.entries
        names.parameters = self._try("parameters", self._parameters) or {}
        each = self._try("each", self._each)
        names.each = each
        severity = self._try("severity", lambda n: Severity(self._word(n, list(Severity))))
        colour, red_when = self._try("colour", self._colour) or (None, None)
        whole = self._whole_record
        evidence = self._evidence
        blocks = {
            "applies_when": self._try("applies_when", whole),
            "expect": self._try("expect", evidence),
            "partly_when": self._try("partly_when", evidence),
            "explained_when": self._try("explained_when", self._reasons),
            "cannot_tell_when": self._try("cannot_tell_when", evidence),
            "due": self._try("due", lambda node: read_due(node, names)),
            "if_none": self._try("if_none", self._if_none),
        }
        simple = {
            "title": self._try("title", self._text),
            "kind": self._try("kind", lambda n: self._word(n, KINDS)),
            "principles": self._try("principles", lambda n: self._words(n, PRINCIPLES)),
            "audit_questions": self._try("audit_questions", lambda n: self._words(n, QUESTIONS)),
            "cites": self._try("cites", self._cites),
            "status": self._try("status", lambda n: self._word(n, STATUSES)),
            "review_by": self._try("review_by", self._date),
            "prompt": self._try("prompt", self._prompt),
            "finding": self._try("finding", self._finding),
            "status_reason": self._try("status_reason", self._text),
            "notes": self._try("notes", self._text),
            "is_floor": self._try("floor", self._flag) or False,
        }
        examples = self._try("examples", self._examples)
        self._check_meaning(simple, each)
        if self._is_refused or severity is None:
            return None
        return Rule(
            id=as_text(entries["rule"], names),
            severity=severity,
            each=each,
            parameters=names.parameters,
            not_met_colour=colour or _COLOUR_OF[severity],
            red_when=red_when,
            is_enabled=self._try("enabled", self._flag) is not False,
            examples=examples or (),
            where=self._block.where,
            **blocks,  # type: ignore[arg-type]
            **simple,  # type: ignore[arg-type]
        )

    def _try(self, key: str, read: Callable[[Node], Value]) -> Value | None:
        node = self._block.entries.get(key)
        if node is None:
            return None
        try:
            return read(node)
        except Refused:
            self._is_refused = True
            return None

    def _check_keys(self) -> None:
        known = [*_NEEDED, *_OPTIONAL]
        for key, where in self._block.keys.items():
            if key not in known:
                self._names.problems.unknown(where, "key of a rule", key, iter(known))
                self._is_refused = True
        lacking = [key for key in _NEEDED if key not in self._block.entries]
        if lacking:
            message = f"the rule lacks {', '.join(lacking)}"
            self._names.problems.error(self._block.where, "lacking", message)
            self._is_refused = True

    def _check_meaning(self, simple: Mapping[str, object], each: str | None) -> None:
        keys, problems = self._block.keys, self._names.problems
        for name in sorted(self._names.parameters.keys() - self._names.used_parameters):
            where = self._names.parameters[name].where
            problems.error(where, "unused", f'parameter "{name}" is used nowhere in the rule')
            self._is_refused = True
        if simple["status"] == "deprecated" and not simple["status_reason"]:
            problems.error(keys["status"], "status", "a deprecated rule needs a status_reason")
            self._is_refused = True
        if "if_none" in keys and each is None:
            problems.error(keys["if_none"], "if_none", 'if_none goes with "each"')
            self._is_refused = True

    def _text(self, node: Node) -> str:
        text = as_text(node, self._names).strip()
        if not text:
            raise self._names.refuse(node.where, "empty", "a text is expected here")
        return text

    def _word(self, node: Node, known: tuple[str, ...] | list[Severity]) -> str:
        text = as_text(node, self._names)
        if text not in list(known):
            raise self._names.unknown(node.where, "word", text, [str(word) for word in known])
        return text

    def _words(self, node: Node, known: tuple[str, ...]) -> tuple[str, ...]:
        items = as_items(node, self._names, "this").items
        return tuple(self._word(item, known) for item in items)

    def _date(self, node: Node) -> date:
        try:
            return parse_date(as_text(node, self._names))
        except ValueError:
            raise self._names.refuse(node.where, "date", "not a date (YYYY-MM-DD)") from None

    def _flag(self, node: Node) -> bool:
        text = as_text(node, self._names)
        if text not in ("true", "false"):
            raise self._names.refuse(node.where, "flag", "write true or false")
        return text == "true"

    def _each(self, node: Node) -> str:
        return self._word(node, tuple(self._names.vocabulary.events))

    def _whole_record(self, node: Node) -> tree.Condition:
        self._names.from_subject_day = False
        return read_condition(node, self._names)

    def _evidence(self, node: Node) -> tree.Condition:
        self._names.from_subject_day = self._names.each is not None
        try:
            return read_condition(node, self._names)
        finally:
            self._names.from_subject_day = False

    def _reasons(self, node: Node) -> tree.Condition:
        self._names.allows_reasons = True
        try:
            return self._evidence(node)
        finally:
            self._names.allows_reasons = False

    def _if_none(self, node: Node) -> IfNone:
        block = as_block(node, self._names, "if_none", ("applies_when", "due"))
        each, self._names.each = self._names.each, None
        try:
            return IfNone(
                applies_when=read_condition(block.entries["applies_when"], self._names),
                due=read_due(block.entries["due"], self._names),
            )
        finally:
            self._names.each = each

    def _colour(self, node: Node) -> tuple[Colour | None, tree.Condition | None]:
        block = as_block(node, self._names, "colour")
        colour, red_when = None, None
        for key, value in block.entries.items():
            if key == "not_met":
                colour = Colour(self._word(value, ("red", "amber", "none")))
            elif key == "red_when":
                red_when = self._whole_record(value)
            else:
                raise self._names.unknown(block.keys[key], "key", key, ("not_met", "red_when"))
        return colour, red_when

    def _cites(self, node: Node) -> tuple[Citation, ...]:
        cites = []
        for item in as_items(node, self._names, "cites").items:
            block = as_block(item, self._names, "a citation", ("source", "at"))
            source = as_text(block.entries["source"], self._names)
            if source not in self._sources:
                raise self._names.unknown(item.where, "source", source, self._sources)
            cites.append(Citation(source=source, at=as_text(block.entries["at"], self._names)))
        if not cites:
            raise self._names.refuse(node.where, "citation", "a rule needs a citation")
        return tuple(cites)

    def _prompt(self, node: Node) -> Prompt:
        names = self._names
        block = as_block(node, names, "prompt", ("summary", "urgency", "ask_at", "roles"))
        summary = self._text(block.entries["summary"])
        where = block.entries["summary"].where
        if len(summary) > LONGEST_SUMMARY:
            message = f"the summary has {len(summary)} characters; at most {LONGEST_SUMMARY}"
            raise names.refuse(where, "summary", message)
        if "?" not in summary:
            raise names.refuse(where, "summary", "the summary must ask: it holds no question")
        self._refuse_blame(summary, where)
        steps = ("any", *names.vocabulary.events)
        return Prompt(
            summary=summary,
            urgency=self._word(block.entries["urgency"], URGENCIES),
            ask_at=self._words(block.entries["ask_at"], steps),
            roles=self._words(block.entries["roles"], names.vocabulary.enums["worker_role"]),
        )

    def _finding(self, node: Node) -> str:
        text = self._text(node)
        self._refuse_blame(text, node.where)
        return text

    def _refuse_blame(self, text: str, where: SourceLocation) -> None:
        for word in _BLAME:
            if word in text.lower():
                message = f'"{word}" blames; say what is not evidenced in the record'
                raise self._names.refuse(where, "blame", message)

    def _parameters(self, node: Node) -> dict[str, Parameter]:
        block = as_block(node, self._names, "parameters")
        return {name: self._parameter(name, body) for name, body in block.entries.items()}

    def _parameter(self, name: str, node: Node) -> Parameter:
        return read_parameter_block(name, node, self._names, needs_range=True)

    def _examples(self, node: Node) -> tuple[Example, ...]:
        items = as_items(node, self._names, "examples").items
        return tuple(read_example(item, self._names) for item in items)


def read_parameter_block(name: str, node: Node, names: Names, *, needs_range: bool) -> Parameter:
    """A dated parameter, its values oldest first and within its range."""
    block = as_block(node, names, name)
    for key in block.entries:
        if key not in ("unit", "range", "values"):
            raise names.unknown(block.keys[key], "key", key, ("unit", "range", "values"))
    if not {"unit", "values"} <= block.entries.keys():
        raise names.refuse(block.where, "lacking", f"{name} needs unit and values")
    unit = as_text(block.entries["unit"], names)
    if unit not in UNITS:
        raise names.unknown(block.entries["unit"].where, "unit", unit, UNITS)
    bounds = None
    if "range" in block.entries:
        bounds = _bounds(block.entries["range"], names)
    elif unit != "codes" and needs_range:
        raise names.refuse(block.where, "range", f"{name} needs a range")
    values = tuple(
        _dated(item, unit, bounds, names)
        for item in as_items(block.entries["values"], names, "values").items
    )
    days = [value.first_day for value in values]
    if not days or days != sorted(set(days)):
        raise names.refuse(block.where, "values", "the values must be dated, oldest first")
    return Parameter(name=name, values=values, unit=unit, range=bounds, where=block.where)


def _bounds(node: Node, names: Names) -> tuple[int, int]:
    words = [as_text(item, names) for item in as_items(node, names, "range").items]
    if len(words) != 2 or not all(is_whole(word) for word in words):
        raise names.refuse(node.where, "range", "a range is two whole numbers, as in [0, 20]")
    low, high = (int(word) for word in words)
    if low > high:
        raise names.refuse(node.where, "range", f"no number lies between {low} and {high}")
    return low, high


def _dated(item: Node, unit: str, bounds: tuple[int, int] | None, names: Names) -> ParameterValue:
    row = as_block(item, names, "a value", ("from", "value", "basis", "source"))
    try:
        first = parse_date(as_text(row.entries["from"], names))
    except ValueError:
        raise names.refuse(row.entries["from"].where, "date", "not a date (YYYY-MM-DD)") from None
    basis = as_text(row.entries["basis"], names)
    if basis not in list(Basis):
        raise names.unknown(row.entries["basis"].where, "basis", basis, list(Basis))
    value: int | tuple[str, ...]
    node = row.entries["value"]
    if unit == "codes":
        value = tuple(as_text(one, names) for one in as_items(node, names, "value").items)
    else:
        text = as_text(node, names)
        if not is_whole(text):
            raise names.refuse(node.where, "number", f'"{text}" is not a whole number')
        value = int(text)
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            message = f"{value} lies outside the range {bounds[0]} to {bounds[1]}"
            raise names.refuse(node.where, "range", message)
    source = as_text(row.entries["source"], names)
    return ParameterValue(first_day=first, value=value, basis=Basis(basis), source=source)


def read_due(node: Node, names: Names) -> tree.Due:
    """The limit of a `due` block."""
    block = as_block(node, names, "due")
    keys, entries = set(block.entries), block.entries
    if keys == {"within", "of"}:
        limit = read_limit(entries["within"], names)
        return tree.DueWithin(limit=limit, anchor=read_anchor(entries["of"], names))
    if keys == {"at"}:
        return tree.DueAt(anchor=read_anchor(entries["at"], names))
    if keys == {"earliest"}:
        parts = as_items(entries["earliest"], names, "earliest").items
        return tree.DueEarliest(of=tuple(read_due(part, names) for part in parts))
    if "by_field" in keys and keys <= {"by_field", "of", "else"}:
        anchor = read_anchor(entries.get("of", Text("this", False, block.where)), names)
        if isinstance(anchor, tree.AsOf):
            raise names.refuse(block.where, "due", "by_field goes with an event")
        kind = names.each if isinstance(anchor, tree.This) else anchor.selection.type
        field = as_text(entries["by_field"], names)
        dates = [
            f.name for f in names.vocabulary.events[kind or ""].fields.values() if f.kind == "date"
        ]
        if field not in dates:
            raise names.unknown(entries["by_field"].where, f"date field of {kind}", field, dates)
        otherwise = read_due(entries["else"], names) if "else" in entries else None
        return tree.DueByField(field=field, anchor=anchor, otherwise=otherwise)
    message = "due is one of: within and of; at; by_field (of, else); earliest"
    raise names.refuse(block.where, "due", message)


def read_example(node: Node, names: Names) -> Example:
    """One example; its events are read when it is run."""
    block = as_block(node, names, "an example")
    known = ("name", "as_of", "given", "then", "due", "case", "adult", "supplies")
    for key in block.entries:
        if key not in known:
            raise names.unknown(block.keys[key], "key of an example", key, known)
    lacking = {"name", "as_of", "given", "then"} - block.entries.keys()
    if lacking:
        message = f"the example lacks {', '.join(sorted(lacking))}"
        raise names.refuse(block.where, "lacking", message)
    as_of = as_text(block.entries["as_of"], names)
    try:
        parse_moment(as_of)
    except ValueError:
        message = "as_of is not a date (YYYY-MM-DD) or date-time that exists"
        raise names.refuse(block.entries["as_of"].where, "date", message) from None
    given = []
    for item in as_items(block.entries["given"], names, "given").items:
        body = as_block(item, names, "an event")
        kind = next(iter(body.entries), "")
        if len(body.entries) != 1 or kind not in names.vocabulary.events:
            raise names.unknown(item.where, "event type", kind, names.vocabulary.events)
        given.append(plain(body))
    then = block.entries["then"]
    verdicts: Mapping[str | None, str] | str
    if isinstance(then, Block):
        rows = {key: as_text(value, names) for key, value in then.entries.items()}
        verdicts = {None if key == "case" else key: value for key, value in rows.items()}
        words = list(rows.values())
    else:
        verdicts = as_text(then, names)
        words = [verdicts]
    for word in words:
        if word not in (*VERDICTS, "yes", "no", "unknown"):
            raise names.unknown(then.where, "verdict", word, VERDICTS)
    extras = {key: plain(block.entries[key]) for key in ("case", "adult") if key in block.entries}
    supplies = block.entries.get("supplies")
    example = Example(
        name=as_text(block.entries["name"], names),
        as_of=as_of,
        given=tuple(given),  # type: ignore[arg-type]
        then=verdicts,
        due=as_text(block.entries["due"], names) if "due" in block.entries else None,
        where=block.where,
        **extras,  # type: ignore[arg-type]
    )
    if supplies is None:
        return example
    words = [as_text(one, names) for one in as_items(supplies, names, "supplies").items]
    return replace(example, supplies=tuple(words))
