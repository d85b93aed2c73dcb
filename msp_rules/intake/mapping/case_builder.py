"""Builds a case from a record of a vendor's source, for every kind of source.

The record is rewritten as an element of the canonical export, so that one reader decides what
counts as readable. That reader names lines. Here a line is only the number of a place, since
libxml2 keeps no line beyond 65,534 and knows no tables; `WrittenCase.places` holds the places
themselves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, Self

from lxml import etree

from msp_rules.casework.case import WITHHELD, Case, Event, Fault, Supply
from msp_rules.casework.moments import end_of_day, parse_date
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable, SourceLocation
from msp_rules.intake.case_elements import NAMESPACE, CaseReader
from msp_rules.intake.mapping.join_index import RowIndex
from msp_rules.intake.mapping.language import (
    UNREADABLE,
    CaseMapping,
    EventRule,
    FieldPath,
    PathStep,
    Place,
    ValueRule,
    supply_of,
)
from msp_rules.intake.mapping.values import AMBIGUOUS, DAMAGED, Lookup, values_of
from msp_rules.intake.reading import CaseIds, Header, ReadFile, ReadLimits, ReadOptions, Share

_MOST_PLACES: Final = 65_000
_UNKNOWN: Final = "unknown"
"""An element inside a field, which makes the field one that can't be read."""


PlaceOf = Callable[[etree._Element], Place]
Met = tuple[int, str, str]
"""A value that was found: the number of its record's place, the event's type, the field's name."""


class WrittenCase(NamedTuple):
    """A canonical case; `places[line - 1]` is where an element with that line comes from.

    `met` holds the fields that the source says something of; of `unmapped` ones something that the
    mapping does not know.
    """

    element: etree._Element
    places: list[Place]
    met: set[Met]
    unmapped: Counter[Met]


class CaseWriter:
    """Writes the cases that one mapping reads."""

    def __init__(self, mapping: CaseMapping) -> None:
        self._mapping = mapping
        self._choices = _choices(mapping.events)

    def write(self, source: etree._Element, place_of: PlaceOf) -> WrittenCase:
        """The case that a record of the source holds."""
        return _Writing(self._mapping, self._choices, place_of).case(source)


_Turn = tuple[int, EventRule]
"""A rule, and which one of the mapping's it is."""


class _Choice(NamedTuple):
    """The rules for records at one place, by the text that the first condition of each wants.

    `by_first_text` holds places in `rules`.
    """

    record: tuple[PathStep, ...]
    rules: list[_Turn]
    without_condition: list[_Turn]
    by_first_text: dict[FieldPath, dict[str, list[int]]]


def _choices(events: tuple[EventRule, ...]) -> list[_Choice]:
    found: dict[tuple[PathStep, ...], _Choice] = {}
    for turn, rule in enumerate(events):
        steps = rule.record.steps
        choice = found.setdefault(steps, _Choice(steps, [], [], {}))
        choice.rules.append((turn, rule))
        if not rule.conditions:
            choice.without_condition.append((turn, rule))
            continue
        first = rule.conditions[0]
        by_text = choice.by_first_text.setdefault(first.path, {})
        for text in first.values:
            by_text.setdefault(text, []).append(len(choice.rules) - 1)
    return list(found.values())


