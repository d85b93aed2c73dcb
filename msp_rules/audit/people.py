"""Counts the people whom cases are about: each adult once, by the reference that exports give.

A reference itself is kept nowhere: a mark of 8 bytes stands for it while a scan runs, and in its
checkpoint. What a scan gives in the end holds the number alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from msp_rules.casework.case import Case

MOST_PEOPLE: Final = 50_000
"""The number of people up to which they are counted: memory does not grow with more."""
_MARK_BYTES: Final = 8


def mark_of(reference: object) -> int:
    """Gives the mark of an adult's reference; -1 where there is none."""
    if not isinstance(reference, str) or not reference:
        return -1
    return int.from_bytes(blake2b(reference.encode(), digest_size=_MARK_BYTES).digest())


def person_of(case: Case) -> str:
    """Gives the key of a case's adult: the reference, or the case itself where it has none.

    A case id and a reference may be spelled alike, and mean two people: so each says which it is.
    """
    reference = case.adult.get("ref")
    return f"adult {reference}" if isinstance(reference, str) else f"case {case.id}"


@dataclass(slots=True)
class PeopleTally:
    """The distinct adults of the cases so far."""

    cases: int = 0
    """The number of cases that refer to their adult."""
    distinct: int | None = 0
    """The number of adults whom these are about; None where there are too many to tell."""
    _marks: set[int] = field(default_factory=set, compare=False, repr=False)

    def add(self, mark: int) -> None:
        """Counts the adult of a case; does nothing for one without a reference."""
        if mark < 0:
            return
        self.cases += 1
        if self.distinct is not None:
            self._marks.add(mark)
            self._count()

    def merge(self, other: PeopleTally) -> None:
        """Adds what was counted elsewhere."""
        self.cases += other.cases
        if not self._has_marks or not other._has_marks:
            self.distinct = None
            self._marks.clear()
        elif other._marks:
            self._marks |= other._marks
            self._count()

    def number(self) -> PeopleTally:
        """Gives the numbers without the marks: all that a result needs."""
        return PeopleTally(self.cases, self.distinct)

    def document(self) -> Mapping[str, object]:
        """Gives the counts as a checkpoint holds them; `people_from` reads that again."""
        return {"cases": self.cases, "distinct": self.distinct, "marks": sorted(self._marks)}

    @property
    def _has_marks(self) -> bool:
        return self.distinct == len(self._marks)

    def _count(self) -> None:
        self.distinct = len(self._marks)
        if self.distinct > MOST_PEOPLE:
            self.distinct = None
            self._marks.clear()


def people_from(document: Mapping[str, Any] | None) -> PeopleTally:
    """Reads what `PeopleTally.document` gave; earlier checkpoints do not count people."""
    if document is None:
        return PeopleTally(distinct=None)
    return PeopleTally(document["cases"], document["distinct"], set(document["marks"]))
