"""Compares each value that an overlay sets with two releases of what it extends.

In the release that it was written for (*base*), in the overlay (*current*) and in the new release
(*target*). Where only one side changed, its value is kept; where both did, a person decides. Words
are pinned to a revision of their rule: where the new release has another, its own words would
stand, and so a person decides about these, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from msp_rules.authoring.effective import effective
from msp_rules.errors import SourceLocation, nearest
from msp_rules.rules import Layered
from msp_rules.rules.language.conditions import ExplanationGiven, walk
from msp_rules.rules.language.lock import meaning_of
from msp_rules.rules.language.rule import Rule
from msp_rules.rules.layers.overlay import SET_AS_WRITTEN, WORDS, Change, Overlay
from msp_rules.yaml_source.nodes import Block, Items, Node, Text


class FieldStatus(StrEnum):
    """Tells what happens to one value of the overlay."""

    STAYS = "stays"
    SAME = "same"
    OPEN = "open"
    KEPT = "kept"
    TAKEN = "taken"


class Choice(StrEnum):
    """The two ways to decide: the overlay's value, or what the new release says."""

    KEEP = "keep"
    TAKE = "take"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedField:
    """One value of the overlay in the base, the overlay and the target."""

    key: str
    """RULE and what is set of it, with a dot between."""
    rule: str
    """The id of the rule."""
    what: str
    """The second part of the key.

    It is `severity`, `enabled`, `accepts`, a parameter, a kind of words, `filter`, `waiver`, `link`
    or `language-TAG`.
    """
    base: str | None
    """The value in the old release, in words; None without one."""
    current: str | None
    """The value in the overlay, in words; None without one."""
    target: str | None
    """The value in the new release, in words; None without one."""
    status: FieldStatus
    """The fate of the value."""
    why: str
    """The reason: which side changed."""
    choices: tuple[Choice, ...] = ()
    """The possible decisions, if it is open."""
    revision: int | None = None
    """The revision to which words that are kept are pinned; None where no pin changes."""


Sides = tuple[Layered, Layered, Layered]
"""Base, current and target."""


_LANGUAGE: Final = "language-"
_NAMED_IN: Final = ("filter", "waiver", "link")
"""The parts of an overlay that say something of rules which they name."""


def key_of(rule: str, what: str) -> str:
    """Joins a rule and what is set of it, as a decision names them."""
    return f"{rule}.{what}"


def touched_fields(overlay: Overlay, sides: Sides) -> Iterator[TouchedField]:
    """Yields every value that the overlay sets, each key once."""
    for rule, what in places_set(overlay):
        if rule not in overlay.rules:  # its own rule is the same over any release
            yield _field(overlay, rule, what, sides)


def places_set(overlay: Overlay) -> Mapping[tuple[str, str], frozenset[SourceLocation]]:
    """Gives the places that set each value (of a rule, a field of it)."""
    whats: dict[tuple[str, str], set[SourceLocation]] = {}
    for change in overlay.changes:
        for what, places in _set_by(change).items():
            whats.setdefault((change.rule.value, what), set()).update(places)
    named = [("filter", one.rules) for one in overlay.filters]
    named += [("waiver", one.rules) for one in overlay.waivers]
    named += [("link", one.rules) for one in overlay.links]
    for what, words in named:
        for word in words:
            whats.setdefault((word.value, what), set()).add(word.where)
    for language in overlay.languages:
        for spoken in language.rules:
            own = whats.setdefault((spoken.rule.value, _LANGUAGE + language.language), set())
            own.update((spoken.rule.where, spoken.revision.where))
    return {value: frozenset(places) for value, places in whats.items()}


