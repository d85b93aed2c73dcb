"""Offers the commands about the desk and the plug-ins that feed it.

`memory` creates the tables of the desk's memory, and shows or removes what is stored; `adapter`
lists the installed plug-ins, and checks one against the contract.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import click
import orjson

from msp_rules.casework.moments import at_instant, cutoff_at, day_start, iso_instant
from msp_rules.cli.conventions import FINDINGS, CommandGroup
from msp_rules.cli.options import day_of
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.extras import library_of
from msp_rules.hooks import Registry, load_installed
from msp_rules.rules.loading import load_ruleset

_Command = TypeVar("_Command", bound=Callable[..., None])


def _kept(_context: click.Context, _argument: click.Parameter, where: str) -> str:
    """Refuses a memory that would be gone with the command."""
    if where == ":memory:":
        raise click.BadParameter("a memory in this process alone would be gone at once")
    return where


def _where(command: _Command) -> _Command:
    """Lets a command be told where the memory lies."""
    where = click.argument("where", envvar="MSP_RULES_MEMORY", callback=_kept)
    schema = click.option(
        "--schema", metavar="NAME", help="The schema of PostgreSQL that holds the tables."
    )
    return where(schema(command))


@click.group("memory", cls=CommandGroup)
def memory() -> None:
    """Manage the memory of the desk. WHERE is a SQLite file or postgresql://user@host/database.

    WHERE can also be given in the environment variable MSP_RULES_MEMORY, which keeps a password
    out of the list of processes.
    """


@memory.command()
@_where
def upgrade(where: str, schema: str | None) -> None:
    """Create the tables, or bring them to this version of the package; data are kept."""
    click.echo(
        f"the tables of the memory are now at version {_package().upgrade(where, schema=schema)}"
    )


@memory.command("held-on")
@click.argument("case")
@_where
@click.pass_context
def held_on(context: click.Context, case: str, where: str, schema: str | None) -> None:
    """Write all that is stored about a CASE as JSON; exit code 1 if nothing is."""
    with _package().Memory(where, schema=schema) as opened:
        held = opened.held_on(case)
    if held is None:
        click.echo("nothing is stored about this case", err=True)
        context.exit(FINDINGS)
    click.echo(json.dumps(held, ensure_ascii=False, indent=1))


@memory.command()
@click.argument("case")
@_where
@click.pass_context
def purge(context: click.Context, case: str, where: str, schema: str | None) -> None:
    """Remove all that is stored about a CASE; exit code 1 if nothing was."""
    with _package().Memory(where, schema=schema) as opened:
        gone = opened.purge(case)
    if not gone:
        click.echo("nothing was stored about this case", err=True)
        context.exit(FINDINGS)
    click.echo("removed: " + ", ".join(f"{count} {what}" for what, count in gone.items()))


@memory.command()
@_where
@click.option(
    "--before", required=True, help="Cases that got no message or feedback since this date."
)
@click.option(
    "--open", "includes_open", is_flag=True, help="Remove open cases, too, not only closed ones."
)
def forget(where: str, schema: str | None, *, before: str, includes_open: bool) -> None:
    """Remove the closed cases that got no message or feedback since a date."""
    day = day_of(before, "--before")
    assert day is not None
    start = at_instant(day_start(day.toordinal()))
    with _package().Memory(where, schema=schema) as opened:
        forgotten = opened.forget_before(start, includes_open=includes_open)
    click.echo(f"{len(forgotten)} cases removed")


@memory.command()
@_where
@click.option(
    "--retry",
    type=int,
    multiple=True,
    metavar="NUMBER",
    help="Let the letter of this number be tried again.",
)
@click.option(
    "--drop",
    type=int,
    multiple=True,
    metavar="NUMBER",
    help="Remove the letter of this number for good.",
)
@click.pass_context
def letters(
    context: click.Context,
    where: str,
    schema: str | None,
    *,
    retry: tuple[int, ...],
    drop: tuple[int, ...],
) -> None:
    """List what could not be delivered in five tries; exit code 1 if there is anything.

    Of a message that came in, its digest and what was wrong are kept, and no content: once it may
    be tried again, the host must deliver it again.
    """
    with _package().Memory(where, schema=schema) as opened:
        if retry or drop:
            there = {one.number for one in opened.letters()}
            again, gone = opened.retry_letters(retry), opened.drop_letters(drop)
            click.echo(f"{again} to be tried again, {gone} dropped")
            absent = sorted({*retry, *drop} - there)
            for number in absent:
                click.echo(f"there is no letter {number}: memory letters lists them", err=True)
            context.exit(FINDINGS if absent else 0)
        found = opened.letters()
    for one in found:
        what = f"message {one.message}" if one.message else f"change {one.revision}"
        case = f" of case {one.case}" if one.case is not None else ""
        click.echo(f"{one.number}: {what}{case}, {iso_instant(one.made_at)}: {one.reason}")
    if not found:
        click.echo("there are no dead letters", err=True)
    context.exit(FINDINGS if found else 0)


@memory.command()
@_where
@click.option("--forget", "gone", metavar="NAME", help="Let no change wait for this consumer.")
@click.pass_context
def consumers(context: click.Context, where: str, schema: str | None, *, gone: str | None) -> None:
    """List the consumers of changes: each change is held until all of them have acknowledged it.

    Exit code 1 if there is none of the name to forget.
    """
    package = _package()
    with package.Memory(where, schema=schema) as opened:
        feed = package.ChangeFeed(opened)
        if gone is not None:
            is_forgotten = feed.forget(gone)
            said = "forgotten" if is_forgotten else "there is no consumer of this name"
            click.echo(said, err=not is_forgotten)
            context.exit(0 if is_forgotten else FINDINGS)
        found = feed.consumers()
    for name in found:
        click.echo(name)
    if not found:
        click.echo("there are no consumers", err=True)


@memory.command()
@_where
@click.option("--since", metavar="DAY", help="Count what was asked on this day or later.")
@click.option("--ruleset", default="msp-core", show_default=True, help="The rules that asked.")
@click.option(
    "--overlay", "overlays", multiple=True, help="An overlay over them; repeat it for several."
)
@click.option("--json", "as_json", is_flag=True, help="Write the counts as JSON.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page with plots to this file.",
)
def health(
    where: str,
    schema: str | None,
    *,
    since: str | None,
    ruleset: str,
    overlays: tuple[str, ...],
    as_json: bool,
    html: Path | None,
) -> None:
    """Count how workers take the questions of each rule, and list the rules to review.

    Counts below five are hidden, the others are to the nearest five; nothing says who answered.
    """
    from msp_rules.reports.rule_health.document import (
        HealthSource,
        first_instant,
        health_document,
    )
    from msp_rules.reports.rule_health.page import health_page
    from msp_rules.reports.rule_health.text import health_lines

    day, package = day_of(since, "--since"), _package()
    first = None if day is None else day.toordinal()
    as_of = cutoff_at(datetime.now(UTC))
    rules = load_ruleset(ruleset, overlays)
    with package.Memory(where, schema=schema) as opened:
        read = package.read_askings(opened.database, first_instant(first, as_of) or 0)
    source = HealthSource(
        askings=read.askings, open_prompts=read.open_prompts, since=first, as_of=as_of
    )
    document = health_document(source, rules)
    if html is not None:
        html.write_bytes(health_page(document))
        click.echo(f"written: {html}", err=True)
    elif as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        for line in health_lines(document):
            click.echo(line)


@memory.command("new-epoch")
@_where
def new_epoch(where: str, schema: str | None) -> None:
    """Begin a new epoch: after the memory was restored from a copy, or its newest part was lost.

    Hosts then take its changes as newer than all that they have had.
    """
    with _package().Memory(where, schema=schema) as opened:
        click.echo(f"the epoch of the memory is now {opened.begin_epoch()}")


@memory.command("reset-clock")
@_where
def reset_clock(where: str, schema: str | None) -> None:
    """Let the next call begin anew with its own moment, after a pause of more than a day."""
    with _package().Memory(where, schema=schema) as opened:
        opened.reset_clock()
    click.echo("the next call may be of any moment")


def _package() -> ModuleType:
    """Imports the memory, which comes with an extra only."""
    with library_of("memory", "the memory of the desk"):
        from msp_rules.prompts import store as package  # noqa: PLC0415
    return package


@click.group(cls=CommandGroup)
def adapter() -> None:
    """List the plug-ins of case systems, or check one against the contract."""


@adapter.command(name="list")
@click.pass_context
def list_plugins(context: click.Context) -> None:
    """List the installed plug-ins; exit code 1 where one could not be loaded."""
    registry = load_installed()
    for line in plugin_lines(registry):
        click.echo(line)
    context.exit(FINDINGS if registry.faults else 0)


def plugin_lines(registry: Registry) -> list[str]:
    """Describes each plug-in in a line: its version, its hooks and its state."""
    lines = [
        f"{one.name} ({one.distribution} {one.version}): {', '.join(one.hooks)}"
        + (f"; set aside, {one.set_aside.detail}" if one.set_aside is not None else "")
        for one in registry.plugins
    ]
    return [*lines, *map(str, registry.faults)] or ["no plug-in is installed"]


@adapter.command()
@click.argument("name")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="NAME is a module in this folder that is not installed.",
)
@click.option(
    "--ruleset", default="msp-core", show_default=True, help="The ruleset that raises the prompts."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def check(context: click.Context, name: str, folder: Path | None, ruleset: str, form: str) -> None:
    """Try an adapter offline: schema, idempotency, ordering, crashes, latency, privacy."""
    # It needs the desk and a server of processes, which no other command does.
    from msp_rules.prompts.conformance import Adapter, as_plain, as_text, check_adapter

    tried = Adapter(name=name, folder=str(folder.resolve()) if folder is not None else None)
    if tried.entry is None:
        known = sorted(metadata.entry_points(group="msp_rules").names)
        there = f"installed are {', '.join(known)}" if known else "none is installed"
        raise MspRulesError(
            f'there is no adapter "{name}" here; {there}; for one that is not installed, name '
            "its module, and its folder with --from"
        )
    # The Python matcher: cards are the same, and nothing must be compiled to try an adapter.
    engine = Engine(load_ruleset(ruleset, ()), matcher="python")
    report = check_adapter(tried, engine)
    if form == "json":
        sys.stdout.buffer.write(orjson.dumps(as_plain(report), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for line in as_text(report):
            click.echo(line)
    context.exit(0 if report.has_passed else FINDINGS)
