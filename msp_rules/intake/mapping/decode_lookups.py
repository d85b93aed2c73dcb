"""Decodes where a code table takes its labels from: a file with the code list of the system."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from msp_rules.intake.mapping.decode_conditions import WHEN
from msp_rules.intake.mapping.decode_words import (
    ENCODING,
    MAPPING_TEXT,
    PATH,
    ROWS,
    MappingContext,
)
from msp_rules.intake.mapping.language import LookupFile, SourceForm, SourceKind
from msp_rules.intake.mapping.lookup_files import KINDS, Lookup, labels_in
from msp_rules.intake.mapping.paths import Paths
from msp_rules.yaml_source.decode import Field, Found, Record, Shape, needed, optional, optional_or
from msp_rules.yaml_source.nodes import Node


class FoundLabels(NamedTuple):
    """The code list that a code table takes from a file."""

    labels: Mapping[str, str]
    """The label of each key."""
    file: LookupFile
    """The file."""


_FILE: Final = needed("file", MAPPING_TEXT)
_RECORD: Final = optional("record", ROWS)
_KEY: Final = needed("key", PATH)
_LABEL: Final = needed("label", PATH)
_ENCODING: Final = optional_or("encoding", ENCODING, "utf-8")
_FROM: Final[Record[MappingContext]] = Record(
    what="", fields=(_FILE, _RECORD, _KEY, _LABEL, WHEN, _ENCODING), lacks_beside_unknown=True
)


def _read(node: Node, context: MappingContext) -> FoundLabels:
    found = _FROM.open(node, context)
    found.read([_FILE], context)
    name = found[_FILE]
    kind = KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        message = f"a code list is a file of {', '.join(sorted(KINDS))}"
        context.refuse(found.place(_FILE), "lookup", message)
    is_inside = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
    if not is_inside or "\\" in name:
        message = "the file must lie beside the mapping, or in a folder there"
        context.refuse(found.place(_FILE), "lookup", message)
    inside = replace(context, paths=Paths(kind=kind), record=".")
    _check_record(found, kind, inside)
    found.read_rest(inside)
    found.need_sound()
    record = found[_RECORD] or ()
    lookup = Lookup(
        form=SourceForm(kind, found[_ENCODING]),
        record=tuple(step.name for step in record),
        key=found[_KEY],
        label=found[_LABEL],
        conditions=found[WHEN],
    )
    return _labels(name, lookup, found, context)


def _check_record(found: Found[MappingContext], kind: SourceKind, context: MappingContext) -> None:
    if kind is SourceKind.XML and not found.has(_RECORD):
        context.note(found.block.where, "lookup", "from lacks record: which elements are rows?")
    if kind is SourceKind.CSV and found.has(_RECORD):
        context.note(found.place(_RECORD), "lookup", "a table of a code list has no record")


def _labels(
    name: str, lookup: Lookup, found: Found[MappingContext], context: MappingContext
) -> FoundLabels:
    """Reads the file; without a folder to look in, nothing is known of it."""
    if context.folder is None:
        return FoundLabels({}, LookupFile(name, ""))
    path = context.folder / name
    try:
        labels = labels_in(path, lookup)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (ValueError, OSError) as error:
        context.refuse(found.place(_FILE), "lookup", f"{name}: {error}")
    return FoundLabels(labels, LookupFile(name, digest))


LOOKUP: Final[Field[MappingContext, FoundLabels | None]] = optional(
    "from", Shape(_read, _FROM.schema)
)
"""The file that says what the keys of a system mean."""
