"""What the exports supplied, as rows for every report: one reading of what the scan counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from msp_rules.audit.coverage import ADULT, CASE, Coverage
from msp_rules.audit.scan import Scan
from msp_rules.audit.tally import Tally
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary

NOT_SAID: Final = "the export does not say"
DECLARED: Final = "yes"
IN_PART: Final = "in some exports"
NOT_DECLARED: Final = "no"
_IDS: Final = ("id", "ref")
_ON_EVERY_EVENT: Final = ("agency", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One field of a type: in how many `of` the type's events it has a value.

    `withheld` are among those `given`; `unmapped` counts values that a mapping's tables or date
    formats, or the vocabulary, do not know. `declared` is one of the words of this module.
    """

    name: str
    of: int
    given: int
    withheld: int
    unreadable: int
    unmapped: int
    declared: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRow:
    """An event type of the vocabulary (or `case`, or `adult`) and how often it occurs."""

    name: str
    means: str
    events: int
    declared: str
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRow:
    """Something that would have settled answers of a rule; `field` is "" for the event itself."""

    rule: str
    event: str
    field: str
    answers: int
    declared: str

    @property
    def words(self) -> str:
        """The event type, with the field where it is about one."""
        return f"{self.event}.{self.field}" if self.field else self.event


def coverage_of(scan: Scan) -> tuple[TypeRow, ...]:
    """Every type of the vocabulary in its order, those that never occurred included."""
    tally, vocabulary = scan.tally, _vocabulary(scan)
    rows = [
        _row(tally, CASE, "The attributes of a case.", vocabulary.case),
        _row(tally, ADULT, "The adult, by a pseudonym.", vocabulary.adult),
    ]
    for kind in vocabulary.events.values():
        names = [*kind.fields, *_ON_EVERY_EVENT]
        rows.append(_row(tally, kind.name, kind.means, names))
    return tuple(rows)


def wanted_rows(scan: Scan) -> tuple[WantedRow, ...]:
    """What would have settled the answers `cannot_tell`, by rule and then most often first."""
    counts = scan.tally.coverage
    rows = [
        WantedRow(
            rule=rule,
            event=event,
            field=name,
            answers=count,
            declared=_declared(counts, event, name),
        )
        for (rule, event, name), count in counts.wanted.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.rule, -row.answers, row.event, row.field)))


def never_there(rows: Iterable[TypeRow]) -> list[str]:
    """The event types that every source says it supplies, and of which there is none."""
    return [row.name for row in rows if row.declared == DECLARED and not row.events]


def not_supplied(rows: Iterable[TypeRow]) -> list[str]:
    """The event types that no source supplies: rules that rest on them cannot tell."""
    return [row.name for row in rows if row.declared == NOT_DECLARED]


def undeclared(rows: Iterable[TypeRow]) -> list[str]:
    """The event types that are there, though every source says that it does not supply them."""
    return [row.name for row in rows if row.declared == NOT_DECLARED and row.events]


def coverage_document(scan: Scan) -> Mapping[str, Any]:
    """The same for programs: docs/results.md, `coverage`."""
    sources = scan.tally.coverage.sources
    return {
        "sources": sorted(
            (
                {"cases": count, "supplies": None if words is None else sorted(words)}
                for words, count in sources.items()
            ),
            key=lambda row: (-row["cases"], row["supplies"] or []),
        ),
        "types": {row.name: _type_document(row) for row in coverage_of(scan)},
        "wanted": [
            {
                "rule": row.rule,
                "event": row.event,
                "field": row.field or None,
                "answers": row.answers,
            }
            for row in wanted_rows(scan)
        ],
    }


def _type_document(row: TypeRow) -> Mapping[str, Any]:
    fields = {
        one.name: {"given": one.given, "withheld": one.withheld, "unreadable": one.unreadable}
        for one in row.fields
    }
    return {"events": row.events, "fields": fields}


def _row(tally: Tally, kind: str, means: str, names: Iterable[str]) -> TypeRow:
    counts, unmapped = tally.coverage, tally.unmapped
    of, given = counts.events[kind], counts.given
    # Dates, ids and the like stand here only where they could not be read.
    doubtful = sorted(name for owner, name in (*counts.unreadable, *unmapped) if owner == kind)
    fields = tuple(
        FieldRow(
            name=name,
            of=of,
            given=given[kind, name],
            withheld=counts.withheld[kind, name],
            unreadable=counts.unreadable[kind, name],
            unmapped=unmapped[kind, name],
            declared=_declared(counts, kind, name),
        )
        for name in dict.fromkeys((*names, *doubtful))
        if name not in _IDS
    )
    declared = _declared(counts, kind, "")
    return TypeRow(name=kind, means=means, events=of, declared=declared, fields=fields)


def _declared(counts: Coverage, kind: str, name: str) -> str:
    """What the sources say of a type, or of a field of it."""
    if kind in (CASE, ADULT):
        return NOT_SAID  # no source declares these
    said = [words for words in counts.sources if words is not None]
    if not said:
        return NOT_SAID
    have = [words for words in said if _has(words, kind, name)]
    if not have:
        return NOT_DECLARED
    return DECLARED if len(have) == len(counts.sources) else IN_PART


def _has(words: frozenset[str], kind: str, name: str) -> bool:
    if kind in words:
        return True
    if name and name not in _ON_EVERY_EVENT:
        return f"{kind}.{name}" in words
    return any(word.startswith(f"{kind}.") for word in words)


def _vocabulary(scan: Scan) -> Vocabulary:
    return scan.engine.ruleset.vocabulary or core_vocabulary()
