"""Chooses the records of a case that are events, and says which of them correct others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.moments import parse_moment
from msp_rules.casework.vocabulary import EventType, Field, Vocabulary
from msp_rules.intake.mapping.cell_parts import items_of
from msp_rules.intake.mapping.language import (
    ITEM,
    CaseMapping,
    Condition,
    ConditionKind,
    EventItems,
    EventRule,
    FieldPath,
    PathStep,
    Replacement,
    RowsRule,
    ValueRule,
)
from msp_rules.intake.mapping.records import (
    Record,
    State,
    holds,
    is_among,
    records_at,
    texts_at,
    with_all_inside,
)
from msp_rules.intake.mapping.values import single_of, values_of

Steps = tuple[PathStep, ...]


class FieldPlan(NamedTuple):
    """Pairs a field of the vocabulary with how a mapping reads it."""

    field: Field
    """The field of the vocabulary."""
    rule: ValueRule
    """The source of its value."""


class EventPlan(NamedTuple):
    """Pairs an entry of the mapping's events with what the vocabulary says of its type."""

    order: int
    """The place among the entries of the file."""
    rule: EventRule
    """The entry."""
    kind: EventType
    """The event type."""
    fields: tuple[FieldPlan, ...]
    """The fields that are mapped."""


class FoundEvent(NamedTuple):
    """A record that is an event, by one of the entries."""

    record: Record
    """The record that is the event."""
    plan: EventPlan
    """The entry by which it is one."""
    number: int = 0
    """The number of the item in a list, from 1; 0 where there is no list."""
    whole: Record | None = None
    """The record that holds the list; None where there is none."""


class Corrections(NamedTuple):
    """Says which events of a case are corrected, by their places among those found."""

    void: frozenset[int] = frozenset()
    """Events that were entered in error."""
    replaced: Mapping[int, int] = {}
    """For a newer event, the one that it supersedes."""
    doubt: frozenset[int] = frozenset()
    """Events of which it is not clear whether they still stand."""


NO_CORRECTIONS: Final = Corrections()


class _Choice(NamedTuple):
    """Groups the entries for records at one place by the text that one of their conditions needs.

    `by_text` holds indexes of `plans`. There may be dozens of entries for the forms of a case, most
    of which are ruled out by the kind of the form.
    """

    record: Steps
    plans: list[EventPlan]
    others: list[EventPlan]
    by_text: dict[FieldPath, dict[str, list[int]]]


