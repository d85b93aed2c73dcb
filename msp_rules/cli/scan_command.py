"""`msp-rules scan`: exported case files in, results out."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from msp_rules.audit.mapping_file import load_mapping
from msp_rules.audit.scan import Scan
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.exits import FINDINGS, INCOMPLETE, INTERNAL
from msp_rules.cli.interrupts import orderly_interrupts
from msp_rules.cli.options import cutoff_of, layered, overlay_option
from msp_rules.cli.scan_documents import ALWAYS, FILES, documents_of
from msp_rules.cli.scan_progress import show_progress
from msp_rules.cli.scan_resuming import STOPPING, earlier_scan, identity_of, resuming_options
from msp_rules.cli.sharing_options import Sharing, sharing_options
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MATCHERS
from msp_rules.intake.export_files import limits_of
from msp_rules.intake.exports import jobs_worth, sources_in
from msp_rules.reports.manifest import Options, write_manifest
from msp_rules.reports.run_folder import RunFolder
from msp_rules.reports.scan_run import ScanRun
from msp_rules.reports.summary import print_summary
from msp_rules.rules.rule import Severity


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
@click.option("--format", "formats", multiple=True, type=click.Choice([*FILES, "summary"]))
@click.option("--out", help="A folder for the results; '-' writes one document to standard output.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes; left out: as many as it takes."
)
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]))
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--all-rows", is_flag=True, help="List what is not applicable, too.")
@resuming_options
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
    cutoff = cutoff_of(as_of)
    errors = Console(stderr=True)
    engine = Engine(layered(ruleset, overlays).ruleset, matcher=matcher, foresees=False)
    if engine.notice and not quiet:
        errors.print(engine.notice)
    job = Scan(engine, cutoff, limits=limits_of(max_mebibytes))
    if mapping_file is not None:
        job.mapping = load_mapping(mapping_file, engine.ruleset.vocabulary or core_vocabulary())
    wanted = set(formats) - {"summary"}
    if to is not None and not wanted:
        wanted = set(ALWAYS)
    hidden = sharing.formats(wanted)
    pseudonyms = sharing.pseudonyms(errors.print) if hidden else None
    sources = sources_in(exports, job.mapping, job.limits)
    options = Options(
        as_of=cutoff,
        all_rows=all_rows,
        matcher=matcher,
        formats=tuple(sorted(wanted)),
        hidden=sharing.hidden,
        shown_teams=sharing.shown_teams,
        max_mebibytes=max_mebibytes,
    )
    with ExitStack() as stack:
        is_stopping = stack.enter_context(orderly_interrupts(lambda: errors.print(STOPPING)))
        folder = None if to is None else stack.enter_context(RunFolder(to))
        run = ScanRun(job, folder, is_stopping=is_stopping, checkpoint_seconds=checkpoint_seconds)
        if folder is not None:
            run.identity = identity_of(job, sources, mapping_file, options, pseudonyms)
            run.earlier = earlier_scan(folder, run.identity, resume=resume, tell=errors.print)
        if not run.is_over:
            run.documents = documents_of(
                wanted, folder, engine, pseudonyms, hidden, all_rows=all_rows
            )
        run.go_on()
        size = sum(one.size for one in sources)
        stack.enter_context(show_progress(progress, job, size, errors, quiet=quiet))
        run.run(exports, jobs or jobs_worth(sources))
        if folder is not None:
            files = {FILES[name]: name in hidden for name in wanted}
            was_interrupted = run.was_interrupted
            write_manifest(
                job, options, folder.out, files, pseudonyms, was_interrupted=was_interrupted
            )
            run.clear_away()
    sys.stdout.flush()
    if not quiet and (not wanted or to is not None):
        print_summary(job, Console(), shows_ids=sharing.hidden == "none")
        if to is not None:
            for name in sorted(wanted):
                click.echo(f"Results: {to / FILES[name]}")
    if run.was_interrupted:
        errors.print("interrupted: what there is so far is incomplete")
        if to is not None:
            errors.print("--resume goes on with this scan")
    context.exit(INTERNAL if run.was_interrupted else _exit_code(job, fail_on))


def _exit_code(job: Scan, fail_on: str | None) -> int:
    tally = job.tally
    if not tally.is_complete:
        return INCOMPLETE
    if fail_on is not None and tally.worst is not None:
        return FINDINGS if tally.worst.rank >= Severity(fail_on).rank else 0
    return 0
