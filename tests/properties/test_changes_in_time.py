"""What the order of a record, and time alone, may and may not change; on random rules and cases."""

import random
from collections.abc import Iterator

import pytest

from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff, at_instant, day_start, is_within, iso_instant
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Evaluation
from tests.oracle.record import Record
from tests.oracle.times import as_of_end
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.differences import show, smallest

pytestmark = pytest.mark.fuzz

SEEDS = range(3000, 3000 + effort.of(12, thorough=90))
CASES = 25
DAYS_AHEAD = 45
SEEDS_OF_CHANGES = SEEDS[: len(SEEDS) // 3]  # each asks for a hundred moments a case


def evaluations(seed: int) -> Iterator[tuple[Engine, Case, Cutoff, Evaluation]]:
    engine = Engine(seeded_ruleset(seed), matcher="python")
    for number in range(CASES):
        case, as_of = seeded_case(seed, number)
        yield engine, case, as_of, engine.evaluate(case, as_of)


def without_changes_at(evaluation: Evaluation) -> list[str]:
    return sorted(repr(answer._replace(changes_at=None)) for answer in evaluation.answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_events_changes_no_answer(seed: int) -> None:
    for engine, case, as_of, evaluation in evaluations(seed):
        events = list(case.events)
        random.Random(seed).shuffle(events)

        shuffled = engine.evaluate(case._replace(events=tuple(events)), as_of)

        assert sorted(map(repr, shuffled.answers)) == sorted(map(repr, evaluation.answers))
        assert shuffled.changes_at == evaluation.changes_at


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_recorded_later_changes_no_answer(seed: int) -> None:
    for engine, case, as_of, evaluation in evaluations(seed):
        known = tuple(
            event
            for event in case.events
            if (event.recorded or event.moment) is None
            or is_within(event.recorded or event.moment, as_of)  # type: ignore[arg-type]
        )

        as_known = engine.evaluate(case._replace(events=known), as_of)

        assert without_changes_at(as_known) == without_changes_at(evaluation)


@pytest.mark.parametrize("seed", SEEDS)
def test_evidence_is_in_force(seed: int) -> None:
    for _, case, as_of, evaluation in evaluations(seed):
        in_force = {entry.event.id for entry in Record(case, as_of_end(as_of)).entries}

        for answer in evaluation.answers:
            assert set(answer.evidence) <= in_force


@pytest.mark.parametrize("seed", SEEDS_OF_CHANGES)
def test_no_verdict_changes_before_changes_at(seed: int) -> None:
    for engine, case, as_of, _ in evaluations(seed):
        if early_change(engine, case, as_of) is None:
            continue
        ruleset, small = smallest(
            engine.ruleset,
            case,
            lambda rules, one, as_of=as_of: (
                early_change(  # type: ignore[misc]
                    Engine(rules, matcher="python"), one, as_of
                )
                is not None
            ),
        )
        change = early_change(Engine(ruleset, matcher="python"), small, as_of)
        pytest.fail(f"seed {seed}: {change}\n{show(ruleset, small, as_of)}")


def early_change(engine: Engine, case: Case, as_of: Cutoff) -> str | None:
    """A verdict that changes by time alone before its answer's `changes_at` says so."""
    evaluation = engine.evaluate(case, as_of)
    now = verdicts(evaluation.answers)
    for later in instants_after(case, as_of, evaluation):
        then = verdicts(engine.evaluate(case, at_instant(later)).answers)
        for answer in evaluation.answers:
            told = answer.changes_at
            key = (answer.rule, answer.subject)
            if (told is None or later < told) and then.get(key) != now[key]:
                until = "ever" if told is None else iso_instant(told)
                return f"{key}: {now[key]} until {until}, but {then.get(key)} {iso_instant(later)}"
    return None


def verdicts(answers: tuple[Answer, ...]) -> dict[tuple[str, str | None], list[str]]:
    """The verdicts of each row; an id that is used twice has two."""
    found: dict[tuple[str, str | None], list[str]] = {}
    for answer in answers:
        found.setdefault((answer.rule, answer.subject), []).append(answer.verdict.value)
    return {key: sorted(values) for key, values in found.items()}


def instants_after(case: Case, as_of: Cutoff, evaluation: Evaluation) -> list[int]:
    """Midnights, moments of events and ends of limits after `as_of`, and the instants beside."""
    found = {day_start(as_of.day + ahead) for ahead in range(1, DAYS_AHEAD)}
    for event in case.events:
        found |= {moment.instant for moment in (event.moment, event.recorded) if moment}
    found |= {answer.due.cutoff.instant for answer in evaluation.answers if answer.due}
    found |= {answer.changes_at - 1 for answer in evaluation.answers if answer.changes_at}
    beside = {instant + step for instant in found for step in (-1, 0, 1)}
    return sorted(instant for instant in beside if instant > as_of.instant)
