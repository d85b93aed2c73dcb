"""Lists the local exceptions of a scan: rules switched off, waivers and filters at work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from msp_rules.audit.result import ScanResult
from msp_rules.casework.moments import parse_date
from msp_rules.engine.waivers import LocalException
from msp_rules.rules.language.rule import Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionAtWork:
    """A waiver or filter, how often it matched, and its state on the scan's days."""

    name: str
    """The name that the overlay gives it."""
    rules: tuple[str, ...]
    """The ids of the rules that it concerns."""
    reasons: Reasons
    """Its reason, approval and period."""
    is_waiver: bool
    """True for a waiver, False for a filter."""
    matched: int
    """The number of findings or subjects that it matched."""
    state: str
    """"in force", "expired" or "not begun"; with several days, in force on any of them."""


def switched_off(result: ScanResult) -> list[str]:
    """Lists the rules that gave no answer on one of the scan's days."""
    ruleset, days = result.ruleset, _days(result)
    forms = [ruleset.as_on(day) for day in days] or [ruleset]
    off = {rule.id for form in forms for rule in form.rules if not rule.is_enabled}
    return sorted(off)


def exceptions_at_work(result: ScanResult) -> tuple[ExceptionAtWork, ...]:
    """Lists the waivers and filters of the ruleset, those that matched nothing included."""
    ruleset, days, tally = result.ruleset, _days(result), result.tally
    waived, filtered = _by_name(tally.waived), _by_name(tally.filtered)
    found = [
        ExceptionAtWork(
            name=one.name,
            rules=tuple(sorted(one.rules)),
            reasons=one.reasons,
            is_waiver=True,
            matched=waived[one.reasons.layer, one.name],
            state=_state(one.reasons, days),
        )
        for one in ruleset.waivers
    ]
    # A filter stands here once for each rule and form of the rule.
    named: dict[tuple[str, str], tuple[Reasons, set[str]]] = {}
    for each in ruleset.filters:
        _, rules = named.setdefault((each.reasons.layer, each.name), (each.reasons, set()))
        rules.add(each.rule)
    found += [
        ExceptionAtWork(
            name=name,
            rules=tuple(sorted(rules)),
            reasons=reasons,
            is_waiver=False,
            matched=filtered[layer, name],
            state=_state(reasons, days),
        )
        for (layer, name), (reasons, rules) in named.items()
    ]
    return tuple(found)


def _days(result: ScanResult) -> list[int]:
    return sorted({parse_date(one.as_of).toordinal() for one in result.inputs})


def _by_name(exceptions: Counter[LocalException]) -> Counter[tuple[str, str]]:
    names: Counter[tuple[str, str]] = Counter()
    for exception, count in exceptions.items():
        names[exception.layer, exception.name] += count
    return names


def _state(reasons: Reasons, days: list[int]) -> str:
    period = reasons.period
    if not days or any(period.holds_on(day) for day in days):
        return "in force"
    is_over = period.last is not None and period.last.toordinal() < days[-1]
    return "expired" if is_over else "not begun"
