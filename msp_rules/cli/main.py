"""The command line: parses, calls one job, shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

import click
import orjson
from rich.console import Console

from msp_rules import __version__
from msp_rules.audit.scan import Scan
from msp_rules.authoring.examples import run_examples
from msp_rules.authoring.lint import lint
from msp_rules.casework.moment import Cutoff, parse_as_of, parse_date
from msp_rules.casework.vocabulary import core_vocabulary, nearest
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MATCHERS
from msp_rules.errors import InputUnreadable, MspRulesError, RulesetInvalid
from msp_rules.reports.documents import CsvDocument, JsonDocument, manifest
from msp_rules.reports.summary import print_summary
from msp_rules.rules import check_ruleset, load_ruleset, shipped_ruleset
from msp_rules.rules.rule import Ruleset, Severity

FINDINGS: Final = 1
INCOMPLETE: Final = 2
INVALID: Final = 3
UNREADABLE: Final = 4
INTERNAL: Final = 5
USAGE: Final = 64
"""The contract has no code for a wrong command line; 64 is that of sysexits.h (EX_USAGE)."""
_EVERY: Final = 1000


def ruleset_folder(name: str) -> Path:
    """The folder that a ruleset's name or path means."""
    return Path(name) if Path(name).is_dir() else shipped_ruleset(name)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="msp-rules")
def cli() -> None:
    """Making Safeguarding Personal as rules: scan case files, check and test rules."""


@cli.command()
@click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ruleset", default="msp-core", show_default=True, help="A shipped name or a folder."
)
@click.option("--as-of", help="Judge as of this date (or date-time) instead of the export's own.")
@click.option("--format", "formats", multiple=True, type=click.Choice(["json", "csv", "summary"]))
@click.option("--out", help="A folder for the results; '-' writes one document to standard output.")
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]))
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--all-rows", is_flag=True, help="List what is not applicable, too.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@click.pass_context
def scan(
    context: click.Context,
    exports: tuple[Path, ...],
    ruleset: str,
    as_of: str | None,
    formats: tuple[str, ...],
    out: str | None,
    fail_on: str | None,
    matcher: str,
    *,
    all_rows: bool,
    quiet: bool,
) -> None:
    """Scan exported case files (files or folders) and report what the record evidences."""
    if out == "-" and len(formats) != 1:
        raise click.UsageError("--out - writes one document: name one --format")
    engine = Engine(load_ruleset(ruleset_folder(ruleset)), matcher=matcher)
    errors = Console(stderr=True)
    if engine.notice and not quiet:
        errors.print(engine.notice)
    job = Scan(engine, _cutoff(as_of))
    if errors.is_terminal and not quiet:
        job.progress = lambda n: errors.print(f"{n} cases", end="\r") if n % _EVERY == 0 else None
    wanted = set(formats) - {"summary"}
    if out is not None and out != "-" and not wanted:
        wanted = {"json", "csv"}
    with ExitStack() as stack:
        documents: list[JsonDocument | CsvDocument] = []
        for name in sorted(wanted):
            stream = stack.enter_context(_target(out, f"results.{name}"))
            kind = JsonDocument if name == "json" else CsvDocument
            documents.append(kind(stream, all_rows=all_rows))
        for result in job.results(exports):
            for document in documents:
                document.case(result)
        for document in documents:
            document.end(job)
    if out is not None and out != "-":
        target = Path(out) / "manifest.json"
        target.write_bytes(orjson.dumps(manifest(job), option=orjson.OPT_INDENT_2) + b"\n")
    if not quiet and (not wanted or (out is not None and out != "-")):
        print_summary(job, Console())
        if out is not None:
            for name in sorted(wanted):
                click.echo(f"Results: {Path(out) / f'results.{name}'}")
    context.exit(_exit_code(job, fail_on))


@cli.command()
@click.argument("rulesets", nargs=-1)
@click.option("--strict", is_flag=True, help="A warning counts as a problem (exit code 1).")
@click.option("--today", help="Warn of rules whose review date lies before this date.")
@click.pass_context
def check(
    context: click.Context, rulesets: tuple[str, ...], *, strict: bool, today: str | None
) -> None:
    """Check rulesets: name every mistake with its place, and warn of what may not be meant."""
    code, day = 0, _day(today, "--today")
    for name in rulesets or ("msp-core",):
        ruleset, problems = check_ruleset(ruleset_folder(name))
        if ruleset is not None:
            problems = (*problems, *lint(ruleset, today=day))
        for problem in problems:
            click.echo(str(problem))
        if ruleset is None:
            code = INVALID
        else:
            warnings = f", {len(problems)} to look at" if problems else ""
            count = len(ruleset.rules)
            click.echo(f"{ruleset.id} {ruleset.version}: {count} rules, no mistake{warnings}")
            if strict and problems and code == 0:
                code = FINDINGS
    context.exit(code)


