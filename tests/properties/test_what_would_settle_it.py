"""Whoever records just what an answer says is missing sees the answer turn."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from msp_rules.authoring.examples import case_of
from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff, parse_as_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.rule import Rule
from tests.support.core import core_ruleset
from tests.support.settling import settled_cases

pytestmark = pytest.mark.slow

OPEN = (Verdict.NOT_MET, Verdict.PARTLY_MET, Verdict.CANNOT_TELL)
SATISFIED = (Verdict.MET, Verdict.MET_LATE, Verdict.EXPLAINED)


@cache
def engine_of(rule_id: str) -> Engine:
    """An engine of that rule alone, switched on."""
    one = next(replace(r, is_enabled=True) for r in core_ruleset().rules if r.id == rule_id)
    return Engine(replace(core_ruleset(), rules=(one,)), matcher="python", foresees=False)


def open_answers(rule: Rule) -> Iterator[tuple[str, Case, Cutoff, Answer]]:
    """The answers to the rule's examples that something may settle, where the source says all."""
    for example in rule.examples:
        case, problems = case_of(example, core_vocabulary())
        assert problems == ()
        as_of = parse_as_of(example.as_of)
        if not case.supply.declared:
            for answer in engine_of(rule.id).evaluate(case, as_of).answers:
                if answer.verdict in OPEN:
                    yield example.name, case, as_of, answer


def turns(rule: Rule, case: Case, as_of: Cutoff, answer: Answer) -> bool:
    """Whether some way to record what is missing settles the answer."""
    for settled in settled_cases(rule, answer, case, as_of):
        after = engine_of(rule.id).evaluate(settled, as_of).answers
        own = [one for one in after if answer.subject in (None, one.subject)]
        is_told = own and all(one.verdict is not Verdict.CANNOT_TELL for one in own)
        if any(one.verdict in SATISFIED for one in own):
            return True
        if answer.verdict is Verdict.CANNOT_TELL and is_told:
            return True
    return False


@pytest.mark.parametrize("rule", [pytest.param(r, id=r.id) for r in core_ruleset().rules])
def test_what_would_settle_it_settles_it(rule: Rule) -> None:
    untrue = [
        (name, answer.subject, answer.missing)
        for name, case, as_of, answer in open_answers(rule)
        if answer.missing and not turns(rule, case, as_of, answer)
    ]

    assert untrue == []


def test_something_is_said_to_settle_nearly_every_open_answer() -> None:
    said: Counter[tuple[Verdict, bool]] = Counter()
    silent = set[str]()

    for rule in core_ruleset().rules:
        for _, _, _, answer in open_answers(rule):
            said[answer.verdict, bool(answer.missing)] += 1
            if not answer.missing:
                silent.add(rule.id)

    assert all(said[verdict, True] > 10 * said[verdict, False] for verdict in OPEN)
    # No new record mends dates that do not fit, or several silences that are over.
    assert silent <= {"DQ-01", "INV-02", "SUP-01"}