class RecordChoice:
    """Finds the records of a case that are events, as one mapping describes them.

    `left_out` and `unread` count records by the name of their kind: those that the mapping leaves
    out, and those which none of the entries for their kind takes.
    """

    def __init__(self, mapping: CaseMapping, vocabulary: Vocabulary) -> None:
        self._choices = _choices(plans_of(mapping.events, vocabulary))
        self._rows: dict[Steps, list[RowsRule]] = {}
        for one in mapping.rows:
            if one.record is not None:
                self._rows.setdefault(one.record.steps, []).append(one)
        self._is_of_all = [one for one in mapping.rows if one.record is None]
        self._corrects = any(one.void or one.replaces is not None for one in mapping.rows)
        self._leaves_out = any(one.leave_out for one in mapping.rows)
        self.left_out: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()

    def events_in(self, record: Record) -> list[FoundEvent]:
        """Finds the records that are events of a case.

        Their order is that of the source, as events of a canonical export stand: it may break a
        tie.
        """
        if not record.children:
            own = [choice for choice in self._choices if not choice.record]
            return sorted((one for c in own for one in self._events_of(record, c)), key=_order_of)
        places = {one: place for place, one in enumerate(with_all_inside(record))}
        found = [
            (places[one], event.plan.order, event)
            for choice in self._choices
            for one in (records_at(record, choice.record) if choice.record else [record])
            for event in self._events_of(one, choice)
        ]
        found.sort(key=lambda row: row[:2])
        return [event for _, _, event in found]

    def _events_of(self, record: Record, choice: _Choice) -> Iterator[FoundEvent]:
        for rows in self._rules_of(choice.record) if self._leaves_out else ():
            if rows.leave_out and _is_sound(record) and _all_hold(record, rows.leave_out):
                self.left_out[_kind_of(choice.record)] += 1
                return
        chosen = _chosen(choice, record)
        if not chosen and choice.record:
            self.unread[_kind_of(choice.record)] += 1
        for plan in chosen:
            if plan.rule.items is None or not _is_sound(record):
                yield FoundEvent(record, plan)
            else:
                items = _item_records(record, plan.rule.items)
                for number, one in enumerate(items, 1):
                    yield FoundEvent(one, plan, number, record)

    def _rules_of(self, steps: Steps) -> Iterator[RowsRule]:
        """Gives what the mapping says of the records at a place."""
        yield from self._rows.get(steps, ())
        yield from self._is_of_all

    def corrections(self, record: Record, found: Sequence[FoundEvent]) -> Corrections:
        """Says which events of a case are corrected by records of the case."""
        if not self._corrects:
            return NO_CORRECTIONS
        void: set[int] = set()
        doubt: set[int] = set()
        replaced: dict[int, int] = {}
        for steps in self._corrected_places(found):
            rules = [one for one in self._rules_of(steps) if one.void or one.replaces is not None]
            mine = [at for at, one in enumerate(found) if _is_inside(one, steps)]
            records = records_at(record, steps) if steps else [record]
            sound = [one for one in records if _is_sound(one)]
            gone = [
                one
                for one in sound
                if any(rows.void and _all_hold(one, rows.void) for rows in rules)
            ]
            void.update(_places(found, mine, gone))
            standing = [one for one in sound if not is_among(one, gone)]
            for rows in rules:
                chains = [] if rows.replaces is None else _chains(standing, rows.replaces)
                for chain in chains:
                    if chain.is_in_doubt:
                        doubt.update(_places(found, mine, chain.records))
                        continue
                    for older, newer in zip(chain.records, chain.records[1:], strict=False):
                        _replace(found, mine, (older, newer), void, replaced)
        return Corrections(frozenset(void), replaced, frozenset(doubt))

    def _corrected_places(self, found: Iterable[FoundEvent]) -> Iterable[Steps]:
        """Gives the places of records about which the mapping says anything, each once."""
        of_events = (one.plan.rule.record.steps for one in found) if self._is_of_all else ()
        return dict.fromkeys((*self._rows, *of_events))


def _is_inside(found: FoundEvent, steps: Steps) -> bool:
    """Tells whether an event lies in a record at a place, or is one."""
    return found.plan.rule.record.steps[: len(steps)] == steps


def plans_of(events: Iterable[EventRule], vocabulary: Vocabulary) -> list[EventPlan]:
    """Pairs each entry of the events with its type, in the order of the file."""
    plans: list[EventPlan] = []
    for order, rule in enumerate(events):
        kind = vocabulary.events[rule.type]
        fields = tuple(FieldPlan(kind.fields[name], one) for name, one in rule.fields.items())
        plans.append(EventPlan(order, rule, kind, fields))
    return plans


def _choices(plans: Iterable[EventPlan]) -> list[_Choice]:
    found: dict[Steps, _Choice] = {}
    for plan in plans:
        rule = plan.rule
        steps = rule.record.steps
        choice = found.setdefault(steps, _Choice(steps, [], [], {}))
        choice.plans.append(plan)
        first = next((one for one in rule.conditions if _names_texts(one)), None)
        if first is None:
            choice.others.append(plan)
            continue
        by_text = choice.by_text.setdefault(first.path, {})
        for text in first.values:
            by_text.setdefault(text, []).append(len(choice.plans) - 1)
    return list(found.values())


def _order_of(event: FoundEvent) -> int:
    return event.plan.order


def _names_texts(condition: Condition) -> bool:
    """Tells whether the text of a record alone decides which conditions may hold."""
    return condition.wanted is ConditionKind.ONE_OF and condition.parts is None


def _chosen(choice: _Choice, record: Record) -> list[EventPlan]:
    """Chooses the entries by which a record is an event; a damaged one may be any of them."""
    if record.state is State.DAMAGED:
        return choice.plans
    chosen = list(choice.others)
    for path, by_text in choice.by_text.items():
        texts = dict.fromkeys(texts_at(record, path))
        wanted = {at for text in texts for at in by_text.get(text, ())}
        chosen += [choice.plans[at] for at in wanted]
    return [plan for plan in chosen if _all_hold(record, plan.rule.conditions)]


