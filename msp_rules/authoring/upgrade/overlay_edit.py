"""Edits an overlay's text: sets a pin or removes a value, and keeps everything else as typed.

Edits are made in the text itself, so comments and layout stay. Where a value can't be cut out line
by line (it shares its line with others), ruamel.yaml rewrites the file and keeps its comments. Each
edit is read again and must be exactly what was asked for; `pinned_copy` puts it where it can be
checked.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from msp_rules.errors import MspRulesError
from msp_rules.rules.layers.overlay import SET_AS_WRITTEN, WORDS, overlay_files
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, parse_yaml, plain

_SCALAR: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,}#]+")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")  # as YAML counts them: str.splitlines knows more ends
_SET_AS_WRITTEN: Final = (*SET_AS_WRITTEN, "accepts")
_LANGUAGE: Final = "language-"
_AS_IT_IS: Final[Mapping[str, str]] = {}

EntryPath = tuple[str | int, ...]
"""The keys and places that lead to a part of a file."""


def with_pin(text: str, version: str, sha256: str) -> str:
    """Gives the overlay's text another version and hash of what it extends."""
    extends = _read(text).entries["extends"]
    assert isinstance(extends, Block)
    places = [
        (extends.entries[key], new) for key, new in (("version", version), ("sha256", sha256))
    ]
    # The later place first, so that the earlier one stays where it is.
    for node, new in sorted(places, key=lambda one: _place(one[0]), reverse=True):
        text = _with_scalar(text, node, new)
    return text


def with_revision(
    text: str, rule: str, what: str, revision: int, meant: Mapping[str, str] = _AS_IT_IS
) -> str:
    """Pins the overlay's own words of a rule to another revision of it.

    `what` is a kind of words, or `language-TAG`; `meant` gives rules by other forms of their names.
    """
    nodes = [
        block.entries["revision"]
        for block in _worded(_read(text), _Named(rule, meant), what)
        if "revision" in block.entries
    ]
    # The later place first, so that the earlier one stays where it is.
    for node in sorted(nodes, key=_place, reverse=True):
        text = _with_scalar(text, node, str(revision))
    return text


def _worded(block: Block, named: _Named, what: str) -> Iterator[Block]:
    """Yields the parts of an overlay that hold such words of a rule."""
    for change in _blocks_in(block, "changes"):
        if named.is_said_by(change.entries.get("rule")) and what in change.entries:
            yield change
    for language in _blocks_in(block, "languages"):
        rules = language.entries.get("rules")
        for key, words in rules.entries.items() if isinstance(rules, Block) else ():
            if _tagged(language) == what and named.is_named(key) and isinstance(words, Block):
                yield words


def _blocks_in(block: Block, part: str) -> Iterator[Block]:
    items = block.entries.get(part)
    for item in items.items if isinstance(items, Items) else ():
        if isinstance(item, Block):
            yield item


def _tagged(language: Block) -> str:
    """Gives what a decision calls the words of a language."""
    tag = language.entries.get("language")
    return f"{_LANGUAGE}{tag.value}" if isinstance(tag, Text) else ""


def without(text: str, rule: str, what: str, meant: Mapping[str, str] = _AS_IT_IS) -> str:
    """Removes the overlay's own value of a field: the value of the layer below holds again.

    `what` is `severity`, `enabled`, `accepts`, a kind of words or the name of a parameter. With
    `filter`, `waiver` or `link` the rule is no longer among those that they name, and with
    `language-TAG` all its words in that language go. What is empty without it is removed, too.
    `meant` gives rules by other forms of their names.
    """
    named = _Named(rule, meant)
    while True:
        block = _read(text)
        if what in ("filter", "waiver", "link"):
            cut = _entry_cuts(block, named, what)
        elif what.startswith(_LANGUAGE):
            cut = _language_cuts(block, named, what)
        else:
            cut = _change_cuts(block, named, what)
        if cut is None:
            return text
        text = _without_part(text, block, cut)


@dataclass(frozen=True, slots=True)
class _Named:
    """A rule by its id, and by the other forms of its name."""

    rule: str
    meant: Mapping[str, str]

    def is_named(self, word: str) -> bool:
        """Tells whether a word means the rule."""
        return word == self.rule or self.meant.get(word.strip().casefold()) == self.rule

    def is_said_by(self, node: Node | None) -> bool:
        """Tells whether a part of a file means the rule."""
        return isinstance(node, Text) and self.is_named(node.value)


def _change_cuts(block: Block, named: _Named, what: str) -> EntryPath | None:
    """Finds the largest part that holds nothing but the value."""
    changes = block.entries.get("changes")
    for number, change in enumerate(changes.items if isinstance(changes, Items) else ()):
        if not isinstance(change, Block) or not named.is_said_by(change.entries.get("rule")):
            continue
        own = _cut_of_change(change, what)
        if own is not None:
            assert isinstance(changes, Items)
            whole: EntryPath = ("changes", number) if len(changes.items) > 1 else ("changes",)
            return ("changes", number, *own) if own else whole
    return None


def _cut_of_change(change: Block, what: str) -> EntryPath | None:
    """Finds the part of one change to cut: empty for all of it, None where it lacks the value."""
    parameters = change.entries.get("parameters")
    values = parameters.entries if isinstance(parameters, Block) else {}
    set_here = [key for key in _SET_AS_WRITTEN if key in change.entries]
    if what in _SET_AS_WRITTEN and what in change.entries:
        words_left = [key for key in WORDS if key in change.entries and key != what]
        if len(set_here) == 1 and not values:
            return ()
        # The last of the words goes with the revision that they were written for.
        is_last_word = what in WORDS and not words_left and "revision" in change.entries
        return ("revision",) if is_last_word else (what,)
    if what not in values:
        return None
    if len(values) > 1:
        return ("parameters", what)
    return ("parameters",) if set_here else ()


