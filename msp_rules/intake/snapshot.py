"""Reads a snapshot: a whole case as its host holds it now, in JSON or in the host's own shape.

A snapshot that can't be read is refused with all that is wrong with it, by place and never by
value. Nothing that comes in here raises anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from msp_rules.casework.case import Case, Event, Fault, Supply
from msp_rules.casework.moments import MICROSECONDS_A_DAY, Cutoff, Moment, When, moment_at
from msp_rules.casework.plausible_dates import ALLOWED_SKEW, PlausibleDates, with_possible_dates
from msp_rules.casework.values import LONGEST_ID
from msp_rules.casework.vocabulary import Vocabulary, read_supply, supply_words
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.intake.case_json import CASE_SCHEMA, CaseRefused, case_from
from msp_rules.intake.case_parts import substitute_id
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.message_form import MessageForm, parsed, without_blanks

LARGEST_SNAPSHOT_BYTES: Final = 8 * 1024 * 1024
"""The largest snapshot taken."""

_EARLIEST: Final = PlausibleDates(date(1900, 1, 1).toordinal())
"""No moment before it is kept: it stands for an empty one in many systems."""
_ANY: Final = PlausibleDates(1)


class SnapshotRefused(MspRulesError):
    """A snapshot from which nothing was taken; `faults` names places, no values."""

    def __init__(self, reasons: Iterable[str], case: str | None = None) -> None:
        self.case = case
        self.faults = tuple(Fault(one, case=case) for one in reasons)
        super().__init__("; ".join(one.reason for one in self.faults))


class Snapshot(NamedTuple):
    """A whole case as its host held it at a moment."""

    case: Case
    """The case. The times of its events may be any that can be kept."""
    at: int
    """The instant when the host made it, in microseconds since the Unix epoch."""
    says: Supply
    """The types that the host says in it: only of these is an absent event gone."""
    is_whole: bool
    """True where the host did not name what it says: what is not there, then, is gone."""
    faults: tuple[Fault, ...]
    """The parts that could not be read, by place."""


class SnapshotReader(NamedTuple):
    """Reads snapshots by a vocabulary, and those in a host's own shape by its mapping."""

    vocabulary: Vocabulary
    """The vocabulary of the ruleset, with its overlays."""
    supply: Supply
    """The types that the host can deliver; it says all of them where a snapshot names nothing."""
    mapping: CaseMapping | None = None
    """The mapping of the host's exports; None: only `msp-case/1` is read."""
    skew: int = ALLOWED_SKEW
    """The time by which the clock of the host may be ahead, in microseconds."""

    def read(
        self,
        record: object,
        now: Cutoff,
        says: Iterable[str] | None = None,
        at: When | None = None,
    ) -> Snapshot:
        """Reads a snapshot; raises SnapshotRefused with all that is wrong with it.

        `record` is `msp-case/1` or the host's own record: as bytes or text in JSON, or as what they
        hold; or a `Case`. `at` is when the host made it, where the record does not say.
        """
        try:
            return self._read(record, now, says, at)
        except RecursionError:
            raise SnapshotRefused(("the document: is nested too deeply",)) from None

    def _read(
        self, record: object, now: Cutoff, says: Iterable[str] | None, made: When | None
    ) -> Snapshot:
        try:
            if isinstance(record, (bytes, bytearray, str)):
                record = parsed(record, most=LARGEST_SNAPSHOT_BYTES)
            if isinstance(record, Mapping) and record.get("schema") == CASE_SCHEMA:
                # A list that is empty says so: the case has no events. One that is absent doesn't.
                empty: dict[str, object] = {
                    name: [] for name in ("events", "says") if record.get(name) == []
                }
                record = {**without_blanks(record), **empty}
        except ValueError as error:
            raise SnapshotRefused((str(error),)) from None
        faults = tuple[Fault, ...]()
        if isinstance(record, Case):
            case = record
        elif isinstance(record, Mapping) and record.get("schema") == CASE_SCHEMA:
            case, said_at = self._document(record)
            made = made if said_at is None else said_at
        elif self.mapping is not None:
            case, faults = self._mapped(record, self.mapping, now)
        else:
            raise SnapshotRefused((f'schema: must be "{CASE_SCHEMA}", or give the mapping',))
        problems = tuple(_unkeepable(case))
        if problems:
            raise SnapshotRefused(problems)
        events, troubles = with_possible_dates(map(_with_times, case.events), _EARLIEST)
        faults += tuple(Fault(one.reason, case=case.id, event=one.event.id) for one in troubles)
        said, is_whole = self._said(says, case)
        at = self._made_at(made, now, case.id)
        return Snapshot(case._replace(events=events), at, said, is_whole, faults)

    def _made_at(self, made: When | None, now: Cutoff, case: str) -> int:
        """Gives the instant at which a snapshot was made; a date means the start of that day."""
        if made is None:
            return now.instant
        try:
            at = made.instant if isinstance(made, Cutoff) else moment_at(made).instant
        except MspRulesError as error:
            raise SnapshotRefused((f"at: {error}",), case) from None
        if at > now.instant + self.skew:
            hours = f"{self.skew * 24 / MICROSECONDS_A_DAY:g}"
            raise SnapshotRefused((f"at: lies after now by more than {hours} hours",), case)
        return at

    def _document(self, record: Mapping[str, object]) -> tuple[Case, str | None]:
        """Reads a document, and when the host made it; one in another spelling is written anew."""
        try:
            case = case_from(record, self.vocabulary, dates=_ANY)
        except CaseRefused:
            record = MessageForm(self.vocabulary).of_snapshot(record)
            try:
                case = case_from(record, self.vocabulary, dates=_ANY)
            except CaseRefused as refused:
                raise SnapshotRefused(refused.problems, _named(record, refused.problems)) from None
        made = record.get("at")
        return case, None if made is None else str(made)

    def _mapped(
        self, record: object, mapping: CaseMapping, now: Cutoff
    ) -> tuple[Case, tuple[Fault, ...]]:
        # The desk doubts an event that lies ahead until its day comes; so it is kept as it is.
        needs_day = any(one.until is not None for one in mapping.assumptions)
        found = mapping.read(
            record, vocabulary=self.vocabulary, as_of=now if needs_day else None, dates=_ANY
        )
        if found.case is None:
            reasons = [one.reason for one in found.faults]
            raise SnapshotRefused(reasons or ("the mapping leaves the record out",))
        if found.case.id == substitute_id(found.case.line):
            # Records without an id would all be the same case, whoever they are about.
            raise SnapshotRefused(one.reason for one in found.faults)
        return found.case, found.faults

    def _said(self, says: Iterable[str] | None, case: Case) -> tuple[Supply, bool]:
        if says is None:
            # A case that a mapping has read declares what its exports can deliver.
            supply = case.supply if case.supply.declared else self.supply
            return supply, not case.supply.declared
        return read_supply(self._words(says, case), self.vocabulary, "says"), False

    def _words(self, says: object, case: Case) -> tuple[str, ...]:
        """Checks the words of `says`; raises SnapshotRefused with all that are unknown."""
        if isinstance(says, str) or not isinstance(says, Iterable):
            raise SnapshotRefused(("says: must be a list",), case.id)
        words, known, problems = list[str](), frozenset(supply_words(self.vocabulary)), list[str]()
        for place, one in enumerate(says):
            if isinstance(one, str) and one in known:
                words.append(one)
                continue
            hint = did_you_mean(one, known) if isinstance(one, str) else ""
            problems.append(f"says[{place}]: must be an event type, or type.field{hint}")
        if problems:
            raise SnapshotRefused(problems, case.id)
        return tuple(words)


