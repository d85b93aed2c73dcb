"""Defines an overlay as data: what a council changes, adds, excludes and waives.

Conditions and rules stay as parsed: what they may name depends on the layers below, and is known in
`layers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from msp_rules.errors import RulesetInvalid, SourceLocation
from msp_rules.rules.language.rule import Reasons
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Extends:
    """The layer below, as pinned."""

    id: Text
    version: Text
    sha256: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New values for one rule of a layer below; None or empty is left as it is.

    `nodes` holds `severity` and `enabled` as written, `parameters` the values by name, `keys` the
    place of each of them (of a parameter: `$name`).
    """

    rule: Text
    nodes: Mapping[str, Text]
    parameters: Mapping[str, Items]
    keys: Mapping[str, SourceLocation]
    examples: tuple[Node, ...]
    reasons: Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterText:
    """Local exclusions: a condition under which some rules do not apply."""

    name: str
    rules: tuple[Text, ...]
    when: Node
    when_key: SourceLocation
    reasons: Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverText:
    """A waiver whose rules are not looked up yet."""

    name: str
    rules: tuple[Text, ...]
    teams: tuple[str, ...]
    agencies: tuple[Text, ...]
    reasons: Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One overlay; `rules` and `concepts` are blocks by id, None where the file can't be read.

    `named` are all words by which its changes, filters and waivers name rules; `block` is its file.
    """

    id: str
    title: str
    version: str
    extends: Extends
    review_by: date
    reasons: Reasons
    sources: Mapping[str, Text]
    source_places: Mapping[str, SourceLocation]
    enums: Block | None
    events: Block | None
    rules: Mapping[str, Block | None]
    concepts: Mapping[str, Block | None]
    changes: tuple[Change, ...]
    filters: tuple[FilterText, ...]
    waivers: tuple[WaiverText, ...]
    named: tuple[Text, ...]
    sha256: str
    folder: str
    where: SourceLocation
    review_place: SourceLocation
    block: Block


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


class Pin(NamedTuple):
    """The pin of an overlay on what it extends, as text."""

    id: str
    version: str
    sha256: str


def read_pin(path: Path) -> Pin:
    """Reads what an overlay extends, and nothing else of it.

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
        message = "extends must say id, version and sha256 of what lies below"
        problems.error(block.keys.get("extends", block.where), "lacking", message)
    raise RulesetInvalid(problems.found)