def _language_cuts(block: Block, named: _Named, what: str) -> EntryPath | None:
    languages = block.entries.get("languages")
    for number, language in enumerate(languages.items if isinstance(languages, Items) else ()):
        rules = language.entries.get("rules") if isinstance(language, Block) else None
        if not isinstance(language, Block) or not isinstance(rules, Block):
            continue
        keys = [key for key in rules.entries if _tagged(language) == what and named.is_named(key)]
        if not keys:
            continue
        if len(rules.entries) > 1:
            return ("languages", number, "rules", keys[0])
        if language.entries.keys() - {"language", "rules"}:
            return ("languages", number, "rules")
        assert isinstance(languages, Items)
        return ("languages", number) if len(languages.items) > 1 else ("languages",)
    return None


def _entry_cuts(block: Block, named: _Named, what: str) -> EntryPath | None:
    part = f"{what}s"
    entries = block.entries.get(part)
    for number, entry in enumerate(entries.items if isinstance(entries, Items) else ()):
        listed = entry.entries.get("rules") if isinstance(entry, Block) else None
        words = listed.items if isinstance(listed, Items) else (listed,)
        places = [place for place, word in enumerate(words) if named.is_said_by(word)]
        if not places:
            continue
        if len(words) > 1:
            return (part, number, "rules", places[0])
        assert isinstance(entries, Items)
        return (part, number) if len(entries.items) > 1 else (part,)
    return None


def _without_part(text: str, block: Block, path: EntryPath) -> str:
    """Removes the part at a path from the text; raises where neither way gives just that."""
    wanted = _without(plain(block), path)
    for edit in (_cut_lines, _written_anew):
        edited = edit(text, block, path)
        if edited is not None and _is(edited, wanted):
            return edited
    where = "/".join(str(part) for part in path)
    raise MspRulesError(f"{where} can't be removed from the overlay automatically; edit it by hand")


def _is(text: str, wanted: object) -> bool:
    found = parse_yaml(text, "overlay", Problems())
    return found is not None and plain(found) == wanted


def _without(value: Any, path: EntryPath) -> Any:
    first, *rest = path
    keys = list(value.items() if isinstance(value, Mapping) else enumerate(value))
    kept = [
        (key, _without(part, tuple(rest)) if key == first else part)
        for key, part in keys
        if key != first or rest
    ]
    return dict(kept) if isinstance(value, Mapping) else [part for _, part in kept]


def _cut_lines(text: str, block: Block, path: EntryPath) -> str | None:
    """Cuts whole lines; None where the part shares a line with another."""
    lines = _LINE.findall(text)
    parent: Node = block
    for step in path[:-1]:
        parent = parent.entries[str(step)] if isinstance(parent, Block) else _item(parent, step)
    last = path[-1]
    where = parent.keys[str(last)] if isinstance(parent, Block) else _item(parent, last).where
    line, column = where.line or 1, where.column or 1
    before = lines[line - 1][: column - 1]
    is_item = isinstance(parent, Items)
    if before.strip() != ("-" if is_item else "") or (is_item and "-" not in before):
        return None
    indent = before.index("-") if is_item else column - 1
    end = line
    while end < len(lines) and _belongs(lines[end], indent, is_item=is_item):
        end += 1
    # Blank lines and comments that follow lead in what comes next.
    while end > line and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return "".join(lines[: line - 1] + lines[end:])


def _belongs(line: str, indent: int, *, is_item: bool) -> bool:
    body = line.lstrip(" ")
    if not body.strip() or body.startswith("#"):
        return True
    depth = len(line) - len(body)
    return depth > indent or (depth == indent and body.startswith("- ") and not is_item)


def _written_anew(text: str, _: Block, path: EntryPath) -> str | None:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    yaml.indent(mapping=2, sequence=4, offset=2)
    root = yaml.load(text)
    parent = root
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    stream = io.StringIO()
    yaml.dump(root, stream)
    return stream.getvalue()


def _item(node: Node, place: str | int) -> Node:
    assert isinstance(node, Items)
    assert isinstance(place, int)
    return node.items[place]


def _with_scalar(text: str, node: Node, new: str) -> str:
    line, column = _place(node)
    lines = _LINE.findall(text)
    row = lines[line - 1]
    old = _SCALAR.match(row, column - 1)
    assert old is not None
    quote = row[column - 1] if row[column - 1] in "\"'" else ""
    lines[line - 1] = f"{row[: column - 1]}{quote}{new}{quote}{row[old.end() :]}"
    return "".join(lines)


def _place(node: Node) -> tuple[int, int]:
    return node.where.line or 1, node.where.column or 1


def _read(text: str) -> Block:
    block = parse_yaml(text, "overlay", Problems())
    assert block is not None
    return block


@contextmanager
def pinned_copy(overlay: Path, text: str) -> Iterator[Path]:
    """Lends a copy of the overlay (a file, or a folder with its parts) with another text."""
    file, folder = overlay_files(overlay)
    with tempfile.TemporaryDirectory() as home:
        if folder is None:
            copy = Path(home) / file.name
            copy.write_bytes(text.encode("utf-8"))
            yield copy
            return
        copy = Path(home) / folder.resolve().name
        copy.mkdir()
        for part in ("rules", "concepts"):
            if (folder / part).is_dir():
                shutil.copytree(folder / part, copy / part)
        (copy / "overlay.yaml").write_bytes(text.encode("utf-8"))
        yield copy
