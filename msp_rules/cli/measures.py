"""`msp-rules measures`: the board's measures, counted from exports."""

from __future__ import annotations

from pathlib import Path

import click

from msp_rules.audit.documents import document_bytes
from msp_rules.audit.measures.counting import count_measures
from msp_rules.audit.measures.document import FILE, TABLE, measures_document, measures_table
from msp_rules.audit.private_files import write_private
from msp_rules.cli.audit import case_files
from msp_rules.cli.conventions import INCOMPLETE
from msp_rules.cli.exports import ExportPath, show_faults
from msp_rules.cli.options import mapping_option, overlay_option
from msp_rules.reports.measures import FILE as WORKBOOK
from msp_rules.reports.measures import measures_workbook
from msp_rules.rules.loading import load_ruleset


@click.command()
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option("--ruleset", default="msp-core", show_default=True, help="A shipped name or folder.")
@overlay_option
@mapping_option
@click.option("--as-of", help="Count as of this date instead of the exports' own.")
@click.pass_context
def measures(
    context: click.Context,
    /,
    exports: tuple[Path, ...],
    out: Path,
    ruleset: str,
    overlays: tuple[Path, ...],
    mapping_file: Path | None,
    as_of: str | None,
) -> None:
    """Count the board's measures, M1 to M16, from the codes in EXPORTS."""
    rules = load_ruleset(ruleset, overlays)
    files = case_files(exports, rules, mapping_file, as_of)
    found = count_measures(files)
    document = measures_document(found, rules)
    workbook = measures_workbook(document)
    write_private(out / FILE, document_bytes(document))
    write_private(out / TABLE, measures_table(document))
    write_private(out / WORKBOOK, workbook)
    for one in document["measures"]:
        share = "" if one["percent"] is None else f" ({one['percent']} %)"
        click.echo(f"{one['id']} {one['title']}: {one['numerator']} of {one['denominator']}{share}")
    show_faults(found.faults, FILE)
    not_whole = len(document["not_counted"])
    if not_whole:
        click.echo(
            f"Cases that could not be counted whole, each with its reason: {not_whole}", err=True
        )
    click.echo(
        f"Measures (small counts and case ids): {out / FILE}, {out / TABLE}, {out / WORKBOOK}"
    )
    context.exit(0 if found.is_whole else INCOMPLETE)
