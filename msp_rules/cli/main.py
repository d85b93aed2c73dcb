"""The command line: parses, calls one job, shows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import click

from msp_rules import __version__
from msp_rules.authoring.layered_checks import lint_layered
from msp_rules.casework.vocabulary import core_vocabulary, nearest
from msp_rules.casework.workdays import COVERED_FROM, COVERED_UNTIL
from msp_rules.cli.adapter_commands import adapter, plugin_lines
from msp_rules.cli.exits import FINDINGS, INTERNAL, INVALID, UNREADABLE, USAGE
from msp_rules.cli.explain_command import explain_rule
from msp_rules.cli.generate_command import generate
from msp_rules.cli.identify_command import identify
from msp_rules.cli.impact_command import impact
from msp_rules.cli.init_command import init
from msp_rules.cli.key_commands import key, sign
from msp_rules.cli.layer_commands import diff, effective
from msp_rules.cli.lock_command import lock
from msp_rules.cli.mapping_commands import mapping
from msp_rules.cli.memory_commands import memory
from msp_rules.cli.options import day_of, layered, overlay_option, stack
from msp_rules.cli.scan_command import scan
from msp_rules.cli.test_command import test
from msp_rules.cli.upgrade_command import upgrade_overlay
from msp_rules.cli.verify_command import verify
from msp_rules.engine.engine import IS_COMPILED, Engine
from msp_rules.errors import InputUnreadable, MspRulesError, RulesetInvalid
from msp_rules.hooks import load_installed
from msp_rules.rules import check_layers, load_ruleset, shipped_ruleset


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="msp-rules")
def cli() -> None:
    """Making Safeguarding Personal as rules: scan case files, check and test rules."""


cli.add_command(adapter)
cli.add_command(scan)
cli.add_command(explain_rule)
cli.add_command(generate)
cli.add_command(lock)
cli.add_command(effective)
cli.add_command(diff)
cli.add_command(impact)
cli.add_command(upgrade_overlay)
cli.add_command(test)
cli.add_command(init)
cli.add_command(mapping)
cli.add_command(memory)
cli.add_command(verify)
cli.add_command(identify)
cli.add_command(key)
cli.add_command(sign)


@cli.command()
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


@cli.command()
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


@cli.command()
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


@cli.command()
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


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line (without `words`, the process's own); exits as the contract says."""
    try:
        code = cli.main(words, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except RulesetInvalid as error:
        click.echo(str(error), err=True)
        code = INVALID
    except InputUnreadable as error:
        click.echo(str(error), err=True)
        code = UNREADABLE
    except MspRulesError as error:
        click.echo(str(error), err=True)
        code = INVALID
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; results are incomplete", err=True)
        code = INTERNAL
    except Exception as error:  # noqa: BLE001 - its text may hold case content, so only its kind
        click.echo(f"internal error ({type(error).__name__}); please report it", err=True)
        code = INTERNAL
    sys.exit(code or 0)