@cli.command()
@click.argument("name", default="msp-core")
@click.option("--rule", help="Only the examples of this rule.")
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.pass_context
def test(context: click.Context, name: str, rule: str | None, matcher: str) -> None:
    """Run the examples that a ruleset's rules and concepts carry."""
    ruleset = load_ruleset(ruleset_folder(name))
    if rule is not None:
        _need_rule(ruleset, rule)
    results = [r for r in run_examples(ruleset, matcher=matcher) if rule in (None, r.owner)]
    failed = [result for result in results if not result.has_passed]
    for result in failed:
        click.echo(f"{result.where}: {result.owner}, {result.name}: {result.got}")
    click.echo(f"{len(results) - len(failed)} examples passed, {len(failed)} failed")
    context.exit(FINDINGS if failed else 0)


@cli.command()
@click.argument("event", required=False)
def fields(event: str | None) -> None:
    """List the event types that rules may name, or the fields of one."""
    vocabulary = core_vocabulary()
    if event is None:
        for kind in vocabulary.events.values():
            click.echo(f"{kind.name}: {kind.means}")
        return
    if event not in vocabulary.events:
        guess = nearest(event, vocabulary.events)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise MspRulesError(f'there is no event type "{event}"{hint}')
    click.echo(vocabulary.events[event].means)
    for field in vocabulary.events[event].fields.values():
        marks = ("required " if field.is_required else "") + ("repeats" if field.may_repeat else "")
        of = field.refers_to or ", ".join(field.codes)
        click.echo(f"  {field.name}: {field.kind}{f' ({of})' if of else ''} {marks}".rstrip())


@cli.command()
@click.argument("name", default="msp-core")
def rules(name: str) -> None:
    """List the rules of a ruleset."""
    for rule in load_ruleset(ruleset_folder(name)).rules:
        state = "" if rule.is_enabled else " (switched off)"
        count = len(rule.examples)
        click.echo(f"{rule.id} {rule.severity.value}: {rule.title}{state}; {count} examples")


@cli.command()
def doctor() -> None:
    """Say which matcher is in use here, and why."""
    engine = Engine(load_ruleset(shipped_ruleset("msp-core")))
    click.echo(f"msp-rules {__version__} on Python {sys.version.split()[0]}")
    click.echo(f"matcher: {engine.matcher_name}")
    if engine.notice:
        click.echo(engine.notice)
    click.echo(f"ruleset: {engine.ruleset.id} {engine.ruleset.version} ({engine.ruleset.nation})")


def _need_rule(ruleset: Ruleset, rule: str) -> None:
    ids = [one.id for one in ruleset.rules]
    if rule not in ids:
        guess = nearest(rule, ids)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise MspRulesError(f'{ruleset.id} has no rule "{rule}"{hint}')


def _cutoff(text: str | None) -> Cutoff | None:
    if text is None:
        return None
    try:
        return parse_as_of(text)
    except ValueError:
        raise click.UsageError("--as-of takes a date (YYYY-MM-DD) or date-time") from None


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return parse_date(text)
    except ValueError:
        raise click.UsageError(f"{option} takes a date (YYYY-MM-DD)") from None


@contextmanager
def _target(out: str | None, name: str) -> Iterator[BinaryIO]:
    """Where a document is written: under its own name only once it is whole."""
    if out is None or out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{name}.unfinished"
    with unfinished.open("wb") as stream:
        yield stream
    unfinished.replace(folder / name)


def _exit_code(job: Scan, fail_on: str | None) -> int:
    if not job.is_complete:
        return INCOMPLETE
    if fail_on is not None and job.worst is not None and job.worst.rank >= Severity(fail_on).rank:
        return FINDINGS
    return 0


def main() -> None:
    """Runs the command line; the exit codes are the contract's."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except RulesetInvalid as error:
        click.echo(str(error), err=True)
        code = INVALID
    except InputUnreadable as error:
        click.echo(str(error), err=True)
        code = UNREADABLE
    except MspRulesError as error:
        click.echo(str(error), err=True)
        code = INVALID
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; results are incomplete", err=True)
        code = INTERNAL
    except Exception as error:  # noqa: BLE001 - its text may hold case content, so only its kind
        click.echo(f"internal error ({type(error).__name__}); please report it", err=True)
        code = INTERNAL
    sys.exit(code or 0)
