"""`msp-rules impact`: shows what a change of rules would do to real cases, before it is live."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from msp_rules.authoring.impact.comparison import Question
from msp_rules.authoring.impact.forecast import WEEKS
from msp_rules.authoring.impact.run import BYTES_WORTH_A_PROCESS, Progress, impact_of
from msp_rules.authoring.impact.trial import trial_of
from msp_rules.casework.vocabulary import words_of_both
from msp_rules.cli.conventions import INCOMPLETE
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import mapping_option, read_as_of
from msp_rules.engine.matchers.choice import MATCHERS, choose_matcher
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import jobs_worth, sources_in
from msp_rules.prompts.view import Budget
from msp_rules.reports.impact import impact_document, print_impact
from msp_rules.rules.layers.finding import beside


@click.command()
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option(
    "--before",
    multiple=True,
    help="The rules as they are: a ruleset, then its overlays (default: what the overlay extends).",
)
@click.option(
    "--after",
    multiple=True,
    required=True,
    help="The rules as they would be: a ruleset or an overlay; repeat it for overlays over it.",
)
@mapping_option
@click.option("--as-of", help="Judge as of this date (or date-time) instead of the export's own.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--out", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Number of processes (default: as many as pay off)."
)
@click.option(
    "--interrupting",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How many interrupting prompts a view has room for.",
)
@click.option(
    "--passive",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="How many passive prompts a view has room for.",
)
@click.option(
    "--weeks",
    type=click.IntRange(1, 520),
    default=WEEKS,
    show_default=True,
    help="How many weeks before the date of the export the forecast covers.",
)
@click.option("--no-forecast", is_flag=True, help="Make no forecast of prompts (quicker).")
@click.option(
    "--as-dated",
    is_flag=True,
    help="Let each edit hold on its own days only (default: as if in force all year).",
)
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.pass_context
def impact(
    context: click.Context,
    exports: tuple[Path, ...],
    before: tuple[str, ...],
    after: tuple[str, ...],
    mapping_file: Path | None,
    as_of: str | None,
    form: str,
    out: Path | None,
    jobs: int | None,
    interrupting: int,
    passive: int,
    weeks: int,
    *,
    no_forecast: bool,
    as_dated: bool,
    matcher: str,
) -> None:
    """Compare two rulesets on exported case files: what would be found and asked differently."""
    one, other = beside(before, after)
    trial = trial_of(one.load(), other.load(), as_dated=as_dated)
    old, new = trial.before, trial.after
    words = words_of_both(old.vocabulary, new.vocabulary)
    mapping = None if mapping_file is None else load_mapping(mapping_file, words)
    question = Question(
        before=old,
        after=new,
        mapping=mapping,
        matcher=choose_matcher(matcher),
        as_of=read_as_of(as_of),
        budget=Budget(interrupting=interrupting, passive=passive),
        weeks=weeks,
        has_forecast=not no_forecast,
    )
    processes = jobs or jobs_worth(sources_in(exports, mapping), BYTES_WORTH_A_PROCESS)
    with progress_of("cases compared") as tell:
        found = impact_of(question, exports, jobs=processes, progress=tell)
    if form == "json":
        document = impact_document(question, found, trial)
        if out is None:
            sys.stdout.buffer.write(document)
        else:
            out.write_bytes(document)
    elif out is None:
        print_impact(question, found, trial, Console())
    else:
        with out.open("w", encoding="utf-8") as stream:
            print_impact(question, found, trial, Console(file=stream, width=120))
    if out is not None:
        click.echo(f"Impact: {out}")
    context.exit(0 if found.is_complete else INCOMPLETE)


@contextmanager
def progress_of(what: str) -> Iterator[Progress | None]:
    """Shows how far a run is, on standard error and only to a person."""
    errors = Console(stderr=True)
    if not errors.is_terminal:
        yield None
        return
    with errors.status(f"0 {what}") as status:
        yield lambda cases: status.update(f"{cases} {what}")
