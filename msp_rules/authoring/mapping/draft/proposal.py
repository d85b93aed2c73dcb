"""Proposes what a mapping may say of an export: guesses, each with its doubt.

From the profile of an export come entries of `events`, with the places that may fill their fields
and the codes that labels may mean; what was found and not used is named, too. `text` writes it all.
"""

from __future__ import annotations

from typing import Final

from msp_rules.authoring.mapping.draft.entries import EventDraft, FieldDraft, Proposal, TableDraft
from msp_rules.authoring.mapping.draft.facts import name_words
from msp_rules.authoring.mapping.draft.fits import CODED, DATED, fit_of
from msp_rules.authoring.mapping.draft.glossary import Answers, is_answer, load_glossary
from msp_rules.authoring.mapping.draft.matching import (
    Column,
    FieldMatch,
    Sheet,
    columns_of,
    date_of,
    match,
)
from msp_rules.authoring.mapping.draft.places import Place
from msp_rules.authoring.mapping.draft.profile import Profile, RecordProfile
from msp_rules.authoring.mapping.draft.structure import Structure
from msp_rules.authoring.mapping.draft.words import (
    BIRTH_WORDS,
    PERSON_WORDS,
    is_private,
    word_list,
    words_of,
)
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary


def propose(structure: Structure, profile: Profile, vocabulary: Vocabulary) -> Proposal:
    """Proposes what a mapping may say of an export."""
    return _Proposer(structure, profile, vocabulary).propose()


_FIRST: Final = "concern_raised"
"""The event type drafted for records whose name reveals no type: a case begins with it."""
_ID: Final = frozenset({"id", "pk", "key", "number", "ref", "guid", "uuid", "no"})
_ENVELOPE: Final = ("agency", "role")
_ERROR: Final = frozenset({"discarded", "deleted", "cancelled", "canceled", "voided", "void"})
_SURE_KIND: Final = 0.6
_OUTCOME, _REVIEW = "outcome_expressed", "outcome_reviewed"


