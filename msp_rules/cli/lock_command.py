"""`msp-rules lock`: no rule changes its meaning silently, and no id is reused."""

from __future__ import annotations

import click

from msp_rules.cli.exits import FINDINGS, INVALID
from msp_rules.cli.options import ruleset_folder
from msp_rules.rules import load_ruleset
from msp_rules.rules.lock import (
    LOCK_NAME,
    check_against_lock,
    lock_of,
    lock_text,
    read_lock,
    stale_lines,
)
from msp_rules.rules.yaml_source import Problems


@click.command()
@click.argument("name", default="msp-core")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if the lock is not kept.")
@click.pass_context
def lock(context: click.Context, name: str, *, check: bool) -> None:
    """Lock the meaning of each rule, or check that none has changed without a new revision."""
    folder = ruleset_folder(name)
    ruleset, problems = load_ruleset(folder), Problems()
    locked = read_lock(folder, problems)
    if problems.has_errors:
        _show(problems)
        context.exit(INVALID)
    check_against_lock(ruleset, locked, folder, problems)
    if problems.has_errors:
        _show(problems)
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


def _show(problems: Problems) -> None:
    for problem in problems.found:
        click.echo(str(problem))
