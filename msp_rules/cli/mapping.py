"""`msp-rules mapping`: drafts, checks and tries mapping files for vendors' own exports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from msp_rules.casework.case import Supply
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.cli.conventions import FINDINGS, INCOMPLETE, CommandGroup
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import overlay_option, read_as_of
from msp_rules.engine.verdict import Missing
from msp_rules.errors import Problem, RulesetInvalid
from msp_rules.intake.mapping.assumed_fields import with_assumed
from msp_rules.intake.mapping.decode import in_file_order, read_mapping
from msp_rules.intake.mapping.language import CaseMapping, supply_of
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.loading import load_ruleset
from msp_rules.yaml_source.nodes import Problems

if TYPE_CHECKING:
    from msp_rules.authoring.mapping.trial import Trial

_ruleset_option = click.option(
    "--ruleset", default="msp-core", show_default=True, help="A shipped name or a folder."
)


@click.group(cls=CommandGroup)
def mapping() -> None:
    """Write, check and try mapping files, which say how a vendor's own export is read."""


@mapping.command()
@click.argument("file", type=click.Path(path_type=Path))
@_ruleset_option
@overlay_option
@click.option("--strict", is_flag=True, help="A warning counts as a problem (exit code 1).")
@click.pass_context
def check(
    context: click.Context, file: Path, ruleset: str, overlays: tuple[Path, ...], *, strict: bool
) -> None:
    """List every mistake in a mapping file, or its warnings and what it can supply."""
    from msp_rules.authoring.mapping.lint import lint_mapping  # noqa: PLC0415 - only used here

    rules = load_ruleset(ruleset, overlays)
    vocabulary = rules.vocabulary
    read, problems = _read(file, vocabulary)
    warnings = (*problems, *lint_mapping(file, read, rules))
    for problem in sorted(warnings, key=lambda one: (one.where.line or 0, one.where.column or 0)):
        click.echo(str(problem))
    supply = with_assumed(supply_of(read, vocabulary), read.assumptions, vocabulary)
    for line in (*_supply_lines(file.name, supply, vocabulary), *_rule_lines(supply, rules)):
        click.echo(line)
    context.exit(FINDINGS if strict and warnings else 0)


@mapping.command("try")
@click.argument("file", metavar="MAPPING", type=click.Path(path_type=Path))
@click.argument("export", type=ExportPath())
@click.option("--case", "case_id", help="Show the events of this case; reads no further than it.")
@click.option("--cases", type=click.IntRange(1), help="Read only this many cases.")
@click.option("--as-of", help="Read as of this date (or date-time) instead of the export's own.")
@click.option(
    "--show-labels",
    is_flag=True,
    help="Show unknown labels that look like codes. They may be typed text: for your eyes only.",
)
@click.option(
    "--write-absent",
    type=click.Path(path_type=Path),
    help="Write the mapping to this new file, with may_be_absent where the export has nothing. Use "
    "an export of a whole year, so that a month with few cases does not count as incomplete.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@overlay_option
@click.pass_context
def try_(
    context: click.Context,
    file: Path,
    export: Path,
    case_id: str | None,
    cases: int | None,
    as_of: str | None,
    write_absent: Path | None,
    overlays: tuple[Path, ...],
    *,
    show_labels: bool,
    as_json: bool,
) -> None:
    """Read an export by a mapping: what it supplies, what did not map; no free text is shown."""
    from msp_rules.authoring.mapping.next_fields import map_next, next_lines  # noqa: PLC0415
    from msp_rules.authoring.mapping.trial import try_mapping  # noqa: PLC0415 - only used here
    from msp_rules.authoring.mapping.trial_report import trial_data, trial_lines

    rules = load_ruleset("msp-core", overlays)
    words = rules.vocabulary
    read, _ = _read(file, words)
    cutoff = read_as_of(as_of)
    trial = try_mapping(export, read, words, cases=cases, case_id=case_id, as_of=cutoff)
    data = trial_data(trial, export.name, file.name, words, show_labels=show_labels)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
        sys.stdout.buffer.flush()
    else:
        for line in (*trial_lines(data), *next_lines(map_next(rules, trial.header.supply))):
            click.echo(line)
    if write_absent is not None:
        _write_absent(file, read, trial, write_absent)
    context.exit(0 if trial.is_complete else INCOMPLETE)


def _write_absent(file: Path, read: CaseMapping, trial: Trial, out: Path) -> None:
    """Writes a mapping file with what may be absent; it is refused where not all was read."""
    from msp_rules.authoring.mapping.absent import absent_in, in_words, with_absent  # noqa: PLC0415

    if not trial.is_whole:
        raise click.UsageError(
            "--write-absent needs the whole export: leave out --case and --cases"
        )
    absent = absent_in(trial, read)
    try:
        text = with_absent(file, read, absent)
    except ValueError as error:
        raise click.UsageError(f"{file.name} can't be written anew: {error}") from None
    _write_new(out, text)
    named = ", ".join(in_words(absent)) or "nothing"
    click.echo(f"Written: {out}; may_be_absent was added for {named}", err=True)


def _write_new(out: Path, text: str) -> None:
    """Writes a file that is not there yet."""
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise click.UsageError(f"{out.name} already exists; it is not overwritten") from None
    except OSError as error:
        raise click.UsageError(f"{out.name} can't be written: {error.strerror}") from None


@mapping.command()
@click.argument("export", type=ExportPath())
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A new file to write to (default: standard output).",
)
def draft(export: Path, out: Path | None) -> None:
    """Propose a mapping file for an export; every guess says TODO, and no free text is copied."""
    from msp_rules.authoring.mapping.draft.text import draft_mapping  # noqa: PLC0415 - only here

    text = draft_mapping(export, core_vocabulary())
    if out is None:
        click.echo(text, nl=False)
        return
    _write_new(out, text)
    click.echo(f"Written: {out}; check it, and try it on the export")


