"""A scan's results for a terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from msp_rules.audit.scan import Scan
from msp_rules.audit.standing import measures_at_work, switched_off

_MOST_FAULTS = 20
_COLUMNS = ("not_met", "partly_met", "met_late", "cannot_tell", "not_yet_due", "explained", "met")


def print_summary(scan: Scan, console: Console) -> None:
    """Counts first: what could not be read, then each rule, what is not evidenced first."""
    tally = scan.tally
    state = "complete" if tally.is_complete else "INCOMPLETE: not everything could be judged"
    ruleset = scan.engine.ruleset
    console.print(
        f"{tally.cases} cases, {ruleset.id} {ruleset.version} ({ruleset.nation}); {state}"
    )
    for fault in tally.faults[:_MOST_FAULTS]:
        place = ":".join(str(part) for part in (fault.input, fault.line) if part)
        ids = " ".join(part for part in (fault.case, fault.event) if part)
        where = " ".join(part for part in (place, ids) if part)
        console.print(f"  {where}: {fault.reason}", markup=False, highlight=False)
    if len(tally.faults) > _MOST_FAULTS:
        console.print(f"  ... and {len(tally.faults) - _MOST_FAULTS} more faults, in the results")
    _print_measures(scan, console)
    table = Table(title="Verdicts by rule (what the record evidences, not what was done)")
    table.add_column("rule", no_wrap=True)
    waived, has_waivers = tally.waived_by_rule, bool(ruleset.waivers)
    for name in (*_COLUMNS, *(["waived"] if has_waivers else [])):
        table.add_column(name.replace("_", " "), justify="right")
    verdicts = tally.verdicts
    by_rule = {**{rule: Counter[str]() for rule in waived}, **tally.by_rule}
    rows = sorted(by_rule.items(), key=lambda row: (-row[1]["not_met"], row[0]))
    for rule, counts in rows:
        own = [str(waived[rule] or "")] if has_waivers else []
        table.add_row(rule, *(str(counts[name] or "") for name in _COLUMNS), *own)
    total = [str(waived.total())] if has_waivers else []
    table.add_row("all", *(str(verdicts[name]) for name in _COLUMNS), *total, style="bold")
    console.print(table)


def _print_measures(scan: Scan, console: Console) -> None:
    """What is set aside: never among what is met, and never without a word."""
    tally, off = scan.tally, switched_off(scan)
    lines = [f"switched off: {len(off)} rules ({', '.join(off)})"] if off else []
    if scan.engine.ruleset.waivers:
        lines.append(f"waived: {tally.waived.total()} findings, counted with no verdict")
    if scan.engine.ruleset.filters:
        lines.append(f"left out by local filters: {tally.filtered.total()} (not applicable)")
    for one in measures_at_work(scan):
        what = "waiver" if one.is_waiver else "filter"
        name = f'{what} "{one.name}" ({one.reasons.layer})'
        if one.state == "in force" and not one.matched:
            lines.append(f"{name} matched nothing")
        elif one.state != "in force":
            period = one.reasons.period
            day = period.last if one.state == "expired" else period.first
            lines.append(f"{name} is {one.state}: {day}")
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False)
