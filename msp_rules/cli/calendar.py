"""`msp-rules calendar`: what of an overlay ends, as a list and for the calendar of a team."""

from __future__ import annotations

from pathlib import Path

import click

from msp_rules.authoring.ends import calendar_of, ends_in, ends_list
from msp_rules.cli.options import day_of, layered, overlay_option, today_in_england


@click.command("calendar")
@click.argument("name", metavar="OVERLAY")
@overlay_option
@click.option("--today", help="Leave out what has ended before this day (default: today).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to write to (default: this one).",
)
def calendar(name: str, overlays: tuple[Path, ...], today: str | None, out: Path) -> None:
    """List what ends in an overlay, and write it as a calendar file (.ics) and a text."""
    day = day_of(today, "--today") or today_in_england()
    found = layered(name, overlays)
    ends, words = ends_in(found), found.ruleset.layers[-1].id
    text = ends_list(ends, day)
    out.mkdir(parents=True, exist_ok=True)
    ics, listed = out / f"{words}-ends.ics", out / f"{words}-ends.txt"
    ics.write_bytes(calendar_of(ends, day))
    listed.write_text(text, encoding="utf-8")
    click.echo(text, nl=False)
    click.echo(f"written: {ics}, {listed}")
