"""What goes wrong in one rule stays in that rule, and is told: never a verdict, never silence."""

from collections.abc import Sequence
from typing import Any

import pytest

from msp_rules.casework.case import Case
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.dues import DueTerm
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import CheckedMatcher
from msp_rules.engine.matchers.durable import self_test
from msp_rules.engine.scope import DueAnswer, Scope
from msp_rules.errors import EngineError
from tests.builders.case import case_of
from tests.support.core import core_ruleset
from tests.support.matchers import needs_durable

pytestmark = pytest.mark.slow

AS_OF = parse_as_of("2026-03-31")
RULESET = core_ruleset()


def case() -> Case:
    fields = {"id": "e1", "occurred": "2026-01-05", "identified_adult": "yes"}
    return case_of(("concern_raised", fields), case_id="SA-1")


class Broken:
    """A matcher of a table that answers what it is told to, or fails."""

    def __init__(self, wrong_bits: int | None) -> None:
        self.wrong_bits = wrong_bits

    def match(self, row: Sequence[int]) -> int:
        if self.wrong_bits is None:
            raise EngineError("the sentinel did not fire")
        return self.wrong_bits


def group_of(engine: Engine, rule: str) -> Any:
    groups = engine._groups_on(AS_OF.day)
    return next(g for g in groups if not g.is_null_row and rule in {c.id for c in g.rules})


def forget(engine: Engine) -> None:
    """Drops what was decided before: the matchers are asked again."""
    for group in engine._groups_on(AS_OF.day):
        for known in group.decisions:
            known.clear()


def matcher_of(engine: Engine, rule: str) -> CheckedMatcher:
    matcher: CheckedMatcher = group_of(engine, rule).matcher
    return matcher


def test_a_rule_that_crashes_is_a_fault_and_the_others_answer() -> None:
    engine = Engine(RULESET, matcher="python")
    usual = engine.evaluate(case(), AS_OF)

    class Crash(DueTerm):
        def due(self, scope: Scope) -> DueAnswer:
            raise KeyError(f"a name from {scope.case.id}")

    (compiled,) = [one for one in group_of(engine, "ASK-01").rules if one.id == "ASK-01"]
    compiled.due = Crash()
    evaluation = engine.evaluate(case(), AS_OF)

    assert [(f.rule, f.event, f.reason) for f in evaluation.faults] == [
        ("ASK-01", "e1", "rule ASK-01 could not be computed (KeyError)")
    ]
    assert evaluation.answers == tuple(a for a in usual.answers if a.rule != "ASK-01")


def test_a_disagreement_of_the_matchers_is_a_fault_of_its_rule_only() -> None:
    engine = Engine(RULESET, matcher="python")
    usual = engine.evaluate(case(), AS_OF)
    matcher = matcher_of(engine, "ASK-01")
    first = matcher.table.groups[0][0]
    forget(engine)
    twin = matcher._python
    assert twin is not None

    class Flipped:
        def match(self, row: Sequence[int]) -> int:
            return twin.match(row) ^ (1 << first)

    matcher._durable = Flipped()
    evaluation = engine.evaluate(case(), AS_OF)

    (fault,) = evaluation.faults
    assert fault.rule is not None
    assert fault.reason == (
        f"the two matchers do not agree on rule {fault.rule}; no verdict is given"
    )
    assert evaluation.answers == tuple(a for a in usual.answers if a.rule != fault.rule)


def test_a_matcher_that_fails_gives_no_verdict_on_that_subject() -> None:
    engine = Engine(RULESET, matcher="python")
    usual = engine.evaluate(case(), AS_OF)
    matcher = matcher_of(engine, "ASK-01")
    forget(engine)
    matcher._durable = Broken(None)

    evaluation = engine.evaluate(case(), AS_OF)

    silent = {fault.rule for fault in evaluation.faults}
    assert "ASK-01" in silent
    assert evaluation.answers == tuple(
        a for a in usual.answers if (a.rule, a.subject) not in {(r, "e1") for r in silent}
    )


@needs_durable
def test_both_matchers_are_refused_where_one_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    self_test.cache_clear()
    try:
        with pytest.raises(EngineError, match="can't be used here: its self-test"):
            Engine(RULESET, matcher="both")
        engine = Engine(RULESET, matcher="auto")
    finally:
        self_test.cache_clear()

    assert engine.matcher_name == "python"
    assert engine.notice is not None
    assert engine.notice.startswith("durable_rules is not used here: its self-test did not end")


@pytest.mark.slow
def test_an_engine_that_foresees_nothing_gives_the_same_answers_without_their_moments() -> None:
    foreseeing, plain = Engine(RULESET), Engine(RULESET, foresees=False)

    seen, told = foreseeing.evaluate(case(), AS_OF), plain.evaluate(case(), AS_OF)

    assert told.answers == tuple(one._replace(changes_at=None) for one in seen.answers)
    assert told.changes_at is None
    assert seen.changes_at is not None


def test_what_was_decided_once_is_not_asked_of_the_matchers_again() -> None:
    engine = Engine(RULESET, matcher="python")
    first = engine.evaluate(case(), AS_OF)
    hits, misses = engine.rows_remembered

    assert engine.evaluate(case(), AS_OF) == first
    assert misses > 0
    assert engine.rows_remembered == (hits + misses, misses)
