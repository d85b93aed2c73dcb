"""Random stories that reach the core rules: realistic order, every slip, every code."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from tests.oracle.core.story import WITHHELD, Export, Said, Story

VOCABULARY: Final = core_vocabulary()
REFERENCE_DATES: Final = ("2026-03-31", "2026-04-20", "2025-11-03", "2026-01-09")
TIMES: Final = (
    "T09:00:00", "T10:00:00", "T10:00:00", "T12:30:00", "T16:59:59", "T17:00:00", "T17:00:01",
    "T18:15:00", "T23:59:59", "T00:00:00",
)  # fmt: skip

# A rule's reasons: tried with every code, those of the readings more often.
EXPLAINABLE: Final = (
    "ASK-01", "ASK-04", "ASK-05", "OUT-04", "OUT-05", "MCA-02", "ADV-01", "ADV-02", "CON-01",
    "CON-02", "RISK-01", "DEC-02", "DEC-03", "INV-01", "CLO-01", "CLO-03", "CLO-02", "SPC-01",
    "SPC-03", "DUR-01", "INV-02", "PLAN-02", "PLAN-03", "RISK-02", "RISK-03", "OUT-06", "PROP-01",
    "MCA-01", "MCA-03", "MCA-04", "ADV-03", "ADV-04", "SPC-02", "SPC-04", "SPC-05", "CLO-04",
    "CLO-05", "COM-01", "PLAN-01", "PAR-01", "PAR-02", "INV-03", "OUT-01", "OUT-02", "OUT-03",
    "ASK-02", "ASK-03", "CON-03", "DEC-01", "DQ-01",
)  # fmt: skip

# Per type: how likely it is in a story, and around which day of it.
PLOT: Final[Mapping[str, tuple[float, int]]] = {
    "immediate_safety_check": (0.8, 0),
    "outcomes_conversation": (0.95, 1),
    "outcome_expressed": (0.75, 2),
    "outcome_revised": (0.12, 20),
    "outcome_reviewed": (0.5, 50),
    "capacity_considered": (0.7, 2),
    "capacity_assessed": (0.4, 8),
    "best_interests_decided": (0.2, 14),
    "advocacy_considered": (0.6, 4),
    "advocate_status": (0.35, 6),
    "advocate_contribution": (0.12, 30),
    "views_on_proceeding": (0.7, 2),
    "override_decided": (0.25, 3),
    "information_shared": (0.25, 4),
    "s42_decided": (0.85, 2),
    "referrer_feedback": (0.5, 4),
    "enquiry_started": (0.6, 4),
    "enquiry_planned": (0.4, 6),
    "enquiry_caused": (0.25, 8),
    "enquiry_reported": (0.35, 40),
    "meeting_held": (0.4, 8),
    "contact_with_adult": (0.6, 20),
    "information_given": (0.45, 4),
    "risk_assessed": (0.5, 5),
    "risk_discussed": (0.4, 10),
    "response_decided": (0.4, 8),
    "family_group_conference": (0.05, 20),
    "plan_made": (0.35, 30),
    "plan_action": (0.3, 30),
    "no_plan_needed": (0.1, 45),
    "plan_reviewed": (0.25, 60),
    "oversight": (0.2, 20),
    "partner_involved": (0.25, 15),
    "police_referral": (0.25, 3),
    "position_of_trust": (0.2, 5),
    "dbs_referral": (0.1, 20),
    "marac_considered": (0.2, 5),
    "sar_considered": (0.1, 30),
    "serious_harm": (0.06, 3),
    "adult_died": (0.06, 25),
    "experience_feedback": (0.25, 60),
    "grid_position": (0.05, 10),
    "case_closed": (0.45, 55),
    "case_reopened": (0.08, 65),
    "enquiry_concluded": (0.1, 55),
}
OFTEN_TWICE: Final = {
    "outcomes_conversation", "outcome_expressed", "outcome_reviewed", "capacity_considered",
    "capacity_assessed", "advocacy_considered", "advocate_status", "views_on_proceeding",
    "contact_with_adult", "s42_decided", "meeting_held", "plan_action", "plan_reviewed",
    "risk_assessed", "enquiry_caused", "enquiry_reported", "case_closed", "override_decided",
}  # fmt: skip

# What a field often says; the rest of what it can say comes less often.
USUAL: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("concern_raised", "identified_adult"): ("yes", "yes", "yes", "not_known"),
    ("outcomes_conversation", "asked"): ("asked_expressed", "asked_expressed", "not_asked"),
    ("outcomes_conversation", "with"): ("adult", "adult", "adult_or_representative", "family"),
    ("s42_decided", "result"): ("s42_enquiry", "s42_enquiry", "no_enquiry", "more_information"),
    ("enquiry_started", "kind"): ("s42", "s42", "other"),
    ("views_on_proceeding", "about"): ("enquiry", "enquiry", "information_sharing"),
    ("views_on_proceeding", "agree"): ("yes", "no", "no"),
    ("views_on_proceeding", "with"): ("adult", "adult", "family"),
    ("case_closed", "reason"): ("outcomes_reviewed", "no_further_action", "adult_request"),
    ("advocate_status", "state"): ("referred", "instructed", "declined"),
    ("advocate_status", "kind"): ("care_act", "imca"),
    ("capacity_considered", "decision_kind"): ("taking_part_in_enquiry", "protective_measure"),
    ("capacity_assessed", "decision_kind"): ("taking_part_in_enquiry", "protective_measure"),
    ("capacity_assessed", "conclusion"): ("lacks_capacity", "has_capacity"),
    ("explanation", "code"): (
        "adult_declined",
        "not_reachable",
        "unsafe",
        "emergency_action",
        "police_precedence",
        "covered_elsewhere",
    ),
    ("meeting_held", "purpose"): ("planning", "strategy", "review"),
    ("contact_with_adult", "result"): ("spoke", "no_reply", "refused"),
    ("risk_assessed", "level"): ("medium", "high", "low"),
    ("case_closed", "risk_result"): ("remained", "reduced", "removed"),
    ("police_referral", "result"): ("referred", "not_needed"),
}
GOOD_FLAGS: Final = {
    "carries_views", "carries_capacity_view", "carries_period", "carries_issues", "offered",
    "less_intrusive_considered", "less_restrictive_considered", "link_made", "benefits_noted",
    "risks_noted", "contact_point_given", "record_shared_with_adult", "adult_informed",
    "outcomes_covered", "alone", "coercion_suspected", "agencies_could_have_worked_better",
    "abuse_or_neglect_suspected", "carries_risk",
}  # fmt: skip


@dataclass
class _Teller:
    """Tells one story."""

    rng: random.Random
    as_of: date
    start: date
    luck: float
    said: list[Said]

    def at(self, day: int, spread: float = 0.5) -> str:
        """A day of the story near the planned one, with or without a time; never after `as_of`."""
        rng = self.rng
        if rng.random() < 0.5:
            day += rng.choice((-1, 0, 0, 1, 1, 2))
        else:
            day = int(day * rng.uniform(0, 2 + spread)) + rng.randint(-3, 12)
        when = min(
            max(self.start + timedelta(days=day), self.start - timedelta(days=4)), self.as_of
        )
        if when < self.start and rng.random() < 0.8:
            when = self.start
        return when.isoformat() + (rng.choice(TIMES) if rng.random() < 0.6 else "")

    def tell(self, kind: str, day: int, /, **given: str) -> None:
        """Adds an event."""
        fields = self._fields(kind)
        fields = [one for one in fields if one[0] not in given] + list(given.items())
        occurred = self.at(day)
        recorded = None
        if self.rng.random() < 0.08:
            late = date.fromisoformat(occurred[:10]) + timedelta(days=self.rng.randint(0, 25))
            recorded = late.isoformat()
            if late <= date.fromisoformat(occurred[:10]):
                recorded = None
        self.said.append(Said(f"e{len(self.said)}", kind, occurred, tuple(fields), recorded))

    def _fields(self, kind: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for name, one in VOCABULARY.events[kind].fields.items():
            if not one.is_required and self.rng.random() > self.luck:
                continue
            times = self.rng.randint(1, 3) if one.may_repeat else 1
            values = [self._value(kind, name, one) for _ in range(times)]
            if one.kind is not FieldKind.TEXT:
                values = list(dict.fromkeys(values))
            found += [(name, value) for value in values if value is not None]
        return found

    def _value(self, kind: str, name: str, one: Field) -> str | None:
        rng = self.rng
        if one.kind is FieldKind.TEXT:
            return rng.choice(("words", "words", "words", "other words", "a", WITHHELD, " "))
        if one.kind is FieldKind.WHOLE:
            return str(rng.choice((0, 0, 0, 1, 2, 3)))
        if one.kind in (FieldKind.DATE, FieldKind.MOMENT):
            return self._day()
        if one.kind is FieldKind.REF:
            ids = [said.id for said in self.said if said.type == one.refers_to]
            return rng.choice(ids) if ids else None
        if one.kind is FieldKind.FLAG:
            if name in GOOD_FLAGS and rng.random() < 0.7:
                return "yes"
            return rng.choice(("yes", "no", "no", "not_known"))
        usual = USUAL.get((kind, name))
        if usual and rng.random() < 0.75:
            return rng.choice(usual)
        codes = VOCABULARY.enums[str(one.enum)]
        return rng.choice(tuple(codes))

    def _day(self) -> str:
        rng = self.rng
        around = rng.choice((self.start, self.as_of))
        return (around + timedelta(days=rng.choice((-2, -1, 0, 1, 5, 10, 14, 20, 42)))).isoformat()


def random_story(rng: random.Random, name: str, as_of: date) -> Story:
    """One case of a council, up to `as_of`."""
    ago = rng.choice(
        (rng.randint(0, 4), rng.randint(3, 14), rng.randint(10, 45), rng.randint(40, 130),
         rng.randint(100, 420))
    )  # fmt: skip
    teller = _Teller(rng, as_of, as_of - timedelta(days=ago), rng.choice((0.95, 0.8, 0.6)), [])
    density = rng.choice((0.3, 0.6, 1.0))
    _concerns(teller)
    for kind, (chance, day) in PLOT.items():
        if rng.random() >= chance * density + (0.02 if density < 1 else 0):
            continue
        times = 1
        if kind in OFTEN_TWICE and rng.random() < 0.45:
            times = rng.randint(2, 3)
        for _ in range(times):
            teller.tell(kind, day)
    if rng.random() < 0.25:
        if rng.random() < 0.4:
            teller.said = teller.said[:1]
        for kind, day, given in rng.choice(THEMES):
            teller.tell(kind, day, **given)
    _explain(teller)
    said = _corrected(rng, teller.said)
    rng.shuffle(said)
    return Story(name, tuple(said))


def _concerns(teller: _Teller) -> None:
    rng = teller.rng
    if rng.random() < 0.03:
        return
    for index in range(rng.choice((1, 1, 1, 1, 2, 2, 3))):
        given = {}
        if rng.random() < 0.85:
            given["identified_adult"] = "yes"
        teller.tell("concern_raised", 0 if index == 0 else rng.choice((0, 3, 30, 90)), **given)


def _explain(teller: _Teller) -> None:
    rng = teller.rng
    for _ in range(rng.choice((0, 0, 1, 2, 4, 6))):
        given = {"rule": rng.choice(EXPLAINABLE if rng.random() < 0.5 else EXPLAINABLE[:20])}
        if rng.random() < 0.1:
            given["rule"] = f"\n  {given['rule']} "
        if rng.random() < 0.1:
            given["rule"] = _misspelt(rng, given["rule"])
        if rng.random() < 0.3 and teller.said:
            given["subject"] = rng.choice(teller.said).id
            if rng.random() < 0.1:
                given["subject"] += "x"
        teller.tell("explanation", rng.choice((1, 5, 20, 50)), **given)
        last = teller.said[-1]
        if "subject" not in given:
            kept = tuple(one for one in last.fields if one[0] != "subject")
            teller.said[-1] = replace(last, fields=kept)


def _misspelt(rng: random.Random, rule: str) -> str:
    """An id as people type it."""
    slips = (
        rule.lower(), rule.replace("-", ""), rule.replace("-", " "), rule.replace("-0", "-"),
        rule.replace("1", "l"), f"MSP-{rule.strip()}", "the rule about asking",
    )  # fmt: skip
    return rng.choice(slips)


def _corrected(rng: random.Random, said: list[Said]) -> list[Said]:
    """Some entries are void, and some correct an earlier one of their type."""
    found = []
    for one in said:
        if rng.random() < 0.03:
            one = replace(one, void=rng.choice(("yes", "yes", "no")))
        mates = [other.id for other in said if other.type == one.type and other.id < one.id]
        if mates and rng.random() < 0.06:
            one = replace(one, supersedes=rng.choice(mates))
        found.append(one)
    return found


def random_export(rng: random.Random, number: int, size: int, *, troubled: bool) -> Export:
    """A file of cases; a troubled one may hold faults, or say what its source cannot supply."""
    reference = rng.choice(REFERENCE_DATES)
    as_of = date.fromisoformat(reference)
    stories = [random_story(rng, f"C{number}-{index}", as_of) for index in range(size)]
    supplies = None
    if troubled and rng.random() < 0.5:
        supplies = _supplies(rng)
        stories = [_supplied(story, supplies) for story in stories]
    elif troubled:
        stories = [_spoilt(rng, story) for story in stories]
    return Export(reference, tuple(stories), supplies)


def _supplies(rng: random.Random) -> tuple[str, ...]:
    kinds = list(VOCABULARY.events)
    lacking = set(rng.sample(kinds, rng.choice((1, 1, 2, 3))))
    partial = set(rng.sample(kinds, rng.choice((0, 1, 2))))
    found = []
    for kind in kinds:
        if kind in lacking:
            continue
        names = list(VOCABULARY.events[kind].fields)
        if kind in partial and names:
            kept = [name for name in names if rng.random() < 0.7]
            found += [f"{kind}.{name}" for name in kept] or [kind]
        else:
            found.append(kind)
    return tuple(found)


def _supplied(story: Story, supplies: tuple[str, ...]) -> Story:
    """The story without what its source cannot say."""
    kept = []
    for one in story.said:
        fields = one.fields
        if one.type not in supplies:
            fields = tuple(pair for pair in fields if f"{one.type}.{pair[0]}" in supplies)
            if not any(word.startswith(f"{one.type}.") for word in supplies):
                continue
        kept.append(replace(one, fields=fields))
    return replace(story, said=tuple(kept))


Told = tuple[str, int, dict[str, str]]
# What meets by luck alone too seldom: told now and then beside the rest, or on its own.
THEMES: Final[tuple[tuple[Told, ...], ...]] = (
    (
        ("case_closed", 40, {"risk_result": "remained", "reason": "outcomes_reviewed"}),
        (
            "plan_made",
            30,
            {"lead": "a", "adult_agreed": "yes", "contingency": "a", "review_due": "2026-03-01"},
        ),
        ("plan_action", 30, {"owner": "council", "text": "a"}),
    ),
    (
        ("outcomes_conversation", 2, {"asked": "asked_none_expressed", "with": "adult"}),
        ("case_closed", 20, {"reason": "no_further_action"}),
    ),
    (
        ("risk_assessed", 5, {"level": "high"}),
        ("case_closed", 30, {"reason": "outcomes_reviewed", "risk_result": "not_applicable"}),
    ),
    (
        ("concern_raised", 0, {"abuse_type": "self_neglect", "identified_adult": "yes"}),
        ("contact_with_adult", 5, {"result": "refused", "with": "adult"}),
        ("risk_discussed", 8, {"informed_choice": "yes", "with": "adult"}),
        ("information_given", 9, {"topic": "contact_point"}),
        ("case_closed", 20, {"reason": "adult_request"}),
    ),
    (
        (
            "capacity_assessed",
            3,
            {"decision_kind": "protective_measure", "conclusion": "lacks_capacity"},
        ),
        ("enquiry_planned", 8, {}),
        ("plan_made", 12, {}),
        ("explanation", 4, {"rule": "ADV-04", "code": "covered_elsewhere", "text": "a"}),
    ),
    (
        (
            "capacity_assessed",
            3,
            {"decision_kind": "taking_part_in_enquiry", "conclusion": "lacks_capacity"},
        ),
        (
            "outcomes_conversation",
            5,
            {"asked": "asked_expressed", "with": "family", "wishes_and_feelings": "a"},
        ),
        ("explanation", 4, {"rule": "ASK-04", "code": "not_reachable", "text": "a"}),
    ),
    (
        ("concern_raised", 0, {"crime_suspected": "yes", "identified_adult": "yes"}),
        ("explanation", 2, {"rule": "SPC-03", "code": "adult_declined", "text": "a"}),
    ),
    (
        ("enquiry_started", 3, {"kind": "s42"}),
        ("case_closed", 70, {"reason": "outcomes_reviewed"}),
        ("case_reopened", 75, {}),
        ("enquiry_reported", 90, {}),
    ),
)


BAD_DATES: Final = ("2026-02-30", "soon", "2062-01-05", "1985-06-01", "1899-12-30")


def _near_miss(rng: random.Random, kind: str) -> str:
    """A type as somebody might have typed it into an interface."""
    head, _, tail = kind.partition("_")
    slips = (f"{head[:-1]}_{tail}", f"{kind}s", kind.replace("_", "-"), kind[:-1])
    return rng.choice([one for one in slips if one not in VOCABULARY.events])


def _spoilt(rng: random.Random, story: Story) -> Story:
    """The story with one or two mistakes of its source."""
    said = list(story.said)
    if not said:
        return story
    for _ in range(rng.choice((1, 1, 1, 2))):
        at = rng.randrange(len(said))
        one = said[at]
        slip = rng.random()
        if slip < 0.1 and one.type in VOCABULARY.events:
            said[at] = replace(one, type=_near_miss(rng, one.type))
        elif one.type not in VOCABULARY.events:
            continue
        elif slip < 0.5 and one.fields:
            index = rng.randrange(len(one.fields))
            name = one.fields[index][0]
            kind = VOCABULARY.events[one.type].fields[name].kind
            if kind is FieldKind.TEXT:
                continue
            fields = [*one.fields]
            fields[index] = (name, "nonsense")
            said[at] = replace(one, fields=tuple(fields))
        elif slip < 0.8:
            said[at] = replace(one, occurred=rng.choice(BAD_DATES), recorded=None)
        else:
            said[at] = replace(one, id=rng.choice(said).id)
    return replace(story, said=tuple(said))
