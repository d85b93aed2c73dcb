"""Twice the events take about twice the work, in every shape of a case; and answers stay exact."""

from __future__ import annotations

from typing import Final

import pytest

from msp_rules.casework.moments import cutoff_at
from msp_rules.engine.engine import IS_COMPILED, NO_CODE, Engine
from msp_rules.rules.language.rule import Rule
from msp_rules.rules.loading import load_ruleset
from tests.support import effort
from tests.support.differences import compare, engine_rows, oracle_rows
from tests.support.large_cases import AS_OF, SHAPES, Shape, large_case
from tests.support.work import lines_run

pytestmark = pytest.mark.slow
MOST_GROWTH: Final = 2.3
"""The work that twice the events may take."""
ONE_OF: Final = effort.of(15, thorough=1)
"""Each rule is tried with one of so many shapes, and each shape with one of so many rules."""
COUNT: Final = 60
ONE_OF_EXACT: Final = effort.of(16, thorough=2)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_ruleset("msp-core", ()), matcher="python", foresees=True, code_after=NO_CODE)


def work_of(engine: Engine, rule: Rule, shape: Shape, count: int) -> int:
    case = large_case(rule, shape, count, seed=0)
    return lines_run(lambda: engine.evaluate(case, AS_OF))


@pytest.mark.skipif(IS_COMPILED, reason="compiled code has no lines to count")
@pytest.mark.parametrize("place", range(len(SHAPES)), ids=[shape.name for shape in SHAPES])
def test_twice_the_events_take_about_twice_the_work(engine: Engine, place: int) -> None:
    shape = SHAPES[place]
    growth: dict[str, float] = {}
    for number, rule in enumerate(engine.ruleset.enabled_rules):
        if (number + place) % ONE_OF:
            continue
        alone = engine.only(frozenset({rule.id}))
        alone.evaluate(large_case(rule, shape, COUNT, seed=0), AS_OF)  # compiles what is asked
        large = work_of(alone, rule, shape, 2 * COUNT)
        growth[rule.id] = large / work_of(alone, rule, shape, COUNT)

    assert {rule: round(by, 2) for rule, by in growth.items() if by > MOST_GROWTH} == {}


@pytest.mark.skipif(IS_COMPILED, reason="compiled code has no lines to count")
@pytest.mark.parametrize("rule_id", ["ASK-01", "RISK-01"])
def test_a_case_of_very_many_events_is_left_to_objects(engine: Engine, rule_id: str) -> None:
    by_code = Engine(engine.ruleset, matcher="python", code_after=0).only(frozenset({rule_id}))
    (rule,) = by_code.ruleset.enabled_rules
    on_one_day = next(shape for shape in SHAPES if shape.name == "one day without times")
    by_code.evaluate(large_case(rule, on_one_day, COUNT, seed=0), AS_OF)

    small = work_of(by_code, rule, on_one_day, 140)

    assert work_of(by_code, rule, on_one_day, 280) < MOST_GROWTH * small


PLAIN: Final = [
    shape
    for shape in SHAPES
    if not (shape.unreadable or shape.uncertain or shape.undated or shape.forked or shape.supply)
    and shape.refers != "unreadable"
]
"""Those without doubt: with twenty events in doubt, the oracle goes through a million worlds."""


@pytest.mark.parametrize("place", range(len(PLAIN)), ids=[shape.name for shape in PLAIN])
def test_what_is_looked_up_is_what_the_oracle_finds(engine: Engine, place: int) -> None:
    differing = {}
    for number, rule in enumerate(engine.ruleset.enabled_rules):
        if (number + place) % ONE_OF_EXACT:
            continue
        names, as_of = frozenset({rule.id}), cutoff_at(AS_OF)
        case = large_case(rule, PLAIN[place], 18, seed=number)
        expected = oracle_rows(engine.ruleset.only(names), case, as_of)
        found = compare(expected, *engine_rows(engine.only(names), case, as_of))
        if found is not None:
            differing[rule.id] = found

    assert differing == {}
