"""What a source that supplies only a part does to the rules, seen on the rules' own examples.

Each example is looked at again as this source would export it: without the event types and fields
that it has no way to deliver. So what is said here is what the engine answers, not what it might.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from msp_rules.authoring.examples import case_of
from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moment import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.rules.rule import Rule, Ruleset

_NO_JUDGEMENT: Final = frozenset({Verdict.CANNOT_TELL, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blinded:
    """A rule that answers `cannot_tell` in some of its examples once they hold no more than that.

    `is_wholly` says that it judges none of them any more; `missing` is what it lacks there.
    """

    rule: str
    cases: int
    of: int
    is_wholly: bool
    missing: tuple[Missing, ...]


def blinded_rules(ruleset: Ruleset, supply: Supply) -> Iterator[Blinded]:
    """The enabled rules that can't tell, in the order of the ruleset; the others are left out."""
    for rule in ruleset.enabled_rules:
        found = _blinded(rule, ruleset, supply)
        if found is not None:
            yield found


def _blinded(rule: Rule, ruleset: Ruleset, supply: Supply) -> Blinded | None:
    engine = Engine(replace(ruleset, rules=(rule,)), matcher="python", foresees=False)
    looked_at = cannot_tell = judged = 0
    missing: dict[Missing, None] = {}
    for example in rule.examples:
        if example.supplies is not None:
            continue
        case, as_of = case_of(example, ruleset.vocabulary)[0], parse_as_of(example.as_of)
        before = engine.evaluate(case, as_of).answers
        if not any(_is_judged(answer) for answer in before):
            continue
        looked_at += 1
        after = engine.evaluate(_as_supplied(case, supply), as_of).answers
        judged += any(_is_judged(answer) for answer in after)
        unclear = [answer for answer in after if answer.verdict is Verdict.CANNOT_TELL]
        cannot_tell += bool(unclear)
        missing |= dict.fromkeys(row for answer in unclear for row in answer.missing)
    if not cannot_tell:
        return None
    return Blinded(
        rule=rule.id,
        cases=cannot_tell,
        of=looked_at,
        is_wholly=not judged,
        missing=tuple(row for row in missing if _lacks(row, supply)),
    )


def _is_judged(answer: Answer) -> bool:
    return answer.verdict not in _NO_JUDGEMENT


def _as_supplied(case: Case, supply: Supply) -> Case:
    """The case as a source exports it that has no more than this supply."""
    events = tuple(
        event._replace(
            fields={k: v for k, v in event.fields.items() if supply.has_field(event.type, k)}
        )
        for event in case.events
        if supply.has_type(event.type)
    )
    return case._replace(events=events, supply=supply)


def _lacks(row: Missing, supply: Supply) -> bool:
    """Whether a missing record is one that the source has no way to deliver."""
    if row.event in ("case", "adult"):  # no source says what it supplies of these
        return False
    if not supply.has_type(row.event):
        return True
    return any(not supply.has_field(row.event, name) for name in row.fields)
