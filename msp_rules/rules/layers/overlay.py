"""One overlay, read: what a council changes, adds, excludes and waives, not yet applied.

Conditions and rules stay as parsed here: what they may name depends on the layers below, and is
known in `layers`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from msp_rules.casework.moments import parse_date
from msp_rules.errors import RulesetInvalid, SourceLocation
from msp_rules.rules.language.names import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    check_keys,
    read_each,
)
from msp_rules.rules.language.rule import Period, Reasons, Severity
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, read_yaml

_NEEDED: Final = ("overlay", "title", "version", "extends", "because", "approved_by", "review_by")
_PARTS: Final = ("sources", "enums", "events", "rules", "concepts", "changes", "filters", "waivers")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[a-z][a-z0-9-]*")
_Value = TypeVar("_Value")


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
    """The main file of an overlay, and its folder (None: the file is all of it)."""
    if path.is_dir():
        return path / "overlay.yaml", path
    if path.name == "overlay.yaml":
        return path, path.resolve().parent
    return path, None


def read_overlay(path: Path, names: Names) -> Overlay | None:
    """The overlay of a file or folder; None where its head can't be read. All mistakes noted."""
    file, folder = overlay_files(path)
    shown = f"{folder.resolve().name}/overlay.yaml" if folder is not None else file.name
    block = read_yaml(file, shown, names.problems)
    if block is None:
        return None
    return _OverlayReader(block, folder, file, names).read()


class Pin(NamedTuple):
    """What an overlay says it extends, as text."""

    id: str
    version: str
    sha256: str


def read_pin(path: Path) -> Pin:
    """What an overlay extends, without reading the rest of it.

    Raises RulesetInvalid where it does not say.
    """
    file, folder = overlay_files(path)
    shown = f"{folder.resolve().name}/overlay.yaml" if folder is not None else file.name
    problems = Problems()
    block = read_yaml(file, shown, problems)
    extends = block.entries.get("extends") if block is not None else None
    parts = extends.entries if isinstance(extends, Block) else {}
    said = {key: part.value for key, part in parts.items() if isinstance(part, Text)}
    if said.keys() >= set(Pin._fields):
        return Pin(**{key: said[key] for key in Pin._fields})
    if block is not None:
        message = "extends must say id, version and sha256 of what lies below"
        problems.error(block.keys.get("extends", block.where), "lacking", message)
    raise RulesetInvalid(problems.found)


