"""Reads a story as the contract says: what is certain, what is unknown, and which worlds fit it."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from tests.oracle.core.record import (
    EACH_RULE,
    FIRST,
    LAST,
    LONDON,
    Entry,
    Record,
    Value,
    first,
    midnight,
    order,
)
from tests.oracle.core.story import WITHHELD, Export, Said, Story
from tests.support.core import core_ruleset

VOCABULARY: Final = core_vocabulary()
EARLIEST: Final = date(1990, 4, 1).toordinal()
MOST_WORLDS: Final = 150
IMAGINED: Final = 60
SERIES: Final = 12
MOST_PAIRS: Final = 70
MOST_MATES: Final = 2
# Of so many ways in which faults may be, each is seen with all that is not supplied.
MOST_BESIDE: Final = 12
# How often what may be said again is: some rules ask for two options.
TIMES_SAID: Final = (1, 1, 3)
# Of what has no date: longer ago than most limits, and than all of them.
LONG_AGO: Final = (30, 100, 500)
RULE_IDS: Final = tuple(sorted(one.id for one in core_ruleset().rules))
NEAR: Final = 0.75
CORRECTS: Final = "supersedes"
ENDS: Final = "review_by"
ALONE: Final = "alone"
"""Of an event that may be there: it takes away what it corrects, and says nothing itself."""
NEAR_AS_TYPE: Final = 0.6
SAYS_NOTHING: Final = {"decision_kind", "identified_adult"}


@dataclass(frozen=True, slots=True)
class When:
    """A day with or without a time."""

    day: int
    clock: int | None
    instant: float


@dataclass(frozen=True)
class Read:
    """One event as read: `unknown` fields could not be read; without `when` it may not exist."""

    said: Said
    when: When | None
    recorded: float
    fields: Mapping[str, Value]
    unknown: frozenset[str] = frozenset()
    is_certain: bool = True
    is_impossible: bool = False
    """Its date cannot be so, or it is of a type that nobody knows."""

    @cached_property
    def entry(self) -> Entry:
        """What it is in a record; made once, so that records are quick to compare."""
        assert self.when is not None
        when, said = self.when, self.said
        written = moment(said.recorded) if said.recorded else None
        return Entry(
            id=said.id,
            type=said.type,
            day=when.day,
            clock=when.clock,
            instant=when.instant,
            fields=self.fields,
            recorded_day=written.day if written is not None else when.day,
        )


@dataclass(frozen=True)
class World:
    """One way in which everything could be.

    `base` is the same where all that the source cannot supply is absent: what suspends a rule or
    explains is looked for there.
    """

    record: Record
    base: Record


def moment(text: str) -> When | None:
    """A date or date-time of London; None where it is no such thing."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text).toordinal()
            return When(day, None, midnight(day))
        stamp = datetime.fromisoformat(text).replace(tzinfo=LONDON)
    except ValueError:
        return None
    clock = stamp.hour * 3600 + stamp.minute * 60 + stamp.second
    return When(stamp.toordinal(), clock, stamp.timestamp())


def read(story: Story, reference: int) -> list[Read]:
    """The events of a story, each with what is doubtful about it."""
    uses = Counter(one.id for one in story.said)
    kinds = {one.id: _type_meant(one.type) for one in story.said}
    found = []
    for one in story.said:
        if one.type in VOCABULARY.events:
            found.append(_read(one, uses[one.id] == 1, kinds, reference))
        elif meant := _type_meant(one.type):
            found.append(_misnamed(replace(one, type=meant, fields=())))
    return found


def _type_meant(name: str) -> str:
    """The type, or the known one that is most like its name; empty where none is."""
    if name in VOCABULARY.events:
        return name
    likeness = {one: SequenceMatcher(a=one, b=name).ratio() for one in VOCABULARY.events}
    best = max(likeness, key=lambda one: likeness[one])
    return best if likeness[best] >= NEAR_AS_TYPE else ""


def _misnamed(said: Said) -> Read:
    """What an event of an unknown type may be: nothing in it is known, nor whether it exists."""
    written = moment(said.recorded or said.occurred)
    unknown = frozenset(VOCABULARY.events[said.type].fields)
    recorded = written.instant if written else 0
    return Read(said, None, recorded, {}, unknown, is_certain=False, is_impossible=True)


