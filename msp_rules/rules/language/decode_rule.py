"""One rule file becomes a `Rule`, or problems that say where and what.

Parameters: dated, cited numbers or code lists that a council may set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, TypeVar

from msp_rules.casework.moments import parse_date
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation, nearest
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.decode_conditions import read_anchor, read_condition, read_limit
from msp_rules.rules.language.decode_examples import ExampleReader
from msp_rules.rules.language.names import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    check_keys,
    read_each,
    read_whole,
)
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import (
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
from msp_rules.yaml_source.nodes import Block, Items, Node, Text

UNITS: Final = (*(unit.value for unit in Unit), "count", "codes")


def read_parameter_block(
    name: str, node: Node, names: Names, where: SourceLocation, *, needs_range: bool = True
) -> Parameter:
    """A dated parameter, its values oldest first and within its range."""
    block = as_block(node, names, name)
    check_keys(block, names, "key of a parameter", ("unit", "range", "values"))
    if not {"unit", "values"} <= block.entries.keys():
        raise names.refuse(block.where, "lacking", f"{name} needs unit and values")
    unit = as_text(block.entries["unit"], names)
    if unit not in UNITS:
        raise names.unknown(block.entries["unit"].where, "unit", unit, UNITS)
    bounds = None
    if "range" in block.entries:
        bounds = _range(block.entries["range"], unit, names)
    elif unit != "codes" and needs_range:
        raise names.refuse(block.where, "range", f"{name} needs a range")
    rows = as_items(block.entries["values"], names, "values")
    values = read_each(rows.items, lambda item: _dated(item, name, unit, bounds, names))
    days = [value.first_day for value in values]
    if not days or days != sorted(set(days)):
        raise names.refuse(rows.where, "values", "the values must be dated, oldest first")
    return Parameter(name=name, values=values, unit=unit, range=bounds, where=where)


def _range(node: Node, unit: str, names: Names) -> tuple[int, int]:
    items = as_items(node, names, "range").items
    if unit == "codes":
        raise names.refuse(node.where, "range", "a list of codes has no range")
    if len(items) != 2:
        raise names.refuse(node.where, "range", "range is two whole numbers, as in [0, 20]")
    low, high = read_each(items, lambda item: read_whole(item, names))
    if low > high:
        raise names.refuse(node.where, "range", "range names the lower number first")
    return low, high


def _dated(
    item: Node, name: str, unit: str, bounds: tuple[int, int] | None, names: Names
) -> ParameterValue:
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
        value = _code_list(name, node, names)
    else:
        value = read_whole(node, names)
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            message = f"{value} lies outside the range {bounds[0]} to {bounds[1]}"
            raise names.refuse(node.where, "range", message)
    source = as_text(row.entries["source"], names)
    return ParameterValue(first_day=first, value=value, basis=Basis(basis), source=source)


def _code_list(name: str, node: Node, names: Names) -> tuple[str, ...]:
    """The codes of a list parameter; which codes there are is known where it is used."""
    items = as_items(node, names, "value").items
    if not items:
        raise names.refuse(node.where, "never", "an empty list can never match")
    codes = read_each(items, lambda one: as_text(one, names))
    written = tuple(one for one in items if isinstance(one, Text))
    names.code_lists[name] = (*names.code_lists.get(name, ()), *written)
    return codes


KINDS: Final = ("statutory", "national_return", "good_practice", "local")
PRINCIPLES: Final = (
    "empowerment",
    "prevention",
    "proportionality",
    "protection",
    "partnership",
    "accountability",
)
STATUSES: Final = ("draft", "trial", "stable", "deprecated")
URGENCIES: Final = ("info", "warning", "critical")
LONGEST_SUMMARY: Final = 139  # CDS Hooks 3.0, "Card Attributes": fewer than 140
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
    "revision",
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
_PLACEHOLDER: Final = re.compile(r"\{[^}]*\}?")
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

    def __init__(self, block: Block, names: Names, sources: Mapping[str, str] | None) -> None:
        self._block = block
        self._names = names
        self._sources = sources
        self._is_refused = False

    def read(self) -> Rule | None:
        """The rule, or None after noting what is wrong."""
        self._check_keys()
        names, entries = self._names, self._block.entries
        self._try("parameters", self._parameters)
        each = self._try("each", self._each)
        names.each = each
        if each is None and "each" in entries:
            names.broken.add("each")
        severity = self._try("severity", self._severity)
        colours = self._try("colour", self._colour) or (None, None, None)
        blocks, simple = self._conditions(), self._head()
        examples = self._try("examples", self._examples)
        is_enabled = self._try("enabled", self._flag) is not False
        rule_id = self._try("rule", self._text)
        self._check_meaning(simple)
        if self._is_refused or severity is None or rule_id is None:
            return None
        return Rule(
            id=rule_id,
            severity=severity,
            each=each,
            parameters=names.parameters,
            not_met_colour=colours[0] or _COLOUR_OF[severity],
            met_colour=colours[1],
            red_when=colours[2],
            is_enabled=is_enabled,
            examples=examples or (),
            where=self._block.where,
            places=self._places(),
            literals=tuple((one.where, one.value) for one in names.literals),
            **blocks,  # type: ignore[arg-type]
            **simple,  # type: ignore[arg-type]
        )

    def _conditions(self) -> dict[str, object]:
        names, whole, evidence = self._names, self._whole_record, self._evidence
        return {
            "applies_when": self._try("applies_when", whole),
            "expect": self._try("expect", evidence),
            "partly_when": self._try("partly_when", evidence),
            "explained_when": self._try("explained_when", self._reasons),
            "cannot_tell_when": self._try("cannot_tell_when", evidence),
            "due": self._try("due", lambda node: read_due(node, names)),
            "if_none": self._try("if_none", self._if_none),
        }

    def _head(self) -> dict[str, object]:
        return {
            "title": self._try("title", self._text),
            "kind": self._try("kind", lambda n: self._word(n, KINDS, "kind")),
            "principles": self._try(
                "principles", lambda n: self._words(n, PRINCIPLES, "principle")
            ),
            "audit_questions": self._try(
                "audit_questions",
                lambda n: self._words(n, tuple(AUDIT_QUESTIONS), "audit question"),
            ),
            "cites": self._try("cites", self._cites),
            "status": self._try("status", lambda n: self._word(n, STATUSES, "status")),
            "review_by": self._try("review_by", self._date),
            "prompt": self._try("prompt", self._prompt),
            "finding": self._try("finding", self._finding),
            "status_reason": self._try("status_reason", self._text),
            "notes": self._try("notes", self._text),
            "is_floor": self._try("floor", self._flag) or False,
            "revision": self._try("revision", self._revision) or 1,
        }

    def _try(self, key: str, read: Callable[[Node], Value]) -> Value | None:
        node = self._block.entries.get(key)
        if node is None:
            return None
        try:
            return read(node)
        except Refused:
            self._is_refused = True
            return None

    def _places(self) -> dict[str, SourceLocation]:
        places = dict(self._block.keys)
        prompt = self._block.entries["prompt"]
        if isinstance(prompt, Block):
            places["summary"] = prompt.entries["summary"].where
        return places

    def _check_keys(self) -> None:
        """Notes wrong and lacking keys; the parts that are there are read all the same."""
        try:
            check_keys(self._block, self._names, "key of a rule", (*_NEEDED, *_OPTIONAL))
        except Refused:
            self._is_refused = True
        lacking = [key for key in _NEEDED if key not in self._block.entries]
        if lacking:
            message = f"the rule lacks {', '.join(lacking)}"
            self._names.problems.error(self._block.where, "lacking", message)
            self._is_refused = True

    def _check_meaning(self, simple: Mapping[str, object]) -> None:
        keys, problems = self._block.keys, self._names.problems
        used = _parameters_named(self._block)
        for name in sorted(self._names.parameters.keys() - used):
            where = self._names.parameters[name].where
            guess = nearest(name, used - self._names.parameters.keys())
            hint = f'; did you mean "{guess}"?' if guess else ""
            message = f'parameter "{name}" is used nowhere in the rule{hint}'
            problems.error(where, "unused", message)
            self._is_refused = True
        if simple["status"] == "deprecated" and not simple["status_reason"]:
            problems.error(keys["status"], "status", "a deprecated rule needs a status_reason")
            self._is_refused = True
        if "if_none" in keys and "each" not in keys:
            problems.error(keys["if_none"], "if_none", 'if_none goes with "each"')
            self._is_refused = True

    def _text(self, node: Node) -> str:
        text = as_text(node, self._names).strip()
        if not text:
            raise self._names.refuse(node.where, "empty", "a text is expected here")
        return text

    def _word(self, node: Node, known: tuple[str, ...], what: str) -> str:
        text = as_text(node, self._names)
        if text not in known:
            raise self._names.unknown(node.where, what, text, known)
        return text

    def _words(self, node: Node, known: tuple[str, ...], what: str) -> tuple[str, ...]:
        items = as_items(node, self._names, f"{what}s").items
        return read_each(items, lambda item: self._word(item, known, what))

    def _severity(self, node: Node) -> Severity:
        return Severity(self._word(node, tuple(Severity), "severity"))

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

    def _revision(self, node: Node) -> int:
        number = read_whole(node, self._names)
        if number < 1:
            raise self._names.refuse(node.where, "number", "the first revision is 1")
        return number

    def _each(self, node: Node) -> str:
        return self._word(node, tuple(self._names.vocabulary.events), "event type")

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
            applies, due = read_each(
                ("applies_when", "due"),
                lambda key: (read_condition if key == "applies_when" else read_due)(
                    block.entries[key], self._names
                ),
            )
            return IfNone(applies_when=applies, due=due)  # type: ignore[arg-type]
        finally:
            self._names.each = each

    def _colour(self, node: Node) -> tuple[Colour | None, Colour | None, tree.Condition | None]:
        """The colours of `not_met` and `met`, and the condition that darkens the first."""
        block = as_block(node, self._names, "colour")
        check_keys(block, self._names, "key of colour", ("not_met", "met", "red_when"))
        not_met, met, red_when = None, None, None
        if "not_met" in block.entries:
            known = ("red", "amber", "grey", "none")
            not_met = Colour(self._word(block.entries["not_met"], known, "colour"))
        if "met" in block.entries:
            met = Colour(self._word(block.entries["met"], ("none",), "colour"))
        if "red_when" in block.entries:
            red_when = self._whole_record(block.entries["red_when"])
        return not_met, met, red_when

    def _cites(self, node: Node) -> tuple[Citation, ...]:
        items = as_items(node, self._names, "cites").items
        if not items:
            raise self._names.refuse(node.where, "citation", "a rule needs a citation")
        return read_each(items, self._cite)

    def _cite(self, item: Node) -> Citation:
        block = as_block(item, self._names, "a citation", ("source", "at"))
        source = as_text(block.entries["source"], self._names)
        if self._sources is not None and source not in self._sources:
            where = block.entries["source"].where
            raise self._names.unknown(where, "source", source, self._sources)
        at = block.entries["at"]
        return Citation(source=source, at=self._text(at), where=at.where)

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
            urgency=self._word(block.entries["urgency"], URGENCIES, "urgency"),
            ask_at=self._words(block.entries["ask_at"], steps, "event type"),
            roles=self._words(
                block.entries["roles"], names.vocabulary.enums["worker_role"], "role"
            ),
        )

    def _finding(self, node: Node) -> str:
        text = self._text(node)
        self._refuse_blame(text, node.where)
        for word in _PLACEHOLDER.findall(text):
            if word != "{due}":
                raise self._names.unknown(node.where, "placeholder", word, ("{due}",))
        return text

    def _refuse_blame(self, text: str, where: SourceLocation) -> None:
        for word in _BLAME:
            if word in text.lower():
                message = f'"{word}" blames; say what is not evidenced in the record'
                raise self._names.refuse(where, "blame", message)

    def _parameters(self, node: Node) -> None:
        """Fills in the parameters; one that can't be read is known as broken."""
        names = self._names
        block = as_block(node, names, "parameters")
        found: dict[str, Parameter] = {}
        names.parameters = found

        def read_one(name: str) -> None:
            try:
                body = block.entries[name]
                found[name] = read_parameter_block(name, body, names, block.keys[name])
            except Refused:
                names.broken.add(f"${name}")
                raise

        read_each(block.entries, read_one)

    def _examples(self, node: Node) -> tuple[Example, ...]:
        items = as_items(node, self._names, "examples").items
        return read_each(items, ExampleReader(self._names).read)


