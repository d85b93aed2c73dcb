"""`msp-rules measures`: the board's measures, counted from exports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from msp_rules.audit.documents import document_bytes
from msp_rules.audit.measures.counting import BoardMeasures, count_measures
from msp_rules.audit.measures.document import FILE, TABLE, measures_document, measures_table
from msp_rules.audit.measures.published import published_document
from msp_rules.audit.measures.surveys import load_surveys
from msp_rules.audit.private_files import write_private
from msp_rules.audit.publication import Scheme
from msp_rules.cli.audit import case_files
from msp_rules.cli.conventions import INCOMPLETE
from msp_rules.cli.exports import ExportPath, show_faults
from msp_rules.cli.options import mapping_option, overlay_option
from msp_rules.reports.measures.page import FILE as PAGE
from msp_rules.reports.measures.page import measures_page
from msp_rules.reports.measures.workbook import FILE as WORKBOOK
from msp_rules.reports.measures.workbook import measures_workbook
from msp_rules.rules.loading import load_ruleset


@click.command()
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option(
    "--publish",
    type=click.Choice([one.value for one in Scheme]),
    help="Round and mark small counts, and leave out what names a case.",
)
@click.option(
    "--surveys",
    type=click.Path(path_type=Path),
    help="A file of the board's own figures, to stand beside the counts.",
)
@click.option("--ruleset", default="msp-core", show_default=True, help="A shipped name or folder.")
@overlay_option
@mapping_option
@click.option("--as-of", help="Count as of this date instead of the exports' own.")
@click.pass_context
def measures(context: click.Context, /, **asked: Any) -> None:
    """Count the board's measures, M1 to M16, from the codes in EXPORTS."""
    context.exit(_measures(_Asked(**asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of the command line, as click has read them."""

    exports: tuple[Path, ...]
    out: Path
    publish: str | None
    surveys: Path | None
    ruleset: str
    overlays: tuple[Path, ...]
    mapping_file: Path | None
    as_of: str | None


def _measures(asked: _Asked) -> int:
    if asked.publish and asked.surveys:
        raise click.UsageError(
            "--surveys does not go with --publish: publish the board's own figures from where "
            "they come from, by their own rules"
        )
    rules = load_ruleset(asked.ruleset, asked.overlays)
    files = case_files(asked.exports, rules, asked.mapping_file, asked.as_of)
    own = () if asked.surveys is None else load_surveys(asked.surveys, rules.vocabulary)
    found = count_measures(files)
    if asked.publish is None:
        document = measures_document(found, rules, own)
    else:
        document = published_document(found, rules, Scheme(asked.publish))
    files_made = {
        FILE: document_bytes(document),
        TABLE: measures_table(document),
        WORKBOOK: measures_workbook(document),
        PAGE: measures_page(document),
    }
    # All are rendered before the first is written: nobody finds half of them.
    for name, content in files_made.items():
        write_private(asked.out / name, content)
    _show(document, found, asked.out)
    return 0 if found.is_whole else INCOMPLETE


def _show(document: dict[str, Any], found: BoardMeasures, out: Path) -> None:
    """Shows the headline of each measure as the document has it, and what was not counted."""
    is_published = document["publication"] is not None
    for one in document["measures"]:
        if one["denominator"] is not None:
            share = "" if one["percent"] is None else f" ({one['percent']} %)"
            of = f"{one['numerator']} of {one['denominator']}"
            click.echo(f"{one['id']} {one['title']}: {of}{share}")
    show_faults(found.faults, "" if is_published else FILE)
    not_whole = len(document.get("not_counted", ()))
    if not_whole:
        click.echo(
            f"Cases that could not be counted whole, each with its reason: {not_whole}", err=True
        )
    kind = "rounded for publication" if is_published else "small counts and case ids"
    made = ", ".join(str(out / name) for name in (FILE, TABLE, WORKBOOK, PAGE))
    click.echo(f"Measures ({kind}): {made}")
