"""Gives the counted rows of the workbook, sheet by sheet: the numbers of every other report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from msp_rules.audit.assumed import assumption_rows, in_words
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.audit.manifest import manifest, pseudonyms_said
from msp_rules.audit.result import ScanResult
from msp_rules.reports.html.case import owner_in_words
from msp_rules.reports.labels import APPLYING, COLOURS, VERDICTS, rule_text, share
from msp_rules.reports.practice_labels import (
    I_STATEMENTS,
    I_STATEMENTS_FROM,
    MOVEMENTS_IN_WORDS,
    NOT_COMPARED_IN_WORDS,
    POSITIONS,
    STAGES,
    domain_in_words,
    judge_in_words,
    move_in_words,
    people_in_words,
    position_in_words,
    sign_in_words,
)
from msp_rules.reports.rows import (
    FEW,
    coverage_of,
    missing_rows,
    owner_rows,
    question_rows,
    rule_rows,
    ruleset_of,
    switched_off_rules,
)
from msp_rules.reports.summary import Summary, summary_of
from msp_rules.reports.workbook.cases import lacked_in_words
from msp_rules.rules.language.rule import PRINCIPLES
from msp_rules.rules.language.wording import bare_event_noun, code_label, field_label

Row = tuple[str, list[Any]]
"""The name of a sheet, and the values of a row of it."""
_DAYS: Final = ("as_of", "from", "until", "expires", "approved_on")
_ELSEWHERE: Final = ("switched_off",)
_MOST_LACKING: Final = 5
_MOST_OWNERS: Final = 10


def first_rows_of(result: ScanResult) -> Iterator[Row]:
    """Yields the rows of "Look first" that are counted: in all, by owner, not judged, by rule."""
    summary = summary_of(result)
    if summary.cases:
        yield from _in_all(summary, result)
    for owner in summary.owners[:_MOST_OWNERS]:
        if owner.facets["duty_or_flag"]:
            name = owner_in_words(owner.agency, owner.team)
            yield _look("Agency and team", name, owner.facets["duty_or_flag"], owner.cases)
    for row in summary.first:
        about = f"{row.rule.title}, {row.rule.severity.value}"
        few = f"; fewer than {FEW} were due" if row.due < FEW else ""
        waiting = row.counts["not_yet_due"]
        more = f"{about}; {waiting} more not yet due{few}" if waiting else f"{about}{few}"
        count = row.counts["not_met"]
        yield _look("Rule", row.rule.id, count, row.due, more, row.rule.prompt.summary)


def _in_all(summary: Summary, result: ScanResult) -> Iterator[Row]:
    facets, cases = summary.facets, summary.cases
    for assumed in assumption_rows(result):
        yield _look(
            "Assumed, not in any record",
            assumed.assumption.about,
            assumed.events,
            None,
            in_words(assumed),
        )
    people = people_in_words(summary.people, cases)
    about = f"cases {people}; counted by the adults' references, which are in no row"
    yield _look("In all", "People", summary.people.distinct or None, None, about)
    for name, said in (("s42_enquiry", "under section 42"), ("other_enquiry", "other")):
        yield _look("In all", f"Enquiries, {said}", facets[name], cases)
    yield _look("In all", "Cases with a duty not evidenced", facets["statutory"], cases)
    yield _look("In all", "Cases with a flag not evidenced", facets["flag"], cases)
    yield _look("In all", "Cases in which something went well", facets["practice"], cases)
    yield _look("Not judged", "Cases with a cannot tell", facets["cannot_tell"], cases)
    yield _look("Not judged", "Faults", len(result.tally.faults))
    for row in summary.lacking[:_MOST_LACKING]:
        name = lacked_in_words(row.event, row.field)
        about = f"cases in which it is missing for answers of {', '.join(row.rules)}"
        yield _look("Not judged", name, row.cases, cases, about)


def _look(
    part: str, name: str, number: int | None, of: int | None = None, about: str = "", ask: str = ""
) -> Row:
    said = share(number, of) if number is not None and of is not None else ""
    return "Look first", [part, name, number, of, said, about or None, ask or None, None, None]


def counted_rows(result: ScanResult) -> Iterator[Row]:
    """Yields the rows of all counted sheets, each sheet's in order."""
    yield from _summary(result)
    yield from _coverage(result)
    for row, text in zip(rule_rows(result), _texts(result), strict=True):
        rule, numbers = row.rule, [row.counts[verdict] for verdict in VERDICTS]
        weight = rule.severity.value
        counts = [*numbers, row.waived, row.filtered, row.due]
        yield "Rules", [rule.id, rule.title, weight, *counts, *text]
    for asked in question_rows(result.tally):
        colours = [asked.counts[colour] for colour in COLOURS]
        yield "Questions", [asked.question, asked.about, *colours, asked.explained]
    for held in owner_rows(result.tally):
        numbers = [held.counts[verdict] for verdict in APPLYING]
        yield "Holders", [code_label(held.agency), held.team, held.cases, *numbers, held.due]
    yield from _went_well(result)
    yield from _principles(result)
    yield from _grid(result)
    yield from _manifest(result)


