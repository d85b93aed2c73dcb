"""`msp-rules compare`: the change between two sets of exports, split into its causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.change.document import compare_document
from msp_rules.audit.change.points import FILE, points_of, read_points
from msp_rules.audit.change.splitting import Change, split_change
from msp_rules.audit.documents import document_bytes
from msp_rules.audit.private_files import write_private
from msp_rules.casework.vocabulary import words_of_both
from msp_rules.cli.conventions import INCOMPLETE
from msp_rules.cli.exports import ExportPath, show_faults
from msp_rules.cli.options import layered, mapping_option, overlay_option, read_as_of
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.comparison.page import PAGE, comparison_page
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.layers.throughout import edits_between, in_force_throughout
from msp_rules.rules.loading import load_ruleset

_MANY: Final = ("--with", "--history")
"""The options that take all words up to the next option."""


class _Compare(click.Command):
    """A command of which some options take several values, as its arguments do."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeats such an option before each of its values, as click wants it."""
        return super().parse_args(ctx, [*_repeated(args)])


def _repeated(words: Sequence[str]) -> Iterator[str]:
    option = None
    for word in words:
        if word.startswith("-") and word != "-":
            name, sign, _ = word.partition("=")
            option = name if name in _MANY else None
            if option is None or sign:
                yield word
        elif option is None:
            yield word
        else:
            yield from (option, word)


@click.command(cls=_Compare)
@click.argument("old", nargs=-1, required=True, type=ExportPath())
@click.option(
    "--with",
    "new",
    multiple=True,
    required=True,
    metavar="NEW...",
    type=ExportPath(),
    help="The new exports: files or folders, up to the next option.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option(
    "--history",
    multiple=True,
    metavar="PATH...",
    type=click.Path(path_type=Path),
    help="Earlier compare.json or measures.json, or folders of them, for run charts.",
)
@click.option("--ruleset", default="msp-core", show_default=True, help="A shipped name or folder.")
@overlay_option
@mapping_option
@click.option("--as-of", help="Judge the new exports as of this date instead of their own.")
@click.option("--old-ruleset", help="The ruleset of then (default: as --ruleset and --overlay).")
@click.option(
    "--old-overlay",
    "old_overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An overlay of then; repeat it, the lowest first.",
)
@click.option(
    "--old-mapping",
    "old_mapping_file",
    type=click.Path(path_type=Path),
    help="The mapping file of the old exports (default: as --mapping).",
)
@click.option(
    "--old-canonical", is_flag=True, help="The old exports are canonical, whatever --mapping says."
)
@click.option("--old-as-of", help="Judge the old exports as of this date instead of their own.")
@click.pass_context
def compare(context: click.Context, /, **asked: Any) -> None:
    """Split the change from OLD exports to NEW ones into rules, coverage and practice."""
    context.exit(_compare(_Asked(**asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of the command line, as click has read them."""

    old: tuple[Path, ...]
    new: tuple[Path, ...]
    out: Path
    history: tuple[Path, ...]
    ruleset: str
    overlays: tuple[Path, ...]
    mapping_file: Path | None
    as_of: str | None
    old_ruleset: str | None
    old_overlays: tuple[Path, ...]
    old_mapping_file: Path | None
    old_canonical: bool
    old_as_of: str | None


def _compare(asked: _Asked) -> int:
    if asked.old_canonical and asked.old_mapping_file is not None:
        raise click.UsageError("--old-canonical and --old-mapping can't both be given")
    earlier = read_points(asked.history)
    rules = _rules(asked)
    change = split_change(*_sides(asked, rules), rules.always)
    document = compare_document(change, points_of(change, earlier))
    page = comparison_page(document, (change.old.files.ruleset, change.new.files.ruleset))
    write_private(asked.out / FILE, document_bytes(document))
    write_private(asked.out / PAGE, page)
    _show(change, document, asked.out)
    return 0 if change.is_whole else INCOMPLETE


class _Rules(NamedTuple):
    """The rulesets of a comparison."""

    old: Ruleset
    new: Ruleset
    always: Ruleset


def _rules(asked: _Asked) -> _Rules:
    """Loads the rules of both sides, and the new ones as if their edits had no days."""
    if asked.old_ruleset is None and not asked.old_overlays:
        same = load_ruleset(asked.ruleset, asked.overlays)
        return _Rules(same, same, same)
    old = layered(asked.old_ruleset or asked.ruleset, asked.old_overlays)
    new = layered(asked.ruleset, asked.overlays)
    if old.ruleset.sha256 == new.ruleset.sha256:
        return _Rules(new.ruleset, new.ruleset, new.ruleset)
    return _Rules(old.ruleset, new.ruleset, in_force_throughout(new, edits_between(old, new)))


def _sides(asked: _Asked, rules: _Rules) -> tuple[CaseFiles, CaseFiles]:
    """Puts together what is read on either side; both mappings know the words of both rulesets."""
    words = words_of_both(rules.old.vocabulary, rules.new.vocabulary)
    new_file = asked.mapping_file
    old_file = None if asked.old_canonical else asked.old_mapping_file or new_file
    old_mapping, new_mapping = (
        None if file is None else load_mapping(file, words) for file in (old_file, new_file)
    )
    return (
        CaseFiles(
            exports=asked.old,
            ruleset=rules.old,
            mapping=old_mapping,
            as_of=read_as_of(asked.old_as_of),
        ),
        CaseFiles(
            exports=asked.new,
            ruleset=rules.new,
            mapping=new_mapping,
            as_of=read_as_of(asked.as_of),
        ),
    )


def _show(change: Change, document: dict[str, Any], out: Path) -> None:
    """Shows counts alone: ids of cases stand in the files."""
    found = document["findings"]["all"]
    terms = ", ".join(f"{name} {found[name]:+d}" for name in ("rules", "coverage", "practice"))
    click.echo(f"Findings: {found['before']}, now {found['after']} ({terms})")
    states = [one["state"] for one in document["findings"]["list"]]
    said = ", ".join(f"{states.count(name)} {name}" for name in ("new", "gone", "unchanged"))
    click.echo(f"Of them: {said}")
    if not change.is_same_coverage:
        coverage = document["coverage"]
        only = ", ".join(
            f"{len(coverage[name])} words only {side}"
            for name, side in (("only_old", "then"), ("only_new", "now"))
            if coverage[name]
        )
        click.echo(f"The exports do not supply the same{f': {only}' if only else ''}.")
    for name, side in (("old", change.old), ("new", change.new)):
        if side.faults:
            click.echo(f"Of the {name} exports:", err=True)
            show_faults(side.faults, FILE)
    click.echo(f"Comparison (small counts and case ids): {out / FILE}, {out / PAGE}")
