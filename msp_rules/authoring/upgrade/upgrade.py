"""Carries an overlay to a new release of what it extends, without losing any of it.

Each value that the overlay sets is compared three ways: in the release it was written for (*base*),
in the overlay (*current*), and in the new release (*target*). If only one side changed, its
value is kept and nothing is asked; if both did, a person decides. The releases
are found near the overlay: the one that it was written for, and a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msp_rules.authoring.effective import differences
from msp_rules.authoring.upgrade.fields import (
    Choice,
    FieldStatus,
    TouchedField,
    key_of,
    places_set,
    touched_fields,
)
from msp_rules.authoring.upgrade.overlay_edit import pinned_copy, with_pin, with_revision, without
from msp_rules.errors import MspRulesError, Problem, SourceLocation, did_you_mean
from msp_rules.rules import Layered, check_layers, load_layers
from msp_rules.rules.folder import known_rulesets
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import Layer
from msp_rules.rules.layers.decode_overlay import read_overlay
from msp_rules.rules.layers.layers import Stack
from msp_rules.rules.layers.overlay import names_meant, overlay_files, read_pin, understood
from msp_rules.yaml_source.nodes import Problems


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
    warnings: tuple[Problem, ...]
    """Warnings about other parts of the overlay over the new release."""
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
    first = _checked(overlay, text, target, now)
    touched = touched_fields(now.overlays[-1], (below, now, new))
    allowed = [_allowed(one, first.about(one)) for one in touched]
    fields = tuple(_decided(allowed, decisions))
    text = _carried_out(text, fields, now)
    last = _checked(overlay, text, target, now)
    return Upgrade(
        overlay=overlay,
        base=bottom,
        target=top,
        fields=fields,
        by_hand=tuple(_by_hand(fields, first, last)),
        warnings=tuple(one for one in last.warnings if not any(last.keys_at(one.where))),
        news=differences(below, new),
        text=text,
    )


def _carried_out(text: str, fields: Iterable[TouchedField], now: Layered) -> str:
    """Cuts out what is given up, and pins words that are kept to the rule as it is now."""
    meant = names_meant({rule.id: rule for rule in now.ruleset.rules})
    for one in fields:
        if one.status is FieldStatus.TAKEN:
            text = without(text, one.rule, one.what, meant)
        elif one.revision is not None and one.status in (FieldStatus.KEPT, FieldStatus.SAME):
            text = with_revision(text, one.rule, one.what, one.revision, meant)
    return text


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8")  # line ends stay what they are


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """The mistakes of a text of the overlay over the new release, and the places of its values.

    Lines move when a value is cut out of the text; so a problem belongs to the value at its place,
    whatever its line or its words.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    places: Mapping[str, frozenset[SourceLocation]]
    """The places of each value, by its key."""

    def about(self, field: TouchedField) -> tuple[Problem, ...]:
        """Gives the mistakes of a value, in the order of the file."""
        places = self.places.get(field.key, frozenset())
        return tuple(one for one in self.problems if one.where in places)

    def keys_at(self, where: SourceLocation) -> Iterator[str]:
        """Yields the values that a place belongs to."""
        return (key for key, places in self.places.items() if where in places)


def _checked(overlay: Path, text: str, target: Stack, now: Layered) -> _Checked:
    """Checks a text of the overlay over the new release; its rules are named as they were."""
    names = Names(problems=Problems(), vocabulary=now.ruleset.vocabulary)
    with pinned_copy(overlay, text) as copy:
        _, problems = check_layers(target.folder, (*target.overlays, copy))
        read = read_overlay(copy, names)
    rules = {rule.id: rule for rule in now.ruleset.rules}
    places = places_set(understood(read, rules)) if read is not None else {}
    return _Checked(
        problems=tuple(one for one in problems if not one.is_warning),
        warnings=tuple(one for one in problems if one.is_warning),
        places={key_of(rule, what): where for (rule, what), where in places.items()},
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
