"""A scan's results for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from msp_rules.audit.scan import Scan

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
        place = f"{fault.input or ''}:{fault.line or ''}"
        case = " ".join(part for part in (fault.case, fault.event) if part)
        console.print(f"  {place} {case}: {fault.reason}", markup=False, highlight=False)
    if len(tally.faults) > _MOST_FAULTS:
        console.print(f"  ... and {len(tally.faults) - _MOST_FAULTS} more faults, in the results")
    table = Table(title="Verdicts by rule (what the record evidences, not what was done)")
    table.add_column("rule", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    verdicts = tally.verdicts
    rows = sorted(tally.by_rule.items(), key=lambda row: (-row[1]["not_met"], row[0]))
    for rule, counts in rows:
        table.add_row(rule, *(str(counts[name] or "") for name in _COLUMNS))
    table.add_row("all", *(str(verdicts[name]) for name in _COLUMNS), style="bold")
    console.print(table)