class _Proposer:
    def __init__(self, structure: Structure, profile: Profile, vocabulary: Vocabulary) -> None:
        self._structure = structure
        self._profile = profile
        self._vocabulary = vocabulary
        self._glossary = load_glossary(vocabulary)
        self._events: list[EventDraft] = []
        self._attributes: list[FieldDraft] = []
        self._adult_fields: list[FieldDraft] = []
        self._case_unused: list[tuple[Place, str]] = []
        self._tables: set[str] = set()

    def propose(self) -> Proposal:
        """Drafts the events of every kind of record."""
        profile = self._profile
        own = next((one for one in profile.records if not one.inside.steps), None)
        adult = self._adult(own)
        unwritten = 0
        for record in profile.records:
            if record.kind is not None and len(record.cases) < profile.least_cases:
                unwritten += 1  # what tells it may be text that somebody typed
            elif record is own:
                self._add_own(record, adult)
            else:
                self._add_record(record, adult)
        _name_apart(self._events)
        if self._have_ids_of_their_own():
            kinds: set[tuple[Place, str | None]] = set()
            for event in self._events:
                kind = next((one for one in event.when if one[1] is not None), (event.record, None))
                event.suffix = event.suffix if kind in kinds else ""
                kinds.add(kind)
        _lead_references(self._events)
        _name_tables(self._events)
        return Proposal(
            structure=self._structure,
            profile=profile,
            adult=adult,
            attributes=self._attributes,
            adult_fields=self._adult_fields,
            case_unused=self._case_unused,
            events=self._events,
            unwritten_kinds=unwritten,
        )

    def _add_own(self, record: RecordProfile, adult: Place | None) -> None:
        """Adds the events that the case's own places make, and what they say of case and adult."""
        case_id = self._structure.case_id
        taken = {place for place in (case_id, adult) if place is not None}
        least = self._profile.least_cases
        columns = self._writable(columns_of(record, self._glossary, taken, least))
        columns = self._without_case(columns)
        sheet = match(columns, None, self._glossary, self._vocabulary, is_inner=False)
        events = self._events_of(sheet, record, case_id, is_id_sure=case_id is not None)
        used = self._used(sheet, events)
        self._events += events
        self._case_unused = [
            (one.place, self._looks_like(one)) for one in columns if id(one) not in used
        ]

    def _without_case(self, columns: list[Column]) -> list[Column]:
        """Takes the columns that say something of the case or the adult out of a list."""
        left = []
        for column in columns:
            found = self._about_case(column)
            if found is None:
                left.append(column)
            else:
                group, draft = found
                (self._attributes if group == "case" else self._adult_fields).append(draft)
        return left

    def _about_case(self, column: Column) -> tuple[str, FieldDraft] | None:
        groups = {"case": self._vocabulary.case, "adult": self._vocabulary.adult}
        for target, meaning in column.meanings.items():
            if target.event not in groups or target.field is None or meaning.score < _SURE_KIND:
                continue
            known = groups[target.event][target.field]
            drafts = self._attributes if target.event == "case" else self._adult_fields
            best = max(one.score for one in column.meanings.values())
            is_taken = any(one.field.name == known.name for one in drafts)
            if is_taken or meaning.score < best or column.one.repeats or column.place.part:
                continue
            fit = fit_of(column.one, known, meaning.answers, self._glossary)
            if fit is not None and (fit.share > 0 or known.kind not in CODED):
                return target.event, self._field(target.event, known, column, meaning.answers)
        return None

    def _add_record(self, record: RecordProfile, adult: Place | None) -> None:
        """Adds the events of one kind of record inside the case."""
        kind = self._kind_of(record)
        joins = [one for one in self._structure.joins if one.record == record.path]
        keys = [one.key for one in joins] + [one.row_key for one in joins]
        event_id = _id_of(record) or next((one.row_key for one in joins if one.row_key), None)
        taken = {place for place in (event_id, record.kind_at, *keys) if place is not None}
        found = columns_of(record, self._glossary, taken, self._profile.least_cases)
        columns = self._writable(found)
        sheet = match(columns, kind, self._glossary, self._vocabulary, is_inner=True)
        _answer_of_kind(sheet, self._vocabulary)
        dates = [one for one in columns if one.is_date and not one.place.asks]
        dates = [one for one in dates if not one.words & BIRTH_WORDS]
        if kind is None and not sheet.dates and dates:
            self._add_placeholder(record, sheet, dates, event_id, len(found) - len(columns))
            return
        place = event_id or self._id_of_case(record) or (dates[0].place if dates else None)
        place = place or next((one.place for one in sheet.dates.values()), None)
        if place is None:
            return
        is_sure = event_id is not None or record.is_one_a_case
        events = self._events_of(sheet, record, place, is_id_sure=is_sure)
        if not events:
            return
        used = self._used(sheet, events)
        events[0].unused += [
            (one.place, self._looks_like(one)) for one in columns if id(one) not in used
        ]
        events[0].unwritten = len(found) - len(columns)
        self._events += events

    def _id_of_case(self, record: RecordProfile) -> Place | None:
        """Gives the case's id for records without one, where each case has one of them at most."""
        case_id, joined = self._structure.case_id, {one.record for one in self._structure.joins}
        if case_id is None or not record.is_one_a_case or record.path in joined:
            return None
        return case_id._replace(above=len(record.inside.steps))

    def _add_placeholder(
        self,
        record: RecordProfile,
        sheet: Sheet,
        dates: list[Column],
        event_id: Place | None,
        unwritten: int,
    ) -> None:
        """Adds an entry for records whose name reveals no event type."""
        draft = self._event(_FIRST, dates[0], record, event_id or dates[0].place)
        draft.is_named, draft.is_id_sure = False, event_id is not None
        draft.unused = [(one.place, self._looks_like(one)) for one in sheet.columns]
        draft.unused = [row for row in draft.unused if row[0] != draft.occurred]
        draft.unwritten = unwritten
        self._events.append(draft)

    def _kind_of(self, record: RecordProfile) -> str | None:
        """Guesses the event type of records: by what tells their kind, else by their path."""
        if record.kind is not None:
            event, score = self._glossary.event_of(record.kind, self._vocabulary)
            if score >= _SURE_KIND:
                return event
        # `Row` says nothing, and what holds it does; but not where that is the case itself.
        is_in_case = record.path[:-1] == self._structure.case
        names = record.path[-1:] if is_in_case else record.path
        event, score = self._glossary.event_of(" ".join(name_words(names)), self._vocabulary)
        return event if score >= _SURE_KIND else None

    def _writable(self, columns: list[Column]) -> list[Column]:
        """Leaves out columns whose path holds a question that is in too few cases to be named."""
        least = self._profile.least_cases
        return [
            one
            for one in columns
            if not (one.place.asks or one.place.part) or len(one.one.cases) >= least
        ]

    def _events_of(
        self, sheet: Sheet, record: RecordProfile, event_id: Place | None, *, is_id_sure: bool
    ) -> list[EventDraft]:
        """Makes entries of what was matched."""
        types = list(dict.fromkeys((*sheet.dates, *(one.event for one in sheet.fields))))
        if sheet.kind in types:
            types.sort(key=lambda one: one != sheet.kind)
        found = []
        for kind in types:
            date = date_of(kind, sheet, self._glossary)
            assert date is not None
            draft = self._event(kind, date, record, event_id or date.place)
            draft.is_id_sure = is_id_sure
            mine = [one for one in sheet.fields if one.event == kind]
            if kind not in sheet.dates and not self._says_enough(kind, mine):
                sheet.fields = [one for one in sheet.fields if one.event != kind]
                continue
            draft.fields = [self._drafted(one) for one in mine]
            draft.is_own_date = kind in sheet.dates
            if mine and (not draft.is_own_date or self._shares_date(kind, date, sheet)):
                sure = next((one for one in mine if one.field.is_required), mine[0])
                draft.when.append((sure.column.place, None))
            if sheet.recorded is not None and kind == sheet.kind:
                draft.recorded = sheet.recorded.place, sheet.recorded.one.dates
            found.append(draft)
        self._add_enquiry_kind(found, sheet)
        self._add_outcome(found)
        for draft in found:
            given = {one.field.name for one in draft.fields}
            fields = self._vocabulary.events[draft.type].fields.values()
            draft.needed = [one.name for one in fields if one.is_required and one.name not in given]
        return found

    def _says_enough(self, kind: str, fields: list[FieldMatch]) -> bool:
        """Tells whether an event without a date of its own has what it must have."""
        given = {one.field.name for one in fields}
        needed = [one for one in self._vocabulary.events[kind].fields.values() if one.is_required]
        return all(one.name in given for one in needed)

    def _shares_date(self, kind: str, date: Column, sheet: Sheet) -> bool:
        return kind != sheet.kind and any(
            one is date for other, one in sheet.dates.items() if other != kind
        )

    def _event(self, kind: str, date: Column, record: RecordProfile, event_id: Place) -> EventDraft:
        when: list[tuple[Place, str | None]] = []
        if record.kind_at is not None and record.kind is not None:
            when.append((record.kind_at, record.kind))
        return EventDraft(
            type=kind,
            is_named=True,
            record=record.inside,
            when=when,
            id=event_id,
            is_id_sure=True,
            suffix="",
            occurred=date.place,
            dates=date.one.dates,
            count=date.one.records,
        )

    def _drafted(self, one: FieldMatch) -> FieldDraft:
        draft = self._field(one.event, one.field, one.column, one.answers)
        draft.separator = one.separator
        draft.is_named = one.is_named
        return draft

    def _field(self, event: str, known: Field, column: Column, answers: Answers) -> FieldDraft:
        """Drafts the field that a column fills."""
        draft = FieldDraft(field=known, place=column.place)
        if known.kind in DATED:
            draft.dates = column.one.dates
        elif known.kind in CODED:
            draft.table = self._table(event, known, column, answers)
        if known.kind is FieldKind.TEXT and not known.may_repeat and column.one.repeats:
            draft.join = "; "
        if column.may_be_named and column.place.asks and column.name not in column.place.asks:
            draft.question = column.name
        return draft

    def _table(
        self, event: str, known: Field, column: Column, answers: Answers
    ) -> TableDraft | None:
        one = column.one
        fit = fit_of(one, known, answers, self._glossary)
        mark = fit.separator if fit is not None else None
        labels = one.split[mark] if mark is not None else one.whole
        if labels.known and set(labels.known) <= set(known.codes):
            return None
        written = labels.in_cases(self._profile.least_cases)
        coded = [(label, self._glossary.code_of(label, known, answers)) for label in written]
        if is_private(column.name) or column.place.part:  # only what is a code by its own words
            coded = [row for row in coded if row[1] is not None]
        return TableDraft(
            name=f"{event}_{known.name}",
            codes=known.codes,
            labels=coded,
            unwritten=len(labels.known) - len(coded),
        )

    def _add_enquiry_kind(self, events: list[EventDraft], sheet: Sheet) -> None:
        """Takes the kind of an enquiry from the decision to make it, where nothing else says it."""
        enquiry = next((one for one in events if one.type == "enquiry_started"), None)
        wanted = ("s42_decided", "result")
        found = (one for one in sheet.fields if (one.event, one.field.name) == wanted)
        result = next(found, None)
        if enquiry is None or result is None or any(f.field.name == "kind" for f in enquiry.fields):
            return
        known = self._vocabulary.events["enquiry_started"].fields["kind"]
        draft = self._field("enquiry_started", known, result.column, {})
        if draft.table is not None:
            draft.table.labels = [row for row in draft.table.labels if row[1] is not None]
            enquiry.fields.append(draft)
            enquiry.when.append((enquiry.occurred, None))  # a decision alone is no enquiry

    def _add_outcome(self, events: list[EventDraft]) -> None:
        """Lets a review name the wanted outcome that stands in the same record."""
        wanted = next((one for one in events if one.type == _OUTCOME), None)
        review = next((one for one in events if one.type == _REVIEW), None)
        if wanted is None or review is None or not wanted.fields or not wanted.is_id_sure:
            return
        known = self._vocabulary.events[_REVIEW].fields["outcome"]
        text = next((one for one in wanted.fields if one.field.name == "text"), None)
        if text is not None and all(one.field.name != "outcome" for one in review.fields):
            draft = FieldDraft(field=known, place=wanted.id, when=text.place)
            draft.is_of_same_record = True
            review.fields.append(draft)

    def _used(self, sheet: Sheet, events: list[EventDraft]) -> set[int]:
        used = {id(one.column) for one in sheet.fields}
        used |= {id(one) for one in sheet.dates.values()}
        places = {event.occurred for event in events}
        places |= {event.recorded[0] for event in events if event.recorded is not None}
        return used | {id(one) for one in sheet.columns if one.place in places}

    def _looks_like(self, column: Column) -> str:
        """Describes the values at a place, without repeating any."""
        one = column.one
        if one.dates.is_date:
            error = "; of what was entered in error? See rows: void" * bool(column.words & _ERROR)
            return f"dates, {one.dates.form or 'in ISO form'}{error}"
        if one.is_json:
            return "lists in JSON"
        if one.has_text:
            return "text, or many values"
        labels = one.labels(self._profile.least_cases)
        if not labels:
            return "short values, none of them in several cases"
        fits = {name: self._share(labels, name) for name in self._vocabulary.enums}
        best = max(fits, key=lambda name: fits[name])
        like = f", like the codes of {best}" if 2 * fits[best] > len(labels) else ""
        return f"{len(labels)} short values in several cases{like}"

    def _share(self, labels: list[str], enum: str) -> int:
        codes = self._vocabulary.enums[enum]
        known = Field(name=enum, kind=FieldKind.CODE, codes=codes, enum=enum)
        return sum(self._glossary.code_of(label, known) is not None for label in labels)

    def _adult(self, own: RecordProfile | None) -> Place | None:
        """Finds a short reference to a person, in an element or a column with such a name."""
        best: tuple[int, Place] | None = None
        for place, one in own.places.items() if own is not None else ():
            names = [*(step.name for step in place.steps), place.attribute or ""]
            words = frozenset().union(*(words_of(name, keeps_plain=True) for name in names))
            is_plain = not place.asks and not one.repeats
            if not words & PERSON_WORDS or not is_plain or one.dates.is_date:
                continue
            if place == self._structure.case_id:
                continue
            points = 2 * bool(words & (_ID | {"fk"})) - (not one.is_id)
            points -= one.records < self._profile.cases
            if points > 0 and (best is None or points > best[0]):
                best = (points, place)
        if best is None:
            return self._structure.adult_above or self._adult_of_rows()
        return best[1]

    def _adult_of_rows(self) -> Place | None:
        """Finds the person in the rows of a case that has no record of its own."""
        key = self._structure.case_id
        if not self._structure.is_by or key is None:
            return None
        if words_of(key.own_name, keeps_plain=True) & PERSON_WORDS:
            return key
        for record in self._profile.records:
            for place in record.places:
                words = words_of(place.own_name, keeps_plain=True)
                around = {word for step in place.steps for word in word_list(step.name)}
                if (words | around) & PERSON_WORDS and words & _ID and not place.asks:
                    return place._replace(steps=(*record.inside.steps, *place.steps))
        return None

    def _have_ids_of_their_own(self) -> bool:
        """Tells whether no two entries can give one id: one place, unique in the export."""
        events = self._events
        places = {(event.record, event.id) for event in events}
        records = {event.record for event in events}
        paths = {one.path for one in self._profile.records if one.inside in records}
        if len(places) != 1 or len(paths) != 1:
            return False
        if not events[0].record.steps:
            return len(events) == 1
        facts = self._structure.facts(paths.pop(), events[0].id)
        return facts is not None and facts.is_unique


