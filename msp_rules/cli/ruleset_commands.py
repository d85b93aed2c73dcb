"""`check`, `fields`, `rules` and `doctor`: what there is here, and whether it is sound."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import click

from msp_rules import __version__
from msp_rules.authoring.layered_checks import lint_layered
from msp_rules.casework.vocabulary import core_vocabulary, nearest
from msp_rules.casework.workdays import COVERED_FROM, COVERED_UNTIL
from msp_rules.cli.adapter_commands import plugin_lines
from msp_rules.cli.exits import FINDINGS, INVALID
from msp_rules.cli.options import day_of, layered, overlay_option, stack
from msp_rules.engine.engine import IS_COMPILED, Engine
from msp_rules.errors import MspRulesError
from msp_rules.hooks import load_installed
from msp_rules.rules import check_layers, load_ruleset, shipped_ruleset


@click.command()
@click.argument("rulesets", nargs=-1)
@overlay_option
@click.option("--strict", is_flag=True, help="A warning counts as a problem (exit code 1).")
@click.option("--today", help="Warn of rules whose review date lies before this date.")
@click.pass_context
def check(
    context: click.Context,
    rulesets: tuple[str, ...],
    overlays: tuple[Path, ...],
    *,
    strict: bool,
    today: str | None,
) -> None:
    """Check rulesets: name every mistake with its place, and warn of what may not be meant."""
    code, day = 0, day_of(today, "--today")
    for name in rulesets or ("msp-core",):
        found, problems = check_layers(*stack(name, overlays))
        if found is not None:
            problems = (*problems, *lint_layered(found, today=day))
        for problem in problems:
            click.echo(str(problem))
        if found is None:
            code = INVALID
        else:
            warnings = f", {len(problems)} to look at" if problems else ""
            title = " + ".join(f"{one.id} {one.version}" for one in found.ruleset.layers)
            count = len(found.ruleset.rules)
            click.echo(f"{title}: {count} rules, no mistake{warnings}")
            if strict and problems and code == 0:
                code = FINDINGS
    context.exit(code)


@click.command()
@click.argument("event", required=False)
def fields(event: str | None) -> None:
    """List the event types that rules may name, or the fields of one."""
    vocabulary = core_vocabulary()
    if event is None:
        for kind in vocabulary.events.values():
            click.echo(f"{kind.name}: {kind.means}")
        return
    if event not in vocabulary.events:
        guess = nearest(event, vocabulary.events)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise MspRulesError(f'there is no event type "{event}"{hint}')
    click.echo(vocabulary.events[event].means)
    for field in vocabulary.events[event].fields.values():
        marks = ("required " if field.is_required else "") + ("repeats" if field.may_repeat else "")
        of = field.refers_to or ", ".join(field.codes)
        click.echo(f"  {field.name}: {field.kind}{f' ({of})' if of else ''} {marks}".rstrip())


@click.command()
@click.argument("name", default="msp-core")
@overlay_option
@click.option("--as-of", help="As of this date; left out: once every change that ends is over.")
def rules(name: str, overlays: tuple[Path, ...], as_of: str | None) -> None:
    """List the rules of a ruleset, with overlays or without."""
    ruleset, day = layered(name, overlays).ruleset, day_of(as_of, "--as-of")
    for rule in (ruleset if day is None else ruleset.as_on(day.toordinal())).rules:
        state = "" if rule.is_enabled else " (switched off)"
        count = len(rule.examples)
        click.echo(f"{rule.id} {rule.severity.value}: {rule.title}{state}; {count} examples")


@click.command()
def doctor() -> None:
    """Say which matcher is in use here, and why."""
    engine = Engine(load_ruleset(shipped_ruleset("msp-core")))
    click.echo(f"msp-rules {__version__} on Python {sys.version.split()[0]}")
    click.echo(f"code: {'compiled' if IS_COMPILED else 'plain Python'}")
    click.echo(f"matcher: {engine.matcher_name}")
    if engine.notice:
        click.echo(engine.notice)
    ruleset = engine.ruleset
    enabled, all_rules = len(ruleset.enabled_rules), len(ruleset.rules)
    title = f"{ruleset.id} {ruleset.version} ({ruleset.nation})"
    click.echo(f"ruleset: {title}, {enabled} of {all_rules} rules switched on")
    click.echo(
        f"calendar: bank holidays of England from {COVERED_FROM} to {COVERED_UNTIL}; "
        "a limit in working days outside them can't be judged"
    )
    for name in ("lxml", "durable_rules", "holidays", "ruamel.yaml"):
        click.echo(f"{name} {_version(name)}")
    for line in plugin_lines(load_installed()):
        click.echo(f"plug-ins: {line}")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "is not installed"
