"""`msp-rules upgrade`: moves an overlay to a new release of what it extends, after a preview."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from msp_rules.authoring.impact.comparison import Question
from msp_rules.authoring.impact.run import BYTES_WORTH_A_PROCESS, impact_of
from msp_rules.authoring.impact.trial import trial_of
from msp_rules.authoring.upgrade.fields import Choice
from msp_rules.authoring.upgrade.overlay_edit import pinned_copy
from msp_rules.authoring.upgrade.upgrade import (
    Upgrade,
    release_of_version,
    release_pinned_by,
    upgrade,
)
from msp_rules.cli.conventions import FINDINGS, INCOMPLETE
from msp_rules.cli.impact import progress_of
from msp_rules.cli.options import read_as_of
from msp_rules.engine.matchers.choice import choose_matcher
from msp_rules.errors import MspRulesError
from msp_rules.intake.source import files_in, jobs_worth
from msp_rules.reports.impact import print_impact
from msp_rules.reports.upgrade import print_upgrade
from msp_rules.rules.layers.finding import is_overlay, stack_of
from msp_rules.rules.layers.layers import Stack
from msp_rules.rules.layers.overlay import overlay_files

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


@click.command(name="upgrade")
@click.argument("overlay", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--to",
    "target",
    multiple=True,
    required=True,
    help="The new release: its version or folder; repeat it for overlays between.",
)
@click.option(
    "--from",
    "base",
    multiple=True,
    help="The release that the overlay was written for (default: found by its hash).",
)
@click.option("--keep", multiple=True, metavar="RULE.FIELD", help="Keep the overlay's value.")
@click.option("--take", multiple=True, metavar="RULE.FIELD", help="Take the new release's value.")
@click.option(
    "--on",
    "exports",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Exports on which to show what would change (see impact).",
)
@click.option("--as-of", help="Judge the exports as of this date instead of their own.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Number of processes that read the exports."
)
@click.option("--write", is_flag=True, help="Write the overlay, if nothing is left to decide.")
@click.pass_context
def upgrade_overlay(
    context: click.Context,
    overlay: Path,
    target: tuple[str, ...],
    base: tuple[str, ...],
    keep: tuple[str, ...],
    take: tuple[str, ...],
    exports: tuple[Path, ...],
    as_of: str | None,
    jobs: int | None,
    *,
    write: bool,
) -> None:
    """Move an overlay to a new release of what it extends; without --write, only show it."""
    both = sorted(set(keep) & set(take))
    if both:
        raise click.UsageError(f"{both[0]} can't be both kept and taken")
    decisions = dict.fromkeys(keep, Choice.KEEP) | dict.fromkeys(take, Choice.TAKE)
    new = _target(target, overlay)
    old = (
        stack_of(base) if base else Stack(release_pinned_by(overlay, [new.folder.resolve().parent]))
    )
    found = upgrade(overlay, old, new, decisions)
    print_upgrade(found, Console())
    code = 0 if found.is_ready else FINDINGS
    if exports:
        if found.is_ready:
            code = _print_effect(found, old, new, exports, as_of, jobs)
        else:
            click.echo(
                "Once everything is decided, this also shows what would change on the exports."
            )
    if write and found.is_ready:
        file, _ = overlay_files(overlay)
        unfinished = file.with_name(f"{file.name}.unfinished")
        unfinished.write_bytes(found.text.encode("utf-8"))
        unfinished.replace(file)  # whole, or not at all
        click.echo(f"{file.name} is written: it extends {found.target.id} {found.target.version}.")
    elif write:
        click.echo("Nothing was written.")
    else:
        click.echo("Nothing was written; --write does it.")
    context.exit(code)


def _target(words: Sequence[str], overlay: Path) -> Stack:
    """Finds the stack of the new release, named by its version or its folder."""
    first, *rest = words
    if _VERSION.fullmatch(first) is None or Path(first).exists():
        if is_overlay(Path(first)):
            raise MspRulesError(f"{first} is an overlay; name the ruleset below it first")
        return stack_of(words)
    folder = release_of_version(overlay, first)
    return stack_of((str(folder), *rest))


def _print_effect(
    found: Upgrade,
    old: Stack,
    new: Stack,
    exports: Sequence[Path],
    as_of: str | None,
    jobs: int | None,
) -> int:
    """Shows what the upgraded overlay changes on exports; gives the exit code."""
    before = Stack(old.folder, (*old.overlays, found.overlay)).load()
    with pinned_copy(found.overlay, found.text) as copy:
        after = Stack(new.folder, (*new.overlays, copy)).load()
    trial = trial_of(before, after)
    question = Question(
        before=trial.before,
        after=trial.after,
        matcher=choose_matcher("auto"),
        as_of=read_as_of(as_of),
    )
    processes = jobs or jobs_worth(files_in(exports), BYTES_WORTH_A_PROCESS)
    with progress_of("cases compared") as tell:
        impact = impact_of(question, exports, jobs=processes, progress=tell)
    print_impact(question, impact, trial, Console())
    return 0 if impact.is_complete else INCOMPLETE
