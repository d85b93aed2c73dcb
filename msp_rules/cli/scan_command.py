"""`msp-rules scan`: exported case files in, results out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import click
import orjson
from rich.console import Console

from msp_rules.audit.mapping_file import load_mapping
from msp_rules.audit.parallel import run_parallel
from msp_rules.audit.scan import Scan
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.exits import FINDINGS, INCOMPLETE
from msp_rules.cli.options import cutoff_of, layered, overlay_option
from msp_rules.engine.engine import Engine
from msp_rules.engine.matching import MATCHERS
from msp_rules.intake.exports import jobs_worth
from msp_rules.reports import xml_documents
from msp_rules.reports.document import Document
from msp_rules.reports.documents import CsvDocument, JsonDocument, manifest
from msp_rules.reports.summary import print_summary
from msp_rules.rules.rule import Severity

FILES: Final = {
    "json": "results.json",
    "csv": "results.csv",
    "html": "report.html",
    "xlsx": "report.xlsx",
    "svrl": "report.svrl",
    "junit": "junit.xml",
    "jsonl": "results.jsonl",
}
"""The file of each format."""
ALWAYS: Final = ("json", "csv", "html", "xlsx")
"""What a folder gets where no --format is named."""


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
    *,
    all_rows: bool,
    quiet: bool,
) -> None:
    """Scan exported case files (files or folders) and report what the record evidences."""
    if out == "-" and len(formats) != 1:
        raise click.UsageError("--out - writes one document: name one --format")
    if mapping_file is not None and (jobs or 1) > 1:
        raise click.UsageError("--mapping is read by one process: leave --jobs out, or say 1")
    cutoff = cutoff_of(as_of)
    errors = Console(stderr=True)
    engine = Engine(layered(ruleset, overlays).ruleset, matcher=matcher, foresees=False)
    if engine.notice and not quiet:
        errors.print(engine.notice)
    job = Scan(engine, cutoff)
    if mapping_file is not None:
        job.mapping = load_mapping(mapping_file, engine.ruleset.vocabulary or core_vocabulary())
        jobs = 1
    wanted = set(formats) - {"summary"}
    if out is not None and out != "-" and not wanted:
        wanted = set(ALWAYS)
    with ExitStack() as stack:
        documents = [
            _document(
                name, stack.enter_context(_target(out, FILES[name])), engine, all_rows=all_rows
            )
            for name in sorted(wanted)
        ]
        if not quiet:
            stack.enter_context(_progress(job, errors))
        processes = jobs or jobs_worth(exports)
        if processes == 1:
            job.run(exports, documents)
        else:
            run_parallel(job, exports, documents, processes)
        for document in documents:
            document.end(job)
    if out is not None and out != "-":
        target = Path(out) / "manifest.json"
        target.write_bytes(orjson.dumps(manifest(job), option=orjson.OPT_INDENT_2) + b"\n")
    if not quiet and (not wanted or (out is not None and out != "-")):
        print_summary(job, Console())
        if out is not None:
            for name in sorted(wanted):
                click.echo(f"Results: {Path(out) / FILES[name]}")
    context.exit(_exit_code(job, fail_on))


def _document(name: str, stream: BinaryIO, engine: Engine, *, all_rows: bool) -> Document:
    # The page and the workbook bring libraries that a scan without them need not wait for.
    if name == "html":
        from msp_rules.reports.html_document import HtmlDocument  # noqa: PLC0415

        return HtmlDocument(stream, ruleset=engine.ruleset, all_rows=all_rows)
    if name == "xlsx":
        from msp_rules.reports.xlsx_document import XlsxDocument  # noqa: PLC0415

        return XlsxDocument(stream, ruleset=engine.ruleset, all_rows=all_rows)
    if name == "svrl":
        return xml_documents.svrl(stream, engine.ruleset, all_rows=all_rows)
    if name == "junit":
        return xml_documents.junit(stream, engine.ruleset, all_rows=all_rows)
    if name == "jsonl":
        return xml_documents.JsonLines(stream, all_rows=all_rows)
    kind = JsonDocument if name == "json" else CsvDocument
    return kind(stream, all_rows=all_rows)


@contextmanager
def _progress(job: Scan, errors: Console) -> Iterator[None]:
    """Shows how far a scan is, on standard error and only to a person."""
    if not errors.is_terminal:
        yield
        return
    from rich.progress import (  # noqa: PLC0415 - only a person at a terminal waits for it
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} cases"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as shown:
        task = shown.add_task("scan", total=None)
        job.progress = lambda cases: shown.update(task, completed=cases)
        yield


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
    tally = job.tally
    if not tally.is_complete:
        return INCOMPLETE
    if fail_on is not None and tally.worst is not None:
        return FINDINGS if tally.worst.rank >= Severity(fail_on).rank else 0
    return 0