def _parameters_named(node: Node) -> set[str]:
    """Every `$name` of a file, also in blocks that can't be read."""
    if isinstance(node, Text):
        return {node.value.removeprefix("$")} if node.value.startswith("$") else set()
    parts = node.items if isinstance(node, Items) else node.entries.values()
    return {name for part in parts for name in _parameters_named(part)}


def read_due(node: Node, names: Names) -> tree.Due:
    """The limit of a `due` block."""
    block = as_block(node, names, "due")
    keys, entries = set(block.entries), block.entries
    check_keys(block, names, "key of due", ("within", "of", "at", "earliest", "by_field", "else"))
    if keys == {"within", "of"}:
        limit = read_limit(entries["within"], names)
        return tree.DueWithin(limit=limit, anchor=read_anchor(entries["of"], names))
    if keys == {"at"}:
        return tree.DueAt(anchor=read_anchor(entries["at"], names))
    if keys == {"earliest"}:
        parts = as_items(entries["earliest"], names, "earliest").items
        if not parts:
            raise names.refuse(block.where, "empty", "earliest needs at least one limit")
        return tree.DueEarliest(of=read_each(parts, lambda part: read_due(part, names)))
    if "by_field" in keys and keys <= {"by_field", "of", "else"}:
        return _due_by_field(block, names)
    message = "due is one of: within and of; at; by_field (of, else); earliest"
    raise names.refuse(block.where, "due", message)


def _due_by_field(block: Block, names: Names) -> tree.Due:
    entries = block.entries
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
