"""Edits an overlay's text: sets a new pin or removes a value, and keeps everything else as typed.

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
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from msp_rules.errors import MspRulesError
from msp_rules.rules.layers.overlay import SET_AS_WRITTEN, overlay_files
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Text, parse_yaml, plain

_SCALAR: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,}#]+")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")  # as YAML counts them: str.splitlines knows more ends
_VALUES: Final = (*SET_AS_WRITTEN, "parameters")

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


def without(text: str, rule: str, what: str) -> str:
    """Removes the overlay's own value of a field: the value of the layer below holds again.

    `what` is `severity`, `enabled`, the name of a parameter, or `filter` or `waiver`: then the rule
    is no longer among those that filters or waivers name. What is empty without it is removed, too.
    """
    while True:
        block = _read(text)
        cuts = _entry_cuts if what in ("filter", "waiver") else _change_cuts
        cut = cuts(block, rule, what)
        if cut is None:
            return text
        text = _without_part(text, block, cut)


def _change_cuts(block: Block, rule: str, what: str) -> EntryPath | None:
    """Finds the largest part that holds nothing but the value."""
    changes = block.entries.get("changes")
    for number, change in enumerate(changes.items if isinstance(changes, Items) else ()):
        if not isinstance(change, Block) or not _says(change.entries.get("rule"), rule):
            continue
        parameters = change.entries.get("parameters")
        named = parameters.entries if isinstance(parameters, Block) else {}
        path: EntryPath = ("changes", number)
        if what in SET_AS_WRITTEN and what in change.entries:
            own: EntryPath = (*path, what)
            is_only = not any(key in change.entries for key in _VALUES if key != what)
        elif what in named:
            own = (*path, "parameters", what) if len(named) > 1 else (*path, "parameters")
            others = [key for key in SET_AS_WRITTEN if key in change.entries]
            is_only = len(named) == 1 and not others
        else:
            continue
        if not is_only:
            return own
        assert isinstance(changes, Items)
        return path if len(changes.items) > 1 else ("changes",)
    return None


def _entry_cuts(block: Block, rule: str, what: str) -> EntryPath | None:
    part = f"{what}s"
    entries = block.entries.get(part)
    for number, entry in enumerate(entries.items if isinstance(entries, Items) else ()):
        named = entry.entries.get("rules") if isinstance(entry, Block) else None
        words = named.items if isinstance(named, Items) else (named,)
        places = [place for place, word in enumerate(words) if _says(word, rule)]
        if not places:
            continue
        if len(words) > 1:
            return (part, number, "rules", places[0])
        assert isinstance(entries, Items)
        return (part, number) if len(entries.items) > 1 else (part,)
    return None


def _says(node: Node | None, word: str) -> bool:
    return isinstance(node, Text) and node.value == word


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
