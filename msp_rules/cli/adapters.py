"""`msp-rules adapter`: lists the installed plug-ins, and checks one against the contract."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import click
import orjson

from msp_rules.cli.exits import FINDINGS
from msp_rules.cli.groups import CommandGroup
from msp_rules.cli.options import layered
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.hooks import Registry, load_installed


@click.group(cls=CommandGroup)
def adapter() -> None:
    """Plug-ins of case systems: what is installed, and whether it keeps the contract."""


@adapter.command(name="list")
@click.pass_context
def list_plugins(context: click.Context) -> None:
    """List the installed plug-ins; exit code 1 where one could not be loaded."""
    registry = load_installed()
    for line in plugin_lines(registry):
        click.echo(line)
    context.exit(FINDINGS if registry.faults else 0)


def plugin_lines(registry: Registry) -> list[str]:
    """Says each plug-in with its version, its hooks and its state, in a line."""
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
@click.option("--ruleset", default="msp-core", show_default=True, help="Raises the prompts.")
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
            f'there is no adapter "{name}" here; {there}; of one that is not installed, name the '
            "module, and its folder with --from"
        )
    # The Python matcher: cards are the same, and nothing must be compiled to try an adapter.
    engine = Engine(layered(ruleset, ()).ruleset, matcher="python")
    report = check_adapter(tried, engine)
    if form == "json":
        sys.stdout.buffer.write(orjson.dumps(as_plain(report), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for line in as_text(report):
            click.echo(line)
    context.exit(0 if report.has_passed else FINDINGS)
