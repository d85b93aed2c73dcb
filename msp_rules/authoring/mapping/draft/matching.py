"""Matches the places of one kind of record with events and fields, by their names and values.

A wide table, the answers of a form, and a record of one event are all matched in one way: dates
that are named after an event make one, and other places go to its fields, the best match first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msp_rules.authoring.mapping.draft.fits import CODED, DATED, fit_of
from msp_rules.authoring.mapping.draft.glossary import (
    Answers,
    Glossary,
    Meaning,
    Target,
    is_answer,
)
from msp_rules.authoring.mapping.draft.place_profile import PlaceProfile
from msp_rules.authoring.mapping.draft.places import Place
from msp_rules.authoring.mapping.draft.profile import RecordProfile
from msp_rules.authoring.mapping.draft.words import (
    BIRTH_WORDS,
    ROW_NUMBER_WORDS,
    plain_word,
    words_of,
)
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary

WRITTEN_WORDS: Final = frozenset({"recorded", "entered", "created", "captured", "logged"})
"""Words of a date on which something was written down."""
_LATER: Final = frozenset({"due", "target", "expected", "planned", "proposed", "next", "deadline"})
_STAMPS: Final = WRITTEN_WORDS | {"updated", "modified", "printed", "exported", "extracted"}
_STARTING: Final = frozenset(
    {"started", "start", "received", "occurred", "happened", "held", "raised"}
)
_DATE: Final = frozenset({"date", "on", "at", "when", "time", "datetime"})
_ENDING: Final = frozenset({"completed", "ended", "end", "closed", "finished", "submitted", "sent"})
_GENERIC: Final = frozenset(
    (
        *("value", "answer", "result", "outcome", "response", "lookup", "code", "label"),
        *("option", "choice"),
    )
)
_DIGITS: Final = frozenset(str(one) for one in range(10))
_GENERIC_TEXT: Final = frozenset(
    {"note", "comment", "narrative", "text", "description", "detail", "summary", "remark"}
)
_EVENT_ENOUGH: Final = 0.6
_NAME_ENOUGH: Final = 0.55
_SURE_NAME: Final = 0.9
_FIELD_ENOUGH: Final = 0.8
_NEAR_ENOUGH: Final = 0.65
_NEW_EVENT_ENOUGH: Final = 0.95
_FIT_COUNTS: Final = 0.4
_GENERIC_NAME: Final = 0.45
_PLAIN_TIMES: Final = frozenset(
    (
        *("start", "started", "completed", "submitted", "finished", "sent", "incoming", "event"),
        *("step", "activity", "form", "last"),
    )
)
_NEIGHBOURS: Final = 6
_MANY_LABELS: Final = 5
"""The number of labels of which at least one resembles a code of the right field."""
_SECOND_BEST: Final = 0.2
"""The distance of another meaning of a column from its best, beyond which it is left out."""
_GROUP_COUNTS: Final = 0.9
_PLAIN_COUNTS: Final = 0.65
_FEW_DATES: Final = 3
"""The number of dates up to which they are those of one thing: its start and its end, say."""


@dataclass(slots=True)
class Column:
    """A place and what it is called."""

    place: Place
    """The place."""
    name: str
    """Its name: that of a column, or a question."""
    one: PlaceProfile
    """The values there."""
    order: int
    """Its rank among the places of the record."""
    meanings: dict[Target, Meaning] = field(default_factory=dict)
    """Everything that its name may mean."""
    may_be_named: bool = True
    """False if its name is a question whose words may not be written."""

    @property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return words_of(self.name, keeps_plain=True)

    @property
    def is_date(self) -> bool:
        """Tells whether it holds one date a record."""
        return self.one.dates.is_date and not self.one.repeats


class FieldMatch(NamedTuple):
    """A field and the column that may fill it."""

    score: float
    """The rating of the match."""
    column: Column
    """The column."""
    event: str
    """The event type."""
    field: Field
    """The field."""
    answers: Answers
    """The codes that yes and no mean."""
    separator: str | None
    """The text between several labels in one cell; None for one label."""
    is_named: bool
    """False if the values alone led to it."""


@dataclass(slots=True)
class Sheet:
    """The matches of one kind of record."""

    columns: list[Column]
    """All its columns."""
    kind: str | None
    """The event type that its records are; None where they are none or several."""
    dates: dict[str, Column]
    """The date of each event type that has one of its own."""
    fields: list[FieldMatch]
    """The fields."""
    handed_in: Column | None = None
    """The date on which a form with answers of several dates was handed in, or begun."""
    recorded: Column | None = None
    """The date on which its records were written down."""


def columns_of(
    record: RecordProfile, glossary: Glossary, taken: set[Place], least_cases: int
) -> list[Column]:
    """Lists the places of a record that may be fields, with what their names may mean."""
    found: list[Column] = []
    for place, one in record.places.items():
        if place in taken or _is_predicate(place) or _is_row_number(place):
            continue
        if one.is_json:
            for key, part in one.parts.items():
                found.append(Column(place._replace(part=key), key, part, len(found)))
        else:
            found.append(Column(place, _name_of(place, record), one, len(found)))
    for column in found:
        column.meanings = _meanings_of(column, glossary)
        asked = [record.questions[one] for one in column.place.asks if one in record.questions]
        column.may_be_named = all(one.may_be_written(least_cases) for one in asked)
    return found


def _meanings_of(column: Column, glossary: Glossary) -> dict[Target, Meaning]:
    """Rates what a name may mean, alone and together with that of the group around it."""
    found = glossary.meanings(column.name)
    if column.place.asks or not column.place.steps or column.place.attribute is None:
        return found
    group = plain_word(column.place.steps[-1].name)
    for target, one in glossary.meanings(f"{group} {column.name}").items():
        if one.score * _GROUP_COUNTS > found.get(target, Meaning(0)).score:
            found[target] = one._replace(score=one.score * _GROUP_COUNTS)
    return found


def _is_predicate(place: Place) -> bool:
    """Tells whether a place is the attribute whose value its own last step already fixes."""
    return (
        bool(place.steps)
        and place.attribute is not None
        and (place.steps[-1].key == f"@{place.attribute}")
    )


def _is_row_number(place: Place) -> bool:
    """Tells whether a place has but the number of a row."""
    words = words_of(place.own_name, keeps_plain=True)
    return bool(words) and words <= ROW_NUMBER_WORDS


def _name_of(place: Place, record: RecordProfile) -> str:
    """Names a place by its question (in words, if there are any), or by its own name."""
    for question in reversed(place.asks):
        known = record.questions.get(question)
        return known.text if known is not None else question
    names = [place.own_name, *(step.name for step in reversed(place.steps))]
    return next((name for name in names if words_of(name)), place.own_name)


def match(
    columns: list[Column],
    kind: str | None,
    glossary: Glossary,
    vocabulary: Vocabulary,
    *,
    is_inner: bool,
) -> Sheet:
    """Matches the columns of one kind of record with events and fields.

    In records inside a case (`is_inner`) a date that is named after a start or an end alone is that
    of the record, and not of the case.
    """
    return _Matcher(columns, kind, glossary, vocabulary, is_inner=is_inner).match()


class _Matcher:
    def __init__(
        self,
        columns: list[Column],
        kind: str | None,
        glossary: Glossary,
        vocabulary: Vocabulary,
        *,
        is_inner: bool,
    ) -> None:
        self._columns = columns
        self._kind = kind
        self._glossary = glossary
        self._vocabulary = vocabulary
        self._dates: dict[str, Column] = {}
        self._sheet = Sheet(columns, kind, self._dates, [])
        self._is_inner = is_inner
        stamps = [one for one in columns if one.is_date and not one.place.asks]
        self._plain = _STARTING | _ENDING if len(stamps) <= _FEW_DATES else _PLAIN_TIMES

    def match(self) -> Sheet:
        self._match_dates()
        self._sheet.handed_in = self._handed_in()
        recorded = self._recorded()
        dated = {id(one) for one in self._dates.values()}
        dated |= {id(recorded)} if recorded is not None else set()
        rated: list[FieldMatch] = []
        for column in self._columns:
            found = list(self._ratings(column)) if id(column) not in dated else []
            best = max((one.score for one in found), default=0.0)
            rated += [one for one in found if one.score >= best - _SECOND_BEST]
        fields: list[FieldMatch] = []
        used: set[int] = set()
        filled: set[tuple[str, str]] = set()
        for one in sorted(rated, key=lambda row: (-row.score, row.column.order)):
            if id(one.column) not in used and (one.event, one.field.name) not in filled:
                fields.append(one)
                used.add(id(one.column))
                filled.add((one.event, one.field.name))
        fields.sort(key=lambda row: row.column.order)
        self._sheet.fields, self._sheet.recorded = fields, recorded
        return self._sheet

    def _match_dates(self) -> None:
        rated = []
        for column in (one for one in self._columns if one.is_date):
            if column.words & BIRTH_WORDS or (self._is_inner and self._says_only_when(column)):
                continue
            is_plain = not column.words - _DATE - _PLAIN_TIMES
            factor = 0.3 if column.words & _STAMPS else _PLAIN_COUNTS if is_plain else 1
            found = []
            for target, meaning in column.meanings.items():
                if target.field is None and target.event in self._vocabulary.events:
                    later = column.words & _LATER - words_of(target.event)
                    score = meaning.score * (0.5 if later else factor)
                    found.append((score + 0.05 * (target.event == self._kind), target.event))
            best = max(found, default=(0.0, ""))[0]
            rated += [(one, column, event) for one, event in found if one >= best - _SECOND_BEST]
        used: set[int] = set()
        for score, column, event in sorted(rated, key=lambda row: (-row[0], row[1].order)):
            if score >= _EVENT_ENOUGH and id(column) not in used and event not in self._dates:
                self._dates[event] = column
                used.add(id(column))
        if self._kind is not None and self._kind not in self._dates:
            main = self._main_date(used)
            if main is not None:
                self._dates[self._kind] = main

    def _main_date(self, used: set[int]) -> Column | None:
        """Finds the date of a record whose kind is known."""
        assert self._kind is not None
        wanted, other = _STARTING, _ENDING
        if self._kind in self._glossary.ends:
            wanted, other = other, wanted
        left = [one for one in self._columns if one.is_date and id(one) not in used]
        left = [one for one in left if not one.words & BIRTH_WORDS]
        left = [one for one in left if not one.place.asks] or left
        return max(left, key=lambda one: _points(one, wanted, other), default=None)

    def _says_only_when(self, column: Column) -> bool:
        """Tells whether a date inside a case is named after its record's start or end alone."""
        said = column.words - _DATE - _PLAIN_TIMES - self._plain
        return not said and not column.place.asks

    def _handed_in(self) -> Column | None:
        """Finds the date of a form that holds more than one thing."""
        plain = [
            one
            for one in self._columns
            if one.is_date and not one.place.asks and not one.words - _DATE - _PLAIN_TIMES
        ]
        own = {id(one) for one in self._dates.values()} - {id(one) for one in plain}
        if not self._is_inner or not own:
            return None
        return max(plain, key=lambda one: bool(one.words & _ENDING), default=None)

    def _recorded(self) -> Column | None:
        used = {id(one) for one in self._dates.values()}
        found = (
            one
            for one in self._columns
            if one.is_date and one.words & WRITTEN_WORDS and id(one) not in used
        )
        return next(found, None) if self._kind is not None else None

    def _ratings(self, column: Column) -> Iterator[FieldMatch]:
        """Rates everything that a column may fill."""
        for event in self._events_in_question(column):
            near = self._nearness(column, event)
            for known in self._vocabulary.events[event].fields.values():
                found = self._rating(column, event, known, near)
                if found is not None:
                    yield found

    def _events_in_question(self, column: Column) -> list[str]:
        named = [target.event for target in column.meanings if target.field is not None]
        near = [*self._dates, *([self._kind] if self._kind else [])]
        return [one for one in dict.fromkeys((*named, *near)) if self._can_happen(one)]

    def _can_happen(self, event: str) -> bool:
        """Tells whether an event has a date here: one of its own, or that of another."""
        if event not in self._vocabulary.events:
            return False
        return self.date_of(event) is not None

    def date_of(self, event: str) -> Column | None:
        """Gives the date of an event: its own, or that of an event that it goes with."""
        return date_of(event, self._sheet, self._glossary)

    def _nearness(self, column: Column, event: str) -> float:
        """Rates how much else than its name says that a column belongs to an event."""
        if self._kind == event:
            return 1
        if event not in self._dates:
            around = self._glossary.follows.get(event, ())
            return 0.85 if self._kind in around else 0
        named = column.meanings.get(Target(event))
        if named is not None and named.score >= _EVENT_ENOUGH:
            return 0.9
        gap = column.order - self._dates[event].order
        between = [one.order - self._dates[event].order for one in self._dates.values()]
        if 0 < gap <= _NEIGHBOURS and not any(0 < one < gap for one in between):
            return 0.9
        return 0.75 if -2 <= gap < 0 and not any(gap < one < 0 for one in between) else 0

    def _rating(self, column: Column, event: str, known: Field, near: float) -> FieldMatch | None:
        full = column.meanings.get(Target(event, known.name), Meaning(0))
        short = column.meanings.get(Target(event, known.name, is_short=True), Meaning(0))
        is_full = full.score >= short.score * near
        name = max(full.score, short.score * near)
        answers = full.answers if is_full else short.answers
        is_generic = name < _GENERIC_NAME and self._is_generic(column, event, known)
        if near and is_generic:
            name = _GENERIC_NAME
        if name < (_GENERIC_NAME if near else _NAME_ENOUGH):
            return None
        fit = fit_of(column.one, known, answers, self._glossary)
        if fit is None:
            return None
        is_misfit = known.kind in CODED and fit.share == 0
        if is_misfit and (name < _SURE_NAME or column.one.different >= _MANY_LABELS):
            return None
        score = name + _FIT_COUNTS * fit.share + 0.05 * near
        enough = _NEAR_ENOUGH if near else _FIELD_ENOUGH
        if event not in self._dates and not near:
            enough = _NEW_EVENT_ENOUGH
        if name <= _GENERIC_NAME and fit.share < 0.5:
            return None
        if score < enough or (known.kind is FieldKind.REF and name < _SURE_NAME):
            return None
        is_named = name > _GENERIC_NAME
        return FieldMatch(score, column, event, known, answers, fit.separator, is_named)

    def _is_generic(self, column: Column, event: str, known: Field) -> bool:
        """Tells whether a name says nothing, so that the kind of record and the values have to."""
        if self._kind is None or self._kind not in (event, *self._glossary.follows.get(event, ())):
            return False
        words = words_of(column.name, keeps_plain=True) - _DIGITS
        kinds = [one.kind for one in self._vocabulary.events[event].fields.values()]
        if known.kind is FieldKind.TEXT:
            if (event, known.name) in self._glossary.takes_notes and words <= _GENERIC_TEXT:
                return True
            is_text = column.one.has_text and event == self._kind
            return is_text and words <= _GENERIC and kinds.count(known.kind) == 1
        if known.kind in DATED:
            is_alone = sum(one in DATED for one in kinds) == 1
            return event == self._kind and words <= _GENERIC and is_alone
        if known.kind is not FieldKind.CODE or event != self._kind or not words <= _GENERIC:
            return False
        # Values alone don't tell two fields apart that take the same; nor does a plain yes.
        fields = self._vocabulary.events[event].fields.values()
        is_alone = sum(one.enum == known.enum for one in fields) == 1 or known.is_required
        return is_alone and not all(is_answer(text) for text in column.one.whole.known)


def date_of(event: str, sheet: Sheet, glossary: Glossary) -> Column | None:
    """Gives the date of an event: its own, or that of an event that it goes with.

    What a form says beside dates of its own was said when the form was handed in.
    """
    if event in sheet.dates:
        return sheet.dates[event]
    for other in glossary.follows.get(event, ()):
        if other in sheet.dates:
            return sheet.dates[other]
    if sheet.handed_in is not None:
        return sheet.handed_in
    kind = sheet.kind
    if kind is None or kind not in sheet.dates:
        return None
    if event in glossary.ends and kind not in glossary.ends:
        ends = [one for one in sheet.columns if one.is_date and one.words & _ENDING]
        return next((one for one in ends if not one.place.asks), None)
    return sheet.dates[kind]


def _points(column: Column, wanted: frozenset[str], other: frozenset[str]) -> float:
    words = column.words
    return (
        2 * bool(words & wanted)
        + 0.5 * bool(words & _DATE)
        - bool(words & other)
        - 3 * bool(words & (_STAMPS | _LATER))
        - column.order / 1000
    )
