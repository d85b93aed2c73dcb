"""Seeded random rulesets over the whole rule language, as trees.

What the loader refuses is not made: reasons stand in `explained_when` only, `this` in `each` rules
only, tests fit the kind of their field.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from msp_rules.casework.moments import moment_on
from msp_rules.casework.vocabulary import FieldKind, core_vocabulary
from msp_rules.casework.workdays import Unit
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.conditions import (
    AllOf,
    Anchor,
    AnyOf,
    AsOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    Different,
    Due,
    DueAt,
    DueByField,
    DueChosen,
    DueEarliest,
    DueWithin,
    EventAnchor,
    Every,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    Limit,
    NoLimit,
    NoneOf,
    Readable,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    Test,
    This,
    Window,
    WrittenWithin,
)
from msp_rules.rules.language.rule import (
    Basis,
    Citation,
    Colour,
    Concept,
    IfNone,
    Parameter,
    ParameterValue,
    Period,
    Prompt,
    Rule,
    Ruleset,
    Settings,
    Severity,
    Suspension,
)
from tests.support.random_vocabulary import (
    AGE_BANDS,
    AGENCIES,
    AUTUMN,
    EVENT_IDS,
    EXPLANATION_CODES,
    FIELDS,
    REFERENCES,
    ROLES,
    RULE_IDS,
    SPRING,
    SUBJECT_TYPES,
    TEMPORARY_CODES,
    TEXTS,
    TYPES,
    codes_of,
    field_of,
    random_day,
)

HERE = SourceLocation(path="random")
BOUNDS = ("since", "after", "by", "before", "from_day", "through_day", "surely_before")
BEGINNING = -(10**6)
NUMBERS = {
    Unit.HOURS: (0, 1, 24, 48),
    Unit.CALENDAR_DAYS: (0, 1, 2, 5),
    Unit.WORKING_DAYS: (0, 1, 2, 5),
    Unit.WEEKS: (0, 1, 2),
    Unit.MONTHS: (0, 1),
}
SOME_FIELDS = ("identified_adult", "concern", "asked", "result")
COLOURS_OF_NOT_MET = (Colour.RED, Colour.RED, Colour.AMBER, Colour.GREY, Colour.NONE)
DATED = ("outcomes_conversation", "s42_decided", "plan_action", "explanation")


@dataclass
class RuleMaker:
    """Makes the parts of one rule; `each` None where there is no subject to speak of."""

    rng: random.Random
    each: str | None = None
    concepts: tuple[Concept, ...] = ()
    parameters: dict[str, Parameter] = field(default_factory=dict)
    from_subject_day: bool = False
    allows_reasons: bool = False

    def luck(self, chance: float) -> bool:
        return self.rng.random() < chance

    # --- conditions ---

    def condition(self, depth: int = 2) -> Condition:
        if depth > 0 and self.luck(0.4):
            return self._combination(depth)
        if self.allows_reasons and self.luck(0.75):
            return self._reason()
        makers = [self._count] * 6 + [self._extreme] * 2
        makers += [self._gap, self._in_order, self._attributes]  # type: ignore[list-item]
        makers += [self._every, self._written_within, self._readable]  # type: ignore[list-item]
        if self.each is not None:
            makers += [self._attributes]  # type: ignore[list-item]
        if self.concepts:
            makers += [self._concept]  # type: ignore[list-item]
        return self.rng.choice(makers)()

    def _combination(self, depth: int) -> Condition:
        parts = tuple(self.condition(depth - 1) for _ in range(self.rng.randint(1, 3)))
        kind = self.rng.choice((AllOf, AnyOf, NoneOf, None))
        if kind is None:
            return AtLeastNOf(n=self.rng.randint(1, len(parts)), of=parts)
        return kind(of=parts)

    def _count(self) -> Count:
        selection = self.selection()
        bounds = self.rng.choice(((1, None), (1, None), (None, 0), (2, None), (None, 1), (1, 2)))
        # Below two, a number of days is a number of events.
        different = (
            Different.DAYS if bounds not in ((1, None), (None, 0)) and self.luck(0.5) else None
        )
        numbers = [
            name
            for name in FIELDS[selection.type]
            if field_of(selection.type, name).kind is FieldKind.WHOLE
        ]
        plus = (
            self.rng.choice(numbers) if numbers and different is None and self.luck(0.5) else None
        )
        return Count(
            selection=selection,
            at_least=bounds[0],
            at_most=bounds[1],
            different=different,
            plus=plus,
        )

    def _extreme(self) -> Extreme:
        bare = replace(self.selection(), where=(), where_any=())
        return Extreme(
            which=self.rng.choice(("first", "latest")),
            selection=bare,
            where=self.tests(bare.type) if self.luck(0.8) else (),
            where_any=self._rows(bare.type),
        )

    def _gap(self) -> Gap:
        limit, end = self.limit(), self.anchor() if self.luck(0.5) else AsOf()
        also = (self.selection(),) if self.luck(0.3) else ()
        return Gap(
            selection=self.selection(), at_most=limit, start=self.anchor(), end=end, also=also
        )

    def _in_order(self) -> InOrder:
        earlier: Selection | This = self.selection()
        if self.each is not None and self.luck(0.3):
            earlier = This()
        return InOrder(earlier=earlier, later=self.selection())

    def _every(self) -> Every:
        selection = self.selection()
        inner = replace(self, each=selection.type, from_subject_day=True, allows_reasons=False)
        return Every(
            selection=selection,
            has=inner.condition(0),
            or_one_of=self.selection() if self.luck(0.5) else None,
        )

    def _written_within(self) -> WrittenWithin:
        return WrittenWithin(limit=self.limit())

    def _readable(self) -> Readable:
        return Readable()

    def _attributes(self) -> AttributeTest:
        if self.each is not None and self.luck(0.7):
            return AttributeTest(of="this", where=self.tests(self.each))
        name, values = "agency", AGENCIES
        of = self.rng.choice(("case", "adult"))
        if of == "adult":
            name, values = "age_band", AGE_BANDS
        test = self._membership(name, values) if self.luck(0.7) else self._presence(name)
        return AttributeTest(of=of, where=(test,))  # type: ignore[arg-type]

    def _concept(self) -> ConceptUse:
        concept = self.rng.choice(self.concepts)
        at = self.anchor() if self.luck(0.6) else None
        return ConceptUse(name=concept.name, condition=concept.condition, at=at)

    # --- reasons ---

    def _reason(self) -> Condition:
        kinds = ["given", "given", "recorded"] + (["subject"] if self.each else [])
        kind = self.rng.choice(kinds)
        if kind == "given":
            return ExplanationGiven(codes=self._some(EXPLANATION_CODES))
        event_type = self.rng.choice(TYPES) if kind == "recorded" else str(self.each)
        dates = [n for n in FIELDS[event_type] if field_of(event_type, n).kind is FieldKind.DATE]
        standing = self.rng.choice(dates) if dates and self.luck(0.6) else None
        stands_for = None
        if self.luck(0.4):
            stands_for = self.limit()
        needs = self._some(FIELDS[event_type]) if self.luck(0.4) else ()
        if kind == "subject":
            return ReasonInSubject(
                where=self.tests(event_type), standing=standing, stands_for=stands_for, needs=needs
            )
        return ReasonRecorded(
            selection=self.selection(event_type),
            standing=standing,
            stands_for=stands_for,
            needs=needs,
        )

    # --- selections ---

    def selection(self, event_type: str | None = None, *, depth: int = 1) -> Selection:
        refers_to = None
        if event_type is None and self.each in REFERENCES and self.luck(0.3):
            event_type, refers_to = self.rng.choice(REFERENCES[self.each])
        kind = event_type or self.rng.choice(TYPES)
        relations: dict[str, Anchor] = {}
        within = None
        if depth > 0:
            for key in BOUNDS:
                if self.luck(0.08):
                    relations[key] = self.anchor(depth - 1)
            within = self.window(depth - 1) if self.luck(0.12) else None
        return Selection(
            type=kind,
            where=self.tests(kind) if self.luck(0.4) else (),
            where_any=self._rows(kind),
            within=within,
            refers_to=refers_to,
            not_followed_by=self._later(depth),
            from_subject_day=self.from_subject_day and self.luck(0.8),
            decides_within=self.limit() if kind == "s42_decided" and self.luck(0.3) else None,
            **relations,
        )

    def _later(self, depth: int) -> str | tuple[Selection, ...] | None:
        if not self.luck(0.1):
            return None
        if depth == 0 or self.luck(0.5):
            return self.rng.choice(TYPES)
        made = (self.selection(depth=depth - 1) for _ in range(self.rng.randint(1, 2)))
        return tuple(
            replace(one, not_followed_by=None, refers_to=None, from_subject_day=False)
            for one in made
        )

    def _rows(self, event_type: str) -> tuple[tuple[FieldTest, ...], ...]:
        if not self.luck(0.12):
            return ()
        return tuple(self.tests(event_type) for _ in range(self.rng.randint(1, 2)))

    def window(self, depth: int) -> Window:
        is_backward = self.luck(0.5)
        anchor = self.anchor(depth)
        return Window(
            limit=self.limit(),
            anchor=anchor,
            is_backward=is_backward or isinstance(anchor, AsOf),
        )

    def anchor(self, depth: int = 1) -> Anchor:
        simple: list[Anchor] = [AsOf()] if self.each is None else [AsOf(), This(), This()]
        if self.luck(0.4):
            return self.rng.choice(simple)
        return self.event_anchor(depth)

    def event_anchor(self, depth: int = 1, event_type: str | None = None) -> EventAnchor:
        selection = replace(self.selection(event_type, depth=depth), from_subject_day=False)
        return EventAnchor(which=self.rng.choice(("first", "latest")), selection=selection)

    # --- tests of fields ---

    def tests(self, event_type: str) -> tuple[FieldTest, ...]:
        names = (*FIELDS[event_type], "agency", "role", "id")
        chosen = self.rng.sample(names, 1 if self.luck(0.8) else 2)
        return tuple(self._test(event_type, name) for name in chosen)

    def _test(self, event_type: str, name: str) -> FieldTest:
        if self.luck(0.2):
            return self._presence(name)
        if name in ("agency", "role", "id"):
            known = {"agency": AGENCIES, "role": ROLES, "id": EVENT_IDS[:6]}[name]
            return self._membership(name, known)
        field = field_of(event_type, name)
        if field.kind is FieldKind.WHOLE:
            test = self.rng.choice((Test.AT_LEAST, Test.AT_MOST))
            return FieldTest(field=name, test=test, number=self.rng.randrange(4))
        if field.kind is FieldKind.DATE:
            return FieldTest(
                field=name,
                test=self.rng.choice((Test.BEFORE, Test.AFTER)),
                moment=moment_on(random_day(self.rng, SPRING))
                if self.luck(0.4)
                else self.anchor(0),
            )
        if name == "rule":
            return self._membership(name, RULE_IDS)
        if field.kind is FieldKind.REF or name == "subject":
            return self._membership(name, EVENT_IDS[:6])
        if field.kind is FieldKind.TEXT:
            return self._membership(name, TEXTS)
        return self._membership(name, codes_of(field))

    def _membership(self, name: str, known: tuple[str, ...]) -> FieldTest:
        test = self.rng.choice((Test.ONE_OF, Test.ONE_OF, Test.NOT_ONE_OF))
        return FieldTest(field=name, test=test, values=self._some(known))

    def _presence(self, name: str) -> FieldTest:
        return FieldTest(field=name, test=self.rng.choice((Test.IS_PRESENT, Test.IS_ABSENT)))

    def _some(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.rng.sample(values, self.rng.randint(1, min(2, len(values)))))

    # --- limits ---

    def limit(self, *, may_lack_value: bool = True, may_be_hours: bool = True) -> Limit:
        unit = self.rng.choice([one for one in Unit if may_be_hours or one is not Unit.HOURS])
        numbers = NUMBERS[unit]
        if self.luck(0.5):
            return Limit(unit=unit, values=((BEGINNING, self.rng.choice(numbers)),))
        if self.luck(0.5):
            return self._of_parameter(unit, ((BEGINNING, self.rng.choice(numbers)),))
        start = self.rng.choice((SPRING, AUTUMN))
        is_always_known = not may_lack_value or self.luck(0.7)
        days = [BEGINNING if is_always_known else (start + timedelta(days=3)).toordinal()]
        days.append((start + timedelta(days=8)).toordinal())
        return self._of_parameter(unit, tuple((day, self.rng.choice(numbers)) for day in days))

    def _of_parameter(self, unit: Unit, values: tuple[tuple[int, int], ...]) -> Limit:
        """A limit that a parameter of the rule holds, each of its numbers with some basis."""
        name = f"number_{len(self.parameters)}"
        self.parameters[name] = Parameter(
            name=name,
            unit=unit.value,
            range=(0, 100),
            values=tuple(
                ParameterValue(
                    first_day=date.fromordinal(max(day, 1)),
                    value=number,
                    basis=self.rng.choice(tuple(Basis)),
                    source="random",
                )
                for day, number in values
            ),
            where=HERE,
        )
        return Limit(unit=unit, values=values, parameter=name)

    def due(self, depth: int = 2) -> Due:
        kind = self.rng.choice(("within", "within", "at", "by_field", "earliest", "chosen"))
        if kind == "chosen" and depth > 0:
            return DueChosen(
                when=self.condition(0),
                then=self.due(depth - 1),
                otherwise=self.due(depth - 1) if self.luck(0.6) else None,
            )
        if kind == "earliest" and depth > 0:
            return DueEarliest(of=tuple(self.due(depth - 1) for _ in range(2)))
        if kind == "by_field" and depth > 0:
            return self._due_by_field(depth)
        if kind == "at":
            return DueAt(anchor=self.anchor())
        return DueWithin(limit=self.limit(), anchor=self.anchor())

    def _due_by_field(self, depth: int) -> DueByField:
        anchor: This | EventAnchor
        if self.each in DATED and self.luck(0.5):
            anchor, kind = This(), str(self.each)
        else:
            kind = self.rng.choice(DATED)
            anchor = self.event_anchor(event_type=kind)
        dates = [name for name in FIELDS[kind] if field_of(kind, name).kind is FieldKind.DATE]
        return DueByField(
            field=self.rng.choice(dates),
            anchor=anchor,
            otherwise=self.due(depth - 1) if self.luck(0.6) else None,
        )


def random_ruleset(rng: random.Random, *, rules: int = 10) -> Ruleset:
    """A ruleset of `rules` random rules, with concepts and suspensions of their own."""
    first = RuleMaker(rng)
    concepts = [_concept(first, "simple")]
    concepts.append(_concept(replace(first, concepts=tuple(concepts)), "nested"))
    ids = RULE_IDS[:rules]
    return Ruleset(
        id="random",
        title="random",
        version="1.0.0",
        nation="England",
        sources={},
        settings=Settings(
            office_close=17 * 3_600_000_000,
            max_temporary_reason=first.limit(),
            temporary_codes=TEMPORARY_CODES,
            absent_if_not_supplied=frozenset(rng.sample(SOME_FIELDS, rng.randrange(3))),
        ),
        suspensions=_suspensions(replace(first, concepts=tuple(concepts)), ids),
        concepts={concept.name: concept for concept in concepts},
        rules=tuple(random_rule(rng, rule_id, tuple(concepts)) for rule_id in ids),
        sha256="",
        where=HERE,
        vocabulary=core_vocabulary(),
    )


def random_rule(rng: random.Random, rule_id: str, concepts: tuple[Concept, ...]) -> Rule:
    """A rule with a random choice of blocks."""
    each = rng.choice(SUBJECT_TYPES) if rng.random() < 0.6 else None
    # One dictionary for all parts of the rule: `replace` hands it on.
    whole = RuleMaker(rng, each=each, concepts=concepts)
    evidence = replace(whole, from_subject_day=each is not None)
    reasons = replace(evidence, allows_reasons=True)
    null_row = replace(whole, each=None)
    luck = whole.luck
    explained = reasons.condition() if luck(0.5) else None
    has_null_row = each is not None and luck(0.5)
    return plain_rule(
        rule_id,
        each=each,
        applies_when=whole.condition() if luck(0.3) else None,
        expect=evidence.condition(),
        due=_random_due(whole),
        partly_when=evidence.condition() if luck(0.3) else None,
        explained_when=explained,
        cannot_tell_when=evidence.condition(0) if luck(0.2) else None,
        if_none=IfNone(applies_when=null_row.condition(), due=null_row.due())
        if has_null_row
        else None,
        red_when=whole.condition() if luck(0.2) else None,
        partly_colour=Colour.NONE if luck(0.3) else None,
        period=_random_period(rng) if luck(0.15) else Period(),
        not_met_colour=rng.choice(tuple(COLOURS_OF_NOT_MET)),
        parameters=whole.parameters,
    )


def _random_period(rng: random.Random) -> Period:
    first = rng.choice((SPRING, AUTUMN)) + timedelta(days=rng.randrange(12))
    last = first + timedelta(days=rng.randrange(12))
    return Period(
        first=rng.choice((None, first, first)), last=rng.choice((None, last)) if first else last
    )


def _random_due(maker: RuleMaker) -> Due | None:
    if maker.luck(0.1):
        return NoLimit()
    return maker.due() if maker.luck(0.75) else None


def plain_rule(
    rule_id: str,
    *,
    expect: Condition,
    each: str | None = None,
    applies_when: Condition | None = None,
    due: Due | None = None,
    partly_when: Condition | None = None,
    explained_when: Condition | None = None,
    cannot_tell_when: Condition | None = None,
    if_none: IfNone | None = None,
    red_when: Condition | None = None,
    not_met_colour: Colour = Colour.AMBER,
    partly_colour: Colour | None = None,
    period: Period = Period(),  # noqa: B008 - it is never changed
    parameters: Mapping[str, Parameter] | None = None,
) -> Rule:
    """A rule of these blocks, with everything else that a rule needs filled in."""
    return Rule(
        id=rule_id,
        title=rule_id,
        kind="local",
        severity=Severity.FLAG,
        is_floor=False,
        principles=(),
        audit_questions=(),
        cites=(Citation(source="random", at="1"),),
        status="draft",
        review_by=date(2030, 1, 1),
        parameters=parameters or {},
        each=each,
        applies_when=applies_when,
        expect=expect,
        due=due,
        partly_when=partly_when,
        explained_when=explained_when,
        cannot_tell_when=cannot_tell_when,
        if_none=if_none,
        not_met_colour=not_met_colour,
        red_when=red_when,
        partly_colour=partly_colour,
        period=period,
        prompt=Prompt(summary="?", urgency="info", ask_at=("any",), roles=("worker",)),
        finding="not evidenced in the record",
        is_enabled=True,
        examples=(),
        where=HERE,
    )


def _concept(maker: RuleMaker, name: str) -> Concept:
    return Concept(name=name, title=name, condition=maker.condition(1), examples=(), where=HERE)


def _suspensions(maker: RuleMaker, ids: tuple[str, ...]) -> tuple[Suspension, ...]:
    died = EventAnchor(which="first", selection=Selection(type="adult_died"))
    found = []
    if maker.luck(0.5):
        found.append(
            Suspension(
                name="died",
                when=Count(selection=Selection(type="adult_died"), at_least=1),
                limit_after=died,
                keeps=frozenset(maker.rng.sample(ids, len(ids) // 2)),
            )
        )
    if maker.luck(0.3):
        limit_after = maker.anchor() if maker.luck(0.5) else None
        when: list[Condition] = [maker.condition(), maker.condition(0)]
        found.append(
            Suspension(
                name="other",
                when=AllOf(of=tuple(when)),
                limit_after=limit_after,
                keeps=frozenset(maker.rng.sample(ids, 2 * len(ids) // 3)),
            )
        )
    return tuple(found)