def _set_by(change: Change) -> Mapping[str, set[SourceLocation]]:
    """Gives the places that set each field of a change; that of its rule counts for all."""
    rule = change.rule.where
    found = {key: {rule, change.keys[key], node.where} for key, node in change.nodes.items()}
    for key in WORDS:
        if key in found and change.revision is not None:
            found[key].add(change.revision.where)
    if change.accepts:
        places = (word.where for word in change.accepts)
        found["accepts"] = {rule, change.keys["accepts"], *places}
    for name, rows in change.parameters.items():
        found[name] = {rule, change.keys[f"${name}"], *_places(rows)}
    return found


def _places(node: Node) -> Iterator[SourceLocation]:
    yield node.where
    if isinstance(node, Block):
        yield from node.keys.values()
    if not isinstance(node, Text):
        for part in node.items if isinstance(node, Items) else node.entries.values():
            yield from _places(part)


def _field(overlay: Overlay, rule: str, what: str, sides: Sides) -> TouchedField:
    below, _, new = sides
    old, next_one = (_rule_of(one, rule) for one in (below, new))
    base, current, target = _three(overlay, rule, what, sides)
    field = TouchedField(
        key=key_of(rule, what),
        rule=rule,
        what=what,
        base=base,
        current=current,
        target=target,
        status=FieldStatus.OPEN,
        why="",
        choices=(Choice.TAKE,),
    )
    if next_one is None:
        guess = nearest(rule, new.blocks)
        hint = f"; the nearest there is {guess}" if guess else ""
        return replace(field, why=f"the new release has no rule {rule}{hint}")
    assert old is not None
    if what in old.parameters and what not in next_one.parameters:
        why = f"{rule} has no parameter {what} any more{_renamed(what, old, next_one)}"
        return replace(field, why=why)
    pins = _pins(overlay, rule, what)
    if pins - {str(next_one.revision)}:
        field = replace(field, revision=next_one.revision)
    if next_one.status == "deprecated" and old.status != "deprecated":
        why = f"{rule} is deprecated: {next_one.status_reason}"
        return replace(field, why=why, choices=(Choice.KEEP, Choice.TAKE))
    status, why = _merged(field, pins, old, next_one)
    is_open = status is FieldStatus.OPEN
    choices = (Choice.KEEP, Choice.TAKE) if is_open else ()
    return replace(field, status=status, why=why, choices=choices)


def _merged(
    field: TouchedField, pins: frozenset[str], old: Rule, new: Rule
) -> tuple[FieldStatus, str]:
    """Says what becomes of a value that the new release can hold, and why."""
    rule, what = field.rule, field.what
    has_changed = meaning_of(old) != meaning_of(new)
    if what == "accepts":
        return _merged_codes(field)
    if what in WORDS and field.current == field.target:
        return FieldStatus.SAME, "the new release says the same now"
    if field.revision is not None:
        of = " and ".join(sorted(pins))
        return FieldStatus.OPEN, (
            f"they were written for revision {of} of {rule}, which is at {new.revision} there: its "
            "own words would stand. Look at yours; to keep them writes the new revision"
        )
    if what in _NAMED_IN or what.startswith(_LANGUAGE):
        why = f"{rule} is as it was"
        if has_changed:
            is_named = what in _NAMED_IN
            them = f"the {what} is still intended" if is_named else "these words still fit"
            why = f"{rule} has changed: check that {them}"
        return FieldStatus.STAYS, why
    if field.base == field.target:
        if what in WORDS and has_changed:
            return FieldStatus.STAYS, f"{rule} has changed: check that these words still fit"
        return FieldStatus.STAYS, "the new release leaves it as it was"
    if field.current == field.target:
        return FieldStatus.SAME, "the new release says the same now"
    return FieldStatus.OPEN, "both have changed it"


def _merged_codes(field: TouchedField) -> tuple[FieldStatus, str]:
    """Says what becomes of reasons that the overlay adds: nobody has to decide about them."""
    base, current, target = (
        set((said or "").split(", ")) for said in (field.base, field.current, field.target)
    )
    own = current - base
    taken_in = sorted(own & target)
    if own <= target:
        return FieldStatus.SAME, "the new release accepts the same now"
    if taken_in:
        return FieldStatus.STAYS, f"the new release accepts {', '.join(taken_in)} itself now"
    if base == target:
        return FieldStatus.STAYS, "the new release leaves it as it was"
    return FieldStatus.STAYS, "the new release accepts other reasons of its own now"


