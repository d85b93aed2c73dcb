"""Finds explanations that name no rule of the ruleset, or no event of the case.

Such an explanation counts for nothing; where another rule was meant by a slip, the fault names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msp_rules.casework.case import WITHHELD, Event, Fault
from msp_rules.casework.visibility import CaseView
from msp_rules.errors import equally_near

_EXPLANATION: Final = "explanation"
_CORE_RULE: Final = re.compile(
    r"(ASK|OUT|MCA|ADV|CON|RISK|PROP|DEC|COM|PLAN|DUR|SUP|INV|PAR|CLO|DQ|SPC)-\d\d"
)
"""The ids of core rules, which stay what they are (contract, section 6): an export may explain one
to a ruleset that has no rule of its family."""


class ExplanationReader:
    """Reads what explanations name, by the rules of one ruleset."""

    def __init__(self, rule_ids: frozenset[str]) -> None:
        self._rule_ids = rule_ids
        self._families = frozenset([rule.rpartition("-")[0] for rule in rule_ids])

    def faults(self, view: CaseView) -> tuple[Fault, ...]:
        """Gives a fault for each name that names nothing; texts that are withheld may name any."""
        explanations = view.by_type.get(_EXPLANATION, ())
        if not explanations:
            return ()
        # Once for all of them: to look through the events for each would take the square of both.
        ids = frozenset([event.id for event in view.case.events])
        return tuple([fault for one in explanations for fault in self._faults_of(one, ids, view)])

    def _is_known(self, rule: str) -> bool:
        """Tells whether a name is a rule's: of this ruleset, or of the core where it has none."""
        family = _CORE_RULE.fullmatch(rule)
        is_elsewhere = family is not None and family[1] not in self._families
        return rule in self._rule_ids or is_elsewhere

    def _faults_of(self, event: Event, ids: frozenset[str], view: CaseView) -> Iterator[Fault]:
        rule = _named(event, "rule")
        if rule is not None and not self._is_known(rule):
            names = [f'"{one}"' for one in equally_near(rule, self._rule_ids)]
            hint = f"; did you mean {' or '.join(names)}?" if names else ""
            yield _fault(f"rule of explanation names no rule of the ruleset{hint}", event, view)
        subject = _named(event, "subject")
        if subject is not None and subject not in ids:
            # No id stands in a reason: pseudonyms could not reach it there.
            yield _fault("subject of explanation names no event of the case", event, view)


def _named(event: Event, field: str) -> str | None:
    value = event.fields.get(field)
    return None if value is None or value == WITHHELD else str(value).strip()


def _fault(reason: str, event: Event, view: CaseView) -> Fault:
    return Fault(reason=reason, case=view.case.id, event=event.id)
