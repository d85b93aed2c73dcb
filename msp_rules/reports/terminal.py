"""Prints the result of a scan for a person at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from msp_rules.audit.assumed import assumption_rows, in_words
from msp_rules.audit.case_audit.grid import MOVEMENTS
from msp_rules.audit.ends import end_in_words, ends_ahead
from msp_rules.audit.exceptions import exceptions_at_work, switched_off
from msp_rules.audit.result import ScanResult
from msp_rules.audit.tally import Tally
from msp_rules.reports.labels import APPLYING, COLOURS, share
from msp_rules.reports.practice_labels import counted, people_in_words
from msp_rules.reports.rows import FEW, coverage_of, due_of, never_there, not_supplied, undeclared
from msp_rules.reports.summary import Summary, by_agency, summary_of
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import LocalChange
from msp_rules.rules.language.wording import bare_event_noun, code_label, field_label

_MOST_FAULTS = 20
_MOST_NAMES = 8
_MOST_LACKING = 3
_CAPTION = "* suggested: these need a person's view; explained: this many of the green"
_RATED = tuple(colour for colour in COLOURS if colour != "none")


def print_summary(result: ScanResult, console: Console, *, shows_ids: bool = False) -> None:
    """Prints what to look at first, then faults and coverage, then the tables.

    Terminal output often ends up in logs: a fault is named by file and line, and by ids only on
    request; no team is named.
    """
    tally = result.tally
    state = "complete" if tally.is_complete else "INCOMPLETE: not everything could be judged"
    ruleset = result.ruleset
    console.print(
        f"{tally.cases} cases, {ruleset.id} {ruleset.version} ({ruleset.nation}); {state}"
    )
    for assumed in assumption_rows(result):
        line = f"assumed, not in any record: {in_words(assumed)}"
        console.print(f"  {line}", markup=False, highlight=False)
    _print_first(result, console)
    for warning in tally.warnings[:_MOST_FAULTS]:
        where = ":".join(str(part) for part in (warning.input, warning.line) if part)
        console.print(f"  warning: {where}: {warning.reason}", markup=False, highlight=False)
    for fault in tally.faults[:_MOST_FAULTS]:
        place = ":".join(str(part) for part in (fault.input, fault.line) if part)
        ids = " ".join(part for part in (fault.case, fault.event) if part and shows_ids)
        where = " ".join(part for part in (place, ids) if part)
        console.print(f"  {where}: {fault.reason}", markup=False, highlight=False)
    if len(tally.faults) > _MOST_FAULTS:
        console.print(f"  ... and {len(tally.faults) - _MOST_FAULTS} more faults, in the results")
    for line in _coverage(result):
        console.print(f"  {line}", markup=False, highlight=False)
    _print_unmapped(tally, console)
    _print_exceptions(result, console)
    table = Table(title="Verdicts by rule (what the record evidences, not what was done)")
    table.add_column("rule", no_wrap=True)
    waived, has_waivers = tally.waived_by_rule, bool(ruleset.waivers)
    for name in ("due", *APPLYING, *(["waived"] if has_waivers else [])):
        table.add_column(name.replace("_", " "), justify="right")
    verdicts = tally.verdicts
    by_rule = {**{rule: Counter[str]() for rule in waived}, **tally.by_rule}
    rows = sorted(by_rule.items(), key=lambda row: (-row[1]["not_met"], row[0]))
    for rule, counts in rows:
        own = [str(waived[rule] or "")] if has_waivers else []
        table.add_row(
            rule, str(due_of(counts)), *(str(counts[name] or "") for name in APPLYING), *own
        )
    total = [str(waived.total())] if has_waivers else []
    table.add_row(
        "all",
        str(due_of(verdicts)),
        *(str(verdicts[name]) for name in APPLYING),
        *total,
        style="bold",
    )
    console.print(table)
    console.print(_questions(tally))
    console.print(_movements(tally), highlight=False)


def _print_first(result: ScanResult, console: Console) -> None:
    """Prints how many cases to ask about, where, and what could not be judged; then rules."""
    summary = summary_of(result)
    if not summary.cases:
        return
    console.print("Look first:")
    for line in _first_lines(summary, len(result.tally.faults)):
        console.print(f"  {line}", markup=False, highlight=False)
    if not summary.first:
        return
    table = Table(title="Rules to look at first, by weight and share of what was due")
    table.add_column("rule", no_wrap=True)
    table.add_column("asks that")
    table.add_column("weight", no_wrap=True)
    table.add_column("not evidenced", no_wrap=True)
    table.add_column("not yet due", justify="right")
    for row in summary.first:
        few = " few" if row.due < FEW else ""
        missing = f"{share(row.counts['not_met'], row.due)}{few}"
        waiting = str(row.counts["not_yet_due"] or "")
        table.add_row(row.rule.id, row.rule.title, row.rule.severity.value, missing, waiting)
    console.print(table)


def _first_lines(summary: Summary, faults: int) -> Iterator[str]:
    facets, cases = summary.facets, summary.cases
    is_known = summary.people.cases and summary.people.distinct is not None
    people = people_in_words(summary.people, cases)
    yield f"{counted(cases, 'case')}{'' if is_known else ','} {people}"
    yield f"enquiries: {facets['s42_enquiry']} under section 42, {facets['other_enquiry']} other"
    yield f"a duty is not evidenced in {share(facets['statutory'], cases)} cases"
    yield f"a flag is not evidenced in {share(facets['flag'], cases)} cases"
    agencies = by_agency(summary.owners)
    if len(agencies) > 1 and facets["duty_or_flag"]:
        name, counts = next(iter(agencies.items()))
        most = share(counts["duty_or_flag"], counts["cases"])
        named = code_label(name) or "no agency"
        yield f"largest share of cases with one of the two: {named}, {most}"
    faulty = f"; {counted(faults, 'fault')}" if faults else ""
    yield f"something cannot be told in {share(facets['cannot_tell'], cases)} cases{faulty}"
    if summary.lacking:
        lacking = [
            f"{bare_event_noun(row.event)}{f' ({field_label(row.field)})' if row.field else ''}, "
            f"in {counted(row.cases, 'case')}"
            for row in summary.lacking[:_MOST_LACKING]
        ]
        yield f"most often missing for an answer: {'; '.join(lacking)}"
    yield f"something went well in {share(facets['practice'], cases)} cases, by the record"


def _coverage(result: ScanResult) -> list[str]:
    """Says what the exports supplied, and which answers lack what they did not."""
    rows = coverage_of(result)
    there = sum(bool(row.events) for row in rows)
    lines = [f"coverage: {there} of {len(rows)} kinds of record are in the exports"]
    for words, names in (
        ("not supplied", not_supplied(rows)),
        ("declared as supplied, but never present", never_there(rows)),
        ("present, though not declared as supplied", undeclared(rows)),
    ):
        if names:
            lines.append(f"{words}: {_some(names)}")
    unsure = sorted(
        ((c["cannot_tell"], r) for r, c in result.tally.by_rule.items() if c["cannot_tell"]),
        key=lambda row: (-row[0], row[1]),
    )
    if unsure:
        named = _some([f"{rule} {count}" for count, rule in unsure])
        lines.append(f"cannot tell at least once: {len(unsure)} rules ({named})")
    return lines


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _questions(tally: Tally) -> Table:
    """Counts the cases in which each question could be rated, and those of each colour."""
    title = f"Audit questions: how many of {tally.cases} cases have each colour"
    table = Table(title=title, caption=_CAPTION)
    table.add_column("question", no_wrap=True)
    for name in ("rated", *_RATED, "explained"):
        table.add_column(name, justify="right", no_wrap=True)
    for code, question in AUDIT_QUESTIONS.items():
        ratings = tally.ratings
        counts = {c: ratings[code, c, False] + ratings[code, c, True] for c in _RATED}
        numbers = (*counts.values(), ratings[code, "green", True])
        row = (str(number or "") for number in numbers)
        mark = " *" if question.is_for_a_person else ""
        table.add_row(f"{code} {question.label}{mark}", str(sum(counts.values())), *row)
    return table


def _print_unmapped(tally: Tally, console: Console) -> None:
    """Counts values of a mapped export that no code table, date format or code list knows."""
    if not tally.unmapped:
        return
    counts = ", ".join(f"{'.'.join(n)} {count}" for n, count in tally.unmapped.most_common(10))
    more = len(tally.unmapped) - 10
    rest = f" and {more} more fields, in the results" if more > 0 else ""
    line = f"values that did not map: {tally.unmapped.total()} ({counts}{rest})"
    console.print(f"  {line}", markup=False, highlight=False)


def _movements(tally: Tally) -> str:
    """Counts the cases that can be compared on the grid, and how they moved."""
    counts = tally.movements
    compared = sum(counts[name] for name in MOVEMENTS)
    moved = [f"{counts[name]} {name.replace('_', ' ')}" for name in MOVEMENTS if counts[name]]
    rest = [f"{counts['one_position']} have one position", f"{counts['not_known']} are not known"]
    rest.append(f"{counts['not_recorded']} have none")
    if counts["not_supplied"]:
        rest.append(f"{counts['not_supplied']} come from a source without it")
    first = f"Wellbeing and safety grid: {compared} of {tally.cases} cases can be compared"
    return "; ".join([f"{first}: {', '.join(moved)}" if moved else first, ", ".join(rest)])


def _change_in_words(change: LocalChange) -> str:
    """Says which value an overlay changes, and on which days."""
    name = f"{change.rule} {change.key.replace('_', ' ')} ({change.reasons.layer})"
    first, last = change.period.first, change.period.last
    since = f", from {first}" if first is not None else ""
    until = f", until {last}" if last is not None else ""
    return f"changed here: {name}: {change.after} instead of {change.before}{since}{until}"


def _print_exceptions(result: ScanResult, console: Console) -> None:
    """Prints what is set aside: never among what is met, and never silently."""
    tally, off = result.tally, switched_off(result)
    lines = [f"switched off: {len(off)} rules ({', '.join(off)})"] if off else []
    lines += [_change_in_words(change) for change in result.ruleset.changes]
    if result.ruleset.waivers:
        lines.append(f"waived: {tally.waived.total()} findings, counted with no verdict")
    if result.ruleset.filters:
        lines.append(f"left out by local filters: {tally.filtered.total()} (not applicable)")
    for one in exceptions_at_work(result):
        what = "waiver" if one.is_waiver else "filter"
        name = f'{what} "{one.name}" ({one.reasons.layer})'
        if one.state == "in force" and not one.matched:
            lines.append(f"{name} matched nothing")
        elif one.state != "in force":
            period = one.reasons.period
            day = period.last if one.state == "expired" else period.first
            lines.append(f"{name} is {one.state}: {day}")
    lines += [end_in_words(one) for one in ends_ahead(result)]
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False)