def _pins(overlay: Overlay, rule: str, what: str) -> frozenset[str]:
    """Gives the revisions of a rule for which words of the overlay were written."""
    changes = (one for one in overlay.changes if one.rule.value == rule and what in one.nodes)
    found = [one.revision for one in changes if what in WORDS]
    found += [
        spoken.revision
        for language in overlay.languages
        for spoken in language.rules
        if what == _LANGUAGE + language.language and spoken.rule.value == rule
    ]
    return frozenset(pin.value for pin in found if pin is not None)


def _three(
    overlay: Overlay, rule: str, what: str, sides: Sides
) -> tuple[str | None, str | None, str | None]:
    """Says a value in the old release, in the overlay and in the new release."""
    below, now, new = sides
    if what == "accepts":
        old, current, next_one = (_codes(one, rule) for one in (below, now, new))
        return old, current, next_one
    if what.startswith(_LANGUAGE):
        old, next_one = (
            f"revision {found.revision}" if (found := _rule_of(one, rule)) is not None else None
            for one in (below, new)
        )
        pins = " and ".join(sorted(_pins(overlay, rule, what)))
        return old, f"written for revision {pins}", next_one
    base, current, target = (_words(_said(one, rule, what)) for one in sides)
    if what in WORDS:
        # Those of another revision stand nowhere by now, and are shown all the same.
        changes = (one for one in overlay.changes if one.rule.value == rule and what in one.nodes)
        current = "; ".join(one.nodes[what].value + _until(one) for one in changes)
    return base, current, target


def _until(change: Change) -> str:
    last = change.reasons.period.last
    return f" until {last}" if last is not None else ""


def _codes(layered: Layered, rule: str) -> str | None:
    """Lists the codes of explanations that a rule accepts, whenever a change is in force."""
    found = _rule_of(layered, rule)
    if found is None:
        return None
    forms = (found, *(form for _, form in found.earlier))
    nodes = (node for form in forms for node in walk(form) if isinstance(node, ExplanationGiven))
    return ", ".join(sorted({code for node in nodes for code in node.codes})) or None


def _rule_of(layered: Layered, name: str) -> Rule | None:
    return next((rule for rule in layered.ruleset.rules if rule.id == name), None)


def _said(layered: Layered, rule: str, what: str) -> Mapping[str, str]:
    """Says what a field holds: of a parameter its unit, and its numbers by their first days.

    As with every change, whenever it is in force. Where a number comes from is not part of it.
    """
    if rule not in layered.blocks:
        return {}
    path = what if what in SET_AS_WRITTEN else f"parameters.{what}"
    path = "prompt.summary" if what == "summary" else path
    found: dict[str, str] = {}
    for one in effective(layered, rule):
        until = f" until {one.until}" if one.until is not None else ""
        if one.path in (path, f"{path}.unit"):
            found[one.path] = one.value + until
        elif one.path.startswith(f"{path} from "):
            number = one.value.partition(" (")[0]
            found[one.path] = f"{number} from {one.path.partition(' from ')[2]}{until}"
    return found or ({"enabled": "true"} if what == "enabled" else {})


def _words(said: Mapping[str, str]) -> str | None:
    """Says a field in words."""
    return "; ".join(text for path, text in said.items() if not path.endswith(".unit")) or None


def _renamed(what: str, old: Rule, new: Rule) -> str:
    """Names the new parameters that may be the old one under another name."""
    unit = old.parameters[what].unit
    fresh = [n for n, p in new.parameters.items() if n not in old.parameters and p.unit == unit]
    if not fresh:
        return ""
    return f"; {' or '.join(fresh)} is new there: if it is the same, write it yourself"
