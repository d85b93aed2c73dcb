"""`msp-rules init`: a small overlay to begin with."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from msp_rules.authoring.starter import starter_files
from msp_rules.cli.options import day_of
from msp_rules.errors import MspRulesError
from msp_rules.rules import load_ruleset, shipped_ruleset


@click.command()
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--today", help="The day that its dates are counted from; left out: today.")
def init(folder: Path, today: str | None) -> None:
    """Make a small overlay over msp-core in a new folder NAME, ready to be changed.

    It holds one changed number, one rule with examples, one waiver and one feature, all invented.
    """
    if folder.exists():
        raise MspRulesError(f"{folder} is there already; name a folder that is not")
    day = day_of(today, "--today") or _today()
    files = starter_files(folder.name, load_ruleset(shipped_ruleset("msp-core")), day)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
        click.echo(f"written: {folder / path}")
    click.echo(f"next: msp-rules check {folder}, msp-rules test {folder}")


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/London")).date()