def _is_written_later(one: Read, as_of: int, export: Export) -> bool:
    """Tells of an event of a misspelt type whether it wasn't on record yet: then it's not seen."""
    if one.when is not None or not one.is_impossible:
        return False
    occurred = moment(one.said.occurred)
    is_possible = occurred is not None and occurred.day >= EARLIEST
    # After the export nothing can have been written: then it isn't known when it was.
    return is_possible and midnight(as_of + 1) <= one.recorded < _end_of(export)


def _end_of(export: Export) -> float:
    """The first instant after the export's own day."""
    return midnight(date.fromisoformat(export.reference_date).toordinal() + 1)


def _read(said: Said, is_single: bool, kinds: Mapping[str, str], reference: int) -> Read:
    when = moment(said.occurred)
    if when is not None and not EARLIEST <= when.day <= reference:
        when = None
    fields: dict[str, list[Value]] = {}
    unknown: set[str] = set()
    for name, text in said.fields:
        one = VOCABULARY.events[said.type].fields[name]
        value = _value(one, text, kinds)
        if value is None:
            if text.strip() or one.kind is not FieldKind.TEXT:
                unknown.add(name)
            continue
        fields.setdefault(name, []).append(value)
    known = {
        name: tuple(str(one) for one in values)
        if VOCABULARY.events[said.type].fields[name].may_repeat
        else values[0]
        for name, values in fields.items()
    }
    written = moment(said.recorded) if said.recorded else when
    for name, one in VOCABULARY.events[said.type].fields.items():
        if one.is_required and name not in known:
            unknown.add(name)
    known = {name: value for name, value in known.items() if name not in unknown}
    return Read(
        said,
        when,
        written.instant if written else 0,
        known,
        frozenset(unknown),
        is_single and when is not None,
        is_impossible=when is None and moment(said.occurred) is not None,
    )


def _value(one: Field, text: str, kinds: Mapping[str, str]) -> Value | None:
    if one.kind is FieldKind.TEXT:
        return "(withheld)" if text == WITHHELD else text.strip() or None
    if one.kind in (FieldKind.DATE, FieldKind.MOMENT):
        when = moment(text)
        return None if when is None else when.day
    if one.kind is FieldKind.WHOLE:
        return int(text) if text.isdigit() else None
    if one.kind is FieldKind.REF:
        return text if kinds.get(text) == one.refers_to else None
    return text if text in one.codes else None


def worlds(export: Export, story: Story, as_of: int) -> Iterator[World]:
    """The ways in which everything could be; just one where nothing is in doubt."""
    every_event = read(story, date.fromisoformat(export.reference_date).toordinal())
    events = [one for one in every_event if not _is_written_later(one, as_of, export)]
    lacking = _lacking(export)
    faults, unsupplied = _slots(events, as_of, lacking)
    # By what it says and not by its name: the same record is judged alike wherever it stands.
    rng = random.Random(repr(story.said))
    uncertain = [one.said for one in events if not one.is_certain]
    corrected = [one.supersedes for one in uncertain if one.supersedes is not None]
    doubtful = frozenset([one.id for one in uncertain] + corrected)
    undated = frozenset(one.said.id for one in events if one.when is None)
    flawed = _is_flawed(events, as_of, export)
    ids = frozenset(one.said.id for one in every_event)
    doubts = _Doubts(doubtful, undated, flawed, ids=ids)
    dated = _record([_alone(one) for one in events if one.when is not None], as_of, doubts)
    doubts = replace(doubts, begin=first(dated.entries))
    picks = itertools.chain(_picks(rng, faults), _pairs(events, faults))
    every = list(_beside(picks, _belongings(events)))
    crowds = list(_crowds(rng, sorted(lacking.kinds), _settled(events, every[0][0]), as_of))
    beside = itertools.cycle(crowds or [[]])
    for at, (pick, belonging) in enumerate(every):
        settled = _settled(events, pick)
        doubts = replace(doubts, belonging=belonging)
        base = _record(settled, as_of, doubts)
        yield World(base, base)
        if 0 < at < len(every) - 1 and len(every) > MOST_BESIDE:
            # What is not supplied is imagined beside the least and the most of the doubts, and all
            # that it may say at once beside each of the others.
            if crowds:
                yield World(_record([*settled, *next(beside)], as_of, doubts), base)
            continue
        for other in _picks(rng, unsupplied):
            chosen = _settled(events, {**pick, **other})
            yield World(_record(chosen, as_of, doubts), base)
            if crowds:
                yield World(_record([*chosen, *next(beside)], as_of, doubts), base)
        for kind in sorted(lacking.kinds):
            for extra in _imagined(rng, kind, settled, as_of):
                yield World(_record([*settled, *extra], as_of, doubts), base)
        for crowd in crowds:
            yield World(_record([*settled, *crowd], as_of, doubts), base)


