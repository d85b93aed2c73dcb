"""Offers the commands about rulesets: what exists, whether it is sound, what is in force.

`check`, `fields`, `rules` and `doctor` say what there is; `effective` and `diff`, what holds with
overlays; `compile`, what becomes of rules in a long run; `lock` keeps rules from changing their
meaning silently, and ids from being used again; `generate` writes or checks the files that are
derived from them.
"""

from __future__ import annotations

import sys
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import orjson

from msp_rules.authoring.effective import differences, grounds_in_words, local_exceptions
from msp_rules.authoring.effective import effective as values_of
from msp_rules.authoring.ends import notes_ahead
from msp_rules.authoring.lint import lint_layered
from msp_rules.casework.bank_holidays import COVERED_FROM, COVERED_UNTIL
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.conventions import FINDINGS, INVALID
from msp_rules.cli.desk import plugin_lines
from msp_rules.cli.options import day_of, layered, need_rule, overlay_option, today_in_england
from msp_rules.engine.engine import IS_COMPILED, Engine
from msp_rules.errors import MspRulesError, did_you_mean
from msp_rules.extras import EXTRAS, library_of, state_of
from msp_rules.hooks import load_installed
from msp_rules.rules import Layered, check_layers, load_layers, load_ruleset, loading
from msp_rules.rules.language.lock import (
    LOCK_NAME,
    check_against_lock,
    lock_of,
    lock_text,
    read_lock,
    stale_lines,
)
from msp_rules.rules.language.rule import Layer, Reasons
from msp_rules.rules.layers.finding import is_overlay, ruleset_folder, stack
from msp_rules.rules.layers.overlay import read_pin
from msp_rules.version import __version__
from msp_rules.yaml_source.nodes import Problems


@click.command()
@click.argument("rulesets", nargs=-1)
@overlay_option
@click.option("--strict", is_flag=True, help="A warning counts as a problem (exit code 1).")
@click.option("--today", help="Warn of what has ended by this day (default: today).")
@click.pass_context
def check(
    context: click.Context,
    rulesets: tuple[str, ...],
    overlays: tuple[Path, ...],
    *,
    strict: bool,
    today: str | None,
) -> None:
    """Check rulesets: list every mistake with its place, and warn of what may be unintended."""
    code, day = 0, day_of(today, "--today") or today_in_england()
    for name in rulesets or ("msp-core",):
        found, problems = check_layers(*stack(name, overlays))
        if found is not None:
            problems = (*problems, *lint_layered(found, today=day))
        notes = notes_ahead(found, day) if found is not None else ()
        for line in (*map(str, problems), *notes):
            click.echo(line)
        if found is None:
            code = INVALID
        else:
            counted = ((len(problems), "warning"), (len(notes), "note"))
            warnings = "".join(f", {n} {word}{'s' * (n > 1)}" for n, word in counted if n)
            title = " + ".join(f"{one.id} {one.version}" for one in found.ruleset.layers)
            count = len(found.ruleset.rules)
            click.echo(f"{title}: {count} rules, no mistakes{warnings}")
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
        hint = did_you_mean(event, vocabulary.events)
        raise MspRulesError(f'there is no event type "{event}"{hint}')
    click.echo(vocabulary.events[event].means)
    for field in vocabulary.events[event].fields.values():
        marks = ("required " if field.is_required else "") + ("repeats" if field.may_repeat else "")
        of = field.refers_to or ", ".join(field.codes)
        click.echo(f"  {field.name}: {field.kind}{f' ({of})' if of else ''} {marks}".rstrip())


@click.command()
@click.argument("name", default="msp-core")
@overlay_option
@click.option("--as-of", help="As of this date (default: once every temporary change is over).")
def rules(name: str, overlays: tuple[Path, ...], as_of: str | None) -> None:
    """List the rules of a ruleset, with overlays or without."""
    ruleset, day = loading.load_ruleset(name, overlays), day_of(as_of, "--as-of")
    for rule in (ruleset if day is None else ruleset.as_on(day.toordinal())).rules:
        state = "" if rule.is_enabled else " (switched off)"
        count = len(rule.examples)
        click.echo(f"{rule.id} {rule.severity.value}: {rule.title}{state}; {count} examples")


