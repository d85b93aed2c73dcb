"""Makes what the script of the page works on: an index of the cases, and their texts in blocks.

Up to `MOST_DRAWN` cases the page holds their texts as they are, and needs no script. Of more, the
texts are packed: compressed in blocks, and drawn by the script when somebody asks for them.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import orjson

from msp_rules.audit.case_audit.facts import FACETS
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.reports.html.case import COLOUR_CODES, VERDICT_CODES, WEIGHTS
from msp_rules.reports.html.holdings import BY_FIELD, UNITS
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


def index_of(heads: Iterable[CaseHead], words: Mapping[str, RuleWords], *, is_packed: bool) -> str:
    """Writes the index as JSON that may stand in an HTML script element."""
    owners: dict[str, int] = {}
    names: dict[str, int] = {}
    cases = [
        (
            head.case,
            owners.setdefault(head.owner, len(owners)),
            head.facets,
            head.colours,
            head.answers,
            head.signs,
            head.movement,
            head.move,
            _numbered(head.holdings, names, is_packed=is_packed),
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
        "facets": FACETS,
        "signs": PRACTICES,
        "owners": list(owners),
        "holdings": list(names),
        "units": UNITS,
        "cases": cases,
        "block": PACKED_TOGETHER if is_packed else 0,
    }
    # No element can be ended within it: "<" only ever stands in texts, where this is the same.
    return orjson.dumps(index).decode().replace("<", "\\u003c")


def _numbered(holdings: Mapping[str, int], names: dict[str, int], *, is_packed: bool) -> list[int]:
    """Lists the place of each name, and its count after it."""
    found: list[int] = []
    for name, count in holdings.items():
        if not (is_packed and name.startswith(f"{BY_FIELD}/")):
            found += (names.setdefault(name, len(names)), count)
    return found


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