Slots = dict[tuple[int, str], list[object]]
Pick = Mapping[tuple[int, str], object]


def _beside(
    picks: Iterator[Pick], belongings: tuple[str | None, ...]
) -> Iterator[tuple[Pick, str | None]]:
    """Each pick with each belonging; of many picks, each with one in turn."""
    every = list(picks)
    if len(every) < MOST_WORLDS // 3:
        return itertools.product(every, belongings)
    return zip(every, itertools.cycle(belongings))


def _is_flawed(events: list[Read], as_of: int, export: Export) -> bool:
    """Tells whether something that cannot be so has effect: what is void or superseded has none."""
    now = midnight(as_of + 1) - 1e-6
    # What cannot be so and says that it was written after the export was written at any time.
    end = _end_of(export)
    visible = [
        one for one in events if one.recorded <= now or (one.is_impossible and one.recorded >= end)
    ]
    gone = {one.said.supersedes for one in visible if one.is_certain}
    return any(
        one.is_impossible and one.said.void != "yes" and one.said.id not in gone for one in visible
    )


def _belongings(events: list[Read]) -> tuple[str | None, ...]:
    """Where decisions that name no concern belong is unknown if any of either is in doubt."""
    for one in events:
        if one.said.type in ("concern_raised", "s42_decided") and (
            not one.is_certain or one.unknown & {"concern", "result"}
        ):
            return "each", "none", "near"
    return (None,)


def _alone(one: Read) -> Read:
    """An event that may not exist takes nothing else away."""
    return one if one.is_certain else replace(one, said=replace(one.said, supersedes=None))


def _picks(rng: random.Random, slots: Slots) -> Iterator[Pick]:
    """All ways to choose, or many of them where there are too many."""
    total = 1
    for options in slots.values():
        total *= len(options)
    if total <= MOST_WORLDS:
        for one in itertools.product(*slots.values()):
            yield dict(zip(slots, one, strict=True))
        return
    for _ in range(MOST_WORLDS):
        yield {slot: rng.choice(options) for slot, options in slots.items()}
    for slot, options in slots.items():
        # Chance may miss one value of one field: each is seen on the last day, and on another.
        when = slot[0], "?"
        for option in options:
            pick = {other: rng.choice(each) for other, each in slots.items()}
            yield {**pick, slot: option}
            if slot != when and when in slots:
                yield {**pick, when: slots[when][1], slot: option}


def _pairs(events: list[Read], slots: Slots) -> Iterator[Pick]:
    """Of an event of a misspelt type, on the last day and beside the others of its type: each two
    codes, which chance may miss."""
    nothing = {slot: options[0] for slot, options in slots.items()}
    for at, one in enumerate(events):
        if not one.is_impossible or one.fields or (at, "?") not in slots:
            continue
        fields = VOCABULARY.events[one.said.type].fields
        if one.said.type == "explanation":
            yield from _explanations(at, slots, fields["code"].codes, nothing)
        coded = {
            name: spec.codes if spec.kind is FieldKind.CODE else ("yes",)
            for name, spec in fields.items()
            if spec.kind in (FieldKind.CODE, FieldKind.FLAG) and (at, name) in slots
        }
        mates = {other.when.day for other in events if other.when and _are_of_one_type(one, other)}
        whens = [slots[at, "?"][1], *(_on(day) for day in sorted(mates)[:MOST_MATES])]
        for pair in itertools.combinations(coded, 2):
            some, more = (coded[name] for name in pair)
            if len(some) * len(more) > MOST_PAIRS:
                continue
            for codes, when in itertools.product(itertools.product(some, more), whens):
                named = {(at, name): code for name, code in zip(pair, codes, strict=True)}
                yield {**nothing, (at, "?"): when, **named}


def _are_of_one_type(one: Read, other: Read) -> bool:
    return one is not other and one.said.type == other.said.type


def _explanations(at: int, slots: Slots, codes: Iterable[str], nothing: Pick) -> Iterator[Pick]:
    """Of a misspelt explanation: for each rule, each code on each day of the record, with words."""
    whens = [one for one in slots[at, "?"] if isinstance(one, When) and one.clock != FIRST]
    for when, code in itertools.product(whens, codes):
        said = {"?": when, "rule": EACH_RULE, "code": code, "text": "words"}
        yield {**nothing, **{(at, name): value for name, value in said.items()}}


