"""Defines an overlay as data: what a council changes, adds, excludes and waives.

Conditions and rules stay as parsed, because the names that they may use depend on the layers below;
`layers` reads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from msp_rules.errors import Problem, RulesetInvalid, SourceLocation
from msp_rules.rules.language.rule import Reasons, Rule
from msp_rules.rules.layers.decode_words import LanguageText, LinkText
from msp_rules.yaml_source.comments import texts_before_comments
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Extends:
    """The layer below, as pinned."""

    id: Text
    """The id of the layer."""
    version: Text
    """Its version."""
    sha256: Text
    """Its hash."""


WORDS: Final = ("summary", "finding", "why", "counts")
"""The words of a rule that a change may set; `summary` is that of its prompt."""
SET_AS_WRITTEN: Final = ("severity", "enabled", *WORDS)
"""The keys of a rule whose value or text a change replaces as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New values for one rule of a layer below; None or empty is left as it is."""

    rule: Text
    """The id of the rule."""
    nodes: Mapping[str, Text]
    """The values and words that it replaces as a whole, by key."""
    revision: Text | None
    """The revision of the rule for which its words were written; None where it does not say."""
    accepts: tuple[Text, ...]
    """More codes of explanations that the rule accepts."""
    parameters: Mapping[str, Items]
    """The values by the name of the parameter."""
    keys: Mapping[str, SourceLocation]
    """The place of each of them (of a parameter: `$name`)."""
    examples: tuple[Node, ...]
    """More examples of the rule."""
    reasons: Reasons
    """The reason, the approval and the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterText:
    """Local exclusions: a condition under which some rules do not apply."""

    name: str
    """The name of the filter."""
    rules: tuple[Text, ...]
    """The ids of the rules."""
    when: Node
    """The condition as parsed."""
    when_key: SourceLocation
    """The place of its key."""
    reasons: Reasons
    """The reason, the approval and the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverText:
    """A waiver whose rules are not looked up yet."""

    name: str
    """The name of the waiver."""
    rules: tuple[Text, ...]
    """The ids of the rules."""
    teams: tuple[str, ...]
    """The teams that it is limited to; empty for all."""
    agencies: tuple[Text, ...]
    """The agencies that it is limited to; empty for all."""
    reasons: Reasons
    """The reason, the approval and the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One overlay as parsed."""

    id: str
    """The id of the overlay."""
    title: str
    """The title."""
    version: str
    """The version."""
    extends: Extends
    """The layer below."""
    review_by: date
    """The day by which it is due for review."""
    reasons: Reasons
    """The reason, the approval and the period of entries that do not say."""
    sources: Mapping[str, Text]
    """The titles of its own sources, by id."""
    source_places: Mapping[str, SourceLocation]
    """The place of each of its sources."""
    enums: Block | None
    """Its own lists of codes."""
    events: Block | None
    """Its own event types and fields."""
    rules: Mapping[str, Block | None]
    """Its own rules by id; None for a file that can't be read."""
    concepts: Mapping[str, Block | None]
    """Its own concepts by name; None for a file that can't be read."""
    changes: tuple[Change, ...]
    """The changes to rules of layers below."""
    filters: tuple[FilterText, ...]
    """The filters."""
    waivers: tuple[WaiverText, ...]
    """The waivers."""
    unapproved: tuple[Problem, ...]
    """Everything that lacks the approval which the overlay's head requires."""
    cut: tuple[Text, ...]
    """The unquoted texts of its files that end before a comment, perhaps by a slip."""
    links: tuple[LinkText, ...]
    """The links to places of the council's own."""
    roles: Mapping[str, str]
    """The names of worker roles here, by code."""
    languages: tuple[LanguageText, ...]
    """The words in other languages."""
    named: tuple[Text, ...]
    """All words by which its entries name rules."""
    sha256: str
    """The hash of its files."""
    folder: str
    """The name of its folder in messages; empty for a single file."""
    where: SourceLocation
    """The place of its first line."""
    review_place: SourceLocation
    """The place of `review_by`."""
    block: Block
    """The main file as parsed."""


def names_meant(rules: Mapping[str, Rule | None]) -> Mapping[str, str]:
    """Gives ids by the forms of a rule's name, id and title in small letters, that only it has."""
    known: dict[str, set[str]] = {}
    for name, rule in rules.items():
        for form in (name, rule.title if rule is not None else name):
            known.setdefault(form.casefold(), set()).add(name)
    return {form: next(iter(ids)) for form, ids in known.items() if len(ids) == 1}


