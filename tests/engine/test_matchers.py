"""Two matchers, one answer: random patterns and rows against a plain reading of them."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from msp_rules.engine.matchers.choice import (
    CheckedMatcher,
    MatcherChoice,
    MatcherDisagreement,
    choose_matcher,
)
from msp_rules.engine.matchers.durable import DurableMatcher
from msp_rules.engine.matchers.python import ColumnTest, PatternTable, PythonMatcher
from msp_rules.errors import EngineError
from tests.support import effort
from tests.support.matchers import needs_durable

Row = tuple[int, ...]


def random_table(rng: random.Random, *, rules: int, width: int, each: int = 22) -> PatternTable:
    patterns = tuple(
        tuple(
            ColumnTest(column, rng.random() < 0.5, rng.randint(0, 2))
            for column in rng.sample(range(width), rng.randint(1, 4))
        )
        for _ in range(rules * each)
    )
    groups = tuple(tuple(range(i * each, (i + 1) * each)) for i in range(rules))
    return PatternTable(width, patterns, groups)


def plain(table: PatternTable, row: Row) -> int:
    """The oracle: read each pattern as it stands."""
    mask = 0
    for index, pattern in enumerate(table.patterns):
        if all((row[t.column] == t.value) is t.is_equal for t in pattern):
            mask |= 1 << index
    return mask


def rows_of(rng: random.Random, width: int, count: int) -> list[Row]:
    return [tuple(rng.randint(0, 2) for _ in range(width)) for _ in range(count)]


@needs_durable
@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(effort.of(3, thorough=30)))
def test_both_matchers_equal_the_plain_reading(seed: int) -> None:
    rng = random.Random(seed)
    table = random_table(rng, rules=15, width=60)
    durable, python = DurableMatcher(table), PythonMatcher(table)

    for row in rows_of(rng, 60, 600):
        expected = plain(table, row)

        assert python.match(row) == expected
        assert durable.match(row) == expected


@needs_durable
@pytest.mark.slow
def test_limits_hold_at_200_rules_on_one_subject_type() -> None:
    rng = random.Random(200)
    table = random_table(rng, rules=200, width=2400)
    durable, python = DurableMatcher(table), PythonMatcher(table)

    for row in rows_of(rng, 2400, 30):
        assert durable.match(row) == python.match(row) == plain(table, row)


@needs_durable
def test_rows_that_fire_everything_stay_exact() -> None:
    table = PatternTable(
        40,
        tuple((ColumnTest(i % 40, True, 1), ColumnTest(i * 7 % 40, False, 0)) for i in range(480)),
        tuple(tuple(range(i, i + 24)) for i in range(0, 480, 24)),
    )
    row = (1,) * 40

    assert DurableMatcher(table).match(row) == plain(table, row) == (1 << 480) - 1


@needs_durable
def test_threads_get_their_own_answers() -> None:
    rng = random.Random(5)
    table = random_table(rng, rules=3, width=20)
    durable = DurableMatcher(table)
    rows = rows_of(rng, 20, 400)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(durable.match, rows))

    assert answers == [plain(table, row) for row in rows]


@needs_durable
def test_a_rule_beyond_the_limits_is_refused_when_compiling() -> None:
    wide = PatternTable(
        300, tuple((ColumnTest(i, True, 1),) for i in range(300)), (tuple(range(300)),)
    )

    with pytest.raises(EngineError, match="durable_rules takes at most 235 and 480"):
        DurableMatcher(wide)


@pytest.mark.parametrize(
    "pattern", [(), (ColumnTest(9, True, 1),), (ColumnTest(0, True, 7),)], ids=str
)
def test_a_pattern_that_cannot_be_held_is_refused(pattern: tuple[ColumnTest, ...]) -> None:
    with pytest.raises(EngineError, match="pattern 0"):
        PythonMatcher(PatternTable(3, (pattern,), ((0,),)))


@needs_durable
def test_a_disagreement_is_told_with_both_answers() -> None:
    table = PatternTable(2, ((ColumnTest(0, True, 1),), (ColumnTest(1, True, 1),)), ((0,), (1,)))
    other = PatternTable(2, ((ColumnTest(0, True, 1),), (ColumnTest(1, True, 0),)), ((0,), (1,)))
    matcher = CheckedMatcher(table, MatcherChoice("both", uses_durable=True, uses_python=True))
    matcher._python = PythonMatcher(other)  # noqa: SLF001 - a twin that is wrong, on purpose

    with pytest.raises(MatcherDisagreement) as caught:
        matcher.match((1, 1))

    assert (caught.value.python_mask, caught.value.durable_mask) == (0b01, 0b11)


def test_an_unknown_matcher_is_refused() -> None:
    with pytest.raises(EngineError, match="choose one of auto, durable, python, both"):
        choose_matcher("durabel")