def _read(file: Path, vocabulary: Vocabulary) -> tuple[CaseMapping, tuple[Problem, ...]]:
    """Reads a mapping, with its reader's warnings; raises RulesetInvalid with every problem."""
    problems = Problems()
    read = read_mapping(file, vocabulary, problems)
    found = in_file_order(problems)
    if read is None or problems.has_errors:
        raise RulesetInvalid(found)
    return read, tuple(found)


def _supply_lines(name: str, supply: Supply, vocabulary: Vocabulary) -> Iterator[str]:
    whole, parts = len(supply.types), len(supply.fields)
    every = len(vocabulary.events)
    yield f"{name}: {whole} of {every} event types with all fields, {parts} with some"
    for kind in sorted(supply.fields):
        lacking = sorted(vocabulary.events[kind].fields.keys() - supply.fields[kind])
        yield f"  {kind} without {', '.join(lacking)}"
    for kind in sorted(vocabulary.events.keys() - supply.types - supply.fields.keys()):
        yield f"  no {kind}"


def _rule_lines(supply: Supply, rules: Ruleset) -> Iterator[str]:
    """Names the rules that cannot tell, or not always, what they lack, and what to map next."""
    from msp_rules.authoring.mapping.lint import blinded_rules  # noqa: PLC0415 - only used here
    from msp_rules.authoring.mapping.next_fields import map_next, next_lines  # noqa: PLC0415

    found = list(blinded_rules(rules, supply))
    wholly = [one for one in found if one.is_wholly]
    count = len(rules.enabled_rules)
    yield f"{len(wholly)} of {count} rules can't tell in any of their own examples{_want(wholly)}"
    yield from (f"  {one.rule}: {_lacking(one.missing, supply)}" for one in wholly)
    parts = [one for one in found if not one.is_wholly]
    yield f"{len(parts)} can't tell in some of theirs{_want(parts)}"
    for one in parts:
        yield f"  {one.rule} ({one.cases} of {one.of}): {_lacking(one.missing, supply)}"
    yield from next_lines(map_next(rules, supply))


def _want(rows: Sequence[object]) -> str:
    return ", for lack of" if rows else ""


def _lacking(rows: tuple[Missing, ...], supply: Supply) -> str:
    words: dict[str, None] = {}
    for row in rows:
        if not supply.has_type(row.event):
            words[row.event] = None
        else:
            fields = [name for name in row.fields if not supply.has_field(row.event, name)]
            words |= dict.fromkeys(f"{row.event}.{name}" for name in fields)
    return ", ".join(words) or "what only a suspension of rules reads"
