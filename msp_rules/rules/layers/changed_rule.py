"""Works out the forms of a rule that overlays change, and checks each layer against those below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from msp_rules.rules.folder import FolderReader
from msp_rules.rules.language.conditions import Condition
from msp_rules.rules.language.decode_conditions import read_condition
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import LocalChange, LocalFilter, Parameter, Period, Reasons, Rule
from msp_rules.rules.layers.block_changes import (
    first_day,
    names_this,
    with_change,
    with_filters,
)
from msp_rules.rules.layers.floors import Weakening, weakenings
from msp_rules.rules.layers.overlay import WORDS, Change, FilterText
from msp_rules.yaml_source.nodes import Block, Items, Problems, Text

_ALWAYS: Final = date.min
_LAST: Final = date.max.toordinal()


@dataclass(slots=True)
class LayerChanges:
    """The changes and filters of one rule that one layer has, in file order."""

    changes: list[Change] = field(default_factory=list)
    """The changes."""
    filters: list[FilterText] = field(default_factory=list)
    """The filters."""


class ChangedRule:
    """A rule and its changes by the layers above it, lowest first."""

    def __init__(self, rule: Rule, block: Block, base: FolderReader, problems: Problems) -> None:
        self.id = rule.id
        self.rule = rule
        self._block = block
        self._base = base
        self._problems = problems
        self._layers: list[LayerChanges] = []
        self._open = LayerChanges()
        self._forms: dict[tuple[date, int], Rule | None] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """Gives all changes, lowest layer first."""
        return tuple(one for layer in self._layers for one in layer.changes)

    @property
    def filter_texts(self) -> tuple[FilterText, ...]:
        """Gives all filters, lowest layer first."""
        return tuple(one for layer in self._layers for one in layer.filters)

    @property
    def layers(self) -> tuple[LayerChanges, ...]:
        """Gives the changes and filters of each layer, the lowest first."""
        return tuple(self._layers)

    def again(self, rule: Rule, block: Block, layers: Iterable[LayerChanges]) -> ChangedRule:
        """Makes the rule anew with other changes, which are not checked."""
        other = ChangedRule(rule, block, self._base, Problems())
        other._layers = list(layers)  # noqa: SLF001 - of its own class
        return other

    def add_change(self, change: Change) -> None:
        """Takes a change of the layer that is being read."""
        body = self._block.entries.get("parameters")
        own = body.entries.keys() if isinstance(body, Block) else frozenset[str]()
        known = {name for name in self.rule.parameters if name in own}
        for name in change.parameters:
            where = change.keys[f"${name}"]
            if name in self.rule.parameters and name not in known:
                message = f"{name} is the ruleset's own, the same for all rules; no overlay sets it"
                self._problems.error(where, "parameter", message)
            elif not known:
                message = f'unknown parameter "{name}"; {self.id} has none'
                self._problems.error(where, "unknown", message)
            elif name not in known:
                self._problems.unknown(where, f"parameter of {self.id}", name, known)
        if change.accepts and self.rule.is_floor:
            message = f"{self.id} is a floor: more accepted reasons would ask for less"
            self._problems.error(change.keys["accepts"], "floor", message)
        change = self._in_own_words(change)
        for other in self._open.changes:
            self._refuse_twice(change, other)
        self._open.changes.append(change)

    def _in_own_words(self, change: Change) -> Change:
        """Drops words that were written for another revision: the rule asks something else now."""
        pin = change.revision
        if pin is None or pin.value == str(self.rule.revision):
            return change
        words = [key for key in change.nodes if key in WORDS]
        if words:
            message = (
                f"these words ({', '.join(words)}) were written for revision {pin.value} of "
                f"{self.id}, which is at {self.rule.revision}: its own words stand until yours are "
                "looked at, and revision says so"
            )
            self._problems.warn(pin.where, "stale", message)
        nodes = {key: node for key, node in change.nodes.items() if key not in WORDS}
        return replace(change, nodes=nodes)

    def _refuse_twice(self, change: Change, other: Change) -> None:
        """Notes a value that a layer sets twice: the result must not depend on their order."""
        if not change.reasons.period.meets(other.reasons.period):
            return
        keys = [*change.nodes, *(f"${name}" for name in change.parameters)]
        for key in keys:
            if key in other.nodes or key.removeprefix("$") in other.parameters:
                line = other.keys[key].line
                message = f"{self.id} gets its {key.removeprefix('$')} twice; first: line {line}"
                self._problems.error(change.keys[key], "twice", message)

    def add_filter(self, one: FilterText, word: Text) -> None:
        """Takes a filter of the layer that is being read."""
        if self.rule.is_floor:
            message = f'{self.id} is a floor: the filter "{one.name}" would weaken it'
            self._problems.error(word.where, "floor", message)
        self._open.filters.append(one)

    def end_layer(self) -> None:
        """Checks the layer's changes against the layers below."""
        self._layers.append(self._open)
        self._open = LayerChanges()
        height = len(self._layers)
        changes = self._layers[-1].changes
        for day in self.days():
            lower = [self.form(day, level) for level in range(height)]
            above = self.form(day, height)
            if above is None or any(form is None for form in lower):
                continue
            forms = [form for form in lower if form is not None]
            if not self.rule.is_floor:
                self._refuse_endless(forms[-1], above, changes, day)
            else:
                parameters = tuple(form.parameters for form in forms)
                self._refuse_weaker(
                    weakenings(forms[-1], above, parameters, self._block), changes, day
                )

    def _refuse_weaker(
        self, found: Iterable[Weakening], changes: Iterable[Change], day: date
    ) -> None:
        for weakening in found:
            change = _setter(changes, weakening.key, day)
            if change is not None:
                message = f"{self.id} is a floor: {weakening.reason}"
                self._problems.error(change.keys[weakening.key], "floor", message)

    def _refuse_endless(
        self, below: Rule, above: Rule, changes: Iterable[Change], day: date
    ) -> None:
        """Notes a change that asks for less and has no end date, so would never be reviewed."""
        weaker = {
            "enabled": below.is_enabled and not above.is_enabled,
            "severity": above.severity.rank < below.severity.rank,
        }
        for key, what in (("enabled", "switched off"), ("severity", "of a lower severity")):
            change = _setter(changes, key, day) if weaker[key] else None
            if change is not None and change.reasons.period.last is None:
                message = f"{self.id} can be {what} only for a time: give expires"
                self._problems.error(change.keys[key], "endless", message)

    def days(self) -> list[date]:
        """Gives the days on which a new form of the rule begins; the first is the earliest date."""
        found = {_ALWAYS}
        for layer in self._layers:
            reasons = [one.reasons for one in layer.changes]
            reasons += [one.reasons for one in layer.filters]
            for one in reasons:
                found.update(one.period.days)
        every = self._read(self._patched(None, len(self._layers)), None, Problems())
        for parameter in every.parameters.values() if every is not None else ():
            if parameter.unit in ("count", "codes"):
                # Before the first of them, the first holds.
                found.update(value.first_day for value in parameter.values[1:])
        for parameter in self.rule.parameters.values():
            if parameter.unit in ("count", "codes"):
                found.update(value.first_day for value in parameter.values[1:])
        return sorted(found)

    def form(self, day: date, height: int | None = None) -> Rule | None:
        """Gives the rule on a day, with the changes of some layers; None where it can't be read."""
        levels = len(self._layers) if height is None else height
        key = (day, levels)
        if key not in self._forms:
            self._forms[key] = self._read(self._patched(day, levels), day, self._problems)
        return self._forms[key]

    def block_on(self, day: date | None) -> Block:
        """Gives the rule as text on a day (None: with every change, whenever it is in force).

        Filters and accepted reasons are left out: they stand beside what the rule says itself.
        """
        block = self._block
        for change in self.changes_on(day):
            block = with_change(block, replace(change, accepts=()))
        return block

    def changes_on(self, day: date | None) -> tuple[Change, ...]:
        """Gives the changes in force on a day (None: all of them), lowest layer first."""
        return tuple(one for one in self.changes if _is_in_force(one.reasons, day))

    def _patched(self, day: date | None, height: int) -> Block:
        filters = [
            one
            for layer in self._layers[:height]
            for one in layer.filters
            if _is_in_force(one.reasons, day)
        ]
        return with_filters(self._with_changes(day, height), filters)

    def _with_changes(self, day: date | None, height: int) -> Block:
        """Gives the rule as changed, before any filter."""
        block = self._block
        for layer in self._layers[:height]:
            for change in layer.changes:
                if _is_in_force(change.reasons, day):
                    block = with_change(block, change)
        return block

    def _read(self, block: Block, day: date | None, problems: Problems) -> Rule | None:
        own = Problems()
        rule = self._base.read_form(block, day, own)
        problems.found += own.found
        return rule

    def result(self) -> Rule | None:
        """Gives the rule with its earlier forms; None where one of them can't be read."""
        forms = [(day, self.form(day)) for day in self.days()]
        read = [(day, form) for day, form in forms if form is not None]
        if len(read) != len(forms):
            return None
        newest_from, newest = read[-1]
        if len(read) == 1:
            return newest
        earlier = tuple((day.toordinal(), form) for day, form in read[:-1])
        return replace(newest, newest_from=newest_from.toordinal(), earlier=earlier)

    def local_changes(self) -> Iterator[LocalChange]:
        """Yields every value that a layer changes, as it was below and as it is, in words."""
        for height, layer in enumerate(self._layers):
            for change in layer.changes:
                first = change.reasons.period.first
                below = self.form(first or _ALWAYS, height) or self.rule
                for key, node in change.nodes.items():
                    yield LocalChange(
                        rule=self.id,
                        key=key,
                        before=_in_words(below, key),
                        after=_SWITCH.get(node.value, node.value),
                        period=change.reasons.period,
                        reasons=change.reasons,
                    )
                if change.accepts:
                    yield LocalChange(
                        rule=self.id,
                        key="accepts",
                        before="only its own reasons",
                        after=", ".join(word.value for word in change.accepts),
                        period=change.reasons.period,
                        reasons=change.reasons,
                    )
                for name, rows in change.parameters.items():
                    yield from self._changed_values(change, name, rows, height)

    def _changed_values(
        self, change: Change, name: str, rows: Items, height: int
    ) -> Iterator[LocalChange]:
        """Yields the new values of a parameter, each on its first day."""
        period = change.reasons.period
        for row in rows.items:
            begins = date.fromisoformat(first_day(row) or _ALWAYS.isoformat())
            day = max(begins, period.first or begins)
            below = self.form(day, height) or self.rule
            after = self.form(day, height + 1) or below
            basis = row.entries.get("basis") if isinstance(row, Block) else None
            source = row.entries.get("source") if isinstance(row, Block) else None
            said = [node.value for node in (basis, source) if isinstance(node, Text)]
            yield LocalChange(
                rule=self.id,
                key=name,
                before=value_in_words(below.parameters[name], day),
                after=f"{value_in_words(after.parameters[name], day)} ({': '.join(said)})",
                period=Period(first=day, last=period.last),
                reasons=change.reasons,
            )

    def filters(self) -> Iterator[LocalFilter]:
        """Yields every filter of every form of the rule, with the days of that form."""
        days = self.days()
        ends = [*(day.toordinal() - 1 for day in days[1:]), _LAST]
        for day, end in zip(days, ends, strict=True):
            texts = [one for one in self.filter_texts if _is_in_force(one.reasons, day)]
            if texts and self.form(day) is not None:
                yield from self._filters_on(day, end, texts)

    def _filters_on(
        self, day: date, end: int, texts: Iterable[FilterText]
    ) -> Iterator[LocalFilter]:
        """Yields the filters of one form, each condition beside what was asked before."""
        block = self._with_changes(day, len(self._layers))
        names = self._base.names_of_form(block, day)
        before = _condition(block, names)
        if_none = block.entries.get("if_none")
        no_subject = replace(names, each=None)
        before_if_none = _condition(if_none, no_subject) if isinstance(if_none, Block) else None
        for one in texts:
            yield LocalFilter(
                name=one.name,
                rule=self.id,
                condition=read_condition(one.when, names),
                before=before,
                before_if_none=None if names_this(one.when) else before_if_none,
                each=names.each,
                days=(day.toordinal(), end),
                reasons=one.reasons,
            )


