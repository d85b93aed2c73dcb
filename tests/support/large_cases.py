"""Makes cases of very many events of the types that one rule reads, in many shapes.

What can make a case slow is how its events lie to each other: on days of their own or all on one,
each of its own subject or all of one, in doubt, corrected. Each shape is one such way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from msp_rules.casework.case import WITHHELD, Case, Event, FieldValue, Supply
from msp_rules.casework.moments import Moment, moment_on, parse_moment
from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from msp_rules.rules.language.conditions import ExplanationGiven, Selection, walk
from msp_rules.rules.language.rule import Rule

FIRST: Final = date(2025, 8, 1)
LENGTH_DAYS: Final = 20
LAST: Final = date(2026, 3, 20)
AS_OF: Final = "2026-03-31"


class Shape(NamedTuple):
    """One way in which the events of a case lie to each other."""

    name: str
    on_one_day: bool = False
    """All on one day; with times where `has_times`."""
    on_own_days: bool = False
    """Each on a day of its own: of thousands, the first lies years ago."""
    has_times: bool = True
    """Each with a time of day, where it is not undated."""
    refers: str = "own"
    """`own`: each names an event of its own number; `first`: all the first one; `none`; `nobody`:
    an id that is not there; `unreadable`; `list`: its own and the next."""
    unreadable: bool = False
    """Every field but the references cannot be read."""
    uncertain: bool = False
    """Each may not exist, but for one in a few."""
    undated: bool = False
    """Half of them have no date."""
    corrected: bool = False
    """Each corrects an earlier version, which the references name."""
    chained: bool = False
    """Each corrects the one before it."""
    forked: bool = False
    """Each is corrected by two, of which it is not known which exists."""
    supply: str = ""
    """`some fields`: the source declares that it has no references; `no type`: it lacks a type."""
    recorded_later: bool = False
    """Each was written down a week after it occurred."""
    voided: str = ""
    """`half`: one in two was entered in error; `perhaps`: of these it cannot be read."""
    few: str = ""
    """`subjects`: a case of few subjects and much else; `others`: of many subjects and little."""


SHAPES: Final = (
    Shape("days"),
    Shape("days without times", has_times=False),
    Shape("own days", on_own_days=True),
    Shape("own days of nobody", on_own_days=True, refers="none"),
    Shape("own days, unreadable", on_own_days=True, unreadable=True),
    Shape("own days, uncertain", on_own_days=True, uncertain=True),
    Shape("own days, undated", on_own_days=True, undated=True),
    Shape("one day", on_one_day=True),
    Shape("one day without times", on_one_day=True, has_times=False),
    Shape("of the first", refers="first"),
    Shape("of the first on one day", refers="first", on_one_day=True, has_times=False),
    Shape("of nobody", refers="none"),
    Shape("of nobody on one day", refers="none", on_one_day=True, has_times=False),
    Shape("of somebody elsewhere", refers="nobody"),
    Shape("of anybody", refers="unreadable"),
    Shape("of two", refers="list"),
    Shape("unreadable", unreadable=True),
    Shape("unreadable on one day", unreadable=True, on_one_day=True, has_times=False),
    Shape("unreadable of anybody", unreadable=True, refers="unreadable"),
    Shape("uncertain", uncertain=True),
    Shape("uncertain on one day", uncertain=True, on_one_day=True, has_times=False),
    Shape("uncertain of anybody", uncertain=True, refers="unreadable"),
    Shape("undated", undated=True),
    Shape("undated of nobody", undated=True, refers="none"),
    Shape("corrected", corrected=True),
    Shape("corrected on one day", corrected=True, on_one_day=True, has_times=False),
    Shape("chained", chained=True),
    Shape("forked", forked=True),
    Shape("without references", supply="some fields", refers="none"),
    Shape("without references on one day", supply="some fields", refers="none", on_one_day=True),
    Shape("without a type", supply="no type"),
    Shape("written later", recorded_later=True),
    Shape("voided", voided="half"),
    Shape("perhaps voided on one day", voided="perhaps", on_one_day=True, has_times=False),
    Shape("few subjects", few="subjects"),
    Shape("many subjects alone", few="others"),
)


def types_read(rule: Rule) -> tuple[str, ...]:
    """Names the event types that a rule reads, its subjects' first."""
    found = {rule.each: None} if rule.each is not None else {}
    for node in walk(rule):
        if isinstance(node, Selection):
            found[node.type] = None
            found |= {later.type: None for later in node.followers}
        elif isinstance(node, ExplanationGiven):
            found["explanation"] = None
    return tuple(found)


Profile = Mapping[tuple[str, str], tuple[FieldValue, ...]]
"""The values that a field of a type has, by turns; without an entry, it is absent."""


def large_case(rule: Rule, shape: Shape, count: int, seed: int) -> Case:
    """Gives a case of `count` events of each type that a rule reads, alike for every count."""
    rng = random.Random(seed)
    types = types_read(rule)
    profile = _profile(rng, types, rule)
    supply = _supply(rng, shape, types)
    fewer = {kind for kind in types if kind != rule.each and rng.random() < 0.2}
    if shape.few:
        fewer = {kind for kind in types if (kind == types[0]) == (shape.few == "subjects")}
    events = [
        event
        for number in range(count)
        for kind in types
        if number == 0 or kind not in fewer
        for event in _events(kind, number, count, shape, profile)
    ]
    rng.shuffle(events)
    return Case(id="large", events=tuple(events), supply=supply)


