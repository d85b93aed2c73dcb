"""`msp-rules memory`: makes the tables of the desk's memory, and shows or removes what is held."""

from __future__ import annotations

import json
from types import ModuleType

import click

from msp_rules.casework.moments import at_instant, day_start
from msp_rules.cli.exits import FINDINGS
from msp_rules.cli.groups import CommandGroup
from msp_rules.cli.options import day_of
from msp_rules.errors import MspRulesError

_where = click.argument("where", envvar="MSP_RULES_MEMORY")


@click.group("memory", cls=CommandGroup)
def memory() -> None:
    """See to the memory of the desk. WHERE is a SQLite file or postgresql://user@host/database.

    WHERE may also stand in the environment variable MSP_RULES_MEMORY, which keeps a password out
    of the list of processes.
    """


@memory.command()
@_where
def upgrade(where: str) -> None:
    """Make the tables, or bring them to this version of the package; what is held stays."""
    click.echo(f"the tables of the memory are of version {_package().upgrade(where)}")


@memory.command("held-on")
@click.argument("case")
@_where
@click.pass_context
def held_on(context: click.Context, case: str, where: str) -> None:
    """Write all that is held on a CASE as JSON; exit code 1 where nothing is."""
    with _package().Memory(where) as opened:
        held = opened.held_on(case)
    if held is None:
        click.echo("nothing is held on this case", err=True)
        context.exit(FINDINGS)
    click.echo(json.dumps(held, ensure_ascii=False, indent=1))


@memory.command()
@click.argument("case")
@_where
@click.pass_context
def purge(context: click.Context, case: str, where: str) -> None:
    """Remove all that is held on a CASE; exit code 1 where nothing was."""
    with _package().Memory(where) as opened:
        gone = opened.purge(case)
    if not gone:
        click.echo("nothing was held on this case", err=True)
        context.exit(FINDINGS)
    click.echo("removed: " + ", ".join(f"{count} {what}" for what, count in gone.items()))


@memory.command()
@_where
@click.option("--before", required=True, help="Cases of which nothing was heard since this date.")
@click.option("--open", "includes_open", is_flag=True, help="Open cases too, not closed ones only.")
def forget(where: str, *, before: str, includes_open: bool) -> None:
    """Remove the closed cases of which nothing was heard from a date on."""
    day = day_of(before, "--before")
    assert day is not None
    start = at_instant(day_start(day.toordinal()))
    with _package().Memory(where) as opened:
        forgotten = opened.forget_before(start, includes_open=includes_open)
    click.echo(f"{len(forgotten)} cases removed")


def _package() -> ModuleType:
    """Imports the memory, which comes with an extra only."""
    try:
        from msp_rules.prompts import store as package  # noqa: PLC0415
    except ImportError:
        raise MspRulesError(
            'the memory of the desk is not installed: pip install "msp-rules[memory]", '
            'or "msp-rules[postgresql]"'
        ) from None
    return package
