"""`msp-rules sac`: the tables of the national return, as an aid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from msp_rules.audit.documents import document_bytes
from msp_rules.audit.national_return.counting import year_named
from msp_rules.audit.national_return.document import (
    AN_AID,
    FILE,
    NationalReturn,
    count_return,
    return_document,
)
from msp_rules.audit.national_return.validations import CheckResult
from msp_rules.audit.private_files import write_private
from msp_rules.audit.publication import Scheme
from msp_rules.cli.audit import case_files
from msp_rules.cli.conventions import INCOMPLETE
from msp_rules.cli.exports import ExportPath, show_faults
from msp_rules.cli.options import mapping_option, overlay_option
from msp_rules.reports.national_return import FILE as WORKBOOK
from msp_rules.reports.national_return import return_workbook
from msp_rules.rules.loading import load_ruleset


@click.command()
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option("--year", required=True, help='The year of the return, such as "2025-26".')
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option(
    "--last-year",
    type=click.Path(path_type=Path),
    help="The sac.json of last year, to stand beside this one.",
)
@click.option(
    "--publish",
    type=click.Choice([one.value for one in Scheme]),
    help="Round and mark small counts, and leave out what names a case.",
)
@click.option("--ruleset", default="msp-core", show_default=True, help="A shipped name or folder.")
@overlay_option
@mapping_option
@click.option("--as-of", help="Count as of this date instead of the exports' own.")
@click.pass_context
def sac(context: click.Context, /, **asked: Any) -> None:
    """Count the tables of the Safeguarding Adults Collection from EXPORTS: an aid to it."""
    context.exit(_sac(_Asked(**asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of the command line, as click has read them."""

    exports: tuple[Path, ...]
    year: str
    out: Path
    last_year: Path | None
    publish: str | None
    ruleset: str
    overlays: tuple[Path, ...]
    mapping_file: Path | None
    as_of: str | None


def _sac(asked: _Asked) -> int:
    year = year_named(asked.year)
    if year is None:
        raise click.UsageError('--year takes a year of the return, such as "2025-26"')
    ruleset = load_ruleset(asked.ruleset, asked.overlays)
    files = case_files(asked.exports, ruleset, asked.mapping_file, asked.as_of)
    found = count_return(files, year, asked.last_year)
    scheme = None if asked.publish is None else Scheme(asked.publish)
    document = return_document(found, files, scheme)
    workbook = return_workbook(document)
    write_private(asked.out / FILE, document_bytes(document))
    write_private(asked.out / WORKBOOK, workbook)
    _show(found, asked.out, is_published=scheme is not None)
    return 0 if found.is_whole else INCOMPLETE


def _show(found: NationalReturn, out: Path, *, is_published: bool) -> None:
    """Shows what to look at; counts too, unless they are meant to be published."""
    counts = found.counts
    click.echo(AN_AID)
    if not is_published:
        click.echo(f"Enquiries begun in {counts.year.name}: {counts.begun.total()}")
        click.echo(f"Enquiries concluded: {len(counts.enquiries)}")
    for one in found.validations:
        if one.result is not CheckResult.HOLDS:
            cases = f", cases: {len(one.cases)}" if one.cases and not is_published else ""
            click.echo(f"{one.id} {one.result.value}: {one.says}{cases}")
    if found.as_of.day < counts.year.last:
        click.echo("The year is not over as of the day of the exports.", err=True)
    show_faults(found.faults, "" if is_published else FILE)
    if counts.not_counted and not is_published:
        number = len(counts.not_counted)
        click.echo(
            f"Cases that could not be counted whole, each with its reason: {number}", err=True
        )
    kind = "rounded for publication" if is_published else "small counts and case ids"
    click.echo(f"Tables ({kind}): {out / FILE}, {out / WORKBOOK}")