def _texts(result: ScanResult) -> Iterator[list[str]]:
    """Yields the words of each rule: what to ask, its numbers with their basis, its sources."""
    ruleset = ruleset_of(result)
    for row in rule_rows(result):
        text = rule_text(row.rule, ruleset)
        cites = [f"{one.words} ({one.url})" if one.url else one.words for one in text.cites]
        questions = ", ".join(row.rule.audit_questions)
        principles = ", ".join(row.rule.principles)
        numbers, sources = "; ".join(text.numbers), "; ".join(cites)
        yield [row.rule.prompt.summary, questions, numbers, principles, sources]


def _went_well(result: ScanResult) -> Iterator[Row]:
    practice, facets = result.tally.practice, result.tally.facets
    cases = result.tally.cases
    yield "Went well", ["Cases", "at least one sign of good practice", facets["practice"], cases]
    for name in PRACTICES:
        if name in practice.signs:
            sign = sign_in_words(name)
            yield "Went well", ["Sign of good practice", sign, practice.signs[name], cases]
    for name in PRINCIPLES:
        if name in practice.principles:
            of, met, explained = practice.principles[name]
            yield "Went well", ["Principle, answers that were due", name, met + explained, of]
    outcomes = practice.outcomes.get("outcomes", 0)
    if outcomes:
        beyond = practice.outcomes.get("beyond_protection", 0)
        yield "Went well", ["Wanted outcomes", "beyond protection", beyond, outcomes]
    untagged = practice.outcomes.get("untagged", 0)
    if untagged:
        yield "Went well", ["Wanted outcomes", "no domain recorded", untagged, outcomes]
    for name, count in sorted(practice.domains.items()):
        yield "Went well", ["Wanted outcomes", domain_in_words(name), count, outcomes]
    compared = sum(practice.moves.values())
    for move, count in sorted(practice.moves.items()):
        yield "Went well", ["On the grid", " to ".join(move_in_words(move)), count, compared]


def _principles(result: ScanResult) -> Iterator[Row]:
    for name in PRINCIPLES:
        of, met, explained = result.tally.practice.principles.get(name, (0, 0, 0))
        yield "Principles", [name, I_STATEMENTS[name], met + explained, of, I_STATEMENTS_FROM]


def _grid(result: ScanResult) -> Iterator[Row]:
    """Yields the sixteen moves as a table, what is not in it, and who judged."""
    practice, movements = result.tally.practice, result.tally.movements
    for first in POSITIONS:
        counts = [practice.moves.get(f"{first} {latest}", 0) for latest in POSITIONS]
        about = position_in_words(*first.split(" "))
        yield "Grid", ["From first to latest", about, *counts, sum(counts), None]
    empty = [None] * len(POSITIONS)
    for name, said in NOT_COMPARED_IN_WORDS.items():
        yield "Grid", ["Not in the table", said, *empty, movements[name], None]
    for role, count in sorted(practice.judges.items(), key=lambda one: (-one[1], one[0])):
        yield "Grid", ["Latest position judged by", judge_in_words(role), *empty, count, None]


