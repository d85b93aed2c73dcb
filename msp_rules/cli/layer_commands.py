"""`msp-rules effective` and `msp-rules diff`: what holds once overlays are laid over a ruleset."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import orjson

from msp_rules.authoring.effective import differences, local_measures
from msp_rules.authoring.effective import effective as values_of
from msp_rules.cli.options import day_of, is_overlay, layered, need_rule, overlay_option
from msp_rules.rules import Layered
from msp_rules.rules.local import Layer


@click.command()
@click.argument("ruleset", default="msp-core")
@overlay_option
@click.option("--rule", help="Only this rule.")
@click.option("--as-of", help="As of this date; left out: with every change, also those that end.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def effective(
    ruleset: str, overlays: tuple[Path, ...], rule: str | None, as_of: str | None, form: str
) -> None:
    """Show the rules in force once the overlays are laid over, and where each value comes from."""
    found = layered(ruleset, overlays)
    if rule is not None:
        need_rule(found.ruleset, rule)
    day = day_of(as_of, "--as-of")
    ids = [one.id for one in found.ruleset.rules if rule in (None, one.id)]
    if form == "json":
        document = {
            "layers": [_layer(one) for one in found.ruleset.layers],
            "rules": [_plain(found, name, day) for name in ids],
        }
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
        return
    for layer in found.ruleset.layers:
        click.echo(f"{layer.id} {layer.version} sha256 {layer.sha256}")
    for name in ids:
        _show(found, name, day)


def _layer(layer: Layer) -> dict[str, str]:
    return {"id": layer.id, "version": layer.version, "sha256": layer.sha256}


def _show(found: Layered, name: str, day: date | None) -> None:
    click.echo(f"\n{name}")
    for one in values_of(found, name, day):
        until = f", until {one.until}" if one.until is not None else ""
        click.echo(f"  {one.path}: {one.value}  # {one.layer}{until}, {one.where}")
    for what, title, reasons in local_measures(found, name):
        period = f"until {reasons.period.last}"
        click.echo(f"  {what}: {title}, {period}  # {reasons.layer}, {reasons.where}")


def _plain(found: Layered, name: str, day: date | None) -> dict[str, Any]:
    rows = [
        {
            "key": one.path,
            "value": one.value,
            "layer": one.layer,
            "file": one.where.path,
            "line": one.where.line,
            "until": one.until,
        }
        for one in values_of(found, name, day)
    ]
    measures = [
        {"kind": what, "name": title, "layer": reasons.layer, "expires": reasons.period.last}
        for what, title, reasons in local_measures(found, name)
    ]
    return {"rule": name, "values": rows, "measures": measures}


@click.command()
@click.argument("first")
@click.argument("second", required=False)
@overlay_option
def diff(first: str, second: str | None, overlays: tuple[Path, ...]) -> None:
    """Say in words what sets ruleset SECOND apart from FIRST.

    SECOND may be an overlay of FIRST. Overlays named with --overlay lie over SECOND; without
    SECOND, over FIRST.
    """
    if second is None and not overlays:
        raise click.UsageError("name a second ruleset, or overlays to lay over the first")
    name, above = first, overlays
    if second is not None and is_overlay(Path(second)):
        above = (Path(second), *overlays)
    elif second is not None:
        name = second
    found = differences(layered(first, ()), layered(name, above))
    for line in found:
        click.echo(line)
    if not found:
        click.echo("no difference")
