"""Only touched rules are answered twice: it comes to the same as answering all of them twice."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from msp_rules.authoring.impact.comparison import Comparison, Question
from msp_rules.authoring.impact.effects import (
    Effect,
    means_another,
    touched_by_names,
    touched_rules,
)
from msp_rules.casework.case import WITHHELD, Case
from msp_rules.casework.moments import Cutoff, parse_as_of
from msp_rules.casework.visibility import in_force
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import choose_matcher
from msp_rules.engine.verdict import FINDINGS
from msp_rules.engine.waivers import LocalExceptions
from msp_rules.rules.language.rule import Period, Prompt, Reasons, Ruleset, Severity, Waiver
from tests.builders.case import case_of
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.core import core_ruleset
from tests.support.random_rules import HERE, random_rule

pytestmark = pytest.mark.slow

PYTHON = choose_matcher("python")
SEEDS = range(9100, 9100 + effort.of(15, thorough=100))
CASES = 25
STEPS = ("any", "concern_raised", "s42_decided", "outcomes_conversation", "case_closed")


def changed(rng: random.Random, before: Ruleset) -> Ruleset:
    """A ruleset in which some of what answers follow from is another."""
    rules = list(before.rules)
    concepts = tuple(before.concepts.values())
    for place in rng.sample(range(len(rules)), 3):
        old = rules[place]
        rules[place] = rng.choice(
            [
                replace(old, is_enabled=False),
                replace(old, severity=Severity.STATUTORY),
                random_rule(rng, old.id, concepts),
                replace(old, each=None, if_none=None),
            ]
        )
    after = replace(before, rules=tuple(rules))
    if rng.random() < 0.3:
        after = replace(after, rules=after.rules[1:])
    if rng.random() < 0.3:
        after = replace(after, suspensions=before.suspensions[1:])
    if rng.random() < 0.2:
        settings = replace(before.settings, office_close=9 * 3_600_000_000)
        after = replace(after, settings=settings)
    if rng.random() < 0.5:
        waived = frozenset(rule.id for rule in rng.sample(before.rules, 2))
        after = replace(after, waivers=(waiver(waived),))
    return after


def waiver(rules: frozenset[str], *, because: str = "a") -> Waiver:
    reasons = Reasons(layer="l", because=because, approved_by="b", period=Period(), where=HERE)
    return Waiver(name="w", rules=rules, teams=frozenset(), agencies=frozenset(), reasons=reasons)


def with_prompts(rng: random.Random, ruleset: Ruleset) -> Ruleset:
    """The ruleset, its rules asking at different steps and of different roles."""
    rules = []
    for rule in ruleset.rules:
        prompt = Prompt(
            summary="?",
            urgency=rng.choice(("info", "warning", "critical")),
            ask_at=tuple(rng.sample(STEPS, rng.randint(1, 2))),
            roles=tuple(rng.sample(("worker", "team_manager"), rng.randint(1, 2))),
        )
        rules.append(replace(rule, prompt=prompt))
    return replace(ruleset, rules=tuple(rules))


def compared(before: Ruleset, after: Ruleset, cases: list[tuple[Case, Cutoff]], *, whole: bool):
    comparison = Comparison(
        Question(before=before, after=after, matcher=PYTHON, whole=whole, weeks=520)
    )
    faults = [
        set(comparison.compare(case, as_of, 0, number))
        for number, (case, as_of) in enumerate(cases)
    ]
    return comparison, faults


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", SEEDS)
def test_the_shortcut_equals_the_whole_comparison(seed: int) -> None:
    rng = random.Random(seed)
    before = with_prompts(rng, seeded_ruleset(seed))
    after = changed(rng, before)
    cases = [seeded_case(seed, number) for number in range(CASES)]

    quick, quick_faults = compared(before, after, cases, whole=False)
    whole, whole_faults = compared(before, after, cases, whole=True)

    assert whole.touched == {rule.id for side in (before, after) for rule in side.rules}
    for part in ("cases", "findings", "prompts", "set_aside", "other", "forecast"):
        assert getattr(quick.impact, part) == getattr(whole.impact, part), part
    assert Counter(quick.impact.rows) == Counter(whole.impact.rows)
    assert quick_faults == whole_faults


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", SEEDS[:10])
def test_findings_are_those_of_two_evaluations_side_by_side(seed: int) -> None:
    rng = random.Random(seed)
    before = seeded_ruleset(seed)
    after = changed(rng, before)
    cases = [seeded_case(seed, number) for number in range(CASES)]

    comparison, _ = compared(before, after, cases, whole=False)

    sides = [findings(before, cases), findings(after, cases)]
    counts = Counter(
        effect for (_, effect), n in comparison.impact.findings.items() for _ in range(n)
    )
    assert counts[Effect.APPEARS] == len(sides[1].keys() - sides[0].keys())
    same = sides[0].keys() & sides[1].keys()
    assert counts[Effect.UNCHANGED] == sum(sides[0][key] == sides[1][key] for key in same)
    assert counts[Effect.CHANGES] == sum(sides[0][key] != sides[1][key] for key in same)


def findings(ruleset: Ruleset, cases: list[tuple[Case, Cutoff]]) -> dict[object, object]:
    engine = Engine(ruleset, matcher="python")
    exceptions = LocalExceptions(engine)
    return {
        (number, one.rule, one.subject): (one.verdict, one.colour, one.severity)
        for number, (case, as_of) in enumerate(cases)
        for one in exceptions.apply(
            case, as_of, engine.evaluate_view(in_force(case, as_of)).answers
        ).answers
        if one.verdict in FINDINGS and one.waived is None
    }


def test_what_touches_no_answer_touches_no_rule() -> None:
    before = seeded_ruleset(1)
    rules = tuple(replace(rule, status="stable", revision=2) for rule in before.rules)
    ids = frozenset({before.rules[0].id})
    one = replace(before, waivers=(waiver(ids),))
    other = replace(before, waivers=(waiver(ids, because="another reason"),))

    assert touched_rules(before, replace(before, rules=rules, version="1.1.0")) == frozenset()
    assert touched_rules(one, other) == frozenset()


def test_a_suspension_touches_the_rules_that_it_stops() -> None:
    before = replace(seeded_ruleset(1), suspensions=())
    ids = {rule.id for rule in before.rules}
    kept = before.rules[0].id
    other = next(s.suspensions[0] for s in map(seeded_ruleset, range(50)) if s.suspensions)

    after = replace(before, suspensions=(replace(other, keeps=frozenset({kept})),))

    assert touched_rules(before, after) == ids - {kept}


def test_a_setting_touches_every_rule() -> None:
    before = seeded_ruleset(1)
    settings = replace(before.settings, office_close=0)

    after = replace(before, settings=settings)

    assert touched_rules(before, after) == {rule.id for rule in before.rules}


def test_a_rule_that_goes_touches_others_only_by_what_explanations_name() -> None:
    before = core_ruleset()
    ids = before.rule_ids - {"DEC-03"}

    after = replace(before.only(ids), left_out=frozenset())
    by_names = touched_by_names(before, after)

    assert touched_rules(before, after) == {"DEC-03"}
    assert {"DEC-03", "ASK-01", "DEC-02"} <= by_names
    assert "CLO-04" not in by_names
    assert touched_by_names(before, before.only(ids)) == frozenset()


@pytest.mark.parametrize(
    ("named", "is_another"),
    [
        pytest.param("DEC-02", False, id="a rule of both"),
        pytest.param("DEC-03", True, id="a rule that is gone, which now may mean its neighbours"),
        pytest.param("DEC-33", True, id="most like the rule that is gone"),
        pytest.param("ASK-0I", False, id="as like to others as before"),
        pytest.param("what they wanted", False, id="like none"),
        pytest.param(WITHHELD, False, id="withheld"),
        pytest.param(None, False, id="not said"),
    ],
)
def test_an_explanation_may_mean_another_rule_by_other_ids(
    named: str | None, is_another: bool
) -> None:
    before = core_ruleset().rule_ids
    said = {} if named is None else {"rule": named}
    case = case_of(("explanation", {"occurred": "2026-01-05", "code": "unsafe", **said}))

    assert means_another(case, before, before - {"DEC-03"}) is is_another
    assert not means_another(case, before, before)


def test_a_misspelt_explanation_is_answered_by_the_ids_of_each_side() -> None:
    before = core_ruleset()
    after = replace(before, left_out=frozenset({"ASK-1"}))
    concern = ("concern_raised", {"occurred": "2026-01-05", "identified_adult": "yes"})
    text = {"occurred": "2026-01-05", "code": "unsafe", "text": "yes", "rule": "ASK-1"}
    cases = [(case_of(concern, ("explanation", text)), parse_as_of("2026-01-20"))]

    quick, _ = compared(before, after, cases, whole=False)
    whole, _ = compared(before, after, cases, whole=True)

    assert quick.touched == frozenset()
    assert [(one.row.rule, one.row.finding) for one in quick.impact.rows] == [
        ("ASK-01", Effect.APPEARS)
    ]
    assert quick.impact.rows == whole.impact.rows
    assert quick.impact.forecast == whole.impact.forecast