def _id_of(record: RecordProfile) -> Place | None:
    """Finds a place that is filled in every record and differs within each case."""
    found = [
        place
        for place, one in record.places.items()
        if one.is_id
        and one.records == record.count
        and not one.repeats
        and not one.dates.is_date
        and len(place.steps) <= 1
        and not place.asks
        and not is_private(place.own_name)
        and place != record.kind_at
    ]
    named = [place for place in found if words_of(place.own_name, keeps_plain=True) & _ID]
    return max(named, key=lambda one: one.own_name.lower() in _ID, default=None)


def _answer_of_kind(sheet: Sheet, vocabulary: Vocabulary) -> None:
    """Takes a single yes or no for what a kind of record must say; which code it is stays open."""
    if sheet.kind is None or sheet.kind not in sheet.dates:
        return
    given = {(one.event, one.field.name) for one in sheet.fields}
    used = {id(one.column) for one in sheet.fields}
    fields = vocabulary.events[sheet.kind].fields.values()
    open_fields = [
        one
        for one in fields
        if one.is_required and one.kind is FieldKind.CODE and (sheet.kind, one.name) not in given
    ]
    answers = [
        one
        for one in sheet.columns
        if id(one) not in used
        and not one.place.asks
        and one.one.whole.known
        and all(is_answer(text) for text in one.one.whole.known)
    ]
    if len(open_fields) == 1 and len(answers) == 1 and not answers[0].place.steps:
        found = FieldMatch(0, answers[0], sheet.kind, open_fields[0], {}, None, is_named=False)
        sheet.fields.append(found)