def _settled(events: list[Read], pick: Pick) -> list[Read]:
    chosen: dict[int, dict[str, object]] = {}
    for (at, name), value in pick.items():
        chosen.setdefault(at, {})[name] = value
    found = [
        _settle(one, chosen[at]) if at in chosen else one if one.when is not None else None
        for at, one in enumerate(events)
    ]
    return [one for one in found if one is not None]


@dataclass(frozen=True)
class _Doubts:
    of_existence: frozenset[str]
    of_time: frozenset[str]
    flawed: bool
    begin: Entry | None = None
    belonging: str | None = None
    ids: frozenset[str] = frozenset()


@dataclass
class _Lacking:
    kinds: set[str] = field(default_factory=set)
    fields: dict[str, set[str]] = field(default_factory=dict)


def _lacking(export: Export) -> _Lacking:
    found = _Lacking()
    if export.supplies is None:
        return found
    for name, kind in VOCABULARY.events.items():
        if name in export.supplies:
            continue
        some = {one.partition(".")[2] for one in export.supplies if one.startswith(f"{name}.")}
        if some:
            found.fields[name] = set(kind.fields) - some - SAYS_NOTHING
        else:
            found.kinds.add(name)
    return found


def _slots(events: list[Read], as_of: int, lacking: _Lacking) -> tuple[Slots, Slots]:
    """What is in doubt by a fault, and for want of supply; each with all that it could be."""
    slots: Slots = {}
    unsupplied: Slots = {}
    days = sorted({one.when.day for one in events if one.when is not None})
    for at, one in enumerate(events):
        for name in sorted(one.unknown | lacking.fields.get(one.said.type, set())):
            if name in one.fields and name not in one.unknown:
                continue
            spec = VOCABULARY.events[one.said.type].fields[name]
            into = slots if name in one.unknown else unsupplied
            into[at, name] = _options(spec, events, as_of, days)
        if not one.is_certain and one.said.supersedes is not None:
            # Each of two doubts by itself (section 11): what it corrects may be there as well, or
            # neither of them.
            slots[at, CORRECTS] = [None, "nothing", ALONE]
        meant = _rules_meant(one)
        if meant:
            slots[at, "rule"] = [None, *meant]
        is_nameless = one.is_impossible and not one.fields
        if one.said.type == "explanation" and (is_nameless or "rule" in one.unknown):
            slots[at, "rule"] = [None, EACH_RULE]
        if one.said.type == "explanation" and "code" in one.unknown and not one.fields.get(ENDS):
            # Each doubt by itself (section 11): whether a code that could not be read is accepted,
            # and whether it is one of those that stand for a time only.
            slots[at, ENDS] = [None, as_of + 5]
        if one.fields.get("subject") == "(withheld)":
            slots[at, "subject"] = [None, *(other.said.id for other in events)]
        if one.when is None:
            whens: list[object] = [None, When(as_of, None, midnight(as_of))]
            around = {day + step for day in days for step in (-1, 0, 1)}
            around |= {day - ago for day in (*days, as_of) for ago in LONG_AGO}
            whens.append(_last(as_of))
            whens += [When(day, None, midnight(day)) for day in sorted(around) if day <= as_of]
            whens += [When(day, FIRST, midnight(day)) for day in days if day <= as_of]
            slots[at, "?"] = whens
        elif not one.is_certain:
            slots[at, "?"] = [None, one.when]
    return slots, unsupplied


def _rules_meant(one: Read) -> list[str]:
    """The rules that a misspelt id may mean: those that it is most like, capitals aside."""
    name = str(one.fields.get("rule", "")).strip()
    if one.said.type != "explanation" or not name or name in RULE_IDS or name == WITHHELD:
        return []
    likeness = {rule: SequenceMatcher(a=rule.lower(), b=name.lower()).ratio() for rule in RULE_IDS}
    best = max(likeness.values())
    return [rule for rule in RULE_IDS if likeness[rule] == best >= NEAR]


def _options(spec: Field, events: list[Read], as_of: int, days: list[int]) -> list[object]:
    if spec.kind is FieldKind.TEXT:
        return [None, "words"]
    if spec.kind is FieldKind.WHOLE:
        return [None, 0, 1, 2, 3]
    if spec.kind is FieldKind.REF:
        return [None, *(one.said.id for one in events if one.said.type == spec.refers_to)]
    if spec.kind in (FieldKind.DATE, FieldKind.MOMENT):
        return [None, *days, as_of + 5, as_of - 1]
    return [None, *spec.codes]


