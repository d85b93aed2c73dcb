"""`msp-rules scan`: exported case files in, results out."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click
import orjson
from rich.console import Console

from msp_rules.audit.mapping_file import load_mapping
from msp_rules.audit.scan import Scan
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.exits import FINDINGS, INCOMPLETE
from msp_rules.cli.interrupts import orderly_interrupts
from msp_rules.cli.options import cutoff_of, layered, overlay_option
from msp_rules.cli.scan_documents import ALWAYS, FILES, documents_of
from msp_rules.cli.scan_progress import progress_as_json, progress_for_a_person
from msp_rules.cli.scan_resuming import STOPPING, earlier_scan, identity_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MATCHERS
from msp_rules.intake.export_files import UnpackLimits
from msp_rules.intake.exports import files_in, jobs_worth
from msp_rules.reports.documents import manifest
from msp_rules.reports.run_folder import RunFolder
from msp_rules.reports.scan_run import CHECKPOINT_SECONDS, ScanRun, finish, is_whole
from msp_rules.reports.summary import print_summary
from msp_rules.rules.rule import Severity


@click.command()
@click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ruleset", default="msp-core", show_default=True, help="A shipped name or a folder."
)
@overlay_option
@click.option(
    "--mapping", "mapping_file", type=click.Path(path_type=Path), help="How a vendor's XML is read."
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
    type=click.IntRange(min=1),
    help="MiB that an archive may unpack to; left out: 64 GiB, and 16 GiB for one export of it.",
)
@click.option("--progress", type=click.Choice(["json"]), help="Progress as lines of JSON.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
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
    max_unpacked: int | None,
    progress: str | None,
    *,
    all_rows: bool,
    resume: bool,
    quiet: bool,
) -> None:
    """Scan exported case files (files or folders) and report what the record evidences."""
    if out == "-" and len(formats) != 1:
        raise click.UsageError("--out - writes one document: name one --format")
    if mapping_file is not None and (jobs or 1) > 1:
        raise click.UsageError("--mapping is read by one process: leave --jobs out, or say 1")
    if resume and (out is None or out == "-"):
        raise click.UsageError("--resume goes on with a scan into a folder: name it with --out")
    cutoff = cutoff_of(as_of)
    errors = Console(stderr=True)
    engine = Engine(layered(ruleset, overlays).ruleset, matcher=matcher, foresees=False)
    if engine.notice and not quiet:
        errors.print(engine.notice)
    job = Scan(engine, cutoff)
    if max_unpacked is not None:
        size = max_unpacked * 1024 * 1024
        job.limits = UnpackLimits(max_export_bytes=size, max_archive_bytes=size)
    if mapping_file is not None:
        job.mapping = load_mapping(mapping_file, engine.ruleset.vocabulary or core_vocabulary())
        jobs = 1
    wanted = set(formats) - {"summary"}
    to = None if out is None or out == "-" else Path(out)
    if to is not None and not wanted:
        wanted = set(ALWAYS)
    files = files_in(exports, job.limits)
    names = [FILES[name] for name in sorted(wanted)]
    options = {"formats": sorted(wanted), "all rows": all_rows, "--as-of": as_of}
    with ExitStack() as stack:
        folder = None if to is None else stack.enter_context(RunFolder(to))
        identity = {} if folder is None else identity_of(job, files, mapping_file, options)
        state = None
        if folder is not None:
            state = earlier_scan(folder, identity, resume=resume, tell=errors.print)
        is_stopping = stack.enter_context(orderly_interrupts(lambda: errors.print(STOPPING)))
        if folder is not None and state is not None and is_whole(state):
            finish(job, folder, state, names)
            was_interrupted = False
        else:
            documents = documents_of(wanted, folder, engine, all_rows=all_rows)
            run = ScanRun(
                job,
                documents,
                folder,
                identity,
                is_stopping=is_stopping,
                checkpoint_seconds=checkpoint_seconds,
            )
            if state is not None:
                run.go_on(state)
            of_bytes = sum(one.size for one in files)
            if progress == "json":
                stack.enter_context(progress_as_json(job, of_bytes))
            elif not quiet:
                stack.enter_context(progress_for_a_person(job, of_bytes, errors))
            run.run(exports, jobs or jobs_worth(files))
            was_interrupted = run.was_interrupted
        if folder is not None:
            target = folder.out / "manifest.json"
            target.write_bytes(orjson.dumps(manifest(job), option=orjson.OPT_INDENT_2) + b"\n")
            if not was_interrupted:
                folder.remove()
    sys.stdout.flush()
    if not quiet and (not wanted or to is not None):
        print_summary(job, Console())
        if to is not None:
            for name in names:
                click.echo(f"Results: {to / name}")
    if was_interrupted and to is not None:
        errors.print("interrupted: these results are incomplete; --resume goes on with the scan")
    context.exit(_exit_code(job, fail_on))


def _exit_code(job: Scan, fail_on: str | None) -> int:
    tally = job.tally
    if not tally.is_complete:
        return INCOMPLETE
    if fail_on is not None and tally.worst is not None:
        return FINDINGS if tally.worst.rank >= Severity(fail_on).rank else 0
    return 0