def understood(overlay: Overlay, rules: Mapping[str, Rule | None]) -> Overlay:
    """Replaces a rule's title, or its id in other capitals, by the id where it is one rule's."""
    known = names_meant(rules)

    def meant(word: Text) -> Text:
        name = known.get(word.value.strip().casefold())
        return word if name is None or word.value in rules else replace(word, value=name)

    def several(words: tuple[Text, ...]) -> tuple[Text, ...]:
        return tuple(meant(word) for word in words)

    def spoken(language: LanguageText) -> LanguageText:
        return replace(
            language, rules=tuple(replace(one, rule=meant(one.rule)) for one in language.rules)
        )

    return replace(
        overlay,
        changes=tuple(replace(one, rule=meant(one.rule)) for one in overlay.changes),
        filters=tuple(replace(one, rules=several(one.rules)) for one in overlay.filters),
        waivers=tuple(replace(one, rules=several(one.rules)) for one in overlay.waivers),
        links=tuple(replace(one, rules=several(one.rules)) for one in overlay.links),
        languages=tuple(spoken(one) for one in overlay.languages),
        named=several(overlay.named),
    )


def overlay_files(path: Path) -> tuple[Path, Path | None]:
    """Gives the main file of an overlay, and its folder (None: the file is all of it)."""
    if path.is_dir():
        return path / "overlay.yaml", path
    if path.name == "overlay.yaml":
        return path, path.resolve().parent
    return path, None


def shown_name(path: Path, name: str) -> str:
    """Names a file of an overlay for messages; `name` is its place in the overlay's folder."""
    file, folder = overlay_files(path)
    return file.name if folder is None else f"{folder.resolve().name}/{name}"


def overlay_hash(path: Path) -> str:
    """Hashes the bytes of an overlay's files, in name order."""
    file, folder = overlay_files(path)
    digest = hashlib.sha256()
    files = [("overlay.yaml", file)]
    if folder is not None:
        for part in ("concepts", "rules"):
            paths = sorted((folder / part).glob("*.yaml"))
            files += [(f"{part}/{one.name}", one) for one in paths]
    for name, one in files:
        digest.update(name.encode() + b"\0" + one.read_bytes() + b"\0")
    return digest.hexdigest()


_FREE_TEXTS: Final = frozenset(
    (
        *("title", "because", "approved_by", "written_by", "name", "source", "means"),
        *("why", "counts", "summary", "finding", "notes"),
    )
)


def cut_texts(
    path: Path,
    main: Block,
    rules: Mapping[str, Block | None],
    concepts: Mapping[str, Block | None],
) -> Iterator[Text]:
    """Yields the texts of an overlay's files after which a comment begins in the same line."""
    file, folder = overlay_files(path)
    yield from texts_before_comments(main, file.read_text("utf-8-sig"), _FREE_TEXTS)
    for part, blocks in (("rules", rules), ("concepts", concepts)):
        for name, block in blocks.items():
            one = folder / part / f"{name}.yaml" if folder is not None else file
            if block is not None and one.is_file() and one != file:
                yield from texts_before_comments(block, one.read_text("utf-8-sig"), _FREE_TEXTS)


class Pin(NamedTuple):
    """The pin of an overlay on what it extends, as text."""

    id: str
    """The id of the layer below."""
    version: str
    """Its version."""
    sha256: str
    """Its hash."""


def read_pin(path: Path) -> Pin:
    """Reads only what an overlay extends.

    Raises RulesetInvalid where it does not say.
    """
    file, _ = overlay_files(path)
    problems = Problems()
    block = read_yaml(file, shown_name(path, "overlay.yaml"), problems)
    extends = block.entries.get("extends") if block is not None else None
    parts = extends.entries if isinstance(extends, Block) else {}
    said = {key: part.value for key, part in parts.items() if isinstance(part, Text)}
    if said.keys() >= set(Pin._fields):
        return Pin(said["id"], said["version"], said["sha256"])
    if block is not None:
        message = "extends must give id, version and sha256 of the layer below"
        problems.error(block.keys.get("extends", block.where), "lacking", message)
    raise RulesetInvalid(problems.found)
