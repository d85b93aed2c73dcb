"""`msp-rules sample` and `msp-rules audit`: the half of an audit that people carry out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from msp_rules.audit.case_file.collecting import FILE as RATINGS
from msp_rules.audit.case_file.collecting import collect_workbooks, ratings_document
from msp_rules.audit.case_file.draw import StratumKind, Wish
from msp_rules.audit.case_file.owners import owner_warnings
from msp_rules.audit.case_file.pack import FILE as PACK
from msp_rules.audit.case_file.pack import read_pack
from msp_rules.audit.case_file.population import Theme
from msp_rules.audit.case_file.sample import (
    FILE,
    NUMBER,
    Sample,
    SampleRequest,
    make_sample,
    sample_document,
)
from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.documents import document_bytes
from msp_rules.audit.private_files import write_private
from msp_rules.cli.conventions import INCOMPLETE, CommandGroup
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import mapping_option, overlay_option, read_as_of
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.auditors.packing import write_pack
from msp_rules.reports.board.files import PAGE, WORKBOOK, write_board_report
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.loading import load_ruleset

_MONTHS: Final = re.compile(r"([1-9]\d{0,2}) ?months?").fullmatch


@click.command()
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option("--seed", required=True, help='The key of the draw, such as "2026-Q1".')
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option(
    "--number",
    type=click.IntRange(1, 1000),
    default=NUMBER,
    show_default=True,
    help="How many cases to draw of each agency (or team).",
)
@click.option(
    "--by",
    type=click.Choice([one.value for one in StratumKind]),
    default="agency",
    show_default=True,
)
@click.option(
    "--closed-within", default="3months", show_default=True, help="The window, in months."
)
@click.option("--theme", type=click.Choice([one.value for one in Theme]))
@click.option("--exclude", multiple=True, metavar="CASE=REASON", help="Leave a case out.")
@click.option("--replace", multiple=True, metavar="CASE=REASON", help="Take the next one instead.")
@click.option("--ruleset", default="msp-core", show_default=True, help="A shipped name or folder.")
@overlay_option
@mapping_option
@click.option("--as-of", help="Draw as of this date instead of the exports' own.")
@click.pass_context
def sample(context: click.Context, /, **asked: Any) -> None:
    """Draw the cases of a case-file audit from exports, the same ones on any machine."""
    context.exit(_sample(_Asked(**asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of the command line, as click has read them."""

    exports: tuple[Path, ...]
    seed: str
    out: Path
    number: int
    by: str
    closed_within: str
    theme: str | None
    exclude: tuple[str, ...]
    replace: tuple[str, ...]
    ruleset: str
    overlays: tuple[Path, ...]
    mapping_file: Path | None
    as_of: str | None


def _sample(asked: _Asked) -> int:
    months = _MONTHS(asked.closed_within)
    if months is None:
        raise click.UsageError('--closed-within takes a number of months, such as "3months"')
    request = SampleRequest(
        seed=asked.seed,
        number=asked.number,
        by=StratumKind(asked.by),
        months=int(months[1]),
        theme=None if asked.theme is None else Theme(asked.theme),
        exclude=_wishes(asked.exclude, "--exclude"),
        replace=_wishes(asked.replace, "--replace"),
    )
    ruleset = load_ruleset(asked.ruleset, asked.overlays)
    files = case_files(asked.exports, ruleset, asked.mapping_file, asked.as_of)
    found = make_sample(files, request)
    write_private(asked.out / FILE, document_bytes(sample_document(found, ruleset)))
    _show_sample(found, asked.out / FILE)
    return 0 if found.frame.is_whole else INCOMPLETE


def case_files(
    exports: Sequence[Path], ruleset: Ruleset, mapping_file: Path | None, as_of: str | None
) -> CaseFiles:
    """Puts together what is read, from the words of a command line."""
    mapping = None if mapping_file is None else load_mapping(mapping_file, ruleset.vocabulary)
    return CaseFiles(
        exports=tuple(exports), ruleset=ruleset, mapping=mapping, as_of=read_as_of(as_of)
    )


def _wishes(texts: Sequence[str], option: str) -> tuple[Wish, ...]:
    found = []
    for text in texts:
        case, _, reason = text.partition("=")
        if not case.strip() or not reason.strip():
            raise click.UsageError(f"{option} takes CASE=REASON: a case is not left out unsaid")
        found.append(Wish(case=case.strip(), reason=reason.strip()))
    return tuple(found)


