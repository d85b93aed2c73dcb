"""Sums up a forecast: prompts by role and rule, and sentences.

One of them: "this change would triple prompts of ADV-01".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from msp_rules.authoring.impact.forecast import Forecast, PromptLoad, Recurrence

_TIMES: Final = {2: "double", 3: "triple", 4: "quadruple"}
_PARTS: Final = {2: "half", 3: "a third", 4: "a quarter"}
_NEARLY_TWICE: Final = 1.75
"""The factor from which a change is given in times; below it, in per cent."""


class RoleLoad(NamedTuple):
    """Counts the prompts of one worker role on one side, over all weeks that are counted."""

    raised: int
    """New ones and those raised again."""
    busiest: int
    """The most raised in one week."""
    again: int
    """The ones among those raised that the record had answered before."""
    still: int
    """The ones that still ask at a later step."""
    held: int
    """The ones that the budget held back."""


def load_of_role(load: PromptLoad, role: str) -> RoleLoad:
    """Adds up the prompts of one role."""
    weeks: Counter[int] = Counter()
    for (_, own, week), count in load.raised.items():
        if own == role:
            weeks[week] += count
    kinds: Counter[Recurrence] = Counter()
    for (_, own, recurrence), count in load.recurrence.items():
        if own == role:
            kinds[recurrence] += count
    held = sum(count for (_, own), count in load.held.items() if own == role)
    most = max(weeks.values(), default=0)
    return RoleLoad(weeks.total(), most, kinds[Recurrence.AGAIN], kinds[Recurrence.STILL], held)


def roles_of(forecast: Forecast) -> list[str]:
    """Lists the roles that any prompt was for, on either side."""
    loads = (forecast.before, forecast.after)
    return sorted({role for load in loads for _, role, _ in load.recurrence})


def raised_by_rule(load: PromptLoad) -> Counter[str]:
    """Counts how often each rule's prompt was raised, whatever its roles."""
    found: Counter[str] = Counter()
    for (rule, recurrence), count in load.by_rule.items():
        if recurrence is not Recurrence.STILL:
            found[rule] += count
    return found


def verdicts_in_words(forecast: Forecast) -> tuple[str, ...]:
    """Says in a sentence how often each rule prompts now, the largest change first."""
    return tuple(_sentences(forecast))


def _sentences(forecast: Forecast) -> Iterator[str]:
    before, after = (raised_by_rule(load) for load in (forecast.before, forecast.after))
    changed = [rule for rule in before | after if before[rule] != after[rule]]
    for rule in sorted(changed, key=lambda one: (-abs(after[one] - before[one]), one)):
        old, new = before[rule], after[rule]
        what = f"this change would {_verb(rule, old, new)}"
        yield f"{what} (from {old} to {new} in {forecast.weeks} weeks)"
    if not changed:
        yield "this change would not alter how often anybody is prompted"


def _verb(rule: str, old: int, new: int) -> str:
    prompts = f"prompts of {rule}"
    if old == 0:
        return f"begin {prompts}"
    if new == 0:
        return f"end {prompts}"
    if new >= old * _NEARLY_TWICE:
        times = round(new / old)
        about = "" if times * old == new else "about "
        if times in _TIMES:
            return f"{about}{_TIMES[times]} {prompts}"
        return f"make {prompts} {about}{times} times as many"
    if old >= new * _NEARLY_TWICE:
        parts = round(old / new)
        about = "" if parts * new == old else "about "
        return f"cut {prompts} to {about}{_PARTS.get(parts, f'one in {parts}')}"
    share = abs(new - old) * 100 / old
    much = f"{share:.0f}%" if share >= 1 else "less than 1%"
    return f"{'raise' if new > old else 'lower'} {prompts} by {much}"


def a_week(count: int, weeks: int) -> float:
    """Gives how many that is in a week, to one decimal."""
    return round(count / weeks, 1) if weeks else 0.0
