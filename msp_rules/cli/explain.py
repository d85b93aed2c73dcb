"""`msp-rules explain`: shows why a rule answers as it does for one case, without free text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import orjson

from msp_rules.casework.bank_holidays import COVERED_FROM, COVERED_UNTIL
from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff, iso_date, iso_instant
from msp_rules.cli.conventions import INCOMPLETE
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import mapping_option, need_rule, overlay_option, read_as_of
from msp_rules.engine.dues import OF_CALENDAR, OF_RULESET
from msp_rules.engine.engine import Engine
from msp_rules.engine.explain import Explanation, explain
from msp_rules.engine.matchers.choice import MATCHERS
from msp_rules.engine.verdict import Answer, Missing, Verdict
from msp_rules.engine.waivers import LocalExceptions
from msp_rules.errors import InputUnreadable, SourceLocation, did_you_mean
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import moment_of, open_cases, sources_in
from msp_rules.reports.explanation import ROWS, explanation_documents
from msp_rules.rules.language.rule import Rule, Ruleset
from msp_rules.rules.language.wording import citation_in_words, due_in_words, number_in_words
from msp_rules.rules.loading import load_ruleset

_OPEN: Final = (Verdict.NOT_MET, Verdict.PARTLY_MET, Verdict.NOT_YET_DUE, Verdict.CANNOT_TELL)


@click.command(name="explain")
@click.argument("rule")
@click.argument("export", type=ExportPath())
@click.option("--case", "case_id", required=True, help="The id of the case.")
@click.option("--subject", help="Explain only this subject (an event id).")
@click.option("--ruleset", default="msp-core", show_default=True)
@overlay_option
@mapping_option
@click.option("--as-of", help="A date or date-time (default: the export's own).")
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def explain_rule(
    context: click.Context,
    rule: str,
    export: Path,
    case_id: str,
    subject: str | None,
    ruleset: str,
    overlays: tuple[Path, ...],
    mapping_file: Path | None,
    as_of: str | None,
    matcher: str,
    form: str,
) -> None:
    """Explain why a rule answers as it does for one case, and what record would change it."""
    loaded = load_ruleset(ruleset, overlays)
    need_rule(loaded, rule)
    found = next(one for one in loaded.rules if one.id == rule)
    engine = Engine(loaded, matcher=matcher)
    words = loaded.vocabulary
    mapping = None if mapping_file is None else load_mapping(mapping_file, words)
    case, cutoff, faults = _find(export, case_id, read_as_of(as_of), mapping, loaded)
    found = found.as_on(cutoff.day)
    exceptions = LocalExceptions(engine)
    answers = [
        one
        for one in explain(engine, case, cutoff, rule)
        if subject is None or one.answer.subject == subject
    ]
    if form == "json":
        rows = explanation_documents(answers, found, loaded)
        sys.stdout.buffer.write(orjson.dumps(rows) + b"\n")
    else:
        for one in answers:
            for line in as_text(one, found, case_id, cutoff):
                click.echo(line)
            waiver = exceptions.waiver_of(case, cutoff, one.answer)
            if waiver is not None:
                until = waiver.reasons.period.last
                click.echo(f"  waived until {until}: {waiver.name} ({waiver.reasons.because})")
        for cite in found.cites if answers else ():
            click.echo(f"{rule} rests on: {citation_in_words(cite, loaded)}")
    if not answers:
        state = "switched off" if not found.is_enabled else "not asked about such a subject here"
        click.echo(f"{rule} is {state}", err=True)
    for reason in faults:
        click.echo(reason, err=True)
    context.exit(INCOMPLETE if faults else 0)


def _find(
    export: Path,
    case_id: str,
    as_of: Cutoff | None,
    mapping: CaseMapping | None,
    ruleset: Ruleset,
) -> tuple[Case, Cutoff, list[str]]:
    """Finds the case, the moment as of which it is judged, and the faults of this case."""
    place = SourceLocation(path=export.name)
    ids: list[str] = []
    for file in sources_in([export], mapping):
        vocabulary = ruleset.vocabulary
        with open_cases(
            file,
            mapping=mapping,
            vocabulary=vocabulary,
            as_of=as_of,
            dates=ruleset.settings.dates,
        ) as source:
            for case in source:
                if case.id != case_id:
                    ids.append(case.id)
                    continue
                cutoff = moment_of(source, as_of)
                own = [one for one in source.faults if one.case == case_id]
                return case, cutoff, [f"{one.input}:{one.line}: {one.reason}" for one in own]
    raise InputUnreadable(f"the export has no such case{did_you_mean(case_id, ids)}", place)


def _due_in_words(answer: Answer) -> str:
    """Writes a limit, or why there is none."""
    if answer.due is not None:
        return answer.due.text
    for event, fields, _ in answer.missing:
        if event == OF_CALENDAR:
            return (
                f"not known, as bank holidays are known from {COVERED_FROM} to {COVERED_UNTIL} only"
            )
        if event == OF_RULESET:
            return f"not known, as {', '.join(fields)} has no value for that day"
    return "not begun"


def as_text(found: Explanation, rule: Rule, case_id: str, as_of: Cutoff) -> Iterator[str]:
    """Writes an explanation as lines for a terminal."""
    answer = found.answer
    subject = f", {rule.each} {answer.subject}" if answer.subject else ""
    yield f"{rule.id} {rule.title}"
    yield f"case {case_id}{subject}, as of {iso_date(as_of.day)}: {answer.verdict.value}"
    yield f"  because: {ROWS[found.row]} (row {found.row} of the table in docs/readings.md)"
    if answer.verdict in _OPEN:
        yield f"  ask: {rule.prompt.summary}"
    yield from _what_would_change(answer, found)
    for heading, words in (("why it asks", rule.why), ("what counts", rule.counts)):
        if words is not None:
            yield f"  {heading}: {words}"
    yield f"  due: {due_in_words(rule.due)}: {_due_in_words(answer)}"
    if answer.number is not None:
        name, number, unit, basis = answer.number
        yield f"  limit: {number_in_words(number, unit, basis, name)}"
    for one in found.parameters:
        unit = f" {one.unit.replace('_', ' ')}" if one.unit else ""
        yield f"  {one.name}: {one.value}{unit}, from {one.first_day} ({one.basis}: {one.source})"
    block = ""
    for line in found.lines:
        if line.block != block:
            block = line.block
            yield f"  {block}:"
        events = f" [{', '.join(line.evidence)}]" if line.evidence else ""
        yield f"    {'  ' * line.depth}{line.value}: {line.text}{events}"
        for event in line.considered:
            parts = [f"not {', '.join(event.fails)}"] if event.fails else []
            parts += [f"cannot tell {', '.join(event.unknown)}"] if event.unknown else []
            yield f"    {'  ' * line.depth}  {event.event}: {'; '.join(parts)}"


def _what_would_change(answer: Answer, found: Explanation) -> Iterator[str]:
    if answer.verdict in _OPEN and answer.missing:
        rows = [_record_in_codes(missing) for missing in answer.missing]
        by = ""
        if answer.due is not None:
            by = (
                f"; it was due by {answer.due.text}" if found.is_past else f", by {answer.due.text}"
            )
        yield f"  what would settle it: a record of {'; and '.join(rows)}{by}"
    if answer.changes_at is not None:
        yield f"  may change at {iso_instant(answer.changes_at)}"


def _record_in_codes(missing: Missing) -> str:
    codes = missing.codes()
    fields = [
        f"{name} ({' or '.join(codes[name])})" if name in codes else name for name in missing.fields
    ]
    return f"{missing.event} with {', '.join(fields)}" if fields else missing.event
