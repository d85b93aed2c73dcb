"""Carries an overlay to a new release of what it extends, without losing any of it.

Each value that the overlay sets is compared three ways: in the release it was written for (*base*),
in the overlay (*current*), and in the new release (*target*). If only one side changed, its
value is kept and nothing is asked; if both did, a person decides. The releases
are found near the overlay: the one that it was written for, and a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from msp_rules.authoring.effective import differences, effective
from msp_rules.authoring.upgrade.overlay_edit import pinned_copy, with_pin, without
from msp_rules.errors import MspRulesError, Problem, SourceLocation, did_you_mean, nearest
from msp_rules.rules import Layered, check_layers, load_layers
from msp_rules.rules.folder import known_rulesets
from msp_rules.rules.language.lock import meaning_of
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import Layer, Rule
from msp_rules.rules.layers.decode_overlay import read_overlay
from msp_rules.rules.layers.layers import Stack
from msp_rules.rules.layers.overlay import (
    SET_AS_WRITTEN,
    Change,
    Overlay,
    overlay_files,
    read_pin,
)
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text


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
    """RULE.severity, RULE.enabled, RULE.PARAMETER, RULE.filter or RULE.waiver."""
    rule: str
    """The id of the rule."""
    what: str
    """The second part of the key."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """The preview of an upgrade."""

    overlay: Path
    """The file of the overlay."""
    base: Layer
    """The release that it was written for."""
    target: Layer
    """The new release."""
    fields: tuple[TouchedField, ...]
    """Every value that the overlay sets."""
    by_hand: tuple[Problem, ...]
    """Mistakes that no decision corrects."""
    news: tuple[str, ...]
    """The changes that the new release makes by itself."""
    text: str
    """The overlay's file as it would be written."""

    @property
    def open_fields(self) -> tuple[TouchedField, ...]:
        """Gives the values that somebody has to decide on."""
        return tuple(one for one in self.fields if one.status is FieldStatus.OPEN)

    @property
    def is_ready(self) -> bool:
        """True if it can be written: nothing is left to decide or to correct."""
        return not self.open_fields and not self.by_hand


def upgrade(overlay: Path, base: Stack, target: Stack, decisions: Mapping[str, Choice]) -> Upgrade:
    """Previews what an overlay over `base` becomes over `target`; nothing is written.

    Raises RulesetInvalid where `base` with the overlay, or `target` alone, must not run, and
    MspRulesError for an unknown decision.
    """
    below, new = base.load(), target.load()
    now = load_layers(base.folder, (*base.overlays, overlay))
    bottom, top = below.ruleset.layers[-1], new.ruleset.layers[-1]
    if bottom.id != top.id:
        raise MspRulesError(
            f'{overlay.name} extends "{bottom.id}", and "{top.id}" is a different one; name a '
            f"release of {bottom.id} with --to"
        )
    file, _ = overlay_files(overlay)
    text = with_pin(_text_of(file), top.version, top.sha256)
    first = _checked(overlay, text, target, new)
    touched = _fields(now.overlays[-1], (below, now, new))
    allowed = [_allowed(one, first.about(one)) for one in touched]
    fields = tuple(_decided(allowed, decisions))
    for one in fields:
        if one.status is FieldStatus.TAKEN:
            text = without(text, one.rule, one.what)
    return Upgrade(
        overlay=overlay,
        base=bottom,
        target=top,
        fields=fields,
        by_hand=tuple(_by_hand(fields, first, _checked(overlay, text, target, new))),
        news=differences(below, new),
        text=text,
    )


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8")  # line ends stay what they are


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """The mistakes of a text of the overlay over the new release, and the places of its values.

    Lines move when a value is cut out of the text; so a problem belongs to the value at its place,
    whatever its line or its words.
    """

    problems: tuple[Problem, ...]
    places: Mapping[str, frozenset[SourceLocation]]
    """The places of each value, by its key."""

    def about(self, field: TouchedField) -> tuple[Problem, ...]:
        """Gives the mistakes of a value, in the order of the file."""
        places = self.places.get(field.key, frozenset())
        return tuple(one for one in self.problems if one.where in places)

    def keys_at(self, where: SourceLocation) -> Iterator[str]:
        """Yields the values that a place belongs to."""
        return (key for key, places in self.places.items() if where in places)


def _checked(overlay: Path, text: str, target: Stack, new: Layered) -> _Checked:
    """Checks a text of the overlay over the new release."""
    names = Names(problems=Problems(), vocabulary=new.ruleset.vocabulary)
    with pinned_copy(overlay, text) as copy:
        _, problems = check_layers(target.folder, (*target.overlays, copy))
        read = read_overlay(copy, names)
    places = _places_set(read) if read is not None else {}
    return _Checked(
        problems=tuple(one for one in problems if not one.is_warning),
        places={_key(rule, what): where for (rule, what), where in places.items()},
    )


def _by_hand(
    fields: Iterable[TouchedField], before: _Checked, after: _Checked
) -> Iterator[Problem]:
    """Yields the mistakes that no decision can correct: all but those of undecided values."""
    expected = {
        (one.key, problem.code)
        for one in fields
        if one.status is FieldStatus.OPEN
        for problem in before.about(one)
    }
    for problem in after.problems:
        if not any((key, problem.code) in expected for key in after.keys_at(problem.where)):
            yield problem


_Sides = tuple[Layered, Layered, Layered]
"""Base, current and target."""


def _key(rule: str, what: str) -> str:
    return f"{rule}.{what}"


