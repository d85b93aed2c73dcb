"""Counts what each case adds to the numbers of the page: of coverage, exceptions, and wellbeing.

The page's index has these counts by case, so that such a number leads to exactly its cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.practice_tally import judge_of
from msp_rules.audit.supply import lacked_by, lacked_in_case
from msp_rules.casework.case import UNMAPPED
from msp_rules.engine.verdict import Answer, Verdict

NOT_SUPPLIED: Final = "not_supplied"
"""The state on the grid of a case whose source cannot supply positions."""
UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "record": ("record", "records"),
    "field": ("record with it", "records with it"),
    "withheld": ("record that withholds it", "records that withhold it"),
    "unreadable": ("record in which it can't be read", "records in which it can't be read"),
    "unmapped": ("value that did not map", "values that did not map"),
    "assumed": ("event that got the assumed value", "events that got the assumed value"),
    "missing": ("answer that lacks it", "answers that lack it"),
    "lacks": ("case that lacks it", "cases that lack it"),
    "domain": ("wanted outcome", "wanted outcomes"),
    "outcomes": ("wanted outcome", "wanted outcomes"),
    "waiver": ("waived finding", "waived findings"),
    "filter": ("subject left out", "subjects left out"),
    "filtered": ("subject left out", "subjects left out"),
    "not_applicable": ("answer not applicable", "answers not applicable"),
    "supplies": ("case", "cases"),
    "adult": ("case", "cases"),
    "grid": ("case", "cases"),
    "judged": ("case", "cases"),
    "people": ("case that names its adult", "cases that name their adult"),
}
"""The kinds of counts by their names, each with the words for one and for several."""


def name_of(kind: str, *parts: str) -> str:
    """Writes the name of a count, as filters and addresses have it."""
    return "/".join((kind, *parts))


def holdings_of(result: CaseResult, *, all_rows: bool) -> Mapping[str, int]:
    """Counts what a case has, lacks and leaves out, by name; its records apart (`records_of`).

    With all rows, answers that are not applicable are listed, and need no count of their own.
    """
    found: Counter[str] = Counter()
    supply = result.supply
    found[name_of("supplies", "not_said" if supply.source is None else "said")] = 1
    found[name_of("adult", "named" if result.adult >= 0 else "not_named")] = 1
    found["people"] = int(result.adult >= 0)
    found.update([name_of("withheld", *one) for one in supply.withheld])
    found.update([name_of("unreadable", *one) for one in supply.unreadable])
    for one, count in supply.counted.items():
        found[name_of(*one)] = count
        if one[0] == UNMAPPED:
            found[UNMAPPED] += count
    _add_answers(found, result, all_rows=all_rows)
    for left_out in result.filtered:
        names = (name_of("filtered", left_out.rule), "filtered")
        found.update((*names, name_of("filter", left_out.layer, left_out.name)))
    wellbeing = result.findings.wellbeing
    if wellbeing is not None:
        for domain, outcomes in wellbeing.domains.items():
            found[name_of("domain", domain)] += len(outcomes)
        found[name_of("outcomes", "all")] += wellbeing.outcomes
        found[name_of("outcomes", "beyond_protection")] += wellbeing.beyond_protection
        found[name_of("outcomes", "untagged")] += len(wellbeing.untagged)
    _add_grid(found, result)
    # Sorted: equal groups of counts are written once, and a page is the same from every process.
    return {name: found[name] for name in sorted(found) if found[name]}


def _add_grid(found: Counter[str], result: CaseResult) -> None:
    """Counts why the case has no move on the grid, or who judged its latest position."""
    grid = result.findings.grid
    if grid is not None and grid.movement is not None:
        found[name_of("judged", judge_of(grid))] = 1
    else:
        found[name_of("grid", NOT_SUPPLIED if grid is None else grid.state)] = 1


def _add_answers(found: Counter[str], result: CaseResult, *, all_rows: bool) -> None:
    unsure: list[Answer] = []
    for answer in result.answers:
        if answer.waived is not None:
            found[name_of("waiver", *answer.waived)] += 1
        elif answer.verdict is Verdict.CANNOT_TELL:
            unsure.append(answer)
            for event, name in lacked_by(answer):
                found[name_of("missing", answer.rule, event, name)] += 1
        elif answer.verdict is Verdict.NOT_APPLICABLE and not all_rows:
            found[name_of("not_applicable", answer.rule)] += 1
            found["not_applicable"] += 1
    found.update([name_of("lacks", *one) for one in lacked_in_case(unsure)])


def records_of(result: CaseResult) -> list[str]:
    """Writes each record of a case in one text: its type, a colon, the fields that have a value."""
    return [f"{kind}:{','.join(names)}" for kind, *names in result.supply.records]


def counts_of_record(record: str) -> Mapping[str, int]:
    """Gives the names of the counts to which such a record adds one."""
    kind, _, names = record.partition(":")
    fields = [name_of("field", kind, name) for name in names.split(",") if name]
    return dict.fromkeys((name_of("record", kind), *fields), 1)
