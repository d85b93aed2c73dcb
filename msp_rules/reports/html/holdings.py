"""Counts what each case adds to the numbers of coverage, of "cannot tell", and of wellbeing.

The page's index has these counts by case, so that such a number leads to exactly its cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.supply import lacked_by
from msp_rules.engine.verdict import Verdict

UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "record": ("record", "records"),
    "field": ("record with it", "records with it"),
    "missing": ("answer that lacks it", "answers that lack it"),
    "domain": ("wanted outcome", "wanted outcomes"),
    "outcomes": ("wanted outcome", "wanted outcomes"),
}
"""The kinds of counts by their names, each with the words for one and for several."""
BY_FIELD: Final = "field"
"""The kind that the index of a packed page leaves out: it alone would be a fifth of the page."""


def name_of(kind: str, *parts: str) -> str:
    """Writes the name of a count, as filters and addresses have it."""
    return "/".join((kind, *parts))


def holdings_of(result: CaseResult) -> Mapping[str, int]:
    """Counts the records, fields, outcomes and missing values of a case, by name."""
    found: Counter[str] = Counter()
    for kind, names in result.supply.records:
        found[name_of("record", kind)] += 1
        found.update([name_of("field", kind, name) for name in names])
    for answer in result.answers:
        if answer.verdict is Verdict.CANNOT_TELL and answer.waived is None:
            for event, name in lacked_by(answer):
                found[name_of("missing", answer.rule, event, name)] += 1
    wellbeing = result.findings.wellbeing
    if wellbeing is not None:
        for domain, outcomes in wellbeing.domains.items():
            found[name_of("domain", domain)] += len(outcomes)
        found[name_of("outcomes", "beyond_protection")] += wellbeing.beyond_protection
        found[name_of("outcomes", "untagged")] += len(wellbeing.untagged)
    return {name: count for name, count in found.items() if count}
