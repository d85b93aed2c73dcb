"""`msp-rules scan`: builds the request of a scan, runs it, and shows its result."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from msp_rules.audit.request import Hiding, ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.audit.run import run_scan
from msp_rules.audit.run_folder import CHECKPOINT_SECONDS, RunFolder
from msp_rules.audit.workers import in_processes
from msp_rules.cli.exits import FINDINGS, INCOMPLETE, INTERNAL
from msp_rules.cli.options import layered, overlay_option, read_as_of
from msp_rules.cli.progress import orderly_interrupts, progress_shown
from msp_rules.cli.sharing import Sharing, pseudonyms_for, sharing_options
from msp_rules.engine.matchers.choice import MATCHERS, choose_matcher
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.formats import (
    DEFAULT_FORMATS,
    FORMATS,
    needs_pseudonyms,
    planned_outputs,
)
from msp_rules.reports.terminal import print_summary
from msp_rules.rules.language.rule import Severity

_STOPPING = "stopping in order; once more stops at once"


@click.command()
@click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ruleset", default="msp-core", show_default=True, help="A shipped name or a folder."
)
@overlay_option
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="How a vendor's export is read.",
)
@click.option("--as-of", help="Judge as of this date (or date-time) instead of the export's own.")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FORMATS, "summary"]))
@click.option("--out", help="A folder for the results; '-' writes one document to standard output.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes; left out: as many as it takes."
)
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]))
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--all-rows", is_flag=True, help="List what is not applicable, too.")
@click.option("--resume", is_flag=True, help="Go on with the scan into --out that was broken off.")
@click.option(
    "--checkpoint-seconds",
    type=click.FloatRange(min=0),
    default=CHECKPOINT_SECONDS,
    show_default=True,
    help="How often a scan into --out writes down how far it is.",
)
@click.option(
    "--max-unpacked",
    "max_mebibytes",
    type=click.IntRange(min=1),
    help="MiB that an archive may unpack to; left out: 64 GiB, and 16 GiB for one export of it.",
)
@click.option("--progress", type=click.Choice(["json"]), help="Progress as lines of JSON.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@sharing_options
@click.pass_context
def scan(
    context: click.Context,
    exports: tuple[Path, ...],
    ruleset: str,
    overlays: tuple[Path, ...],
    mapping_file: Path | None,
    as_of: str | None,
    formats: tuple[str, ...],
    out: str | None,
    jobs: int | None,
    fail_on: str | None,
    matcher: str,
    checkpoint_seconds: float,
    max_mebibytes: int | None,
    progress: str | None,
    *,
    all_rows: bool,
    resume: bool,
    quiet: bool,
    sharing: Sharing,
) -> None:
    """Scan exported case files (files or folders) and report what the record evidences."""
    if out == "-" and len(formats) != 1:
        raise click.UsageError("--out - writes one document: name one --format")
    to = None if out is None or out == "-" else Path(out)
    if resume and to is None:
        raise click.UsageError("--resume goes on with a scan into a folder: name it with --out")
    cutoff = read_as_of(as_of)
    errors = Console(stderr=True)
    rules = layered(ruleset, overlays).ruleset
    notice = choose_matcher(matcher).notice
    if notice and not quiet:
        errors.print(notice)
    request = ScanRequest(
        exports=exports,
        ruleset=rules,
        as_of=cutoff,
        matcher=matcher,
        formats=_written(formats, to),
        all_rows=all_rows,
        hiding=sharing.hiding,
        shown_teams=sharing.shown_teams,
        max_mebibytes=max_mebibytes,
        jobs=jobs,
        fail_on=None if fail_on is None else Severity(fail_on),
    )
    if mapping_file is not None:
        request = replace(request, mapping=load_mapping(mapping_file, request.vocabulary))
    if needs_pseudonyms(request):
        request = replace(request, pseudonyms=pseudonyms_for(sharing, errors.print))
    folder = None
    if to is not None:
        folder = RunFolder(to, resume=resume, seconds=checkpoint_seconds, say=errors.print)
    with (
        orderly_interrupts(lambda: errors.print(_STOPPING)) as is_stopping,
        progress_shown(progress, errors, quiet=quiet) as shown,
    ):
        result = run_scan(
            request,
            planned_outputs(request),
            progress=shown,
            executor=in_processes,
            is_stopping=is_stopping,
            folder=folder,
        )
    sys.stdout.flush()
    if not quiet and (not request.formats or to is not None):
        _show(request, result, to)
    if result.was_interrupted:
        errors.print("interrupted: what there is so far is incomplete")
        if to is not None:
            errors.print("--resume goes on with this scan")
    context.exit(_exit_code(request, result))


def _written(formats: tuple[str, ...], to: Path | None) -> tuple[str, ...]:
    """The formats that are written; `summary` asks for what is shown anyway."""
    wanted = {*formats} - {"summary"}
    if to is not None and not wanted:
        return DEFAULT_FORMATS
    return tuple(sorted(wanted))


def _show(request: ScanRequest, result: ScanResult, to: Path | None) -> None:
    print_summary(result, Console(), shows_ids=request.hiding is Hiding.NONE)
    if to is not None:
        for name in sorted(request.formats):
            click.echo(f"Results: {to / FORMATS[name].file}")


def _exit_code(request: ScanRequest, result: ScanResult) -> int:
    if result.was_interrupted:
        return INTERNAL
    if not result.is_complete:
        return INCOMPLETE
    return FINDINGS if result.has_findings_of(request.fail_on) else 0
