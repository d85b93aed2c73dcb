"""Reads the texts of a case, an event or an adult in a source as typed values.

Every source of cases is validated here, so that the same things are unreadable in all of them, in
the same words: the canonical export (where its quick path finds anything out of order) and the rows
of a vendor's own. A source gives texts with their places; each that can't be read becomes a fault
at its place, and its field unknown: neither present nor absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import WITHHELD, Event, Fault, FieldValue, new_event
from msp_rules.casework.consistency import ref_fields, seen_together
from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.casework.plausible_dates import (
    OCCURRED,
    PlausibleDates,
    trouble_with_date,
    trouble_with_day,
    without_date,
)
from msp_rules.casework.values import LONGEST_ID, read_value
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.errors import nearest
from msp_rules.intake.reading import Place

_ENVELOPE_TEXT: Final = ("agency", "role", "supersedes", "void")


_NO_TROUBLES: Final[dict[str, str]] = {}


class GivenField(NamedTuple):
    """One text of an event or adult, and its place."""

    field: Field | None
    """The field; None where the text belongs to none, and only has a trouble."""
    text: str
    """The text as written; WITHHELD if it is in the record and was not exported."""
    place: Place
    """The place of the text."""
    trouble: str | None = None
    """The reason why it can't be read, if its source knows that already."""


class Given(NamedTuple):
    """Gives an event or adult as its source has it."""

    attributes: Mapping[str, str]
    """The envelope (of an adult: `ref`), without white space around the texts."""
    fields: Iterable[GivenField]
    """The texts of its fields."""
    place: Place
    """The place of the event or adult."""
    unread: frozenset[str] = frozenset()
    """The fields that can't be read for a reason that is reported elsewhere."""
    substitute: str = ""
    """The id of an event whose own can't be read."""
    troubles: Mapping[str, str] = _NO_TROUBLES
    """The reasons why dates of the envelope can't be read, where the source knows them."""


class CaseNotes:
    """Notes faults of one case."""

    def __init__(self, faults: list[Fault], case_id: str) -> None:
        self._faults = faults
        self.case_id = case_id

    def note(self, reason: str, place: Place, event_id: str | None = None) -> None:
        """Adds a fault; an id that is too long for one is not named."""
        if event_id is not None and len(event_id) > LONGEST_ID:
            event_id = None
        self._faults.append(
            Fault(
                reason=reason,
                input=place.input,
                line=place.line,
                case=self.case_id,
                event=event_id,
            )
        )