def grid_case_row(case: str) -> Row:
    """Gives the row of a case that became safer, but with lower wellbeing."""
    about = MOVEMENTS_IN_WORDS["safer_but_lower_wellbeing"]
    return "Grid", ["Case", about, *([None] * len(POSITIONS)), None, case]


def _summary(result: ScanResult) -> Iterator[Row]:
    tally = result.tally
    totals = tally.verdicts
    state = "complete" if tally.is_complete else "INCOMPLETE"
    note = "" if tally.is_complete else "the sheet Faults says what could not be read or judged"
    yield "Summary", ["Completeness", state, note]
    for assumed in assumption_rows(result):
        yield "Summary", ["Assumed, not in any record", assumed.events, in_words(assumed)]
    for warning in tally.warnings:
        where = f"{warning.input}: " if warning.input is not None else ""
        yield "Summary", ["Warning", warning.line, f"{where}{warning.reason}"]
    yield "Summary", ["Cases", tally.cases]
    for name, said in STAGES.items():
        yield "Summary", [f"Cases: {said}", tally.facets[name]]
    yield "Summary", ["Faults", len(tally.faults)]
    for verdict, words in VERDICTS.items():
        yield "Summary", [words, totals[verdict]]
    yield "Summary", ["waived", tally.waived.total(), "counted with no verdict"]
    yield "Summary", ["left out by local filters", tally.filtered.total(), "not applicable"]
    note = "records are in no row here; report.html leads from each count to its cases"
    yield "Summary", ["Sheet Coverage", None, note]
    if result.pseudonym_key is not None:
        yield "Summary", ["Pseudonyms", None, pseudonyms_said(result.pseudonym_key)]
    note = "The record may not hold everything that was done."
    yield "Summary", ["Not evidenced in the record", None, note]


def _coverage(result: ScanResult) -> Iterator[Row]:
    for row in coverage_of(result):
        noun = bare_event_noun(row.name)
        yield "Coverage", [noun, row.name, None, None, row.declared, row.events]
        for one in row.fields:
            names = [noun, row.name, field_label(one.name), one.name, one.declared]
            values = [*names, one.of, one.given, one.withheld]
            yield "Coverage", [*values, one.unreadable, one.unmapped]
    titles = {rule.id: rule.title for rule in result.ruleset.rules}
    for want in missing_rows(result):
        wanted = [bare_event_noun(want.event), field_label(want.field) if want.field else None]
        row_of = [want.rule, titles[want.rule], *wanted, want.answers, want.declared]
        yield "Cannot tell", row_of


def _manifest(result: ScanResult) -> Iterator[Row]:
    for name, value in manifest(result).items():
        if name not in _ELSEWHERE:
            yield from _part(_heading(name), "", value)
    for rule, title in switched_off_rules(result):
        yield "Manifest", ["Switched off", rule, title]


def _part(heading: str, item: str, value: Any) -> Iterator[Row]:
    """Writes a part of the manifest, whatever its shape: one row per value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _part(heading, f"{item} {_heading(name).lower()}".strip(), inner)
    elif isinstance(value, list | tuple):
        if all(isinstance(one, str) for one in value):
            yield "Manifest", [heading, item, ", ".join(value) or "none"]
            return
        for number, one in enumerate(value, start=1):
            yield from _part(f"{heading} {number}", item, one)
    else:
        yield "Manifest", [heading, item, _typed(heading, item, value)]


def _typed(heading: str, item: str, value: Any) -> Any:
    """Days as days, numbers as numbers, yes and no as words, and names of values as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if item == "what" and isinstance(value, str):
        return value.replace("_", " ")
    last = (item or heading).lower().replace(" ", "_")
    if isinstance(value, str) and last in _DAYS:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()