class _Writing:
    """One case on its way."""

    def __init__(self, mapping: CaseMapping, choices: list[_Choice], place_of: PlaceOf) -> None:
        self._mapping = mapping
        self._choices = choices
        self._lookup = Lookup()
        self._place_of = place_of
        self._places: list[Place] = []
        self._met: set[Met] = set()
        self._unmapped: Counter[Met] = Counter()

    def case(self, source: etree._Element) -> WrittenCase:
        """The whole case."""
        case = etree.Element(f"{{{NAMESPACE}}}case")
        line = self._number(case, self._place_of(source))
        self._set(case, source, self._mapping.attributes, "case", line)
        adult = etree.SubElement(case, f"{{{NAMESPACE}}}adult")
        adult.sourceline = line  # type: ignore[assignment]  # the stubs type the setter wrongly
        parts = dict(self._mapping.adult)
        if (ref := parts.pop("ref", None)) is not None:
            self._set(adult, source, {"ref": ref}, "adult", line)
        self._fill(adult, source, parts, "adult", line)
        # In the order of the source, as events of a canonical export stand: it may break a tie.
        order = {one: turn for turn, one in enumerate(source.iter())}
        found = [
            (order[record], turn, record, rule)
            for choice in self._choices
            for record in self._lookup.elements_at(source, choice.record)
            for turn, rule in self._chosen(choice, record)
        ]
        for _, _, record, rule in sorted(found, key=lambda row: row[:2]):
            self._event(case, record, rule)
        return WrittenCase(case, self._places, self._met, self._unmapped)

    def _chosen(self, choice: _Choice, record: etree._Element) -> list[_Turn]:
        """The rules by which a record is an event."""
        if record.get(DAMAGED) is not None:
            return choice.rules
        chosen = list(choice.without_condition)
        for path, by_text in choice.by_first_text.items():
            texts = dict.fromkeys(self._lookup.texts_at(record, path))
            wanted = {rule for text in texts for rule in by_text.get(text, ())}
            chosen += [choice.rules[at] for at in wanted]
        return [
            (turn, rule)
            for turn, rule in chosen
            if all(self._lookup.holds(record, one) for one in rule.conditions[1:])
        ]

    def _event(self, case: etree._Element, record: etree._Element, rule: EventRule) -> None:
        event = etree.SubElement(case, f"{{{NAMESPACE}}}{rule.type}")
        is_in_doubt = record.get(DAMAGED) is not None or record.get(AMBIGUOUS) is not None
        place = self._place_of(record)
        line = self._number(event, place._replace(is_told=is_in_doubt))
        if is_in_doubt:
            return  # without an id or date, it is an event that perhaps exists
        self._set(event, record, rule.envelope, rule.type, line)
        self._fill(event, record, rule.fields, rule.type, line)
        for name in sorted(rule.unknown):
            self._leave_unknown(event, record, name)

    def _set(
        self,
        target: etree._Element,
        source: etree._Element,
        rules: Mapping[str, ValueRule],
        owner: str,
        line: int,
    ) -> None:
        for name, rule in rules.items():
            # An attribute of a case or event has no way to say that it was not exported.
            found = self._values(source, name, rule, owner, line)
            values = [one for one in found if one != WITHHELD]
            if values:
                # Two values where one belongs are as unreadable as none that fits.
                target.set(name, values[0] if len(set(values)) == 1 else UNREADABLE)

    def _fill(
        self,
        target: etree._Element,
        source: etree._Element,
        rules: Mapping[str, ValueRule],
        owner: str,
        line: int,
    ) -> None:
        for name, rule in rules.items():
            for value in self._values(source, name, rule, owner, line):
                child = etree.SubElement(target, f"{{{NAMESPACE}}}{name}")
                child.sourceline = line  # type: ignore[assignment]
                if value == WITHHELD:
                    child.set("withheld", "yes")
                else:
                    child.text = value
            if rule.path is not None and self._lookup.is_damaged_at(source, rule.path):
                self._leave_unknown(target, source, name)

    def _leave_unknown(self, target: etree._Element, source: etree._Element, name: str) -> None:
        """Writes a field without any value, not even a text; the reason is reported elsewhere."""
        child = etree.SubElement(target, f"{{{NAMESPACE}}}{name}")
        self._number(child, self._place_of(source)._replace(is_told=True))
        etree.SubElement(child, _UNKNOWN)

    def _values(
        self, source: etree._Element, name: str, rule: ValueRule, owner: str, line: int
    ) -> tuple[str, ...]:
        values, unmapped = self._lookup.values_of(source, rule)
        if rule.constant is None and (values or unmapped):
            self._met.add((line, owner, name))
        if unmapped:
            self._unmapped[line, owner, name] += unmapped
        return values

    def _number(self, element: etree._Element, place: Place) -> int:
        """Notes the place of a written element and gives its number."""
        if len(self._places) < _MOST_PLACES:  # a case with so many events is not judged anyway
            self._places.append(place)
        line = len(self._places)
        element.sourceline = line  # type: ignore[assignment]
        return line


MOST_LISTED: Final = 1000
"""Faults of one kind that are listed one by one; how many more there are is said in one."""