@click.command("compile")
@click.argument("name", default="msp-core")
@overlay_option
@click.option("--show", is_flag=True, help="Print the code, with the name of each rule before it.")
@click.option("--as-of", help="The rules as of this date (default: today).")
def compile_rules(name: str, overlays: tuple[Path, ...], *, show: bool, as_of: str | None) -> None:
    """Write the code by which a ruleset judges records without doubt, as long runs do.

    What it says of a record is what the rules say; `test` and `check` don't need it.
    """
    ruleset = loading.load_ruleset(name, overlays)
    engine = Engine(ruleset, matcher="python")
    code = engine.straighten((day_of(as_of, "--as-of") or today_in_england()).toordinal())
    if show:
        click.echo(code.text, nl=False)
        return
    title = " + ".join(f"{one.id} {one.version}" for one in ruleset.layers)
    rules = len({one.rule.id for one in code.codes})
    counted = f"{rules} rule{'s' * (rules != 1)}"
    how = ", compiled with the package" if code.is_compiled else ""
    click.echo(f"{title}: {counted} as {code.functions} functions{how}; --show prints them")


@click.command()
def doctor() -> None:
    """Say which matcher and which code are in use here, and what each extra gives."""
    engine = Engine(loading.load_ruleset("msp-core"))
    click.echo(f"msp-rules {__version__} on Python {sys.version.split()[0]}")
    click.echo(f"code: {'compiled ahead' if IS_COMPILED else 'plain Python'}")
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
    for extra in EXTRAS.values():
        click.echo(f"extra {extra.name} ({extra.gives}): {state_of(extra)}")
    for line in plugin_lines(load_installed()):
        click.echo(f"plug-ins: {line}")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "is not installed"