class PartReader:
    """Reads the parts of cases by one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, dates: PlausibleDates) -> None:
        self.dates = dates
        """The dates that events can have."""

        self._vocabulary = vocabulary
        self._refs = ref_fields(vocabulary.events)

    def begin_case(self, case_id: str, place: Place, faults: list[Fault]) -> CaseNotes:
        """Starts the notes of a case, under an id of its line where its own can't be read."""
        if is_readable_id(case_id):
            return CaseNotes(faults, case_id)
        notes = CaseNotes(faults, substitute_id(place.line))
        notes.note("the case has no readable id", place)
        return notes

    def attribute(
        self, field: Field, text: str, place: Place, notes: CaseNotes
    ) -> FieldValue | None:
        """Reads an attribute of a case; None where it can't be read, which is noted."""
        try:
            return read_value(field, text)
        except ValueError as error:
            notes.note(f"{field.name} of the case: {error}", place)
            return None

    def adult(self, given: Given, notes: CaseNotes) -> tuple[dict[str, FieldValue], set[str]]:
        """Reads the adult; gives the names of the fields that can't be read, too."""
        fields, bad = self._values(given, "adult", notes, None)
        for name in given.attributes:
            if name != "ref":
                hint = source_hint(name, ("ref",))
                notes.note(f"unknown attribute of adult{hint}", given.place)
        ref = given.attributes.get("ref")
        if ref:
            fields["ref"] = ref
        else:
            notes.note("the adult has no ref", given.place)
        return fields, bad

    def event(self, kind: EventType, given: Given, notes: CaseNotes) -> Event:
        """Reads an event; notes each part that can't be read, which is then unknown."""
        attributes, place = given.attributes, given.place
        event_id, is_certain = attributes.get("id", ""), True
        if not is_readable_id(event_id):
            event_id, is_certain = given.substitute, False
            notes.note(f"{kind.name} has no readable id", place)
        for name in attributes:
            if name not in self._vocabulary.envelope:
                hint = source_hint(name, self._vocabulary.envelope)
                notes.note(f"unknown attribute of {kind.name}{hint}", place, event_id)
        occurred, has_occurred = self._moment(kind, "occurred", given, notes, event_id)
        recorded, is_recorded = self._moment(kind, "recorded", given, notes, event_id)
        trouble = None if occurred is None else trouble_with_date(occurred, self.dates)
        if trouble is not None:
            notes.note(f"occurred of {kind.name}: {trouble}", place, event_id)
        envelope, unknown = self._envelope(kind, given, notes, event_id)
        is_certain = is_certain and has_occurred and is_recorded and "void" not in unknown
        fields, bad = self._values(given, kind.name, notes, event_id)
        unknown |= bad
        for field in kind.fields.values():
            if field.is_required and field.name not in fields and field.name not in bad:
                unknown.add(field.name)
                notes.note(f"{kind.name} lacks {field.name}", place, event_id)
        event = new_event(
            event_id,
            kind.name,
            occurred,
            recorded or occurred,
            fields,
            envelope.get("agency"),
            envelope.get("role"),
            envelope.get("supersedes"),
            envelope.get("void"),
            frozenset(unknown),
            is_certain,
            place.line,
        )
        return event if trouble is None else without_date(event, self.dates)

    def possible_event(self, kind: EventType, given: Given) -> Event:
        """Makes the event that one of an unknown type may be; nothing in it is known."""
        attributes = given.attributes
        event_id = attributes.get("id", "")
        moments = [_moment_or_none(attributes.get(name, "")) for name in ("occurred", "recorded")]
        recorded = next((one for one in reversed(moments) if one is not None), None)
        if recorded is not None and trouble_with_date(recorded, self.dates) is not None:
            recorded = None
        return new_event(
            event_id if is_readable_id(event_id) else given.substitute,
            kind.name,
            None,
            recorded,
            {},
            None,
            None,
            attributes.get("supersedes") or None,
            "yes" if attributes.get("void") == "yes" else None,
            frozenset([OCCURRED, *kind.fields]),
            False,
            given.place.line,
        )

    def together(
        self, events: Sequence[Event], inputs: Sequence[str], notes: CaseNotes
    ) -> tuple[Event, ...]:
        """Checks what only the whole case shows: ids used twice, dangling references.

        `inputs` name the file or table of each of the events.
        """
        checked, troubles = seen_together(events, self._refs)
        for event, reason, at in troubles:
            notes.note(reason, Place(inputs[at], event.line), event.id)
        return checked

    def _moment(
        self, kind: EventType, name: str, given: Given, notes: CaseNotes, event_id: str
    ) -> tuple[Moment | None, bool]:
        """Reads a moment of the envelope, and whether it is certain; `recorded` may be left out."""
        text = given.attributes.get(name)
        if text is None:
            if name == "recorded":
                return None, True
            notes.note(f"{kind.name} has no date in {name}", given.place, event_id)
            return None, False
        try:
            if name in given.troubles:
                raise ValueError(given.troubles[name])
            value = read_value(self._vocabulary.envelope[name], text)
        except ValueError as error:
            notes.note(f"{name} of {kind.name}: {error}", given.place, event_id)
            return None, False
        assert isinstance(value, Moment)
        return value, True

    def _envelope(
        self, kind: EventType, given: Given, notes: CaseNotes, event_id: str
    ) -> tuple[dict[str, str], set[str]]:
        """Reads the other parts of the envelope, and names those that can't be read."""
        values: dict[str, str] = {}
        bad: set[str] = set()
        for name in _ENVELOPE_TEXT:
            text = given.attributes.get(name)
            if text is None:
                continue
            try:
                values[name] = str(read_value(self._vocabulary.envelope[name], text))
            except ValueError as error:
                bad.add(name)
                notes.note(f"{name} of {kind.name}: {error}", given.place, event_id)
        return values, bad

    def _values(
        self, given: Given, owner: str, notes: CaseNotes, event_id: str | None
    ) -> tuple[dict[str, FieldValue], set[str]]:
        """Reads the fields of an event or adult, and names those that can't be read."""
        values: dict[str, FieldValue] = {}
        bad = set(given.unread)
        for field, text, place, trouble in given.fields:
            if field is None:
                notes.note(trouble or "", place, event_id)
                continue
            name = field.name
            try:
                if trouble is not None:
                    raise ValueError(trouble)
                value = _field_value(field, text)
                if isinstance(value, Moment) and (early := trouble_with_day(value, self.dates)):
                    raise ValueError(early)
            except ValueError as error:
                bad.add(name)
                notes.note(f"{name} of {owner}: {error}", place, event_id)
                continue
            if value is None:
                continue
            if field.may_repeat:
                earlier = values.get(name, ())
                assert isinstance(earlier, tuple)
                values[name] = (*earlier, str(value))
            elif name in values:
                bad.add(name)
                reason = f"{name} of {owner}: given more than once, but may not repeat"
                notes.note(reason, place, event_id)
            else:
                values[name] = value
        for name in bad:
            values.pop(name, None)
        return values, bad


def is_readable_id(text: str) -> bool:
    """Tells whether a text can be the id of a case or event."""
    return 0 < len(text) <= LONGEST_ID


_SUBSTITUTE: Final = "?line-"


def substitute_id(line: int) -> str:
    """Makes an id for what has no readable one: by its line it can be found."""
    return f"{_SUBSTITUTE}{line}"


def is_substitute_id(text: str) -> bool:
    """Tells whether an id was made from a line: the same record has another in another export."""
    return text.startswith(_SUBSTITUTE)


def source_hint(name: str, known: Iterable[str]) -> str:
    """Asks for the nearest known name. What was written is not repeated: it may be case content."""
    return hint_of(nearest(name, list(known)))


def hint_of(guess: str | None) -> str:
    """Asks for a name that may have been meant; None for no such name."""
    return f'; did the source mean "{guess}"?' if guess else ""


def _moment_or_none(text: str) -> Moment | None:
    try:
        return parse_moment(text)
    except ValueError:
        return None


def _field_value(field: Field, text: str) -> FieldValue | None:
    """Reads the value of a text; None for a text field that is empty."""
    if field.kind is FieldKind.TEXT:
        return text if text.strip() else None
    if text == WITHHELD:
        raise ValueError(ONLY_TEXT_IS_WITHHELD)
    return read_value(field, text.strip())


ONLY_TEXT_IS_WITHHELD: Final = "only a text may be marked as withheld, and nothing else"