def _settle(one: Read, chosen: Mapping[str, object]) -> Read | None:
    fields = dict(one.fields)
    when: object = one.when
    corrects = one.said.supersedes
    void = one.said.void
    for name, value in chosen.items():
        if name == "?":
            when = value
        elif name == CORRECTS:
            corrects = None if value == "nothing" else corrects
            void = "yes" if value == ALONE else void
        elif value is not None:
            repeats = VOCABULARY.events[one.said.type].fields[name].may_repeat
            old = fields.get(name, ())
            kept = old if isinstance(old, tuple) else ()
            # Of an event of a misspelt type it is not known either how often something is said.
            times = TIMES_SAID[-1] if one.is_impossible and not one.fields else 1
            fields[name] = (*kept, *[str(value)] * times) if repeats else value  # type: ignore[assignment]
    if not isinstance(when, When):
        if void == one.said.void:
            return None
        when = one.when or _on(EARLIEST)
    recorded = one.recorded if one.when is not None else when.instant
    said = replace(one.said, supersedes=corrects, void=void)
    return replace(one, said=said, when=when, fields=fields, recorded=recorded)


def _imagined(
    rng: random.Random, kind: str, events: list[Read], as_of: int
) -> Iterator[list[Read]]:
    """One or two events that the source could not have supplied."""
    for number in range(IMAGINED):
        count = 1 + number % 2
        yield [_imagine(rng, kind, f"?{at}", events, as_of) for at in range(count)]
    yield from ([one] for one in _plain(rng, kind, events, as_of))
    yield from _one_of_each(rng, kind, events, as_of)
    for when in (_on(as_of), _last(as_of)):
        one = _imagine(rng, kind, "?", events, as_of)
        yield [replace(one, when=when, recorded=when.instant)]
    days = [one.when.day for one in events if one.when is not None]
    series = range(min(days, default=as_of) - 7, as_of + 1, 7)
    for _ in range(SERIES):
        one = _imagine(rng, kind, "?", events, as_of)
        yield [
            replace(
                one, said=replace(one.said, id=f"?{day}"), when=_on(day), recorded=midnight(day)
            )
            for day in series
        ]


def _one_of_each(
    rng: random.Random, kind: str, events: list[Read], as_of: int
) -> Iterator[list[Read]]:
    """For each code: as many events that say it as there are events to which they may refer."""
    fields = VOCABULARY.events[kind].fields
    coded = [
        (name, code)
        for name, spec in fields.items()
        if spec.kind is FieldKind.CODE
        for code in spec.codes
    ]
    for ref, spec in fields.items():
        targets = [one.said.id for one in events if one.said.type == spec.refers_to]
        if spec.kind is not FieldKind.REF or len(targets) < 2:
            continue
        for name, code in coded:
            yield [
                _saying(rng, kind, f"?{at}", {ref: target, name: code}, events, as_of)
                for at, target in enumerate(targets)
            ]


def _saying(
    rng: random.Random,
    kind: str,
    name: str,
    says: Mapping[str, str],
    events: list[Read],
    as_of: int,
) -> Read:
    """An event of the last day that says what is given, and else what its type must."""
    fields = VOCABULARY.events[kind].fields
    one = _imagine(rng, kind, name, events, as_of)
    kept = {other: held for other, held in one.fields.items() if fields[other].is_required}
    said: dict[str, Value] = {
        other: (value,) if fields[other].may_repeat else value for other, value in says.items()
    }
    when = _on(as_of)
    return replace(one, fields={**kept, **said}, when=when, recorded=when.instant)


def _plain(rng: random.Random, kind: str, events: list[Read], as_of: int) -> Iterator[Read]:
    """For each code, and each event to which one may refer: an event that says hardly more."""
    fields = VOCABULARY.events[kind].fields
    days = {one.said.id: one.when.day for one in events if one.when and one.when.day <= as_of}
    begin = min(days.values(), default=as_of)
    for name, spec in fields.items():
        if spec.kind is FieldKind.TEXT or spec.kind is FieldKind.WHOLE:
            continue
        for value in _options(spec, events, as_of, [])[1:]:
            one = _imagine(rng, kind, "?", events, as_of)
            said: Value = (str(value),) if spec.may_repeat else value  # type: ignore[assignment]
            kept = (
                one.fields
                if spec.kind is FieldKind.REF
                else {
                    other: held for other, held in one.fields.items() if fields[other].is_required
                }
            )
            when = _on(max(days.get(str(value), as_of), begin))
            yield replace(one, fields={**one.fields, name: said}, when=when, recorded=when.instant)
            for moment_of in (when, _on(as_of), _last(as_of)):
                yield replace(
                    one, fields={**kept, name: said}, when=moment_of, recorded=moment_of.instant
                )
    for codes in _pairs_of_codes(kind):
        one = _imagine(rng, kind, "?", events, as_of)
        yield replace(one, fields={**one.fields, **codes})


