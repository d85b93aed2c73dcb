"""The places that a ruleset's sources really hold (`citations.yaml`), so that none is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.names import Names, Refused, as_block, as_items, as_text, read_each
from msp_rules.rules.language.rule import Ruleset
from msp_rules.yaml_source.nodes import Block, Node, Problems

FILE_NAME: Final = "citations.yaml"


class Reading(StrEnum):
    """How a source was read: whole, in excerpts, or as another source gives it."""

    WHOLE = "whole"
    IN_PART = "in_part"
    SECOND_HAND = "second_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSource:
    """One source: its edition, how it was read, and every place that may be cited."""

    edition: str
    read: Reading
    places: frozenset[str]
    where: SourceLocation


def read_citations(
    main: Block, ruleset: Ruleset, problems: Problems
) -> Mapping[str, CitedSource] | None:
    """The sources by id; None, with a problem noted, where the file can't be read."""
    names = Names(core_vocabulary(), problems)
    try:
        as_block(main, names, "the list of citations", ("citations", "sources"))
        need_ruleset(main, "citations", ruleset, names)
        return _sources(main.entries["sources"], ruleset, names)
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


def need_ruleset(main: Block, key: str, ruleset: Ruleset, names: Names) -> None:
    """Refuses a file that calls itself that of another ruleset."""
    node = main.entries[key]
    if as_text(node, names) != ruleset.id:
        raise names.refuse(node.where, "id", f'this ruleset is "{ruleset.id}"')


def _sources(node: Node, ruleset: Ruleset, names: Names) -> Mapping[str, CitedSource]:
    block = as_block(node, names, "sources")

    def read_one(source: str) -> CitedSource:
        where = block.keys[source]
        if source not in ruleset.sources:
            raise names.unknown(where, "source", source, ruleset.sources)
        return _source(block.entries[source], where, names)

    found = dict(zip(block.entries, read_each(block.entries, read_one), strict=True))
    for source in ruleset.sources:
        if source not in found:
            message = f'the source "{source}" of ruleset.yaml has no list of places here'
            names.problems.error(block.where, "lacking", message)
    return found


def _source(node: Node, where: SourceLocation, names: Names) -> CitedSource:
    block = as_block(node, names, "a source", ("edition", "read", "places"))
    word = as_text(block.entries["read"], names)
    if word not in list(Reading):
        raise names.unknown(block.entries["read"].where, "way of reading", word, Reading)
    items = as_items(block.entries["places"], names, "places").items
    places = read_each(items, lambda item: as_text(item, names))
    for item, place in zip(items, places, strict=True):
        if places.count(place) > 1:
            raise names.refuse(item.where, "duplicate", f'"{place}" stands here twice')
    return CitedSource(
        edition=as_text(block.entries["edition"], names),
        read=Reading(word),
        places=frozenset(places),
        where=where,
    )