class _OverlayReader:
    """Reads one overlay; every part is tried, so that all its problems are found."""

    def __init__(self, block: Block, folder: Path | None, file: Path, names: Names) -> None:
        self._block = block
        self._folder = folder
        self._file = file
        self._names = names
        self._id = ""
        self._named: list[Text] = []

    def read(self) -> Overlay | None:
        """The overlay, None where its head can't be read."""
        block, entries = self._block, self._block.entries
        self._try(lambda: check_keys(block, self._names, "key of an overlay", (*_NEEDED, *_PARTS)))
        lacking = [key for key in _NEEDED if key not in entries]
        if lacking:
            message = f"the overlay lacks {', '.join(lacking)}"
            self._names.problems.error(block.where, "lacking", message)
        head = {key: self._try(lambda key=key: self._head(key)) for key in _NEEDED}  # type: ignore[misc]
        self._id = str(head["overlay"] or "")
        sources = self._part("sources", self._sources) or {}
        blocks = [self._part(name, self._block_of) for name in ("enums", "events")]
        changes, filters, waivers = (
            self._list("changes", self._change),
            self._list("filters", self._filter),
            self._list("waivers", self._waiver),
        )
        self._refuse_same_names((*filters, *waivers))
        rules, concepts = self._files("rules", "rule"), self._files("concepts", "concept")
        if any(value is None for value in head.values()):
            return None
        source_node = entries.get("sources")
        return Overlay(
            id=self._id,
            title=str(head["title"]),
            version=str(head["version"]),
            extends=head["extends"],  # type: ignore[arg-type]
            review_by=head["review_by"],  # type: ignore[arg-type]
            reasons=Reasons(
                layer=self._id,
                because=str(head["because"]),
                approved_by=str(head["approved_by"]),
                period=Period(),
                where=block.where,
            ),
            sources=sources,
            source_places=source_node.keys if isinstance(source_node, Block) else {},
            enums=blocks[0],
            events=blocks[1],
            rules=rules,
            concepts=concepts,
            changes=changes,
            filters=filters,
            waivers=waivers,
            named=tuple(self._named),
            sha256=self._hash(),
            folder=self._shown(""),
            where=block.where,
            review_place=block.keys["review_by"],
            block=block,
        )

    def _try(self, read: Callable[[], _Value]) -> _Value | None:
        try:
            return read()
        except Refused:
            return None

    def _part(self, key: str, read: Callable[[Node], _Value]) -> _Value | None:
        node = self._block.entries.get(key)
        return None if node is None else self._try(lambda: read(node))

    def _list(self, key: str, read: Callable[[Node], _Value]) -> tuple[_Value, ...]:
        """What can be read of a list; the problems of the rest are noted."""
        node = self._block.entries.get(key)
        if node is None:
            return ()
        items = self._try(lambda: as_items(node, self._names, key).items) or ()
        found = [self._try(lambda item=item: read(item)) for item in items]  # type: ignore[misc]
        return tuple(one for one in found if one is not None)

    def _head(self, key: str) -> object:
        node = self._block.entries.get(key)
        if node is None:
            raise Refused
        names = self._names
        if key == "extends":
            parts = as_block(node, names, "extends", ("id", "version", "sha256")).entries
            read_each(parts.values(), lambda part: self._text(part))
            return self._extends({k: v for k, v in parts.items() if isinstance(v, Text)})
        if key == "review_by":
            return self._date(node)
        text = self._text(node)
        if key == "overlay" and not _ID.fullmatch(text):
            message = "an overlay's id is small letters, digits and hyphens"
            raise names.refuse(node.where, "id", message)
        if key == "version":
            self._version(node)
        return text

    def _extends(self, parts: Mapping[str, Text]) -> Extends:
        self._version(parts["version"])
        if not _HASH.fullmatch(parts["sha256"].value):
            message = 'the hash is 64 digits and letters a to f, as "msp-rules effective" shows it'
            raise self._names.refuse(parts["sha256"].where, "hash", message)
        return Extends(**parts)

    def _version(self, node: Node) -> str:
        text = as_text(node, self._names)
        if not _VERSION.fullmatch(text):
            message = 'the version is three numbers in quotes, as in "1.0.0"'
            raise self._names.refuse(node.where, "version", message)
        return text

    def _text(self, node: Node) -> str:
        text = as_text(node, self._names).strip()
        if not text:
            raise self._names.refuse(node.where, "empty", "a text is expected here")
        return text

    def _date(self, node: Node) -> date:
        try:
            return parse_date(as_text(node, self._names))
        except ValueError:
            raise self._names.refuse(node.where, "date", "not a date (YYYY-MM-DD)") from None

    def _block_of(self, node: Node) -> Block:
        return as_block(node, self._names, "this part")

    def _sources(self, node: Node) -> dict[str, Text]:
        block = as_block(node, self._names, "sources")
        read_each(block.entries.values(), self._text)
        return {key: value for key, value in block.entries.items() if isinstance(value, Text)}

    def _entry(
        self,
        node: Node,
        what: str,
        readers: Mapping[str, Callable[[Node], object]],
        needs: tuple[str, ...],
    ) -> tuple[Block, dict[str, Any], Reasons]:
        """One change, filter or waiver: every key of it is read, whatever is wrong with others."""
        block = as_block(node, self._names, what)
        self._remember_rules(block)
        every = {
            **readers,
            "because": self._text,
            "approved_by": self._text,
            "from": self._date,
            "expires": self._date,
        }
        found: dict[str, Any] = {}
        refused = False
        try:
            check_keys(block, self._names, f"key of {what}", every)
        except Refused:
            refused = True
        lacking = [key for key in (*needs, "because", "approved_by") if key not in block.entries]
        if lacking:
            message = f"{what} lacks {', '.join(lacking)}"
            self._names.problems.error(block.where, "lacking", message)
        for key in [key for key in every if key in block.entries]:
            try:
                found[key] = every[key](block.entries[key])
            except Refused:
                refused = True
        first, last = found.get("from"), found.get("expires")
        if first is not None and last is not None and last < first:
            message = f"it ends on {last}, before it begins on {first}"
            raise self._names.refuse(block.entries["expires"].where, "period", message)
        if refused or lacking:
            raise Refused
        reasons = Reasons(
            layer=self._id,
            because=found["because"],
            approved_by=found["approved_by"],
            period=Period(first=first, last=last),
            where=block.where,
        )
        return block, found, reasons

    def _remember_rules(self, block: Block) -> None:
        """Keeps the rules that an entry names: they are looked up even if the entry is broken."""
        for key in ("rule", "rules"):
            node = block.entries.get(key)
            items = node.items if isinstance(node, Items) else (node,)
            self._named += [item for item in items if isinstance(item, Text)]

    def _word(self, node: Node) -> Text:
        as_text(node, self._names)
        assert isinstance(node, Text)
        return node

    def _change(self, node: Node) -> Change:
        readers: dict[str, Callable[[Node], object]] = {
            "rule": self._word,
            "severity": self._severity,
            "enabled": self._flag,
            "parameters": self._parameters,
            "examples": lambda part: as_items(part, self._names, "examples").items,
        }
        block, found, reasons = self._entry(node, "a change", readers, ("rule",))
        if not found.keys() & {"severity", "enabled", "parameters"}:
            message = "a change sets severity, enabled or parameters"
            raise self._names.refuse(block.where, "empty", message)
        parameters: dict[str, Items] = found.get("parameters", {})
        body, keys = block.entries.get("parameters"), dict(block.keys)
        if isinstance(body, Block):
            keys |= {f"${name}": place for name, place in body.keys.items()}
        return Change(
            rule=found["rule"],
            nodes={key: found[key] for key in ("severity", "enabled") if key in found},
            parameters=parameters,
            keys=keys,
            examples=found.get("examples", ()),
            reasons=reasons,
        )

    def _severity(self, node: Node) -> Text:
        word = self._word(node)
        if word.value not in list(Severity):
            raise self._names.unknown(node.where, "severity", word.value, list(Severity))
        return word

    def _flag(self, node: Node) -> Text:
        word = self._word(node)
        if word.value not in ("true", "false"):
            raise self._names.refuse(node.where, "flag", "write true or false")
        return word

    def _parameters(self, node: Node) -> dict[str, Items]:
        body = as_block(node, self._names, "parameters")
        if not body.entries:
            raise self._names.refuse(node.where, "empty", "parameters names nothing")

        def read_one(name: str) -> Items:
            rows = as_items(body.entries[name], self._names, f"the values of {name}")
            if not rows.items:
                raise self._names.refuse(rows.where, "empty", f"{name} gets no value")
            return rows

        return dict(zip(body.entries, read_each(body.entries, read_one), strict=True))

    def _filter(self, node: Node) -> FilterText:
        readers: dict[str, Callable[[Node], object]] = {
            "name": self._text,
            "rules": lambda part: self._words(part, "rules"),
            "when": lambda part: as_block(part, self._names, "a condition"),
        }
        needs = (*readers, "expires")
        block, found, reasons = self._entry(node, "a filter", readers, needs)
        return FilterText(
            name=found["name"],
            rules=found["rules"],
            when=found["when"],
            when_key=block.keys["when"],
            reasons=reasons,
        )

    def _waiver(self, node: Node) -> WaiverText:
        readers: dict[str, Callable[[Node], object]] = {
            "name": self._text,
            "rules": lambda part: self._words(part, "rules"),
            "team": lambda part: self._words(part, "team"),
            "agency": self._agencies,
        }
        _, found, reasons = self._entry(node, "a waiver", readers, ("name", "rules", "expires"))
        return WaiverText(
            name=found["name"],
            rules=found["rules"],
            teams=tuple(word.value for word in found.get("team", ())),
            agencies=found.get("agency", ()),
            reasons=reasons,
        )

    def _agencies(self, node: Node) -> tuple[Text, ...]:
        codes, words = self._names.vocabulary.enums["agency_type"], self._words(node, "agency")

        def check(word: Text) -> None:
            if word.value not in codes:
                raise self._names.unknown(word.where, "agency", word.value, codes)

        read_each(words, check)
        return words

    def _words(self, node: Node, what: str) -> tuple[Text, ...]:
        """One word or a list of them, at least one, none twice."""
        items = node.items if isinstance(node, Items) else (node,)
        if not items:
            raise self._names.refuse(node.where, "empty", f"{what} names nothing")
        read_each(items, self._text)
        words = tuple(item for item in items if isinstance(item, Text))
        for place, word in enumerate(words):
            if word.value in {other.value for other in words[:place]}:
                raise self._names.refuse(word.where, "twice", f'"{word.value}" stands here twice')
        return words

    def _refuse_same_names(self, entries: tuple[FilterText | WaiverText, ...]) -> None:
        """Results name filters and waivers: each name is used once in an overlay."""
        first: dict[str, SourceLocation] = {}
        for entry in entries:
            where = entry.reasons.where
            if entry.name in first:
                message = f'"{entry.name}" is named again; first: line {first[entry.name].line}'
                self._names.problems.error(where, "twice", message)
            first.setdefault(entry.name, where)

    def _files(self, part: str, key: str) -> dict[str, Block | None]:
        """The rules or concepts of an overlay: files of its folder, and those written in it."""
        found: dict[str, Block | None] = {}
        paths = sorted((self._folder / part).glob("*")) if self._folder is not None else []
        for path in paths:
            shown = self._shown(f"{part}/{path.name}")
            if path.suffix == ".yaml":
                found[path.stem] = read_yaml(path, shown, self._names.problems)
            elif not path.name.startswith("."):
                message = f"only files called *.yaml are read in {part}; rename or move it"
                self._names.problems.error(SourceLocation(path=shown), "stray", message)
        for block in self._list(part, lambda node: as_block(node, self._names, f"a {key}")):
            name = block.entries.get(key)
            if not isinstance(name, Text):
                self._names.problems.error(block.where, "lacking", f"the {key} lacks {key}")
            elif name.value in found:
                message = f'the {key} "{name.value}" stands in this overlay twice'
                self._names.problems.error(name.where, "twice", message)
            else:
                found[name.value] = block
        return found

    def _shown(self, name: str) -> str:
        if self._folder is None:
            return self._file.name
        return f"{self._folder.resolve().name}/{name}"

    def _hash(self) -> str:
        """Over the bytes of the overlay's files, in name order."""
        digest = hashlib.sha256()
        files = [("overlay.yaml", self._file)]
        if self._folder is not None:
            for part in ("concepts", "rules"):
                paths = sorted((self._folder / part).glob("*.yaml"))
                files += [(f"{part}/{path.name}", path) for path in paths]
        for name, path in files:
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()