def _name_apart(events: list[EventDraft]) -> None:
    """Gives each entry's ids an ending of its own: ids are unique in a case over all types."""
    taken: dict[str, str] = {}
    counts: dict[str, int] = {}
    for event in events:
        name = event.type.split("_")[0]
        if taken.setdefault(name, event.type) != event.type:
            name = event.type.replace("_", "-")
        counts[name] = counts.get(name, 0) + 1
        event.suffix = f"-{name}" if counts[name] == 1 else f"-{name}-{counts[name]}"


def _lead_references(events: list[EventDraft]) -> None:
    """Gives references the ending of the ids they mean; drops those to a type drafted twice."""
    for event in events:
        for one in [one for one in event.fields if one.field.kind is FieldKind.REF]:
            found = [other for other in events if other.type == one.field.refers_to]
            if len(found) == 1 and found[0].is_id_sure:
                one.suffix = found[0].suffix
            else:
                event.fields.remove(one)
                event.unused.append((one.place, "ids, it seems"))
                event.needed += [one.field.name] if one.field.is_required else []


def _name_tables(events: list[EventDraft]) -> None:
    """Gives tables of one event and field names of their own, unless they say the same."""
    taken: dict[str, list[TableDraft]] = {}
    for event in events:
        for table in [one.table for one in event.fields if one.table is not None]:
            same = taken.setdefault(table.name, [])
            known = next((n for n, o in enumerate(same) if o.labels == table.labels), None)
            if known is None:
                same.append(table)
                known = len(same) - 1
            if known:
                table.name = f"{table.name}_{known + 1}"