def _item_records(record: Record, items: EventItems) -> list[Record]:
    """Makes a record of each item: the record itself, with the item at hand."""
    found: list[Record] = []
    for text in texts_at(record, items.path):
        inside = items_of(text, items.parts)
        # What can't be read as a list is one item that can't be read.
        for one in ["{"] if inside is None else inside:
            item = Record(record.name, record.place, {**record.values, ITEM: one}, record.text)
            item.children, item.parent = record.children, record.parent
            item.lists = record.lists
            found.append(item)
    return found


def _all_hold(record: Record, conditions: Iterable[Condition]) -> bool:
    return all(holds(record, one) for one in conditions)


def _is_sound(record: Record) -> bool:
    return record.state is State.SOUND


def _kind_of(steps: Steps) -> str:
    """Names a kind of records: the table or element that they are."""
    return steps[-1].name if steps else "."


# Records that correct others.


class _Chain(NamedTuple):
    """Holds records that replace each other, the oldest first, if their order can be told."""

    records: list[Record]
    is_in_doubt: bool = False


def _chains(records: Iterable[Record], rule: Replacement) -> list[_Chain]:
    wanted = [one for one in records if _all_hold(one, rule.conditions)]
    return _linked(wanted, rule) if rule.link is not None else _dated(wanted, rule)


def _dated(records: Iterable[Record], rule: Replacement) -> list[_Chain]:
    """Groups records that say the same at the paths named, each by date."""
    groups: dict[tuple[tuple[str, ...], ...], list[Record]] = {}
    for one in records:
        key = tuple(tuple(texts_at(one, path)) for path in rule.same)
        if any(key):
            groups.setdefault(key, []).append(one)
    chains: list[_Chain] = []
    for group in groups.values():
        if len(group) > 1:
            instants = [_instant(one, rule.newest) for one in group]
            by_date = sorted(zip(instants, range(len(group)), strict=True), key=_by_instant)
            is_in_doubt = None in instants
            chains.append(_Chain([group[at] for _, at in by_date], is_in_doubt))
    return chains


def _by_instant(row: tuple[int | None, int]) -> tuple[int, int]:
    return row[0] or 0, row[1]


def _instant(record: Record, rule: ValueRule | None) -> int | None:
    """Reads when a record was made; None where it does not say so readably."""
    text = None if rule is None else single_of(values_of(record, rule).values)
    try:
        return None if text is None else parse_moment(text).instant
    except ValueError:
        return None


def _linked(records: Sequence[Record], rule: Replacement) -> list[_Chain]:
    """Pairs each record with the one that it names as replaced."""
    if rule.link is None or rule.key is None:
        return []
    own = {text: one for one in records for text in texts_at(one, rule.key)}
    return [
        _Chain([older, one])
        for one in records
        for text in texts_at(one, rule.link)
        if (older := own.get(text)) is not None and older is not one
    ]


def _places(
    found: Sequence[FoundEvent], mine: Sequence[int], records: Iterable[Record]
) -> list[int]:
    """Finds the events of records and of all inside; an item belongs to what holds its list."""
    wanted = {id(inner) for one in records for inner in with_all_inside(one)}
    return [at for at in mine if id(found[at].whole or found[at].record) in wanted]


def _replace(
    found: Sequence[FoundEvent],
    mine: Sequence[int],
    pair: tuple[Record, Record],
    void: set[int],
    replaced: dict[int, int],
) -> None:
    """Lets the events of a newer record supersede those of an older one by the same entry.

    What the newer record does not repeat counts as withdrawn.
    """
    before, after = (_places(found, mine, [one]) for one in pair)
    for at in before:
        entry = found[at].plan.order
        same = [one for one in after if found[one].plan.order == entry]
        of_entry = [one for one in before if found[one].plan.order == entry]
        if len(same) == 1 and len(of_entry) == 1:
            replaced[same[0]] = at
        else:
            void.add(at)
