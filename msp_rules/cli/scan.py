"""`msp-rules scan`: builds the request of a scan, runs it, and shows its result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from msp_rules.audit.request import Hiding, ScanRequest
from msp_rules.audit.result import ScanResult
from msp_rules.audit.run import run_scan
from msp_rules.audit.run_folder import CHECKPOINT_SECONDS, RunFolder
from msp_rules.audit.state import Progress
from msp_rules.audit.workers import in_processes, waiting_processes
from msp_rules.cli.conventions import FINDINGS, INCOMPLETE, INTERNAL
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import overlay_option, read_as_of
from msp_rules.cli.progress import orderly_interrupts, progress_shown
from msp_rules.cli.sharing import Sharing, pseudonyms_for, sharing_options
from msp_rules.engine.matchers.choice import MATCHERS, choose_matcher
from msp_rules.errors import InputUnreadable
from msp_rules.intake.source import files_in, jobs_worth
from msp_rules.intake.workers import WaitingProcesses
from msp_rules.reports.formats import (
    DEFAULT_FORMATS,
    FORMATS,
    needs_pseudonyms,
    planned_outputs,
    result_files,
)
from msp_rules.reports.terminal import print_summary
from msp_rules.rules.language.rule import Severity
from msp_rules.rules.loading import load_ruleset

_STOPPING: Final = "stopping at the next safe point; interrupt again to stop at once"
_READ_WHOLE: Final = (
    "Read whole by each process, which takes longer (docs/scale.md says why): {} of the files"
)


@click.command()
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option(
    "--ruleset", default="msp-core", show_default=True, help="A shipped name or a folder."
)
@overlay_option
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="A mapping file for a vendor's own export.",
)
@click.option("--as-of", help="Judge as of this date (or date-time) instead of the export's own.")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FORMATS, "summary"]))
@click.option("--out", help="A folder for the results; '-' writes one document to standard output.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Number of processes (default: as many as pay off)."
)
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]))
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--all-rows", is_flag=True, help="List rules that are not applicable, too.")
@click.option("--resume", is_flag=True, help="Resume the interrupted scan in --out.")
@click.option(
    "--checkpoint-seconds",
    type=click.FloatRange(min=0),
    default=CHECKPOINT_SECONDS,
    show_default=True,
    help="How often a scan into --out writes a checkpoint.",
)
@click.option(
    "--max-unpacked",
    "max_mebibytes",
    type=click.IntRange(min=1),
    help="MiB that an archive may unpack to (default: 64 GiB, and 16 GiB for one export in it).",
)
@click.option("--progress", type=click.Choice(["json"]), help="Show progress as lines of JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress and no summary.")
@sharing_options
@click.pass_context
def scan(context: click.Context, /, **asked: Any) -> None:
    """Scan exported case files (files or folders) and report what the record evidences."""
    context.exit(_scan(_Asked(**asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of the command line, as click has read them."""

    exports: tuple[Path, ...]
    ruleset: str
    overlays: tuple[Path, ...]
    mapping_file: Path | None
    as_of: str | None
    formats: tuple[str, ...]
    out: str | None
    jobs: int | None
    fail_on: str | None
    matcher: str
    all_rows: bool
    resume: bool
    checkpoint_seconds: float
    max_mebibytes: int | None
    progress: str | None
    quiet: bool
    sharing: Sharing

    @property
    def folder(self) -> Path | None:
        """The folder of the results; None without one."""
        return None if self.out is None or self.out == "-" else Path(self.out)


def _scan(asked: _Asked) -> int:
    """Runs the scan that is asked for, and shows what it came to; gives the exit code."""
    to = asked.folder
    if asked.out == "-" and len(asked.formats) != 1:
        raise click.UsageError("--out - writes one document: give one --format")
    if asked.resume and to is None:
        raise click.UsageError("--resume continues a scan into a folder: name it with --out")
    with waiting_processes() as processes:
        processes.start(_processes_ahead(asked))
        return _scan_in(asked, processes)


def _scan_in(asked: _Asked, processes: WaitingProcesses) -> int:
    """Runs the scan, in processes that start while the rules are read."""
    to, errors = asked.folder, Console(stderr=True)
    request = _request(asked, errors)
    not_shared: list[int] = []
    folder = None
    if to is not None:
        seconds = asked.checkpoint_seconds
        folder = RunFolder(
            to,
            resume=asked.resume,
            seconds=seconds,
            say=partial(errors.print, markup=False, highlight=False, soft_wrap=True),
            replaces=result_files(),
        )
    with (
        orderly_interrupts(lambda: errors.print(_STOPPING)) as is_stopping,
        progress_shown(asked.progress, errors, quiet=asked.quiet) as shown,
    ):
        result = run_scan(
            request,
            planned_outputs(request),
            progress=_each_shown(shown, not_shared),
            executor=partial(in_processes, processes=processes),
            is_stopping=is_stopping,
            folder=folder,
        )
    sys.stdout.flush()
    if not asked.quiet and (not request.formats or to is not None):
        _show(request, result, to)
    if not asked.quiet and not_shared and not_shared[-1]:
        errors.print(_READ_WHOLE.format(not_shared[-1]), soft_wrap=True)
    if result.was_interrupted:
        errors.print("interrupted: the results so far are incomplete")
        if to is not None:
            errors.print("--resume continues this scan")
    return _exit_code(request, result)


def _each_shown(
    shown: Callable[[Progress], None], not_shared: list[int]
) -> Callable[[Progress], None]:
    """Shows the progress, and keeps how many files the processes could not share."""

    def show(progress: Progress) -> None:
        not_shared[:] = [progress.files_not_shared]
        shown(progress)

    return show


def _processes_ahead(asked: _Asked) -> int:
    """Says how many processes are worth starting before it is known what they are to do."""
    try:
        jobs = asked.jobs or jobs_worth(files_in(asked.exports))
    except InputUnreadable:
        return 0  # it is told in its time; or a mapping reads what is no export by its name
    return jobs if jobs > 1 else 0


def _request(asked: _Asked, errors: Console) -> ScanRequest:
    """Builds the request of a scan; `errors` gets remarks about the matcher and the key."""
    cutoff = read_as_of(asked.as_of)
    ruleset = load_ruleset(asked.ruleset, asked.overlays)
    notice = choose_matcher(asked.matcher).notice
    if notice and not asked.quiet:
        errors.print(notice)
    request = ScanRequest(
        exports=asked.exports,
        ruleset=ruleset,
        as_of=cutoff,
        matcher=asked.matcher,
        formats=_written(asked.formats, asked.folder),
        all_rows=asked.all_rows,
        hiding=asked.sharing.hiding,
        shown_teams=asked.sharing.shown_teams,
        max_mebibytes=asked.max_mebibytes,
        jobs=asked.jobs,
        fail_on=None if asked.fail_on is None else Severity(asked.fail_on),
    )
    if asked.mapping_file is not None:
        from msp_rules.intake.mapping.decode import load_mapping

        mapping = load_mapping(asked.mapping_file, request.vocabulary)
        request = replace(request, mapping=mapping)
    if needs_pseudonyms(request):
        request = replace(request, pseudonyms=pseudonyms_for(asked.sharing, errors.print))
    return request


def _written(formats: tuple[str, ...], to: Path | None) -> tuple[str, ...]:
    """Lists the formats that are written; `summary` asks for what is shown anyway."""
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
