"""Makes what the script of the page works on: an index of the cases, and their texts in blocks.

Up to `MOST_DRAWN` cases the page holds their texts as they are, and needs no script. Of more, the
texts are packed: compressed in blocks, and drawn by the script when somebody asks for them.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final, NamedTuple

import orjson

from msp_rules.audit.case_audit.facts import FACETS
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.reports.html.case import COLOUR_CODES, VERDICT_CODES, WEIGHTS
from msp_rules.reports.html.holdings import UNITS, counts_of_record
from msp_rules.reports.html.records import CaseHead
from msp_rules.reports.labels import RuleWords
from msp_rules.rules.language.questions import AUDIT_QUESTIONS

MOST_DRAWN: Final = 1000
"""The number of cases up to which the page is whole without a script."""
MOST_PACKED: Final = 50_000
"""The number of cases that the page holds at most; of more, those with most to look at."""
PACKED_TOGETHER: Final = 20
"""The number of cases in a block. Deflate looks back 32 KB, two or three cases, so that larger
blocks are hardly smaller, and cost more to open."""
_LEVEL: Final = 9
_BETWEEN: Final = "\x00"


_FAULTY: Final = "faulty"
"""The facet of cases of which something could not be read or judged."""


class PageFacts(NamedTuple):
    """The numbers of the whole scan that the script needs beside the cases."""

    faulty: Set[str]
    """The ids of the cases with a fault."""
    people: int | None
    """The number of people whom the cases are about; None where it can't be said."""


def index_of(
    heads: Iterable[CaseHead],
    words: Mapping[str, RuleWords],
    facts: PageFacts,
    *,
    is_packed: bool,
) -> str:
    """Writes the index as JSON that may stand in an HTML script element."""
    owners: dict[str, int] = {}
    groups = _Groups()
    cases = [
        (
            head.case,
            owners.setdefault(head.owner, len(owners)),
            head.facets + ("1" if head.case in facts.faulty else "0"),
            head.colours,
            head.answers,
            head.signs,
            head.movement,
            head.move,
            groups.of(head),
        )
        for head in heads
    ]
    index = {
        "rules": list(words),
        "principles": [one.principles for one in words.values()],
        "verdicts": VERDICT_CODES,
        "weights": WEIGHTS,
        "colours": COLOUR_CODES,
        "questions": list(AUDIT_QUESTIONS),
        "facets": (*FACETS, _FAULTY),
        "signs": PRACTICES,
        "owners": list(owners),
        "holdings": list(groups.names),
        "groups": groups.counts,
        "units": UNITS,
        "people": facts.people,
        "cases": cases,
        "block": PACKED_TOGETHER if is_packed else 0,
    }
    # No element can be ended within it: "<" only ever stands in texts, where this is the same.
    return orjson.dumps(index).decode().replace("<", "\\u003c")


class _Groups:
    """The counts of all cases in groups, each written once: most cases have many in common.

    Named by themselves, the fields of records alone would be a fifth of the page.
    """

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        """The names of counts, each with its place."""
        self.counts: list[list[int]] = []
        """The groups: the place of each name, and its count after it."""
        self._places: dict[str, int] = {}

    def of(self, head: CaseHead) -> list[int]:
        """Gives the places of the groups of a case; a record that it holds twice is there twice."""
        found = [self._place(one, counts_of_record(one)) for one in head.records]
        by_kind: dict[str, dict[str, int]] = {}
        for name, count in head.holdings.items():
            by_kind.setdefault(name.partition("/")[0], {})[name] = count
        return [*found, *(self._place(repr(one), one) for one in by_kind.values())]

    def _place(self, key: str, counts: Mapping[str, int]) -> int:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.counts)
            group: list[int] = []
            for name, count in counts.items():
                group += (self.names.setdefault(name, len(self.names)), count)
            self.counts.append(group)
        return place


def packed_blocks(texts: Iterable[str]) -> Iterator[bytes]:
    """Packs the texts of cases: each block is raw deflate in base64, its cases apart by NUL."""
    block: list[str] = []
    for text in texts:
        block.append(text)
        if len(block) == PACKED_TOGETHER:
            yield _packed(block)
            block.clear()
    if block:
        yield _packed(block)


def _packed(block: list[str]) -> bytes:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b64encode(deflate.compress(_BETWEEN.join(block).encode()) + deflate.flush())
