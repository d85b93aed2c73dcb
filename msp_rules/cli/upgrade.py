"""`msp-rules upgrade`: an overlay taken to a new release of what it extends, previewed first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from msp_rules.authoring.impact.comparison import Question
from msp_rules.authoring.impact.run import BYTES_WORTH_A_PROCESS, impact_of
from msp_rules.authoring.upgrade.overlay_edit import pinned_copy
from msp_rules.authoring.upgrade.upgrade import Choice, Upgrade, upgrade
from msp_rules.cli.exits import FINDINGS, INCOMPLETE
from msp_rules.cli.impact import progress_of
from msp_rules.cli.options import cutoff_of, is_overlay, stack_of
from msp_rules.engine.matchers.choice import choose_matcher
from msp_rules.errors import MspRulesError
from msp_rules.intake.exports import files_in, jobs_worth
from msp_rules.reports.impact import print_impact
from msp_rules.reports.upgrade import print_upgrade
from msp_rules.rules.folder import known_rulesets
from msp_rules.rules.layers.layers import Stack
from msp_rules.rules.layers.overlay import overlay_files, read_pin

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
    help="The release that the overlay was written for; left out: looked for by its hash.",
)
@click.option("--keep", multiple=True, metavar="RULE.FIELD", help="Decide: the overlay's value.")
@click.option("--take", multiple=True, metavar="RULE.FIELD", help="Decide: the new release's.")
@click.option(
    "--on",
    "exports",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Exports on which to show what would change (see impact).",
)
@click.option("--as-of", help="Judge the exports as of this date instead of their own.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes for the exports.")
@click.option("--write", is_flag=True, help="Write the overlay; only with nothing left to decide.")
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
    """Take an overlay to a new release of what it extends; without --write, only show it."""
    both = sorted(set(keep) & set(take))
    if both:
        raise click.UsageError(f"{both[0]} can't be kept and taken")
    decisions = dict.fromkeys(keep, Choice.KEEP) | dict.fromkeys(take, Choice.TAKE)
    new = _target(target, overlay)
    old = stack_of(base) if base else _base(overlay, new)
    found = upgrade(overlay, old, new, decisions)
    print_upgrade(found, Console())
    code = 0 if found.is_ready else FINDINGS
    if exports:
        if found.is_ready:
            code = _print_effect(found, old, new, exports, as_of, jobs)
        else:
            click.echo("What it would change on the exports can be told once all is decided.")
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
    """The stack of the new release; a version is looked for among the rulesets known."""
    first, *rest = words
    if _VERSION.fullmatch(first) is None or Path(first).exists():
        if is_overlay(Path(first)):
            raise MspRulesError(f"{first} is an overlay; name the ruleset below it first")
        return stack_of(words)
    name = read_pin(overlay).id
    known = list(known_rulesets(name, _homes(overlay)))
    folder = next((one.folder for one in known if one.version == first), None)
    if folder is None:
        have = ", ".join(sorted({one.version for one in known})) or "none"
        raise MspRulesError(f"{name} {first} is not here (here: {have}); name its folder with --to")
    return stack_of((str(folder), *rest))


def _base(overlay: Path, target: Stack) -> Stack:
    """The release that the overlay was written for, found by the hash that it pins."""
    name, version, sha256 = read_pin(overlay)
    homes = (*_homes(overlay), target.folder.resolve().parent)
    found = next((one for one in known_rulesets(name, homes) if one.sha256 == sha256), None)
    if found is None:
        raise MspRulesError(
            f"{overlay.name} was written for {name} {version} (sha256 {sha256[:12]}...), which is "
            "not here. Without it nobody can tell what the new release has changed: name its "
            "folder with --from"
        )
    return Stack(found.folder)


def _homes(overlay: Path) -> tuple[Path, ...]:
    """Where a release may lie beside the overlay: in its own folder, and beside that."""
    _, folder = overlay_files(overlay)
    own = folder if folder is not None else overlay.resolve().parent
    return own, own.resolve().parent


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
    question = Question(
        before=before.ruleset,
        after=after.ruleset,
        matcher=choose_matcher("auto"),
        as_of=cutoff_of(as_of),
    )
    processes = jobs or jobs_worth(files_in(exports), BYTES_WORTH_A_PROCESS)
    with progress_of("cases compared") as tell:
        impact = impact_of(question, exports, jobs=processes, progress=tell)
    print_impact(question, impact, Console())
    return 0 if impact.is_complete else INCOMPLETE