class MappedReader(ABC):
    """The cases of one vendor's export (those of its share), in order; iterate it once.

    As `ExportReader`. `unmapped` counts, by event type (or `case`, `adult`) and field, what the
    source said and the mapping or the vocabulary does not know, in the cases since it was emptied.
    `files` are those read, once all is read.
    """

    def __init__(self, name: str, mapping: CaseMapping, options: ReadOptions) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.broke_off: Fault | None = None
        self.before_case: Callable[[int], None] | None = None
        self.cases_read = 0
        self.case_index = -1
        self._told = 0
        self.unmapped: Counter[tuple[str, str]] = Counter()
        vocabulary = options.vocabulary or core_vocabulary()
        self.header: Header = Header(supply=supply_of(mapping, vocabulary))
        self._vocabulary = vocabulary
        self._mapping = mapping
        self._writer = CaseWriter(mapping)
        self._dated = False
        self._limits = options.limits or ReadLimits()
        self._reader = CaseReader(vocabulary, name, self.faults)
        self._share = options.share or Share()
        self._ids = options.ids if options.ids is not None else CaseIds()
        self._ids.begin_file(name)

    @property
    @abstractmethod
    def files(self) -> list[ReadFile]:
        """The files that were read."""

    @property
    def position(self) -> int:
        """The number of the source's bytes on disk that are read; 0 if that can't be told."""
        return 0

    @abstractmethod
    def close(self) -> None:
        """Lets go of the source."""

    @abstractmethod
    def __iter__(self) -> Iterator[Case]: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _use(self, mapping: CaseMapping, supply: Supply) -> None:
        """Reads by another mapping from now on: what of it the source does not hold is left out."""
        self._mapping = mapping
        self._writer = CaseWriter(mapping)
        self.header = Header(reference_date=self.header.reference_date, supply=supply)

    def _read_date(self, root: etree._Element) -> None:
        rule = self._mapping.reference_date
        if self._dated or rule is None:
            return
        self._dated = True
        values = values_of(root, rule).values
        try:
            day = end_of_day(parse_date(values[0]).toordinal()) if values else None
        except ValueError:
            self._fault("the reference date can't be read", self.name)
            return
        self.header = Header(reference_date=day, supply=self.header.supply)

    def _indexed_cases(self, index: RowIndex) -> Iterator[Case]:
        """The cases of an index in which everything is, and a fault for each row left over."""
        index.finish()
        case_id = self._mapping.attributes.get("id")
        id_is_elsewhere = (
            case_id is not None and case_id.path is not None and bool(case_id.path.steps)
        )
        for found in index.cases(lambda at: id_is_elsewhere or self._share.owns(at)):
            case = self._case(found.element, found.place_of)
            if case is not None:
                yield case
        for reason, places in (
            ("this case key is used before; the second case is not judged",
             index.cases_with_a_used_key()),
            ("several rows have this key; to which of them others belong can't be told",
             index.rows_with_one_key()),
            ("a row names a case that is not in the file; it is not judged",
             index.rows_without_case()),
            ("a row names a row that is not in the file; it is not judged",
             index.rows_without_row()),
        ):  # fmt: skip
            self._list(reason, places)

    def _list(self, reason: str, places: Iterator[Place]) -> None:
        more = 0
        for turn, place in enumerate(places):
            if turn < MOST_LISTED:
                self._fault(reason, place.input, place.line)
            else:
                more += 1
        if more:
            self._fault(f"{more} more of these: {reason}", self.name)

    def _case(self, element: etree._Element, place_of: PlaceOf) -> Case | None:
        index = self.cases_read
        self.cases_read += 1
        if not self._share.owns(index):
            rule = self._mapping.attributes.get("id")
            ids = values_of(element, rule).values if rule is not None else ()
            if ids:
                self._ids.clash(ids[0] if len(set(ids)) == 1 else "?")
            return None
        self.case_index = index
        if self.before_case is not None:
            self.before_case(index)
        self._told = len(self.faults)
        written = self._writer.write(element, place_of)
        case_id = written.element.get("id") or ""
        reason = self._ids.clash(case_id) if case_id else None
        if len(written.element) > self._limits.max_events:
            reason = f"the case holds more than {self._limits.max_events} events; it is not judged"
        if reason is not None:
            place = written.places[0]
            self.faults.append(Fault(reason, place.input, place.line, case_id or None))
            return None
        case = self._reader.read(written.element, self.header.supply)
        self._count(case, written)
        return self._placed(case, written)

    def _count(self, case: Case, written: WrittenCase) -> None:
        for (_, owner, name), count in written.unmapped.items():
            self.unmapped[owner, name] += count
        for event in case.events:
            unread = [*event.unknown, *(("occurred",) if event.moment is None else ())]
            self._count_unread(event.line, event.type, unread, written)
        for word in case.unknown:
            owner, _, name = word.partition(".")
            self._count_unread(1, owner, [name], written)

    def _count_unread(self, line: int, owner: str, names: list[str], written: WrittenCase) -> None:
        for name in names:
            met = (line, owner, name)
            if met in written.met and not written.unmapped[met]:
                self.unmapped[owner, name] += 1

    def _placed(self, case: Case, written: WrittenCase) -> Case:
        """The case with lines of the source, in itself and in what was found wrong with it."""
        places = written.places
        line = places[0].line
        case_id = f"?line-{line}" if case.id == "?line-1" else case.id
        renamed = _new_ids(case.events, places)
        found = self.faults[self._told :]
        self.faults[self._told :] = [
            fault._replace(
                input=place.input,
                line=place.line,
                case=case_id,
                event=renamed.get(fault.event or "", fault.event),
            )
            for fault in found
            if not (place := places[(fault.line or 1) - 1]).is_told
        ]
        events = tuple(
            event._replace(line=places[event.line - 1].line, id=renamed.get(event.id, event.id))
            for event in case.events
        )
        return case._replace(id=case_id, line=line, events=events)

    def _fault(self, reason: str, source: str, line: int | None = None) -> None:
        """Notes what concerns no case: the reader with turn 0 alone says it."""
        if self._share.turn == 0:
            self.faults.append(Fault(reason, source, line))

    def _unreadable(self, message: str, line: int | None = None) -> InputUnreadable:
        return InputUnreadable(message, SourceLocation(path=self.name, line=line))


def _new_ids(events: tuple[Event, ...], places: list[Place]) -> dict[str, str]:
    """Ids that stand for none (`?line-` and the number of a place), and the same with the line."""
    found: dict[str, str] = {}
    for event in events:
        if event.id == f"?line-{event.line}" and not event.is_certain:
            name = f"?line-{places[event.line - 1].line}"
            taken = set(found.values())
            turn = 2
            new = name
            while new in taken:
                new = f"{name}.{turn}"
                turn += 1
            found[event.id] = new
    return found
