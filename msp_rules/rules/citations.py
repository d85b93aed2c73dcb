"""Reads the places that a ruleset's sources really hold (`citations.yaml`), so none is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from msp_rules.errors import SourceLocation
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import Ruleset
from msp_rules.yaml_source.decode import (
    WORD,
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_items,
    as_text,
    member_of,
    needed,
    read_each,
    read_entries,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Block, Node, Problems, Refused

_N = TypeVar("_N", bound=Names)
FILE_NAME: Final = "citations.yaml"


class Reading(StrEnum):
    """The ways to read a source: whole, in excerpts, or as another source gives it."""

    WHOLE = "whole"
    IN_PART = "in_part"
    SECOND_HAND = "second_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSource:
    """One source that rules may cite."""

    edition: str
    """The edition that was read."""
    read: Reading
    """The way in which it was read."""
    places: frozenset[str]
    """Every place that may be cited."""
    where: SourceLocation
    """The place of the entry in the file."""


def read_citations(
    main: Block, ruleset: Ruleset, problems: Problems
) -> Mapping[str, CitedSource] | None:
    """Reads the sources by id; None, with a problem noted, where the file can't be read."""
    names = Names(problems=problems, vocabulary=ruleset.vocabulary, sources=ruleset.sources)
    try:
        found = CITATIONS.open(main, names)
        found.read_rest(names)
        need_ruleset(found, _CITATIONS, ruleset, names)
        found.need_sound()
        return found[_SOURCES]
    except Refused:
        return None


def check_citations(ruleset: Ruleset, cited: Mapping[str, CitedSource], problems: Problems) -> None:
    """Notes every citation of a rule that the list does not hold."""
    for rule in ruleset.rules:
        for cite in rule.cites:
            source = cited.get(cite.source)
            if source is not None and cite.at not in source.places:
                what = f"place in {cite.source} ({FILE_NAME})"
                problems.unknown(cite.where or rule.where, what, cite.at, source.places)


def need_ruleset(found: Found[_N], key: Field[_N, str], ruleset: Ruleset, names: Names) -> None:
    """Refuses a file that names another ruleset."""
    if found.get(key, ruleset.id) != ruleset.id:
        names.refuse(found.place(key), "id", f'this ruleset is "{ruleset.id}"')


def _places(node: Node, names: Names) -> frozenset[str]:
    items = as_items(node, names, "places").items
    places = read_each(items, lambda item: as_text(item, names))
    for item, place in zip(items, places, strict=True):
        if places.count(place) > 1:
            names.refuse(item.where, "duplicate", f'"{place}" is listed here twice')
    return frozenset(places)


def _places_schema(_: Names) -> Schema:
    # An editor may read a paragraph ("14.10") as a number.
    return {"type": "array", "uniqueItems": True, "items": {"type": ["string", "number"]}}


_EDITION: Final = needed("edition", WORD.described(ref("text")))
_READ: Final = needed("read", member_of("way of reading", Reading))
_PLACES: Final = needed("places", Shape(_places, _places_schema))
_SOURCE: Final[Record[Names]] = Record(what="a source", fields=(_EDITION, _READ, _PLACES))


def _sources(node: Node, names: Names) -> Mapping[str, CitedSource]:
    known = names.sources or {}

    def read(entry: Entry) -> CitedSource:
        if entry.key not in known:
            names.refuse_unknown(entry.place, "source", entry.key, known)
        found = _SOURCE.read(entry.value, names)
        return CitedSource(
            edition=found[_EDITION],
            read=found[_READ],
            places=found[_PLACES],
            where=entry.place,
        )

    block = as_block(node, names, "sources")
    found = read_entries(block, read)
    for source in known:
        if source not in found:
            message = f'the source "{source}" of ruleset.yaml has no list of places here'
            names.note(block.where, "lacking", message)
    return found


def _sources_schema(names: Names) -> Schema:
    return {"type": "object", "additionalProperties": _SOURCE.schema(names)}


_CITATIONS: Final = needed("citations", WORD)
_SOURCES: Final = needed("sources", Shape(_sources, _sources_schema))
CITATIONS: Final[Record[Names]] = Record(
    what="the list of citations", fields=(_CITATIONS, _SOURCES)
)
"""The shape of citations.yaml."""