def _crowds(
    rng: random.Random, kinds: list[str], events: list[Read], as_of: int
) -> Iterator[list[Read]]:
    """All that types which are not supplied may say, at once: some rules ask for two of them."""
    if not kinds:
        return
    days = [one.when.day for one in events if one.when and one.when.day <= as_of]
    said = [
        (kind, name, code)
        for kind in kinds
        for name, spec in VOCABULARY.events[kind].fields.items()
        if spec.kind is FieldKind.CODE
        for code in spec.codes
    ]
    for when in (_on(min(days, default=as_of)), _on(as_of), _last(as_of)):
        crowd = []
        for at, (kind, name, code) in enumerate(said):
            one = _saying(rng, kind, f"?{at}", {name: code}, events, as_of)
            crowd.append(replace(one, when=when, recorded=when.instant))
        yield crowd


def _pairs_of_codes(kind: str) -> Iterator[Mapping[str, Value]]:
    """Each two codes that an event of a type may hold, which chance may miss."""
    fields = VOCABULARY.events[kind].fields
    coded = [(name, one) for name, one in fields.items() if one.kind is FieldKind.CODE]
    for (name, spec), (other, more) in itertools.combinations(coded, 2):
        if len(spec.codes) * len(more.codes) > MOST_PAIRS:
            continue
        for code, another in itertools.product(spec.codes, more.codes):
            yield {
                name: (code,) if spec.may_repeat else code,
                other: (another,) if more.may_repeat else another,
            }


def _on(day: int) -> When:
    return When(day, None, midnight(day))


def _last(as_of: int) -> When:
    """A moment later than all, even than what happened on the last day."""
    return When(as_of, LAST, midnight(as_of + 1) - 1e-3)


def _imagine(rng: random.Random, kind: str, name: str, events: list[Read], as_of: int) -> Read:
    days = sorted(
        {one.when.day for one in events if one.when is not None and one.when.day <= as_of}
    )
    fields: dict[str, Value] = {}
    luck = rng.choice((1, 1, 0.7))
    for field_name, spec in VOCABULARY.events[kind].fields.items():
        options = _options(spec, events, as_of, days)[1:]
        if options and rng.random() < luck:
            value = rng.choice(options)
            fields[field_name] = (
                (str(value),) * rng.choice(TIMES_SAID) if spec.may_repeat else value  # type: ignore[assignment]
            )
    around = [day + step for day in days for step in (-1, 1) if day + step <= as_of]
    before = [day - ago for day in (*days[:1], as_of) for ago in LONG_AGO]
    when = _on(rng.choice([*days[:1], *days, *around, as_of, rng.choice(before)]))
    return Read(Said(name, kind, ""), when, when.instant, fields)


def _record(events: list[Read], as_of: int, doubts: _Doubts) -> Record:
    """What is in force: recorded by then, not void, not superseded, not dated after it."""
    now = midnight(as_of + 1) - 1e-6
    visible = [one for one in events if one.recorded <= now]
    gone = {one.said.supersedes for one in visible if one.said.supersedes is not None}
    entries = [one.entry for one in visible if one.said.id not in gone and one.said.void != "yes"]
    entries = [one for one in entries if one.instant <= now]
    leads_to = _leads_to(visible)
    return Record(
        entries,
        as_of,
        leads_to,
        doubts.of_existence,
        doubts.of_time,
        flawed=doubts.flawed,
        begin=doubts.begin,
        ids=doubts.ids,
        belonging=doubts.belonging,
    )


def _leads_to(visible: list[Read]) -> dict[str, str]:
    next_one: dict[str, str] = {}
    for one in sorted(visible, key=lambda each: order(each.entry)):
        if one.said.supersedes is not None and one.said.supersedes != one.said.id:
            next_one[one.said.supersedes] = one.said.id
    ends = {}
    for start in next_one:
        end, seen = start, set[str]()
        while end in next_one and end not in seen:
            seen.add(end)
            end = next_one[end]
        ends[start] = end
    return ends
