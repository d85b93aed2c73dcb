"""Hosts that keep the record as it stands, edited at random, and what the desk must make of it.

Each case lives through two months of saves: forms are created, edited, deleted and put back; a
snapshot comes late, or says a part only; workers answer prompts. What is to come of it is worked
out by the pure functions from the record alone.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.live_messages import event_message, made_up_cases
from msp_rules.casework.case import Case, Supply
from msp_rules.casework.consistency import ref_fields, seen_together
from msp_rules.casework.moments import (
    MICROSECONDS_A_DAY,
    Cutoff,
    at_instant,
    iso_instant,
    parse_as_of,
    parse_moment,
)
from msp_rules.casework.plausible_dates import ALLOWED_SKEW, live_by
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary, supply_words
from msp_rules.engine.engine import Engine
from msp_rules.intake.case_json import case_document, case_from, event_document
from msp_rules.prompts.desk import advance
from msp_rules.prompts.feedback import accepted_codes, change_of_answer, hear
from msp_rules.prompts.prompt import DeskState, Feedback, FeedbackKind, Prompt, PromptChange
from msp_rules.prompts.store import (
    Desk,
    FeedbackReply,
    Memory,
    Received,
    Status,
    SweepResult,
    upgrade,
)
from tests.support.stream import Answer, Deliver, PureDesk, Put, Step, Sweep

Form = dict[str, Any]
"""An event as `msp-case/1` has it, or the record that holds a list of them."""

START: Final = parse_as_of("2026-01-05T09:00:00Z")
END: Final = parse_as_of("2026-03-10")
MOST_FORMS: Final = 5
_A_DAY: Final = MICROSECONDS_A_DAY
_IMPOSSIBLE: Final = ("0001-01-01T00:00:00", "1753-01-01T00:00:00", "2062-01-05T09:00:00Z")


@dataclass
class Expected:
    """What the desk must hold and know of a case, by the pure functions."""

    engine: Engine
    record: Form
    """The record without its forms, as the host said it last."""
    forms: dict[str, Form] = field(default_factory=dict)
    """The forms that count, by id."""
    seen: dict[str, int] = field(default_factory=dict)
    """When a form of each id was first seen."""
    handed_out: dict[str, Form] = field(default_factory=dict)
    """The explanations that came in live, and that no snapshot has named yet."""
    newest: int = 0
    """When the host made the newest snapshot that was taken."""
    state: DeskState = field(init=False)
    changes: list[PromptChange] = field(default_factory=list)
    """What the desk must tell; one list for all cases of a host."""

    def __post_init__(self) -> None:
        self.state = DeskState(case=self.record["id"])

    def put(self, snapshot: Form, now: Cutoff, says: Sequence[str] | None) -> frozenset[Status]:
        """Takes in a snapshot; gives what may be answered.

        Another text in the place of a text is no news: the desk keeps only that there is one.
        """
        at = parse_as_of(snapshot["at"]).instant
        if at < self.newest:
            return frozenset({Status.STALE})
        self.newest = at
        before = self.whole()
        supply = _supply(says)
        put = {one["id"]: self._with_unsaid(one, supply) for one in snapshot["events"]}
        for name in put:
            self.handed_out.pop(name, None)
            self.seen.setdefault(name, now.instant)
        unsaid = {name: one for name, one in self.forms.items() if not supply.has_type(one["type"])}
        self.forms = unsaid | put
        about = {name: one for name, one in snapshot.items() if name not in ("events", "at")}
        if says is None or set(about) != {"schema", "id"}:
            self.record = about
        if (now_held := self.whole()) == before and self.state.as_of is not None:
            return frozenset({Status.ALREADY_KNOWN})
        is_news = self._without_texts(now_held) != self._without_texts(before)
        return frozenset({Status.RECORDED} if is_news else Status)

    def _without_texts(self, record: Form) -> Form:
        types = self.engine.ruleset.vocabulary.events
        forms = [
            {
                name: value
                if (own := types[one["type"]].fields.get(name)) is None
                or own.kind is not FieldKind.TEXT
                else bool(value)
                for name, value in one.items()
            }
            for one in record["events"]
        ]
        return record | {"events": forms}

    def _with_unsaid(self, form: Form, supply: Supply) -> Form:
        held = self.forms.get(form["id"]) or self.handed_out.get(form["id"])
        if held is None or held["type"] != form["type"] or not supply.has_type(form["type"]):
            return form
        fields = self.engine.ruleset.vocabulary.events[form["type"]].fields
        unsaid = {
            name: value
            for name, value in held.items()
            if name in fields and name not in form and not supply.has_field(form["type"], name)
        }
        return form | unsaid

    def whole(self) -> Form:
        """The record as the desk is to hold it, with the times at which it first saw the forms."""
        forms = [
            one if "recorded" in one else one | {"first_seen": iso_instant(self.seen[one["id"]])}
            for one in self.forms.values()
        ]
        forms += self.handed_out.values()
        return self.record | {"events": sorted(forms, key=lambda one: one["id"])}

    def case(self, now: Cutoff) -> Case:
        """The record as a case, as it is to be judged at a moment."""
        ruleset = self.engine.ruleset
        case = case_from(self.whole(), dates=live_by(ruleset.settings.dates, now))
        events, _ = seen_together(case.events, ref_fields(ruleset.vocabulary.events))
        return case._replace(events=events)

    def look(self, now: Cutoff) -> None:
        """The desk looks at the case."""
        self.state, changes = advance(self.engine, self.case(now), self.state, now)
        self.changes += changes
        ahead = [
            moment.instant - ALLOWED_SKEW
            for one in self.forms.values()
            if (moment := parse_moment(one["occurred"])).instant > now.instant + ALLOWED_SKEW
        ]
        if ahead:
            changes = (*ahead, *filter(None, (self.state.next_change,)))
            self.state = replace(self.state, next_change=min(changes))

    def sweep(self, now: Cutoff) -> bool:
        """The desk looks if time alone may have changed something; says whether it did."""
        is_due = self.state.next_change is not None and self.state.next_change <= now.instant
        if is_due:
            self.look(now)
        return is_due


@dataclass
class EditedCase:
    """One case of a host: its forms as they stand, and the snapshots that it has sent."""

    rng: random.Random
    vocabulary: Vocabulary
    expected: Expected
    record: Form
    """The record without its forms."""
    pool: list[Form]
    """The forms that somebody may fill in."""
    forms: dict[str, Form] = field(default_factory=dict)
    sent: list[Form] = field(default_factory=list)
    answers: int = 0

    @property
    def id(self) -> str:
        """The id of the case."""
        return str(self.record["id"])

    def step(self, desk: Desk, now: Cutoff) -> None:
        """Lets something happen to the case, and compares what the desk knows afterwards."""
        happens = self.rng.choices(
            (self._save, self._save_a_part, self._send_late, self._answer), (6, 2, 1, 3)
        )[0]
        happens(desk, now)
        assert desk.state(self.id) == self.expected.state, self.id

    def save(self, desk: Desk, now: Cutoff) -> None:
        """Saves the whole case."""
        self.put(desk, self._snapshot(now), now, None)

    def put(self, desk: Desk, snapshot: Form, now: Cutoff, says: Sequence[str] | None) -> None:
        """Hands a snapshot over, twice; the second time nothing changes."""
        self.sent.append(snapshot)
        first = desk.put_case(snapshot, now, says=says)
        assert first.status in self.expected.put(snapshot, now, says), (self.id, first)
        if first.status is Status.RECORDED:
            self.expected.look(now)
        again = desk.put_case(copy.deepcopy(snapshot), now, says=says)
        is_stale = first.status is Status.STALE
        assert again.status is (Status.STALE if is_stale else Status.ALREADY_KNOWN), self.id
        assert again.kept == (), self.id
        assert set(again.faults) <= set(first.faults), self.id

    def _save(self, desk: Desk, now: Cutoff) -> None:
        for _ in range(self.rng.randint(0, 3)):
            self._edit(now)
        self.save(desk, now)

    def _save_a_part(self, desk: Desk, now: Cutoff) -> None:
        """Somebody saves whose role sees a part of the forms, or a part of one."""
        self._edit(now)
        snapshot = self._snapshot(now)
        types = sorted({one["type"] for one in (*self.forms.values(), *self.pool)})
        says = self.rng.sample(types, self.rng.randint(0, len(types)))
        words = supply_words(self.vocabulary)
        for kind in set(types) - set(says):
            if parts := [word for word in words if word.startswith(f"{kind}.")]:
                says += self.rng.sample(parts, self.rng.randint(0, min(2, len(parts))))
        supply = _supply(says)
        fields = {name: kind.fields for name, kind in self.vocabulary.events.items()}
        snapshot["events"] = [
            {
                name: value
                for name, value in one.items()
                if (own := fields[one["type"]].get(name)) is None
                or own.is_required
                or supply.has_field(one["type"], name)
            }
            for one in snapshot["events"]
            if supply.has_type(one["type"])
        ]
        if self.rng.random() < 0.5:
            snapshot = {name: snapshot[name] for name in ("schema", "id", "at", "events")}
        self.put(desk, snapshot, now, says)

    def _send_late(self, desk: Desk, now: Cutoff) -> None:
        """A snapshot overtakes another one, or comes a second time."""
        if self.sent:
            self.put(desk, self.rng.choice(self.sent), now, None)

    def _snapshot(self, now: Cutoff) -> Form:
        made = now.instant - self.rng.choice((0, 0, self.rng.randrange(_A_DAY // 3)))
        made = max(made, self.expected.newest)
        forms = copy.deepcopy(list(self.forms.values()))
        self.rng.shuffle(forms)
        return {**self.record, "at": iso_instant(made), "events": forms}

    def _edit(self, now: Cutoff) -> None:
        """Somebody creates, edits, deletes or puts back a form, or edits the case itself."""
        kind = self.rng.choices(
            ("create", "edit", "delete", "case"), (4, 4 if self.forms else 0, 1.5, 0.3)
        )[0]
        if kind == "case":
            agency = self.rng.choice(("council", "mental_health_trust"))
            self.record = {**self.record, "agency": agency}
        elif kind == "create" and len(self.forms) < MOST_FORMS:
            form = copy.deepcopy(self.rng.choice(self.pool))
            self.forms[form["id"]] = self._dated(form, now)
        elif kind == "delete" and self.forms:
            gone = self.forms.pop(self.rng.choice(sorted(self.forms)))
            self.pool.append(gone)  # so it may come back, as it was
        elif self.forms:
            name = self.rng.choice(sorted(self.forms))
            self.forms[name] = self._edited(self.forms[name], now)

    def _dated(self, form: Form, now: Cutoff) -> Form:
        form["occurred"] = iso_instant(now.instant - self.rng.randrange(6 * _A_DAY))
        form.pop("recorded", None)
        if self.rng.random() < 0.2:
            form["recorded"] = iso_instant(now.instant)
        if self.rng.random() < 0.05:  # planned, or a clock that is ahead
            ahead = now.instant + self.rng.randrange(_A_DAY)
            form["occurred"] = iso_instant(min(ahead, END.instant))
        if self.rng.random() < 0.03:
            form["occurred"] = self.rng.choice(_IMPOSSIBLE)
        return form

    def _edited(self, form: Form, now: Cutoff) -> Form:
        edited = dict(form)
        fields = self.vocabulary.events[form["type"]].fields
        if not fields or self.rng.random() < 0.25:
            return self._dated(edited, now)
        own = self.rng.choice(list(fields.values()))
        if own.name in edited and not own.is_required and self.rng.random() < 0.4:
            del edited[own.name]
        else:
            value = self._value(own, now)
            edited[own.name] = [value] if own.may_repeat else value
        return edited

    def _value(self, own: Field, now: Cutoff) -> Any:
        if own.kind is FieldKind.REF:
            return self.rng.choice(sorted({*self.forms, "e99"}))
        if own.kind is FieldKind.WHOLE:
            return self.rng.randrange(4)
        if own.kind is FieldKind.TEXT:
            return "some words"
        if own.kind in (FieldKind.DATE, FieldKind.MOMENT):
            day = now.instant + self.rng.randrange(-9, 9) * _A_DAY
            return iso_instant(day)[: len("YYYY-MM-DD")]
        return self.rng.choice(own.codes)

    def _answer(self, desk: Desk, now: Cutoff) -> None:
        """A worker answers a prompt; the host records the explanation at once, later or never."""
        asking = [one for one in self.expected.state.prompts.values() if one.asks]
        if not asking:
            return
        self.answers += 1
        feedback = self._feedback(self.rng.choice(asking), now)
        replied = desk.hear(feedback, now=now)
        before = self.expected.state
        heard = hear(self.expected.engine.ruleset, before, feedback)
        self.expected.state = heard.state
        answered = change_of_answer(feedback, before, heard.state)
        self.expected.changes += () if answered is None else (answered,)
        assert replied.heard_as is heard.heard_as
        if replied.explanation is None:
            return
        form = event_document(replied.explanation)
        if self.rng.random() < 0.5:
            self.forms[form["id"]] = form
            return
        self.pool.append(form)
        received = desk.receive(event_message(self.id, replied.explanation), now)
        assert received.status is Status.RECORDED
        self.expected.handed_out[form["id"]] = form
        self.expected.seen.setdefault(form["id"], now.instant)
        self.expected.look(now)

    def _feedback(self, prompt: Prompt, now: Cutoff) -> Feedback:
        rules = {one.id: one for one in self.expected.engine.ruleset.rules}
        kind = self.rng.choice(list(FeedbackKind))
        until = parse_moment(iso_instant(now.instant + self.rng.randint(1, 20) * _A_DAY))
        is_overruled = kind is FeedbackKind.OVERRIDDEN
        codes = (*accepted_codes(rules[prompt.key.rule]), "does_not_fit")
        return Feedback(
            id=f"{self.id}-f{self.answers}",
            key=prompt.key,
            generation=prompt.generation,
            kind=kind,
            at=parse_moment(iso_instant(now.instant)),
            role="worker",
            until=until if kind is FeedbackKind.DEFERRED else None,
            code=self.rng.choice(codes) if is_overruled else None,
            has_text=is_overruled,
        )


def edited_cases(engine: Engine, count: int, seed: int) -> list[EditedCase]:
    """Cases with nothing in them yet, and the forms that may be filled in."""
    found, changes = list[EditedCase](), list[PromptChange]()
    for number, case in enumerate(made_up_cases(count, seed=seed, profile="noisy")):
        rng = random.Random(f"{seed}/{number}")
        document = case_document(case)
        forms = document.pop("events")
        pool = [forms[0], *rng.sample(forms[1:], min(len(forms) - 1, 2 * MOST_FORMS))]
        for form in pool:
            form.pop("supersedes", None)
        about = {"schema": document["schema"], "id": document["id"]}
        expected = Expected(engine, about, changes=changes)
        found.append(EditedCase(rng, engine.ruleset.vocabulary, expected, document, pool))
    return found


def live_through(
    cases: list[EditedCase], restart: Callable[[], Desk], *, steps: int, seed: int
) -> None:
    """Lets two months pass over cases: saves, sweeps and restarts, each compared at once."""
    rng = random.Random(seed)
    for number in range(steps):
        desk = restart()
        begun = START.instant + number * (END.instant - START.instant) // steps
        for case in cases:
            case.step(desk, at_instant(begun + rng.randrange(_A_DAY)))
        for _ in range(2):
            begun += rng.randint(1, 4) * _A_DAY
            sweep(desk, cases, at_instant(begun))
    desk = restart()
    for number, case in enumerate(cases):
        if number % 2 or not case.sent:
            case.save(desk, END)
    sweep(desk, cases, END)


def sweep(desk: Desk, cases: list[EditedCase], now: Cutoff) -> None:
    """Lets time pass, and compares what the desk knows of each case."""
    while not desk.sweep(now).is_done:
        pass
    for case in sorted(cases, key=lambda one: (one.expected.state.next_change or 0, one.id)):
        if case.expected.sweep(now):
            assert desk.state(case.id) == case.expected.state, case.id


class _Recorder(Desk):
    """A desk that notes what its host asks of it."""

    def __init__(self, steps: list[Step], memory: Memory, engine: Engine) -> None:
        super().__init__(memory, engine, skew=None)
        self._steps = steps

    def put_case(self, record: Any, now: Any, *, says: Any = None, **more: Any) -> Received:
        self._note(Put(record, now, says))
        return super().put_case(record, now, says=says, **more)

    def receive(self, message: Any, now: Any, **more: Any) -> Received:
        self._note(Deliver(message, now))
        return super().receive(message, now, **more)

    def hear(self, feedback: Feedback, **more: Any) -> FeedbackReply:
        self._note(Answer(feedback))
        return super().hear(feedback, **more)

    def sweep(self, now: Any, **more: Any) -> SweepResult:
        self._note(Sweep(now))
        return super().sweep(now, **more)

    def _note(self, step: Step) -> None:
        if self._steps[-1:] != [step]:
            self._steps.append(step)


def make_snapshot_stream(
    engine: Engine, *, cases: int, steps: int, seed: int
) -> tuple[list[Step], PureDesk]:
    """The life of so many cases as steps of a host that hands them over whole, and its outcome."""
    noted, pure = list[Step](), PureDesk(engine)
    with TemporaryDirectory() as folder:
        where = f"{folder}/memory.db"
        upgrade(where)
        with Memory(where) as memory:
            edited = edited_cases(engine, cases, seed)
            live_through(edited, lambda: _Recorder(noted, memory, engine), steps=steps, seed=seed)
    pure.states = {one.id: one.expected.state for one in edited}
    pure.changes = edited[0].expected.changes
    return noted, pure


def _supply(says: Sequence[str] | None) -> Supply:
    if says is None:
        return Supply()
    fields = dict[str, frozenset[str]]()
    for kind, point, name in (word.partition(".") for word in says):
        if point:
            fields[kind] = fields.get(kind, frozenset()) | {name}
    types = frozenset(word for word in says if "." not in word)
    return Supply(declared=True, types=types, fields=fields)