def _fields(overlay: Overlay, sides: _Sides) -> Iterator[TouchedField]:
    """Yields every value that the overlay sets, each key once."""
    for rule, what in _places_set(overlay):
        if rule not in overlay.rules:  # its own rule is the same over any release
            yield _field(rule, what, sides)


def _places_set(overlay: Overlay) -> Mapping[tuple[str, str], frozenset[SourceLocation]]:
    """Gives the places that set each value (of a rule, a field of it)."""
    whats: dict[tuple[str, str], set[SourceLocation]] = {}
    for change in overlay.changes:
        for what, places in _set_by(change).items():
            whats.setdefault((change.rule.value, what), set()).update(places)
    named = [("filter", one.rules) for one in overlay.filters]
    named += [("waiver", one.rules) for one in overlay.waivers]
    for what, words in named:
        for word in words:
            whats.setdefault((word.value, what), set()).add(word.where)
    return {value: frozenset(places) for value, places in whats.items()}


def _set_by(change: Change) -> Mapping[str, set[SourceLocation]]:
    """Gives the places that set each field of a change; that of its rule counts for all."""
    rule = change.rule.where
    found = {key: {rule, change.keys[key], node.where} for key, node in change.nodes.items()}
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


def _field(rule: str, what: str, sides: _Sides) -> TouchedField:
    below, now, new = sides
    base, current, target = (_said(one, rule, what) for one in sides)
    old, next_one = (_rule_of(one, rule) for one in (below, new))
    field = TouchedField(
        key=_key(rule, what),
        rule=rule,
        what=what,
        base=_words(base),
        current=_words(current),
        target=_words(target),
        status=FieldStatus.OPEN,
        why="",
        choices=(Choice.TAKE,),
    )
    if next_one is None:
        guess = nearest(rule, new.blocks)
        hint = f"; the nearest there is {guess}" if guess else ""
        return replace(field, why=f"the new release has no rule {rule}{hint}")
    assert old is not None
    both = (Choice.KEEP, Choice.TAKE)
    if next_one.status == "deprecated" and old.status != "deprecated":
        why = f"{rule} is deprecated: {next_one.status_reason}"
        return replace(field, why=why, choices=both)
    if what in ("filter", "waiver"):
        why = f"{rule} is as it was"
        if meaning_of(old) != meaning_of(next_one):
            why = f"{rule} has changed: check that the {what} is still intended"
        return replace(field, status=FieldStatus.STAYS, why=why, choices=())
    if what in old.parameters and what not in next_one.parameters:
        why = f"{rule} has no parameter {what} any more{_renamed(what, old, next_one)}"
        return replace(field, why=why)
    if base == target:
        why = "the new release leaves it as it was"
        return replace(field, status=FieldStatus.STAYS, why=why, choices=())
    if current == target:
        why = "the new release says the same now"
        return replace(field, status=FieldStatus.SAME, why=why, choices=())
    return replace(field, why="both have changed it", choices=both)


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


def _allowed(field: TouchedField, problems: Sequence[Problem]) -> TouchedField:
    """Opens a value that the new release does not allow: it can't be kept."""
    if not problems or (field.status is FieldStatus.OPEN and field.choices == (Choice.TAKE,)):
        return field
    why = "; ".join(dict.fromkeys(one.message for one in problems))
    return replace(field, status=FieldStatus.OPEN, why=why, choices=(Choice.TAKE,))


def _decided(
    fields: Sequence[TouchedField], decisions: Mapping[str, Choice]
) -> Iterator[TouchedField]:
    keys = [one.key for one in fields]
    for key in decisions:
        if key not in keys:
            raise MspRulesError(f'the overlay sets no "{key}"{did_you_mean(key, keys)}')
    for field in fields:
        choice = decisions.get(field.key)
        if choice is None:
            yield field
        elif choice is Choice.TAKE:
            yield replace(field, status=FieldStatus.TAKEN)
        elif field.status is FieldStatus.OPEN and Choice.KEEP not in field.choices:
            raise MspRulesError(f"{field.key} can't be kept: {field.why}")
        else:
            yield replace(field, status=FieldStatus.KEPT)


def release_of_version(overlay: Path, version: str) -> Path:
    """Finds the folder of a version of what an overlay extends; raises MspRulesError without it."""
    name = read_pin(overlay).id
    known = list(known_rulesets(name, _homes(overlay)))
    folder = next((one.folder for one in known if one.version == version), None)
    if folder is None:
        have = ", ".join(sorted({one.version for one in known})) or "none"
        raise MspRulesError(
            f"{name} {version} is not here (here: {have}); name its folder with --to"
        )
    return folder


def release_pinned_by(overlay: Path, homes: Sequence[Path] = ()) -> Path:
    """Finds the folder of the release that an overlay was written for, by the hash that it pins.

    It is looked for among the shipped rulesets, beside the overlay and in `homes`; raises
    MspRulesError where it is not there.
    """
    name, version, sha256 = read_pin(overlay)
    known = known_rulesets(name, (*_homes(overlay), *homes))
    found = next((one for one in known if one.sha256 == sha256), None)
    if found is None:
        raise MspRulesError(
            f"{overlay.name} was written for {name} {version} (sha256 {sha256[:12]}...), which is "
            "not here. Without it nobody can tell what the new release has changed: name its "
            "folder with --from"
        )
    return found.folder


def _homes(overlay: Path) -> tuple[Path, ...]:
    """Lists the folders in which a release may be: the overlay's own, and the one above."""
    _, folder = overlay_files(overlay)
    own = folder if folder is not None else overlay.resolve().parent
    return own, own.resolve().parent
