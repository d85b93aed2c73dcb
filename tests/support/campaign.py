"""Random rules against random cases: engine and oracle side by side, counted."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff, Moment
from msp_rules.engine.engine import NO_CODE, Engine
from msp_rules.rules.language.conditions import FieldTest, Limit, Window
from msp_rules.rules.language.rule import Ruleset
from tests.support.differences import (
    Difference,
    compare,
    engine_rows,
    oracle_rows,
    show,
    shrink,
)
from tests.support.matchers import MATCHERS
from tests.support.random_cases import random_case
from tests.support.random_rules import random_ruleset


class Disagreement(NamedTuple):
    """One evaluation on which engine and oracle differ."""

    seed: int
    case_number: int
    matcher: str
    ruleset: Ruleset
    case: Case
    as_of: Cutoff
    difference: Difference

    def report(self) -> str:
        """The seed, the rows that differ, and the smallest example found."""
        small, case = shrink(self.ruleset, self.case, self.as_of, matcher=self.matcher)
        return "\n".join(
            (
                f"seed {self.seed}, case {self.case_number}, matcher {self.matcher}",
                f"oracle only: {self.difference.of_oracle}",
                f"engine only: {self.difference.of_engine}",
                f"faults: {self.difference.faults}",
                show(small, case, self.as_of),
            )
        )


@dataclass
class Tally:
    """What a campaign has seen: answers, verdicts, words of the rule language, and differences.

    An answer that was compared with two matchers counts once.
    """

    answers: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    disagreements: list[Disagreement] = field(default_factory=list)


def seeded_case(seed: int, number: int) -> tuple[Case, Cutoff]:
    """The case of that number for the ruleset of that seed."""
    return random_case(random.Random(f"{seed}/{number}"))


def seeded_ruleset(seed: int) -> Ruleset:
    """The ruleset of that seed."""
    return random_ruleset(random.Random(seed))


def run_campaign(
    seeds: Iterable[int],
    *,
    cases: int,
    matchers: tuple[str, ...] = MATCHERS,
) -> Iterator[Tally]:
    """Compares engine and oracle; gives the same growing tally after each ruleset."""
    tally = Tally()
    for seed in seeds:
        ruleset = seeded_ruleset(seed)
        tally.words |= words_of(ruleset)
        # One by its objects, the other by written code wherever a record is clear.
        engines = {
            name: Engine(ruleset, matcher=name, code_after=0 if name == "python" else NO_CODE)
            for name in matchers
        }
        for number in range(cases):
            case, as_of = seeded_case(seed, number)
            expected = oracle_rows(ruleset, case, as_of)
            for name, engine in engines.items():
                found = compare(expected, *engine_rows(engine, case, as_of))
                if found is not None:
                    tally.disagreements.append(
                        Disagreement(seed, number, name, ruleset, case, as_of, found)
                    )
            tally.answers += len(expected)
            tally.verdicts.update(row[2] for row in expected)
        yield tally


def words_of(ruleset: Ruleset) -> set[str]:
    """The nodes of the rule language that a ruleset uses, with units, directions and tests."""
    found: set[str] = set()
    todo: list[Any] = [*ruleset.rules, *ruleset.suspensions]
    while todo:
        node = todo.pop()
        if isinstance(node, tuple) and not isinstance(node, Moment):
            todo.extend(node)
        elif dataclasses.is_dataclass(node) and not isinstance(node, type):
            found.update(_words(node))
            todo.extend(getattr(node, part.name) for part in dataclasses.fields(node))
    return found


def _words(node: Any) -> Iterator[str]:
    yield type(node).__name__
    if isinstance(node, Limit):
        yield f"limit in {node.unit.value}"
        if len(node.values) > 1:
            yield "limit with dated values"
    elif isinstance(node, Window):
        yield f"window {'back' if node.is_backward else 'on'} in {node.limit.unit.value}"
    elif isinstance(node, FieldTest):
        yield f"test {node.test.value}"
    for part in dataclasses.fields(node):
        value = getattr(node, part.name)
        if part.default is not dataclasses.MISSING and value != part.default:
            yield f"{type(node).__name__}.{part.name}"