def _profile(rng: random.Random, types: tuple[str, ...], rule: Rule) -> Profile:
    profile: dict[tuple[str, str], tuple[FieldValue, ...]] = {}
    for kind in types:
        for field in core_vocabulary().events[kind].fields.values():
            if field.kind is FieldKind.REF or field.name == "subject":
                continue
            if not field.is_required and rng.random() < 0.3:
                continue
            values = [_value(rng, field) for _ in range(rng.choice((1, 1, 3)))]
            profile[kind, field.name] = tuple(values)
    if "explanation" in types:
        profile["explanation", "rule"] = (rule.id,)
        profile["explanation", "text"] = ("So.",)
    return profile


def _value(rng: random.Random, field: Field) -> FieldValue:
    match field.kind:
        case FieldKind.TEXT:
            one: FieldValue = rng.choice(("a", WITHHELD))
        case FieldKind.WHOLE:
            one = rng.randrange(5)
        case FieldKind.DATE | FieldKind.MOMENT:
            one = moment_on(FIRST + timedelta(days=rng.randrange(300)))
        case _:
            one = rng.choice(field.codes)
    return (str(one),) if field.may_repeat else one


def _events(kind: str, number: int, count: int, shape: Shape, profile: Profile) -> Iterator[Event]:
    moment = _moment(kind, number, count, shape)
    is_undated = shape.undated and number % 2 == 1
    fields, unknown = _fields(kind, number, count, shape, profile)
    is_voided = shape.voided != "" and number % 2 == 1
    event = Event(
        id=_id(kind, number),
        type=kind,
        moment=None if is_undated else moment,
        recorded=_written(moment, shape),
        fields=fields,
        unknown=unknown | {"void"} if is_voided and shape.voided == "perhaps" else unknown,
        void="yes" if is_voided and shape.voided == "half" else None,
        is_certain=not is_undated and not (shape.uncertain and number % 4 > 0),
    )
    if shape.corrected:
        yield event
        yield event._replace(id=f"{event.id}-new", supersedes=event.id)
    elif shape.forked:
        yield event
        for name in ("a", "b"):
            yield event._replace(id=f"{event.id}-{name}", supersedes=event.id, is_certain=False)
    elif shape.chained and number > 0:
        yield event._replace(supersedes=_id(kind, number - 1))
    else:
        yield event


def _id(kind: str, number: int) -> str:
    return f"{kind}-{number:05}"


def _moment(kind: str, number: int, count: int, shape: Shape) -> Moment:
    offset = sum(kind.encode()) % 7  # so that the types follow on each other in some order
    if shape.on_own_days:
        day = LAST + timedelta(days=number - count + offset)
    else:
        days = 90 if shape.on_one_day else number * LENGTH_DAYS // count + offset
        day = FIRST + timedelta(days=days)
    if not shape.has_times:
        return moment_on(day)
    minute = (number * 7 + offset) % 1_320 + 120  # after the hour that is left out in March
    return parse_moment(f"{day}T{minute // 60:02}:{minute % 60:02}:{number % 60:02}")


def _written(moment: Moment, shape: Shape) -> Moment:
    return moment_on(moment.date + timedelta(days=7)) if shape.recorded_later else moment


def _fields(
    kind: str, number: int, count: int, shape: Shape, profile: Profile
) -> tuple[dict[str, FieldValue], frozenset[str]]:
    fields: dict[str, FieldValue] = {}
    unknown = set[str]()
    for field in core_vocabulary().events[kind].fields.values():
        if field.kind is FieldKind.REF or field.name == "subject":
            to = field.refers_to or _subject_of_explanations(profile)
            named = _named(to, number, count, shape)
            if named is None:
                unknown |= {field.name} if shape.refers == "unreadable" else set()
            else:
                fields[field.name] = named if field.may_repeat else named[0]
        elif shape.unreadable and field.name != "rule":
            unknown.add(field.name)
        elif (kind, field.name) in profile:
            values = profile[kind, field.name]
            fields[field.name] = values[number % len(values)]
    return fields, frozenset(unknown)


def _subject_of_explanations(profile: Profile) -> str:
    return next(iter(profile))[0]


def _named(to: str, number: int, count: int, shape: Shape) -> tuple[str, ...] | None:
    match shape.refers:
        case "own":
            return (_id(to, number),)
        case "first":
            return (_id(to, 0),)
        case "nobody":
            return (f"elsewhere-{number}",)
        case "list":
            return (_id(to, number), _id(to, (number + 1) % count))
        case _:
            return None


def _supply(rng: random.Random, shape: Shape, types: tuple[str, ...]) -> Supply:
    if not shape.supply:
        return Supply()
    if shape.supply == "no type":
        lacks = rng.choice(types[1:] or types)
        return Supply(declared=True, types=frozenset(types) - {lacks})
    words = core_vocabulary().events
    fields = {
        kind: frozenset(n for n, f in words[kind].fields.items() if f.kind is not FieldKind.REF)
        for kind in types
    }
    return Supply(declared=True, fields=fields)