_SWITCH: Final = {"true": "switched on", "false": "switched off"}


def _in_words(rule: Rule, key: str) -> str:
    """Says what a rule has under a key that is changed as a whole."""
    if key == "enabled":
        return _SWITCH["true" if rule.is_enabled else "false"]
    words = {
        "severity": rule.severity.value,
        "summary": rule.prompt.summary,
        "finding": rule.finding,
        "why": rule.why,
        "counts": rule.counts,
    }
    return words[key] or "nothing"


def value_in_words(parameter: Parameter, day: date) -> str:
    """Says the number, or the codes, of a parameter on a day."""
    value = parameter.value_on(day)
    if isinstance(value, tuple):
        return ", ".join(value)
    unit = (parameter.unit or "count").replace("_", " ")
    if unit == "count":
        return str(value)
    return f"{value} {unit.removesuffix('s') if value == 1 else unit}"


def _condition(block: Block, names: Names) -> Condition | None:
    """Reads what a rule, or its `if_none`, asks under `applies_when`."""
    node = block.entries.get("applies_when")
    return None if node is None else read_condition(node, names)


def _is_in_force(reasons: Reasons, day: date | None) -> bool:
    return day is None or reasons.period.holds_on(day.toordinal())


def _setter(changes: Iterable[Change], key: str, day: date) -> Change | None:
    """Finds the last change in force on a day that sets a key."""
    found = [one for one in changes if key in one.keys and _is_in_force(one.reasons, day)]
    return found[-1] if found else None