def _named(record: Mapping[str, object], problems: Iterable[str]) -> str | None:
    """Gives the id of a case that was refused, where the id itself is sound."""
    named = record.get("id")
    is_sound = isinstance(named, str) and not any(one.startswith("id:") for one in problems)
    return str(named) if is_sound else None


def _with_times(event: Event) -> Event:
    """Leaves out times of writing, and of fields, that are too early to be any."""
    early = frozenset(
        name
        for name, value in event.fields.items()
        if isinstance(value, Moment) and value.day < _EARLIEST.first_day
    )
    recorded = event.recorded
    if recorded is not None and recorded.day < _EARLIEST.first_day:
        event = event._replace(recorded=event.moment)
    if not early:
        return event
    kept = {name: value for name, value in event.fields.items() if name not in early}
    return event._replace(fields=kept, unknown=event.unknown | early)


def _unkeepable(case: Case) -> Iterator[str]:
    """Finds text that a database can't hold: half characters, null characters, long ids."""
    yield from _unkeepable_id("id", case.id)
    for number, event in enumerate(case.events):
        yield from _unkeepable_id(f"events[{number}].id", event.id)
        rest = (event.agency, event.role, event.supersedes, event.void, *_texts(event.fields))
        if not all(one is None or _is_whole(one) for one in rest):
            yield f"events[{number}]: has half a character (a lone surrogate)"
    if not all(map(_is_whole, (*_texts(case.attributes), *_texts(case.adult)))):
        yield "the document: has half a character (a lone surrogate)"


def _unkeepable_id(place: str, name: str) -> Iterator[str]:
    if not name or len(name) > LONGEST_ID:
        yield f"{place}: must have 1 to {LONGEST_ID} characters"
    elif "\0" in name:
        yield f"{place}: has a null character"
    elif not _is_whole(name):
        yield f"{place}: has half a character (a lone surrogate)"


def _texts(values: Mapping[str, object]) -> Iterator[str]:
    for value in values.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple) and not isinstance(value, Moment):
            yield from (one for one in value if isinstance(one, str))


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text)