def _show_sample(found: Sample, path: Path) -> None:
    """Shows counts alone: ids of cases stand in the file, not on a screen that others see."""
    for one in found.draw.strata:
        more = [f"{len(one.excluded)} excluded"] if one.excluded else []
        more += [f"{len(one.replaced)} replaced"] if one.replaced else []
        all_of_them = len(one.drawn) == one.population
        said = f"{len(one.drawn)} of {one.population} drawn{' (all)' if all_of_them else ''}"
        click.echo(f"{one.name}: {', '.join([said, *more])}")
    if not found.draw.strata:
        click.echo("No case belongs to the population: nothing was drawn.")
    unplaceable = len(found.draw.unplaceable)
    if unplaceable:
        click.echo(
            f"Cases that could not be placed, each with its reason in the file: {unplaceable}"
        )
    if not found.frame.is_whole:
        click.echo("an export ends early: no case behind its end could be drawn", err=True)
    click.echo("So few cases are for learning, not statistics.")
    click.echo(f"Sample (holds case ids): {path}")


@click.group(cls=CommandGroup)
def audit() -> None:
    """Send a sample out to auditors as workbooks, and collect what they write."""


@audit.command()
@click.argument("sample_file", metavar="SAMPLE", type=click.Path(path_type=Path))
@click.argument("exports", nargs=-1, required=True, type=ExportPath())
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option("--ruleset", default="msp-core", show_default=True, help="A shipped name or folder.")
@overlay_option
@mapping_option
@click.option("--as-of", help="The date of the sample; any other is refused.")
def pack(**asked: Any) -> None:
    """Write a workbook for each agency of a SAMPLE (sample.json), drawn from these EXPORTS."""
    _pack(_AskedPack(**asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskedPack:
    """The options of the command line, as click has read them."""

    sample_file: Path
    exports: tuple[Path, ...]
    out: Path
    ruleset: str
    overlays: tuple[Path, ...]
    mapping_file: Path | None
    as_of: str | None


def _pack(asked: _AskedPack) -> None:
    ruleset, out = load_ruleset(asked.ruleset, asked.overlays), asked.out
    files = case_files(asked.exports, ruleset, asked.mapping_file, asked.as_of)
    made = write_pack(asked.sample_file, files, out)
    for one in made.agencies:
        cases = len(one.cases)
        click.echo(
            f"{one.agency.name}: {cases} case{'s' if cases != 1 else ''} in {out / one.file}"
        )
    if not made.agencies:
        click.echo("The sample holds no case: there is no workbook to send.")
    click.echo(f"Keep to collect what comes back (holds case ids): {out / PACK}")


@audit.command()
@click.argument("pack_file", metavar="PACK", type=click.Path(path_type=Path))
@click.argument("workbooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option("--share", is_flag=True, help="Leave out of the report what auditors wrote.")
def collect(pack_file: Path, workbooks: tuple[Path, ...], out: Path, *, share: bool) -> None:
    """Collect WORKBOOKS that have come back, of a PACK (pack.json), and report to the board.

    Ratings of agencies that were collected into the same folder before are kept.
    """
    packed = read_pack(pack_file)
    found = collect_workbooks(packed, workbooks, out / RATINGS)
    write_private(out / RATINGS, document_bytes(ratings_document(packed, found)))
    write_board_report(found.audit, out, titles=packed.titles, is_shared=share)
    for warning in owner_warnings(found.audit):
        click.echo(warning, err=True)
    if found.without_texts and not share:
        names = ", ".join(found.without_texts)
        click.echo(
            f"Collected before, so the report lacks what their auditors wrote: {names}. "
            "Name their workbooks too.",
            err=True,
        )
    awaited = [one.name for one in found.audit.agencies if not one.is_returned]
    click.echo(f"Cases: {len(found.audit.cases)}")
    if awaited:
        click.echo(f"Not yet back: {', '.join(awaited)}")
    click.echo(f"Ratings (hold case ids): {out / RATINGS}")
    for name in (PAGE, WORKBOOK):
        click.echo(f"Report: {out / name}")
