"""An engine of some of another's rules answers as one that is made of them alone."""

import random

import pytest

from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from tests.builders.case import case_of
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.core import core_ruleset

SEEDS = range(7300, 7300 + effort.of(12, thorough=100))


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", SEEDS)
def test_a_part_answers_as_an_engine_of_its_own(seed: int) -> None:
    rng, ruleset = random.Random(seed), seeded_ruleset(seed)
    ids = [rule.id for rule in ruleset.rules]
    parts = [frozenset(rng.sample(ids, rng.randint(1, len(ids)))) for _ in range(3)]
    whole = Engine(ruleset, matcher="python")

    for part in parts:
        shared, alone = whole.only(part), Engine(ruleset.only(part), matcher="python")
        for number in range(20):
            case, as_of = seeded_case(seed, number)
            assert shared.evaluate(case, as_of) == alone.evaluate(case, as_of)


def test_a_part_keeps_its_rules_as_they_are_on_each_day() -> None:
    core = core_ruleset()
    whole = Engine(core, matcher="python", foresees=False, gives_grounds=False)
    part = whole.only(frozenset({"ASK-01", "DEC-02"}))

    on_a_day = part.rules_on(parse_as_of("2026-03-31").day)

    assert list(on_a_day) == ["ASK-01", "DEC-02"]
    assert (part.foresees, part.gives_grounds, part.matcher_name) == (False, False, "python")


def test_what_a_part_decides_the_whole_need_not_match_again() -> None:
    whole = Engine(core_ruleset(), matcher="python")
    part = whole.only(frozenset({"DEC-02"}))
    case = case_of(("concern_raised", {"occurred": "2026-01-05"}))

    part.evaluate(case, "2026-03-31")
    before = whole.only(frozenset({"DEC-02"}))
    before.evaluate(case, "2026-03-31")

    assert part.rows_remembered == (0, 1)
    assert before.rows_remembered == (1, 0)
