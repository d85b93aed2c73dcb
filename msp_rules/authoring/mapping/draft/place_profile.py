"""Profiles the values at one place, as far as a draft may know them.

A value is kept only while it may still be a label: short, and one of few at its place. It is
written into a draft only if it recurs in several cases (`labels`); the others help to guess what a
place is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from msp_rules.authoring.mapping.draft.dates import DateForms

_MOST_LABELS: Final = 40
LONGEST_LABEL: Final = 40
_MOST_WORDS: Final = 6
_LONGEST_KNOWN: Final = 90
_MOST_KNOWN_WORDS: Final = 14
"""Beyond these it is a text. Labels that are long all the same are known, but never written."""
_IDS_OF_A_PLACE: Final = 20_000
CASES_KEPT: Final = 3
SEPARATORS: Final = (";", "|", ",")
"""The texts that may stand between the labels of one cell."""
_MOST_PARTS: Final = 30
_LONGEST_JSON: Final = 20_000
_JSON_LOOKED_AT: Final = 500


@dataclass(slots=True)
class _Label:
    count: int = 0
    cases: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Labels:
    """The different values of a place that may be labels."""

    known: dict[str, _Label] = field(default_factory=dict)
    """The values, with the cases that have each."""
    is_full: bool = False
    """True if there were long or many values, which can't be labels."""

    def add(self, text: str, case: int) -> None:
        """Counts one value of that case."""
        if self.is_full:
            return
        is_text = len(text) > _LONGEST_KNOWN or len(text.split()) > _MOST_KNOWN_WORDS
        if is_text or (text not in self.known and len(self.known) >= _MOST_LABELS):
            self.is_full = True
            self.known.clear()
            return
        label = self.known.setdefault(text, _Label())
        label.count += 1
        if len(label.cases) < CASES_KEPT:
            label.cases.add(case)

    def in_cases(self, least: int) -> list[str]:
        """Lists the short values that recur in that many cases, most frequent first."""
        found = [
            (one.count, text)
            for text, one in self.known.items()
            if len(one.cases) >= least and is_short(text)
        ]
        return [text for _, text in sorted(found, key=lambda row: (-row[0], row[1]))]


@dataclass(slots=True)
class PlaceProfile:
    """The values at one place of one kind of record."""

    records: int = 0
    """The number of records that have it filled in."""
    values: int = 0
    """The number of values."""
    repeats: bool = False
    """True if one record has several values."""
    dates: DateForms = field(default_factory=DateForms)
    """The date forms that the values fit."""
    is_id: bool = True
    """True if it differs in each record of a case."""
    cases: set[int] = field(default_factory=set)
    """Marks of the first few cases that have it."""
    whole: Labels = field(default_factory=Labels)
    """The values as labels."""
    split: dict[str, Labels] = field(default_factory=dict)
    """The parts of values as labels, by what separates them."""
    parts: dict[str, PlaceProfile] = field(default_factory=dict)
    """The profiles of what a list in JSON holds, by key."""
    json_values: int = 0
    """The number of values that are lists in JSON."""
    _ids: set[int] = field(default_factory=set)

    @property
    def has_text(self) -> bool:
        """True if it has long or many values, which cannot be labels."""
        return self.whole.is_full

    @property
    def is_json(self) -> bool:
        """True if its values are lists in JSON."""
        return self.json_values > 0 and 2 * self.json_values >= min(self.values, _JSON_LOOKED_AT)

    def add(self, text: str, case: int, *, keeps_id: bool) -> bool:
        """Counts one value of a record of that case; tells whether one more hash is kept for it."""
        self.values += 1
        self.dates.add(text)
        if len(self.cases) < CASES_KEPT:
            self.cases.add(case)
        is_kept = self._add_id(text, case, keeps_id=keeps_id)
        self.whole.add(text, case)
        if text[0] in "[{":
            self._add_json(text, case)
        elif not self.dates.is_date:
            self._add_split(text, case)
        return is_kept

    def _add_id(self, text: str, case: int, *, keeps_id: bool) -> bool:
        mark = hash((case, text))
        if mark in self._ids or len(text) > LONGEST_LABEL:
            self.is_id = False
            self._ids.clear()
        elif self.is_id and keeps_id and len(self._ids) < _IDS_OF_A_PLACE:
            self._ids.add(mark)
            return True
        return False

    def _add_split(self, text: str, case: int) -> None:
        for mark in SEPARATORS:
            if mark in text and mark not in self.split:
                self.split[mark] = Labels()
                for known, label in self.whole.known.items():  # those that were met before
                    for one in sorted(label.cases) if mark not in known else ():
                        self.split[mark].add(known, one)
        for mark, labels in self.split.items():
            for part in dict.fromkeys(one.strip() for one in text.split(mark)[:_MOST_PARTS]):
                if part:
                    labels.add(part, case)

    def _add_json(self, text: str, case: int) -> None:
        if self.values > _JSON_LOOKED_AT or len(text) > _LONGEST_JSON:
            return
        try:
            read = json.loads(text)
        except (ValueError, RecursionError):
            return
        self.json_values += 1
        for item in (read if isinstance(read, list) else [read])[:_MOST_PARTS]:
            for key, value in item.items() if isinstance(item, dict) else [(".", item)]:
                if isinstance(value, str) and value.strip() and len(self.parts) < _MOST_LABELS:
                    part = self.parts.setdefault(str(key), PlaceProfile())
                    part.records += 1
                    part.add(value.strip().lstrip("[{") or "-", case, keeps_id=False)

    def labels(self, least_cases: int) -> list[str]:
        """Lists values that recur in that many cases, most frequent first; no texts or dates."""
        if self.has_text or self.dates.is_date:
            return []
        return self.whole.in_cases(least_cases)

    @property
    def different(self) -> int:
        """Counts the different short values; 0 where the place holds texts."""
        return len(self.whole.known)


def is_short(text: str) -> bool:
    """Tells whether a text may be a label."""
    words = text.split()
    return len(text) <= LONGEST_LABEL and len(words) <= _MOST_WORDS and text.isprintable()