@click.command()
@click.argument("ruleset", default="msp-core")
@overlay_option
@click.option("--rule", help="Only this rule.")
@click.option(
    "--as-of", help="As of this date (default: with every change, temporary ones included)."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def effective(
    ruleset: str, overlays: tuple[Path, ...], rule: str | None, as_of: str | None, form: str
) -> None:
    """Show the rules in force with overlays, and where each value comes from."""
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
        grounds = f": {grounds_in_words(one.reasons)}" if one.reasons is not None else ""
        click.echo(f"  {one.path}: {one.value}  # {one.layer}{until}, {one.where}{grounds}")
    for each in local_exceptions(found, name):
        reasons = each.reasons
        place = f"{reasons.layer}, {reasons.where}: {grounds_in_words(reasons)}"
        click.echo(f"  {each.what}: {each.name}, until {reasons.period.last}  # {place}")


def _plain(found: Layered, name: str, day: date | None) -> dict[str, Any]:
    rows = [
        {
            "key": one.path,
            "value": one.value,
            "layer": one.layer,
            "file": one.where.path,
            "line": one.where.line,
            "until": one.until,
            **(_grounds(one.reasons) if one.reasons is not None else {}),
        }
        for one in values_of(found, name, day)
    ]
    exceptions = [
        {
            "kind": one.what,
            "name": one.name,
            "layer": one.reasons.layer,
            "expires": one.reasons.period.last,
            "scope": one.scope,
            **_grounds(one.reasons),
        }
        for one in local_exceptions(found, name)
    ]
    return {"rule": name, "values": rows, "measures": exceptions}


def _grounds(reasons: Reasons) -> dict[str, Any]:
    """Gives the grounds of something local, for JSON."""
    return {
        "because": reasons.because,
        "approved_by": reasons.approved_by,
        "approved_on": reasons.approved_on,
        "written_by": reasons.written_by,
        "from": reasons.period.first,
    }


@click.command()
@click.argument("first")
@click.argument("second", required=False)
@overlay_option
def diff(first: str, second: str | None, overlays: tuple[Path, ...]) -> None:
    """Say in words how ruleset SECOND differs from FIRST.

    SECOND may be an overlay of FIRST, another version of it, or an overlay of its own. Overlays
    named with --overlay apply to SECOND; without SECOND, to FIRST.
    """
    if second is None and not overlays:
        raise click.UsageError("name a second ruleset, or overlays for the first")
    name, above = first, overlays
    if second is not None and is_overlay(Path(second)) and not _stand_side_by_side(first, second):
        above = (Path(second), *overlays)
    elif second is not None:
        name = second
    found = differences(layered(first, ()), layered(name, above))
    for line in found:
        click.echo(line)
    if not found:
        click.echo("no difference")


def _stand_side_by_side(first: str, second: str) -> bool:
    """Tells whether two overlays are compared as such: the second does not extend the first."""
    if not is_overlay(Path(first)):
        return False
    below = load_layers(*stack(first, ())).ruleset.layers[-1]
    return read_pin(Path(second)).id != below.id


@click.command()
@click.argument("name", default="msp-core")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit code 1 if the lock is out of date."
)
@click.pass_context
def lock(context: click.Context, name: str, *, check: bool) -> None:
    """Lock the meaning of each rule, or check that none has changed without a new revision."""
    folder = ruleset_folder(name)
    ruleset, problems = load_ruleset(folder), Problems()
    locked = read_lock(folder, problems)
    if problems.has_errors:
        _show_problems(problems)
        context.exit(INVALID)
    check_against_lock(ruleset, locked, folder, problems)
    if problems.has_errors:
        _show_problems(problems)
        context.exit(FINDINGS)
    stale = stale_lines(ruleset, locked)
    if check:
        for line in stale:
            click.echo(f'{folder.name}/{LOCK_NAME}: {line}; run "msp-rules lock"')
        context.exit(FINDINGS if stale else 0)
    wanted = lock_of(ruleset, locked)
    (folder / LOCK_NAME).write_text(lock_text(wanted), "utf-8")
    for line in stale:
        click.echo(f"{folder.name}/{LOCK_NAME}: {line}")
    retired = sum(1 for rule in wanted.rules.values() if rule.is_retired)
    click.echo(f"{ruleset.id}: {len(ruleset.rules)} rules locked, {retired} retired")


def _show_problems(problems: Problems) -> None:
    for problem in problems.found:
        click.echo(str(problem))


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file is out of date.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The checkout (default: the one that this command runs from).",
)
@click.pass_context
def generate(context: click.Context, root: Path | None, *, check: bool) -> None:
    """Write the schemas and the pages about vocabulary and rules (for developers)."""
    # What writes XML and catalogues imports much that no other command needs.
    from msp_rules.authoring.generate.files import (
        checkout_of_this_package,
        stale_files,
        write_files,
    )
    from msp_rules.gherkin.library import PAGE, steps_page  # noqa: PLC0415 - see above

    with library_of("service", "the description of the service"):
        from msp_rules.service.decode_configuration import (  # noqa: PLC0415
            SCHEMA_FILE,
            configuration_schema_text,
        )
        from msp_rules.service.openapi import OPENAPI_FILE, openapi_text  # noqa: PLC0415

    pages = {
        PAGE: steps_page(),
        OPENAPI_FILE: openapi_text(),
        SCHEMA_FILE: configuration_schema_text(),
    }
    folder = root or checkout_of_this_package()
    if check:
        stale = stale_files(folder, pages)
        for path in stale:
            click.echo(f'{path}: out of date; run "msp-rules generate"')
        context.exit(FINDINGS if stale else 0)
    for path in write_files(folder, pages):
        click.echo(f"written: {path}")
