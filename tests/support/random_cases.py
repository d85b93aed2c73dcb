"""Seeded random cases with everything that can be wrong, late, corrected, unknown or unsupplied."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from msp_rules.casework.case import WITHHELD, Case, Event, FieldValue, Supply
from msp_rules.casework.moments import Cutoff, Moment, cutoff_of, moment_on
from msp_rules.casework.vocabulary import FieldKind
from tests.support.random_vocabulary import (
    AGE_BANDS,
    AGENCIES,
    AUTUMN,
    EVENT_IDS,
    FIELDS,
    LENGTH_DAYS,
    ROLES,
    RULE_IDS,
    SPRING,
    SUBJECT_TYPES,
    TEXTS,
    TYPES,
    WINTER,
    codes_of,
    field_of,
    random_day,
    random_moment,
)


@dataclass(frozen=True)
class Trouble:
    """How often an event is out of order; `none` for a clean record."""

    void: float = 0.05
    supersedes: float = 0.12
    undated: float = 0.03
    doubtful: float = 0.03
    same_id: float = 0.02
    unreadable: float = 0.04
    recorded_later: float = 0.25


CLEAN = Trouble(0, 0, 0, 0, 0, 0, 0.1)
TROUBLED = Trouble()


def random_case(rng: random.Random, *, most_events: int = 10) -> tuple[Case, Cutoff]:
    """A case and a moment to evaluate it at."""
    start = rng.choices((SPRING, AUTUMN, WINTER), (6, 3, 1))[0]
    trouble = CLEAN if rng.random() < 0.35 else TROUBLED
    count = rng.randint(0, most_events)
    ids = list(EVENT_IDS[:count])
    palette = rng.sample(SUBJECT_TYPES, rng.randint(1, 3)) + rng.sample(TYPES, rng.randint(1, 4))
    events = [_event(rng, event_id, rng.choice(palette), ids, start, trouble) for event_id in ids]
    unknown = {"case.agency", "adult.age_band"} if rng.random() < 0.05 else set[str]()
    case = Case(
        id="C-1",
        events=tuple(_doubt_shared_ids(events)),
        attributes={} if unknown else _maybe(rng, "agency", AGENCIES),
        adult={} if unknown else _maybe(rng, "age_band", AGE_BANDS),
        supply=_supply(rng),
        unknown=frozenset(unknown),
    )
    return case, random_as_of(rng, case, start)


def random_as_of(rng: random.Random, case: Case, start: date) -> Cutoff:
    """A moment in the month or after it, often one at which something of the case happens."""
    moments = [event.moment for event in case.events if event.moment is not None]
    if moments and rng.random() < 0.2:
        return cutoff_of(rng.choice(moments))
    return cutoff_of(random_moment(rng, random_day(rng, start, spread=3 * LENGTH_DAYS)))


def _event(
    rng: random.Random,
    event_id: str,
    event_type: str,
    ids: list[str],
    start: date,
    trouble: Trouble,
) -> Event:
    moment: Moment | None = random_moment(rng, random_day(rng, start))
    recorded = _recorded(rng, moment, trouble)
    is_certain = rng.random() >= trouble.doubtful
    unknown: set[str] = set()
    if rng.random() < trouble.undated:
        moment, is_certain = None, False
        if rng.random() < 0.6:
            recorded = None
    if rng.random() < trouble.same_id:
        event_id = rng.choice(ids)
    if rng.random() < trouble.void / 4:
        unknown.add("void")
    void = None
    if "void" not in unknown and rng.random() < trouble.void:
        void = rng.choice(("yes", "yes", "no"))
    fields = _fields(rng, event_type, ids, start)
    for name in (*FIELDS[event_type], "agency", "role"):
        if rng.random() < trouble.unreadable:
            unknown.add(name)
            fields.pop(name, None)
    return Event(
        id=event_id,
        type=event_type,
        moment=moment,
        recorded=recorded,
        fields=fields,
        agency=rng.choice((None, *AGENCIES)) if "agency" not in unknown else None,
        role=rng.choice((None, *ROLES)) if "role" not in unknown else None,
        supersedes=rng.choice((*ids, "e99")) if rng.random() < trouble.supersedes else None,
        void=void,
        unknown=frozenset(unknown),
        is_certain=is_certain,
    )


def _recorded(rng: random.Random, moment: Moment | None, trouble: Trouble) -> Moment | None:
    if moment is None or rng.random() >= trouble.recorded_later:
        return moment
    return random_moment(rng, moment.date + timedelta(days=rng.randrange(0, 20)))


def _fields(
    rng: random.Random, event_type: str, ids: list[str], start: date
) -> dict[str, FieldValue]:
    found: dict[str, FieldValue] = {}
    for name in FIELDS[event_type]:
        field = field_of(event_type, name)
        if rng.random() < 0.35 and not field.is_required:
            continue
        if field.may_repeat:
            values = {str(_value(rng, field.kind, name, codes_of(field), ids, start))}
            values |= {str(_value(rng, field.kind, name, codes_of(field), ids, start))}
            found[name] = tuple(sorted(values))
        else:
            found[name] = _value(rng, field.kind, name, codes_of(field), ids, start)
    return found


def _value(
    rng: random.Random,
    kind: FieldKind,
    name: str,
    codes: tuple[str, ...],
    ids: list[str],
    start: date,
) -> str | int | Moment:
    if name == "rule":
        return rng.choice((*RULE_IDS, f" {RULE_IDS[2]} ", "R-9"))
    if kind is FieldKind.REF or name == "subject":
        return rng.choice(ids)
    if kind is FieldKind.WHOLE:
        return rng.randrange(4)
    if kind in (FieldKind.DATE, FieldKind.MOMENT):
        return moment_on(random_day(rng, start))
    if kind is FieldKind.TEXT:
        return WITHHELD if rng.random() < 0.15 else rng.choice(TEXTS)
    return rng.choice(codes)


def _doubt_shared_ids(events: list[Event]) -> list[Event]:
    """As the reader of exports does: an id that is used twice makes each of them uncertain."""
    used = Counter(event.id for event in events)
    return [event._replace(is_certain=False) if used[event.id] > 1 else event for event in events]


def _maybe(rng: random.Random, name: str, values: tuple[str, ...]) -> Mapping[str, FieldValue]:
    return {name: rng.choice(values)} if rng.random() < 0.8 else {}


def _supply(rng: random.Random) -> Supply:
    """Mostly undeclared; else most types, some of them with only some of their fields."""
    if rng.random() < 0.75:
        return Supply()
    types, fields = set[str](), dict[str, frozenset[str]]()
    for event_type in TYPES:
        luck = rng.random()
        if luck < 0.75:
            types.add(event_type)
        elif luck < 0.9:
            some = [name for name in FIELDS[event_type] if rng.random() < 0.6]
            if some:
                fields[event_type] = frozenset(some)
    return Supply(declared=True, types=frozenset(types), fields=fields)
