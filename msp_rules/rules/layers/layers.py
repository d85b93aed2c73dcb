"""Applies overlays to a ruleset in turn; tells what is in force, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation, did_you_mean
from msp_rules.rules.citations import check_kind, check_rules
from msp_rules.rules.folder import FolderReader
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import (
    CitedSource,
    LanguageWords,
    Layer,
    LocalChange,
    LocalFilter,
    Rule,
    RuleLink,
    Ruleset,
    RuleWords,
    Waiver,
)
from msp_rules.rules.layers.changed_rule import ChangedRule
from msp_rules.rules.layers.decode_overlay import read_overlay
from msp_rules.rules.layers.local_vocabulary import with_local_words
from msp_rules.rules.layers.overlay import Overlay, understood
from msp_rules.rules.schemas import check_by_schema
from msp_rules.yaml_source.nodes import Block

NO_HASH: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layered:
    """A ruleset with its overlays, and its rules as text: each part with the place it is from."""

    ruleset: Ruleset
    """The ruleset as it is in force."""
    blocks: Mapping[str, Block]
    """The rules as parsed, by id."""
    changed: Mapping[str, ChangedRule]
    """The rules that an overlay changes, by id."""
    overlays: tuple[Overlay, ...]
    """The overlays, the lowest first."""
    reader: FolderReader
    """The reader of all files, which can read a rule anew."""

    def layer_of(self, where: SourceLocation) -> Layer:
        """Finds the layer whose file a place is in."""
        layers = self.ruleset.layers
        found = [one for one in layers if where.path.startswith(one.folder)]
        return max(found, key=lambda one: len(one.folder), default=layers[0])


def load_layers(
    folder: Path, overlays: Sequence[Path] = (), vocabulary: Vocabulary | None = None
) -> Layered:
    """Loads the ruleset of a folder with overlays, lowest first.

    Raises RulesetInvalid with all mistakes of all layers.
    """
    layered, problems = _read(folder, overlays, vocabulary, uses_schemas=False)
    if layered is None:
        raise RulesetInvalid(problem for problem in problems if not problem.is_warning)
    return layered


def check_layers(
    folder: Path, overlays: Sequence[Path] = (), vocabulary: Vocabulary | None = None
) -> tuple[Layered | None, tuple[Problem, ...]]:
    """Gives the ruleset (None if it must not run), and all mistakes and warnings of all layers."""
    return _read(folder, overlays, vocabulary, uses_schemas=True)


def _read(
    folder: Path, overlays: Sequence[Path], vocabulary: Vocabulary | None, *, uses_schemas: bool
) -> tuple[Layered | None, tuple[Problem, ...]]:
    words = vocabulary or core_vocabulary()
    # Under an overlay, the files of the base are those that its pin names: checked when released.
    reader = _StackReader(folder, words, overlays, uses_schemas=uses_schemas)
    layered = reader.read()
    problems = reader.in_layer_order()
    has_errors = any(not problem.is_warning for problem in problems)
    return (None if has_errors else layered), problems


class _StackReader:
    """Reads a ruleset and its overlays; every layer is read, whatever is wrong with the others."""

    def __init__(
        self,
        folder: Path,
        vocabulary: Vocabulary,
        overlays: Sequence[Path],
        *,
        uses_schemas: bool,
    ) -> None:
        self._base = FolderReader(folder, vocabulary, uses_schemas=uses_schemas and not overlays)
        self._paths = overlays
        self._uses_schemas = uses_schemas
        self._problems = self._base.problems
        self._vocabulary = vocabulary
        self._folder = f"{folder.resolve().name}/"
        self._rules: dict[str, Rule | None] = {}
        self._source_places: dict[str, SourceLocation] = {}
        self._changed: dict[str, ChangedRule] = {}
        self._waivers: list[Waiver] = []
        self._order: list[str] = []
        self._words: list[LanguageWords] = []
        self._roles: dict[str, str] = {}
        self._links: list[RuleLink] = []

    def read(self) -> Layered | None:
        """Reads all layers; None where one of them can't be read. All problems are noted."""
        main = self._base.read()
        self._order = [self._folder]
        self._rules = dict.fromkeys(self._base.rule_ids)
        self._rules |= {rule.id: rule for rule in (main.rules if main is not None else ())}
        layers = [
            Layer(
                id=main.id if main is not None else self._folder.rstrip("/"),
                version=main.version if main is not None else "",
                sha256=main.sha256 if main is not None else NO_HASH,
                folder=self._folder,
            )
        ]
        overlays: list[Overlay] = []
        for path in self._paths:
            overlay = read_overlay(path, self._names())
            if overlay is None:
                layers = []  # what lies above can't be compared with what can't be read
                continue
            if overlay.folder in self._order:
                message = "another layer's files have this name, too: rename one of them"
                self._problems.error(overlay.where, "twice", message)
            self._order.append(overlay.folder)
            self._check_pin(overlay, layers)
            layers.append(
                Layer(
                    id=overlay.id,
                    version=overlay.version,
                    sha256=overlay.sha256,
                    folder=overlay.folder,
                )
            )
            self._add(overlay)
            overlay = understood(overlay, self._rules)
            for word in overlay.named:
                if word.value not in self._rules:
                    self._problems.unknown(word.where, "rule", word.value, self._rules)
            self._change(overlay)
            self._waive(overlay)
            self._speak(overlay)
            self._check_by_schema(overlay)
            if self._uses_schemas:
                self._check_cited(overlay, main.cited if main is not None else {})
            overlays.append(overlay)
        if main is None or len(overlays) != len(self._paths):
            return None
        return self._layered(main, tuple(layers), tuple(overlays))

    def _check_by_schema(self, overlay: Overlay) -> None:
        """Checks an overlay by its schema, where the decoder finds nothing in it."""
        path = overlay.where.path
        is_sound = not any(one.where.path == path for one in self._problems.found)
        if self._uses_schemas and is_sound:
            check_by_schema(overlay.block, "overlay", core_vocabulary(), self._problems)

    def _check_cited(self, overlay: Overlay, cited: Mapping[str, CitedSource]) -> None:
        """Checks what an overlay's own rules cite, as the ruleset's are checked."""
        own = [rule for name in overlay.rules if (rule := self._rules.get(name)) is not None]
        check_rules(own, cited, self._problems)
        for rule in own:
            check_kind(rule, cited, self._problems)

    def in_layer_order(self) -> tuple[Problem, ...]:
        """Gives everything found, each once: by layer, by file, from the top of each down."""

        def place(problem: Problem) -> tuple[int, str, int, int]:
            where = problem.where
            ranks = [
                rank for rank, folder in enumerate(self._order) if where.path.startswith(folder)
            ]
            rank = max(ranks, default=len(self._order))
            return (rank, where.path, where.line or 0, where.column or 0)

        return tuple(sorted(dict.fromkeys(self._problems.found), key=place))

    def _names(self) -> Names:
        return Names(
            problems=self._problems,
            vocabulary=self._vocabulary,
            rule_ids=frozenset(self._rules),
        )

    def _check_pin(self, overlay: Overlay, layers: Sequence[Layer]) -> None:
        if not layers:
            return
        below, pin = layers[-1], overlay.extends
        if any(overlay.id == layer.id for layer in layers):
            message = f'the layer "{overlay.id}" is already among those below'
            self._problems.error(overlay.where, "twice", message)
        if pin.id.value != below.id:
            hint = did_you_mean(pin.id.value, [below.id])
            message = f'it extends "{pin.id.value}", but the layer below is "{below.id}"{hint}'
            self._problems.error(pin.id.where, "pin", message)
        elif below.version and pin.version.value != below.version:
            message = (
                f'it extends {below.id} "{pin.version.value}", but the layer below is '
                f'"{below.version}"; "msp-rules upgrade" shows what changed, and takes it there'
            )
            self._problems.error(pin.version.where, "pin", message)
        elif below.sha256 != NO_HASH and pin.sha256.value != below.sha256:
            message = (
                f"{below.id} {below.version} is not what this overlay was written for; see what "
                f'changed ("msp-rules diff"), then write sha256: "{below.sha256}"'
            )
            self._problems.error(pin.sha256.where, "pin", message)

    def _add(self, overlay: Overlay) -> None:
        """Adds the sources, words, concepts and rules of an overlay."""
        base, known = self._base, self._base.sources or {}
        for name, where in overlay.source_places.items():
            if name in known:
                message = f'the source "{name}" exists already'
                self._problems.error(where, "twice", message)
        self._source_places |= overlay.source_places
        self._vocabulary = with_local_words(overlay.enums, overlay.events, self._names())
        rules = self._new(overlay.rules, self._rules, "rule")
        concepts = self._new(overlay.concepts, base.concept_names, "concept")
        base.add(
            vocabulary=self._vocabulary,
            sources={name: text.value for name, text in overlay.sources.items()},
            concepts=concepts,
            rule_ids=rules,
            uses_schemas=self._uses_schemas,
        )
        for name, block in rules.items():
            self._rules[name] = base.read_rule(block, name) if block is not None else None

    def _new(
        self,
        found: Mapping[str, Block | None],
        known: Mapping[str, object] | frozenset[str],
        what: str,
    ) -> dict[str, Block | None]:
        """Gives what an overlay adds, without what is there already (which is noted)."""
        for name, block in found.items():
            if name in known and block is not None:
                where = block.keys.get(what, block.where)
                message = f'the {what} "{name}" exists already; an id is used once'
                self._problems.error(where, "twice", message)
        return {name: block for name, block in found.items() if name not in known}

    def _changed_rule(self, name: str) -> ChangedRule | None:
        """Gives the rule as changed so far; None where it does not exist or can't be read."""
        rule, block = self._rules.get(name), self._base.rule_blocks.get(name)
        if rule is None or block is None:
            return None
        return self._changed.setdefault(name, ChangedRule(rule, block, self._base, self._problems))

    def _change(self, overlay: Overlay) -> None:
        touched: dict[str, ChangedRule] = {}
        for change in overlay.changes:
            changed = self._changed_rule(change.rule.value)
            if changed is not None:
                touched[changed.id] = changed
                changed.add_change(change)
        for one in overlay.filters:
            for word in one.rules:
                changed = self._changed_rule(word.value)
                if changed is not None:
                    touched[changed.id] = changed
                    changed.add_filter(one, word)
        for changed in touched.values():
            changed.end_layer()

    def _waive(self, overlay: Overlay) -> None:
        for one in overlay.waivers:
            for word in one.rules:
                rule = self._rules.get(word.value)
                if rule is not None and rule.is_floor:
                    message = f'{rule.id} is a floor: the waiver "{one.name}" would weaken it'
                    self._problems.error(word.where, "floor", message)
            self._waivers.append(
                Waiver(
                    name=one.name,
                    rules=frozenset(word.value for word in one.rules),
                    teams=frozenset(one.teams),
                    agencies=frozenset(word.value for word in one.agencies),
                    reasons=one.reasons,
                )
            )

    def _speak(self, overlay: Overlay) -> None:
        """Takes links, names of roles and words; words of another revision stand back."""
        self._roles |= overlay.roles
        self._links += [
            RuleLink(
                rules=frozenset(word.value for word in one.rules), label=one.label, url=one.url
            )
            for one in overlay.links
        ]
        for one in overlay.languages:
            rules: dict[str, RuleWords] = {}
            for words in one.rules:
                rule = self._rules.get(words.rule.value)
                if rule is None:
                    continue
                if words.revision.value == str(rule.revision):
                    rules[rule.id] = words.words
                    continue
                message = (
                    f"these words in {one.language} were written for revision "
                    f"{words.revision.value} of {rule.id}, which is at {rule.revision}: its own "
                    "words stand until yours are looked at, and revision says so"
                )
                self._problems.warn(words.revision.where, "stale", message)
            self._words.append(
                LanguageWords(language=one.language, rules=rules, texts=one.texts, roles=one.roles)
            )

    def _layered(
        self, main: Ruleset, layers: tuple[Layer, ...], overlays: tuple[Overlay, ...]
    ) -> Layered:
        filters: list[LocalFilter] = []
        for name, changed in self._changed.items():
            self._rules[name] = changed.result()
            filters += changed.filters()
        rules = sorted((r for r in self._rules.values() if r is not None), key=lambda r: r.id)
        ruleset = replace(
            main,
            sources=self._base.sources or {},
            source_places={**main.source_places, **self._source_places},
            concepts=self._base.concepts,
            rules=tuple(rules),
            layers=layers,
            filters=tuple(filters),
            waivers=tuple(self._waivers),
            words=tuple(self._words),
            roles=dict(self._roles),
            links=tuple(self._links),
            # What is wrong is noted, and nothing runs: there is nothing to show.
            changes=()
            if self._problems.has_errors
            else _changes_in_order(self._changed.values(), layers),
            unapproved=tuple(one for overlay in overlays for one in overlay.unapproved),
            vocabulary=self._vocabulary,
        )
        return Layered(
            ruleset=ruleset,
            # Blocks go by the names of files: a rule of another name is a mistake that is noted.
            blocks={
                rule.id: self._base.rule_blocks[rule.id]
                for rule in rules
                if rule.id in self._base.rule_blocks
            },
            changed=dict(self._changed),
            overlays=overlays,
            reader=self._base,
        )


def _changes_in_order(
    changed: Iterable[ChangedRule], layers: tuple[Layer, ...]
) -> tuple[LocalChange, ...]:
    """Gives all changed values by layer, and of one layer as its file has them."""
    ranks = {layer.id: rank for rank, layer in enumerate(layers)}

    def place(one: LocalChange) -> tuple[int, int, int]:
        where = one.reasons.where
        return (ranks[one.reasons.layer], where.line or 0, where.column or 0)

    return tuple(sorted((one for rule in changed for one in rule.local_changes()), key=place))


class Stack(NamedTuple):
    """A ruleset and overlays over it."""

    folder: Path
    """The folder of the ruleset."""
    overlays: tuple[Path, ...] = ()
    """The files or folders of the overlays, the lowest first."""

    def load(self) -> Layered:
        """Loads what is in force; raises RulesetInvalid with all mistakes."""
        return load_layers(self.folder, self.overlays)
