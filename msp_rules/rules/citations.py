"""Reads the places that exist in a ruleset's sources (`citations.yaml`), so none is made up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from msp_rules.errors import SourceLocation
from msp_rules.rules.language.names import DATE, FLAG, Names
from msp_rules.rules.language.rule import CitedSource, Reading, Rule, Ruleset
from msp_rules.yaml_source.decode import (
    TEXT,
    WORD,
    Context,
    Entry,
    Field,
    Found,
    Record,
    Shape,
    as_block,
    as_items,
    as_text,
    checked,
    member_of,
    needed,
    optional,
    optional_or,
    read_each,
    read_entries,
)
from msp_rules.yaml_source.json_schema import Schema, ref
from msp_rules.yaml_source.nodes import Block, Node, Problems, Refused, read_yaml

_N = TypeVar("_N", bound=Names)
FILE_NAME: Final = "citations.yaml"
STATUTORY: Final = "statutory"
"""The kind of a rule that says what the law asks for."""


def cited_in(folder: Path, ruleset: Ruleset) -> Mapping[str, CitedSource]:
    """Gives what is known about the sources of a folder; nothing if its file can't be read.

    Mistakes in the file are left to `check`.
    """
    path, problems = folder / FILE_NAME, Problems()
    main = read_yaml(path, FILE_NAME, problems) if path.exists() else None
    found = read_citations(main, ruleset, problems) if main is not None else None
    return {} if found is None or problems.has_errors else found


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
    """Notes every citation that the list does not hold, and statutory rules that cite no law."""
    check_rules(ruleset.rules, cited, problems)
    # Lists of before that mark said nothing of which source is law.
    for rule in ruleset.rules if any(one.is_law for one in cited.values()) else ():
        check_kind(rule, cited, problems)


def check_rules(
    rules: Iterable[Rule], cited: Mapping[str, CitedSource], problems: Problems
) -> None:
    """Notes every citation of some rules that the list does not hold."""
    for rule in rules:
        for cite in rule.cites:
            source = cited.get(cite.source)
            if source is not None and cite.at not in source.places:
                what = f"place in {cite.source} ({FILE_NAME})"
                problems.unknown(cite.where or rule.where, what, cite.at, source.places)


def check_kind(rule: Rule, cited: Mapping[str, CitedSource], problems: Problems) -> None:
    """Notes a rule that calls itself statutory, and cites no law."""
    if rule.kind != STATUTORY or any(
        one.source in cited and cited[one.source].is_law for one in rule.cites
    ):
        return
    law = sorted(name for name, source in cited.items() if source.is_law)
    known = f" (marked so: {', '.join(law)})" if law else ""
    message = (
        f"kind: statutory needs a citation of law{known}; a rule that rests on other sources is "
        "good_practice or local"
    )
    problems.error(rule.places.get("kind", rule.where), "statutory", message)


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


def _url(text: str, where: SourceLocation, names: Context) -> str:
    if not _URL.fullmatch(text):
        names.refuse(where, "url", "write the whole address, as in https://www.example.org/page")
    return text


_URL: Final = re.compile(r"https?://[^\s\"'<>]+")
_EDITION: Final = needed("edition", WORD.described(ref("text")))
_READ: Final = needed("read", member_of("way of reading", Reading))
_PLACES: Final = needed("places", Shape(_places, _places_schema))
_LABEL: Final = optional("label", TEXT)
_ADDRESS: Final = optional(
    "url",
    checked(WORD, _url).described(
        {"title": "a whole address", "type": "string", "pattern": f"^{_URL.pattern}$"}
    ),
)
_DAY: Final = optional("day", DATE)
_LAW: Final = optional_or("law", FLAG, False)  # noqa: FBT003 - a value, not a switch
_QUOTED_BY: Final = optional("quoted_by", WORD.described(ref("text")))
_NOT_READ: Final = optional_or("not_read", Shape(_places, _places_schema), frozenset())
_SOURCE: Final[Record[Names]] = Record(
    what="a source",
    fields=(_LABEL, _EDITION, _LAW, _DAY, _ADDRESS, _READ, _QUOTED_BY, _NOT_READ, _PLACES),
)


def _cited(found: Found[Names], where: SourceLocation) -> CitedSource:
    return CitedSource(
        edition=found[_EDITION],
        read=found[_READ],
        places=found[_PLACES],
        where=where,
        label=found[_LABEL],
        url=found[_ADDRESS],
        day=found[_DAY],
        quoted_by=found[_QUOTED_BY],
        is_law=found[_LAW],
        not_read=found[_NOT_READ],
    )


def _refuse_untrue(found: Found[Names], own: str, known: Collection[str], names: Names) -> None:
    """Refuses a source whose statements about how it was read contradict each other."""
    by, not_read, read = found[_QUOTED_BY], found[_NOT_READ], found[_READ]
    if by is not None and (by not in known or by == own):
        others = [name for name in known if name != own]
        names.refuse_unknown(found.place(_QUOTED_BY), "source", by, others)
    if by is not None and read is not Reading.SECOND_HAND and not not_read:
        message = "a source that was read needs no quoted_by; name the places under not_read"
        names.refuse(found.place(_QUOTED_BY), "read", message)
    if not_read and read is not Reading.IN_PART:
        message = f"not_read goes with read: {Reading.IN_PART.value}"
        names.refuse(found.place(_NOT_READ), "read", message)
    for place in sorted(not_read - found[_PLACES]):
        names.refuse_unknown(found.place(_NOT_READ), "place", place, found[_PLACES])


def _sources(node: Node, names: Names) -> Mapping[str, CitedSource]:
    known = names.sources or {}

    def read(entry: Entry) -> CitedSource:
        if entry.key not in known:
            names.refuse_unknown(entry.place, "source", entry.key, known)
        found = _SOURCE.read(entry.value, names)
        _refuse_untrue(found, entry.key, known, names)
        return _cited(found, entry.place)

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
